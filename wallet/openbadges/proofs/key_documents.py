"""What a published document says of keys: a DID document, a profile, a document of keys or a JSON Web Key Set.

Whose the document is, and so whose the keys are, is for proofs/controllers.py.
Sources: Open Badges 3.0, 8.2; DID Core 1.0, 5.2 and 5.3; Controlled Identifiers 1.0, 2.2 (Verification Methods: `expires`,
`revoked`) and 2.3; RFC 7517.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .. import dates, hosts, strict_json, texts
from ..examination import Unreachable, UnreadableBadge, Unverified, Web
from . import dids, keys

MOST_KEYS = 50
_LONGEST = 8_192
"""Characters of an address that is asked (network/ip_policy.py). Of longer ones none is taken apart: Python remembers the last
hundred, however long."""
REVOKED, EXPIRED, UNSUPPORTED = "key-revoked", "key-expired", "key-unsupported"
UNREACHABLE = "key-document-unreachable"
NOT_IN_DOCUMENT, OUT_OF_REACH = "key-not-in-document", "did-method-unsupported"
_TRY_LATER = frozenset({408, 425, 429})
"""Statuses below 500 by which a host says nothing of what stands there, and may another time (RFC 9110, 15.5.9; RFC 8470, 5.2;
RFC 6585, 4)."""


class NoKey(Unverified):
    """There is no key to check with: *failed* when there never will be, else nobody knows yet."""

    def __init__(self, reason: str, detail: str = "", *, failed: bool = False, is_silence: bool = False) -> None:
        super().__init__(reason, detail)
        self.outcome = "failed" if failed else "unknown"
        self.is_silence = is_silence
        """Whether an address that was asked said nothing at all."""


@dataclass(frozen=True, slots=True)
class Method:
    """One key in a published document, under its whole address."""

    id: str
    key: keys.PublicKey
    controller: str
    may_assert: bool
    alias: str
    """The address that the `kid` within its JSON Web Key makes, "" where there is none."""
    ended: str
    """Why it is not to be used any more, "" while it is."""


def json_document(controller: str, web: Web) -> dict[str, Any]:
    """The JSON document at a did:web or an address; raises NoKey."""
    address = address_of(controller)
    if address is None:
        raise NoKey(OUT_OF_REACH if is_out_of_reach(controller) else "issuer-not-resolvable", controller[:200])
    try:
        answer = web.get(address)
    except Unreachable as problem:
        raise NoKey(problem.reason(UNREACHABLE), f"{address} {problem.why}"[:200], is_silence=True) from None
    if not hosts.speaks_for(answer, address):
        raise NoKey("redirected-elsewhere", f"{address}: {answer.address}"[:200])
    if answer.status != 200:
        raise NoKey(UNREACHABLE, f"{address} HTTP {answer.status}"[:200], is_silence=gave_no_answer(address, web))
    try:
        document = strict_json.read_object(answer.body)
    except UnreadableBadge as problem:
        raise NoKey("key-document-unreadable", f"{address} {problem.detail}"[:200]) from None
    if controller.startswith("did:") and document.get("id") != controller:
        raise NoKey("document-of-another", str(document.get("id"))[:200])
    return document


def address_of(controller: str) -> str | None:
    """Where the document of *controller* stands, a did:web or an address; None for another."""
    return controller if origin_of(controller) else dids.document_address(controller)


def origin_of(address: str) -> str | None:
    """The scheme and the host of a web *address*, None for what is none."""
    if len(address) > _LONGEST:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in ("https", "http") and parts.netloc else None


def gave_no_answer(address: str, web: Web) -> bool:
    """Whether *address* was asked and said nothing at all: what it would say another time may be more. That there is nothing
    there is an answer."""
    answer = web.answers.get(address)
    if isinstance(answer, Unreachable):
        return True
    return answer is not None and (answer.status >= 500 or answer.status in _TRY_LATER)


def methods_in(document: Mapping[str, Any], base: str, now: datetime) -> Iterator[Method]:
    """Every usable key of a DID document, a profile, a key document or a JSON Web Key Set."""
    written = list(_written_methods(document, base, now))
    yield from written
    # Of a key that is written out, too, that place tells whether it has ended.
    ended = [method.key for method in written if method.ended]
    yield from (method for method in _linked_methods(document, base) if method.key not in ended)


def _written_methods(document: Mapping[str, Any], base: str, now: datetime) -> Iterator[Method]:
    """The keys that *document* writes out."""
    assertions = texts.listed(document.get("assertionMethod"))
    allowed = {absolute(method, base) for method in assertions}
    is_strict = "assertionMethod" in document or base.startswith("did:")
    for written in _written(document):
        try:
            key = keys.public_key_from_method(written)
        except keys.UnusableKey:
            continue
        # A key that stands alone at an address goes by that address, whatever it calls itself (Open Badges 3.0, 8.2).
        is_alone = written is document and "kty" in written and "id" not in written
        name = base if is_alone else absolute(written, base)
        controller = written.get("controller", written.get("owner", base))
        ended = REVOKED if is_given_up(document) else why_ended(written, now)
        yield Method(
            name,
            key,
            str(controller),
            not is_strict or name in allowed,
            _alias({"publicKeyJwk": written} if is_alone else written, base),
            ended,
        )


def _linked_methods(document: Mapping[str, Any], base: str) -> Iterator[Method]:
    """The keys that *document* names for signing by a DID that is the key, and need not write out (Controlled Identifiers 1.0, 2.3)."""
    ended = REVOKED if is_given_up(document) else ""
    for link in sorted(links_in(document, base)):
        did, fragment = dids.split(link)
        if dids.is_a_key(did):
            try:
                yield Method(link, key_in_did(did, fragment), did, True, "", ended)
            except NoKey:
                continue


def is_given_up(document: Mapping[str, Any]) -> bool:
    """Whether *document* says that its DID is deactivated (DID Core 1.0, 7.1.3): no key that it names is to be used any more."""
    return document.get("deactivated") is True


def links_in(document: Mapping[str, Any], base: str) -> frozenset[str]:
    """The addresses of the keys that *document* names for signing by their address alone."""
    is_strict = "assertionMethod" in document or base.startswith("did:")
    lists = ("assertionMethod",) if is_strict else ("verificationMethod", "publicKey", "keys")
    named = [item for name in lists for item in texts.listed(document.get(name))][:MOST_KEYS]
    links = (item.get("id") if isinstance(item, dict) and len(item) == 1 else item for item in named)
    return frozenset(absolute(link, base) for link in links if isinstance(link, str))


def links_elsewhere(own: Mapping[str, Any], issuer: str) -> list[str]:
    """The addresses of keys that the *own* document of the *issuer* does not write out, in documents that may be asked for; behind
    them those in documents that are out of our reach."""
    written = {absolute(method, issuer) for method in _written(own) if len(method) > 1}
    links = sorted(links_in(own, issuer) - written)
    links.sort(key=is_out_of_reach)
    return [
        link
        for link in links
        if (place := dids.split(link)[0]) != issuer and (is_out_of_reach(link) or address_of(place) is not None)
    ]


def is_out_of_reach(did: str) -> bool:
    """Whether *did* is of a method that we cannot resolve."""
    return did.startswith("did:") and not did.startswith("did:web:") and not dids.is_a_key(did)


def so_called(listed: list[Method], method: str) -> list[Method]:
    """Those of *listed* whose address is *method*, else those that are so called by the `kid` within; which may have a colon, as
    the name of a key in a cloud or by its thumbprint has (RFC 9278)."""
    names = {method, dids.split(method)[1]} - {""}
    return [one for one in listed if one.id == method] or [one for one in listed if one.alias in names]


def once_revoked(methods: Iterable[Method]) -> list[Method]:
    """*methods*; a key that is revoked in one place is revoked in all, however it is called there."""
    found = list(methods)
    revoked = [method.key for method in found if method.ended == REVOKED]
    return [replace(method, ended=REVOKED) if method.key in revoked else method for method in found]


def unsupported_in(document: Mapping[str, Any], base: str) -> frozenset[str]:
    """The addresses of the keys in *document* that are of a kind we do not know: no day changes that."""
    found = set()
    for written in _written(document):
        if not any(name == "kty" or (name.startswith("publicKey") and name != "publicKey") for name in written):
            continue  # it is no key
        try:
            keys.public_key_from_method(written)
        except keys.UnusableKey as problem:
            if problem.reason == UNSUPPORTED:
                found |= {absolute(written, base), _alias(written, base)}
    return frozenset(found - {""})


def _written(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What may be a key in *document*, itself among them."""
    lists = (document.get(name) for name in ("verificationMethod", "publicKey", "keys", "assertionMethod"))
    return texts.objects([*(item for items in lists for item in texts.listed(items)), document])[:MOST_KEYS]


