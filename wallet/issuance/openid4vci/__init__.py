"""Badges that an offer brings: its issuer asked for what it tells, the offer kept between two screens, taken once, and kept.

In this order, each step with nothing open while strangers are asked:

    prepare         GETs alone: all that can be known before the code is spent (metadata.py)
    keep_prepared   the offer sealed in a row, and a secret for the browser (records.py)
    get_issuance    what its page shows
    take            claimed by one UPDATE; token, nonce, badge (taking.py)
    keep_taken      the badges, their keys and the row, in one transaction

What an issuer makes later, and what it is told when a badge is kept, is a chore's (later.py).
"""

# fmt: off
from .later import LaterBadges
from .prepared import Prepared
from .preparing import prepare
from .records import (MOST_PROMISED, OFFER_LASTS, Keys, forget_ended_issuances, get_issuance, is_settled, keep_prepared,
    move_promised, promised_offers)
from .taking import TakingTools, keep_taken, take
