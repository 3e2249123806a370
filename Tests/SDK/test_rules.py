"""The rules of a key, each alone and under concurrent requests, through the gateway."""

import concurrent.futures
import datetime
import decimal
import itertools
import json
import time
from urllib.parse import quote

import pytest

from gateway import call, running_gateway

CHAT = "/v1/chat/completions"
# The bound of this request is below 0.0001 USD, and its cost is what its answer says.
HELLO = {"model": "demo-chat", "max_tokens": 32, "messages": [{"role": "user", "content": "Hello!"}]}
MESSAGE = {"model": "demo-messages", "max_tokens": 32, "messages": [{"role": "user", "content": "Hello!"}]}
DIALECTS = ["/sub-keys", "/v1/account/keys", "/v1/api-keys"]


@pytest.fixture(scope="module")
def reseller(gateway):
    _, account = gateway.account(deposit=1000)
    return account, gateway.management_key(account)


def make(gateway, reseller, **rules):
    """Makes a key with rules, spelled as the account dialect does."""
    rules.setdefault("balance", 1)
    made = gateway.json("POST", "/v1/account/keys", reseller[1], {"name": "rules", "minute_limit": 10000, "concurrent_limit": 100, **rules})
    return made["data"]["id"], made["key"]


def change(gateway, reseller, id, **rules):
    return gateway.json("PATCH", f"/v1/account/keys/{id}", reseller[1], rules)["data"]


def chat(gateway, key, body=HELLO, **headers):
    status, answer, text = call("POST", gateway.url + CHAT, key, body, headers=headers)
    return status, answer, json.loads(text)


def refused(gateway, key, status, code, body=HELLO, **headers):
    got, answer, body = chat(gateway, key, body, **headers)
    assert (got, body["error"]["code"]) == (status, code), body
    return body["error"]["message"], answer


def until_refused(gateway, key, at_most=200):
    """Asks until there is a refusal that lasts; returns how many answers came before, and it."""
    answers = 0
    for _ in range(at_most):
        status, headers, body = chat(gateway, key)
        if status == 200:
            answers += 1
        elif body["error"]["code"] == "budget_held":
            # The request before has been answered and is being settled.
            time.sleep(0.05)
        else:
            return answers, status, headers, body["error"]
    raise AssertionError("never refused")


