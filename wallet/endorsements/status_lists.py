"""Which credentials that this instance signed are withdrawn: a bit for each, in lists that anybody may read.

Rule 1: a place is drawn at random and never given again, so that a list tells nothing of who was given a credential when.
Rule 2: a bit that is set stays set.
Source: Bitstring Status List 1.0, 2.2, 5.1 (herd privacy).
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import openbadges, storage

SIZE = openbadges.LIST_SIZE
FULL = SIZE // 2
"""Places that are given of one list: a free one is soon found."""


NO_BITS = bytes(SIZE // 8)


class StatusList(storage.Numbered):
    """A list of SIZE places."""

    __tablename__ = "status_lists"

    given: Mapped[bytes] = mapped_column(LargeBinary)
    """A bit for each place that is somebody's."""
    withdrawn: Mapped[bytes] = mapped_column(LargeBinary)
    """A bit for each that is withdrawn: what the list publishes."""
    noted: Mapped[bytes] = mapped_column(LargeBinary)
    """Those of them that stand in the ledger of erasures, too: no backup brings them back (operations/erasure.py)."""
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
        found = _make_list(session)
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


def claim_place(session: Session, place: StatusPlace) -> bool:
    """Whether a credential that this instance signed for that place is not withdrawn: then the place is its own. A backup that
    was brought back may not know that it was given, nor of its list."""
    ((found, _),) = _by_list(session, [place])
    if found.id != place.list_id or _is_set(found.withdrawn, place.index):
        return False
    if not _is_set(found.given, place.index):
        found.given, found.count = _with(found.given, [place.index]), found.count + 1
    return True


def read_status_list(session: Session, list_id: int) -> tuple[bytes, int]:
    """The bits of a list, and its edition; raises Missing."""
    row = session.execute(select(StatusList.withdrawn, StatusList.edition).where(StatusList.id == list_id)).first()
    withdrawn, edition = storage.require(row)
    return withdrawn, edition


def withdrawn_to_note(session: Session) -> list[StatusPlace]:
    """Which places are withdrawn and do not stand in the ledger of erasures yet."""
    lists = select(StatusList.id, StatusList.withdrawn, StatusList.noted)
    return [
        StatusPlace(list_id, index)
        for list_id, withdrawn, noted in session.execute(lists.where(StatusList.withdrawn != StatusList.noted))
        for index in _bits_of(withdrawn, noted)
    ]


def mark_noted(session: Session, places: Iterable[StatusPlace]) -> None:
    """These places stand in the ledger of erasures."""
    for found, indexes in _by_list(session, places):
        found.noted = _with(found.noted, indexes)


def withdraw_again(session: Session, places: Iterable[StatusPlace]) -> None:
    """What the ledger of erasures says of these places: a backup that was brought back may know neither that they were given
    nor that they were withdrawn, nor of their list."""
    for found, indexes in _by_list(session, places):
        after = _with(found.withdrawn, indexes)
        if after == found.withdrawn == _with(found.noted, indexes):
            continue
        found.edition += after != found.withdrawn
        found.given, found.withdrawn, found.noted = _with(found.given, indexes), after, _with(found.noted, indexes)
        found.count = int.from_bytes(found.given).bit_count()


def _by_list(session: Session, places: Iterable[StatusPlace]) -> Iterator[tuple[StatusList, list[int]]]:
    """The lists of these places, each locked, and the places in it; one that is not there is made."""
    by_list = storage.grouped((place.list_id, place.index) for place in places)
    for list_id, indexes in sorted(by_list.items()):
        row = select(StatusList).where(StatusList.id == list_id).with_for_update()
        found = session.scalar(row.execution_options(populate_existing=True))
        while found is None or found.id < list_id:
            found = _make_list(session)
        yield found, indexes


def _make_list(session: Session) -> StatusList:
    return storage.insert(session, StatusList(given=NO_BITS, withdrawn=NO_BITS, noted=NO_BITS, count=0, edition=0))


def _bits_of(bits: bytes, without: bytes) -> Iterator[int]:
    """The places that are set in *bits* and not in *without*."""
    left = int.from_bytes(bits) & ~int.from_bytes(without)
    while left:
        highest = left.bit_length() - 1
        yield SIZE - 1 - highest
        left ^= 1 << highest


def _is_set(bits: bytes, index: int) -> bool:
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def _with(bits: bytes, indexes: Iterable[int]) -> bytes:
    """*bits* with these set; the first one is the highest of the first byte (Bitstring Status List 1.0, 2.2)."""
    changed = bytearray(bits)
    for index in indexes:
        changed[index // 8] |= 0x80 >> index % 8
    return bytes(changed)
