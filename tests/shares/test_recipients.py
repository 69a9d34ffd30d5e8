"""To whom badges were given, beside who shows them: Sonia shows hers, and Kévin Dupont shows Sonia's."""

import sys
from dataclasses import asdict, replace
from typing import Any

import pytest

from tests.fixtures.examined import COMMUNICATE, examined
from tests.fixtures.screens_cards import badge
from wallet.badges import KeptBadge
from wallet.badges.badges import note_examination
from wallet.openbadges import Recipient, origins
from wallet.shares.recipients import (
    Given,
    given_to,
    is_same_name,
    names_in,
    names_of_others,
    other_name,
    telling_words,
    tells,
    without_names,
)

SAME = [
    ("Sonia M.", "Sonia Martin", "Sonia writes the initial of her family name"),
    ("Sonia", "Sonia Martin", "Sonia shows her first name alone"),
    ("Sonia Martin", "Sonia", "the sample badges name Sonia by her first name"),
    ("sonia martin", "SONIA MARTIN", "Sonia writes no capitals"),
    ("Sonia Martin", "MARTIN Sonia", "Sonia’s school writes the family name first"),
    ("Sonia Martin", "MARTIN, Sonia", "with a comma"),
    ("Kévin Dupont", "Kevin DUPONT", "Kévin’s accent is left out by a platform"),
    ("Kévin", "Ke\u0301vin Dupont", "his accent is a sign of its own (NFD)"),
    ("Zoé Lefèvre", "ZOE LEFEVRE", "Zoé has accents"),
    ("Łukasz Wójcik", "Lukasz Wojcik", "Łukasz has a stroke"),
    ("Bjørn Sæther", "Bjorn Saether", "Bjørn has other letters"),
    ("Esra Yıldız", "ESRA YILDIZ", "Esra has an i without a dot"),
    ("İrem Kaya", "Irem Kaya", "İrem has an I with a dot"),
    ("Cœur de Roy", "COEUR DE ROY", "a ligature"),
    ("Þór Jónsson", "Thor Jonsson", "Þór’s first letter is written as two"),
    ("Ġorġ Ħaddad", "GORG HADDAD", "Ġorġ has a bar"),
    ("Jörg Weiß", "JÖRG WEISS", "Jörg has a sharp s"),
    ("Jean Martin", "Jean-Pierre Martin", "Jean-Pierre is called Jean"),
    ("Jean Pierre Martin", "Jean-Pierre Martin", "his hyphen is left out"),
    (
        "Jeanpierre Martin",
        "Jean‑Pierre Martin",
        "his hyphen is one that does not break, and a platform writes one word",
    ),
    ("J.-P. Martin", "Jean-Pierre Martin", "Jean-Pierre by his initials"),
    ("JP Martin", "Jean-Pierre Martin", "Jean-Pierre by his initials as one word"),
    ("EA Martin", "Éric-Alain Martin", "so is Éric-Alain, by two vowels"),
    ("Jean-Pierre Martin", "JP Martin", "the badge has his initials as one word"),
    ("Marie-Claude D.", "Marie Claude Durand", "Marie-Claude"),
    ("Awa N’Diaye", "Awa N'Diaye", "Awa’s apostrophe is curled"),
    ("Awa Ndiaye", "Awa N'Diaye", "Awa leaves the apostrophe out"),
    ("Awa N’Diaye", "NDIAYE AWA", "a platform leaves it out"),
    ("Sean O Brien", "Seán O’Brien", "Seán"),
    ("OBrien", "Seán O’Brien", "Seán by his family name as one word"),
    ("Charles d’Artagnan", "Charles Dartagnan", "Charles"),
    ("Artagnan", "Charles d'Artagnan", "Charles without the particle"),
    ("Marie de la Tour", "Marie Tour", "Marie’s particle is left out"),
    ("Marie Delatour", "Marie de la Tour", "Marie writes it as one word"),
    ("Marie de la Tour", "Marie Latour Dupont", "and a platform as another"),
    ("Yann Le Goff", "LEGOFF Yann", "Yann Le Goff"),
    ("Yann Le Goff", "LEGOFF Yann Marie Pierre", "with all his first names"),
    ("Marie Latourdupin", "Marie La Tour du Pin", "Marie writes four words as one"),
    ("Amina El Amrani", "Amina Elamrani", "Amina"),
    ("Amina El Amrani", "Amina Amrani Benali", "Amina’s article is left out and a name is added"),
    ("Sonia Martin", "Sonia Martin-Durand", "Sonia added the name of her husband"),
    ("Sonia Durand", "Sonia Martin (née Durand)", "Sonia’s badge tells both names"),
    ("Sonia Martin née Durand", "Sonia Durand", "Sonia tells both names herself"),
    ("Mme Martin", "Sonia Martin", "Sonia as one is called at work"),
    ("Madame Sonia Martin", "Sonia Martin", "with the title"),
    ("Sonia ép. Durand", "Sonia Martin Durand", "Sonia tells her husband’s name alone"),
    ("Sonia épouse Durand", "Sonia Martin Durand", "with the whole word"),
    ("Dr", "DR", "a title and nothing else is compared as it is"),
    ("M. Dupont", "Kévin Dupont", "Kévin as one is called at work"),
    ("M Dupont", "Dupont Kévin", "the same without a dot"),
    ("S. Martin", "Sonia Martin", "the initial of her first name"),
    ("Sonia Martin", "S. M.", "her badge bears initials alone"),
    ("Sonia", "S. M.", "her badge bears initials alone, and she shows her first name"),
    ("S.", "S. M.", "her badge bears initials alone, and so does her page"),
    ("Jean P. Martin", "J. Pierre Martin", "each writes another initial"),
    ("Sonia 🌸", "Sonia Martin", "Sonia has a flower"),
    ("👩🏽\u200d🍳 Sonia", "Sonia Martin", "Sonia is a cook of several signs"),
    ("❤\ufe0f Sonia", "Sonia Martin", "a heart with a sign that nobody sees"),
    ("So\u200bnia", "Sonia", "a sign of no width"),
    ("So\u00adnia", "Sonia", "a soft hyphen"),
    ("Sonia\u202e", "Sonia Martin", "a mark that turns nothing round"),
    ("\uff33\uff4f\uff4e\uff49\uff41", "Sonia", "wide letters"),
    ("سونيا مارتن", "سُونِيَا مارتن", "Sonia in Arabic, with vowels"),
    ("أحمد", "احمد علي", "Ahmed without the hamza"),
    ("محـــمد", "محمد", "Mohammed, stretched"),
    ("نوح", "نُوحٌۭ", "Noah in Arabic, with the marks of a holy text"),
    ("שרה כהן", "שָׂרָה כהן", "Sarah in Hebrew, with vowels"),
    ("مارتن سونيا", "سونيا مارتن", "Sonia in Arabic, in another order"),
    ("Соня", "СОНЯ МАРТИН", "Sonia in Russian"),
    ("Андрей", "Андреи Петров", "Andrei’s breve is left out"),
    ("李 明", "李明", "Li Ming, with a space"),
    ("李", "李 明", "Li by a name of one sign"),
    ("सोनिया", "सोनिया शर्मा", "Sonia in Hindi"),
    ("Le Van Do", "LE VAN DO", "words that are small ones in another language"),
    ("Sonia2", "Sonia Martin", "a number is no part of a name"),
    ("Sonia " + "Martin " * 20, "Sonia Martin", "a long name"),
]
OTHER = [
    ("Léa Martin", "Luc Éric Alain Martin", "Léa’s name is her brother’s initials by chance"),
    ("Sam Ba", "Sophie Anne Marie Ba", "and so is Sam’s"),
    ("Kévin Dupont", "Sonia Martin", "Kévin shows Sonia’s badges"),
    ("Kévin", "Sonia", "Kévin shows Sonia’s sample badges"),
    ("Sonia Durand", "Sonia Martin", "Sonia married: a name may change, and that is told"),
    ("S", "Sonia Martin", "an initial alone is anybody’s"),
    ("S.", "Sonia", "an initial alone is anybody’s"),
    ("S. M.", "Sonia Martin", "two initials are many people’s"),
    ("SM", "Sonia Martin", "two initials as one word"),
    ("Sonia M.", "S. Martin", "no word is whole"),
    ("K. Martin", "Sonia Martin", "another initial"),
    ("Sonia D.", "Sonia Martin", "another initial of the family name"),
    ("Sonia M. M.", "Sonia Martin", "Sonia has one M only"),
    ("Kévin Dupont", "S. M.", "her badge bears initials, and they are not his"),
    ("de", "Marie de la Tour", "a particle names nobody"),
    ("el", "Amina El Amrani", "an article names nobody"),
    ("Mme", "Sonia Martin", "a title names nobody"),
    ("Sonia Martins", "Sonia Martin", "one letter more"),
    ("Son", "Sonia", "the beginning of a name"),
    ("Sonia", "Soniaa", "one letter more at the end"),
    ("Ѕоnіа", "Sonia", "letters of another alphabet that look alike"),
    ("Sоnia Martin", "Sonia Martin", "one such letter"),
    ("Sonia", "سونيا", "in another alphabet nobody compares it"),
    ("aino\u202eS", "Sonia", "turned round for the eye"),
    ("", "Sonia Martin", "nobody shows"),
    (".", "Sonia Martin", "a dot is no name"),
    (".", ".", "two dots are no names"),
    ("❤\ufe0f", "❤\ufe0f", "two hearts are no names"),
    ("🌸", "Sonia", "a flower is no name"),
    ("\u3164", "\u3164", "a letter that shows nothing is no name"),
    ("सोनिया", "सुनैया", "Sonia and Sunaiya in Hindi have the same consonants"),
    ("がく", "かく", "a voiced sign is another letter"),
    ("李 明", "王 明 华", "another family name"),
    ("Jean Martin Dupont", "Jean Durand Martin", "each has a name that the other has not"),
    ("Marie Tour", "Marie de la Cour", "another name behind the particle"),
    ("Sonia Sonia", "Sonia Martin", "one word stands for one word"),
]


