"""How it was achieved: what a badge says of results, credits, hours, role and dates is read from what was signed, and no more."""

from copy import deepcopy
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school
from wallet.openbadges import (
    Details,
    Edition,
    Identifier,
    Level,
    Party,
    Result,
    for_others,
    has_marks,
    parts,
    situation_for_others,
    words_of_siae,
)
from wallet.openbadges.v3 import details as reader

MASTERED = {
    "id": "urn:uuid:l2",
    "type": ["RubricCriterionLevel"],
    "name": "Maîtrise",
    "level": "Avancé",
    "points": "4",
    "description": "Seule.",
}
RUBRIC = {
    "id": "urn:uuid:r1",
    "type": ["ResultDescription"],
    "name": "Soudure",
    "resultType": "RubricCriterionLevel",
    "requiredLevel": "urn:uuid:l2",
    "rubricCriterionLevel": [MASTERED],
}
SCORE = {
    "id": "urn:uuid:r2",
    "type": ["ResultDescription"],
    "name": "Examen",
    "resultType": "RawScore",
    "valueMin": "0",
    "valueMax": "20",
    "requiredValue": "10",
}
RESULTS = [
    {"type": ["Result"], "resultDescription": "urn:uuid:r1", "achievedLevel": "urn:uuid:l2"},
    {"type": ["Result"], "resultDescription": "urn:uuid:r2", "value": "15"},
    {"type": ["Result"], "resultDescription": "urn:uuid:r2", "status": "Completed"},
]
SUBJECT = {
    "result": RESULTS,
    "creditsEarned": 3.0,
    "role": "Chef d’équipe",
    "term": "Automne",
    "licenseNumber": "A-9320041",
    "activityStartDate": "2025-09-01T00:00:00Z",
    "activityEndDate": "2025-12-20T00:00:00Z",
    "source": {"id": "https://cfa.example/", "type": ["Profile"], "name": "Le CFA"},
}
ACHIEVEMENT = {
    "resultDescription": [RUBRIC, SCORE],
    "creator": {"id": "https://region.example/", "type": ["Profile"], "name": "La Région"},
    "fieldOfStudy": "Métal",
    "specialization": "Inox",
    "humanCode": "S1",
    "version": "2",
    "related": [{"id": "urn:uuid:a2", "type": ["Related"], "inLanguage": "en-GB", "version": "2"}],
    "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "RNCP1", "identifierType": "identifier"}],
}


def detailed(subject: dict[str, Any] | None = None, achievement: dict[str, Any] | None = None, **more: Any) -> Any:
    """Maria's badge with these members of its subject and its achievement, signed."""
    written = deepcopy(guild.badge(**more))
    written["credentialSubject"] |= subject or {}
    written["credentialSubject"]["achievement"] |= achievement or {}
    return guild.signed_in("eddsa-rdfc-2022", written, guild.KEY)


def details(*given: Any, **more: Any) -> Details:
    return guild.examine(detailed(*given, **more)).badge.details


def test_all_of_it_is_read_as_it_was_signed() -> None:
    found = guild.examine(detailed(SUBJECT, ACHIEVEMENT))

    assert found.state == "valid"
    assert found.unsigned == ()
    assert found.origins["details"] == "signed"
    level = Level(name="Maîtrise", level="Avancé", points="4", description="Seule.")
    score = Result(name="Examen", result_type="RawScore", required="10", value_min="0", value_max="20")
    assert found.badge.details == Details(
        results=(
            Result(name="Soudure", result_type="RubricCriterionLevel", level=level, required="Maîtrise"),
            Result(**{**asdict(score), "value": "15", "level": None}),
            Result(**{**asdict(score), "status": "Completed", "level": None}),
        ),
        credits_available="4.5",
        credits_earned="3",
        role="Chef d’équipe",
        term="Automne",
        activity_start=datetime(2025, 9, 1, tzinfo=UTC),
        activity_end=datetime(2025, 12, 20, tzinfo=UTC),
        field_of_study="Métal",
        specialization="Inox",
        human_code="S1",
        version="2",
        creator=Party(id="https://region.example/", name="La Région"),
        source=Party(id="https://cfa.example/", name="Le CFA"),
        editions=(Edition(id="urn:uuid:a2", in_language="en-GB", version="2"),),
        license_number="A-9320041",
        identifiers=(Identifier(identifier="RNCP1", identifier_type="identifier"),),
    )


def test_a_badge_that_says_nothing_of_it_has_none() -> None:
    assert details() == Details(credits_available="4.5")


