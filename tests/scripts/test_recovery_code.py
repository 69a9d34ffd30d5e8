"""The code of a rescue paper, as it is read by a camera or typed (recovery-code.js)."""

import pytest

from tests.fixtures.page_alone import Alone
from wallet.accounts import crockford

pytestmark = pytest.mark.browser
TYPES = """(typed) => {
  const field = document.querySelector("#code")
  field.value = typed
  field.dispatchEvent(new Event("input", { bubbles: true }))
  return document.querySelector("#typed .live").textContent
}"""
SHOWN = """() => {
  const enter = document.querySelector("paper-code button:not([type])")
  const { hidden } = document.querySelector(".pictured")
  return [document.querySelector("#code").value, hidden, enter.classList.contains("main"), location.hash]
}"""
BETWEEN = (" ", "-", "\u2011", "\u200b", " · ", "_", "\u2014")


def test_each_group_is_checked_as_on_the_server_while_it_is_typed_and_the_first_wrong_one_is_named(
    alone: Alone,
) -> None:
    page = alone.opens("entry by paper")
    for number in range(8):
        groups = crockford.with_check_symbols(crockford.new_code())
        between = BETWEEN[number % len(BETWEEN)]
        alike = str.maketrans("01", "OI" if number % 2 else "oL")
        assert page.evaluate(TYPES, between.join(groups).translate(alike).lower()) == ""
        assert page.evaluate(TYPES, groups[0][:4]) == "", "not whole yet"
        for place, group in enumerate(groups[:6]):
            at = (place + number) % 5
            other = crockford.ALPHABET[(crockford.ALPHABET.index(group[at]) + 1 + place) % 32]
            wrong = group[:at] + other + group[at + 1 :]
            told = page.evaluate(TYPES, between.join([*groups[:place], wrong, *groups[place + 1 :]]))
            assert told == f"Le groupe {place + 1} a une faute. ({wrong})"
    assert page.evaluate(TYPES, "U*?!0") == "Le groupe 1 a une faute. (U*?!0)", "no signs of a code"
    assert page.evaluate(TYPES, "") == ""
    page.evaluate("() => { document.querySelector('paper-code').dataset.first = 'Le premier groupe a une faute.' }")
    assert page.evaluate(TYPES, "U*?!0") == "Le premier groupe a une faute. (U*?!0)"


def test_what_a_camera_read_goes_from_the_address_into_the_field_and_no_text_that_is_none(alone: Alone) -> None:
    code = "".join(crockford.with_check_symbols(crockford.new_code()))
    groups = " ".join(code[place : place + 5] for place in range(0, len(code), 5))
    page = alone.opens("entry by paper", at=f"/screen?lang=fr#{code}")
    assert page.evaluate(SHOWN) == [groups, True, True, ""]
    assert page.evaluate("location.search") == "?lang=fr"

    page.goto("about:blank")
    page = alone.opens("entry by paper", at="/screen#K7Q2")
    assert page.evaluate(SHOWN) == ["", False, False, ""], "too short for any"
    page.evaluate("() => { history.replaceState({ kept: 1 }, '') }")
    page.evaluate("() => { location.hash = '%E0%A4%A' }")
    page.wait_for_function("() => !location.hash")
    assert page.evaluate(SHOWN) == ["", False, False, ""], "not a text"
    assert page.evaluate("(code) => { location.hash = code }", "%4B7Q2M") is None
    page.wait_for_function("() => !location.hash")
    assert page.evaluate(SHOWN) == ["K7Q2M", True, True, ""]
    assert "groupe 1" in page.evaluate("document.querySelector('#typed .live').textContent")
    before = page.evaluate("history.length")
    page.evaluate("() => dispatchEvent(new Event('hashchange'))")
    assert [page.evaluate("history.length"), *page.evaluate(SHOWN)] == [before, "K7Q2M", True, True, ""]


def test_whoever_is_in_already_has_their_code_taken_out_of_the_address_all_the_same(alone: Alone) -> None:
    page = alone.opens("entry by paper, already in", at="/screen#K7Q2MK7Q2M")
    page.wait_for_function("() => !location.hash")
    page.evaluate("() => { location.hash = 'K7Q2MK7Q2M' }")
    page.wait_for_function("() => !location.hash")
