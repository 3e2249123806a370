"""The account dialect of management keys: the documented snippets as they are, and every field and limit."""

import json
import time

import pytest

from gateway import call, environment, running_gateway

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}

# As the dialect's documentation prints them; base URL and key aside.
SNIPPETS = {
    "quick example": '''
import os
import requests

# Account endpoints require a management key
headers = {"Authorization": f"Bearer {os.getenv('ROUTEWAY_MANAGEMENT_KEY')}"}

response = requests.get("https://api.routeway.ai/v1/account/balance", headers=headers)
data = response.json()

print(f"Balance: ${data['balance']:.2f}")
''',
    "balance": '''
import os
import requests

headers = {"Authorization": f"Bearer {os.getenv('ROUTEWAY_MANAGEMENT_KEY')}"}

response = requests.get("https://api.routeway.ai/v1/account/balance", headers=headers)
data = response.json()

print(f"Current balance: ${data['balance']:.2f}")
''',
    "activity": '''
import os
import requests

headers = {"Authorization": f"Bearer {os.getenv('ROUTEWAY_MANAGEMENT_KEY')}"}

response = requests.get(
    "https://api.routeway.ai/v1/account/activity",
    headers=headers,
    params={"limit": 10, "offset": 0}
)

data = response.json()

for entry in data["data"]:
    print(f"{entry['created_at']} | {entry['model']:20s} | ${entry['cost']:.5f}")

print(f"\\nShowing {len(data['data'])} of results (offset: {data['offset']})")
''',
    "pagination": '''
all_activity = []
offset = 0
limit = 200

while True:
    response = requests.get(
        "https://api.routeway.ai/v1/account/activity",
        headers=headers,
        params={"limit": limit, "offset": offset}
    )
    page = response.json()
    all_activity.extend(page["data"])

    if len(page["data"]) < limit:
        break
    offset += limit

print(f"Total requests: {len(all_activity)}")
''',
    "analytics": '''
import os
import requests

headers = {"Authorization": f"Bearer {os.getenv('ROUTEWAY_MANAGEMENT_KEY')}"}

# Get last 7 days of usage
response = requests.get(
    "https://api.routeway.ai/v1/account/analytics",
    headers=headers,
    params={"period": "7d"}
)

# Check cache status
cache_status = response.headers.get("X-Cache", "MISS")
print(f"Cache: {cache_status}")

analytics = response.json()
print(analytics)
''',
}


@pytest.fixture()
def reseller(gateway):
    """An account of its own: its key, and a management key."""
    _, account = gateway.account(deposit=100)
    return account, gateway.management_key(account)


def spend(gateway, key, times=1, model="demo-chat"):
    for _ in range(times):
        assert call("POST", gateway.url + "/v1/chat/completions", key, {**HELLO, "model": model})[0] == 200


def test_the_snippets_run_as_they_are_printed(gateway, reseller, monkeypatch, capsys):
    account, key = reseller
    client = gateway.client_key(account)["key"]
    for _ in range(203):
        call("POST", gateway.url + "/v1/embeddings", client, {"model": "demo-embedding", "input": "x"})
    monkeypatch.setenv("ROUTEWAY_MANAGEMENT_KEY", key)
    names = {}
    for code in SNIPPETS.values():
        exec(code.replace("https://api.routeway.ai", gateway.url), names)
    printed = capsys.readouterr().out
    assert "Balance: $100.00" in printed and "Current balance: $100.00" in printed
    assert printed.count("| demo-embedding       | $") == 10 and "Showing 10 of results (offset: 0)" in printed
    assert "Total requests: 203" in printed and "Cache: MISS" in printed
    assert len({entry["id"] for entry in names["all_activity"]}) == 203
    assert names["analytics"]["totals"]["requests"] == 203


