"""The statements of a document in one walk over it: what expansion (jsonld_expansion.py) and nquads.py give, or Unusual.

Nearly every badge names contexts that we have and says all in plain words: its names are looked up in tables
(active_contexts.py), and nothing is written out first. Whatever is unusual goes the long way, which is the judge:
contexts written out, names with a colon, keywords, maps of languages, lists in lists, addresses that are short or not plain.
Source: JSON-LD 1.1 Processing Algorithms, 5.1.2 (Expansion Algorithm) and 8 (RDF Serialization).
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from ..strict_json import members
from . import contexts, jsonld_expansion, nquads
from .active_contexts import ID, NOTHING, TYPE, ActiveContext, Budget, Term, Unusual, active_context

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE, _FIRST, _REST, _NIL = f"<{_RDF}type>", f"<{_RDF}first>", f"<{_RDF}rest>", f"<{_RDF}nil>"


def direct_statements(
    document: Mapping[str, Any], generation: str = contexts.NEWEST, *, old_escapes: bool = False
) -> "DirectStatements":
    """What *document* says, as nquads.statements of its expansion; raises Unusual where only the long way knows."""
    walk = DirectStatements(generation, old_escapes=old_escapes)
    try:
        walk.top(document)
    except RecursionError:
        raise Unusual from None
    return walk


class DirectStatements:
    """What a document says, gathered in one walk over it."""

    __slots__ = ("_budget", "_fresh", "_generation", "_members", "_old_escapes", "quads", "whole")

    def __init__(self, generation: str, *, old_escapes: bool) -> None:
        self.quads: dict[nquads.Quad, None] = {}
        self.whole = True
        """As in nquads.Statements, and in jsonld_expansion.Expanded: nothing was left out."""
        self._generation = generation
        self._old_escapes = old_escapes
        self._budget = Budget()
        self._members = 1
        self._fresh = count()

    def top(self, document: Mapping[str, Any]) -> None:
        """Gather all that *document* says; raises Unusual."""
        self._members += len(document)
        context = active_context(self._addresses(document.get("@context")), self._generation, self._budget)
        self._said(document, context, "")
        if self._members > jsonld_expansion.MOST_MEMBERS:
            raise Unusual

    def _addresses(self, context: Any) -> tuple[str, ...]:
        if context.__class__ is str:
            return (context,)
        return self._texts(context, jsonld_expansion.MOST_CONTEXTS)

    def _texts(self, value: Any, most: int) -> tuple[str, ...]:
        if (
            value.__class__ is not list
            or not 0 < len(value) <= most
            or any(text.__class__ is not str for text in value)
        ):
            raise Unusual
        self._members += len(value)
        return tuple(value)

    def _node(self, element: Mapping[str, Any], context: ActiveContext, graph: str) -> str | None:
        """The term of a node, after its statements and those of all that is in it were gathered; None without an address."""
        self._members += len(element)
        if "@context" in element:
            context = context.under(self._addresses(element["@context"]), self._budget)
        return self._said(element, context, graph)

    def _said(self, element: Mapping[str, Any], outer: ActiveContext, graph: str) -> str | None:
        typed_by = [name for name in outer.type_names if name in element]
        kinds = self._kinds(element, typed_by)
        context = outer.typed(kinds, self._budget) if kinds else outer
        address, said = self._terms(element, context, typed_by)
        subject = self._fresh_name() if address is None else self._address(address, context)
        for kind in kinds:
            self._say(subject, _TYPE, self._vocab(kind, outer), graph)
        for term, value in said:
            self._property(subject, term, value, graph)
        return subject

    def _kinds(self, element: Mapping[str, Any], typed_by: list[str]) -> tuple[str, ...]:
        if not typed_by:
            return ()
        kinds = element[typed_by[0]]
        if len(typed_by) > 1:
            raise Unusual
        return (kinds,) if kinds.__class__ is str else self._texts(kinds, jsonld_expansion.MOST_MEMBERS)

    def _terms(
        self, element: Mapping[str, Any], context: ActiveContext, typed_by: list[str]
    ) -> tuple[str | None, list[tuple[Term, Any]]]:
        """The address of a node, if it has one, and what else is said of it, in the order of expansion."""
        address, said = None, []
        terms, budget = context.terms, self._budget
        for name in sorted(element):
            if name == "@context":
                continue
            term = terms.get(name) or context.term(name, budget)
            if term.__class__ is Term:
                said.append((term, element[name]))
            elif term is NOTHING:
                self.whole = False
                self._left_out(element[name])
            elif term is ID and address is None and element[name].__class__ is str:
                address = element[name]
            elif term is not TYPE or [name] != typed_by:
                raise Unusual
        if typed_by and context.terms.get(typed_by[0], TYPE) is not TYPE:
            raise Unusual
        if len({term.predicate for term, _ in said}) < len(said):
            raise Unusual  # expansion says what two words mean alike at the place of the first
        return address, said

    def _fresh_name(self) -> str:
        return f"_:b{next(self._fresh)}"

    def _property(self, subject: str | None, term: Term, value: Any, graph: str) -> None:
        if term.coercion == "@json":
            self._left_out(value)
            self.whole = self.whole and all(
                inner is not None and not (inner.__class__ is dict and "@direction" in inner)
                for inner in members(value)
            )
            item = nquads.literal(value, "@json", old_escapes=self._old_escapes)
            self._say(subject, term.predicate, item, graph)
            return
        if value.__class__ is list:
            self._members += len(value)
            items = value
        elif value is None:
            self.whole = False
            return
        else:
            items = [value]
        if term.is_list:
            self._say(subject, term.predicate, self._list(term, items, graph), graph)
            return
        for item in items:
            if item is None:
                self.whole = False
            elif term.is_graph:
                self._say(subject, term.predicate, self._graph(term, item), graph)
            else:
                self._say(subject, term.predicate, self._object(term, item, graph), graph)

    def _graph(self, term: Term, item: Any) -> str:
        if item.__class__ is not dict:
            raise Unusual
        name = self._fresh_name()
        self._object(term, item, name)
        return name

    def _list(self, term: Term, items: list[Any], graph: str) -> str:
        rest = _NIL
        for item in reversed(items):
            if item is None:
                self.whole = False
                continue
            cell = self._fresh_name()
            self._say(cell, _FIRST, self._object(term, item, graph), graph)
            self._say(cell, _REST, rest, graph)
            rest = cell
        return rest

    def _say(self, subject: str | None, predicate: str, object_: str | None, graph: str) -> None:
        if subject is not None and object_ is not None:
            self.quads[subject, predicate, object_, graph] = None

    def _object(self, term: Term, item: Any, graph: str) -> str | None:
        kind = item.__class__
        if kind is str:
            if term.coercion is None:
                return self._text(item)
            if term.coercion == "@id":
                return self._address(item, term.values)
            if term.coercion == "@vocab":
                return self._vocab(item, term.values)
            self._refuse_relative(item)
            return nquads.literal(item, term.coercion, old_escapes=self._old_escapes)
        if kind is dict:
            if "@value" in item:
                return self._value(item)
            return self._node(item, term.node(item, self._budget), graph)
        if kind is list:
            raise Unusual
        datatype = None if term.coercion in {"@id", "@vocab"} else term.coercion
        return nquads.literal(item, datatype, old_escapes=self._old_escapes)

    def _value(self, item: Mapping[str, Any]) -> str:
        self._members += len(item)
        text, language = item["@value"], item.get("@language", "")
        if text.__class__ is not str or language.__class__ is not str or not item.keys() <= {"@value", "@language"}:
            raise Unusual
        if "@language" not in item:
            return self._text(text)
        self._refuse_relative(text)
        return nquads.literal(text, None, language.lower(), old_escapes=self._old_escapes)

    def _text(self, text: str) -> str:
        self._refuse_relative(text)
        if text.isprintable() and '"' not in text and "\\" not in text:
            return f'"{text}"'
        return nquads.literal(text, None, old_escapes=self._old_escapes)

    def _refuse_relative(self, text: str) -> None:
        if text.startswith(nquads.RELATIVE):
            raise Unusual

    def _vocab(self, word: str, context: ActiveContext) -> str | None:
        """The term of *word*, a name of the context or an address."""
        if word not in context.mappings:
            if context.vocabulary is not None and ":" not in word and not word.startswith("@"):
                return self._written(context.vocabulary + word)
            return self._address(word, context)
        mapping = context.mappings[word]
        meant = mapping and mapping["@id"]
        if meant is None or meant.startswith("@"):
            self.whole = False
            return None
        return self._written(meant)

    def _address(self, address: str, context: ActiveContext) -> str | None:
        scheme, colon, rest = address.partition(":")
        if colon:
            if context.is_prefix(scheme) and not rest.startswith("//"):
                raise Unusual
            return self._written(address)
        if not address.isascii() or not address.isprintable() or address.startswith("@"):
            raise Unusual
        self.whole = False  # it is relative
        return None

    def _written(self, address: str) -> str:
        if not nquads.is_plain_address(address):
            raise Unusual
        return f"<{address}>"

    def _left_out(self, value: Any) -> None:
        """Count what is in *value*, which makes no statements of its own."""
        for inner in members(value):
            if inner.__class__ is dict or inner.__class__ is list:
                self._members += len(inner)
            elif inner.__class__ is str:
                self._refuse_relative(inner)
