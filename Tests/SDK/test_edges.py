"""Invalid requests and settings, unknown paths, slow and unreachable upstreams."""

import json
import os
import socket
import subprocess

import pytest

from gateway import ADMIN_KEY, call, environment, free_port, running_gateway

HELLO = [{"role": "user", "content": "Hello!"}]


def chat(gateway, key, model="demo-chat", **fields):
    return call("POST", gateway.url + "/v1/chat/completions", key, {"model": model, "messages": HELLO, **fields})


@pytest.mark.parametrize("path, shape", [
    ("/v1/files", "openai"), ("/openai/v1/fine_tuning/jobs", "openai"), ("/v1/chat/completions/x", "openai"),
    ("/anthropic/v1/complete", "anthropic"), ("/proxy/v1/files", "anthropic"), ("/v1/messages/batches", "anthropic"),
])
def test_unknown_paths_are_refused_in_their_protocol(gateway, client_key, path, shape):
    status, _, text = call("POST", gateway.url + path, client_key, {"model": "demo-chat"})
    assert status == 404
    error = json.loads(text)
    assert error["type"] == "error" if shape == "anthropic" else "type" not in error
    assert error["error"]["message"]


@pytest.mark.parametrize("method, path", [
    ("GET", "/v1/chat/completions"), ("DELETE", "/v1/messages"), ("POST", "/v1/models"), ("PUT", "/v1/embeddings"),
    ("DELETE", "/v1/models/demo-chat"),
])
def test_wrong_methods(gateway, client_key, method, path):
    status, headers, _ = call(method, gateway.url + path, client_key)
    assert status == 405 and headers["Allow"]


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'"x"', b"nonsense", b'{"model":"demo-chat"}x', b'{"model":"demo-chat","model":"demo-messages"}',
    b'{"m\\u006fdel":"demo-chat","model":"demo-messages"}', b'{"model":7}', b'{"model":""}', b"{}",
    b'{"model":"demo-chat","max_tokens":"9"}', b'{"model":"demo-chat","max_tokens":1.5}',
    b'{"model":"demo-chat","stream":"yes"}', b'{"model":"demo-chat","n":0}', b"[" * 100000,
    b'{"model":"demo-chat","stream":true,"stream_options":[]}', b'{"a":' * 1000 + b"1" + b"}" * 1000,
])
def test_bodies_that_cannot_be_metered_are_refused(gateway, client_key, body):
    status, _, text = call("POST", gateway.url + "/v1/chat/completions", client_key, raw=body)
    assert status == 400 and json.loads(text)["error"]["message"]


def test_large_bodies(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_LIMITS_REQUEST_BODY="1000000") as gateway:
        key = gateway.client_key(gateway.account(deposit=1000)[1], budget=500)["key"]
        fits = [{"role": "user", "content": "x" * 900_000}]
        assert call("POST", gateway.url + "/v1/chat/completions", key, {"model": "demo-chat", "messages": fits})[0] == 200
        too_large = [{"role": "user", "content": "x" * 3_000_000}]
        status, _, text = call("POST", gateway.url + "/v1/chat/completions", key, {"model": "demo-chat", "messages": too_large})
        assert status == 413 and "1000000 bytes" in text


def test_expect_continue_and_pipelining(gateway, client_key):
    body = json.dumps({"model": "demo-chat", "messages": HELLO}).encode()
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        + f"Authorization: Bearer {client_key}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    with socket.create_connection(("127.0.0.1", int(gateway.url.rsplit(":", 1)[1])), timeout=10) as connection:
        connection.sendall(request)
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        # The body, followed at once by two more requests: one for the control plane, one proxied.
        second = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        third = request.replace(b"Expect: 100-continue\r\n", b"Connection: close\r\n") + body
        connection.sendall(body + second + third)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.index(b"chat.completion") < received.index(b'"status":"ok"') < received.rindex(b"chat.completion")


def test_pipelined_garbage_does_not_break_the_response_before_it(gateway, client_key):
    body = b'{"model":"demo-chat@slow=20&chunks=20","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + f"Authorization: Bearer {client_key}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    with socket.create_connection(("127.0.0.1", int(gateway.url.rsplit(":", 1)[1])), timeout=30) as connection:
        connection.sendall(request)
        received = connection.recv(1000)
        connection.sendall(b"\x00 this is not HTTP\r\n\r\n")
        while chunk := connection.recv(65536):
            received += chunk
    # The answer is complete, then comes the refusal of what was sent ahead.
    assert received.count(b"HTTP/1.1 ") == 2 and received.index(b"[DONE]") < received.index(b"HTTP/1.1 400")


