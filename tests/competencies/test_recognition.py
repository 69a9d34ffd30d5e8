"""Which competency a badge speaks of, and why: by id and by alignment of an issuer of the list, else only a question."""

from dataclasses import asdict, replace

import pytest

from tests.fixtures.examined import COMMUNICATE
from tests.fixtures.framed import CLASSES, NORMANDY, OURS, SCHOOL, read
from wallet.badges.badges import _plain
from wallet.competencies import frameworks
from wallet.competencies.frameworks import Marks
from wallet.competencies.recognition import level_to_tell, recognise, recognise_loosely

ROME = "https://competences.exemple.fr/communiquer"
STRANGER = "did:key:z6MkStranger"
MASTERS = f"{CLASSES}communiquer-masters"


def aligned(**targets: str) -> frameworks.Framework:
    """The framework in which each competency is known by an alignment too."""
    competencies = []
    for one in NORMANDY.competencies:
        marks = one.badges["masters"]
        found = replace(marks, targets=frozenset({targets[one.key]})) if one.key in targets else marks
        competencies.append(replace(one, badges={**one.badges, "masters": found}))
    return replace(NORMANDY, competencies=tuple(competencies))


ALIGNED = aligned(communiquer=ROME, integrer=ROME + "/integrer")


def told(framework: frameworks.Framework, *what: object, **more: object) -> list[tuple[str, str, bool, bool]]:
    """Each place that is spoken of, why, whether others may be told, whether it counts."""
    found = recognise(framework, *what, **more)  # type: ignore[arg-type]
    return [(one.place, one.why, one.is_sure, one.counts) for one in found]


@pytest.mark.parametrize(
    ("badge", "expected"),
    [
        (read(MASTERS), [("normandie/communiquer/masters", "id", True, True)]),
        (read(MASTERS, "Communiquer – je pratique"), [("normandie/communiquer/masters", "id", True, True)]),
        (read(MASTERS, issuer=STRANGER), [("normandie/communiquer/masters", "unlisted", False, False)]),
        (read(MASTERS.upper()), []),
        (read(targets=(ROME,)), [("normandie/communiquer/masters", "alignment", True, True)]),
        (read(targets=(ROME,), issuer=STRANGER), [("normandie/communiquer/masters", "unlisted", False, False)]),
        (
            read(targets=("https://a.fr", ROME + "/integrer", ROME)),
            [
                ("normandie/communiquer/masters", "alignment", True, True),
                ("normandie/integrer/masters", "alignment", True, True),
            ],
        ),
        (read(name="Communiquer – je maîtrise"), [("normandie/communiquer/masters", "name", False, False)]),
        (read(name="I master: communicate"), []),
        (read(name="Communicate: I practise"), [("normandie/communiquer/practises", "name", False, False)]),
        (read(name="Communiquer"), []),
        (read(name="Badge Général"), [("normandie/general", "name", False, False)]),
        (read(f"{CLASSES}general"), [("normandie/general", "id", True, True)]),
        (read("", "", targets=("",)), []),
        (read(name="Soudure"), []),
    ],
)
def test_what_a_badge_speaks_of(badge: dict[str, object], expected: list[object]) -> None:
    assert told(ALIGNED, badge) == expected


def test_the_name_of_what_it_recognises_stands_in_where_its_own_says_nothing() -> None:
    badge = read(name="Attestation de Sonia")
    badge["achievement"]["name"] = "Organiser – je pratique"

    assert told(NORMANDY, badge) == [("normandie/organiser/practises", "name", False, False)]


def test_a_badge_at_both_levels_speaks_of_the_higher_one() -> None:
    both = Marks(ids=frozenset({"x"}), targets=frozenset(), names=frozenset())
    competencies = [replace(one, badges={"practises": both, "masters": both}) for one in NORMANDY.competencies[:1]]

    assert told(replace(NORMANDY, competencies=competencies), read("x")) == [
        ("normandie/organiser/masters", "id", True, True)
    ]


@pytest.mark.parametrize("badge", [read(MASTERS, issuer=STRANGER), read(name="Communiquer – je maîtrise")])
def test_what_the_person_confirms_counts_for_them_and_for_nobody_else(badge: dict[str, object]) -> None:
    place = "normandie/communiquer/masters"

    assert told(NORMANDY, badge, {place}) == [(place, "confirmed", False, True)]
    assert told(NORMANDY, badge, {"normandie/communiquer/practises"})[0][3] is False


def test_what_a_known_issuer_says_needs_no_confirmation() -> None:
    assert told(NORMANDY, read(MASTERS), {"normandie/communiquer/masters"})[0][1] == "id"


def test_without_an_issuer_in_the_list_nothing_counts_by_itself() -> None:
    everything = [read(MASTERS), read(name="Communiquer – je maîtrise"), read(targets=(ROME,))]

    assert not any(one.counts for badge in everything for one in recognise(OURS, badge))


def test_others_are_told_a_level_only_where_a_known_issuer_says_so() -> None:
    found = level_to_tell((OURS, NORMANDY), read(MASTERS))

    assert found is not None
    assert found.names_for_others["fr"] == "maîtrise"
    assert level_to_tell((NORMANDY,), read(MASTERS, issuer=STRANGER)) is None
    assert level_to_tell((NORMANDY,), read(name="Communiquer – je maîtrise")) is None
    assert level_to_tell((NORMANDY,), read(f"{CLASSES}general")) is None, "it has none"


def test_it_reads_a_badge_as_it_is_kept() -> None:
    badge = replace(
        COMMUNICATE,
        issuer=replace(COMMUNICATE.issuer, id=SCHOOL),
        achievement=replace(COMMUNICATE.achievement, id=MASTERS),
    )

    assert told(NORMANDY, _plain(asdict(badge)))[0][1] == "id"


def test_prompts_are_offered_for_a_badge_that_only_its_name_speaks_for() -> None:
    found = recognise_loosely((OURS,), read(name="communiquer (je maîtrise)", issuer=STRANGER))

    assert found is not None
    assert found.competency is not None
    assert (found.competency.key, found.level) == ("communiquer", "masters")
    assert len(frameworks.prompts_for(found.competency, found.level or "", "fr")) == 4
    assert recognise_loosely((OURS,), read(name="Badge général")) is None
    assert recognise_loosely((OURS,), read(name="Soudure")) is None
