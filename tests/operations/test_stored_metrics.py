"""What is asked for an operator's tools: what waits, and whether this node can read what is there; by few rows, whoever looks."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from tests.fixtures.chore import Chore
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.statements import asked_of
from wallet.accounts import holders
from wallet.accounts.outbox import Mail
from wallet.badges.models import KeptBadge
from wallet.operations import stored_metrics
from wallet.operations.erasure_log import ErasureLog
from wallet.operations.stored_metrics import find_faults_of_node, measure_disk, measure_rows
from wallet.rechecks import due
from wallet.settings import Settings
from wallet.storage.database import Database, known_revisions
from wallet.storage.keyring import Keyring
from wallet.storage.store_id import mark_of, set_store_id

HOUR = timedelta(hours=1)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json")


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_what_is_due_and_what_waits_is_counted(wallets: Database, chore: Chore) -> None:
    maria = somebody_with_a_key(wallets)
    assert wallets.read(measure_rows, NOW) == {
        "due_badges": 0,
        "due_oldest_seconds": 0,
        "letters_waiting": 0,
        "letters_oldest_seconds": 0,
        "schema_revision": float(known_revisions()[0]),
    }
    waits, removed, later = keeps(wallets, maria, *(chore.brought(number) for number in (1, 2, 3)))

    def letter(due_at: timedelta, tries: int) -> Mail:
        moments = {"made_at": NOW - HOUR, "due_at": NOW + due_at, "ends_at": NOW + HOUR}
        return Mail(holder_id=maria, address="maria@exemple.fr", kind="code", language="fr", tries=tries, **moments)

    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(due_at=NOW - HOUR / 2))
        session.execute(update(KeptBadge).where(KeptBadge.id == removed).values(removed_at=NOW))
        session.execute(update(KeptBadge).where(KeptBadge.id == later).values(due_at=NOW + HOUR))
        # One that is due for ten minutes, one that was tried in vain since it was written, one for tomorrow.
        session.add_all([letter(-HOUR / 6, 0), letter(HOUR / 2, 3), letter(HOUR * 24, 0)])

    assert waits
    assert wallets.read(measure_rows, NOW) == {
        "due_badges": 1,
        "due_oldest_seconds": 1800,
        "letters_waiting": 2,
        "letters_oldest_seconds": 3600,
        "schema_revision": float(known_revisions()[0]),
    }


@pytest.mark.postgresql
def test_what_nobody_checks_is_not_behind(wallets: Database, chore: Chore) -> None:
    """A badge that a platform sent waits thirty days for its holder's word, with a visitor of its own, and is not looked at
    before (rechecks/due.py)."""
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
    keeps(wallets, visitor, chore.brought(1))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(due_at=NOW - 20 * 24 * HOUR))

    with wallets.reading() as session:
        asks = session.scalars(select(KeptBadge.asks)).one()
        assert due.find_due(session, NOW, asks or "", 10) == []
    found = wallets.read(measure_rows, NOW)
    assert (found["due_badges"], found["due_oldest_seconds"]) == (0, 0)


def test_of_many_it_reads_no_more_rows_than_it_says(
    wallets: Database, chore: Chore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By three statements, of which the one over all badges follows the index of when they are due."""
    monkeypatch.setattr(stored_metrics, "MOST", 2)
    keeps(wallets, somebody_with_a_key(wallets), *(chore.brought(number) for number in range(1, 6)))
    later = NOW + timedelta(days=30)

    assert wallets.read(measure_rows, later)["due_badges"] == 2
    if not wallets.is_sqlite:
        return
    with asked_of(wallets) as asked:
        wallets.read(measure_rows, later)
    told = [one for one in asked if "sqlite_master" not in one and "table_info" not in one]
    assert len(told) == 3
    with wallets.reading() as session:
        (badges,) = (one for one in told if " badges" in one)
        plan = "\n".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {badges}")))
    assert "ix_badges_due_at" in plan


def test_a_node_whose_keys_and_schema_are_right_has_no_fault(wallets: Database, keyring: Keyring) -> None:
    with wallets.writing() as session:
        set_store_id(session, "0" * 32, NOW).key_mark = mark_of(keyring)

    assert find_faults_of_node(wallets, keyring) == []


def test_a_backup_of_another_wallet_or_of_an_older_one_under_a_node_that_runs_is_found(
    wallets: Database, keyring: Keyring, tmp_path: Path
) -> None:
    with wallets.writing() as session:
        set_store_id(session, "0" * 32, NOW).key_mark = b"another"
    (fault,) = find_faults_of_node(wallets, keyring)
    assert "These keys are not those of this wallet" in fault

    before = known_revisions()[1]
    with wallets.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :before").bindparams(before=before))
    (fault,) = find_faults_of_node(wallets, keyring)
    assert fault.startswith(f"The database is at revision {before}, this wallet at ")


def test_a_newer_schema_is_no_fault_of_a_node_that_runs(wallets: Database, keyring: Keyring) -> None:
    """The first node of a new version brought it up to date: the others serve until it is their turn."""
    with wallets.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        set_store_id(session, "0" * 32, NOW).reads_from = "0030"

    assert find_faults_of_node(wallets, keyring) == []


def test_a_schema_that_this_node_does_not_understand_any_more_is_its_fault(wallets: Database, keyring: Keyring) -> None:
    with wallets.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        set_store_id(session, "0" * 32, NOW).reads_from = "9999"

    (fault,) = find_faults_of_node(wallets, keyring)
    assert "too old for it" in fault


def test_the_age_of_a_backup_is_known_once_there_was_one(tmp_path: Path) -> None:
    settings = Settings(erasures=tmp_path / "erasures")
    ledger = ErasureLog(settings.erasures)
    assert measure_disk(settings, ledger, NOW) == {"ledger_lines": 0}

    stored_metrics.note_backup(settings)
    taken = (NOW - HOUR).timestamp()
    os.utime(tmp_path / "last-backup", (taken, taken))
    ledger.write(b"a handle", NOW)

    assert measure_disk(settings, ledger, NOW) == {"ledger_lines": 1, "backup_age_seconds": 3600}


def test_a_ledger_that_cannot_be_read_hides_nothing_else(tmp_path: Path) -> None:
    """Neither the age of a backup nor, where both are asked for at once, what is due and what speaks against the node."""
    settings = Settings(erasures=tmp_path / "erasures")
    stored_metrics.note_backup(settings)
    (tmp_path / "erasures").mkdir()

    assert measure_disk(settings, ErasureLog(tmp_path / "erasures"), NOW).keys() == {"backup_age_seconds"}


def test_of_a_wallet_that_keeps_all_elsewhere_the_age_of_a_backup_is_known_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows on a server, files and the ledger in a bucket, keys from outside: there is no folder `var` yet."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(files_url="s3://bucket", erasures=None)

    stored_metrics.note_backup(settings)

    assert "backup_age_seconds" in measure_disk(settings, ErasureLog(tmp_path / "erasures"), NOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files that others may not touch")
def test_the_age_of_a_backup_is_known_where_root_took_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what lies above is root's alone
    os.chown(tmp_path, 65_534, -1)
    mark = tmp_path / "last-backup"
    mark.touch(0o600)
    os.utime(mark, (0, 0))

    os.seteuid(65_534)
    try:
        stored_metrics.note_backup(Settings(erasures=Path("erasures")))
    finally:
        os.seteuid(0)

    assert mark.stat().st_mtime > 0


def test_where_it_cannot_be_written_down_a_backup_is_no_less_whole(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stored_metrics.note_backup(Settings(erasures=tmp_path / "file/erasures"))
