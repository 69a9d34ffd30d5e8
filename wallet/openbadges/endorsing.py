"""What the endorsements of every version have in common: how many are looked at, what they are about, who says it.

A badge is never refused for what others say of it, nor is anything of it decided by that.
Sources: Open Badges 3.0, EndorsementCredential; 2.0, Endorsement.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from .badge import Badge
from .details import Party
from .examination import About, Binding, Check, Endorsement, Fetched, State, Unreachable, Web, gravest

MOST = 20
"""Endorsements of one badge that are read."""
MOST_ADDRESSES = 4
"""That are asked for all of them, where they are asked at all (docs/decisions.md 32); the badge's own come first."""
COMMENT = 1_000
"""Characters of what one says."""
NOT_ASKED = "not-asked"
_SILENT = frozenset({"issuer-does-not-answer", "key-document-unreachable", "status-list-unreachable"})
"""The reasons of what is unknown because an address gave no answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoneEndorsement:
    """What somebody says of somebody or something, that stands in no badge: looked at as a badge is."""

    subject: Party
    """Of whom, or of what; whose id it is, is all that counts."""
    endorser: Party
    comment: str
    begins: datetime | None
    ends: datetime | None
    binding: Binding
    state: State
    checks: tuple[Check, ...]
    id: str = ""
    said_on: datetime | None = None
    key: str = ""
    """As of Endorsement."""

    def check(self, name: str) -> Check:
        """The check of that name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def reason(self) -> str:
        """Why it is in that state, as of Endorsement."""
        worst = gravest(self.checks)
        return "" if worst.outcome == "passed" else worst.reason


def aside(web: Web) -> Web:
    """The web of endorsers: what *web* has answered is known, and their silence is no silence of the badge's issuer.

    Whom they would have asked stands in `web.endorsers`, be they asked or not.
    """

    def fetch(address: str) -> Fetched:
        if address in web.answers:
            return web.get(address)
        if len(web.endorsers) == MOST_ADDRESSES:
            raise Unreachable(address, "too-many")
        web.endorsers.append(address)
        if not web.asks_endorsers:
            raise Unreachable(address, NOT_ASKED)
        return web.fetch(address)

    return Web(fetch, web.now)


def without_silence(told: tuple[Endorsement, ...], web: Web) -> tuple[Endorsement, ...]:
    """*told*; where nobody answered because nobody was asked, that."""
    if web.asks_endorsers or not web.endorsers:
        return told
    return tuple(replace(one, reason=NOT_ASKED) if one.reason in _SILENT else one for one in told)


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
