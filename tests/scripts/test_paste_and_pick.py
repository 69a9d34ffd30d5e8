"""A badge comes by one tap: a link that was copied (paste-link.js), or files that were chosen (file-picker.js)."""

import pytest
from playwright.sync_api import Page

from tests.fixtures.page_alone import SAID, Alone, Answer, Asked, asks_later, clicks
from tests.fixtures.screens import drawn

pytestmark = pytest.mark.browser
SENDS = "POST /badges"
COPIED = """(() => {
  window.copied = ""
  navigator.clipboard.readText = () => copied === null ? Promise.reject(new DOMException("no")) : Promise.resolve(copied)
})()"""


def says(page: Page, name: str, words: str) -> None:
    """Once it is said."""
    page.wait_for_function(f"([name, words]) => ({SAID})(name) === words", arg=[name, words], polling=20)


LINK = "https://guild.example/badges/1"
LINKED = {
    f"Voici votre badge : {LINK} À bientôt": LINK,
    f"www.cafoc.example vous offre <{LINK}>": LINK,
    "Sur www.cafoc.example/b et ailleurs": "www.cafoc.example/b",
    "openid-credential-offer://?credential_offer_uri=x": "openid-credential-offer://?credential_offer_uri=x",
}


def test_of_what_was_copied_the_link_alone_goes_and_what_is_none_or_refused_is_told_and_can_be_typed(
    alone: Alone,
) -> None:
    alone.page.add_init_script(COPIED)
    alone.answers[SENDS] = Answer(204)
    page = alone.opens("add")
    assert page.evaluate("document.querySelector('paste-link').hidden") is False
    for copied, word in ((None, "refused"), ("mon mot de passe", "other"), ('{"id": "https://a.example"}', "other")):
        page.evaluate("(copied) => { window.copied = copied; document.activeElement.blur() }", copied)
        clicks(page, "paste-link button")
        says(page, "paste-link", word)
        assert page.evaluate("document.activeElement.id") == "link"
    assert [one for one in alone.wire.asked if one.method == "POST"] == []
    for times, (copied, link) in enumerate(LINKED.items(), 1):
        page.evaluate("(copied) => { window.copied = copied }", copied)
        clicks(page, "paste-link button")
        assert alone.wire.asked_for(SENDS, times)[-1].form[-1] == ("link", link)
        assert page.evaluate(SAID, "paste-link") == "reading"
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    assert page.evaluate(SAID, "paste-link") == "reading"
    for over in (
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        "document.dispatchEvent(new Event('unsent'))",
    ):
        page.evaluate(f"() => {{ {over} }}")
        assert page.evaluate(SAID, "paste-link") == ""
        clicks(page, "paste-link button")
        says(page, "paste-link", "reading")

    for unable in (
        "delete Clipboard.prototype.readText; delete navigator.clipboard.readText",
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
    ):
        page.add_init_script(unable)
        alone.opens("add")
        assert page.evaluate("document.querySelector('paste-link').hidden") is True


def test_the_link_of_a_letter_goes_by_itself_once_and_not_for_whoever_comes_back_or_asks_again(alone: Alone) -> None:
    alone.answers[SENDS] = Answer(204)
    page = alone.page
    alone.answers["GET /screen"] = Answer(body=drawn("offered by a link, to nobody"))
    with page.expect_event("requestfailed", lambda asked: asked.method == "POST"):  # as the page stays
        page.goto(f"{alone.wire.origin}/screen", wait_until="commit")
    (sent,) = alone.wire.asked_for(SENDS)
    assert sent.form == [("link", "https://organisme.example/badges/42"), ("unasked", "yes")]
    words = "Nous regardons le badge…"
    assert page.evaluate(SAID, "link-goes") == words
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    assert page.evaluate(SAID, "link-goes") == words
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert page.evaluate(SAID, "link-goes") == ""
    page.reload()
    asks_later(page)
    assert len(alone.wire.asked_for(SENDS)) == 1
    assert page.evaluate(SAID, "link-goes") == ""


CHOOSES = """([name, files, isTold]) => {
  const field = document.querySelector(`${name} input[type=file]`), chosen = new DataTransfer()
  for (const [called, type, size] of files) chosen.items.add(new File([new Uint8Array(size).fill(7)], called, { type }))
  field.files = chosen.files
  if (isTold) field.dispatchEvent(new Event("change"))
}"""
READING = "reading"
HELD = "document.querySelector('file-picker input').files.length"


