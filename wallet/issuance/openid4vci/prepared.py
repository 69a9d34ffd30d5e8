"""An offer of which all is known that can be known before its code is spent: who gives what, and which addresses are asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Literal

from .. import offers

Kind = Literal["openid", "exchange"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A kind of badge of an issuer's (OpenID4VCI 1.0, 12.2.4)."""

    id: str
    needs_proof: bool
    """Whether the badge is bound to a key, of which a proof is sent."""
    takes_did: bool
    """Whether the proof may name its key as a DID."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """The addresses that are asked one after the other, and with what."""

    issuer: str
    """To the letter, as proofs are meant for it."""
    code: str = field(repr=False)
    token_endpoint: str
    credential_endpoint: str
    nonce_endpoint: str = ""
    deferred_endpoint: str = ""
    notification_endpoint: str = ""
    configurations: tuple[Configuration, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What a person is told of an offer before they take it, and what taking it needs."""

    host: str
    """Who gives it, as the network knows them."""
    issuer_name: str = ""
    """As they call themselves; "" where they do not."""
    badges: tuple[str, ...] = ()
    """The names of what is offered, "" for one that has none."""
    tx_code: offers.TransactionCode | None = None
    """What the person is to write before; None where nothing."""
    code_host: str = ""
    """Where that goes."""
    steps: Steps | offers.ExchangeAt

    @property
    def kind(self) -> Kind:
        """By which protocol it is taken."""
        return "openid" if isinstance(self.steps, Steps) else "exchange"

    @property
    def spends(self) -> str:
        """What a transaction code opens, by the SHA-256 of the code that it goes with; "" where that is spent."""
        code = self.steps.code if isinstance(self.steps, Steps) else ""
        return sha256(code.encode(errors="replace")).hexdigest() if code else ""

    @property
    def asks_code(self) -> bool:
        """Whether the person is to write a code: not any more where it has served, and what it opened is there to go on with."""
        return self.tx_code is not None and self.spends != ""


def to_document(prepared: Prepared) -> dict[str, Any]:
    """*prepared* in plain JSON."""
    return asdict(prepared)


def from_document(told: Mapping[str, Any]) -> Prepared:
    """What `to_document` wrote."""
    steps, tx_code = told["steps"], told["tx_code"]
    if "issuer" in steps:
        configurations = tuple(Configuration(**one) for one in steps["configurations"])
        read: Steps | offers.ExchangeAt = Steps(**(steps | {"configurations": configurations}))
    else:
        read = offers.ExchangeAt(**steps)
    whole = dict(told) | {
        "badges": tuple(told["badges"]),
        "tx_code": offers.TransactionCode(**tx_code) if tx_code else None,
        "steps": read,
    }
    return Prepared(**whole)
