"""Unknown is an answer: a list that was not found, or a call that failed, never says that a badge stands."""

import base64
import copy
import gzip
import hashlib
import json
import zlib
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import DID_DOCUMENT, KEY, LIST, OTHER_KEY, WEB_DID, Answer
from tests.openbadges.test_red import examine_through
from wallet.openbadges.examination import Check
from wallet.openbadges.proofs.multibase import to_base64url
from wallet.openbadges.v3 import status

EVIL = "https://evil.example/list"


def asked(entry: Any, answers: dict[str, Answer], issuer: str | None = None) -> Check:
    badge = guild.badge(issuer, credentialStatus=entry)
    return status.not_withdrawn(badge, guild.web(answers))


def word(entry: Any, answer: Answer, issuer: str | None = None) -> tuple[str, str]:
    check = asked(entry, {LIST: answer}, issuer)
    return check.outcome, check.reason


def signed_list(*withdrawn: int, **members: Any) -> dict[str, Any]:
    return guild.signed(guild.status_list(withdrawn, **members))


def test_an_issuer_that_announces_no_withdrawal_is_believed() -> None:
    assert word(None, 404) == ("passed", "no-withdrawal-announced")


def test_a_badge_that_is_not_in_the_list_stands() -> None:
    check = asked(guild.status(), {LIST: signed_list(41, 43)})

    assert (check.outcome, check.detail) == ("passed", LIST)


@rows("index", [0, 7, 8, 42, "42", 131_071], ids=repr)
def test_a_badge_that_is_in_the_list_was_withdrawn(index: int | str) -> None:
    assert word(guild.status(index), signed_list(int(index))) == ("failed", "revoked")
    others = {0, 7, 8, 42, 131_071} - {int(index)}
    assert word(guild.status(index), signed_list(*others)) == ("passed", "")


def test_a_suspended_badge_is_not_a_revoked_one() -> None:
    entry = guild.status(purpose="suspension")

    assert word(entry, signed_list(42, purpose="suspension")) == ("failed", "suspended")
    assert word(entry, signed_list(purpose="suspension")) == ("passed", "")


def test_of_several_entries_the_gravest_counts() -> None:
    other = "https://guild.example/lists/2"
    entries = [guild.status(purpose="suspension", statusListCredential=other), guild.status()]
    suspended = signed_list(42, purpose="suspension")

    def gravest(revocations: Answer, suspensions: Answer) -> tuple[str, str]:
        check = asked(entries, {LIST: revocations, other: suspensions})
        return check.outcome, check.reason

    assert gravest(signed_list(42), suspended) == ("failed", "revoked")
    assert gravest(signed_list(), suspended) == ("failed", "suspended")
    assert gravest("timeout", suspended) == ("failed", "suspended")
    assert gravest(signed_list(), 404) == ("unknown", "status-list-unreachable")
    assert gravest(signed_list(), signed_list(purpose="suspension")) == ("passed", "")
    assert gravest(signed_list(), kept_by_another(purpose="suspension")) == ("passed", status.KEPT_BY_ANOTHER)
    assert gravest(kept_by_another(), signed_list(purpose="suspension")) == ("passed", status.KEPT_BY_ANOTHER)


@pytest.mark.parametrize(
    "entry", ["BitstringStatusListEntry", "1EdTechRevocationList", ["StatusList2021Entry"]], ids=str
)
def test_the_name_of_a_kind_in_place_of_an_entry_is_unknown(entry: Any) -> None:
    """It was taken for an entry of that kind, and ended the examination with an error of the program."""
    assert word(entry, 404) == ("unknown", "status-unsupported")
    assert guild.examine(guild.token(guild.badge(credentialStatus=entry))).state == "unknown"


@pytest.mark.parametrize("purpose", ["message", "refresh"])
def test_other_news_of_a_badge_withdraw_nothing(purpose: str) -> None:
    assert word(guild.status(purpose=purpose), "timeout")[0] == "passed"


@rows("answer", ["timeout", "refused", 404, 410, 500, 301])
def test_a_status_list_not_found_is_unknown(answer: Answer) -> None:
    """LCW drops a failed status check and says verified (docs/decisions.md 13)."""
    assert word(guild.status(), answer) == ("unknown", "status-list-unreachable")


