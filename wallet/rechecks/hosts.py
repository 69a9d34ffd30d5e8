"""How often a host may be asked while badges are checked again: its own answers decide (docs/decisions.md 18).

Rule 1: what a host bears is one row that all nodes share. Whoever takes some of it holds the row meanwhile; another one
that comes then leaves the host alone.
Rule 2: what is decided is apart from what is kept: a `Budget` is a value, and what becomes of it is worked out of the
moment and of what the host answered.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from sqlalchemy import Double, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import badges, storage

FIRST, LEAST, MOST = 1.0, 2 / 60, 10.0
"""Badges a second: of a host that nobody knows, of one that bears nothing, and of one that bears all that we ask."""
CALM = timedelta(minutes=1)
"""So long without a fault a host is asked as before; then a tenth of the most is added, one a second."""
QUICK = 1.0
"""Seconds: a host whose median answer takes longer is not asked more often."""
LONGEST = timedelta(days=1)
"""How long a host may tell us to stay away."""
FORGOTTEN = timedelta(days=60)
"""A host that nobody asked for so long is one that nobody knows."""
AT_ONCE = 4
"""Badges of a host that are checked at the same time."""
FAULTS = frozenset({429, 503})
"""The statuses by which a host says that it is too much. Source: RFC 6585, 4; RFC 9110, 15.6.4."""
PIECE = 500


class AskedHost(storage.Base):
    """A host that is asked when badges are checked again; nothing in it is of a holder."""

    __tablename__ = "hosts"

    host: Mapped[str] = mapped_column(String(badges.HOST_LIMIT), primary_key=True)
    """As badges.asks has it."""
    rate: Mapped[float] = mapped_column(Double)
    """Badges a second."""
    not_before: Mapped[datetime] = mapped_column(storage.Moment)
    """When it may be asked again."""
    since: Mapped[datetime] = mapped_column(storage.Moment)
    """Since when nothing of its rate changed, and it made no fault."""
    failures: Mapped[int] = mapped_column(default=0)
    """Rounds in which it made one, since its rate was raised."""

    @property
    def budget(self) -> "Budget":
        """What is kept here."""
        return Budget(self.rate, self.not_before, self.since, self.failures)

    @budget.setter
    def budget(self, left: "Budget") -> None:
        self.rate, self.not_before, self.since, self.failures = left.rate, left.not_before, left.since, left.failures


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """How a host took one request."""

    seconds: float
    is_fault: bool = False
    """Whether it is too much for the host, or the host is silent."""
    retry_after: str = ""
    """As it came. Source: RFC 9110, 10.2.3."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a host may be asked: *rate* badges a second, none *not_before* that."""

    rate: float
    not_before: datetime
    since: datetime
    failures: int = 0

    def allows(self, now: datetime) -> int:
        """Badges that may be checked at once: no more than in a second, and one at least."""
        return max(1, int(self.rate)) if self.not_before <= now else 0

    def as_told(self, rate: float | None) -> "Budget":
        """The same, where the operator tells the *rate* of this host: that is its rate, unless it made a fault since."""
        return self if rate is None else replace(self, rate=min(self.rate, rate) if self.failures else rate)

    def less(self, count: int, now: datetime) -> "Budget":
        """What is left after *count* more were begun, or asked for."""
        return replace(self, not_before=max(self.not_before, now) + timedelta(seconds=count / self.rate))

    def after(self, answers: Sequence[HostAnswer], now: datetime, most: float = MOST) -> "Budget":
        """What it is after the *answers* of one round: half of it after a fault, a little more after a calm minute.

        *most*: badges a second that are never surpassed.
        """
        if any(one.is_fault for one in answers):
            wait = max((_told_wait(one.retry_after, now) for one in answers), default=timedelta())
            return Budget(
                rate=max(LEAST, min(most, self.rate) / 2),
                not_before=max(self.not_before, now + wait),
                since=now,
                failures=self.failures + 1,
            )
        is_slow = bool(answers) and median(one.seconds for one in answers) >= QUICK
        if is_slow or now < self.since + CALM:
            return self
        return replace(self, rate=min(most, self.rate + most / 10), since=now, failures=0)


def first_budget(now: datetime) -> Budget:
    """That of a host that nobody knows."""
    return Budget(FIRST, now, now)


def _told_wait(retry_after: str, now: datetime) -> timedelta:
    """How long a host tells us to stay away, in seconds or by a date; not at all where it says nothing that can be read."""
    try:
        if retry_after.isascii() and retry_after.isdigit():
            told = timedelta(seconds=min(int(retry_after[:9]), LONGEST.total_seconds()))
        else:
            until = parsedate_to_datetime(retry_after)
            told = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return timedelta()
    return min(max(told, timedelta()), LONGEST)


def read_budgets(session: Session, hosts: Collection[str]) -> dict[str, Budget]:
    """What is known of these *hosts*, whoever is changing it."""
    found = session.scalars(select(AskedHost).where(AskedHost.host.in_(hosts)))
    return {row.host: row.budget for row in found}


def meet_hosts(session: Session, hosts: Collection[str], now: datetime) -> None:
    """Each of these *hosts* has a row."""
    rows = [{"host": host, **asdict(first_budget(now))} for host in sorted(hosts)]
    into = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    if rows:
        session.execute(into(AskedHost).on_conflict_do_nothing(), rows)


def hold_hosts(session: Session, hosts: Collection[str], *, waits: bool = False) -> dict[str, AskedHost]:
    """The rows of these *hosts*, for us alone until the transaction is over; without those that somebody else has, unless we
    wait for them."""
    held = select(AskedHost).where(AskedHost.host.in_(hosts)).order_by(AskedHost.host)
    return {row.host: row for row in session.scalars(held.with_for_update(skip_locked=not waits))}


def forget_hosts(session: Session, now: datetime) -> bool:
    """Those that nobody asked for long are gone, some of them; whether there are more."""
    old = select(AskedHost.host).where(AskedHost.not_before < now - FORGOTTEN).limit(PIECE)
    gone = session.scalars(delete(AskedHost).where(AskedHost.host.in_(old)).returning(AskedHost.host)).all()
    return len(gone) == PIECE
