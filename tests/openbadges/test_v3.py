"""Open Badges 3.0 and its relatives: what is shown is what was signed, and everything that was asked is told."""

import copy
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, sd_jwts
from tests.openbadges.support.guild import DID_DOCUMENT, KEY, LIST, WEB_DID, examine
from wallet.openbadges import NotABadge
from wallet.openbadges.badge import Alignment, Criteria, Evidence, Image, Issuer, Recipient
from wallet.openbadges.proofs.keys import public_key_from_multikey


def outcomes(document: Any, **more: Any) -> dict[str, tuple[str, str]]:
    return {check.name: (check.outcome, check.reason) for check in examine(document, **more).checks}


def test_marias_badge_is_read_as_it_was_signed() -> None:
    found = examine(guild.signed(guild.badge())).badge

    assert found.id == "urn:uuid:b1"
    assert found.version == "3.0"
    assert found.title == "Souder – je maîtrise"
    assert found.issuer == Issuer(id=guild.did(), name="La guilde", url="https://guild.example/")
    assert found.achievement.name == "Souder"
    assert found.achievement.criteria == Criteria(narrative="Souder **seule**.")
    assert found.achievement.alignment == (Alignment(target_name="Souder", target_url="https://rome.example/1"),)
    assert found.achievement.tag == ("métal", "feu")
    assert found.achievement.achievement_type == "Competency"
    assert found.picture == Image(id="https://guild.example/souder.png", caption="Une flamme")
    assert found.evidence == (Evidence(id="https://guild.example/photo", name="La photo"),)
    assert found.narrative == "Trois soudures, seule."
    assert found.issued_on == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.valid_from == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found.valid_until == datetime(2030, 1, 1, tzinfo=UTC)
    assert [one.type for one in found.recipients] == ["email"]


def test_marias_badge_passes_every_check() -> None:
    found = examine(guild.signed(guild.badge()), addresses=["maria@example.org"])

    assert [check.outcome for check in found.checks] == ["passed"] * 7
    assert found.state == "valid"
    assert found.format == "Open Badges 3.0, eddsa-rdfc-2022"
    assert found.container == "json"
    assert found.context_generation == "2026-06"
    assert found.binding == "self-certified"
    assert found.key == public_key_from_multikey(guild.multikey(guild.KEY)).thumbprint
    assert found.checked_at == guild.NOW


@pytest.mark.parametrize("form", [guild.signed, guild.token])
def test_the_key_that_signed_is_told_and_of_what_was_changed_none(form: Callable[[dict[str, Any]], Any]) -> None:
    document = form(guild.badge())
    text = document if isinstance(document, str) else json.dumps(document)
    forged = text.replace("Souder", "Brasser") if text.startswith("{") else text[:-6] + "AAAAAA"

    assert examine(text).key == public_key_from_multikey(guild.multikey(guild.KEY)).thumbprint
    assert examine(forged).key == ""


def test_what_was_seen_on_the_web_is_kept() -> None:
    answers = {
        DID_DOCUMENT: guild.did_document(),
        LIST: guild.signed(guild.status_list(issuer=WEB_DID), by=f"{WEB_DID}#key-1"),
    }
    made = guild.signed(guild.badge(WEB_DID, credentialStatus=guild.status()), by=f"{WEB_DID}#key-1")

    found = examine(made, answers)

    assert found.state == "valid"
    assert found.binding == "proven"
    assert [one.address for one in found.seen] == [DID_DOCUMENT, LIST]


@rows(
    ("members", "state"),
    [
        ({"validFrom": "2027-01-01T00:00:00Z"}, "not-yet-valid"),
        ({"validUntil": "2026-02-01T00:00:00Z"}, "expired"),
        ({"validUntil": "2026-01-01T00:00:00Z"}, "invalid"),
        ({"credentialStatus": guild.status()}, "unknown"),
        ({"credentialStatus": {"id": "urn:x", "type": "BitstringStatusListEntry"}}, "unknown"),
        ({"type": ["VerifiableCredential"]}, "valid"),
        ({"credentialSubject": None}, "invalid"),
    ],
)
def test_each_state_has_its_reason(members: dict[str, Any], state: str) -> None:
    assert examine(guild.signed(guild.badge(**members))).state == state


