"""Keeps bytes under the SHA-256 of their content: in a folder, or in an S3 bucket.

Rule 1: when `keep` returns, the bytes survive a power cut. The folder is written by ourselves, because obstore's local
store never syncs: temporary name, write, fsync, rename, fsync of the folders; only then may a row name the file
(docs/decisions.md 7).
Rule 2: the name is the content. Keeping twice keeps once; bytes that no longer fit their name are never given out.
Rule 3: a name is 64 hexadecimal digits and nothing else ever reaches the disk or the bucket.
Rule 4: what the sweep takes (operations/cleanup.py) is set aside for some days first. Whoever asks for a file that lies aside has it
back on the shelf: a mistake costs nothing. `remove` takes it from both.

    FileMissing    no such file
    Damaged        its bytes no longer fit its name
    Unavailable    the folder or the bucket does not give or take: full, read-only, gone, refused

Addresses (WALLET_FILES_URL):
    file:///srv/wallet/files          a folder; `file://./var/files` starts at the working directory
    s3://bucket/prefix?endpoint=https://s3.example&region=eu-west-3
        The parts of the query are endpoint, region, access_key, secret_key, allow_http (yes or no). What it does not
        say is read from the environment: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY, AWS_ALLOW_HTTP; the secret is better kept there, as addresses end in logs.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from obstore.exceptions import AlreadyExistsError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from .circuit_breaker import PATIENT, QUICK, GuardedStore, NoBucket, Resting
from .file_store import LEDGER, LEDGER_LINE, NAME, STORE_ID, FileStore, Unavailable, check_name, file_problems
from .folder import Folder

FOLDERS = {"", "localhost", "."}
"""Whose folder an address names: of this machine, or in the working directory."""
QUERY = {"endpoint", "region", "access_key", "secret_key", "allow_http"}
ENDPOINTS = "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"
"""Variables with the endpoint; the first one that is there counts, as for obstore."""
WORD, HOST = re.compile(r"[\w.-]+", re.ASCII), re.compile(r"[\w.:-]+", re.ASCII)
"""Of a bucket and a region; and of an endpoint. At anything else obstore panics, which no `except Exception` sees."""


def open_files(url: str) -> FileStore:
    """The place at *url*; raises ValueError, with a sentence, for an address that is none."""
    parts = urlsplit(url)
    # Behind a number sign or a question mark it would be another folder than whoever wrote it sees.
    is_whole = not parts.fragment and not url.endswith(("#", "?"))
    if is_whole and not parts.query and parts.scheme == "file" and parts.netloc in FOLDERS and parts.path.strip("/"):
        path = unquote(parts.path)
        return Folder(Path(path.lstrip("/") if parts.netloc == "." else path).absolute())
    if is_whole and parts.scheme == "s3" and parts.netloc:
        query = dict(parse_qsl(parts.query))
        is_named = WORD.fullmatch(parts.netloc) and WORD.fullmatch(query.get("region", "-"))
        if is_named and query.keys() <= QUERY and query.get("allow_http", "no") in {"yes", "no"}:
            return Bucket(parts.netloc, parts.path.strip("/"), query)
    options = ", ".join(sorted(QUERY))
    raise ValueError(f"{url.partition('?')[0]} must be file:///a/folder, or s3://bucket/prefix with these: {options}.")


def is_over(problem: Unavailable) -> bool:
    """Whether what failed is over: it was refused, or not even asked, and nobody carries it out later.

    A folder says so with the number of its fault. A bucket that did not answer may have been asked all the same.
    """
    cause = problem.__cause__
    if isinstance(cause, OSError):
        return isinstance(cause, Resting | NoBucket) or cause.errno is not None
    return isinstance(cause, PermissionDeniedError | UnauthenticatedError)


def _is_endpoint(address: str, schemes: set[str]) -> bool:
    with suppress(ValueError):  # a port that is none
        parts = urlsplit(address)
        is_whole = parts.scheme in schemes and parts.port != 0 and not any(map(str.isspace, address))
        return is_whole and HOST.fullmatch(parts.hostname or "") is not None
    return False


class Bucket(FileStore):
    """Files in an S3 bucket, under *prefix*: a PUT is there, whole, or it is not."""

    def __init__(self, bucket: str, prefix: str, query: dict[str, str]) -> None:
        named = (query.get("endpoint"), *map(os.environ.get, ENDPOINTS))
        endpoint = next((one for one in named if one is not None), None)
        told = {
            "aws_endpoint_url_s3": endpoint,  # as "endpoint" it would yield to the variable of that name
            "region": query.get("region"),
            "access_key_id": query.get("access_key"),
            "secret_access_key": query.get("secret_key"),
        }
        # Options of ours hide AWS_ALLOW_HTTP from obstore: it is read here.
        http = query.get("allow_http") or os.environ.get("AWS_ALLOW_HTTP", "")
        options = {"allow_http": http.lower() in {"yes", "true", "1"}}
        schemes = {"https", "http"} if options["allow_http"] else {"https"}
        if endpoint is not None and not _is_endpoint(endpoint, schemes):
            raise ValueError(
                f"The endpoint of s3://{bucket} must be an address like https://s3.example.org; one on plain http, like"
                " http://10.0.0.31:9000, with allow_http=yes beside it."
            )
        self.prefix = f"{prefix}/" if prefix else ""
        self.place = f"s3://{bucket}/{self.prefix}"
        with file_problems(bucket):
            quick, patient = (
                S3Store(
                    bucket,
                    client_options=options | times,  # type: ignore[arg-type]  # its options as a plain dict
                    retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=6)},
                    **{name: value for name, value in told.items() if value},  # type: ignore[arg-type]  # the same
                )
                for times in (QUICK, PATIENT)
            )
            self.store = GuardedStore(quick, patient)

    def keep(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        with file_problems(name):
            try:
                self.store.put(self._key(name), content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                # Written again: it mends what is damaged, and counts as kept just now, so that no sweep takes it away.
                self.store.put(self._key(name), content, use_multipart=False)
        return name

    def remove(self, name: str) -> None:
        for key in (self._key(name), self._aside(name)):
            with file_problems(name), suppress(FileNotFoundError):
                self.store.delete(key)

    def set_aside(self, name: str, older_than: datetime, now: datetime) -> bool:
        key = self._key(name)  # when it was set aside S3 says itself
        with file_problems(name), suppress(FileNotFoundError):
            if self.store.head(key)["last_modified"] < older_than:
                self.store.copy(key, self._aside(name))
                self.store.delete(key)  # kept again in between, it still lies aside, the very same bytes
                return True
        return False

    def aside(self) -> Iterator[tuple[str, datetime]]:
        return self._listed(f"{self.prefix}aside/", self._aside)

    def forget_aside(self, name: str) -> None:
        with file_problems(name), suppress(FileNotFoundError):
            self.store.delete(self._aside(name))

    def names(self, older_than: datetime | None = None, after: str = "") -> Iterator[str]:
        kept = self._listed(self.prefix or None, self._key, self._start(after))
        return (name for name, at in kept if older_than is None or at < older_than)

    def sweep(self, now: datetime) -> None:
        """Nothing: an unfinished PUT leaves nothing behind."""

    def read_id(self) -> str | None:
        with file_problems(self.place):
            try:
                return self.store.read(f"{self.prefix}{STORE_ID}").decode("ascii", "replace").strip()
            except FileNotFoundError:
                return None

    def write_id(self, id: str, *, anew: bool = False) -> str:
        with file_problems(self.place), suppress(AlreadyExistsError):
            key, mode = f"{self.prefix}{STORE_ID}", "overwrite" if anew else "create"
            self.store.put(key, id.encode(), mode=mode, use_multipart=False)
        return self.read_id() or ""

    def ledger_lines(self) -> Iterator[str]:
        with file_problems(self.place):
            for page in self.store.list(f"{self.prefix}{LEDGER}/"):
                names = (entry["path"].rpartition("/")[2] for entry in page)
                yield from (name for name in names if LEDGER_LINE.fullmatch(name))

    def write_ledger_line(self, line: str) -> None:
        with file_problems(self.place), suppress(AlreadyExistsError):
            self.store.put(f"{self.prefix}{LEDGER}/{line}", b"", mode="create", use_multipart=False)

    def remove_ledger_line(self, line: str) -> None:
        with file_problems(self.place), suppress(FileNotFoundError):
            self.store.delete(f"{self.prefix}{LEDGER}/{line}")

    def _start(self, after: str) -> str | None:
        """The key after which those of names begin that come *after* this one, or after this beginning of one."""
        return f"{self.prefix}{after[:2]}/{after[2:4]}/{after}" if after else None

    def _listed(
        self, prefix: str | None, key: Callable[[str], str], start: str | None = None
    ) -> Iterator[tuple[str, datetime]]:
        """The files below *prefix* that have the keys which *key* gives, by name, and when each was put there; after the key
        *start*."""
        with file_problems(self.prefix):
            for page in self.store.list(prefix, start):
                for entry in page:
                    name = entry["path"].rpartition("/")[2]
                    if NAME.fullmatch(name) and entry["path"] == key(name):
                        yield name, entry["last_modified"]

    def _content(self, name: str) -> bytes:
        return self.store.read(self._key(name))

    def _part(self, name: str, start: int, length: int) -> bytes:
        return bytes(self.store.get_range(self._key(name), start=start, length=length))

    def _is_kept(self, name: str) -> bool:
        try:
            self.store.head(self._key(name))
        except FileNotFoundError:
            return False
        return True

    def _is_brought_back(self, name: str) -> bool:
        try:
            self.store.copy(self._aside(name), self._key(name))
        except FileNotFoundError:
            return self._is_kept(name)  # somebody else has just brought it back, or there is none
        self.store.delete(self._aside(name))
        return True

    def _key(self, name: str) -> str:
        name = check_name(name)
        return f"{self.prefix}{name[:2]}/{name[2:4]}/{name}"

    def _aside(self, name: str) -> str:
        return f"{self.prefix}aside/{check_name(name)}"
