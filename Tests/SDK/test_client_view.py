"""What the customer's page is made of: usage by day and model, what counts at the moment, and the reseller's look."""

import base64
import datetime

import pytest

from gateway import call

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
LOGO = "data:image/png;base64," + base64.b64encode(b"not looked into").decode()
BRAND = {"name": "Ada's AI", "logo": LOGO, "colour": "#0b6E4f", "contact": "mailto:help@example.com", "topUp": "https://example.com/pay",
         "language": "zh"}
EMPTY = dict.fromkeys(BRAND)


def test_usage_by_day_and_model_adds_up(gateway, account):
    key = gateway.client_key(account, displayMultiplier=3)["key"]
    for _ in range(2):
        assert call("POST", gateway.url + "/v1/chat/completions", key, HELLO)[0] == 200
    assert call("POST", gateway.url + "/v1/embeddings", key, {"model": "demo-embedding", "input": "x"})[0] == 200
    balance = gateway.json("GET", "/sub-key/balance", key)
    usage = gateway.json("GET", "/sub-key/usage?days=7", key)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    assert [day["date"] for day in usage["days"]] == [str(today - datetime.timedelta(days=6 - number)) for number in range(7)]
    last = usage["days"][-1]
    assert {name: last[name] for name in balance["usage"]["today"]} == balance["usage"]["today"]
    assert {model["model"]: model["requests"] for model in last["models"]} == {"demo-chat": 2, "demo-embedding": 1}
    assert [model["model"] for model in usage["models"]] == ["demo-chat", "demo-embedding"]
    assert sum(model["cost"] for model in usage["models"]) == pytest.approx(balance["spent"])
    assert all(day["requests"] == 0 and day["models"] == [] for day in usage["days"][:-1])
    assert len(gateway.json("GET", "/sub-key/usage", key)["days"]) == 30
    for query in ["days=0", "days=367", "days=x", "x=1"]:
        gateway.json("GET", "/sub-key/usage?" + query, key, expect=400)


def test_what_is_held_and_in_flight(gateway, account):
    import threading
    key = gateway.client_key(account, displayMultiplier=2)["key"]
    slow = threading.Thread(target=call, args=("POST", gateway.url + "/v1/chat/completions", key,
                                               {**HELLO, "model": "demo-chat@slow=100&chunks=20", "stream": True}))
    slow.start()
    for _ in range(200):
        seen = gateway.json("GET", "/sub-key/balance", key)
        if seen["now"]["requestsInFlight"] == 1 and seen["held"] > 0:
            break
    else:
        raise AssertionError("never seen in flight")
    assert seen["now"]["requestsThisMinute"] == seen["now"]["requestsToday"] == 1 and seen["spent"] == 0
    slow.join()
    seen = gateway.json("GET", "/sub-key/balance", key)
    assert seen["held"] == 0 and seen["now"]["requestsInFlight"] == 0 and seen["spent"] > 0


def test_a_brand_is_set_as_a_whole_and_shown_to_clients(gateway):
    _, account = gateway.account(deposit=10)
    key = gateway.client_key(account, budget=1)["key"]
    assert gateway.json("GET", "/brand", account) == gateway.json("GET", "/sub-key/brand", key) == EMPTY
    assert gateway.json("PUT", "/brand", account, BRAND) == BRAND
    assert gateway.json("GET", "/sub-key/brand", key) == gateway.json("GET", "/brand", account) == BRAND
    assert gateway.json("PUT", "/brand", account, {"name": "B"}) == {**EMPTY, "name": "B"}
    _, other = gateway.account(deposit=10)
    assert gateway.json("GET", "/brand", other) == EMPTY