@pytest.mark.parametrize(("purpose", "state"), [("revocation", "revoked"), ("suspension", "suspended")])
def test_a_withdrawn_badge_is_told_as_such(purpose: str, state: str) -> None:
    made = guild.signed(guild.badge(credentialStatus=guild.status(purpose=purpose)))
    answers = {LIST: guild.signed(guild.status_list([42], purpose=purpose))}

    assert examine(made, answers).state == state


def test_the_dates_of_an_unsigned_badge_settle_nothing() -> None:
    found = outcomes(guild.badge(validUntil="2026-02-01T00:00:00Z", credentialStatus=guild.status()))

    assert found["not_ended"] == ("unknown", "not-intact")
    assert found["not_withdrawn"] == ("unknown", "not-intact")
    assert examine(guild.badge()).state == "unknown"


def test_where_to_ask_is_believed_only_of_a_signed_badge() -> None:
    assert examine(guild.badge(credentialStatus=guild.status()), {LIST: guild.status_list()}).seen == ()


def test_a_word_that_nobody_signed_is_shown_apart() -> None:
    found = examine(
        guild.signed(guild.badge(description=None)) | {"description": {"@value": 5, "x": 1}, "grade": "A+++"}
    )

    assert found.state != "valid" or found.badge.description == ""
    plain = examine(guild.signed(guild.badge()) | {"grade": "A+++"})
    assert plain.unsigned == ("/grade",)
    assert plain.state == "valid"


def test_however_many_words_nobody_signed_none_of_them_is_shown() -> None:
    many = {f"word{number}": "x" for number in range(300)}
    found = examine({**many, **guild.signed(guild.badge(description=None)), "grade": "A+++"})

    assert len(found.unsigned) == 200
    assert found.badge == examine(guild.signed(guild.badge(description=None))).badge


def test_the_title_is_in_the_language_of_the_badge() -> None:
    names = [{"@value": "Welding", "@language": "en"}, {"@value": "Schweißen", "@language": "de"}]
    document = guild.badge(name=names)
    document["credentialSubject"]["achievement"]["inLanguage"] = "de"

    found = examine(guild.signed(document)).badge

    assert found.title == "Schweißen"
    assert found.language == "de"


def test_a_badge_whose_words_have_their_language_has_it_too() -> None:
    """« inLanguage » is often left out where each word says it."""
    names = [{"@value": "Welding", "@language": "en"}, {"@value": "Soudure", "@language": "fr"}]
    document = guild.badge(name=names)
    document["credentialSubject"]["achievement"]["name"] = {"@value": "لحام", "@language": "ar"}

    found = examine(guild.signed(document)).badge

    assert (found.title, found.language) == ("Soudure", "fr")


def test_a_person_may_be_named() -> None:
    def name(**members: Any) -> str:
        document = copy.deepcopy(guild.badge())
        document["credentialSubject"] |= members
        return examine(document).badge.recipient_name

    plain = {"type": "IdentityObject", "hashed": False, "identityHash": "Maria Da Silva", "identityType": "name"}
    assert name(identifier=[plain]) == "Maria Da Silva"
    assert name(identifier=[plain | {"hashed": True}], name="Maria") == "Maria"
    assert name(identifier=["nonsense"], name="Maria") == "Maria"
    assert name() == ""


def test_a_subject_is_whom_the_badge_names() -> None:
    document = copy.deepcopy(guild.badge())
    document["credentialSubject"] |= {"id": "mailto:maria@example.org", "identifier": ["x", {"identityHash": True}]}

    found = examine(guild.signed_in("eddsa-jcs-2022", document, KEY), addresses=["Maria@Example.org"])

    assert found.badge.recipients == (Recipient(type="email", identity="maria@example.org"),)
    assert found.check("named_to_me").outcome == "passed"


