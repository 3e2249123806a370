"""Requests and answers in content codings, and streams that are labelled wrongly or begin with an error."""

import contextlib
import gzip
import http.server
import json
import threading
import zlib

import pytest

from gateway import call, running_gateway, verify

HELLO = [{"role": "user", "content": "hi"}]
PLAIN = {"id": "c", "object": "chat.completion", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}
CHUNKS = [
    {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "hello"}}]},
    {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "c", "choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}]
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def events(*objects, done=True):
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in objects)
    return (text + ("data: [DONE]\n\n" if done else "")).encode()


class Scripted(http.server.BaseHTTPRequestHandler):
    """Sends the next answer of a script: status, fields and body."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((dict(self.headers.items()), body))
        status, fields, answer = self.server.script.pop(0)
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def scripted(tmp_path_factory):
    """A gateway in front of a scripted upstream, and a client key."""
    folder = tmp_path_factory.mktemp("wire")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    server.script, server.requests = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.closing(server.socket):
        with running_gateway(folder, server.server_port) as gateway:
            _, account = gateway.account()
            yield gateway, gateway.client_key(account)["key"], server
        assert verify(folder).returncode == 0
        server.shutdown()


def send(scripted, answers, path="/v1/chat/completions", body=None, raw=None, headers=None):
    """Sends a request that the upstream answers by a script; returns status, fields, text, row and what was sent."""
    gateway, key, server = scripted
    server.script[:] = [
        (answer.get("status", 200), {"content-type": answer.get("type", "application/json"), **answer.get("fields", {})},
         answer["body"]) for answer in answers]
    server.requests.clear()
    status, fields, text = call("POST", gateway.url + path, key, body, headers, raw)
    row = gateway.json("GET", "/sub-key/usage-logs?limit=1", key)["data"]
    return status, fields, text, row[0] if row else None, list(server.requests)


def chat(**fields):
    return {"model": "demo-chat", "messages": HELLO, "max_tokens": 500, **fields}


def sent(request):
    """The body that the upstream got, without what the gateway adds about the end user."""
    body = json.loads(request[1])
    body.pop("safety_identifier", None)
    return body


def deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


CODINGS = {"gzip": gzip.compress, "deflate": zlib.compress, "x-gzip": gzip.compress, "raw deflate": deflate}


@pytest.mark.parametrize("name", CODINGS)
def test_a_coded_request_is_forwarded_plain(scripted, name):
    plain = json.dumps(chat()).encode()
    status, _, _, row, requests = send(
        scripted, [{"body": json.dumps(PLAIN).encode()}], raw=CODINGS[name](plain),
        headers={"Content-Encoding": name.split()[-1]})
    assert status == 200 and row["input_tokens"] == 1000
    assert sent(requests[0]) == chat()
    assert "content-encoding" not in {field.lower() for field in requests[0][0]}


def test_a_coded_request_is_refused_with_the_reason(scripted):
    plain = json.dumps(chat()).encode()
    bomb = gzip.compress(plain[:-1] + b" " * (64 << 20) + b"}")
    assert len(bomb) < 80 << 10
    for raw, coding, expected in [
            (bomb, "gzip", 413), (gzip.compress(plain)[:-4], "gzip", 400), (plain, "br", 400), (plain, "zstd", 400),
            (plain, "compress", 415)]:
        status, fields, text, _, requests = send(scripted, [], raw=raw, headers={"Content-Encoding": coding})
        assert (status, requests) == (expected, []), (coding, text)
        assert fields["Accept-Encoding"] == ("gzip, deflate, br, zstd" if status == 415 else None)


@pytest.mark.parametrize("label", ["gzip", None])
def test_a_coded_answer_is_metered_and_passed_on_plain(scripted, label):
    fields = {"content-encoding": label} if label else {}
    plain = json.dumps(PLAIN).encode()
    status, answered, text, row, _ = send(
        scripted, [{"body": gzip.compress(plain), "fields": fields}], body=chat())
    assert status == 200 and text.encode() == plain and answered["Content-Encoding"] is None
    assert (row["input_tokens"], row["output_tokens"], row["usage_source"]) == (1000, 100, "reported")
    _, _, text, row, _ = send(
        scripted, [{"body": gzip.compress(events(*CHUNKS)), "fields": fields, "type": "text/event-stream"}],
        body=chat(stream=True))
    assert "hello" in text and text.endswith("data: [DONE]\n\n") and row["output_tokens"] == 100


def test_an_answer_that_cannot_be_decoded_is_charged_its_input_and_is_an_alarm(scripted):
    status, _, text, row, _ = send(
        scripted, [{"body": b"\x1f\x8b\x08broken", "fields": {"content-encoding": "gzip"}}], body=chat())
    assert status == 502 and "could not be decoded" in text
    assert row["input_tokens"] > 0 and row["output_tokens"] == 0 and row["usage_source"] == "estimated"
    log = (scripted[0].folder / "gateway.log").read_text()
    assert [line for line in log.splitlines() if "critical" in line and "cannot be decoded" in line]


@pytest.mark.parametrize("label", ["text/plain", "application/json"])
def test_a_stream_under_another_label_is_a_stream(scripted, label):
    status, fields, text, row, _ = send(
        scripted, [{"body": events(*CHUNKS), "type": label}], body=chat(stream=True))
    assert status == 200 and fields["Content-Type"] == "text/event-stream" and "hello" in text
    assert (row["input_tokens"], row["output_tokens"], row["usage_source"]) == (1000, 100, "reported")


def test_a_stream_that_was_not_asked_for_is_one_answer(scripted):
    status, fields, text, row, _ = send(
        scripted, [{"body": events(*CHUNKS), "type": "text/event-stream"}], body=chat())
    answer = json.loads(text)
    assert status == 200 and fields["Content-Type"] == "application/json"
    assert answer["choices"][0]["message"]["content"] == "hello" and answer["object"] == "chat.completion"
    assert answer["usage"] == PLAIN["usage"] and row["output_tokens"] == 100


def test_json_in_place_of_a_stream_is_passed_on(scripted):
    status, fields, text, row, _ = send(scripted, [{"body": json.dumps(PLAIN).encode()}], body=chat(stream=True))
    assert status == 200 and json.loads(text) == PLAIN and row["output_tokens"] == 100


@pytest.mark.parametrize("before", [b"", b": waiting\n\n", b"event: ping\ndata: {\"type\": \"ping\"}\n\n"])
def test_an_error_in_the_first_event_is_tried_again(scripted, before):
    start = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 100, "output_tokens": 1}}}
    text = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}}
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 10}}
    served = events(start, text, delta, {"type": "message_stop"}, done=False)
    refused = {"body": before + events(OVERLOADED, done=False), "type": "text/event-stream"}
    body = {"model": "demo-messages", "max_tokens": 100, "stream": True, "messages": HELLO}
    status, _, answer, row, requests = send(
        scripted, [refused, {"body": served, "type": "text/event-stream"}], "/v1/messages", body)
    assert status == 200 and "hello" in answer and "verloaded" not in answer and len(requests) == 2
    assert (row["input_tokens"], row["output_tokens"]) == (100, 10)
    # Attempts used up: a plain error, and nothing is charged.
    status, fields, answer, row, _ = send(scripted, [refused, refused], "/v1/messages", body)
    assert status == 529 and json.loads(answer)["error"]["type"] == "overloaded_error"
    assert fields["Content-Type"] == "application/json" and row["cost_usdc"] == 0


def test_an_error_behind_text_has_the_form_of_its_protocol(scripted):
    created = {"type": "response.created", "sequence_number": 0, "response": {"id": "r", "model": "m"}}
    delta = {"type": "response.output_text.delta", "sequence_number": 1, "delta": "hello"}
    error = {"type": "error", "sequence_number": 2, "code": "server_error", "message": "failed"}
    _, _, text, row, _ = send(
        scripted, [{"body": events(created, delta, error, done=False), "type": "text/event-stream"}], "/v1/responses",
        {"model": "demo-chat", "input": "hi", "stream": True})
    last = json.loads(text.strip().splitlines()[-1].removeprefix("data: "))
    assert last["type"] == "response.failed" and last["sequence_number"] == 3
    assert last["response"]["error"] == {"code": "server_error", "message": "failed"}
    assert row["ending"] == "failed" and row["usage_source"] == "estimated"


def test_stream_options_that_the_upstream_refuses_are_left_out(tmp_path, scripted):
    # A gateway of its own: what an upstream refuses is remembered.
    server = scripted[2]
    refusal = {"error": {"message": "Unrecognized request argument supplied: stream_options", "param": "stream_options"}}
    with running_gateway(tmp_path, server.server_port) as gateway:
        _, account = gateway.account()
        own = gateway, gateway.client_key(account)["key"], server
        answers = [{"status": 400, "body": json.dumps(refusal).encode()},
                   {"body": events(*CHUNKS[:2]), "type": "text/event-stream"}]
        status, _, text, row, requests = send(own, answers, body=chat(stream=True))
        assert status == 200 and "hello" in text and len(requests) == 2
        assert b"stream_options" in requests[0][1] and sent(requests[1]) == chat(stream=True)
        assert row["usage_source"] == "estimated" and row["output_tokens"] > 0
        _, _, _, _, requests = send(own, answers[1:], body=chat(stream=True))
        assert len(requests) == 1 and b"stream_options" not in requests[0][1]
    assert verify(tmp_path).returncode == 0
