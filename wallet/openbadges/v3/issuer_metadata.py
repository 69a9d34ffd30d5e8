"""All keys by which a token or an SD-JWT may have been signed: those to which its header leads, and two ways more.

An issuer with an https address lists its keys in a document of its own, below `/.well-known/jwt-vc-issuer`. A certificate
beside the token (`x5c`) holds a key; whether its authority may speak for the issuer is for lists of authorities that this
wallet does not have, so what it signed is intact, and whose word it is stays unknown.
Sources: SD-JWT-based Verifiable Credentials (draft-ietf-oauth-sd-jwt-vc), 2.5 and 4; Securing Verifiable Credentials using JOSE
and COSE, 4.2.1 (of tokens); RFC 7515, 4.1.6.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from .. import hosts, texts
from ..examination import Unverified, Web
from ..proofs import controllers, key_documents, keys
from ..proofs.controllers import Key
from ..proofs.key_documents import REVOKED, UNREACHABLE, UNSUPPORTED, NoKey

_WELL_KNOWN = "/.well-known/jwt-vc-issuer"
_NOT_CHECKED = "certificate-not-checked"


def all_keys(header: Mapping[str, Any], issuer: str, web: Web) -> list[Key]:
    """The keys that may have signed a token or an SD-JWT with this *header*, best first; raises the problem of the last way.

    Where the metadata list keys of kinds only that we do not know, that is the problem: no day changes it.
    """
    ways = [controllers.key_in_header]
    if issuer.startswith("https://"):
        ways.insert(0, _keys_in_metadata)
    if "x5c" in header:
        ways.append(_key_in_certificate)
    found: list[Key] = []
    last: Unverified = NoKey("issuer-lists-no-key")
    silence = ""
    for way in ways:
        try:
            found += way(header, issuer, web)
        except Unverified as problem:
            if isinstance(problem, NoKey) and problem.is_silence and silence != UNREACHABLE:
                silence = problem.reason
            if last.reason != UNSUPPORTED or problem.outcome == "failed":
                last = problem
    if not found:
        raise last
    found = _once_revoked(found, issuer, web)
    if silence != UNREACHABLE:
        silence = controllers.why_more(issuer, web) or silence
    if not silence:
        return found
    # What one list calls by the very name that the header has is not in doubt because another one is silent.
    is_named = bool(header.get("kid"))
    return [key if is_named and key.binding == "proven" else _doubted(key, silence) for key in found]


def _doubted(key: Key, silence: str) -> Key:
    """As controllers.doubted: who is silent may list the key of a certificate, too."""
    return Key(key.key, "claimed", silence) if key.reason == _NOT_CHECKED else controllers.doubted(key, silence)


def _once_revoked(found: list[Key], issuer: str, web: Web) -> list[Key]:
    """*found*; a key that the issuer revoked in one of its documents is revoked, as in controllers.py. Whoever signs chooses the
    `kid`: it is so under whatever name it stands there."""
    if all(key.binding != "proven" for key in found):
        return found
    revoked = [key.key for key in found if key.reason == REVOKED]
    revoked += [*controllers.revoked_keys(issuer, web), *_revoked_in_metadata(issuer, web)]
    return [
        replace(key, binding="claimed", reason=REVOKED) if key.binding == "proven" and key.key in revoked else key
        for key in found
    ]


def _revoked_in_metadata(issuer: str, web: Web) -> list[keys.PublicKey]:
    if not issuer.startswith("https://"):
        return []
    try:
        listed = [_listed(jwk, web) for jwk in _written(issuer, web)]
    except NoKey:
        return []
    return [key.key for key in listed if isinstance(key, Key) and key.reason == REVOKED]


def _keys_in_metadata(header: Mapping[str, Any], issuer: str, web: Web) -> list[Key]:
    """The keys in the metadata of the issuer (4), only that of the `kid` where one is so called."""
    written = _written(issuer, web)
    named = [jwk for jwk in written if "kid" in header and jwk.get("kid") == header["kid"]]
    is_guess = "kid" in header and not named
    listed = [_listed(jwk, web) for jwk in named or written]
    if found := [replace(key, is_guess=is_guess) for key in listed if isinstance(key, Key)]:
        return found
    problems = [one for one in listed if isinstance(one, keys.UnusableKey) and one.reason == UNSUPPORTED]
    raise NoKey(UNSUPPORTED, problems[0].detail) if problems else NoKey("issuer-lists-no-key", issuer[:200])


def _written(issuer: str, web: Web) -> list[dict[str, Any]]:
    """The JSON Web Keys in the metadata of the issuer; raises NoKey."""
    if hosts.is_shared(issuer):
        # What stands beside the folders of all tenants is the word of none of them (as controllers.py reads lists of keys).
        raise NoKey(hosts.SHARED, issuer[:200])
    metadata = key_documents.json_document(metadata_address(issuer), web)
    if metadata.get("issuer") != issuer:
        raise NoKey("document-of-another", str(metadata.get("issuer"))[:200])
    listed = metadata.get("jwks")
    if not isinstance(listed, dict) and texts.is_link(metadata.get("jwks_uri")):
        listed = key_documents.json_document(texts.address(metadata["jwks_uri"]), web)
    return texts.objects(listed.get("keys"))[: key_documents.MOST_KEYS] if isinstance(listed, dict) else []


def _listed(jwk: Mapping[str, Any], web: Web) -> Key | keys.UnusableKey:
    """The key that is *jwk* as its issuer lists it, or why it is none."""
    try:
        key, ended = keys.public_key_from_jwk(jwk), key_documents.why_ended(jwk, web.now)
    except keys.UnusableKey as problem:
        return problem
    return Key(key, "claimed" if ended else "proven", ended)


def metadata_address(issuer: str) -> str:
    """Where the metadata of an *issuer* with an https address stand: between its host and its path (4.1); raises NoKey."""
    try:
        parts = urlsplit(issuer)
    except ValueError:
        raise NoKey("issuer-not-resolvable", issuer[:200]) from None
    return f"https://{parts.netloc}{_WELL_KNOWN}{parts.path.rstrip('/')}"


def _key_in_certificate(header: Mapping[str, Any], issuer: str, web: Web) -> list[Key]:
    """The key of the first certificate in `x5c`, a claim unless the issuer's own word says whose it is."""
    chain = header["x5c"]
    leaf = chain[0] if isinstance(chain, list) and chain else None
    if not isinstance(leaf, str):
        raise NoKey("certificate-malformed", failed=True)
    try:
        key = keys.public_key_from_certificate(leaf)
    except keys.UnusableKey as problem:
        raise NoKey(problem.reason, problem.detail) from None
    confirmed = controllers.confirmed_key(key, issuer, web)
    # No authority speaks for a DID whose keys are known; a site may list keys for other uses than badges.
    is_known = issuer.startswith("did:") and confirmed.binding == "mismatch"
    is_sure = is_known or confirmed.binding in {"proven", "self-certified"}
    return [confirmed if is_sure else Key(key, "claimed", _NOT_CHECKED)]
