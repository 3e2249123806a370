"""Failures that other gateways have had in production, one test for each."""

import concurrent.futures
import http.server
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from gateway import ADMIN_KEY, call, environment, free_port, running_gateway, verify
from test_money import open_stream, read_to_the_end

HELLO = [{"role": "user", "content": "Hello!"}]


def chat(gateway, key, **fields):
    body = {"model": "demo-chat", "messages": HELLO, "max_tokens": 16, **fields}
    return call("POST", gateway.url + "/v1/chat/completions", key, body)


def rows(gateway, key):
    return gateway.json("GET", "/sub-key/usage-logs", key)["data"]


def first_row(gateway, key):
    deadline = time.time() + 20
    while not rows(gateway, key):
        assert time.time() < deadline
        time.sleep(0.05)
    return rows(gateway, key)[0]


@contextmanager
def upstream_answering(tmp_path, body, content_type="application/json", **settings):
    """A gateway in front of an upstream that always sends the same response."""

    class Fixed(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fixed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with running_gateway(tmp_path, server.server_port, **settings) as gateway:
            _, account = gateway.account()
            yield gateway, gateway.client_key(account)["key"], account
        assert verify(tmp_path).returncode == 0
    finally:
        server.shutdown()


def test_a_thousand_concurrent_requests_on_a_key_that_can_afford_ten(gateway, account):
    # A request holds about 58,000 nano-USD and costs 25,500: ten of them fit.
    key = gateway.client_key(account, budget=0.0006, onShortage="refuse", rpmLimit=100000, concurrentLimit=100)["key"]
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(lambda _: chat(gateway, key)[0], range(1000)))
    assert set(statuses) <= {200, 402, 429} and statuses.count(200) >= 10
    balance = gateway.json("GET", "/sub-key/balance", key)
    assert balance["spent"] <= balance["budget"] and balance["remaining"] >= 0
    assert sum(round(row["cost_usdc"] * 1e9) for row in gateway.json(
        "GET", "/sub-key/usage-logs?limit=100", key)["data"]) == round(balance["spent"] * 1e9)


def test_no_request_is_sent_without_a_hold(gateway):
    _, account = gateway.account(deposit=0.00001)
    assert chat(gateway, account)[0] == 402


def test_a_worst_case_does_not_starve_a_key_with_nothing_spent(gateway, account):
    key = gateway.client_key(account, budget=0.0002)["key"]
    # Without a clamp this could cost thirty times the budget.
    assert chat(gateway, key, max_tokens=None)[0] == 200


def test_a_model_without_a_price_is_refused_not_free(gateway, client_key):
    status, _, text = chat(gateway, client_key, model="gpt-of-tomorrow")
    assert status == 404 and "no price" in json.loads(text)["error"]["message"]


def test_a_client_that_cuts_its_stream_pays_for_the_generated_output(gateway, account):
    key = gateway.client_key(account)["key"]
    open_stream(gateway, key, "demo-chat@slow=10&chunks=20").close()
    row = first_row(gateway, key)
    assert row["usage_source"] == "reported" and row["output_tokens"] == 20 and row["cost_usdc"] > 0


def test_an_incomplete_response_is_billed(tmp_path):
    end = {"type": "response.incomplete", "response": {
        "id": "r", "status": "incomplete", "usage": {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}}}
    stream = "event: response.incomplete\ndata: " + json.dumps(end) + "\n\n"
    with upstream_answering(tmp_path, stream, "text/event-stream") as (gateway, key, _):
        body = {"model": "demo-chat", "input": "Hello!", "stream": True}
        assert call("POST", gateway.url + "/v1/responses", key, body)[0] == 200
        row = first_row(gateway, key)
        assert (row["input_tokens"], row["output_tokens"], row["usage_source"]) == (11, 7, "reported")


