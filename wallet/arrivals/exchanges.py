"""Badges that are given to whoever answers who they are: exchanges of VC-API, requests of the Learner Credential Wallet,
interactions of VCALM.

Whoever asks is answered with a presentation without any badge, signed by a key that is made for this one exchange: no key
links two issuers, and nothing is ever handed out. Who asks for badges, or for an answer to somebody else, gets none.
What is asked before the holder has said yes is a GET, which gives nothing away and spends nothing.
Sources: VCALM 1.0 (draft), exchanges and interactions; Verifiable Presentation Request 0.2; the request links of the Learner
Credential Wallet (`vc_request_url`, `challenge`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import inspection, network, openbadges
from . import offers

ROUNDS = 5
"""Answers in one exchange."""
_LONGEST_CHALLENGE, _LONGEST_DOMAIN, _DEEPEST = 2_000, 300, 60
_ASKS_FOR_ITSELF = {"DIDAuthentication", "DIDAuth"}
"""Queries for who the holder is, today's name and that of the drafts."""
_ASKS_FOR_BADGES = {"QueryByExample", "DigitalCredentialQueryLanguage", "QueryByFrame", "PresentationExchange"}
_SERVICES = {
    "VerifiableCredentialApiExchangeService",
    "UnmediatedPresentationService2021",
    "UnmediatedHttpPresentationService2021",
}
_GONE = {404, 409, 410}
_BUSY = {408, 425, 429}
_JSON = "application/json, application/ld+json;q=0.9, application/*;q=0.5"
Why = Literal[
    "no-answer",
    "no-answer-in-time",
    "taken",
    "refused",
    "other-host",
    "too-many-rounds",
    "not-understood",
    "asked-too-often",
]
"""Why no badge came: nobody answered, and nothing was sent yet; nobody answered to what may have counted; the badge was taken
or the offer is too old; the answer was refused; it was to be given to another host; the issuer asks without end; what it
says is nothing that we understand; we have asked this host as often as we ask anybody."""


