"""Whose key it is: from the name of a key to the key itself, and to how it is tied to the issuer.

A signature that fits says only that somebody had the key. That this was the issuer needs the issuer's own word: its
DID, its DID document, its profile, its list of keys.
    proven          the issuer's own document lists the key
    self-certified  the issuer's name is the key, and nothing more is known of it
    claimed         the badge brought the key itself, and the issuer's word could not be had; or that word is that the
                    key is not to be used any more: the day of a signature is the badge's own word, and whoever has such
                    a key today can write any day
    mismatch        the issuer's own word names other keys
What stands in a document of keys is read in proofs/key_documents.py.
Sources: Open Badges 3.0, 8 (Proofs); DID Core 1.0, 5.3 (Verification Relationships); docs/decisions.md 21.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import hosts
from ..examination import Binding, Unreachable, Unverified, Web
from . import dids, key_documents, keys
from .key_documents import EXPIRED, NOT_IN_DOCUMENT, OUT_OF_REACH, REVOKED, UNREACHABLE, UNSUPPORTED, Method, NoKey

_MOST_LINKS = 5
"""Documents of keys of one issuer, each of which is asked for."""
_KEY_SET = "/.well-known/jwks.json"
_LISTS_NO_KEY = "issuer-lists-no-key"
_NOT_LISTED = "key-not-listed"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and how it is tied to the issuer; `reason` says why not more closely."""

    key: keys.PublicKey
    binding: Binding
    reason: str = ""
    is_guess: bool = False
    """Whether the badge names another, which the issuer does not list, or may list where nobody answers: that this one did not
    sign says nothing."""
    doubt: str = NOT_IN_DOCUMENT
    """Why not, where it is a guess."""

    def refuses(self, problem: Unverified) -> Unverified:
        """What it means that the signature has this *problem* with this key."""
        return NoKey(self.doubt) if self.is_guess else problem


def _listed(method: Method) -> Key:
    """The key as the issuer's own document lists it."""
    return Key(method.key, "claimed", method.ended) if method.ended else Key(method.key, "proven")


def key_of_method(method: str, issuer: str, web: Web) -> Key:
    """The key that the address of a verification method names, and its tie to *issuer*; raises NoKey."""
    controller, fragment = dids.split(method)
    if dids.is_a_key(controller):
        return confirmed_key(key_documents.key_in_did(controller, fragment), issuer, web)
    if not controller.startswith(("did:web:", "https://", "http://")):
        is_did = controller.startswith("did:")
        return _key_without_document(method, issuer, web, OUT_OF_REACH if is_did else "key-address-unsupported")
    try:
        document = key_documents.json_document(controller, web)
    except NoKey as problem:
        return _key_without_document(method, issuer, web, problem.reason, problem.detail)
    found = key_documents.so_called(
        key_documents.once_revoked(key_documents.methods_in(document, controller, web.now)), method
    )
    if found:
        return _published(found[0], controller, document, issuer, web)
    is_unsupported = method in key_documents.unsupported_in(document, controller)
    return _key_without_document(method, issuer, web, UNSUPPORTED if is_unsupported else NOT_IN_DOCUMENT)


def _key_without_document(method: str, issuer: str, web: Web, reason: str, detail: str = "") -> Key:
    """The key that is written in the fragment of its own address, or that the issuer lists under it, where its document could not
    say more."""
    try:
        key = keys.public_key_from_multikey(dids.split(method)[1])
    except keys.UnusableKey:
        if listed := _listed_as(method, issuer, web):
            return listed
        raise NoKey(reason, detail or method[:200]) from None
    found = confirmed_key(key, issuer, web)
    return found if found.reason in ("", REVOKED, EXPIRED) else Key(key, found.binding, reason)


def _listed_as(method: str, issuer: str, web: Web) -> Key | None:
    """The key that *issuer* itself lists for signing under the address *method*, which may lead nowhere: the name of a key in a vault,
    or by its thumbprint (Securing Verifiable Credentials using JOSE and COSE, 4.3); None for none."""
    if method == issuer:
        return None  # which is no name of a key, and goes for each that has none
    if dids.split(method)[0] == issuer and key_documents.gave_no_answer(issuer, web):
        return None  # it may name the key itself, another time
    try:
        listed = [one for one in _published_keys(issuer, web) if one.may_assert]
    except NoKey:
        return None
    named = key_documents.so_called(listed, method)
    return _listed(named[0]) if named else None


