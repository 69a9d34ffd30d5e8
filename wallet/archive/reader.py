"""wallet.json of an archive, read as strictly as what a stranger tells: types and lengths as the columns need them.

What does not fit is left out and counted. Badges and moments are read one at a time, so that thousands of them are never
unfolded in memory together; a moment, and what an archive tells that was found of a badge, is read again when it is needed.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from .. import accounts, badges, endorsements, evidence, inspection, openbadges
from ..accounts import MOST_EVENTS, clean_line, clean_text
from ..messages import MOST_MESSAGES, ArchivedMessage
from ..shares import MOST_EDITIONS, MOST_SHARES, ArchivedEdition, ArchivedShare, DayOfViews
from . import endorsement_reader, evidence_reader, history_reader, zip_reader
from .format import CAME_LATER, FORMAT, MEMBER_NAME_LIMIT, MEMBERS, VERSION, WHAT_WAS_FOUND, read_row_of
from .row_fields import (
    moment,
    moment_text,
    none_if_faulty,
    or_none,
    read_list,
    read_row,
    read_text,
    read_what_fits,
    require,
    text,
)

SIGNS = 4_000_000
"""Commas, colons and brackets of what is unfolded at a time: one badge or moment, and all else. 5,000 badges that came back
once have more."""
OF_ROW = 50
"""As how many of them more a badge, a moment, or a name with its value counts that was read: of millions nobody reads the end."""
SHARES, ADDRESSES = MOST_SHARES, 20
"""How many of each are read; of badges, as many as anybody may keep."""
SHOWN, SHOWN_BEFORE = 100_000, 60_000
"""Badges in all shares together, 5,000 in twenty of them; and in what they showed before: of that a wallet keeps no more
(shares.editions, MOST_LETTERS)."""
MOST_OF_PHOTO = 40_000
"""Characters of the photo of the holder, in Base64."""
LABEL = 300
"""Characters of the name of a badge that was shown, or of its issuer."""
OPENINGS, OPENED = 10_000, 50_000
"""Days and kinds of device on which one share was opened, and all shares together: a page of its holder has no end."""
BADGE = {name: MEMBERS["badges"][name] for name in ("file_name", "link", "removed_at")}
HISTORY = {name: MEMBERS["badges"][name] for name in (*WHAT_WAS_FOUND, "state", "good_at", "checked_at")}
"""What is remembered of a badge, as far as it can be read."""
SKEW = timedelta(days=1)
"""How far ahead the clock of another wallet may be."""
WAS_SHOWN = {**dict.fromkeys(("name", "level", "issuer_name"), text(LABEL)), "issued_on": or_none(moment_text)}
"""What a badge was when it was shown."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedBadge:
    """A badge in an archive: which members hold it, and where wallet.json begins to tell of it."""

    file: str
    document: str
    file_name: str
    link: str
    is_removed: bool
    contexts: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    """Under which hash the vocabulary of its issuer lies in the archive, and when it was fetched, by its address."""
    at: int = 0


@dataclass(frozen=True, slots=True)
class ArchivedAddress:
    """An e-mail address that was given."""

    written: str
    plain: str
    """As addresses are compared."""
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ArchivedEvent:
    """Something that happened."""

    what: str
    at: datetime
    kind: str


@dataclass(kw_only=True, slots=True)
class WalletJson:
    """What wallet.json tells. The place of a badge counts, as shares name it; None is one that could not be read."""

    text: str
    made_at: datetime
    origin: str = ""
    name: str = ""
    language: str = ""
    sought: str = ""
    photo: bytes = b""
    """What an archive says that its holder looks like: a stranger's bytes."""
    badges: list[ArchivedBadge | None] = field(default_factory=list)
    shares: list[ArchivedShare] = field(default_factory=list)
    addresses: list[ArchivedAddress] = field(default_factory=list)
    events: list[ArchivedEvent] = field(default_factory=list)
    messages: list[ArchivedMessage] = field(default_factory=list)
    """Those that were not erased."""
    moments: list[int] = field(default_factory=list)
    """Where wallet.json begins to tell of each moment that was not removed and can be read."""
    moment_places: dict[int, int] = field(default_factory=dict)
    """The same by the place of the moment in the list, as words of others name it."""
    moments_told: int = 0
    """All that stand in the list."""
    said: list[endorsement_reader.ArchivedEndorsement] = field(default_factory=list)
    """Words of others that were not removed."""
    latest: datetime
    """After it nothing has happened as yet."""
    left_out: int = 0
    """Rows that could not be read."""

    @property
    def is_empty(self) -> bool:
        """Whether it tells of nothing that could come back."""
        return not (
            any(self.badges)
            or self.moments
            or self.shares
            or self.addresses
            or self.events
            or self.messages
            or self.said
            or self.sought
            or self.photo
        )

    def moment(self, at: int) -> evidence_reader.ArchivedMoment:
        """The moment of which wallet.json tells there, one of `moments`."""
        return evidence_reader.read_moment(openbadges.JsonReader(self.text, at).value(), self.latest)

    def history(self, badge: ArchivedBadge) -> dict[str, Any]:
        """What the archive tells that was found of *badge*: proof of nothing, fit to be kept; {} when it tells nothing."""
        history = read_what_fits(HISTORY, openbadges.JsonReader(self.text, badge.at).value(), self.latest)
        if history.keys().isdisjoint(WHAT_WAS_FOUND):
            return {}
        return history | {"made_at": self.made_at.isoformat(), "origin": self.origin}