@rows("answer", [b"", b"<html>", b"{", b"[]", b"\xff\xfe", b"a.b.c", b"null"])
def test_a_failed_status_call_is_not_taken_as_active(answer: Answer) -> None:
    """LearnCard "fails open" (docs/decisions.md 13)."""
    assert word(guild.status(), answer) == ("unknown", "status-list-unreadable")


def test_a_list_that_nobody_signed_is_unknown() -> None:
    assert word(guild.status(), guild.status_list()) == ("unknown", "status-list-not-intact")
    assert word(guild.status(), guild.status_list([42])) == ("unknown", "status-list-not-intact")


def test_a_list_that_was_changed_is_unknown() -> None:
    made = signed_list(42)
    made["credentialSubject"]["encodedList"] = guild.bits()

    assert word(guild.status(), made) == ("unknown", "status-list-not-intact")


UNHEARD = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofPurpose": "assertionMethod"}


@rows(
    ("answer", "why"),
    [
        (guild.status_list() | {"proof": UNHEARD}, "unchecked"),
        (guild.token(guild.status_list(), alg="Ed448").encode(), "unchecked"),
        (guild.token(guild.status_list(issuer="did:ebsi:zabc"), kid="did:ebsi:zabc#k").encode(), "unchecked"),
        (signed_list() | {"@context": [guild.VC2, "https://issuer.example/words"]}, "unchecked"),
        (guild.status_list(), "later"),
        (signed_list() | {"issuer": guild.did(OTHER_KEY)}, "later"),
    ],
)
def test_a_list_says_whether_another_day_can_help(answer: Answer, why: str) -> None:
    """One that is signed in a way that is not checked here will be so tomorrow."""
    found = guild.examine(guild.token(guild.badge(credentialStatus=guild.status())), {LIST: answer})

    reason = "status-list-not-intact" if why == "later" else "status-list-unsupported"
    assert found.check("not_withdrawn").reason == reason
    assert (found.state, found.why_unknown) == ("unknown", why)


def kept_by_another(*withdrawn: int, **members: Any) -> dict[str, Any]:
    """As the Digital Credentials Consortium keeps them: one key signs the badges, another one the lists."""
    return guild.signed(guild.status_list(withdrawn, guild.did(OTHER_KEY), **members), OTHER_KEY)


@pytest.mark.parametrize("issuer", [None, WEB_DID, f"https://{guild.HOST}/profile", "did:web:elsewhere.example"])
def test_a_list_that_another_keeps_counts_and_names_its_keeper(issuer: str | None) -> None:
    """The badge's own signature covers the address of the list (docs/decisions.md 30)."""
    stands = asked(guild.status(), {LIST: kept_by_another(41)}, issuer)
    withdrawn = asked(guild.status(), {LIST: kept_by_another(42)}, issuer)

    assert (stands.outcome, stands.reason, stands.detail) == ("passed", status.KEPT_BY_ANOTHER, guild.did(OTHER_KEY))
    assert (withdrawn.outcome, withdrawn.reason) == ("failed", "revoked")
    assert withdrawn.detail == f"{LIST}, kept by {guild.did(OTHER_KEY)}"


def test_a_list_that_another_keeps_is_read_no_less_strictly() -> None:
    changed = kept_by_another()
    changed["credentialSubject"]["encodedList"] = guild.bits([41])
    for answer, reason in (
        (changed, "status-list-not-intact"),
        (guild.status_list(issuer=guild.did(OTHER_KEY)), "status-list-not-intact"),
        (kept_by_another() | {"extra": 1}, "status-list-not-proven"),
        (kept_by_another(purpose="suspension"), "status-list-of-another-purpose"),
        (kept_by_another(validUntil="2026-01-02T00:00:00Z"), "status-list-out-of-date"),
        (kept_by_another(validFrom="2027-01-02T00:00:00Z"), "status-list-out-of-date"),
    ):
        assert word(guild.status(), answer) == ("unknown", reason)


def test_a_list_in_the_name_of_somebody_whose_key_did_not_sign_it_says_nothing_good() -> None:
    for name in (guild.did(), WEB_DID):
        answers: dict[str, Answer] = {
            LIST: guild.signed(guild.status_list(issuer=name), OTHER_KEY),
            DID_DOCUMENT: guild.did_document(),
        }
        check = asked(guild.status(), answers, "did:web:elsewhere.example")
        assert (check.outcome, check.reason) == ("unknown", "status-list-not-proven")