def _published(found: Method, controller: str, document: Mapping[str, Any], issuer: str, web: Web) -> Key:
    """The key of a document that answered, tied to the issuer when the document is the issuer's own."""
    if not found.may_assert:
        return Key(found.key, "mismatch", found.ended or "key-not-for-assertions")
    if controller == issuer and document.get("id", issuer) in (issuer, found.id):
        return _unless_revoked(found, issuer, web)
    stands_there = dids.split(found.id)[0] == controller  # found by its `kid`, it may bear the address of another's key
    if stands_there and found.controller in (issuer, controller) and found.id in _linked_keys(issuer, web):
        # A key document says whose key it is, and so can anybody's: the issuer's own word has to name it.
        return _unless_revoked(found, issuer, web)
    confirmed = confirmed_key(found.key, issuer, web)
    if confirmed.reason == _NOT_LISTED and _stands_at(controller, issuer) and not _lists_keys(issuer, web):
        # The list of keys of a whole site may be of something else, as of its sign-in: it speaks against no key that stands there.
        confirmed = Key(found.key, "claimed", _LISTS_NO_KEY)
    return _listed(found) if found.ended and confirmed.binding != "mismatch" else confirmed


def _stands_at(address: str, issuer: str) -> bool:
    """Whether the document at *address* is of the same origin as an *issuer* that is a web site."""
    origin = key_documents.origin_of(issuer)
    return origin is not None and origin == key_documents.origin_of(address)


def _lists_keys(issuer: str, web: Web) -> bool:
    """Whether the issuer's own document lists keys, be they known here or not."""
    try:
        own = _own_document(issuer, web)
    except NoKey:
        return False
    return any(key_documents.methods_in(own, issuer, web.now)) or any(key_documents.unsupported_in(own, issuer))


def _unless_revoked(found: Method, issuer: str, web: Web) -> Key:
    """The key as the issuer lists it, unless another of its documents revoked it: whoever signs chooses the name."""
    return Key(found.key, "claimed", REVOKED) if found.key in revoked_keys(issuer, web) else _listed(found)


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
    same = [_listed(method) for method in listed_keys if method.may_assert and method.key == key]
    # Listed twice, it may have a new end in the second place.
    same.sort(key=lambda found: found.binding != "proven")
    if same:
        return same[0]
    found, why = Key(key, "mismatch", _NOT_LISTED), why_more(issuer, web)
    return doubted(found, why) if why else found


def keys_of_issuer(issuer: str, web: Web, name: str = "") -> list[Key]:
    """The keys that *issuer* itself lists for signing, only that of *name* when one is so called; raises NoKey."""
    controller = dids.split(issuer)[0]
    if dids.is_a_key(controller):
        return [Key(key_documents.key_in_did(controller, ""), "self-certified")]
    listed_keys = [method for method in _published_keys(issuer, web) if method.may_assert]
    named = [method for method in listed_keys if name and dids.split(method.id)[1] == name]
    named = named or (key_documents.so_called(listed_keys, key_documents.absolute(name, issuer)) if name else [])
    found = [_listed(method) for method in named or listed_keys]
    why = "" if named else NOT_IN_DOCUMENT if name else why_more(issuer, web)
    return [doubted(key, why) for key in found] if why else found


def revoked_keys(issuer: str, web: Web) -> list[keys.PublicKey]:
    """The keys that *issuer* revoked in its own document or in one that it links, or for a web site in its list of keys; none where
    nobody answers."""
    try:
        return [method.key for method in _published_keys(issuer, web) if method.ended == REVOKED]
    except NoKey:
        return []


def doubted(key: Key, why: str) -> Key:
    """*key* where the issuer may have another: as long as a place where it may list some gives no answer, which is *why*, or where
    the badge names one that is not listed. That this one did not sign, or stands nowhere else, says nothing then."""
    if key.reason == _NOT_LISTED:
        return Key(key.key, "claimed", why)
    return replace(key, is_guess=True, doubt=why) if key.binding == "proven" and not key.is_guess else key


def why_more(issuer: str, web: Web) -> str:
    """Why an *issuer* may list more keys than are known here: a place where it may list some was asked, and gave no answer; ""
    where all are known."""
    origin = key_documents.origin_of(issuer)
    places = (key_documents.address_of(issuer), f"{origin}{_KEY_SET}" if origin else None)
    is_silent = any(key_documents.gave_no_answer(place, web) for place in places if place)
    return UNREACHABLE if is_silent else _why_more_elsewhere(issuer, web)


def _why_more_elsewhere(issuer: str, web: Web) -> str:
    """Why a key that the document of *issuer* names by its address may not be known: that one gave no answer; or there are more of
    them than are asked, or one that is asked on no day or out of our reach, which is so tomorrow, too. "" where all are known."""
    try:
        links = key_documents.links_elsewhere(_own_document(issuer, web), issuer)
    except NoKey:
        return ""
    places = [key_documents.address_of(dids.split(link)[0]) for link in links]
    silences = [web.answers[place] for place in places if place and key_documents.gave_no_answer(place, web)]
    reasons = {one.reason(UNREACHABLE) if isinstance(one, Unreachable) else UNREACHABLE for one in silences}
    if UNREACHABLE in reasons:
        return UNREACHABLE
    if None in places:
        reasons.add(OUT_OF_REACH)
    return "too-many-keys" if len(places) - places.count(None) > _MOST_LINKS else next(iter(reasons), "")


