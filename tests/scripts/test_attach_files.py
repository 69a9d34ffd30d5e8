"""Choosing files sends them at once (attach-files.js): once, smaller, and again where they did not go."""

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.page_alone import Alone, Answer, Asked

pytestmark = pytest.mark.browser
SENDS = "POST /evidence/1/attachments"
HERE = "const one = document.querySelector('attach-files'), input = one.querySelector('input');"
CHOOSES = """(files) => {
    const chosen = new DataTransfer()
    for (const [name, type, content] of files) chosen.items.add(new File([content], name, { type }))
    const input = document.querySelector("attach-files input")
    input.files = chosen.files
    input.dispatchEvent(new Event("change", { bubbles: true }))
}"""
"""Chooses files, as [name, type, content]."""
READS_SLOWLY = """() => {
    const reads = window.createImageBitmap
    window.createImageBitmap = async (...what) => {
        await new Promise((done) => (window.hasRead = done))
        return reads(...what)
    }
}"""
"""A phone that takes until `hasRead` to read a photo."""
NOTE, PHOTO = ["mot.txt", "text/plain", "un mot"], ["bus.jpg", "image/jpeg", "x" * 400_000]
"""PHOTO is one only by its name: it goes as it is, after the phone has tried to read it."""
STATE = f"""() => {{
    {HERE}
    const opens = input.dispatchEvent(new Event("click", {{ cancelable: true }}))
    return [one.querySelector("[role=status]").textContent.trim(), input.files.length, opens]
}}"""
"""What is said, how many files are chosen, and whether a touch would let choose others."""
READY = "async () => (await document.querySelector('draft-sender').store.list()).map((draft) => draft.ready)"
"""Of each draft that the phone keeps, whether it is to be sent."""
BEGINS = ["", 0, True]


def _stays(_asked: Asked) -> Answer:
    """A page that answers and leads nowhere."""
    return Answer(204)


def _opens(alone: Alone) -> Page:
    alone.answers[SENDS] = _stays
    return alone.opens("moment, read over")


def test_what_is_chosen_goes_at_once_and_once_and_nothing_else_is_chosen_meanwhile(alone: Alone) -> None:
    page = _opens(alone)
    page.evaluate(READS_SLOWLY)
    assert page.evaluate(STATE) == BEGINS

    page.evaluate(CHOOSES, [NOTE, PHOTO])
    page.wait_for_function("() => window.hasRead")
    assert page.evaluate(STATE) == ["Nous l’ajoutons…", 2, False]
    page.evaluate(CHOOSES, [NOTE])
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    assert page.evaluate(STATE) == ["Nous l’ajoutons…", 1, False], "it is on its way while a slow page comes"
    page.evaluate("() => window.hasRead()")

    [sent] = alone.wire.asked_for(SENDS)
    assert sent.form == [("files", b"un mot"), ("files", b"x" * 400_000)]


def test_who_stays_or_comes_back_begins_anew(alone: Alone) -> None:
    page = _opens(alone)
    for times, back in enumerate(
        (
            "document.dispatchEvent(new Event('unsent'))",
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        ),
        1,
    ):
        page.evaluate(CHOOSES, [NOTE])
        alone.wire.asked_for(SENDS, times)
        assert page.evaluate(STATE) == ["Nous l’ajoutons…", 1, False]
        page.evaluate(f"() => {{ {back} }}")
        assert page.evaluate(STATE) == BEGINS
    page.evaluate(f"""() => {{
        {HERE}
        const held = new DataTransfer()
        held.items.add(new File(["un mot"], "mot.txt"))
        input.files = held.files
        dispatchEvent(new PageTransitionEvent("pageshow"))
    }}""")
    assert page.evaluate(STATE) == BEGINS, "what a browser gives back to the field can be chosen again"
    page.evaluate(CHOOSES, [])
    assert page.evaluate(STATE) == BEGINS, "she chose nothing"
    page.evaluate(CHOOSES, [NOTE])
    alone.wire.asked_for(SENDS, 3)


