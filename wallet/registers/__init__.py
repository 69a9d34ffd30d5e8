"""The registers of issuers as they are kept: read from files and addresses, changed by the operator, told to all workers."""

# fmt: off
from .adopting import adopt_file
from .differences import KINDS, Change, is_in_force
from .edition import EDITION, RegistersAtHand, raise_edition, read_registers
from .editing import Why, add_issuer, retire_issuer
from .endorsing import endorse_issuer, find_vouched, withdrawn_places
from .facts import KeptList, keep_list
from .importing import (Imported, Source, compare, find_register, import_register, rows_of)
from .models import KEY_LIMIT, KeptFact, KeptRegister, RegisterChange, RegisterRow
from .publishing import publish_register
from .refreshing import addresses, fetch_register, refresh_due, refresh_register
