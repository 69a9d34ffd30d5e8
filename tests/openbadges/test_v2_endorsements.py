"""What others say in a badge of Open Badges 2.0: asked at its own address, told for what it is worth, of no weight for the badge."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import school
from tests.openbadges.support.school import BADGE, CLASS, ISSUER, School
from wallet import openbadges
from wallet.openbadges import Endorsement, NotABadge, Party, endorsing

TOWN = "https://hall.example"
WORD = f"{TOWN}/words/1"
HALL = f"{TOWN}/profile"
COMMENT = "Je l’ai vue souder."


def word(about: str = BADGE, **members: Any) -> dict[str, Any]:
    """What the town hall says of *about*."""
    whole = {
        "@context": school.CONTEXT,
        "type": "Endorsement",
        "id": WORD,
        "claim": {"id": about, "endorsementComment": COMMENT},
        "issuer": HALL,
        "issuedOn": "2026-02-01T00:00:00Z",
        "verification": {"type": "HostedBadge"},
    }
    return {name: value for name, value in (whole | members).items() if value is not None}


def hall(**members: Any) -> dict[str, Any]:
    """Who the town hall says that it is."""
    return school.profile(id=HALL, name="La mairie", url=TOWN) | members


def told(written: Any, answers: dict[str, Any] | None = None, *, place: str = BADGE) -> tuple[Endorsement, ...]:
    """What is told of *written* at one place of Maria's badge, which stays valid."""
    web = School()
    web.answers |= {WORD: word(), HALL: hall(), **(answers or {})}
    document: Any = web.answers[place]
    web.answers[place] = document | {"endorsement": written}
    found = web.examine(school.assertion())
    assert found.state == "valid"
    assert found.unanswered == ()
    return found.endorsements


def test_a_word_on_a_badge_is_asked_at_its_address_and_told_with_who_says_it() -> None:
    assert told(WORD) == (
        Endorsement(
            about="badge",
            endorser=Party(id=HALL, name="La mairie"),
            comment=COMMENT,
            said_on=datetime(2026, 2, 1, tzinfo=UTC),
            by="other",
            state="valid",
            binding="proven",
            intact="passed",
            bound="passed",
        ),
    )


@pytest.mark.parametrize(("place", "about"), [(CLASS, "achievement"), (ISSUER, "issuer")])
def test_what_it_is_about_its_claim_says_and_not_its_place(place: str, about: str) -> None:
    assert [one.about for one in told([word()], {WORD: word(place)}, place=place)] == [about]
    assert [one.about for one in told([word(place)], {WORD: word("urn:other")}, place=place)] == ["other"]


def test_what_is_carried_within_is_not_believed_where_its_address_says_something_else() -> None:
    """The file could be written by anybody: the address speaks for the town hall."""
    forged = word() | {"claim": {"id": BADGE, "endorsementComment": "La meilleure."}}

    assert [one.comment for one in told(forged)] == [COMMENT]


@rows(
    ("answers", "state", "reason"),
    [
        ({WORD: 404}, "unknown", "not-found-at-issuer"),
        ({WORD: 410}, "revoked", "no-longer-published"),
        ({WORD: "timeout"}, "unknown", "issuer-does-not-answer"),
        ({WORD: word(revoked=True)}, "revoked", ""),
        ({WORD: word(revoked="true")}, "revoked", ""),
        ({WORD: word(id=f"{TOWN}/words/2")}, "unknown", "no-endorsement"),
        ({WORD: school.assertion()}, "unknown", "no-endorsement"),
        ({WORD: ("https://evil.example/1", word())}, "unknown", "redirected-elsewhere"),
        ({WORD: word(expires="2026-03-01T00:00:00Z")}, "expired", "ended"),
        ({WORD: word(issuedOn="2030-01-01T00:00:00Z")}, "not-yet-valid", "not-yet"),
        ({WORD: word(claim=None)}, "invalid", "member-missing"),
        ({HALL: 404}, "unknown", "not-found-at-issuer"),
        ({WORD: word(issuer=ISSUER)}, "invalid", "hosted-outside-the-issuers-scope"),
    ],
)
def test_a_word_that_does_not_hold_is_told_so(answers: dict[str, Any], state: str, reason: str) -> None:
    assert [(one.state, one.reason) for one in told(WORD, answers)] == [(state, reason)]


