"""A file looked at whole: containers, badges in it, its examination; it knows no database."""

# fmt: off
from .files import (INSPECTION_BUDGET, Inspected, documents_inside, inspect_again, inspect_endorsement, inspect_file,
    inspect_link, inspect_presentation)
from .inspection import Inspection, ask_nobody
from .unpacking import BIGGEST_FILE, DOCUMENT_TYPES, TELLING, file_ending, file_label, is_container, qr_codes_in
