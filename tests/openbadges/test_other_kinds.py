"""Who somebody is comes in every form in which badges come: in each it is told for what it is, and whoever keeps badges keeps none.

The forms of the European wallets are in test_sd_jwt_badges.py.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.openbadges.support import guild
from tests.openbadges.support.guild import NOW
from tests.openbadges.support.others import in_png, in_svg
from tests.openbadges.test_sd_jwt_badges import in_an_envelope
from wallet import openbadges
from wallet.openbadges import NotABadge

CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
SUBJECT = {"id": guild.did(guild.OTHER_KEY), "type": ["Person"], "givenName": "Maria", "familyName": "Rossi"}


def credential(kind: str, **subject: Any) -> dict[str, Any]:
    """A credential of the data model that is no badge, as W3C's examples of citizenship write theirs."""
    return {
        "@context": [guild.VC2, CITIZENSHIP],
        "type": ["VerifiableCredential", kind],
        "issuer": guild.did(),
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": SUBJECT | subject,
    }


def within(claims: dict[str, Any]) -> str:
    """As a token of data model 1.1 has it."""
    return guild.token({"iss": guild.did(), "sub": SUBJECT["id"], "vc": claims})


def signed(claims: dict[str, Any]) -> dict[str, Any]:
    """With a signature that asks for no meaning of the words."""
    return guild.signed_in("eddsa-jcs-2022", claims, guild.KEY)


def shown(claims: dict[str, Any]) -> str:
    """In a presentation, alone."""
    return json.dumps(
        {"@context": [guild.VC2], "type": ["VerifiablePresentation"], "verifiableCredential": [signed(claims)]}
    )


FORMS: dict[str, Callable[[dict[str, Any]], str | bytes]] = {
    "as JSON": json.dumps,
    "signed": lambda claims: json.dumps(signed(claims)),
    "as a token": guild.token,
    "in a token": within,
    "a token, wrapped": lambda claims: json.dumps({"credential": guild.token(claims)}),
    "a token, as JSON": lambda claims: json.dumps({"jwt": within(claims)}),
    "in an envelope": lambda claims: in_an_envelope(guild.token(claims), "application/vc+jwt"),
    "in a PNG": lambda claims: in_png(json.dumps(claims)),
    "in an SVG": lambda claims: in_svg(guild.token(claims)),
    "in a presentation": shown,
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def nobody(address: str) -> openbadges.Fetched:
    raise AssertionError(f"asked: {address}")


@every_form
@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        (credential("PermanentResidentCard"), "identity-document"),
        (credential("IdCardCredential"), "identity-document"),
        (credential("DigitalPassport"), "identity-document"),
        (credential("CitizenshipCertificate"), "identity-document"),
        (credential("VerifiableId"), "identity-document"),
        (credential("EmploymentAuthorizationDocumentCredential", birthDate="1999-07-17"), "identity-document"),
        (credential("PersonCredential", nationality="FR"), "identity-document"),
        (credential("Iso18013DriversLicenseCredential"), "driving-licence"),
    ],
)
def test_a_document_of_identity_is_told_for_what_it_is_in_every_form(
    claims: dict[str, Any], kind: str, form: Callable[[dict[str, Any]], str | bytes]
) -> None:
    written = form(claims)
    document = written.encode() if isinstance(written, str) else written

    inside = openbadges.unpack(document, nobody, NOW) if form is shown else [document]

    assert [openbadges.identity_kind(one) for one in inside] == [kind]
    assert openbadges.identity_kind(document) == kind


def test_of_several_persons_each_counts() -> None:
    claims = credential("PersonCredential") | {"credentialSubject": [SUBJECT, SUBJECT | {"birthDate": "1999-07-17"}]}

    assert openbadges.identity_kind(json.dumps(claims).encode()) == "identity-document"


@every_form
@pytest.mark.parametrize(
    "claims",
    [
        credential("StudentCard", birthDate="1999-07-17"),
        credential("TrainingAttestation", birthDate="1999-07-17", place_of_birth="Caen"),
        credential("AlumniCredential"),
        credential("MembershipCard"),
        credential("PasseportCompétences"),
        credential("SkillsPassportCredential"),
        credential("DigitalCitizenshipCertificate"),
        credential("EuropeanDigitalCredential", nationality="FR"),
        credential("IdentityCheckCourse", achievement={"id": "urn:uuid:a1", "name": "Lire une pièce d’identité"}),
        credential("OpenBadgeCredential", birthDate="1999-07-17"),
        credential("VerifiableCredential", birthDate="1999-07-17") | {"@context": [guild.VC2, guild.OB3]},
        guild.badge(type=["VerifiableCredential", "OpenBadgeCredential", "PassportOfSkillsBadge"]),
    ],
    ids=lambda claims: claims["type"][-1],
)
def test_what_is_none_is_looked_at_as_before(
    claims: dict[str, Any], form: Callable[[dict[str, Any]], str | bytes]
) -> None:
    written = form(claims)
    found = guild.examine(written)

    assert found.format
    assert openbadges.identity_kind(written.encode() if isinstance(written, str) else written) == ""


@pytest.mark.parametrize(
    "document",
    [{"type": "PermanentResidentCard", "name": "x"}, {"birthDate": "1999-07-17"}, {"vc": 5, "birthDate": "1999-07-17"}],
)
def test_what_is_no_credential_is_not_called_an_identity_document(document: dict[str, Any]) -> None:
    with pytest.raises(NotABadge) as problem:
        guild.examine(json.dumps(document))

    assert problem.value.reason == "not-a-badge"
