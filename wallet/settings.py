"""Everything that can be changed from outside: read once, from the environment, into one frozen object.

Each setting has a default that makes the wallet work on one machine, under one folder `var/` of the
working directory. All faults are told at once, in words. Public addresses come from here and only from
here, never from what a request says of itself (docs/security.md B3).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

PREFIX = "WALLET_"
ORIGIN = re.compile(r"(?:https://(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*|http://localhost)(?::(?P<port>[0-9]{1,5}))?")
"""A host that can be a relying-party id is a name, not a number (WebAuthn L3, 4: RP ID)."""
DATABASE = re.compile(r"sqlite:///.+|postgres(?:ql)?://.+")
FILES = re.compile(r"file://(?:localhost|\.)?/[^/].*|s3://[^/?]+.*")
FEWEST, MOST = 5, 500
"""Connections to the database that a worker may be told to have: a visit and what it waits for need several."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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
    sender: Address
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an instance is told from outside. `from_environment` reads and checks it."""

    origin: str = "http://localhost:8000"
    """Scheme, host and port under which people reach this wallet. Its host is the relying-party id: for ever."""
    database_url: str = "sqlite:///var/wallet.sqlite3"
    database_pool: int | None = None
    """How many connections to the database one worker has at most; None for what is usual with its kind (storage/database.py)."""
    files_url: str = "file://./var/files"
    """`file:///…` for a folder, `file://./…` for one below the working directory, or `s3://bucket/prefix?…`."""
    keys: Path = Path("var/keys.json")
    """The instance's own keys, made at first start (docs/decisions.md 8)."""
    erasures: Path = Path("var/erasures")
    """The ledger of erasures, one a line: whoever left does not come back with a backup (docs/decisions.md 19)."""
    issuers: Path | None = None
    """A JSON file of issuers that the operator vouches for (inspection/trusted_issuers.py)."""
    frameworks: Path | None = None
    """A folder of further frameworks of competencies, and of what is added to ours (competencies/frameworks.py)."""
    fetch_http: bool = False
    """Whether issuers may be asked over plain http."""
    fetch_allow: tuple[tuple[str, int], ...] = ()
    """Hosts and ports that may be asked although they are not public: a test instance of one's own."""
    proxies: tuple[str, ...] = ()
    """Addresses of our own reverse proxies: only they may say who is asking."""
    language: str = "fr"
    offline: bool = True
    """Whether phones keep pages for when there is no Internet; off, they drop what they kept (web/service_worker.py)."""
    sandbox: Literal["best", "required"] = "best"
    """Whether to serve where no wall stands around strangers' files (sandbox/child.py)."""
    mail: MailServer | None = None
    """Without it nothing is said of e-mail anywhere."""
    operator: Operator = field(default_factory=Operator)

    @property
    def secure(self) -> bool:
        """Whether people reach the wallet over https."""
        return self.origin.startswith("https://")

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
        faults: list[str] = [f"{key} is not a setting of the wallet." for key in sorted(given.keys() - NAMES)]
        read, usual = _Reading(given, faults, checks or {}), cls()
        settings = cls(
            origin=read.origin("ORIGIN", usual.origin),
            database_url=read.shaped("DATABASE_URL", usual.database_url, DATABASE, "sqlite:///path or postgresql://…"),
            database_pool=read.count("DATABASE_POOL", FEWEST, MOST),
            files_url=read.shaped("FILES_URL", usual.files_url, FILES, "file:///a/folder or s3://bucket/prefix"),
            keys=Path(read.text("KEYS", str(usual.keys))),
            erasures=Path(read.text("ERASURES", str(usual.erasures))),
            issuers=read.checked("ISSUERS"),
            frameworks=read.checked("FRAMEWORKS"),
            fetch_http=read.yes_or_no("FETCH_HTTP", usual.fetch_http),
            fetch_allow=read.hosts("FETCH_ALLOW"),
            proxies=read.numbers("PROXIES"),
            language=read.one_of("LANGUAGE", ("fr", "en"), usual.language),
            offline=read.yes_or_no("OFFLINE", usual.offline),
            sandbox="required" if read.one_of("SANDBOX", ("best", "required"), "best") == "required" else "best",
            mail=read.mail("SMTP", "MAIL_FROM"),
            operator=Operator(**{name: read.text(f"OPERATOR_{name.upper()}", "") for name in OPERATOR}),
        )
        if faults:
            raise SettingsError(faults)
        return settings


