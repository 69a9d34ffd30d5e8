"""« Tout effacer »: a holder leaves, and nothing of them stays.

Rule 1: first a line in the ledger, then the ways in and all that is shown, then badges and files, then the holder. From
the second step on nobody sees anything of it. Wherever a crash falls, the next round of chores or the next start ends it.
Rule 2: a file goes with the last row that names it, at once: it is let go with that row, and removed when all rows are gone
(storage/file_removals.py). Where the shelf is silent the chores go on until it is gone.
Rule 3: while a return guards the wallet, erasing is planned, told on every page, and may be stopped until it is due
(accounts/recoveries.py).
Rule 4: it works on a full disk (operations/disk_reserve.py).
Rule 5: the words that others said for them are withdrawn in their lists with the ways in. Whichever words were withdrawn, by
whomever, stands in the ledger within a round, so that no backup makes them good again.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from time import monotonic

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, storage
from ..storage import failpoint
from . import all_tables, disk_reserve, erasure_log, erasure_steps

WITH_FILES = (
    badges.KeptBadge.__table__,
    evidence.Evidence.__table__,
    badges.SharedItem.__table__,
    endorsements.Endorsement.__table__,
)
"""Whose rows name files: they go with these."""
PART = 5_000
"""Holders that are looked for in the ledger at a time: so many rows are in memory, however many there are."""
SCRUBS = 4
"""How often an erasure asks that no trace stays: each waits for readers as long as writers can (storage/database.py)."""
log = logging.getLogger("wallet")


class Erasure:
    """Erases holders: their rows, their files, and the traces of both."""

    def __init__(
        self,
        database: storage.Database,
        files: storage.FileStore,
        ledger: erasure_log.Ledger,
        reserve: disk_reserve.DiskReserve,
    ) -> None:
        self.database, self.files, self.ledger, self.disk_reserve = database, files, ledger, reserve
        self._replayed_on: date | None = None

    def ask(self, holder_id: int, kind: str, now: datetime, device_id: int | None = None) -> datetime | None:
        """The holder wants all erased: it is done, or planned while a return guards, and then for when.

        *kind* is the kind of device on which it was asked. Raises Missing when they are gone, or when the device of
        that id is: a thief who was just put out, and whose return guards no more, erases nothing.
        """
        began = monotonic()
        until = self.disk_reserve.spend(lambda: self.database.write(_plan, holder_id, kind, now, device_id))
        if until is None:
            try:
                is_noted = self._note(holder_id, now)
            except Exception:  # nothing is erased, and that is what they read
                self.database.write(_leave_be, holder_id)
                raise
            if is_noted:
                self._take_away(holder_id, now, began)
        return until

    def erase(self, holder_id: int, now: datetime) -> None:
        """Erase the holder. When this returns nobody sees anything of them; what could not go yet goes with a round."""
        began = monotonic()
        if self._note(holder_id, now):
            self._take_away(holder_id, now, began)

    def _note(self, holder_id: int, now: datetime) -> bool:
        """Write the line in the ledger, after which nothing stops it any more; False where the holder is gone."""
        with self.database.reading() as session:
            handle = session.scalar(select(accounts.Holder.handle).where(accounts.Holder.id == holder_id))
        if handle is None:
            return False
        self.disk_reserve.spend(lambda: self.ledger.write(handle, now))
        failpoint("erasure.ledger")
        return True

    def _take_away(self, holder_id: int, now: datetime, began: float) -> None:
        self.disk_reserve.spend(lambda: self._shut(holder_id, now))
        failpoint("erasure.shut")
        names = set[str]()
        try:
            self.disk_reserve.spend(partial(self.note_withdrawals, now))
            for one in (*self.database.read(badges.pending_visitors, holder_id), holder_id):
                self.disk_reserve.spend(partial(self._empty, one, now, names))
            failpoint("erasure.emptied")
            try:
                self.disk_reserve.spend(partial(self._remove, names, storage.by_now(now, began)))
                failpoint("erasure.files")
            finally:  # the rows are gone, whatever the shelf says
                self.disk_reserve.spend(self._scrub)
        except (storage.DatabaseUnavailable, storage.Unavailable) as problem:
            log.error("an erasure goes on with the next round: %s: %s", type(problem).__name__, problem)

    def round(self, now: datetime) -> None:
        """Erase those whose time has come, and leave no trace in SQLite's log of whatever went since the last round.

        Once a day the ledger forgets what is old; it is replayed where it did not answer at the start.
        """
        began = monotonic()
        with self.database.reading() as session:
            due = list(session.scalars(select(accounts.Holder.id).where(accounts.Holder.erase_at <= now)))
        for holder_id in due:
            if self.disk_reserve.spend(partial(self.database.write, _is_time, holder_id, now)):
                self.erase(holder_id, storage.by_now(now, began))
        self.note_withdrawals(now)
        if self.database.is_sqlite:
            self.database.scrub()
        if self._replayed_on is None:
            self.replay(storage.by_now(now, began))
        elif self._replayed_on < now.date():
            self.ledger.forget_old(now)
            self._replayed_on = now.date()

    def begin(self, now: datetime) -> None:
        """At a start: `replay`, in the first round only where the ledger lies on a shelf that does not answer now."""
        try:
            self.replay(now)
        except storage.Unavailable as problem:
            if isinstance(self.ledger, erasure_log.ErasureLog):
                raise
            log.error("the ledger of erasures is replayed as soon as the shelf answers: %s", problem)

    def note_withdrawals(self, now: datetime) -> None:
        """Which words were withdrawn since stands in the ledger, too."""
        places = self.database.read(endorsements.withdrawn_to_note)
        if places:
            self.ledger.write_marks([erasure_log.withdrawal_mark(one.list_id, one.index) for one in places], now)
            failpoint("erasure.withdrawals")
            self.database.write(endorsements.mark_noted, places)

    def replay(self, now: datetime) -> None:
        """Erase again whoever stands in the ledger, and withdraw which words do: a crash came between, or a backup brought
        them back."""
        began = monotonic()
        self.ledger.forget_old(now)
        lines = self.ledger.lines()
        if withdrawn := [endorsements.StatusPlace(*place) for place in erasure_log.withdrawals_in(lines)]:
            self.database.write(endorsements.withdraw_again, withdrawn)
            for places in storage.in_batches(withdrawn, storage.SOME):
                self.database.write(endorsements.withdraw_at, places, now)
        last = 0
        while lines and (some := self.database.read(_handles, last)):
            for holder_id, handle in some:
                last = holder_id
                if erasure_log.holder_mark(handle) in lines:
                    self.erase(holder_id, storage.by_now(now, began))
        self._replayed_on = now.date()

    def _shut(self, holder_id: int, now: datetime) -> None:
        """Take away all that lets somebody in or shows something; what is left is due from now on."""
        with self.database.writing() as session:
            holder = session.get(accounts.Holder, holder_id, with_for_update=True)
            if holder:
                holder.erase_at = now
            endorsements.withdraw_all(session, holder_id)
            accounts.forget_address_codes(session, holder_id)
            for table in reversed(all_tables.metadata.sorted_tables):
                if "holder_id" in table.c and table not in WITH_FILES:
                    session.execute(delete(table).where(table.c.holder_id == holder_id))

    def _empty(self, holder_id: int, now: datetime, names: set[str]) -> None:
        """Erase badges and evidence, and the holder; *names* learns of the files that are to be removed then."""
        storage.check_same_store(self.database, self.files)
        while self._erase_some(holder_id, now, names):
            failpoint("erasure.some")

    def _erase_some(self, holder_id: int, now: datetime, names: set[str]) -> bool:
        """One step of it; whether there are more."""
        has_more, some = self.database.write(erasure_steps.erase_some, holder_id, now)
        names |= some
        return has_more

    def _scrub(self) -> None:
        """Whoever reads holds SQLite's log up: it is emptied once they have ended, and else with the next round."""
        any(self.database.scrub() for _ in range(SCRUBS))

    def _remove(self, names: set[str], now: datetime) -> None:
        if names:
            storage.check_same_store(self.database, self.files)
            with self.database.long():  # where not all rows are listed yet, it takes a look at these
                storage.remove_files(self.database, self.files, names, now)


