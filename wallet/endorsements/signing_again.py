"""Words that this instance signed with a key that it gave up, signed anew.

Rule: only what was signed here is: a word that its tutor gave by a link of ours, and that has its place in a list of ours. What
came as a file or with an archive may be of whoever had the key; it stays as it is, and nobody believes it any more.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import openbadges, storage
from .models import Endorsement
from .signing import AnotherSigner, method_of, sign_again

AT_ONCE = 100
"""Words that are looked at together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedAgain:
    """What came of it."""

    signed: Mapping[str, int]
    """How many words were signed anew, by the multikey with which they were signed before."""
    lost: Sequence[int]
    """The words whose document is not to be had: their numbers."""


def sign_words_again(
    database: storage.Database,
    files: storage.FileStore,
    signer: openbadges.Signer,
    published: Collection[str],
    now: datetime,
) -> SignedAgain:
    """Sign anew what was signed with a key that is none of the *published* ones, as multikeys. Done twice it changes nothing.

    Raises Unavailable where the shelf does not answer; what was signed until then stays.
    """
    signed, lost, last = Counter[str](), list[int](), 0
    believed = {f"{signer.did}#{key}" for key in published}
    while rows := database.read(_signed_here, last):
        last = rows[-1][0]
        for id, name in rows:
            try:
                document = storage.read_needed(files, name)
                method = method_of(document)
                if method in believed:
                    continue
                content = sign_again(document, signer, now)
            except (storage.Lost, AnotherSigner, openbadges.UnreadableBadge):
                lost.append(id)
                continue
            new = files.keep(content)
            change = partial(_replace, id=id, before=name, after=new, now=now)
            if storage.commit_naming_files(database.write, files, [new], change, now):
                signed[method.partition("#")[2]] += 1
    return SignedAgain(signed=signed, lost=lost)


def _signed_here(session: Session, after: int) -> Sequence[tuple[int, str]]:
    by_our_link = Endorsement.withdrawal_hash.is_not(None)  # what came back with an archive has none
    here = (by_our_link, Endorsement.document.is_not(None), Endorsement.list_id.is_not(None))
    rows = select(Endorsement.id, Endorsement.document).where(
        *here, Endorsement.withdrawn_at.is_(None), Endorsement.id > after
    )
    return [(id, name) for id, name in session.execute(rows.order_by(Endorsement.id).limit(AT_ONCE)) if name]


def _replace(session: Session, *, id: int, before: str, after: str, now: datetime) -> bool:
    """The word has this document, where it had that one still; else nobody needs the new one."""
    still = (Endorsement.id == id, Endorsement.document == before, Endorsement.withdrawn_at.is_(None))
    done = session.execute(update(Endorsement).where(*still).values(document=after).returning(Endorsement.id)).first()
    storage.schedule_removal(session, [before if done else after], now)
    return done is not None
