"""When a rescue paper, and a place on the home screen, are offered: from the second badge or the first share on, never
before, and never both at once."""

from sqlalchemy import BindParameter, Integer, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from .. import accounts, badges, shares

FROM = 2
"""Badges."""
HOLDER: BindParameter[int] = bindparam("holder", type_=Integer)
OF_BADGES = (
    select(func.count()).select_from(badges.KeptBadge).where(badges.KeptBadge.holder_id == HOLDER).scalar_subquery()
)
HAS_SOMETHING = or_(exists().where(shares.Share.holder_id == HOLDER), OF_BADGES >= FROM)
WANTS = select(
    ~exists().where(accounts.RecoveryCode.holder_id == HOLDER, accounts.RecoveryCode.used_at.is_(None)) & HAS_SOMETHING
)
OFFER_BOTH = select(HAS_SOMETHING, *WANTS.selected_columns)
"""Whether the holder has something to lose, and whether no paper opens it."""


def should_offer_code(session: Session, holder_id: int) -> bool:
    """Whether the holder has something to lose, and no paper that opens it."""
    return bool(session.scalar(WANTS, {"holder": holder_id}))
