"""Two thousand hostile files, and ten thousand when there is time: each is refused in a word, or found not valid, or
shows what was signed and nothing else.

The one thing that may never happen is a badge that is valid and shows what its issuer did not say. That something is
merely told in another order is no change: linked data does not sign the order.
"""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import hostile, sound
from tests.openbadges.support.mutants import mutant
from tests.openbadges.support.processor import within
from tests.openbadges.support.sound import Sound
from wallet.openbadges import Badge, UnreadableBadge

PROJECT = Path(__file__).parents[2]
KINDS = tuple(one.name for one in sound.badges())
EACH = -(-2_000 // len(KINDS))
"""Mutants of each kind of badge in `make test`: 2,000 in all, or a few more."""
EACH_OF_MANY = -(-10_000 // len(KINDS))
MADE = dict(hostile.everything())
SLOWEST = 2.0
"""Seconds that no file may take, on the processor."""


def shown(badge: Badge) -> Badge:
    """*badge* with its lists in one order."""
    achievement = replace(
        badge.achievement,
        alignment=tuple(sorted(badge.achievement.alignment, key=repr)),
        tag=tuple(sorted(badge.achievement.tag)),
    )
    evidence, recipients = sorted(badge.evidence, key=repr), sorted(badge.recipients, key=repr)
    return replace(badge, achievement=achievement, evidence=tuple(evidence), recipients=tuple(recipients))


@cache
def unchanged(name: str) -> Badge:
    """What the badge of that name shows."""
    return shown(sound.by_name(name).examine().badge)


def state_of(one: Sound, document: bytes) -> str:
    """What is found of a mutant, after what may never happen was looked for."""
    with within(SLOWEST):
        try:
            found = one.examine(document)
        except UnreadableBadge:
            return "unreadable"
    if found.state == "valid":
        assert shown(found.badge) == unchanged(one.name)
    return found.state


def attack(name: str, numbers: range) -> Counter[str]:
    """How many of the mutants of one kind ended in which state."""
    one = sound.by_name(name)
    return Counter(state_of(one, mutant(one, number)) for number in numbers)


@rows("name", KINDS)
def test_what_is_valid_here_begins_as_a_valid_badge(name: str) -> None:
    assert sound.by_name(name).examine().state == "valid"


@rows("name", KINDS)
def test_no_hostile_file_is_valid_and_shows_what_was_not_signed(name: str) -> None:
    found = attack(name, range(EACH))

    assert found.total() == EACH
    assert found["valid"] < EACH


def test_two_thousand_hostile_files_are_looked_at() -> None:
    assert EACH * len(KINDS) >= 2_000
    assert EACH_OF_MANY * len(KINDS) >= 10_000


@rows("name", sorted(MADE))
def test_no_file_made_to_do_harm_is_more_than_a_word(name: str) -> None:
    assert state_of(sound.by_name("2.0"), MADE[name]) == "unreadable"


MANY = """
import resource
from tests.openbadges import test_hostile

def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

sizes = [0]
for turn in range(4):
    for name in test_hostile.KINDS:
        begin = turn * test_hostile.EACH_OF_MANY // 4
        test_hostile.attack(name, range(begin, begin + -(-test_hostile.EACH_OF_MANY // 4)))
    sizes.append(memory())
print(*sizes)
"""


@pytest.mark.soak
def test_ten_thousand_hostile_files_leave_memory_flat() -> None:
    """The process is as large after the last quarter as after the first."""
    ran = subprocess.run([sys.executable, "-c", MANY], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    sizes = [int(size) for size in ran.stdout.split()]
    assert sizes[-1] - sizes[1] < 40, sizes
