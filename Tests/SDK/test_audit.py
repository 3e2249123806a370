"""The audit log: every change that somebody asked for, and nothing else."""

import json
import sqlite3

import pytest

from gateway import ADMIN_KEY, call, running_gateway


def lines(gateway, account_id=None, **query):
    """All lines, newest first, page by page."""
    found, cursor = [], None
    while True:
        parameters = {"limit": 3, **query, **({"accountId": account_id} if account_id else {}), **({"cursor": cursor} if cursor else {})}
        page = gateway.json("GET", "/admin/audit?" + "&".join(f"{name}={value}" for name, value in parameters.items()), ADMIN_KEY)
        assert len(page["data"]) <= 3
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_every_change_has_its_line(gateway):
    id, account = gateway.account(deposit=100)
    account_shown = account[:len("sk-tga-") + 4]
    key = gateway.json("POST", "/management-keys", account, {"label": "CI"})
    made = gateway.json("POST", "/sub-keys", account, {"budgetVirtual": 5, "label": "customer"})
    gateway.json("PUT", f"/sub-keys/{made['id']}", account, {"rpmLimit": 7, "notes": None})
    other = gateway.json("POST", "/v1/account/keys", key["key"], {"name": "other"})["data"]
    gateway.json("POST", f"/v1/account/keys/{other['id']}/rotate", key["key"], {"grace_seconds": 60})
    gateway.json("PATCH", f"/v1/api-keys/{other['id']}", key["key"], {"spend_limit": 2})
    gateway.json("DELETE", f"/v1/api-keys/{other['id']}", key["key"])
    gateway.json("POST", "/web-tokens", account, {"expiresInSeconds": 60})
    gateway.json("DELETE", f"/management-keys/{key['id']}", account)
    gateway.json("PATCH", f"/admin/accounts/{id}", ADMIN_KEY, {"markup": 1.5})
    found = list(reversed(lines(gateway, id)))
    assert [(line["actor"], line["action"]) for line in found] == [
        ("admin", "POST /admin/accounts"), ("admin", f"POST /admin/accounts/{id}/deposits"),
        ("account", "POST /management-keys"), ("account", "POST /sub-keys"), ("account", f"PUT /sub-keys/{made['id']}"),
        ("management", "POST /v1/account/keys"), ("management", f"POST /v1/account/keys/{other['id']}/rotate"),
        ("management", f"PATCH /v1/api-keys/{other['id']}"), ("management", f"DELETE /v1/api-keys/{other['id']}"),
        ("account", "POST /web-tokens"), ("account", f"DELETE /management-keys/{key['id']}"),
        ("admin", f"PATCH /admin/accounts/{id}"),
    ]
    by_action = {line["action"]: line for line in found}
    change = by_action[f"PUT /sub-keys/{made['id']}"]
    assert change["changes"] == {"notes": None, "rpmLimit": 7} and change["target"] == made["id"]
    assert change["address"] == "127.0.0.1" and change["accountId"] == id and change["credential"].startswith(account_shown)
    assert by_action[f"PATCH /v1/api-keys/{other['id']}"]["credential"] == key["keyId"]
    assert by_action["POST /v1/account/keys"]["target"] == other["id"]
    assert by_action["POST /management-keys"]["target"] == key["id"]
    assert by_action[f"PATCH /admin/accounts/{id}"]["credential"] == "admin key"
    assert [line["id"] for line in found] == sorted(line["id"] for line in found)
    assert all(line["at"] <= later["at"] for line, later in zip(found, found[1:]))


def test_what_changes_nothing_has_no_line(gateway):
    id, account = gateway.account(deposit=1)
    key = gateway.json("POST", "/management-keys", account, {"scope": "read-only"})["key"]
    before = lines(gateway, id)
    gateway.json("GET", "/sub-keys", account)
    gateway.json("POST", "/sub-keys", account, {"budgetVirtual": 100}, expect=409)
    gateway.json("POST", "/sub-keys", account, {"budgetVirtual": "x"}, expect=400)
    gateway.json("POST", "/v1/account/keys", key, {"name": "x"}, expect=403)
    gateway.json("DELETE", "/sub-keys/00000000-0000-7000-8000-000000000000", account, expect=404)
    assert lines(gateway, id) == before


def test_a_call_that_is_repeated_has_one_line(gateway):
    id, account = gateway.account(deposit=10)
    for replayed in [None, "true"]:
        status, headers, _ = call("POST", gateway.url + "/management-keys", account, {"label": "once"}, {"Idempotency-Key": "audit-1"})
        assert status == 200 and headers["Idempotent-Replayed"] == replayed
    assert [line["action"] for line in lines(gateway, id)].count("POST /management-keys") == 1


def test_a_long_body_is_told_by_its_length(gateway):
    models = [f"model-{number}" for number in range(1000)]
    id, account = gateway.account(deposit=10)
    body = {"budgetVirtual": 1, "allowedModels": models}
    gateway.json("POST", "/sub-keys", account, body)
    assert lines(gateway, id)[0]["changes"] == {"bytes": len(json.dumps(body))}


def test_behind_a_trusted_proxy_the_address_is_the_callers(upstream_port, tmp_path):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TRUSTED_PROXIES="127.0.0.0/8") as gateway:
        id, account = gateway.account()
        for forwarded in ["203.0.113.9", "2001:db8::1"]:
            call("POST", gateway.url + "/sub-keys", account, {"budgetVirtual": 1}, {"X-Forwarded-For": forwarded})
            assert lines(gateway, id)[0]["address"] == forwarded


def test_nobody_can_change_or_remove_a_line(upstream_port, tmp_path):
    with running_gateway(tmp_path, upstream_port) as gateway:
        gateway.account()
        with sqlite3.connect(tmp_path / "tollgate.sqlite") as database:
            assert database.execute("SELECT COUNT(*) FROM audit").fetchone()[0] >= 2
            for sql in ["UPDATE audit SET credential = 'nobody'", "DELETE FROM audit"]:
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    database.execute(sql)


@pytest.mark.parametrize("query, name", [("limit=0", "limit"), ("limit=501", "limit"), ("cursor=!", "cursor"), ("page=2", "page")])
def test_wrong_parameters(gateway, query, name):
    assert f"'{name}'" in gateway.json("GET", f"/admin/audit?{query}", ADMIN_KEY, expect=400)["error"]
    gateway.json("GET", "/admin/audit?accountId=00000000-0000-7000-8000-000000000000", ADMIN_KEY, expect=404)
