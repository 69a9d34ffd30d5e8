"""A call as it is kept: which skills an employer asks for, and whose share answers it.

Rule 1: who asks is nobody that we know: what they typed is text, and said to be unverified wherever it stands.
Rule 2: an answer is a share, and nothing else of its holder stands here: it is stopped as any other, and is read there alone.
Rule 3: people are no score (Code du travail, L. 1132-1 and L. 1221-6): answers have an order of arrival and nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ... import accounts, storage
from ...competencies import Competency, Framework, Level

CALL_LASTS = timedelta(days=60)
"""How long one may answer."""
ANSWER_LASTS = timedelta(days=60)
"""How long an answer is shown; so long after its end nothing stays of a call."""
MOST_PLACES, MOST_ANSWERS = 4, 200
"""Skills of one call, and people who answer it."""
MOST_CALLS = 60_000
"""Of all employers together: more than come from one network (web/rate_limits.py) in the days that a call lies there."""
LIMITS: Final[Mapping[str, int]] = {"title": 80, "employer": 80}
"""Characters of what is typed."""
REPORT_REASONS = ("false", "money", "offensive", "other")
"""What is wrong with a call: there is no such job; it wants money or documents; it is shocking."""


class Call(storage.Numbered):
    """What an employer asks for."""

    __tablename__ = "calls"

    code: Mapped[str] = mapped_column(String(8), unique=True)
    """In the link of the announcement: public, as that is."""
    owner_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the secret of the link by which the employer reads the answers: it is shown once, and is in no row."""
    title: Mapped[str] = mapped_column(String(LIMITS["title"]))
    """Of the job."""
    employer: Mapped[str] = mapped_column(String(LIMITS["employer"]))
    places: Mapped[list[str]] = mapped_column(storage.Document)
    """The skills, each with its level, as Recognition.place names them."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment)
    ends_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    """Until when one may answer; that its employer closed it earlier is an end, too."""
    stopped_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the operator stopped it: its employer reads nothing any more."""
    reasons: Mapped[list[str] | None] = mapped_column(storage.Document)
    """Each of REPORT_REASONS that somebody gave, once: whoever says so is nobody."""
    reported_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    report_closed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When somebody said so first, and when the operator was done with that."""


class CallAnswer(accounts.OfHolder):
    """A share that answers a call. One of each holder is read; whoever stopped theirs may answer anew, and where a thief did
    that, the first one is read again when their return is undone."""

    __tablename__ = "call_answers"

    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), unique=True)
    answered_at: Mapped[datetime] = mapped_column(storage.Moment)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallForm:
    """What stands in the form: cleaned, and maybe too long as yet (form_problems)."""

    title: str = ""
    employer: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedSkill:
    """A skill that is asked for, at a level."""

    framework: Framework
    competency: Competency
    level: Level

    @property
    def drawing(self) -> str:
        """The name of its drawing (`static/art`)."""
        return f"{self.competency.drawing or 'petal'}-{2 if self.level.key == self.framework.top else 1}"


def form_problems(form: CallForm) -> list[str]:
    """What is to be corrected before the call can be made, as the field and what is wrong with it."""
    return [
        *(f"{field}-none" for field in LIMITS if not getattr(form, field)),
        *(f"{field}-long" for field, limit in LIMITS.items() if len(getattr(form, field)) > limit),
        *(["places-none"] if not form.places else []),
        *(["places-many"] if len(form.places) > MOST_PLACES else []),
    ]


def asked_skills(frameworks: Iterable[Framework], places: Sequence[str]) -> list[AskedSkill]:
    """What *places* name, in the order of the *frameworks*; what none of them has any more is left out."""
    return [
        AskedSkill(framework=framework, competency=competency, level=level)
        for framework in frameworks
        for competency in framework.competencies
        for level in framework.levels
        if f"{framework.id}/{competency.key}/{level.key}" in places
    ]
