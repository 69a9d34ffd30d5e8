"""Whose key it is: from the name of a key to the key itself, and to how it is tied to the issuer.

A signature that fits says only that somebody had the key. That this was the issuer needs the issuer's own word: its
DID, its DID document, its profile, its list of keys.
    proven          the issuer's own document lists the key
    self-certified  the issuer's name is the key, and nothing more is known of it
    claimed         the badge brought the key itself, and the issuer's word could not be had; or that word is that the
                    key is not to be used any more: the day of a signature is the badge's own word, and whoever has such
                    a key today can write any day
    mismatch        the issuer's own word names other keys
Sources: Open Badges 3.0, 8 (Proofs); DID Core 1.0, 5.3 (Verification Relationships); Controlled Identifiers 1.0, 2.2
(Verification Methods: `expires`, `revoked`); docs/decisions.md 21.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .. import dates, hosts, strict_json, texts
from ..examination import Binding, Unreachable, UnreadableBadge, Unverified, Web
from . import dids, keys

MOST_KEYS = 50
_MOST_LINKS = 5
"""Documents of keys of one issuer, each of which is asked for."""
_LONGEST = 8_192
"""Characters of an address that is asked (network/ip_policy.py). Of longer ones none is taken apart: Python remembers the last
hundred, however long."""
REVOKED, EXPIRED, UNSUPPORTED = "key-revoked", "key-expired", "key-unsupported"
_UNREACHABLE = "key-document-unreachable"
_KEY_SET = "/.well-known/jwks.json"
_LISTS_NO_KEY = "issuer-lists-no-key"
_NOT_IN_DOCUMENT = "key-not-in-document"
_NOT_LISTED = "key-not-listed"
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
class Key:
    """A key, and how it is tied to the issuer; `reason` says why not more closely."""

    key: keys.PublicKey
    binding: Binding
    reason: str = ""
    is_guess: bool = False
    """Whether the badge names another, which the issuer does not list, or may list where nobody answers: that this one did not
    sign says nothing."""

    def refuses(self, problem: Unverified) -> Unverified:
        """What it means that the signature has this *problem* with this key."""
        return NoKey(_NOT_IN_DOCUMENT) if self.is_guess else problem


@dataclass(frozen=True, slots=True)
class _Method:
    """One key in a published document, under its whole address."""

    id: str
    key: keys.PublicKey
    controller: str
    may_assert: bool
    alias: str
    """The address that the `kid` within its JSON Web Key makes, "" where there is none."""
    ended: str
    """Why it is not to be used any more, "" while it is."""

    @property
    def listed(self) -> Key:
        """The key as the issuer's own document lists it."""
        return Key(self.key, "claimed", self.ended) if self.ended else Key(self.key, "proven")


def key_of_method(method: str, issuer: str, web: Web) -> Key:
    """The key that the address of a verification method names, and its tie to *issuer*; raises NoKey."""
    controller, fragment = dids.split(method)
    if dids.is_a_key(controller):
        return confirmed_key(_key_in_did(controller, fragment), issuer, web)
    if not controller.startswith(("did:web:", "https://", "http://")):
        is_did = controller.startswith("did:")
        return _key_in_fragment(method, issuer, web, "did-method-unsupported" if is_did else "key-address-unsupported")
    try:
        document = json_document(controller, web)
    except NoKey as problem:
        return _key_in_fragment(method, issuer, web, problem.reason, problem.detail)
    so_called = _so_called(_once_revoked(_methods(document, controller, web.now)), method)
    if so_called:
        return _published(so_called[0], controller, document, issuer, web)
    is_unsupported = method in _unsupported(document, controller)
    return _key_in_fragment(method, issuer, web, UNSUPPORTED if is_unsupported else _NOT_IN_DOCUMENT)


def _so_called(listed: list[_Method], method: str) -> list[_Method]:
    """Those of *listed* whose address is *method*, else those that are so called by the `kid` within; which may have a colon, as
    the name of a key in a cloud or by its thumbprint has (RFC 9278)."""
    names = {method, dids.split(method)[1]} - {""}
    return [one for one in listed if one.id == method] or [one for one in listed if one.alias in names]


