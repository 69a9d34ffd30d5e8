"""What another app hands over to the wallet (« Partager » on a phone), until somebody says what becomes of it.

Rule 1: whatever comes so is put aside and shown, never taken in: a share is an ordinary POST, which any page can make a
browser send (Web Share Target, "Security considerations"). One tap on our own page takes it in, by the door of uploads.
Rule 2: it is for the browser that got the answer, which keeps a secret of 128 bits for half an hour; only its SHA-256
is here. What somebody sent while signed in is theirs, and goes with all else of theirs.
Rule 3: all that waits has LASTS and ROOM, whoever sent it; one holder has OF_ONE_HOLDER of it. Whoever has no key yet is
a stranger, also a visitor with a cookie, which anybody gets by asking: all strangers together have the small part STRANGERS.
Ask `need_room_for_shared_item` before a byte is kept on the shelf.
"""

import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, LargeBinary, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import accounts, openbadges, storage

SHARED_ITEM_LASTS = timedelta(minutes=30)
ROOM = 1024 * 1024 * 1024
"""Bytes of all that waits."""
OF_ONE_HOLDER = 100 * 1024 * 1024
"""Bytes of what waits for one holder."""
STRANGERS = 10
"""Which part of it is for whoever has no key, all of them together: a tenth."""
MOST_SHARED_ITEMS = 20
"""Files of one of them; what is beyond is told, and not kept."""
LINK_LIMIT, EXCERPT, SHARED_TEXT_LIMIT = 2000, 300, 256 * 1024
"""Characters: of an address, of a text as it is shown, and of one that is read: all that one field of a form brings, for half a
badge is none."""
ADDRESS = re.compile(r"https?://(?:(?!\]\()[^\s<>\"\\])+", re.IGNORECASE)
"""As it stands in a sentence, in HTML, in Markdown, or in JSON, which goes on behind it: no site is told the rest of a badge."""
AROUND_LINKS = "<>()[]\"'.,;!?«»“”"
"""What stands around an address in a sentence, and is none of it; in what is pasted, too (importing.py)."""
A_BADGE = re.compile(r"\s*(?:\{|ey[\w-]+\.[\w-]+\.|data:)")
"""How a badge begins that is text itself: JSON, a token, a data: address. Addresses in it are its own."""


class SharedItemRefused(Exception):
    """There is no room for more just now."""


class SharedItem(storage.Numbered):
    """What came in one share."""

    __tablename__ = "handovers"

    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose it is; None when whoever sent it was not signed in."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    brought: Mapped[list[dict[str, Any]]] = mapped_column(storage.Document)
    """Of each file its `name`, its `size` in bytes and `file`, under which it is kept: None for one that is too big, or where
    `is_too_many` says so."""
    link: Mapped[str] = mapped_column(String(LINK_LIMIT))
    excerpt: Mapped[str] = mapped_column(String(EXCERPT))
    """How a text begins that is no file and no link: all of it is the last of `brought`, without a name."""
    size: Mapped[int]
    """Bytes of all files."""
    came_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)

    @property
    def kept(self) -> list[dict[str, Any]]:
        """What of `brought` is on the shelf."""
        return [told for told in self.brought if told["file"]]


SHARED_ITEMS = storage.rows_naming_files(
    "handover", SharedItem.id, (SharedItem.brought,), lambda brought: (told["file"] for told in brought)
)
shared_item_files = SHARED_ITEMS.owned_files
"""Every file that a shared item needs, of *which* or of all: whose it is (`handover 12`), and its name."""
OF_STRANGERS = or_(
    SharedItem.holder_id.is_(None),
    SharedItem.holder_id.in_(select(accounts.Holder.id).where(accounts.Holder.kept_at.is_(None))),
)
"""What was sent by nobody who is known, or by a visitor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedFile:
    """A file that was handed over; `file` is its name on the shelf, None when it is too big to be kept, or one too many."""

    name: str
    size: int
    file: str | None
    is_too_many: bool = False


def split_shared_text(title: str, text: str, url: str) -> tuple[str, str]:
    """The address in what was shared, and the text when it is no address: one of the two is "".

    Android puts an address into the text, often within a sentence, and fills `url` never (Web Share Target, 4).
    """
    if A_BADGE.match(openbadges.strip_unseen(text)):
        return "", text
    for told in (url, text, title):
        found = ADDRESS.search(openbadges.without_unseen(told))
        address = found[0].rstrip(AROUND_LINKS) if found else ""
        if len(address) <= LINK_LIMIT and split_address(address)[0]:
            return address, ""
    return "", text


def split_address(link: str) -> tuple[str, str]:
    """The host that *link* leads to, without a user's name before it, and what follows; "" for one that leads nowhere."""
    try:
        parts = urlsplit(link)
        return parts.hostname or "", parts.path + ("?" + parts.query if parts.query else "")
    except ValueError:
        return "", ""


