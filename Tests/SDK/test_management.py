"""The reseller dialect and administration, exactly as documented."""

import json

import pytest

from gateway import ADMIN_KEY, call

KINDS = {"id": str, "key": str, "keyId": str, "label": str}


def exact(gateway, method, path, key, expect=200):
    """Returns an answer with its numbers as they were written."""
    status, _, text = call(method, gateway.url + path, key)
    assert status == expect, text
    return json.loads(text, parse_float=lambda digits: f"number {digits}")


def test_balance_is_strings_of_four_decimals(gateway):
    _, key = gateway.account(deposit=100)
    gateway.client_key(key, budget=20)
    assert gateway.json("GET", "/balance", key) == {
        "balance": "100.0000", "locked_balance": "20.0000", "available": "80.0000"}


def test_keys_are_made_listed_changed_and_deleted(gateway):
    _, key = gateway.account(deposit=100)
    made = gateway.json("POST", "/sub-keys", key, {"budgetVirtual": 25, "label": "Client B"})
    assert {name: type(made[name]) for name in KINDS} == KINDS
    assert made["budgetVirtual"] == 25 and made["rpmLimit"] == 60 and made["concurrentLimit"] == 5
    listed = gateway.json("GET", "/sub-keys", key)["subKeys"]
    assert list(listed[0]) == [
        "id", "label", "keyId", "key", "budgetVirtual", "spentVirtual", "remainingVirtual", "clientBudget",
        "clientSpent", "rpmLimit",
        "concurrentLimit", "displayMultiplier", "createdAt", "onShortage", "isEnabled", "expiresAt", "spendLimit",
        "spendLimitPeriod", "creditLimit", "dailyLimit", "tokensPerMinute", "allowedModels", "subscription",
        "useSubsFirst", "fallbackToPayg", "allowedIps", "environment", "team", "project", "notes", "lastUsedAt"]
    assert listed[0]["key"] == made["key"] and listed[0]["keyId"] == made["keyId"] != made["key"]
    path = f"/sub-keys/{made['id']}"
    changed = gateway.json("PUT", path, key, {
        "addBudgetVirtual": 10, "label": "Client B Pro", "rpmLimit": 30, "displayMultiplier": 2.5})
    assert (changed["budgetVirtual"], changed["label"], changed["rpmLimit"], changed["displayMultiplier"]) == (
        35, "Client B Pro", 30, 2.5)
    assert gateway.json("GET", "/sub-key/balance", made["key"])["budget"] == 87.5
    assert gateway.json("PUT", path, key, {"reduceBudgetVirtual": 5})["budgetVirtual"] == 30
    assert gateway.json("GET", "/balance", key)["available"] == "70.0000"
    assert gateway.json("DELETE", path, key)["refunded"] == 30
    assert gateway.json("GET", "/sub-keys", key) == {"subKeys": []}
    assert gateway.json("GET", "/balance", key)["available"] == "100.0000"
    assert gateway.json("GET", "/sub-key/balance", made["key"], expect=401) == {
        "error": "Invalid API key", "code": "invalid_key"}
    gateway.json("DELETE", path, key, expect=404)


def test_a_budget_that_does_not_fit_is_a_409(gateway):
    _, key = gateway.account(deposit=10)
    wanted = {"budgetVirtual": 10.000000001}
    assert gateway.json("POST", "/sub-keys", key, wanted, 409) == {
        "error": "Insufficient available balance", "code": "insufficient_balance"}
    made = gateway.client_key(key, budget=10)
    path = f"/sub-keys/{made['id']}"
    assert gateway.json("PUT", path, key, {"addBudgetVirtual": 1}, 409) == {
        "error": "Insufficient available balance", "code": "insufficient_balance"}
    gateway.json("PUT", path, key, {"reduceBudgetVirtual": 10.5}, 409)
    assert gateway.json("GET", "/balance", key)["available"] == "0.0000"


