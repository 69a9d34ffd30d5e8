"""The registers of issuers as they are kept: read from files and addresses, changed by the operator, told to all workers."""

# fmt: off
from .adopting import adopt_file
from .differences import Change, Kind
from .edition import EDITION, RegistersAtHand, raise_edition, read_registers
from .importing import (Comparison, Imported, Source, compare, find_register, hash_of, import_register, note_change,
    note_reading, rows_of)
from .models import KeptFact, KeptRegister, RegisterChange, RegisterRow
