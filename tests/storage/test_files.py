"""What is kept is kept: in a folder and in a bucket, under its own hash, before anybody is told."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread, get_ident
from urllib.parse import urlsplit

import obstore
import pytest
from obstore.store import S3Store

from tests.fixtures.disk_calls import disk_calls
from wallet.storage import folder
from wallet.storage.file_store import Damaged, FileMissing
from wallet.storage.files import Bucket, FileStore, Folder, Unavailable, is_over, open_files

pytestmark = pytest.mark.slow

BADGE = b"\x89PNG the very bytes that Maria sent"
NAME = sha256(BADGE).hexdigest()
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own: the first one runs long after this file was read, and a shelf knows the time by itself."""
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC))


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return open_files(f"file://{tmp_path}/files")
    return open_files(request.getfixturevalue("s3_url") + "/wallet/files")


@pytest.mark.breadth(beside=["folder", "bucket"])
def test_what_maria_keeps_comes_back_byte_for_byte(files: FileStore) -> None:
    name = files.keep(BADGE)

    assert name == NAME
    assert files.read(name) == BADGE
    assert files.has(name)


def test_the_empty_file_and_a_large_one_come_back(files: FileStore) -> None:
    large = os.urandom(6 * 1024 * 1024)

    assert files.read(files.keep(b"")) == b""
    assert files.read(files.keep(large)) == large


def test_a_part_comes_back_and_less_than_that_never(files: FileStore) -> None:
    name = files.keep(b"0123456789")

    assert files.read_part(name, 0, 4) + files.read_part(name, 4, 6) == b"0123456789"
    with pytest.raises((Damaged, Unavailable)):
        files.read_part(name, 7, 6)
    with pytest.raises(FileMissing):
        files.read_part("0" * 64, 0, 1)


def test_keeping_twice_keeps_once(files: FileStore) -> None:
    files.keep(BADGE)
    files.keep(BADGE)
    files.keep(b"another one")

    assert sorted(files.names()) == sorted([NAME, sha256(b"another one").hexdigest()])


def test_ten_visitors_who_bring_the_same_badge_at_once_all_succeed(files: FileStore) -> None:
    kept: list[str] = []
    visitors = [Thread(target=lambda: kept.append(files.keep(BADGE))) for _ in range(10)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()

    assert kept == [NAME] * 10
    assert list(files.names()) == [NAME]


def test_what_is_not_there_is_missing(files: FileStore) -> None:
    assert not files.has(NAME)
    assert list(files.names()) == []
    with pytest.raises(FileMissing):
        files.read(NAME)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", NAME.upper(), NAME[:-1], NAME + "\n", "/etc/passwd", "ab/cd"])
def test_no_other_name_reaches_the_disk_or_the_bucket(files: FileStore, name: str) -> None:
    for act in (files.read, files.has, files.remove, files.forget_aside, lambda it: files.set_aside(it, NOW, NOW)):
        with pytest.raises(FileMissing):
            act(name)


def test_what_is_removed_is_gone_and_removing_again_does_no_harm(files: FileStore) -> None:
    files.keep(BADGE)

    files.remove(NAME)
    files.remove(NAME)

    assert not files.has(NAME)
    assert list(files.names()) == []


def grow_old(files: FileStore, name: str) -> None:
    """As if it had been kept two hours ago."""
    assert isinstance(files, Folder)
    os.utime(files.root / name[:2] / name[2:4] / name, times=((NOW - timedelta(hours=2)).timestamp(),) * 2)


def test_only_old_files_are_named_to_the_sweeper(tmp_path: Path) -> None:
    files = open_files(f"file://{tmp_path}/files")
    files.keep(b"young")
    grow_old(files, files.keep(BADGE))

    assert list(files.names(older_than=NOW - timedelta(hours=1))) == [NAME]


def test_a_file_that_somebody_brings_again_is_young_again(tmp_path: Path) -> None:
    """Youssef brings what Maria removed: its row is still on its way when the sweeper passes."""
    files = open_files(f"file://{tmp_path}/files")
    grow_old(files, files.keep(BADGE))
    files.keep(BADGE)

    assert not files.set_aside(NAME, NOW - timedelta(hours=1), NOW)

    assert list(files.aside()) == []
    assert files.read(NAME) == BADGE


def test_the_age_of_a_file_in_either_place(files: FileStore) -> None:
    files.keep(BADGE)
    before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)

    assert list(files.names(older_than=before)) == []
    assert not files.set_aside(NAME, before, NOW)
    assert list(files.names(older_than=after)) == [NAME]
    assert files.set_aside(NAME, after, NOW)
    assert not files.set_aside(NAME, after, NOW)
    assert list(files.names()) == []