def exact(gateway, path, key):
    return json.loads(call("GET", gateway.url + path, key)[2], parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def next_start(period):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    if period == "day":
        start = today + datetime.timedelta(days=1)
    elif period == "week":
        start = today + datetime.timedelta(days=7 - today.weekday())
    else:
        start = (today.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
    return f"{start}T00:00:00Z"


# MARK: what a key is

def test_a_disabled_key_reads_but_does_not_spend(gateway, reseller):
    id, key = make(gateway, reseller)
    assert change(gateway, reseller, id, is_enabled=False)["is_enabled"] is False
    message, _ = refused(gateway, key, 403, "key_disabled")
    assert message == "This key is disabled."
    _, headers, text = call("POST", gateway.url + "/v1/messages", key, MESSAGE)
    assert json.loads(text)["error"] == {"type": "permission_error", "message": "This key is disabled."}
    assert gateway.json("GET", "/sub-key/balance", key)["isEnabled"] is False
    assert gateway.json("GET", "/sub-key/usage-logs", key)["data"] == []
    change(gateway, reseller, id, is_enabled=True)
    assert chat(gateway, key)[0] == 200


def test_a_key_expires_and_may_be_revived(gateway, reseller):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1.5)
    id, key = make(gateway, reseller, expires_at=end.isoformat())
    assert chat(gateway, key)[0] == 200
    time.sleep(1.6)
    message, _ = refused(gateway, key, 403, "key_expired")
    assert end.strftime("%Y-%m-%dT%H:%M:%SZ") in message
    assert gateway.json("GET", "/sub-key/balance", key)["spent"] > 0
    change(gateway, reseller, id, expires_at=None)
    assert chat(gateway, key)[0] == 200


@pytest.mark.parametrize("models, allowed, refused_models", [
    (None, ["demo-chat", "demo-embedding"], []),
    ([], [], ["demo-chat", "demo-embedding"]),
    (["demo-embedding"], ["demo-embedding"], ["demo-chat", "demo-embedding-2"]),
    (["demo-e*", "demo-chat"], ["demo-embedding", "demo-chat"], ["demo-messages", "demo-chat@usage=1"]),
    (["*"], ["demo-chat", "demo-embedding"], []),
])
def test_allowed_models(gateway, reseller, models, allowed, refused_models):
    _, key = make(gateway, reseller, allowed_models=models)

    def ask(model):
        path, body = (("/v1/embeddings", {"model": model, "input": "x"}) if "embedding" in model else
                      (CHAT, {**HELLO, "model": model}))
        status, _, text = call("POST", gateway.url + path, key, body)
        return status, json.loads(text)

    for model in allowed:
        assert ask(model)[0] == 200
    for model in refused_models:
        status, body = ask(model)
        assert (status, body["error"]["code"], body["error"]["param"]) == (403, "model_not_allowed", "model")
        assert body["error"]["message"] == f"This key may not use the model '{model}'."
    everything = {model["id"] for model in gateway.json("GET", "/v1/models", gateway.client_key(reseller[0])["key"])["data"]}
    listed = {model["id"] for model in gateway.json("GET", "/v1/models", key)["data"]}
    fits = lambda name: models is None or any(
        name == model or model.endswith("*") and name.startswith(model[:-1]) for model in models)
    assert listed == {name for name in everything if fits(name)} and everything
    for name in everything | {"demo-unpriced"}:
        status, _, text = call("GET", f"{gateway.url}/v1/models/{quote(name, safe='')}", key)
        assert (status, json.loads(text).get("id")) == ((200, name) if name in listed else (404, None))
    anthropic = json.loads(call("GET", gateway.url + "/anthropic/v1/models", key)[2])
    assert all(fits(model["id"]) for model in anthropic["data"])


@pytest.mark.parametrize("ranges, isAllowed", [
    (["127.0.0.1"], True), (["127.0.0.0/8"], True), (["10.0.0.0/8", "::1/128"], False), ([], False), (None, True),
    (["::ffff:127.0.0.1"], True), (["2001:db8::/32"], False), (["0.0.0.0/0"], True),
])
def test_allowed_addresses(gateway, reseller, ranges, isAllowed):
    _, key = make(gateway, reseller, allowed_ips=ranges)
    for headers in [{}, {"X-Forwarded-For": "10.1.2.3"}]:
        if isAllowed:
            assert chat(gateway, key, **headers)[0] == 200
            gateway.json("GET", "/sub-key/balance", key)
        else:
            refused(gateway, key, 403, "address_not_allowed", **headers)
            assert call("GET", gateway.url + "/v1/models", key)[0] == 403
            assert gateway.json("GET", "/sub-key/balance", key, expect=403)["error"] == "This key may not be used from this address"


def test_addresses_behind_a_trusted_proxy(upstream_port, tmp_path):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TRUSTED_PROXIES="127.0.0.1,192.0.2.0/24") as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account, allowedIps=["10.0.0.0/8", "2001:db8::/32"])["key"]
        for forwarded, expected in [
            ("10.1.2.3", 200), ("2001:db8::7", 200), ("8.8.8.8", 403),
            # Only the last that is no trusted proxy counts: what stands before it, anybody may have written.
            ("10.1.2.3, 8.8.8.8", 403), ("8.8.8.8, 10.1.2.3", 200), ("10.1.2.3, 192.0.2.9", 200), ("nonsense", 403),
            ("10.1.2.3, nonsense", 403),
        ]:
            assert chat(gateway, key, **{"X-Forwarded-For": forwarded})[0] == expected, forwarded
        assert chat(gateway, key)[0] == 403


# MARK: counts

def test_requests_per_day(gateway, reseller):
    id, key = make(gateway, reseller, daily_limit=2)
    assert [chat(gateway, key)[0] for _ in range(2)] == [200, 200]
    message, headers = refused(gateway, key, 429, "daily_limit_exceeded")
    assert message == f"Daily limit reached: 2 requests per day (UTC). It opens again at {next_start('day')}."
    assert headers["x-should-retry"] == "false" and 0 < int(headers["Retry-After"]) <= 86400
    data = gateway.json("GET", f"/v1/account/keys/{id}", reseller[1])["data"]
    assert (data["usage_today"], data["daily_limit"]) == (2, 2)
    change(gateway, reseller, id, daily_limit=3)
    assert chat(gateway, key)[0] == 200
    change(gateway, reseller, id, daily_limit=None)
    assert chat(gateway, key)[0] == 200


