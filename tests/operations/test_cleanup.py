"""What the wallet does while nobody waits: those who left are erased with all they brought, and nobody else is."""

import os
import re
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key, visitor_at
from tests.fixtures.visits import joined
from wallet import storage
from wallet.accounts import activity, challenges, holders, passkeys, recoveries, recovery_codes
from wallet.accounts.holders import Holder
from wallet.badges import badges
from wallet.badges.models import NewBadge
from wallet.operations import cleanup, erasure_steps, storage_use_check
from wallet.operations.cleanup import MOST, PART, QUIET, STAYS, SweepReport
from wallet.recovery import flows
from wallet.settings import Settings
from wallet.storage import file_removals
from wallet.storage import rows as storage_rows
from wallet.storage.database import Database
from wallet.storage.files import FileStore, Unavailable, open_files

HALF_HOUR, MINUTE, HOUR, DAY = (timedelta(minutes=number) for number in (30, 1, 60, 24 * 60))
TABLES = ("holders", "devices", "badges", "challenges", "returns", "events")


@pytest.fixture
def files(wallets: Database, tmp_path: Path) -> FileStore:
    shelf = open_files(f"file://{tmp_path}/files")
    joined(wallets, shelf)
    return shelf


def brought(files: FileStore, number: int, at: datetime = NOW) -> NewBadge:
    """A badge whose three files are on the shelf since *at*."""
    words = ("document", "picture", "seen")
    document, picture, seen = (files.keep(f"{word} {number}".encode()) for word in words)
    for name in (document, picture, seen):
        since(files, name, at)
    answers = ({"address": "https://issuer.example/key", "status": 200, "at": at.isoformat(), "file": seen},)
    return replace(found(another(number)), document=document, picture=picture, seen=answers)


def since(files: FileStore, name: str, at: datetime) -> None:
    """Let the file have been kept *at* that moment."""
    os.utime(files.root / name[:2] / name[2:4] / name, (at.timestamp(), at.timestamp()))


def sweeps(wallets: Database, files: FileStore, now: datetime, **how: bool) -> SweepReport:
    """A sweep of a process that has been up for a day."""
    return cleanup.sweep_files(wallets, files, now, up_for=DAY, **how)


def rows(wallets: Database) -> dict[str, int]:
    with wallets.reading() as session:
        return {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES}  # noqa: S608


@pytest.mark.breadth
def test_a_visitor_who_left_is_erased_with_their_files(wallets: Database, files: FileStore):
    visitor = visitor_at(wallets)
    keeps(wallets, visitor.id, brought(files, 1))

    cleanup.clean_up(wallets, files, NOW + HALF_HOUR - MINUTE)
    assert rows(wallets)["holders"] == 1

    cleanup.clean_up(wallets, files, NOW + HALF_HOUR)
    assert rows(wallets) == dict.fromkeys(TABLES, 0)

    sweeps(wallets, files, NOW + HOUR + MINUTE, whole=True)
    assert list(files.names()) == []


@pytest.mark.breadth
def test_a_visitor_who_is_still_here_stays(wallets: Database, files: FileStore):
    """Each badge they bring begins their half hour again."""
    visitor = visitor_at(wallets)
    with wallets.writing() as session:
        holders.ensure_holder(session, visitor, NOW + HALF_HOUR - MINUTE)
    keeps(wallets, visitor.id, brought(files, 1))

    cleanup.clean_up(wallets, files, NOW + HALF_HOUR)

    assert rows(wallets)["badges"] == 1


@pytest.mark.breadth
def test_a_holder_with_a_key_stays_for_ever(wallets: Database, files: FileStore):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, brought(files, 1))

    cleanup.clean_up(wallets, files, NOW + 3650 * DAY)
    sweeps(wallets, files, NOW + 3650 * DAY, whole=True)

    assert rows(wallets)["badges"] == 1
    assert len(list(files.names())) == 3


