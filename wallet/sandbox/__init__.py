"""The bounded child process, and the programs that run in it."""

from typing import TYPE_CHECKING

# fmt: off
from .child import Child, ChildBusy, NoAnswer, NoSandbox, killed_after, make_announced, program_code
from .pictures import Picture, draw, sniff
# fmt: on

if TYPE_CHECKING:
    from .confinement import confine
else:

    def __getattr__(name: str) -> object:
        """What speaks with the kernel is loaded by the children alone."""
        if name != "confine":
            raise AttributeError(name)
        from .confinement import confine  # noqa: PLC0415  # see above

        return confine
