"""European Digital Credentials for Learning: shown, and their seal not checked.

What is sealed is the text of the credential, by an advanced electronic seal (JAdES) whose certificate leads to the
trusted lists of the European Union. Neither is ours to judge: the words are read, the seal is named, and the checks
say that we do not know. (European Learning Model 3, EDC application profile; ETSI TS 119 182-1, JSON serialization)
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.x509 import InvalidVersion, load_der_x509_certificate

from .. import parts, recipients, texts
from .. import strict_json as jsontext
from ..badge import Achievement, Badge, Criteria, Image, Issuer, Recipient
from ..dates import moment
from ..examination import Check, NotABadge, UnreadableBadge
from ..proofs import multibase

SOURCE = "ETSI TS 119 182-1 (JAdES)"
_TYPE = "EuropeanDigitalCredential"
_MOST_CLAIMS = 50


def is_diploma(credential: Mapping[str, Any]) -> bool:
    """Whether *credential* is a European one, as it stands under a seal or alone."""
    return _TYPE in texts.listed(credential.get("type"))


def is_sealed(claims: Mapping[str, Any]) -> bool:
    """Whether *claims* is something under a seal, whatever it is (RFC 7515, 7.2: JWS JSON Serialization)."""
    return isinstance(claims.get("payload"), str) and bool(claims.get("signatures", claims.get("signature")))


def unsealed(claims: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The credential under the seal in *claims*, and whom its certificate names; raises NotABadge `not-a-badge`."""
    found = _read(claims["payload"])
    if found is None or not is_diploma(found):
        raise NotABadge("not-a-badge", "what is under the seal is no diploma")
    return found, _sealed_by(claims.get("signatures"), claims)


def _read(payload: str) -> dict[str, Any] | None:
    """The object in *payload*, which is written as it is (RFC 7797) or in base64url."""
    try:
        return jsontext.read_object(payload if payload.lstrip().startswith("{") else multibase.from_base64url(payload))
    except (UnreadableBadge, ValueError):
        return None


def _sealed_by(signatures: Any, claims: Mapping[str, Any]) -> str:
    """Whom the certificate beside the seal names, as it says itself; "" when it cannot be read."""
    first = signatures[0] if isinstance(signatures, list) else claims
    try:
        header = jsontext.read_object(multibase.from_base64url(first["protected"]))
        certificate = load_der_x509_certificate(multibase.from_base64(header["x5c"][0]))
        return texts.name(certificate.subject.rfc4514_string())
    except (UnreadableBadge, InvalidVersion, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return ""


def seal(sealed_by: str) -> Check:
    """The check `intact` of a credential that is sealed, or that is not."""
    return Check("intact", "unknown", "seal-not-checked", SOURCE, sealed_by)


def badge(credential: Mapping[str, Any]) -> Badge:
    """*credential* in our own shape: its title, whose it is, from whom, and what was learned."""
    display = _object(credential.get("displayParameter"))
    subject = _object(credential.get("credentialSubject"))
    language = _language(display)
    claimed = [_object(one) for one in texts.listed(subject.get("hasClaim"))[:_MOST_CLAIMS]]
    begin = moment(credential.get("validFrom")) or moment(credential.get("issuanceDate"))
    return Badge(
        id=texts.address(credential.get("id")),
        version="",
        name=texts.name(display.get("title"), language) or texts.name(_first(claimed).get("title"), language),
        description=texts.text(display.get("description"), language),
        achievement=_achievement(claimed, language),
        issuer=_issuer(_object(credential.get("issuer")), language),
        image=_picture(display),
        recipients=_recipients(subject),
        recipient_name=_name(subject, language),
        issued_on=_awarded(claimed) or moment(credential.get("issued")) or begin,
        valid_from=begin,
        valid_until=moment(credential.get("validUntil")) or moment(credential.get("expirationDate")),
        contents=tuple(filter(None, (texts.name(one.get("title"), language) for one in claimed))),
        language=language,
    )


def _object(value: Any) -> Mapping[str, Any]:
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, dict) else {}


def _first(claimed: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return claimed[0] if claimed else {}


def _language(display: Mapping[str, Any]) -> str:
    """The language that the credential was written in first: `…/authority/language/FRA`, in its two letters."""
    name = texts.address(_object(display.get("primaryLanguage")).get("id")).rpartition("/")[2]
    return {"FRA": "fr", "ENG": "en", "DEU": "de", "SPA": "es", "ITA": "it", "POR": "pt", "NLD": "nl"}.get(name, "")


def _achievement(claimed: list[Mapping[str, Any]], language: str) -> Achievement:
    first = _first(claimed)
    specified = _object(first.get("specifiedBy"))
    outcomes = [_object(one) for one in texts.listed(specified.get("learningOutcome"))[: parts.MOST]]
    learned = [name for name in (texts.name(one.get("title"), language) for one in outcomes) if name]
    return Achievement(
        id=texts.address(first.get("id")),
        name=texts.name(first.get("title"), language),
        description=texts.text(first.get("description"), language),
        criteria=Criteria(narrative="\n".join(f"- {name}" for name in learned)),
    )


def _issuer(written: Mapping[str, Any], language: str) -> Issuer:
    page = _object(written.get("homepage"))
    return Issuer(
        id=texts.address(written.get("id")),
        name=texts.name(written.get("legalName"), language) or texts.name(written.get("prefLabel"), language),
        url=texts.address(page.get("contentURL")),
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
    whole = texts.name(subject.get("fullName"), language)
    return (
        whole
        or f"{texts.name(subject.get('givenName'), language)} {texts.name(subject.get('familyName'), language)}".strip()
    )


def _recipients(subject: Mapping[str, Any]) -> tuple[Recipient, ...]:
    points = [_object(one) for one in texts.listed(subject.get("contactPoint"))[: parts.MOST]]
    boxes = [_object(box) for point in points for box in texts.listed(point.get("emailAddress"))[: parts.MOST]]
    found = [recipients.subject(box.get("id")) for box in boxes]
    return tuple(one for one in found if one is not None)


def _awarded(claimed: list[Mapping[str, Any]]) -> datetime | None:
    return next((day for one in claimed if (day := moment(_object(one.get("awardedBy")).get("awardingDate")))), None)
