"""D14 and D15: what a page promises as the next step is its button, and two pages of the first hour say the same."""

import re

import pytest

from tests.fixtures.archived import Archive
from tests.fixtures.moments import a_moment
from tests.fixtures.visits import Person, signed, words
from tests.routes.test_archive_import import exported, returns


def main_button(html: str) -> tuple[str, str]:
    """Where the sewn button leads, and its words."""
    found = re.search(r'<a class="button main" href="([^"]*)">(.*?)</a>', html, re.DOTALL)
    assert found is not None
    return found[1], words(found[2]).strip()


@pytest.mark.breadth
def test_d14_after_a_folder_came_back_the_text_and_the_button_say_the_same(maria: Person, visitor: Person):
    folder = exported(maria)

    told, mine = returns(visitor, folder).text, returns(maria, folder).text

    assert "Créez maintenant une clé" in words(told)
    address, says = main_button(told)
    assert says == "Créer ma clé"
    page, _, place = address.partition("#")
    assert f'id="{place}"' in visitor.page(page)
    assert "Garder ce badge" in visitor.reads(page)
    assert "Créez maintenant une clé" not in words(mine)
    assert main_button(mine) == ("/badges", "Voir mes badges")


@pytest.mark.parametrize("brought", ["a moment", "a share"])
@pytest.mark.breadth(beside=["a moment"])
def test_d14_after_a_folder_without_a_good_badge_a_key_keeps_what_else_came(visitor: Person, brought: str):
    """Sonia’s pictures were drawn anew by a program that cleans phones; what she told is whole, and must not go with them."""
    folder = Archive().add(signed())
    folder = folder.tells(a_moment()) if brought == "a moment" else folder.shows(1)
    told = returns(visitor, folder.packed(sums={"badges/001-badge.json": "0" * 64})).text

    assert "Aucun badge n’est revenu" in words(told)
    assert "Vos badges sont de nouveau ici" not in words(told)
    assert "Créez maintenant une clé pour tout garder." in words(told)
    address, says = main_button(told)
    page, _, place = address.partition("#")
    assert says == "Créer ma clé"
    assert f'id="{place}"' in visitor.page(page)
    assert "<passkey-registration" in visitor.page(page)
    assert "Sans clé, c’est effacé le" in visitor.reads(page)
    assert visitor.makes_a_key().status_code == 200
    if brought == "a moment":
        assert "Voilà a." in visitor.reads("/evidence")
    else:
        assert "1 partage est fini" in visitor.reads("/shares")


@pytest.mark.breadth
def test_d14_whoever_brings_that_folder_once_more_is_offered_a_key_again(visitor: Person):
    """« Aucun badge n’est revenu »: Sonia tries the same folder again. Nothing new came; what came before still wants a key."""
    folder = Archive().add(signed()).tells(a_moment()).packed(sums={"badges/001-badge.json": "0" * 64})
    returns(visitor, folder)

    assert main_button(returns(visitor, folder).text) == ("/badges#protect", "Créer ma clé")


def test_d14_no_key_is_offered_for_what_was_removed(visitor: Person):
    returns(visitor, Archive().add(signed()).tells(a_moment()).packed(sums={"badges/001-badge.json": "0" * 64}))
    [moment] = re.findall(r'href="(/evidence/\d+)"', visitor.page("/evidence"))

    visitor.post(f"{moment}/removal")

    assert "Gardez ce qui est à vous" not in visitor.reads("/badges")


def test_d14_after_a_folder_of_which_nothing_came_another_one_is_asked_for(visitor: Person):
    told = returns(visitor, Archive().add(signed()).packed(sums={"badges/001-badge.json": "0" * 64})).text

    assert "Aucun badge n’est revenu" in words(told)
    assert "Créez maintenant une clé" not in words(told)
    assert main_button(told) == ("/archive/return", "Ramener mes badges")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_d15_home_and_help_agree_on_where_badges_are(visitor: Person, language: str):
    home, help = (visitor.reads(f"{path}?lang={language}") for path in ("/", "/help"))

    assert {"fr": "au même endroit", "en": "in one place"}[language] in home
    assert not re.search("dans votre téléphone|on your phone", home.partition("Accessib")[0].partition("3 étapes")[0])
    assert {"fr": "Vos badges sont gardés chez nous.", "en": "Your badges are kept with us."}[language] in help
