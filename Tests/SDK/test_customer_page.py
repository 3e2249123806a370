"""The customer's page in a real browser, against a live gateway."""

import csv
import json

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect  # noqa: E402

from browser import Visit  # noqa: E402
from gateway import call, running_gateway  # noqa: E402

HELLO = [{"role": "user", "content": "Hello!"}]
REFUSED = ["Failed to load resource"]


@pytest.fixture(scope="module")
def reseller(gateway):
    return gateway.account(deposit=1000)[1]


def used_key(gateway, reseller, requests=3, **fields):
    """A key that shows four times what it costs, and has been used."""
    made = gateway.client_key(reseller, budget=10, displayMultiplier=4, label="Ada's key", **fields)
    for number in range(requests):
        model = ["demo-chat", "demo-embedding"][number % 2]
        path, body = (("/v1/embeddings", {"input": "x"}) if "embedding" in model else
                      ("/v1/chat/completions", {"messages": HELLO}))
        assert call("POST", gateway.url + path, made["key"], {"model": model, **body})[0] == 200
    return made


def enter(visit, key):
    visit.page.goto("/")
    visit.page.get_by_label("Your API key").fill(key)
    visit.page.get_by_role("button", name="Sign in").click()


def ready(visit):
    visit.page.locator("#updated:not(:empty)").wait_for()


def show(page, view):
    page.locator(f".views a[href='#/{view}']").click()
    expect(page.locator("#page")).to_have_attribute("aria-busy", "false")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (375, 812)])
def test_everything_that_a_customer_looks_for(gateway, reseller, browser, theme, size):
    made = used_key(gateway, reseller, spendLimit=5, spendLimitPeriod="day", dailyLimit=100, tokensPerMinute=50000,
                    expiresAt="2099-01-01T00:00:00Z", allowedModels=["demo-*"])
    seen = gateway.json("GET", "/sub-key/balance", made["key"])
    with Visit(browser, gateway.url, color_scheme=theme, viewport={"width": size[0], "height": size[1]}) as visit:
        enter(visit, made["key"])
        ready(visit)
        page = visit.page
        assert page.locator("#label").inner_text() == "Ada's key" and page.locator("#state").inner_text() == "Active"
        assert page.locator("#remaining").inner_text() == f"${seen['remaining']:.4f}"
        assert page.locator("#budget").inner_text() == "$40.00"
        assert page.locator("#held").inner_text() == "$0.00"
        limits = page.locator("#limits").inner_text()
        for text in ["Requests per minute", "Concurrent requests", "Requests per day", "Tokens per minute", "Spend limit per day", "Expires",
                     "demo-*", "of $20.00", "3 of 100"]:
            assert text in limits
        assert "3 requests" in page.locator("#windows").inner_text()
        assert "demo-chat" in page.locator("#models").inner_text() and page.locator("#days rect.bar").count() == 30
        # What remains is seen first, on a phone too.
        assert page.locator("#remaining").bounding_box()["y"] < 300
        for view in ["overview", "requests", "use"]:
            show(page, view)
            if view == "requests":
                expect(page.locator("#log > tr")).to_have_count(3)
                page.locator("#log button").first.click()
                assert "req_" in page.locator("td.more").inner_text()
            expect(page.locator(".skeleton:visible:empty")).to_have_count(0)
            visit.accessible()
            visit.screenshot(f"customer-{view}-{theme}-{size[0]}")
            wide = page.evaluate("""[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth
                && !one.closest('.scroll, pre')).map((one) => one.outerHTML.slice(0, 80))""")
            assert wide == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert made["key"] not in page.url and made["key"] not in page.content()
        assert page.evaluate("Object.values(localStorage).join()").find("sk-tg") == -1


