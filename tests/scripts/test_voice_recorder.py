"""A voice is recorded in the page and sent (voice-recorder.js), asked directly: how it begins, ends, goes, and what is said where it does not."""

from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.fixtures import browser
from tests.fixtures.page_alone import Alone, Answer, Asked, evaluate
from tests.scripts.speaking import hears

pytestmark = pytest.mark.browser
FORM, ALONE = "moment, a shared computer", "moment, its voice, read over"
"""Pages on which nobody keeps what is said: beside what is typed, and where nothing is."""
TYPED, SPOKEN = "POST /evidence/1/answers/me", "POST /evidence/1/attachments"
NEXT = "/evidence/1/answers/result"
SOUND = b"\x1fC\xb6u"
TELLS = """() => {
    Object.assign(window, { takes: "", notes: [] })
    const note = (name, what) => {
        window.notes.push([name, (window.given = what)])
        sessionStorage.told = `${sessionStorage.told ?? ""} ${name}`.trim()
    }
    for (const name of ["voice", "voice-so-far", "voice-waits", "voice-sent"]) {
        const tells = (event) => {
            event.stopImmediatePropagation()
            if (window.takes === name) event.preventDefault()
            note(name, event.detail)
        }
        addEventListener(name, tells, true)
    }
    document.addEventListener("unsent", () => note("unsent"))
    const { requestData } = MediaRecorder.prototype
    let asked = 0
    MediaRecorder.prototype.requestData = function () {
        if (++asked > 99) throw new Error("asked without end")
        requestData.call(this)
    }
}"""
"""What the page is told of a voice stands in `notes`, its names in the session too; what is in `takes` it takes upon itself."""
ASKS = """async (given) => {
    const one = (which) => document.querySelector(which)
    const recorder = one("voice-recorder"), form = recorder.closest("form"), box = one("#text")
    const at = (act) => recorder.querySelector(`[data-act=${act}]`)
    const looks = () => [
        [...recorder.querySelectorAll("[data-act]:not([hidden])")].map(({ dataset }) => dataset.act).join(),
        recorder.querySelector("[role=status]").textContent.trim().replace(/\\s+/g, " "),
    ]
    const stays = () => !dispatchEvent(new Event("beforeunload", { cancelable: true }))
    const heard = async (sound) => (await sound.slice(0, 40).text()).replace(/^.*\\x1fC.u/, "")
    const told = async (last) => {
        await (last ? until(() => notes.some(([name]) => name === last)) : settled())
        const all = notes.splice(0).filter(([name]) => name !== "unsent")
        return Promise.all(all.map(async ([name, what]) => [name, what instanceof Blob ? await heard(what) : what]))
    }
    const settled = async () => {
        for (let turns = 0; turns < 3; turns++) await new Blob(["."]).arrayBuffer()
    }
    const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    const begins = async () => {
        const { length } = recorders
        at("record").click()
        await until(() => recorders.length > length && looks()[0] !== "record")
    }
    const gives = async (what, data = new Blob([Uint8Array.from(what, (one) => one.charCodeAt(0))])) => {
        recorders.at(-1).dispatchEvent(Object.assign(new Event("dataavailable"), { data }))
        await settled()
    }
    const says = async (what) => {
        await begins()
        recorders.at(-1).said = sound + what
        at("stop").click()
    }
    const hides = async (hidden = true) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
        document.dispatchEvent(new Event("visibilitychange"))
        await settled()
    }
    const anew = (changes = () => {}) => {
        const other = recorder.cloneNode(true)
        changes(other)
        recorder.replaceWith(other)
        return other
    }
    return await (ACT)(given)
}"""
"""Asks ACT of a page: `looks` tells which button there is, and what is said; `anew` gives it another recorder in its place."""
OFFLINE = "Internet est coupé. Votre voix est encore là."
FAILED = "Le service ne répond pas. Votre voix est encore là."
BUSY = "Trop de personnes ajoutent des fichiers en ce moment. Essayez encore dans une minute."
SIGNED_OUT = "Vos badges se sont fermés. Ouvrir mes badges dans un nouvel onglet Puis envoyez encore."
NO_GOOD = "Nous ne pouvons pas garder ce son. Essayez encore, ou écrivez."
NOTHING = "Nous n’avons encore rien entendu. Touchez le bouton, puis parlez."
SENDING = "Nous gardons votre voix…"


