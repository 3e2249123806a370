"""Runs a gateway and the demo upstream as processes, and calls them."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

ADMIN_KEY = "admin-key-for-tests-0123456789abcdef"
ACCOUNT_LIMITS = ["BALANCE", "ACTIVITY", "ANALYTICS", "READ_KEYS", "CREATE_KEYS", "CHANGE_KEYS", "REDEEM"]
UPSTREAM_KEY = "upstream-secret-0123456789"
# Every secret that tests have sent or received; the logs are searched for them at the end.
SECRETS = {ADMIN_KEY, UPSTREAM_KEY}
SECRET = re.compile(r"sk-tg[a-z]?-[A-Za-z0-9_-]{40,}|\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def call(method, url, key=None, body=None, headers=None, raw=None):
    """Sends a request; returns status, headers and body text."""
    data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if key:
        SECRETS.add(key)
        request.add_header("Authorization", f"Bearer {key}")
    if data is not None and not request.has_header("Content-type"):
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
            SECRETS.update(SECRET.findall(text))
            return answer.status, answer.headers, text
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


class Gateway:
    """A running gateway, with calls that most tests need."""

    def __init__(self, port, folder, process, upstream_port):
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.process = process
        self.upstream_port = upstream_port

    def json(self, method, path, key=None, body=None, expect=200):
        status, _, text = call(method, self.url + path, key, body)
        assert status == expect, f"{method} {path}: {status} {text}"
        return json.loads(text)

    def account(self, deposit=100, name="reseller"):
        """Creates an account with a deposit; returns its id and key."""
        account = self.json("POST", "/admin/accounts", ADMIN_KEY, {"name": name})
        if deposit:
            self.json("POST", f"/admin/accounts/{account['id']}/deposits", ADMIN_KEY, {"amount": deposit})
        return account["id"], account["key"]

    def management_key(self, account_key, **fields):
        return self.json("POST", "/management-keys", account_key, fields)["key"]

    def client_key(self, account_key, budget=25, **fields):
        """Creates a client key with rate limits that tests do not reach."""
        body = {"budgetVirtual": budget, "rpmLimit": 1000, "concurrentLimit": 50, **fields}
        return self.json("POST", "/sub-keys", account_key, body)


def start(arguments, environment, log):
    return subprocess.Popen(
        [os.environ["TOLLGATE_BIN"], *arguments], env={"PATH": os.environ["PATH"], **environment},
        stdout=log, stderr=subprocess.STDOUT)


def wait_until_ready(url, process, log_path):
    for _ in range(300):
        assert process.poll() is None, open(log_path).read()
        try:
            if call("GET", url)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} is not ready: " + open(log_path).read())


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
    return process.returncode


@contextmanager
def running_upstream(folder, *arguments):
    port = free_port()
    with open(folder / "upstream.log", "w") as log:
        process = start(["demo-upstream", "--port", str(port), "--key", UPSTREAM_KEY, *arguments], {}, log)
        try:
            for _ in range(300):
                assert process.poll() is None, (folder / "upstream.log").read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield port
        finally:
            stop(process)


def environment(folder, port, upstream, **settings):
    return {
        "TOLLGATE_LISTEN": f"127.0.0.1:{port}",
        "TOLLGATE_DATABASE": f"sqlite:{folder}/tollgate.sqlite",
        "TOLLGATE_UPSTREAM_OPENAI": upstream,
        "TOLLGATE_UPSTREAM_ANTHROPIC": upstream,
        "TOLLGATE_UPSTREAM_GEMINI": upstream.replace("/v1", "/v1beta"),
        "TOLLGATE_UPSTREAM_KEY": UPSTREAM_KEY,
        "TOLLGATE_ADMIN_KEY": ADMIN_KEY,
        "TOLLGATE_LIMITS_RPM_MAXIMUM": "100000",
        **{f"TOLLGATE_ACCOUNT_LIMITS_{name}": "10000/100000" for name in ACCOUNT_LIMITS},
        **settings,
    }


@contextmanager
def running_gateway(folder, upstream_port, upstream=None, **settings):
    port = free_port()
    upstream = upstream or f"http://127.0.0.1:{upstream_port}/v1"
    log_path = folder / "gateway.log"
    with open(log_path, "a") as log:
        process = start(["serve"], environment(folder, port, upstream, **settings), log)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log_path)
            yield Gateway(port, folder, process, upstream_port)
        finally:
            if process.poll() is None:
                assert stop(process) == 0, log_path.read_text()


def verify(folder):
    """Runs `tollgate ledger verify`; returns the completed process."""
    return subprocess.run(
        [os.environ["TOLLGATE_BIN"], "ledger", "verify", "--database", f"sqlite:{folder}/tollgate.sqlite"],
        capture_output=True, text=True)
