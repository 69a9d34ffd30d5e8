"""Open Badges 3.0, and the other verifiable credentials that a person may hold.

The badge is read from the credential as it was signed, less what no signature covers; where nothing verifies it is
read as it was found, and the checks say that nothing confirms it.
Sources: Open Badges 3.0; Verifiable Credentials Data Model 2.0 and 1.1.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from .. import dates, endorsing, kinds, parts, recipients, texts
from ..badge import Achievement, Badge, Recipient
from ..details import Party
from ..document import Document
from ..endorsing import LoneEndorsement
from ..examination import GRAVITY, Check, Examination, NotABadge, Web, gravest, origins, state_of
from ..proofs import context_guard
from ..proofs.verification import Lack, Secured, credential_in, issuer_of, secured_object
from . import bundles, details, endorsements, europass, sd_jwt_badges, shape, status, token_status

VALIDITY = "Verifiable Credentials Data Model 2.0, Validity Period"
_WRAPPED = "wrapping-unsupported"
_ANY_PART = ("", "/credentialSubject", "/credentialSubject/achievement")
"""Of a derived proof nobody can tell what is left out: what is missing in any of these may be among it."""
_OF_AN_IDENTITY = ("identityType", "identityHash", "hashed", "salt")
_Identity = tuple[Any, Any, Any, Any]


def is_credential(claims: Mapping[str, Any]) -> bool:
    """Whether *claims* is a verifiable credential, or a wrapping of one."""
    return (
        "credentialSubject" in claims
        or bundles.token_within(claims) is not None
        or europass.is_sealed(claims)
        or isinstance(claims.get("vc"), dict)
        or not kinds.types(claims).isdisjoint({"VerifiableCredential", *bundles.ENVELOPES})
    )


def examine_credential(document: Document, web: Web, now: datetime, addresses: Collection[str]) -> Examination:
    """Look at everything that Open Badges 3.0 asks for.

    Raises NotABadge `status-list` for a list of withdrawn badges, and `not-a-badge` for what is no credential.
    """
    if not is_credential(document.claims):
        raise NotABadge("not-a-badge", ", ".join(sorted(kinds.types(document.claims)))[:200])
    secured = _secured(document, web)
    credential = secured.credential
    if not kinds.LISTS.isdisjoint(kinds.types(credential)):
        raise NotABadge("status-list", str(credential.get("id"))[:200])
    if endorsements.is_endorsement(credential):
        raise NotABadge("endorsement", str(credential.get("id"))[:200])
    badge = europass.badge(credential) if europass.is_diploma(credential) else _badge(credential, secured.ends)
    badge = _bound_to_key(badge, document)
    form, intact, bound, begun, not_ended, standing = _verified(secured, web, now)
    checks = (
        form,
        intact,
        bound,
        begun,
        not_ended,
        standing,
        recipients.named_to_me(badge.recipients, addresses, "Open Badges 3.0, IdentityObject"),
    )
    return Examination(
        badge=badge,
        checks=checks,
        binding=secured.binding,
        unsigned=secured.unsigned[:200],  # all of them are left out of the badge
        not_shared=secured.not_shared[:200],
        key_binding=secured.key_binding,
        key=secured.key,
        seen=tuple(web.seen),
        unanswered=web.unanswered,
        origins=origins("signed" if secured.intact.outcome == "passed" else "file"),
        container=document.container,
        format=f"{_standard(credential, badge)}, {secured.mechanism}",
        context_generation=secured.generation,
        own_contexts=dict(secured.own_contexts),
        own_words=tuple(word[:200] for word in secured.own_words[:200]),
        endorsements=endorsements.endorsements(_found(document, credential), badge, web, _verified),
        checked_at=now,
    )


def examine_endorsement(document: Document, web: Web, now: datetime) -> LoneEndorsement:
    """Look at an endorsement that came by itself; raises NotABadge `no-endorsement` for what is none of one subject."""
    secured = _secured(document, web)
    credential = secured.credential
    subjects = shape.subjects(credential)
    if not endorsements.is_endorsement(credential) or len(subjects) != 1:
        raise NotABadge("no-endorsement", ", ".join(sorted(kinds.types(credential)))[:200])
    checks = _verified(secured, web, now)
    return LoneEndorsement(
        subject=endorsements.subject_of(credential, subjects[0]),
        endorser=details.party(credential.get("issuer")) or Party(),
        comment=texts.text(subjects[0].get("endorsementComment"))[: endorsing.COMMENT],
        begins=max(filter(None, map(dates.moment, secured.beginnings)), default=None),
        ends=min(filter(None, map(dates.moment, secured.ends)), default=None),
        binding=secured.binding,
        state=state_of(checks),
        checks=checks,
        id=texts.address(credential.get("id")),
        said_on=endorsements.said_on(credential),
        key=secured.key,
    )


def _found(document: Document, credential: dict[str, Any]) -> dict[str, Any]:
    """The credential with all that stands in it, be it signed or not; what a token holds is signed whole."""
    return document.json if document.json and "credentialSubject" in document.json else credential


def _verified(secured: Secured, web: Web, now: datetime) -> tuple[Check, ...]:
    """What is asked of every credential: form, signature, whose it is, beginning, end, whether it was withdrawn."""
    return (
        _conforms(secured),
        secured.intact,
        secured.bound,
        dates.believed(_begun(secured, now), secured.intact),
        dates.believed(_not_ended(secured, now), secured.intact),
        _not_withdrawn(secured, web),
    )


def _secured(document: Document, web: Web) -> Secured:
    if document.signed:
        return sd_jwt_badges.secured_text(document.signed, web)
    if europass.is_sealed(document.claims):
        return _under_seal(*europass.unsealed(document.claims))
    found = secured_object(_written_out(document.json or {}), web)
    if _is_enveloped(found.credential) and found.intact.reason == "no-proof":
        # What is inside it may well be signed, in a way that we do not read.
        return replace(found, intact=replace(found.intact, reason=_WRAPPED), mechanism="enveloped")
    return found


def _is_enveloped(credential: Mapping[str, Any]) -> bool:
    return not kinds.types(credential).isdisjoint(bundles.ENVELOPES)


def _written_out(members: dict[str, Any]) -> dict[str, Any]:
    """The credential in a JSON object: that itself, or what it holds as tokens do, whose claims somebody wrote out.

    A proof inside covers what stands beside it, and nothing around.
    """
    within = members.get("vc")
    if not isinstance(within, dict) or "credentialSubject" in members:
        return members
    return within if "proof" in within else credential_in(members)


def _under_seal(credential: dict[str, Any], sealed_by: str) -> Secured:
    return Secured(
        credential=credential,
        intact=Check("intact", "unknown", "seal-not-checked", europass.SOURCE, sealed_by),
        bound=Check("bound", "unknown", "seal-not-checked", europass.SOURCE, sealed_by),
        binding="unknown",
        mechanism="sealed, JAdES",
    )


def _standard(credential: Mapping[str, Any], badge: Badge) -> str:
    """What the credential is called for the curious."""
    if bundles.is_record(credential):
        return "Comprehensive Learner Record 2.0"
    return "Open Badges 3.0" if badge.version else "Verifiable Credential"


def _conforms(secured: Secured) -> Check:
    """The gravest of what speaks against the form of the credential."""
    if _is_enveloped(secured.credential):
        return Check("conforms", "unknown", _WRAPPED, "Verifiable Credentials Data Model 2.0, 4.13")
    form = shape.conforms(
        secured.credential,
        secured.not_shared or (_ANY_PART if secured.is_derived or secured.is_read_in_part else ()),
        may_lack_issuer=secured.has_certificate,
    )
    if secured.is_read_in_part and form.reason == "member-not-shared":
        form = replace(form, reason="not-intact")  # it may be shared, and we cannot read it
    return gravest([secured.hidden, form] if secured.hidden else [form])


def _not_withdrawn(secured: Secured, web: Web) -> Check:
    if secured.intact.outcome != "passed":
        # Where to ask is itself not confirmed.
        return Check("not_withdrawn", "unknown", "not-intact", "Bitstring Status List 1.0, Validate Algorithm")
    if secured.hidden and secured.hidden.reason == context_guard.HIDDEN:
        # Whoever spelt it otherwise may have moved the list there, too: nobody makes somebody else's badge look withdrawn.
        return Check("not_withdrawn", "unknown", context_guard.HIDDEN, "Bitstring Status List 1.0, Validate Algorithm")
    checks = [status.not_withdrawn(secured.credential, web)]
    if secured.id_within:
        checks.append(status.not_withdrawn(secured.credential | {"id": secured.id_within}, web))
    if secured.token_status is not None:
        checks.append(token_status.token_not_withdrawn(secured.token_status, issuer_of(secured.credential), web))
    found = min(
        checks,
        key=lambda check: (
            check.reason != "revoked",
            GRAVITY.index(check.outcome),
            check.reason == "no-withdrawal-announced",
        ),
    )
    lacks: set[Lack] = {"status", "any_status"} if found.reason == "no-withdrawal-announced" else {"status"}
    if found.outcome == "passed" and not lacks.isdisjoint(secured.may_lack):
        return Check("not_withdrawn", "unknown", "status-not-shared", token_status.SOURCE)
    return found


def _begun(secured: Secured, now: datetime) -> Check:
    found = gravest(dates.begun(begin, now, VALIDITY) for begin in _given(secured.beginnings))
    if found.outcome == "passed" and "beginning" in secured.may_lack:
        return Check("begun", "unknown", "date-not-shared", VALIDITY)
    return found


def _not_ended(secured: Secured, now: datetime) -> Check:
    found = gravest(dates.not_ended(end, now, VALIDITY) for end in _given(secured.ends))
    if found.outcome == "passed" and "end" in secured.may_lack:
        # Nobody can tell what is not shared from what is not there (RFC 9901, 9.7).
        return Check("not_ended", "unknown", "date-not-shared", VALIDITY)
    return found


def _given(written: Iterable[Any]) -> list[Any]:
    """What is *written* of these, or one that is not: what is not there says less than anything that is."""
    return [one for one in written if not dates.is_absent(one)] or [None]


def _badge(credential: Mapping[str, Any], ends: Iterable[Any]) -> Badge:
    subject = _first_object(credential.get("credentialSubject"))
    achievement = _first_object(subject.get("achievement")) or _had(subject)
    language = _language(credential, achievement)
    begin = dates.moment(credential.get("validFrom")) or dates.moment(credential.get("issuanceDate"))
    identities = _identities(subject)
    return Badge(
        id=texts.address(credential.get("id")),
        version="3.0" if kinds.is_badge(credential) else "",
        achievement=_achievement(achievement, language),
        issuer=parts.issuer(credential.get("issuer"), language),
        name=texts.name(credential.get("name"), language) or _kind(credential, achievement),
        description=texts.text(credential.get("description"), language),
        image=parts.image(credential.get("image")) or parts.image(subject.get("image")),
        recipients=_recipients(subject, identities),
        recipient_name=_recipient_name(subject, identities),
        issued_on=dates.moment(credential.get("awardedDate")) or begin,
        valid_from=begin,
        valid_until=min(filter(None, map(dates.moment, ends)), default=None),
        evidence=parts.evidence(credential.get("evidence"), language),
        narrative=texts.text(subject.get("narrative"), language),
        contents=_contents(credential),
        language=language,
        details=details.details(credential, subject, achievement, language),
    )


def _first_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else next(iter(texts.objects(value)), {})


def _had(subject: Mapping[str, Any]) -> dict[str, Any]:
    """What *subject* is told to have, in the word for it before there was an `achievement` (schema.org, hasCredential): of several,
    whose order nobody signed, none."""
    if "hasCredential" not in subject:
        return {}
    told = texts.listed(subject["hasCredential"])
    only = told[0] if len(told) == 1 and isinstance(told[0], dict) else {}
    return {name: only[name] for name in ("name", "description") if name in only}


def _contents(credential: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of what a record awards by itself; the badges that it carries signed stand beside it."""
    if not bundles.is_record(credential):
        return ()
    awarded = [award for subject in shape.subjects(credential) for award in texts.listed(subject.get("achievement"))]
    within = [award for award in bundles.listed_in(credential) if not bundles.is_signed(award)]
    names = (_title(award) for award in [*awarded, *within] if isinstance(award, dict))
    return tuple(name for name in names if name)[: parts.MOST]