def test_chosen_files_go_at_once_and_once_and_the_same_can_be_chosen_again_where_they_did_not(alone: Alone) -> None:
    alone.answers[SENDS] = Answer(204)
    page = alone.opens("add")
    page.evaluate(CHOOSES, ["file-picker", [], True])
    assert page.evaluate(SAID, "file-picker") == ""
    two = [["a.json", "application/json", 3], ["b.png", "image/png", 2]]
    page.evaluate(CHOOSES, ["file-picker", two, True])
    assert page.evaluate(SAID, "file-picker") == READING
    (sent,) = alone.wire.asked_for(SENDS)
    assert sent.form == [("documents", b"\x07" * 3), ("documents", b"\x07" * 2)]
    page.evaluate(CHOOSES, ["file-picker", two, True])
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    asks_later(page)
    assert len(alone.wire.asked_for(SENDS)) == 1, "it is on its way"
    assert [page.evaluate(SAID, "file-picker"), page.evaluate(HELD)] == [READING, 2]

    for times, over in enumerate(
        (
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
            "document.dispatchEvent(new Event('unsent'))",
        ),
        2,
    ):
        page.evaluate(f"() => {{ {over} }}")
        assert [page.evaluate(SAID, "file-picker"), page.evaluate(HELD)] == ["", 0]
        page.evaluate(CHOOSES, ["file-picker", two[:1], True])
        assert len(alone.wire.asked_for(SENDS, times)) == times
    page.evaluate("() => document.dispatchEvent(new Event('unsent'))")
    page.evaluate(CHOOSES, ["file-picker", two, False])
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    assert page.evaluate(HELD) == 0, "what a page was left with is not chosen now"


def test_what_was_chosen_before_the_script_was_there_goes_too_but_not_what_a_page_was_left_with(alone: Alone) -> None:
    alone.answers[SENDS] = Answer(204)
    page = alone.opens("add")
    one = [["a.json", "application/json", 3]]
    again = "() => { const one = document.querySelector('file-picker'), place = one.parentElement; one.remove(); place.prepend(one) }"
    page.reload()
    page.evaluate(CHOOSES, ["file-picker", one, False])
    page.evaluate(again)
    asks_later(page)
    assert [one.method for one in alone.wire.asked if one.method == "POST"] == []
    assert page.evaluate(SAID, "file-picker") == ""

    alone.opens("add")
    page.evaluate(CHOOSES, ["file-picker", one, False])
    page.evaluate(again)
    alone.wire.asked_for(SENDS)
    assert page.evaluate(SAID, "file-picker") == READING


PHOTOS = """async () => {
  const side = 480, canvas = new OffscreenCanvas(side, side)
  const drawn = canvas.getContext("2d"), noise = new ImageData(side, side), chosen = new DataTransfer()
  for (let at = 0, seed = 1; at < noise.data.length; at++) {
    seed = (seed * 16807) % 2147483647
    noise.data[at] = at % 4 === 3 ? 255 : seed % 256
  }
  drawn.putImageData(noise, 0, 0)
  const made = (type) => canvas.convertToBlob({ type, quality: 1 })
  const field = document.querySelector("file-picker input[type=file]")
  for (const [name, type] of [["a.jpeg", "image/jpeg"], ["b.png", "image/png"]])
    chosen.items.add(new File([await made(type)], name, { type }))
  Object.assign(field, { multiple: true, files: chosen.files })
  field.dispatchEvent(new Event("change"))
  return [...chosen.files].map(({ size }) => size)
}"""
"""Chooses the same photo twice, as JPEG and as PNG; gives how heavy they are."""


def weights(asked: Asked) -> list[int]:
    """Of the files in it: bytes. To read a form of megabytes as it is otherwise read takes seconds."""
    parts = asked.body.split(asked.body.partition(b"\r\n")[0])
    return [len(part.partition(b"\r\n\r\n")[2]) - 2 for part in parts if b'name="documents"' in part[:200]]


def test_the_photo_of_a_code_becomes_smaller_first_but_a_png_and_goes_as_it_is_where_that_cannot_be_done(
    alone: Alone,
) -> None:
    alone.answers[SENDS] = Answer(204)
    page = alone.page
    found: list[tuple[list[int], list[int]]] = []
    for screen in ("scan, no code in the photo", "add", "scan, no code in the photo"):
        alone.opens(screen)
        sizes = page.evaluate(PHOTOS)
        if len(found) == 2:
            page.wait_for_function(
                "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('shrink'))"
            )
        found.append((sizes, weights(alone.wire.asked_for(SENDS, len(found) + 1)[-1])))
        if screen == "add":
            page.route("**/shrink-photo.*", lambda route: route.abort())

    (before, after), *others = found
    assert min(before) > 400_000
    assert after[0] < before[0]
    assert after[1] == before[1], "it may be a badge"
    assert [sizes == sent for sizes, sent in others] == [True, True], "a file for a badge; and a phone that cannot"
