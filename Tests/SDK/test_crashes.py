"""Crashes: kill -9 under load, truncated write-ahead logs, full and failing disks. Nothing is lost or applied twice."""

import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import uuid

import pytest

from gateway import ADMIN_KEY, call, running_gateway, verify

HELLO = [{"role": "user", "content": "Hello!"}]
ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))
SEED = int(os.environ.get("KILL_SEED", str(random.randrange(1 << 30))))


def chat(gateway, key, **fields):
    body = {"model": "demo-chat", "messages": HELLO, "max_tokens": 16, **fields}
    return call("POST", gateway.url + "/v1/chat/completions", key, body)


class Load:
    """Sends requests of every kind until the gateway is killed, and records which changes of money were acknowledged."""

    def __init__(self, gateway, account_id, account, keys):
        self.gateway, self.account_id, self.account, self.keys = gateway, account_id, account, keys
        self.deposited, self.unknown, self.answers = 0, [], 0
        self.over = threading.Event()
        self.lock = threading.Lock()

    def run(self, number):
        dice = random.Random(SEED * 1000 + number)
        while not self.over.is_set():
            try:
                if number == 0:
                    self.deposit()
                else:
                    model = dice.choice(["demo-chat", "demo-chat@slow=1&chunks=30", "demo-chat@chunks=400"])
                    if chat(self.gateway, dice.choice(self.keys), model=model, stream=dice.random() < 0.6)[0] == 200:
                        with self.lock:
                            self.answers += 1
            except (OSError, ValueError, AssertionError):
                # The gateway was killed: an unacknowledged call may or may not have been applied.
                time.sleep(0.001)

    def deposit(self):
        name = str(uuid.uuid4())
        self.unknown.append(name)
        status, _, _ = call("POST", f"{self.gateway.url}/admin/accounts/{self.account_id}/deposits", ADMIN_KEY,
                            {"amount": 1}, headers={"Idempotency-Key": name})
        assert status == 200
        self.unknown.remove(name)
        self.deposited += 1


def test_kill_9_under_load(tmp_path, upstream_port):
    print(f"replay with KILL_SEED={SEED}")
    dice = random.Random(SEED)
    with running_gateway(tmp_path, upstream_port) as gateway:
        account_id, account = gateway.account(deposit=1000)
        keys = [gateway.client_key(account, budget=budget)["key"] for budget in (100, 0.01, 0.002)]
    total = 1000
    for _ in range(ROUNDS):
        with running_gateway(tmp_path, upstream_port) as gateway:
            load = Load(gateway, account_id, account, keys)
            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                for number in range(12):
                    pool.submit(load.run, number)
                time.sleep(dice.uniform(0.2, 1.2))
                gateway.process.send_signal(signal.SIGKILL)
                gateway.process.wait()
                load.over.set()
        result = verify(tmp_path)
        assert result.returncode == 0, f"seed {SEED}: {result.stdout}"
        total += load.deposited
        with running_gateway(tmp_path, upstream_port) as gateway:
            assert gateway.json("GET", "/admin/status", ADMIN_KEY)["openHolds"] == 0
            # Every unacknowledged call is repeated with its idempotency key: then it has been applied exactly once.
            for name in load.unknown:
                status, _, _ = call("POST", f"{gateway.url}/admin/accounts/{account_id}/deposits", ADMIN_KEY,
                                    {"amount": 1}, headers={"Idempotency-Key": name})
                assert status == 200
                total += 1
            found = [a for a in gateway.json("GET", "/admin/accounts", ADMIN_KEY)["accounts"] if a["id"] == account_id]
            assert float(found[0]["deposited"]) == total, f"seed {SEED}"
            for key in keys:
                balance = gateway.json("GET", "/sub-key/balance", key)
                assert 0 <= balance["spent"] <= balance["budget"]
        result = verify(tmp_path)
        assert result.returncode == 0, f"seed {SEED}: {result.stdout}"


