"""What a holder shows, to whom, until when.

A share is a list of badges, chosen when it was made; of each one an allow-list is shown and nothing else of the
holder can be reached from it (security.md, G10). All is asked at every opening: whether the share was stopped, whether
it ended, and what was read and found of each badge. The two are never taken apart: an older text beside a newer
state would pass a forged text off as verified. A closed share is a WHERE, not an if.

The token is 128 random bits. Its hash finds the share; the token itself is sealed, for the owner's code page
(decisions.md, 9).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from . import crockford
from .badges import DAILY, JITTER, KeptBadge, due_after
from .cards import Card, card
from .database import Base, Missing, Moment
from .holders import NAME_LIMIT, Holder

DAYS = (7, 30, 365)
"""How long a share may last."""
WORD_LIMIT = 500
MOST_PAST = 2_000
"""Where a holder has as many, no more come back with archives, whoever made those."""
UNDO = timedelta(seconds=60)
"""How long a stopped share can be opened again by « Annuler »."""
PURPOSE = "share-token"
SHOWN = ("name", "description", "narrative", "language", "issued_on", "valid_from", "valid_until", "id")
OF_ACHIEVEMENT = ("name", "description", "criteria", "alignment")
OF_ISSUER = ("id", "name", "url")
"""What a share shows of what was read in a badge: these members and no other."""


Seal = Callable[[bytes, str], bytes]


class NothingChosen(Exception):  # what happened, in the words of the page
    """A share without a badge shows nothing."""


class Share(Base):
    """Something that a holder shows."""

    __tablename__ = "shares"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    """The first name shown with it, "" for none."""
    word: Mapped[str] = mapped_column(String(WORD_LIMIT))
    """A word to the employer."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    is_history: Mapped[bool] = mapped_column(default=False)
    """Whether it came back with an archive: it is over, and its link is nobody's."""
    shown: Mapped[list["ShownBadge"]] = relationship(
        order_by="ShownBadge.place", lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )

    def is_open(self, now: datetime) -> bool:
        """Whether it shows anything at *now*."""
        return self.stopped_at is None and now < self.ends_at


