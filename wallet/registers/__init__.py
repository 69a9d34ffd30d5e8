"""The registers of issuers as they are kept: read from files and addresses, changed by the operator, told to all workers."""

# fmt: off
from .edition import EDITION, RegistersAtHand, raise_edition, read_registers
from .models import KeptFact, KeptRegister, RegisterChange, RegisterRow
