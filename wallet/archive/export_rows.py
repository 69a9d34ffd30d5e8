"""The rows of a holder as an archive tells them: gathered, and made plain JSON (archive/format.py says what is in it)."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, evidence, issuance, messages, storage
from ..badges import BoundKey, KeptBadge, context_files, response_files
from ..endorsements import Endorsement
from ..shares import (
    DayOfViews,
    Share,
    ShareEdition,
    ShownEndorsement,
    editions_of,
    endorsements_for_owner,
    list_views,
    moment_for_archive,
    snapshots_as_json,
)
from .format import FORMAT, MEMBERS, SCHEMA, VERSION, WRITTEN


@dataclass(frozen=True, slots=True)
class BadgePaths:
    """Where in the archive the files of a badge are; None where there is none, or it is missing or damaged."""

    file: str | None
    document: str | None
    picture: str | None


@dataclass(frozen=True, slots=True)
class EndorsementPaths:
    """Where in the archive the files of a word are; None where there is none, or it is missing or damaged."""

    document: str | None
    recording: str | None


@dataclass(frozen=True, slots=True)
class EndorsementForReading:
    """A word as the page in the archive shows it."""

    said: Endorsement
    paths: EndorsementPaths


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedWallet:
    """What a wallet holds besides its badges, in plain JSON; the badges of a share still by their ids."""

    left_out_until: datetime | None
    holder: dict[str, Any]
    shares: Sequence[tuple[Share, dict[str, Any]]]
    openings: Mapping[int, Sequence[DayOfViews]]
    editions: Mapping[int, Sequence[ShareEdition]]
    """By the ids of the shares; of these what they showed before, the oldest first."""
    replies: Sequence[messages.Message]
    """What was answered to the shares, the one that came first at the beginning."""
    platforms: Sequence[issuance.platforms.PlatformLink]
    """Those that may send badges, then those that were stopped."""
    rest: Mapping[str, Any]
    """Addresses, keys, platforms, messages, what happened, and the recovery code."""
    badge_ids: Sequence[int]
    """The badges in their order, the one that was added first at the beginning."""
    moment_ids: Sequence[int]
    """The moments that they told, the one that was begun first at the beginning (archive/export_evidence.py)."""
    said: Sequence[Endorsement]
    """What others say of them."""

    @property
    def has_words(self) -> bool:
        """Whether what the holder wrote is in it."""
        return self.left_out_until is None

    def tail(
        self, places: Mapping[int, int], said: Sequence[Mapping[str, Any]], missing: Sequence[str]
    ) -> dict[str, Any]:
        """What stands behind the badges; *places* has the place of each of them in the list, *said* are the words of others."""

        def placed(told: dict[str, Any]) -> dict[str, Any]:
            return told | {"badges": [places.get(id or 0) for id in told["badges"]]}

        shares = [placed(told) | {"editions": [placed(one) for one in told["editions"]]} for _, told in self.shares]
        return {"endorsements": said, "shares": shares, **self.rest, "missing": sorted(missing)}


def read_wallet(session: Session, holder_id: int, now: datetime) -> ExportedWallet:
    """What the holder has besides the badges themselves. Raises Missing for who erased all meanwhile."""
    until = accounts.pending_until(session, holder_id, now)
    has_words = until is None
    paper = accounts.get_recovery_code(session, holder_id)
    as_json = partial(row_as_json, has_words=has_words)

    def rows(table: type[Any]) -> list[Any]:
        return list(session.scalars(select(table).where(table.holder_id == holder_id).order_by(table.id)))

    def ids(table: type[KeptBadge | evidence.Evidence]) -> list[int]:
        return list(session.scalars(select(table.id).where(table.holder_id == holder_id).order_by(table.id)))

    shares, replies = rows(Share), rows(messages.Message) if has_words else []
    share_ids = [share.id for share in shares]
    platforms = issuance.platforms.list_links(session, holder_id)
    openings, exhibits = list_views(session, share_ids), snapshots_as_json(session, share_ids)
    before = editions_of(session, share_ids)
    said = endorsements_of(session, holder_id, now) if has_words else []
    words, shown_words = [one.id for one in said], endorsements_for_owner(session, share_ids)
    return ExportedWallet(
        left_out_until=until,
        holder=as_json(storage.require(session.get(accounts.Holder, holder_id)))
        | {"photo": _photo_as_json(session, holder_id) if has_words else None},
        shares=[
            (
                share,
                as_json(share)
                | {"badges": [shown.badge_id for shown in share.shown], "told": [shown.told for shown in share.shown]}
                | {"openings": [row_as_json(day, "openings") for day in openings[share.id]]}
                | {
                    "exhibits": _by_position(exhibits[share.id], [one.place for one in share.shown])
                    if has_words
                    else []
                }
                | {"editions": [_edition_as_json(one, words, has_words=has_words) for one in before[share.id]]}
                | {
                    "endorsements": [
                        shown_as_json(one, words, [shown.place for shown in share.shown])
                        for one in shown_words[share.id]
                    ]
                    if has_words
                    else []
                },
            )
            for share in shares
        ],
        openings=openings,
        editions=before,
        replies=replies,
        platforms=platforms,
        rest={
            "addresses": [as_json(address) for address in rows(accounts.EmailAddress)] if has_words else [],
            "messages": [as_json(message) for message in replies],
            "keys": [as_json(key) for key in rows(accounts.Passkey)],
            "platforms": [as_json(link) for link in platforms],
            "events": [as_json(event) for event in rows(accounts.Event)],
            "paper": as_json(paper) if paper else None,
        },
        badge_ids=ids(KeptBadge),
        moment_ids=ids(evidence.Evidence) if has_words else [],
        said=said,
    )


def endorsements_of(session: Session, holder_id: int, now: datetime) -> list[Endorsement]:
    """The words that the holder has at *now*, the one that came first at the beginning."""
    theirs = (Endorsement.holder_id == holder_id, Endorsement.arrives_at <= now, Endorsement.withdrawn_at.is_(None))
    return list(session.scalars(select(Endorsement).where(*theirs).order_by(Endorsement.id)))


def where_it_belongs(
    said: Endorsement, paths: EndorsementPaths, moments: Mapping[int, int], badges: Mapping[int, int]
) -> dict[str, Any]:
    """The files of a word, and what it is about, in plain JSON; *moments* and *badges* have the place of each in its list, by
    their ids."""
    return {
        "document": paths.document,
        "recording": paths.recording,
        "moment": moments.get(said.evidence_id or 0),
        "badge": badges.get(said.badge_id or 0),
    }


def shown_as_json(shown: ShownEndorsement, words: Sequence[int], places: Sequence[int]) -> dict[str, Any]:
    """A word in a share; *words* are the ids of the words of the archive, *places* those of the badges of the share, each in the
    order in which the archive tells them."""
    return {
        "endorsement": words.index(shown.endorsement_id) if shown.endorsement_id in words else None,
        "place": places.index(shown.place) if shown.place in places else None,
        "mark": shown.mark,
        "told": shown.told,
    }


def _photo_as_json(session: Session, holder_id: int) -> str | None:
    """The photo of the holder in Base64; None for none."""
    photo = accounts.get_photo(session, holder_id)
    return b64encode(photo.content).decode() if photo else None


def _by_position(moments: Sequence[dict[str, Any]], places: Sequence[int]) -> list[dict[str, Any]]:
    """*moments*, each with where its badge stands among the badges of the share, which an archive tells without their places."""
    at = {place: position for position, place in enumerate(places)}
    return [one | {"place": at[one["place"]]} for one in moments if one["place"] in at]


def _edition_as_json(one: ShareEdition, words: Sequence[int], *, has_words: bool) -> dict[str, Any]:
    """What a share showed before; its badges still by their ids. *words* as of `shown_as_json`."""
    told = one.told
    places = [badge["place"] for badge in told["badges"]]
    said = [ShownEndorsement(**word) for word in told.get("endorsements", ())]
    moments = [moment_for_archive(moment["place"], moment["told"]) for moment in told["moments"]]
    written = {"name": told["name"], "word": told["word"]} if has_words else {"name": "", "word": ""}
    return (
        row_as_json(one)
        | written
        | {member: told[member] for member in ("shows_marks", "shows_siae", "hides_name")}
        | {
            "badges": [badge["badge_id"] for badge in told["badges"]],
            "told": [badge["told"] for badge in told["badges"]],
        }
        | {"exhibits": _by_position(moments, places) if has_words else []}
        | {"endorsements": [shown_as_json(word, words, places) for word in said] if has_words else []}
    )


def badges_with_ids(session: Session, holder_id: int, ids: Sequence[int]) -> list[KeptBadge]:
    """The holder's badges of these ids in their order, without those that are gone meanwhile."""
    there = select(KeptBadge).where(KeptBadge.holder_id == holder_id, KeptBadge.id.in_(ids)).order_by(KeptBadge.id)
    return list(session.scalars(there))