def _plan(session: Session, holder_id: int, kind: str, now: datetime, device_id: int | None) -> datetime | None:
    holder = accounts.lock_holder(session, holder_id)
    if device_id is not None:
        storage.require(session.get(accounts.Device, device_id))
    until = accounts.pending_until(session, holder_id, now)
    # Where it is at once, too: what fails behind the line in the ledger is ended by a round.
    holder.erase_at = until or now
    if until:
        accounts.note_event(session, holder_id, "erasure-asked", now, kind)
    return until


def _leave_be(session: Session, holder_id: int) -> None:
    """What was asked for at once is not due after all."""
    holder = session.get(accounts.Holder, holder_id, with_for_update=True)
    if holder:
        holder.erase_at = None


def _is_time(session: Session, holder_id: int, now: datetime) -> bool:
    """Whether what was due still is: it was not stopped, and nobody came back before it was; else it waits longer."""
    holder = session.get(accounts.Holder, holder_id, with_for_update=True)
    if holder is None or holder.erase_at is None:
        return False
    holder.erase_at = accounts.erasure_due_at(session, holder_id, holder.erase_at, now)
    return holder.erase_at <= now


def leave_wallet(session: Session, known: accounts.SignedIn, now: datetime) -> bool:
    """Sign out; a visitor without a key could never come back, so what they brought is erased, some of it at a time.

    Whether there is more of it: then it is asked again, or left to the chores.
    """
    accounts.sign_out(session, known.device.id)
    # Asked again under a lock: in another tab the visitor may have made a key meanwhile, and is nobody's to erase.
    holder = session.get(accounts.Holder, known.holder.id, with_for_update=True, populate_existing=True)
    if holder is None or holder.is_kept:
        return False
    holder.leaves_at = now
    return erasure_steps.erase_visitor(session, holder.id, now)


def cancel_erasure(session: Session, holder_id: int, kind: str, now: datetime) -> bool:
    """« Annuler »: nothing is erased after all. False where it is too late: what is due may stand in the ledger already."""
    holder = accounts.lock_holder(session, holder_id)
    if holder.erase_at is None:
        return True
    if accounts.erasure_due_at(session, holder_id, holder.erase_at, now) <= now:
        return False
    holder.erase_at = None
    accounts.note_event(session, holder_id, "erasure-stopped", now, kind)
    return True


def is_erasure_due(session: Session, holder_id: int, now: datetime) -> bool:
    """Whether what was asked for is due: it is too late to stop it, and the next round ends it."""
    planned_for = session.scalar(select(accounts.Holder.erase_at).where(accounts.Holder.id == holder_id))
    return planned_for is not None and accounts.erasure_due_at(session, holder_id, planned_for, now) <= now


def _handles(session: Session, after: int) -> Sequence[Row[int, bytes]]:
    """The next holders beyond that number."""
    holder = accounts.Holder
    return session.execute(
        select(holder.id, holder.handle).where(holder.id > after).order_by(holder.id).limit(PART)
    ).all()
