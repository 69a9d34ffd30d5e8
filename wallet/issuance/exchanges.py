"""Badges that are given to whoever answers who they are: exchanges of VC-API, requests of the Learner Credential Wallet,
interactions of VCALM.

Rule 1: only who the holder is is answered, by a presentation without any badge: nothing is ever handed out.
Rule 2: the key is made for this one exchange, and what it signs is for the host that asks: it is of no use to another one.
Rule 3: what is asked before the holder has said yes is a GET, which gives nothing away and spends nothing.
Sources: VCALM 1.0 (draft), exchanges and interactions; Verifiable Presentation Request 0.2; the request links of the Learner
Credential Wallet (`vc_request_url`, `challenge`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import inspection, network, openbadges
from . import offers
from .holder_keys import HolderKey
from .received import Failed, Reason, ReceivedDocument, is_busy, why_unreachable

ROUNDS = 5
"""Answers in one exchange."""
MOST_DOCUMENTS, MOST_BYTES = 50, 4 * 1024 * 1024
"""Of one exchange: nobody waits until more are looked at, and they lie in a row until then."""
NOTHING_LOST: frozenset[Reason] = frozenset({"offer-no-answer"})
"""After these the same exchange may be answered another time."""
_LONGEST_CHALLENGE, _LONGEST_DOMAIN, _DEEPEST = 2_000, 300, 60
_ASKS_WHO = {"DIDAuthentication", "DIDAuth"}
"""Queries for who the holder is, by today's name and by that of the drafts."""
_ASKS_FOR_BADGES = {"QueryByExample", "QueryByFrame", "DigitalCredentialQueryLanguage", "PresentationExchange"}
_SERVICES = {
    *("VerifiableCredentialApiExchangeService", "UnmediatedPresentationService2021"),
    "UnmediatedHttpPresentationService2021",
}
"""Those that take an answer by a POST."""
_AROUND = {"verifiablePresentation", "verifiablePresentationRequest", "redirectUrl"}
"""The members of a message of an exchange; what has none of them is what is given, by itself."""
_OF_BADGES = {"type", "@context", "jwt", "credential"}
"""Members of which what is a badge has one."""
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*(?:~[\w.~-]*)?", re.ASCII)
"""A compact JWS or an SD-JWT."""
_GONE = {404, 409, 410}
_HEADERS = (
    ("Accept", "application/json, application/ld+json;q=0.9, application/*;q=0.5"),
    ("Accept-Language", "fr, en;q=0.5"),
)
_IfSilent = Literal["offer-no-answer", "offer-unknown"]


class Asking(Protocol):
    """The way out for one exchange (network.ImportFetch)."""

    def send(self, address: str, outgoing: network.Outgoing) -> openbadges.Fetched:
        """The answer of *address* to what is sent there; raises Unreachable."""


def choose_protocol(interaction: offers.InteractionAt, asking: Asking, may_ask: offers.MayAsk) -> offers.Offer:
    """The offer that an *interaction* leads to, be it by one further interaction; raises Failed."""
    offer: offers.Offer = interaction
    for _ in range(2):
        if isinstance(offer, offers.InteractionAt):
            answered = _asked(asking, offer.address, network.Outgoing("GET", headers=_HEADERS), "offer-no-answer")
            offer = _offer_among(_object(_value(answered.body)).get("protocols"), may_ask)
    if isinstance(offer, offers.InteractionAt):
        raise Failed("offer-other-kind")
    return offer


def _offer_among(protocols: object, may_ask: offers.MayAsk) -> offers.Offer:
    try:
        return offers.choose_protocol(protocols, may_ask)
    except offers.NotTaken as problem:
        # The link was whole: it is what lies there that is not.
        raise Failed("offer-not-given" if problem.reason == "offer-not-whole" else problem.reason) from problem


def receive_badges(
    exchange: offers.ExchangeAt, asking: Asking, may_ask: offers.MayAsk, key: HolderKey, now: datetime
) -> Sequence[ReceivedDocument]:
    """What an *exchange* gives to whoever answers by *key*, an Ed25519 one made for it, in its order; raises Failed.

    *now* is aware. What came stays, whatever is asked after it.
    """
    going = _Exchange(exchange.address, asking, may_ask, key, now)
    try:
        going.run(exchange.challenge)
    except Failed:
        if not going.came:
            raise
    return [ReceivedDocument(content=document.decode("utf-8", "replace"), key=key) for document in going.came]


