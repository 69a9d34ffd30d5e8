"""Badges that a stranger's link brought while nobody was signed in: they wait until the holder who then came in has said
whether they are to be added.

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
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Integer, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from ..accounts import Holder, ensure_holder
from ..storage import fetch_one
from . import cards, keeping
from .models import ImportOutcome, KeptBadge, NewBadge

PENDING_LASTS = timedelta(days=30)
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


def has_unasked(session: Session, holder_id: int) -> bool:
    """Whether a link brought anything that is still with the holder, or the visitor, and nobody has said that they want."""
    return bool(session.scalar(select(exists().where(KeptBadge.holder_id == holder_id, *UNANSWERED))))


def came_by_link(kept: KeptBadge) -> bool:
    """Whether a share is to say of a badge that a link had brought it, which may be anybody's."""
    return kept.unasked is not None and kept.match is None


def is_wanted(kept: KeptBadge) -> bool:
    """Whether the holder asked for a badge of theirs, or it is named to them: the link that brought it may be anybody's."""
    return not kept.unasked or kept.match is not None


def list_pending(session: Session, holder_id: int) -> tuple[list[tuple[cards.Card, datetime | None]], int]:
    """Of the badges that wait for the holder's word the newest AT_ONCE, and until when each waits; how many more wait."""
    newest = (
        select(KeptBadge, Holder.leaves_at)
        .join(Holder, Holder.id == KeptBadge.holder_id)
        .where(*WAITING)
        .order_by(KeptBadge.added_at.desc(), KeptBadge.id.desc())
        .limit(AT_ONCE)
    )
    asked = [(kept.card, leaves_at) for kept, leaves_at in session.execute(newest, {"holder": holder_id})]
    count = session.scalar(select(func.count(KeptBadge.id)).where(*WAITING), {"holder": holder_id}) or 0
    return asked, max(0, count - len(asked))


def refuse_pending(session: Session, holder_id: int, badge_id: int, now: datetime) -> None:
    """« Non » : the badge goes as a removed one does, with the visitor when it was the last; raises Missing."""
    waiting = waiting_badge(session, holder_id, badge_id)
    waiting.removed_at = now
    _let_go(session, waiting.holder_id, now)


def refuse_all_pending(session: Session, holder_id: int, now: datetime) -> None:
    """« Non à tous » : as `refuse_pending`, of each that waits for the holder; nothing happens where none does."""
    for visitor_id in session.scalars(VISITORS.order_by(Holder.id).with_for_update(), {"holder": holder_id}).all():
        session.execute(update(KeptBadge).where(KeptBadge.holder_id == visitor_id, *UNANSWERED).values(removed_at=now))
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
