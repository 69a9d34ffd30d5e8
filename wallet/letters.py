"""Letters to holders by e-mail: written at once, sent by a chore, gone when they were sent or came too late."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base, Moment


class Letter(Base):
    """A letter that waits to be sent."""

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(16))
    """What it says: the name of its template."""
    language: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What only its reader may know, sealed by the instance's key; None where there is nothing of the kind."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When it is to be sent, or tried again."""
    ends_at: Mapped[datetime] = mapped_column(Moment)
    """After this it is of no use any more."""
    tries: Mapped[int] = mapped_column(default=0)
