"""Spellings that hide a signed statement: linked data has many ways to say one thing, and a page reads only one.

Renaming `validUntil` to its whole address keeps the signature, and the end disappears for everybody who reads JSON.
Such a document is refused, whatever its signature says. A document with a context of its own is not refused (it is
legal), but nobody here can know what its words mean.
Source: Verifiable Credential Data Integrity 1.0, 4.11 (Validating Contexts); docs/decisions.md 4.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from .. import examination, strict_json, texts
from . import nquads
from .unsigned_members import is_absolute
from .vocabularies import terms
from .vocabularies.own_contexts import OwnContexts, is_written_short, read_names

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
"""Characters of an id."""
_LONGEST_POINTER = 200
"""Characters that are told of where something is hidden."""
_LITERAL = frozenset({"@value", "@language", "@direction"})
_MAY_BE_AN_ADDRESS = frozenset(
    {"achievement", "creator", "credentialStatus", "credentialSubject", "criteria", "evidence", "image", "issuer"}
)
"""Of what an address alone may stand there, so that all else that is said of it could stand elsewhere."""
_OWN_CONTEXT = frozenset({"proof", "endorsement", "verifiableCredential"})
"""Where another signed document begins, with its own `@context`."""
_SAID_OF_A_CREDENTIAL = frozenset(
    {
        "issuer",
        "credentialSubject",
        "credentialStatus",
        "name",
        "description",
        "image",
        "evidence",
        "awardedDate",
        "inLanguage",
        "validFrom",
        "validUntil",
        "issuanceDate",
        "expirationDate",
    }
)


_SAID_OF_AN_ACHIEVEMENT = frozenset(
    {
        *("description", "image", "alignment", "achievementType", "tag", "inLanguage"),
        *("creator", "creditsAvailable", "resultDescription", "fieldOfStudy", "specialization", "related"),
    },
)
_SAID_OF_A_SUBJECT = frozenset(
    {
        *("identifier", "narrative", "result", "creditsEarned", "role", "term", "source"),
        *("activityStartDate", "activityEndDate", "licenseNumber"),
    }
)
"""What a badge may go without, so that it could be moved to where nobody reads it."""
_ACHIEVEMENT = "/credentialSubject/achievement"
_IN_THEIR_PLACE = frozenset({"/credentialSubject", _ACHIEVEMENT})
_OF_A_PROFILE = frozenset({"name", "description", "image"})
_OWN_WORDS: Mapping[str, frozenset[str]] = {
    "": _SAID_OF_A_CREDENTIAL,
    "/issuer": _OF_A_PROFILE,
    "/evidence": frozenset({"name", "description", "narrative"}),
    _ACHIEVEMENT: frozenset({"name", "description", "image", "inLanguage"}),
    f"{_ACHIEVEMENT}/creator": _OF_A_PROFILE,
    f"{_ACHIEVEMENT}/criteria": frozenset({"narrative"}),
    f"{_ACHIEVEMENT}/related": frozenset({"inLanguage"}),
}
"""What by Open Badges 3.0 stands in an object of its own, by its place, of what stands in one of the same id as well."""
_MOST_OWNERS = 8
"""Of one id, that are looked at for what another object of that id says: no issuer needs more."""
_READ_OF_BOTH = frozenset({"image", "inLanguage"})
_OF_EVIDENCE = frozenset({"name", "description", "narrative"})
_NOT_SAID_OF_OTHERS = frozenset({"evidence", "proof", "@context"})
_ALIKE_IN_ENTRIES = frozenset({"id", "type", "statusPurpose"})
"""What two entries of one place differ in, by which nobody is led elsewhere."""
_CARRIED = "/credentialSubject/verifiableCredential"
"""The badges of a record: they are of the same person, and each is read as a document of its own (bundles.py)."""


def hidden_statements(document: Mapping[str, Any], own: OwnContexts | None = None) -> examination.Check | None:
    """What in *document* could carry a signed statement past a reader of JSON, as the check `conforms`, or None.

    *own* are the contexts that were given with it (vocabularies/own_contexts.py).
    """
    if own is None and _is_plain(document):
        return None
    doubted = next(_two_of_one_id(document), "")
    for said, may_be_its_own in chain(((one, False) for one in _hidden(document, own)), _said_of_others(document)):
        if not may_be_its_own:
            return examination.Check("conforms", "failed", HIDDEN, _SOURCE, said[:_LONGEST_POINTER])
        doubted = doubted or said
    if doubted:
        # An issuer may write so who gives two things one address, and so may whoever moves a word from the one to the other.
        return examination.Check("conforms", "unknown", "one-address-for-two", _SOURCE, doubted[:_LONGEST_POINTER])
    more = next(_said_in_own_words(document, own), None)
    if more:
        # It may be meant well, as an issuer's own words about a course: but who reads the badge does not see it.
        return examination.Check("conforms", "unknown", "said-in-own-words", _SOURCE, more[:_LONGEST_POINTER])
    if any(not isinstance(context, str) for context in _contexts(document)):
        return examination.Check("conforms", "unknown", "inline-context", _SOURCE)
    return None


def _two_of_one_id(document: Mapping[str, Any]) -> Iterator[str]:
    """Where two things of one id may each say what the other says: whoever holds *document* chooses which."""
    return chain(_entries_of_one_id(document), _evidence_of_others(document))


def _entries_of_one_id(document: Mapping[str, Any]) -> Iterator[str]:
    """Where two entries of one id, which as linked data are one, name two places of which withdrawals are told: whoever swaps
    what they say of these chooses where is looked."""
    places: dict[str, dict[str, Any]] = {}
    for entry in texts.objects(document.get("credentialStatus"))[: texts.MANY]:
        place = {name: said for name, said in entry.items() if name not in _ALIKE_IN_ENTRIES}
        identifier = texts.address(entry.get("id"))
        known = places.setdefault(identifier, place) if identifier else place
        if any(known.setdefault(name, said) != said for name, said in place.items()):
            yield f"/credentialStatus: says more of {identifier}"


def _evidence_of_others(document: Mapping[str, Any]) -> Iterator[str]:
    """Where a piece of evidence, whose address and words are often the learner's own, has the id of something else that has such
    words, as the issuer or the criteria: as linked data they are one, and whoever moves the words there speaks as the issuer."""
    pieces: dict[str, list[Any]] = {}
    for piece in texts.listed(document.get("evidence"))[: texts.MANY]:
        pieces.setdefault(texts.address(piece), []).append(piece)
    pieces.pop("", None)
    waiting: list[tuple[str, Any]] = [("", document)] if pieces else []
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, list):
            waiting.extend((place, item) for item in value if isinstance(item, (dict, list)))
        elif place not in _NOT_SAID_OF_OTHERS and ":" not in place:
            own = pieces.get(texts.address(value["id"]), []) if value is not document and "id" in value else []
            names = _OF_EVIDENCE & value.keys() if own else frozenset[str]()
            if place == "achievement":  # its page may be evidence, as long as both are called alike
                names = frozenset(name for name in names if _contradict(name, [value, *texts.objects(own)]))
            if names:
                yield f"/evidence: says more of {value['id']}"
            waiting.extend(item for item in value.items() if isinstance(item[1], (dict, list)))


def _contradict(name: str, things: list[dict[str, Any]]) -> bool:
    """Whether *things* say more than one word under *name* in one language."""
    said = [word for thing in things for word in texts.listed(thing.get(name))]
    words = {
        (str(word.get("@language", "")).lower(), str(word.get("@value"))) for word in said if isinstance(word, dict)
    }
    words |= {("", word) for word in said if isinstance(word, str)}
    return len({language for language, _ in words}) < len(words)


def _is_plain(document: Mapping[str, Any]) -> bool:
    """Whether *document* has nothing of which _hidden or _contexts would tell more: most badges, in one quick look."""
    named: list[Mapping[str, Any]] = []
    waiting: list[tuple[Mapping[str, Any], bool]] = [(document, True)]
    while waiting:
        value, may_have_context = waiting.pop()
        identifier = value.get("id")
        if identifier is not None:
            if not isinstance(identifier, str) or not nquads.is_absolute(identifier):
                return False
            named.append(value)
        if not _has_plain_names(value, may_have_context=may_have_context):
            return False
        for name, inner in value.items():
            if inner.__class__ is dict:
                waiting.append((inner, name in _OWN_CONTEXT))
            elif inner.__class__ is list and not _all_wait(inner, waiting, may_have_context=name in _OWN_CONTEXT):
                return False
    if len({_beginning(value["id"]) for value in named}) == len(named) and not _is_bare(document.get("evidence")):
        return True  # nothing that has a name of its own is spoken of elsewhere
    return next(_two_of_one_id(document), None) is None and not _say_more(document, named)


def _is_bare(evidence: Any) -> bool:
    """Whether some of *evidence* is an address alone, of which more may be said elsewhere."""
    return any(isinstance(piece, str) for piece in texts.listed(evidence))


def _beginning(identifier: str) -> str:
    """By which most are told apart: to look a picture up would be to read it once more."""
    return identifier[:_BEGINNING]


def _say_more(document: Mapping[str, Any], named: list[Mapping[str, Any]]) -> bool:
    """Whether one of the objects *named* in *document* could say what only another one of the same id may say."""
    # Of these more could be said elsewhere; what else stands there twice says nothing new.
    elsewhere = _said_elsewhere(document)
    return any(_may_say_more(document, value, elsewhere) for value in named)


def _has_plain_names(value: Mapping[str, Any], *, may_have_context: bool) -> bool:
    """Whether of all words of linked data *value* has no other than contexts, and these by their names where they may stand."""
    names = "".join(value)  # to look at them together costs less
    if ":" in names or not _OTHER_SPELLINGS.isdisjoint(value):
        return False
    return "@" not in names or all(
        name == "@context" and may_have_context and _are_names(inner)
        for name, inner in value.items()
        if name.startswith("@")
    )


def _may_say_more(
    document: Mapping[str, Any], value: Mapping[str, Any], elsewhere: Mapping[str, frozenset[str]]
) -> bool:
    """Whether *value*, an object in *document*, could say what only another one of the same id may say."""
    is_of_the_root = value is not document and value["id"] == document.get("id")
    if is_of_the_root and not _SAID_OF_A_CREDENTIAL.isdisjoint(value):
        return True
    if elsewhere.get(value["id"], frozenset()).isdisjoint(value):
        return False
    subjects = texts.objects(document.get("credentialSubject"))
    told = chain(subjects, *(texts.objects(subject.get("achievement")) for subject in subjects))
    return all(value is not one for one in told)


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


def _contexts(document: Mapping[str, Any]) -> Iterator[Any]:
    """Every context in *document*, at whatever depth."""
    for inner in strict_json.members(document):
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
        elif isinstance(value, str) and place in _MAY_BE_AN_ADDRESS:
            read.add(value)
        elif isinstance(value, dict):
            read.add(str(value.get("id")))
            for name, inner in value.items():
                is_own = ":" in name or (own is not None and name not in names and not name.startswith("@"))
                if is_own:
                    unread.append((name, inner))
                elif name != "@context":
                    waiting.append((name, inner))
    return read, unread


def _says_what_is_read(name: str, own: OwnContexts | None) -> bool:
    """Whether *name*, where no context of ours gives it a meaning, may stand for what a word of ours stands for."""
    try:
        return own is not None and not terms.our_addresses().isdisjoint(own.meanings.addresses_of(name))
    except nquads.Inexpressible:
        return True


def _hidden(document: Mapping[str, Any], own: OwnContexts | None) -> Iterator[str]:
    waiting: list[tuple[str, Any, bool]] = [("", document, True)]
    while waiting:
        pointer, value, may_have_context = waiting.pop()
        if isinstance(value, list):
            yield from (f"{pointer}: a list in a list" for item in value if isinstance(item, list))
            waiting.extend((pointer, item, may_have_context) for item in value)
        elif isinstance(value, dict) and not _is_literal(value):
            yield from _hidden_in(value, pointer, own, may_have_context=may_have_context)
            if pointer.startswith(_CARRIED):
                yield from _named_elsewhere(document, value, pointer)
            if isinstance(value.get("id"), str) and not is_absolute(value["id"]):
                # Its address is none: nothing is said of it, nor of where it leads.
                yield from (f"{pointer}: says more of {name}" for name in _named_within(value))
            waiting.extend(
                (f"{pointer}/{name}"[:_LONGEST_POINTER], inner, name in _OWN_CONTEXT or _may_bring_context(name, own))
                for name, inner in value.items()
                if name != "@context"
            )


def _said_elsewhere(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """What nothing but the badge's own subject and achievement may say of them, by their ids."""
    found: dict[str, frozenset[str]] = {}
    for subject in texts.objects(document.get("credentialSubject")):
        achievements = texts.objects(subject.get("achievement"))
        for said, names in [
            (subject, _SAID_OF_A_SUBJECT),
            *((achievement, _SAID_OF_AN_ACHIEVEMENT) for achievement in achievements),
        ]:
            if isinstance(said.get("id"), str):
                found[said["id"]] = found.get(said["id"], frozenset()) | names
    return found


