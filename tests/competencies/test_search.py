"""A holder with many badges finds the right ones by the words that come to mind, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures.examined import COMMUNICATE, NOW, another, found, keeps, somebody_with_a_key
from wallet.badges import badges
from wallet.competencies import frameworks, search
from wallet.competencies.search import SearchQuery, SearchResult
from wallet.evidence import answers, editing
from wallet.evidence.answers import SentAnswer
from wallet.openbadges import Badge
from wallet.storage.database import Database

FRAMEWORKS = frameworks.load_frameworks()
NAMES = ["Communiquer – je maîtrise", "Organiser – je pratique", "S’adapter – je pratique", "Règles d’hygiène"]


def badge(number: int, name: str, issuer: str = "Guilde des soudeurs", year: int = 2025) -> Badge:
    usual = another(number, name=name, description="", issued_on=datetime(year, 5, 8, tzinfo=UTC))
    achievement = replace(usual.achievement, name=name, description="")
    return replace(usual, issuer=replace(usual.issuer, name=issuer), achievement=achievement)


@pytest.fixture
def maria(wallets: Database) -> int:
    """Maria, who keeps sixty badges of twenty issuers, and the four of NAMES."""
    holder = somebody_with_a_key(wallets)
    some = [badge(n, f"Atelier numéro {n}", f"Organisme {n % 20}", 2018 + n % 8) for n in range(60)]
    named = [badge(100 + n, name, "Mission locale de Caen") for n, name in enumerate(NAMES)]
    keeps(wallets, holder, *(found(one) for one in (*some, *named)))
    return holder


class Seeker:
    """Somebody who looks for something."""

    def __init__(self, wallets: Database, holder: int) -> None:
        self.wallets, self.holder = wallets, holder

    def finds(self, words: str = "", number: int = 1, **other: Any) -> SearchResult:
        with self.wallets.reading() as session:
            return search.search_wallet(session, FRAMEWORKS, self.holder, SearchQuery(words=words, **other), number)

    def names(self, words: str = "", **other: Any) -> list[str]:
        return [one.full_name for one in self.finds(words, **other).cards]

    def tells(self, text: str, *names: str) -> int:
        with self.wallets.writing() as session:
            ids = [one.id for one in badges.list_badges(session, self.holder) if one.read["name"] in names]
            id = answers.begin_moment(session, self.holder, SentAnswer("situation", "work", f"{text:.40}"), ids, NOW)
            answers.keep_answer(session, self.holder, id, SentAnswer("facts", text, "a" * 32), NOW)
            return id


@pytest.fixture
def seeker(wallets: Database, maria: int) -> Seeker:
    return Seeker(wallets, maria)


@pytest.mark.breadth
def test_the_word_that_comes_to_mind_is_enough(seeker: Seeker):
    typed = ("communique", "Communiquer", "COMMUNIQUER", "communiqué", "communiquez", "commun")

    for words in (*typed, "je maitrise communiquer"):
        assert seeker.names(words) == ["Communiquer – je maîtrise"], words


@pytest.mark.postgresql
@pytest.mark.breadth
def test_accents_and_endings_do_not_matter(seeker: Seeker):
    for words in ("regle", "règle", "REGLES", "hygiene", "hygiene regles"):
        assert seeker.names(words) == ["Règles d’hygiène"], words


@pytest.mark.breadth
def test_a_small_word_before_a_vowel_is_not_looked_for(seeker: Seeker):
    """Sonia types « l’hygiène » as she says it; the badge is called « Règles d’hygiène »."""
    for words in ("l’hygiène", "L'hygiene", "règle qu’hygiène"):
        assert seeker.names(words) == ["Règles d’hygiène"], words
    assert seeker.names("m’adapter") == ["S’adapter – je pratique"]
    assert seeker.names("l’") == seeker.names("l"), "not everything"


@pytest.mark.breadth(beside=["sqlite"])
def test_an_issuer_is_found_by_a_part_of_its_name(seeker: Seeker):
    assert set(seeker.names("mission caen")) == set(NAMES)


@pytest.mark.breadth
def test_what_one_told_of_a_badge_finds_it(seeker: Seeker):
    id = seeker.tells("J’ai calmé une cliente qui attendait son colis.", NAMES[0])

    found = seeker.finds("client colis")

    assert [one.full_name for one in found.cards] == [NAMES[0]]
    assert [one.id for one in found.tellings] == [id]


@pytest.mark.breadth(beside=["sqlite"])
def test_a_moment_of_no_badge_is_found_as_well(seeker: Seeker):
    id = seeker.tells("J’ai réparé la chaudière.")

    found = seeker.finds("chaudieres")

    assert found.cards == []
    assert [one.id for one in found.tellings] == [id]


@pytest.mark.breadth(beside=["sqlite"])
def test_what_holds_no_more_finds_nothing(seeker: Seeker):
    id = seeker.tells("J’ai réparé la chaudière.", NAMES[0])
    with seeker.wallets.writing() as session:
        answers.keep_answer(session, seeker.holder, id, SentAnswer("facts", "J’ai réparé le four.", "b" * 32), NOW)
    assert (seeker.finds("chaudière").tellings, seeker.names("chaudière")) == ([], [])
    assert seeker.names("four") == [NAMES[0]]

    with seeker.wallets.writing() as session:
        editing.remove_moment(session, seeker.holder, id, NOW)
    assert (seeker.finds("four").tellings, seeker.names("four")) == ([], [])


@pytest.mark.breadth(beside=["sqlite"])
def test_of_a_long_sentence_the_first_twelve_words_must_fit(seeker: Seeker):
    told = "banane cerise datte figue groseille kiwi litchi mangue nectarine orange papaye raisin"
    seeker.tells(told, NAMES[0])

    assert seeker.names(f"{told} zèbre") == [NAMES[0]]
    assert seeker.names(told.replace("raisin", "zèbre")) == []


@pytest.mark.breadth
def test_moments_that_were_found_stand_on_the_first_page_alone(seeker: Seeker):
    id = seeker.tells("J’ai réparé la chaudière d’un atelier.")

    first, second = (seeker.finds("a", number) for number in (1, 2))

    assert second.number == 2
    assert [[one.id for one in found.tellings] for found in (first, second)] == [[id], []]


@pytest.mark.breadth(beside=["sqlite"])
def test_a_badge_that_she_removed_is_neither_counted_nor_offered_as_a_choice(seeker: Seeker):
    with seeker.wallets.writing() as session:
        for one in badges.list_badges(session, seeker.holder):
            if one.read["name"] in NAMES:
                badges.remove_badge(session, seeker.holder, one.id, NOW)

    found = seeker.finds("mission caen")
    assert (found.count, found.cards) == (0, [])
    assert "Mission locale de Caen" not in found.issuers


@pytest.mark.breadth(beside=["sqlite"])
def test_all_that_is_asked_for_must_fit(seeker: Seeker):
    assert seeker.names("communiquer organisme") == []
    assert seeker.names("atelier 7 organisme") != []


@pytest.mark.breadth
def test_one_may_choose_instead_of_writing(seeker: Seeker):
    everything = seeker.finds()
    assert len(everything.issuers) == 21
    assert everything.years == sorted(everything.years, reverse=True)
    [communicate] = [place for place, names in everything.competencies if names["fr"] == "Communiquer"]

    assert seeker.names(competency=communicate) == [NAMES[0]]
    assert len(seeker.names(issuer="Organisme 7")) == 3
    assert all(one.issued_on and one.issued_on.year == 2019 for one in seeker.finds(year=2019).cards)
    assert seeker.names(issuer="Organisme 7", year=2019) != seeker.names(issuer="Organisme 7")
    assert seeker.names(issuer="nobody") == []


def test_one_choice_alone_asks_for_something():
    assert SearchQuery(words=" ").is_empty
    for chosen in ({"words": "a"}, {"competency": "normandie/communiquer"}, {"issuer": "Guilde"}, {"year": 2025}):
        assert not SearchQuery(**chosen).is_empty, chosen  # type: ignore[arg-type]


@pytest.mark.breadth(beside=["sqlite"])
def test_a_badge_of_a_new_years_midnight_is_of_the_year_that_its_page_tells(seeker: Seeker, maria: int) -> None:
    given = datetime(2026, 12, 31, 23, tzinfo=UTC)  # as issuers write the midnight of France
    keeps(seeker.wallets, maria, found(replace(badge(200, "Voeux"), issued_on=given)))

    assert seeker.names(year=2027) == ["Voeux"]
    assert 2026 not in seeker.finds().years


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_the_pages_have_sixty_each_and_every_badge_once(seeker: Seeker):
    first, second = seeker.finds(), seeker.finds(number=2)

    assert (first.count, first.leaves, len(first.cards), len(second.cards)) == (64, 2, 60, 4)
    assert len({one.id for one in (*first.cards, *second.cards)}) == 64
    assert seeker.finds(number=99).number == 2


@pytest.mark.breadth(beside=["sqlite"])
def test_nobody_finds_what_is_somebody_elses(wallets: Database, seeker: Seeker):
    seeker.tells("J’ai réparé la chaudière.", NAMES[0])
    youssef = Seeker(wallets, somebody_with_a_key(wallets))
    keeps(wallets, youssef.holder, found(replace(COMMUNICATE, id="https://issuer.example/y")))

    found_there = youssef.finds("chaudière")

    assert found_there.cards == []
    assert found_there.tellings == []
    assert len(youssef.finds().issuers) == 1


@pytest.mark.postgresql
@pytest.mark.breadth
def test_whatever_is_typed_is_only_words(seeker: Seeker):
    for words in ("%", "_", "'", '"', "\\", "🙂", "\u202e", "  ", "a" * 500, "(", "*", "é" * 200):
        seeker.finds(words)


@pytest.mark.breadth(beside=["sqlite"])
def test_signs_without_a_letter_find_what_has_them_and_not_everything(wallets: Database, seeker: Seeker):
    keeps(wallets, seeker.holder, found(badge(200, "Peindre 🎨")))
    id = seeker.tells("On m’a remerciée 🙂")

    assert seeker.names("🎨") == ["Peindre 🎨"]
    assert [one.id for one in seeker.finds("🙂").tellings] == [id]
    for words in ("?", "🧵", "* *"):
        assert seeker.finds(words).count == 0, words
        assert seeker.finds(words).tellings == []
