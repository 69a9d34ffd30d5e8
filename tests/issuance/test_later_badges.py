"""Badges that an issuer makes later come by themselves; what it is told of those that came; how either ends."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.fixtures.fablab import Fablab, badge
from tests.issuance.taking import Sonia, offered
from tests.openbadges.support import guild
from wallet.accounts.activity import Event
from wallet.accounts.holders import Holder, erase_holder
from wallet.badges.models import KeptBadge
from wallet.badges.ownership import BoundKey, unseal_key
from wallet.issuance import openid4vci
from wallet.issuance.openid4vci import later, records, taking
from wallet.issuance.openid4vci.records import Issuance
from wallet.issuance.received import Failed
from wallet.network.client import Outgoing
from wallet.openbadges import Fetched, Unreachable
from wallet.operations import cleanup
from wallet.recovery.joining import join_wallet
from wallet.storage.database import Database
from wallet.storage.file_store import Unavailable


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Sonia:
    return Sonia(wallets, tmp_path).signs_in()


def events(sonia: Sonia) -> list[str]:
    with sonia.database.reading() as session:
        return list(session.scalars(select(Event.what)))


def promised(sonia: Sonia, fablab: Fablab) -> None:
    """Sonia takes an offer, and is told that her badge is being made."""
    fablab.token_more = {"expires_in": 86_400} | fablab.token_more
    sonia.sees(fablab, offered(fablab))
    assert sonia.takes(fablab) == []
    assert sonia.row.state == "promised"


@pytest.mark.breadth(beside=["sqlite"])
def test_a_badge_that_was_promised_comes_by_itself_and_is_told_in_her_activity(sonia: Sonia):
    fablab = Fablab(waits=2)
    promised(sonia, fablab)

    sonia.later(fablab, seconds=599)
    assert "deferred" not in fablab.asked
    sonia.later(fablab, seconds=1)
    assert (sonia.badges, events(sonia)) == ([], [])
    sonia.later(fablab, seconds=600)

    assert sonia.badges == ["urn:uuid:adapt"]
    assert events(sonia) == ["badge-arrived"]
    assert len(sonia.dids) == 1
    sonia.later(fablab, hours=2)
    assert fablab.told == ["credential_accepted"]
    assert (sonia.row.sealed, sonia.row.due_at) == (b"", None)
    assert fablab.asked.count("token") == 1


@pytest.mark.breadth
def test_what_a_visitor_was_promised_comes_to_the_wallet_that_they_turn_out_to_have(
    sonia: Sonia, wallets: Database, tmp_path: Path
):
    visit = Sonia(wallets, tmp_path, clock=sonia.clock)
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, token_more={"expires_in": 86_400})
    visit.sees(fablab, offered(fablab))

    def second_waits(what: str) -> None:
        if what == "credential" and fablab.asked.count(what) == 2:
            fablab.waits = 1

    fablab.before = second_waits
    assert [one.kind for one in visit.takes(fablab)] == ["added"]
    whose, visitor = sonia.holder_id, visit.row.holder_id
    assert whose
    assert visitor not in (None, whose)
    with wallets.writing() as session:
        join_wallet(session, visitor, whose, sonia.clock())
        erase_holder(session, visitor)
    sonia.later(fablab, minutes=1)
    sonia.later(fablab, minutes=10)

    assert sorted(sonia.badges) == ["urn:uuid:one", "urn:uuid:two"]
    keys = sonia.rows(BoundKey)
    assert [(one.holder_id, len(unseal_key(one, sonia.keyring.unseal))) for one in keys] == [(whose, 32)] * 2


@pytest.mark.breadth
def test_what_they_were_promised_comes_to_the_wallet_that_they_enter_while_it_is_asked_for(
    sonia: Sonia, wallets: Database, tmp_path: Path
):
    """A link had brought them another badge, which waits for their word with what they were."""
    visit, fablab = (
        Sonia(wallets, tmp_path, clock=sonia.clock),
        Fablab(badges={"one": badge("one"), "two": badge("two")}),
    )
    fablab.token_more = {"expires_in": 86_400}
    visit.sees(fablab, offered(fablab))
    whose = sonia.holder_id

    def enters(what: str) -> None:
        if what == "credential" and fablab.asked.count(what) == 2:
            fablab.waits = 1
        if what == "deferred" and (visitor := visit.row.holder_id) != whose:
            with wallets.writing() as session:
                session.execute(update(KeptBadge).where(KeptBadge.holder_id == visitor).values(unasked=True))
                assert join_wallet(session, visitor or 0, whose or 0, sonia.clock())

    fablab.before = enters
    visit.takes(fablab)
    for _ in range(3):
        sonia.later(fablab, hours=1)

    assert visit.row.holder_id == whose
    assert {one.read["id"]: one.holder_id for one in sonia.rows(KeptBadge)}["urn:uuid:two"] == whose


def test_of_a_badge_that_both_have_the_key_goes_with_the_file(sonia: Sonia, wallets: Database, tmp_path: Path):
    visit, same = Sonia(wallets, tmp_path, clock=sonia.clock), badge("one")
    for who in (sonia, visit):
        fablab = Fablab(badges={"one": same})
        who.sees(fablab, offered(fablab))
        who.takes(fablab)
    whose, visitor, theirs = sonia.holder_id, visit.row.holder_id, visit.rows(BoundKey)[-1].did
    assert whose
    assert visitor
    with wallets.writing() as session:
        join_wallet(session, visitor, whose, sonia.clock())
        erase_holder(session, visitor)

    (kept,), (key,) = sonia.rows(KeptBadge), sonia.rows(BoundKey)
    assert (key.did, key.holder_id, key.badge_id) == (theirs, whose, kept.id)


class Beside:
    """Whoever asks for what Sonia was promised is answered; all other issuers hang."""

    def __init__(self, sonia: Sonia, good: Fablab) -> None:
        self.sonia, self.good, self.hung = sonia, good, 0

    def send(self, address: str, outgoing: Outgoing) -> Fetched:
        if Fablab._bearer(outgoing) in self.good.tokens:
            return self.good.send(address, outgoing)
        self.hung += 1
        self.sonia.clock.move(seconds=20)
        raise Unreachable(address, "timeout")


@pytest.mark.breadth(beside=["sqlite"])
def test_issuers_that_hang_keep_nobody_elses_badge_waiting(sonia: Sonia, wallets: Database, tmp_path: Path):
    eve = Sonia(wallets, tmp_path, clock=sonia.clock).signs_in()
    for _ in range(5):
        promised(eve, Fablab(waits=9))
    sonia.clock.move(seconds=1)
    good = Fablab(waits=1)
    promised(sonia, good)
    beside = Beside(sonia, good)

    sonia.later(beside, minutes=11)

    assert sonia.badges == ["urn:uuid:adapt"]
    assert beside.hung == 2, "a round has an end: what else the process does waits for it"


def test_a_tap_on_what_was_promised_asks_nobody(sonia: Sonia):
    fablab = Fablab(waits=2)
    promised(sonia, fablab)
    asked = list(fablab.asked)

    taken = openid4vci.take(*sonia.offered, sonia.holder_id, sonia.tools(fablab))

    assert (taken.later, taken.outcomes) == (1, ())
    assert fablab.asked == asked


def test_it_stays_with_its_issuer_while_there_is_no_room_for_it(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    fablab = Fablab(waits=1)
    promised(sonia, fablab)
    with monkeypatch.context() as full:
        full.setattr("wallet.badges.badges.MOST_BADGES", 0)
        sonia.later(fablab, seconds=600)
        assert ("deferred" in fablab.asked, sonia.badges) == (False, [])

    sonia.later(fablab, hours=2)

    assert sonia.badges == ["urn:uuid:adapt"]


@pytest.mark.breadth
def test_what_came_and_found_no_room_is_kept_as_soon_as_there_is_some(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    """Its issuer gives it once."""
    fablab = Fablab(waits=1)
    promised(sonia, fablab)
    with monkeypatch.context() as full:
        full.setattr("wallet.badges.quota.ROOM", 100)
        sonia.later(fablab, seconds=600)
        assert ("deferred" in fablab.asked, sonia.badges) == (True, [])
        sonia.later(fablab, hours=2)
        assert (fablab.told, sonia.badges) == ([], [])

    sonia.later(fablab, hours=2)

    assert (sonia.badges, len(sonia.dids), fablab.asked.count("deferred")) == (["urn:uuid:adapt"], 1, 1)
    sonia.later(fablab, seconds=1)
    assert fablab.told == ["credential_accepted"]


@pytest.mark.breadth
def test_of_two_badges_one_may_come_later(sonia: Sonia):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, token_more={"expires_in": 86_400})
    sonia.sees(fablab, offered(fablab))

    def second_waits(what: str) -> None:
        if what == "credential" and fablab.asked.count(what) == 2:
            fablab.waits = 1

    fablab.before = second_waits
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    sonia.later(fablab, minutes=1)
    assert (fablab.told, "deferred" in fablab.asked) == (["credential_accepted"], False), "not before its issuer said"
    sonia.later(fablab, minutes=10)
    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]


@pytest.mark.parametrize("told", [{}, {"identifiers": {"one": ["one-2026"], "two": ["two-2026"]}}], ids=str)
def test_of_two_badges_the_one_that_came_is_kept_and_the_one_that_was_not_answered_comes_by_itself(
    sonia: Sonia, told: dict[str, Any]
):
    fablab = silent_on_the_second(sonia, token_more={"refresh_token": "again"}, **told)

    assert [(one.kind, one.reason) for one in sonia.takes(fablab)] == [("added", ""), ("problem", "offer-awaited")]
    sonia.later(fablab, minutes=1)
    assert (sonia.badges, fablab.told) == (["urn:uuid:one"], ["credential_accepted"])
    sonia.later(fablab)
    assert (sonia.badges, fablab.asked.count("credential")) == (["urn:uuid:one"], 3)
    fablab.before, fablab.silent, fablab.tokens = lambda _what: None, {}, set()
    sonia.later(fablab, hours=1)

    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]
    assert (events(sonia), len(sonia.dids)) == (["badge-arrived"], 2)
    assert (fablab.asked.count("credential"), fablab.asked.count("token")) == (5, 2)
    sonia.later(fablab)
    assert (fablab.told, sonia.row.sealed) == (["credential_accepted"] * 2, b"")


@pytest.mark.breadth
def test_what_was_not_answered_may_be_promised_then(sonia: Sonia):
    fablab = silent_on_the_second(sonia, token_more={"expires_in": 86_400})
    sonia.takes(fablab)
    sonia.later(fablab, minutes=1)
    fablab.before, fablab.silent, fablab.waits = lambda _what: None, {}, 1

    sonia.later(fablab)
    assert (sonia.badges, "deferred" in fablab.asked) == (["urn:uuid:one"], False)
    sonia.later(fablab, minutes=10)

    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]


@pytest.mark.parametrize("told", [{}, {"waits": 1}], ids=["refused", "promised by who cannot be asked"])
@pytest.mark.breadth(beside=["sqlite-refused"])
def test_of_what_was_not_answered_and_will_not_come_she_reads_that(sonia: Sonia, told: dict[str, Any]):
    fablab = silent_on_the_second(sonia)
    sonia.takes(fablab)
    sonia.later(fablab, minutes=1)
    fablab.before, fablab.silent, fablab.waits = lambda _what: None, {}, told.get("waits", 0)
    fablab.instead = {} if told else {"credential": (400, {"error": "credential_request_denied"})}

    sonia.later(fablab)

    assert (sonia.badges, events(sonia), sonia.row.sealed) == (["urn:uuid:one"], ["badge-not-given"], b"")


@pytest.mark.parametrize("first", ["promised", "not answered"])
@pytest.mark.breadth(beside=["sqlite-promised"])
def test_what_came_when_the_shelf_took_nothing_is_kept_the_next_time(
    sonia: Sonia, monkeypatch: pytest.MonkeyPatch, first: str
):
    """A badge is given once: the issuer knows no more of the promise, or of the code, when it is asked again."""
    if first == "promised":
        fablab, what = Fablab(waits=1), "deferred"
        promised(sonia, fablab)
    else:
        fablab, what = silent_on_the_second(sonia), "credential"
        sonia.takes(fablab)
        sonia.later(fablab, minutes=1)
    fablab.silent, before, asked = {}, len(sonia.badges), fablab.asked.count(what)

    def gives_once(asks: str) -> None:
        if fablab.asked.count(asks) > asked + 1:
            fablab.instead = {what: (400, {"error": "invalid_transaction_id"})}

    fablab.before = gives_once
    with monkeypatch.context() as full:
        full.setattr(sonia.files, "keep", failing)
        with pytest.raises(Unavailable):
            sonia.later(fablab, minutes=10)
    assert len(sonia.badges) == before
    sonia.later(fablab, hours=1)

    assert (len(sonia.badges), events(sonia)) == (before + 1, ["badge-arrived"])
    assert fablab.asked.count(what) == asked + 1


def test_what_came_while_she_was_leaving_is_kept_when_she_stays(sonia: Sonia):
    fablab = Fablab(waits=1)
    promised(sonia, fablab)

    def leaves_at(moment: datetime | None) -> None:
        with sonia.database.writing() as session:
            session.get_one(Holder, sonia.holder_id).erase_at = moment

    leaves_at(sonia.clock() + timedelta(days=7))
    sonia.later(fablab, minutes=10)
    assert sonia.badges == []
    leaves_at(None)
    sonia.later(fablab, hours=1)

    assert (sonia.badges, fablab.asked.count("deferred")) == (["urn:uuid:adapt"], 1)


def failing(_content: bytes) -> str:
    raise Unavailable("no space left on device")


def test_what_the_row_has_no_room_for_is_asked_for_when_the_others_are_kept(
    sonia: Sonia, monkeypatch: pytest.MonkeyPatch
):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, waits=9)
    promised(sonia, fablab)
    fablab.instead = {"deferred": fablab._given("one")}
    monkeypatch.setattr(taking, "MOST_BYTES", 1)

    sonia.later(fablab, minutes=10)
    assert (sonia.badges, fablab.asked.count("deferred")) == (["urn:uuid:one"], 1)
    fablab.instead = {"deferred": fablab._given("two")}
    sonia.later(fablab)
    sonia.later(fablab, minutes=10)

    assert (sonia.badges, fablab.asked.count("deferred")) == (["urn:uuid:one", "urn:uuid:two"], 2)


def silent_on_the_second(sonia: Sonia, **told: Any) -> Fablab:
    """Whoever offers Sonia two badges, and has no answer for the second one."""
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, **told)
    sonia.sees(fablab, offered(fablab))

    def second_fails(what: str) -> None:
        fablab.silent = {"credential": "timeout"} if fablab.asked.count("credential") > 1 else {}

    fablab.before = second_fails
    return fablab


@pytest.mark.breadth
def test_of_two_that_were_promised_the_one_that_waits_is_not_asked_for_when_the_other_came(sonia: Sonia):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, waits=9)
    promised(sonia, fablab)

    def first_is_ready(what: str) -> None:
        fablab.waits = 1 if what == "deferred" and fablab.asked.count(what) == 1 else 9

    fablab.before = first_is_ready
    sonia.later(fablab, minutes=10)
    assert (sonia.badges, fablab.asked.count("deferred")) == (["urn:uuid:one"], 2)
    sonia.later(fablab)
    assert (fablab.told, fablab.asked.count("deferred")) == (["credential_accepted"], 2)
    fablab.before, fablab.waits = lambda _what: None, 1
    sonia.later(fablab, minutes=10)
    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]


@pytest.mark.parametrize(
    ("error", "is_over"),
    [("invalid_transaction_id", True), ("credential_request_denied", True), ("invalid_token", True), ("", False)],
)
def test_what_ends_it_and_what_does_not(sonia: Sonia, error: str, *, is_over: bool):
    fablab = Fablab(waits=1)
    promised(sonia, fablab)
    fablab.instead = {"deferred": (400, {"error": error}) if error else (503, {})}

    sonia.later(fablab, minutes=10)
    assert (sonia.row.sealed == b"") == is_over
    assert events(sonia) == ["badge-not-given"] * is_over
    fablab.instead = {}
    sonia.later(fablab, hours=1)
    assert (sonia.badges == []) == is_over


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.breadth(beside=["sqlite-200"])
def test_an_issuer_that_says_not_yet_by_any_word_for_yes_is_asked_again(sonia: Sonia, status: int):
    """As some frameworks answer any POST: what is promised so at first is promised so later, too."""
    fablab = Fablab(waits=1)
    fablab.instead = {"credential": (status, {"transaction_id": "adapt", "interval": 600})}
    promised(sonia, fablab)
    fablab.instead = {"deferred": (status, {"transaction_id": "adapt", "interval": 600})}

    sonia.later(fablab, minutes=10)
    assert (sonia.badges, events(sonia), sonia.row.state) == ([], [], "promised")
    fablab.instead = {}
    sonia.later(fablab, minutes=10)
    assert sonia.badges == ["urn:uuid:adapt"]


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        ((400, {"error": "issuance_pending", "interval": 7200}), 120),
        ((400, {"error": "issuance_pending"}), 10),
        ((202, {"interval": 7200}), 120),
        ((202, {}), 10),
    ],
    ids=str,
)
def test_an_issuer_is_asked_again_no_sooner_than_it_said_last(sonia: Sonia, answer: tuple[int, Any], waits: int):
    fablab = Fablab(waits=9, instead={"deferred": answer})
    promised(sonia, fablab)

    sonia.later(fablab, minutes=10)
    sonia.later(fablab, minutes=waits - 1)
    assert fablab.asked.count("deferred") == 1
    sonia.later(fablab, minutes=1)
    assert fablab.asked.count("deferred") == 2


@pytest.mark.breadth
def test_each_of_two_that_were_promised_is_asked_for_no_sooner_than_its_issuer_said(sonia: Sonia):
    """Nothing is lost: the second one is made by hand, and Fablab gives it up where it is asked for before its two hours."""
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, waits=9)

    def second_takes_long(what: str) -> None:
        fablab.interval = 7200 if what == "credential" and fablab.asked.count(what) == 2 else 600
        is_too_soon = what == "deferred" and b"two" in fablab.sent[-1].body
        fablab.instead = {"deferred": (400, {"error": "invalid_transaction_id"})} if is_too_soon else {}

    fablab.before = second_takes_long
    promised(sonia, fablab)
    for _ in range(3):
        sonia.later(fablab, minutes=10)
    assert fablab.asked.count("deferred") == 3
    fablab.waits = 1
    sonia.later(fablab, minutes=10)
    assert (sonia.badges, events(sonia)) == (["urn:uuid:one"], ["badge-arrived"])

    sonia.later(fablab)
    fablab.before, fablab.waits = lambda _what: None, 1
    sonia.later(fablab, minutes=79)
    assert fablab.asked.count("deferred") == 4
    sonia.later(fablab, minutes=1)
    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]


def revokes_what_came_of_a_code_that_is_brought_twice(fablab: Fablab) -> None:
    """Source: RFC 6749, 4.1.2."""
    code, answer = fablab.code, fablab._token

    def token(outgoing: Outgoing) -> tuple[int, Any]:
        if code.encode() in outgoing.body and not fablab.code:
            fablab.tokens = set()
        return answer(outgoing)

    fablab._token = token  # type: ignore[method-assign]


@pytest.mark.breadth(beside=["sqlite"])
def test_who_scans_the_code_of_what_is_promised_once_more_loses_nothing(sonia: Sonia):
    """Nothing is lost: Sonia wonders where her badge is, and opens the link of its offer another time."""
    fablab = Fablab(waits=1)
    offer = offered(fablab)
    revokes_what_came_of_a_code_that_is_brought_twice(fablab)
    promised(sonia, fablab)
    first = sonia.offered

    sonia.sees(fablab, offer)
    assert sonia.takes(fablab) == []
    assert (sonia.offered != first, fablab.asked.count("token")) == (True, 1)

    sonia.later(fablab, minutes=10)
    assert (sonia.badges, events(sonia)) == (["urn:uuid:adapt"], ["badge-arrived"])


OF_A_ROW = {
    *("prepared", "token", "answered", "refused", "documents", "promises"),
    *("notifications", "is_kept", "device"),
}
"""The members of what lies sealed in a row, and of a promise in it, that the release before knows."""
OF_A_PROMISE = {"transaction_id", "interval", "key"}


def test_what_is_promised_is_written_as_the_release_before_reads_it(sonia: Sonia):
    """Nothing is lost where an operator takes an update back: a row that it cannot read would end each round, for everybody."""
    promised(sonia, Fablab(waits=1))

    told = json.loads(sonia.keyring.unseal(sonia.row.sealed, f"issuance {sonia.row.id}"))

    assert (set(told), [set(one) for one in told["promises"]]) == (OF_A_ROW, [OF_A_PROMISE])


@pytest.mark.parametrize("sent", ["no.badge.this", "half.a.\ud800"], ids=ascii)
def test_of_what_came_and_is_no_badge_she_reads_that_none_will_come(sonia: Sonia, sent: str):
    fablab = Fablab(waits=1, badges={"adapt": sent})
    promised(sonia, fablab)

    sonia.later(fablab, minutes=10)

    assert (sonia.badges, events(sonia)) == ([], ["badge-not-given"])


def test_a_token_that_is_too_old_is_renewed_where_the_issuer_gave_the_means(sonia: Sonia):
    fablab = Fablab(waits=1, token_more={"expires_in": 60, "refresh_token": "again"}, created=201)
    promised(sonia, fablab)
    fablab.tokens = set()

    sonia.later(fablab, minutes=10)

    assert sonia.badges == ["urn:uuid:adapt"]


def test_a_token_that_was_renewed_is_kept_also_where_the_issuer_has_no_answer_just_then(sonia: Sonia):
    """The old one, and what it was renewed by, may be over by then."""
    fablab = Fablab(waits=1, token_more={"expires_in": 60, "refresh_token": "again"})
    promised(sonia, fablab)
    fablab.tokens = set()

    def silent_with_the_new_one(what: str) -> None:
        fablab.silent = {"deferred": "timeout"} if what == "deferred" and fablab.tokens else {}

    fablab.before = silent_with_the_new_one
    sonia.later(fablab, minutes=10)
    assert (sonia.badges, fablab.asked.count("token")) == ([], 2)
    fablab.before, fablab.silent = lambda _what: None, {}
    sonia.later(fablab, hours=1)

    assert (sonia.badges, fablab.asked.count("token")) == (["urn:uuid:adapt"], 2)


def test_what_an_issuer_writes_null_for_is_not_there(sonia: Sonia):
    """Else the next token could not be renewed, and what is promised or given is taken for no badge."""
    fablab = Fablab(waits=2, token_more={"expires_in": 60, "refresh_token": "again"})
    waits = (200, {"credentials": None, "transaction_id": "adapt", "interval": 600})
    fablab.instead = {"credential": waits}
    promised(sonia, fablab)

    def renews_once_with_null(what: str) -> None:
        fablab.instead = {}
        if what == "token" and fablab.asked.count(what) == 2:
            told = {"access_token": "next", "token_type": "Bearer", "refresh_token": None}
            fablab.instead, fablab.tokens = {"token": (200, told)}, {"next"}
        if what == "deferred" and fablab.waits == 1 and fablab.tokens:
            given = {"credential": None, "credentials": [{"credential": fablab.badges["adapt"]}]}
            fablab.instead = {"deferred": (200, given)}

    fablab.before = renews_once_with_null
    for _ in range(2):
        fablab.tokens = set()
        sonia.later(fablab, minutes=10)

    assert (sonia.badges, fablab.asked.count("token")) == (["urn:uuid:adapt"], 3)


def test_after_thirty_days_nobody_is_asked_any_more_and_the_row_goes(sonia: Sonia, wallets: Database):
    fablab = Fablab(waits=1)
    promised(sonia, fablab)
    sonia.clock.move(days=30)

    sonia.later(fablab)
    assert "deferred" not in fablab.asked
    cleanup.forget_expired(wallets, sonia.clock())
    assert sonia.rows(Issuance) == []
    assert events(sonia) == ["badge-not-given"], "she reads that it will not come"


def test_there_is_an_end_to_how_many_are_promised(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "MOST_PROMISED", 2)
    first = None
    for number in range(3):
        promised(sonia, Fablab(waits=1, badges={"adapt": badge(str(number))}))
        first = first or sonia.row.id

    assert len(sonia.rows(Issuance)) == 2
    assert first not in {row.id for row in sonia.rows(Issuance)}
    assert events(sonia) == ["badge-not-given"], "she reads that one will not come"


def test_there_is_an_end_to_it_also_where_a_visitor_brings_more(
    sonia: Sonia, wallets: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(records, "MOST_PROMISED", 1)
    visit = Sonia(wallets, tmp_path, clock=sonia.clock)
    for number, whoever in enumerate((sonia, visit)):
        promised(whoever, Fablab(waits=1, badges={"adapt": badge(str(number))}))

    with wallets.writing() as session:
        records.move_promised(session, visit.row.holder_id, sonia.holder_id, sonia.clock())

    assert [row.id for row in sonia.rows(Issuance)] == [visit.row.id], "the latest"
    assert events(sonia) == ["badge-not-given"]


@pytest.mark.parametrize("status", [204, *(pytest.param(one, marks=pytest.mark.soak) for one in (400, 500))])
def test_the_issuer_is_told_once_that_her_badge_is_kept_whatever_it_answers(sonia: Sonia, status: int):
    fablab = Fablab(notification=status)
    sonia.sees(fablab, offered(fablab))
    sonia.takes(fablab)
    assert fablab.told == [], "nobody waits for it"

    for _ in range(3):
        sonia.later(fablab, minutes=1)

    assert fablab.told == ["credential_accepted"]
    assert sonia.row.sealed == b""


def test_an_issuer_that_wants_to_be_told_nothing_is_told_nothing_and_its_token_is_forgotten(sonia: Sonia):
    fablab = Fablab(notification=None)
    sonia.sees(fablab, offered(fablab))
    sonia.takes(fablab)

    sonia.later(fablab, minutes=1)

    assert fablab.told == []
    assert sonia.row.sealed == b""
    assert [one.kind for one in sonia.takes(fablab)] == ["added"], "a tap that comes late is answered as the first"


def test_two_processes_ask_once(sonia: Sonia):
    fablab = Fablab(waits=1)
    promised(sonia, fablab)
    sonia.clock.move(minutes=10)
    due = sonia.database.read(later._due, sonia.clock())

    [(id, at)] = due
    assert sonia.database.write(later._claim, id, at, sonia.keys, sonia.clock()) is not None
    assert sonia.database.write(later._claim, id, at, sonia.keys, sonia.clock()) is None


@pytest.mark.parametrize("is_known", [True, False], ids=["hers", "nobody's"])
def test_of_what_is_no_badge_its_issuer_is_told_once_and_nothing_stays(
    wallets: Database, tmp_path: Path, *, is_known: bool
):
    """OpenID4VCI 1.0, 11.1: else it would believe that the badge was kept."""
    somebody, fablab = Sonia(wallets, tmp_path), Fablab(badges={"adapt": "eyJhbGciOiJub25lIn0.e30."})
    if is_known:
        somebody.signs_in()
    somebody.sees(fablab, offered(fablab))

    assert [one.kind for one in somebody.takes(fablab)] == ["problem"]
    with pytest.raises(Failed, match="offer-other-kind"):
        somebody.takes(fablab)
    for _ in range(2):
        somebody.later(fablab, seconds=1)

    assert fablab.told == ["credential_failure"]
    assert (somebody.row.state, somebody.row.sealed, somebody.row.due_at) == ("over", b"", None)
    assert (fablab.asked.count("token"), somebody.rows(KeptBadge), events(somebody)) == (1, [], [])


def test_of_a_word_on_her_badge_which_waits_for_her_yes_its_issuer_is_not_told_that_it_failed(sonia: Sonia):
    word = guild.token(
        {
            "@context": [guild.VC2, guild.OB3],
            "id": "urn:uuid:e1",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": {"id": guild.did(), "type": ["Profile"], "name": "La guilde"},
            "validFrom": "2026-01-02T03:04:05Z",
            "credentialSubject": {"id": "urn:uuid:b1", "type": ["EndorsementSubject"]},
        }
    )
    fablab = Fablab(badges={"adapt": word})
    sonia.sees(fablab, offered(fablab))

    [outcome] = sonia.takes(fablab)
    sonia.later(fablab, seconds=1)

    assert (outcome.reason, outcome.brought is not None) == ("endorsement", True)
    assert (fablab.told, sonia.row.state, sonia.row.sealed) == ([], "over", b"")