def test_requests_of_a_day_are_remembered_over_a_restart(upstream_port, tmp_path):
    with running_gateway(tmp_path, upstream_port) as first:
        _, account = first.account()
        key = first.client_key(account, dailyLimit=3)["key"]
        assert [chat(first, key)[0] for _ in range(2)] == [200, 200]
        first.process.kill()
        first.process.wait()
    with running_gateway(tmp_path, upstream_port) as second:
        assert [chat(second, key)[0] for _ in range(2)] == [200, 429]


def test_tokens_per_minute(gateway, reseller):
    id, key = make(gateway, reseller, tokens_per_minute=300)
    number, status, headers, error = until_refused(gateway, key)
    assert number >= 1 and (status, error["code"]) == (429, "tokens_per_minute_exceeded")
    assert "300 tokens per minute" in error["message"] and 0 < int(headers["Retry-After"]) <= 60
    assert 0 < gateway.json("GET", f"/v1/account/keys/{id}", reseller[1])["data"]["tokens_minute"] <= 300
    # What can never fit is not worth repeating.
    big = {**HELLO, "messages": [{"role": "user", "content": "word " * 1000}]}
    _, headers = refused(gateway, key, 429, "tokens_per_minute_exceeded", body=big)
    assert headers["x-should-retry"] == "false" and headers["Retry-After"] is None


# MARK: money

@pytest.mark.parametrize("period", ["day", "week", "month", None])
def test_a_spend_limit(gateway, reseller, period):
    id, key = make(gateway, reseller, spend_limit=0.0003, spend_limit_period=period, on_shortage="refuse")
    number, status, headers, error = until_refused(gateway, key)
    assert number >= 1 and (status, error["code"]) == (402, "insufficient_quota")
    name = f"Spend limit of this {period} reached" if period else "Spend limit reached"
    assert error["message"].startswith(name)
    assert (f"It opens again at {next_start(period)}." in error["message"]) == (period is not None)
    data = exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]
    assert 0 < data["period_spend"] <= data["spend_limit"] and data["spend_limit_period"] == period
    row = next(row for row in exact(gateway, "/v1/credits?by_api_key=true", reseller[1])["usage_by_api_key"]
               if row["api_key_id"] == id)
    assert decimal.Decimal(row["period_spend"]) == data["period_spend"] == data["usage"]
    # The budget was not touched by what was refused, and a higher limit opens at once.
    assert data["balance"] == 1 - data["usage"]
    change(gateway, reseller, id, spend_limit=1)
    assert chat(gateway, key)[0] == 200


def test_spend_limits_are_remembered_over_kill_9(upstream_port, tmp_path):
    with running_gateway(tmp_path, upstream_port) as first:
        _, account = first.account()
        key = first.client_key(account, spendLimit=0.0003, spendLimitPeriod="week", onShortage="refuse")["key"]
        until_refused(first, key)
        first.process.kill()
        first.process.wait()
    with running_gateway(tmp_path, upstream_port) as second:
        assert chat(second, key)[0] == 402


def test_a_credit_limit(gateway, reseller):
    id, key = make(gateway, reseller, credit_limit=0.0002, balance=None, on_shortage="refuse")
    _, status, _, error = until_refused(gateway, key)
    assert status == 402 and error["message"].startswith("Credit limit reached")
    assert change(gateway, reseller, id, credit_limit=None)["usage"] <= 0.0002
    assert chat(gateway, key)[0] == 200


def test_a_subscription_pays_first_then_the_budget(gateway, reseller):
    id, key = make(gateway, reseller, subscription={"amount": 0.0002, "period": "month"}, balance=0.0002, on_shortage="refuse")
    get = lambda: exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]
    assert chat(gateway, key)[0] == 200
    assert get()["balance"] == decimal.Decimal("0.0002") and get()["usage"] > 0
    _, status, _, _ = until_refused(gateway, key)
    assert status == 402 and 0 <= get()["balance"] < decimal.Decimal("0.0002") < get()["usage"] <= decimal.Decimal("0.0004")


def test_without_a_fallback_the_budget_is_left_alone(gateway, reseller):
    id, key = make(gateway, reseller, subscription={"amount": 0.0002, "period": "day"}, fallback_to_payg=False, on_shortage="refuse")
    _, status, _, error = until_refused(gateway, key)
    assert status == 402 and error["message"].startswith("Subscription of this day reached")
    assert f"It opens again at {next_start('day')}." in error["message"]
    assert exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]["balance"] == 1
    change(gateway, reseller, id, fallback_to_payg=True)
    assert chat(gateway, key)[0] == 200
    assert exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]["balance"] < 1


