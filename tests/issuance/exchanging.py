"""An issuer by exchanges, with the Digital Credentials Consortium's libraries, in a process of its own; and how it is asked."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.request import urlopen

from tests.openbadges.support.others import NODE, SCRIPTS
from wallet.issuance import exchanges, offers
from wallet.issuance.holder_keys import HolderKey
from wallet.network import Fetcher, Outgoing
from wallet.openbadges import Fetched, Unreachable

HOST = "127.0.0.1"
CHALLENGE = "f78e1e08-a2df-46ca-bb0b-6b08e3036815"
"""What tests/others/exchange.mjs asks to be signed."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """It listens on *port*."""

    port: int

    def address(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"

    def log(self) -> list[dict[str, Any]]:
        """What came since the beginning."""
        with urlopen(self.address("/log")) as told:
            found: list[dict[str, Any]] = json.load(told)["log"]
        return found

    def posts(self) -> list[dict[str, Any]]:
        """Of it, what was sent."""
        return [one for one in self.log() if one.get("method") == "POST"]


@contextmanager
def begun_issuer() -> Iterator[Issuer]:
    with subprocess.Popen(
        [NODE, SCRIPTS / "exchange.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Issuer(json.loads(process.stdout.readline())["port"])
        process.stdin.close()


def now() -> datetime:
    """Asked when it is needed: the issuer has a clock of its own, and what it signed minutes after this module was read would be
    of a time to come (wallet/openbadges/dates.py)."""
    return datetime.now(UTC)


def fetcher_for(*pairs: tuple[str, int]) -> Fetcher:
    return Fetcher(allow_http=True, allow=pairs)


def received(fetcher: Fetcher, key: HolderKey, offer: offers.Offer | None) -> list[bytes]:
    """What Maria is given by *offer*, by way of its interaction if it is one, when she answers by *key*."""
    asking = fetcher.for_exchange()
    if isinstance(offer, offers.InteractionAt):
        offer = exchanges.choose_protocol(offer, asking, fetcher.may_lead_to)
    assert isinstance(offer, offers.ExchangeAt)
    return [one.content.encode() for one in exchanges.receive_badges(offer, asking, fetcher.may_lead_to, key, now())]


# --- told by a dictionary -----------------------------------------------------------------------------------------------

HERE = "https://fablab.example/exchanges/1"
ASKS = {"query": {"type": "DIDAuthentication"}, "challenge": "Qui ?", "domain": "fablab.example"}
Answer = Any
"""What is written as JSON, a status, or why nobody answered."""


@dataclass
class Fablab:
    """Answers one thing after the other, whatever is asked, and remembers what came."""

    answers: list[Answer]
    came: list[tuple[str, str, Any]] = field(default_factory=list)

    def send(self, address: str, outgoing: Outgoing) -> Fetched:
        self.came.append((outgoing.method, address, json.loads(outgoing.body or b"null")))
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise Unreachable(address, answer)
        status = answer if isinstance(answer, int) else 200
        body = answer if isinstance(answer, bytes) else b"" if isinstance(answer, int) else json.dumps(answer).encode()
        return Fetched(address=address, status=status, media_type="application/json", body=body)


def asking(**members: Any) -> dict[str, Any]:
    return {"verifiablePresentationRequest": ASKS | members}
