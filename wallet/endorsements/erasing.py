"""Words that go for good, and requests that are over: what a holder removed, and all that whoever leaves had.

Rule 1: a word that was signed here never goes before its bit is set in its list: whoever has its file reads from then on that
it was withdrawn, and nobody's file outlives the row by which it could be. A visitor has words by an archive alone, whoever brought
it: where they go without a key nothing is withdrawn, and the word may come back to whose it is.
Rule 2: a word goes with its files, and with the bytes that were counted for them.
Rule 3: nothing is forgotten while a return guards the wallet, where a thief may be in.
Rule 4: the holder is locked before a list is, by whoever locks both; and a word.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from .. import accounts, evidence, storage
from .models import UNANSWERED_LASTS, UNREAD_LASTS, Endorsement, EndorsementRequest, endorsement_files
from .status_lists import set_withdrawn

UNDO_REMOVAL = timedelta(days=1)
"""How long a word that was removed can be put back."""
FORGOTTEN_TOGETHER = 50
"""Words that are erased in one transaction: nobody who writes waits for more."""


def withdraw_all(session: Session, holder_id: int) -> None:
    """Every word of the holder is withdrawn in its list; their rows stay. The holder is locked."""
    _set_bits(session, Endorsement.holder_id == holder_id)


def erase_endorsements(session: Session, holder_id: int, most: int) -> tuple[int, set[str]]:
    """Erase up to *most* words of the holder for good: how many there were, and the files that they named."""
    theirs = select(Endorsement.id).where(Endorsement.holder_id == holder_id)
    ids = list(session.scalars(theirs.order_by(Endorsement.id).limit(most)))
    return len(ids), erase_words(session, Endorsement.id.in_(ids))


def forget_removed_endorsements(session: Session, now: datetime) -> bool:
    """Erase some of the words that were removed and not put back, for good: whether there are more.

    What the operator still has to read, as its holder was told when they reported it, is withdrawn all the same, and stays until
    it is read: UNREAD_LASTS at most.
    """
    over = now - UNDO_REMOVAL
    waits = _waits_to_be_read(Endorsement.removed_at, now)
    withdrawn = select(Endorsement.id).where(_goes(Endorsement.removed_at, over, now), waits).order_by(Endorsement.id)
    ids = session.scalars(withdrawn.with_for_update()).all()
    has_more = _forget_some(session, Endorsement.removed_at, over, now, ~waits)
    _set_bits(session, Endorsement.id.in_(ids))
    return has_more


def forget_unread_endorsements(session: Session, now: datetime) -> bool:
    """Erase some of the words that were asked for and that their holder did not keep within UNREAD_LASTS: whether there are more.

    Whoever wrote them knows of that; what came as a file ends sooner (checking.py). What was removed goes as that does, and what
    was reported when it was read, or UNREAD_LASTS later.
    """
    waits = (Endorsement.accepted_at.is_(None), Endorsement.origin == "asked", Endorsement.removed_at.is_(None))
    is_read = ~_waits_to_be_read(Endorsement.reported_at, now)
    return _forget_some(session, Endorsement.arrives_at, now - UNREAD_LASTS, now, *waits, is_read)


def forget_old_requests(session: Session, now: datetime) -> bool:
    """Of what was asked for UNANSWERED_LASTS ago nothing stays, answered or not, some of it: whether there is more.

    The word that came of it stays; its link opens nothing any more but the page on which it is taken back.
    """
    return storage.delete_some(session, EndorsementRequest, EndorsementRequest.made_at, now - UNANSWERED_LASTS)


def erase_words(session: Session, which: ColumnElement[bool]) -> set[str]:
    """Erase these words for good: the files that they named."""
    _set_bits(session, which)
    names = {name for _, name in endorsement_files(session, which)}
    sizes = select(Endorsement.holder_id, func.sum(Endorsement.size)).where(which).group_by(Endorsement.holder_id)
    freed = {row[0]: int(row[1]) for row in session.execute(sizes)}
    session.execute(delete(Endorsement).where(which))
    for holder_id, size in sorted(freed.items()):  # in the order of all who lock several
        accounts.add_size(session, holder_id, -size)
    return names


def need_room(session: Session, holder_id: int, more: int) -> None:
    """Raises evidence.EvidenceFull where *more* bytes of a document or a voice would not fit: they share the room of what the
    holder tells."""
    evidence.need_room(session, holder_id, more)


def add_bytes(session: Session, endorsement: Endorsement, more: int) -> None:
    """The files of a word take *more* bytes from now on; less, where it is below nothing."""
    endorsement.size += more
    accounts.add_size(session, endorsement.holder_id, more)


def _forget_some(
    session: Session,
    column: InstrumentedAttribute[Any],
    before: datetime,
    now: datetime,
    *which: ColumnElement[bool],
) -> bool:
    over = and_(_goes(column, before, now), *which)
    some = select(Endorsement.id).where(over).order_by(column).limit(FORGOTTEN_TOGETHER)
    ids = list(session.scalars(some.with_for_update()))
    storage.schedule_removal(session, erase_words(session, Endorsement.id.in_(ids)), now)
    return len(ids) == FORGOTTEN_TOGETHER


def _waits_to_be_read(since: InstrumentedAttribute[Any], now: datetime) -> ColumnElement[bool]:
    """Says of a word whether it was reported and the operator still has to read it; UNREAD_LASTS after *since* at most."""
    unread = and_(Endorsement.reported_at.is_not(None), Endorsement.closed_at.is_(None))
    return and_(unread, since.is_not(None), since > now - UNREAD_LASTS)


def _goes(column: InstrumentedAttribute[Any], before: datetime, now: datetime) -> ColumnElement[bool]:
    """Says of a word whether its time was over *before*, and no return guards it (rule 3)."""
    return and_(column < before, Endorsement.holder_id.not_in(accounts.pending_holders(now)))


def _set_bits(session: Session, which: ColumnElement[bool]) -> None:
    kept = select(accounts.Holder.id).where(accounts.Holder.kept_at.is_not(None))
    placed = select(Endorsement.list_id, Endorsement.list_index).where(
        which, Endorsement.list_id.is_not(None), Endorsement.holder_id.in_(kept)
    )
    by_list = storage.grouped((row[0] or 0, row[1] or 0) for row in session.execute(placed))
    for list_id, indexes in sorted(by_list.items()):
        set_withdrawn(session, list_id, indexes)
