"""Claude Code, unchanged, against the gateway and a scripted upstream."""

import json
import pathlib
import socket
import subprocess
import sys

import pytest

import cases
from scripted_upstream import scripted_gateway

MODEL = "claude-sonnet-4-6"
SESSION = pathlib.Path(__file__).parent / "claude_code_session.py"
# The counts of one answer: 10 x 3 + 3,000 x 0.3 + 2,000 x 6 + 40 x 15 USD per million.
COUNTS = {"input": 10, "cache_read": 3000, "cache_write_1h": 2000, "output": 40}
COST = 13_530_000


def message(request, *blocks, stop="end_turn", **usage):
    """A stream with the counts of one answer; a block is its start and one delta."""
    usage = {"input_tokens": 10, "cache_read_input_tokens": 3000, "cache_creation_input_tokens": 2000,
             "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 2000}, **usage}
    events = [{"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": request["model"], "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 1}}}]
    for index, (start, delta) in enumerate(blocks):
        events += [{"type": "content_block_start", "index": index, "content_block": start},
                   *([{"type": "content_block_delta", "index": index, "delta": delta}] if delta else []),
                   {"type": "content_block_stop", "index": index}]
    delta = {"stop_reason": stop, "stop_sequence": None}
    events += [{"type": "message_delta", "delta": delta, "usage": {**usage, "output_tokens": 40}}, {"type": "message_stop"}]
    return {"events": events, "named": True}


def text(words):
    return {"type": "text", "text": ""}, {"type": "text_delta", "text": words}


def tool_call(name, **arguments):
    start = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    return start, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}


def answer(request):
    """What a model would do: read the meter or search the web when asked to, then tell the result."""
    if request.target.startswith("/v1/messages/count_tokens"):
        return {"json": {"input_tokens": 1234}}
    if request.target.startswith("/v1/models"):
        listed = [{"type": "model", "id": MODEL, "display_name": "Sonnet of the upstream", "created_at": "2026-02-17T00:00:00Z"}]
        return {"json": {"data": listed, "has_more": False, "first_id": MODEL, "last_id": MODEL}}
    body = request.json()
    said = json.dumps(body["messages"])
    if any(tool.get("type", "").startswith("web_search") for tool in body.get("tools", [])):
        found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
            {"type": "web_search_result", "title": "Gates", "url": "https://gates.example", "encrypted_content": "x",
             "page_age": None}]}
        call = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "gates"}}
        return message(body, (call, None), (found, None), text("Gates are found."),
                       server_tool_use={"web_search_requests": 2, "web_fetch_requests": 0})
    if "a <summary> block" in said:
        return message(body, text("<analysis>Short.</analysis><summary>The north gate has counted 4711.</summary>"))
    if "tool_result" in said:
        return message(body, text("4711 vehicles."))
    if "search the web" in said:
        return message(body, tool_call("WebSearch", query="toll gates"), stop="tool_use")
    return message(body, tool_call("mcp__gates__read_meter", gate="north"), stop="tool_use")


class ClaudeCode:
    def __init__(self, gateway, upstream, folder):
        self.gateway, self.upstream, self.folder = gateway, upstream, folder
        _, self.account = gateway.account(deposit=1000)
        self.key = gateway.client_key(self.account, budget=500, label="Claude Code")["key"]

    def run(self, *prompts, model=MODEL, **variables):
        """Runs a session; returns its messages. Everything that is not the gateway's address would go to a proxy, and
        nothing does."""
        self.upstream.play(answer)
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            run = subprocess.run(
                [sys.executable, SESSION, model, *prompts], cwd=self.folder, capture_output=True, text=True, timeout=120,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TMPDIR": str(self.folder),
                     "ANTHROPIC_BASE_URL": self.gateway.url + "/anthropic", "ANTHROPIC_API_KEY": self.key,
                     "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1",
                     "DISABLE_ERROR_REPORTING": "1", "DISABLE_AUTOUPDATER": "1",
                     "HTTPS_PROXY": address, "HTTP_PROXY": address, "NO_PROXY": "127.0.0.1", **variables})
            proxy.setblocking(False)
            with pytest.raises(BlockingIOError):
                proxy.accept()
        assert run.returncode == 0, run.stderr
        messages = [json.loads(line) for line in run.stdout.splitlines()]
        assert not messages[-1]["is_error"], messages[-1]
        return messages

    def rows(self):
        return cases.settled_rows(self.gateway, "Claude Code")


@pytest.fixture()
def claude_code(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with scripted_gateway(tmp_path) as (gateway, upstream):
        yield ClaudeCode(gateway, upstream, home)


def test_a_turn_with_a_tool_is_charged_as_it_was_used(claude_code):
    messages = claude_code.run("How many vehicles has the north gate counted?")
    assert messages[-1]["result"] == "4711 vehicles."
    assert "has counted 4711 vehicles" in json.dumps([message for message in messages if message["kind"] == "UserMessage"])
    rows = claude_code.rows()
    assert [(row.quantities, row.cost, row.source) for row in rows] == [(COUNTS, COST, "reported")] * 2
    # What the client adds up is what was used: twice the counts of one answer.
    usage = messages[-1]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (20, 80)
    assert usage["cache_creation"]["ephemeral_1h_input_tokens"] == 4000


def test_its_headers_reach_the_upstream(claude_code):
    claude_code.run("How many vehicles has the north gate counted?")
    headers = claude_code.upstream.requests[0].headers
    assert "claude-code-" in headers["anthropic-beta"] and headers["user-agent"].startswith("claude-cli/")
    assert claude_code.upstream.requests[0].target == "/v1/messages?beta=true"


def test_its_context_view_counts_tokens_for_nothing(claude_code):
    messages = claude_code.run("/context")
    assert "Context Usage" in json.dumps(messages)
    assert any(request.target.startswith("/v1/messages/count_tokens") for request in claude_code.upstream.requests)
    rows = claude_code.rows()
    assert rows and all(row.cost == 0 and row.record["http_status"] == 200 for row in rows)


def test_it_finds_the_models_of_the_gateway(claude_code):
    claude_code.run("How many vehicles has the north gate counted?", CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY="1")
    found = json.loads((claude_code.folder / ".claude" / "cache" / "gateway-models.json").read_text())
    assert [model["id"] for model in found["models"]] == [MODEL]


def test_a_web_search_is_charged_by_the_search(claude_code):
    claude_code.run("Please search the web for toll gates.")
    rows = claude_code.rows()
    assert sum(row.quantities.get("web_search", 0) for row in rows) == 2
    # Three answers and two searches of 0.01 USD.
    assert sum(row.cost for row in rows) == 3 * COST + 20_000_000


def test_its_compaction_is_charged_like_any_request(claude_code):
    messages = claude_code.run("How many vehicles has the north gate counted?", "/compact")
    assert "compact_boundary" in json.dumps(messages)
    rows = claude_code.rows()
    assert len(rows) == len(claude_code.upstream.requests) == 3
    assert all(row.quantities == COUNTS and row.cost == COST for row in rows)


def test_the_long_context_is_asked_for_by_a_header_that_passes(claude_code):
    claude_code.run("How many vehicles has the north gate counted?", model=MODEL + "[1m]")
    request = claude_code.upstream.requests[0]
    assert request.json()["model"] == MODEL and "anthropic-beta" in request.headers
    assert [row.cost for row in claude_code.rows()] == [COST] * 2
