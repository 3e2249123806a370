"""What holds for every page, in a real browser: how it loads, waits and is left."""

import gzip
import re
import urllib.request

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect  # noqa: E402

from browser import Visit  # noqa: E402
from gateway import ADMIN_KEY, call  # noqa: E402

PAGES = {"/": "tollgate-key", "/console": "tollgate-account-key", "/admin": "tollgate-admin-key"}
# Of what is sent, which is compressed.
MOST_BYTES = 50 * 1024


@pytest.fixture(scope="module")
def keys(gateway):
    """A key that each page takes, by the page's path; the client key has been used."""
    _, account = gateway.account(deposit=100)
    client = gateway.client_key(account, budget=5)["key"]
    body = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
    assert call("POST", gateway.url + "/v1/chat/completions", client, body)[0] == 200
    return {"/": client, "/console": account, "/admin": ADMIN_KEY}


def come_back(visit, path, key):
    """Opens a page in a tab that has its key already."""
    visit.context.add_init_script(f"sessionStorage.setItem({PAGES[path.split('#')[0]]!r}, {key!r})")
    visit.page.goto(path)


@pytest.mark.parametrize("path", PAGES)
def test_the_first_view_of_a_page_is_small(gateway, keys, browser, path):
    with Visit(browser, gateway.url) as visit:
        answers = []
        visit.page.on("response", lambda answer: answers.append(answer))
        come_back(visit, path, keys[path])
        visit.page.locator("#updated:not(:empty)").wait_for()
        sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers if answer.request.resource_type != "fetch"}
    names = {re.sub("^/assets/[0-9a-f]+", "", url.removeprefix(gateway.url)) for url in sizes}
    assert {path, "/shared/page.js", "/shared/portal.css", "/shared/texts.en.js", "/shared/dom.js"} <= names
    assert sum(sizes.values()) < MOST_BYTES, sizes


# A placeholder of each page before the first answer, and elements that must not move when the answer arrives.
PLACES = {
    "/": ("#days", ["#redeem", "#windows", "#days"]),
    "/console": ("#days", ["#balance", "#days"]), "/console#/keys": ("#keys", ["#createTitle", "#keysTitle"]),
    "/admin": ("#accounts", ["#accountsTitle"]), "/admin#/system": ("#upstreams", ["#status", "#upstreamsTitle"]),
}


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_a_page_takes_its_room_before_the_first_answer(gateway, keys, browser, path, size):
    waiting, places = PLACES[path]
    with Visit(browser, gateway.url, viewport={"width": size[0], "height": size[1]}) as visit:
        page = visit.page
        held, is_open = [], False
        page.route(lambda url: True, lambda route: (
            route.fallback() if is_open or route.request.resource_type != "fetch" else held.append(route)))
        with page.expect_request(lambda request: request.resource_type == "fetch"):
            come_back(visit, path, keys[path.split("#")[0]])
        expect(page.locator("#page")).to_have_attribute("aria-busy", "true")
        assert page.locator(waiting).bounding_box()["height"] > 60
        tops = lambda: {place: page.locator(place).bounding_box()["y"] for place in places}
        before = tops()
        visit.screenshot(f"waiting{re.sub('[^a-z]+', '-', path)}-{size[0]}")
        is_open = True
        for route in held:
            route.continue_()
        page.locator("#updated:not(:empty)").wait_for()
        expect(page.locator("#page")).to_have_attribute("aria-busy", "false")
        # To a pixel or two: text is not as high as its place to the last fraction.
        assert tops() == pytest.approx(before, abs=2)


@pytest.mark.parametrize("motion, animation", [("no-preference", "pulse"), ("reduce", "none")])
def test_waiting_does_not_move_for_those_who_do_not_want_it(gateway, keys, browser, motion, animation):
    with Visit(browser, gateway.url, reduced_motion=motion) as visit:
        held = []
        visit.page.route("**/sub-keys", lambda route: held.append(route))
        with visit.page.expect_request("**/sub-keys"):
            come_back(visit, "/console#/keys", keys["/console"])
        assert visit.page.locator("#keys").evaluate("(one) => getComputedStyle(one, '::before').animationName") == animation
        held[0].continue_()
        visit.page.locator("#updated:not(:empty)").wait_for()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_was_left_shows_nothing_of_its_key(gateway, keys, browser, path):
    with Visit(browser, gateway.url) as visit:
        page = visit.page
        page.goto(path)
        page.locator("#key").fill(keys[path])
        page.keyboard.press("Enter")
        page.locator("#updated:not(:empty)").wait_for()
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#enter")).to_be_visible()
        assert page.locator(".skeleton:not(:empty)").count() == 0 and page.locator("#log tr").count() == 0
        assert keys[path] not in page.content()


def test_a_page_tells_when_the_gateway_is_away_and_when_it_is_back(gateway, keys, browser):
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        for path in PAGES:
            come_back(visit, path, keys[path])
            visit.page.locator("#updated:not(:empty)").wait_for()
            for is_offline in [True, False]:
                visit.context.set_offline(is_offline)
                visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
                expect(visit.page.locator("#notice")).to_be_visible(visible=is_offline)


def test_what_a_page_loads_is_compressed_kept_and_not_sent_again(gateway):
    html, headers = (lambda answer: (answer[2], answer[1]))(call("GET", gateway.url + "/console"))
    assert headers["Cache-Control"] == "no-cache" and headers["Vary"] == "Accept-Encoding"
    paths = re.findall(r'"(assets/[^"]+)"', html)
    assert len(paths) > 20 and len({path.split("/")[1] for path in paths}) == 1
    for path in paths:
        request = urllib.request.Request(f"{gateway.url}/{path}", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            body, tag = answer.read(), answer.headers["ETag"]
            if answer.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
        assert body.decode() == call("GET", f"{gateway.url}/{path}")[2]
        assert call("GET", f"{gateway.url}/{path}", headers={"Accept-Encoding": "gzip", "If-None-Match": tag})[0] == 304
    # Files of another build are not there: they would be kept under the wrong name.
    assert call("GET", gateway.url + "/assets/0/" + "/".join(paths[0].split("/")[2:]))[0] == 404
