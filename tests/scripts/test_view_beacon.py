"""A page that is shown tells that somebody looks at it (view-beacon.js): once, after two seconds, and nothing of whoever looks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.fixtures.page_alone import Alone, Answer
from tests.fixtures.screens import drawn

pytestmark = pytest.mark.browser
TOKEN = "7KQ2M9XF4TWR8BDH7KQ2M9XF4T"
HERE = f"/s/{TOKEN}"
TELLS = "POST /openings"
SEEN = """(state) => {
  Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true })
  document.dispatchEvent(new Event("visibilitychange"))
}"""
COUNTS = """(() => {
  const sends = navigator.sendBeacon.bind(navigator)
  navigator.sendBeacon = (...what) => {
    sessionStorage.told = Number(sessionStorage.told ?? 0) + 1
    return sends(...what)
  }
})()"""
"""Counts what is told: it goes beside everything else, and may arrive after what was asked later."""
Looks = Callable[..., Page]


@pytest.fixture
def looks(alone: Alone) -> Looks:
    """Opens the page, coming from *before*, by a clock that stands still; whatever is beneath it is not there."""
    alone.page.clock.install(time=0)
    alone.page.clock.pause_at(1000)
    alone.page.add_init_script(COUNTS)
    alone.answers[TELLS] = Answer(204)
    for way in (f"GET {HERE}/reply", f"POST {HERE}/verifications", "GET /help"):
        alone.answers[way] = Answer(204)

    def opens(at: str = HERE, before: str = "") -> Page:
        alone.answers[f"GET {at.partition('?')[0]}"] = Answer(body=drawn("recruiter"))
        alone.page.goto(f"{alone.wire.origin}{at}", referer=before and f"{alone.wire.origin}{before}")
        return alone.page

    return opens


def told(alone: Alone) -> int:
    """How often it was told by this tab, whether it has arrived or not."""
    times: int = alone.page.evaluate("Number(sessionStorage.told ?? 0)")
    return times


def test_it_is_told_once_after_two_seconds_of_being_seen_and_no_more_by_whoever_loads_it_again(
    alone: Alone, looks: Looks
) -> None:
    page = looks(f"{HERE}?lang=en")
    page.clock.run_for(1_500)
    page.evaluate(SEEN, "hidden")
    page.clock.run_for(9_000)
    page.evaluate(SEEN, "visible")
    page.clock.run_for(1_999)
    assert told(alone) == 0
    page.clock.run_for(1)
    (sent,) = alone.wire.asked_for(TELLS)
    assert sent.form == [("token", TOKEN)]
    assert page.evaluate("location.pathname + location.search") == f"{HERE}?lang=en"
    page.evaluate(SEEN, "visible")
    page.clock.run_for(5_000)
    with page.expect_event("requestfailed", lambda asked: asked.is_navigation_request()):  # as the page stays
        page.evaluate("() => document.querySelector('a[href$=reply]').click()")
    assert told(alone) == 1
    page.reload()
    page.clock.run_for(5_000)
    assert told(alone) == 1


def test_whoever_goes_on_to_more_of_the_share_has_looked_be_it_sooner_and_once(alone: Alone, looks: Looks) -> None:
    page, way = looks(), "form[action$=verifications] button"
    page.evaluate("""() => {
      document.querySelector("h1").click()
      document.body.append(document.createElement("button"))
      document.body.lastChild.click()
      document.body.append(Object.assign(document.createElement("a"), { href: "/help" }))
      document.body.lastChild.click()
    }""")
    assert told(alone) == 0, "these lead elsewhere"
    page.evaluate("(way) => document.querySelector(way).click()", way)
    assert len(alone.wire.asked_for(TELLS)) == 1
    page.clock.run_for(9_000)
    page.evaluate(
        "(way) => document.querySelector(way).dispatchEvent(new MouseEvent('auxclick', { bubbles: true }))", way
    )
    assert told(alone) == 1


def test_the_address_typed_from_paper_is_written_as_its_links_are_and_what_was_fetched_ahead_counts_once_it_is_seen(
    alone: Alone, looks: Looks
) -> None:
    page = looks("/s/7kq2-m9xf-4twr-8bdh-7kq2-m9xf-4t?x=1")
    assert page.evaluate("location.pathname + location.search") == f"{HERE}?x=1"
    page.evaluate(
        "() => document.querySelector('a[href$=reply]').dispatchEvent(new MouseEvent('auxclick', { bubbles: true }))"
    )
    assert len(alone.wire.asked_for(TELLS)) == 1

    # fetched ahead, and not seen yet
    page.add_init_script(
        "Object.defineProperty(document, 'visibilityState', { get: () => 'prerender', configurable: true })"
    )
    looks()
    page.clock.run_for(9_000)
    assert told(alone) == 1
    page.evaluate(SEEN, "visible")
    page.clock.run_for(2_000)
    assert len(alone.wire.asked_for(TELLS, 2)) == 2


def test_whoever_comes_back_from_a_page_beneath_it_is_no_other_opening_but_from_another_share_is(
    alone: Alone, looks: Looks
) -> None:
    page = looks(before=f"{HERE.lower()}/reply")
    page.clock.run_for(5_000)
    page.evaluate("() => document.querySelector('a[href$=reply]').click()")
    assert told(alone) == 0
    page = looks(before="/s/ANOTHER")
    page.clock.run_for(2_000)
    assert len(alone.wire.asked_for(TELLS)) == 1
