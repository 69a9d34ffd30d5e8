"""A badge as it was found in a file, a text or an answer: the one thing that every version begins with."""

from dataclasses import dataclass, field
from typing import Any

from .carriers.web_pages import Hint
from .proofs.signed_texts import SignedText


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A badge as it was found, not verified: JSON, or a token, or only the address where it stands."""

    container: str
    """What it was found in: png, svg, json, jws, sd-jwt; or link, when all that was given is an address or points at some."""
    json: dict[str, Any] | None = None
    signed: SignedText | None = None
    """The token or the SD-JWT that it is, or that its JSON only wraps (v3/bundles.py)."""
    link: str | None = None
    """The address where it stands: alone, or beside what was found there."""
    hints: tuple[Hint, ...] = ()
    """Where it may stand, in a web page that somebody saved."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What it says, which nobody has verified; {} for an address, and for a token that holds no JSON object."""
    written: str = ""
    """The JSON or the token to the letter, as whoever issued it wrote it; "" where a page carried it within."""

    @property
    def is_open(self) -> bool:
        """Whether there is more than an address."""
        return self.json is not None or self.signed is not None
