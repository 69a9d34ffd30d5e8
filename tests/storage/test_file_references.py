"""Who needs a file is looked up by its name: what is written down of it is as the rows say, or is known not to be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session

from tests.architecture import duties
from tests.fixtures.examined import NOW, another, found, keeps, named, somebody_with_a_key
from wallet import storage
from wallet.accounts.holders import Holder
from wallet.badges import share_target
from wallet.badges.models import KeptBadge, NewBadge
from wallet.badges.share_target import SharedFile
from wallet.endorsements.models import Endorsement
from wallet.evidence.models import Attachment, Evidence
from wallet.operations import all_tables, cleanup
from wallet.storage import file_references
from wallet.storage.database import Database
from wallet.storage.file_references import KINDS, NOT_LISTED, KeptFile


def brought(number: int) -> NewBadge:
    """A badge with three files."""
    answers = (
        {"address": "https://issuer.example/key", "status": 200, "at": NOW.isoformat(), "file": named(f"a{number}")},
    )
    return replace(found(another(number)), document=named(f"d{number}"), picture=named(f"p{number}"), seen=answers)


def told_of_badges(*numbers: int) -> set[str]:
    return {named(f"{kind}{number}") for number in numbers for kind in "dpa"}


def lines(wallets: Database) -> set[tuple[str, int, str]]:
    with wallets.reading() as session:
        return {(line.kind, line.row_id, line.name) for line in session.scalars(select(KeptFile))}


def forgets_the_lists(wallets: Database) -> None:
    """As in a wallet that was there before there was the list: each row is noted by the migration, and none is listed."""
    with wallets.writing() as session:
        session.execute(text("DELETE FROM kept_files"))
        for kind, rows in KINDS.items():
            for id in session.scalars(select(rows.id)):
                session.execute(insert(KeptFile).values(kind=kind, row_id=id, name=NOT_LISTED))


def is_true(wallets: Database) -> bool:
    """What is asked by name is what a look at all rows finds."""
    with wallets.reading() as session:
        needed = all_tables.files_in_use(session)
        return storage.needed_files(session, {*needed, "f" * 64}) == needed and storage.wrong_lists(session) == {}


# What names files


def test_each_column_that_names_a_file_is_looked_at():
    """Whoever adds such a column says so beside its table (rows_naming_files), and makes its triggers (naming_rows)."""
    asked = {f"{column.class_.__tablename__}.{column.key}" for rows in KINDS.values() for column in rows.columns}

    assert asked == duties.SHELF.keys()


@pytest.mark.postgresql
@pytest.mark.breadth
def test_a_row_that_is_written_behind_our_back_is_known_not_to_be_listed(wallets: Database):
    """By an older wallet beside this one, or by hand: in any of these columns. All others change nothing."""
    fill(wallets)
    before = lines(wallets)
    for kind, rows in KINDS.items():
        table = rows.id.class_.__table__
        with wallets.writing() as session:
            session.execute(update(table).values({"id": table.c.id}))
        assert lines(wallets) == before
        for column in rows.columns:
            with wallets.writing() as session:
                session.execute(update(table).values({column.key: table.c[column.key]}))

            assert lines(wallets) - before == {(kind, 1, NOT_LISTED)}
            assert storage.list_rows_left(wallets, 60)
            assert lines(wallets) == before


def fill(wallets: Database) -> None:
    """A badge, an attachment, a handover and a word of one holder."""
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, brought(1))
    with wallets.writing() as session:
        moment = storage.insert(session, Evidence(holder_id=maria, key="k", begun_at=NOW, edition="e"))
        told = {"key": "k", "kind": "photo", "name": "n", "address": "", "media_type": "m", "size": 1, "added_at": NOW}
        session.add(Attachment(evidence_id=moment.id, file=named("photo"), preview=named("small"), **told))
        handed = SharedFile(name="badge.png", size=1, file=named("handed"))
        share_target.keep_shared_item(session, [handed], "", "", maria, NOW)
        said = {"subject": "urn:uuid:1", "name": "Nadia", "sentence": "", "given_at": NOW, "arrives_at": NOW}
        signed = {"document": named("word"), "recording": named("voice")}
        session.add(Endorsement(holder_id=maria, origin="asked", **said, **signed))


# What is written down


@pytest.mark.postgresql
@pytest.mark.breadth
def test_each_row_is_listed_when_it_is_kept_and_its_lines_go_with_it(wallets: Database):
    fill(wallets)
    assert {(kind, name) for kind, _, name in lines(wallets)} == {
        *(("badge", name) for name in told_of_badges(1)),
        *(("attachment", named(word)) for word in ("photo", "small")),
        ("handover", named("handed")),
        *(("endorsement", named(word)) for word in ("word", "voice")),
    }
    assert is_true(wallets)

    with wallets.writing() as session:
        session.execute(text("DELETE FROM holders"))  # all else goes by cascade

    assert lines(wallets) == set()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_who_writes_one_column_lists_what_somebody_else_wrote_in_another(wallets: Database):
    """The session of the one still shows what stood there before."""
    maria = somebody_with_a_key(wallets)
    (id,) = keeps(wallets, maria, brought(1))
    with wallets.reading() as session:
        stale = session.get_one(KeptBadge, id)
        session.expunge(stale)
    with wallets.writing() as session:
        session.get_one(KeptBadge, id).came_in = named("in this")
    with wallets.writing() as session:
        session.add(stale)
        stale.picture = named("another picture")

    assert {name for _, _, name in lines(wallets)} == {
        named("d1"),
        named("a1"),
        named("in this"),
        named("another picture"),
    }
    assert is_true(wallets)


def test_what_was_raised_lists_nothing(wallets: Database):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, brought(1))
    before = lines(wallets)

    with pytest.raises(ZeroDivisionError):
        wallets.write(breaks)

    assert lines(wallets) == before


def breaks(session: Session) -> None:
    session.get_one(KeptBadge, 1).picture = named("another")
    session.flush()
    raise ZeroDivisionError


# A wallet of before


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_until_a_row_is_listed_it_is_read_and_its_files_are_needed(wallets: Database):
    fill(wallets)
    forgets_the_lists(wallets)

    with wallets.reading() as session:
        needed = all_tables.files_in_use(session)
        assert len(needed) == 8
        assert storage.needed_files(session, needed) == needed
        assert {name for _, name in storage.listed_files(session)} == needed
    assert storage.list_anew(wallets) == 0, "late is not wrong"
    assert is_true(wallets)

    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(picture=named("another picture")))
        session.execute(text("DELETE FROM kept_files WHERE name = :one"), {"one": named("another picture")})
    asked = [name for some in storage.names_needed(wallets) for name in some]
    with wallets.reading() as session:
        assert len(set(asked)) == len(asked) > 8
        assert all_tables.files_in_use(session) <= set(asked), (
            "whoever looks at each file leaves none out, and none twice"
        )


@pytest.mark.postgresql
@pytest.mark.breadth
def test_of_rows_that_have_the_same_number_each_is_listed_by_itself(wallets: Database):
    """Else the files of the one would count as nobody's once the other one is listed, or is gone."""
    fill(wallets)
    keeps(wallets, somebody_with_a_key(wallets), brought(2))
    forgets_the_lists(wallets)
    with wallets.writing() as session:  # a handover that went while the migration noted it
        session.execute(insert(KeptFile).values(kind="handover", row_id=2, name=NOT_LISTED))

    assert storage.list_rows_left(wallets, 60)

    assert is_true(wallets)
    assert not any(name == NOT_LISTED for _, _, name in lines(wallets))


