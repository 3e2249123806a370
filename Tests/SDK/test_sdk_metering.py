"""The official SDKs against the gateway and a scripted upstream: what they ask for is charged as it was used."""

import anthropic
import openai
import pytest
import yaml

import cases
from scripted_upstream import scripted_gateway

CARD = yaml.safe_dump({"models": {
    "gpt-5": {"input": 1.25, "cache_read": 0.125, "output": 10, "context": 400_000, "max_output": 128_000},
    "gpt-image-2": {"input": 5, "input_image": 8, "output": 10, "output_image": 30, "context": 65_536},
    "claude-sonnet-4-6": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write_5m": 3.75, "cache_write_1h": 6,
                          "context": 1_000_000, "max_output": 64_000},
}})
HELLO = [{"role": "user", "content": "Hello!"}]


class Bench:
    def __init__(self, gateway, upstream):
        self.gateway, self.upstream = gateway, upstream
        self.account = gateway.account(deposit=100_000)[1]
        self.number = 0

    def key(self):
        self.number += 1
        return self.gateway.client_key(self.account, budget=100, label=f"SDK {self.number}")["key"]

    def openai(self, *script):
        self.upstream.play(list(script))
        return openai.OpenAI(api_key=self.key(), base_url=self.gateway.url + "/openai/v1", max_retries=0)

    def anthropic(self, *script):
        self.upstream.play(list(script))
        return anthropic.Anthropic(api_key=self.key(), base_url=self.gateway.url + "/anthropic", max_retries=0)

    def row(self):
        """The one row of the newest key."""
        row, = cases.settled_rows(self.gateway, f"SDK {self.number}", at_least=1)
        return row


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdk-metering")
    with scripted_gateway(folder, CARD) as (gateway, upstream):
        yield Bench(gateway, upstream)


# MARK: OpenAI

SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "gates"}}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "count", "arguments": "{}", "status": "completed"}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
    {"type": "output_text", "text": "Two gates.", "annotations": [], "logprobs": []}]}
TOOLS = [{"type": "web_search"}, {"type": "function", "name": "count", "parameters": {"type": "object"}, "strict": False}]


