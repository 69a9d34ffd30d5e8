"""Malik's phone is gone and he has no paper: his mailbox brings him back, two days later, with all that was his."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.browser import Phone, axe
from tests.fixtures.clockwork import Clockwork
from tests.stories.contents import badges_of
from tests.stories.mailboxes import calls, give_an_address
from tests.stories.taps import Person
from tests.stories.test_kevin_comes_back_by_his_paper import keep_two_badges
from tests.stories.thieves import still_enters

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
MALIK = "malik@exemple.fr"


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


@pytest.mark.breadth
def test_malik_waits_two_days_and_has_all_his_badges_again(
    phone: Phone, phones: Phones, server: Clockwork, samples: Path
) -> None:
    before = badges_of(malik := keep_two_badges(phone, samples))
    give_an_address(malik, MALIK, server)
    server.passes(days=3)

    new = phones()
    malik = Person(new.page)
    new.page.goto("/entry")
    malik.tap("J’ai perdu mon téléphone")
    malik.tap("Revenir par e-mail")
    calls(malik, MALIK, server)
    opens = new.page.get_by_role("heading", level=1).inner_text()
    assert re.fullmatch(r"Revenez le \d+(er)? \w+ \d{4} à \d+ h \d+", opens.replace("\xa0", " ")), opens
    malik.reads("Votre code est bon.")
    assert axe(new.page) == []

    server.passes(hours=47, minutes=55)
    calls(malik, MALIK, server, start="/entry/mail")
    assert new.page.get_by_role("heading", level=1).inner_text() == opens, "it is too early, and the same day is told"
    new.page.goto("/badges")
    assert new.page.url == f"{server.origin}/", "nothing is open"

    server.passes(minutes=10)
    calls(malik, MALIK, server, start="/entry/mail")
    malik.reads("Vous revoilà")
    malik.reads("Vos badges sont tous là.")
    malik.confirm_with_a_finger("Créer une clé sur ce téléphone")

    assert badges_of(malik) == before
    assert len(before) == 2
    still_enters(malik, before)


@pytest.mark.soak  # routes/test_recovery.py: a wait by e-mail is told and stopped by the button of the banner
def test_malik_still_has_his_key_and_stops_himself_by_mistake(
    phone: Phone, phones: Phones, server: Clockwork, samples: Path
) -> None:
    """He touched « Arrêter » on the old phone that he found again: nothing is lost, the old phone opens all."""
    malik = keep_two_badges(phone, samples)
    before = badges_of(malik)
    give_an_address(malik, "malik.b@exemple.fr", server)
    server.passes(hours=1)
    new = Person(phones().page)
    calls(new, "malik.b@exemple.fr", server, start="/entry/mail")

    phone.page.goto("/badges")
    malik.tap("Non, arrêter")
    server.passes(minutes=2)
    calls(new, "malik.b@exemple.fr", server, start="/entry/mail")

    new.reads("Ce retour est arrêté")
    assert badges_of(malik) == before
