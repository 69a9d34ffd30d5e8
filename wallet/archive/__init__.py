"""Leaving whole and coming back: the archive of a wallet, its export and its import."""

# fmt: off
from .export import ExportOrder, export_wallet
from .format import archive_schema
from .import_evidence import TakenIn
from .importing import LONGEST, ImportContext, ImportReport, import_archive
from .strict_json import is_shallow, no_duplicate_names, no_number
from .zip_reader import ArchiveRefused, UnusableMember, is_archive
