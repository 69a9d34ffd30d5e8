"""The only door: whatever is sent in, a badge and its checks come out, or one word why not.

The four faults of others have their own tests (test_four_faults.py), so has every change (test_changes.py).
"""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, hostile, school
from tests.openbadges.support.guild import DID_DOCUMENT, KEY, LIST, OTHER_KEY, WEB_DID, examine
from wallet import openbadges
from wallet.openbadges import Examination, Fetched, TooHeavy, UnreadableBadge
from wallet.openbadges.proofs import contexts


def state(document: Any, answers: dict[str, guild.Answer] | None = None) -> str:
    try:
        return examine(document, answers).state
    except UnreadableBadge:
        return "unreadable"


# No change of what was signed.


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from leaves(inner, (*place, name))
        case list():
            for number, inner in enumerate(value):
                yield from leaves(inner, (*place, number))
        case _:
            yield place


def with_other(document: dict[str, Any], place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    other = copy.deepcopy(document)
    inner: Any = other
    for step in place[:-1]:
        inner = inner[step]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return other


def test_a_statement_under_another_spelling_is_never_valid() -> None:
    """A genuine badge that is over: its end is renamed, and the signature still holds (docs/decisions.md 4)."""
    made = guild.signed(guild.badge(validUntil="2026-02-01T00:00:00Z"))
    assert state(made) == "expired"
    date = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": made.pop("validUntil")}

    found = examine(made | {"https://www.w3.org/2018/credentials#validUntil": date})

    assert found.check("intact").outcome == "passed"
    assert found.check("conforms").reason == "hidden-statement"
    assert found.state == "invalid"


@pytest.mark.parametrize(
    "words",
    [
        {"name": "urn:another"},
        {"@vocab": "urn:all#"},
        {"validUntil": None},
        {"@base": "https://guild.example/"},
        {"@import": guild.OB3},
    ],
)
def test_a_context_of_its_own_is_never_valid(words: dict[str, Any]) -> None:
    made = guild.signed(guild.badge())
    made["@context"] = [*made["@context"], words]

    assert state(made) != "valid"
    assert state(guild.signed(guild.badge())) == "valid"


# Nobody signs for another.


def test_nobody_signs_as_harvard() -> None:
    harvard = "https://harvard.example/issuer"
    key, fragment = OTHER_KEY, guild.multikey(OTHER_KEY)
    profile = {"id": harvard, "verificationMethod": [{"id": "#1", "publicKeyMultibase": guild.multikey(KEY)}]}
    forgeries = [
        guild.signed(guild.badge(harvard), key),
        guild.signed(guild.badge(harvard), key, by=f"{harvard}#{fragment}"),
        guild.token(guild.badge(harvard), key),
        guild.token(guild.badge(harvard), key, kid=None, jwk=guild.jwk(key)),
        guild.token(guild.badge(harvard), key, kid=None, jku="https://evil.example/keys"),
    ]
    for forgery in forgeries:
        assert state(forgery) == "unknown"
        assert state(forgery, {harvard: profile}) in ("invalid", "unknown")


# A web that fails, or lies.


def lies() -> list[guild.Answer]:
    """What an address may answer, true or not."""
    return [
        "timeout", "refused", "too-big", 200, 404, 410, 500, b"", b"\xff", b"{}", b"[]", b"null", b"<html></html>",
        guild.badge(), guild.signed(guild.badge(), OTHER_KEY), guild.did_document(OTHER_KEY),
        guild.status_list(), guild.signed(guild.status_list(), OTHER_KEY),
        guild.signed(guild.status_list(issuer=WEB_DID), OTHER_KEY),
        guild.token(guild.status_list(), OTHER_KEY).encode(), {"keys": [guild.jwk(OTHER_KEY)]},
        {"revokedCredential": []}, {"id": WEB_DID, "assertionMethod": [{"id": "#key-1"}]},
    ]  # fmt: skip


@rows("number", range(len(lies())))
def test_a_web_that_fails_or_lies_never_makes_a_badge_valid(number: int) -> None:
    answer = lies()[number]
    entry = guild.status()
    by_key = guild.signed(guild.badge(credentialStatus=entry))
    by_web = guild.signed(guild.badge(WEB_DID, credentialStatus=entry), by=f"{WEB_DID}#key-1")
    forged = guild.token(guild.badge(WEB_DID), OTHER_KEY, kid="key-2")
    true_list = guild.signed(guild.status_list(issuer=WEB_DID), by=f"{WEB_DID}#key-1")

    assert state(by_key, {LIST: answer}) != "valid"
    assert state(by_web, {DID_DOCUMENT: answer, LIST: true_list}) != "valid"
    assert state(by_web, {DID_DOCUMENT: answer, LIST: answer}) != "valid"
    if answer != guild.did_document(OTHER_KEY):
        assert state(forged, {DID_DOCUMENT: answer}) != "valid"


# Whatever is sent in.


def test_an_open_badge_2_0_goes_to_its_own_reader() -> None:
    found = examine(school.assertion(), {school.BADGE: "timeout"})

    assert found.badge.version == "2.0"
    assert found.format.startswith("Open Badges 2.0")


def test_an_address_is_followed_to_the_badge() -> None:
    address = "https://guild.example/badges/1"
    found = examine(f" {address}\n", {address: guild.signed(guild.badge())})

    assert found.state == "valid"
    assert found.container == "link"
    assert [one.address for one in found.seen] == [address]


def test_a_badge_baked_into_a_picture_is_found() -> None:
    made = json.dumps(guild.signed(guild.badge()), ensure_ascii=False)
    picture = openbadges.bake(hostile.png(), made)

    assert examine(picture).state == "valid"
    assert examine(picture).container == "png"
    assert json.loads(openbadges.unbake(picture)) == json.loads(made)


def looked_at(content: bytes) -> Examination | UnreadableBadge:
    def fetch(address: str) -> Fetched:
        raise openbadges.Unreachable(address, "timeout")

    try:
        return openbadges.examine(content, fetch, guild.NOW, ["maria@example.org"])
    except UnreadableBadge as problem:
        return problem


NAMES = [
    "@context", "id", "type", "issuer", "credentialSubject", "proof", "credentialStatus", "validFrom", "validUntil",
    "achievement", "identifier", "criteria", "name", "verificationMethod", "proofPurpose", "cryptosuite", "vc", "jwt",
    "evidence", "previousProof", "expires", "created", "proofValue", "verifiableCredential", "@value", "a:b", "image",
]  # fmt: skip
VALUES = [
    None, True, 0, -1, 1.5, 2**62, "", "x", "urn:x", guild.VC1, guild.VC2, guild.OB3, "VerifiableCredential",
    "OpenBadgeCredential", "AchievementSubject", "DataIntegrityProof", "Ed25519Signature2020", "eddsa-rdfc-2022",
    "eddsa-jcs-2022", "assertionMethod", guild.did(), guild.method(), "did:web:x#y", "z1", "_:b", "2026-01-01",
    "https://x.example/#z6Mk", "BitstringStatusListEntry",
]  # fmt: skip
anything = st.recursive(
    st.sampled_from(VALUES) | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inside, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(NAMES), anything, max_size=6))
