"""What an authenticator answered: the right answer is taken, and every bent one gets the same refusal."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

from tests.fixtures.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Algorithm,
    Answer,
    Key,
    bend,
    decoded,
    encoded,
    private_key,
)
from wallet.accounts.ceremonies import (
    CeremonyFailed,
    KeyUse,
    NewKey,
    challenge_in,
    credential_id_in,
    verify_authentication,
    verify_registration,
)
from wallet.settings import Settings

SETTINGS = Settings()
CHALLENGE = secrets.token_bytes(32)
HANDLE = secrets.token_bytes(64)
TO_MAKE = {"challenge": encoded(CHALLENGE), "rp": {"id": "localhost"}, "user": {"id": encoded(HANDLE)}}
TO_SHOW = {"challenge": encoded(CHALLENGE), "rpId": "localhost"}
ELSEWHERE = [
    "https://localhost:8000",
    "http://localhost:8001",
    "http://localhost:8000/",
    "http://localhost",
    "http://LOCALHOST:8000",
    "http://x.localhost:8000",
    "http://127.0.0.1:8000",
    "http://locaⅼhost:8000",
    "android:apk-key-hash:AAAA",
    "null",
    "",
]
FRAMED = [
    {"crossOrigin": True},
    {"topOrigin": "https://evil.example"},
    {"crossOrigin": False, "topOrigin": "http://localhost:8000"},
    {"crossOrigin": "false"},
    {"crossOrigin": None},
    {"crossOrigin": 1},
]
NOT_ANSWERS: list[Any] = [[], "null", 5, None, {}, {"response": []}, {"response": {}}, "[" * 100_000]


@pytest.fixture
def key() -> Key:
    """A key in somebody's phone, already made for them."""
    return Key(handle=HANDLE)


def register(answer: Any) -> NewKey:
    return verify_registration(answer, expected_challenge=CHALLENGE, settings=SETTINGS)


def authenticate(answer: Any, key: Key, *, handle: bytes = HANDLE, eligible: bool = True) -> KeyUse:
    return verify_authentication(
        answer,
        expected_challenge=CHALLENGE,
        expected_handle=handle,
        public_key=cbor2.dumps(key.public),
        backup_eligible=eligible,
        settings=SETTINGS,
    )


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_key_is_made_and_then_opens(algorithm: Algorithm) -> None:
    key = Key(algorithm=algorithm)

    made = register(key.make(TO_MAKE))
    use = authenticate(key.show(TO_SHOW), key)

    assert made.credential_id == key.credential_id
    assert made.public_key == cbor2.dumps(key.public)
    assert (made.backup_eligible, made.backed_up, made.attachment) == (True, True, "platform")
    assert made.transports == ["hybrid", "internal"]
    assert use == KeyUse(sign_count=0, backed_up=True)


def test_a_key_that_stays_in_one_phone_is_told_apart(key: Key) -> None:
    made = register(key.make(TO_MAKE, flags=PRESENT | VERIFIED, count=1))

    assert (made.backup_eligible, made.backed_up, made.sign_count) == (False, False, 1)


@pytest.mark.parametrize("named", ["worn", "", None, 5])
def test_a_key_of_an_attachment_that_nobody_knows_yet_is_one_that_names_none(key: Key, named: Any) -> None:
    """Kevin's next phone may name a new one, and still makes and shows keys (WebAuthn L3, 5.1)."""
    attached = {"authenticatorAttachment": named}

    assert register(key.make(TO_MAKE) | attached).attachment == ""
    assert authenticate(key.show(TO_SHOW) | attached, key) == KeyUse(sign_count=0, backed_up=True)


def test_an_answer_says_which_challenge_and_which_key(key: Key) -> None:
    answer = key.show(TO_SHOW)

    assert challenge_in(answer) == CHALLENGE
    assert credential_id_in(answer) == key.credential_id


