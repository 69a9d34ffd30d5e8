"""The three documents of a badge up to 2.0: the assertion, the badge class that it awards, the issuer of that class.

They point at one another by address or carry one another within. What an address answers is taken only when it says
itself that it is what stands there; what is carried within is asked for again where it has an address, since only
the issuer's own address speaks for the issuer. (Open Badges 2.0, Implementation, Data Validation)
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from .. import hosts, strict_json, texts
from ..examination import Binding, Check, Fetched, Unreachable, UnreadableBadge, Unverified, Web
from . import v1


class Unanswered(Unverified):
    """An address gave no document."""


class Gone(Unanswered):
    """An address answered 410: what stood there was withdrawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A badge class or an issuer: what was found of it, and why it was not fetched when it was not."""

    members: dict[str, Any]
    id: str
    is_own_word: bool
    """Whether its own address said so; what another document carries of it is somebody else's word."""
    trouble: str = ""
    """A short word when it should have been fetched and was not."""
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """The documents of one badge, with the names of 2.0."""

    version: v1.Version
    assertion: dict[str, Any]
    badge_class: Part
    issuer: Part


def fetched_object(address: str, web: Web) -> tuple[Fetched, dict[str, Any]]:
    """The answer of *address* and the JSON object in it; raises Unanswered."""
    try:
        answer = web.get(address)
    except Unreachable as problem:
        raise Unanswered(problem.reason("issuer-does-not-answer"), f"{address}: {problem.why}") from None
    if answer.status == 410:
        if not hosts.speaks_for(answer, address):
            # It names no address of its own, by which the issuer could be asked whether its badges stand there.
            raise Unanswered("redirected-elsewhere", f"{address}: {answer.address}"[:300])
        raise Gone("no-longer-published", address)
    if answer.status != 200:
        raise Unanswered("not-found-at-issuer", f"{address}: HTTP {answer.status}")
    try:
        return answer, strict_json.read_object(answer.body)
    except UnreadableBadge as problem:
        raise Unanswered("no-badge-at-address", f"{address}: {problem.reason}") from None


def tied(
    issuer: Part, place: str, source: str, *, is_own: bool, mismatch: str, silent: Binding, shared: str = ""
) -> tuple[Check, Binding]:
    """The check `bound` and the binding of what stands at *place*: *is_own* by the word of the *issuer* itself.

    *mismatch* is the reason where it is not, *silent* the binding where the issuer does not answer; *shared* an address
    on whose host all would rest, and which strangers share.
    """
    if issuer.trouble:
        return Check("bound", "unknown", issuer.trouble, source, issuer.detail), silent
    if not issuer.is_own_word or not texts.is_link(issuer.id):
        return Check("bound", "unknown", "issuer-has-no-address", source, issuer.id), "claimed"
    if not is_own:
        return Check("bound", "failed", mismatch, source, place), "mismatch"
    if shared:
        return Check("bound", "unknown", hosts.SHARED, source, hosts.authority(shared)), "claimed"
    return Check("bound", "passed", "", source, place), "proven"


def same_address(address: str, other: str) -> bool:
    """Whether two addresses are one, whatever the scheme (issuers moved from http to https), case, escapes or `www.`."""
    return _below_host(address) == _below_host(other) and hosts.are_one(address, other)


def _below_host(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address, ""
    return unquote(parts.path).rstrip("/"), unquote(parts.query)


def resolved(assertion: dict[str, Any], version: v1.Version, home: str, web: Web) -> Graph:
    """*assertion* with its badge class and its issuer; *home* is the address that the assertion stands at, or ""."""
    badge_class = _part(texts.single(assertion.get("badge")), home, web)
    written = texts.single(v1.upgraded_class(badge_class.members).get("issuer"))
    if written is None and badge_class.trouble:
        issuer = replace(badge_class, members={}, id="")
    elif isinstance(written, dict) and "origin" in written:
        issuer = _origin(written)
    else:
        issuer = _part(written, "", web)
    return Graph(version=version, assertion=assertion, badge_class=badge_class, issuer=issuer)


def _origin(written: dict[str, Any]) -> Part:
    """An issuer of 0.5: no profile to ask for, the origin itself is the issuer, so it can give no rules or keys.

    It is a host and no more: else it would be a profile that nobody asks where its badges may stand.
    """
    rules = {"verification", "publicKey", "revocationList"}
    members = {name: value for name, value in written.items() if name not in rules}
    return Part(members=members, id=_host_alone(texts.address(written["origin"])), is_own_word=True)


def _host_alone(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    has_more = parts.netloc and (parts.path.strip("/") or parts.query or parts.fragment)
    return f"{parts.scheme}://{parts.netloc}" if has_more else address


def _part(written: Any, home: str, web: Web) -> Part:
    """The object that *written* is or points at. What *home* carries within needs no second witness on its host."""
    address = texts.address(written)
    carried = written if isinstance(written, dict) else {}
    if not texts.is_link(address):
        return Part(members=carried, id=address, is_own_word=False, trouble="" if carried else "not-given")
    try:
        found = _at(address, web)
    except Unanswered as problem:
        vouched = bool(carried) and home != "" and hosts.are_one(home, address) and not hosts.is_shared(home)
        trouble = "" if vouched else problem.reason
        return Part(members=carried, id=address, is_own_word=False, trouble=trouble, detail=problem.detail)
    return Part(members=found, id=texts.address(found) or address, is_own_word=True)


def _at(address: str, web: Web) -> dict[str, Any]:
    """The document at *address*, or at the address that it says is its own; raises Unanswered."""
    answer, found = fetched_object(address, web)
    own = texts.address(found) or address
    if not same_address(own, address) and not same_address(own, answer.address):
        if not texts.is_link(own):
            raise Unanswered("another-document-at-address", f"{address}: {own}"[:300])
        address, (answer, found) = own, fetched_object(own, web)
        if not same_address(texts.address(found), own):
            raise Unanswered("another-document-at-address", f"{own}: {texts.address(found)}"[:300])
    if not hosts.speaks_for(answer, own):
        raise Unanswered("redirected-elsewhere", f"{address}: {answer.address}"[:300])
    return found
