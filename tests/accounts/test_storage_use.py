"""The numbers that stand beside texts, attachments and badges: right after each change, put right where a wallet of before
wrote, and asked at the same cost whatever is stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from tests.fixtures.archived import Archive, Home
from tests.fixtures.examined import NOW, another, found, named, somebody_with_a_key, visitor_at
from tests.fixtures.moments import a_moment
from tests.fixtures.tables_made import make_tables
from wallet.accounts import holders, storage_use
from wallet.accounts.holders import Holder
from wallet.accounts.storage_use import HolderSize, MomentSize
from wallet.badges import badges, files, keeping, quota
from wallet.badges.models import KeptBadge
from wallet.badges.quota import BadgeSize
from wallet.evidence import answers, editing
from wallet.evidence.answers import SentAnswer
from wallet.evidence.models import Answer, Attachment, Evidence, EvidenceFull
from wallet.operations import all_tables, erasure_steps, storage_use_check
from wallet.recovery import joining
from wallet.storage.database import Database

LATER = NOW + editing.UNDO_REMOVAL + timedelta(minutes=1)
Change = Callable[..., Any]


def counted(wallets: Database) -> dict[str, dict[int, int]]:
    """The numbers that are kept, those of nothing left out."""
    with wallets.reading() as session:
        visitors = set(session.scalars(select(Holder.id).where(Holder.kept_at.is_(None))))
        rows = session.scalars(select(HolderSize)).all()
        kept = {
            "moments": {row.holder_id: row.moments for row in rows},
            "badges": {row.holder_id: row.badges for row in rows if row.holder_id in visitors},
            "texts": {row.evidence_id: row.texts for row in session.scalars(select(MomentSize))},
            "answers": {row.evidence_id: row.answers for row in session.scalars(select(MomentSize))},
        }
    return {what: {id: size for id, size in numbers.items() if size} for what, numbers in kept.items()}


def measured(wallets: Database) -> dict[str, dict[int, int]]:
    """The same, from nothing but what they measure."""
    found: dict[str, dict[int, int]] = {"moments": {}, "badges": {}, "texts": {}, "answers": {}}

    def add(what: str, id: int, size: int) -> None:
        found[what][id] = found[what].get(id, 0) + size

    with wallets.reading() as session:
        whose = {one.id: one.holder_id for one in session.scalars(select(Evidence))}
        for said in session.scalars(select(Answer)):
            add("moments", whose[said.evidence_id], 2 * len(said.text))
            add("texts", said.evidence_id, 2 * len(said.text))
            add("answers", said.evidence_id, 1)
        for attached in session.scalars(select(Attachment)):
            add("moments", whose[attached.evidence_id], attached.size)
        came_in = dict[tuple[int, str], int]()
        visitors = select(KeptBadge, BadgeSize).join(BadgeSize, BadgeSize.badge_id == KeptBadge.id)
        for kept, size in session.execute(visitors.join(Holder).where(Holder.kept_at.is_(None))):
            add("badges", kept.holder_id, size.files + size.answers)
            came_in[kept.holder_id, kept.came_in or ""] = size.came_in
        for (holder_id, _), file in came_in.items():
            add("badges", holder_id, file)
    return {what: {id: size for id, size in numbers.items() if size} for what, numbers in found.items()}


def write(wallets: Database, change: Change, *what: Any, **more: Any) -> Any:
    with wallets.writing() as session:
        return change(session, *what, **more)


def tells(wallets: Database, holder_id: int, key: str, *texts: str) -> int:
    """A moment with these texts: its id."""
    id: int = write(wallets, answers.begin_moment, holder_id, SentAnswer("situation", "work", key), [], NOW)
    for number, said in enumerate(texts):
        write(wallets, answers.keep_answer, holder_id, id, SentAnswer("facts", said, f"{key}-{number}"), NOW)
    return id


def attaches(wallets: Database, holder_id: int, moment: int, name: str, size: int) -> int:
    nothing = dict.fromkeys(("file", "preview", "width", "height", "seconds"))
    what = {"key": name, "kind": "file", "name": name, "address": "", "media_type": "", "size": size}
    id: int = write(wallets, editing.add_attachment, holder_id, moment, NOW, **what | nothing)
    return id


def brings(wallets: Database, holder_id: int, *numbers: int) -> list[int]:
    """Badges that came in one file."""
    file: dict[str, Any] = {"size": 50, "came_in": named(f"file of {numbers}"), "came_in_size": 700}
    brought = [replace(found(another(number)), **file) for number in numbers]
    with wallets.writing() as session:
        kept = keeping.keep_badges(session, session.get_one(Holder, holder_id), brought, NOW)
    return [one.badge_id for one in kept if one.badge_id]


@pytest.mark.breadth
def test_after_each_change_the_numbers_say_what_is_there(wallets: Database):
    maria, lea, kim = somebody_with_a_key(wallets), visitor_at(wallets).id, visitor_at(wallets).id
    moment, other = tells(wallets, maria, "a", "Un été.", "J’ai soudé."), tells(wallets, maria, "b", "x" * 300)
    hers, theirs = tells(wallets, lea, "c", "Une grue."), tells(wallets, kim, "d", "y" * 70)
    plan = attaches(wallets, maria, moment, "plan", 1000)
    sketch = attaches(wallets, lea, hers, "sketch", 333)
    brings(wallets, maria, 1)
    (unasked, _), more = brings(wallets, kim, 2, 3), brings(wallets, lea, 4, 5)

    def look(session: Session, badge_id: int) -> None:
        kept = session.get_one(KeptBadge, badge_id)
        kept.examination = kept.examination | {"seen": [{"address": "a", "status": 200, "size": 99, "file": "0" * 64}]}
        quota.note_badge_size(session, badge_id)
        quota.sum_up_sizes(session, kept.holder_id)

    def came_unasked(session: Session) -> None:
        session.get_one(KeptBadge, unasked).unasked = True

    steps: tuple[tuple[Change, tuple[Any, ...]], ...] = (
        (answers.keep_answer, (maria, moment, SentAnswer("facts", "Autrement.", "e"), NOW)),
        (answers.keep_answer, (maria, moment, SentAnswer("facts", "Autrement.", "e"), NOW)),  # the same once more
        (answers.keep_answer, (maria, moment, SentAnswer("facts", "", "f", 10**6), NOW)),
        (answers.restore_answer, (maria, moment, 2, "g", NOW)),
        (editing.remove_attachment, (maria, moment, plan, NOW)),
        (editing.restore_attachment, (maria, moment, plan, NOW)),
        (editing.remove_attachment, (lea, hers, sketch, NOW)),
        (editing.forget_removed_evidence, (LATER,)),
        (editing.remove_moment, (maria, other, NOW)),
        (editing.restore_moment, (maria, other, NOW)),
        (editing.remove_moment, (maria, other, NOW)),
        (editing.forget_removed_evidence, (LATER,)),
        (look, (more[0],)),
        (badges.remove_badge, (lea, more[1], NOW)),
        (came_unasked, ()),
        (joining.join_wallet, (kim, maria, NOW)),  # one badge waits, so that the visitor stays
        (joining.accept_pending, (maria, unasked, NOW)),
        (holders.keep_holder, (lea, NOW)),
        (editing.erase_evidence, (maria, 1)),
        (erasure_steps.erase_some, (lea, NOW)),
    )
    assert counted(wallets) == measured(wallets)
    for number, (change, what) in enumerate(steps):
        write(wallets, change, *what)
        assert counted(wallets) == measured(wallets), f"{number}: {change.__name__}"

    assert set(measured(wallets)["moments"]) == {maria}
    with wallets.reading() as session:
        assert session.get(HolderSize, lea) is None, "erased with all else"
        assert editing.room_left(session, maria) == editing.ROOM - measured(wallets)["moments"][maria]
    assert counted(wallets)["texts"].keys() == {theirs}, "it joined the wallet"


@pytest.mark.breadth
def test_an_archive_is_counted_as_it_comes_back(home: Home):
    said = [{"question": "facts", "text": "z" * size, "key": f"{size}", "made_at": NOW.isoformat()} for size in (5, 50)]
    archive = Archive().tells(a_moment("a", answers=said), ("plan.pdf", b"%PDF-1.7")).tells(a_moment("b"))

    for _ in range(2):
        home.brings(somebody_with_a_key(home.wallets), archive)
        home.brings(None, archive)
        assert counted(home.wallets) == measured(home.wallets)
    with home.wallets.reading() as session:
        assert len(session.scalars(select(MomentSize)).all()) == 8


def test_a_visitors_removed_badge_counts_until_the_round_that_erases_it(wallets: Database):
    lea = visitor_at(wallets).id
    (_, gone) = brings(wallets, lea, 1, 2)
    write(wallets, badges.remove_badge, lea, gone, NOW)
    write(wallets, files.forget_removed_badges, LATER)

    storage_use_check.correct_sizes(wallets)

    assert counted(wallets) == measured(wallets)


# What was written by a wallet that did not count


@pytest.fixture
def uncounted(wallets: Database) -> tuple[Database, int, int]:
    """A wallet as it is right after the migration, its holder, and a visitor."""
    maria, lea = somebody_with_a_key(wallets), visitor_at(wallets).id
    for holder_id in (maria, lea):
        attaches(wallets, holder_id, tells(wallets, holder_id, "a", "Un été.", "x" * 100), "plan", 1000)
        brings(wallets, holder_id, 1, 2)
    with wallets.writing() as session:
        for table in (HolderSize, MomentSize):
            session.execute(delete(table))
    return wallets, maria, lea


def test_what_was_there_before_is_measured_once(uncounted: tuple[Database, int, int]):
    wallets, *_ = uncounted
    statements = list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    storage_use_check.correct_sizes(wallets)
    assert counted(wallets) == measured(wallets)

    event.listen(wallets.engine, "before_cursor_execute", note)
    storage_use_check.correct_sizes(wallets)
    event.remove(wallets.engine, "before_cursor_execute", note)

    assert counted(wallets) == measured(wallets)
    assert len(statements) > 2
    assert not [one for one in statements if "answers.text" in one], "no text is read again"


def test_what_a_wallet_of_before_tells_beside_this_one_is_counted_too(wallets: Database):
    maria = somebody_with_a_key(wallets)
    moment = tells(wallets, maria, "a", "Un été.")
    with wallets.writing() as session:
        session.add(Answer(evidence_id=moment, question="me", text="é" * 50, key="old", made_at=NOW))
    tells(wallets, maria, "a", "Un été.", "Un hiver.")

    storage_use_check.correct_sizes(wallets)

    assert counted(wallets) == measured(wallets)


def test_whoever_writes_while_it_is_measured_is_counted_once(
    uncounted: tuple[Database, int, int], monkeypatch: pytest.MonkeyPatch
):
    wallets, maria, lea = uncounted
    measure = storage_use_check._measure

    def and_meanwhile(session: Session, evidence_id: int) -> storage_use_check.Measured:
        found = measure(session, evidence_id)
        session.rollback()
        tells(wallets, maria, "a", "Un été.", f"Pendant {evidence_id}.")
        attaches(wallets, lea, tells(wallets, lea, f"new {evidence_id}"), "plan", 77)
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(storage_use_check, "_measure", and_meanwhile)
        storage_use_check.correct_sizes(wallets)
    storage_use_check.correct_sizes(wallets)

    assert counted(wallets) == measured(wallets)


def test_two_workers_that_measure_the_same_count_it_once(uncounted: tuple[Database, int, int]):
    wallets, *_ = uncounted
    with wallets.reading() as session:
        looked = [
            (id, storage_use_check._measure(session, id))
            for id in storage_use_check._miscounted_moments(session, range(1, 100))
        ]
    for _ in range(2):
        for one in looked:
            write(wallets, storage_use_check._correct_moment, *one)
    with wallets.reading() as session:
        wrong = storage_use_check._miscounted_holders(session, range(1, 100))
    for _ in range(2):
        for other in wrong:
            write(wallets, storage_use_check._correct_holder, *other)
    storage_use_check.correct_sizes(wallets)  # the badges

    assert len(looked) == 2
    assert len(wrong) == 2
    assert counted(wallets) == measured(wallets)


# What is asked


def test_there_is_an_end_to_how_many_visitors_there_are_at_once(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage_use, "MOST_VISITORS", 2)
    monkeypatch.setattr("wallet.accounts.MOST_VISITORS", 2)
    lea, kim, ali = (visitor_at(wallets).id for _ in range(3))
    maria = somebody_with_a_key(wallets)
    tells(wallets, lea, "a", "Un été.")
    brings(wallets, kim, 1)

    with pytest.raises(EvidenceFull):
        tells(wallets, ali, "b")
    assert brings(wallets, ali, 2) == []
    tells(wallets, lea, "a", "Un été.", "Un hiver.")
    assert len(brings(wallets, kim, 3)) == len(brings(wallets, maria, 4)) == 1
    write(wallets, holders.keep_holder, lea, NOW)
    assert len(brings(wallets, ali, 2)) == 1, "who has a key is no visitor any more"


def test_nothing_is_looked_through_that_grows_with_what_is_stored(tmp_path: Path):
    """As SQLite tells how it goes about each statement; PostgreSQL decides by what is there."""
    wallets, plans = Database(f"sqlite:///{tmp_path}/wallet.sqlite3"), list[str]()
    make_tables(wallets)
    lea, maria = visitor_at(wallets).id, somebody_with_a_key(wallets)

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(f"{row[3]} in {statement}" for row in rows)

    event.listen(wallets.engine, "before_cursor_execute", explain)
    for holder_id in (lea, maria):
        with wallets.reading() as session:
            editing.need_room(session, holder_id, 1)
        with wallets.reading() as session:
            quota.get_room(session, session.get_one(Holder, holder_id)).problem(1)
    wallets.close()

    assert len(plans) > 8
    assert not [told for told in plans if told.startswith("SCAN") and told.split()[1] in all_tables.metadata.tables]
    visitors = [told for told in plans if "leaves_at >" in told and told.startswith("SEARCH")]
    assert all("ix_holders_leaves_at" in told or "SEARCH holder_sizes" in told for told in visitors), "not all holders"
    assert len(visitors) == 4


@pytest.mark.parametrize("text", ["x" * 100, "Un été."])
def test_matches_move_what_was_told_with_its_numbers(wallets: Database, text: str):
    """Also where both told the same."""
    maria, lea = somebody_with_a_key(wallets), visitor_at(wallets).id
    tells(wallets, maria, "a", "Un été.")
    tells(wallets, lea, "a", text)

    write(wallets, joining.move_badges, lea, maria, NOW)

    assert counted(wallets) == measured(wallets)
    assert set(counted(wallets)["moments"]) == {maria}
