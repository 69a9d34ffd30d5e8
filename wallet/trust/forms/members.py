"""The members of one object of a register, looked at one by one: what can be used comes out, what cannot is told.

Nothing that is read here gives a terminal or a page an order: a sign that nobody sees, or that turns the direction of
writing (Unicode, UAX 9), is a fault, and never taken out in silence.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from ... import openbadges
from .entries import ADDRESS, ID, NAME

_SHOWN = 80
"""Characters of what somebody wrote that a fault repeats."""
_JOINERS = "\u200c\u200d"
"""Format characters that languages need."""
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and a pattern by their category, of which nothing is seen."""
_END_OF_DAY = time(21, 59, 59, tzinfo=UTC)
"""In France it is still that day, in summer and in winter."""
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9.\-_:%]+")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_MAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,253}")
_LA_POSTE = "356000000"


def quoted(text: str) -> str:
    """The beginning of what somebody wrote, as a fault repeats it, without what nobody sees."""
    shown = "".join("�" if hidden_sign(sign) else sign for sign in text[:_SHOWN])
    return shown if len(text) <= _SHOWN else f"{shown}…"


def hidden_sign(text: str) -> str:
    """The first character of *text* that nobody sees, as U+202E; "" where there is none."""
    for sign in text:
        is_hidden = unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} and sign not in _JOINERS
        if is_hidden or sign in _BLANK:
            return f"U+{ord(sign):04X}"
    return ""


def is_siret(number: str) -> bool:
    """Whether *number* is that of an establishment: 14 digits with the check of Luhn, or those of La Poste, whose digits
    add up to a multiple of five (INSEE, Sirene)."""
    if not (number.isascii() and number.isdigit() and len(number) == 14):
        return False
    if number.startswith(_LA_POSTE) and sum(map(int, number)) % 5 == 0:
        return True
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(number))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


class Members:
    """One object, *told*, which stands at *where*; each fault goes to *faults*, what is only odd to *remarks*."""

    def __init__(self, told: Mapping[str, Any], where: str, faults: list[str], remarks: list[str]) -> None:
        self.told, self.where, self._faults, self._remarks = told, where, faults, remarks

    def refuse_others(self, known: Collection[str]) -> None:
        """Tell each member that nobody reads."""
        for member in self.told:
            if member not in known:
                self._faults.append(f"has a member in {self.where} that nobody reads: {quoted(member)}.")

    def needs(self, *members: str) -> None:
        """Tell each of *members* that is not there."""
        self._faults.extend(
            f"does not say the {member} of {self.where}." for member in members if member not in self.told
        )

    def text(self, member: str, limit: int = NAME) -> str:
        """A text on one line; "" where it is not there, or cannot be used."""
        if member not in self.told:
            return ""
        value = self.told[member]
        if not isinstance(value, str) or not value.strip(_JOINERS).strip():
            return self._fault(member, "in a text")
        text = unicodedata.normalize("NFC", re.sub(" +", " ", value).strip(" "))
        if len(text) > limit:
            return self._fault(member, f"in {limit} signs at most")
        if sign := hidden_sign(text):
            return self._fault(member, f"without the sign {sign}, which nobody sees")
        return text

    def id(self, member: str, *, allows_http: bool = False) -> str:
        """What badges name an issuer by, as it is written: an https address or a DID."""
        if not self.text(member, ID):
            return ""
        text: str = self.told[member]
        if len(text) > ID:  # it is kept to the letter, be its accents written apart
            return self._fault(member, f"in {ID} signs at most")
        if _is_address(text, "https") or _DID.fullmatch(text):
            return text
        if not allows_http:
            return self._fault(member, "as an https address or a DID")
        self._remarks.append(
            f"names {self.where} neither by an https address nor by a DID: nobody may ever show to be it."
        )
        return text

    def link(self, member: str) -> str:
        """An https address."""
        text = self.text(member, ADDRESS)
        return text if not text or _is_address(text, "https") else self._fault(member, "as an https address")

    def contact(self, member: str) -> str:
        """An e-mail address or an https one."""
        text = self.text(member, ADDRESS)
        is_one = not text or _MAIL.fullmatch(text) or _is_address(text, "https")
        return text if is_one else self._fault(member, "as an e-mail address or an https address")

    def siret(self, member: str) -> str:
        """The number of an establishment."""
        number = self.text(member).replace(" ", "")
        return (
            number
            if not number or is_siret(number)
            else self._fault(member, "as a number that exists: one digit is wrong")
        )

    def thumbprints(self, member: str) -> tuple[str, ...]:
        """Thumbprints of keys (RFC 7638)."""
        found = self.texts(member)
        if all(map(_THUMBPRINT.fullmatch, found)):
            return found
        self._fault(member, "as thumbprints of keys (RFC 7638), 43 signs each")
        return ()

    def texts(self, member: str, most: int = 50) -> tuple[str, ...]:
        """Texts, each once, in their order of the alphabet."""
        value = self.told.get(member, [])
        is_list = isinstance(value, list) and len(value) <= most
        if not is_list or not all(isinstance(one, str) and one and len(one) <= NAME for one in value):
            self._fault(member, f"in a list of texts, {most} at most")
            return ()
        if sign := next(filter(None, map(hidden_sign, value)), ""):
            self._fault(member, f"without the sign {sign}, which nobody sees")
            return ()
        return tuple(sorted(set(value)))

    def moment(self, member: str, *, is_end: bool = False) -> datetime | None:
        """A moment, or a day: its beginning, or its end in France."""
        if self.told.get(member) is None:
            return None
        value = self.told[member]
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
            found = _at(day, is_end=is_end) if day else datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            self._fault(member, "as a day, 2027-12-31, or a moment in ISO 8601")
            return None

    def _fault(self, member: str, how: str) -> str:
        self._faults.append(f"must say the {member} of {self.where} {how}.")
        return ""


def _at(day: date, *, is_end: bool) -> datetime:
    return datetime.combine(day, _END_OF_DAY if is_end else time(tzinfo=UTC))


def _is_address(text: str, scheme: str) -> bool:
    if not text.startswith(f"{scheme}://") or any(sign in text for sign in ' <>"\\'):
        return False
    return openbadges.host_of(text) != ""