def _key_in_did(did: str, fragment: str) -> keys.PublicKey:
    if not dids.is_fragment_of(did, fragment):
        raise NoKey(_NOT_IN_DOCUMENT, fragment[:80], failed=True)
    try:
        return dids.key_in(did)
    except keys.UnusableKey as problem:
        raise NoKey(problem.reason, problem.detail, failed=problem.reason == "key-malformed") from None


def _key_in_fragment(method: str, issuer: str, web: Web, reason: str, detail: str = "") -> Key:
    """The key that is written in the fragment of its own address, where its document could not say more."""
    try:
        key = keys.public_key_from_multikey(dids.split(method)[1])
    except keys.UnusableKey:
        raise NoKey(reason, detail or method[:200]) from None
    found = confirmed_key(key, issuer, web)
    return found if found.reason in ("", REVOKED, EXPIRED) else Key(key, found.binding, reason)


def _published(found: _Method, controller: str, document: Mapping[str, Any], issuer: str, web: Web) -> Key:
    """The key of a document that answered, tied to the issuer when the document is the issuer's own."""
    if not found.may_assert:
        return Key(found.key, "mismatch", found.ended or "key-not-for-assertions")
    if controller == issuer and document.get("id", issuer) in (issuer, found.id):
        return found.listed
    stands_there = dids.split(found.id)[0] == controller  # found by its `kid`, it may bear the address of another's key
    if stands_there and found.controller in (issuer, controller) and found.id in _linked_keys(issuer, web):
        # A key document says whose key it is, and so can anybody's: the issuer's own word has to name it.
        return _once_revoked([found, *_methods(_own_document(issuer, web), issuer, web.now)])[0].listed
    confirmed = confirmed_key(found.key, issuer, web)
    return found.listed if found.ended and confirmed.binding != "mismatch" else confirmed


def confirmed_key(key: keys.PublicKey, issuer: str, web: Web) -> Key:
    """*key* as the issuer's own word ties it to the issuer."""
    controller = dids.split(issuer)[0]
    if dids.is_a_key(controller):
        try:
            own = dids.key_in(controller)
        except keys.UnusableKey as problem:
            return Key(key, "mismatch", problem.reason)
        return Key(key, "self-certified") if own == key else Key(key, "mismatch", "key-of-another")
    try:
        listed_keys = _published_keys(issuer, web)
    except NoKey as problem:
        return Key(key, "claimed", problem.reason)
    same = [method.listed for method in listed_keys if method.may_assert and method.key == key]
    # Listed twice, it may have a new end in the second place.
    same.sort(key=lambda found: found.binding != "proven")
    if same:
        return same[0]
    found = Key(key, "mismatch", _NOT_LISTED)
    return doubted(found) if _is_silent(issuer, web) else found


def keys_of_issuer(issuer: str, web: Web, name: str = "") -> list[Key]:
    """The keys that *issuer* itself lists for signing, only that of *name* when one is so called; raises NoKey."""
    controller = dids.split(issuer)[0]
    if dids.is_a_key(controller):
        return [Key(_key_in_did(controller, ""), "self-certified")]
    listed_keys = [method for method in _published_keys(issuer, web) if method.may_assert]
    named = [method for method in listed_keys if name and dids.split(method.id)[1] == name]
    named = named or (_so_called(listed_keys, _absolute(name, issuer)) if name else [])
    found = [method.listed for method in named or listed_keys]
    return found if named or not (name or _is_silent(issuer, web)) else [doubted(key) for key in found]


def revoked_keys(issuer: str, web: Web) -> list[keys.PublicKey]:
    """The keys that *issuer* revoked in its own document, or for a web site in its list of keys; none where nobody answers."""
    try:
        return [method.key for method in _published_keys(issuer, web) if method.ended == REVOKED]
    except NoKey:
        return []


def doubted(key: Key) -> Key:
    """*key* where the issuer may have another: as long as a place where it may list some gives no answer, or where the badge names
    one that is not listed. That this one did not sign, or stands nowhere else, says nothing then."""
    if key.reason == _NOT_LISTED:
        return Key(key.key, "claimed", _UNREACHABLE)
    return replace(key, is_guess=key.is_guess or key.binding == "proven")


