"""Badges that come as an offer, or from a platform that was connected once."""

# fmt: off
from . import issuance, offers, platforms
from .holder_keys import HolderKey
from .received import Failed, ReceivedDocument
