"""What an issuer has said since of a token: its place in a list, in which each token has one, two, four or eight bits.

The rules of belief are those of status.py: "withdrawn" is believed of every intact list to which the token points, "not
withdrawn" only of one that was reached, is in date, and is signed by whoever it names as its own issuer: the token's, or
somebody else, whom the issuer chose by signing the address (docs/decisions.md 30).
Source: Token Status List (draft-ietf-oauth-status-list), 4.1, 5.1, 6.2, 7 and 8.3.
"""

import zlib
from collections.abc import Mapping
from typing import Any

from .. import dates, hosts, texts
from ..examination import Check, UnreadableBadge, Unverified, Web
from ..proofs import dids, jws, multibase, sd_jwt, verification
from . import issuer_metadata
from .status import KEPT_BY_ANOTHER, UnknownStatus, answer_at, why_not_intact, why_not_proven

SOURCE = "Token Status List (draft-ietf-oauth-status-list), 8.3"
_TYPE = "statuslist+jwt"
_LARGEST_LIST = 4 * 1024 * 1024
"""Bytes after decompression: 32 million tokens of one bit."""
_COSE_SIGN1 = b"\xd2"
"""How a list begins that is a CWT (5.2): the tag of what is signed once (RFC 9052, 4.2)."""
_VALID, _INVALID, _SUSPENDED = 0, 1, 2


def token_not_withdrawn(status: Any, issuer: str, web: Web) -> Check:
    """Whether a token still stands, by what its claim *status* leads to; *issuer* is who signed it."""
    try:
        index, address = _reference(status)
        answer_at(address, web)
        found, keeper, doubt = web.once((address, "list of tokens", issuer), lambda: _list_at(address, issuer, web))
        _need_in_date(found, web)
        bits, content = web.once((address, "bits of tokens"), lambda: _unpacked(found.get("status_list")))
        value = _value(bits, content, index)
        if value in {_INVALID, _SUSPENDED}:
            return Check("not_withdrawn", "failed", "revoked" if value == _INVALID else "suspended", SOURCE, address)
        if value != _VALID:
            raise UnknownStatus("status-unsupported", f"value {value}")
        if not keeper:
            raise UnknownStatus(why_not_proven(doubt), str(found.get("iss", "")))
        if keeper == issuer:
            return Check("not_withdrawn", "passed", "", SOURCE, address)
        if not hosts.speaks_for(web.get(address), address):
            # Whom the issuer chose is who has the address, and not whom that one leads to.
            raise UnknownStatus("redirected-elsewhere", f"{address}: {web.get(address).address}")
    except Unverified as problem:
        return problem.check("not_withdrawn", SOURCE)
    return Check("not_withdrawn", "passed", KEPT_BY_ANOTHER, SOURCE, keeper[:200])


def _reference(status: Any) -> tuple[int, str]:
    """The place in a list, and where the list is (6.2)."""
    match status:
        case {"status_list": {"idx": int(index), "uri": str(address)}} if index >= 0 and not isinstance(index, bool):
            if texts.is_link(address):
                return index, texts.address(address)
            raise UnknownStatus("status-malformed", address)
        case {"status_list": _}:
            raise UnknownStatus("status-malformed", str(status)[:80])
    raise UnknownStatus("status-unsupported", ", ".join(status)[:80] if isinstance(status, dict) else str(status)[:80])


def _list_at(address: str, issuer: str, web: Web) -> tuple[Mapping[str, Any], str, str]:
    """What the list says, signed, who is shown to have signed it, "" for nobody, and why not (5.1, 8.3)."""
    written = _token_at(address, web)
    web.spend(len(written) // verification.CHARACTERS_OF_A_MEMBER)
    try:
        token = jws.read_token(written)
        header, found = token.header, token.claims
    except (UnreadableBadge, jws.BadSignature) as problem:
        raise UnknownStatus("status-list-unreadable", str(problem)) from None
    if verification.token_type(header) != _TYPE:
        raise UnknownStatus("status-list-of-another-kind", str(header.get("typ")))
    if sd_jwt.has_digests(token):
        # Its end may be among what is not shown.
        raise UnknownStatus("status-unsupported", "a list with digests")
    if found.get("sub") != address:
        # Another list of the same issuer says something of other tokens.
        raise UnknownStatus("status-list-of-another-kind", f"sub {found.get('sub')}")
    own = str(found.get("iss", _did_in(header) or issuer))
    intact, key = verification.check_token(
        token, lambda: issuer_metadata.all_keys(header, own, web), types=frozenset({_TYPE})
    )
    if intact.outcome != "passed" or key is None:
        raise UnknownStatus(why_not_intact(intact), intact.reason)
    return found, own if key.binding in {"proven", "self-certified"} else "", key.reason


def _did_in(header: Mapping[str, Any]) -> str:
    """The DID whose key signed, by the header of a list that does not name its issuer otherwise; "" for none."""
    name = header.get("kid")
    return dids.split(name)[0] if isinstance(name, str) and name.startswith("did:") else ""


def _token_at(address: str, web: Web) -> str:
    answer = answer_at(address, web)
    if answer.body.startswith(_COSE_SIGN1):
        raise UnknownStatus("status-list-unsupported", f"{address} is a CWT")
    return answer.body.decode("ascii", "replace").strip()


def _need_in_date(found: Mapping[str, Any], web: Web) -> None:
    begun = [dates.begun(found.get(name), web.now, SOURCE) for name in ("iat", "nbf")]
    for check in (*begun, dates.not_ended(found.get("exp"), web.now, SOURCE)):
        if check.outcome != "passed":
            raise UnknownStatus("status-list-out-of-date", check.detail)
    # How long it may be kept (ttl) is for who keeps it: nothing is kept here, and rechecks keep no answer for longer than minutes.
    if not isinstance(found.get("iat"), int | float):
        raise UnknownStatus("status-list-unreadable", "iat")


def _unpacked(status_list: Any) -> tuple[int, bytes]:
    """How many bits each token has in the list, and all of them."""
    match status_list:
        case {"bits": 1 | 2 | 4 | 8 as bits, "lst": str(written)} if type(bits) is int:
            return bits, _decompressed(written)
    raise UnknownStatus("status-list-unreadable", "status_list")


def _value(bits: int, content: bytes, index: int) -> int:
    """What stands at *index* of the list: bytes from their lowest bit on (4.1)."""
    place, shift = divmod(index * bits, 8)
    if place >= len(content):
        raise UnknownStatus("status-index-beyond-list", str(index))
    return content[place] >> shift & (1 << bits) - 1


def _decompressed(written: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(multibase.from_base64url(written.rstrip("=")), _LARGEST_LIST)
    except (ValueError, zlib.error) as problem:
        raise UnknownStatus("status-list-unreadable", str(problem)) from None
    if not unpacker.eof:
        raise UnknownStatus("status-list-too-long" if len(content) == _LARGEST_LIST else "status-list-unreadable")
    return content