def test_nothing_that_was_signed_vanishes_when_it_is_written_as_a_number() -> None:
    """Youssef's badge was given to a telephone number; without its quotes it read as a badge for nobody. Under this context both
    are one statement."""
    document = copy.deepcopy(
        guild.badge(
            **{
                "@context": [
                    guild.VC1,
                    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
                    "https://w3id.org/security/data-integrity/v2",
                ],
                "validFrom": None,
            }
        )
        | {"issuanceDate": "2026-01-02T03:04:05Z"}
    )
    document["credentialSubject"] |= {
        "identifier": [
            {"type": "IdentityObject", "identityType": "phoneNumber", "identityHash": "33612345678", "hashed": False}
        ],
        "creditsEarned": 3,
    }
    document["credentialSubject"]["achievement"] |= {"name": "1984", "humanCode": "101"}
    signed = guild.signed({name: value for name, value in document.items() if value is not None})
    whole = examine(signed, addresses=["+33 6 98 76 54 32"])
    assert whole.check("named_to_me").reason == "named-to-someone-else"

    respelt = copy.deepcopy(signed)
    respelt["credentialSubject"]["identifier"][0]["identityHash"] = 33612345678
    respelt["credentialSubject"]["creditsEarned"] = ["3", 3]
    respelt["credentialSubject"]["achievement"] |= {"name": 1984, "humanCode": 101}
    found = examine(respelt, addresses=["+33 6 98 76 54 32"])

    assert found.check("intact").outcome == "passed"
    assert found.check("named_to_me").reason == "named-to-someone-else"
    assert (found.badge.achievement.name, found.badge.recipients) == ("1984", whole.badge.recipients)
    assert (found.badge.details.human_code, found.badge.details.credits_earned) == ("101", "3")


def test_a_badge_for_somebody_else_is_told() -> None:
    found = examine(guild.signed(guild.badge()), addresses=["youssef@example.org"])

    assert found.check("named_to_me").outcome == "failed"
    assert found.state == "valid"


def token(**members: Any) -> str:
    return guild.token(guild.badge(**members), typ="vc+jwt")


def test_a_token_is_a_badge() -> None:
    found = examine(token())

    assert found.state == "valid"
    assert found.container == "jws"
    assert found.format == "Open Badges 3.0, VC-JWT, EdDSA"


@pytest.mark.parametrize("key", [guild.P256_KEY, guild.P384_KEY], ids=["p256", "p384"])
def test_tokens_of_other_keys_are_badges(key: guild.PrivateKey) -> None:
    assert examine(guild.token(guild.badge(guild.did(key)), key)).state == "valid"


def test_a_token_by_an_rsa_key_that_the_issuer_lists_is_a_badge() -> None:
    issuer, key = f"https://{guild.HOST}/profile", guild.rsa_key()
    made = guild.token(guild.badge(issuer), key, kid=None, jwk=guild.jwk(key))
    jwks = {"keys": [guild.jwk(key)]}

    assert examine(made).state == "unknown"
    assert examine(made, {f"https://{guild.HOST}/.well-known/jwks.json": jwks}).state == "valid"


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        ({"exp": 1_767_225_700}, "expired"),
        ({"nbf": 1_893_456_000}, "not-yet-valid"),
        ({"exp": "soon"}, "unknown"),
        ({"iss": "did:example:other"}, "invalid"),
    ],
)
def test_the_stricter_of_token_and_credential_counts(claims: dict[str, Any], state: str) -> None:
    assert examine(guild.token(guild.badge() | claims)).state == state


@rows(
    ("own", "around", "told", "state"),
    [
        ("2030-01-01T00:00:00Z", 1_830_297_600, "2028-01-01", "valid"),
        ("2028-01-01T00:00:00Z", 1_893_456_000, "2028-01-01", "valid"),
        ("2030-01-01T00:00:00Z", 1_767_484_800, "2026-01-04", "expired"),
        ("2026-01-03T00:00:00Z", 1_893_456_000, "2026-01-03", "expired"),
        (None, 1_830_297_600, "2028-01-01", "valid"),
        ("2028-01-01T00:00:00Z", None, "2028-01-01", "valid"),
    ],
)
@rows("is_older", [False, True], ids=["2.0", "1.1"])
def test_of_two_ends_the_first_one_is_shown_and_counts(
    own: str | None, around: int | None, told: str, state: str, is_older: bool
) -> None:
    """The end of the token and the badge's own: one of them alone would promise too much."""
    made = guild.badge(validUntil=own)
    claims = {} if around is None else {"exp": around}
    found = examine(guild.token({"vc": made, "iss": guild.did(), **claims} if is_older else made | claims))

    assert found.state == state
    assert found.badge.valid_until is not None
    assert f"{found.badge.valid_until:%Y-%m-%d}" == told


