"""What somebody told goes when they go, at once; joins their wallet with them; and comes back when a thief removed it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.fixtures.erased import shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller, a_photo, told_of
from tests.fixtures.signed_words import word
from tests.fixtures.whole_wallet import a_wallet, assert_whole, empty, later, settings_of
from wallet.accounts import recoveries
from wallet.accounts.holders import Holder
from wallet.badges.models import KeptBadge
from wallet.endorsements.models import Endorsement
from wallet.evidence import editing, models, views
from wallet.evidence.models import Answer, Attachment, Evidence, EvidencedBadge
from wallet.operations import all_tables, backup, cleanup, integrity_check, restore
from wallet.operations.erasure import Erasure
from wallet.operations.erasure_steps import AT_ONCE
from wallet.recovery import joining
from wallet.settings import Settings
from wallet.storage import Unavailable, file_removals
from wallet.storage.database import Database
from wallet.storage.files import Folder, open_files

DAY = timedelta(days=1)
MOMENTS = (Evidence, Answer, EvidencedBadge, Attachment)


def writing(wallets: Database) -> Callable[[Callable[[Session], None]], None]:
    """As routes write."""

    def write(change: Callable[[Session], None]) -> None:
        with wallets.writing() as session:
            change(session)

    return write


def rows(wallets: Database) -> list[int]:
    with wallets.reading() as session:
        return [len(session.scalars(select(table.__table__)).all()) for table in MOMENTS]


# Who leaves


@pytest.mark.breadth
def test_all_that_maria_told_is_gone_with_its_files_and_nothing_that_youssef_told(
    wallets: Database, folder: Folder, erasures: Erasure
):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    hers, his = Teller(wallets, folder, maria), Teller(wallets, folder, youssef)
    (badge,) = keeps(wallets, maria, shelved(folder, 1))
    of_both = b"a plan that two people have"
    hers.attaches(hers.tells_all(badge), of_both, "plan.pdf")
    his.attaches(his.tells(), of_both, "notre plan.pdf")
    removed = hers.tells_all(key="2")
    with wallets.writing() as session:  # what was removed goes as well
        editing.remove_moment(session, maria, removed, NOW)
    with wallets.reading() as session:
        before = told_of(session, youssef)

    assert erasures.ask(maria, "android", NOW) is None

    assert list(map(folder.read, folder.names())) == [of_both]
    assert rows(wallets) == [1, 5, 0, 1]
    with wallets.reading() as session:
        assert told_of(session, youssef) == before


@pytest.mark.breadth
def test_very_many_moments_go_in_steps_and_the_last_one_takes_the_holder_along(
    wallets: Database, folder: Folder, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    maria, taken, erase = somebody_with_a_key(wallets), [], editing.erase_evidence
    keeps(wallets, maria, shelved(folder, 1))
    said = {"situation": "work"}
    teller = Teller(wallets, folder, maria)
    with wallets.writing() as session:
        session.add_all(Evidence(holder_id=maria, key=f"{number}", begun_at=NOW) for number in range(2 * AT_ONCE))
    teller.attaches(teller.tells(said=said, key="last"), a_photo(), "atelier.jpg")

    def counted(*what: object) -> tuple[int, set[str]]:
        count, names = erase(*what)  # type: ignore[arg-type]
        taken.append(count)
        return count, names

    monkeypatch.setattr(editing, "erase_evidence", counted)
    monkeypatch.setattr("wallet.evidence.erase_evidence", counted)
    erasures.erase(maria, NOW)

    assert taken == [AT_ONCE, AT_ONCE, 1]
    assert (rows(wallets), list(folder.names())) == ([0, 0, 0, 0], [])
    with wallets.reading() as session:
        assert session.get(Holder, maria) is None


@pytest.mark.breadth
def test_from_the_first_step_on_nobody_sees_anything_although_files_do_not_go_yet(
    wallets: Database, folder: Folder, erasures: Erasure, monkeypatch: pytest.MonkeyPatch
):
    maria = somebody_with_a_key(wallets)
    Teller(wallets, folder, maria).tells_all()

    def stuck(*_what: object) -> None:
        raise Unavailable("the shelf does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", stuck)
        erasures.erase(maria, NOW)
    with wallets.reading() as session:
        assert all_tables.row_counts(session)["devices"] == 0

    cleanup.clean_up(wallets, folder, NOW)

    assert (rows(wallets), list(folder.names())) == ([0, 0, 0, 0], [])


@pytest.mark.postgresql
@pytest.mark.breadth
def test_a_file_that_somebody_attaches_while_it_goes_stays_or_they_are_told(
    wallets: Database, folder: Folder, erasures: Erasure
):
    """Youssef attaches what Maria erases, again and again: a row never names a file that is not there."""
    youssef, stopping = somebody_with_a_key(wallets), threading.Event()
    his = Teller(wallets, folder, youssef)
    moment = his.tells()
    write = writing(wallets)

    def attach_again_and_again() -> None:
        while not stopping.is_set():
            name = folder.keep(b"the same")
            row = {"kind": "file", "name": "plan.pdf", "address": "", "media_type": "", "size": 8, "added_at": NOW}
            new = {"evidence_id": moment, "key": "1", "file": name, **row}
            try:
                file_removals.commit_naming_files(
                    write, folder, {name}, lambda session, new=new: session.add(Attachment(**new)), NOW
                )
            except Unavailable:
                continue
            with wallets.writing() as session:
                session.execute(Attachment.__table__.delete().where(Attachment.evidence_id == moment))  # type: ignore[attr-defined]

    attaching = threading.Thread(target=attach_again_and_again)
    attaching.start()
    try:
        for _ in range(6):
            maria = somebody_with_a_key(wallets)
            hers = Teller(wallets, folder, maria)
            hers.attaches(hers.tells(), b"the same", "plan.pdf")
            erasures.erase(maria, NOW)
            with wallets.writing(alone=True) as session:
                assert {name for name in all_tables.files_in_use(session) if not folder.has(name)} == set()
    finally:
        stopping.set()
        attaching.join()


# What is kept, and looked at


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Maria's wallet, with one badge and a moment that has one of everything."""
    settings = settings_of(tmp_path)
    a_wallet(settings, 1)
    database = Database(settings.database_url)
    Teller(database, open_files(settings.files_url), 1).tells_all(1)
    database.close()
    return settings


