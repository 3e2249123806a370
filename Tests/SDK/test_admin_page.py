"""The operator's page in a real browser, against a live gateway."""

import re
import sqlite3

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect  # noqa: E402

from browser import Visit  # noqa: E402
from gateway import ADMIN_KEY, call, running_gateway  # noqa: E402


@pytest.fixture(scope="module")
def operated(tmp_path_factory, upstream_port):
    with running_gateway(tmp_path_factory.mktemp("operated"), upstream_port) as gateway:
        yield gateway


def enter(visit, key=ADMIN_KEY, view=""):
    visit.page.goto("/admin#/" + view)
    visit.page.get_by_label("Admin key").fill(key)
    visit.page.get_by_role("button", name="Sign in").click()


def ready(visit):
    visit.page.locator("#updated:not(:empty)").wait_for()


def test_an_account_is_opened_and_topped_up_in_two_clicks(operated, browser):
    with Visit(browser, operated.url) as visit:
        enter(visit)
        ready(visit)
        page = visit.page
        page.get_by_text("No accounts yet").wait_for()
        assert page.locator("#health").inner_text() == "Healthy"
        page.locator("#name").fill("Ada <b>& sons</b>")
        page.get_by_role("button", name="Create account").click()
        page.locator("#secret code").wait_for()
        secret = page.locator("#secret code").inner_text()
        assert operated.json("GET", "/balance", secret)["balance"] == "0.0000"
        page.get_by_role("button", name="Done").click()
        assert secret not in page.content()
        page.get_by_role("button", name="Top up: Ada <b>& sons</b>").click()
        page.get_by_label("Amount, USD").fill("12.5")
        page.get_by_label("Reference").fill("invoice 7")
        page.get_by_role("button", name="Add deposit").click()
        expect(page.locator("#accounts")).to_contain_text("$12.5000")
        expect(page.locator("#deposits")).to_contain_text("invoice 7")
        page.get_by_role("link", name="Audit log").click()
        expect(page.locator("#audit")).to_contain_text("Ada <b>& sons</b>POST /admin/accounts/")
        page.get_by_role("link", name="Accounts").click()
        assert operated.json("GET", "/balance", secret)["balance"] == "12.5000"
        # The same reference with another amount is refused, and the page says why.
        page.get_by_role("button", name="Top up: Ada <b>& sons</b>").click()
        page.get_by_label("Amount, USD").fill("13")
        page.get_by_label("Reference").fill("invoice 7")
        visit.allowed.append("Failed to load resource")
        page.get_by_role("button", name="Add deposit").click()
        expect(page.locator("#notice")).to_contain_text("with another amount")
        page.get_by_role("button", name="Cancel").click()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Rotate key: Ada <b>& sons</b>").click()
        expect(page.locator("#secret code")).to_have_text(re.compile("sk-tga-"))
        assert call("GET", operated.url + "/balance", secret)[0] == 401


def test_a_pending_deposit_is_completed_or_refused(operated, browser):
    id, account = operated.account(deposit=0, name="Pending & Co")
    for amount in [3, 7]:
        operated.json("POST", f"/admin/accounts/{id}/deposits", ADMIN_KEY, {"amount": amount, "status": "PENDING"})
    asked = []
    with Visit(browser, operated.url) as visit:
        enter(visit)
        ready(visit)
        visit.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
        visit.page.get_by_role("button", name="Complete: $3.00, Pending & Co").click()
        expect(visit.page.locator("#deposits tbody tr", has_text="$3.00")).to_contain_text("Completed")
        visit.page.get_by_role("button", name="Reject: $7.00, Pending & Co").click()
        expect(visit.page.locator("#deposits tbody tr", has_text="$7.00")).to_contain_text("Rejected")
        expect(visit.page.locator("#deposits").get_by_role("button")).to_have_count(0)
    assert asked == ["Complete the deposit of $3.00 to Pending & Co?", "Reject the deposit of $7.00 to Pending & Co? It can never be completed."]
    assert operated.json("GET", "/balance", account)["balance"] == "3.0000"