@pytest.mark.parametrize("framed", FRAMED)
def test_a_ceremony_inside_somebody_elses_page_is_refused(key: Key, framed: dict[str, Any]) -> None:
    with pytest.raises(CeremonyFailed, match="framed"):
        register(key.make(TO_MAKE, client_data=framed))
    with pytest.raises(CeremonyFailed, match="framed"):
        authenticate(key.show(TO_SHOW, client_data=framed), key)


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_a_ceremony_of_another_origin_is_refused(key: Key, origin: str) -> None:
    with pytest.raises(CeremonyFailed):
        register(key.make(TO_MAKE, client_data={"origin": origin}))
    with pytest.raises(CeremonyFailed):
        authenticate(key.show(TO_SHOW, client_data={"origin": origin}), key)


@pytest.mark.parametrize(
    "bent",
    [
        pytest.param({"relying_party": "evil.example"}, id="for another relying party"),
        pytest.param({"flags": PRESENT | ELIGIBLE | BACKED_UP}, id="no finger, face or code"),
        pytest.param({"flags": VERIFIED | ELIGIBLE | BACKED_UP}, id="nobody there"),
        pytest.param({"flags": PRESENT | VERIFIED | BACKED_UP}, id="a copy of what cannot be copied"),
        pytest.param({"client_data": {"challenge": encoded(secrets.token_bytes(32))}}, id="another challenge"),
        pytest.param({"client_data": {"challenge": None}}, id="no challenge"),
        pytest.param({"client_data": {"origin": 5}}, id="a number for an origin"),
        pytest.param({"client_data": {"type": "payment.get"}}, id="another ceremony"),
    ],
)
def test_an_answer_with_one_wrong_part_is_refused(key: Key, bent: dict[str, Any]) -> None:
    with pytest.raises(CeremonyFailed):
        register(key.make(TO_MAKE, **bent))
    with pytest.raises(CeremonyFailed):
        authenticate(key.show(TO_SHOW, **bent), key)


def test_the_answer_of_one_ceremony_is_none_of_the_other(key: Key) -> None:
    with pytest.raises(CeremonyFailed):
        register(key.make(TO_MAKE, client_data={"type": "webauthn.get"}))
    with pytest.raises(CeremonyFailed):
        authenticate(key.show(TO_SHOW, client_data={"type": "webauthn.create"}), key)
    with pytest.raises(CeremonyFailed):
        authenticate(key.make(TO_MAKE), key)
    with pytest.raises(CeremonyFailed):
        register(key.show(TO_SHOW))


def test_a_signature_of_another_key_opens_nothing(key: Key) -> None:
    with pytest.raises(CeremonyFailed):
        authenticate(Key(credential_id=key.credential_id, handle=HANDLE).show(TO_SHOW), key)


def test_the_handle_must_be_there_and_be_the_holders(key: Key) -> None:
    nameless = key.show(TO_SHOW)
    nameless["response"]["userHandle"] = None

    for answer in (nameless, key.show(TO_SHOW, handle=b""), key.show(TO_SHOW, handle=secrets.token_bytes(64))):
        with pytest.raises(CeremonyFailed):
            authenticate(answer, key)


@pytest.mark.parametrize("eligible", [True, False])
def test_a_key_does_not_change_whether_it_can_be_copied(key: Key, eligible: bool) -> None:
    flags = PRESENT | VERIFIED | (0 if eligible else ELIGIBLE)

    with pytest.raises(CeremonyFailed, match="eligibility"):
        authenticate(key.show(TO_SHOW, flags=flags), key, eligible=eligible)


@pytest.mark.parametrize("length", [0, 1024, 2000])
def test_a_credential_id_of_no_length_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(CeremonyFailed):
        register(Key(credential_id=bytes(length)).make(TO_MAKE))


def test_a_credential_id_may_be_as_long_as_the_standard_allows() -> None:
    assert len(register(Key(credential_id=bytes(1023)).make(TO_MAKE)).credential_id) == 1023


def test_two_different_credential_ids_in_one_answer_are_refused(key: Key) -> None:
    other = encoded(secrets.token_bytes(32))

    for names in ({"id": other, "rawId": other}, {"id": other}, {"rawId": other}):
        with pytest.raises(CeremonyFailed):
            register({**key.make(TO_MAKE), **names})


