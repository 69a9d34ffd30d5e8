"""What comes of an offer that was taken: documents, or in one word why there is none."""

from dataclasses import dataclass, field
from typing import Literal

from . import holder_keys, offers

Reason = (
    offers.Reason
    | Literal["offer-used", "offer-wrong-code", "offer-no-answer", "offer-unknown", "offer-denied"]
    | Literal["offer-not-given", "offer-other-host"]
)
"""Beside those of an offer that is not taken up at all: its code has served, or is too old; the code that the person wrote is
not the right one; nobody answered, and nothing is lost; nobody answered after the code was sent, and nobody knows; the issuer
gives this badge no more; it was answered, and gave nothing that is a badge; it wants an answer for another host."""

_BUSY = {408, 425, 429}


class Failed(Exception):
    """Nothing comes of an offer; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def why_unreachable(why: str, if_silent: Reason) -> Reason:
    """What it means for an offer that an address gave no answer, by the word for that (network/client.py), or *if_silent*.

    One that may not be asked and one that is silent look alike (docs/security.md E9).
    """
    if why == "too-often":
        return "offer-no-answer"
    return "offer-not-given" if why in {"redirected", "too-many", "too-big"} else if_silent


def is_busy(status: int) -> bool:
    """Whether an answer of that *status* says that another time there may be a better one; proxies have numbers of their own."""
    return status >= 500 or status in _BUSY


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedDocument:
    """A badge as an issuer handed it over, not looked at yet."""

    content: str = field(repr=False)
    """Its own text: a token, or the letters of its JSON as they came."""
    key: holder_keys.HolderKey | None = None
    """To which it may be bound."""