def test_cumulative_usage_is_overwritten_and_the_lifetime_of_cache_writes_kept(tmp_path):
    events = [
        {"type": "message_start", "message": {"id": "m", "usage": {
            "input_tokens": 10, "cache_creation_input_tokens": 1000, "output_tokens": 1,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000}}}},
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 40, "cache_creation_input_tokens": 1000}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 55}},
        {"type": "message_stop"},
    ]
    stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    with upstream_answering(tmp_path, stream, "text/event-stream") as (gateway, key, account):
        body = {"model": "demo-messages", "max_tokens": 100, "stream": True,
                "system": [{"type": "text", "text": "x" * 3000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
                "messages": HELLO}
        assert call("POST", gateway.url + "/v1/messages", key, body)[0] == 200
        assert first_row(gateway, key)["output_tokens"] == 55
        # 10 at 3, 1,000 at 6 (an hour) and 55 at 15 USD per million.
        assert gateway.json("GET", "/usage-logs", account)["data"][0]["cost_usdc"] == 0.006855


def test_the_estimate_of_a_dead_stream_stays_below_the_models_maximum(tmp_path):
    chunk = json.dumps({"id": "x", "choices": [{"index": 0, "delta": {"content": "word " * 20000}}]})
    with upstream_answering(tmp_path, f"data: {chunk}\n\n", "text/event-stream") as (gateway, key, _):
        chat(gateway, key, stream=True, max_tokens=30)
        row = first_row(gateway, key)
        # The text alone would be 25,000 tokens.
        assert row["usage_source"] == "estimated" and row["output_tokens"] <= 30


def test_windows_are_computed_when_they_are_read(gateway, account):
    key = gateway.client_key(account)["key"]
    chat(gateway, key)
    usage = gateway.json("GET", "/sub-key/balance", key)["usage"]
    assert [usage[window]["requests"] for window in ("today", "week", "month", "total")] == [1, 1, 1, 1]


def test_timeouts_release_slots_and_refusals_do_not_count_against_the_rate(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TIMEOUTS_HEADER="1") as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account, concurrentLimit=1, rpmLimit=5)["key"]
        assert chat(gateway, key, model="demo-chat@hang")[0] == 504
        for _ in range(10):
            assert chat(gateway, key, model="no-such-model")[0] == 404
        for _ in range(4):
            assert chat(gateway, key)[0] == 200
        assert chat(gateway, key)[0] == 429


def test_a_ledger_has_one_gateway(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account)["key"]
        stream = open_stream(gateway, key, "demo-chat@slow=50&chunks=20")
        second = subprocess.run(
            [os.environ["TOLLGATE_BIN"], "serve"], capture_output=True, text=True,
            env={"PATH": os.environ["PATH"],
                 **environment(tmp_path, free_port(), f"http://127.0.0.1:{upstream_port}/v1")})
        assert second.returncode != 0 and "in use" in second.stderr
        # The second gateway did not settle requests in flight of the first.
        assert "[DONE]" in read_to_the_end(stream)
        assert rows(gateway, key)[0]["ending"] == "complete"


def test_unknown_routes_and_unknown_fields_are_refused(gateway, account, client_key):
    for path in ["/v1/files", "/v1/chat/completions/x", "/openai/v1/realtime", "/anthropic/v1/messages/batches"]:
        assert call("POST", gateway.url + path, client_key, {"model": "demo-chat"})[0] == 404
    answer = gateway.json("POST", "/sub-keys", account, {"budgetVirtual": 1, "budget": 2}, 400)
    assert answer == {"error": "Unknown field 'budget'", "code": "unknown_field", "field": "budget"}


def test_a_late_page_is_read_without_counting_rows(gateway, account):
    made = gateway.client_key(account)
    for _ in range(7):
        call("POST", gateway.url + "/v1/embeddings", made["key"], {"model": "demo-embedding", "input": "x"})
    page = gateway.json("GET", "/sub-key/usage-logs?page=4&limit=2", made["key"])
    assert len(page["data"]) == 1 and page["pagination"]["pages"] == 4
    assert gateway.json("GET", "/sub-key/usage-logs?page=1000000000&limit=100", made["key"])["data"] == []


def resident(process):
    pages = int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_memory_stays_flat(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account()
        keys = [gateway.client_key(account, rpmLimit=100000)["key"] for _ in range(4)]

        def soak(times):
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda n: chat(gateway, keys[n % 4], stream=n % 2 == 0, n=1), range(times)))

        soak(1500)
        before = resident(gateway.process)
        soak(3000)
        assert resident(gateway.process) - before < 24 << 20


