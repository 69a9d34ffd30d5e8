"""Words of others come back as what their signature and their list say today, whatever the archive tells of them.

Rule 1: a word that this instance signed is made anew out of what the archive tells: where that is not, letter for letter, what
was signed, nothing of it is kept. Its signature holds under a key that is published now, and its bit is not set; nobody is
asked for either.
Rule 2: its place in the list is one person's. Where somebody else has it here, it is theirs, whoever has its file.
Rule 3: what came as a file comes as a file again: whoever signed it is asked, and it must be about a badge that is here.
Rule 4: what nobody signed does not come back: it would be the word of whoever made the archive.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, inspection, openbadges, pages, shares, storage
from ..endorsements import Endorsement, StatusPlace
from .endorsement_reader import ArchivedEndorsement
from .import_report import ImportReport, Written
from .zip_reader import ArchiveZip, UnusableMember

LONGEST_DOCUMENT = 256 * 1024
"""Bytes of a signed word."""
HOLDS = ("conforms", "intact", "bound", "begun", "not_ended")
"""The checks that a word of ours passes; whether it is withdrawn is asked of the list itself."""


NO_ROOM, BUSY = "no-room", "busy"
"""Why a word does not come back that would another time."""
_Kept = Literal["new", "here", "lost", "full"]
"""What became of a word: it came back, it was here already, it did not come back, or there was no room for it."""


@dataclass(frozen=True, slots=True)
class OurSignature:
    """By what this instance knows again what it signed itself."""

    signer: openbadges.Signer
    did_document: Mapping[str, object]
    status_address: Callable[[int], str]

    def fetch(self, address: str) -> openbadges.Fetched:
        """Our own keys, and nothing else: nobody is asked."""
        if address != openbadges.did_document_address(self.signer.did):
            raise openbadges.Unreachable(address, "no-answer")
        return openbadges.Fetched(
            address=address, status=200, media_type="application/json", body=json.dumps(self.did_document).encode()
        )


@dataclass(frozen=True, slots=True)
class TakenEndorsement:
    """A word that may come back: the columns of its row, and the names of its files, which lie on the shelf."""

    columns: Mapping[str, Any]
    moment: int | None
    files: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A word that came as a file, and may come back as one."""

    brought: badges.BroughtEndorsement
    name: str
    was_kept: bool
    files: set[str]


def take_file(
    told: ArchivedEndorsement,
    archive: ArchiveZip,
    how: inspection.Inspection,
    keep: Callable[[bytes], str],
    allows: Callable[[int], bool],
) -> TakenFile:
    """Look at a word that came as a file, and lay it on the shelf; raises UnusableMember where it does not come back."""
    document = archive.read(told.document, inspection.BIGGEST_FILE)
    try:
        found = inspection.inspect_endorsement(document, how)
    except openbadges.UnreadableBadge as problem:
        raise UnusableMember(problem.reason) from None
    if endorsements.why_untrue(found):
        raise UnusableMember("changed")
    if not allows(len(document)):
        raise UnusableMember(NO_ROOM)
    name = keep(document)
    brought = badges.BroughtEndorsement(document=document, found=found)
    return TakenFile(brought, name, told.row["accepted_at"] is not None, {name})


