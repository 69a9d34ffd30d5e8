"""What every container has in common: the reasons why one is no recording, and how something in it is made nothing."""

NOTHING_SAID = "nothing-said"
CUT_SHORT = "cut-short"


class NotASound(Exception):
    """It is no recording that can be kept; the message is one word.

    not-audio     it is none, or of a kind that is not kept
    video         it also shows something
    nothing-said  it was cut before any sound, or nothing else was ever in it
    cut-short     it was cut, and what tells how to read it was to stand at its end
    """

    def __init__(self, reason: str = "not-audio") -> None:
        super().__init__(reason)


def require(holds: object, reason: str = "not-audio") -> None:
    """Raises NotASound for that *reason* where it does not hold."""
    if not holds:
        raise NotASound(reason)


def wipe(content: bytearray, start: int, end: int) -> None:
    """Make the bytes from *start* to *end* zero; raises NotASound when they are not all there."""
    require(0 <= start <= end <= len(content))
    content[start:end] = bytes(end - start)


def number(content: bytearray, start: int, size: int) -> int:
    """The unsigned number, its heaviest byte first, in *size* bytes at *start*; raises NotASound beyond the end."""
    if not 0 <= start <= start + size <= len(content):
        raise NotASound
    return int.from_bytes(content[start : start + size], "big")