def test_all_that_comes_after_a_place_is_named_in_its_order(files: FileStore) -> None:
    """A sweep begins anywhere: what lies in the first folders of a later letter is looked at as well."""
    there = sorted(files.keep(b"%d" % number) for number in range(30))

    for after in ("", "00ff", "7f80", there[7], there[7][:4], there[-1], "ffff"):
        assert list(files.names(after=after)) == [name for name in there if name > after], after


def lies_aside(files: FileStore) -> set[str]:
    return {name for name, at in files.aside() if abs(at - NOW) < timedelta(minutes=30)}


@pytest.mark.parametrize("ask", ["read", "part", "has", "expect", "keep"])
def test_whoever_asks_for_what_lies_aside_has_it_back(files: FileStore, ask: str) -> None:
    """A sweep that was wrong costs nothing, for as long as it lies there."""
    files.keep(BADGE)
    files.set_aside(NAME, NOW + timedelta(hours=1), NOW)
    assert (lies_aside(files), list(files.names())) == ({NAME}, [])
    if isinstance(files, Folder):  # the clock of a bucket is its own
        os.utime(files.set_by / NAME, ((NOW - timedelta(days=2)).timestamp(),) * 2)

    {
        "read": files.read,
        "part": lambda name: files.read_part(name, 0, 4),
        "has": files.has,
        "expect": lambda name: files.expect([name]),
        "keep": lambda _: files.keep(BADGE),
    }[ask](NAME)

    assert list(files.names()) == [NAME]
    assert list(files.names(older_than=NOW - timedelta(hours=1))) == [], "as if it had been kept just now"
    assert files.read(NAME) == BADGE
    assert ask == "keep" or lies_aside(files) == set()


def test_what_is_removed_lies_nowhere_and_what_lay_aside_for_long_is_forgotten(files: FileStore) -> None:
    for end in (files.remove, files.forget_aside):
        files.keep(BADGE)
        files.set_aside(NAME, NOW + timedelta(hours=1), NOW)

        end(NAME)
        end(NAME)

        assert not files.has(NAME)
        assert (list(files.aside()), list(files.names())) == ([], [])


@pytest.mark.parametrize("end", ["removed", "set aside", "forgotten", "brought back", "struck from the ledger"])
def test_what_leaves_a_folder_has_left_the_disk_when_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """After a power cut a file of somebody who was erased would lie there once more, and no line would tell of it."""
    files, line = Folder(tmp_path), f"{NAME}-2026-11-24"
    files.keep(BADGE)
    files.write_ledger_line(line)
    if end in {"forgotten", "brought back"}:
        files.set_aside(NAME, NOW + timedelta(hours=1), NOW)
    synced: dict[Path, set[str]] = {}
    look = lambda *folders: synced.update({one: {path.name for path in one.iterdir()} for one in folders})  # noqa: E731
    monkeypatch.setattr(folder, "sync_folder", look)

    {
        "removed": lambda: files.remove(NAME),
        "set aside": lambda: files.set_aside(NAME, NOW + timedelta(hours=1), NOW),
        "forgotten": lambda: files.forget_aside(NAME),
        "brought back": lambda: files.has(NAME),
        "struck from the ledger": lambda: files.remove_ledger_line(line),
    }[end]()

    shelf, aside = tmp_path / NAME[:2] / NAME[2:4], tmp_path / "aside"
    expected: dict[str, dict[Path, set[str]]] = {
        "removed": {shelf: set()},
        "set aside": {aside: {NAME}, shelf: set()},
        "forgotten": {aside: set()},
        "brought back": {aside: set(), shelf: {NAME}},
        "struck from the ledger": {tmp_path / "ledger": set()},
    }
    assert synced == expected[end]


