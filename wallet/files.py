"""Keeps bytes under the SHA-256 of their content: in a folder, or in an S3 bucket.

Rule 1: when `keep` returns, the bytes survive a power cut. The folder is written by ourselves, because obstore's local
store never syncs: temporary name, write, fsync, rename, fsync of the folders; only then may a row name the file
(decisions.md, 7).
Rule 2: the name is the content. Keeping twice keeps once; bytes that no longer fit their name are never given out.
Rule 3: a name is 64 hexadecimal digits and nothing else ever reaches the disk or the bucket.

    Trouble
    + Missing        no such file
    + Damaged        its bytes no longer fit its name
    + Unavailable    the folder or the bucket does not give or take: full, read-only, gone, refused

Addresses (WALLET_FILES_URL):
    file:///srv/wallet/files          a folder; `file://./var/files` starts at the working directory
    s3://bucket/prefix?endpoint=https://s3.example&region=eu-west-3
        The parts of the query are endpoint, region, access_key, secret_key, allow_http (yes or no). What it does not
        say is read from the environment: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
        AWS_ALLOW_HTTP; the secret is better kept there, as addresses end in logs.
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from .breakers import PATIENT, QUICK, GuardedStore
from .failpoints import failpoint

NAME = re.compile(r"[0-9a-f]{64}")
LEFTOVER = timedelta(hours=1)
"""A temporary file older than this belongs to nobody any more."""
AT_ONCE = 16
"""Files of a bucket that are asked for together."""
QUERY = {"endpoint", "region", "access_key", "secret_key", "allow_http"}


class Trouble(Exception):
    """A file cannot be given or kept."""


class Missing(Trouble):
    """There is no such file."""


class Damaged(Trouble):
    """The bytes of this file no longer fit its name."""


LOST = (Missing, Damaged)
"""The file is gone from the shelf, or its bytes no longer fit their name: told, and never shown as whole."""


class Unavailable(Trouble):
    """The folder or the bucket does not give or take."""


class Files(Protocol):
    """A place that keeps bytes under their SHA-256."""

    def keep(self, content: bytes) -> str:
        """Keep *content*, for good when this returns; its name. A damaged file is mended. Raises Unavailable."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of *name*; raises Missing, Damaged, Unavailable."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is a file of that name; raises Unavailable."""
        ...

    def expect(self, names: Iterable[str]) -> None:
        """Raises Unavailable unless there is a file of each of these names.

        To be asked in the transaction that writes the row that names them: whoever was erased meanwhile took files of
        the same bytes along (erasures.py).
        """
        ...

    def remove(self, name: str, older_than: datetime | None = None) -> None:
        """Remove the file, for good when this returns; no harm where there is none. Raises Unavailable.

        With *older_than* it stays when somebody kept it again since: their row is perhaps still on its way.
        """
        ...

    def names(self, older_than: datetime | None = None) -> Iterator[str]:
        """The names of all files, or of those last kept before *older_than*, in no order; raises Unavailable."""
        ...

    def sweep(self, now: datetime) -> int:
        """Remove what unfinished keeping left more than an hour ago; how many. Raises Unavailable."""
        ...


def open_files(url: str) -> Files:
    """The place at *url*; raises ValueError, with a sentence, for an address that is none."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost", "."} and parts.path.strip("/"):
        path = unquote(parts.path)
        return Folder(Path(path.lstrip("/") if parts.netloc == "." else path).absolute())
    if parts.scheme == "s3" and parts.netloc:
        query = dict(parse_qsl(parts.query))
        if query.keys() <= QUERY and query.get("allow_http", "no") in {"yes", "no"}:
            return Bucket(parts.netloc, parts.path.strip("/"), query)
    options = ", ".join(sorted(QUERY))
    raise ValueError(f"{url.partition('?')[0]} must be file:///a/folder, or s3://bucket/prefix with these: {options}.")


