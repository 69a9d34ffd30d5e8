"""Credentials that are no badges: what each seems to be, and which of them tell who somebody is.

A document of identity comes in all the forms in which badges come: whoever keeps badges asks here, and keeps none of it
(badges/importing.py). As SD-JWT it is refused before anything of it is verified or asked for. What else is no badge is told so as an SD-JWT, the form of the European wallets; as JSON or
as a token of the data model it is shown by its kind, as any credential is.
"""

import re
from collections.abc import Mapping
from typing import Any

from .. import kinds, texts
from ..examination import NotABadge
from . import shape

OURS = kinds.BADGES | {kinds.RECORD, kinds.ENDORSEMENT, "VerifiablePresentation"}
"""The kinds of credential that the engine reads, or tells by itself for what they are."""
_EUROPEAN_DIPLOMA = "EuropeanDigitalCredential"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "driving-licence",
        re.compile(r"\bm ?dl\b|driv(?:ing|ers?)(?: s)? ?licen[cs]e|permis ?de ?conduire|f(?:ue|ü)hrerschein|18013 5\b"),
    ),
    (
        "identity-document",
        re.compile(
            r"\bpid\b|identit[yeé]|\b(?:personal|national|verifiable) ?id(?:ent\w*|s)?\b|person ?identification"
            r"|\b(?:e ?)?id ?card\b|^(?!.*\b(?:career|comp[eé]ten\w+|formation|learn\w+|pr[eé]vention|skills?|training)\b).*passe?port"
            r"|\bphoto ?id(?:entification)?\b|\bresiden(?:ce|t) ?(?:permit|card)"
            r"|permanent ?resident|(?<!digital )\bcitizen\b(?! scien)|(?<!digital )\bcitizenship ?(?:card|certificate|credential)"
            r"|\bbirth ?(?:certificate|date|record)|\bage ?(?:over|verif)"
            r"|\behic\b|\bhiid\b|health ?insurance ?(?:card|id|number)\b|\btax ?(?:id|number)\b|\beudi tax\b"
        ),
    ),
    ("diploma", re.compile(r"dipl[oô]m(?:as?|es?)?\b|degrees?\b|\btranscripts?\b|\bacademic\b|\bstudents?\b")),
)
"""What a kind of credential seems to be, by the words of its name: courses on health, taxes or homes are none of them, nor
is a passport of skills."""
_OF_LEARNING = re.compile(
    r"\b(?:achievement|alumn\w+|badge|competenc\w+|courses?|education\w*|formation|learn\w+|micro ?credential"
    r"|qualifications?|skills?|training)\b"
)
"""Words of what somebody has learnt: such a credential is no document of identity for a day of birth in it."""
_BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")
_HOST = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)
OF_PERSONS = frozenset({"identity-document", "driving-licence"})
"""Kinds of credential that tell who somebody is: nothing of them is ever kept (docs/security.md C12)."""
OTHER_KINDS = frozenset({"other-credential", *(kind for kind, _ in _KINDS)})
"""Why a credential is no badge, in one word: what it seems to be."""
_PERSONAL = frozenset(
    {
        *("birthdate", "birth_date", "birthDate", "date_of_birth", "place_of_birth", "nationality", "nationalities"),
        *("document_number", "personal_administrative_number", "age_over_18", "age_equal_or_over", "portrait"),
    }
)
"""Claims by which a person is told from others: OpenID Identity Assurance; the PID Rulebook of the European wallet."""


def is_ours(credential: Mapping[str, Any]) -> bool:
    """Whether *credential* is a badge, a record of badges or what carries some; where it names no type, by its contexts."""
    named, contexts = kinds.types(credential), texts.listed(credential.get("@context"))
    return not OURS.isdisjoint(named) or (
        not named - {"VerifiableCredential"}
        and any(isinstance(context, str) and context.startswith(shape.BADGE_CONTEXTS) for context in contexts)
    )


def refuse_identity(claims: Mapping[str, Any]) -> None:
    """Raise NotABadge where *claims*, a credential or a token that holds one, tell who somebody is, and are no badge."""
    within = claims.get("vc")
    written = within if isinstance(within, dict) else claims
    named = kinds.types(written)
    if "VerifiableCredential" not in named and "credentialSubject" not in written:
        return
    # An achievement is what no document of identity has; a European diploma tells whose it is, and is shown.
    if is_ours(written) or _EUROPEAN_DIPLOMA in named or any("achievement" in one for one in shape.subjects(written)):
        return
    problem = refusal(claims, written)
    if problem.reason in OF_PERSONS:
        raise problem


def refusal(claims: Mapping[str, Any], credential: Mapping[str, Any]) -> NotABadge:
    """Why the *credential* in these *claims* is no badge: what it seems to be, in one word."""
    # Whose name it is says nothing of what is called so.
    names = " ".join([_HOST.sub("", str(claims.get("vct", ""))), *sorted(kinds.types(credential))])
    # No honest ones are longer; to look through a whole file of them takes seconds, in which nobody else is answered.
    words = _BETWEEN_WORDS.sub(" ", names[: texts.TEXT]).lower()
    kind = next((kind for kind, pattern in _KINDS if pattern.search(words)), "other-credential")
    if kind == "other-credential" and not _OF_LEARNING.search(words):
        told = (claims, *shape.subjects(credential))
        kind = "identity-document" if any(not _PERSONAL.isdisjoint(one) for one in told) else kind
    return NotABadge(kind, str(claims.get("vct") or sorted(kinds.types(credential)))[:80])
