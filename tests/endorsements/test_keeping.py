"""A word of Nadia's that came: Sonia reads it, keeps it, or does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from tests.fixtures import signed_words
from tests.fixtures.asked import NADIA, asks, gives
from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.made_once import rows_made_once
from tests.fixtures.moments import Teller
from wallet import accounts
from wallet.accounts import recoveries
from wallet.endorsements import erasing, keeping, moderation, owner_view, status_lists, withdrawing
from wallet.endorsements.models import Endorsement
from wallet.endorsements.views import view_of
from wallet.evidence.models import Evidence
from wallet.storage import file_removals
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder

SIGNED = keeping.SignedDocument("d" * 64, 1_000)
MAILBOX = b"m" * 32


@pytest.fixture
@rows_made_once
def moment(wallets: Database, teller: Teller) -> int:
    return teller.tells()


@pytest.fixture
@rows_made_once
def word(wallets: Database, sonia: int, moment: int) -> int:
    return gives(wallets, asks(wallets, sonia, moment))


def keeps(wallets: Database, sonia: int, word: int, document: keeping.SignedDocument | None = SIGNED) -> Endorsement:
    with wallets.writing() as session:
        keeping.prepare_acceptance(session, sonia, word, NOW)
    with wallets.writing() as session:
        keeping.accept_endorsement(session, sonia, word, document, NOW)
    with wallets.reading() as session:
        return session.get_one(Endorsement, word)


def view(wallets: Database, sonia: int, moment: int | None = None) -> owner_view.OwnedWords:
    with wallets.reading() as session:
        return owner_view.view_words(session, sonia, NOW, moment)


def is_withdrawn(wallets: Database, one: Endorsement) -> bool:
    with wallets.reading() as session:
        bits, _ = status_lists.read_status_list(session, one.list_id or 0)
    index = one.list_index or 0
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


@pytest.mark.breadth
def test_it_waits_until_it_is_read_and_kept(wallets: Database, sonia: int, moment: int, word: int):
    assert [one.row.id for one in view(wallets, sonia).arrived] == [word]

    kept = keeps(wallets, sonia, word)

    assert (kept.accepted_at, kept.document, kept.size) == (NOW, SIGNED.name, SIGNED.size)
    assert kept.ends_at is not None
    assert kept.ends_at > NOW + timedelta(days=1_000)
    assert (view(wallets, sonia, moment).arrived, len(view(wallets, sonia, moment).kept)) == ([], 1)
    assert not is_withdrawn(wallets, kept)


@pytest.mark.breadth
def test_kept_twice_it_is_kept_once_in_one_place(wallets: Database, sonia: int, word: int):
    first = keeps(wallets, sonia, word)
    second = keeps(wallets, sonia, word, keeping.SignedDocument("e" * 64, 2_000))

    assert (second.list_id, second.list_index) == (first.list_id, first.list_index)
    assert (second.document, second.size) == (SIGNED.name, SIGNED.size)
    assert wallets.read(file_removals.pending_removals) == {"e" * 64}, "nobody needs the second one"


def test_what_was_taken_back_meanwhile_is_not_kept(wallets: Database, sonia: int, word: int):
    with wallets.writing() as session:
        keeping.prepare_acceptance(session, sonia, word, NOW)
    with wallets.writing() as session:
        withdrawing.withdraw_given(session, "secret 1", NOW)

    for act in (keeping.prepare_acceptance, lambda *what: keeping.accept_endorsement(*what[:3], SIGNED, what[3])):
        with pytest.raises(keeping.Withdrawn), wallets.writing() as session:
            act(session, sonia, word, NOW)
    with wallets.reading() as session:
        one = session.get_one(Endorsement, word)
        assert (one.accepted_at, one.document) == (None, None)
    assert is_withdrawn(wallets, one)
    assert view(wallets, sonia).arrived == []


def test_of_what_nadia_took_back_her_address_does_not_wait_for_its_code(wallets: Database, word: int):
    with wallets.writing() as session:
        one = session.get_one(Endorsement, word)
        one.code_hash, one.code_sealed = b"h" * 32, b"her address, sealed"

    wallets.write(withdrawing.withdraw_given, "secret 1", NOW)

    with wallets.reading() as session:
        one = session.get_one(Endorsement, word)
        assert (one.code_hash, one.code_sealed) == (None, None)


@pytest.mark.breadth
def test_while_its_code_is_awaited_it_is_on_its_way(wallets: Database, sonia: int, word: int):
    with wallets.writing() as session:
        session.get_one(Endorsement, word).arrives_at = NOW + timedelta(hours=1)

    assert view(wallets, sonia).arrived == []
    with pytest.raises(Missing), wallets.writing() as session:
        keeping.prepare_acceptance(session, sonia, word, NOW)
    with wallets.reading() as session:
        assert keeping.get_endorsement(session, sonia, word, NOW + timedelta(hours=1)).id == word


def test_one_mailbox_behind_two_names_is_kept_and_not_signed(wallets: Database, sonia: int, moment: int):
    first, again, other = (
        gives(wallets, asks(wallets, sonia, moment, key=name), replace(NADIA, name=name), mark=MAILBOX)
        for name in ("Nadia Martin", "nadia  MARTIN", "Paul Petit")
    )
    with wallets.writing() as session:
        keeping.remove_endorsement(session, sonia, other, NOW)

    unsigned = keeps(wallets, sonia, first, None)
    assert unsigned.list_id is None  # Paul's is removed, and counts
    unsigned.means, unsigned.mail_domain = "mail", "jardins-perche.fr"
    assert view_of(unsigned, NOW).mail_domain == "", "nor is it told that a code came from there"
    with wallets.writing() as session:
        session.delete(session.get_one(Endorsement, other))
    assert keeps(wallets, sonia, again).list_id is not None


@pytest.mark.breadth
def test_one_mailbox_of_two_holders_is_signed_for_both(wallets: Database, folder: Folder, sonia: int, moment: int):
    youssef = somebody_with_a_key(wallets)
    his = Teller(wallets, folder, youssef).tells()
    gives(wallets, asks(wallets, sonia, moment), mark=MAILBOX)
    other = gives(wallets, asks(wallets, youssef, his), replace(NADIA, name="Paul Petit"), mark=MAILBOX)

    assert keeps(wallets, youssef, other).list_id is not None


@pytest.mark.breadth
def test_removed_it_is_gone_and_comes_back_for_a_day(wallets: Database, sonia: int, moment: int, word: int):
    keeps(wallets, sonia, word)
    editions = [edition_of(wallets, moment)]
    with wallets.writing() as session:
        keeping.remove_endorsement(session, sonia, word, NOW)
    editions.append(edition_of(wallets, moment))
    assert view(wallets, sonia).kept == []
    with pytest.raises(Missing), wallets.writing() as session:
        keeping.restore_endorsement(session, sonia, word, NOW + erasing.UNDO_REMOVAL + timedelta(seconds=1))
    with wallets.writing() as session:
        keeping.restore_endorsement(session, sonia, word, NOW + timedelta(hours=23))
    editions.append(edition_of(wallets, moment))

    assert [one.state for one in view(wallets, sonia).kept] == ["kept"]
    assert len(set(editions)) == 3, "a page that shows it is another one after each"


def edition_of(wallets: Database, moment: int) -> str:
    with wallets.reading() as session:
        return session.get_one(Evidence, moment).edition


def test_withdrawn_by_sonia_its_bit_is_set_for_good(wallets: Database, sonia: int, word: int):
    kept = keeps(wallets, sonia, word)
    with wallets.writing() as session:
        keeping.withdraw_kept(session, sonia, word, NOW)

    assert is_withdrawn(wallets, kept)
    assert [one.state for one in view(wallets, sonia).kept] == ["withdrawn"]


def test_while_somebody_is_back_without_a_key_nothing_is_signed_or_withdrawn_for_them(
    wallets: Database, sonia: int, moment: int, word: int
):
    other = gives(wallets, asks(wallets, sonia, moment, key="2"))
    keeps(wallets, sonia, word)
    with wallets.writing() as session:
        back = recoveries.begin_recovery(session, sonia, "paper", "", NOW)
        recoveries.complete_recovery(back, NOW)

    with pytest.raises(recoveries.RecoveryPending), wallets.writing() as session:
        keeping.prepare_acceptance(session, sonia, other, NOW, back.id)
    with pytest.raises(recoveries.RecoveryPending), wallets.writing() as session:
        keeping.withdraw_kept(session, sonia, word, NOW)


def test_somebody_elses_word_is_not_there(wallets: Database, sonia: int, word: int):
    youssef = somebody_with_a_key(wallets)
    for act in (
        lambda session, whose: keeping.report_endorsement(session, whose, word, NOW),
        lambda session, whose: keeping.prepare_acceptance(session, whose, word, NOW),
        lambda session, whose: keeping.accept_endorsement(session, whose, word, SIGNED, NOW),
        lambda session, whose: keeping.withdraw_kept(session, whose, word, NOW),
        lambda session, whose: keeping.remove_endorsement(session, whose, word, NOW),
        lambda session, whose: keeping.restore_endorsement(session, whose, word, NOW),
    ):
        with pytest.raises(Missing), wallets.writing() as session:
            act(session, youssef)
        with wallets.writing() as session:
            act(session, sonia)


def test_no_place_of_a_list_is_given_twice(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    drawn = iter((7, 7, 7, 8))
    monkeypatch.setattr(status_lists.secrets, "randbelow", lambda _: next(drawn))

    assert [wallets.write(status_lists.reserve_place).index for _ in range(2)] == [7, 8]


def test_what_came_as_a_file_is_none_of_the_words_that_nadia_may_want_gone(wallets: Database, sonia: int, word: int):
    with wallets.writing() as session:
        session.add(signed_words.word(NOW, holder_id=sonia, origin="file"))

    assert [one.id for one in wallets.read(moderation.find_endorsements_of, " Nadia  Martin ")] == [word]


def test_a_moment_that_says_something_else_sets_it_aside(
    wallets: Database, folder: Folder, sonia: int, moment: int, word: int
):
    keeps(wallets, sonia, word)
    assert [one.is_aside for one in view(wallets, sonia).kept] == [False]
    Teller(wallets, folder, sonia).answers(moment, "facts", "Nadia n’a pas lu cela.")

    assert [one.is_aside for one in view(wallets, sonia).kept] == [True]


def test_what_goes_while_the_operator_waits_for_its_holder_is_missing(
    wallets: Database, word: int, monkeypatch: pytest.MonkeyPatch
):
    lock = accounts.lock_holder

    def waits(session: Session, holder_id: int) -> accounts.Holder:
        session.execute(delete(Endorsement).execution_options(synchronize_session=False))
        return lock(session, holder_id)

    monkeypatch.setattr(accounts, "lock_holder", waits)

    with pytest.raises(Missing), wallets.writing() as session:
        moderation.withdraw_endorsement(session, word, NOW)