class Folder:
    """Files in a folder of this machine: `ab/cd/abcd…`, readable by the wallet alone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drafts = root / "drafts"
        with _telling(root):
            _make_folder(self.drafts)

    def keep(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        path = self._path(name)
        with _telling(path):
            if not self._is_there(path, content):
                _make_folder(path.parent)
                self._write(path, content)
            # Whoever made this file or these folders may not have come to syncing them: it costs little to be sure.
            for folder in (path.parent, path.parent.parent, self.root):
                sync_folder(folder)
        failpoint("file.kept")
        return name

    def read(self, name: str) -> bytes:
        path = self._path(name)
        with _telling(path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                raise Missing(name) from None
        return _fitting(name, content)

    def has(self, name: str) -> bool:
        path = self._path(name)
        with _telling(path):
            return path.is_file()

    def expect(self, names: Iterable[str]) -> None:
        _expected({name: self.has(name) for name in names})

    def remove(self, name: str, older_than: datetime | None = None) -> None:
        path = self._path(name)
        with _telling(path), suppress(FileNotFoundError):
            if older_than is None:
                path.unlink()
            elif not self._is_removed(path, older_than):
                return
            sync_folder(path.parent)

    def _is_removed(self, path: Path, older_than: datetime) -> bool:
        """Whether it was old enough to go; raises FileNotFoundError."""
        if not _is_older(path, older_than):
            return False
        # Aside, then a second look at its age: whoever keeps it from now on misses it and writes it anew.
        aside = self.drafts / secrets.token_hex(16)
        path.rename(aside)
        if _is_older(aside, older_than):
            aside.unlink()
        else:
            aside.rename(path)
        return True

    def names(self, older_than: datetime | None = None) -> Iterator[str]:
        with _telling(self.root):
            for path in self.root.glob("??/??/*"):
                with suppress(FileNotFoundError):  # somebody has just removed it
                    if NAME.fullmatch(path.name) and _is_older(path, older_than):
                        yield path.name

    def sweep(self, now: datetime) -> int:
        removed = 0
        with _telling(self.drafts):
            for draft in self.drafts.iterdir():
                with suppress(FileNotFoundError):  # its writer has just finished
                    if _is_older(draft, now - LEFTOVER):
                        draft.unlink()
                        removed += 1
        return removed

    def _path(self, name: str) -> Path:
        name = _checked(name)
        return self.root / name[:2] / name[2:4] / name

    @staticmethod
    def _is_there(path: Path, content: bytes) -> bool:
        """Whether the file is there and whole; then it counts as kept just now, so that no sweep takes it away."""
        try:
            os.utime(path)
            return path.read_bytes() == content
        except FileNotFoundError:
            return False

    def _write(self, path: Path, content: bytes) -> None:
        draft = self.drafts / secrets.token_hex(16)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                failpoint("file.written")
                os.fsync(stream.fileno())
            failpoint("file.synced")
            draft.rename(path)
            failpoint("file.renamed")
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


class Bucket:
    """Files in an S3 bucket, under *prefix*: a PUT is there, whole, or it is not."""

    def __init__(self, bucket: str, prefix: str, query: dict[str, str]) -> None:
        told = {
            "endpoint": query.get("endpoint"),
            "region": query.get("region"),
            "access_key_id": query.get("access_key"),
            "secret_access_key": query.get("secret_key"),
        }
        # Options of ours hide AWS_ALLOW_HTTP from obstore: it is read here.
        http = query.get("allow_http") or os.environ.get("AWS_ALLOW_HTTP", "")
        options = {"allow_http": http.lower() in {"yes", "true", "1"}}
        self.prefix = f"{prefix}/" if prefix else ""
        with _telling(bucket):
            quick, patient = (
                S3Store(
                    bucket,
                    client_options=options | times,  # type: ignore[arg-type]  # its options as a plain dict
                    retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=6)},
                    **{name: value for name, value in told.items() if value},  # type: ignore[arg-type]  # the same
                )
                for times in (QUICK, PATIENT)
            )
            self.store = cast(S3Store, GuardedStore(quick, patient))

    def keep(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        with _telling(name):
            try:
                self.store.put(self._key(name), content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                # Written again: it mends what is damaged, and counts as kept just now, so that no sweep takes it away.
                self.store.put(self._key(name), content, use_multipart=False)
        return name

    def read(self, name: str) -> bytes:
        with _telling(name):
            try:
                content = bytes(self.store.get(self._key(name)).bytes())
            except FileNotFoundError:  # obstore says it with the builtin, and not with its own NotFoundError
                raise Missing(name) from None
        return _fitting(name, content)

    def has(self, name: str) -> bool:
        key = self._key(name)
        with _telling(name):
            try:
                self.store.head(key)
            except FileNotFoundError:  # obstore says it with the builtin, and not with its own NotFoundError
                return False
        return True

    def expect(self, names: Iterable[str]) -> None:
        asked = set(names)
        with ThreadPoolExecutor(AT_ONCE) as together:
            _expected(dict(zip(asked, together.map(self.has, asked), strict=True)))

    def remove(self, name: str, older_than: datetime | None = None) -> None:
        key = self._key(name)
        with _telling(name), suppress(FileNotFoundError):
            if older_than is None or self.store.head(key)["last_modified"] < older_than:
                self.store.delete(key)

    def names(self, older_than: datetime | None = None) -> Iterator[str]:
        with _telling(self.prefix):
            for page in self.store.list(self.prefix or None):
                for entry in page:
                    name = entry["path"].rpartition("/")[2]
                    if NAME.fullmatch(name) and (older_than is None or entry["last_modified"] < older_than):
                        yield name

    def sweep(self, now: datetime) -> int:
        return 0  # an unfinished PUT leaves nothing behind

    def _key(self, name: str) -> str:
        name = _checked(name)
        return f"{self.prefix}{name[:2]}/{name[2:4]}/{name}"


@contextmanager
def _telling(what: object) -> Iterator[None]:
    """Turn what the disk or the bucket says into our own family of errors."""
    try:
        yield
    except (OSError, BaseError) as problem:
        raise Unavailable(f"{what}: {problem}") from problem


def _expected(found: Mapping[str, bool]) -> None:
    for name, is_there in found.items():
        if not is_there:
            raise Unavailable(f"{name} was erased meanwhile")


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Missing(name)
    return name


def _fitting(name: str, content: bytes) -> bytes:
    if sha256(content).hexdigest() != name:
        raise Damaged(name)
    return content


def _is_older(path: Path, than: datetime | None) -> bool:
    return than is None or path.stat().st_mtime < than.timestamp()


def _make_folder(folder: Path) -> None:
    """Make *folder* and those above it, and sync what each new one was written into."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to *path*, for its owner alone: after a power cut the old file is there or the new one, whole."""
    _make_folder(path.parent)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Write to the disk which names stand in *folder*: without it a new or renamed file may be gone after a cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
