"""What an offer of a badge says: a link or a code that holds no badge, but tells where one can be fetched.

Pure: a text goes in, and whose offer it is comes out, or in one word why nothing can be made of it. Nobody is asked.
An offer is known by its parameters, never by its scheme or host, which every wallet names otherwise; a scheme only says what
is *no* offer, where badges are asked for. Sources: OpenID for Verifiable Credential Issuance 1.0, 4.1; VCALM 1.0, interactions;
the request links of the Learner Credential Wallet.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from .. import network, openbadges

LONGEST = 16 * 1024
"""Characters of a link that holds an offer."""
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
MOST_BADGES = 51
"""Of one offer that are read: one more than are asked for, so that it is known of those beyond (progress.names_too_many)."""
_LONGEST_ID, _LONGEST_CODE, _LONGEST_CHALLENGE, _DEEPEST = 1_000, 4_000, 2_000, 12
_DESCRIPTION, _LONGEST_TX_CODE = 300, 40
"""Characters of what an issuer says of the code that it has given, and of that code."""
_BY_VALUE, _BY_REFERENCE, _REQUEST_AT = "credential_offer", "credential_offer_uri", "vc_request_url"
_LINK = re.compile(r"(?<![a-z0-9+.-])[0-9+.-]*+([a-z][a-z0-9+.-]{0,60}:[^\s<>]*)", re.IGNORECASE | re.ASCII)
"""With a scheme that ends, of a word from its first letter on: a long text without any is read once, and not once from each
of its letters."""
_AROUND = ".,;!?»”)]'\""
_WITHOUT_SCHEME = re.compile(r"[\w-]++(?:\.[\w-]++)++/\S*+")
"""An address as it is printed, and as people type it."""
_CUT = re.compile(r"%[0-9a-f]?\Z", re.IGNORECASE)
"""How a link ends that was cut within a letter."""
_OF_NO_HOST = re.compile(r"(?:|h|ht|htt|https?:?/?|https?://[\w-]*\.?)", re.IGNORECASE | re.ASCII)
"""An address that breaks off before its host is told."""
_OF_OFFERS = re.compile(r"(?:openid-credential-offer|dccrequest|(?:web\+)?interaction):", re.IGNORECASE)
"""Schemes that say that it is an offer, whatever is missing of it."""
_OF_REQUESTS = re.compile(
    r"(?:[\w.+-]*openid4vp|haip-vp|siopv2|mdoc|openid):|dccrequest:(?://)?present\b", re.IGNORECASE | re.ASCII
)
_OF_OTHER_APPS = re.compile(r"openid-vc:", re.IGNORECASE)
"""By which Microsoft’s app is told where to ask what is given, or asked for."""
_OF_EARLY_DRAFTS = re.compile(r"openid-initiate-issuance:", re.IGNORECASE)
"""An offer as the standard had it before the 11th draft."""
_ASKING = {"presentation_definition", "presentation_definition_uri", "dcql_query"}
"""Parameters by which badges are asked for (OpenID for Verifiable Presentations 1.0, 5.1, and the drafts of it)."""
_INTERACTION = re.compile(r"(?:web\+)?interaction:(?://)?(?=https?:)", re.IGNORECASE)
_LEARNER_WALLET = {"lcw.app", "www.lcw.app"}

Reason = Literal[
    "offer-not-whole",
    "offer-not-safe",
    "offer-sign-in",
    "offer-other-apps",
    "offer-other-kind",
    "offer-asks-for-badges",
]
"""Why nothing can be fetched, before anybody is asked: it is cut or mangled; it leads where nobody may be asked; the issuer
wants its own sign-in, or other wallets; it is of a kind that we do not read; it gives none but asks for some."""
MayAsk = Callable[[str], bool]
"""Whether an address could be asked, as far as it says itself (network/client.py)."""


class NotTaken(Exception):
    """Nothing can be made of an offer; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class TransactionCode:
    """What an issuer says of the code that it gives on another way (OpenID4VCI 1.0, 4.1.1, `tx_code`)."""

    is_numeric: bool = True
    length: int | None = None
    description: str = ""
    """In the issuer's own words, cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialOffer:
    """An offer with a pre-authorised code (OpenID4VCI 1.0, 4.1.1)."""

    issuer: str
    configurations: tuple[str, ...]
    """The ids of what is offered, each a badge."""
    code: str = field(repr=False)
    tx_code: TransactionCode | None = None
    server: str = ""
    """The authorisation server that is to be asked, where the offer names one."""


@dataclass(frozen=True, slots=True)
class OfferAt:
    """An offer that lies at an address (OpenID4VCI 1.0, 4.1.3)."""

    address: str


@dataclass(frozen=True, slots=True)
class ExchangeAt:
    """An address that gives a badge to whoever answers it (VC-API exchanges)."""

    address: str
    challenge: str = ""
    """What the answer is to be signed with; "" where the address itself says so first."""


@dataclass(frozen=True, slots=True)
class InteractionAt:
    """An address that says by which protocols it gives its badge (VCALM 1.0, interactions)."""

    address: str


Offer = CredentialOffer | OfferAt | ExchangeAt | InteractionAt


def asked_host(offer: Offer) -> str:
    """The host that is asked first for what *offer* promises."""
    return host_of(offer.issuer if isinstance(offer, CredentialOffer) else offer.address)


def host_of(address: str) -> str:
    """The host of *address* as the network knows it: letters that look like others are told apart (xn--…)."""
    return network.read_address(address).host


def find_offer(text: str, may_ask: MayAsk) -> Offer | None:
    """The offer in *text*, which is often a whole message: the first that can be taken, for many write one link for each app. None
    where there is none; raises NotTaken, of the first, where none can be."""
    text = openbadges.without_unseen(text).strip()
    told = [found[1].rstrip(_AROUND) for found in _LINK.finditer(text)]
    if _WITHOUT_SCHEME.fullmatch(text):
        told.insert(0, f"https://{text.rstrip(_AROUND)}")
    refused = list[NotTaken]()
    for link in filter(_speaks_of_badges, told):
        try:
            return _read_whole(link, may_ask)
        except NotTaken as problem:
            refused.append(problem)
    if refused:
        raise refused[0]
    return None


def _read_whole(link: str, may_ask: MayAsk) -> Offer:
    if len(link) > LONGEST:
        raise NotTaken("offer-not-whole" if not _OF_OFFERS.match(link) or _BY_VALUE in link else "offer-other-kind")
    return _read_link(link, may_ask)


def read_offer(content: str | bytes, may_ask: MayAsk) -> CredentialOffer:
    """The offer that *content* writes as JSON; raises NotTaken."""
    try:
        told = _members(openbadges.read_json_object(content, _DEEPEST))
    except openbadges.UnreadableBadge as problem:
        raise NotTaken("offer-not-whole") from problem
    issuer, ids = told.get("credential_issuer"), told.get("credential_configuration_ids")
    if ids is None and "credentials" in told:  # whole, as the drafts of the standard had it before the 13th
        raise NotTaken("offer-other-kind")
    if not isinstance(issuer, str) or not issuer.strip() or len(issuer) > _LONGEST_ID or not isinstance(ids, list):
        raise NotTaken("offer-not-whole")
    _require(_are_ids(ids))
    _require_address(issuer, may_ask)
    _require(not urlsplit(issuer).query and not urlsplit(issuer).fragment)
    grants = _members(told.get("grants", {}))
    if PRE_AUTHORIZED not in grants:
        is_known = not grants or "authorization_code" in grants
        raise NotTaken("offer-sign-in" if is_known else "offer-other-apps")
    grant = _members(grants[PRE_AUTHORIZED])
    code, server = grant.get("pre-authorized_code"), grant.get("authorization_server", "")
    if not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE:
        raise NotTaken("offer-not-whole")
    # It is never asked, but looked for among those that the issuer names.
    _require(isinstance(server, str) and (not server or may_ask(server)))
    return CredentialOffer(
        issuer=issuer,
        configurations=tuple(ids[:MOST_BADGES]),
        code=code,
        tx_code=_transaction_code(grant["tx_code"]) if "tx_code" in grant else None,
        server=server,
    )


def _speaks_of_badges(link: str) -> bool:
    if any(scheme.match(link) for scheme in (_OF_OFFERS, _OF_REQUESTS, _OF_OTHER_APPS, _OF_EARLY_DRAFTS)):
        return True
    names = {name for name, _ in _parameters(link)}
    if names & {_BY_VALUE, _BY_REFERENCE, _REQUEST_AT, *_ASKING} or "iuv" in names:
        return True
    return (
        _is_of_learner_wallet(link)
        or any(f"{sign}{_BY_VALUE}=" in link for sign in ";#")
        or (f"{_BY_VALUE}%3d" in link.lower())
    )


def _is_of_learner_wallet(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return (parts.hostname or "") in _LEARNER_WALLET and parts.path.startswith("/request")
    except ValueError:
        return False


def _parameters(link: str) -> list[tuple[str, str]]:
    query = link.partition("#")[0].partition("?")[2]
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def _read_link(link: str, may_ask: MayAsk) -> Offer:
    if _OF_REQUESTS.match(link):
        raise NotTaken("offer-asks-for-badges")
    if found := _INTERACTION.match(link):
        return _interaction(link[found.end() :], may_ask)
    if re.match(r"(?:web\+)?interaction:", link, re.IGNORECASE):
        raise NotTaken("offer-other-kind")
    _require(not _CUT.search(link))
    told = _parameters(link)
    names = [name for name, _ in told]
    values = dict(told)
    known = [name for name in names if name in {_BY_VALUE, _BY_REFERENCE}]
    if len(known) == 1:
        if known[0] == _BY_VALUE:
            return read_offer(values[_BY_VALUE], may_ask)
        _require(not _OF_NO_HOST.fullmatch(values[_BY_REFERENCE]))
        _require_address(values[_BY_REFERENCE], may_ask)
        return OfferAt(values[_BY_REFERENCE])
    _require(not known)
    if _ASKING.intersection(names):
        raise NotTaken("offer-asks-for-badges")
    if _OF_OTHER_APPS.match(link) or _OF_EARLY_DRAFTS.match(link):
        raise NotTaken("offer-other-apps" if _OF_OTHER_APPS.match(link) else "offer-other-kind")
    if link.lower().startswith(("http:", "https:")) and "iuv" in names and not _is_of_learner_wallet(link):
        return _interaction(link, may_ask)
    _require(link.lower().startswith("dccrequest:") or _REQUEST_AT in names or _is_of_learner_wallet(link))
    return _learner_request(values, may_ask)


def _interaction(address: str, may_ask: MayAsk) -> InteractionAt:
    if len(address) > 2_000 or dict(_parameters(address)).get("iuv") != "1":
        raise NotTaken("offer-other-kind")
    _require_address(address, may_ask)
    return InteractionAt(address)


def _learner_request(values: Mapping[str, str], may_ask: MayAsk) -> Offer:
    """What the Learner Credential Wallet is sent: an exchange at an address, or the protocols by which a badge is given."""
    if _REQUEST_AT not in values and "request" in values:
        try:
            told = openbadges.read_json_object(values["request"], _DEEPEST)
        except openbadges.UnreadableBadge as problem:
            raise NotTaken("offer-not-whole") from problem
        return choose_protocol(told.get("protocols"), may_ask)
    address, challenge = values.get(_REQUEST_AT, ""), values.get("challenge", "")
    _require("://" in address and not _OF_NO_HOST.fullmatch(address) and len(challenge) <= _LONGEST_CHALLENGE)
    if values.get("auth_type", "bearer") not in {"bearer", "none", ""}:
        raise NotTaken("offer-sign-in" if values["auth_type"] == "code" else "offer-other-apps")
    _require_address(address, may_ask)
    return ExchangeAt(address, challenge)


def choose_protocol(protocols: object, may_ask: MayAsk) -> Offer:
    """The offer among the *protocols* of an interaction (VCALM 1.0): an OpenID one first, else an exchange. Raises NotTaken."""
    protocols = _object(protocols)
    for name in ("oid4vci-1.0", "OID4VCI"):
        told = protocols.get(name)
        if isinstance(told, str) and len(told) <= LONGEST and _BY_VALUE in told:
            return _read_link(told, may_ask)
    for name, kind in (("vcapi", ExchangeAt), ("interact", InteractionAt)):
        told = protocols.get(name)
        if isinstance(told, str):
            _require_address(told, may_ask)
            return kind(told)
    raise NotTaken("offer-sign-in" if "inviteRequest" in protocols else "offer-other-kind")


def _transaction_code(told: object) -> TransactionCode:
    code = _members(told)
    length, description = code.get("length"), code.get("description", "")
    _require(length is None or (isinstance(length, int) and not isinstance(length, bool) and length > 0))
    return TransactionCode(
        is_numeric=code.get("input_mode", "numeric") == "numeric",
        length=length if length and length <= _LONGEST_TX_CODE else None,
        description=plain_line(description, _DESCRIPTION) if isinstance(description, str) else "",
    )


def plain_line(text: str, longest: int) -> str:
    """A stranger's words in one line, without signs that are not seen, and cut."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:longest].strip()


def _are_ids(ids: list[Any]) -> bool:
    return (
        bool(ids)
        and all(isinstance(one, str) and 0 < len(one) <= _LONGEST_ID for one in ids)
        and len(set(ids)) == len(ids)
    )


def _object(told: object) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise NotTaken("offer-not-whole")
    return told


def without_nulls(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of an object that are there: many programs write null for what is not."""
    return {name: value for name, value in told.items() if value is not None}


def _members(told: object) -> Mapping[str, Any]:
    return without_nulls(_object(told))


def _require(holds: object) -> None:
    if not holds:
        raise NotTaken("offer-not-whole")


def _require_address(address: str, may_ask: MayAsk) -> None:
    if not may_ask(address):
        raise NotTaken("offer-not-safe")
