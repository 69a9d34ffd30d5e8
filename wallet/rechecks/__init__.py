"""Badges are checked again while nobody waits: which are due, how often each host may be asked, what answers have in common."""

# fmt: off
from .round import Rechecks, note_lost_document
from .shown import hasten_checks
