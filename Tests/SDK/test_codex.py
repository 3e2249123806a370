"""A client that behaves as Codex does, against the gateway and a scripted upstream."""

import pytest
import yaml

import cases
from codex_client import Codex, TurnFailed
from scripted_upstream import scripted_gateway

RATES = {"input": 1.25, "cache_read": 0.125, "output": 10}
CARD = yaml.safe_dump({"models": {"gpt-5": RATES | {"context": 400_000, "max_output": 128_000}}})


def stream(*items, text=None, usage=None, end="completed", **fields):
    """A streamed response with output items and a text."""
    response = {"id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-5", "output": []}
    events = [{"type": "response.created", "response": response | {"status": "in_progress", "usage": None}}]
    if text:
        events.append({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
                       "delta": text})
        items = (*items, {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [
            {"type": "output_text", "text": text, "annotations": []}]})
    events += [{"type": "response.output_item.done", "output_index": index, "item": item}
               for index, item in enumerate(items)]
    events.append({"type": f"response.{end}", "response": response | fields | {
        "status": end, "output": list(items), "usage": usage}})
    return {"events": [event | {"sequence_number": number} for number, event in enumerate(events)], "named": True}


def usage(input, cached, output):
    return {"input_tokens": input, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": input + output}


CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "shell", "arguments": '{"command": ["ls"]}',
        "status": "completed"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "gates"}}
OVERLOADED = {"events": [{"type": "response.failed", "sequence_number": 0, "response": {
    "id": "resp_1", "object": "response", "status": "failed", "output": [], "usage": None,
    "error": {"code": "server_is_overloaded", "message": "Our servers are overloaded."}}}], "named": True}


class Bench:
    def __init__(self, gateway, upstream):
        self.gateway, self.upstream = gateway, upstream
        self.account = gateway.account(deposit=1000)[1]

    def codex(self, budget=100):
        self.key = self.gateway.client_key(self.account, budget=budget, label="Codex", onShortage="refuse")
        return Codex(self.gateway.url, self.key["key"])

    def rows(self):
        return cases.settled_rows(self.gateway, "Codex")


@pytest.fixture()
def bench(tmp_path):
    with scripted_gateway(tmp_path, CARD) as (gateway, upstream):
        yield Bench(gateway, upstream)


def test_a_turn_with_a_tool_and_a_search_is_charged_as_it_was_used(bench):
    codex = bench.codex()
    bench.upstream.play([
        stream(CALL, usage=usage(9000, 0, 50)), stream(SEARCH, text="Two gates.", usage=usage(9200, 8960, 100))])
    text, usages = codex.turn("How many gates are there?")
    assert text == "Two gates." and [each["input_tokens"] for each in usages] == [9000, 9200]
    # 9,000 x 1.25 + 50 x 10, then 240 x 1.25 + 8,960 x 0.125 + 100 x 10 and a search of 0.01 USD.
    assert [row.cost for row in bench.rows()] == [11_750_000, 2_420_000 + 10_000_000]
    first, second = (request.json() for request in bench.upstream.requests)
    assert "content-encoding" not in bench.upstream.requests[0].headers
    assert first["tools"][2] == {"type": "web_search"} and second["input"][2]["output"] == "done"


def test_the_tool_for_web_searches_does_not_hold_the_whole_context(bench):
    # The output alone can cost 1.28 USD, the whole context as input 0.50 USD more.
    codex = bench.codex(budget=1.5)
    bench.upstream.play([stream(text="Done.", usage=usage(1000, 0, 10))])
    assert codex.turn("Hello!")[0] == "Done."


def test_an_overloaded_upstream_is_tried_again_within_one_request(bench):
    codex = bench.codex()
    bench.upstream.play([OVERLOADED, stream(text="Done.", usage=usage(1000, 0, 10))])
    assert codex.turn("Hello!")[0] == "Done."
    row, = bench.rows()
    assert row.record["attempts"] == 2 and row.cost == 1_250_000 + 100_000


def test_an_error_in_mid_stream_ends_the_turn_with_response_failed(bench):
    codex = bench.codex()
    broken = stream(text="Half", usage=usage(1000, 0, 10))
    broken["events"][2:] = [{"type": "error", "sequence_number": 2, "code": "server_error", "message": "Broken."}]
    bench.upstream.play([broken])
    with pytest.raises(TurnFailed):
        codex.turn("Hello!")
    row, = bench.rows()
    assert row.source == "estimated" and row.cost > 0


def test_a_long_turn_is_compacted_and_goes_on(bench):
    codex = bench.codex()
    compaction = {"id": "resp_2", "object": "response.compaction", "created_at": 1, "usage": usage(50000, 48000, 700),
                  "output": [{"type": "compaction", "id": "cmp_1", "encrypted_content": "opaque"}]}
    bench.upstream.play([
        stream(text="Long.", usage=usage(50000, 0, 10)), {"json": compaction},
        stream(text="Short.", usage=usage(900, 0, 10))])
    assert codex.turn("Hello!")[0] == "Long."
    assert codex.compact()["output_tokens"] == 700
    assert codex.turn("Go on.")[0] == "Short."
    assert bench.upstream.requests[2].json()["input"][0]["encrypted_content"] == "opaque"
    # 50,000 x 1.25 + 10 x 10; 2,000 x 1.25 + 48,000 x 0.125 + 700 x 10; 900 x 1.25 + 10 x 10.
    assert [row.cost for row in bench.rows()] == [62_600_000, 15_500_000, 1_225_000]
