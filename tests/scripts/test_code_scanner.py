"""What a camera that reads codes does on its page (code-scanner.js): when it opens and closes, what it takes, and what is said."""

import pytest
import qrcode
from playwright.sync_api import Page

from tests.fixtures.page_alone import SAID, Alone, Answer

pytestmark = pytest.mark.browser
CAMERA = """(() => {
  Object.assign(window, { sees: [], looked: [], tracks: [], detectors: [], size: [1280, 720], code: [] })
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ["ean_13", "qr_code"]
    constructor(asked) { detectors.push(asked) }
    async detect(canvas) {
      const { width, height } = canvas, drawn = canvas.getContext("2d")
      const at = (x, y) => [...drawn.getImageData(x, y, 1, 1).data].map((one) => one > 127 ? 1 : 0).join("")
      looked.push([width, height, at(0, 0), at(width - 1, height - 1)])
      await window.thinks
      if (window.breaks) throw new Error("what reads codes is not there")
      return sees.map((rawValue) => ({ rawValue }))
    }
  }
  navigator.mediaDevices.getUserMedia = async (asked) => {
    window.asked = asked
    await window.opens
    if (window.refusal) throw window.refusal === "TypeError" ? new TypeError() : new DOMException("", window.refusal)
    const table = document.createElement("canvas"), paints = table.getContext("2d")
    const [width, height] = [table.width, table.height] = size, side = Math.min(width, height)
    const stream = table.captureStream()
    paints.fillStyle = "#f00"
    paints.fillRect(0, 0, width, height)
    paints.fillStyle = code.length ? "#fff" : "#00f"
    paints.fillRect((width - side) / 2, (height - side) / 2, side, side)
    paints.fillStyle = "#000"
    const dot = Math.floor(side / (code.length + 8))
    code.forEach((row, y) => row.forEach((isDark, x) => isDark && paints.fillRect((width - side) / 2 + (x + 4) * dot, (y + 4) * dot, dot, dot)))
    tracks.push(...stream.getTracks())
    return stream
  }
})()"""
"""A camera that looks at a blue square on red, or at `code`, and a phone that reads what it `sees` there; `tracks` are those
that were opened."""
SAYS = f"() => ({SAID})('badge-scanner, paper-scanner')"
STATE = """() => {
  const scanner = document.querySelector("badge-scanner, paper-scanner")
  const buttons = [...scanner.querySelectorAll("[data-act]")].filter((one) => !one.hidden).map(({ dataset }) => dataset.act)
  const { hidden } = scanner.querySelector(".sight")
  return [buttons.join(), hidden ? "" : "sight", tracks.filter(({ readyState }) => readyState === "live").length, scanner.hidden]
}"""
"""Which button can be touched, whether a picture is shown, and how many cameras are open."""
CLOSED, OPEN, NONE = ["start", "", 0, False], ["stop", "sight", 1, False], ["", "", 0, False]
LINK = "https://guild.example/badges/1"
SENDS = "POST /badges"


def says(page: Page, word: str) -> None:
    """Once that is what is said."""
    page.wait_for_function(f"(word) => ({SAYS})() === word", arg=word, polling=20)


def looks(page: Page, more: int = 1, act: str = "") -> None:
    """Once it was looked at so much oftener than when *act* was done."""
    times = page.evaluate(f"() => {{ {act}; return looked.length }}") + more
    page.wait_for_function("(times) => looked.length >= times", arg=times, polling=20)


def does(page: Page, act: str) -> None:
    """Touches a button."""
    page.evaluate("(act) => document.querySelector(`[data-act=${act}]`).click()", act)


SEEN = "(state) => { Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true }) }"


def turns(page: Page, state: str) -> None:
    """The page is hidden, or visible again."""
    page.evaluate(SEEN, state)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def camera(alone: Alone) -> Alone:
    """A page with that camera."""
    alone.page.add_init_script(CAMERA)
    alone.answers[SENDS] = Answer(204)
    return alone


