"""What connected platforms sent: kept as it came until it was looked at, then the badge that came of it.

Rule 1: what came is a row before its sender is told so. A chore looks at it (sent_checks.py), so that no platform's site is
asked while it waits for our answer, and a crash loses nothing.
Rule 2: of one link MOST_WAITING wait at once, for the chore or for the holder's word; what turns out to be no badge leaves no
row. So whatever is sent, there are no more rows than badges and these.
Rule 3: a platform is told of its own rows and of nothing else: not whether the holder has a badge from elsewhere, nor whether
one of its own waits for their word. Whoever writes the name of a badge is told no other document of it than the one they sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, String, UniqueConstraint, and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from .. import accounts, badges, openbadges, storage
from .platforms import PlatformLink
from .sent_documents import SentDocument, Version, is_link

MOST_WAITING = 50
"""Badges of one link that wait, for a look or for the holder's word."""
PAGE = 50
"""Badges that are told to a platform at once."""


class TooManyWaiting(Exception):  # what happened, in the words of the answer
    """As many of the link wait as may."""


class NoRoom(Exception):  # what happened, in the words of the answer
    """The holder has as much as is kept: it stays with its sender, who would else believe that it is here."""


class SentBadge(storage.Numbered):
    """A badge that a platform sent."""

    __tablename__ = "sent_badges"
    __table_args__ = (
        UniqueConstraint("link_id", "version", "mark", name="uq_sent_badges_link_id"),
        storage.NEVER_AGAIN,
    )

    link_id: Mapped[int] = mapped_column(ForeignKey("platform_links.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(3))
    """Of the API by which it came (sent_documents.Version)."""
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))
    """By which it is known again when it comes once more (sent_documents.py)."""
    badge_id: Mapped[int | None] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"), index=True)
    """The badge that came of it, the holder's or one that waits for their word; None while nobody has looked."""
    document: Mapped[str | None] = mapped_column(String(64))
    """The SHA-256 of the document that came of it: while the badge has another one, the platform is told none."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """As it was sent, until somebody has looked."""
    sent_at: Mapped[datetime] = mapped_column(storage.Moment)
    """When it came last."""
    due_at: Mapped[datetime | None] = mapped_column(storage.Moment, index=True)
    """When it is to be looked at; None when that was done."""
    tries: Mapped[int] = mapped_column(default=0)


SENT = exists().where(SentBadge.badge_id == badges.KeptBadge.id)
"""Of a badge: whether a platform sent it. Asked of each by itself: `NOT IN` would read what all holders were sent."""


@dataclass(frozen=True, slots=True)
class ToldBadge:
    """A badge that a platform sent, as it is told to it: its bytes, or the file in which they are kept."""

    content: bytes | None
    document: str


def receive(session: Session, link_id: int, sent: SentDocument, version: Version, now: datetime) -> bool:
    """Keep what came by the link until somebody looks: whether it is another badge than all that came before.

    Raises TooManyWaiting, NoRoom; and Missing where the link was stopped, or is gone with its holder meanwhile.
    """
    link = storage.require(session.get(PlatformLink, link_id))
    holder = accounts.lock_holder(session, link.holder_id)  # of two at once the later one counts the earlier
    open_link = select(PlatformLink.id).where(PlatformLink.id == link_id, PlatformLink.stopped_at.is_(None))
    storage.fetch_one(session, open_link)
    same = (SentBadge.link_id == link_id, SentBadge.version == version, SentBadge.mark == sent.mark)
    row = session.scalar(select(SentBadge).where(*same).with_for_update())
    if row is not None:
        row.content, row.sent_at, row.due_at, row.tries = sent.content, now, now, 0
        return False
    if count_waiting(session, link_id) >= MOST_WAITING:
        raise TooManyWaiting
    if badges.why_no_room(session, holder):
        raise NoRoom
    row = SentBadge(link_id=link_id, version=version, mark=sent.mark, content=sent.content, sent_at=now, due_at=now)
    storage.insert(session, row)
    return True


def move_sent(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """What waited joins the wallet: of a badge that is there already, what came of it is the holder's own from now on."""
    waited, theirs = aliased(badges.KeptBadge), aliased(badges.KeptBadge)
    doubled = (
        select(SentBadge, theirs.id)
        .join(waited, waited.id == SentBadge.badge_id)
        .join(theirs, theirs.identity == waited.identity)
        .where(waited.holder_id == from_holder_id, waited.unasked.is_not(True), theirs.holder_id == to_holder_id)
    )
    for row, badge_id in session.execute(doubled).all():
        row.badge_id = badge_id


