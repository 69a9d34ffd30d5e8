"""Badges as SD-JWT: what kind of credential one is, whether it holds, and what of it is shown.

Two payloads are badges: a credential of data model 2.0 (or one in `vc`), and the plain claims of SD-JWT VC, in which
`vct` says so or an achievement stands. Those are read as the credential of which they say the same. Every other kind of
credential comes this way, too, documents of identity first of all: they are told for what they are, and nothing is read.
Sources: Securing Verifiable Credentials using JOSE and COSE, 3.2; SD-JWT-based Verifiable Credentials
(draft-ietf-oauth-sd-jwt-vc), 2; RFC 9901, 7.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .. import dates, kinds, texts
from ..examination import Binds, Check, DamagedFile, Unverified, Web
from ..proofs import jws, sd_jwt, verification
from ..proofs.signed_texts import Shown, SignedText
from ..proofs.verification import Lack, Secured, issuer_of
from . import issuer_metadata, key_binding, other_kinds, shape

_SD_JWT = "Selective Disclosure for JSON Web Tokens (RFC 9901), 7.1"
_MODEL = "https://www.w3.org/ns/credentials/v2"
_BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
_OF_TOKENS = frozenset({"vct", "vct#integrity", "vctm", "status"})
_NEVER_A_BADGE = re.compile(r"^urn:eu[a-z.]*:pid(?::|$)|18013[.-]5", re.IGNORECASE)
"""Names that only documents of identity have, whatever else they say."""


def claims_of(signed: SignedText) -> dict[str, Any]:
    """What a token says, not verified, {} where it says nothing; of an SD-JWT, the credential that it is.

    Raises UnreadableBadge for an SD-JWT that is broken, and NotABadge for one of another kind of credential.
    """
    return _credential(signed.shown) if signed.is_sd_jwt else signed.claims


def secured_text(signed: SignedText, web: Web) -> Secured:
    """The credential in *signed*, with its signature looked at; raises UnreadableBadge as `claims_of`, and for any that is broken."""
    try:
        if signed.is_sd_jwt:
            return _secured_sd_jwt(signed, web)
        return verification.secured_token(signed.token, web, issuer_metadata.all_keys)
    except jws.BadSignature as broken:
        raise DamagedFile("broken-token", broken.detail) from None


def _secured_sd_jwt(signed: SignedText, web: Web) -> Secured:
    web.spend(len(signed.text) // verification.CHARACTERS_OF_A_MEMBER)
    opened, token = signed.shown, signed.token
    credential, header = _credential(opened), token.header
    kind = verification.token_type(header)
    intact, key = verification.check_token(
        token,
        lambda: issuer_metadata.all_keys(header, issuer_of(credential), web),
        verification.TOKEN_TYPES | ({kind} if kind.endswith("sd-jwt") else set()),
    )
    if intact.outcome == "passed" and opened.problem:
        intact = opened.problem.check("intact", _SD_JWT)
    binds, intact = _key_binding(signed, intact, web)
    bound, binding, signer = verification.bound_by(intact, [key] if key else [])
    return Secured(
        credential=credential,
        intact=intact,
        bound=bound,
        binding=binding,
        key=signer,
        mechanism=f"SD-JWT{' VC' if _is_plain(opened.claims) else ''}, {str(header.get('alg'))[:40]}",
        hidden=_two_badges(opened.claims) or verification.differing_claims(opened.claims, credential),
        token_begins=opened.claims.get("nbf"),
        token_ends=opened.claims.get("exp"),
        token_status=opened.claims.get("status"),
        id_within=verification.id_within(opened.claims),
        not_shared=_places(opened),
        is_read_in_part=opened.problem is not None,
        may_lack=frozenset(_lacks(opened, credential)),
        key_binding=binds,
        has_certificate="x5c" in header and _is_plain(opened.claims),
    )


def _key_binding(signed: SignedText, intact: Check, web: Web) -> tuple[Binds, Check]:
    """Whether the binding of a sound token fits, and its check `intact`: where it does not, somebody changed the file."""
    is_bound = signed.shown.parts.key_binding != ""
    if not is_bound or intact.outcome != "passed":
        return "unknown" if is_bound else "", intact
    try:
        key_binding.check_key_binding(signed, web)
    except key_binding.BadBinding as problem:
        return "failed", problem.check("intact", "Selective Disclosure for JSON Web Tokens (RFC 9901), 7.3")
    except Unverified:
        return "unknown", intact
    return "passed", intact


def _two_badges(claims: Mapping[str, Any]) -> Check | None:
    """Where plain claims tell of two achievements, of which one reader takes the one and another the other."""
    told = [one["achievement"] for one in (claims, *shape.subjects(claims)) if "achievement" in one]
    if _is_plain(claims) and any(one != told[0] for one in told):
        return Check("conforms", "failed", "two-badges", _SD_JWT, "achievement")
    return None


def _is_plain(claims: Mapping[str, Any]) -> bool:
    """Whether *claims* are those of SD-JWT VC, and not a credential of the data model."""
    return not isinstance(claims.get("vc"), dict) and "@context" not in claims and "type" not in claims


def _credential(opened: Shown) -> dict[str, Any]:
    claims = opened.claims
    named = {name: value for name, value in claims.items() if name not in _OF_TOKENS}
    credential = _from_plain(named) if _is_plain(claims) else verification.credential_in(named)
    if _is_plain(claims) and "iat" in claims and not _holds_more(opened, credential):
        # The day on which it was issued, where it says no other.
        credential.setdefault("validFrom", claims["iat"])
    if not _is_ours(claims, credential):
        raise other_kinds.refusal(claims, claims if _is_plain(claims) else credential)
    return credential


def _from_plain(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The credential that says the same as the plain *claims*: what is about the person stands below the person.

    Its words are those of the data model, and so is their meaning; `iss`, `sub`, `jti`, `nbf` and `exp` say what members
    say there.
    """
    subject = claims.get("credentialSubject", {})
    if isinstance(subject, dict):
        about = {"id": claims["sub"]} if "sub" in claims else {}
        given = {name: claims[name] for name in ("achievement",) if name in claims}
        subject = about | {"type": ["AchievementSubject"]} | given | subject
        if isinstance(subject.get("achievement"), dict):
            subject["achievement"] = {"type": ["Achievement"]} | subject["achievement"]
    own = verification.credential_in({name: value for name, value in claims.items() if name != "achievement"})
    if isinstance(own.get("issuer"), dict) and "iss" in claims:
        own["issuer"] = {"id": claims["iss"]} | own["issuer"]
    form = {"@context": [_MODEL, _BADGE_CONTEXT], "type": ["VerifiableCredential", "OpenBadgeCredential"]}
    return form | own | {"credentialSubject": subject}


