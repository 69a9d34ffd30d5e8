"""What an issuer does later, and what it is told: badges that it had promised, and that those which came were kept; and what came
and could not be kept yet.

A chore asks, in the process that checks badges again (operations/background.py). Each row is claimed by one UPDATE, which
moves the moment at which it is due; whoever dies in between leaves it due again. Holders take turns, and a round has an end:
whoever has fifty badges promised by issuers that hang keeps nobody else's waiting, nor what the same process does besides.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from ... import accounts, badges, storage
from ..exchanges import Asking
from ..received import Failed, ReceivedDocument
from . import records, requests, taking
from .prepared import Steps
from .progress import Progress, Promise, Token, Wanted
from .records import Issuance, Keys

MOST_OF_A_ROUND = 50
LASTS = timedelta(seconds=30)
"""After this a round asks nobody else."""
AGAIN = timedelta(hours=1)
"""After which an issuer that did not answer is asked another time."""
LAST_AGAIN = timedelta(days=1)
NOBODY = 0
"""Whose a row is of which nothing was kept for anybody: its issuer is told so, and that is all."""


@dataclass(kw_only=True)
class LaterBadges:
    """The chore, with all that it needs."""

    database: storage.Database
    files: storage.FileStore
    keys: Keys
    asking: Callable[[], Asking]
    """A way out for one exchange, as a chore (`fetcher.for_exchange`)."""
    import_tools: Callable[[datetime, Collection[str]], badges.ImportTools]
    """What is needed to look at badges at a moment, for whoever has these names."""
    clock: Callable[[], datetime]

    def round(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Ask whoever is due, the longest due of each holder first; *goes_on* is asked before each."""
        began = self.clock()
        for id, due_at in self.database.read(_due, began):
            if not goes_on() or self.clock() - began > LASTS:
                return
            if claimed := self.database.write(_claim, id, due_at, self.keys, self.clock()):
                self._go_on(*claimed)

    def _go_on(self, id: int, holder_id: int, progress: Progress) -> None:
        steps, token = progress.prepared.steps, progress.token
        if progress.documents:  # nobody is asked, or told anything, before these are kept
            if self.database.read(_has_no_room, holder_id):
                self.database.write(_settle, id, progress, self.keys, self.clock(), has_problem=True)
            else:
                self._keep(id, holder_id, replace(progress, documents=()), progress.documents, has_problem=False)
            return
        if not isinstance(steps, Steps) or token is None:
            self.database.write(_leave, id)
            return
        asking = self.asking()
        if progress.notifications:  # it was due for them: what is promised is not asked for before its issuer said
            progress = self._tell(id, steps, token, progress, asking)
            self.database.write(_settle, id, progress, self.keys, self.clock(), has_problem=False)
            return
        if not progress.later:
            self.database.write(_leave, id)
            return
        if self.database.read(_has_no_room, holder_id):  # what comes could not be kept: it stays with its issuer
            self.database.write(_settle, id, progress, self.keys, self.clock(), has_problem=True)
            return
        self._ask(id, holder_id, steps, progress, asking)

    def _tell(self, id: int, steps: Steps, token: Token, progress: Progress, asking: Asking) -> Progress:
        """Tell the issuer what became of its badges: once, so what is to be told is forgotten before."""
        told, progress = progress.notifications, replace(progress, notifications=())
        if steps.notification_endpoint and self.database.write(records.write_progress, id, progress, self.keys):
            for one in told:
                requests.tell_issuer(asking, steps, token, one, is_kept=progress.is_kept)
        return progress

    def _ask(self, id: int, holder_id: int, steps: Steps, progress: Progress, asking: Asking) -> None:
        """Ask for each badge that was promised, and is due, or not answered; keep what is there, and come back for the rest.

        What came of each is written down at once: it cannot be had twice, and what lies in the row is kept the next time where
        the shelf takes nothing now.
        """
        problem, is_lost = False, False
        first = progress.first_due
        due = [one for one in progress.promises if one.interval == first]
        others = [replace(one, interval=one.interval - first) for one in progress.promises if one.interval > first]
        progress = replace(progress, promises=(*due, *others))
        wanted: list[Promise | Wanted] = [*due, *progress.awaited]
        for one in wanted:
            if progress.size > taking.MOST_BYTES:
                break  # the row has no room for more: what is left is asked for when these are kept
            answer, progress = self._ask_one(id, steps, progress, one, asking)
            if isinstance(answer, Failed):
                is_silent = answer.reason == "offer-no-answer"
                problem, is_lost = problem or is_silent, is_lost or not is_silent
                if is_silent:
                    continue
                answer = requests.Answer()
            progress = _with_answer(progress, one, answer)
            self.database.write(records.write_progress, id, progress, self.keys)
        rest = replace(progress, documents=())
        self._keep(id, holder_id, rest, progress.documents, has_problem=problem, is_lost=is_lost)

    def _ask_one(
        self, id: int, steps: Steps, progress: Progress, wanted: Promise | Wanted, asking: Asking
    ) -> tuple[requests.Answer | Failed, Progress]:
        """One badge, or why there is none; by a new token where the old one is over."""

        def ask(token: Token) -> requests.Answer:
            if isinstance(wanted, Promise):
                return requests.ask_promised(asking, steps, token, wanted)
            answer = requests.ask_badge(asking, steps, token, wanted, self.clock())
            taking.require_promise(steps, token, answer)
            return answer

        def renewed(token: Token) -> None:
            self.database.write(records.write_progress, id, replace(progress, token=token), self.keys)

        answer, token = requests.ask_with_token(asking, steps, storage.require(progress.token), ask, renewed)
        return answer, replace(progress, token=token)

    def _keep(
        self,
        id: int,
        holder_id: int,
        progress: Progress,
        documents: Sequence[ReceivedDocument],
        *,
        has_problem: bool,
        is_lost: bool = False,
    ) -> None:
        """Keep what came; of one that will not come, or is no badge, the holder reads among what happened."""
        now = self.clock()
        found = [(one, document) for document in documents for one in self._looked(holder_id, progress, document, now)]
        names = {name for one, _ in found if isinstance(one, badges.NewBadge) for name in one.files}

        def keep(session: Session) -> None:
            holder = accounts.lock_holder(session, holder_id)  # the holder first, as all others
            if holder.erase_at or holder.waits_for_id:
                raise storage.Missing
            before = badges.documents_here(session, holder_id, [one for one, _ in found])
            outcomes = badges.keep_badges(session, holder, [one for one, _ in found], now)
            for outcome, (one, document) in zip(outcomes, found, strict=True):
                key = document.key
                if key and outcome.badge_id and badges.has_other_document(session, outcome.badge_id, one, before):
                    badges.keep_key(session, key.did, key.secret, holder_id, outcome.badge_id, self.keys.seal, now)
            if any(outcome.kind == "added" for outcome in outcomes):
                accounts.note_event(session, holder_id, "badge-arrived", now)
            if is_lost or any(one.kind == "problem" and one.reason not in taking.LATER for one in outcomes):
                accounts.note_event(session, holder_id, "badge-not-given", now)
            is_kept = progress.is_kept or any(outcome.badge_id for outcome in outcomes)
            left = taking.left_for_later([document for _, document in found], outcomes)
            after = replace(progress, is_kept=is_kept, documents=left)
            _settle(session, id, after, self.keys, now, has_problem=has_problem or bool(left))

        with suppress(storage.Missing):  # they leave, or entered their wallet, where it is kept the next time
            storage.commit_naming_files(self.database.write, self.files, names, keep, now)

    def _looked(
        self, holder_id: int, progress: Progress, document: ReceivedDocument, now: datetime
    ) -> list[badges.NewBadge | badges.ImportOutcome]:
        theirs = self.database.read(badges.proven_addresses, holder_id)
        tools = self.import_tools(now, [*theirs, *([document.key.did] if document.key else [])])
        return badges.import_file(progress.prepared.host, document.content.encode(), tools)


