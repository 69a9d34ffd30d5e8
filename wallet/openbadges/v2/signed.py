"""A signed badge up to 2.0: a compact JWS, by a key that the issuer's own profile names.

The key that the badge points at is believed only when the profile, fetched from the issuer's address, lists it, and
when it names the issuer as its owner. One that is revoked or has expired ties nothing to the issuer any more, as in
Open Badges 3.0 (proofs/key_documents.py): CryptographicKey is the Key of the Security Vocabulary, which has both words.
(Open Badges 2.0, SignedBadge Verification; Revoking a Signed Badge; CryptographicKey)
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .. import hosts, recipients, texts, unknowns
from ..examination import Binding, Check, Fetched, Unreachable, Unverified, Web
from ..proofs import jws, key_documents, keys
from . import v1
from .graph import Graph, Unanswered, fetched_object, same_address, tied

SIGNED = "Open Badges 2.0, SignedBadge Verification"
REVOKING = "Open Badges 2.0, Revoking a Signed Badge"
KEY = "Open Badges 2.0, CryptographicKey"
_MOST_CARRIED, _MOST_KEYS = 50, 5
"""Keys that are tried: of those that the profile carries within, and of the others, each of which is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A key that may have signed: where it stands, whom it names as its owner."""

    address: str
    owner: str
    pem: str
    is_carried: bool = False
    """Whether the issuer's own profile carries it."""
    ended: str = ""
    """Why it is not to be used any more, "" while it is."""


def algorithm_of(token: jws.Token) -> str:
    """The algorithm that *token* names, for the curious; "" when it names none that we check."""
    try:
        return jws.signing_algorithm(token.header)
    except Unverified:
        return ""


def check_signature(token: jws.Token, graph: Graph, web: Web) -> tuple[Check, Check, Binding]:
    """Whether *token* was signed, and by a key of the issuer that the badge names: `intact`, `bound` and the binding."""
    try:
        jws.signing_algorithm(token.header)
    except Unverified as problem:
        return _untied(problem.check("intact", SIGNED))
    named = _named_keys(graph)
    tried = _tried_keys(named, graph)
    problems = [Check("intact", "unknown", "too-many-keys", KEY, str(len(named)))] if len(tried) < len(named) else []
    signed = []
    for written in tried:
        try:
            candidate = _key_at(written, graph, web)
            key = keys.public_key_from_pem(candidate.pem)
            token.verify(key)
        except Unverified as problem:
            problems.append(problem.check("intact", SIGNED if isinstance(problem, jws.BadSignature) else KEY))
        else:
            signed.append(_tied(candidate, key, graph, web))
            if signed[-1][1].outcome == "passed":
                return signed[-1]
    if signed:
        # Listed twice, it may be the issuer's, or have a new end, in the second place.
        return min(signed, key=lambda found: _is_failed(found[1]))
    # That some of its keys did not sign it says nothing, as long as another one is not to be had.
    return _untied(min(problems, key=_is_failed, default=Check("intact", "unknown", "no-key-named", KEY)))


def _tied(candidate: Candidate, key: keys.PublicKey, graph: Graph, web: Web) -> tuple[Check, Check, Binding]:
    """What follows from a signature by *key*, which stands at the *candidate*."""
    bound, binding = tied(
        graph.issuer,
        candidate.address,
        KEY,
        is_own=_is_own_key(candidate, graph),
        mismatch="key-not-of-the-issuer",
        silent="claimed",
        shared=candidate.address if not _lists_keys(graph) and hosts.is_shared(candidate.address) else "",
    )
    ended = key_documents.REVOKED if _is_revoked(key, graph, web) else candidate.ended
    if ended and bound.outcome != "failed":
        bound, binding = Check("bound", "unknown", ended, KEY, candidate.address), "claimed"
    return Check("intact", "passed", "", SIGNED, candidate.address), bound, binding


def _is_failed(check: Check) -> bool:
    return check.outcome == "failed"


def _untied(intact: Check) -> tuple[Check, Check, Binding]:
    return intact, Check("bound", "unknown", "no-signature-to-tie", KEY), "unknown"


def _named_keys(graph: Graph) -> list[Any]:
    verification = graph.assertion.get("verification")
    creator = verification.get("creator") if isinstance(verification, dict) else None
    return [creator] if creator else texts.listed(graph.issuer.members.get("publicKey"))


