"""The keys of this instance: one that signs, one that seals; one small file, made at the first start.

Rule 1: there is one file. Whoever starts first makes it, whole and on the disk before anybody reads it; two processes that
start at once end with the same keys. The key that seals never changes; the one that signs only by `replace_signing_key`
(docs/decisions.md 8).
Rule 2: nobody but its owner may read it; a file that others can read is refused, because its keys may be known. Who mounts
it as a secret, or hands it over in the environment, answers for who reads it there (settings.py): such keys are only read.
Rule 3: what is sealed for one purpose opens for that purpose alone. Losing this file loses all that was sealed, and
the identity of the instance: it belongs into every backup.
Rule 4: a key that signed and was retired stays in the did document, so that what it signed verifies; one that somebody else may
have leaves it. Of a former key the file holds the public half alone.

The file is JSON: `version`, `signing` and `sealing` (base64). In version 2 stand also `former` (multikeys, the newest first) and
`edition`, a number that grows; the first file is of version 1, edition 0, so that wallets of before read it, too.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import base58
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .durable_writes import lock_folder, write_first, write_whole

NONCE = 12
"""Bytes, random for each sealing. Source: NIST SP 800-38D, 8.2.2; good for 2^32 sealings."""
SEALED_FORM = b"\x01"
"""The first byte of all that is sealed: AES-256-GCM with the purpose as associated data."""
ED25519 = b"\xed\x01"
"""The multicodec of an Ed25519 public key. Source: Multikey, Controlled Identifiers 1.0, 2.2.2."""
KEY = 32
"""Bytes of either key, and of the public half of the one that signs. Source: RFC 8032, 5.1.5; FIPS 197, 5."""
MOST_FORMER = 100
"""Keys that a did document lists beside the one that signs."""
OTHERS, OTHERS_WRITE = 0o077, 0o022
Seal = Callable[[bytes, str], bytes]
"""Seals, unseals or marks bytes for a purpose, as Keyring does."""


class FaultyKeys(Exception):
    """The file of keys cannot be used; the message is a sentence."""


class UnknownVersion(ValueError):
    """A file of keys of a newer wallet."""


class Unsealable(Exception):
    """These bytes were not sealed by this instance for this purpose, or they were changed."""


class Given(Protocol):
    """Keys that are handed over by whoever starts the wallet (settings.py): never made, changed or removed here."""

    @property
    def path(self) -> Path | None:
        """Of a file; None for what stands nowhere on a disk."""

    def exists(self) -> bool:
        """Whether there is anything."""

    def read_bytes(self) -> bytes:
        """The content of the file of keys; raises OSError."""


KeyPlace = Path | Given
"""Where the keys of an instance are: a file that is the wallet's own, or what it is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """What a file of keys holds."""

    signing: bytes = field(repr=False)
    sealing: bytes = field(repr=False)
    former: tuple[str, ...] = ()
    edition: int = 0

    @property
    def multikey(self) -> str:
        return multikey_of(Ed25519PrivateKey.from_private_bytes(self.signing))

    @property
    def written(self) -> bytes:
        keys = {"signing": self.signing, "sealing": self.sealing}
        coded = {name: base64.b64encode(key).decode() for name, key in keys.items()}
        more = {"former": self.former, "edition": self.edition} if self.edition else {}
        return json.dumps({"version": 2 if self.edition else 1, **coded, **more}).encode()