def test_a_credential_of_nonsense_raises_nothing_and_is_never_valid(members: dict[str, Any]) -> None:
    nonsense = {"@context": [guild.VC2, guild.OB3], "credentialSubject": {}} | members

    found = looked_at(json.dumps(nonsense).encode())

    assert isinstance(found, UnreadableBadge) or found.state != "valid"


@given(st.lists(st.sampled_from(list(leaves(guild.signed(guild.badge())))), min_size=1, max_size=3), anything)
@pytest.mark.breadth
def test_a_signed_badge_with_nonsense_in_it_raises_nothing(places: list[tuple[str | int, ...]], value: Any) -> None:
    made = guild.signed(guild.badge())
    for place in places:
        try:
            made = with_other(made, place, value)
        except (KeyError, IndexError, TypeError):
            continue
    if made == guild.signed(guild.badge()):
        return

    found = looked_at(json.dumps(made).encode())

    # A second reading of the same statements may stay valid; a different badge may not.
    assert isinstance(found, UnreadableBadge) or found.state != "valid" or found.badge == examine(
        guild.signed(guild.badge())
    ).badge  # fmt: skip


@given(
    st.dictionaries(st.sampled_from([*NAMES, "iss", "sub", "jti", "nbf", "exp", "vp"]), anything, max_size=5), anything
)
def test_a_token_of_nonsense_raises_nothing_and_is_never_valid(claims: dict[str, Any], header: Any) -> None:
    made = guild.token(claims, kid=header if header is not None else "x", typ="JWT")

    found = looked_at(made.encode())

    assert isinstance(found, UnreadableBadge) or found.state != "valid"