def left_behind(files: FileStore, *numbers: int) -> set[str]:
    """Files that a crash left, two days ago."""
    names = {files.keep(f"left behind {number}".encode()) for number in numbers}
    for name in names:
        since(files, name, NOW - 2 * DAY)
    return names


def test_a_file_that_has_no_row_yet_stays_for_an_hour(wallets: Database, files: FileStore):
    """Files are durable before the row that names them: a young one may be about to get it."""
    name = files.keep(b"on its way")
    since(files, name, NOW)

    sweeps(wallets, files, NOW + HOUR - MINUTE)
    assert set(files.names()) == {name}

    sweeps(wallets, files, NOW + HOUR + MINUTE)
    assert set(files.names()) == set()


def test_in_its_first_hour_a_process_sweeps_nothing(wallets: Database, files: FileStore):
    """Whoever started it with a wrong address sees so before a file of theirs is touched."""
    names = left_behind(files, *range(3))

    assert cleanup.sweep_files(wallets, files, NOW, up_for=QUIET - MINUTE) == SweepReport()
    cleanup.clean_up(wallets, files, NOW)
    assert set(files.names()) == names

    assert cleanup.sweep_files(wallets, files, NOW, up_for=QUIET).aside == 1


@pytest.mark.breadth
def test_the_hour_counts_from_the_start_of_the_process_and_no_clock_of_a_machine_ends_it(
    wallets: Database, files: FileStore
):
    names = left_behind(files, 1)

    for year in range(3):
        cleanup.clean_up(wallets, files, NOW + year * 365 * DAY)

    assert set(files.names()) == names


@pytest.mark.parametrize(("there", "taken"), [(3, 1), (2 * PART, 2), (MOST * PART + PART, MOST)])
def test_a_sweep_takes_few_of_many(
    there: int, taken: int, wallets: Database, files: FileStore, caplog: pytest.LogCaptureFixture
):
    """As with an address that is wrong by one letter: no row of that database names any file."""
    listed = [f"{number:064x}" for number in range(there)]
    with (
        patch.object(files, "names", lambda after="", **_: (name for name in listed if name > after)),
        patch.object(files, "set_aside", return_value=True),
    ):
        swept = sweeps(wallets, files, NOW)

    assert (swept.aside, swept.waiting) == (taken, there - taken)
    told = f"{taken} files that nobody needs are set aside, {there - taken} more wait for the next sweeps"
    assert told in caplog.text


@pytest.mark.parametrize("there", [40, 400])
def test_a_sweep_looks_at_so_many_from_anywhere_on_however_many_there_are(
    there: int, wallets: Database, files: FileStore, monkeypatch: pytest.MonkeyPatch
):
    listed, asked = [f"{number:03x}" + "0" * 61 for number in range(there)], list[str]()
    monkeypatch.setattr(cleanup, "LOOKED", 30)
    monkeypatch.setattr(cleanup, "TOGETHER", 7)
    monkeypatch.setattr(storage, "needed_files", lambda _, names: asked.extend(names) or set(names))
    monkeypatch.setattr(files, "names", lambda after="", **_: (name for name in listed if name > after))

    for start in ("01", "02"):
        monkeypatch.setattr(secrets, "token_hex", lambda _, start=start: start)
        asked.clear()
        sweeps(wallets, files, NOW)

        on = [name for name in listed if name > start]
        assert asked == [*on, *(name for name in listed if name <= start)][:30]
        assert len(asked) == len(set(asked)) == 30


