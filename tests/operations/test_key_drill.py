"""The drill of docs/operating.md, « When the signing key is to change »: what an operator types, and what becomes of words."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.signed_words import ORIGIN, keep_word, ours_says
from tests.fixtures.tables_made import make_tables
from tests.fixtures.whole_wallet import settings_of, starts
from wallet import endorsements
from wallet.cli.commands import main
from wallet.endorsements import Endorsement
from wallet.operations import backup, restore
from wallet.settings import Settings
from wallet.storage.database import Database
from wallet.storage.files import open_files
from wallet.storage.keyring import Keyring
from wallet.storage.store_id import AnotherStore

NOW = datetime.now(UTC)
"""Commands have no other clock."""
Types = Callable[..., Result]
pytestmark = pytest.mark.slow


class Drill:
    """A wallet with words of tutors; one of them is also elsewhere, where somebody took it as a file."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = settings_of(folder)
        with closing(Database(self.settings.database_url)) as database:
            make_tables(database)
        starts(self.settings)
        self.files = open_files(self.settings.files_url)
        with closing(Database(self.settings.database_url)) as database:
            holder = somebody_with_a_key(database)
            self.id, self.elsewhere = keep_word(database, self.files, Keyring(folder / "keys.json"), holder, NOW)
        self.before = Keyring(folder / "keys.json").multikey

    @property
    def here(self) -> bytes:
        """The document of the word that the wallet keeps now."""
        with closing(Database(self.settings.database_url)) as database, database.reading() as session:
            name = session.get_one(Endorsement, self.id).document
        assert name
        return self.files.read(name)

    def says(self, document: bytes) -> str:
        """What anybody finds who verifies it today, by what the wallet publishes."""
        assert isinstance(self.settings.keys, Path)
        keyring = Keyring(self.settings.keys)
        with closing(Database(self.settings.database_url)) as database:
            bits, _ = database.read(endorsements.read_status_list, 1)
        signer = endorsements.signer_of(ORIGIN, keyring)
        listed, _ = endorsements.publish_status_list(bits, f"{ORIGIN}/status/1", signer, datetime.now(UTC))
        web = {f"{ORIGIN}/.well-known/did.json": json.dumps(keyring.did_document(ORIGIN)), f"{ORIGIN}/status/1": listed}
        return ours_says(document, web, datetime.now(UTC))


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    return Drill(tmp_path)


