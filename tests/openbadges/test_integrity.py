"""A proof fits one document and no other; what is proven can be proven by anyone's library."""

import copy
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import KEY, OTHER_KEY, P256_KEY, P384_KEY
from wallet.openbadges import strict_json
from wallet.openbadges.proofs import contexts, data_integrity, jsonld_expansion
from wallet.openbadges.proofs.data_integrity import fits, proofs_of, sign_eddsa_rdfc
from wallet.openbadges.proofs.jws import BadSignature, Unsupported
from wallet.openbadges.proofs.keys import PublicKey, public_key_from_jwk, public_key_from_multikey
from wallet.openbadges.proofs.multibase import to_multibase
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.suites import SUITES, suite_of
from wallet.openbadges.proofs.walk import context_lists

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def public(key: guild.PrivateKey = KEY) -> PublicKey:
    return public_key_from_jwk(guild.jwk(key))


SUITE_CONTEXTS = {
    "Ed25519Signature2020": ["https://w3id.org/security/suites/ed25519-2020/v1"],
    "JsonWebSignature2020": ["https://w3id.org/security/suites/jws-2020/v1"],
}
PAIRS = [
    ("eddsa-rdfc-2022", KEY),
    ("eddsa-2022", KEY),
    ("eddsa-jcs-2022", KEY),
    ("ecdsa-rdfc-2019", P256_KEY),
    ("ecdsa-rdfc-2019", P384_KEY),
    ("ecdsa-jcs-2019", P256_KEY),
    ("ecdsa-jcs-2019", P384_KEY),
    ("Ed25519Signature2020", KEY),
    ("Ed25519Signature2018", KEY),
    ("JsonWebSignature2020", KEY),
    ("JsonWebSignature2020", P256_KEY),
    ("JsonWebSignature2020", P384_KEY),
    ("JsonWebSignature2020", guild.rsa_key()),
]
IDS = [f"{suite}-{guild.natural_algorithm(key)}" for suite, key in PAIRS]


def made_in(suite: str, key: guild.PrivateKey) -> dict[str, Any]:
    extra = {"@context": [guild.VC1, guild.OB3, *SUITE_CONTEXTS.get(suite, ())]} if "Signature" in suite else {}
    return guild.signed_in(suite, guild.badge(guild.did(key), **extra), key)


@rows(("suite", "key"), PAIRS, ids=IDS)
@pytest.mark.breadth
def test_each_suite_fits_its_document_and_no_other(suite: str, key: guild.PrivateKey) -> None:
    document = made_in(suite, key)

    found = fits(document, document["proof"], public(key))

    assert found.whole
    assert found.form == ("jcs" if "jcs" in suite else "rdfc")
    changed = document | {"name": "Souder – je pratique"}
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(changed, changed["proof"], public(key))


@rows(("suite", "key"), PAIRS, ids=IDS)
@rows("member", ["created", "verificationMethod", "proofPurpose"])
@pytest.mark.breadth
def test_nothing_in_the_proof_can_be_changed(suite: str, key: guild.PrivateKey, member: str) -> None:
    document = made_in(suite, key)
    document["proof"][member] = {"created": "2026-01-03T00:00:00Z", "proofPurpose": "authentication"}.get(
        member, guild.method(OTHER_KEY)
    )

    with pytest.raises(BadSignature):
        fits(document, document["proof"], public(key))


def test_a_key_of_another_kind_is_not_tried() -> None:
    document = guild.signed(guild.badge())

    with pytest.raises(BadSignature, match="algorithm-does-not-fit-key"):
        fits(document, document["proof"], public(P256_KEY))
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(document, document["proof"], public(OTHER_KEY))


@rows("value", [None, 5, "", "z", "zzz0", "uAAAA", "f00", "z" + "1" * 88])
def test_a_value_that_is_no_signature_is_refused(value: object) -> None:
    document = guild.signed(guild.badge())
    document["proof"]["proofValue"] = value

    with pytest.raises(BadSignature):
        fits(document, document["proof"], public())


