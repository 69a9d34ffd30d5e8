"""How a credential is secured: every proof that we know must hold, and what holds says whose it is."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, sd_jwts
from tests.openbadges.support.guild import DID_DOCUMENT, KEY, OTHER_KEY, WEB_DID, Answer
from wallet.openbadges import texts
from wallet.openbadges.examination import DamagedFile
from wallet.openbadges.proofs import jws, multibase
from wallet.openbadges.proofs.signed_texts import SignedText
from wallet.openbadges.proofs.verification import Secured, issuer_of, secured_object
from wallet.openbadges.v3.sd_jwt_badges import secured_text


def looked(document: dict[str, Any], answers: dict[str, Answer] | None = None) -> Secured:
    return secured_object(document, guild.web(answers))


def word(secured: Secured) -> tuple[str, str]:
    return secured.intact.outcome, secured.intact.reason


def test_a_badge_signed_by_its_issuer_is_intact_and_bound() -> None:
    found = looked(guild.signed(guild.badge()))

    assert word(found) == ("passed", "")
    assert (found.bound.outcome, found.binding) == ("passed", "self-certified")
    assert found.mechanism == "eddsa-rdfc-2022"
    assert found.generation
    assert found.credential == guild.badge()
    assert found.unsigned == ()


def test_a_badge_without_a_proof_is_unknown() -> None:
    found = looked(guild.badge())

    assert word(found) == ("unknown", "no-proof")
    assert found.binding == "unknown"
    assert found.mechanism == "unsigned"


def test_a_badge_is_read_without_what_was_not_signed() -> None:
    found = looked(guild.signed(guild.badge()) | {"grade": "A+++"})

    assert word(found) == ("passed", "")
    assert found.unsigned == ("/grade",)
    assert "grade" not in found.credential


def test_a_signature_over_nothing_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative id takes the meaning from all that is said of the badge."""
    document = guild.badge(id="relative")
    made = guild.signed_in("eddsa-rdfc-2022", document, KEY)

    found = looked(made)

    assert word(found) == ("failed", "nothing-signed")
    assert found.binding == "unknown"


def proof(**members: Any) -> dict[str, Any]:
    document = guild.signed(guild.badge())
    return document["proof"] | members


@rows(
    ("member", "value", "outcome", "reason"),
    [
        ("proofPurpose", "authentication", "failed", "proof-purpose"),
        ("proofPurpose", None, "failed", "proof-purpose"),
        ("verificationMethod", None, "failed", "proof-malformed"),
        ("verificationMethod", {"id": 5}, "failed", "proof-malformed"),
        ("verificationMethod", f"{WEB_DID}#key-1", "unknown", "key-document-unreachable"),
        ("verificationMethod", "did:key:z0", "failed", "key-malformed"),
        ("proofValue", "z1", "failed", "signature-does-not-match"),
        ("proofValue", 5, "failed", "proof-malformed"),
    ],
)
def test_a_proof_that_is_not_one_is_told(member: str, value: Any, outcome: str, reason: str) -> None:
    assert word(looked(guild.badge() | {"proof": proof(**{member: value})})) == (outcome, reason)


def test_a_proof_may_name_its_key_by_an_object() -> None:
    document = guild.signed(guild.badge())
    document["proof"]["verificationMethod"] = {"id": document["proof"]["verificationMethod"]}

    assert word(looked(document)) == ("passed", "")


def test_a_proof_that_is_no_object_is_told() -> None:
    assert word(looked(guild.badge() | {"proof": ["x"]})) == ("failed", "proof-malformed")


def test_words_that_we_do_not_know_cannot_be_checked() -> None:
    unknown = guild.badge(**{"@context": [guild.VC2, guild.OB3, "https://issuer.example/words"]})
    impossible = guild.badge(id=["a"])

    assert word(looked(unknown | {"proof": proof()})) == ("unknown", "context-unknown")
    assert word(looked(impossible | {"proof": proof()})) == ("unknown", "not-canonicalisable")


@pytest.mark.parametrize(
    ("members", "outcome", "reason"),
    [
        ({"expires": "2026-11-01T00:00:00Z"}, "passed", ""),
        ({"expires": "2027-11-01T00:00:00Z"}, "passed", ""),
        ({"expires": "soon"}, "unknown", "date-unreadable"),
    ],
)
def test_a_proof_has_its_own_end(members: dict[str, str], outcome: str, reason: str) -> None:
    assert word(looked(guild.signed(guild.badge(), **members))) == (outcome, reason)