@pytest.mark.parametrize(
    ("elsewhere", "outcome"),
    [(f"https://www.{guild.HOST}/lists/1", "passed"), (f"https://perso.{guild.HOST}/1", "unknown"), (EVIL, "unknown")],
)
def test_nobody_keeps_a_list_by_an_open_redirect(elsewhere: str, outcome: str) -> None:
    badge = guild.signed(guild.badge(credentialStatus=guild.status()))

    found = examine_through({LIST: (elsewhere, kept_by_another())}, badge).check("not_withdrawn")

    assert found.outcome == outcome
    assert found.reason == (status.KEPT_BY_ANOTHER if outcome == "passed" else "redirected-elsewhere")
    # What the issuer signed is the issuer's, wherever it stands.
    assert examine_through({LIST: (elsewhere, signed_list())}, badge).check("not_withdrawn").outcome == "passed"


def test_an_address_that_the_badge_does_not_sign_is_not_asked() -> None:
    """The context of the forerunner is missing: no signature covers where the list is, and anybody may write it anew."""
    entry = guild.status(type="StatusList2021Entry")
    badge = guild.signed_in("Ed25519Signature2018", guild.badge(**{"@context": [guild.VC1, guild.OB3]}), KEY)
    with_entry = guild.badge(**{"@context": [guild.VC1, guild.OB3]}, credentialStatus={"id": entry["id"]})
    signed_entry = guild.signed_in("Ed25519Signature2018", with_entry, KEY)
    signed_entry["credentialStatus"] = entry

    found = guild.examine(signed_entry, {LIST: kept_by_another()})

    assert (found.check("intact").outcome, found.state) == ("passed", "unknown")
    assert found.check("not_withdrawn").reason == "status-unsupported"
    assert LIST not in [seen.address for seen in found.seen]
    assert guild.examine(badge).state == "valid"


def test_a_badge_whose_list_another_keeps_is_valid_from_end_to_end() -> None:
    badge = guild.signed(guild.badge(credentialStatus=guild.status()))
    token = guild.token(guild.badge(credentialStatus=guild.status()) | {"iss": guild.did()})

    for written in (badge, token):
        assert guild.examine(written, {LIST: kept_by_another(41)}).state == "valid"
        assert guild.examine(written, {LIST: kept_by_another(42)}).state == "revoked"
        assert guild.examine(written, {LIST: "timeout"}).state == "unknown"


def test_a_list_by_a_key_that_is_only_claimed_does_not_say_that_a_badge_stands() -> None:
    claimed = guild.signed(
        guild.status_list(issuer="https://guild.example/x"), by=f"https://guild.example/x#{guild.multikey(KEY)}"
    )

    assert word(guild.status(), claimed, "https://guild.example/x") == ("unknown", "status-list-not-proven")
    withdrawn = guild.signed(
        guild.status_list([42], issuer="https://guild.example/x"), by=f"https://guild.example/x#{guild.multikey(KEY)}"
    )
    assert word(guild.status(), withdrawn, "https://guild.example/x") == ("failed", "revoked")


def test_a_list_by_a_web_did_is_proven_by_its_document() -> None:
    made = guild.signed(guild.status_list(issuer=WEB_DID), by=f"{WEB_DID}#key-1")
    check = asked(guild.status(), {LIST: made, DID_DOCUMENT: guild.did_document()}, WEB_DID)

    assert check.outcome == "passed"


def test_a_list_with_words_that_nobody_signed_is_not_believed() -> None:
    assert word(guild.status(), signed_list() | {"extra": 1}) == ("unknown", "status-list-not-proven")


@rows("place", ["description", "validUntil", "a/b~c"])
def test_a_null_in_a_list_is_nobodys_word(place: str) -> None:
    """As issuers write a list whose tools write all members that it might have."""
    assert word(guild.status(), signed_list() | {place: None}) == ("passed", "")
    assert word(guild.status(), signed_list(42) | {place: None}) == ("failed", "revoked")
    assert word(guild.status(), signed_list() | {place: None, "extra": 1}) == ("unknown", "status-list-not-proven")


