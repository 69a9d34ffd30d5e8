"""Words that this instance signed with a key that it gave up, signed anew.

Rule: only what was given here is: a word whose tutor has a link of ours to take it back, and that has its place in a list of ours.
What came as a file or with an archive may be of whoever had the key; it stays as it is, and nobody believes it any more
(docs/security.md F8).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import accounts, openbadges, storage
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
    signed, lost = Counter[str](), list[int]()
    for id, name, document in _given_up(database, files, published):
        try:
            content = sign_again(document, signer, now)
        except (AnotherSigner, openbadges.UnreadableBadge):
            lost.append(id)
            continue
        new = files.keep(content)
        more = len(content) - len(document)
        change = partial(_replace, id=id, before=name, after=new, more=more, now=now)
        if storage.commit_naming_files(database.write, files, [new], change, now):
            signed[_key_of(document)] += 1
    return SignedAgain(signed=signed, lost=lost)


def count_given_up(database: storage.Database, files: storage.FileStore, published: Collection[str]) -> int:
    """How many words are signed with a key that is none of the *published* ones: nobody believes their files."""
    return sum(bool(document) for _, _, document in _given_up(database, files, published))


def _given_up(
    database: storage.Database, files: storage.FileStore, published: Collection[str]
) -> Iterator[tuple[int, str, bytes]]:
    """The words that were signed here with another key: number, name of the document, and the document; b"" for one that is lost."""
    last = 0
    while rows := database.read(_signed_here, last):
        last = rows[-1][0]
        for id, name in rows:
            try:
                document = storage.read_needed(files, name)
            except storage.Lost:
                document = b""
            if _key_of(document) not in published:
                yield id, name, document


def _key_of(document: bytes) -> str:
    """The multikey with which *document* says that it is signed; "" where it says none."""
    try:
        return method_of(document).partition("#")[2]
    except openbadges.UnreadableBadge:
        return ""


def _signed_here(session: Session, after: int) -> Sequence[tuple[int, str]]:
    here = (
        Endorsement.withdrawal_hash.is_not(None),
        Endorsement.document.is_not(None),
        Endorsement.list_id.is_not(None),
    )
    rows = select(Endorsement.id, Endorsement.document).where(
        *here, Endorsement.withdrawn_at.is_(None), Endorsement.id > after
    )
    return [(id, name) for id, name in session.execute(rows.order_by(Endorsement.id).limit(AT_ONCE)) if name]


def _replace(session: Session, *, id: int, before: str, after: str, more: int, now: datetime) -> bool:
    """The word has the document *after*, of so many bytes *more*, where it had *before* still; else nobody needs the new one."""
    still = (Endorsement.id == id, Endorsement.document == before, Endorsement.withdrawn_at.is_(None))
    new = {"document": after, "size": Endorsement.size + more}
    holder_id = session.scalar(update(Endorsement).where(*still).values(new).returning(Endorsement.holder_id))
    storage.schedule_removal(session, [after if holder_id is None else before], now)
    if holder_id is not None:
        accounts.add_size(session, holder_id, more)
    return holder_id is not None