@pytest.mark.parametrize(("shown", "borne", "because"), SAME)
def test_it_is_the_same_name(shown: str, borne: str, because: str) -> None:
    assert is_same_name(shown, borne), because


@pytest.mark.parametrize(("shown", "borne", "because"), OTHER)
def test_it_is_another_name(shown: str, borne: str, because: str) -> None:
    assert not is_same_name(shown, borne), because


@pytest.mark.parametrize(
    "title",
    ["Mme", "Mlle", "M.", "Mr", "Mrs", "Ms", "Miss", "Dr", "Madame", "Mademoiselle", "Monsieur"],
)
def test_a_title_is_no_name(title: str) -> None:
    assert is_same_name(f"{title} Sonia", "Sonia Martin")
    assert not is_same_name(f"{title} Sonia", f"{title} Martin")


def test_a_particle_may_be_left_out_and_by_itself_is_nobodys_name() -> None:
    romance = ("de", "du", "des", "da", "do", "dos", "di", "del", "la", "le", "les", "el", "et")
    for small in (*romance, "al", "van", "von", "der", "den"):
        assert is_same_name(f"Marie {small} Tour", "Marie Tour Dupont"), small
        assert not is_same_name(small, f"Marie {small} Tour"), small


SONIAS_BOX = Recipient(type="email", identity="sha256$" + "a" * 64, hashed=True)
HER_KEY = Recipient(type="id", identity="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")