LISTED = {guild.LIST: guild.signed(guild.status_list({42}))}
OLDER: dict[str, Any] = {"@context": [guild.VC1, guild.OB3], "awardedDate": None, "validFrom": None, "validUntil": None}


@rows(
    ("beside", "state"),
    [
        ({"validUntil": "2026-02-01T00:00:00Z"}, "expired"),
        ({"expirationDate": "2026-02-01T00:00:00Z"}, "expired"),
        ({"validFrom": "2030-02-01T00:00:00Z"}, "not-yet-valid"),
        ({"credentialStatus": guild.status(42)}, "revoked"),
        ({"credentialStatus": guild.status(41)}, "valid"),
        ({"validUntil": "2030-01-01T00:00:00Z", "issuanceDate": "2026-01-02T03:04:05.000Z"}, "valid"),
        ({"issuanceDate": "2026-01-02T00:00:00Z"}, "invalid"),
    ],
)
def test_an_older_token_ends_by_what_stands_beside_its_badge(beside: dict[str, Any], state: str) -> None:
    """It is signed as well, and nobody saw it: an ended or withdrawn badge was shown as valid."""
    within = guild.badge(**OLDER, issuanceDate="2026-01-02T03:04:05Z")

    assert guild.examine(guild.token({"vc": within, "iss": guild.did()} | beside), LISTED).state == state


@pytest.mark.parametrize("within", [None, [], "2030-01-01T00:00:00Z", "never"])
def test_an_older_token_that_ends_twice_otherwise_is_told(within: Any) -> None:
    made = guild.badge(**OLDER, issuanceDate="2026-01-02T03:04:05Z") | {"expirationDate": within}
    found = guild.examine(guild.token({"vc": made, "expirationDate": "2026-02-01T00:00:00Z"}))

    assert (found.state, found.check("conforms").reason) == ("invalid", "claims-differ")


@pytest.mark.parametrize("status", ["https://guild.example/status", ["revoked"], [{"status_list": {"idx": 0}}]])
def test_a_status_of_a_token_that_nobody_can_read_is_unknown(status: Any) -> None:
    """As in an SD-JWT: what tells of a withdrawal is not overlooked because it is written otherwise."""
    found = guild.examine(guild.token(guild.badge(status=status)))

    assert (found.state, found.check("not_withdrawn").reason) == ("unknown", "status-unsupported")


def test_an_older_token_of_two_issuers_is_nobodys_badge() -> None:
    """`iss` would take the place of the id, and the name of the university would stay beside the forger's key."""
    named = {"id": "https://harvard.example", "type": ["Profile"], "name": "Harvard"}
    within = guild.badge(issuer=named, **{"@context": [guild.VC1, guild.OB3]})

    found = examine(guild.token({"vc": within, "iss": guild.did()}))

    assert (found.state, found.check("conforms").reason) == ("invalid", "claims-differ")
    assert examine(guild.token({"vc": within | {"issuer": named | {"id": guild.did()}}, "iss": guild.did()})).state == (
        "valid"
    )


def test_what_somebody_copied_out_of_an_older_token_is_unsigned_and_not_false() -> None:
    """Maria saved what a reader of tokens showed of her badge: it was told to be false, and had no name."""
    within = guild.badge(**OLDER, issuer=None)
    copied = {"iss": guild.did(), "jti": "urn:uuid:j1", "nbf": 1_767_323_045, "exp": 1_893_456_000, "vc": within}

    found = examine(copied)

    assert (found.state, found.why_unknown) == ("unknown", "unsigned")
    assert (found.badge.title, found.badge.id, found.badge.issuer.id) == (within["name"], "urn:uuid:j1", guild.did())
    assert found.badge.valid_until == datetime(2030, 1, 1, tzinfo=UTC)


