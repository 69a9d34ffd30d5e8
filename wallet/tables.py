"""All tables of the wallet, gathered from the rooms that own them, and all files that their rows need."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from . import (
    addresses,
    badge_space,
    badges,
    drafts,
    events,
    evidence,
    exhibits,
    handovers,
    holders,
    identity,
    letters,
    mailed_codes,
    openings,
    papers,
    passcodes,
    passkeys,
    reports,
    returns,
    shares,
)
from .database import Base

OWNERS = (
    *(holders, passkeys, returns, papers, addresses, mailed_codes, letters, events, badges, evidence, shares),
    *(exhibits, passcodes, openings, reports, handovers, drafts, identity, badge_space),
)
"""Importing a room declares its tables on Base."""
metadata = Base.metadata


def named_files(session: Session) -> Iterator[tuple[str, str]]:
    """Every file that some row needs: whose it is, as `badge 12`, and its name. A file may come several times.

    **The one place to extend** when another room's rows name files: what is told here is backed up, brought back,
    looked at by `wallet check-store`, and all else is swept.
    """
    yield from badges.named_files(session)
    yield from evidence.named_files(session)
    yield from handovers.named_files(session)


def files_in_use(session: Session) -> set[str]:
    """The names of all files that some row needs."""
    return {name for _, name in named_files(session)}


def files_of_others(session: Session, holder_id: int, since: datetime | None = None) -> set[str]:
    """The files that rows of others need; with *since*, those looked at since: another file means another look."""
    lately = badges.KeptBadge.checked_at >= since if since else true()
    names = {name for _, name in badges.named_files(session, badges.KeptBadge.holder_id != holder_id, lately)}
    lately = evidence.Attachment.added_at >= since if since else true()
    names |= {name for _, name in evidence.named_files(session, evidence.is_of_others(holder_id), lately)}
    return names | {name for _, name in handovers.named_files(session, handovers.is_of_others(holder_id))}


def counts(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables
    }
