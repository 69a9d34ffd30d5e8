"""The person whose wallet it is: the holder, and the devices on which they are signed in.

A visitor without a key is a holder without a key (docs/decisions.md 6): the badge seen before there is an
account lives on the ordinary path, for half an hour. Making a passkey keeps the holder.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    LargeBinary,
    Select,
    String,
    and_,
    delete,
    false,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import SOME, Missing, Moment, Numbered, hash_of_secret, insert, require
from . import user_agents
from .typed_text import keep_printable

VISIT_LASTS = timedelta(minutes=30)
"""How long a holder without a key is kept after the last thing they did."""
IDLE, LONGEST = timedelta(days=30), timedelta(days=90)
"""How long a device stays signed in unused, and at most (docs/security.md A14)."""
SHARED_IDLE, SHARED_LONGEST = timedelta(minutes=10), timedelta(hours=2)
"""The same on a computer that others use too."""
FRESH = timedelta(minutes=5)
"""How long after showing a key, or the rescue paper, a holder may do what is done once (docs/security.md A4 and A12)."""
MOST_DEVICES = 50
"""On which one holder is signed in, or was, and as many by each return: whoever signs in on one more is signed out where they were
longest ago, and never by a return where they were without it (docs/security.md A13)."""
NAME_LIMIT = 60
SOUGHT_LIMIT = 60


class Holder(Numbered):
    """A person, known by nothing but their keys."""

    __tablename__ = "holders"

    handle: Mapped[bytes] = mapped_column(LargeBinary(64), unique=True)
    """The user handle of WebAuthn: random, never an e-mail address (WebAuthn L3, 14.6.1)."""
    name: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    """The first name to show, if the person gave one."""
    sought: Mapped[str] = mapped_column(String(SOUGHT_LIMIT), default="", server_default=text("''"))
    """The work that they look for, "" for none: on their lasting page, if they let it be seen."""
    language: Mapped[str] = mapped_column(String(2), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    kept_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the first key or rescue paper was made; None for a visitor."""
    leaves_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When a visitor's half hour ends; None once there is a key."""
    erase_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When all is erased, as the holder asked while they had just come back; None when nobody asked. Of a visitor since when
    they are being erased."""
    wants_letters: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether they are told by e-mail that a message waits (messages/letters.py)."""
    letter_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the last such letter was, or is, to go."""
    waits_for_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Of a visitor whom no device opens any more: whose word their badges wait for (badges/pending.py)."""

    @property
    def is_kept(self) -> bool:
        """Whether there is a way to come back."""
        return self.kept_at is not None

    @property
    def mark(self) -> str:
        """By which a device knows whose drafts it keeps: it opens nothing, and stands for nobody elsewhere."""
        return sha256(b"drafts" + (self.handle or b"")).hexdigest()[:16]


class OfHolder(Numbered):
    """A table whose rows are a holder's, and go with them."""

    __abstract__ = True

    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True, sort_order=-1)


