"""What an issuer and its authorisation server tell of themselves, and whether its offer can be taken as they do.

Rule 1: GETs alone. Whatever makes that a badge cannot be had is found here, before the code is spent: it works once.
Rule 2: who answers must call themselves, to the letter, as they were asked; and every address that they name could be asked.
Sources: OpenID for Verifiable Credential Issuance 1.0, 12.2; RFC 8414, 3; OpenID Connect Discovery 1.0, 4.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ... import network, openbadges
from .. import exchanges, offers
from ..exchanges import Asking
from ..received import Failed, is_busy, why_unreachable
from .prepared import Configuration, Prepared, Steps

FORMATS = frozenset({"jwt_vc_json", "jwt_vc_json-ld", "ldp_vc", "dc+sd-jwt", "vc+sd-jwt"})
"""Of badges that the engine reads."""
_MOST_SERVERS, _LONGEST_NAME, _LONGEST_ADDRESS, _DEEPEST = 3, 120, 2_000, 20


def prepare_offer(offer: offers.CredentialOffer, asking: Asking, may_ask: offers.MayAsk, language: str) -> Prepared:
    """Ask the issuer of *offer*, and its authorisation server, for what they tell; raises Failed."""
    issuer = _read_own(asking, offer.issuer, "credential_issuer", ["openid-credential-issuer"], language)
    configurations = [_find_configuration(issuer, id) for id in offer.configurations]
    endpoints = _endpoints(issuer, may_ask)
    _refuse_encryption(issuer)
    token_endpoint = _find_token_endpoint(issuer, offer, asking, may_ask)
    return Prepared(
        host=offers.host_of(offer.issuer),
        issuer_name=_name(issuer.get("display"), language),
        badges=tuple(_badge_name(told, language) for told in configurations[: exchanges.MOST_DOCUMENTS]),
        tx_code=offer.tx_code,
        code_host=offers.host_of(token_endpoint),
        steps=Steps(
            issuer=offer.issuer,
            code=offer.code,
            token_endpoint=token_endpoint,
            configurations=tuple(map(_configuration, offer.configurations, configurations)),
            **endpoints,
        ),
    )


def fetch_offer(offer: offers.OfferAt, asking: Asking, may_ask: offers.MayAsk) -> offers.CredentialOffer:
    """The offer that lies at an address, which may give it once; raises Failed."""
    answer = get(asking, offer.address)
    if answer.status != 200:
        raise Failed("offer-no-answer" if is_busy(answer.status) else "offer-used")
    try:
        return offers.read_offer(answer.body, may_ask)
    except offers.NotTaken as problem:
        # The link was whole: it is what lies there that is not.
        raise Failed("offer-not-given" if problem.reason == "offer-not-whole" else problem.reason) from problem


def find_draft_name(asking: Asking, issuer: str, id: str) -> dict[str, Any]:
    """By what drafts 13 and 14 of the standard have a badge asked for, which know no id of a configuration there: its format, and
    what says its kind in that format (their Appendix A). Raises Failed."""
    try:
        of_issuer = _read_own(asking, issuer, "credential_issuer", ["openid-credential-issuer"])
    except Failed as problem:
        # It was told before the code was spent: it is told in the next exchange, which goes on with the badge.
        raise Failed("offer-no-answer") from problem
    told = _find_configuration(of_issuer, id)
    kind = _mapping(told.get("credential_definition"))
    definition = {name: kind[name] for name in ("@context", "type") if name in kind}
    return (
        {"format": told["format"]}
        | ({"credential_definition": definition} if definition else {})
        | ({"vct": told["vct"]} if "vct" in told else {})
    )


def get(asking: Asking, address: str, language: str = "fr") -> openbadges.Fetched:
    """What *address* answers to whoever wants JSON, and reads *language*; raises Failed."""
    spoken = "fr" if language == "fr" else f"{language}, fr;q=0.5"
    try:
        headers = (("Accept", "application/json"), ("Accept-Language", spoken))
        return asking.send(address, network.Outgoing("GET", headers=headers))
    except openbadges.Unreachable as problem:
        raise Failed(why_unreachable(problem.why, "offer-no-answer")) from problem


def _places(issuer: str, *names: str) -> list[str]:
    """Where an issuer tells of itself: inserted before its path, or as the drafts of the standard had it, after it."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    both = [(f"{origin}/.well-known/{name}{path}", f"{origin}{path}/.well-known/{name}") for name in names]
    return list(dict.fromkeys(place for places in both for place in places))


def _read_own(asking: Asking, who: str, member: str, names: Sequence[str], language: str = "fr") -> Mapping[str, Any]:
    """What *who* tells at the first place that gives it: there *member* is who, to the letter. Raises Failed.

    Many a host answers what it does not know with a page, or with what is another one's: then the next place is asked.
    """
    problems = list[Failed]()
    for place in _places(who, *names):
        try:
            answer = get(asking, place, language)
            told = _object(answer.body) if answer.status == 200 else {}
            if told.get(member) == who:
                return told
            problems.append(Failed("offer-no-answer" if is_busy(answer.status) else "offer-other-apps"))
        except Failed as problem:
            problems.append(problem)
    raise _most_telling(problems)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        return offers.without_nulls(openbadges.read_json_object(body, _DEEPEST))
    except openbadges.UnreadableBadge:
        return {}


