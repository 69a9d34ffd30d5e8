"""« Tout récupérer »: what an archive of a wallet holds, and how it is written. Format 1; archive/export.py makes it.

    LISEZMOI.txt    what this is, in French and English
    index.html      the badges and the shares, to be read without us
    wallet.json     all of it, for programs: rows by the names of their columns
    schema.json     what wallet.json may hold (JSON Schema 2020-12); also public at its instance
    badges/         the file of each badge, byte for byte as it came
    moments/        the photos, recordings and files of what the holder told, by the moment that they go with
    files/          every other file that wallet.json names, under its SHA-256
    SHA256SUMS      the checksums of all others, as `sha256sum -c` reads them

Rule 1: every column of every table that belongs to a holder is in TOLD or ELSEWHERE, or in LEFT_OUT with the reason.
A test reads the tables and fails for one that is in none of them.
Rule 2: whoever came back without a key lately is not yet known to be the holder: until that is over, what the holder
wrote (WRITTEN) is left out, and the archive says until when. What they told of themselves is left out as a whole.
Rule 3: a member that comes later is optional, and the format stays 1: our readers pass over what they do not know, and
whoever is strict finds the schema of the very archive beside it. `purpose`, `told` and `openings` of a share came later,
`counted` of a badge, and `evidence`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts
from ..accounts import EmailAddress, Event, Holder, Passkey
from ..badges import KeptBadge, response_files
from ..evidence import Evidence
from ..shares import DayOfViews, Share, list_views, snapshots_as_json
from ..storage import Base

FORMAT, VERSION = "mes-badges", 1
README, PAGE, WALLET, SCHEMA, SUMS = "LISEZMOI.txt", "index.html", "wallet.json", "schema.json", "SHA256SUMS"
BADGES, MOMENTS, FILES = "badges/", "moments/", "files/"
OPENS = "It opens this instance, and no other."
SIZES = "It counts how much room is left on this instance."
NUMBER = "The number of a row means nothing elsewhere."
WHOSE = "All that is in an archive is one holder's."
BY_A_RETURN = "It guards this instance while somebody comes back."
OF_A_KEY = "It is the authenticator's word about a key that opens this instance only."
SIGNED_IN = "It says where somebody is signed in now; what happened there is told in the events."
COMING_BACK = "It guards this instance for days; that somebody came back is told in the events."
SOON_OVER = "It lasts minutes or hours, and is of no use afterwards."
ON_ITS_WAY = "A letter on its way; it is gone when it is sent."
OF_THE_SHARE = "It is told by the share in which it stands."
OF_OTHERS = "It is the word of somebody else, for the operator, about what was shown."
OF_A_CODE = "It opens a page of this instance, and is over with its share."
OF_THE_MOMENT = "It is told by the moment in which it stands."
CAME_ONCE = "It keeps this instance from taking in a draft twice; what the draft said is told by its moment."
MADE_AGAIN = "It is made again from the photo itself."

WHERE: Mapping[str, str] = {
    "holders": "holder",
    "badges": "badges[]",
    "shares": "shares[]",
    "addresses": "addresses[]",
    "passkeys": "keys[]",
    "papers": "paper",
    "events": "events[]",
    "openings": "shares[].openings[]",
    "evidence": "evidence[]",
    "answers": "evidence[].answers[]",
    "attachments": "evidence[].attachments[]",
}
"""Where in wallet.json the rows of a table are."""
TOLD: Mapping[str, Sequence[str]] = {
    "holders": ("name", "language", "created_at", "kept_at"),
    "badges": (
        *("identity", "file_name", "link", "container", "plate", "read", "state", "examination", "checked_at"),
        *("silent_since", "good", "good_at", "match", "history", "counted", "added_at", "removed_at"),
    ),
    "shares": ("name", "word", "purpose", "created_at", "ends_at", "stopped_at", "is_history"),
    "openings": ("day", "kind", "times"),
    "addresses": ("written", "added_at", "verified_at"),
    "passkeys": ("name", "kind", "backed_up", "created_at", "used_at"),
    "papers": ("made_at",),
    "events": ("what", "at", "kind", "is_history"),
    "evidence": ("key", "begun_at", "told_at", "removed_at"),
    "answers": ("question", "text", "key", "made_at"),
    "attachments": (
        *("key", "kind", "name", "address", "media_type", "width", "height", "seconds", "added_at", "removed_at"),
    ),
}
"""The columns that stand there by their own names."""
ELSEWHERE: Mapping[str, str] = {
    "badges.document": "badges[].document",
    "badges.came_in": "badges[].file",
    "badges.picture": "badges[].picture",
    "shown_badges.badge_id": "shares[].badges[]",
    "shown_badges.place": "shares[].badges[]",
    "shown_badges.told": "shares[].told[]",
    "exhibits.place": "shares[].exhibits[].place",
    "exhibits.told": "shares[].exhibits[]",
    "evidenced_badges.badge_id": "evidence[].badges[]",
    "attachments.file": "evidence[].attachments[].file",
}
"""The columns that are told in another way: files by their path, badges by their place in the list."""
LEFT_OUT: Mapping[str, str] = {
    "holders.id": NUMBER,
    "holders.handle": OPENS,
    "holders.leaves_at": "It is of a visitor without a key, who has no archive.",
    "holders.waits_for_id": "What waits for their word is not theirs yet; it is told on the page of their badges.",
    "holders.erase_at": "What waits on this instance waits on no other.",
    "badges.id": NUMBER,
    "badges.holder_id": WHOSE,
    "badges.due_at": "It is when this instance looks again.",
    "badges.unasked": "What an archive brings back is brought by hand: they want it.",
    **dict.fromkeys((f"badge_sizes.{name}" for name in ("badge_id", "files", "came_in", "answers")), SIZES),
    **dict.fromkeys((f"holder_sizes.{name}" for name in ("holder_id", "moments", "badges")), SIZES),
    **dict.fromkeys((f"moment_sizes.{name}" for name in ("evidence_id", "texts", "answers")), SIZES),
    "badges.edition": "It says of a page kept here whether it is still right.",
    "shares.id": NUMBER,
    "shares.holder_id": WHOSE,
    "shares.token_hash": OPENS,
    "shares.token_sealed": "The link would open the page for whoever finds the archive.",
    "shares.made_in_id": BY_A_RETURN,
    "shares.stopped_in_id": BY_A_RETURN,
    "shown_badges.id": NUMBER,
    "shown_badges.share_id": OF_THE_SHARE,
    "openings.id": NUMBER,
    "openings.share_id": OF_THE_SHARE,
    "evidence.id": NUMBER,
    "evidence.holder_id": WHOSE,
    "evidence.edition": "It says of a page kept here whether it is still right.",
    "exhibits.id": NUMBER,
    "exhibits.share_id": OF_THE_SHARE,
    "exhibits.evidence_id": "The moment goes on and changes; what was shown of it is told as it was.",
    "answers.id": NUMBER,
    "attachments.id": NUMBER,
    **dict.fromkeys(("answers.evidence_id", "evidenced_badges.evidence_id", "attachments.evidence_id"), OF_THE_MOMENT),
    "attachments.preview": MADE_AGAIN,
    "attachments.size": "It counts here, with the small picture that is made again, how much room is left.",
    "passcodes.share_id": OF_THE_SHARE,
    "passcodes.code_hash": OPENS,
    "passcodes.code_sealed": OPENS,
    **dict.fromkeys(("passcodes.tries", "passcodes.lately", "passcodes.since"), OF_A_CODE),
    **dict.fromkeys(("reports.id", "reports.share_id", "reports.reason"), OF_OTHERS),
    **dict.fromkeys(("reports.words", "reports.made_at", "reports.closed_at"), OF_OTHERS),
    **dict.fromkeys(("sendings.id", "sendings.holder_id", "sendings.key", "sendings.evidence_id"), CAME_ONCE),
    **dict.fromkeys(("sendings.refused", "sendings.wants_sentence", "sendings.sent_at"), CAME_ONCE),
    "addresses.id": NUMBER,
    "addresses.holder_id": WHOSE,
    "addresses.plain": "It is worked out again from what was written.",
    "passkeys.id": NUMBER,
    "passkeys.holder_id": WHOSE,
    "passkeys.credential_id": OPENS,
    "passkeys.public_key": OPENS,
    "passkeys.sign_count": OF_A_KEY,
    "passkeys.backup_eligible": OF_A_KEY,
    "passkeys.transports": OF_A_KEY,
    "passkeys.aaguid": OF_A_KEY,
    "passkeys.attachment": OF_A_KEY,
    "passkeys.return_id": BY_A_RETURN,
    "papers.id": NUMBER,
    "papers.holder_id": WHOSE,
    "papers.code_hash": OPENS,
    "papers.used_at": BY_A_RETURN,
    "papers.return_id": BY_A_RETURN,
    "events.id": NUMBER,
    "events.holder_id": WHOSE,
    **dict.fromkeys(
        ("devices.id", "devices.holder_id", "devices.token_hash", "devices.created_at", "devices.seen_at"), SIGNED_IN
    ),
    **dict.fromkeys(("devices.shown_at", "devices.kind", "devices.is_shared", "devices.return_id"), SIGNED_IN),
    **dict.fromkeys(
        ("returns.id", "returns.holder_id", "returns.after_id", "returns.way", "returns.kind"), COMING_BACK
    ),
    **dict.fromkeys(("returns.began_at", "returns.opens_at", "returns.entered_at"), COMING_BACK),
    **dict.fromkeys(("returns.ends_at", "returns.stopped_at", "returns.paper_made_at"), COMING_BACK),
    "returns.code_hash": OPENS,
    **dict.fromkeys(
        (
            "challenges.hash",
            "challenges.purpose",
            "challenges.holder_id",
            "challenges.expires_at",
            "challenges.browser",
        ),
        SOON_OVER,
    ),
    **dict.fromkeys(("mailed_codes.id", "mailed_codes.purpose", "mailed_codes.plain"), SOON_OVER),
    **dict.fromkeys(("mailed_codes.holder_id", "mailed_codes.code_hash", "mailed_codes.tries"), SOON_OVER),
    **dict.fromkeys(("mailed_codes.ends_at", "mailed_codes.sealed", "mailed_codes.letters_at"), SOON_OVER),
    **dict.fromkeys(("mailed_code_tries.code_id", "mailed_code_tries.browser", "mailed_code_tries.tries"), SOON_OVER),
    **dict.fromkeys(("mailed_code_tries.network", "mailed_code_tries.promised"), SOON_OVER),
    **dict.fromkeys(("letters.id", "letters.holder_id", "letters.address", "letters.kind"), ON_ITS_WAY),
    **dict.fromkeys(("letters.language", "letters.sealed", "letters.made_at", "letters.due_at"), ON_ITS_WAY),
    **dict.fromkeys(("letters.ends_at", "letters.tries"), ON_ITS_WAY),
    **dict.fromkeys(("handovers.id", "handovers.holder_id", "handovers.token_hash", "handovers.brought"), SOON_OVER),
    **dict.fromkeys(("handovers.link", "handovers.excerpt", "handovers.size", "handovers.came_at"), SOON_OVER),
}
"""The columns that are in no archive, each with the reason."""
WRITTEN: Mapping[str, Mapping[str, Any]] = {
    "holders": {"name": ""},
    "badges": {"match": None},
    "shares": {"name": "", "word": "", "purpose": ""},
    "passkeys": {"name": ""},
}
"""What the holder wrote, and what stands there while it is left out; their addresses and moments are left out altogether."""


@dataclass(frozen=True, slots=True)
class BadgePaths:
    """Where in the archive the files of a badge are; None where there is none, or it is missing or damaged."""

    file: str | None
    document: str | None
    picture: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedWallet:
    """What a wallet holds besides its badges, in plain JSON; the badges of a share still by their ids."""

    left_out_until: datetime | None
    holder: dict[str, Any]
    shares: Sequence[tuple[Share, dict[str, Any]]]
    openings: Mapping[int, Sequence[DayOfViews]]
    """By the ids of the shares."""
    exhibits: Mapping[int, Sequence[dict[str, Any]]]
    """The moments that they showed, by the ids of the shares."""
    addresses: Sequence[dict[str, Any]]
    keys: Sequence[dict[str, Any]]
    events: Sequence[dict[str, Any]]
    paper: dict[str, Any] | None
    badge_ids: Sequence[int]
    """The badges in their order, the one that was added first at the beginning."""
    moment_ids: Sequence[int]
    """The moments that they told, the one that was begun first at the beginning (archive/export_evidence.py)."""

    @property
    def has_words(self) -> bool:
        """Whether what the holder wrote is in it."""
        return self.left_out_until is None

    def tail(self, places: Mapping[int, int], missing: Sequence[str]) -> dict[str, Any]:
        """What stands behind the badges; *places* has the place of each of them in the list."""
        return {
            "shares": [
                told
                | {"badges": [places.get(shown.badge_id or 0) for shown in share.shown]}
                | {"told": [shown.told for shown in share.shown]}
                | {"openings": [_opened(one) for one in self.openings[share.id]]}
                | {"exhibits": self.exhibits[share.id] if self.has_words else []}
                for share, told in self.shares
            ],
            "addresses": self.addresses,
            "keys": self.keys,
            "events": self.events,
            "paper": self.paper,
            "missing": sorted(missing),
        }


def read_wallet(session: Session, holder_id: int, now: datetime) -> ExportedWallet:
    """What the holder has besides the badges themselves."""
    until = accounts.pending_until(session, holder_id, now)
    has_words = until is None
    paper = accounts.get_recovery_code(session, holder_id)

    def rows(table: type[Any]) -> list[Any]:
        return list(session.scalars(select(table).where(table.holder_id == holder_id).order_by(table.id)))

    shares = rows(Share)
    return ExportedWallet(
        left_out_until=until,
        holder=row_as_json(session.get_one(Holder, holder_id), has_words=has_words),
        shares=[(share, row_as_json(share, has_words=has_words)) for share in shares],
        openings=list_views(session, [share.id for share in shares]),
        exhibits=snapshots_as_json(session, [share.id for share in shares]),
        addresses=[row_as_json(address, has_words=has_words) for address in rows(EmailAddress)] if has_words else [],
        keys=[row_as_json(key, has_words=has_words) for key in rows(Passkey)],
        events=[row_as_json(event, has_words=has_words) for event in rows(Event)],
        paper=row_as_json(paper, has_words=has_words) if paper else None,
        badge_ids=list(
            session.scalars(select(KeptBadge.id).where(KeptBadge.holder_id == holder_id).order_by(KeptBadge.id))
        ),
        moment_ids=list(
            session.scalars(select(Evidence.id).where(Evidence.holder_id == holder_id).order_by(Evidence.id))
        )
        if has_words
        else [],
    )


def badges_with_ids(session: Session, holder_id: int, ids: Sequence[int]) -> list[KeptBadge]:
    """The holder's badges of these ids in their order, without those that are gone meanwhile."""
    there = select(KeptBadge).where(KeptBadge.holder_id == holder_id, KeptBadge.id.in_(ids))
    return list(session.scalars(there.order_by(KeptBadge.id)))


