"""The parts of a badge that every version has: picture, issuer, criteria, alignments, evidence, hours, other editions.

Each takes a member as it stands in the document, in any shape that was ever allowed (a string, an object, a list;
the names of 1.x beside those of 2.0 and 3.0), and gives our own shape. Nothing here raises, nothing is endless.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, fields, replace
from itertools import islice
from typing import Any, TypeVar

from . import texts
from .badge import Alignment, Criteria, Evidence, Image, Issuer
from .details import Edition, Identifier, Result

MOST = 100
"""Alignments, or pieces of evidence, that are read."""
MOST_TAGS = 50
_Piece = TypeVar("_Piece", Alignment, Evidence, Result, Identifier)
_STUDY_LOAD = "StudyLoadExtension"
HOURS = frozenset({f"extensions:{_STUDY_LOAD}", _STUDY_LOAD})
"""The names of the extension that tells how many hours an achievement takes."""
_IN_MINUTES = "openbadges.education/"
"""A platform that writes the extension and counts minutes: the extension itself does not say what it counts."""


def image(value: Any) -> Image | None:
    """The first picture in *value* (OB 2.0, Image; OB 3.0, Image), or None; what is told of it in pieces is put together."""
    if value is None:
        return None
    items = texts.listed(value)[:MOST]
    found = next(filter(None, map(_picture, items)), "")
    if not found:
        return None
    captions = (texts.name(item.get("caption")) for item in items if isinstance(item, dict) and _picture(item) == found)
    return Image(id=found, caption=next(filter(None, captions), ""))


def _picture(item: Any) -> str:
    """The address of the picture that *item* is, "" for none."""
    written = item.get("id", item.get("@id")) if isinstance(item, dict) else item
    if isinstance(written, str) and written.startswith("data:") and len(written) <= texts.PICTURE:
        return written.strip()
    return texts.address(written)


def issuer(value: Any, language: str = "") -> Issuer:
    """The issuer in *value*, an address or a profile (OB 2.0, Profile; OB 3.0, ProfileRef)."""
    value = texts.single(value)
    if not isinstance(value, dict):
        return Issuer(id=texts.address(value))
    return Issuer(
        id=texts.address(value),
        name=texts.name(value.get("name"), language),
        url=texts.address(value.get("url")),
        email=texts.name(value.get("email")),
        description=texts.text(value.get("description"), language),
        image=image(value.get("image")),
    )


def criteria(value: Any, language: str = "") -> Criteria:
    """The criteria in *value*: an address, the words themselves, an object, or a list (OB 2.0 and 3.0, Criteria)."""
    if isinstance(value, dict):
        return _criterion(value, language)
    found = [_criterion(item, language) for item in texts.listed(value)[: texts.MANY]]
    narratives = "\n\n".join(dict.fromkeys(criterion.narrative for criterion in found if criterion.narrative))
    return Criteria(
        id=next((criterion.id for criterion in found if criterion.id), ""), narrative=narratives[: texts.TEXT]
    )


def _criterion(value: Any, language: str) -> Criteria:
    if isinstance(value, dict):
        return Criteria(id=texts.address(value), narrative=texts.text(value.get("narrative"), language))
    if texts.is_link(value):
        return Criteria(id=texts.address(value))
    return Criteria(narrative=texts.text(value, language))


def alignments(value: Any, language: str = "") -> tuple[Alignment, ...]:
    """The links to frameworks of skills in *value* (OB 1.1, AlignmentObject; 2.0 and 3.0, Alignment)."""
    if value is None:
        return ()
    items = texts.objects(value)[: texts.MANY]
    found = put_together((texts.address(item.get("id")), _alignment(item, language)) for item in items)
    return tuple(dict.fromkeys(alignment for alignment in found if alignment.target_name or alignment.target_url))[
        :MOST
    ]


def _alignment(value: dict[str, Any], language: str) -> Alignment:
    return Alignment(
        target_name=texts.name(value.get("targetName", value.get("name")), language),
        target_url=texts.address(value.get("targetUrl", value.get("url"))),
        target_description=texts.text(value.get("targetDescription", value.get("description")), language),
        target_framework=texts.name(value.get("targetFramework", value.get("framework")), language),
        target_code=texts.name(value.get("targetCode")),
    )


OF_EVIDENCE = frozenset({"name", "narrative", "description", "genre"})
"""The words of a piece of evidence."""


def evidence(value: Any, language: str = "") -> tuple[Evidence, ...]:
    """What the issuer gives as support in *value*: addresses, words, or objects (OB 2.0 and 3.0, Evidence).

    What is told in pieces under one id, or twice, is one, and what one piece tells in two ways are two: as linked data it is
    signed alike.
    """
    if value is None:
        return ()
    items = (one for item in texts.listed(value)[: texts.MANY] for one in _alternatives(item))
    read = (_evidence(item, language) for item in islice(items, texts.MANY))
    pieces = put_together((piece.id, piece) for piece in read)
    return tuple(piece for piece in pieces if piece != Evidence())[:MOST]


def _alternatives(item: Any) -> Iterator[Any]:
    """*item* as often as one of its words is told in one language, each time with one of these."""
    words = OF_EVIDENCE & item.keys() if isinstance(item, dict) else ()
    told = {word: texts.one_by_one(item[word]) for word in words if isinstance(item[word], list)}
    if not told:
        yield item  # as most
        return
    for number in range(max(1, *map(len, told.values()))):
        yield item | {word: ones[number] if number < len(ones) else None for word, ones in told.items()}


def put_together(pieces: Iterable[tuple[str, _Piece]]) -> tuple[_Piece, ...]:
    """The *pieces*, each with its id or "": those of one id as one, but for those that contradict it."""
    found: dict[str | _Piece, _Piece] = {}
    for identifier, piece in pieces:
        known = found.get(identifier, piece)
        key = piece if identifier == "" or _contradict(piece, known) else identifier
        found[key] = _joined(found.get(key, piece), piece)
    return tuple(found.values())


def _contradict(piece: _Piece, other: _Piece) -> bool:
    return any(mine and yours and mine != yours for mine, yours in zip(astuple(piece), astuple(other), strict=True))


def _joined(piece: _Piece, other: _Piece) -> _Piece:
    missing = {one.name: getattr(other, one.name) for one in fields(piece) if not getattr(piece, one.name)}
    return replace(piece, **missing)


def _evidence(value: Any, language: str) -> Evidence:
    if not isinstance(value, dict):
        return Evidence(id=value.strip()) if texts.is_link(value) else Evidence(narrative=texts.text(value, language))
    identifier = texts.address(value)
    return Evidence(
        id="" if identifier.startswith("_:") else identifier,  # a name inside the file, which leads nowhere
        name=texts.name(value.get("name"), language),
        narrative=texts.text(value.get("narrative"), language),
        description=texts.text(value.get("description"), language),
        genre=texts.name(value.get("genre"), language),
    )


def editions(value: Any, language_member: str) -> tuple[Edition, ...]:
    """The other editions of an achievement in *value* (OB 2.0, BadgeClass, related; 3.0, Related), whose language stands
    under *language_member*."""
    found = (
        Edition(
            id=texts.address(item),
            in_language=texts.name(texts.single(item.get(language_member))),
            version=texts.name(item.get("version")),
        )
        for item in by_id(value).values()
    )
    return tuple(found)[:MOST]


def by_id(value: Any) -> dict[str, dict[str, Any]]:
    """The objects in *value* by their ids; what is told of one in pieces is put together, the first word counts."""
    found: dict[str, dict[str, Any]] = {}
    for item in texts.objects(value)[: texts.MANY]:
        if name := texts.address(item.get("id")):
            whole = found.setdefault(name, {})
            for member, said in item.items():
                whole.setdefault(member, said)
    return found


def the_one(value: Any) -> Any:
    """What *value* says once, twice or in pieces under one id; None where its pieces are of several."""
    said = texts.single(value)
    if not isinstance(said, list):
        return said
    pieces = by_id(said)
    is_one = len(pieces) == 1 and all(texts.address(one) in pieces for one in said)
    return next(iter(pieces.values())) if is_one else None


def hours(said: Mapping[str, Any], contexts: Any) -> str:
    """How many hours an achievement takes, by an extension in *said*: no version has a member for it. "" where nobody knows
    what is counted, which the address of its context tells, in it or in *contexts*."""
    written = the_one(next((said[name] for name in sorted(HOURS & said.keys(), reverse=True)), None))
    if not isinstance(written, dict):
        return ""
    named = [*texts.listed(written.get("@context")), *texts.listed(contexts)]
    count = texts.single(written.get("StudyLoad"))
    is_counted = isinstance(count, int | float) and not isinstance(count, bool) and 0 < count < 10_000_000
    in_minutes = any(isinstance(one, str) and _STUDY_LOAD in one and _IN_MINUTES in one for one in named)
    return f"{count / 60:.4g}" if is_counted and in_minutes else ""
