"""Somebody found Zénobie's paper and is in at once. At each of five instants she stops them, and all that is hers is there.

`make soak` goes through all five; the last one, in which the thief has made the most, is gone through each time.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.mail import Mailroom, Served
from tests.stories.contents import badges_of
from tests.stories.taps import Person
from tests.stories.test_kevin_comes_back_by_his_paper import code_on
from tests.stories.thieves import an_owner, is_out, is_told_and_stops, still_enters, tries_everything

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
CAME = "Votre papier de secours a servi"

INSTANTS: tuple[tuple[str, dict[str, int]], ...] = (
    ("", {"minutes": 6}),  # the owner showed no finger lately
    ("", {"hours": 30}),
    ("key", {"minutes": 6}),
    ("paper", {"minutes": 6}),
    ("key, paper", {"hours": 71, "minutes": 59}),
)
"""What the thief has made when the owner comes, and how long they have been in."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Clockwork]:
    """Where the phones begin: a wallet for each test, for an address opens one wallet only."""
    with Served(Mailroom()) as mail, Clockwork(tmp_path, mail) as running:
        yield running


@pytest.fixture
def owner(phone: Phone, server: Clockwork, samples: Path) -> Person:
    """Zénobie, who is about to make a paper and to leave it on a bus."""
    return an_owner(phone, server, samples)


@pytest.mark.parametrize(
    "instants", [INSTANTS[-1:], pytest.param(INSTANTS, marks=pytest.mark.soak)], ids=["the last", "all"]
)
@pytest.mark.breadth
def test_the_owner_stops_whoever_has_the_paper_at_each_instant(
    owner: Person, phones: Phones, server: Clockwork, instants: tuple[tuple[str, dict[str, int]], ...]
) -> None:
    before = badges_of(owner)
    for makes, wait in instants:
        thief = _comes_in(phones, _makes_a_paper(owner))
        if "key" in makes:
            thief.confirm_with_a_finger("Créer une clé sur ce téléphone")
        thief.page.goto("/returns")
        paper = _touches(thief, "Faire un nouveau papier") if "paper" in makes else ""
        tries_everything(thief, owner, server)
        server.passes(**wait)

        is_told_and_stops(owner, CAME, "Non, arrêter", shows=True)

        assert badges_of(owner) == before, (makes, wait)
        is_out(thief, has_key="key" in makes)
        if paper:
            _types(thief, paper)
            thief.reads("Ce papier n’ouvre rien.")
        server.passes(days=2)
        assert badges_of(owner) == before, (makes, wait)
    assert len(before) == 2
    still_enters(owner, before)


def _makes_a_paper(owner: Person) -> str:
    owner.page.goto("/confirmation?next=/paper")
    if "/confirmation" in owner.page.url:
        owner.shows_a_finger("Montrer ma clé")
    new = owner.find("Faire mon papier").or_(owner.find("Faire un nouveau papier"))
    return _touches(owner, new.inner_text().strip())


def _touches(person: Person, button: str) -> str:
    person.tap(button)
    person.reads("Mon papier de secours")
    return code_on(person.page)


def _comes_in(phones: Phones, paper: str) -> Person:
    thief = Person(phones().page)
    _types(thief, paper)
    thief.reads("Vous revoilà")
    return thief


def _types(person: Person, paper: str) -> None:
    person.page.goto("/entry/paper")
    person.page.get_by_label("Le code du papier").fill(paper)
    person.tap("Ouvrir mes badges")
