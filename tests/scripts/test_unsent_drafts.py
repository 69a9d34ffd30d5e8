"""The list of what a phone keeps and has not sent (unsent-drafts.js), asked on the pages where a person looks for it."""

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.page_alone import Alone, Answer
from tests.fixtures.screens_evidence import KEY
from tests.scripts.drafts import FACTS, LATE, PHOTO, QUIET, VOICE, asks, keeps, left, sends

pytestmark = pytest.mark.browser
ROWS = """() => [...document.querySelectorAll("unsent-drafts ul > li")].map((row) => [
    row.querySelector("[data-head]").hidden ? "" : row.querySelector("[data-head]").innerText.trim(),
    row.querySelector(".said").innerText,
    [...row.querySelectorAll("[data-when]")].filter((one) => !one.hidden).map((one) => one.innerText).join(),
    row.querySelector("a").getAttribute("href"),
])"""
"""Of each row the head, the words, what stands beside them and where it leads."""
READY, OPEN = "Nous l’enverrons plus tard.,Changer", "À finir,Continuer"
PRESSES = "document.querySelector('unsent-drafts > section > [data-act=send]').click()"


def _rows(page: Page, count: int) -> list[list[str]]:
    expect(page.locator("unsent-drafts ul > li")).to_have_count(count)
    rows: list[list[str]] = page.evaluate(ROWS)
    return rows


def test_each_draft_is_shown_by_its_first_words_with_the_way_back_to_it_and_takes_the_place_of_its_moment(
    alone: Alone,
) -> None:
    alone.page.add_init_script(LATE.join(("(", ")()")))
    here, _voice, nothing = keeps(
        alone,
        {"said": {"situation": "work", "place": "Le port", "facts": "", "me": FACTS}},
        {"said": {"situation": "work"}, "sounds": [VOICE], "evidence": 3},
        {},
    )
    page = alone.opens("moments, more than on one page")
    page.wait_for_function("() => window.lets && customElements.get('unsent-drafts')")

    page.evaluate("() => window.lets()")

    draft = "/evidence/draft#"
    assert _rows(page, 3) == [
        ["", "Pas encore commencé", OPEN, draft + nothing],
        ["", "Ma voix", OPEN, "/evidence/3/answers/facts"],
        ["", FACTS, OPEN, draft + here],
    ]
    expect(page.locator("unsent-drafts")).to_be_visible()
    expect(page.get_by_role("button", name="Envoyer maintenant")).to_be_hidden()
    card = page.locator("main > a.moment")
    expect(card).to_be_visible()

    alone.answers["POST /drafts"] = Answer(429)
    (answer,) = keeps(alone, {"ready": True, "evidence": 1, "question": "me", "said": {"me": "Je l’ai écouté."}})

    head = "Au travail 24 novembre 2026"
    rows = _rows(page, 4)
    assert [" ".join(rows[0][0].split()), *rows[0][1:]] == [head, "Je l’ai écouté.", READY, "/evidence/1/answers/me"]
    expect(card).to_be_hidden()
    expect(page.get_by_role("button", name="Envoyer maintenant")).to_be_visible()

    page.locator("unsent-drafts li").first.locator("[data-act=drop]").dispatch_event("click")

    assert len(_rows(page, 3)) == 3
    expect(card).to_be_visible()
    assert answer not in left(alone)
    asks(alone, "(key) => keep({ id: key, said: { facts: 'Un colis.' } })", KEY)
    assert [" ".join(_rows(page, 4)[0][0].split()), page.locator("main > a.moment:visible").count()] == [head, 0]
    assert page.evaluate(ROWS)[0][3] == draft + KEY, "what began this moment goes on where it is told"
    asks(alone, "async () => { for (const one of await store.list()) await store.remove(one) }")
    expect(page.locator("unsent-drafts")).to_be_hidden()


def test_whoever_sends_by_hand_is_told_why_it_does_not_go_and_nobody_else_is(alone: Alone) -> None:
    alone.answers["POST /drafts"] = Answer(429)
    keeps(alone, {"ready": True, "said": {"facts": FACTS}, "sounds": [PHOTO]})
    page = alone.opens("moments, none")
    alone.wire.asked_for("POST /drafts")
    page.evaluate(QUIET)
    status = page.locator("unsent-drafts").get_by_role("status")
    expect(page.locator("unsent-drafts")).to_be_visible()
    expect(status).to_have_text("")

    page.evaluate(PRESSES)

    expect(status).to_have_text("Le service ne répond pas. Nous l’enverrons plus tard.")
    page.evaluate(QUIET)
    alone.answers["POST /drafts"] = Answer(401)
    sends(page, "{ now: true }")
    expect(status).to_have_text("Le service ne répond pas. Nous l’enverrons plus tard.")
    for says, text in (
        (Answer(409), "Vos badges se sont fermés. Ouvrir mes badges pour envoyer"),
        (None, "Internet est coupé. Nous l’enverrons plus tard."),
        (Answer(401), "Vos badges se sont fermés. Ouvrir mes badges pour envoyer"),
        (Answer(413), "Il n’y a plus de place. Enlevez d’abord une photo ou un fichier."),
    ):
        alone.answers["POST /drafts"] = says
        page.evaluate(PRESSES)
        expect(status).to_contain_text(text)
        page.evaluate(QUIET)
    expect(status.get_by_role("link")).to_have_count(0)


def test_what_is_told_on_the_page_itself_is_not_in_its_list(alone: Alone) -> None:
    mine, _ = keeps(alone, {"said": {"facts": FACTS}}, {"said": {"facts": "Un colis."}})
    page = alone.opens("moment, with the network off", f"/evidence/draft#{mine}")

    assert [row[1] for row in _rows(page, 1)] == ["Un colis."]


def test_what_was_for_a_moment_that_is_gone_begins_another_one(alone: Alone) -> None:
    gone, _ = keeps(
        alone,
        {"evidence": 1, "question": "me", "said": {"me": FACTS}},
        {"evidence": 2, "question": "me", "said": {"me": FACTS}},
    )
    page = alone.opens("moment, gone before it was asked for", "/evidence/1/answers/me")

    assert [row[3] for row in _rows(page, 2)] == ["/evidence/2/answers/me", f"/evidence/draft#{gone}"]
