"""Archives of whole wallets come back, one after the other, with what was chosen together with them."""

from collections.abc import Sequence
from time import monotonic

from starlette.datastructures import UploadFile
from starlette.responses import Response

from ... import accounts, archive, evidence, inspection, recovery
from ...badges import ImportOutcome, NewBadge
from ..visit import Visit
from .allowance import Allowance, why_full
from .keeping import ask_about_endorsements, keep_brought, proven_addresses, recognise_visitor, sign_in_visitor
from .pages import TOO_BIG, UNREADABLE

IMPORT = "archive import"
"""The limit that counts them (web/rate_limits.py)."""


def import_archives(visit: Visit, archives: Sequence[UploadFile]) -> Response:
    """Take in archives, one after the other."""
    # Of an archive only what it brings is kept, and counted then: most of a large one may find no room, and is told.
    if full := why_full(visit, 1):
        return visit.page("archive/import.html", TOO_BIG, problems=[ImportOutcome("", "problem", full)])
    return bring_back(visit, archives, Allowance(visit, 1))


def bring_back(
    visit: Visit,
    archives: Sequence[UploadFile],
    allowance: Allowance,
    beside: Sequence[NewBadge | ImportOutcome] = (),
) -> Response:
    """Archives, and what was chosen together with them."""
    report, refused, until = archive.ImportReport(), list[ImportOutcome](), monotonic() + archive.LONGEST
    for number, upload in enumerate(archives):
        if reason := _why_not_now(visit, until, is_first=number == 0):
            refused.append(ImportOutcome(inspection.file_label(upload.filename or ""), "problem", reason))
            continue
        try:
            report.join(
                archive.import_archive(
                    upload.file, visit.holder, _import_context(visit, allowance, until - monotonic())
                )
            )
        except archive.ArchiveRefused as problem:
            refused.append(ImportOutcome(inspection.file_label(upload.filename or ""), "problem", problem.reason))
        recognise_visitor(visit, report.token)
    if any(isinstance(one, NewBadge) for one in beside):
        token, outcomes = keep_brought(visit, beside)
        report.join(archive.ImportReport.of_badges(ask_about_endorsements(visit, outcomes), token))
    else:
        others = ask_about_endorsements(visit, [one for one in beside if isinstance(one, ImportOutcome)])
        if len(refused) == len(archives) and not any(one.badge_id for one in others):
            problems = refused if refused or others else [ImportOutcome("", "problem", "nothing-chosen")]
            return visit.page("archive/import.html", UNREADABLE, problems=problems, others=others)
        report.join(archive.ImportReport.of_badges(others))
    is_visitor = visit.holder is not None and not visit.holder.is_kept
    may_keep = is_visitor and visit.read(recovery.has_to_keep, visit.holder_id)
    page = visit.page("archive/imported.html", back=report, refused=refused, may_keep=may_keep)
    return sign_in_visitor(visit, page, report.token)


def _why_not_now(visit: Visit, until: float, *, is_first: bool) -> str:
    """Why one more archive is not taken in with this request, "" where it is; the first one beyond the limit is refused with all
    that was chosen (429), for nothing of it is kept as yet."""
    if monotonic() >= until:
        return "late"
    whose = (visit.holder.id,) if visit.holder else ()
    if is_first:
        visit.limit_rate(IMPORT, *whose)
        return ""
    return "" if visit.services.rate_limits.allow(IMPORT, visit.request, whose) else "too-often"


def _import_context(visit: Visit, allowance: Allowance, longest: float) -> archive.ImportContext:
    services, addresses = visit.services, proven_addresses(visit)

    def attach(content: bytes, name: str) -> evidence.NewAttachment:
        """What an archive brings is a stranger's, as what anybody attaches."""
        taken = evidence.clean_attachment(content, name)
        if not allowance.allows(taken.size):
            raise evidence.AttachmentRefused("no-room")
        return taken

    return archive.ImportContext(
        read=visit.read,
        keep=visit.keep,
        import_tools=lambda: services.import_tools(visit.now, addresses),
        seal=services.keyring.seal,
        take_in=attach,
        ours=archive.OurSignature(
            services.signer,
            services.keyring.did_document(services.settings.origin),
            lambda number: services.address("status_list", list=number),
        ),
        allows=allowance.allows,
        kind=accounts.device_kind(visit.user_agent),
        longest=longest,
    )
