"""The reseller's page in a real browser, against a live gateway."""

import base64
import csv

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect  # noqa: E402

from browser import Visit  # noqa: E402
from gateway import call  # noqa: E402

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


@pytest.fixture()
def account(gateway):
    return gateway.account(deposit=1000)[1]


def enter(visit, key):
    visit.page.goto("/console")
    visit.page.get_by_label("Account key").fill(key)
    visit.page.get_by_role("button", name="Show").click()
    visit.page.locator("#updated:not(:empty)").wait_for()


def test_a_key_is_made_sold_and_followed(gateway, account, browser):
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        page.get_by_text("No keys yet").wait_for()
        page.locator("#newLabel").fill("Ada")
        page.locator("#clientBudget").fill("100")
        page.locator("#budgetVirtual").fill("60")
        expect(page.locator("#preview")).to_contain_text("1.6667 times your cost: $40.00 profit")
        expect(page.locator("#preview")).to_contain_text("40%")
        page.get_by_role("button", name="Make them").click()
        expect(page.locator("#letter")).to_contain_text("Budget: $100.00")
        made = gateway.json("GET", "/sub-keys", account)["subKeys"][0]
        assert made["key"] in page.locator("#letter").inner_text() and f"#key={made['key']}" in page.locator("#letter").inner_text()
        assert (made["budgetVirtual"], made["clientBudget"], made["label"]) == (60, 100, "Ada")
        assert call("POST", gateway.url + "/v1/chat/completions", made["key"], HELLO)[0] == 200
        page.get_by_role("button", name="Done", exact=True).first.click()
        page.reload()
        page.locator("#updated:not(:empty)").wait_for()
        earned = page.locator("#earned").inner_text()
        assert "40%" in earned and "Ada" in page.locator("#keys").inner_text()
        expect(page.locator("#log")).to_contain_text("demo-chat")


def test_a_key_is_edited_topped_up_reduced_disabled_renewed_and_deleted(gateway, account, browser):
    made = gateway.client_key(account, budget=10, clientBudget=25, label="Bob")
    read = lambda: next(iter(gateway.json("GET", "/sub-keys", account)["subKeys"]), None)
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        page.on("dialog", lambda dialog: dialog.accept())

        def edit(name="Bob"):
            page.get_by_role("button", name=f"Edit: {name}").click()
            page.locator("#edit[open]").wait_for()
            return page.locator("#edit")

        dialog = edit()
        assert "The client sees $25.00 for your $10.00: 2.5 times." in dialog.inner_text()
        visit.accessible()
        visit.screenshot("console-edit")
        dialog.get_by_label("Label").fill("Bob & Co")
        dialog.get_by_label("Team").fill("blue")
        dialog.get_by_role("button", name="Save").click()
        page.locator("#edit").wait_for(state="hidden")
        assert (read()["label"], read()["team"]) == ("Bob & Co", "blue")
        for button, expected in [("Top up", 14), ("Reduce", 10)]:
            dialog = edit("Bob & Co")
            dialog.get_by_label("Your cost in USD").fill("4")
            expect(dialog).to_contain_text("The client sees $10.00 of it.")
            dialog.get_by_role("button", name=button).click()
            page.locator("#edit").wait_for(state="hidden")
            assert read()["budgetVirtual"] == expected
        edit("Bob & Co").get_by_role("button", name="Disable").click()
        page.locator("#edit").wait_for(state="hidden")
        assert read()["isEnabled"] is False
        edit("Bob & Co").get_by_role("button", name="New secret").click()
        expect(page.locator("#letter")).to_contain_text("sk-tg-")
        assert read()["key"] != made["key"] and call("GET", gateway.url + "/sub-key/balance", made["key"])[0] == 401
        edit("Bob & Co").get_by_role("button", name="Delete").click()
        page.get_by_text("No keys yet").wait_for()
        assert read() is None and gateway.json("GET", "/balance", account)["available"] == "1000.0000"