def test_when_a_word_ends_is_told() -> None:
    [found] = told(WORD, {WORD: word(expires="2027-02-01T00:00:00Z")})

    assert (found.state, found.ends) == ("valid", datetime(2027, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("written", [False, "false", " False ", None])
def test_a_word_that_says_that_it_was_not_taken_back_was_not(written: Any) -> None:
    """A badge that says so in the same words is not withdrawn either."""
    assert [one.state for one in told(WORD, {WORD: word(revoked=written)})] == ["valid"]


def test_a_word_without_an_address_stays_unknown() -> None:
    signed = word(id="urn:uuid:1", verification={"type": "SignedBadge"}, issuer={"id": HALL, "name": "La mairie"})

    [found] = told([signed, 12, "x.y.z"])

    assert (found.state, found.reason, found.comment) == ("unknown", "no-address-to-ask", COMMENT)
    assert found.endorser == Party(id=HALL, name="La mairie")


def test_a_signed_word_is_not_believed_of_its_address_alone() -> None:
    """Whether it was taken back is told in a list, which is not asked for what is without its signature."""
    signed = word(verification={"type": "SignedBadge", "creator": f"{HALL}/key"})

    assert [(one.state, one.reason) for one in told(WORD, {WORD: signed})] == [("unknown", "no-signature")]
    assert [one.state for one in told(WORD, {WORD: signed | {"revoked": True}})] == ["revoked"]


def test_what_the_issuer_says_of_its_own_badge_is_told_so() -> None:
    own = word(id=f"{school.HOME}/words/1", issuer=ISSUER)

    assert [one.by for one in told(own, {f"{school.HOME}/words/1": own})] == ["issuer"]


def test_only_so_many_are_asked_for() -> None:
    found = told([f"{TOWN}/words/{number}" for number in range(100, 200)])

    assert len(found) == 2  # not found, and too many to ask: all of one kind are told once
    assert len(found) <= endorsing.MOST


def test_a_word_that_comes_alone_is_no_badge() -> None:
    with pytest.raises(NotABadge) as refused:
        School().examine(word())

    assert refused.value.reason == "endorsement"


def alone(written: Any, **answers: Any) -> openbadges.LoneEndorsement:
    """What is told of *written*, which came in no badge; the addresses that answer are WORD and HALL."""
    web = School()
    web.answers |= {WORD: word(), HALL: hall()} | answers
    content = written if isinstance(written, str) else json.dumps(written)
    return openbadges.examine_brought_endorsement(content.encode(), web.fetch, school.NOW)


def test_a_word_that_comes_as_a_file_is_what_its_address_says() -> None:
    found = alone(word(claim={"id": BADGE, "endorsementComment": "La meilleure."}))

    assert (found.state, found.binding, found.comment, found.reason) == ("valid", "proven", COMMENT, "")
    assert (found.subject.id, found.endorser) == (BADGE, Party(id=HALL, name="La mairie"))
    assert (found.id, found.said_on) == (WORD, datetime(2026, 2, 1, tzinfo=UTC))
    assert alone(WORD) == found
    assert alone(word(claim=BADGE), **{WORD: word(claim=BADGE)}).subject.id == BADGE


@rows(
    ("answer", "state", "reason"),
    [
        ("timeout", "unknown", "issuer-does-not-answer"),
        (410, "revoked", "revoked"),
        (word(expires="2026-10-01T00:00:00Z"), "expired", "ended"),
        (word(issuedOn="2027-01-01T00:00:00Z"), "not-yet-valid", "not-yet"),
        (word(revoked=True), "revoked", ""),
        (word(id=f"{TOWN}/words/2"), "unknown", "no-endorsement"),
        (word(issuer=None), "invalid", "member-missing"),
        (word(issuer=ISSUER), "invalid", "hosted-outside-the-issuers-scope"),
    ],
)
def test_a_word_that_comes_as_a_file_is_told_for_what_it_is_worth(answer: Any, state: str, reason: str) -> None:
    found = alone(word(), **{WORD: answer})

    assert (found.state, found.reason) == (state, reason)


def test_a_signature_around_a_hosted_word_does_not_bring_back_one_that_was_taken_back() -> None:
    said = word(issuer=ISSUER, verification={"type": "HostedBadge"})
    answers: dict[str, Any] = {ISSUER: school.profile(publicKey=school.KEY), school.KEY: school.key(), WORD: 410}

    assert alone(school.signed(said), **answers).state == "revoked"


def test_a_signed_word_that_comes_as_a_file_is_verified_by_the_key_of_whoever_says_it() -> None:
    said = word(issuer=ISSUER, verification={"type": "SignedBadge", "creator": school.KEY})
    signed = school.signed(said)
    answers: dict[str, Any] = {ISSUER: school.profile(publicKey=school.KEY), school.KEY: school.key()}

    assert (alone(signed, **answers).state, alone(signed, **answers).binding) == ("valid", "proven")
    other = school.signed(said, number=1)
    assert (alone(other, **answers).state, alone(other, **answers).check("intact").outcome) == ("invalid", "failed")
    listed = {"id": school.LIST, "revokedAssertions": [WORD], "issuer": ISSUER}
    withdrawn = answers | {
        ISSUER: school.profile(publicKey=school.KEY, revocationList=school.LIST),
        school.LIST: listed,
    }
    assert alone(signed, **withdrawn).state == "revoked"


def test_a_badge_and_a_word_on_two_things_are_no_word() -> None:
    for written in (school.badge_class(), word(claim=[{"id": BADGE}, {"id": CLASS}])):
        with pytest.raises(NotABadge, match="no-endorsement"):
            alone(written)
    assert openbadges.is_endorsement(json.dumps(word()).encode())
    assert not openbadges.is_endorsement(json.dumps(school.assertion()).encode())
    assert not openbadges.is_endorsement(b"%PDF-")
