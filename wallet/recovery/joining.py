"""What a visitor brought joins the wallet that they turn out to have: badges, what they told of them, and what goes with it; and
all that came with an archive.

What a link brought unasked does not: it waits until the holder has said whether it is to be added (badges/pending.py).
"""

from datetime import datetime

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, issuance, messages, shares, storage
from ..badges import KeptBadge

HISTORY = (shares.Share, messages.Message, accounts.EmailAddress, accounts.Event, accounts.Photo)
"""What an archive brings besides badges, moments and words of others."""


def join_wallet(session: Session, visitor_id: int, holder_id: int, now: datetime) -> bool:
    """A visitor turned out to have a wallet: what they brought themselves joins it, and what a link brought unasked waits.

    Whether something waits, and the visitor is still needed for it. What they told a moment of is theirs by that.
    """
    _ask_for_the_told(session, visitor_id)
    move_badges(session, visitor_id, holder_id, now)
    if not badges.has_unasked(session, visitor_id):
        return False
    session.execute(delete(accounts.Device).where(accounts.Device.holder_id == visitor_id))
    # What the holder has already, too, is left with them, and would come along when they are joined once more.
    left = (KeptBadge.holder_id == visitor_id, KeptBadge.unasked.is_not(True), KeptBadge.removed_at.is_(None))
    session.execute(update(KeptBadge).where(*left).values(removed_at=now))
    for table in HISTORY:
        session.execute(delete(table).where(table.holder_id == visitor_id))
    session.execute(
        update(accounts.Holder)
        .where(accounts.Holder.id == visitor_id)
        .values(waits_for_id=holder_id, leaves_at=now + badges.PENDING_LASTS, name="", sought="")
    )
    return True


def has_to_keep(session: Session, visitor_id: int) -> bool:
    """Whether a visitor has what a key would keep: badges, moments, words of others, what came with an archive; that one was
    brought is noted whatever came with it, and nobody keeps what they removed."""
    removable = (KeptBadge, evidence.Evidence, endorsements.Endorsement, messages.Message)
    theirs = [and_(table.holder_id == visitor_id, table.removed_at.is_(None)) for table in removable]
    left = [table for table in HISTORY if table not in {accounts.Event, messages.Message}]
    theirs += [table.holder_id == visitor_id for table in left]
    return any(session.scalar(select(exists().where(one))) for one in theirs)


def accept_pending(session: Session, holder_id: int, badge_id: int, now: datetime) -> None:
    """« Oui » : the badge joins the wallet; raises Missing for one that does not wait for this holder."""
    waiting = badges.waiting_badge(session, holder_id, badge_id)
    visitor_id, waiting.unasked = waiting.holder_id, None
    if not join_wallet(session, visitor_id, holder_id, now):
        accounts.erase_holder(session, visitor_id)


def keep_seen_badge(session: Session, holder_id: int, badge_id: int | None) -> None:
    """A visitor made their key on the page of that badge, or, with None, on the one of all that they have (rule 5)."""
    _ask_for_the_told(session, holder_id)
    if badge_id is None:
        theirs = select(KeptBadge.id).where(KeptBadge.holder_id == holder_id, KeptBadge.removed_at.is_(None))
        found = session.scalars(theirs.limit(2)).all()
        if len(found) != 1 or session.scalar(select(exists().where(evidence.Evidence.holder_id == holder_id))):
            return
        badge_id = found[0]
    session.execute(
        update(KeptBadge)
        .where(KeptBadge.holder_id == holder_id, KeptBadge.id == badge_id, *badges.UNANSWERED)
        .values(unasked=False)
    )


def move_badges(session: Session, from_holder_id: int, to_holder_id: int, now: datetime) -> None:
    """As badges.move_badges, with what they told of them, what issuers promised, and what waits as it was shared; what joins the
    wallet is matched with its holder's addresses."""
    storage.schedule_removal(session, _files_of_both(session, from_holder_id, to_holder_id), now)  # most of them stay
    endorsements.move_endorsements(session, from_holder_id, to_holder_id, now)
    _move_history(session, from_holder_id, to_holder_id, now)
    badges.move_badges(session, from_holder_id, to_holder_id)
    issuance.move_sent(session, from_holder_id, to_holder_id)
    badges.move_keys(session, from_holder_id, to_holder_id)
    badges.move_shared_items(session, from_holder_id, to_holder_id)
    issuance.openid4vci.move_promised(session, from_holder_id, to_holder_id, now)
    for moment in evidence.move_evidence(session, from_holder_id, to_holder_id):
        shares.detach_moment(session, moment)
    badges.sum_up_sizes(session, from_holder_id)
    if badges.proven_addresses(session, to_holder_id):
        badges.match_badges(session, to_holder_id, now)


def _move_history(session: Session, from_holder_id: int, to_holder_id: int, now: datetime) -> None:
    """What an archive brought to the visitor besides; what the holder has stays."""
    shares.move_past_shares(session, from_holder_id, to_holder_id)
    messages.move_messages(session, from_holder_id, to_holder_id)
    accounts.move_addresses(session, from_holder_id, to_holder_id, now)
    accounts.move_events(session, from_holder_id, to_holder_id)
    visitor, holder = (session.get_one(accounts.Holder, id) for id in (from_holder_id, to_holder_id))
    photo = accounts.get_photo(session, from_holder_id)
    if visitor.language and not holder.language:
        accounts.set_language(session, to_holder_id, visitor.language)
    if visitor.name or visitor.sought or photo:
        told = visitor.name, visitor.sought
        shares.restore_profile(session, holder, told, photo.content if photo else b"", now)


def _files_of_both(session: Session, from_holder_id: int, to_holder_id: int) -> set[str]:
    """All files of a visitor, and those of badges that the holder has already: of each two one file may be the better."""
    theirs = select(KeptBadge.identity).where(KeptBadge.holder_id == from_holder_id)
    doubled = and_(KeptBadge.holder_id == to_holder_id, KeptBadge.identity.in_(theirs))
    found = badges.badge_files(session, or_(KeptBadge.holder_id == from_holder_id, doubled))
    attached = evidence.attachment_files(session, evidence.attachment_of_holder(from_holder_id))
    handed = badges.shared_item_files(session, badges.SharedItem.holder_id == from_holder_id)
    return {name for _, name in (*found, *attached, *handed)}


def _ask_for_the_told(session: Session, holder_id: int) -> None:
    """What they told a moment of is theirs by that."""
    told = select(evidence.Evidence.id).where(evidence.Evidence.holder_id == holder_id)
    spoken_of = select(evidence.EvidencedBadge.badge_id).where(evidence.EvidencedBadge.evidence_id.in_(told))
    session.execute(
        update(KeptBadge)
        .where(KeptBadge.holder_id == holder_id, KeptBadge.id.in_(spoken_of))
        .where(KeptBadge.unasked.is_not(None))
        .values(unasked=None)
    )
