"""Whatever its holder makes of a badge whose signature still holds, a page never shows it in green otherwise than it was."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import pytest

from tests.openbadges.support import guild
from tests.openbadges.support.rewriting import STATUS_LISTS, Badges, written_anew
from wallet.openbadges import Evidence, NotABadge
from wallet.openbadges.proofs import shared_ids
from wallet.openbadges.v3 import examine

PROFILES = ("issuer", "details.source", "details.creator", "details.parent_org")
TIMES = 8
"""That a badge is written anew."""


@pytest.mark.parametrize("many", [pytest.param(3_000, marks=pytest.mark.soak), 60], ids=["soak", "some"])
@pytest.mark.breadth
def test_no_badge_is_shown_otherwise_than_it_was_by_whoever_writes_it_anew(many: int) -> None:
    """So « Failed » was taken from a result, a level from an alignment, and two organisations had each other's name."""
    dice = Random(f"{many} badges written anew")  # noqa: S311 - the same at each run, and no secret
    badges, met = Badges(dice), Counter[str]()
    for _ in range(many):
        made = guild.signed(badges.badge())
        before = guild.examine(made, STATUS_LISTS)
        for _ in range(TIMES):
            written = written_anew(made, dice)
            try:
                after = guild.examine(written, STATUS_LISTS)
            except NotABadge:  # that it is a credential is told elsewhere
                met["broken"] += 1
                continue
            if after.check("intact").outcome != "passed":
                met["broken"] += 1
                continue
            met[after.state] += 1
            if after.state == "valid":
                assert before.state in {"valid", "unknown"}, written
                others = [*differing(before.badge, after.badge)] if before.state == "valid" else []
                assert not others, (others, written)

    assert min(met["broken"], met["valid"], met["unknown"]) > many / 8, met


def differing(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two badges are not shown alike, the order of what has none set aside."""
    if one == other or place.endswith("caption"):
        return  # which is not seen
    if place == "evidence":  # whose pieces may be told in pieces, and say what the badge says of the same thing
        yield from (f"{place}: {word!r}" for word in words_of(one) - words_of(other))
        return
    if (place.startswith(PROFILES) and not (one and other)) or (place == "recipient_name" and not one):
        return  # an organisation may be told in short, and who vouches for a badge may be whose it is
    if is_dataclass(one) and is_dataclass(other):
        for member in fields(one):
            inner = f"{place}.{member.name}".removeprefix(".")
            yield from differing(getattr(one, member.name), getattr(other, member.name), inner)
    elif not (
        isinstance(one, tuple) and isinstance(other, tuple) and sorted(map(repr, one)) == sorted(map(repr, other))
    ):
        yield f"{place}: {one!r}, {other!r}"


def words_of(evidence: tuple[Evidence, ...]) -> set[tuple[str, ...]]:
    """Every word of each piece, with its address."""
    return {
        (piece.id, member.name, getattr(piece, member.name))
        for piece in evidence
        for member in fields(piece)
        if getattr(piece, member.name)
    }


class Watched(dict[str, Any]):
    """An object of a badge that remembers which of its members somebody read, by its place."""

    def __init__(self, said: dict[str, Any], place: str, read: dict[str, set[str]]) -> None:
        super().__init__({name: watched(inner, f"{place}/{name}", read) for name, inner in said.items()})
        self._read = read.setdefault(place, set())

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)


def watched(value: Any, place: str, read: dict[str, set[str]]) -> Any:
    if isinstance(value, list):
        return [watched(item, place, read) for item in value]
    return Watched(value, place, read) if isinstance(value, dict) and "@value" not in value else value


def test_whatever_a_page_reads_of_a_thing_is_in_the_table_of_what_is_read_where() -> None:
    """A word that is read and not in it could be moved to where nobody reads it."""
    badges, read = Badges(Random("what is read")), dict[str, set[str]]()  # noqa: S311 - the same at each run, and no secret
    for _ in range(30):
        examine._badge(watched(badges.badge(), "", read), ())

    assert {place for place, names in read.items() if "type" in names} == {"", "/refreshService"}  # _called_elsewhere
    of_none = {"id", "type", "@id", "@type", "@context", "vc"}  # by which things are told apart, and a word of tokens
    missing = {place: names - shared_ids._read_at(place) - of_none for place, names in read.items()}
    assert {place: names for place, names in missing.items() if names} == {}
    assert len(read) > 15


def test_what_is_said_of_a_thing_is_taken_apart_once_however_often_it_lies_in_another() -> None:
    """A badge of half a megabyte took 8 s: each of fifteen things of one id held all that came below it."""
    inmost: object = "Souder"
    for _ in range(60):
        inmost = {"one": inmost, "other": [inmost]}
    known = shared_ids._Known()

    assert known.by({"in": inmost}) == known.by({"in": inmost})
    assert known.by({"in": inmost}) != known.by({"in": [inmost]})
    assert len({known.by(one) for one in (1, 1.0, True, "1", None, [1], {"a": 1}, {"a": True})}) == 8
    assert known.by({"id": "x", "name": "y"}) == known.by("x")