def _with_answer(progress: Progress, asked: Promise | Wanted, answer: requests.Answer) -> Progress:
    """With what came in the place of what was *asked* for."""
    return replace(
        progress,
        promises=(*(one for one in progress.promises if one is not asked), *filter(None, [answer.promise])),
        answered=(*progress.answered, *([asked.name] if isinstance(asked, Wanted) else [])),
        documents=(*progress.documents, *filter(None, [answer.document])),
        notifications=(*progress.notifications, *filter(None, [answer.notification])),
    )


def _has_no_room(session: Session, holder_id: int) -> bool:
    return bool(badges.why_no_room(session, session.get(accounts.Holder, holder_id)))


def _due(session: Session, now: datetime) -> list[tuple[int, datetime]]:
    turn = func.row_number().over(partition_by=Issuance.holder_id, order_by=(Issuance.due_at, Issuance.id))
    due = select(Issuance.id, Issuance.due_at).where(Issuance.due_at <= now, Issuance.ends_at > now)
    rows = session.execute(due.order_by(turn, Issuance.due_at).limit(MOST_OF_A_ROUND))
    return [(id, at) for id, at in rows if at]


def _claim(session: Session, id: int, due_at: datetime, keys: Keys, now: datetime) -> tuple[int, int, Progress] | None:
    """The row, ours until it is due again; None where somebody else has it, or nothing can be read of it any more."""
    mine = update(Issuance).where(Issuance.id == id, Issuance.due_at == due_at).values(due_at=now + AGAIN)
    row = session.scalar(mine.returning(Issuance))
    progress = records.read_progress(row, keys) if row else None
    if row is None or progress is None:
        return None
    return id, row.holder_id or NOBODY, progress


def _settle(session: Session, id: int, progress: Progress, keys: Keys, now: datetime, *, has_problem: bool) -> None:
    """When it is due the next time: at once where the issuer is to be told something, else when it said, or in a while."""
    first = progress.first_due
    interval = timedelta(seconds=first)
    is_told_now = progress.notifications and not progress.documents
    wait = timedelta(0) if is_told_now else max(interval, AGAIN) if has_problem else interval
    longer = max(timedelta(0), wait - interval).seconds  # than the first one needs: the others wait no more for that
    promises = (replace(one, interval=max(first, one.interval - longer)) for one in progress.promises)
    progress = replace(progress, promises=tuple(promises))
    if not (progress.later or progress.notifications or progress.documents):
        _leave(session, id)
        return
    records.write_progress(session, id, progress, keys)
    session.execute(update(Issuance).where(Issuance.id == id).values(due_at=now + min(wait, LAST_AGAIN)))


def _leave(session: Session, id: int) -> None:
    """Nothing is to be asked or told any more: nothing that could open anything stays."""
    state = case((Issuance.state == "over", "over"), else_="kept")
    session.execute(update(Issuance).where(Issuance.id == id).values(sealed=b"", due_at=None, state=state))