def test_a_budget_that_pays_first(gateway, reseller):
    id, key = make(gateway, reseller, subscription={"amount": 1, "period": "week"}, use_subs_first=False)
    assert chat(gateway, key)[0] == 200
    data = exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]
    assert data["balance"] == 1 - data["usage"] < 1


# MARK: many at once

@pytest.mark.parametrize("rules, limit", [
    ({"spend_limit": 0.001, "spend_limit_period": "day"}, 0.001), ({"spend_limit": 0.001}, 0.001),
    ({"credit_limit": 0.001}, 0.001), ({"balance": 0.001}, 0.001),
    ({"balance": 0, "subscription": {"amount": 0.001, "period": "day"}}, 0.001),
    ({"balance": None, "subscription": {"amount": 0.001, "period": "day"}, "fallback_to_payg": False}, 0.001),
])
def test_no_rule_of_money_is_overspent_by_many_at_once(gateway, reseller, rules, limit):
    id, key = make(gateway, reseller, **rules)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda _: chat(gateway, key, {**HELLO, "model": "demo-chat@slow=20"})[0], range(160)))
    assert set(statuses) <= {200, 402, 429} and statuses.count(200) >= 5 and statuses.count(200) < 160
    data = exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]
    assert 0 < data["usage"] <= decimal.Decimal(str(limit))
    assert exact(gateway, "/sub-keys", reseller[0])


def test_no_count_is_overrun_by_many_at_once(gateway, reseller):
    for rules in [{"daily_limit": 7}, {"minute_limit": 7}]:
        _, key = make(gateway, reseller, **rules)
        with concurrent.futures.ThreadPoolExecutor(30) as pool:
            statuses = list(pool.map(lambda _: chat(gateway, key)[0], range(60)))
        assert statuses.count(200) == 7 and statuses.count(429) == 53, rules
    id, key = make(gateway, reseller, tokens_per_minute=400)
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(lambda _: chat(gateway, key)[0], range(60)))
    assert set(statuses) == {200, 429}
    assert gateway.json("GET", f"/v1/account/keys/{id}", reseller[1])["data"]["tokens_minute"] <= 400


# MARK: one key, every dialect

RULES = {
    "is_enabled": True, "expires_at": "2099-01-01T00:00:00.000Z", "spend_limit": 1.5, "spend_limit_period": "week",
    "credit_limit": 9.25, "daily_limit": 500, "tokens_per_minute": 90000, "allowed_models": ["demo-*", "gpt-5"],
    "allowed_ips": ["127.0.0.1", "2001:db8::/32"], "subscription": {"amount": 2.5, "period": "month"},
    "use_subs_first": False, "fallback_to_payg": False, "environment": "production", "team": "blue", "project": "x",
    "notes": "two\nlines",
}
OTHER = {
    "is_enabled": False, "expires_at": None, "spend_limit": 3, "spend_limit_period": None, "credit_limit": None, "daily_limit": 0,
    "tokens_per_minute": None, "allowed_models": [], "allowed_ips": None, "subscription": None, "use_subs_first": True,
    "fallback_to_payg": True, "environment": None, "team": "red", "project": None, "notes": None,
}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def read(gateway, reseller, id):
    """The rules of a key as both dialects show them, which must be the same."""
    account = gateway.json("GET", f"/v1/account/keys/{id}", reseller[1])["data"]
    sub = next(key for key in gateway.json("GET", "/sub-keys", reseller[0])["subKeys"] if key["id"] == id)
    rules = {name: account[name] for name in RULES}
    assert rules == {name: sub[camel(name)] for name in RULES}
    return rules


@pytest.mark.parametrize("maker, changer", itertools.product(DIALECTS, DIALECTS))
def test_every_dialect_makes_shows_and_changes_every_rule(gateway, reseller, maker, changer):
    account, management = reseller

    def spelled(path, fields):
        return {camel(name): value for name, value in fields.items()} if path == "/sub-keys" else fields

    name = {"budgetVirtual": 1, "label": "all"} if maker == "/sub-keys" else {"balance": 1, "name": "all"}
    made = gateway.json("POST", maker, account if maker == "/sub-keys" else management, {**name, **spelled(maker, RULES)})
    id = made.get("id") or made["data"]["id"]
    assert read(gateway, reseller, id) == RULES
    method = "PUT" if changer == "/sub-keys" else "PATCH"
    gateway.json(method, f"{changer}/{id}", account if changer == "/sub-keys" else management, spelled(changer, OTHER))
    assert read(gateway, reseller, id) == OTHER
    # What is not named stays.
    gateway.json(method, f"{changer}/{id}", account if changer == "/sub-keys" else management, {"team": "green"})
    assert read(gateway, reseller, id) == {**OTHER, "team": "green"}


