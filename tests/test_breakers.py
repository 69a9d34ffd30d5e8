"""A bucket that fails is left alone for a while, and asked again by one before all."""

import pytest
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, PermissionDeniedError, UnauthenticatedError

from tests.fixtures.strangers import Open, answering
from wallet.breakers import FAILURES, RESTS, WITHIN, Breaker, Resting
from wallet.files import Missing, Unavailable, open_files


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fails(problem: Exception) -> None:
    raise problem


def broken(breaker: Breaker, problem: BaseException | None = None) -> None:
    with pytest.raises(type(problem) if problem else GenericError):
        breaker.ask(lambda: fails(problem or GenericError("500")))  # type: ignore[arg-type]


def is_resting(breaker: Breaker) -> bool:
    """Whether it asks nobody."""
    asked: list[int] = []
    try:
        breaker.ask(lambda: asked.append(1))
    except Resting:
        return True
    assert asked == [1]
    return False


def test_after_three_failures_nobody_waits_any_more_and_then_one_tries() -> None:
    hand = Hand()
    breaker = Breaker(hand)
    for _ in range(FAILURES):
        broken(breaker)

    assert is_resting(breaker)
    hand.now += RESTS - 0.1
    assert is_resting(breaker)
    hand.now += 0.1

    def trial() -> None:
        assert is_resting(breaker), "one alone"
        raise OSError("still broken")

    with pytest.raises(OSError, match="still broken"):
        breaker.ask(trial)
    assert is_resting(breaker)
    hand.now += RESTS
    assert not is_resting(breaker)
    assert not is_resting(breaker)


def test_failures_that_are_not_in_a_row_or_long_ago_mean_nothing() -> None:
    hand = Hand()
    breaker = Breaker(hand)
    for _ in range(FAILURES):
        broken(breaker)
        broken(breaker)
        assert not is_resting(breaker)
    for _ in range(2 * FAILURES):
        broken(breaker)
        hand.now += WITHIN
    assert not is_resting(breaker)


@pytest.mark.parametrize(
    "answer", [FileNotFoundError("x"), AlreadyExistsError("x"), PermissionDeniedError("x"), UnauthenticatedError("x")]
)
def test_that_there_is_no_such_file_is_an_answer(answer: Exception) -> None:
    breaker = Breaker(Hand())
    broken(breaker)
    broken(breaker)
    broken(breaker, answer)
    broken(breaker)

    assert not is_resting(breaker)


def test_a_trial_that_is_interrupted_lets_another_one_try() -> None:
    hand = Hand()
    breaker = Breaker(hand)
    for _ in range(FAILURES):
        broken(breaker)
    hand.now += RESTS

    broken(breaker, KeyboardInterrupt())

    assert not is_resting(breaker)


def test_what_was_begun_before_and_fails_late_does_not_end_the_trial() -> None:
    hand = Hand()
    breaker = Breaker(hand)

    def long_one() -> None:
        for _ in range(FAILURES):
            broken(breaker)
        hand.now += RESTS

        def trial() -> None:
            pass

        breaker.ask(trial)
        raise GenericError("late")

    with pytest.raises(BaseError):
        breaker.ask(long_one)
    assert not is_resting(breaker)


def test_a_bucket_that_fails_is_not_asked_again_by_everybody(stranger: Open) -> None:
    """With its real client; the fourth one waits for nothing, and after the rest all is as before."""
    bucket, hand = stranger(answering(b"", "400 Bad Request")), Hand()
    query = f"endpoint=http://127.0.0.1:{bucket.port}&region=x&access_key=a&secret_key=b&allow_http=yes"
    files = open_files(f"s3://bucket/?{query}")
    files.store.breaker.clock = hand  # type: ignore[attr-defined]  # of a bucket
    for _ in range(FAILURES):
        with pytest.raises(Unavailable):
            files.keep(b"x" * 2_000_000)
    asked = bucket.connections

    for act in (lambda: files.keep(b"a"), lambda: files.read("a" * 64), lambda: list(files.names())):
        with pytest.raises(Unavailable):
            act()
    assert bucket.connections == asked

    hand.now += RESTS
    bucket.serve = answering(b"", "404 Not Found")
    with pytest.raises(Missing):
        files.read("a" * 64)
    assert not files.has("a" * 64)
