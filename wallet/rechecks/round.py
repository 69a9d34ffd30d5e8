"""Badges are checked again while nobody waits: daily where an open share shows them, weekly elsewhere.

Rule 1: the database says what is due, and gives it to one of several workers (due.py).
Rule 2: nothing is open while an issuer is asked (docs/decisions.md 1). What was found is written in one short transaction,
unless somebody wrote meanwhile: the holder who checks it or brings another file knows better.
Rule 3: issuers are asked as often as they bear (hosts.py), however many badges are due; and never because a recruiter looks
(docs/decisions.md 18). Where nobody is asked, since the issuer's id is a key, there is nobody to be polite to: those take
turns with the others, so that neither keep the others waiting.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from threading import Lock
from time import perf_counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import badges, monitoring, openbadges, storage
from ..badges import CHECK_WEEKLY, DOCUMENT_LOST, ImportTools, KeptBadge
from ..openbadges import Fetched
from . import due, hosts, shown
from .answer_cache import AnswerCache, SeenBefore
from .due import Claim, Due
from .hosts import HostAnswer

ROUND_EVERY = 60
"""Seconds between two rounds where nothing more is due that may be asked for."""
AT_LEAST = 0.05
"""Seconds between two rounds, whatever is due."""
MOST_ALONE = 50
"""Badges of one round whose check asks nobody: 504,000 a week with a round a minute (bench/rechecks.py)."""
LASTS = timedelta(seconds=30)
"""After this a round begins no other badge; a fetch that hangs is given up by itself (network/client.py)."""
NOTING = timedelta(seconds=10)
"""How long a round notes whom the badges of an older revision ask."""
LOOK_EVERY = timedelta(days=1)
"""How often it is looked whether all that is shown is checked daily."""
LOOKS = 4
"""Pieces of that look in one round."""
MOST_TURNS = 10_000
"""Hosts of which it is remembered who had the last turn."""
TOGETHER = 8
"""Badges that are checked at the same time, of all hosts."""
LONGEST_ANSWER = 2 * 1024 * 1024
"""Bytes of an answer that was seen; issuers are never heard for longer (network/client.py)."""
SILENT = frozenset({"timeout", "no-answer"})
"""Why an address was asked and gave no answer (network/client.py)."""


class Rechecks:
    """All of it, of one worker.

    *tools_for* gives what an examination needs, by the moment and the addresses of the holder, with a way out that counts
    from nothing; *rates* are badges a second of hosts that the operator tells of.
    """

    def __init__(
        self,
        database: storage.Database,
        tools_for: Callable[[datetime, Collection[str]], ImportTools],
        clock: Callable[[], datetime],
        rates: Mapping[str, float] | None = None,
        together: int = TOGETHER,
    ) -> None:
        self.database, self.tools_for, self.clock = database, tools_for, clock
        self.rates, self.together = dict(rates or {}), together
        self.cache = AnswerCache(clock)
        self.rests = float(ROUND_EVERY)
        """Seconds until the next round."""
        self._after_host, self._after_shown, self._look_at = "", 0, clock()
        self._had_turn: dict[str, int] = {}
        """The holder whose badge was checked last, by the host that was asked."""

    def round(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Check what is due and may be asked for, and see to it that what is shown is due daily; then `rests` tells in how many
        seconds there may be more to do.

        *goes_on* is asked before each badge. A badge whose document is gone or spoiled is told so; one in which no badge can
        be read any more leaves its state as it was, and one for which there was no room comes again. Raises what the database and the
        shelf raise.
        """
        began, self.rests = self.clock(), float(ROUND_EVERY)
        while goes_on() and self.clock() - began < NOTING and due.note_hosts(self.database):
            pass
        chosen, rests = self._choose(began)
        if chosen:
            work = Work(self._claim(chosen), lambda: goes_on() and self.clock() - began <= LASTS)
            try:
                self._check_all(work)
            except Exception:
                self.database.write(due.give_back, work.waiting)
                raise
            self.database.write(self._settle, work)
        self._look()
        self.rests = max(AT_LEAST, min([ROUND_EVERY, *rests]))

    def _choose(self, now: datetime) -> tuple[list[Due], list[float]]:
        """What this round is to check, and after how many seconds there may be more."""
        with self.database.reading() as session:
            alone = due.find_due(session, now, badges.ASKS_NOBODY, MOST_ALONE)
            found = due.find_due_hosts(session, now, self._after_host)
            self._after_host = found.ends
            self._had_turn = self._had_turn if len(self._had_turn) < MOST_TURNS else {}
            budgets = hosts.read_budgets(session, found.hosts)
            asking, rests = list[Due](), [] if found.ends == "" else [0.0]
            for host in found.hosts:
                budget = budgets.get(host, hosts.first_budget(now)).as_told(self.rates.get(host))
                if allowed := budget.allows(now):
                    window = due.in_turn(
                        due.find_due(session, now, host, due.window(allowed)), self._had_turn.get(host, 0)
                    )
                    asking += window[:allowed]
                    if len(window) > allowed:
                        rests.append(allowed / budget.rate)
                else:
                    rests.append((budget.not_before - now).total_seconds())
        taken = due.in_turn(asking)[: due.MOST]
        if len(taken) < len(asking):
            rests.append(0.0)
        return [one for pair in zip_longest(taken, alone) for one in pair if one], rests

    def _claim(self, chosen: Sequence[Due]) -> list[Claim]:
        """The right to check them, as many of each host as it bears; what somebody else has at this moment is left alone."""
        now = self.clock()
        mine = self.database.write(self._take_budgets, chosen, now)
        claims: list[Claim] = []
        for some in storage.in_batches(mine, due.CLAIMED):
            claims += self.database.write(due.claim, some, now)
        self._had_turn |= {claim.due.host: claim.due.holder_id for claim in claims}
        return claims

    def _take_budgets(self, session: Session, chosen: Sequence[Due], now: datetime) -> list[Due]:
        """Those of *chosen* that their hosts bear now, all of whom have that many badges less."""
        asked = {one.host for one in chosen} - {badges.ASKS_NOBODY}
        hosts.meet_hosts(session, asked, now)
        rows = hosts.hold_hosts(session, asked)
        budgets = {host: row.budget.as_told(self.rates.get(host)) for host, row in rows.items()}
        taken: Tally[str] = Tally()
        mine: list[Due] = []
        for one in chosen:
            budget = budgets.get(one.host)
            if one.host == badges.ASKS_NOBODY or (budget and taken[one.host] < budget.allows(now)):
                taken[one.host] += 1
                mine.append(one)
        for host, row in rows.items():
            row.budget = budgets[host].less(taken[host], now) if taken[host] else row.budget
        return mine

    def _check_all(self, work: "Work") -> None:
        if self.together == 1 or len(work.waiting) < 2:
            self._check_some(work)
            return
        with ThreadPoolExecutor(self.together) as pool:
            for done in [pool.submit(self._check_some, work) for _ in range(min(self.together, len(work.waiting)))]:
                done.result()

    def _check_some(self, work: "Work") -> None:
        with self.database.long():
            while claim := work.begin():
                answers, is_issuers = self._check(claim)
                work.end(claim, answers, is_issuers=is_issuers)

    def _check(self, claim: Claim) -> tuple[list[tuple[str, HostAnswer]], bool]:
        """Look at it again, and write down what is found: how each host that was asked took it, and whether the badge is shown to
        be its issuer's."""
        answers: list[tuple[str, HostAnswer]] = []
        tools = self._with_cache(claim, self.tools_for(self.clock(), claim.addresses), answers)
        found: tuple[openbadges.Examination, tuple[dict[str, Any], ...]] | None = None
        is_lost = False
        try:
            contexts = badges.read_contexts(claim.own_contexts, tools.files)
            found = badges.examine_again(tools.files.read(claim.document), tools, claim.link, contexts)
        except openbadges.UnreadableBadge as problem:
            if problem.reason == "busy":
                return answers, False  # nobody looked at it: it comes again when its claim is over
        except storage.LOST:
            is_lost = True
        try:
            _write(self.database, claim, tools, found, is_lost=is_lost)
        except storage.Unavailable:
            self.cache.forget_names()
            raise
        return answers, found is not None and found[0].binding == "proven"

    def _with_cache(self, claim: Claim, tools: ImportTools, answers: list[tuple[str, HostAnswer]]) -> ImportTools:
        """*tools* with a way out that remembers, and writes down how hosts take it."""
        ask = _observed(tools.inspection.fetch, answers)
        before = {one["address"]: one for one in claim.seen if one.get("status") == 200}
        own = {claim.own_id, claim.link}

        def read(entry: Mapping[str, Any]) -> bytes | None:
            try:
                return badges.read_response(entry, tools.files.read, LONGEST_ANSWER)
            except storage.LOST:
                return None

        def fetch(address: str) -> Fetched:
            entry = before.get(address)
            return self.cache.get(address, ask, SeenBefore(entry, read) if entry else None, is_own=address in own)

        how = replace(tools.inspection, fetch=fetch, worked_out=self.cache.worked_out)
        return replace(tools, inspection=how, lately=self.cache.names)

    def _settle(self, session: Session, work: "Work") -> None:
        """What was not begun is due as before; each host has the budget that its answers gave it."""
        now = self.clock()
        due.give_back(session, work.waiting)
        asked = (work.answers.keys() | work.begun.keys()) - {badges.ASKS_NOBODY}
        for host, row in hosts.hold_hosts(session, asked, waits=True).items():
            answers, rate = work.answers[host], self.rates.get(host)
            # A badge may need several answers of its host, and what is remembered none.
            more = max(0, len(answers) - work.begun[host])
            row.budget = row.budget.as_told(rate).less(more, now).after(answers, now, rate or hosts.MOST)

    def _look(self) -> None:
        """The nightly look at what is shown, some of it in each round."""
        now = self.clock()
        if self._after_shown == 0 and now < self._look_at:
            return
        for _ in range(LOOKS):
            late, self._after_shown = self.database.read(shown.find_late_checks, self._after_shown, now)
            if late:
                self.database.write(shown.hasten_checks, late, now)
            if self._after_shown == 0:
                self._look_at = now + LOOK_EVERY
                while self.database.write(hosts.forget_hosts, now):
                    pass
                return