@pytest.mark.parametrize("there", [3, 12])
def test_what_was_never_counted_is_measured_of_so_many_at_a_time(
    there: int, wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(storage_use_check, "LOOKED", 3)
    monkeypatch.setattr(storage_use_check, "TOGETHER", 2)
    looked = list[int]()
    monkeypatch.setattr(storage_use_check, "_miscounted_holders", lambda _, among: looked.extend(among) or [])
    for _ in range(there):
        somebody_with_a_key(wallets)

    storage_use_check.correct_sizes(wallets)

    assert len(looked) == len(set(looked)) == 3


@pytest.mark.postgresql
def test_what_is_over_goes_in_pieces(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    maria, pieces = somebody_with_a_key(wallets), list[int]()
    monkeypatch.setattr(storage_rows, "SOME", 3)
    with wallets.writing() as session:
        for _ in range(7):
            activity.note_event(session, maria, "exported", NOW)

    while True:
        before = rows(wallets)["events"]
        has_more = wallets.write(activity.forget_old_events, NOW + 90 * DAY)
        pieces.append(before - rows(wallets)["events"])
        if not has_more:
            break

    assert pieces[:2] == [3, 3]
    assert rows(wallets)["events"] == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.breadth
def test_what_runs_by_itself_takes_as_many_steps_whoever_else_is_here(wallets: Database, files: FileStore):
    """Steps of SQLite's machine, which are the same each time: a look at everybody's rows would be tenfold."""
    took, count = list[tuple[int, int]](), [0]
    event.listen(
        wallets.engine,
        "checkout",
        lambda driver, *_: driver.set_progress_handler(lambda: count.__setitem__(0, count[0] + 1), 10),
    )
    for others in (4, 36):
        for _ in range(others):
            keeps(wallets, somebody_with_a_key(wallets), found(another(1)))
        maria = somebody_with_a_key(wallets)
        (id,) = keeps(wallets, maria, brought(files, 2))
        wallets.write(badges.remove_badge, maria, id, NOW - 2 * DAY)
        count[0] = 0
        cleanup.forget_expired(wallets, NOW)
        forgetting, count[0] = count[0], 0
        wallets.write(erasure_steps.erase_some, maria, NOW)
        file_removals.remove_scheduled(wallets, files, NOW)
        took.append((forgetting, count[0]))

    (few, erased), (many, erased_of_many) = took
    assert few > 0 < erased
    assert many <= few * 1.1 + 3
    assert erased_of_many <= erased * 1.1 + 3


@pytest.mark.breadth
def test_what_cannot_be_removed_holds_up_no_sweep(wallets: Database, files: FileStore, monkeypatch: pytest.MonkeyPatch):
    names = left_behind(files, 1)
    monkeypatch.setattr(cleanup, "BEGAN", cleanup.BEGAN - QUIET.total_seconds())
    with wallets.writing() as session:
        file_removals.schedule_removal(session, {files.keep(b"locked")}, NOW)

    with patch.object(files, "remove", side_effect=Unavailable("locked")), pytest.raises(Unavailable, match="locked"):
        cleanup.clean_up(wallets, files, NOW)

    assert {name for name, _ in files.aside()} == names


def test_what_is_swept_lies_aside_for_a_week_and_whoever_asks_has_it_back(wallets: Database, files: FileStore):
    needed, other = sorted(left_behind(files, 1, 2))
    sweeps(wallets, files, NOW, whole=True)
    assert set(files.names()) == set()

    assert sweeps(wallets, files, NOW + STAYS).forgotten == 0
    assert files.read(needed).startswith(b"left behind")
    since(files, needed, NOW + STAYS)
    assert sweeps(wallets, files, NOW + STAYS + MINUTE).forgotten == 1

    assert (files.has(needed), files.has(other)) == (True, False)
    assert list(files.aside()) == []


def test_what_another_database_had_swept_comes_back_with_the_first_sweep_of_the_right_one(
    wallets: Database, files: FileStore
):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, brought(files, 1))
    names = set(files.names())
    for name in names:
        files.set_aside(name, NOW + DAY, NOW)

    swept = sweeps(wallets, files, NOW + 30 * DAY)

    assert (swept.back, swept.forgotten) == (3, 0)
    assert set(files.names()) == names


def test_at_the_operators_word_all_that_nobody_needs_goes(wallets: Database, files: FileStore):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, brought(files, 1, NOW - DAY))
    kept, names = set(files.names()), left_behind(files, *range(7))

    assert cleanup.sweep_files(wallets, files, NOW, whole=True).aside == 7

    assert set(files.names()) == kept
    assert {name for name, _ in files.aside()} == names


