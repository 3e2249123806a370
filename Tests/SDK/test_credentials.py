"""Kinds of credential: who may call what, and how each comes and goes."""

import concurrent.futures
import json
import time

import pytest

from gateway import ADMIN_KEY, call

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
ID = "00000000-0000-7000-8000-000000000000"

# Every route of the gateway with the kinds that may call it; a management key may have a scope that only reads.
INFERENCE = {"client", "account", "web"}
ROUTES = [
    ("GET", "/balance", {"account"}), ("GET", "/sub-keys", {"account"}), ("POST", "/sub-keys", {"account"}),
    ("PUT", f"/sub-keys/{ID}", {"account"}), ("DELETE", f"/sub-keys/{ID}", {"account"}),
    ("GET", "/usage-logs", {"account"}), ("GET", f"/usage-logs/{ID}", {"account"}), ("GET", f"/admin/requests/{ID}", {"admin"}), ("GET", "/sub-key/balance", {"client"}),
    ("POST", f"/sub-keys/{ID}/rotate", {"account"}), ("GET", "/earnings", {"account"}), ("GET", "/deposits", {"account"}), ("GET", "/alerts", {"account"}), ("PUT", "/alerts", {"account"}),
    ("GET", "/vouchers", {"account"}), ("POST", "/vouchers", {"account"}), ("DELETE", f"/vouchers/{ID}", {"account"}), ("POST", "/sub-key/redeem", {"client"}),
    ("GET", "/brand", {"account"}), ("PUT", "/brand", {"account"}), ("GET", "/sub-key/brand", {"client"}),
    ("GET", "/sub-key/usage", {"client"}), ("GET", "/sub-key/usage-logs", {"client"}), ("GET", "/v1/key", {"client"}), ("GET", "/api/v1/key", {"client"}),
    ("GET", "/dashboard/billing/subscription", {"client"}), ("GET", "/dashboard/billing/usage", {"client"}),
    ("GET", "/request-rules", {"account"}), ("PATCH", "/request-rules", {"account"}),
    ("GET", "/v1/dashboard/billing/subscription", {"client"}), ("GET", "/v1/dashboard/billing/usage", {"client"}),
    ("GET", "/v1/account/balance", {"management"}), ("GET", "/v1/account/activity", {"management"}),
    ("GET", "/v1/account/analytics", {"management"}), ("GET", "/v1/account/keys", {"management"}),
    ("POST", "/v1/account/keys", {"management"}), ("GET", f"/v1/account/keys/{ID}", {"management"}),
    ("PATCH", f"/v1/account/keys/{ID}", {"management"}), ("DELETE", f"/v1/account/keys/{ID}", {"management"}),
    ("POST", f"/v1/account/keys/{ID}/rotate", {"management"}), ("GET", "/v1/credits", {"account", "management"}),
    ("POST", "/v1/api-keys", {"management"}), ("PATCH", f"/v1/api-keys/{ID}", {"management"}),
    ("DELETE", f"/v1/api-keys/{ID}", {"management"}), ("GET", "/management-keys", {"account"}),
    ("POST", "/management-keys", {"account"}), ("DELETE", f"/management-keys/{ID}", {"account"}),
    ("POST", "/web-tokens", {"account"}), ("POST", "/admin/accounts", {"admin"}), ("GET", "/admin/accounts", {"admin"}),
    ("PATCH", f"/admin/accounts/{ID}", {"admin"}), ("POST", f"/admin/accounts/{ID}/deposits", {"admin"}),
    ("POST", f"/admin/accounts/{ID}/rotate-key", {"admin"}), ("PATCH", f"/admin/deposits/{ID}", {"admin"}),
    ("GET", "/admin/deposits", {"admin"}), ("GET", "/admin/prices", {"admin"}), ("POST", "/admin/prices", {"admin"}),
    ("GET", "/admin/status", {"admin"}), ("POST", "/admin/verification", {"admin"}), ("GET", "/admin/interrupted", {"admin"}), ("GET", "/admin/audit", {"admin"}),
] + [("POST", prefix + path, INFERENCE) for prefix in ["/v1", "/openai/v1"] for path in [
    "/chat/completions", "/completions", "/responses", "/responses/compact", "/responses/input_tokens", "/embeddings", "/moderations", "/images/generations",
    "/images/edits", "/images/variations", "/audio/speech", "/audio/transcriptions", "/audio/translations",
]] + [(method, prefix + path, INFERENCE) for prefix in ["/v1", "/openai/v1"] for method, path in [
    ("GET", f"/responses/{ID}"), ("DELETE", f"/responses/{ID}"), ("GET", f"/responses/{ID}/input_items"),
]] + [("POST", prefix + path, INFERENCE) for prefix in ["/v1", "/anthropic/v1", "/proxy/v1"] for path in [
    "/messages", "/messages/count_tokens",
]] + [("GET", prefix + path, INFERENCE) for prefix in ["/v1", "/openai/v1", "/anthropic/v1", "/proxy/v1"] for path in [
    "/models", "/models/{model}",
]] + [("POST", f"{prefix}/models/{{model}}:{verb}", INFERENCE) for prefix in ["/v1", "/v1beta", "/gemini/v1", "/gemini/v1beta"] for verb in [
    "generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents",
]] + [("GET", prefix + path, INFERENCE) for prefix in ["/v1beta", "/gemini/v1", "/gemini/v1beta"] for path in [
    "/models", "/models/{model}",
]]
NAMES = {"admin": "admin key", "account": "account key", "management": "management key", "client": "client key",
         "web": "web token"}


