"""Vouchers: codes that a reseller makes and a customer redeems."""

import concurrent.futures
import json
import re
import signal
import time

import pytest

from gateway import ADMIN_KEY, call, running_gateway, verify

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}


def vouchers(gateway, account, **fields):
    return gateway.json("POST", "/vouchers", account, {"budgetVirtual": 6, "clientBudget": 10, **fields})["vouchers"]


def redeem(gateway, key, code):
    status, headers, text = call("POST", gateway.url + "/sub-key/redeem", key, {"code": code})
    return status, json.loads(text)


def test_a_code_tops_a_key_up_at_once_and_once(gateway):
    _, account = gateway.account(deposit=100)
    key = gateway.client_key(account, budget=3, clientBudget=4)["key"]
    [voucher] = vouchers(gateway, account, label="May")
    assert re.fullmatch("[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", voucher["code"])
    assert {name: voucher[name] for name in ["label", "clientBudget", "budgetVirtual", "uses", "used", "state", "expiresAt"]} == {
        "label": "May", "clientBudget": 10, "budgetVirtual": 6, "uses": 1, "used": 0, "state": "open", "expiresAt": None}
    # Nothing is set aside for it.
    assert gateway.json("GET", "/balance", account)["available"] == "97.0000"
    assert call("POST", gateway.url + "/v1/chat/completions", key, HELLO)[0] == 200
    before = gateway.json("GET", "/sub-key/balance", key)
    status, answer = redeem(gateway, key, voucher["code"].lower().replace("-", " "))
    after = gateway.json("GET", "/sub-key/balance", key)
    assert status == 200 and answer == {"amount": 10, "budget": after["budget"], "remaining": after["remaining"]}
    assert after["remaining"] == pytest.approx(before["remaining"] + 10, abs=1e-9) and after["spent"] == before["spent"]
    assert gateway.json("GET", "/balance", account)["available"] == "91.0000"
    assert redeem(gateway, key, voucher["code"]) == (409, {
        "error": "This key has redeemed this code before", "code": "code_redeemed_before", "field": "code"})
    other = gateway.client_key(account, budget=1)["key"]
    assert redeem(gateway, other, voucher["code"]) == (409, {
        "error": "This code has been used", "code": "code_used", "field": "code"})
    assert gateway.json("GET", "/vouchers", account)["vouchers"] == [{**voucher, "used": 1, "state": "used"}]
    assert call("POST", gateway.url + "/v1/chat/completions", key, HELLO)[0] == 200


def test_forty_customers_at_once_share_three_uses(gateway):
    _, account = gateway.account(deposit=100)
    keys = [gateway.client_key(account, budget=0.5)["key"] for _ in range(40)]
    [voucher] = vouchers(gateway, account, uses=3)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda key: redeem(gateway, key, voucher["code"])[0], keys * 2))
    assert answers.count(200) == 3 and answers.count(409) == 77
    assert gateway.json("GET", "/balance", account)["available"] == "62.0000"
    assert sorted(gateway.json("GET", "/sub-key/balance", key)["budget"] for key in keys)[-4:] == [0.5, 10.5, 10.5, 10.5]


def test_what_cannot_be_redeemed_says_why_and_takes_nothing(gateway):
    _, account = gateway.account(deposit=20)
    key = gateway.client_key(account, budget=1)
    [voucher, revoked] = vouchers(gateway, account, count=2)
    for code in ["", "x", "0000-0000-0000-0000", voucher["id"], "0" * 64, "ééé"]:
        assert redeem(gateway, key["key"], code) == (404, {
        "error": "Code not found", "code": "code_not_found", "field": "code"}), code
    for body in [{}, {"code": 5}, {"code": None}, {"code": "0" * 65}, {"code": "a", "key": "b"}]:
        gateway.json("POST", "/sub-key/redeem", key["key"], body, expect=400)
    for _ in range(2):
        assert gateway.json("DELETE", f"/vouchers/{revoked['id']}", account) == {"success": True}
    assert redeem(gateway, key["key"], revoked["code"]) == (404, {
        "error": "Code not found", "code": "code_not_found", "field": "code"})
    # Another account's code is no code.
    _, stranger = gateway.account(deposit=20)
    assert redeem(gateway, gateway.client_key(stranger, budget=1)["key"], voucher["code"])[0] == 404
    gateway.json("DELETE", f"/vouchers/{voucher['id']}", stranger, expect=404)
    assert gateway.json("GET", "/vouchers", stranger) == {"vouchers": [], "next_cursor": None}
    # What the account has is not the client's to know.
    [dear] = vouchers(gateway, account, budgetVirtual=100, clientBudget=100)
    assert redeem(gateway, key["key"], dear["code"]) == (
        409, {
        "error": "This code cannot be redeemed at the moment; ask your provider", "code": "code_not_redeemable", "field": "code"})
    for rules, status in [({"isEnabled": False}, 403), ({"isEnabled": True}, 200)]:
        gateway.json("PUT", f"/sub-keys/{key['id']}", account, rules)
        assert redeem(gateway, key["key"], voucher["code"])[0] == status
    drawing = gateway.json("POST", "/sub-keys", account, {"budgetVirtual": None})["key"]
    [last] = vouchers(gateway, account)
    assert "no budget" in redeem(gateway, drawing, last["code"])[1]["error"]
    assert gateway.json("GET", "/balance", account)["available"] == "13.0000"


