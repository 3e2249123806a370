"""The reseller's page in a real browser, against a live gateway."""

import base64
import csv
import re
import time

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect  # noqa: E402

from browser import Visit  # noqa: E402
from gateway import ADMIN_KEY, call  # noqa: E402

HELLO = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


@pytest.fixture()
def account(gateway):
    return gateway.account(deposit=1000)[1]


def enter(visit, key, view="keys"):
    visit.page.goto("/console#/" + view)
    visit.page.get_by_label("Account key").fill(key)
    visit.page.get_by_role("button", name="Sign in").click()
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
        page.get_by_role("button", name="Create keys").click()
        expect(page.locator("#letter")).to_contain_text("Budget: $100.00")
        made = gateway.json("GET", "/sub-keys", account)["subKeys"][0]
        assert made["key"] in page.locator("#letter").inner_text() and f"#key={made['key']}" in page.locator("#letter").inner_text()
        assert (made["budgetVirtual"], made["clientBudget"], made["label"]) == (60, 100, "Ada")
        assert call("POST", gateway.url + "/v1/chat/completions", made["key"], HELLO)[0] == 200
        page.get_by_role("button", name="Done", exact=True).first.click()
        page.reload()
        expect(page.locator("#keys")).to_contain_text("Ada")
        show(page, "Overview")
        expect(page.locator("#earned")).to_contain_text("40%")
        show(page, "Requests")
        expect(page.locator("#log > tr")).to_contain_text(["Adademo-chat"])


def show(page, view):
    page.get_by_role("navigation").get_by_role("link", name=view).click()


def edit(page, name):
    page.get_by_role("button", name=f"Edit: {name}").click()
    page.locator("#edit[open]").wait_for()
    return page.locator("#edit")


def test_a_key_is_edited_topped_up_reduced_disabled_renewed_and_deleted(gateway, account, browser):
    made = gateway.client_key(account, budget=10, clientBudget=25, label="Bob")
    read = lambda: next(iter(gateway.json("GET", "/sub-keys", account)["subKeys"]), None)
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        page.on("dialog", lambda dialog: dialog.accept())
        dialog = edit(page, "Bob")
        assert "Client's budget $25.00, your cost $10.00: 2.5 times." in dialog.inner_text()
        visit.accessible()
        visit.screenshot("console-edit")
        dialog.get_by_label("Label").fill("Bob & Co")
        dialog.get_by_label("Team").fill("blue")
        dialog.get_by_role("button", name="Save").click()
        page.locator("#edit").wait_for(state="hidden")
        assert (read()["label"], read()["team"]) == ("Bob & Co", "blue")
        for button, expected in [("Top up", 14), ("Reduce", 10)]:
            dialog = edit(page, "Bob & Co")
            dialog.get_by_label("Your cost, USD").fill("4")
            expect(dialog).to_contain_text("The client's budget changes by $10.00.")
            dialog.get_by_role("button", name=button).click()
            page.locator("#edit").wait_for(state="hidden")
            assert read()["budgetVirtual"] == expected
        edit(page, "Bob & Co").get_by_role("button", name="Disable").click()
        page.locator("#edit").wait_for(state="hidden")
        assert read()["isEnabled"] is False
        edit(page, "Bob & Co").get_by_role("button", name="Rotate secret").click()
        expect(page.locator("#letter")).to_contain_text("sk-tg-")
        assert read()["key"] != made["key"] and call("GET", gateway.url + "/sub-key/balance", made["key"])[0] == 401
        edit(page, "Bob & Co").get_by_role("button", name="Delete").click()
        page.get_by_text("No keys yet").wait_for()
        assert read() is None and gateway.json("GET", "/balance", account)["available"] == "1000.0000"