def bound_to(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """By the id of each of these badges that has one, the public half of the key to which it is bound."""
    bound = select(BoundKey.badge_id, BoundKey.did).where(BoundKey.badge_id.in_(ids))
    return {one.badge_id: one.did for one in session.execute(bound)}


def badge_as_json(kept: KeptBadge, paths: BadgePaths, did: str | None, *, has_words: bool) -> dict[str, Any]:
    """A badge in plain JSON, bound to the key *did*, or to none; what was good, and the match, are those of an earlier archive
    where it has none of its own."""
    told = row_as_json(kept, has_words=has_words) | {"read": _without_pictures(kept.read)}
    before = {member: value for member, value in (kept.history or {}).items() if has_words or member != "match"}
    told["history"] = before or None
    if kept.good is None and before.get("good"):
        told |= {"good": before["good"] | {"is_history": True}, "good_at": before.get("good_at")}
    if has_words and kept.match is None and before.get("match"):
        told["match"] = before["match"] | {"is_history": True}
    return {"file": paths.file, "document": paths.document, "picture": paths.picture, "bound_to": did, **told}


def kept_response_files(kept: KeptBadge) -> list[str]:
    """The answers of issuers that are kept with a badge, and their own vocabulary: the names of their files."""
    before = kept.history or {}
    found = (kept.examination, kept.good, before.get("examination"), before.get("good"))
    answers = response_files(seen for one in found if one for seen in one.get("seen", ()))
    return sorted(answers | context_files(kept.own_contexts))


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


def to_json(value: Any, indent: int | None = None) -> str:
    """*value* as JSON, its letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _without_pictures(read: Any) -> Any:
    """What was read, without the pictures that the document carries in data: addresses: of those the kind is told."""
    match read:
        case dict():
            return {member: _without_pictures(value) for member, value in read.items()}
        case list():
            return [_without_pictures(value) for value in read]
        case str() if read.startswith("data:image/"):
            return read.partition(",")[0] + ","
    return read


def row_as_json(row: Any, table: str = "", *, has_words: bool = True) -> dict[str, Any]:
    """The columns of a row that stand by their own names, in plain JSON."""
    table = table or row.__tablename__
    told = {column: _plain(getattr(row, column)) for column in MEMBERS[table]}
    return told if has_words else {**told, **WRITTEN.get(table, {})}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
