"""How fast anyone may go: strict for one account or one share, loose for a network.

Mobile operators and job fairs put many people behind one address (decisions.md, 15), so a network's limit
only stops floods. Counts live in the memory of one worker: with several workers a limit is that many times wider.
"""

from collections import deque
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Lock
from time import monotonic
from typing import NamedTuple

from starlette.requests import Request

MINUTE, HOUR = 60.0, 3600.0


class Limit(NamedTuple):
    """So many in so many seconds, wherever these begin."""

    amount: int
    seconds: float


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
    "homecoming": Limit(12, HOUR),
    "export": Limit(12, HOUR),
    "mail": Limit(20, HOUR),
    "letter": Limit(10, HOUR),
    "code": Limit(60, HOUR),
    "guess": Limit(200, HOUR),
    "opening": Limit(60, HOUR),
    "entering": Limit(1, 24 * HOUR),
    "recheck": Limit(6, HOUR),
    "report": Limit(10, HOUR),
    "presentation": Limit(120, HOUR),
}
"""What one account, share or visitor may do, how many letters go to a mailbox that is nobody's yet, and how often one
network guesses at a code: a fifth of all the tries that it has, so that no one place uses them up."""
LOOSE = {
    "import": Limit(2000, HOUR),
    "handover": Limit(300, HOUR),
    "check": Limit(1000, HOUR),
    "share": Limit(1000, HOUR),
    "preview": Limit(12000, HOUR),
    "key": Limit(300, 10 * MINUTE),
    "paper": Limit(300, HOUR),
    "change": Limit(6000, HOUR),
    "attach": Limit(2000, HOUR),
    "search": Limit(6000, HOUR),
    "homecoming": Limit(120, HOUR),
    "export": Limit(300, HOUR),
    "mail": Limit(300, 10 * MINUTE),
    "letter": Limit(300, 10 * MINUTE),
    "code": Limit(300, 10 * MINUTE),
    "open": Limit(1200, MINUTE),
    "opening": Limit(1200, HOUR),
    "entering": Limit(1200, HOUR),
    "recheck": Limit(60, HOUR),
    "report": Limit(60, HOUR),
    "presentation": Limit(1200, HOUR),
}
"""What everyone behind one network prefix may do together."""
ALL = {"recheck": Limit(600, HOUR)}
"""What everybody may do together, wherever they are: issuers are asked, and nobody turns us against one."""
SWEPT_EVERY = 60.0
"""Seconds after which what nobody did lately is forgotten."""


class Window:
    """When what was done, as long as it counts: a limit holds in every span of its length, not from hour to hour."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str], tuple[float, deque[float]]] = {}
        self._lock, self._swept = Lock(), monotonic()

    def hit(self, limit: Limit, what: str, key: str) -> bool:
        """Count one more; False, and nothing is counted, where there were as many as *limit* lets through."""
        now, lasts = monotonic(), limit.seconds
        with self._lock:
            if now - self._swept > SWEPT_EVERY:
                self._sweep(now)
            _, times = self._done.setdefault((what, key), (lasts, deque()))
            while times and times[0] <= now - lasts:
                times.popleft()
            if len(times) >= limit.amount:
                return False
            times.append(now)
            return True

    @property
    def size(self) -> int:
        """For how many it counts."""
        return len(self._done)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._done.clear()

    def _sweep(self, now: float) -> None:
        self._swept = now
        for name in [name for name, (lasts, times) in self._done.items() if not times or times[-1] <= now - lasts]:
            del self._done[name]


class Paces:
    """Counts what was done lately; *proxies* are our own, whose word about the asker is taken."""

    def __init__(self, proxies: tuple[str, ...] = ()) -> None:
        self.proxies = frozenset(proxies)
        self.window = Window()

    def allow(self, what: str, request: Request, whose: tuple[object, ...]) -> bool:
        """Count one more of *what*; False beyond a limit."""
        allowed = self._hit(LOOSE.get(what), what, network_of(self.asker(request)))
        allowed = allowed and all(self._hit(STRICT.get(what), what, str(one)) for one in whose)
        return allowed and self._hit(ALL.get(what), what, "everybody")

    def _hit(self, limit: Limit | None, what: str, key: str) -> bool:
        return limit is None or self.window.hit(limit, what, key)

    def asker(self, request: Request) -> str:
        """The address of whoever asks: the last hop that is not one of our own proxies (security.md, A11)."""
        address = request.client.host if request.client else ""
        # A proxy may add a second header instead of a second name: all of them count, in their order.
        told = ",".join(request.headers.getlist("x-forwarded-for"))
        hops = [hop.strip() for hop in told.split(",") if hop.strip()]
        while address in self.proxies and hops:
            address = hops.pop()
        return address


def network_of(address: str) -> str:
    """The network prefix that stands for *address*: /24 for IPv4, /56 for IPv6, and itself for anything else."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped:  # ::ffff:192.0.2.1, on a socket that hears both
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 72 << 72)}/56"
    return f"{IPv4Address(int(found) >> 8 << 8)}/24"
