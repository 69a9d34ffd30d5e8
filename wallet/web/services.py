"""What the wallet works with, put together once (app.py) and handed to every visit."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import inf
from typing import Any

from starlette.requests import Request

from .. import (
    accounts,
    badges,
    competencies,
    concurrency,
    endorsements,
    inspection,
    issuance,
    monitoring,
    network,
    openbadges,
    operations,
    rechecks,
    registers,
    sandbox,
    shares,
    storage,
)
from ..pages import Asset, Pages
from ..settings import Settings
from .page_cache import PageCache
from .rate_limits import RateLimits

SHEETS_ROOM = 4 * 1024 * 1024
"""Bytes of all sheets that are kept: some hundred."""


@dataclass(kw_only=True, slots=True)
class Services:
    """All that a visit may use."""

    settings: Settings
    metrics: monitoring.Metrics | None = None
    """What is counted for the operator's tools; None where none asks."""
    database: storage.Database
    files: storage.FileStore
    keyring: storage.Keyring
    fetcher: network.Fetcher
    draw: Callable[[bytes], sandbox.Picture | None]
    """Redraws a stranger's picture in the bounded child."""
    pages: Pages
    rate_limits: RateLimits
    clock: Callable[[], datetime]
    disk_reserve: operations.DiskReserve
    erasures: operations.Erasure
    mailer: network.Mailer | None
    """Brings letters; None where the operator told no mail server, and then nothing is said of e-mail."""
    page_cache: PageCache
    """Pages that are the same for all who ask."""
    sheets: PageCache = field(default_factory=partial(PageCache, SHEETS_ROOM))
    """The sheets of paper of shares, apart: they are ten times as large as pages, and asked for seldom."""
    badge_lists: badges.BadgeLists = field(default_factory=badges.BadgeLists)
    """What is known of the badges of holders who have many."""
    registers: registers.RegistersAtHand
    """Who vouches for which issuers."""
    frameworks: Sequence[competencies.Framework]
    """The frameworks of competencies, ours first."""
    workers: Mapping[str, Asset]
    """The script with which phones show kept pages, by the language of what it shows instead (web/service_worker.py)."""
    path: Callable[..., str]
    """The address of a route by its name and parts, without scheme and host."""
    pools: Mapping[str, concurrency.Pool] = field(default_factory=concurrency.make_pools)
    """The threads in which visits wait for others, by their names in the map."""
    mail_was_written: Callable[[], object] = lambda: None
    """Wakes the chore that sends letters; asked after what was kept, from any thread."""
    badge_was_sent: Callable[[], object] = lambda: None
    """So the chore that looks at what platforms sent."""

    @property
    def cookie(self) -> str:
        """The name of the cookie of a device signed in; __Host- binds it to this very origin over https."""
        return "__Host-wallet" if self.settings.secure else "wallet"

    @property
    def signer(self) -> openbadges.Signer:
        """With what this instance signs what it says itself, under its own did:web."""
        return endorsements.signer_of(self.settings.origin, self.keyring)

    def import_tools(
        self,
        now: datetime,
        addresses: Collection[str] = (),
        began: float = inf,
        *,
        shelved: set[str] | None = None,
        is_chore: bool = False,
    ) -> badges.ImportTools:
        """What is needed to look at badges at *now*, with a way out that counts from nothing; *addresses* are what
        whoever brings or keeps them has told.

        *began* is when all that came together began to be looked at, as monotonic() tells; *shelved* learns which files
        were kept for it. A chore asks as politely as it is (rechecks/hosts.py), whatever people ask meanwhile, and it
        alone asks those who say something in a badge.
        """
        how = inspection.Inspection(
            fetch=network.BoundedFetch(self.fetcher.for_import(is_chore=is_chore), began + badges.ASKING_ISSUERS),
            until=began + inspection.INSPECTION_BUDGET,
            now=now,
            addresses=addresses,
            asks_endorsers=is_chore,
        )
        return badges.ImportTools(inspection=how, draw=self.draw, files=self.files, shelved=shelved)

    def make_rechecks(self) -> rechecks.Rechecks:
        """What checks badges again, by a way out of its own."""
        tools_for = partial(self.import_tools, is_chore=True)
        return rechecks.Rechecks(self.database, tools_for, self.clock, dict(self.settings.issuer_rates))

    def check_endorsements(self, goes_on: Callable[[], bool]) -> None:
        """Look again at words that came as files, by a way out of its own, while *goes_on*."""
        tools_for = partial(self.import_tools, is_chore=True)
        endorsements.check_due(self.database, tools_for, self.clock, goes_on)

    def settle_petitions(self) -> None:
        """Look whether the badges are here of which structures gave an offer to whoever had asked for them."""
        known = shares.petitions.KnownNow(frameworks=self.frameworks, registers=self.registers.current())
        shares.petitions.settle_all_offered(self.database, known, self.clock())

    def make_later_badges(self) -> issuance.openid4vci.LaterBadges:
        """What asks for the badges that issuers had promised, by a way out of its own."""
        return issuance.openid4vci.LaterBadges(
            database=self.database,
            files=self.files,
            keys=issuance.openid4vci.Keys(seal=self.keyring.seal, unseal=self.keyring.unseal),
            asking=partial(self.fetcher.for_exchange, is_chore=True),
            import_tools=partial(self.import_tools, is_chore=True),
            clock=self.clock,
        )

    def code_writer(self, request: Request, language: str) -> accounts.MailedCodeWriter:
        """What writes the codes that go out by e-mail, in the language of whoever asks."""
        return accounts.MailedCodeWriter(
            self.keyring.mark,
            self.keyring.seal,
            language,
            lambda mailbox: self.rate_limits.allow("letter", request, (mailbox,)),
        )

    def address(self, name: str, **parts: Any) -> str:
        """The full public address of a route: from the settings, never from a request."""
        return self.settings.origin + self.path(name, **parts)