def test_keeping_and_sweeping_at_once_never_loses_what_is_kept(tmp_path: Path) -> None:
    files = open_files(f"file://{tmp_path}/files")
    for _ in range(100):
        grow_old(files, files.keep(BADGE))
        sweeper = Thread(target=files.set_aside, args=(NAME, NOW - timedelta(hours=1), NOW))
        sweeper.start()
        files.keep(BADGE)
        sweeper.join()

        assert files.read(NAME) == BADGE


def test_what_is_just_set_aside_is_never_seen_with_its_old_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker looks between the move and the new time: it would take the file for one that lay there for weeks."""
    files, other = (open_files(f"file://{tmp_path}/files") for _ in range(2))
    grow_old(files, files.keep(BADGE))
    utime, flock, seen, waits = os.utime, fcntl.flock, list[datetime](), Event()
    looks = Thread(target=lambda: seen.extend(at for _, at in other.aside()))

    def told(*what: int) -> None:
        if looks.ident == get_ident():
            waits.set()
        flock(*what)

    def and_another_looks(path: Path, times: tuple[float, float]) -> None:
        looks.start()
        while looks.is_alive() and not waits.wait(0.01):
            pass
        utime(path, times)

    monkeypatch.setattr(fcntl, "flock", told)
    monkeypatch.setattr(os, "utime", and_another_looks)
    assert files.set_aside(NAME, NOW - timedelta(hours=1), NOW)
    looks.join()

    assert [abs(at - NOW) < timedelta(seconds=1) for at in seen] == [True]


def damage(files: FileStore) -> None:
    if isinstance(files, Folder):
        (files.root / NAME[:2] / NAME[2:4] / NAME).write_bytes(b"rot")
    else:
        assert isinstance(files, Bucket)
        files.store.put(f"wallet/files/{NAME[:2]}/{NAME[2:4]}/{NAME}", b"rot")


def test_a_damaged_file_is_never_given_out_and_keeping_it_again_mends_it(files: FileStore) -> None:
    files.keep(BADGE)
    damage(files)
    with pytest.raises(Damaged):
        files.read(NAME)

    files.keep(BADGE)

    assert files.read(NAME) == BADGE


def test_sweeping_takes_old_leftovers_and_nothing_else(tmp_path: Path) -> None:
    files = open_files(f"file://{tmp_path}/files")
    files.keep(BADGE)
    files.write_id("0123abcd")
    # A kill may leave a draft of a badge, one of the store's id beside that, and one of a line of the ledger.
    drafts = {
        name: tmp_path / "files" / name
        for name in (
            *("drafts/old", "drafts/young", ".store-id.0123456789abcdef", ".store-id.fedcba9876543210"),
            *("ledger/.line.0123456789abcdef", "ledger/.line.fedcba9876543210"),
        )
    }
    (tmp_path / "files/ledger").mkdir()
    for draft, minutes in zip(drafts.values(), (61, 59) * 3, strict=True):
        draft.write_bytes(b"half a ba")
        os.utime(draft, times=((NOW - timedelta(minutes=minutes)).timestamp(),) * 2)

    files.sweep(NOW)

    assert [name for name, draft in drafts.items() if draft.exists()] == [*drafts][1::2]
    assert (files.read(NAME), files.read_id()) == (BADGE, "0123abcd")


@pytest.mark.breadth
def test_a_bucket_has_nothing_to_sweep(s3_url: str) -> None:
    files = open_files(s3_url)
    files.keep(BADGE)
    files.sweep(NOW)

    assert list(files.names()) == [NAME]


def test_nobody_else_on_the_machine_can_read_what_is_kept(tmp_path: Path) -> None:
    open_files(f"file://{tmp_path}/files").keep(BADGE)

    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "files").rglob("*")}
    assert modes == {0}


def test_a_place_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_files("file://./var/files").keep(BADGE)

    assert (tmp_path / "var/files" / NAME[:2] / NAME[2:4] / NAME).read_bytes() == BADGE


@pytest.mark.parametrize(
    "url",
    [
        "file://",
        "file:///",
        "file://elsewhere/files",
        "file:///srv/odd#2/files",
        "file:///srv/odd?/files",
        "file:///srv/odd#",
        "s3://b/prefix#2",
        "s3://",
        "https://a.example/files",
        "s3://b?secret=x",
        "s3://my bucket",
        "s3://b?region=eu west",
        "var/files",
    ],
)
def test_an_address_that_is_no_place_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match="must be file:///a/folder, or s3://"):
        open_files(url)


@pytest.mark.parametrize(
    "endpoint",
    [
        "s3.example.org",
        "127.0.0.1:9000",
        "https://",
        "https://s3.example.org:90000",
        "https://s3 .example.org",
        "http://10.0.0.31:9000",
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
def test_an_operator_reads_how_the_endpoint_of_a_bucket_is_written(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    """A host alone is what the page of many a service shows."""
    monkeypatch.delenv("AWS_ALLOW_HTTP", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.org" if is_told else endpoint)

    with pytest.raises(ValueError, match=r"endpoint of s3://bucket must be an address like https://.*allow_http=yes"):
        open_files(f"s3://bucket?endpoint={endpoint}" if is_told else "s3://bucket")


def test_an_operator_whose_variable_is_there_and_empty_reads_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `AWS_ENDPOINT_URL: ${ENDPOINT:-}` leaves it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")

    with pytest.raises(ValueError, match=r"endpoint of s3://bucket must be an address"):
        open_files("s3://bucket")


@pytest.mark.parametrize(
    ("told", "host"),
    [("", "https://s3.example.org"), ("&endpoint=https://mine.example.org", "https://mine.example.org")],
)
def test_of_several_endpoints_that_of_the_address_counts_and_then_that_of_s3(
    told: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost: the badges of an operator who has another endpoint for the rest of AWS go where they lie."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.example.org")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.org")
    files = open_files(f"s3://bucket?region=eu-west-3&access_key=testing&secret_key=testing{told}")

    assert isinstance(files, Bucket)
    assert obstore.sign(files.store.quick, "GET", NAME, timedelta(seconds=1)).startswith(f"{host}/bucket/")


def test_the_sentence_does_not_repeat_the_secret() -> None:
    with pytest.raises(ValueError, match="must be") as told:
        open_files("s3://bucket?secret_key=sesame&colour=blue")

    assert "sesame" not in str(told.value)


@pytest.mark.breadth
def test_a_bucket_is_reached_by_what_its_address_says(
    s3_bucket: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    query = f"endpoint={s3_endpoint}&region=eu-west-3&access_key=testing&secret_key=testing&allow_http=yes"

    files = open_files(f"s3://{s3_bucket}/a/prefix?{query}")

    assert files.read(files.keep(BADGE)) == BADGE
    store = S3Store(
        s3_bucket,
        endpoint=s3_endpoint,
        region="eu-west-3",
        access_key_id="testing",
        secret_access_key="testing",
        client_options={"allow_http": True},
    )
    assert bytes(store.get(f"a/prefix/{NAME[:2]}/{NAME[2:4]}/{NAME}").bytes()) == BADGE


def bucket_that_is_gone(request: pytest.FixtureRequest) -> FileStore:
    return open_files(f"s3://no-such-bucket-{urlsplit(request.getfixturevalue('s3_url')).netloc}")


def folder_that_is_gone(request: pytest.FixtureRequest) -> FileStore:
    """One on a disk that was taken away: where it was there is an empty folder."""
    place = request.getfixturevalue("tmp_path") / "disk"
    files = open_files(f"file://{place}")
    shutil.rmtree(place)
    place.mkdir()
    return files


def folder_that_was_looked_for(request: pytest.FixtureRequest) -> FileStore:
    """One of a wallet that runs, on such a disk: the operator has typed a command meanwhile, or a worker was started again."""
    place = request.getfixturevalue("tmp_path") / "disk"
    files = open_files(f"file://{place}")
    files.write_id("0123abcd")
    shutil.rmtree(place)
    open_files(f"file://{place}")
    return files


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (bucket_that_is_gone, "there is no bucket of that name"),
        (folder_that_is_gone, "disk: the folder is not there, or not the wallet’s"),
        (folder_that_was_looked_for, "disk: the folder is not there, or not the wallet’s"),
    ],
)
def test_where_all_is_gone_no_file_is_taken_for_missing_or_removed_and_nobody_for_noted(
    request: pytest.FixtureRequest, gone: Callable[[pytest.FixtureRequest], FileStore], said: str
) -> None:
    files = gone(request)

    for ask in (
        lambda: files.keep(BADGE),
        lambda: files.read(NAME),
        lambda: files.read_part(NAME, 0, 10),
        lambda: files.has(NAME),
        lambda: files.remove(NAME),
        lambda: files.set_aside(NAME, NOW, NOW),
        lambda: files.forget_aside(NAME),
        lambda: list(files.names()),
        lambda: list(files.ledger_lines()),
        lambda: files.write_ledger_line(f"{NAME}-2026-11-24"),
        lambda: files.remove_ledger_line(f"{NAME}-2026-11-24"),
        files.read_id,
    ):
        with pytest.raises(Unavailable, match=rf"{said}$") as told:
            ask()
        assert is_over(told.value)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_keeps_nothing_by_halves(tiny_disk: Path) -> None:
    files = open_files(f"file://{tiny_disk}/files")
    files.keep(BADGE)

    with pytest.raises(Unavailable):
        files.keep(os.urandom(100_000))

    assert list(files.names()) == [NAME]
    assert files.read(NAME) == BADGE
    assert list((tiny_disk / "files/drafts").iterdir()) == []


CHILD = """
import sys
from sqlalchemy import text
from wallet.storage.database import Database
from wallet.storage.files import open_files