def kept(name: str = "", *whom: Recipient, is_confirmed: bool = False, **bent: Any) -> KeptBadge:
    """A badge as it is kept that bears *name* and names *whom*."""
    one = KeptBadge(state="", examination={}, match={"address": "sonia@exemple.fr"} if is_confirmed else None)
    note_examination(one, examined(replace(COMMUNICATE, recipient_name=name, recipients=whom), **bent), ())
    return one


def given(shown: str, *some: KeptBadge, **hidden: bool) -> Given:
    """What the page of *shown* says of these badges, which have the numbers 0, 1 …"""
    return given_to(shown, [(badge(id=place), one) for place, one in enumerate(some)], **hidden)


def of(told: Given) -> tuple[str, str, list[int]]:
    """The tie, the name, and the badges it speaks of."""
    return told.tie, told.name, [card.id for card in told.about]


def test_sonia_shows_the_badges_of_sonia_martin() -> None:
    told = given("Sonia M.", kept("Sonia"), kept("MARTIN Sonia"), kept("Sonia Martin"))

    assert of(told) == ("same", "MARTIN Sonia", [0, 1, 2])
    assert (told.names, told.others, told.is_hidden, told.confirmed) == (["MARTIN Sonia"], (), False, False)


def test_kevin_dupont_shows_the_badges_of_sonia_martin() -> None:
    told = given("Kévin Dupont", *[kept("Sonia Martin")] * 9)

    assert of(told) == ("differs", "Sonia Martin", list(range(9)))
    assert len(told.others) == 9