OPERATOR = ("name", "address", "email", "phone", "publisher", "host")
NAMES = {
    PREFIX + name
    for name in (
        "ORIGIN",
        "DATABASE_URL",
        "DATABASE_POOL",
        "FILES_URL",
        "KEYS",
        "ERASURES",
        "ISSUERS",
        "FRAMEWORKS",
        "FETCH_HTTP",
        "FETCH_ALLOW",
        "PROXIES",
        "LANGUAGE",
        "OFFLINE",
        "SANDBOX",
        "SMTP",
        "MAIL_FROM",
        *(f"OPERATOR_{name.upper()}" for name in OPERATOR),
    )
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """One pass over the environment; each fault is written down and the pass goes on."""

    given: Mapping[str, str]
    faults: list[str]
    checks: Mapping[str, Check]

    def text(self, name: str, default: str) -> str:
        return self.given.get(PREFIX + name, default)

    def words(self, name: str) -> list[str]:
        return self.text(name, "").replace(",", " ").split()

    def origin(self, name: str, default: str) -> str:
        """A port that browsers leave out of the address would never be met again in a Host header."""
        value = self.text(name, default).rstrip("/").lower()
        found = ORIGIN.fullmatch(value)
        usual = "443" if value.startswith("https:") else "80"
        if not found or found["port"] == usual or int(found["port"] or 1) not in range(1, 65536):
            self.faults.append(
                f"{PREFIX}{name} must be https://a.name, or http://localhost:port on your own machine;"
                " without a path, and without the port that browsers leave out."
            )
        return value

    def shaped(self, name: str, default: str, shape: re.Pattern[str], like: str) -> str:
        value = self.text(name, default)
        if not shape.fullmatch(value):
            self.faults.append(f"{PREFIX}{name} must be an address like {like}.")
        return value

    def checked(self, name: str) -> Path | None:
        value = self.text(name, "")
        if not value:
            return None
        check = self.checks.get(name)
        self.faults.extend(f"{PREFIX}{name} names {fault}" for fault in (check(Path(value)) if check else ()))
        return Path(value)

    def numbers(self, name: str) -> tuple[str, ...]:
        """Network addresses as they will be compared: each in the one way in which Python writes it."""
        found = []
        for word in self.words(name):
            try:
                found.append(str(ip_address(word)))
            except ValueError:
                self.faults.append(f"{PREFIX}{name} must be network addresses; {word} is not one.")
        return tuple(found)

    def count(self, name: str, fewest: int, most: int) -> int | None:
        value = self.text(name, "")
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and fewest <= int(value) <= most):
            self.faults.append(f"{PREFIX}{name} must be a number from {fewest} to {most}.")
            return None
        return int(value)

    def yes_or_no(self, name: str, default: bool) -> bool:
        value = self.text(name, "yes" if default else "no").lower()
        if value not in {"yes", "no"}:
            self.faults.append(f"{PREFIX}{name} must be yes or no.")
        return value == "yes"

    def one_of(self, name: str, words: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in words:
            self.faults.append(f"{PREFIX}{name} must be one of {', '.join(words)}.")
        return value

    def mail(self, server: str, sender: str) -> MailServer | None:
        """A mail server and whom letters come from: both, or neither. The password is in no fault."""
        told = {name for name in (server, sender) if self.text(name, "")}
        if len(told) == 1:
            missing = sender if told == {server} else server
            self.faults.append(f"{PREFIX}{missing} is missing: letters need a server and a sender.")
        comes_from = self.sender(sender) if sender in told else None
        way = self.mail_way(server) if server in told else None
        if comes_from is None or way is None:
            return None
        scheme, host, port, user, password = way
        security: Literal["tls", "starttls", "none"] = "tls" if scheme == "smtps" else "starttls"
        if scheme == "smtp" and host in LOOPBACK and not user:
            security = "none"
        return MailServer(host=host, port=port, security=security, sender=comes_from, user=user, password=password)

    def mail_way(self, name: str) -> tuple[str, str, int, str, str] | None:
        """Scheme, host, port, user and password; of a server that is not this machine all of them are needed."""
        try:
            parts = urlsplit(self.text(name, ""))
            host, port = parts.hostname or "", parts.port or {"smtps": 465, "smtp": 587}.get(parts.scheme, 0)
            user, password = unquote(parts.username or ""), unquote(parts.password or "")
        except ValueError:
            host, port, user, password, parts = "", 0, "", "", urlsplit("")
        is_here = parts.scheme == "smtp" and host in LOOPBACK
        is_plain = not parts.path.strip("/") and not parts.query and not parts.fragment
        if host and port and is_plain and bool(user) == bool(password) and (user or is_here):
            return parts.scheme, host, port, user, password
        self.faults.append(
            f"{PREFIX}{name} must be like smtps://user:password@host:465 or smtp://user:password@host:587,"
            " or smtp://localhost:25 on your own machine; what is no letter or digit in a password is %-encoded."
        )
        return None

    def sender(self, name: str) -> Address | None:
        value = self.text(name, "")
        shown, address = parseaddr(value)
        try:
            if value.isprintable() and address.isascii():
                return Address(shown, addr_spec=address)
        except (ValueError, IndexError, MessageError):
            pass  # told below, as what is not printable
        self.faults.append(f"{PREFIX}{name} must be an e-mail address, or a name and an address: Name <name@host>.")
        return None

    def hosts(self, name: str) -> tuple[tuple[str, int], ...]:
        pairs = []
        for word in self.words(name):
            host, _, port = word.rpartition(":")
            if not host or not (port.isascii() and port.isdigit()):
                self.faults.append(f"{PREFIX}{name} must be host:port words; {word} is not one.")
            else:
                pairs.append((host, int(port)))
        return tuple(pairs)