def read_wallet_json(content: bytes, now: datetime) -> WalletJson:
    """What wallet.json tells; raises ArchiveRefused: damaged, bomb, not-ours, newer."""
    try:
        return _read(content.decode("utf-8-sig"), now)  # an editor on Windows puts its mark before it
    except (ValueError, RecursionError):
        is_large = sum(map(content.count, (b",", b":", b"[", b"{"))) > SIGNS  # nobody unfolds it to see what is wrong
        raise zip_reader.ArchiveRefused("bomb" if is_large else "damaged") from None


def _read(text: str, now: datetime) -> WalletJson:
    cursor, told, found = (
        openbadges.JsonReader(text, most=SIGNS),
        dict[str, Any](),
        WalletJson(text=text, made_at=now, latest=now + SKEW),
    )
    rows = {"badges": _add_badge, "evidence": _add_moment}
    for name in cursor.names():
        require(name not in told, "a name is told twice")
        told[name] = None
        if name in rows and cursor.comes("["):
            for row in cursor.items():
                rows[name](found, row, cursor.began)
                cursor.most -= OF_ROW
        else:
            told[name] = cursor.value()
            cursor.most -= cursor.signs + OF_ROW  # it stays, and what else is unfolded stands beside it
    require(cursor.ends(), "something stands behind it")
    _check_version(told)
    return _fill(found, told, now)


def _add_badge(found: WalletJson, told: Any, at: int) -> None:
    badge = none_if_faulty(_badge, told, at, found.latest) if len(found.badges) < badges.MOST_BADGES else None
    found.left_out += badge is None
    found.badges.append(badge)


def _add_moment(found: WalletJson, told: Any, at: int) -> None:
    """One that was removed is passed over, as a badge is, and one in which nothing is told."""
    place, found.moments_told = found.moments_told, found.moments_told + 1
    read = none_if_faulty(evidence_reader.read_moment, told, found.latest)
    if read is not None and (read.is_removed or read.is_empty):
        return
    if read is None or len(found.moments) >= evidence.MOST_MOMENTS:
        found.left_out += 1
    else:
        found.left_out += read.left_out
        found.moments.append(at)
        found.moment_places[place] = at


def _check_version(told: dict[str, Any]) -> None:
    version = told.get("version")
    is_ours = told.get("format") == FORMAT and type(version) is int and version >= VERSION
    zip_reader.ArchiveRefused.unless(is_ours, "not-ours")
    zip_reader.ArchiveRefused.unless(version == VERSION, "newer")


def _fill(found: WalletJson, told: dict[str, Any], now: datetime) -> WalletJson:
    """The rest of what is told, row by row."""
    holder = read_what_fits(MEMBERS["holders"], told.get("holder"), found.latest)
    found.name, found.language = holder.get("name", ""), holder.get("language", "")
    found.sought, photo = holder.get("sought", ""), none_if_faulty(_photo, told.get("holder"))
    found.photo, found.left_out = photo or b"", found.left_out + (photo is None)
    found.made_at = min(none_if_faulty(moment, told.get("made_at")) or now, now)
    found.origin = none_if_faulty(read_text, told.get("origin"), history_reader.LINK) or ""
    found.shares = _rows(found, told.get("shares"), SHARES, _share)
    found.addresses = _rows(found, told.get("addresses"), ADDRESSES, _address)
    found.events = _rows(
        found, told.get("events"), MOST_EVENTS, lambda row, latest: ArchivedEvent(**read_row_of("events", row, latest))
    )
    said = _rows(found, told.get("endorsements"), endorsements.MOST_ENDORSEMENTS, _endorsement)
    found.said = [one for (one,) in said if one]
    came = _rows(found, told.get("messages"), MOST_MESSAGES, _message)
    found.messages = [one for one, is_removed in came if not is_removed]
    found.left_out += told.get("evidence") is not None  # a list was read above: this is none
    shown = before = opened = 0
    for place, share in enumerate(found.shares):
        shown, before = shown + len(share.places), before + sum(len(one.told) for one in share.editions)
        opened += len(share.openings)
        if shown > SHOWN or before > SHOWN_BEFORE or opened > OPENED:
            found.left_out += len(found.shares) - place
            found.shares = found.shares[:place]
            break
    return found