def take_endorsement(
    told: ArchivedEndorsement,
    archive: ArchiveZip,
    how: inspection.Inspection,
    ours: OurSignature,
    names: Sequence[str],
    keep: Callable[[bytes], str],
    allows: Callable[[int], bool],
) -> TakenEndorsement:
    """Look at a word of the archive and lay its files on the shelf; raises UnusableMember where it does not come back.

    *names* are first names by which the holder may have been read; *allows* says whether so many bytes more may come.
    """
    document = archive.read(told.document, LONGEST_DOCUMENT)
    recording = archive.read(told.recording, evidence.BIGGEST_ATTACHMENT) if told.recording else b""
    place = _place_in(document, ours)
    if place is None or not _is_signed(document, how, ours):
        raise UnusableMember("not-signed")
    voice = sha256(recording).hexdigest() if recording else None
    columns = {
        **{name: told.row[name] for name in _SIGNED},
        "origin": "asked",
        "afest": list(told.afest) or None,
        "setting": "afest" if told.afest else "",
        "told": _as_read(told, names),
        "recording": voice,
        "list_id": place.list_id,
        "list_index": place.index,
    }
    if not _is_the_same(document, Endorsement(**columns), ours):
        raise UnusableMember("changed")
    if not allows(len(document) + len(recording)):
        raise UnusableMember(NO_ROOM)
    taken = {keep(document), *([keep(recording)] if recording else [])}
    about = {"document": sha256(document).hexdigest(), "size": len(document) + len(recording)}
    about |= {"seconds": told.row["seconds"] if recording else None}
    about |= {"arrives_at": told.row["given_at"], "accepted_at": told.row["accepted_at"] or told.row["given_at"]}
    return TakenEndorsement(columns | about, told.moment, taken)


_SIGNED = (
    *("subject", "digest", "name", "role", "organisation", "siret", "relation", "sentence"),
    *("means", "mail_domain", "media_type", "given_at", "ends_at"),
)
"""The columns of which the credential is made anew."""


def keep_endorsements(
    session: Session,
    holder: accounts.Holder,
    taken: Sequence[TakenEndorsement | TakenFile],
    moments: Mapping[int, int],
    now: datetime,
) -> Written:
    """Words of an archive: how many came back, how many did not, and how many found no room. *moments* are the holder’s, by their places
    in the archive."""
    kept = [
        _keep_file(session, holder.id, one, now)
        if isinstance(one, TakenFile)
        else _keep_ours(session, holder.id, one, moments, now)
        for one in taken
    ]
    new, lost, full = (kept.count(what) for what in ("new", "lost", "full"))
    return Written(ImportReport(endorsements=new, unsaid=lost, unheard=full))


def is_here(session: Session, holder_id: int, told: ArchivedEndorsement) -> bool:
    """Whether the holder has the word before them of which an archive tells, as of one that waits to be read: it need not come
    back."""
    its = ("origin", "subject", "digest", "name", "sentence", "given_at")
    same = (getattr(Endorsement, column) == told.row[column] for column in its)
    stays = (Endorsement.removed_at.is_(None), Endorsement.withdrawn_at.is_(None))
    return _count(session, holder_id, *same, *stays) > 0


def _keep_file(session: Session, holder_id: int, one: TakenFile, now: datetime) -> _Kept:
    is_here = Endorsement.removed_at.is_(None)
    before = _count(session, holder_id, is_here)
    why_not = endorsements.keep_archived(session, holder_id, one.brought, one.name, now, was_kept=one.was_kept)
    session.flush()
    if why_not:
        return "full" if why_not in endorsements.NO_ROOM else "lost"
    return "new" if _count(session, holder_id, is_here) > before else "here"


def _keep_ours(
    session: Session,
    holder_id: int,
    one: TakenEndorsement,
    moments: Mapping[int, int],
    now: datetime,
) -> _Kept:
    size, place = one.columns["size"], StatusPlace(one.columns["list_id"], one.columns["list_index"])
    known = _known(session, place)
    has_room = _has_room(session, holder_id, size)
    if known is None and has_room and endorsements.claim_place(session, place):
        # Its tutor read a moment: on a badge, as an archive may tell it, it would be a word that nobody said.
        moment = _moment_of(session, holder_id, moments.get(_place(one.moment)))
        storage.insert(session, Endorsement(holder_id=holder_id, **one.columns, evidence_id=moment))
        accounts.add_size(session, holder_id, size)
        return "new"
    storage.schedule_removal(session, one.files - ({known.document, known.recording} if known else set()), now)
    if known is None and not has_room:
        return "full"
    # One that was removed may be withdrawn in its list, and wait for the operator alone (endorsements/erasing.py).
    if known is None or known.holder_id != holder_id or not endorsements.claim_place(session, place):
        return "lost"
    if known.evidence_id is None:  # its moment was erased, and is here again
        known.evidence_id = _moment_of(session, holder_id, moments.get(_place(one.moment)))
    if known.told is None:  # nobody knew by which name it was read: the wallet may have it by now
        known.told = one.columns["told"]
    if known.removed_at is None:
        return "here"
    shares.detach_endorsement(session, known.id)
    known.removed_at = None
    return "new"