@rows(
    ("said", "state"),
    [({}, "valid"), ({"name": "Ingénieure"}, "invalid"), ({"validUntil": "2040-01-01T00:00:00Z"}, "invalid")],
)
def test_a_signed_badge_in_an_older_wrapping_is_what_its_own_proof_covers(said: dict[str, Any], state: str) -> None:
    found = examine({"exp": 0, "iss": "did:example:x", "vc": guild.signed(guild.badge()) | said})

    assert found.state == state
    assert found.badge.issuer.id == guild.did()


@rows("form", [guild.token, sd_jwts.issued])
@rows(("name", "state"), [("urn:uuid:b1", "revoked"), ("urn:uuid:j1", "revoked"), ("urn:uuid:b2", "valid")])
def test_an_older_token_of_two_ids_is_withdrawn_under_either(form: Any, name: str, state: str) -> None:
    """`jti` takes the place of the id, and an issuer who withdraws its badge by that id was not heard."""
    address = f"https://{guild.HOST}/withdrawn"
    made = guild.badge(credentialStatus={"id": address, "type": "1EdTechRevocationList"})
    listed = {"id": address, "issuer": guild.did(), "revokedCredential": [{"id": name}]}

    found = guild.examine(form({"vc": made, "iss": guild.did(), "jti": "urn:uuid:j1"}), {address: listed})

    assert (found.state, found.badge.id) == (state, "urn:uuid:j1")


def test_what_is_withdrawn_and_malformed_is_withdrawn() -> None:
    answers = {guild.LIST: guild.signed(guild.status_list([42]))}
    bare = guild.badge(credentialStatus=guild.status(), validFrom=None)

    withdrawn = examine(guild.signed(bare), answers)

    assert withdrawn.check("conforms").outcome == "failed"
    assert withdrawn.state == "revoked"
    assert examine(guild.signed(bare), {guild.LIST: guild.signed(guild.status_list())}).state == "invalid"


def test_nobody_makes_a_genuine_badge_look_withdrawn_by_another_spelling() -> None:
    """What pages read was moved: where to ask is itself not confirmed."""
    whole = guild.signed(guild.badge(credentialStatus=guild.status()))
    respelt = {name: value for name, value in whole.items() if name != "validUntil"} | {
        "https://www.w3.org/2018/credentials#validUntil": {
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
            "@value": whole["validUntil"],
        }
    }

    found = examine(respelt, {guild.LIST: guild.signed(guild.status_list([42]))})

    assert (found.state, found.check("intact").outcome) == ("invalid", "passed")
    assert (found.check("not_withdrawn").outcome, found.check("not_withdrawn").reason) == (
        "unknown",
        "hidden-statement",
    )


def test_a_token_in_a_wrapping_is_a_badge() -> None:
    assert examine({"jwt": token()}).state == "valid"
    envelope = {
        "@context": guild.VC2,
        "id": f"data:application/vc+jwt,{token()}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert examine(envelope).state == "valid"
    in_base64 = b64encode(token().encode()).decode()
    for carried in (f"base64,{in_base64}", f"base64,{token()}"):  # RFC 2397, 3; and as it is, which has dots
        assert examine({**envelope, "id": f"data:application/vc+jwt;{carried}"}).state == "valid"


def test_an_envelope_of_what_is_not_read_here_is_not_told_to_be_unsigned() -> None:
    """VC Data Model 2.0, 4.13: what is inside may well be signed."""
    envelope = {"@context": guild.VC2, "id": "data:application/vc+cose,x", "type": "EnvelopedVerifiableCredential"}

    for found in (examine(envelope), examine({**envelope, "type": [envelope["type"]], "id": "urn:x"})):
        assert (found.state, found.why_unknown) == ("unknown", "unchecked")
        assert found.check("intact").reason == "wrapping-unsupported"


@pytest.mark.parametrize("kind", ["MembershipCard", "StudentCard"])
def test_another_credential_is_shown_by_its_kind(kind: str) -> None:
    document = {
        "@context": [guild.VC2],
        "type": ["VerifiableCredential", kind],
        "issuer": "did:example:x",
        "credentialSubject": {"id": "did:example:maria"},
    }
    found = examine(document)

    assert found.badge.version == ""
    assert found.badge.title == kind
    assert found.format == "Verifiable Credential, unsigned"
    assert found.state == "unknown"
    assert examine(document | {"type": "VerifiableCredential"}).badge.title == "VerifiableCredential"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (guild.status_list(), "status-list"),
        (guild.did_document(), "not-a-badge"),
        ({"type": "BadgeClass", "name": "x"}, "not-a-badge"),
        ({"a": 1}, "not-a-badge"),
    ],
)
def test_what_is_no_badge_is_told(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotABadge) as problem:
        examine(document)

    assert problem.value.reason == reason


