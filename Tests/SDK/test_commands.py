"""The command-line tool: accounts, deposits, keys and settings."""

import json
import os
import pathlib
import subprocess

import pytest

from gateway import ADMIN_KEY, SECRETS


@pytest.fixture()
def run(gateway):
    def run(*arguments, key=ADMIN_KEY, expect=0):
        variables = {"TOLLGATE_URL": gateway.url, "TOLLGATE_ADMIN_KEY": key, "TOLLGATE_ACCOUNT_KEY": key}
        done = subprocess.run(
            [os.environ["TOLLGATE_BIN"], *arguments], env={"PATH": os.environ["PATH"], **variables}, capture_output=True, text=True)
        assert done.returncode == expect, done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in arguments and expect == 0 else done.stdout + done.stderr
    return run


def test_commands_manage_accounts_deposits_and_keys(gateway, run):
    account = run("account", "create", 'Ada "& sons"', "--json")
    SECRETS.add(account["key"])
    assert 'Ada "& sons"' in run("account", "list")
    paid = run("deposit", "create", account["id"], "12.5", "--reference", "invoice 7", "--json")
    assert (paid["amount"], paid["status"]) == (12.5, "COMPLETED")
    made = run("key", "create", "--budget", "6", "--client-budget", "10", "--label", "Bob", "--json", key=account["key"])
    SECRETS.add(made["key"])
    assert (made["budgetVirtual"], made["clientBudget"]) == (6, 10)
    assert run("key", "update", made["id"], "--add", "0.5", "--json", key=account["key"])["budgetVirtual"] == 6.5
    assert "Bob" in run("key", "list", key=account["key"])
    assert gateway.json("GET", "/balance", account["key"])["available"] == "6.0000"
    run("key", "delete", made["id"], key=account["key"])
    assert gateway.json("GET", "/balance", account["key"])["available"] == "12.5000"


def test_a_pending_deposit_is_completed_or_refused_permanently(gateway, run):
    account, key = gateway.account(deposit=0)
    first, second = [run("deposit", "create", account, amount, "--pending", "--json")["id"] for amount in ["3", "7"]]
    assert run("deposit", "complete", first, "--json")["status"] == "COMPLETED"
    assert run("deposit", "refuse", second, "--json")["status"] == "REFUSED"
    assert "cannot be changed" in run("deposit", "complete", second, expect=1)
    listed = run("deposit", "list", "--account", account)
    assert "REFUSED" in listed and "COMPLETED" in listed
    assert gateway.json("GET", "/balance", key)["balance"] == "3.0000"


def test_an_error_is_printed_as_one_line(gateway, run):
    account, key = gateway.account(deposit=0)
    assert "expected an amount in USD" in run("deposit", "create", account, "ten", expect=1)
    assert "Account not found" in run("deposit", "create", "nobody", "10", expect=1)
    assert "Invalid API key" in run("account", "list", key="wrong-wrong-wrong", expect=1)
    assert "An admin key is required" in run("account", "list", key=key, expect=1)


def test_the_settings_command_prints_the_documentation_page(run):
    page = pathlib.Path(__file__).resolve().parents[2] / "docs/settings.md"
    assert run("settings", "--markdown") == page.read_text()
    listed = run("settings").splitlines()
    assert listed[0].split() == ["variable", "default", "meaning"] and len(listed) == page.read_text().count("| `TOLLGATE_") + 1
