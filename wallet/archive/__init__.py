"""Leaving whole and coming back: the archive of a wallet, its export and its import."""

# fmt: off
from .export import ExportOrder, export_wallet, note_export
from .format import archive_schema
from .import_endorsements import OurSignature
from .import_report import ImportReport
from .importing import LONGEST, ImportContext, import_archive
from .zip_reader import ArchiveRefused, is_archive