def _is_ours(claims: Mapping[str, Any], credential: Mapping[str, Any]) -> bool:
    """Whether this is a badge, a record of badges or what carries some; where its type is not shared, by its words."""
    if not _is_plain(claims):
        return other_kinds.is_ours(credential)
    if not kinds.BADGES.isdisjoint(texts.types({"type": claims.get("vct")})):
        return True
    # Issuers name kinds of their own; an achievement is what no other kind of credential has.
    achievements = [one.get("achievement") for one in (claims, *shape.subjects(claims))]
    return not _NEVER_A_BADGE.search(str(claims.get("vct"))) and any(isinstance(one, dict) for one in achievements)


def _places(opened: Shown) -> tuple[str, ...]:
    """Where something is not shared, in the credential that is in the claims, or that says what plain ones say."""
    places = opened.not_shared
    if isinstance(opened.claims.get("vc"), dict):
        return tuple(place.removeprefix("/vc") if f"{place}/".startswith("/vc/") else place for place in places)
    if not _is_plain(opened.claims):
        return places
    is_shown = any("achievement" in one for one in (opened.claims, *shape.subjects(opened.claims)))
    if "" in places and not is_shown:
        places = ("/credentialSubject", *places[: places.index("")], *places[places.index("") + 1 :])
    return tuple(f"/credentialSubject{place}" if place.startswith("/achievement") else place for place in places)


def _holds_more(opened: Shown, credential: Mapping[str, Any]) -> bool:
    """Whether more is not shared than what every such credential has: an end may be among it, or a beginning."""
    return _places(opened).count("") > len(_absent(opened.claims, credential))


def _lacks(opened: Shown, credential: Mapping[str, Any]) -> Iterator[Lack]:
    """What may be kept back of *credential*, be it a part of what is shown, or a member of its own.

    A member of the data model says the same as a claim of the token, and may say it more strictly: only that member ends the
    doubt. `exp`, `nbf` and `status` are never kept apart in SD-JWT VC (2.2.2.2), and any of the kind ends it there. Nor is
    `vct`, which each of them has: without it, what looks like one may be the data model, its contexts and types kept back.
    """
    in_part = {place.split("/")[1] for place in set(_places(opened)) if place}
    has_more, is_sd_jwt_vc = _holds_more(opened, credential), _is_plain(opened.claims) and "vct" in opened.claims
    is_endless = len(opened.not_shared) > sd_jwt.MOST_PLACES
    within = opened.claims["vc"] if isinstance(opened.claims.get("vc"), dict) else opened.claims
    begin, end = dates.names_in(within)
    lacks: tuple[tuple[Lack, str, Collection[str]], ...] = (
        ("beginning", begin, {"validFrom", "issuanceDate", "nbf"}),
        ("end", end, {"validUntil", "expirationDate", "exp"}),
        ("status", "credentialStatus", {"credentialStatus", "status"}),
    )
    for kind, own, names in lacks:
        given = {name for name in names if not dates.is_absent(within.get(name))}
        is_shown = bool(given) if is_sd_jwt_vc else own in given
        if is_endless or (has_more and not is_shown) or not in_part.isdisjoint(names):
            yield kind
    if has_more:
        yield "any_status"


def _absent(claims: Mapping[str, Any], credential: Mapping[str, Any]) -> Collection[str]:
    """What every such credential has, and this one does not show: it must be among what is not shared."""
    if _is_plain(claims):
        # An achievement at the top is all that such a subject has: its issuer need not have signed any other (_from_plain).
        return set() if claims.keys() & {"sub", "credentialSubject", "achievement"} else {"credentialSubject"}
    required = {"@context", "type", "issuer", "credentialSubject"}
    if kinds.is_badge(credential) and "issuanceDate" not in credential:
        required.add("validFrom")  # which no other credential is asked for (shape.py)
    return required - credential.keys()
