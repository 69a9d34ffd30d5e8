"""An archive comes back: its badges are looked at anew, and what else it tells returns as history, never as proof.

Rule 1: whoever made the archive may be anybody. A badge is what its own document says today, as any file that arrives;
what the archive tells that was found stands beside it (`KeptBadge.history`) and changes no state, no check, no tick.
Rule 2: nothing is open while a badge is looked at; what came of some badges is written in one short transaction. After
a cut there are whole badges, and the same archive brought again adds what is missing and doubles nothing.
Rule 3: a hash alone gets nobody a file: only what lies in the archive itself comes onto the shelf.
One budget for all: issuers are asked for a minute, and the badges that are then left are kept with what can be said
without asking; the rechecks ask for them soon.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, badges, competencies, inspection, openbadges, shares, storage
from . import (
    endorsement_reader,
    evidence_reader,
    fetch_budget,
    import_endorsements,
    import_evidence,
    import_files,
    import_history,
    import_responses,
    reader,
    zip_reader,
)
from .format import FILES
from .import_report import ImportReport, Written

PATIENCE = 60.0
"""Seconds in which issuers are asked about the badges of one archive."""
LONGEST = 300.0
"""Seconds that one archive may take. What is left then comes when it is brought once more: what is here is passed over."""
TOGETHER, SHOWN_TOGETHER = 25, 2_000
"""Badges, or shares, that are written in one transaction, and badges in such shares: other writers wait as long."""
NAMES = 8
"""First names by which a tutor may have read a moment that are tried for each word: the holder’s, and those of their shares."""
AT_ONCE = BoundedSemaphore(2)
"""Two archives at a time; the others wait their turn."""
WAITS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportContext:
    """What is needed to let an archive in: how to read and to keep, how to look at badges, when to stop."""

    read: Callable[..., Any]
    keep: Callable[..., Any]
    """Both take a function of a session, and what it needs: a transaction of its own each time (web/visit.py)."""
    import_tools: Callable[[], badges.ImportTools]
    """What is needed to look at one arrival, always at the same moment, with a way out that counts from nothing."""
    seal: storage.Seal
    take_in: import_evidence.TakeIn | None = None
    """Makes what goes with a moment harmless; where nobody does, no file of it is kept, and each is told."""
    ours: import_endorsements.OurSignature | None = None
    """By what this instance knows what it signed; where it is told none, no word of others comes back."""
    kind: str = ""
    allows: Callable[[int], bool] = lambda _size: True
    """Whether whoever brings it may bring so many bytes more; they are counted then."""
    patience: float = PATIENCE
    longest: float = LONGEST


def import_archive(file: BinaryIO, holder: accounts.Holder | None, context: ImportContext) -> ImportReport:
    """Take in the archive in the seekable *file*; raises ArchiveRefused, nothing is kept then."""
    if not AT_ONCE.acquire(timeout=WAITS):
        raise zip_reader.ArchiveRefused("busy")
    try:
        archive, tools = zip_reader.ArchiveZip(file), context.import_tools()
        content, fits = archive.listed()
        wallet = reader.read_wallet_json(content, tools.inspection.now)
        del content
        zip_reader.ArchiveRefused.unless(not wallet.is_empty, "empty")
        return _ArchiveImport(archive, wallet, holder, context, tools, ImportReport(is_changed=not fits)).run()
    finally:
        AT_ONCE.release()


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A badge of the archive that was looked at: its place there, what became of it, what the archive tells of it."""

    place: int
    what: badges.NewBadge | badges.ImportOutcome
    history: dict[str, Any]
    id: int = 0
    """The holder's badge, when it is here already."""
    refused: frozenset[str] = frozenset()
    """Files that lie on the shelf and are not to be kept."""

    @property
    def files(self) -> set[str]:
        """The names of all files that were shelved for it."""
        own: set[str] = self.what.files if isinstance(self.what, badges.NewBadge) else set()
        return own | badges.response_files(badges.responses_in_history(self.history)) | self.refused


_NamesFiles = (
    _Arrived | import_evidence.TakenAttachment | import_endorsements.TakenEndorsement | import_endorsements.TakenFile
)


