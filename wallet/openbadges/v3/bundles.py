"""What holds badges without being one: presentations, envelopes, and the records that carry badges within.

Each badge that is carried is a document of its own: it verifies without what it came in, and may be shown without
it. A Comprehensive Learner Record is a credential too, so it stands beside its badges; a presentation is not. What a
record lists without a signature of its own is covered by the record's, and stays in it.
Sources: Verifiable Credentials Data Model 2.0, 4.13 (Verifiable Presentations, Enveloped Verifiable
Credentials); 1.1, 6.3.1 (JSON Web Token); Comprehensive Learner Record 2.0, ClrSubject.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .. import data_addresses, examination, texts
from ..document import Document
from ..kinds import RECORD, types
from ..proofs.signed_texts import SignedText, from_json_serialization
from . import sd_jwt_badges

MOST = 200
"""Badges that one document may carry, at all depths together."""
_MOST_CHARACTERS = 10 * 1024 * 1024
"""Of all that is taken out of one document: each takes the context around it along."""
_DEEPEST = 3
"""Presentations of records of badges: nobody packs deeper."""
ENVELOPES = frozenset({"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"})
_ENVELOPE = re.compile(
    r"data:application/(?:(?:v[cp]|dc)(?:[+-]ld)?(?:\+json)?\+)?(?:sd-)?jwt(?:;[^,]*)?,", re.IGNORECASE
)
_WRAPS = frozenset({"jwt", "credential", "credentials", "payload"})
"""One of these has whatever wraps a token, but for an envelope."""
_BESIDE = frozenset({"credential", "format", "c_nonce", "c_nonce_expires_in", "notification_id"})
"""What stands beside a credential in the answer that gives it (OpenID for Verifiable Credential Issuance, drafts to 14)."""
_LISTS = ("verifiableCredential", "credential", "credentials", "compactJwsString")
"""Under one of these an answer gives what it issued (Verifiable Credential API 0.7, 3.2; OpenID for Verifiable Credential
Issuance 1.0, 8.3; Open Badges 3.0, GetOpenBadgeCredentialsResponse, whose tokens stand apart): saved as a file, that is a
presentation by all but its name."""
_DOCUMENTS = frozenset({"credentialSubject", "vc", "vp"})
"""One of these has a credential, or a token that holds one or a presentation: what else stands there is beside it."""


def token_within(claims: Any) -> str | None:
    """The token that *claims* only wraps, or None: `{"jwt": …}`, `{"credential": …}`, an envelope; or the parts of an SD-JWT."""
    if not isinstance(claims, dict):
        return None
    if _WRAPS.isdisjoint(claims):  # nearly always
        address = claims.get("id")
        return _enveloped(address) if isinstance(address, str) and not ENVELOPES.isdisjoint(types(claims)) else None
    match claims:
        case {"jwt": str(token)} if len(claims) == 1:
            return token.strip()
        case {"credential": str(token)} if claims.keys() <= _BESIDE and texts.is_signed_text(token.strip()):
            return token.strip()
        case {"credentials": [{"credential": str()} as only]} if claims.keys() <= _BESIDE | {"credentials"}:
            return token_within(only)
        case {"id": str(address)} if not ENVELOPES.isdisjoint(types(claims)):
            return _enveloped(address)
        case {"payload": str()}:
            return from_json_serialization(claims)
    return None


def _enveloped(address: str) -> str | None:
    if not _ENVELOPE.match(address):
        return None
    try:
        return data_addresses.from_data_address(address).decode(errors="replace").strip()
    except examination.DamagedFile:
        return unquote(address.partition(",")[2]).strip()  # some write the token as it is all the same


def signed_within(claims: Mapping[str, Any]) -> SignedText | None:
    """The token that *claims* only wraps, or None."""
    token = token_within(claims)
    return SignedText(token) if token else None


def is_presentation(found: Document) -> bool:
    """Whether *found* is a presentation: what somebody shows, and no credential itself."""
    return _is_presentation(_said(found))


def is_record(claims: Mapping[str, Any]) -> bool:
    """Whether *claims* is a Comprehensive Learner Record, or a token that holds one."""
    return RECORD in types(_credential(claims))


def unpacked(document: bytes, found: Document) -> list[bytes]:
    """The documents to be looked at when *found* is what *document* holds, each on its own.

    Itself; a presentation is replaced by what it carries, a record is followed by it. Raises NotABadge
    `no-badge-in-presentation`, and DamagedFile `too-many-badges`.
    """
    documents = list(_unpacked(document, _said(found), _DEEPEST, _Allowance()))
    if not documents:
        raise examination.NotABadge("no-badge-in-presentation")
    return documents


def the_only_one(found: Document) -> bytes:
    """The document that *found*, a presentation, carries, when it carries one; raises NotABadge as `unpacked`, and
    `several-badges`."""
    documents = unpacked(b"", found)
    if len(documents) > 1:
        raise examination.NotABadge("several-badges", f"{len(documents)} in a presentation")
    return documents[0]


@dataclass(slots=True)
class _Allowance:
    """What may still be taken out of one document."""

    documents: int = MOST
    characters: int = _MOST_CHARACTERS

    def spend(self, document: bytes) -> None:
        self.documents -= 1
        self.characters -= len(document)
        if self.documents < 0 or self.characters < 0:
            raise examination.DamagedFile("too-many-badges", f"more than {MOST}, or than {_MOST_CHARACTERS} characters")


def _unpacked(document: bytes, opened: Mapping[str, Any], levels: int, allowance: _Allowance) -> Iterator[bytes]:
    if not _is_presentation(opened):
        yield document
    if levels:
        for inner, within in _carried(opened):
            allowance.spend(inner)
            yield from _unpacked(inner, _opened(within), levels - 1, allowance)


def _carried(opened: Mapping[str, Any]) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    """Each credential inside *opened*, as bytes and as what it says."""
    if is_answer(opened):
        for item in _answered(opened):
            yield from _document(item, opened.get("@context"))
    elif _is_presentation(opened):
        for holder in (opened, opened.get("vp")):
            if isinstance(holder, dict):
                for item in texts.listed(holder.get("verifiableCredential")):
                    yield from _document(item, holder.get("@context"))
    elif is_record(opened):
        for item in listed_in(_credential(opened)):
            if is_signed(item):
                yield from _document(item, _credential(opened).get("@context"))


def listed_in(record: Mapping[str, Any]) -> list[Any]:
    """What stands under `verifiableCredential` in a record, be it a document of its own or not."""
    return [
        item
        for subject in texts.objects(record.get("credentialSubject"))
        for item in texts.listed(subject.get("verifiableCredential"))
    ]


def is_signed(item: Any) -> bool:
    """Whether what a record lists brings a signature of its own."""
    return isinstance(item, str) or (isinstance(item, dict) and ("proof" in item or token_within(item) is not None))


def _document(item: Any, context: Any) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    token = item.strip() if isinstance(item, str) else token_within(item)
    if token is not None:
        yield token.encode(), _claims_or_none(SignedText(token))
    elif isinstance(item, dict):
        # A credential inside another one may lean on the context around it (JSON-LD 1.1, 4.1).
        whole = item if "@context" in item or context is None else {"@context": context, **item}
        yield json.dumps(whole, ensure_ascii=False).encode(), whole


def _said(found: Document) -> Mapping[str, Any]:
    """What *found* says, or the token that it only wraps."""
    if found.signed is None:
        return found.claims
    return _claims_or_none(found.signed) if found.json else _opened(found.claims)


def _opened(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    signed = signed_within(claims)
    return _claims_or_none(signed) if signed else claims


def _claims_or_none(signed: SignedText) -> dict[str, Any]:
    """As sd_jwt_badges.claims_of; {} for what is no badge, which is told of the document that it is."""
    try:
        return sd_jwt_badges.claims_of(signed)
    except examination.UnreadableBadge:
        return {}


def _is_presentation(opened: Mapping[str, Any]) -> bool:
    return "VerifiablePresentation" in types(opened) or isinstance(opened.get("vp"), dict) or is_answer(opened)


def is_answer(claims: Mapping[str, Any]) -> bool:
    """Whether *claims* is no document itself: all that it does is to list credentials (_LISTS)."""
    return _DOCUMENTS.isdisjoint(claims) and not types(claims) and any(map(_is_credential, _answered(claims)))


def _answered(claims: Mapping[str, Any]) -> list[Any]:
    listed = [item for name in _LISTS for item in texts.listed(claims.get(name))]
    return [item["credential"] if isinstance(item, dict) and "credential" in item else item for item in listed]


def _is_credential(item: Any) -> bool:
    if isinstance(item, str):
        return texts.is_signed_text(item.strip())
    return isinstance(item, dict) and ("credentialSubject" in item or token_within(item) is not None)


def _credential(opened: Mapping[str, Any]) -> Mapping[str, Any]:
    """The credential in the claims of a token (data model 1.1, `vc`), or *opened* itself."""
    within = opened.get("vc")
    return within if isinstance(within, dict) else opened
