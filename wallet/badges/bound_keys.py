"""The keys to which badges were bound when an issuer handed them over: each is its holder's, and its badge's alone.

Rule 1: a key lives as long as its badge. A better document of the same badge brings another one.
Rule 2: the private half lies sealed, for its holder and this key alone, and leaves this instance in no archive; the public
half is told there.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import accounts, storage

LONGEST_DID = 300


class BoundKey(accounts.OfHolder):
    """The key of one badge."""

    __tablename__ = "holder_keys"
    __table_args__ = (storage.NEVER_AGAIN,)

    badge_id: Mapped[int] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"), index=True)
    did: Mapped[str] = mapped_column(String(LONGEST_DID))
    """The public half: `did:jwk:…` or `did:key:…`."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The private one."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment)


def keep_key(  # both halves, and whose
    session: Session, did: str, secret: bytes, holder_id: int, badge_id: int, seal: storage.Seal, now: datetime
) -> None:
    """Keep the key of a badge that came by it, in the place of the one that its document before was bound to."""
    session.execute(delete(BoundKey).where(BoundKey.badge_id == badge_id))
    sealed = seal(secret, _purpose(holder_id, did))
    session.add(BoundKey(holder_id=holder_id, badge_id=badge_id, did=did, sealed=sealed, made_at=now))


def bound_dids(session: Session, holder_id: int) -> list[str]:
    """The public halves of all keys of the holder."""
    return list(session.scalars(select(BoundKey.did).where(BoundKey.holder_id == holder_id).order_by(BoundKey.id)))


def unseal_key(kept: BoundKey, unseal: storage.Seal) -> bytes:
    """The private half, 32 bytes; raises Unsealable."""
    return unseal(kept.sealed, _purpose(kept.holder_id, kept.did))


def _purpose(holder_id: int, did: str) -> str:
    return f"holder key {holder_id} {did}"
