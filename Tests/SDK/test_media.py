"""Speech, transcriptions and changed images: bodies that are forms, and answers that are bytes."""

import gzip
import http.client
import http.server
import io
import json
import socket
import threading

import openai
import pytest

from gateway import running_gateway

CARD = """
models:
  spoken: { input: 0, output: 0, context: 4096, characters: 15 }
  heard: { input: 0, output: 0, context: 4096, audio_time: 0.0001 }
  heard-in-tokens: { input: 2.5, output: 10, input_audio: 6, context: 16000, max_output: 2000 }
  painted: { input: 5, output: 40, input_image: 10, output_image: 40, context: 32000 }
  written: { input: 1, output: 1, context: 4096 }
"""
AUDIO = bytes(range(256)) * 4096


class Upstream:
    def __init__(self):
        self.bodies = []
        self.answer = None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.bodies.append((self.path, self.headers["content-type"], body))
                outer.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answers(self, body, content_type="application/json", coding=None):
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

        def answer(handler):
            handler.send_response(200)
            handler.send_header("content-type", content_type)
            if coding:
                handler.send_header("content-encoding", coding)
            handler.send_header("content-length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)

        self.answer = answer


@pytest.fixture(scope="module")
def upstream():
    return Upstream()


@pytest.fixture(scope="module")
def media(tmp_path_factory, upstream):
    folder = tmp_path_factory.mktemp("media")
    (folder / "card.yaml").write_text(CARD)
    with running_gateway(
            folder, upstream.server.server_port, TOLLGATE_PRICES=str(folder / "card.yaml")) as gateway:
        yield gateway


@pytest.fixture()
def key(media):
    return media.client_key(media.account()[1], budget=50)["key"]


@pytest.fixture()
def client(media, key):
    return openai.OpenAI(api_key=key, base_url=media.url + "/v1", max_retries=0)


def last_row(media, key):
    return media.json("GET", "/sub-key/usage-logs", key)["data"][0]


def test_speech_is_charged_by_its_characters_and_passed_on_unchanged(media, upstream, client, key):
    upstream.answers(AUDIO, "audio/mpeg")
    with client.audio.speech.with_streaming_response.create(model="spoken", voice="alloy", input="h\u00e9llo") as answer:
        assert answer.headers["content-type"] == "audio/mpeg"
        assert answer.read() == AUDIO
    assert float(last_row(media, key)["cost_usdc"]) == pytest.approx(5 * 15e-6, abs=1e-9)


@pytest.mark.parametrize("sent, coding, received", [
    (gzip.compress(b"abc"), None, gzip.compress(b"abc")), (gzip.compress(AUDIO), "gzip", AUDIO),
    (b"data: {}", None, b"data: {}"), (b"{}", "identity", b"{}"),
])
def test_speech_is_in_a_coding_only_by_its_label(upstream, client, sent, coding, received):
    upstream.answers(sent, "audio/pcm", coding)
    answer = client.audio.speech.create(model="spoken", voice="alloy", input="x", response_format="pcm")
    assert answer.read() == received
    assert answer.response.headers["content-type"] == "audio/pcm"


def test_an_error_in_place_of_speech_is_not_charged(media, upstream, client, key):
    upstream.answers({"error": {"message": "no such voice", "type": "invalid_request_error"}})
    answer = client.audio.speech.create(model="spoken", voice="alloy", input="x")
    assert json.loads(answer.read())["error"]["message"] == "no such voice"
    assert float(last_row(media, key)["cost_usdc"]) == 0


def begin_speech(handler, length):
    """Answers with the first four bytes of speech."""
    handler.send_response(200)
    handler.send_header("content-type", "audio/mpeg")
    handler.send_header("content-length", str(length))
    handler.end_headers()
    handler.wfile.write(b"abcd")
    handler.wfile.flush()


def test_speech_begins_before_it_is_complete(media, upstream, client):
    go_on = threading.Event()

    def slowly(handler):
        begin_speech(handler, length=8)
        go_on.wait(10)
        handler.wfile.write(b"efgh")

    upstream.answer = slowly
    with client.audio.speech.with_streaming_response.create(model="spoken", voice="alloy", input="x") as answer:
        parts = answer.iter_bytes(4)
        assert next(parts) == b"abcd"
        go_on.set()
        assert b"".join(parts) == b"efgh"


def test_speech_that_breaks_off_ends_without_an_event(media, upstream, key):
    was_read = threading.Event()

    def broken(handler):
        begin_speech(handler, length=100)
        was_read.wait(10)
        handler.connection.shutdown(socket.SHUT_RDWR)

    upstream.answer = broken
    connection = http.client.HTTPConnection(media.url.removeprefix("http://"), timeout=10)
    body = json.dumps({"model": "spoken", "voice": "alloy", "input": "x"})
    connection.request("POST", "/v1/audio/speech", body, {
        "Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.read(4) == b"abcd"
    was_read.set()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)) as failure:
        answer.read()
    assert b"error" not in getattr(failure.value, "partial", b"")


def test_a_transcription_is_charged_by_its_seconds(media, upstream, client, key):
    upstream.answers({"text": "hi", "usage": {"type": "duration", "seconds": 30}})
    answer = client.audio.transcriptions.create(model="heard", file=("a.mp3", io.BytesIO(AUDIO[:10_000])))
    assert answer.text == "hi"
    assert float(last_row(media, key)["cost_usdc"]) == pytest.approx(0.003)
    path, content_type, body = upstream.bodies[-1]
    assert path == "/v1/audio/transcriptions" and content_type.startswith("multipart/form-data; boundary=")
    assert AUDIO[:10_000] in body


@pytest.mark.parametrize("operation, form, text", [
    ("translations", "text", "hi\n"), ("translations", "srt", "1\n00:00:00,000 --> 00:00:01,000\nhi\n"),
    ("transcriptions", "text", "data: is what I talk about\n"),
])
def test_a_transcription_without_usage_is_estimated_from_its_file(media, upstream, client, key, operation, form, text):
    upstream.answers(text, "text/plain; charset=utf-8")
    answer = getattr(client.audio, operation).create(
        model="heard", file=("a.mp3", io.BytesIO(AUDIO[:40_000])), response_format=form)
    assert answer == text
    # 4,000 bytes for each second.
    assert float(last_row(media, key)["cost_usdc"]) == pytest.approx(0.001, abs=2e-7)


def test_a_streamed_transcription_reports_tokens(media, upstream, client, key):
    usage = {"type": "tokens", "input_tokens": 100, "output_tokens": 10, "total_tokens": 110,
             "input_token_details": {"text_tokens": 0, "audio_tokens": 100}}
    events = [{"type": "transcript.text.delta", "delta": "hi"},
              {"type": "transcript.text.done", "text": "hi", "usage": usage}]
    upstream.answers("".join(f"data: {json.dumps(event)}\n\n" for event in events), "text/event-stream")
    stream = client.audio.transcriptions.create(
        model="heard-in-tokens", file=("a.wav", io.BytesIO(AUDIO[:1200])), stream=True)
    assert [event.type for event in stream] == [event["type"] for event in events]
    assert float(last_row(media, key)["cost_usdc"]) == pytest.approx(100 * 6e-6 + 10 * 10e-6)


@pytest.mark.parametrize("call", ["edit", "create_variation"])
def test_changed_images_are_charged_by_their_usage(media, upstream, client, key, call):
    usage = {"input_tokens": 50, "output_tokens": 200, "total_tokens": 250,
             "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}}
    upstream.answers({"created": 1, "data": [{"b64_json": "AAAA"}], "usage": usage})
    extra = {"prompt": "bluer"} if call == "edit" else {}
    answer = getattr(client.images, call)(model="painted", image=("a.png", io.BytesIO(AUDIO)), **extra)
    assert answer.data[0].b64_json == "AAAA"
    assert float(last_row(media, key)["cost_usdc"]) == pytest.approx(10 * 5e-6 + 40 * 10e-6 + 200 * 40e-6)


def test_what_the_card_has_no_rate_for_is_refused_before_it_is_sent(media, upstream, client):
    sent = len(upstream.bodies)
    for attempt in [
        lambda: client.audio.speech.create(model="written", voice="alloy", input="x"),
        lambda: client.audio.transcriptions.create(model="written", file=("a.mp3", io.BytesIO(AUDIO[:100]))),
    ]:
        with pytest.raises(openai.BadRequestError) as refusal:
            attempt()
        assert refusal.value.param == "model"
    assert len(upstream.bodies) == sent


@pytest.mark.parametrize("content_type, body, field", [
    ("application/json", b'{"model":"heard"}', None), ("multipart/form-data", b"--b--", None),
    ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--", None),
    ("multipart/form-data; boundary=b", b"--b--", "model"),
    ("multipart/form-data; boundary=b",
     b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nheard\r\n' * 2 + b"--b--", "model"),
])
def test_a_form_that_is_wrong_is_refused(media, upstream, key, content_type, body, field):
    sent = len(upstream.bodies)
    connection = http.client.HTTPConnection(media.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/v1/audio/transcriptions", body, {
        "Authorization": f"Bearer {key}", "Content-Type": content_type})
    answer = connection.getresponse()
    assert answer.status == 400 and json.loads(answer.read())["error"]["param"] == field
    assert len(upstream.bodies) == sent
