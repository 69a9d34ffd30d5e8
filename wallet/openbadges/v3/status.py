"""What an issuer has said since: withdrawn, suspended, or nothing.

"Not withdrawn" is believed only of a list that was reached, is in date, and is signed by whoever it names as its own
issuer: the badge's, or somebody else, since the issuer chose them by signing the address. "Withdrawn" is believed of
every intact one to which the badge points. All else is unknown (docs/decisions.md 30).
Sources: Bitstring Status List 1.0, 3.2 (Validate Algorithm); Status List 2021; Open Badges 3.0, 1EdTechRevocationList.
Lists of Open Badges 2.0 are read in v2/signed.py.
"""

import zlib
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .. import dates, hosts, recipients, strict_json, texts, unknowns
from ..examination import GRAVITY, Check, Fetched, Unreachable, UnreadableBadge, Unverified, Web
from ..proofs import jws, multibase, sd_jwt
from ..proofs.key_documents import EXPIRED, REVOKED
from ..proofs.verification import Secured, issuer_of, secured_object, secured_token
from . import bundles, issuer_metadata, status_entries
from .status_entries import PLAIN_LIST, SUBJECTS, kind_of

_BITSTRING = "Bitstring Status List 1.0, Validate Algorithm"
_OB3_LIST = "Open Badges 3.0, 1EdTechRevocationList"
_WITHDRAWN = ("revokedCredential", "revokedCredentials")
"""Where such a list has the badges that are withdrawn. Its standard speaks of the one and of the many, and so do issuers (Open
Educational Badges, edubadges) and 1EdTech's own validator (RevocationListProbe)."""
_LARGEST_LIST = 4 * 1024 * 1024
"""Bytes of a bitstring after decompression: 32 million badges."""
_MOST_ENTRIES = 16
_TO_BASE64URL = str.maketrans("+/", "-_")
_GZIP_OR_ZLIB = 47
"""As zlib calls it: which of the two it is, it reads in the header."""
KEPT_BY_ANOTHER = "list-kept-by-another"
"""The reason of a check that rests on a list of somebody else than the issuer, whom its detail names."""
_OF_AN_OLD_KEY = frozenset({REVOKED, EXPIRED})
"""Reasons that end for a list, which is signed anew with another key, and never for a badge."""
_TELLS_OTHER_THINGS = frozenset({"message", "refresh"})
"""Purposes that say something of a badge without withdrawing it."""