@pytest.mark.parametrize(
    "member", [*SUBJECT, *(name for name in ACHIEVEMENT if name != "resultDescription"), "creditsAvailable"]
)
def test_each_of_it_is_read_where_it_stands_alone(member: str) -> None:
    """Most badges have none of it, and are not asked for each."""
    subject, achievement = (
        {member: written[member]} if member in written else {}
        for written in (SUBJECT, ACHIEVEMENT | {"creditsAvailable": 0})
    )

    assert reader.details({}, subject, achievement) != Details()


@pytest.mark.parametrize(
    ("place", "member", "value"),
    [
        (("credentialSubject", "achievement"), "studyHours", 900),
        (("credentialSubject",), "grade", "A"),
        ((), "role", "Directrice"),
        ((), "creditsEarned", 60),
    ],
)
def test_what_a_stranger_adds_where_no_signature_covers_it_is_not_read(
    place: tuple[str, ...], member: str, value: Any
) -> None:
    genuine = detailed({"role": "Apprentie"})
    forged = deepcopy(genuine)
    inner = forged
    for step in place:
        inner = inner[step]
    inner[member] = value

    found = guild.examine(forged)

    assert found.badge.details == guild.examine(genuine).badge.details


@pytest.mark.parametrize(
    ("place", "member", "value"),
    [
        (("credentialSubject",), "role", "Directrice"),
        (("credentialSubject",), "creditsEarned", 60),
        (("credentialSubject", "result", 1), "value", "20"),
        (("credentialSubject", "result", 0), "achievedLevel", "urn:uuid:l3"),
        (("credentialSubject", "achievement", "creator"), "name", "L’État"),
    ],
)
def test_a_result_that_somebody_changed_is_never_valid(place: tuple[Any, ...], member: str, value: Any) -> None:
    forged = deepcopy(detailed(SUBJECT, ACHIEVEMENT))
    inner = forged
    for step in place:
        inner = inner[step]
    inner[member] = value

    assert guild.examine(forged).check("intact").outcome == "failed"


def test_a_result_with_a_relative_id_is_not_signed_and_not_read() -> None:
    """Linked data says nothing of what has no whole address, so anybody could have written it."""
    found = guild.examine(detailed({"result": [{"id": "r1", "type": ["Result"], "value": "20"}]}))

    assert "/credentialSubject/result/0" in found.unsigned
    assert found.badge.details.results == ()
    assert found.check("intact").outcome == "passed"


@pytest.mark.parametrize("member", ["result", "role", "creditsEarned", "source", "activityEndDate"])
def test_how_it_was_achieved_is_not_hidden_in_an_endorsement_of_the_person(member: str) -> None:
    """Moved to where nobody reads it, it would still be signed, and « Failed » would be gone."""
    endorsement: dict[str, Any] = {"id": "urn:e", "type": ["VerifiableCredential", "EndorsementCredential"]}
    endorsement["credentialSubject"] = {"id": "urn:maria", "type": ["EndorsementSubject", "AchievementSubject"]}
    forged = deepcopy(detailed({**SUBJECT, "id": "urn:maria"}, ACHIEVEMENT, endorsement=[endorsement]))
    assert guild.examine(forged).state == "valid"

    forged["endorsement"][0]["credentialSubject"][member] = forged["credentialSubject"].pop(member)

    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).check("conforms").reason == "hidden-statement"


def test_one_description_in_pieces_or_twice_is_one() -> None:
    """Linked data signs statements, not in how many objects they stand."""
    genuine = detailed(SUBJECT, ACHIEVEMENT)
    forged = deepcopy(genuine)
    name = {"id": RUBRIC["id"], "type": ["ResultDescription"], "name": RUBRIC["name"]}
    rest = {member: value for member, value in RUBRIC.items() if member != "name"}
    achievement = forged["credentialSubject"]["achievement"]
    achievement["resultDescription"] = [rest, SCORE, name, SCORE]
    achievement["related"] = [{"id": "urn:uuid:a2", "version": "2"}, *achievement["related"]]

    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).badge == guild.examine(genuine).badge


