"""What is said of an issuer at one moment: who vouches for it, else what was shown of it, never more than was proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from .. import openbadges

Kind = Literal["operator", "network", "public-list"]
"""Who keeps a register: whoever runs this wallet, somebody whom they trust, or a public body whose list says no more than that
an issuer is on it."""
KINDS: tuple[Kind, ...] = ("operator", "network", "public-list")
VOUCHING: frozenset[Kind] = frozenset({"operator", "network"})
Standing = Literal["vouched", "listed", "site", "platform", "key", "nobody"]
"""The best that can be said: somebody vouches; it is on a public list; its own site shows that it is it; a platform keeps
its badges; a key is all there is; nothing was shown of it."""
Doubt = Literal["", "not-proven", "other-key", "not-yet", "ended", "struck", "stale", "stopped"]
"""Why what a row says does not count; `stopped`: the operator of this wallet said that nothing of this issuer does."""
GREEN: frozenset[Standing] = frozenset({"vouched", "listed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Issuer:
    """An issuer as one badge tells of it, and what of that was shown."""

    id: str
    name: str
    binding: str
    """As openbadges.Examination.binding."""
    kept_at: datetime | None = None
    """Since when the badge is kept here; None for one that is not."""
    key: str = ""
    """The thumbprint of the key that signed the badge (RFC 7638), "" where it is not known."""

    @property
    def is_proven(self) -> bool:
        """Whether the badge is shown to come from it: else nothing that is said of it is said of the badge."""
        return self.binding in ("proven", "self-certified")

    @property
    def host(self) -> str:
        """The host of its id, "" where that is none."""
        return openbadges.host_of(self.id)

    @property
    def is_on_platform(self) -> bool:
        """Whether it is on the host of a platform, that keeps the badges of many."""
        return bool(openbadges.platform_of(self.host))


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldFact:
    """What a public list says of an organisation."""

    list: str
    name: str
    nda: str = ""
    marks: Sequence[str] = ()
    read_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """What one source says of an issuer, be it believed or not."""

    standing: Standing
    """What it would make of the issuer."""
    source: str
    """The key of the register, or where it can be read; `badge` for what the badge itself shows."""
    by: str = ""
    name: str = ""
    until: datetime | None = None
    doubt: Doubt = ""
    """Why it does not count; "" where it does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is said of an issuer."""

    standing: Standing = "nobody"
    by: str = ""
    """Who vouches, or the name of the public list; "" for an operator who has not told their name."""
    name: str = ""
    """What they call it."""
    read_at: str = ""
    host: str = ""
    """Of a site or a platform."""
    struck_at: datetime | None = None
    """Since when somebody says so no longer."""
    is_stale: bool = False
    """Whether somebody said so, of whom nothing was heard for too long."""
    alike: str = ""
    """The name of another, whom somebody vouches for and whose name looks like this one."""
    alike_id: str = ""
    facts: Sequence[ToldFact] = ()
    """What public lists say of the organisation."""

    @property
    def is_vouched(self) -> bool:
        """Whether somebody whom we were told of says that it is them."""
        return self.standing in GREEN

    @property
    def platform(self) -> str:
        """The name of the platform that keeps its badges, "" where that is none."""
        return openbadges.platform_of(self.host) if self.standing == "platform" else ""


NOBODY = Answer()
"""What is said of an issuer of whom nobody was asked."""
