"""Holds: affordable requests are admitted, streams are extended and cut, nothing is overspent; retries of attempts."""

import http.server
import json
import threading
import time
from contextlib import contextmanager

import anthropic
import openai
import pytest

from gateway import ADMIN_KEY, call, running_gateway, verify

HELLO = [{"role": "user", "content": "Hello!"}]
# The demo upstream writes this number of words regardless of the request's limit, like an upstream that ignores it.
ENDLESS = "chunks=3000"


def chat(gateway, key, **fields):
    body = {"model": "demo-chat", "messages": HELLO, **fields}
    return call("POST", gateway.url + "/v1/chat/completions", key, body)


def last_row(gateway, key):
    return gateway.json("GET", "/sub-key/usage-logs?limit=1", key)["data"][0]


def balance(gateway, key):
    answer = gateway.json("GET", "/sub-key/balance", key)
    assert 0 <= answer["spent"] <= answer["budget"] and answer["remaining"] >= 0
    return answer


def openai_client(gateway, key):
    return openai.OpenAI(api_key=key, base_url=gateway.url + "/v1", max_retries=0)


def test_a_request_is_clamped_to_what_is_affordable(gateway, account):
    key = gateway.client_key(account, budget=0.0002)["key"]
    status, _, text = chat(gateway, key)
    answer = json.loads(text)
    assert status == 200 and answer["choices"][0]["finish_reason"] == "stop"
    # The model's own bound of 4,096 tokens costs 0.006144 USD.
    assert balance(gateway, key)["spent"] > 0
    status, _, text = chat(gateway, key, max_tokens=4000)
    assert status == 200 and json.loads(text)["usage"]["completion_tokens"] <= 24


def test_a_key_that_refuses_is_not_clamped(gateway, account):
    made = gateway.client_key(account, budget=0.001, onShortage="refuse")
    status, headers, text = chat(gateway, made["key"])
    error = json.loads(text)["error"]
    assert status == 402 and error["code"] == "insufficient_quota" and "retry-after" not in headers
    assert chat(gateway, made["key"], max_tokens=32)[0] == 200
    gateway.json("PUT", f"/sub-keys/{made['id']}", account, {"onShortage": "clamp"})
    assert chat(gateway, made["key"])[0] == 200
    assert gateway.json("PUT", f"/sub-keys/{made['id']}", account, {"onShortage": "x"}, 400) == {
        "error": "Invalid 'onShortage': expected one of clamp, refuse", "code": "invalid_field", "field": "onShortage"}


def test_an_account_decides_for_its_keys(gateway):
    account_id, account = gateway.account(deposit=10)
    key = gateway.client_key(account, budget=0.001)["key"]
    changed = gateway.json("PATCH", f"/admin/accounts/{account_id}", ADMIN_KEY, {"onShortage": "refuse"})
    assert changed["onShortage"] == "refuse" and changed["onDisconnect"] == "drain"
    assert chat(gateway, key)[0] == 402
    for body, words in [({}, "Nothing"), ({"markup": -1}, "markup"), ({"onDisconnect": 1}, "onDisconnect"),
                        ({"x": 1}, "x")]:
        assert words in gateway.json("PATCH", f"/admin/accounts/{account_id}", ADMIN_KEY, body, 400)["error"]


def test_below_the_minimum_output_a_402_names_three_amounts_as_the_client_sees_them(gateway, account):
    # 150 bytes of body at 500 nano-USD and 16 tokens at 1,500 are more than 50,000.
    key = gateway.client_key(account, budget=0.00005, clientBudget=0.0005)["key"]
    status, _, text = chat(gateway, key)
    message = json.loads(text)["error"]["message"]
    assert status == 402 and "0.0005 USD is left" in message and "0 USD is held" in message and "needs 0.00" in message


def test_money_that_is_only_held_is_a_429_with_retry_after(gateway, account):
    key = gateway.client_key(account, budget=0.0002)["key"]
    with open_stream(gateway, key, "demo-chat@slow=100&chunks=20"):
        status, headers, text = chat(gateway, key, max_tokens=1000)
        assert status == 429 and headers["retry-after"] and json.loads(text)["error"]["code"] == "budget_held"
    deadline = time.time() + 20
    while chat(gateway, key, max_tokens=20)[0] != 200:
        assert time.time() < deadline
        time.sleep(0.2)


@contextmanager
def open_stream(gateway, key, model):
    stream = openai_client(gateway, key).chat.completions.create(model=model, messages=HELLO, stream=True)
    next(iter(stream))
    yield stream
    list(stream)


