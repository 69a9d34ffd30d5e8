"""Badges are chosen on one page (badge-chooser.js): ticked, unticked and looked for, and what is ticked stays so."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.fixtures.page_alone import Alone, Answer, clicks

pytestmark = pytest.mark.browser
TICKS = """() => {
  const boxes = [...document.querySelectorAll("input[name=badge]")]
  return [boxes.filter((one) => one.checked).length, [...document.querySelectorAll("tick-all")].map((one) => one.textContent.trim())]
}"""
"""How many are ticked, and what is on the buttons."""
FOLDS = """() => [...document.querySelectorAll("#choices details")].map((one) => {
  const told = one.querySelector("[data-ticked]")
  return [one.hidden ? "" : one.open ? "open" : "folded", told.hidden ? "" : told.textContent.trim()]
})"""
"""Of each issuer: whether the rest is seen, and what is said of what is ticked there."""
SEEKS = """(words) => {
  const field = document.querySelector("#q")
  field.value = words
  field.dispatchEvent(new Event("input", { bubbles: true }))
}"""
FOUND = """() => [
  [...document.querySelectorAll("#choices .choice")].filter((one) => !one.closest("[hidden]")).length,
  document.querySelector("seek-badge [role=status]").textContent,
  [...document.querySelectorAll(".of-issuer")].map(({ hidden }) => hidden ? 0 : 1).join(""),
]"""
"""How many are seen, what is said of it, and of which issuers."""
SETS = """([place, isTicked]) => {
  const box = document.querySelectorAll("input[name=badge]")[place]
  box.checked = isTicked
  box.dispatchEvent(new Event("input", { bubbles: true }))
}"""


def sets(page: Page, ticked: bool, *places: int) -> None:
    """Ticks some, or no longer."""
    for place in places:
        page.evaluate(SETS, [place, ticked])


def presses(page: Page, what: str, key: str) -> bool:
    """Whether the browser does with the key what it always does."""
    act = """([what, key]) => document.querySelector(what).dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }))"""
    goes: bool = page.evaluate(act, [what, key])
    return goes


def test_all_that_is_seen_is_ticked_or_unticked_at_once_in_the_part_where_the_button_is(alone: Alone) -> None:
    page = alone.opens("choose of sixty")
    none, all_ = "Tout décocher", "Tout cocher"
    assert page.evaluate(TICKS) == [50, [none] * 6]
    link = page.locator("tick-all a")
    assert [link.get_attribute("role"), link.get_attribute("class")] == ["button", "alone"]
    assert link.get_attribute("aria-describedby") is None
    own = page.evaluate(
        "() => [...document.querySelectorAll('.of-issuer tick-all button')].map((one) => one.outerHTML)"
    )
    assert own[0] == f'<button type="button" class="alone" aria-describedby="group-1">{none}</button>'
    assert page.evaluate(FOLDS)[0] == ["folded", ", 11 cochés"]

    clicks(page, "tick-all a")
    assert page.evaluate(TICKS) == [0, [all_] * 6]
    assert page.evaluate(FOLDS) == [["folded", ""]] * 5
    assert presses(page, "tick-all a", "Tab")
    assert page.evaluate(TICKS)[0] == 0
    assert not presses(page, "tick-all a", " "), "the page does not roll on"
    assert page.evaluate(TICKS) == [60, [none] * 6]
    assert page.evaluate(FOLDS)[0] == ["open", ", 13 cochés"]
    assert [one for one in alone.wire.asked if one.path.startswith("/shares/new")] == []

    clicks(page, ".of-issuer tick-all button")
    assert page.evaluate(TICKS) == [43, [none, all_, *[none] * 4]]
    sets(page, True, 4)
    assert page.evaluate(FOLDS)[0] == ["open", ", 1 coché"]
    assert page.evaluate(TICKS)[1][1] == none
    page.evaluate("() => { for (const one of document.querySelectorAll('[name=badge]')) one.checked = false }")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow'))")
    assert page.evaluate(TICKS)[1] == [all_] * 6, "whoever comes back has what they had"


def test_what_nobody_asked_for_is_ticked_by_hand_alone_and_what_hangs_on_a_badge_goes_with_it(alone: Alone) -> None:
    page = alone.opens("choose, one of them came by a link")
    page.evaluate("""() => {
      const words = { tick: "Tout cocher", untick: "Tout décocher" }
      const all = Object.assign(document.createElement("tick-all"), { id: "all" })
      Object.assign(all.dataset, words)
      document.querySelector("#choices").prepend(all)
    }""")
    boxes = "() => [...document.querySelectorAll('input[name=badge]')].map((one) => one.checked)"
    by_hand = page.evaluate(
        "() => [...document.querySelectorAll('input[name=badge]')].map((one) => 'byHand' in one.dataset)"
    )
    assert sorted(set(by_hand)) == [False, True]
    sets(page, False, *range(len(by_hand)))
    clicks(page, "#all button")
    assert page.evaluate(boxes) == [not one for one in by_hand]
    sets(page, True, by_hand.index(True))
    page.evaluate("""() => {
      const one = document.querySelector("input[name=badge]").closest(".choice")
      one.insertAdjacentHTML("beforeend", '<input type="checkbox" name="level" checked>')
    }""")
    clicks(page, "#all button")
    assert page.evaluate(boxes) == [False] * len(by_hand)
    assert page.evaluate("document.querySelector('[name=level]').checked") is False
    page.evaluate("() => { document.querySelector('[name=level]').checked = true }")
    clicks(page, "#all button")
    assert page.evaluate("document.querySelector('[name=level]').checked") is True


def test_a_badge_is_looked_for_by_words_and_kind_and_what_is_ticked_stays_so(alone: Alone) -> None:
    page = alone.opens("choose of sixty")
    heard = (
        "() => { window.inputs = 0; document.querySelector('#typed').addEventListener('input', () => window.inputs++) }"
    )
    page.evaluate(heard)

    def seeks(words: str) -> Any:
        page.evaluate(SEEKS, words)
        return page.evaluate(FOUND)

    assert seeks("COMMUNIQUER 4") == [15, "15 badges", "11111"]
    assert [one for one, _ in page.evaluate(FOLDS)].count("open") == 5
    assert seeks("  l’École ") == [17, "17 badges", "01000"]
    assert seeks("ecole 41") == [1, "1 badge", "01000"]
    assert [one for one, _ in page.evaluate(FOLDS)] == ["", "open", "", "", ""]
    assert page.evaluate(TICKS)[1][0] in ("Tout cocher", "Tout décocher")
    page.evaluate("() => { document.querySelector('input[value=\"141\"]').checked = false }")
    seeks("ecole 41")
    assert page.evaluate(TICKS)[1][0] == "Tout cocher", "of what is seen none is ticked"
    assert seeks("d'") == [0, "Aucun badge n’a ces mots.", "00000"]
    assert seeks(" ") == [60, "", "11111"]
    assert page.evaluate("inputs") == 0, "nothing of the choice is another one"

    assert not presses(page, "#q", "Enter")
    assert presses(page, "#q", "a")
    page.evaluate("() => { document.querySelector('#q').value = 'école' }")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow'))")
    assert page.evaluate(FOUND)[0] == 17
    assert page.evaluate("() => new FormData(document.querySelector('#typed')).has('q')") is False
    assert page.evaluate("document.querySelector('seek-badge [aria-label=Chercher]')") is None


def test_a_kind_is_asked_for_here_and_another_order_of_the_server_with_the_kind_and_without_the_words(
    alone: Alone,
) -> None:
    alone.answers["POST /shares/preview"] = Answer(204)
    page = alone.opens("choose of sixty")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow'))")
    assert [one for one, _ in page.evaluate(FOLDS)] == ["folded"] * 5, "nothing was looked for"
    pressed = "() => [...document.querySelectorAll('[data-kind]')].map((one) => one.getAttribute('aria-pressed'))"
    assert (
        page.evaluate("[...document.querySelectorAll('[data-kind], [data-order]')].map(({ type }) => type)")
        == ["button"] * 6
    )
    clicks(page, "[data-order=date]")
    (first,) = alone.wire.asked_for("POST /shares/preview")
    assert dict(first.form)["seek"] == ".date"

    clicks(page, "[data-kind='']")
    assert [one for one, _ in page.evaluate(FOLDS)] == ["folded"] * 5
    clicks(page, "[data-kind=good]")
    assert [one for one, _ in page.evaluate(FOLDS)] == ["open"] * 5
    page.evaluate("() => { document.querySelector('.choice[data-kinds=good]').dataset.kinds = 'good unexpired' }")
    clicks(page, "[data-kind=expired]")
    assert page.evaluate(FOUND) == [2, "", "00001"]
    assert page.evaluate(FOLDS)[-1][0] == ""
    assert page.evaluate(pressed) == ["false", "false", "true"]
    page.evaluate(SEEKS, "communiquer 11")
    assert page.evaluate(FOUND) == [1, "1 badge", "00001"]
    clicks(page, "[data-order=name]")
    form = dict(alone.wire.asked_for("POST /shares/preview", 2)[-1].form)
    assert [form["seek"], "q" in form] == ["expired.name", False]
    assert page.evaluate("document.querySelector('[data-order=name]').type") == "button"

    page.evaluate(
        "() => document.querySelectorAll('[data-kind]').forEach((one) => one.setAttribute('aria-pressed', 'false'))"
    )
    page.evaluate(SEEKS, "")
    assert page.evaluate(FOUND)[0] == 60, "where there is one kind alone"
    clicks(page, "[data-kind='']")
    assert page.evaluate(FOUND) == [60, "", "11111"]
    assert page.evaluate(pressed) == ["true", "false", "false"]
