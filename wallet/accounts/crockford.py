"""Letters and digits that people can read aloud and type from paper: Crockford's base 32, with check symbols.

No letter is taken for another one (no I, L, O, U). A check symbol is a polynomial over GF(32): it notices every single
wrong symbol of its group, every two that changed places, and a group in another's place.
Source: Crockford, Base 32; the field is that of Bech32 (BIP 173), x^5 + x^3 + 1.
"""

import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WRITTEN = re.compile(f"[{ALPHABET}]*")
MISTAKEN = str.maketrans("OIL", "011", ".·_")
BETWEEN = {"Zs", "Zl", "Zp", "Pd", "Cf"}
"""What stands between symbols and is none: spaces, dashes, marks that nobody sees. Source: Unicode, 4.5."""
ENDS = ')]}>,;:!…"’”»›'
"""What ends a sentence and no code, nor the link that it stands in: a phone may take them for a part of that."""
SYMBOLS = 26
GROUP = 4
"""Symbols of a group, its check symbol not counted."""


def new_code() -> str:
    """128 random bits, in 26 symbols."""
    number = secrets.randbits(128)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (SYMBOLS - 1), -1, -5))


def as_typed_meant(typed: str) -> str:
    """What was typed, as it is meant: capitals, without spaces, dashes and what ends a sentence, O as 0, I and L as 1."""
    if WRITTEN.fullmatch(typed):  # as nearly all are: a link is seldom typed
        return typed
    symbols = (one for one in typed.upper() if not one.isspace() and unicodedata.category(one) not in BETWEEN)
    return "".join(symbols).translate(MISTAKEN).rstrip(ENDS)


def with_check_symbols(code: str) -> list[str]:
    """*code* in groups of four symbols, each with its check symbol behind it."""
    parts = [code[start : start + GROUP] for start in range(0, len(code), GROUP)]
    return [part + ALPHABET[_check(part, place)] for place, part in enumerate(parts)]


class Mistyped(ValueError):
    """A code that cannot be right: `group` is the number of the first wrong group, from 1; 0 for a wrong length."""

    def __init__(self, group: int) -> None:
        super().__init__(f"group {group}" if group else "length")
        self.group = group


def read_code(typed: str) -> str:
    """The code in *typed*, written as `with_check_symbols` writes it; raises Mistyped."""
    symbols = as_typed_meant(typed)
    groups = [symbols[start : start + GROUP + 1] for start in range(0, len(symbols), GROUP + 1)]
    for place, group in enumerate(groups):
        if not _fits(group, place):
            raise Mistyped(place + 1)
    code = "".join(group[:-1] for group in groups)
    if len(code) != SYMBOLS:
        raise Mistyped(0)
    return code


def _fits(group: str, place: int) -> bool:
    return len(group) > 1 and set(group) <= set(ALPHABET) and ALPHABET[_check(group[:-1], place)] == group[-1]


def _check(part: str, place: int) -> int:
    total = place + 1
    for symbol in part:
        total = _times_two(total) ^ ALPHABET.index(symbol)
    return _times_two(total)


def _times_two(value: int) -> int:
    """*value* times x in GF(32): different for each value, so that no symbol's weight is lost."""
    doubled = value << 1
    return doubled ^ 0b101001 if doubled & 32 else doubled
