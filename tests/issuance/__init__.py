"""Badges that come as an offer, or from a platform."""
