"""A search through a holder's badges and moments: by their own words, by competency, by issuer, by year.

Words are compared without accents and endings: « communique » finds « Communiquer », « regle » finds « règles ». All
that is asked for must fit. What is looked through are names, issuers, what issuers say a badge is, and what the holder
tells of it. Of five thousand badges only these few words leave the database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import snowballstemmer
from sqlalchemy import JSON, func, select, type_coerce
from sqlalchemy.orm import Session

from .. import pages
from ..badges import CARD_COLUMNS, PAGE_LENGTH, Card, cards_by_id, page_number
from ..evidence import Answer, Evidence, EvidencedBadge, EvidenceView, view_moments
from ..openbadges import normalise_name
from ..storage import grouped
from .frameworks import Framework
from .recognition import recognise

FRENCH = snowballstemmer.stemmer("french")
ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu)['’]", re.IGNORECASE)
"""What French leaves of a small word before a vowel: nobody looks for it."""
MOST_WORDS = 12
"""Words that are asked for; more of them find nothing more."""
QUERY_LIMIT = 200
"""Characters of what is asked for."""
MOST_MOMENTS = 20
"""Moments that are shown of those found."""
READ = type_coerce(CARD_COLUMNS.read, JSON())
LOOKED_THROUGH = (
    CARD_COLUMNS.id,
    READ["name"].as_string().label("name"),
    READ["description"].as_string().label("description"),
    READ[("achievement", "id")].as_string().label("achievement_id"),
    READ[("achievement", "name")].as_string().label("achievement_name"),
    READ[("achievement", "description")].as_string().label("achievement_description"),
    READ[("achievement", "alignment")].label("alignment"),
    READ[("issuer", "name")].as_string().label("issuer_name"),
    READ["issued_on"].as_string().label("issued_on"),
    READ["valid_from"].as_string().label("valid_from"),
)
OF_WORDS = ("name", "description", "achievement_name", "achievement_description", "issuer_name")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchQuery:
    """What is looked for; "" and 0 for whatever it may be."""

    words: str = ""
    competency: str = ""
    """`framework/competency`."""
    issuer: str = ""
    """Their name."""
    year: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.words.strip() or self.competency or self.issuer or self.year)


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """What was found, and what could be asked for."""

    cards: Sequence[Card]
    """The badges on the page that is shown, those added last at the beginning."""
    count: int
    number: int
    leaves: int
    """Which page it is, and of how many."""
    tellings: Sequence[EvidenceView]
    """The moments in whose words something was found, on the first page."""
    competencies: Sequence[tuple[str, Mapping[str, str]]]
    """Those of which some badge speaks: how they are asked for, and their names by language."""
    issuers: Sequence[str]
    years: Sequence[int]
    """The latest one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Badge:
    id: int
    words: str
    moments: Sequence[int]
    """Those that speak of it."""
    competencies: frozenset[str]
    issuer: str
    year: int


def search_wallet(
    session: Session, frameworks: Sequence[Framework], holder_id: int, asked: SearchQuery, number: int
) -> SearchResult:
    """The holder's badges and moments that fit *asked*; the page of that *number*, or the nearest one there is."""
    texts = _texts(session, holder_id)
    of_badge = _by_badge(session, texts)
    badges = [_badge(row, frameworks, of_badge) for row in _rows(session, holder_id)]
    wanted = _wanted(asked.words[:QUERY_LIMIT])
    has = {id: {word for word in wanted if _has(text, word)} for id, text in texts.items()}
    fitting = [one for one in badges if _fits(one, asked) and _has_all(one, wanted, has)]
    number, leaves = page_number(number, len(fitting))
    shown = [one.id for one in fitting[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]]
    there = cards_by_id(session, holder_id, shown)
    told = [id for id, words in has.items() if wanted and len(words) == len(wanted)] if number == 1 else []
    names = {f"{one.id}/{two.key}": two.names for one in frameworks for two in one.competencies}
    spoken_of = {place for one in badges for place in one.competencies}
    return SearchResult(
        cards=[there[id] for id in shown if id in there],
        count=len(fitting),
        number=number,
        leaves=leaves,
        tellings=view_moments(session, holder_id, sorted(told, reverse=True)[:MOST_MOMENTS]),
        competencies=[(place, name) for place, name in names.items() if place in spoken_of],
        issuers=sorted({one.issuer for one in badges if one.issuer}, key=normalise_name),
        years=sorted({one.year for one in badges if one.year}, reverse=True),
    )


