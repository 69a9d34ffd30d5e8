"""Whom a badge names, and whether that is the person who holds it.

Standards say to hash an address as it is and issuers do not: they lower it, trim it, or take it as it was typed. So
every usual spelling of every address of the person is tried. Somebody who has told no address is not refused: there
is nothing to compare, and that is unknown.

A key is another matter: whoever has it is whom the badge was handed to. But one has as many keys as exchanges, and that a
badge names another one refuses nobody; and where it names an address as well, of somebody else, their key does not make it theirs.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

from . import hosts, texts
from .badge import Recipient
from .examination import Check
from .proofs import dids, keys, multibase

_TYPES = {
    "email": "email",
    "emailaddress": "email",
    "url": "url",
    "telephone": "telephone",
    "phone": "telephone",
    "phonenumber": "telephone",
    "id": "id",
    "name": "name",
}
_HASH = re.compile(r"sha256\$[0-9a-f]{64}|md5\$[0-9a-f]{32}", re.IGNORECASE | re.ASCII)
_SCHEMES = {"mailto:": "email", "tel:": "telephone"}
_OF_FRANCE = re.compile(r"(?:(?:\+|00)?330?|0?)([1-9][0-9]{8})")
"""As dialled within France and as written for abroad are one number; some write the 0 of the former into the latter."""
_NOT_DIGITS = re.compile(r"[^0-9]+")
_KINDS = re.compile(
    r"(?P<did>did:.*)|(?P<url>.*://.*)|(?P<email>.*@.*)|(?P<telephone>\+?[0-9][0-9 ().-]{5,30})", re.ASCII | re.DOTALL
)
"""The kinds of address, the first that fits; all else is an id."""
_PUBLIC = ("crv", "e", "kty", "n", "x", "y")
"""The members of a JSON Web Key that are the key (RFC 7638, 3.2)."""
_LONGEST_SALT = 2_000
"""Characters: a longer one is hashed with no address, and says of none that it is somebody else's."""
_COMPARABLE = frozenset({"email", "url", "telephone", "id"})


def recipient(type_: Any, identity: Any, hashed: Any = None, salt: Any = None) -> Recipient | None:
    """A recipient out of the members of an IdentityObject (OB 2.0, IdentityObject; 3.0, IdentityObject), or None.

    `hashed` may be missing: what begins as `sha256$` or `md5$` was hashed.
    """
    if isinstance(identity, int | float) and not isinstance(identity, bool):
        identity = texts.number_text(identity)  # a telephone number is signed alike without its quotes
    if not isinstance(identity, str) or not identity.strip():
        return None
    if isinstance(salt, int) and not isinstance(salt, bool):
        salt = str(salt)  # of digits alone, it was hashed as a text and written as a number (PHP, JSON_NUMERIC_CHECK)
    word = texts.name(type_) if isinstance(type_, str) else ""
    salt = salt if isinstance(salt, str) else ""
    is_hashed = is_true(hashed) or (not is_false(hashed) and identity.lower().startswith(("sha256$", "md5$")))
    return Recipient(
        type=_TYPES.get(word.lower(), word) or ("email" if is_hashed else _kind(identity)),
        identity=texts.name(identity),
        hashed=is_hashed,
        salt=salt[: _LONGEST_SALT + 1],
    )


def is_true(written: Any) -> bool:
    """Whether *written* is true: as a typed literal it may stand in quotes, and is signed alike (XML Schema, boolean)."""
    return written is True or written == "true"


def is_false(written: Any) -> bool:
    """Whether *written* is false, in quotes or without."""
    return written is False or written == "false"


def subject(identifier: Any) -> Recipient | None:
    """A recipient out of the id of a credentialSubject: `mailto:` is an e-mail address, all else an id, or None."""
    found = texts.address(identifier)
    if not found:
        return None
    scheme, colon, rest = found.partition(":")
    if kind := _SCHEMES.get(scheme.lower() + colon):
        # Within an address `+` may be written `%2B`, and what writes addresses writes `@` so, too (RFC 6068, 2).
        return Recipient(type=kind, identity=texts.name(unquote(rest)))
    return Recipient(type="id", identity=found)


def holder_key(confirmation: Any) -> Recipient | None:
    """A recipient out of `cnf` (RFC 7800, 3), the key to which a token is bound, as a DID; None where it is another kind of claim."""
    match confirmation:
        case {"jwk": {"kty": str()} as jwk}:
            public = {name: jwk[name] for name in _PUBLIC if isinstance(jwk.get(name), str)}
            written = json.dumps(public, separators=(",", ":")).encode()
            return Recipient(type="id", identity=f"did:jwk:{multibase.to_base64url(written)}")
        case {"kid": str(name)} if dids.is_a_key(name):
            return subject(dids.split(name)[0])
    return None


def named_to_me(recipients: Collection[Recipient], addresses: Collection[str], source: str) -> Check:
    """Whether one of *addresses* (e-mail addresses, web addresses, telephone numbers, DIDs) is a recipient.

    Failed only when the person has told addresses of the kind that the badge names, and none of them is named. What
    passed tells in its detail which of them it is.
    """
    comparable = [recipient for recipient in recipients if recipient.type in _COMPARABLE or recipient.hashed]
    if not comparable:
        return Check("named_to_me", "unknown", "names-nobody-to-compare", source)
    if not addresses:
        return Check("named_to_me", "unknown", "no-address-told", source)
    theirs = [address for address in addresses if not dids.is_a_key(address)]
    named = _first_named(comparable, theirs)
    own_key = _first_named(comparable, [address for address in addresses if dids.is_a_key(address)])
    others = [recipient for recipient in comparable if own_key is None or not _names(recipient, own_key)]
    if named is None and _is_of_somebody_else(others, theirs):
        return Check("named_to_me", "failed", "named-to-someone-else", source, others[0].type)
    named = named or own_key
    if named is not None:
        return Check("named_to_me", "passed", "", source, named)
    return Check("named_to_me", "unknown", "no-address-of-that-kind", source, comparable[0].type)