def text_as_file(text: str) -> bytes:
    """The file that a shared text is: what a data: address carries, else its own letters."""
    text = openbadges.strip_unseen(text)
    if openbadges.is_data_address(text):
        with suppress(openbadges.UnreadableBadge):
            return openbadges.from_data_address(text)
    return text.encode()


def need_room_for_shared_item(session: Session, more: int, holder_id: int | None, now: datetime) -> None:
    """Raises SharedItemRefused where *more* bytes of that holder, or of somebody who has no key, would not fit."""
    waiting = select(func.coalesce(func.sum(SharedItem.size), 0)).where(SharedItem.came_at > now - SHARED_ITEM_LASTS)
    if (session.scalar(waiting) or 0) + more > ROOM:
        raise SharedItemRefused
    has_key = select(accounts.Holder.id).where(accounts.Holder.id == holder_id, accounts.Holder.kept_at.is_not(None))
    is_stranger = holder_id is None or session.scalar(has_key) is None
    theirs = OF_STRANGERS if is_stranger else SharedItem.holder_id == holder_id
    room = ROOM // STRANGERS if is_stranger else OF_ONE_HOLDER
    if (session.scalar(waiting.where(theirs)) or 0) + more > room:
        raise SharedItemRefused


def keep_shared_item(
    session: Session, files: Sequence[SharedFile], link: str, excerpt: str, holder_id: int | None, now: datetime
) -> tuple[int, str]:
    """Keep what came: its number, and the secret for the browser that sent it. Raises SharedItemRefused."""
    size = sum(one.size for one in files if one.file)
    need_room_for_shared_item(session, size, holder_id, now)
    token = secrets.token_urlsafe(16)
    row = storage.insert(
        session,
        SharedItem(
            holder_id=holder_id,
            token_hash=storage.hash_of_secret(token),
            brought=[
                {"name": one.name, "size": one.size, "file": one.file, "is_too_many": one.is_too_many} for one in files
            ],
            link=link,
            excerpt=excerpt[:EXCERPT],
            size=size,
            came_at=now,
        ),
    )
    return row.id, token


def get_shared_item(session: Session, id: int, token: str, holder_id: int | None, now: datetime) -> SharedItem:
    """The shared item of this number, for whoever holds its secret; raises Missing when it is over, or somebody else's."""
    whose = or_(SharedItem.holder_id.is_(None), SharedItem.holder_id == holder_id)
    return storage.fetch_one(
        session,
        select(SharedItem)
        .where(SharedItem.id == id, SharedItem.came_at > now - SHARED_ITEM_LASTS)
        .where(SharedItem.token_hash == storage.hash_of_secret(token), whose),
    )


def assign_shared_item(session: Session, id: int, holder_id: int) -> None:
    """Whoever took it in owns what still lies here of it."""
    nobodys = update(SharedItem).where(SharedItem.id == id, SharedItem.holder_id.is_(None))
    session.execute(nobodys.values(holder_id=holder_id))


def move_shared_items(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """A visitor turned out to have a wallet: what they were asked about waits there, for the browser that has its secret."""
    session.execute(update(SharedItem).where(SharedItem.holder_id == from_holder_id).values(holder_id=to_holder_id))


def drop_shared_item(session: Session, id: int, token: str, holder_id: int | None, now: datetime) -> None:
    """« Non »: it is forgotten; raises Missing as `get_shared_item` does."""
    found = get_shared_item(session, id, token, holder_id, now)
    storage.schedule_removal(session, (told["file"] for told in found.kept), now)
    session.delete(found)


def forget_ended_shared_items(session: Session, now: datetime) -> bool:
    """What nobody said anything to in half an hour, and what was taken in, goes with its files, some of it; whether there is
    more."""
    over = select(SharedItem.id).where(SharedItem.came_at <= now - SHARED_ITEM_LASTS).order_by(SharedItem.came_at)
    ids = list(session.scalars(over.limit(storage.SOME).with_for_update()))
    storage.schedule_removal(session, (name for _, name in shared_item_files(session, SharedItem.id.in_(ids))), now)
    session.execute(delete(SharedItem).where(SharedItem.id.in_(ids)))
    return len(ids) == storage.SOME


def erase_shared_items(session: Session, holder_id: int, most: int) -> tuple[int, set[str]]:
    """Erase up to *most* shared items of the holder for good: how many there were, and the files that they named."""
    ids = list(session.scalars(select(SharedItem.id).where(SharedItem.holder_id == holder_id).limit(most)))
    names = {name for _, name in shared_item_files(session, SharedItem.id.in_(ids))}
    session.execute(delete(SharedItem).where(SharedItem.id.in_(ids)))
    return len(ids), names
