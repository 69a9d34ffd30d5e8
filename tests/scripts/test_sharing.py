"""A link and its code are handed on (share-link.js), and what an employer will see is shown beforehand (share-form.js)."""

from threading import Event
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page

from tests.fixtures.browser import PATIENCE
from tests.fixtures.page_alone import Alone, Answer, asks_later, clicks
from tests.fixtures.screens import drawn

pytestmark = pytest.mark.browser
LINK = "https://badges.exemple.fr/s/7KQ2M9XF4TWR8BDH7KQ2M9XF4T"
ABLE = """(() => {
  Object.assign(window, { lit: [], shared: [], copied: [] })
  const notes = (noted) => async (what) => {
    noted.push(what)
    if (window.refuses) throw new DOMException("", "NotAllowedError")
  }
  Object.defineProperty(navigator, "wakeLock", { value: { request: notes(lit) }, configurable: true })
  navigator.share = notes(shared)
  Object.defineProperty(navigator, "clipboard", { value: { writeText: notes(copied) }, configurable: true })
})()"""
"""A phone that keeps its screen lit, has a sheet of apps, and copies; or refuses all of it."""
UNABLE = """(() => {
  for (const name of ["wakeLock", "share", "clipboard"]) Object.defineProperty(navigator, name, { value: undefined })
})()"""
COPIED = "() => document.querySelector('#copied').textContent"
SEEN = "(state) => Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true }) && undefined"
TYPES = """([what, text]) => {
  const field = document.querySelector(what)
  field.value = text
  field.dispatchEvent(new Event("input", { bubbles: true }))
}"""


def test_the_sentence_goes_with_its_link_to_every_app_as_it_is_typed_and_is_copied_as_it_stands(alone: Alone) -> None:
    alone.page.add_init_script(ABLE)
    page = alone.opens("send")
    assert page.evaluate("[...document.querySelectorAll('share-link, copy-link')].every(({ hidden }) => !hidden)")

    page.evaluate(TYPES, ["#message", " Bonjour !\nVoici mes badges & moi. "])
    sends = page.evaluate("[...document.querySelectorAll('[data-sends]')].map(({ href }) => href)")
    said = f"Bonjour !\nVoici mes badges & moi.\n{LINK}"
    assert [unquote(one.split("=")[-1]) for one in sends] == [said, said, said.replace("\n", "\r\n")]
    assert sends[2].startswith("mailto:?subject=Mes%20badges&body=")

    clicks(page, "share-link button")
    clicks(page, "copy-link button")
    page.wait_for_function(f"() => ({COPIED})() !== ''")
    assert page.evaluate("shared") == [
        {"title": "Voici mes badges", "text": "Bonjour !\nVoici mes badges & moi.", "url": LINK}
    ]
    assert page.evaluate("copied") == [said]
    assert page.evaluate(COPIED) == "C’est copié. Collez-le dans votre message."

    page.evaluate(TYPES, ["#message", " "])
    assert unquote(page.evaluate("document.querySelector('[data-sends]').href")).endswith(f"text={LINK}")
    page.evaluate("() => { window.refuses = true; document.querySelector('#copied').textContent = '' }")
    clicks(page, "share-link button")
    clicks(page, "copy-link button")
    page.wait_for_function("() => String(getSelection())")
    assert page.evaluate("String(getSelection())") == LINK.removeprefix("https://")
    assert page.evaluate(COPIED) == ""
    assert page.evaluate("copied.at(-1)") == LINK

    _where_no_address_is_shown_what_is_around_is_marked(alone)


def _where_no_address_is_shown_what_is_around_is_marked(alone: Alone) -> None:
    page = alone.page
    alone.opens("petition, to send")
    page.evaluate("() => { window.refuses = true }")
    clicks(page, "copy-link button")
    page.wait_for_function("() => String(getSelection())")
    assert page.evaluate("document.querySelector('copy-link').parentElement.contains(getSelection().anchorNode)")
    assert page.evaluate("copied") == [page.evaluate("document.querySelector('copy-link').dataset.address")]


def test_a_code_stays_lit_while_it_is_seen_and_a_phone_that_can_do_nothing_of_this_shows_no_button(
    alone: Alone,
) -> None:
    alone.page.add_init_script(f"{ABLE};window.refuses = true")
    page = alone.opens("code")
    assert page.evaluate("lit") == ["screen"]
    for state, times in (("hidden", 1), ("visible", 2)):
        page.evaluate(SEEN, state)
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        assert page.evaluate("lit.length") == times
    page.evaluate("() => { window.refuses = false }")
    clicks(page, "copy-link button")
    assert page.evaluate("copied") == [LINK]

    page.add_init_script(UNABLE)
    for screen in ("code", "send"):
        alone.opens(screen)
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        assert page.evaluate("[...document.querySelectorAll('share-link, copy-link')].every(({ hidden }) => hidden)")


