"""The commands that keep a wallet safe: what they say, how they end, and what keeps `wallet serve` from starting."""

import json
import logging.config
import os
import shlex
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import uvicorn
from click.testing import CliRunner, Result
from obstore.exceptions import GenericError
from starlette.testclient import TestClient

from tests.fixtures.ports import free_port
from tests.fixtures.whole_wallet import a_wallet, lay, starts, who_is_in
from wallet import app, monitoring, operations
from wallet.accounts import outbox
from wallet.accounts.holders import Holder
from wallet.accounts.outbox import Mail
from wallet.app import create_app
from wallet.cli.commands import main
from wallet.cli.maintenance import settings_here
from wallet.evidence import offline_drafts
from wallet.operations import database_dump
from wallet.operations.erasure_log import ErasureLog
from wallet.settings import Settings
from wallet.shares import lifecycle, models, passcodes
from wallet.storage.circuit_breaker import GuardedStore
from wallet.storage.database import Database
from wallet.storage.files import Folder
from wallet.storage.keyring import Keyring

pytestmark = pytest.mark.slow
OPERATING = Path(__file__).parents[2] / "docs/operating.md"
"""Where an operator reads what is typed here."""

Wallet = Callable[..., Result]


def one_badge(folder: Path) -> None:
    """For `lay`: Maria's wallet where the wallet itself puts one."""
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        a_wallet(Settings(), 1)


