"""What the endorsements of every version have in common: how many are looked at, what they are about, who says it.

A badge is never refused for what others say of it, nor is anything of it decided by that.
Sources: Open Badges 3.0, EndorsementCredential; 2.0, Endorsement.
"""

from typing import Literal

from .badge import Badge
from .details import Party
from .examination import About, Fetched, Unreachable, Web

MOST = 20
"""Endorsements of one badge that are read."""
MOST_ADDRESSES = 4
"""That are asked for all of them: those of an import are few (docs/decisions.md 14), and the badge's own come first."""
COMMENT = 1_000
"""Characters of what one says."""


def aside(web: Web) -> Web:
    """The web of endorsers: what *web* has answered is known, and their silence is no silence of the badge's issuer."""
    asked: list[str] = []

    def fetch(address: str) -> Fetched:
        if address in web.answers:
            return web.get(address)
        if len(asked) == MOST_ADDRESSES:
            raise Unreachable(address, "too-many")
        asked.append(address)
        return web.fetch(address)

    return Web(fetch, web.now)


def about(subject_id: str, badge: Badge) -> About:
    """What of *badge* it is about, by the id of its subject, wherever it stands."""
    creator = badge.details.creator or Party()
    named: tuple[tuple[About, str], ...] = (
        ("badge", badge.id),
        ("achievement", badge.achievement.id),
        ("issuer", badge.issuer.id),
        ("creator", creator.id),
    )
    return next((part for part, own in named if own == subject_id != ""), "other")


def said_by(endorser_id: str, badge: Badge) -> Literal["issuer", "holder", "other"]:
    """Whether whoever says it issued *badge*, or was given it."""
    if endorser_id == badge.issuer.id != "":
        return "issuer"
    is_holder = any(endorser_id == one.identity != "" for one in badge.recipients)
    return "holder" if is_holder else "other"
