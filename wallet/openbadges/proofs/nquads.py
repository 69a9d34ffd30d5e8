"""From expanded JSON-LD to RDF: the statements that a document makes, each a line of N-Quads in four parts.

Written for verification: an address that is not absolute makes no statement, as in jsonld.js and Titanium, and
nothing that could end a term before its time gets in, so that two documents never write the same lines.
Source: JSON-LD 1.1 Processing Algorithms, 8 (RDF Serialization/Deserialization Algorithms).
"""

import re
from itertools import count
from typing import Any

import rfc8785

from ..examination import Unverified

RELATIVE = "relative.invalid:"
"""How an address begins that was relative in the document: expansion resolves it against this base (jsonld_expansion.py)."""

Quad = tuple[str, str, str, str]
"""Subject, predicate, object and graph, written as in N-Quads; the default graph is ""."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_I18N = "https://www.w3.org/ns/i18n#"
XSD = "http://www.w3.org/2001/XMLSchema#"
_BEGINS_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+-.]*:")
_ABSOLUTE = re.compile(rf"{_BEGINS_ABSOLUTE.pattern}\S*")
_SPACES = " \t\n\r\f\v\x1c\x1d\x1e\x1f"
"""Those of ASCII."""
_ENDS_AN_IRI = re.compile(r"[\x00-\x20<>]")
_IRI_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(33), *map(ord, '<>"{}|^`\\'))}
_NOT_PLAIN = "".join(map(chr, range(33))) + '\x7f<>"{}|^`\\'
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN = re.compile(
    rf"{_SCHEME.pattern}[{re.escape(''.join(sign for sign in map(chr, range(128)) if sign not in _NOT_PLAIN))}]*"
)
_LONG = 1_000
"""Characters."""
_BLANK = re.compile(r"_:[A-Za-z0-9_.-]+")
_LANGUAGE = re.compile(r"[a-zA-Z]+(-[a-zA-Z0-9]+)*")
_EXPONENT = re.compile(r"(\d)0*e\+?(-?)0*(\d)")
_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_ESCAPES |= {code: f"\\u{code:04X}" for code in (*range(8), 11, *range(14, 32), 127)}
_OLD_ESCAPES = {code: _ESCAPES[code] for code in (10, 13, 34, 92)}


class Inexpressible(Unverified):
    """A document that linked data gives no meaning to, none without a doubt, or none within our limits."""

    def __init__(self, detail: str) -> None:
        super().__init__("not-canonicalisable", detail[:200])


def statements(expanded: list[Any], *, old_escapes: bool = False, directions: bool = False) -> "Statements":
    """The statements of an *expanded* document; raises Inexpressible.

    With *old_escapes*, terms are escaped as signers with older libraries did: in texts only line ends, quotation
    marks and backslashes, in addresses nothing. Either way, no two terms are written alike. With *directions*, that in which a
    text is written is a part of it (8.2.2, rdfDirection `i18n-datatype`); else it is not said.
    """
    found = Statements(old_escapes=old_escapes, directions=directions)
    for node in expanded:
        found.node(node, "")
    return found


class Statements:
    """What a document says, gathered in one walk over it."""

    def __init__(self, *, old_escapes: bool, directions: bool = False) -> None:
        self.quads: dict[Quad, None] = {}
        """Each once, in the order of the document."""
        self.whole = True
        """Whether every name, type and address in it was absolute, so that none was dropped."""
        self._old_escapes = old_escapes
        self._directions = directions
        self._fresh = count()
        self._blanks: dict[str, str] = {}

    def node(self, node: dict[str, Any], graph: str | None) -> str | None:
        """The term of *node*, after its statements and those of all that is in it were gathered.

        None is a node without an absolute address, or a graph without one: what is said of or in it is not said.
        """
        subject = self._resource(node["@id"]) if "@id" in node else self._blank(None)
        for kind in node.get("@type", ()):
            self._say(subject, f"<{_RDF}type>", self._resource(kind), graph)
        for name, items in node.items():
            match name:
                case "@id" | "@type" | "@index":
                    continue
                case "@graph":
                    self._all(items, subject)
                case "@included":
                    self._all(items, graph)
                case "@reverse":
                    self._reverse(items, subject, graph)
                case str() if name.startswith("@"):
                    # Words of a context, as @base, that pyld leaves where they say nothing.
                    raise Inexpressible(f"the keyword {name} outside a context")
                case _:
                    predicate = self._resource(name)
                    self.whole = self.whole and predicate is not None and not predicate.startswith("_:")
                    for item in items:
                        self._say(subject, predicate, self._object(item, graph), graph)
        return subject

    def _all(self, nodes: list[Any], graph: str | None) -> None:
        for node in nodes:
            if "@value" not in node:
                self.node(node, graph)

    def _reverse(self, members: dict[str, Any], subject: str | None, graph: str | None) -> None:
        for name, items in members.items():
            for item in items:
                self._say(self.node(item, graph), self._resource(name), subject, graph)

    def _say(self, subject: str | None, predicate: str | None, object_: str | None, graph: str | None) -> None:
        if subject is None or predicate is None or object_ is None or graph is None or predicate.startswith("_:"):
            return
        self.quads[subject, predicate, object_, graph] = None

    def _object(self, item: dict[str, Any], graph: str | None) -> str | None:
        if "@value" in item:
            datatype = item.get("@type")
            if isinstance(datatype, list):  # told under two names of `@type`, which pyld lets pass
                raise Inexpressible("a value of several types")
            language = item.get("@language")
            if self._directions and "@direction" in item:
                datatype, language = f"{_I18N}{(language or '').lower()}_{item['@direction']}", None
            return literal(item["@value"], datatype, language, old_escapes=self._old_escapes)
        if "@list" in item:
            return self._list(item["@list"], graph)
        return self.node(item, graph)

    def _list(self, items: list[Any], graph: str | None) -> str:
        rest = f"<{_RDF}nil>"
        for item in reversed(items):
            cell = self._blank(None)
            self._say(cell, f"<{_RDF}first>", self._object(item, graph), graph)
            self._say(cell, f"<{_RDF}rest>", rest, graph)
            rest = cell
        return rest

    def _resource(self, address: str | None) -> str | None:
        if address is not None and address.startswith("_:"):
            return self._blank(address)
        # None is pyld's answer to what looks like a keyword, as `@foo`.
        if address is None or address.startswith(RELATIVE) or not is_absolute(address):
            self.whole = False
            return None
        return _iri(address, old_escapes=self._old_escapes)

    def _blank(self, label: str | None) -> str:
        # Names of our own: what a stranger calls his nodes must not meet what we call ours.
        if label is None:
            return f"_:b{next(self._fresh)}"
        if not _BLANK.fullmatch(label):
            raise Inexpressible(f"the name {label[:80]!r}")
        if label not in self._blanks:
            self._blanks[label] = f"_:b{next(self._fresh)}"
        return self._blanks[label]


def _iri(address: str, *, old_escapes: bool) -> str:
    if address.startswith(RELATIVE) or (old_escapes and _ENDS_AN_IRI.search(address)):
        raise Inexpressible(f"the address {address[:80]!r}")
    return f"<{address if old_escapes else address.translate(_IRI_ESCAPES)}>"


def literal(value: Any, datatype: str | None, language: str | None = None, *, old_escapes: bool = False) -> str:
    """A value as a term: of *datatype*, in *language*, or what it is by itself; raises Inexpressible."""
    text, datatype = _lexical(value, datatype)
    quoted = f'"{_escaped(text, old_escapes=old_escapes)}"'
    if language is not None:
        if not _LANGUAGE.fullmatch(language):
            raise Inexpressible(f"the language {language[:80]!r}")
        return f"{quoted}@{language}"
    return quoted if datatype == f"{XSD}string" else f"{quoted}^^{_iri(datatype, old_escapes=old_escapes)}"


def _escaped(text: str, *, old_escapes: bool) -> str:
    found = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    # Nothing else of a text that can be printed has an escape; to look each letter up takes longer.
    return found if found.isprintable() else text.translate(_OLD_ESCAPES if old_escapes else _ESCAPES)


def is_absolute(address: str) -> bool:
    """Whether *address* stands by itself: only then it can be spoken of as linked data."""
    if len(address) > _LONG and address.isascii():  # a picture, as a rule: a pattern would look at each letter
        return _BEGINS_ABSOLUTE.match(address) is not None and not any(map(address.__contains__, _SPACES))
    return _ABSOLUTE.fullmatch(address) is not None


def is_plain_address(address: str) -> bool:
    """Whether *address* stands by itself and is written in N-Quads as it is, whoever writes it."""
    if len(address) > _LONG:  # as there
        return (
            address.isascii()
            and _SCHEME.match(address) is not None
            and not any(map(address.__contains__, _NOT_PLAIN))
            and not address.startswith(RELATIVE)
        )
    return _PLAIN.fullmatch(address) is not None and not address.startswith(RELATIVE)


def _lexical(value: Any, datatype: str | None) -> tuple[str, str]:
    """The text and the datatype of a value (JSON-LD 1.1 API, 8.2.2: Object to RDF Conversion)."""
    if datatype == "@json":
        return canonical_json(value).decode(), f"{_RDF}JSON"
    match value:
        case bool():
            return ("true" if value else "false"), datatype or f"{XSD}boolean"
        case int() | float() if _is_double(value, datatype):
            return _double(float(value)), datatype or f"{XSD}double"
        case int() | float():
            return str(int(value)), datatype or f"{XSD}integer"
        case str() if datatype == f"{XSD}double":
            return _double_text(value), datatype
        case str():
            return value, datatype or f"{XSD}string"
    raise Inexpressible(f"a value that is a {type(value).__name__}")


def canonical_json(value: Any) -> bytes:
    """The one way to write *value* (RFC 8785); raises Inexpressible."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as problem:
        raise Inexpressible(str(problem)[:80]) from None


def _is_double(value: float, datatype: str | None) -> bool:
    return datatype == f"{XSD}double" or value % 1 != 0 or abs(value) >= 1e21


def _double(value: float) -> str:
    return _EXPONENT.sub(r"\1E\2\3", f"{value:.15e}")


def _double_text(text: str) -> str:
    try:
        return _double(float(text))
    except ValueError:
        return text
