"""On a computer that others use, what is typed is kept before its page closes (keep-typed.js): when, and when the page comes anew."""

from threading import Event

import pytest
from playwright.sync_api import Page

from tests.fixtures.browser import PATIENCE
from tests.fixtures.page_alone import Alone, Answer, asks_later

pytestmark = pytest.mark.browser
KEEPS, AGAIN = "POST /evidence/1/answers/me", "GET /screen"
KEPT = Answer(303, headers={"Location": "/evidence/1/answers/result"})
TYPES = """(text) => {
  document.querySelector("#text").value = text
  document.querySelector("#text").dispatchEvent(new Event("input", { bubbles: true }))
}"""
COUNTS = """() => {
  Object.assign(window, { went: 0, answered: 0 })
  const asks = window.fetch
  window.fetch = (to, how) => {
    if (how) window.went++
    return asks(to, how).finally(() => how && window.answered++)
  }
}"""
"""Counts what goes and is answered, so that a test goes on only then: a browser itself sends twice what a line cuts."""


class Typing:
    """Somebody who types on that page, by a clock that stands still unless time is said to pass."""

    def __init__(self, alone: Alone) -> None:
        self.alone, self.page = alone, alone.page
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1000)
        self.page.add_init_script(f"({COUNTS})()")
        alone.answers["GET /evidence/1/answers/result"] = Answer(body="<h1>Et ensuite ?</h1>")

    def opens(self) -> Page:
        """The page as it was asked for once; when it is asked for anew, this one stays."""
        self.alone.wire.asked.clear()
        page = self.alone.opens("moment, a shared computer")
        self.alone.answers[AGAIN] = Answer(204)
        return page

    def waits(self, *seconds: float) -> None:
        """Each of them passes at once."""
        for some in seconds:
            self.page.clock.run_for(int(some * 1000))

    def types(self, text: str) -> None:
        """The whole field."""
        self.page.evaluate(TYPES, text)

    def sent(self, times: int) -> str | bytes:
        """What was sent last, once it was so often and all was answered, and not oftener."""
        self.page.wait_for_function("(times) => answered >= times", arg=times, polling=20)
        asks_later(self.page)
        assert self.page.evaluate("went") == times
        return dict(self.alone.wire.asked_for(KEEPS)[-1].form)["text"] if times else ""

    def is_asked_for(self, times: int) -> bool:
        """Whether the page was, so often."""
        return len(self.alone.wire.asked_for(AGAIN, times)) == times


@pytest.fixture
def typing(alone: Alone) -> Typing:
    """Maria, at a computer of the library."""
    return Typing(alone)


def test_what_was_typed_is_kept_after_nine_minutes_and_the_page_asked_for_anew_of_whoever_is_still_there(
    typing: Typing,
) -> None:
    typing.alone.answers[KEEPS] = KEPT
    typing.opens()
    typing.waits(530)
    typing.types("J’ai écouté.")
    typing.waits(9.9)
    assert typing.sent(0) == ""
    typing.waits(0.1)
    assert typing.sent(1) == "J’ai écouté."
    assert typing.is_asked_for(2)
    assert dict(typing.alone.wire.asked_for(KEEPS)[0].form)["key"] == "0123456789abcdef" * 2

    typing.opens()
    typing.waits(480)
    typing.types("Puis rien.")
    typing.waits(60)
    assert typing.sent(1) == "Puis rien."
    typing.waits(40)
    assert typing.sent(1)
    assert typing.is_asked_for(1), "whoever left is not kept signed in"


def test_whoever_begins_after_nine_minutes_is_kept_at_once_then_each_ten_seconds_and_led_on_once_they_rest(
    typing: Typing,
) -> None:
    typing.alone.answers[KEEPS] = KEPT
    typing.opens()
    typing.waits(540, *[1] * 30)
    assert typing.sent(0) == ""
    typing.types("J’ai")
    typing.waits(1)
    assert typing.sent(1) == "J’ai"
    for number in range(9):
        typing.types(f"J’ai {number}")
        typing.waits(1)
    assert typing.sent(1)
    typing.types("J’ai écouté")
    typing.waits(1)
    assert typing.sent(2) == "J’ai écouté"
    assert typing.is_asked_for(1), "the end of a word would go nowhere"
    typing.types("J’ai écouté.")
    typing.waits(1)
    assert typing.sent(2)
    typing.waits(1)
    assert typing.sent(3) == "J’ai écouté."
    assert typing.is_asked_for(2)


def test_what_did_not_arrive_is_tried_again_after_ten_seconds_and_what_is_typed_meanwhile_goes_too(
    typing: Typing,
) -> None:
    typing.opens()
    typing.waits(515)
    typing.types("J’ai écouté.")
    typing.alone.answers[KEEPS] = Answer(body="<h1>Conditions</h1>")  # of a network of its own
    typing.waits(25)
    assert typing.sent(1)
    for times, answer in enumerate((Answer(303, headers={"Location": "/entry"}), None), 2):
        typing.alone.answers[KEEPS] = answer
        typing.waits(9)
        assert typing.sent(times - 1)
        typing.waits(1)
        assert typing.sent(times)
    assert typing.is_asked_for(1)
    typing.alone.answers[KEEPS] = Answer(409)  # beside the text of another window
    typing.waits(10)
    assert typing.sent(4)
    assert typing.is_asked_for(2)

    _what_is_typed_while_it_is_on_its_way_goes_too(typing)


def _what_is_typed_while_it_is_on_its_way_goes_too(typing: Typing) -> None:
    may = Event()
    typing.alone.answers[KEEPS] = lambda _: KEPT if may.wait(PATIENCE / 1000) else None
    typing.opens()
    typing.waits(530)
    typing.types("J’ai")
    typing.waits(10)
    typing.alone.wire.asked_for(KEEPS)
    typing.types("J’ai cherché.")
    may.set()
    assert typing.sent(1) == "J’ai"
    typing.waits(1)
    assert typing.is_asked_for(1)
    assert typing.sent(1)
    typing.waits(1)
    assert typing.sent(2) == "J’ai cherché."
    assert typing.is_asked_for(2)