def count_waiting(session: Session, link_id: int) -> int:
    """How many badges of the link wait, for a look or for the holder's word."""
    kept = badges.KeptBadge
    asks = (SentBadge.badge_id == kept.id, *badges.UNANSWERED)
    waits = or_(SentBadge.content.is_not(None), kept.id.is_not(None))
    found = select(func.count(SentBadge.id)).outerjoin(kept, and_(*asks)).where(SentBadge.link_id == link_id)
    return session.scalar(found.where(waits)) or 0


def list_sent(
    session: Session, link_id: int, version: Version, since: datetime | None, offset: int, limit: int
) -> tuple[Sequence[ToldBadge], int]:
    """What the platform of that link sent and is still here, the latest first, *limit* of it after *offset*; and how many
    there are, all *since* then."""
    kept = badges.KeptBadge
    which: list[ColumnElement[bool]] = [
        SentBadge.link_id == link_id,
        SentBadge.version == version,
        or_(SentBadge.content.is_not(None), and_(kept.removed_at.is_(None), kept.document == SentBadge.document)),
        *([SentBadge.sent_at >= since] if since else []),
    ]
    joined = select(SentBadge.content, kept.document).outerjoin(kept, kept.id == SentBadge.badge_id).where(*which)
    count = session.scalar(select(func.count()).select_from(joined.subquery())) or 0
    newest = joined.order_by(SentBadge.sent_at.desc(), SentBadge.id.desc()).limit(limit).offset(offset)
    return [ToldBadge(content, document or "") for content, document in session.execute(newest)], count


def tell_sent(told: ToldBadge, files: storage.FileStore) -> dict[str, Any] | str | None:
    """It as its platform reads it: the object, or the signed text; None for what is neither, and where its file is lost."""
    try:
        content = told.content or files.read(told.document)
        if is_link(content):
            return {"type": "Assertion", "id": content.decode()}
        return openbadges.read_json_object(content) if content[:1] == b"{" else content.decode("ascii").strip()
    except (*storage.LOST, openbadges.UnreadableBadge, UnicodeDecodeError):
        return None


def name_for_platform(session: Session, link_id: int) -> str:
    """The first name of the holder, where they let the platform of that link know it; else ""."""
    told = select(accounts.Holder.name).join(PlatformLink, PlatformLink.holder_id == accounts.Holder.id)
    return session.scalar(told.where(PlatformLink.id == link_id, PlatformLink.tells_name)) or ""


def refuse_all_brought(session: Session, holder_id: int, now: datetime) -> None:
    """« Non à tous »: of what links brought, and no platform sent, none that waits is wanted."""
    badges.refuse_all_pending(session, holder_id, now, ~SENT)


def list_waiting(
    session: Session, holder_id: int, number: int
) -> tuple[Sequence[tuple[badges.Card, str, datetime | None]], badges.BadgePage]:
    """Of the badges that platforms sent and that wait for the holder's word those on the page of that *number*, each with the
    host that sent it, and until when it waits."""
    asked, page = badges.list_pending(session, holder_id, SENT, number=number, most=badges.PAGE_LENGTH)
    ids = [card.id for card, _ in asked]
    sent = select(SentBadge.badge_id, PlatformLink.host).join(PlatformLink, PlatformLink.id == SentBadge.link_id)
    hosts = dict(session.execute(sent.where(SentBadge.badge_id.in_(ids))).all())
    return [(card, hosts.get(card.id, ""), until) for card, until in asked], page


def any_waiting(session: Session, holder_id: int) -> bool:
    """Whether anything that a platform sent waits for the holder's word."""
    return list_waiting(session, holder_id, 1)[1].count > 0


def refuse_all_waiting(session: Session, holder_id: int, now: datetime) -> None:
    """« Tout refuser »: of what platforms sent none that waits is wanted."""
    badges.refuse_all_pending(session, holder_id, now, SENT)
