"""« Tout effacer » in the room that does it: at once, whole, for good, and nobody else loses anything."""

import logging
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from tests.fixtures.erased import keep_named, shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from wallet.accounts import holders, recoveries, recovery_codes
from wallet.accounts.activity import Event
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Device, Holder
from wallet.accounts.mailed_codes import MailedCode
from wallet.accounts.recoveries import Recovery
from wallet.badges import files as badge_files
from wallet.badges.models import KeptBadge
from wallet.operations import all_tables as tables
from wallet.operations import cleanup
from wallet.operations.erasure import Erasure, cancel_erasure
from wallet.operations.erasure_log import KEPT, ErasureLog, holder_mark
from wallet.operations.erasure_steps import AT_ONCE
from wallet.recovery import flows
from wallet.shares import lifecycle
from wallet.shares.models import Choice
from wallet.storage import file_removals, files
from wallet.storage.database import Database, DatabaseUnavailable, Missing
from wallet.storage.files import Folder, Unavailable

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def rows(wallets: Database) -> int:
    """Rows of all tables together, but for the hashes of files that went lately, and the two that
    say which store this is and in which edition its registers are."""
    all_tables = (table for table in tables.metadata.sorted_tables if table.name != "file_removals")
    with wallets.reading() as session:
        assert file_removals.pending_removals(session) == set()
        counts = (select(func.count()).select_from(table) for table in all_tables)
        return -2 + sum(session.scalar(count) or 0 for count in counts)


def handle_of(wallets: Database, holder: int) -> bytes:
    with wallets.reading() as session:
        return session.get_one(Holder, holder).handle


def is_there(wallets: Database, holder: int) -> bool:
    with wallets.reading() as session:
        return session.get(Holder, holder) is not None


def comes_back_by_paper(wallets: Database, holder: int) -> None:
    with wallets.writing() as session:
        recoveries.begin_recovery(session, holder, "paper", "android", NOW)


def planned_for(wallets: Database, holder: int) -> object:
    with wallets.reading() as session:
        return session.get_one(Holder, holder).erase_at


@pytest.mark.breadth
def test_all_that_is_marias_is_gone_and_nothing_that_is_youssefs(wallets: Database, folder: Folder, erasures: Erasure):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    (shown,) = keeps(wallets, maria, shelved(folder, 1, answer=b"of both"))
    keeps(wallets, youssef, shelved(folder, 2, answer=b"of both"))
    before = rows(wallets)
    with wallets.writing() as session:
        lifecycle.create_share(
            session, maria, Choice(badge_ids=[shown], ends_at=NOW + timedelta(days=7)), lambda token, _: token, NOW
        )
        recovery_codes.make_recovery_code(session, maria, NOW)

    assert erasures.ask(maria, "android", NOW) is None

    assert rows(wallets) == before - 6, "the holder, the badge, its size and the three files that it needs"
    assert sorted(map(folder.read, folder.names())) == [b"document 2", b"of both", b"picture 2"]
    assert list(folder.drafts.iterdir()) == []


@pytest.mark.breadth
def test_what_waits_for_marias_word_goes_with_her_and_so_do_its_files(
    wallets: Database, folder: Folder, erasures: Erasure
):
    maria = somebody_with_a_key(wallets)
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
        visitor.waits_for_id, visitor.leaves_at = maria, NOW + 30 * DAY
    keeps(wallets, visitor.id, shelved(folder, 1))

    erasures.ask(maria, "android", NOW)

    assert not is_there(wallets, visitor.id)
    assert list(folder.names()) == []


def test_a_code_that_went_to_marias_address_before_it_was_hers_is_gone(wallets: Database, erasures: Erasure):
    """And none of an address that she typed and never verified: it may be that of somebody else, who waits for it."""
    maria, hers, typed = somebody_with_a_key(wallets), "maria@exemple.fr", "youssef@exemple.fr"
    told = {"purpose": "return", "holder_id": None, "code_hash": bytes(32), "ends_at": NOW + DAY}
    with wallets.writing() as session:
        for address, verified_at in ((hers, NOW), (typed, None)):
            given = {"written": address, "plain": address, "added_at": NOW, "verified_at": verified_at}
            session.add(EmailAddress(holder_id=maria, **given))
            session.add(MailedCode(plain=address, **told))

    erasures.ask(maria, "android", NOW)

    with wallets.reading() as session:
        assert session.scalars(select(MailedCode.plain)).all() == [typed]