LOOKS = "POST /shares/preview"
STATE = """() => {
  const one = document.querySelector("live-preview"), seen = one.querySelector(".preview")
  return [seen ? seen.textContent : "", seen?.getAttribute("aria-busy") ?? "", one.querySelector("button") ? "button" : ""]
}"""


def shows(page: Page, *state: str) -> None:
    """Once it is so."""
    page.wait_for_function(f"(state) => String(({STATE})()) === state", arg=",".join(state), polling=20)


def preview(words: str) -> Answer:
    """What an employer would see."""
    return Answer(body=f'<main><div class="preview">{words}</div></main>')


def test_what_the_employer_will_see_is_asked_for_while_it_is_unfolded_and_again_once_it_is_no_longer_true(
    alone: Alone,
) -> None:
    alone.page.clock.install()
    alone.answers[LOOKS] = preview("Sonia")
    page = alone.opens("choose")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    page.evaluate(TYPES, ["#name", " Sonia "])
    assert page.evaluate("document.querySelector('typed-text').textContent") == "Sonia"
    page.evaluate("() => { document.querySelector('#name').value = 'Marie' }")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow'))")
    assert page.evaluate("document.querySelector('typed-text').textContent") == "Marie"
    page.clock.run_for(1000)

    clicks(page, "#preview summary")
    shows(page, "Sonia", "", "")
    assert dict(alone.wire.asked_for(LOOKS)[0].form)["name"] == "Marie"
    assert len(alone.wire.asked_for(LOOKS)) == 1, "not while it was folded"

    may = Event()
    alone.answers[LOOKS] = lambda _: preview("Sonia M.") if may.wait(PATIENCE / 1000) else None
    page.evaluate(TYPES, ["#name", "Sonia M."])
    assert page.evaluate(STATE) == ["Sonia", "true", ""]
    page.clock.run_for(500)
    alone.wire.asked_for(LOOKS, 2)
    may.set()
    shows(page, "Sonia M.", "", "")

    _where_none_comes_the_button_is_there_as_without_a_script(alone)


def _where_none_comes_the_button_is_there_as_without_a_script(alone: Alone) -> None:
    page = alone.page
    # where none comes the button is there, as without a script
    for number, answer in enumerate((None, Answer(503, body="<h1>Non</h1>"), Answer(body="<h1>Conditions</h1>"))):
        alone.answers[LOOKS] = answer
        page.evaluate(TYPES, ["#name", f"Sonia {number}"])
        page.clock.run_for(500)
        shows(page, "", "", "button")
        alone.answers[LOOKS] = preview("Sonia")
        page.evaluate(TYPES, ["#name", "Sonia"])
        page.clock.run_for(500)
        shows(page, "Sonia", "", "")


def test_who_unfolds_it_before_the_page_is_all_there_sees_it_too_and_what_came_with_it_is_not_asked_for_again(
    alone: Alone,
) -> None:
    alone.answers[LOOKS] = preview("Sonia")
    unfolded = drawn("choose").replace('<details class="fold" id="preview"', '<details open class="fold" id="preview"')
    alone.answers["GET /screen"] = Answer(body=unfolded)
    alone.page.clock.install(time=0)
    alone.page.clock.pause_at(1000)  # htmx begins by a timer, which a busy phone may run only after all is loaded
    alone.page.goto(f"{alone.wire.origin}/screen")
    alone.page.clock.run_for(100)
    shows(alone.page, "Sonia", "", "")
    assert len(alone.wire.asked_for(LOOKS)) == 1

    with_it = unfolded.replace("</live-preview>", '<div class="preview">Maria</div></live-preview>')
    alone.answers["GET /screen"] = Answer(body=with_it)
    alone.page.goto(f"{alone.wire.origin}/screen")
    alone.page.clock.run_for(100)
    asks_later(alone.page)
    assert len(alone.wire.asked_for(LOOKS)) == 1
    assert alone.page.evaluate(STATE) == ["Maria", "", "button"]


def test_the_button_that_prints_is_there_where_a_script_can_press_it(alone: Alone) -> None:
    alone.page.add_init_script("window.printed = 0; window.print = () => { window.printed++ }")
    page = alone.opens("advisers")
    assert page.evaluate("document.querySelector('print-page').hidden") is False
    clicks(page, "print-page button")
    assert page.evaluate("printed") == 1
