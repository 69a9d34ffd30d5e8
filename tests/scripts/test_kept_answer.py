"""What is told under one question (evidence-form.js), asked directly: typed or said, kept, sent, and here again."""

from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import PATIENCE
from tests.fixtures.page_alone import Alone, Answer, Asked, evaluate
from tests.fixtures.screens_evidence import KEY, SAID
from tests.scripts.drafts import keeps
from tests.scripts.speaking import hears

pytestmark = pytest.mark.browser
QUESTION, VOICES, DRAFTS = "/evidence/1/answers/me", "POST /evidence/1/attachments", "POST /drafts"
SENDS, NEXT = f"POST {QUESTION}", "/evidence/1/answers/result"
BEFORE = SAID["me"]
"""What stands in the box."""
KEPT = "Votre texte est gardé."
AWAY = "Internet est coupé. Votre texte est gardé dans ce téléphone. Nous l’enverrons plus tard."
VOICE_KEPT = "Votre voix est gardée dans ce téléphone. Nous l’enverrons plus tard."
CANNOT = "Ce téléphone ne peut rien garder pour l’instant. Ne fermez pas cette page."
CUT = {"name": "cut.webm", "type": "audio/webm", "question": "me", "cut": True}
ASKS = """async (given) => {
    const one = (which) => document.querySelector(which)
    const { store } = one("draft-sender"), box = one("#text"), answer = one("kept-answer")
    const words = (which) => which && which.textContent.trim().replace(/\\s+/g, " ")
    const status = () => words(one("kept-answer > [role=status]"))
    const kept = async () => (await store.written, await store.list())
    const types = (text) => {
        box.value = text
        box.dispatchEvent(new Event("input", { bubbles: true }))
    }
    const hides = (hidden = true) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))
    }
    const seen = () => (hides(), hides(false))
    const touches = (act) => one(`voice-recorder [data-act=${act}]`).click()
    const goesOn = () => one("form .main:not([data-act])").click()
    const begins = async (what) => {
        const before = recorders.length
        touches("record")
        await until(() => recorders.length > before)
        recorders.at(-1).said = sound + what
    }
    const says = async (what) => {
        await begins(what)
        touches("stop")
    }
    const asksToStay = () => !dispatchEvent(new Event("beforeunload", { cancelable: true }))
    const sendsAgain = () => until(() => !one("voice-recorder [data-act=send]").hidden)
    return await (ACT)(given)
}"""
"""Asks ACT of a page with a question."""


def asks(page: Page, act: str, given: Any = None) -> Any:
    """What *act*, a function of JavaScript, gives for *given*."""
    return evaluate(page, ASKS.replace("ACT", act), given)


def opens(alone: Alone, screen: str = "moment, me", at: str = QUESTION) -> Page:
    """The page, which knows what is kept."""
    hears(alone.page)
    alone.answers[f"GET {NEXT}"] = Answer(body="<h1>Et puis ?</h1>")
    page = alone.opens(screen, at)
    begins(page)
    return page


def begins(page: Page) -> None:
    """Returns when it knows what is kept."""
    page.wait_for_function("() => document.querySelector('kept-answer').draft")
    asks(page, "async () => (await kept(), await kept())")