def _most_telling(problems: Sequence[Failed]) -> Failed:
    """Whether another time may be better is said first; else what is wrong at the last place of which that is known."""
    reasons = [problem.reason for problem in problems]
    if "offer-no-answer" in reasons:
        return Failed("offer-no-answer")
    known = [reason for reason in reasons if reason != "offer-other-apps"]
    return Failed(known[-1] if known else "offer-other-apps")


def _find_configuration(issuer: Mapping[str, Any], id: str) -> Mapping[str, Any]:
    """What the issuer tells of that kind of badge, where it is one that can be had; raises Failed."""
    told = _mapping(issuer.get("credential_configurations_supported")).get(id)
    if not isinstance(told, Mapping):
        raise Failed("offer-denied")
    told = offers.without_nulls(told)
    if FORMATS.isdisjoint(_texts([told.get("format")])):
        raise Failed("offer-other-kind")
    if _needs_proof(told):
        proof = _mapping(_mapping(told["proof_types_supported"]).get("jwt"))
        _require("ES256" in _texts(proof.get("proof_signing_alg_values_supported")))
        _require("key_attestations_required" not in proof)
        bindings = _texts(told.get("cryptographic_binding_methods_supported", ["jwk"]))
        _require("jwk" in bindings or _names_did(bindings))
    return told


def _configuration(id: str, told: Mapping[str, Any]) -> Configuration:
    bindings = _texts(told.get("cryptographic_binding_methods_supported", []))
    return Configuration(id=id, needs_proof=_needs_proof(told), takes_did=_names_did(bindings))


def _needs_proof(told: Mapping[str, Any]) -> bool:
    """Whether it names a kind of proof: some programs write an object with none, which PHP writes as a list."""
    return bool(told.get("proof_types_supported"))


def _names_did(bindings: Sequence[str]) -> bool:
    return any(one == "did" or one.startswith("did:") for one in bindings)


def _endpoints(issuer: Mapping[str, Any], may_ask: offers.MayAsk) -> dict[str, str]:
    names = ("credential_endpoint", "nonce_endpoint", "deferred_credential_endpoint", "notification_endpoint")
    found = {name: _address(issuer[name], may_ask) for name in names if issuer.get(name)}
    _require("credential_endpoint" in found)
    return {name.replace("deferred_credential", "deferred"): address for name, address in found.items()}


def _refuse_encryption(issuer: Mapping[str, Any]) -> None:
    for name in ("credential_response_encryption", "credential_request_encryption"):
        _require(not _mapping(issuer.get(name)).get("encryption_required"))


def _find_token_endpoint(
    issuer: Mapping[str, Any], offer: offers.CredentialOffer, asking: Asking, may_ask: offers.MayAsk
) -> str:
    """Where the code is spent: at the server that the offer names, else at the first that takes such codes; raises Failed."""
    named = _texts(issuer.get("authorization_servers", [])) or [offer.issuer]
    _require(not offer.server or offer.server in named)
    servers = [offer.server] if offer.server else named[:_MOST_SERVERS]
    problems = list[Failed]()
    for server in servers:
        try:
            return _token_endpoint(server, asking, may_ask)
        except Failed as problem:
            problems.append(problem)
    raise _most_telling(problems)


def _token_endpoint(server: str, asking: Asking, may_ask: offers.MayAsk) -> str:
    _address(server, may_ask)
    told = _read_own(asking, server, "issuer", ["oauth-authorization-server", "openid-configuration"])
    if "grant_types_supported" in told:
        grants = _texts(told["grant_types_supported"])
        if offers.PRE_AUTHORIZED not in grants:
            raise Failed("offer-sign-in" if "authorization_code" in grants else "offer-other-apps")
    anonymous = told.get("pre-authorized_grant_anonymous_access_supported")
    methods = _texts(told.get("token_endpoint_auth_methods_supported", []))
    _require(anonymous is not False)
    _require(anonymous or not methods or any("attest" not in one for one in methods))
    return _address(told.get("token_endpoint"), may_ask)


def _address(told: object, may_ask: offers.MayAsk) -> str:
    _require(isinstance(told, str) and len(told) <= _LONGEST_ADDRESS)
    if not may_ask(str(told)):
        raise Failed("offer-not-safe")
    return str(told)


def _badge_name(told: Mapping[str, Any], language: str) -> str:
    within = _mapping(told.get("credential_metadata")).get("display")
    return _name(within, language) or _name(told.get("display"), language)


def _name(display: object, language: str) -> str:
    """The name in the language of whoever reads it, else in French, else the first."""
    shown = [one for one in display if isinstance(one, Mapping)] if isinstance(display, list) else []
    named = [(str(one.get("locale", "")).lower(), one["name"]) for one in shown if isinstance(one.get("name"), str)]
    for wanted in (language, "fr", ""):
        for locale, name in named:
            if locale.startswith(wanted) and (plain := offers.plain_line(name, _LONGEST_NAME)):
                return plain
    return ""


def _mapping(told: object) -> Mapping[str, Any]:
    return offers.without_nulls(told) if isinstance(told, Mapping) else {}


def _texts(told: object) -> list[str]:
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def _require(holds: object) -> None:
    """Whatever else an issuer wants, or tells, other wallets may understand it."""
    if not holds:
        raise Failed("offer-other-apps")