class NotGiven(Exception):
    """The issuer was asked, and gave no badge; `why` says why."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class Asking(Protocol):
    """How an exchange asks (network/client.py)."""

    def send(self, address: str, outgoing: "network.Outgoing") -> openbadges.Fetched:
        """The answer of *address* to what is sent there; raises Unreachable."""


def choose_exchange(interaction: offers.InteractionAt, asking: Asking, may_ask: offers.MayAsk) -> offers.Offer:
    """The offer that an *interaction* leads to, be it by one further interaction; raises NotTaken and NotGiven."""
    offer: offers.Offer = interaction
    for _ in range(2):
        if isinstance(offer, offers.InteractionAt):
            told = _read(_asked(asking, offer.address, network.Outgoing("GET", headers=_headers()), "no-answer"))
            offer = offers.choose_protocol(told.get("protocols"), may_ask)
    if isinstance(offer, offers.InteractionAt):
        raise offers.NotTaken("offer-other-kind")
    return offer


def receive_badges(
    exchange: offers.ExchangeAt, asking: Asking, may_ask: offers.MayAsk, key: Ed25519PrivateKey, now: datetime
) -> list[bytes]:
    """The documents that an *exchange* gives to whoever answers by *key*, in their order; raises NotTaken and NotGiven.

    *key* is made for this exchange, *now* is aware. What came stays, whatever is asked after it.
    """
    if exchange.challenge:
        answer = _authentication(
            key, exchange.challenge, _host(exchange.address), openbadges.AUTHENTICATION_SUITES[0], now
        )
        answered = _asked(asking, exchange.address, _posted(answer), "no-answer-in-time")
        return _documents_of(answered, now) or _refuse_emptiness({})
    return _Exchange(exchange.address, asking, may_ask, key, now).run()


@dataclass(slots=True)
class _Exchange:
    """One exchange in which the address itself says what it wants to know."""

    address: str
    asking: Asking
    may_ask: offers.MayAsk
    key: Ed25519PrivateKey
    now: datetime
    came: list[bytes] = field(default_factory=list)

    def run(self) -> list[bytes]:
        answered = _asked(self.asking, self.address, _posted({}), "no-answer")
        for _ in range(ROUNDS):
            told = self._take(answered)
            request = told.get("verifiablePresentationRequest")
            if request is None:
                return self.came or _refuse_emptiness(told)
            try:
                answer = self._answer_to(_object(request))
            except (offers.NotTaken, NotGiven):
                if self.came:
                    return self.came
                raise
            answered = self._send(answer)
        told = self._take(answered)
        if not self.came and told.get("verifiablePresentationRequest") is not None:
            raise NotGiven("too-many-rounds")
        return self.came or _refuse_emptiness(told)

    def _take(self, answered: openbadges.Fetched) -> Mapping[str, Any]:
        """What the issuer says beside the badges that it gives."""
        told = _read(answered, is_any=True)
        if not told.keys() & {"verifiablePresentation", "verifiablePresentationRequest", "redirectUrl"}:
            self.came += _documents_of(answered, self.now)
            return {}
        given = told.get("verifiablePresentation")
        if given is not None:
            self.came += _documents_in(given, self.now)
        return told

    def _answer_to(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to *request*, whose issuer is asked for the next thing at the address that it names."""
        query = _only_query(request)
        challenge, domain = request.get("challenge"), request.get("domain", "")
        if (
            not isinstance(challenge, str)
            or not 0 < len(challenge) <= _LONGEST_CHALLENGE
            or not isinstance(domain, str)
        ):
            raise NotGiven("not-understood")
        if domain and not _is_host_of(domain, self.address):
            # Else the answer could be given to somebody else in our holder's name.
            raise NotGiven("other-host")
        answer = _authentication(self.key, challenge, domain or _host(self.address), _suite(query), self.now)
        self.address = _next_address(request, self.address)
        if not self.may_ask(self.address):
            raise offers.NotTaken("offer-not-safe")
        return {"verifiablePresentation": answer}

    def _send(self, answer: Mapping[str, Any]) -> openbadges.Fetched:
        return _asked(self.asking, self.address, _posted(answer), "no-answer-in-time")