def _rows(found: WalletJson, told: Any, most: int, read: Callable[[Any, datetime], T]) -> list[T]:
    rows = told if isinstance(told, list) else []
    fit = [row for row in (none_if_faulty(read, row, found.latest) for row in rows[:most]) if row is not None]
    found.left_out += len(rows) - len(fit) + (told is not None and not isinstance(told, list))
    return fit


def _badge(told: Any, at: int, latest: datetime) -> ArchivedBadge:
    row = read_row(BADGE, CAME_LATER["badges"] | told, latest)
    # null where the file was missing: nothing is called "", and the reading of the badge tells so.
    file, document = (read_text(told[name] or "", MEMBER_NAME_LIMIT) for name in ("file", "document"))
    return ArchivedBadge(
        file=file or document,
        document=document or file,
        file_name=inspection.file_label(row["file_name"])[: badges.FILE_NAME_LIMIT],
        link=row["link"],
        is_removed=row["removed_at"],
        contexts=none_if_faulty(history_reader.own_contexts, told.get("own_contexts"), latest) or {},
        at=at,
    )


def _share(told: Any, latest: datetime) -> ArchivedShare:
    row = read_row_of("shares", told, latest)
    places = list(told["badges"])
    require(all(place is None or type(place) is int for place in places), "not a place")
    return ArchivedShare(
        **row,
        places=tuple(places[: badges.MOST_BADGES]),
        told=_shown(told.get("told"), min(len(places), badges.MOST_BADGES), latest),
        openings=_openings(told.get("openings"), row["created_at"], latest),
        exhibits=evidence_reader.read_exhibits(told.get("exhibits"), len(places), latest),
        endorsements=endorsement_reader.read_shown(told.get("endorsements"), range(len(places)), latest),
        editions=tuple(_edition(one, latest) for one in read_list(told.get("editions"))[-MOST_EDITIONS:]),
    )


def _photo(holder: Any) -> bytes:
    """The photo of the holder, as it is told; b"" for none."""
    told = holder.get("photo") if isinstance(holder, dict) else None
    return b"" if told is None else b64decode(read_text(told, MOST_OF_PHOTO), validate=True)


def _edition(told: Any, latest: datetime) -> ArchivedEdition:
    """What a share showed before it was changed."""
    kinds = {
        member: MEMBERS["shares"][member] for member in ("name", "word", "shows_marks", "shows_siae", "hides_name")
    }
    shown = read_list(told["told"])
    return ArchivedEdition(
        **read_row_of("share_editions", told, latest),
        **read_row(kinds, told, latest),
        told=_shown(shown, min(len(shown), badges.MOST_BADGES), latest),
        exhibits=evidence_reader.read_exhibits(told["exhibits"], len(shown), latest),
        endorsements=endorsement_reader.read_shown(told.get("endorsements"), range(len(shown)), latest),
    )


def _shown(told: Any, count: int, latest: datetime) -> tuple[dict[str, Any] | None, ...]:
    """What the *count* badges of a share were when it was made; older archives do not tell."""
    rows = read_list(told)[:count]
    shown = (None if row is None else read_row(WAS_SHOWN, row, latest) for row in rows)
    return (*shown, *[None] * (count - len(rows)))


def _openings(told: Any, created_at: datetime, latest: datetime) -> tuple[DayOfViews, ...]:
    """How often a share was opened, each day and kind of device once; not before it was made, nor after today."""
    found: dict[tuple[date, str], int] = {}
    for row in read_list(told)[:OPENINGS]:
        day, kind, times = read_row_of("openings", row, latest).values()
        require(created_at.date() - SKEW <= day <= latest.date(), "a day on which it was not there")
        found[day, kind] = max(times, found.get((day, kind), 0))
    return tuple(DayOfViews(day, kind, times) for (day, kind), times in found.items())


def _message(told: Any, latest: datetime) -> tuple[ArchivedMessage, bool]:
    """A message, what it says cleaned as of one that comes in; and whether it was erased."""
    row = read_row_of("messages", told, latest)
    words = {name: clean_line(row[name]) for name in ("purpose", "sender", "reply_to")}
    # Some letters are two once they are cleaned: it must fit as it is kept.
    row = read_row_of("messages", told | words | {"text": clean_text(row["text"])}, latest)
    is_removed = row.pop("removed_at")
    return ArchivedMessage(**row), is_removed


def _endorsement(told: Any, latest: datetime) -> tuple[endorsement_reader.ArchivedEndorsement | None]:
    """A word of somebody else; in it nothing for one that was removed."""
    return (endorsement_reader.read_endorsement(told, latest),)


def _address(told: Any, latest: datetime) -> ArchivedAddress:
    row = read_row_of("addresses", told, latest)
    try:
        written, plain = accounts.spell(row["written"])
    except accounts.NoAddress:
        raise ValueError("not an address") from None
    return ArchivedAddress(written, plain, row["added_at"])