def told_in(settings: Settings) -> list[dict[str, object]]:
    database = Database(settings.database_url)
    with database.reading() as session:
        found = told_of(session, 1)
    database.close()
    return found


@pytest.mark.breadth
def test_the_files_of_moments_are_backed_up_and_brought_back(settings: Settings, tmp_path: Path):
    before, shelf = told_in(settings), open_files(settings.files_url)
    names = set(shelf.names())
    taken = backup.take_backup(settings, tmp_path / "backups", later())
    assert set(taken.manifest.files) == names
    assert len(names) == 3 + 4

    empty(tmp_path)
    restore.restore_backup(settings, tmp_path / "backups", later())

    assert told_in(settings) == before
    assert set(open_files(settings.files_url).names()) == names
    assert_whole(settings)


@pytest.mark.breadth
def test_the_sweep_leaves_what_a_moment_needs_and_takes_what_none_does(settings: Settings):
    database, shelf = Database(settings.database_url), open_files(settings.files_url)
    needed = set(shelf.names())
    left_behind = shelf.keep(b"attached by nobody")

    cleanup.sweep_files(database, shelf, later(), whole=True)

    assert set(shelf.names()) == needed
    assert left_behind not in needed
    with database.writing() as session:
        editing.remove_moment(session, 1, 1, later() - 2 * DAY)
    cleanup.clean_up(database, shelf, later())
    cleanup.sweep_files(database, shelf, later(), whole=True)
    assert (rows(database), len(list(shelf.names()))) == ([0, 0, 0, 0], 3), "its day is over"
    database.close()


@pytest.mark.breadth
def test_a_lost_file_is_told_with_what_it_goes_with(settings: Settings):
    database, shelf = Database(settings.database_url), open_files(settings.files_url)
    with database.reading() as session:
        photo = session.scalars(select(Attachment).where(Attachment.kind == "photo")).one()
    database.close()
    assert photo.file
    assert photo.preview
    shelf.remove(photo.file)
    shelf.remove(photo.preview)

    faults = integrity_check.check_store(settings, later()).faults

    assert faults == [
        f"The file {name} is not there: attachment {photo.id}." for name in sorted({photo.file, photo.preview})
    ]


# Who turns out to have a wallet


def join(wallets: Database, visitor: int, holder: int) -> None:
    with wallets.writing() as session:
        joining.move_badges(session, visitor, holder, NOW)
        session.delete(session.get_one(Holder, visitor))