def test_a_write_ahead_log_with_a_torn_end(tmp_path, upstream_port):
    """A power failure leaves the last frames of the write-ahead log incomplete: sums are consistent, and the gateway starts."""
    dice = random.Random(SEED)
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account(deposit=1000)
        key = gateway.client_key(account, budget=100)["key"]
        for _ in range(30):
            chat(gateway, key)
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait()
    log = tmp_path / "tollgate.sqlite-wal"
    whole = log.read_bytes()
    assert len(whole) > 20_000
    for number in range(8):
        torn = tmp_path / f"torn-{number}"
        torn.mkdir()
        for suffix in ["", ".seal-key"]:
            shutil.copy(f"{tmp_path}/tollgate.sqlite{suffix}", f"{torn}/tollgate.sqlite{suffix}")
        cut = bytearray(whole[:len(whole) - dice.randrange(1, 12_000)])
        if number % 2:
            cut[-dice.randrange(1, 4000)] ^= 0xFF
        (torn / "tollgate.sqlite-wal").write_bytes(cut)
        assert verify(torn).returncode == 0, f"seed {SEED}"
        with running_gateway(torn, upstream_port) as gateway:
            assert chat(gateway, key)[0] == 200
        result = verify(torn)
        assert result.returncode == 0, f"seed {SEED}: {result.stdout}"


@pytest.fixture()
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def until(condition, seconds=15):
    deadline = time.time() + seconds
    while not condition():
        assert time.time() < deadline
        time.sleep(0.05)


def ready(gateway):
    return call("GET", gateway.url + "/readyz")[0] == 200


def test_a_full_disk_stops_new_requests_and_nothing_else(small_disk, upstream_port):
    with running_gateway(small_disk, upstream_port) as gateway:
        _, account = gateway.account(deposit=1000)
        key = gateway.client_key(account, budget=100)["key"]
        assert chat(gateway, key)[0] == 200
        filling = small_disk / "filling"
        slow = "demo-chat@slow=50&chunks=30"
        running = threading.Thread(target=lambda: chat(gateway, key, model=slow, stream=True))
        running.start()
        time.sleep(0.3)
        with open(filling, "wb", buffering=0) as file:
            for size in [4096, 512, 64, 1]:
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass
        # After each checkpoint the write-ahead log has room for a while, and the gateway accepts requests again.
        until(lambda: chat(gateway, key)[0] == 503 and not ready(gateway))
        made = []

        def order():
            status = call("POST", gateway.url + "/sub-keys", account, {"budgetVirtual": 1})[0]
            assert status in (200, 503)
            if status == 200:
                made.append(status)
            return status

        until(lambda: order() == 503)
        # Admitted requests continue, and reads succeed.
        running.join()
        assert gateway.json("GET", "/sub-key/balance", key)["spent"] > 0
        os.remove(filling)
        until(lambda: ready(gateway))
        ended = lambda: [row["ending"] for row in gateway.json("GET", "/usage-logs?limit=100", account)["data"] if row["model"] == slow]
        until(lambda: ended() == ["complete"])
        assert chat(gateway, key)[0] == 200
        until(lambda: gateway.json("GET", "/admin/status", ADMIN_KEY)["openHolds"] == 0)
        # Acknowledged requests were applied, refused ones were not.
        assert len(gateway.json("GET", "/sub-keys", account)["subKeys"]) == 1 + len(made)
    result = verify(small_disk)
    assert result.returncode == 0, result.stdout


def may_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-f", "-e", "trace=none", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not may_trace(), reason="needs strace and the right to trace")
@pytest.mark.parametrize("fault", ["fdatasync,fsync:error=EIO", "pwrite64:error=EIO", "pwrite64:error=ENOSPC"])
def test_a_failing_disk(tmp_path, upstream_port, fault):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account(deposit=1000)
        key = gateway.client_key(account, budget=100)["key"]
        assert chat(gateway, key)[0] == 200
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={fault.split(':')[0]}", "-e", f"inject={fault}",
             "-p", str(gateway.process.pid)])
        try:
            until(lambda: chat(gateway, key)[0] == 503)
            until(lambda: not ready(gateway))
            gateway.json("POST", "/sub-keys", account, {"budgetVirtual": 1}, 503)
            spent = gateway.json("GET", "/sub-key/balance", key)["spent"]
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        until(lambda: ready(gateway))
        assert chat(gateway, key)[0] == 200
        assert gateway.json("GET", "/sub-key/balance", key)["spent"] > spent
        assert len(gateway.json("GET", "/sub-keys", account)["subKeys"]) == 1
        assert gateway.json("GET", "/admin/status", ADMIN_KEY)["openHolds"] == 0
    result = verify(tmp_path)
    assert result.returncode == 0, result.stdout