def test_one_result_in_pieces_is_one() -> None:
    """« Failed » stays beside the name of what was failed."""
    named = {"id": "urn:uuid:x1", "type": ["Result"]}
    failed = RESULTS[1] | named | {"status": "Failed"}
    genuine = detailed({"result": [failed, RESULTS[0]]}, ACHIEVEMENT)
    pieces = [
        {name: value for name, value in failed.items() if name != "status"},
        RESULTS[0],
        named | {"status": "Failed"},
    ]

    for written in (pieces, pieces[::-1]):
        forged = deepcopy(genuine)
        forged["credentialSubject"]["result"] = written
        found = guild.examine(forged)
        assert found.check("intact").outcome == "passed"
        assert set(found.badge.details.results) == set(guild.examine(genuine).badge.details.results)


def test_two_results_of_one_id_that_contradict_each_other_are_two() -> None:
    both = [RESULTS[1] | {"id": "urn:uuid:x1"}, RESULTS[2] | {"id": "urn:uuid:x1", "value": "8"}]
    assert [one.value for one in details({"result": both}, ACHIEVEMENT).results] == ["15", "8"]


def test_a_result_without_a_description_and_a_level_that_nobody_describes_are_no_end() -> None:
    only_value = {"type": ["Result"], "value": "15"}
    nameless = {"type": ["ResultDescription"], "name": "?", "rubricCriterionLevel": [{"name": "?"}]}
    unknown_level = {"type": ["Result"], "resultDescription": "urn:no", "achievedLevel": "urn:no"}

    found = details({"result": [only_value, unknown_level, only_value]}, {"resultDescription": [nameless]})

    assert found.results == (Result(value="15"),)


@rows(
    ("written", "read"),
    [
        (36, "36"),
        (4.50, "4.5"),
        (1e300, "1e+300"),
        # Whoever was given so many was shown 1.234567891e+10.
        (12_345_678_909, "12345678909"),
        (1_234_567.891_23, "1234567.89123"),
        (4.35, "4.35"),
        # Maria's 8.2 of 10 was shown as 8.199999999999999.
        (8.2, "8.2"),
        (64.1, "64.1"),
        (0.7999999999999999, "0.7999999999999999"),
        (0.30000000000000004, "0.3"),
        ("3 ECTS", "3 ECTS"),
        # As linked data signs 12.5: whoever holds it may write it so.
        ("1.25E1", "12.5"),
        ("-5.0E-1", "-0.5"),
        ("0.0E0", "0"),
        ("1.0E999", "1.0E999"),
        ({"@value": "2"}, "2"),
        ([2, 2], "2"),
        ([2, 3], ""),
        (True, ""),
        ({"a": 1}, ""),
        (None, ""),
        (float("inf"), ""),
    ],
)
def test_a_number_is_read_as_it_is_written(written: Any, read: str) -> None:
    assert reader.number(written) == read


@rows(
    ("written", "read"),
    [
        ("https://cfa.example/", Party(id="https://cfa.example/")),
        (["https://cfa.example/"], Party(id="https://cfa.example/")),
        ([{"name": "Le CFA", "url": "https://cfa.example/"}], Party(name="Le CFA", url="https://cfa.example/")),
        ({"type": ["Profile"]}, None),
        (
            [{"id": "urn:a", "name": "Le CFA"}, {"id": "urn:a", "url": "https://cfa.example/"}, "urn:a"],
            Party(id="urn:a", name="Le CFA", url="https://cfa.example/"),
        ),
        ([{"id": "urn:a", "name": "Le CFA"}, {"id": "urn:b", "name": "La Région"}], None),
        ([{"id": "urn:a", "name": "Le CFA"}, {"name": "La Région"}], None),
        ([{"name": "Le CFA"}, {"name": "La Région"}], None),
        ({"id": ["urn:a", "urn:b"], "name": {"a": 1}}, None),
        ([], None),
        (12, None),
        (None, None),
    ],
)
def test_who_made_or_saw_it_is_a_profile_or_an_address(written: Any, read: Party | None) -> None:
    assert reader.party(written) == read


CONTEXT = "https://api.openbadges.education/static/extensions/StudyLoadExtension/context.json"


