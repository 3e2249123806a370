"""Every case of `cases/*.json` against a live gateway and a scripted upstream."""

import concurrent.futures
import itertools
import time
from contextlib import contextmanager

import pytest

import cases
from gateway import ADMIN_KEY, call
from scripted_upstream import scripted_gateway

CASES = list(cases.load())
LABELS = (f"case {number}" for number in itertools.count())
ACCOUNT = {"onShortage": "refuse", "onDisconnect": "cancel"}


@contextmanager
def gateway_and_upstream(folder):
    with scripted_gateway(folder) as (gateway, upstream):
        gateway.account_id, gateway.account_key = gateway.account(deposit=1_000_000)
        yield gateway, upstream


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with gateway_and_upstream(tmp_path_factory.mktemp("cases")) as pair:
        yield pair


@pytest.fixture()
def pair(request, shared, tmp_path):
    """The gateway and the upstream of a case. Attempts that fail are remembered for the channel, so that a case with
    more than one attempt gets a gateway of its own."""
    if len(request.param["upstream"]) < 2:
        yield shared
    else:
        with gateway_and_upstream(tmp_path) as pair:
            yield pair


def run(gateway, upstream, case):
    """Runs a case; returns the client's answer, the rows of its key and what it held before the upstream answered."""
    right, label = case["right"], next(LABELS)
    cases.adopt(gateway, case)
    gateway.json("PATCH", f"/admin/accounts/{gateway.account_id}", ADMIN_KEY, ACCOUNT | case.get("account", {}))
    key = gateway.client_key(gateway.account_key, budget=1000, label=label)["key"]
    upstream.play(case["upstream"])
    held = None
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        if "held_tokens_at_most" in right:
            upstream.gate.clear()
        try:
            sent = pool.submit(cases.send, gateway, key, case["request"], right.get("client"))
            if not upstream.gate.is_set():
                held = held_by(gateway, label)
        finally:
            upstream.gate.set()
        answer = sent.result()
    charged = 200 <= answer.status < 300 and case["request"]["method"] == "POST"
    return answer, cases.settled_rows(gateway, label, at_least=1 if charged else 0), held


def held_by(gateway, label):
    """The one hold of a key, in nano-USD."""
    deadline = time.monotonic() + 20
    while not (holds := cases.rows(gateway, label)[1]):
        assert time.monotonic() < deadline, "nothing is held"
        time.sleep(0.02)
    assert len(holds) == 1
    return holds[0]


def tokens_held(case, held):
    """The tokens that a hold stands for: the output limit at the rate of output, the rest at the rate of input."""
    body, rates = case["request"]["body"], case["usd_per_million"]
    output = body.get("max_tokens") or body.get("max_completion_tokens") or body.get("max_output_tokens")
    writes = "cache_control" in str(body)
    rate = max(amount for name, amount in rates.items() if name == "input" or (writes and name.startswith("cache_w")))
    return output + (held / 1000 - output * rates["output"]) / rate


def check(case, answer, rows, held, upstream):
    """Compares what happened with what is right:

      status                    the client's status, or a list of those that are right; 200 if absent
      in_answer, not_in_answer  texts that the client's answer has, and has not
      headers, not_in_headers   parts of header fields, and names that the answer has not
      sent                      number of requests that reached the upstream
      cost_usd                  cost of the row, exact to the nano-USD; `_at_least`, `_at_most` are bounds
      upstream_cost_usd         cost that the upstream reported
      input, cache_read, ...    quantities of the row, by dimension
      source, ending            how the row's usage was obtained, how the request ended
      flags, flagged            flags that the row has, or that it has any
      held_tokens_at_most       bound of what was held while the upstream had not answered; `_at_least` as well
      client                    `closes after the first event`
    """
    right = case["right"]
    statuses = right.get("status", 200)
    assert answer.status in (statuses if isinstance(statuses, list) else [statuses]), answer.text
    assert answer.headers.get("content-encoding", "identity") == "identity"
    for text in right.get("in_answer", []):
        assert text in answer.text
    for text in right.get("not_in_answer", []):
        assert text not in answer.text, answer.text
    if answer.status == 426:
        assert answer.seconds < 2
    if "sent" in right:
        assert len(upstream.requests) == right["sent"]
    cost = sum(row.cost for row in rows)
    if "cost_usd" in right:
        assert cost == cases.nano_usd(right["cost_usd"]), [row.quantities for row in rows]
    if "cost_usd_at_least" in right:
        assert cost >= cases.nano_usd(right["cost_usd_at_least"]), [row.quantities for row in rows]
    if "cost_usd_at_most" in right:
        assert cost <= cases.nano_usd(right["cost_usd_at_most"]), [row.quantities for row in rows]
    if "upstream_cost_usd" in right:
        assert rows[0].upstream_cost == cases.nano_usd(right["upstream_cost_usd"])
    for name in [*cases.COLUMNS, *cases.OTHERS.values()]:
        if name in right:
            assert rows[0].quantities.get(name, 0) == right[name], rows[0].quantities
    for name in ("source", "ending"):
        if name in right:
            assert getattr(rows[0], name) == right[name]
    assert set(right.get("flags", [])) <= (rows[0].flags if rows else set())
    assert not right.get("flagged") or rows[0].flags
    assert not set(right.get("not_in_headers", [])) & {name.lower() for name in answer.headers}
    for name, value in right.get("headers", {}).items():
        assert value in answer.headers[name]
    if "coding" in case["request"] and upstream.requests:
        assert "content-encoding" not in upstream.requests[0].headers
        assert upstream.requests[0].json()
    if held is not None:
        assert right.get("held_tokens_at_least", 0) <= tokens_held(case, held) <= right["held_tokens_at_most"]


@pytest.mark.parametrize("pair, case", [
    pytest.param(case, case, id=f"{case['file']}: {case['name']}") for case in CASES], indirect=["pair"])
def test_case(pair, case):
    gateway, upstream = pair
    answer, rows, held = run(gateway, upstream, case)
    check(case, answer, rows, held, upstream)
    for row in rows:
        assert cases.explained_cost(gateway, row) == row.cost


def test_an_upstream_that_refuses_stream_options_is_asked_without_them_from_then_on(tmp_path):
    case = next(case for case in CASES if case["name"] == "stream_options refused")
    with gateway_and_upstream(tmp_path) as (gateway, upstream):
        cases.adopt(gateway, case)
        key = gateway.client_key(gateway.account_key)["key"]
        refusal, answer = case["upstream"]
        upstream.play([refusal, answer, answer])
        assert [cases.send(gateway, key, case["request"]).status for _ in range(2)] == [200, 200]
        assert ["stream_options" in request.json() for request in upstream.requests] == [True, False, False]
