"""A hosted badge up to 2.0: its address is the only thing in the file that is believed.

What the address answers takes the place of the file. No answer is unknown, never valid; an answer that is another
badge is failed. (Open Badges 2.0, HostedBadge Verification; Revoking Hosted Assertions)
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .. import hosts, texts
from ..examination import Binding, Check, Web
from . import v1
from .graph import Gone, Graph, Unanswered, fetched_object, same_address, tied

HOSTED = "Open Badges 2.0, HostedBadge Verification"
REVOKING = "Open Badges 2.0, Revoking Hosted Assertions"
SCOPE = "Open Badges 2.0, VerificationObject"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosted:
    """What the address of a badge answered."""

    assertion: dict[str, Any]
    """What is to be shown: the answer where there is one, else the file."""
    address: str
    intact: Check
    not_withdrawn: Check
    is_answered: bool
    """Whether the issuer's host spoke of this badge at all, if only to say that it is withdrawn."""


def address_of(assertion: dict[str, Any], link: str | None) -> str:
    """Where *assertion* says that it stands: its id, else verify.url (1.x), else the address it came from, or ""."""
    places = (assertion.get("id"), _old_address(assertion), link)
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
    own = texts.address(found.get("id")) or _old_address(found)
    if own and not any(same_address(own, place) for place in (address, answer.address)):
        return _another(assertion, address, own)
    # A redirect leads to the address where the badge now lives, and which it names as its own.
    home = own if texts.is_link(own) else address
    if not hosts.speaks_for(answer, home):
        return _unanswered(assertion, address, Unanswered("redirected-elsewhere", answer.address))
    # The standard wants true; whoever writes "true" or 1 means it.
    if found.get("revoked") and str(found["revoked"]).strip().lower() != "false":
        return _revoked(assertion, found, address)
    if not is_assertion(found):
        return _unanswered(assertion, address, Unanswered("no-badge-at-address", address))
    return Hosted(
        assertion=found,
        address=home,
        intact=Check("intact", "passed", "", HOSTED, home),
        not_withdrawn=Check("not_withdrawn", "passed", "", REVOKING, home),
        is_answered=True,
    )


def is_assertion(document: dict[str, Any]) -> bool:
    """Whether *document* awards something to somebody, in any version up to 2.0."""
    types = texts.types(document)
    if types & {"BadgeClass", "Issuer", "Profile", "Endorsement", "CryptographicKey", "RevocationList"}:
        return False
    awards = {"recipient", "verify", "verification", "issuedOn", "issued_on", "uid"} & document.keys()
    return "badge" in document and (bool(awards) or "Assertion" in types)


def is_assertion_or_withdrawn(claims: dict[str, Any]) -> bool:
    """Whether *claims* is an assertion of Open Badges 0.5 to 2.0, or what is left of one that was withdrawn."""
    withdrawn = claims.get("revoked") is True and texts.is_link(claims.get("id"))
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
        is_answered=is_gone,
    )


def _another(assertion: dict[str, Any], address: str, own: str) -> Hosted:
    return Hosted(
        assertion=assertion,
        address=address,
        intact=Check("intact", "failed", "another-badge-at-address", HOSTED, f"{address}: {own}"[:300]),
        not_withdrawn=Check("not_withdrawn", "unknown", "another-badge-at-address", REVOKING),
        is_answered=False,
    )


def _revoked(assertion: dict[str, Any], found: dict[str, Any], address: str) -> Hosted:
    # Many issuers strip a revoked badge down to `id` and `revoked`: the file is then all there is to show.
    whole = is_assertion(found)
    reason = texts.name(found.get("revocationReason"))
    stripped = Check("intact", "unknown", "only-the-withdrawal-is-published", HOSTED, address)
    return Hosted(
        assertion=found if whole else assertion,
        address=address,
        intact=Check("intact", "passed", "", HOSTED, address) if whole else stripped,
        not_withdrawn=Check("not_withdrawn", "failed", "revoked", REVOKING, reason),
        is_answered=True,
    )


def bound(hosted: Hosted, graph: Graph) -> tuple[Check, Binding]:
    """Whether the issuer that the badge names lets its badges stand where this one stands."""
    issuer = graph.issuer
    if not hosted.is_answered:
        return Check("bound", "unknown", hosted.intact.reason, SCOPE, hosted.address), "unknown"
    return tied(
        issuer,
        hosted.address,
        SCOPE,
        is_own=_in_scope(hosted.address, issuer.id, issuer.members),
        mismatch="hosted-outside-the-issuers-scope",
        silent="unknown",
    )


def _in_scope(address: str, issuer_id: str, profile: dict[str, Any]) -> bool:
    verification = profile.get("verification")
    rules = verification if isinstance(verification, dict) else {}
    prefixes, origins = (
        [written for written in texts.listed(rules.get(name)) if isinstance(written, str)]
        for name in ("startsWith", "allowedOrigins")
    )
    if prefixes and not any(_begins(address, prefix) for prefix in prefixes):
        return False
    if origins:
        return any(_host(address) == _host(origin) for origin in origins)
    return bool(prefixes) or hosts.authority(address) == hosts.authority(issuer_id) != ""


def _begins(address: str, prefix: str) -> bool:
    # `https://example.org` must not let in `https://example.org.evil.net`, nor `/../` lead out of a folder.
    if hosts.authority(address) != hosts.authority(prefix) or ".." in unquote(address).replace("\\", "/").split("/"):
        return False
    return hosts.authority(prefix) != "" and address.startswith(prefix.strip())


def _host(origin: str) -> str:
    written = origin.strip()
    return hosts.authority(written if "://" in written else f"https://{written}").split(":")[0]
