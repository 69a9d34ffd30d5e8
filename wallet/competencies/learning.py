"""What has to stand in a file of the operator's so that real badges count: their issuer, and what they recognise.

Pure: what was read of badges in, an addition to a framework out, as framework_files.py reads one. Where an address is
another one for each award, the members of its query that differ are told: a person decides whether they may be left
out of account, unless the host is known for it (trust/matching.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import trust
from ..storage import grouped
from .frameworks import Framework
from .recognition import recognise

Read = Mapping[str, Any]
"""As much of a badge as recognition.py asks for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Varying:
    """Addresses that are one and the same but for members of their query."""

    addresses: Sequence[str]
    members: Sequence[str]
    """The names of those that differ."""

    @property
    def is_allowed(self) -> bool:
        """Whether their host is known for that: then the addition leaves those members out of account."""
        return trust.ignoring_is_allowed(self.addresses[0], self.members)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What was learned from some badges."""

    addition: dict[str, Any]
    unplaced: Sequence[str]
    """The badges, as they were called, of which nobody knows what they speak of."""
    shared: Sequence[str]
    """Targets of alignments that badges of several competencies or levels have: by them none is known."""
    varying: Sequence[Varying]


def places_of(framework: Framework) -> list[str]:
    """How a badge may be placed in it: `communiquer/masters`, `general`."""
    places = [f"{one.key}/{level.key}" for one in framework.competencies for level in framework.levels]
    return [*places, *(["general"] if framework.general else [])]


def learn(framework: Framework, badges: Iterable[tuple[str, Read]], place: str = "") -> Lesson:
    """What makes the *badges*, each with what it is called, count in *framework*: all of them at *place*, or each where its
    id, its alignment or its name says.

    A badge that speaks of several competencies is known by its alignments, or not at all.
    """
    marks: dict[str, list[Read]] = {}
    issuers, unplaced = dict[str, None](), list[str]()
    for called, read in badges:
        found = recognise(framework, read, None)
        spoken_of = [place] if place else [one.place.partition("/")[2] for one in found]
        if len(spoken_of) == 1:
            marks.setdefault(spoken_of[0], []).append(read["achievement"])
        elif not found or found[0].why == "name":
            unplaced.append(called)
            continue
        issuers[read["issuer"]["id"]] = None
    targets = {spoken_of: _targets(some) for spoken_of, some in marks.items()}
    shared = {one for spoken_of, some in targets.items() for one in some if _is_elsewhere(one, spoken_of, targets)}
    told = {
        spoken_of: {
            "ids": _named(one["id"] for one in some if one["id"]),
            "targets": [one for one in targets[spoken_of] if one not in shared],
        }
        for spoken_of, some in marks.items()
    }
    ids = [one["id"] for some in marks.values() for one in some if one["id"]]
    return Lesson(
        addition=_addition(framework, list(issuers), told),
        unplaced=unplaced,
        shared=sorted(shared),
        varying=[*varying_addresses(list(issuers)), *varying_addresses(ids)],
    )


def varying_addresses(addresses: Iterable[str]) -> list[Varying]:
    """Those of the *addresses* that are https, and the same but for some members of their query, of which others stay.

    Nothing is decoded before it is compared (trust/matching.py).
    """
    places = grouped((trust.place_of(one), one) for one in dict.fromkeys(addresses) if trust.place_of(one))
    found = ((some, trust.members_that_differ(some)) for some in places.values() if len(some) > 1)
    return [Varying(addresses=some, members=members) for some, members in found if members]


def _named(ids: Iterable[str]) -> list[str | dict[str, Any]]:
    """The *ids* as a file names them: each to the letter, or without what its host writes anew into each award."""
    named: list[str | dict[str, Any]] = []
    for id in dict.fromkeys(ids):
        if not any(trust.is_match(one["id"], one["ignoring"], id) for one in named if isinstance(one, dict)):
            ignoring = trust.members_to_ignore(id)
            named.append({"id": id, "ignoring": ignoring} if ignoring else id)
    return named


def _targets(achievements: Iterable[Read]) -> list[str]:
    return list(
        dict.fromkeys(one["target_url"] for read in achievements for one in read["alignment"] if one["target_url"])
    )


def _is_elsewhere(target: str, place: str, targets: Mapping[str, Sequence[str]]) -> bool:
    return any(target in some for other, some in targets.items() if other != place)


def _addition(framework: Framework, issuers: list[str], told: Mapping[str, Any]) -> dict[str, Any]:
    keys = dict.fromkeys(place.partition("/")[0] for place in told if place != "general")
    levels = [level.key for level in framework.levels]
    competencies = [
        {"key": key, "badges": {level: told[f"{key}/{level}"] for level in levels if f"{key}/{level}" in told}}
        for key in keys
    ]
    return {
        "id": framework.id,
        "issuers": _named(issuers),
        **({"competencies": competencies} if competencies else {}),
        **({"general": {"badges": told["general"]}} if "general" in told else {}),
    }
