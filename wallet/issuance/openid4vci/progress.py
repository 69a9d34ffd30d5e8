"""How far the taking of an offer has come, as it lies sealed in its row: whoever goes on knows it from there.

The release before, to which one may go back (docs/operating.md), reads it too, and knows no member but its own.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .. import exchanges
from ..holder_keys import HolderKey
from ..received import Reason, ReceivedDocument
from . import prepared as preparing
from .prepared import Configuration, Prepared, Steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What a code was exchanged for (OpenID4VCI 1.0, 6.2)."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    nonce: str = ""
    """The next nonce, of issuers that have no place to ask for one."""
    identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a configuration, by which names its badges are asked for instead."""
    lasts: int | None = None
    """Seconds, where it was told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """A badge that its issuer makes later (OpenID4VCI 1.0, 8.3, 9)."""

    transaction_id: str
    interval: int
    """Seconds until it may be asked for, from when its row was settled last: another one of the same offer may be due before."""
    key: HolderKey | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A badge of an offer, as it is asked for."""

    configuration: Configuration
    identifier: str
    """By which it is asked for instead, where the token says one; "" for none."""

    @property
    def name(self) -> str:
        """By what it is known here."""
        return f"{self.configuration.id} {self.identifier}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What is known of one offer by now."""

    prepared: Prepared
    token: Token | None = None
    answered: tuple[str, ...] = ()
    """Which of the badges were asked for and answered, whatever the answer."""
    refused: tuple[Reason, ...] = ()
    """Why each that will not come does not."""
    documents: tuple[ReceivedDocument, ...] = ()
    promises: tuple[Promise, ...] = ()
    notifications: tuple[str, ...] = ()
    """By which ids the issuer is told that its badges were kept."""
    is_kept: bool = False
    """Whether any was, which is what the issuer is told."""
    device: str = field(default="", repr=False)
    """The secret of the device of whoever became a visitor by it, for the second of two taps."""

    @property
    def size(self) -> int:
        """Bytes of what came and is not kept yet."""
        return sum(len(one.content.encode()) for one in self.documents)

    @property
    def _named(self) -> list[Wanted]:
        """Its badges, as soon as there is a token, which may name several for one that the offer named."""
        steps, token = self.prepared.steps, self.token
        if not isinstance(steps, Steps) or token is None:
            return []
        return [
            Wanted(configuration=one, identifier=identifier)
            for one in steps.configurations
            for identifier in token.identifiers.get(one.id) or ("",)
        ]

    @property
    def wanted(self) -> list[Wanted]:
        """Those of its badges that are asked for."""
        return self._named[: exchanges.MOST_DOCUMENTS]

    @property
    def names_too_many(self) -> bool:
        """Whether the issuer has more for the holder than are asked for."""
        return len(self._named) > exchanges.MOST_DOCUMENTS

    @property
    def awaited(self) -> list[Wanted]:
        """Those of which the issuer said nothing yet."""
        return [one for one in self.wanted if one.name not in self.answered]

    @property
    def later(self) -> int:
        """How many badges come by themselves, if they come."""
        return len(self.promises) + len(self.awaited)

    @property
    def first_due(self) -> int:
        """Seconds until the first of what is promised may be asked for; 0 where nothing is."""
        return min((one.interval for one in self.promises), default=0)

    @property
    def without_code(self) -> "Progress":
        """The same, of which nobody can spend the code any more."""
        steps = self.prepared.steps
        if not isinstance(steps, Steps):
            return self
        return replace(self, prepared=replace(self.prepared, steps=replace(steps, code="")))


def to_bytes(progress: Progress) -> bytes:
    """*progress*, to be sealed."""
    told = asdict(progress) | {"prepared": preparing.to_document(progress.prepared)}
    return json.dumps(told, default=lambda content: b64encode(content).decode()).encode()


def from_bytes(content: bytes) -> Progress:
    """What `to_bytes` wrote."""
    told = json.loads(content)
    token = told["token"]
    if token:
        token = Token(**(token | {"identifiers": {id: tuple(names) for id, names in token["identifiers"].items()}}))
    lists = {name: tuple(told[name]) for name in ("answered", "refused", "notifications")}
    return Progress(
        **(
            told
            | lists
            | {
                "prepared": preparing.from_document(told["prepared"]),
                "token": token,
                "documents": tuple(ReceivedDocument(**_with_key(one)) for one in told["documents"]),
                "promises": tuple(Promise(**_with_key(one)) for one in told["promises"]),
            }
        )
    )


def _with_key(told: Mapping[str, Any]) -> dict[str, Any]:
    key = told["key"]
    return dict(told) | {"key": HolderKey(key["did"], b64decode(key["secret"])) if key else None}
