"""How a count becomes a figure that may be told: noise, then tens, and nothing below ten.

Pure: a count in, a figure out. Whoever knows of everybody else whether they were counted learns next to nothing of the one
who is left: the noise is of the two-sided geometric distribution (differential privacy; Ghosh, Roughgarden and Sundararajan,
Universally Utility-Maximizing Privacy Mechanisms, 2012, 2), and as wide as what one person can add to that figure.
"""

from math import exp, floor, log

EPSILON = 0.25
"""How much likelier one person, with all that may be counted of them, makes any figure: e to that power at most."""
TENS = 10
"""To what a figure is rounded, and below what none is told."""
CHANCES = 2**53
"""What a float tells apart between 0 and 1."""


def blurred(count: int, most_of_one: int, lot: bytes) -> int | None:
    """The figure for *count*, to which nobody adds more than *most_of_one*; None for fewer than TENS.

    *lot* are 16 bytes at least that nobody can guess, for the same figure always the same: who asks again learns nothing.
    """
    rounded = TENS * ((count + noise(most_of_one, lot) + TENS // 2) // TENS)
    return rounded if rounded >= TENS else None


def noise(most_of_one: int, lot: bytes) -> int:
    """What is added: the difference of two numbers of a geometric distribution, drawn by the two halves of *lot*."""
    return _drawn(most_of_one, lot[:8]) - _drawn(most_of_one, lot[8:16])


def ratio(most_of_one: int) -> float:
    """How much less likely each further step of the noise is."""
    return exp(-EPSILON / most_of_one)


def _drawn(most_of_one: int, lot: bytes) -> int:
    """The geometric distribution by the inverse of its sum."""
    return floor(log(((int.from_bytes(lot) >> 11) + 1) / CHANCES) / log(ratio(most_of_one)))