@pytest.fixture
def wallet(drill: Drill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Types:
    """Types a command beside that wallet."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATABASE_URL": drill.settings.database_url,
        "FILES_URL": drill.settings.files_url,
        "KEYS": str(drill.settings.keys),
        "ERASURES": str(drill.settings.erasures),
        "ORIGIN": ORIGIN,
    }.items():
        monkeypatch.setenv(f"WALLET_{name}", value)

    def type_it(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(main, words)
        assert result.exit_code == ends, result.output
        return result

    return type_it


def test_a_retired_key_words_of_before_are_valid_after(drill: Drill, wallet: Types) -> None:
    told = wallet("new-signing-key", "--why", "retired").output

    assert drill.says(drill.elsewhere) == drill.says(drill.here) == "valid"
    assert f"signs with {Keyring(Path('keys.json')).multikey}: back it up.\n" in told
    assert "is believed then" not in told
    assert "Every word is signed with a key that this wallet publishes." in wallet("sign-again").output
    starts(drill.settings)


def test_a_compromised_key_words_elsewhere_are_refused_and_those_here_are_signed_anew(
    drill: Drill, wallet: Types
) -> None:
    told = wallet("new-signing-key", "--why", "compromised").output
    assert f"Nothing that {drill.before} signed is believed then. Type wallet sign-again." in told
    assert drill.says(drill.elsewhere) == drill.says(drill.here) == "invalid"
    looked = wallet("check-store", ends=1).output
    assert "signed with a key which this wallet publishes no more: 1.\n" in looked
    assert "\nType wallet sign-again.\n" in looked, "what mends it"

    told = wallet("sign-again").output

    assert told == f"Words signed anew that were signed with {drill.before}: 1.\n"
    assert drill.says(drill.elsewhere) == "invalid"
    assert drill.says(drill.here) == "valid"
    wallet("check-store")
    starts(drill.settings)


def test_a_word_whose_document_is_lost_is_told_by_its_number_beside_those_that_are_signed_anew(
    drill: Drill, wallet: Types
) -> None:
    with closing(Database(drill.settings.database_url)) as database:
        keyring = Keyring(Path("keys.json"))
        lost, document = keep_word(database, drill.files, keyring, somebody_with_a_key(database), NOW)
    drill.files.remove(sha256(document).hexdigest())
    wallet("new-signing-key", "--why", "compromised")

    told = wallet("sign-again", ends=1)

    assert told.stdout == f"Words signed anew that were signed with {drill.before}: 1.\n"
    assert told.stderr == (
        f"Error: Of these words the document is lost, or signed at another WALLET_ORIGIN than {ORIGIN}: {lost}.\n"
    )


def test_where_the_name_of_the_wallet_was_not_typed_words_are_no_ones_and_the_setting_is_told(
    drill: Drill, wallet: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet("new-signing-key", "--why", "compromised")
    monkeypatch.delenv("WALLET_ORIGIN")

    assert "signed at another WALLET_ORIGIN than http://localhost:8000: " in wallet("sign-again", ends=1).stderr

    monkeypatch.setenv("WALLET_ORIGIN", ORIGIN)
    wallet("sign-again")
    assert drill.says(drill.here) == "valid"


def test_a_lost_key_words_of_before_are_valid_after_without_any_backup(drill: Drill, wallet: Types) -> None:
    Path("keys.json").unlink()
    with pytest.raises(AnotherStore, match="There are no keys"):
        starts(drill.settings)
    (public,) = re.findall(r'"verificationMethod": "[^"#]*#(z6Mk\w+)"', drill.elsewhere.decode())

    wallet("make-keys", "keys.json", "--former", public)
    wallet("new-keys", "--yes")

    starts(drill.settings)
    assert Keyring(Path("keys.json")).multikey != public
    assert drill.says(drill.elsewhere) == drill.says(drill.here) == "valid"


def test_keys_that_are_given_are_handed_over_in_a_file(
    drill: Drill, wallet: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", Path("keys.json").read_text())
    monkeypatch.setenv("WALLET_KEYS", "env:SECRET")
    refused = wallet("new-signing-key", "--why", "retired", ends=1)
    assert "env:SECRET is only read here" in refused.stderr

    told = wallet("new-signing-key", "--why", "retired", "--to", "new.json").output

    assert "The new keys are in new.json: give them to every node" in told
    assert [*Keyring(Path("new.json")).published][1:] == [drill.before]
    assert Keyring(Path("keys.json")).multikey == drill.before


def test_what_is_typed_wrong_changes_nothing(drill: Drill, wallet: Types) -> None:
    content = Path("keys.json").read_bytes()

    assert "which one" in wallet("new-signing-key", "--why", "retired", "--key", drill.before, ends=1).stderr
    assert "none of the keys" in wallet("new-signing-key", "--why", "compromised", "--key", "z6Mk", ends=1).stderr
    assert "begins with z6Mk" in wallet("make-keys", "new.json", "--former", "did:web:x", ends=1).stderr
    wallet("new-signing-key", ends=2)

    assert Path("keys.json").read_bytes() == content
    Path("keys.json").unlink()
    assert "wallet new-keys helps" in wallet("new-signing-key", "--why", "retired", ends=1).stderr
    assert not Path("keys.json").exists()


@pytest.mark.breadth
def test_a_backup_of_before_does_not_bring_a_compromised_key_back(drill: Drill, wallet: Types, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    backup.take_backup(drill.settings, tmp_path / "backups", NOW)
    wallet("new-signing-key", "--why", "compromised")
    after = Path("keys.json").read_bytes()

    restore.restore_backup(drill.settings, tmp_path / "backups", NOW + timedelta(days=1), replace=True)

    assert Path("keys.json").read_bytes() == after
    assert drill.says(drill.here) == "invalid"
    wallet("sign-again")
    assert drill.says(drill.here) == "valid", "the backup brought the document of before"


@pytest.mark.breadth
def test_on_an_empty_machine_the_keys_of_the_backup_are_the_wallets(drill: Drill, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    taken = backup.take_backup(drill.settings, tmp_path / "backups", NOW)
    there = settings_of(tmp_path / "new")

    restore.restore_backup(there, tmp_path / "backups", NOW + timedelta(days=1))

    kept = (tmp_path / "backups" / taken.name / "keys.json").read_bytes()
    assert (tmp_path / "new/keys.json").read_bytes() == kept