def test_a_list_that_hides_a_signed_statement_is_not_believed_when_it_says_nothing() -> None:
    """Spelt otherwise, its end is signed and nobody who reads JSON sees it (context_guard.py)."""
    hides = {"https://www.w3.org/2018/credentials#validUntil": "2026-01-02T00:00:00Z"}

    assert word(guild.status(), signed_list(**hides)) == ("unknown", "status-list-not-proven")
    assert word(guild.status(), signed_list(42, **hides)) == ("failed", "revoked")


@pytest.mark.parametrize("claims", [{"sub": "urn:another"}, {"jti": "urn:another"}])
def test_nor_is_a_token_whose_claims_contradict_its_list(claims: dict[str, str]) -> None:
    listed = guild.token(guild.status_list() | {"iss": guild.did()} | claims).encode()

    assert word(guild.status(), listed) == ("unknown", "status-list-not-proven")


def test_of_two_ends_of_a_list_the_first_one_counts() -> None:
    for own, around in (("2030-01-01T00:00:00Z", 1_767_225_700), ("2026-01-02T00:00:00Z", 1_893_456_000)):
        listed = guild.token(guild.status_list(validUntil=own) | {"iss": guild.did(), "exp": around}).encode()
        assert word(guild.status(), listed) == ("unknown", "status-list-out-of-date")


@pytest.mark.parametrize(
    "members",
    [
        {"validFrom": "2027-01-01T00:00:00Z"},
        {"validUntil": "2026-01-02T00:00:00Z"},
        {"validUntil": "soon"},
    ],
)
def test_a_list_out_of_date_is_unknown(members: dict[str, str]) -> None:
    for withdrawn in ([], [42]):
        made = guild.signed(guild.status_list(withdrawn, **members))
        assert word(guild.status(), made) == ("unknown", "status-list-out-of-date")


def test_a_list_whose_subject_stands_in_a_list_of_one_is_that_list() -> None:
    for withdrawn, told in ([], ("passed", "")), ([42], ("failed", "revoked")):
        made = guild.status_list(withdrawn)
        assert word(guild.status(), guild.signed(made | {"credentialSubject": [made["credentialSubject"]]})) == told


def test_a_list_may_be_wrapped_as_badges_are() -> None:
    """Verifiable Credentials Data Model 2.0, 4.13: Enveloped Verifiable Credentials."""
    token = guild.token(guild.status_list([42]))
    envelope = {
        "@context": guild.VC2,
        "id": f"data:application/vc+jwt,{token}",
        "type": "EnvelopedVerifiableCredential",
    }
    for written in (envelope, {"jwt": token}, json.dumps(token).encode()):
        assert word(guild.status(), written) == ("failed", "revoked")


def changed_subject(**members: Any) -> dict[str, Any]:
    document = copy.deepcopy(guild.status_list())
    document["credentialSubject"] |= members
    return guild.signed_in("eddsa-jcs-2022", document, KEY)


@rows(
    ("answer", "reason"),
    [
        (changed_subject(type="StatusList2021"), "status-list-of-another-kind"),
        (guild.signed_in("eddsa-jcs-2022", guild.status_list(credentialSubject=[]), KEY), "status-list-of-another-kind"),
        (changed_subject(statusPurpose="suspension"), "status-list-of-another-purpose"),
        (changed_subject(encodedList=None), "status-list-unreadable"),
        (changed_subject(encodedList="uAAAA"), "status-list-unreadable"),
        (changed_subject(encodedList="u!"), "status-list-unreadable"),
        (changed_subject(encodedList=guild.bits()[:40]), "status-list-unreadable"),
        (changed_subject(encodedList=guild.bits(size=40)), "status-index-beyond-list"),
        (changed_subject(encodedList=guild.bits(size=8 * 4_194_312)), "status-list-too-long"),
    ],
)  # fmt: skip
def test_a_list_that_does_not_fit_is_unknown(answer: dict[str, Any], reason: str) -> None:
    assert word(guild.status(), answer) == ("unknown", reason)


def test_a_list_may_have_several_purposes_and_padding() -> None:
    both = changed_subject(statusPurpose=["suspension", "revocation"])
    padded = changed_subject(encodedList=guild.bits()[1:] + "==")

    assert word(guild.status(), both) == ("passed", "")
    assert word(guild.status(), padded) == ("passed", "")


@rows("index", [-1, 2**31, "0x1", "", None, True, 1.5, "²", "9" * 10, ["1", "2"], {}])
def test_an_index_that_is_none_is_unknown(index: Any) -> None:
    assert word(guild.status(index), signed_list())[0] == "unknown"