@pytest.mark.breadth
def test_a_wallet_of_very_many_badges_goes_in_steps(
    wallets: Database, folder: Folder, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    """Each step keeps to itself what it locks and logs; a step that is the last one takes the holder along."""
    maria, taken, erase = somebody_with_a_key(wallets), [], badge_files.erase_badges
    keeps(wallets, maria, *(shelved(folder, number, answer=b"of all") for number in range(2 * AT_ONCE)))

    def counted(*what: object) -> tuple[int, set[str]]:
        count, names = erase(*what)  # type: ignore[arg-type]
        taken.append(count)
        return count, names

    monkeypatch.setattr(badge_files, "erase_badges", counted)
    monkeypatch.setattr("wallet.badges.erase_badges", counted)
    erasures.erase(maria, NOW)

    assert taken == [AT_ONCE, AT_ONCE, 0]
    assert (rows(wallets), list(folder.names())) == (0, [])


def test_the_ledger_tells_a_hash_and_a_day_and_nothing_else(wallets: Database, erasures: Erasure):
    maria = somebody_with_a_key(wallets)
    handle = handle_of(wallets, maria)

    erasures.erase(maria, NOW)

    assert erasures.ledger.path.read_text() == f"{holder_mark(handle)} 2026-11-24\n"
    assert erasures.ledger.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.breadth
def test_the_line_is_written_before_anything_goes(
    wallets: Database, folder: Folder, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))
    before = rows(wallets)

    def full(*_what: object) -> None:
        raise OSError("a disk that takes nothing")

    monkeypatch.setattr(erasures.ledger, "write", full)
    with pytest.raises(OSError, match="takes nothing"):
        erasures.erase(maria, NOW)

    assert rows(wallets) == before
    assert len(list(folder.names())) == 3


@pytest.mark.parametrize("step", ["_shut", "_empty"])
@pytest.mark.breadth
def test_what_a_crash_left_is_erased_at_the_next_start(
    step: str, wallets: Database, folder: Folder, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))

    class PowerCut(BaseException):
        pass

    def cut(*_what: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(erasures, step, cut)
        with pytest.raises(PowerCut):
            erasures.erase(maria, NOW)
    assert is_there(wallets, maria)

    erasures.replay(NOW + MINUTE)

    assert not is_there(wallets, maria)
    assert is_there(wallets, youssef)
    assert list(folder.names()) == []
    assert len(erasures.ledger.lines()) == 1


def test_whoever_a_backup_brought_back_is_found_among_however_many(
    wallets: Database, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.operations.erasure.PART", 1)
    people = [somebody_with_a_key(wallets) for _ in range(3)]
    for one in people[:2]:
        erasures.ledger.write(handle_of(wallets, one), NOW)

    erasures.replay(NOW + MINUTE)

    assert [is_there(wallets, one) for one in people] == [False, False, True]


def test_a_file_that_does_not_go_now_goes_with_the_next_round(
    wallets: Database,
    folder: Folder,
    erasures: Erasure,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))

    def stuck(*_what: object) -> None:
        raise Unavailable("the shelf does not answer")

    scrub, scrubbed = wallets.scrub, list[bool]()

    def scrub_once() -> bool:
        scrubbed.append(scrub())
        return scrubbed[-1]

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(folder, "remove", stuck)
        patch.setattr(wallets, "scrub", scrub_once)
        erasures.erase(maria, NOW)
    assert scrubbed == [True], "of her rows no trace stays for that"
    assert "goes on with the next round" in caplog.text
    assert not is_there(wallets, maria)
    with wallets.reading() as session:
        assert file_removals.pending_removals(session) == set(folder.names())

    cleanup.clean_up(wallets, folder, NOW)

    assert (rows(wallets), list(folder.names()), list(folder.aside())) == (0, [], [])


@pytest.mark.breadth
def test_who_reads_meanwhile_keeps_no_trace_of_her_in_the_log(
    wallets: Database, folder: Folder, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))
    scrub, scrubbed = wallets.scrub, list[bool]()
    with wallets.reading() as session:
        session.scalar(select(func.count()).select_from(Holder))

        def scrub_beside_a_reader() -> bool:
            scrubbed.append(scrub())
            session.close()
            return scrubbed[-1]

        monkeypatch.setattr(wallets, "scrub", scrub_beside_a_reader)
        erasures.erase(maria, NOW)

    assert scrubbed[-1], "it was asked again, once the reader had ended"
    assert len(scrubbed) == (2 if wallets.is_sqlite else 1)


