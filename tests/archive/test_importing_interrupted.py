"""An archive brought twice, cut off in the middle, too slow, in pieces: what is kept is whole, and nothing is doubled."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Delete, Update, delete, event, update

from tests.fixtures.archived import FOUND, KEY_MADE, MADE, Archive, Home, PowerCut, named, whole
from tests.fixtures.chore import hosted
from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.import_tools import import_tools
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.visits import NOW, IssuersWeb, signed
from wallet.accounts.activity import Event
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Holder
from wallet.archive import ArchiveRefused, fetch_budget, import_history, importing
from wallet.badges import badges, cards, ownership
from wallet.badges import importing as issuance
from wallet.badges.models import KeptBadge
from wallet.badges.recheck_dates import SOON
from wallet.openbadges import Fetched, Unreachable
from wallet.shares.models import Share
from wallet.storage.database import Database, Missing

TABLES = (KeptBadge, Share, EmailAddress)


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


def contents(home: Home, holder: int) -> dict[str, Any]:
    """What the holder has, without what is drawn by lot: ids and tokens."""
    kept = home.rows(KeptBadge, holder)
    document = {badge.id: badge.document for badge in kept}
    return {
        "badges": [(badge.document, badge.came_in, badge.state, badge.history) for badge in kept],
        "shares": [
            (share.word, share.created_at, [document.get(shown.badge_id) for shown in share.shown])
            for share in home.rows(Share, holder)
        ],
        "addresses": [address.written for address in home.rows(EmailAddress, holder)],
        "events": [(event.what, event.at) for event in home.rows(Event, holder) if event.is_history],
    }


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Seven badges and five shares, of which two are written together."""
    monkeypatch.setattr(importing, "TOGETHER", 2)
    archive = whole(*(signed() for _ in range(7)))
    for number in range(4):
        archive.shows(number, 6, word=f"Bonjour {number}.")
    return archive


@pytest.mark.breadth
def test_the_same_archive_brought_twice_doubles_nothing(home: Home, maria: int, some: Archive):
    home.brings(maria, some)
    before = contents(home, maria)

    back = home.brings(maria, some)

    assert contents(home, maria) == before
    assert (back.kinds, back.shares, back.addresses, back.problems) == ({"duplicate": 7}, 0, 0, [])


@pytest.mark.breadth
def test_an_archive_brought_where_all_of_it_still_is_doubles_nothing(home: Home, maria: int):
    file = signed()
    home.brings(maria, Archive().add(file))

    back = home.brings(maria, Archive(made_at=(MADE + timedelta(days=1)).isoformat()).add(file, state="expired"))

    [kept] = home.rows(KeptBadge, maria)
    assert back.kinds == {"duplicate": 1}
    assert kept.history is not None
    assert (kept.state, kept.history["state"]) == ("valid", "expired"), "the later archive is remembered"

    home.brings(maria, Archive().add(file, state="revoked"))

    assert home.rows(KeptBadge, maria)[0].history == kept.history, "the earlier one is not"


@pytest.mark.breadth
def test_a_badge_that_was_removed_here_comes_back(home: Home, maria: int):
    archive = Archive().add(signed())
    home.brings(maria, archive)
    with home.wallets.writing() as session:
        badges.remove_badge(session, maria, home.rows(KeptBadge, maria)[0].id, NOW)

    back = home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert (back.kinds, kept.removed_at) == ({"added": 1}, None)


@pytest.mark.breadth
def test_a_badge_whose_file_the_shelf_lost_has_it_again(home: Home, maria: int):
    archive = Archive().add(signed())
    home.brings(maria, archive)
    [kept] = home.rows(KeptBadge, maria)
    home.shelf.remove(kept.document)
    with home.wallets.writing() as session:
        session.get_one(KeptBadge, kept.id).state = cards.DOCUMENT_LOST

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert (home.shelf.has(kept.document), kept.state) == (True, "valid")


WRITES = 4 + 3 + 1


@pytest.mark.parametrize("cut_before", [1, 5, *here_and_in_soak(WRITES, 2, 3, 4, 6, 7)])
@pytest.mark.breadth
def test_cut_off_anywhere_there_are_whole_badges_and_the_same_archive_finishes_it(
    home: Home, maria: int, wallets: Database, some: Archive, cut_before: int
):
    youssef = somebody_with_a_key(wallets)
    home.brings(youssef, some)
    assert home.writes == WRITES
    home.writes, home.cut_before = 0, cut_before

    with pytest.raises(PowerCut):
        home.brings(maria, some)

    kept = home.rows(KeptBadge, maria)
    assert len(kept) == min(2 * (cut_before - 1), 7)
    assert all(home.shelf.read(badge.document) and badge.history for badge in kept)
    assert all(len(share.shown) == 2 for share in home.rows(Share, maria))

    home.brings(maria, some)

    assert contents(home, maria) == contents(home, youssef)
    assert [event.what for event in home.rows(Event, maria)].count("brought-back") == 1


