"""Requests that break HTTP (RFC 9112) or that programs read in different ways: one answer, in JSON, the same in front of proxied paths, the control plane and the pages."""

import json
import socket

import pytest

from gateway import call

BODY = b'{"model":"demo-chat","messages":[{"role":"user","content":"Hello!"}]}'
PROXIED = "POST /v1/chat/completions HTTP/1.1"
CONTROL = "POST /sub-keys HTTP/1.1"


def exchange(gateway, *parts, timeout=20):
    """Sends bytes as they are; returns everything that comes until the gateway closes."""
    with socket.create_connection(("127.0.0.1", int(gateway.url.rsplit(":", 1)[1])), timeout=timeout) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def answers(received):
    """Splits a connection's answers into (status, headers, body)."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                size, _, rest = rest.partition(b"\r\n")
                length = int(size, 16)
                body, rest = body + rest[:length], rest[length + 2:]
                if length == 0:
                    break
        else:
            length = int(headers.get("content-length", 0))
            body, rest = rest[:length], rest[length:]
        found.append((int(lines[0].split()[1]), headers, body.decode()))
        received = rest
    return found


def request(first_line, *fields, body=b"", key=None):
    lines = [first_line, *fields]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def code(body):
    error = json.loads(body)
    return error["error"]["code"] if isinstance(error["error"], dict) else error["code"]


def refused(received, status, expected):
    """The only answer is an error with a code, and it says that the connection ends."""
    found = answers(received)
    assert [answer[0] for answer in found] == [status], received
    _, headers, body = found[0]
    assert headers["connection"] == "close" and headers["content-type"] == "application/json"
    assert headers.get("x-request-id", headers.get("request-id", "")).startswith("req_")
    error = json.loads(body)
    # Errors of the Anthropic protocol have no codes.
    assert error["type"] == "error" if "type" in error else code(body) == expected
    return error


@pytest.mark.parametrize("line", [PROXIED, CONTROL, "GET /healthz HTTP/1.1", "GET /nothing HTTP/1.1", "GET /v1/models HTTP/1.1"])
def test_a_request_has_one_valid_host(gateway, client_key, line):
    refused(exchange(gateway, request(line, key=client_key)), 400, "missing_host")
    refused(exchange(gateway, request(line, "Host: a", "Host: a", key=client_key)), 400, "duplicate_host")
    refused(exchange(gateway, request(line, "Host: a", "hOST: b", key=client_key)), 400, "duplicate_host")
    for host in ["a b", "a/b", "user@a", "a?b", "\xfc"]:
        refused(exchange(gateway, request(line, "Host: " + host, key=client_key)), 400, "invalid_host")


def test_http_1_0_needs_no_host(gateway):
    (status, headers, body), = answers(exchange(gateway, b"GET /healthz HTTP/1.0\r\n\r\n"))
    assert (status, headers["connection"], body) == (200, "close", '{"status":"ok"}')
    assert exchange(gateway, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")


def test_errors_have_the_shape_of_their_path(gateway):
    anthropic = refused(exchange(gateway, request("POST /v1/messages HTTP/1.1")), 400, "anthropic")
    assert anthropic["type"] == "error" and "Host" in anthropic["error"]["message"]
    plain = refused(exchange(gateway, request("GET /balance HTTP/1.1")), 400, "missing_host")
    assert isinstance(plain["error"], str)


@pytest.mark.parametrize("line", [PROXIED, CONTROL])
@pytest.mark.parametrize("chunks", [
    b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\n", b"3\r\nabcd\r\n", b"3\r\nabcX0\r\n\r\n", b"ffffffffffffffffff\r\nabc", b"3 3\r\nabc\r\n",
    b"3\nabc\n0\n\n", b"\r\n3\r\nabc\r\n", b"0x3\r\nabc\r\n0\r\n\r\n",
])
def test_a_broken_chunk_is_answered_before_the_connection_closes(gateway, account, client_key, line, chunks):
    key = client_key if line == PROXIED else account
    head = request(line, "Host: a", "Transfer-Encoding: chunked", "Content-Type: application/json", key=key)
    refused(exchange(gateway, head, chunks), 400, "malformed_body")
    # The same when the chunks before it were good.
    refused(exchange(gateway, head, b"1\r\n{\r\n" + chunks), 400, "malformed_body")


def test_good_chunks_are_read(gateway, client_key):
    chunks = b"".join(b"%x;extension=1\r\n%s\r\n" % (len(part), part) for part in [BODY[:7], BODY[7:]]) + b"0\r\nTrailer: x\r\n\r\n"
    head = request(PROXIED, "Host: a", "Transfer-Encoding: CHUNKED", "Connection: close", key=client_key)
    assert answers(exchange(gateway, head, chunks))[0][0] == 200


@pytest.mark.parametrize("line", [PROXIED, CONTROL])
@pytest.mark.parametrize("fields, status", [
    (["Content-Length: 3", "Content-Length: 3"], 400),
    (["Content-Length: 3", "Content-Length: 4"], 400),
    (["Content-Length: 3, 3"], 400),
    (["Content-Length: +3"], 400),
    (["Content-Length: -3"], 400),
    (["Content-Length: 0x3"], 400),
    (["Content-Length: 99999999999999999999999"], 400),
    (["Content-Length: 3", "Transfer-Encoding: chunked"], 400),
    (["Transfer-Encoding: chunked", "Content-Length: 3"], 400),
    (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 400),
    (["Transfer-Encoding: gzip, chunked"], 501),
    (["Transfer-Encoding: gzip"], 501),
    (["Transfer-Encoding: identity"], 501),
    (["Transfer-Encoding: chunked, gzip"], 400),
    (["Transfer-Encoding: xchunked"], 501),
    (["Transfer-Encoding:\x0bchunked"], 400),
    (["Content-Length : 3"], 400),
    ([" Content-Length: 3"], 400),
    (["X-Folded: a\r\n b"], 400),
    (["X-Folded: a\r\n\tb"], 400),
    (["X-Null: a\x00b"], 400),
    (["X-Control: a\x01b"], 400),
    (["X-Bare: a\nContent-Length: 3"], 400),
    (["X-Bare: a\rContent-Length: 3"], 400),
    (["X Space: a"], 400),
    (["X-N\xe4me: a"], 400),
    ([": a"], 400),
    (["no colon"], 400),
])
def test_framing_that_can_be_read_in_two_ways_is_refused(gateway, client_key, line, fields, status):
    """Whatever the parser or we refuse: one answer, and nothing behind it is taken for a request."""
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    received = exchange(gateway, request(line, "Host: a", *fields, key=client_key) + b"0\r\n\r\n" + smuggled)
    found = answers(received)
    assert len(found) == 1 and found[0][0] == status, received
    assert found[0][1]["connection"] == "close" and code(found[0][2])


def test_transfer_coding_in_http_1_0(gateway, client_key):
    refused(exchange(gateway, request("POST /v1/chat/completions HTTP/1.0", "Transfer-Encoding: chunked", key=client_key)), 400, "malformed_http")


@pytest.mark.parametrize("line, status", [
    ("GET /healthz HTTP/2.0", 505), ("GET /healthz HTTP/0.9", 505), ("GET /healthz HTTP/1.1 x", None),
    ("GET /healthz", None), ("NONSENSE /healthz HTTP/1.1", 400), ("get /healthz HTTP/1.1", 400), ("\x16\x03\x01", 400),
    ("GET healthz HTTP/1.1", 400), ("GET /health\xfcz HTTP/1.1", 400), ("GET /healthz#x HTTP/1.1", 400), ("GET /healthz?a#x HTTP/1.1", 400),
    ("GET * HTTP/1.1", 400), ("OPTIONS * HTTP/1.1", 400), ("CONNECT a:443 HTTP/1.1", 501), ("CONNECT /healthz HTTP/1.1", None),
    ("GET ftp://a/healthz HTTP/1.1", 400), ("GET http:///healthz HTTP/1.1", 400), ("GET http://user@a/healthz HTTP/1.1", 400),
    ("GET /a%zz HTTP/1.1", 400), ("GET /a%2 HTTP/1.1", 400), ("GET /a%00b HTTP/1.1", 400), ("GET /a%0d%0ab HTTP/1.1", 400),
])
def test_request_lines_that_are_refused(gateway, line, status):
    received = exchange(gateway, request(line, "Host: a"))
    found = answers(received)
    assert len(found) == 1 and found[0][0] in ([status] if status else [400, 501, 505]), received
    assert found[0][1]["connection"] == "close" and code(found[0][2])


@pytest.mark.parametrize("target, status", [
    ("http://other.example/healthz", 200), ("HTTP://other.example:81/healthz", 200), ("https://[::1]:8443/healthz?x=1", 200),
    ("http://other.example", 200), ("http://other.example?x=1", 200), ("http://other.example/v1/models", 401), ("http://other.example/balance", 401),
    ("http://other.example/nothing", 404),
])
def test_absolute_targets_are_routed_by_their_path(gateway, target, status):
    found = answers(exchange(gateway, request(f"GET {target} HTTP/1.1", "Host: other.example", "Connection: close")))
    assert [answer[0] for answer in found] == [status]


def test_a_proxied_request_with_an_absolute_target(gateway, client_key):
    head = request("POST http://other.example/v1/chat/completions HTTP/1.1", "Host: other.example", f"Content-Length: {len(BODY)}", "Connection: close", key=client_key)
    assert answers(exchange(gateway, head + BODY))[0][0] == 200


@pytest.mark.parametrize("path", [
    "//healthz", "//v1/models", "/v1//models", "/./healthz", "/../healthz", "/v1/../healthz", "/v1/../../balance", "/balance/..", "/balance/.",
    "/%2e%2e/balance", "/v1/%2E%2e/balance", "/v1/.%2e/admin/status", "/..%2fadmin/status", "/v1/..%2F..%2Fadmin/status", "/%2fbalance",
    "/v1/..%5c..%5cadmin", "/v1\\..\\admin", "/anthropic/v1/../../admin/status", "/.", "/..", "//", "/sub-keys/../management-keys",
    "http://a//healthz", "http://a/../healthz",
])
def test_paths_with_empty_or_dot_segments_reach_no_route(gateway, account, path):
    refused(exchange(gateway, request(f"GET {path} HTTP/1.1", "Host: a", key=account)), 400, "ambiguous_path")


@pytest.mark.parametrize("path", ["/v1%2fmodels", "/%76%31/models", "/admin%2Fstatus", "/heal%74hz", "/console%2ehtml", "/V1/models", "/healthz;x=1"])
def test_encoded_paths_are_other_paths(gateway, account, path):
    """No part decodes a path before it has chosen a route: an encoded letter makes another path, which nobody knows."""
    found = answers(exchange(gateway, request(f"GET {path} HTTP/1.1", "Host: a", "Connection: close", key=account)))
    assert [answer[0] for answer in found] == [404]


def test_an_upgrade_is_not_made_and_the_request_is_answered(gateway, client_key):
    fields = ["Host: a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: x"]
    (status, headers, _), = answers(exchange(gateway, request("GET /healthz HTTP/1.1", *fields) + request("GET /readyz HTTP/1.1", "Host: a")))
    assert status == 200 and headers["connection"] == "close"
    (status, headers, _), = answers(exchange(gateway, request(PROXIED, *fields, f"Content-Length: {len(BODY)}", key=client_key) + BODY))
    assert status == 200 and headers["connection"] == "close"


def test_a_header_section_that_is_too_large(gateway):
    refused(exchange(gateway, request("GET /healthz HTTP/1.1", "Host: a", "X-Long: " + "x" * 70_000)), 431, "headers_too_large")
    refused(exchange(gateway, request("GET /healthz HTTP/1.1", "Host: a", *[f"X-{i}: y" for i in range(300)])), 431, "headers_too_large")


def test_a_page_of_another_site_and_the_control_plane_see_the_same_path(gateway):
    for path in ["/index.html/..", "/./console.js", "/%2e/console.js"]:
        refused(exchange(gateway, request(f"GET {path} HTTP/1.1", "Host: a")), 400, "ambiguous_path")


@pytest.mark.parametrize("raw, offset", [
    (b'{"model":"demo-chat","messages":[{"role":"user","content":"\xff"}]}', 59), (b'\xff\xfe{\x00}\x00', 0),
    (b'{"model":"demo-chat","\xc3":1}', 22), (b'{"model":"demo-chat","x":"\xed\xa0\x80"}', 26), (b'{"model":"demo-chat"}\xe2\x82', 21),
])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/embeddings", "/v1/responses"])
def test_a_proxied_body_is_utf_8(gateway, client_key, path, raw, offset):
    status, _, text = call("POST", gateway.url + path, client_key, raw=raw)
    assert status == 400 and f"not valid UTF-8 (at byte {offset})" in json.loads(text)["error"]["message"]


@pytest.mark.parametrize("raw", [b'{"label":"\xff"}', '{"label":"x"}'.encode("utf-16"), '{"label":"x"}'.encode("utf-16-be"), b'{"label":"\xc0\x80"}'])
def test_a_body_of_the_control_plane_is_utf_8(gateway, account, raw):
    status, _, text = call("POST", gateway.url + "/sub-keys", account, raw=raw)
    assert status == 400 and "not valid UTF-8" in json.loads(text)["error"]


def test_text_beyond_ascii_is_served_as_it_is(gateway, client_key):
    body = json.dumps({"model": "demo-chat", "messages": [{"role": "user", "content": "Grüße, 你好, 😀"}]}, ensure_ascii=False).encode()
    assert call("POST", gateway.url + "/v1/chat/completions", client_key, raw=body)[0] == 200
