"""What came back with an archive: each transaction tells its part, and all parts are joined."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from ..badges import ImportOutcome


@dataclass(kw_only=True, slots=True)
class ImportReport:
    """What came back."""

    token: str = ""
    """Of the new device of whoever was nobody as yet."""
    name: str = ""
    """The first name in the archive, when it is not that of the holder."""
    kinds: Tally[str] = field(default_factory=Tally)
    """How many badges were added, made better, or here already: badges.OutcomeKind."""
    moments: int = 0
    attachments: int = 0
    shares: int = 0
    endorsements: int = 0
    unsaid: int = 0
    """Words of others that did not come back: they were withdrawn, or nobody can say whose they are."""
    unheard: int = 0
    """Words of others for which there was no room."""
    messages: int = 0
    addresses: int = 0
    unaddressed: int = 0
    """E-mail addresses for which there was no room."""
    waits_until: datetime | None = None
    """Until when some of it waits, as a return guards the wallet: addresses, the photo, what the holder looks for."""
    problems: list[ImportOutcome] = field(default_factory=list)
    unattached: list[ImportOutcome] = field(default_factory=list)
    """What goes with moments and did not come back."""
    no_room: int = 0
    """Moments for which there was none."""
    left_out: int = 0
    """Rows that could not be read."""
    is_changed: bool = False
    """Whether its list of contents is not the one that it was packed with."""
    is_later: bool = False
    """Whether some badges wait for their issuers to be asked."""
    is_unfinished: bool = False
    """Whether it must be brought once more."""

    @classmethod
    def of_badges(cls, outcomes: Sequence[ImportOutcome], token: str = "") -> "ImportReport":
        """What became of badges."""
        problems = [one for one in outcomes if one.kind == "problem"]
        return cls(token=token, kinds=Tally(one.kind for one in outcomes if one.kind != "problem"), problems=problems)

    def join(self, other: "ImportReport") -> None:
        """Count *other*, which came after it, with it."""
        for member in fields(self):
            mine, theirs = getattr(self, member.name), getattr(other, member.name)
            is_one = isinstance(mine, str | bool | datetime | None)
            setattr(self, member.name, theirs or mine if is_one else mine + theirs)


@dataclass(frozen=True, slots=True)
class Written:
    """What one transaction wrote."""

    report: ImportReport
    ids: Mapping[int, int] = field(default_factory=dict)
    """Which badges, or moments, they are here, by where the archive has them."""
