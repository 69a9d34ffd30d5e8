"""One button that plays a voice (voice-player.js), asked directly: what plays, what its clock tells, what is said where it cannot."""

import pytest
from playwright.sync_api import Page

from tests.fixtures.page_alone import Alone, Answer
from tests.scripts.speaking import hears

pytestmark = pytest.mark.browser
SOUND = "HEAD /evidence/1/attachments/2"
AUDIO = """() => {
    Object.assign(window, { plays: "maybe", opens: 0, wakes: 0 })
    Object.defineProperties(HTMLMediaElement.prototype, {
        paused: { get() { return this.rests ?? true } },
        error: { get() { return this.problem ?? null } },
        currentTime: { get() { return this.at } },
    })
    const tells = (one, name) => one.dispatchEvent(new Event(name))
    Object.assign(HTMLMediaElement.prototype, {
        canPlayType: (kind) => kind === "audio/webm" ? window.plays : "",
        async play() {
            this.rests = false
            this.begun = (this.begun ?? 0) + 1
            if (window.refuses) throw Object.assign(new Error(), { name: window.refuses })
        },
        pause() {
            this.rests = true
            this.stopped = (this.stopped ?? 0) + 1
            tells(this, "pause")
        },
        load() {
            [this.problem, this.rests] = [null, true]
            this.loaded = (this.loaded ?? 0) + 1
        },
    })
    if (!window.AudioContext.prototype.createBufferSource) return
    const { resume } = window.AudioContext.prototype
    window.AudioContext = class extends window.AudioContext {
        constructor() {
            super()
            window.opens++
        }
        resume() {
            window.wakes++
            return resume.call(this)
        }
    }
}"""
"""A browser's own player, which plays nothing: a test says where it is and what is wrong, and reads what it was told to do."""
ASKS = """async () => {
    const player = document.querySelector("voice-player"), button = player.querySelector("button")
    const sound = player.querySelector("audio")
    const settled = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0) })
    const taps = async () => (button.click(), await settled())
    const looks = () => [
        !button.hidden,
        button.getAttribute("aria-pressed"),
        player.querySelector("[data-clock]").textContent.trim(),
        [...player.querySelectorAll("[data-message]:not([hidden])")].map(({ dataset }) => dataset.message).join(),
    ]
    return await (ACT)()
}"""
"""Asks ACT of the page: `looks` tells whether there is a button, whether it is pressed, what the clock and the page say."""
READY, PLAYS = [True, "false", "0:42", ""], "true"


@pytest.fixture
def page(alone: Alone) -> Page:
    """A page with a voice of the server's, whose clock stands."""
    hears(alone.page)
    alone.page.add_init_script(f"({AUDIO})()")
    alone.page.clock.install(time=0)
    page = alone.opens("moment, its voice heard again")
    page.clock.pause_at(3_600_000)
    return page


def asks(page: Page, act: str) -> object:
    """What *act*, a function of JavaScript, gives."""
    return page.evaluate(ASKS.replace("ACT", act))


def after_half_a_second(page: Page) -> object:
    """What the page looks like then."""
    page.clock.run_for(500)
    return asks(page, "looks")


def test_a_voice_plays_stops_at_a_touch_and_at_its_end_and_the_clock_tells_where_it_is(page: Page) -> None:
    assert asks(page, "() => [looks(), sound.controls]") == [READY, False]

    assert asks(page, "async () => { button.click(); return [looks(), sound.begun, sound.loaded ?? 0] }") == [
        [True, PLAYS, "0:42", ""],
        1,
        0,
    ]
    for at, told in ((64.9, "1:04"), (5.2, "0:05")):
        page.evaluate("(at) => { document.querySelector('audio').at = at }", at)
        assert after_half_a_second(page) == [True, PLAYS, told, ""]
    late = "() => { sound.dispatchEvent(new Event('play')); return looks()[2] }"
    assert asks(page, late) == "0:05", "a slow phone tells late that it plays"

    assert asks(page, "async () => { await taps(); return [looks(), sound.begun, sound.stopped] }") == [READY, 1, 1]
    assert after_half_a_second(page) == READY, "its clock stands again"

    asks(page, "taps")
    assert asks(page, "() => { sound.rests = true; sound.dispatchEvent(new Event('ended')); return looks() }") == READY
    assert asks(page, "async () => { dispatchEvent(new Event('pagehide')); return sound.stopped }") == 1
    assert asks(page, "async () => { await taps(); dispatchEvent(new Event('pagehide')); return sound.stopped }") == 2