@pytest.mark.postgresql
def test_what_was_there_is_listed_in_pieces_and_goes_on_where_it_was_killed(
    wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, *(brought(number) for number in range(7)))
    whole = lines(wallets)
    forgets_the_lists(wallets)
    monkeypatch.setattr(file_references, "AT_ONCE", 3)
    pieces = list[int]()

    def killed(*asked: object) -> int:
        pieces.append(1)
        if len(pieces) == 2:
            raise KeyboardInterrupt
        return look(*asked)  # type: ignore[arg-type]

    look = file_references._list_some
    with monkeypatch.context() as patch:
        patch.setattr(file_references, "_list_some", killed)
        with pytest.raises(KeyboardInterrupt):
            storage.list_rows_left(wallets, 60)
    assert sum(name == NOT_LISTED for _, _, name in lines(wallets)) == 4
    with wallets.reading() as session:
        assert storage.needed_files(session, told_of_badges(*range(7))) == told_of_badges(*range(7))

    assert storage.list_rows_left(wallets, 60)
    assert lines(wallets) == whole


def test_nothing_is_removed_and_nothing_swept_until_all_is_listed(
    wallets: Database, tmp_path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    fill(wallets)
    forgets_the_lists(wallets)
    monkeypatch.setattr(cleanup, "LISTING", -1.0)

    with monkeypatch.context() as patch:
        for what in ("remove_scheduled", "check_same_store"):
            patch.setattr(storage, what, lambda *_: pytest.fail("before all rows are listed"))
        patch.setattr(cleanup, "sweep_files", lambda *_: pytest.fail("before all rows are listed"))
        with caplog.at_level("INFO", "wallet"):
            cleanup.clean_up(wallets, storage.Folder(tmp_path / "files"), NOW)

    assert "nothing is removed until that is done" in caplog.text


def test_a_list_that_is_not_as_the_row_says_is_told_and_listed_anew(wallets: Database):
    fill(wallets)
    with wallets.writing() as session:
        session.execute(text("DELETE FROM kept_files WHERE kind = 'badge'"))
    with wallets.reading() as session:
        assert storage.wrong_lists(session) == {"badge 1": told_of_badges(1)}

    assert storage.list_anew(wallets) == 1

    assert is_true(wallets)


# However many holders there are


@contextmanager
def counted(wallets: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(wallets.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(wallets.engine, "before_cursor_execute", note)


@pytest.mark.postgresql
def test_who_needs_a_file_is_asked_with_as_many_statements_whoever_has_how_many(wallets: Database):
    asked = list[list[str]]()
    for last in (2, 20):
        for number in range(last - 2, last):
            maria = somebody_with_a_key(wallets)
            keeps(wallets, maria, brought(number))
        with counted(wallets) as sent, wallets.reading() as session:
            storage.needed_files(session, told_of_badges(0))
        asked.append(sent)

    assert asked[0] == asked[1]
    assert not any("badges" in statement for statement in asked[1])


def test_no_row_of_theirs_is_left_out(wallets: Database):
    """Two holders have the same bytes, and one leaves."""
    sonia, karim = (somebody_with_a_key(wallets) for _ in range(2))
    for holder in (sonia, karim):
        keeps(wallets, holder, brought(1))
    with wallets.writing() as session:
        session.delete(session.get_one(Holder, sonia))

    with wallets.reading() as session:
        assert storage.needed_files(session, told_of_badges(1)) == told_of_badges(1)
    assert {id for _, id, _ in lines(wallets)} == {2}
