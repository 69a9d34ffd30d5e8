"""Checks, never a verdict: the state follows from them in one order, and unknown never becomes passed."""

import itertools
from datetime import UTC, datetime

import pytest

from tests.fixtures.quantity import rows
from wallet.openbadges.examination import (
    CHECKS,
    Ambiguous,
    Check,
    DamagedFile,
    Fetched,
    NotABadge,
    TooHeavy,
    Unreachable,
    UnreadableBadge,
    Web,
    gravest,
    state_of,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DECISIVE = ("conforms", "intact", "bound", "begun", "not_ended", "not_withdrawn")


def checks(**outcomes: str) -> list[Check]:
    """All checks passed but those named, as `intact="failed"` or `not_withdrawn="failed suspended"`."""
    found = []
    for name in CHECKS:
        outcome, _, reason = outcomes.get(name, "passed").partition(" ")
        found.append(Check(name, outcome, reason))  # type: ignore[arg-type]
    return found


@rows(
    ("outcomes", "state"),
    [
        ({}, "valid"),
        ({"conforms": "failed"}, "invalid"),
        ({"intact": "failed"}, "invalid"),
        ({"bound": "failed"}, "invalid"),
        ({"not_withdrawn": "failed revoked"}, "revoked"),
        ({"not_withdrawn": "failed suspended"}, "suspended"),
        ({"not_ended": "failed"}, "expired"),
        ({"begun": "failed"}, "not-yet-valid"),
        ({"named_to_me": "failed"}, "valid"),
        ({"not_withdrawn": "failed revoked", "not_ended": "failed", "begun": "failed"}, "revoked"),
        ({"not_withdrawn": "failed suspended", "not_ended": "failed"}, "suspended"),
        ({"not_ended": "failed", "bound": "unknown"}, "expired"),
        ({"intact": "failed", "not_withdrawn": "failed revoked"}, "invalid"),
        # Withdrawn and malformed is withdrawn; what nobody can tie to its issuer was withdrawn by nobody.
        ({"conforms": "failed", "not_withdrawn": "failed revoked"}, "revoked"),
        ({"conforms": "failed", "not_withdrawn": "failed revoked", "intact": "failed"}, "invalid"),
        ({"conforms": "failed", "not_withdrawn": "failed revoked", "bound": "failed"}, "invalid"),
        ({"conforms": "failed", "not_withdrawn": "failed suspended"}, "invalid"),
        ({"conforms": "failed", "not_withdrawn": "unknown"}, "invalid"),
    ],
)
def test_the_first_state_that_applies_is_told(outcomes: dict[str, str], state: str) -> None:
    assert state_of(checks(**outcomes)) == state


def test_of_several_that_passed_the_first_that_tells_something_is_told() -> None:
    silent, first, second = (Check("not_ended", "passed", detail=detail) for detail in ("", "2027", "2028"))

    assert gravest([silent, first, second]) is gravest([first, silent, second]) is first
    assert gravest([silent, silent]) is silent


def test_one_unknown_is_enough_to_be_unknown() -> None:
    for name in DECISIVE:
        assert state_of(checks(**{name: "unknown"})) == "unknown"


def test_valid_needs_all_of_it() -> None:
    for outcomes in itertools.product(("passed", "failed", "unknown"), repeat=len(DECISIVE)):
        state = state_of(checks(**dict(zip(DECISIVE, outcomes, strict=True))))
        assert (state == "valid") == (set(outcomes) == {"passed"})


def test_an_address_is_asked_once_and_every_answer_is_kept() -> None:
    asked: list[str] = []

    def fetch(address: str) -> Fetched:
        asked.append(address)
        if address == "https://silent.example/":
            raise Unreachable(address, "timeout")
        return Fetched(address=address, status=200, media_type="text/plain", body=b"hello")

    web = Web(fetch, NOW)
    for _ in range(2):
        assert web.get("https://guild.example/").body == b"hello"
        with pytest.raises(Unreachable) as problem:
            web.get("https://silent.example/")

    assert asked == ["https://guild.example/", "https://silent.example/"]
    assert problem.value.why == "timeout"
    [seen] = web.seen
    assert (seen.status, seen.at, seen.body) == (200, NOW, b"hello")
    assert seen.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_an_issuer_speaks_by_here_it_is_and_by_it_is_withdrawn_and_else_is_to_be_asked_again() -> None:
    statuses = {f"https://guild.example/{status}": status for status in (200, 404, 410, 500)}
    web = Web(lambda address: Fetched(address=address, status=statuses[address], media_type="", body=b""), NOW)
    for address in statuses:
        web.get(address)

    assert web.unanswered == ("https://guild.example/404", "https://guild.example/500")


def test_what_is_allowed_may_be_spent_to_the_last_member_and_no_further() -> None:
    web = Web({}.__getitem__, NOW, allowance=5)
    web.spend(3)
    web.spend(2)

    with pytest.raises(TooHeavy):
        web.spend(1)


def test_what_cannot_be_read_says_why_in_a_word() -> None:
    for kind in (NotABadge, DamagedFile, Ambiguous):
        problem = kind("a-word", "more of it")
        assert isinstance(problem, UnreadableBadge)
        assert (problem.reason, problem.detail, str(problem)) == ("a-word", "more of it", "a-word: more of it")
    assert str(NotABadge("a-word")) == "a-word"


@pytest.mark.parametrize(
    ("why", "seconds", "had_time"),
    [("timeout", 1.9, False), ("timeout", 2.0, True), ("no-answer", 0.0, True), ("refused", 0.0, True)],
)
def test_an_address_that_was_left_no_time_is_not_called_silent(why: str, seconds: float, had_time: bool) -> None:
    assert Unreachable("https://guild.example/", why).had_time(seconds) is had_time