def key_in_did(did: str, fragment: str) -> keys.PublicKey:
    """The key that *did* is, where *fragment* is a name of it; raises NoKey."""
    if not dids.is_fragment_of(did, fragment):
        raise NoKey(NOT_IN_DOCUMENT, fragment[:80], failed=True)
    try:
        return dids.key_in(did)
    except keys.UnusableKey as problem:
        raise NoKey(problem.reason, problem.detail, failed=problem.reason == "key-malformed") from None


def why_ended(method: Mapping[str, Any], now: datetime) -> str:
    """Why a verification method is not to be used any more; a day that cannot be read may be past."""
    for name, reason in (("revoked", REVOKED), ("expires", EXPIRED)):
        if method.get(name) is not False and dates.not_ended(method.get(name), now, "").outcome != "passed":
            return reason
    return ""


def absolute(method: Any, base: str) -> str:
    """The whole address of a method: they are written whole, as `#key-1`, or as the `kid` of a JSON Web Key."""
    name = method.get("id", method.get("kid", "")) if isinstance(method, dict) else method
    if not isinstance(name, str) or not name:
        return base
    if name.startswith("#"):
        return base + name
    return name if ":" in name else f"{base}#{name}"


def _alias(method: Mapping[str, Any], base: str) -> str:
    match method:
        case {"publicKeyJwk": {"kid": str(name)}} if name:
            return absolute(name, base)
    return ""
