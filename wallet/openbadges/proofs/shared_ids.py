"""Two things of one id: as linked data they are one, and whoever holds a document chooses which of them says what.

What a page reads of a thing must therefore stand where it is read, or be told alike wherever that thing is spoken of. An
issuer may write otherwise who gives two things one address; nobody can tell that from a word that was moved.
Source: JSON-LD 1.1, 3.3 (Node Identifiers); docs/decisions.md 4.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kinds, parts, texts

_CREDENTIAL, _SUBJECT, _ACHIEVEMENT = "", "/credentialSubject", "/credentialSubject/achievement"
_EVIDENCE, _REFRESHING = "/evidence", "/refreshService"
_CARRIED = "/credentialSubject/verifiableCredential"
"""The badges of a record: they are of the same person, and each is read as a document of its own (bundles.py)."""
_ENDORSED = "/endorsement/"
"""What others say in it: each is read and verified as a document of its own (v3/endorsements.py)."""
_LONGEST_POINTER = 200
_NOTHING = frozenset[str]()
_MOST_PLACES = 64
"""In which one thing is spoken of: no issuer needs more."""
_PROFILE = frozenset({"name", "url", "email", "description", "image", "parentOrg"})
_OF_A_BADGE: Mapping[str, frozenset[str]] = {
    _CREDENTIAL: parts.HOURS
    | frozenset(
        {
            *("issuer", "credentialSubject", "credentialStatus", "name", "description", "image", "evidence"),
            *("awardedDate", "inLanguage", "validFrom", "validUntil", "issuanceDate", "expirationDate"),
            *("refreshService", "relatedResource"),
        }
    ),
    _SUBJECT: frozenset(
        {
            *("achievement", "identifier", "narrative", "result", "creditsEarned", "role", "term", "source"),
            *("activityStartDate", "activityEndDate", "licenseNumber", "name", "image", "hasCredential"),
        }
    ),
    _ACHIEVEMENT: parts.HOURS
    | frozenset(
        {
            *("name", "description", "image", "criteria", "alignment", "achievementType", "tag", "inLanguage"),
            *("creator", "creditsAvailable", "resultDescription", "fieldOfStudy", "specialization", "related"),
            *("humanCode", "otherIdentifier", "version"),
        }
    ),
}
"""What is read of a badge, of its subject and of its achievement: anywhere else no issuer writes what is of these alone."""
_PROFILES = ("issuer", "creator", "source", "parentOrg")
_TOLD_IN_SHORT = frozenset({*_PROFILES, "image"})
_OF_OTHERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_PROFILES, _PROFILE),
    "achievement": frozenset({"name", "description", "image", "inLanguage"}),
    "hasCredential": frozenset({"name", "description"}),
    "evidence": parts.OF_EVIDENCE,
    "criteria": frozenset({"narrative"}),
    "image": frozenset({"caption"}),
    "alignment": frozenset(
        {
            *("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode"),
            *("name", "url", "description", "framework"),
        }
    ),
    "related": frozenset({"inLanguage", "version"}),
    "result": frozenset({"resultDescription", "value", "status", "achievedLevel"}),
    "resultDescription": frozenset(
        {
            *("name", "resultType", "requiredLevel", "requiredValue", "valueMin", "valueMax", "rubricCriterionLevel"),
        }
    ),
    "rubricCriterionLevel": frozenset({"name", "level", "points", "description"}),
    "credentialStatus": frozenset(
        {
            *("statusListIndex", "statusListCredential", "statusSize"),
            *("revocationListIndex", "revocationListCredential"),
        }
    ),
    "identifier": frozenset({"identityType", "identityHash", "hashed", "salt"}),
    "otherIdentifier": frozenset({"identifier", "identifierType"}),
    **dict.fromkeys(parts.HOURS, frozenset({"StudyLoad"})),
}
"""What is read of other things, by the name of the member under which they stand."""
_SEVERAL = frozenset({"rubricCriterionLevel", "type"})
"""Of what such a thing may have more than one."""
_ONCE = frozenset({*_OF_A_BADGE, _EVIDENCE})
"""Places of what stands there once (shape.py), and of what may well be told of one page in several ways."""
_OF_BOTH = frozenset({"name", "description", "image", "inLanguage"}) | parts.HOURS
"""What a badge and its achievement may each say: where both have one address, both are shown as what was given."""
_OF_ACHIEVEMENT_TOO = frozenset({"image", "inLanguage"}) | parts.HOURS
_OF_A_PERSON = frozenset({"name", "image"})
"""What most badges do not say of their subject, which may be its own issuer or endorser."""
_Said = dict[str, list[Any]]
"""What is said of one thing at one place, by the names of members."""


def moved_words(document: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Where in *document* something may be said that is read at another place, as a pointer and what it says more of; and whether
    an issuer may have written it so."""
    known = _Known()
    for name, places in _spoken_of(document).items():
        for place, is_its_own in _moved(places, known):
            yield f"{place}: says more of {name}"[:_LONGEST_POINTER], is_its_own