def test_nothing_that_reaches_the_page_tells_cost_or_multiplier(gateway, reseller, browser):
    made = used_key(gateway, reseller)
    costs = {row["cost_usdc"] for row in gateway.json("GET", f"/usage-logs?subKeyId={made['id']}", reseller)["data"]}
    spent = next(key["spentVirtual"] for key in gateway.json("GET", "/sub-keys", reseller)["subKeys"] if key["id"] == made["id"])
    bodies = []
    with Visit(browser, gateway.url) as visit:
        visit.page.on("response", lambda response: bodies.append(response))
        enter(visit, made["key"])
        ready(visit)
        show(visit.page, "requests")
        texts = [response.text() for response in bodies if "/sub-key/" in response.url]
    assert len(texts) >= 4
    for text in texts:
        assert "ultiplier" not in text and "markup" not in text
        numbers = set()
        json.loads(text, parse_float=lambda digits: numbers.add(float(digits)) or float(digits))
        assert not numbers & (costs | {spent})


def test_a_link_carries_the_key_once(gateway, reseller, browser):
    made = used_key(gateway, reseller, requests=1)
    with Visit(browser, gateway.url) as visit:
        visit.page.goto("/#key=" + made["key"])
        ready(visit)
        assert visit.page.url == gateway.url + "/"
        assert all(made["key"] not in request.url for request in visit.requests)
        visit.page.reload()
        ready(visit)
        visit.page.get_by_role("button", name="Sign out").click()
        visit.page.get_by_label("Your API key").wait_for()
        assert visit.page.evaluate("sessionStorage.length") == 0
        assert visit.page.locator("#page").is_hidden()


def test_the_log_is_filtered_continued_and_saved(gateway, reseller, browser):
    made = used_key(gateway, reseller, requests=45)
    with Visit(browser, gateway.url, accept_downloads=True) as visit:
        enter(visit, made["key"])
        ready(visit)
        page = visit.page
        show(page, "requests")
        expect(page.locator("#log > tr")).to_have_count(20)
        page.get_by_role("button", name="Show older requests").click()
        expect(page.locator("#log > tr")).to_have_count(40)
        page.get_by_role("button", name="Show older requests").click()
        expect(page.locator("#log > tr")).to_have_count(45)
        assert page.locator("#more").is_hidden()
        page.locator("#model").select_option("demo-embedding")
        expect(page.locator("#log > tr", has_text="demo-chat")).to_have_count(0)
        expect(page.locator("#log > tr", has_text="demo-embedding")).to_have_count(20)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Download CSV").click()
        lines = list(csv.DictReader(open(saved.value.path())))
        assert len(lines) == 22 and {line["model"] for line in lines} == {"demo-embedding"}
        page.locator("#from").fill("2099-01-01")
        page.get_by_text("No matching requests.").wait_for()
        page.get_by_role("button", name="Clear filters").click()
        expect(page.locator("#log > tr")).to_have_count(20)


def test_try_it_streams_a_real_completion(gateway, reseller, browser):
    made = used_key(gateway, reseller, requests=0)
    with Visit(browser, gateway.url) as visit:
        enter(visit, made["key"])
        ready(visit)
        page = visit.page
        visit.screenshot("customer-empty")
        show(page, "requests")
        page.get_by_text("No requests yet").wait_for()
        show(page, "use")
        page.locator("#tryModel").select_option("demo-chat")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#send")).to_be_enabled()
        assert len(page.locator("#answer").inner_text()) > 10
        show(page, "requests")
        expect(page.locator("#log > tr")).to_have_count(1)
        assert gateway.json("GET", "/sub-key/balance", made["key"])["usage"]["total"]["requests"] == 1


def test_a_link_to_another_key_is_followed_in_the_same_tab(gateway, reseller, browser):
    first, second = (gateway.client_key(reseller, label=label) for label in ["First", "Second"])
    with Visit(browser, gateway.url) as visit:
        page = visit.page
        page.goto("/#key=" + first["key"])
        expect(page.locator("#label")).to_have_text("First")
        page.evaluate("(key) => { location.hash = 'key=' + key; }", second["key"])
        expect(page.locator("#label")).to_have_text("Second")
        assert page.url == gateway.url + "/"
        # What is not escaped rightly is no key, and told like one.
        visit.allowed += REFUSED
        page.goto("/#key=%E0%A4%A")
        page.get_by_text("Unknown or deleted key").wait_for()
        assert page.url == gateway.url + "/"


