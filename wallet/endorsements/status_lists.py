"""Which credentials that this instance signed are withdrawn: a bit for each, in lists that anybody may read.

Rule 1: a place is drawn at random and never given again, so that a list tells nothing of who was given a credential when.
Rule 2: a bit that is set stays set.
Source: Bitstring Status List 1.0, 2.2, 5.1 (herd privacy).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import openbadges, storage

SIZE = openbadges.LIST_SIZE
FULL = SIZE // 2
"""Places that are given of one list: a free one is soon found."""


class StatusList(storage.Numbered):
    """A list of SIZE places."""

    __tablename__ = "status_lists"

    given: Mapped[bytes] = mapped_column(LargeBinary)
    """A bit for each place that is somebody's."""
    withdrawn: Mapped[bytes] = mapped_column(LargeBinary)
    """A bit for each that is withdrawn: what the list publishes."""
    count: Mapped[int] = mapped_column(default=0)
    """Places that are given."""
    edition: Mapped[int] = mapped_column(default=0)
    """Another one whenever what it publishes is."""


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """A place in a list."""

    list_id: int
    index: int


def reserve_place(session: Session) -> StatusPlace:
    """A place for one more credential, in this transaction."""
    newest = select(StatusList).order_by(StatusList.id.desc()).limit(1).with_for_update()
    found = session.scalar(newest.execution_options(populate_existing=True))
    if found is None or found.count >= FULL:
        found = storage.insert(
            session, StatusList(given=bytes(SIZE // 8), withdrawn=bytes(SIZE // 8), count=0, edition=0)
        )
    index = secrets.randbelow(SIZE)
    while _is_set(found.given, index):
        index = secrets.randbelow(SIZE)
    found.given, found.count = _with(found.given, [index]), found.count + 1
    return StatusPlace(found.id, index)


def set_withdrawn(session: Session, list_id: int, indexes: Iterable[int]) -> None:
    """The credentials at these places of one list are withdrawn, for ever; raises Missing where there is no such list."""
    row = select(StatusList).where(StatusList.id == list_id).with_for_update()
    found = storage.require(session.scalar(row.execution_options(populate_existing=True)))
    after = _with(found.withdrawn, indexes)
    if after != found.withdrawn:
        found.withdrawn, found.edition = after, found.edition + 1


def read_status_list(session: Session, list_id: int) -> tuple[bytes, int]:
    """The bits of a list, and its edition; raises Missing."""
    found = storage.require(session.get(StatusList, list_id))
    return found.withdrawn, found.edition


def _is_set(bits: bytes, index: int) -> bool:
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def _with(bits: bytes, indexes: Iterable[int]) -> bytes:
    """*bits* with these set; the first one is the highest of the first byte (Bitstring Status List 1.0, 2.2)."""
    changed = bytearray(bits)
    for index in indexes:
        changed[index // 8] |= 0x80 >> index % 8
    return bytes(changed)