def test_a_voice_that_did_not_come_is_asked_for_again_and_one_that_this_browser_cannot_play_is_said(
    alone: Alone, page: Page
) -> None:
    fails = "() => { sound.problem = {}; sound.dispatchEvent(new Event('error')) }"
    says = "(name) => !document.querySelector(`[data-message=${name}]`).hidden"

    alone.answers[SOUND] = None
    asks(page, "taps")
    asks(page, fails)
    page.wait_for_function(says, arg="offline")
    assert asks(page, "looks") == [True, "false", "0:42", "offline"]

    assert asks(page, "async () => { await taps(); return [looks(), sound.loaded, sound.begun] }") == [
        [True, PLAYS, "0:42", ""],
        1,
        2,
    ]
    asks(page, "taps")
    asks(page, "async () => { window.refuses = 'AbortError'; await taps() }")
    assert asks(page, "looks") == [True, PLAYS, "0:42", ""], "stopped before it began"
    asks(page, "taps")
    asks(
        page,
        "async () => { window.refuses = 'NotSupportedError'; button.click(); sound.problem = {}; await settled() }",
    )
    assert asks(page, "looks") == [True, PLAYS, "0:42", ""], "an error is told by itself"

    alone.answers[SOUND] = Answer(200)
    asks(page, fails)
    page.wait_for_function(says, arg="cannot")
    assert asks(page, "() => looks().toSpliced(1, 1)") == [False, "0:42", "cannot"]
    alone.wire.asked_for(SOUND, 2)
    assert asks(page, "() => { player.hold(new Blob(['voix']), '0:09'); return looks() }") == [
        True,
        "false",
        "0:09",
        "",
    ]


def test_a_browser_that_refuses_to_play_is_no_longer_asked(page: Page) -> None:
    asks(page, "async () => { window.refuses = 'NotSupportedError'; await taps(); sound.at = 7 }")
    assert asks(page, "() => looks().toSpliced(1, 1)") == [False, "0:42", "cannot"]
    page.clock.run_for(500)
    assert asks(page, "() => looks()[2]") == "0:42"

    other = """(change) => {
        const player = document.querySelector("voice-player"), other = player.cloneNode(true)
        other.querySelector("button").hidden = true
        for (const one of other.querySelectorAll("[data-message]")) one.hidden = true
        eval(change)
        player.replaceWith(other)
    }"""
    page.evaluate(other, "window.plays = ''")
    assert asks(page, "() => [looks()[0], looks()[3], sound.controls]") == [False, "cannot", False]
    page.evaluate(other, "window.plays = 'maybe'; other.querySelector('audio').remove()")
    assert asks(page, "() => [looks()[0], looks()[3]]") == [False, ""]
    page.evaluate("() => dispatchEvent(new Event('pagehide'))")
    assert asks(page, "() => { player.hold(new Blob(['voix'])); return looks() }") == [True, "false", "", ""]


def test_a_voice_of_this_phone_plays_once_however_slow_it_is_to_open_and_not_after_it_was_stopped(page: Page) -> None:
    asks(page, "taps")
    assert asks(page, "() => { player.hold(new Blob(['voix']), '1:07'); return [looks(), sound.stopped] }") == [
        [True, "false", "1:07", ""],
        1,
    ]
    assert asks(page, "() => { sound.dispatchEvent(new Event('play')); return looks()[1] }") == "false"

    asks(page, "async () => { window.decodes = true; await taps() }")
    page.wait_for_function("() => window.decodes !== true")
    assert after_half_a_second(page) == [True, PLAYS, "0:00", ""]
    asks(page, "async () => { await taps(); window.decodes(); await settled() }")
    assert asks(page, "() => [looks(), played, wakes]") == [[True, "false", "1:07", ""], [], 0]

    asks(page, "async () => { audio.currentTime = 3; window.resumes = true; await taps() }")
    assert asks(page, "() => [looks()[1], played, opens]") == [PLAYS, [], 1]
    asks(page, "async () => { await taps(); resumes(); await settled() }")
    assert asks(page, "() => [looks()[1], played]") == ["false", []]

    asks(
        page,
        "async () => { window.resumes = undefined; await taps(); window.first = source; audio.currentTime += 64.9 }",
    )
    assert after_half_a_second(page) == [True, PLAYS, "1:04", ""]
    assert asks(page, "() => [played, opens, wakes]") == [["voix"], 1, 2]
    asks(page, "async () => { await taps(); await taps(); first.onended() }")
    assert asks(page, "() => [looks()[1], played]") == [PLAYS, ["voix", "silence", "voix"]], (
        "the first one has ended late"
    )
    assert asks(page, "() => { source.onended(); return looks() }") == [True, "false", "1:07", ""]
    asks(
        page, "async () => { window.resumes = true; await taps(); await taps(); resumes(); window.resumes = undefined }"
    )
    assert asks(page, "() => played") == ["voix", "silence", "voix"]

    asks(page, "async () => { await taps(); dispatchEvent(new Event('pagehide')) }")
    assert asks(page, "() => [looks()[1], played.slice(3), sound.stopped]") == ["false", ["voix", "silence"], 1]
    asks(page, "async () => { await taps(); player.hold(new Blob(['autre voix'])) }")
    assert asks(page, "() => [looks(), played.slice(5)]") == [[True, "false", "", ""], ["voix", "silence"]]


def test_a_voice_of_this_phone_plays_in_an_older_browser_and_one_that_cannot_be_opened_is_said(page: Page) -> None:
    older = (
        "window.webkitAudioContext = window.AudioContext; delete window.AudioContext; window.AudioContext = undefined"
    )
    asks(page, f"async () => {{ {older}; player.hold(new Blob(['voix'])); await taps() }}")
    page.wait_for_function("() => window.played.length")

    asks(page, "async () => { player.hold(new Blob(['broken']), '0:03'); await taps() }")
    page.wait_for_function("() => document.querySelector('voice-player button').hidden")
    assert asks(page, "() => [looks()[3], played]") == ["cannot", ["voix", "silence"]]