@pytest.fixture(scope="module")
def keys(gateway):
    """One of each kind, all of one account."""
    _, account = gateway.account(deposit=1000)
    return {
        "admin": ADMIN_KEY, "account": account, "client": gateway.client_key(account, budget=100)["key"],
        "management": management(gateway, account)["key"],
        "web": gateway.json("POST", "/web-tokens", account)["token"],
    }


def management(gateway, account, **fields):
    return gateway.json("POST", "/management-keys", account, fields)


def text_of_error(text):
    error = json.loads(text)["error"]
    return error if isinstance(error, str) else error["message"]


@pytest.mark.parametrize("method, path, kinds", ROUTES)
def test_every_route_takes_its_kinds_of_key_only(gateway, keys, method, path, kinds):
    for kind, key in keys.items():
        status, headers, text = call(method, gateway.url + path, key, raw=b"" if method != "GET" else None)
        if kind in kinds:
            assert status not in (401, 403, 405), (kind, status, text)
        else:
            assert status == 403, (kind, status, text)
            assert all(NAMES[needed] in text_of_error(text) for needed in kinds), text
    for key in [None, "sk-tg-unknown", "sk-tgm-" + "0" * 43]:
        status, _, text = call(method, gateway.url + path, key, raw=b"" if method != "GET" else None)
        assert status == 401 and "nvalid API key" in text_of_error(text)


def test_the_table_above_is_the_whole_table(gateway):
    """Every operation that the gateway describes is tested above, or is open to everybody."""
    document = call("GET", gateway.url + "/openapi.yaml")[2]
    import yaml
    described = {(method.upper(), path.replace("{id}", ID))
                 for path, operations in yaml.safe_load(document)["paths"].items()
                 for method in operations if method in {"get", "post", "put", "patch", "delete"}}
    tested = {(method, path) for method, path, _ in ROUTES}
    unprotected = {(method, path) for method, path in described
                   if call(method, gateway.url + path, raw=b"" if method != "GET" else None)[0] != 401}
    assert described - tested - unprotected == set()
    assert all(path in ["/", "/admin", "/console", "/docs", "/healthz", "/readyz"] or "." in path or path.startswith("/assets/")
               for _, path in unprotected)


def test_a_management_key_is_shown_once_and_ends_when_deleted(gateway):
    _, account = gateway.account(deposit=10)
    made = management(gateway, account, label="CI", scope="read-only", expiresAt="2099-01-01T00:00:00Z")
    assert made["key"].startswith("sk-tgm-") and made["scope"] == "read-only"
    listed = gateway.json("GET", "/management-keys", account)
    assert listed == {"managementKeys": [{name: made[name] for name in made if name != "key"}]}
    assert made["key"] not in json.dumps(listed) and listed["managementKeys"][0]["expiresAt"] == "2099-01-01T00:00:00.000Z"
    assert gateway.json("GET", "/v1/account/balance", made["key"]) == {"balance": 10}
    gateway.json("DELETE", f"/management-keys/{made['id']}", account)
    gateway.json("GET", "/v1/account/balance", made["key"], expect=401)
    gateway.json("DELETE", f"/management-keys/{made['id']}", account, expect=404)
    assert gateway.json("GET", "/management-keys", account) == {"managementKeys": []}


