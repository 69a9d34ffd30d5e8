"""What a phone kept of the wallet: its caches and databases, read as somebody who opens the phone would."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from tests.fixtures.server import PATIENCE

KEPT = """async () => {
  const found = {}
  for (const name of await caches.keys())
    for (const one of await (await caches.open(name)).keys())
      (found[name.split(" ")[0]] ||= []).push(new URL(one.url).pathname)
  return found
}"""
WHOLE = r"""async (paths) => {
  const seenWith = / (?:src|href)="(\/static\/[^"]+\.(?:css|js|svg)|\/[^"]+\/(?:picture|qr\.svg))"/g
  for (const path of paths)
    for (const [, found] of (await (await caches.match(path))?.text() ?? "").matchAll(seenWith))
      if (!(await caches.match(found))) return false
  return true
}"""
"""Whether all that these kept pages are seen with is kept, too: it comes after them, one after the other (service-worker.js)."""
ALL = """async () => {
  const texts = []
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const one of await cache.keys()) texts.push(name, one.url, await (await cache.match(one)).text())
  }
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((done) => (indexedDB.open(name).onsuccess = (event) => done(event.target.result)))
    for (const store of base.objectStoreNames) {
      const rows = base.transaction(store).objectStore(store).getAll()
      texts.push(name, store, JSON.stringify(await new Promise((done) => (rows.onsuccess = () => done(rows.result)))))
    }
    base.close()
  }
  for (const box of [localStorage, sessionStorage]) texts.push(JSON.stringify({ ...box }))
  return texts.join("\\n")
}"""
AGED = """async (days) => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const one of await cache.keys()) {
      const found = await cache.match(one)
      const headers = new Headers(found.headers)
      if (!headers.has("kept-at")) continue
      headers.set("kept-at", headers.get("kept-at") - days * 86400000)
      await cache.put(one, new Response(await found.blob(), { headers }))
    }
  }
}"""


def leaves_the_town(context: BrowserContext) -> None:
    """From now on nothing of that phone reaches anybody."""
    context.set_offline(True)


def comes_back_to_town(page: Page) -> None:
    """There is Internet again, for the worker as well: Playwright gives it to pages first, which say so too soon."""
    page.context.set_offline(False)
    page.evaluate("() => dispatchEvent(new Event('online'))")


def holds_back(page: Page, script: str) -> Callable[[], None]:
    """A *script* of the next page is long on its way, until what this gives is called; no worker may be there."""
    held: list[Route] = []
    page.route(f"**/{script}.*.js", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks what it calls

    def lets() -> None:
        for _ in range(PATIENCE * 20):
            if held:
                return held.pop().continue_()
            page.wait_for_timeout(50)
        raise AssertionError("Nobody asked for it.")

    return lets


def kept(page: Page) -> dict[str, list[str]]:
    """The paths in the caches of the phone: `shell` for everybody, `person` of whoever is signed in."""
    found: dict[str, list[str]] = page.evaluate(KEPT)
    return found


def everything(page: Page) -> str:
    """All that the phone holds of the wallet, as one text."""
    return str(page.evaluate(ALL))


def comes_to_keep(page: Page, *paths: str) -> None:
    """Returns when the phone keeps the pages of *paths*, with their pictures: it does so while nobody waits."""
    comes(lambda: set(paths) <= set(kept(page).get("person", [])) and page.evaluate(WHOLE, list(paths)))


def comes_to_forget(page: Page) -> None:
    """Returns when the phone keeps nothing of anybody."""
    comes(lambda: "person" not in kept(page))


def comes(what: Callable[[], bool]) -> None:
    """Returns as soon as *what* is so."""
    for _ in range(PATIENCE * 20):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("It does not come to be so.")


def grows_older(page: Page, days: int) -> None:
    """What the phone kept was kept so many days earlier."""
    page.evaluate(AGED, days)


def answers(page: Page, path: str) -> Any:
    """Go to *path*; what came, from wherever."""
    answer = page.goto(path)
    assert answer is not None
    return answer
