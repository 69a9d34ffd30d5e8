"""The words of strangers, made plain: one string, without tricks and without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from wallet.openbadges import texts


@rows(
    ("written", "found"),
    [
        ("Welding", "Welding"),
        ("  Weld\n ing\t", "Weld ing"),
        ({"@value": "Soudure", "@language": "fr"}, "Soudure"),
        ({"@value": "Welding"}, "Welding"),
        ([{"@value": "Welding", "@language": "en"}, {"@value": "Soudure", "@language": "fr"}], "Soudure"),
        ({"en": "Welding", "fr-FR": "Soudure"}, "Soudure"),
        ({"en": ["Welding"], "de": "Schweißen"}, "Welding"),
        ({"de": "Schweißen", "nl": "Lassen"}, "Schweißen"),
        (["Welding", "Soudure"], "Welding"),
        ({"name": {"deep": 1}}, ""),
        ({"not a language": "x"}, ""),
        ({"en": []}, ""),
        ([], ""),
        (None, ""),
        (1984, "1984"),
        (3.0, "3"),
        (64.1, "64.1"),
        ({"@value": 12}, "12"),
        (True, ""),
        ({"@value": False}, ""),
        (float("inf"), ""),
        (True, ""),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("zero\u200bwidth\u2066\ufeff", "zerowidth"),
        ("bell\x07 escape\x1b[0m", "bell escape[0m"),
        ("e\u0301te\u0301", "été"),
        ("می\u200cخواهم 👩\u200d🔧", "می\u200cخواهم 👩\u200d🔧"),
    ],
)
def test_a_name_is_one_plain_line_whatever_its_shape(written: object, found: str) -> None:
    assert texts.name(written) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Communiquer – je maîtrise", "communiquer je maitrise"),
        ("S’adapter", "s'adapter"),
        ("S’intégrer (JE PRATIQUE)", "S'Intégrer, je pratique"),
        ("ŒUVRE", "œuvre"),
        ("chez Lætitia", "Chez Laetitia"),
        ("é", "e\u0301"),
    ],
)
def test_names_are_compared_without_accents_capitals_and_signs(one: str, other: str) -> None:
    assert texts.normalise_name(one) == texts.normalise_name(other)


def test_the_language_of_the_badge_comes_first() -> None:
    assert texts.name({"fr": "Soudure", "de-AT": "Schweißen"}, "de") == "Schweißen"
    assert texts.name({"fr": "Soudure", "de": "Schweißen"}, "it") == "Soudure"


@rows(
    ("written", "found"),
    [
        (["Welding"], ""),
        ([{"@value": "Welding", "@language": "en"}], "en"),
        ([{"en": "Welding", "fr-FR": "Soudure"}], "fr-FR"),
        ([None, {"ar": "لحام"}], "ar"),
        ([{"@value": "Welding", "@language": "x" * 4000}], "x" * 35),
        ([{"@value": "Welding", "@language": 5}], ""),
    ],
)
def test_the_tongue_of_what_is_read_is_told(written: list[object], found: str) -> None:
    assert texts.language_tag(*written) == found


def test_paragraphs_stay_paragraphs() -> None:
    assert texts.text(" a\r\nb\rc\u2028d\u2029e\x85f\n\ng ") == "a\nb\nc\nd\ne\nf\n\ng"


def test_nothing_is_endless() -> None:
    assert len(texts.name("é" * 4_000_000)) == texts.NAME
    assert len(texts.text("e\u0301" * 4_000_000)) <= texts.TEXT
    assert len(texts.words([f"tag {n}" for n in range(1000)], 50)) == 50


@rows(
    ("written", "found"),
    [
        (" https://school.example/1 ", "https://school.example/1"),
        ({"id": "urn:uuid:1"}, "urn:uuid:1"),
        ({"@id": "did:key:z6Mk"}, "did:key:z6Mk"),
        ("https://école.example/é", "https://école.example/é"),
        ("two words", ""),
        ("https://a.example/\u2028x", ""),
        ("https://a.example/\u202egnp", ""),
        ('https://a.example/"onclick', ""),
        ("x" * 3000, ""),
        ({"id": 5}, ""),
        (7, ""),
    ],
)
def test_an_address_is_one_word(written: object, found: str) -> None:
    assert texts.address(written) == found


@rows(
    ("written", "answer"),
    [
        ("https://a.example", True),
        ("HTTP://a.example/x", True),
        ("https:///x", False),
        ("ftp://a.example", False),
        ("javascript:alert(1)", False),
        (5, False),
        ({"id": "https://a.example"}, False),
    ],
)
def test_a_link_leads_to_the_web(written: object, answer: bool) -> None:
    assert texts.is_link(written) is answer


def test_signs_without_width_that_messengers_leave_go_from_a_link_and_from_around_a_badge() -> None:
    """Within a badge they may be signed, and two of them join letters."""
    assert texts.without_unseen("\ufeffhttps://guild\u200b.example/\u00ada\u2069") == "https://guild.example/a"
    assert texts.without_unseen("می\u200cخواهم") == "می\u200cخواهم"
    assert texts.strip_unseen(' \ufeff{"name": "a\u200bb"}\u2069\n') == '{"name": "a\u200bb"}'


def test_tags_are_said_once() -> None:
    assert texts.words(["robots", "robots ", "", True, 5, "art"], 50) == ("robots", "5", "art")
    assert texts.words("robots", 50) == ("robots",)
    assert texts.words(None, 50) == ()


def test_types_are_known_without_their_prefix() -> None:
    written = {"type": ["Assertion", "obi:BadgeClass", "https://w3id.org/openbadges#Issuer", 5]}

    assert texts.types(written) == {"Assertion", "BadgeClass", "Issuer"}
    assert texts.types({"@type": "Assertion"}) == {"Assertion"}
    assert texts.types("Assertion") == frozenset()


@given(st.text())
@pytest.mark.breadth
def test_no_control_character_gets_through(words: str) -> None:
    assert "\u202e" not in texts.text(words)
    assert texts.name(texts.name(words)) == texts.name(words)
    assert all(
        char.isprintable() or char in "\u200c\u200d" or char.isspace() or ord(char) > 127 for char in texts.name(words)
    )
