"""Maria shows a part of her badge: what she shows is what was signed, statement by statement, and nothing else is."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, selective_signer
from tests.openbadges.support.guild import P256_KEY
from tests.openbadges.support.processor import within
from tests.openbadges.support.selective_signer import (
    ALWAYS,
    BASE,
    DERIVED,
    components,
    derived,
    with_components,
    written,
)
from wallet.openbadges.proofs.data_integrity import Fits, fits
from wallet.openbadges.proofs.jws import BadSignature, Unsupported
from wallet.openbadges.proofs.keys import PublicKey, public_key_from_jwk, public_key_from_multikey
from wallet.openbadges.proofs.multibase import from_multibase, to_multibase
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.selective_disclosure import disclosure
from wallet.openbadges.proofs.verification import secured_object
from wallet.openbadges.strict_json import members

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
ISSUER = public_key_from_jwk(guild.jwk(P256_KEY))
OTHER_KEY = ec.derive_private_key(13, ec.SECP256R1())
MARIAS = guild.badge(guild.did(P256_KEY), credentialStatus=guild.status())
BADGE = selective_signer.base(MARIAS, P256_KEY, [*ALWAYS, "/credentialStatus"])
LISTS = {guild.LIST: guild.signed(guild.status_list())}
CHOSEN = ("/credentialSubject/narrative", "/evidence", "/credentialSubject/achievement/tag", "/name")
SHOWN = derived(BADGE, CHOSEN)


def look(document: dict[str, Any], key: PublicKey = ISSUER) -> Fits:
    return fits(document, document["proof"], key)


def refused(document: dict[str, Any]) -> bool:
    """Whether nobody would call *document* intact, whatever the reason that is told."""
    return guild.examine(document).check("intact").outcome != "passed"


# What is shown was signed.


def test_what_maria_chose_to_show_is_intact() -> None:
    examination = guild.examine(SHOWN, LISTS)

    assert (examination.state, examination.binding) == ("valid", "self-certified")
    assert examination.check("intact").detail == "ecdsa-sd-2023"
    assert examination.badge.achievement.tag == ("métal", "feu")
    assert examination.unsigned == ()


def test_what_she_keeps_back_leaves_no_trace() -> None:
    examination = guild.examine(derived(BADGE), LISTS)

    assert examination.state == "valid"
    assert examination.badge.evidence == ()
    assert "photo" not in json.dumps(derived(BADGE))


@pytest.mark.parametrize(
    ("member", "value", "state", "check", "reason"),
    [
        ("validUntil", "2026-02-01T00:00:00Z", "expired", "not_ended", "date-not-shared"),
        ("credentialStatus", guild.status(), "revoked", "not_withdrawn", "status-not-shared"),
    ],
)
def test_an_end_or_a_withdrawal_that_she_may_keep_back_is_unknown(
    member: str, value: Any, state: str, check: str, reason: str
) -> None:
    """Nobody can tell what was left out of a derived proof: whoever holds an ended badge would show it without its end."""
    whole = MARIAS | {member: value}
    withdrawn = {guild.LIST: guild.signed(guild.status_list({42} if member == "credentialStatus" else ()))}
    free = selective_signer.base(whole, P256_KEY, ["/issuer", "/validFrom"])
    names = [f"/{name}" for name in whole if name != "@context"]

    assert guild.examine(derived(free, names), withdrawn).state == state
    found = guild.examine(derived(free, [name for name in names if name != f"/{member}"]), withdrawn)
    assert (found.state, found.why_unknown) == ("unknown", "unchecked")
    assert (found.check(check).outcome, found.check(check).reason) == ("unknown", reason)


def test_a_beginning_that_she_may_keep_back_is_unknown() -> None:
    """Of a badge that is missed as a member of it; of another credential nobody would miss it."""
    later = {"type": ["VerifiableCredential"], "validFrom": "2029-01-01T00:00:00Z", "awardedDate": None}
    subject = {"id": "did:example:maria", "type": ["AchievementSubject"]}
    whole = guild.badge(guild.did(P256_KEY), credentialStatus=guild.status(), **later, credentialSubject=subject)
    free = selective_signer.base(whole, P256_KEY, ["/issuer", "/validUntil", "/credentialSubject", "/credentialStatus"])

    assert guild.examine(derived(free, ["/validFrom"]), LISTS).state == "not-yet-valid"
    found = guild.examine(derived(free), LISTS)
    assert (found.state, found.check("begun").outcome) == ("unknown", "unknown")
    assert found.check("begun").reason == "date-not-shared"


@pytest.mark.parametrize(
    "chosen",
    [
        ["/credentialSubject"],
        ["/validFrom"],
        ["/validFrom", "/credentialSubject/achievement/name"],
        ["/validFrom", "/credentialSubject/achievement/criteria"],
    ],
)
def test_what_she_keeps_back_of_the_form_is_not_missing(chosen: list[str]) -> None:
    """As of an SD-JWT: the issuer signed a whole badge, and nothing that is shown of it was changed."""
    free = selective_signer.base(MARIAS, P256_KEY, ["/issuer", "/validUntil", "/credentialStatus"])

    found = guild.examine(derived(free, chosen), LISTS)

    assert (found.state, found.why_unknown) == ("unknown", "unchecked")
    assert (found.check("conforms").outcome, found.check("conforms").reason) == ("unknown", "member-not-shared")


SUSPENDED = "https://guild.example/lists/2"


def test_of_two_lists_she_does_not_hide_the_one_that_has_withdrawn_it() -> None:
    """A place that she chose to show says nothing of a place that she did not."""
    suspending = guild.status(purpose="suspension") | {"id": f"{SUSPENDED}#42", "statusListCredential": SUSPENDED}
    lists = {
        guild.LIST: guild.signed(guild.status_list({42})),
        SUSPENDED: guild.signed(guild.status_list(purpose="suspension") | {"id": SUSPENDED}),
    }
    free = selective_signer.base(MARIAS | {"credentialStatus": [guild.status(), suspending]}, P256_KEY)

    assert guild.examine(derived(free, ["/credentialStatus"]), lists).state == "revoked"
    assert guild.examine(derived(free, ["/credentialStatus/0"]), lists).state == "revoked"
    found = guild.examine(derived(free, ["/credentialStatus/1"]), lists)
    assert (found.state, found.check("not_withdrawn").reason) == ("unknown", "status-not-shared")


def test_of_two_ends_she_does_not_hide_the_one_that_has_come() -> None:
    older = MARIAS | {"@context": [guild.VC1, guild.OB3, "https://w3id.org/security/data-integrity/v2"]}
    ends = {"expirationDate": "2026-02-01T00:00:00Z", "validUntil": "2030-01-01T00:00:00Z"}
    whole = {name: value for name, value in older.items() if name not in ("validFrom", "credentialStatus")}
    free = selective_signer.base(
        whole | ends | {"issuanceDate": "2026-01-02T03:04:05Z"}, P256_KEY, ["/issuer", "/issuanceDate"]
    )

    assert guild.examine(derived(free, ["/credentialSubject", *(f"/{name}" for name in ends)])).state == "expired"
    found = guild.examine(derived(free, ["/credentialSubject", "/validUntil"]))
    assert (found.check("not_ended").outcome, found.check("not_ended").reason) == ("unknown", "date-not-shared")


def test_a_list_that_may_have_ended_says_nothing() -> None:
    ended = guild.status_list(issuer=guild.did(P256_KEY), validUntil="2026-02-01T00:00:00Z")
    free = selective_signer.base(ended, P256_KEY, ["/issuer", "/validFrom"])
    badge = guild.signed_in("ecdsa-rdfc-2019", MARIAS, P256_KEY)
    whole, part = (derived(free, ["/credentialSubject", *more]) for more in (["/validUntil"], []))

    assert guild.examine(badge, {guild.LIST: whole}).check("not_withdrawn").reason == "status-list-out-of-date"
    assert guild.examine(badge, {guild.LIST: part}).check("not_withdrawn").reason == "status-unsupported"


def test_everything_can_be_shown_too() -> None:
    everything = derived(BADGE, [f"/{name}" for name in MARIAS if name != "@context"])

    assert look(everything).whole
    assert {**everything, "proof": None} == {**BADGE, "proof": None}


def test_an_issuer_may_leave_every_statement_to_the_holder() -> None:
    free = selective_signer.base(guild.badge(guild.did(P256_KEY)), P256_KEY, always=["/type"])

    assert look(derived(free, ["/name"])).whole
    assert look(derived(free, ["/issuer", "/evidence/0/name"])).whole


POINTERS = [f"/{name}" for name in ("name", "evidence", "awardedDate", "evidence/0/name")] + [
    f"/credentialSubject/{name}"
    for name in (
        "narrative",
        "achievement",
        "achievement/image",
        "achievement/alignment/0/targetName",
        "achievement/tag",
    )
]


@given(st.sets(st.sampled_from(POINTERS)), st.data())
@settings(max_examples=40, deadline=None)
@pytest.mark.breadth
def test_whatever_is_shown_fits_and_no_text_in_it_can_be_another(chosen: set[str], data: st.DataObject) -> None:
    shown = derived(BADGE, sorted(chosen))
    assert look(shown).whole

    texts = [one for one in members({**shown, "@context": [], "proof": []}) if isinstance(one, str)]
    text = data.draw(st.sampled_from(sorted(texts)))
    forged = json.loads(json.dumps(shown).replace(json.dumps(text), json.dumps(f"{text}x")))

    assert refused(forged)


# What was not signed, or not so, is not shown.

Change = Callable[[dict[str, Any]], Any]
CHANGES: dict[str, Change] = {
    "a word that must be shown": lambda it: it["credentialSubject"]["achievement"].update(name="Souder l’or"),
    "a word that was chosen": lambda it: it["credentialSubject"].update(narrative="Mille soudures."),
    "the end": lambda it: it.update(validUntil="2040-01-01T00:00:00Z"),
    "the end taken away": lambda it: it.pop("validUntil"),
    "the name taken away": lambda it: it.pop("name"),
    "a tag taken away": lambda it: it["credentialSubject"]["achievement"]["tag"].pop(),
    "a tag added": lambda it: it["credentialSubject"]["achievement"]["tag"].append("or"),
    "a proof of a diploma added": lambda it: it["evidence"].append({"type": ["Evidence"], "name": "Diplôme"}),
    "a word added that was kept back": lambda it: it["credentialSubject"]["achievement"].update(
        achievementType="Competency"
    ),
    "a type added": lambda it: it["type"].append("EndorsementCredential"),
    "another id": lambda it: it.update(id="urn:uuid:b2"),
    "another issuer": lambda it: it["issuer"].update(name="L’école"),
    "two nodes instead of one": lambda it: it.update(
        credentialSubject=[it["credentialSubject"], {"narrative": "Trois"}]
    ),
    "when it was signed": lambda it: it["proof"].update(created="2026-01-03T00:00:00Z"),
    "an end of the proof": lambda it: it["proof"].update(expires="2040-01-01T00:00:00Z"),
    "another suite": lambda it: it["proof"].update(cryptosuite="ecdsa-rdfc-2019"),
    "no value": lambda it: it["proof"].pop("proofValue"),
}


@rows("change", CHANGES.values(), ids=CHANGES.keys())
def test_nothing_of_what_is_shown_can_be_changed(change: Change) -> None:
    forged = deepcopy(SHOWN)
    change(forged)

    with pytest.raises(BadSignature):
        look(forged)


def test_a_member_without_a_meaning_is_told_as_unsigned() -> None:
    """The day of award had no meaning in the first words of Open Badges 3.0, so it may have come later."""
    examination = guild.examine(SHOWN | {"grade": "A+++", "awardedDate": "2026-01-01T00:00:00Z"}, LISTS)

    assert (examination.state, examination.unsigned) == ("valid", ("/grade", "/awardedDate"))
    assert examination.badge.issued_on == examination.badge.valid_from


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        look(SHOWN, public_key_from_jwk(guild.jwk(OTHER_KEY)))
    with pytest.raises(BadSignature, match="algorithm-does-not-fit-key"):
        look(SHOWN, public_key_from_jwk(guild.jwk(guild.P384_KEY)))


def replaced(place: int, part: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda parts: [*parts[:place], part(parts[place]), *parts[place + 1 :]]


def swapped(found: list[Any]) -> list[Any]:
    return [found[1], found[0], *found[2:]]


def with_labels_swapped(labels: dict[int, bytes]) -> dict[int, bytes]:
    return labels | {0: labels[1], 1: labels[0]}


OTHER_POINT = selective_signer.public(OTHER_KEY)
PARTS: dict[str, Callable[[list[Any]], Any]] = {
    "the signature of a stranger": replaced(0, lambda _: guild.signature(b"", OTHER_KEY)),
    "a signature of zeros": replaced(0, lambda _: bytes(64)),
    "a short signature": replaced(0, lambda it: it[:63]),
    "a signature as text": replaced(0, lambda it: it.hex()),
    "another key of the proof": replaced(1, lambda _: OTHER_POINT),
    "the issuer’s own key": replaced(1, lambda _: selective_signer.public(P256_KEY)),
    "a key that is not written short": replaced(1, lambda it: it + b"\0"),
    "a key of another kind": replaced(1, lambda _: from_multibase(guild.multikey(guild.KEY)) + b"\0"),
    "a key off the curve": replaced(1, lambda it: it[:3] + b"\xff" * 32),
    "two signatures swapped": replaced(2, swapped),
    "a signature left out": replaced(2, lambda it: it[1:]),
    "a signature added": replaced(2, lambda it: [*it, it[0]]),
    "no signatures": replaced(2, lambda _: []),
    "a signature too long": replaced(2, lambda it: [*it[1:], it[0] + b"\0"]),
    "a signature that is a number": replaced(2, lambda it: [*it[1:], 5]),
    "signatures in a map": replaced(2, lambda it: dict(enumerate(it))),
    "two labels swapped": replaced(3, with_labels_swapped),
    "a label of another": replaced(3, lambda it: it | {0: b"\1" * 32}),
    "a label twice": replaced(3, lambda it: it | {0: it[1]}),
    "a label left out": replaced(3, lambda it: {name: it[name] for name in it if name}),
    "no labels": replaced(3, lambda _: {}),
    "a short label": replaced(3, lambda it: it | {0: it[0][:31]}),
    "a label as text": replaced(3, lambda it: it | {0: "x" * 32}),
    "the name of a label as text": replaced(3, lambda it: it | {"0": b"\1" * 32}),
    "the name of a label below zero": replaced(3, lambda it: it | {-1: b"\1" * 32}),
    "a place more": replaced(4, lambda it: [*it, max(it) + 1]),
    "a place less": replaced(4, lambda it: it[1:]),
    "no places": replaced(4, lambda _: []),
    "a place beyond the end": replaced(4, lambda it: [*it, 10_000]),
    "a place twice": replaced(4, lambda it: [*it, it[0]]),
    "a place below zero": replaced(4, lambda it: [*it[1:], -1]),
    "a place that is true": replaced(4, lambda it: [True, *[place for place in it if place != 1]]),
    "a place that is a fraction": replaced(4, lambda it: [float(it[0]), *it[1:]]),
    "a place that is a big number": replaced(4, lambda it: [*it, 2**70]),
    "a part less": lambda it: it[:4],
    "a part more": lambda it: [*it, 0],
    "all in a map": lambda it: dict(enumerate(it)),
    "nothing": lambda _: None,
    "a tag around it": lambda it: cbor2.CBORTag(55799, it),
    "a tag inside": replaced(2, lambda it: cbor2.CBORTag(258, it)),
    "no end to the list": lambda it: b"\x9f" + b"".join(map(cbor2.dumps, it)) + b"\xff",
    "something after it": lambda it: cbor2.dumps(it) + b"\0",
    "a list in a list in a list": replaced(2, lambda it: [[[it[0]]]]),
    "a name of a label twice": lambda it: b"\x85" + b"".join(
        b"\xa2\x00\x58\x20" + bytes(32) + b"\x00\x58\x20" + bytes(32) if place == 3 else cbor2.dumps(part)
        for place, part in enumerate(it)
    ),
}  # fmt: skip


@rows("change", PARTS.values(), ids=PARTS.keys())
def test_nothing_in_the_value_can_be_changed(change: Callable[[list[Any]], Any]) -> None:
    forged = with_components(SHOWN, change(components(SHOWN)))

    with pytest.raises(BadSignature):
        look(forged)


def test_the_order_of_the_places_says_nothing() -> None:
    assert look(with_components(SHOWN, replaced(4, lambda it: it[::-1])(components(SHOWN)))).whole


def test_a_stranger_cannot_sign_what_is_shown_with_a_key_of_his_own() -> None:
    """He makes a key for the proof and signs every statement anew, but the issuer signed for another key."""
    forged = deepcopy(SHOWN)
    forged["name"] = "Docteur"
    signature, _, _, labels, places = components(forged)
    lines = selective_signer.lines_of(forged, labels)
    signatures = [guild.signature(line.encode(), OTHER_KEY) for place, line in enumerate(lines) if place not in places]

    with pytest.raises(BadSignature, match="signature-does-not-match"):
        look(with_components(forged, [signature, OTHER_POINT, signatures, labels, places]))


def test_one_thing_cannot_be_shown_as_two() -> None:
    """One node, split, and both halves under the label of the whole: each statement was signed, the picture was not."""
    members_ = guild.badge(guild.did(P256_KEY))
    subject = {"id": "urn:maria", "type": ["AchievementSubject"], "narrative": "Trois soudures."}
    members_ |= {"credentialSubject": subject, "evidence": {"type": ["Evidence"], "name": "Photo", "genre": "Film"}}
    base = selective_signer.base(members_, P256_KEY, always=["/issuer"])
    shown = derived(base, ["/evidence"])
    signature, key, signatures, labels, places = components(shown)
    lines = selective_signer.lines_of(shown, labels)
    by_line = dict(zip([one for place, one in enumerate(lines) if place not in places], signatures, strict=True))
    must = {lines[place] for place in places}
    kinds = {"type": ["Evidence"]}
    forged = shown | {"evidence": [kinds | {"name": "Photo"}, kinds | {"genre": "Film"}]}

    twice = {0: labels[0], 1: labels[0]}
    told = selective_signer.lines_of(forged, twice)
    assert set(told) == set(lines)
    assert len(told) > len(lines)
    parts = [signature, key, [by_line[one] for one in told if one not in must], twice]
    with pytest.raises(BadSignature, match="proof-malformed"):
        look(with_components(forged, [*parts, [place for place, one in enumerate(told) if one in must]]))


# A base proof is the holder's own.


def test_a_proof_for_the_holder_alone_is_nobodys_to_check() -> None:
    """It would give away what she keeps back; that it cannot be checked so does not make her badge a forgery."""
    examination = guild.examine(BADGE)

    assert (examination.state, examination.check("intact").reason) == ("unknown", "proof-for-holder-only")
    with pytest.raises(Unsupported):
        look(BADGE)


def test_a_proof_for_the_holder_alone_does_not_speak_against_another() -> None:
    both = guild.signed_in("ecdsa-rdfc-2019", guild.badge(guild.did(P256_KEY)), P256_KEY)

    assert guild.examine(both | {"proof": [both["proof"], BADGE["proof"]]}).state == "valid"
    forged = both | {"name": "Docteur", "proof": [both["proof"], BADGE["proof"]]}
    assert guild.examine(forged).state == "invalid"


def test_a_derived_proof_called_base_or_a_base_called_derived_passes_for_neither() -> None:
    with pytest.raises(Unsupported):
        look(with_components(SHOWN, components(SHOWN), BASE))
    with pytest.raises(BadSignature):
        look(with_components(BADGE, components(BADGE), DERIVED))


# What is no value, or too much of one.

VALUE = SHOWN["proof"]["proofValue"]


@rows("value", [None, 5, [], "", "u", "u2V0B", "u2V0", VALUE[1:], f"{VALUE}=", f"{VALUE} ", f"z{VALUE[1:]}",
                                   to_multibase(from_multibase(VALUE)[:3000]), "u" + "A" * 900])  # fmt: skip
def test_what_is_no_value_is_refused(value: object) -> None:
    with pytest.raises(BadSignature):
        disclosure(value, ISSUER)


def test_a_value_cut_anywhere_is_refused() -> None:
    content = from_multibase(VALUE)[3:]

    for end in range(len(content)):
        with pytest.raises(BadSignature):
            disclosure(written(DERIVED, content[:end]), ISSUER)


@rows(
    "content",
    [
        b"\x9b" + b"\xff" * 8,
        b"\x85\x5b" + b"\xff" * 8,
        b"\x85\xbb\x00" + b"\xff" * 7,
        b"\x81" * 500_000,
        b"\xc5" * 500_000 + b"\x00",
        b"\xc5\x82\x1b\x00" + b"\xff" * 7 + b"\x01",
        b"\xd8\x23\x78\x20" + b"(a+)+" * 6 + b"++",
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\xf9\x7e\x00",
    ],
    ids=range(9),
)
def test_a_value_made_to_keep_us_busy_does_not(content: bytes) -> None:
    with within(1), pytest.raises(BadSignature):
        disclosure(written(DERIVED, content), ISSUER)


def test_more_than_a_badge_can_say_is_beyond_our_limits() -> None:
    many = replaced(2, lambda it: it[:1] * 5_001)(components(SHOWN))
    with pytest.raises(Inexpressible):
        disclosure(written(DERIVED, many), ISSUER)
    with pytest.raises(Inexpressible):
        disclosure("u" + "A" * 1_000_000, ISSUER)
    assert guild.examine(with_components(SHOWN, many)).check("intact").reason == "not-canonicalisable"


@given(st.integers(0, len(from_multibase(VALUE)) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(place: int, difference: int) -> None:
    content = bytearray(from_multibase(VALUE))
    content[place] ^= difference
    forged = SHOWN | {"proof": SHOWN["proof"] | {"proofValue": written(b"", bytes(content))}}

    with pytest.raises((BadSignature, Unsupported)):
        look(forged)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of badges (../shared/corpus) is not here")
def test_what_others_derived_fits() -> None:
    folder = CORPUS / "1EdTech+digital-credentials-public-validator/inspector-vc/src/test/resources/ob30"
    document = json.loads((folder / "sd/derivedcredential.json").read_text(encoding="utf-8"))
    [proof] = document["proof"]
    key = public_key_from_multikey(proof["verificationMethod"].partition("#")[2])

    assert fits(document, proof, key).whole
    document["credentialSubject"]["achievement"]["name"] = "Teamworks"
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(document, proof, key)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of badges (../shared/corpus) is not here")
def test_the_base_proof_of_w3c_is_told_as_one() -> None:
    path = CORPUS / "w3c+vc-di-ecdsa/TestVectors/ecdsa-sd-2023/employ/addSignedSDBase.json"

    check = secured_object(json.loads(path.read_bytes()), guild.web()).intact

    assert (check.outcome, check.reason) == ("unknown", "proof-for-holder-only")