class UnknownStatus(Unverified):
    """It cannot be known what the issuer says."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail[:200])


def not_withdrawn(credential: Mapping[str, Any], web: Web) -> Check:
    """Whether *credential*, as it was verified, still stands by what its `credentialStatus` leads to."""
    entries = status_entries.entries_of(credential)
    if not entries:
        return Check("not_withdrawn", "passed", "no-withdrawal-announced", _BITSTRING)
    if len(entries) > _MOST_ENTRIES:
        return Check("not_withdrawn", "unknown", "too-many-status-entries", _BITSTRING)
    checks = (_look_up(entry, credential, web) for entry in status_entries.completed(entries, credential))
    # Of those that are alike, the one that says the most.
    return min(
        checks,
        key=lambda check: (check.reason != "revoked", GRAVITY.index(check.outcome), check.reason != KEPT_BY_ANOTHER),
    )


def _look_up(entry: Any, credential: Mapping[str, Any], web: Web) -> Check:
    kind = kind_of(entry)
    try:
        if kind in SUBJECTS:
            return _in_bitstring(kind, entry, credential, web)
        if kind == PLAIN_LIST:
            return _in_plain_list(entry, credential, web)
        raise UnknownStatus("status-unsupported", kind)
    except UnknownStatus as problem:
        return problem.check("not_withdrawn", _OB3_LIST if kind == PLAIN_LIST else _BITSTRING)


def _in_bitstring(kind: str, entry: Mapping[str, Any], credential: Mapping[str, Any], web: Web) -> Check:
    prefix = "revocationList" if kind == "RevocationList2020Status" else "statusList"
    purpose = "revocation" if kind == "RevocationList2020Status" else entry.get("statusPurpose")
    if isinstance(purpose, str) and purpose in _TELLS_OTHER_THINGS:
        return Check("not_withdrawn", "passed", "no-withdrawal-announced", _BITSTRING, purpose)
    if purpose not in ("revocation", "suspension") or _number(entry.get("statusSize", 1)) != 1:
        raise UnknownStatus("status-unsupported", f"purpose {purpose}")
    address = _address(entry.get(f"{prefix}Credential"))
    index = _number(entry.get(f"{prefix}Index"))
    found = _list_at(address, web)
    bits = _bits(found, kind, str(purpose), address, web)
    if index >= 8 * len(bits):
        raise UnknownStatus("status-index-beyond-list", str(index))
    keeper = issuer_of(found.credential) if found.bound.outcome == "passed" else ""
    is_kept_by_another = keeper not in {"", issuer_of(credential)}
    # The first bit is the highest of the first byte.
    if bits[index // 8] >> (7 - index % 8) & 1:
        reason = "revoked" if purpose == "revocation" else "suspended"
        return Check(
            "not_withdrawn",
            "failed",
            reason,
            _BITSTRING,
            f"{address}, kept by {keeper}" if is_kept_by_another else address,
        )
    _trust(found, address, web.get(address), is_kept_by_another=is_kept_by_another)
    if is_kept_by_another:
        return Check("not_withdrawn", "passed", KEPT_BY_ANOTHER, _BITSTRING, keeper)
    return Check("not_withdrawn", "passed", "", _BITSTRING, address)


def _trust(found: Secured, address: str, answer: Fetched, *, is_kept_by_another: bool) -> None:
    """That a list may be believed when it says nothing of the badge; raises UnknownStatus.

    The badge as it was signed names its *address*. Whoever signs there is chosen by the issuer, as long as nobody sends
    us elsewhere; the issuer's own list is the issuer's wherever it stands. Its id, which it may have (Bitstring Status
    List 1.0, 2.2), proves no more: whoever has the address could write it, and lists move (Digital Credentials Consortium).
    """
    if found.bound.outcome != "passed" or found.hidden or found.says_unsigned:
        raise UnknownStatus(why_not_proven(found.bound.reason), found.bound.reason)
    if "end" in found.may_lack:
        raise UnknownStatus("status-unsupported", "a list whose end may be left out")
    if is_kept_by_another and not hosts.speaks_for(answer, address):
        raise UnknownStatus("redirected-elsewhere", f"{address}: {answer.address}")


def _address(value: Any) -> str:
    address = texts.address(value)
    if not texts.is_link(address):
        raise UnknownStatus("status-malformed", str(value)[:80])
    return address


def _number(value: Any) -> int:
    """*value* as a place or a size, be it written as a number, with a fraction of nothing, or in quotes: it is signed alike."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    text = str(whole) if isinstance(whole, (int, str)) and not isinstance(whole, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UnknownStatus("status-malformed", f"number {value}"[:80])
    return int(text)


def answer_at(address: str, web: Web) -> Fetched:
    """What stands at the *address* of a list; raises UnknownStatus."""
    try:
        answer = web.get(address)
    except Unreachable as problem:
        raise UnknownStatus(problem.reason("status-list-unreachable"), f"{address} {problem.why}") from None
    if answer.status != 200:
        raise UnknownStatus("status-list-unreachable", f"{address} HTTP {answer.status}")
    return answer


def _list_at(address: str, web: Web) -> Secured:
    """The credential of a list, JSON, a token, or what wraps one as badges are wrapped, that is intact; raises UnknownStatus."""
    answer_at(address, web)
    return web.once((address, "list"), lambda: _verified_list(address, web))


def _verified_list(address: str, web: Web) -> Secured:
    body = answer_at(address, web).body.removeprefix(BOM_UTF8).strip()
    try:
        members = strict_json.read_object(body) if body.startswith(b"{") else None
        token = body.strip(b'"').decode("ascii") if members is None else bundles.token_within(members)
        found = _list_in(token, web) if token is not None else secured_object(members or {}, web)
    except (UnreadableBadge, UnicodeDecodeError, jws.BadSignature) as problem:
        raise UnknownStatus("status-list-unreadable", str(problem)) from None
    if found.intact.outcome != "passed":
        raise UnknownStatus(why_not_intact(found.intact), found.intact.reason)
    return found


def _list_in(text: str, web: Web) -> Secured:
    token = jws.read_token(text)
    if sd_jwt.has_digests(token):
        # Its end may be among what is not shown.
        raise UnknownStatus("status-unsupported", "a list with digests")
    return secured_token(token, web, issuer_metadata.all_keys)


def why_not_intact(intact: Check) -> str:
    """The reason of a list that is not *intact*: whether it may be so another day (unknowns.py)."""
    is_never_checked = intact.outcome == "unknown" and unknowns.FAMILIES.get(intact.reason) == "unchecked"
    return "status-list-unsupported" if is_never_checked else "status-list-not-intact"


