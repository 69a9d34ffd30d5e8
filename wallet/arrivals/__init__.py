"""Badges that come as an offer, or from a platform that was connected once."""

from . import platforms
