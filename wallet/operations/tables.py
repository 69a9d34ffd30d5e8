"""All tables of the wallet, gathered from the rooms that own them, and all files that their rows need."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..accounts import activity as events
from ..accounts import challenges, holders, mailed_codes, passkeys
from ..accounts import emails as addresses
from ..accounts import outbox as letters
from ..accounts import recoveries as returns
from ..accounts import recovery_codes as papers
from ..accounts import storage_use as sizes
from ..badges import badges
from ..badges import files as badge_files
from ..badges import quota as badge_space
from ..badges import share_target as handovers
from ..evidence import editing as evidence
from ..evidence import offline_drafts as drafts
from ..shares import abuse_reports as reports
from ..shares import evidence_snapshots as exhibits
from ..shares import lifecycle as shares
from ..shares import passcodes
from ..shares import view_counts as openings
from ..storage import file_removals as removals
from ..storage import store_id as identity
from ..storage.database import Base

OWNERS = (
    *(holders, passkeys, challenges, returns, papers, addresses, mailed_codes, letters, events, badges, evidence),
    *(shares, exhibits, passcodes, openings, reports, handovers, drafts, identity, badge_space, removals, sizes),
)
"""Importing a room declares its tables on Base."""
metadata = Base.metadata


def named_files(session: Session) -> Iterator[tuple[str, str]]:
    """Every file that some row needs: whose it is, as `badge 12`, and its name. A file may come several times.

    **The one place to extend** when another room's rows name files: what is told here is backed up, brought back,
    looked at by `wallet check-store`; all else is removed where it was let go (storage/file_removals.py), and swept.
    """
    yield from badge_files.named_files(session)
    yield from evidence.named_files(session)
    yield from handovers.named_files(session)


def files_in_use(session: Session) -> set[str]:
    """The names of all files that some row needs."""
    return {name for _, name in named_files(session)}


def owners(session: Session) -> dict[str, list[str]]:
    """All files that some row needs: whose each is, by its name."""
    whose: dict[str, list[str]] = {}
    for owner, name in named_files(session):
        whose.setdefault(name, []).append(owner)
    return whose


def files_of(session: Session, holder_id: int) -> set[str]:
    """The names of all files that rows of the holder need."""
    found = (
        *badge_files.named_files(session, badges.KeptBadge.holder_id == holder_id),
        *evidence.named_files(session, evidence.belongs_to(holder_id)),
        *handovers.named_files(session, handovers.Handover.holder_id == holder_id),
    )
    return {name for _, name in found}


def counts(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables
    }