PAST, LATER, LAST = "2026-11-01T00:00:00Z", "2027-11-01T00:00:00Z", "2028-11-01T00:00:00Z"


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@pytest.mark.parametrize(
    ("ends", "until", "state", "told"),
    [
        ([PAST], None, "expired", PAST),
        ([PAST], PAST, "expired", PAST),
        ([LATER], None, "valid", LATER),
        ([LATER], PAST, "expired", PAST),
        ([PAST, LATER], None, "valid", LATER),
        ([LATER, LAST], None, "valid", LAST),
        ([PAST, None], None, "valid", None),
    ],
)
def test_a_badge_whose_proofs_ended_is_past_its_end_and_nothing_was_forged(
    suite: str, ends: list[str | None], until: str | None, state: str, told: str | None
) -> None:
    """Léa's school signs for two years, and signs anew beside it: « the signature of this file is not right » was said of both."""
    document = guild.badge(validUntil=until)
    made = [guild.signed_in(suite, document, KEY, expires=end)["proof"] for end in ends]

    found = guild.examine({**document, "proof": made})

    assert (found.state, found.check("intact").outcome) == (state, "passed")
    assert found.badge.valid_until == (datetime.fromisoformat(told) if told else None)


def test_a_proof_that_a_stranger_sets_beside_it_makes_it_last_no_longer() -> None:
    ended, other = guild.signed(guild.badge(), expires=PAST), guild.signed(guild.badge(), key=guild.OTHER_KEY)

    assert guild.examine({**ended, "proof": [ended["proof"], other["proof"]]}).state == "expired"


def test_a_proof_from_the_future_waits() -> None:
    made = guild.openbadges.sign_eddsa_rdfc(guild.badge(), KEY, guild.method(), datetime(2027, 1, 1, tzinfo=UTC))

    assert word(looked(made)) == ("unknown", "proof-date")


@pytest.mark.parametrize("member", ["created", "expires"])
def test_a_proof_with_a_date_that_nobody_can_read_does_not_wait(member: str) -> None:
    """A person would come back each day for what no day brings."""
    found = guild.examine(guild.signed_in("eddsa-rdfc-2022", guild.badge(), KEY, **{member: "yesterday"}))

    assert (found.check("intact").reason, found.why_unknown) == ("date-unreadable", "unchecked")


UNHEARD = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofValue": "u"}


def test_proofs_of_kinds_that_we_do_not_know_are_told_and_alone_are_unknown() -> None:
    signed = guild.signed(guild.badge())
    found = looked(signed | {"proof": [UNHEARD, signed["proof"]]})

    assert word(found) == ("passed", "")
    assert found.mechanism == "bbs-2023 + eddsa-rdfc-2022"
    assert word(looked(guild.badge() | {"proof": UNHEARD})) == ("unknown", "proof-unsupported")


def test_one_good_and_one_bad_proof_are_a_bad_one() -> None:
    signed = guild.signed(guild.badge())
    bad = signed["proof"] | {"created": "2026-02-02T00:00:00Z"}
    by_no_key = signed["proof"] | {"verificationMethod": "did:key:z0"}

    for order in ([signed["proof"], bad], [bad, signed["proof"]]):
        assert word(looked(signed | {"proof": order})) == ("failed", "signature-does-not-match")
    for order in ([signed["proof"], by_no_key], [by_no_key, signed["proof"]]):
        assert word(looked(signed | {"proof": order})) == ("failed", "key-malformed")


def test_a_proof_of_another_beside_the_issuers_takes_nothing_away() -> None:
    both = guild.signed(guild.signed(guild.badge()), OTHER_KEY)
    found = looked(both)

    assert word(found) == ("passed", "")
    assert found.binding == "self-certified"