def asks(page: Page, act: str, given: Any = None) -> Any:
    """What *act*, a function of JavaScript, gives for *given*."""
    return evaluate(page, ASKS.replace("ACT", act), given)


def opens(alone: Alone, screen: str = FORM) -> Page:
    """A page of somebody who may speak."""
    hears(alone.page)
    alone.page.add_init_script(f"({TELLS})()")
    return alone.opens(screen)


def leads(to: str) -> Answer:
    """The server took it, and leads on."""
    return Answer(303, headers={"Location": to})


def test_what_she_says_goes_behind_what_she_typed_and_leads_on(alone: Alone) -> None:
    may = Event()

    def keeps(_asked: Asked) -> Answer:
        may.wait(browser.PATIENCE / 1000)
        return leads(NEXT)

    alone.answers.update({TYPED: leads(NEXT), SPOKEN: keeps, f"GET {NEXT}": Answer(body="<title>.</title>")})
    page = opens(alone)
    assert asks(page, "() => [recorder.hidden, looks(), stays()]") == [False, ["record", ""], False]

    begun = """async () => {
        at("record").focus()
        at("record").click()
        await begins()
        return [looks().map((one) => one.replace(/\\d+:\\d\\d$/, "0:00")), document.activeElement === at("stop"), opened, wanted, recorders.map(({ how, slice }) => [how, slice])]
    }"""
    how = {"mimeType": "audio/webm;codecs=opus", "audioBitsPerSecond": 32_000}
    assert asks(page, begun) == [["stop", "Votre voix s’enregistre : 0:00"], True, 1, {"audio": True}, [[how, 1000]]]
    assert asks(page, "() => [stays(), sessionStorage.told]") == [True, "unsent"]

    stops = """async () => {
        box.value = "J’ai écouté."
        recorders[0].said = sound + "bonjour"
        at("stop").click()
        at("stop").click()
        await until(() => looks()[1] === given)
        return [looks(), stays(), stopped, await told()]
    }"""
    said = [["", SENDING], True, 1, [["voice", "bonjour"]]]
    assert asks(page, stops, SENDING) == said
    [sent] = alone.wire.asked_for(SPOKEN)
    assert sent.form == [("files", SOUND + b"bonjour"), ("question", "me")]
    assert b'filename="voix.webm"\r\nContent-Type: audio/webm\r\n' in sent.body
    [typed] = alone.wire.asked_for(TYPED)
    assert dict(typed.form)["text"] == "J’ai écouté."

    page.evaluate("() => { delete sessionStorage.told }")
    may.set()
    page.wait_for_url(f"**{NEXT}")
    assert page.evaluate("() => sessionStorage.told") == "voice-sent", "and nobody asks her to stay"


SENDS = """async (what) => {
    if (what) await says(what)
    else at("send").click()
    await until(() => !["", "stop"].includes(looks()[0]))
    return [...looks(), stays(), await told()]
}"""


def test_where_it_does_not_go_she_is_told_why_and_it_stays_unless_it_is_no_good(alone: Alone) -> None:
    page = opens(alone, ALONE)
    alone.answers.update({"GET /enter": Answer(), "GET /evidence/1/gone": Answer(410), "GET /evidence/1": Answer()})
    waits = [True, [["voice", "oui"], ["voice-waits", "oui"]]]
    what: str | None = "oui"

    for says, why in (
        *((None, OFFLINE), (Answer(500), FAILED), (Answer(200), FAILED), (Answer(429), BUSY), (Answer(503), BUSY)),
        *((leads("/enter"), SIGNED_OUT), (leads("/evidence/1/gone"), FAILED)),
    ):
        alone.answers[SPOKEN] = says
        assert asks(page, SENDS, what) == ["send", why, *waits]
        what = None
    alone.answers[SPOKEN] = Answer(413)
    button, told, *stays = asks(page, SENDS)
    assert (button, stays) == ("send", [True, [["voice", "oui"]]])
    assert told.startswith("Il n’y a plus de place"), "what is full keeps nothing that waits"
    alone.answers[SPOKEN] = Answer(422)
    assert asks(page, SENDS) == ["record", NO_GOOD, False, [["voice", "oui"], ["voice-so-far", None]]]

    alone.answers[SPOKEN] = leads("/evidence/1")
    taken = """async () => {
        window.takes = "voice-sent"
        await says("non")
        const heard = await told("voice-sent")
        return [...looks(), heard]
    }"""
    assert asks(page, taken) == ["", SENDING, [["voice", "non"], ["voice-sent", f"{alone.wire.origin}/evidence/1"]]]
    assert page.url.endswith("/screen"), "whoever takes it leads on"
    about = [("question", "facts"), ("instead", "2"), ("over", "1")]
    assert alone.wire.asked_for(SPOKEN)[-1].form == [("files", SOUND + b"non"), *about]


