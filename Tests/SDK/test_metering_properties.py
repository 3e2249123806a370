"""Random usage, reported in random ways: what a request costs depends on its usage alone."""

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cases
from scripted_upstream import as_stream, scripted_gateway

# USD per million tokens, with more decimals than a nano-USD has, so that costs are rounded.
RATES = {"input": 1.253007, "output": 10.007001, "cache_read": 0.127003, "cache_write_5m": 1.567009, "cache_write_1h": 2.511}
# The same in thousandths of a nano-USD per token.
MILLI = {name: round(rate * 1_000_000) for name, rate in RATES.items()}
CARD = yaml.safe_dump({"models": {"m": RATES | {"context": 4_000_000, "max_output": 1_000_000}}})
COUNTS = st.integers(0, 300_000)
# Counts of what every answer has: upstreams that report a zero for it have not counted.
POSITIVE = st.integers(1, 300_000)
EXAMPLES = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Bench:
    """A gateway, its upstream, and a key; sends requests and reads their rows."""

    def __init__(self, gateway, upstream):
        self.gateway, self.upstream = gateway, upstream
        self.key = gateway.client_key(gateway.account(deposit=4_000_000)[1], budget=3_000_000, rpmLimit=100_000)["key"]

    def row(self, operation, attempt, stream=True):
        path, body = {
            "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
            "responses": ("/v1/responses", {"input": "hi"}),
            "messages": ("/v1/messages", {"max_tokens": 1000, "messages": [{"role": "user", "content": "hi"}]}),
        }[operation]
        self.upstream.play([attempt])
        request = {"method": "POST", "path": path, "body": {"model": "m", "stream": stream, **body}}
        answer = cases.send(self.gateway, self.key, request)
        assert answer.status == 200, answer.text
        return cases.row_of(self.gateway, answer)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("properties")
    with scripted_gateway(folder, CARD) as (gateway, upstream):
        yield Bench(gateway, upstream)