def test_one_badge_of_sonia_among_his_own_is_told_above_all() -> None:
    told = given("Kévin", kept("Kévin Dupont"), kept("Sonia Martin"), kept(), kept("", SONIAS_BOX))

    assert of(told) == ("differs", "Sonia Martin", [1])
    assert told.names == ["Kévin Dupont", "Sonia Martin"]


def test_his_own_badge_among_those_of_sonia_bears_no_other_name() -> None:
    told = given("Kévin Dupont", kept("Kévin Dupont"), *[kept("Sonia Martin")] * 4)

    assert of(told) == ("differs", "Sonia Martin", [1, 2, 3, 4])
    assert (told.each[0].tie, told.each[1].tie) == ("same", "differs")


def test_two_sonias_are_not_one_person_though_whoever_shows_says_sonia() -> None:
    told = given("Sonia", kept("Sonia Durand"), kept("Sonia Martin"), kept("Sonia Martin"))

    assert of(told) == ("differs", "Sonia Durand", [0])
    assert told.names == ["Sonia Martin", "Sonia Durand"]
    often = given("Sonia", kept("Sonia Lemarchand"), kept("Sonia Martin"), kept("Sonia Martin"))
    assert of(often) == ("differs", "Sonia Lemarchand", [0]), "however long it is"


@pytest.mark.parametrize("shown", ["Sonia", ""])
def test_a_badge_with_the_first_name_alone_makes_no_one_person_of_two_sonias(shown: str) -> None:
    told = given(shown, kept("Sonia"), kept("Sonia Durand"), kept("Sonia Martin"), kept("Sonia Martin"))

    assert of(told) == ("differs", "Sonia Durand", [1])
    assert told.each[0].tie == told.each[2].tie == ("same" if shown else "nobody-shows")


def test_nobody_shows_and_the_badges_bear_one_name() -> None:
    assert of(given("", kept("Sonia Martin"), kept("Sonia"))) == ("nobody-shows", "Sonia Martin", [0, 1])
    assert of(given("🌸", kept("Sonia Martin"))) == ("nobody-shows", "Sonia Martin", [0])
    assert of(given("", kept("S. M."), kept("Sonia Martin"))) == ("nobody-shows", "Sonia Martin", [0, 1])
    assert of(given("", kept("Sonia Martin"), kept())) == ("nobody-shows", "Sonia Martin", [0]), (
        "above what names nobody"
    )


def test_nobody_shows_the_badges_of_two_people() -> None:
    told = given("", kept("Sonia Martin"), kept("Sonia"), kept("Kévin Dupont"))

    assert of(told) == ("differs", "Kévin Dupont", [2])


def test_a_badge_may_name_nobody() -> None:
    assert of(given("Sonia", kept())) == ("unnamed", "", [0])
    assert of(given("", kept())) == ("unnamed", "", [0])
    assert of(given("Sonia")) == ("unnamed", "", [])
    assert of(given("Sonia", kept("", Recipient(type="url", identity="https://sonia.example")))) == ("unnamed", "", [0])


def test_one_that_names_nobody_is_told_where_the_others_name_sonia() -> None:
    assert of(given("Sonia", kept("Sonia Martin"), kept())) == ("unnamed", "Sonia Martin", [1])


