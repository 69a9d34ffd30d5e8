"""A hosted badge up to 2.0: its address is the only thing in the file that is believed.

What the address answers takes the place of the file. No answer is unknown, never valid; an answer that is another
badge is failed. (Open Badges 2.0, HostedBadge Verification; Revoking Hosted Assertions)
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from .. import dates, hosts, texts
from ..examination import Binding, Check, Web
from . import v1
from .graph import Gone, Graph, Unanswered, fetched_object, same_address, tied

HOSTED = "Open Badges 2.0, HostedBadge Verification"
REVOKING = "Open Badges 2.0, Revoking Hosted Assertions"
SCOPE = "Open Badges 2.0, VerificationObject"

HOSTED_TYPES, _SIGNED = frozenset({"hosted", "HostedBadge"}), frozenset({"signed", "SignedBadge"})
_HOSTED = frozenset(word.lower() for word in HOSTED_TYPES)
"""Whoever writes a badge by hand writes `Hosted`, too. Nobody signed that either: whether it is good its address alone can tell."""

_Scope = Literal["outside", "host", "folder", "unreadable"]
"""How the issuer lets a badge stand somewhere: not at all, because of the host alone, because of the folder, or in
words that cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosted:
    """What the address of a badge answered."""

    assertion: dict[str, Any]
    """What is to be shown: the answer where there is one, else the file."""
    address: str
    intact: Check
    not_withdrawn: Check
    places: tuple[str, ...]
    """Where it must be allowed to stand: at the address that is its own, and at the one that answered."""
    is_answered: bool
    """Whether the issuer's host spoke of this badge at all, if only to say that it is withdrawn."""


def address_of(assertion: dict[str, Any], link: str | None) -> str:
    """Where *assertion* says that it stands: its id, else verify.url (1.x), else the address it came from, or ""."""
    places = (texts.address(assertion), _old_address(assertion), link)
    return next((texts.address(place) for place in places if texts.is_link(place)), "")


def ask(assertion: dict[str, Any], link: str | None, web: Web) -> Hosted:
    """Ask the address of *assertion* for the badge itself."""
    address = address_of(assertion, link)
    if not address:
        return _unanswered(assertion, "", Unanswered("no-address-to-ask"))
    try:
        answer, found = fetched_object(address, web)
    except Unanswered as problem:
        return _unanswered(assertion, address, problem)
    own = address_of(found, None) or texts.address(found)
    if own and not any(same_address(own, place) for place in (address, answer.address)):
        return _another(assertion, address, own)
    # A redirect leads to the address where the badge now lives, and which it names as its own.
    home = own if texts.is_link(own) else address
    if not hosts.speaks_for(answer, home):
        return _unanswered(assertion, address, Unanswered("redirected-elsewhere", answer.address))
    if is_withdrawn(found):
        return _revoked(assertion, found, address, (home, answer.address))
    if not is_assertion(found):
        return _unanswered(assertion, address, Unanswered("no-badge-at-address", address))
    return Hosted(
        assertion=found,
        address=home,
        intact=Check("intact", "passed", "", HOSTED, home),
        not_withdrawn=Check("not_withdrawn", "passed", "", REVOKING, home),
        places=(home, answer.address),
        is_answered=True,
    )


def verification_type(assertion: dict[str, Any]) -> str:
    """How the badge asks to be verified: hosted (also when it does not say), signed, or another word."""
    kinds = texts.types(texts.single(assertion.get("verification")))
    if not kinds or _is_hosted(kinds):
        return "hosted"
    return "signed" if kinds & _SIGNED else texts.name(sorted(kinds - {"Extension"})) or "unsaid"


def is_hosted_alone(assertion: dict[str, Any]) -> bool:
    """Whether what stands in a signature says of itself that it is hosted, so that its address alone tells its withdrawal."""
    kinds = texts.types(texts.single(assertion.get("verification")))
    return _is_hosted(kinds) and not kinds & _SIGNED


def _is_hosted(kinds: Collection[str]) -> bool:
    return not _HOSTED.isdisjoint(map(str.lower, kinds))


def is_withdrawn(document: dict[str, Any]) -> bool:
    """Whether *document* says of itself that it was withdrawn."""
    # The standard wants true; whoever writes "true" or 1 means it.
    return bool(document.get("revoked")) and str(document["revoked"]).strip().lower() != "false"


def is_assertion(document: dict[str, Any]) -> bool:
    """Whether *document* awards something to somebody, in any version up to 2.0."""
    types = texts.types(document)
    if types & {"BadgeClass", "Issuer", "Profile", "Endorsement", "CryptographicKey", "RevocationList"}:
        return False
    awards = {"recipient", "verify", "verification", "issuedOn", "issued_on", "uid"} & document.keys()
    return "badge" in document and (bool(awards) or "Assertion" in types)


def is_assertion_or_withdrawn(claims: dict[str, Any]) -> bool:
    """Whether *claims* is an assertion of Open Badges 0.5 to 2.0, or what is left of one that was withdrawn."""
    withdrawn = claims.get("revoked") is True and texts.is_link(texts.address(claims))
    return withdrawn or is_assertion(v1.unwrapped(claims))


