"""Amounts shown to clients and accounts; budgets under load, after crashes and at shutdown."""

import concurrent.futures
import json
import os
import signal
import socket
import time

from gateway import ADMIN_KEY, UPSTREAM_KEY, call, running_gateway, running_upstream, verify

HELLO = [{"role": "user", "content": "Hello!"}]


def chat(gateway, key, model="demo-chat", **fields):
    body = {"model": model, "messages": HELLO, "max_tokens": 32, **fields}
    return call("POST", gateway.url + "/v1/chat/completions", key, body)


def open_stream(gateway, key, model):
    """Starts a stream on a new socket; returns the socket once the first bytes of the response have arrived."""
    body = json.dumps({"model": model, "messages": HELLO, "stream": True, "max_tokens": 32}).encode()
    connection = socket.create_connection(("127.0.0.1", int(gateway.url.rsplit(":", 1)[1])), timeout=60)
    connection.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        + f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert b"200 OK" in connection.recv(1000)
    return connection


def read_to_the_end(connection):
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received.decode()


def test_a_client_sees_the_multiplied_cost_and_never_the_real_one(gateway, account):
    made = gateway.client_key(account, budget=60, clientBudget=100)
    key = made["key"]
    shown = []
    for model in ["demo-chat", "demo-chat@cost"]:
        for stream in [False, True]:
            status, headers, text = chat(gateway, key, model, stream=stream)
            assert status == 200
            shown.append(str(headers) + text)
    balance = gateway.json("GET", "/sub-key/balance", key)
    real = [row["cost_usdc"] for row in gateway.json("GET", f"/usage-logs?subKeyId={made['id']}", account)["data"]]
    logs = gateway.json("GET", "/sub-key/usage-logs", key)
    assert balance["budget"] == 100 and len(real) == 4
    assert round(balance["spent"] + balance["remaining"], 9) == 100
    assert abs(balance["spent"] - sum(real) * 100 / 60) < 1e-8
    assert abs(sum(row["cost_usdc"] for row in logs["data"]) - balance["spent"]) < 1e-12
    everything = "".join(shown) + json.dumps(balance) + json.dumps(logs)
    for secret in ["0.00014", "is_byok", "cost_details", "x-upstream-cost", "openai-organization", "org-demo",
                   "multiplier", "Multiplier", UPSTREAM_KEY, "1.6666"]:
        assert secret not in everything
    for cost in real:
        assert f"{cost:.9f}".rstrip("0") not in everything


def test_concurrent_requests_never_overspend(gateway, account):
    # The hold of a request is about 0.0000705 USD: the key affords about ten at a time.
    made = gateway.client_key(account, budget=0.001)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda _: chat(gateway, made["key"], "demo-chat@delay=50")[0], range(200)))
    assert set(statuses) <= {200, 402, 429} and statuses.count(200) >= 5
    key = next(k for k in gateway.json("GET", "/sub-keys", account)["subKeys"] if k["id"] == made["id"])
    assert 0 <= key["spentVirtual"] <= key["budgetVirtual"] == 0.001


def test_the_concurrency_limit_releases_its_slots(gateway, account):
    key = gateway.client_key(account, concurrentLimit=2)["key"]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: chat(gateway, key, "demo-chat@delay=2000"), range(6)))
    assert sorted(status for status, _, _ in answers) == [200, 200, 429, 429, 429, 429]
    assert chat(gateway, key)[0] == 200


def test_a_client_that_disconnects_mid_stream_pays_what_was_used(gateway, account):
    made = gateway.client_key(account)
    open_stream(gateway, made["key"], "demo-chat@slow=20&chunks=40").close()
    for _ in range(400):
        rows = gateway.json("GET", "/sub-key/usage-logs", made["key"])["data"]
        if rows:
            break
        time.sleep(0.05)
    # The response was drained, so the usage is reported, not estimated.
    assert rows[0]["output_tokens"] == 40 and rows[0]["cost_usdc"] > 0


def test_a_broken_stream_is_estimated_and_an_error_costs_nothing(gateway, account):
    made = gateway.client_key(account)
    chat(gateway, made["key"], "demo-chat@cut=10", stream=True)
    chat(gateway, made["key"], "demo-chat@status=500")
    chat(gateway, made["key"], "demo-chat@garbage")
    garbage, failed, broken = gateway.json("GET", "/sub-key/usage-logs", made["key"])["data"]
    assert failed["cost_usdc"] == 0 and failed["output_tokens"] == 0
    assert 0 < broken["output_tokens"] < 32 and 0 < garbage["output_tokens"] <= 32