def test_a_reached_limit_says_when_it_opens_again(gateway, browser):
    _, account = gateway.account(deposit=100)
    for period, opens in [("day", "2099-07-02T00:00:00.000Z"), ("week", "2099-07-06T00:00:00.000Z"), ("month", "2099-08-01T00:00:00.000Z")]:
        key = gateway.client_key(account, budget=5, spendLimit=0.01, spendLimitPeriod=period)["key"]
        call("POST", gateway.url + "/v1/chat/completions", key, {"model": "demo-chat@usage=1000000", "messages": HELLO})
        with Visit(browser, gateway.url) as visit:
            # A Wednesday.
            visit.page.clock.set_fixed_time("2099-07-01T12:00:00Z")
            visit.page.goto("/#key=" + key)
            expect(visit.page.locator("#state")).to_have_text("Limit reached")
            expect(visit.page.locator("#advice")).to_contain_text("Requests are rejected until")
            assert visit.page.locator("#advice time").get_attribute("datetime") == opens


def test_an_expired_key_is_told_so(gateway, reseller, browser):
    key = gateway.client_key(reseller, expiresAt="2098-01-01T00:00:00Z")["key"]
    with Visit(browser, gateway.url) as visit:
        visit.page.clock.set_fixed_time("2099-01-01T00:00:00Z")
        visit.page.goto("/#key=" + key)
        expect(visit.page.locator("#state")).to_have_text("Expired")
        expect(visit.page.locator("#advice")).to_contain_text("This key has expired. Requests are rejected.")


def test_many_models_do_not_fill_the_page(gateway, reseller, browser):
    key = gateway.client_key(reseller)["key"]
    for number in range(11):
        body = {"model": f"demo-chat@usage={1000 * (number + 1)}", "messages": HELLO}
        assert call("POST", gateway.url + "/v1/chat/completions", key, body)[0] == 200
    with Visit(browser, gateway.url) as visit:
        visit.page.goto("/#key=" + key)
        names = visit.page.locator("#models .name > span:first-child")
        expect(names).to_have_text([f"demo-chat@usage={1000 * number}" for number in range(11, 3, -1)] + ["3 other models"])
        expect(visit.page.locator("#models .name").last).to_contain_text("6K out")


def test_charts_keep_their_words_readable(gateway, reseller, browser):
    key = used_key(gateway, reseller, requests=1)["key"]
    with Visit(browser, gateway.url) as visit:
        visit.page.goto("/#key=" + key)
        ready(visit)
        for width in [1280, 390, 800]:
            visit.page.set_viewport_size({"width": width, "height": 900})
            chart = visit.page.locator("#days svg")
            room = visit.page.locator("#days").bounding_box()["width"]
            expect(chart).to_have_attribute("viewBox", f"0 0 {round(room)} 192")
            boxes = [name.bounding_box() for name in visit.page.locator("#days svg text").all()]
            assert all(9 < box["height"] < 20 for box in boxes)
            left, right = visit.page.locator("#days").bounding_box()["x"], visit.page.locator("#days").bounding_box()["x"] + room
            assert all(box["x"] >= left - 1 and box["x"] + box["width"] <= right + 1 for box in boxes)


@pytest.mark.parametrize("fields, change, state, advice", [
    ({"budget": 0.01}, {}, "Used up", "used up"), ({}, {"isEnabled": False}, "Disabled", "disabled"),
])
def test_friendly_states(gateway, browser, fields, change, state, advice):
    _, account = gateway.account(deposit=100)
    gateway.json("PUT", "/brand", account, {"name": "Ada's AI", "contact": "mailto:help@example.com", "topUp": "https://example.com/pay",
                                             "colour": "#c2185b"})
    made = gateway.client_key(account, **{"budget": 5, **fields})
    if "budget" in fields:
        # An upstream that reports far more than was asked for takes what is left.
        call("POST", gateway.url + "/v1/chat/completions", made["key"], {"model": "demo-chat@usage=1000000", "messages": HELLO})
        assert gateway.json("GET", "/sub-key/balance", made["key"])["remaining"] == 0
    if change:
        gateway.json("PUT", f"/sub-keys/{made['id']}", account, change)
    with Visit(browser, gateway.url, allowed=REFUSED) as visit:
        enter(visit, made["key"])
        ready(visit)
        page = visit.page
        assert page.locator("#state").inner_text() == state and advice in page.locator("#advice").inner_text()
        assert page.get_by_role("link", name="Contact your provider").get_attribute("href") == "mailto:help@example.com"
        assert page.locator("#brand").inner_text() == "Ada's AI" and "Ada's AI" in page.title()
        visit.accessible()
        visit.screenshot("customer-" + state.lower().replace(" ", "-"))


