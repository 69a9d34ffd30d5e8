"""Open Badges 0.5, 1.0 and 1.1 written with the names of 2.0, so that one reader reads them all.

Nothing is added that the issuer did not say, and nothing is checked here: a member that the old standard required
and that is not there stays missing. (Open Badges 2.0, Appendix: history; 1.1 Specification)
"""

from typing import Any, Literal

from .. import dates, texts

Version = Literal["0.5", "1.0", "1.1", "2.0"]

_CONTEXTS: dict[str, Version] = {
    "w3id.org/openbadges/v2": "2.0",
    "openbadgespec.org/v2": "2.0",
    "openbadgespec.org/v2/context.json": "2.0",
    "openbadges.org/v2": "2.0",
    "purl.imsglobal.org/spec/ob/v2p0/context.json": "2.0",
    # 2.1 adds ways to send badges; what a badge says is as in 2.0. The second names its vocabulary, the third is what Tsugi
    # writes.
    "purl.imsglobal.org/spec/ob/v2p1/context/ob_v2p1.jsonld": "2.0",
    "purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld": "2.0",
    "purl.imsglobal.org/spec/ob/v2p1/context.json": "2.0",
    "w3id.org/openbadges/v1": "1.1",
    "openbadgespec.org/v1": "1.1",
    "openbadgespec.org/v1/context.json": "1.1",
}
_OLD_VERIFICATIONS = {"hosted": "HostedBadge", "signed": "SignedBadge"}


def context_version(document: dict[str, Any]) -> Version | Literal[""]:
    """The version that the context of *document* names, "" when it names none that we know."""
    written = (item for item in texts.listed(document.get("@context")) if isinstance(item, str))
    known = (_CONTEXTS.get(item.strip().split("://")[-1].removeprefix("www.").rstrip("/")) for item in written)
    return next((version for version in known if version), "")


def version_of(assertion: dict[str, Any]) -> Version:
    """The version of Open Badges in which *assertion* is written, by its context or else by its shape."""
    if named := context_version(assertion):
        return named
    if "@context" in assertion or "verification" in assertion:
        return "2.0"
    if "verify" in assertion or isinstance(assertion.get("badge"), str):
        return "1.0"
    return "0.5"


def unwrapped(document: dict[str, Any]) -> dict[str, Any]:
    """The assertion in *document*: itself, or the one that a Blockcerts 1.2 certificate carries in three parts."""
    inner = document.get("document")
    if not isinstance(inner, dict) or not isinstance(inner.get("assertion"), dict) or "receipt" not in document:
        return document
    return {
        "recipient": inner.get("recipient"),
        "badge": inner.get("certificate"),
        **inner["assertion"],
        "@context": "https://w3id.org/openbadges/v1",
        "verification": {"type": "MerkleProof"},
    }


def upgraded(assertion: dict[str, Any], version: Version) -> dict[str, Any]:
    """*assertion* with the names of 2.0. `verify` becomes `verification`, a bare recipient an IdentityObject."""
    new = dict(assertion)
    if dates.is_absent(new.get("verification")) and isinstance(new.get("verify"), dict):
        new["verification"] = _verification(new["verify"])
    if version == "2.0":
        return new
    for old, name in (("issued_on", "issuedOn"), ("expires_on", "expires")):
        if dates.is_absent(new.get(name)) and old in new:
            new[name] = new[old]
    new["recipient"] = _recipient(new)
    if isinstance(new.get("badge"), dict):
        new["badge"] = upgraded_class(new["badge"])
    return {name: value for name, value in new.items() if value is not None}


def _verification(verify: dict[str, Any]) -> dict[str, Any]:
    kinds = [_OLD_VERIFICATIONS.get(kind, kind) for kind in texts.listed(verify.get("type")) if isinstance(kind, str)]
    new = {**verify, "type": kinds}
    if "SignedBadge" in kinds and "creator" not in new and "url" in new:
        # 1.0 and 1.1: for signed badges `url` is where the key stands.
        new["creator"] = new["url"]
    return new


def _recipient(assertion: dict[str, Any]) -> Any:
    written = assertion.get("recipient")
    if isinstance(written, str):
        # 0.5: a plain or hashed e-mail address, and the salt beside it.
        hashed = written.lower().startswith(("sha256$", "md5$"))
        return {"type": "email", "identity": written, "hashed": hashed, "salt": assertion.get("salt")}
    if isinstance(written, dict) and "salt" not in written and "salt" in assertion:
        return {**written, "salt": assertion["salt"]}
    return written


def upgraded_class(badge_class: dict[str, Any]) -> dict[str, Any]:
    """A badge class of 0.5, 1.0 or 1.1 with the names of 2.0."""
    issuer = badge_class.get("issuer")
    return {**badge_class, "issuer": _issuer(issuer)} if isinstance(issuer, dict) else badge_class


def _issuer(written: dict[str, Any]) -> dict[str, Any]:
    """An issuer of 0.5 with the names of 2.0: its origin is what it is known by."""
    origin = written.get("origin")
    known = dict.fromkeys(("id", "url"), origin) if texts.is_link(origin) else {}
    contact = {"email": written["contact"]} if "contact" in written else {}
    return known | contact | written