def test_the_camera_opens_at_once_looks_at_the_middle_and_sends_the_first_code_of_a_badge(camera: Alone) -> None:
    page = camera.opens("scan")
    says(page, "aim")
    looks(page)
    assert page.evaluate(STATE) == OPEN
    wanted = {"facingMode": "environment", "width": {"ideal": 1280}, "height": {"ideal": 720}}
    assert page.evaluate("asked") == {"video": wanted}
    assert page.evaluate("looked.at(-1)") == [640, 640, "0011", "0011"]

    page.evaluate("() => { window.sees = ['Bonjour'] }")
    says(page, "other")
    words = page.evaluate_handle("() => document.querySelector('badge-scanner [role=status]').firstChild")
    looks(page, 2)
    same = "(words) => words === document.querySelector('badge-scanner [role=status]').firstChild"
    assert page.evaluate(same, words), "said once"
    page.evaluate("(link) => { window.sees = ['Bonjour', ` ${link}\\n`] }", LINK)
    says(page, "read")
    (sent,) = camera.wire.asked_for(SENDS)
    assert sent.form == [("scanned", "yes"), ("link", LINK)]
    assert page.evaluate(STATE) == NONE
    assert page.evaluate("document.querySelector('video').srcObject") is None

    page.evaluate("() => document.dispatchEvent(new Event('unsent'))")
    says(page, "stopped")
    assert page.evaluate(STATE) == CLOSED


def test_what_is_taken_is_a_link_or_a_badge_a_paper_is_told_as_one_and_nothing_else_goes(camera: Alone) -> None:
    page = camera.opens("scan")
    here = camera.wire.origin
    other = here.replace("localhost", "127.0.0.1")
    paper = f"{here}/entry/paper#K7Q2M"
    others = ["Bonjour", "guild.example", '{"name": "Sonia"}', "a.b.c", f"{LINK}/".ljust(4297, "x")]
    taken = [
        f"{other}/entry/paper#K7Q2M",
        f"{here}/entry#K7Q2M",
        f"{here}/entry/paper#K7Q",
        "guild.example/badges/1",
        "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
        '{"vc": 1}',
        '[7, {"badge": 1}]',
        f"{LINK}/".ljust(4296, "x"),
    ]
    says(page, "aim")
    for texts, word in (([paper], "paper"), (others, "other"), ([paper], "paper")):
        page.evaluate("(texts) => { window.sees = texts }", texts)
        says(page, word)
    page.evaluate("() => { window.sees = [] }")
    for times, text in enumerate(taken, 1):  # as if it was seen: to open the camera each time costs a second
        page.evaluate("(text) => document.querySelector('badge-scanner').take(text)", text)
        assert camera.wire.asked_for(SENDS, times)[-1].form[-1] == ("link", text)
    does(page, "start")
    says(page, "aim")
    assert page.evaluate("detectors") == [{"formats": ["qr_code"]}], "made once"
    assert page.evaluate("tracks.length") == 2


def test_it_looks_ten_times_a_second_rests_as_long_as_it_worked_and_gives_a_hint_after_ten_seconds(
    camera: Alone,
) -> None:
    camera.page.clock.install()
    page = camera.opens("scan, no badge behind it")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    assert page.evaluate(STATE) == CLOSED, "not after a code that was no good"
    page.evaluate("() => { window.size = [480, 640] }")
    does(page, "start")
    page.wait_for_function("() => looked.length", polling=20)
    assert page.evaluate("looked") == [[480, 480, "0011", "0011"]]
    page.clock.run_for(99)
    assert page.evaluate("looked.length") == 1
    page.clock.run_for(1)
    assert page.evaluate("looked.length") == 2

    _not_at_nothing_and_not_while_it_thinks(page)

    page.clock.run_for(8_800)
    assert page.evaluate(SAYS) == "aim"
    page.clock.run_for(100)
    assert page.evaluate(SAYS) == "slow"
    page.evaluate("() => { window.sees = ['Bonjour'] }")
    page.clock.run_for(100)
    page.evaluate("() => { window.sees = [] }")
    page.clock.run_for(300)
    assert page.evaluate(SAYS) == "other", "what was read last is of more use than a hint"


def _not_at_nothing_and_not_while_it_thinks(page: Page) -> None:
    page.evaluate("""() => {
      const video = document.querySelector("video")
      Object.defineProperty(video, "videoWidth", { get: () => 0, configurable: true })
    }""")
    page.clock.run_for(300)  # no picture yet
    page.evaluate("() => { delete document.querySelector('video').videoWidth }")
    assert page.evaluate("looked.length") == 2
    page.clock.run_for(100)
    assert page.evaluate("looked.length") == 3

    thinks = "{ get: () => new Promise((done) => setTimeout(done, 300)), configurable: true }"
    page.evaluate(f"() => {{ Object.defineProperty(window, 'thinks', {thinks}) }}")
    page.clock.run_for(100)
    assert page.evaluate("looked.length") == 4
    page.evaluate("() => { delete window.thinks }")
    page.clock.run_for(300 + 299)
    assert page.evaluate("looked.length") == 4
    page.clock.run_for(1)
    assert page.evaluate("looked.length") == 5


