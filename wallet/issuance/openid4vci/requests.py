"""What an issuer is sent, and what its answers say: the code for a token, proofs for a badge, and what it is told afterwards.

Everything here asks, and nothing is kept; each thing that goes wrong is a word. A POST goes to its one address and is never
led elsewhere (network/client.py). Source: OpenID for Verifiable Credential Issuance 1.0, 6 to 11; drafts 13 and 14, 7.2.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ... import network, openbadges
from .. import exchanges, offers
from ..exchanges import Asking
from ..holder_keys import HolderKey, make_p256_key, public_jwk, sign_token
from ..received import Failed, Reason, ReceivedDocument, is_busy, why_unreachable
from . import metadata
from .prepared import Steps
from .progress import Promise, Token, Wanted

_NEVER_SENT = {"too-many", "too-often"}
"""Why an address was not asked at all (network/client.py), but for what may not be asked: it looks like one that is silent."""
_WRONG_CODE = {"invalid_grant", "invalid_request"}
"""How it is told that the code that somebody wrote is not the right one. Where none was sent, only the first one says that the
issuer's has served; the second says that something else is wanted beside it (RFC 6749, 5.2)."""
_NOT_YET = {"authorization_pending", "slow_down", "temporarily_unavailable"}
_NO_MORE = {
    *("credential_request_denied", "unknown_credential_configuration", "unknown_credential_identifier"),
    "invalid_transaction_id",
}
_NOT_UNDERSTOOD = {400, 422}
"""How it is answered that a request says too little, or something else than is known."""
_UNDERSTOOD = _NO_MORE | {"invalid_proof", "invalid_nonce", "invalid_token"}
"""What is wrong with a request whose names are known: other names make it no better."""
_GIVEN = {200, 201}
"""How it is answered that what was asked for is there; the second is what some frameworks say to any POST."""
_LONGEST_TOKEN, _LONGEST_NONCE, _LONGEST_ID, _DEEPEST = 16_000, 2_000, 1_000, 40
_MOST_NAMES = exchanges.MOST_DOCUMENTS + 1
"""Of badges in a token: one more than are asked for, so that it is known of those beyond (progress.names_too_many)."""
_DAY = 24 * 3600