@dataclass(slots=True)
class _Exchange:
    """One exchange, and what came of it by now."""

    address: str
    """Who is asked next."""
    asking: Asking
    may_ask: offers.MayAsk
    key: HolderKey
    now: datetime
    came: list[bytes] = field(default_factory=list)

    def run(self, challenge: str) -> None:
        """To the end; raises Failed, also where it gave nothing."""
        if challenge:
            # Whoever names its question in the link takes the bare answer, by the suite that all know.
            answer = self._signed(challenge, _host(self.address), openbadges.AUTHENTICATION_SUITES[0])
            told = self._send(answer, "offer-unknown")
        else:
            told = self._send({}, "offer-no-answer")
        rounds = 0
        while (request := told.get("verifiablePresentationRequest")) is not None:
            if rounds == ROUNDS:
                raise Failed("offer-not-given")
            rounds += 1
            told = self._send({"verifiablePresentation": self._answer_to(_object(request))}, "offer-unknown")
        if not self.came:
            raise Failed("offer-sign-in" if "redirectUrl" in told else "offer-not-given")

    def _send(self, told: Mapping[str, Any], if_silent: _IfSilent) -> Mapping[str, Any]:
        """Say *told*, take the badges that are answered, and give what is said beside them."""
        headers = (*_HEADERS, ("Content-Type", "application/json"))
        # A badge may bring its picture along.
        outgoing = network.Outgoing(body=json.dumps(told).encode(), headers=headers, biggest=network.BIGGEST)
        body = _asked(self.asking, self.address, outgoing, if_silent).body
        answered = _value(body)
        if not isinstance(answered, Mapping) or answered.keys().isdisjoint(_AROUND):
            self.came += self._documents(body, answered)
            return {}
        answered = offers.without_nulls(answered)
        if "verifiablePresentation" in answered:
            self.came += self._unpacked(_written(answered["verifiablePresentation"]))
        return answered

    def _documents(self, body: bytes, answered: Any) -> list[bytes]:
        """What is given by itself, to the letter where it is one badge."""
        if isinstance(answered, str):
            # An address is no badge, nor is a page: what is written out is a token.
            return self._unpacked(answered.encode()) if _TOKEN.fullmatch(answered) else []
        if isinstance(answered, list):
            shown = {"type": ["VerifiablePresentation"], "verifiableCredential": answered}
            return self._unpacked(_written(shown)) if answered else []
        return self._unpacked(body) if isinstance(answered, Mapping) and answered.keys() & _OF_BADGES else []

    def _unpacked(self, given: bytes) -> list[bytes]:
        """Each badge by itself."""
        try:
            found = openbadges.unpack(given, inspection.ask_nobody, self.now, found_inside=True)
        except openbadges.UnreadableBadge as problem:
            is_another = isinstance(problem, openbadges.NotABadge) and problem.reason != "no-badge-in-presentation"
            raise Failed("offer-other-kind" if is_another else "offer-not-given") from problem
        if len(self.came) + len(found) > MOST_DOCUMENTS or sum(map(len, (*self.came, *found))) > MOST_BYTES:
            raise Failed("offer-not-given")
        return list(found)

    def _answer_to(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to *request*, which goes to the address that it names."""
        query = _only_query(request)
        challenge, domain = request.get("challenge"), request.get("domain", "")
        if (
            not isinstance(challenge, str)
            or not 0 < len(challenge) <= _LONGEST_CHALLENGE
            or not isinstance(domain, str)
        ):
            raise Failed("offer-not-given")
        if domain and not _is_host_of(domain, self.address):
            # Else it could be given to somebody else in our holder's name.
            raise Failed("offer-other-host")
        answer = self._signed(challenge, domain or _host(self.address), _suite(query))
        self.address = _next_address(request, self.address)
        if not self.may_ask(self.address):
            raise Failed("offer-not-safe")
        return answer

    def _signed(self, challenge: str, domain: str, suite: openbadges.AuthenticationSuite) -> Mapping[str, Any]:
        private = Ed25519PrivateKey.from_private_bytes(self.key.secret)
        return openbadges.authentication(private, suite, challenge, domain, self.now)


def _only_query(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is asked in *request*, which is who the holder is, and nothing else."""
    told = request.get("query")
    queries = [_object(one) for one in (told if isinstance(told, list) else [told])]
    kinds = {str(one.get("type")) for one in queries}
    if kinds & _ASKS_FOR_BADGES:
        raise Failed("offer-asks-for-badges")
    if not queries or kinds - _ASKS_WHO:
        raise Failed("offer-other-apps")
    methods = {_named(one, "method") for query in queries for one in _listed(query.get("acceptedMethods"))}
    if methods and "key" not in methods:
        raise Failed("offer-other-apps")
    return queries[0]


def _suite(query: Mapping[str, Any]) -> openbadges.AuthenticationSuite:
    """The first suite that we write of those which are taken."""
    taken = {_named(one, "cryptosuite") for one in _listed(query.get("acceptedCryptosuites"))}
    found = next((suite for suite in openbadges.AUTHENTICATION_SUITES if not taken or suite in taken), None)
    if found is None:
        raise Failed("offer-other-apps")
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
    raise Failed("offer-other-apps")


def _asked(asking: Asking, address: str, outgoing: network.Outgoing, if_silent: _IfSilent) -> openbadges.Fetched:
    """The answer of *address*, which is one of success; raises Failed."""
    try:
        answered = asking.send(address, outgoing)
    except openbadges.Unreachable as problem:
        raise Failed(why_unreachable(problem.why, if_silent)) from problem
    if is_busy(answered.status):
        raise Failed(if_silent if answered.status >= 500 else "offer-no-answer")
    if not 200 <= answered.status < 300:
        raise Failed("offer-used" if answered.status in _GONE else "offer-not-given")
    return answered


def _value(body: bytes) -> Any:
    """What is written in an answer; of what is no JSON, its text."""
    try:
        return openbadges.read_json(body, _DEEPEST)
    except openbadges.UnreadableBadge:
        return body.decode("utf-8", "replace").strip()


def _written(given: Any) -> bytes:
    return given.encode() if isinstance(given, str) else json.dumps(given, ensure_ascii=False).encode()


def _host(address: str) -> str:
    """The host of *address* as the network knows it, with its port where that is not the usual one."""
    return network.read_address(address).authority


def _is_host_of(domain: str, address: str) -> bool:
    """Whether *domain*, a host or an origin, is that of *address*."""
    told = domain.strip().lower().removeprefix("https://").removeprefix("http://").removesuffix("/")
    written = urlsplit(address.lower())
    hosts = {_host(address), offers.host_of(address), written.netloc, written.hostname}
    return len(domain) <= _LONGEST_DOMAIN and told in hosts


def _object(told: object) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise Failed("offer-not-given")
    return offers.without_nulls(told)


def _listed(told: object) -> list[Any]:
    return told if isinstance(told, list) else [] if told is None else [told]


def _named(told: object, member: str) -> str:
    """What is named by itself, or in a member of an object."""
    return str(told.get(member)) if isinstance(told, Mapping) else str(told)
