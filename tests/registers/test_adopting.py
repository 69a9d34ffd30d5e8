"""The operator's own file is taken at the first start; from then on the database counts, and another file is only told."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.registers import GRETA, NOW, RIVES, first, kept, later, log_of, register, second
from wallet import registers
from wallet.storage.database import Database
from wallet.trust.forms import LASTS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "issuers.json"
    path.write_bytes(first(RIVES))
    return path


def start(database: Database, path: Path | None, operator: str = "Association d’essai") -> None:
    database.write(registers.adopt_file, path, operator, NOW)


def test_the_first_start_takes_the_file(database: Database, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    start(database, file)

    found = register(database, "operator")
    assert (found.name, found.kind, found.form, found.address) == ("Association d’essai", "operator", "ours-1", "")
    assert kept(database, "operator")[RIVES["id"]].until == NOW + LASTS
    assert {one.by for one in log_of(database)} == {"the start of the wallet"}
    assert caplog.messages == []


def test_a_second_start_changes_nothing_and_says_nothing(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start(database, file)
    before = database.read(registers.read_registers).edition
    database.write(registers.adopt_file, file, "Association d’essai", later(days=400))

    assert database.read(registers.read_registers).edition == before
    assert caplog.messages == []


def test_a_file_that_says_something_else_is_told_with_what_to_type_and_changes_nothing(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start(database, file)
    file.write_bytes(first({name: GRETA[name] for name in ("id", "name")}, {**RIVES, "name": "Lycée"}))
    start(database, file)

    assert [row.name for row in kept(database, "operator").values()] == [RIVES["name"]]
    assert caplog.messages == [
        f"WALLET_ISSUERS names a file, {file}, that is not what this wallet goes by (1 added, 1 renamed): see it with"
        f" wallet issuers import {file} --as operator, and keep it with --keep behind that"
    ]


def test_an_end_that_the_file_tells_anew_is_told(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_bytes(second({**RIVES, "until": "2027-01-01"}))
    start(database, file)
    file.write_bytes(second({**RIVES, "until": "2027-06-01"}))
    start(database, file)

    assert "(1 prolonged)" in caplog.messages[0]


def test_a_file_that_cannot_be_used_any_more_stops_nobody(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start(database, file)
    file.write_bytes(b"[")
    start(database, file)
    file.unlink()
    start(database, file)

    assert [message.partition(", that ")[2][:11] for message in caplog.messages] == ["is not JSON", "cannot be r"]
    assert kept(database, "operator").keys() == {RIVES["id"]}


def test_without_a_file_there_is_no_register_and_a_name_is_told_later(database: Database, file: Path) -> None:
    start(database, None)
    assert log_of(database) == []
    start(database, file, "")
    assert register(database, "operator").name == ""
    start(database, file, "Région d’essai")
    start(database, None, "Another one")
    assert register(database, "operator").name == "Région d’essai"
    assert log_of(database)[-1].after == {"name": "Région d’essai"}


@pytest.mark.postgresql
def test_of_several_workers_that_start_at_once_one_takes_it(database: Database, file: Path) -> None:
    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda _: start(database, file), range(8)))

    assert kept(database, "operator").keys() == {RIVES["id"]}
    assert [one.match for one in log_of(database)] == ["", RIVES["id"]]