def test_many_keys_are_made_at_once_and_saved(gateway, account, browser):
    with Visit(browser, gateway.url, accept_downloads=True) as visit:
        enter(visit, account)
        page = visit.page
        page.locator("#newLabel").fill("=Batch")
        page.locator("#clientBudget").fill("2")
        page.locator("#budgetVirtual").fill("1")
        page.locator("#howMany").fill("60")
        page.get_by_role("button", name="Make them").click()
        expect(page.locator("#found")).to_have_text("60 of 60")
        with page.expect_download() as saved:
            page.locator("#csv").click()
        lines = list(csv.DictReader(open(saved.value.path())))
        assert len(lines) == 60 and lines[0]["label"] == "'=Batch 1"
        assert {line["key"] for line in lines} == {key["key"] for key in gateway.json("GET", "/sub-keys", account)["subKeys"]}
        expect(page.locator("#keys tbody tr")).to_have_count(50)
        page.get_by_role("button", name="Show more keys").click()
        expect(page.locator("#keys tbody tr")).to_have_count(60)
        page.locator("#words").fill("batch 1")
        expect(page.locator("#found")).to_have_text("11 of 60")
        page.locator("#stateFilter").select_option("disabled")
        page.get_by_text("No key matches.").wait_for()


def test_keys_are_sorted_and_filtered_by_tag(gateway, account, browser):
    for label, budget, team in [("c", 1, "red"), ("a", 3, "blue"), ("b", 2, "red")]:
        gateway.client_key(account, budget=budget, label=label, team=team)
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        names = lambda: [cell.split("red")[0].split("blue")[0].strip() for cell in page.locator("#keys tbody td:first-child").all_inner_texts()]
        page.locator("#sort-name").click()
        assert names() == ["c", "b", "a"]
        page.locator("#sort-name").click()
        assert names() == ["a", "b", "c"] and page.locator("th[aria-sort=ascending]").count() == 1
        page.locator("#sort-clientLeft").click()
        assert names() == ["a", "b", "c"]
        page.locator("#tagFilter").select_option("red")
        assert names() == ["b", "c"]


def used(gateway, account, requests, path="/v1/chat/completions", body=HELLO, **fields):
    """A client key that has been used."""
    made = gateway.client_key(account, budget=5, **fields)
    for _ in range(requests):
        assert call("POST", gateway.url + path, made["key"], body)[0] == 200
    return made


def test_the_log_is_filtered_continued_opened_and_saved(gateway, account, browser):
    ada = used(gateway, account, 45, label="Ada")
    bob = used(gateway, account, 2, "/v1/embeddings", {"model": "demo-embedding", "input": "x"}, label="Bob")
    assert call("POST", gateway.url + "/v1/chat/completions", account, HELLO)[0] == 200
    with Visit(browser, gateway.url, accept_downloads=True) as visit:
        enter(visit, account)
        page = visit.page
        rows = page.locator("#log > tr")
        expect(rows).to_have_count(20)
        for count in [40, 48]:
            page.get_by_role("button", name="Show older requests").click()
            expect(rows).to_have_count(count)
        expect(page.locator("#logMore")).to_be_hidden()
        filters = page.locator("#logFilters")
        filters.get_by_label("Key").select_option("Bob")
        expect(rows).to_have_count(2)
        newest = gateway.json("GET", f"/usage-logs?subKeyId={bob['id']}", account)["data"][0]
        rows.first.get_by_role("button", name="Details").click()
        details = page.locator("td.more").inner_text()
        assert newest["request_id"] in details and "Upstream asked\n1" in details and "reported by the upstream" in details
        assert float(rows.first.locator(".number").last.inner_text().removeprefix("$")) == pytest.approx(newest["cost_usdc"], abs=5e-7)
        filters.get_by_label("Key").select_option("Account key")
        expect(rows).to_have_count(1)
        filters.get_by_label("Key").select_option("Ada")
        expect(rows).to_have_count(20)
        with page.expect_download() as saved:
            page.locator("#logCSV").click()
        lines = list(csv.DictReader(open(saved.value.path())))
        logged = gateway.json("GET", f"/usage-logs?subKeyId={ada['id']}&limit=100", account)["data"]
        assert [line["request_id"] for line in lines] == [row["request_id"] for row in logged] and len(lines) == 45
        filters.get_by_label("Model").select_option("demo-embedding")
        page.get_by_text("No request matches.").wait_for()
        page.get_by_role("button", name="Clear").click()
        expect(rows).to_have_count(20)
        filters.get_by_label("Model").select_option("demo-embedding")
        expect(rows).to_have_count(2)
        filters.get_by_label("From").fill("2099-01-01")
        page.get_by_text("No request matches.").wait_for()
        filters.get_by_label("From").fill("")
        expect(rows).to_have_count(2)
        filters.get_by_label("To").fill("2020-01-01")
        page.get_by_text("No request matches.").wait_for()