class ShownBadge(Base):
    """A badge in a share."""

    __tablename__ = "shown_badges"

    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    badge_id: Mapped[int | None] = mapped_column(ForeignKey("badges.id", ondelete="SET NULL"), index=True)
    """The kept badge; None when the holder removed it for good."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the holder chose to show, and for how long."""

    badge_ids: Sequence[int]
    days: int
    name: str = ""
    word: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """A share as an archive tells of it: `places` says which badges of the archive it showed."""

    name: str
    word: str
    created_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    places: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A share, as its owner sees it."""

    id: int
    token: str
    groups: Sequence[str]
    """The token in groups of four, to be read and typed."""
    name: str
    word: str
    created_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    is_open: bool
    badges: Sequence[Card]

    def can_reopen(self, now: datetime) -> bool:
        """Whether it was stopped so lately that this can be undone."""
        return self.stopped_at is not None and self.stopped_at > now - UNDO and self.ends_at > now


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """What a recruiter sees of a share."""

    name: str
    word: str
    ends_at: datetime
    badges: Sequence[Card]


def create(session: Session, holder_id: int, choice: Choice, seal: Seal, now: datetime) -> Share:
    """Show what the holder chose; raises NothingChosen, and Missing when a badge is not theirs."""
    if not choice.badge_ids:
        raise NothingChosen
    token = crockford.new()
    share = Share(
        holder_id=holder_id,
        token_hash=_hash(token),
        token_sealed=seal(token.encode(), PURPOSE),
        name=choice.name[:NAME_LIMIT],
        word=choice.word[:WORD_LIMIT],
        created_at=now,
        ends_at=now + timedelta(days=choice.days if choice.days in DAYS else DAYS[0]),
    )
    chosen = _chosen(session, holder_id, choice.badge_ids)
    share.shown = [ShownBadge(place=place, badge_id=kept.id) for place, kept in enumerate(chosen)]
    for kept in chosen:  # whoever is shown it today should not read a check of last week
        kept.due_at = min(kept.due_at, kept.checked_at + DAILY)
    session.add(share)
    session.flush()
    return share


def bring_back(
    session: Session, holder_id: int, past: Sequence[Past], ids: Mapping[int, int], seal: Seal, now: datetime
) -> int:
    """Shares of an archive come back as history: over, behind a link that nobody ever had. How many were not here yet.

    *ids* are the holder's badges by their places in the archive. A share is known again by when it was made and what it
    said, whether it came back before or was never gone.
    """
    query = select(Share.created_at, Share.name, Share.word).where(Share.holder_id == holder_id)
    here = {tuple(row) for row in session.execute(query)}
    theirs = set(session.scalars(select(KeptBadge.id).where(KeptBadge.holder_id == holder_id)))
    brought = 0
    for one in past:
        content = (one.created_at, one.name, one.word)
        if content in here or len(here) >= MOST_PAST:
            continue
        here.add(content)
        token = crockford.new()
        share = Share(
            holder_id=holder_id,
            token_hash=_hash(token),
            token_sealed=seal(token.encode(), PURPOSE),
            name=one.name,
            word=one.word,
            created_at=one.created_at,
            ends_at=min(one.ends_at, now),
            stopped_at=one.stopped_at and min(one.stopped_at, now),
            is_history=True,
        )
        shown = [None if place is None else ids.get(place) for place in one.places]
        share.shown = [ShownBadge(place=place, badge_id=id if id in theirs else None) for place, id in enumerate(shown)]
        session.add(share)
        brought += 1
    session.flush()
    return brought


def first_name(holder: Holder | None, kept: Sequence[KeptBadge]) -> str:
    """The first name to propose: the holder's word, else that of all the badges; "" where they name nobody, or several.

    In « DURAND Sonia » and « Sonia Durand » alike the first name is the first word that is not all capitals.
    """
    if holder and holder.name:
        return holder.name
    names = {one.read["recipient_name"].casefold(): one.read["recipient_name"] for one in kept}
    names.pop("", None)
    words = next(iter(names.values())).split() if len(names) == 1 else []
    return next((word for word in words if not word.isupper()), "")[:NAME_LIMIT]


def _chosen(session: Session, holder_id: int, badge_ids: Sequence[int]) -> list[KeptBadge]:
    wanted = set(badge_ids)
    found = session.scalars(
        select(KeptBadge)
        .where(KeptBadge.holder_id == holder_id, KeptBadge.id.in_(wanted), KeptBadge.removed_at.is_(None))
        .order_by(KeptBadge.added_at.desc(), KeptBadge.id.desc())
    ).all()
    if len(found) != len(wanted):
        raise Missing
    return list(found)


def of(session: Session, holder_id: int) -> list[Share]:
    """The holder's shares, the newest first."""
    return list(session.scalars(select(Share).where(Share.holder_id == holder_id).order_by(Share.id.desc())))


def tell(session: Session, share: Share, unseal: Seal, now: datetime) -> Told:
    """*share* as its owner sees it."""
    token = unseal(share.token_sealed, PURPOSE).decode()
    return Told(
        id=share.id,
        token=token,
        groups=[token[start : start + 4] for start in range(0, len(token), 4)],
        name=share.name,
        word=share.word,
        created_at=share.created_at,
        ends_at=share.ends_at,
        stopped_at=share.stopped_at,
        is_open=share.is_open(now),
        badges=_cards(session, share),
    )


def tell_all(session: Session, holder_id: int, unseal: Seal, now: datetime) -> list[Told]:
    """All the holder's shares, the newest first."""
    return [tell(session, share, unseal, now) for share in of(session, holder_id)]


def tell_one(session: Session, holder_id: int, share_id: int, unseal: Seal, now: datetime) -> Told:
    """The holder's share of that id; raises Missing."""
    return tell(session, one(session, holder_id, share_id), unseal, now)


def one(session: Session, holder_id: int, share_id: int) -> Share:
    """The holder's share of that id; raises Missing."""
    share = session.scalar(select(Share).where(Share.holder_id == holder_id, Share.id == share_id))
    if share is None:
        raise Missing
    return share


