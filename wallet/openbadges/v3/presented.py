"""The signature of a presentation: of whoever put the badges together, which says nothing of any of them.

Each badge that it carries has a signature of its own, and its state is its own (docs/decisions.md 3). That somebody signed the
whole, or changed it since, is told beside it. When it was signed, for whom and in answer to what was between two others:
`challenge`, `domain`, `nonce`, `aud` and the end of a token are not looked at.
Sources: Verifiable Credentials Data Model 2.0, 4.13 (Verifiable Presentations), and 1.1, 6.3.1; Securing Verifiable
Credentials using JOSE and COSE, 3.2.1 (vp+jwt); Verifiable Credential Data Integrity 1.0, 4.4.
"""

from collections.abc import Mapping
from typing import Any

from .. import strict_json, texts
from ..document import Document
from ..examination import Check, Unverified, Web, gravest
from ..proofs import context_guard, dids, jws, verification
from ..proofs.controllers import Key, key_in_header, key_of_method
from ..proofs.data_integrity import fits, proofs_of
from ..proofs.key_documents import NoKey
from ..proofs.signed_texts import SignedText
from ..proofs.suites import SUITES, suite_of
from . import bundles

NAME = "presentation"
_SOURCE = "Verifiable Credentials Data Model 2.0, Verifiable Presentations"
_PURPOSES = frozenset({"authentication", "assertionMethod"})
_MOST_PROOFS = 6
_NOT_WHOLLY = "presentation-not-wholly-signed"
"""Something stands in it that its holder did not sign, a context behind those that they signed among it."""


def check_presentation(document: Document, web: Web) -> Check | None:
    """Whether the presentation that *document* is was signed by its holder, as a check of that name; None for all else.

    Its detail is the holder. Raises TooHeavy where there is more to work out than *web* allows.
    """
    if not bundles.is_presentation(document):
        return None
    try:
        if document.signed:
            return _of_token(document.signed, web)
        return _of_proofs(document.claims, web)
    except Unverified as problem:
        return problem.check(NAME, _SOURCE)


def _of_token(signed: SignedText, web: Web) -> Check:
    web.spend(len(signed.text) // verification.CHARACTERS_OF_A_MEMBER)
    # What is shown of an SD-JWT stands beside what was signed (RFC 9901, 4).
    token = signed.token
    header, claims = token.header, signed.claims
    named = {name for name in (_id(claims.get("iss")), _id(claims.get("holder")), _id(_within(claims))) if name}
    if len(named) > 1:
        raise jws.BadSignature("claims-differ", ", ".join(sorted(named))[:200])
    jws.signing_algorithm(header)
    holder = next(iter(named), _controller(header.get("kid")))
    last: Unverified = NoKey("issuer-lists-no-key")
    for key in key_in_header(header, holder, web):
        try:
            token.verify(key.key)
        except jws.BadSignature as problem:
            last = key.refuses(problem)
        else:
            return _signed(key, holder, _whole(header.get("kid"), holder), web)
    raise last


def _whole(name: Any, holder: str) -> Any:
    """The `kid` *name* as the address of a key of the *holder*, where it is only the end of one (RFC 7515, 4.1.4)."""
    return f"{holder}#{name.removeprefix('#')}" if isinstance(name, str) and ":" not in name else name


def _within(claims: Mapping[str, Any]) -> Any:
    within = claims.get("vp")
    return within.get("holder") if isinstance(within, dict) else None


def _of_proofs(claims: dict[str, Any], web: Web) -> Check:
    proofs = proofs_of(claims)
    if not proofs:
        return Check(NAME, "unknown", "no-proof", _SOURCE)
    if len(proofs) > _MOST_PROOFS:
        return Check(NAME, "unknown", "too-many-proofs", _SOURCE)
    web.spend(strict_json.count_members(claims) * len(proofs))
    checked = [_of_proof(claims, proof, web) for proof in proofs]
    known = [check for check in checked if check.reason != "proof-unsupported"]
    if any(check.outcome == "passed" for check in known):
        # What one of the holder's proofs covers is covered, as it is of a badge (proofs/verification.py).
        known = [check for check in known if check.reason != _NOT_WHOLLY]
    hidden = context_guard.hidden_statements(claims)
    if hidden and hidden.outcome == "failed":
        known.append(Check(NAME, "failed", hidden.reason, _SOURCE, hidden.detail))
    return gravest(known or checked)


def _of_proof(claims: Mapping[str, Any], proof: Mapping[str, Any], web: Web) -> Check:
    try:
        return _verified(claims, proof, web)
    except Unverified as problem:
        return problem.check(NAME, _SOURCE)


def _verified(claims: Mapping[str, Any], proof: Mapping[str, Any], web: Web) -> Check:
    if suite_of(proof) not in SUITES:
        raise jws.Unsupported("proof-unsupported", suite_of(proof))
    purpose, method = proof.get("proofPurpose"), _id(proof.get("verificationMethod"))
    if not isinstance(purpose, str) or purpose not in _PURPOSES or not method:
        raise jws.BadSignature("proof-malformed", "proofPurpose, verificationMethod")
    holder = _id(claims.get("holder")) or _controller(method)
    key = key_of_method(method, holder, web)
    found = fits(claims, proof, key.key)
    signed = _signed(key, holder, method if purpose == "authentication" else None, web)
    if signed.outcome == "passed" and (not found.whole or found.added_contexts):
        return Check(NAME, "unknown", _NOT_WHOLLY, _SOURCE, holder)
    return signed


def _signed(key: Key, holder: str, method: Any, web: Web) -> Check:
    """What follows from a signature that fits: the key has to be the holder's. *method* names one that may be for showing
    badges alone, or is None."""
    if key.binding in ("proven", "self-certified"):
        return Check(NAME, "passed", "", _SOURCE, holder)
    if key.reason == "key-not-for-assertions" and _is_for_authentication(method, holder, web):
        return Check(NAME, "passed", "", _SOURCE, holder)
    return Check(NAME, "failed" if key.binding == "mismatch" else "unknown", key.reason, _SOURCE, holder)


def _is_for_authentication(method: Any, holder: str, web: Web) -> bool:
    """Whether the holder's own document, which answered with the key of *method*, lists it for authentication (DID Core
    1.0, 5.3.1)."""
    if not isinstance(method, str) or _controller(method) != holder:
        return False
    document = strict_json.read_object(web.get(dids.document_address(holder) or holder).body)
    listed = (_id(one) for one in texts.listed(document.get("authentication")))
    return method in {f"{holder}{one}" if one.startswith("#") else one for one in listed}


def _id(value: Any) -> str:
    return texts.address(value)


def _controller(method: Any) -> str:
    return dids.split(method)[0] if isinstance(method, str) else ""
