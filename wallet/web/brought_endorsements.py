"""Words on badges that came as files, by whichever door: their holder is asked whether they want them, once what came beside
them is kept. What was kept as a badge before words were told from badges becomes one.
"""

from collections.abc import Sequence
from dataclasses import replace

from .. import badges, endorsements, inspection, openbadges, storage
from ..badges import ImportOutcome
from .transactions import keep_with_files, storing_files
from .visit import Visit


def ask_about_endorsements(visit: Visit, outcomes: Sequence[ImportOutcome]) -> list[ImportOutcome]:
    """*outcomes*, and of each word among them on which badge of the holder's it waits now, or why it does not."""
    return [_asked(visit, one) if one.brought else one for one in outcomes]


def _asked(visit: Visit, one: ImportOutcome) -> ImportOutcome:
    brought = one.brought
    if brought is None or visit.holder is None or endorsements.why_untrue(brought.found):
        reason = endorsements.why_untrue(brought.found) if brought else ""
        return replace(one, reason=reason or one.reason, brought=None)
    with storing_files(visit) as shelved:
        name = visit.services.files.keep(brought.document)
        shelved.add(name)
        told = keep_with_files(visit, [name], endorsements.ask_to_keep, visit.holder.id, brought, name, visit.now)
    return replace(told, file_name=one.file_name)


def move_to_endorsements(visit: Visit, kept: badges.KeptBadge) -> ImportOutcome:
    """Of *kept*, which was kept as a badge and is a word on another one: what it becomes, as an outcome. Raises Missing."""
    try:
        document = visit.services.files.read(kept.document)
        found = inspection.inspect_endorsement(document, visit.services.import_tools(visit.now).inspection)
    except (openbadges.UnreadableBadge, *storage.LOST):
        return ImportOutcome("", "problem", "unreadable")
    brought = badges.BroughtEndorsement(document=document, found=found)
    with storing_files(visit) as shelved:
        name = visit.services.files.keep(document)
        shelved.add(name)
        return keep_with_files(
            visit, [name], endorsements.move_badge, visit.holder_id, kept.id, brought, name, visit.now
        )


def is_endorsement(visit: Visit, kept: badges.KeptBadge) -> bool:
    """Whether *kept* is one, as its document says; its shelf is asked only where it may be."""
    if not endorsements.may_be_endorsement(kept):
        return False
    try:
        return openbadges.is_endorsement(visit.services.files.read(kept.document))
    except (storage.Unavailable, *storage.LOST):
        return False