@cache
def public(algorithm: Algorithm) -> dict[int, Any]:
    return Key(algorithm=algorithm).public


WEAK_KEYS: dict[str, Callable[[], Any]] = {
    "a point off its curve": lambda: {**public("ES256"), -3: bytes(31) + b"\x05"},
    "a point of zeros": lambda: {**public("ES256"), -2: bytes(32), -3: bytes(32)},
    "a point too long": lambda: {**public("ES256"), -2: bytes(1) + public("ES256")[-2]},
    "another curve": lambda: {**public("ES256"), -1: 2},
    "an elliptic key for RS256": lambda: {**public("ES256"), 3: -257},
    "an elliptic key for EdDSA": lambda: {**public("ES256"), 3: -8},
    "a ring for ES256": lambda: {**public("EdDSA"), 3: -7},
    "a short ring": lambda: {**public("EdDSA"), -2: bytes(31)},
    "ES384": lambda: {**public("ES256"), 3: -35},
    "RS1": lambda: {**public("RS256"), 3: -65535},
    "a short RSA key": lambda: {**public("RS256"), -1: b"\x81" * 128},
    "a giant RSA key": lambda: {**public("RS256"), -1: b"\x81" * 8000},
    "a giant exponent": lambda: {**public("RS256"), -2: b"\x81" * 256},
    "no key at all": dict,
    "a number": lambda: 4,
    "a text": lambda: "key",
    "a list in a list": lambda: [[[[1]]]],
}


@pytest.mark.parametrize("weak", WEAK_KEYS.values(), ids=WEAK_KEYS)
def test_a_key_with_which_nobody_could_come_back_is_refused(key: Key, weak: Callable[[], Any]) -> None:
    with pytest.raises(CeremonyFailed):
        register(key.make(TO_MAKE, public=weak()))


@pytest.mark.parametrize(
    "attestation",
    [
        {"attStmt": {"sig": b"1"}},
        {"fmt": "packed"},
        {"fmt": "android-key"},
        {"fmt": "tpm"},
        {"fmt": "apple"},
        {"fmt": "fido-u2f"},
        {"fmt": "surprise"},
        {"fmt": 5},
        {"authData": b""},
        {"authData": 5},
    ],
)
def test_a_broken_or_unknown_attestation_is_refused(key: Key, attestation: dict[str, Any]) -> None:
    with pytest.raises(CeremonyFailed):
        register(key.make(TO_MAKE, attestation=attestation))


def test_the_attestation_of_a_key_by_itself_is_taken(key: Key) -> None:
    """Browsers let it pass although none was asked for (WebAuthn L3, 5.1.3)."""
    plain = key.make(TO_MAKE)
    attested = cbor2.loads(decoded(plain["response"]["attestationObject"]))["authData"]
    signature = key.sign(attested + sha256(decoded(plain["response"]["clientDataJSON"])).digest())

    made = register(key.make(TO_MAKE, attestation={"fmt": "packed", "attStmt": {"alg": -7, "sig": signature}}))

    assert made.credential_id == key.credential_id


def test_an_attestation_by_the_maker_is_refused_although_it_is_right(key: Key) -> None:
    """Nobody asked who made the phone, and nobody keeps it (WebAuthn L3, 8.6: the one of a security key)."""
    maker, name = private_key("ES256"), Name([NameAttribute(NameOID.COMMON_NAME, "Fabricant d’essai")])
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    certificate = CertificateBuilder(name, name, maker.public_key(), 1, begins, ends).sign(maker, SHA256())
    plain = key.make(TO_MAKE)["response"]
    signed = sha256(b"localhost").digest() + sha256(decoded(plain["clientDataJSON"])).digest() + key.credential_id
    point = b"\x04" + key.public[-2] + key.public[-3]
    statement = {
        "x5c": [certificate.public_bytes(Encoding.DER)],
        "sig": maker.sign(b"\x00" + signed + point, ECDSA(SHA256())),
    }

    with pytest.raises(CeremonyFailed, match="nobody asked for"):
        register(key.make(TO_MAKE, attestation={"fmt": "fido-u2f", "attStmt": statement}))