def test_what_is_refused_leaves_nothing(home: Home):
    for content in (b"", whole().packed()[:-9], whole().packed(listed=b'{"format": "mes-badges", "version": 2}')):
        with pytest.raises(ArchiveRefused):
            home.brings(None, content)
    with pytest.raises(ArchiveRefused, match="empty"):
        home.brings(None, Archive())

    assert [home.count(table) for table in (Holder, *TABLES)] == [0, 0, 0, 0]
    assert list(home.shelf.names()) == []


def test_what_is_wrong_with_one_badge_is_told_and_the_others_are_kept(home: Home, maria: int):
    archive = Archive().add(b"no badge at all", "a.json").add(signed(), "b.json").add(signed(), "c.json")
    archive.add(signed(), "d.json").add(signed(), "e.json", file=None, document=None)
    archive.add(signed(), "f.json", link=7)
    del archive.members["badges/003-c.json"]
    content = archive.packed(sums={"badges/004-d.json": named(b"else")})

    back = home.brings(maria, content)

    assert [(one.file_name, one.reason) for one in back.problems] == [
        ("a.json", "unknown-kind"),
        ("c.json", "missing"),
        ("d.json", "changed"),
        ("e.json", "missing"),
    ]
    assert (back.kinds, back.left_out, back.is_changed) == ({"added": 1}, 1, False)


def test_a_list_that_was_changed_is_told(home: Home, maria: int):
    assert home.brings(maria, Archive().add(signed()).packed(sums={"wallet.json": named(b"else")})).is_changed


def test_two_at_a_time_come_in_and_the_third_is_told(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importing, "WAITS", 0)
    with importing.AT_ONCE, importing.AT_ONCE, pytest.raises(ArchiveRefused, match="busy"):
        home.brings(maria, whole())

    assert home.brings(maria, whole()).kinds == {"added": 1}


def test_what_takes_too_long_is_finished_the_next_time(home: Home, maria: int, some: Archive):
    home.longest = 0.0

    back = home.brings(maria, some)

    assert (back.kinds, back.is_unfinished) == ({"added": 1}, True)
    assert home.rows(Share, maria) == [], "they would miss badges for ever"

    home.longest = 300.0
    back = home.brings(maria, some)

    assert (back.kinds, back.is_unfinished, back.shares) == ({"added": 6, "duplicate": 1}, False, 5)
    assert all(len([one for one in share.shown if one.badge_id]) for share in home.rows(Share, maria))


@pytest.mark.postgresql
@pytest.mark.breadth
def test_brought_by_two_tabs_at_once_it_comes_once(home: Home, maria: int, some: Archive):
    with ThreadPoolExecutor(2) as tabs:
        backs = list(tabs.map(lambda _: home.brings(maria, some), range(2)))

    before = contents(home, maria)
    assert sum(back.kinds["added"] for back in backs) == len(before["badges"]) == 7
    assert len(before["shares"]) == 5
    assert (len(before["addresses"]), len(before["events"])) == (1, 1)


# Issuers are asked for a minute


def test_badges_of_one_issuer_share_its_answers(home: Home, maria: int, web: IssuersWeb):
    home.brings(maria, Archive().add(hosted(web, 1, "issuer.example")).add(hosted(web, 2, "issuer.example")))

    assert {kept.state for kept in home.rows(KeptBadge, maria)} == {"valid"}
    assert len(web.asked) == len(set(web.asked))


def test_what_is_left_after_a_minute_is_kept_and_asked_for_soon(home: Home, maria: int, web: IssuersWeb):
    home.patience = 0.0

    back = home.brings(maria, Archive().add(hosted(web, 1, "issuer.example")).add(signed()))

    by_issuer, signed_one = home.rows(KeptBadge, maria)
    assert (back.is_later, web.asked) == (True, [])
    assert (by_issuer.state, signed_one.state) == ("unknown", "valid")
    assert by_issuer.due_at - NOW < 2 * SOON
    assert by_issuer.read["name"] or by_issuer.read["achievement"]["name"] or by_issuer.card.file_name


def test_one_host_is_not_stormed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetch_budget, "OF_ONE_HOST", 2)
    asked = []

    def ask(address: str) -> Fetched:
        asked.append(address)
        raise Unreachable(address, "no-answer")

    budget = fetch_budget.FetchBudget(60.0)
    for address in (
        "https://a.example/1",
        "https://a.example/1",
        "https://a.example/2",
        "https://a.example/3",
        "http://[",
    ):
        with pytest.raises(Unreachable):
            budget.by(ask)(address)

    assert asked == ["https://a.example/1", "https://a.example/2", "http://["]
    assert budget.is_cut_short


@pytest.mark.parametrize(("left", "times"), [(0.5, 2), (2.0, 1)])
def test_a_host_that_one_badge_left_no_time_is_asked_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch, left: float, times: int
):
    """A slow issuer used up the seconds of Sonia's first badge: the issuer of her second one is not silent for that."""
    asked = list[str]()
    monkeypatch.setattr(fetch_budget, "monotonic", lambda: left * len(asked))

    def ask(address: str) -> Fetched:
        asked.append(address)
        raise Unreachable(address, "timeout")

    budget = fetch_budget.FetchBudget(60.0)
    for _ in range(2):
        with pytest.raises(Unreachable):
            budget.by(ask)("https://a.example/1")

    assert len(asked) == times