def test_what_she_types_is_kept_and_stands_there_again_where_it_was_told_and_nowhere_else(alone: Alone) -> None:
    page = opens(alone)
    assert asks(page, "async () => [await kept(), status()]") == [[], ""]

    [draft], key = asks(
        page,
        """async () => {
            types("Je l’ai écouté longtemps.")
            seen()
            return [await kept(), one("[name=key]").value]
        }""",
    )
    assert (draft["evidence"], draft["question"], draft["said"]) == (1, "me", {"me": "Je l’ai écouté longtemps."})
    assert (draft["ready"], draft["files"], draft["after"]) == (False, [], 0)
    assert key == draft["id"] != KEY
    page.evaluate("(one) => document.querySelector('draft-sender').store.save({ ...one, after: 5 })", draft)
    for at, screen, box in (
        (QUESTION, "moment, facts", SAID["facts"]),
        ("/evidence/1/answers/result", "moment, result", SAID["result"]),
    ):
        opens(alone, screen, at)
        assert asks(page, "() => [box.value, status()]") == [box, ""], "another question"

    opens(alone)
    expect(page.locator("kept-answer > [role=status]")).to_have_text(KEPT)
    back = asks(page, "() => [box.value, one('[name=key]').value, one('[name=after]').value]")
    assert back == ["Je l’ai écouté longtemps.", draft["id"], "5"]
    nothing = asks(
        page,
        """async (before) => {
            types(before)
            seen()
            await until(async () => !(await kept()).length)
            types(`${before} Et`)
            seen()
            const again = (await kept()).map(({ said }) => said.me)
            types(before)
            seen()
            await until(async () => !(await kept()).length)
            return again
        }""",
        BEFORE,
    )
    assert nothing == [f"{BEFORE} Et"], "what stands there already is not kept"


def test_what_stands_there_already_or_was_told_of_another_moment_is_shown_as_nothing_new(alone: Alone) -> None:
    page = opens(alone)
    other: dict[str, Any] = {"question": "me", "said": {"me": "D’un autre moment"}}
    keeps(
        alone,
        other | {"evidence": 2},
        {"question": "me", "evidence": 1, "said": {}},
        {"evidence": 1, "question": "me", "said": {"me": "Plus ancien"}},
    )
    [name] = keeps(alone, {"evidence": 1, "question": "me", "said": {"me": BEFORE}, "after": 3})
    opens(alone)
    assert asks(page, "() => [box.value, status(), one('[name=key]').value]") == [BEFORE, "", name], (
        "it stands there already"
    )
    alone.answers[SENDS] = Answer(json={"at": NEXT})
    asks(page, "() => goesOn()")
    page.wait_for_url(f"**{NEXT}")
    opens(alone)
    assert name not in asks(page, "async () => (await kept()).map(({ id }) => id)"), "it was sent"
    keeps(alone, other | {"evidence": 2})
    opens(alone)
    assert asks(page, "() => box.value") != other["said"]["me"], "another moment"
    keeps(alone, {"evidence": 1, "question": "me", "said": {}})
    opens(alone)
    assert asks(page, "() => [box.value, status()]") == [BEFORE, ""], "nothing was typed"


TYPES_EARLY = """
    document.addEventListener("readystatechange", () => {
        const box = document.querySelector("#text")
        if (!box || document.readyState !== "interactive") return
        box.value = "Plus vite"
        document.querySelector("[name=after]").value = 4
    })
"""


def test_who_is_faster_than_the_script_loses_nothing_and_what_a_browser_gives_back_is_not_typed(alone: Alone) -> None:
    alone.page.add_init_script(TYPES_EARLY)
    page = opens(alone)

    assert asks(page, "async () => (seen(), (await kept()).map(({ said, after }) => [said.me, after]))") == [
        ["Plus vite", 4]
    ]
    asks(page, "async () => { await store.remove((await kept())[0]) }")
    page.reload()
    begins(page)
    assert asks(page, "async () => (seen(), await kept())") == []


