"""The operator's own register, for others, row by row: each issuer that is vouched for as a signed endorsement.

What an endorsement says is what the last change of its row says: the number of that line of the log is its place in a list of what
is withdrawn. So a place is never given again, an issuer that was struck and comes back has another one, and nothing is kept of
what was given out: all places are withdrawn but those of the rows that are in force.
Source: Open Badges 3.0, EndorsementCredential; Bitstring Status List 1.0; docs/decisions.md 35, 46.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import openbadges, pages, storage
from ..trust import OPERATOR
from .models import RegisterChange, RegisterRow
from .publishing import is_for_others, is_fresh, own_register, published_rows

A_DAY = timedelta(days=1)
LASTS = timedelta(days=365)
"""How long others may believe it without asking us for another one."""
SIZE = openbadges.LIST_SIZE
_MINE = RegisterChange.register == OPERATOR, RegisterChange.match != ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VouchedIssuer:
    """An issuer that the operator vouches for."""

    id: str
    name: str
    siret: str
    voucher: str
    """Who vouches, "" for whoever signs."""
    since: datetime | None
    until: datetime | None
    number: int
    """Of the change by which it is as it is."""

    @property
    def place(self) -> tuple[int, int]:
        """The number of the list in which it stands, and its place there."""
        return divmod(self.number, SIZE)


def find_vouched(session: Session, id: str, now: datetime) -> VouchedIssuer:
    """The issuer *id*, which the operator vouches for now; raises Missing."""
    register = storage.require(own_register(session))
    which = RegisterRow.register_id == register.id, RegisterRow.match == id
    row = storage.fetch_one(session, select(RegisterRow).where(*which))
    if not (is_fresh(register, now) and is_for_others(row, now)):
        raise storage.Missing
    ends = [one for one in (row.until, register.stale_after) if one]
    return VouchedIssuer(
        id=row.match,
        name=row.name,
        siret=row.siret,
        voucher=row.vouched_by or register.name,
        since=row.since,
        until=min(ends, default=None),
        number=storage.fetch_one(
            session, select(func.max(RegisterChange.id)).where(*_MINE, RegisterChange.match == id)
        ),
    )


def endorse_issuer(
    vouched: VouchedIssuer, address: str, list_address: str, signer: openbadges.Signer, now: datetime, language: str
) -> tuple[str, datetime]:
    """The endorsement of that issuer, to stand at *address*, and until when it is right where nothing is changed."""
    today = _midnight(now)
    begins = max(today, vouched.since) if vouched.since else today
    _ = pages.catalogue_of(language).gettext
    comment = _("%(name)s confirms this organisation.") % {"name": vouched.voucher or signer.name}
    said = openbadges.Said(
        id=address,
        subject=vouched.id,
        subject_name=vouched.name,
        comment=comment,
        name=vouched.name,
        description=f"{comment} SIRET {vouched.siret}." if vouched.siret else comment,
        begins=begins,
        ends=min(today + LASTS, vouched.until or today + LASTS),
        status=(list_address, vouched.place[1]),
    )
    right_until = min(today + A_DAY, vouched.until or today + A_DAY)
    return json.dumps(openbadges.sign_endorsement(said, signer), ensure_ascii=False), right_until


def withdrawn_places(session: Session, number: int, now: datetime) -> tuple[bytes, datetime | None]:
    """The bits of the list *number*, and until when they are right where nothing is changed; raises Missing beyond the last."""
    begins = number * SIZE
    if begins > (session.scalar(select(func.max(RegisterChange.id)).where(*_MINE)) or 0):
        raise storage.Missing
    rows, until = published_rows(session, now)
    vouched = {row.match for row in rows}
    last = select(RegisterChange.match, func.max(RegisterChange.id)).where(*_MINE).group_by(RegisterChange.match)
    in_force = {id for match, id in session.execute(last) if match in vouched}
    bits = bytearray(SIZE // 8)
    here = RegisterChange.id >= begins, RegisterChange.id < begins + SIZE
    for id in session.scalars(select(RegisterChange.id).where(*_MINE, *here)):
        if id not in in_force:
            bits[(id - begins) // 8] |= 0x80 >> (id - begins) % 8
    return bytes(bits), until


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