def test_where_what_she_typed_does_not_go_her_voice_does_not_go_before(alone: Alone) -> None:
    page = opens(alone)
    alone.answers.update({f"GET {NEXT}": Answer(), SPOKEN: Answer(500)})
    what: str | None = "oui"

    for says, why in ((None, OFFLINE), (Answer(429), BUSY), (Answer(500), FAILED), (Answer(200), FAILED)):
        alone.answers[TYPED] = says
        assert asks(page, SENDS, what)[:2] == ["send", why]
        what = None
    assert not [one for one in alone.wire.asked if one.path.endswith("/attachments")]

    alone.answers[TYPED] = Answer(409)
    assert asks(page, SENDS)[:2] == ["send", FAILED]
    alone.wire.asked_for(SPOKEN)  # a text that was changed in another window is kept


def test_who_goes_on_while_she_speaks_is_done_and_what_did_not_go_holds_nobody(alone: Alone) -> None:
    alone.answers[TYPED] = None
    page = opens(alone)
    page.evaluate("""() => {
        const recorder = document.querySelector("voice-recorder"), other = recorder.cloneNode(true)
        window.submits = []
        recorder.closest("form").addEventListener("submit", () => window.submits.push("heard"))
        addEventListener("submit", (event) => window.submits.push(event.defaultPrevented) && event.preventDefault())
        recorder.replaceWith(other)
    }""")
    goes_on = "() => { submits.length = 0; form.requestSubmit(); return submits }"

    assert asks(page, goes_on) == ["heard", False]
    asks(page, "async () => { await begins(); recorders[0].said = sound + 'oui' }")
    assert asks(page, goes_on) == []
    assert asks(
        page, "async () => { await until(() => looks()[0] === 'send'); return [recorders[0].state, looks()[1]] }"
    ) == ["inactive", OFFLINE]
    assert asks(page, goes_on) == ["heard", False]


def test_the_keyboard_stays_on_the_one_button_unless_it_went_elsewhere(alone: Alone) -> None:
    may = Event()

    def fails(_asked: Asked) -> Answer:
        may.wait(browser.PATIENCE / 1000)
        return Answer(500)

    alone.answers[TYPED] = fails
    page = opens(alone)
    held = "async () => { await until(() => looks()[0] === 'send'); return document.activeElement.dataset.act ?? document.activeElement.id }"

    asks(page, "async () => { await says('oui'); await until(() => looks()[1] === given); await painted() }", SENDING)
    may.set()
    assert asks(page, held) == "send"
    may.clear()
    asks(page, "async () => { at('send').click(); box.focus(); await painted() }")
    may.set()
    assert asks(page, held) == "text"


def test_a_microphone_that_is_closed_or_taken_is_said_and_nobody_is_recorded_who_went_on(alone: Alone) -> None:
    page = opens(alone)
    fails = """async ([at_first, later]) => {
        window.problem = at_first
        MediaRecorder.prototype.start = () => { if (later) throw new DOMException("", later) }
        at("record").click()
        await until(() => !recorder.busy)
        return [...looks(), stopped]
    }"""
    taken = "Une autre appli utilise le micro. Fermez-la, puis essayez encore."
    closed = "Le micro est fermé. Autorisez-le dans les réglages de l’ordinateur, puis essayez encore."
    for problem, says in (
        ("NotAllowedError", closed),
        ("NotFoundError", closed),
        ("NotReadableError", taken),
        ("AbortError", taken),
    ):
        assert asks(page, fails, [problem, None]) == ["record", says, 0]
    assert asks(page, fails, [None, "InvalidStateError"]) == ["record", taken, 1], "the microphone is closed again"
    assert asks(page, "() => stays()") is False

    gone = """async () => {
        window.allows = true
        at("record").click()
        await until(() => window.allows !== true)
        const before = recorders.length
        form.hidden = true
        allows()
        await until(() => !recorder.busy)
        return [stopped, recorders.length - before, looks()[0]]
    }"""
    assert asks(page, gone) == [2, 0, "record"]


