"""Sonia reads how often her page was opened: a page that somebody looked at for two seconds, and nothing else.

The seconds are the browser's own in the first story; in the others its clock is moved, so that nothing depends on how
fast this computer is. A tab that is not looked at is made by saying so to the page: Playwright shows every tab.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page
from starlette.requests import Request

from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.traveller import Traveller
from tests.stories.ready_phones import holder, receives_cookies
from tests.stories.showings import Showing, beacons, until

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
HIDDEN = """
let shown = "hidden"
Object.defineProperty(Document.prototype, "visibilityState", { get: () => shown })
window.turn = (state) => { shown = state; document.dispatchEvent(new Event("visibilitychange")) }
"""
AHEAD = """<!doctype html><title>Une autre page</title>
<script type="speculationrules">{"prerender": [{"source": "list", "urls": ["%s"], "eagerness": "immediate"}]}</script>
<a href="%s">Voir</a>"""
LONG = 60_000
GOES_ON: tuple[tuple[Literal["button", "link"], str], ...] = (
    ("button", "Vérifier encore"),
    ("link", "English"),
    ("link", "Signaler cette page"),
)
"""What is touched before anything was counted."""
ROBOT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/124.0 Safari/537.36 Google-Safety"
"""One of those of accounts/test_user_agents.py, which runs scripts."""
DESKTOP = {"device": "Desktop Chrome"}


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


@pytest.fixture
def sonia(server: Clockwork, samples: Path) -> Iterator[Traveller]:
    """Sonia, who keeps one badge."""
    yield from holder(server, samples / "ob3-organiser-2.png")


@pytest.fixture
def shows(sonia: Traveller, server: Clockwork) -> Callable[[], Showing]:
    """Gives what she shows, one after the other, which nobody opened yet."""
    return partial(Showing, sonia, server)


@pytest.fixture
def yann(phones: Phones, server: Clockwork) -> Page:
    """Yann's phone, whose clock stands still until it is moved."""
    return still(phones(passkeys=False).page)


def still(page: Page) -> Page:
    """*page*, whose clock stands still until it is moved."""
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    return page


