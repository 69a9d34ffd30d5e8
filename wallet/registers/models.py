"""The tables of the registers: what the operator of this wallet, and those whom they trust, say of issuers.

Nothing in them is of a holder. The database is the master: what was read from a file or an address is kept here, and
the number of the edition is raised by whatever changes it (edition.py).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..storage import NEVER_AGAIN, Base, Document, Moment, Numbered

KEY_LIMIT, NAME_LIMIT, ID_LIMIT, ADDRESS_LIMIT = 40, 300, 1000, 2000
"""Characters."""


class RegisterEdition(Base):
    """One row: the number of the edition in which all registers are."""

    __tablename__ = "trust_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class KeptRegister(Numbered):
    """Somebody who says which issuers they know, or a public list of organisations."""

    __tablename__ = "registers"

    key: Mapped[str] = mapped_column(String(KEY_LIMIT), unique=True)
    """How the operator calls it: `operator` for their own."""
    form: Mapped[str] = mapped_column(String(20))
    """In which form it is read (forms.py)."""
    name: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    """Who speaks."""
    kind: Mapped[str] = mapped_column(String(20))
    """As trust.Kind."""
    address: Mapped[str] = mapped_column(String(ADDRESS_LIMIT), default="")
    """Where it is read again, "" for a file."""
    anchor: Mapped[str] = mapped_column(String(ADDRESS_LIMIT), default="")
    """By whom it must be signed, a DID; "" for nobody."""
    rank: Mapped[int] = mapped_column(default=0)
    is_on: Mapped[bool] = mapped_column(default=True)
    etag: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    """Of what was read last."""
    issued_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was made, as it tells itself."""
    next_update: Mapped[datetime | None] = mapped_column(Moment)
    """When it tells that another one comes."""
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    failed_since: Mapped[datetime | None] = mapped_column(Moment)
    """Since when its address gives nothing that can be used; None while it does."""
    stale_after: Mapped[datetime | None] = mapped_column(Moment)
    """When its rows are believed no longer; None for never."""
    waiting: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was read and changes so much that a person looks at it first."""
    waiting_since: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When it is read again; None for one that is not."""


class RegisterRow(Numbered):
    """What a register says of one issuer (trust.Row)."""

    __tablename__ = "register_rows"
    __table_args__ = (UniqueConstraint("register_id", "match"), NEVER_AGAIN)

    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id", ondelete="CASCADE"))
    match: Mapped[str] = mapped_column(String(ID_LIMIT))
    ignoring: Mapped[list[str]] = mapped_column(Document, default=list)
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    siret: Mapped[str] = mapped_column(String(14), default="")
    vouched_by: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    read_where: Mapped[str] = mapped_column(String(ADDRESS_LIMIT), default="")
    keys: Mapped[list[str]] = mapped_column(Document, default=list)
    scope: Mapped[list[str]] = mapped_column(Document, default=list)
    asks_at: Mapped[str] = mapped_column(String(ADDRESS_LIMIT), default="")
    """Where one may ask it for a badge: an e-mail address or an https one."""
    since: Mapped[datetime | None] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(10), default="")
    read_at: Mapped[datetime] = mapped_column(Moment)


class KeptFact(Numbered):
    """What a public list says of an organisation (trust.Fact)."""

    __tablename__ = "facts"

    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id", ondelete="CASCADE"), index=True)
    siret: Mapped[str] = mapped_column(String(14), default="", index=True)
    nda: Mapped[str] = mapped_column(String(11), default="")
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    marks: Mapped[list[str]] = mapped_column(Document, default=list)
    host: Mapped[str] = mapped_column(String(253), default="", index=True)
    read_on: Mapped[date] = mapped_column(Date)


class RegisterChange(Numbered):
    """One line of the log of the registers; lines are added and never changed."""

    __tablename__ = "register_changes"

    at: Mapped[datetime] = mapped_column(Moment, index=True)
    register: Mapped[str] = mapped_column(String(KEY_LIMIT))
    match: Mapped[str] = mapped_column(String(ID_LIMIT), default="")
    """The issuer; "" where it is the register itself."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    by: Mapped[str] = mapped_column(String(NAME_LIMIT))
    """What did it: the command, the start of the wallet, the chore."""
