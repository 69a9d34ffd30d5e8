"""Open Badges 2.0: what its documents must have, what is shown of them, and what no stranger can do to them."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.openbadges.support import hostile
from tests.openbadges.support.school import (
    BADGE,
    CLASS,
    HOME,
    ISSUER,
    KEY,
    NOW,
    School,
    assertion,
    badge_class,
    key,
    profile,
    signed_assertion,
    told,
)
from wallet.openbadges.badge import Alignment, Image, Recipient
from wallet.openbadges.examination import CHECKS, NotABadge, UnreadableBadge

EVIL = "https://evil.example/1"


@pytest.fixture
def school() -> School:
    """A school whose web is in order."""
    return School()


def test_marias_badge_is_valid_and_shown_as_her_school_wrote_it(school: School) -> None:
    found = school.examine(assertion(), ["maria@example.org"])

    assert found.state == "valid"
    assert tuple(check.name for check in found.checks) == CHECKS
    assert {check.outcome for check in found.checks} == {"passed"}
    assert all(check.source for check in found.checks)
    assert (found.binding, found.format, found.container) == ("proven", "Open Badges 2.0, hosted", "json")
    badge = found.badge
    assert (badge.id, badge.title, badge.issuer.name) == (BADGE, "Soudure – je maîtrise", "École du métal")
    assert badge.achievement.criteria.narrative == "Souder **seule**."
    assert badge.achievement.alignment == (Alignment(target_name="Souder", target_url="https://rome.example/H2913"),)
    assert badge.picture == Image(id=f"{HOME}/welding.png")
    assert badge.recipients == (Recipient(type="email", identity="maria@example.org"),)
    assert badge.achievement.tag == ("métal",)
    assert [(seen.address, seen.status) for seen in found.seen] == [(BADGE, 200), (CLASS, 200), (ISSUER, 200)]
    assert found.checked_at == NOW


def test_a_badge_past_its_end_is_expired_and_one_to_come_is_not_yet_valid(school: School) -> None:
    school.answers[BADGE] = assertion(expires="2026-11-24T11:00:00Z")
    assert school.examine(assertion()).state == "expired"

    school.answers[BADGE] = assertion(issuedOn="2026-11-24T13:00:00Z")
    assert school.examine(assertion()).state == "not-yet-valid"


def test_it_is_named_to_maria_and_to_nobody_else(school: School) -> None:
    assert school.examine(assertion(), ["maria@example.org"]).check("named_to_me").outcome == "passed"
    assert school.examine(assertion(), ["youssef@example.org"]).check("named_to_me").outcome == "failed"
    assert school.examine(assertion(), ["youssef@example.org"]).state == "valid"


@pytest.mark.parametrize(
    ("part", "changes", "reason"),
    [
        (BADGE, {"type": None}, "member-missing"),
        (BADGE, {"issuedOn": None}, "member-missing"),
        (BADGE, {"recipient": None}, "member-missing"),
        (BADGE, {"recipient": "maria@example.org"}, "recipient-unreadable"),
        (BADGE, {"recipient": {"type": "email", "identity": 5}}, "recipient-unreadable"),
        (BADGE, {"verification": None}, "member-missing"),
        (BADGE, {"badge": 5}, "member-unreadable"),
        (BADGE, {"issuedOn": "soon"}, "date-unreadable"),
        (BADGE, {"expires": "never"}, "date-unreadable"),
        (BADGE, {"@context": "https://w3id.org/openbadges/invalid"}, "context-unknown"),
        (BADGE, {"type": "Thing"}, "wrong-type"),
        (CLASS, {"name": None}, "member-missing"),
        (CLASS, {"description": []}, "member-missing"),
        (CLASS, {"criteria": None}, "member-missing"),
        (CLASS, {"issuer": None}, "member-missing"),
        (CLASS, {"type": "Assertion"}, "wrong-type"),
        (ISSUER, {"name": None}, "member-missing"),
        (ISSUER, {"url": None}, "member-missing"),
        (ISSUER, {"type": ["Extension"]}, "wrong-type"),
    ],
)
def test_a_badge_without_what_the_standard_requires_does_not_conform(
    school: School, part: str, changes: dict[str, Any], reason: str
) -> None:
    made = {BADGE: assertion, CLASS: badge_class, ISSUER: profile}[part]
    school.answers[part] = made(**changes)

    found = school.examine(assertion())

    assert ("conforms", "failed", reason) in told(found)
    assert found.state == "invalid"


@pytest.mark.parametrize("file", ["context/ob_v2p1.jsonld", "ob_v2p1.jsonld", "context.json"])
def test_maria_s_badge_in_the_words_of_2_1_is_as_good_as_one_of_2_0(school: School, file: str) -> None:
    """Open Badges 2.1, Specification Documents: its context file; its own name for its words; and that of Tsugi's badges."""
    school.answers[BADGE] = assertion(**{"@context": f"https://purl.imsglobal.org/spec/ob/v2p1/{file}"})

    found = school.examine(assertion())

    assert (found.state, found.format) == ("valid", "Open Badges 2.0, hosted")


