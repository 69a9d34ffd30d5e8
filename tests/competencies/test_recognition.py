"""Which competency a badge speaks of, and why: by id and by alignment of an issuer of the list, else only a question."""

from collections.abc import Container
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.examined import COMMUNICATE, NOW
from tests.fixtures.framed import CLASSES, NORMANDY, OURS, SCHOOL, aligned, issuer_of, read
from tests.fixtures.vouching import vouched
from wallet.badges.badges import _plain
from wallet.competencies import frameworks
from wallet.competencies.frameworks import Ids, Marks
from wallet.competencies.recognition import level_to_tell, recognise, recognise_loosely
from wallet.trust import Issuer

ROME = "https://competences.exemple.fr/communiquer"
STRANGER = "did:key:z6MkStranger"
MASTERS = f"{CLASSES}communiquer-masters"
ALIGNED = aligned(communiquer=ROME, integrer=ROME + "/integrer")


def told(
    framework: frameworks.Framework, badge: dict[str, Any], confirmed: Container[str] = (), of: Issuer | None = None
) -> list[tuple[str, str, bool, bool]]:
    """Each place that is spoken of, why, whether others may be told, whether it counts."""
    found = recognise(framework, badge, of or issuer_of(badge), confirmed)
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
def test_what_a_badge_speaks_of(badge: dict[str, Any], expected: list[object]) -> None:
    assert told(ALIGNED, badge) == expected


def test_the_name_of_what_it_recognises_stands_in_where_its_own_says_nothing() -> None:
    badge = read(name="Attestation de Sonia")
    badge["achievement"]["name"] = "Organiser – je pratique"

    assert told(NORMANDY, badge) == [("normandie/organiser/practises", "name", False, False)]


def test_a_badge_at_both_levels_speaks_of_the_higher_one() -> None:
    both = Marks(ids=Ids(frozenset({"x"})), targets=frozenset(), names=frozenset())
    competencies = [replace(one, badges={"practises": both, "masters": both}) for one in NORMANDY.competencies[:1]]

    assert told(replace(NORMANDY, competencies=competencies), read("x")) == [
        ("normandie/organiser/masters", "id", True, True)
    ]


@pytest.mark.parametrize("badge", [read(MASTERS, issuer=STRANGER), read(name="Communiquer – je maîtrise")])
def test_what_the_person_confirms_counts_for_them_and_for_nobody_else(badge: dict[str, Any]) -> None:
    place = "normandie/communiquer/masters"

    assert told(NORMANDY, badge, {place}) == [(place, "confirmed", False, True)]
    assert told(NORMANDY, badge, {"normandie/communiquer/practises"})[0][3] is False


def test_what_a_known_issuer_says_needs_no_confirmation() -> None:
    assert told(NORMANDY, read(MASTERS), {"normandie/communiquer/masters"})[0][1] == "id"


def test_without_an_issuer_in_the_list_nothing_counts_by_itself() -> None:
    everything = [read(MASTERS), read(name="Communiquer – je maîtrise"), read(targets=(ROME,))]

    assert not any(one.counts for badge in everything for one in recognise(OURS, badge, issuer_of(badge)))


def test_others_are_told_a_level_only_where_a_known_issuer_says_so() -> None:
    def level(badge: dict[str, Any], *among: frameworks.Framework) -> frameworks.Level | None:
        return level_to_tell(among or (NORMANDY,), badge, issuer_of(badge))

    found = level(read(MASTERS), OURS, NORMANDY)

    assert found is not None
    assert found.names_for_others["fr"] == "maîtrise"
    assert level(read(MASTERS, issuer=STRANGER)) is None
    assert level(read(name="Communiquer – je maîtrise")) is None
    assert level(read(f"{CLASSES}general")) is None, "it has none"


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


# Whose badges count: named, or vouched for by a register that is named, and shown to be theirs.

BY_REGISTER = replace(NORMANDY, issuers=Ids())
"""The framework as it ships, with the ids of badges: whose they are the register `operator` says."""


def at(framework: frameworks.Framework, now: datetime = NOW, **row: Any) -> frameworks.Framework:
    """The framework as a page reads it at *now*, where a row of the operator's names the school."""
    [found] = frameworks.frameworks_at([framework], vouched(SCHOOL, **row), now)
    return found


def is_sure(framework: frameworks.Framework, **issuer: Any) -> bool:
    badge = read(MASTERS)
    return recognise(framework, badge, issuer_of(badge, **issuer))[0].is_sure


def test_one_row_of_a_register_makes_badges_count_while_it_stands() -> None:
    until = NOW + timedelta(days=1)

    assert not is_sure(BY_REGISTER), "nobody was asked"
    assert is_sure(at(BY_REGISTER, until=until))
    assert not is_sure(at(BY_REGISTER, until, until=until))
    assert not is_sure(at(BY_REGISTER, scope=frozenset({"gestes-durables"})))
    assert is_sure(at(BY_REGISTER, scope=frozenset({"normandie"})))
    assert not is_sure(at(BY_REGISTER, keys=frozenset({"pinned"})), key="other")
    assert is_sure(at(BY_REGISTER, keys=frozenset({"pinned"})), key="pinned")
    assert not is_sure(at(replace(BY_REGISTER, vouching=frozenset())))
    assert not is_sure(at(BY_REGISTER), id=STRANGER)


@pytest.mark.parametrize("binding", ["claimed", "mismatch", "unknown"])
@pytest.mark.parametrize("framework", [NORMANDY, at(BY_REGISTER)], ids=["named", "by register"])
def test_an_issuer_that_a_badge_only_claims_never_counts(framework: frameworks.Framework, binding: str) -> None:
    assert is_sure(framework)
    assert is_sure(framework, binding="self-certified")
    assert not is_sure(framework, binding=binding)


def test_the_next_award_of_a_platform_counts_as_the_one_that_was_named() -> None:
    tenant = "https://openbadgefactory.com/v1/client?key=P4XYZ&event=E"
    named = replace(NORMANDY, issuers=Ids(like=((f"{tenant}1", frozenset({"event"})),)))

    assert is_sure(named, id=f"{tenant}2")
    assert not is_sure(named, id=f"{tenant}2".replace("P4", "P5"))