RULES = {
    "label": ("Label", "Bob & Co"), "expiresAt": ("Expires", "2099-01-02T03:04"), "team": ("Team", "blue"),
    "spendLimit": ("Spend limit, USD", "2.5"), "spendLimitPeriod": ("Resets", "week"),
    "rpmLimit": ("Requests per minute", "77"), "concurrentLimit": ("Concurrent requests", "7"),
    "dailyLimit": ("Requests per day", "1000"), "tokensPerMinute": ("Tokens per minute", "50000"),
    "creditLimit": ("Credit limit, USD", "9.99"), "onShortage": ("If the budget is too low", "refuse"),
    "environment": ("Environment", "production"), "project": ("Project", "search"),
    "allowedModels": ("Models", "demo-*\ndemo-chat"), "allowedIps": ("IP addresses", "127.0.0.1, 10.0.0.0/8"),
    "notes": ("Notes", "First line\nSecond line"),
}
SAVED = {
    **{name: text for name, (_, text) in RULES.items()}, "expiresAt": "2099-01-02T02:04:00.000Z", "spendLimit": 2.5, "rpmLimit": 77,
    "concurrentLimit": 7, "dailyLimit": 1000, "tokensPerMinute": 50000, "creditLimit": 9.99, "allowedModels": ["demo-*", "demo-chat"],
    "allowedIps": ["127.0.0.1", "10.0.0.0/8"],
}
KEPT = ["label", "rpmLimit", "concurrentLimit", "onShortage"]


def fill(dialog, name, text):
    field = dialog.get_by_label(RULES[name][0])
    field.select_option(text) if field.evaluate("(one) => one.tagName") == "SELECT" else field.fill(text)


def test_every_rule_of_a_key_is_set_kept_and_taken_away(gateway, account, browser):
    gateway.client_key(account, budget=10, label="Bob")
    read = lambda: gateway.json("GET", "/sub-keys", account)["subKeys"][0]
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page

        def save(dialog):
            with page.expect_request(lambda request: request.method == "PUT") as sent:
                dialog.get_by_role("button", name="Save").click()
            page.locator("#edit").wait_for(state="hidden")
            return sent.value.post_data_json

        dialog = edit(page, "Bob")
        dialog.get_by_text("More limits").click()
        for name, (_, text) in RULES.items():
            fill(dialog, name, text)
        visit.accessible()
        assert set(save(dialog)) == set(RULES)
        assert {name: read()[name] for name in RULES} == SAVED
        # What is shown is what is set, and only what is changed is sent.
        dialog = edit(page, "Bob & Co")
        expect(dialog.locator("summary")).to_contain_text("9 set")
        dialog.get_by_text("More limits").click()
        expect(dialog.get_by_label("Expires")).to_have_value("2099-01-02T03:04")
        expect(dialog.get_by_label("If the budget is too low").locator("option")).to_have_text(["Shorten the response", "Reject the request"])
        fill(dialog, "project", "chat")
        assert save(dialog) == {"project": "chat"} and read() == {**read(), **SAVED, "project": "chat"}
        # An empty field takes its rule away.
        dialog = edit(page, "Bob & Co")
        dialog.get_by_text("More limits").click()
        gone = [name for name in RULES if name not in KEPT]
        for name in gone:
            fill(dialog, name, "")
        assert save(dialog) == {name: None for name in gone}
        assert {name: read()[name] for name in RULES} == {**dict.fromkeys(gone), **{name: SAVED[name] for name in KEPT}}
        # Nothing changed is nothing sent.
        before = len(visit.requests)
        dialog = edit(page, "Bob & Co")
        dialog.get_by_role("button", name="Save").click()
        page.locator("#edit").wait_for(state="hidden")
        assert [request.url for request in visit.requests[before:]] == []


def test_a_key_without_a_budget_has_none_to_change(gateway, account, browser):
    gateway.client_key(account, budget=None, displayMultiplier=2, label="Bob")
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        dialog = edit(visit.page, "Bob")
        expect(dialog).to_contain_text("No budget of its own: it spends your balance. The client is charged 2 times your cost.")
        expect(dialog.get_by_role("button", name="Top up")).to_have_count(0)