def stop(session: Session, holder_id: int, share_id: int, now: datetime) -> None:
    """End the share: the next request for its page or its pictures is refused."""
    share = one(session, holder_id, share_id)
    share.stopped_at = share.stopped_at or now


def reopen(session: Session, holder_id: int, share_id: int, now: datetime) -> None:
    """Undo a stop while UNDO lasts; raises Missing when it is too late."""
    done = session.execute(
        update(Share)
        .where(Share.holder_id == holder_id, Share.id == share_id, Share.stopped_at > now - UNDO, ~Share.is_history)
        .values(stopped_at=None)
        .returning(Share.id)
    ).first()
    if done is None:
        raise Missing


def hasten(session: Session, now: datetime) -> None:
    """What an open share shows is checked daily: a check further off comes closer, whatever put it there."""
    shown = (
        select(ShownBadge.badge_id)
        .join(Share, Share.id == ShownBadge.share_id)
        .where(Share.ends_at > now, Share.stopped_at.is_(None))
    )
    too_far_off = now + DAILY * (1 + JITTER)
    for kept in session.scalars(
        select(KeptBadge).where(KeptBadge.id.in_(shown), KeptBadge.removed_at.is_(None), KeptBadge.due_at > too_far_off)
    ):
        kept.due_at = due_after(kept, now, DAILY)


def open_at(session: Session, token: str, now: datetime) -> Opened:
    """What the share of *token* shows at *now*; raises Missing for unknown, ended and stopped ones alike."""
    share = session.scalar(
        select(Share).where(Share.token_hash == _hash(token), Share.ends_at > now, Share.stopped_at.is_(None))
    )
    if share is None:
        raise Missing
    return Opened(name=share.name, word=share.word, ends_at=share.ends_at, badges=_cards(session, share))


def picture_at(session: Session, token: str, place: int, now: datetime) -> str:
    """The kept picture of the badge at *place* of an open share; raises Missing."""
    found = session.scalar(
        select(KeptBadge.picture)
        .join(ShownBadge, ShownBadge.badge_id == KeptBadge.id)
        .join(Share, Share.id == ShownBadge.share_id)
        .where(
            KeptBadge.removed_at.is_(None),
            Share.token_hash == _hash(token),
            Share.ends_at > now,
            Share.stopped_at.is_(None),
            ShownBadge.place == place,
        )
    )
    if not found:
        raise Missing
    return found


def _cards(session: Session, share: Share) -> list[Card]:
    """The badges of *share* in their order, as others see them; a removed one has left it."""
    ids = [shown.badge_id for shown in share.shown if shown.badge_id is not None]
    there = select(KeptBadge).where(KeptBadge.id.in_(ids), KeptBadge.removed_at.is_(None))
    live = {kept.id: kept for kept in session.scalars(there)}
    return [_card(shown.place, live[shown.badge_id]) for shown in share.shown if shown.badge_id in live]


def _card(place: int, kept: KeptBadge) -> Card:
    """What others see of *kept*: its place stands for its id."""
    examination = kept.examination | {"checks": [_public(check) for check in kept.examination["checks"]]}
    return card(
        {
            "id": place,
            "read": _allowed(kept.read),
            "picture": kept.picture,
            "plate": kept.plate,
            "file_name": "",
            "state": kept.state,
            "examination": examination,
            "checked_at": kept.checked_at,
            "good_at": kept.good_at,
            "silent_since": kept.silent_since,
            "added_at": kept.added_at,
        }
    )


def _allowed(read: dict[str, Any]) -> dict[str, Any]:
    achievement = {member: read["achievement"][member] for member in OF_ACHIEVEMENT}
    issuer = {member: read["issuer"][member] for member in OF_ISSUER}
    shown = {member: read[member] for member in SHOWN}
    return shown | {"achievement": achievement, "issuer": issuer, "recipient_name": "", "evidence": []}


def _public(check: dict[str, str]) -> dict[str, str]:
    """A check as others may see it: whose address a badge is named to stays with the holder."""
    return check | {"detail": ""} if check["name"] == "named_to_me" else check


def _hash(token: str) -> bytes:
    return sha256(crockford.plain(token).encode(errors="replace")).digest()
