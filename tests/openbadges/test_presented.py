"""A presentation says who put badges together: its signature is told beside them, and has no say in what they are."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import KEY, NOW, OTHER_KEY, P256_KEY, VC1, VC2
from wallet import openbadges
from wallet.openbadges import Check, NotABadge, TooHeavy

MARIA = guild.did(OTHER_KEY)
HOLDERS_DOCUMENT = "https://maria.example/.well-known/did.json"


def badge() -> dict[str, Any]:
    return guild.signed(guild.badge())


def presentation(*badges: Any, **members: Any) -> dict[str, Any]:
    whole = {
        "@context": [VC2],
        "type": ["VerifiablePresentation"],
        "holder": MARIA,
        "verifiableCredential": list(badges or (badge(),)),
    }
    return {name: value for name, value in (whole | members).items() if value is not None}


def signed(purpose: str = "authentication", key: Any = OTHER_KEY, **members: Any) -> dict[str, Any]:
    challenge = {"challenge": "c", "domain": "d"} if purpose == "authentication" else {}
    return guild.signed_in("eddsa-rdfc-2022", presentation(**members), key, proofPurpose=purpose, **challenge)


def token(key: Any = OTHER_KEY, **claims: Any) -> str:
    within = presentation(holder=None, **{"@context": [VC1]})
    return guild.token({"iss": guild.did(key), "vp": within} | claims, key)


def check(document: Mapping[str, Any] | str, answers: dict[str, guild.Answer] | None = None) -> Check:
    content = json.dumps(document) if isinstance(document, Mapping) else document
    found = openbadges.check_presentation(content.encode(), guild.web(answers).fetch, NOW)
    assert found is not None
    return found


def word(found: Check) -> tuple[str, str]:
    return found.outcome, found.reason


@rows(
    "document",
    [
        signed(),
        signed("assertionMethod"),
        signed(holder=None),
        signed(holder={"id": MARIA}),
        guild.signed_in("ecdsa-jcs-2019", presentation(holder=guild.did(P256_KEY)), P256_KEY),
        token(),
        {"jwt": token()},
        token(iss=None),
        guild.token(presentation() | {"iss": MARIA}, OTHER_KEY, typ="vp+jwt"),
        guild.token(presentation() | {"iss": MARIA}, OTHER_KEY, typ="vp+sd-jwt") + "~",
    ],
)
def test_what_its_holder_signed_is_told_so(document: Mapping[str, Any] | str) -> None:
    found = check(document)

    assert word(found) == ("passed", "")
    assert found.name == "presentation"
    assert found.detail.startswith("did:key:")


@pytest.mark.breadth
def test_a_badge_that_was_put_in_or_taken_out_since_is_told() -> None:
    other = guild.signed(guild.badge(id="urn:uuid:2"))

    assert word(check(signed() | {"verifiableCredential": [badge(), other]})) == ("failed", "signature-does-not-match")
    assert word(check(signed() | {"holder": guild.did()})) == ("failed", "signature-does-not-match")
    whole = token()
    assert word(check(whole[:-4] + "AAAA")) == ("failed", "signature-does-not-match")


def test_whoever_signs_for_another_holder_is_told() -> None:
    assert word(check(signed(key=KEY))) == ("failed", "key-of-another")
    assert word(check(token(iss=guild.did(KEY)))) == ("failed", "key-of-another")
    contradicted = guild.token({"iss": MARIA, "vp": presentation(holder=guild.did())}, OTHER_KEY)
    assert word(check(contradicted)) == ("failed", "claims-differ")


@rows(
    ("document", "outcome", "reason"),
    [
        (presentation(), "unknown", "no-proof"),
        (presentation(proof=[]), "unknown", "no-proof"),
        (presentation(proof={"type": "DataIntegrityProof", "cryptosuite": "bbs-2023"}), "unknown", "proof-unsupported"),
        (presentation(proof=[{}] * 7), "unknown", "too-many-proofs"),
        (presentation(proof=5), "failed", "proof-malformed"),
        (signed("keyAgreement"), "failed", "proof-malformed"),
        (
            guild.signed_in("eddsa-jcs-2022", presentation(), OTHER_KEY, proofPurpose=["authentication"]),
            "failed",
            "proof-malformed",
        ),
        (signed(holder="did:ebsi:zjHZjJ4Sy7r92BxXzFGs7qD"), "unknown", "did-method-unsupported"),
        (signed(note="another word"), "unknown", "presentation-not-wholly-signed"),
        (signed(**{"urn:x:note": "another word"}), "failed", "hidden-statement"),
        (guild.token({"vp": presentation()}, OTHER_KEY, alg="BBS"), "unknown", "algorithm-unsupported"),
        (guild.token({"vp": presentation(holder=None)}, OTHER_KEY, kid=None), "unknown", "issuer-not-resolvable"),
        (guild.token(presentation(holder=None), OTHER_KEY, kid=5), "unknown", "issuer-not-resolvable"),
    ],
)
def test_what_cannot_be_checked_is_never_told_as_signed(
    document: Mapping[str, Any] | str, outcome: str, reason: str
) -> None:
    assert word(check(document)) == (outcome, reason)


def test_a_proof_that_is_not_known_is_nothing_against_one_that_is() -> None:
    both = signed()
    both["proof"] = [both["proof"], {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023"}]

    assert word(check(both)) == ("passed", "")


def by_text(*contexts: str, key: Any = OTHER_KEY) -> dict[str, Any]:
    """Signed as a text, with the contexts that the proof signs written in it (EdDSA Cryptosuites, 3.3.2)."""
    named = {"@context": list(contexts)}
    return guild.signed_in("eddsa-jcs-2022", presentation(**named), key, proofPurpose="authentication", **named)


@pytest.mark.parametrize(
    ("contexts", "whole", "found"),
    [
        ([VC2], [VC2], ("passed", "")),
        ([VC2, guild.OB3], [VC2, guild.OB3], ("passed", "")),
        ([VC2], [VC2, guild.OB3], ("unknown", "presentation-not-wholly-signed")),
        ([VC2], [guild.OB3, VC2], ("failed", "proof-context-differs")),
    ],
)
def test_a_context_behind_those_that_the_holder_signed_is_not_theirs(
    contexts: list[str], whole: list[str], found: tuple[str, str]
) -> None:
    """Of a badge such a context is told as not signed: whoever adds one would say what the words mean."""
    assert word(check(by_text(*contexts) | {"@context": whole})) == found


def test_what_one_of_the_holders_proofs_covers_is_covered() -> None:
    whole, less = signed(), by_text(VC2)
    more = signed(**{"@context": [VC2, guild.OB3]})
    both = [more["proof"], less["proof"]]

    assert word(check(more | {"proof": both})) == word(check(more | {"proof": both[::-1]})) == ("passed", "")
    assert word(check(whole | {"proof": [whole["proof"], less["proof"]]})) == ("passed", "")


def test_a_context_that_somebody_added_is_no_word_of_another_key() -> None:
    assert word(check(by_text(VC2, key=KEY) | {"@context": [VC2, guild.OB3]})) == ("failed", "key-of-another")


HOLDER = "did:web:maria.example"
METHOD = f"{HOLDER}#key-1"


def by_web(purpose: str) -> dict[str, Any] | str:
    if purpose == "token":
        return guild.token({"iss": HOLDER, "vp": presentation(holder=None)}, OTHER_KEY, kid=METHOD)
    made = presentation(holder=HOLDER)
    return guild.signed_in("eddsa-rdfc-2022", made, OTHER_KEY, proofPurpose=purpose, verificationMethod=METHOD)


@pytest.mark.parametrize("purpose", ["authentication", "assertionMethod", "token"])
def test_the_key_of_a_web_site_is_the_holders_where_it_is_listed(purpose: str) -> None:
    document = guild.did_document(OTHER_KEY, HOLDER)

    assert word(check(by_web(purpose), {HOLDERS_DOCUMENT: document})) == ("passed", "")
    assert word(check(by_web(purpose))) == ("unknown", "key-document-unreachable")


@rows("listed", [METHOD, "#key-1", [{"id": METHOD}]])
@rows("purpose", ["authentication", "assertionMethod", "token"])
def test_a_key_for_authentication_shows_badges_and_asserts_nothing(purpose: str, listed: Any) -> None:
    """A wallet lists its key for authentication alone: what it signed to show badges was told as signed by another."""
    only = guild.did_document(OTHER_KEY, HOLDER, assertionMethod=[], authentication=listed)
    neither = guild.did_document(OTHER_KEY, HOLDER, assertionMethod=[])
    mismatch = ("failed", "key-not-for-assertions")

    found = word(check(by_web(purpose), {HOLDERS_DOCUMENT: only}))

    assert found == (mismatch if purpose == "assertionMethod" else ("passed", ""))
    assert word(check(by_web(purpose), {HOLDERS_DOCUMENT: neither})) == mismatch


@pytest.mark.parametrize("kid", ["key-1", "#key-1"])
def test_a_key_for_authentication_may_be_called_by_the_end_of_its_address(kid: str) -> None:
    made = guild.token({"iss": HOLDER, "vp": presentation(holder=None)}, OTHER_KEY, kid=kid)
    only = guild.did_document(OTHER_KEY, HOLDER, assertionMethod=[], authentication=[METHOD])
    other = guild.did_document(OTHER_KEY, HOLDER, assertionMethod=[], authentication=[f"{HOLDER}#key-2"])

    assert word(check(made, {HOLDERS_DOCUMENT: only})) == ("passed", "")
    assert word(check(made, {HOLDERS_DOCUMENT: other})) == ("failed", "key-not-for-assertions")


def test_a_token_of_a_holder_who_lists_no_key_is_no_forgery() -> None:
    made = guild.token({"iss": HOLDER, "vp": presentation(holder=None)}, OTHER_KEY, kid=None)
    none = guild.did_document(KEY, HOLDER, assertionMethod=[])

    assert word(check(made, {HOLDERS_DOCUMENT: none})) == ("unknown", "issuer-lists-no-key")


def test_the_key_for_authentication_is_that_of_the_holder_and_of_nobody_else() -> None:
    other = f"{HOLDER}#key-1"
    made = guild.signed_in(
        "eddsa-rdfc-2022",
        presentation(holder="did:web:youssef.example"),
        OTHER_KEY,
        proofPurpose="authentication",
        verificationMethod=other,
    )
    only = guild.did_document(OTHER_KEY, HOLDER, assertionMethod=[], authentication=[METHOD])

    assert word(check(made, {HOLDERS_DOCUMENT: only})) == ("failed", "key-not-for-assertions")


@pytest.mark.parametrize("kid", ["key-9", "did:web:maria.example"])
@pytest.mark.parametrize("members", [{}, {"assertionMethod": []}])
def test_a_key_that_the_holder_does_not_list_any_more_is_no_forgery(kid: str, members: dict[str, Any]) -> None:
    maria = "did:web:maria.example"
    within = presentation(holder=None, **{"@context": [VC1]})
    compact = guild.token({"iss": maria, "vp": within}, OTHER_KEY, kid=kid)

    found = check(compact, {HOLDERS_DOCUMENT: guild.did_document(KEY, maria, **members)})

    assert word(found) == ("unknown", "key-not-in-document")


def test_it_has_no_say_in_the_state_of_the_badge() -> None:
    tampered = signed() | {"holder": guild.did()}

    for document, outcome in ((signed(), "passed"), (tampered, "failed"), (presentation(), "unknown")):
        found = guild.examine(document)
        assert found.presentation is not None
        assert (found.state, found.presentation.outcome) == ("valid", outcome)
    assert guild.examine(badge()).presentation is None
    assert openbadges.check_presentation(json.dumps(badge()).encode(), guild.web().fetch, NOW) is None


def test_a_presentation_is_worked_out_within_the_allowance() -> None:
    with pytest.raises(TooHeavy):
        openbadges.check_presentation(json.dumps(signed()).encode(), guild.web().fetch, NOW, allowance=10)
    with pytest.raises(TooHeavy):
        openbadges.check_presentation(token().encode(), guild.web().fetch, NOW, allowance=1)
    with pytest.raises(NotABadge):
        openbadges.check_presentation(b"", guild.web().fetch, NOW)
