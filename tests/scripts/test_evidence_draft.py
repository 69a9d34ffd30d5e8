"""How what is told on a page is kept in the phone (evidence-draft.js): at each pause, with its files, and said where it is not."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.page_alone import Alone, Answer
from tests.fixtures.screens_cards import DAY, NOW
from tests.fixtures.screens_evidence import KEY
from tests.scripts.drafts import FACTS, LATE, SENT, asks, keeps, sends

pytestmark = pytest.mark.browser
HERE = "/evidence/draft"
TYPES = """([where, text]) => {
    const box = document.querySelector(where)
    box.value = text
    box.dispatchEvent(new Event("input", { bubbles: true }))
}"""
TURNS = """(hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden })
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))
}"""
"""Nobody sees the page any more, or somebody does again."""
SPEAKS = """([text, about]) => {
    const recorder = document.querySelector("voice-recorder")
    recorder.dataset.about = about
    const detail = text && new File([text], "voix.webm", { type: "audio/webm" })
    recorder.dispatchEvent(new CustomEvent("voice-so-far", { bubbles: true, detail }))
}"""
KEPT = """async () => {
    await store.remove({ id: "none", at: 0 }) // behind all that is being written
    const all = await store.list(), rows = await Promise.all(all.map(({ id }) => noted(id)))
    return all.map((draft, at) => ({ ...draft, ready: rows[at].ready }))
}"""
CHOOSES = """(texts) => document.querySelector("attach-files").dispatchEvent(new CustomEvent("photos", {
    bubbles: true, cancelable: true, detail: texts.map((text) => new File([text], "bus.jpg", { type: "image/jpeg" })),
}))"""
FULL = """() => {
    const puts = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (...what) {
        if (window.isFull) throw new DOMException("", "QuotaExceededError")
        return puts.apply(this, what)
    }
    window.isFull = true
}"""
CANNOT = "Ce téléphone ne peut rien garder pour l’instant. Ne fermez pas cette page."
ANSWER: dict[str, Any] = {"evidence": 1, "question": "facts"}


def _kept(alone: Alone) -> list[dict[str, Any]]:
    """What lies in the phone, once all that was being written does."""
    found: list[dict[str, Any]] = asks(alone, KEPT)
    return found


def _said(alone: Alone) -> list[dict[str, str]]:
    return [one["said"] for one in _kept(alone)]


def _stands_still(alone: Alone) -> None:
    alone.page.clock.install(time=NOW)
    alone.page.clock.pause_at(NOW + DAY)


def _types(page: Page, text: str, where: str = "#text") -> None:
    page.evaluate(TYPES, [where, text])


def _status(page: Page) -> Any:
    return page.locator(":is(kept-answer, moment-draft) > [role=status]")


def _answers(alone: Alone) -> Page:
    """A page on which one question is answered, ready to be typed on."""
    page = alone.opens("moment, facts")
    expect(page.locator("[name=key]")).not_to_have_value(KEY)
    return page


def _begun(alone: Alone) -> Page:
    """A page on which a moment is told, ready to be typed on."""
    page = alone.opens("moment, with the network off", HERE)
    expect(page.locator("[data-step=situation]")).to_be_visible()
    return page


def test_what_she_types_is_kept_half_a_second_after_the_last_letter_or_as_she_turns_away(alone: Alone) -> None:
    _stands_still(alone)
    page, clock = _begun(alone), alone.page.clock
    page.evaluate(TURNS, True)
    assert _kept(alone) == [], "nothing was told"
    _types(page, "Un", "#text-facts")
    clock.run_for(300)
    _types(page, "Un client", "#text-facts")
    clock.run_for(499)
    assert _kept(alone) == []
    clock.run_for(1)
    assert _said(alone) == [{"facts": "Un client"}]

    _types(page, FACTS, "#text-facts")
    page.evaluate(TURNS, True)

    (kept,) = _kept(alone)
    assert kept["said"] == {"facts": FACTS}
    page.evaluate(TURNS, True)
    clock.run_for(1_000)
    page.evaluate(TURNS, True)
    assert _kept(alone) == [kept], "once"


def test_what_waited_to_be_sent_is_unfinished_again_when_she_goes_on_with_it(alone: Alone) -> None:
    alone.answers["POST /drafts"] = Answer(429)
    alone.page.add_init_script(LATE.join(("(", ")()")))
    _stands_still(alone)
    keeps(alone, ANSWER | {"ready": True, "unless": "f" * 32, "said": {"facts": FACTS}})
    page = alone.opens("moment, facts")
    page.wait_for_load_state()
    page.evaluate("() => window.lets()")
    expect(page.locator("#text")).to_have_value(FACTS)
    expect(_status(page)).to_have_text(
        "Le service ne répond pas. Votre texte est gardé dans ce téléphone. Nous l’enverrons plus tard."
    )

    _types(page, FACTS + " Très.")
    page.clock.run_for(500)

    (kept,) = _kept(alone)
    assert (kept["said"], kept["ready"], "unless" in kept) == ({"facts": FACTS + " Très."}, False, False)
    expect(_status(page)).to_contain_text("Le service ne répond pas.")


def test_a_phone_that_cannot_keep_what_is_typed_says_so_once_until_it_can(alone: Alone) -> None:
    _stands_still(alone)
    page, clock = _answers(alone), alone.page.clock
    before = page.locator("#text").input_value()
    page.set_viewport_size({"width": 360, "height": 400})
    page.evaluate("() => scrollTo(0, 0)")
    page.evaluate(FULL)
    _types(page, "Un")
    clock.run_for(500)

    expect(_status(page)).to_have_text(CANNOT)
    expect(_status(page)).to_be_in_viewport()
    key = page.locator("[name=key]").get_attribute("value")
    unsent = "([id, status]) => document.dispatchEvent(new CustomEvent('draft-unsent', { detail: { id, status } }))"
    page.evaluate(unsent, [key, 0])
    _types(page, FACTS)
    clock.run_for(500)
    assert _kept(alone) == []
    expect(_status(page)).to_contain_text("Internet est coupé.")

    page.evaluate("() => { window.isFull = false; scrollTo(0, 0) }")
    _types(page, FACTS)
    clock.run_for(500)
    expect(_status(page)).to_have_text("")
    assert _said(alone) == [{"facts": FACTS}]
    assert page.evaluate("() => scrollY") == 0
    page.evaluate("() => { indexedDB.open = () => { throw new DOMException('', 'InvalidStateError') } }")
    _types(page, before)
    clock.run_for(500)
    expect(_status(page)).to_have_text(CANNOT)


def test_why_it_was_not_sent_is_said_where_it_was_told(alone: Alone) -> None:
    keeps(alone, ANSWER | {"said": {"facts": FACTS}})
    page = alone.opens("moment, facts")
    expect(_status(page)).to_have_text("Votre texte est gardé.")
    kept = " Votre texte est gardé dans ce téléphone."
    key = page.locator("[name=key]").input_value()
    asks(
        alone, "(id) => document.dispatchEvent(new CustomEvent('draft-unsent', { detail: { id, status: 0 } }))", "other"
    )
    expect(_status(page)).to_have_text("Votre texte est gardé.")
    for status, text in (
        (401, "Vos badges se sont fermés." + kept),
        (429, "Le service ne répond pas." + kept),
        (409, "Vos badges se sont fermés." + kept),
        (0, "Internet est coupé." + kept),
        (413, "Il n’y a plus de place."),
        (422, CANNOT),
        (-1, "Internet est coupé." + kept),
    ):
        asks(
            alone,
            "([id, status]) => document.dispatchEvent(new CustomEvent('draft-unsent', { detail: { id, status } }))",
            [key, status],
        )
        expect(_status(page)).to_contain_text(text)
    alone.answers["POST /drafts"] = SENT
    sends(page, "{ all: true }")
    expect(_status(page)).to_have_text("C’est envoyé. Voir mon moment")
    assert page.locator("kept-answer a").get_attribute("href") == "/evidence/9"
    expect(page.locator("draft-sender").get_by_role("status")).to_have_text("")


@pytest.mark.parametrize(
    ("number", "size", "says"),
    [
        (19, 10, "Il y a trop de fichiers. Envoyez d’abord ce moment."),
        (1, 29_999_999, "C’est trop lourd. Envoyez d’abord ce moment."),
    ],
)
def test_at_most_twenty_files_and_thirty_million_bytes_go_with_a_draft(
    alone: Alone, number: int, size: int, says: str
) -> None:
    files = [{"id": f"{one}", "name": "bus.jpg", "type": "image/jpeg", "size": size} for one in range(number)]
    (draft,) = keeps(alone, {"said": {"facts": FACTS}, "files": files})
    page = alone.opens("moment, with the network off", f"{HERE}#{draft}")
    expect(_status(page)).to_have_text("Votre texte est gardé.")
    _types(page, FACTS, "#text-facts")

    page.evaluate(CHOOSES, ["1"])

    expect(page.locator("[data-files] > li")).to_have_count(number + 1)
    expect(_status(page)).to_have_text("")
    page.evaluate(CHOOSES, ["2", "3"])
    expect(_status(page)).to_have_text(says)
    assert len(_kept(alone)[0]["files"]) == number + 1


def test_a_photo_that_the_phone_does_not_keep_is_not_shown_as_if_it_were(alone: Alone) -> None:
    _stands_still(alone)
    page = _begun(alone)
    page.evaluate(CHOOSES, ["1"])
    expect(page.locator("h1")).to_have_text("Relisez")
    rows = page.locator("[data-files] > li")
    expect(rows).to_have_count(1)
    page.evaluate(FULL)

    page.evaluate(CHOOSES, ["2"])

    expect(_status(page)).to_have_text(CANNOT)
    expect(rows).to_have_count(1)
    page.evaluate("() => { window.isFull = false }")
    page.evaluate(CHOOSES, ["3"])
    expect(rows).to_have_count(2)
    expect(_status(page)).to_have_text("")
    (kept,) = _kept(alone)
    bytes_ = "async (files) => { const all = []; for (const one of files) all.push(await (await store.file(one)).text()); return all }"
    assert asks(alone, bytes_, kept["files"]) == ["1", "3"]

    page.evaluate("() => { indexedDB.open = () => ({}) }")
    page.evaluate(CHOOSES, ["4"])
    page.clock.run_for(29_999)
    expect(_status(page)).to_have_text("")
    page.clock.run_for(1)
    expect(_status(page)).to_have_text(CANNOT)


FILES = """async () => {
    const base = await new Promise((done) => (indexedDB.open("drafts").onsuccess = ({ target }) => done(target.result)))
    const asked = base.transaction("files").objectStore("files").count()
    return new Promise((done) => (asked.onsuccess = () => done(asked.result) || base.close()))
}"""
LOCKS = """async () => {
    const { held, pending } = await navigator.locks.query()
    return [held, pending].map((all) => all.map(({ name }) => name).filter((name) => name.startsWith("voice ")))
}"""


def test_what_she_says_is_kept_as_it_grows_and_no_other_page_sends_it_meanwhile(alone: Alone) -> None:
    alone.answers["POST /drafts"] = Answer(429)
    waiting = {"text": "waits", "name": "voix.webm", "type": "audio/webm", "question": "me"}
    (draft,) = keeps(alone, ANSWER | {"ready": True, "said": {"facts": FACTS}, "sounds": [waiting]})
    page = alone.opens("moment, facts")
    expect(page.locator("#text")).to_have_value(FACTS)
    page.evaluate(SPEAKS, ["one", "facts"])
    page.evaluate(SPEAKS, ["one two", "facts"])

    (kept,) = _kept(alone)
    first, second = kept["files"]
    assert (kept["id"], kept["ready"], "cut" in first) == (draft, False, False)
    assert (second["cut"], second["question"], second["size"]) == (True, "facts", 7)
    assert asks(alone, "async (file) => (await store.file(file)).text()", second) == "one two"
    assert page.evaluate(FILES) == 2, "in the place of what it was before"
    assert page.evaluate(LOCKS) == [[f"voice {draft}"], []]

    page.evaluate(SPEAKS, [None, "facts"])

    (kept,) = _kept(alone)
    assert (kept["files"], kept["ready"]) == ([first], True), "what waited goes on waiting"


def test_where_nothing_is_heard_what_is_typed_is_not_finished(alone: Alone) -> None:
    page = _answers(alone)
    page.evaluate("() => Object.defineProperty(navigator, 'locks', { value: undefined })")
    _types(page, FACTS)
    page.evaluate(SPEAKS, ["one", ""])
    (kept,) = _kept(alone)
    assert [("question" in file, file["cut"]) for file in kept["files"]] == [(False, True)]

    page.evaluate(SPEAKS, [None, ""])

    (kept,) = _kept(alone)
    assert (kept["said"], kept["files"], kept["ready"]) == ({"facts": FACTS}, [], False)


ELSEWHERE = """async (facts) => {
    const [draft] = (await store.list()).filter(({ said }) => !said.other)
    await store.save({ ...draft, said: { facts } })
}"""
"""In another window she goes on with it."""


def _keeps_here(alone: Alone, text: str) -> None:
    _types(alone.page, text, "#text-facts")
    alone.page.evaluate(TURNS, True)
    assert _said(alone)[-1] == {"facts": text}


def _looks(alone: Alone, *, then: str = "") -> None:
    """She is back in this window, and *then* types; until what the phone was asked for is there."""
    turns = f"(type) => {{ ({TURNS})(false); if (type[1]) ({TYPES})(type) }}"
    alone.page.evaluate(turns, ["#text-facts", then])
    for _ in range(2):
        asks(alone, "() => store.list()")


def test_back_in_a_window_she_goes_on_with_what_she_told_in_another_one(alone: Alone) -> None:
    _stands_still(alone)
    page, box = _begun(alone), alone.page.locator("#text-facts")
    _keeps_here(alone, "un")
    asks(alone, ELSEWHERE, "deux")
    _looks(alone)
    expect(box).to_have_value("deux")
    _looks(alone)

    page.evaluate(f"(text) => {{ ({TYPES})(['#text-facts', text]); ({TURNS})(true); ({TURNS})(false) }}", "trois")
    _kept(alone)
    asks(alone, "() => store.list()")
    assert box.input_value() == "trois", "which is on its way into the phone"


def test_what_she_is_telling_here_makes_way_for_nothing(alone: Alone) -> None:
    _stands_still(alone)
    page = _begun(alone)
    box = page.locator("#text-facts")
    _keeps_here(alone, "trois")
    asks(alone, ELSEWHERE, "quatre")
    _looks(alone, then="cinq")
    assert box.input_value() == "cinq", "typed while the phone was asked"
    _looks(alone)
    assert box.input_value() == "cinq", "and not kept yet"
    _keeps_here(alone, "cinq")
    asks(alone, "(at) => keep({ said: { facts: 'x', other: 'y' }, at })", NOW.timestamp() * 1000 + 10**9)
    _looks(alone)
    assert box.input_value() == "cinq", "another moment"

    page.evaluate(SPEAKS, ["one", "facts"])
    _kept(alone)
    asks(alone, ELSEWHERE, "six")
    _looks(alone)
    assert box.input_value() == "cinq", "she is speaking here"
