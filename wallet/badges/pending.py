"""Badges that nobody asked for: what a stranger's link brought while nobody was signed in, and what a platform sent that is
not known to be the holder's. They wait until the holder has said whether they are to be added.

Rule 1: what nobody asked for joins no wallet by itself. It stays with the visitor whom it made, a holder of their own
whom no device opens any more, so that nothing of the wallet that they wait for counts, lists, shows or packs it.
Rule 2: what is added is added by the holder's own hand, and is from then on a badge like all others; what is not wanted,
and what nobody answers for within WAITS, is erased.
Rule 3: whoever writes about what waits locks in the order of all others: the holder, the visitor, the badge. Whoever erases
the visitor meanwhile, or answers for another badge of theirs, waits, and nobody waits in turn.
Rule 4: whoever makes a wallet where a link had brought something has it there, and nothing shows it to others by itself:
in a share it is ticked by their own hand, or when it is named to them; and until then it says nobody's first name.
Rule 5: « Garder ce badge », touched on the page that shows that badge, is an own hand: whoever opened the link saw what it
brought, and made a key to keep just that. A key that was made elsewhere, with a paper, for other badges or for a moment
is no such hand. How it came is said in a share all the same, until it is shown once, unless it is named to them.
Rule 6: what a platform sends that they connected is kept at once where it is valid and named to them: they connected it for
that. All else of it waits in the same way, each badge with a visitor made for it alone, so that each has its thirty days.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from .. import openbadges
from ..accounts import Holder, create_visitor, ensure_holder, lock_holder
from ..storage import Missing, fetch_one, schedule_removal
from . import cards, keeping, ownership, paging, quota
from .models import GOOD_STATES, ImportOutcome, KeptBadge, NewBadge

PENDING_LASTS = timedelta(days=30)
MOST_SENT = 500
"""Badges of platforms that wait for one holder: those of sites that are gone wait, too, and each takes a visitor."""
AT_ONCE = 3
"""Questions on one page: a link may lead to hundreds of badges, and her own stand below them."""
HOLDER: BindParameter[int] = bindparam("holder", type_=Integer)
VISITORS = select(Holder.id).where(Holder.waits_for_id == HOLDER, Holder.kept_at.is_(None))
UNANSWERED = (KeptBadge.unasked.is_(True), KeptBadge.removed_at.is_(None))
WAITING = (KeptBadge.holder_id.in_(VISITORS), *UNANSWERED)
"""What the visitor brought themselves and the holder has already stays with the visitor, and asks nothing."""
ANY_PENDING = select(exists().where(*WAITING))
"""Whether any badge waits for the holder's word; asked each time they see their badges."""


def keep_or_ask(
    session: Session,
    holder: Holder | None,
    arrived: Sequence[NewBadge | ImportOutcome],
    now: datetime,
    *,
    unasked: bool,
) -> tuple[str, list[ImportOutcome]]:
    """Keep what was found, in the order in which it came; whoever was nobody as yet becomes a visitor.

    Gives the token of the visitor's new device, "" when the holder was here already, and a line for each arrival. Of what
    a visitor is brought it is noted whether they asked for it themselves, and what a holder brings once more they want.
    """
    here, token = ensure_holder(session, holder, now)
    outcomes = keeping.keep_badges(session, here, arrived, now)
    # What was there before was asked for, or is noted already: a link that is opened again changes nothing.
    ids = [one.badge_id for one in outcomes if one.badge_id and (one.kind == "added" or not unasked)]
    noted = update(KeptBadge).where(KeptBadge.id.in_(ids))
    if holder is None or not holder.is_kept:
        session.execute(noted.values(unasked=unasked or None))
    elif not unasked:
        session.execute(noted.where(KeptBadge.unasked.is_not(None)).values(unasked=None))
    return token, outcomes


Taken = Literal["kept", "here", "waits", "refused"]
"""What became of a badge that a platform sent: the holder's, as before; or why it is not theirs as yet, or never."""


def keep_sent(
    session: Session, holder_id: int, found: NewBadge, now: datetime, before: int | None = None
) -> tuple[Taken, int | None]:
    """Keep what a platform of the holder's sent, or let it wait for their word (rule 6): what became of it, and the badge.

    *before* is the badge that came of what it sent before. What bears the name of another badge, which the holder
    has or which waits, and is not known to be theirs waits as if there were none: whoever wrote that name would
    else learn that they have it. Refused is what finds no room, or too many beside it, and what they just removed
    and is not known to be theirs. Raises Missing for a holder who erased all meanwhile.
    """
    holder = lock_holder(session, holder_id)
    identity = keeping.identity_of(found)
    same = select(KeptBadge).where(KeptBadge.identity == identity)
    here = session.scalar(same.where(KeptBadge.holder_id == holder_id))
    its = or_(KeptBadge.id == before, KeptBadge.document == found.document)
    waiting = session.scalar(same.where(*WAITING, its).order_by(KeptBadge.id), {"holder": holder_id})
    room = quota.get_room(session, holder)
    if _is_theirs(session, holder_id, found):
        [outcome] = keeping.keep_badges(session, holder, [found], now, room)
        if outcome.badge_id is None:
            return "refused", None
        kept = session.get_one(KeptBadge, outcome.badge_id)
        kept.unasked = None
        ownership.match_badge(kept, ownership.proven_addresses(session, holder_id), now)
        if waiting:  # it waited before it was known to be theirs
            with suppress(Missing):
                refuse_pending(session, holder_id, waiting.id, now)
        return ("kept" if outcome.kind == "added" else "here"), kept.id
    if here and here.removed_at is not None:
        schedule_removal(session, found.files - here.files, now)
        return "refused", None
    if here and (here.id == before or here.document == found.document):
        return _stay(session, here, found, now)
    if not waiting and _count_waiting(session, holder_id) >= MOST_SENT:
        schedule_removal(session, found.files, now)
        return "refused", None
    visitor = session.get(Holder, waiting.holder_id, with_for_update=True) if waiting else create_visitor(session, now)
    if visitor is None:  # what waited has just left
        raise Missing
    [outcome] = keeping.keep_badges(session, visitor, [found], now, room)
    session.execute(update(KeptBadge).where(KeptBadge.id == outcome.badge_id).values(unasked=True))
    if waiting:
        return "here", waiting.id
    visitor.waits_for_id, visitor.leaves_at = holder_id, now + (PENDING_LASTS if outcome.badge_id else timedelta())
    return ("waits" if outcome.badge_id else "refused"), outcome.badge_id