@rows(
    ("achievement", "contexts", "read"),
    [
        ({"extensions:StudyLoadExtension": {"@context": CONTEXT, "StudyLoad": 90}}, None, "1.5"),
        ({"StudyLoadExtension": {"StudyLoad": 2400}}, ["https://other.example/", {}, CONTEXT], "40"),
        ({"StudyLoadExtension": {"StudyLoad": [60, 60]}}, CONTEXT, "1"),
        ({"StudyLoadExtension": [{"StudyLoad": 60}]}, CONTEXT, "1"),
        ({"StudyLoadExtension": [{"id": "urn:l", "StudyLoad": 60}, "urn:l"]}, CONTEXT, "1"),
        ({"StudyLoadExtension": [{"StudyLoad": 60}, {"StudyLoad": 90}]}, CONTEXT, ""),
        ({"StudyLoadExtension": {"StudyLoad": 60}}, "https://other.example/StudyLoadExtension", ""),
        ({"StudyLoadExtension": {"StudyLoad": -60}}, CONTEXT, ""),
        ({"StudyLoadExtension": {"StudyLoad": True}}, CONTEXT, ""),
        ({"StudyLoadExtension": {"StudyLoad": "60"}}, CONTEXT, ""),
        ({"StudyLoadExtension": 60}, CONTEXT, ""),
        ({}, CONTEXT, ""),
    ],
)
def test_hours_are_told_where_it_is_known_what_is_counted(achievement: Any, contexts: Any, read: str) -> None:
    assert parts.hours(achievement, contexts) == read


def test_hours_that_stand_beside_the_subject_are_read() -> None:
    """Open Educational Badges write them there."""
    written = guild.badge(**{"extensions:StudyLoadExtension": {"StudyLoad": 90}})
    written["@context"] = [*written["@context"], CONTEXT]

    assert guild.examine(guild.token(written, typ="vc+jwt")).badge.details.hours == "1.5"


HOURS = "extensions:StudyLoadExtension"
W3ID = "https://w3id.org/openbadges/extensions#"


def with_hours(**achievement: Any) -> dict[str, Any]:
    written = guild.badge(**{"@context": [guild.VC2, guild.OB3, CONTEXT]})
    written["credentialSubject"]["achievement"] |= {HOURS: {"StudyLoad": 90}} | achievement
    return written


def _rename_hours(badge: dict[str, Any], name: str) -> None:
    within = badge["credentialSubject"]["achievement"]
    within[name] = within.pop(HOURS)


def _to_criteria(badge: dict[str, Any]) -> None:
    within = badge["credentialSubject"]["achievement"]
    within["criteria"][HOURS] = within.pop(HOURS)


def _add(badge: dict[str, Any], terms: dict[str, str]) -> None:
    badge["@context"].append(terms)


@rows(
    ("state", "change"),
    [
        ("valid", lambda d: d["credentialSubject"]["achievement"].update({HOURS: [{"StudyLoad": 90}]})),
        ("valid", lambda d: _add(d, {"unused": "urn:x"})),
        ("unknown", lambda d: (_add(d, {"load": f"{W3ID}StudyLoadExtension"}), _rename_hours(d, "load"))),
        ("invalid", lambda d: (_add(d, {"x": W3ID}), _rename_hours(d, "x:StudyLoadExtension"))),
        ("unknown", lambda d: (_add(d, {"Load": f"{W3ID}StudyLoadExtension"}), _rename_hours(d, "Load"))),
        ("invalid", lambda d: _rename_hours(d, f"{W3ID}StudyLoadExtension")),
        ("invalid", _to_criteria),
    ],
)
def test_hours_that_were_signed_are_not_hidden(state: str, change: Any) -> None:
    """They stand under a name that no context has a term for: each of these kept the signature, and all but one stayed valid."""
    signed = guild.signed(with_hours(id="urn:a", criteria={"id": "urn:a", "narrative": "Souder"}))
    forged = deepcopy(signed)
    change(forged)

    genuine, found = guild.examine(signed), guild.examine(forged)

    assert (genuine.state, genuine.badge.details.hours) == ("valid", "1.5")
    assert (found.check("intact").outcome, found.state) == ("passed", state)
    assert state != "valid" or found.badge == genuine.badge


def test_hours_that_two_places_tell_differently_are_told_by_none() -> None:
    both = with_hours() | {HOURS: {"StudyLoad": 120}}

    assert guild.examine(guild.signed(both)).badge.details.hours == ""
    assert guild.examine(guild.signed(both | {HOURS: {"StudyLoad": 90}})).badge.details.hours == "1.5"


def test_a_badge_of_2_0_tells_its_edition_and_the_others() -> None:
    badge_class = school.badge_class(version="3", related=[{"id": "https://school.example/en", "@language": "en"}])

    web = school.School({**school.School().answers, school.CLASS: badge_class})

    found = web.examine(school.assertion()).badge.details

    assert found == Details(version="3", editions=(Edition(id="https://school.example/en", in_language="en"),))


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ({"id": "https://guild.example/again", "type": "1EdTechCredentialRefresh"}, "https://guild.example/again"),
        ("https://guild.example/again", "https://guild.example/again"),
        (["urn:uuid:1", "https://guild.example/again"], "https://guild.example/again"),
        ({"id": "https://guild.example/page", "type": "ManualRefreshService2018"}, ""),
        ({"id": "urn:uuid:1", "type": "1EdTechCredentialRefresh"}, ""),
    ],
)
def test_where_a_newer_edition_is_given_is_read_if_it_is_a_plain_address(service: Any, address: str) -> None:
    assert reader.details({"refreshService": service}, {}, {}).refresh_service == address


