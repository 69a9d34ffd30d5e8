"""A request: a frozen copy of one moment of Sonia's, found by its token, answered once, stopped for good."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.asked import NADIA, asks, gives, token_of, words_of
from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.made_once import rows_made_once
from tests.fixtures.moments import SAID, Teller
from wallet.accounts import recoveries
from wallet.endorsements import answering, owner_view, requests
from wallet.endorsements.models import MOST_ENDORSEMENTS, MOST_OPEN_REQUESTS, Endorsement, EndorsementRequest
from wallet.evidence import editing, views
from wallet.evidence.models import Evidence
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder

DAY = timedelta(days=1)


@pytest.fixture
@rows_made_once
def moment(wallets: Database, teller: Teller) -> int:
    return teller.tells()


def found(wallets: Database, token: str, after: timedelta = timedelta()) -> requests.FoundRequest:
    with wallets.reading() as session:
        return requests.find_request(session, token, NOW + after)


@pytest.mark.breadth(beside=["sqlite"])
def test_the_tutor_reads_what_sonia_ticked_and_her_files_and_links_never(wallets: Database, teller: Teller, sonia: int):
    moment = teller.tells_all()
    with wallets.reading() as session:
        parts = requests.parts_of(views.view_moment(session, sonia, moment))
    photo, voice = (part for part in parts if part.startswith("attachment-"))

    request = asks(wallets, sonia, moment, leaves_out=["place", photo])

    told = found(wallets, token_of(wallets, request)).request.told
    assert parts[:4] == ["place", "sentence", "facts", "me"]
    assert (told["place"], told["sentence"]) == ("", SAID["sentence"])
    assert [f"attachment-{one['id']}" for one in told["attachments"]] == [voice]
    assert [question for question, _ in told["said"]] == ["facts", "me"]


@pytest.mark.breadth
def test_a_photo_that_sonia_took_off_is_given_to_nobody_by_its_number(wallets: Database, teller: Teller, sonia: int):
    moment = teller.tells_all()
    asked = found(wallets, token_of(wallets, asks(wallets, sonia, moment))).request
    [number] = [place for place, one in enumerate(asked.told["attachments"]) if one["kind"] == "photo"]
    photo = wallets.read(answering.read_attachment, asked, number).id

    wallets.write(editing.remove_attachment, sonia, moment, photo, NOW)

    with pytest.raises(Missing):
        wallets.read(answering.read_attachment, asked, number)


@pytest.mark.breadth
def test_the_copy_is_frozen_and_its_digest_is_that_of_the_words(
    wallets: Database, teller: Teller, sonia: int, moment: int
):
    first = asks(wallets, sonia, moment)
    teller.answers(moment, "facts", "Autre chose.")
    second = asks(wallets, sonia, moment, key="2")

    before, after = (found(wallets, token_of(wallets, one)).request for one in (first, second))
    assert dict(before.told["said"])["facts"] == SAID["facts"]
    assert dict(after.told["said"])["facts"] == "Autre chose."
    assert before.digest == requests.digest_of(before.told, "Sonia") != after.digest
    assert before.digest != requests.digest_of(before.told, "Sonja")
    assert before.subject != after.subject


def test_the_same_page_sent_again_is_the_same_link(wallets: Database, sonia: int, moment: int):

    assert asks(wallets, sonia, moment) == asks(wallets, sonia, moment)
    assert asks(wallets, sonia, moment) != asks(wallets, sonia, moment, key="2")


@pytest.mark.breadth(beside=["sqlite"])
def test_the_same_page_with_other_ticks_or_another_name_is_another_link(wallets: Database, teller: Teller, sonia: int):
    """She goes back, and takes off what the person should not see."""
    moment = teller.tells_all()
    with wallets.reading() as session:
        photo = next(one for one in requests.parts_of(views.view_moment(session, sonia, moment)) if "attachment" in one)
    changed = ({"leaves_out": ["place"]}, {"leaves_out": ["place", photo]}, {"name": "S."})

    links = [asks(wallets, sonia, moment, **one) for one in ({}, *changed, *changed)]

    assert len(set(links)) == 1 + len(changed)
    request = found(wallets, token_of(wallets, links[2])).request
    assert request.told["place"] == ""
    assert [one["kind"] for one in request.told["attachments"]] == ["recording"]


def test_a_moment_of_which_nothing_is_left_to_read_is_not_sent(
    wallets: Database, teller: Teller, sonia: int, moment: int
):
    teller.attaches(moment, b"\xff\xd8\xff photo", "photo.jpg")
    everything = ["sentence", "facts", "me"]

    with pytest.raises(requests.NothingToRead):
        asks(wallets, sonia, moment, leaves_out=everything)
    assert asks(wallets, sonia, moment, leaves_out=everything[1:])


def test_nobody_asks_about_or_stops_what_is_somebody_elses(wallets: Database, sonia: int, moment: int):
    youssef = somebody_with_a_key(wallets)
    request = asks(wallets, sonia, moment)

    with pytest.raises(Missing):
        asks(wallets, youssef, moment)
    with pytest.raises(Missing), wallets.writing() as session:
        requests.stop_request(session, youssef, request, NOW)
    assert found(wallets, token_of(wallets, request)).state == "open"


def test_a_no_that_sonia_saw_is_news_for_youssef_still(wallets: Database, folder: Folder, sonia: int, moment: int):
    youssef = somebody_with_a_key(wallets)
    his = Teller(wallets, folder, youssef).tells()
    for request in (asks(wallets, sonia, moment), asks(wallets, youssef, his)):
        wallets.write(answering.decline_request, request, NOW)

    wallets.write(requests.mark_declined_seen, sonia, NOW)

    words = {holder: wallets.read(owner_view.view_words, holder, NOW) for holder in (sonia, youssef)}
    assert (words[sonia].declined, words[youssef].declined) == (False, True)


@pytest.mark.parametrize("how", ["answered", "stopped", "ended", "removed"])
def test_a_link_that_is_over_says_so_and_takes_no_word(wallets: Database, sonia: int, moment: int, how: str):
    request = asks(wallets, sonia, moment)
    token = token_of(wallets, request)
    with wallets.writing() as session:
        if how == "answered":
            answering.decline_request(session, request, NOW)
        elif how == "stopped":
            requests.stop_request(session, sonia, request, NOW)
        elif how == "removed":
            editing.remove_moment(session, sonia, moment, NOW)
    late = 15 * DAY if how == "ended" else timedelta()

    assert found(wallets, token, late).state == {"removed": "stopped"}.get(how, how)
    with pytest.raises(answering.NotOpen):
        gives(wallets, request, now=NOW + late)


def test_a_link_that_is_nobodys_is_not_found(wallets: Database, sonia: int, moment: int):
    asks(wallets, sonia, moment)

    with pytest.raises(Missing):
        found(wallets, "0" * 26)


@pytest.mark.breadth
def test_an_answered_request_cannot_be_stopped_any_more(wallets: Database, sonia: int, moment: int):
    request = asks(wallets, sonia, moment)
    gives(wallets, request)
    with wallets.writing() as session:
        requests.stop_request(session, sonia, request, NOW)

    assert found(wallets, token_of(wallets, request)).state == "answered"


@pytest.mark.breadth
def test_so_many_wait_and_one_that_is_stopped_makes_room(wallets: Database, sonia: int, moment: int):
    for number in range(MOST_OPEN_REQUESTS):
        last = asks(wallets, sonia, moment, key=f"{number}")
    with pytest.raises(requests.TooManyRequests):
        asks(wallets, sonia, moment, key="more")
    with wallets.writing() as session:
        requests.stop_request(session, sonia, last, NOW)

    assert asks(wallets, sonia, moment, key="more")


@pytest.mark.breadth
def test_no_more_is_asked_for_than_may_be_kept(wallets: Database, sonia: int, moment: int):
    asks(wallets, sonia, moment)
    rows = {"holder_id": sonia, "origin": "file", "subject": "urn:x", "name": "N", "sentence": "", "given_at": NOW}
    with wallets.writing() as session:
        session.add_all(Endorsement(**rows, arrives_at=NOW) for _ in range(MOST_ENDORSEMENTS - 1))

    with pytest.raises(requests.TooManyEndorsements):
        asks(wallets, sonia, moment, key="2")


def test_what_a_thief_asked_for_goes_with_their_return(wallets: Database, sonia: int, moment: int):
    hers = asks(wallets, sonia, moment)
    with wallets.writing() as session:
        back = recoveries.begin_recovery(session, sonia, "paper", "", NOW).id
    theirs, answered = (asks_by(wallets, sonia, moment, key, back) for key in ("2", "3"))
    gives(wallets, answered, replace(NADIA, name="Complice"))
    gives(wallets, hers)
    with wallets.writing() as session:
        before = session.get_one(Evidence, moment).edition
        requests.undo_requests_of_recovery(session, sonia, back, NOW)

    with wallets.reading() as session:
        assert session.get_one(Evidence, moment).edition != before, "no page that lies ready shows it"
        rows = {one.id: one for one in session.scalars(select(EndorsementRequest))}
        assert [bool(rows[one].stopped_at) for one in (hers, theirs, answered)] == [False, True, True]
        assert [one.name for one in words_of(session, sonia) if one.removed_at is None] == ["Nadia Martin"]


def test_a_thief_who_was_put_out_meanwhile_asks_for_no_word(wallets: Database, sonia: int, moment: int):
    with wallets.writing() as session:
        back = recoveries.begin_recovery(session, sonia, "paper", "", NOW)
        back.stopped_at = NOW

    with pytest.raises(Missing):
        asks_by(wallets, sonia, moment, "2", back.id)


def asks_by(wallets: Database, sonia: int, moment: int, key: str, back: int) -> int:
    asked = requests.Asked(key=key, evidence_id=moment, name="Sonia")
    with wallets.writing() as session:
        return requests.create_request(session, sonia, asked, lambda content, _: content, NOW, back).id