database = Database(f"sqlite:///{sys.argv[1]}/wallet.sqlite3")
with database.writing() as session:
    session.execute(text("CREATE TABLE kept (name TEXT)"))
name = open_files(f"file://{sys.argv[1]}/files").keep(b"the badge")
with database.writing() as session:
    session.execute(text("INSERT INTO kept VALUES (:name)"), {"name": name})
print(name)
"""


def test_a_file_is_on_the_disk_before_the_row_that_names_it(tmp_path: Path) -> None:
    calls = "trace=fsync,fdatasync,rename,renameat,renameat2,write,pwrite64"
    name, trace = disk_calls(CHILD, calls, tmp_path)
    folder = re.escape(f"{tmp_path}/files/{name[:2]}/{name[2:4]}")

    def first(pattern: str, since: int = 0) -> int:
        found = (number for number, line in enumerate(trace) if number >= since and re.search(pattern, line))
        return next(found, -1)

    written = first(rf"write\(\d+<{re.escape(str(tmp_path))}/files/drafts/")
    synced = first(rf"fsync\(\d+<{re.escape(str(tmp_path))}/files/drafts/", written)
    renamed = first(rf"rename.*{folder}/{name}", synced)
    folder_synced = first(rf"fsync\(\d+<{folder}>", renamed)
    above_synced = first(rf"fsync\(\d+<{re.escape(f'{tmp_path}/files/{name[:2]}')}>", folder_synced)
    root_synced = first(rf"fsync\(\d+<{re.escape(f'{tmp_path}/files')}>", above_synced)
    row_written = first(r"p?write(64)?\(\d+<.*sqlite3-wal>", root_synced)
    committed = first(r"f(data)?sync\(\d+<.*sqlite3-wal>", row_written)
    order = [written, synced, renamed, folder_synced, above_synced, root_synced, row_written, committed]
    assert -1 not in order, "\n".join(trace)
    assert order == sorted(order)
    # The row was not in the log before: between the file's first byte and its folder's sync SQLite wrote nothing.
    assert not any("sqlite3" in line for line in trace[written:root_synced])