def _spoken_of(document: Mapping[str, Any]) -> dict[str, dict[str, _Said]]:
    """What is said of each thing that has an id, by the places where it is spoken of; only of those spoken of more than once."""
    found: dict[str, dict[str, _Said]] = {}
    several = set[str]()
    for place, thing in _things(document):
        identifier = thing.get("id")
        if not isinstance(identifier, str) or not identifier:
            continue
        if identifier in found:
            several.add(identifier)
        said = found.setdefault(identifier, {}).setdefault(place, {})
        for name, inner in thing.items():
            if name != "id" and (words := texts.listed(inner)):
                said.setdefault(name, []).extend(words)
    for piece in texts.listed(document.get("evidence"))[: texts.MANY]:
        if isinstance(piece, str) and piece in found:
            several.add(piece)
            found[piece].setdefault(_EVIDENCE, {})  # its words may all stand elsewhere
    return {name: found[name] for name in several}


def _things(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in *document*, each with its place: the names that lead to it."""
    waiting: list[tuple[str, Any]] = [(_CREDENTIAL, document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, list):
            waiting.extend((place, item) for item in value if isinstance(item, dict | list))
            continue
        yield place, value
        waiting.extend(
            (f"{place}/{name}"[:_LONGEST_POINTER], inner)
            for name, inner in value.items()
            if name != "@context" and isinstance(inner, dict | list)
        )


def _moved(places: Mapping[str, _Said], known: "_Known") -> Iterator[tuple[str, bool]]:
    """Where of one thing, spoken of at several *places*, something is said that is read at another one and does not stand there."""
    if len(places) > _MOST_PLACES:
        yield next(iter(places)), True
        return
    if _EVIDENCE in places and any(
        _speaks_for(place, said, places[_EVIDENCE], known) for place, said in places.items()
    ):
        # Its address and its words are often the learner's own: whoever moves them to the issuer speaks as the issuer.
        yield _EVIDENCE, True
    for place, said in places.items():
        read, is_endorsers = _read_at(place), _ENDORSED in place
        is_told_once = place in _ONCE or is_endorsers
        if not is_told_once and any(known.contradict(said[name]) for name in (read & said.keys()) - _SEVERAL):
            # Told in pieces: whoever swaps a word of the one with that of the other makes another thing of them.
            yield place, True
        for other, told in places.items() if read else ():
            # A word that was moved within what others say is not what they signed, and the badge is no worse for it; one that was
            # moved from there to the badge is told as its issuer's.
            if other == place or (is_endorsers and _ENDORSED in other) or _is_another_matter(place, other):
                continue
            for name in read & told.keys():
                is_its_own = name in _read_at(other)
                if not _is_told_alike(place, other, name, said, told, known):
                    yield other, is_its_own or place not in _OF_A_BADGE
    yield from _told_twice(places, known)
    yield from _named_elsewhere(places, known)
    yield from _called_elsewhere(places)


def _read_at(place: str) -> frozenset[str]:
    """What is read of a thing at *place*; of another document, nothing as of this one's."""
    if place in _OF_A_BADGE:
        return _OF_A_BADGE[place]
    if place == _REFRESHING:
        return frozenset({"type"})
    return _NOTHING if place.startswith(_CARRIED) else _OF_OTHERS.get(_role(place), _NOTHING)


def _role(place: str) -> str:
    return place.rpartition("/")[2]


def _is_another_matter(place: str, other: str) -> bool:
    """Whether what stands at *other*, in another document within, is none of what is read at *place*."""
    if other.startswith(_CARRIED):
        return place != _CREDENTIAL
    # Who vouches for itself may do so under another name.
    within, around = max(place, other), min(place, other)
    return within == f"{around}{_ENDORSED}issuer" and _read_at(around) == _PROFILE


def _is_told_alike(place: str, other: str, name: str, said: _Said, told: _Said, known: "_Known") -> bool:
    """Whether what is *told* at *other* under *name* is no other word than what is *said* at *place*, where it is read; or leaves
    the thing at *place* what it is."""
    if {place, other} == {_CREDENTIAL, _ACHIEVEMENT} and name in _OF_BOTH:
        return place == _CREDENTIAL or name in said or name in _OF_ACHIEVEMENT_TOO
    if place == _SUBJECT and name in _OF_A_PERSON and (name not in said or _role(other) in _PROFILES):
        return True
    if place == _REFRESHING:
        # It may be where the badge itself is given, and an endorsement, too; what else has its address may have lent it a type.
        of_its_own = kinds.types(said) if _role(place) == _role(other) else frozenset[str]()
        return kinds.types(told) <= (kinds.OF_CREDENTIALS if other == _CREDENTIAL else of_its_own)
    is_of_a_kind = _read_at(place) == _read_at(other)
    if name in said:
        # A word that two kinds of thing have is said of one of them, and nobody can tell of which; evidence is asked for by itself.
        is_clear = is_of_a_kind or name not in _read_at(other) or _EVIDENCE in (place, other)
        return is_clear and set(map(known.by, told[name])) <= set(map(known.by, said[name]))
    # An organisation is told in full at one place and in short at another; evidence may be the page of what has words of its own.
    is_in_short = is_of_a_kind and _role(place) in _TOLD_IN_SHORT
    return is_in_short or (place == _EVIDENCE and name in _read_at(other))


def _told_twice(places: Mapping[str, _Said], known: "_Known") -> Iterator[tuple[str, bool]]:
    """Where a badge and its achievement have one address, and the one says in one language what both do."""
    if {_CREDENTIAL, _ACHIEVEMENT} <= places.keys():
        both = ((place, places[place]) for place in (_CREDENTIAL, _ACHIEVEMENT))
        yield from (
            (place, True) for place, said in both for name in _OF_BOTH & said.keys() if known.contradict(said[name])
        )


def _named_elsewhere(places: Mapping[str, _Said], known: "_Known") -> Iterator[tuple[str, bool]]:
    """Where only a record within a record tells whom that is for; a badge within says it in another word."""
    named = set(map(known.by, places.get(_SUBJECT, {}).get("identifier", [])))
    for place, told in places.items() if _SUBJECT in places else ():
        is_for_a_person = place.startswith(_CARRIED) and "ClrSubject" in told.get("type", [])
        if is_for_a_person and any(known.by(identifier) not in named for identifier in told.get("identifier", [])):
            yield place, False


def _called_elsewhere(places: Mapping[str, _Said]) -> Iterator[tuple[str, bool]]:
    """Where only another place tells what kind of credential it is: a badge would be none, and an endorsement would be one."""
    called = kinds.types(places.get(_CREDENTIAL))
    for place, told in places.items() if _CREDENTIAL in places else ():
        if not kinds.DECIDING.isdisjoint(kinds.types(told) - called):
            yield place, place.startswith(_CARRIED) or _ENDORSED in f"{place}/"


def _speaks_for(place: str, said: _Said, evidence: _Said, known: "_Known") -> bool:
    """Whether what is *said* at *place* could be the words of a piece of *evidence* of the same id."""
    names = parts.OF_EVIDENCE & said.keys()
    if place == _CREDENTIAL or _role(place) in {"evidence", "proof"} or place.startswith(_CARRIED):
        return False
    if place == _ACHIEVEMENT:  # its page may be evidence, as long as both are called alike
        return any(known.contradict([*said[name], *evidence.get(name, [])]) for name in names)
    return bool(names)


class _Known:
    """By what the words of one document are known, to be compared: each part of them is taken apart once, however often it lies in
    another."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._of_parts: dict[int, tuple[Any, int]] = {}

    def contradict(self, words: list[Any]) -> bool:
        """Whether there are several *words* in one language."""
        if len(words) < 2:
            return False
        told = {(_language(word), self.by(word)) for word in words}
        return len({language for language, _ in told}) < len(told)

    def by(self, value: Any) -> str | int:
        """The text that *value* is, or a number that only what is written alike has; a thing that has an id is that, whatever else is
        said of it here."""
        if isinstance(value, dict):
            value = value.get("@value") or value.get("id") or value
        return value if isinstance(value, str) else self._number(value)

    def _number(self, value: Any) -> int:
        if not isinstance(value, dict | list):
            return self._numbers.setdefault((type(value), repr(value)), len(self._numbers))
        if id(value) not in self._of_parts:
            parts = (
                tuple((name, self._number(inner)) for name, inner in value.items())
                if isinstance(value, dict)
                else tuple(map(self._number, value))
            )
            number = self._numbers.setdefault((type(value), parts), len(self._numbers))
            self._of_parts[id(value)] = value, number  # which keeps it: no other gets its id
        return self._of_parts[id(value)][1]


def _language(word: Any) -> str:
    return str(word.get("@language", "")).lower() if isinstance(word, dict) else ""
