"""A bucket that fails is left alone for a while, and asked again by one before all."""

from datetime import timedelta

import pytest
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, PermissionDeniedError, UnauthenticatedError

from tests.fixtures.patience import until
from tests.fixtures.strangers import Open, answering, hanging
from wallet.storage.circuit_breaker import FAILURES, QUICK, RESTS, WITHIN, Breaker, Resting
from wallet.storage.file_store import FileMissing
from wallet.storage.files import Bucket, Unavailable, open_files


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


def seconds(told: object) -> float:
    """Of a time as obstore has it."""
    return told.total_seconds() if isinstance(told, timedelta) else float(str(told).removesuffix(" s"))


def bucket_at(port: int) -> Bucket:
    query = f"endpoint=http://127.0.0.1:{port}&region=x&access_key=a&secret_key=b&allow_http=yes"
    files = open_files(f"s3://bucket/?{query}")
    assert isinstance(files, Bucket)
    return files


@pytest.mark.parametrize(("name", "longest"), [("quick", 12), ("patient", 50)])
def test_no_call_waits_for_longer_than_is_told(name: str, longest: int) -> None:
    """As the client itself says that it is set: no attempt begins after the time for all of them, and the last one ends
    when an answer does not begin, or when it takes too long."""
    store = getattr(bucket_at(1).store, name)
    times, again = store.client_options, store.retry_config

    attempt = min(seconds(times[one]) for one in ("read_timeout", "timeout") if one in times)
    assert seconds(times["connect_timeout"]) <= attempt
    assert seconds(again["retry_timeout"]) + attempt <= longest
    assert again["max_retries"] <= 3


@pytest.mark.parametrize(("act", "attempts"), [("keep", {1}), ("read", {2, 3, 4}), ("names", {2, 3, 4})])
@pytest.mark.breadth(beside=["keep-attempts0", "names-attempts2", "read-attempts1"])
def test_a_bucket_that_takes_connections_and_never_answers_is_given_up(
    stranger: Open, monkeypatch: pytest.MonkeyPatch, act: str, attempts: set[int]
) -> None:
    """With its real client, and the times of the real thing, twenty times as impatient for an answer: each attempt ends
    by itself, in time for another one where nothing is written, and there are few."""
    impatient = {one: f"{seconds(time) * 50:.0f} ms" for one, time in QUICK.items() if one != "connect_timeout"}
    monkeypatch.setattr("wallet.storage.files.QUICK", QUICK | impatient)
    deaf = stranger(hanging)
    files = bucket_at(deaf.port)
    acts = {
        "keep": lambda: files.keep(b"a"),
        "read": lambda: files.read("a" * 64),
        "names": lambda: list(files.names()),
    }

    with pytest.raises(Unavailable):
        acts[act]()

    until(lambda: deaf.connections >= min(attempts))  # the system takes one before the stranger's thread does
    assert deaf.connections in attempts


def test_a_bucket_that_fails_is_not_asked_again_by_everybody(stranger: Open) -> None:
    """With its real client; the fourth one waits for nothing, and after the rest all is as before."""
    bucket, hand = stranger(answering(b"", "400 Bad Request")), Hand()
    files = bucket_at(bucket.port)
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
    nothing, none_listed = answering(b"", "404 Not Found"), answering(b"<ListBucketResult></ListBucketResult>")
    bucket.serve = lambda line, asked: (none_listed if b"list-type=2" in asked else nothing)(line, asked)
    with pytest.raises(FileMissing):
        files.read("a" * 64)
    assert not files.has("a" * 64)
