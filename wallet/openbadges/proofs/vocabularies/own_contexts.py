"""Contexts that we do not have, which somebody gives us beside a document or writes out in it: the issuer's own vocabulary.

Whoever gives them may be who forged the document, and another of them gives the same statements another JSON. So nothing
rests on their being true: they say what is signed, and never what is read.
Rule 1: in form they are plain. They give no keyword another name, change no texts and no addresses in general, turn no
statement round; what else they name is given with them, or asked for.
Rule 2: what is read are the words of our own contexts alone. A document less all other words must mean the same with
these contexts as without them; if not, nothing is said of it.
Rule 3: no word of theirs may say, of what is read, what a word of ours says; nor stand beside a context of ours that gives every
name a meaning, or take such a one's place, for then nobody can tell the words of the two apart.
Rule 4: they belong to one document. Nothing of them is kept in memory after it, and no other document meets them.
Source: Verifiable Credential Data Integrity 1.0, 4.11 (Validating Contexts); JSON-LD 1.1, 4.1; docs/decisions.md 5.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from ... import strict_json, texts
from ...examination import UnreadableBadge, Unverified
from .. import contexts, jsonld_expansion, nquads
from ..contexts import UnknownContext
from . import terms

LARGEST = 256 * 1024
"""Bytes of one."""
MOST = 8
"""Of one document."""
_READ_MORE = 3
"""Times that a document is worked out to see that it means the same."""
_MOST_WRITTEN_OUT = 400
"""Members of the contexts that are written out in a document."""
_BYTES_OF_A_MEMBER = 40
"""Of a context, which take as long to work out as a member of a document."""
_DEEPEST = 12
"""Contexts within contexts, and contexts that name others."""
_PLAIN_MEMBERS = frozenset({"@id", "@type", "@container", "@context", "@protected", "@prefix", "@language"})
"""What may be said of a term: `@reverse`, `@nest` and `@index` let a document say a thing where nobody looks for it."""
_PLAIN_CONTAINERS = frozenset({"@set", "@list", "@language"})
"""The others take addresses, types and graphs out of names of members."""
_KEYWORDS = frozenset({("id", "@id"), ("type", "@type")})
_COERCIONS = frozenset({"@id", "@vocab", "@json", "@none"})
_WRITTEN_OUT = "written out in it"
_OF_A_TYPE = re.compile(r"/type(/[0-9]+)?\Z")
_SAYS_NOTHING = ("_:", nquads.RELATIVE)
"""How the address of a word begins that makes no statement itself, while what stands within it does: at no cost to the signature a
signed statement could be moved there, and whatever it says is not signed."""


class RefusedContext(Unverified):
    """An issuer's context that could make a badge read otherwise than it was signed, or that is none."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__("context-refused", f"{address[:200]}: {why[:200]}")


class OtherVocabulary(Unverified):
    """A signature that does not fit under the contexts that were given: these may have changed, or the badge was."""

    def __init__(self, detail: str) -> None:
        super().__init__("vocabulary-differs", detail[:200])


def named_in(*parts: Any) -> tuple[str, ...]:
    """The addresses of contexts in *parts* that we do not have, each once."""
    found = (address for part in parts for address in _addresses(part) if not contexts.is_ours(address))
    return tuple(dict.fromkeys(found))


def _addresses(value: Any) -> Iterator[str]:
    for inner in strict_json.members(value):
        if isinstance(inner, dict) and "@context" in inner:
            yield from (address for address in texts.listed(inner["@context"]) if isinstance(address, str))


def is_context(content: bytes) -> bool:
    """Whether *content* is a JSON-LD context of a size that we take, be it usable or not."""
    try:
        _context_in(content)
    except ValueError:
        return False
    return True


def _context_in(content: bytes) -> Any:
    if len(content) > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")
    try:
        found = strict_json.read_object(content, _DEEPEST * 4)
    except UnreadableBadge as problem:
        raise ValueError(str(problem)) from None
    if not isinstance(found.get("@context"), dict | list):
        raise ValueError("no @context")
    return found["@context"]


def written_out(document: Mapping[str, Any]) -> list[Any]:
    """The contexts of *document* that are no addresses; those of what stands in it are not told."""
    context = document.get("@context")
    return [one for one in texts.listed(context) if not isinstance(one, str)]


