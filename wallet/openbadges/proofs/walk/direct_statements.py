"""The statements of a document in one walk over it: what expansion (jsonld_expansion.py) and nquads.py give, or Unusual.

Nearly every badge names contexts that we have and says all in plain words: its names are looked up in tables
(active_contexts.py), and nothing is written out first. Whatever is unusual goes the long way, which is the judge:
contexts written out (but for a few plain words at the top), names with a colon, keywords, maps of languages, lists in lists, addresses that are short or not plain.
Source: JSON-LD 1.1 Processing Algorithms, 5.1.2 (Expansion Algorithm) and 8 (RDF Serialization).
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from ...strict_json import members
from .. import contexts, jsonld_expansion, nquads
from .active_contexts import ID, NOTHING, TYPE, ActiveContext, Budget, Plan, Term, Unusual
from .context_lists import active_context, active_context_written_out, work_out, written
from .stored_contexts import Missing

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE, _FIRST, _REST, _NIL = f"<{_RDF}type>", f"<{_RDF}first>", f"<{_RDF}rest>", f"<{_RDF}nil>"


_RELATIVE_BEGINS = nquads.RELATIVE[0]


def direct_statements(
    document: Mapping[str, Any], generation: str = contexts.NEWEST, *, old_escapes: bool = False
) -> "DirectStatements":
    """What *document* says, as nquads.statements of its expansion; raises Unusual where only the long way knows."""
    try:
        return _walked(document, generation, old_escapes=old_escapes)
    except Missing:
        work_out(_addresses_of(document.get("@context")), generation)
        return _walked(document, generation, old_escapes=old_escapes)


def _walked(document: Mapping[str, Any], generation: str, *, old_escapes: bool) -> "DirectStatements":
    walk = DirectStatements(generation, old_escapes=old_escapes)
    try:
        walk.top(document)
    except RecursionError:
        raise Unusual from None
    return walk


def _addresses_of(context: Any) -> tuple[str, ...]:
    """The addresses that an `@context` names; raises Unusual where it says anything else."""
    if context.__class__ is str:
        return (context,)
    return _texts(context, jsonld_expansion.MOST_CONTEXTS)


def _texts(value: Any, most: int) -> tuple[str, ...]:
    if value.__class__ is not list or len(value) > most or {*map(type, value)} != {str}:
        raise Unusual
    return tuple(value)


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
        self._said(document, self._top(document.get("@context")), "")
        if self._members > jsonld_expansion.MOST_MEMBERS:
            raise Unusual

    def _addresses(self, context: Any) -> tuple[str, ...]:
        found = _addresses_of(context)
        self._members += len(found) if context.__class__ is list else 0
        return found

    def _top(self, context: Any) -> ActiveContext:
        if context.__class__ is not list or dict not in map(type, context):
            return active_context(self._addresses(context), self._generation, self._budget)
        if len(context) > jsonld_expansion.MOST_CONTEXTS:
            raise Unusual
        named = tuple(one if one.__class__ is str else written(one) for one in context)
        self._members += len(context) + sum(len(one) for one in context if one.__class__ is dict)
        return active_context_written_out(named, self._generation, self._budget)

    def _said(self, element: Mapping[str, Any], outer: ActiveContext, graph: str) -> str | None:
        """The term of a node, after its statements and those of all that is in it were gathered; None without an address."""
        plan = self._plan(element, outer)
        if plan.id_name is None:
            subject: str | None = f"_:b{next(self._fresh)}"
        else:
            subject = self._address(element[plan.id_name], plan.context)
        quads = self.quads
        for kind in plan.types:
            if subject is not None and kind is not None:
                quads[subject, _TYPE, kind, graph] = None
        for name, term in plan.said:
            value = element[name]
            if value.__class__ is str and (after := term.after_plain) is not None:
                # As in _text, which is asked where it is more than a few plain words: most of a badge are.
                if value.isprintable() and '"' not in value and "\\" not in value and value[:1] != _RELATIVE_BEGINS:
                    object_: str | None = f'"{value}"{after}'
                else:
                    object_ = self._text(value, after, term.coercion)
            elif term.is_single and (value.__class__ is dict or value.__class__ is str):
                object_ = self._object(term, value, graph)
            else:
                self._property(subject, term, value, graph)
                continue
            if subject is not None and object_ is not None:
                quads[subject, term.predicate, object_, graph] = None
        for name in plan.left_out:
            self.whole = False
            self._left_out(element[name])
        return subject

    def _plan(self, element: Mapping[str, Any], outer: ActiveContext) -> Plan:
        names = tuple(element)
        known = outer.plans.get(names)
        if known is not None:
            kinds = self._kinds(element[known.type_name]) if known.type_name else ()
            return known.by_types.get(kinds) or self._planned(names, known.type_name, kinds, outer)
        type_name = next((name for name in outer.type_names if name in element), "")
        kinds = self._kinds(element[type_name]) if type_name else ()
        return self._planned(names, type_name, kinds, outer)

    def _kinds(self, kinds: Any) -> tuple[str, ...]:
        if kinds.__class__ is str:
            return (kinds,)
        if kinds.__class__ is list and len(kinds) == 1 and kinds[0].__class__ is str:
            self._members += 1
            return (kinds[0],)
        found = _texts(kinds, jsonld_expansion.MOST_MEMBERS)
        self._members += len(found)
        return found

    def _planned(self, names: tuple[str, ...], type_name: str, kinds: tuple[str, ...], outer: ActiveContext) -> Plan:
        """What a node with these *names*, and of these *kinds*, says; kept where all of them have a meaning."""
        context = outer.typed(kinds, self._budget) if kinds else outer
        id_names, said, left_out = [], [], []
        for name in sorted(names):
            if name == "@context":
                continue
            term = context.terms.get(name) or context.term(name, self._budget)
            if term.__class__ is Term:
                said.append((name, term))
            elif term is NOTHING:
                left_out.append(name)
            elif term is ID:
                id_names.append(name)
            elif name != type_name:
                raise Unusual  # a second word for the kind among them
        if len(id_names) > 1 or (type_name and context.terms.get(type_name, TYPE) is not TYPE):
            raise Unusual
        if len({term.predicate for _, term in said}) < len(said):
            raise Unusual  # expansion says what two words mean alike at the place of the first
        types = tuple(self._vocab(kind, outer) for kind in kinds)
        plan = Plan(context, id_names[0] if id_names else None, types, tuple(said), tuple(left_out))
        if (
            not left_out
            and context.vocabulary is None
            and None not in types
            and all(kind in outer.names for kind in kinds)
        ):
            outer.keep(names, type_name, kinds, plan)
        return plan

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
        name = f"_:b{next(self._fresh)}"
        self._object(term, item, name)
        return name

    def _list(self, term: Term, items: list[Any], graph: str) -> str:
        rest = _NIL
        for item in reversed(items):
            if item is None:
                self.whole = False
                continue
            cell = f"_:b{next(self._fresh)}"
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
            if term.datatype is not None:
                return self._text(item, term.datatype, term.coercion)
            if term.coercion == "@id":
                return self._address(item, term.values)
            if term.coercion == "@vocab":
                return self._vocab(item, term.values)
            self._refuse_relative(item)
            return nquads.literal(item, term.coercion, old_escapes=self._old_escapes)
        if kind is dict:
            if "@value" in item:
                return self._value(item)
            self._members += len(item)
            context = term.node(item, self._budget)
            if "@context" in item:
                context = context.under(self._addresses(item["@context"]), self._budget)
            return self._said(item, context, graph)
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
        try:
            return nquads.literal(text, None, language.lower(), old_escapes=self._old_escapes)
        except nquads.Inexpressible:
            raise Unusual from None  # expansion may drop the whole value before anybody reads its language

    def _text(self, text: str, datatype: str = "", coercion: str | None = None) -> str:
        self._refuse_relative(text)
        if text.isprintable() and '"' not in text and "\\" not in text:
            return f'"{text}"{datatype}'
        return nquads.literal(text, coercion, old_escapes=self._old_escapes)

    def _refuse_relative(self, text: str) -> None:
        if text.startswith(nquads.RELATIVE):
            raise Unusual

    def _vocab(self, word: str, context: ActiveContext) -> str | None:
        """The term of *word*, a name of the context or an address."""
        if word not in context.names:
            if context.vocabulary is not None and ":" not in word and not word.startswith("@"):
                return self._plain(context.vocabulary + word)
            return self._address(word, context)
        return context.words.get(word) or context.word(word)

    def _address(self, address: Any, context: ActiveContext) -> str | None:
        if address.__class__ is not str:
            raise Unusual
        colon = address.find(":")
        if colon >= 0:
            if address[:colon] in context.prefixes and not address.startswith("//", colon + 1):
                raise Unusual
            return self._plain(address)
        if not address.isascii() or not address.isprintable() or address.startswith("@"):
            raise Unusual
        self.whole = False  # it is relative
        return None

    def _plain(self, address: str) -> str:
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