def _is_silent(issuer: str, web: Web) -> bool:
    """Whether one of the places where an *issuer* may list its keys was asked, and gave no answer."""
    origin = _origin(issuer)
    places = [issuer, f"{origin}{_KEY_SET}"] if origin else []
    return any(_gave_no_answer(place, web) for place in places) or _may_list_more(issuer, web)


def _may_list_more(issuer: str, web: Web) -> bool:
    """Whether the document of *issuer* names a key by an address that gave no answer, or more of them than are asked."""
    try:
        links = _links_elsewhere(_own_document(issuer, web), issuer)
    except NoKey:
        return False
    places = [_address_of(dids.split(link)[0]) or "" for link in links]
    return len(links) > _MOST_LINKS or any(_gave_no_answer(place, web) for place in places)


def _gave_no_answer(address: str, web: Web) -> bool:
    """Whether *address* was asked and said nothing at all: what it would say another time may be more. That there is nothing
    there is an answer."""
    answer = web.answers.get(address)
    if isinstance(answer, Unreachable):
        return True
    return answer is not None and (answer.status >= 500 or answer.status in _TRY_LATER)


def key_in_header(header: Mapping[str, Any], issuer: str, web: Web) -> list[Key]:
    """The keys that may have signed a JWS with this *header*, best first; raises NoKey.

    `jwk` is a claim until the issuer confirms it; `jku` and `x5u` are not followed (RFC 8725, 3.10).
    A `kid` that is no address is a hint of any form (RFC 7515, 4.1.4): a DID that is a key has no other.
    """
    name = header.get("kid")
    is_whole_did = name == issuer and issuer.startswith("did:")
    if isinstance(name, str) and name.startswith(("did:", "https://", "http://")) and not is_whole_did:
        return [key_of_method(name, issuer, web)]
    if isinstance(header.get("jwk"), dict):
        return [confirmed_key(_key_in_jwk(header["jwk"]), issuer, web)]
    if isinstance(name, str) and name and issuer.startswith("did:") and not dids.is_a_key(issuer):
        return _keys_so_called("" if is_whole_did else name.removeprefix("#"), issuer, web)
    return keys_of_issuer(issuer, web, name.removeprefix("#") if isinstance(name, str) else "")


def _keys_so_called(name: str, issuer: str, web: Web) -> list[Key]:
    """The key of *name*, or where *issuer* calls none so all that it lists for signing, as guesses; raises NoKey."""
    if name:
        try:
            return [key_of_method(f"{issuer}#{name}", issuer, web)]
        except NoKey as problem:
            if problem.reason != _NOT_IN_DOCUMENT:
                raise
    guesses = [replace(key, is_guess=True) for key in keys_of_issuer(issuer, web)]
    if not guesses:
        raise NoKey(_NOT_IN_DOCUMENT, name[:80])
    return guesses


def _key_in_jwk(jwk: Mapping[str, Any]) -> keys.PublicKey:
    try:
        return keys.public_key_from_jwk(jwk)
    except keys.UnusableKey as problem:
        failed = problem.reason in ("key-malformed", "private-key-published")
        raise NoKey(problem.reason, problem.detail, failed=failed) from None


def _published_keys(issuer: str, web: Web) -> list[_Method]:
    """The keys in the issuer's own document, and for a web site in its list of keys; raises NoKey when silent."""
    own: dict[str, Any] = {}
    problem = NoKey("issuer-not-resolvable", issuer[:200])
    try:
        own = _own_document(issuer, web)
    except NoKey as silence:
        problem = silence
    else:
        problem = NoKey(_LISTS_NO_KEY, issuer[:200]) if own.get("id") == issuer else problem
    documents = (own, _key_set_of_host(issuer, web))
    written = [method for document in documents for method in _methods(document, issuer, web.now)]
    found = _once_revoked([*written, *_methods_elsewhere(own, issuer, web)])
    if not found:
        if own and _may_list_more(issuer, web):
            raise NoKey(_UNREACHABLE, min(_links_elsewhere(own, issuer))[:200])
        others = [name for document in documents for name in _unsupported(document, issuer)]
        raise NoKey(UNSUPPORTED, min(others)[:200]) if others else problem
    return found