class TokenRefused(Failed):
    """No token came; `is_spent` says whether the code is lost, or may be."""

    def __init__(self, reason: Reason, *, is_spent: bool) -> None:
        super().__init__(reason)
        self.is_spent = is_spent


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What an issuer answered to whoever asked for a badge: it, or that it will come."""

    document: ReceivedDocument | None = None
    promise: Promise | None = None
    notification: str = ""
    nonce: str = ""
    """The next nonce, of issuers that speak the drafts of the standard."""


def ask_token(asking: Asking, steps: Steps, tx_code: str) -> Token:
    """Spend the code; raises TokenRefused. It is never sent twice: whoever gets no answer does not know."""
    form = {"grant_type": offers.PRE_AUTHORIZED, "pre-authorized_code": steps.code}
    try:
        answer = asking.send(steps.token_endpoint, _form(form | ({"tx_code": tx_code} if tx_code else {})))
    except openbadges.Unreachable as problem:
        is_spent = problem.why not in _NEVER_SENT
        reason: Reason = "offer-unknown" if is_spent else why_unreachable(problem.why, "offer-no-answer")
        raise TokenRefused(reason, is_spent=is_spent) from problem
    told = _object(answer.body)
    if answer.status in _GIVEN:
        return _read_token(told)
    error = told.get("error")
    raise _refused(answer.status, error if isinstance(error, str) else "", has_tx_code=bool(tx_code))


def refresh_token(asking: Asking, steps: Steps, token: Token) -> Token:
    """Another token in the place of one that is too old (RFC 6749, 6); raises Failed. Its badges are called as they were: by
    these names it is known which of them were answered."""
    answer = _send(asking, steps.token_endpoint, _form({"grant_type": "refresh_token", "refresh_token": token.refresh}))
    if answer.status not in _GIVEN:
        raise Failed("offer-no-answer" if is_busy(answer.status) else "offer-used")
    new = _read_token({"refresh_token": token.refresh} | dict(_object(answer.body)))
    return replace(new, nonce=new.nonce or token.nonce, identifiers=token.identifiers)


def ask_with_token(
    asking: Asking, steps: Steps, token: Token, ask: Callable[[Token], Answer], renewed: Callable[[Token], None]
) -> tuple[Answer | Failed, Token]:
    """What *ask* gives by *token*, or why it gives nothing, and the token that holds from now on, with the nonce for the next badge.

    Where it is over it is asked once more by the next one, which *renewed* keeps before: the old one cannot be renewed again.
    """
    try:
        return _with_next_nonce(ask(token), token)
    except Failed as failed:
        if failed.reason != "offer-used" or not token.refresh:
            return failed, token
    try:
        token = refresh_token(asking, steps, token)
        renewed(token)
        return _with_next_nonce(ask(token), token)
    except Failed as failed:
        return failed, token


def _with_next_nonce(answer: Answer, token: Token) -> tuple[Answer, Token]:
    return answer, replace(token, nonce=answer.nonce or token.nonce)


def ask_badge(asking: Asking, steps: Steps, token: Token, wanted: Wanted, now: datetime) -> Answer:
    """Ask for one badge, with a fresh key where it is bound to one; raises Failed.

    One more try where the nonce was too old, or where the answer brings the one that was missing, as the drafts of the standard had
    it; one where the key is to be named as a DID; and one with the names that the drafts had, where those of the standard are not
    understood: same token, new nonce.
    """
    configuration = wanted.configuration
    key = make_p256_key() if configuration.needs_proof else None
    named = (
        {"credential_identifier": wanted.identifier}
        if wanted.identifier
        else {"credential_configuration_id": configuration.id}
    )
    as_did, as_draft, tries = False, False, set[str]()
    while True:
        proof = _proof(asking, steps, token, key, now, as_did=as_did) if key else ""
        proofs = {"proof": {"proof_type": "jwt", "jwt": proof}} if as_draft else {"proofs": {"jwt": [proof]}}
        answer = _send(asking, steps.credential_endpoint, _json({**named, **(proofs if key else {})}, token))
        if answer.status in {*_GIVEN, 202}:
            return _read_answer(answer, key)
        told = _object(answer.body)
        error, nonce = str(told.get("error")), _nonce(told)
        if error == "invalid_proof" and nonce and not steps.nonce_endpoint and "invalid_nonce" not in tries:
            error = "invalid_nonce"
        token = replace(token, nonce=nonce or token.nonce)
        has_other_names = bool(key) or not wanted.identifier  # else the same would be sent again
        if answer.status in _NOT_UNDERSTOOD and error not in _UNDERSTOOD and has_other_names and not as_draft:
            as_draft = True
            named = named if wanted.identifier else metadata.find_draft_name(asking, steps.issuer, configuration.id)
            continue
        is_again = error == "invalid_nonce" or (error == "invalid_proof" and configuration.takes_did)
        if error in tries or not (key and is_again):
            raise Failed(_why_no_badge(answer.status, error))
        tries.add(error)
        as_did = as_did or error == "invalid_proof"


def ask_promised(asking: Asking, steps: Steps, token: Token, promise: Promise) -> Answer:
    """Ask for a badge that was promised; raises Failed."""
    answer = _send(asking, steps.deferred_endpoint, _json({"transaction_id": promise.transaction_id}, token))
    if answer.status in {*_GIVEN, 202}:
        return _read_answer(answer, promise.key, promise)
    told = _object(answer.body)
    error = str(told.get("error"))
    if error == "issuance_pending":  # as the drafts of the standard had it
        return Answer(promise=replace(promise, interval=_interval(told, promise.interval)))
    raise Failed(_why_no_badge(answer.status, error))


def tell_issuer(asking: Asking, steps: Steps, token: Token, notification: str, *, is_kept: bool) -> None:
    """Tell the issuer what became of its badge, once: whatever it answers."""
    event = "credential_accepted" if is_kept else "credential_failure"
    with suppress(openbadges.Unreachable):
        asking.send(steps.notification_endpoint, _json({"notification_id": notification, "event": event}, token))


def _proof(asking: Asking, steps: Steps, token: Token, key: HolderKey, now: datetime, *, as_did: bool) -> str:
    """That whoever asks has the key. No `iss`: whoever spends such a code is nobody's client (OpenID4VCI 1.0, F.1)."""
    nonce = _fresh_nonce(asking, steps) if steps.nonce_endpoint else token.nonce
    named = {"kid": f"{key.did}#0"} if as_did else {"jwk": public_jwk(key)}
    claims = {"aud": steps.issuer, "iat": int(now.timestamp())} | ({"nonce": nonce} if nonce else {})
    return sign_token(key, {"typ": "openid4vci-proof+jwt"} | named, claims)