@pytest.mark.parametrize("empty", [{"description": ""}, {"name": ""}, {"criteria": {}}])
def test_what_is_there_and_says_nothing_is_no_fault(school: School, empty: dict[str, Any]) -> None:
    """A text has no shortest length, and the members of Criteria are optional (Open Badges 2.0, Criteria)."""
    school.answers[CLASS] = badge_class(**empty)

    found = school.examine(assertion())

    assert found.check("conforms").reason == "member-empty"
    assert found.state == "valid"


def test_moodle_writes_alignments_and_verify(school: School) -> None:
    school.answers[BADGE] = assertion(verification=None, verify={"type": "hosted", "url": BADGE})
    school.answers[CLASS] = badge_class(
        alignment=None, alignments=[{"targetName": "A", "targetUrl": "https://a.example"}]
    )

    found = school.examine(assertion(verification=None, verify={"type": "hosted", "url": BADGE}))

    assert found.state == "valid"
    assert found.badge.achievement.alignment[0].target_name == "A"


@pytest.mark.parametrize("member", ["type", "identity", "hashed", "salt"])
def test_each_word_of_a_recipient_may_stand_in_a_list_of_one(school: School, member: str) -> None:
    hidden = hashlib.sha256(b"maria@example.orgsel").hexdigest()
    recipient: dict[str, Any] = {"type": "email", "hashed": True, "salt": "sel", "identity": f"sha256${hidden}"}
    school.answers[BADGE] = assertion(recipient=recipient | {member: [recipient[member]]})

    found = school.examine(assertion(), ["maria@example.org"])

    assert (found.state, found.check("named_to_me").outcome) == ("valid", "passed")


def test_the_name_of_a_person_and_the_language_are_the_issuers_words(school: School) -> None:
    school.answers[BADGE] = assertion(**{"extensions:recipientProfile": {"name": "Maria Duarte"}, "@language": "fr-FR"})

    found = school.examine(assertion())

    assert (found.badge.recipient_name, found.badge.language) == ("Maria Duarte", "fr-FR")


def test_a_class_with_a_name_for_each_language_is_read_in_ours(school: School) -> None:
    school.answers[BADGE] = assertion()
    school.answers[CLASS] = badge_class(name={"en": "Welding", "fr": "Soudure"})

    found = school.examine(assertion())

    assert (found.badge.title, found.badge.language) == ("Soudure", "fr")


@pytest.mark.parametrize(
    "document",
    [
        badge_class(),
        profile(),
        key(),
        {"type": "RevocationList", "revokedAssertions": []},
        {},
        {"badge": "https://a.example"},
    ],
)
def test_what_awards_nothing_to_anybody_is_no_badge(school: School, document: dict[str, Any]) -> None:
    with pytest.raises(NotABadge) as refusal:
        school.examine(document)

    assert refusal.value.reason == "not-a-badge"
    assert school.asked == []


WORDS = st.text(max_size=12) | st.sampled_from(
    [BADGE, CLASS, ISSUER, KEY, EVIL, "https://[", "urn:uuid:1", "hosted", "signed"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "url", "name", "issuer", "creator", "origin", "identity"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
NAMES = [*assertion(), *badge_class(), *profile(), *key(), "verify", "uid", "expires", "evidence", "narrative"]
NAMES += ["revoked", "publicKey", "revocationList", "salt", "issued_on", "@language", "revokedAssertions"]
MEMBERS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)


@given(MEMBERS, MEMBERS, MEMBERS, MEMBERS, st.booleans())
@pytest.mark.breadth
def test_no_document_of_a_stranger_breaks_anything(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any], four: dict[str, Any], is_signed: bool
) -> None:
    wrong = School(
        {
            BADGE: {**assertion(), **one},
            CLASS: {**badge_class(), **two},
            ISSUER: {**profile(publicKey=KEY), **three},
            KEY: {**key(), **four},
        }
    )
    claims = {**(signed_assertion() if is_signed else assertion()), **one}
    document = hostile.token({"alg": "RS256"}, claims, b"x") if is_signed else claims
    try:
        state = wrong.examine(document, ["maria@example.org"]).state
    except UnreadableBadge:
        state = "unreadable"

    assert not (is_signed and state == "valid")


@given(st.sampled_from(sorted(assertion())), VALUES)
@pytest.mark.breadth
def test_no_value_that_a_stranger_changes_in_the_file_is_ever_shown_as_valid(member: str, value: Any) -> None:
    changed = {**assertion(), member: value}
    try:
        found = School().examine(changed)
    except UnreadableBadge:
        return

    assert found.state != "valid" or found.badge == School().examine(assertion()).badge
