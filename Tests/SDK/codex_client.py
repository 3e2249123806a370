"""A client that behaves on the wire as Codex does.

It asks for a WebSocket first and falls back to HTTP on 426, sends bodies in zstd, reads a stream by the `type` in the data of its
events, knows `response.completed` and `response.failed` as the ends of a turn, and ignores events of type `error`.
"""

import http.client
import json
import urllib.parse
import uuid

import zstandard

TOOLS = [
    {"type": "function", "name": "shell", "description": "Runs a command.", "strict": False, "parameters": {
        "type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}},
        "required": ["command"], "additionalProperties": False}},
    {"type": "custom", "name": "apply_patch", "description": "Changes files.", "format": {
        "type": "grammar", "syntax": "lark", "definition": "start: \"*** Begin Patch\" /.+/ \"*** End Patch\""}},
    {"type": "web_search"},
]


class TurnFailed(Exception):
    """The stream ended with `response.failed`."""


class StreamClosed(Exception):
    """The stream ended without an end of the turn, on which Codex sends the request again."""


class Codex:
    def __init__(self, gateway_url, key, model="gpt-5"):
        self.address = urllib.parse.urlsplit(gateway_url).netloc
        self.model = model
        self.session = str(uuid.uuid4())
        self.headers = {
            "authorization": f"Bearer {key}", "originator": "codex_cli_rs", "session_id": self.session,
            "user-agent": "codex_cli_rs/0.98.0 (Debian 13; x86_64)", "version": "0.98.0"}
        self.uses_websocket = True
        self.history = []

    def _request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        data = None
        headers = self.headers | (headers or {})
        if body is not None:
            data = zstandard.ZstdCompressor(level=3).compress(json.dumps(body).encode())
            headers |= {"content-type": "application/json", "content-encoding": "zstd"}
        connection.request(method, path, data, headers)
        return connection.getresponse()

    def _try_websocket(self):
        """Asks for a WebSocket; after a 426 this session speaks HTTP."""
        answer = self._request("GET", "/v1/responses", headers={
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "OpenAI-Beta": "responses_websockets=2026-02-06"})
        answer.read()
        assert answer.status == 426, f"neither a WebSocket nor 426: {answer.status}"
        self.uses_websocket = False

    def _body(self, stream):
        return {
            "model": self.model, "instructions": "You are a coding agent.", "input": self.history, "tools": TOOLS,
            "tool_choice": "auto", "parallel_tool_calls": False, "reasoning": {"effort": "medium", "summary": "auto"},
            "store": False, "stream": stream, "include": ["reasoning.encrypted_content"],
            "prompt_cache_key": self.session}

    def sample(self):
        """Sends the history; returns the events of one response."""
        if self.uses_websocket:
            self._try_websocket()
        answer = self._request("POST", "/v1/responses", self._body(True), {"accept": "text/event-stream"})
        assert answer.status == 200, (answer.status, answer.read())
        events = []
        for line in answer:
            if line.startswith(b"data:"):
                event = json.loads(line[5:])
                events.append(event)
                if event["type"] == "response.completed":
                    answer.close()
                    return events
                if event["type"] == "response.failed":
                    raise TurnFailed(event["response"]["error"]["code"])
        raise StreamClosed(events)

    def turn(self, text, run=lambda call: "done"):
        """One turn: as many responses as the model asks for by calling tools. Returns the text and all usages."""
        self.history.append({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
        usages = []
        while True:
            events = self.sample()
            usages.append(events[-1]["response"]["usage"])
            items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
            self.history += items
            calls = [item for item in items if item["type"] == "function_call"]
            self.history += [
                {"type": "function_call_output", "call_id": call["call_id"], "output": run(call)} for call in calls]
            if not calls:
                return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta"), usages

    def compact(self):
        """Replaces the history by its compaction, as at the end of a long turn."""
        body = {"model": self.model, "instructions": "You are a coding agent.", "input": self.history}
        answer = self._request("POST", "/v1/responses/compact", body)
        text = answer.read()
        assert answer.status == 200, (answer.status, text)
        self.history = json.loads(text)["output"]
        return json.loads(text)["usage"]
