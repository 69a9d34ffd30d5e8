"""SD-JWT: a token in which the issuer signed digests, and the holder shows what some of them stand for.

Only the form is looked at here: whoever signed the token is for jws.py. What is not shown stays a digest, and nothing tells
what it stands for, or whether it stands for anything: it is not shared, and that is all.
Source: Selective Disclosure for JSON Web Tokens (RFC 9901), 4, 7.1 and 8.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import examination, strict_json, texts
from . import jws, multibase

_HASHES: Mapping[str, str] = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
_MOST_DISCLOSURES = 2_000
"""As many as we read: the standard sets no end, so that one with more is not checked, and nobody changed it."""
_MOST_BRACKETS = 200_000
"""Objects and lists in all that is shown: as many as one JSON text may have (strict_json.py)."""
_LONGEST_PLACE, MOST_PLACES = 500, 10_000
"""Characters of a JSON pointer, and how many of them are told."""
_RESERVED = frozenset({"_sd", "..."})
_MAY_NAME_A_DIGEST = (b"_sd", b'"..."', b"\\u00")
"""What stands in each JSON text that has digests, however the names of their members are escaped."""


class BadDisclosure(jws.BadSignature):
    """What is shown beside the token is not what was signed in it, or not once."""


@dataclass(frozen=True, slots=True)
class SdJwt:
    """The parts of an SD-JWT, not yet verified (4)."""

    token: str
    """What the issuer signed, a compact JWS."""
    disclosures: tuple[str, ...]
    """What is shown, as it is written: that is what was hashed."""
    key_binding: str
    """The compact JWS by which the holder showed that the key in `cnf` is theirs, "" for none."""

    @property
    def presented(self) -> str:
        """All but the key binding: what its `sd_hash` is made of (4.3.1)."""
        return "~".join([self.token, *self.disclosures, ""])


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What the token says with what is shown in its places."""

    claims: dict[str, Any]
    not_shared: tuple[str, ...] = ()
    """JSON pointers of the objects and lists in which a digest stands for what is not shown, or for nothing (4.2.7): once for
    each digest."""


def is_sd_jwt(text: str) -> bool:
    """Whether *text* is written as one: a token, and a tilde behind it and behind each disclosure."""
    token, tilde, _ = text.partition("~")
    return tilde != "" and texts.is_token(token)


def has_digests(token: jws.Token) -> bool:
    """Whether something in what *token* says stands behind a digest (4.2.4); one that is broken has none."""
    try:
        return any(sign in token.payload for sign in _MAY_NAME_A_DIGEST) and _names_a_digest(token.claims)
    except (examination.UnreadableBadge, jws.BadSignature):
        return False


def _names_a_digest(claims: Mapping[str, Any]) -> bool:
    left: list[Any] = [claims]
    while left:
        match left.pop():
            case {"_sd": list()}:
                return True
            case {"...": str(), **others} if not others:
                return True
            case dict(members):
                left += members.values()
            case list(items):
                left += items
    return False


def read_sd_jwt(text: str) -> SdJwt:
    """The parts of *text*, that is one (signed_texts.py); raises BadDisclosure, or Unsupported for too many."""
    if "~" not in text:
        return SdJwt(text, (), "")
    token, *disclosures, key_binding = text.split("~")
    if len(disclosures) > _MOST_DISCLOSURES:
        raise jws.Unsupported("too-many-disclosures", str(len(disclosures)))
    if key_binding and not texts.is_token(key_binding):
        raise BadDisclosure("disclosure-malformed", "no tilde at the end, and no key binding")
    return SdJwt(token, tuple(disclosures), key_binding)


def disclosed(claims: Mapping[str, Any], disclosures: Iterable[str]) -> Disclosed:
    """*claims* as a token writes them, with the *disclosures* in the places of their digests (7.1, 3).

    Raises BadDisclosure where one is no disclosure, stands there twice, belongs to no digest, or says again what is said
    already; and Unsupported for a hash that we do not know, or for more, or deeper, than we read.
    """
    hash_name = _hash_name(claims)
    weaving = _Weaving(_by_digest(disclosures, hash_name))
    woven = weaving.members({name: value for name, value in claims.items() if name != "_sd_alg"}, None, 1)
    if weaving.shown:
        raise BadDisclosure("disclosure-left-over", str(len(weaving.shown)))
    return Disclosed(woven, tuple(weaving.not_shared))


def undisclosed(claims: Mapping[str, Any]) -> dict[str, Any]:
    """*claims* as a token writes them, without its digests: what is left where what is shown beside it is not to be believed."""
    return {name: value for name, value in claims.items() if name not in {"_sd", "_sd_alg"}}


def digest_of(text: str, claims: Mapping[str, Any]) -> str:
    """The digest of *text* by the hash that *claims* name (4.1.1); raises Unsupported."""
    return _digest(text, _hash_name(claims))


