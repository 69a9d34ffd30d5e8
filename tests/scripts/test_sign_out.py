"""Whoever signs out sends first what this phone keeps, and is asked where that cannot be done (sign-out.js)."""

from threading import Event

import pytest
from playwright.sync_api import Page

from tests.fixtures.browser import PATIENCE
from tests.fixtures.page_alone import Alone, Answer, asks_later
from tests.fixtures.screens import drawn

pytestmark = pytest.mark.browser
LEAVES, SENDS = "POST /leaving", "POST /drafts"
TAKEN = Answer(json={"at": "/evidence/7", "refused": 0, "unsaid": 0})
STORE = """async (keeps) => {
  const { DraftStore, newDraft } = await import("SCRIPT")
  const { of, key } = document.querySelector("draft-sender").dataset
  const store = new DraftStore(of, key, () => {})
  if (keeps) await store.save(newDraft({ said: { facts: "Un client était en colère." } }))
  return await store.count()
}"""
STATE = """() => {
  const door = document.querySelector("leaving-door"), say = door.querySelector(":scope > [role=status]").textContent.trim()
  const words = [...door.querySelectorAll("template")].find(({ content }) => content.textContent.trim() === say)
  const shown = door.querySelector("[data-question]").hidden ? "" : "question"
  const held = door.contains(document.activeElement) ? document.activeElement.dataset.question ?? document.activeElement.type : "nothing"
  return [shown, door.querySelector("form").hidden ? "" : "form", words?.dataset.message ?? say, held]
}"""
ASKED, OPEN = ["question", "", "", ""], ["", "form", "", "submit"]


def kept(alone: Alone, *, keeps: bool = False) -> int:
    """How many drafts lie in the phone, after another one was kept."""
    found: int = alone.page.evaluate(STORE.replace("SCRIPT", alone.script("draft-store")), keeps)
    return found


def leaves(page: Page) -> None:
    """Without a finger."""
    page.evaluate("() => document.querySelector('leaving-door form').requestSubmit()")


def acts(page: Page, act: str) -> None:
    """Answers the question."""
    page.evaluate("(act) => document.querySelector(`leaving-door [data-act=${act}]`).click()", act)


def becomes(page: Page, state: list[str]) -> None:
    """Once it is so."""
    page.wait_for_function(f"(state) => String(({STATE})()) === state", arg=",".join(state), polling=20)


def test_what_she_told_goes_before_she_does_and_nothing_of_it_stays_in_the_phone(alone: Alone) -> None:
    may = Event()
    alone.answers[LEAVES] = Answer(204)
    alone.answers[SENDS] = lambda _: TAKEN if may.wait(PATIENCE / 1000) else None
    page = alone.opens("settings")
    assert kept(alone, keeps=True) == 1
    leaves(page)
    alone.wire.asked_for(SENDS)
    becomes(page, ["", "form", "sending", "nothing"])
    assert LEAVES not in [f"{one.method} {one.path}" for one in alone.wire.asked]
    may.set()
    alone.wire.asked_for(LEAVES)
    assert kept(alone) == 0

    leaves(page)
    alone.wire.asked_for(LEAVES, 2)
    assert len(alone.wire.asked_for(SENDS)) == 1


def test_where_it_does_not_go_she_is_asked_and_stays_or_leaves_without_it_unless_nobody_would_hear(
    alone: Alone,
) -> None:
    alone.answers.update({LEAVES: Answer(204), SENDS: Answer(503)})
    page = alone.opens("settings")
    kept(alone, keeps=True)
    leaves(page)
    becomes(page, ASKED)
    acts(page, "stay")
    assert page.evaluate(STATE) == OPEN
    leaves(page)
    becomes(page, ASKED)
    alone.answers["HEAD /drafts/key"] = None
    acts(page, "leave")
    becomes(page, ["question", "", "offline", ""])
    acts(page, "stay")
    assert page.evaluate(STATE) == OPEN
    assert LEAVES not in [f"{one.method} {one.path}" for one in alone.wire.asked]
    assert kept(alone) == 1

    alone.answers["HEAD /drafts/key"] = Answer()
    leaves(page)
    becomes(page, ASKED)
    acts(page, "leave")
    alone.wire.asked_for(LEAVES)
    assert kept(alone) == 0


BREAKS = "() => { indexedDB.open = () => { throw new Error('no store') } }"


def test_a_store_that_says_nothing_keeps_nobody_in_but_what_it_had_is_not_lost_unasked(alone: Alone) -> None:
    may = Event()
    alone.answers[LEAVES] = Answer(204)
    alone.answers[SENDS] = lambda _: TAKEN if may.wait(PATIENCE / 1000) else None
    page = alone.opens("settings")
    kept(alone, keeps=True)
    leaves(page)
    alone.wire.asked_for(SENDS)
    page.evaluate(BREAKS)
    may.set()
    becomes(page, ASKED)
    assert LEAVES not in [f"{one.method} {one.path}" for one in alone.wire.asked]

    alone.opens("settings")
    page.evaluate(BREAKS)
    leaves(page)
    alone.wire.asked_for(LEAVES)


SILENT = "() => { indexedDB.open = () => ({}) }"


def test_a_store_that_does_not_answer_holds_her_up_for_six_seconds_and_she_goes_only_once_all_is_forgotten(
    alone: Alone,
) -> None:
    alone.page.clock.install()
    alone.answers.update({LEAVES: Answer(204), SENDS: Answer(503)})
    page = alone.opens("settings")
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    kept(alone, keeps=True)
    leaves(page)
    becomes(page, ASKED)
    page.evaluate(SILENT)
    acts(page, "leave")
    alone.wire.asked_for("HEAD /drafts/key")
    for milliseconds, times in ((5_900, 0), (100, 1)):
        asks_later(page)
        page.clock.run_for(milliseconds)
        assert len(alone.wire.asked_for(LEAVES, times)) == times

    leaves(page)
    page.clock.run_for(6_000)
    assert len(alone.wire.asked_for(LEAVES, 2)) == 2


def test_who_keeps_nothing_is_told_nothing_and_leaves_a_page_that_keeps_no_drafts_too(alone: Alone) -> None:
    alone.answers[LEAVES] = Answer(204)
    page = alone.opens("settings")
    page.evaluate("""() => {
      window.said = []
      const status = document.querySelector("leaving-door > [role=status]")
      new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true })
    }""")
    leaves(page)
    alone.wire.asked_for(LEAVES)
    assert page.evaluate("said") == []

    alone.answers["GET /screen"] = Answer(body=drawn("settings").replace("draft-sender", "no-sender"))
    page.goto(f"{alone.wire.origin}/screen")
    leaves(page)
    alone.wire.asked_for(LEAVES, 2)
