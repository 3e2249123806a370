"""Measures the first view of each page in Chromium with a cold cache. Prints a Markdown table with the times until the first
contentful paint, until the load event and, with a key, until that key's data is drawn. The gateway must be running.

    pages.py http://127.0.0.1:8080 [number of loads]

The keys are read from TOLLGATE_CLIENT_KEY, TOLLGATE_ACCOUNT_KEY and TOLLGATE_ADMIN_KEY; without its key a page is measured
signed out.
"""

import os
import shutil
import statistics
import sys

from playwright.sync_api import sync_playwright

# For each page the name of its key in the session storage, and the environment variable with the key.
PAGES = {
    "/": ("tollgate-key", "TOLLGATE_CLIENT_KEY"), "/console": ("tollgate-account-key", "TOLLGATE_ACCOUNT_KEY"),
    "/admin": ("tollgate-admin-key", "TOLLGATE_ADMIN_KEY"),
}
TIMES = """new Promise((done) => new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName("first-contentful-paint");
    if (paint) done([paint.startTime, performance.getEntriesByType("navigation")[0].loadEventEnd]);
}).observe({ type: "paint", buffered: true }))"""
# Every page shows the time at which it last drew its data.
DRAWN = """new Promise((done) => {
    const look = () => (document.getElementById("updated")?.textContent ? done([performance.now()]) : requestAnimationFrame(look));
    look();
})"""


def load(browser, url, place, key):
    """Returns the milliseconds until first contentful paint, load event and, with a key, drawn data; in a new context, which has
    an empty cache."""
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
