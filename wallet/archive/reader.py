"""wallet.json of an archive, read as strictly as what a stranger tells: types and lengths as the columns need them.

What does not fit is left out and counted. Badges and moments are read one at a time, so that thousands of them are never
unfolded in memory together; a moment, and what an archive tells that was found of a badge, is read again when it is needed.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, get_args

from .. import accounts, evidence, storage
from ..accounts import DEVICE_KINDS
from ..badges import FILE_NAME_LIMIT, MOST_BADGES
from ..inspection import file_label
from ..pages import LANGUAGES
from ..shares import MOST_PAST, PURPOSE_LIMIT, WORD_LIMIT, ArchivedShare, DayOfViews, DeviceKind
from . import evidence_reader, values
from .evidence_reader import ArchivedMoment
from .strict_json import DECODER, JsonReader
from .zip_reader import FORMAT, NAME, ArchiveRefused

VERSION = 1
SIGNS = 4_000_000
"""Commas, colons and brackets: by them one knows how much it unfolds to."""
SHARES, ADDRESSES, MOST_EVENTS = MOST_PAST, 20, 2_000
"""How many of each are read; of badges, as many as anybody may keep."""
SHOWN = 20_000
"""Badges in all shares together."""
LABEL = 300
"""Characters of the name of a badge that was shown, or of its issuer."""
OPENINGS, OPENED, TIMES = 1_000, 50_000, 1_000_000
"""Days on which one share was opened, and all shares together; and how often on one of them."""
LINK = 2_000
FOUND = 256 * 1024
"""Characters of one thing that was found of a badge."""
SKEW = timedelta(days=1)
"""How far ahead the clock of another wallet may be."""
LARGEST = 2**53
"""Whole numbers beyond are not the same to everyone. Source: RFC 8259, 6."""
SEEN = 40
"""Answers of issuers that are read of one examination."""
OUTCOMES = frozenset({"passed", "failed", "unknown"})
PLACE = re.compile(r"[a-z0-9-]{1,40}(?:/[a-z0-9-]{1,40}){1,2}")
PLACES = 40
"""Where a badge may count (recognition.place), and at how many places."""
WORD = re.compile(r"[a-z-]{1,16}")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedBadge:
    """A badge in an archive: which members hold it, and where wallet.json begins to tell of it."""

    file: str
    document: str
    file_name: str
    link: str
    is_removed: bool
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
    badges: list[ArchivedBadge | None] = field(default_factory=list)
    shares: list[ArchivedShare] = field(default_factory=list)
    addresses: list[ArchivedAddress] = field(default_factory=list)
    events: list[ArchivedEvent] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    """Where wallet.json begins to tell of each moment that was not removed and can be read."""
    latest: datetime
    """After it nothing has happened as yet."""
    left_out: int = 0
    """Rows that could not be read."""

    @property
    def is_empty(self) -> bool:
        """Whether it tells of nothing that could come back."""
        return not (any(self.badges) or self.moments or self.shares or self.addresses or self.events)

    def moment(self, at: int) -> ArchivedMoment:
        """The moment of which wallet.json tells there, one of `moments`."""
        return evidence_reader.read_moment(DECODER.raw_decode(self.text, at)[0], self.latest)

    def history(self, badge: ArchivedBadge) -> dict[str, Any]:
        """What the archive tells that was found of *badge*: proof of nothing, fit to be kept; {} when it tells nothing."""
        told = DECODER.raw_decode(self.text, badge.at)[0]
        found = {name: values.none_if_faulty(read, told.get(name)) for name, read in WHAT_WAS_FOUND.items()}
        history: dict[str, Any] = {name: value for name, value in found.items() if value}
        if not history:
            return {}
        for name in ("good_at", "checked_at"):
            if moment := values.none_if_faulty(values.read_moment, told.get(name)):
                history[name] = moment.isoformat()
        if isinstance(state := told.get("state"), str) and WORD.fullmatch(state):
            history["state"] = state
        return history | {"made_at": self.made_at.isoformat(), "origin": self.origin}


def read_wallet_json(content: bytes, now: datetime) -> WalletJson:
    """What wallet.json tells; raises Refused: damaged, bomb, not-ours, newer."""
    try:
        text = content.decode()
        if sum(text.count(sign) for sign in ",:[{") > SIGNS:
            raise ArchiveRefused("bomb")
        return _read(text, now)
    except (ValueError, RecursionError):
        raise ArchiveRefused("damaged") from None


def _read(text: str, now: datetime) -> WalletJson:
    cursor, told, found = JsonReader(text), dict[str, Any](), WalletJson(text=text, made_at=now, latest=now + SKEW)
    for name in cursor.names():
        if name in told:
            raise ValueError("a name is told twice")
        told[name] = None
        if name == "badges" and cursor.comes("["):
            for one in cursor.items():
                _add_badge(found, one, cursor.began)
        elif name == "evidence" and cursor.comes("["):
            for one in cursor.items():
                _add_moment(found, one, cursor.began)
        else:
            told[name] = cursor.value()
    cursor.comes("")
    if cursor.at != len(text):
        raise ValueError("something stands behind it")
    _check_version(told)
    return _fill(found, told, now)


def _add_badge(found: WalletJson, told: Any, at: int) -> None:
    badge = values.none_if_faulty(lambda one: _badge(one, at), told) if len(found.badges) < MOST_BADGES else None
    found.left_out += badge is None
    found.badges.append(badge)


def _add_moment(found: WalletJson, told: Any, at: int) -> None:
    """One that was removed is passed over, as a badge is."""
    read = values.none_if_faulty(lambda one: evidence_reader.read_moment(one, found.latest), told)
    if read is None or len(found.moments) >= evidence.MOST_MOMENTS:
        found.left_out += 1
    elif not read.is_removed:
        found.left_out += read.left_out
        found.moments.append(at)


def _check_version(told: dict[str, Any]) -> None:
    version = told.get("version")
    if told.get("format") != FORMAT or type(version) is not int or version < VERSION:
        raise ArchiveRefused("not-ours")
    if version > VERSION:
        raise ArchiveRefused("newer")


def _fill(found: WalletJson, told: dict[str, Any], now: datetime) -> WalletJson:
    """The rest of what is told, row by row."""
    latest = found.latest
    holder = told.get("holder") if isinstance(told.get("holder"), dict) else {}
    assert isinstance(holder, dict)  # noqa: S101  # as was asked just now
    found.made_at = min(values.none_if_faulty(values.read_moment, told.get("made_at")) or now, now)
    found.origin = values.none_if_faulty(lambda one: values.read_text(one, LINK), told.get("origin")) or ""
    found.name = values.none_if_faulty(lambda one: values.read_text(one, accounts.NAME_LIMIT), holder.get("name")) or ""
    found.language = holder["language"] if holder.get("language") in LANGUAGES else ""
    found.shares = _rows(found, told.get("shares"), SHARES, lambda one: _share(one, latest))
    found.addresses = _rows(found, told.get("addresses"), ADDRESSES, lambda one: _address(one, latest))
    found.events = _rows(found, told.get("events"), MOST_EVENTS, lambda one: _event(one, latest))
    found.left_out += told.get("evidence") is not None  # a list was read above: this is none
    shown = opened = 0
    for place, share in enumerate(found.shares):
        shown, opened = shown + len(share.places), opened + len(share.openings)
        if shown > SHOWN or opened > OPENED:
            found.left_out += len(found.shares) - place
            found.shares = found.shares[:place]
            break
    return found


def _rows(found: WalletJson, told: Any, most: int, read: Callable[[Any], T]) -> list[T]:
    rows = told if isinstance(told, list) else []
    kept = [row for row in (values.none_if_faulty(read, one) for one in rows[:most]) if row is not None]
    found.left_out += len(rows) - len(kept) + (told is not None and not isinstance(told, list))
    return kept


def _badge(told: Any, at: int) -> ArchivedBadge:
    # null where the file was missing: nothing is called "", and the reading of the badge tells so.
    file, document = (values.read_text(told[name] or "", NAME) for name in ("file", "document"))
    return ArchivedBadge(
        file=file or document,
        document=document or file,
        file_name=file_label(values.read_text(told["file_name"], NAME))[:FILE_NAME_LIMIT],
        link=values.read_text(told["link"], LINK),
        is_removed=told.get("removed_at") is not None,
        at=at,
    )


def _share(told: Any, latest: datetime) -> ArchivedShare:
    created_at, stopped_at = values.read_moment(told["created_at"]), told["stopped_at"]
    if created_at > latest:
        raise ValueError("it was not made yet")
    places = [one for one in told["badges"] if one is None or type(one) is int]
    if len(places) < len(told["badges"]):
        raise TypeError("not a place")
    return ArchivedShare(
        name=values.read_text(told["name"], accounts.NAME_LIMIT),
        word=values.read_text(told["word"], WORD_LIMIT),
        created_at=created_at,
        ends_at=values.read_moment(told["ends_at"]),
        stopped_at=None if stopped_at is None else values.read_moment(stopped_at),
        places=tuple(places[:MOST_BADGES]),
        purpose=values.read_text(told.get("purpose", ""), PURPOSE_LIMIT),
        told=_shown(told.get("told"), min(len(places), MOST_BADGES)),
        openings=_openings(told.get("openings"), created_at, latest),
        exhibits=evidence_reader.read_exhibits(told.get("exhibits"), len(places)),
    )


def _shown(told: Any, count: int) -> tuple[dict[str, Any] | None, ...]:
    """What the *count* badges of a share were when it was made; older archives do not tell."""
    rows = values.read_list(told)[:count]
    return (*(None if one is None else _shown_badge(one) for one in rows), *[None] * (count - len(rows)))


def _shown_badge(told: Any) -> dict[str, Any]:
    words = {member: values.read_text(told[member], LABEL) for member in ("name", "level", "issuer_name")}
    issued_on = told["issued_on"]
    return words | {"issued_on": None if issued_on is None else values.read_moment(issued_on).isoformat()}


def _openings(told: Any, created_at: datetime, latest: datetime) -> tuple[DayOfViews, ...]:
    """How often a share was opened, each day and kind of device once; not before it was made, nor after today."""
    found: dict[tuple[date, str], int] = {}
    for one in values.read_list(told)[:OPENINGS]:
        day, kind, times = date.fromisoformat(one["day"]), one["kind"], one["times"]
        if kind not in get_args(DeviceKind) or type(times) is not int or not 0 < times <= TIMES:
            raise ValueError("not an opening")
        if not created_at.date() - SKEW <= day <= latest.date():
            raise ValueError("a day on which it was not there")
        found[day, kind] = max(times, found.get((day, kind), 0))
    return tuple(DayOfViews(day, kind, times) for (day, kind), times in found.items())


def _address(told: Any, latest: datetime) -> ArchivedAddress:
    added_at = values.read_moment(told["added_at"])
    if added_at > latest:
        raise ValueError("an address of tomorrow")
    try:
        written, plain = accounts.spell(values.read_text(told["written"], accounts.ADDRESS_LIMIT))
    except accounts.NoAddress:
        raise ValueError("not an address") from None
    return ArchivedAddress(written, plain, added_at)


def _event(told: Any, latest: datetime) -> ArchivedEvent:
    what, at, kind = told["what"], values.read_moment(told["at"]), told.get("kind", "")
    if what not in accounts.EVENT_WORDS or kind not in {"", *DEVICE_KINDS} or at > latest:
        raise ValueError("nothing that happens")
    return ArchivedEvent(what, at, kind)


def _examination(told: Any) -> dict[str, Any]:
    """What was found once, in the shape in which it is kept."""
    if not isinstance(told, dict) or len(json.dumps(told)) > FOUND:
        raise ValueError("not an examination that fits")
    clean: dict[str, Any] = _clean(told)
    checks = [one for one in clean["checks"] if isinstance(one, dict) and one.get("outcome") in OUTCOMES]
    seen = [values.none_if_faulty(_seen, one) for one in clean.get("seen", [])[:SEEN]]
    clean |= {
        "checks": [one for one in checks if isinstance(one.get("name"), str)],
        "seen": [one for one in seen if one],
    }
    clean.pop("is_history", None)
    return clean


def _seen(told: Any) -> dict[str, Any]:
    """An answer that was seen, as badges/issuer_responses.py writes it down."""
    address, status = values.read_text(told["address"], LINK), told["status"]
    named = {member: told[member] for member in ("file", "packed", "sha256") if member in told}
    numbers = [status, told.get("size", 0)]
    is_told = "file" in named or "sha256" in named
    if (
        not is_told
        or not all(map(storage.NAME.fullmatch, named.values()))
        or any(type(one) is not int for one in numbers)
    ):
        raise ValueError("not an answer")
    sized = {"size": max(0, told["size"])} if "size" in told else {}
    return {"address": address, "status": status, "at": values.read_moment(told["at"]).isoformat(), **sized, **named}


def _match(told: Any) -> dict[str, Any]:
    """The proof, as it was told, that a badge is named to somebody."""
    return {
        "address": values.read_text(told["address"], accounts.ADDRESS_LIMIT),
        "at": values.read_moment(told["at"]).isoformat(),
    }


def _counted(told: Any) -> dict[str, Any]:
    """Where a badge counted because its holder said so, and since when."""
    if not isinstance(told, dict) or len(told) > PLACES or not all(map(PLACE.fullmatch, told)):
        raise ValueError("nowhere")
    return {place: values.read_moment(at).isoformat() for place, at in told.items()}


WHAT_WAS_FOUND: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "examination": _examination,
    "good": _examination,
    "match": _match,
    "counted": _counted,
}


def _clean(told: Any) -> Any:
    """*told* as both databases keep it: what no JSON of theirs can hold is left out."""
    if isinstance(told, dict):
        return {_without_nul(name): _clean(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_clean(value) for value in told]
    if isinstance(told, str):
        return _without_nul(told)
    if isinstance(told, float):
        return told if math.isfinite(told) else None
    return told if not isinstance(told, int) or abs(told) <= LARGEST else None


def _without_nul(text: str) -> str:
    return text.encode(errors="ignore").decode().replace("\0", "")
