"""Where an address leads: the host and port it names, and whether a network address is open to everybody.

Rule 1: an address is taken apart here once, strictly; what browsers forgive (userinfo, backslashes, control
characters, numbers written in odd ways) is refused, because two readers would not agree on where it leads.
Rule 2: the name proves nothing. What a name resolves to is asked of `is_public`, all of it, each time.
Rule 3: `ipaddress.is_global` is not our list: it calls NAT64, 6to4 and multicast addresses global
(docs/security.md E3). Ours names what is refused for IPv4, and what alone is taken for IPv6.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) and the RFCs named below.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

PORTS = {"http": 80, "https": 443}
LONGEST = 8_192
"""Characters that an address may have."""

NOT_PUBLIC = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network, RFC 1122
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by a provider's customers, RFC 6598; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # the wire server inside Azure
        "169.254.0.0/16",  # this link, RFC 3927; the metadata of most clouds at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, RFC 6890; a cloud's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535: no documents there
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)
UNICAST = IPv6Network("2000::/3")
"""The only part of IPv6 from which addresses are given out (RFC 4291, 2.4): the rest is local or not in use."""
NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, RFC 2928: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056: carries an IPv4 address to a relay that nobody runs any more
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation, RFC 9637
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 seen from a network that has IPv6 alone (RFC 6052): as public as the IPv4 address inside."""
ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""An interface that carries an IPv4 address of its site (RFC 5214)."""

NETLOC = re.compile(r"(?:\[[^\[\]]*\]|[^\[\]:@]*)(?::[0-9]*)?")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class NotAnAddress(ValueError):
    """This text is not an address that we would ask."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAddress:
    """A web address taken apart."""

    scheme: str
    host: str
    """In ASCII and small letters; an IPv6 address stands without its brackets."""
    port: int
    target: str
    """Path and query, in ASCII."""

    @property
    def is_number(self) -> bool:
        """Whether the host is a network address and not a name."""
        return ":" in self.host or NUMBER.fullmatch(self.host.rpartition(".")[2]) is not None

    @property
    def authority(self) -> str:
        """Host and port as the Host header wants them (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_address(address: str) -> WebAddress:
    """Take the web address *address* apart; raises NotAnAddress when it is not one, or not a plain one."""
    if len(address) > LONGEST or any(ord(sign) < 32 or 127 <= ord(sign) < 160 or sign == "\\" for sign in address):
        raise NotAnAddress("too long, or with control characters or backslashes")
    try:
        parts = urlsplit(address)
        port = parts.port
        target = _in_ascii(parts.path or "/") + (f"?{_in_ascii(parts.query)}" if parts.query else "")
    except ValueError as problem:
        raise NotAnAddress("not an address") from problem
    if parts.scheme not in PORTS:
        raise NotAnAddress("neither http nor https")
    if not NETLOC.fullmatch(parts.netloc):
        raise NotAnAddress("more than a host and a port, such as a user name")
    host = _host(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    return WebAddress(scheme=parts.scheme, host=host, port=PORTS[parts.scheme] if port is None else port, target=target)


def is_public(address: str) -> bool:
    """Whether the network address *address* (a number, not a name) is one that anybody on the Internet may ask."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv4Address):
        return not any(number in block for block in NOT_PUBLIC)
    if number.scope_id is not None:
        return False
    if number.ipv4_mapped is not None:
        return is_public(str(number.ipv4_mapped))
    if number in NAT64:
        return is_public(str(IPv4Address(int(number) & 0xFFFF_FFFF)))
    if (int(number) >> 32) & 0xFFFF_FFFF in ISATAP:
        return False
    return number in UNICAST and not any(number in block for block in NOT_PUBLIC_6)


def _host(name: str, *, bracketed: bool) -> str:
    if bracketed:
        return _number(name, IPv6Address)
    name = name.removesuffix(".")
    if not name.isascii():
        import idna  # noqa: PLC0415  # its tables take longer to load than a badge takes

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as problem:
            raise NotAnAddress("a host name that cannot be") from problem
    name = name.lower()
    labels = name.split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise NotAnAddress("a host name that cannot be")
    # 127.1, 0177.0.0.1, 0x7f000001 and 2130706433 are all this machine to a resolver: one way of writing is enough.
    return _number(name, IPv4Address) if NUMBER.fullmatch(labels[-1]) else name


def _number(text: str, kind: type[IPv4Address] | type[IPv6Address]) -> str:
    try:
        number = kind(text)
    except ValueError as problem:
        raise NotAnAddress("a number that is not a network address") from problem
    if isinstance(number, IPv6Address) and number.scope_id is not None:
        raise NotAnAddress("an address of one link alone")
    return str(number)


def _in_ascii(part: str) -> str:
    # What is percent-encoded already stays as it is; a lone surrogate is a ValueError.
    return quote(part, safe="%/:?#[]@!$&'()*+,;=-._~")
