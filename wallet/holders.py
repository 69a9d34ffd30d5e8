"""The person whose wallet it is: the holder, and the devices on which they are signed in.

A visitor without a key is a holder without a key (decisions.md, 6): the badge seen before there is an
account lives on the ordinary path, for half an hour. Making a passkey keeps the holder.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Moment

VISIT_LASTS = timedelta(minutes=30)
"""How long a holder without a key is kept after the last thing they did."""
IDLE, LONGEST = timedelta(days=30), timedelta(days=90)
"""How long a device stays signed in unused, and at most (security.md, A14)."""
NAME_LIMIT = 60


class Holder(Base):
    """A person, known by nothing but their keys."""

    __tablename__ = "holders"

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(64), unique=True)
    """The user handle of WebAuthn: random, never an e-mail address (WebAuthn L3, 14.6.1)."""
    name: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    """The first name to show, if the person gave one."""
    language: Mapped[str] = mapped_column(String(2), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    kept_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the first key was made; None for a visitor."""
    leaves_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When a visitor's half hour ends; None once there is a key."""

    @property
    def is_kept(self) -> bool:
        """Whether there is a way to come back."""
        return self.kept_at is not None


class Device(Base):
    """Where a holder is signed in: a phone's or a computer's browser."""

    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Known:
    """Who is at the door, and by which device."""

    holder: Holder
    device: Device


def _hash(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()


def welcome(session: Session, now: datetime) -> Holder:
    """A new holder, without a key as yet."""
    holder = Holder(handle=secrets.token_bytes(64), created_at=now, leaves_at=now + VISIT_LASTS)
    session.add(holder)
    session.flush()
    return holder


def sign_in(session: Session, holder: Holder, now: datetime) -> str:
    """A new device for *holder*: its token, 256 random bits, of which only the hash is kept."""
    token = secrets.token_urlsafe(32)
    session.add(Device(holder_id=holder.id, token_hash=_hash(token), created_at=now, seen_at=now))
    session.flush()
    return token


def recognise(session: Session, token: str, now: datetime) -> Known | None:
    """Who holds *token*; None for an unknown or tired one, and for a visitor whose half hour is over."""
    found = session.execute(
        select(Holder, Device)
        .join(Device, Device.holder_id == Holder.id)
        .where(
            Device.token_hash == _hash(token),
            Device.seen_at > now - IDLE,
            Device.created_at > now - LONGEST,
            (Holder.leaves_at.is_(None)) | (Holder.leaves_at > now),
        )
    ).first()
    return Known(found[0], found[1]) if found else None


def seen(session: Session, device_id: int, now: datetime) -> None:
    """Note that the device was used."""
    session.execute(update(Device).where(Device.id == device_id).values(seen_at=now))


def stay(session: Session, holder: Holder | None, now: datetime) -> tuple[Holder, str]:
    """Whoever brings something has a place to put it: (the holder, the token of a new device or "").

    A visitor's half hour begins again. Nobody, or a visitor erased meanwhile, is welcomed.
    """
    here = session.get(Holder, holder.id) if holder else None
    if here is None:
        here = welcome(session, now)
        return here, sign_in(session, here, now)
    if not here.is_kept:
        here.leaves_at = now + VISIT_LASTS
    return here, ""


def keep(session: Session, holder_id: int, now: datetime) -> Holder:
    """The holder has a key now: the visitor's half hour no longer counts."""
    holder = session.get_one(Holder, holder_id)
    holder.kept_at = holder.kept_at or now
    holder.leaves_at = None
    session.flush()
    return holder


def rename(session: Session, holder_id: int, name: str) -> None:
    """The first name to show, "" for none; longer ones are cut at NAME_LIMIT characters."""
    clean = "".join(character for character in name if character.isprintable()).strip()[:NAME_LIMIT]
    session.execute(update(Holder).where(Holder.id == holder_id).values(name=clean))


def speak(session: Session, holder_id: int, language: str) -> None:
    """The language that the holder chose."""
    session.execute(update(Holder).where(Holder.id == holder_id).values(language=language))


def sign_out(session: Session, device_id: int) -> None:
    """Forget the device: its token opens nothing any more."""
    session.execute(delete(Device).where(Device.id == device_id))


def leave(session: Session, known: Known) -> None:
    """Sign out; a visitor without a key could never come back, so all they brought is erased."""
    sign_out(session, known.device.id)
    # Asked again under a lock: in another tab the visitor may have made a key meanwhile, and is nobody's to erase.
    holder = session.get(Holder, known.holder.id, with_for_update=True)
    if holder and not holder.is_kept:
        erase(session, holder.id)


def gone(session: Session, now: datetime) -> list[int]:
    """The visitors whose half hour is over; on PostgreSQL locked, so that none makes a key until they are erased."""
    over = select(Holder.id).where(Holder.kept_at.is_(None), Holder.leaves_at <= now)
    return list(session.scalars(over.with_for_update()))


def erase(session: Session, holder_id: int) -> None:
    """Remove the holder; all that belongs to them goes with the row."""
    session.execute(delete(Holder).where(Holder.id == holder_id))