def test_an_answer_goes_once_and_leads_on(alone: Alone) -> None:
    answered = Event()

    def waits(_asked: Asked) -> Answer:
        answered.wait(PATIENCE / 1000)
        return Answer(json={"at": NEXT})

    alone.answers[SENDS] = waits
    page = opens(alone)
    going = asks(
        page,
        """async () => {
            types("Je l’ai écouté longtemps.")
            goesOn()
            await until(async () => (await kept()).length)
            goesOn()
            return [status(), box.readOnly, (await kept()).map(({ ready }) => ready), one("[name=key]").value]
        }""",
    )
    assert going[:3] == ["Nous gardons votre texte…", True, [True]]
    alone.wire.asked_for(SENDS)
    answered.set()
    page.wait_for_url(f"**{NEXT}")
    [sent] = alone.wire.asked_for(SENDS)
    assert sent.form == [("key", going[3]), ("after", "0"), ("text", "Je l’ai écouté longtemps.")]
    assert sent.headers["Accept"] == "application/json"

    opens(alone)
    assert asks(page, "async () => [await kept(), box.value]") == [[], BEFORE]
    alone.answers[SENDS] = Answer(303, headers={"Location": NEXT})
    asks(page, "() => goesOn()")
    page.wait_for_url(f"**{NEXT}")
    assert alone.wire.asked_for(SENDS, 2)[1].headers["Accept"].startswith("text/html"), "nothing is new: it is a form"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, body="<h1>Conditions</h1>"),
        Answer(500, json={"at": NEXT}),
        Answer(413, body="<h1>Plus de place</h1>"),
    ],
    ids=["a network of its own", "at fault", "full"],
)
def test_the_page_that_says_why_not_is_shown(alone: Alone, answer: Answer) -> None:
    alone.answers[SENDS] = answer
    page = opens(alone)

    asks(page, "() => { types('Longtemps'); goesOn() }")

    first, second = alone.wire.asked_for(SENDS, 2)
    assert first.form == second.form
    assert second.headers["Accept"].startswith("text/html")


def test_who_was_signed_out_sends_it_from_there_and_the_draft_not_before(alone: Alone) -> None:
    alone.answers[SENDS] = Answer(401, body="<h1>Entrer</h1>")
    page = opens(alone)
    asks(page, "() => { types('Longtemps'); goesOn() }")
    first, second = alone.wire.asked_for(SENDS, 2)
    page.wait_for_selector("h1:text-is('Entrer')")
    alone.answers[DRAFTS] = Answer(401)
    alone.opens("moments, none", "/evidence")

    [draft] = page.evaluate("async () => await document.querySelector('draft-sender').store.list()")
    assert dict(first.form)["key"] == draft["id"]
    assert dict(second.form)["key"] == draft["unless"] != draft["id"]
    assert draft["ready"]


def test_an_answer_that_does_not_go_is_kept_and_can_be_typed_on(alone: Alone) -> None:
    page = alone.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    alone.answers[SENDS] = None
    opens(alone)
    status = page.locator("kept-answer > [role=status]")

    asks(page, "() => { types('Longtemps'); goesOn() }")
    expect(status).to_have_text(AWAY)
    assert asks(page, "async () => [box.readOnly, (await kept()).map(({ ready }) => ready)]") == [False, [True]]
    silent = Event()

    def says_nothing(_asked: Asked) -> None:
        silent.wait(PATIENCE / 1000)

    alone.answers[SENDS] = says_nothing
    alone.wire.asked.clear()  # Chromium asks once more on each line that it holds, where one was cut
    asks(page, "() => goesOn()")
    alone.wire.asked_for(SENDS)
    page.clock.run_for(19_999)
    sending = asks(
        page,
        """async () => {
            const [mine] = await kept()
            await store.save({ ...mine, said: { me: "D’ailleurs" } })
            seen()
            await kept()
            await kept()
            return [status(), box.readOnly, box.value]
        }""",
    )
    assert sending == ["Nous gardons votre texte…", True, "Longtemps"]
    page.clock.run_for(1)
    expect(status).to_have_text(AWAY)
    silent.set()
    alone.answers[SENDS] = None
    asks(page, "() => { indexedDB.open = () => { throw new Error('full') }; goesOn() }")
    expect(status).to_have_text(CANNOT)
    assert not asks(page, "() => box.readOnly")


