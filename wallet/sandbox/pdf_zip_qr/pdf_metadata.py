"""XMP, the metadata of a PDF: XML, read without entities and without believing its vocabulary (ISO 16684-1)."""

from xml.parsers import expat

LARGEST = 1024 * 1024
"""Bytes of a packet."""


def packet_texts(packet: bytes) -> list[tuple[str, str]]:
    """Every text in *packet*, with the name of its element or attribute; none when it is too large or no plain XML."""
    packet_reader = _PacketReader()
    try:
        packet_reader.read(packet if len(packet) <= LARGEST else b"")
    except (expat.ExpatError, ValueError):
        return []
    return [(name, text) for name, text in packet_reader.said if text.strip()]


class _PacketReader:
    """Collects texts; names are a namespace and a local name, an attribute's with its element's before them."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self._open: list[tuple[str, list[str]]] = []

    def read(self, packet: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(packet, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append((name, []))
        self.said += [(f"{name} {attribute}", value) for attribute, value in attributes.items()]

    def _text(self, words: str) -> None:
        self._open[-1][1].append(words)

    def _end(self, _name: str) -> None:
        name, words = self._open.pop()
        self.said.append((name, "".join(words)))

    def _refuse(self, *_declared: object) -> None:
        raise ValueError("a packet declares no document type")