class OwnContexts:
    """The contexts that were given with one document, by their addresses; for one thread, and one examination."""

    def __init__(self, given: Mapping[str, bytes]) -> None:
        self._given = given
        self._definitions: dict[str, Any] = {}
        self._written_out: list[Any] = []
        self._resolvers: dict[str, jsonld_expansion.Contexts] = {}
        self.meanings = terms.our_meanings()
        """Of names, those of ours and of all that were asked for."""
        self.names: frozenset[str] = frozenset()
        """Those that these contexts define."""

    def used_by(self, *parts: Any) -> dict[str, str]:
        """What *parts* name of what was given, by its address, and the SHA-256 of each; what these name is among them.

        Raises UnknownContext and RefusedContext.
        """
        named = named_in(*parts)
        if not named or not any(address in self._given for address in named):
            return {}
        if len(named) > MOST:
            raise RefusedContext(named[MOST], f"more than {MOST}")
        for address in named:
            self._read(address, ())
        self._find_meanings(named[0])
        return {address: sha256(self._given[address]).hexdigest() for address in self._definitions}

    def beside(self, written: list[Any]) -> "OwnContexts":
        """Those of these that are used, and the contexts *written* out in the document; raises RefusedContext (rule 1)."""
        found = OwnContexts(self._given)
        found._definitions, found._written_out = self._definitions, written
        if strict_json.count_members(written) > _MOST_WRITTEN_OUT:
            raise RefusedContext(_WRITTEN_OUT, f"more than {_MOST_WRITTEN_OUT} members")
        try:
            list(_plain(written, top=True))  # no address is among them
        except ValueError as problem:
            raise RefusedContext(_WRITTEN_OUT, str(problem)) from None
        found._find_meanings(_WRITTEN_OUT)
        return found

    def _find_meanings(self, address: str) -> None:
        known = (*self._definitions.values(), *self._written_out)
        defined = [pair for one in known for pair in terms.definitions(one)]
        own = terms.Meanings(defined, terms.our_meanings())
        self.meanings, self.names = own, own.names
        for name in own.names:
            _require_usable(own, name, address)
        told = terms.Meanings(terms.terms_of(defined), terms.our_terms())
        said = own.vocabularies.union(*map(told.addresses_of, told.names))
        if any(one.startswith(tuple(terms.our_meanings().vocabularies)) for one in said):
            raise RefusedContext(address, "its words are of a vocabulary that gives every name a meaning")

    @property
    def knows_written_out(self) -> bool:
        """Whether the contexts that are written out in the document are among them."""
        return bool(self._written_out)

    def gave_before(self, *parts: Any) -> bool:
        """Whether something was given for a context that *parts* name and that is one of ours by now."""
        return any(address in self._given for part in parts for address in _addresses(part))

    def cost(self, members: int) -> int:
        """What it takes more to work out a document of so many *members*, in members of documents (Web.spend)."""
        return members * _READ_MORE + sum(map(len, self._given.values())) // _BYTES_OF_A_MEMBER

    def definition(self, address: str) -> Any:
        """The `@context` at *address*, one of those that were given; raises UnknownContext and RefusedContext."""
        self._read(address, ())
        return self._definitions[address]

    def resolver(self, generation: str) -> jsonld_expansion.Contexts:
        """Gives pyld these contexts and ours; of this document alone."""
        if generation not in self._resolvers:
            self._resolvers[generation] = jsonld_expansion.Contexts(generation, self.definition)
        return self._resolvers[generation]

    def _read(self, address: str, within: tuple[str, ...]) -> None:
        if address in self._definitions:
            return
        if address in within or len(within) > MOST:
            raise RefusedContext(address, "it names itself")
        if address not in self._given:
            raise UnknownContext(address)
        try:
            context = _context_in(self._given[address])
            for other in _plain(context, top=True):
                if not contexts.is_ours(other):
                    self._read(other, (*within, address))
        except ValueError as problem:
            raise RefusedContext(address, str(problem)) from None
        self._definitions[address] = context


def _require_usable(meanings: terms.Meanings, name: str, address: str) -> None:
    # Before pyld sees them: prefixes of prefixes grow by each other's length.
    try:
        found = meanings.addresses_of(name)
    except nquads.Inexpressible as problem:
        raise RefusedContext(address, problem.detail) from None
    if any(one.startswith(_SAYS_NOTHING) for one in found):
        raise RefusedContext(address, f"its word {name[:80]!r} says nothing")