def test_an_address_is_confirmed_for_all_badges_or_it_is_not() -> None:
    mine, not_yet = kept("", SONIAS_BOX, is_confirmed=True), kept("", SONIAS_BOX)

    assert (of(given("Sonia", mine, mine)), given("Sonia", mine).confirmed) == (("address", "", [0, 1]), True)
    assert of(given("", mine)) == ("address", "", [0])
    assert of(given("Sonia", mine, not_yet)) == ("address-unconfirmed", "", [1])
    assert of(given("Sonia", kept("", replace(SONIAS_BOX, hashed=False)))) == ("address-unconfirmed", "", [0])
    assert not given("Sonia", mine, not_yet).confirmed


@pytest.mark.parametrize(
    ("kind", "tie"),
    [("sourcedId", "address-unconfirmed"), *((kind, "unnamed") for kind in ("telephone", "url", "id", "name"))],
)
def test_what_is_hashed_is_an_address_unless_it_says_what_else_it_is(kind: str, tie: str) -> None:
    assert given("Sonia", kept("", replace(SONIAS_BOX, type=kind))).tie == tie
    assert given("Sonia", kept("", replace(SONIAS_BOX, type=kind), is_confirmed=True)).tie == "address"


def test_sonia_has_another_name_and_her_address_is_confirmed() -> None:
    """A married name: amber all the same, and it can be said that the address is confirmed."""
    married = kept("Sonia Durand", SONIAS_BOX, is_confirmed=True)
    told = given("Sonia Martin", kept("Sonia Martin"), married)

    assert (of(told), told.confirmed) == (("differs", "Sonia Durand", [1]), True)
    assert not given("Sonia Martin", married, kept("Sonia Durand", SONIAS_BOX)).confirmed


def test_where_the_name_is_the_same_the_address_need_not_be_confirmed() -> None:
    told = given("Sonia", kept("Sonia Martin", SONIAS_BOX))

    assert (told.tie, told.confirmed) == ("same", False)
    assert given("Sonia", kept("Sonia Martin", SONIAS_BOX, is_confirmed=True)).confirmed


def test_a_key_is_proven_or_it_is_not() -> None:
    assert given("Sonia", kept("", HER_KEY, key_binding="passed")).tie == "key"
    for said in ("", "unknown"):
        assert given("Sonia", kept("", HER_KEY, key_binding=said)).tie == "key-unproven"
    assert given("Sonia", kept("", HER_KEY, key_binding="passed"), kept("", HER_KEY)).tie == "key-unproven"


def test_a_key_that_her_wallet_has_was_shown_and_is_no_address() -> None:
    """A badge came to her by an exchange, which she answered with that key (docs/decisions.md 44)."""
    hers = kept("Kévin", HER_KEY)
    hers.match = {"address": HER_KEY.identity}

    assert given("", kept("", HER_KEY), hers).tie == "key-unproven"
    assert (given("Sonia", hers).tie, given("Sonia", hers).confirmed) == ("differs", False)
    hers = kept("", HER_KEY)
    hers.match = {"address": HER_KEY.identity}
    assert (given("Sonia", hers).tie, given("Sonia", hers).confirmed) == ("key", False)


def test_a_name_that_nobody_vouches_for_is_nobodys_word() -> None:
    """Kévin writes his name into Sonia's file beside what was signed, or changes it."""
    for nobodys in (
        kept("Kévin Dupont", SONIAS_BOX, origins=origins("signed", recipient_name="file")),
        kept("Kévin Dupont", SONIAS_BOX, origins=origins("file"), intact="failed"),
    ):
        assert of(given("Kévin", nobodys)) == ("address-unconfirmed", "", [0])
        assert not given("Kévin", nobodys).each[0].is_unsure, "it is told that it names an address"


def test_sonia_who_confirmed_an_address_for_which_nobody_vouches_is_not_said_to_have_confirmed_none() -> None:
    """To ask her for it once more helps nobody."""
    told = given("Sonia", kept("", SONIAS_BOX, origins=origins("file"), intact="failed", named_to_me="passed"))

    assert (of(told), told.is_unsure, told.confirmed) == (("unnamed", "", [0]), True, False)


def test_of_a_lost_file_no_name_is_told() -> None:
    lost = kept("Sonia Martin")
    lost.state = "unreadable"

    assert given("Sonia", lost).name == ""


