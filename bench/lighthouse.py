"""What Lighthouse says of five pages on a phone: `.venv/bin/python bench/lighthouse.py FOLDER` (ten minutes).

FOLDER is where Lighthouse is; it has 200 packages of its own, so it is none of ours. Once:
`npm install --ignore-scripts --prefix FOLDER lighthouse@12` (13 wants Node.js 22.19).

Its defaults: a phone of the middle class on slow 4G, which it works out from one quiet visit. Each page is asked for three
times with nothing in the cache; the middle and, behind a stroke, the best score are told; then, by its name, whatever
audit took a point from the best visit. Nothing is asserted; the issue wants 100 everywhere, and 100 for SEO on `/`: what
is a person's own, and what they show, has nothing for robots. The last column is how fast Lighthouse found the machine: it
takes what the browser did here four times as long, so that on a busy one (below 1000, say) the first column says little.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from playwright.sync_api import sync_playwright  # noqa: E402

from bench.pages import found  # noqa: E402
from bench.share import Target, servers  # noqa: E402
from tests.fixtures.browser import CHROMIUM, FLAGS  # noqa: E402

TIMES = 3
KINDS = ("performance", "accessibility", "best-practices", "seo")


def look(cli: Path, target: Target, path: str, folder: Path) -> dict[str, Any]:
    """One report of Lighthouse's on *path*."""
    headers = {"Accept-Language": "fr-FR,fr;q=0.9"} | ({"Cookie": target.cookie} if target.cookie else {})
    told = folder / "report.json"
    command = [
        shutil.which("node") or "node", cli, f"http://localhost:{target.port}{path}", "--quiet", "--output=json",
        f"--output-path={told}", f"--only-categories={','.join(KINDS)}", f"--extra-headers={json.dumps(headers)}",
        f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
    ]  # fmt: skip
    for _ in range(TIMES):  # on a busy machine it loses the beginning of a visit now and then
        run = subprocess.run(command, env={"CHROME_PATH": str(CHROMIUM)} | os.environ, capture_output=True, check=False)
        if run.returncode == 0:
            break
    report: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    told.unlink()
    return report


def score(reports: list[dict[str, Any]], best: dict[str, Any], kind: str) -> str:
    """The middle score of *reports*, and that of the best one."""
    middle = statistics.median(one["categories"][kind]["score"] for one in reports)
    return f"{middle * 100:.0f} / {best['categories'][kind]['score'] * 100:.0f}"


def lost(report: dict[str, Any]) -> dict[str, str]:
    """The audits that cost a point: what each is about, and what it found."""
    return {
        f"{kind}: {one['id']}": report["audits"][one["id"]].get("displayValue") or report["audits"][one["id"]]["title"]
        for kind in KINDS
        for one in report["categories"][kind]["auditRefs"]
        if one["weight"] and (report["audits"][one["id"]]["score"] or 0) < 1
        if report["audits"][one["id"]]["scoreDisplayMode"] not in {"notApplicable", "manual", "informative"}
    }


def main() -> None:
    """Fill, serve, look, tell."""
    cli = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve() / "node_modules/lighthouse/cli/index.js"
    if not cli.exists():
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        served = {target.name: target for target in servers(stack, folder)}
        share, mine = served["share"], served["badges"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            badge, code = found(browser, mine)
            browser.close()
        anyone = Target("anyone", share.port, "/")
        pages = [(anyone, "/"), (mine, "/badges"), (mine, badge), (mine, code), (share, share.path)]
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'':<24}" + "".join(f"{kind:>16}" for kind in (*KINDS, "machine")))
        faults: dict[str, dict[str, str]] = {}
        for target, path in pages:
            reports = [look(cli, target, path, folder) for _ in range(TIMES)]
            best = max(reports, key=lambda one: one["categories"]["performance"]["score"])
            told = "".join(f"{score(reports, best, kind):>16}" for kind in KINDS)
            print(f"{path[:22]:<24}{told}{best['environment']['benchmarkIndex']:>16.0f}", flush=True)
            faults[path] = lost(best)
        for path, audits in faults.items():
            for audit, words in audits.items():
                print(f"{path[:22]:<24}{audit}: {words}")


if __name__ == "__main__":
    main()
