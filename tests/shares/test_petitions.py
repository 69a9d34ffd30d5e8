"""A badge is asked for: what may be answered is one UPDATE, and whom one may ask is what the operator says now."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.framed import NORMANDY
from tests.fixtures.made_once import rows_made_once
from tests.fixtures.patience import until
from tests.fixtures.vouching import vouch
from wallet import trust
from wallet.accounts.emails import EmailAddress
from wallet.accounts.outbox import Mail
from wallet.badges.models import KeptBadge
from wallet.competencies.map import draw_map
from wallet.openbadges import Recipient
from wallet.shares import petitions
from wallet.shares.models import Choice, Share
from wallet.shares.petitions.models import Petition
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

ORGANISE = "normandie/organiser/practises"
OURS = trust.Register(key="operator", name="La Région", kind="operator")
THEIRS = trust.Register(key="network", name="Un réseau", kind="network")
DAY = timedelta(days=1)


def row(register: trust.Register = OURS, **told: Any) -> trust.Row:
    usual: dict[str, Any] = {"match": "did:web:greta.example", "name": "Le GRETA", "asks_at": "badges@greta.example"}
    return trust.Row(register=register, **usual | told)


def asked(badge_ids: list[int], place: str = ORGANISE, **told: Any) -> petitions.Asked:
    choice = Choice(badge_ids=badge_ids, ends_at=NOW + petitions.PETITION_LASTS, name="Sonia")
    return petitions.Asked(place=place, row=row(**told), choice=choice, language="fr", has_mailer=True)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json")


@rows_made_once
def somebody(wallets: Database) -> tuple[int, list[int]]:
    """A holder, and the one badge that they have."""
    holder = somebody_with_a_key(wallets)
    return holder, keeps(wallets, holder, found(another(1)))


class Sonia:
    """Somebody who asks, with the one badge that they have."""

    def __init__(self, wallets: Database, keyring: Keyring) -> None:
        self.wallets, self.keyring = wallets, keyring
        self.id, self.badges = somebody(wallets)

    def asks(self, place: str = ORGANISE, **told: Any) -> int:
        petition = asked(self.badges, place, **told)
        return self.wallets.write(petitions.create_petition, self.id, petition, self.keyring.seal, NOW)

    def reads(self, id: int, now: Any = NOW) -> petitions.OwnPetition:
        return self.wallets.read(petitions.get_petition, self.id, id, self.keyring.unseal, now)


@pytest.fixture
def sonia(wallets: Database, keyring: Keyring) -> Sonia:
    return Sonia(wallets, keyring)


def rows(wallets: Database, table: Any) -> list[Any]:
    with wallets.reading() as session:
        return list(session.scalars(select(table)))


@pytest.mark.parametrize(
    ("told", "is_asked"),
    [
        ({}, True),
        ({"asks_at": ""}, False),
        ({"register": THEIRS}, False),
        ({"scope": frozenset({"normandie"})}, True),
        ({"scope": frozenset({"gestes-durables"})}, False),
        ({"until": NOW}, False),
        ({"until": NOW + DAY}, True),
        ({"since": NOW + DAY}, False),
        ({"retired_at": NOW, "why": "ended"}, False),
        ({"retired_at": NOW, "why": "stop"}, False),
    ],
)
def test_whom_one_may_ask_is_in_force_now_and_gave_the_operator_an_address(told: dict[str, Any], is_asked: bool):
    known = trust.Registers(rows=[row(**told)])

    assert bool(known.whom_to_ask("normandie", NOW)) is is_asked


@pytest.mark.parametrize(
    ("issuer", "is_theirs"),
    [
        ({}, True),
        ({"id": "did:web:autre.example"}, False),
        ({"binding": "unknown"}, False),
        ({"key": "another"}, False),
    ],
)
def test_a_badge_is_of_whom_was_asked_only_where_that_is_shown(issuer: dict[str, Any], is_theirs: bool):
    known = trust.Registers(rows=[row(keys=frozenset({"theirs"}))])
    usual = {"id": "did:web:greta.example", "name": "Le GRETA", "binding": "proven", "key": "theirs"}

    assert known.is_of_asked("did:web:greta.example", trust.Issuer(**usual | issuer), "normandie", NOW) is is_theirs


def test_of_whom_another_register_vouches_nobody_was_asked():
    known, greta = (
        trust.Registers(rows=[row(register=THEIRS)]),
        trust.Issuer(id="did:web:greta.example", name="Le GRETA", binding="proven"),
    )

    assert not known.is_of_asked(greta.id, greta, "normandie", NOW)


def test_what_is_missed_altogether_comes_before_the_next_level():
    places = petitions.places_to_ask_for([draw_map(NORMANDY, [])])

    assert places[0].startswith("normandie/")
    assert {one.rpartition("/")[2] for one in places} == {"practises"}


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_two_taps_at_once_are_one_petition(sonia: Sonia, wallets: Database):
    with ThreadPoolExecutor(4) as together:
        ids = {one.result() for one in [together.submit(sonia.asks) for _ in range(4)]}

    assert len(ids) == len(rows(wallets, Petition)) == len(rows(wallets, Mail)) == len(rows(wallets, Share)) == 1


@pytest.mark.postgresql
def test_of_two_holders_who_ask_one_address_at_once_one_has_the_last_place_of_its_day(
    sonia: Sonia, wallets: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.shares.petitions.asking.MOST_A_DAY", 1)
    vouch(wallets, "did:web:greta.example", asks_at="badges@greta.example")
    malik = somebody_with_a_key(wallets)
    his = asked(keeps(wallets, malik, found(another(2))))

    with ThreadPoolExecutor(1) as together:
        with wallets.writing() as session:
            petitions.create_petition(session, sonia.id, asked(sonia.badges), keyring.seal, NOW)
            asks = together.submit(wallets.write, petitions.create_petition, malik, his, keyring.seal, NOW)
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            until(lambda: wallets.is_sqlite or asks.done() or session.scalar(text(waits)))
        with pytest.raises(petitions.AddressIsFull):
            asks.result()


@pytest.mark.postgresql
def test_two_answers_at_once_are_one(sonia: Sonia, wallets: Database):
    id = sonia.asks()

    def refuses(_: int) -> bool:
        try:
            wallets.write(petitions.refuse, id, NOW)
        except petitions.NotWaiting:
            return False
        return True

    with ThreadPoolExecutor(4) as together:
        assert sum(together.map(refuses, range(4))) == 1


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_two_codes_at_once_are_one(sonia: Sonia, wallets: Database, keyring: Keyring):
    id = sonia.asks()

    def writes(_: int) -> str:
        return str(wallets.write(petitions.write_code, id, keyring.mark, keyring.seal, NOW))

    with ThreadPoolExecutor(4) as together:
        assert sorted(together.map(writes, range(4))) == ["sent", "there", "there", "there"]


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_two_taps_on_an_offer_and_the_chore_grant_it_once(
    sonia: Sonia, wallets: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.shares.petitions.offering.why_unfit", lambda *_: "")
    id, known = sonia.asks(), petitions.KnownNow(frameworks=[NORMANDY], registers=trust.Registers())
    wallets.write(petitions.offer_badge, id, "openid-credential-offer://?x", keyring.seal, NOW)
    wallets.write(petitions.note_offer, 7, sonia.id, id)
    (badge,) = keeps(wallets, sonia.id, found(another(2)))
    taps = [lambda: wallets.write(petitions.settle_taken, sonia.id, 7, {badge}, known, NOW)] * 3

    with ThreadPoolExecutor(4) as together:
        tapped = [together.submit(tap) for tap in taps]
        petitions.settle_all_offered(wallets, known, NOW)
        assert [one.result() for one in tapped] == [None] * 3

    told, (share,) = sonia.reads(id).row, rows(wallets, Share)
    assert (told.state, told.offer_sealed, share.stopped_at) == ("granted", None, NOW)


@pytest.mark.postgresql
def test_a_reminder_goes_once(sonia: Sonia, wallets: Database, keyring: Keyring):
    id, keys = sonia.asks(), (keyring.seal, keyring.unseal)

    def reminds(_: int) -> bool:
        return bool(wallets.write(petitions.remind, sonia.id, id, "badges@greta.example", keys, NOW))

    with ThreadPoolExecutor(4) as together:
        assert sum(together.map(reminds, range(4))) == 1


def test_where_there_is_no_mail_server_the_holder_brings_the_link(sonia: Sonia, wallets: Database):
    page = sonia.asks(asks_at="https://greta.example/badges")

    assert rows(wallets, Mail) == []
    assert len(sonia.reads(page).token) == 26


def test_the_link_of_a_letter_is_not_told_to_the_holder(sonia: Sonia):
    assert sonia.reads(sonia.asks()).token == ""


@pytest.mark.breadth
def test_what_waits_is_not_put_away(sonia: Sonia, wallets: Database):
    id = sonia.asks()
    wallets.write(petitions.mark_seen, sonia.id, id, NOW)
    assert sonia.reads(id).row.seen_at is None

    wallets.write(petitions.refuse, id, NOW)
    wallets.write(petitions.mark_seen, sonia.id, id, NOW)

    assert sonia.reads(id).row.seen_at == NOW


@pytest.mark.breadth(beside=["sqlite"])
def test_nobody_else_says_by_which_number_she_was_shown_an_offer(sonia: Sonia, wallets: Database, keyring: Keyring):
    id = sonia.asks()
    wallets.write(petitions.offer_badge, id, "openid-credential-offer://?x", keyring.seal, NOW)

    wallets.write(petitions.note_offer, 7, somebody(wallets)[0], id)

    assert sonia.reads(id).row.offer_id is None


def test_what_is_answered_at_once_counts_in_the_day_of_its_address_too(
    sonia: Sonia, wallets: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.shares.petitions.asking.MOST_A_DAY", 1)
    wallets.write(petitions.refuse, sonia.asks(), NOW)

    with pytest.raises(petitions.AddressIsFull):
        sonia.asks()


def test_it_ends_with_proofs_that_end_earlier(sonia: Sonia, wallets: Database, keyring: Keyring):
    whole = asked(sonia.badges)
    short = replace(whole, choice=replace(whole.choice, ends_at=NOW + DAY))

    id = wallets.write(petitions.create_petition, sonia.id, short, keyring.seal, NOW)

    assert sonia.reads(id).row.ends_at == NOW + DAY


@pytest.mark.breadth
def test_what_a_link_had_brought_is_hers_when_it_is_what_she_asked_for(sonia: Sonia, wallets: Database):
    id = sonia.asks()
    [brought] = keeps(wallets, sonia.id, found(another(2)))
    with wallets.writing() as session:
        session.get_one(KeptBadge, brought).unasked = True

    assert wallets.write(petitions.grant, id, found(another(2)), NOW) == brought

    with wallets.reading() as session:
        assert session.get_one(KeptBadge, brought).unasked is None


@pytest.mark.breadth
def test_a_badge_that_is_given_to_an_address_of_hers_is_known_as_hers_at_once(sonia: Sonia, wallets: Database):
    mine = Recipient(type="email", identity="sonia@exemple.fr")
    with wallets.writing() as session:
        session.add(
            EmailAddress(holder_id=sonia.id, written=mine.identity, plain=mine.identity, added_at=NOW, verified_at=NOW)
        )

    given = wallets.write(petitions.grant, sonia.asks(), found(another(2, recipients=(mine,))), NOW)

    with wallets.reading() as session:
        assert session.get_one(KeptBadge, given).match == {"address": mine.identity, "at": NOW.isoformat()}
