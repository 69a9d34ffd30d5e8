"""Badges that come into a wallet together: which are new, better than what is there, the same, or altered copies.

Rule 1: nobody else writes meanwhile. What is there is asked once and what is new is written at once: two hundred badges ask
no more than five do. (On SQLite each has an INSERT of its own, whose number is read at once; that costs little.)
Rule 2: what finds no room is told, and its files are let go; as are those of which the better file is here already. The very
file that is here needs none: it is looked at as when it is looked at again.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, openbadges, storage
from . import badges, cards, quota
from .models import ImportOutcome, KeptBadge, NewBadge, OutcomeKind


def keep_badges(
    session: Session,
    holder: accounts.Holder,
    arrived: Sequence[NewBadge | ImportOutcome],
    now: datetime,
    room: quota.Room | None = None,
) -> list[ImportOutcome]:
    """Keep what was found, in its order, where there is room for it; a line for each arrival.

    A badge that the holder has already is told, and made better where the new file is. *room* is that of somebody else,
    for whom it is kept there.
    """
    room = room or quota.get_room(session, holder)
    wallet = _Wallet(session, holder, [one for one in arrived if isinstance(one, NewBadge)], now, room)
    lines = [wallet.take(one) if isinstance(one, NewBadge) else one for one in arrived]
    session.add_all(wallet.added)
    session.flush()
    storage.schedule_removal(session, wallet.let_go, now)
    quota.note_sizes(session, wallet.taken)
    quota.sum_up_sizes(session, holder.id)
    return [
        one if isinstance(one, ImportOutcome) else ImportOutcome(one[0], one[1], badge_id=one[2].id) for one in lines
    ]


def why_no_room(session: Session, holder: accounts.Holder | None) -> str:
    """Why not one badge more may join those of *holder*, or of somebody who is nobody as yet, as the reason of an Outcome; ""
    when one may. Asked before what can be had once alone is fetched, or taken from whoever sends it."""
    if reason := quota.get_room(session, holder).problem(1):
        return reason
    count = badges.count_badges(session, holder.id) if holder else 0
    return "too-many" if count >= badges.MOST_BADGES else ""


class _Wallet:
    """What a holder has of what is found, and how much more finds room."""

    def __init__(
        self, session: Session, holder: accounts.Holder, found: Sequence[NewBadge], now: datetime, room: quota.Room
    ) -> None:
        self.holder_id, self.now = holder.id, now
        same = session.scalars(
            select(KeptBadge).where(  # removed ones included
                KeptBadge.holder_id == holder.id, KeptBadge.identity.in_({identity_of(one) for one in found})
            )
        )
        self.there = {kept.identity: kept for kept in same}
        self.count = badges.count_badges(session, holder.id)
        self.room = room
        self.came_in = set[str | None]()
        self.added, self.let_go = list[KeptBadge](), set[str]()
        self.taken = list[tuple[KeptBadge, NewBadge]]()

    def take(self, found: NewBadge) -> ImportOutcome | tuple[str, OutcomeKind, KeptBadge]:
        """What becomes of it: a line, or what makes one as soon as the badge has its number."""
        identity = identity_of(found)
        kept = self.there.get(identity)
        is_here = kept is not None and (kept.document, kept.came_in) == (found.document, found.came_in)
        size = 0 if is_here else quota.badge_size_beside(self.came_in, found)
        reason = self.room.problem(size) or ("too-many" if kept is None and self.count >= badges.MOST_BADGES else "")
        if reason and not is_here:
            self.let_go |= found.files
            return ImportOutcome(found.file_name, "problem", reason)
        self.came_in.add(found.came_in)
        if kept is None:
            kind: OutcomeKind = "added"
            kept = KeptBadge(holder_id=self.holder_id, identity=identity, added_at=self.now, good=None, good_at=None)
            badges.replace_file(kept, found, self.now)
            self.count += 1
            self.there[identity] = kept
            self.added.append(kept)
        else:
            before = kept.files
            kind = _take_again(kept, found, self.now)
            self.let_go |= (before | found.files) - kept.files
        if kind in ("added", "updated"):
            self.room.take(size)
            self.taken.append((kept, found))
        return found.file_name, kind, kept


def _take_again(kept: KeptBadge, found: NewBadge, now: datetime) -> OutcomeKind:
    """The holder has it already; a removed one is there again."""
    was_removed, kept.removed_at = kept.removed_at is not None, None
    is_mended = (
        cards.is_document_lost(kept.state, kept.examination) and kept.document == found.document
    )  # it is on the shelf again
    is_outdated = kept.document == found.document and badges.was_withdrawn_after(found.examination.checked_at, kept)
    state, not_shared = found.examination.state, found.examination.not_shared
    is_proven = all(found.examination.check(name).outcome == "passed" for name in ("intact", "bound"))
    is_better = not is_outdated and (
        badges.replaces(state, found.examination.badge.valid_from, not_shared, kept)
        or badges.shows_more(state, not_shared, kept)
        or badges.mends_loss(found.document, is_proven, kept)
    )
    is_worse = found.examination.state == "invalid" and kept.state != "invalid"
    is_withdrawn = note_withdrawal(kept, found)
    if is_mended:
        badges.note_examination(kept, found.examination, found.seen, is_of_same_file=True)
    elif is_better:
        badges.replace_file(kept, found, now)
    is_other_now = is_mended or is_better or is_withdrawn
    if is_worse and not is_other_now:  # nobody reads that what they brought was added
        return "worse"
    if was_removed or is_other_now:
        return "added" if was_removed else "updated"
    is_unsure = found.examination.why_unknown == "later" and badges.is_newer(found.examination.badge.valid_from, kept)
    return "unsure" if is_unsure else "duplicate"


def note_withdrawal(kept: KeptBadge, found: NewBadge) -> bool:
    """Where *found* was withdrawn since *kept* was looked at: written down of the same document, and whether it was; by another
    one nobody knows that of *kept*, which is looked at soon."""
    if not badges.is_withdrawn_since(found.examination.state, found.examination.checked_at, kept):
        return False
    if kept.document == found.document:
        badges.note_examination(kept, found.examination, found.seen, is_of_same_file=True)
        return True
    kept.due_at = found.examination.checked_at
    return False


def is_edition_of(kept: KeptBadge, badge: openbadges.Badge) -> bool:
    """Whether *badge* may be another edition of *kept*: of its issuer, and the same one, of the same achievement or person."""
    read = kept.read
    if not read["issuer"]["id"] or _plain(read["issuer"]["id"]) != _plain(badge.issuer.id):
        return False
    subjects = {one["identity"] for one in read["recipients"] if one["type"] == "id" and not one["hashed"]}
    pairs = ((read["id"], badge.id), (read["achievement"]["id"], badge.achievement.id))
    return any(old and _plain(old) == _plain(new) for old, new in pairs) or any(
        one.type == "id" and one.identity in subjects for one in badge.recipients
    )


def _plain(identifier: str) -> str:
    return unquote(identifier).strip()


def identity_of(found: NewBadge) -> str:
    """Which badge it is, as `KeptBadge.identity` has it."""
    badge = found.examination.badge
    named = f"{_plain(badge.issuer.id)}\n{_plain(badge.id)}" if badge.id else found.document
    return hashlib.sha256(named.encode()).hexdigest()
