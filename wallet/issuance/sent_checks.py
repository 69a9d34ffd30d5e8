"""The chore that looks at what platforms sent: it is kept, waits for its holder's word, or is dropped.

Rule 1: it is claimed by one UPDATE, which only one of several workers can win. The claim is nothing but the time of the next
try, so that what a crash left undone comes again by itself.
Rule 2: nothing is open while strangers are asked (docs/decisions.md 1), and all platforms together are one network among those
who have a host asked (network/client.OF_A_NETWORK): whatever they send, people go on asking that host.
Rule 3: holders take turns, and so do the links of each; a link whose badge was met by silence has no further turn in that
round: neither a slow site nor somebody who connects fifty of them keeps anybody else's badges waiting.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from .. import accounts, badges, concurrency, storage
from ..badges import ImportOutcome, ImportTools, NewBadge
from .platforms import PlatformLink, note_badge_sent
from .sent_badges import SentBadge
from .sent_documents import is_link

ToolsFor = Callable[[datetime, Collection[str], set[str]], ImportTools]
"""What it takes to look, by the moment, the addresses of the holder, and a set that learns which files were kept for it."""
AGAIN = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2))
"""After which time it is looked at again where somebody was silent; after the last one it is taken as it is."""
MOST_TRIES = len(AGAIN) + 2
"""After so many in which something broke, or somebody died, there is no further one: it might break whoever looks at it."""
MOST = 200
"""Badges of one round."""
TOGETHER = 2
"""Badges that are looked at together: people who wait for a page come first."""
LASTS = timedelta(seconds=30)
"""After this a round begins no other badge; a host that hangs is given up by itself."""
ONE_A_DAY = timedelta(days=1)
"""How often it is told among what happened that badges came: what else happened stays to be seen."""
PLATFORMS = concurrency.Requester("platforms").network
LATER = frozenset(
    {f"{where}-{why}" for where in ("link", "code", "pdf") for why in ("no-answer", "too-often")} | {"busy", "late"}
)
"""Why there is no badge to keep as yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours to look at, until it is due again."""

    id: int
    due_at: datetime
    tries: int
    content: bytes
    link_id: int
    holder_id: int
    host: str

    @property
    def is_last(self) -> bool:
        """Whether it is not tried again."""
        return self.tries >= len(AGAIN)


@dataclass
class _Round:
    """What one round has to do, given to its threads."""

    waiting: list[tuple[int, datetime, int]]
    silent: set[int] = field(default_factory=set)
    changing: Lock = field(default_factory=Lock)

    def next(self) -> tuple[int, datetime, int] | None:
        with self.changing:
            while self.waiting:
                one = self.waiting.pop(0)
                if one[2] not in self.silent:
                    return one
        return None


def check_sent(
    database: storage.Database,
    files: storage.FileStore,
    tools_for: ToolsFor,
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Look at what is due, *goes_on* is asked before each: whether there may be more. Raises what the database and the shelf
    raise."""
    began = clock()
    work = _Round(database.read(_find_due, began))
    is_much = len(work.waiting) >= MOST

    def some() -> None:
        with database.long():
            while goes_on() and clock() - began <= LASTS and (one := work.next()):
                claim = database.write(_claim, one[0], one[1], clock())
                storage.failpoint("sent.claimed")
                if claim and not _check(claim, database, files, tools_for, clock()):
                    work.silent.add(claim.link_id)

    if len(work.waiting) < 2:
        some()
    else:
        with ThreadPoolExecutor(TOGETHER) as together:
            for done in [together.submit(some) for _ in range(TOGETHER)]:
                done.result()
    return is_much or bool(work.waiting)


def _find_due(session: Session, now: datetime) -> list[tuple[int, datetime, int]]:
    """The number of each row that is due, when it is, and its link: holders take turns, and so do the links of each."""
    first = (SentBadge.due_at, SentBadge.id)
    of_link = func.row_number().over(partition_by=SentBadge.link_id, order_by=first).label("of_link")
    due = (
        select(SentBadge.id, SentBadge.due_at, SentBadge.link_id, PlatformLink.holder_id, of_link)
        .join(PlatformLink, PlatformLink.id == SentBadge.link_id)
        .where(SentBadge.due_at <= now)
        .subquery()
    )
    when = (due.c.due_at, due.c.id)
    of_holder = func.row_number().over(partition_by=due.c.holder_id, order_by=(due.c.of_link, *when))
    turns = select(due.c.id, due.c.due_at, due.c.link_id).order_by(of_holder, *when).limit(MOST)
    return [(id, at, link_id) for id, at, link_id in session.execute(turns)]


