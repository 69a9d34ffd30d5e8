"""Which badges are named to their holder: by a verified address, by one that was verified when it was looked at, or by the key
of the holder's to which its issuer bound it when it was handed over.

Rule 1: the engine says so, of the recipients that it read; no issuer is asked for it.
Rule 2: the first proof is dated and stays with the badge, as long as that names them. A mailbox dies, an address is taken
away: the badge is still theirs, and so is another edition of it.
Rule 3: a key lives as long as its badge, and goes where that goes; a better document of the same badge brings another one. The
private half lies sealed, for this key alone, and leaves this instance in no archive; the public half is told there.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, and_, delete, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from .. import accounts, openbadges, storage
from . import badges, issuer_responses, own_contexts, quota
from .models import ImportOutcome, KeptBadge, NewBadge

LONGEST_DID = 300


class BoundKey(accounts.OfHolder):
    """The key of one badge."""

    __tablename__ = "holder_keys"
    __table_args__ = (storage.NEVER_AGAIN,)

    badge_id: Mapped[int] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"), index=True)
    did: Mapped[str] = mapped_column(String(LONGEST_DID))
    """The public half: `did:jwk:…` or `did:key:…`."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The private one."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment)


def proven_addresses(session: Session, holder_id: int) -> tuple[str, ...]:
    """All that the holder has proven to be theirs, in each spelling that a badge may bear; keys last."""
    verified = [one.written for one in accounts.list_addresses(session, holder_id) if one.verified_at is not None]
    matched = select(KeptBadge.match).where(KeptBadge.holder_id == holder_id, KeptBadge.match.is_not(None))
    before = (match["address"] for match in session.scalars(matched) if match)
    keys = bound_dids(session, holder_id)
    return tuple(dict.fromkeys(filter(None, (*verified, *map(accounts.ascii_address, verified), *before, *keys))))


def verify_address(
    session: Session,
    known: accounts.SignedIn,
    address_id: int,
    code: str,
    now: datetime,
    writer: accounts.MailedCodeWriter,
) -> accounts.CodeAnswer:
    """As accounts.verify_address, and the holder's badges are matched with what is theirs now."""
    answer = accounts.verify_address(session, known, address_id, code, now, writer)
    if answer == "right":
        match_badges(session, known.holder.id, now)
    return answer


def remove_address(session: Session, known: accounts.SignedIn, address_id: int, now: datetime) -> None:
    """As accounts.remove_address, and the holder's badges are matched with what is left."""
    accounts.remove_address(session, known, address_id, now)
    match_badges(session, known.holder.id, now)


def note_check(
    session: Session,
    holder_id: int,
    badge_id: int,
    document: str,
    examination: openbadges.Examination,
    seen: tuple[dict[str, Any], ...],
) -> None:
    """Write down a new examination of *document*, the holder's badge; raises Missing when it is gone meanwhile.

    It is matched with what is theirs now: while the issuer was asked they may have verified an address, or taken one away.
    """
    kept = badges.get_badge(session, holder_id, badge_id, for_update=True)  # whoever matches it waits, or has done so
    is_same = kept.document == document  # else a better file came
    badges.note_new_examination(session, kept if is_same else None, examination, seen)
    quota.note_badge_size(session, badge_id)
    quota.sum_up_sizes(session, holder_id)
    match_badge(kept, proven_addresses(session, holder_id), examination.checked_at)


def note_contexts(
    session: Session,
    holder_id: int,
    badge_id: int,
    document: str,
    contexts: own_contexts.KeptContexts,
    examination: openbadges.Examination,
    seen: tuple[dict[str, Any], ...],
) -> str:
    """As `note_check`, of an examination under *contexts* that were just fetched: they stay with the badge.

    Gives why there is no room for them, as the reason of an outcome; nothing is kept then, and "" where they are.
    """
    kept = badges.get_badge(session, holder_id, badge_id, for_update=True)
    names = kept.files | own_contexts.context_files(contexts) | issuer_responses.response_files(seen)
    more = own_contexts.contexts_size(contexts) - own_contexts.contexts_size(kept.own_contexts)
    problem = quota.get_room(session, session.get_one(accounts.Holder, holder_id)).problem(more)
    if not problem:
        if kept.document == document:
            kept.own_contexts = {address: dict(entry) for address, entry in contexts.items()}
        note_check(session, holder_id, badge_id, document, examination, seen)
    storage.schedule_removal(session, names - kept.files, examination.checked_at)
    return problem


