"""Asks the addresses that badges name: the one way out to strangers.

Rule 1: only public addresses are asked. A name is resolved, all that it resolves to is checked, and the connection
(opened in connection.py, for this module alone) goes to the very address checked (docs/security.md E1, E2).
Rule 2: a redirect is a new address: it is taken apart, resolved and checked again, at most 5 times.
Rule 3: everything is counted: seconds, bytes, addresses, and how often one host is asked (docs/decisions.md 14).
A server that hangs, drips, lies or floods costs its own answer and nothing else.
A host is asked so often an hour, for all people together, for those of one network a quarter of it: nobody turns us
against it, and no one network uses up what all have.
Rule 4: we bring nothing along and keep nothing: no cookie, no password, no proxy of the environment. What an exchange with
an issuer sends, a code or a token, goes to that one address, and never where it is pointed.
Rule 5: an address answers with Fetched, whatever its status, or raises Unreachable; nothing else comes out.
`why` is one of WHYS; people are told the same sentence for all of them (docs/security.md E9).
Rule 6: whether an answer is another one since is asked of the very address that gave it, and told by no other: else a
forger who is pointed to says what a host, which he points back to, would have said (RFC 9110, 8.8.3 and 15.4.5).
"""

import json
import mimetypes
import ssl
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Literal
from urllib.parse import urldefrag, urljoin, urlsplit

import httpcore2

from ..concurrency import HOUR, Counts, Limit, Window, current_requester
from ..openbadges import Fetch, Fetched, Unreachable
from .bounded_fetch import OWN_LIMIT, BoundedFetch, Condition
from .connection import ON_THE_WIRE, Allowance, CheckedNetwork, Resolve, resolve
from .ip_policy import PORTS, NotAnAddress, WebAddress, is_public, read_address

