"""What others say in a badge: each endorsement is verified by itself, as a credential of its own.

It is read from the document as it was found: what it says its own signature covers. What it is about comes from the id
of its subject, never from its place. So many of them, so many members and so many addresses in all: a badge is never
refused for what others say of it.
Sources: Open Badges 3.0, EndorsementCredential, EndorsementSubject, 8.2 (endorsementJwt); docs/decisions.md 32.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from .. import dates, endorsing, kinds, parts, strict_json, texts
from ..badge import Badge
from ..details import Party
from ..examination import (
    Check,
    Endorsement,
    UnreadableBadge,
    Web,
    gravest,
    state_of,
)
from ..proofs.signed_texts import SignedText
from ..proofs.verification import Secured, secured_object
from . import bundles, sd_jwt_badges, shape
from . import details as details_reader

MOST_MEMBERS = 6_000
"""Of all of them together: what four times the heaviest badge costs that is looked at beside other people's requests."""
_CHARACTERS_OF_A_MEMBER = 200
Verify = Callable[[Secured, Web, datetime], tuple[Check, ...]]
"""What is asked of every credential: six checks, by which its state is told (examine.py)."""


def is_endorsement(credential: Mapping[str, Any]) -> bool:
    """Whether *credential* is what somebody says of a badge, and no badge itself."""
    found = kinds.types(credential)
    return kinds.ENDORSEMENT in found and kinds.BADGES.isdisjoint(found)


def endorsements(document: Mapping[str, Any], badge: Badge, web: Web, verify: Verify) -> tuple[Endorsement, ...]:
    """What stands in *document*, in which *badge* was read, of the badge, its achievement, its issuer and its creator.

    *verify* is asked of each; what is too much to look at is told as unknown.
    """
    written = _written(document)
    if not written:
        return ()
    budget, aside = _Budget(web), endorsing.aside(web)
    found = (_looked(item, badge, aside, budget, verify) for item in written)
    return tuple(dict.fromkeys(found))


def _written(document: Mapping[str, Any]) -> list[dict[str, Any] | str]:
    """Each endorsement as it stands there, at most endorsing.MOST: an object with the context that it leans on, or a token."""
    found: list[dict[str, Any] | str] = []
    for place in _places(document):
        if "endorsement" not in place and "endorsementJwt" not in place:
            continue
        for item in [*texts.listed(place.get("endorsement")), *texts.listed(place.get("endorsementJwt"))]:
            token = item.strip() if isinstance(item, str) else bundles.token_within(item) if _is_object(item) else None
            if token is not None and texts.is_token(token):
                found.append(token)
            elif _is_object(item):
                found.append(item if "@context" in item else {"@context": document.get("@context"), **item})
            if len(found) == endorsing.MOST:
                return found
    return found


def _is_object(item: Any) -> bool:
    return isinstance(item, dict)


def _places(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Where the standard has endorsements: credential, achievement, issuer, creator."""
    yield document
    achievements = [one for subject in shape.subjects(document) for one in texts.objects(subject.get("achievement"))]
    yield from achievements[: parts.MOST]
    yield from texts.objects(document.get("issuer"))[:1]
    for achievement in achievements[: parts.MOST]:
        yield from texts.objects(achievement.get("creator"))[:1]


class _Budget:
    """What may still be worked out."""

    def __init__(self, web: Web) -> None:
        self.members = MOST_MEMBERS
        self._web = web

    def allows(self, item: dict[str, Any] | str) -> bool:
        """Whether *item* may be worked out, too; raises TooHeavy where it may elsewhere."""
        if self.members < 0:
            return False  # to count takes long, too: each has the whole context of the document
        cost = len(item) // _CHARACTERS_OF_A_MEMBER if isinstance(item, str) else strict_json.count_members(item)
        self.members -= cost
        if self.members < 0:
            return False
        self._web.spend(cost)
        return True


def _looked(item: dict[str, Any] | str, badge: Badge, aside: Web, budget: _Budget, verify: Verify) -> Endorsement:
    if not budget.allows(item):
        return _told({}, badge, Check("intact", "unknown", "too-much-to-read"))
    try:
        secured = _secured(item, aside)
    except UnreadableBadge as problem:
        return _told({}, badge, Check("intact", "unknown", problem.reason))
    if secured.intact.reason == "not-canonicalisable":
        budget.members = 0  # it was made to cost much, and so may be the others
    if not is_endorsement(secured.credential):
        return _told({}, badge, Check("conforms", "unknown", "no-endorsement"))
    checks = verify(secured, aside, aside.now)
    gravest_one = gravest(checks)
    return replace(
        _told(secured.credential, badge, secured.intact),
        state=state_of(checks),
        binding=secured.binding,
        bound=secured.bound.outcome,
        reason="" if gravest_one.outcome == "passed" else gravest_one.reason,
        key=secured.key,
        ends=min(filter(None, map(dates.moment, secured.ends)), default=None),
    )


def _secured(item: dict[str, Any] | str, web: Web) -> Secured:
    return secured_object(item, web) if isinstance(item, dict) else sd_jwt_badges.secured_text(SignedText(item), web)


def _told(credential: Mapping[str, Any], badge: Badge, intact: Check) -> Endorsement:
    """The words of *credential*, before more of it was looked at than whether it is *intact*."""
    subjects = shape.subjects(credential)
    subject = subjects[0] if len(subjects) == 1 else {}
    endorser = details_reader.party(credential.get("issuer")) or Party()
    return Endorsement(
        about=endorsing.about(subject_of(credential, subject).id, badge),
        endorser=endorser,
        comment=texts.text(subject.get("endorsementComment"))[: endorsing.COMMENT],
        said_on=said_on(credential),
        by=endorsing.said_by(endorser.id, badge),
        state="unknown",
        binding="unknown",
        intact=intact.outcome,
        bound="unknown",
        reason=intact.reason,
    )


def subject_of(credential: Mapping[str, Any], subject: Mapping[str, Any]) -> Party:
    """Whom or what *credential* is about, by what it says of its *subject*. Where it binds the id of that to the bytes of a text, as
    we do that sign words on what was read, it is about these and nobody's who calls something else so.

    Source: Verifiable Credentials Data Model 2.0, 5.3 (relatedResource)."""
    found = details_reader.party(subject) or Party()
    bound = (texts.address(one) for one in texts.listed(credential.get("relatedResource")))
    return Party() if found.id in bound else found


def said_on(credential: Mapping[str, Any]) -> datetime | None:
    """When it says that it was said."""
    moments = (dates.moment(credential.get(name)) for name in ("awardedDate", "validFrom", "issuanceDate"))
    return next(filter(None, moments), None)
