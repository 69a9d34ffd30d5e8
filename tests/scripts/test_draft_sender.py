"""What sends a phone's drafts (draft-sender.js): what goes, as what, when again, and who is let through before it went."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures import browser
from tests.fixtures.page_alone import Alone, Answer, Asked
from tests.fixtures.screens_cards import MARIA, NOW
from tests.scripts.drafts import FACTS, PHOTO, QUIET, SENT, VOICE, asks, keeps, left, sends

pytestmark = pytest.mark.browser
HEARS = """
    window.heard = []
    document.addEventListener("draft-unsent", ({ detail }) => {
        document.documentElement.dataset.heard = heard.push([detail.id, detail.status])
    })
"""
SENDS = "() => { document.querySelector('draft-sender').send({ now: true }) }"
READY: dict[str, Any] = {"ready": True, "said": {"facts": FACTS}}
HEAVY = READY | {"sounds": [PHOTO]}
PAPER = "main > section form[action='/paper'] button"
CLICKS = f'() => document.querySelector("{PAPER}").click()'
WAITS = "Un texte n’est pas encore envoyé. Touchez encore le bouton pour garder vos badges sans lui."
SILENT = """
    const opens = indexedDB.open.bind(indexedDB)
    window.refused = 0
    indexedDB.open = (name, version) => {
        if (name !== "drafts" || !window.isSilent) return opens(name, version)
        window.refused++
        throw new DOMException("", "InvalidStateError")
    }