class Keyring:
    """The keys at *place*; where that is a file of the wallet's own it is made when it is not there.

    Raises FaultyKeys when others than its owner can read the wallet's own file, or write to any, when nothing is given, and for
    what is no file of keys.
    """

    def __init__(self, place: KeyPlace) -> None:
        if isinstance(place, Path) and not place.exists():
            _make(place)
        keys = _read(place)
        self.signing = Ed25519PrivateKey.from_private_bytes(keys.signing)
        self.former = keys.former
        self._sealing = AESGCM(keys.sealing)
        self._marking = hmac.digest(keys.sealing, b"marking", "sha256")

    def seal(self, content: bytes, purpose: str) -> bytes:
        """*content*, readable again by `unseal` with the same *purpose* only; each time other bytes."""
        nonce = secrets.token_bytes(NONCE)
        return SEALED_FORM + nonce + self._sealing.encrypt(nonce, content, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for *purpose*; raises Unsealable for anything else."""
        form, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
        if form != SEALED_FORM or len(nonce) < NONCE:
            raise Unsealable(purpose)
        try:
            return self._sealing.decrypt(nonce, rest, purpose.encode())
        except InvalidTag as problem:
            raise Unsealable(purpose) from problem

    def mark(self, content: bytes, purpose: str) -> bytes:
        """32 bytes that stand for *content* and that only this instance can make, for this *purpose* always the same.

        Of a short code that is kept like this nobody finds the code by trying all. Source: RFC 2104 (HMAC-SHA256).
        """
        return hmac.digest(self._marking, purpose.encode() + b"\0" + content, "sha256")

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of *message*, 64 bytes. Source: RFC 8032, 5.1.6."""
        return self.signing.sign(message)

    @property
    def multikey(self) -> str:
        """The public half of the signing key, as in `z6Mk…`."""
        return multikey_of(self.signing)

    @property
    def published(self) -> Sequence[str]:
        """The multikeys by which anybody verifies what this instance signed: that of the signing key, then the former ones."""
        return (self.multikey, *self.former)

    def did_document(self, origin: str) -> dict[str, object]:
        """Who this instance is, to be served at `/.well-known/did.json` of *origin*.

        Source: did:web method, 2.5.2 (reading); Controlled Identifiers 1.0, 2.2.2 (Multikey).
        """
        did = did_of(origin)
        methods = [
            {"id": f"{did}#{key}", "type": "Multikey", "controller": did, "publicKeyMultibase": key}
            for key in self.published
        ]
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods],
            "authentication": [methods[0]["id"]],
        }


def unseal_or_empty(unseal: Seal, sealed: bytes, purpose: str) -> str:
    """The words that were sealed; "" for what other keys sealed: that one is lost, and nothing beside it."""
    try:
        return unseal(sealed, purpose).decode()
    except Unsealable:
        return ""


def did_of(origin: str) -> str:
    """The did:web of *origin* (scheme, host and port): a port's colon is percent-encoded. Source: did:web, 2.1."""
    return "did:web:" + quote(urlsplit(origin).netloc, safe=".-")


def multikey_of(key: Ed25519PrivateKey) -> str:
    """The public half of *key* as a Multikey. Source: Controlled Identifiers 1.0, 2.2.2."""
    return "z" + base58.b58encode(ED25519 + key.public_key().public_bytes_raw()).decode("ascii")


def is_multikey(text: object) -> bool:
    """Whether *text* is the public half of a key with which an instance signs."""
    try:
        public = base58.b58decode(text[1:]) if isinstance(text, str) and text.isascii() and text[:1] == "z" else b""
    except ValueError:
        return False
    return public.startswith(ED25519) and len(public) == len(ED25519) + KEY


def make_keys(path: Path, former: Sequence[str] = ()) -> None:
    """Write new keys to *path*, for whoever hands them over; raises FaultyKeys where there is something already.

    *former*: the multikeys of an instance that lost its keys for good, so that what they signed still verifies.
    """
    _check_former(former)
    if path.exists():
        raise FaultyKeys(f"{path} is there already, and keys are never written over.")
    _make(path, tuple(dict.fromkeys(former)))


def replace_signing_key(place: KeyPlace, known: str, *, leaves: str = "", to: Path | None = None) -> str:
    """The multikey with which the instance at *place* signs from now on; the one before stays in its did document.

    *known* is the one with which it signed when whoever asks looked: another process may have been quicker. *leaves* is one that
    somebody else may have: it leaves the document, and where it is a former one all else stays. Keys that are given are only
    read: what is new is written *to* a file, to be given in their place. Raises FaultyKeys, and nothing is changed then.
    """
    if to is not None:
        content = _changed(_read(place), known, leaves)
        if to.exists():
            raise FaultyKeys(f"{to} is there already, and keys are never written over.")
        write_first(to, content.written)
        return content.multikey
    if not isinstance(place, Path):
        raise FaultyKeys(
            f"{place} is only read here: the new keys need a file to be written to, and are given from there."
        )
    path = place.resolve()
    with lock_folder(path.parent):
        content = _changed(_read(path), known, leaves)
        write_whole(path, content.written)
    return content.multikey


