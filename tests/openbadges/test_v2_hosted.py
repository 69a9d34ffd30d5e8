"""A hosted badge: only its address is believed, and only when the issuer lets its badges stand there."""

from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support.school import BADGE, CLASS, HOME, ISSUER, School, assertion, badge_class, profile, told

HARVARD = "https://harvard.example/issuer"
EVIL = "https://evil.example/1"


@pytest.fixture
def school() -> School:
    """A school whose web is in order."""
    return School()


def test_a_file_that_boasts_is_shown_as_the_issuer_wrote_it(school: School) -> None:
    school.answers[CLASS] = badge_class(name="Attended")
    boast = assertion(
        badge=badge_class(name="PhD"), expires=None, recipient={"type": "email", "identity": "eve@x.example"}
    )

    found = school.examine(boast)

    assert (found.badge.title, found.badge.recipients[0].identity) == ("Attended", "maria@example.org")


def test_a_badge_in_one_piece_is_taken_apart_and_each_address_is_asked(school: School) -> None:
    school.answers[BADGE] = assertion(badge=badge_class(issuer=profile(name="Harvard")))

    found = school.examine(assertion())

    assert (found.state, found.badge.issuer.name) == ("valid", "École du métal")
    assert school.asked == [BADGE, CLASS, ISSUER]


@rows("word", ["Hosted", "HOSTED", "hostedbadge"])
def test_a_badge_that_writes_hosted_in_other_letters_is_asked_at_its_address(word: str) -> None:
    """Nobody signed it, and « Il est signé d’une façon que nous ne vérifions pas » was told of it: badges that are written by hand
    say `Hosted`. The standard has two words for it, as a remark says (OB 2.0, VerificationObject)."""
    school = School()
    written = assertion(verification={"type": word})
    school.answers[BADGE] = written

    found = school.examine(written)

    assert (found.state, found.format, found.binding) == ("valid", "Open Badges 2.0, hosted", "proven")
    conforms = found.check("conforms")
    assert (conforms.reason, conforms.detail) == ("member-of-another-kind", "assertion.verification")
    school.answers[BADGE] = "timeout"
    assert school.examine(written).check("intact").reason == "issuer-does-not-answer"


def test_a_badge_that_is_verified_in_a_way_with_another_name_is_not_asked(school: School) -> None:
    found = school.examine(assertion(verification={"type": "HostedVerification"}))

    assert (found.state, found.check("intact").reason) == ("unknown", "proof-unsupported")


def test_a_class_carried_within_is_vouched_for_by_the_host_of_the_badge(school: School) -> None:
    school.answers |= {BADGE: assertion(badge=badge_class()), CLASS: 500}

    assert school.examine(assertion()).state == "valid"


def test_a_class_of_another_host_that_does_not_answer_is_not_vouched_for(school: School) -> None:
    elsewhere = badge_class(id="https://harvard.example/class")
    school.answers |= {BADGE: assertion(badge=elsewhere), "https://harvard.example/class": "timeout"}

    found = school.examine(assertion())

    assert ("conforms", "unknown", "issuer-does-not-answer") in told(found)
    assert found.state == "unknown"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("timeout", "issuer-does-not-answer"),
        (404, "not-found-at-issuer"),
        (500, "not-found-at-issuer"),
        (b"<!doctype html><html>", "no-badge-at-address"),
        (b"[]", "no-badge-at-address"),
        (b'{"badge": NaN}', "no-badge-at-address"),
        ({"error": "login"}, "no-badge-at-address"),
        (badge_class(id=BADGE), "no-badge-at-address"),
    ],
)
def test_an_issuer_that_does_not_answer_with_the_badge_makes_it_unknown_never_valid(
    school: School, answer: Any, reason: str
) -> None:
    school.answers[BADGE] = answer

    found = school.examine(assertion())

    assert found.state == "unknown"
    assert ("intact", "unknown", reason) in told(found)
    assert ("bound", "unknown", reason) in told(found)
    assert ("not_withdrawn", "unknown", reason) in told(found)
    assert found.badge.title == "Soudure – je maîtrise"


@pytest.mark.parametrize("address", [CLASS, ISSUER])
@pytest.mark.parametrize("answer", ["no-answer", 404, 410, b"<html>", {"id": "urn:uuid:1"}, {"id": EVIL}])
def test_a_badge_whose_class_or_issuer_is_not_to_be_had_is_unknown(school: School, address: str, answer: Any) -> None:
    school.answers[address] = answer

    found = school.examine(assertion())

    assert found.state == "unknown"
    assert {name for name, outcome, _ in told(found) if outcome == "unknown"} >= {"conforms", "bound"}


def test_a_badge_may_say_its_id_in_the_word_of_linked_data(school: School) -> None:
    """`id` is an alias of `@id` in the context of Open Badges 2.0 (JSON-LD 1.0, 6.11 Aliasing Keywords)."""
    written = {"@id": BADGE, **assertion(id=None)}
    school.answers[BADGE] = written

    assert (school.examine(written).state, school.examine(written).badge.id) == ("valid", BADGE)

    school.answers[BADGE] = {"@id": BADGE, "revoked": True}
    assert school.examine(BADGE).state == "revoked"
    school.answers[BADGE] = {"@id": f"{HOME}/assertions/2", **assertion(id=None)}
    assert school.examine(written).check("intact").reason == "another-badge-at-address"


