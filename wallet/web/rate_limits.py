"""How fast anyone may go: strict for one account or one share, loose for a network.

Mobile operators and job fairs put many people behind one address (docs/decisions.md 15), so a network's limit only stops
floods; keys, papers and codes count against it only where they failed, and challenges never, so that nobody locks the
neighbours out.

What is counted in the memory of each worker, as it is on SQLite, lets with several of them that many times as much through;
where nodes share their counts (concurrency/shared_windows.py) a limit holds for all of them together. Of each node by itself are, there
too, the pages that strangers open (OF_A_NODE), and which challenges are the newest (NEWEST): nobody is refused those. What
guards codes is counted in rows (shares/passcodes.py, accounts/mailed_codes.py, accounts/recoveries.py), and never here alone.
"""

import re
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil

from starlette.exceptions import HTTPException
from starlette.requests import Request

from .. import monitoring
from ..concurrency import HOUR, MINUTE, Counts, Limit, Newest, Window

STRICT = {
    "import": Limit(120, HOUR),
    "handover": Limit(60, HOUR),
    "check": Limit(30, HOUR),
    "share": Limit(60, HOUR),
    "preview": Limit(1200, HOUR),
    "key": Limit(20, 10 * MINUTE),
    "paper": Limit(10, HOUR),
    "change": Limit(600, HOUR),
    "attach": Limit(240, HOUR),
    "search": Limit(600, HOUR),
    "archive import": Limit(12, HOUR),
    "export": Limit(12, HOUR),
    "mail": Limit(20, HOUR),
    "letter": Limit(10, HOUR),
    "code": Limit(60, HOUR),
    "opening": Limit(60, HOUR),
    "entering": Limit(1, 24 * HOUR),
    "recheck": Limit(6, HOUR),
    "report here": Limit(5, 24 * HOUR),
    "reply here": Limit(1, HOUR),
    "word": Limit(30, HOUR),
    "petition": Limit(10, 24 * HOUR),
    "petition answer": Limit(30, HOUR),
    "word letter": Limit(4, 24 * HOUR),
    "presentation": Limit(120, HOUR),
    "sheet": Limit(60, HOUR),
    "dossier": Limit(30, HOUR),
    "sent": Limit(100, 24 * HOUR),
    "platform": Limit(2000, HOUR),
    "transaction code": Limit(12, HOUR),
}
"""What one account, one connected platform, one offer, share or visitor may do, how many letters go to a mailbox that is
nobody's yet, and how much one network says against one share, or answers to it."""
LOOSE = {
    "import": Limit(2000, HOUR),
    "handover": Limit(300, HOUR),
    "check": Limit(1000, HOUR),
    "share": Limit(1000, HOUR),
    "preview": Limit(12000, HOUR),
    "change": Limit(6000, HOUR),
    "attach": Limit(2000, HOUR),
    "search": Limit(6000, HOUR),
    "archive import": Limit(120, HOUR),
    "export": Limit(300, HOUR),
    "mail": Limit(300, 10 * MINUTE),
    "letter": Limit(300, 10 * MINUTE),
    "open": Limit(1200, MINUTE),
    "opening": Limit(1200, HOUR),
    "entering": Limit(1200, HOUR),
    "recheck": Limit(60, HOUR),
    "report": Limit(60, HOUR),
    "reply": Limit(60, HOUR),
    "call": Limit(20, HOUR),
    "word": Limit(600, HOUR),
    "petition": Limit(300, HOUR),
    "petition answer": Limit(600, HOUR),
    "word letter": Limit(60, HOUR),
    "presentation": Limit(1200, HOUR),
    "sheet": Limit(600, HOUR),
    "dossier": Limit(300, HOUR),
    "registration": Limit(20, HOUR),
    "token": Limit(6000, HOUR),
}
"""What everyone behind one network prefix may do together."""
FAILED = {"key": Limit(3000, 10 * MINUTE), "paper": Limit(300, HOUR), "code": Limit(3000, 10 * MINUTE)}
"""How often everyone behind one network prefix may fail together, before nobody there may try: what works does not count."""
NEWEST = {"challenge": (Limit(20, 5 * MINUTE), Limit(12_000, 5 * MINUTE))}
"""Of what nobody is refused: how many of the newest stay of one browser, and of one network."""
BYTES = {
    "handover": Limit(40 * 1024 * 1024, 30 * MINUTE),
    "visitor": Limit(100 * 1024 * 1024, 30 * MINUTE),
}
"""Bytes that those without a wallet bring from one network prefix: they share a room with all others like them."""
ALL, SHARE = {"recheck": Limit(600, HOUR)}, {"recheck": 6}
"""What everybody may do together, wherever they are, and how much of it each network has although others used all up: that
nobody turns us against an issuer, network/client.py sees to (OF_A_HOST)."""


