"""A management call with an Idempotency-Key is applied once and answered the same, whatever happens in between."""

import concurrent.futures
import json
import signal
import time

import pytest

from gateway import ADMIN_KEY, call, running_gateway, verify


def post(gateway, path, key, body, name, method="POST"):
    status, headers, text = call(method, gateway.url + path, key, body, headers={"Idempotency-Key": name})
    return status, headers, json.loads(text)


def available(gateway, account):
    return gateway.json("GET", "/balance", account)["available"]


def test_the_same_call_makes_one_key_and_shows_the_same_secret(gateway):
    _, account = gateway.account(deposit=10)
    body = {"budgetVirtual": 10, "label": "once"}
    first = post(gateway, "/sub-keys", account, body, "order-1")
    # Nothing is left: the call itself could not be applied again.
    again = post(gateway, "/sub-keys", account, body, "order-1")
    assert first[0] == again[0] == 200 and first[2] == again[2]
    assert "idempotent-replayed" not in first[1] and again[1]["idempotent-replayed"] == "true"
    assert len(gateway.json("GET", "/sub-keys", account)["subKeys"]) == 1
    assert gateway.json("GET", "/sub-key/balance", again[2]["key"])["budget"] == 10


def test_a_change_is_applied_once_and_answered_as_it_was(gateway):
    _, account = gateway.account(deposit=100)
    made = gateway.client_key(account, budget=10)
    path = f"/sub-keys/{made['id']}"
    first = post(gateway, path, account, {"addBudgetVirtual": 5}, "top-up", "PUT")
    gateway.json("PUT", path, account, {"addBudgetVirtual": 1, "label": "later"})
    again = post(gateway, path, account, {"addBudgetVirtual": 5}, "top-up", "PUT")
    assert first[2] == again[2] and first[2]["budgetVirtual"] == 15
    assert available(gateway, account) == "84.0000"


def test_a_deposit_is_entered_once(gateway):
    account_id, account = gateway.account(deposit=0)
    path = f"/admin/accounts/{account_id}/deposits"
    answers = [post(gateway, path, ADMIN_KEY, {"amount": 7}, "payment-7")[2] for _ in range(3)]
    assert answers[0] == answers[1] == answers[2] and available(gateway, account) == "7.0000"


def test_the_same_name_with_another_request_is_refused(gateway):
    _, account = gateway.account(deposit=10)
    post(gateway, "/sub-keys", account, {"budgetVirtual": 1}, "n")
    status, _, answer = post(gateway, "/sub-keys", account, {"budgetVirtual": 2}, "n")
    assert (status, answer) == (409, {
        "error": "This Idempotency-Key was used with another request", "code": "idempotency_key_used",
        "field": "Idempotency-Key"})
    assert available(gateway, account) == "9.0000"


def test_names_of_one_account_mean_nothing_to_another(gateway):
    accounts = [gateway.account(deposit=10)[1] for _ in range(2)]
    made = [post(gateway, "/sub-keys", account, {"budgetVirtual": 1}, "same")[2] for account in accounts]
    assert made[0]["key"] != made[1]["key"]


def test_a_refused_call_may_be_made_again(gateway):
    account_id, account = gateway.account(deposit=1)
    assert post(gateway, "/sub-keys", account, {"budgetVirtual": 5}, "later")[0] == 409
    gateway.json("POST", f"/admin/accounts/{account_id}/deposits", ADMIN_KEY, {"amount": 10})
    assert post(gateway, "/sub-keys", account, {"budgetVirtual": 5}, "later")[0] == 200


@pytest.mark.parametrize("name", ["", "x" * 256, "with blank"])
def test_names_that_are_none(gateway, account, name):
    status, _, answer = post(gateway, "/sub-keys", account, {"budgetVirtual": 1}, name)
    assert status == 400 and "Idempotency-Key" in answer["error"]


def test_at_the_same_time(gateway):
    _, account = gateway.account(deposit=100)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(
            lambda _: post(gateway, "/sub-keys", account, {"budgetVirtual": 1}, "together"), range(40)))
    assert {status for status, _, _ in answers} <= {200, 409}
    assert len({answer["id"] for status, _, answer in answers if status == 200}) == 1
    assert available(gateway, account) == "99.0000"


def test_what_was_applied_before_a_kill_is_answered_after_it(tmp_path, upstream_port):
    """Killed at any moment: repeated until it is answered, each call has happened exactly once."""
    calls = [f"call-{number}" for number in range(60)]
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account(deposit=1000)
        answered = {}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            def make(name):
                try:
                    answered[name] = post(gateway, "/sub-keys", account, {"budgetVirtual": 1}, name)[2]
                except (OSError, ValueError):
                    pass
            futures = [pool.submit(make, name) for name in calls]
            while len(answered) < 20:
                time.sleep(0.001)
            gateway.process.send_signal(signal.SIGKILL)
            for future in futures:
                future.result()
        gateway.process.wait()
    assert len(answered) < len(calls)
    with running_gateway(tmp_path, upstream_port) as gateway:
        for name in calls:
            status, _, answer = post(gateway, "/sub-keys", account, {"budgetVirtual": 1}, name)
            assert status == 200 and answered.setdefault(name, answer) == answer
        assert available(gateway, account) == "940.0000"
        assert len(gateway.json("GET", "/sub-keys", account)["subKeys"]) == 60
    assert verify(tmp_path).returncode == 0