def test_there_is_no_button_where_a_browser_records_nothing_that_is_known(alone: Alone) -> None:
    page = opens(alone)
    for change in (
        "window.makes = 'audio/wav'",
        "delete window.MediaRecorder",
        "window.MediaRecorder = class { static isTypeSupported = () => true }; Object.defineProperty(navigator, 'mediaDevices', {})",
    ):
        assert asks(page, f"() => anew((other) => {{ other.hidden = true; {change} }}).hidden") is True


def test_what_is_recorded_is_named_after_its_kind_and_in_a_head_alone_nothing_is_said(alone: Alone) -> None:
    page = opens(alone, ALONE)
    records = """async ([kind, pieces]) => {
        window.takes = "voice"
        window.makes = kind
        anew()
        window.given = undefined
        const other = one("voice-recorder")
        const { length } = recorders
        other.querySelector("[data-act=record]").click()
        await until(() => recorders.length > length)
        const listens = recorders.at(-1)
        for (const piece of pieces) {
            listens.said = piece
            listens.requestData()
        }
        other.querySelector("[data-act=stop]").click()
        await until(() => window.given || other.textContent.includes(given[2]))
        return window.given ? [window.given.name, window.given.type, await window.given.text()] : "nothing"
    }"""
    for kind, pieces, made in (
        ("audio/mp4", ["ftyp moov ", "moof mdat"], ["voix.m4a", "audio/mp4", "ftyp moov moof mdat"]),
        ("audio/ogg", ["OggS1", "OggS2OggS3"], ["voix.ogg", "audio/ogg", "OggS1OggS2OggS3"]),
    ):
        assert asks(page, records, [kind, pieces, "\0"]) == made
    page.evaluate("() => { notes.length = 0 }")
    for kind, head in (("audio/mp4", "ftyp moov moof"), ("audio/ogg", "OggS1OggS2"), ("audio/webm", "\x1aE\xdf\xa3")):
        assert asks(page, records, [kind, [head], "encore rien"]) == "nothing"
    assert asks(page, "async () => [looks(), stays(), await told()]") == [
        ["record", NOTHING],
        False,
        3 * [["voice-so-far", None]],
    ]


def test_what_she_has_said_so_far_is_given_to_be_kept_when_the_page_is_hidden(alone: Alone) -> None:
    page = opens(alone, ALONE)
    page.evaluate("() => { window.takes = 'voice' }")

    asks(page, "() => hides()")
    asks(page, "async () => { await begins(); await hides(false); recorders[0].said = 'head' }")
    assert asks(page, "async () => { await hides(); return await told() }") == [], "nothing is said yet"
    assert asks(page, "async () => { await gives(sound + 'a'); return await told('voice-so-far') }") == [
        ["voice-so-far", "a"]
    ]
    assert asks(page, "async () => { await gives('b'); return await told() }") == []
    assert asks(page, "async () => { await hides(false); return await told() }") == []
    both = [["voice-so-far", "ab"], ["voice-so-far", "abc"]]
    assert asks(page, "async () => { recorders[0].said = 'c'; await hides(); return await told() }") == both
    assert asks(page, "async () => { await gives('d'); return await told() }") == []
    ended = "async () => { recorders[0].said = 'e'; at('stop').click(); return await told('voice') }"
    assert asks(page, ended) == [["voice", "abcde"]]
    assert asks(page, "async () => { await hides(); return await told() }") == []

    asks(page, "async () => { recorder.reset(); await begins(); await hides(); recorders[1].said = sound + 'f' }")
    assert asks(page, "async () => { at('stop').click(); return await told('voice') }") == [["voice", "f"]], (
        "as a whole"
    )