def test_a_thinking_budget_is_not_clamped_away(gateway, account):
    key = gateway.client_key(account, budget=0.01)["key"]
    body = {"model": "demo-messages", "messages": HELLO, "max_tokens": 8000,
            "thinking": {"type": "enabled", "budget_tokens": 2048}}
    assert call("POST", gateway.url + "/v1/messages", key, body)[0] == 402
    del body["thinking"]
    assert call("POST", gateway.url + "/v1/messages", key, body)[0] == 200


@pytest.mark.parametrize("wants_usage", [False, True])
def test_a_chat_stream_is_extended_then_cut_as_by_its_own_limit(gateway, account, wants_usage):
    key = gateway.client_key(account, budget=0.0005)["key"]
    options = {"stream_options": {"include_usage": True}} if wants_usage else {}
    chunks = list(openai_client(gateway, key).chat.completions.create(
        model=f"demo-chat@{ENDLESS}", messages=HELLO, max_tokens=10, stream=True, **options))
    ends = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
    assert [chunk.choices[0].finish_reason for chunk in ends] == ["length"]
    assert len({chunk.id for chunk in chunks}) == 1 and len({chunk.model for chunk in chunks}) == 1
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    # More than ten tokens were paid for, but far from all.
    assert 400 < len(text) < 2000
    assert (chunks[-1].usage is not None) == wants_usage
    row = last_row(gateway, key)
    assert row["ending"] == "cut" and row["usage_source"] == "estimated"
    if wants_usage:
        assert chunks[-1].usage.completion_tokens == row["output_tokens"]
    assert balance(gateway, key)["remaining"] < 0.00002


def test_every_choice_of_a_cut_stream_ends(gateway, account):
    key = gateway.client_key(account, budget=0.0005)["key"]
    chunks = list(openai_client(gateway, key).chat.completions.create(
        model=f"demo-chat@{ENDLESS}", messages=HELLO, max_tokens=10, n=2, stream=True))
    assert [choice.finish_reason for choice in chunks[-1].choices] == ["length", "length"]


def test_a_legacy_completion_stream_is_cut(gateway, account):
    key = gateway.client_key(account, budget=0.0005)["key"]
    chunks = list(openai_client(gateway, key).completions.create(
        model=f"demo-chat@{ENDLESS}", prompt="Hello!", max_tokens=10, stream=True))
    assert chunks[-1].choices[0].finish_reason == "length" and last_row(gateway, key)["ending"] == "cut"


def test_a_message_stream_is_cut(gateway, account):
    key = gateway.client_key(account, budget=0.005)["key"]
    client = anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0)
    with client.messages.stream(model=f"demo-messages@{ENDLESS}", messages=HELLO, max_tokens=10) as stream:
        types = [event.type for event in stream]
        message = stream.get_final_message()
    assert message.stop_reason == "max_tokens" and len(message.content[0].text) > 400
    assert types[-1] == "message_stop" and types.count("content_block_stop") == types.count("content_block_start") == 1
    row = last_row(gateway, key)
    assert row["ending"] == "cut" and row["output_tokens"] == message.usage.output_tokens
    assert balance(gateway, key)["remaining"] < 0.0001


def test_a_response_stream_is_cut(gateway, account):
    key = gateway.client_key(account, budget=0.0005)["key"]
    events = list(openai_client(gateway, key).responses.create(
        model=f"demo-chat@{ENDLESS}", input="Hello!", max_output_tokens=16, stream=True))
    end = events[-1]
    assert end.type == "response.incomplete" and end.response.status == "incomplete"
    assert end.response.incomplete_details.reason == "max_output_tokens"
    assert end.response.id == events[0].response.id and end.response.usage.output_tokens > 100
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert last_row(gateway, key)["ending"] == "cut"


def test_a_cut_cancels_the_upstream_request_and_releases_the_slot(gateway, account):
    made = gateway.client_key(account, budget=0.0005, concurrentLimit=1)
    list(openai_client(gateway, made["key"]).chat.completions.create(
        model="demo-chat@chunks=100000&slow=1", messages=HELLO, max_tokens=10, stream=True))
    gateway.json("PUT", f"/sub-keys/{made['id']}", account, {"addBudgetVirtual": 1})
    assert chat(gateway, made["key"])[0] == 200


