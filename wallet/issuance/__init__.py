"""Badges that come as an offer, or from a platform that was connected once.

Of an offer, and of a platform, in this order:

    offers                 what a link or a code offers, told by its parameters; nobody is asked
    openid4vci, exchanges  how it is fetched: OpenID for Verifiable Credential Issuance; exchanges of VC-API and LCW
    holder_keys, received  the key that is made for one exchange; what comes of it, or in one word why nothing does
    platforms              who is connected and what they may do (OAuth)
    sent_…                 what they send: read (documents), kept and told back (badges), looked at by a chore (checks)
"""

# fmt: off
from . import offers, openid4vci, platforms
from .received import Failed
from .sent_badges import (MOST_WAITING, NoRoom, PAGE, SENT, TooManyWaiting, any_waiting, list_sent, list_waiting,
    move_sent, name_for_platform, receive, refuse_all_brought, refuse_all_waiting, tell_sent)
from .sent_checks import check_sent
from .sent_documents import NotSent, SentDocument, Version, read_assertion, read_credential
# fmt: on
