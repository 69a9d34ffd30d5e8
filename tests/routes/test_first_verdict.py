"""The first thing that is said of a badge: pride where it holds, and no fanfare where it does not (D7 of the used wallet)."""

import json
import re
from datetime import timedelta

import pytest

from tests.fixtures.visits import NOW, Person, baked, signed, words
from tests.routes.test_badges import screenshot, tampered

RAYS = "M102 13V1"
"""How the drawing of the rays begins (badges/_hero.html)."""
ENDED = NOW - timedelta(days=3)


def main_button(page: str) -> str:
    """The words of the one sewn button."""
    (found,) = re.findall(
        r'<(?:button|a|label)[^>]*class="button main"[^>]*>(.*?)</(?:button|a|label)>', page, re.DOTALL
    )
    return words(f"<p>{found}</p>")


def test_kevins_good_badge_has_rays_and_is_told_with_pride(visitor: Person):
    visitor.brings(("badge.png", baked(signed())))
    page = visitor.page("/badges")

    assert RAYS in page
    assert "Badge intact, bravo !" in words(page)
    assert "Gardez-le, il est à vous" in words(page)
    assert main_button(page) == "Garder ce badge"


@pytest.mark.parametrize(
    ("language", "button", "stay", "opened", "kept"),
    [
        ("fr", "Garder mes badges", "Sans clé, ces badges restent ici", "Vous les ouvrez", "Vos badges sont gardés."),
        ("en", "Keep my badges", "Without a key, these badges stay", "You open them", "Your badges are kept."),
    ],
)
@pytest.mark.breadth
def test_several_badges_are_kept_by_a_button_that_says_several(
    visitor: Person, language: str, button: str, stay: str, opened: str, kept: str
):
    visitor.headers["accept-language"] = language
    visitor.brings(("one.json", signed()), ("other.json", signed("adapter-1")))
    page = visitor.page("/badges")

    assert main_button(page) == button
    assert stay in words(page)
    assert f"“{button}”" in page or f"«\xa0{button}\xa0»" in page, "and so does what leads back to it"
    assert "ce badge reste ici" not in words(page)
    assert opened in words(page)
    assert kept in words(visitor.page(visitor.makes_a_key().json()["go"]))


def test_a_forged_badge_has_no_rays_and_leads_to_another_file(visitor: Person):
    visitor.brings(("badge.json", tampered(signed())))
    page = visitor.page("/badges")

    assert RAYS not in page
    assert 'class="case' not in page
    assert "Ce fichier a été changé" in words(page)
    assert "Un logiciel a pu le changer sans vous." in words(page)
    assert main_button(page) == "Choisir un autre fichier"
    assert "Garder quand même, sans le montrer" in words(page)
    assert '<noscript><button class="button second">Ajouter' in page, "without script, too"


def test_nor_has_it_for_maria_who_has_a_wallet(maria: Person):
    answer = maria.brings(("badge.json", tampered(signed())))
    page = maria.page(answer.headers["location"])

    assert RAYS not in page
    assert main_button(page) == "Choisir un autre fichier"
    assert "Garder quand même, sans le montrer" in words(page)
    later = maria.page(answer.headers["location"].partition("?")[0])
    assert main_button(later) == "Choisir un autre fichier"
    assert "Montrer ce badge" not in words(later)
    assert "Commander" not in maria.reads("/shares/new"), "it is kept, and shown to nobody"


@pytest.mark.breadth
def test_marias_good_badge_has_rays_on_the_day_it_comes_and_a_ring_after(maria: Person):
    answer = maria.brings(("badge.json", signed()))
    here = answer.headers["location"]

    assert RAYS in maria.page(here)
    assert RAYS not in maria.page(here.partition("?")[0])
    assert main_button(maria.page(here)) == "Montrer ce badge"


def test_an_expired_badge_has_a_ring_and_is_kept_all_the_same(visitor: Person):
    visitor.brings(("badge.json", signed(valid_until=ENDED)))
    page = visitor.page("/badges")

    assert RAYS not in page
    assert "Ce badge n’est plus valable depuis le 21 novembre 2026." in words(page)
    assert main_button(page) == "Garder ce badge"


def test_a_badge_that_cannot_be_checked_has_no_rays(visitor: Person):
    unsigned = json.loads(signed())
    del unsigned["proof"]
    visitor.brings(("badge.json", json.dumps(unsigned).encode()))
    page = visitor.page("/badges")

    assert RAYS not in page
    assert "bravo" not in words(page)


@pytest.mark.parametrize(("name", "content", "told"), [
    ("capture.png", screenshot(), "Il n’y a pas de badge dans cette image"),
    ("notes.txt", b"rien du tout", "Aucun badge n’est ajouté"),
    ("vide.png", b"", "Aucun badge n’est ajouté"),
])  # fmt: skip
def test_what_holds_no_badge_leads_to_another_file_for_everybody(
    visitor: Person, maria: Person, name: str, content: bytes, told: str
):
    for person in (visitor, maria):
        answer = person.brings((name, content))
        assert answer.status_code == 422
        assert told in words(answer.text)
        assert name in words(answer.text)
        assert RAYS not in answer.text
        assert main_button(answer.text) == "Choisir un autre fichier"
        assert "Où trouver mon badge ?" in words(answer.text)


def test_of_several_files_the_good_one_is_met_first(visitor: Person):
    visitor.brings(("bon.json", signed()), ("faux.json", tampered(signed())))
    page = visitor.page("/badges")

    assert RAYS in page
    assert "Et un autre badge" in words(page)
    assert "Fichier changé" in words(page)


def test_maria_reads_which_of_several_was_changed(maria: Person):
    answer = maria.brings(("bon.json", signed()), ("faux.json", tampered(signed())))

    assert "Fichier changé" in words(answer.text)
    assert RAYS not in answer.text