def test_headers_of_a_stream_come_before_its_first_token(gateway, client_key):
    began = time.time()
    stream = open_stream(gateway, client_key, "demo-chat@slow=700&chunks=3")
    assert time.time() - began < 10
    assert "[DONE]" in read_to_the_end(stream)


@pytest.mark.parametrize("key", [
    "' OR 1=1 --", "%", "sk-tg-%", "sk-tg-_", "*", "sk-tg-", "null", "undefined", "Bearer", "x" * 5000])
def test_keys_are_looked_up_by_digest_only(gateway, key):
    for path in ["/sub-key/balance", "/balance", "/admin/accounts"]:
        assert call("GET", gateway.url + path, key)[0] == 401
    assert chat(gateway, key)[0] == 401


def test_a_nearly_correct_key_is_refused(gateway, client_key):
    for wrong in [client_key[:-1], client_key + "x", client_key.swapcase(), client_key[:20], " ".join(client_key)]:
        assert call("GET", gateway.url + "/sub-key/balance", wrong)[0] == 401


def test_operator_routes_refuse_client_keys(gateway, account, client_key):
    for method, path in [("GET", "/admin/accounts"), ("POST", "/admin/accounts"), ("GET", "/admin/deposits"),
                         ("GET", "/admin/prices"), ("POST", "/admin/prices"), ("GET", "/admin/status"),
                         ("GET", "/admin/interrupted"), ("PATCH", "/admin/accounts/x"),
                         ("POST", "/admin/accounts/x/deposits"), ("PATCH", "/admin/deposits/x")]:
        assert call(method, gateway.url + path, None, {})[0] == 401
        for key in [account, client_key]:
            assert call(method, gateway.url + path, key, {})[0] == 403


def test_the_upstream_comes_from_the_configuration_alone(gateway, client_key):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        body = {"model": "demo-chat", "messages": HELLO, "api_base": url, "base_url": url}
        headers = {"x-forwarded-host": url, "x-upstream": url, "host": url.removeprefix("http://")}
        call("POST", gateway.url + "/v1/chat/completions", client_key, body, headers)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_money_is_never_a_binary_fraction(gateway):
    account_id, account = gateway.account(deposit=0)
    for amount in ["0.1", "0.2", "0.000000001", "4503599.627370497"]:
        raw = f'{{"amount": {amount}}}'.encode()
        assert call("POST", f"{gateway.url}/admin/accounts/{account_id}/deposits", ADMIN_KEY, raw=raw)[0] == 200
    status, _, text = call("POST", gateway.url + "/sub-keys", account, raw=b'{"budgetVirtual": 4503599.927370498}')
    assert status == 200 and '"budgetVirtual":4503599.927370498,' in text
    assert gateway.json("GET", "/balance", account)["available"] == "0.0000"


def test_a_new_multiplier_does_not_change_existing_rows(gateway, account):
    made = gateway.client_key(account, budget=10)
    chat(gateway, made["key"])
    before = rows(gateway, made["key"])
    gateway.json("PUT", f"/sub-keys/{made['id']}", account, {"displayMultiplier": 3})
    chat(gateway, made["key"])
    after = rows(gateway, made["key"])
    assert after[1] == before[0]
    assert after[0]["cost_usdc"] == pytest.approx(before[0]["cost_usdc"] * 3, rel=1e-6)
    spent = gateway.json("GET", "/sub-key/balance", made["key"])["spent"]
    assert spent == pytest.approx(sum(row["cost_usdc"] for row in after), abs=1e-12)