def test_what_is_too_heavy_stays_and_is_said(alone: Alone) -> None:
    page = _opens(alone)
    assert page.locator("attach-files").first.get_attribute("data-heaviest") == "25000000"
    page.evaluate("() => { document.querySelector('attach-files').dataset.heaviest = 6 }")

    page.evaluate(CHOOSES, [NOTE, ["mots.txt", "text/plain", "sept mo"]])

    expect(page.locator("attach-files [role=status]").first).to_have_text(
        "C’est trop lourd. Un fichier doit faire moins de 25 Mo."
    )
    assert page.evaluate(STATE)[1:] == [0, True]
    page.evaluate(CHOOSES, [NOTE])
    [sent] = alone.wire.asked_for(SENDS)
    assert sent.form == [("files", b"un mot")]


def test_a_browser_that_makes_no_list_or_gets_no_script_sends_what_was_chosen(alone: Alone) -> None:
    page = alone.page
    page.route("**/shrink-photo*", lambda route: route.abort())
    _opens(alone)
    page.evaluate(READS_SLOWLY)

    page.evaluate(CHOOSES, [PHOTO])
    expect(page.locator("attach-files [role=status]").first).to_have_text("Nous l’ajoutons…")
    alone.wire.asked_for(SENDS)
    page.unroute("**/shrink-photo*")
    page.evaluate(
        f"(files) => {{ document.dispatchEvent(new Event('unsent')); ({CHOOSES})(files); delete window.DataTransfer }}",
        [NOTE],
    )

    assert alone.wire.asked_for(SENDS, 2)[1].form == [("files", b"un mot")]
    assert page.evaluate("() => window.hasRead") is None


LATE = f"""() => {{
    {HERE}
    const late = one.closest("form").cloneNode(true)
    const chosen = new DataTransfer()
    chosen.items.add(new File(["un mot"], "mot.txt"))
    late.querySelector("input").files = chosen.files
    one.closest("form").replaceWith(late)
    return late.querySelector("[role=status]").textContent
}}"""
"""The script comes to a field in which a file is chosen already; what it says at once."""


def test_what_was_chosen_before_the_script_was_there_goes_but_not_what_a_page_was_left_with(alone: Alone) -> None:
    page = _opens(alone)
    page.reload()
    assert page.evaluate(LATE) == ""

    alone.opens("moment, read over", "/another")
    assert page.evaluate(LATE) == "Nous l’ajoutons…"

    [sent] = alone.wire.asked_for(SENDS)
    assert sent.form == [("files", b"un mot")]


def test_on_the_page_of_a_moment_the_phone_keeps_a_photo_and_one_that_is_too_heavy_holds_up_what_is_sent(
    alone: Alone,
) -> None:
    page = alone.opens("moment, with the network off", "/tell")
    page.wait_for_function("() => document.querySelector('moment-draft').steps")
    page.evaluate(
        "() => { document.querySelector('[data-situation]').click(); document.querySelector('[data-act=over]').click() }"
    )
    page.evaluate(READS_SLOWLY)
    page.evaluate("() => { document.querySelector('attach-files').dataset.heaviest = 500_000 }")

    page.evaluate(CHOOSES, [PHOTO])
    page.wait_for_function("() => window.hasRead && !window.hasRead()")
    expect(page.locator(".attached")).to_have_text("bus.jpg")
    expect(page.locator("attach-files [role=status]")).to_be_empty()
    assert page.evaluate(STATE) == BEGINS

    page.evaluate("() => { delete window.hasRead }")
    page.evaluate(CHOOSES, [["gros.jpg", "image/jpeg", "x" * 500_001]])
    page.wait_for_function("() => window.hasRead")
    page.evaluate("() => { document.querySelector('[data-act=done]').click() }")
    page.evaluate("() => window.hasRead()")
    expect(page.locator("attach-files [role=status]")).to_contain_text("C’est trop lourd.")
    page.evaluate(CHOOSES, [NOTE])
    expect(page.locator(".attached")).to_have_text(["bus.jpg", "mot.txt"])
    assert page.evaluate(READY) == [False], "it waits for whoever chose something too heavy"
    page.evaluate("() => { document.querySelector('[data-act=done]').click() }")

    [sent] = alone.wire.asked_for("POST /drafts")
    assert [value for name, value in sent.form if name == "files"] == [b"x" * 400_000, b"un mot"]
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre moment est gardé")
