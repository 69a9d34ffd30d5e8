"""Two who write about the same waiting badge at once: both end, whoever came first, and neither waits for the other in turn."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text, update

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller
from wallet import storage
from wallet.accounts import holders, photos
from wallet.accounts.activity import Event
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Holder
from wallet.badges import badges, pending
from wallet.badges.models import KeptBadge
from wallet.evidence import editing
from wallet.evidence.models import Evidence
from wallet.messages.models import Message
from wallet.operations.erasure_steps import erase_visitor
from wallet.recovery import joining
from wallet.shares import past_shares
from wallet.shares.evidence_snapshots import EvidenceSnapshot
from wallet.shares.models import Share, ShownBadge
from wallet.storage import file_removals
from wallet.storage.database import Database
from wallet.storage.files import Folder

PATIENCE = 60
WAITING_FOR_ANOTHER = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
OF_ARCHIVES = (photos.Photo, Share, Message, EmailAddress, Event)
Act = Callable[[Database, datetime], object]


@pytest.fixture
def lera(wallets: Database) -> int:
    """Somebody with a key, for whose word two badges wait."""
    return somebody_with_a_key(wallets)


@pytest.fixture
def waiting(wallets: Database, lera: int) -> list[int]:
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
    ids = keeps(wallets, visitor.id, *(found(another(number)) for number in range(2)))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).where(KeptBadge.id.in_(ids)).values(unasked=True))
        assert joining.join_wallet(session, visitor.id, lera, NOW)
    return ids


class Second:
    """Somebody who begins as soon as the other one has locked the badge, and whom that one lets come as far as they get."""

    def __init__(self, wallets: Database, act: Callable[[], object]) -> None:
        self.wallets, self.problem = wallets, list[BaseException]()
        self.thread = threading.Thread(target=self._run, args=(act,))

    def begin(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if self.thread.ident is not None or not re.search(r"FROM badges.* FOR UPDATE", statement, re.DOTALL):
            return
        self.thread.start()
        # A transaction sees the same activity to its end.
        with self.wallets.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as look:
            for _ in range(PATIENCE * 100):
                if look.execute(WAITING_FOR_ANOTHER).scalar_one() or not self.thread.is_alive():
                    return
                look.execute(text("SELECT pg_sleep(0.01)"))
        raise AssertionError("nobody waits")

    def _run(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as problem:  # noqa: BLE001  # told to the test
            self.problem.append(problem)


@pytest.fixture
def meanwhile(wallets: Database) -> Iterator[Callable[[Callable[[], object]], Second]]:
    listening = []

    def hear(act: Callable[[], object]) -> Second:
        second = Second(wallets, act)
        event.listen(wallets.engine, "after_cursor_execute", second.begin)
        listening.append(second.begin)
        return second

    yield hear
    for one in listening:
        event.remove(wallets.engine, "after_cursor_execute", one)


def keeping(wallets: Database, act: Callable[..., object], *what: Any) -> None:
    with wallets.writing() as session:
        act(session, *what)


def has(wallets: Database) -> dict[int, int]:
    """Whose the badges are, how many of each."""
    with wallets.reading() as session:
        whose = select(KeptBadge.holder_id, func.count()).group_by(KeptBadge.holder_id)
        return dict(session.execute(whose).all())


@pytest.mark.parametrize("answer", [joining.accept_pending, pending.refuse_pending])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_a_word_in_the_last_moment_and_the_erasing_of_what_waited_both_end(
    wallets: Database, lera: int, waiting: list[int], meanwhile: Callable[..., Second], answer: Callable[..., object]
):
    over = NOW + pending.PENDING_LASTS
    with wallets.reading() as session:
        [visitor] = pending.pending_visitors(session, lera)
    chore = meanwhile(lambda: keeping(wallets, erase_visitor, visitor, over))

    keeping(wallets, answer, lera, waiting[0], over)
    chore.thread.join(PATIENCE)

    assert not chore.thread.is_alive()
    assert chore.problem == []
    assert has(wallets).get(lera, 0) == (1 if answer is joining.accept_pending else 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_yes_to_both_badges_at_once_leaves_no_visitor_behind(
    wallets: Database, lera: int, waiting: list[int], meanwhile: Callable[..., Second]
):
    other = meanwhile(lambda: keeping(wallets, joining.accept_pending, lera, waiting[1], NOW))

    keeping(wallets, joining.accept_pending, lera, waiting[0], NOW)
    other.thread.join(PATIENCE)

    assert other.problem == []
    assert has(wallets) == {lera: 2}
    with wallets.reading() as session:
        assert list(session.scalars(select(Holder.id))) == [lera]


@pytest.mark.breadth
def test_what_she_removed_since_she_entered_does_not_come_back_with_the_badge_that_waited(wallets: Database, lera: int):
    """The visitor had brought it, too: their copy stayed with them, as long as another badge waited there."""
    (mine,) = keeps(wallets, lera, found(another(1)))
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
    _, waits = keeps(wallets, visitor, found(another(1)), found(another(2)))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).where(KeptBadge.id == waits).values(unasked=True))
        assert joining.join_wallet(session, visitor, lera, NOW)
        badges.remove_badge(session, lera, mine, NOW)

    keeping(wallets, joining.accept_pending, lera, waits, NOW)

    with wallets.reading() as session:
        assert [one.id for one in badges.list_badges(session, lera)] == [waits]


def test_nothing_of_an_archive_that_she_erased_since_she_entered_comes_back_with_the_badge_that_waited(
    wallets: Database, lera: int
):
    """The visitor had brought an archive of hers: what she had as well stayed with them."""
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
    [waits] = keeps(wallets, visitor, found(another(1)))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(unasked=True))
        for one in (visitor, lera):
            holder = session.get_one(Holder, one)
            holder.name, holder.sought = "Lera", "vendeuse"
            photos.set_photo(session, one, b"RIFF", NOW)
            session.add_all(of_an_archive(one))
    with wallets.writing() as session:
        assert joining.join_wallet(session, visitor, lera, NOW)
        for table in OF_ARCHIVES:
            assert session.execute(delete(table).where(table.holder_id == lera)).rowcount == 1
        session.execute(update(Holder).where(Holder.id == lera).values(name="", sought=""))

    keeping(wallets, joining.accept_pending, lera, waits, NOW)

    with wallets.reading() as session:
        holder = session.get_one(Holder, lera)
        assert (holder.name, holder.sought) == ("", "")
        assert [list(session.scalars(select(table.holder_id))) for table in OF_ARCHIVES] == [[]] * len(OF_ARCHIVES)


@pytest.mark.parametrize(("hers", "stays"), [("fr", "fr"), ("", "en")])
def test_the_language_of_a_visitor_is_hers_where_she_chose_none(wallets: Database, lera: int, hers: str, stays: str):
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
        visitor.language, session.get_one(Holder, lera).language = "en", hers
    with wallets.writing() as session:
        joining.join_wallet(session, visitor.id, lera, NOW)

    with wallets.reading() as session:
        assert session.get_one(Holder, lera).language == stays


def test_of_two_files_of_one_badge_the_one_that_nobody_needs_any_more_is_let_go(wallets: Database, lera: int):
    keeps(wallets, lera, found(another(1)))
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
    brought = found(another(1), "spelt otherwise")
    keeps(wallets, visitor.id, brought)

    with wallets.writing() as session:
        joining.join_wallet(session, visitor.id, lera, NOW)

    assert brought.document in wallets.read(file_removals.pending_removals)


@pytest.mark.breadth
def test_nor_is_the_file_that_lera_had_kept_where_that_of_the_visitor_is_the_better_one(wallets: Database, lera: int):
    worse = found(another(1), "could not be looked at", bound="unknown")
    keeps(wallets, lera, worse)
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
    keeps(wallets, visitor.id, found(another(1)))

    with wallets.writing() as session:
        joining.join_wallet(session, visitor.id, lera, NOW)

    assert worse.document in wallets.read(file_removals.pending_removals)


def test_a_moment_that_comes_back_with_a_visitor_is_shown_by_no_share_that_showed_it_before(
    wallets: Database, folder: Folder, lera: int
):
    """Lera took it away; the archive that she brings before she enters has it still."""
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
    mine, _ = (Teller(wallets, folder, one).tells() for one in (lera, visitor))
    with wallets.writing() as session:
        editing.remove_moment(session, lera, mine, NOW)
        share, *_ = of_an_archive(lera)
        session.add(share)
        session.flush()
        session.add(EvidenceSnapshot(share_id=share.id, place=0, evidence_id=mine, told={}))

    with wallets.writing() as session:
        joining.join_wallet(session, visitor, lera, NOW)

    with wallets.reading() as session:
        assert session.get_one(Evidence, mine).removed_at is None
        assert session.scalars(select(EvidenceSnapshot.evidence_id)).all() == [None]


@pytest.mark.breadth
def test_as_a_visitor_with_whom_a_badge_waits_nobody_is_signed_in_any_more(wallets: Database, lera: int):
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
        holders.sign_in(session, visitor, NOW)
    keeps(wallets, visitor.id, found(another(1)))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(unasked=True))
        joining.join_wallet(session, visitor.id, lera, NOW)

    with wallets.reading() as session:
        assert session.scalars(select(holders.Device.id).where(holders.Device.holder_id == visitor.id)).all() == []


def test_of_what_a_visitor_removed_nobody_says_that_it_is_to_be_kept(wallets: Database):
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
    [only] = keeps(wallets, visitor, found())
    with wallets.writing() as session:
        assert joining.has_to_keep(session, visitor)
        badges.remove_badge(session, visitor, only, NOW)
        session.flush()

        assert not joining.has_to_keep(session, visitor)


def of_an_archive(holder_id: int) -> list[Any]:
    """A past share, a message, an address and an event."""
    texts = dict.fromkeys(("name", "word", "purpose"), "")
    token = {"token_hash": str(holder_id).encode() * 32, "token_sealed": b""}
    share = Share(**texts, **token, holder_id=holder_id, created_at=NOW, ends_at=NOW, is_history=True)
    said = {"purpose": "", "choice": "meet", "text": "", "sender": "Paul", "reply_to": "06"}
    address = {"written": "lera@exemple.fr", "plain": "lera@exemple.fr"}
    return [
        share,
        Message(holder_id=holder_id, **said, sent_at=NOW, is_history=True),
        EmailAddress(holder_id=holder_id, **address, added_at=NOW),
        Event(holder_id=holder_id, what="key-made", at=NOW, is_history=True),
    ]


def enters_while_a_badge_waits(wallets: Database, holder_id: int) -> Holder:
    """A visitor to whom a link had brought a badge, and who turned out to be that holder: it waits with what they were."""
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW)
    keeps(wallets, visitor.id, found(another(1)))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(unasked=True))
        assert joining.join_wallet(session, visitor.id, holder_id, NOW)
    return visitor


def test_a_key_that_lera_makes_says_nothing_of_what_a_link_brought_to_somebody_else(wallets: Database, lera: int):
    [theirs] = keeps(wallets, somebody_with_a_key(wallets), found(another(1)))
    with wallets.writing() as session:
        session.get_one(KeptBadge, theirs).unasked = True

    wallets.write(joining.keep_seen_badge, lera, theirs)

    with wallets.reading() as session:
        assert session.get_one(KeptBadge, theirs).unasked is True


@pytest.mark.breadth
def test_what_was_on_its_way_to_a_visitor_who_entered_meanwhile_is_not_put_with_what_waits(
    wallets: Database, lera: int
):
    """A link had brought them a badge. No device opens what they were any more, and what waits there has its thirty days."""
    visitor = enters_while_a_badge_waits(wallets, lera)

    with wallets.writing() as session:
        token, [kept] = pending.keep_or_ask(session, visitor, [found(another(2))], NOW, unasked=False)

    with wallets.reading() as session:
        assert session.get_one(Holder, visitor.id).leaves_at == NOW + pending.PENDING_LASTS
        here = holders.recognise(session, token, NOW)
        assert here is not None
        assert session.get_one(KeptBadge, kept.badge_id).holder_id == here.holder.id


def test_a_moment_on_its_way_to_a_visitor_who_entered_meanwhile_is_refused(wallets: Database, lera: int):
    visitor = enters_while_a_badge_waits(wallets, lera)

    with wallets.writing() as session, pytest.raises(storage.Missing):
        editing.lock_evidence(session, visitor.id, NOW)

    with wallets.reading() as session:
        assert session.get_one(Holder, visitor.id).leaves_at == NOW + pending.PENDING_LASTS


def test_of_the_past_shares_of_an_archive_as_many_join_as_there_is_room_for(
    wallets: Database, lera: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(past_shares, "MOST_SHARES", 2)
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
        for number in range(3):
            share = of_an_archive(visitor)[0]
            share.token_hash, share.purpose = bytes([number]) * 32, f"Chez le n° {number}"
            session.add(share)

    with wallets.writing() as session:
        joining.join_wallet(session, visitor, lera, NOW)

    with wallets.reading() as session:
        assert len(session.scalars(select(Share.id).where(Share.holder_id == lera)).all()) == 2


def test_a_past_share_of_an_archive_names_her_own_badge_that_came_back_with_it(wallets: Database, lera: int):
    """She had removed it; the visitor brought both, and another badge waits with them."""
    [mine] = keeps(wallets, lera, found(another(1)))
    with wallets.writing() as session:
        badges.remove_badge(session, lera, mine, NOW)
        visitor = holders.create_visitor(session, NOW).id
    same, waits = keeps(wallets, visitor, found(another(1)), found(another(2)))
    with wallets.writing() as session:
        session.get_one(KeptBadge, waits).unasked = True
        share = of_an_archive(visitor)[0]
        share.shown = [ShownBadge(place=0, badge_id=same), ShownBadge(place=1, badge_id=waits)]
        session.add(share)
    with wallets.writing() as session:
        assert joining.join_wallet(session, visitor, lera, NOW)

    with wallets.reading() as session:
        [share] = session.scalars(select(Share))
        assert (share.holder_id, [one.badge_id for one in share.shown]) == (lera, [mine, None])
        assert [one.id for one in badges.list_badges(session, lera)] == [mine]