"""
"""A phone whose store gives no answer while `isSilent`."""


def _stands_still(alone: Alone) -> None:
    """The clock of the phone goes on when the test says so."""
    alone.page.clock.install(time=NOW)
    alone.page.clock.pause_at(NOW + timedelta(seconds=1))


@pytest.fixture
def sent(alone: Alone) -> Callable[[], int]:
    """How often the page sent a draft so far, once nothing is on its way: Chromium asks again by itself where a line is cut."""
    asked: list[str] = []
    alone.page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)

    def count() -> int:
        alone.page.evaluate(QUIET)
        return sum(address.endswith("/drafts") for address in asked)

    return count


def _empties(alone: Alone) -> None:
    asks(alone, "async () => { for (const one of await store.list()) await store.remove(one) }")


def _holds(let: Event, then: Answer | None) -> Callable[[Asked], Answer | None]:
    """A server that answers once the test lets it, or long after it failed."""

    def says(_asked: Asked) -> Answer | None:
        let.wait(browser.PATIENCE / 100)
        return then

    return says


def _has_heard(page: Page, times: int) -> None:
    expect(page.locator("html")).to_have_attribute("data-heard", str(times))


def _status(page: Page) -> Any:
    return page.locator("draft-sender").get_by_role("status")


def test_what_is_finished_goes_by_itself_as_it_was_told_and_nothing_of_it_stays(alone: Alone) -> None:
    sounds = [VOICE | {"question": "facts", "instead": 3}, PHOTO]
    open_, moment, answer = keeps(
        alone,
        {"said": {"facts": "Pas fini."}},
        {"ready": True, "badge": 7, "said": {"situation": "work", "facts": FACTS}, "sounds": sounds},
        {"ready": True, "evidence": 1, "after": 4, "unless": "f" * 32, "question": "me", "said": {"me": "Moi."}},
    )
    alone.answers["POST /drafts"] = SENT
    alone.page.add_init_script("""
        window.there = []
        document.addEventListener("draft-sent", ({ target: { defaultView: page } }) =>
            there.push(document.querySelector("draft-sender").store.count()))
    """)
    page = alone.opens("add")

    first, second = (one.form for one in alone.wire.asked_for("POST /drafts", 2))
    of, keys = MARIA.mark, [str(form.pop(2)[1]) for form in (first, second)]
    assert first == [
        *(("of", of), ("draft", moment), ("evidence", "0"), ("after", "0"), ("situation", "work"), ("facts", FACTS)),
        *(("badge", "7"), ("files", b"voice"), ("about", "facts"), ("instead", "3")),
        *(("files", b"photo"), ("about", ""), ("instead", "0")),
    ]
    assert second == [
        *(("of", of), ("draft", answer), ("evidence", "1"), ("after", "4"), ("me", "Moi."), ("unless", "f" * 32)),
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys)
    assert keys[0] != keys[1]
    assert alone.wire.asked_for("POST /drafts")[0].headers["Accept"] == "application/json"
    expect(_status(page)).to_have_text("C’est envoyé. Voir mon moment")
    assert page.locator("draft-sender a").get_attribute("href") == "/evidence/9"
    page.evaluate(QUIET)
    assert page.evaluate("() => Promise.all(there)") == [2, 1], "gone before it is said to be sent"
    assert left(alone) == [open_]
    goes = """() => document.querySelector("main form").dispatchEvent(
        new SubmitEvent("submit", { bubbles: true, cancelable: true }))"""
    assert page.evaluate(goes), "a form of hers waits for no draft"


def test_what_was_not_taken_whole_is_said_where_the_page_does_not_say_it_itself(
    alone: Alone, sent: Callable[[], int]
) -> None:
    page = alone.opens("add")
    for answer, text in (
        ({"refused": 1, "unsaid": 1}, "C’est envoyé, mais pas tout. Voir pourquoi"),
        ({"refused": 0, "unsaid": 1}, "Votre voix s’est coupée. Nous n’avons encore rien entendu. Voir mon moment"),
        ({"refused": 0, "unsaid": 0}, "C’est envoyé. Voir mon moment"),
    ):
        alone.answers["POST /drafts"] = Answer(json={"at": "/evidence/9"} | answer)
        keeps(alone, READY)
        sends(page)
        expect(_status(page)).to_have_text(text)
    page.evaluate("""() => document.addEventListener("draft-sent", (event) => {
        window.told = [event.detail.some, event.detail.draft.said]
        event.preventDefault()
    })""")
    alone.answers["POST /drafts"] = Answer(json={"at": "/evidence/9", "refused": 2, "unsaid": 0})
    keeps(alone, READY)
    sends(page)

    assert page.evaluate("() => window.told") == [True, {"facts": FACTS}]
    expect(_status(page)).to_have_text("C’est envoyé. Voir mon moment")
    keeps(alone, READY)
    before = sent()
    page.evaluate("""async () => {
        const sender = document.querySelector("draft-sender")
        await Promise.all([sender.send(), sender.send()])
    }""")
    assert sent() == before + 1, "once, however many ask for it"
    keeps(alone, READY)
    page.evaluate("() => Object.defineProperty(navigator, 'locks', { value: undefined })")
    sends(page)
    assert left(alone) == [], "an old browser sends, too"
    reaches = "() => document.querySelector('draft-sender').reaches()"
    assert page.evaluate(reaches)
    alone.answers["HEAD /drafts/key"] = None
    assert page.evaluate(reaches) is False


def test_what_one_draft_meets_stops_the_others_only_where_they_would_meet_it_too(
    alone: Alone, sent: Callable[[], int]
) -> None:
    _stands_still(alone)
    alone.page.add_init_script(HEARS)
    page = alone.opens("add")
    sent()
    for status in (401, 409, 429, 500, 503, 0, 400, 404, 413, 422):
        before = sent()
        alone.answers["POST /drafts"] = Answer(status) if status else None
        first, second = keeps(alone, READY, READY)
        page.evaluate("() => { window.heard = [] }")

        sends(page)

        goes_on = status in {400, 404, 413, 422}
        assert page.evaluate("() => heard") == [[first, status], [second, status]][: 1 + goes_on], status
        assert sent() == before + 1 + goes_on, status
        is_refused = status in {400, 404, 422}
        assert bool(asks(alone, "async (id) => (await noted(id)).refused", first)) == is_refused, status
        _empties(alone)
    alone.answers["POST /drafts"] = SENT
    broken = asks(alone, "() => keep({ ready: true, files: [{ name: 'bus.jpg' }] })")
    keeps(alone, READY)
    page.evaluate("() => { window.heard = [] }")

    sends(page)

    assert left(alone) == [broken], "of which this phone does not give a photo"
    assert page.evaluate("() => heard.map(([id, status]) => [id, status < 0])") == [[broken, True]]
    assert not asks(alone, "async (id) => (await noted(id)).refused", broken)
    _empties(alone)
    keeps(alone, HEAVY)
    page.evaluate("""() => {
        const puts = IDBObjectStore.prototype.put
        IDBObjectStore.prototype.put = function (one) {
            const asked = puts.call(this, one)
            this.transaction.abort()
            return asked
        }
    }""")
    sends(page)
    assert left(alone) == [], "a full phone sends what lies in it"


def test_what_is_thrown_away_or_written_on_while_another_one_is_on_its_way_does_not_go(
    alone: Alone, sent: Callable[[], int]
) -> None:
    let = Event()
    page = alone.opens("add")
    sent()
    alone.answers["POST /drafts"] = _holds(let, SENT)
    _, thrown, changed = keeps(alone, READY, READY, READY)
    page.evaluate("() => { document.querySelector('draft-sender').send() }")
    alone.wire.asked_for("POST /drafts")

    asks(
        alone,
        """async ([thrown, changed]) => {
            const all = await store.list(), find = (name) => all.find(({ id }) => id === name)
            await store.remove(find(thrown))
            await store.save({ ...find(changed), ready: false })
        }""",
        [thrown, changed],
    )
    let.set()

    assert sent() == 1
    assert left(alone) == [changed]


def test_a_busy_server_is_asked_again_after_ten_seconds_and_a_line_that_is_said_to_be_back_sooner(
    alone: Alone, sent: Callable[[], int]
) -> None:
    _stands_still(alone)
    clock = alone.page.clock
    keeps(alone, READY)
    alone.answers["POST /drafts"] = Answer(500)
    page = alone.opens("add")
    assert sent() == 1
    clock.run_for(5_000)
    sends(page)
    assert sent() == 2
    clock.run_for(9_999)
    assert sent() == 2
    alone.answers["POST /drafts"] = Answer(429)
    clock.run_for(1)
    assert sent() == 3
    clock.run_for(30_000)
    assert sent() == 3, "who is told that it was too much waits for another page"


def test_a_line_that_is_cut_is_tried_again_and_sooner_where_it_is_said_to_be_back(
    alone: Alone, sent: Callable[[], int]
) -> None:
    _stands_still(alone)
    clock = alone.page.clock
    page = alone.opens("add")
    sent()
    keeps(alone, READY)
    count = 1
    alone.answers["POST /drafts"] = None
    page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false })) }")
    assert sent() == 0
    page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })) }")

    def comes_again(wait: int) -> None:
        nonlocal count
        clock.run_for(wait - 1)
        assert sent() == count, wait
        clock.run_for(1)
        count += 1
        assert sent() == count, wait

    assert sent() == count
    comes_again(10_000)
    page.evaluate("() => { dispatchEvent(new Event('online')) }")
    count += 1
    assert sent() == count
    for wait in (500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000):
        comes_again(wait)
    assert len({dict(one.form)["key"] for one in alone.wire.asked_for("POST /drafts")}) == 1, "it is taken once"


def test_a_store_that_gives_no_answer_is_asked_three_times_more(alone: Alone) -> None:
    _stands_still(alone)
    alone.page.add_init_script(SILENT + "window.isSilent = true")
    page = alone.opens("add")
    page.wait_for_function("() => window.refused")
    for asked in (1, 2, 3, 4, 4, 4):
        page.evaluate(QUIET)
        assert page.evaluate("() => window.refused") == asked
        page.clock.run_for(10_000)


def test_what_is_heavy_goes_again_by_itself_after_five_minutes_by_hand_at_once(
    alone: Alone, sent: Callable[[], int]
) -> None:
    _stands_still(alone)
    clock = alone.page.clock
    keeps(alone, HEAVY)
    alone.answers["POST /drafts"] = Answer(500)
    page = alone.opens("add")
    assert sent() == 1
    clock.run_for(299_999)
    sends(page)
    assert sent() == 1
    clock.run_for(1)
    sends(page)
    assert sent() == 2
    for number, how in enumerate(("{ now: true }", "{ all: true }"), 3):
        sends(page, how)
        assert sent() == number
    sends(page)
    assert sent() == 4
    for status in (401, 409):
        alone.answers["POST /drafts"] = Answer(status)
        before = sent()
        sends(page, "{ now: true }")
        sends(page)
        assert sent() == before + 2, f"{status}: it goes as soon as she has entered"


def test_what_is_heavy_goes_again_at_once_where_nothing_of_it_had_gone_anywhere(
    alone: Alone, sent: Callable[[], int]
) -> None:
    _stands_still(alone)
    clock = alone.page.clock
    page = alone.opens("add")
    keeps(alone, HEAVY)
    alone.answers["POST /drafts"] = None
    before = sent()
    page.evaluate("() => { dispatchEvent(new Event('online')) }")
    assert sent() == before + 1
    let = Event()
    alone.answers["POST /drafts"] = _holds(let, None)
    heard = len(alone.wire.asked)
    clock.run_for(500)  # nothing of it had gone anywhere
    alone.wire.asked_for("POST /drafts", sum(one.path == "/drafts" for one in alone.wire.asked[:heard]) + 1)
    clock.run_for(3_000)
    let.set()
    assert sent() == before + 2
    clock.run_for(20_000)
    sends(page)
    assert sent() == before + 2, "a line that took something of it is not asked to take it all again"
    page.evaluate("() => { dispatchEvent(new Event('online')) }")
    assert sent() == before + 3


def test_a_server_that_says_nothing_is_waited_for_as_long_as_it_may_need(alone: Alone) -> None:
    _stands_still(alone)
    clock = alone.page.clock
    alone.page.add_init_script(HEARS)
    page = alone.opens("add")
    page.evaluate(QUIET)  # it sends by itself as it opens
    let = Event()
    alone.answers["POST /drafts"] = _holds(let, SENT)
    keeps(alone, READY)
    page.evaluate(SENDS)
    alone.wire.asked_for("POST /drafts")
    clock.run_for(30_000)
    _has_heard(page, 1)
    assert page.evaluate("() => heard[0][1]") == 0
    page.evaluate(QUIET)
    _empties(alone)

    keeps(alone, HEAVY)
    page.evaluate(SENDS)
    alone.wire.asked_for("POST /drafts", 2)
    clock.run_for(899_999)
    let.set()
    expect(_status(page)).to_have_text("C’est envoyé. Voir mon moment")
    page.evaluate(QUIET)
    assert page.evaluate("() => heard.length") == 1

    alone.answers["POST /drafts"] = _holds(Event(), None)
    keeps(alone, HEAVY)
    page.evaluate(SENDS)
    alone.wire.asked_for("POST /drafts", 3)
    clock.run_for(900_000)
    _has_heard(page, 2)


def test_whoever_leaves_waits_half_a_minute_at_most_for_all_that_they_told(alone: Alone) -> None:
    _stands_still(alone)
    page = alone.opens("add")
    alone.answers["POST /drafts"] = _holds(Event(), None)
    keeps(alone, {"said": {"facts": FACTS}, "sounds": [PHOTO]})
    page.evaluate(
        """async (script) => {
            const { sentAll } = await import(script)
            sentAll(document.querySelector("draft-sender")).then(() => (document.documentElement.dataset.heard = 1))
        }""",
        alone.script("draft-sender"),
    )
    alone.wire.asked_for("POST /drafts")
    page.clock.run_for(30_000)
    _has_heard(page, 1)


def test_before_a_visitor_enters_all_that_they_told_goes_and_their_form_after_it_as_they_sent_it(alone: Alone) -> None:
    page = alone.opens("result, on a computer that others use")
    let = Event()
    alone.wire.answers |= {"POST /drafts": _holds(let, SENT), "POST /paper": Answer(204), "POST /language": Answer(204)}
    keeps(alone, {"said": {"facts": FACTS}})
    page.evaluate("() => document.querySelector('form.language').requestSubmit()")
    alone.wire.asked_for("POST /language")
    page.evaluate(f"""() => {{
        const button = document.querySelector("{PAPER}")
        Object.assign(button, {{ name: "by", value: "hand" }})
        scrollTo(0, document.body.scrollHeight)
        window.stood = scrollY
        button.click()
        button.click()
    }}""")
    expect(_status(page)).to_have_text("Nous envoyons vos textes…")
    alone.wire.asked_for("POST /drafts")
    let.set()

    (form,) = alone.wire.asked_for("POST /paper")
    assert ("by", "hand") in form.form
    assert left(alone) == []
    expect(_status(page)).to_have_text("")
    assert page.evaluate("() => scrollY === window.stood && scrollY > 0")
    assert [one.path for one in alone.wire.asked if one.method == "POST"] == ["/language", "/drafts", "/paper"]


def test_whoever_enters_without_what_does_not_go_is_told_before_and_touches_once_more(alone: Alone) -> None:
    page = alone.opens("result, on a computer that others use")
    let = Event()
    alone.wire.answers |= {"POST /drafts": _holds(let, Answer(503)), "POST /paper": Answer(204)}
    keeps(alone, {"said": {"facts": FACTS}})
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    submits = "() => document.querySelector(\"main > section form[action='/paper']\").requestSubmit()"
    page.evaluate(submits)
    alone.wire.asked_for("POST /drafts")
    page.evaluate(submits)
    let.set()

    expect(_status(page)).to_have_text(WAITS)
    expect(_status(page)).to_be_in_viewport()
    assert [one.path for one in alone.wire.asked if one.method == "POST"] == ["/drafts"]

    page.evaluate(submits)

    alone.wire.asked_for("POST /paper")
    assert len(left(alone)) == 1


def test_where_nothing_can_be_kept_nobody_waits(alone: Alone, sent: Callable[[], int]) -> None:
    alone.page.add_init_script(SILENT)
    alone.answers["POST /paper"] = Answer(204)
    page = alone.opens("result, on a computer that others use")
    sent()
    page.evaluate("() => { window.isSilent = true }")

    page.evaluate(CLICKS)

    alone.wire.asked_for("POST /paper")
    expect(_status(page)).to_have_text("")
