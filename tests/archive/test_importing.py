"""An archive comes back: every badge looked at anew, nothing of it believed, nothing lost, nothing doubled."""

import gzip
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.fixtures import carriers
from tests.fixtures.archived import FOUND, KEY_MADE, MADE, WORKSHOP, Archive, Home, named, whole
from tests.fixtures.chore import hosted
from tests.fixtures.examined import somebody_with_a_key, visitor_at
from tests.fixtures.moments import a_moment
from tests.fixtures.visits import AWARDED, NOW, IssuersWeb, baked, signed
from tests.openbadges import test_presented
from tests.openbadges.support import guild, sd_jwts
from wallet import accounts, inspection, openbadges
from wallet.accounts import recoveries
from wallet.accounts.activity import Event
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Holder
from wallet.accounts.photos import Photo, PhotoRefused
from wallet.archive import importing
from wallet.badges.models import KeptBadge
from wallet.concurrency import FairTurns
from wallet.issuance.platforms.models import AuthorisationCode, PlatformLink, PlatformToken
from wallet.issuance.platforms.scopes import CREATE
from wallet.messages.models import Message
from wallet.operations import all_tables
from wallet.recovery import joining
from wallet.sandbox import child
from wallet.shares import editions as share_editions
from wallet.shares import evidence_snapshots, lasting_page, lifecycle, owner_view, public_view, view_counts
from wallet.shares.models import Share
from wallet.storage.database import Database, Missing
from wallet.storage.files import FileStore

GRETA = {
    "name": "GRETA du Havre",
    "host": "greta.example",
    "scopes": CREATE,
    "tells_name": True,
    "connected_at": AWARDED.isoformat(),
    "stopped_at": None,
    "sent": 3,
    "last_sent_at": MADE.isoformat(),
}
"""A platform, as an archive tells it."""


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


# What comes back


@pytest.mark.breadth
def test_all_of_it_comes_back(home: Home, maria: int):
    one, two = signed(), signed()

    back = home.brings(maria, whole(one, two).shows(1, 0, word="Bonsoir."))

    assert (back.kinds, back.shares, back.addresses, back.problems) == ({"added": 2}, 2, 1, [])
    assert back.name == "", "she had none: it is no other one's archive"
    kept = home.rows(KeptBadge, maria)
    assert [home.shelf.read(badge.document) for badge in kept] == [one, two]
    assert {badge.state for badge in kept} == {"valid"}
    past = home.rows(Share, maria)
    assert [[shown.badge_id for shown in share.shown] for share in past] == [
        [kept[0].id, None],
        [kept[1].id, kept[0].id],
    ]
    assert [share.word for share in past] == ["Bonjour.", "Bonsoir."]
    [address] = home.rows(EmailAddress, maria)
    assert (address.written, address.verified_at) == ("Maria@exemple.fr", None)
    assert [(event.what, event.is_history) for event in home.rows(Event, maria)] == [
        ("key-made", True),
        ("brought-back", False),
    ]
    with home.wallets.reading() as session:
        holder = session.get_one(Holder, maria)
    assert (holder.name, holder.language) == ("Maria", "fr")


@pytest.mark.breadth
def test_whoever_is_nobody_becomes_a_visitor(home: Home):
    back = home.brings(None, whole())

    assert back.token
    assert (home.count(Holder), home.count(KeptBadge), home.count(Share)) == (1, 1, 1)


def test_whoever_may_bring_no_more_is_told_so_of_each_badge_and_of_each_moment_that_stays_away(home: Home):
    """Behind the one for which there is no room nothing else is laid on the shelf, however small it is."""
    may = iter([True, False])
    home.allows = lambda _size: next(may)
    back = home.brings(None, Archive().add(signed()).add(signed()).add(signed(), "third.json"))
    assert (back.kinds, [one.reason for one in back.problems]) == ({"added": 1}, ["visitors-full"] * 2)
    assert len({one.document for one in home.rows(KeptBadge, 1)}) == home.count(KeptBadge) == 1

    home.allows = lambda size: size == accounts.text_size("Bref.")
    answers = [
        [{"question": "facts", "text": text, "key": "1", "made_at": AWARDED.isoformat()}]
        for text in ("Bref.", "Long.." * 9)
    ]
    back = home.brings(None, Archive().tells(a_moment(answers=answers[0])).tells(a_moment("b", answers=answers[1])))
    assert (back.moments, back.no_room) == (1, 1)


@pytest.mark.breadth
def test_the_first_name_and_the_language_that_are_set_stay(home: Home, maria: int):
    with home.wallets.writing() as session:
        holder = session.get_one(Holder, maria)
        holder.name, holder.language = "Maria", "en"

    back = home.brings(maria, Archive("Youssef").add(signed()))

    with home.wallets.reading() as session:
        holder = session.get_one(Holder, maria)
    assert (holder.name, holder.language) == ("Maria", "en")
    assert back.name == "Youssef"
    assert home.brings(maria, Archive().add(signed())).name == "", "their own archive is nobody else's"


