"""Backup, restore, retention, and recovery of interrupted requests."""

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time

from gateway import ADMIN_KEY, call, running_gateway, verify
from test_money import open_stream

HELLO = [{"role": "user", "content": "Hello!"}]


def tollgate(folder, *arguments):
    return subprocess.run(
        [os.environ["TOLLGATE_BIN"], *arguments, "--database", f"sqlite:{folder}/tollgate.sqlite"],
        capture_output=True, text=True)


def spend(gateway, key, times=1):
    for _ in range(times):
        assert call("POST", gateway.url + "/v1/chat/completions", key,
                    {"model": "demo-chat", "messages": HELLO, "max_tokens": 5})[0] == 200


def test_a_backup_taken_under_load_is_consistent_and_can_be_restored(tmp_path, upstream_port):
    copy = tmp_path / "copy.sqlite"
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account(deposit=100)
        made = gateway.client_key(account, budget=50)
        spend(gateway, made["key"], 20)
        done = threading.Event()

        def load():
            while not done.is_set():
                spend(gateway, made["key"])

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        taken = tollgate(tmp_path, "backup", str(copy))
        assert "in use" in tollgate(tmp_path, "restore", str(copy)).stderr
        done.set()
        for thread in threads:
            thread.join()
        assert taken.returncode == 0, taken.stderr
        assert tollgate(tmp_path, "backup", str(copy)).returncode == 1
        total = gateway.json("GET", "/usage-logs", account)["pagination"]["total"]
    proof = subprocess.run([os.environ["TOLLGATE_BIN"], "ledger", "verify", "--database", f"sqlite:{copy}"],
                           capture_output=True, text=True)
    assert proof.returncode == 0, proof.stdout
    restored = tollgate(tmp_path, "restore", str(copy))
    assert restored.returncode == 0 and "before-restore" in restored.stdout, restored.stderr
    with running_gateway(tmp_path, upstream_port) as gateway:
        then = gateway.json("GET", "/usage-logs", account)["pagination"]["total"]
        assert 20 <= then <= total
        # The restored key can be shown and used.
        assert gateway.json("GET", "/sub-keys", account)["subKeys"][0]["key"] == made["key"]
        spend(gateway, made["key"])
    assert verify(tmp_path).returncode == 0


def test_an_inconsistent_backup_is_not_restored(tmp_path, upstream_port):
    copy = tmp_path / "copy.sqlite"
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account(deposit=100)
        spend(gateway, account)
        assert tollgate(tmp_path, "backup", str(copy)).returncode == 0
    with sqlite3.connect(copy) as database:
        database.execute("UPDATE accounts SET deposited_nano_usd = deposited_nano_usd + 1")
    refused = tollgate(tmp_path, "restore", str(copy))
    assert refused.returncode == 1 and "fails verification" in refused.stderr
    assert verify(tmp_path).returncode == 0


def test_retention_deletes_old_rows_and_keeps_every_sum(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account(deposit=100)
        keys = [gateway.client_key(account, budget=10)["key"] for _ in range(2)]
        for number in range(30):
            spend(gateway, keys[number % 2])
        before = [gateway.json("GET", "/sub-key/balance", key) for key in keys]
    # Moves twenty rows forty days into the past, in every table that has their time.
    old = 40 * 86_400_000
    with sqlite3.connect(tmp_path / "tollgate.sqlite") as database:
        database.execute("UPDATE requests SET started_at_ms = started_at_ms - ? WHERE id <= 20", [old])
        for table in ["usage_by_key_day", "usage_by_key_week", "usage_by_model_hour"]:
            database.execute(f"DELETE FROM {table}")
        database.execute("""
            INSERT INTO usage_by_key_day SELECT key_id, started_at_ms / 86400000, model_id, COUNT(*), SUM(input_tokens),
            SUM(output_tokens), SUM(cost_nano_usd), SUM(shown_cost_nano_usd), 0, MIN(key_sequence), MAX(key_sequence)
            FROM requests GROUP BY 1, 2, 3""")
        database.execute("""
            INSERT INTO usage_by_key_week SELECT key_id, day - (day + 3) % 7, model_id, SUM(requests), SUM(input_tokens),
            SUM(output_tokens), SUM(cost_nano_usd), SUM(shown_cost_nano_usd) FROM usage_by_key_day GROUP BY 1, 2, 3""")
        database.execute("UPDATE keys SET summed_until_day = (SELECT MAX(first_day) + 7 FROM usage_by_key_week)")
        database.execute("""
            INSERT INTO usage_by_model_hour SELECT account_id, started_at_ms / 3600000, model_id, COUNT(*),
            SUM(input_tokens), SUM(output_tokens), SUM(cost_nano_usd), MIN(account_sequence), MAX(account_sequence)
            FROM requests GROUP BY 1, 2, 3""")
    assert verify(tmp_path).returncode == 0
    with running_gateway(tmp_path, upstream_port, TOLLGATE_RETENTION_DAYS="30") as gateway:
        deadline = time.time() + 10
        while gateway.json("GET", "/usage-logs", account)["pagination"]["total"] != 10:
            assert time.time() < deadline
            time.sleep(0.05)
        for key, then in zip(keys, before):
            now = gateway.json("GET", "/sub-key/balance", key)
            assert now["spent"] == then["spent"] and now["usage"]["total"] == then["usage"]["total"]
            assert now["usage"]["today"]["requests"] == 5
            page = gateway.json("GET", "/sub-key/usage-logs?limit=3&page=2", key)
            assert page["pagination"] == {"page": 2, "limit": 3, "total": 5, "pages": 2, "next_cursor": None}
            assert len(page["data"]) == 2
        spend(gateway, keys[0])
        assert gateway.json("GET", "/sub-key/usage-logs", keys[0])["pagination"]["total"] == 6
    result = verify(tmp_path)
    assert result.returncode == 0, result.stdout


def test_interrupted_requests_are_listed_and_charged_by_the_policy(tmp_path, upstream_port):
    for policy in ["input", "nothing", "hold"]:
        folder = tmp_path / policy
        folder.mkdir()
        with running_gateway(folder, upstream_port) as gateway:
            _, account = gateway.account(deposit=10)
            key = gateway.client_key(account, budget=5)["key"]
            connection = open_stream(gateway, key, "demo-chat@slow=200&chunks=100")
            status = gateway.json("GET", "/admin/status", ADMIN_KEY)
            assert status["openHolds"] == 1 and status["overdueHolds"] == 0 and status["ledgerWritable"] is True
            gateway.process.send_signal(signal.SIGKILL)
            gateway.process.wait()
            connection.close()
        listed = tollgate(folder, "ledger", "recover")
        assert "open holds: 1" in listed.stdout and "interrupted requests: 0" in listed.stdout
        with running_gateway(folder, upstream_port, TOLLGATE_RECOVERY_CHARGE=policy) as gateway:
            rows = gateway.json("GET", "/admin/interrupted", ADMIN_KEY)["data"]
            assert len(rows) == 1
            spent = gateway.json("GET", "/sub-key/balance", key)["spent"]
            assert spent == rows[0]["cost_usdc"]
            assert {"input": 0 < spent < 0.00009, "nothing": spent == 0, "hold": spent > 0.00009}[policy]
        listed = tollgate(folder, "ledger", "recover")
        assert "open holds: 0" in listed.stdout and "interrupted requests: 1" in listed.stdout
        assert verify(folder).returncode == 0