@dataclass(eq=False)
class Work:
    """The claims of one round, given to several threads: of each host so many at a time, and none after a fault of it."""

    waiting: list[Claim]
    goes_on: Callable[[], bool]
    answers: defaultdict[str, list[HostAnswer]] = field(default_factory=lambda: defaultdict(list))
    """By the host that was asked."""
    begun: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Badges, by the host that a check of them asks."""
    running: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    stopped: set[str] = field(default_factory=set)
    _changing: Lock = field(default_factory=Lock)

    def begin(self) -> Claim | None:
        """The next one; None where there is none for this thread."""
        with self._changing:
            if not self.goes_on():
                return None
            for place, claim in enumerate(self.waiting):
                host = claim.due.host
                is_alone = host == badges.ASKS_NOBODY
                if is_alone or (host not in self.stopped and self.running[host] < hosts.AT_ONCE):
                    self.running[host] += 1
                    self.begun[host] += 1
                    return self.waiting.pop(place)
        return None

    def end(self, claim: Claim, answers: Sequence[tuple[str, HostAnswer]], *, is_issuers: bool) -> None:
        """It is done; these were the *answers* of the hosts that were asked.

        How long to stay away a host tells of itself, and of the issuer whose badge needs it: *is_issuers* is whether it is shown to
        be one of the issuer's, for a badge may only claim that.
        """
        with self._changing:
            self.running[claim.due.host] -= 1
            for host, answer in answers:
                self.answers[host].append(answer)
                if answer.is_fault:
                    self.stopped |= {host, claim.due.host}
                    if host != claim.due.host:  # which may be no badge's, and then nothing else keeps count of it
                        told = answer.retry_after if is_issuers else ""
                        self.answers[claim.due.host].append(replace(answer, retry_after=told))


def _observed(fetch: Callable[..., Fetched], answers: list[tuple[str, HostAnswer]]) -> Callable[..., Fetched]:
    """*fetch*, which writes down how each host took it."""

    def ask(address: str, *condition: Any) -> Fetched:
        began, host = perf_counter(), badges.issuer_host(address)
        try:
            answer = fetch(address, *condition)
        except openbadges.Unreachable as problem:
            seconds = perf_counter() - began
            if problem.why in SILENT and problem.had_time(seconds):
                answers.append((host, HostAnswer(seconds, is_fault=True)))
            raise
        is_fault = answer.status in hosts.FAULTS
        told = answer.retry_after if openbadges.speaks_for(answer, address) else ""  # anybody may be pointed to
        answers.append((host, HostAnswer(perf_counter() - began, is_fault, told)))
        return answer

    return ask


def _write(
    database: storage.Database,
    claim: Claim,
    tools: ImportTools,
    found: tuple[openbadges.Examination, tuple[dict[str, Any], ...]] | None,
    *,
    is_lost: bool,
) -> None:
    """What was found of the badge, unless somebody wrote meanwhile."""
    now = tools.inspection.now

    def write(session: Session) -> None:
        kept = session.scalar(
            select(KeptBadge)
            .where(KeptBadge.id == claim.due.id, KeptBadge.due_at == claim.until, KeptBadge.removed_at.is_(None))
            .with_for_update()
        )
        if found:
            badges.note_new_examination(session, kept, *found)
        if kept is None:
            return
        if found:
            badges.note_badge_size(session, kept.id)
            # While the issuer was asked the holder may have verified an address, or taken one away.
            badges.match_badge(kept, badges.proven_addresses(session, kept.holder_id), now)
        elif is_lost:
            badges.note_loss(kept, now)
        else:
            kept.due_at = badges.next_check(kept, now, CHECK_WEEKLY)
        if claim.is_shown:
            shown.bring_closer(kept, now)

    names = badges.response_files(found[1]) if found else set()
    storage.commit_naming_files(database.write, tools.files, names, write, now)
    monitoring.count("rechecks", "checked" if found else "lost" if is_lost else "unreadable")


def note_lost_document(
    session: Session, holder_id: int, badge_id: int, seen: tuple[str, datetime], now: datetime
) -> bool:
    """The document of the holder's badge is gone or spoiled: whether that is told from now on. Raises storage.Missing.

    *seen* is the document, and when it was checked last, as they were before: whoever brought the file meanwhile, or a
    better one, knows better.
    """
    kept = badges.get_badge(session, holder_id, badge_id)
    if (kept.document, kept.checked_at) == seen:
        badges.note_loss(kept, now)
    return kept.state == DOCUMENT_LOST