@rows(
    ("method", "answers"),
    [
        ("did:webvh:Qm1:other.example#key-1", {}),
        ("did:web:other.example#key-1", {"https://other.example/.well-known/did.json": "no-answer"}),
    ],
)
def test_nor_does_that_of_another_whose_key_is_not_known(method: str, answers: dict[str, guild.Answer]) -> None:
    signed = guild.signed(guild.badge())
    beside = guild.signed_in("eddsa-jcs-2022", guild.badge(), OTHER_KEY, verificationMethod=method)["proof"]

    for order in ([signed["proof"], beside], [beside, signed["proof"]]):
        assert word(looked(signed | {"proof": order}, answers)) == ("passed", "")
    of_the_other = guild.signed(guild.signed(guild.badge(method.partition("#")[0])), by=method)
    assert word(looked(of_the_other, answers))[0] == "unknown"


def test_what_another_signs_beside_a_proof_of_a_kind_that_we_do_not_know_makes_nothing_false() -> None:
    """« Ce badge ne vient pas de l’organisme » was said of one that its issuer signed by bbs-2023, and another by eddsa-rdfc-2022."""
    beside = guild.signed(guild.badge(), OTHER_KEY)

    for order in ([UNHEARD, beside["proof"]], [beside["proof"], UNHEARD]):
        found = looked(beside | {"proof": order})
        assert word(found) == ("unknown", "proof-unsupported")
        assert (found.bound.outcome, found.binding, found.key) == ("unknown", "unknown", "")
        assert word(looked(beside | {"proof": order, "name": "x"})) == ("failed", "signature-does-not-match")
        with_own = looked(beside | {"proof": [*order, guild.signed(guild.badge())["proof"]]})
        assert (*word(with_own), with_own.binding) == ("passed", "", "self-certified")


@rows("own", [{"created": "2027-01-01T00:00:00Z"}, {"expires": "soon"}, {"verificationMethod": f"{WEB_DID}#key-2"}])
def test_nor_does_what_another_signs_beside_a_proof_of_the_issuer_that_is_not_known_to_be_good(
    own: dict[str, str],
) -> None:
    """« Ce badge ne vient pas de l’organisme » was said of one whose issuer’s clock was wrong, or its key not listed any more."""
    by = {"verificationMethod": f"{WEB_DID}#key-1"} | own
    signed = guild.signed_in("eddsa-rdfc-2022", guild.badge(WEB_DID), KEY, **by)
    beside = guild.signed(guild.badge(WEB_DID), OTHER_KEY)["proof"]
    answers: dict[str, Answer] = {DID_DOCUMENT: guild.did_document()}

    for order in ([signed["proof"], beside], [beside, signed["proof"]]):
        found = looked(signed | {"proof": order}, answers)
        assert (found.intact, found.bound) == (looked(signed, answers).intact, looked(signed, answers).bound)
        assert (found.intact.outcome, found.binding, found.key) == ("unknown", "unknown", "")
        good = guild.signed(guild.badge(WEB_DID), by=f"{WEB_DID}#key-1")["proof"]
        assert looked(signed | {"proof": [*order, good]}, answers).binding == "proven"


def test_a_proof_by_which_somebody_signed_in_somewhere_takes_nothing_away_either() -> None:
    """Its holder's, made to show the badge: it was called a signature that is not right."""
    signed = guild.signed(guild.badge())
    shown = guild.signed(guild.badge(), OTHER_KEY, proofPurpose="authentication")["proof"]

    for order in ([signed["proof"], shown], [shown, signed["proof"]]):
        assert word(looked(signed | {"proof": order})) == ("passed", "")
        assert word(looked(signed | {"proof": order, "name": "x"})) == ("failed", "signature-does-not-match")
    assert word(looked(signed | {"proof": [shown, UNHEARD]})) == ("unknown", "proof-unsupported")
    assert word(looked(signed | {"proof": [shown, shown]})) == ("failed", "proof-purpose")


def test_what_a_stranger_signs_beside_the_issuer_covers_nothing() -> None:
    """A proof over the text of the whole badge, by somebody else, does not make its additions the issuer's."""
    signed = guild.signed(guild.badge()) | {"grade": "A+++"}
    stranger = guild.signed_in("eddsa-jcs-2022", signed, OTHER_KEY)["proof"]

    for order in ([signed["proof"], stranger], [stranger, signed["proof"]]):
        found = looked(signed | {"proof": order})
        assert word(found) == ("passed", "")
        assert found.unsigned == ("/grade",)


def test_a_proof_of_another_alone_is_a_mismatch() -> None:
    found = looked(guild.signed(guild.badge(), OTHER_KEY))

    assert word(found) == ("passed", "")
    assert (found.bound.outcome, found.binding) == ("failed", "mismatch")


