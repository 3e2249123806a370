"""A real browser for the pages, and what every page must hold: no error in its console, nothing that its policy forbids,
nothing serious that axe finds. Screenshots are kept in .artifacts."""

import pathlib
import shutil
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

SCREENSHOTS = pathlib.Path(__file__).resolve().parents[2] / ".artifacts" / "screenshots"


@contextmanager
def running_browser():
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"])
        yield browser
        browser.close()


class Visit:
    """A tab that remembers what went wrong in it."""

    def __init__(self, browser, url, allowed=(), **context):
        self.context = browser.new_context(base_url=url, **{"locale": "en-US", "timezone_id": "Europe/Berlin", **context})
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.wrong = []
        self.allowed = list(allowed)
        self.requests = []
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.note(message.text))
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))

    def note(self, text):
        if not any(part in text for part in self.allowed):
            self.wrong.append(text)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.wrong == [], self.wrong
        self.context.close()

    def screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # A whole long page takes its time on a busy machine, which says nothing of the page.
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, timeout=60_000)

    def accessible(self):
        found = Axe().run(self.page).response["violations"]
        serious = [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found
                   if one["impact"] in ("serious", "critical")]
        assert serious == [], serious