def test_of_a_badge_whose_name_nobody_vouches_for_it_is_not_said_that_it_names_nobody() -> None:
    """Its file was lost here, or was changed: the name stands in it all the same."""
    lost = kept("Sonia Martin")
    lost.state = "unreadable"
    changed = kept("Sonia Martin", origins=origins("file"), intact="failed")

    for nobodys in (lost, changed):
        told = given("Sonia", kept("Sonia Martin"), nobodys)
        assert (told.tie, told.is_unsure, told.each[1].is_unsure, told.each[0].is_unsure) == (
            "unnamed",
            True,
            True,
            False,
        )
    assert given("Sonia", kept(), changed).is_unsure, "of one of the two"
    assert not given("Sonia", kept("Sonia Martin"), kept()).is_unsure, "that one names nobody"
    assert not given("Sonia", kept("sonia@exemple.fr", origins=origins("file"), intact="failed")).is_unsure, (
        "an address is no name"
    )
    assert not given("Kévin", kept("Sonia Martin"), changed).is_unsure, "another name is told above all"


@pytest.mark.parametrize(
    "written", ["sonia.martin@exemple.fr", "https://sonia.example", "did:web:sonia.example", "4711"]
)
def test_an_address_or_a_number_in_the_place_of_a_name_is_none(written: str) -> None:
    """Whose address it is stays with Sonia."""
    told = given("Kévin", kept(written, SONIAS_BOX))

    assert (told.tie, told.name, told.names) == ("address-unconfirmed", "", [])


@pytest.mark.parametrize("shown", ["Sonia", "Kévin Dupont", ""])
@pytest.mark.parametrize("name", ["Sonia Martin", ""])
@pytest.mark.parametrize("whom", [(), (SONIAS_BOX,), (HER_KEY,)])
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_hiding_the_name_hides_the_name_alone(
    shown: str, name: str, whom: tuple[Recipient, ...], is_confirmed: bool
) -> None:
    one = kept(name, *whom, is_confirmed=is_confirmed)
    open_, hidden = given(shown, one), given(shown, one, is_hidden=True)

    assert "Martin" not in str(replace(hidden, about=()))
    assert replace(open_, name="", names=(), is_hidden=True) == hidden
    assert replace(open_.each[0], name="", is_hidden=True) == hidden.each[0]
    for told in (hidden, hidden.each[0]):
        assert (told.name, told.is_hidden, told.bears_name, told.confirmed) == ("", True, name != "", is_confirmed)


def test_the_titles_are_told_in_which_a_hidden_name_still_stands() -> None:
    titles = {"Caisse": "Sonia Martin", "Le tour de Kévin": "Sonia Martin", "Soudure (Martin)": "Kévin Dupont"}
    shown = [(badge(id=id, full_name=title), kept(titles[title])) for id, title in enumerate(titles)]

    assert [card.id for card in given_to("Sonia", shown, is_hidden=True).still] == [1, 2]
    assert given_to("Sonia", shown).still == []


def test_the_words_of_a_hidden_name_are_those_that_tell_whose_it_is() -> None:
    """Of an e-mail address in its place the domain is many people's; a hash is no word."""
    box = Recipient(type="email", identity="accueil@exemple.fr")
    named = [replace(SONIAS_BOX, type="name"), Recipient(type="name", identity="S. Durand"), box]
    read = {"recipient_name": "Sonia de Martin-Lebrun", "recipients": [asdict(one) for one in named]}
    others = ["sonia.petit@exemple.fr", "https://sonia.example", "did:web:rives.example", "李 明"]

    assert names_in(read) == ["Sonia de Martin-Lebrun", "S. Durand"]
    assert telling_words([*names_in(read), *others]) == {"sonia", "martin", "lebrun", "durand", "petit", "李", "明"}