OF_A_NODE = frozenset({"open"})
"""What each node counts for itself: a page that lies ready costs less than asking others how many were opened, and what this
limit guards, the threads and cores of one node, grows with their number."""
KNOWN = 1024
"""Addresses of which it is remembered whether they lie in a network of ours."""
OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = re.compile(rf"((?:{OCTET}\.){{3}}){OCTET}")
"""An address as ip_address takes it: without zeros before a number."""


class OurProxies:
    """The addresses and the networks of our own reverse proxies."""

    def __init__(self, told: tuple[str, ...]) -> None:
        self._addresses = frozenset(one for one in told if "/" not in one)
        self._networks = tuple(ip_network(one) for one in told if "/" in one)
        # A proxy asks again and again, and to read an address takes as long as all the rest of finding who asks.
        self._lies_in_one = lru_cache(KNOWN)(self._is_in_a_network)

    def __contains__(self, address: str) -> bool:
        """Whether *address* is one of ours."""
        may_lie = bool(self._networks) or ":" in address  # one of ours, as a socket writes it that hears both
        return address in self._addresses or (may_lie and self._lies_in_one(address))

    def _is_in_a_network(self, address: str) -> bool:
        try:
            found = _plain(ip_address(address))
        except ValueError:
            return False
        return str(found) in self._addresses or any(found in network for network in self._networks)