def test_more_proofs_than_anybody_needs_are_not_all_looked_at() -> None:
    signed = guild.signed(guild.badge())

    assert word(looked(signed | {"proof": [signed["proof"]] * 20})) == ("unknown", "too-many-proofs")


def test_hidden_statements_are_looked_for_where_something_was_signed() -> None:
    signed = guild.signed(guild.badge())
    date = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": signed.pop("validUntil")}
    signed["https://www.w3.org/2018/credentials#validUntil"] = date

    found = looked(signed)

    assert word(found) == ("passed", "")
    assert found.hidden is not None
    assert found.hidden.outcome == "failed"
    assert looked({**signed, "proof": UNHEARD}).hidden is None
    text = guild.signed_in("eddsa-jcs-2022", guild.badge() | {"a:b": 1}, KEY)
    assert looked(text).hidden is None


STUDY_LOAD = "https://openbadges.education/static/extensions/StudyLoadExtension/context.json"


@pytest.mark.parametrize(
    ("before", "after", "unsigned"),
    [
        ([guild.VC2, guild.OB3], [guild.VC2, guild.OB3], ()),
        ([guild.VC2, guild.OB3], [guild.VC2, guild.OB3, STUDY_LOAD], ("/@context/2",)),
        (guild.VC2, [guild.VC2, guild.OB3, STUDY_LOAD], ("/@context/1", "/@context/2")),
        ([], guild.VC2, ("/@context",)),
        ([], [], ()),
    ],
)
def test_a_context_that_was_added_to_a_proof_over_the_text_is_not_signed(
    before: Any, after: Any, unsigned: tuple[str, ...]
) -> None:
    """Whoever adds one would say what the words of the issuer mean."""
    members = {"@context": before}
    signed = guild.signed_in("eddsa-jcs-2022", guild.badge(**members), KEY, **members)

    found = looked(signed | {"@context": after})

    assert word(found) == ("passed", "")
    assert found.unsigned == unsigned
    assert texts.listed(found.credential.get("@context")) == texts.listed(before)


def test_a_context_that_was_added_does_not_count_hours_nor_give_a_form() -> None:
    signed_contexts = {"@context": [guild.VC2, guild.OB3]}
    document = guild.badge(**signed_contexts)
    document["credentialSubject"]["achievement"]["extensions:StudyLoadExtension"] = {"StudyLoad": 3000}
    signed = guild.signed_in("eddsa-jcs-2022", document, KEY, **signed_contexts)
    signed["@context"] = [*signed["@context"], STUDY_LOAD]
    only_a_model = {"@context": [guild.VC2]}
    bare = guild.signed_in("eddsa-jcs-2022", guild.badge(**only_a_model), KEY, **only_a_model)

    found = guild.examine(signed)

    assert found.state == "valid"
    assert found.badge.details.hours == ""
    assert found.unsigned == ("/@context/2",)
    assert guild.examine(bare | {"@context": [guild.VC2, guild.OB3]}).state == "invalid"


def test_a_context_is_signed_where_one_of_the_issuers_proofs_covers_it() -> None:
    signed = guild.signed(guild.badge())
    model = {"@context": [guild.VC2]}
    less = guild.signed_in("eddsa-jcs-2022", guild.badge(**model), KEY, **model)

    assert looked({**signed, "proof": [signed["proof"], less["proof"]]}).unsigned == ()


def test_the_issuer_is_named_by_an_address_or_an_object() -> None:
    assert issuer_of({"issuer": "urn:x"}) == issuer_of({"issuer": {"id": "urn:x"}}) == "urn:x"
    assert issuer_of({"issuer": ["urn:x"]}) == issuer_of({"issuer": [{"id": "urn:x"}]}) == "urn:x"
    assert issuer_of({}) == issuer_of({"issuer": {"id": 5}}) == issuer_of({"issuer": ["urn:x", "urn:y"]}) == ""


def token(compact: str, answers: dict[str, Answer] | None = None) -> Secured:
    return secured_text(SignedText(compact), guild.web(answers))


