"""An attacker who knows of all others whether they are counted in a figure, and asks whether one more is: 50 % is guessing.

They know the code, the month and every other row, and choose the likelier answer; the lot alone is the wallet's. What they
read is likelier with the one or without by a sum over all that the noise can be, so that nothing here is left to chance.
"""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from itertools import pairwise
from statistics import mean

import pytest

from wallet.operations import figure_noise
from wallet.operations.figures import MOST_BADGES, MOST_SHARES

pytestmark = pytest.mark.soak

FURTHEST = 3_000
"""Beyond that the noise is so unlikely (1e-32 of the widest) that it adds nothing here."""
CERTAIN = 1_000
"""Whoever is right a thousand times of a thousand and one is certain."""
COUNTS = [*range(26), *range(240, 260)]
"""How many others are counted: around what is told as « fewer than 10 », and each unit of a ten."""


@cache
def likely(most_of_one: int) -> Mapping[int, float]:
    """How likely each noise is."""
    less = figure_noise.ratio(most_of_one)
    return {step: (1 - less) / (1 + less) * less ** abs(step) for step in range(-FURTHEST, FURTHEST + 1)}


@cache
def told(count: int, most_of_one: int) -> Mapping[int | None, float]:
    """How likely each figure is for that count, by the rounding of the wallet itself."""
    found: Counter[int | None] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        for step, chance in likely(most_of_one).items():
            patch.setattr(figure_noise, "noise", lambda *_, step=step: step)
            found[figure_noise.blurred(count, most_of_one, b"")] += chance
    return found


@pytest.mark.parametrize(("most", "adds"), [(1, 1), (MOST_SHARES, 1), (MOST_SHARES, MOST_SHARES), (MOST_BADGES, 1), (MOST_BADGES, MOST_BADGES)])  # fmt: skip
def test_nobody_is_certain_of_anybody(most: int, adds: int):
    rights, certain = [], 0.0
    for others in COUNTS:
        without, with_them = told(others, most), told(others + adds, most)
        rights.append(sum(max(without.get(one, 0), with_them.get(one, 0)) for one in without | with_them) / 2)
        certain += sum(
            (without.get(one, 0) + with_them.get(one, 0)) / 2
            for one in without | with_them
            if max(without.get(one, 0), with_them.get(one, 0))
            > CERTAIN * min(without.get(one, 0), with_them.get(one, 0))
        )
    share = certain / len(COUNTS)
    print(  # noqa: T201  # what a soak measured
        f"\nthe most of one {most:2}, adds {adds:2}: right {mean(rights):.1%}, at worst {max(rights):.1%}, certain {share:.1%}"
    )
    assert share < 1e-9
    assert max(rights) <= 0.565
    assert mean(rights) <= 0.56


@pytest.mark.parametrize("most", [1, MOST_SHARES, MOST_BADGES])
def test_the_noise_is_drawn_as_it_is_computed_here(most: int):
    drawn = Counter(figure_noise.noise(most, sha256(f"{number}".encode()).digest()) for number in range(100_000))
    cuts = [-FURTHEST, *(most * step for step in (-8, -4, -2, 0, 2, 4, 8)), FURTHEST]
    for low, high in pairwise(cuts):
        meant = sum(likely(most)[step] for step in range(low, high))
        assert abs(sum(drawn[step] for step in range(low, high)) / 100_000 - meant) < 0.01