@dataclass
class _ArchiveImport:
    """One archive on its way in."""

    archive: zip_reader.ArchiveZip
    wallet: reader.WalletJson
    holder: accounts.Holder | None
    context: ImportContext
    tools: InitVar[badges.ImportTools]
    report: ImportReport
    counted: set[str | None] = field(default_factory=set)
    """Files of several badges that are counted already: answers, and those in which badges came."""
    is_full: bool = False
    """Whether whoever brings it may bring no more: nothing else is laid on the shelf."""
    ids: dict[int, int] = field(default_factory=dict)
    """The holder's badges, by their places in the archive."""

    def __post_init__(self, tools: badges.ImportTools) -> None:
        self.files, self.now = tools.files, tools.inspection.now
        self.responses = import_responses.ArchivedResponses(self.archive, self.files.keep)
        self.came_in_files = import_files.ImportedFiles(self.now)
        self.fetch_budget = fetch_budget.FetchBudget(self.context.patience)
        self.until = monotonic() + self.context.longest

    def run(self) -> ImportReport:
        """Take in all of it."""
        told = self.wallet
        if self.holder and self.holder.name not in {"", told.name}:
            self.report.name = told.name
        here = self.context.read(_documents, self.holder.id) if self.holder else {}
        for some in storage.in_batches(list(enumerate(told.badges)), TOGETHER):
            arrived = list(self._badges_together(some, here))
            self.ids |= self._write(_keep_badges, arrived, self.now, named_by=arrived)
            self.responses.forget()
            storage.failpoint("import.badges")
            if self.report.is_unfinished:  # a share that came back now would miss badges until then
                return self.report
        moments = self._keep_moments()
        for past in _shares_together(told.shares):
            self._write(import_history.keep_shares, past, self.ids, self.context.seal, self.now)
            storage.failpoint("import.shares")
        for at, id in moments.items():
            self._attach(told.moment(at).attachments, id)
            if self.report.is_unfinished:
                return self.report
        self._keep_said(moments)
        self._write(import_history.keep_rest, told, self._photo(), self.context.kind, self.now)
        storage.failpoint("import.rest")
        self.report.left_out = told.left_out
        self.report.is_later = self.fetch_budget.is_cut_short
        return self.report

    def _photo(self) -> bytes:
        """The photo of the holder, drawn anew; b"" for none, where one is here, and for one that cannot be drawn, which is told."""
        is_here = self.holder and self.context.read(accounts.get_photo, self.holder.id)
        if is_here or not self.wallet.photo:
            return b""
        try:
            return accounts.draw_photo(self.wallet.photo)
        except accounts.PhotoRefused as problem:
            if problem.reason == import_evidence.BUSY:
                self.report.is_unfinished = True
            else:
                self.report.unattached.append(badges.ImportOutcome("", "problem", problem.reason))
            return b""

    def _keep_moments(self) -> dict[int, int]:
        """Which moments the archive's are here, by where it tells of them."""
        ids = dict[int, int]()
        for places in storage.in_batches(self.wallet.moments, TOGETHER):
            read = [(at, self.wallet.moment(at)) for at in places]
            some = [one for one in read if self.context.allows(import_evidence.answers_size(one[1].answers))]
            self.report.no_room += len(read) - len(some)
            ids |= self._write(import_evidence.keep_moments, some, self.ids)
            storage.failpoint("import.moments")
        return ids

    def _keep_said(self, moments: Mapping[int, int]) -> None:
        """Words of others on what is here by now, which *moments* are by where the archive tells of them."""
        here = {place: moments[at] for place, at in self.wallet.moment_places.items() if at in moments}
        shown_as = (one.name for one in self.wallet.shares)
        names = list(dict.fromkeys((self.wallet.name, self.holder.name if self.holder else "", "", *shown_as)))
        for some in storage.in_batches(self.wallet.said, TOGETHER):
            taken = list[import_endorsements.TakenEndorsement | import_endorsements.TakenFile]()
            for one in some:
                try:
                    taken.append(self._take_said(one, names[:NAMES]))
                except zip_reader.UnusableMember as problem:
                    match problem.reason:
                        case import_endorsements.NO_ROOM:
                            self.report.unheard += 1
                        case import_endorsements.BUSY:
                            self.report.is_unfinished = True
                        case _:
                            self.report.unsaid += not self._has_said(one)
            self._write(import_endorsements.keep_endorsements, taken, here, self.now, named_by=taken)

    def _has_said(self, told: endorsement_reader.ArchivedEndorsement) -> bool:
        return bool(self.holder and self.context.read(import_endorsements.is_here, self.holder.id, told))

    def _take_said(
        self, told: endorsement_reader.ArchivedEndorsement, names: Sequence[str]
    ) -> import_endorsements.TakenEndorsement | import_endorsements.TakenFile:
        ours, how = self.context.ours, self._tools().inspection
        keep, allows = self.files.keep, self.context.allows
        if told.row["origin"] == "file":
            return import_endorsements.take_file(told, self.archive, how, keep, allows)
        if ours is None:
            raise zip_reader.UnusableMember("not-signed")
        return import_endorsements.take_endorsement(told, self.archive, how, ours, names, keep, allows)

    def _attach(self, told: Sequence[evidence_reader.ArchivedAttachment], evidence_id: int) -> None:
        """What goes with a moment, as far as there is time."""
        here = self.context.read(import_evidence.attachments_there, evidence_id) if told else {}
        again = [one.key for one in told if here.get(one.key)]
        new = [one for one in told if one.key not in here]
        taken, report = import_evidence.take_attachments(
            new, self.archive, self.context.take_in, self.files, self.until
        )
        if taken or again:
            self._write(import_evidence.keep_attachments, evidence_id, taken, again, self.now, named_by=taken)
            storage.failpoint("import.attachments")
        self.report.join(report)

    def _write(
        self,
        change: Callable[..., Written],
        *what: Any,
        named_by: Sequence[_NamesFiles] = (),
    ) -> Mapping[int, int]:
        """Which ids what was written has; *named_by* has the `files` that its rows will name."""
        names = {name for one in named_by for name in one.files}

        def write(session: Session) -> tuple[accounts.Holder, str, Written]:
            here, token = import_history.ensure_holder(session, self.holder, self.now)
            return here, token, change(session, here, *what)

        self.holder, token, written = storage.commit_naming_files(self.context.keep, self.files, names, write, self.now)
        self.report.join(written.report)
        self.report.token = token or self.report.token
        return written.ids

    def _badges_together(
        self, some: Sequence[tuple[int, reader.ArchivedBadge | None]], here: Mapping[str, tuple[int, str]]
    ) -> Iterator["_Arrived"]:
        """What became of some badges, as far as there is time."""
        for place, told in some:
            if place and monotonic() >= self.until:
                self.report.is_unfinished = True
                return
            arrived = self._arrived(place, told, here) if told else None
            storage.failpoint("import.looked")
            if arrived:
                yield arrived

    def _arrived(
        self, place: int, told: reader.ArchivedBadge, here: Mapping[str, tuple[int, str]]
    ) -> "_Arrived | None":
        """What became of one badge; None when it was removed, or is here with all that the archive tells of it."""
        if told.is_removed:
            return None
        if self.is_full:
            return _Arrived(place, badges.ImportOutcome(told.file_name, "problem", "visitors-full"), {})
        # The hash that the archive tells of it: good to find what is here already, and for nothing else.
        name = told.document
        document = name.removeprefix(FILES) if name.startswith(FILES) else self.archive.sums.get(name, "")
        if document in here:
            self.ids[place], made_at = here[document]
            if made_at < self.wallet.made_at.isoformat():
                return self._allowed(
                    _Arrived(place, badges.ImportOutcome("", "duplicate"), self._history(told), self.ids[place])
                )
            self.report.kinds["duplicate"] += 1
            return None
        try:
            what = self._look(told)
        except zip_reader.UnusableMember as problem:
            what = badges.ImportOutcome(told.file_name, "problem", problem.reason)
        return self._allowed(_Arrived(place, what, self._history(told) if isinstance(what, badges.NewBadge) else {}))

    def _history(self, told: reader.ArchivedBadge) -> dict[str, Any]:
        """What the archive tells of a badge, with those answers that lie in it, on the shelf now."""
        return self.responses.shelve(self.wallet.history(told))

    def _allowed(self, one: "_Arrived") -> "_Arrived":
        """*one*, where whoever brings it may bring as much as lies on the shelf for it now; else why nothing is kept of it."""
        seen = [
            told
            for told in badges.responses_in_history(one.history)
            if not badges.response_files([told]) <= self.counted
        ]
        beside = badges.badge_size_beside(self.counted, one.what) if isinstance(one.what, badges.NewBadge) else 0
        if not self.context.allows(badges.responses_size(seen) + beside):
            self.is_full = True
            return _Arrived(
                one.place,
                badges.ImportOutcome(one.what.file_name, "problem", "visitors-full"),
                {},
                refused=frozenset(one.files),
            )
        self.counted |= badges.response_files(seen) | {
            one.what.came_in if isinstance(one.what, badges.NewBadge) else None
        }
        return one

    def _look(self, told: reader.ArchivedBadge) -> badges.NewBadge | badges.ImportOutcome:
        """One badge, looked at as when its document is looked at again; raises UnusableMember."""
        content = self.archive.read(told.document)
        came_in = self._came_in(told, content) if told.file != told.document else None
        contexts = {address: self.responses.read(name) for address, (name, _) in told.contexts.items()}
        there = {address: content for address, content in contexts.items() if content is not None}
        document = badges.ArchivedDocument(
            name=told.file_name,
            content=content,
            stood_at=told.link,
            came_in=came_in,
            contexts=there,
            contexts_at={address: told.contexts[address][1] for address in there},
        )
        found = badges.import_document(document, self._tools())
        if not isinstance(found, badges.NewBadge):
            return found
        if came_in and (signature := self.came_in_files.presentation(came_in, lambda: self._tools().inspection)):
            found = replace(found, examination=replace(found.examination, presentation=signature))
        return self._worded(found, told, document)

    def _tools(self) -> badges.ImportTools:
        tools = self.context.import_tools()
        return replace(tools, inspection=replace(tools.inspection, fetch=self.fetch_budget.by(tools.inspection.fetch)))

    def _came_in(self, told: reader.ArchivedBadge, document: bytes) -> bytes | None:
        """The file in which the document was found, when it is of a kind in which one is; None when it is not there."""
        try:
            file = self.archive.read(told.file)
        except zip_reader.UnusableMember as problem:
            self.report.problems.append(badges.ImportOutcome(told.file_name, "problem", problem.reason))
            return None
        try:
            return file if self.came_in_files.may_keep(file, document) else None
        except zip_reader.UnusableMember as problem:
            if problem.reason == "busy":  # the badge comes with its file when the archive is brought once more
                raise
            self.report.problems.append(badges.ImportOutcome(told.file_name, "problem", problem.reason))
            return None

    def _worded(
        self, found: badges.NewBadge, told: reader.ArchivedBadge, document: badges.ArchivedDocument
    ) -> badges.NewBadge:
        """*found*, and where its issuer is silent and its file says nothing, the words that were seen then.

        They are words that nobody confirmed, as those of a file without a signature: the checks stay those of today.
        """
        examination = found.examination
        if examination.badge.issuer.id or not examination.unanswered:
            return found
        how = replace(self._tools().inspection, fetch=self.responses.fetch(self.wallet.history(told)))
        try:
            words = inspection.inspect_again(document.content, how, document.stood_at)
        except openbadges.UnreadableBadge:
            return found
        return replace(
            found,
            examination=replace(
                examination, badge=words.badge, origins=openbadges.origins("file"), format=words.format
            ),
        )