def _first_named(recipients: Collection[Recipient], addresses: Collection[str]) -> str | None:
    return next((address for recipient in recipients for address in addresses if _names(recipient, address)), None)


def _is_of_somebody_else(recipients: Collection[Recipient], addresses: Collection[str]) -> bool:
    """Whether none of *addresses* is named although there is one of each kind that is."""
    kinds = {_kind(address) for address in addresses}
    # A hash of a kind or a length that nobody makes matches nobody: there we could not have known.
    are_sound = all(_is_comparable(recipient) for recipient in recipients if recipient.hashed)
    return bool(recipients) and are_sound and all(_kind_of(recipient) in kinds for recipient in recipients)


def _names(recipient: Recipient, address: str) -> bool:
    if dids.is_a_key(address) or (dids.is_a_key(recipient.identity) and not recipient.hashed):
        return not recipient.hashed and _are_one_key(recipient.identity, address)
    if recipient.hashed:
        return _hashes_to(recipient, address)
    if recipient.type == "telephone":
        is_number = _kind(address) in {"telephone", "id"}  # the digits of a mailbox are nobody's number
        return is_number and not _numbers(recipient.identity).isdisjoint(_numbers(address))
    return not _spellings(recipient.identity).isdisjoint(_spellings(address))


def _are_one_key(one: str, other: str) -> bool:
    """Whether two DIDs are the same key, however each writes it."""
    one, other = dids.split(one)[0], dids.split(other)[0]
    if one == other or not (dids.is_a_key(one) and dids.is_a_key(other)):
        return one == other
    try:
        return dids.key_in(one) == dids.key_in(other)
    except keys.UnusableKey:
        return False


def _is_comparable(hashed: Recipient) -> bool:
    return _HASH.fullmatch(hashed.identity) is not None and len(hashed.salt) <= _LONGEST_SALT


def _hashes_to(recipient: Recipient, address: str) -> bool:
    if not _is_comparable(recipient):
        return False
    algorithm, _, wanted = recipient.identity.lower().partition("$")
    salted = ((spelling + recipient.salt).encode(errors="replace") for spelling in _spellings(address))
    return any(hashlib.new(algorithm, text, usedforsecurity=False).hexdigest() == wanted for text in salted)


def _spellings(address: str) -> set[str]:
    """Every usual spelling of *address* (badge-engine: as typed, trimmed, lowered, the domain lowered, NFC; with the capitals that
    phones and lists of people give; a number as it is dialled and as E.164 writes it; a site with and without the last slash, which
    are one: RFC 3986, 6.2.3; an accent as one letter or as two signs, as some systems write it)."""
    found = {address, address.strip(), address.strip().removeprefix("mailto:")}
    found |= _numbers(address) if _kind(address) == "telephone" else set()
    found |= {_with_lower_domain(spelling) for spelling in found}
    found |= {_with_other_domain(spelling) for spelling in found if _kind(spelling) == "email"}
    found |= {spelling.lower() for spelling in found}
    found |= {way for spelling in found if "@" in spelling for way in _with_capitals(spelling)}
    found |= {spelling.rstrip("/") + end for spelling in found if "://" in spelling for end in ("", "/")}
    found |= {unicodedata.normalize(form, spelling) for spelling in found for form in ("NFC", "NFD")}
    return {spelling.encode(errors="replace").decode() for spelling in found}


def _numbers(address: str) -> set[str]:
    """The number of *address* without what parts its digits, from abroad and, of France, from within; none where it has no digit."""
    digits = _NOT_DIGITS.sub("", address)
    if not digits:
        return set()
    plus = "+" if address.strip().removeprefix("tel:").startswith("+") else ""
    if found := _OF_FRANCE.fullmatch(plus + digits):
        return {start + found[1] for start in ("+33", "0033", "33", "0")}
    if plus or digits.startswith("00"):
        return {start + (digits if plus else digits[2:]) for start in ("+", "00", "")}
    return {digits, f"0{digits.removeprefix('0')}"}


def _with_lower_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _with_other_domain(address: str) -> str:
    """*address* with its domain as mail servers read it, or as people do (RFC 5891, 2.3.2.1): a browser may send what somebody
    typed in ASCII, and what was hashed may be either."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{hosts.other_spelling(domain)}"


def _with_capitals(address: str) -> set[str]:
    """*address* as a phone begins it, as a list of people has it (`Maria.Costa@Gmail.com`; a spreadsheet, `@Gmail.Com`), and in
    capitals alone."""
    local, at, domain = address.rpartition("@")
    ends = (domain, domain[:1].upper() + domain[1:], domain.title())
    ways = {f"{name}{at}{end}" for name in (local, local[:1].upper() + local[1:], local.title()) for end in ends}
    # `SS` may be of another one than `ß`
    return {way for way in ways | {address.upper()} if way.lower() == address.lower()}


def _kind_of(recipient: Recipient) -> str:
    return _kind(recipient.identity) if recipient.type == "id" and not recipient.hashed else recipient.type


def _kind(address: str) -> str:
    found = _KINDS.fullmatch(address.strip().lower())
    return (found and found.lastgroup) or "id"
