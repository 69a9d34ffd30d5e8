"""The bounded child process, and the programs that run in it."""

# fmt: off
from .child import Child, ChildBusy, NoAnswer, NoSandbox, killed_after, make_announced, program_code
from .confinement import confine
from .pictures import Picture, draw, sniff
