"""Offers that are exchanges (arrivals/exchanges.py), prepared and taken as all others are: of each, one answer is given, once."""

from datetime import datetime
from urllib.parse import urlsplit

from .. import exchanges, holder_keys, offers
from ..exchanges import Asking
from ..received import Failed, Reason, ReceivedDocument
from .prepared import Prepared

_REASONS: dict[exchanges.Why, Reason] = {
    "no-answer": "offer-no-answer",
    "asked-too-often": "offer-no-answer",
    "no-answer-in-time": "offer-unknown",
    "taken": "offer-used",
    "refused": "offer-other-apps",
    "other-host": "offer-other-apps",
    "too-many-rounds": "offer-other-apps",
    "not-understood": "offer-other-kind",
}


def choose(offer: offers.InteractionAt, errand: Asking, may_ask: offers.MayAsk) -> offers.Offer:
    """The offer that an interaction leads to; raises Failed, offers.NotTaken."""
    try:
        return exchanges.choose_exchange(offer, errand, may_ask)
    except exchanges.NotGiven as problem:
        raise Failed(_REASONS[problem.why]) from problem


def prepare_exchange(offer: offers.ExchangeAt) -> Prepared:
    """All that can be known of an exchange before it is taken: its host. It tells nothing to whoever has not answered."""
    return Prepared(host=urlsplit(offer.address).hostname or "", badges=("",), steps=offer)


def receive(
    offer: offers.ExchangeAt, errand: Asking, may_ask: offers.MayAsk, now: datetime
) -> tuple[ReceivedDocument, ...]:
    """What an exchange gives to whoever answers by a key that is made for it; raises Failed."""
    key, private = holder_keys.make_ed25519_key()
    try:
        given = exchanges.receive_badges(offer, errand, may_ask, private, now)
        return tuple(ReceivedDocument(content=document.decode(), key=key) for document in given)
    except exchanges.NotGiven as problem:
        raise Failed(_REASONS[problem.why]) from problem
    except offers.NotTaken as problem:
        raise Failed(problem.reason) from problem
    except UnicodeDecodeError as problem:
        raise Failed("offer-other-kind") from problem
