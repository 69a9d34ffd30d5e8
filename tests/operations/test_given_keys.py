"""Keys that are handed over by whoever starts a node, from a store of secrets: read there, and never made nor changed."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click import ClickException
from click.testing import CliRunner
from starlette.testclient import TestClient

from tests.fixtures.examined import NOW
from tests.fixtures.tables_made import make_tables
from tests.fixtures.whole_wallet import a_wallet, settings_of, who_is_in
from wallet.app import create_app
from wallet.cli import maintenance
from wallet.cli.commands import main
from wallet.operations import backup, integrity_check, restore
from wallet.operations.database_dump import OperationFailed
from wallet.settings import GivenKeys, Settings, SettingsError
from wallet.storage.database import Database
from wallet.storage.keyring import FaultyKeys, Keyring, make_keys

pytestmark = pytest.mark.slow


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of keys in a folder of secrets, as it is mounted: everybody may read it, nobody write."""
    path = tmp_path / "secrets/wallet-keys"
    make_keys(path)
    path.chmod(0o444)
    return path


def told(kind: str, secret: Path) -> dict[str, str]:
    """The environment of a node whose keys are given so."""
    if kind == "env":
        return {"WALLET_KEYS": "env:WALLET_SECRET", "WALLET_SECRET": secret.read_text()}
    return {"WALLET_KEYS": f"credential:{secret.name}", "CREDENTIALS_DIRECTORY": str(secret.parent)}


def given(kind: str, secret: Path) -> Path | GivenKeys:
    return Settings.from_environment(told(kind, secret)).keys


def with_tables(settings: Settings) -> Settings:
    """Its tables are made already, and nobody is in them."""
    with closing(Database(settings.database_url)) as database:
        make_tables(database)
    return settings


BOTH = pytest.mark.parametrize("kind", ["env", "credential"])


@BOTH
def test_a_node_has_the_keys_that_it_is_given(kind: str, secret: Path):
    keys = given(kind, secret)

    assert Keyring(keys).multikey == Keyring(GivenKeys(name="env:X", text=secret.read_text())).multikey
    assert json.loads(secret.read_text())["sealing"] not in repr(keys)


def test_what_is_not_given_is_told_before_anything_starts():
    for value in ("env:NOWHERE", "env:", "credential:keys", "credential:../keys"):
        with pytest.raises(SettingsError, match="WALLET_KEYS must be a path, env:NAME"):
            Settings.from_environment({"WALLET_KEYS": value})


@pytest.mark.parametrize("kind", ["env", pytest.param("credential", marks=pytest.mark.soak)])
@pytest.mark.breadth
def test_a_new_wallet_begins_with_given_keys_and_makes_none(kind: str, secret: Path, tmp_path: Path):
    settings = replace(settings_of(tmp_path), keys=given(kind, secret))
    before = secret.read_bytes()

    maintenance._open_store(settings, 1)
    with TestClient(create_app(settings), base_url=settings.origin) as node:
        assert Keyring(settings.keys).multikey in node.get("/.well-known/did.json").text

    assert integrity_check.check_store(settings, NOW).faults == []
    assert secret.read_bytes() == before
    assert list(tmp_path.rglob("keys.json*")) == []


def test_where_nothing_is_given_none_are_made_and_the_sentence_says_how(tmp_path: Path):
    settings = replace(settings_of(tmp_path), keys=GivenKeys(name="credential:keys", path=tmp_path / "keys"))

    with pytest.raises(
        ClickException, match=r"There is nothing in credential:keys .*: wallet make-keys FILE makes keys"
    ):
        maintenance._open_store(settings, 1)
    assert integrity_check.check_store(settings, NOW).faults
    assert not (tmp_path / "keys").exists()
    assert not (tmp_path / "wallet.sqlite3").exists()


def test_an_operator_makes_keys_for_nodes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(main, ["make-keys", "new.json"])
    again = CliRunner().invoke(main, ["make-keys", "new.json"])

    assert (made.exit_code, again.exit_code) == (0, 1)
    assert "never written over" in again.stderr
    assert Path("new.json").stat().st_mode & 0o777 == 0o600
    assert not Path("var").exists()


def test_a_mounted_secret_that_others_read_is_accepted_with_a_sentence(
    secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    settings = with_tables(replace(settings_of(tmp_path), keys=given("credential", secret)))
    maintenance._open_store(settings, 1)
    assert f"credential:{secret.name} ({secret}) can be read by others here (mode 0444)" in capsys.readouterr().out

    secret.chmod(0o400)
    maintenance._open_store(settings, 1)
    assert "can be read" not in capsys.readouterr().out
    secret.chmod(0o664)
    with pytest.raises(ClickException, match="can be written by others"):
        maintenance._open_store(settings, 1)


def test_a_secret_told_as_a_file_of_ones_own_is_refused_with_the_way_out(secret: Path):
    with pytest.raises(FaultyKeys, match="WALLET_KEYS=credential:NAME"):
        Keyring(secret)


def test_a_node_with_other_keys_than_the_first_ends_with_the_sentence(secret: Path, tmp_path: Path):
    settings = with_tables(replace(settings_of(tmp_path), keys=given("credential", secret)))
    maintenance._open_store(settings, 1)
    make_keys(tmp_path / "other")
    other = replace(settings, keys=given("env", tmp_path / "other"))

    with pytest.raises(ClickException, match="These keys are not those of this wallet") as ended:
        maintenance._open_store(other, 1)

    assert ended.value.exit_code == 1


@pytest.mark.breadth
def test_a_backup_holds_given_keys_and_comes_back_where_the_same_are_given(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = replace(settings_of(tmp_path), keys=given("credential", secret))
    a_wallet(settings, 1)
    there = tmp_path / "backups"
    there.mkdir()
    taken = backup.take_backup(settings, there, NOW)
    assert (there / taken.name / "keys.json").read_bytes() == secret.read_bytes()
    with closing(Database(settings.database_url)) as database, database.writing() as session:
        session.connection().exec_driver_sql("UPDATE holders SET name = 'somebody else'")
    make_keys(tmp_path / "other")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(OperationFailed, match=r"are not those of .*give it the keys\.json that lies there first"):
        restore.restore_backup(
            replace(settings, keys=given("env", tmp_path / "other")), there, NOW + timedelta(days=1), replace=True
        )
    assert who_is_in(tmp_path / "wallet.sqlite3") == ["somebody else"]
    restore.restore_backup(settings, there, NOW + timedelta(days=1), replace=True)

    assert who_is_in(tmp_path / "wallet.sqlite3") == ["Maria"]
    assert not list(tmp_path.rglob("*.restoring"))
