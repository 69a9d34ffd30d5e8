"""How soon a cheap phone shows five pages: `.venv/bin/python bench/pages.py` (a minute, in Debian's Chromium).

Slow 4G and a sixth of this machine's core, as Lighthouse throttles a phone: 150 ms there and back, 1.6 Mbit/s down,
0.75 Mbit/s up. Each page is asked for with nothing in the cache; of three times the middle one is told. FCP and LCP in ms,
CLS without a unit, TBT the ms beyond 50 of each long task, KB as they come off the wire, pictures too. Nothing is asserted;
the issue wants FCP ≤ 1500, LCP ≤ 2000, CLS 0, TBT ≤ 50. On a busy machine the times say little.
"""

import os
import re
import statistics
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from bench.share import Target, servers  # noqa: E402
from tests.fixtures.browser import CHROMIUM, FLAGS  # noqa: E402

TIMES = 3
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
WATCH = """
  window.seen = { fcp: 0, lcp: 0, cls: 0, tbt: 0 }
  const watch = (type, note) => new PerformanceObserver((all) => all.getEntries().forEach(note)).observe({ type, buffered: true })
  watch("paint", (one) => { if (one.name === "first-contentful-paint") seen.fcp = one.startTime })
  watch("largest-contentful-paint", (one) => { seen.lcp = one.startTime })
  watch("layout-shift", (one) => { if (!one.hadRecentInput) seen.cls += one.value })
  watch("longtask", (one) => { seen.tbt += Math.max(0, one.duration - 50) })
"""


def look(browser: Browser, target: Target, path: str) -> dict[str, float]:
    """One visit to *path*, by a phone that was never here."""
    origin = f"http://localhost:{target.port}"
    context = browser.new_context(
        locale="fr-FR", viewport={"width": 412, "height": 823}, is_mobile=True, service_workers="block"
    )
    if target.cookie:
        name, _, value = target.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": origin}])
    page = context.new_page()
    page.add_init_script(WATCH)
    phone = context.new_cdp_session(page)
    sizes: list[float] = []
    phone.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    phone.send("Network.enable")
    phone.send("Network.emulateNetworkConditions", NETWORK)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    answer = page.goto(origin + path, wait_until="networkidle")
    assert answer is not None  # noqa: S101
    assert answer.status == 200, f"{path}: {answer.status}"  # noqa: S101  # a refusal is quick
    seen: dict[str, float] = page.evaluate("() => seen")
    context.close()
    return seen | {"kb": sum(sizes) / 1000}


def found(browser: Browser, target: Target) -> tuple[str, str]:
    """Where the first badge of the holder is, and the code of a share that they make."""
    origin, (name, _, value) = f"http://localhost:{target.port}", target.cookie.partition("=")
    context = browser.new_context(locale="fr-FR", service_workers="block", base_url=origin)
    context.add_cookies([{"name": name, "value": value, "url": origin}])
    page = context.new_page()
    page.goto("/badges")
    badge = str(page.locator("main a[href^='/badges/']").first.get_attribute("href"))
    page.goto("/shares/new")
    page.get_by_role("button", name="Créer le QR code").click()
    page.wait_for_url(re.compile(r"/shares/\d+"))
    code = urlsplit(page.url).path
    context.close()
    return badge, code


def main() -> None:
    """Fill, serve, look, tell."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack, sync_playwright() as playwright:
        served = {target.name: target for target in servers(stack, Path(folder))}
        share, mine = served["share"], served["badges"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        anyone, (badge, code) = Target("anyone", share.port, "/"), found(browser, mine)
        pages = [(anyone, "/"), (mine, badge), (mine, "/shares/new"), (share, share.path), (mine, code)]
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'':<24}{'FCP ms':>8}{'LCP ms':>8}{'CLS':>8}{'TBT ms':>8}{'KB':>8}")
        for target, path in pages:
            rounds = [look(browser, target, path) for _ in range(TIMES)]
            told = {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
            print(
                f"{path[:22]:<24}{told['fcp']:>8.0f}{told['lcp']:>8.0f}{told['cls']:>8.3f}{told['tbt']:>8.0f}{told['kb']:>8.1f}"
            )
        browser.close()


if __name__ == "__main__":
    main()