def test_views_are_linked_to_and_gone_back_from(gateway, account, browser):
    used(gateway, account, 1, label="Ada")
    asked = lambda requests: {request.url.removeprefix(gateway.url).split("?")[0] for request in requests if request.resource_type == "fetch"}
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "")
        page = visit.page
        current = page.locator(".views [aria-current=page]")
        expect(current).to_have_text("Overview")
        # What is not shown is not asked for.
        assert asked(visit.requests) == {"/balance", "/alerts", "/earnings", "/sub-keys"}
        for view, heading in [("Keys", "keysTitle"), ("Vouchers", "vouchersTitle"), ("Requests", "logTitle"), ("Account", "depositsTitle")]:
            show(page, view)
            expect(current).to_have_text(view)
            expect(page.locator(f"#{heading}")).to_be_visible()
            expect(page.locator("[data-view]:visible")).to_have_count(1)
            expect(page.locator("#page")).to_have_attribute("aria-busy", "false")
        assert asked(visit.requests) >= {"/vouchers", "/usage-logs", "/deposits", "/management-keys", "/brand"}
        page.go_back()
        expect(current).to_have_text("Requests")
        page.reload()
        expect(current).to_have_text("Requests")
        expect(page.locator("#log > tr")).to_have_count(1)
        # A link inside the page that is no view changes nothing.
        page.locator(".skip").focus()
        page.keyboard.press("Enter")
        expect(current).to_have_text("Requests")
        # What is read in one language is drawn in another when it is seen again.
        show(page, "Account")
        page.locator("#language").select_option("zh")
        show(page, "请求记录")
        expect(page.locator("#logFilters option").first).to_have_text("全部密钥")


def test_a_key_gets_another_price(gateway, account, browser):
    made = gateway.client_key(account, budget=10, displayMultiplier=2, label="Bob")
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        dialog = edit(visit.page, "Bob")
        field = dialog.get_by_label("Price factor")
        expect(field).to_have_value("2")
        field.fill("2.5")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_be_hidden()
    assert gateway.json("GET", "/sub-key/balance", made["key"])["budget"] == 25


