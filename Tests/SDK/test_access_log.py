"""The access log: one line of JSON for every request, with the identifier that the client saw, and no secret."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from gateway import ADMIN_KEY, SECRETS, UPSTREAM_KEY, call, environment, free_port, running_gateway

ENDLESS = "chunks=3000"
HELLO = [{"role": "user", "content": "Hello!"}]


def lines(path, count, timeout=15):
    """Waits until the log has so many lines; returns them."""
    end = time.time() + timeout
    while time.time() < end:
        found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        if len(found) >= count:
            time.sleep(0.2)
            return [json.loads(line) for line in path.read_text().splitlines()]
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} of {count} lines: {found}")


@pytest.fixture()
def logged(tmp_path, upstream_port):
    """A gateway with an access log; yields it, the file and a client key."""
    path = tmp_path / "access.log"
    with running_gateway(tmp_path, upstream_port, TOLLGATE_ACCESS_LOG=str(path)) as gateway:
        key = gateway.client_key(gateway.account()[1])["key"]
        yield gateway, path, key
    text = path.read_text()
    for secret in [*SECRETS, key, ADMIN_KEY, UPSTREAM_KEY]:
        assert secret not in text
    assert "Hello!" not in text


def chat(gateway, key, model="demo-chat", **fields):
    return call("POST", gateway.url + "/v1/chat/completions", key, {"model": model, "messages": HELLO, **fields})


def test_every_kind_of_request_has_one_line(logged):
    gateway, path, key = logged
    account_id, account_key = gateway.account(deposit=1)
    poor = gateway.client_key(account_key, budget=0.000001)["key"]
    limited = gateway.client_key(account_key, budget=0.5, rpmLimit=1)
    before = len(lines(path, 1))
    url = gateway.url
    seen = []

    def check(answer, status, **fields):
        got, headers, _ = answer
        assert got == status
        seen.append((headers.get("x-request-id") or headers.get("request-id"), status, fields))

    check(chat(gateway, key), 200, operation="/chat/completions", protocol="openai", model="demo-chat", ending="complete", usage="reported", attempts=1)
    check(chat(gateway, key, stream=True), 200, ending="complete", usage="reported")
    check(call("POST", url + "/v1/messages", key, {"model": "demo-messages", "max_tokens": 50, "messages": HELLO}), 200, operation="/messages", protocol="anthropic")
    check(call("GET", url + "/v1/models", key), 200, operation="/models")
    check(chat(gateway, "sk-tgc-" + "x" * 43), 401, code="invalid_api_key", ending="refused", attempts=0)
    check(chat(gateway, ADMIN_KEY), 403, code="permission_denied")
    check(chat(gateway, key, "no-such-model"), 404, code="model_not_found", model="no-such-model")
    check(chat(gateway, poor), 402, code="insufficient_quota")
    check(chat(gateway, limited["key"]), 200, key_id=limited["id"])
    check(chat(gateway, limited["key"]), 429, code="rate_limit_exceeded", key_id=limited["id"])
    check(call("POST", url + "/v1/chat/completions", key, raw=b"nonsense"), 400, ending="refused")
    check(call("POST", url + "/v1/files", key, {}), 404, code="unknown_url", path="/v1/files")
    check(call("GET", url + "/v1/chat/completions", key), 405, code="method_not_allowed")
    check(call("GET", url + "//x", key), 400, code="ambiguous_path")
    check(call("GET", url + "/sub-key/balance", key), 200, path="/sub-key/balance", method="GET")
    check(call("GET", url + "/nothing?key=" + key, key), 404, path="/nothing")
    check(call("GET", url + "/v1/nothing/" + key, key), 404, path="/v1/nothing/***")
    check(call("GET", url + "/healthz"), 200, path="/healthz")
    check(chat(gateway, key, "demo-chat@status=500"), 500, attempts=2, failed_attempts=["status 500"])
    found = lines(path, before + len(seen))[before:]
    by_id = {line["request_id"]: line for line in found}
    assert len(found) == len(by_id) == len(seen)
    for request_id, status, fields in seen:
        line = by_id[request_id]
        assert line["status"] == status
        assert {name: line.get(name) for name in fields} == fields, line
    served = by_id[seen[0][0]]
    assert served["cost_nano_usd"] > 0 and served["input_tokens"] > 0 and served["output_tokens"] > 0 and served["bytes_in"] > 0 and served["bytes_out"] > 0
    assert 0 <= served["admitted_us"] <= served["upstream_us"] <= served["answered_us"] <= served["duration_us"]


def test_streams_that_are_cut_break_off_or_time_out(logged):
    gateway, path, key = logged
    poor = gateway.client_key(gateway.account()[1], budget=0.0005)["key"]
    before = len(lines(path, 1))
    expected = {}
    for caller, model, ending in [(poor, "demo-chat@ENDLESS", "cut"), (key, "demo-chat@slow=30&cut=8", "failed"), (key, "demo-chat@error-in-stream", "failed")]:
        model = model.replace("ENDLESS", ENDLESS)
        status, headers, _ = chat(gateway, caller, model, stream=True, max_tokens=10)
        assert status == 200
        expected[headers["x-request-id"]] = ending
    found = lines(path, before + 3)[before:]
    assert {line["request_id"]: line["ending"] for line in found} == expected
    assert "upstream_error" in [line.get("code") for line in found if line["ending"] == "failed"]


def test_clients_that_disconnect(logged):
    gateway, path, key = logged
    before = len(lines(path, 1))
    port = int(gateway.url.rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": "demo-chat@slow=50&chunks=20", "stream": True, "messages": HELLO})
    connection.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read(10)
    request_id = answer.headers["x-request-id"]
    answer.close()
    connection.close()
    (line,) = lines(path, before + 1)[before:]
    assert line["request_id"] == request_id and line["ending"] == "disconnected" and line["status"] == 200 and line["cost_nano_usd"] > 0
    # Before the body was sent.
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Length: 9\r\n\r\n{{".encode())
        time.sleep(0.2)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"\x01\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    gone, malformed = sorted(lines(path, before + 3)[before + 1:], key=lambda line: -line["status"])
    assert gone["status"] == 499 and gone["ending"] == "disconnected" and gone["key_id"] and "cost_nano_usd" not in gone
    assert malformed["code"] == "malformed_http" and "path" not in malformed


def test_sighup_reopens_the_file(logged):
    gateway, path, key = logged
    count = len(lines(path, 1))
    rotated = path.with_suffix(".1")
    path.rename(rotated)
    assert call("GET", gateway.url + "/healthz")[0] == 200
    lines(rotated, count + 1)
    gateway.process.send_signal(signal.SIGHUP)
    for _ in range(100):
        if path.exists():
            break
        time.sleep(0.05)
    _, headers, _ = call("GET", gateway.url + "/healthz")
    assert [line["request_id"] for line in lines(path, 1)] == [headers["x-request-id"]]
    assert len(lines(rotated, count + 1)) == count + 1
    # The same signal reads the rate card again.
    assert "prices are unchanged" in (gateway.folder / "gateway.log").read_text()


def test_lines_on_standard_error(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_ACCESS_LOG="stderr") as gateway:
        _, headers, _ = call("GET", gateway.url + "/healthz")
    found = [json.loads(line) for line in (tmp_path / "gateway.log").read_text().splitlines() if line.startswith("{")]
    assert headers["x-request-id"] in [line["request_id"] for line in found]


def test_without_the_setting_nothing_is_written(gateway):
    assert not list(gateway.folder.glob("access*"))
    assert '"request_id"' not in (gateway.folder / "gateway.log").read_text()


@pytest.mark.parametrize("path", ["/nowhere/access.log", "/"])
def test_a_file_that_cannot_be_written_stops_the_start(tmp_path, path):
    settings = environment(tmp_path, free_port(), "http://127.0.0.1:1/v1", TOLLGATE_ACCESS_LOG=path)
    result = subprocess.run(
        [os.environ["TOLLGATE_BIN"], "serve"], env={"PATH": os.environ["PATH"], **settings}, capture_output=True, text=True, timeout=60)
    assert result.returncode == 78 and result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    assert "TOLLGATE_ACCESS_LOG" in line and "cannot be written" in line