@pytest.mark.parametrize("body, field", [
    ({}, "budgetVirtual"), ({"budgetVirtual": "25"}, "budgetVirtual"), ({"budgetVirtual": True}, "budgetVirtual"),
    ({"budgetVirtual": 0}, "budgetVirtual"),
    ({"budgetVirtual": -1}, "budgetVirtual"), ({"budgetVirtual": 1e30}, "budgetVirtual"),
    ({"budgetVirtual": 0.0000000001}, "budgetVirtual"), ({"budgetVirtual": 1, "label": 7}, "label"),
    ({"budgetVirtual": 1, "label": "x" * 256}, "label"), ({"budgetVirtual": 1, "label": "a\nb"}, "label"),
    ({"budgetVirtual": 1, "rpmLimit": 0}, "rpmLimit"), ({"budgetVirtual": 1, "rpmLimit": 1.5}, "rpmLimit"),
    ({"budgetVirtual": 1, "rpmLimit": "60"}, "rpmLimit"), ({"budgetVirtual": 1, "rpmLimit": 10**9}, "rpmLimit"),
    ({"budgetVirtual": 1, "concurrentLimit": -5}, "concurrentLimit"),
    ({"budgetVirtual": 1, "displayMultiplier": 0.5}, "displayMultiplier"),
    ({"budgetVirtual": 1, "clientBudget": 0.5}, "clientBudget"),
    ({"budgetVirtual": 1, "clientBudget": 2, "displayMultiplier": 2}, "clientBudget"),
    ({"budgetVirtual": 1, "budget": 1}, "budget"),
])
def test_wrong_fields_are_named_and_nothing_changes(gateway, account, body, field):
    before = gateway.json("GET", "/balance", account)
    error = gateway.json("POST", "/sub-keys", account, body, 400)
    assert f"'{field}'" in error["error"] and error.get("field", field) == field
    assert gateway.json("GET", "/balance", account) == before


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null", b'{"budgetVirtual":1}x', b'"x"'])
def test_bodies_that_are_no_objects(gateway, account, raw):
    status, _, text = call("POST", gateway.url + "/sub-keys", account, raw=raw)
    assert status == 400 and isinstance(json.loads(text)["error"], str)


def test_a_body_that_is_too_large(gateway, account):
    assert call("POST", gateway.url + "/sub-keys", account, {"label": "x" * 70_000})[0] == 413


def test_what_a_client_buys_is_what_it_reads(gateway, account):
    made = gateway.client_key(account, budget=60, clientBudget=100)
    assert made["displayMultiplier"] == 1.666666667
    balance = gateway.json("GET", "/sub-key/balance", made["key"])
    assert (balance["budget"], balance["spent"], balance["remaining"]) == (100, 0, 100)


def test_unknown_routes_and_methods_answer_in_json(gateway, account):
    assert gateway.json("GET", "/nothing", account, expect=404) == {"error": "Not found", "code": "not_found"}
    assert gateway.json("POST", "/balance", account, {}, expect=405) == {
        "error": "Method not allowed", "code": "method_not_allowed"}


def test_pages(gateway):
    _, key = gateway.account(deposit=10)
    made = gateway.client_key(key, budget=5)
    for _ in range(5):
        call("POST", gateway.url + "/v1/embeddings", made["key"], {"model": "demo-embedding", "input": "x"})
    seen = []
    for page in [1, 2, 3]:
        answer = gateway.json("GET", f"/sub-key/usage-logs?page={page}&limit=2", made["key"])
        assert {**answer["pagination"], "next_cursor": 0} == {
            "page": page, "limit": 2, "total": 5, "pages": 3, "next_cursor": 0}
        seen += [row["request_id"] for row in answer["data"]]
    assert len(seen) == len(set(seen)) == 5
    row = exact(gateway, "GET", "/sub-key/usage-logs?limit=1", made["key"])["data"][0]
    assert list(row) == [
        "request_id", "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
        "cost_usdc", "duration_ms", "key_id", "created_at", "ending", "usage_source", "quantities"]
    assert row["ending"] == "complete" and row["usage_source"] == "reported"
    assert row["cost_usdc"].startswith("number 0.0") and row["key_id"] == made["keyId"]
    assert gateway.json("GET", "/usage-logs?page=9", key)["data"] == []
    assert gateway.json("GET", "/usage-logs", key)["data"][0]["key_id"] == made["keyId"]
    for query in ["page=0", "limit=101", "limit=x", "accountOnly=1", "nonsense=1"]:
        gateway.json("GET", f"/usage-logs?{query}", key, expect=400)
    gateway.json("GET", "/usage-logs?subKeyId=00000000-0000-7000-8000-000000000000", key, expect=404)


def test_another_accounts_key_is_not_found(gateway, account):
    _, other = gateway.account()
    made = gateway.client_key(account)
    gateway.json("PUT", f"/sub-keys/{made['id']}", other, {"label": "mine"}, 404)
    gateway.json("DELETE", f"/sub-keys/{made['id']}", other, expect=404)
    gateway.json("GET", f"/usage-logs?subKeyId={made['id']}", other, expect=404)


