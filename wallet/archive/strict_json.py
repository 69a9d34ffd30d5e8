"""JSON, read piece by piece: what is long is never unfolded in memory as a whole."""

from collections.abc import Iterator, Sequence
from json import JSONDecoder
from typing import Any

DEPTH = 30
SPACE = " \t\r\n"


def no_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which every name is told once; of two readers of a doubled one, each may believe another."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is told twice")
    return found


def no_number(name: str) -> float:
    """Refuse what only JavaScript takes for a number."""
    raise ValueError(f"{name} is not JSON")


DECODER = JSONDecoder(object_pairs_hook=no_duplicate_names, parse_constant=no_number)


class JsonReader:
    """A place in a JSON text, which is read piece by piece. Raises ValueError where it is no JSON."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.began = 0
        """Where the value that was read last begins."""

    def comes(self, sign: str) -> bool:
        """Whether *sign* comes next."""
        while self.text[self.at : self.at + 1] in SPACE and self.at < len(self.text):
            self.at += 1
        return self.text.startswith(sign, self.at)

    def takes(self, sign: str) -> bool:
        """Whether *sign* comes next; it is passed then."""
        found = self.comes(sign)
        self.at += len(sign) * found
        return found

    def needs(self, sign: str) -> None:
        """Pass *sign*, which must come next."""
        if not self.takes(sign):
            raise ValueError(f"{sign} is missing")

    def value(self) -> Any:
        """The value that comes next."""
        self.comes("")
        self.began = self.at
        found, self.at = DECODER.raw_decode(self.text, self.at)
        if not is_shallow(found, DEPTH):
            raise ValueError("too deep")
        return found

    def names(self) -> Iterator[str]:
        """The names in the object that comes next; whoever asks reads each value before the next name."""
        self.needs("{")
        more = not self.takes("}")
        while more:
            name = self.value()
            self.needs(":")
            if not isinstance(name, str):
                raise ValueError("not a name")
            yield name
            more = self.takes(",")
            if not more:
                self.needs("}")

    def items(self) -> Iterator[Any]:
        """The values in the list that comes next, one at a time."""
        self.needs("[")
        more = not self.takes("]")
        while more:
            yield self.value()
            more = self.takes(",")
            if not more:
                self.needs("]")


def is_shallow(value: Any, depth: int) -> bool:
    """Whether nothing in *value* lies deeper than *depth*."""
    parts: Sequence[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not parts or (depth > 0 and all(is_shallow(part, depth - 1) for part in parts))
