"""How long the engine may take: by the clock of the processor, in the measure of the machine on which the bounds were set.

On another one, or where others want the same processor, all takes longer, what is sound as what is endless. So what took
longer than it may is compared with the same work as ever, done at that very moment; while all is well nothing is.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from time import process_time

AS_EVER = 0.03
"""Seconds of the work as ever, there."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done in it takes no longer."""
    begun = process_time()
    yield
    spent = process_time() - begun
    assert spent < seconds or spent < seconds * slowness()


def slowness() -> float:
    """How many times longer this machine takes just now."""
    return min(_work_as_ever() for _ in range(5)) / AS_EVER


def _work_as_ever() -> float:
    begun = process_time()
    named = {f"urn:{number % 1_000}": sha256(str(number).encode()).hexdigest() for number in range(40_000)}
    assert len(json.loads(json.dumps(sorted(named.items())))) == 1_000
    return process_time() - begun
