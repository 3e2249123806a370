"""What an account wants to be warned of."""

import time

import pytest

from gateway import call

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
NOTHING = {"availableBelow": None, "keyLeftPercent": None, "daysToExpiry": None, "active": []}


def in_days(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86_400))


def test_nobody_is_warned_who_does_not_want_it(gateway):
    _, account = gateway.account(deposit=0)
    assert gateway.json("GET", "/alerts", account) == NOTHING


def test_an_account_is_warned_of_its_balance_and_its_keys(gateway):
    _, account = gateway.account(deposit=10)
    low = gateway.client_key(account, budget=0.0001, label="low")
    soon = gateway.client_key(account, budget=1, label="soon", expiresAt=in_days(2))
    gateway.client_key(account, budget=1, label="well", expiresAt=in_days(30))
    gateway.client_key(account, budget=1, label="off", expiresAt=in_days(2), isEnabled=False)
    gateway.json("POST", "/sub-keys", account, {"budgetVirtual": None})
    wish = {"availableBelow": 7, "keyLeftPercent": 90, "daysToExpiry": 3}
    alerts = gateway.json("PUT", "/alerts", account, wish)
    # 6.9999 of 10 are left.
    assert alerts["active"][0] == {"kind": "balance", "available": 6.9999}
    assert [(one["kind"], one["id"]) for one in alerts["active"][1:]] == [("keyExpires", soon["id"])]
    assert call("POST", gateway.url + "/v1/chat/completions", low["key"], HELLO)[0] == 200
    read = gateway.json("GET", "/alerts", account)
    assert {name: read[name] for name in wish} == wish
    assert [(one["kind"], one["label"]) for one in read["active"][1:]] == [("keyLow", "low"), ("keyExpires", "soon")]
    assert gateway.json("PUT", "/alerts", account, {"availableBelow": 6.9999})["active"] == []
    assert gateway.json("PUT", "/alerts", account, {}) == NOTHING
    assert gateway.json("GET", "/alerts", gateway.account(deposit=0)[1]) == NOTHING


@pytest.mark.parametrize("field, value", [
    ("availableBelow", -1), ("availableBelow", "7"), ("availableBelow", 10000001), ("keyLeftPercent", 0), ("keyLeftPercent", 100),
    ("keyLeftPercent", 1.5), ("daysToExpiry", 0), ("daysToExpiry", 366), ("email", "a@example.com"),
])
def test_a_wrong_wish_changes_nothing(gateway, field, value):
    _, account = gateway.account(deposit=10)
    gateway.json("PUT", "/alerts", account, {"availableBelow": 5})
    assert f"'{field}'" in gateway.json("PUT", "/alerts", account, {field: value}, expect=400)["error"]
    assert gateway.json("GET", "/alerts", account)["availableBelow"] == 5
