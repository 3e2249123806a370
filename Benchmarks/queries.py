#!/usr/bin/env python3
"""Measures the read calls of accounts and clients over HTTP, on a ledger with many rows.

Creates a database with ten accounts (one with one client key, one with 1,000, eight with 100 each) once and keeps it in
.build/bench. Prints a Markdown table; times are measured by the caller, in milliseconds.
"""

import http.client
import json
import os
import subprocess
import sys
import time

import run

ROWS = int(os.environ.get("ROWS", "10000000"))
CALLS = int(os.environ.get("CALLS", "200"))
STARTS = int(os.environ.get("STARTS", "40"))
FOLDER = run.ROOT / f".build/bench/queries-{ROWS}"
# Without raised limits the benchmark would measure the rate limits of the account dialect.
LIMITS = {f"TOLLGATE_ACCOUNT_LIMITS_{name}": "1000000/1000000"
          for name in ["BALANCE", "ACTIVITY", "ANALYTICS", "READ_KEYS", "CREATE_KEYS", "CHANGE_KEYS"]}


class Gateway:
    def __init__(self, folder):
        self.port = run.free_port()
        self.log = open(folder / "gateway.log", "a")
        environment = {
            "TOLLGATE_LISTEN": f"127.0.0.1:{self.port}", "TOLLGATE_DATABASE": f"sqlite:{folder}/tollgate.sqlite",
            "TOLLGATE_UPSTREAM_OPENAI": "http://127.0.0.1:9/v1", "TOLLGATE_UPSTREAM_ANTHROPIC": "http://127.0.0.1:9/v1",
            "TOLLGATE_UPSTREAM_KEY": "not-used", "TOLLGATE_ADMIN_KEY": run.ADMIN_KEY, **LIMITS,
        }
        self.process = run.start("0,1", [run.TOLLGATE, "serve"], environment, self.log)
        run.wait_for(self.port)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def call(self, method, path, key, body=None):
        self.connection.request(method, path, body=None if body is None else json.dumps(body),
                                headers={"Authorization": f"Bearer {key}"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {text.decode()}")
        return answer, text

    def json(self, *arguments):
        return json.loads(self.call(*arguments)[1])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def fill(folder):
    """Creates accounts and keys through the gateway, then rows directly in its database."""
    folder.mkdir(parents=True)
    gateway = Gateway(folder)
    keys = {}
    for count in [1, 1000] + [100] * 8:
        account = gateway.json("POST", "/admin/accounts", run.ADMIN_KEY, {"name": f"{count} keys"})
        gateway.json("POST", f"/admin/accounts/{account['id']}/deposits", run.ADMIN_KEY, {"amount": 1_000_000})
        made = [gateway.json("POST", "/sub-keys", account["key"], {
            "budgetVirtual": 900, "label": f"customer {number}", "displayMultiplier": 1.25, "team": f"team {number % 7}",
            "spendLimit": 100, "spendLimitPeriod": ["day", "week", "month"][number % 3]}) for number in range(count)]
        keys.setdefault(str(count), {"account": account["key"], "client": made[0]["key"], "id": made[0]["id"]})
    gateway.stop()
    subprocess.run([run.ROOT / ".build/release/ledger-bench", "fill", "--rows", str(ROWS), "--database",
                    folder / "tollgate.sqlite"], check=True)
    (folder / "keys.json").write_text(json.dumps(keys))


def percentile(times, percent):
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def measure(gateway, name, path, key, expected=None):
    times = []
    for number in range(CALLS + 5):
        wanted = path(number) if callable(path) else path
        began = time.perf_counter()
        answer, text = gateway.call("GET", wanted, key)
        taken = (time.perf_counter() - began) * 1000
        if expected and answer.headers["X-Cache"] != expected and number > 0:
            sys.exit(f"{wanted}: X-Cache is {answer.headers['X-Cache']}")
        if number >= 5:
            times.append(taken)
    print(f"| {name} | {len(text) / 1024:.0f} | {percentile(times, 50):.2f} | {percentile(times, 99):.2f} |", flush=True)


def measure_fresh():
    """Measures uncached analytics. They are cached for five minutes, so each is requested once after a start of the gateway,
    and after calls that read the same tables for other results, so that the start is not measured."""
    large = json.loads((FOLDER / "keys.json").read_text())["1000"]
    paths = [f"period={period}" for period in ["24h", "7d", "30d", "all"]] + ["period=30d&model=model-1",
                                                                             "period=all&model=model-1"]
    times = {path: [] for path in paths}
    for _ in range(STARTS):
        gateway = Gateway(FOLDER)
        try:
            management = gateway.json("POST", "/management-keys", large["account"], {})["key"]
            for model in ["model-2", "model-3", "model-4"]:
                for period in ["24h", "30d", "all"]:
                    gateway.call("GET", f"/v1/account/analytics?period={period}&model={model}", management)
                gateway.call("GET", "/v1/account/activity?days=30", management)
            for path in paths:
                began = time.perf_counter()
                answer, text = gateway.call("GET", f"/v1/account/analytics?{path}", management)
                times[path].append((time.perf_counter() - began) * 1000)
                assert answer.headers["X-Cache"] == "MISS"
        finally:
            gateway.stop()
    for path in paths:
        print(f"| analytics, {path.replace('&', ', ')}, fresh | | {percentile(times[path], 50):.2f} "
              f"| {percentile(times[path], 99):.2f} |", flush=True)


def main():
    if not (FOLDER / "keys.json").exists():
        subprocess.run(["rm", "-rf", FOLDER], check=True)
        began = time.time()
        fill(FOLDER)
        print(f"filled in {time.time() - began:.0f} s", file=sys.stderr)
    keys = json.loads((FOLDER / "keys.json").read_text())
    gateway = Gateway(FOLDER)
    try:
        large, heavy = keys["1000"], keys["1"]
        management = gateway.json("POST", "/management-keys", large["account"], {})["key"]
        print(f"| {ROWS} rows; the account has 1,000 keys | KB | p50 ms | p99 ms |\n|---|---|---|---|")
        measure(gateway, "activity, 50 rows", "/v1/account/activity", management)
        measure(gateway, "activity of 7 days, with sums by key", "/v1/account/activity?days=7", management)
        measure(gateway, "activity of 30 days, with sums by key", "/v1/account/activity?days=30", management)
        measure(gateway, "analytics of 30d, cached", "/v1/account/analytics?period=30d", management, expected="HIT")
        measure(gateway, "credits by key", "/v1/credits?by_api_key=true", management)
        measure(gateway, "keys", "/v1/account/keys", management)
        measure(gateway, "keys, /sub-keys", "/sub-keys", large["account"])
        measure(gateway, "balance", "/v1/account/balance", management)
        measure(gateway, "logs, newest 100", "/usage-logs?limit=100", large["account"])
        measure(gateway, "logs, page 10,000 of 100", "/usage-logs?limit=100&page=10000", large["account"])
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 90 * 86400))
        measure(gateway, "logs of a day three months ago", f"/usage-logs?limit=100&from={day}T00:00:00Z&to={day}T23:59:59Z",
                large["account"])
        measure(gateway, "logs of one model", "/usage-logs?limit=100&model=model-1", large["account"])
        measure(gateway, "logs of a model that nobody used", "/usage-logs?limit=100&model=model-9", large["account"])
        measure(gateway, "logs of a client with 1,000,000 rows, one model of three",
                "/sub-key/usage-logs?limit=100&model=model-3", heavy["client"])
        measure(gateway, "logs of that client, its day three months ago",
                f"/sub-key/usage-logs?limit=100&from={day}T00:00:00Z&to={day}T23:59:59Z", heavy["client"])
        measure(gateway, "that client's balance", "/sub-key/balance", heavy["client"])
        measure(gateway, "that client's own key", "/v1/key", heavy["client"])
    finally:
        gateway.stop()
    measure_fresh()


if __name__ == "__main__":
    main()
