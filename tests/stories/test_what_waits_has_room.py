"""What came by a link, as it stands among one's badges and where a share is made: a thumb finds « Oui » without « Non »."""

from collections.abc import Callable

import pytest

from tests.fixtures.browser import Phone
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.screens import SCREENS
from tests.stories.test_every_page_fits_a_small_phone import NARROW, ORIGIN, PHONE, draw

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
BETWEEN = 12
"""CSS px between what is told and the first button, and between the two: as on every sheet."""
GAPS = """() => [...document.querySelectorAll(".sheet form")].map((form) =>
  form.getBoundingClientRect().top - form.previousElementSibling.getBoundingClientRect().bottom)"""
LOOKS = """() => [...document.querySelectorAll(".choice:last-of-type .what > span")].map((one) =>
  [getComputedStyle(one).fontSize, getComputedStyle(one).color].join(" "))"""


@pytest.mark.parametrize("size", here_and_in_soak(NARROW, PHONE), ids=["320", "360"])
def test_a_badge_that_waits_stands_apart_from_its_buttons_and_its_words_look_alike(
    phones: Phones, size: dict[str, int]
) -> None:
    page = phones(passkeys=False, device=None, viewport=size, service_workers="block").page
    draw(page)
    at = list(SCREENS).index

    page.goto(f"{ORIGIN}/screen/{at('no badge, two wait')}")
    gaps = page.evaluate(GAPS)
    page.goto(f"{ORIGIN}/screen/{at('choose, one of them came by a link')}")
    looks = page.evaluate(LOOKS)

    assert gaps == [pytest.approx(BETWEEN, abs=1)] * 4
    assert (len(looks), len(set(looks))) == (3, 1)