def _tried_keys(named: list[Any], graph: Graph) -> list[Any]:
    carried = {id(key) for key in _carried_keys(graph)}
    within = [key for key in named if id(key) in carried]
    others = [key for key in named if id(key) not in carried]
    return within[:_MOST_CARRIED] + others[:_MOST_KEYS]


def _key_at(written: Any, graph: Graph, web: Web) -> Candidate:
    """The key that *written* is or points at; raises Unanswered."""
    address = texts.address(written)
    for carried in _carried_keys(graph):
        if carried is written or texts.address(carried) == address != "":
            owner = texts.address(carried.get("owner")) or graph.issuer.id
            ended = _why_ended(carried, address, graph, web)
            return Candidate(address=address, owner=owner, pem=_pem_in(carried), is_carried=True, ended=ended)
    if not texts.is_link(address):
        raise Unanswered("key-has-no-address", address)
    if graph.version in {"0.5", "1.0", "1.1"} and (bare := _bare_pem(address, web)):
        return Candidate(address=address, owner="", pem=bare, ended=_why_ended({}, address, graph, web))
    found = _object_at(address, web)
    pem = _pem_in(found)
    if not pem or not same_address(texts.address(found) or address, address):
        raise Unanswered("no-key-at-address", address)
    ended = _why_ended(found, address, graph, web)
    return Candidate(address=address, owner=texts.address(found.get("owner")), pem=pem, ended=ended)


def _why_ended(key: dict[str, Any], address: str, graph: Graph, web: Web) -> str:
    """Why *key*, which stands at *address*, is not to be used any more: it says so, or the issuer's profile does of that address."""
    listed = texts.objects(graph.issuer.members.get("publicKey")) if graph.issuer.is_own_word else []
    told = [key, *(one for one in listed if address and _are_one_place(texts.address(one), address))]
    return next((why for one in told if (why := key_documents.why_ended(one, web.now))), "")


def _is_revoked(key: keys.PublicKey, graph: Graph, web: Web) -> bool:
    """Whether the issuer revoked *key* by any of the names under which its profile lists it: whoever signs chooses the name."""
    listed = texts.listed(graph.issuer.members.get("publicKey")) if graph.issuer.is_own_word else []
    for written in _tried_keys(listed, graph):
        try:
            other = _key_at(written, graph, web)
            is_revoked = other.ended == key_documents.REVOKED and _is_own_key(other, graph)
            if is_revoked and keys.public_key_from_pem(other.pem) == key:
                return True
        except Unverified:
            continue
    return False


def _are_one_place(address: str, other: str) -> bool:
    # One document may hold several keys, or badges.
    return address.partition("#")[2] == other.partition("#")[2] and same_address(address, other)


def _require_own_answer(answer: Fetched, address: str) -> None:
    if not hosts.speaks_for(answer, address):
        raise Unanswered("redirected-elsewhere", f"{address}: {answer.address}"[:300])


def _carried_keys(graph: Graph) -> list[dict[str, Any]]:
    """The keys that the profile carries within, when the profile is the issuer's own word."""
    written = graph.issuer.members.get("publicKey") if graph.issuer.is_own_word else None
    return [key for key in texts.objects(written) if _pem_in(key)]


def _pem_in(key: dict[str, Any]) -> str:
    pem = texts.single(key.get("publicKeyPem"))
    return pem if isinstance(pem, str) else ""


def _bare_pem(address: str, web: Web) -> str:
    # 1.0 and 1.1: the address answers with the PEM text itself.
    try:
        answer = web.get(address)
    except Unreachable as problem:
        raise Unanswered(problem.reason("issuer-does-not-answer"), f"{address}: {problem.why}") from None
    _require_own_answer(answer, address)
    text = answer.body.decode(errors="replace").strip()
    return text if answer.status == 200 and text.startswith("-----BEGIN") else ""


