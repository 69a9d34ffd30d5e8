"""Who vouches for an issuer: the registers that an operator keeps, and what they say of an issuer at one moment.

Pure: no clock, no database, no network. What is kept of registers is in wallet/registers.
"""

from typing import TYPE_CHECKING

# fmt: off
from .answers import KINDS, NOBODY, Answer, Issuer, Kind, Standing, ToldFact
from .matching import (
    ignoring_is_allowed, is_match, members_that_differ, members_to_ignore, place_of, without_award)
from .registers import NO_REGISTERS, Fact, Register, Registers, Row, Why
# fmt: on

if TYPE_CHECKING:
    # fmt: off
    from .forms import (FORMS, LARGEST_REGISTER, LASTS, OPERATOR, Entry, FaultyRegister, Form, Organisation, PublicList,
        ReadRegister, UnreadableRegister, faults_of_file, open_list, read_own_file, read_register,
        read_register_file, registers_of_file)
    # fmt: on
else:

    def __getattr__(name: str) -> object:
        """The forms of registers are loaded when one is read: `wallet check` mostly reads none."""
        if name == "forms" or name.startswith("__"):  # the package itself, while it is being loaded
            raise AttributeError(name)
        from . import forms  # noqa: PLC0415  # see above

        return getattr(forms, name)