def _old_address(assertion: dict[str, Any]) -> str:
    """`verify.url`, which was the address of a badge before it had an id (1.0)."""
    verify = assertion.get("verify", assertion.get("verification"))
    return texts.address(verify.get("url")) if isinstance(verify, dict) else ""


def _unanswered(assertion: dict[str, Any], address: str, problem: Unanswered) -> Hosted:
    is_gone = isinstance(problem, Gone)
    gone = Check("not_withdrawn", "failed", "revoked", REVOKING, "HTTP 410")
    return Hosted(
        assertion=assertion,
        address=address,
        intact=problem.check("intact", HOSTED),
        not_withdrawn=gone if is_gone else problem.check("not_withdrawn", REVOKING),
        places=(address,),
        is_answered=is_gone,
    )


def _another(assertion: dict[str, Any], address: str, own: str) -> Hosted:
    return Hosted(
        assertion=assertion,
        address=address,
        intact=Check("intact", "failed", "another-badge-at-address", HOSTED, f"{address}: {own}"[:300]),
        not_withdrawn=Check("not_withdrawn", "unknown", "another-badge-at-address", REVOKING),
        places=(address,),
        is_answered=False,
    )


def _revoked(assertion: dict[str, Any], found: dict[str, Any], address: str, places: tuple[str, ...]) -> Hosted:
    # Many issuers strip a revoked badge down to `id` and `revoked`: the file is then all there is to show.
    whole = is_assertion(found)
    reason = texts.name(found.get("revocationReason"))
    stripped = Check("intact", "unknown", "only-the-withdrawal-is-published", HOSTED, address)
    return Hosted(
        assertion=found if whole else assertion,
        address=address,
        intact=Check("intact", "passed", "", HOSTED, address) if whole else stripped,
        not_withdrawn=Check("not_withdrawn", "failed", "revoked", REVOKING, reason),
        places=places,
        is_answered=True,
    )


def bound(hosted: Hosted, graph: Graph) -> tuple[Check, Binding]:
    """Whether the issuer that the badge names lets its badges stand where this one stands."""
    issuer = graph.issuer
    if not hosted.is_answered:
        return Check("bound", "unknown", hosted.intact.reason, SCOPE, hosted.address), "unknown"
    scopes = {place: _scope(place, issuer.id, issuer.members) for place in hosted.places}
    if "unreadable" in scopes.values() and not issuer.trouble:
        # What it says of where its badges stand may be narrower than what holds where it says nothing.
        return Check("bound", "unknown", "scope-unreadable", SCOPE, issuer.id), "unknown"
    outside = [place for place, scope in scopes.items() if scope == "outside"]
    by_host = (place for place, scope in scopes.items() if scope == "host" and hosts.is_shared(place))
    return tied(
        issuer,
        next(iter(outside), hosted.address),
        SCOPE,
        is_own=not outside,
        mismatch="hosted-outside-the-issuers-scope",
        silent="unknown",
        shared="" if outside else next(by_host, ""),
    )


def _scope(address: str, issuer_id: str, profile: dict[str, Any]) -> _Scope:
    written_rules = profile.get("verification")
    rules = {} if dates.is_absent(written_rules) else texts.single(written_rules)
    if not isinstance(rules, dict):
        return "unreadable"
    prefixes, origins = (
        [texts.address(written) for written in texts.listed(rules.get(name))[: texts.MANY]]
        for name in ("startsWith", "allowedOrigins")
    )
    if not all([*prefixes, *origins]):
        return "unreadable"
    named = [prefix for prefix in prefixes if _begins(address, prefix)]
    if origins:
        is_host_allowed = any(_is_on(address, origin) for origin in origins)
    else:
        is_host_allowed = bool(prefixes) or (hosts.authority(address) != "" and hosts.are_one(address, issuer_id))
    if not is_host_allowed or (prefixes and not named):
        return "outside"
    return "folder" if any(hosts.names_a_tenant(prefix) for prefix in named) else "host"


def _begins(address: str, prefix: str) -> bool:
    # `https://example.org` must not let in `https://example.org.evil.net`, nor `/../` lead out of a folder. With http
    # or https, with and without `www.` it is one place: a redirect leads from the one to the other.
    if ".." in unquote(address).replace("\\", "/").split("/") or not hosts.are_one(address, prefix):
        return False
    return hosts.authority(prefix) != "" and _below_host(address).startswith(_below_host(prefix))


def _below_host(address: str) -> str:
    """All of *address* behind its host; raises nothing where it has one."""
    parts = urlsplit(address.strip())
    return parts._replace(scheme="", netloc="").geturl()


def _is_on(address: str, origin: str) -> bool:
    """Whether *address* is on the host that is written as *origin*, with or without its scheme, whatever the port."""
    written = origin.strip()
    allowed = hosts.authority(written if "://" in written else f"https://{written}").split(":")[0]
    own = hosts.authority(address).split(":")[0]
    return own != "" and hosts.are_one(f"https://{own}", f"https://{allowed}")