@pytest.mark.parametrize("name, entered, told", [
    ("expiresAt", "2020-01-01T00:00", "Invalid value: Expires"), ("allowedIps", "nowhere", "Invalid value: IP addresses"),
    ("rpmLimit", "1000000000", "Invalid value: Requests per minute"),
])
def test_a_refused_rule_is_told_at_its_field_and_nothing_is_lost(gateway, account, browser, name, entered, told):
    gateway.client_key(account, budget=10, label="Bob")
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        enter(visit, account)
        dialog = edit(visit.page, "Bob")
        fill(dialog, "team", "blue")
        dialog.get_by_text("More limits").click()
        fill(dialog, "notes", "Keep me")
        fill(dialog, name, entered)
        dialog.get_by_text("More limits").click()
        dialog.get_by_role("button", name="Save").click()
        field = dialog.locator(f"[name={name}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
        expect(dialog.locator(f"label:has([name={name}]) ~ .problem")).to_contain_text(told)
        visit.accessible()
        visit.screenshot(f"console-refused-{name}")
        assert field.input_value() == entered and dialog.locator("[name=team]").input_value() == "blue"
        assert dialog.locator("[name=notes]").input_value() == "Keep me" and visit.page.locator("#notice").is_hidden()
        fill(dialog, name, {"rpmLimit": "60"}.get(name, ""))
        dialog.get_by_role("button", name="Save").click()
        visit.page.locator("#edit").wait_for(state="hidden")
    saved = gateway.json("GET", "/sub-keys", account)["subKeys"][0]
    assert (saved["team"], saved["notes"]) == ("blue", "Keep me")


def test_an_amount_that_is_not_there_is_told_in_the_dialog(gateway, account, browser):
    gateway.client_key(account, budget=10, label="Bob")
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        enter(visit, account)
        dialog = edit(visit.page, "Bob")
        for button, amount, told in [("Top up", "5000", "available balance is not sufficient"), ("Reduce", "11", "below what is spent or on hold"),
                                     ("Top up", "0", "Invalid value: Your cost, USD")]:
            dialog.get_by_label("Your cost, USD").fill(amount)
            dialog.get_by_role("button", name=button).click()
            expect(dialog.get_by_role("alert")).to_contain_text(told)
            expect(dialog.get_by_label("Your cost, USD")).to_have_value(amount)
        visit.accessible()


def test_the_editor_by_keyboard(gateway, account, browser):
    gateway.client_key(account, budget=10, label="Bob")
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        page = visit.page
        opener = page.get_by_role("button", name="Edit: Bob")
        opener.press("Enter")
        dialog = page.locator("#edit[open]")
        dialog.get_by_label("Label").fill("Ada")
        dialog.get_by_label("Label").press("Enter")
        page.locator("#edit").wait_for(state="hidden")
        expect(page.get_by_role("button", name="Edit: Ada")).to_be_focused()
        page.keyboard.press("Enter")
        # What the browser refuses is shown also where it was folded away.
        dialog.get_by_text("More limits").press("Enter")
        dialog.get_by_label("Requests per day").fill("-1")
        dialog.get_by_text("More limits").press("Enter")
        expect(dialog.get_by_label("Requests per day")).to_be_hidden()
        dialog.get_by_role("button", name="Save").press("Enter")
        expect(dialog.get_by_label("Requests per day")).to_be_focused()
        page.keyboard.press("Escape")
        page.locator("#edit").wait_for(state="hidden")
        page.get_by_role("button", name="Edit: Ada").press("Enter")
        dialog.get_by_role("button", name="Show requests").press("Enter")
        page.locator("#edit").wait_for(state="hidden")
        expect(page.locator("#logFilters").get_by_label("Key")).to_be_focused()
        expect(page.locator("#logFilters").get_by_label("Key").locator("option:checked")).to_have_text("Ada")


def test_many_keys_are_made_at_once_and_saved(gateway, account, browser):
    with Visit(browser, gateway.url, accept_downloads=True) as visit:
        enter(visit, account)
        page = visit.page
        page.locator("#newLabel").fill("=Batch")
        page.locator("#clientBudget").fill("2")
        page.locator("#budgetVirtual").fill("1")
        page.locator("#howMany").fill("60")
        page.get_by_role("button", name="Create keys").click()
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
        page.get_by_text("No matching keys.").wait_for()


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
        enter(visit, account, "requests")
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
        assert f"Bob {bob['keyId']}" in details and newest["request_id"] in details and "Upstream attempts\n1" in details and "Reported by the upstream" in details
        assert float(rows.first.locator(".number").last.inner_text().removeprefix("$")) == pytest.approx(newest["cost_usdc"], abs=5e-7)
        filters.get_by_label("Key").select_option("Account key")
        expect(rows).to_contain_text(["Account keydemo-chat"])
        filters.get_by_label("Key").select_option("Ada")
        expect(rows).to_have_count(20)
        with page.expect_download() as saved:
            page.locator("#logCSV").click()
        lines = list(csv.DictReader(open(saved.value.path())))
        logged = gateway.json("GET", f"/usage-logs?subKeyId={ada['id']}&limit=100", account)["data"]
        assert [line["request_id"] for line in lines] == [row["request_id"] for row in logged] and len(lines) == 45
        filters.get_by_label("Model").select_option("demo-embedding")
        page.get_by_text("No matching requests.").wait_for()
        page.get_by_role("button", name="Clear filters").click()
        expect(rows).to_have_count(20)
        filters.get_by_label("Model").select_option("demo-embedding")
        expect(rows).to_have_count(2)
        filters.get_by_label("From").fill("2099-01-01")
        page.get_by_text("No matching requests.").wait_for()
        filters.get_by_label("From").fill("")
        expect(rows).to_have_count(2)
        filters.get_by_label("To").fill("2020-01-01")
        page.get_by_text("No matching requests.").wait_for()


def test_the_log_goes_on_when_the_chosen_key_is_deleted(gateway, account, browser):
    used(gateway, account, 1, label="Ada")
    bob = used(gateway, account, 1, label="Bob")
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        enter(visit, account, "requests")
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
        enter(visit, account, "requests")
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
        enter(visit, account, "account")
        page = visit.page
        page.locator("#brandName").fill("Ada's AI")
        page.locator("#logoFile").set_input_files(picture)
        page.locator("#logo").wait_for()
        page.locator("#contact").fill("mailto:help@example.com")
        page.locator("#look").get_by_role("button", name="Save").click()
        expect(page.locator("#notice")).to_have_text("Saved.")
        page.goto("/#key=" + made["key"])
        expect(page.locator("#brand")).to_have_text("Ada's AI")
        assert page.locator("#logo").get_attribute("src").startswith("data:image/png;base64,")


def test_management_keys(gateway, account, browser):
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "account")
        page = visit.page
        page.locator("#managementLabel").fill("CI")
        page.get_by_role("button", name="Create key").click()
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
    gateway.json("POST", "/vouchers", account, {"budgetVirtual": 1, "count": 2})
    gateway.json("PUT", "/alerts", account, {"availableBelow": 5000})
    with Visit(browser, gateway.url, color_scheme=theme, viewport={"width": size[0], "height": size[1]}) as visit:
        enter(visit, account)
        page = visit.page
        for view in ["overview", "keys", "vouchers", "requests", "account"]:
            page.locator(f".views a[href='#/{view}']").click()
            expect(page.locator("#page")).to_have_attribute("aria-busy", "false")
            expect(page.locator(".skeleton:visible:empty")).to_have_count(0)
            visit.accessible()
            visit.screenshot(f"console-{view}-{theme}-{size[0]}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
        page.locator("#language").select_option("zh")
        for view, title in [("account", "充值记录"), ("keys", "密钥")]:
            page.locator(f".views a[href='#/{view}']").click()
            expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
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
        visit.page.get_by_role("button", name="Sign in").click()
        visit.page.get_by_text("This is not an account key.").wait_for()
        assert visit.page.locator("#page").is_hidden()


def test_vouchers_are_made_handed_over_and_taken_back(gateway, account, browser):
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "vouchers")
        page = visit.page
        page.get_by_text("No vouchers yet.").wait_for()
        form = page.locator("#voucherOrder")
        form.get_by_label("Client's budget, USD").fill("10")
        form.get_by_label("Your cost, at most, USD").fill("12")
        expect(page.locator("#voucherPreview")).to_contain_text("cannot be lower")
        form.get_by_label("Your cost, at most, USD").fill("6")
        expect(page.locator("#voucherPreview")).to_contain_text("$4.00 profit")
        form.get_by_label("Number of codes").fill("2")
        form.get_by_label("Label").fill("May")
        form.get_by_label("Valid until").fill("2099-05-31")
        form.get_by_role("button", name="Create vouchers").click()
        expect(page.locator("#letter")).to_contain_text("Worth: $10.00")
        made = gateway.json("GET", "/vouchers", account)["vouchers"]
        letter = page.locator("#letter").inner_text()
        assert len(made) == 2 and all(one["code"] in letter for one in made)
        assert {(one["label"], one["budgetVirtual"], one["expiresAt"]) for one in made} == {("May", 6, "2099-05-31T22:00:00.000Z")}
        with page.expect_download() as download:
            page.locator("#csv").click()
        rows = list(csv.DictReader(open(download.value.path(), newline="")))
        assert {row["code"] for row in rows} == {one["code"] for one in made} and download.value.suggested_filename == "vouchers.csv"
        key = gateway.client_key(account, budget=1)["key"]
        gateway.json("POST", "/sub-key/redeem", key, {"code": made[0]["code"]})
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name=f"Revoke: {made[1]['code']}").click()
        table = page.locator("#vouchers")
        expect(table).to_contain_text("Revoked")
        expect(table).to_contain_text("1 of 1")
        assert {one["state"] for one in gateway.json("GET", "/vouchers", account)["vouchers"]} == {"used", "revoked"}
        visit.accessible()
        visit.screenshot("console-vouchers")