def test_a_voice_that_does_not_go_is_kept_once_goes_later_and_leaves_what_was_typed(alone: Alone) -> None:
    alone.answers.update({VOICES: None, SENDS: Answer(303, headers={"Location": NEXT}), DRAFTS: None})
    page = opens(alone)
    kept = asks(
        page,
        """async () => {
            await begins("dit")
            hides()
            await until(async () => (await kept()).length)
            touches("stop")
            await until(() => status())
            const first = [status(), asksToStay()]
            touches("send")
            await until(() => one("voice-recorder [data-act=send]").hidden)
            await sendsAgain()
            await until(() => !asksToStay())
            const files = (await kept()).map(({ ready, files }) => [ready, files.map(({ question, type, instead }) => [question, type, instead !== undefined])])
            return [...first, files]
        }""",
    )
    assert kept == [VOICE_KEPT, False, [[True, [["me", "audio/webm", False]]]]]

    alone.answers[VOICES] = Answer(303, headers={"Location": NEXT})
    asks(page, "() => touches('send')")
    page.wait_for_url(f"**{NEXT}")
    opens(alone)
    assert asks(page, "async () => [await kept(), box.value]") == [[], BEFORE]


def test_what_she_types_while_her_voice_goes_and_what_waited_before_it_wait_here(alone: Alone) -> None:
    alone.answers.update({SENDS: Answer(303, headers={"Location": NEXT}), DRAFTS: None})
    answered = Event()

    def waits(_asked: Asked) -> Answer:
        answered.wait(PATIENCE / 1000)
        return Answer(303, headers={"Location": NEXT})

    alone.answers[VOICES] = waits
    page = opens(alone)
    asks(
        page,
        """async () => {
            await begins("dit")
            hides()
            await until(async () => (await kept()).length)
            touches("stop")
        }""",
    )
    alone.wire.asked_for(VOICES)
    asks(page, "() => types('Tapé')")
    answered.set()
    page.wait_for_url(f"**{NEXT}")
    opens(alone)
    found = asks(
        page,
        "async () => [(await kept()).map(({ ready, files, said }) => [ready, files.length, said.me]), box.value, status()]",
    )
    assert found == [[[False, 0, "Tapé"]], "Tapé", KEPT]

    asks(page, "async () => { await store.remove((await kept())[0]) }")
    keeps(
        alone,
        {"evidence": 1, "question": "me", "ready": True, "said": {"me": "Tapé"}, "sounds": [{**CUT, "cut": False}]},
    )
    opens(alone)
    alone.answers[SENDS] = Answer(json={"at": NEXT})
    asks(page, "() => { types('Tapé ici'); goesOn() }")
    page.wait_for_url(f"**{NEXT}")
    alone.answers[SENDS] = Answer(303, headers={"Location": NEXT})
    opens(alone)
    answered.clear()
    asks(
        page,
        """async () => {
            await begins("encore")
            hides()
            await until(async () => (await kept())[0].files.length === 2)
            touches("stop")
        }""",
    )
    alone.wire.asked_for(VOICES, 2)
    answered.set()
    page.wait_for_url(f"**{NEXT}")
    opens(alone)
    found = asks(
        page,
        "async () => (await kept()).map(({ ready, files, said }) => [ready, files.map(({ name }) => name), said.me])",
    )
    assert found == [[True, ["cut.webm"], "Tapé ici"]]