def test_lines_are_dropped_when_no_backup_is_that_old(wallets: Database, erasures: Erasure):
    early, late = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    marks = [holder_mark(handle_of(wallets, holder)) for holder in (early, late)]
    erasures.erase(early, NOW)
    erasures.erase(late, NOW + DAY)

    erasures.replay(NOW + KEPT - DAY)
    assert list(erasures.ledger.lines()) == marks

    erasures.replay(NOW + KEPT)
    assert list(erasures.ledger.lines()) == marks[1:]


def test_whoever_a_backup_brought_back_stays_in_the_ledger_from_the_day_on_when_she_is_erased_again(tmp_path: Path):
    """What was backed up before she went again lives for ninety days from then on, and knows her."""
    ledger = ErasureLog(tmp_path / "erasures")
    ledger.write(b"the handle of Maria", NOW)
    ledger.write(b"the handle of Maria", NOW + 60 * DAY)
    ledger.write(b"the handle of Maria", NOW + 59 * DAY)  # by a clock that was put back

    ledger.forget_old(NOW + KEPT)
    assert ledger.lines() == {holder_mark(b"the handle of Maria"): f"{NOW + 60 * DAY:%Y-%m-%d}"}
    ledger.add(f"{holder_mark(b'the handle of Maria')} {NOW:%Y-%m-%d}\n".encode())
    ledger.forget_old(NOW + KEPT)
    assert set(ledger.lines()) == {holder_mark(b"the handle of Maria")}, "a backup of before shortens nothing"


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_line_that_a_crash_cut_off_spoils_no_other(wallets: Database, erasures: Erasure):
    maria = somebody_with_a_key(wallets)
    wanted = holder_mark(handle_of(wallets, maria))
    erasures.ledger.path.write_bytes(b"\xff\x00 nonsense\n" + wanted[:20].encode())

    erasures.erase(maria, NOW)

    assert erasures.ledger.lines() == {wanted: "2026-11-24"}


@pytest.mark.postgresql
def test_two_workers_write_and_drop_lines_at_once_and_none_is_lost(erasures: Erasure):
    ledger = erasures.ledger
    ledger.path.write_text("".join(f"{holder_mark(bytes([number]))} 2020-01-01\n" for number in range(50)))

    def work(first: int) -> None:
        for number in range(first, first + 20):
            ledger.write(b"handle %d" % number, NOW)
            ledger.forget_old(NOW)

    workers = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200, 300)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert set(ledger.lines()) == {
        holder_mark(b"handle %d" % (first + n)) for first in (0, 100, 200, 300) for n in range(20)
    }


@pytest.mark.postgresql
@pytest.mark.breadth
def test_while_a_return_guards_erasing_is_planned_and_done_when_it_is_time(wallets: Database, erasures: Erasure):
    maria = somebody_with_a_key(wallets)
    comes_back_by_paper(wallets, maria)

    assert erasures.ask(maria, "android", NOW) == NOW + recoveries.RECOVERY_GUARD
    assert erasures.ledger.lines() == {}

    erasures.round(NOW + recoveries.RECOVERY_GUARD - MINUTE)
    assert is_there(wallets, maria)
    erasures.round(NOW + recoveries.RECOVERY_GUARD)
    assert not is_there(wallets, maria)


def test_what_was_planned_can_be_stopped(wallets: Database, erasures: Erasure):
    maria = somebody_with_a_key(wallets)
    comes_back_by_paper(wallets, maria)
    erasures.ask(maria, "android", NOW)

    with wallets.writing() as session:
        cancel_erasure(session, maria, "android", NOW + MINUTE)
        cancel_erasure(session, maria, "android", NOW + MINUTE)
    erasures.round(NOW + recoveries.RECOVERY_GUARD)

    assert is_there(wallets, maria)
    with wallets.reading() as session:
        told = list(session.scalars(select(Event.what).order_by(Event.id)))
    assert told == ["erasure-asked", "erasure-stopped"]


