"""Messages as they come in: once, within bounds, and to nobody but who shows something."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.messages.conftest import YANN
from wallet.accounts import recoveries
from wallet.messages import inbox, incoming
from wallet.messages.incoming import NotTaken, TooManyMessages
from wallet.messages.models import KEPT, LIMITS, Message, Note, note_problems
from wallet.shares import lifecycle
from wallet.shares.models import Share
from wallet.storage.database import Database, Missing

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def sends(wallets: Database, note: Note = YANN, share: int = 1, **later: float) -> bool:
    return wallets.write(incoming.receive_message, share, note, NOW + timedelta(**later), None)


def kept(wallets: Database) -> list[Message]:
    with wallets.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


@pytest.mark.breadth(beside=["sqlite"])
def test_it_is_kept_with_what_it_answers(wallets: Database, sonia: int):
    sends(wallets, hours=1)

    (one,) = kept(wallets)
    assert (one.holder_id, one.share_id, one.purpose, one.shared_at) == (sonia, 1, "CV", NOW)
    assert (one.choice, one.text, one.sender, one.reply_to) == (YANN.choice, YANN.text, YANN.sender, YANN.reply_to)
    assert (one.sent_at, one.read_at, one.leaves_at) == (NOW + HOUR, None, NOW + HOUR + KEPT)
    assert wallets.read(inbox.count_unread, sonia) == 1


def test_the_same_words_within_a_day_are_one_message(wallets: Database, sonia: int):
    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda _: sends(wallets), range(4)))
    sends(wallets, hours=23)
    assert len(kept(wallets)) == 1

    sends(wallets, share=2)
    sends(wallets, replace(YANN, text="Mercredi ?"))
    sends(wallets, hours=25)
    assert len(kept(wallets)) == 4


def test_what_is_over_or_takes_none_gets_none(wallets: Database, sonia: int):
    with pytest.raises(Missing):
        sends(wallets, share=9)
    with pytest.raises(Missing):
        sends(wallets, days=8)
    with wallets.writing() as session:
        lifecycle.set_takes_messages(session, sonia, 1, NOW, takes=False)
    with pytest.raises(NotTaken):
        sends(wallets)
    assert kept(wallets) == []


@pytest.mark.breadth
def test_there_is_an_end_to_how_many_wait_and_to_how_many_are_kept(
    wallets: Database, sonia: int, monkeypatch: pytest.MonkeyPatch
):
    for bound, most in (("MOST_UNREAD_OF_SHARE", 3), ("MOST_UNREAD", 5), ("MOST_MESSAGES", 8)):
        monkeypatch.setattr(incoming, bound, most)

    def flood(share: int) -> tuple[int, str]:
        before = len(kept(wallets))
        for number in range(9):
            try:
                sends(wallets, replace(YANN, text=f"Message {number} {before}"), share)
            except TooManyMessages as full:
                return len(kept(wallets)) - before, full.reason
        return 9, "never full"

    assert [flood(1), flood(2), flood(2)] == [(3, "full"), (2, "full"), (0, "full")], "one leaves room for the other"

    wallets.write(inbox.remove_message, sonia, 1, NOW)
    assert flood(1) == (1, "full"), "what is removed waits for nobody to read it"

    with wallets.writing() as session:
        session.execute(update(Message).values(read_at=NOW))
    assert flood(1) == (2, "kept-full"), "what was read makes room, until so many are kept"
    assert len(kept(wallets)) == 8


def test_it_stays_when_the_share_is_over_and_when_it_is_forgotten(wallets: Database, sonia: int):
    sends(wallets)
    with wallets.writing() as session:
        lifecycle.stop_share(session, sonia, 1, NOW)
    with wallets.writing() as session:
        lifecycle.forget_share(session, sonia, 1, NOW + HOUR)

    (one,) = kept(wallets)
    assert (one.share_id, one.purpose, one.text) == (None, "CV", YANN.text)
    with wallets.reading() as session:
        assert session.scalar(select(func.count()).select_from(Share)) == 1


@pytest.mark.breadth
def test_after_a_year_it_is_gone_and_a_day_after_it_was_erased(wallets: Database, sonia: int):
    sends(wallets)
    sends(wallets, share=2)
    wallets.write(inbox.remove_message, sonia, 1, NOW)

    wallets.write(inbox.put_back_message, sonia, 1, NOW + HOUR)
    assert wallets.read(inbox.count_unread, sonia) == 2
    wallets.write(inbox.remove_message, sonia, 1, NOW)

    for later, left in ((DAY, [1, 2]), (DAY + HOUR, [2]), (KEPT - HOUR, [2]), (KEPT, [])):
        wallets.write(inbox.forget_old_messages, NOW + later)
        assert [one.id for one in kept(wallets)] == left


def test_what_was_reported_waits_for_the_operator_even_where_it_was_erased(wallets: Database, sonia: int):
    sends(wallets)
    wallets.write(inbox.report_message, sonia, 1, NOW)
    wallets.write(inbox.remove_message, sonia, 1, NOW)

    wallets.write(inbox.forget_old_messages, NOW + 9 * DAY)
    assert [one.id for one in kept(wallets)] == [1]
    wallets.write(inbox.forget_old_messages, NOW + KEPT)
    assert kept(wallets) == []


def test_while_somebody_came_back_without_a_key_none_that_was_erased_goes(wallets: Database, sonia: int):
    sends(wallets)
    wallets.write(inbox.remove_message, sonia, 1, NOW)
    with wallets.writing() as session:
        recoveries.begin_recovery(session, sonia, "paper", "android", NOW)

    wallets.write(inbox.forget_old_messages, NOW + DAY + HOUR)

    assert len(kept(wallets)) == 1


def test_while_a_thief_may_be_in_none_of_a_flood_is_erased(wallets: Database, sonia: int):
    sends(wallets)
    with wallets.writing() as session:
        recoveries.begin_recovery(session, sonia, "paper", "android", NOW)

    with pytest.raises(recoveries.RecoveryPending):
        wallets.write(inbox.remove_unread, sonia, NOW)

    assert kept(wallets)[0].removed_at is None


@pytest.mark.breadth
def test_of_two_holders_who_erased_at_the_same_moment_one_puts_back_her_own(wallets: Database, sonia: int):
    youssef = somebody_with_a_key(wallets)
    sends(wallets)
    sends(wallets, share=2)
    with wallets.writing() as session:
        session.execute(update(Message).where(Message.id == 2).values(holder_id=youssef))
        session.execute(update(Message).values(removed_at=NOW))

    wallets.write(inbox.put_back_together, sonia, 2, NOW)
    assert [one.removed_at for one in kept(wallets)] == [NOW, NOW], "that one is not hers to name"
    wallets.write(inbox.put_back_together, sonia, 1, NOW)
    assert [one.removed_at for one in kept(wallets)] == [None, NOW]


def test_what_was_erased_longer_ago_is_not_offered_to_be_put_back(wallets: Database, sonia: int):
    sends(wallets)
    wallets.write(inbox.remove_message, sonia, 1, NOW)

    assert wallets.write(inbox.remove_unread, sonia, NOW + DAY) == 1
    assert wallets.write(inbox.remove_unread, sonia, NOW + DAY + HOUR) == 0
    wallets.write(inbox.put_back_together, sonia, 1, NOW + DAY + HOUR)
    assert [one.removed_at for one in kept(wallets)] == [NOW], "nor is it, by an address of before"


@pytest.mark.breadth
def test_by_a_share_that_is_stopped_or_has_ended_nobody_needs_to_be_kept_from_writing(wallets: Database, sonia: int):
    sends(wallets)
    assert wallets.read(inbox.share_to_close, kept(wallets)[0], NOW)
    assert not wallets.read(inbox.share_to_close, kept(wallets)[0], NOW + KEPT), "its days are over"

    wallets.write(lifecycle.stop_share, sonia, 1, NOW)

    assert not wallets.read(inbox.share_to_close, kept(wallets)[0], NOW)


def test_what_an_archive_brought_is_nobodys_to_report(wallets: Database, sonia: int):
    sends(wallets)
    with wallets.writing() as session:
        session.execute(update(Message).values(is_history=True))

    wallets.write(inbox.report_message, sonia, 1, NOW)

    assert kept(wallets)[0].reported_at is None


def test_what_a_visitors_archive_brought_joins_as_far_as_there_is_room(
    wallets: Database, sonia: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(inbox, "MOST_MESSAGES", 3)
    guest = somebody_with_a_key(wallets)
    for number in range(5):
        sends(wallets, replace(YANN, text=f"Message {number}"), hours=number)
    with wallets.writing() as session:
        session.execute(update(Message).where(Message.id > 1).values(holder_id=guest))
        session.execute(update(Message).where(Message.id == 5).values(removed_at=NOW))

    wallets.write(inbox.move_messages, guest, sonia)

    assert [one.id for one in kept(wallets) if one.holder_id == sonia] == [1, 3, 4], (
        "the latest, and none that was erased"
    )


@pytest.mark.parametrize(
    ("note", "problems"),
    [
        (YANN, []),
        (Note(choice="no", sender="Yann"), []),
        (Note(), ["choice-none", "sender-none"]),
        (Note(choice="x", sender="Yann"), ["choice-none"]),
        (Note(choice="question", sender="Yann"), ["text-none", "reply_to-none"]),
        (replace(YANN, **{field: "é" * limit for field, limit in LIMITS.items()}), []),
        (
            replace(YANN, **{field: "é" * (limit + 1) for field, limit in LIMITS.items()}),
            ["text-long", "sender-long", "reply_to-long"],
        ),
    ],
)
def test_what_is_to_be_corrected_is_told_by_its_field(note: Note, problems: list[str]):
    assert note_problems(note) == problems