class Device(OfHolder):
    """Where a holder is signed in: a phone's or a computer's browser."""

    __tablename__ = "devices"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    shown_at: Mapped[datetime] = mapped_column(Moment)
    """When a key or the rescue paper was last shown on it."""
    kind: Mapped[str] = mapped_column(String(16), default="")
    """What kind of device it is, a word of accounts/user_agents.py; "" when it does not say."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    """Whether others use it too: it closes soon, and keeps nothing."""
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    """The return without a key by which it got in, if it did (accounts/recoveries.py); what it may do waits."""
    passkey_id: Mapped[int | None] = mapped_column(ForeignKey("passkeys.id", ondelete="SET NULL"), index=True)
    """The key that was shown when it was signed in, `created_at`; None for a paper, and for a device of before 0025."""

    @property
    def is_phone(self) -> bool:
        """Whether it is carried about, as far as it says."""
        return self.kind in user_agents.PHONES


@dataclass(frozen=True, slots=True)
class SignInContext:
    """Where somebody signs in: what kind of device, and whether others use it too."""

    kind: str = ""
    is_shared: bool = False
    browser: str = ""
    """The secret by which the browser is told from others during a ceremony (accounts/passkeys.py)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the door, and by which device."""

    holder: Holder
    device: Device

    def is_fresh(self, now: datetime) -> bool:
        """Whether they showed a key or the rescue paper just now."""
        return self.device.shown_at > now - FRESH


ANYWHERE = SignInContext()


def create_visitor(session: Session, now: datetime) -> Holder:
    """A new holder, without a key as yet."""
    return insert(session, Holder(handle=secrets.token_bytes(64), created_at=now, leaves_at=now + VISIT_LASTS))


def sign_in(
    session: Session,
    holder: Holder,
    now: datetime,
    place: SignInContext = ANYWHERE,
    return_id: int | None = None,
    passkey_id: int | None = None,
) -> str:
    """A new device for *holder*, by a return or a key if there was one: its token, 256 random bits, of which only the hash
    is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        Device(
            holder_id=holder.id,
            token_hash=hash_of_secret(token),
            **dict.fromkeys(("created_at", "seen_at", "shown_at"), now),
            kind=place.kind,
            is_shared=place.is_shared,
            return_id=return_id,
            passkey_id=passkey_id,
        )
    )
    # Who has come back without a key takes nobody's place: neither now, nor when the holder signs in on one more.
    by_the_same = Device.return_id == return_id
    lately = _devices_of(holder.id).where(by_the_same).with_only_columns(Device.id).limit(MOST_DEVICES)
    session.execute(delete(Device).where(Device.holder_id == holder.id, by_the_same, Device.id.not_in(lately)))
    return token