def why_not_proven(bound: str) -> str:
    """The reason of a list of which it is not shown who signed it, for the reason *bound*: whether it may be so another day."""
    is_never_shown = unknowns.FAMILIES.get(bound) == "unchecked" and bound not in _OF_AN_OLD_KEY
    return "status-list-unsupported" if is_never_shown else "status-list-not-proven"


def _bits(found: Secured, kind: str, purpose: str, address: str, web: Web) -> bytes:
    """The bits of a list that is of this kind and purpose, and in date; raises UnknownStatus."""
    subject = texts.single(found.credential.get("credentialSubject"))
    if not isinstance(subject, dict) or SUBJECTS[kind] not in texts.listed(subject.get("type")):
        raise UnknownStatus("status-list-of-another-kind")
    if kind != "RevocationList2020Status" and purpose not in texts.listed(subject.get("statusPurpose")):
        raise UnknownStatus("status-list-of-another-purpose", str(subject.get("statusPurpose")))
    begun = (dates.begun(begin, web.now, _BITSTRING) for begin in found.beginnings)
    not_ended = (dates.not_ended(end, web.now, _BITSTRING) for end in found.ends)
    for check in (*begun, *not_ended):
        if check.outcome != "passed":
            raise UnknownStatus("status-list-out-of-date", check.detail)
    return web.once((address, "bits"), lambda: _decompressed(subject.get("encodedList")))


def _decompressed(encoded: Any) -> bytes:
    # Before 2024 the standard said only "base-64": some issuers write its other alphabet. RevocationList2020 packs with zlib.
    text = encoded.rstrip("=").translate(_TO_BASE64URL) if isinstance(encoded, str) else ""
    unpacker = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    try:
        # Bitstring Status List writes multibase `u`; its forerunners wrote none. gzip begins as H4sI, zlib as eJ or eN.
        bits = unpacker.decompress(multibase.from_base64url(text.removeprefix("u")), _LARGEST_LIST)
    except (ValueError, zlib.error) as problem:
        raise UnknownStatus("status-list-unreadable", str(problem)) from None
    if not unpacker.eof:
        raise UnknownStatus("status-list-too-long" if len(bits) == _LARGEST_LIST else "status-list-unreadable")
    # The standard wants 131,072 entries, for the privacy of those in the list; shorter ones are in use (12,500 bytes
    # at the Digital Credentials Consortium) and say what they say.
    return bits


def _in_plain_list(entry: Mapping[str, Any], credential: Mapping[str, Any], web: Web) -> Check:
    address = _address(entry.get("id"))
    answer = answer_at(address, web)
    if not hosts.speaks_for(answer, address):
        # Nobody signed it: it is the issuer's word only where the issuer sent us.
        raise UnknownStatus("redirected-elsewhere", f"{address}: {answer.address}")
    try:
        members = strict_json.read_object(answer.body)
    except UnreadableBadge as problem:
        raise UnknownStatus("status-list-unreadable", problem.detail) from None
    name, issuer = credential.get("id"), issuer_of(credential)
    if not isinstance(name, str) or ("issuer" in members and issuer_of(members) != issuer):
        raise UnknownStatus("status-list-of-another-issuer", str(members.get("issuer")))
    return _withdrawn_in(members, name, address)


def _withdrawn_in(members: Mapping[str, Any], name: str, address: str) -> Check:
    lists = [members[known] for known in _WITHDRAWN if known in members]
    if not lists or not all(isinstance(listed, list) for listed in lists):
        raise UnknownStatus("status-list-unreadable", f"{address} has no revokedCredential")
    withdrawn = [item for listed in lists for item in listed]
    for item in withdrawn:
        said = item if isinstance(item, dict) else {"id": item}
        if not recipients.is_false(said.get("revoked")) and _plain(said.get("id")) == _plain(name):
            reason = texts.name(said.get("revocationReason"))
            return Check("not_withdrawn", "failed", "revoked", _OB3_LIST, reason or address)
    names = [item.get("id") if isinstance(item, dict) else item for item in withdrawn]
    if not all(isinstance(item, str) for item in names):
        # It withdraws a badge, and nobody can tell which.
        raise UnknownStatus("status-list-unreadable", f"{address} has an entry without an id")
    return Check("not_withdrawn", "passed", "", _OB3_LIST, address)


def _plain(name: Any) -> str:
    found = unquote(name.strip()) if isinstance(name, str) else ""
    # The letters of a UUID have no case (RFC 9562, 4).
    return found.lower() if found.lower().startswith("urn:uuid:") else found
