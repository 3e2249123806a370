"""What a client asks of its key, in the shapes that common clients read; multiplied like everything it sees."""

import datetime
import json

import pytest

from gateway import call

HELLO = [{"role": "user", "content": "Hello!"}]


def spend(gateway, key):
    assert call("POST", gateway.url + "/v1/chat/completions", key, {"model": "demo-chat", "messages": HELLO})[0] == 200


@pytest.mark.parametrize("path", ["/v1/key", "/api/v1/key"])
def test_the_key_in_the_shape_of_openrouter(gateway, account, path):
    made = gateway.client_key(account, budget=10, clientBudget=25, rpmLimit=77)
    spend(gateway, made["key"])
    data = gateway.json("GET", path, made["key"])["data"]
    balance = gateway.json("GET", "/sub-key/balance", made["key"])
    assert data["limit"] == 25 == balance["budget"] and data["limit_remaining"] == balance["remaining"]
    assert data["usage"] == data["usage_daily"] == data["usage_weekly"] == data["usage_monthly"] == balance["spent"] > 0
    assert data["label"] == made["keyId"] and data["rate_limit"] == {"requests": 77, "interval": "1m"}
    assert data["limit_reset"] is None and data["expires_at"] is None


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_balance_widgets_of_openai_clients(gateway, account, prefix):
    made = gateway.client_key(account, budget=10, clientBudget=20)
    spend(gateway, made["key"])
    spent = gateway.json("GET", "/sub-key/balance", made["key"])["spent"]
    subscription = gateway.json("GET", prefix + "/dashboard/billing/subscription", made["key"])
    assert subscription["object"] == "billing_subscription" and subscription["hard_limit_usd"] == 20
    today = datetime.datetime.now(datetime.timezone.utc).date()
    day = datetime.timedelta(days=1)
    path = prefix + "/dashboard/billing/usage"
    for query, cents in [("", spent * 100), (f"?start_date={today}&end_date={today + day}", spent * 100),
                         (f"?start_date={today - day}&end_date={today}", 0), (f"?start_date={today + day}", 0)]:
        assert gateway.json("GET", path + query, made["key"])["total_usage"] == pytest.approx(cents)
    for query in ["?start_date=yesterday", "?end_date=2026-13-01", "?x=1"]:
        gateway.json("GET", path + query, made["key"], expect=400)


def test_only_a_client_key_has_an_own_key(gateway, account):
    for path in ["/v1/key", "/dashboard/billing/usage"]:
        assert call("GET", gateway.url + path)[0] == 401
        status, _, text = call("GET", gateway.url + path, account)
        assert status == 403 and json.loads(text) == {
            "error": "A client key is required", "code": "wrong_key_kind"}
    assert call("POST", gateway.url + "/v1/key", account, {})[0] == 405
