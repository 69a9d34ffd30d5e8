"""A code that people copy from paper: whatever one slip makes of it is noticed, and what is no slip is not."""

from itertools import combinations

import pytest

from wallet.accounts import crockford
from wallet.accounts.crockford import ALPHABET, GROUP, SYMBOLS, Mistyped

CODE = "7ZK0PQ2M9TR4VX81CDEHBN5S3G"
TYPED = "-".join(crockford.with_check_symbols(CODE))
FLAT = TYPED.replace("-", "")
STARTS = range(0, len(FLAT), GROUP + 1)


def group_told(typed: str) -> int:
    """Which group is told to be wrong."""
    with pytest.raises(Mistyped) as fault:
        crockford.read_code(typed)
    return fault.value.group


def test_a_code_has_128_random_bits() -> None:
    codes = [crockford.new_code() for _ in range(2000)]

    assert len(set(codes)) == 2000
    assert {len(code) for code in codes} == {SYMBOLS}
    assert all(set(code) <= set(ALPHABET) for code in codes)
    assert {code[0] for code in codes} == set("01234567")  # 26 symbols of 5 bits hold 130
    for place in range(1, SYMBOLS):
        assert {code[place] for code in codes} == set(ALPHABET)


def test_a_code_is_read_as_it_was_written() -> None:
    for code in [CODE, "0" * SYMBOLS, "7" + "Z" * (SYMBOLS - 1), *(crockford.new_code() for _ in range(200))]:
        groups = crockford.with_check_symbols(code)
        assert [len(group) for group in groups] == [5, 5, 5, 5, 5, 5, 3]
        assert crockford.read_code(" ".join(groups)) == code


@pytest.mark.parametrize(
    "typed",
    [
        FLAT,
        FLAT.lower(),
        TYPED.replace("-", " "),
        TYPED.replace("-", " - "),
        TYPED.replace("-", "–"),
        TYPED.replace("-", "\u2011"),
        TYPED.replace("-", "\u202f"),
        TYPED.replace("-", "\u2009\u00ad"),
        TYPED.replace("-", "\r\n"),
        TYPED.replace("-", "."),
        f"\ufeff  {TYPED}\u200b\n",
        TYPED.replace("0", "O").replace("1", "I"),
        TYPED.replace("0", "o").replace("1", "l"),
    ],
)
def test_how_it_is_written_does_not_matter(typed: str) -> None:
    assert crockford.read_code(typed) == CODE


@pytest.mark.parametrize(
    "end", [".", ").", ",", ";", ":", "!", "…", ">", "]", "}", '".', "”", "’.", "›", "\u00a0»", "\u202f» !"]
)
def test_a_link_that_ends_a_sentence_opens_with_what_ends_it(end: str) -> None:
    """On an old phone Yann touches all of what Sonia wrote: where no space ends the link, it is taken for a part of it."""
    assert crockford.as_typed_meant(CODE + end) == CODE


def test_every_single_wrong_symbol_is_noticed_and_its_group_told() -> None:
    for place, right in enumerate(FLAT):
        for wrong in set(ALPHABET + "U?é") - {right}:
            assert group_told(FLAT[:place] + wrong + FLAT[place + 1 :]) == place // (GROUP + 1) + 1


@pytest.mark.breadth
def test_every_two_symbols_that_changed_places_in_a_group_are_noticed() -> None:
    for code in [CODE, *(crockford.new_code() for _ in range(50))]:
        for number, group in enumerate(crockford.with_check_symbols(code)):
            for one, other in combinations(range(len(group)), 2):
                if group[one] == group[other]:
                    continue
                swapped = list(group)
                swapped[one], swapped[other] = swapped[other], swapped[one]
                groups = crockford.with_check_symbols(code)
                groups[number] = "".join(swapped)
                assert group_told("".join(groups)) == number + 1


def test_neighbours_of_two_groups_that_changed_places_are_noticed() -> None:
    for place in range(len(FLAT) - 1):
        if FLAT[place] != FLAT[place + 1]:
            assert group_told(FLAT[:place] + FLAT[place + 1] + FLAT[place] + FLAT[place + 2 :])


def test_every_two_groups_that_changed_places_are_noticed() -> None:
    for code in [CODE, "0" * SYMBOLS, "1234" * 6 + "12"]:
        for one, other in combinations(range(6), 2):
            groups = crockford.with_check_symbols(code)
            groups[one], groups[other] = groups[other], groups[one]
            assert group_told("".join(groups)) in {one + 1, other + 1}


def test_what_was_left_out_or_typed_twice_is_noticed() -> None:
    for place in range(len(FLAT)):
        assert group_told(FLAT[:place] + FLAT[place + 1 :]) in {0, *range(place // 5 + 1, 8)}
        assert group_told(FLAT[:place] + FLAT[place] + FLAT[place:]) in {0, *range(place // 5 + 1, 8)}
    for start in STARTS:
        assert group_told(FLAT[:start] + FLAT[start + 5 :]) in {0, *range(start // 5 + 1, 8)}
    assert group_told(FLAT[:30]) == group_told(FLAT[:5]) == group_told("") == group_told(" - ") == 0


@pytest.mark.parametrize("typed", ["A", "\0", "\ud800" * 33, "0" * 5000, "ß" * 33, "٣" * 33, FLAT * 40, "ı" * 33])
def test_whatever_else_is_typed_is_a_slip(typed: str) -> None:
    group_told(typed)


def test_the_first_wrong_group_is_told() -> None:
    groups = crockford.with_check_symbols(CODE)
    groups[2] = groups[5] = "AAAAA"

    assert group_told(" ".join(groups)) == 3
