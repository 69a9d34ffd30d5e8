"""Sonia, who takes offers, at the level of the package: what the pages do with it, in their order."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.fablab import Fablab
from tests.fixtures.import_tools import import_tools
from tests.fixtures.visits import Clock, IssuersWeb
from wallet.accounts.holders import Holder
from wallet.badges.importing import ImportTools
from wallet.badges.models import ImportOutcome, KeptBadge
from wallet.badges.ownership import BoundKey
from wallet.issuance import offers, openid4vci
from wallet.issuance.offers import CredentialOffer
from wallet.issuance.openid4vci.later import LaterBadges
from wallet.issuance.openid4vci.records import Issuance, Keys
from wallet.issuance.openid4vci.taking import TakingTools
from wallet.storage import commit_naming_files
from wallet.storage.database import Base, Database
from wallet.storage.files import FileStore, open_files
from wallet.storage.keyring import Keyring


def anywhere(_address: str) -> bool:
    return True


@dataclass
class Sonia:
    """Who is shown an offer, and takes it."""

    database: Database
    folder: Path
    clock: Clock = field(default_factory=Clock)
    may_ask: Callable[[str], bool] = anywhere
    holder_id: int | None = None
    web: Any = field(default_factory=IssuersWeb)
    offered: tuple[int, str] = (0, "")
    device: str = ""

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.folder / "keys.json")
        self.keys = Keys(seal=self.keyring.seal, unseal=self.keyring.unseal)
        self.files: FileStore = open_files(f"file://{self.folder}/files")

    def signs_in(self) -> "Sonia":
        self.holder_id = somebody_with_a_key(self.database)
        return self

    def sees(self, asking: Any, offer: offers.Offer) -> openid4vci.Prepared:
        """The page of an offer: it is prepared and kept."""
        prepared = openid4vci.prepare(offer, asking, self.may_ask)
        keep = partial(openid4vci.keep_prepared, holder_id=self.holder_id, seal=self.keyring.seal, now=self.clock())
        self.offered = self.database.write(keep, prepared)
        return prepared

    def tools(self, asking: Any) -> TakingTools:
        def tools_for(dids: Collection[str]) -> ImportTools:
            return import_tools(self.web, self.files, self.clock(), addresses=dids)

        return TakingTools(
            database=self.database,
            keys=self.keys,
            asking=asking,
            may_ask=self.may_ask,
            import_tools=tools_for,
            clock=self.clock,
        )

    def takes(self, asking: Any, tx_code: str = "") -> list[ImportOutcome]:
        """« Ajouter »."""
        taken = openid4vci.take(*self.offered, self.holder_id, self.tools(asking), tx_code)

        def keep(session: Any) -> tuple[str, list[ImportOutcome]]:
            here = session.get_one(Holder, self.holder_id) if self.holder_id else None
            return openid4vci.keep_taken(session, taken, here, self.keys, self.clock())

        self.device, outcomes = commit_naming_files(self.database.write, self.files, taken.files, keep, self.clock())
        return outcomes

    def later(self, asking: Any, **after: float) -> None:
        """A round of the chore, so much later."""
        self.clock.move(**after)
        LaterBadges(
            database=self.database,
            files=self.files,
            keys=self.keys,
            asking=lambda: asking,
            import_tools=lambda now, dids: import_tools(self.web, self.files, now, addresses=dids),
            clock=self.clock,
        ).round()

    def rows(self, model: type[Base]) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(select(model)))

    @property
    def row(self) -> Issuance:
        """The offer that she was shown last."""
        return next(row for row in self.rows(Issuance) if row.id == self.offered[0])

    @property
    def badges(self) -> list[str]:
        """Which badges she has, by their ids."""
        return [kept.read["id"] for kept in self.rows(KeptBadge)]

    @property
    def dids(self) -> list[str]:
        return [kept.did for kept in self.rows(BoundKey)]


def offered(fablab: Fablab, **grant: Any) -> CredentialOffer:
    """The offer of *fablab*, read."""
    return offers.read_offer(json.dumps(fablab.offer(**grant)), anywhere)