@pytest.mark.parametrize("field, value", [
    ("name", ""), ("name", "x" * 61), ("name", 5), ("logo", "https://example.com/logo.png"), ("logo", "data:text/html;base64,PGI+"),
    ("logo", "data:image/png;base64,"), ("logo", "data:image/png;base64,<>"), ("colour", "red"), ("colour", "#12345"), ("colour", "#12345g"),
    ("contact", "javascript:alert(1)"), ("contact", "http://example.com"), ("topUp", "https://"), ("topUp", "https://a b"), ("language", "de"),
])
def test_a_wrong_brand_changes_nothing(gateway, field, value):
    _, account = gateway.account(deposit=0)
    gateway.json("PUT", "/brand", account, BRAND)
    assert f"'{field}'" in gateway.json("PUT", "/brand", account, {"name": "other", field: value}, expect=400)["error"]
    assert gateway.json("GET", "/brand", account) == BRAND


def test_earnings_are_what_clients_were_charged_less_what_it_cost(gateway):
    _, account = gateway.account(deposit=100)
    keys = [gateway.client_key(account, budget=5, displayMultiplier=factor) for factor in [1, 4]]
    for made in keys:
        assert call("POST", gateway.url + "/v1/chat/completions", made["key"], HELLO)[0] == 200
    # What the account spends itself earns nothing.
    assert call("POST", gateway.url + "/v1/chat/completions", account, HELLO)[0] == 200
    listed = gateway.json("GET", "/sub-keys", account)["subKeys"]
    earned = gateway.json("GET", "/earnings?days=3", account)
    days = earned["days"]
    assert len(days) == 3 and days[-1]["requests"] == 2 and days[0]["charged"] == 0
    assert days[-1]["charged"] == pytest.approx(sum(key["clientSpent"] for key in listed))
    assert days[-1]["cost"] == pytest.approx(sum(key["spentVirtual"] for key in listed))
    assert days[-1]["profit"] == pytest.approx(days[-1]["charged"] - days[-1]["cost"]) and days[-1]["profit"] > 0
    for key in listed:
        assert key["clientSpent"] == pytest.approx(key["spentVirtual"] * key["displayMultiplier"])
        assert key["clientBudget"] == 5 * key["displayMultiplier"]


def test_earnings_are_told_apart_by_key_and_model(gateway):
    _, account = gateway.account(deposit=100)
    red = gateway.client_key(account, budget=5, displayMultiplier=100, team="red")
    blue = gateway.client_key(account, budget=5)
    for key, model in [(red, "demo-chat"), (red, "demo-chat"), (blue, "demo-messages")]:
        assert call("POST", gateway.url + "/v1/chat/completions", key["key"], {**HELLO, "model": model})[0] == 200
    assert call("POST", gateway.url + "/v1/chat/completions", account, HELLO)[0] == 200
    gateway.json("DELETE", f"/sub-keys/{red['id']}", account)
    earned = gateway.json("GET", "/earnings", account)
    day = earned["days"][-1]
    assert [(key["id"], key["team"], key["requests"]) for key in earned["keys"]] == [(red["id"], "red", 2), (blue["id"], None, 1)]
    assert {model["model"]: model["requests"] for model in earned["models"]} == {"demo-chat": 2, "demo-messages": 1}
    assert day["inputTokens"] > 0 and day["outputTokens"] > 0
    for name in ["requests", "inputTokens", "outputTokens", "charged", "cost", "profit"]:
        for part in ["keys", "models"]:
            assert sum(one[name] for one in earned[part]) == pytest.approx(day[name])


def test_a_secret_is_rotated_with_and_without_grace(gateway):
    _, account = gateway.account(deposit=100)
    made = gateway.client_key(account, budget=5)
    second = gateway.json("POST", f"/sub-keys/{made['id']}/rotate", account, {"graceSeconds": 60})["key"]
    assert gateway.json("GET", "/sub-key/balance", made["key"]) == gateway.json("GET", "/sub-key/balance", second)
    third = gateway.json("POST", f"/sub-keys/{made['id']}/rotate", account)["key"]
    assert call("GET", gateway.url + "/sub-key/balance", second)[0] == 401
    assert call("GET", gateway.url + "/sub-key/balance", third)[0] == 200
    for body in [{"graceSeconds": -1}, {"graceSeconds": 2592001}, {"grace_seconds": 1}]:
        gateway.json("POST", f"/sub-keys/{made['id']}/rotate", account, body, expect=400)