WHYS = {
    "refused": "not an address that we ask: not public, not https, another port, or not well-formed",
    "no-answer": "no such host, no connection, a bad certificate, or an answer that is not HTTP",
    "timeout": "the time for this import is over",
    "too-big": "the answer is larger than we take",
    "too-many": "too many redirects, or too many addresses for one import",
    "redirected": "what was sent there was to go elsewhere: what was meant for one is told to no other",
    Unreachable.NEVER: "not an address that we ask, as its own letters say: nothing was looked up, and no day changes it",
    OWN_LIMIT: "this host was asked for people as often as we ask anybody: later it may be asked again",
}
TOTAL = 10.0
"""Seconds that one import may spend asking."""
BIGGEST = 2 * 1024 * 1024
"""Bytes of one body."""
_GZIP = 16 + zlib.MAX_WBITS
"""What zlib calls RFC 1952."""
_PACKS_NOTHING = frozenset({"", "identity", "aws-chunked", "utf-8"})
"""What stands in Content-Encoding before bytes that are plain: how an object came onto a shelf that speaks S3 and keeps that word of
its sender, and an alphabet of whoever took the header for another. Browsers show them."""
BIGGEST_REGISTER = 5_000_000
"""Of a register of issuers, which the operator chose and nobody waits for."""
OF_A_HOUSE = (".localhost", ".local", ".internal", ".home.arpa")
"""How a name ends that means something within a house alone (RFC 6761, 6762, 8375; `.internal` is reserved by ICANN)."""
ETAG = 300
"""Characters of a tag that is worth keeping."""
SETTLES = timedelta(seconds=60)
"""How long before an answer what it gives was changed last, for that moment to tell it from a later one."""
ADDRESSES = 12
"""Requests of one import, redirects included."""
PER_HOST = 10
"""Requests of one import to the same host."""
REDIRECTS = 5
BIGGEST_OF_EXCHANGE = 256 * 1024
"""Bytes of one answer in an exchange with an issuer: metadata, a token, a badge without its picture."""
OF_AN_EXCHANGE = 40
"""Requests of one exchange, in which each badge is asked for with a nonce of its own; what is left is asked for in the next."""
OF_A_HOST = Limit(3600, HOUR)
"""Requests to one host for all people of this worker, as many as a crawler makes that asks once a second."""
OF_A_NETWORK = Limit(OF_A_HOST.amount // 4, HOUR)
"""Of them, for all people of one network.

A fair at which 300 people behind one address add badges of the same issuer asks it some 1,500 times, from two workers.
"""
OF_A_REQUEST = 300
"""Of them, for all the files that came together: a hundred badges of one issuer, each with its own three addresses."""
USER_AGENT = "open-badges-wallet"
"""What we call ourselves where nobody runs an instance: on the command line."""
# Badgr answers with a page for people as soon as `text/html` or `*/*` stands anywhere in Accept: neither does. Who has
# nothing but a page gives it for `text/*`, and the engine looks in it for the badge.
ACCEPT = (
    "application/ld+json, application/json;q=0.9, application/vc+ld+json;q=0.9, application/vc;q=0.9, "
    "application/vc+jwt;q=0.8, application/jwt;q=0.8, application/vc+sd-jwt;q=0.8, application/dc+sd-jwt;q=0.8, "
    "application/statuslist+jwt;q=0.8, image/png;q=0.7, image/svg+xml;q=0.7, "
    "application/*;q=0.3, image/*;q=0.3, text/*;q=0.2"
)


def user_agent(version: str, origin: str, email: str) -> str:
    """What an instance calls itself before those it asks: whose it is, and where to complain. Source: RFC 9110, 10.1.5."""
    contact = [f"+{origin}", *([f"mailto:{email}"] if email else [])]
    name = f"MesBadges/{version} ({'; '.join(contact)})"
    return (
        name if name.isascii() and name.isprintable() and name.count(")") == 1 else f"MesBadges/{version} (+{origin})"
    )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent to an address."""

    method: Literal["GET", "POST"] = "POST"
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Beside what goes with every request; its own `Accept`, for nothing stands there by itself."""
    biggest: int = 0
    """Bytes of the answer, 0 for what all of them may have: a badge may bring its picture along, metadata none."""


@cache
def _certificates_of_this_machine() -> ssl.SSLContext:
    """Whom it believes; read once in a process, however many fetchers it has."""
    return httpcore2.default_ssl_context()


class Fetcher:
    """How this instance asks strangers' addresses. One for the whole wallet; `for_import` gives what is called.

    allow_http   ask plain http too, which nobody protects on its way
    allow        pairs of host (or network address) and port that are asked although they are not public: for tests,
                 and for an operator's own test instance. It lifts the check of addresses and ports, nothing else
    user_agent   what we call ourselves
    total        seconds that one import may spend asking
    own          the host of this very wallet, which may ask itself without end
    resolve      gives the network addresses of a name
    tls          whose certificates are believed; by default those of this machine
    """

    def __init__(
        self,
        *,
        allow_http: bool = False,
        allow: Iterable[tuple[str, int]] = (),
        user_agent: str = USER_AGENT,
        total: float = TOTAL,
        own: str = "",
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.schemes = {"http", "https"} if allow_http else {"https"}
        self.allow = {(host.lower().strip("[]"), port) for host, port in allow}
        self.headers = [("Accept", ACCEPT), ("Accept-Encoding", "identity"), ("User-Agent", user_agent)]
        self.total = total
        self.own = own
        self.asked: Counts = Window()
        self.resolve = resolve
        self.tls = tls or _certificates_of_this_machine()
        self.tls.minimum_version = max(self.tls.minimum_version, ssl.TLSVersion.TLSv1_2)

    def for_import(self, *, is_chore: bool = False) -> "ImportFetch":
        """A fetch for one import: what it may take is counted from nothing, but how often people have a host asked.

        A chore is polite by itself (rechecks/hosts.py): people take nothing of its share, and it takes nothing of theirs.
        """
        return ImportFetch(self, is_chore=is_chore)

    def for_register(self, etag: str = "") -> "ImportFetch":
        """A fetch for one register, as a chore: more bytes, and 304 where it is the one that has *etag* (RFC 9110, 13.1.2)."""
        condition = (("If-None-Match", etag),) if etag else ()
        return ImportFetch(self, is_chore=True, biggest=BIGGEST_REGISTER, condition=condition)

    def for_exchange(self, *, is_chore: bool = False) -> "ImportFetch":
        """A fetch for one exchange with an issuer, which is sent something, too: small answers, and more of them."""
        return ImportFetch(
            self, is_chore=is_chore, biggest=BIGGEST_OF_EXCHANGE, most=OF_AN_EXCHANGE, of_a_host=OF_AN_EXCHANGE
        )

    def may_ask(self, host: str) -> bool:
        """Count one more request to *host* for people, for whom this thread works among them; False beyond a limit."""
        if host == self.own:
            return True
        who = current_requester()
        if who and (who.hosts[host] >= OF_A_REQUEST or not self._has_share(host, who.network)):
            return False
        if not self.asked.hit(OF_A_HOST, "ask", host):
            return False
        if who:
            who.hosts[host] += 1
        return True

    def _has_share(self, host: str, network: str) -> bool:
        """Count one more of that network, unless nobody may ask any more."""
        return self.asked.is_open(OF_A_HOST, "ask", host) and self.asked.hit(OF_A_NETWORK, "ask", f"{host} {network}")

    def asks(self, place: WebAddress) -> bool:
        """Whether *place* may be looked up at all: its scheme, and a name that is not of this house alone."""
        return place.scheme in self.schemes and (
            place.is_number or "." in place.host or (place.host, place.port) in self.allow
        )

    def may_lead_to(self, address: str) -> bool:
        """Whether *address* could be asked, as far as it says itself: what its name resolves to is seen when it is asked.

        The dot of the root at the end of a name is refused: whoever compares letters takes it for another one. Letters that look
        like others are these (read_address).
        """
        try:
            place, ends_in_root = read_address(address), (urlsplit(address).hostname or "").endswith(".")
        except NotAnAddress:
            return False
        if (place.host, place.port) in self.allow:
            return place.scheme in self.schemes
        return self._is_open(place) and not ends_in_root and self.asks(place) and place.port == PORTS[place.scheme]

    def never_asks(self, address: str) -> bool:
        """Whether the letters of *address* say that it is not asked, whatever it resolves to, and today as on any other day."""
        try:
            place = read_address(address)
        except NotAnAddress:
            return True
        if place.scheme not in self.schemes or any(port == place.port for _, port in self.allow):
            return place.scheme not in self.schemes  # what it resolves to may be allowed
        return not (self._is_open(place) and self.asks(place) and place.port in PORTS.values())

    @staticmethod
    def _is_open(place: WebAddress) -> bool:
        """Whether the letters of *place* are not those of a network, or a name, of one house alone."""
        return is_public(place.host) if place.is_number else not f".{place.host}".endswith(OF_A_HOUSE)

    def connects(self, place: WebAddress, addresses: Iterable[str]) -> bool:
        """Whether *place*, which resolved to *addresses*, may be asked: every one of them, or none."""
        if (place.host, place.port) in self.allow:
            return True
        standard = place.port in PORTS.values()
        return all((standard and is_public(number)) or (number, place.port) in self.allow for number in addresses)


@dataclass(eq=False)
class ImportFetch:
    """The asking that is done for one import: called with an address, it gives Fetched or raises Unreachable."""

    fetcher: Fetcher
    is_chore: bool = False
    spent: float = 0.0
    hosts: Counter[str] = field(default_factory=Counter)
    biggest: int = BIGGEST
    most: int = ADDRESSES
    """Requests in all, redirects included."""
    of_a_host: int = PER_HOST
    """Of them, to the same host."""
    condition: Condition = ()
    """Headers by which the answer is asked for only if it is another one."""
    pointed: dict[str, list[str]] = field(default_factory=dict)
    """Where an address was pointed, one step after the other, be it asked there or not."""

    def __call__(self, address: str, condition: Condition = ()) -> Fetched:
        """Ask *address* and follow where it points; raises Unreachable with one of WHYS.

        *condition*: headers by which it is asked for only if it is another one; 304 where it is not (RFC 9110, 13.1).
        """
        if condition:
            self.condition = condition
            try:
                return self(address)
            finally:
                self.condition = ()
        if self.fetcher.never_asks(address):
            raise Unreachable(address, Unreachable.NEVER)
        return self._timed(address, Outgoing("GET", headers=tuple(self.fetcher.headers) + self.condition))

    def send(self, address: str, outgoing: Outgoing) -> Fetched:
        """Give *address* what is to be sent there; raises Unreachable with one of WHYS.

        A GET goes where it is pointed. What carries anything is for that one address: pointed elsewhere it goes nowhere.
        """
        own = tuple((name, value) for name, value in self.fetcher.headers if name != "Accept")
        return self._timed(address, replace(outgoing, headers=own + outgoing.headers))

    def _timed(self, address: str, outgoing: Outgoing) -> Fetched:
        started = monotonic()
        try:
            return self._follow(address, outgoing, Allowance(address, self.fetcher.total - self.spent))
        finally:
            self.spent += monotonic() - started

    def _follow(self, address: str, outgoing: Outgoing, allowance: Allowance) -> Fetched:
        here = address
        for _ in range(1 + REDIRECTS):
            answer = self._ask(here, outgoing, allowance)
            if isinstance(answer, Fetched):
                return answer if here == address else replace(answer, etag="", last_modified="")
            allowance.require(outgoing.method == "GET", "redirected")
            here = answer
            self.pointed.setdefault(address, []).append(here)
            outgoing = replace(outgoing, headers=tuple(one for one in outgoing.headers if one not in self.condition))
        raise Unreachable(address, "too-many")

    def _ask(self, here: str, outgoing: Outgoing, allowance: Allowance) -> Fetched | str:
        try:
            place = read_address(here)
        except NotAnAddress as problem:
            raise Unreachable(allowance.address, "refused") from problem
        allowance.require(self.fetcher.asks(place), "refused")
        allowance.require(self.hosts.total() < self.most and self.hosts[place.host] < self.of_a_host, "too-many")
        allowance.require(self.is_chore or self.fetcher.may_ask(place.host), OWN_LIMIT)
        self.hosts[place.host] += 1
        biggest = outgoing.biggest or self.biggest
        allowance.wire = ON_THE_WIRE + biggest - BIGGEST
        try:
            return self._exchange(here, place, outgoing, allowance)
        except httpcore2.TimeoutException as problem:
            raise Unreachable(allowance.address, "timeout") from problem
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError, ValueError, zlib.error) as problem:
            raise Unreachable(allowance.address, "no-answer") from problem

    def _exchange(self, here: str, place: WebAddress, outgoing: Outgoing, allowance: Allowance) -> Fetched | str:
        """One request: the answer, or the address to which it points."""
        url = httpcore2.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
        headers = [("Host", place.authority), ("Connection", "close"), *outgoing.headers]
        if outgoing.method != "GET":
            headers.append(("Content-Length", str(len(outgoing.body))))
        network = CheckedNetwork(
            place, self.fetcher.resolve, lambda numbers: self.fetcher.connects(place, numbers), allowance
        )
        with (
            httpcore2.ConnectionPool(ssl_context=self.fetcher.tls, network_backend=network) as pool,
            pool.stream(outgoing.method, url, headers=headers, content=outgoing.body or None) as response,
        ):
            received = {name.lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in {301, 302, 303, 307, 308} and b"location" in received:
                return _onward(here, received[b"location"], allowance.address)
            return Fetched(
                address=here,
                status=response.status,
                media_type=received.get(b"content-type", "").partition(";")[0].strip().lower(),
                body=_body(response, allowance, outgoing.biggest or self.biggest),
                etag=_short(received.get(b"etag", "")),
                last_modified=_settled(received),
                retry_after=_short(received.get(b"retry-after", "")),
            )


def pointed_to(fetch: Fetch, address: str) -> list[str]:
    """Where *fetch* was pointed when it asked *address*, the last first; none where it was not, or nobody knows."""
    asking = fetch.fetch if isinstance(fetch, BoundedFetch) else fetch
    return asking.pointed.get(address, [])[::-1] if isinstance(asking, ImportFetch) else []


def _short(header: str) -> str:
    """What is worth keeping of a header that we send back."""
    return header if len(header) <= ETAG and header.isascii() and header.isprintable() else ""


def _settled(received: Mapping[bytes, str]) -> str:
    """When what was given was changed last, where no change that came later can bear the same second: else one that is asked
    for by it would never be told (RFC 9110, 8.8.2.2)."""
    changed = _short(received.get(b"last-modified", ""))
    try:
        is_long_ago = parsedate_to_datetime(changed) + SETTLES <= parsedate_to_datetime(received.get(b"date", ""))
    except (TypeError, ValueError, OverflowError):  # no moment, or one without its zone
        return ""
    return changed if is_long_ago else ""


def _onward(here: str, location: str, asked: str) -> str:
    try:
        # Header values are bytes: what a server writes unencoded is UTF-8 nowadays.
        return urldefrag(urljoin(here, location.encode("latin-1").decode("utf-8", "replace"))).url
    except ValueError as problem:
        raise Unreachable(asked, "refused") from problem


def _body(response: httpcore2.Response, allowance: Allowance, biggest: int) -> bytes:
    # We asked for plain bytes; what lies packed on a shelf (S3) comes packed all the same.
    # Several such lines are one list (RFC 9110, 5.3).
    packings = b",".join(value for name, value in response.headers if name.lower() == b"content-encoding")
    words = (word.strip() for word in packings.decode("latin-1").lower().split(","))
    packed_as = [word for word in words if word not in _PACKS_NOTHING]
    allowance.require(packed_as in ([], ["gzip"], ["x-gzip"]), "no-answer")
    unpacking = zlib.decompressobj(wbits=_GZIP) if packed_as else None
    body, is_cut = bytearray(), False
    for piece in response.iter_stream():
        # What is unpacked has a size that nobody announced: it is unpacked as far as we take it.
        body += unpacking.decompress(piece, biggest + 1 - len(body)) if unpacking else piece
        is_cut = unpacking is not None and not unpacking.eof
        allowance.seconds()
        allowance.require(len(body) <= biggest, "too-big")
    allowance.require(not is_cut, "no-answer")
    return bytes(body)


class FaultyAddressMap(ValueError):
    """The map of addresses cannot be used; the message is a sentence."""


class MappedFetch:
    """A fetch that answers from a file, for the command line: nothing is asked of the network.

    The file is a JSON object {address: file, or HTTP status}; a file is named relative to the map and answers with
    200, a status answers with an empty body, and every other address is Unreachable with `no-answer`.
    """

    def __init__(self, path: Path) -> None:
        """Read the map at *path*; raises FaultyAddressMap for one that cannot be read or names a file that is not there."""
        try:
            answers = json.loads(path.read_bytes())
        except (OSError, ValueError) as problem:
            raise FaultyAddressMap(f"{path} cannot be read as JSON: {problem}") from problem
        if not isinstance(answers, dict):
            raise FaultyAddressMap(f"{path} must hold one object, {{address: file or HTTP status}}.")
        self.answers = {
            urldefrag(address).url: self._answer(path, address, value) for address, value in answers.items()
        }

    def __call__(self, address: str) -> Fetched:
        """The answer that the map gives; raises Unreachable for what it does not name."""
        answer = self.answers.get(urldefrag(address).url)
        if answer is None:
            raise Unreachable(address, "no-answer")
        status, file = answer
        media_type = mimetypes.guess_type(file.name)[0] if file else None
        return Fetched(
            address=address,
            status=status,
            media_type=media_type or "",
            body=file.read_bytes() if file else b"",
        )

    @staticmethod
    def _answer(path: Path, address: str, value: object) -> tuple[int, Path | None]:
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            return value, None
        if isinstance(value, str) and (path.parent / value).is_file():
            return 200, path.parent / value
        raise FaultyAddressMap(
            f"{path}: {address} needs the name of a file that is there, or an HTTP status; not {value!r}."
        )
