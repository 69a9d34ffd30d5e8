"""An offer, of whatever kind, made ready to be taken: nothing is spent by it, and nothing kept."""

from .. import exchanges, offers
from ..exchanges import Asking
from . import metadata
from .prepared import Prepared


def prepare(offer: offers.Offer, asking: Asking, may_ask: offers.MayAsk, language: str = "fr") -> Prepared:
    """All that can be known of *offer* before it is taken, names in *language* where there are any.

    *asking* is the way out of this one exchange (`fetcher.for_exchange()`), *may_ask* is `fetcher.may_lead_to`. Raises
    offers.NotTaken or received.Failed, each with a reason for people.
    """
    if isinstance(offer, offers.InteractionAt):
        offer = exchanges.choose_protocol(offer, asking, may_ask)
    if isinstance(offer, offers.OfferAt):
        offer = metadata.fetch_offer(offer, asking, may_ask)
    if isinstance(offer, offers.CredentialOffer):
        return metadata.prepare_offer(offer, asking, may_ask, language)
    if isinstance(offer, offers.InteractionAt):  # an interaction that an offer by reference led to
        raise offers.NotTaken("offer-other-kind")
    # It tells nothing to whoever has not answered.
    return Prepared(host=offers.asked_host(offer), badges=("",), steps=offer)
