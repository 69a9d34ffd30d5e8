"""Every order of things that Maria and three thieves may do, on a real database with a clock that is moved.

The thieves: one with copies of her papers, one who reads her mailbox, one with a phone of hers that is still signed in and
no finger. What is told of them here is what came by what; what the wallet decides is its own. After each step it has a
way in, one paper at most, and nothing opens that it should not. A thief whom nobody stopped for three days has won, and
acts no more: that much is the wait, and no more.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Table, event, select

from tests.fixtures import ways_in as acts
from tests.fixtures.authenticator import Key
from tests.fixtures.bystander import MAILBOX, OWNER, PAPER, PHONE, Bystander, Made, Seat
from tests.fixtures.people import NOW, TABLES, asked_to_show_one, enters, known_by
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.ways_in import HOUR, MINUTE, SECOND
from wallet.accounts import activity, holders, recoveries, recovery_codes
from wallet.accounts.ceremonies import CeremonyFailed
from wallet.accounts.holders import Device
from wallet.accounts.passkeys import NotFresh, Passkey, TooManyKeys
from wallet.accounts.recoveries import RECOVERY_GUARD, RecoveryPending
from wallet.accounts.recovery_codes import RecoveryCode
from wallet.operations import erasure
from wallet.recovery import flows
from wallet.recovery.flows import LastWay, RecoveryCodeStillGood, WrongDevice
from wallet.storage.database import Base, Database, Missing

pytestmark = pytest.mark.slow

REFUSED = (Missing, NotFresh, TooManyKeys, CeremonyFailed, RecoveryPending, LastWay, WrongDevice, RecoveryCodeStillGood)
ANY = st.integers(0, 30)
"""Which one of what there is."""


class Wallet(Bystander):
    """Maria's wallet, and whoever is at its doors."""

    # What they do

    @initialize(
        by=st.sampled_from(["key", "paper", "key, paper", "nothing"]),
        came=st.sampled_from(["nobody", "by paper", "by mail", "by mail, by paper", "by paper, by another"]),
        who=st.sampled_from([OWNER, "thief"]),
        made=st.sampled_from(["nothing", "a key", "a paper"]),
    )
    def maria_has_kept_her_wallet(self, by: str, came: str, who: str, made: str) -> None:
        """By what, or not yet; and somebody came back to it, and made something of it."""
        if "key" in by:
            self.make_a_key(0)
        if "paper" in by:
            self.make_a_paper(0)
        if "mail" in came and self.kept():
            self.ask_by_mail()
            self.now += recoveries.RECOVERY_WAIT
            self.enter_by_mail(MAILBOX if who == OWNER else OWNER)
        if "paper" in came:
            self.use_a_paper(OWNER if who == OWNER else PAPER, 0)
        if "another" in came:
            self.make_a_paper(-1)
            self.use_a_paper(OWNER if who == OWNER else PAPER, 0)
        if made == "a key":
            self.make_a_key(-1)
        if made == "a paper":
            self.make_a_paper(-1)

    @rule(which=ANY)
    def make_a_key(self, which: int) -> None:
        seat, key = self.present(which), Key()
        if seat is None:
            return
        before, by = self.current(), self.running(seat.by)
        try:
            known = acts.adds_key(self.people, seat.known, key, self.now)
        except REFUSED:
            return
        self.keys.append(Made(seat.who, key, by))
        self.sits(seat, known, by)
        is_theirs = before in self.opened and (by is None or self.used.get(by) == before)
        assert self.current() == (None if is_theirs else before), "a key spends the paper that let its maker in"
        if is_theirs:
            self.spend(before)

    @rule(which=ANY)
    def make_a_paper(self, which: int) -> None:
        seat = self.present(which)
        if seat is None:
            return
        before, by = self.current(), self.running(seat.by)
        try:
            code = acts.paper_for(self.people, seat.known, self.now)
        except REFUSED:
            return
        if before and by:
            mine = {str(made.what) for made in self.codes if made.by == by}
            assert self.used.get(by) == before or before in mine, "a paper replaces the one that let its maker in"
        self.spend(before)
        self.codes.append(Made(seat.who, code, by))

    @rule(which=ANY, key=ANY)
    def show_a_key_once_more(self, which: int, key: int) -> None:
        seat, shown = self.present(which), self.key_of(which, key)
        if seat is None or shown is None:
            return
        by = self.running(shown.by)
        try:
            known = acts.confirms(self.people, seat.known, shown.what, self.now)  # type: ignore[arg-type]
        except REFUSED:
            return
        self.sits(seat, known, by)

    @rule(who=st.sampled_from([OWNER, PAPER, MAILBOX]), key=ANY)
    def enter_by_a_key(self, who: str, key: int) -> None:
        mine = [made for made in self.keys if made.who == who and (who == OWNER or not self.over(made.by))]
        if not mine:
            return
        made = mine[key % len(mine)]
        try:
            token = enters(self.people, made.what.show(asked_to_show_one(self.people, self.now)), self.now)  # type: ignore[union-attr]
        except CeremonyFailed:
            return
        self.seats.append(Seat(who, known_by(self.people, token, self.now), self.running(made.by)))

    @rule(which=ANY, key=ANY, shows=st.booleans())
    def remove_a_key(self, which: int, key: int, shows: bool) -> None:
        """Just after showing one, or not."""
        seat = self.shown(which) if shows else self.present(which)
        ids = acts.keys_of(self.people, self.seats[0].known) if self.seats else []
        if seat is None or not ids:
            return
        id = ids[key % len(ids)]
        with self.people.reading() as session:
            credential = session.get_one(Passkey, id).credential_id
        try:
            acts.removes(self.people, seat.known, id, self.now)
        except REFUSED:
            return
        assert seat.who == OWNER, f"the {seat.who} took a key away"
        self.keys = [made for made in self.keys if made.what.credential_id != credential]  # type: ignore[union-attr]

    @rule(who=st.sampled_from([OWNER, PAPER]), back=st.sampled_from([0, 0, 0, 1, 2, 3]))
    def use_a_paper(self, who: str, back: int) -> None:
        """The last one, one from before, or a wrong one; the thief has a copy of all that Maria made."""
        has = ["0" * 26] + [str(made.what) for made in self.codes if who == PAPER or made.who == OWNER]
        code, opens = has[-1 - back % len(has)], self.current()
        try:
            known = acts.comes_by_paper(self.people, code, self.now)
        except Missing:
            return
        assert code == opens
        assert self.now >= self.last.get(code, NOW - recovery_codes.AGAIN) + recovery_codes.AGAIN
        self.last[code] = self.now
        back = known.device.return_id
        assert back is not None
        self.note_stopped()
        made = next(made.by for made in self.codes if made.what == code)
        self.entered[back], self.used[back], self.after[back] = self.now, code, self.running(made)
        self.opened.add(code)
        self.seats.append(Seat(who, known, back))

    @precondition(lambda self: self.kept())
    @rule()
    def ask_by_mail(self) -> None:
        acts.asks_by_mail(self.people, self.holder_id, self.now)

    @precondition(lambda self: self.kept())
    @rule(who=st.sampled_from([OWNER, MAILBOX]))
    def enter_by_mail(self, who: str) -> None:
        try:
            known = acts.comes_by_mail(self.people, self.holder_id, self.now)
        except Missing:
            return
        assert known.device.return_id is not None
        first = self.entered.setdefault(known.device.return_id, self.now)
        assert self.now - first <= HOUR, "an answer that got lost is asked for soon"
        self.seats.append(Seat(who, known, known.device.return_id))

    @rule(which=ANY, back=ANY, shows=st.booleans())
    def stop(self, which: int, back: int, shows: bool) -> None:
        """« Ce n'est pas moi », just after showing a key, or not."""
        seat = self.shown(which) if shows else self.present(which)
        if seat is None:
            return
        ids = acts.running(self.people, seat.known, self.now)
        if not ids:
            return
        id, before, keys = ids[back % len(ids)], self.current(), self.trusted_keys()
        try:
            code = acts.stops(self.people, seat.known, id, self.now)
        except REFUSED:
            return
        if mine := self.running(seat.by):
            assert (mine in self.used, id in self.used) == (True, False), "by e-mail nobody stops a paper"
        elif seat.who == PHONE and id in self.entered:
            assert not keys, "a phone without a finger put out whoever came back"
        self.note_stopped()
        assert all(self.running(other) is None for other in self.came_with(id)), "what came by its papers goes with it"
        if code:
            assert seat.known.is_fresh(self.now) or id not in self.used, "nothing is given to whoever showed nothing"
            self.codes.append(Made(seat.who, code, mine))
        after = self.current()
        if before and before != after:
            self.spend(before)
        if after and after not in {before, code}:
            assert after == self.used.get(id), "what opens again is the paper of the return that was undone"
            self.spent.discard(after)
            self.opened.discard(after)
            self.last.pop(after, None)

    @rule(which=ANY)
    def sign_out_elsewhere(self, which: int) -> None:
        seat = self.present(which)
        if seat is None:
            return
        mine = self.running(seat.by)
        acts.signs_out_elsewhere(self.people, seat.known, self.now)
        if mine:
            with self.people.reading() as session:
                left = {device.id for device in holders.list_devices(session, self.holder_id, self.now)}
            put_out = [other for other in self.seats if other.known.device.id not in left]
            assert all(other.by == mine for other in put_out)

    @precondition(lambda self: self.kept())
    @rule(which=ANY)
    def sign_out(self, which: int) -> None:
        if seat := self.present(which):
            with self.people.writing() as session:
                erasure.leave_wallet(session, seat.known, self.now)

    @precondition(lambda self: self.ghosts)
    @rule(which=ANY, act=st.sampled_from(["key", "paper", "stop", "sign out"]))
    def whoever_was_put_out_goes_on(self, which: int, act: str) -> None:
        """With what they had begun before."""
        ghost = self.ghosts[which % len(self.ghosts)].known
        back = (acts.running(self.people, ghost, self.now) or [0])[0]
        goes_on = {
            "key": lambda: acts.adds_key(self.people, ghost, Key(), self.now),
            "paper": lambda: acts.paper_for(self.people, ghost, self.now),
            "stop": lambda: acts.stops(self.people, ghost, back, self.now),
            "sign out": lambda: acts.signs_out_elsewhere(self.people, ghost, self.now),
        }
        with pytest.raises(REFUSED):
            goes_on[act]()

    @rule(which=ANY)
    def a_phone_is_stolen(self, which: int) -> None:
        seat = self.present(which)
        if seat and seat.who == OWNER and self.now >= seat.known.device.shown_at + holders.FRESH and self.kept():
            seat.who = PHONE

    @precondition(lambda self: self.kept())
    @rule(
        span=st.sampled_from([SECOND, MINUTE, 5 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 72 * HOUR - SECOND])
        | st.integers(1, 4 * 86400).map(lambda seconds: timedelta(seconds=seconds))
    )
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    @rule()
    def chores_are_done(self) -> None:
        with self.people.writing() as session:
            recoveries.forget_ended_recoveries(session, self.now)
            activity.forget_old_events(session, self.now)

    def shown(self, which: int) -> Seat | None:
        """Somebody who showed a key just now, if they have one."""
        if seat := self.present(which):
            self.show_a_key_once_more(which, 0)
            return seat if seat in self.seats else self.seats[-1]
        return None

    # What is true after each step

    @invariant()
    def there_is_a_way_in(self) -> None:
        if self.kept():
            with self.people.reading() as session:
                assert flows.list_ways_in(session, self.holder_id).count >= 1

    @invariant()
    def the_last_paper_opens_and_none_before_it(self) -> None:
        opens = self.current()
        alive = [str(made.what) for made in self.codes if made.what not in self.spent and made.by not in self.stopped]
        assert opens == (alive[-1] if alive else None)

    @invariant()
    def every_key_is_there_that_nobody_took_away(self) -> None:
        assert self.credentials() == {made.what.credential_id for made in self.keys}  # type: ignore[union-attr]

    @invariant()
    def nothing_is_left_of_what_was_stopped(self) -> None:
        with self.people.reading() as session:
            for table in (Device, Passkey, RecoveryCode):
                query = select(table.return_id).where(table.holder_id == self.holder_id)
                assert not self.stopped & set(session.scalars(query))

    @invariant()
    def whoever_came_back_waits_for_three_days(self) -> None:
        with self.people.reading() as session:
            until = recoveries.pending_until(session, self.holder_id, self.now)
        ends = [at + RECOVERY_GUARD for back, at in self.entered.items() if back not in self.stopped]
        assert until == max((end for end in ends if end > self.now), default=None)

    def teardown(self) -> None:
        """Whoever should comes back: Maria, by any key that nobody could take from her."""
        for made in self.keys:
            if made.who == OWNER and self.trusted(made.by):
                answer = made.what.show(asked_to_show_one(self.people, self.now))  # type: ignore[union-attr]
                known = known_by(self.people, enters(self.people, answer, self.now), self.now)
                assert known.holder.id == self.holder_id
                assert known.device.return_id is None


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[type[Wallet]]:
    """The machine, on an empty SQLite; each sequence has a holder of its own."""
    database = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    # As on the PostgreSQL of the tests: nothing here has to survive a power cut.
    event.listen(database.engine, "connect", lambda opened, _record: opened.execute("PRAGMA synchronous=OFF"))
    Base.metadata.create_all(database.engine, [table for table in TABLES if isinstance(table, Table)])
    Wallet.people = database
    yield Wallet
    database.close()


def drive(machine: type[Wallet], sequences: int, steps: int) -> None:
    """So many sequences of so many steps; without a deadline, for other people's disks are slow."""
    ours = settings(
        max_examples=sequences, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=ours)


@pytest.mark.parametrize("sequences", here_and_in_soak(20, 2_000))
@pytest.mark.breadth
def test_no_order_of_things_locks_maria_out_or_lets_a_thief_destroy(machine: type[Wallet], sequences: int) -> None:
    drive(machine, sequences, 25)