def test_where_a_newer_edition_is_given_is_told_by_a_signed_address() -> None:
    """No context of the standard defines the type, so that no signature covers it."""
    found = guild.examine(
        detailed(refreshService={"id": "https://guild.example/1", "type": "1EdTechCredentialRefresh"})
    )

    assert found.unsigned == ("/refreshService/type",)
    assert found.badge.details.refresh_service == "https://guild.example/1"


def test_a_thousand_results_and_a_long_text_end() -> None:
    level = MASTERED | {"description": "x" * 30_000}
    results = [{"achievedLevel": "urn:uuid:l2", "value": str(number)} for number in range(1_000)]

    found = reader.results(results, {**RUBRIC, "rubricCriterionLevel": [level]})

    assert len(found) == parts.MOST
    assert {len(one.level.description) for one in found if one.level} == {2_000}


def plain(*given: Any) -> dict[str, Any]:
    return asdict(details(*given))


def test_others_see_the_level_the_credits_the_role_the_dates_who_made_and_who_saw_it_and_no_mark() -> None:
    shown = for_others(plain(SUBJECT, ACHIEVEMENT), with_marks=False)

    assert set(shown) == {
        *("results", "credits_available", "credits_earned", "hours", "role", "activity_start", "activity_end"),
        *("creator", "source", "parent_org"),
    }
    [level] = shown["results"]
    assert level["name"] == "Soudure"
    assert level["level"] == {"name": "Maîtrise", "level": "Avancé", "points": "", "description": ""}
    assert [value for name, value in level.items() if name not in ("name", "level") and value] == []


def test_others_see_a_mark_where_the_holder_says_so() -> None:
    found = plain(SUBJECT, ACHIEVEMENT)

    assert for_others(found, with_marks=True)["results"] == list(found["results"])
    assert "license_number" not in for_others(found, with_marks=True)
    assert "identifiers" not in for_others(found, with_marks=True)


@rows(
    ("name", "is_mark"),
    [
        *[(words, True) for words in ("A", "b+", "15/20", "80 %", "80\N{NARROW NO-BREAK SPACE}%", "12,5", " 12 ")],
        *[(words, True) for words in ("Très bien (16/20)", "17,5 sur 20", "18 out of 20", "92 points", "80 pour cent")],
        *[(words, True) for words in ("Grade A", "Score: 92", "A (90%)", "Note finale : 12", "Final grade: B+", "Moyenne 14,2")],
        *[(words, False) for words in ("B2", "Niveau 3", "Très bien", "Note d’honneur", "Grade de base", "A1 – découverte")],
        *[(words, False) for words in ("Bloc 2 sur les chantiers", "Upgraded", "Soudure C/D")],
    ],
)  # fmt: skip
def test_a_level_that_is_called_by_a_mark_is_one(name: str, is_mark: bool) -> None:
    level = MASTERED | {"name": name, "level": "", "points": ""}
    found = plain({"result": RESULTS[:1]}, {"resultDescription": [{**RUBRIC, "rubricCriterionLevel": [level]}]})

    assert has_marks(found) is is_mark
    assert len(for_others(found, with_marks=False)["results"]) == (not is_mark)
    assert len(for_others(found, with_marks=True)["results"]) == 1


@pytest.mark.parametrize("name", ["Examen : 17,5 sur 20", "Score: 92", "Grade A"])
def test_a_result_that_is_called_by_a_mark_is_one(name: str) -> None:
    level = MASTERED | {"points": None}
    found = plain(
        {"result": RESULTS[:1]}, {"resultDescription": [{**RUBRIC, "name": name, "rubricCriterionLevel": [level]}]}
    )

    assert has_marks(found)
    [shown] = for_others(found, with_marks=False)["results"]
    assert (shown["name"], shown["level"]["name"]) == ("", "Maîtrise")
    assert for_others(found, with_marks=True)["results"][0]["name"] == name


