"""What the operator sees of the system: the disk, the ledger's proof, the upstreams."""

import sqlite3
import time

import pytest

from gateway import ADMIN_KEY, call, free_port, running_gateway

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}


def status(gateway):
    return gateway.json("GET", "/admin/status", ADMIN_KEY)


def proof(gateway):
    """Asks for a proof, and waits for it."""
    assert gateway.json("POST", "/admin/verification", ADMIN_KEY)["verification"]["state"] != "never"
    while (found := status(gateway)["verification"])["state"] == "running":
        time.sleep(0.05)
    return found


@pytest.fixture()
def watched(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        yield gateway


def test_the_disk_and_the_commits_are_told(watched):
    account = watched.account(deposit=10)[1]
    key = watched.client_key(account, budget=5)["key"]
    for _ in range(20):
        assert call("POST", watched.url + "/v1/chat/completions", key, HELLO)[0] == 200
    found = status(watched)
    assert found["disk"]["ledgerBytes"] >= 2048 and found["disk"]["logBytes"] > 0 and found["disk"]["freeBytes"] > 1_000_000
    assert found["commits"]["count"] >= 20 and 0 < found["commits"]["p50Milliseconds"] <= found["commits"]["p99Milliseconds"]


def test_the_ledger_is_proven_when_asked(watched):
    key = watched.client_key(watched.account(deposit=10)[1], budget=5)["key"]
    assert call("POST", watched.url + "/v1/chat/completions", key, HELLO)[0] == 200
    assert status(watched)["verification"] == {"state": "never", "at": None, "rows": None, "milliseconds": None, "breaks": []}
    found = proof(watched)
    assert found["state"] == "consistent" and found["rows"] == 1 and found["breaks"] == [] and found["milliseconds"] >= 0
    with sqlite3.connect(watched.folder / "tollgate.sqlite") as database:
        database.execute("UPDATE keys SET row_count = 2 WHERE row_count = 1")
    database.close()
    found = proof(watched)
    assert found["state"] == "broken" and any("row_count is 2" in sentence for sentence in found["breaks"])
    assert "ledger is not consistent" in (watched.folder / "gateway.log").read_text()


def test_an_upstream_is_as_requests_find_it(watched):
    host = f"127.0.0.1:{watched.upstream_port}"
    unknown = {"failuresInARow": 0, "lastAnswerAt": None, "lastFailureAt": None, "lastFailure": None, "balance": None, "balanceAt": None, "flags": []}
    assert status(watched)["upstreams"] == [
        {"name": "OpenAI", "host": host, **unknown}, {"name": "Anthropic", "host": host, **unknown},
        {"name": "Gemini", "host": host, **unknown}]
    key = watched.client_key(watched.account(deposit=10)[1], budget=5)["key"]

    def ask(model, expect):
        found = call("POST", watched.url + "/v1/chat/completions", key, {**HELLO, "model": model})[0]
        assert found == expect
        return status(watched)["upstreams"][0]

    failing = ask("demo-chat@status=401", 503)
    assert failing["failuresInARow"] == 1 and failing["lastFailure"] == "status 401" and failing["lastAnswerAt"] is None
    assert ask("demo-chat@status=500", 500)["failuresInARow"] == 3
    well = ask("demo-chat@cost", 200)
    assert well["failuresInARow"] == 0 and well["lastAnswerAt"] and well["lastFailure"] == "status 500"
    # What an aggregator says is left, never what it costs, and never to a client.
    assert well["balance"] == 1234.5 and well["balanceAt"]
    headers = call("POST", watched.url + "/v1/chat/completions", key, {**HELLO, "model": "demo-chat@cost"})[1]
    assert not [name for name in headers if "balance" in name.lower()]
    assert ask("demo-chat@status=400", 400)["failuresInARow"] == 0


def test_an_upstream_that_is_away_is_said_so(tmp_path):
    with running_gateway(tmp_path, free_port()) as gateway:
        key = gateway.client_key(gateway.account(deposit=10)[1], budget=5)["key"]
        assert call("POST", gateway.url + "/v1/chat/completions", key, HELLO)[0] == 502
        found = status(gateway)["upstreams"][0]
        assert found["failuresInARow"] == 2 and found["lastFailure"] == "cannot be reached"
