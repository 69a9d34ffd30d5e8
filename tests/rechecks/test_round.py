"""Badges are checked again while nobody waits: each in its time, by one worker, politely, and nothing is lost."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from sqlalchemy import inspect, update

from tests.fixtures.chore import ASSERTION, BADGE_CLASS, Chore, copies
from tests.fixtures.examined import COMMUNICATE, NOW, again, examined, keeps, somebody_with_a_key, visitor_at
from tests.openbadges.support import guild
from tests.openbadges.test_endorsements import endorsement
from wallet.badges import asked_hosts, badges, importing, recheck_dates
from wallet.badges.models import KeptBadge, NewBadge
from wallet.badges.recheck_dates import CHECK_DAILY, CHECK_JITTER, CHECK_WEEKLY, is_never_known
from wallet.cli import samples
from wallet.openbadges import Check, Fetched, Issuer, Unreachable, UnreadableBadge
from wallet.openbadges.v3 import status
from wallet.rechecks import due, hosts, round, shown
from wallet.rechecks.due import CLAIM
from wallet.rechecks.round import MOST_ALONE, ROUND_EVERY
from wallet.shares import lifecycle
from wallet.storage.database import Database, DatabaseUnavailable
from wallet.storage.file_store import Unavailable

MINUTE, LATEST = timedelta(minutes=1), 1 + CHECK_JITTER
A_BIT = {"seconds": 6}
"""After which a host may be asked again that was asked for one badge, with all its addresses."""


class PowerCut(BaseException):
    """Ends a round where it stands, as a kill does."""


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def badge(chore: Chore, wallets: Database, maria: int) -> int:
    """Maria's badge, good when she brought it."""
    (id,) = keeps(wallets, maria, chore.brought())
    assert chore.kept(id).state == "valid"
    return id


# When


def test_a_badge_is_checked_when_its_time_has_come_and_not_before(chore: Chore, badge: int):
    due_at = chore.kept(badge).due_at
    chore.clock.now = due_at - MINUTE
    assert chore.round() == []

    assert chore.round(minutes=1) == ["https://issuer.example/badges/1.json"]

    one = chore.kept(badge)
    assert (one.checked_at, one.state) == (due_at, "valid")
    assert chore.round() == [], "it is done until the next time"


def test_what_the_issuer_says_since_is_found(chore: Chore, badge: int):
    chore.web["https://issuer.example/badges/1.json"] = 410

    chore.round(days=9)

    assert chore.kept(badge).state == "revoked"
    assert chore.kept(badge).good_at == NOW


def test_a_badge_for_which_there_was_no_room_is_not_put_off_for_a_week(
    chore: Chore, badge: int, monkeypatch: pytest.MonkeyPatch
):
    """Heavy ones are worked out in a child, two at a time: nothing was found of it, and its issuer may have withdrawn it."""

    def no_room(*_what: object) -> None:
        raise UnreadableBadge("busy")

    with monkeypatch.context() as patch:
        patch.setattr(round.badges, "examine_again", no_room)
        chore.round(days=9)
    assert chore.kept(badge).due_at == chore.clock() + CLAIM
    chore.web["https://issuer.example/badges/1.json"] = 410

    chore.round(hours=1)

    assert chore.kept(badge).state == "revoked"


@pytest.mark.parametrize("silent", ["class.json", "issuer.json"])
@pytest.mark.parametrize("answer", [None, 404])
@pytest.mark.breadth(beside=["sqlite-404-issuer.json", "sqlite-None-class.json"])
def test_what_a_badge_is_called_stays_while_one_of_its_addresses_gives_nothing(
    chore: Chore, badge: int, silent: str, answer: int | None
):
    before, address = chore.kept(badge).card, f"https://issuer.example/{silent}"
    del chore.web[address]
    chore.web |= {address: answer} if answer else {}

    chore.round(days=9)

    one = chore.kept(badge)
    assert (one.state, one.good_at) == ("unknown", NOW)
    assert (one.card.name, one.card.issuer_name, one.card.origins) == (
        before.name, before.issuer_name, before.origins
    )  # fmt: skip


def test_what_another_issuer_gave_is_no_word_for_the_one_that_a_badge_names_now(chore: Chore, badge: int):
    """Its host writes another issuer into the class, and that one's profile is not to be had, or disowns it."""
    known = "https://known.example/issuer.json"
    told = json.loads(chore.web["https://issuer.example/class.json"])
    chore.web["https://issuer.example/class.json"] = json.dumps(told | {"issuer": known}).encode()

    chore.round(days=9)
    assert chore.kept(badge).issuer.id == "https://issuer.example/issuer.json", (
        "nobody says that it is of the other one"
    )
    chore.web[known] = json.dumps({**samples.profile(), "id": known}).encode()
    chore.round(days=9)
    assert (chore.kept(badge).state, chore.kept(badge).issuer.id) == ("invalid", known)
    del chore.web[known]
    chore.round(days=9)

    one = chore.kept(badge)
    assert (one.state, one.issuer.id, one.issuer.is_proven, one.may_be_shown) == ("unknown", known, False, False)