def test_a_read_only_key_changes_nothing(gateway):
    _, account = gateway.account(deposit=10)
    key = management(gateway, account, scope="read-only")["key"]
    error = gateway.json("POST", "/v1/account/keys", key, {"name": "x"}, expect=403)["error"]
    assert error == {
        "message": "A management key with scope 'full' is required", "type": "permission_error", "code": "read_only_key"}
    assert gateway.json("GET", "/v1/account/keys", key)["keys"] == []


def test_a_management_key_expires(gateway):
    _, account = gateway.account(deposit=10)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    key = management(gateway, account, expiresAt=soon)["key"]
    gateway.json("GET", "/v1/account/balance", key)
    time.sleep(2.1)
    gateway.json("GET", "/v1/account/balance", key, expect=401)


@pytest.mark.parametrize("fields, name", [
    ({"scope": "root"}, "scope"), ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"), ({"expiresAt": 7}, "expiresAt"),
    ({"expiresAt": "tomorrow"}, "expiresAt"), ({"label": "x" * 201}, "label"), ({"name": "x"}, "name"),
])
def test_wrong_fields_of_a_management_key(gateway, account, fields, name):
    assert f"'{name}'" in gateway.json("POST", "/management-keys", account, fields, 400)["error"]


def test_an_account_sees_its_own_management_keys_only(gateway, account):
    _, other = gateway.account(deposit=10)
    made = management(gateway, other)
    assert made["id"] not in json.dumps(gateway.json("GET", "/management-keys", account))
    gateway.json("DELETE", f"/management-keys/{made['id']}", account, expect=404)
    gateway.json("GET", "/v1/account/balance", made["key"])


def test_a_web_token_spends_from_the_account_and_is_gathered(gateway):
    _, account = gateway.account(deposit=10)
    tokens = [gateway.json("POST", "/web-tokens", account, {"expiresInSeconds": 60}) for _ in range(2)]
    assert tokens[0]["token"].startswith("sk-tgw-") and tokens[0]["token"] != tokens[1]["token"]
    for token in tokens:
        assert call("POST", gateway.url + "/v1/chat/completions", token["token"], HELLO)[0] == 200
    rows = gateway.json("GET", "/v1/credits?by_api_key=true", account)["usage_by_api_key"]
    web = next(row for row in rows if row["api_key_id"] == "temp_jwt")
    assert web["total_requests"] == 2 and float(web["credit_usage"]) > 0 and web["period_spend"] == web["credit_usage"]
    assert [web[name] for name in ["created_at", "spend_limit", "spend_limit_period", "period_start", "expires_at"]] == [None] * 5
    assert web["is_active"] is False
    for lifetime in [59, 3601, "60", None]:
        gateway.json("POST", "/web-tokens", account, {"expiresInSeconds": lifetime}, expect=400)


def test_the_first_tokens_may_be_minted_at_the_same_moment(gateway):
    for _ in range(3):
        _, account = gateway.account(deposit=1)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            mint = lambda _: call("POST", gateway.url + "/web-tokens", account, {})
            assert {status for status, _, _ in pool.map(mint, range(16))} == {200}
        rows = gateway.json("GET", "/v1/credits?by_api_key=true", account)["usage_by_api_key"]
        assert [row["api_key_id"] for row in rows].count("temp_jwt") == 1


def test_secrets_survive_a_restart_and_tokens_end(gateway, tmp_path, upstream_port):
    from gateway import running_gateway
    import sqlite3
    with running_gateway(tmp_path, upstream_port) as first:
        _, account = first.account(deposit=10)
        key = management(first, account)["key"]
        token = first.json("POST", "/web-tokens", account)["token"]
        made = first.client_key(account, budget=5)
        rotated = first.json("POST", f"/v1/account/keys/{made['id']}/rotate", key, {"grace_seconds": 1000})
    with running_gateway(tmp_path, upstream_port) as second:
        assert second.json("GET", "/v1/account/balance", key) == {"balance": 10}
        for secret in [token, made["key"], rotated["key"]]:
            assert call("POST", second.url + "/v1/chat/completions", secret, HELLO)[0] == 200
    with sqlite3.connect(tmp_path / "tollgate.sqlite") as database:
        database.execute("UPDATE temporary_secrets SET valid_until_ms = 1")
    with running_gateway(tmp_path, upstream_port) as third:
        for secret in [token, made["key"]]:
            assert call("POST", third.url + "/v1/chat/completions", secret, HELLO)[0] == 401
        assert call("POST", third.url + "/v1/chat/completions", rotated["key"], HELLO)[0] == 200