def _wanted(typed: str) -> list[str]:
    """The words that are *typed*, as they are compared; of what has no letter, as « 🙂 » or « ? », its signs as they are."""
    spoken = normalise_name(ELIDED.sub(" ", typed)) or normalise_name(typed) or typed
    return list(dict.fromkeys(spoken.split()))[:MOST_WORDS]


def _rows(session: Session, holder_id: int) -> Iterable[Mapping[str, Any]]:
    newest = session.execute(
        select(*LOOKED_THROUGH)
        .where(CARD_COLUMNS.holder_id == holder_id, CARD_COLUMNS.removed_at.is_(None))
        .order_by(CARD_COLUMNS.added_at.desc(), CARD_COLUMNS.id.desc())
    )
    return (dict(row) for row in newest.mappings())


def _badge(row: Mapping[str, Any], frameworks: Sequence[Framework], told: Mapping[int, Sequence[int]]) -> _Badge:
    achievement = {"id": row["achievement_id"], "name": row["achievement_name"], "alignment": row["alignment"]}
    read = {"name": row["name"], "achievement": achievement}
    given = row["issued_on"] or row["valid_from"] or ""
    return _Badge(
        id=row["id"],
        words=" ".join(row[name] or "" for name in OF_WORDS),
        moments=told.get(row["id"], ()),
        competencies=frozenset(
            f"{one.id}/{found.competency.key}"
            for one in frameworks
            for found in recognise(one, read, None)
            if found.competency
        ),
        issuer=row["issuer_name"] or "",
        year=pages.on_the_wall(datetime.fromisoformat(given)).year if given else 0,
    )


def _fits(badge: _Badge, asked: SearchQuery) -> bool:
    return (
        (not asked.competency or asked.competency in badge.competencies)
        and (not asked.issuer or asked.issuer == badge.issuer)
        and (not asked.year or asked.year == badge.year)
    )


def _has_all(badge: _Badge, wanted: Sequence[str], told: Mapping[int, set[str]]) -> bool:
    """Whether each of the words *wanted* is in what the badge says, or in a moment that speaks of it."""
    spoken = {word for id in badge.moments for word in told[id]}
    return all(word in spoken or _has(badge.words, word) for word in wanted)


def _has(text: str, wanted: str) -> bool:
    """Whether the word *wanted* is in *text*, or begins one that is, or is another form of it; or signs are that are no word."""
    if not normalise_name(wanted):
        return wanted in text
    form = _form(wanted)
    return any(word.startswith(wanted) or _form(word) == form for word in _words(text))


@lru_cache(maxsize=300)  # some 10 KB each
def _words(text: str) -> frozenset[str]:
    return frozenset(normalise_name(text).split())


@lru_cache(maxsize=20_000)
def _form(word: str) -> str:
    """*word* without its ending, as French has them. Source: snowballstem.org, the French algorithm."""
    stem: str = FRENCH.stemWord(word)
    return stem


def _texts(session: Session, holder_id: int) -> dict[int, str]:
    """What holds of each moment, in one text."""
    mine = select(Evidence.id).where(Evidence.holder_id == holder_id, Evidence.removed_at.is_(None))
    latest = (
        select(func.max(Answer.id)).where(Answer.evidence_id.in_(mine)).group_by(Answer.evidence_id, Answer.question)
    )
    told = session.execute(select(Answer.evidence_id, Answer.text).where(Answer.id.in_(latest)))
    return {id: " ".join(texts) for id, texts in grouped((id, text) for id, text in told).items()}


def _by_badge(session: Session, texts: Mapping[int, str]) -> dict[int, list[int]]:
    pairs = select(EvidencedBadge.badge_id, EvidencedBadge.evidence_id).where(EvidencedBadge.evidence_id.in_(texts))
    return grouped((badge_id, id) for badge_id, id in session.execute(pairs))