def test_another_port_is_no_other_host(monkeypatch: pytest.MonkeyPatch):
    """A host has 65,535 of them: whoever names each in a badge would ask its name servers as often."""
    monkeypatch.setattr(fetch_budget, "OF_ONE_HOST", 2)
    asked = []

    def ask(address: str) -> Fetched:
        asked.append(address)
        raise Unreachable(address, "refused")

    budget = fetch_budget.FetchBudget(60.0)
    for port in range(8001, 8006):
        with pytest.raises(Unreachable):
            budget.by(ask)(f"https://a.example:{port}/1")

    assert asked == ["https://a.example:8001/1", "https://a.example:8002/1"]
    assert budget.is_cut_short


def test_answers_are_remembered_only_so_far(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetch_budget, "REMEMBERED", 10)
    asked = []

    def ask(address: str) -> Fetched:
        asked.append(address)
        return Fetched(address=address, status=200, media_type="", body=b"123456")

    fetch = fetch_budget.FetchBudget(60.0).by(ask)
    for address in ("https://a.example/1", "https://a.example/2", "https://a.example/1", "https://a.example/2"):
        fetch(address)

    assert asked == ["https://a.example/1", "https://a.example/2", "https://a.example/2"]


def test_of_a_link_whose_issuer_is_gone_the_words_that_were_seen_come_back(home: Home, maria: int):
    before = IssuersWeb()
    hosted(before, 1, "issuer.example")
    answers: dict[str, bytes] = {address: body for address, body in before.items() if isinstance(body, bytes)}
    seen = [
        {"address": address, "status": 200, "at": MADE.isoformat(), "file": named(body)}
        for address, body in answers.items()
    ]
    archive = Archive().add(b"https://issuer.example/badges/1.json", good=FOUND | {"seen": seen})
    archive.members |= {f"files/{named(body)}": body for body in answers.values()}

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert kept.card.name == "Organiser"
    assert (kept.state, kept.good, kept.may_be_shown) == ("unknown", None, False)
    assert {check["outcome"] for check in kept.examination["checks"]} == {"unknown"}
    assert set(kept.examination["origins"].values()) == {"file"}, "nobody vouches for these words"
    assert json.loads(answers["https://issuer.example/badges/1.json"])["id"] == kept.read["id"]

    tools = import_tools(home.web, home.shelf, NOW + timedelta(days=1))
    again = issuance.examine_again(home.shelf.read(kept.document), tools, kept.link, {})
    with home.wallets.writing() as session:
        ownership.note_check(session, maria, kept.id, kept.document, *again)
    [later] = home.rows(KeptBadge, maria)
    assert (later.card.name, later.checked_at) == ("Organiser", NOW + timedelta(days=1)), "silence takes no words away"
    assert set(later.examination["origins"].values()) == {"file"}


@pytest.mark.breadth(beside=["sqlite"])
def test_a_flood_of_archives_has_an_end(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.archive.import_history.MOST_EVENTS", 3)
    monkeypatch.setattr("wallet.shares.models.MOST_SHARES", 3)
    monkeypatch.setattr("wallet.shares.MOST_SHARES", 3)

    for number in range(3):
        happened = [KEY_MADE | {"at": (NOW - timedelta(days=9 * number + day)).isoformat()} for day in range(2)]
        archive = Archive(events=happened).shows(word=f"{number}").shows(word=f"{number}, encore")
        home.brings(maria, archive)

    assert len([event for event in home.rows(Event, maria) if event.is_history]) <= 3
    assert len(home.rows(Share, maria)) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_who_erases_all_just_before_the_import_locks_their_wallet_finds_it_nowhere(wallets: Database, maria: int):
    """It was looked for, erased by another device, and then locked: the page of a fault, where nothing was broken."""
    with pytest.raises(Missing):
        looked_up(wallets, maria, delete(Holder).where(Holder.id == maria))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_the_first_name_that_maria_gave_just_before_the_import_locks_her_wallet_stays(wallets: Database, maria: int):
    """She typed it on another device; the archive gives one where there is none, and would write its own over hers."""
    assert looked_up(wallets, maria, update(Holder).where(Holder.id == maria).values(name="Maria")).name == "Maria"


def looked_up(wallets: Database, whose: int, meanwhile: Update | Delete) -> Holder:
    """The holder, as whoever imports an archive finds them, where another device does *meanwhile* before they are locked."""
    with wallets.reading() as session:
        holder = session.get_one(Holder, whose)
    changes = iter([meanwhile])

    def change(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "FROM holders" in statement:
            for one in changes:
                with wallets.writing() as session:
                    session.execute(one)

    event.listen(wallets.engine, "after_cursor_execute", change)
    try:
        with wallets.writing() as session:
            return import_history.ensure_holder(session, holder, NOW)[0]
    finally:
        event.remove(wallets.engine, "after_cursor_execute", change)
        assert next(changes, None) is None
