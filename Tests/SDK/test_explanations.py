"""A request explains its cost: quantities, rates, factors, flags; and customers see none of what it costs their reseller."""

import json
import math
import sqlite3
from decimal import Decimal

import pytest

from gateway import ADMIN_KEY, call, verify
from test_field_failures import chat, first_row, upstream_answering

CARD = """
models:
  explained: {input: 3, output: 15, cache_read: 0.3, context: 100000, max_output: 1000}
"""
ANSWER = json.dumps({
    "id": "x", "object": "chat.completion", "model": "explained", "service_tier": "priority",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
              "prompt_tokens_details": {"cached_tokens": 200, "audio_tokens": 50}},
})
QUANTITIES = {"input": 750, "output": 100, "cache_read": 200, "input_audio": 50}


@pytest.fixture()
def explained(tmp_path):
    """A gateway, a client key that shows twice its cost, its account's key and identifier, and the row of one request."""
    card = tmp_path / "card.yaml"
    card.write_text(CARD)
    with upstream_answering(tmp_path, ANSWER, TOLLGATE_PRICES=str(card)) as (gateway, _, account):
        opened = next(one for one in gateway.json("GET", "/admin/accounts", ADMIN_KEY)["accounts"])
        gateway.json("PATCH", f"/admin/accounts/{opened['id']}", ADMIN_KEY, {"markup": 1.25})
        key = gateway.client_key(account, displayMultiplier=2)["key"]
        assert chat(gateway, key, model="explained")[0] == 200
        yield gateway, key, account, opened["id"], first_row(gateway, key)


def test_a_cost_is_the_sum_of_its_lines(explained):
    gateway, _, account, owner, row = explained
    found = gateway.json("GET", f"/usage-logs/{row['request_id']}", account)
    explanation = found["explanation"]
    assert {line["dimension"]: line["quantity"] for line in explanation["lines"]} == QUANTITIES == found["quantities"]
    exact = lambda value: Decimal(str(value))
    factors = math.prod((exact(factor) for factor in explanation["factors"].values()), start=Decimal(1))
    total = exact(explanation["per_request"])
    for line in explanation["lines"]:
        assert exact(line["amount"]) == exact(line["rate"]) * line["quantity"] / line["per"]
        total += exact(line["amount"]) * (factors if line["factored"] else 1)
    nanos = total * exact(found["markup"]) * 10**9
    assert math.ceil(nanos) == round(exact(found["cost_usdc"]) * 10**9) and found["markup"] == 1.25
    assert found["service_tier"] == "priority" and found["flags"] == ["unpriced"]
    assert [line["dimension"] for line in explanation["lines"] if line["unpriced"]] == ["input_audio"]
    operator = gateway.json("GET", f"/admin/requests/{row['request_id']}", ADMIN_KEY)
    assert operator == {**found, "account_id": owner, "payer": "budget", "overrun_usdc": 0, "upstream_cost_usdc": None}


def test_a_customer_sees_quantities_and_multiplied_amounts_only(explained):
    gateway, key, account, _, row = explained
    real = gateway.json("GET", f"/usage-logs/{row['request_id']}", account)
    assert row["quantities"] == QUANTITIES and row["cost_usdc"] == real["shown_cost_usdc"] == pytest.approx(2 * real["cost_usdc"])
    assert set(row) == {
        "request_id", "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_usdc", "duration_ms",
        "key_id", "created_at", "ending", "usage_source", "quantities"}
    for path in ["/usage-logs/", "/admin/requests/"]:
        assert call("GET", gateway.url + path + row["request_id"], key)[0] == 403
    header = call("GET", gateway.url + "/sub-key/usage-logs?format=csv", key)[2].splitlines()[0]
    assert "input_audio" in header and not {"attempts", "service_tier", "flags"} & set(header.split(","))


def test_requests_of_others_are_not_found(explained):
    gateway, _, account, _, row = explained
    _, other = gateway.account(name="other")
    for identifier in [row["request_id"], "req_" + "0" * 32, "nothing"]:
        gateway.json("GET", f"/usage-logs/{identifier}", other, expect=404)
    gateway.json("GET", "/admin/requests/req_" + "0" * 32, ADMIN_KEY, expect=404)
    gateway.json("GET", f"/usage-logs/{row['request_id']}?x=1", account, expect=400)


def test_flags_are_counted_for_each_upstream(explained):
    gateway, key, _, _, first = explained
    assert chat(gateway, key, model="explained")[0] == 200
    protocol, other = gateway.json("GET", "/admin/status", ADMIN_KEY)["upstreams"][:2]
    flags = {flag["flag"]: flag for flag in protocol["flags"]}
    assert flags["unpriced"]["count"] == 2 and flags["unpriced"]["lastAt"] and other["flags"] == []
    last = flags["unpriced"]["lastRequestId"]
    assert last != first["request_id"] and gateway.json("GET", f"/admin/requests/{last}", ADMIN_KEY)["model"] == "explained"


def test_a_verification_names_the_row_whose_cost_does_not_follow_from_its_quantities(explained):
    gateway, _, _, _, row = explained
    with sqlite3.connect(gateway.folder / "tollgate.sqlite") as database:
        database.execute("UPDATE requests SET cache_read_tokens = 199, input_tokens = 751")
    database.close()
    try:
        found = verify(gateway.folder)
        assert found.returncode != 0 and f"requests {row['request_id']}: cost_nano_usd is" in found.stdout + found.stderr
    finally:
        with sqlite3.connect(gateway.folder / "tollgate.sqlite") as database:
            database.execute("UPDATE requests SET cache_read_tokens = 200, input_tokens = 750")
        database.close()
