"""A connected platform as it is kept: the link, the codes by which one begins, the tokens by which it goes on.

Of codes and tokens there are marks alone (`Keyring.mark`): whoever reads the database can show none of them to us.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ... import accounts, storage

NAME_LIMIT, HOST_LIMIT, SCOPES_LIMIT, ADDRESS_LIMIT = 60, 260, 600, 400
"""Characters of what a platform tells of itself; 253 are those of a host’s name (RFC 1035, 2.3.4)."""
MARK = 32
"""Bytes."""


class PlatformLink(accounts.OfHolder):
    """A platform that a holder connected: it may send badges until it is stopped."""

    __tablename__ = "platform_links"
    __table_args__ = (
        UniqueConstraint("holder_id", "client_mark", name="uq_platform_links_holder_id"),
        storage.NEVER_AGAIN,
    )

    client_mark: Mapped[bytes] = mapped_column(LargeBinary(MARK))
    """Of the id with which the platform was registered: it comes back with it, and nothing else is kept of that (clients.py)."""
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    """How it says that it is called, "" where it says nothing; nobody has looked whether it is true."""
    host: Mapped[str] = mapped_column(String(HOST_LIMIT))
    """Where it is, in ASCII: all that it was ever told went there."""
    scopes: Mapped[str] = mapped_column(String(SCOPES_LIMIT))
    """What it may do, as OAuth writes scopes: with a space between."""
    tells_name: Mapped[bool]
    """Whether it may know the holder's first name."""
    connected_at: Mapped[datetime] = mapped_column(storage.Moment)
    """When the holder connected it, the last time where they did so again."""
    stopped_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """Since when it may do nothing; None while it may."""
    last_sent_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    sent: Mapped[int] = mapped_column(default=0)
    """Badges that it sent, and when the last one came."""

    def may(self, scope: str) -> bool:
        """Whether the holder allowed *scope*."""
        return scope in self.scopes.split()


class AuthorisationCode(storage.Numbered):
    """What a browser carries to a platform whose holder said yes: it is good once, for a minute. Source: RFC 6749, 4.1.2."""

    __tablename__ = "platform_codes"

    link_id: Mapped[int] = mapped_column(ForeignKey("platform_links.id", ondelete="CASCADE"), index=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(MARK), unique=True)
    redirect_uri: Mapped[str] = mapped_column(String(ADDRESS_LIMIT))
    scopes: Mapped[str] = mapped_column(String(SCOPES_LIMIT))
    challenge: Mapped[str] = mapped_column(String(128))
    """Of PKCE, S256. Source: RFC 7636, 4.2."""
    expires_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(storage.Moment)


class PlatformToken(storage.Numbered):
    """A pair of tokens, as one answer hands them over: one that is shown at each request, one that brings the next pair."""

    __tablename__ = "platform_tokens"

    link_id: Mapped[int] = mapped_column(ForeignKey("platform_links.id", ondelete="CASCADE"), index=True)
    access_mark: Mapped[bytes] = mapped_column(LargeBinary(MARK), unique=True)
    refresh_mark: Mapped[bytes] = mapped_column(LargeBinary(MARK), unique=True)
    scopes: Mapped[str] = mapped_column(String(SCOPES_LIMIT))
    issued_at: Mapped[datetime] = mapped_column(storage.Moment)
    access_until: Mapped[datetime] = mapped_column(storage.Moment)
    refreshed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the next pair was asked for: the old one ends a little later (tokens.GRACE)."""
    expires_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    """When neither opens anything any more."""
