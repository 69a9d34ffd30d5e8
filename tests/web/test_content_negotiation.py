"""Which form of a page somebody asks for, as browsers, machines and mischief write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.web.content_negotiation import preferred

PAGE, PRESENTATION, LINKED = FORMS = ("text/html", "application/vp", "application/ld+json")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", PAGE),  # Firefox
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7", PAGE),  # Chromium
        ("*/*", PAGE),  # curl
        ("", PAGE),
        ("application/vp, application/ld+json", PRESENTATION),
        ("application/ld+json, application/vp", PRESENTATION),
        ("application/ld+json", LINKED),
        ('application/ld+json;profile="https://www.w3.org/ns/credentials/v2"', LINKED),
        ("APPLICATION/VP", PRESENTATION),
        ("application/vp;q=0.5, application/ld+json;q=0.9", LINKED),
        ("text/html;q=0.4, application/vp;q=0.5", PRESENTATION),
        ("text/html;q=0.5, application/vp;q=0.5", PAGE),
        ("application/vp;q=0.9, */*;q=0.1", PRESENTATION),
        ("application/vp;q=0.1, */*", PAGE),
        ("application/*", PRESENTATION),
        ("application/*, application/vp;q=0", LINKED),
        ("application/vp;q=0", PAGE),
        ("*/*;q=0", PAGE),
        ("image/webp", PAGE),
        ("application/vp ; Q=1.000", PRESENTATION),
        ("application/vp;q=2", PAGE),
        ("application/vp;q=0.1234, application/ld+json;q=0.1", LINKED),
        ("application/vp;q=", PAGE),
        ("application/vp;q=nan", PAGE),
        ("application/vp;q=٠", PAGE),
        ("application", PAGE),
        (",,;;,/", PAGE),
        ("image/a," * 39 + "application/vp", PRESENTATION),
        ("image/a," * 40 + "application/vp", PAGE),
        (" " * 1000 + "application/vp", PAGE),
    ],
)  # fmt: skip
def test_the_narrowest_range_says_how_much_a_form_is_liked(accept: str, form: str) -> None:
    assert preferred(accept, FORMS) == form


@given(st.text(alphabet="applicton/vdhmxq=;,.01* \t\"'", max_size=120) | st.text(max_size=60))
@pytest.mark.breadth
def test_whatever_is_asked_for_one_of_them_is_given(accept: str) -> None:
    assert preferred(accept, FORMS) in FORMS
