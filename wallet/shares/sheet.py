"""One sheet of paper of a share: what has room on an A4, and what is told with a number and the QR code instead.

Pure: what others see of a share in, the parts of its sheet out; its words are in open_share/sheet.txt, and sandbox/sheet_setter.py
sets it. Paper is never the verdict: it says when was looked, and where to look now. Nothing on it ends in the middle: of a
long text whole sentences stand there, of many badges whole rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import evidence
from ..badges import Card
from ..competencies import ShownMap, ShownSkill
from ..storage import grouped
from .evidence_snapshots import SnapshotView
from .public_view import LONG_WORD, PublicShare
from .verdict import Exceptions, issuer_key, overall

MOST_ROWS = 24
"""Rows that the sheet is given; how many of them have room is seen when it is set."""
MOST_OTHERS = 12
"""Badges of no skill that have a row each; more of them have one for each issuer."""
MOST_STORIES = 2
"""Side by side."""
MOST_TOLD = 420
"""Signs of a story."""
MOST_NAME = 120
"""Signs of a name on a badge, or of an issuer: of a longer one whole words stand there, and that it goes on."""
MOST_MEANING = 240
"""Signs of what the issuer says that a badge means, where few badges leave room for it."""
FEW = 3
"""Badges that leave it."""
MOST_EXCEPTIONS = 5
"""Kinds of badges for which the verdict does not hold, with a line each; those of another name are the first."""
PETALS = 4
"""Competencies of a framework that is drawn as a flower."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRow:
    """A skill, a badge, or what one issuer gave."""

    badges: Sequence[Card]
    """Of a skill the one first on which it rests."""
    skill: ShownSkill | None = None
    is_issuer: bool = False

    @property
    def meaning(self) -> str:
        """What its issuer says that the badge means: whole sentences of it."""
        return evidence.beginning_of(" ".join(self.badges[0].description.split()), MOST_MEANING)

    @property
    def issuer(self) -> Card:
        """Of what one issuer gave the badge of which the least is told, as on the page."""
        return (overall(self.badges).issuers or self.badges)[0]

    @property
    def holding(self) -> Sequence[Card]:
        """Those that hold: what was withdrawn, or has ended, makes no skill newer. Where none holds all of them; of a skill
        those that stand as the one on which it rests."""
        good = [one for one in self.badges if one.is_good]
        if good or self.skill is None:
            return good or self.badges
        return [one for one in self.badges if one.sentence == self.badges[0].sentence]

    @property
    def newest(self) -> datetime | None:
        """When the last of those was given."""
        return max((one.issued_on for one in self.holding if one.issued_on), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetStory:
    """A moment, as much of it as stands on paper."""

    view: SnapshotView
    row: SheetRow | None
    """That of its badge."""

    @property
    def paragraphs(self) -> list[list[str]]:
        """Its beginning, sentence by sentence: fewer of them may have room."""
        return evidence.each_of(evidence.beginning_of(self.view.text, MOST_TOLD))

    @property
    def is_whole(self) -> bool:
        """Whether that is all of it."""
        return len(self.view.text) <= MOST_TOLD

    @property
    def seconds(self) -> int | None:
        """How long their voice is, 0 where nobody counted; None for none."""
        return next((int(one["seconds"] or 0) for one in self.view.attachments if one["kind"] == "recording"), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperSheet:
    """What a sheet is made of."""

    share: PublicShare
    exceptions: Sequence[Exceptions]
    """Those that have a line."""
    flower: ShownMap | None
    """None: the list stands alone."""
    rows: Sequence[SheetRow]
    stories: Sequence[SheetStory]
    more_stories: int

    @property
    def petals(self) -> list[tuple[str, ShownSkill | None]]:
        """The drawings of the flower, each with what was reached there."""
        places = self.flower.places if self.flower else []
        return [(skill.drawing if skill else f"{one.drawing or 'petal'}-0", skill) for one, skill in places]

    @property
    def checked_at(self) -> datetime:
        """When was looked: at the badge that was looked at longest ago."""
        return min(one.checked_at for one in self.share.badges)

    @property
    def is_all_checked(self) -> bool:
        """Whether that look told something of each of them."""
        return all(one.is_checked for one in self.share.badges)

    @property
    def is_short(self) -> bool:
        """Whether there is room for what the badges mean."""
        return len(self.share.badges) <= FEW

    @property
    def word(self) -> tuple[str, bool]:
        """The word to the employer, or its beginning; and whether that is all of it."""
        return shortened(self.share.word, LONG_WORD)

    @property
    def unlisted(self) -> list[int]:
        """How many badges are not listed, by how many rows are."""
        listed: list[set[int]] = [set()]
        for row in self.rows:
            listed.append(listed[-1] | {one.id for one in row.badges})
        return [len(self.share.badges) - len(ids) for ids in listed]


def sheet_of(share: PublicShare) -> PaperSheet:
    """The sheet of *share*; at least one badge is there."""
    rows, told = _rows(share), share.stories
    return PaperSheet(
        share=share,
        exceptions=share.exceptions[:MOST_EXCEPTIONS],
        flower=next((one for one in share.maps if len(one.places) == PETALS and len(one.skills) > 1), None),
        rows=rows[:MOST_ROWS],
        stories=[SheetStory(view=one, row=_row_of(one.place, rows)) for one in told[:MOST_STORIES]],
        more_stories=len(told[MOST_STORIES:]),
    )


def shortened(text: str, most: int = MOST_NAME) -> tuple[str, bool]:
    """*text* on one line, or whole words of it in *most* signs; and whether that is all of it."""
    line = " ".join(text.split())
    return evidence.beginning_of(line, most), len(line) <= most


def _rows(share: PublicShare) -> list[SheetRow]:
    """Each skill, then each badge that speaks of none; the skills first, whatever the page lists first."""
    by_id = {one.id: one for one in share.badges}
    skills = [skill for drawn in share.maps for skill in drawn.everything]
    rows = [SheetRow(badges=[by_id[id] for id in one.badge_ids], skill=one) for one in skills]
    listed = {id for one in skills for id in one.badge_ids}
    others = [one for one in share.badges if one.id not in listed]
    if len(others) <= MOST_OTHERS:
        return [*rows, *(SheetRow(badges=[one]) for one in others)]
    issuers = grouped((issuer_key(one), one) for one in others)
    return [*rows, *(SheetRow(badges=some, is_issuer=True) for some in issuers.values())]


def _row_of(place: int, rows: Sequence[SheetRow]) -> SheetRow | None:
    return next((row for row in rows if any(one.id == place for one in row.badges)), None)