def _has_room(session: Session, holder_id: int, size: int) -> bool:
    is_one_more = _count(session, holder_id) < endorsements.MOST_ENDORSEMENTS
    return is_one_more and size <= max(0, evidence.room_left(session, holder_id))


def _count(session: Session, holder_id: int, *which: ColumnElement[bool]) -> int:
    """How many words the holder has, those that were removed as well unless *which* says otherwise."""
    theirs = (Endorsement.holder_id == holder_id, *which)
    return session.scalar(select(func.count()).select_from(Endorsement).where(*theirs)) or 0


def _known(session: Session, place: StatusPlace) -> Endorsement | None:
    """The word that has that place here."""
    its = (Endorsement.list_id == place.list_id, Endorsement.list_index == place.index)
    return session.scalar(select(Endorsement).where(*its))


def _moment_of(session: Session, holder_id: int, id: int | None) -> int | None:
    """*id*, where that moment is the holder's."""
    mine = (evidence.Evidence.id == id, evidence.Evidence.holder_id == holder_id)
    return session.scalar(select(evidence.Evidence.id).where(*mine)) if id else None


def _place(place: int | None) -> int:
    return -1 if place is None else place


def _place_in(document: bytes, ours: OurSignature) -> StatusPlace | None:
    """The place in a list of ours that *document* names; None where it is not of this instance, or names none."""
    try:
        credential = openbadges.read_json_object(document)
        status = credential["credentialStatus"]
        number, index = int(status["statusListCredential"].rpartition("/")[2]), int(status["statusListIndex"])
        issuer = credential["issuer"]["id"]
    except (openbadges.UnreadableBadge, LookupError, TypeError, ValueError, AttributeError):
        return None
    fits = 0 < number < 2**31 and 0 <= index < endorsements.STATUS_LIST_SIZE
    is_ours = issuer == ours.signer.did and fits and status["statusListCredential"] == ours.status_address(number)
    return StatusPlace(number, index) if is_ours else None


def _is_signed(document: bytes, how: inspection.Inspection, ours: OurSignature) -> bool:
    """Whether its signature holds under a key that this instance publishes now, and its days are not over."""
    try:
        found = inspection.inspect_endorsement(document, replace(how, fetch=ours.fetch))
    except openbadges.UnreadableBadge as problem:
        UnusableMember.unless(problem.reason != BUSY, BUSY)
        return False
    return all(found.check(name).outcome == "passed" for name in HOLDS)


def _is_the_same(document: bytes, said: Endorsement, ours: OurSignature) -> bool:
    """Whether *document* says what *said* does, in one of the languages in which it may have been given."""
    address = ours.status_address(said.list_id or 0)
    before = _without_proof(document)
    made = (endorsements.make_document(said, ours.signer, address, language) for language in pages.LANGUAGES)
    return any(_without_proof(one) == before for one in made)


def _without_proof(document: bytes) -> dict[str, Any]:
    return {name: value for name, value in openbadges.read_json_object(document).items() if name != "proof"}


def _as_read(told: ArchivedEndorsement, names: Sequence[str]) -> Mapping[str, Any] | None:
    """The moment that was read, where the digest says that it is this one; what went with it the digest does not tell."""
    if told.told is None:
        return None
    read = dict(told.told)
    return read if any(endorsements.digest_of(read, name) == told.row["digest"] for name in names) else None
