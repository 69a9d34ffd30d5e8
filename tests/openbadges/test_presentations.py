"""A presentation holds what issuers secured, to the letter; what they did not secure has no place in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, hostile, sound
from tests.openbadges.support.guild import KEY, VC1, VC2
from tests.openbadges.support.others import altered, ask, in_png, in_svg, needs_npm
from wallet import openbadges
from wallet.openbadges import presentable, presentation

MODEL_1 = {"@context": [VC1, guild.OB3], "issuanceDate": "2026-01-02T03:04:05Z", "validFrom": None, "validUntil": None}
JWK = f"{guild.did_jwk(guild.P256_KEY)}"


def secured() -> str:
    return sound.written(guild.signed(guild.badge())).decode()


def token(key: guild.PrivateKey = KEY, **members: Any) -> str:
    return guild.token(guild.badge(**members), key)


def carried(text: str) -> list[Any]:
    found: list[Any] = json.loads(text)["verifiableCredential"]
    return found


@pytest.mark.parametrize("form", [str.encode, in_png, in_svg, lambda text: f"\ufeff\n {text}\n".encode()])
def test_a_credential_stands_there_to_the_letter_whatever_it_was_baked_into(form: Any) -> None:
    """Numbers, escapes, spaces and the order of members are the issuer's."""
    written = (
        secured()
        .replace("4.5", "4.50")
        .replace("é", "\\u00e9", 1)
        .replace('"id": "urn:uuid:b1"', '"id" : "urn:uuid:b1"')
    )

    shown = presentation([presentable(form(written))])

    assert shown == f'{{"@context":["{VC2}"],"type":["VerifiablePresentation"],"verifiableCredential":[{written}]}}'


@pytest.mark.parametrize("form", [str.encode, in_png, in_svg, lambda text: json.dumps(text).encode()])
def test_a_token_stands_there_in_an_envelope(form: Any) -> None:
    """VC Data Model 2.0, 4.13.1."""
    written = token()

    shown = presentation([presentable(form(written))])

    assert carried(shown) == [
        {"@context": VC2, "id": f"data:application/vc+jwt,{written}", "type": "EnvelopedVerifiableCredential"}
    ]


def test_a_token_of_the_older_data_model_is_told_apart() -> None:
    written = guild.token({"iss": guild.did(), "vc": guild.badge(**MODEL_1)})

    shown = presentation([presentable(written.encode())])

    assert carried(shown)[0]["id"] == f"data:application/jwt,{written}"
    assert openbadges.unpack(shown.encode(), guild.web().fetch, guild.NOW) == (written.encode(),)


AROUND = {
    "wrapped": lambda text: {"jwt": text},
    "enveloped": lambda text: {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{text}"},
}


@pytest.mark.parametrize("around", AROUND)
def test_a_token_that_came_in_an_envelope_leaves_in_one(around: str) -> None:
    written = token()

    assert presentable(json.dumps(AROUND[around](written)).encode()) == presentable(written.encode())


@rows(
    "document",
    [
        b"",
        b"https://guild.example/badge",
        in_png("https://guild.example/badge"),
        b"<html><body><a href='https://guild.example/badge'>badge</a></body></html>",
        b"\x89PNG\r\n\x1a\n",
        b'{"a": NaN}',
        hostile.WRITTEN.encode(),
        hostile.token({"alg": "RS256"}, hostile.ASSERTION, b"signature").encode(),
        sound.written(guild.badge()),
        sound.written(guild.badge() | {"proof": []}),
        sound.written(guild.signed(guild.badge()) | {"type": ["OpenBadgeCredential"]}),
        sound.written({"@context": [VC2], "type": ["VerifiablePresentation"], "verifiableCredential": [guild.signed(guild.badge())]}),
        guild.token({"iss": guild.did(), "name": "Souder"}).encode(),
    ],
    ids=["nothing", "an address", "an address in a picture", "a page", "damaged", "no JSON", "2.0", "2.0, signed", "3.0 without proof", "3.0 with an empty proof", "no credential", "a presentation", "a token of something else"],
)  # fmt: skip
def test_what_nobody_secured_as_a_credential_has_no_place_there(document: bytes) -> None:
    assert presentable(document) == ""


def test_without_a_credential_the_member_is_left_out() -> None:
    """It has at least one value where it stands (VC Data Model 2.0, 4.13)."""
    assert json.loads(presentation([])) == {"@context": [VC2], "type": ["VerifiablePresentation"]}


@pytest.mark.parametrize("name", [one.name for one in sound.badges() if one.name.startswith("3.0")])
def test_what_is_taken_out_of_it_is_as_sound_as_before(name: str) -> None:
    """Each kind that is read here, through the presentation and back through the only door."""
    badge = sound.by_name(name)
    if not (piece := presentable(badge.document)):
        pytest.skip("it is an address, or a list of several")

    (again,) = openbadges.unpack(presentation([piece]).encode(), badge.fetch, guild.NOW)

    assert (badge.examine(again).state, badge.examine(again).badge) == ("valid", badge.examine().badge)


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: json.dumps({"type": ["VerifiableCredential"], "proof": text}).encode())
)
@pytest.mark.breadth
def test_whatever_was_kept_it_is_json(document: bytes) -> None:  # fmt: skip
    shown = json.loads(
        presentation([piece for piece in (presentable(document), presentable(secured().encode())) if piece])
    )

    assert shown["type"] == ["VerifiablePresentation"]
    assert shown["verifiableCredential"][-1] == json.loads(secured())


@needs_npm
@pytest.mark.breadth
def test_what_is_in_it_verifies_elsewhere_and_nothing_that_was_changed_does() -> None:
    """npm's verifier-core: eddsa-rdfc-2022 and Ed25519Signature2020; it knows no other suite. Of tokens, jose."""
    by_key = guild.signed(guild.badge(id="urn:uuid:1"))
    contexts = [VC1, guild.OB3, *sound.CONTEXTS["Ed25519Signature2020"]]
    dates = {"expirationDate": "2030-01-01T00:00:00Z", "awardedDate": None}
    by_model_1 = guild.badge(**MODEL_1 | dates | {"@context": contexts, "id": "urn:uuid:2"})
    older = json.dumps(guild.signed_in("Ed25519Signature2020", by_model_1, KEY))
    sealed = [json.dumps(by_key, ensure_ascii=False).replace("4.5", "4.50"), older]
    jwt = guild.token(guild.badge(JWK), guild.P256_KEY, kid=f"{JWK}#0")
    forms = [sealed[0].encode(), in_png(sealed[1]), in_svg(jwt)]
    changed = [text for one in (*sealed, jwt) for _, text in altered(one)]
    letters = [one.replace("Souder", "Soudar", 1) for one in sealed]

    texts = [presentation(presentable(one) for one in forms)]
    texts += [presentation([presentable(one.encode())]) for one in changed + letters]
    good, *bad = ask("present.mjs", texts)

    assert (good["presentation"], good["errors"]) == ({"signature": "unsigned"}, [])
    assert [one["said"] for one in good["credentials"]] == [json.loads(sealed[0]), json.loads(older), guild.badge(JWK)]
    assert [(one["valid_signature"], one["errors"]) for one in good["credentials"]] == [(True, [])] * 3
    assert len(bad) > 20
    for text, found in zip(texts[1:], bad, strict=True):
        (one,) = found["credentials"]
        assert one["errors"][0] in {"invalid_signature", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}, text
        assert one.get("valid_signature") is not True
