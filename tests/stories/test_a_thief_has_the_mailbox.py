"""Somebody reads Zénobie's e-mails. At each of five instants she stops them, and all that is hers is there.

`make soak` goes through all five. Each time routes/test_recovery_by_email.py stops who waits, and who is in with a key; Malik
comes back by e-mail in a browser, and what a thief tries who is in is tried in test_a_thief_has_the_paper.py.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.browser import Phone, axe
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.mail import Mailroom, Served
from tests.stories.contents import badges_of
from tests.stories.mailboxes import calls
from tests.stories.taps import Person
from tests.stories.thieves import ADDRESS, an_owner, is_out, is_told_and_stops, still_enters, tries_everything

pytestmark = [pytest.mark.browser, pytest.mark.soak]
Phones = Callable[..., Phone]
WANTS, CAME = "Quelqu’un veut revenir par e-mail.", "Vos badges ont été ouverts par e-mail"

WAITS: tuple[dict[str, int], ...] = ({"seconds": 1}, {"hours": 24}, {"hours": 47, "minutes": 59})
"""Since the thief began: just now, midway, until the last minute before they are in."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Clockwork]:
    """Where the phones begin: a wallet for each test, for an address opens one wallet only."""
    with Served(Mailroom()) as mail, Clockwork(tmp_path, mail) as running:
        yield running


@pytest.fixture
def owner(phone: Phone, server: Clockwork, samples: Path) -> Person:
    """Zénobie, whose mailbox is no longer hers alone."""
    return an_owner(phone, server, samples)


def test_the_owner_stops_whoever_reads_the_mailbox_at_each_instant(
    owner: Person, phones: Phones, server: Clockwork
) -> None:
    before = badges_of(owner)
    for wait in WAITS:
        thief = _begins(phones, server)
        server.passes(**wait)
        is_told_and_stops(owner, WANTS, "Non, arrêter", shows=False)
        assert badges_of(owner) == before
        server.passes(minutes=2)
        _gets_in(thief, server)
        thief.reads("Ce retour est arrêté")
        is_out(thief, has_key=False)
        server.passes(days=2)
    for has_key in (False, True):
        thief = _begins(phones, server)
        server.passes(hours=48, minutes=2)
        _gets_in(thief, server)
        thief.reads("Vous revoilà")
        if has_key:
            thief.confirm_with_a_finger("Créer une clé sur ce téléphone")
        tries_everything(thief, owner, server)
        owner.page.goto("/badges")
        assert axe(owner.page) == []
        server.passes(hours=71, minutes=59)
        is_told_and_stops(owner, CAME, "Non, arrêter", shows=True)
        assert badges_of(owner) == before
        is_out(thief, has_key=has_key)
        server.passes(days=2)
    assert len(before) == 2
    still_enters(owner, before)


def _begins(phones: Phones, server: Clockwork) -> Person:
    thief = Person(phones().page)
    calls(thief, ADDRESS, server, start="/entry/mail")
    thief.reads("Votre code est bon.")
    return thief


def _gets_in(thief: Person, server: Clockwork) -> None:
    calls(thief, ADDRESS, server, start="/entry/mail")