@pytest.mark.parametrize(("reason", "told"), [("busy", []), ("unreadable-photo", ["unreadable-photo"])])
def test_a_photo_of_the_holder_that_cannot_be_drawn_just_now_is_told(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch, reason: str, told: list[str]
):
    archive = Archive().add(signed())
    archive.told["holder"]["photo"] = b64encode(b"a photo").decode()

    def refuse(_content: bytes) -> bytes:
        raise PhotoRefused(reason)

    with monkeypatch.context() as full:
        full.setattr(accounts, "draw_photo", refuse)
        back = home.brings(maria, archive)

    assert (back.is_unfinished, [one.reason for one in back.unattached]) == (not told, told)
    monkeypatch.setattr(accounts, "draw_photo", bytes)
    assert not home.brings(maria, archive).is_unfinished
    monkeypatch.setattr(accounts, "draw_photo", refuse)
    assert not home.brings(maria, archive).is_unfinished, "it is here: nobody draws it again"
    assert home.count(Photo) == 1


def test_a_badge_in_another_file_comes_back_with_that_file(home: Home, maria: int):
    inside = signed()
    record = json.dumps({"verifiableCredential": [json.loads(inside)], "type": ["VerifiablePresentation"]}).encode()
    # As the engine hands over what is in a bundle, to the letter.
    [document] = openbadges.unpack(record, home.web, NOW)

    home.brings(maria, Archive().add(record, "badges.json", document))

    [kept] = home.rows(KeptBadge, maria)
    assert (kept.came_in, kept.document, kept.state) == (named(record), named(document), "valid")
    assert home.shelf.read(named(record)) == record
    assert kept.examination["presentation"]["reason"] == "no-proof", "of what it came in is told again what was told"


@pytest.mark.breadth
def test_a_pdf_comes_back_around_the_badge_that_it_holds(home: Home, maria: int):
    badge = signed()
    file = carriers.a_pdf(lambda pdf: pdf.add_attachment("badge.json", badge))

    home.brings(maria, Archive().add(file, "badge.pdf", badge))

    [kept] = home.rows(KeptBadge, maria)
    assert home.shelf.read(kept.came_in or "") == file


def test_a_pdf_that_nobody_can_look_into_is_not_kept_around_a_badge(home: Home, maria: int):
    """Somebody's identity may be in it; at the door such a file is refused as a whole."""
    locked = carriers.a_pdf(user_password="secret")

    back = home.brings(maria, Archive().add(locked, "badge.pdf", signed()))

    [kept] = home.rows(KeptBadge, maria)
    assert (kept.came_in, kept.state) == (None, "valid")
    assert [(one.file_name, one.reason) for one in back.problems] == [("badge.pdf", "locked")]


class EndlessTurns(FairTurns):
    """No turn of them is ever over."""

    def end(self, network: str) -> None:
        """Nobody is the next."""


@pytest.mark.parametrize(
    ("file", "turns"), [(carriers.a_pdf(), 0), (carriers.a_zip({"a.pdf": carriers.a_pdf()}), 1)], ids=["PDF", "ZIP"]
)
def test_a_badge_whose_file_was_not_looked_into_comes_with_it_another_time(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch, file: bytes, turns: int
):
    archive = Archive().add(file, "badge.pdf", signed())
    with monkeypatch.context() as crowded:
        crowded.setattr(child, "AT_ONCE", EndlessTurns(turns))
        crowded.setattr(child, "PATIENCE", 0.0)
        back = home.brings(maria, archive)
    assert [one.reason for one in back.problems] == ["busy"]

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert kept.came_in


def test_a_program_is_not_handed_out_as_the_file_of_a_badge(home: Home, maria: int):
    home.brings(maria, Archive().add(b"MZ\x90 run me", "badge.exe", signed()))

    [kept] = home.rows(KeptBadge, maria)
    assert kept.came_in is None
    assert not home.shelf.has(named(b"MZ\x90 run me"))


@pytest.mark.parametrize("kind", ["png", "svg", "json"])
@pytest.mark.breadth(beside=["sqlite-json", "sqlite-png", "sqlite-svg"])
def test_a_file_that_holds_another_badge_is_not_handed_out_as_the_file_of_this_one(home: Home, maria: int, kind: str):
    """Whoever made the archive may be anybody: the picture shows what somebody else was given."""
    mine, anothers = signed(), signed()
    bare = {"png": carriers.BLANK, "svg": carriers.SVG.replace(b"/>", b"><g/></svg>")}.get(kind, b"")
    file = openbadges.bake(bare, anothers.decode(), "openbadgecredential") if bare else anothers

    home.brings(maria, Archive().add(file, f"badge.{kind}", mine))

    [kept] = home.rows(KeptBadge, maria)
    assert (kept.document, kept.came_in, kept.state) == (named(mine), None, "valid")
    assert not home.shelf.has(named(file))


def test_what_somebody_looks_for_comes_back_where_nothing_else_is_told(home: Home, maria: int):
    """As of whoever has no badge yet, and did nothing for three months of which they are told."""
    home.brings(maria, Archive(holder={"name": "Maria", "sought": "vendeuse"}))

    with home.wallets.reading() as session:
        assert session.get_one(Holder, maria).sought == "vendeuse"