def test_older_vouchers_are_read_on(gateway, account, browser):
    gateway.json("POST", "/vouchers", account, {"budgetVirtual": 0.01, "count": 60})
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "vouchers")
        rows = visit.page.locator("#vouchers tbody tr")
        expect(rows).to_have_count(50)
        visit.page.get_by_role("button", name="Show older vouchers").click()
        expect(rows).to_have_count(60)
        expect(visit.page.get_by_role("button", name="Show older vouchers")).to_be_hidden()


def test_earnings_are_told_apart_by_key_model_and_tag(gateway, account, browser):
    red = gateway.client_key(account, budget=5, displayMultiplier=100, label="Ada", team="red")["key"]
    blue = gateway.client_key(account, budget=5, label="Bob")["key"]
    for key, model in [(red, "demo-chat"), (red, "demo-chat"), (blue, "demo-messages")]:
        assert call("POST", gateway.url + "/v1/chat/completions", key, {**HELLO, "model": model})[0] == 200
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "overview")
        names = visit.page.locator("#shares .name > span:first-child")
        expect(names).to_have_text(["Ada", "Bob"])
        choice = visit.page.get_by_label("Group by", exact=True)
        choice.select_option("model")
        expect(names).to_have_text(["demo-chat", "demo-messages"])
        choice.select_option("team")
        expect(names).to_have_text(["red", "(none)"])
        visit.page.locator("figure").filter(has=visit.page.locator("#shares")).get_by_text("Show as table").click()
        team = next(one for one in gateway.json("GET", "/earnings", account)["keys"] if one["team"] == "red")
        expect(visit.page.locator("#sharesTable tbody tr").first.locator("td")).to_have_text(
            ["red", re.compile(r"\$0\.00"), re.compile(r"\$0\.00"), re.compile(r"\$0\.00"), "99%", "2", str(team["inputTokens"]), str(team["outputTokens"])])
        with visit.page.expect_request("**/earnings?days=90"):
            visit.page.get_by_label("Period", exact=True).select_option("days=90")
        expect(visit.page.locator("#days svg g:has(title)")).to_have_count(90)
        visit.screenshot("console-earnings")