def test_pipelined_requests_are_answered_in_order(gateway, client_key):
    def request(model):
        body = f'{{"model":"{model}","input":"x"}}'.encode()
        return (b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + f"Authorization: Bearer {client_key}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    models = ["demo-embedding", "no-such-model"] * 15
    with socket.create_connection(("127.0.0.1", int(gateway.url.rsplit(":", 1)[1])), timeout=30) as connection:
        for model in models:
            connection.sendall(request(model))
        received = b""
        while received.count(b"HTTP/1.1 ") < len(models) or not received.endswith(b"}"):
            chunk = connection.recv(65536)
            assert chunk
            received += chunk
    statuses = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404"] * 15


def test_an_unreachable_upstream(tmp_path):
    with running_gateway(tmp_path, 0, f"http://127.0.0.1:{free_port()}/v1") as gateway:
        key = gateway.client_key(gateway.account()[1])["key"]
        assert chat(gateway, key)[0] == 502
        assert gateway.json("GET", "/sub-key/balance", key)["spent"] == 0


def test_an_upstream_that_does_not_respond(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TIMEOUTS_HEADER="1", TOLLGATE_TIMEOUTS_IDLE="1") as gateway:
        key = gateway.client_key(gateway.account()[1])["key"]
        assert chat(gateway, key, "demo-chat@hang")[0] == 504
        status, _, text = chat(gateway, key, "demo-chat@slow=3000&chunks=5", stream=True)
        assert status == 200 and "took too long" in text
        assert gateway.json("GET", "/sub-key/balance", key)["usage"]["today"]["requests"] == 2


def test_silent_streams_are_kept_alive(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TIMEOUTS_PING="0.3") as gateway:
        key = gateway.client_key(gateway.account()[1])["key"]
        _, _, text = chat(gateway, key, "demo-chat@slow=1000&chunks=1", stream=True)
        assert ": ping\n\n" in text and text.rstrip().endswith("[DONE]")


def test_streams_split_anywhere_are_relayed_whole(gateway, client_key):
    def bare(text):
        return text.replace("demo-chat@split=1", "demo-chat").replace("demo-chat@split=7", "demo-chat")

    _, _, whole = chat(gateway, client_key, "demo-chat@split=100000", stream=True)
    for size in [1, 7]:
        _, _, text = chat(gateway, client_key, f"demo-chat@split={size}", stream=True)
        assert text.count("data: ") == whole.count("data: ") and "usage" not in text


def test_the_account_key_spends_from_the_account(gateway):
    _, key = gateway.account(deposit=10)
    assert chat(gateway, key)[0] == 200
    own = gateway.json("GET", "/usage-logs?accountOnly=true", key)
    assert own["pagination"]["total"] == 1
    balance = gateway.json("GET", "/balance", key)
    assert balance["balance"] == balance["available"] and balance["locked_balance"] == "0.0000"


def test_the_admin_key_makes_no_requests(gateway):
    status, _, text = chat(gateway, ADMIN_KEY)
    assert status == 403 and "a client key, an account key or a web token is required" in text


@pytest.mark.parametrize("setting, value, words", [
    ("TOLLGATE_LISTEN", "nowhere", "host:port"), ("TOLLGATE_DATABASE", "mysql:x", "sqlite:"),
    ("TOLLGATE_UPSTREAM_OPENAI", "ftp://x/v1", "http or https"), ("TOLLGATE_UPSTREAM_OPENAI", "http://x/", "/v1"),
    ("TOLLGATE_TIMEOUTS_IDLE", "-1", "seconds"), ("TOLLGATE_LIMITS_REQUEST_BODY", "lots", "whole number"),
    ("TOLLGATE_LOG_LEVEL", "loud", "debug"), ("TOLLGATE_SEAL_KEY", "short-secret-value", "32 bytes"),
    ("TOLLGATE_ADMIN_KEY", "short", "16 characters"), ("TOLLGATE_PRICES", "/nowhere.yaml", "cannot be read"),
    ("TOLLGATE_UPSTREAM_CA_FILE", "/nowhere.pem", "cannot be read"), ("TOLLGATE_LISTN", "x", "no such setting"),
])
def test_an_invalid_setting_stops_the_start_with_one_line(tmp_path, setting, value, words):
    settings = environment(tmp_path, free_port(), "http://127.0.0.1:1/v1", **{setting: value})
    result = subprocess.run(
        [os.environ["TOLLGATE_BIN"], "serve"], env={"PATH": os.environ["PATH"], **settings}, capture_output=True,
        text=True, timeout=60)
    assert result.returncode == 78 and result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and setting in lines[0] and words in lines[0]
    if setting in ["TOLLGATE_SEAL_KEY", "TOLLGATE_ADMIN_KEY"]:
        assert value not in lines[0].replace(setting, "")


def test_flags_take_precedence_over_the_environment_and_the_file(tmp_path, upstream_port):
    file = tmp_path / "tollgate.yaml"
    file.write_text("log-level: nonsense\nlimits:\n  rpm-maximum: 7\ntimeouts: {idle: 5}\n")
    settings = environment(tmp_path, free_port(), "http://127.0.0.1:1/v1")
    del settings["TOLLGATE_LIMITS_RPM_MAXIMUM"]

    def start(*arguments):
        return subprocess.run(
            [os.environ["TOLLGATE_BIN"], "serve", "--config", str(file), *arguments],
            env={"PATH": os.environ["PATH"], **settings}, capture_output=True, text=True, timeout=60)

    assert "'log-level'" in start().stderr
    settings["TOLLGATE_LOG_LEVEL"] = "louder"
    assert "TOLLGATE_LOG_LEVEL" in start().stderr
    assert "--log-level" in start("--log-level", "loudest").stderr
    file.write_text("limit:\n  rpm: 7\n")
    assert "no such setting" in start().stderr
    assert "no such flag" in start("--upstream-key", "secret").stderr
