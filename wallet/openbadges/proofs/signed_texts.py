"""A token or an SD-JWT as it stands in a file: what it says is read once, by whoever asks first, and handed on.

Nothing of it is verified here: that is for jws.py and verification.py. How what is shown of an SD-JWT belongs to it says sd_jwt.py.
Source: JSON Web Signature (RFC 7515), 7.1 and 7.2; Selective Disclosure for JSON Web Tokens (RFC 9901), 4 and 8.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .. import examination, texts
from . import jws, sd_jwt


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What an SD-JWT says, with what is shown of it."""

    parts: sd_jwt.SdJwt
    claims: dict[str, Any]
    """Without all that is shown, where it cannot be believed."""
    not_shared: tuple[str, ...] = ()
    """As in sd_jwt.Disclosed."""
    problem: examination.Unverified | None = None
    """Why what is shown beside the token is not what was signed in it."""


@dataclass(frozen=True)
class SignedText:
    """A token or an SD-JWT, be it broken or not."""

    text: str

    @cached_property
    def token(self) -> jws.Token:
        """What the issuer signed; raises BadSignature where it is broken."""
        return jws.read_token(self.text.partition("~")[0])

    @property
    def claims(self) -> dict[str, Any]:
        """What its token says, digests and all; {} where it is broken, or holds no JSON object."""
        try:
            return self.token.claims
        except (examination.UnreadableBadge, jws.BadSignature):
            return {}

    @cached_property
    def is_sd_jwt(self) -> bool:
        """Whether it is one by its form, or a token that says it is one, or has digests: some take the last tilde away, and
        without it nothing of what they hide would be missed."""
        try:
            token = self.token
        except jws.BadSignature:
            return sd_jwt.is_sd_jwt(self.text)
        return "~" in self.text or str(token.header.get("typ")).endswith("sd-jwt") or sd_jwt.has_digests(token)

    @cached_property
    def shown(self) -> Shown:
        """What it says, an SD-JWT; raises UnreadableBadge."""
        try:
            written = self.token.claims
        except jws.BadSignature as broken:
            raise examination.DamagedFile("broken-token", broken.detail) from None
        try:
            parts = sd_jwt.read_sd_jwt(self.text)
            shown = sd_jwt.disclosed(written, parts.disclosures)
        except (sd_jwt.BadDisclosure, jws.Unsupported) as problem:
            parts = sd_jwt.SdJwt(self.text.partition("~")[0], (), "")
            # It is kept, and must not keep in its turn what stands on the way to it.
            told = problem.with_traceback(None)
            return Shown(parts=parts, claims=sd_jwt.undisclosed(written), problem=told)
        return Shown(parts=parts, claims=shown.claims, not_shared=shown.not_shared)


def signed_text(text: str) -> SignedText | None:
    """*text* as a token or an SD-JWT; None where it has not the form of one."""
    found = SignedText(text)
    return found if _has_form(found) else None


def _has_form(found: SignedText) -> bool:
    _, tilde, shown = found.text.partition("~")
    try:
        is_empty = not found.token.payload
    except jws.BadSignature:
        return texts.is_signed_text(found.text)  # it may have the form, and be broken
    # What was decoded has the right letters, and they need not be looked at one by one: a picture has sixty thousand.
    return not is_empty and texts.is_signed_text(f"{found.text[:2]}.e30.{tilde}{shown}")


def from_json_serialization(members: Mapping[str, Any]) -> str | None:
    """The SD-JWT that *members* write in the JSON serialization of JWS, in its compact form; None where they are none (8.1)."""
    signatures = members.get("signatures", [members])
    match members, signatures:
        case {"payload": str(payload)}, [{"protected": str(protected), "signature": str(signature), **others}, *_]:
            token = f"{protected}.{payload}.{signature}"
        case _:
            return None
    header = others.get("header")
    header = header if isinstance(header, dict) else {}
    if not texts.is_token(token) or not (header.keys() & {"disclosures", "kb_jwt"} or SignedText(token).is_sd_jwt):
        return None
    disclosures, key_binding = header.get("disclosures", []), header.get("kb_jwt", "")
    if not isinstance(disclosures, list) or not all(isinstance(part, str) for part in [*disclosures, key_binding]):
        return None
    return "~".join([token, *disclosures, key_binding])