def opens_with_a_clock(alone: Alone) -> Page:
    """A page whose clock stands, on which she has begun to speak; what she says goes nowhere."""
    alone.page.clock.install(time=0)
    page = opens(alone, ALONE)
    page.clock.pause_at(3_600_000)
    page.evaluate("() => { window.takes = 'voice'; document.querySelector('[data-act=record]').click() }")
    page.wait_for_function("() => window.recorders[0]?.state === 'recording'")
    asks(page, "async () => { await gives(sound + 'a'); await until(() => recorder.heard) }")
    return page


LOOKS, TOLD = "() => [...looks(), recorders[0].state]", "async () => await told()"


def test_each_half_minute_of_it_is_kept(alone: Alone) -> None:
    page = opens_with_a_clock(alone)

    page.clock.run_for(1000)
    assert asks(page, LOOKS) == ["stop", "Votre voix s’enregistre : 0:01", "recording"]
    page.clock.run_for(28_000)
    assert asks(page, TOLD) == []
    page.clock.run_for(1000)
    asks(page, "() => gives('b')")
    assert asks(page, TOLD) == [["voice-so-far", "a"], ["voice-so-far", "a"]]
    page.clock.run_for(29_000)
    assert asks(page, TOLD) == []
    page.clock.run_for(1000)
    assert asks(page, TOLD) == [["voice-so-far", "ab"], ["voice-so-far", "ab"]]


def test_it_ends_before_it_is_too_long_and_a_minute_before_she_is_told(alone: Alone) -> None:
    page = opens_with_a_clock(alone)

    for milliseconds, told in (
        *((65_000, "Votre voix s’enregistre : 1:05"), (469_000, "Votre voix s’enregistre : 8:54")),
        *((1000, "Il reste moins d’une minute. 8:55"), (59_000, "Il reste moins d’une minute. 9:54")),
    ):
        page.clock.fast_forward(milliseconds)
        asks(page, "async () => { await gives(''); window.ends ??= one('[role=status] [data-ends]') ?? undefined }")
        assert asks(page, LOOKS) == ["stop", told, "recording"]
    assert page.evaluate("() => window.ends.isConnected"), "it is told once"
    page.clock.run_for(1000)
    page.wait_for_function("() => notes.at(-1)[0] === 'voice'")
    assert page.evaluate("() => window.recorders[0].state") == "inactive"


def test_it_ends_before_it_is_too_heavy(alone: Alone) -> None:
    page = opens_with_a_clock(alone)

    asks(page, "() => gives('', new Blob([new Uint8Array(given - sound.length - 1)]))", 23_999_999)
    assert page.evaluate("() => window.recorders[0].state") == "recording"
    asks(page, "() => gives('.')")
    assert page.evaluate("() => window.recorders[0].state") == "inactive"


def test_whoever_takes_her_voice_says_whether_it_is_kept(alone: Alone) -> None:
    page = opens(alone, ALONE)
    page.evaluate("() => { window.takes = 'voice' }")
    state = "async () => [...looks(), stays()]"

    asks(page, "() => says('oui')")
    assert asks(page, "async () => { const all = await told('voice'); return [stays(), all] }") == [
        False,
        [["voice", "oui"]],
    ]
    asks(page, "() => recorder.offerAgain()")
    assert asks(page, state) == ["send", "", True]
    asks(page, "() => recorder.reset()")
    assert asks(page, state) == ["send", "", True], "it is nowhere else"
    assert asks(page, "async () => { at('send').click(); return [looks()[0], stays(), await told()] }") == [
        "",
        False,
        [["voice", "oui"]],
    ]
    asks(page, "async () => { await begins(); recorder.reset() }")
    assert asks(page, "() => looks()[0]") == "stop", "what went was not what she is saying"
    asks(
        page, "async () => { recorders.at(-1).said = sound; at('stop').click(); await until(() => looks()[0] === '') }"
    )
    asks(page, "() => recorder.reset()")
    assert asks(page, state) == ["record", "", False]
    assert not [one for one in alone.wire.asked if one.method == "POST"]
