"""The schema of the database: brought up to date, or worked on as it is while a newer wallet is rolled out beside this one.

Rule 1: expand, deploy, contract. A migration only adds; what must go goes with a release that comes later, when no wallet
runs any more that needs it (tests/storage/test_migrations.py). Such a migration says from which wallet on its schema is
understood, and the database keeps that (`StoreIdentity.reads_from`).
Rule 2: a wallet starts on a newer schema as long as it is not older than that, and changes nothing of it.
"""

from collections.abc import Sequence
from enum import Enum, auto

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from .database import Database, current_revision, known_revisions
from .store_id import StoreIdentity, is_missing


class Fit(Enum):
    """How a schema and a wallet go together."""

    SAME = auto()
    OLDER = auto()
    """The wallet can bring it up to date; so is one that is not there yet."""
    NEWER = auto()
    """Of a newer wallet, and understood all the same."""
    FOREIGN = auto()
    """Not understood."""


class UnfitSchema(Exception):
    """This wallet cannot run on that schema; the message is a sentence that says what to do."""


def fit_of(here: str | None, known: Sequence[str], reads_from: str | None) -> Fit:
    """How the revision *here* of a database fits a wallet that knows those, the newest first; revisions are told by their order,
    and what stands in none is of no wallet, newer or not."""
    if here == known[0]:
        return Fit.SAME
    if here is None or here in known:
        return Fit.OLDER
    is_understood = _is_later(here, known[0]) and reads_from is not None and known[0] >= reads_from
    return Fit.NEWER if is_understood else Fit.FOREIGN


def schema_fit(database: Database) -> Fit:
    """How *database* fits this wallet; raises DatabaseUnavailable."""
    here, known = _revision(database), known_revisions()
    return fit_of(here, known, None if here is None or here in known else database.read(_reads_from))


def schema_in_words(database: Database) -> str:
    """The sentence for a schema that is not of this wallet: how far either is, and what follows."""
    here, newest, fit = _revision(database) or "none", known_revisions()[0], schema_fit(database)
    told = {
        Fit.SAME: "which is the same.",
        Fit.OLDER: "which is newer: start it once, or wallet migrate brings the database up to date.",
        Fit.NEWER: "which is older and may run on it: nothing of the schema is changed.",
        Fit.FOREIGN: "which is too old for it: install the newer wallet."
        if _is_later(here, newest)
        else "and no wallet has that one: look whether WALLET_DATABASE_URL names the database of a wallet.",
    }
    return f"The database is at revision {here}, this wallet at {newest}, {told[fit]}"


def bring_up_to_date(database: Database, *, migrates: bool = True) -> str:
    """Bring the schema to the newest revision that this wallet knows; what an operator is to know, "" as a rule.

    Raises UnfitSchema for one that this wallet does not understand, and for an older one where it *migrates* nothing.
    """
    fit = schema_fit(database)
    if fit is Fit.FOREIGN or (fit is Fit.OLDER and not migrates):
        raise UnfitSchema(schema_in_words(database))
    if fit is Fit.NEWER:
        return schema_in_words(database)
    if migrates:
        database.migrate()
    return ""


def _is_later(here: str, newest: str) -> bool:
    return here.isdecimal() and here > newest


def _revision(database: Database) -> str | None:
    return None if is_missing(database) else database.read(current_revision)


def _reads_from(session: Session) -> str | None:
    """What the row says, where there is one that says it."""
    asked, table = inspect(session.connection()), StoreIdentity.__tablename__
    column = StoreIdentity.reads_from
    is_told = asked.has_table(table) and column.key in {one["name"] for one in asked.get_columns(table)}
    return session.scalar(select(column)) if is_told else None