def _said_of_others(document: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Where an object says what only another one of the same id may say and does not say alike, and whether the word may be its
    own by the standard; others no issuer writes there."""
    elsewhere, root = _said_elsewhere(document), document.get("id")
    owners: dict[str, list[Mapping[str, Any]]] = {}
    subjects = texts.objects(document.get("credentialSubject"))
    achievements = (one for subject in subjects for one in texts.objects(subject.get("achievement")))
    for owner in chain([document], subjects, achievements):
        owners.setdefault(str(owner.get("id")), []).append(owner)
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, list):
            waiting.extend((pointer, item) for item in value)
        elif isinstance(value, dict) and not _is_literal(value):
            names = _SAID_OF_A_CREDENTIAL if pointer and root and value.get("id") == root else frozenset()
            if pointer not in _IN_THEIR_PLACE and not pointer.startswith(_CARRIED):
                names = names | elsewhere.get(str(value.get("id")), frozenset())
            own = _OWN_WORDS.get(pointer, frozenset())
            for name in names & value.keys():
                said = [
                    one[name] for one in owners[str(value["id"])][:_MOST_OWNERS] if one is not value and name in one
                ]
                if value[name] not in said and not _is_read_alike(pointer, name, is_said=bool(said)):
                    yield f"{pointer}: says more of {value['id']}", name in own
            waiting.extend(
                (f"{pointer}/{name}"[:_LONGEST_POINTER], inner) for name, inner in value.items() if name != "@context"
            )


def _is_read_alike(pointer: str, name: str, *, is_said: bool) -> bool:
    """Whether what a credential says of itself under *name*, or its achievement, is read wherever it stands: where both have
    one address, both are shown as what was given."""
    return name in _OWN_WORDS[_ACHIEVEMENT] and (
        pointer == _ACHIEVEMENT or (not pointer and (is_said or name in _READ_OF_BOTH))
    )


def _named_elsewhere(document: Mapping[str, Any], carried: Mapping[str, Any], pointer: str) -> Iterator[str]:
    """Whom a record is for, where only a record within it says so; a badge says it in another word."""
    # Only said of the subject of a record `identifier` is the word of the record, not of a badge.
    if "ClrSubject" not in texts.listed(carried.get("type")):
        return
    for subject in texts.objects(document.get("credentialSubject")):
        if subject.get("id") == carried.get("id") is not None:
            said = texts.listed(subject.get("identifier"))
            if any(identifier not in said for identifier in texts.listed(carried.get("identifier"))):
                yield f"{pointer}: says more of {carried['id']}"


def _named_within(value: Mapping[str, Any]) -> Iterator[str]:
    """The things that an object which is dropped still speaks of: they could be any in the document."""
    for inner in strict_json.members(value):
        if isinstance(inner, dict) and len(inner) > 1 and isinstance(inner.get("id"), str) and is_absolute(inner["id"]):
            yield inner["id"]


def _is_literal(value: Mapping[str, Any]) -> bool:
    return "@value" in value and value.keys() <= _LITERAL and all(isinstance(text, str) for text in value.values())


def _may_bring_context(name: str, own: OwnContexts | None) -> bool:
    """Whether what stands under *name* is read by nobody, so that another context in there changes nothing."""
    return ":" in name or (own is not None and name in own.names)


def _hidden_in(
    value: Mapping[str, Any], pointer: str, own: OwnContexts | None, *, may_have_context: bool
) -> Iterator[str]:
    for name in value:
        if name == "@context":
            if not may_have_context:
                yield f"{pointer}: a context inside"
        elif name.startswith("@") or name in _OTHER_SPELLINGS or (":" in name and not _is_own_word(name, own)):
            yield f"{pointer}/{name}"
    identifier = value.get("id")
    if isinstance(identifier, str) and identifier.startswith("_:"):
        # Two objects of one such name are one thing.
        yield f"{pointer}/id: a blank node"