def _shares_together(past: Sequence[shares.ArchivedShare]) -> Iterator[Sequence[shares.ArchivedShare]]:
    """*past* in its order, as many at a time as one transaction takes."""
    some, shown = list[shares.ArchivedShare](), 0
    for one in past:
        if len(some) == TOGETHER or (some and shown + len(one.places) > SHOWN_TOGETHER):
            yield some
            some, shown = [], 0
        some.append(one)
        shown += len(one.places)
    if some:
        yield some


def _documents(session: Session, holder_id: int) -> dict[str, tuple[int, str]]:
    """The holder's badges by their documents: which one, and when the archive was made whose history it has.

    One whose document is lost is not here: the archive may bring it back.
    """
    rows = session.execute(
        select(badges.KeptBadge.document, badges.KeptBadge.id, badges.KeptBadge.history).where(
            badges.KeptBadge.holder_id == holder_id, badges.KeptBadge.removed_at.is_(None), badges.has_document()
        )
    )
    return {document: (id, (history or {}).get("made_at", "")) for document, id, history in rows}


def _keep_badges(session: Session, holder: accounts.Holder, arrived: Sequence[_Arrived], now: datetime) -> Written:
    outcomes = badges.keep_badges(session, holder, [one.what for one in arrived], now)
    room = badges.get_room(session, holder)
    for one, outcome in zip(arrived, outcomes, strict=True):
        kept = session.get(badges.KeptBadge, outcome.badge_id or one.id)
        if kept is None or kept.holder_id != holder.id or not one.history:
            storage.schedule_removal(session, one.files - (kept.files if kept else set()), now)
            continue
        before = kept.files | one.files  # its history may be another now
        has_room = room.fits(badges.responses_size(badges.responses_in_history(one.history)))
        badges.remember_history(
            session, holder.id, kept.id, one.history if has_room else import_responses.without_responses(one.history)
        )
        badges.note_badge_size(session, kept.id)
        competencies.restore_counts(session, holder.id, kept.id, one.history.get("counted"))
        storage.schedule_removal(session, before - kept.files, now)
    badges.sum_up_sizes(session, holder.id)
    ids = {one.place: outcome.badge_id for one, outcome in zip(arrived, outcomes, strict=True) if outcome.badge_id}
    return Written(ImportReport.of_badges(outcomes), ids)
