"""Open Badges 2.0, and what came before it once it is written with the names of 2.0 (v1.py).

The badge is read from what was verified: the answer of the issuer's address, or the payload that a key of the issuer
signed. Where neither is to be had, the file is read, and the checks say that nothing confirms it.
(Open Badges 2.0, Verification)
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .. import dates, parts, recipients, texts
from ..badge import Achievement, Badge, Recipient
from ..details import Details
from ..document import Document
from ..examination import Binding, Check, Examination, NotABadge, Origin, Web, origins
from ..proofs.jws import Token
from . import endorsements, hosted, shape, signed, v1
from .graph import Graph, resolved

VERIFICATION = "Open Badges 2.0, VerificationObject"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What the way of verifying that the badge names has brought."""

    graph: Graph
    address: str
    """Where the badge stands, or ""."""
    way: str
    """hosted, an algorithm, or the issuer's own word for another way."""
    intact: Check
    bound: Check
    binding: Binding
    not_withdrawn: Check


def examine_assertion(document: Document, web: Web, now: datetime, addresses: Collection[str]) -> Examination:
    """Look at everything that Open Badges 2.0 asks for.

    A document that is only an address is looked at as a hosted badge. Raises NotABadge `not-a-badge` when *document*
    holds something else than an assertion.
    """
    if document.is_open and not hosted.is_assertion_or_withdrawn(document.claims):
        reason = "endorsement" if endorsements.is_endorsement(document.claims) else "not-a-badge"
        raise NotABadge(reason, ", ".join(sorted(texts.types(document.claims)))[:200])
    found = _found(document, web)
    badge = _badge(found.graph, found.address)
    begun = dates.begun(found.graph.assertion.get("issuedOn"), now, "Open Badges 2.0, Assertion, issuedOn")
    not_ended = dates.not_ended(found.graph.assertion.get("expires"), now, "Open Badges 2.0, Assertion, expires")
    checks = (
        shape.conforms(found.graph),
        found.intact,
        found.bound,
        dates.believed(begun, found.intact),
        dates.believed(not_ended, found.intact),
        found.not_withdrawn,
        recipients.named_to_me(badge.recipients, addresses, "Open Badges 2.0, IdentityObject"),
    )
    return Examination(
        badge=badge,
        checks=checks,
        binding=found.binding,
        seen=tuple(web.seen),
        unanswered=web.unanswered,
        origins=_origins(found),
        container=document.container,
        format=f"Open Badges {badge.version}, {found.way}",
        endorsements=endorsements.endorsements(found.graph, badge, web),
        checked_at=now,
    )


def _origins(found: _Found) -> dict[str, Origin]:
    """Who vouches for the words of each of the three documents.

    What a document carries within is its own word; an address that the issuer does not own vouches for nothing.
    """
    whole: Origin = "issuer" if found.way == "hosted" else "signed"
    if found.intact.outcome != "passed" or (whole == "issuer" and found.bound.outcome != "passed"):
        whole = "file"
    badge_class: Origin = "issuer" if found.graph.badge_class.is_own_word else whole
    issuer: Origin = "issuer" if found.graph.issuer.is_own_word else whole
    return origins(whole, achievement=badge_class, issuer=issuer)


def _found(document: Document, web: Web) -> _Found:
    claims = v1.unwrapped(document.claims)
    version = v1.version_of(claims) if claims else "2.0"
    assertion = v1.upgraded(claims, version)
    if document.signed is not None and not hosted.is_hosted_alone(assertion):
        return _signed(document.signed.token, assertion, version, web)
    way = hosted.verification_type(assertion)
    if way == "hosted":
        return _hosted(claims, document.link, web)
    return _unconfirmed(assertion, version, way, web)


def _hosted(claims: dict[str, Any], link: str | None, web: Web) -> _Found:
    answered = hosted.ask(claims, link, web)
    version = v1.version_of(answered.assertion) if answered.assertion else "2.0"
    home = answered.address if answered.is_answered else ""
    assertion = v1.upgraded(answered.assertion, version)
    way = hosted.verification_type(assertion)
    if way != "hosted" and answered.not_withdrawn.outcome != "failed":
        # Whatever the file says: by its own address it is withdrawn elsewhere than there.
        return _unconfirmed(assertion, version, way, web)
    graph = resolved(assertion, version, home, web)
    bound, binding = hosted.bound(answered, graph)
    return _Found(
        graph=graph,
        address=answered.address,
        way="hosted",
        intact=answered.intact,
        bound=bound,
        binding=binding,
        not_withdrawn=answered.not_withdrawn,
    )