def _plain(context: Any, *, top: bool, depth: int = 0) -> Iterator[str]:
    """The addresses of the contexts that *context* names; raises ValueError where it is not plain (rule 1)."""
    if depth > _DEEPEST:
        raise ValueError("contexts within contexts")
    for part in texts.listed(context) if context is not None else [None]:
        if top and isinstance(part, str):
            if not nquads.is_plain_address(part) or not part.startswith("https://"):
                raise ValueError(f"it names {part!r}")
            yield part
        elif isinstance(part, dict):
            for name, said in part.items():
                if name.startswith("@"):
                    _require_plain_keyword(name, said, top=top)
                else:
                    yield from _plain_term(name, said, depth)
        else:
            raise ValueError(f"a context within that is {part!r}")


def _require_plain_keyword(name: str, said: Any, *, top: bool) -> None:
    if name == "@vocab":
        # What has no `//` could be written short.
        is_plain = top and isinstance(said, str) and nquads.is_plain_address(said) and "://" in said
    else:
        is_plain = (name == "@version" and said == 1.1) or (name == "@protected" and isinstance(said, bool))
    if not is_plain:
        raise ValueError(f"{name} {said!r}")


def _plain_term(name: str, said: Any, depth: int) -> Iterator[str]:
    told = said if isinstance(said, dict) else {"@id": said}
    address = told.get("@id", name)
    coercion, container = told.get("@type"), texts.listed(told.get("@container"))
    is_plain = (
        name != ""
        and told.keys() <= _PLAIN_MEMBERS
        and (address is None or isinstance(address, str))
        and (not str(address).startswith("@") or (name, address) in _KEYWORDS)
        and (coercion is None or (isinstance(coercion, str) and (coercion[:1] != "@" or coercion in _COERCIONS)))
        and all(isinstance(kind, str) and kind in _PLAIN_CONTAINERS for kind in container)
    )
    if not is_plain:
        raise ValueError(f"the term {name[:80]!r}")
    if "@context" in told:
        yield from _plain(told["@context"], top=False, depth=depth + 1)


def require_same_meaning(part: Mapping[str, Any], own: OwnContexts, generation: str) -> None:
    """That what is read of *part*, a document or the options of its proof, rests on our contexts alone (rules 2 and 3).

    Raises RefusedContext, or as expand.
    """
    names, address = read_names(part), next(iter(named_in(part)), _WRITTEN_OUT)
    if any(contexts.is_ours(one) and terms.gives_any_name_a_meaning(one) for one in _addresses(part)):
        raise RefusedContext(address, "beside it, a context of others gives every name a meaning")
    read = less(part, names)
    with_them = jsonld_expansion.expand(read, generation, own.resolver(generation)).nodes
    without_them = jsonld_expansion.expand(_under_ours(read), generation).nodes
    if _of_our_types(with_them) != _of_our_types(without_them):
        raise RefusedContext(address, "with it, words of others mean something else")
    for name in dict.fromkeys(_own_names(part, names)):
        if terms.says_what_is_read(own.meanings.own_addresses_of(name)):
            raise RefusedContext(address, f"its word {name[:80]!r} says what a word of others says")
    for inner in strict_json.members(part):
        if isinstance(inner, dict) and is_written_short(inner.get("id"), own.names):
            raise RefusedContext(address, f"the address {str(inner['id'])[:80]!r} is written short")


def with_written_out(document: Mapping[str, Any], own: OwnContexts, generations: Collection[str]) -> OwnContexts | None:
    """*own* and the contexts that are written out in *document*, where the rules above hold for these as well, in each of the
    *generations*; None where they do not, or where none is written out."""
    written = written_out(document)
    if not written:
        return None
    plain = {name: value for name, value in document.items() if name != "proof"}
    proofs = texts.objects(document.get("proof"))
    try:
        found = own.beside(written)
        for generation in generations:
            for part in (plain, *(under for proof in proofs for under in _readings_of(proof, document["@context"]))):
                require_same_meaning(part, found, generation)
    except Unverified:
        return None
    return found


def _readings_of(proof: Mapping[str, Any], context: Any) -> Iterator[dict[str, Any]]:
    """The options of *proof* under each of the contexts under which they may have been read (data_integrity.py)."""
    yield {**proof, "@context": context}
    if "@context" in proof:
        yield {**proof, "@context": [*texts.listed(context), *texts.listed(proof["@context"])]}


