"""Cases of metering: a request, what the upstream answers, and what the ledger must record.

`cases/*.json` are lists of cases. The members of a case:

  name, why        a sentence each
  usd_per_million  rates of the rate card by dimension
  card             further fields of the rate card's entry, such as `context`, `tiers` or `web_search`
  request          `method`, `path`, `headers`, `body`; `coding` of the body; `padding_bytes` of white space behind it
  upstream         the attempts, see scripted_upstream.py
  account          settings of the account
  right            what must come out, see `check` in test_cases.py

A body can contain `{"repeat": "text", "times": n}` instead of a long text.
"""

import contextlib
import http.client
import json
import pathlib
import sqlite3
import time
from decimal import ROUND_CEILING, Decimal

import yaml

from gateway import ADMIN_KEY, call
from scripted_upstream import ENCODERS

FOLDER = pathlib.Path(__file__).parent / "cases"
COLUMNS = {
    "input": "input_tokens", "output": "output_tokens", "cache_read": "cache_read_tokens",
    "cache_write_5m": "cache_write_5m_tokens", "cache_write_1h": "cache_write_1h_tokens", "pictures": "images",
}
# Dimensions without a column, by their number in the table of quantities.
OTHERS = {
    6: "input_audio", 7: "output_audio", 8: "input_image", 9: "output_image", 10: "web_search", 11: "file_search",
    12: "code_interpreter", 13: "audio_time", 14: "characters",
}
# The members of what is right beside the dimensions; `check` in test_cases.py explains them.
RIGHT = {
    "status", "in_answer", "not_in_answer", "headers", "not_in_headers", "sent", "cost_usd", "cost_usd_at_least",
    "cost_usd_at_most", "upstream_cost_usd", "source", "ending", "flags", "flagged", "held_tokens_at_most",
    "held_tokens_at_least", "client",
}
# What can be doubtful about a row's usage, by the bits of its flags.
FLAGS = ["clamped", "total_contradicts", "cache_split_contradicts", "unpriced", "unpriced_tier", "unreported"]


def load():
    """Every case, with exact numbers where money is concerned."""
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text()):
            case["file"] = path.stem
            unknown = case["right"].keys() - RIGHT - COLUMNS.keys() - set(OTHERS.values())
            assert not unknown, f"{case['name']}: {unknown} would not be checked"
            for name in ("cost_usd", "cost_usd_at_least", "cost_usd_at_most", "upstream_cost_usd"):
                if name in case["right"]:
                    case["right"][name] = Decimal(str(case["right"][name]))
            yield case


def nano_usd(amount):
    """An amount of USD in nano-USD; the case must not need rounding."""
    nanos = amount.scaleb(9)
    assert nanos == nanos.to_integral_value(), f"{amount} USD is not a whole number of nano-USD"
    return int(nanos)


def expanded(value):
    """A body with its repeated texts written out."""
    if isinstance(value, dict):
        if value.keys() == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {name: expanded(member) for name, member in value.items() if name != "messages_note"}
    return [expanded(element) for element in value] if isinstance(value, list) else value


def body_of(request):
    """The bytes of a request's body, coded as the case says."""
    if request["body"] is None:
        return None
    body = expanded(request["body"])
    if "messages_note" in request["body"]:
        body["messages"] += IMAGE_IN_TOOL_RESULT
    plain = json.dumps(body).encode() + b" " * request.get("padding_bytes", 0)
    return ENCODERS[request.get("coding", "identity")](plain)


IMAGE_IN_TOOL_RESULT = [
    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "screenshot", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "A" * 216772}}]}]},
]


def rate_card(case):
    """A rate card with the one model of the case."""
    entry = {"context": 1_000_000, "max_output": 64_000, **case["usd_per_million"], **case.get("card", {})}
    if case["request"]["path"].endswith(("embeddings", "moderations")):
        entry["output"] = entry.get("output", 0)
    return yaml.safe_dump({"models": {case.get("model") or (case["request"]["body"] or {}).get("model", "none"): entry}})


class Answer:
    """What the client of a case got."""

    def __init__(self, status, headers, text, seconds):
        self.status, self.headers, self.text, self.seconds = status, headers, text, seconds


def send(gateway, key, request, client=None):
    """Sends a case's request; the client of a case may close the connection before the end."""
    body, headers = body_of(request), dict(request.get("headers", {}))
    if "coding" in request:
        headers.setdefault("content-encoding", request["coding"])
    return send_bytes(gateway, key, request["path"], body, headers, request["method"], client)