def test_a_code_expires(gateway):
    _, account = gateway.account(deposit=20)
    key = gateway.client_key(account, budget=1)["key"]
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    [voucher] = vouchers(gateway, account, expiresAt=end)
    while gateway.json("GET", "/vouchers", account)["vouchers"][0]["state"] == "open":
        time.sleep(0.2)
    assert redeem(gateway, key, voucher["code"]) == (409, {
        "error": "This code has expired", "code": "code_expired", "field": "code"})


@pytest.mark.parametrize("field, value", [
    ("budgetVirtual", 0), ("budgetVirtual", "6"), ("budgetVirtual", None), ("clientBudget", 5.999999999), ("clientBudget", -1),
    ("count", 0), ("count", 501), ("uses", 0), ("uses", 100001), ("uses", 1.5), ("label", "x" * 201), ("label", 5),
    ("expiresAt", "2020-01-01T00:00:00Z"), ("expiresAt", "soon"), ("code", "AAAA-AAAA-AAAA-AAAA"),
])
def test_a_wrong_order_makes_nothing(gateway, field, value):
    _, account = gateway.account(deposit=20)
    body = {"budgetVirtual": 6, "clientBudget": 10, field: value}
    assert f"'{field}'" in gateway.json("POST", "/vouchers", account, body, expect=400)["error"]
    assert gateway.json("GET", "/vouchers", account) == {"vouchers": [], "next_cursor": None}


def test_many_codes_are_made_once_and_listed_in_pages(gateway):
    _, account = gateway.account(deposit=20)
    body = {"budgetVirtual": 0.01, "count": 500}
    first = call("POST", gateway.url + "/vouchers", account, body, {"Idempotency-Key": "codes"})
    again = call("POST", gateway.url + "/vouchers", account, body, {"Idempotency-Key": "codes"})
    assert first[0] == 200 and again[2] == first[2] and again[1]["Idempotent-Replayed"] == "true"
    made = json.loads(first[2])["vouchers"]
    assert len({voucher["code"] for voucher in made}) == 500 and made[0]["clientBudget"] == 0.01
    listed, cursor = [], ""
    while cursor is not None:
        page = gateway.json("GET", f"/vouchers?limit=150{'&cursor=' + cursor if cursor else ''}", account)
        listed += page["vouchers"]
        cursor = page["next_cursor"]
    assert listed == made[::-1]
    for query in ["limit=0", "limit=1001", "cursor=-1", "page=2"]:
        gateway.json("GET", "/vouchers?" + query, account, expect=400)


def test_guessing_is_slow(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_ACCOUNT_LIMITS_REDEEM="3/5") as gateway:
        _, account = gateway.account(deposit=20)
        keys = [gateway.client_key(account, budget=1)["key"] for _ in range(2)]
        [voucher] = vouchers(gateway, account)
        for _ in range(3):
            assert redeem(gateway, keys[0], "0000-0000-0000-0000")[0] == 404
        status, headers, text = call("POST", gateway.url + "/sub-key/redeem", keys[0], {"code": voucher["code"]})
        assert status == 429 and 1 <= int(headers["Retry-After"]) <= 10
        # It is the key that waits: another one does not.
        assert redeem(gateway, keys[1], voucher["code"])[0] == 200


def test_what_was_redeemed_survives_a_crash_and_is_in_the_audit_log(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        account_id, account = gateway.account(deposit=20)
        key = gateway.client_key(account, budget=1)
        [voucher, other] = vouchers(gateway, account, count=2)
        assert redeem(gateway, key["key"], voucher["code"])[0] == 200
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait()
    with running_gateway(tmp_path, upstream_port) as gateway:
        assert gateway.json("GET", "/sub-key/balance", key["key"])["budget"] == 11
        assert redeem(gateway, key["key"], voucher["code"])[0] == 409
        assert redeem(gateway, key["key"], other["code"])[0] == 200
        line = gateway.json("GET", f"/admin/audit?accountId={account_id}&limit=1", ADMIN_KEY)["data"][0]
        assert (line["actor"], line["action"], line["target"]) == ("client", "POST /sub-key/redeem", key["id"])
        assert line["changes"] == {"voucher": other["id"]} and line["credential"] == key["key"][:12] + "..."
    assert verify(tmp_path).returncode == 0


def test_a_client_never_learns_what_a_voucher_cost(gateway):
    _, account = gateway.account(deposit=100)
    key = gateway.client_key(account, budget=3, clientBudget=7)["key"]
    [voucher] = vouchers(gateway, account, budgetVirtual=6.123456789, clientBudget=11)
    texts = [json.dumps(redeem(gateway, key, voucher["code"])[1])]
    assert call("POST", gateway.url + "/v1/chat/completions", key, HELLO)[0] == 200
    texts += [call("GET", gateway.url + path, key)[2] for path in ["/sub-key/balance", "/sub-key/usage-logs", "/v1/key"]]
    own = gateway.json("GET", "/sub-keys", account)["subKeys"][0]
    for text in texts:
        assert "6.123" not in text and "9.123" not in text and "ultiplier" not in text
        assert not own["remainingVirtual"] or str(own["remainingVirtual"]) not in text
    assert own["clientBudget"] == 18 and own["displayMultiplier"] == pytest.approx(18 / 9.123456789)