def test_activity_with_days_answers_both_shapes(gateway, reseller):
    account, key = reseller
    clients = [gateway.client_key(account, label=f"key {number}")["key"] for number in range(2)]
    spend(gateway, clients[0], 3)
    spend(gateway, clients[1], 1, "demo-messages")
    answer = gateway.json("GET", "/v1/account/activity?days=7&limit=2&offset=1", key)
    assert (len(answer["data"]), answer["limit"], answer["offset"], answer["period_days"]) == (2, 2, 1, 7)
    stats = answer["total_stats"]
    assert stats["total_requests"] == 4 and len(answer["daily_stats"]) == 7
    assert answer["daily_stats"][-1]["requests"] == 4 and answer["daily_stats"][0]["requests"] == 0
    assert answer["daily_stats"][-1]["date"] == time.strftime("%Y-%m-%d", time.gmtime())
    for list_name in ["daily_stats", "top_models", "api_key_usage"]:
        assert sum(row["cost"] for row in answer[list_name]) == pytest.approx(stats["total_cost"])
        assert sum(row["input_tokens"] for row in answer[list_name]) == stats["total_input_tokens"]
    assert {row["api_key_name"] for row in answer["api_key_usage"]} == {"key 0", "key 1"}
    assert {row["model"] for row in answer["top_models"]} == {"demo-chat", "demo-messages"}
    plain = gateway.json("GET", "/v1/account/activity", key)
    assert plain["limit"] == 50 and set(plain) == {"data", "limit", "offset"}
    balance = gateway.json("GET", "/v1/account/balance", key)["balance"]
    assert balance == pytest.approx(100 - stats["total_cost"])
    for query in ["limit=0", "limit=201", "offset=-1", "days=0", "days=31", "page=1"]:
        error = gateway.json("GET", "/v1/account/activity?" + query, key, expect=400)["error"]
        assert error["type"] == "invalid_request_error" and query.split("=")[0] in error["message"]


@pytest.mark.parametrize("period, steps", [("24h", 24), ("7d", 7), ("30d", 30), ("all", 1)])
def test_analytics_adds_up_in_every_way_it_is_told_apart(gateway, reseller, period, steps):
    account, key = reseller
    for tags in [{"team": "red", "environment": "ci"}, {"team": "red", "project": "p"}, {}]:
        spend(gateway, gateway.client_key(account, **tags)["key"], 2)
    spend(gateway, account, 1, "demo-messages")
    answer = gateway.json("GET", f"/v1/account/analytics?period={period}", key)
    totals = answer["totals"]
    assert totals["requests"] == 7 and len(answer["time_series"]) == steps and len(answer["by_key"]) == 4
    for name in ["time_series", "by_model", "top_models", "by_key", "by_environment", "by_team", "by_project"]:
        for field in ["requests", "cost", "input_tokens", "output_tokens"]:
            assert sum(row[field] for row in answer[name]) == pytest.approx(totals[field]), (name, field)
    assert {row["name"]: row["requests"] for row in answer["by_team"]} == {"red": 4, None: 3}
    one = gateway.json("GET", f"/v1/account/analytics?period={period}&model=demo-messages", key)
    assert one["totals"]["requests"] == 1 and one["model"] == "demo-messages" and len(one["by_key"]) == 1
    assert gateway.json("GET", f"/v1/account/analytics?period={period}&model=none", key)["totals"]["requests"] == 0


def test_analytics_is_cached_and_says_so(gateway, reseller):
    account, key = reseller
    url = gateway.url + "/v1/account/analytics"
    status, headers, first = call("GET", url, key)
    assert (status, headers["X-Cache"]) == (200, "MISS") and json.loads(first)["period"] == "30d"
    spend(gateway, account)
    _, headers, second = call("GET", url + "?period=30d", key)
    assert headers["X-Cache"] == "HIT" and second == first
    assert call("GET", url + "?period=7d", key)[1]["X-Cache"] == "MISS"
    other = gateway.management_key(gateway.account(deposit=1)[1])
    assert call("GET", url, other)[1]["X-Cache"] == "MISS"
    for query in ["period=1y", "period=", "model=", "x=1"]:
        assert gateway.json("GET", "/v1/account/analytics?" + query, key, expect=400)["error"]["message"]