def test_an_answer_beyond_the_bound_never_makes_the_budget_negative(gateway, account):
    made = gateway.client_key(account, budget=0.001)
    assert chat(gateway, made["key"], "demo-chat@usage=4000", max_tokens=16)[0] == 200
    balance = gateway.json("GET", "/sub-key/balance", made["key"])
    assert balance["remaining"] == 0 and balance["spent"] == balance["budget"]
    assert chat(gateway, made["key"])[0] == 402


def test_deleting_a_key_returns_its_unspent_budget(gateway):
    _, key = gateway.account(deposit=10)
    made = gateway.client_key(key, budget=4)
    chat(gateway, made["key"])
    spent = gateway.json("GET", "/sub-keys", key)["subKeys"][0]["spentVirtual"]
    assert gateway.json("GET", "/balance", key)["available"] == "6.0000"
    refund = gateway.json("DELETE", f"/sub-keys/{made['id']}", key)["refunded"]
    assert round(refund + spent, 9) == 4
    assert gateway.json("GET", "/balance", key)["locked_balance"] == "0.0000"
    assert chat(gateway, made["key"])[0] == 401


def test_a_restart_after_kill_settles_requests_in_flight(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account()
        made = gateway.client_key(account)
        assert chat(gateway, made["key"])[0] == 200
        connection = open_stream(gateway, made["key"], "demo-chat@slow=100&chunks=50")
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait()
        connection.close()
    with running_gateway(tmp_path, upstream_port) as gateway:
        rows = gateway.json("GET", "/sub-key/usage-logs", made["key"])["data"]
        assert len(rows) == 2 and rows[0]["cost_usdc"] > 0 and rows[0]["output_tokens"] == 0
        balance = gateway.json("GET", "/balance", account)
        assert float(balance["available"]) == 75
    assert verify(tmp_path).returncode == 0


def test_sigterm_lets_streams_finish(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account)["key"]
        with open_stream(gateway, key, "demo-chat@slow=50&chunks=30") as connection:
            gateway.process.send_signal(signal.SIGTERM)
            assert "data: [DONE]" in read_to_the_end(connection)
        assert gateway.process.wait(timeout=30) == 0
    assert verify(tmp_path).returncode == 0


def test_sigterm_does_not_wait_forever(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TIMEOUTS_SHUTDOWN="1") as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account)["key"]
        with open_stream(gateway, key, "demo-chat@slow=200&chunks=1000") as connection:
            gateway.process.send_signal(signal.SIGTERM)
            assert '"error"' in read_to_the_end(connection)
        assert gateway.process.wait(timeout=15) == 0
    result = verify(tmp_path)
    assert result.returncode == 0 and "1 rows" in result.stdout


def test_private_certificate_authority(tmp_path):
    def openssl(command):
        assert os.system(f"cd {tmp_path} && openssl {command} 2>openssl.log") == 0, (tmp_path / "openssl.log").read_text()

    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca")
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost")
    (tmp_path / "san").write_text("subjectAltName=DNS:localhost")
    openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile san")
    arguments = ["--tls-certificate", str(tmp_path / "server.pem"), "--tls-key", str(tmp_path / "server.key")]
    with running_upstream(tmp_path, *arguments) as port:
        upstream = f"https://localhost:{port}/v1"
        (tmp_path / "trusting").mkdir()
        (tmp_path / "strict").mkdir()
        with running_gateway(
            tmp_path / "trusting", port, upstream, TOLLGATE_UPSTREAM_CA_FILE=str(tmp_path / "ca.pem")) as gateway:
            key = gateway.client_key(gateway.account()[1])["key"]
            assert chat(gateway, key)[0] == 200
        with running_gateway(tmp_path / "strict", port, upstream) as gateway:
            key = gateway.client_key(gateway.account()[1])["key"]
            status, _, text = chat(gateway, key)
            assert status == 502, text
            assert gateway.json("GET", "/sub-key/balance", key)["spent"] == 0


def test_no_secret_is_ever_logged(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_LOG_LEVEL="trace") as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account)["key"]
        chat(gateway, key)
        chat(gateway, "sk-tg-guessed-key-0123456789")
        chat(gateway, key, "demo-chat@status=401")
        chat(gateway, key, "demo-chat@cut=2", stream=True)
    log = (tmp_path / "gateway.log").read_text()
    assert "upstream account is in trouble" in log
    for secret in [key, account, ADMIN_KEY, UPSTREAM_KEY, "sk-tg-guessed-key-0123456789"]:
        assert secret not in log