def test_wrong_keys_and_no_gateway(gateway, reseller, browser):
    with Visit(browser, gateway.url, allowed=REFUSED) as visit:
        enter(visit, "sk-tg-unknown")
        visit.page.get_by_text("Unknown or deleted key").wait_for()
        visit.accessible()
        visit.screenshot("customer-wrong-key")
        enter(visit, reseller)
        visit.page.get_by_text("This is not a client key.").wait_for()
        made = used_key(gateway, reseller, requests=1)
        enter(visit, made["key"])
        ready(visit)
        visit.context.set_offline(True)
        visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        visit.page.get_by_text("The gateway cannot be reached").wait_for()
        assert visit.page.locator("#page").is_visible()


def test_chinese_by_the_browser_by_the_reseller_and_by_choice(gateway, browser):
    _, account = gateway.account(deposit=10)
    key = gateway.client_key(account, budget=5)["key"]
    with Visit(browser, gateway.url, locale="zh-CN") as visit:
        visit.page.goto("/#key=" + key)
        ready(visit)
        assert visit.page.locator("#state").inner_text() == "有效"
        assert visit.page.locator("html").get_attribute("lang") == "zh-CN"
        for view in ["overview", "requests", "use"]:
            show(visit.page, view)
            visit.accessible()
            visit.screenshot(f"customer-{view}-chinese")
        visit.page.locator("#language").select_option("en")
        assert visit.page.locator("#state").inner_text() == "Active"
    gateway.json("PUT", "/brand", account, {"language": "zh"})
    with Visit(browser, gateway.url) as visit:
        visit.page.goto("/#key=" + key)
        ready(visit)
        assert visit.page.locator("#limitsTitle").inner_text() == "限制"


def test_the_keyboard_is_enough(gateway, reseller, browser):
    made = used_key(gateway, reseller, requests=1)
    with Visit(browser, gateway.url) as visit:
        page = visit.page
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("#key").focus()
        page.keyboard.type(made["key"])
        page.keyboard.press("Enter")
        ready(visit)
        page.locator(".views a[href='#/requests']").focus()
        page.keyboard.press("Enter")
        page.locator("#log button").first.focus()
        page.keyboard.press("Enter")
        page.locator("td.more").wait_for()
        page.locator(".views a[href='#/use']").focus()
        page.keyboard.press("Enter")
        page.locator("#tab0").focus()
        page.keyboard.press("ArrowRight")
        assert "OpenAI(" in page.locator("#code").inner_text()


def test_the_first_view_is_small_and_stays_here(gateway, reseller, browser):
    made = used_key(gateway, reseller)
    with Visit(browser, gateway.url) as visit:
        size = []
        visit.page.on("response", lambda response: size.append(len(response.body())))
        enter(visit, made["key"])
        ready(visit)
        assert sum(size) < 100 * 1024 and all(request.url.startswith(gateway.url) for request in visit.requests)
        assert visit.page.evaluate("performance.getEntriesByType('resource').length") <= 30


def test_the_description_is_readable(gateway, browser):
    for theme in ["light", "dark"]:
        with Visit(browser, gateway.url, color_scheme=theme) as visit:
            visit.page.goto("/docs")
            visit.page.get_by_role("link", name="POST /sub-keys", exact=True).click()
            assert visit.page.locator("#createSubKey").is_visible()
            visit.accessible()
            visit.screenshot(f"docs-{theme}")