def test_what_was_said_beside_no_box_is_kept_with_what_it_is_to_replace(alone: Alone) -> None:
    alone.answers.update({VOICES: None, DRAFTS: None})
    page = opens(alone, "moment, its voice heard again", "/evidence/1/voices/2")
    kept = """async () => {
        await says("dit")
        await until(() => status())
        return (await kept()).map(({ evidence, question, ready, said, files }) => [evidence, question, ready, said, files.map(({ question, instead }) => [question, instead])])
    }"""
    assert asks(page, kept) == [[1, "facts", True, {}, [["facts", 2]]]]
    asks(page, "() => seen()")
    alone.answers[VOICES] = Answer(303, headers={"Location": "/evidence/1/voices/3"})
    alone.answers["GET /evidence/1/voices/3"] = Answer(body="<h1>Là</h1>")
    asks(page, "async () => (await sendsAgain(), touches('send'))")
    page.wait_for_url("**/evidence/1/voices/3")
    opens(alone, "moment, its voice heard again", "/evidence/1/voices/2")
    assert asks(page, "async () => await kept()") == []
    alone.answers[VOICES] = None
    assert len(asks(page, kept)) == 1
    asks(
        page,
        "async () => { const [mine] = await kept(); await store.save({ ...mine }); seen(); await kept(); await kept() }",
    )


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "C’est envoyé. Voir mon moment"),
        ({"refused": 1}, "C’est envoyé, mais pas tout. Voir pourquoi"),
        ({"unsaid": 1}, "Votre voix s’est coupée. Nous n’avons encore rien entendu. Voir mon moment"),
    ],
    ids=["sent", "some", "unsaid"],
)
def test_what_waited_goes_and_what_comes_after_it_is_new(alone: Alone, told: dict[str, int], says: str) -> None:
    alone.answers.update({VOICES: None, SENDS: Answer(303, headers={"Location": NEXT}), DRAFTS: None})
    page = opens(alone)
    asks(page, "async () => { types('Longtemps'); await says('dit'); await until(() => status()); await sendsAgain() }")
    alone.answers[DRAFTS] = Answer(json={"at": "/evidence/1", **told})

    page.evaluate("() => { dispatchEvent(new Event('online')) }")

    status = page.locator("kept-answer > [role=status]")
    expect(status).to_have_text(says)
    expect(status.get_by_role("link")).to_have_attribute("href", "/evidence/1")
    expect(page.locator("draft-sender [role=status]")).to_be_empty()
    sent = alone.wire.asked_for(DRAFTS)[-1].form
    assert ("me", "Longtemps") in sent
    assert len([one for one, _ in sent if one == "files"]) == 1
    after = asks(
        page,
        """async () => {
            const offered = ["record", "send"].map((act) => one(`voice-recorder [data-act=${act}]`).hidden)
            types("Longtemps")
            const same = [(seen(), await kept()), asksToStay()]
            types("Encore")
            seen()
            return [offered, same, (await kept()).map(({ said, files, ready }) => [said.me, files.length, ready])]
        }""",
    )
    assert after == [[False, True], [[], False], [["Encore", 0, False]]]


def test_what_was_cut_short_goes_when_she_comes_back(alone: Alone) -> None:
    alone.answers[DRAFTS] = Answer(json={"at": "/evidence/1"})
    page = opens(alone)
    keeps(alone, {"evidence": 1, "question": "me", "said": {"me": "Longtemps"}, "sounds": [CUT]})
    asks(page, "async () => { await store.note((await kept())[0], { tried: Date.now() }) }")
    opens(alone)
    status = page.locator("kept-answer > [role=status]")
    expect(status).to_have_text("Votre voix s’est coupée. Le début est gardé. Voir mon moment")
    assert asks(page, "async () => [box.value, await kept()]") == ["Longtemps", []]
    [sent] = alone.wire.asked_for(DRAFTS)
    assert [value for field, value in sent.form if field in ("me", "files", "about")] == [
        "Longtemps",
        b"cut.webm",
        "me",
    ]

    alone.answers.update({VOICES: None, SENDS: Answer(303, headers={"Location": NEXT})})
    again = asks(
        page,
        """async () => {
            await says("dit")
            await until(async () => (await kept()).length && !asksToStay())
            await sender.send({ now: true })
            return status()
        }""".replace("sender.send", 'one("draft-sender").send'),
    )
    assert again == "C’est envoyé. Voir mon moment"

    keeps(alone, {"evidence": 1, "question": "", "said": {}, "sounds": [CUT]})
    opens(alone, "moment, read over", "/evidence/1")
    expect(status).to_have_text("Votre voix s’est coupée. Le début est gardé. Voir mon moment")
    alone.wire.asked_for(DRAFTS, 3)
    page.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    keeps(alone, {"evidence": 1, "question": "", "said": {}, "sounds": [CUT]})
    opens(alone, "moment, read over", "/evidence/1")
    expect(status).to_have_text("Votre voix s’est coupée. Le début est gardé. Voir mon moment")
    alone.wire.asked_for(DRAFTS, 4)
    keeps(alone, {"evidence": 1, "question": "", "said": {}, "sounds": [{**CUT, "cut": False}]})
    opens(alone, "moment, read over", "/evidence/1")
    assert asks(page, "() => status()") == "", "it is whole, and waits for no word here"


