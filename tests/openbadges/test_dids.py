"""A DID leads to a key or to an address, never anywhere that its maker did not mean."""

import json

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.proofs import dids
from wallet.openbadges.proofs.keys import UnusableKey, public_key_from_jwk
from wallet.openbadges.proofs.multibase import to_base64url


@rows(
    ("did", "address"),
    [
        ("did:web:guild.example", "https://guild.example/.well-known/did.json"),
        ("did:web:guild.example:issuers:7", "https://guild.example/issuers/7/did.json"),
        ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
        ("did:web:guild.example:caf%C3%A9", "https://guild.example/caf%C3%A9/did.json"),
        ("did:web:", None),
        ("did:web:guild.example:", None),
        ("did:web:guild.example:..:secret", None),
        ("did:web:guild.example:issuers:%2e%2E:secret", None),
        ("did:web:guild.example:.%2e:secret", None),
        ("did:web:guild.example:%252e%252e:secret", None),
        ("did:web:guild.example:issuers%2F..%2Fsecret", None),
        ("did:web:guild.example:issuers%5c..", None),
        ("did:web:guild.example:v1%2e1:...", "https://guild.example/v1%2e1/.../did.json"),
        ("did:web:guild.example:a/b", None),
        ("did:web:user%40evil.example", None),
        ("did:web:guild.example%2Eevil.example", None),
        ("did:web:guild.example%2devil.example", None),
        ("did:web:%67uild.example", None),
        ("did:web:guild.example%2Fevil", None),
        ("did:web:guild.example%3A80%3A90", None),
        ("did:web:guild example", None),
        ("did:key:z6Mk", None),
        ("https://guild.example", None),
    ],
)
def test_a_did_web_is_one_address_and_nothing_else(did: str, address: str | None) -> None:
    assert dids.document_address(did) == address


def test_the_key_is_in_the_name() -> None:
    expected = public_key_from_jwk(guild.jwk(guild.P256_KEY))

    assert dids.key_in(guild.did(guild.P256_KEY)) == expected
    assert dids.key_in(guild.did_jwk(guild.P256_KEY)) == expected


@pytest.mark.parametrize(
    "did", ["did:jwk:", "did:jwk:%", "did:jwk:W10", f"did:jwk:{to_base64url(json.dumps({'kty': 'EC'}).encode())}"]
)
def test_a_name_that_is_no_key_is_refused(did: str) -> None:
    with pytest.raises(UnusableKey):
        dids.key_in(did)


def test_the_only_key_is_named_by_its_fragment_or_by_none() -> None:
    did = guild.did()

    assert dids.is_fragment_of(did, "")
    assert dids.is_fragment_of(did, guild.multikey(guild.KEY))
    assert not dids.is_fragment_of(did, guild.multikey(guild.OTHER_KEY))
    assert dids.is_fragment_of("did:jwk:abc", "0")
    assert not dids.is_fragment_of("did:jwk:abc", "1")
    assert dids.split("did:web:x#key-1") == ("did:web:x", "key-1")
    assert dids.is_a_key("did:key:z")
    assert not dids.is_a_key("did:web:x")