def test_deposits_and_warnings(gateway, browser):
    account_id, account = gateway.account(deposit=5)
    gateway.json("POST", f"/admin/accounts/{account_id}/deposits", ADMIN_KEY, {"amount": 70, "status": "PENDING", "reference": "wire 7"})
    gateway.client_key(account, budget=1, label="<b>Eve</b>", expiresAt=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400)))
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "account")
        page = visit.page
        expect(page.locator("#deposits tbody tr")).to_have_count(2)
        expect(page.locator("#deposits tbody tr").first).to_contain_text("$70.00wire 7Pending")
        expect(page.locator("#alerts")).to_be_hidden()
        form = page.locator("#alertOrder")
        form.get_by_label("Available balance below, USD").fill("10")
        form.get_by_label("Key expires within, days").fill("3")
        form.get_by_role("button", name="Save").click()
        expect(page.locator("#alerts li")).to_contain_text(["Only $4.00 is available", "<b>Eve</b> expires:"])
        assert gateway.json("GET", "/alerts", account)["daysToExpiry"] == 3
        visit.accessible()
        visit.screenshot("console-warnings")
        page.reload()
        page.locator("#updated:not(:empty)").wait_for()
        expect(form.get_by_label("Available balance below, USD")).to_have_value("10")
        form.get_by_label("Available balance below, USD").fill("")
        form.get_by_label("Key expires within, days").fill("")
        form.get_by_role("button", name="Save").click()
        expect(page.locator("#alerts")).to_be_hidden()