def test_nothing_of_what_is_still_being_said_goes_from_another_window_and_who_types_here_goes_on(alone: Alone) -> None:
    alone.answers[DRAFTS] = Answer(json={"at": "/evidence/1"})
    page = opens(alone)
    [name] = keeps(alone, {"evidence": 1, "question": "me", "said": {"me": "Longtemps"}, "sounds": [CUT]})
    page.add_init_script(f"navigator.locks.request('voice {name}', () => new Promise((done) => (window.ends = done)))")
    opens(alone)
    held = asks(
        page,
        """async () => {
            await until(async () => (await navigator.locks.query()).pending.length)
            types("Autre chose")
            seen()
            return [(await kept()).map(({ said, ready }) => [said.me, Boolean(ready)]), box.value]
        }""",
    )
    assert held == [[["Longtemps", False], ["Autre chose", False]], "Autre chose"]
    assert [one for one in alone.wire.asked if one.method == "POST"] == []

    page.evaluate("() => window.ends()")
    [sent] = alone.wire.asked_for(DRAFTS)
    assert dict(sent.form)["draft"] == name
    assert ("me", "Longtemps") in sent.form
    expect(page.locator("draft-sender [role=status]")).to_contain_text("C’est envoyé.")
    left = asks(
        page, "async () => [(await kept()).map(({ said, files }) => [said.me, files.length]), box.value, status()]"
    )
    assert left == [[["Autre chose", 0]], "Autre chose", ""]


@pytest.mark.parametrize(
    "ends",
    ["store.remove(draft)", "store.save({ ...draft, files: [] })"],
    ids=["sent there", "nothing was to be heard"],
)
def test_what_ended_in_another_window_is_not_sent_from_here(alone: Alone, ends: str) -> None:
    page = opens(alone)
    [name] = keeps(alone, {"evidence": 1, "question": "me", "said": {"me": "Longtemps"}, "sounds": [CUT]})
    page.add_init_script(f"navigator.locks.request('voice {name}', () => new Promise((done) => (window.ends = done)))")
    opens(alone)
    after = asks(
        page,
        """async (name) => {
            await until(async () => (await navigator.locks.query()).pending.length)
            const [draft] = await kept()
            await ENDS
            window.ends()
            await navigator.locks.request(`voice ${name}`, () => {})
            await navigator.locks.request("drafts", () => {})
            return [box.value, status()]
        }""".replace("ENDS", ends),
        name,
    )
    assert after == [BEFORE, ""]
    assert [one for one in alone.wire.asked if one.method == "POST"] == []


@pytest.mark.parametrize("pauses", ["seen()", ""], ids=["after a pause", "at once"])
def test_what_she_typed_beside_a_voice_that_went_waits_nowhere(alone: Alone, pauses: str) -> None:
    hidden = Event()

    def is_hidden(_asked: Asked) -> Answer:
        hidden.set()
        return Answer(204)

    def waits(asked: Asked) -> Answer:
        if asked.headers["Sec-Fetch-Mode"] == "navigate":
            hidden.wait(PATIENCE / 1000)
        return Answer(body="<h1>Et puis ?</h1>")

    page = opens(alone)
    there = Answer(303, headers={"Location": NEXT})
    alone.answers.update({VOICES: there, SENDS: there, f"GET {NEXT}": waits, "GET /hidden": is_hidden})

    asks(
        page,
        """async () => {
            types("Longtemps")
            PAUSES
            await kept()
            addEventListener("beforeunload", async () => (hides(), await kept(), fetch("/hidden")))
            await says("dit")
        }""".replace("PAUSES", pauses),
    )

    page.wait_for_url(f"**{NEXT}")
    assert ("text", "Longtemps") in alone.wire.asked_for(SENDS)[0].form
    led = [one for one in alone.wire.asked if one.path == NEXT and one.headers["Sec-Fetch-Mode"] == "navigate"]
    assert len(led) == 1
    opens(alone)
    assert asks(page, "async () => [await kept(), box.value]") == [[], BEFORE]


