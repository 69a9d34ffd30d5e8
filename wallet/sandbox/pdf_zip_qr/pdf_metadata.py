"""XMP, the metadata of a PDF: XML, read without entities and without believing its vocabulary (ISO 16684-1)."""

from xml.etree import ElementTree

LARGEST = 1024 * 1024
"""Bytes of a packet."""


class _Plain(ElementTree.TreeBuilder):
    """What a packet holds, where it declares no document type: without one there are no entities of its own."""

    def doctype(self, *_declared: object) -> None:
        raise ValueError("a packet declares no document type")


def packet_texts(packet: bytes) -> list[tuple[str, str]]:
    """Every text in *packet*, with the name of its element or attribute; none when it is too large or no plain XML.

    A name is a namespace in braces and a local name, an attribute's with its element's before it.
    """
    if len(packet) > LARGEST:
        return []
    try:
        root = ElementTree.XML(packet, ElementTree.XMLParser(target=_Plain()))  # noqa: S314 — see above: no entities
    except (ElementTree.ParseError, ValueError):
        return []
    said = list[tuple[str, str]]()
    for element in root.iter():
        said += [(f"{element.tag} {attribute}", value) for attribute, value in element.items()]
        said.append((element.tag, "".join([element.text or "", *(inner.tail or "" for inner in element)])))
    return [(name, text) for name, text in said if text.strip()]