def cost(quantities):
    """The cost of quantities in nano-USD, rounded up once."""
    return -(-sum(MILLI[name] * amount for name, amount in quantities.items()) // 1000)


@st.composite
def openai_usage(draw):
    """Counts as the OpenAI protocol reports them, and the quantities that they stand for."""
    input, read, write, text, reasoning = (draw(each) for each in (POSITIVE, COUNTS, COUNTS, POSITIVE, COUNTS))
    parts = {"input": input, "cache_read": read, "cache_write_5m": write, "output": text + reasoning}
    return parts, {
        "prompt_tokens": input + read + write, "completion_tokens": text + reasoning,
        "total_tokens": input + read + write + text + reasoning,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": write},
        "completion_tokens_details": {"reasoning_tokens": reasoning}}


def as_response_usage(usage):
    return {name.replace("prompt", "input").replace("completion", "output"): value for name, value in usage.items()}


@st.composite
def anthropic_usage(draw):
    input, read, minutes, hours, output = (draw(each) for each in (POSITIVE, COUNTS, COUNTS, COUNTS, POSITIVE))
    parts = {"input": input, "cache_read": read, "cache_write_5m": minutes, "cache_write_1h": hours, "output": output}
    return parts, {
        "input_tokens": input, "cache_read_input_tokens": read, "cache_creation_input_tokens": minutes + hours,
        "cache_creation": {"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hours},
        "output_tokens": output}


def chunk(usage="none", **delta):
    choices = [{"index": 0, "delta": delta, "finish_reason": None}] if delta else []
    return {"id": "c", "object": "chat.completion.chunk", "choices": choices} | ({} if usage == "none" else {"usage": usage})


ZEROS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
# How the bytes of a stream come: the sizes of writes, the ends of lines, the coding.
WRITES = st.lists(st.integers(1, 90), min_size=1, max_size=8)
CODINGS = st.sampled_from([None, None, "gzip", "br", "zstd", "deflate"])


def attempt(events, writes, coding, line_ends, named=False):
    body = as_stream(events, named).decode().replace("\n", line_ends)
    coded = {"coding": coding} if coding else {}
    return {"raw": body, "content_type": "text/event-stream", "writes": writes} | coded


@EXAMPLES
@given(counts=openai_usage(), writes=WRITES, coding=CODINGS, line_ends=st.sampled_from(["\n", "\r\n"]),
       noise=st.lists(st.sampled_from(["zeros", "null", "text", "same"]), max_size=4), place=st.integers(0, 4))
def test_a_chat_stream_costs_its_usage(bench, counts, writes, coding, line_ends, noise, place):
    parts, usage = counts
    others = [{"zeros": chunk(ZEROS), "null": chunk(None), "text": chunk(content="word"), "same": chunk(usage)}[name]
              for name in noise]
    events = [chunk(content="word"), *others[:place], chunk(usage), *others[place:], "[DONE]"]
    row = bench.row("chat", attempt(events, writes, coding, line_ends))
    assert row.cost == cost(parts) and row.source == "reported"
    assert row.quantities == {name: amount for name, amount in parts.items() if amount}


@EXAMPLES
@given(counts=openai_usage(), writes=WRITES, coding=CODINGS, named=st.booleans(),
       end=st.sampled_from(["completed", "incomplete"]))
def test_a_streamed_response_costs_its_usage(bench, counts, writes, coding, named, end):
    parts, usage = counts
    events = [
        {"type": "response.created", "response": {"id": "r", "status": "in_progress", "usage": None}},
        {"type": "response.output_text.delta", "delta": "word"},
        {"type": f"response.{end}", "response": {
            "id": "r", "object": "response", "status": end, "output": [], "usage": as_response_usage(usage)}}]
    row = bench.row("responses", attempt(events, writes, coding, "\n", named))
    assert row.cost == cost(parts) and row.source == "reported"


@EXAMPLES
@given(counts=anthropic_usage(), writes=WRITES, coding=CODINGS, data=st.data())
def test_a_stream_of_messages_costs_its_usage(bench, counts, writes, coding, data):
    parts, usage = counts
    split = usage["cache_creation"]
    # The start has a part of the output and everything else; deltas grow, leave counts out or repeat them as zero.
    steps = sorted(data.draw(st.lists(st.integers(0, parts["output"]), max_size=3)))
    deltas = [{"output_tokens": step} for step in steps] + [{"output_tokens": parts["output"]}]
    for delta in deltas:
        for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
            match data.draw(st.sampled_from(["absent", "zero", "same"])):
                case "zero": delta[name] = 0
                case "same": delta[name] = usage[name]
    if data.draw(st.booleans()):
        deltas.append({name: 0 for name in usage if name != "cache_creation"})
    events = [
        {"type": "message_start", "message": {"id": "m", "type": "message", "content": [], "usage": {
            **usage, "cache_creation": split, "output_tokens": steps[0] if steps else 0}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word"}},
        {"type": "content_block_stop", "index": 0},
        *[{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": delta} for delta in deltas],
        {"type": "message_stop"}]
    row = bench.row("messages", attempt(events, writes, coding, "\n", named=True))
    assert row.cost == cost(parts) and row.source == "reported"
    assert row.quantities == {name: amount for name, amount in parts.items() if amount}


@st.composite
def convention(draw):
    """Counts of chat by one of the conventions that upstreams follow, and the quantities that they stand for."""
    prompt, completion, cached, reasoning = (draw(st.integers(1, 100_000)) for _ in range(4))
    within = min(cached, prompt)
    details = {"prompt_tokens_details": {"cached_tokens": within}}
    parts = {"input": prompt - within, "cache_read": within, "output": completion}
    total = prompt + completion
    match draw(st.sampled_from(["subset", "hits", "cached beside", "reasoning beside", "reasoning twice", "no total", "odd"])):
        case "hits":
            details = {"prompt_cache_hit_tokens": within, "prompt_cache_miss_tokens": prompt - within}
        case "cached beside":
            cached += prompt
            details = {"prompt_tokens_details": {"cached_tokens": cached}}
            parts = {"input": prompt, "cache_read": cached, "output": completion}
            total += cached
        case "reasoning beside":
            reasoning += completion
            details["completion_tokens_details"] = {"reasoning_tokens": reasoning}
            parts["output"] += reasoning
            total += reasoning
        case "reasoning twice":
            details["completion_tokens_details"] = {"reasoning_tokens": min(reasoning, completion)}
            total += min(reasoning, completion)
        case "no total":
            total = 0
        case "odd":
            # Less than the parts: no convention has such a total.
            total = draw(st.integers(1, total - 1))
    return parts, {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **details}


@EXAMPLES
@given(counts=convention(), stream=st.booleans(), order=st.randoms(use_true_random=False))
def test_every_convention_is_recognised_by_its_total(bench, counts, stream, order):
    parts, usage = counts
    members = list(usage.items())
    order.shuffle(members)
    usage = dict(members)
    if stream:
        row = bench.row("chat", attempt([chunk(content="word"), chunk(usage), "[DONE]"], [1 << 20], None, "\n"))
    else:
        row = bench.row("chat", {"json": {"id": "c", "object": "chat.completion", "choices": [], "usage": usage}}, False)
    assert row.quantities == {name: amount for name, amount in parts.items() if amount} and row.cost == cost(parts)


NUMBERS = st.one_of(
    st.integers(-10, 2000), st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30, -2**63]),
    st.floats(allow_nan=False, allow_infinity=False), st.text("0123456789.e-", max_size=8), st.none(), st.booleans(),
    st.lists(st.integers(0, 9), max_size=2))
DETAILS = st.one_of(NUMBERS, st.dictionaries(st.sampled_from([
    "cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens", "text_tokens", "reasoning_tokens", "usage",
    "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]), NUMBERS, max_size=4))
FIELDS = [
    "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens", "prompt_tokens_details",
    "completion_tokens_details", "input_tokens_details", "output_tokens_details", "cached_tokens",
    "prompt_cache_hit_tokens", "prompt_cache_miss_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
    "cache_creation", "server_tool_use", "iterations", "cost", "cost_details", "service_tier"]
ODD_USAGE = st.one_of(NUMBERS, st.dictionaries(st.sampled_from(FIELDS), DETAILS, max_size=10))


@EXAMPLES
@given(operation=st.sampled_from(["chat", "responses", "messages"]), usage=ODD_USAGE, writes=WRITES)
def test_an_odd_usage_is_not_free_and_costs_the_same_in_every_splitting(bench, operation, usage, writes):
    events = {
        "chat": [chunk(content="word"), chunk(usage), "[DONE]"],
        "responses": [{"type": "response.completed", "response": {
            "id": "r", "object": "response", "status": "completed", "output": [], "usage": usage}}],
        "messages": [
            {"type": "message_start", "message": {"id": "m", "type": "message", "content": [], "usage": usage}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}, {"type": "message_stop"}],
    }[operation]
    whole = bench.row(operation, attempt(events, [1 << 20], None, "\n"))
    split = bench.row(operation, attempt(events, writes, None, "\n"))
    assert (whole.cost, whole.quantities, whole.source, whole.flags) == (
        split.cost, split.quantities, split.source, split.flags)
    assert whole.cost > 0


@EXAMPLES
@given(operation=st.sampled_from(["chat", "responses", "messages"]), data=st.data())
def test_a_plain_answer_costs_what_its_stream_costs(bench, operation, data):
    parts, usage = data.draw(anthropic_usage() if operation == "messages" else openai_usage())
    if operation == "responses":
        usage = as_response_usage(usage)
    bodies = {
        "chat": {"id": "c", "object": "chat.completion", "choices": [], "usage": usage},
        "responses": {"id": "r", "object": "response", "status": "completed", "output": [], "usage": usage},
        "messages": {"id": "m", "type": "message", "content": [], "usage": usage},
    }
    # The members of the body in any order: usage can come first.
    members = data.draw(st.permutations(list(bodies[operation].items())))
    row = bench.row(operation, {"raw": json.dumps(dict(members)), "content_type": "application/json"}, stream=False)
    assert row.cost == cost(parts) and row.source == "reported"
