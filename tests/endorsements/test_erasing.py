"""Words that go for good: withdrawn in their lists first, with their files and what was counted, and no backup makes them good
again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.fixtures.asked import NADIA, asks, gives, words_of
from tests.fixtures.erased import shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller
from tests.fixtures.signed_words import SENTENCE, keep_word, word
from wallet import storage
from wallet.accounts import recoveries
from wallet.accounts.holders import Holder
from wallet.accounts.storage_use import HolderSize
from wallet.endorsements import answering, erasing, keeping, moderation, status_lists, views, withdrawing
from wallet.endorsements.models import Endorsement, EndorsementRequest
from wallet.endorsements.status_lists import StatusList, StatusPlace
from wallet.evidence import editing
from wallet.evidence.models import EvidenceFull
from wallet.operations import cleanup, storage_use_check
from wallet.operations.erasure import Erasure
from wallet.recovery import joining
from wallet.storage import file_removals
from wallet.storage.database import Database
from wallet.storage.files import Folder
from wallet.storage.keyring import Keyring

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
VOICE = {"recording": "a" * 64, "media_type": "audio/mp4", "size": 4_000, "seconds": 4}


@pytest.fixture
def signed(wallets: Database, folder: Folder, sonia: int, tmp_path: Path) -> Callable[..., int]:
    """Lets a word of Sonia's be signed and kept: its number."""
    keyring = Keyring(tmp_path / "keys.json")

    def sign(**members: object) -> int:
        return keep_word(wallets, folder, keyring, members.pop("holder", sonia), NOW, **members)[0]  # type: ignore[arg-type]

    return sign


def place_of(wallets: Database, id: int) -> StatusPlace:
    with wallets.reading() as session:
        kept = session.get_one(Endorsement, id)
        return StatusPlace(kept.list_id or 0, kept.list_index or 0)