@pytest.mark.parametrize("answer", NOT_ANSWERS, ids=lambda answer: repr(answer)[:20])
def test_what_is_no_answer_at_all_is_refused(key: Key, answer: Any) -> None:
    readers: tuple[Callable[[], object], ...] = (
        lambda: challenge_in(answer),
        lambda: credential_id_in(answer),
        lambda: register(answer),
        lambda: authenticate(answer, key),
    )
    for read in readers:
        with pytest.raises(CeremonyFailed):
            read()


BOMBS = {
    "nested arrays": b"\x81" * 40_000 + b"\x00",
    "nested maps": b"\xa1\x00" * 20_000 + b"\x00",
    "nested tags": b"\xc1" * 40_000 + b"\x00",
    "a text of 9 exabytes": b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
    "a list of 9 exa-entries": b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    "a giant power of ten": b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
    "a regular expression": b"\xd8\x23\x78\x08(a+)+$xx",
    "nothing": b"",
    "a number": b"\x05",
}


@pytest.mark.parametrize(("why", "bomb"), BOMBS.items())
def test_a_bomb_instead_of_an_attestation_is_refused(key: Key, why: str, bomb: bytes) -> None:
    answer = key.make(TO_MAKE)
    answer["response"]["attestationObject"] = encoded(bomb)

    with pytest.raises(CeremonyFailed):
        register(answer)
    with pytest.raises(CeremonyFailed):
        register(key.make(TO_MAKE, attestation={"authData": bytes(55) + bomb}))


@pytest.mark.parametrize(
    "client_data",
    [b"\xff\xfe\x00", b"[]", b"5", b"", b"{", b"[" * 40_000, b'{"challenge":' * 5_000, b"NaN"],
    ids=lambda raw: repr(raw)[:20],
)
def test_client_data_that_is_none_is_refused(key: Key, client_data: bytes) -> None:
    answer = key.show(TO_SHOW)
    answer["response"]["clientDataJSON"] = encoded(client_data)

    with pytest.raises(CeremonyFailed):
        challenge_in(answer)
    with pytest.raises(CeremonyFailed):
        authenticate(answer, key)


def signed_parts(answer: Answer) -> tuple[Any, ...]:
    """What of an answer its key vouches for, and whose key it says to be."""
    response = answer["response"]
    names = ("clientDataJSON", "authenticatorData", "signature", "userHandle")
    return answer["id"], decoded(answer["rawId"]), answer["type"], *(decoded(response[name]) for name in names)


def try_bent_answers(key: Key, count: int, seed: int) -> None:
    """Each of *count* bent answers is refused in the one way, or says the same as the right one in what counts."""
    chance = Random(seed)  # noqa: S311  # the same bends every time, not secrets
    making, showing = key.make(TO_MAKE), key.show(TO_SHOW)
    for _ in range(count // 2):
        for right, verify in ((making, register), (showing, lambda answer: authenticate(answer, key))):
            bent = bend(right, chance)
            try:
                taken = verify(bent)
            except CeremonyFailed:
                continue
            if isinstance(taken, NewKey):
                assert taken.credential_id == key.credential_id, json.dumps(bent)
                # No attestation vouches for a new key. A point off its curve is seen, another ring or modulus is not.
                assert key.algorithm != "ES256" or taken.public_key == cbor2.dumps(key.public), json.dumps(bent)
            else:
                assert signed_parts(bent) == signed_parts(showing), json.dumps(bent)


@pytest.mark.breadth
def test_two_thousand_bent_answers_open_nothing_and_break_nothing(key: Key) -> None:
    try_bent_answers(key, count=2_000, seed=7)


@pytest.mark.soak
@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_ten_thousand_bent_answers_open_nothing_and_break_nothing(algorithm: Algorithm) -> None:
    try_bent_answers(Key(algorithm=algorithm, handle=HANDLE), count=10_000, seed=11)