@pytest.mark.breadth
def test_what_is_shown_is_checked_daily_and_the_rest_weekly(chore: Chore, wallets: Database, maria: int):
    shown, other = keeps(wallets, maria, chore.brought(1), chore.brought(2))
    chore.shows(maria, shown)

    asked = [(chore.clock.now, address) for _ in range(28 * 6) for address in chore.round(hours=4)]

    for id, every, how_often in ((shown, CHECK_DAILY, range(21, 33)), (other, CHECK_WEEKLY, range(3, 6))):
        moments = [moment for moment, address in asked if address == f"https://issuer.example/badges/{id}.json"]
        gaps = [later - sooner for sooner, later in pairwise(moments)]
        assert len(moments) in how_often
        assert all(every * (1 - CHECK_JITTER) <= gap <= every * LATEST + timedelta(hours=4) for gap in gaps)


@pytest.mark.breadth
def test_a_share_brings_the_check_closer_and_its_end_lets_it_go(chore: Chore, badge: int, maria: int):
    chore.clock.move(days=4)
    share = chore.shows(maria, badge)

    assert chore.kept(badge).due_at == NOW + CHECK_DAILY
    assert len(chore.round()) == 1
    with chore.wallets.writing() as session:
        lifecycle.stop_share(session, maria, share, chore.clock())
    assert len(chore.round(days=1.3)) == 1

    assert chore.kept(badge).due_at >= chore.clock() + CHECK_WEEKLY * (1 - CHECK_JITTER)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("reason", "unanswered", "comes_closer"),
    [
        ("issuer-does-not-answer", ("https://issuer.example/1",), True),
        ("issuer-lists-no-key", (), True),
        ("proof-unsupported", ("https://issuer.example/1",), False),
        ("proof-unsupported", (), False),
        ("no-proof", (), False),
    ],
)
def test_a_share_asks_daily_only_for_what_an_answer_can_change(
    chore: Chore, wallets: Database, maria: int, reason: str, unanswered: tuple[str, ...], comes_closer: bool
):
    """What nobody signed, and what is signed in a way that is not checked here, was asked for every day for nothing."""
    unknown = chore.brought(1)
    bent = {"intact": Check("intact", "unknown", reason), "unanswered": unanswered}
    (id,) = keeps(wallets, maria, replace(unknown, examination=examined(unknown.examination.badge, **bent)))
    due_at = NOW + CHECK_WEEKLY
    looks_at_night = chore.worker().round
    for brings_closer in (lambda: chore.shows(maria, id), looks_at_night):
        with wallets.writing() as session:
            session.get_one(KeptBadge, id).due_at = due_at

        brings_closer()

        assert (chore.kept(id).due_at < due_at) == comes_closer


@pytest.mark.parametrize(("good_days_ago", "every"), [(7, CHECK_DAILY), (40, CHECK_WEEKLY)])
def test_a_list_that_answers_and_is_out_of_date_is_asked_for_daily_for_a_month(
    chore: Chore, badge: int, good_days_ago: int, every: timedelta
):
    """Nobody is silent, and the page says « plus tard » all the same."""
    outdated = Check("not_withdrawn", "unknown", "status-list-out-of-date")
    moment = NOW + timedelta(days=100)
    with chore.wallets.writing() as session:
        kept = session.get_one(KeptBadge, badge)
        kept.good_at = moment - timedelta(days=good_days_ago)
        badges.note_examination(kept, examined(at=moment, not_withdrawn=outdated), ())

        assert every * (1 - CHECK_JITTER) <= kept.due_at - moment <= every * LATEST


