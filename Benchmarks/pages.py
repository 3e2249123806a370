"""The first view of each page: loads it in Chromium again and again with a cold cache and prints, as rows of a table, how long
the first contentful paint and the whole of the load took. Starts nothing itself.

    pages.py http://127.0.0.1:8080 [number of loads]
"""

import shutil
import statistics
import sys

from playwright.sync_api import sync_playwright

PAGES = ["/", "/console", "/admin"]
TIMES = """new Promise((done) => new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName("first-contentful-paint");
    if (paint) done([paint.startTime, performance.getEntriesByType("navigation")[0].loadEventEnd]);
}).observe({ type: "paint", buffered: true }))"""


def load(browser, url):
    """Returns the milliseconds to the first contentful paint and to the end of the load: a new context has an empty cache."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(url, wait_until="load")
        return page.evaluate(TIMES)
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
        print(f"| {loads} loads | first contentful paint, ms: median | worst | load, ms: median | worst |\n|---|---|---|---|---|")
        for path in PAGES:
            load(browser, gateway + path)
            paints, ends = zip(*(load(browser, gateway + path) for _ in range(loads)))
            print(f"| `{path}` | {statistics.median(paints):.0f} | {max(paints):.0f} | {statistics.median(ends):.0f} | {max(ends):.0f} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
