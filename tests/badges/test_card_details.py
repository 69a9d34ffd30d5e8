"""How it was achieved, as pages show it: of what was kept, of what a share shows of it, and of what was kept before there was any."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from wallet import openbadges
from wallet.badges import endorsement_mark
from wallet.badges.card_details import CardDetails, ShownWord, make_details, make_endorsements
from wallet.openbadges import Details, Edition, Level, Party, Result

WORD: dict[str, Any] = {
    "about": "badge",
    "endorser": {"id": "https://mairie.exemple.fr/profil", "name": "La mairie", "url": ""},
    "comment": "Bien.",
    "said_on": "2026-02-01T00:00:00+00:00",
    "by": "other",
    "state": "valid",
    "binding": "proven",
    "intact": "passed",
    "bound": "passed",
    "reason": "",
}


def shown(**told: Any) -> CardDetails:
    return make_details(asdict(Details(**told)) | {"activity_start": None, "activity_end": None})


def test_what_was_kept_before_there_were_details_has_none() -> None:
    assert (make_details({}).role, list(make_details({}).results)) == ("", [])
    assert not make_details({}).are_any
    assert make_endorsements(()) == []


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (Result(value="15", value_max="20"), "15 / 20"),
        (Result(value="15"), "15"),
        (Result(value="80", result_type="Percent", value_max="100"), "80 %"),
        (Result(value="80 %", result_type="Percent"), "80 %"),
        (Result(value_max="20", status="Completed"), ""),
    ],
)
def test_a_mark_is_told_with_what_it_is_out_of(result: Result, value: str) -> None:
    [found] = shown(results=(result,)).results

    assert found.value == value


def test_a_level_is_told_by_its_name_else_by_its_place() -> None:
    levels = [Level(name="Expert", level="4"), Level(level="4")]

    assert [one.level for one in shown(results=tuple(Result(level=level) for level in levels)).results] == [
        "Expert",
        "4",
    ]


def test_who_made_it_is_told_by_a_name_else_by_a_host_else_by_an_id() -> None:
    parties = [Party(id="urn:x", name="La Région"), Party(id="https://region.example/1"), Party(id="urn:x"), None]

    assert [shown(creator=one).creator for one in parties] == ["La Région", "region.example", "urn:x", ""]


def test_an_edition_is_a_link_where_it_leads_somewhere() -> None:
    editions = (
        Edition(id="https://a.example/en", in_language="en"),
        Edition(id="urn:x", version="2"),
        Edition(id="urn:y"),
    )

    assert [(one["url"], one["name"]) for one in shown(editions=editions).editions] == [
        ("https://a.example/en", "en"),
        ("", "2"),
        ("", "urn:y"),
    ]


def test_what_a_share_shows_of_it_needs_no_more_than_is_there() -> None:
    told = asdict(Details(role="Cheffe", license_number="A-1", results=(Result(value="15"),)))

    found = make_details(openbadges.for_others(told, with_marks=False) | {"activity_start": None, "activity_end": None})

    assert (found.role, found.license_number, list(found.results), found.has_marks) == ("Cheffe", "", [], False)


def test_a_situation_is_told_once_with_the_word_that_pages_have_for_it() -> None:
    found = make_details({}, "ext:Mentorat", [{"genre": genre} for genre in ("AFEST", "", "Film", "AFEST", "ACI")])

    assert found.genres == [
        ShownWord(words="AFEST", situation="afest"),
        ShownWord(words="Film"),
        ShownWord(words="ACI", situation="aci"),
    ]
    assert found.achievement_type == "Mentorat"
    assert found.siae == [ShownWord(words="ACI", situation="aci")]
    assert found.are_any


def test_what_tells_of_a_siae_is_told_as_pages_show_it() -> None:
    """The holder reads before they choose what others would read: the host of an address, the word of a situation."""
    source = Party(id="https://jardins.example/insertion-par-le-travail")

    found = make_details(asdict(Details(source=source, role="Aide en SIAE")), "ext:SIAE", [{"genre": "EI"}])

    assert [one.words for one in found.siae] == ["Aide en SIAE", "jardins.example", "SIAE", "EI"]
    assert not make_details(asdict(Details(role="Cheffe")), "Competency", [{"genre": "Stage"}]).siae


def test_an_address_for_a_newer_edition_alone_is_nothing_to_show() -> None:
    found = shown(refresh_service="https://a.example/")

    assert found.refresh_address == "https://a.example/"
    assert not found.are_any


@pytest.mark.parametrize(
    ("told", "worth"),
    [
        ({}, "good"),
        ({"state": "invalid", "intact": "failed"}, "changed"),
        ({"state": "invalid", "bound": "failed"}, "of-another"),
        ({"state": "revoked"}, "withdrawn"),
        ({"state": "suspended"}, "withdrawn"),
        ({"state": "expired"}, "ended"),
        ({"state": "invalid"}, "unverified"),
        ({"state": "unknown", "intact": "unknown"}, "unverified"),
        ({"state": "unknown", "intact": "unknown", "reason": "not-asked"}, "not-yet"),
    ],
)
def test_a_word_is_told_for_what_it_is_worth(told: dict[str, Any], worth: str) -> None:
    """A word that was changed would else be read as what somebody said."""
    [found] = make_endorsements([WORD | told])

    assert found.worth == worth
    assert bool(found.comment) == (worth not in ("changed", "of-another"))


def test_the_site_of_a_word_is_told_where_it_was_proven() -> None:
    told = [WORD, WORD | {"binding": "self-certified"}, WORD | {"intact": "unknown"}]

    assert [one.site for one in make_endorsements(told)] == ["mairie.exemple.fr", "", ""]
    assert make_endorsements(told)[0].said_on == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        {"comment": "Bien, mais."},
        {"about": "issuer"},
        {"said_on": None},
        {"endorser": WORD["endorser"] | {"id": "https://mairie.exemple.net/profil"}},
        {"endorser": WORD["endorser"] | {"name": "La mairie d’Argentan"}},
    ],
)
def test_what_the_town_hall_says_otherwise_is_another_word(told: dict[str, Any]) -> None:
    assert endorsement_mark(WORD | told) != endorsement_mark(WORD)


def test_a_word_of_the_town_hall_is_found_again_after_another_look_at_it() -> None:
    looked = WORD | {"state": "unknown", "binding": "unknown", "intact": "unknown", "reason": "issuer-does-not-answer"}

    assert endorsement_mark(looked) == endorsement_mark(WORD)
    assert make_endorsements([looked])[0].mark == endorsement_mark(WORD)
    assert len(endorsement_mark(WORD)) == 43


@pytest.mark.parametrize("found", [{"intact": "unknown"}, {"bound": "unknown", "binding": "unknown"}])
def test_nobody_is_the_issuer_of_a_badge_by_writing_its_id(found: dict[str, str]) -> None:
    said = WORD | {"by": "issuer", "comment": "Excellent."}
    [shown_to_come_from_it, written] = make_endorsements([said, said | found | {"state": "unknown"}])

    assert shown_to_come_from_it.by == "issuer"
    assert (written.by, written.worth) == ("other", "unverified")