def _is_own_key(candidate: Candidate, graph: Graph) -> bool:
    """Whether the profile lists the key and the key names the issuer; before 2.0, whether one host has both."""
    issuer, is_old = graph.issuer, graph.version != "2.0"
    listed = [texts.address(key) for key in texts.listed(issuer.members.get("publicKey"))]
    if not _lists_keys(graph) and is_old and v1.context_version(issuer.members) != "2.0":
        is_there = hosts.authority(candidate.address) != "" and hosts.are_one(candidate.address, issuer.id)
        return is_there and (not candidate.owner or same_address(candidate.owner, issuer.id))
    is_listed = candidate.is_carried or any(same_address(key, candidate.address) for key in listed if key)
    return is_listed and (same_address(candidate.owner, issuer.id) or (is_old and not candidate.owner))


def _lists_keys(graph: Graph) -> bool:
    return bool(texts.listed(graph.issuer.members.get("publicKey")))


def not_withdrawn(graph: Graph, web: Web) -> Check:
    """Whether the list of the issuer's withdrawn badges leaves this one out; no list is passed."""
    if not graph.issuer.is_own_word:
        reason = graph.issuer.trouble or "issuer-has-no-address"
        return Check("not_withdrawn", "unknown", reason, REVOKING, graph.issuer.detail)
    written = graph.issuer.members.get("revocationList")
    if written in (None, "", []):  # some platforms leave the line empty
        return Check("not_withdrawn", "passed", "no-withdrawal-announced", REVOKING)
    try:
        members = written if isinstance(written, dict) and "revokedAssertions" in written else None
        entries = _entries(members or _object_at(texts.address(written), web), graph)
    except Unanswered as problem:
        is_to_stay = unknowns.FAMILIES.get(problem.reason) == "unchecked"  # as of an address that is asked on no day
        reason = problem.reason if is_to_stay else "list-not-available"
        return Check("not_withdrawn", "unknown", reason, REVOKING, problem.detail)
    names = {_plain(texts.address(graph.assertion)), _plain(texts.name(graph.assertion.get("uid")))} - {""}
    if not names:
        return Check("not_withdrawn", "unknown", "no-name-to-look-for", REVOKING)
    address = texts.address(graph.assertion)
    end = _end(address) if texts.is_link(address) else None
    for name, reason in entries:
        # Lists are long, and few addresses end alike.
        if _plain(name) in names or (_end(name) == end and _are_one_place(name, address)):
            return Check("not_withdrawn", "failed", "revoked", REVOKING, reason)
    if any(not name for name, _ in entries):
        # It withdraws a badge, and nobody can tell which.
        return Check("not_withdrawn", "unknown", "list-not-available", REVOKING, "an entry without a name")
    return Check("not_withdrawn", "passed", "", REVOKING, texts.address(written))


def _object_at(address: str, web: Web) -> dict[str, Any]:
    answer, found = fetched_object(address, web)
    _require_own_answer(answer, address)
    return found


def _plain(name: str) -> str:
    found = unquote(name)
    # The letters of a UUID have no case (RFC 9562, 4).
    return found.lower() if found.lower().startswith("urn:uuid:") else found


def _end(address: str) -> str:
    """The last letters of *address*, which no way of spelling it changes."""
    return unquote(address).rstrip("/#")[-2:].lower()


def _entries(found: dict[str, Any], graph: Graph) -> list[tuple[str, str]]:
    """Each withdrawn badge by its id or uid, "" for what is neither, with the reason; raises Unanswered when it is not such a list."""
    issuer = texts.address(found.get("issuer"))
    if issuer and not same_address(issuer, graph.issuer.id):
        raise Unanswered("list-of-another-issuer", issuer)
    listed = found.get("revokedAssertions")
    if isinstance(listed, list | dict | str):  # a single one need not stand in a list
        return [entry for item in texts.listed(listed) for entry in _entry(item)]
    if graph.version != "2.0" and listed is None:
        # 1.0 and 1.1: an object of uid and reason.
        return [(uid, texts.name(reason)) for uid, reason in found.items()]
    raise Unanswered("list-unreadable", texts.address(found))


def _entry(item: Any) -> list[tuple[str, str]]:
    match item:
        case str():
            return [(item.strip(), "")]
        case dict() if not item or recipients.is_false(item.get("revoked")):
            return []
        case dict():
            names = [name for name in (texts.address(item), texts.name(item.get("uid"))) if name]
            return [(name, texts.name(item.get("revocationReason"))) for name in names or [""]]
    return [("", "")]