def test_an_issuers_own_vocabulary_is_unknown_never_fetched() -> None:
    address = "https://issuer.example/words"
    document = guild.badge(**{"@context": [guild.VC2, guild.OB3, address]})
    proof = guild.signed(guild.badge())["proof"]

    found = examine(document | {"proof": proof}, {address: {"@context": {}}})

    assert found.check("intact").reason == "context-unknown"
    assert found.state == "unknown"
    assert found.seen == ()


def test_a_picture_of_the_subject_stands_for_the_badge() -> None:
    document = copy.deepcopy(guild.badge())
    document["credentialSubject"]["image"] = {"id": "https://guild.example/maria.png", "type": "Image"}

    assert examine(document).badge.picture == Image(id="https://guild.example/maria.png")


def test_v3_looks_only_at_credentials() -> None:
    from wallet.openbadges import opening  # noqa: PLC0415
    from wallet.openbadges.v3.examine import examine_credential  # noqa: PLC0415

    with pytest.raises(NotABadge):
        examine_credential(opening.open_document(b'{"a": 1}'), guild.web(), guild.NOW, ())


DCC = "https://w3id.org/dcc/v1"


def of_a_learner(had: Any, **members: Any) -> dict[str, Any]:
    """As learning credentials were before Open Badges 3.0."""
    return guild.signed(
        {
            "@context": [guild.VC1, DCC, "https://w3id.org/security/data-integrity/v2"],
            "type": ["VerifiableCredential", "Assertion"],
            "issuer": {"id": guild.did(), "name": "La guilde"},
            "issuanceDate": "2026-01-02T00:00:00Z",
            "credentialSubject": {"id": "did:example:maria", "name": "Maria", "hasCredential": had},
        }
        | members
    )


def test_what_somebody_is_told_to_have_is_what_the_credential_is_called() -> None:
    """« Assertion » was all that was told of it, a word of its types."""
    had = {"type": ["EducationalOccupationalCredential"], "name": "Soudure", "description": "Souder sans défaut."}

    found = examine(of_a_learner(had))

    assert (found.state, found.badge.version) == ("valid", "")
    assert (found.badge.title, found.badge.achievement.description) == ("Soudure", "Souder sans défaut.")
    assert examine(of_a_learner([had])).badge.title == "Soudure"
    for other in ([had, {"name": "Forge"}], "Soudure", {"type": ["EducationalOccupationalCredential"]}):
        assert examine(of_a_learner(other)).badge.title == "Assertion"


def test_what_somebody_is_told_to_have_cannot_be_told_elsewhere() -> None:
    """To whoever holds it, one address is one thing: signed alike, the name could stand where nobody reads it, or two could."""
    course = "https://guild.example/course"
    whole = of_a_learner({"id": course, "name": "Soudure"}, termsOfUse=[{"id": course, "type": ["Course"]}])
    moved = json.loads(json.dumps(whole))
    moved["termsOfUse"][0]["name"] = moved["credentialSubject"]["hasCredential"].pop("name")

    assert examine(whole).state == "valid"
    found = examine(moved)
    assert (found.check("intact").outcome, found.check("conforms").reason) == ("passed", "one-address-for-two")
    assert found.state != "valid"