def test_a_token_of_the_newer_model_is_its_own_credential() -> None:
    found = token(guild.token(guild.badge() | {"iat": 1, "aud": "x"}, typ="vc+jwt"))

    assert word(found) == ("passed", "")
    assert found.binding == "self-certified"
    assert found.mechanism == "VC-JWT, EdDSA"
    assert found.credential == guild.badge()
    assert found.hidden is None


@pytest.mark.parametrize("claims", [guild.badge(), {"vc": guild.badge(), "iss": guild.did()}])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_token_is_decoded_once_whatever_is_asked_of_it(
    claims: dict[str, Any], wrapped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its picture may have megabytes: to read them again and again was most of what a check cost."""
    compact = guild.token(claims)
    decoded: list[str] = []

    def decode(text: str) -> bytes:
        decoded.append(text)
        return multibase.from_base64url(text)

    monkeypatch.setattr(jws, "multibase", SimpleNamespace(from_base64url=decode))
    found = guild.examine({"jwt": compact} if wrapped else compact)

    assert (found.state, decoded.count(compact.split(".")[1])) == ("valid", 1)


def test_a_token_of_the_older_model_carries_its_credential() -> None:
    claims = {
        "vc": {"issuer": {"name": "La guilde"}, "credentialSubject": {"type": ["AchievementSubject"]}},
        "iss": guild.did(),
        "jti": "urn:uuid:b1",
        "sub": "did:example:maria",
        "nbf": 1_767_225_600,
        "exp": 1_893_456_000,
    }

    found = token(guild.token(claims))

    assert found.credential == {
        "issuer": {"name": "La guilde", "id": guild.did()},
        "id": "urn:uuid:b1",
        "credentialSubject": {"type": ["AchievementSubject"], "id": "did:example:maria"},
        "issuanceDate": 1_767_225_600,
        "expirationDate": 1_893_456_000,
    }
    assert (found.token_begins, found.token_ends) == (1_767_225_600, 1_893_456_000)
    assert word(found) == ("passed", "")


def test_what_the_older_token_says_takes_the_place_of_what_stands_in_it() -> None:
    """So its issuer is the one whose key is looked for, not one that somebody wrote inside; and that the two differ is told."""
    claims = {
        "vc": {"issuer": "https://harvard.example", "credentialSubject": [{"type": "A"}, {}]},
        "iss": guild.did(),
        "sub": "urn:m",
    }

    found = token(guild.token(claims))

    assert issuer_of(found.credential) == guild.did()
    assert found.credential["credentialSubject"] == [{"type": "A"}, {}]
    assert found.hidden is not None
    assert (found.hidden.outcome, found.hidden.reason, found.hidden.detail) == ("failed", "claims-differ", "iss")


@pytest.mark.parametrize(
    "issuer", [None, {"name": "La guilde"}, guild.did(), {"id": guild.did(), "name": "La guilde"}, "did:example:123"]
)
def test_an_older_token_may_name_its_issuer_once_or_twice_alike(issuer: Any) -> None:
    within = guild.badge() | {"issuer": issuer}

    assert token(guild.token({"vc": within, "iss": guild.did()})).hidden is None
    assert token(guild.token({"vc": guild.badge()})).hidden is None


@pytest.mark.parametrize(
    ("claim", "value"), [("iss", "did:example:other"), ("jti", "urn:uuid:other"), ("sub", "did:example:other")]
)
def test_a_newer_token_that_contradicts_itself_is_told(claim: str, value: str) -> None:
    subject = guild.badge()["credentialSubject"] | {"id": "did:example:maria"}
    found = token(guild.token(guild.badge(credentialSubject=subject) | {claim: value}))

    assert found.hidden is not None
    assert (found.hidden.outcome, found.hidden.reason, found.hidden.detail) == ("failed", "claims-differ", claim)


@rows("form", [lambda made: made | {"vc": None}, lambda made: {"vc": made, "validUntil": None}], ids=["2.0", "1.1"])
def test_a_claim_that_is_null_takes_nothing_from_what_a_token_carries(form: Any) -> None:
    """As tools write it that write all claims which a token might have."""
    made = guild.badge(credentialSubject=guild.badge()["credentialSubject"] | {"id": "did:example:maria"})
    plain = guild.examine(guild.token(made))

    for write in (guild.token, sd_jwts.issued):
        found = guild.examine(write(form(made) | dict.fromkeys(("iss", "jti", "sub", "nbf", "exp"))))
        assert (found.state, found.badge) == ("valid", plain.badge)


@rows("listed", [False, True])
@rows("form", [lambda made: made, lambda made: {"vc": made}], ids=["2.0", "1.1"])
def test_whom_a_token_names_by_its_claim_alone_is_whom_it_names(form: Any, listed: bool) -> None:
    """A badge of somebody else named nobody, and so was anybody's (Open Badges 3.0, 8.2: `sub` is the subject's id)."""
    subject = {name: told for name, told in guild.badge()["credentialSubject"].items() if name != "identifier"}
    made = form(guild.badge(credentialSubject=[subject] if listed else subject))
    told = guild.token(made | {"iss": guild.did(), "sub": "mailto:maria@example.org"})

    for address, outcome in (("maria@example.org", "passed"), ("paul@example.org", "failed")):
        found = guild.examine(told, addresses=(address,))
        assert (found.state, found.check("named_to_me").outcome) == ("valid", outcome)
    if listed:
        other = [subject | {"id": "mailto:paul@example.org"}]
        newer = guild.token(guild.badge(credentialSubject=other) | {"sub": "mailto:maria@example.org"})
        assert guild.examine(newer).check("conforms").reason == "claims-differ"


def test_a_newer_token_may_say_twice_what_is_the_same() -> None:
    same = {"iss": guild.did(), "jti": "urn:uuid:b1", "sub": "did:example:maria"}

    assert token(guild.token(guild.badge() | same)).hidden is None
    assert token(guild.token(guild.badge(credentialSubject="urn:m") | same)).hidden is None
    bare = {name: value for name, value in guild.badge().items() if name not in ("issuer", "id")}
    assert issuer_of(token(guild.token(bare | same)).credential) == guild.did()


@rows(
    ("header", "outcome", "reason"),
    [
        ({"alg": "HS256"}, "failed", "algorithm-forbidden"),
        ({"alg": "none"}, "failed", "algorithm-forbidden"),
        ({"alg": "ML-DSA-44"}, "unknown", "algorithm-unsupported"),
        ({"typ": "at+jwt"}, "unknown", "token-type-unsupported"),
        ({"typ": None}, "passed", ""),
        ({"typ": "application/vc+jwt"}, "passed", ""),
        ({"typ": "JOSE"}, "passed", ""),
        ({"kid": guild.method(OTHER_KEY)}, "failed", "signature-does-not-match"),
        ({"kid": f"{WEB_DID}#key-1"}, "unknown", "key-document-unreachable"),
        ({"kid": "did:key:z0"}, "failed", "key-malformed"),
    ],
)
def test_each_header_is_judged_by_what_it_allows(header: dict[str, Any], outcome: str, reason: str) -> None:
    found = token(guild.token(guild.badge(), **header))

    assert word(found) == (outcome, reason)
    assert (found.binding == "unknown") == (outcome != "passed")


def test_a_token_without_a_key_is_tried_with_those_of_its_issuer() -> None:
    document = guild.did_document(OTHER_KEY)
    document["verificationMethod"] += [
        {"id": f"{WEB_DID}#key-2", "publicKeyMultibase": guild.multikey(KEY)},
    ]
    document["assertionMethod"] += [f"{WEB_DID}#key-2"]
    made = guild.token(guild.badge(WEB_DID), kid=None)

    assert word(token(made, {DID_DOCUMENT: document})) == ("passed", "")
    assert token(made, {DID_DOCUMENT: document}).binding == "proven"
    assert word(token(made, {DID_DOCUMENT: guild.did_document(OTHER_KEY)})) == ("failed", "signature-does-not-match")
    none = guild.did_document(assertionMethod=[])
    assert word(token(made, {DID_DOCUMENT: none})) == ("unknown", "issuer-lists-no-key")


@pytest.mark.parametrize("compact", ["a.b.c", "e30.e30", f"{guild.token(guild.badge())}.x", "e30.W10.AA", "e30.e30.A="])
def test_what_is_no_token_is_damaged(compact: str) -> None:
    with pytest.raises(Exception) as problem:  # noqa: PT011 - of one family
        token(compact)

    assert isinstance(problem.value, guild.openbadges.UnreadableBadge)
    assert isinstance(problem.value, DamagedFile) or "W10" in compact
