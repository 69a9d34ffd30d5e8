"""« Me prévenir par e-mail »: that something waits, once a day, and how it is stopped."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.fixtures.examined import NOW
from tests.messages.conftest import YANN
from wallet.accounts import outbox
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Holder
from wallet.accounts.outbox import Mail
from wallet.messages import inbox, incoming, letters, moderation
from wallet.messages.letters import LetterWriter, holder_of_stop_token, stop_token
from wallet.messages.models import Message, Note
from wallet.shares.models import Share
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def told(wallets: Database, sonia: int) -> int:
    """Sonia wants letters, and has a confirmed address behind one that is not."""
    with wallets.writing() as session:
        for name, verified_at in (("neuve", None), ("sonia", NOW)):
            address = f"{name}@exemple.fr"
            session.add(
                EmailAddress(holder_id=sonia, written=address, plain=address, added_at=NOW, verified_at=verified_at)
            )
    assert wallets.write(letters.set_letters, sonia, NOW, wants=True)
    return sonia


def comes(wallets: Database, keyring: Keyring, after: timedelta, text: str = "") -> bool:
    note = Note(choice="question", text=text or str(after), sender=YANN.sender, reply_to=YANN.reply_to)
    writer = LetterWriter(keyring.mark, keyring.seal, "en")
    return wallets.write(incoming.receive_message, 1, note, NOW + after, writer)


def waiting(wallets: Database) -> list[tuple[str, datetime]]:
    with wallets.reading() as session:
        return [(one.address, one.due_at) for one in session.scalars(select(Mail).where(Mail.kind == letters.KIND))]


def goes(wallets: Database) -> None:
    """What waits is sent."""
    with wallets.writing() as session:
        session.execute(Mail.__table__.delete())


def reads(wallets: Database, holder: int, number: int, after: timedelta) -> None:
    wallets.write(inbox.mark_read, holder, number, NOW + after)


def test_nobody_gets_one_who_did_not_ask_or_has_no_address(wallets: Database, keyring: Keyring, sonia: int):
    assert not wallets.write(letters.set_letters, sonia, NOW, wants=True)
    comes(wallets, keyring, HOUR)
    with wallets.writing() as session:
        session.execute(update(Holder).values(wants_letters=True))
    assert not comes(wallets, keyring, 2 * HOUR)
    assert waiting(wallets) == []


def test_the_first_confirmed_address_is_told_at_once_and_of_what_follows_nothing_until_it_was_read(
    wallets: Database, keyring: Keyring, told: int
):
    assert comes(wallets, keyring, HOUR)
    assert wallets.write(letters.set_letters, told, NOW + HOUR, wants=True)
    assert waiting(wallets) == [("sonia@exemple.fr", NOW + HOUR)], "also where she says once more that she wants it"
    goes(wallets)

    assert not comes(wallets, keyring, 2 * HOUR)
    assert not comes(wallets, keyring, 5 * DAY)
    assert waiting(wallets) == []


def test_what_comes_the_same_day_after_it_was_read_is_told_at_its_end(wallets: Database, keyring: Keyring, told: int):
    comes(wallets, keyring, HOUR)
    goes(wallets)
    reads(wallets, told, 1, 2 * HOUR)

    comes(wallets, keyring, 3 * HOUR)
    assert waiting(wallets) == [("sonia@exemple.fr", NOW + HOUR + DAY)]
    comes(wallets, keyring, 4 * HOUR)
    assert len(waiting(wallets)) == 1

    reads(wallets, told, 2, 5 * HOUR)
    assert len(waiting(wallets)) == 1, "one is still unread"
    reads(wallets, told, 3, 5 * HOUR)
    assert waiting(wallets) == [], "there is nothing to tell any more"

    comes(wallets, keyring, 6 * HOUR)
    assert waiting(wallets) == [("sonia@exemple.fr", NOW + HOUR + DAY)]


@pytest.mark.postgresql
def test_it_is_in_the_language_that_she_chose(wallets: Database, keyring: Keyring, told: int):
    with wallets.writing() as session:
        session.get_one(Holder, told).language = "fr"

    comes(wallets, keyring, HOUR)

    with wallets.reading() as session:
        assert session.scalar(select(Mail.language)) == "fr", "whatever her visitor reads"


@pytest.mark.postgresql
@pytest.mark.breadth
def test_one_that_her_archive_brought_unread_keeps_no_letter_from_her(wallets: Database, keyring: Keyring, told: int):
    """No letter told of it; it is older than the last one that did tell her something."""
    comes(wallets, keyring, HOUR)
    goes(wallets)
    reads(wallets, told, 1, 2 * HOUR)
    with wallets.writing() as session:
        session.add(
            Message(
                holder_id=told,
                purpose="CV",
                choice="meet",
                text="Lundi ?",
                sender=YANN.sender,
                reply_to=YANN.reply_to,
                sent_at=NOW - DAY,
                is_history=True,
            )
        )

    assert comes(wallets, keyring, 3 * DAY)
    goes(wallets)
    assert not comes(wallets, keyring, 5 * DAY), "of what she did not read since she was told already"


@pytest.mark.breadth
def test_one_that_she_erased_unread_keeps_no_letter_from_her(wallets: Database, keyring: Keyring, told: int):
    comes(wallets, keyring, HOUR)
    goes(wallets)
    wallets.write(inbox.remove_message, told, 1, NOW + 2 * HOUR)

    assert comes(wallets, keyring, 2 * DAY)


@pytest.mark.breadth(beside=["sqlite"])
def test_what_a_letter_was_to_tell_that_never_went_is_told_by_the_next_one(
    wallets: Database, keyring: Keyring, told: int
):
    with wallets.writing() as session:
        session.execute(update(Share).values(ends_at=NOW + 30 * DAY))
    comes(wallets, keyring, HOUR)
    assert not wallets.write(outbox.forget_late_mail, NOW + 8 * DAY)
    assert waiting(wallets) == [], "its server was out for a week"

    assert comes(wallets, keyring, 8 * DAY)
    assert waiting(wallets) == [("sonia@exemple.fr", NOW + 8 * DAY)]

    wallets.write(outbox.drop_mail, NOW + 8 * DAY, Mail.address == "sonia@exemple.fr")
    assert comes(wallets, keyring, 8 * DAY + HOUR), "as of an address that was taken away, or of other keys"
    goes(wallets)
    assert not comes(wallets, keyring, 9 * DAY)


def test_of_what_came_after_sonia_read_what_a_letter_was_to_tell_that_never_went_the_next_one_tells_at_once(
    wallets: Database, keyring: Keyring, told: int
):
    comes(wallets, keyring, HOUR)
    reads(wallets, told, 1, 2 * HOUR)
    assert waiting(wallets) == [], "its server had it wait, and it tells of nothing any more"

    assert comes(wallets, keyring, 3 * HOUR)
    assert waiting(wallets) == [("sonia@exemple.fr", NOW + 3 * HOUR)]


@pytest.mark.breadth
def test_one_a_day_goes_at_most_whatever_was_dropped(wallets: Database, keyring: Keyring, told: int):
    comes(wallets, keyring, HOUR)
    goes(wallets)
    reads(wallets, told, 1, 2 * HOUR)
    comes(wallets, keyring, 3 * HOUR)

    wallets.write(outbox.drop_mail, NOW + 4 * HOUR, Mail.address == "sonia@exemple.fr")
    comes(wallets, keyring, 4 * HOUR)

    assert waiting(wallets) == [("sonia@exemple.fr", NOW + HOUR + DAY)]


def test_of_what_the_operator_erased_for_its_sender_no_letter_tells(wallets: Database, keyring: Keyring, told: int):
    comes(wallets, keyring, HOUR)
    goes(wallets)
    reads(wallets, told, 1, 2 * HOUR)
    comes(wallets, keyring, 3 * HOUR)

    hers = [one.id for one in wallets.read(moderation.find_messages_of, YANN.sender)]
    assert wallets.write(moderation.erase_messages, hers, NOW + 4 * HOUR) == 2

    assert waiting(wallets) == []


def test_who_stops_them_gets_none_that_waits_either(wallets: Database, keyring: Keyring, told: int):
    comes(wallets, keyring, HOUR)
    wallets.write(letters.stop_letters, told, NOW + HOUR)

    assert waiting(wallets) == []
    assert not comes(wallets, keyring, 2 * HOUR)
    wallets.write(letters.stop_letters, 99, NOW)


def test_a_link_stops_the_letters_of_one_holder_and_nobody_makes_one(keyring: Keyring):
    token = stop_token(12, keyring.mark)

    assert holder_of_stop_token(token, keyring.mark) == 12
    for wrong in ("", "12", "12-", token[:-1], token + "A", token.replace("12-", "13-"), "é-" + token, "9" * 40, "²-x"):
        assert holder_of_stop_token(wrong, keyring.mark) is None
