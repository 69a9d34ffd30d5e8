"""A share while it is chosen: what stands in the form, what is wrong with it, and the choice that comes of it.

Nothing is kept here. A day ends at midnight on the wall of whoever chose it, whatever the clock of the machine says.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ..pages import ZONE
from . import evidence_snapshots, owner_view, shown_endorsements
from .models import DAYS, LONGEST, PURPOSE_LIMIT, WORD_LIMIT, Choice

A_DATE = 0
"""In the place of so many days: they chose a date."""
AS_PLANNED = -1
"""Of a share that is changed: its end stays."""
A_YEAR, FOR_A_YEAR = 365, "CV"
"""« 1 an, pour mon CV » says what it is for where nothing else was chosen."""
WRITTEN = re.compile(r"(?P<day>[0-9]{1,2})[/. -](?P<month>[0-9]{1,2})[/. -](?P<year>[0-9]{4})")
"""A date typed by hand, where a browser has no calendar to choose on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareForm:
    """What stands in the form, as it was ticked and typed."""

    badge_ids: frozenset[int]
    days: int = DAYS[0]
    """One of shares.DAYS, A_DATE or AS_PLANNED."""
    date: str = ""
    purpose: str = ""
    """What was chosen of what is offered, "" for nothing and for something else."""
    other: str = ""
    """Something else, in the holder's words."""
    name: str = ""
    word: str = ""
    has_code: bool = False
    pairs: frozenset[evidence_snapshots.MomentAndBadge] = frozenset()
    """The moments that were ticked, each under its badge."""
    endorsements: frozenset[shown_endorsements.EndorsementChoice] = frozenset()
    """The words of others that were."""
    shows_marks: bool = False
    """Whether the marks of the badges are to be seen, too."""
    shows_siae: bool = False
    """Whether what they tell of a SIAE is."""
    hides_name: bool = False
    """Whether the names on them are not."""
    takes_messages: bool = True
    """Whether those who read it can answer."""


def form_choice(draft: ShareForm, now: datetime) -> Choice:
    """What *draft* asks for; where its date is wrong (`form_problems`), as if none were given."""
    day = _day(draft.date) if draft.days == A_DATE else None
    last_second = datetime.combine(day, time(23, 59, 59), ZONE).astimezone(UTC) if day else None
    return Choice(
        badge_ids=sorted(draft.badge_ids),
        ends_at=None if draft.days == AS_PLANNED else last_second or now + timedelta(days=draft.days or DAYS[0]),
        name=draft.name,
        word=draft.word,
        purpose=draft.purpose or draft.other or (FOR_A_YEAR if draft.days == A_YEAR else ""),
        pairs=sorted(draft.pairs),
        endorsements=draft.endorsements,
        shows_marks=draft.shows_marks,
        shows_siae=draft.shows_siae,
        hides_name=draft.hides_name,
        takes_messages=draft.takes_messages,
    )


def form_problems(draft: ShareForm, now: datetime) -> list[str]:
    """What is to be corrected before a share can be made: nothing-chosen, no-date, date-unreadable, date-past, date-far."""
    nothing = [] if draft.badge_ids else ["nothing-chosen"]
    # What is ticked below another badge is not shown.
    shown = [pair for pair in draft.pairs if pair[0] in draft.badge_ids]
    nothing += ["too-many-moments"] if len(shown) > evidence_snapshots.MOST_SHOWN_MOMENTS else []
    words = [one for one in draft.endorsements if not one.mark or one.badge_id in draft.badge_ids]
    many_words = len(words) > shown_endorsements.MOST_SHOWN_ENDORSEMENTS
    nothing += ["too-many-comments"] if many_words else []
    return nothing + (_problems_of(draft.date, now) if draft.days == A_DATE else [])


def form_of_past_share(
    told: owner_view.OwnedShare,
    pairs: Collection[evidence_snapshots.MomentAndBadge] = (),
    endorsements: Collection[shown_endorsements.EndorsementChoice] = (),
) -> ShareForm:
    """The same as *told* once more, with what of its badges, moments and words of others is still there, for the length that is
    nearest."""
    length = told.ends_at - told.created_at
    return ShareForm(
        badge_ids=frozenset(badge.id for badge in told.badges),
        days=min(DAYS, key=lambda days: abs(timedelta(days=days) - length)),
        purpose=told.purpose,
        name=told.name,
        word=told.word,
        has_code=told.has_code,
        pairs=frozenset(pairs),
        endorsements=frozenset(endorsements),
        shows_marks=told.shows_marks,
        shows_siae=told.shows_siae,
        hides_name=told.hides_name,
        takes_messages=told.takes_messages,
    )


def form_of_open_share(
    told: owner_view.OwnedShare,
    pairs: Collection[evidence_snapshots.MomentAndBadge],
    endorsements: Collection[shown_endorsements.EndorsementChoice],
) -> ShareForm:
    """*told* as it is, to be changed."""
    return replace(form_of_past_share(told, pairs, endorsements), days=AS_PLANNED)


def form_for_another(draft: ShareForm) -> ShareForm:
    """What was meant for a share that is over meanwhile, for a new one."""
    return replace(draft, days=DAYS[0]) if draft.days == AS_PLANNED else draft


def form_for_general_badge(badge_ids: frozenset[int], purpose: str, word: str, name: str) -> ShareForm:
    """To ask for a badge: what speaks for it is ticked, *purpose* and *word* are filled in, and all of it can be changed."""
    return ShareForm(badge_ids=badge_ids, other=purpose[:PURPOSE_LIMIT], word=word[:WORD_LIMIT], name=name)


def first_day(now: datetime) -> date:
    """The first day on which a share may end: today."""
    return now.astimezone(ZONE).date()


def last_day(now: datetime) -> date:
    """The last day that a share may last, to its evening."""
    return (now + LONGEST).astimezone(ZONE).date() - timedelta(days=1)


def _problems_of(written: str, now: datetime) -> list[str]:
    if not written:
        return ["no-date"]
    day = _day(written)
    if day is None:
        return ["date-unreadable"]
    return ["date-past"] if day < first_day(now) else ["date-far"] if day > last_day(now) else []


def _day(written: str) -> date | None:
    """A date as a browser's calendar gives it (HTML, 2.3.5.2: a valid date string), or as people here write it."""
    by_hand = WRITTEN.fullmatch(written)
    try:
        if by_hand:
            return date(int(by_hand["year"]), int(by_hand["month"]), int(by_hand["day"]))
        return date.fromisoformat(written) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written) else None
    except ValueError:
        return None
