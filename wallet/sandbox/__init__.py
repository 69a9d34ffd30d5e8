"""The bounded child process, and the programs that run in it."""

from typing import TYPE_CHECKING

from .kinds import is_boxed_photo, sniff

if TYPE_CHECKING:
    # fmt: off
    from .child import (Child, ChildBusy, NoAnswer, NoSandbox, killed_after, make_announced, program_code)
    # fmt: on
    from .confinement import confine
    from .pictures import Picture, draw
    from .sheet_setter import Layout, drawings_of, set_as, set_sheet
else:

    def __getattr__(name: str) -> object:
        """A child is begun where a file has to be opened: most badges are none of these, and `wallet check` starts sooner. What
        speaks with the kernel is loaded by the children alone."""
        if name in {"Child", "ChildBusy", "NoAnswer", "NoSandbox", "killed_after", "make_announced", "program_code"}:
            from . import child  # noqa: PLC0415  # see above

            return getattr(child, name)
        if name in {"Picture", "draw"}:
            from . import pictures  # noqa: PLC0415  # see above

            return getattr(pictures, name)
        if name in {"Layout", "drawings_of", "set_as", "set_sheet"}:
            from . import sheet_setter  # noqa: PLC0415  # see above

            return getattr(sheet_setter, name)
        if name != "confine":
            raise AttributeError(name)
        from .confinement import confine  # noqa: PLC0415  # see above

        return confine
