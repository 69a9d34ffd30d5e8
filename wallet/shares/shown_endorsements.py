"""Which words of others a share shows: those that the holder chose for this one share.

What was taken back, removed or changed is shown no more, there and then.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ForeignKey, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import storage


class ShownEndorsement(storage.Numbered):
    """A word in a share."""

    __tablename__ = "shown_endorsements"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    endorsement_id: Mapped[int | None] = mapped_column(ForeignKey("endorsements.id", ondelete="SET NULL"), index=True)
    """The kept word; None for one that stands in a badge, and where it is gone for good."""
    place: Mapped[int | None]
    """Of the badge that it is about, or in which it stands; None for a word on a moment."""
    mark: Mapped[str] = mapped_column(String(43), default="")
    """Of one that stands in the badge at `place`: by which it is found there (badges.endorsement_mark); "" else."""
    told: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """Who said it, and when, for the holder's own record."""


def forget_endorsements(session: Session, ids: Collection[int]) -> None:
    """These words are gone for good: no share tells any more who said them."""
    shown = update(ShownEndorsement).where(ShownEndorsement.endorsement_id.in_(ids))
    session.execute(shown.values(told=None).execution_options(synchronize_session=False))
