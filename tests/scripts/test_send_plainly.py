"""Where no page of ours comes for a part of a page, the browser sends the form itself (send-plainly.js)."""

from collections.abc import Callable
from threading import Event

import pytest
from playwright.sync_api import Page

from tests.fixtures.browser import PATIENCE
from tests.fixtures.page_alone import Alone, Answer, Asked, asks_later

pytestmark = pytest.mark.browser
TURNS = "POST /page/switches"


def of_htmx(asked: Asked) -> bool:
    """Whether it is for a part of a page."""
    return asked.headers.get("HX-Request") is not None


def says(answer: Answer | None, may: Event | None = None) -> Callable[[Asked], Answer | None]:
    """What comes for a part of the page; whatever the browser asks itself, it stays where it is."""

    def said(asked: Asked) -> Answer | None:
        if not of_htmx(asked):
            return Answer(204)
        assert may is None or may.wait(PATIENCE / 1000)
        return answer

    return said


def plain(alone: Alone, to: str) -> list[Asked]:
    """What the browser sent itself, after something later was asked."""
    asks_later(alone.page)
    return [one for one in alone.wire.asked_for(to, 0) if not of_htmx(one)]


def turns(page: Page, switch: str = "#photo") -> None:
    """Touches a switch, without a finger."""
    page.evaluate("(switch_) => document.querySelector(switch_).click()", switch)


def test_a_form_whose_answer_is_no_page_of_ours_is_sent_by_the_browser_with_the_button_that_was_pressed(
    alone: Alone,
) -> None:
    page = alone.opens("my page")
    alone.answers[TURNS] = says(Answer(body='<main id="main"><h1>Ma page, changée</h1><form id="typed"></form></main>'))
    turns(page)
    page.wait_for_function("() => document.querySelector('h1').textContent.includes('changée')")
    assert plain(alone, TURNS) == []

    for answer in (Answer(body="<h1>Conditions</h1>"), None):
        alone.opens("my page")
        alone.wire.asked.clear()
        alone.answers[TURNS] = says(answer)
        with page.expect_event("requestfailed", lambda asked: asked.is_navigation_request()):  # as the page stays
            turns(page)
        (sent,) = plain(alone, TURNS)
        assert sent.form == [("turn", "photo::off")]
        assert page.evaluate("document.querySelector('h1').textContent") == "Ma page"

    with page.expect_event("requestfailed", lambda asked: asked.is_navigation_request()):
        page.evaluate("() => { document.querySelectorAll('#typed input[name=turn]').forEach((one) => one.remove()) }")
        page.evaluate("() => document.querySelector('#typed').requestSubmit()")
    assert plain(alone, TURNS)[-1].form == [], "no button was pressed"


def test_whoever_left_for_another_page_meanwhile_is_not_called_back_but_a_tap_that_leads_nowhere_is_no_leaving(
    alone: Alone,
) -> None:
    leaves = {
        "document.querySelector('.foot a[href]').click()": 0,
        "document.querySelector('form.language').requestSubmit()": 0,
        "document.querySelector('h1').click()": 1,
        """const form = document.querySelector('form.language')
        form.addEventListener('submit', (event) => event.preventDefault())
        form.requestSubmit()""": 1,
    }
    alone.answers["POST /language"] = Answer(204)
    page = alone.opens("my page")
    to = page.evaluate("document.querySelector('.foot a[href]').getAttribute('href')")
    alone.answers[f"GET {to}"] = Answer(204)
    for act, times in leaves.items():
        may = Event()
        alone.answers[TURNS] = says(Answer(body="<h1>Conditions</h1>"), may)
        alone.wire.asked.clear()
        page.evaluate(
            "() => { document.addEventListener('htmx:finally:request', () => { window.isOver = true }, { once: true }) }"
        )
        turns(page)
        alone.wire.asked_for(TURNS)
        page.evaluate(f"() => {{ {act} }}")
        may.set()
        page.wait_for_function("() => window.isOver")
        page.evaluate("() => { window.isOver = false }")
        assert len(plain(alone, TURNS)) == times, act


def test_what_belongs_to_no_form_is_sent_by_nobody(alone: Alone) -> None:
    page = alone.opens("my page")
    page.evaluate("""() => {
      for (const ctx of [undefined, { sourceElement: document.querySelector("h1") }])
        document.dispatchEvent(new CustomEvent("htmx:error", { detail: { ctx } }))
    }""")
    assert plain(alone, TURNS) == []
