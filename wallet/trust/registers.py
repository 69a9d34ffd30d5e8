"""Registers of issuers as they stand at one edition, to be asked at any moment: held by each worker, changed by nobody."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from .. import openbadges
from . import answers, matching

if TYPE_CHECKING:
    from .names import Names

Why = Literal["", "ended", "stop"]
"""Why a row was retired: it was right until then, or nothing of it counts any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Somebody who says which issuers they know."""

    key: str
    name: str
    """Who speaks; "" for an operator who has not told their name."""
    kind: answers.Kind
    rank: int = 0
    """Whose word is told first, the lowest one before all others."""
    stale_after: datetime | None = None
    """When its rows are believed no longer, since nothing was heard of it; None for never."""
    tells_siae: bool = False
    """Whether being on it says that an organisation is a SIAE, which tells of a person's past (docs/decisions.md 33)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What a register says of one issuer."""

    register: Register
    match: str
    """The id of the issuer (matching.is_match)."""
    name: str
    ignoring: frozenset[str] = frozenset()
    siret: str = ""
    vouched_by: str = ""
    """Who says so, where that is not the register itself."""
    read_at: str = ""
    """The address where that can be read, "" where nowhere."""
    keys: frozenset[str] = frozenset()
    """The thumbprints of the only keys that count (RFC 7638); none where every key of the issuer's does."""
    scope: frozenset[str] = frozenset()
    """The frameworks in which its badges count; none for all of them."""
    asks_at: str = ""
    """Where one may ask it for a badge: an e-mail address or an https one."""
    since: datetime | None = None
    until: datetime | None = None
    retired_at: datetime | None = None
    why: Why = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """What a public list says of an organisation: not that its badges are good."""

    register: Register
    name: str
    siret: str = ""
    nda: str = ""
    """Its number as a training organisation."""
    marks: Sequence[str] = ()
    """What it is there, in the words of the list."""
    host: str = ""
    """The host of its site, by the list."""
    read_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Registers:
    """All registers that count, in one edition."""

    edition: int = 0
    """Another one whenever anything of them changed."""
    rows: Sequence[Row] = ()
    facts: Sequence[Fact] = ()
    _by_id: dict[str, list[Row]] = field(init=False, repr=False, compare=False)
    _by_place: dict[tuple[str, str] | None, list[Row]] = field(init=False, repr=False, compare=False)
    _names: "Names | None" = field(init=False, repr=False, compare=False)
    _by_host: dict[str, list[Fact]] = field(init=False, repr=False, compare=False)
    _by_siret: dict[str, list[Fact]] = field(init=False, repr=False, compare=False)
    _stops: dict[str, list[Row]] = field(init=False, repr=False, compare=False)
    _ends: Sequence[datetime] = field(init=False, repr=False, compare=False)
    _asked: Sequence[Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_id, by_place = defaultdict[str, list[Row]](list), defaultdict[tuple[str, str] | None, list[Row]](list)
        for row in sorted(self.rows, key=lambda one: (one.register.rank, one.register.key)):
            by_id[row.match].append(row)
            if row.ignoring:
                by_place[matching.place_of(row.match)].append(row)
        by_host, by_siret = defaultdict[str, list[Fact]](list), defaultdict[str, list[Fact]](list)
        for fact in self.facts:
            if fact.host:
                by_host[_site(fact.host)].append(fact)
            if fact.siret:
                by_siret[fact.siret].append(fact)
        stops = defaultdict[str, list[Row]](list)
        for row in self.rows:
            if row.why == "stop":
                stops[_site(openbadges.host_of(row.match))].append(row)
        for name, value in (
            ("_by_id", dict(by_id)),
            ("_by_place", dict(by_place)),
            ("_by_host", {host: some for host, some in by_host.items() if _are_of_one(some)}),
            ("_by_siret", dict(by_siret)),
            ("_stops", dict(stops)),
            ("_names", self._index_names()),
            ("_ends", sorted(set(_moments(self.rows)))),
            ("_asked", [row for row in self.rows if row.asks_at and row.register.kind == "operator"]),
        ):
            object.__setattr__(self, name, value)

    def _index_names(self) -> "Names | None":
        names = [(row.name, row.match) for row in self.rows if row.why == ""]
        if not names:
            return None
        from .names import Names  # noqa: PLC0415  # its tables are loaded where there is a name to compare with

        return Names(names, before=[(row.name, row.match) for row in self.rows if row.why == "ended"])

    def ends_after(self, now: datetime) -> datetime | None:
        """When the next row begins, ends or is believed no longer, after *now*: until then every answer stays as it is."""
        place = bisect_right(self._ends, now)
        return self._ends[place] if place < len(self._ends) else None

    def answer(self, issuer: answers.Issuer, now: datetime, *, with_siae: bool = True) -> answers.Answer:
        """Who vouches for *issuer* at *now*; *with_siae* also by a list that tells of a SIAE, which others see by the holder's
        choice alone."""
        rows = self._rows_of(issuer) if issuer.is_proven else []
        good = [row for row in rows if _doubt(row, issuer, now) == ""] if not _is_stopped(rows, now) else []
        vouching = next((row for row in good if row.register.kind in answers.VOUCHING), None)
        listing = next((row for row in good if row.register.kind not in answers.VOUCHING), None)
        said = vouching or listing
        by_site = not self._is_site_stopped(issuer, now)
        host, facts = issuer.host, self._facts_of(issuer, said, with_siae=with_siae, by_site=by_site)
        on_list = None if said else next((one for one in facts if one.host), None)
        standing = _standing(issuer, vouching is not None, listing is not None or on_list is not None)
        is_known = said or on_list
        struck = None if is_known else next((row for row in rows if _ended_at(row, now)), None)
        # Whoever is on a list by their site alone may still write the name of another on their badges.
        alike = None if said or not self._names else self._names.alike(issuer.name, *self._ids_of(issuer))
        return answers.Answer(
            standing=standing,
            by=_voice(said) if said else on_list.register.name if on_list else "",
            name=said.name if said else on_list.name if on_list else "",
            read_at=said.read_at if said else "",
            host=host if standing in ("site", "platform") else "",
            struck_at=_ended_at(struck, now) if struck else None,
            is_stale=not is_known and any(_is_stale(row, now) for row in rows),
            alike=alike[0] if alike else "",
            alike_id=alike[1] if alike else "",
            facts=tuple(
                answers.ToldFact(
                    list=fact.register.name, name=fact.name, nda=fact.nda, marks=fact.marks, read_on=fact.read_on
                )
                for fact in facts
            ),
        )

    def vouches(self, issuer: answers.Issuer, framework: str, registers: Collection[str], now: datetime) -> bool:
        """Whether one of the *registers*, by their keys, vouches for *issuer* at *now* so that its badges count in that
        *framework*. A public list vouches for nobody: being on it says nothing of a badge."""
        rows = self._rows_of(issuer)
        return not _is_stopped(rows, now) and any(
            row.register.key in registers
            and row.register.kind in answers.VOUCHING
            and _counts_in(row, framework)
            and _doubt(row, issuer, now) == ""
            for row in rows
        )

    def stops(self, issuer: answers.Issuer, now: datetime) -> bool:
        """Whether the operator of this wallet said that nothing of *issuer* counts, whoever else says that it does."""
        return _is_stopped(self._rows_of(issuer), now)

    def whom_to_ask(self, framework: str, now: datetime) -> list[Row]:
        """Those whom the operator of this wallet knows at *now*, and who may be asked for a badge of that *framework*; by name."""
        asked = [row for row in self._asked if _counts_in(row, framework) and _is_in_force(row, now)]
        return sorted(asked, key=lambda row: (row.name.casefold(), row.match))

    def issuers_of(self, row: Row) -> list[answers.Issuer]:
        """Whom *row* speaks of, as badges tell of them that are shown to be theirs: by each key that it or another register names,
        and by one that none does."""
        issuer = answers.Issuer(id=row.match, name=row.name, binding="proven")
        keys = row.keys or {"", *(key for one in self._rows_of(issuer) for key in one.keys)}
        return [replace(issuer, key=key) for key in keys]

    def is_of_asked(self, match: str, issuer: answers.Issuer, framework: str, now: datetime) -> bool:
        """Whether *issuer* is the one that was asked by the name *match*, and its badges count in that *framework* at *now*."""
        rows = self._rows_of(issuer)
        return not _is_stopped(rows, now) and any(
            row.match == match
            and row.register.kind == "operator"
            and _counts_in(row, framework)
            and not _doubt(row, issuer, now)
            for row in rows
        )

    def voices(self, issuer: answers.Issuer, now: datetime) -> list[answers.Voice]:
        """All that is said of *issuer*, with who says it: those that count first."""
        rows = self._rows_of(issuer)
        stopped: answers.Doubt = "stopped" if _is_stopped(rows, now) else ""
        told = [
            answers.Voice(
                standing="vouched" if row.register.kind in answers.VOUCHING else "listed",
                source=row.read_at or row.register.key,
                by=_voice(row),
                name=row.name,
                until=row.until,
                doubt=_doubt(row, issuer, now) or stopped,
            )
            for row in rows
        ]
        told += [
            answers.Voice(
                standing="listed",
                source=fact.register.key,
                by=fact.register.name,
                name=fact.name,
                doubt="stopped" if self._is_site_stopped(issuer, now) else "",
            )
            for fact in self._facts_of(issuer, None)
        ]
        alone = _standing(issuer, is_vouched=False, is_listed=False)
        # A forger names the host of another: it is told where it was shown.
        shown = (openbadges.platform_of(issuer.host) or issuer.host) if alone in ("site", "platform") else ""
        by_itself = answers.Voice(standing=alone, source="badge", by=shown)
        return [*sorted(told, key=lambda one: one.doubt != ""), by_itself]

    def _ids_of(self, issuer: answers.Issuer) -> Iterable[str]:
        """What registers call *issuer*, its own id where they do not know it: one award's is none that a row names."""
        return dict.fromkeys(row.match for row in self._rows_of(issuer)) or (issuer.id,)

    def _rows_of(self, issuer: answers.Issuer) -> list[Row]:
        exact = self._by_id.get(issuer.id, [])
        if not self._by_place:
            return exact
        near = self._by_place.get(matching.place_of(issuer.id), [])
        return exact + [
            row for row in near if row.match != issuer.id and matching.is_match(row.match, row.ignoring, issuer.id)
        ]

    def _is_site_stopped(self, issuer: answers.Issuer, now: datetime) -> bool:
        """Whether the operator stopped *issuer*, or another one on its site, which is all that a list knows of either."""
        return _is_stopped(self._stops.get(_site(issuer.host), ()), now)

    def _facts_of(
        self, issuer: answers.Issuer, said: Row | None, *, with_siae: bool = True, by_site: bool = True
    ) -> list[Fact]:
        """What public lists say: by the number that a register tells, or *by_site*, by that which the issuer was shown to have."""
        found = self._by_siret.get(said.siret, []) if said and said.siret else []
        # A platform's own host stands in no list for the organisations whose badges it keeps.
        if by_site and issuer.binding == "proven" and issuer.host and not issuer.is_on_platform:
            found = [*found, *self._by_host.get(_site(issuer.host), [])]
        return [one for one in dict.fromkeys(found) if with_siae or not one.register.tells_siae]


def _standing(issuer: answers.Issuer, is_vouched: bool, is_listed: bool) -> answers.Standing:
    if is_vouched:
        return "vouched"
    if is_listed:
        return "listed"
    if issuer.binding == "self-certified":
        return "key"
    if issuer.binding != "proven" or not issuer.host or openbadges.is_shared(f"https://{issuer.host}"):
        return "nobody"  # a host that strangers share confirms nobody (docs/decisions.md 31)
    return "platform" if issuer.is_on_platform else "site"


def _are_of_one(facts: Iterable[Fact]) -> bool:
    """Whether one organisation alone names that site, by its SIREN: what several name is nobody's (registers/facts.py)."""
    return len({fact.siret[:9] for fact in facts}) == 1


def _site(host: str) -> str:
    return host.removeprefix("www.")


def _is_stopped(rows: Iterable[Row], now: datetime) -> bool:
    """Whether the operator stopped the issuer of *rows*: whoever else vouches for it, and whatever list it is on."""
    return any(
        row.why == "stop" and row.register.kind == "operator" and row.retired_at is not None and row.retired_at <= now
        for row in rows
    )


def _doubt(row: Row, issuer: answers.Issuer, now: datetime) -> answers.Doubt:
    """Why what *row* says of *issuer* does not count at *now*; "" where it does."""
    # By our own clock: the day that a badge tells is its issuer's to choose.
    was_kept = row.retired_at and row.why == "ended" and issuer.kept_at and issuer.kept_at < row.retired_at
    doubts: tuple[tuple[answers.Doubt, object], ...] = (
        ("not-proven", not issuer.is_proven),
        ("other-key", row.keys and issuer.key not in row.keys),
        ("struck", row.retired_at and row.retired_at <= now and not was_kept),
        ("ended", row.until and row.until <= now),
        ("not-yet", row.since and now < row.since),
        ("stale", _is_stale(row, now)),
    )
    return next((doubt for doubt, is_so in doubts if is_so), "")


def _counts_in(row: Row, framework: str) -> bool:
    return not row.scope or framework in row.scope


def _is_in_force(row: Row, now: datetime) -> bool:
    """Whether *row* says at *now* that its issuer is known, whatever is shown of one badge."""
    is_over = any(one is not None and one <= now for one in (row.until, row.retired_at))
    return not is_over and not (row.since and now < row.since) and not _is_stale(row, now)


def _is_stale(row: Row, now: datetime) -> bool:
    return row.register.stale_after is not None and now >= row.register.stale_after


def _ended_at(row: Row, now: datetime) -> datetime | None:
    ends = [one for one in (row.until, row.retired_at) if one is not None and one <= now]
    return min(ends, default=None)


def _voice(row: Row) -> str:
    return row.vouched_by or row.register.name


def _moments(rows: Iterable[Row]) -> Iterable[datetime]:
    for row in rows:
        for one in (row.since, row.until, row.retired_at, row.register.stale_after):
            if one is not None:
                yield one


NO_REGISTERS = Registers()
"""Where nobody says anything of any issuer."""