def _hash_name(claims: Mapping[str, Any]) -> str:
    algorithm = claims.get("_sd_alg", "sha-256")
    if not isinstance(algorithm, str) or algorithm not in _HASHES:
        raise jws.Unsupported("hash-unsupported", str(algorithm)[:40])
    return _HASHES[algorithm]


def _digest(text: str, hash_name: str) -> str:
    return multibase.to_base64url(hashlib.new(hash_name, text.encode()).digest())


def _by_digest(disclosures: Iterable[str], hash_name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    brackets = 0
    for written in disclosures:
        digest = _digest(written, hash_name)
        if digest in found:
            raise BadDisclosure("disclosure-twice")
        try:
            content = multibase.from_base64url(written)
            brackets += content.count(b"[") + content.count(b"{")
            if brackets > _MOST_BRACKETS:
                raise jws.Unsupported("too-many-disclosures", f"more than {_MOST_BRACKETS} objects and lists")
            read = strict_json.read_value(content)
        except (ValueError, examination.DamagedFile):
            raise BadDisclosure("disclosure-malformed") from None
        if not isinstance(read, list) or len(read) not in {2, 3} or not isinstance(read[0], str):
            raise BadDisclosure("disclosure-malformed")
        found[digest] = read
    return found


_Place = tuple["_Place", str] | None
"""Where something stands: in what, and under which name; None for the whole."""


@dataclass(slots=True)
class _Weaving:
    """Puts what is shown in the places of its digests, each once."""

    shown: dict[str, list[Any]]
    """By digest, what has not been put anywhere yet."""
    not_shared: list[str] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)
    _told: tuple[_Place, str] = (None, "")
    """The last place that was told, which others share, and its pointer."""

    def members(self, written: Mapping[str, Any], place: _Place, depth: int) -> dict[str, Any]:
        """An object, with the members that are shown of it."""
        if depth > strict_json.DEEPEST:
            raise jws.Unsupported("disclosures-too-deep", f"more than {strict_json.DEEPEST} levels")
        if "..." in written:
            raise BadDisclosure("disclosure-malformed", "... outside of a list")
        woven = {
            name: self._value(value, (place, name), depth) if isinstance(value, dict | list) else value
            for name, value in written.items()
            if name != "_sd"
        }
        digests = written.get("_sd", [])
        if not isinstance(digests, list):
            raise BadDisclosure("disclosure-malformed", "_sd")
        for _salt, name, value in self._found(digests, place, 3):
            if not isinstance(name, str) or name in _RESERVED or name in woven:
                raise BadDisclosure("disclosure-says-again", str(name)[:80])
            woven[name] = self._value(value, (place, name), depth)
        return woven

    def _value(self, value: Any, place: _Place, depth: int) -> Any:
        if isinstance(value, dict):
            return self.members(value, place, depth + 1)
        return self._items(value, place, depth + 1) if isinstance(value, list) else value

    def _items(self, written: list[Any], place: _Place, depth: int) -> list[Any]:
        if depth > strict_json.DEEPEST:
            raise jws.Unsupported("disclosures-too-deep", f"more than {strict_json.DEEPEST} levels")
        woven: list[Any] = []
        for item in written:
            if isinstance(item, dict) and item.keys() == {"..."}:
                for _salt, value in self._found([item["..."]], place, 2):
                    woven.append(self._value(value, (place, str(len(woven))), depth))
            elif isinstance(item, dict | list):
                woven.append(self._value(item, (place, str(len(woven))), depth))
            else:
                woven.append(item)
        return woven

    def _found(self, digests: list[Any], place: _Place, length: int) -> Iterator[list[Any]]:
        """The disclosures of *digests* that are shown; how many are not is noted for *place*."""
        for digest in digests:
            if not isinstance(digest, str) or digest in self._met:
                raise BadDisclosure("digest-twice" if isinstance(digest, str) else "disclosure-malformed")
            self._met.add(digest)
            found = self.shown.pop(digest, None)
            if found is None:
                self.not_shared.append(self._pointer(place) if len(self.not_shared) < MOST_PLACES else "")
            elif len(found) != length:
                raise BadDisclosure("disclosure-malformed", "of a member in a list, or the other way round")
            else:
                yield found

    def _pointer(self, place: _Place) -> str:
        if place is not self._told[0]:
            self._told = place, _pointer(place)
        return self._told[1]


def _pointer(place: _Place) -> str:
    """The JSON pointer of *place* (RFC 6901, 3): of names without end the first alone, and of an endless name its beginning."""
    names: list[str] = []
    while place is not None:
        place, name = place
        names.append(name)
    found = ""
    while names and len(found) < _LONGEST_PLACE:
        found += f"/{strict_json.pointer_part(names.pop()[:_LONGEST_PLACE])}"
    return found[:_LONGEST_PLACE]