@pytest.mark.breadth
def test_what_a_visitor_told_joins_their_wallet(wallets: Database, folder: Folder):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    (badge,) = keeps(wallets, visitor, shelved(folder, 1))
    Teller(wallets, folder, maria).tells(key="1")
    Teller(wallets, folder, visitor).tells_all(badge, key="2")
    with wallets.reading() as session:
        before = told_of(session, maria) + told_of(session, visitor)

    join(wallets, visitor, maria)

    with wallets.reading() as session:
        assert told_of(session, maria) == before
        assert views.view_all_moments(session, maria, badge)[0].text("place") == "Garage Petit"
        assert all_tables.files_in_use(session) <= set(folder.names())


@pytest.mark.breadth
def test_two_moments_of_one_key_are_two_moments(wallets: Database, folder: Folder):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    for holder, hours in ((maria, 0), (visitor, 1)):
        Teller(wallets, folder, holder).tells_all()
        with wallets.writing() as session:
            [moment] = session.scalars(select(Evidence).where(Evidence.holder_id == holder))
            moment.begun_at += hours * timedelta(hours=1)

    join(wallets, visitor, maria)

    with wallets.reading() as session:
        hers, joined = told_of(session, maria)
    assert (hers["answers"], hers["attachments"]) == (joined["answers"], joined["attachments"])
    assert hers["moment"][0] != joined["moment"][0]
    assert len(joined["moment"][0]) <= models.KEY_LIMIT


@pytest.mark.parametrize("is_removed", [False, True])
@pytest.mark.breadth(beside=["sqlite-True"])
def test_a_moment_that_their_archive_brought_once_more_is_one_moment(
    wallets: Database, folder: Folder, is_removed: bool
):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    (hers,) = keeps(wallets, maria, shelved(folder, 1))
    same, new = keeps(wallets, visitor, shelved(folder, 1), shelved(folder, 2))
    mine = Teller(wallets, folder, maria).tells_all(hers)
    with wallets.reading() as session:
        photo, *_ = session.scalars(select(Attachment.id))
        all_of_it = told_of(session, maria)[0]["attachments"]
    brought = Teller(wallets, folder, visitor).tells_all(same, new)
    Teller(wallets, folder, maria).answers(mine, "me", "J’ai appelé le transporteur.")
    with wallets.writing() as session:
        said = told_of(session, maria)[0]["answers"]
        session.delete(session.get_one(Attachment, photo))
        session.add(word(NOW, holder_id=visitor, evidence_id=brought, list_id=None))
        if is_removed:
            editing.remove_moment(session, maria, mine, NOW)

    join(wallets, visitor, maria)

    with wallets.reading() as session:
        [after] = told_of(session, maria)
        assert (after["answers"], sorted(after["attachments"])) == (said, sorted(all_of_it))
        assert (
            len(views.view_all_moments(session, maria, new)) == len(views.view_all_moments(session, maria, hers)) == 1
        )
        assert session.scalars(select(Endorsement.evidence_id)).all() == [mine]
        assert all_tables.files_in_use(session) <= set(folder.names())


@pytest.mark.breadth
def test_what_they_saved_elsewhere_is_saved_and_what_they_took_off_there_does_not_come_along(
    wallets: Database, folder: Folder
):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    mine = Teller(wallets, folder, maria).tells(saved=False)
    brought = Teller(wallets, folder, visitor).tells()
    plan = Teller(wallets, folder, visitor).attaches(brought, b"a plan", "plan.pdf")
    with wallets.writing() as session:
        editing.remove_attachment(session, visitor, brought, plan, NOW)

    join(wallets, visitor, maria)

    with wallets.reading() as session:
        [told] = views.view_all_moments(session, maria)
        assert (told.id, told.told_at, list(told.attachments)) == (mine, NOW, [])
        assert rows(wallets)[3] == 0, "what she took off is on no moment that could give it back"


@pytest.mark.breadth
def test_a_moment_to_which_they_said_more_meanwhile_comes_beside_theirs(wallets: Database, folder: Folder):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    Teller(wallets, folder, maria).tells_all()
    brought = Teller(wallets, folder, visitor).tells_all()
    Teller(wallets, folder, visitor).answers(brought, "me", "J’ai appelé le transporteur.")

    join(wallets, visitor, maria)

    with wallets.reading() as session:
        assert len(told_of(session, maria)) == 2


