"""When a badge is checked again: daily where an open share shows it, weekly elsewhere, sooner where something is in doubt."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .. import openbadges
from .cards import why_unknown
from .models import KeptBadge

CHECK_DAILY, CHECK_WEEKLY = timedelta(days=1), timedelta(days=7)
"""How often a badge is checked again: where an open share shows it, and elsewhere (docs/decisions.md 18)."""
SOON = timedelta(minutes=10)
"""When a badge that came in while its issuer did not answer is looked at again: it may have been one of very many; and
one in which others say something that nobody was asked about yet."""
SILENT = timedelta(days=30)
"""How long what may be known later is asked for daily where no share shows it."""
CHECK_JITTER = 0.2
"""By which part of that time the next check comes sooner or later."""


def _until_next(kept: KeptBadge, examination: openbadges.Examination) -> timedelta:
    if examination.why_unknown != "later":
        return CHECK_WEEKLY
    if examination.unanswered and kept.added_at == examination.checked_at:
        return SOON
    # Nobody is silent where an address answers with something of no use: that lasts since the last good check.
    silence = examination.checked_at - (kept.silent_since or kept.good_at or kept.added_at)
    return CHECK_DAILY if silence < SILENT else CHECK_WEEKLY


def _until_endorsers(kept: KeptBadge, told: Mapping[str, Any], moment: datetime) -> timedelta:
    """Until those are asked, of whom *told* still says that nobody did: only while nobody waits (docs/decisions.md 32)."""
    if all(one["reason"] != "not-asked" for one in told.get("endorsements", ())):
        return CHECK_WEEKLY
    return SOON if kept.added_at == moment else CHECK_DAILY


def is_never_known(kept: KeptBadge) -> bool:
    """Whether nobody's answer can change that *kept* is unknown: it is not asked for as if one could."""
    return kept.state == "unknown" and why_unknown(kept.examination["checks"]) != "later"


def next_check(kept: KeptBadge, moment: datetime, every: timedelta) -> datetime:
    """About *every* after *moment*: what came in together does not stay together; sooner where the badge begins or ends.

    Nothing is left to chance: whose badge it is, which one, and the day say how much sooner or later.
    """
    drawn = hashlib.sha256(f"{kept.holder_id} {kept.identity} {moment:%Y-%m-%d}".encode()).digest()
    part = int.from_bytes(drawn[:4], "big") / 2**32
    due_at = moment + every * (1 - CHECK_JITTER + 2 * CHECK_JITTER * part)
    read = kept.read or {}
    told = [datetime.fromisoformat(read[name]) for name in ("valid_from", "valid_until") if read.get(name)]
    return min([due_at, *(one + openbadges.SKEW for one in told if moment - openbadges.SKEW < one < due_at)])