def test_the_system_is_watched(tmp_path, upstream_port, browser):
    with running_gateway(tmp_path, upstream_port) as gateway, Visit(browser, gateway.url) as visit:
        key = gateway.client_key(gateway.account(deposit=10)[1], budget=5)["key"]

        def ask(model):
            return call("POST", gateway.url + "/v1/chat/completions", key, {"model": model, "messages": [{"role": "user", "content": "Hello!"}]})[0]

        enter(visit, view="system")
        ready(visit)
        page = visit.page
        expect(page.locator("#upstreams tbody tr")).to_contain_text(["No requests yet", "No requests yet"])
        expect(page.locator("#proof")).to_have_text("Not verified since the gateway started.")
        expect(page.locator('[data-figure="writesP99"]')).to_have_text(re.compile(r"^[\d.,]+ ms$"))
        expect(page.locator('[data-figure="diskFree"]')).to_have_text(re.compile(r"^[\d.,]+ (MB|GB|TB)$"))
        assert ask("demo-chat@cost") == 200
        page.reload()
        ready(visit)
        expect(page.locator("#upstreams tbody tr").first).to_contain_text("Responding")
        expect(page.locator("#upstreams tbody tr").first).to_contain_text("$1,234.50")
        for _ in range(2):
            assert ask("demo-chat@status=500") == 500
        page.reload()
        ready(visit)
        expect(page.locator("#upstreams tbody tr").first).to_contain_text("4 consecutive failures status 500")
        expect(page.locator("#health")).to_have_text("An upstream is failing")
        page.get_by_role("button", name="Verify now").click()
        expect(page.locator("#proof")).to_contain_text("Consistent: ")
        expect(page.locator("#proof")).to_contain_text("3 rows in")
        visit.accessible()
        visit.screenshot("admin-system")
        with sqlite3.connect(tmp_path / "tollgate.sqlite") as database:
            database.execute("UPDATE keys SET row_count = 4 WHERE row_count = 3")
        database.close()
        page.get_by_role("button", name="Verify now").click()
        expect(page.locator("#proof")).to_contain_text("The ledger is not consistent")
        expect(page.locator("#breaks li").first).to_contain_text("row_count is 4")
        expect(page.locator("#health")).to_have_text("The ledger is not consistent")
        visit.accessible()
        visit.screenshot("admin-broken")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_it_is_readable_everywhere(operated, browser, theme, size):
    operated.account(deposit=5, name="Readable")
    with Visit(browser, operated.url, color_scheme=theme, viewport={"width": size[0], "height": size[1]}) as visit:
        enter(visit)
        ready(visit)
        page = visit.page
        page.get_by_role("button", name="Top up").first.click()
        for view in ["accounts", "system", "prices", "audit"]:
            page.locator(f".views a[href='#/{view}']").click()
            expect(page.locator("#page")).to_have_attribute("aria-busy", "false")
            expect(page.locator(".skeleton:visible:empty")).to_have_count(0)
            visit.accessible()
            visit.screenshot(f"admin-{view}-{theme}-{size[0]}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
        page.get_by_role("link", name="Prices").click()
        page.locator("#words").fill("demo-chat")
        expect(page.locator("#prices tbody tr")).to_have_count(1)
        page.get_by_role("button", name="Reload price file").click()
        expect(page.locator("#notice")).to_contain_text("has not changed")
        page.get_by_role("link", name="Accounts").click()
        page.get_by_role("button", name="Cancel").click()
        page.locator("#language").select_option("zh")
        expect(page.locator("#accountsTitle")).to_have_text("账户")
        expect(page.locator("#accounts thead")).to_contain_text("余额")


def test_other_keys_are_told(operated, browser):
    _, account = operated.account(deposit=0)
    with Visit(browser, operated.url, allowed=["Failed to load resource"]) as visit:
        enter(visit, account)
        visit.page.get_by_text("This is not the admin key.").wait_for()
        enter(visit, "wrong-wrong-wrong")
        visit.page.get_by_text("Unknown key.").wait_for()
        assert visit.page.locator("#page").is_hidden() and visit.page.evaluate("sessionStorage.length") == 0
