"""The taps of the flows of screens.md, 6.1, that no other story counts: adding again, coming back, showing again, taking all.

The rest are counted where they are told: F1 and F6 in test_sonia_shows_her_first_badge.py, F6b in
test_sonia_chooses_what_to_show.py, F5 in test_sonia_tells_a_moment.py, F10 in test_sonia_stops_and_prolongs.py, F11 and F12
in test_sonia_has_a_new_phone.py, F11b in test_kevin_comes_back_by_his_paper.py, F14 in test_maria_erases_everything.py.
"""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.stories.showings import keep
from tests.stories.taps import Person
from tests.stories.test_sonia_has_several_keys import six_minutes_pass

pytestmark = pytest.mark.browser


@pytest.fixture
def sonia(phone: Phone, server: Server, samples: Path) -> Person:
    """Sonia on the page of her one badge, nothing touched as yet; whatever she types is noted."""
    person = keep(phone, samples / "ob3-communiquer-2.png")
    phone.page.add_init_script("addEventListener('keydown', () => sessionStorage.setItem('typed', 'yes'))")
    phone.page.goto("/badges")
    person.taps = 0
    return person


def typed(person: Person) -> bool:
    return bool(person.page.evaluate("() => sessionStorage.getItem('typed')"))


def test_f3_another_badge_in_three_taps(sonia: Person, samples: Path) -> None:
    sonia.tap("Ajouter")
    sonia.choose("Choisir une image ou un fichier", samples / "ob3-organiser-2.png")

    sonia.reads("Organiser")
    assert sonia.taps <= 3
    assert not typed(sonia)


def test_f3b_three_badges_in_two_taps_more(sonia: Person, samples: Path) -> None:
    sonia.tap("Ajouter")
    sonia.choose(
        "Choisir une image ou un fichier",
        *(samples / f"ob3-{name}.png" for name in ("organiser-2", "adapter-2", "integrer-2")),
    )

    sonia.reads("3 badges sont ajoutés")
    assert sonia.taps <= 3 + 2
    assert not typed(sonia)


def test_f4_back_without_a_tap_while_the_session_lasts_and_in_two_later(sonia: Person, server: Server) -> None:
    sonia.page.goto("/")
    assert sonia.page.url == f"{server.origin}/badges"
    sonia.page.goto("/settings")
    sonia.leaves()
    sonia.page.goto("/entry")
    sonia.taps = 0

    sonia.shows_a_finger("Entrer")

    expect(sonia.page.get_by_role("heading", level=1, name="Communiquer")).to_be_visible()
    assert sonia.taps == 2
    assert not typed(sonia)


def test_f7_the_code_again_in_one_tap_from_the_shares(sonia: Person) -> None:
    sonia.tap("Montrer mes badges")
    sonia.tap("Créer le code")
    sonia.reads("Faites scanner ce code")
    sonia.page.goto("/shares")
    sonia.taps = 0

    sonia.tap("Montrer le code")

    sonia.reads("Faites scanner ce code")
    assert sonia.taps == 1


def test_f13_everything_in_three_taps(sonia: Person, server: Server) -> None:
    six_minutes_pass(server)
    sonia.tap("Réglages")

    with sonia.page.expect_download():
        sonia.shows_a_finger("Tout récupérer")

    assert sonia.taps == 3