@pytest.mark.parametrize("speaks_of_it_already", [False, True])
@pytest.mark.breadth
def test_of_a_badge_that_is_there_already_it_speaks_once(wallets: Database, folder: Folder, speaks_of_it_already: bool):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    (hers,) = keeps(wallets, maria, shelved(folder, 1))
    same, other = keeps(wallets, visitor, shelved(folder, 1), shelved(folder, 2))
    moment = Teller(wallets, folder, visitor).tells(same, other)
    if speaks_of_it_already:
        Teller(wallets, folder, maria).tells(hers, key="2")

    join(wallets, visitor, maria)

    with wallets.reading() as session:
        [kept, brought] = session.scalars(select(KeptBadge).where(KeptBadge.holder_id == maria).order_by(KeptBadge.id))
        links = session.scalars(select(EvidencedBadge.badge_id).where(EvidencedBadge.evidence_id == moment))
        assert set(links) == {kept.id, brought.id} == {hers, other}
        assert len(views.view_all_moments(session, maria, hers)) == 1 + speaks_of_it_already


@pytest.mark.breadth
def test_what_was_removed_stays_removed_when_it_joins(wallets: Database, folder: Folder):
    maria, visitor = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    moment = Teller(wallets, folder, visitor).tells()
    with wallets.writing() as session:
        editing.remove_moment(session, visitor, moment, NOW)

    join(wallets, visitor, maria)

    with wallets.writing() as session:
        assert views.view_all_moments(session, maria) == []
        editing.restore_moment(session, maria, moment, NOW)
        assert len(views.view_all_moments(session, maria)) == 1


# A thief


@pytest.mark.breadth(beside=["sqlite"])
def test_what_a_thief_removed_is_back_and_what_was_removed_before_is_not(wallets: Database, folder: Folder):
    maria = somebody_with_a_key(wallets)
    teller = Teller(wallets, folder, maria)
    hers, stolen = teller.tells_all(), teller.tells_all(key="2")
    with wallets.writing() as session:
        editing.remove_moment(session, maria, hers, NOW - DAY)
        recoveries.begin_recovery(session, maria, "paper", "android", NOW)
        editing.remove_moment(session, maria, stolen, NOW + DAY)
        editing.forget_removed_evidence(session, NOW + 3 * DAY - timedelta(hours=1))
    assert rows(wallets)[0] == 2, "while a return guards nothing is erased"

    with wallets.writing() as session:
        editing.restore_moments_removed_since(session, maria, NOW)

    with wallets.reading() as session:
        assert [one.id for one in views.view_all_moments(session, maria)] == [stolen]


def test_a_photo_that_a_thief_took_off_is_back_on_pages_that_lie_ready_too(wallets: Database, folder: Folder):
    maria = somebody_with_a_key(wallets)
    moment = Teller(wallets, folder, maria).tells_all()
    with wallets.writing() as session:
        photo = views.view_moment(session, maria, moment).attachments[0].id
        editing.remove_attachment(session, maria, moment, photo, NOW)
        before = session.get_one(Evidence, moment).edition

    wallets.write(editing.restore_moments_removed_since, maria, NOW)

    with wallets.reading() as session:
        assert photo in {one.id for one in views.view_moment(session, maria, moment).attachments}
        assert session.get_one(Evidence, moment).edition != before


@pytest.mark.breadth(beside=["sqlite"])
def test_undoing_what_a_thief_removed_brings_back_nothing_else(wallets: Database, folder: Folder):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    hers, his = Teller(wallets, folder, maria).tells_all(), Teller(wallets, folder, youssef).tells()
    with wallets.writing() as session:
        before = views.view_moment(session, maria, hers).attachments[0].id
        editing.remove_attachment(session, maria, hers, before, NOW - timedelta(hours=1))
        editing.remove_moment(session, youssef, his, NOW + timedelta(hours=1))

    wallets.write(editing.restore_moments_removed_since, maria, NOW)

    with wallets.reading() as session:
        assert views.view_all_moments(session, youssef) == []
        assert before not in {one.id for one in views.view_moment(session, maria, hers).attachments}


@pytest.mark.breadth
def test_while_a_return_guards_what_was_taken_off_a_moment_waits_too(wallets: Database, folder: Folder):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    with wallets.writing() as session:
        recoveries.begin_recovery(session, maria, "paper", "android", NOW)
    for holder in (maria, youssef):
        teller = Teller(wallets, folder, holder)
        moment = teller.tells()
        plan = teller.attaches(moment, b"a plan", "plan.pdf")
        wallets.write(editing.remove_attachment, holder, moment, plan, NOW)

    wallets.write(editing.forget_removed_evidence, NOW + 3 * DAY - timedelta(hours=1))

    with wallets.reading() as session:
        left = select(Evidence.holder_id).join(Attachment, Attachment.evidence_id == Evidence.id)
        assert session.scalars(left).all() == [maria]
