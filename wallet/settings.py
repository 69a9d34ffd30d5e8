"""Everything that can be changed from outside: read once, from the environment, into one frozen object.

Each setting has a default that makes the wallet work on one machine, under one folder `var/` of the
working directory. All faults are told at once, in words. Public addresses come from here and only from
here, never from what a request says of itself (docs/security.md B3).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from importlib.util import find_spec
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from email.headerregistry import Address

PREFIX = "WALLET_"
ORIGIN = re.compile(r"(?:https://(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*|http://localhost)(?::(?P<port>[1-9][0-9]{0,4}))?")
"""A host that can be a relying-party id is a name, not a number (WebAuthn L3, 4: RP ID)."""
DATABASE = re.compile(r"sqlite:///(?!:memory:|[~$])[^?]+|postgres(?:ql)?://.+")
"""A database in memory would be another one in each command and in each worker; what stands behind ? is nothing to SQLite."""
FILES = re.compile(r"file://(?:localhost|\.)?/[^/~$].*|s3://[^/?]+.*")
COUNTS = re.compile(r"memory|database")
VALKEYS = ("valkey", "valkeys")
FEWEST, MOST = 5, 500
"""Connections to the database that a worker may be told to have: a visit and what it waits for need several."""
SLOWEST, FASTEST = 0.03, 1000.0
"""Badges a second of one host that may be checked again."""
USUAL_LEDGER = Path("var/erasures")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
T = TypeVar("T")
Check = Callable[[Path], Sequence[str]]
"""What is wrong with a file or a folder that a setting names, in sentences that follow "names"; none where it can be used."""


class SettingsError(Exception):
    """Some settings cannot be used; `faults` has one sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Who runs this instance: shown in the legal notice and as data controller (docs/decisions.md 20)."""

    name: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    publisher: str = ""
    host: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MailServer:
    """Who takes our letters, and whom they come from."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    """TLS from the first byte, TLS after a word in clear, or none on this very machine."""
    sender: "Address"
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenKeys:
    """Keys that are handed over by whoever starts the wallet, and that are never made, changed or removed here.

    A credential is a file in the folder that systemd names (systemd.exec, LoadCredential), or that a secret is mounted in.
    """

    name: str
    """As WALLET_KEYS says it: `env:NAME` or `credential:NAME`."""
    path: Path | None = None
    """Of a credential."""
    text: str = field(default="", repr=False)
    """Of what stands in the environment."""

    def __str__(self) -> str:
        return f"{self.name} ({self.path})" if self.path else self.name

    def exists(self) -> bool:
        """Whether there is anything."""
        return self.path.is_file() if self.path else bool(self.text)

    def read_bytes(self) -> bytes:
        """The content of the file of keys; raises OSError."""
        return self.path.read_bytes() if self.path else self.text.encode()

    @property
    def remark(self) -> str:
        """What whoever starts the wallet is told of it, "" for nothing."""
        if self.path is None or not self.path.stat().st_mode & 0o077:
            return ""
        mode = f"{self.path.stat().st_mode & 0o7777:04o}"
        return f"The keys in {self} can be read by others here (mode {mode}), as mounted secrets can: see to it who is here."


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an instance is told from outside. `from_environment` reads and checks it."""

    origin: str = "http://localhost:8000"
    """Scheme, host and port under which people reach this wallet. Its host is the relying-party id: for ever."""
    database_url: str = "sqlite:///var/wallet.sqlite3"
    database_pool: int | None = None
    """How many connections to the database one worker has at most; None for what is usual with its kind (storage/database.py)."""
    migrate: bool = True
    """Whether a start brings the schema up to date; else `wallet migrate` does (storage/schema.py)."""
    files_url: str = "file://./var/files"
    """`file:///…` for a folder, `file://./…` for one below the working directory, or `s3://bucket/prefix?…`."""
    keys: Path | GivenKeys = Path("var/keys.json")
    """The instance's own keys, made at first start (docs/decisions.md 8), or given from outside."""
    erasures: Path | None = USUAL_LEDGER
    """The ledger of erasures, one a line: whoever left does not come back with a backup (docs/decisions.md 19). None: it is on
    the shelf, with the files; so it is on S3 unless told otherwise, for there several nodes may be."""
    issuers: Path | None = None
    """A JSON file of issuers that the operator vouches for (trust/forms)."""
    frameworks: Path | None = None
    """A folder of further frameworks of competencies, and of what is added to ours (competencies/frameworks.py)."""
    fetch_http: bool = False
    """Whether issuers may be asked over plain http."""
    fetch_allow: tuple[tuple[str, int], ...] = ()
    """Hosts and ports that may be asked although they are not public: a test instance of one's own."""
    limits: str = field(default="", repr=False)
    """Where it is counted how often somebody did something (web/rate_limits.py): `memory` of each worker, `database`, or the
    address of a Valkey; "" is what suits the database."""
    issuer_rates: tuple[tuple[str, float], ...] = ()
    """Hosts, and how many of its badges a second may be checked again; of all others their own answers decide (rechecks/hosts.py)."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of our own reverse proxies: only they may say who is asking."""
    language: str = "fr"
    offline: bool = True
    """Whether phones keep pages for when there is no Internet; off, they drop what they kept (web/service_worker.py)."""
    chores: bool = True
    """Whether a served process does the chores that one process does for all (operations/background.py): `here`, or `no` where
    `wallet work` does them."""
    sandbox: Literal["best", "required"] = "best"
    """Whether to serve where no wall stands around strangers' files (sandbox/child.py)."""
    mail: MailServer | None = None
    """Without it nothing is said of e-mail anywhere."""
    operations: tuple[str, int] | None = None
    """Where the tools of an operator are answered, and nobody else (monitoring/listener.py); None for nowhere."""
    log: Literal["text", "json"] = "text"
    """How the log is written (monitoring/log_lines.py)."""
    operator: Operator = field(default_factory=Operator)

    @property
    def secure(self) -> bool:
        """Whether people reach the wallet over https."""
        return self.origin.startswith("https://")

    @property
    def counts_in(self) -> str:
        """As `limits`, where nothing was said what suits the database: one machine counts in its memory."""
        return self.limits or ("memory" if self.database_url.startswith("sqlite") else "database")

    @property
    def host(self) -> str:
        """The host name alone: the relying-party id of WebAuthn."""
        return urlsplit(self.origin).hostname or ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], checks: Mapping[str, Check] | None = None) -> "Settings":
        """The settings that *environment* gives; raises SettingsError with every fault at once.

        *checks* looks into what ISSUERS and FRAMEWORKS name (operations/configuration.py): nothing is known here of what
        is in there.
        """
        given = {key: value.strip() for key, value in environment.items() if key.startswith(PREFIX) and value.strip()}
        faults = [
            f"{PREFIX}{missing} is missing: letters need a server and a sender."
            for missing, other in (("SMTP", "MAIL_FROM"), ("MAIL_FROM", "SMTP"))
            if PREFIX + missing not in given and PREFIX + other in given
        ]
        reading, usual = _Reading(given, faults, checks or {}), cls()
        read = reading.read
        server = read("SMTP", _mail_server, None, A_SERVER)
        sender = read(
            "MAIL_FROM", _sender, None, "must be an e-mail address, or a name and an address: Name <name@host>."
        )
        is_s3 = given.get(f"{PREFIX}FILES_URL", "").startswith("s3:")
        settings = cls(
            origin=read("ORIGIN", _origin, usual.origin, AN_ORIGIN),
            database_url=read(
                "DATABASE_URL",
                _like(DATABASE),
                usual.database_url,
                f"must be an address like sqlite:///path or postgresql://…, {NO_SHELL}.",
            ),
            database_pool=read("DATABASE_POOL", _connections, None, f"must be a number from {FEWEST} to {MOST}."),
            migrate=read("MIGRATE", _yes_or_no, usual.migrate, "must be yes or no."),
            files_url=read(
                "FILES_URL",
                _like(FILES),
                usual.files_url,
                f"must be an address like file:///a/folder or s3://bucket/prefix, {NO_SHELL}.",
            ),
            keys=read("KEYS", partial(_keys, environment, given), usual.keys, KEYS),
            erasures=read("ERASURES", _ledger, None if is_s3 else usual.erasures, A_LEDGER),
            issuers=reading.checked("ISSUERS"),
            frameworks=reading.checked("FRAMEWORKS"),
            fetch_http=read("FETCH_HTTP", _yes_or_no, usual.fetch_http, "must be yes or no."),
            fetch_allow=reading.words("FETCH_ALLOW", _host_and_port, "host:port words"),
            limits=read("LIMITS", _counts, usual.limits, f"must be {A_COUNT}."),
            issuer_rates=reading.words(
                "ISSUER_RATES", _host_and_rate, f"host=number words, from {SLOWEST} to {FASTEST} a second"
            ),
            proxies=reading.words("PROXIES", _proxy, "addresses, or networks like 10.0.0.0/8"),
            language=read("LANGUAGE", _like(LANGUAGES), usual.language, "must be one of fr, en."),
            offline=read("OFFLINE", _yes_or_no, usual.offline, "must be yes or no."),
            chores=read("CHORES", CHORES.__getitem__, usual.chores, f"must be one of {', '.join(CHORES)}."),
            sandbox=read("SANDBOX", SANDBOXES.__getitem__, usual.sandbox, f"must be one of {', '.join(SANDBOXES)}."),
            mail=MailServer(**server, sender=sender) if server and sender else None,
            operations=read("OPERATIONS", _listen_address, None, A_PLACE),
            log=read("LOG", LOGS.__getitem__, usual.log, f"must be one of {', '.join(LOGS)}."),
            operator=Operator(**{one.name: read(f"OPERATOR_{one.name.upper()}", str, "") for one in fields(Operator)}),
        )
        faults += [*_faults_of_counts(settings), *_faults_of_rates(settings)]
        faults += [f"{key} is not a setting of the wallet." for key in sorted(given)]
        if faults:
            raise SettingsError(faults)
        return settings


