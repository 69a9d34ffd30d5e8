"""SD-JWT: a token in which the issuer signed digests, and the holder shows what some of them stand for.

Only the form is looked at here: whoever signed the token is for jws.py. What is not shown stays a digest, and nothing tells
what it stands for, or whether it stands for anything: it is not shared, and that is all.
Source: Selective Disclosure for JSON Web Tokens (RFC 9901), 4 and 7.1.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import examination, strict_json, texts
from . import jws, multibase

_HASHES: Mapping[str, str] = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
_MOST_DISCLOSURES = 2_000
_RESERVED = frozenset({"_sd", "..."})


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
    hidden: int
    """Digests that stand for what is not shown, or for nothing (4.2.7)."""


def is_sd_jwt(text: str) -> bool:
    """Whether *text* is written as one: a token, and a tilde behind it and behind each disclosure."""
    token, tilde, _ = text.partition("~")
    return tilde != "" and texts.is_token(token)


def read_sd_jwt(text: str) -> SdJwt:
    """The parts of *text*, for which `is_sd_jwt` holds; raises BadDisclosure."""
    token, *disclosures, key_binding = text.split("~")
    if len(disclosures) > _MOST_DISCLOSURES:
        raise BadDisclosure("too-many-disclosures", str(len(disclosures)))
    if key_binding and not texts.is_token(key_binding):
        raise BadDisclosure("disclosure-malformed", "no tilde at the end, and no key binding")
    return SdJwt(token, tuple(disclosures), key_binding)


def disclosed(claims: Mapping[str, Any], disclosures: Iterable[str]) -> Disclosed:
    """*claims* as a token writes them, with the *disclosures* in the places of their digests (7.1, 3).

    Raises BadDisclosure where one is no disclosure, stands there twice, belongs to no digest, or says again what is said
    already; and Unsupported for a hash that we do not know.
    """
    algorithm = claims.get("_sd_alg", "sha-256")
    if not isinstance(algorithm, str) or algorithm not in _HASHES:
        raise jws.Unsupported("hash-unsupported", str(algorithm)[:40])
    weaving = _Weaving(_by_digest(disclosures, _HASHES[algorithm]))
    woven = weaving.members({name: value for name, value in claims.items() if name != "_sd_alg"}, 1)
    if weaving.shown:
        raise BadDisclosure("disclosure-left-over", str(len(weaving.shown)))
    return Disclosed(woven, weaving.hidden)


def _by_digest(disclosures: Iterable[str], hash_name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for written in disclosures:
        digest = multibase.to_base64url(hashlib.new(hash_name, written.encode()).digest())
        if digest in found:
            raise BadDisclosure("disclosure-twice")
        try:
            read = strict_json.read_value(multibase.from_base64url(written))
        except (ValueError, examination.DamagedFile):
            raise BadDisclosure("disclosure-malformed") from None
        if not isinstance(read, list) or len(read) not in {2, 3} or not isinstance(read[0], str):
            raise BadDisclosure("disclosure-malformed")
        found[digest] = read
    return found


@dataclass(slots=True)
class _Weaving:
    """Puts what is shown in the places of its digests, each once."""

    shown: dict[str, list[Any]]
    """By digest, what has not been put anywhere yet."""
    hidden: int = 0
    _met: set[str] = field(default_factory=set)

    def members(self, written: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """An object, with the members that are shown of it."""
        if depth > strict_json.DEEPEST:
            raise BadDisclosure("disclosure-malformed", f"more than {strict_json.DEEPEST} levels")
        if "..." in written:
            raise BadDisclosure("disclosure-malformed", "... outside of a list")
        woven = {name: self._value(value, depth) for name, value in written.items() if name != "_sd"}
        digests = written.get("_sd", [])
        if not isinstance(digests, list):
            raise BadDisclosure("disclosure-malformed", "_sd")
        for digest in digests:
            for _salt, name, value in self._found(digest, 3):
                if not isinstance(name, str) or name in _RESERVED or name in woven:
                    raise BadDisclosure("disclosure-says-again", str(name)[:80])
                woven[name] = self._value(value, depth)
        return woven

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return self.members(value, depth + 1)
        return self._items(value, depth + 1) if isinstance(value, list) else value

    def _items(self, written: list[Any], depth: int) -> list[Any]:
        if depth > strict_json.DEEPEST:
            raise BadDisclosure("disclosure-malformed", f"more than {strict_json.DEEPEST} levels")
        woven = []
        for item in written:
            if isinstance(item, dict) and item.keys() == {"..."}:
                woven += [self._value(value, depth) for _salt, value in self._found(item["..."], 2)]
            else:
                woven.append(self._value(item, depth))
        return woven

    def _found(self, digest: Any, length: int) -> list[list[Any]]:
        """The disclosure of *digest* in a list, none where it is not shown."""
        if not isinstance(digest, str) or digest in self._met:
            raise BadDisclosure("digest-twice" if isinstance(digest, str) else "disclosure-malformed")
        self._met.add(digest)
        found = self.shown.pop(digest, None)
        if found is None:
            self.hidden += 1
            return []
        if len(found) != length:
            raise BadDisclosure("disclosure-malformed", "of a member in a list, or the other way round")
        return [found]