def _fresh_nonce(asking: Asking, steps: Steps) -> str:
    answer = _send(asking, steps.nonce_endpoint, network.Outgoing(headers=(("Accept", "application/json"),)))
    nonce = _nonce(_object(answer.body))
    if is_busy(answer.status):
        raise Failed("offer-no-answer")
    if answer.status not in _GIVEN or not nonce:
        raise Failed("offer-not-given")
    return nonce


def _refused(status: int, error: str, *, has_tx_code: bool) -> TokenRefused:
    if has_tx_code and error in _WRONG_CODE:
        return TokenRefused("offer-wrong-code", is_spent=False)
    if error == "invalid_grant":
        return TokenRefused("offer-used", is_spent=True)
    if error in _NOT_YET or status == 429:
        return TokenRefused("offer-no-answer", is_spent=False)
    if error and 400 <= status < 500:
        return TokenRefused("offer-other-apps", is_spent=True)
    return TokenRefused("offer-unknown", is_spent=True)


def _read_token(told: Mapping[str, Any]) -> Token:
    access, lasts = told.get("access_token"), told.get("expires_in")
    if not _is_header(access):
        raise TokenRefused("offer-unknown", is_spent=True)
    if str(told.get("token_type", "bearer")).lower() != "bearer":
        raise TokenRefused("offer-other-apps", is_spent=True)
    refresh = told.get("refresh_token")
    return Token(
        access=str(access),
        refresh=str(refresh) if _is_text(refresh, _LONGEST_TOKEN) else "",
        nonce=_nonce(told),
        identifiers=_identifiers(told.get("authorization_details")),
        lasts=lasts if isinstance(lasts, int) and not isinstance(lasts, bool) else None,
    )


def _nonce(told: Mapping[str, Any]) -> str:
    nonce = told.get("c_nonce")
    return str(nonce) if _is_text(nonce, _LONGEST_NONCE) else ""


def _identifiers(details: object) -> dict[str, tuple[str, ...]]:
    found = dict[str, tuple[str, ...]]()
    for one in details if isinstance(details, list) else []:
        id, names = (
            (one.get("credential_configuration_id"), one.get("credential_identifiers")) if _is_dict(one) else (0, 0)
        )
        if isinstance(id, str) and isinstance(names, list):
            told = (name for name in names if _is_text(name, _LONGEST_ID))
            # Several may be of one kind (RFC 9396, 2).
            found[id] = tuple(dict.fromkeys((*found.get(id, ()), *told)))[:_MOST_NAMES]
    return found