def is_withdrawn(wallets: Database, place: StatusPlace) -> bool:
    """Whether everybody reads in its list that it is."""
    with wallets.reading() as session:
        bits, _ = status_lists.read_status_list(session, place.list_id)
    return bool(bits[place.index // 8] >> (7 - place.index % 8) & 1)


def count(wallets: Database, table: type[Endorsement | EndorsementRequest | StatusList | Holder]) -> int:
    with wallets.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def counted(wallets: Database, holder: int) -> int:
    """Bytes that are counted of what the holder tells, with words of others."""
    with wallets.reading() as session:
        size = session.get(HolderSize, holder)
        return size.moments if size else 0


def write(wallets: Database, *acts: Callable[[Session], object]) -> None:
    with wallets.writing() as session:
        for act in acts:
            act(session)


def forget_lists(wallets: Database, *places: StatusPlace) -> None:
    """As a backup that was taken before these places were given."""
    with wallets.writing() as session:
        for place in places:
            found = session.get_one(StatusList, place.list_id)
            found.given = found.withdrawn = found.noted = status_lists.NO_BITS
            found.count = 0


# --- « Tout effacer » -------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.breadth
def test_whoever_leaves_has_every_word_withdrawn_and_nothing_of_it_left(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    places = [place_of(wallets, signed(recording=folder.keep(b"her voice"), media_type="audio/mp4")) for _ in range(2)]
    youssefs = signed(holder=somebody_with_a_key(wallets))

    erasures.erase(sonia, NOW)

    assert [is_withdrawn(wallets, place) for place in places] == [True, True]
    assert wallets.read(status_lists.withdrawn_to_note) == [], "it stands in the ledger, and is written there once"
    assert not is_withdrawn(wallets, place_of(wallets, youssefs))
    assert count(wallets, Endorsement) == 1
    assert len(list(folder.names())) == 1, "the document of the word on Youssef"


@pytest.mark.breadth
def test_they_are_withdrawn_with_the_ways_in_before_anything_goes(
    wallets: Database, erasures: Erasure, signed: Callable[..., int], sonia: int, monkeypatch: pytest.MonkeyPatch
):
    place = place_of(wallets, signed())

    class Cut(BaseException):
        """As a power cut does."""

    def cut(name: str) -> None:
        if name == "erasure.shut":
            raise Cut

    monkeypatch.setattr("wallet.operations.erasure.failpoint", cut)
    with pytest.raises(Cut):
        erasures.erase(sonia, NOW)

    assert is_withdrawn(wallets, place)
    assert count(wallets, Endorsement) == 1, "the row goes with the next round"
    monkeypatch.undo()
    erasures.round(NOW + MINUTE)
    assert count(wallets, Endorsement) == 0


def test_words_go_in_steps_with_all_else(
    wallets: Database, erasures: Erasure, folder: Folder, sonia: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.operations.erasure_steps.AT_ONCE", 2)
    write(wallets, lambda session: session.add_all(word(NOW, holder_id=sonia) for _ in range(5)))

    erasures.erase(sonia, NOW)

    assert (count(wallets, Endorsement), count(wallets, Holder), list(folder.names())) == (0, 0, [])


# --- no backup makes good again what was withdrawn ----------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_an_older_backup_does_not_take_a_withdrawal_back(
    wallets: Database, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    place, other = (place_of(wallets, signed()) for _ in range(2))
    write(wallets, lambda session: status_lists.set_withdrawn(session, place.list_id, [place.index]))
    erasures.round(NOW)
    forget_lists(wallets, place)

    erasures.begin(NOW + DAY)

    assert (is_withdrawn(wallets, place), is_withdrawn(wallets, other)) == (True, False)
    with wallets.reading() as session:
        found = session.get_one(StatusList, place.list_id)
    assert found.count == 1, "the place is nobody else's from now on"
    assert found.edition > 0


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_nor_does_it_tell_again_what_nadia_said_before_she_took_it_back(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    kept, taken_back, removed = signed(), signed(), signed()
    for id in (taken_back, removed):
        place = place_of(wallets, id)
        write(wallets, partial(status_lists.set_withdrawn, list_id=place.list_id, indexes=[place.index]))
    erasures.round(NOW)
    forget_lists(wallets, place)
    write(wallets, partial(keeping.remove_endorsement, holder_id=sonia, endorsement_id=removed, now=NOW))

    erasures.begin(NOW + MINUTE)

    with wallets.reading() as session:
        told = views.view_endorsements(session, [kept, taken_back], NOW + MINUTE)
        assert [told[id].worth for id in (kept, taken_back)] == ["good", "withdrawn"], "her words are in no share"
        assert session.get_one(Endorsement, removed).withdrawn_at, "nobody puts back what is worth nothing"
    cleanup.clean_up(wallets, folder, NOW + 2 * MINUTE)
    with wallets.reading() as session:
        assert [bool(one.sentence) for one in words_of(session, sonia)] == [True, False, False]
    assert len(list(folder.names())) == 1, "nor does her file lie there"


def test_nor_one_in_which_there_was_no_list(wallets: Database, erasures: Erasure):
    with wallets.writing() as session:
        place = status_lists.reserve_place(session)
        status_lists.set_withdrawn(session, place.list_id, [place.index])
    erasures.round(NOW)
    with wallets.writing() as session:
        session.delete(session.get_one(StatusList, place.list_id))
        if not wallets.is_sqlite:
            return
        session.connection().exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'status_lists'")

    erasures.begin(NOW)

    assert is_withdrawn(wallets, place)


@pytest.mark.breadth
def test_what_was_erased_is_withdrawn_in_a_backup_of_before_it_was_given(
    wallets: Database, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    place = place_of(wallets, signed())
    erasures.erase(sonia, NOW)
    forget_lists(wallets, place)

    erasures.begin(NOW + DAY)

    assert is_withdrawn(wallets, place)


def test_the_ledger_tells_a_place_and_a_day_and_is_told_once(
    wallets: Database, erasures: Erasure, signed: Callable[..., int]
):
    place = place_of(wallets, signed())
    write(wallets, lambda session: status_lists.set_withdrawn(session, place.list_id, [place.index]))
    erasures.round(NOW)
    before = erasures.ledger.content()
    erasures.round(NOW + MINUTE)
    erasures.begin(NOW + MINUTE)

    assert erasures.ledger.content() == before
    [line] = before.decode().splitlines()
    assert line.endswith(f"{place.list_id:012x}{place.index:012x} 2026-11-24")


# --- removed, taken back, asked for long ago ----------------------------------------------------------------------------


@pytest.mark.breadth
def test_what_was_removed_comes_back_for_a_day_and_is_withdrawn_when_it_goes(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    kept, removed = signed(), signed(sentence="Un autre mot.")
    place = place_of(wallets, removed)
    for one in (kept, removed):
        write(wallets, partial(keeping.remove_endorsement, holder_id=sonia, endorsement_id=one, now=NOW))
    write(wallets, lambda session: keeping.restore_endorsement(session, sonia, kept, NOW + DAY - MINUTE))
    cleanup.clean_up(wallets, folder, NOW + DAY - MINUTE)
    assert not is_withdrawn(wallets, place)

    cleanup.clean_up(wallets, folder, NOW + DAY + MINUTE)

    assert is_withdrawn(wallets, place), "its file may be anywhere"
    assert count(wallets, Endorsement) == 1
    assert len(list(folder.names())) == 1


@pytest.mark.breadth
def test_what_sonia_reported_and_removed_is_withdrawn_and_stays_until_the_operator_has_read_it(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    read, unread = signed(), signed(sentence="Un autre mot.")
    for id in (read, unread):
        write(wallets, partial(keeping.report_endorsement, holder_id=sonia, endorsement_id=id, now=NOW))
        write(wallets, partial(keeping.remove_endorsement, holder_id=sonia, endorsement_id=id, now=NOW))

    cleanup.clean_up(wallets, folder, NOW + DAY + MINUTE)
    erasures.round(NOW + DAY + MINUTE)
    erasures.begin(NOW + DAY + MINUTE)
    cleanup.clean_up(wallets, folder, NOW + 2 * DAY)

    assert all(is_withdrawn(wallets, place_of(wallets, id)) for id in (read, unread)), "its file may be anywhere"
    with wallets.writing() as session:
        told = moderation.list_reported_endorsements(session)
        assert [one.sentence for one in told] == [SENTENCE, "Un autre mot."], "« … même si vous l’enlevez. »"
        moderation.close_endorsement_report(session, read, NOW + 2 * DAY)
    for later, left in ((2 * DAY, [unread]), (90 * DAY - MINUTE, [unread]), (90 * DAY + MINUTE, [])):
        cleanup.clean_up(wallets, folder, NOW + later)
        with wallets.reading() as session:
            assert [one.id for one in words_of(session, sonia)] == left


@pytest.mark.postgresql
def test_the_words_are_locked_before_their_list_as_by_nadia_who_takes_hers_back_at_that_moment(
    wallets: Database, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    reported, removed = signed(), signed(sentence="Un autre mot.")
    write(wallets, partial(keeping.report_endorsement, holder_id=sonia, endorsement_id=reported, now=NOW))
    for id in (reported, removed):
        write(wallets, partial(keeping.remove_endorsement, holder_id=sonia, endorsement_id=id, now=NOW))
    asked = list[str]()
    event.listen(wallets.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    write(wallets, partial(erasing.forget_removed_endorsements, now=NOW + DAY + MINUTE))

    lists = [place for place, one in enumerate(asked) if "FROM status_lists" in one]
    locked = [place for place, one in enumerate(asked) if "FROM endorsements" in one and "FOR UPDATE" in one]
    assert lists
    assert all(place < lists[0] for place in locked), "each would wait for the other"


@pytest.mark.breadth
def test_what_sonia_does_not_keep_for_ninety_days_goes_and_what_she_kept_stays(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], teller: Teller, sonia: int
):
    kept = signed()
    gives(wallets, asks(wallets, sonia, teller.tells()))
    cleanup.clean_up(wallets, folder, NOW + 90 * DAY - MINUTE)
    assert count(wallets, Endorsement) == 2

    cleanup.clean_up(wallets, folder, NOW + 90 * DAY + MINUTE)

    with wallets.reading() as session:
        assert [one.id for one in words_of(session, sonia)] == [kept]


@pytest.mark.breadth
def test_what_she_did_not_keep_and_reported_or_removed_in_its_last_days_is_there_for_the_operator(
    wallets: Database, folder: Folder, erasures: Erasure, teller: Teller, sonia: int
):
    late = NOW + 89 * DAY
    reported, removed = (gives(wallets, asks(wallets, sonia, teller.tells(), key=key)) for key in ("1", "2"))
    for id in (reported, removed):
        write(wallets, partial(keeping.report_endorsement, holder_id=sonia, endorsement_id=id, now=late))
    write(wallets, partial(keeping.remove_endorsement, holder_id=sonia, endorsement_id=removed, now=late))

    cleanup.clean_up(wallets, folder, NOW + 91 * DAY)

    with wallets.writing() as session:
        assert [one.id for one in moderation.list_reported_endorsements(session)] == [reported, removed]
        moderation.close_endorsement_report(session, reported, NOW + 91 * DAY)
    for later, left in ((91 * DAY, [removed]), (179 * DAY + MINUTE, [])):
        cleanup.clean_up(wallets, folder, NOW + later)
        with wallets.reading() as session:
            assert [one.id for one in words_of(session, sonia)] == left


def test_while_somebody_came_back_without_a_key_nothing_that_was_removed_goes(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    removed = signed()
    with wallets.writing() as session:
        recoveries.begin_recovery(session, sonia, "paper", "android", NOW)
        keeping.remove_endorsement(session, sonia, removed, NOW)

    cleanup.clean_up(wallets, folder, NOW + DAY + MINUTE)

    assert count(wallets, Endorsement) == 1
    write(wallets, lambda session: keeping.restore_endorsements_removed_since(session, sonia, NOW))
    with wallets.reading() as session:
        assert session.get_one(Endorsement, removed).removed_at is None


def test_of_what_was_taken_back_neither_name_nor_sentence_nor_file_stays_and_its_room_is_free(
    wallets: Database, folder: Folder, erasures: Erasure, signed: Callable[..., int], sonia: int
):
    taken_back = signed(recording=folder.keep(b"her voice"), media_type="audio/mp4")
    with wallets.writing() as session:
        found = session.get_one(Endorsement, taken_back)
        erasing.add_bytes(session, found, 4_000)
        withdrawing.withdraw(session, found, NOW)
    assert counted(wallets, sonia) == 4_000

    cleanup.clean_up(wallets, folder, NOW + MINUTE)

    with wallets.reading() as session:
        [left] = words_of(session, sonia)
    assert (left.name, left.sentence, left.told, left.document, left.recording, left.size) == (
        "",
        "",
        None,
        None,
        None,
        0,
    )
    assert (list(folder.names()), counted(wallets, sonia)) == ([], 0)


@pytest.mark.breadth
def test_of_what_was_asked_for_a_month_ago_nothing_stays(
    wallets: Database, folder: Folder, erasures: Erasure, teller: Teller, sonia: int
):
    moment = teller.tells()
    asks(wallets, sonia, moment, key="unanswered")
    given = gives(wallets, asks(wallets, sonia, moment, key="answered"))
    lately = asks(wallets, sonia, moment, key="lately", now=NOW + DAY)

    cleanup.clean_up(wallets, folder, NOW + 30 * DAY)

    with wallets.reading() as session:
        assert list(session.scalars(select(EndorsementRequest.id))) == [lately]
        kept = session.get_one(Endorsement, given)
        assert (kept.request_id, kept.name) == (None, NADIA.name), "the word stays"
        assert withdrawing.find_given(session, "secret 2").id == given, "and can be taken back"


# --- room -------------------------------------------------------------------------------------------------------------


@pytest.mark.breadth
def test_a_voice_takes_of_the_room_of_what_the_holder_tells(
    wallets: Database, teller: Teller, sonia: int, monkeypatch: pytest.MonkeyPatch
):
    moment = teller.tells()
    before = counted(wallets, sonia)
    with wallets.writing() as session:
        request = asks_in(session, sonia, moment, "1")
        answering.give_endorsement(session, request, NADIA, "secret", NOW, voice=VOICE)
    assert counted(wallets, sonia) == before + VOICE["size"]
    storage_use_check.correct_sizes(wallets)
    assert counted(wallets, sonia) == before + VOICE["size"], "as it is measured"

    monkeypatch.setattr(editing, "ROOM", counted(wallets, sonia) + 1)
    with wallets.writing() as session:
        request = asks_in(session, sonia, moment, "2")
        with pytest.raises(EvidenceFull):
            answering.give_endorsement(session, request, NADIA, "another secret", NOW, voice=VOICE)
        assert session.get_one(EndorsementRequest, request).answered_at is None, "she may write instead"


def test_of_a_voice_that_is_sent_twice_one_stays(wallets: Database, teller: Teller, sonia: int):
    request = asks(wallets, sonia, teller.tells())
    give = partial(answering.give_endorsement, answer=NADIA, secret="secret", now=NOW)

    first = wallets.write(partial(give, voice=VOICE), request)
    second = wallets.write(partial(give, voice=VOICE | {"recording": "b" * 64}), request)

    assert (second.id, second.recording) == (first.id, VOICE["recording"])
    assert wallets.read(file_removals.pending_removals) == {"b" * 64}


def asks_in(session: Session, holder: int, moment: int, key: str) -> int:
    """A request that is open, made in this session."""
    made = EndorsementRequest(
        holder_id=holder,
        evidence_id=moment,
        key=key,
        token_hash=key.encode() * 32,
        token_sealed=b"",
        name="Sonia",
        told={"sentence": "J’ai calmé un client.", "said": [], "attachments": []},
        digest="",
        subject=f"urn:x:{key}",
        language="fr",
        made_at=NOW,
        ends_at=NOW + DAY,
    )
    session.add(made)
    session.flush()
    return made.id


# --- a visitor turns out to have a wallet --------------------------------------------------------------------------------


@pytest.mark.breadth
def test_words_on_the_badges_of_a_visitor_join_the_wallet_with_them_and_none_twice(
    wallets: Database, folder: Folder, erasures: Erasure, sonia: int
):
    with wallets.writing() as session:
        visitor = Holder(handle=b"v" * 32, created_at=NOW, leaves_at=NOW + DAY)
        session.add(visitor)
        session.flush()
        guest = visitor.id
    [hers] = keeps(wallets, sonia, shelved(folder, 1))
    [same] = keeps(wallets, guest, shelved(folder, 1))
    both, new = folder.keep(b"a word that both have"), folder.keep(b"a word that is new")
    of_files = {"origin": "file", "list_id": None, "ends_at": None}
    with wallets.writing() as session:
        session.add(word(NOW, holder_id=sonia, badge_id=hers, document=both, **of_files))
        for document in (both, new):
            session.add(word(NOW, holder_id=guest, badge_id=same, document=document, **of_files))

    write(wallets, lambda session: joining.move_badges(session, guest, sonia, NOW))

    with wallets.reading() as session:
        assert [(one.badge_id, one.document) for one in words_of(session, sonia)] == [(hers, both), (hers, new)]
        assert words_of(session, guest) == []
    file_removals.remove_scheduled(wallets, folder, NOW + 2 * DAY)
    assert {both, new} <= set(folder.names())


@pytest.mark.parametrize(
    ("hers", "brought", "after"),
    [
        ({"removed_at": NOW}, {}, NOW),
        ({"removed_at": NOW, "badge_id": None}, {}, NOW),
        ({"removed_at": NOW}, {"accepted_at": None}, None),
        ({"accepted_at": None}, {}, NOW),
        ({}, {"accepted_at": None}, NOW),
        ({"accepted_at": None}, {"accepted_at": None}, None),
    ],
)
@pytest.mark.breadth(
    beside=["sqlite-hers2-brought2-None", "sqlite-hers1-brought1-after1", "sqlite-hers0-brought0-after0"]
)
def test_a_word_that_a_visitor_brings_once_more_is_there_as_when_its_file_comes_again(
    wallets: Database, folder: Folder, sonia: int, hers: dict[str, Any], brought: dict[str, Any], after: datetime | None
):
    with wallets.writing() as session:
        guest = storage.insert(session, Holder(handle=b"v" * 32, created_at=NOW, leaves_at=NOW + DAY)).id
    [own] = keeps(wallets, sonia, shelved(folder, 1))
    [same] = keeps(wallets, guest, shelved(folder, 1))
    of_file = {"origin": "file", "list_id": None, "ends_at": None, "document": folder.keep(b"a word")}
    with wallets.writing() as session:
        session.add(word(NOW, **{"holder_id": sonia, "badge_id": own} | of_file | hers))
        session.add(word(NOW, **{"holder_id": guest, "badge_id": same} | of_file | brought))

    write(wallets, lambda session: joining.move_badges(session, guest, sonia, NOW))

    with wallets.reading() as session:
        [kept] = words_of(session, sonia)
        assert (kept.removed_at, kept.accepted_at, kept.badge_id) == (None, after, own)


@pytest.mark.breadth(beside=["sqlite"])
def test_a_word_that_both_removed_stays_away_when_the_visitor_joins(wallets: Database, folder: Folder, sonia: int):
    with wallets.writing() as session:
        guest = storage.insert(session, Holder(handle=b"v" * 32, created_at=NOW, leaves_at=NOW + DAY)).id
    of_file = {
        "origin": "file",
        "list_id": None,
        "ends_at": None,
        "document": folder.keep(b"a word"),
        "removed_at": NOW,
    }
    for holder in (sonia, guest):
        [badge] = keeps(wallets, holder, shelved(folder, 1))
        with wallets.writing() as session:
            session.add(word(NOW, holder_id=holder, badge_id=badge, **of_file))

    write(wallets, lambda session: joining.move_badges(session, guest, sonia, NOW))

    with wallets.reading() as session:
        assert [one.removed_at for one in words_of(session, sonia)] == [NOW]
