"""Spellings that hide a signed statement: linked data has many ways to say one thing, and a page reads only one.

Renaming `validUntil` to its whole address keeps the signature, and the end disappears for everybody who reads JSON.
Such a document is refused, whatever its signature says. A document with a context of its own is not refused (it is
legal): what is read of it must not rest on that context (vocabularies/own_contexts.py), or nobody here can know what it means.
Source: Verifiable Credential Data Integrity 1.0, 4.11 (Validating Contexts); docs/decisions.md 4.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from .. import examination, parts, strict_json, texts
from . import nquads, shared_ids
from .unsigned_members import is_absolute
from .vocabularies import terms
from .vocabularies.own_contexts import OwnContexts, is_written_short, less, read_names

HIDDEN = "hidden-statement"
"""The reason where a document is read otherwise than it was signed."""
_SOURCE = "Verifiable Credential Data Integrity 1.0, Validating Contexts"
_OTHER_SPELLINGS = frozenset(
    {
        "Achievement",
        "Address",
        "Criteria",
        "GeoCoordinates",
        "Image",
        "Profile",
        "Result",
        "RubricCriterionLevel",
        "expiration",
    }
)
"""Names that in some context of ours stand for the same address as the name that pages read (test_contexts.py)."""
_BEGINNING = 200
"""Characters of an id, by which most are told apart: to look a picture up would be to read it once more."""
_LONGEST_POINTER = 200
"""Characters that are told of where something is hidden."""
_LITERAL = frozenset({"@value", "@language", "@direction"})
_NO_THING = frozenset({"url", "targetUrl"})
"""Where an address is a text: everywhere else it may be a thing, so that all else that is said of it could stand elsewhere."""
_OWN_CONTEXT = frozenset({"proof", "endorsement", "verifiableCredential"})
"""Where another signed document begins, with its own `@context`."""


def hidden_statements(document: Mapping[str, Any], own: OwnContexts | None = None) -> examination.Check | None:
    """What in *document* could carry a signed statement past a reader of JSON, as the check `conforms`, or None.

    *own* are the contexts that were given with it, or are written out in it (vocabularies/own_contexts.py).
    """
    if own is None and _is_plain(document):
        return None
    doubted = ""
    # What an issuer says in words of its own is asked for by itself: its names may mean something else there.
    read = less(document, read_names(document)) if own else document
    for said, may_be_its_own in chain(((one, False) for one in _hidden(document, own)), shared_ids.moved_words(read)):
        if not may_be_its_own:
            return examination.Check("conforms", "failed", HIDDEN, _SOURCE, said[:_LONGEST_POINTER])
        doubted = doubted or said
    more = next(_said_in_own_words(document, own), None)
    if more:
        # It may be meant well, as an issuer's own words about a course: but who reads the badge does not see it.
        return examination.Check("conforms", "unknown", "said-in-own-words", _SOURCE, more[:_LONGEST_POINTER])
    if doubted:
        # An issuer may write so who gives two things one address, and so may whoever moves a word from the one to the other.
        return examination.Check("conforms", "unknown", "one-address-for-two", _SOURCE, doubted[:_LONGEST_POINTER])
    if any(not isinstance(context, str) for context in _contexts(document, own)):
        return examination.Check("conforms", "unknown", "inline-context", _SOURCE)
    return None


def without_contexts_within(document: dict[str, Any]) -> dict[str, Any] | None:
    """*document* without the contexts of what stands in it, where a document of its own begins but for those; None where there is
    none of them."""
    its_own = {"@context": document["@context"]} if "@context" in document else {}
    found = _without_contexts(document) | its_own
    return found if found != document else None


def _without_contexts(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_contexts(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: inner if name in _OWN_CONTEXT else _without_contexts(inner)
        for name, inner in value.items()
        if name != "@context"
    }


def _is_plain(document: Mapping[str, Any]) -> bool:
    """Whether *document* has nothing of which _hidden or _contexts would tell more: most badges, in one quick look."""
    named: list[str] = []
    waiting: list[tuple[Mapping[str, Any], bool]] = [(document, True)]
    while waiting:
        value, may_have_context = waiting.pop()
        identifier = value.get("id")
        if identifier is not None:
            if not isinstance(identifier, str) or not nquads.is_absolute(identifier):
                return False
            named.append(identifier[:_BEGINNING])
        if not _has_plain_names(value, may_have_context=may_have_context):
            return False
        for name, inner in value.items():
            if inner.__class__ is str:
                continue  # as most
            if inner.__class__ is dict:
                waiting.append((inner, name in _OWN_CONTEXT))
            elif inner.__class__ is list and not _all_wait(inner, waiting, may_have_context=name in _OWN_CONTEXT):
                return False
    if len(set(named)) == len(named) and not _is_bare(document.get("evidence")):
        return True  # nothing that has a name of its own is spoken of elsewhere
    return next(shared_ids.moved_words(document), None) is None


def _is_bare(evidence: Any) -> bool:
    """Whether some of *evidence* is an address alone, of which more may be said elsewhere."""
    return any(isinstance(piece, str) for piece in texts.listed(evidence))


def _has_plain_names(value: Mapping[str, Any], *, may_have_context: bool) -> bool:
    """Whether of all words of linked data *value* has no other than contexts, and these by their names where they may stand."""
    names = "".join(value)  # to look at them together costs less
    if ":" in names or not _OTHER_SPELLINGS.isdisjoint(value):
        return False
    return "@" not in names or (
        may_have_context and names.count("@") == 1 and "@context" in value and _are_names(value["@context"])
    )


def _all_wait(items: list[Any], waiting: list[tuple[Mapping[str, Any], bool]], *, may_have_context: bool) -> bool:
    """Put the objects among *items* to those that wait; False where a list stands in the list."""
    for item in items:
        if item.__class__ is list:
            return False
        if item.__class__ is dict:
            waiting.append((item, may_have_context))
    return True


def _are_names(contexts: Any) -> bool:
    return all(isinstance(context, str) for context in texts.listed(contexts))


def _contexts(document: Mapping[str, Any], own: OwnContexts | None) -> Iterator[Any]:
    """Every context in *document*, at whatever depth; but for its own where those that are written out are among *own*."""
    is_known = own is not None and own.knows_written_out
    told = {name: inner for name, inner in document.items() if not is_known or name != "@context"}
    for inner in strict_json.members(told):
        if isinstance(inner, dict) and "@context" in inner:
            yield from inner["@context"] if isinstance(inner["@context"], list) else [inner["@context"]]


def _is_own_word(name: str, own: OwnContexts | None) -> bool:
    """Whether *name* is written short and stands for nothing that pages read, as `extensions:` and what follows it."""
    try:
        return terms.means_nothing_read(name, own.meanings if own else None)
    except nquads.Inexpressible:
        return False


def _said_in_own_words(document: Mapping[str, Any], own: OwnContexts | None) -> Iterator[str]:
    """Where something that pages read of is spoken of once more, inside a member that they do not read."""
    names = read_names(document)
    prefixes = terms.our_prefixes() | (own.names if own else frozenset())
    read, unread = _read_and_unread(document, names, own)
    for name, inner in unread:
        for value in strict_json.members(inner):
            identifier = value.get("id") if isinstance(value, dict) else None
            if isinstance(identifier, str) and (identifier in read or is_written_short(identifier, prefixes)):
                told = (said for said in value if said != "id" and (said in names or _says_what_is_read(said, own)))
                yield from (f"/{name}: says more of {identifier}" for _ in told)


def _read_and_unread(
    document: Mapping[str, Any], names: frozenset[str], own: OwnContexts | None
) -> tuple[set[str], list[tuple[str, Any]]]:
    """The ids of what pages read of in *document*, and the members that they do not read, by their names."""
    read, unread = set[str](), list[tuple[str, Any]]()
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, list):
            waiting.extend((place, item) for item in value)
        elif isinstance(value, str) and ":" in value and place not in _NO_THING:
            read.add(value)
        elif isinstance(value, dict):
            read.add(str(value.get("id")))
            for name, inner in value.items():
                is_own = (":" in name and name not in names) or (
                    own is not None and name not in names and not name.startswith("@")
                )
                if is_own:
                    unread.append((name, inner))
                elif name != "@context":
                    waiting.append((name, inner))
    return read, unread


def _says_what_is_read(name: str, own: OwnContexts | None) -> bool:
    """Whether *name*, where no context of ours gives it a meaning, may stand for what a word of ours stands for."""
    try:
        return own is not None and terms.says_what_is_read(own.meanings.addresses_of(name))
    except nquads.Inexpressible:
        return True


def _hidden(document: Mapping[str, Any], own: OwnContexts | None) -> Iterator[str]:
    waiting: list[tuple[str, Any, bool]] = [("", document, True)]
    # What stands under one of these is read by nobody: another context in there changes nothing.
    theirs = own.names - read_names(document) if own else frozenset[str]()
    while waiting:
        pointer, value, may_have_context = waiting.pop()
        if isinstance(value, list):
            yield from (f"{pointer}: a list in a list" for item in value if isinstance(item, list))
            waiting.extend((pointer, item, may_have_context) for item in value)
        elif isinstance(value, dict) and not _is_literal(value):
            yield from _hidden_in(value, pointer, own, may_have_context=may_have_context)
            if isinstance(value.get("id"), str) and not is_absolute(value["id"]):
                # Its address is none: nothing is said of it, nor of where it leads.
                yield from (f"{pointer}: says more of {name}" for name in _named_within(value))
            waiting.extend(
                (f"{pointer}/{name}"[:_LONGEST_POINTER], inner, name in _OWN_CONTEXT or ":" in name or name in theirs)
                for name, inner in value.items()
                if name != "@context"
            )


def _named_within(value: Mapping[str, Any]) -> Iterator[str]:
    """The things that an object which is dropped still speaks of: they could be any in the document."""
    for inner in strict_json.members(value):
        if isinstance(inner, dict) and len(inner) > 1 and isinstance(inner.get("id"), str) and is_absolute(inner["id"]):
            yield inner["id"]


def _is_literal(value: Mapping[str, Any]) -> bool:
    return "@value" in value and value.keys() <= _LITERAL and all(isinstance(text, str) for text in value.values())


def _hidden_in(
    value: Mapping[str, Any], pointer: str, own: OwnContexts | None, *, may_have_context: bool
) -> Iterator[str]:
    for name in value:
        if name == "@context":
            if not may_have_context:
                yield f"{pointer}: a context inside"
        elif (
            name.startswith("@")
            or name in _OTHER_SPELLINGS
            or (":" in name and name not in parts.HOURS and not _is_own_word(name, own))
        ):
            yield f"{pointer}/{name}"
    identifier = value.get("id")
    if isinstance(identifier, str) and identifier.startswith("_:"):
        # Two objects of one such name are one thing.
        yield f"{pointer}/id: a blank node"