def match_badges(session: Session, holder_id: int, now: datetime) -> None:
    """See of every badge of the holder whether it is named to them."""
    theirs = proven_addresses(session, holder_id)
    all_theirs = select(KeptBadge).where(KeptBadge.holder_id == holder_id).order_by(KeptBadge.id).with_for_update()
    for kept in session.scalars(all_theirs.execution_options(populate_existing=True)):
        match_badge(kept, theirs, now)


def match_badge(kept: KeptBadge, theirs: Collection[str], now: datetime) -> None:
    """See of one badge, by what was read in it, whether it is named to one of *theirs* (`proven_addresses`)."""
    checks = kept.examination["checks"]
    before = next(check for check in checks if check["name"] == "named_to_me")
    recipients = [openbadges.Recipient(**one) for one in kept.read["recipients"]]
    named = openbadges.named_to_me(recipients, theirs, before["source"])
    after = asdict(named)
    if after != before:  # most badges say what they said
        kept.examination = kept.examination | {"checks": [after if one is before else one for one in checks]}
    intact = next(check["outcome"] for check in checks if check["name"] == "intact")
    if named.outcome != "passed" and intact == "passed":
        kept.match = None  # its address is among *theirs*: a hosted badge may name somebody else since
    badges.note_proof(kept, named, intact, now)


def documents_here(session: Session, holder_id: int, arrived: Sequence[NewBadge | ImportOutcome]) -> frozenset[str]:
    """Which documents of what *arrived* the holder's badges have, those that were removed as well."""
    names = {one.document for one in arrived if isinstance(one, NewBadge)}
    theirs = select(KeptBadge.document).where(KeptBadge.holder_id == holder_id, KeptBadge.document.in_(names))
    return frozenset(session.scalars(theirs))


def has_other_document(
    session: Session, badge_id: int, arrived: NewBadge | ImportOutcome, before: Collection[str]
) -> bool:
    """Whether the badge has the document that *arrived* now, and had it not *before* (`documents_here`): the key of a document
    that was let go, goes with that."""
    kept = session.get(KeptBadge, badge_id)
    return bool(kept and isinstance(arrived, NewBadge) and arrived.document == kept.document not in before)


def keep_key(  # both halves, and whose
    session: Session, did: str, secret: bytes, holder_id: int, badge_id: int, seal: storage.Seal, now: datetime
) -> None:
    """Keep the key of a badge that came by it, in the place of the one that its document before was bound to."""
    session.execute(delete(BoundKey).where(BoundKey.badge_id == badge_id))
    sealed = seal(secret, _purpose(did))
    session.add(BoundKey(holder_id=holder_id, badge_id=badge_id, did=did, sealed=sealed, made_at=now))


def bound_dids(session: Session, holder_id: int) -> list[str]:
    """The public halves of all keys of the holder."""
    return list(session.scalars(select(BoundKey.did).where(BoundKey.holder_id == holder_id).order_by(BoundKey.id)))


def unseal_key(kept: BoundKey, unseal: storage.Seal) -> bytes:
    """The private half, 32 bytes; raises Unsealable."""
    return unseal(kept.sealed, _purpose(kept.did))


def move_keys(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """The keys of a visitor's badges that were just moved to a holder go with them: also of one whose file took the place of the
    holder's own, with the key of that."""
    session.flush()
    there = aliased(KeptBadge)
    theirs = (
        select(BoundKey, there.id)
        .join(KeptBadge, KeptBadge.id == BoundKey.badge_id)
        .join(there, and_(there.identity == KeptBadge.identity, there.document == KeptBadge.document))
        .where(BoundKey.holder_id == from_holder_id, there.holder_id == to_holder_id)
    )
    for key, badge_id in session.execute(theirs).all():
        session.execute(delete(BoundKey).where(BoundKey.badge_id == badge_id, BoundKey.id != key.id))
        key.holder_id, key.badge_id = to_holder_id, badge_id


def _purpose(did: str) -> str:
    # Of no holder: a visitor's key joins the wallet that they turn out to have, where nobody has the keys of the instance.
    return f"holder key {did}"