def test_what_no_answer_can_change_is_not_loaded_whole_each_night(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """A diploma has a long text, and a share shows it for a year."""
    unknown = chore.brought(1)
    bent = {"intact": Check("intact", "unknown", "proof-unsupported"), "unanswered": ("https://issuer.example/1",)}
    (id,) = keeps(wallets, maria, replace(unknown, examination=examined(unknown.examination.badge, **bent)))
    chore.shows(maria, id)
    looked_at: list[set[str]] = []
    monkeypatch.setattr(
        shown, "is_never_known", lambda kept: looked_at.append(inspect(kept).unloaded) or is_never_known(kept)
    )

    with wallets.writing() as session:
        session.get_one(KeptBadge, id).due_at = NOW + CHECK_WEEKLY
    wallets.write(shown.hasten_checks, [id], chore.clock())

    assert [{"read", "good", "history"} <= unloaded for unloaded in looked_at] == [True]


@pytest.mark.breadth
def test_a_holder_who_checks_a_shown_badge_herself_does_not_put_the_next_check_off(
    chore: Chore, badge: int, maria: int
):
    chore.shows(maria, badge)
    with chore.wallets.writing() as session:
        again(session, maria, badge, examined(at=chore.clock()), ())
    assert chore.kept(badge).due_at > NOW + CHECK_DAILY * LATEST

    chore.worker().round()

    assert NOW + CHECK_DAILY * (1 - CHECK_JITTER) <= chore.kept(badge).due_at <= NOW + CHECK_DAILY * LATEST


def test_what_came_in_together_does_not_stay_together():
    def due(identity: str, day: int = 0) -> timedelta:
        kept, moment = KeptBadge(holder_id=7, identity=identity), NOW + day * CHECK_DAILY
        return recheck_dates.next_check(kept, moment, CHECK_WEEKLY) - moment

    many = [due(f"{number:064x}") for number in range(500)]

    assert all(CHECK_WEEKLY * (1 - CHECK_JITTER) <= one <= CHECK_WEEKLY * LATEST for one in many)
    assert max(many) - min(many) > CHECK_WEEKLY * CHECK_JITTER * 1.9, "they use all the room"
    assert due("a") == due("a"), "and nothing is left to chance"
    assert len({due("a", day) for day in range(30)}) == 30


@pytest.mark.parametrize("days", [8.5, 100])
def test_nobody_is_asked_about_what_was_removed_or_is_a_visitors(
    chore: Chore, badge: int, wallets: Database, maria: int, days: float
):
    keeps(wallets, visitor_at(wallets).id, chore.brought(2))
    with wallets.writing() as session:
        badges.remove_badge(session, maria, badge, chore.clock())

    assert chore.round(days=days) == []


# By one worker, and again after a crash


@pytest.mark.postgresql
@pytest.mark.breadth
def test_two_workers_check_a_badge_once(chore: Chore, badge: int):
    chore.clock.move(days=9)
    chore.web.asked.clear()
    workers, together = 4, Barrier(4)

    def work(_: int) -> None:
        worker = chore.worker()
        chosen, _ = worker._choose(chore.clock())
        together.wait()
        for claim in worker._claim(chosen):
            worker._check(claim)

    with ThreadPoolExecutor(workers) as people:
        list(people.map(work, range(workers)))

    assert chore.web.asked.count("https://issuer.example/badges/1.json") == 1
    assert chore.kept(badge).checked_at == chore.clock()


@pytest.mark.breadth
def test_what_a_crash_left_undone_comes_again_after_an_hour(chore: Chore, badge: int):
    def cut() -> None:
        raise PowerCut

    chore.meanwhile = cut
    with pytest.raises(PowerCut):
        chore.round(days=9)
    chore.meanwhile = lambda: None
    before = chore.kept(badge)
    assert (before.state, before.checked_at, before.due_at) == ("valid", NOW, chore.clock() + CLAIM)

    assert chore.round(minutes=59) == []
    assert len(chore.round(minutes=1)) == 1
    assert chore.kept(badge).checked_at == chore.clock()


@pytest.mark.postgresql
def test_nothing_is_open_while_an_issuer_is_asked(chore: Chore, badge: int, wallets: Database):
    """On SQLite a second writer would wait, and give up."""
    visitors: list[int] = []
    chore.meanwhile = lambda: visitors.append(visitor_at(wallets).id)

    assert len(chore.round(days=9)) == 1

    assert visitors
    assert chore.kept(badge).checked_at == chore.clock()


@pytest.mark.postgresql
def test_whoever_wrote_meanwhile_knows_better(chore: Chore, badge: int, maria: int):
    def maria_checks_it_herself() -> None:
        chore.meanwhile = lambda: None
        with chore.wallets.writing() as session:
            again(session, maria, badge, examined(at=chore.clock(), not_withdrawn="failed"), ())

    chore.meanwhile = maria_checks_it_herself

    assert len(chore.round(days=9)) == 1

    assert chore.kept(badge).state == "revoked"


@pytest.mark.postgresql
def test_what_is_removed_meanwhile_is_left_alone(chore: Chore, badge: int, maria: int):
    def maria_removes_it() -> None:
        chore.meanwhile = lambda: None
        with chore.wallets.writing() as session:
            badges.remove_badge(session, maria, badge, chore.clock())

    chore.meanwhile = maria_removes_it
    chore.web["https://issuer.example/badges/1.json"] = 410

    chore.round(days=9)

    assert (chore.kept(badge).state, chore.kept(badge).checked_at) == ("valid", NOW)


# Politely


def test_one_issuer_with_many_badges_is_not_stormed_and_keeps_nobody_waiting(
    chore: Chore, wallets: Database, maria: int
):
    keeps(wallets, maria, *(chore.brought(number, "busy.example") for number in range(3)), chore.brought(9))

    rounds = [[address.split("/")[2] for address in chore.round(**after)] for after in ({"days": 9}, {}, *[A_BIT] * 3)]

    assert [one.count("busy.example") for one in rounds] == [1, 0, 1, 1, 0]
    assert rounds[0].count("issuer.example") == 1


@pytest.mark.parametrize(
    ("issuer_id", "host"),
    [
        ("https://Issuer.example:8443/issuers/1?a#b", "issuer.example"),
        ("http://issuer.example", "issuer.example"),
        ("did:web:issuer.example%3A8443:issuers:1", "issuer.example"),
        ("did:key:z6Mk", "did:key:z6Mk"),
        ("", ""),
    ],
)
def test_an_issuer_is_known_by_the_host_that_is_asked(issuer_id: str, host: str):
    assert asked_hosts.issuer_host(issuer_id) == host


def test_a_round_checks_so_many_badges_and_the_others_wait(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(due, "MOST", 4)
    keeps(wallets, maria, *(chore.brought(1, f"issuer-{number}.example") for number in range(6)))

    assert [len(chore.round(days=days)) for days in (9, 0, 0)] == [4, 2, 0]


@pytest.mark.breadth
def test_a_slow_round_begins_no_other_badge(chore: Chore, wallets: Database, maria: int):
    ids = keeps(wallets, maria, *(chore.brought(1, f"issuer-{number}.example") for number in range(5)))
    chore.meanwhile = lambda: chore.clock.move(seconds=4)

    asked = chore.round(days=9)

    assert len(asked) == 3, "each asks three addresses: the third one begins after 24 seconds"
    checked = [chore.kept(id) for id in ids if chore.kept(id).checked_at != NOW]
    assert len({one.checked_at for one in checked}) == 3, "each says when it was checked, and not when the round began"
    chore.meanwhile = lambda: None
    assert len(chore.round(**A_BIT)) == 2, "the others are due as before"


@pytest.mark.breadth(beside=["sqlite"])
def test_a_holder_with_many_badges_of_slow_issuers_keeps_nobody_else_waiting(
    chore: Chore, wallets: Database, maria: int
):
    slow = [chore.brought(1, f"slow-{number}.example") for number in range(25)]
    keeps(wallets, somebody_with_a_key(wallets), *slow)
    chore.clock.move(days=2)
    (hers,) = keeps(wallets, maria, chore.brought())
    brought = chore.kept(hers).checked_at
    chore.meanwhile = lambda: chore.clock.move(seconds=4)

    chore.round(days=12)

    assert chore.kept(hers).checked_at > brought


def test_a_wallet_that_is_stopping_begins_no_other_badge(chore: Chore, badge: int):
    chore.clock.move(days=9)

    chore.rechecks.round(lambda: False)

    assert chore.kept(badge).checked_at == NOW
    assert len(chore.round(**A_BIT)) == 1


# Those that ask nobody


def by_a_key(chore: Chore, *numbers: int, host: str = "", issuer: str | None = None) -> list[NewBadge]:
    """Badges of an issuer whose id is a key, with a list of withdrawn ones at *host* where one is named."""
    brought = []
    for number in numbers:
        address = f"https://{host}/lists/1"
        entry = guild.status(statusListCredential=address) if host else None
        made = guild.signed(guild.badge(issuer, id=f"urn:uuid:{number}", credentialStatus=entry))
        if host:
            chore.web[address] = json.dumps(guild.signed(guild.status_list(id=address))).encode()
        [found] = importing.import_file("badge.json", json.dumps(made).encode(), chore.import_tools(chore.clock()))
        assert isinstance(found, NewBadge)
        brought.append(found)
    return brought


def checked(chore: Chore, ids: Sequence[int], **after: float) -> int:
    """How many of the badges one round checks, so much later."""
    before = [chore.kept(id).checked_at for id in ids]
    chore.round(**after)
    return sum(chore.kept(id).checked_at != then for id, then in zip(ids, before, strict=True))


@pytest.mark.breadth
def test_those_of_a_key_ask_nobody_and_need_no_patience(chore: Chore, wallets: Database, maria: int):
    """They wait for nobody's answer, and for nobody's patience."""
    ids = keeps(wallets, maria, *by_a_key(chore, *range(MOST_ALONE + 3)))
    assert {chore.kept(id).asks for id in ids} == {""}

    assert [checked(chore, ids, days=days) for days in (9, 0, 0)] == [MOST_ALONE, 3, 0]
    assert {chore.kept(id).state for id in ids} == {"valid"}


def test_a_round_a_minute_checks_50_000_of_them_within_a_week():
    rounds = timedelta(days=7) / timedelta(seconds=ROUND_EVERY)

    assert MOST_ALONE * rounds >= 5 * 50_000


@pytest.mark.breadth
def test_those_of_a_key_whose_list_is_asked_for_are_asked_for_politely(chore: Chore, wallets: Database, maria: int):
    ids = keeps(wallets, maria, *by_a_key(chore, *range(5), host="lists.example"))
    assert {chore.kept(id).asks for id in ids} == {"lists.example"}

    assert [checked(chore, ids, **after) for after in ({"days": 9}, A_BIT, {})] == [1, 1, 0]


def with_a_word(chore: Chore, number: int) -> NewBadge:
    """A badge of an issuer whose id is a key, in which the town hall says something: its key stands on its site."""
    said = guild.signed(endorsement(issuer=guild.WEB_DID), guild.OTHER_KEY, f"{guild.WEB_DID}#key-1")
    made = guild.signed(guild.badge(id=f"urn:uuid:{number}", endorsement=[said]))
    [found] = importing.import_file("badge.json", json.dumps(made).encode(), chore.import_tools(chore.clock()))
    assert isinstance(found, NewBadge)
    return found


@pytest.mark.breadth
def test_those_in_which_others_say_something_are_asked_for_politely(chore: Chore, wallets: Database, maria: int):
    """Their issuer is asked nothing, but the town hall is: fifty at once would storm it."""
    chore.web[guild.DID_DOCUMENT] = json.dumps(guild.did_document(guild.OTHER_KEY)).encode()
    ids = keeps(wallets, maria, *(with_a_word(chore, number) for number in range(5)))
    assert guild.DID_DOCUMENT not in chore.web.asked
    assert {chore.kept(id).asks for id in ids} == {guild.HOST}

    assert [checked(chore, ids, **after) for after in ({"days": 9}, A_BIT, {})] == [1, 1, 0]
    assert {chore.kept(id).asks for id in ids} == {guild.HOST}


def test_an_endorser_is_asked_soon_and_what_it_said_outlasts_a_look_that_asks_nobody(
    chore: Chore, wallets: Database, maria: int
):
    chore.web[guild.DID_DOCUMENT] = json.dumps(guild.did_document(guild.OTHER_KEY)).encode()
    [id] = keeps(wallets, maria, with_a_word(chore, 1))
    assert told_of_words(chore, id) == ["not-asked"]

    assert checked(chore, [id], minutes=15) == 1
    assert told_of_words(chore, id) == [""]

    chore.clock.move(minutes=1)
    with wallets.writing() as session:
        again(session, maria, id, replace(with_a_word(chore, 1).examination, checked_at=chore.clock()))

    assert chore.kept(id).checked_at == chore.clock()
    assert told_of_words(chore, id) == [""]
    week = chore.clock() + CHECK_WEEKLY * (1 - CHECK_JITTER)
    assert chore.kept(id).due_at >= week, "whoever looks does not make it ask"


def told_of_words(chore: Chore, id: int) -> list[str]:
    """Why each endorsement of the badge is not known to be good; "" where it is."""
    return [one["reason"] for one in chore.kept(id).examination["endorsements"]]


@pytest.mark.breadth
def test_an_issuer_of_whom_nothing_was_asked_so_far_is_no_key(chore: Chore, wallets: Database, maria: int):
    """A later edition may ask for it: none would be stormed then."""
    ids = keeps(wallets, maria, *by_a_key(chore, *range(4), issuer="did:ebsi:zvHWX359A3CvfJnCYaAiAde"))
    assert {chore.kept(id).asks for id in ids} == {"did:ebsi:zvHWX359A3CvfJnCYaAiAde"}

    assert checked(chore, ids, days=9) == 1


@pytest.mark.breadth
def test_neither_those_that_ask_nor_those_that_do_not_keep_the_others_waiting(
    chore: Chore, wallets: Database, maria: int
):
    slow = keeps(wallets, maria, *(chore.brought(1, f"slow-{number}.example") for number in range(9)))
    alone = keeps(wallets, maria, *by_a_key(chore, *range(9)))
    chore.meanwhile = lambda: chore.clock.move(seconds=4)
    before = {id: chore.kept(id).checked_at for id in (*slow, *alone)}

    chore.round(days=9)

    done = [sum(chore.kept(id).checked_at != before[id] for id in ids) for ids in (slow, alone)]
    assert done[0] == 3
    assert done[1] >= 2


@pytest.mark.breadth(beside=["sqlite"])
def test_of_one_host_too_a_holder_with_many_badges_keeps_nobody_else_waiting(
    chore: Chore, wallets: Database, maria: int
):
    keeps(wallets, somebody_with_a_key(wallets), *(chore.brought(number) for number in range(9)))
    chore.clock.move(days=2)
    (hers,) = keeps(wallets, maria, chore.brought(99))

    assert sum(checked(chore, [hers], **after) for after in ({"days": 12}, A_BIT)) == 1


@pytest.mark.postgresql
def test_whom_what_an_older_revision_kept_asks_is_noted_before_it_is_checked(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(due, "PIECE", 2)
    alone = keeps(wallets, maria, *by_a_key(chore, *range(3)))
    asking = keeps(wallets, maria, *by_a_key(chore, 3, host="lists.example"), chore.brought(), with_a_word(chore, 4))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(asks=None))

    chore.round()
    assert [chore.kept(id).asks for id in asking] == ["lists.example", "issuer.example", "unknown"]
    assert {chore.kept(id).asks for id in alone} == {""}
    assert checked(chore, [*alone, *asking], days=9) == 6


@pytest.mark.parametrize(
    ("issuer", "asked", "host"),
    [
        ("did:key:z6Mk", (), ""),
        ("did:jwk:e30", (), ""),
        ("did:key:z6Mk", ("https://Lists.example/1", "https://other.example/"), "lists.example"),
        ("did:web:issuer.example", (), "issuer.example"),
        ("https://issuer.example/1", ("https://other.example/",), "issuer.example"),
        ("urn:uuid:1", (), "urn:uuid:1"),
        ("", ("https://badges.example/1",), "badges.example"),
        ("", (), "unknown"),
        ("urn:" + "x" * 999, (), "urn:" + "x" * 251),
    ],
)
def test_whom_a_check_asks_is_noted(issuer: str, asked: tuple[str, ...], host: str):
    found = replace(COMMUNICATE, issuer=Issuer(id=issuer))

    assert asked_hosts.asked_host(replace(examined(found), unanswered=asked)) == host


# What several badges share


def of_one_list(chore: Chore, wallets: Database, holder: int, count: int) -> list[int]:
    """So many badges of one list, in which the 7th place is one of them alone."""
    brought = []
    for index in (7, 8):
        entry = guild.status(str(index))
        made = guild.signed(guild.badge(id=f"urn:uuid:{index}", credentialStatus=entry))
        withdraws(chore)
        [found] = importing.import_file("badge.json", json.dumps(made).encode(), chore.import_tools(chore.clock()))
        brought.append(found)
    own, other = keeps(wallets, holder, *brought)
    return [own, other, *copies(wallets, other, count - 2)]


def withdraws(chore: Chore, *places: int) -> None:
    """The list of the guild has these *places* from now on."""
    chore.web[guild.LIST] = json.dumps(guild.signed(guild.status_list(places))).encode()


@pytest.mark.breadth
def test_a_list_is_asked_for_once_and_unpacked_once_for_all_badges_that_are_in_it(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """300 badges asked for it 300 times, and it was verified and unpacked as often."""
    ids = of_one_list(chore, wallets, maria, 40)
    unpacked: list[object] = []
    unpack = status._decompressed
    monkeypatch.setattr(status, "_decompressed", lambda encoded: unpacked.append(encoded) or unpack(encoded))
    worker = chore.worker(rates={guild.HOST: 500})
    chore.clock.move(days=9)
    chore.web.asked.clear()

    worker.round()

    assert {chore.kept(id).state for id in ids} == {"valid"}
    assert {chore.kept(id).checked_at for id in ids} == {chore.clock()}
    assert (chore.web.asked, len(unpacked)) == ([guild.LIST], 1)
    assert [one["address"] for one in chore.kept(ids[-1]).examination["seen"]] == [guild.LIST], "each has seen it"


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_of_all_badges_of_a_list_the_one_that_is_withdrawn_is_told(chore: Chore, wallets: Database, maria: int):
    own, *others = of_one_list(chore, wallets, maria, 5)
    withdraws(chore, 7)

    chore.clock.move(days=9)
    chore.worker(rates={guild.HOST: 500}, together=4).round()

    assert [chore.kept(id).state for id in (own, *others)] == ["revoked", *["valid"] * 4]


@pytest.mark.breadth
def test_what_is_remembered_is_no_older_than_five_minutes(chore: Chore, wallets: Database, maria: int):
    """Whoever had asked a moment before would know no more; and each answer keeps the moment at which it was given."""
    own, *others = of_one_list(chore, wallets, maria, 6)
    worker, states = chore.worker(), []
    chore.clock.move(days=9)
    began = chore.clock()
    for id, minutes in ((others[0], 0), (others[1], 4), (own, 2)):
        chore.clock.move(minutes=minutes)
        with wallets.writing() as session:
            session.execute(update(KeptBadge).values(due_at=chore.clock() + CHECK_DAILY))
            session.get_one(KeptBadge, id).due_at = chore.clock()
        worker.round()
        states.append((chore.kept(id).state, chore.kept(id).examination["seen"][0]["at"]))
        withdraws(chore, 7)

    now = chore.clock()
    assert states == [("valid", began.isoformat()), ("valid", began.isoformat()), ("revoked", now.isoformat())]


@pytest.mark.breadth
def test_the_badge_itself_is_asked_for_each_time(chore: Chore, wallets: Database, maria: int):
    """Two holders have the same: it is withdrawn after the first was checked."""
    [first] = keeps(wallets, maria, chore.brought())
    [second] = keeps(wallets, somebody_with_a_key(wallets), chore.brought())
    with wallets.writing() as session:
        session.get_one(KeptBadge, second).due_at = NOW + timedelta(days=9, seconds=10)

    assert chore.round(days=9) == ["https://issuer.example/badges/1.json"]
    chore.web["https://issuer.example/badges/1.json"] = 410
    assert chore.round(seconds=10) == ["https://issuer.example/badges/1.json"]

    assert [chore.kept(id).state for id in (first, second)] == ["valid", "revoked"]
    shared = ["https://issuer.example/class.json", "https://issuer.example/issuer.json"]
    assert (
        sorted(one["address"] for one in chore.kept(second).good["seen"] if "/badges/" not in one["address"]) == shared
    )
    assert chore.web.asked == ["https://issuer.example/badges/1.json"], "the class and the profile are remembered"


@pytest.mark.breadth
def test_an_issuer_for_whom_it_is_too_much_is_asked_half_as_often_within_one_round(
    chore: Chore, wallets: Database, maria: int
):
    ids = keeps(wallets, maria, *(chore.brought(number) for number in range(12)))
    worker = chore.worker(rates={"issuer.example": 8})
    chore.clock.move(days=9)
    for number in range(12):
        chore.web[f"https://issuer.example/badges/{number}.json"] = 429
    chore.web.asked.clear()

    worker.round()

    budget = wallets.read(hosts.read_budgets, ["issuer.example"])["issuer.example"]
    asked = [address for address in chore.web.asked if "/badges/" in address]
    assert (budget.rate, len(asked)) == (4, 1), "the others are spared at once"
    assert [chore.kept(id).checked_at == NOW for id in ids].count(True) == 11
    assert worker.rests <= 8 / 4, "and due as before"


def test_a_host_of_lists_for_which_it_is_too_much_is_spared_by_all_rounds(chore: Chore, wallets: Database, maria: int):
    """Its list is asked for badges of another host, and nothing else keeps count of it."""
    chore.web[guild.DID_DOCUMENT] = json.dumps(guild.did_document()).encode()
    entry = guild.status("7", statusListCredential="https://lists.example/1")
    made = guild.signed(guild.badge(issuer=guild.WEB_DID, credentialStatus=entry), guild.KEY, f"{guild.WEB_DID}#key-1")
    [found] = importing.import_file("badge.json", json.dumps(made).encode(), chore.import_tools(chore.clock()))
    [id] = keeps(wallets, maria, found)
    copies(wallets, id, 11)
    assert chore.kept(id).asks == guild.HOST
    worker = chore.worker(rates={guild.HOST: 8})
    chore.clock.move(days=9)
    chore.web["https://lists.example/1"] = 429
    chore.web.asked.clear()

    for _ in range(3):
        worker.round()
        chore.clock.move(seconds=1)

    assert wallets.read(hosts.read_budgets, [guild.HOST])[guild.HOST].rate <= 4
    assert chore.web.asked.count("https://lists.example/1") <= 2


LISTS = ["https://issuer.example/list", "https://mallory.example/list"]


@pytest.mark.breadth
def test_a_host_of_lists_is_asked_again_when_it_said(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """The guild names the list that its badges are in: its host says tomorrow, and was asked twice a minute."""
    chore.web[guild.DID_DOCUMENT] = json.dumps(guild.did_document()).encode()
    entry = guild.status("7", statusListCredential="https://lists.example/1")
    made = guild.signed(guild.badge(issuer=guild.WEB_DID, credentialStatus=entry), guild.KEY, f"{guild.WEB_DID}#key-1")
    [found] = importing.import_file("badge.json", json.dumps(made).encode(), chore.import_tools(chore.clock()))
    [id] = keeps(wallets, maria, found)
    copies(wallets, id, 11)
    chore.clock.move(days=9)
    asked = list[datetime]()

    def fetch(address: str, *_: object) -> Fetched:
        if address != "https://lists.example/1":
            return chore.web(address)
        asked.append(chore.clock())
        return Fetched(address=address, status=429, media_type="", body=b"", retry_after="86400")

    monkeypatch.setattr(chore, "fetch", fetch)
    for minutes in (0, 1, 23 * 60, 59):
        chore.round(minutes=minutes)

    assert [when - asked[0] for when in asked] == [timedelta(), CHECK_DAILY]


def looked_at_one_after_the_other(chore: Chore, wallets: Database, *badges: int) -> None:
    """Each is due when its turn comes, a minute after the one before, and is looked at then: none keeps the next from it."""
    for due_now in badges:
        with wallets.writing() as session:
            session.execute(update(KeptBadge).where(KeptBadge.id == due_now).values(due_at=chore.clock()))
        chore.round(minutes=1)
        assert chore.kept(due_now).checked_at == chore.clock()


@pytest.mark.parametrize("at", ["https://mallory.example/1.json", "https://issuer.example/go?to=mallory"])
@pytest.mark.breadth(beside=["sqlite-https://issuer.example/go?to=mallory"])
def test_who_only_claims_an_issuer_keeps_none_of_its_badges_from_being_checked(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch, at: str
):
    """Mallory's badge says that it is of Maria's school, and his site, be he pointed to or not, says to come back in a day."""
    school = chore.brought()
    claimed = {**BADGE_CLASS, "id": "https://issuer.example/class.json", "issuer": "https://issuer.example/issuer.json"}
    document = json.dumps({**ASSERTION, "id": at, "badge": claimed}).encode()
    [forged] = importing.import_file("badge.json", document, chore.import_tools(chore.clock()))
    [mallorys] = keeps(wallets, somebody_with_a_key(wallets), forged)
    [id] = keeps(wallets, maria, school)
    assert chore.kept(mallorys).asks == chore.kept(id).asks == "issuer.example"

    def fetch(address: str, *_: object) -> Fetched:
        if address == at:
            return Fetched(
                address="https://mallory.example/1.json", status=429, media_type="", body=b"", retry_after="86400"
            )
        return chore.web(address)

    monkeypatch.setattr(chore, "fetch", fetch)
    looked_at_one_after_the_other(chore, wallets, mallorys, id)


@pytest.mark.breadth
def test_whose_name_is_a_key_keeps_no_badges_of_a_school_from_being_checked(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """Mallory's badge is of nobody but his key, and names a list of the school before his own, whose host says to come back in a day."""
    entries = [guild.status(number, statusListCredential=at) for number, at in enumerate(LISTS)]
    document = json.dumps(guild.signed(guild.badge(credentialStatus=entries))).encode()
    chore.web[LISTS[0]] = json.dumps(guild.status_list()).encode()
    [found] = importing.import_file("badge.json", document, chore.import_tools(chore.clock()))
    [mallorys] = keeps(wallets, somebody_with_a_key(wallets), found)
    [id] = keeps(wallets, maria, chore.brought())
    assert chore.kept(mallorys).asks == chore.kept(id).asks == "issuer.example"

    def fetch(address: str, *_: object) -> Fetched:
        if address == LISTS[1]:
            return Fetched(address=address, status=429, media_type="", body=b"", retry_after="86400")
        return chore.web(address)

    monkeypatch.setattr(chore, "fetch", fetch)
    looked_at_one_after_the_other(chore, wallets, mallorys, id)


@pytest.mark.parametrize(("left", "failures"), [(0.5, 0), (1.0, 0), (2.0, 1)])
def test_a_host_that_had_no_time_to_answer_is_not_silent(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch, left: float, failures: int
):
    """An issuer that takes nine seconds and a half leaves half a second to the host of its list, which is asked as often after."""
    seconds = [0.0]
    monkeypatch.setattr(round, "perf_counter", lambda: seconds[0])
    chore.web[guild.DID_DOCUMENT] = json.dumps(guild.did_document()).encode()
    entry = guild.status("7", statusListCredential="https://issuer.example/list")
    made = guild.signed(guild.badge(issuer=guild.WEB_DID, credentialStatus=entry), guild.KEY, f"{guild.WEB_DID}#key-1")
    [found] = importing.import_file("badge.json", json.dumps(made).encode(), chore.import_tools(chore.clock()))
    keeps(wallets, maria, chore.brought(), found)

    def slow(address: str, *_: object) -> Fetched:
        seconds[0] += {guild.DID_DOCUMENT: 10 - left, "https://issuer.example/list": left}.get(address, 0)
        if address == "https://issuer.example/list":
            raise Unreachable(address, "timeout")
        return chore.web(address)

    monkeypatch.setattr(chore, "fetch", slow)
    chore.round(days=9)

    assert seconds == [10.0], "both were asked"
    budgets = wallets.read(hosts.read_budgets, [guild.HOST, "issuer.example"])
    assert {host: budget.failures for host, budget in budgets.items()} == dict.fromkeys(budgets, failures)
    assert len(budgets) == 2


@pytest.mark.breadth(beside=["sqlite"])
def test_rounds_follow_one_another_while_something_is_due_that_may_be_asked_for(
    chore: Chore, wallets: Database, maria: int
):
    keeps(wallets, maria, *by_a_key(chore, *range(2), host="lists.example"))
    chore.clock.move(days=9)

    chore.round()
    assert chore.rechecks.rests == 1
    chore.round(seconds=0.5)
    assert chore.rechecks.rests == 0.5
    chore.round(seconds=0.5)
    assert chore.rechecks.rests == ROUND_EVERY


@pytest.mark.parametrize("fault", ["shelf", "database"])
def test_what_is_claimed_when_something_fails_is_due_as_before(
    chore: Chore, wallets: Database, maria: int, fault: str, monkeypatch: pytest.MonkeyPatch
):
    ids = keeps(wallets, maria, *(chore.brought(1, f"issuer-{number}.example") for number in range(3)))
    chore.clock.move(days=9)
    problem = {"shelf": Unavailable("no shelf"), "database": DatabaseUnavailable("", {}, OSError())}[fault]

    def fails(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(round, "_write", fails)
    with pytest.raises(type(problem)):
        chore.round()

    before = [chore.kept(id).due_at for id in ids]
    assert sum(due_at <= chore.clock() for due_at in before) == 2, "all but the one that had begun"
    names = chore.rechecks.cache.names.values()
    assert names
    assert fault == "database" or not any(names), "what may not be on the shelf any more is put there again"


# What stays


@pytest.mark.breadth
def test_an_issuer_that_falls_silent_is_silent_since_the_first_day_of_it(chore: Chore, badge: int):
    answers = dict(chore.web)
    chore.web.clear()

    chore.round(days=9)
    first = chore.clock()
    chore.round(days=9)

    one = chore.kept(badge)
    assert (one.state, one.silent_since, one.good_at, one.checked_at) == ("unknown", first, NOW, chore.clock())
    assert one.card.name == "Organiser"
    assert one.examination["unanswered"][0] == "https://issuer.example/badges/1.json"
    assert one.good["seen"], "what was seen stays with the last good check"

    chore.web.update(answers)
    chore.round(days=9)

    assert (chore.kept(badge).state, chore.kept(badge).silent_since) == ("valid", None)


@pytest.mark.breadth
def test_what_is_told_of_the_words_stays_with_the_words(chore: Chore, badge: int):
    before = chore.kept(badge)
    assert before.examination["origins"]["achievement"] == "issuer"
    chore.web.clear()

    for _ in range(2):
        chore.round(days=9)

        one = chore.kept(badge)
        assert one.read == before.read
        for member in badges.OF_WHAT_WAS_READ:
            assert one.examination[member] == before.examination[member]
        assert one.examination["binding"] == "unknown", "what was looked at today is told as it is today"


def test_an_address_in_a_file_that_leads_nowhere_by_now_is_a_silent_issuer(chore: Chore, wallets: Database, maria: int):
    chore.brought()
    [found] = importing.import_file("badge.txt", b"https://issuer.example/badges/1.json", chore.import_tools(NOW))
    (id,) = keeps(wallets, maria, found)
    chore.web.clear()

    chore.round(days=9)

    one = chore.kept(id)
    assert (one.state, one.silent_since, one.card.name) == ("unknown", chore.clock(), "Organiser")