LANGUAGES = re.compile("fr|en")
SANDBOXES: Mapping[str, Literal["best", "required"]] = {"best": "best", "required": "required"}
CHORES: Mapping[str, bool] = {"here": True, "no": False}
LOGS: Mapping[str, Literal["text", "json"]] = {"text": "text", "json": "json"}
AN_ORIGIN = (
    "must be https://a.name, or http://localhost:port on your own machine;"
    " without a path, and without the port that browsers leave out."
)
NO_SHELL = "with neither ~ nor $, which a shell alone reads"
KEYS = (
    "must be a path, env:NAME of a variable that is set, or credential:NAME where CREDENTIALS_DIRECTORY names a folder, as"
    f" systemd's LoadCredential does; a path {NO_SHELL}."
)
A_LEDGER = f"must be shelf, or a path that has a /, {NO_SHELL}."
A_PLACE = "must be host:port, as 127.0.0.1:9100 or [::1]:9100; everywhere is 0.0.0.0:9100."
ON_SHELF = "shelf"
KIND = re.compile(r"\w+:")
HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
A_SERVER = (
    "must be like smtps://user:password@host:465 or smtp://user:password@host:587,"
    " or smtp://localhost:25 on your own machine; what is no letter or digit in a password is %-encoded."
)


A_COUNT = (
    "memory, database, or an address like valkey://host:6379 or valkeys://user:password@host:6379/0, and nothing behind that;"
    " what is no letter or digit in a password is %-encoded"
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One pass over the environment; each fault is written down and the pass goes on. What is *given* and nobody reads stays."""

    given: dict[str, str]
    faults: list[str]
    checks: Mapping[str, Check]

    def read(self, name: str, parse: Callable[[str], T], default: T, must: str = "") -> T:
        """What *parse* makes of a setting; where it makes nothing, *must* says what it must be. *default* where it is not set."""
        value = self.given.pop(PREFIX + name, "")
        return self._parsed(name, value, parse, default, must) if value else default

    def words(self, name: str, parse: Callable[[str], T], must: str) -> tuple[T, ...]:
        """What *parse* makes of each word of a setting."""
        words = self.given.pop(PREFIX + name, "").replace(",", " ").split()
        found = [self._parsed(name, word, parse, None, f"must be {must}; {word} is not one.") for word in words]
        return tuple(one for one in found if one is not None)

    def checked(self, name: str) -> Path | None:
        """The file or the folder that a setting names, looked into."""
        path, check = self.read(name, Path, None), self.checks.get(name)
        self.faults.extend(f"{PREFIX}{name} names {fault}" for fault in (check(path) if path and check else ()))
        return path

    def _parsed(self, name: str, value: str, parse: Callable[[str], T], default: T, must: str) -> T:
        try:
            return parse(value)
        except (ValueError, LookupError):
            self.faults.append(f"{PREFIX}{name} {must}")
            return default


def _origin(value: str) -> str:
    """A port that browsers leave out of the address would never be met again in a Host header."""
    value = value.rstrip("/").lower()
    found = ORIGIN.fullmatch(value)
    usual = "443" if value.startswith("https:") else "80"
    if not found or found["port"] == usual or int(found["port"] or 1) not in range(1, 65536):
        raise ValueError
    return value


def _like(shape: re.Pattern[str]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not shape.fullmatch(value):
            raise ValueError
        return value

    return read


def _counts(value: str) -> str:
    """What else an address of a Valkey may hold its client reads when it is asked, and ends the start or the request by it."""
    if COUNTS.fullmatch(value):
        return value
    parts = urlsplit(value)
    is_whole = bool(parts.hostname) and parts.port != 0 and re.fullmatch(r"/?|/[0-9]{1,5}", parts.path)
    if parts.scheme not in VALKEYS or not is_whole or parts.query or parts.fragment or any(map(str.isspace, value)):
        raise ValueError
    return value


def _faults_of_counts(settings: Settings) -> list[str]:
    if settings.limits == "database" and settings.database_url.startswith("sqlite"):
        return [
            f"{PREFIX}LIMITS can be database with PostgreSQL alone: to SQLite there is one machine, which counts in memory."
        ]
    if settings.limits.startswith("valkey") and find_spec("valkey") is None:
        return [f"{PREFIX}LIMITS names a Valkey, and its client is not installed: pip install valkey."]
    return []


def _keys(environment: Mapping[str, str], given: dict[str, str], value: str) -> Path | GivenKeys:
    """What stands in the variable that is named is read here, and is no setting, whatever its name."""
    kind, _, name = value.partition(":")
    if kind == "env":
        given.pop(name, None)
        return GivenKeys(name=value, text=environment[name])
    if kind == "credential":
        if not re.fullmatch(r"[\w.-]+", name):
            raise ValueError
        return GivenKeys(name=value, path=Path(environment["CREDENTIALS_DIRECTORY"]) / name)
    return _path(value)


def _faults_of_rates(settings: Settings) -> list[str]:
    times = Counter(host for host, _ in settings.issuer_rates)
    return [f"{PREFIX}ISSUER_RATES names {host} more than once." for host, count in times.items() if count > 1]


def _ledger(value: str) -> Path | None:
    """A word alone is as likely shelf, misspelt: each node would keep a ledger of its own."""
    if value.lower() == ON_SHELF:
        return None
    if "/" not in value:
        raise ValueError
    return _path(value)


def _path(value: str) -> Path:
    """A path; a word and a colon are an address, or a kind of keys with a letter too many, and no folder to be made here. Nor is
    ~ one: in a file of settings there is no shell that makes a home of it."""
    if KIND.match(value) or value[0] in "~$":
        raise ValueError
    return Path(value)


def _yes_or_no(value: str) -> bool:
    return {"yes": True, "no": False}[value.lower()]


def _connections(value: str) -> int:
    if not (value.isascii() and value.isdigit() and FEWEST <= int(value) <= MOST):
        raise ValueError
    return int(value)


def _host_and_port(word: str) -> tuple[str, int]:
    host, _, port = word.rpartition(":")
    if not _is_host(host) or not (port.isascii() and port.isdigit() and int(port) in range(1, 65536)):
        raise ValueError
    return host, int(port)


def _is_host(word: str) -> bool:
    """An address with its scheme is no host: it would be taken for the name of one, which nobody has."""
    return bool(word) and "/" not in word


def _proxy(word: str) -> str:
    """A network only where it begins with its own address: 10.1.2.3/8 may mean that one address."""
    return str(ip_network(word) if "/" in word else ip_address(word))


def _listen_address(value: str) -> tuple[str, int]:
    """A place to listen on; a number of IPv6 stands in brackets, as in every address, and * is no host: to a socket it is all."""
    host, port = _host_and_port(value)
    if host.startswith("[") and host.endswith("]"):
        return str(IPv6Address(host[1:-1])), port
    if not HOST.fullmatch(host):
        raise ValueError
    return str(ip_address(host)) if host.replace(".", "").isdigit() else host, port


def _host_and_rate(word: str) -> tuple[str, float]:
    host, _, rate = word.partition("=")
    if not _is_host(host) or not SLOWEST <= float(rate) <= FASTEST:
        raise ValueError
    return host.lower(), float(rate)


def _mail_server(value: str) -> dict[str, Any]:
    """All of a MailServer but whom letters come from; a server that is not this machine needs a user and a password."""
    parts = urlsplit(value)
    usual = {"smtps": 465, "smtp": 587}.get(parts.scheme, 0)
    host, port = parts.hostname or "", usual if parts.port is None else parts.port
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_here = parts.scheme == "smtp" and host in LOOPBACK
    is_plain = not parts.path.strip("/") and not parts.query and not parts.fragment
    if not (host and port and is_plain and bool(user) == bool(password) and (user or is_here)):
        raise ValueError
    security = "tls" if parts.scheme == "smtps" else "starttls" if user else "none"
    return {"host": host, "port": port, "security": security, "user": user, "password": password}


def _sender(value: str) -> "Address":
    # Loaded where letters are sent: `wallet check` sends none.
    from email.errors import MessageError  # noqa: PLC0415
    from email.headerregistry import Address  # noqa: PLC0415
    from email.utils import parseaddr  # noqa: PLC0415

    shown, address = parseaddr(value)
    is_closed = ("<" in value) == value.endswith(">")  # parseaddr closes it by itself
    if not (value.isprintable() and address.isascii() and is_closed):
        raise ValueError
    try:
        return Address(shown, addr_spec=address)
    except MessageError as problem:
        raise ValueError(str(problem)) from None