@rows(
    ("entry", "reason"),
    [
        ("x", "status-unsupported"),
        ({}, "status-unsupported"),
        ({"type": "Unheard"}, "status-unsupported"),
        ({"type": ["BitstringStatusListEntry", "StatusList2021Entry"]}, "status-unsupported"),
        ({"type": [5]}, "status-unsupported"),
        (guild.status(purpose="mood"), "status-unsupported"),
        (guild.status(purpose=["message", "refresh"]), "status-unsupported"),  # type: ignore[arg-type]
        (guild.status(statusSize=2), "status-unsupported"),
        (guild.status(statusListCredential=None), "status-malformed"),
        (guild.status(statusListCredential="file:///etc/passwd"), "status-malformed"),
        ([guild.status(number) for number in range(20)], "too-many-status-entries"),
    ],
)
def test_an_entry_that_we_do_not_understand_is_unknown(entry: Any, reason: str) -> None:
    assert word(entry, signed_list()) == ("unknown", reason)


def test_a_badge_may_have_sixteen_entries_and_stand_at_the_very_end_of_a_list() -> None:
    assert word([guild.status(number) for number in range(16)], signed_list()) == ("passed", "")
    short = changed_subject(encodedList=guild.bits([39], size=40))
    assert word(guild.status(39), short) == ("failed", "revoked")
    assert word(guild.status(40), short) == ("unknown", "status-index-beyond-list")


def test_a_list_may_be_a_token() -> None:
    claims = guild.status_list([42]) | {"iss": guild.did()}

    assert word(guild.status(), guild.token(claims).encode()) == ("failed", "revoked")
    assert word(guild.status("43"), guild.token(claims).encode()) == ("passed", "")
    assert word(guild.status("43"), guild.token(claims | {"exp": 1}).encode())[0] == "unknown"


def test_a_list_may_begin_with_the_mark_that_some_servers_write_before_a_text() -> None:
    written = json.dumps(signed_list(42)).encode("utf-8-sig")

    assert word(guild.status(), written) == ("failed", "revoked")
    assert word(guild.status("43"), written) == ("passed", "")


def older(kind: str, subject: str, **members: Any) -> dict[str, Any]:
    """A list as it was before the Bitstring Status List."""
    inner = {"id": f"{LIST}#list", "type": subject, "encodedList": guild.bits([42])[1:]} | members
    types = ["VerifiableCredential", kind]
    return guild.signed_in("eddsa-jcs-2022", guild.status_list(type=types, credentialSubject=inner), KEY)


def test_the_forerunners_are_read_too() -> None:
    answer = older("StatusList2021Credential", "StatusList2021", statusPurpose="revocation")
    assert word(guild.status(type="StatusList2021Entry"), answer) == ("failed", "revoked")
    assert word(guild.status("41", type="StatusList2021Entry"), answer) == ("passed", "")

    answer = older("RevocationList2020Credential", "RevocationList2020")
    entry = {"type": "RevocationList2020Status", "revocationListIndex": "42", "revocationListCredential": LIST}
    assert word(entry, answer) == ("failed", "revoked")
    assert word(entry | {"revocationListIndex": "41"}, answer) == ("passed", "")


