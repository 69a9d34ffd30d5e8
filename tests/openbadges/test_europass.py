"""A European diploma is shown with its words and its seal by name, and nobody here says that the seal is good."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import examine
from wallet.openbadges import UnreadableBadge
from wallet.openbadges.proofs.multibase import to_base64url

FRENCH = "http://publications.europa.eu/resource/authority/language/FRA"


def diploma(**members: Any) -> dict[str, Any]:
    """What Maria's school hands out, in the words of the European Learning Model."""
    learned = [{"type": "LearningOutcome", "title": {"fr": ["Souder seule"], "en": ["Welds alone"]}}]
    claim = {
        "id": "urn:epass:learningAchievement:1",
        "type": "LearningAchievement",
        "title": {"en": ["Welding certificate"], "fr": ["Certificat de soudure"]},
        "awardedBy": {"awardingDate": "2026-01-03T00:00:00+01:00"},
        "specifiedBy": {"type": "Qualification", "learningOutcome": learned},
    }
    display = {
        "title": {"fr": ["Diplôme de soudure"], "en": ["Welding diploma"]},
        "description": {"fr": ["Délivré par l’école."]},
        "primaryLanguage": {"id": FRENCH},
        "individualDisplay": [
            {
                "displayDetail": [
                    {
                        "image": {
                            "content": "iVBORw0KGgo=",
                            "contentType": {
                                "id": "http://publications.europa.eu/resource/authority/file-type/PNG",
                            },
                        }
                    }
                ]
            }
        ],
    }
    whole = {
        "@context": [guild.VC1, "http://data.europa.eu/snb/model/context/edc-ap"],
        "id": "urn:credential:1",
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "issuer": {
            "id": "urn:epass:org:1",
            "legalName": {"fr": "École du métal"},
            "homepage": {"contentURL": "https://school.example"},
        },
        "issuanceDate": "2026-01-04T00:00:00Z",
        "displayParameter": display,
        "credentialSubject": {
            "type": "Person",
            "givenName": {"fr": "Maria"},
            "familyName": {"fr": "Durand"},
            "contactPoint": {"emailAddress": {"id": "mailto:maria@example.org"}},
            "hasClaim": claim,
        },
    }
    return {name: value for name, value in (whole | members).items() if value is not None}


def certificate() -> str:
    key = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "École du métal")])
    made = (
        x509.CertificateBuilder(name, name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .sign(key, None)
    )
    return "".join(made.public_bytes(Encoding.PEM).decode().splitlines()[1:-1])


def of_another_version() -> str:
    """The certificate, said to be of a sixth version that there is not."""
    return b64encode(b64decode(certificate()).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1)).decode()


def sealed(document: dict[str, Any], protected: Any = None, *, encoded: bool = False) -> dict[str, Any]:
    text = json.dumps(document)
    header = to_base64url(json.dumps(protected or {"alg": "RS256", "x5c": [certificate()]}).encode())
    payload = to_base64url(text.encode()) if encoded else text
    return {"payload": payload, "signatures": [{"protected": header, "signature": "AAAA"}]}


@pytest.mark.parametrize("encoded", [True, False])
def test_a_sealed_diploma_is_shown_and_its_seal_is_not_said_to_be_good(encoded: bool) -> None:
    found = examine(sealed(diploma(), encoded=encoded), addresses=["maria@example.org"])

    assert found.state == "unknown"
    assert found.check("intact").reason == "seal-not-checked"
    assert found.check("bound").outcome == "unknown"
    assert "École du métal" in found.check("intact").detail
    assert found.format == "Verifiable Credential, sealed, JAdES"
    assert set(found.origins.values()) == {"file"}
    badge = found.badge
    assert badge.title == "Diplôme de soudure"
    assert badge.description == "Délivré par l’école."
    assert badge.achievement.name == "Certificat de soudure"
    assert badge.achievement.criteria.narrative == "- Souder seule"
    assert badge.contents == ("Certificat de soudure",)
    assert (badge.issuer.name, badge.issuer.url) == ("École du métal", "https://school.example")
    assert badge.recipient_name == "Maria Durand"
    assert badge.issued_on == datetime(2026, 1, 2, 23, tzinfo=UTC)
    assert badge.picture is not None
    assert badge.picture.id == "data:image/png;base64,iVBORw0KGgo="
    assert badge.language == "fr"
    assert found.check("named_to_me").outcome == "passed"


def test_a_diploma_without_its_seal_is_a_file_that_nobody_signed() -> None:
    found = examine(diploma())

    assert found.state == "unknown"
    assert found.check("intact").reason == "no-proof"
    assert found.format == "Verifiable Credential, unsigned"
    assert found.badge.title == "Diplôme de soudure"


@rows(
    "protected",
    [{}, {"x5c": []}, {"x5c": ["AAAA"]}, {"x5c": [7]}, {"x5c": 7}, {"x5c": ["é"]}, {"x5c": [of_another_version()]}],
)
def test_a_seal_that_cannot_be_read_has_no_name(protected: dict[str, Any]) -> None:
    whole = sealed(diploma(), {"alg": "RS256", **protected})

    assert examine(whole).check("intact").detail == ""
    assert examine(whole | {"signatures": ["x"]}).check("intact").detail == ""
    assert examine({"payload": whole["payload"], "protected": "é", "signature": "x"}).state == "unknown"


def test_a_poor_diploma_says_what_it_has() -> None:
    poor = diploma(displayParameter=None, credentialSubject={"fullName": {"en": "Maria D."}}, issuer="urn:epass:org:1")

    found = examine(sealed(poor)).badge

    assert (found.title, found.recipient_name, found.picture, found.contents) == ("", "Maria D.", None, ())
    assert found.issued_on == datetime(2026, 1, 4, tzinfo=UTC)


def test_a_picture_of_a_kind_we_do_not_draw_is_passed_over() -> None:
    page = {"displayDetail": [{"image": {"content": "AA==", "contentType": {"id": "…/file-type/BMP"}}}, {}]}

    drawn = diploma(displayParameter={"title": {"fr": "Diplôme"}, "individualDisplay": [page]})

    assert examine(drawn).badge.picture is None


def test_a_diploma_that_is_over_is_not_said_to_be_over_on_an_unchecked_word() -> None:
    found = examine(sealed(diploma(issuanceDate="2019-01-01T00:00:00Z", expirationDate="2020-01-01T00:00:00Z")))

    assert found.state == "unknown"
    assert found.badge.valid_until == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_diploma_that_is_signed_as_badges_are_is_checked_as_they_are() -> None:
    """Some wallets keep European credentials with a proof of their own; ours is not asked to believe the seal then."""
    forged = diploma() | {"proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}}

    assert examine(forged).check("intact").reason != "seal-not-checked"


@pytest.mark.parametrize("payload", ["{", "é", "7", json.dumps({"type": "Letter"})])
def test_a_sealed_letter_is_no_diploma(payload: str) -> None:
    with pytest.raises(UnreadableBadge):
        examine({"payload": payload, "signatures": [{}]})