def is_written_short(identifier: Any, prefixes: Collection[str]) -> bool:
    """Whether *identifier* is an address that begins with one of *prefixes* (JSON-LD 1.1, 4.1.5)."""
    prefix, colon, rest = identifier.partition(":") if isinstance(identifier, str) else ("", "", "")
    return bool(colon) and not rest.startswith("//") and prefix in prefixes


def read_names(part: Mapping[str, Any]) -> frozenset[str]:
    """The names that are read of *part*: those of our contexts that it names."""
    ours = {address for address in _addresses(part) if contexts.is_ours(address)}
    return frozenset({"id", "type"}).union(*map(terms.names_at, ours))


def own_words(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The members and types of *document* that are words of none of our contexts, as JSON pointers (RFC 6901).

    Of a member, what is in it is not told as well.
    """
    names, found = read_names(document), list[str]()
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, list):
            waiting.extend((f"{pointer}/{place}", item) for place, item in enumerate(value))
        elif isinstance(value, dict):
            kinds = value.get("type")
            if isinstance(kinds, list):
                found += [f"{pointer}/type/{place}" for place, kind in enumerate(kinds) if not _is_among(kind, names)]
            elif kinds is not None and not _is_among(kinds, names):
                found.append(f"{pointer}/type")
            for name, inner in value.items():
                here = f"{pointer}/{strict_json.pointer_part(name)}"
                if name not in names and not name.startswith("@"):
                    found.append(here)
                elif name not in {"@context", "type"}:
                    waiting.append((here, inner))
    return tuple(sorted(found))


def types_among(words: Collection[str]) -> frozenset[str]:
    """Those of the own *words* that are types. Their names may be any that is read, and whoever holds the badge chooses them; but
    without a type a thing would pass for one that has none, and be read as more than it is."""
    return frozenset(word for word in words if _OF_A_TYPE.search(word))


def _is_among(kind: Any, names: frozenset[str]) -> bool:
    """Whether *kind* is a type of ours, by one of *names* or with an address before it: either way it is signed alike."""
    return isinstance(kind, str) and (kind in names or (":" in kind and _is_ours(kind)))


def _is_ours(kind: str) -> bool:
    try:
        return not terms.our_addresses().isdisjoint(terms.our_meanings().addresses_of(kind))
    except nquads.Inexpressible:
        return False


def _own_names(value: Any, names: frozenset[str]) -> Iterator[str]:
    """The names of members that are not among *names*, but for those inside such members."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, list):
            waiting += inner
        elif isinstance(inner, dict):
            for name, within in inner.items():
                if name in names:
                    waiting.append(within)
                elif not name.startswith("@"):
                    yield name


def less(value: Any, names: frozenset[str]) -> Any:
    """*value* less the members that are not among *names*; its types all stay, for they say what names mean."""
    if isinstance(value, dict):
        return {
            name: inner if name == "@context" else less(inner, names)
            for name, inner in value.items()
            if name in names or name.startswith("@")
        }
    return [less(item, names) for item in value] if isinstance(value, list) else value


def _under_ours(value: Any) -> Any:
    """*value* with the contexts that we have, and no others."""
    if isinstance(value, dict):
        changed = {name: _under_ours(inner) for name, inner in value.items() if name != "@context"}
        listed = [one for one in texts.listed(value.get("@context")) if isinstance(one, str) and contexts.is_ours(one)]
        return ({"@context": listed} if listed else {}) | changed
    return [_under_ours(item) for item in value] if isinstance(value, list) else value


def _of_our_types(value: Any) -> Any:
    """*value*, expanded, less the types of nodes that are none of ours."""
    if isinstance(value, dict):
        kept = {name: _of_our_types(inner) for name, inner in value.items()}
        if isinstance(kept.get("@type"), list):
            kept["@type"] = [kind for kind in kept["@type"] if kind in terms.our_addresses()]
        return kept
    return [_of_our_types(item) for item in value] if isinstance(value, list) else value


def missing(parts: Iterable[Any], given: Mapping[str, bytes]) -> tuple[str, ...]:
    """The contexts that *parts* name and nobody has, nor has given; what a given one names is among them."""
    waiting, found, seen = list(named_in(*parts)), list[str](), set[str]()
    while waiting and len(seen) <= MOST:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        if address not in given:
            found.append(address)
            continue
        try:
            waiting += [one for one in _plain(_context_in(given[address]), top=True) if not contexts.is_ours(one)]
        except ValueError:
            continue  # it is refused when it is used
    return tuple(found[:MOST])
