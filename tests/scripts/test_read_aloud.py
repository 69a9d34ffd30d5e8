"""What is on a page is read aloud by the phone's own voice (read-aloud.js): in which words and languages, and when it falls silent."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.fixtures.page_alone import Alone
from tests.stories.voices import heard, speaks

pytestmark = pytest.mark.browser
ONE = """([of, inside]) => {
  const one = document.querySelector("read-aloud")
  document.querySelector("#asked").innerHTML = inside
  one.dataset.of = of
  one.querySelector("button").click()
}"""
READS = "() => [...document.querySelectorAll('read-aloud')].map((one) => [...one.querySelectorAll('span')].map(({ hidden }) => +hidden).join(''))"
"""Of each button: which of its two words is hidden."""
HIDDEN = "[...document.querySelectorAll('read-aloud')].every(({ hidden }) => hidden)"
SILENT, READING = "01", "10"


def reads(page: Page, of: str, inside: str) -> Any:
    """What is handed to the voice for it."""
    page.evaluate("() => { heard.length = 0 }")
    page.evaluate(ONE, [of, inside])
    found = heard(page)
    page.evaluate("() => { window.last?.onend?.() }")
    return found


def test_words_are_read_in_their_own_language_and_what_has_none_or_says_nothing_is_passed_over(alone: Alone) -> None:
    speaks(alone.page, "en-GB", "fr_FR", "de-DE")
    page = alone.opens("moment, facts")
    assert page.evaluate(HIDDEN) is False
    mixed = """Vous savez <b lang="de-CH"> Räder wechseln </b><!-- rien --> et <i>réparer</i>
        <svg><title>un dessin</title></svg><em lang="it">ciao</em>"""
    assert reads(page, "asked nowhere", mixed) == [
        ["fr", "Vous savez", "fr_FR"],
        ["de-CH", "Räder wechseln", "de-DE"],
        ["fr", "et", "fr_FR"],
        ["fr", "réparer", "fr_FR"],
        ["it", "ciao", "fr_FR"],
    ]
    page.evaluate("() => { document.querySelector('#text').value = ' Un client. ' }")
    assert reads(page, "asked text", "Que s’est-il <b>passé</b> ?") == [
        ["fr", "Que s’est-il passé ?", "fr_FR"],
        ["fr", "Un client.", "fr_FR"],
    ]
    assert page.evaluate("last.rate") == 0.9
    assert page.evaluate(READS) == [SILENT]
    assert reads(page, "asked nowhere", " ") == []
    assert page.evaluate(READS) == [SILENT]


def test_one_is_read_at_a_time_until_its_end_a_tap_or_until_it_is_not_there_any_more(alone: Alone) -> None:
    speaks(alone.page, "fr-FR")
    page = alone.opens("help")

    def taps(place: int) -> None:
        page.evaluate("(place) => document.querySelectorAll('read-aloud button')[place].click()", place)

    def state() -> list[Any]:
        now = page.evaluate(READS)
        assert set(now) <= {SILENT, READING}
        return [[place for place, one in enumerate(now) if one == READING], page.evaluate("broken")]

    taps(0)
    assert state() == [[0], 0]
    first = page.evaluate_handle("last")
    taps(2)
    assert state() == [[2], 1]
    page.evaluate("(one) => one.onend()", first)
    assert state() == [[2], 1], "its end comes late"
    taps(2)
    assert state() == [[], 2]
    for ends in ("onend", "onerror"):
        broken = page.evaluate("broken")
        taps(1)
        page.evaluate(f"() => last.{ends}()")
        assert state() == [[], broken + 1]
    taps(1)
    anew = "(place) => { const one = document.querySelectorAll('read-aloud')[place]; one.replaceWith(one.cloneNode(true)) }"
    broken, _ = page.evaluate("broken"), page.evaluate(anew, 3)
    assert state() == [[1], broken]
    page.evaluate(anew, 1)
    assert page.evaluate("broken") == broken + 1
    taps(0)
    assert state()[1] == broken + 1, "nothing else was being read"
    page.evaluate("() => dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("broken") > broken + 1


def test_there_is_a_button_only_where_a_voice_of_the_phone_speaks_the_language_of_the_page(alone: Alone) -> None:
    page = alone.page
    for languages, far in ((("en-GB", "de-DE"), False), (("fr-FR",), True)):
        speaks(page, *languages, far=far)
        alone.opens("moment, facts")
        assert page.evaluate(HIDDEN) is True, languages
    speaks(page, "fr-FR", late=True)
    alone.opens("moment, facts")
    assert page.evaluate(HIDDEN) is True
    page.evaluate("voicesCome()")
    assert page.evaluate(HIDDEN) is False

    page.add_init_script("speechSynthesis.addEventListener = undefined")
    alone.opens("moment, facts")
    page.evaluate("voicesCome()")
    assert page.evaluate(HIDDEN) is True
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    alone.opens("moment, facts")
    assert page.evaluate(HIDDEN) is True