def test_only_a_value_a_status_or_points_are_marks() -> None:
    described = {"resultDescription": [RUBRIC, SCORE]}

    assert [has_marks(plain({"result": [one]}, described)) for one in RESULTS] == [True, True, True]
    without_points = [{**RUBRIC, "rubricCriterionLevel": [{**MASTERED, "points": None}]}]
    assert not has_marks(plain({"result": RESULTS[:1]}, {"resultDescription": without_points}))


PARENT = {"id": "https://region.example/", "type": ["Profile"], "name": "La Région"}


def issued_by(**members: Any) -> dict[str, Any]:
    return {"issuer": {"id": guild.did(), "type": ["Profile"], "name": "Guilde"} | members}


def test_of_which_organisation_the_issuer_is_a_part_is_read_as_it_was_signed() -> None:
    written = detailed(**issued_by(parentOrg=PARENT))
    found = guild.examine(written)

    assert (found.state, found.unsigned) == ("valid", ())
    assert found.badge.details.parent_org == Party(id="https://region.example/", name="La Région")
    forged = deepcopy(written)
    forged["issuer"]["parentOrg"]["name"] = "L’État"
    assert guild.examine(forged).check("intact").outcome == "failed"
    forged["issuer"].pop("parentOrg")
    assert guild.examine(forged).check("intact").outcome == "failed"


def test_a_parent_organisation_that_a_stranger_adds_is_not_read() -> None:
    """An issuer without a type has no member of that name: linked data says nothing of it."""
    forged = detailed(issuer={"id": guild.did(), "name": "Guilde"})
    forged["issuer"]["parentOrg"] = {"name": "L’État"}

    found = guild.examine(forged)

    assert found.check("intact").outcome == "passed"
    assert "/issuer/parentOrg" in found.unsigned
    assert found.badge.details.parent_org is None


@pytest.mark.parametrize(
    "issuer", ["urn:a", {"parentOrg": 12}, {"parentOrg": [[]]}, [{"parentOrg": PARENT}, "urn:b"], 7]
)
def test_what_is_no_parent_organisation_is_none(issuer: Any) -> None:
    assert reader.details({"issuer": issuer}, {}, {}).parent_org is None


SIAE = {
    "role": "Salariée en SIAE",
    "source": {"id": "https://jardins.example/", "type": ["Profile"], "name": "Chantier d’insertion Les Jardins"},
}


def test_what_tells_of_a_siae_is_for_others_only_where_the_holder_says_so() -> None:
    level = MASTERED | {"name": "Parcours d’insertion"}
    described = [{**RUBRIC, "rubricCriterionLevel": [level]}, SCORE]
    found = plain({**SUBJECT, **SIAE}, {**ACHIEVEMENT, "resultDescription": described})

    shown = for_others(found, with_marks=True)

    assert (shown["role"], shown["source"], shown["creator"]["name"]) == ("", None, "La Région")
    assert [one["name"] for one in shown["results"]] == ["Examen", "Examen"]
    whole = for_others(found, with_marks=True, with_siae=True)
    assert (whole["role"], whole["source"]["name"]) == ("Salariée en SIAE", "Chantier d’insertion Les Jardins")
    assert len(whole["results"]) == 3
    assert words_of_siae(found, "Competency") == [
        "Salariée en SIAE",
        "Chantier d’insertion Les Jardins",
        "Parcours d’insertion",
    ]
    assert words_of_siae(found, "ext:SIAE")[-1] == "SIAE"


def test_a_party_without_a_name_tells_by_its_address() -> None:
    told = {"source": {"id": "https://siae.example/", "name": "", "url": ""}, "results": []}

    assert for_others(told, with_marks=False)["source"] is None
    assert words_of_siae(told, "") == ["https://siae.example/"]
    assert for_others(told | {"source": told["source"] | {"name": "Le CFA"}}, with_marks=False)["source"] is not None


def test_a_type_and_genres_that_tell_of_a_siae_likewise() -> None:
    genres = ["AFEST", "ACI", "Stage"]

    assert situation_for_others("ext:SIAE", genres) == ("", ["AFEST", "Stage"])
    assert situation_for_others("ext:ACI", []) == ("", [])
    assert situation_for_others("Fieldwork", genres) == ("Fieldwork", ["AFEST", "Stage"])
    assert situation_for_others("ext:SIAE", genres, with_siae=True) == ("ext:SIAE", genres)


def test_a_badge_that_was_read_before_there_were_details_shows_none() -> None:
    assert words_of_siae({}, "") == []
    assert for_others({}, with_marks=True) == {}
    assert not has_marks({})
