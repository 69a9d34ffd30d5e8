"""What a badge without a picture wears: two letters that can be read, in a colour that stays."""

import pytest

from wallet.badges.medals import DYES, dye, initials, turn

LETTERS = "#fbf4e4"
LEAST = 4.9
"""Of the letters on their ground, by eye and by WCAG 2.2, 1.4.3, which asks for 4.5."""


def light_of(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("name", "letters"), [
    ("Caisse, niveau 1", "C1"), ("Caisse, niveau 2", "C2"), ("Niveau 3", "N3"), ("Inventaire", "IN"), ("Hygiène", "HY"),
    ("Étiquetage", "ÉT"), ("E\u0301tiquetage", "ÉT"), ("L’Atelier", "AT"), ("L'Atelier", "AT"), ("S’adapter", "AD"),
    ("Gestes de secours", "GS"), ("Travail en binôme", "TB"), ("Accueil du client", "AC"), ("Open edX", "OE"),
    ("Introduction to Baking", "IB"), ("Le", "LE"), ("A", "A"), ("C++", "C"), ("2026", "20"), ("Bac 2026", "BA"),
    ("ßa", "ßA"), ("\ufb01n", "FI"), ("Работа с людьми", "РС"), ("🎉 Bravo", "BR"), ("🎉", "?"), ("", "?"), (" \u200f ", "?"),
    ("السلامة المهنية", "س"), ("收银员 一级", "收银"), ("中", "中"), ("हिन्दी", "हि"), ("a" + "\u0335" * 40 + "b", "A\u0335\u0335B"),
])  # fmt: skip
def test_two_letters_tell_a_badge(name: str, letters: str):
    assert initials(name) == letters


def test_the_letters_are_read_on_every_dye():
    assert len(set(DYES)) == 8
    for colour in DYES:
        assert (light_of(LETTERS) + 0.05) / (light_of(colour) + 0.05) >= LEAST, colour


def test_an_issuer_keeps_its_colour_and_a_badge_its_turn():
    assert dye("Passerelle Formation") == dye(" passerelle  FORMATION ")
    assert {dye(f"Organisme {number}") for number in range(200)} == set(DYES)
    assert turn("Inventaire") == turn("inventaire")
    assert {turn(f"Badge {number}") for number in range(50)} == {0, 90, 180, 270}
