"""Who vouches for an issuer: the registers that an operator keeps, and what they say of an issuer at one moment.

Pure: no clock, no database, no network. What is kept of registers is in wallet/registers.
"""

# fmt: off
from .answers import KINDS, NOBODY, Answer, Issuer, Kind, Standing, ToldFact, Voice
from .forms import (FORMS, LARGEST_REGISTER, LASTS, OPERATOR, Entry, FaultyRegister, Form, Organisation, PublicList,
    ReadRegister, UnreadableRegister, faults_of_file, is_siret, open_list, read_own_file, read_register,
    read_register_file, registers_of_file)
from .matching import ignoring_is_allowed, is_match, members_that_differ, members_to_ignore, place_of
from .registers import NO_REGISTERS, Fact, Register, Registers, Row, Why
