"""Words of others as pages tell them: to their holder, who chooses, and to whoever is shown one.

What was not shown to come from whom it names is nobody's word, and is told to nobody but its holder.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from .. import badges, trust
from .models import Endorsement

_WITHIN_QUOTES = str.maketrans("«»“”", "‹›‘’")


@dataclass(frozen=True, kw_only=True, slots=True)
class EndorsementView:
    """What somebody says of a moment or of a badge."""

    id: int = 0
    """Of a kept word; 0 for one that stands in a badge."""
    mark: str = ""
    """Of one that stands in a badge (badges.endorsement_mark)."""
    is_asked: bool = False
    """Whether it was asked for here, and is signed by this instance."""
    evidence_id: int | None = None
    badge_id: int | None = None
    """What it is about."""
    told: Mapping[str, Any] | None = None
    """What its tutor read of the moment; None for a word on a badge."""
    name: str
    role: str = ""
    organisation: str = ""
    relation: str = ""
    """A Relation, "" for what was not asked for here."""
    setting: str = ""
    afest: Sequence[str] = ()
    sentence: str = ""
    is_spoken: bool = False
    seconds: int = 0
    """Of the voice, 0 where nobody counted."""
    mail_domain: str = ""
    """Where the code went that they typed; "" where they typed none, and where the same mailbox stands behind several names, for
    which a word is not signed (keeping.py, rule 3)."""
    facts: Sequence[trust.ToldFact] = ()
    """What public lists say of the organisation whose site that is."""
    site: str = ""
    """Of a word that came as a file or in a badge: the domain that was proven to say it, "" for none."""
    endorser: trust.Issuer | None = None
    vouching: trust.Answer = trust.NOBODY
    """Of the same: whoever says it, and who vouches for them, as decided when the page is made (`told_to_others`)."""
    by: str = ""
    """Of the same: `issuer` or `holder` where it is one of these who says it."""
    about: str = ""
    """Of the same: what it is about, as openbadges tells it."""
    worth: badges.Worth = "good"
    given_at: datetime | None = None
    ends_at: datetime | None = None
    has_document: bool = False
    """Whether there is a signed document of this word alone."""

    @property
    def may_be_shown(self) -> bool:
        """Whether it may be chosen for others."""
        return self.worth in badges.MAY_BE_SHOWN and self.about != "other"

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back."""
        return self.worth == "withdrawn"


def view_endorsements(session: Session, ids: Collection[int], now: datetime) -> dict[int, EndorsementView]:
    """The words of these ids that their holders kept, and did not remove; those that were taken back, too."""
    return {one.id: view_of(one, now) for one in session.scalars(_kept().where(Endorsement.id.in_(ids)))}


def showable_endorsements(session: Session, holder_id: int, now: datetime) -> list[EndorsementView]:
    """The holder's words that may be chosen for others, the oldest first."""
    mine = session.scalars(_kept().where(Endorsement.holder_id == holder_id).order_by(Endorsement.id))
    return [told for one in mine if (told := view_of(one, now)).may_be_shown]


def view_of(kept: Endorsement, now: datetime) -> EndorsementView:
    """*kept* as pages tell it at *now*."""
    found = badges.make_endorsements([kept.examination])[0] if kept.examination else None
    worth = worth_at(kept, found.worth if found else "good", now)
    return EndorsementView(
        id=kept.id,
        is_asked=kept.origin == "asked",
        evidence_id=kept.evidence_id,
        badge_id=kept.badge_id,
        told=kept.told,
        name=kept.name,
        role=kept.role,
        organisation=kept.organisation,
        relation=kept.relation,
        setting=kept.setting,
        afest=kept.afest or (),
        sentence=kept.sentence if worth in badges.MAY_BE_SHOWN else "",
        is_spoken=kept.recording is not None,
        seconds=kept.seconds or 0,
        mail_domain=kept.mail_domain if kept.means == "mail" and kept.document else "",
        site=found.site if found else "",
        endorser=replace(found.endorser, kept_at=kept.arrives_at) if found else None,
        by=found.by if found else "",
        about=found.about if found else "",
        worth=worth,
        given_at=kept.given_at,
        ends_at=kept.ends_at,
        has_document=kept.document is not None,
    )


def worth_at(kept: Endorsement, found: badges.Worth, now: datetime) -> badges.Worth:
    """What *kept*, which was *found* to be worth that, is worth at *now*: it may have been taken back, or be over."""
    if kept.withdrawn_at:
        return "withdrawn"
    return badges.worth_at(found, kept.ends_at, now)


def told_to_others(
    view: EndorsementView, registers: trust.Registers, now: datetime, *, with_siae: bool = False
) -> EndorsementView:
    """*view* with what public lists say of its site, and with what tells of a SIAE only where the holder chose that: their
    signed document never does (signing.py)."""
    site = trust.Issuer(id=f"https://{view.mail_domain}", name="", binding="proven")
    # What stands in quotation marks ends where we end it: after it we say how it is known.
    typed = {
        part: getattr(view, part).translate(_WITHIN_QUOTES) for part in ("name", "role", "organisation", "sentence")
    }
    return replace(
        view,
        **typed,
        setting="" if view.setting == "siae" and not with_siae else view.setting,
        facts=registers.answer(site, now, with_siae=with_siae).facts if view.mail_domain else (),
        vouching=registers.answer(view.endorser, now, with_siae=with_siae) if view.endorser else trust.NOBODY,
    )


def views_in_badge(
    badge_id: int, told: Sequence[Mapping[str, Any]], now: datetime, kept_at: datetime | None = None
) -> list[EndorsementView]:
    """The words that stand in the badge of that id, kept since *kept_at*, as pages tell them at *now*, out of what was kept with its
    examination (`endorsements`)."""
    return [
        EndorsementView(
            mark=one.mark,
            badge_id=badge_id,
            name=one.name,
            sentence=one.comment,
            site=one.site,
            endorser=replace(one.endorser, kept_at=one.endorser.kept_at or kept_at),
            by=one.by,
            about=one.about,
            worth=badges.worth_at(one.worth, one.ends_at, now),
            given_at=one.said_on,
            ends_at=one.ends_at,
        )
        for one in badges.make_endorsements(told)
    ]


def _kept() -> Select[Endorsement]:
    return select(Endorsement).where(Endorsement.accepted_at.is_not(None), Endorsement.removed_at.is_(None))