@pytest.mark.parametrize("field, value", [
    ("is_enabled", 1), ("expires_at", "2020-01-01T00:00:00Z"), ("expires_at", "soon"), ("spend_limit", -1), ("spend_limit", "1"),
    ("spend_limit_period", "year"), ("credit_limit", 1e9), ("daily_limit", 1.5), ("daily_limit", -1), ("tokens_per_minute", "many"),
    ("allowed_models", "demo"), ("allowed_models", ["a*b"]), ("allowed_models", [""]), ("allowed_models", [7]),
    ("allowed_ips", ["localhost"]), ("allowed_ips", ["10.0.0.0/33"]), ("allowed_ips", ["10.0.0.1/x"]), ("allowed_ips", ["300.1.1.1"]),
    ("subscription", {"amount": 1}), ("subscription", {"amount": 0, "period": "day"}), ("subscription", 5),
    ("use_subs_first", "yes"), ("team", "x" * 101), ("notes", "x" * 2001), ("environment", 5), ("project", "a\u0000b"),
])
def test_a_wrong_rule_is_named_and_nothing_changes(gateway, reseller, field, value):
    id, _ = make(gateway, reseller)
    before = gateway.json("GET", f"/v1/account/keys/{id}", reseller[1])
    for method, path, key, name in [("PATCH", f"/v1/account/keys/{id}", reseller[1], field), ("PUT", f"/sub-keys/{id}", reseller[0], camel(field)),
                                    ("PATCH", f"/v1/api-keys/{id}", reseller[1], field)]:
        body = gateway.json(method, path, key, {"team": "changed", name: value}, expect=400)
        error = {**body, "message": body["error"]} if isinstance(body["error"], str) else body["error"]
        inner = name
        if field == "subscription" and isinstance(value, dict):
            inner += ".amount" if value["amount"] == 0 else ".period"
        assert error["field"] == inner and f"'{inner}'" in error["message"]
        assert error["code"] == ("missing_field" if inner.endswith(".period") else "invalid_field")
    assert gateway.json("GET", f"/v1/account/keys/{id}", reseller[1]) == before


# MARK: what a client sees

def test_a_client_sees_its_limits_multiplied(gateway, reseller):
    id, key = make(gateway, reseller, spend_limit=2, spend_limit_period="day", credit_limit=3, display_multiplier=4,
                   subscription={"amount": 1, "period": "week"}, notes="our margin is high", team="blue", allowed_ips=["127.0.0.1"],
                   balance=10)
    assert chat(gateway, key)[0] == 200
    usage = exact(gateway, f"/v1/account/keys/{id}", reseller[1])["data"]["usage"]
    seen = exact(gateway, "/sub-key/balance", key)
    assert (seen["spendLimit"], seen["creditLimit"], seen["subscription"]["amount"]) == (8, 12, 4)
    assert seen["spent"] == 4 * usage
    for secret in ["notes", "team", "allowedIps", "displayMultiplier", "environment"]:
        assert secret not in seen
    own = exact(gateway, "/v1/key", key)["data"]
    assert (own["limit"], own["limit_reset"], own["limit_remaining"]) == (8, "daily", 8 - 4 * usage)


def test_a_client_without_a_budget_learns_nothing_of_the_account(gateway):
    _, account = gateway.account(deposit=0.00005)
    key = gateway.json("POST", "/sub-keys", account, {"budgetVirtual": None, "displayMultiplier": 3, "onShortage": "refuse"})["key"]
    seen = gateway.json("GET", "/sub-key/balance", key)
    assert (seen["budget"], seen["remaining"], seen["spent"]) == (None, None, 0)
    number, status, _, error = until_refused(gateway, key)
    assert status == 402 and error["message"].startswith("The account's balance does not cover this request: this request needs")
    assert "left" not in error["message"] and "0.00005" not in error["message"]
    own = gateway.json("GET", "/v1/key", key)["data"]
    assert own["limit"] is None and own["limit_remaining"] is None