def badge_as_json(kept: KeptBadge, paths: BadgePaths, *, has_words: bool) -> dict[str, Any]:
    """A badge in plain JSON; what was good, and the match, are those of an earlier archive where it has none of its own."""
    told = row_as_json(kept, has_words=has_words) | {"read": _without_pictures(kept.read)}
    before = {member: value for member, value in (kept.history or {}).items() if has_words or member != "match"}
    told["history"] = before or None
    if kept.good is None and before.get("good"):
        told |= {"good": before["good"] | {"is_history": True}, "good_at": before.get("good_at")}
    if has_words and kept.match is None and before.get("match"):
        told["match"] = before["match"] | {"is_history": True}
    return {"file": paths.file, "document": paths.document, "picture": paths.picture, **told}


def kept_response_files(kept: KeptBadge) -> list[str]:
    """The answers of issuers that are kept with a badge: the names of their files."""
    before = kept.history or {}
    found = (kept.examination, kept.good, before.get("examination"), before.get("good"))
    return sorted(response_files(seen for one in found if one for seen in one.get("seen", ())))


def head(told: ExportedWallet, made_at: datetime, origin: str, schema_address: str) -> dict[str, Any]:
    """What stands before the badges."""
    return {
        "$schema": SCHEMA,
        "schema_at": schema_address,
        "format": FORMAT,
        "version": VERSION,
        "made_at": made_at.isoformat(),
        "origin": origin,
        "left_out_until": _plain(told.left_out_until),
        "holder": told.holder,
    }


def archive_schema() -> str:
    """The JSON Schema of wallet.json."""
    return (Path(__file__).parent / f"wallet-{VERSION}.json").read_text(encoding="utf-8")


def to_json(value: Any, indent: int | None = None) -> str:
    """*value* as JSON, its letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _without_pictures(read: Any) -> Any:
    """What was read, without the pictures that the document carries in data: addresses: of those the kind is told."""
    if isinstance(read, dict):
        return {member: _without_pictures(value) for member, value in read.items()}
    if isinstance(read, list):
        return [_without_pictures(value) for value in read]
    is_picture = isinstance(read, str) and read.startswith("data:image/")
    return read.partition(",")[0] + "," if is_picture else read


def row_as_json(of: Base, *, has_words: bool = True) -> dict[str, Any]:
    """The columns of a row that stand by their own names, in plain JSON."""
    table = of.__tablename__
    told = {column: _plain(getattr(of, column)) for column in TOLD[table]}
    return told if has_words else {**told, **WRITTEN.get(table, {})}


def _opened(one: DayOfViews) -> dict[str, Any]:
    return {column: _plain(getattr(one, column)) for column in TOLD["openings"]}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