def test_the_log_goes_on_when_the_chosen_key_is_deleted(gateway, account, browser):
    used(gateway, account, 1, label="Ada")
    bob = used(gateway, account, 1, label="Bob")
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        enter(visit, account)
        page = visit.page
        page.locator("#logFilters").get_by_label("Key").select_option("Bob")
        expect(page.locator("#log > tr")).to_have_count(1)
        gateway.json("DELETE", f"/sub-keys/{bob['id']}", account)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator("#log > tr")).to_have_count(2)
        expect(page.locator("#logFilters").get_by_label("Key")).to_have_value("")
        expect(page.locator("#notice")).to_be_hidden()


def test_an_answer_for_filters_of_before_is_not_shown(gateway, account, browser):
    ada, bob = used(gateway, account, 1, label="Ada"), used(gateway, account, 2, label="Bob")
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        late = []
        page.route(f"**/usage-logs?subKeyId={ada['id']}*", lambda route: late.append(route))
        filter = page.locator("#logFilters").get_by_label("Key")
        with page.expect_request(f"**/usage-logs?subKeyId={ada['id']}*"):
            filter.select_option("Ada")
        filter.select_option("Bob")
        expect(page.locator("#log > tr")).to_have_count(2)
        with page.expect_response(f"**/usage-logs?subKeyId={ada['id']}*") as answered:
            late[0].continue_()
        answered.value.finished()
        # Another call's answer comes after it: by then it would have been drawn.
        page.evaluate("fetch('/healthz').then((answer) => answer.text())")
        assert page.locator("#log > tr").count() == 2


def test_the_look_is_what_customers_see(gateway, account, browser, tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(PIXEL)
    made = gateway.client_key(account, budget=1)
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        page.locator("#brandName").fill("Ada's AI")
        page.locator("#logoFile").set_input_files(picture)
        page.locator("#logo").wait_for()
        page.locator("#contact").fill("mailto:help@example.com")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#notice")).to_have_text("Saved.")
        page.goto("/#key=" + made["key"])
        expect(page.locator("#brand")).to_have_text("Ada's AI")
        assert page.locator("#logo").get_attribute("src").startswith("data:image/png;base64,")


def test_management_keys(gateway, account, browser):
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        page.locator("#managementLabel").fill("CI")
        page.get_by_role("button", name="Make one").click()
        page.locator("#secret code").wait_for()
        secret = page.locator("#secret code").inner_text()
        assert gateway.json("GET", "/v1/account/balance", secret) == {"balance": 1000}
        page.get_by_role("button", name="Delete: CI").click()
        expect(page.get_by_role("button", name="Delete: CI")).to_have_count(0)
        assert call("GET", gateway.url + "/v1/account/balance", secret)[0] == 401


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_it_is_readable_everywhere(gateway, account, browser, theme, size):
    for number in range(4):
        made = gateway.client_key(account, budget=5, clientBudget=20, label=f"Customer {number}", team="blue")
        call("POST", gateway.url + "/v1/chat/completions", made["key"], HELLO)
    with Visit(browser, gateway.url, color_scheme=theme, viewport={"width": size[0], "height": size[1]}) as visit:
        enter(visit, account)
        visit.accessible()
        visit.screenshot(f"console-{theme}-{size[0]}")
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        visit.page.locator("#language").select_option("zh")
        expect(visit.page.locator("#keysTitle")).to_have_text("密钥")
        visit.accessible()


def test_a_thousand_keys_stay_smooth(gateway, browser):
    _, account = gateway.account(deposit=1000)
    for number in range(1000):
        gateway.client_key(account, budget=0.5, label=f"Customer {number}")
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        expect(visit.page.locator("#found")).to_have_text("1,000 of 1,000")
        expect(visit.page.locator("#keys tbody tr")).to_have_count(50)
        visit.page.locator("#words").fill("customer 99")
        expect(visit.page.locator("#found")).to_have_text("11 of 1,000")


def test_other_keys_are_told(gateway, account, browser):
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        visit.page.goto("/console")
        visit.page.get_by_label("Account key").fill(gateway.client_key(account)["key"])
        visit.page.get_by_role("button", name="Show").click()
        visit.page.get_by_text("This is not an account key.").wait_for()
        assert visit.page.locator("#page").is_hidden()
