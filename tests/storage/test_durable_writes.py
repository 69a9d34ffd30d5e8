"""What the wallet writes beside its database is on the disk, and so is every folder on the way: strace sees each call."""

import errno
import os
import re
from pathlib import Path

import pytest

from tests.fixtures.disk_calls import disk_calls
from tests.fixtures.whole_wallet import a_wallet, settings_of
from wallet.storage import durable_writes
from wallet.storage.durable_writes import make_folder, write_at_end, write_whole

pytestmark = pytest.mark.slow

CALLS = "trace=mkdir,mkdirat,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,write,pwrite64"
CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tests.fixtures.whole_wallet import settings_of
from wallet import operations
from wallet.storage.files import open_files
from wallet.storage.keyring import Keyring
from wallet.operations.erasure_log import ErasureLog

root, now = Path(sys.argv[1]), datetime.now(UTC)
Keyring(root / "keys/of/ours/keys.json")
ledger = ErasureLog(root / "ledger/of/ours/erasures")
ledger.write(b"somebody", now)
old = ErasureLog(root / "old/erasures")
old.write(b"somebody else", now - timedelta(days=900))
old.write(b"somebody lately", now)
old.forget_old(now)
open_files(f"file://{root}/shelf/of/ours").keep(b"the badge")
operations.take_backup(settings_of(root / "from"), root / "kept/in/backups", now)
operations.restore_backup(settings_of(root / "to/another/place"), root / "kept/in/backups", now)
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the disk is told while keys, ledger, shelf, backup and restore are made, each in folders that are new."""
    root = tmp_path_factory.mktemp("traced")
    (root / "from").mkdir()
    a_wallet(settings_of(root / "from"), 1)
    (root / "from/erasures").write_text("0" * 64 + " 2026-11-24\n")
    _, told = disk_calls(CHILD, CALLS, root)
    return [line.replace(str(root), "") for line in told if str(root) in line]


def after(calls: list[str], pattern: str, since: int = 0) -> int:
    """The first call of that pattern from there on; the test fails where there is none."""
    found = (number for number, line in enumerate(calls) if number >= since and re.search(pattern, line))
    number = next(found, -1)
    assert number >= 0, f"{pattern} after {calls[since - 1 : since + 3]}"
    return number


@pytest.mark.parametrize(
    "place", ["/keys/of/ours", "/ledger/of/ours", "/shelf/of/ours", "/kept/in/backups", "/to/another/place"]
)
def test_each_folder_on_the_way_is_synced_into_the_one_above(calls: list[str], place: str):
    parts = place.strip("/").split("/")
    for depth in range(len(parts)):
        above, name = "".join(f"/{part}" for part in parts[:depth]), parts[depth]
        made = after(calls, rf'mkdir(at)?\(.*"{above}/{name}", .*= 0')
        after(calls, rf"fsync\(\d+<{above}>\)", made)


@pytest.mark.parametrize(
    "path",
    [
        "/keys/of/ours/keys.json",
        "/old/erasures",
        "/kept/in/backups/*/manifest.json",
        "/to/another/place/keys.json.restoring",
        "/to/another/place/keys.json",
        "/to/another/place/erasures",
    ],
    ids=["keys", "shorter ledger", "manifest", "mark of a restore", "keys brought back", "merged ledger"],
)
def test_a_file_is_synced_before_it_has_its_name_and_its_folder_afterwards(calls: list[str], path: str):
    folder, _, name = path.rpartition("/")
    folder = r"/kept/in/backups/[^/]*" if "manifest" in path else re.escape(folder)
    draft = rf"{folder}/\.{re.escape(name)}\.\w+"
    written = after(calls, rf"write\(\d+<{draft}>")
    synced = after(calls, rf"fsync\(\d+<{draft}>", written)
    named = after(calls, rf'(rename|link).*{draft}".*"{folder}/{re.escape(name)}"', synced)
    there = after(calls, rf'[<"]{folder}[/>"]', named + 1)
    assert re.search(rf"fsync\(\d+<{folder}>\)", calls[there]), "before anything else happens in there"


def test_a_line_of_the_ledger_and_the_name_of_a_new_ledger_are_synced(calls: list[str]):
    ledger = "/ledger/of/ours/erasures"
    written = after(calls, rf"write\(\d+<{ledger}>")
    synced = after(calls, rf"fsync\(\d+<{ledger}>", written)
    after(calls, r"fsync\(\d+</ledger/of/ours>\)", synced)


def test_a_backup_has_its_name_when_all_of_it_is_there(calls: list[str]):
    described = after(calls, r'rename.*manifest.json"')
    named = after(calls, r'rename.*"/kept/in/backups/[^/"]+", .*"/kept/in/backups/[0-9TZ]+"', described)
    after(calls, r"fsync\(\d+</kept/in/backups>\)", named)


def test_the_mark_of_a_restore_is_gone_for_good_before_anything_else_happens(calls: list[str]):
    """Else a cut brings it back, and with it a wallet that does not start."""
    place = "/to/another/place"
    gone = after(calls, rf'unlink(at)?\(.*"{place}/keys\.json\.restoring".*= 0')
    there = after(calls, rf'[<"]{place}[/>"]', gone + 1)
    assert re.search(rf"fsync\(\d+<{place}>\)", calls[there])


def test_folders_that_somebody_made_and_did_not_sync_are_synced_by_whoever_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A cut between the making and the syncing: the next process finds them there, and must not believe the disk."""
    (tmp_path / "outer/inner").mkdir(parents=True)
    synced: list[Path] = []
    monkeypatch.setattr(durable_writes, "_known", set())
    monkeypatch.setattr(durable_writes, "sync_folder", synced.append)
    monkeypatch.setattr("wallet.storage.sync_folder", synced.append)

    make_folder(tmp_path / "outer/inner")
    make_folder(tmp_path / "outer/inner")

    assert synced[-2:] == [tmp_path, tmp_path / "outer"]
    assert synced.count(tmp_path) == 1, "once a process"


def test_folders_on_a_disk_that_syncs_none_keep_nobody_from_starting(monkeypatch: pytest.MonkeyPatch):
    """The kernel's own folder of processes is such a one."""
    with pytest.raises(OSError, match="Invalid argument"):
        durable_writes.sync_folder(Path("/proc"))
    monkeypatch.setattr(durable_writes, "_known", set())

    make_folder(Path("/proc/self/task"))


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.EIO])
def test_a_folder_that_was_made_is_synced_or_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int):
    def refuses(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable_writes, "_known", set())
    monkeypatch.setattr(durable_writes, "sync_folder", refuses)
    monkeypatch.setattr("wallet.storage.sync_folder", refuses)

    with pytest.raises(OSError, match=os.strerror(number)):
        make_folder(tmp_path / "new")
    if number == errno.EIO:  # whatever was there: this disk is broken
        with pytest.raises(OSError, match=os.strerror(number)):
            make_folder(tmp_path / "new")


def test_what_is_written_whole_is_for_its_owner_alone(tmp_path: Path):
    write_whole(tmp_path / "a/new/folder/keys.json", b"secret")

    assert (tmp_path / "a/new/folder/keys.json").read_bytes() == b"secret"
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "a").rglob("*")} == {0}


def test_of_a_full_disk_an_operator_reads_which_file_it_does_not_take():
    with pytest.raises(OSError, match="No space left on device") as full:
        write_at_end(Path("/dev/full"), b"keys")

    assert full.value.filename == "/dev/full"