def test_a_host_in_its_own_letters_is_one_with_the_same_in_ascii(school: School) -> None:
    """Ids are IRIs (Open Badges 2.0, Data Types), and what redirects to https writes the host in ASCII (RFC 3987, 3.1)."""
    written = "http://école.example/1"
    there = "https://xn--cole-9oa.example"
    own = assertion(id="https://école.example/1", badge=f"{there}/class")
    school.answers |= {
        written: (f"{there}/1", own),
        "https://école.example/1": own,
        f"{there}/class": badge_class(id=f"{there}/class", issuer=f"{there}/issuer"),
        f"{there}/issuer": profile(id=f"{there}/issuer"),
    }

    assert school.examine(assertion(id=written)).state == "valid"
    assert school.examine(own).state == "valid"


def test_an_address_that_answers_another_badge_fails(school: School) -> None:
    school.answers[BADGE] = assertion(id=f"{HOME}/assertions/2")

    found = school.examine(assertion())

    assert found.state == "invalid"
    assert ("intact", "failed", "another-badge-at-address") in told(found)


@rows(
    "own",
    [
        *(BADGE.replace("https", "http"), BADGE.replace("school", "SCHOOL"), BADGE + "/", BADGE[:-1] + "%31"),
        BADGE.replace("school", "www.school"),  # a site that answers under both names has one of them in its badges
    ],
)
def test_an_address_may_be_spelt_otherwise(own: str) -> None:
    answers: dict[str, Any] = {BADGE: assertion(id=own), own: assertion()}
    school = School(answers=School().answers | answers)

    assert school.examine(assertion()).state == "valid"
    assert school.examine(assertion(id=own)).state == "valid"


def test_a_host_below_a_public_suffix_is_none_with_www(school: School) -> None:
    home, other = "https://github.io/1", "https://www.github.io/1"
    school.answers[home] = assertion(id=other)

    assert ("intact", "failed", "another-badge-at-address") in told(school.examine(assertion(id=home)))


def test_a_class_that_says_it_stands_elsewhere_is_taken_from_there(school: School) -> None:
    new = f"{HOME}/classes/new"
    school.answers |= {CLASS: badge_class(id=new), new: badge_class(id=new, name="Soudure")}
    assert school.examine(assertion()).badge.achievement.name == "Soudure"

    school.answers[new] = badge_class(id=EVIL)
    found = school.examine(assertion())
    assert ("conforms", "unknown", "another-document-at-address") in told(found)


@pytest.mark.parametrize("address", ["https://[", "https://school.example:99999/1", "https://%"])
def test_an_address_that_is_none_breaks_nothing(school: School, address: str) -> None:
    school.answers |= {address: assertion(id=address), BADGE: assertion(badge=address)}

    assert school.examine(assertion(id=address)).state != "valid"
    assert school.examine(assertion()).state != "valid"


def test_a_badge_that_moved_is_the_one_at_its_new_address(school: School) -> None:
    new = f"{HOME}/awards/1"
    school.answers[BADGE] = (new, assertion(id=new))

    found = school.examine(assertion())

    assert (found.state, found.badge.id) == ("valid", new)


def test_a_page_that_sends_anybody_anywhere_lets_no_stranger_speak(school: School) -> None:
    school.answers[BADGE] = (EVIL, assertion())

    found = school.examine(assertion())

    assert found.state == "unknown"
    assert ("intact", "unknown", "redirected-elsewhere") in told(found)


def test_nor_does_it_let_a_stranger_be_the_issuer(school: School) -> None:
    school.answers[ISSUER] = ("https://evil.example/profile", profile(name="Harvard"))

    found = school.examine(assertion())

    assert ("bound", "unknown", "redirected-elsewhere") in told(found)
    assert found.state == "unknown"


def test_a_school_with_and_without_www_is_one_school(school: School) -> None:
    school.answers[BADGE] = (BADGE.replace("school", "www.school"), assertion())

    assert school.examine(assertion()).state == "valid"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (410, "HTTP 410"),
        ({"id": BADGE, "revoked": True, "revocationReason": "Awarded in error"}, "Awarded in error"),
        ({"revoked": True}, ""),
        (assertion(revoked=True), ""),
    ],
)
def test_a_withdrawn_badge_is_withdrawn_and_still_shown(school: School, answer: Any, detail: str) -> None:
    school.answers[BADGE] = answer

    found = school.examine(assertion())

    assert (found.state, found.badge.title) == ("revoked", "Soudure – je maîtrise")
    assert (found.check("not_withdrawn").reason, found.check("not_withdrawn").detail) == ("revoked", detail)


