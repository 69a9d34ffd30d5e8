"""One budget for very many badges: their issuers are asked as politely as for one, and not without end.

Each badge asks by a way out of its own, which counts from nothing; answers are shared by all of them. What is not asked
because the time is over, or because a host was asked often enough, is unanswered: the badge is looked at again later.
"""

from collections import Counter as Tally
from time import monotonic
from urllib.parse import urlsplit

from ..openbadges import Fetch, Fetched, Unreachable

OF_ONE_HOST = 60
"""Addresses of the same host that are asked for one archive."""
REMEMBERED = 64 * 1024 * 1024
"""Bytes of answers that are remembered."""


class FetchBudget:
    """The asking for all of them, within *patience* seconds."""

    def __init__(self, patience: float) -> None:
        self.until = monotonic() + patience
        self.answers: dict[str, Fetched | Unreachable] = {}
        self.hosts: Tally[str] = Tally()
        self.remembered = 0
        self.is_cut_short = False
        """Whether an address was not asked that would have been for one badge alone."""

    def by(self, ask: Fetch) -> Fetch:
        """The fetch for one badge, whose own way out is *ask*."""

        def fetch(address: str) -> Fetched:
            answer = self.answers.get(address) or self._ask(address, ask)
            if isinstance(answer, Unreachable):
                raise answer
            return answer

        return fetch

    def _ask(self, address: str, ask: Fetch) -> Fetched | Unreachable:
        host = _host(address)
        if monotonic() >= self.until or self.hosts[host] >= OF_ONE_HOST:
            self.is_cut_short = True
            return Unreachable(address, "timeout")
        self.hosts[host] += 1
        began = monotonic()
        try:
            answer: Fetched | Unreachable = ask(address)
        except Unreachable as problem:
            if not problem.had_time(monotonic() - began):
                return problem  # of the next badge it is asked again
            answer = problem
        size = len(answer.body) if isinstance(answer, Fetched) else 0
        if self.remembered + size <= REMEMBERED:
            self.remembered += size
            self.answers[address] = answer
        return answer


def _host(address: str) -> str:
    """Whoever is asked, at whatever port: a port of its own would be a budget of its own."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