def _signed(token: Token, assertion: dict[str, Any], version: v1.Version, web: Web) -> _Found:
    graph = resolved(assertion, version, "", web)
    intact, bound, binding = signed.check_signature(token, graph, web)
    return _Found(
        graph=graph,
        address="",
        way=signed.algorithm_of(token) or "signed",
        intact=intact,
        bound=bound,
        binding=binding,
        not_withdrawn=signed.not_withdrawn(graph, web),
    )


def _unconfirmed(assertion: dict[str, Any], version: v1.Version, way: str, web: Web) -> _Found:
    # The file of a signed badge without its signature, or a proof of a kind that we do not check.
    reason = "no-signature" if way == "signed" else "proof-unsupported"
    return _Found(
        graph=resolved(assertion, version, "", web),
        address="",
        way=way,
        intact=Check("intact", "unknown", reason, VERIFICATION, way),
        bound=Check("bound", "unknown", reason, VERIFICATION),
        binding="unknown",
        not_withdrawn=Check("not_withdrawn", "unknown", reason, VERIFICATION),
    )


def _badge(graph: Graph, address: str) -> Badge:
    assertion, language = graph.assertion, _language(graph)
    issued = dates.moment(assertion.get("issuedOn"))
    return Badge(
        id=address or texts.address(assertion) or texts.name(assertion.get("uid")),
        version=graph.version,
        achievement=_achievement(graph, language),
        issuer=parts.issuer({**graph.issuer.members, "id": graph.issuer.id}, language),
        image=parts.image(assertion.get("image")),
        recipients=_recipients(assertion),
        recipient_name=_recipient_name(assertion),
        issued_on=issued,
        valid_from=issued,
        valid_until=dates.moment(assertion.get("expires")),
        evidence=parts.evidence(assertion.get("evidence"), language),
        narrative=texts.text(assertion.get("narrative"), language),
        language=language,
        details=_details(graph.badge_class.members),
    )


def _details(members: dict[str, Any]) -> Details:
    """What a badge class says beside its words: its edition, the other ones, and by an extension the hours it takes."""
    return Details(
        hours=parts.hours(members, members.get("@context")),
        version=texts.name(members.get("version")),
        editions=parts.editions(members.get("related"), "@language"),
    )


def _achievement(graph: Graph, language: str) -> Achievement:
    members = graph.badge_class.members
    return Achievement(
        id=graph.badge_class.id,
        name=texts.name(members.get("name"), language),
        description=texts.text(members.get("description"), language),
        criteria=parts.criteria(members.get("criteria"), language),
        image=parts.image(members.get("image")),
        # Moodle writes `alignments`.
        alignment=parts.alignments(members.get("alignment", members.get("alignments")), language),
        tag=texts.words(members.get("tags"), parts.MOST_TAGS),
    )


def _language(graph: Graph) -> str:
    written = (graph.badge_class.members.get("@language"), graph.assertion.get("@language"))
    said = next((tag.strip()[:35] for tag in written if isinstance(tag, str)), "")
    return said or texts.language_tag(
        graph.badge_class.members.get("name"), graph.badge_class.members.get("description")
    )


def _recipients(assertion: dict[str, Any]) -> tuple[Recipient, ...]:
    found = (
        recipients.recipient(*(texts.single(written.get(name)) for name in ("type", "identity", "hashed", "salt")))
        for written in texts.listed(assertion.get("recipient"))[: parts.MOST]
        if isinstance(written, dict)
    )
    return tuple(filter(None, found))


def _recipient_name(assertion: dict[str, Any]) -> str:
    """The person's name in the extension recipientProfile, or in Blockcerts 1.2, or ""."""
    for member in ("extensions:recipientProfile", "recipientProfile", "recipient"):
        written = assertion.get(member)
        if isinstance(written, dict):
            given_and_family = f"{texts.name(written.get('givenName'))} {texts.name(written.get('familyName'))}"
            if name := texts.name(written.get("name")) or given_and_family.strip():
                return name
    return ""