def test_whoever_stops_or_leaves_has_no_camera_open_and_what_is_read_then_goes_nowhere(camera: Alone) -> None:
    page = camera.opens("scan")
    looks(page)
    for leaves in (
        "document.querySelector('[data-act=stop]').click()",
        "dispatchEvent(new PageTransitionEvent('pagehide'))",
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
    ):
        looks(page, act=f"window.thinks = new Promise((done) => {{ window.answers = done }}); window.sees = ['{LINK}']")
        page.evaluate(f"() => {{ {leaves} }}")
        assert [page.evaluate(STATE), page.evaluate(SAYS)] == [CLOSED, "stopped"], leaves
        page.evaluate("() => { answers(); return new Promise((done) => requestAnimationFrame(done)) }")
        assert [page.evaluate(STATE), page.evaluate(SAYS)] == [CLOSED, "stopped"]
        page.evaluate("() => { window.thinks = null; window.sees = [] }")
        does(page, "start")
        says(page, "aim")
        assert page.evaluate(STATE) == OPEN
    assert [one for one in camera.wire.asked if one.method == "POST"] == []
    assert page.evaluate("document.querySelector('[data-act=start]').classList.contains('main')"), "the camera is good"

    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    turns(page, "visible")
    assert page.evaluate(STATE) == OPEN
    page.evaluate("() => tracks[0].dispatchEvent(new Event('ended'))")
    assert page.evaluate(STATE) == OPEN, "that one was let go before"
    page.evaluate("() => tracks.at(-1).dispatchEvent(new Event('ended'))")
    assert [page.evaluate(STATE), page.evaluate(SAYS)] == [CLOSED, "taken"]
    turns(page, "hidden")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert page.evaluate(SAYS) == "taken", "nothing was open"

    _what_is_given_to_whoever_left_is_given_back(page)

    page.add_init_script(f"({SEEN})('hidden')")
    camera.opens("scan")
    assert page.evaluate(STATE) == CLOSED, "nobody sees it yet"


def _what_is_given_to_whoever_left_is_given_back(page: Page) -> None:
    page.evaluate("() => { window.opens = new Promise((done) => { window.given = done }) }")
    does(page, "start")
    assert [page.evaluate(STATE), page.evaluate(SAYS)] == [NONE, "opening"]
    turns(page, "hidden")
    assert [page.evaluate(STATE), page.evaluate(SAYS)] == [CLOSED, "stopped"]
    before = page.evaluate("tracks.length")
    page.evaluate("() => given()")
    page.wait_for_function("(before) => tracks.length > before", arg=before)
    assert [page.evaluate(STATE), page.evaluate(SAYS)] == [CLOSED, "stopped"], "what is given now is given back"
    page.evaluate(
        "() => { window.refusal = 'NotAllowedError'; window.opens = new Promise((done) => { window.given = done }) }"
    )
    does(page, "start")
    turns(page, "hidden")
    page.evaluate("() => given()")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
    assert page.evaluate(SAYS) == "stopped"


WHY = {
    "NotAllowedError": "refused",
    "NotFoundError": "none",
    "TypeError": "none",
    "AbortError": "taken",
    "UnknownError": "failed",
}


def test_a_camera_that_is_not_to_be_had_is_told_and_the_photo_is_the_way(camera: Alone) -> None:
    camera.page.add_init_script("window.refusal = 'NotAllowedError'")
    camera.page.route("**/vendor/qr/decode.*", lambda route: route.abort())
    page = camera.opens("scan")
    main = """() => [document.querySelector("[data-act=start]"), document.querySelector(".pick label")]
        .map(({ classList }) => ["main", "second"].filter((one) => classList.contains(one)).join())"""
    says(page, "refused")
    assert page.evaluate(STATE) == CLOSED
    assert page.evaluate(main) == ["second", "main"]
    for name, word in WHY.items():
        page.evaluate("(name) => { window.refusal = name }", name)
        does(page, "start")
        says(page, word)
        assert page.evaluate(STATE) == CLOSED

    page.evaluate("""() => {
      const video = document.querySelector("video")
      window.refusal = ""
      video.play = () => Promise.reject(new DOMException("", "NotAllowedError"))
      document.querySelector("badge-scanner [role=status]").replaceChildren()
    }""")
    does(page, "start")
    says(page, "failed")
    assert page.evaluate(STATE) == CLOSED
    page.evaluate("() => { delete document.querySelector('video').play }")

    # what reads codes says no, and ours does not come
    page.evaluate(
        "() => { window.breaks = true; document.querySelector('badge-scanner [role=status]').replaceChildren() }"
    )
    does(page, "start")
    says(page, "failed")
    assert page.evaluate(STATE) == CLOSED
    camera.page.add_init_script("window.refusal = ''; BarcodeDetector.getSupportedFormats = async () => ['ean_13']")
    camera.opens("scan, no badge behind it")
    does(page, "start")
    says(page, "failed")
    assert [page.evaluate(main), page.evaluate("detectors")] == [["second", "main"], []]


