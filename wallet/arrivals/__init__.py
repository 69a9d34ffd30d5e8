"""Badges that come as an offer, or from a platform that was connected once."""

# fmt: off
from . import issuance, offers, platforms
from .holder_keys import HolderKey
from .received import Failed, ReceivedDocument
from .sent_badges import (MOST_WAITING, PAGE, SENT, SentBadge, TooManyWaiting, any_waiting, count_waiting,
    list_sent, list_waiting, name_for_platform, receive, refuse_all_brought, refuse_all_waiting, tell_sent)
from .sent_checks import check_sent
from .sent_documents import NotSent, SentDocument, Version, read_assertion, read_credential
# fmt: on