def _read_answer(answer: openbadges.Fetched, key: HolderKey | None, before: Promise | None = None) -> Answer:
    told = _object(answer.body)
    is_promise = isinstance(told.get("transaction_id"), str) and told.keys().isdisjoint({"credentials", "credential"})
    if answer.status == 202 or is_promise:
        id = told.get("transaction_id", before.transaction_id if before else None)
        if not _is_text(id, _LONGEST_ID):
            raise Failed("offer-other-apps")
        promise = Promise(transaction_id=str(id), interval=_interval(told, before.interval if before else 60), key=key)
        return Answer(promise=promise, nonce=_nonce(told))
    notification = told.get("notification_id")
    try:
        content = credential_text(answer.body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise Failed("offer-other-kind") from problem
    return Answer(
        document=ReceivedDocument(content=content, key=key),
        notification=str(notification) if _is_text(notification, _LONGEST_ID) else "",
        nonce=_nonce(told),
    )


def _interval(told: Mapping[str, Any], otherwise: int) -> int:
    """Seconds until a badge that is not made yet is asked for again, *otherwise* where nothing is said of them."""
    interval = told.get("interval")
    seconds = interval if isinstance(interval, int) and not isinstance(interval, bool) else otherwise
    return max(60, min(seconds, _DAY))


def credential_text(answer: str) -> str:
    """The first badge in an *answer* as it came, letter by letter: of one that is an object, that object's own text.

    Raises ValueError where there is none, or what stands there is no badge written out.
    """
    reader = openbadges.JsonReader(answer)
    for name in reader.names():
        if name == "credentials" and reader.comes("["):
            for _ in reader.items():
                return _credential_in(answer[reader.began : reader.at])
        elif name == "credential" and not reader.comes("null"):  # as the drafts of the standard had it
            return _as_it_came(reader)
        else:
            reader.value()
    raise ValueError("no credential")


def _credential_in(item: str) -> str:
    """The badge in one of *credentials*, which draft 14 of the standard has there by itself."""
    reader = openbadges.JsonReader(item)
    if reader.comes('"'):
        return _as_it_came(reader)
    for name in reader.names():
        if name == "credential":
            return _as_it_came(reader)
        reader.value()
    return _as_it_came(openbadges.JsonReader(item))


def _as_it_came(reader: openbadges.JsonReader) -> str:
    value = reader.value()
    text = value.strip() if isinstance(value, str) else reader.text[reader.began : reader.at]
    # An address is none: where it leads, anything may lie.
    if not (isinstance(value, str | dict) and (text.startswith("{") or text.count(".") == 2 or "~" in text)):
        raise ValueError("no badge that is written out")
    text.encode()  # half a character is no text: nothing that comes after could keep it, or look at it
    return text


def _why_no_badge(status: int, error: str) -> Reason:
    if error in _NO_MORE:
        return "offer-denied"
    if status == 401 or error == "invalid_token":
        return "offer-used"
    if is_busy(status):
        return "offer-no-answer"
    return "offer-other-apps" if status >= 400 else "offer-not-given"


def _send(asking: Asking, address: str, outgoing: network.Outgoing) -> openbadges.Fetched:
    try:
        return asking.send(address, outgoing)
    except openbadges.Unreachable as problem:
        # A POST is never led on: so many were asked that this one was not, and the next exchange goes on with it.
        is_left = problem.why == "too-many"
        raise Failed("offer-no-answer" if is_left else why_unreachable(problem.why, "offer-no-answer")) from problem


def _form(fields: Mapping[str, str]) -> network.Outgoing:
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
    return network.Outgoing(body=urlencode(fields).encode(), headers=headers)


def _json(told: Mapping[str, Any], token: Token) -> network.Outgoing:
    return network.Outgoing(
        body=json.dumps(told).encode(),
        headers=(
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            ("Authorization", f"Bearer {token.access}"),
        ),
        # A badge may bring its picture along.
        biggest=network.BIGGEST,
    )


def _object(body: bytes) -> Mapping[str, Any]:
    """The object in an answer; an empty one where there is none that can be read."""
    try:
        return offers.without_nulls(openbadges.read_json_object(body, _DEEPEST))
    except openbadges.UnreadableBadge:
        return {}


def _is_text(told: object, longest: int) -> bool:
    return isinstance(told, str) and 0 < len(told) <= longest


def _is_header(told: object) -> bool:
    """Whether it may stand in a header as it is."""
    return isinstance(told, str) and 0 < len(told) <= _LONGEST_TOKEN and told.isascii() and told.isprintable()


def _is_dict(told: object) -> bool:
    return isinstance(told, dict)
