"""The e-mail addresses of a holder: by each of them a badge that names it is known to be theirs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .database import NEVER_AGAIN, Base, Moment

VERIFIED = "verified_at IS NOT NULL"
LIMIT = 254
"""Characters of an address. Source: RFC 5321, 4.5.3.1.3, its angle brackets taken off."""


class Address(Base):
    """An e-mail address that a holder gave."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    written: Mapped[str] = mapped_column(String(LIMIT))
    """As the holder wrote it."""
    plain: Mapped[str] = mapped_column(String(LIMIT))
    """As addresses are compared."""
    added_at: Mapped[datetime] = mapped_column(Moment)
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a code that was sent there came back; a verified address is one holder's only."""

    __table_args__ = (
        UniqueConstraint("holder_id", "plain"),
        Index(
            "uq_addresses_plain",
            "plain",
            unique=True,
            sqlite_where=text(VERIFIED),
            postgresql_where=text(VERIFIED),
        ),
        NEVER_AGAIN,
    )


class MailedCode(Base):
    """A code that was sent to an address, while it may still come back; of the code only the hash."""

    __tablename__ = "mailed_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    """What it is for: to verify the address, or to come back by it."""
    plain: Mapped[str] = mapped_column(String(LIMIT), index=True)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose it is; None where the address is nobody's, so that nobody learns that from us."""
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
