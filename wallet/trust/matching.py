"""Whether the id of an issuer is the one that a row of a register names (docs/decisions.md 34).

To the letter, as a rule. Some platforms write into the issuer of each award what is of that award alone, in a member of
the query: a row for such a host may name the members that do not count, and everything else still counts to the letter.
Nothing is decoded before it is compared: `%41` is no `A`.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

IGNORING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # github.com/openbadgefactory/salava, src/clj/salava/badge/main.clj and cron.clj: the issuer of an award stands at
        # /v1/client?key=KEY, and the addresses of one award end in &event=EVENT.
        "openbadgefactory.com": frozenset({"event"}),
    }
)
"""The members of a query that may be left out of account, by the host that writes them; the hosts below it are its own."""


def ignoring_is_allowed(match: str, ignoring: Collection[str]) -> bool:
    """Whether a row that names *match* may leave the members *ignoring* of its query out of account.

    On any other host the query may be all that tells one tenant from the next.
    """
    return _ignorable(match).issuperset(ignoring)


def is_match(match: str, ignoring: Collection[str], id: str) -> bool:
    """Whether *id* is the issuer that *match* names, the members *ignoring* of its query left out of account."""
    if id == match:
        return True
    return bool(ignoring) and place_of(id) == place_of(match) is not None and _is_same_query(match, ignoring, id)


def members_to_ignore(id: str) -> list[str]:
    """The members of the query of *id* that its host writes anew into each award, where something else is left of it."""
    pieces, ignorable = _pieces(id), _ignorable(id)
    members = [name for name in map(_name, pieces) if name in ignorable]
    is_left = _are_single(pieces) and len(members) < len(pieces)
    return members if is_left and place_of(id) else []


def without_award(id: str) -> str:
    """*id* without those members: the same for all awards of one issuer."""
    place, members = place_of(id), members_to_ignore(id)
    if not (place and members):
        return id
    return f"{place[0]}?{'&'.join(piece for piece in _pieces(id) if _name(piece) not in members)}{place[1]}"


def members_that_differ(ids: Sequence[str]) -> list[str]:
    """The names of the members of their queries in which the *ids* differ; none where they would not be one and the same
    without them (`is_match`)."""
    first, *others = ids
    queries = [_pieces(one) for one in ids]
    names = [_name(piece) for query in queries for piece in query if not all(piece in other for other in queries)]
    return list(dict.fromkeys(names)) if all(is_match(first, names, one) for one in others) else []


def place_of(address: str) -> tuple[str, str] | None:
    """An https address without its query: what stands before and behind it, to the letter; None for every other one."""
    if not address.startswith("https://"):
        return None
    before, sharp, fragment = address.partition("#")
    return before.partition("?")[0], sharp + fragment


def _ignorable(id: str) -> frozenset[str]:
    """What may be left out of account for the host of *id*."""
    try:
        host = urlsplit(id).hostname or ""
    except ValueError:
        return frozenset()
    found = (members for known, members in IGNORING.items() if host == known or host.endswith(f".{known}"))
    return next(found, frozenset())


def _is_same_query(match: str, ignoring: Collection[str], id: str) -> bool:
    wanted, given = _pieces(match), _pieces(id)
    if not (_are_single(wanted) and _are_single(given)):
        return False
    left = [one for one in wanted if _name(one) not in ignoring]
    return bool(left) and left == [one for one in given if _name(one) not in ignoring]


def _pieces(address: str) -> list[str]:
    query = address.partition("#")[0].partition("?")[2]
    return query.split("&") if query else []


def _name(piece: str) -> str:
    return piece.partition("=")[0]


def _are_single(pieces: list[str]) -> bool:
    return len({_name(one) for one in pieces}) == len(pieces)