def _title(written: Mapping[str, Any]) -> str:
    """The name of an achievement, or of a credential by itself or by what it awards."""
    subject = _first_object(written.get("credentialSubject"))
    achievement = _first_object(subject.get("achievement"))
    return texts.name(written.get("name")) or texts.name(achievement.get("name"))


def _kind(credential: Mapping[str, Any], achievement: Mapping[str, Any]) -> str:
    """What to call a credential that has no title: its own kind."""
    if achievement.get("name"):
        return ""
    return texts.name(" ".join(sorted(kinds.types(credential) - {"VerifiableCredential"}))) or "VerifiableCredential"


def _language(credential: Mapping[str, Any], achievement: Mapping[str, Any]) -> str:
    """What is said of all the texts (inLanguage), else what the title is written in: the others follow it."""
    for place in (achievement, credential):
        said = texts.single(place.get("inLanguage"))
        if isinstance(said, str):
            if said := said.strip()[:35]:
                return said
            break
    return texts.language_tag(credential.get("name"), achievement.get("name"), achievement.get("description"))


def _achievement(written: Mapping[str, Any], language: str) -> Achievement:
    return Achievement(
        id=texts.address(written.get("id")),
        name=texts.name(written.get("name"), language),
        description=texts.text(written.get("description"), language),
        criteria=parts.criteria(written.get("criteria"), language),
        image=parts.image(written.get("image")),
        achievement_type=texts.name(written.get("achievementType")),
        alignment=parts.alignments(written.get("alignment"), language),
        tag=texts.words(written.get("tag"), parts.MOST_TAGS),
    )