def response(*output, cached=0, **fields):
    """A response with 1,000 tokens of input and 100 of output."""
    return {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-5",
            "output": list(output), "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": {
                "input_tokens": 1000, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": 100,
                "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1100}, **fields}


def test_a_response_with_tools(bench):
    client = bench.openai({"json": response(SEARCH, SEARCH | {"id": "ws_2"}, CALL, MESSAGE, cached=600)})
    answer = client.responses.create(model="gpt-5", input="Hello!", tools=TOOLS)
    assert answer.output_text == "Two gates." and answer.output[2].name == "count"
    # 400 x 1.25 + 600 x 0.125 + 100 x 10, and two searches of 0.01 USD.
    assert bench.row().cost == 500_000 + 75_000 + 1_000_000 + 20_000_000


def test_a_streamed_response_with_tools(bench):
    events = [
        {"type": "response.created", "response": response(status="in_progress", usage=None)},
        {"type": "response.output_item.done", "output_index": 0, "item": SEARCH},
        {"type": "response.output_item.done", "output_index": 1, "item": CALL},
        {"type": "response.completed", "response": response(SEARCH, CALL, service_tier="flex")}]
    client = bench.openai({
        "events": [event | {"sequence_number": number} for number, event in enumerate(events)], "named": True})
    with client.responses.create(model="gpt-5", input="Hello!", tools=TOOLS, stream=True, service_tier="flex") as stream:
        received = list(stream)
    assert [event.type for event in received] == [event["type"] for event in events]
    # Half of 1,000 x 1.25 + 100 x 10, and a search at its full price.
    assert bench.row().cost == 1_125_000 + 10_000_000


def test_a_chat_stream_with_usage_in_the_choice(bench):
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5"}
    used = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    client = bench.openai({"events": [
        chunk | {"choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": None}]},
        chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": used}]}, "[DONE]"]})
    chunks = list(client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all("usage" not in (chunk.model_extra or {}) and chunk.usage is None for chunk in chunks)
    assert bench.row().cost == 1_250_000 + 1_000_000


IMAGE_USAGE = {"input_tokens": 357, "input_tokens_details": {"text_tokens": 34, "image_tokens": 323}, "output_tokens": 6543,
               "output_tokens_details": {"text_tokens": 335, "image_tokens": 6208}, "total_tokens": 6900}
# 34 x 5 + 323 x 8 + 335 x 10 + 6,208 x 30 USD per million.
IMAGE_COST = 192_344_000


def test_an_image(bench):
    client = bench.openai({"json": {"created": 1, "data": [{"b64_json": "iVBORw0KGgo="}], "usage": IMAGE_USAGE}})
    answer = client.images.generate(model="gpt-image-2", prompt="A gate")
    assert answer.data[0].b64_json == "iVBORw0KGgo=" and answer.usage.total_tokens == 6900
    assert bench.row().cost == IMAGE_COST


def test_a_streamed_image(bench):
    event = {"b64_json": "iVBORw0KGgo=", "background": "auto", "created_at": 1, "output_format": "png", "quality": "low",
             "size": "1024x1024"}
    client = bench.openai({"named": True, "events": [
        {"type": "image_generation.partial_image", "partial_image_index": 0, **event},
        {"type": "image_generation.completed", "usage": IMAGE_USAGE, **event}]})
    events = list(client.images.generate(model="gpt-image-2", prompt="A gate", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]
    assert bench.row().cost == IMAGE_COST


# MARK: Anthropic

def message(usage, *content):
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6", "stop_reason": "end_turn",
            "stop_sequence": None, "content": list(content) or [{"type": "text", "text": "Two gates."}], "usage": usage}


WEB_SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
SEARCHED = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "gates"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "text", "text": "Two gates."}]


def test_a_message_with_web_searches(bench):
    usage = {"input_tokens": 1000, "output_tokens": 100, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
             "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0}}
    client = bench.anthropic({"json": message(usage, *SEARCHED)})
    answer = client.messages.create(model="claude-sonnet-4-6", max_tokens=500, messages=HELLO, tools=[WEB_SEARCH])
    assert answer.usage.server_tool_use.web_search_requests == 2
    # 1,000 x 3 + 100 x 15, and two searches of 0.01 USD.
    assert bench.row().cost == 3_000_000 + 1_500_000 + 20_000_000


def test_a_streamed_message_with_cache_writes_of_an_hour(bench):
    usage = {"input_tokens": 10, "cache_creation_input_tokens": 4000, "cache_read_input_tokens": 8000, "output_tokens": 1,
             "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 3000}}
    client = bench.anthropic({"named": True, "events": [
        {"type": "message_start", "message": message(usage) | {"content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Two gates."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {
            "input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 100}},
        {"type": "message_stop"}]})
    system = [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    with client.messages.stream(model="claude-sonnet-4-6", max_tokens=500, messages=HELLO, system=system) as stream:
        final = stream.get_final_message()
    assert final.content[0].text == "Two gates." and final.usage.output_tokens == 100
    row = bench.row()
    assert row.quantities == {
        "input": 10, "cache_read": 8000, "cache_write_5m": 1000, "cache_write_1h": 3000, "output": 100}
    # 10 x 3 + 8,000 x 0.3 + 1,000 x 3.75 + 3,000 x 6 + 100 x 15.
    assert row.cost == 30_000 + 2_400_000 + 3_750_000 + 18_000_000 + 1_500_000


def test_an_upstream_that_is_overloaded_in_its_first_event_is_not_noticed(bench):
    usage = {"input_tokens": 10, "output_tokens": 1}
    client = bench.anthropic(
        {"named": True, "events": [{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}]},
        {"named": True, "events": [
            {"type": "message_start", "message": message(usage) | {"content": [], "stop_reason": None}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Two gates."}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 100}},
            {"type": "message_stop"}]})
    with client.messages.stream(model="claude-sonnet-4-6", max_tokens=500, messages=HELLO) as stream:
        assert stream.get_final_text() == "Two gates."
    assert bench.row().cost == 30_000 + 1_500_000