def test_deposits_count_when_they_are_completed_and_once(gateway):
    account, key = gateway.account(deposit=0)
    path = f"/admin/accounts/{account}/deposits"
    pending = gateway.json("POST", path, ADMIN_KEY, {"amount": 5, "status": "PENDING", "reference": "a"})
    assert pending["status"] == "PENDING" and pending["completedAt"] is None
    assert gateway.json("GET", "/balance", key)["balance"] == "0.0000"
    for _ in range(2):
        done = gateway.json("PATCH", f"/admin/deposits/{pending['id']}", ADMIN_KEY, {"status": "COMPLETED"})
        assert done["status"] == "COMPLETED"
    assert gateway.json("GET", "/balance", key)["balance"] == "5.0000"
    for _ in range(2):
        again = gateway.json("POST", path, ADMIN_KEY, {"amount": 7.25, "reference": "b"})
    assert gateway.json("GET", "/balance", key)["balance"] == "12.2500"
    # Another amount is refused, whatever its status, and changes nothing.
    for status in ["PENDING", "COMPLETED"]:
        refused = gateway.json("POST", path, ADMIN_KEY, {"amount": 8, "reference": "b", "status": status}, 409)
        assert (refused["code"], refused["field"]) == ("reference_used", "reference")
        assert "7.25 USD" in refused["error"] and "8 USD" in refused["error"]
    assert gateway.json("GET", "/balance", key)["balance"] == "12.2500"
    for status in ["PENDING", "REFUSED"]:
        gateway.json("PATCH", f"/admin/deposits/{again['id']}", ADMIN_KEY, {"status": status}, 409)
    listed = gateway.json("GET", f"/admin/deposits?accountId={account}", ADMIN_KEY)["deposits"]
    assert [deposit["reference"] for deposit in listed] == ["b", "a"]
    for body in [{}, {"amount": "5"}, {"amount": -5}, {"amount": 5, "status": "DONE"}, {"amount": 5, "note": "x"}]:
        gateway.json("POST", path, ADMIN_KEY, body, 400)


def test_a_refused_deposit_never_counts(gateway):
    account, key = gateway.account(deposit=0)
    path = f"/admin/accounts/{account}/deposits"
    pending = gateway.json("POST", path, ADMIN_KEY, {"amount": 5, "status": "PENDING", "reference": "a"})
    assert gateway.json("PATCH", f"/admin/deposits/{pending['id']}", ADMIN_KEY, {"status": "PENDING"}) == pending
    for _ in range(2):
        refused = gateway.json("PATCH", f"/admin/deposits/{pending['id']}", ADMIN_KEY, {"status": "REFUSED"})
        assert refused == {**pending, "status": "REFUSED"}
    for status in ["PENDING", "COMPLETED"]:
        gateway.json("PATCH", f"/admin/deposits/{pending['id']}", ADMIN_KEY, {"status": status}, 409)
    assert gateway.json("GET", "/balance", key)["balance"] == "0.0000"
    gateway.json("POST", path, ADMIN_KEY, {"amount": 5, "status": "REFUSED"}, 400)
    # The account sees its own deposits, and no other's.
    gateway.json("POST", path, ADMIN_KEY, {"amount": 7})
    assert [(one["amount"], one["status"]) for one in gateway.json("GET", "/deposits", key)["deposits"]] == [(7, "COMPLETED"), (5, "REFUSED")]
    assert gateway.json("GET", "/deposits", gateway.account(deposit=0)[1]) == {"deposits": []}


def test_a_rotated_account_key_ends_at_once(gateway):
    account, key = gateway.account()
    new = gateway.json("POST", f"/admin/accounts/{account}/rotate-key", ADMIN_KEY)["key"]
    gateway.json("GET", "/balance", key, expect=401)
    assert gateway.json("GET", "/balance", new)["balance"] == "100.0000"


def test_the_portal_is_served_with_a_strict_policy(gateway):
    status, headers, text = call("GET", gateway.url + "/")
    assert status == 200 and "<title>" in text and "default-src 'none'" in headers["Content-Security-Policy"]
    again, _, _ = call("GET", gateway.url + "/", headers={"If-None-Match": headers["ETag"]})
    assert again == 304