def key_in_header(header: Mapping[str, Any], issuer: str, web: Web) -> list[Key]:
    """The keys that may have signed a JWS with this *header*, best first; raises NoKey.

    `jwk` is a claim until the issuer confirms it; `jku` and `x5u` are not followed (RFC 8725, 3.10).
    A `kid` that is no address, or only that of the issuer, is a hint of any form (RFC 7515, 4.1.4): a DID that is a key has no other.
    """
    name = header.get("kid")
    is_issuer = name == issuer
    is_whole_did = is_issuer and issuer.startswith("did:")
    if isinstance(name, str) and name.startswith(("did:", "https://", "http://")) and not is_whole_did:
        try:
            return [key_of_method(name, issuer, web)]
        except NoKey:
            if not is_issuer:
                raise
    if isinstance(header.get("jwk"), dict):
        return [confirmed_key(_key_in_jwk(header["jwk"]), issuer, web)]
    if isinstance(name, str) and name and (is_issuer or issuer.startswith("did:")) and not dids.is_a_key(issuer):
        return _keys_so_called("" if is_issuer else name.removeprefix("#"), issuer, web)
    return keys_of_issuer(issuer, web, name.removeprefix("#") if isinstance(name, str) else "")


def _keys_so_called(name: str, issuer: str, web: Web) -> list[Key]:
    """The key of *name*, or where *issuer* calls none so all that it lists for signing, as guesses; raises NoKey."""
    if name:
        try:
            return [key_of_method(f"{issuer}#{name}", issuer, web)]
        except NoKey as problem:
            if problem.reason != NOT_IN_DOCUMENT:
                raise
    guesses = [replace(key, is_guess=True) for key in keys_of_issuer(issuer, web)]
    if not guesses:
        raise NoKey(NOT_IN_DOCUMENT, name[:80])
    return guesses


def _key_in_jwk(jwk: Mapping[str, Any]) -> keys.PublicKey:
    try:
        return keys.public_key_from_jwk(jwk)
    except keys.UnusableKey as problem:
        failed = problem.reason in ("key-malformed", "private-key-published")
        raise NoKey(problem.reason, problem.detail, failed=failed) from None


def _published_keys(issuer: str, web: Web) -> list[Method]:
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
    written = [method for document in documents for method in key_documents.methods_in(document, issuer, web.now)]
    found = key_documents.once_revoked([*written, *_methods_elsewhere(own, issuer, web)])
    if not found:
        if own and (why := _why_more_elsewhere(issuer, web)):
            raise NoKey(why, min(key_documents.links_elsewhere(own, issuer))[:200])
        others = [name for document in documents for name in key_documents.unsupported_in(document, issuer)]
        raise NoKey(UNSUPPORTED, min(others)[:200]) if others else problem
    return found


def _own_document(issuer: str, web: Web) -> dict[str, Any]:
    """The issuer's own document, {} when what stands there is about somebody else; raises NoKey."""
    document = key_documents.json_document(issuer, web)
    return document if document.get("iss", document.get("id", issuer)) == issuer else {}


def _key_set_of_host(issuer: str, web: Web) -> dict[str, Any]:
    """The list of keys that stands on the host of an issuer that is a web site, where nobody else has a part of it; else {}."""
    origin = key_documents.origin_of(issuer)
    if origin is None or hosts.is_shared(issuer):
        return {}
    try:
        document = key_documents.json_document(f"{origin}{_KEY_SET}", web)
    except NoKey:
        return {}
    return document if document.get("iss", document.get("id", issuer)) == issuer else {}


def _linked_keys(issuer: str, web: Web) -> frozenset[str]:
    """The keys that the issuer's own document names for signing by their address alone, and does not write out; none where it was
    given up."""
    try:
        own = _own_document(issuer, web)
    except NoKey:
        return frozenset()
    return frozenset() if key_documents.is_given_up(own) else key_documents.links_in(own, issuer)


def _methods_elsewhere(own: Mapping[str, Any], issuer: str, web: Web) -> Iterator[Method]:
    """The keys that the *own* document of the *issuer* names by their address alone, as the documents there write them out: one that
    is referred to is listed (Controlled Identifiers 1.0, 2.3). Whose such a key is, it says itself."""
    for link in key_documents.links_elsewhere(own, issuer)[:_MOST_LINKS]:
        controller = dids.split(link)[0]
        try:
            document = key_documents.json_document(controller, web)
        except NoKey:
            continue
        for method in key_documents.once_revoked(key_documents.methods_in(document, controller, web.now)):
            if method.id == link and method.may_assert and method.controller in (issuer, controller):
                yield replace(method, ended=REVOKED) if key_documents.is_given_up(own) else method
