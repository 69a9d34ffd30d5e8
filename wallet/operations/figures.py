"""What the wallet tells of itself each month, to whoever pays for it: a few figures, and nobody's row.

Rule 1: a figure has one dimension. None is crossed with another one, none is of a town, an issuer or a person.
Rule 2: what is kept is what is told, blurred and rounded (figure_noise.py); the counts themselves are written nowhere.
Rule 3: a month is counted once, by whoever comes first within the month after it, and stays as it was told. Later it cannot
be: whoever left, and what was removed, is in no row any more. A month that nobody counted is told as such.
Rule 4: the holders are gone through AT_ONCE at a time, each time in a transaction of its own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Select, String, distinct, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import accounts, competencies, pages, shares, storage
from . import figure_noise

AT_ONCE = 100
"""Holders whose rows one transaction reads."""
NAME_LIMIT = 100
MOST_BADGES, MOST_SHARES = 10, 5
"""What is counted of one holder at most in one figure: the noise of all is as wide as that."""


class Figure(storage.Base):
    """One figure of one month, as it is told."""

    __tablename__ = "figures"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """As `2026-11`."""
    name: Mapped[str] = mapped_column(String(NAME_LIMIT), primary_key=True)
    value: Mapped[int | None]
    """None: fewer than ten."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month on the wall, by its first day."""

    first: date

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def following(self) -> "Month":
        """The month after it."""
        return Month((self.first + timedelta(days=31)).replace(day=1))

    @property
    def began(self) -> datetime:
        """Its first moment; its end is that of the following one."""
        return datetime(self.first.year, self.first.month, 1, tzinfo=pages.ZONE)


def last_month(now: datetime) -> Month:
    """The last one that is over at *now*: the one that can be counted."""
    return Month((pages.on_the_wall(now).date().replace(day=1) - timedelta(days=1)).replace(day=1))


def count_last_month(
    database: storage.Database,
    frameworks: Sequence[competencies.Framework],
    mark: storage.Seal,
    now: datetime,
) -> bool:
    """Count the month that is over, and keep what may be told of it; False where that was done before.

    *frameworks* as they stand at *now* (competencies.frameworks_at), *mark* as Keyring.mark.
    """
    month = last_month(now)
    if database.read(_is_counted, month):
        return False
    counts = count_holders(database, frameworks, month, now)
    told = [
        Figure(
            month=str(month),
            name=name,
            value=figure_noise.blurred(counts[name], most, mark(f"{month} {name}".encode(), "figures")),
        )
        for name, most in names(frameworks).items()
    ]
    try:
        with database.writing() as session:
            session.add_all(told)
    except IntegrityError:  # another node has told it meanwhile
        return False
    return True


def names(frameworks: Sequence[competencies.Framework]) -> dict[str, int]:
    """The figures of a month, each with what one holder adds to it at most. A total is a figure of its own."""
    of_badges = [place for one in frameworks for place in (one.id, *(f"{one.id}/{level.key}" for level in one.levels))]
    return {
        "holders": 1,
        "holders/with-badges": 1,
        **{f"badges/{place}": MOST_BADGES for place in of_badges},
        "shares/made": MOST_SHARES,
        "shares/opened": MOST_SHARES,
    }


def count_holders(
    database: storage.Database, frameworks: Sequence[competencies.Framework], month: Month, now: datetime
) -> Counter[str]:
    """What there is of each of `names`, in the whole wallet."""
    counts: Counter[str] = Counter()
    last = 0
    while some := database.read(_next_holders, last, month):
        counts.update(database.read(_counts_of, some, frameworks, month, now))
        last = some[-1]
    return counts


def list_figures(session: Session, now: datetime) -> Iterator[tuple[str, dict[str, int | None]]]:
    """All that was told, month by month since the first; of a month that nobody counted nothing."""
    found = session.scalars(select(Figure).order_by(Figure.month, Figure.name)).all()
    told = {month: {one.name: one.value for one in rows} for month, rows in groupby(found, lambda one: one.month)}
    month = Month(date.fromisoformat(f"{min(told)}-01")) if told else last_month(now)
    while month.first <= last_month(now).first:
        yield str(month), told.get(str(month), {})
        month = month.following


def _is_counted(session: Session, month: Month) -> bool:
    return session.scalar(select(Figure.month).where(Figure.month == str(month)).limit(1)) is not None


def _next_holders(session: Session, after: int, month: Month) -> list[int]:
    """The next of those who made a key before the month was over."""
    kept = (accounts.Holder.kept_at < month.following.began, accounts.Holder.id > after)
    return list(session.scalars(select(accounts.Holder.id).where(*kept).order_by(accounts.Holder.id).limit(AT_ONCE)))


def _counts_of(
    session: Session,
    holder_ids: Sequence[int],
    frameworks: Sequence[competencies.Framework],
    month: Month,
    now: datetime,
) -> Counter[str]:
    """What these holders add."""
    counts: Counter[str] = Counter({"holders": len(holder_ids)})
    held = competencies.badges_held(session, holder_ids, month.following.began, now)
    for _, theirs in groupby(held, lambda one: one[0]):
        counts["holders/with-badges"] += 1
        spoken = Counter(name for _, badge in theirs for name in _names_of(badge, frameworks))
        counts.update({name: min(number, MOST_BADGES) for name, number in spoken.items()})
    counts["shares/made"] = sum(min(number, MOST_SHARES) for number in session.scalars(_made(holder_ids, month)))
    counts["shares/opened"] = sum(min(number, MOST_SHARES) for number in session.scalars(_opened(holder_ids, month)))
    return counts


def _names_of(badge: competencies.HeldBadge, frameworks: Sequence[competencies.Framework]) -> set[str]:
    """The figures in which a badge is counted: those of which others may be told, while it is good."""
    found = [
        one
        for framework in frameworks
        if badge.is_good
        for one in competencies.recognise(framework, badge.read, badge.issuer)
        if one.is_sure
    ]
    levels = {f"badges/{one.framework.id}/{one.level}" for one in found if one.level}
    return levels | {f"badges/{one.framework.id}" for one in found}


def _made(holder_ids: Sequence[int], month: Month) -> Select[int]:
    """How many shares each of them made."""
    made = (shares.Share.created_at >= month.began, shares.Share.created_at < month.following.began)
    return (
        select(func.count())
        .where(shares.Share.holder_id.in_(holder_ids), ~shares.Share.is_history, *made)
        .group_by(shares.Share.holder_id)
    )


def _opened(holder_ids: Sequence[int], month: Month) -> Select[int]:
    """How many shares of each of them somebody opened."""
    days = (shares.ViewCount.day >= month.first, shares.ViewCount.day < month.following.first)
    return (
        select(func.count(distinct(shares.Share.id)))
        .join(shares.ViewCount, shares.ViewCount.share_id == shares.Share.id)
        .where(shares.Share.holder_id.in_(holder_ids), ~shares.Share.is_history, *days)
        .group_by(shares.Share.holder_id)
    )
