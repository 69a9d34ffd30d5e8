"""One sheet of paper of a share: what has room on an A4, and what is told with a number and the QR code instead.

Pure: what others see of a share in, the parts of its sheet out; its words are in open_share/sheet.txt, and sandbox/sheets.py
sets it. Paper is never the verdict: it says when was looked, and where to look now. Nothing on it is cut off in the middle:
of a long text whole sentences stand there, of many badges whole rows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .. import competencies
from ..badges import Card
from ..openbadges import normalise_name
from ..storage import grouped
from .evidence_snapshots import SnapshotView
from .overall import GOOD, Exceptions, Overall
from .public_view import PublicShare

MOST_ROWS = 24
"""Rows that the sheet is given; how many of them have room is seen when it is set."""
MOST_STORIES = 2
"""Side by side."""
MOST_NAME = 120
"""Signs of a name on a badge, or of a place, that stand on the sheet: whole words of a longer one, and that it goes on."""
MOST_EXCEPTIONS = 3
"""Kinds of badges for which the verdict does not hold, with a line each."""
PETALS = 4
"""Competencies of a framework that is drawn as a flower."""
MOST_WORD = 140
"""Signs of a word to the employer that stands under the name, as on the page."""
STORY_READ = 2000
"""Signs of a story that are looked at: more than ever stand here."""
SENTENCE = re.compile(r"[^.!?…]*[.!?…]+[»”\"')\]]*\s*|[^.!?…]+$")
"""A sentence with what ends it; the last one may have no end."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What a row is about, where a framework has it."""

    names: Mapping[str, str]
    line: Mapping[str, str]
    level_words: Mapping[str, str]
    """{} for the general badge."""
    drawing: str
    """"" for the general badge."""
    is_counted: bool
    """Whether others may be told of it as certain (docs/decisions.md 17); all else is never in gold."""
    is_top: bool

    @property
    def is_gold(self) -> bool:
        """Whether it wears gold."""
        return self.is_counted and self.is_top


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRow:
    """Badges that say the same."""

    badges: Sequence[Card]
    """The one first whose name the row has."""
    skill: Skill | None = None

    @property
    def newest(self) -> datetime | None:
        """When the last of them was given."""
        return max((one.issued_on for one in self.badges if one.issued_on), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Petal:
    """A competency in the flower."""

    names: Mapping[str, str]
    drawing: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetStory:
    """A moment, as much of it as stands on paper."""

    situation: str
    place: str
    sentence: str
    paragraphs: Sequence[Sequence[str]]
    """Whole sentences; of a long one the beginning."""
    is_whole: bool
    """Whether these are all of them."""
    row: SheetRow | None
    """What its badge speaks of."""
    seconds: int | None
    """Of their voice; None for none, 0 where nobody counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What a sheet is made of."""

    share: PublicShare
    overall: Overall
    exceptions: Sequence[Exceptions]
    """Those that have a line."""
    flower: Sequence[Petal]
    """Four, or none: then a list stands alone."""
    has_general: bool | None
    """Whether the general badge counts; None where it is only told, or not there."""
    rows: Sequence[SheetRow]
    stories: Sequence[SheetStory]
    more_stories: int

    @property
    def drawings(self) -> set[str]:
        """The names of our drawings on it."""
        return {one.drawing for one in self.flower} | {one.skill.drawing for one in self.rows if one.skill} - {""}

    @property
    def checked_at(self) -> datetime:
        """When was looked: at the badge that was looked at longest ago."""
        return min(one.checked_at for one in self.share.badges)

    @property
    def left(self) -> list[int]:
        """How many badges are not listed, by how many rows are."""
        counts = [0]
        for one in self.rows:
            counts.append(counts[-1] + len(one.badges))
        return [len(self.share.badges) - listed for listed in counts]

    @property
    def is_gold(self) -> bool:
        """Whether anything on it wears gold."""
        return any(one.skill.is_gold for one in self.rows if one.skill)


def sheet_of(share: PublicShare, frameworks: Sequence[competencies.Framework]) -> Sheet:
    """The sheet of *share*, of which at least one badge is there, in the words of *frameworks*."""
    rows, flower = _rows(share.badges, frameworks)
    told = _once(share.hung)
    return Sheet(
        share=share,
        overall=share.overall,
        exceptions=share.overall.exceptions[:MOST_EXCEPTIONS],
        flower=flower,
        has_general=next((one.skill.is_counted for one in rows if one.skill and not one.skill.drawing), None),
        rows=rows[:MOST_ROWS],
        stories=[_story(one, rows) for one in told[:MOST_STORIES]],
        more_stories=len(told[MOST_STORIES:]),
    )


def shortened(text: str, most: int = MOST_NAME) -> tuple[str, bool]:
    """Whole words of *text*, no more than *most* signs where it has spaces, and whether that is all of it."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text, True
    start = text[: most + 1].rpartition(" ")[0]
    return start or text[:most], False


def sentences(text: str) -> list[list[str]]:
    """The sentences of *text*, by its paragraphs."""
    lines = (line.strip() for line in text.splitlines())
    return [[one.strip() for one in SENTENCE.findall(line) if one.strip()] for line in lines if line]


def _rows(
    badges: Sequence[Card], frameworks: Sequence[competencies.Framework]
) -> tuple[list[SheetRow], Sequence[Petal]]:
    """A row a competency, then a row for what else is called alike; and the flower of the framework that comes first."""
    spoken: dict[tuple[str, str], list[tuple[Card, Skill]]] = {}
    for one in badges:
        for framework, key, skill in _spoken(one, frameworks):
            spoken.setdefault((framework.id, key), []).append((one, skill))
    rows: list[SheetRow] = []
    flower: Sequence[Petal] = ()
    for framework in frameworks:
        keys = [*(one.key for one in framework.competencies), ""]
        of_it = {key: _row(spoken[framework.id, key]) for key in keys if (framework.id, key) in spoken}
        rows += of_it.values()
        if of_it and not flower and len(framework.competencies) == PETALS:
            flower = [_petal(one, of_it.get(one.key)) for one in framework.competencies]
    listed = {badge.id for row in rows for badge in row.badges}
    others = grouped(
        ((normalise_name(one.full_name), one.issuer_id, one.sentence, one.cause), one)
        for one in badges
        if one.id not in listed
    )
    return [*rows, *(SheetRow(badges=some) for some in others.values())], flower


def _spoken(
    card: Card, frameworks: Sequence[competencies.Framework]
) -> Iterator[tuple[competencies.Framework, str, Skill]]:
    """Of which competency a badge speaks, at which level: the first that has its name; nothing of one that is not good.

    That others may be told of it as certain is seen by the words for its level (public_view.card_for_others).
    """
    name = normalise_name(card.full_name)
    for framework in frameworks if card.sentence in GOOD else ():
        for competency in framework.competencies:
            for level in framework.levels:
                if name in competency.badges[level.key].names:
                    counted, top = card.level_words == level.names_for_others, level.key == framework.top
                    drawing = f"{competency.drawing or 'petal'}-{2 if top else 1}{'' if counted else '-tacked'}"
                    skill = Skill(competency.names, competency.line, level.names_for_others, drawing, counted, top)
                    yield framework, competency.key, skill
                    return
        if framework.general and name in framework.general.badges.names:
            yield framework, "", Skill(framework.general.names, {}, {}, "", is_counted=False, is_top=True)
            return


def _row(spoken: Sequence[tuple[Card, Skill]]) -> SheetRow:
    """The best of what is certain; where nothing is, the best of the rest."""
    ordered = sorted(spoken, key=lambda one: (one[1].is_counted, one[1].is_top), reverse=True)
    return SheetRow(badges=[card for card, _ in ordered], skill=ordered[0][1])


def _petal(competency: competencies.Competency, row: SheetRow | None) -> Petal:
    drawn = row.skill.drawing if row and row.skill else f"{competency.drawing or 'petal'}-0"
    return Petal(names=competency.names, drawing=drawn)


def _once(hung: Sequence[SnapshotView]) -> list[SnapshotView]:
    """The moments, each once, whatever badges it is shown with."""
    return list({repr(one.told): one for one in reversed(hung)}.values())[::-1]


def _story(one: SnapshotView, rows: Sequence[SheetRow]) -> SheetStory:
    told: Mapping[str, Any] = one.told
    text = "\n".join(text for _, text in told["said"])
    recording = next((it for it in one.attachments if it["kind"] == "recording"), None)
    return SheetStory(
        situation=told["situation"],
        place=told["place"],
        sentence=told["sentence"],
        paragraphs=sentences(text[:STORY_READ]),
        is_whole=len(text) <= STORY_READ,
        row=next((row for row in rows if any(badge.id == one.place for badge in row.badges)), None),
        seconds=int(recording["seconds"] or 0) if recording else None,
    )
