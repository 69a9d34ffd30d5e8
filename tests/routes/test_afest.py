"""« Mon dossier AFEST »: Sonia ticks, takes the file, and nobody else is told anything."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from tests.fixtures.asked import NADIA
from tests.fixtures.made_once import has, made_once
from tests.fixtures.sheets import text_of
from tests.fixtures.visits import Person, holder, signed, words
from wallet import trust
from wallet.endorsements import answering, dossiers
from wallet.endorsements.models import Endorsement
from wallet.sandbox import sheet_setter
from wallet.sandbox.child import ChildBusy, NoAnswer
from wallet.web.rate_limits import HOUR, STRICT, Limit

SAID = {"situation": "work", "facts": "Un client était en colère.", "me": "Je l’ai écouté."}
AFEST = replace(NADIA, afest=("analysis", "trainer"))
AT, FILE = "/evidence/afest", "/evidence/afest/file"


def is_told(person: Person, moment: str, answer: answering.TutorAnswer = AFEST, key: str = "a") -> str:
    """*person* asks for a word on their moment, Nadia gives it, and it is kept: where it is read."""
    sent = {"part": ["place", "facts", "me"], "name": "Sonia", "key": key * 32}
    request = int(person.post(f"{moment}/requests", data=sent).headers["location"].rpartition("/")[2])
    services = person.services
    given = services.database.write(answering.give_endorsement, request, answer, f"secret {request}", services.clock())
    assert person.post(f"/endorsements/{given.id}/acceptance").status_code == 303
    return f"/endorsements/{given.id}"


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app)


@pytest.fixture
@made_once
def moment(sonia: Person) -> str:
    return sonia.tells(*sonia.has(), place="Magasin du port", **SAID)


@pytest.fixture
@made_once
def word(sonia: Person, moment: str) -> str:
    return is_told(sonia, moment)


def number(address: str) -> str:
    return address.rpartition("/")[2]


def plain(content: bytes) -> str:
    """What stands on the paper, whatever its lines and spaces."""
    return " ".join(text_of(content).split())


def takes(sonia: Person, told: str, said: str, **other: Any) -> Any:
    sent = {"of": number(told), "moment": number(told), "word": number(said), "name": "Sonia Martin", "share": "0"}
    return sonia.post(FILE, data=sent | other)


def test_from_her_stories_sonia_has_the_file_with_two_taps_and_one_more(sonia: Person, moment: str, word: str):
    assert f'href="{AT}"' in sonia.page("/evidence")
    assert f'href="{AT}?of={number(moment)}"' in sonia.page(moment)

    page = sonia.page(AT)
    sent = dict(re.findall(r'name="(of|moment|word)" value="(\d+)"', page))
    assert sent == {"of": number(moment), "moment": number(moment), "word": number(word)}
    answer = sonia.post(FILE, data=sent | {"name": "Sonia Martin"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="dossier-afest-sonia.pdf"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    text = text_of(answer.content)
    for told in ("Sonia Martin", "Magasin du port", *list(SAID.values())[1:], "Mot de Nadia Martin", NADIA.sentence):
        assert told in text
    assert text.count("Confirmé par Nadia Martin.") == 2


@pytest.mark.breadth
def test_the_paper_says_to_whom_a_badge_was_given_beside_the_name_that_stands_on_it(app: Starlette):
    """As a share does: else somebody else’s badge would look like theirs."""
    sonia = holder(app, ("organiser-2.json", signed("organiser-2")))
    moment = sonia.tells(*sonia.has(), **SAID)
    word = is_told(sonia, moment)
    own, other = (plain(takes(sonia, moment, word, name=name).content) for name in ("Sonia Martin", "Awa Ndiaye"))

    assert "Donné à Sonia. Nous n’avons pas vérifié son identité." in own
    assert "Donné à Sonia. Un nom peut changer. Demandez-lui pourquoi. Nous n’avons pas vérifié son identité." in other


@pytest.mark.breadth
def test_before_anybody_says_that_it_was_one_she_reads_how_it_comes_to_be(sonia: Person, moment: str):
    assert AT not in sonia.page("/evidence")
    page = words(sonia.page(AT))

    assert "Pour l’instant, aucun mot ne le dit." in page
    assert "Demandez un mot sur votre moment à la personne qui vous forme." in page
    assert takes(sonia, moment, "/1").headers["location"] == AT


def test_what_she_unticks_is_not_in_the_file_and_what_she_typed_stays(sonia: Person, moment: str, word: str):
    answer = takes(sonia, moment, word, moment=[], dates="de mars à juin", name="Sonia la Grande")
    assert answer.status_code == 422
    assert "Rien n’est choisi. Cochez un moment." in words(answer.text)
    assert 'value="de mars à juin"' in answer.text
    assert 'value="Sonia la Grande"' in answer.text
    assert f'name="word" value="{number(word)}" checked' in answer.text
    other = sonia.tells(place="Magasin du  Port", situation="work", facts="Le camion n’est pas venu.")
    assert f'name="moment" value="{number(other)}">' in sonia.page(AT), "offered, and not ticked"

    assert "Le camion" not in text_of(takes(sonia, moment, word).content)
    assert "Le camion" in text_of(takes(sonia, moment, word, moment=[number(moment), number(other)]).content)
    assert NADIA.sentence not in text_of(takes(sonia, moment, word, word=[]).content)


@pytest.mark.breadth
def test_nadia_takes_her_word_back_and_it_is_in_no_file(sonia: Person, moment: str, word: str):
    is_told(sonia, moment, replace(AFEST, name="Paul", sentence="Oui."), key="b")
    sonia.post(f"{word}/withdrawal")
    text = text_of(takes(sonia, moment, word).content)

    assert "Nadia" not in text
    assert NADIA.sentence not in text


def test_where_another_moment_of_that_place_was_one_the_file_is_made_all_the_same(
    sonia: Person, moment: str, word: str
):
    other = sonia.tells(*sonia.has(), place="Magasin du port", situation="work", facts="Le camion.", me="J’ai appelé.")
    said = is_told(sonia, other, replace(AFEST, name="Paul", sentence="Oui."), key="b")
    sonia.post(f"{word}/withdrawal")
    ticked = {"moment": [number(moment), number(other)], "word": [number(word), number(said)]}
    answer = takes(sonia, moment, word, **ticked)

    assert answer.status_code == 200, "what she typed is not gone without a word"
    assert "Paul" in text_of(answer.content)
    assert "Nadia" not in text_of(answer.content)


def test_of_a_moment_that_she_removed_no_file_is_promised(sonia: Person, moment: str, word: str):
    sonia.post(f"{moment}/removal")

    assert f'href="{word}"' in sonia.page("/evidence"), "the word is hers still"
    assert f'href="{AT}"' not in sonia.page("/evidence")


def test_what_she_tells_otherwise_since_stands_under_no_word(sonia: Person, moment: str, word: str):
    sonia.post(f"{moment}/answers/facts", data={"text": "J’ai tout fait seule.", "key": "c" * 32, "after": "99"})

    assert takes(sonia, moment, word).headers["location"] == AT
    assert "aucun mot ne le dit" in words(sonia.page(AT))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_where_only_another_place_was_one_she_reads_so_and_what_she_typed_stays(
    sonia: Person, moment: str, word: str, language: str
):
    """She was shown the other place without a word, and her dates were gone."""
    other = sonia.tells(*sonia.has(), place="Café", situation="work", facts="Le camion.", me="J’ai appelé.")
    is_told(sonia, other, replace(AFEST, name="Paul", sentence="Oui."), key="b")
    sonia.post(f"{word}/withdrawal")
    sonia.cookies["language"] = language

    for chosen in ({}, {"step": "again"}):
        answer = takes(sonia, moment, word, dates="mars 2026", **chosen)
        assert answer.status_code == 422
        told = {"fr": "Ce lieu n’a plus de dossier AFEST.", "en": "That place has no AFEST file any more."}
        assert told[language] in words(answer.text)
        assert "Café" in words(answer.text)
        assert 'value="mars 2026"' in answer.text
        assert 'value="Sonia Martin"' in answer.text


def test_what_is_too_long_or_comes_at_a_busy_time_is_said_with_what_to_do(
    sonia: Person, moment: str, word: str, monkeypatch: pytest.MonkeyPatch
):
    def dies(*_: object, **__: object) -> bytes:
        raise NoAnswer("it ended with -9")

    def busy(*_: object, **__: object) -> bytes:
        raise ChildBusy

    with monkeypatch.context() as patch:
        patch.setattr("wallet.endorsements.MOST_LETTERS", 10)
        of_letters = takes(sonia, moment, word)
    monkeypatch.setattr("wallet.sandbox.set_as", dies)
    for answer in (of_letters, takes(sonia, moment, word)):
        assert answer.status_code == 422
        assert "C’est trop long pour un seul dossier. Décochez des moments." in words(answer.text)

    monkeypatch.setattr("wallet.sandbox.set_as", busy)
    answer = takes(sonia, moment, word)
    assert answer.status_code == 429
    assert answer.headers["retry-after"]


def test_the_code_leads_to_her_own_open_share_alone(
    app: Starlette, sonia: Person, youssef: Person, moment: str, word: str
):
    mine, his = sonia.shows(*has(sonia)), youssef.shows(*youssef.has())
    link = sonia.link_of(mine)
    told = text_of(takes(sonia, moment, word, share=number(mine)).content)

    assert "".join(link.rpartition("/")[2]) in "".join(told.split())
    assert "Vérifiez ici" not in text_of(takes(sonia, moment, word).content)
    assert SAID["facts"] not in youssef.page(f"{AT}?of={number(moment)}"), "nobody reads hers"
    assert takes(youssef, moment, word).headers["location"] == AT
    refused = takes(sonia, moment, word, share=number(his))
    assert refused.status_code == 422
    assert "Ce partage est fini." in words(refused.text)
    sonia.post(f"{mine}/stopping")
    assert takes(sonia, moment, word, share=number(mine)).status_code == 422


class Asked:
    """Registers that know nobody, and what they were asked."""

    def __init__(self) -> None:
        self.with_siae: list[bool] = []

    def answer(self, issuer: trust.Issuer, now: object, *, with_siae: bool = True) -> trust.Answer:
        assert issuer.id
        self.with_siae.append(with_siae)
        return trust.NOBODY


def test_no_list_that_tells_of_a_siae_says_anything_on_sonias_paper(sonia: Person, moment: str, word: str):
    asked, services = Asked(), sonia.services
    with services.database.writing() as session:
        session.execute(update(Endorsement).values(means="mail", mail_domain="jardins-perche.fr"))
        dossiers.list_dossiers(session, 1, asked, services.clock())  # type: ignore[arg-type]

    assert asked.with_siae == [False, False], "of her badge, and of the address that Nadia proved"


def test_it_is_set_thirty_times_an_hour(sonia: Person, moment: str, word: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.sandbox.set_as", lambda *_, **__: sheet_setter.PDF)
    assert STRICT["dossier"] == Limit(30, HOUR)
    monkeypatch.setitem(STRICT, "dossier", Limit(2, HOUR))
    answers = [takes(sonia, moment, word).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
