"""Which places of the list of endorsed issuers are withdrawn: all that were ever taken, but those of what is in force."""

from datetime import timedelta

import pytest

from tests.fixtures.registers import NOW, RIVES, imports, second
from wallet import registers, trust
from wallet.registers import endorsing
from wallet.storage.database import Database, Missing

GRETA = "did:web:greta.example"


def vouch(database: Database, id: str = GRETA, **members: str) -> None:
    entry = trust.Entry(match=id, name=members.get("name", "GRETA"))
    database.write(registers.add_issuer, entry, "a test", NOW)


def place(database: Database, id: str = GRETA) -> tuple[int, int]:
    return database.read(endorsing.find_vouched, id, NOW).place


def withdrawn(database: Database, number: int = 0) -> set[int]:
    bits, _ = database.read(endorsing.withdrawn_places, number, NOW)
    return {place for place in range(8 * len(bits)) if bits[place // 8] >> (7 - place % 8) & 1}


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