class RateLimits:
    """Counts what was done lately, in *window*; *proxies* are our own, whose word about the asker is taken."""

    def __init__(self, proxies: tuple[str, ...] = (), window: Counts | None = None) -> None:
        self.proxies = OurProxies(proxies)
        self.window: Counts = window or Window()
        self.newest = Newest(NEWEST)

    def allow(self, what: str, request: Request, whose: tuple[object, ...]) -> bool:
        """Count one more of *what*; False beyond a limit. What is beyond a strict one counts for no network."""
        network, theirs = self.network(request), [str(one) for one in whose]
        return (
            all(self._is_open(STRICT.get(what), what, one) for one in theirs)
            and self._hit(LOOSE.get(what), what, network)
            and all(self._hit(STRICT.get(what), what, one) for one in theirs)
            and (self._hit(ALL.get(what), what, "everybody") or self._has_share(what, network))
        )

    def allow_once(self, what: str, request: Request, whose: str, content: str) -> bool:
        """Count one more of *what* for *whose*; the same *content* once more, as a second tap sends it, counts no more."""
        again = STRICT[what]._replace(amount=1)
        name = f"{whose} {content}"
        if not self.window.is_open(again, f"once {what}", name):
            return True
        is_allowed = self._hit(STRICT[what], what, whose)
        if is_allowed:
            self.window.hit(again, f"once {what}", name)
        return is_allowed

    def require(self, what: str, request: Request, whose: tuple[object, ...]) -> None:
        """Count one more of *what*; 429 beyond a limit, which says how long it is full."""
        if not self.allow(what, request, whose):
            raise _too_many(self._wait(what, request, whose))

    def make_room(self, what: str, request: Request, name: str, browser: str) -> list[str]:
        """Count one more of *what*, of that name, which nobody is refused: the names of those that have to go for it."""
        limits, keys = NEWEST[what], (f"browser {browser}", self.network(request))
        gone = [self.newest.add(limit, what, key, name) for limit, key in zip(limits, keys, strict=True)]
        return [one for one in gone if one is not None]

    def require_few_failures(self, what: str, request: Request) -> None:
        """429 where too many of the asker's network failed at *what* lately."""
        if not self.window.is_open(FAILED[what], f"failed {what}", self.network(request)):
            monitoring.count("limit_hits", what)
            raise _too_many(self.window.wait(FAILED[what], f"failed {what}", self.network(request)))

    def failed(self, what: str, request: Request) -> None:
        """Count one that failed."""
        self.window.hit(FAILED[what], f"failed {what}", self.network(request))

    def allow_bytes(self, what: str, request: Request, amount: int, once: str = "") -> bool:
        """Count so many bytes more of the asker's network; False, and nothing is counted, beyond the limit.

        *once* is the name of what may come again, as a phone sends it that heard nothing: that counts once.
        """
        again = Limit(1, BYTES[what].seconds)
        if once and not self.window.is_open(again, f"once {what}", once):
            return True
        is_allowed = self.window.hit(BYTES[what], f"bytes {what}", self.network(request), amount)
        if is_allowed and once:
            self.window.hit(again, f"once {what}", once)
        if not is_allowed:
            monitoring.count("limit_hits", what)
        return is_allowed

    def use_up_bytes(self, what: str, request: Request) -> None:
        """Count all that the asker's network may still bring: what came is here, and more than that."""
        network = self.network(request)
        left = BYTES[what].amount - self.window.amount(BYTES[what], f"bytes {what}", network)
        if left > 0:
            self.window.hit(BYTES[what], f"bytes {what}", network, left)

    def _is_open(self, limit: Limit | None, what: str, key: str) -> bool:
        if limit is None or self.window.is_open(limit, what, key):
            return True
        monitoring.count("limit_hits", what)
        return False

    def _hit(self, limit: Limit | None, what: str, key: str) -> bool:
        if limit is None or self.window.hit(limit, what, key):
            return True
        monitoring.count("limit_hits", what)
        return False

    def _wait(self, what: str, request: Request, whose: tuple[object, ...]) -> float:
        """Seconds until the first of its limits that is full lets one more through; asked in the order of `allow`."""
        theirs = ((STRICT.get(what), str(one)) for one in whose)
        for limit, key in (*theirs, (LOOSE.get(what), self.network(request))):
            if limit and not self.window.is_open(limit, what, key):
                return self.window.wait(limit, what, key)
        return MINUTE

    def _has_share(self, what: str, network: str) -> bool:
        return self.window.amount(LOOSE[what], what, network) <= SHARE[what]

    def network(self, request: Request, ipv6: int = 56) -> str:
        """The network prefix of whoever asks."""
        return network_of(self.asker(request), ipv6)

    def asker(self, request: Request) -> str:
        """The address of whoever asks: the last hop that is not one of our own proxies (docs/security.md A11)."""
        address = (request.scope.get("client") or ("",))[0]
        # A proxy may add a second header instead of a second name: all of them count, in their order.
        told = b",".join([value for name, value in request.scope["headers"] if name == b"x-forwarded-for"])
        hops = [hop.strip() for hop in told.decode("latin-1").split(",") if hop.strip()]
        while hops and address in self.proxies:
            address = hops.pop()
        return address


def _too_many(seconds: float) -> HTTPException:
    return HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(max(1, ceil(seconds)))})


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address itself of one that is written as ::ffff:192.0.2.1, on a socket that hears both."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def network_of(address: str, ipv6: int = 56) -> str:
    """The network prefix that stands for *address*: /24 for IPv4, /*ipv6* for IPv6, and itself for anything else."""
    if told := IPV4.fullmatch(address):  # nearly all are, and ip_address takes far longer to see it
        return f"{told[1]}0/24"
    try:
        found = _plain(ip_address(address))
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 128 - ipv6 << 128 - ipv6)}/{ipv6}"
    return f"{str(found).rpartition('.')[0]}.0/24"