def _only_query(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is asked in *request*, which is who the holder is, and nothing else."""
    told = request.get("query")
    queries = [_object(one) for one in (told if isinstance(told, list) else [told])]
    kinds = {str(one.get("type")) for one in queries}
    if kinds & _ASKS_FOR_BADGES:
        raise offers.NotTaken("offer-asks-for-badges")
    if not queries or kinds - _ASKS_FOR_ITSELF:
        raise offers.NotTaken("offer-other-apps" if queries else "offer-other-kind")
    methods = {_named(one, "method") for query in queries for one in _listed(query.get("acceptedMethods"))}
    if methods and "key" not in methods:
        raise offers.NotTaken("offer-other-apps")
    return queries[0]


def _suite(query: Mapping[str, Any]) -> openbadges.AuthenticationSuite:
    """The first suite that we write of those which are taken."""
    taken = {_named(one, "cryptosuite") for one in _listed(query.get("acceptedCryptosuites"))}
    found = next((suite for suite in openbadges.AUTHENTICATION_SUITES if not taken or suite in taken), None)
    if found is None:
        raise offers.NotTaken("offer-other-apps")
    return found


def _next_address(request: Mapping[str, Any], here: str) -> str:
    """Where the answer to *request* goes: back, where nothing else is told."""
    interact = request.get("interact")
    services = [_object(one) for one in _listed(_object(interact).get("service"))] if interact is not None else []
    if not services:
        return here
    for service in services:
        address = service.get("serviceEndpoint")
        if isinstance(address, str) and not _SERVICES.isdisjoint(map(str, _listed(service.get("type")))):
            return address
    raise offers.NotTaken("offer-other-apps")


def _authentication(
    key: Ed25519PrivateKey, challenge: str, domain: str, suite: openbadges.AuthenticationSuite, now: datetime
) -> Mapping[str, Any]:
    return openbadges.authentication(key, suite, challenge, domain, now)


def _documents_of(answered: openbadges.Fetched, now: datetime) -> list[bytes]:
    """The documents in an answer that is nothing but what it gives, to the letter where it is one badge."""
    try:
        told = openbadges.read_json(answered.body, _DEEPEST)
    except openbadges.UnreadableBadge:
        told = answered.body.decode("utf-8", "replace").strip()
    if isinstance(told, list):
        return [one for given in told for one in _documents_in(given, now)]
    if isinstance(told, dict) and not told.keys() & {"type", "@context", "jwt", "credential"}:
        return []
    return _unpacked(answered.body, now) if told else []


def _documents_in(given: Any, now: datetime) -> list[bytes]:
    return _unpacked(given.encode() if isinstance(given, str) else json.dumps(given, ensure_ascii=False).encode(), now)


def _unpacked(document: bytes, now: datetime) -> list[bytes]:
    """Each badge by itself; what holds none is told as what was given."""
    try:
        return list(openbadges.unpack(document, inspection.ask_nobody, now, found_inside=True))
    except openbadges.UnreadableBadge as problem:
        raise NotGiven("not-understood") from problem


def _refuse_emptiness(told: Mapping[str, Any]) -> list[bytes]:
    if "redirectUrl" in told:
        raise offers.NotTaken("offer-sign-in")
    raise NotGiven("not-understood")


def _asked(
    asking: Asking, address: str, outgoing: "network.Outgoing", if_silent: Literal["no-answer", "no-answer-in-time"]
) -> openbadges.Fetched:
    """The answer of *address*, which is one of success; raises NotTaken and NotGiven."""
    try:
        answered = asking.send(address, outgoing)
    except openbadges.Unreachable as problem:
        if problem.why == "refused":
            raise offers.NotTaken("offer-not-safe") from problem
        if problem.why == network.OWN_LIMIT:
            raise NotGiven("asked-too-often") from problem
        raise NotGiven(
            "not-understood" if problem.why in {"redirected", "too-many", "too-big"} else if_silent
        ) from problem
    if answered.status in _BUSY:
        raise NotGiven("no-answer")
    if answered.status >= 500:
        raise NotGiven(if_silent)
    if answered.status in _GONE:
        raise NotGiven("taken")
    if not 200 <= answered.status < 300:
        raise NotGiven("refused")
    return answered


def _read(answered: openbadges.Fetched, *, is_any: bool = False) -> Mapping[str, Any]:
    """The object in an answer; with *is_any*, {} where it is something else."""
    try:
        told = openbadges.read_json(answered.body, _DEEPEST)
    except openbadges.UnreadableBadge as problem:
        if is_any:
            return {}
        raise NotGiven("not-understood") from problem
    if not isinstance(told, dict) and not is_any:
        raise NotGiven("not-understood")
    return told if isinstance(told, dict) else {}


def _posted(told: Mapping[str, Any]) -> "network.Outgoing":
    return network.Outgoing(
        body=json.dumps(told).encode(),
        headers=(*_headers(), ("Content-Type", "application/json")),
        biggest=network.BIGGEST,
    )


def _headers() -> tuple[tuple[str, str], ...]:
    return (("Accept", _JSON), ("Accept-Language", "fr, en;q=0.5"))


def _host(address: str) -> str:
    """The host of *address*, with its port where it names one."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()


def _is_host_of(domain: str, address: str) -> bool:
    """Whether *domain*, a host or an origin, is that of *address*."""
    told = domain.strip().lower().removeprefix("https://").removeprefix("http://").removesuffix("/")
    return len(domain) <= _LONGEST_DOMAIN and told in {_host(address), urlsplit(address).hostname}


def _object(told: object) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise NotGiven("not-understood")
    return told


def _listed(told: object) -> list[Any]:
    return told if isinstance(told, list) else [] if told is None else [told]


def _named(told: object, member: str) -> str:
    """What is named by itself, or in a member of an object."""
    return str(told.get(member)) if isinstance(told, Mapping) else str(told)