def test_what_was_let_go_is_left_to_its_own_removal(wallets: Database, files: FileStore):
    """It is nobody’s mistake: no operator is told of it, and no place among the few of a sweep is taken by it."""
    wallets.write(storage.schedule_removal, left_behind(files, 1), NOW)

    assert sweeps(wallets, files, NOW, whole=True) == SweepReport()


def test_a_file_that_somebody_keeps_again_stays(wallets: Database, files: FileStore, monkeypatch: pytest.MonkeyPatch):
    """Also when they do so between the look at the rows and the sweeping."""
    maria = somebody_with_a_key(wallets)
    name = brought(files, 1).document
    look = storage.needed_files

    def and_meanwhile_maria_brings_it_again(session: Session, names: Collection[str]) -> set[str]:
        needed = look(session, names)
        keeps(wallets, maria, replace(found(another(1)), document=files.keep(b"document 1")))
        since(files, name, NOW + DAY)
        return needed

    monkeypatch.setattr(storage, "needed_files", and_meanwhile_maria_brings_it_again)

    sweeps(wallets, files, NOW + DAY, whole=True)

    assert name in set(files.names())


@pytest.mark.breadth
def test_the_file_that_a_badge_came_in_stays_as_long_as_the_badge(wallets: Database, files: FileStore):
    maria = somebody_with_a_key(wallets)
    came_in = files.keep(b"a diploma with a badge in it")
    since(files, came_in, NOW)
    (id,) = keeps(wallets, maria, replace(brought(files, 1), came_in=came_in))

    sweeps(wallets, files, NOW + DAY, whole=True)
    assert came_in in set(files.names())

    with wallets.writing() as session:
        badges.remove_badge(session, maria, id, NOW + DAY)
    cleanup.clean_up(wallets, files, NOW + 3 * DAY)
    sweeps(wallets, files, NOW + 3 * DAY, whole=True)
    assert list(files.names()) == []


@pytest.mark.breadth
def test_two_people_share_the_bytes_and_one_of_them_leaves(wallets: Database, files: FileStore):
    maria, visitor = somebody_with_a_key(wallets), visitor_at(wallets)
    for holder in (maria, visitor.id):
        keeps(wallets, holder, brought(files, 1))

    cleanup.clean_up(wallets, files, NOW + DAY)
    sweeps(wallets, files, NOW + DAY, whole=True)

    assert rows(wallets)["badges"] == 1
    assert len(list(files.names())) == 3


@pytest.mark.breadth
def test_a_removed_badge_is_forgotten_after_a_day(wallets: Database, files: FileStore):
    maria = somebody_with_a_key(wallets)
    first, _ = keeps(wallets, maria, brought(files, 1), brought(files, 2))
    with wallets.writing() as session:
        badges.remove_badge(session, maria, first, NOW)

    cleanup.clean_up(wallets, files, NOW + DAY)
    assert rows(wallets)["badges"] == 2

    cleanup.clean_up(wallets, files, NOW + DAY + MINUTE)
    sweeps(wallets, files, NOW + DAY + MINUTE, whole=True)
    assert rows(wallets)["badges"] == 1
    assert len(list(files.names())) == 3


@pytest.mark.breadth
def test_challenges_that_nobody_answered_are_forgotten(wallets: Database, files: FileStore):
    with wallets.writing() as session:
        passkeys.begin_authentication(session, NOW, Settings())

    cleanup.clean_up(wallets, files, NOW + challenges.CHALLENGE_LASTS - timedelta(seconds=1))
    assert rows(wallets)["challenges"] == 1

    cleanup.clean_up(wallets, files, NOW + challenges.CHALLENGE_LASTS)
    assert rows(wallets)["challenges"] == 0