def _recipients(subject: Mapping[str, Any], identities: Collection[_Identity]) -> tuple[Recipient, ...]:
    found = [recipients.subject(subject.get("id"))]
    found += [recipients.recipient(*identity) for identity in identities]
    return tuple(identity for identity in found if identity is not None)


def _identities(subject: Mapping[str, Any]) -> Collection[_Identity]:
    """Whom *subject* is; what is told of one id in pieces is one, but for what contradicts it."""
    found: dict[str | int, _Identity] = {}
    for place, written in enumerate(texts.objects(subject.get("identifier"))[: parts.MOST]):
        kind, identity, hashed, salt = (texts.single(written.get(name)) for name in _OF_AN_IDENTITY)
        is_hashed = True if recipients.is_true(hashed) else False if recipients.is_false(hashed) else None
        piece = kind, identity, is_hashed, salt
        name = texts.address(written.get("id"))
        known = found.get(name, piece)
        both = list(zip(known, piece, strict=True))
        if name and all(mine is None or yours is None or mine == yours for mine, yours in both):
            kind, identity, is_hashed, salt = (yours if mine is None else mine for mine, yours in both)
            found[name] = kind, identity, is_hashed, salt
        else:
            found[place] = piece
    return found.values()


def _bound_to_key(badge: Badge, document: Document) -> Badge:
    """*badge*, with the key to which the token is bound among its recipients."""
    signed = document.signed
    claims = (signed.shown.claims if signed.is_sd_jwt else signed.claims) if signed else {}
    key = recipients.holder_key(claims.get("cnf"))
    return replace(badge, recipients=(*badge.recipients, key)) if key else badge


def _recipient_name(subject: Mapping[str, Any], identities: Collection[_Identity]) -> str:
    """The person's name: an identifier of the type `name`, or the name that DCC's issuers write."""
    told = (texts.name(identity) for kind, identity, hashed, _ in identities if kind == "name" and not hashed)
    return next(filter(None, told), "") or texts.name(subject.get("name"))