@pytest.mark.parametrize(
    ("name", "told", "not_told"),
    [
        ("Sonia Martin", ["Sonias Arbeit", "die Martinin", "de MARTIN", "Sónia"], ["Martinique", "Sonate", "son", ""]),
        ("Sonia Martin", ["So&shy;nia", "S<b>on</b>ia", "_S_onia", "`S`onia", "S~~on~~ia", "<Sonia>"], ["S o n i a"]),
        ("Соня", ["Соняй"], ["персоняк"]),
        ("Νίκος", ["ΝΙΚΟΣ"], ["Ανδρονίκος"]),
        ("سونيا", ["هذا العمل لسونيا"], ["هذا العمل"]),
        ("ソニア", ["ソニアさん"], ["ソーニャ"]),
        ("Léa", ["Léa soude"], ["plea", "lean manufacturing"]),
        ("", [], ["Sonia"]),
    ],
)
def test_a_text_tells_a_hidden_name_however_it_is_written_there(
    name: str, told: list[str], not_told: list[str]
) -> None:
    words = telling_words([name])

    assert [text for text in told if not tells(text, words)] == []
    assert [text for text in not_told if tells(text, words)] == []


def test_of_what_is_read_only_the_texts_that_tell_it_are_left_out() -> None:
    criteria = {"text": "Soude", "more": [{"text": "Sonia soude"}, "de Sonia", 3, None]}

    assert without_names(criteria, {"sonia"}) == {"text": "Soude", "more": [{"text": ""}, "", 3, None]}
    assert without_names(criteria, ()) is criteria


def test_only_so_many_names_are_told() -> None:
    people = ("Sonia", "Kévin", "Maria", "Youssef", "Fatou", "Malik", "Paul")
    told = given("Sonia", *map(kept, people), kept("Malik"))

    assert (len(told.names), told.names[0]) == (5, "Malik")
    assert given("Paul", *map(kept, people)).each[6].tie == "same", "his own among those of six others"


def test_a_name_of_300_signs_is_compared_in_no_time() -> None:
    long = "de la Tour d’Auvergne " * 14

    assert is_same_name(long[:300], long[:290])
    assert not is_same_name("Kévin Dupont", long[:300])


@pytest.mark.breadth
def test_250_badges_of_250_people_are_told_in_a_breath() -> None:
    """Bounded by what is compared, not by a clock: each name with a few others."""
    crowd = [
        kept(" ".join(f"{word}{chr(97 + n % 26)}{chr(97 + n // 26)}" for word in "abcdefghij")) for n in range(250)
    ]
    calls = 0

    def counted(frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_name == "is_same_name"

    sys.setprofile(counted)
    try:
        told = given("Sonia", *crowd)
    finally:
        sys.setprofile(None)

    assert (told.tie, len(told.about)) == ("differs", 250)
    assert calls <= 250 * 5


@pytest.mark.parametrize(
    ("called", "borne", "others"),
    [
        ("Sonia", ["Sonia Martin", "SONIA MARTIN", ""], set()),
        ("Sonia", ["Sonia Martin", "Kévin Dupont"], {"Kévin Dupont"}),
        ("Kévin", ["Sonia Martin", "Sonia Martin"], {"Sonia Martin"}),
        ("", ["Sonia Martin", "Sonia", "Kévin Dupont"], {"Kévin Dupont"}),
        ("", ["Sonia Martin", "Kévin Dupont"], {"Sonia Martin", "Kévin Dupont"}),
        ("", ["Sonia", "sonia@example.org", "did:key:z6Mk"], set()),
        ("", [], set()),
        ("", ["", "…"], set()),
    ],
)
def test_of_the_names_on_badges_those_of_others_are_told_apart(called: str, borne: list[str], others: set[str]) -> None:
    """Where nothing shows what their holder is called, most badges do; where as many bear another name, nobody knows."""
    assert names_of_others(called, borne) == others


def test_another_name_on_a_badge_is_told_where_somebody_vouches_for_it_and_their_own_shows() -> None:
    sonias = badge(recipient_name="Sonia Martin")

    assert (other_name("Kévin", sonias), other_name("Sonia", sonias)) == ("Sonia Martin", "")
    assert other_name("", sonias) == other_name("🌸", sonias) == "", "nothing shows what they are called"
    for origin in ({}, origins("file")):
        assert other_name("Kévin", replace(sonias, origins=origin)) == "", "nobody vouches for it"
