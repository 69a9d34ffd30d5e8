"""A backup while badges take other files: what a row in it names is in it, or went with its row."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.fixtures.examined import AWARDED, another, examined, keeps
from tests.fixtures.whole_wallet import assert_whole, brought, later, removes_first_badge, settings, small
from tests.operations.test_backup import DAY, NOW, faults, take, there
from wallet.badges import ownership
from wallet.badges.models import KeptBadge
from wallet.operations import backup, cleanup, database_dump, restore
from wallet.settings import Settings
from wallet.storage import file_removals
from wallet.storage.database import Database
from wallet.storage.files import open_files

__all__ = ["settings", "small", "there"]


def better_edition(settings: Settings, number: int, of: int = 1) -> None:
    """Maria brings a newer edition of that badge, and the files of the older one are gone."""
    database, files = Database(settings.database_url), open_files(settings.files_url)
    newer = another(of, valid_from=AWARDED + number * DAY)
    keeps(database, 1, replace(brought(files, 100 * number), examination=examined(newer)))
    cleanup.clean_up(database, files, later())
    database.close()


def other_answers(settings: Settings, number: int) -> None:
    """Her first badge is checked again; its issuer answers with other bytes, and the ones of before are gone."""
    database, files = Database(settings.database_url), open_files(settings.files_url)
    again = brought(files, 100 * number)
    with database.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        checked = examined(another(1), NOW + number * DAY)
        ownership.note_check(session, 1, 1, kept.document, checked, again.seen)
        file_removals.schedule_removal(session, again.files - kept.files, NOW)
    cleanup.clean_up(database, files, later())
    database.close()


def while_taken(monkeypatch: pytest.MonkeyPatch, *happens: Callable[[], None]) -> list[str]:
    """Let the first of these happen between the first copy of the rows and that of the files, the next in the next."""
    write, copies, left = database_dump.dump_database, list[str](), iter(happens)

    def and_then(database: Database, folder: Path) -> database_dump.DatabaseDump:
        dump = write(database, folder)
        copies.append(dump.name)
        next(left, lambda: None)()
        return dump

    monkeypatch.setattr(database_dump, "dump_database", and_then)
    return copies


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("changes", "database_url"),
    [
        (better_edition, "sqlite"),
        (better_edition, "postgresql"),
        (other_answers, "sqlite"),
        pytest.param(other_answers, "postgresql", marks=pytest.mark.soak),
    ],
    indirect=["database_url"],
)
@pytest.mark.breadth
def test_a_badge_that_took_other_files_while_it_was_taken_is_whole_in_it(
    settings: Settings, there: Path, monkeypatch: pytest.MonkeyPatch, changes: Callable[[Settings, int], None]
):
    """A restore would else bring back a badge whose file is nowhere, and whose holder is here."""
    copies = while_taken(monkeypatch, partial(changes, settings, 1))

    manifest = take(settings, there).manifest
    monkeypatch.undo()

    assert len(copies) == 2
    assert manifest.left_meanwhile == []
    assert set(open_files(settings.files_url).names()) == manifest.files.keys()
    restore.restore_backup(settings, there, NOW + DAY, replace=True)
    assert len(assert_whole(settings)) == 2


@pytest.mark.breadth
def test_what_was_erased_is_no_fault_beside_what_changed(small: Settings, there: Path, monkeypatch: pytest.MonkeyPatch):
    def both() -> None:
        better_edition(small, 1, of=2)
        removes_first_badge(small)

    copies = while_taken(monkeypatch, both)

    manifest = take(small, there).manifest

    assert len(copies) == 2
    assert (len(manifest.files), manifest.left_meanwhile) == (3, [])


def test_badges_that_change_faster_than_they_are_copied_end_it(
    small: Settings, there: Path, monkeypatch: pytest.MonkeyPatch
):
    copies = while_taken(monkeypatch, *(partial(better_edition, small, number) for number in (1, 2, 3)))

    assert "take the backup again" in faults(small, there)
    assert len(copies) == backup.TRIES
    monkeypatch.undo()
    take(small, there)