def _own_document(issuer: str, web: Web) -> dict[str, Any]:
    """The issuer's own document, {} when what stands there is about somebody else; raises NoKey."""
    document = json_document(issuer, web)
    return document if document.get("iss", document.get("id", issuer)) == issuer else {}


def _key_set_of_host(issuer: str, web: Web) -> dict[str, Any]:
    """The list of keys that stands on the host of an issuer that is a web site, where nobody else has a part of it; else {}."""
    origin = _origin(issuer)
    if origin is None or hosts.is_shared(issuer):
        return {}
    try:
        document = json_document(f"{origin}{_KEY_SET}", web)
    except NoKey:
        return {}
    return document if document.get("iss", document.get("id", issuer)) == issuer else {}


def _linked_keys(issuer: str, web: Web) -> frozenset[str]:
    """The keys that the issuer's own document names for signing by their address alone, and does not write out."""
    try:
        return _links(_own_document(issuer, web), issuer)
    except NoKey:
        return frozenset()


def _methods_elsewhere(own: Mapping[str, Any], issuer: str, web: Web) -> Iterator[_Method]:
    """The keys that the *own* document of the *issuer* names by their address alone, as the documents there write them out: one that
    is referred to is listed (Controlled Identifiers 1.0, 2.3). Whose such a key is, it says itself."""
    for link in _links_elsewhere(own, issuer)[:_MOST_LINKS]:
        controller = dids.split(link)[0]
        try:
            document = json_document(controller, web)
        except NoKey:
            continue
        for method in _once_revoked(_methods(document, controller, web.now)):
            if method.id == link and method.may_assert and method.controller in (issuer, controller):
                yield method


def _links_elsewhere(own: Mapping[str, Any], issuer: str) -> list[str]:
    """The addresses of keys that the *own* document of the *issuer* does not write out, in documents that may be asked for."""
    written = {_absolute(method, issuer) for method in _written(own) if len(method) > 1}
    return [
        link
        for link in sorted(_links(own, issuer) - written)
        if (place := dids.split(link)[0]) != issuer and _address_of(place) is not None
    ]


def _links(document: Mapping[str, Any], base: str) -> frozenset[str]:
    is_strict = "assertionMethod" in document or base.startswith("did:")
    lists = ("assertionMethod",) if is_strict else ("verificationMethod", "publicKey", "keys")
    named = [item for name in lists for item in texts.listed(document.get(name))][:MOST_KEYS]
    links = (item.get("id") if isinstance(item, dict) and len(item) == 1 else item for item in named)
    return frozenset(_absolute(link, base) for link in links if isinstance(link, str))


def _origin(address: str) -> str | None:
    if len(address) > _LONGEST:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in ("https", "http") and parts.netloc else None


def _address_of(controller: str) -> str | None:
    """Where the document of *controller* stands, a did:web or an address; None for another."""
    return controller if _origin(controller) else dids.document_address(controller)


def json_document(controller: str, web: Web) -> dict[str, Any]:
    """The JSON document at a did:web or an address; raises NoKey."""
    address = _address_of(controller)
    if address is None:
        is_of_another_method = controller.startswith("did:") and not controller.startswith("did:web:")
        raise NoKey("did-method-unsupported" if is_of_another_method else "issuer-not-resolvable", controller[:200])
    try:
        answer = web.get(address)
    except Unreachable as problem:
        raise NoKey(problem.reason(_UNREACHABLE), f"{address} {problem.why}"[:200], is_silence=True) from None
    if not hosts.speaks_for(answer, address):
        raise NoKey("redirected-elsewhere", f"{address}: {answer.address}"[:200])
    if answer.status != 200:
        raise NoKey(_UNREACHABLE, f"{address} HTTP {answer.status}"[:200], is_silence=_gave_no_answer(address, web))
    try:
        document = strict_json.read_object(answer.body)
    except UnreadableBadge as problem:
        raise NoKey("key-document-unreadable", f"{address} {problem.detail}"[:200]) from None
    if controller.startswith("did:") and document.get("id") != controller:
        raise NoKey("document-of-another", str(document.get("id"))[:200])
    return document


