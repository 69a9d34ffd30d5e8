"""The photo of a holder, for their lasting page: a small square, drawn anew by a bounded child (sandbox/images/).

Where it was taken and by which phone is in no byte that is kept (docs/security.md C8). It lies in its row and nowhere else, and
is gone with it.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import ForeignKey, LargeBinary, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import sandbox
from ..storage import Base, Moment

KEY = 16
"""Characters by which one photo is told from the next."""
BIGGEST_PHOTO = 25 * 1024 * 1024
"""Bytes of a photo that comes in."""
LIGHT_PHOTO = 16 * 1024
"""Bytes of the one that is kept."""
DRAWER = sandbox.Child(
    program=Path(__file__).parents[1] / "sandbox/images",
    packages=("PIL", "pillow_heif", "_pillow_heif"),
    answer=64 * 1024,
    threaded=True,  # as of the photos that go with a moment (evidence/attachments.py)
)


@dataclass(eq=False)
class PhotoRefused(Exception):
    """It is not kept; `reason` is one word: empty, too-heavy, too-large-picture, unreadable-photo, busy."""

    reason: str


class Photo(Base):
    """What a holder looks like, if they want it to be seen."""

    __tablename__ = "photos"

    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY))
    """Another one for another photo: its address has it."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """WebP, of LIGHT_PHOTO bytes at most."""
    made_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def as_shown(self) -> tuple[bytes, str]:
        """Its bytes, and the word by which a browser asks whether they are still the same."""
        return self.content, self.key


def draw_photo(content: bytes) -> bytes:
    """The small square of what a holder brings; raises PhotoRefused. It may take ten seconds: hold no transaction meanwhile."""
    if not content:
        raise PhotoRefused("empty")
    if len(content) > BIGGEST_PHOTO:
        raise PhotoRefused("too-heavy")
    try:
        told, drawn = DRAWER.tell(content, "draw_portrait")
    except sandbox.ChildBusy:
        raise PhotoRefused("busy") from None
    except sandbox.NoAnswer:
        raise PhotoRefused("unreadable-photo") from None
    if told.get("problem") == "too-large-picture":
        raise PhotoRefused("too-large-picture")
    if not drawn.startswith(b"RIFF") or drawn[8:12] != b"WEBP" or len(drawn) > LIGHT_PHOTO:
        raise PhotoRefused("unreadable-photo")
    return drawn


def set_photo(session: Session, holder_id: int, drawn: bytes, now: datetime) -> None:
    """The photo of the holder is what `draw_photo` gave, in the place of any other."""
    session.execute(delete(Photo).where(Photo.holder_id == holder_id))
    session.add(
        Photo(
            holder_id=holder_id,
            key=sha256(drawn).hexdigest()[:KEY],
            content=drawn,
            made_at=now,
        )
    )


def get_photo(session: Session, holder_id: int) -> Photo | None:
    """The photo of the holder, None for none."""
    return session.get(Photo, holder_id, populate_existing=True)


def remove_photo(session: Session, holder_id: int) -> None:
    """No byte of it stays."""
    session.execute(delete(Photo).where(Photo.holder_id == holder_id))
