"""The keys of this instance: one that signs, one that seals; one small file, made at the first start.

Rule 1: there is one file and it never changes. Whoever starts first makes it, whole and on the disk before anybody
reads it; two processes that start at once end with the same keys (docs/decisions.md 8).
Rule 2: nobody but its owner may read it; a file that others can read is refused, because its keys may be known. Who mounts
it as a secret, or hands it over in the environment, answers for who reads it there (settings.py): such keys are only read.
Rule 3: what is sealed for one purpose opens for that purpose alone. Losing this file loses all that was sealed, and
the identity of the instance: it belongs into every backup.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import base58
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .durable_writes import write_first

NONCE = 12
"""Bytes, random for each sealing. Source: NIST SP 800-38D, 8.2.2; good for 2^32 sealings."""
SEALED_FORM = b"\x01"
"""The first byte of all that is sealed: AES-256-GCM with the purpose as associated data."""
ED25519 = b"\xed\x01"
"""The multicodec of an Ed25519 public key. Source: Multikey, Controlled Identifiers 1.0, 2.2.2."""
OTHERS, OTHERS_WRITE = 0o077, 0o022
Seal = Callable[[bytes, str], bytes]
"""Seals, unseals or marks bytes for a purpose, as Keyring does."""


class FaultyKeys(Exception):
    """The file of keys cannot be used; the message is a sentence."""


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


class Keyring:
    """The keys at *place*; where that is a file of the wallet's own it is made when it is not there.

    Raises FaultyKeys when others than its owner can read the wallet's own file, or write to any, when nothing is given, and for
    what is no file of keys.
    """

    def __init__(self, place: KeyPlace) -> None:
        if isinstance(place, Path) and not place.exists():
            _make(place)
        keys = _read(place)
        self.signing = Ed25519PrivateKey.from_private_bytes(keys["signing"])
        self._sealing = AESGCM(keys["sealing"])
        self._marking = hmac.digest(keys["sealing"], b"marking", "sha256")

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
        return "z" + base58.b58encode(ED25519 + self.signing.public_key().public_bytes_raw()).decode("ascii")

    def did_document(self, origin: str) -> dict[str, object]:
        """Who this instance is, to be served at `/.well-known/did.json` of *origin*.

        Source: did:web method, 2.5.2 (reading); Controlled Identifiers 1.0, 2.2.2 (Multikey).
        """
        did = did_of(origin)
        key = f"{did}#{self.multikey}"
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "verificationMethod": [
                {"id": key, "type": "Multikey", "controller": did, "publicKeyMultibase": self.multikey}
            ],
            "assertionMethod": [key],
            "authentication": [key],
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


def _make(path: Path) -> None:
    """Write new keys to *path*, unless somebody else does so first."""
    keys = {"signing": Ed25519PrivateKey.generate().private_bytes_raw(), "sealing": AESGCM.generate_key(256)}
    content = json.dumps({"version": 1, **{name: base64.b64encode(key).decode() for name, key in keys.items()}})
    write_first(path, content.encode())


def make_keys(path: Path) -> None:
    """Write new keys to *path*, for whoever hands them over; raises FaultyKeys where there is something already."""
    if path.exists():
        raise FaultyKeys(f"{path} is there already, and keys are never written over.")
    _make(path)


def _read(place: KeyPlace) -> dict[str, bytes]:
    _look_who_reads(place)
    try:
        kept = json.loads(place.read_bytes())
        keys = {name: base64.b64decode(kept[name], validate=True) for name in ("signing", "sealing")}
    except OSError as problem:
        raise FaultyKeys(f"{place} cannot be read: {problem.strerror}.") from problem
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise FaultyKeys(f"{place} is not a file of keys, or it is damaged: bring it back from a backup.") from problem
    if kept.get("version") != 1 or any(len(key) != 32 for key in keys.values()):
        raise FaultyKeys(f"{place} holds keys of a kind that this wallet does not know.")
    return keys


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