def newest_keys(here: bytes, other: bytes) -> bytes | None:
    """The newer one of two files of keys of one instance; None where they are not of one, or are no such files."""
    try:
        kept, brought = _parsed(here), _parsed(other)
    except ValueError:
        return None
    if not hmac.compare_digest(kept.sealing, brought.sealing):
        return None
    return here if kept.edition >= brought.edition else other


def _changed(keys: _Kept, known: str, leaves: str) -> _Kept:
    if keys.multikey != known:
        raise FaultyKeys(f"Somebody replaced the key {known} meanwhile: nothing was changed.")
    if leaves and leaves not in (keys.multikey, *keys.former):
        raise FaultyKeys(f"{leaves} is none of the keys of this wallet: nothing was changed.")
    former = tuple(key for key in keys.former if key != leaves)
    if leaves and leaves != keys.multikey:
        return replace(keys, former=former, edition=keys.edition + 1)
    former = former if leaves else (keys.multikey, *former)
    _check_former(former)
    return replace(keys, signing=_new_signing_key(), former=former, edition=keys.edition + 1)


def _check_former(former: Sequence[str]) -> None:
    if wrong := [key for key in former if not is_multikey(key)]:
        raise FaultyKeys(f"{wrong[0]} is no public key of a wallet: such a one begins with z6Mk.")
    if len(former) > MOST_FORMER:
        raise FaultyKeys(f"A wallet has {MOST_FORMER} former keys at most.")


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def _make(path: Path, former: tuple[str, ...] = ()) -> None:
    """Write new keys to *path*, unless somebody else does so first."""
    keys = _Kept(
        signing=_new_signing_key(), sealing=AESGCM.generate_key(256), former=former, edition=1 if former else 0
    )
    write_first(path, keys.written)


def _read(place: KeyPlace) -> _Kept:
    _look_who_reads(place)
    try:
        return _parsed(place.read_bytes())
    except OSError as problem:
        raise FaultyKeys(f"{place} cannot be read: {problem.strerror}.") from problem
    except UnknownVersion as problem:
        raise FaultyKeys(f"{place} holds keys of a kind that this wallet does not know.") from problem
    except ValueError as problem:
        raise FaultyKeys(f"{place} is not a file of keys, or it is damaged: bring it back from a backup.") from problem


def _parsed(content: bytes) -> _Kept:
    """What stands in a file of keys; raises ValueError."""
    try:
        kept = json.loads(content)
        keys = {name: base64.b64decode(kept[name], validate=True) for name in ("signing", "sealing")}
        version = kept["version"]
        former, edition = (kept["former"], kept["edition"]) if version == 2 else ([], 1)
    except (KeyError, TypeError, binascii.Error) as problem:
        raise ValueError(str(problem)) from problem
    if version not in (1, 2) or any(len(key) != KEY for key in keys.values()):
        raise UnknownVersion
    if not (isinstance(former, list) and all(map(is_multikey, former)) and type(edition) is int and edition >= 1):
        raise ValueError("former keys")
    return _Kept(**keys, former=tuple(former), edition=edition if version == 2 else 0)


def _look_who_reads(place: KeyPlace) -> None:
    if not isinstance(place, Path):
        if not place.exists():
            raise FaultyKeys(f"There is nothing in {place}: wallet make-keys FILE makes keys to be given there.")
        if place.path and place.path.stat().st_mode & OTHERS_WRITE:
            raise FaultyKeys(f"{place} can be written by others than its owner: mount it for reading.")
    elif place.stat().st_mode & OTHERS:
        raise FaultyKeys(
            f"{place} can be read or written by others than its owner: its keys may be known. chmod 600 it; a secret that is"
            " mounted for reading is told as WALLET_KEYS=credential:NAME, with CREDENTIALS_DIRECTORY."
        )
