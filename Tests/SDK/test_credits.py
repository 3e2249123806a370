"""The credits dialect, and that every dialect tells the same of one account."""

import datetime
import decimal
import json
import threading

from gateway import call

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
KEY_FIELDS = [
    "api_key_id", "api_key_name", "credit_usage", "total_requests", "created_at", "is_active", "spend_limit",
    "spend_limit_period", "period_spend", "period_start", "expires_at"]


def spend(gateway, key):
    assert call("POST", gateway.url + "/v1/chat/completions", key, HELLO)[0] == 200


def exact(gateway, path, key):
    status, _, text = call("GET", gateway.url + path, key)
    assert status == 200, text
    return json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def test_credits_are_strings_that_add_up(gateway):
    id, account = gateway.account(deposit=30)
    gateway.json("POST", f"/admin/accounts/{id}/deposits", "admin-key-for-tests-0123456789abcdef",
                 {"amount": 1000, "status": "PENDING"})
    assert gateway.json("GET", "/v1/credits", account) == {
        "remaining_credits": "30.0000", "credit_usage": "0.0000", "total_deposits": "30.0000"}
    made = gateway.client_key(account, budget=10)
    spend(gateway, made["key"])
    answer = gateway.json("GET", "/v1/credits", gateway.management_key(account))
    amounts = {name: decimal.Decimal(text) for name, text in answer.items()}
    assert amounts["credit_usage"] == amounts["total_deposits"] - amounts["remaining_credits"] > 0
    assert amounts["total_deposits"] == 30
    for query in ["by_api_key=1", "by_api_key=yes", "x=1"]:
        error = gateway.json("GET", "/v1/credits?" + query, account, expect=400)["error"]
        assert set(error) == {"message", "type", "code", "field"} and error["field"] == query.split("=")[0]
    assert "usage_by_api_key" not in gateway.json("GET", "/v1/credits?by_api_key=false", account)


def test_credits_by_key_in_the_documented_shape(gateway):
    _, account = gateway.account(deposit=30)
    key = gateway.management_key(account)
    made = gateway.json("POST", "/v1/api-keys", key, {
        "name": "Production Key", "spend_limit": 5, "spend_limit_period": "month",
        "expires_at": "2099-01-01T00:00:00.000Z"})
    row = lambda: next(row for row in gateway.json("GET", "/v1/credits?by_api_key=true", key)["usage_by_api_key"]
                       if row["api_key_id"] == made["api_key_id"])
    assert list(row()) == KEY_FIELDS and row()["period_start"] is None
    spend(gateway, made["key"])
    now = row()
    month = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-01T00:00:00.000Z")
    assert now["api_key_name"] == "Production Key" and now["spend_limit"] == "5.0000"
    assert now["period_start"] == month and now["period_spend"] == now["credit_usage"] != "0.0000"
    assert now["total_requests"] == 1 and now["is_active"] is True and now["expires_at"] == "2099-01-01T00:00:00.000Z"
    gateway.json("PATCH", "/v1/api-keys/" + made["id"], key, {"spend_limit": None, "is_enabled": False})
    now = row()
    assert (now["spend_limit"], now["spend_limit_period"], now["period_start"], now["is_active"]) == (None, None, None, False)
    assert now["period_spend"] == now["credit_usage"]
    gateway.json("DELETE", "/v1/api-keys/" + made["id"], key)
    assert row()["is_active"] is False and row()["credit_usage"] == now["credit_usage"]
    for body in [{"name": "x" * 201}, {"name": "n", "spend_limit_period": "day"}, {"spend_limit": 1}]:
        assert gateway.json("POST", "/v1/api-keys", key, body, 400)["error"]["type"] == "invalid_request_error"


def compare(gateway, account, management):
    """Looks at one account through every dialect; nothing may be in flight."""
    balance = exact(gateway, "/balance", account)
    credits = exact(gateway, "/v1/credits?by_api_key=true", account)
    listed = {key["id"]: key for key in exact(gateway, "/sub-keys", account)["subKeys"]}
    own = {key["id"]: key for key in exact(gateway, "/v1/account/keys", management)["keys"]}
    rows = {row["api_key_id"]: row for row in credits["usage_by_api_key"]}
    left = exact(gateway, "/v1/account/balance", management)["balance"]
    assert left == decimal.Decimal(credits["remaining_credits"])
    assert left.quantize(decimal.Decimal("0.0001"), decimal.ROUND_DOWN) == decimal.Decimal(balance["balance"])
    assert sum(decimal.Decimal(row["credit_usage"]) for row in rows.values()) == decimal.Decimal(credits["credit_usage"])
    assert set(listed) == set(own) <= set(rows)
    for id, key in listed.items():
        spent = key["spentVirtual"]
        assert spent == own[id]["usage"] == decimal.Decimal(rows[id]["credit_usage"])
        assert own[id]["period_spend"] == decimal.Decimal(rows[id]["period_spend"])
        if key["budgetVirtual"] is not None:
            assert key["budgetVirtual"] - spent == key["remainingVirtual"]
        client = exact(gateway, "/sub-key/balance", key["key"])
        assert client["usage"]["total"]["cost"] == client["spent"]
        assert exact(gateway, "/v1/key", key["key"])["data"]["usage"] == client["spent"]
        if key["displayMultiplier"] == 1:
            assert client["spent"] == spent
        logs = exact(gateway, f"/usage-logs?subKeyId={id}&limit=100", account)
        assert sum(row["cost_usdc"] for row in logs["data"]) == spent
        assert logs["pagination"]["total"] == rows[id]["total_requests"]


def test_all_dialects_agree_to_the_last_digit(gateway):
    """Keys of every dialect, with every sort of money, under concurrent requests."""
    _, account = gateway.account(deposit=50)
    management = gateway.management_key(account)
    keys = [
        gateway.client_key(account, budget=5, clientBudget=8.125)["key"],
        gateway.client_key(account, budget=5, spendLimit=3, spendLimitPeriod="week")["key"],
        gateway.client_key(account, budget=2, subscription={"amount": 0.0003, "period": "day"})["key"],
        gateway.client_key(account, budget=None, creditLimit=1)["key"],
        gateway.json("POST", "/v1/account/keys", management, {"name": "a", "balance": 4})["key"],
        gateway.json("POST", "/v1/account/keys", management, {"name": "b", "minute_limit": 1000})["key"],
        gateway.json("POST", "/v1/api-keys", management, {"name": "c", "spend_limit": 2, "spend_limit_period": "day"})["key"],
        account, gateway.json("POST", "/web-tokens", account)["token"],
    ]
    compare(gateway, account, management)
    failures = []

    def work(key, count):
        for number in range(count):
            body = {**HELLO, "messages": [{"role": "user", "content": "x" * (number * 7 % 50)}]}
            status, _, text = call("POST", gateway.url + "/v1/chat/completions", key, body)
            if status != 200:
                failures.append(text)

    for round in range(3):
        threads = [threading.Thread(target=work, args=(key, 5)) for key in keys for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        compare(gateway, account, management)
    assert failures == []
    deleted = gateway.json("GET", "/sub-keys", account)["subKeys"][0]["id"]
    gateway.json("DELETE", f"/sub-keys/{deleted}", account)
    compare(gateway, account, management)
