"""What an authenticator answered, verified: bytes of strangers in, plain facts or one refusal out.

Pure: no database, no clock. py_webauthn looks at the signature, the origin, the relying party and the flags.
What it leaves out is looked at here (docs/security.md A2): framed ceremonies, the length of a credential id,
the user handle, the backup eligibility, keys with which nobody could come back. Its counter check is left to
accounts/passkeys.py, since a counter is a signal and not a proof (docs/security.md A5).

    CeremonyFailed     the answer opens nothing: malformed, forged, framed, of another key, too late
There is one refusal only: nobody learns from it which part was wrong.

Sections named (§) are those of Web Authentication, Level 3.
"""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey, DecodedRSAPublicKey
from webauthn.helpers.structs import AuthenticatorAttachment, CredentialDeviceType

from ..settings import Settings

EDDSA = COSEAlgorithmIdentifier.EDDSA
ES256 = COSEAlgorithmIdentifier.ECDSA_SHA_256
RS256 = COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256
ALGORITHMS = [EDDSA, ES256, RS256]
"""Named here, because the library's own list changes with its releases."""
CREDENTIAL_ID_LIMIT = 1023
"""Bytes (§7.1: a longer one fails the ceremony)."""
RSA_BYTES = range(256, 513)
"""From 2048 to 4096 bits: authenticators make no others, and longer ones only cost us time."""
ATTACHMENTS = [one.value for one in AuthenticatorAttachment]
ATTESTATIONS = {"none", "packed"}
"""None is asked for; a self attestation ("packed") may pass through the browser as it is (§5.1.3)."""


class CeremonyFailed(Exception):  # what happened, not a fault of ours
    """The answer opens nothing; its text is for tests and logs, never for whoever sent the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key that was made for us just now."""

    credential_id: bytes
    public_key: bytes
    """In COSE (RFC 9052)."""
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: list[str]
    aaguid: str
    attachment: str
    """ "platform": in the device itself; "cross-platform": beside it; "": not told."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key was used just now: what its authenticator says of it since."""

    sign_count: int
    backed_up: bool


def challenge_in(answer: dict[str, Any]) -> bytes:
    """The challenge that *answer* claims to answer, from what the authenticator signed; raises CeremonyFailed."""
    with _one_refusal():
        return base64url_to_bytes(_client_data(answer)["challenge"])


def credential_id_in(answer: dict[str, Any]) -> bytes:
    """The id of the key that *answer* claims to show; raises CeremonyFailed."""
    with _one_refusal():
        return base64url_to_bytes(answer["rawId"])


def verify_registration(answer: dict[str, Any], *, expected_challenge: bytes, settings: Settings) -> NewKey:
    """The key that *answer* brings, made for us just now; raises CeremonyFailed. Source: §7.1."""
    with _one_refusal():
        _refuse_frames(answer)
        answer = _of_known_attachment(answer)
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=expected_challenge,
            expected_rp_id=settings.host,
            expected_origin=settings.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        sent = parse_registration_credential_json(answer)
        _refuse_unless(verified.fmt in ATTESTATIONS, "an attestation nobody asked for")
        _refuse_unless(sent.raw_id == verified.credential_id, "two credential ids")
        _refuse_unless(len(verified.credential_id) <= CREDENTIAL_ID_LIMIT, "a credential id too long")
        _refuse_weak(verified.credential_public_key)
        return NewKey(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            backup_eligible=verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
            backed_up=verified.credential_backed_up,
            transports=sorted({transport.value for transport in sent.response.transports or ()}),
            aaguid=verified.aaguid,
            attachment=sent.authenticator_attachment.value if sent.authenticator_attachment else "",
        )


def verify_authentication(
    answer: dict[str, Any],
    *,
    expected_challenge: bytes,
    expected_handle: bytes,
    is_known: bool = False,
    public_key: bytes,
    backup_eligible: bool,
    settings: Settings,
) -> KeyUse:
    """Whether *answer* shows the key of that holder, used just now; raises CeremonyFailed. Source: §7.2.

    *is_known* says that the holder was known before the ceremony began.
    """
    with _one_refusal():
        _refuse_frames(answer)
        # Where nobody was known the handle must be there; where it is, it must be the holder's (§7.2, step 6).
        told = answer["response"].get("userHandle")
        if told is not None or not is_known:
            handle = base64url_to_bytes(told)
            _refuse_unless(hmac.compare_digest(handle, expected_handle), "the handle of somebody else")
        verified = verify_authentication_response(
            credential=_of_known_attachment(answer),
            expected_challenge=expected_challenge,
            expected_rp_id=settings.host,
            expected_origin=settings.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # not the library's to judge: it would lock out on a signal
            require_user_verification=True,
        )
        eligible = verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE
        _refuse_unless(eligible == backup_eligible, "the backup eligibility changed")
        return KeyUse(verified.new_sign_count, verified.credential_backed_up)


@contextmanager
def _one_refusal() -> Iterator[None]:
    """Around everything that touches bytes of strangers: whatever they bring about is the same (docs/security.md A8)."""
    try:
        yield
    except CeremonyFailed:
        raise
    except Exception as problem:
        raise CeremonyFailed(type(problem).__name__) from problem


def _refuse_unless(fits: bool, why: str) -> None:
    if not fits:
        raise CeremonyFailed(why)


def _client_data(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    _refuse_unless(isinstance(found, dict), "client data that is not an object")
    return found


def _of_known_attachment(answer: dict[str, Any]) -> dict[str, Any]:
    """*answer*, where it names a kind of attachment that is not known here as if it named none (§5.1, authenticatorAttachment)."""
    named = answer.get("authenticatorAttachment")
    return answer | {"authenticatorAttachment": named if named in ATTACHMENTS else None}


def _refuse_frames(answer: dict[str, Any]) -> None:
    """A ceremony inside somebody else's page is none of ours (§7.1 and §7.2: crossOrigin, topOrigin)."""
    client_data = _client_data(answer)
    framed = client_data.get("crossOrigin", False) is not False or "topOrigin" in client_data
    _refuse_unless(not framed, "a framed ceremony")


def _refuse_weak(public_key: bytes) -> None:
    """No key with which nobody could come back, and none whose kind does not fit its algorithm (RFC 9053, 2)."""
    key = decode_credential_public_key(public_key)
    if isinstance(key, DecodedRSAPublicKey):
        _refuse_unless(key.alg == RS256 and len(key.n) in RSA_BYTES and len(key.e) <= 8, "a weak key")
    if isinstance(key, DecodedEC2PublicKey):
        fits = key.alg == ES256 and key.crv == COSECRV.P256 and len(key.x) == len(key.y) == 32
        _refuse_unless(fits, "a key of another kind")
    decoded_public_key_to_cryptography(key)  # raises for a point off its curve