@given(st.binary(max_size=200))
@pytest.mark.breadth
def test_any_bytes_raise_nothing_but_a_word(content: bytes) -> None:
    found = looked_at(content)

    assert isinstance(found, UnreadableBadge) or found.state != "valid"


@pytest.mark.parametrize(
    "document",
    [
        {"@context": [guild.VC2], "type": "VerifiableCredential", "proof": [[]]},
        guild.badge(proof={"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "previousProof": {}}),
        guild.badge(tags=["x"] * 50_000, proof=guild.signed(guild.badge())["proof"]),
        guild.badge(name="x" * 4_000_000),
    ],
)
def test_hostile_documents_are_only_looked_at(document: dict[str, Any]) -> None:
    assert state(document) != "valid"


def test_looking_at_a_badge_leaves_no_trace_in_our_contexts() -> None:
    before = json.dumps([contexts.context(address) for address in (guild.VC1, guild.VC2, guild.OB3)])
    for words in ({"@import": guild.VC2}, {"@vocab": "urn:x#"}, {"type": "urn:x"}):
        made = guild.signed(guild.badge())
        made["@context"] = [words, *made["@context"]]
        state(made)

    assert json.dumps([contexts.context(address) for address in (guild.VC1, guild.VC2, guild.OB3)]) == before


def test_a_naive_moment_is_nobodys_business_here() -> None:
    """The clock is an argument: the same badge at two moments."""
    made = guild.signed(guild.badge())

    assert examine(made, now=datetime(2026, 6, 1, tzinfo=UTC)).state == "valid"
    assert examine(made, now=datetime(2040, 6, 1, tzinfo=UTC)).state == "expired"
    assert examine(made, now=datetime(2025, 6, 1, tzinfo=UTC)).state in ("not-yet-valid", "unknown")


def test_a_document_is_worked_out_as_far_as_it_is_allowed_and_no_further() -> None:
    document = json.dumps(guild.signed(guild.badge())).encode()

    assert openbadges.examine(document, guild.web().fetch, guild.NOW, allowance=10_000).state == "valid"
    with pytest.raises(TooHeavy):
        openbadges.examine(document, guild.web().fetch, guild.NOW, allowance=3)


def test_a_long_record_in_plain_words_costs_a_tenth_and_starts_no_child() -> None:
    """Thirty badges in one record are read in a moment; with one word that nobody knows each member is worked out."""
    evidence = [{"id": f"urn:uuid:{number}", "type": ["Evidence"], "name": "x"} for number in range(1_000)]
    plain = guild.signed(guild.badge(evidence=evidence))

    def light(document: dict[str, Any]) -> Examination:
        return openbadges.examine(json.dumps(document).encode(), guild.web().fetch, guild.NOW, allowance=1_500)

    assert light(plain).state == "valid"
    for heavy in (plain | {"evidence": [*evidence, {"@set": ["x"]}]}, plain | {"nowhere": "x"}):
        with pytest.raises(TooHeavy):  # an unusual word, or one that is not signed: each member is worked out
            light(heavy)