def test_the_key_list_shows_what_is_left_the_last_use_and_a_masked_key(gateway, account, browser):
    ada = used(gateway, account, 1, label="Ada", clientBudget=20)
    gateway.client_key(account, budget=None, label="Bob")
    with Visit(browser, gateway.url) as visit:
        enter(visit, account)
        row = visit.page.locator("#keys tbody tr", has_text="Ada")
        expect(row.locator(".masked")).to_have_text(f"{ada['key'][:10]}…{ada['key'][-4:]}")
        assert ada["key"] not in visit.page.content()
        expect(row.locator(".budget")).to_contain_text("of $20.00")
        share = row.locator(".meter span").bounding_box()["width"] / row.locator(".meter").bounding_box()["width"]
        assert share == pytest.approx(1, abs=0.01)
        used_at = gateway.json("GET", "/sub-keys", account)["subKeys"]
        assert row.locator("time").first.get_attribute("datetime") == next(one["lastUsedAt"] for one in used_at if one["label"] == "Ada")
        other = visit.page.locator("#keys tbody tr", has_text="Bob")
        expect(other).to_contain_text("No limit")
        expect(other).to_contain_text("Never")
        # The search finds a key by its secret.
        visit.page.locator("#words").fill(ada["key"][-12:])
        expect(visit.page.locator("#found")).to_have_text("1 of 2")


def test_a_day_is_shown_hour_by_hour(gateway, account, browser):
    used(gateway, account, 2, label="Ada", displayMultiplier=4)
    assert call("POST", gateway.url + "/v1/chat/completions", account, HELLO)[0] == 200
    hourly = gateway.json("GET", "/earnings?hours=24", account)
    daily = gateway.json("GET", "/earnings?days=2", account)
    assert len(hourly["hours"]) == 24 and "days" not in hourly
    assert [sum(one[name] for one in hourly["hours"]) for name in ["requests", "inputTokens", "outputTokens"]] == [
        sum(one[name] for one in daily["days"]) for name in ["requests", "inputTokens", "outputTokens"]]
    for name in ["charged", "cost", "profit"]:
        assert sum(one[name] for one in hourly["hours"]) == pytest.approx(sum(one[name] for one in daily["days"])) != 0
    assert hourly["keys"] == daily["keys"] and hourly["models"] == daily["models"] and hourly["keys"][0]["label"] == "Ada"
    for query in ["hours=0", "hours=169", "hours=1&days=1"]:
        assert call("GET", gateway.url + "/earnings?" + query, account)[0] == 400
    with Visit(browser, gateway.url) as visit:
        enter(visit, account, "overview")
        page = visit.page
        expect(page.locator("#days rect.bar")).to_have_count(30)
        page.get_by_label("Period", exact=True).select_option("Last 24 hours")
        expect(page.locator("#days rect.bar")).to_have_count(24)
        page.locator("figure").filter(has=page.locator("#days")).get_by_text("Show as table").click()
        expect(page.locator("#daysTable thead")).to_contain_text("Hour")
        assert sum(int(row.locator("td").nth(4).inner_text()) for row in page.locator("#daysTable tbody tr").all()) == 2
        visit.accessible()
        visit.screenshot("console-hours")


def test_a_refused_field_of_a_form_is_marked_in_the_reader_s_language(gateway, account, browser):
    with Visit(browser, gateway.url, allowed=["Failed to load resource"]) as visit:
        enter(visit, account, "vouchers")
        page = visit.page
        page.locator("#language").select_option("zh")
        form = page.locator("#voucherOrder")
        form.locator("[name=clientBudget]").fill("10")
        form.locator("[name=budgetVirtual]").fill("6")
        expires = form.get_by_label("有效期至")
        expires.fill("2020-01-01")
        form.get_by_role("button", name="创建兑换码").click()
        expect(page.locator("#notice")).to_have_text("无效的值：有效期至")
        expect(expires).to_have_attribute("aria-invalid", "true")
        expect(expires).to_be_focused()
        visit.accessible()
        visit.screenshot("console-refused-voucher")
        expires.fill("2099-01-01")
        expect(expires).not_to_have_attribute("aria-invalid", "true")
        form.get_by_role("button", name="创建兑换码").click()
        expect(page.locator("#letter")).to_contain_text("面值：$10.00")
