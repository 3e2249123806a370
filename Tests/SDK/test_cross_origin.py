"""Pages of other sites: a browser lets them call the gateway where the operator allows their origin."""

import functools
import http.client
import http.server
import os
import re
import subprocess
import threading

import pytest

from gateway import call, environment, free_port, running_gateway

PORTAL = "https://portal.example"
PATHS = ["/sub-key/balance", "/v1/chat/completions", "/healthz", "/nothing"]


@pytest.fixture(scope="module")
def open_gateway(tmp_path_factory, upstream_port):
    with running_gateway(tmp_path_factory.mktemp("origins"), upstream_port, TOLLGATE_CORS_ORIGINS=f"{PORTAL}, http://localhost:8000") as gateway:
        yield gateway


def preflight(gateway, path, origin):
    return call("OPTIONS", gateway.url + path, headers={
        "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"})


@pytest.mark.parametrize("path", PATHS)
def test_an_allowed_origin_is_told_so(open_gateway, path):
    status, headers, text = preflight(open_gateway, path, PORTAL)
    assert (status, text) == (204, "") and headers["Access-Control-Allow-Origin"] == PORTAL and headers["Vary"] == "origin"
    assert headers["Access-Control-Allow-Headers"] == "authorization,content-type" and "PATCH" in headers["Access-Control-Allow-Methods"]
    _, headers, _ = call("GET", open_gateway.url + path, headers={"Origin": PORTAL})
    assert headers["Access-Control-Allow-Origin"] == PORTAL and "x-cache" in headers["Access-Control-Expose-Headers"]
    assert headers["Access-Control-Allow-Credentials"] is None


@pytest.mark.parametrize("path", PATHS)
def test_any_other_is_not(open_gateway, gateway, path):
    for where, origin in [(open_gateway, "https://evil.example"), (open_gateway, PORTAL + ".evil.example"), (open_gateway, "null"), (gateway, PORTAL)]:
        for status, headers, _ in [preflight(where, path, origin), call("GET", where.url + path, headers={"Origin": origin})]:
            assert status != 204 and headers["Access-Control-Allow-Origin"] is None


def test_a_connection_goes_on_after_a_preflight(open_gateway):
    connection = http.client.HTTPConnection(open_gateway.url.removeprefix("http://"))
    for _ in range(3):
        connection.request("OPTIONS", "/v1/chat/completions", headers={"Origin": PORTAL, "Access-Control-Request-Method": "POST"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert answer.status == 200 and b"ok" in answer.read()


def test_every_origin_where_the_operator_says_so(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_CORS_ORIGINS="*") as gateway:
        assert preflight(gateway, "/v1/messages", "https://any.example")[1]["Access-Control-Allow-Origin"] == "https://any.example"


@pytest.mark.parametrize("origins", ["portal.example", "https://portal.example/", "https://", "https://Portal.example", "ftp://x", ","])
def test_what_is_no_origin_stops_the_start(tmp_path, origins):
    port = free_port()
    settings = environment(tmp_path, port, "http://127.0.0.1:9/v1", TOLLGATE_CORS_ORIGINS=origins)
    result = subprocess.run([os.environ["TOLLGATE_BIN"], "serve"], env={"PATH": os.environ["PATH"], **settings}, capture_output=True, text=True, timeout=30)
    assert result.returncode != 0 and "TOLLGATE_CORS_ORIGINS" in result.stdout + result.stderr


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_the_customer_page_on_another_host(tmp_path, upstream_port, browser):
    from browser import Visit
    from playwright.sync_api import expect
    pages = tmp_path / "pages"
    pages.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    try:
        with running_gateway(tmp_path, upstream_port, TOLLGATE_CORS_ORIGINS=site) as gateway:
            # The page and the files that it names, as they are served.
            html = call("GET", gateway.url + "/")[2]
            for path in re.findall(r'"(assets/[^"]+)"', html):
                (pages / path).parent.mkdir(parents=True, exist_ok=True)
                (pages / path).write_text(call("GET", f"{gateway.url}/{path}")[2])
            (pages / "index.html").write_text(
                html.replace('name="tollgate-gateway" content=""', f'name="tollgate-gateway" content="{gateway.url}"'))
            key = gateway.client_key(gateway.account()[1])["key"]
            with Visit(browser, site) as visit:
                visit.page.goto("/#key=" + key)
                visit.page.locator("#updated:not(:empty)").wait_for()
                visit.page.get_by_role("link", name="Use it").click()
                visit.page.locator("#tryModel").select_option("demo-chat")
                assert gateway.url in visit.page.locator("#code").inner_text()
                visit.page.get_by_role("button", name="Send").click()
                expect(visit.page.locator("#send")).to_be_enabled()
                assert len(visit.page.locator("#answer").inner_text()) > 10
                visit.page.get_by_role("link", name="Requests").click()
                visit.page.locator("#log > tr").wait_for()
    finally:
        server.shutdown()
