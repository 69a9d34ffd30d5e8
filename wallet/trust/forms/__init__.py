"""The forms in which registers are written: bytes go in, what they say of issuers comes out, or all their faults."""

# fmt: off
from .entries import FORMS, LASTS, Entry, FaultyRegister, Form, ReadRegister, UnreadableRegister
from .entries import LARGEST as LARGEST_REGISTER
from .members import is_siret
from .public_lists import Organisation, PublicList, open_list
from .reading import (OPERATOR, faults_of_file, read_own_file, read_register, read_register_file, registers_of_file)