def send_bytes(gateway, key, path, body, headers, method="POST", client=None):
    headers = dict(headers)
    if path.startswith("/v1/messages") or "/anthropic/" in path:
        headers |= {"x-api-key": key, "anthropic-version": "2023-06-01"}
    elif path.startswith("/v1beta"):
        headers["x-goog-api-key"] = key
    else:
        headers["authorization"] = f"Bearer {key}"
    if body is not None:
        headers.setdefault("content-type", "application/json")
    connection = http.client.HTTPConnection(gateway.url.removeprefix("http://"), timeout=60)
    began = time.monotonic()
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if client is None:
            content = answer.read()
        else:
            assert client == "closes after the first event", client
            content = b""
            while b"\n\n" not in content and (part := answer.read1()):
                content += part
        return Answer(answer.status, answer.headers, content.decode(), time.monotonic() - began)


class Row:
    """A row of the ledger, read from its database, with its quantities by dimension."""

    def __init__(self, record, others):
        self.record = record
        self.cost, self.upstream_cost = record["cost_nano_usd"], record["upstream_cost_nano_usd"]
        self.source = ["none", "reported", "estimated", "interrupted"][record["usage_source"]]
        self.ending = ["complete", "cut", "disconnected", "failed", "interrupted"][record["ending"]]
        self.flags = {name for bit, name in enumerate(FLAGS) if record.get("usage_flags", 0) >> bit & 1}
        self.quantities = {name: record[column] for name, column in COLUMNS.items() if record[column]} | others


def ledger(gateway):
    database = sqlite3.connect(f"file:{gateway.folder}/tollgate.sqlite?mode=ro", uri=True, timeout=10)
    database.row_factory = sqlite3.Row
    return contextlib.closing(database)


def read(database, record):
    """One row with its quantities."""
    others = dict(database.execute(
        "SELECT dimension, quantity FROM request_dimensions WHERE row_id = ?", [record["id"]]).fetchall())
    return Row(dict(record), {OTHERS[number]: amount for number, amount in others.items()})


def rows(gateway, label):
    """The rows of the key with this label, and the amounts of its holds."""
    with ledger(gateway) as database:
        database.execute("BEGIN")
        key, = database.execute("SELECT id FROM keys WHERE label = ?", [label]).fetchone()
        holds = [row[0] for row in database.execute("SELECT amount_nano_usd FROM holds WHERE key_id = ?", [key])]
        records = database.execute("SELECT * FROM requests WHERE key_id = ? ORDER BY id", [key]).fetchall()
        return [read(database, record) for record in records], holds


def row_of(gateway, answer):
    """The row of an answer, by the request's identifier."""
    name = answer.headers.get("x-request-id") or answer.headers["request-id"]
    deadline = time.monotonic() + 20
    with ledger(gateway) as database:
        while True:
            record = database.execute(
                "SELECT * FROM requests WHERE request_id = ?", [bytes.fromhex(name.removeprefix("req_"))]).fetchone()
            if record is not None:
                return read(database, record)
            assert time.monotonic() < deadline, f"no row of {name}"
            time.sleep(0.005)


def settled_rows(gateway, label, at_least=0):
    """The rows of a key after all of its requests have ended."""
    deadline = time.monotonic() + 20
    while True:
        found, holds = rows(gateway, label)
        if not holds and len(found) >= at_least:
            return found
        assert time.monotonic() < deadline, f"{len(found)} rows, {len(holds)} holds"
        time.sleep(0.02)


def explained_cost(gateway, row):
    """The cost of a row as its explanation adds it up, in nano-USD."""
    name = f"req_{row.record['request_id'].hex()}"
    status, _, text = call("GET", f"{gateway.url}/admin/requests/{name}", ADMIN_KEY)
    assert status == 200, text
    answer = json.loads(text, parse_float=Decimal)
    explanation = answer["explanation"]
    if explanation is None:
        return 0
    factor = Decimal(1)
    for value in explanation["factors"].values():
        factor *= value
    amount = sum(line["amount"] * (factor if line["factored"] else 1) for line in explanation["lines"])
    nanos = (amount + explanation["per_request"]) * answer["markup"] * 10**9
    return int(nanos.to_integral_value(ROUND_CEILING))


def adopt(gateway, case):
    """Puts the case's rate card into force."""
    status, _, text = call("POST", gateway.url + "/admin/prices", ADMIN_KEY, raw=rate_card(case).encode())
    assert status == 200, text
