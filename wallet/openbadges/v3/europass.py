"""European Digital Credentials for Learning: shown, and their seal not checked.

What is sealed is the text of the credential, by an advanced electronic seal (JAdES) whose certificate leads to the
trusted lists of the European Union. Neither is ours to judge: the words are read, the seal is named, and the checks
say that we do not know. (European Learning Model 3, EDC application profile; ETSI TS 119 182-1, JSON serialization)
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import dates, examination, parts, recipients, strict_json, texts
from ..badge import Achievement, Badge, Criteria, Image, Issuer, Recipient
from ..proofs import multibase

SOURCE = "ETSI TS 119 182-1 (JAdES)"
_MOST_CLAIMS = 50


def is_diploma(credential: Mapping[str, Any]) -> bool:
    """Whether *credential* is a European one, as it stands under a seal or alone."""
    return "EuropeanDigitalCredential" in texts.listed(credential.get("type"))


def is_sealed(claims: Mapping[str, Any]) -> bool:
    """Whether *claims* is something under a seal, whatever it is (RFC 7515, 7.2: JWS JSON Serialization)."""
    return isinstance(claims.get("payload"), str) and bool(claims.get("signatures", claims.get("signature")))


def unsealed(claims: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The credential under the seal in *claims*, and whom its certificate names; raises NotABadge `not-a-badge`."""
    payload: str = claims["payload"]
    try:
        # It is written as it is (RFC 7797) or in base64url.
        found = strict_json.read_object(
            payload if payload.lstrip().startswith("{") else multibase.from_base64url(payload)
        )
    except (examination.UnreadableBadge, ValueError):
        found = {}
    if not is_diploma(found):
        raise examination.NotABadge("not-a-badge", "what is under the seal is no diploma")
    return found, _sealed_by(claims.get("signatures"), claims)


def _sealed_by(signatures: Any, claims: Mapping[str, Any]) -> str:
    """Whom the certificate beside the seal names, as it says itself; "" when it cannot be read."""
    # Loaded for the few that have a seal: it takes as long as ten badges.
    from cryptography.x509 import InvalidVersion, load_der_x509_certificate  # noqa: PLC0415

    first = signatures[0] if isinstance(signatures, list) else claims
    try:
        header = strict_json.read_object(multibase.from_base64url(first["protected"]))
        # RFC 7515, 4.1.6: in base64, unlike all else in a JWS.
        certificate = load_der_x509_certificate(b64decode(header["x5c"][0], validate=True))
        return texts.name(certificate.subject.rfc4514_string())
    except (examination.UnreadableBadge, InvalidVersion, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return ""


def badge(credential: Mapping[str, Any]) -> Badge:
    """*credential* in our own shape: its title, whose it is, from whom, and what was learned."""
    display = _object(credential.get("displayParameter"))
    subject = _object(credential.get("credentialSubject"))
    language = _language(display)
    claimed = [_object(claim) for claim in texts.listed(subject.get("hasClaim"))[:_MOST_CLAIMS]]
    begin = dates.moment(credential.get("validFrom")) or dates.moment(credential.get("issuanceDate"))
    return Badge(
        id=texts.address(credential.get("id")),
        version="",
        name=texts.name(display.get("title"), language) or texts.name(_object(claimed).get("title"), language),
        description=texts.text(display.get("description"), language),
        achievement=_achievement(claimed, language),
        issuer=_issuer(_object(credential.get("issuer")), language),
        image=_picture(display),
        recipients=_recipients(subject),
        recipient_name=_name(subject, language),
        issued_on=_awarded(claimed) or dates.moment(credential.get("issued")) or begin,
        valid_from=begin,
        valid_until=dates.moment(credential.get("validUntil")) or dates.moment(credential.get("expirationDate")),
        contents=tuple(filter(None, (texts.name(claim.get("title"), language) for claim in claimed))),
        language=language,
    )


def _object(value: Any) -> Mapping[str, Any]:
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, dict) else {}


def _language(display: Mapping[str, Any]) -> str:
    """The language that the credential was written in first: `…/authority/language/FRA`, in its two letters."""
    name = texts.address(_object(display.get("primaryLanguage")).get("id")).rpartition("/")[2]
    return {"FRA": "fr", "ENG": "en", "DEU": "de", "SPA": "es", "ITA": "it", "POR": "pt", "NLD": "nl"}.get(name, "")


def _achievement(claimed: list[Mapping[str, Any]], language: str) -> Achievement:
    first = _object(claimed)
    outcomes = texts.listed(_object(first.get("specifiedBy")).get("learningOutcome"))[: parts.MOST]
    learned = filter(None, (texts.name(_object(outcome).get("title"), language) for outcome in outcomes))
    return Achievement(
        id=texts.address(first.get("id")),
        name=texts.name(first.get("title"), language),
        description=texts.text(first.get("description"), language),
        criteria=Criteria(narrative="\n".join(f"- {name}" for name in learned)),
    )


def _issuer(written: Mapping[str, Any], language: str) -> Issuer:
    return Issuer(
        id=texts.address(written.get("id")),
        name=texts.name(written.get("legalName"), language) or texts.name(written.get("prefLabel"), language),
        url=texts.address(_object(written.get("homepage")).get("contentURL")),
    )


def _picture(display: Mapping[str, Any]) -> Image | None:
    """The first page as the issuer drew it."""
    for shown in texts.listed(display.get("individualDisplay"))[: parts.MOST]:
        for detail in texts.listed(_object(shown).get("displayDetail"))[: parts.MOST]:
            written = _object(_object(detail).get("image"))
            kind = texts.address(_object(written.get("contentType"))).rpartition("/")[2]
            content = written.get("content")
            if kind in ("PNG", "JPEG") and isinstance(content, str) and len(content) < texts.PICTURE:
                return Image(id=f"data:image/{kind.lower()};base64,{content}")
    return None


def _name(subject: Mapping[str, Any], language: str) -> str:
    whole, given, family = (texts.name(subject.get(name), language) for name in ("fullName", "givenName", "familyName"))
    return whole or f"{given} {family}".strip()


def _recipients(subject: Mapping[str, Any]) -> tuple[Recipient, ...]:
    points = [_object(written) for written in texts.listed(subject.get("contactPoint"))[: parts.MOST]]
    boxes = [_object(box) for point in points for box in texts.listed(point.get("emailAddress"))[: parts.MOST]]
    return tuple(filter(None, (recipients.subject(box.get("id")) for box in boxes)))


def _awarded(claimed: list[Mapping[str, Any]]) -> datetime | None:
    return next(
        (day for claim in claimed if (day := dates.moment(_object(claim.get("awardedBy")).get("awardingDate")))), None
    )