# Every field of a key, with a value and one that it is changed to.
FIELDS = [
    ("name", "one", "two"), ("minute_limit", 7, 8), ("concurrent_limit", 3, 4), ("daily_limit", 100, None),
    ("tokens_per_minute", 5000, None), ("allowed_models", ["demo-*"], None), ("allowed_models", None, []),
    ("allowed_ips", ["127.0.0.0/8", "2001:db8::/32"], None), ("credit_limit", 4.5, None), ("spend_limit", 2.25, None),
    ("expires_at", "2099-01-01T00:00:00.000Z", None), ("is_enabled", False, True), ("use_subs_first", False, True),
    ("fallback_to_payg", False, True), ("subscription", {"amount": 2, "period": "week"}, None),
    ("environment", "production", None), ("team", "red", "blue"), ("project", "p", None), ("notes", "a note", None),
    ("display_multiplier", 2.5, 3), ("on_shortage", "refuse", "clamp"), ("balance", 10, 12.5),
]


@pytest.mark.parametrize("field, first, second", FIELDS)
def test_every_field_is_made_read_and_changed(gateway, reseller, field, first, second):
    account, key = reseller
    body = {"name": "n", field: first}
    made = gateway.json("POST", "/v1/account/keys", key, body)
    path = "/v1/account/keys/" + made["data"]["id"]
    assert made["data"][field] == first and made["key"] == made["data"]["key"]
    assert gateway.json("GET", path, key)["data"][field] == first
    assert gateway.json("PATCH", path, key, {field: second})["data"][field] == second
    listed = gateway.json("GET", "/v1/account/keys", key)
    assert listed["data"] == listed["keys"] and listed["keys"][0][field] == second


def test_a_key_is_masked_and_its_secret_shown_once(gateway, reseller):
    _, key = reseller
    made = gateway.json("POST", "/v1/account/keys", key, {"label": "x"})
    masked = gateway.json("GET", "/v1/account/keys", key)["keys"][0]["key"]
    assert masked == made["key"][:12] + "..." + made["key"][-4:] and made["key"].startswith("sk-tg-")
    spend(gateway, made["key"])
    data = gateway.json("GET", "/v1/account/keys/" + made["data"]["id"], key)["data"]
    assert (data["usage_today"], data["usage_minute"], data["label"], data["name"]) == (1, 1, "x", "x")
    assert data["last_used_at"].endswith("Z") and data["balance"] is None and data["usage"] > 0
    deleted = gateway.json("DELETE", "/v1/account/keys/" + made["data"]["id"], key)
    assert deleted["success"] is True
    gateway.json("GET", "/v1/account/keys/" + made["data"]["id"], key, expect=404)
    assert call("POST", gateway.url + "/v1/chat/completions", made["key"], HELLO)[0] == 401


@pytest.mark.parametrize("body, field", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 256}, "name"), ({"name": 7}, "name"),
    ({"name": "a", "label": "b"}, "label"), ({"name": "a", "balance": -1}, "balance"),
    ({"name": "a", "balance": "1"}, "balance"), ({"name": "a", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ({"name": "a", "spend_limit_period": "day"}, "spend_limit"), ({"name": "a", "spend_limit": -1}, "spend_limit"),
    ({"name": "a", "spend_limit": 1, "spend_limit_period": "year"}, "spend_limit_period"),
    ({"name": "a", "allowed_models": ["a*b"]}, "allowed_models"), ({"name": "a", "allowed_models": "x"}, "allowed_models"),
    ({"name": "a", "allowed_ips": ["10.0.0.1/8"]}, "allowed_ips"), ({"name": "a", "allowed_ips": ["x"]}, "allowed_ips"),
    ({"name": "a", "daily_limit": 1.5}, "daily_limit"), ({"name": "a", "subscription": {"amount": 1}}, "subscription.period"),
    ({"name": "a", "subscription": {"amount": 0, "period": "day"}}, "subscription.amount"), ({"name": "a", "is_enabled": 1}, "is_enabled"),
    ({"name": "a", "minute_limit": 0}, "minute_limit"), ({"name": "a", "spendLimit": 1}, "spendLimit"),
])
def test_wrong_fields_are_named(gateway, reseller, body, field):
    _, key = reseller
    error = gateway.json("POST", "/v1/account/keys", key, body, 400)["error"]
    assert error["type"] == "invalid_request_error" and f"'{field}'" in error["message"]
    assert error.get("field", field) == field
    assert gateway.json("GET", "/v1/account/keys", key)["keys"] == []