@pytest.mark.breadth
def test_returns_that_were_over_long_ago_are_forgotten_when_what_they_let_in_is_over(
    wallets: Database, files: FileStore
):
    maria = somebody_with_a_key(wallets)
    with wallets.writing() as session:
        back = recoveries.begin_recovery(session, maria, "paper", "android", NOW)
        token = holders.sign_in(session, session.get_one(Holder, maria), NOW, return_id=back.id)
        recoveries.begin_recovery(session, maria, "paper", "android", NOW)  # of whoever signed out since
    over = NOW + recoveries.RECOVERY_GUARD + recoveries.LAPSES

    cleanup.clean_up(wallets, files, over - MINUTE)
    assert rows(wallets)["returns"] == 2

    cleanup.clean_up(wallets, files, over)
    assert rows(wallets)["returns"] == 1
    with wallets.reading() as session:
        known = holders.recognise(session, token, over)
    assert known is not None
    assert known.device.return_id == back.id

    cleanup.clean_up(wallets, files, NOW + holders.LONGEST)
    assert rows(wallets)["returns"] == 0


def test_what_happened_three_months_ago_is_forgotten(wallets: Database, files: FileStore):
    maria = somebody_with_a_key(wallets)
    before = rows(wallets)["events"]
    with wallets.writing() as session:
        activity.note_event(session, maria, "paper-made", NOW)
        activity.note_event(session, maria, "exported", NOW + MINUTE)

    cleanup.clean_up(wallets, files, NOW + 90 * DAY - MINUTE)
    assert rows(wallets)["events"] == before + 2

    cleanup.clean_up(wallets, files, NOW + 90 * DAY)
    assert rows(wallets)["events"] == 1
    with wallets.reading() as session:
        assert [event.what for event in activity.recent_events(session, maria)] == ["exported"]


@pytest.mark.breadth
def test_a_visitor_who_made_a_paper_stays_for_ever(wallets: Database, files: FileStore):
    visitor = visitor_at(wallets)
    with wallets.writing() as session:
        token = holders.sign_in(session, visitor, NOW)
    with wallets.writing() as session:
        known = holders.recognise(session, token, NOW)
        assert known is not None
        code = flows.renew_recovery_code(session, known, NOW + MINUTE)

    cleanup.clean_up(wallets, files, NOW + 3650 * DAY)

    with wallets.reading() as session:
        assert recovery_codes.holder_of_recovery_code(session, code) == visitor.id


def test_half_written_files_are_swept(wallets: Database, files: FileStore):
    draft = files.drafts / "left-behind"
    draft.write_bytes(b"half")
    os.utime(draft, (NOW.timestamp(), NOW.timestamp()))

    sweeps(wallets, files, NOW + HOUR + MINUTE)

    assert not draft.exists()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_number_that_was_somebodys_is_never_given_again(wallets: Database, files: FileStore):
    """A visitor whose import is under way when they are erased must not find their number taken by somebody else."""
    first = visitor_at(wallets)

    cleanup.clean_up(wallets, files, NOW + HALF_HOUR)
    second = visitor_at(wallets)

    assert second.id > first.id
    with wallets.writing() as session:
        welcomed, token = holders.ensure_holder(session, first, NOW)
    assert welcomed.id not in {first.id, second.id}
    assert token


@pytest.mark.breadth
def test_a_visitor_who_makes_a_key_in_the_last_moment_is_not_erased(wallets: Database):
    visitor = visitor_at(wallets)
    with wallets.writing() as session:
        holders.keep_holder(session, visitor.id, NOW + HALF_HOUR)

    cleanup.forget_expired(wallets, NOW + HALF_HOUR)

    assert rows(wallets)["holders"] == 1


def test_no_room_has_a_chore_that_nobody_calls():
    """What is to be forgotten is, in each room by a function of one shape."""
    sources = [path.read_text(encoding="utf-8") for path in Path(cleanup.__file__).parents[1].rglob("*.py")]
    chore = re.compile(r"def (forget_\w+)\(session: Session, now: datetime\) -> bool:")

    names = {name for one in sources for name in chore.findall(one)}
    assert len(names) > 15
    assert {name for name in names if not re.search(rf"\.{name}\b[,)]", "".join(sources))} == set()