def test_addresses_that_find_no_room_are_told(home: Home, maria: int):
    home.brings(maria, Archive(addresses=[WORKSHOP | {"written": f"{one}@exemple.fr"} for one in "abc"]))

    back = home.brings(maria, Archive(addresses=[WORKSHOP | {"written": f"{one}@exemple.fr"} for one in "cdef"]))

    assert (back.addresses, back.unaddressed) == (2, 1)
    assert [one.written[0] for one in home.rows(EmailAddress, maria)] == ["a", "b", "c", "e", "f"], "in their order"


@pytest.mark.parametrize(
    "told",
    [
        {"addresses": [WORKSHOP]},
        {"holder": {"name": "Maria"}},
        {"holder": {"sought": "vendeuse"}},
        {"holder": {"photo": b64encode(b"a photo").decode()}},
    ],
)
@pytest.mark.breadth(beside=["sqlite-told2"])
def test_what_waits_while_a_return_guards_the_wallet_is_told_and_comes_afterwards(
    home: Home, maria: int, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(accounts, "draw_photo", bytes)
    archive = Archive(**told).add(signed())
    with home.wallets.writing() as session:
        back = recoveries.begin_recovery(session, maria, "paper", "android", NOW)
        until = back.ends_at

    brought = home.brings(maria, archive)
    assert (brought.waits_until, brought.unaddressed) == (until, 0), "there is room for all of it"
    assert home.rows(EmailAddress, maria) == [], "whoever came back without a key gives the wallet no address"

    with home.wallets.writing() as session:
        session.execute(update(recoveries.Recovery).values(stopped_at=NOW))
    assert home.brings(maria, archive).waits_until is None
    with home.wallets.writing() as session:
        recoveries.begin_recovery(session, maria, "paper", "android", NOW)
    assert home.brings(maria, archive).waits_until is None, "all of it is here"


def test_what_was_removed_stays_away_and_keeps_its_place(home: Home, maria: int):
    archive = Archive().add(signed(), removed_at=MADE.isoformat()).add(signed()).shows(0, 1)

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    [share] = home.rows(Share, maria)
    assert [shown.badge_id for shown in share.shown] == [None, kept.id]


@pytest.mark.breadth
def test_what_happened_long_ago_is_not_remembered_again(home: Home, maria: int):
    old = KEY_MADE | {"at": (NOW - timedelta(days=91)).isoformat()}

    home.brings(maria, Archive(events=[old]).add(signed()))

    assert [event.what for event in home.rows(Event, maria)] == ["brought-back"]

    ahead = KEY_MADE | {"at": (NOW + timedelta(hours=3)).isoformat()}  # by a clock that is wrong
    home.brings(maria, Archive(events=[ahead]).add(signed()))

    assert [event.at for event in home.rows(Event, maria) if event.is_history] == [NOW], "nor what is still to come"


@pytest.mark.postgresql
def test_a_message_that_is_too_long_once_it_is_cleaned_is_left_out(home: Home, maria: int):
    """A letter of Devanagari that NFC writes as two."""
    sent_at = (NOW - timedelta(days=1)).isoformat()
    told = {
        "purpose": "CV",
        "shared_at": None,
        "choice": "meet",
        "sender": "Yann",
        "reply_to": "06",
        "sent_at": sent_at,
    }
    told |= {"text": "\u0958" * 200, "read_at": None, "removed_at": None}

    back = home.brings(maria, Archive(messages=[told]).add(signed()))

    assert (back.messages, back.left_out, back.kinds["added"]) == (0, 1, 1)


@pytest.mark.breadth
def test_messages_come_back_as_history_once_and_none_that_is_a_year_old_or_erased(home: Home, maria: int):
    def message(text: str, *, days: int = 1, **other: Any) -> dict[str, Any]:
        sent_at = (NOW - timedelta(days=days)).isoformat()
        told = {
            "purpose": "CV\u202e",
            "shared_at": AWARDED.isoformat(),
            "choice": "meet",
            "text": text,
            "sender": "Yann\u202e",
        }
        return told | {"reply_to": "06\u202e00", "sent_at": sent_at, "read_at": None, "removed_at": None} | other

    told = [
        message("Mardi\u202e?"),
        message("Il y a longtemps.", days=366),
        message("Effacé.", removed_at=NOW.isoformat()),
        message("x" * 201),
        message("Demain.", days=-9),
        message("Oui.", choice="peut-être"),
    ]
    archive = Archive(messages=told).add(signed())
    assert home.brings(maria, archive).messages == 1
    assert home.brings(maria, archive).messages == 0

    [one] = home.rows(Message, maria)
    assert (one.text, one.sender, one.choice, one.purpose) == ("Mardi ?", "Yann", "meet", "CV")
    assert one.reply_to == "06 00", "nothing that turns round what stands beside it"
    assert (one.is_history, one.share_id, one.shared_at) == (True, None, AWARDED)


def test_what_somebody_else_has_as_well_comes_back_all_the_same(home: Home, maria: int, wallets: Database):
    """An address that a family shares, and a message that was sent to both."""
    told = {"purpose": "", "shared_at": None, "choice": "meet", "text": "Mardi ?", "sender": "Yann", "reply_to": ""}
    told |= {"sent_at": MADE.isoformat(), "read_at": None, "removed_at": None}
    archive = Archive(addresses=[WORKSHOP], messages=[told])
    home.brings(somebody_with_a_key(wallets), archive)

    back = home.brings(maria, archive)

    assert (back.addresses, back.messages) == (1, 1)


def test_of_more_messages_and_events_than_there_may_be_the_latest_come_back(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """Those that are here already count, too."""
    monkeypatch.setattr("wallet.messages.MOST_MESSAGES", 3)
    monkeypatch.setattr("wallet.archive.import_history.MOST_EVENTS", 3)
    about = {"purpose": "", "shared_at": None, "choice": "meet", "sender": "Yann", "reply_to": ""}
    days = [(NOW - timedelta(days=day)).isoformat() for day in (5, 4, 3, 2, 1)]
    told = [about | {"text": at, "sent_at": at, "read_at": None, "removed_at": None} for at in days]
    events = [KEY_MADE | {"at": at} for at in days]

    home.brings(maria, Archive(messages=told[:1], events=events[:1]))
    home.brings(maria, Archive(messages=told[1:], events=events[1:]))

    assert [one.text for one in home.rows(Message, maria)] == [days[0], *days[3:]]
    history = [event.at.isoformat() for event in home.rows(Event, maria) if event.is_history]
    assert history == [days[0], days[4]], "that the first one was brought has happened as well"


# Nothing of it is proof


@pytest.mark.parametrize(
    "platforms",
    [
        [GRETA],
        [GRETA, GRETA | {"stopped_at": None, "client_mark": "00" * 32, "holder_id": 1, "id": 1}],
        [GRETA | {"name": "\0\ud800<script>" * 99, "host": "https://u:p@[::1]/\r\n", "scopes": {"all": True}}],
        [GRETA | {"connected_at": "9999-12-31T23:59:59-12:00", "stopped_at": "hier", "sent": -(10**30)}],
        [GRETA] * 2_000,
        [None, 7, [], [[[]]]],
        {"host": "greta.example"},
        "greta.example",
    ],
    ids=["sound", "active", "hostile", "odd", "many", "no rows", "no list", "text"],
)
@pytest.mark.breadth
def test_no_platform_is_connected_by_an_archive_and_all_else_comes_back(home: Home, maria: int, platforms: Any):
    archive = whole()
    archive.told["platforms"] = platforms
    archive.told["events"] = [KEY_MADE | {"what": what} for what in ("platform-connected", "platform-stopped")]

    first, again = home.brings(maria, archive), home.brings(maria, archive)

    assert (first.kinds, first.shares, first.left_out, first.problems) == ({"added": 1}, 1, 0, [])
    assert (again.kinds, again.shares, again.left_out) == ({"duplicate": 1}, 0, 0)
    assert [home.count(table) for table in (PlatformLink, AuthorisationCode, PlatformToken)] == [0, 0, 0]
    assert sorted(event.what for event in home.rows(Event, maria) if event.is_history) == [
        "platform-connected",
        "platform-stopped",
    ]


@pytest.mark.breadth
def test_what_an_archive_tells_of_a_platform_that_is_connected_here_changes_nothing(home: Home, maria: int):
    stopped, sending = ({"client_mark": mark * 32, "holder_id": maria, "tells_name": False} for mark in (b"a", b"b"))
    for link, stopped_at in ((stopped, NOW), (sending, None)):
        told = {"name": "GRETA du Havre", "host": "greta.example", "scopes": CREATE, "connected_at": AWARDED}
        with home.wallets.writing() as session:
            session.add(PlatformLink(**link, **told, stopped_at=stopped_at, sent=2))

    home.brings(maria, Archive(platforms=[GRETA | {"sent": 99}]).add(signed()))
    home.brings(maria, Archive(platforms=[GRETA | {"stopped_at": AWARDED.isoformat()}]).add(signed()))

    assert [(one.stopped_at, one.sent) for one in home.rows(PlatformLink, maria)] == [(NOW, 2), (None, 2)]


def test_a_forged_good_and_a_forged_match_change_nothing(home: Home, maria: int, shelf: FileStore):
    forged = json.loads(signed())
    forged["credentialSubject"]["achievement"]["name"] = "Chirurgienne en chef"
    perfect = {"checks": [{"name": name, "outcome": "passed", "reason": ""} for name in openbadges.CHECKS], "seen": []}
    match = {"address": "maria@exemple.fr", "at": MADE.isoformat()}
    archive = Archive().add(json.dumps(forged).encode(), good=perfect, examination=perfect, match=match)

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert (kept.state, kept.good, kept.good_at, kept.match) == ("invalid", None, None, None)
    assert {check["name"] for check in kept.examination["checks"] if check["outcome"] == "failed"} == {"intact"}
    assert not kept.may_be_shown
    assert kept.history is not None
    assert kept.history["match"] == match, "told, and proof of nothing"
    assert kept.card.told_good_at == MADE
    assert kept.card.last_good_at is None


def test_a_forged_good_ticks_no_box_of_a_badge_that_nobody_signed(home: Home, maria: int):
    home.brings(maria, Archive().add(hosted(IssuersWeb(), 1, "issuer.example")))

    [kept] = home.rows(KeptBadge, maria)
    assert (kept.state, kept.good_at, kept.may_be_shown) == ("unknown", None, False)


@pytest.mark.breadth
def test_what_was_taken_back_from_the_path_stays_so_when_an_older_archive_tells_it(home: Home, maria: int):
    document, at = signed(), AWARDED.isoformat()
    place = {"normandie/communiquer/masters": at}

    home.brings(maria, Archive().add(document, counted={}))
    home.brings(maria, Archive(made_at=at).add(baked(document), "badge.png", counted=place))

    [kept] = home.rows(KeptBadge, maria)
    assert kept.counted == {}


def test_a_hash_alone_gets_nobody_the_file_of_somebody_else(home: Home, maria: int):
    secret = home.shelf.keep(b"what the issuer of somebody else answered")
    seen = {"address": "https://exemple.fr", "status": 200, "at": MADE.isoformat(), "file": secret}
    archive = Archive().add(signed(), good=FOUND | {"seen": [seen]}, document=f"files/{secret}")
    archive.add(signed(), good=FOUND | {"seen": [seen]}, examination=FOUND | {"seen": [seen]})

    back = home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert [one.reason for one in back.problems] == ["missing"]
    assert secret not in json.dumps([kept.history, kept.examination, kept.good])
    with home.wallets.reading() as session:
        assert secret not in all_tables.files_in_use(session)


@pytest.mark.breadth
def test_what_was_seen_then_lies_on_the_shelf_and_stays_there(home: Home, maria: int):
    answer = b"what the issuer answered"
    seen = {"address": "https://exemple.fr", "status": 200, "at": MADE.isoformat(), "file": named(answer)}
    archive = Archive().add(signed(), good=FOUND | {"seen": [seen]})
    archive.members[f"files/{named(answer)}"] = answer

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert kept.history is not None
    assert kept.history["good"]["seen"] == [seen | {"size": len(answer)}]
    assert home.shelf.read(named(answer)) == answer
    with home.wallets.reading() as session:
        assert named(answer) in all_tables.files_in_use(session)


def test_long_answers_come_back_packed_or_as_their_hash_and_a_broken_one_does_not(home: Home, maria: int):
    answer = b"a very long answer " * 50_000
    packed = gzip.compress(answer)
    told = {"address": "https://exemple.fr", "status": 200, "at": MADE.isoformat(), "size": len(answer)}
    told["sha256"] = named(answer)
    there, missing = told | {"packed": named(packed)}, told | {"packed": named(b"missing")}
    odd = [told | {"sha256": "x"}, told | {"size": "many"}, {"address": "https://exemple.fr", "status": 200}]
    archive = Archive().add(signed(), good=FOUND | {"seen": [told, there, there | {"size": 1}, missing, *odd]})
    archive.members[f"files/{named(packed)}"] = packed

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert kept.history["good"]["seen"] == [told, there, there | {"size": len(packed)}], (
        "it takes as much as it is long"
    )
    assert home.shelf.read(named(packed)) == packed
    with home.wallets.reading() as session:
        assert named(packed) in all_tables.files_in_use(session)


def test_an_answer_under_a_name_that_is_not_its_own_is_no_answer(home: Home, maria: int):
    seen = {"address": "https://exemple.fr", "status": 200, "at": MADE.isoformat(), "file": named(b"true")}
    archive = Archive().add(signed(), good=FOUND | {"seen": [seen]})
    archive.members[f"files/{named(b'true')}"] = b"false"

    home.brings(maria, archive)

    [kept] = home.rows(KeptBadge, maria)
    assert kept.history is not None
    assert kept.history["good"]["seen"] == []
    assert not home.shelf.has(named(b"false"))


@pytest.mark.breadth
def test_a_share_comes_back_closed_behind_a_link_that_nobody_had(home: Home, maria: int):
    running = (NOW + timedelta(days=300)).isoformat()
    stopped = (NOW + timedelta(hours=3)).isoformat()
    home.brings(maria, whole().shows(0, word="2", ends_at=running).shows(0, word="3", stopped_at=stopped))

    past = home.rows(Share, maria)
    assert [(share.is_history, share.is_open(NOW), share.ends_at <= NOW) for share in past] == [(True, False, True)] * 3
    assert past[2].stopped_at == NOW, "nothing was stopped tomorrow"
    assert len({share.token_hash for share in past}) == 3
    with home.wallets.writing() as session:
        for share in past:
            [told] = owner_view.view_shares(session, [share], home.keyring.unseal, NOW)
            assert not told.is_open
            assert not told.can_reopen(NOW)
            with pytest.raises(Missing):
                public_view.view_share(session, told.token, public_view.Standpoint(now=NOW))
            with pytest.raises(Missing):
                lifecycle.reopen_share(session, maria, share.id, NOW)


WAS = {"name": "Communiquer", "level": "", "issuer_name": "École", "issued_on": AWARDED.isoformat()}
BEFORE = {"day": MADE.date().isoformat(), "kind": "phone", "times": 2}


def opened(home: Home, share: Share) -> set[tuple[str, str, int]]:
    with home.wallets.reading() as session:
        return {(str(one.day), one.kind, one.times) for one in view_counts.list_views(session, [share.id])[share.id]}


@pytest.mark.breadth
def test_shares_of_many_badges_are_written_some_at_a_time_so_that_others_write_in_between(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch
):
    archive = Archive().add(signed()).shows(0).shows(0, None, None).shows(0).shows(0).shows(0)
    home.brings(maria, Archive().add(signed()).shows(0))
    in_one, home.writes = home.writes, 0
    monkeypatch.setattr(importing, "SHOWN_TOGETHER", 2)

    assert home.brings(maria, archive).shares == 5 - 1
    assert home.writes == in_one + 3
    home.writes = 0
    monkeypatch.setattr(importing, "SHOWN_TOGETHER", 2_000)
    monkeypatch.setattr(importing, "TOGETHER", 2)
    home.brings(maria, Archive().add(signed()).shows(0).shows(0).shows(0).shows(0).shows(0))
    assert home.writes == in_one + 2, "and no more than so many shares, however little they show"


def test_what_a_share_was_for_what_it_showed_and_its_openings_come_back(home: Home, maria: int):
    home.brings(maria, Archive().add(signed()).shows(0, None, purpose="Garage Petit", told=[WAS], openings=[BEFORE]))

    [share] = home.rows(Share, maria)
    assert (share.purpose, [one.told for one in share.shown]) == ("Garage Petit", [WAS, None])
    assert opened(home, share) == {(BEFORE["day"], "phone", 2)}


@pytest.mark.breadth(beside=["sqlite"])
def test_a_share_that_two_archives_tell_of_is_there_once_and_knows_what_both_tell(home: Home, maria: int):
    older = Archive().add(signed())
    newer = Archive().add(older.members["badges/001-badge.json"])
    later = BEFORE | {"day": NOW.date().isoformat(), "kind": "computer", "times": 1}
    older.shows(0, openings=[BEFORE])
    newer.shows(0, purpose="Garage Petit", told=[WAS], openings=[BEFORE | {"times": 3}, later])
    day, today = BEFORE["day"], later["day"]

    backs = [home.brings(maria, archive).shares for archive in (older, newer, newer, older)]

    assert backs == [1, 0, 0, 0]
    [share] = home.rows(Share, maria)
    assert (share.purpose, share.shown[0].told) == ("Garage Petit", WAS)
    assert opened(home, share) == {(day, "phone", 3), (today, "computer", 1)}, "none is counted twice, none is lost"


def test_what_an_archive_tells_of_a_share_that_is_still_here_changes_nothing(home: Home, maria: int):
    home.brings(maria, Archive().add(signed()).shows(0, openings=[BEFORE]))
    with home.wallets.writing() as session:
        session.get_one(Share, home.rows(Share, maria)[0].id).is_history = False
    [share] = home.rows(Share, maria)

    home.brings(maria, Archive().shows(0, purpose="Pirate", told=[WAS], openings=[BEFORE | {"times": 999}]))

    [same] = home.rows(Share, maria)
    assert (same.purpose, same.shown[0].told, opened(home, share)) == ("", None, {(BEFORE["day"], "phone", 2)})


@pytest.mark.breadth
def test_a_page_that_came_back_tells_that_it_showed_the_photo_and_the_job(home: Home, maria: int):
    """And what else was on it, or not."""
    page = dict.fromkeys(("is_page", "shows_photo", "shows_sought", "shows_marks", "shows_siae", "hides_name"), True)
    page |= {"takes_messages": False}
    archive = Archive().add(signed()).shows(0, **page)
    archive.told["holder"]["sought"] = "Vendeuse"

    home.brings(maria, archive)
    with home.wallets.writing() as session:
        lasting_page.set_sought(session, maria, "", NOW)
        lasting_page.set_photo(session, maria, None, NOW)

    [share] = home.rows(Share, maria)
    assert {name: getattr(share, name) for name in page} == page


@pytest.mark.breadth
def test_a_share_shows_a_badge_again_that_came_only_when_the_archive_was_brought_once_more(home: Home, maria: int):
    archive = Archive().add(signed()).add(signed()).shows(1, 0)
    whole_members = dict(archive.members)
    del archive.members["badges/002-badge.json"]
    home.brings(maria, archive)
    [first] = home.rows(KeptBadge, maria)
    [share] = home.rows(Share, maria)
    assert [shown.badge_id for shown in share.shown] == [None, first.id]
    archive.members = whole_members

    home.brings(maria, archive)

    [share] = home.rows(Share, maria)
    _, second = home.rows(KeptBadge, maria)
    assert [shown.badge_id for shown in share.shown] == [second.id, first.id]


@pytest.mark.breadth
def test_a_share_that_is_still_here_and_says_something_else_by_now_is_not_there_twice(home: Home, maria: int):
    home.brings(maria, Archive().add(signed()).shows(0))
    with home.wallets.writing() as session:
        share = session.get_one(Share, home.rows(Share, maria)[0].id)
        share.is_history, share.word, share.changed_at = False, "Bonsoir.", NOW

    assert home.brings(maria, Archive().shows(0)).shares == 0

    [same] = home.rows(Share, maria)
    assert (same.word, same.is_history) == ("Bonsoir.", False)


@pytest.mark.parametrize("is_guarded_first", [True, False])
def test_a_share_whose_words_were_left_out_of_one_archive_is_there_once_with_its_words(
    home: Home, maria: int, is_guarded_first: bool
):
    """While a return guards the wallet nothing that its holder wrote is in their archive."""
    guarded, full = Archive().shows(0, name="", word=""), Archive().shows(0, purpose="Garage Petit")

    backs = [home.brings(maria, one).shares for one in ((guarded, full) if is_guarded_first else (full, guarded))]

    assert backs == [1, 0]
    [share] = home.rows(Share, maria)
    assert (share.name, share.word, share.purpose) == ("Maria", "Bonjour.", "Garage Petit")


def test_what_a_later_archive_tells_of_a_share_that_was_changed_is_not_lost(home: Home, maria: int):
    home.brings(maria, Archive().shows(0))

    home.brings(maria, Archive().shows(0, word="Bonsoir.", changed_at=MADE.isoformat()))

    assert [share.word for share in home.rows(Share, maria)] == ["Bonjour.", "Bonsoir."]


CHANGED = {
    "changed_at": MADE.isoformat(),
    "editions": [
        {
            "shown_from": AWARDED.isoformat(),
            "shown_until": MADE.isoformat(),
            "name": "Maria",
            "word": "Bonjour.",
            **dict.fromkeys(("shows_marks", "shows_siae", "hides_name"), False),
            "told": [],
            "exhibits": [],
        }
    ],
}
STORY = {"place": 0, "situation": "work", "sentence": "Voilà.", "said": [], "attachments": [], "name_of_place": ""}


def test_a_past_share_that_a_visitor_brought_tells_more_of_the_one_that_the_wallet_has(home: Home, maria: int):
    older, newer = whole(), whole()
    newer.members, newer.told["badges"] = older.members, older.told["badges"]
    [before], [after] = older.told["shares"], newer.told["shares"]
    before |= {"openings": [BEFORE]}
    after |= {"purpose": "Garage Petit", "told": [WAS], "openings": [BEFORE | {"times": 3}], "exhibits": [STORY]}
    after |= {"editions": CHANGED["editions"]}
    home.brings(maria, older)
    visitor = visitor_at(home.wallets).id
    home.brings(visitor, newer)

    with home.wallets.writing() as session:
        joining.join_wallet(session, visitor, maria, NOW)

    [share] = home.rows(Share, maria)
    [badge] = home.rows(KeptBadge, maria)
    assert (share.purpose, [one.told for one in share.shown]) == ("Garage Petit", [WAS, None])
    assert [one.badge_id for one in share.shown] == [badge.id, None]
    assert opened(home, share) == {(BEFORE["day"], "phone", 3)}
    with home.wallets.reading() as session:
        assert [one.told["sentence"] for one in evidence_snapshots.snapshots_of(session, share.id)] == ["Voilà."]
        assert [one.told["word"] for one in share_editions.list_editions(session, share.id)] == ["Bonjour."]


def test_a_share_as_it_was_that_a_visitor_brought_is_not_there_twice(home: Home, maria: int):
    """By an older archive than the one by which the wallet came back: the share was changed since, and tells what it showed."""
    home.brings(maria, Archive().shows(0, word="Bonsoir.", **CHANGED))
    visitor = visitor_at(home.wallets).id
    home.brings(visitor, Archive().shows(0))

    with home.wallets.writing() as session:
        joining.join_wallet(session, visitor, maria, NOW)

    assert [share.word for share in home.rows(Share, maria)] == ["Bonsoir."]


@pytest.mark.parametrize("is_later_first", [True, False])
@pytest.mark.breadth(beside=["sqlite-True"])
def test_what_a_share_shows_by_a_later_archive_is_here_whichever_comes_first(
    home: Home, maria: int, is_later_first: bool
):
    """The same words, and another badge since, without the story that went with the first one."""
    before = Archive().add(signed()).add(signed())
    later = Archive()
    later.members, later.told["badges"] = before.members, before.told["badges"]
    before.shows(0, told=[WAS], exhibits=[STORY])
    later.shows(1, told=[WAS | {"name": "Vendre"}], **CHANGED)

    for one in (later, before, before) if is_later_first else (before, later, later, before):
        home.brings(maria, one)

    past = home.rows(Share, maria)
    shown = [(share.changed_at, [one.told and one.told["name"] for one in share.shown]) for share in past]
    assert shown == [(None, ["Communiquer"])] * (not is_later_first) + [(MADE, ["Vendre"])]
    with home.wallets.reading() as session:
        stories = evidence_snapshots.snapshots_as_json(session, [share.id for share in past])
        editions = {share.id: share_editions.list_editions(session, share.id) for share in past}
    assert [len(stories[share.id]) for share in past] == [1] * (not is_later_first) + [0]
    assert [len(editions[share.id]) for share in past] == [0] * (not is_later_first) + [1]


@pytest.mark.breadth
def test_two_states_of_one_share_come_back_from_one_archive(home: Home, maria: int):
    both = Archive().shows(None).shows(None, created_at=AWARDED.isoformat(), **CHANGED)

    backs = [home.brings(maria, both).shares for _ in range(2)]

    assert backs == [2, 0]
    guarded = Archive().shows(None, name="", word="", **CHANGED)
    assert home.brings(maria, guarded).shares == 0


def test_what_was_seen_before_anybody_counted_it_is_no_news_when_its_archive_comes_again(home: Home, maria: int):
    archive = Archive().shows(None, openings=[BEFORE])
    home.brings(maria, archive)
    with home.wallets.writing() as session:
        session.execute(update(view_counts.ViewCount).values(seen=None))  # as of a day before 0025

    home.brings(maria, archive)

    with home.wallets.reading() as session:
        assert owner_view.get_unseen_views(session, maria) is None


@pytest.mark.breadth(beside=["sqlite"])
def test_a_share_shows_no_badge_of_somebody_else(home: Home, maria: int, wallets: Database):
    youssef = somebody_with_a_key(wallets)
    home.brings(youssef, Archive().add(signed()))
    [theirs] = home.rows(KeptBadge, youssef)

    home.brings(maria, Archive().add(signed()).shows(theirs.id, 0, 7, -1, 10**12))

    [mine] = home.rows(KeptBadge, maria)
    [share] = home.rows(Share, maria)
    assert [shown.badge_id for shown in share.shown] == [
        mine.id if one == 0 else None for one in (theirs.id, 0, 7, 8, 9)
    ]


def both(badge: str, other: str) -> bytes:
    return json.dumps({"type": "VerifiablePresentation", "verifiableCredential": [badge, other]}).encode()


AROUND: dict[str, Callable[[str, str], bytes]] = {
    "a bundle": both,
    "a bundle, wrapped": lambda badge, other: both(badge, json.dumps({"credential": other})),
    "a PDF": lambda _, other: carriers.a_pdf(lambda pdf: pdf.add_attachment("pid.txt", other.encode())),
    "a PDF with a bundle": lambda badge, other: carriers.a_pdf(
        lambda pdf: pdf.add_attachment("all.json", both(badge, other))
    ),
    "a ZIP": lambda badge, other: carriers.a_zip({"badge.txt": badge.encode(), "pid.txt": other.encode()}),
    "a picture": lambda _, other: carriers.picture(carriers.code(other.encode())),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.breadth(beside=["sqlite-a bundle, wrapped", "sqlite-a bundle"])
def test_a_file_that_holds_somebodys_identity_as_well_is_not_kept_around_a_badge(
    home: Home, maria: int, around: Callable[[str, str], bytes]
):
    """The archive may be anybody's: what is refused at the door comes in by no other."""
    badge, identity = sd_jwts.issued(sd_jwts.plain()), sd_jwts.issued({"iss": guild.did(), "vct": "urn:eudi:pid:1"})
    shown = around(badge, identity)

    home.brings(maria, Archive().add(shown, "all", badge.encode()))

    [kept] = home.rows(KeptBadge, maria)
    assert (kept.document, kept.came_in) == (named(badge.encode()), None)
    assert not home.shelf.has(named(shown))


@pytest.mark.parametrize("bundle", [{"type": "VerifiablePresentation"}, {}], ids=["a presentation", "an answer"])
def test_somebodys_identity_is_not_kept_for_a_bundle_that_the_archive_calls_a_badge(
    home: Home, maria: int, bundle: dict[str, str]
):
    """At the door each document is taken out of it first."""
    identity = {
        "@context": [guild.VC2],
        "type": ["VerifiableCredential", "PermanentResidentCard"],
        "issuer": guild.did(),
    }
    identity["credentialSubject"] = {"birthDate": "1990-01-01"}
    shown = json.dumps(bundle | {"verifiableCredential": [identity]}).encode()

    back = home.brings(maria, Archive().add(shown, "card.json", shown))

    assert home.rows(KeptBadge, maria) == []
    assert not home.shelf.has(named(shown))
    assert [one.reason for one in back.problems] == ["identity-document"]


@pytest.mark.breadth
def test_a_file_that_holds_many_badges_is_looked_through_once(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch):
    """A child process for each of 200 badges would take as long as the whole archive may."""
    file = json.dumps(test_presented.signed(verifiableCredential=[json.loads(signed()) for _ in range(3)])).encode()
    documents = openbadges.unpack(file, home.web, NOW)
    archive = Archive()
    for document in documents:
        archive.add(file, "badges.json", document)
    looked = Counter[str]()
    for name in ("documents_inside", "inspect_presentation"):
        monkeypatch.setattr(inspection, name, counted(looked, name))

    home.brings(maria, archive)

    kept = home.rows(KeptBadge, maria)
    assert [(one.came_in, one.examination["presentation"]["outcome"]) for one in kept] == [(named(file), "passed")] * 3
    assert looked == {"documents_inside": 1, "inspect_presentation": 1}


def counted(looked: Counter[str], name: str) -> Callable[..., Any]:
    """The function of that name, its calls counted."""
    look: Callable[..., Any] = getattr(inspection, name)

    def look_and_count(*what: Any) -> Any:
        looked[name] += 1
        return look(*what)

    return look_and_count