@pytest.mark.breadth
def test_a_page_that_is_looked_at_for_two_seconds_counts_once_and_not_when_the_browser_fetches_it_ahead(
    phones: Phones, shows: Callable[[], Showing], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, shown = phones(passkeys=False).page, shows()
    sent = beacons(page)

    page.goto(shown.link)

    assert until(lambda: sent, page)
    assert shown.is_opened(1)
    assert sent == [f"token={shown.told.token}"], "the link, and nothing of whoever looks"
    (day,) = shown.told.openings
    assert day.kind == "phone"
    assert page.context.cookies() == []
    assert page.evaluate("() => [localStorage.length, sessionStorage.length]") == [0, 0]

    _what_is_fetched_ahead_counts_when_it_is_looked_at(page, shows(), monkeypatch)


def _what_is_fetched_ahead_counts_when_it_is_looked_at(
    page: Page, shown: Showing, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = beacons(page)
    ahead: list[str] = []
    paces, allow = shown.server.services.rate_limits, shown.server.services.rate_limits.allow

    def note(what: str, request: Request, whose: tuple[object, ...]) -> bool:
        ahead.append(request.headers.get("sec-purpose", ""))
        return allow(what, request, whose)

    monkeypatch.setattr(paces, "allow", note)
    page.route(
        "**/elsewhere", lambda route: route.fulfill(content_type="text/html", body=AHEAD % (shown.link, shown.link))
    )
    page.goto(f"{shown.server.origin}/elsewhere")
    assert until(lambda: ahead, page), "the browser fetched it"
    page.wait_for_timeout(3_000)

    assert all("prefetch" in purpose for purpose in ahead)
    assert sent == []
    assert shown.told.times == 0

    page.get_by_role("link", name="Voir").click()
    assert until(lambda: sent, page)
    assert shown.is_opened(1)


def test_it_counts_after_two_seconds_and_not_before_be_it_closed_loaded_again_or_left(
    yann: Page, shows: Callable[[], Showing]
) -> None:
    shown, sent = shows(), beacons(yann)
    yann.goto(shown.link)
    yann.clock.run_for(1_000)
    yann.goto(f"{shown.server.origin}/help")
    yann.clock.run_for(LONG)
    assert sent == []
    assert shown.told.times == 0

    # What leads out of the share counts nothing before its time, either.
    yann.goto(shown.link)
    yann.get_by_role("heading", level=1).click()
    yann.get_by_role("link", name="Vie privée").click()
    yann.wait_for_url("**/privacy?lang=fr")
    yann.clock.run_for(LONG)
    assert sent == []
    assert shown.told.times == 0

    yann.goto(shown.link)
    yann.clock.run_for(1_000)
    yann.reload()
    yann.clock.run_for(1_999)
    assert sent == []
    yann.clock.run_for(1)

    assert until(lambda: sent, yann)
    assert shown.is_opened(1)

    _a_link_typed_from_paper_is_the_same_opening_in_english(yann, shows())
    _a_tab_counts_once_it_is_looked_at_and_coming_back_to_it_is_no_other_opening(yann, shows())


def _a_link_typed_from_paper_is_the_same_opening_in_english(yann: Page, shown: Showing) -> None:
    sent, typed = beacons(yann), " ".join(shown.told.groups).lower()
    yann.goto(f"{shown.server.origin}/s/{typed}")
    yann.clock.run_for(LONG)

    yann.get_by_role("link", name="English").click()
    yann.clock.run_for(LONG)

    assert len(sent) == 1
    assert shown.is_opened(1)


def _a_tab_counts_once_it_is_looked_at_and_coming_back_to_it_is_no_other_opening(yann: Page, shown: Showing) -> None:
    sent = beacons(yann)
    yann.add_init_script(HIDDEN)
    yann.goto(shown.link)
    yann.clock.run_for(LONG)
    assert sent == []

    yann.evaluate("turn('visible')")
    yann.clock.run_for(1_500)
    yann.evaluate("turn('hidden')")
    yann.clock.run_for(LONG)
    assert sent == [], "a glance"

    for _ in range(3):
        yann.evaluate("turn('visible')")
        yann.clock.run_for(LONG)
        yann.evaluate("turn('hidden')")
    assert len(sent) == 1
    assert shown.is_opened(1)


@pytest.mark.breadth
def test_loaded_again_left_and_come_back_to_in_english_checked_too_often_and_reported_it_is_one_opening(
    yann: Page, shows: Callable[[], Showing]
) -> None:
    shown, sent = shows(), beacons(yann)
    yann.goto(shown.link)
    yann.clock.run_for(LONG)

    yann.reload()
    yann.clock.run_for(LONG)
    yann.get_by_role("link", name="English").click()
    yann.clock.run_for(LONG)
    yann.get_by_role("link", name="Vie privée").or_(yann.get_by_role("link", name="Privacy")).click()
    yann.go_back()
    yann.clock.run_for(LONG)
    yann.go_back()
    yann.clock.run_for(LONG)
    assert yann.url == shown.link
    assert len(sent) == 1

    yann.get_by_role("button", name="Vérifier encore").click()
    yann.clock.run_for(LONG)
    while yann.request.post(f"{shown.link}/verifications", headers={"Origin": shown.server.origin}).status != 429:
        pass
    yann.get_by_role("button", name="Vérifier encore").click()
    yann.clock.run_for(LONG)
    assert yann.url == f"{shown.link}/verifications"

    yann.get_by_role("link", name="Signaler cette page").click()
    yann.get_by_label("Autre chose").check()
    yann.get_by_role("button", name="Envoyer").click()
    yann.get_by_role("link", name="Revenir aux badges").click()
    yann.clock.run_for(LONG)
    assert yann.url == shown.link
    shown.server.services.rate_limits.window.forget()

    assert len(sent) == 1
    assert shown.is_opened(1)


@pytest.mark.breadth
def test_yann_who_goes_on_at_once_and_stays_is_one_who_looked(yann: Page, shows: Callable[[], Showing]) -> None:
    """D11: a fast recruiter counts."""
    for role, name in GOES_ON:
        _goes_on_at_once_and_stays(yann, shows(), role, name)
    _comes_back_from_a_page_beneath_it(yann, shows())
    _opens_more_of_it_in_another_tab(yann, shows())


def _goes_on_at_once_and_stays(yann: Page, shown: Showing, role: Literal["button", "link"], name: str) -> None:
    sent = beacons(yann)
    yann.goto(shown.link)

    yann.get_by_role(role, name=name).click()
    yann.wait_for_url("**/reports" if name == "Signaler cette page" else f"{shown.link}*")
    yann.clock.run_for(LONG)

    assert shown.is_opened(1), name
    yann.reload()
    yann.clock.run_for(LONG)
    yann.go_back()
    yann.clock.run_for(LONG)
    yann.reload()
    yann.clock.run_for(LONG)
    assert len(sent) == 1, name
    assert shown.is_opened(1), name


def _comes_back_from_a_page_beneath_it(yann: Page, shown: Showing) -> None:
    sent = beacons(yann)
    beneath = f'<!doctype html><title>Un badge</title><a href="/s/{shown.told.token}">Revenir aux badges</a>'
    yann.route("**/badges/0", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=beneath))
    yann.goto(shown.link)
    yann.clock.run_for(LONG)

    yann.evaluate("location.href += '/badges/0'")
    yann.get_by_role("link", name="Revenir aux badges").click()
    yann.wait_for_url(shown.link)
    yann.clock.run_for(LONG)

    assert len(sent) == 1
    assert shown.is_opened(1)


def _opens_more_of_it_in_another_tab(yann: Page, shown: Showing) -> None:
    sent = beacons(yann)
    yann.goto(shown.link)

    with yann.context.expect_page() as other:
        yann.get_by_role("link", name="English").click(button="middle")

    assert until(lambda: sent, yann)
    other.value.close()
    assert shown.is_opened(1)


@pytest.mark.breadth
def test_two_people_are_two_openings_and_sonia_robots_and_whoever_runs_no_script_are_none(
    sonia: Traveller, phone: Phone, phones: Phones, yann: Page, shows: Callable[[], Showing]
) -> None:
    shown = shows()
    receives_cookies(phone, sonia)
    hers = beacons(phone.page)
    phone.page.goto(shown.link)
    phone.page.get_by_role("button", name="Vérifier encore").click()
    assert until(lambda: hers, phone.page)

    robot = still(phones(passkeys=False, user_agent=ROBOT).page)
    robot.goto(shown.link)
    robot.clock.run_for(LONG)
    robot.goto(f"{shown.link}?lang=en")
    robot.locator("main form button").first.click()  # of the preview, or what checks again

    plain = phones(passkeys=False, java_script_enabled=False).page
    sent = beacons(plain)
    plain.goto(shown.link)  # to its end: without a script a page waits for nothing, unless it is loaded anew by itself
    assert plain.locator("meta[http-equiv=refresh]").count() == 0
    assert sent == []
    assert shown.told.times == 0

    for page in (yann, still(phones(passkeys=False, **DESKTOP).page)):
        page.goto(shown.link)
        page.clock.run_for(LONG)

    assert shown.is_opened(2), "Yann's, and that of whoever sits at a desk"
    assert {(one.kind, one.times) for one in shown.told.openings} == {("phone", 1), ("computer", 1)}