def test_balance_moves_money_between_key_and_account(gateway, reseller):
    account, key = reseller
    made = gateway.json("POST", "/v1/account/keys", key, {"name": "n", "balance": 40})
    path = "/v1/account/keys/" + made["data"]["id"]
    available = lambda: gateway.json("GET", "/balance", account)["available"]
    assert available() == "60.0000"
    spend(gateway, made["key"])
    assert gateway.json("PATCH", path, key, {"balance": 50})["data"]["balance"] == 50
    assert float(available()) < 50
    gateway.json("PATCH", path, key, {"balance": 101}, expect=409)
    answer = gateway.json("PATCH", path, key, {"balance": None})["data"]
    assert answer["balance"] is None and float(available()) > 99.9
    spend(gateway, made["key"])
    assert gateway.json("PATCH", path, key, {"balance": 1})["data"]["balance"] == 1
    assert gateway.json("GET", "/v1/account/balance", key)["balance"] == pytest.approx(
        100 - gateway.json("GET", path, key)["data"]["usage"])


def test_rotation_keeps_the_old_secret_for_its_grace(gateway, reseller):
    _, key = reseller
    made = gateway.json("POST", "/v1/account/keys", key, {"name": "n"})
    path = "/v1/account/keys/" + made["data"]["id"]
    first = gateway.json("POST", path + "/rotate", key, {"grace_seconds": 2})
    assert first["data"]["id"] == made["data"]["id"] and first["key"] != made["key"]
    for secret in [made["key"], first["key"]]:
        spend(gateway, secret)
    time.sleep(2.1)
    assert call("POST", gateway.url + "/v1/chat/completions", made["key"], HELLO)[0] == 401
    second = gateway.json("POST", path + "/rotate", key)
    assert call("POST", gateway.url + "/v1/chat/completions", first["key"], HELLO)[0] == 401
    spend(gateway, second["key"])
    for grace in [-1, 1.5, "60", 10**9]:
        gateway.json("POST", path + "/rotate", key, {"grace_seconds": grace}, expect=400)
    assert gateway.json("GET", path, key)["data"]["usage_today"] == 3


# Burst in 10 seconds of every endpoint, as the dialect's documentation has it.
@pytest.mark.parametrize("method, path, burst", [
    ("GET", "/v1/account/balance", 10), ("GET", "/v1/account/activity", 5), ("GET", "/v1/account/analytics", 2),
    ("GET", "/v1/account/keys", 5), ("GET", "/v1/account/keys/x", 5), ("POST", "/v1/account/keys", 2),
    ("PATCH", "/v1/account/keys/x", 2), ("DELETE", "/v1/account/keys/x", 2), ("GET", "/v1/credits", 10),
])
def test_bursts_are_limited_for_each_endpoint_and_key(limited, method, path, burst):
    gateway, account = limited
    keys = [gateway.management_key(account) for _ in range(2)]
    for key in keys:
        statuses = [call(method, gateway.url + path, key, raw=b"{}" if method != "GET" else None)[0]
                    for _ in range(burst + 1)]
        assert 429 not in statuses[:-1] and statuses[-1] == 429
    status, headers, text = call(method, gateway.url + path, keys[0], raw=b"{}" if method != "GET" else None)
    assert 1 <= int(headers["Retry-After"]) <= 10 and json.loads(text)["error"]["type"] == "rate_limit_error"


@pytest.fixture(scope="module")
def limited(tmp_path_factory, upstream_port):
    """A gateway with the limits that it has by itself."""
    folder = tmp_path_factory.mktemp("limited")
    names = [name for name in environment(folder, 0, "") if "ACCOUNT_LIMITS" in name]
    documented = ["10/120", "5/60", "2/25", "5/60", "2/12", "2/15"]
    with running_gateway(folder, upstream_port, **dict(zip(names, documented))) as gateway:
        yield gateway, gateway.account(deposit=1)[1]


def test_a_minute_has_its_own_limit(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_ACCOUNT_LIMITS_BALANCE="100/4") as gateway:
        key = gateway.management_key(gateway.account(deposit=1)[1])
        statuses = [call("GET", gateway.url + "/v1/account/balance", key)[0] for _ in range(5)]
        assert statuses == [200] * 4 + [429]
        assert int(call("GET", gateway.url + "/v1/account/balance", key)[1]["Retry-After"]) > 10
