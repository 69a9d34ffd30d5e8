"""From a document to the bytes that are signed: RDFC-1.0, written for verification.

One function, `canonicalize`, leads from the document to the bytes; whatever is faster can take its place.
Names of blank nodes do not change the bytes, nor does the order of anything that has none; but where two graphs
without a name hold nodes alike, the standard itself leaves open which is which (4.7 hashes a graph apart from the
statement that stands in it), and the order of the document decides, as elsewhere. Graphs made to keep us busy are
refused by a limit of work, before they cost a second.
Source: RDF Dataset Canonicalization (RDFC-1.0), 4; the section numbers below are its own.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, permutations
from types import MappingProxyType
from typing import Any, Literal

from . import contexts, jsonld_expansion, nquads
from .walk.active_contexts import Unusual
from .walk.direct_statements import DirectStatements, direct_statements

HashName = Literal["sha256", "sha384"]
UNCHANGED: Mapping[str, str] = MappingProxyType({})
"""No other labels than the canonical ones."""
_MOST_CHARACTERS = 32 * 1024 * 1024
"""Of all statements together: one long address can be the subject of thousands."""
_DEEPEST = 60
"""Blank nodes in a row that can be told apart only by the last of them."""
_MOST_WORK = 30_000
"""Statements looked at while like blank nodes are told apart, a tenth of a second. The heaviest case of W3C's suite
that must pass needs less; honest badges need none."""


class TooMuchWork(nquads.Inexpressible):
    """Blank nodes so alike that telling them apart takes too long: nobody issues such a badge."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """The canonical form of a document."""

    content: bytes
    """N-Quads in code point order, UTF-8."""
    whole: bool
    """False when a member of the document was dropped on the way, and so is not covered (unsigned_members.py), or all was."""
    work: int = field(default=0, compare=False)
    """What it took: statements looked at to tell like blank nodes apart, and thousands of characters."""


def canonicalize(
    document: Mapping[str, Any],
    *,
    hash_name: HashName = "sha256",
    generation: str = contexts.NEWEST,
    old_escapes: bool = False,
    directions: bool = False,
    labels: Mapping[str, str] = UNCHANGED,
    resolver: jsonld_expansion.Contexts | None = None,
) -> Canonical:
    """The canonical form of a JSON-LD *document*; raises UnknownContext or Inexpressible.

    *generation* is that of the context of Open Badges 3.0.3 (contexts.py), *old_escapes* and *directions* as in nquads.py. *labels*
    take the place of canonical names: from `c14n0` to what stands after `_:` instead (selective_disclosure.py). With
    a *resolver*, which knows further contexts, it goes the long way: nothing of them stays in the tables of the other.
    """
    try:
        if resolver is not None or directions:
            raise Unusual
        direct = direct_statements(document, generation, old_escapes=old_escapes)
    except Unusual:
        return canonicalize_expanded(
            document,
            hash_name=hash_name,
            generation=generation,
            old_escapes=old_escapes,
            directions=directions,
            labels=labels,
            resolver=resolver,
        )
    return _canonical(direct, hash_name, labels, whole=direct.whole)


def canonicalize_expanded(
    document: Mapping[str, Any],
    *,
    hash_name: HashName = "sha256",
    generation: str = contexts.NEWEST,
    old_escapes: bool = False,
    directions: bool = False,
    labels: Mapping[str, str] = UNCHANGED,
    resolver: jsonld_expansion.Contexts | None = None,
) -> Canonical:
    """As canonicalize, by expansion: the long way, and the judge of the other."""
    expanded = jsonld_expansion.expand(document, generation, resolver, directions=directions)
    said = nquads.statements(expanded.nodes, old_escapes=old_escapes, directions=directions)
    return _canonical(said, hash_name, labels, whole=expanded.whole and said.whole)


def _canonical(
    said: DirectStatements | nquads.Statements, hash_name: HashName, labels: Mapping[str, str], *, whole: bool
) -> Canonical:
    # Of a document that says nothing, nothing is covered: expansion drops an id alone before anybody looks at it.
    naming = _Naming(said.quads, hash_name)
    content = naming.lines(labels)
    return Canonical(content, whole and bool(said.quads), naming.work + (len(content) >> 10))


def canonical_lines(
    found: Iterable[nquads.Quad], hash_name: HashName = "sha256", labels: Mapping[str, str] = UNCHANGED
) -> str:
    """The canonical N-Quads of a dataset (4.4.3), with *labels* as in canonicalize; raises TooMuchWork."""
    return _Naming(dict.fromkeys(found), hash_name).lines(labels).decode()


@dataclass(slots=True)
class _Issuer:
    """Gives out names, each term one, in the order in which they are asked for (4.5)."""

    prefix: str
    issued: dict[str, str] = field(default_factory=dict)

    def name(self, term: str) -> str:
        return self.issued.setdefault(term, f"_:{self.prefix}{len(self.issued)}")


class _Naming:
    """The canonical names of the blank nodes of one dataset."""

    def __init__(self, found: Collection[nquads.Quad], hash_name: HashName) -> None:
        if sum(map(len, chain.from_iterable(found))) > _MOST_CHARACTERS:
            raise TooMuchWork(f"more than {_MOST_CHARACTERS} characters")
        self._quads = found
        self._hashed: Callable[[bytes], Any] = getattr(hashlib, hash_name)
        self._canonical = _Issuer("c14n")
        self.work = 0
        self._depth = 0
        self._mentions: dict[str, list[nquads.Quad]] = {}
        mentioned = self._mentions.setdefault
        for quad in found:
            subject, _, object_, graph = quad
            if subject[0] == "_":
                mentioned(subject, []).append(quad)
            if object_[0] == "_" and object_ != subject:
                mentioned(object_, []).append(quad)
            if graph and graph[0] == "_" and graph not in {subject, object_}:
                mentioned(graph, []).append(quad)
        self._first = (
            {term: self._first_degree(term) for term in self._mentions}
            if len(self._mentions) > 1
            # One that is alone has the first name, whatever is said of it.
            else dict.fromkeys(self._mentions, "")
        )

    def lines(self, labels: Mapping[str, str]) -> bytes:
        """The canonical N-Quads, each blank node by its canonical name or what *labels* puts in its place."""
        # The order of code points is that of their UTF-8; and a long line of ASCII is encoded in no time by itself.
        names = self.names()
        if labels:
            names = {term: f"_:{labels.get(name[2:], name[2:])}" for term, name in names.items()}
        lines = []
        for subject, predicate, object_, graph in self._quads:
            # To ask for the name of an address would be to hash it, and it may be a picture.
            first = names[subject] if subject[0] == "_" else subject
            third = names[object_] if object_[0] == "_" else object_
            if graph:
                third = f"{third} {names[graph] if graph[0] == '_' else graph}"
            lines.append(f"{first} {predicate} {third} .\n".encode())
        lines.sort()
        return b"".join(lines)

    def names(self) -> dict[str, str]:
        """The canonical name of each blank node (4.4.3)."""
        alike: dict[str, list[str]] = {}
        for term, digest in self._first.items():
            alike.setdefault(digest, []).append(term)
        in_order = sorted(alike.items())
        for _, terms in in_order:
            if len(terms) == 1:
                self._canonical.name(terms[0])
        for _, terms in in_order:
            if len(terms) > 1:
                self._tell_apart(terms)
        return self._canonical.issued

    def _tell_apart(self, terms: list[str]) -> None:
        results: list[tuple[str, _Issuer]] = []
        for term in terms:
            if term not in self._canonical.issued:
                issuer = _Issuer("b")
                issuer.name(term)
                results.append(self._n_degree(term, issuer))
        for _, issuer in sorted(results, key=lambda result: result[0]):
            for term in issuer.issued:
                self._canonical.name(term)

    def _hash(self, text: str) -> str:
        return str(self._hashed(text.encode()).hexdigest())

    def _first_degree(self, term: str) -> str:
        """The hash of what is said of *term* with all other blank nodes alike (4.6)."""
        lines = []
        for subject, predicate, object_, graph in self._mentions[term]:
            first = subject if subject[0] != "_" else "_:a" if subject == term else "_:z"
            third = object_ if object_[0] != "_" else "_:a" if object_ == term else "_:z"
            if graph:
                third = f"{third} {_seen_from(term, graph)}"
            lines.append(f"{first} {predicate} {third} .\n")
        lines.sort()
        return str(self._hashed("".join(lines).encode()).hexdigest())

    def _related(self, term: str, quad: nquads.Quad, issuer: _Issuer, position: str) -> str:
        """The hash of how *term* stands beside another blank node in *quad* (4.7)."""
        name = self._canonical.issued.get(term) or issuer.issued.get(term) or self._first[term]
        return self._hash(f"{position}{name}" if position == "g" else f"{position}{quad[1]}{name}")

    def _neighbours(self, term: str, issuer: _Issuer) -> Iterator[tuple[str, list[str]]]:
        by_hash: dict[str, list[str]] = {}
        for quad in self._mentions[term]:
            self._spend(1 + (len(quad[1]) >> 10))  # a short prefix may stand for a long word, which is hashed each time
            for position, other in (("s", quad[0]), ("o", quad[2]), ("g", quad[3])):
                if other[:1] == "_" and other != term:
                    by_hash.setdefault(self._related(other, quad, issuer, position), []).append(other)
        yield from sorted(by_hash.items())

    def _n_degree(self, term: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """The hash of *term* by the paths that lead away from it, and the names given on the way (4.8)."""
        paths = ""
        for digest, others in self._neighbours(term, issuer):
            chosen: tuple[str, _Issuer] | None = None
            # One neighbour met in many statements, as a graph is, has one order.
            orders = permutations(others) if len(set(others)) > 1 else [tuple(others)]
            for order in orders:
                copy = _Issuer(issuer.prefix, dict(issuer.issued))
                path = self._path(order, copy, chosen[0] if chosen else "")
                if path and (chosen is None or path[0] < chosen[0]):
                    chosen = path
            path_chosen, issuer = chosen or ("", issuer)
            paths += digest + path_chosen
        return self._hash(paths), issuer

    def _deeper(self, term: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooMuchWork(f"more than {_DEEPEST} blank nodes in a row")
        found = self._n_degree(term, issuer)
        self._depth -= 1
        return found

    def _path(self, order: tuple[str, ...], issuer: _Issuer, best: str) -> tuple[str, _Issuer] | None:
        """The path through *order*, or None as soon as it can no longer come before *best*."""
        path = ""
        unnamed: list[str] = []
        for term in order:
            self._spend(1)
            if term not in self._canonical.issued and term not in issuer.issued:
                unnamed.append(term)
            path += self._canonical.issued.get(term) or issuer.name(term)
            if _is_worse(path, best):
                return None
        for term in unnamed:
            digest, result = self._deeper(term, issuer)
            path += f"{issuer.name(term)}<{digest}>"
            issuer = result
            if _is_worse(path, best):
                return None
        return path, issuer

    def _spend(self, statements_seen: int) -> None:
        self.work += statements_seen
        if self.work > _MOST_WORK:
            raise TooMuchWork(f"more than {_MOST_WORK} steps")


def _seen_from(term: str, other: str) -> str:
    if other[0] != "_":
        return other
    return "_:a" if other == term else "_:z"


def _is_worse(path: str, best: str) -> bool:
    return best != "" and len(path) >= len(best) and path > best
