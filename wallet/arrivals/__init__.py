"""Badges that come as an offer, or from a platform that was connected once."""

# fmt: off
from . import offers
# fmt: on