def _methods(document: Mapping[str, Any], base: str, now: datetime) -> Iterator[_Method]:
    """Every usable key of a DID document, a profile, a key document or a JSON Web Key Set."""
    written = list(_written_methods(document, base, now))
    yield from written
    # Of a key that is written out, too, that place tells whether it has ended.
    ended = [method.key for method in written if method.ended]
    yield from (method for method in _linked_methods(document, base) if method.key not in ended)


def _linked_methods(document: Mapping[str, Any], base: str) -> Iterator[_Method]:
    """The keys that *document* names for signing by a DID that is the key, and need not write out (Controlled Identifiers 1.0, 2.3)."""
    ended = REVOKED if document.get("deactivated") is True else ""
    for link in sorted(_links(document, base)):
        did, fragment = dids.split(link)
        if dids.is_a_key(did):
            try:
                yield _Method(link, _key_in_did(did, fragment), did, True, "", ended)
            except NoKey:
                continue


def _written_methods(document: Mapping[str, Any], base: str, now: datetime) -> Iterator[_Method]:
    """The keys that *document* writes out."""
    assertions = texts.listed(document.get("assertionMethod"))
    allowed = {_absolute(method, base) for method in assertions}
    is_strict = "assertionMethod" in document or base.startswith("did:")
    for written in _written(document):
        try:
            key = keys.public_key_from_method(written)
        except keys.UnusableKey:
            continue
        # A key that stands alone at an address goes by that address, whatever it calls itself (Open Badges 3.0, 8.2).
        is_alone = written is document and "kty" in written and "id" not in written
        name = base if is_alone else _absolute(written, base)
        controller = written.get("controller", written.get("owner", base))
        ended = REVOKED if document.get("deactivated") is True else why_ended(written, now)
        yield _Method(
            name,
            key,
            str(controller),
            not is_strict or name in allowed,
            _alias({"publicKeyJwk": written} if is_alone else written, base),
            ended,
        )


def _once_revoked(methods: Iterable[_Method]) -> list[_Method]:
    """*methods*; a key that is revoked in one place is revoked in all, however it is called there."""
    found = list(methods)
    revoked = [method.key for method in found if method.ended == REVOKED]
    return [replace(method, ended=REVOKED) if method.key in revoked else method for method in found]


def _written(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What may be a key in *document*, itself among them."""
    lists = (document.get(name) for name in ("verificationMethod", "publicKey", "keys", "assertionMethod"))
    return texts.objects([*(item for items in lists for item in texts.listed(items)), document])[:MOST_KEYS]


def _unsupported(document: Mapping[str, Any], base: str) -> frozenset[str]:
    """The addresses of the keys in *document* that are of a kind we do not know: no day changes that."""
    found = set()
    for written in _written(document):
        if not any(name == "kty" or (name.startswith("publicKey") and name != "publicKey") for name in written):
            continue  # it is no key
        try:
            keys.public_key_from_method(written)
        except keys.UnusableKey as problem:
            if problem.reason == UNSUPPORTED:
                found |= {_absolute(written, base), _alias(written, base)}
    return frozenset(found - {""})


def _alias(method: Mapping[str, Any], base: str) -> str:
    match method:
        case {"publicKeyJwk": {"kid": str(name)}} if name:
            return _absolute(name, base)
    return ""


def why_ended(method: Mapping[str, Any], now: datetime) -> str:
    """Why a verification method is not to be used any more; a day that cannot be read may be past."""
    for name, reason in (("revoked", REVOKED), ("expires", EXPIRED)):
        if method.get(name) is not False and dates.not_ended(method.get(name), now, "").outcome != "passed":
            return reason
    return ""


def _absolute(method: Any, base: str) -> str:
    """The whole address of a method: they are written whole, as `#key-1`, or as the `kid` of a JSON Web Key."""
    name = method.get("id", method.get("kid", "")) if isinstance(method, dict) else method
    if not isinstance(name, str) or not name:
        return base
    if name.startswith("#"):
        return base + name
    return name if ":" in name else f"{base}#{name}"