def test_what_goes_from_elsewhere_stands_here_and_what_another_window_wrote(alone: Alone) -> None:
    alone.answers[DRAFTS] = Answer(json={"at": "/evidence/1"})
    page = opens(alone)
    keeps(
        alone,
        {"evidence": 1, "question": "facts", "ready": True, "said": {"facts": "Ailleurs"}},
        {"evidence": 1, "question": "me", "ready": True, "said": {}, "sounds": [{**CUT, "cut": False}]},
    )
    same = asks(page, "async () => (await one('draft-sender').send({ now: true }), [box.value, await kept()])")
    assert same == [BEFORE, []], "of another question, or a voice alone"
    [name] = keeps(
        alone,
        {
            "evidence": 1,
            "question": "me",
            "ready": True,
            "after": 6,
            "said": {"me": "Envoyé"},
            "sounds": [{**CUT, "cut": False}],
        },
    )
    gone = asks(
        page,
        """async () => {
            await one("draft-sender").send({ now: true })
            const first = [box.value, one("[name=key]").value, one("[name=after]").value, (seen(), await kept())]
            types("Envoyé")
            seen()
            first.push(await kept())
            types("Envoyé, et encore")
            seen()
            const [mine] = await kept()
            const voice = { id: `${mine.id}/1`, name: "voix.webm", type: "audio/webm", size: 9, question: "me" }
            await store.save({ ...mine, at: mine.at + 1, said: { me: "D’ailleurs" }, files: [voice] })
            seen()
            await until(() => box.value === "D’ailleurs")
            types("D’ici")
            seen()
            const [other] = await kept()
            first.push(other.files.length, other.said.me)
            await store.save({ ...other, at: other.at + 1, said: {} })
            seen()
            await until(() => box.value === "")
            return [first, [mine.id, mine.said.me, mine.files]]
        }""",
    )
    assert gone == [["Envoyé", name, "6", [], [], 1, "D’ici"], [name, "Envoyé, et encore", []]]


def test_what_goes_from_elsewhere_takes_no_place_of_a_voice_that_waits_here(alone: Alone) -> None:
    alone.answers.update({VOICES: None, SENDS: Answer(303, headers={"Location": NEXT}), DRAFTS: None})
    page = opens(alone)
    asks(page, "async () => { await says('dit'); await until(() => status()); await sendsAgain() }")
    [name] = keeps(alone, {"evidence": 1, "question": "me", "ready": True, "said": {"me": "Envoyé"}})
    alone.answers[DRAFTS] = lambda asked: (
        Answer(json={"at": "/evidence/1"}) if dict(asked.form)["draft"] == name else None
    )

    here = asks(
        page,
        """async (name) => {
            await store.note((await kept())[0], { tried: Date.now() })
            await one("draft-sender").send()
            return [(await kept()).map(({ files }) => files.length), box.value]
        }""",
        name,
    )
    assert here == [[1], BEFORE]


def test_a_voice_that_neither_goes_nor_is_kept_is_said_to_be_in_this_page_alone(alone: Alone) -> None:
    alone.answers.update({VOICES: None, SENDS: Answer(303, headers={"Location": NEXT})})
    page = opens(alone)
    page.evaluate("() => { indexedDB.open = () => { throw new Error('full') } }")

    told = asks(
        page,
        "async () => { await says('dit'); await sendsAgain(); await until(() => status()); return [status(), asksToStay()] }",
    )

    assert told == [CANNOT, True]