@pytest.mark.postgresql
def test_what_is_due_is_stopped_no_more(wallets: Database, erasures: Erasure, monkeypatch: pytest.MonkeyPatch):
    """It may stand in the ledger already: whoever read that nothing is erased would be gone in the same minute."""
    maria, due = somebody_with_a_key(wallets), NOW + recoveries.RECOVERY_GUARD
    comes_back_by_paper(wallets, maria)
    erasures.ask(maria, "android", NOW)
    write, stopped = erasures.ledger.write, list[bool]()

    def stopped_meanwhile(handle: bytes, now: datetime) -> None:
        stopped.append(wallets.write(cancel_erasure, maria, "android", due))
        write(handle, now)

    monkeypatch.setattr(erasures.ledger, "write", stopped_meanwhile)
    erasures.round(due)

    assert (stopped, is_there(wallets, maria)) == ([False], False)


def _asks_and_fails_behind_its_line(erasures: Erasure, maria: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_what: object) -> None:
        raise DatabaseUnavailable("", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(erasures, "_shut", busy)
        with pytest.raises(DatabaseUnavailable):
            erasures.ask(maria, "android", NOW)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_what_fails_behind_its_line_is_ended_by_the_next_round(
    wallets: Database, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    """She reads that it did not go well, and may not try again: months later a start must not be what erases her."""
    erasures.begin(NOW)
    maria = somebody_with_a_key(wallets)

    _asks_and_fails_behind_its_line(erasures, maria, monkeypatch)
    assert not wallets.write(cancel_erasure, maria, "android", NOW + MINUTE)

    erasures.round(NOW + MINUTE)

    assert not is_there(wallets, maria)


@pytest.mark.postgresql
@pytest.mark.parametrize("meanwhile", ["somebody comes back by the paper", "she stops who waits by e-mail"])
@pytest.mark.breadth(beside=["sqlite-she stops who waits by e-mail"])
def test_what_happens_behind_its_line_neither_delays_nor_stops_it(
    wallets: Database, erasures: Erasure, monkeypatch: pytest.MonkeyPatch, meanwhile: str
):
    """Else she goes on with her badges, and the next start takes them."""
    maria = somebody_with_a_key(wallets)
    with wallets.writing() as session:
        waits = recoveries.begin_recovery(session, maria, "mail", "android", NOW).id
        token = holders.sign_in(session, session.get_one(Holder, maria), NOW)

    _asks_and_fails_behind_its_line(erasures, maria, monkeypatch)
    with wallets.writing() as session:
        if "paper" in meanwhile:
            recoveries.begin_recovery(session, maria, "paper", "android", NOW + MINUTE)
        else:
            known = holders.recognise(session, token, NOW)
            assert known
            flows.stop_recovery(session, known, waits, NOW + MINUTE)

    assert not wallets.write(cancel_erasure, maria, "android", NOW + MINUTE)
    erasures.round(NOW + 2 * MINUTE)
    assert not is_there(wallets, maria)


def test_of_whom_no_line_can_be_written_nothing_is_due(
    wallets: Database, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    maria = somebody_with_a_key(wallets)

    def silent(*_what: object) -> None:
        raise Unavailable("the shelf does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(erasures.ledger, "write", silent)
        with pytest.raises(Unavailable):
            erasures.ask(maria, "android", NOW)
    erasures.round(NOW + DAY)

    assert (is_there(wallets, maria), planned_for(wallets, maria)) == (True, None)


@pytest.mark.postgresql
def test_whoever_comes_back_meanwhile_makes_it_wait_longer(wallets: Database, erasures: Erasure):
    maria = somebody_with_a_key(wallets)
    comes_back_by_paper(wallets, maria)
    erasures.ask(maria, "android", NOW)
    with wallets.writing() as session:
        recoveries.begin_recovery(session, maria, "paper", "android", NOW + DAY)

    erasures.round(NOW + recoveries.RECOVERY_GUARD)

    assert planned_for(wallets, maria) == NOW + DAY + recoveries.RECOVERY_GUARD
    erasures.round(NOW + DAY + recoveries.RECOVERY_GUARD)
    assert not is_there(wallets, maria)


def test_a_thief_who_was_put_out_erases_nothing(wallets: Database, erasures: Erasure):
    """Their request was under way when they were stopped; nothing guards the wallet any more when it is carried out."""
    maria = somebody_with_a_key(wallets)
    with wallets.writing() as session:
        back = recoveries.begin_recovery(session, maria, "paper", "android", NOW)
        holders.sign_in(session, session.get_one(Holder, maria), NOW, return_id=back.id)
        device = session.scalars(select(Device.id).where(Device.return_id == back.id)).one()
    with wallets.writing() as session:
        holders.sign_out(session, device)
        session.get_one(Recovery, back.id).stopped_at = NOW

    with pytest.raises(Missing):
        erasures.ask(maria, "android", NOW, device)
    assert is_there(wallets, maria)


def test_who_is_gone_already_is_told_so(wallets: Database, erasures: Erasure):
    maria = somebody_with_a_key(wallets)
    erasures.erase(maria, NOW)

    with pytest.raises(Missing):
        erasures.ask(maria, "android", NOW)
    erasures.erase(maria, NOW)
    with wallets.writing() as session, pytest.raises(Missing):
        cancel_erasure(session, maria, "android", NOW)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_the_files_of_whoever_keeps_the_same_bytes_just_now_stay_or_they_are_told(
    wallets: Database, folder: Folder, erasures: Erasure
):
    """Youssef imports what Maria erases, again and again: a row never names a file that is not there."""
    youssef, failed, stopping = somebody_with_a_key(wallets), [], threading.Event()

    def import_again_and_again() -> None:
        number = 0
        while not stopping.is_set():
            number += 1
            brought = shelved(folder, number, document=b"the same", answer=b"seen by both")
            try:
                keep_named(wallets, folder, brought, youssef)
            except files.Unavailable:
                failed.append(number)
            with wallets.writing() as session:  # and takes it out again, so that nobody needs the files
                session.execute(text("DELETE FROM badges WHERE holder_id = :id").bindparams(id=youssef))

    importing = threading.Thread(target=import_again_and_again)
    importing.start()
    try:
        for round_ in range(6):
            maria = somebody_with_a_key(wallets)
            keeps(wallets, maria, shelved(folder, 1000 + round_, document=b"the same", answer=b"seen by both"))
            erasures.erase(maria, NOW)
            with wallets.writing(alone=True) as session:
                lost = {name for name in tables.files_in_use(session) if not folder.has(name)}
            assert lost == set()
    finally:
        stopping.set()
        importing.join()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["postgresql"])
def test_nothing_half_is_kept_when_a_file_was_erased_meanwhile(wallets: Database, folder: Folder, erasures: Erasure):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))
    brought = shelved(folder, 1)
    erasures.erase(maria, NOW)

    with pytest.raises(Unavailable):
        keep_named(wallets, folder, brought, youssef)

    with wallets.reading() as session:
        assert session.scalar(select(func.count()).select_from(KeptBadge)) == 0


@pytest.mark.postgresql
@pytest.mark.breadth
def test_whoever_writes_alone_waits_for_the_others_and_they_wait_for_it(wallets: Database):
    order, began = [], threading.Event()

    def write() -> None:
        with wallets.writing() as session:
            session.execute(select(1))
            began.set()
            stop_waiting.wait(1)
            order.append("the first")

    stop_waiting = threading.Event()
    first = threading.Thread(target=write)
    first.start()
    began.wait()
    threading.Timer(0.2, stop_waiting.set).start()
    with wallets.writing(alone=True) as session:
        session.execute(select(1))
        order.append("alone")
        second = threading.Thread(target=write)
        second.start()
        order.append("still alone")
    first.join()
    second.join()

    assert order == ["the first", "alone", "still alone", "the first"]


@pytest.mark.postgresql
def test_a_reader_holds_up_the_log_and_the_next_round_empties_it(tmp_path: Path, wallets: Database, erasures: Erasure):
    if not wallets.is_sqlite:
        pytest.skip("PostgreSQL has its own log")
    maria, log = somebody_with_a_key(wallets), tmp_path / "wallet.sqlite3-wal"
    with wallets.reading() as session:
        session.scalar(select(func.count()).select_from(Holder))
        erasures.erase(maria, NOW)
        assert log.stat().st_size > 0

    erasures.round(NOW)

    assert log.stat().st_size == 0