@pytest.mark.parametrize("answer", [410, {"id": BADGE, "revoked": True}, assertion(revoked=True, recipient=None)])
def test_a_withdrawn_badge_of_a_bad_form_is_withdrawn(school: School, answer: Any) -> None:
    """« Il manque quelque chose » sent its holder for a new file of what the issuer had taken back."""
    school.answers[BADGE] = answer

    found = school.examine(assertion(recipient=None))

    assert (found.state, found.check("conforms").outcome) == ("revoked", "failed")


@pytest.mark.parametrize("document", [assertion(), BADGE])
def test_a_stranger_to_whom_the_address_sends_withdraws_nothing(school: School, document: Any) -> None:
    """As whoever has the name of a site that closed: the answer names no address of which the issuer could be asked."""
    school.answers[BADGE] = ("https://parked.example/", 410)

    found = school.examine(document)

    assert (found.state, found.why_unknown) == ("unknown", "later")
    assert ("not_withdrawn", "unknown", "redirected-elsewhere") in told(found)
    school.answers[BADGE] = (BADGE.replace("https://", "https://www."), 410)
    assert school.examine(document).state == "revoked"


def test_the_address_of_a_withdrawn_badge_tells_that_it_is(school: School) -> None:
    school.answers[BADGE] = 410

    found = school.examine(BADGE)

    assert (found.state, found.container, found.badge.id) == ("revoked", "link", BADGE)


def test_a_badge_that_only_its_file_calls_withdrawn_is_as_its_address_says(school: School) -> None:
    assert school.examine(assertion(revoked=True)).state == "valid"


def test_what_is_left_of_a_withdrawn_badge_may_be_sent_in(school: School) -> None:
    school.answers[BADGE] = left = {"id": BADGE, "revoked": True}

    found = school.examine(left)

    assert (found.state, found.check("conforms").reason) == ("revoked", "no-badge-to-read")


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        (None, "valid"),
        ({}, "valid"),
        ({"startsWith": f"{HOME}/assertions/"}, "valid"),
        ({"startsWith": ["https://other.example/", f"{HOME}/"]}, "valid"),
        ({"startsWith": f"{HOME}/other/"}, "invalid"),
        ({"startsWith": ["https://other.example/", f"{HOME}/x"]}, "invalid"),
        ({"startsWith": "https://school.exam"}, "invalid"),
        ({"startsWith": "h"}, "invalid"),
        # What it says and nobody can read may be narrower than what holds where it says nothing.
        ({"startsWith": ""}, "unknown"),
        ({"startsWith": 5}, "unknown"),
        ("https://school.example/rules", "unknown"),
        ([{"startsWith": f"{HOME}/other/"}, {"startsWith": f"{HOME}/"}], "unknown"),
        # One thing, however it is written (JSON-LD 1.1).
        ([], "valid"),
        ([{"startsWith": f"{HOME}/other/"}], "invalid"),
        ({"startsWith": {"@value": f"{HOME}/other/"}}, "invalid"),
        ({"startsWith": [{"id": f"{HOME}/other/"}]}, "invalid"),
        ({"allowedOrigins": {"@value": "other.example"}}, "invalid"),
        ({"allowedOrigins": "school.example"}, "valid"),
        ({"allowedOrigins": ["other.example", "https://school.example"]}, "valid"),
        ({"allowedOrigins": ["other.example"]}, "invalid"),
        ({"allowedOrigins": ["school.example"], "startsWith": f"{HOME}/other/"}, "invalid"),
        ({"allowedOrigins": ["school.example"], "startsWith": f"{HOME}/assertions/"}, "valid"),
    ],
)
def test_an_issuer_says_where_its_badges_stand(school: School, rules: Any, state: str) -> None:
    school.answers[ISSUER] = profile(verification=rules)

    assert school.examine(assertion()).state == state


def test_a_badge_on_a_strangers_host_that_names_harvard_is_not_harvards(school: School) -> None:
    claimed = badge_class(
        id=f"{EVIL}/class", issuer={**profile(id=HARVARD), "verification": {"allowedOrigins": "evil.example"}}
    )
    school.answers |= {EVIL: assertion(id=EVIL, badge=claimed), HARVARD: profile(id=HARVARD, name="Harvard")}

    found = school.examine(assertion(id=EVIL))

    assert (found.state, found.binding) == ("invalid", "mismatch")
    assert ("bound", "failed", "hosted-outside-the-issuers-scope") in told(found)


def test_a_prefix_does_not_let_in_a_host_that_begins_like_it_or_a_way_out_of_a_folder(school: School) -> None:
    school.answers[ISSUER] = profile(verification={"startsWith": [HOME, f"{HOME}/badges/"]})
    for address in (f"{HOME}.evil.net/1", f"{HOME}/badges/../evil/1", f"{HOME}/badges/%2e%2e/evil/1"):
        school.answers[address] = assertion(id=address)

        assert school.examine(assertion(id=address)).binding == "mismatch"


def test_an_issuer_without_an_address_is_only_claimed(school: School) -> None:
    school.answers[CLASS] = badge_class(issuer=profile(id="urn:uuid:5"))

    found = school.examine(assertion())

    assert (found.state, found.binding) == ("unknown", "claimed")