def _stay(session: Session, here: KeptBadge, found: NewBadge, now: datetime) -> tuple[Taken, int]:
    """What the holder has stays as it is, unless its issuer withdrew it since."""
    names = here.files | found.files
    if keeping.note_withdrawal(here, found):
        quota.note_badge_size(session, here.id)
    schedule_removal(session, names - here.files, now)
    return "here", here.id


def _is_theirs(session: Session, holder_id: int, found: NewBadge) -> bool:
    """Whether it is valid and named to the holder, by what is proven to be theirs at this moment."""
    named = openbadges.named_to_me(
        found.examination.badge.recipients, ownership.proven_addresses(session, holder_id), ""
    )
    return found.examination.state == GOOD_STATES and named.outcome == "passed"


def has_unasked(session: Session, holder_id: int) -> bool:
    """Whether a link brought anything that is still with the holder, or the visitor, and nobody has said that they want."""
    return bool(session.scalar(select(exists().where(KeptBadge.holder_id == holder_id, *UNANSWERED))))


def came_by_link(kept: KeptBadge) -> bool:
    """Whether a share is to say of a badge that a link had brought it, which may be anybody's."""
    return kept.unasked is not None and kept.match is None


def is_wanted(kept: KeptBadge) -> bool:
    """Whether the holder asked for a badge of theirs, or it is named to them: the link that brought it may be anybody's."""
    return not kept.unasked or kept.match is not None


def list_pending(
    session: Session, holder_id: int, *which: ColumnElement[bool], number: int = 1, most: int = AT_ONCE
) -> tuple[list[tuple[cards.Card, datetime | None]], paging.BadgePage]:
    """Of the badges that wait for the holder's word, *which* of them, the newest on the page of that *number*, *most* on each,
    and until when each waits; and how many there are."""
    count = _count_waiting(session, holder_id, *which)
    leaves = max(1, -(-count // most))
    number = min(max(1, number), leaves)
    newest = (
        select(KeptBadge, Holder.leaves_at)
        .join(Holder, Holder.id == KeptBadge.holder_id)
        .where(*WAITING, *which)
        .order_by(KeptBadge.added_at.desc(), KeptBadge.id.desc())
        .limit(most)
        .offset((number - 1) * most)
    )
    asked = [(kept.card, leaves_at) for kept, leaves_at in session.execute(newest, {"holder": holder_id})]
    return asked, paging.BadgePage(number, leaves, count, ())


def _count_waiting(session: Session, holder_id: int, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(KeptBadge.id)).where(*WAITING, *which), {"holder": holder_id}) or 0


def refuse_pending(session: Session, holder_id: int, badge_id: int, now: datetime) -> None:
    """« Non » : the badge goes as a removed one does, with the visitor when it was the last; raises Missing."""
    waiting = waiting_badge(session, holder_id, badge_id)
    waiting.removed_at = now
    _let_go(session, waiting.holder_id, now)


def refuse_all_pending(session: Session, holder_id: int, now: datetime, *which: ColumnElement[bool]) -> None:
    """« Non à tous » : as `refuse_pending`, of each that waits for the holder, *which* of them; nothing happens where none does."""
    for visitor_id in session.scalars(VISITORS.order_by(Holder.id).with_for_update(), {"holder": holder_id}).all():
        theirs = (KeptBadge.holder_id == visitor_id, *UNANSWERED, *which)
        session.execute(update(KeptBadge).where(*theirs).values(removed_at=now))
        _let_go(session, visitor_id, now)


def pending_visitors(session: Session, holder_id: int) -> list[int]:
    """The visitors with whom something waits for the holder: they go with the wallet when it is erased."""
    return list(session.scalars(VISITORS, {"holder": holder_id}))


def _let_go(session: Session, visitor_id: int, now: datetime) -> None:
    """A visitor with whom nothing waits any more is over."""
    if not has_unasked(session, visitor_id):
        session.execute(update(Holder).where(Holder.id == visitor_id).values(leaves_at=now))


def waiting_badge(session: Session, holder_id: int, badge_id: int) -> KeptBadge:
    # Whoever just adds a row of the holder's refers to them, and goes on; all who lock them wait.
    session.execute(select(Holder.id).where(Holder.id == holder_id).with_for_update(key_share=True))
    its = select(KeptBadge.holder_id).where(*WAITING, KeptBadge.id == badge_id)
    session.execute(select(Holder.id).where(Holder.id.in_(its)).with_for_update(), {"holder": holder_id})
    return fetch_one(
        session, select(KeptBadge).where(*WAITING, KeptBadge.id == badge_id).with_for_update(), {"holder": holder_id}
    )
