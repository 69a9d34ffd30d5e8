"""Which places of the list of endorsed issuers are withdrawn: all that were ever taken, but those of what is in force."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from tests.fixtures.registers import NOW, RIVES, imports, second
from tests.openbadges.support import guild
from wallet import endorsements, openbadges, registers, trust
from wallet.openbadges.v3 import status
from wallet.registers import endorsing
from wallet.storage.database import Database, Missing

GRETA = "did:web:greta.example"
SIGNER = openbadges.Signer(guild.did(), guild.method(), guild.KEY, "La Région", "https://wallet.example")


def vouch(database: Database, id: str = GRETA, **members: str) -> None:
    entry = trust.Entry(match=id, name=members.get("name", "GRETA"))
    database.write(registers.add_issuer, entry, "a test", NOW)


def endorsed(database: Database, id: str) -> dict[str, Any]:
    """The endorsement of that issuer, as others have it."""
    vouched = database.read(endorsing.find_vouched, id, NOW)
    told, _ = endorsing.endorse_issuer(vouched, "https://wallet.example/issuers/1", guild.LIST, SIGNER, NOW, "fr")
    found: dict[str, Any] = json.loads(told)
    return found


def place(database: Database, id: str = GRETA) -> tuple[int, int]:
    return database.read(endorsing.find_vouched, id, NOW).place


def withdrawn(database: Database, number: int = 0) -> set[int]:
    bits, _ = database.read(endorsing.withdrawn_places, number, NOW)
    return {place for place in range(8 * len(bits)) if bits[place // 8] >> (7 - place % 8) & 1}


@pytest.mark.breadth
def test_each_change_takes_a_place_and_withdraws_the_one_before(database: Database) -> None:
    imports(database, second(RIVES))
    vouch(database)
    vouch(database, "did:web:other.example")
    first = place(database)[1]
    before = withdrawn(database)
    vouch(database, name="GRETA Normandie")
    second_place = place(database)[1]
    assert first != second_place
    assert withdrawn(database) - before == {first}

    database.write(registers.retire_issuer, GRETA, "ended", "a test", NOW)

    assert {first, second_place} <= withdrawn(database)
    assert place(database, "did:web:other.example")[1] not in withdrawn(database)
    with pytest.raises(Missing):
        place(database)


def test_whoever_reads_the_list_finds_withdrawn_whom_was_struck_and_nobody_else(database: Database) -> None:
    """At each of the eight bits of a byte one is struck, as our own reader of the lists of others finds them."""
    ids = [f"did:web:n{count}.example" for count in range(24)]
    with database.writing() as session:
        for id in ids:
            registers.add_issuer(session, trust.Entry(match=id, name="GRETA"), "a test", NOW)
    places = {id: place(database, id)[1] for id in ids}
    assert {places[id] % 8 for id in ids[::3]} == set(range(8))
    with database.writing() as session:
        for id in ids[::3]:
            registers.retire_issuer(session, id, "ended", "a test", NOW)

    bits, _ = database.read(endorsing.withdrawn_places, 0, NOW)

    listed, _ = endorsements.publish_status_list(bits, guild.LIST, SIGNER, NOW)
    web = guild.web({guild.LIST: listed.encode()})
    entries = {id: guild.badge(credentialStatus=guild.status(index)) for id, index in places.items()}
    found = {id: status.not_withdrawn(one, web) for id, one in entries.items()}
    assert [id for id, check in found.items() if check.reason == "revoked"] == ids[::3]
    assert [id for id, check in found.items() if check.outcome == "passed"] == [id for id in ids if id not in ids[::3]]


def test_it_says_who_vouches_also_where_whoever_signs_is_somebody_else(database: Database) -> None:
    entry = trust.Entry(match=GRETA, name="GRETA", vouched_by="Le réseau des GRETA")
    database.write(registers.add_issuer, entry, "a test", NOW)
    vouch(database, other := "did:web:other.example")

    comments = [endorsed(database, id)["credentialSubject"]["endorsementComment"] for id in (GRETA, other)]

    assert comments == ["Le réseau des GRETA confirme cet organisme.", "La Région confirme cet organisme."]


@pytest.mark.breadth
def test_a_long_log_has_several_lists(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endorsing, "SIZE", 8)
    for count in range(20):
        vouch(database, f"did:web:n{count}.example")
    database.write(registers.retire_issuer, "did:web:n19.example", "stop", "a test", NOW + timedelta(seconds=1))

    numbers = {place(database, f"did:web:n{count}.example")[0] for count in range(19)}

    assert len(numbers) > 2
    for count in range(19):
        number, index = place(database, f"did:web:n{count}.example")
        assert index not in withdrawn(database, number)
    with pytest.raises(Missing):
        withdrawn(database, 100)


def test_what_is_believed_no_longer_is_endorsed_no_longer_and_is_right_until_then(database: Database) -> None:
    vouch(database)
    ends = NOW + timedelta(hours=2)
    with database.writing() as session:
        session.scalars(select(registers.KeptRegister)).one().stale_after = ends

    vouched = database.read(endorsing.find_vouched, GRETA, ends - timedelta(seconds=1))
    signer = openbadges.Signer(GRETA, f"{GRETA}#key", Ed25519PrivateKey.generate(), "GRETA", "https://wallet.example")
    _, until = endorsing.endorse_issuer(
        vouched, "https://wallet.example/1", "https://wallet.example/2", signer, NOW, "fr"
    )
    assert until == ends
    with pytest.raises(Missing):
        database.read(endorsing.find_vouched, GRETA, ends)


def test_one_that_is_stopped_after_it_ended_has_ended_when_it_did(database: Database) -> None:
    vouch(database)
    for number, why in enumerate(("ended", "stop")):
        database.write(registers.retire_issuer, GRETA, why, "a test", NOW + timedelta(days=number))

    with database.reading() as session:
        row = session.scalars(select(registers.RegisterRow)).one()
    assert (row.retired_at, row.why) == (NOW, "stop")