def test_concurrent_streams_share_a_budget_to_the_last_nano_usd(gateway, account):
    key = gateway.client_key(account, budget=0.002)["key"]
    endings = []

    def run():
        try:
            chunks = list(openai_client(gateway, key).chat.completions.create(
                model=f"demo-chat@{ENDLESS}&slow=1", messages=HELLO, max_tokens=10, stream=True))
            endings.append(chunks[-1].choices[0].finish_reason)
        except (openai.RateLimitError, openai.APIStatusError) as error:
            endings.append(error.status_code)

    threads = [threading.Thread(target=run) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(endings) <= {"length", 402, 429} and endings.count("length") >= 2
    assert balance(gateway, key)["remaining"] < 0.0001


def test_an_account_with_the_cancel_policy_does_not_drain(gateway):
    account_id, account = gateway.account(deposit=10)
    gateway.json("PATCH", f"/admin/accounts/{account_id}", ADMIN_KEY, {"onDisconnect": "cancel"})
    key = gateway.client_key(account, budget=1, concurrentLimit=1)["key"]
    stream = openai_client(gateway, key).chat.completions.create(
        model="demo-chat@slow=200&chunks=200", messages=HELLO, stream=True)
    next(iter(stream))
    next(iter(stream))
    stream.close()
    deadline = time.time() + 5
    while not gateway.json("GET", "/sub-key/usage-logs", key)["data"]:
        assert time.time() < deadline
        time.sleep(0.05)
    row = last_row(gateway, key)
    assert row["ending"] == "disconnected" and row["usage_source"] == "estimated" and row["output_tokens"] < 50


def test_a_markup_is_charged_and_not_shown(gateway):
    account_id, account = gateway.account(deposit=10)
    key = gateway.client_key(account, budget=1)["key"]
    chat(gateway, key)
    gateway.json("PATCH", f"/admin/accounts/{account_id}", ADMIN_KEY, {"markup": 1.5})
    chat(gateway, key)
    newer, older = (row["cost_usdc"] for row in gateway.json("GET", "/usage-logs", account)["data"])
    assert newer == pytest.approx(older * 1.5, abs=1e-9)


class Faulty(http.server.BaseHTTPRequestHandler):
    """An upstream that fails a given number of times, then responds."""

    failures = []
    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(body)
        status, headers = self.failures.pop(0) if self.failures else (200, {})
        answer = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [],
                  "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}
        if status != 200:
            answer = {"error": {"message": "try later", "type": "server_error"}}
        text = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


@pytest.fixture()
def faulty(tmp_path):
    """A gateway in front of an upstream whose failures the test controls."""
    Faulty.failures, Faulty.seen = [], []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with running_gateway(tmp_path, server.server_port, TOLLGATE_UPSTREAM_ATTEMPTS="3") as gateway:
            yield gateway
        assert verify(tmp_path).returncode == 0
    finally:
        server.shutdown()


def test_transient_failures_are_retried_and_recorded(faulty):
    _, account = faulty.account()
    key = faulty.client_key(account)["key"]
    Faulty.failures = [(503, {}), (429, {"retry-after": "1"})]
    began = time.time()
    assert chat(faulty, key)[0] == 200
    assert len(Faulty.seen) == 3 and len(set(Faulty.seen)) == 1 and time.time() - began >= 1.2
    row = faulty.json("GET", "/usage-logs", account)["data"][0]
    assert row["attempts"] == 3 and row["input_tokens"] == 3 and row["ending"] == "complete"


def test_attempts_are_limited(faulty):
    _, account = faulty.account()
    key = faulty.client_key(account)["key"]
    Faulty.failures = [(500, {})] * 9
    assert chat(faulty, key)[0] == 500
    assert len(Faulty.seen) == 3
    row = faulty.json("GET", "/usage-logs", account)["data"][0]
    assert row["attempts"] == 3 and row["cost_usdc"] == 0


@pytest.mark.parametrize("status, headers", [
    (429, {"retry-after": "60"}), (429, {"retry-after": "9223372036854775807"}), (400, {}), (401, {}), (404, {})])
def test_permanent_failures_are_not_retried(faulty, status, headers):
    _, account = faulty.account()
    Faulty.failures = [(status, headers)] * 9
    chat(faulty, faulty.client_key(account)["key"])
    assert len(Faulty.seen) == 1


def test_an_upstream_that_becomes_reachable_is_retried(tmp_path):
    from gateway import free_port
    port = free_port()
    with running_gateway(tmp_path, port, TOLLGATE_UPSTREAM_ATTEMPTS="4") as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account)["key"]
        answers = []
        caller = threading.Thread(target=lambda: answers.append(chat(gateway, key)[0]))
        caller.start()
        time.sleep(0.6)
        Faulty.failures, Faulty.seen = [], []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Faulty)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        caller.join()
        server.shutdown()
        assert answers == [200] and gateway.json("GET", "/usage-logs", account)["data"][0]["attempts"] > 1