@pytest.mark.parametrize(
    "proof", [{"type": "DataIntegrityProof", "cryptosuite": "bbs-2023"}, {"type": ["DataIntegrityProof"]}, {}]
)
def test_a_suite_that_we_do_not_know_is_not_called_wrong(proof: dict[str, Any]) -> None:
    with pytest.raises(Unsupported):
        fits(guild.badge(), proof, public())


def test_every_suite_is_known_by_its_name() -> None:
    assert suite_of({"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}) in SUITES
    assert suite_of({"type": "Ed25519Signature2020", "cryptosuite": "x"}) in SUITES
    assert suite_of({"type": "DataIntegrityProof"}) == "unknown"


@pytest.mark.parametrize("proof", ["x", 5, ["x"], [[]]])
def test_a_proof_that_is_no_object_is_refused(proof: object) -> None:
    with pytest.raises(BadSignature):
        proofs_of({"proof": proof})


def test_a_proof_that_the_contexts_do_not_cover_is_not_believed() -> None:
    """What the contexts do not define is anybody's to change, in the proof as well."""
    document = guild.badge(**{"@context": [guild.VC1, guild.OB3]})
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofValue": "z1", "expires": "2020"}

    with pytest.raises(Inexpressible):
        fits(document | {"proof": proof}, proof, public())


@pytest.mark.parametrize("member", ["domain", "expires", "previousProof", "nowhere"])
def test_a_null_in_the_proof_takes_nothing_from_it(member: str) -> None:
    """As tools write it that write all members which a proof might have; in place of what was signed it is another proof."""
    plain, ends = guild.signed(guild.badge()), guild.signed(guild.badge(), expires="2026-02-01T00:00:00Z")

    assert fits(plain, plain["proof"] | {member: None}, public()).whole
    with pytest.raises(BadSignature):
        fits(ends, ends["proof"] | {"expires": None}, public())


def test_the_first_number_that_javascript_takes_for_two_is_signed_as_text() -> None:
    """RFC 8785, 3.2.2.3: it writes 2^53 with all its digits, and Amina's badge was not looked at."""
    made = guild.signed_in("eddsa-jcs-2022", guild.badge(awardedDate=float(2**53)), KEY)

    assert fits(made | {"awardedDate": 2**53}, made["proof"], public()).whole


def test_a_number_beyond_json_cannot_be_signed_as_text() -> None:
    document = guild.badge(big=2**60)

    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z1"}

    with pytest.raises(Inexpressible):
        fits(document, proof, public())


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_long_number_is_the_double_that_javascript_signed(suite: str) -> None:
    """Amina's school numbers its courses in 19 digits. Its tool reads and writes a double, which is 1234567890123456768: her badge
    was called altered."""
    written = 1_234_567_890_123_456_800

    def numbered(number: float) -> dict[str, Any]:
        subject = guild.badge()["credentialSubject"]
        subject["achievement"]["humanCode"] = [number]
        return subject

    made = guild.signed_in(suite, guild.badge(credentialSubject=numbered(float(written))), KEY)

    assert fits(made | {"credentialSubject": numbered(written)}, made["proof"], public()).whole
    for another in (written + 1, written + 1_000, -written):
        with pytest.raises((BadSignature, Inexpressible)):
            fits(made | {"credentialSubject": numbered(another)}, made["proof"], public())


@pytest.mark.parametrize("told", [{"old_escapes": True}, {"directions": True}])
def test_a_tool_that_signs_a_long_number_as_a_double_writes_texts_in_its_way_too(
    told: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The badge of Amina's school has both, an Arabic name or a tab, and the number of her course: it was called altered."""
    name = {"@value": "لحام", "@language": "ar", "@direction": "rtl"} if "directions" in told else "Soudeuse\tTIG"
    whole = guild.canonicalize
    with monkeypatch.context() as patched:
        patched.setattr(guild, "canonicalize", lambda *given, **more: whole(*given, **more, **told))
        made = guild.signed_in("eddsa-rdfc-2022", guild.badge(name=name, awardedDate=1.2345678901234568e18), KEY)

    assert fits(made | {"awardedDate": 1_234_567_890_123_456_800}, made["proof"], public()).whole


def test_of_a_long_number_the_digits_are_shown_that_were_signed() -> None:
    """Else somebody changes the last ones of a badge that was signed to its last digit, and recruiters read theirs under a tick."""
    signed, changed = 1_234_567_890_123_456_768, 1_234_567_890_123_456_800
    subject = guild.badge()["credentialSubject"]
    subject["achievement"]["creditsAvailable"] = signed
    made = guild.signed(guild.badge(credentialSubject=subject))
    subject["achievement"]["creditsAvailable"] = changed

    found = guild.examine(made | {"credentialSubject": subject})

    assert (found.state, found.badge.details.credits_available) == ("valid", str(signed))


def test_a_long_number_may_be_signed_to_its_last_digit() -> None:
    """As in Python and Java, where a whole number is no double."""
    made = guild.signed(guild.badge(awardedDate=1_234_567_890_123_456_800))

    assert fits(made, made["proof"], public()).whole


def test_the_context_of_a_proof_begins_that_of_its_document() -> None:
    document = guild.signed_in("eddsa-jcs-2022", guild.badge(), KEY, **{"@context": [guild.VC2, guild.OB3]})

    assert fits(document, document["proof"], public()).form == "jcs"
    longer = document | {"@context": [guild.VC2, guild.OB3, "https://added.example/later"]}
    assert fits(longer, longer["proof"], public()).form == "jcs"
    other = document | {"@context": [guild.VC2]}
    with pytest.raises(BadSignature, match="proof-context-differs"):
        fits(other, other["proof"], public())


@pytest.mark.parametrize("generation", contexts.GENERATIONS)
def test_a_badge_of_any_generation_is_told_by_it(generation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuer signed with the context as it was that month."""
    subject = guild.badge()["credentialSubject"]
    subject["achievement"] |= {"inLanguage": "fr"}
    document = guild.badge(endorsementJwt=["a.b.c"], jti="urn:uuid:b1", credentialSubject=subject)
    with monkeypatch.context() as patched:
        patched.setattr(jsonld_expansion, "context", lambda address, _: contexts.context(address, generation))
        patched.setattr(jsonld_expansion, "_idle", {})
        patched.setattr(context_lists, "_lists", {})
        patched.setattr(context_lists, "_stored", lambda _: None)
        made = guild.signed_in("eddsa-rdfc-2022", document, KEY)

    found = fits(made, made["proof"], public())

    assert found.generation == generation
    assert found.whole == (generation == contexts.NEWEST)


def test_a_badge_signed_with_an_older_library_fits_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those wrote a tabulator into N-Quads as it is."""
    document = guild.badge(name="a\tb")
    whole = guild.canonicalize
    with monkeypatch.context() as patched:
        patched.setattr(guild, "canonicalize", lambda *given, **more: whole(*given, **more, old_escapes=True))
        made = guild.signed_in("eddsa-rdfc-2022", document, KEY)

    assert fits(made, made["proof"], public()).whole
    made["name"] = "a b"
    with pytest.raises(BadSignature):
        fits(made, made["proof"], public())


def test_and_so_it_does_beside_proofs_that_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """They were counted among those that read it, it was read in one way only, and « Ce fichier a été changé » said of it."""
    whole, document = guild.canonicalize, guild.badge(name="a\tb")
    shown = guild.signed(document, guild.OTHER_KEY, proofPurpose="authentication")["proof"]
    with monkeypatch.context() as patched:
        patched.setattr(guild, "canonicalize", lambda *given, **more: whole(*given, **more, old_escapes=True))
        made = guild.signed_in("eddsa-rdfc-2022", document, KEY)

    unheard = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofPurpose": "assertionMethod"}
    monkeypatch.setattr("wallet.openbadges.proofs.verification._MOST_TO_READ", 1)
    assert guild.examine(made | {"proof": [made["proof"], shown, unheard]}).state == "valid"
    assert guild.examine(made | {"name": "a b", "proof": [made["proof"], shown, unheard]}).state == "invalid"


@pytest.mark.breadth
def test_an_older_library_that_signs_directions_fits_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of Amina's badge is Arabic, and what she did has a tabulator in it."""
    document = guild.badge(name={"@value": "لحام", "@direction": "rtl"}, description="Souder\tTIG")
    whole, told = guild.canonicalize, {"old_escapes": True, "directions": True}
    with monkeypatch.context() as patched:
        patched.setattr(guild, "canonicalize", lambda *given, **more: whole(*given, **more, **told))
        made = guild.signed_in("eddsa-rdfc-2022", document, KEY)

    assert fits(made, made["proof"], public()).directions
    with pytest.raises(BadSignature):
        fits(made | {"description": "Souder TIG"}, made["proof"], public())


@rows(
    ("language", "datatype"),
    [({"@language": "AR"}, "https://www.w3.org/ns/i18n#ar_rtl"), ({}, "https://www.w3.org/ns/i18n#_rtl")],
)
@pytest.mark.breadth
def test_a_badge_whose_direction_is_signed_fits_as_well(
    language: dict[str, str], datatype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Amina's badge has an Arabic name, told as VC Data Model 2.0, 11.1 tells it; newer libraries sign from where it is read, and
    it was called altered."""
    document = guild.badge(name={"@value": "لحام", "@direction": "rtl"} | language)
    whole = guild.canonicalize
    with monkeypatch.context() as patched:
        patched.setattr(guild, "canonicalize", lambda *given, **more: whole(*given, **more, directions=True))
        made = guild.signed_in("eddsa-rdfc-2022", document, KEY)

    assert fits(made, made["proof"], public()).whole
    assert f'"لحام"^^<{datatype}>'.encode() in whole(document, directions=True).content
    assert guild.examine(made | {"grade": "A"}).unsigned == ("/grade",)
    turned = made | {"name": document["name"] | {"@direction": "ltr"}}
    with pytest.raises(BadSignature):
        fits(turned, turned["proof"], public())


def test_a_long_document_is_read_in_one_way_only() -> None:
    many = [{"type": ["Evidence"], "name": f"{number}"} for number in range(1_000)]
    document = guild.signed(guild.badge(evidence=many))
    document["name"] += "\t"

    with pytest.raises(BadSignature):
        fits(document, document["proof"], public())


@pytest.mark.breadth
def test_a_document_that_may_be_read_in_many_ways_is_not_read_in_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty times took 3 s where a document has 2 of work: it was not told that it was altered, but not looked at."""
    many = [{"type": ["Evidence"], "name": f"{number}\t|"} for number in range(700)]
    changed = guild.badge(
        evidence=many, name={"@value": "a", "@direction": "rtl"}, awardedDate=1_234_567_890_123_456_800
    )
    made, read, whole = changed | {"proof": guild.signed(guild.badge())["proof"]}, [], data_integrity.canonicalize

    def counted(part: dict[str, Any], **more: Any) -> Any:
        read.append("evidence" in part)
        return whole(part, **more)

    monkeypatch.setattr(data_integrity, "canonicalize", counted)
    with pytest.raises(BadSignature):
        fits(made, made["proof"], public())

    assert 1 < sum(read) * strict_json.count_members(made) <= 30_000 + strict_json.count_members(made)


def test_two_proofs_side_by_side_do_not_disturb_each_other() -> None:
    both = guild.signed(guild.signed(guild.badge()), OTHER_KEY)

    for proof, key in zip(both["proof"], (KEY, OTHER_KEY), strict=True):
        assert fits(both, proof, public(key)).whole


def chained() -> dict[str, Any]:
    first = guild.signed(guild.badge(), id="urn:uuid:first")
    plain = guild.badge() | {"proof": first["proof"]}
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-02T00:00:00Z",
        "verificationMethod": guild.method(OTHER_KEY),
        "proofPurpose": "assertionMethod",
        "previousProof": "urn:uuid:first",
    }
    second = sign_eddsa_rdfc(plain, OTHER_KEY, guild.method(OTHER_KEY), datetime(2026, 1, 2, tzinfo=UTC),
                             previousProof="urn:uuid:first")  # fmt: skip
    assert second["proof"][1] == proof | {"proofValue": second["proof"][1]["proofValue"]}
    return second


def test_a_chain_holds_link_by_link() -> None:
    document = chained()

    assert fits(document, document["proof"][0], public()).whole
    assert fits(document, document["proof"][1], public(OTHER_KEY)).whole


def test_a_chain_may_hang_on_several_links() -> None:
    two = guild.signed(guild.signed(guild.badge(), id="urn:uuid:first"), OTHER_KEY, id="urn:uuid:second")
    both = ["urn:uuid:first", "urn:uuid:second"]
    third = sign_eddsa_rdfc(two, KEY, guild.method(), datetime(2026, 1, 2, tzinfo=UTC), previousProof=both)

    assert all(
        fits(third, proof, public(key)).whole for proof, key in zip(third["proof"], (KEY, OTHER_KEY, KEY), strict=True)
    )
    for lost in range(2):
        left = [proof for place, proof in enumerate(third["proof"]) if place != lost]
        with pytest.raises(BadSignature, match="previous-proof-missing"):
            fits(third | {"proof": left}, left[-1], public())
    fewer = third["proof"][2] | {"previousProof": both[:1]}
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(third | {"proof": [*two["proof"], fewer]}, fewer, public())


def test_a_chain_of_texts_holds_link_by_link() -> None:
    """What is hashed is the list of the earlier proofs, also when there is one (Data Integrity 1.0, 4.4)."""
    first = guild.signed_in("eddsa-jcs-2022", guild.badge(), KEY, id="urn:uuid:first")["proof"]
    options = {name: value for name, value in first.items() if name != "proofValue"}
    options |= {
        "id": "urn:uuid:second",
        "previousProof": "urn:uuid:first",
        "verificationMethod": guild.method(OTHER_KEY),
    }
    parts = [rfc8785.dumps(part) for part in (options, guild.badge() | {"proof": [first]})]
    value = OTHER_KEY.sign(b"".join(hashlib.sha256(part).digest() for part in parts))
    second = options | {"proofValue": to_multibase(value)}
    document = guild.badge() | {"proof": [first, second]}

    assert fits(document, second, public(OTHER_KEY)).form == "jcs"
    document["proof"] = [first | {"created": "2026-01-03T00:00:00Z"}, second]
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(document, second, public(OTHER_KEY))


def test_a_chain_with_a_link_taken_out_or_changed_is_broken() -> None:
    document = chained()
    alone = document | {"proof": document["proof"][1:]}
    with pytest.raises(BadSignature, match="previous-proof-missing"):
        fits(alone, alone["proof"][0], public(OTHER_KEY))

    other = copy.deepcopy(document)
    other["proof"][0]["created"] = "2026-01-03T00:00:00Z"
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(other, other["proof"][1], public(OTHER_KEY))


@pytest.mark.parametrize("previous", [["urn:uuid:first", "urn:uuid:other"], [5], [{}], "x"])
def test_a_chain_to_nothing_is_broken(previous: object) -> None:
    document = chained()
    document["proof"][1]["previousProof"] = previous

    with pytest.raises(BadSignature, match="previous-proof-missing"):
        fits(document, document["proof"][1], public(OTHER_KEY))


def test_what_would_not_be_signed_is_not_signed() -> None:
    with pytest.raises(Inexpressible):
        guild.signed(guild.badge(grade="A"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of badges (../shared/corpus) is not here")
@pytest.mark.parametrize(
    "name",
    ["w3c-eddsa-2020", "w3c-eddsa-jcs", "w3c-eddsa-rdfc", "w3c-proofset2", "w3c-proofchain1", "w3c-ecdsa-jcs-p256",
     "w3c-ecdsa-jcs-p384", "w3c-ecdsa-rdfc-p256"],
)  # fmt: skip
def test_the_vectors_of_w3c_fit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their examples stand under a context of W3C that gives every word an address; it is not one of ours."""
    manifest = json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8"))
    [path] = [entry["path"] for entry in manifest if entry["id"] == name]
    document = json.loads((CORPUS / path).read_text(encoding="utf-8"))
    examples = {"@vocab": "https://www.w3.org/ns/credentials/examples#"}

    def context(address: str, generation: str) -> Any:
        return examples if "/credentials/examples/" in address else contexts.context(address, generation)

    monkeypatch.setattr(jsonld_expansion, "context", context)
    monkeypatch.setattr(jsonld_expansion, "_idle", {})
    for proof in proofs_of(document):
        key = public_key_from_multikey(proof["verificationMethod"].partition("#")[2])
        assert fits(document, proof, key).whole