def recognise(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Who holds *token*; None for an unknown or tired one, and for a visitor whose half hour is over."""
    found = session.execute(
        select(Holder, Device)
        .join(Device, Device.holder_id == Holder.id)
        .where(
            Device.token_hash == hash_of_secret(token),
            _is_open(now),
            (Holder.leaves_at.is_(None)) | (Holder.leaves_at > now),
        )
    ).first()
    return SignedIn(found[0], found[1]) if found else None


def was_shared(session: Session, token: str) -> bool | None:
    """Whether *token* was given to a computer that others use, whether or not it opens anything still; None for one that is
    unknown, as that of a device that was signed out from another one."""
    return session.scalar(select(Device.is_shared).where(Device.token_hash == hash_of_secret(token)))


def lock_signed_in(session: Session, known: SignedIn) -> SignedIn:
    """Who is at the door, as of now and until the end of the transaction: every write on the ways in begins with it.

    Raises Missing when the holder was erased, or the device signed out, since it was recognised: a thief who was put out
    finishes nothing that they had begun.
    """
    holder = require(session.get(Holder, known.holder.id, with_for_update=True, populate_existing=True))
    return SignedIn(holder, require(session.get(Device, known.device.id, populate_existing=True)))


def lock_holder(session: Session, holder_id: int) -> Holder:
    """The holder, until the end of the transaction: whoever else writes of them waits. Raises Missing when they are gone."""
    return require(session.get(Holder, holder_id, with_for_update=True))


def note_device_used(session: Session, device_id: int, now: datetime) -> None:
    """Note that the device was used."""
    session.execute(update(Device).where(Device.id == device_id).values(seen_at=now))


def ensure_holder(session: Session, holder: Holder | None, now: datetime) -> tuple[Holder, str]:
    """Whoever brings something has a place to put it: (the holder, the token of a new device or "").

    A visitor's half hour begins again. Nobody, or a visitor erased meanwhile, is welcomed; so is one who entered a wallet
    meanwhile, and of whom only what waits is left. Raises Missing for a holder who erased all meanwhile: what was on its way
    to them comes back nowhere.
    """
    # Of a visitor under a lock: while they are being erased, some at a time, they are gone and not half there.
    here = session.get(Holder, holder.id, with_for_update=not holder.is_kept) if holder else None
    if here is None or ((here.erase_at or here.waits_for_id) and not here.is_kept):
        if holder and holder.is_kept:
            raise Missing
        here = create_visitor(session, now)
        return here, sign_in(session, here, now)
    if not here.is_kept:
        here.leaves_at = now + VISIT_LASTS
    return here, ""


def note_key_shown(session: Session, device_id: int, now: datetime) -> None:
    """Note that a key, or the rescue paper, was shown on the device just now."""
    session.execute(update(Device).where(Device.id == device_id).values(shown_at=now))


def share_device(session: Session, device_id: int, now: datetime) -> None:
    """Others use the device, too: it closes soon from now on, however long a visitor was at it, and keeps nothing."""
    shared = {"is_shared": True, "created_at": now, "seen_at": now}
    session.execute(update(Device).where(Device.id == device_id).values(shared))


def list_devices(session: Session, holder_id: int, now: datetime) -> list[Device]:
    """Where the holder is signed in, the one used last first."""
    return list(session.scalars(_devices_of(holder_id).where(_is_open(now))))


def _devices_of(holder_id: int) -> Select[Device]:
    return select(Device).where(Device.holder_id == holder_id).order_by(Device.seen_at.desc(), Device.id.desc())


def _is_open(now: datetime) -> ColumnElement[bool]:
    """A device that was used lately, and that is not signed in for too long."""
    return or_(
        and_(~Device.is_shared, Device.seen_at > now - IDLE, Device.created_at > now - LONGEST),
        and_(Device.is_shared, Device.seen_at > now - SHARED_IDLE, Device.created_at > now - SHARED_LONGEST),
    )


def keep_holder(session: Session, holder_id: int, now: datetime) -> Holder:
    """The holder has a key or a paper now: the visitor's half hour no longer counts."""
    holder = session.get_one(Holder, holder_id)
    holder.kept_at = holder.kept_at or now
    holder.leaves_at = None
    return holder


def rename_holder(session: Session, holder_id: int, name: str) -> None:
    """The first name to show, "" for none."""
    session.execute(update(Holder).where(Holder.id == holder_id).values(name=clean_name(name)))


def set_sought(session: Session, holder_id: int, sought: str) -> None:
    """The work that the holder looks for, "" for none."""
    session.execute(update(Holder).where(Holder.id == holder_id).values(sought=clean_name(sought)))


def clean_name(name: str) -> str:
    """*name* as it is kept: what can be printed, any space as one that is, of at most NAME_LIMIT characters."""
    return keep_printable("".join(" " if one.isspace() else one for one in name)).strip()[:NAME_LIMIT]


def set_language(session: Session, holder_id: int, language: str) -> None:
    """The language that the holder chose."""
    session.execute(update(Holder).where(Holder.id == holder_id).values(language=language))


def sign_out(session: Session, device_id: int) -> None:
    """Forget the device: its token opens nothing any more."""
    session.execute(delete(Device).where(Device.id == device_id))


def expired_visitors(session: Session, now: datetime) -> list[int]:
    """Some of the visitors whose half hour is over, and of those of whom some is erased already."""
    return list(session.scalars(select(Holder.id).where(_is_gone(now)).limit(SOME)))


def lock_expired_visitor(session: Session, visitor_id: int, now: datetime) -> Holder | None:
    """One of them, locked, so that they make no key until they are erased; None for whoever is not gone any more."""
    return session.scalar(
        select(Holder)
        .where(Holder.id == visitor_id, _is_gone(now))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _is_gone(now: datetime) -> ColumnElement[bool]:
    return and_(Holder.kept_at.is_(None), or_(Holder.leaves_at <= now, Holder.erase_at <= now))


def erase_holder(session: Session, holder_id: int) -> None:
    """Remove the holder; all that belongs to them goes with the row."""
    session.execute(delete(Holder).where(Holder.id == holder_id))
