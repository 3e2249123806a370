"""The first view of each page: loads it in Chromium again and again with a cold cache and prints, as rows of a table, how long
the first contentful paint took, the whole of the load, and, with a key, everything until that key's figures are drawn. Starts
nothing itself.

    pages.py http://127.0.0.1:8080 [number of loads]

The keys are taken from TOLLGATE_CLIENT_KEY, TOLLGATE_ACCOUNT_KEY and TOLLGATE_ADMIN_KEY; a page without one is loaded as it
is before a key is entered.
"""

import os
import shutil
import statistics
import sys

from playwright.sync_api import sync_playwright

# Where each page keeps its key, and the variable that it is taken from.
PAGES = {
    "/": ("tollgate-key", "TOLLGATE_CLIENT_KEY"), "/console": ("tollgate-account-key", "TOLLGATE_ACCOUNT_KEY"),
    "/admin": ("tollgate-admin-key", "TOLLGATE_ADMIN_KEY"),
}
TIMES = """new Promise((done) => new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName("first-contentful-paint");
    if (paint) done([paint.startTime, performance.getEntriesByType("navigation")[0].loadEventEnd]);
}).observe({ type: "paint", buffered: true }))"""
# Every page says when it drew what it read.
DRAWN = """new Promise((done) => {
    const look = () => (document.getElementById("updated")?.textContent ? done([performance.now()]) : requestAnimationFrame(look));
    look();
})"""


def load(browser, url, place, key):
    """Returns milliseconds to the first contentful paint, to the end of the load, and with a key to all drawn: a new context
    has an empty cache."""
    context = browser.new_context()
    try:
        page = context.new_page()
        if key:
            page.add_init_script(f"sessionStorage.setItem({place!r}, {key!r})")
        page.goto(url, wait_until="commit" if key else "load")
        drawn = page.evaluate(DRAWN) if key else []
        page.wait_for_load_state("load")
        return page.evaluate(TIMES) + drawn
    finally:
        context.close()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    gateway = sys.argv[1].rstrip("/")
    loads = int(sys.argv[2]) if len(sys.argv) == 3 else 20
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"])
        names = ["first contentful paint", "load", "all drawn"]
        print(f"| {loads} loads, ms | {' | '.join(f'{name}: median | worst' for name in names)} |\n|{'---|' * 7}")
        for path, (place, variable) in PAGES.items():
            key = os.environ.get(variable)
            load(browser, gateway + path, place, key)
            times = list(zip(*(load(browser, gateway + path, place, key) for _ in range(loads))))
            figures = [f"{statistics.median(one):.0f} | {max(one):.0f}" for one in times] + ["- | -"] * (3 - len(times))
            print(f"| `{path}` | {' | '.join(figures)} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