def _claim(session: Session, id: int, due_at: datetime, now: datetime) -> Claim | None:
    """The row, ours until it is due again; None when somebody else has it, or it is gone."""
    mine = (SentBadge.id == id, SentBadge.due_at == due_at)
    tries = session.scalar(select(SentBadge.tries).where(*mine))
    if tries is None:
        return None
    until = now + AGAIN[min(tries, len(AGAIN) - 1)]
    taken = update(SentBadge).where(*mine).values(due_at=until, tries=SentBadge.tries + 1)
    content = session.scalar(taken.returning(SentBadge.content))
    link = session.scalar(select(PlatformLink).join(SentBadge).where(SentBadge.id == id))
    if content is None or link is None:
        return None
    claim = Claim(id, until, tries, content, link.id, link.holder_id, link.host)
    if tries >= MOST_TRIES:
        _drop(session, claim)
        return None
    return claim


def _check(
    claim: Claim, database: storage.Database, files: storage.FileStore, tools_for: ToolsFor, now: datetime
) -> bool:
    """Look at it, and keep what came of it: whether nobody was silent."""
    shelved = set[str]()
    try:
        tools = tools_for(now, database.read(badges.proven_addresses, claim.holder_id), shelved)
        look = concurrency.run_for(concurrency.Requester(PLATFORMS), _look)
        arrived = look(claim, tools)
        found = next((one for one in arrived if isinstance(one, NewBadge)), None)
        is_silent = _is_silent(arrived, found)
        if is_silent and not claim.is_last:
            _let_go(database, shelved, now)
            return False
        storage.failpoint("sent.looked")
        if found:
            _let_go(database, shelved - found.files, now)
            change = lambda session: settle(session, claim, found, now)  # noqa: E731  # what is kept with its files
            storage.commit_naming_files(database.write, files, found.files, change, now)
        else:
            database.write(_drop, claim)
            _let_go(database, shelved, now)
    except storage.Missing:  # what it is a copy of has just left: it comes again, and nobody else's waits for it
        _let_go(database, shelved, now)
        return True
    except Exception:
        with suppress(storage.DatabaseUnavailable):  # then the sweep has them
            _let_go(database, shelved, now)
        raise
    return not is_silent


def _let_go(database: storage.Database, names: Collection[str], now: datetime) -> None:
    if names:
        database.write(storage.schedule_removal, names, now)


def _look(claim: Claim, tools: ImportTools) -> list[NewBadge | ImportOutcome]:
    if is_link(claim.content):
        return badges.import_link(claim.content.decode(), tools)
    return badges.import_file(claim.host, claim.content, tools)


def _is_silent(arrived: Sequence[NewBadge | ImportOutcome], found: NewBadge | None) -> bool:
    if found:
        return found.examination.why_unknown == "later" and bool(found.examination.unanswered)
    return any(isinstance(one, ImportOutcome) and one.reason in LATER for one in arrived)


def settle(session: Session, claim: Claim, found: NewBadge, now: datetime) -> None:
    """Keep the badge *found*, or let it wait for its holder's word; nothing of it where the row is gone meanwhile, or another
    file came for it."""
    session.get(accounts.Holder, claim.holder_id, with_for_update=True)  # the holder first, as all others
    mine = (SentBadge.id == claim.id, SentBadge.due_at == claim.due_at)
    row = session.scalar(select(SentBadge).where(*mine).with_for_update())
    if row is None:
        storage.schedule_removal(session, found.files, now)
        return
    taken, badge_id = badges.keep_sent(session, claim.holder_id, found, now, row.badge_id)
    if badge_id is None:
        _drop(session, claim)
        return
    if row.badge_id is None:
        note_badge_sent(session, claim.link_id, now)
    row.badge_id, row.document, row.content, row.due_at = badge_id, found.document, None, None
    if taken == "kept":
        _note_event(session, claim.holder_id, now)


def _note_event(session: Session, holder_id: int, now: datetime) -> None:
    lately = (accounts.Event.holder_id == holder_id, accounts.Event.what == "badges-sent")
    if not session.scalar(select(func.count()).where(*lately, accounts.Event.at > now - ONE_A_DAY)):
        accounts.note_event(session, holder_id, "badges-sent", now)


def _drop(session: Session, claim: Claim) -> None:
    """There is no badge in it, or none that is kept: nothing stays, of a badge that came before nothing changes."""
    mine = (SentBadge.id == claim.id, SentBadge.due_at == claim.due_at)
    session.execute(delete(SentBadge).where(*mine, SentBadge.badge_id.is_(None)))
    session.execute(update(SentBadge).where(*mine).values(content=None, due_at=None))