def two_badges(folder: Path) -> None:
    """The same with one more."""
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        a_wallet(Settings(), 1, 2)


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wallet:
    """Types a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def type_it(*words: str) -> Result:
        result = CliRunner().invoke(main, list(words), catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    return type_it


@pytest.mark.breadth
def test_a_drill_from_an_empty_machine_to_another_one(wallet: Wallet, tmp_path: Path):
    made = wallet("check-store")
    assert (made.exit_code, "There was nothing here yet" in made.stdout) == (0, True)
    Path("var").rename("made")
    lay(Path(), two_badges)
    Path("var/erasures").write_text("somebody\n")

    taken = wallet("backup", "backups")
    assert taken.exit_code == 0
    assert Path("var/last-backup").exists(), "from now on its age is told"
    assert taken.stdout.startswith("backups/20")
    assert taken.stdout.endswith(": 13 rows and 6 files, all whole.\n")

    Path("var").rename("lost")
    back = wallet("restore", "backups")
    assert back.exit_code == 0
    assert "is brought back: 13 rows, 6 files and the keys." in back.stdout
    assert "The ledger has 1 lines: what they tell is done again when the wallet starts." in back.stdout
    looked = wallet("check-store")
    assert looked.exit_code == 0
    assert "6 of the 6 files that rows need are whole." in looked.stdout

    # What is made where nothing is yet is in the way of a restore: docs/operating.md lets nobody look before.
    Path("var").rename("back")
    Path("made").rename("var")
    refused = wallet("restore", "backups")
    assert (refused.exit_code, "holds other keys" in refused.stderr) == (1, True)


def test_a_backup_from_before_the_ledger_tells_whose_erasure_it_cannot_repeat(wallet: Wallet):
    lay(Path(), one_badge)
    now = datetime.now(UTC)
    for folder, days in (("lately", 89), ("seldom", 100)):
        operations.take_backup(settings_here(), Path(folder), now - timedelta(days=days))

    lately, seldom = (wallet("restore", folder, "--replace").stdout for folder in ("lately", "seldom"))

    assert "is here again" not in lately
    days = f"between {now - timedelta(days=100):%Y-%m-%d} and {now - timedelta(days=90):%Y-%m-%d}"
    assert f"Whoever was erased {days} is here again, and words that were withdrawn then are good again: no" in seldom


def test_beside_a_backup_of_a_later_moment_one_is_not_told_to_be_what_comes_back(wallet: Wallet):
    """The clock was a year ahead: what Maria keeps since is in each new backup, and a restore would bring back that older one."""
    lay(Path(), one_badge)
    ahead = operations.take_backup(settings_here(), Path("backups"), datetime.now(UTC) + timedelta(days=365)).name

    taken = wallet("backup", "backups")

    assert taken.exit_code == 1
    assert f"backups/{ahead} is of a later moment, and is what a restore of backups brings back" in taken.stderr
    [kept] = [path for path in Path("backups").glob("2*Z") if path.name != ahead]
    assert f"backups/{kept.name}: " in taken.stdout, "it is whole, and there for whoever names it"
    assert wallet("restore", str(kept), "--replace").exit_code == 0


@pytest.mark.breadth
def test_a_wallet_is_replaced_only_when_that_is_asked(wallet: Wallet):
    lay(Path(), one_badge)
    wallet("backup", "backups")

    refused = wallet("restore", "backups")
    asked = wallet("restore", "backups", "--replace")

    assert refused.exit_code == 1
    assert "To replace what is there, add --replace." in refused.stderr
    assert asked.exit_code == 0
    assert "-replaced." in asked.stdout


def test_what_is_damaged_is_told_line_by_line_and_ends_with_1(wallet: Wallet):
    lay(Path(), one_badge)
    files = [path for path in Path("var/files").glob("??/??/*") if path.is_file()]
    for path in files:
        path.write_bytes(b"rot")

    looked, taken = wallet("check-store"), wallet("backup", "backups")

    assert (looked.exit_code, taken.exit_code) == (1, 1)
    assert sum(line.endswith("is damaged: badge 1.") for line in looked.stdout.splitlines()) == 3
    assert taken.stderr.count("is damaged or not there.") == 3
    assert list(Path("backups").glob("2*Z")) == []


def test_what_is_lost_for_good_does_not_end_all_backups(wallet: Wallet):
    lay(Path(), two_badges)
    lost = min(path for path in Path("var/files").glob("??/??/*") if path.is_file())
    lost.unlink()

    taken = wallet("backup", "backups", "--anyway")

    assert taken.exit_code == 1
    assert not Path("var/last-backup").exists(), (
        "none was whole: an operator's tools go on to tell how old the last one is"
    )
    assert f"The file {lost.name} is damaged or not there." in taken.stderr
    assert ", all whole" not in taken.stdout
    [kept] = Path("backups").glob("2*Z")
    assert lost.name in json.loads((kept / "manifest.json").read_text())["faults"][0]

    Path("var").rename("lost")
    back = wallet("restore", "backups")
    assert back.exit_code == 0, "and it can be brought back"
    assert "1 files were lost when it was taken: wallet check-store names them." in back.stdout
    starts(Settings())
    looked = wallet("check-store")
    assert (looked.exit_code, f"The file {lost.name} is not there: badge" in looked.stdout) == (1, True)


def test_with_other_keys_a_backup_is_never_told_to_be_whole(wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    lay(Path(), one_badge)
    monkeypatch.setenv("WALLET_KEYS", "others.json")
    Keyring(Path("others.json"))

    taken = wallet("backup", "backups", "--anyway")

    assert taken.exit_code == 1
    assert "These keys are not those of this wallet" in taken.stderr
    assert ", all whole" not in taken.stdout
    assert len(list(Path("backups").glob("2*Z"))) == 1


def test_what_these_keys_do_not_open_is_told_with_anyway_too(wallet: Wallet):
    lay(Path(), one_badge)
    database, now = Database(Settings().database_url), datetime.now(UTC)
    with database.writing() as session:
        lifecycle.create_share(
            session, 1, models.Choice(badge_ids=[1], ends_at=now + timedelta(days=1)), by_other_keys, now
        )
    database.close()

    taken = wallet("backup", "backups", "--anyway")

    assert (taken.exit_code, ", all whole" in taken.stdout) == (1, False)
    assert "These keys do not open what was sealed of: share 1." in taken.stderr


def test_what_these_keys_do_not_open_is_told_by_its_number_and_backed_up_all_the_same(wallet: Wallet):
    """One share of two, its code, and a letter were sealed by keys that are lost."""
    lay(Path(), one_badge)
    seals, database = Keyring(Settings().keys).seal, Database(Settings().database_url)
    now, lasts = datetime.now(UTC), timedelta(days=1)
    with database.writing() as session:
        chosen = models.Choice(badge_ids=[1], ends_at=now + lasts)
        lifecycle.create_share(session, 1, chosen, seals, now)
        for seal, name in ((seals, "a"), (by_other_keys, "b")):
            lifecycle.create_share(session, 1, chosen, seal, now, code=passcodes.make_passcode(seal))
            letter = Mail(
                holder_id=1, kind="return", address=f"{name}@exemple.fr", language="fr", sealed=seal(b"1", "letter")
            )
            outbox.queue_mail(session, letter, now, lasts)
        lifecycle.stop_share(session, 1, lifecycle.create_share(session, 1, chosen, by_other_keys, now).id, now)
    database.close()

    looked, taken = wallet("check-store"), wallet("backup", "backups")

    lost = "These keys do not open what was sealed of: share 3, the code of share 3, letter 2."
    assert (looked.exit_code, taken.exit_code) == (1, 1)
    for told in (looked.stdout, taken.stderr):
        assert lost in told
        assert "Bring back the keys with which they were sealed." in told
    assert ", all whole" not in taken.stdout
    assert not Path("var/last-backup").exists()
    Path("var").rename("lost")
    assert wallet("restore", "backups").exit_code == 0, "it counts"
    assert lost in wallet("check-store").stdout


def test_of_a_bucket_that_is_not_there_a_start_says_where_to_look(wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    """What obstore says of it goes on for forty lines, of its own insides."""
    said = "Generic S3 error: error sending request\n\nDebug source:\nGeneric {\n    store: S3,\n}"

    def silent(_store: GuardedStore, _key: str) -> bytes:
        raise GenericError(said)

    monkeypatch.setattr(GuardedStore, "read", silent)
    monkeypatch.setenv("WALLET_FILES_URL", "s3://badges/files?endpoint=https://s3.example.org&region=eu")
    told = wallet("serve")

    assert told.exit_code == 1
    fault, advice = told.stderr.splitlines()
    assert fault == "Error: The files in s3://badges/files/ do not answer: Generic S3 error: error sending request."
    assert "AWS_SECRET_ACCESS_KEY" in advice
    assert not Path("var/wallet.sqlite3").exists()


@pytest.mark.parametrize("command", ["serve", "check-store", "migrate"])
def test_a_link_to_a_disk_that_is_not_mounted_is_told_in_a_sentence(wallet: Wallet, command: str, tmp_path: Path):
    Path("var").symlink_to("/nowhere/var")

    told = wallet(command)

    assert told.exit_code == 1
    assert f"{tmp_path}/var: a file, or a link that leads nowhere, is in the place of a folder" in told.output
    assert "Errno" not in told.output


def by_other_keys(content: bytes, purpose: str) -> bytes:
    """As Keyring.seal of a wallet that is not here."""
    return Keyring(Path("others.json")).seal(content, purpose)


@pytest.mark.parametrize("command", [["backup", "backups"], ["restore", "backups"], ["check-store"]])
def test_settings_that_cannot_be_used_are_told(wallet: Wallet, command: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WALLET_LANGUAGE", "de")
    assert "WALLET_LANGUAGE must be" in wallet(*command).stderr

    monkeypatch.setenv("WALLET_LANGUAGE", "fr")
    monkeypatch.setenv("WALLET_FILES_URL", "s3://bucket?colour=blue")
    Path("backups/20261124T101200Z").mkdir(parents=True)
    result = wallet(*command)
    assert result.exit_code == 1
    assert "s3://bucket must be" in result.stderr


@pytest.mark.parametrize(
    ("told", "port", "origin"),
    [(None, "8791", "http://localhost:8791"), (" ", "8791", "http://localhost:8791"), (None, "80", "http://localhost")],
)
def test_whoever_tells_no_origin_is_served_where_browsers_ask(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, told: str | None, port: str, origin: str
):
    """A line of an environment file may be left empty; and of port 80 no browser says anything."""
    lay(Path(), one_badge)  # to make its tables each time takes most of a second, here and below
    monkeypatch.setenv("WALLET_ORIGIN", told or "")
    if told is None:
        monkeypatch.delenv("WALLET_ORIGIN")
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: None)

    result = wallet("serve", "--port", port)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"The wallet is at {origin}"


def test_whoever_starts_several_workers_is_told_where_none_of_them_can_answer_an_operators_tools(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
):
    """Each of them takes it that another one does: node_exporter, which is there already, or a host that is no name."""
    lay(Path(), one_badge)
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        places = {f"127.0.0.1:{taken.getsockname()[1]}": True, "a..b:9100": True, f"127.0.0.1:{free_port()}": False}
        for place, is_told in places.items():
            monkeypatch.setenv("WALLET_OPERATIONS", place)

            result = wallet("serve", "--workers", "2")

            assert (result.exit_code, result.stderr) == (0, "")
            assert ("WALLET_OPERATIONS: nothing answers there" in result.stdout) == is_told


@pytest.mark.parametrize("command", ["serve", "work"])
@pytest.mark.parametrize("ledger", ["./folder", "file/erasures"])
def test_a_ledger_that_cannot_be_written_is_told_before_anything_is_served(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, command: str, ledger: str
):
    """Else each worker tries for a minute, and then shows a trace."""
    lay(Path(), one_badge)
    Path("folder").mkdir()
    Path("file").touch()
    monkeypatch.setenv("WALLET_ERASURES", ledger)
    monkeypatch.setattr(uvicorn, "run", None)
    monkeypatch.setattr(app, "work", None)

    result = wallet(command)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {Path(ledger)}: ")
    assert "look at WALLET_ERASURES" in result.stderr


def test_a_process_that_does_the_chores_alone_writes_its_log_as_those_do_that_serve(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
):
    lay(Path(), one_badge)
    told: list[object] = []

    async def ends_at_once(*_: object) -> None:
        pass

    monkeypatch.setattr(logging.config, "dictConfig", told.append)
    monkeypatch.setattr(app, "work", ends_at_once)
    for log, formats in {"text": [], "json": [monitoring.JSON_LOGS]}.items():
        monkeypatch.setenv("WALLET_LOG", log)

        assert wallet("work").exit_code == 0
        assert told == formats


def test_what_was_erased_meanwhile_and_what_was_removed_are_told(wallet: Wallet):
    lay(Path(), one_badge)
    wallet("backup", "backups")
    (first,) = Path("backups").glob("2*")
    first.rename(first.with_name("20200101T000000Z"))
    write = database_dump.dump_database

    def and_all_is_erased(*what: object) -> database_dump.DatabaseDump:
        dump = write(*what)  # type: ignore[arg-type]  # handed on
        return replace(dump, files=dump.files | {"0" * 64})

    with patch.object(database_dump, "dump_database", and_all_is_erased):
        result = wallet("backup", "backups", "--days", "7")

    assert result.exit_code == 0
    assert "1 files were erased with their badges meanwhile." in result.stdout
    assert "1 backups were older than 7 days and are removed." in result.stdout


@pytest.mark.parametrize("days", ["730000", "999999", "1000000000000"])
def test_whoever_wants_them_for_ever_loses_no_backup(wallet: Wallet, days: str):
    """Before the year 1000 a date has fewer signs, and sorts behind all others."""
    lay(Path(), one_badge)
    wallet("backup", "backups")
    (first,) = Path("backups").glob("2*")

    result = wallet("backup", "backups", "--days", days)

    assert result.exit_code == 2
    assert "36500" in result.stderr
    assert list(Path("backups").glob("2*")) == [first]


@pytest.mark.parametrize(
    "command", [["reports"], ["figures"], ["issuers", "list"], ["sign-again"], ["new-keys", "--yes"]]
)
def test_a_database_that_is_none_is_told_by_every_command(wallet: Wallet, command: list[str]):
    lay(Path(), one_badge)
    Path("var/wallet.sqlite3").write_bytes(b"no database " * 1000)

    result = wallet(*command)

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The database cannot be used: file is not a database\nLook at it with wallet check-store.\n"
    )


@pytest.mark.parametrize(
    ("command", "table"),
    [
        (["reports"], "messages"),
        (["reports", "words-of", "Nadia"], "endorsements"),
        (["figures"], "registers"),
        (["issuers", "list"], "registers"),
    ],
)
def test_a_page_of_the_database_that_is_damaged_is_told_where_it_is_read(
    wallet: Wallet, command: list[str], table: str
):
    """The schema can be read, and fits."""
    lay(Path(), one_badge)
    path = Path("var/wallet.sqlite3")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)

    result = wallet(*command)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: The database cannot be used: database disk image is malformed\nLook at it with wallet check-store.\n"
    )


@pytest.mark.parametrize(
    "command", [["reports"], ["figures"], ["issuers", "list"], ["new-keys", "--yes"], ["backup", "backups"], ["serve"]]
)
def test_an_address_of_a_database_that_is_none_is_told_by_every_command(
    wallet: Wallet, command: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WALLET_DATABASE_URL", "postgresql://wallet:sesame@db.example:port/wallet")

    result = wallet(*command)

    assert (result.exit_code, result.stdout) == (1, "")
    (fault,) = result.stderr.splitlines()
    assert fault.startswith("Error: WALLET_DATABASE_URL cannot be read: look at its hosts and ports; ")
    assert "sesame" not in fault


def test_a_wallet_brought_back_by_halves_does_not_start(wallet: Wallet):
    """Nor is it backed up by its timer: what is to be run again is the newest backup, and goes with none that is newer."""
    lay(Path(), one_badge)
    operations.take_backup(settings_here(), Path("backups"), datetime.now(UTC) - timedelta(days=40))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with patch.object(database_dump, "put_in_place", dies):
        wallet("restore", "backups", "--replace")

    others = (
        ["migrate"],
        ["backup", "backups"],
        ["reports"],
        ["reports", "stop", "1"],
        ["new-keys", "--yes"],
        ["figures"],
    )
    for command in (["serve"], *others):
        result = wallet(*command)
        assert result.exit_code == 1, command
        assert "did not end: run it again (wallet restore)." in result.stderr, command
    assert wallet("restore", "backups").exit_code == 0


def test_a_shelf_that_cannot_be_there_is_told(wallet: Wallet):
    Path("var").write_text("a file where a folder should be")

    result = wallet("check-store")

    assert result.exit_code == 1
    assert "var/files: " in result.stderr


def test_what_nobody_needs_is_set_aside_at_the_operators_word_and_only_where_all_else_is_whole(wallet: Wallet):
    lay(Path(), one_badge)
    left = Folder(Path("var/files").absolute()).keep(b"left behind")
    path = Path("var/files", left[:2], left[2:4], left)
    os.utime(path, (0, 0))
    assert "1 files that nobody needs, 1 of them to be swept, a few each hour." in wallet("check-store").stdout
    needed = next(file for file in Path("var/files").glob("??/??/*") if file.name != left)
    content = needed.read_bytes()
    needed.write_bytes(b"rot")

    assert wallet("check-store", "--sweep").exit_code == 1
    assert path.exists()

    needed.write_bytes(content)
    swept = wallet("check-store", "--sweep")
    assert swept.exit_code == 0
    assert "1 files that nobody needs are set aside, 0 more wait for the next sweeps; 0 that lay" in swept.stdout
    assert not path.exists()
    assert "1 files were swept, and lie aside for 7 days." in wallet("check-store").stdout


def test_the_drill_of_the_readme_beside_a_wallet_that_goes_on(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    lay(Path(), two_badges)
    wallet("backup", "backups")
    before = sorted(path.name for path in Path("var/files").glob("??/??/*"))
    (tmp_path / "drill").mkdir()
    monkeypatch.chdir(tmp_path / "drill")
    monkeypatch.setenv("WALLET_FILES_URL", f"file://{tmp_path}/var/files")

    refused = wallet("restore", str(tmp_path / "backups"), "--drill")
    assert refused.exit_code == 1
    assert "WALLET_FILES_URL=file:///srv/drill/files" in refused.stderr

    monkeypatch.setenv("WALLET_FILES_URL", f"file://{tmp_path}/drill/files")
    assert wallet("restore", str(tmp_path / "backups"), "--drill").exit_code == 0
    assert wallet("check-store").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "var/files").glob("??/??/*")) == before


def test_whoever_was_erased_since_is_erased_in_the_drill_of_the_manual_word_by_word(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    lay(Path(), two_badges)
    (tmp_path / "srv").mkdir()
    wallet("backup", "srv/backups")
    with closing(sqlite3.connect("var/wallet.sqlite3")) as connection:
        (handle,) = connection.execute("SELECT handle FROM holders").fetchone()
    ledger = ErasureLog(tmp_path / "srv/ledger/erasures")
    ledger.write(handle, datetime.now(UTC))
    before = ledger.path.read_bytes()
    block = OPERATING.read_text().partition("### The drill")[2].split("```")[1]
    typed = [line.partition(" #")[0].replace("/srv", f"{tmp_path}/srv") for line in block.splitlines()[1:]]

    for program, *words in (shlex.split(command) for line in typed for command in line.split(" && ")):
        if program == "export":
            monkeypatch.setenv(*words[0].split("=", 1))
        elif program == "cd":
            monkeypatch.chdir(words[0])
        elif program == "wallet" and words[0] == "serve":
            with TestClient(create_app(settings_here())):
                assert who_is_in(tmp_path / "srv/drill/var/wallet.sqlite3") == []
        elif program == "wallet":
            assert wallet(*words).exit_code == 0, words
        elif program != "rsync":
            subprocess.run([program, *words], check=True)  # as it is written there

    assert ledger.path.read_bytes() == before
    assert [path.name for path in ledger.path.parent.iterdir()] == ["erasures"]
    assert who_is_in(tmp_path / "var/wallet.sqlite3") == ["Maria"]


@pytest.mark.breadth
def test_the_disaster_of_the_manual_word_by_word(wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    lay(Path(), two_badges)
    (tmp_path / "srv/ledger").mkdir(parents=True)
    (tmp_path / "srv/ledger/erasures").touch()
    wallet("backup", "srv/backups")
    new = tmp_path / "new"
    new.mkdir()
    monkeypatch.chdir(new)
    block = OPERATING.read_text().partition("### The disaster")[2].split("```")[1]
    typed = [line.partition(" #")[0].replace("/srv", f"{tmp_path}/srv") for line in block.splitlines()[1:]]

    for program, *words in (shlex.split(command) for line in typed for command in line.split(" && ")):
        if program != "wallet":
            subprocess.run([program, *words], check=True)  # as it is written there
        elif words[0] != "serve":
            assert wallet(*words).exit_code == 0, words

    assert who_is_in(new / "var/wallet.sqlite3") == ["Maria"]


def test_keys_are_not_given_up_while_the_wallet_goes_on_sealing_with_them(wallet: Wallet):
    """Whoever makes a share meanwhile could never show it again after the next start."""
    lay(Path(), one_badge)
    Path("var/keys.json").rename("keys.away")
    with closing(Database(Settings().database_url)) as served, served.reading() as session:
        assert session.get_one(Holder, 1)

        result = wallet("new-keys", "--yes")

        assert (result.exit_code, result.stderr) == (
            1,
            "Error: The wallet is running, or somebody else uses its database: stop it first.\n",
        )
    assert not Path("var/keys.json").exists()
    Path("keys.away").rename("var/keys.json")
    starts(Settings())


def test_keys_that_are_lost_for_good_are_given_up_by_the_operators_word_alone(wallet: Wallet):
    lay(Path(), one_badge)
    database, before = Database(Settings().database_url), Keyring(Settings().keys)
    with database.reading() as session:
        maria = session.get_one(Holder, 1)
    database.close()
    Path("var/keys.json").unlink()
    assert "wallet new-keys goes on without them" in wallet("serve").stderr
    assert not Path("var/keys.json").exists()

    assert wallet("new-keys", "--yes").exit_code == 0

    starts(Settings())
    assert wallet("check-store").exit_code == 0
    now = Keyring(Settings().keys)
    assert offline_drafts.draft_key(maria, now) != offline_drafts.draft_key(maria, before), (
        "as docs/operating.md says of what lies on phones"
    )
