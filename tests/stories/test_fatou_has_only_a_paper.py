"""Fatou's phone can make no key. Each time she comes back by her paper, and each time it is replaced."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.quantity import here_and_in_soak
from tests.stories.contents import badges_of
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person
from tests.stories.test_kevin_comes_back_by_his_paper import code_on

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
TOO_OLD = "delete window.PublicKeyCredential"


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


def comes_in(phones: Phones, paper: str) -> Person:
    """On one more old phone: the paper is typed."""
    phone = phones(passkeys=False)
    phone.page.add_init_script(TOO_OLD)
    fatou = Person(phone.page)
    types(fatou, paper)
    return fatou


def types(fatou: Person, paper: str) -> None:
    """The paper, on a phone that knows nobody."""
    fatou.page.goto("/entry/paper")
    fatou.page.get_by_label("Le code du papier").fill(paper)
    fatou.tap("Ouvrir mes badges")


def replaces(fatou: Person) -> str:
    """« Faire un nouveau papier »: the code of the new one."""
    fatou.tap("Faire un nouveau papier")
    fatou.reads("C’est un nouveau papier.")
    return code_on(fatou.page)


@pytest.mark.parametrize("times", here_and_in_soak(2, 3))
@pytest.mark.breadth
def test_fatou_comes_back_again_and_again_with_the_paper_she_was_given_last(
    phones: Phones, server: Clockwork, samples: Path, times: int
) -> None:
    first = phones(passkeys=False)
    first.page.add_init_script(TOO_OLD)
    fatou = Person(first.page)
    first.page.goto("/")
    fatou.choose("Ajouter mon premier badge", samples / "ob3-organiser-2.png", samples / "ob3-communiquer-2.png")
    fatou.tap("Garder mes badges")
    fatou.tap("Prendre un papier de secours")
    papers = [code_on(first.page)]
    before = badges_of(fatou)
    first.context.clear_cookies()  # who leaves by « Me déconnecter » is in test_fatou_has_no_script.py

    for _ in range(times):
        types(fatou, papers[-1])
        fatou.reads("Vous revoilà")
        papers.append(replaces(fatou))
        assert badges_of(fatou) == before
        first.context.clear_cookies()

    assert len(before) == 2
    assert len(set(papers)) == len(papers)
    for spent in papers[:-1]:
        types(fatou, spent)
        fatou.reads("Ce papier n’ouvre rien.")
    types(fatou, papers[-1])
    assert badges_of(fatou) == before
    _with_the_one_she_has_where_she_made_no_new_one(phones, server, papers[-1], before)


def _with_the_one_she_has_where_she_made_no_new_one(
    phones: Phones, server: Clockwork, paper: str, before: dict[int, bytes]
) -> None:
    """The power went while « Vous revoilà » stood there: her only paper is spent for nobody."""
    server.passes(minutes=2)

    again = comes_in(phones, paper)

    again.reads("Vous revoilà")
    assert badges_of(again) == before


@pytest.mark.breadth
def test_kevins_key_is_lost_and_an_old_phone_takes_his_paper_at_the_door(
    phones: Phones, server: Clockwork, samples: Path
) -> None:
    """Where no key can be shown, no button waits for one: the server asks, and says what is good instead."""
    kevin = with_badges(phones(), samples / "ob3-organiser-2.png")
    kevin.page.goto("/paper")
    kevin.tap("Faire mon papier")
    old = comes_in(phones, code_on(kevin.page))
    paper = replaces(old)
    server.passes(days=4)

    old.page.goto("/settings")
    old.tap("Tout récupérer")
    old.reads("Montrez que c’est vous")
    old.tap("Montrer ma clé")
    old.reads("Les clés ne marchent pas dans ce navigateur. Prenez votre papier de secours.")
    old.page.get_by_label("Code de votre papier de secours").fill(paper)
    old.tap("Continuer")

    old.reads("Le dossier arrive dans vos téléchargements.")