def test_a_code_is_redeemed(gateway, browser):
    _, account = gateway.account(deposit=100)
    made = gateway.client_key(account, budget=0.0001)
    key = made["key"]
    # The next request does not fit what is left: the page says that all is used up.
    gateway.json("PUT", f"/sub-keys/{made['id']}", account, {"reduceBudgetVirtual": 0.0001})
    [code, other] = [one["code"] for one in gateway.json("POST", "/vouchers", account, {"budgetVirtual": 6, "clientBudget": 10, "count": 2})["vouchers"]]
    with Visit(browser, gateway.url, allowed=["404", "409"]) as visit:
        page = visit.page
        page.goto("/#key=" + key)
        expect(page.locator("#state")).to_have_text("Used up")
        field = page.get_by_label("Voucher code")
        field.fill("7KQ4-M2ZD-9HXR-C0TB")
        page.get_by_role("button", name="Redeem").click()
        expect(page.locator("#redeemed")).to_have_text("Unknown code. Check it and try again.")
        expect(field).to_have_value("7KQ4-M2ZD-9HXR-C0TB")
        expect(field).to_have_attribute("aria-invalid", "true")
        visit.accessible()
        visit.screenshot("customer-code-refused")
        field.fill(code.lower().replace("-", " "))
        field.press("Enter")
        expect(page.locator("#redeemed")).to_have_text("$10.00 was added to your budget.")
        expect(page.locator("#remaining")).to_have_text("$10.00")
        expect(page.locator("#state")).to_have_text("Active")
        expect(field).to_have_value("")
        visit.screenshot("customer-redeemed")
        page.locator("#language").select_option("zh")
        page.get_by_label("兑换码").fill(code)
        page.get_by_role("button", name="兑换").click()
        expect(page.locator("#redeemed")).to_have_text("您已经兑换过此兑换码。")
        page.reload()
        page.locator("#updated:not(:empty)").wait_for()
        text = page.content()
        assert code not in text and "budgetVirtual" not in text
    assert gateway.json("GET", "/sub-key/balance", key)["budget"] == 10
    # A key that draws on the account has no budget to add to.
    drawing = gateway.json("POST", "/sub-keys", account, {"budgetVirtual": None})["key"]
    with Visit(browser, gateway.url) as visit:
        visit.page.goto("/#key=" + drawing)
        visit.page.locator("#updated:not(:empty)").wait_for()
        expect(visit.page.locator("#redeem")).to_be_hidden()


def test_who_guesses_codes_is_told_to_wait(tmp_path, upstream_port, browser):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_ACCOUNT_LIMITS_REDEEM="1/2") as gateway:
        key = gateway.client_key(gateway.account(deposit=10)[1], budget=1)["key"]
        with Visit(browser, gateway.url, allowed=["404", "429"]) as visit:
            page = visit.page
            page.goto("/#key=" + key)
            for words in ["Unknown code", "Try again in"]:
                page.get_by_label("Voucher code").fill("0000-0000-0000-0000")
                page.get_by_role("button", name="Redeem").click()
                expect(page.locator("#redeemed")).to_contain_text(words)


def test_views_are_linked_to_and_read_only_what_they_show(gateway, reseller, browser):
    made = used_key(gateway, reseller, requests=1)
    asked = lambda requests: {request.url.removeprefix(gateway.url).split("?")[0] for request in requests if request.resource_type == "fetch"}
    with Visit(browser, gateway.url) as visit:
        page = visit.page
        page.goto("/#key=" + made["key"])
        ready(visit)
        assert asked(visit.requests) == {"/sub-key/balance", "/sub-key/brand", "/sub-key/usage"}
        expect(page.locator("#brand")).to_have_text("API balance")
        before = len(visit.requests)
        show(page, "use")
        assert page.url == gateway.url + "/#/use" and "/v1/models" in asked(visit.requests[before:])
        assert "/sub-key/usage-logs" not in asked(visit.requests)
        page.goto("/#/requests")
        expect(page.locator(".views [aria-current=page]")).to_have_text("Requests")
        expect(page.locator("#log > tr")).to_have_count(1)
        page.go_back()
        expect(page.locator("#code")).to_contain_text("curl")
