"""What every container has in common: the reasons why one is no recording, and how something in it is made nothing."""


class NotASound(Exception):
    """It is no recording that can be kept; `reason` is one word: `not-audio`, or `video` when it also shows something."""

    def __init__(self, reason: str = "not-audio") -> None:
        super().__init__(reason)
        self.reason = reason


def wipe(content: bytearray, start: int, end: int) -> None:
    """Make the bytes from *start* to *end* zero; raises NotASound when they are not all there."""
    if not 0 <= start <= end <= len(content):
        raise NotASound
    content[start:end] = bytes(end - start)


def number(content: bytearray, start: int, size: int) -> int:
    """The unsigned number, its heaviest byte first, in *size* bytes at *start*; raises NotASound beyond the end."""
    if not 0 <= start <= start + size <= len(content):
        raise NotASound
    return int.from_bytes(content[start : start + size], "big")