PHONES = (
    "BarcodeDetector.getSupportedFormats = () => Promise.reject(new Error())",
    "window.breaks = true",
    "delete window.BarcodeDetector",
)
"""Phones that read no codes: one that does not say so, one whose service is not there, and one that never heard of it."""


def test_where_a_phone_reads_no_codes_ours_does_and_a_finger_or_a_keyboard_stays_on_the_button(camera: Alone) -> None:
    code = qrcode.QRCode(border=0)
    code.add_data(LINK)
    page = camera.page
    for times, phone in enumerate(PHONES, 1):
        camera.opens("scan, no badge behind it")
        page.wait_for_function("() => document.activeElement.autofocus")  # what is wrong is heard first
        page.evaluate(f"(code) => {{ {phone}; window.code = code }}", code.get_matrix())
        page.evaluate("""() => {
          document.querySelector("[data-act=start]").focus()
          Object.assign(window, { held: [], opens: new Promise((done) => { window.given = done }) })
          document.addEventListener("focusin", ({ target }) => held.push(target.dataset.act))
        }""")
        does(page, "start")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.evaluate("() => given()")
        says(page, "read")
        assert camera.wire.asked_for(SENDS, times)[-1].form[-1] == ("link", LINK)
        assert page.evaluate("held") == ["stop"]
        page.evaluate("() => document.querySelector('.button.quiet').focus()")
        page.evaluate("() => document.dispatchEvent(new Event('unsent'))")
        assert page.evaluate("document.activeElement.className") == "button quiet"


def test_what_could_not_be_sent_while_nothing_was_read_changes_nothing_and_no_button_takes_a_finger_from_elsewhere(
    camera: Alone,
) -> None:
    page = camera.opens("scan")
    looks(page)
    page.evaluate("() => document.dispatchEvent(new Event('unsent'))")
    assert [page.evaluate(STATE), page.evaluate(SAYS)] == [OPEN, "aim"]

    page.evaluate("() => { document.querySelector('[data-act=stop]').focus(); document.activeElement.click() }")
    assert page.evaluate("document.activeElement.dataset.act") == "start"
    page.evaluate("() => document.querySelector('.button.quiet').focus()")
    does(page, "start")
    looks(page)
    does(page, "stop")
    assert page.evaluate("document.activeElement.className") == "button quiet"

    page.evaluate("(link) => { document.querySelector('[data-act=start]').focus(); window.sees = [link] }", LINK)
    does(page, "start")
    says(page, "read")
    page.evaluate(
        "() => { document.querySelector('.button.quiet').focus(); document.dispatchEvent(new Event('unsent')) }"
    )
    assert page.evaluate("document.activeElement.className") == "button quiet"


PAPER = """() => [document.querySelector("#code").value, document.activeElement === document.querySelector("#typed button:not([type])"),
    document.querySelector(".instead").hidden]"""


def test_the_code_of_a_paper_goes_into_its_field_and_is_not_sent_and_without_a_camera_a_photo_is_offered(
    camera: Alone,
) -> None:
    camera.answers["POST /entry/paper"] = Answer(204)
    page = camera.opens("entry by paper")
    assert page.evaluate(STATE) == CLOSED
    assert page.evaluate(PAPER) == ["", False, True]
    page.evaluate("(link) => { window.sees = [link] }", LINK)
    does(page, "start")
    says(page, "other")
    page.evaluate("(here) => { window.sees = [`${here}/entry/paper#K7Q2MK7Q2M`] }", camera.wire.origin)
    says(page, "read")
    assert page.evaluate(STATE) == NONE
    assert page.evaluate(PAPER) == ["K7Q2M K7Q2M", True, True]
    assert [one for one in camera.wire.asked if one.method == "POST"] == []

    camera.opens("entry by paper")
    page.evaluate("() => { window.refusal = 'NotFoundError' }")
    does(page, "start")
    says(page, "none")
    assert page.evaluate(PAPER)[2] is False
    assert page.evaluate("document.querySelector('[data-act=start]').classList.contains('second')")

    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    camera.opens("entry by paper")
    assert page.evaluate("document.querySelector('paper-scanner').hidden")
    assert page.evaluate(PAPER)[2] is False
