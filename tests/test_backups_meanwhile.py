"""A backup while badges take other files: what a row in it names is in it, or went with its row."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.fixtures.examined import AWARDED, another, examined, keeps
from tests.fixtures.whole import assert_whole, brought, later, removes_first_badge, settings, small
from tests.test_backups import DAY, NOW, faults, take, there
from wallet import backups, badges, chores, dumps, removals, restores
from wallet.badges import KeptBadge
from wallet.database import Database
from wallet.files import open_files
from wallet.settings import Settings

__all__ = ["settings", "small", "there"]


def better_edition(settings: Settings, number: int, of: int = 1) -> None:
    """Maria brings a newer edition of that badge, and the files of the older one are gone."""
    database, files = Database(settings.database_url), open_files(settings.files_url)
    newer = another(of, valid_from=AWARDED + number * DAY)
    keeps(database, 1, replace(brought(files, 100 * number), examination=examined(newer)))
    chores.round(database, files, later())
    database.close()


def other_answers(settings: Settings, number: int) -> None:
    """Her first badge is checked again; its issuer answers with other bytes, and the ones of before are gone."""
    database, files = Database(settings.database_url), open_files(settings.files_url)
    again = brought(files, 100 * number)
    with database.keeping() as session:
        kept = session.get_one(KeptBadge, 1)
        checked = examined(another(1), NOW + number * DAY)
        badges.check_again(session, 1, 1, kept.document, checked, again.seen)
        removals.let_go(session, again.files - kept.files, NOW)
    chores.round(database, files, later())
    database.close()


def while_taken(monkeypatch: pytest.MonkeyPatch, *happens: Callable[[], None]) -> list[str]:
    """Let the first of these happen between the first copy of the rows and that of the files, the next in the next."""
    write, copies, left = dumps.write, list[str](), iter(happens)

    def and_then(database: Database, folder: Path) -> dumps.Dump:
        dump = write(database, folder)
        copies.append(dump.name)
        next(left, lambda: None)()
        return dump

    monkeypatch.setattr(dumps, "write", and_then)
    return copies


@pytest.mark.postgresql
@pytest.mark.parametrize("changes", [better_edition, other_answers])
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
    restores.restore(settings, there, NOW + DAY, replace=True)
    assert len(assert_whole(settings)) == 2


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
    assert len(copies) == backups.TRIES
    monkeypatch.undo()
    take(small, there)