def test_a_forerunner_may_be_written_in_the_other_alphabet_and_packed_with_zlib() -> None:
    # walt.id (waltid-identity, issue 1075) and ssi-sdk write "base-64" with + and /; RevocationList2020 says zlib.
    content = bytearray(hashlib.sha512(b"noise").digest() * 256)
    content[42 // 8] = 0b00100000
    written = base64.b64encode(gzip.compress(bytes(content), mtime=0)).decode()
    assert {"+", "/"} <= set(written)

    for text in (written, written.rstrip("=")):
        answer = older("StatusList2021Credential", "StatusList2021", statusPurpose="revocation", encodedList=text)
        assert word(guild.status(type="StatusList2021Entry"), answer) == ("failed", "revoked")
        assert word(guild.status("41", type="StatusList2021Entry"), answer) == ("passed", "")

    packed = base64.b64encode(zlib.compress(bytes(content))).decode()
    answer = older("RevocationList2020Credential", "RevocationList2020", encodedList=packed)
    entry = {"type": "RevocationList2020Status", "revocationListIndex": "42", "revocationListCredential": LIST}
    assert word(entry, answer) == ("failed", "revoked")
    assert word(entry | {"revocationListIndex": "41"}, answer) == ("passed", "")


PLAIN = {"id": LIST, "type": "1EdTechRevocationList"}


@rows(
    ("answer", "outcome", "reason"),
    [
        ({"revokedCredential": []}, "passed", ""),
        ({"revokedCredential": [{"id": "urn:uuid:other"}, "urn:uuid:other"]}, "passed", ""),
        ({"revokedCredential": [{"id": "urn:uuid:b1", "revoked": False}]}, "passed", ""),
        ({"revokedCredential": [{"id": "urn:uuid:b1", "revoked": True}]}, "failed", "revoked"),
        ({"revokedCredential": [{"id": " urn%3Auuid:b1 "}]}, "failed", "revoked"),
        ({"revokedCredential": ["urn:uuid:b1"]}, "failed", "revoked"),
        # As SURF's edubadges documents it, and 1EdTech's own validator reads it: in the plural, and "true" in quotes.
        ({"revokedCredentials": []}, "passed", ""),
        ({"revokedCredentials": [{"id": "urn:uuid:b1", "revoked": "true"}]}, "failed", "revoked"),
        ({"revokedCredentials": [{"id": "urn:uuid:b1", "revoked": "false"}]}, "passed", ""),
        ({"revokedCredential": [], "revokedCredentials": [{"id": "urn:uuid:b1"}]}, "failed", "revoked"),
        ({"revokedCredential": [], "revokedCredentials": "urn:uuid:b1"}, "unknown", "status-list-unreadable"),
        ({"revokedCredential": [5, None]}, "unknown", "status-list-unreadable"),
        ({"revokedCredential": [5, "urn:uuid:b1"]}, "failed", "revoked"),
        ({"revokedCredential": [], "issuer": guild.did()}, "passed", ""),
        ({"revokedCredential": [], "issuer": {"id": guild.did(), "type": "Profile"}}, "passed", ""),
        ({"revokedCredential": [], "issuer": "did:example:other"}, "unknown", "status-list-of-another-issuer"),
        ({"revokedCredential": [], "issuer": {"id": "did:example:other"}}, "unknown", "status-list-of-another-issuer"),
        ({"revokedCredential": [], "issuer": None}, "unknown", "status-list-of-another-issuer"),
        ({}, "unknown", "status-list-unreadable"),
        (b"nonsense", "unknown", "status-list-unreadable"),
        (404, "unknown", "status-list-unreachable"),
        ("timeout", "unknown", "status-list-unreachable"),
    ],
)
def test_the_list_of_1edtech_is_read(answer: Answer, outcome: str, reason: str) -> None:
    assert word(PLAIN, answer) == (outcome, reason)


def test_only_a_uuid_is_one_name_in_small_letters_and_in_capitals() -> None:
    """The address that differs from hers in a letter is somebody else's badge, and hers was not withdrawn."""
    for name, listed, outcome in (
        ("https://guild.example/aB", "https://guild.example/Ab", "passed"),
        ("https://guild.example/aB", "https://guild.example/aB", "failed"),
        ("urn:uuid:b1", "URN:UUID:B1", "failed"),
    ):
        badge = guild.badge(id=name, credentialStatus=PLAIN)
        assert status.not_withdrawn(badge, guild.web({LIST: {"revokedCredential": [listed]}})).outcome == outcome


def test_a_badge_without_a_name_is_in_no_list() -> None:
    badge = guild.badge(id=None, credentialStatus=PLAIN)
    check = status.not_withdrawn(badge, guild.web({LIST: {"revokedCredential": []}}))

    assert check.outcome == "unknown"


def test_the_reason_of_a_withdrawal_is_told() -> None:
    answer = {"revokedCredential": [{"id": "urn:uuid:b1", "revocationReason": "Issued by mistake"}]}

    assert asked(PLAIN, {LIST: answer}).detail == "Issued by mistake"


@pytest.mark.breadth
def test_a_bomb_is_not_unpacked() -> None:
    bomb = "u" + to_base64url(gzip.compress(bytes(64 * 1024 * 1024)))

    assert word(guild.status(), changed_subject(encodedList=bomb)) == ("unknown", "status-list-too-long")
