#!/usr/bin/env python3
"""Measures the gateway, nginx and HAProxy in front of the same demo upstream, in one run.

The proxies are pinned to the first core, the upstream and the load generator to the second. CPU is the time that the
kernel accounts to the process (user and system, including children), divided by the number of responses. Prints a
Markdown table. All traffic is on the loopback interface, and every step has a time limit.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOLLGATE = ROOT / ".build/release/tollgate"
ADMIN_KEY = "bench-admin-key-0123456789"
TICKS = os.sysconf("SC_CLK_TCK")
BODY = {"model": "demo-chat", "max_tokens": 64,
        "messages": [{"role": "user", "content": "Hello! What do you do all day?"}]}
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS_PER_ROUND", "4"))
STREAMS = 2000


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def processes(pid):
    """Returns the ids of a process and its descendants."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += processes(int(child))
    return found


def cpu(pid):
    """Returns the user and system time of a process and its descendants, in seconds."""
    total = 0
    for each in processes(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pid):
    """Returns the resident memory of a process and its descendants, in bytes."""
    pages = 0
    for each in processes(pid):
        pages += int(pathlib.Path(f"/proc/{each}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def start(core, arguments, environment, log):
    return subprocess.Popen(
        ["taskset", "-c", str(core), *map(str, arguments)], env={"PATH": os.environ["PATH"], **environment},
        stdout=log, stderr=subprocess.STDOUT)


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def call(method, url, key, body=None):
    request = urllib.request.Request(
        url, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Target:
    def __init__(self, name, port, process, key):
        self.name, self.port, self.process, self.key = name, port, process, key
        self.url = f"http://127.0.0.1:{port}/v1/chat/completions"
        self.cpu_per_request, self.throughput, self.p50, self.p99 = [], [], [], []


def start_targets(folder, upstream_port, log):
    gateway_port, nginx_port, haproxy_port = free_port(), free_port(), free_port()
    gateway = start(0, [TOLLGATE, "serve"], {
        "TOLLGATE_LISTEN": f"127.0.0.1:{gateway_port}", "TOLLGATE_DATABASE": f"sqlite:{folder}/bench.sqlite",
        "TOLLGATE_UPSTREAM_OPENAI": f"http://127.0.0.1:{upstream_port}/v1", "TOLLGATE_UPSTREAM_KEY": "upstream",
        "TOLLGATE_ADMIN_KEY": ADMIN_KEY, "TOLLGATE_LOG_LEVEL": "error", "TOLLGATE_THREADS": "1",
        "TOLLGATE_LIMITS_RPM_MAXIMUM": "1000000000", "TOLLGATE_LIMITS_CONCURRENCY_MAXIMUM": "1000000",
    }, log)
    (folder / "nginx.conf").write_text(f"""
        worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;
        events {{ worker_connections 8192; }}
        http {{
            access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 1000000000;
            upstream demo {{ server 127.0.0.1:{upstream_port}; keepalive 256; keepalive_requests 1000000000; }}
            server {{ listen 127.0.0.1:{nginx_port} backlog=4096; location / {{
                proxy_pass http://demo; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
            }} }}
        }}""")
    (folder / "haproxy.cfg").write_text(f"""
global
    nbthread 1
    maxconn 8000
defaults
    mode http
    timeout connect 10s
    timeout client 300s
    timeout server 300s
    http-reuse always
frontend in
    bind 127.0.0.1:{haproxy_port}
    default_backend demo
backend demo
    server demo 127.0.0.1:{upstream_port} pool-max-conn 256
""")
    nginx = start(0, [shutil.which("nginx") or "/usr/sbin/nginx", "-c", folder / "nginx.conf"], {}, log)
    haproxy = start(0, [shutil.which("haproxy") or "/usr/sbin/haproxy", "-f", folder / "haproxy.cfg"], {}, log)
    for port in [gateway_port, nginx_port, haproxy_port]:
        wait_for(port)
    url = f"http://127.0.0.1:{gateway_port}"
    account = call("POST", f"{url}/admin/accounts", ADMIN_KEY, {"name": "bench"})
    call("POST", f"{url}/admin/accounts/{account['id']}/deposits", ADMIN_KEY, {"amount": 10_000_000})
    client = call("POST", f"{url}/sub-keys", account["key"], {
        "budgetVirtual": 9_000_000, "rpmLimit": 1_000_000_000, "concurrentLimit": 1_000_000})
    return [
        Target("tollgate", gateway_port, gateway, client["key"]), Target("nginx", nginx_port, nginx, "none"),
        Target("haproxy", haproxy_port, haproxy, "none"),
    ]


def measure_plain(targets, folder):
    for round_number in range(ROUNDS + 1):
        for target in targets[round_number % 3:] + targets[:round_number % 3]:
            script = folder / f"{target.name}.lua"
            script.write_text(
                f"wrk.method = 'POST'\nwrk.body = [[{json.dumps(BODY)}]]\n"
                f"wrk.headers['Content-Type'] = 'application/json'\n"
                f"wrk.headers['Authorization'] = 'Bearer {target.key}'\n")
            before = cpu(target.process.pid)
            output = subprocess.run(
                ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{SECONDS}", "--latency", "-s", str(script),
                 target.url], capture_output=True, text=True, timeout=SECONDS + 30).stdout
            used = cpu(target.process.pid) - before
            requests = int(re.search(r"(\d+) requests in", output)[1])
            if "Non-2xx" in output:
                sys.exit(f"{target.name} refused requests:\n{output}")
            if round_number == 0:
                continue
            target.cpu_per_request.append(used / requests * 1e6)
            target.throughput.append(requests / SECONDS)
            for percentile, values in [("50%", target.p50), ("99%", target.p99)]:
                value, unit = re.search(re.escape(percentile) + r"\s+([\d.]+)(us|ms|s)", output).groups()
                values.append(float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


def h2load(target, folder, model, stream, arguments, log=None):
    """Runs h2load; returns the CPU time that the target used, in seconds."""
    body = folder / "body.json"
    body.write_text(json.dumps({**BODY, "model": model, "stream": stream}))
    command = [
        "taskset", "-c", "1", "h2load", "--h1", "-t1", "-d", str(body), "-H", "content-type: application/json", "-H",
        f"authorization: Bearer {target.key}", *arguments, *(["--log-file", str(log)] if log else []), target.url]
    before = cpu(target.process.pid)
    output = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    if " 0 failed" not in output or " 0 4xx" not in output or " 0 5xx" not in output:
        sys.exit(f"{target.name} failed requests:\n{output}")
    return cpu(target.process.pid) - before


def measure_rate(targets, folder, model):
    """Returns the latency of each target at 1,000 requests per second, in ms: p50 and p99."""
    result = {}
    for target in targets:
        p50, p99 = [], []
        for _ in range(3):
            log = folder / "rate.log"
            log.unlink(missing_ok=True)
            h2load(target, folder, model, False, ["-c100", "-n8000", "--rps=10"], log)
            times = sorted(int(line.split()[2]) / 1000 for line in log.read_text().splitlines())
            p50.append(times[len(times) // 2])
            p99.append(times[int(len(times) * 0.99)])
        result[target.name] = (statistics.median(p50), statistics.median(p99))
    return result


def measure_chunks(targets, folder):
    """Returns the CPU time of each target per SSE event, in microseconds, with 100 concurrent streams and an event every 5 ms."""
    words, streams = 200, 300
    result = {}
    for target in targets:
        values = []
        for _ in range(3):
            used = h2load(target, folder, f"demo-chat@slow=5&chunks={words}", True, ["-c100", f"-n{streams}"])
            values.append(used / (streams * (words + 3)) * 1e6)
        result[target.name] = statistics.median(values)
    return result


def measure_streams(targets):
    """Returns the resident memory of each target per open stream, in bytes, with 2,000 open streams."""
    result = {}
    body = json.dumps({**BODY, "model": "demo-chat@slow=1000&chunks=30", "stream": True}).encode()
    for target in targets:
        request = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {target.key}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        before = memory(target.process.pid)
        connections = []
        for _ in range(STREAMS):
            connection = socket.create_connection(("127.0.0.1", target.port))
            connection.sendall(request)
            connections.append(connection)
        time.sleep(5)
        answering = 0
        for connection in connections:
            connection.settimeout(10)
            answering += connection.recv(4096).startswith(b"HTTP/1.1 200")
        result[target.name] = ((memory(target.process.pid) - before) / STREAMS, answering)
        for connection in connections:
            connection.close()
        time.sleep(1)
    return result


def main():
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-bench-"))
    log = open(folder / "log", "w")
    upstream_port = free_port()
    running = [start(1, [TOLLGATE, "demo-upstream", "--port", upstream_port], {}, log)]
    try:
        wait_for(upstream_port)
        targets = start_targets(folder, upstream_port, log)
        running += [target.process for target in targets]
        idle = {target.name: memory(target.process.pid) for target in targets}
        measure_plain(targets, folder)
        chunks = measure_chunks(targets, folder)
        rates = measure_rate(targets, folder, "demo-chat")
        slow_rates = measure_rate(targets, folder, "demo-chat@delay=50")
        streams = measure_streams(targets)
        nginx = next(target for target in targets if target.name == "nginx")
        base = statistics.median(nginx.cpu_per_request)
        print("| | CPU us / request | x nginx | requests/s | p50 ms | p99 ms | CPU us / SSE event | x nginx |"
              " p50 / p99 ms at 1,000/s | the same, upstream takes 50 ms | KB / open stream | idle MB |")
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        for target in targets:
            cost = statistics.median(target.cpu_per_request)
            size, answering = streams[target.name]
            spread = f"{min(target.cpu_per_request):.0f}-{max(target.cpu_per_request):.0f}"
            print(
                f"| {target.name} | {cost:.1f} ({spread}) | {cost / base:.2f} | {statistics.median(target.throughput):.0f}"
                f" | {statistics.median(target.p50):.2f} | {statistics.median(target.p99):.2f}"
                f" | {chunks[target.name]:.1f} | {chunks[target.name] / chunks['nginx']:.2f}"
                f" | {rates[target.name][0]:.2f} / {rates[target.name][1]:.2f}"
                f" | {slow_rates[target.name][0]:.2f} / {slow_rates[target.name][1]:.2f}"
                f" | {size / 1024:.1f} ({answering} open) | {idle[target.name] / 2**20:.0f} |")
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=60)
        log.close()
    verified = subprocess.run(
        [TOLLGATE, "ledger", "verify", "--database", f"sqlite:{folder}/bench.sqlite"], capture_output=True, text=True)
    print(f"\n{verified.stdout.strip()}{verified.stderr.strip()}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
