"""What others see of a share: an allow-list of its badges, and nothing else of the holder (docs/security.md G10).

All is asked at every request: whether the share was stopped, whether it ended, and what was read and found of each
badge. The last two are never taken apart: an older text beside a newer state would pass a forged text off as verified.
Unknown, ended and stopped are one and the same Missing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from .. import accounts, competencies, endorsements, evidence, openbadges, registers, storage, trust
from ..badges import Card, KeptBadge, level_for_others, make_card, right_until, told_at
from ..endorsements import Endorsement, EndorsementView
from . import evidence_snapshots, lifecycle, passcodes, shown_endorsements
from .evidence_snapshots import EvidenceSnapshot, MomentAndBadge, SnapshotView
from .models import LONGEST, WORD_LIMIT, Choice, Share, ShownBadge
from .recipients import GRAVITY, NOBODY_NAMED, Given, given_to, names_in, telling_words, without_names
from .shown_endorsements import EndorsementChoice, EndorsementInShare
from .verdict import GOOD, GRAVE, Exceptions, Overall, Rows, overall, rows_of

SHOWN = ("name", "description", "narrative", "language", "issued_on", "valid_from", "valid_until", "id")
OF_ACHIEVEMENT = ("name", "description", "criteria", "alignment")
OF_ISSUER = ("id", "name", "url")
SEWN = ("same", "address")
"""The ties of badges that are told without a doubt about whose they are."""
GENRE_ALONE = dict.fromkeys(("id", "name", "narrative", "description"), "")
"""What a share shows of what was read in a badge: these members and no other, and what _allowed adds."""
APART = {"differs": "differs", "address-unconfirmed": "other-address"}
"""The ties that have a colour of their own, as the sentence that wears it: where they are those of some badges, these are named."""
LONG_WORD = 140
"""Signs of a word to the employer that stands beside who shows, on the page and on paper."""
A_SECOND = timedelta(seconds=1)
FROM_FILE: openbadges.Origin = "file"
"""Where nobody vouches for a member."""
HERE = and_(KeptBadge.id == ShownBadge.badge_id, KeptBadge.removed_at.is_(None))
SHARE, PASSCODE, PLACED, BADGE = (table.__table__.c for table in (Share, passcodes.Passcode, ShownBadge, KeptBadge))
EXHIBIT, EVIDENCE = (table.__table__.c for table in (EvidenceSnapshot, evidence.Evidence))
MARKS = (SHARE.ends_at, SHARE.changes, SHARE.takes_messages, PLACED.place, BADGE.edition, EVIDENCE.edition)
GLANCE = (
    select(
        *(SHARE.id, SHARE.holder_id, SHARE.hides_name, PASSCODE.code_hash),
        registers.EDITION.scalar_subquery(),
        *(type_coerce(mark, NullType) for mark in MARKS),  # compared and never read: as the driver gives them
    )
    .select_from(Share.__table__)
    .outerjoin(passcodes.Passcode.__table__, PASSCODE.share_id == SHARE.id)
    .outerjoin(ShownBadge.__table__, PLACED.share_id == SHARE.id)
    .outerjoin(KeptBadge.__table__, and_(BADGE.id == PLACED.badge_id, BADGE.removed_at.is_(None)))
    .outerjoin(EvidenceSnapshot.__table__, and_(EXHIBIT.share_id == SHARE.id, EXHIBIT.place == PLACED.place))
    .outerjoin(evidence.Evidence.__table__, and_(EVIDENCE.id == EXHIBIT.evidence_id, EVIDENCE.removed_at.is_(None)))
    .where(SHARE.token_hash == bindparam("hash"), SHARE.ends_at > bindparam("now"), SHARE.stopped_at.is_(None))
    .order_by(PLACED.place, EXHIBIT.id)
)
"""One read for each request: whether the share is open, and by which marks one knows whether what it shows has changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standpoint:
    """With what a page tells of badges, and when."""

    registers: trust.Registers = trust.NO_REGISTERS
    frameworks: Sequence[competencies.Framework] = ()
    """For their words for levels."""
    now: datetime


@dataclass(frozen=True, slots=True)
class OpenShare:
    """An open share, seen from its door."""

    id: int
    holder_id: int
    offers_files: bool
    """Whether its badges are given as files and for machines: not where it hides the names, which these tell."""
    token_hash: bytes
    code_hash: str | None
    """Of the code that it asks for first; None where it asks for none."""
    registers_edition: int
    """The edition of the registers of issuers: who vouches for whom is decided when the page is made."""
    edition: tuple[object, ...]
    """Another one whenever its page would be another one: whatever is written of a badge, and each end, changes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicShare:
    """What a recruiter sees of a share."""

    name: str
    word: str
    ends_at: datetime
    is_page: bool = False
    """Whether it is the page of its holder that has no end."""
    updated_at: datetime | None = None
    """Since when that page shows this."""
    sought: str = ""
    """What work its holder looks for, "" where they do not show that."""
    has_photo: bool = False
    badges: Sequence[Card]
    given: Given = NOBODY_NAMED
    """To whom they were given."""
    hung: Sequence[SnapshotView] = ()
    """The moments that they tell, each with the place of its badge."""
    endorsements: Sequence[EndorsementInShare] = ()
    """What others say of these moments and badges."""
    maps: Sequence[competencies.ShownMap] = ()
    """What the badges tell of competencies, of each framework of which some good one speaks; their ids are the places."""
    takes_messages: bool = True
    """Whether whoever reads it can answer."""

    @property
    def overall(self) -> Overall:
        """What is said of all of them together."""
        return overall(self.badges)

    @property
    def tone(self) -> str:
        """The sentence whose colour and icon the verdict wears: that of the weakest answer to whether it is true, and theirs."""
        all = self.overall
        if all.tone in GRAVE or not all.good:
            return all.tone
        if self.given.tie == "differs":
            return "differs"
        if self.given.tie == "address-unconfirmed":
            return "other-address"
        return all.tone if self.given.tie in SEWN else "intact"

    @property
    def is_word_long(self) -> bool:
        """Whether their word to the employer takes more room than there is beside who shows."""
        return len(self.word) > LONG_WORD

    @property
    def exceptions(self) -> list[Exceptions]:
        """The badges that are told by their titles beside the one verdict: those that bear another name, or an address that
        nobody confirmed, where others do not; then those for which it does not hold."""
        all, given = self.overall, self.given
        good = {one.id for one in all.good}
        # Of those that are not good, too, where it is so of these alone: what stands below is said of all of them.
        about = [one for one in given.about if given.tie == "differs" or one.id in good] or list(given.about)
        sentence = APART.get(given.tie)
        if sentence is None or not 0 < len(about) < len(self.badges):
            return list(all.exceptions)
        return [Exceptions(sentence=sentence, cause=given.tie, badges=about), *all.exceptions]

    @property
    def given_good(self) -> Given:
        """To whom those were given that the verdict holds for: as the weakest answer of them."""
        its = [self.given.each[one.id] for one in self.overall.good if one.id in self.given.each]
        return min(its, key=lambda one: (GRAVITY.index(one.tie), not one.is_unsure), default=self.given)

    @property
    def listed(self) -> Rows:
        """The badges one by one."""
        return rows_of(self.badges, self.maps)

    @property
    def stories(self) -> list[SnapshotView]:
        """The moments, each once, in the order of the badges."""
        told = dict[int, SnapshotView]()
        for one in self.hung:
            told.setdefault(one.evidence_id or -one.id, one)
        return list(told.values())

    def right_until(self, standpoint: Standpoint) -> datetime | None:
        """Until when all of it stands as it does at that moment, whatever is written meanwhile; None for ever."""
        badges = right_until(self.badges, standpoint.registers, standpoint.now)
        ends = [one.view.ends_at for one in self.endorsements] + [badges]
        return min((at for at in ends if at), default=None)

    def endorsements_under(self, story: SnapshotView) -> list[EndorsementInShare]:
        """The words that stand under *story*."""
        return [one for one in self.endorsements if one.is_under(story)]

    def endorsements_of(self, place: int) -> list[EndorsementInShare]:
        """The words on the badge at *place*, and those in it."""
        return [one for one in self.endorsements if one.place == place]

    @property
    def offers_files(self) -> bool:
        """Whether the badges are given as files and for machines, too: not where their names are hidden, which these tell."""
        return not self.given.is_hidden


def find_open_share(database: storage.Database, token: str, now: datetime) -> OpenShare:
    """The open share of *token*; raises Missing for unknown, ended and stopped ones alike."""
    token_hash = lifecycle.hash_of(token)
    # Whole seconds, the next one at most: within one, a page that many look at asks the same.
    second = now.replace(microsecond=0) + A_SECOND if now.microsecond else now
    rows = database.fetch_rows(GLANCE, hash=token_hash, now=second)
    if not rows:
        raise storage.Missing
    id, holder_id, hides_name, code_hash, registers_edition, *_ = rows[0]
    return OpenShare(
        id, holder_id, not hides_name, token_hash, code_hash, registers_edition, edition=tuple(map(tuple, rows))
    )


def view_share(session: Session, token: str, standpoint: Standpoint) -> PublicShare:
    """What the share of *token* shows, told from *standpoint*; raises Missing."""
    now = standpoint.now
    share = _open_share(session, token, now)
    shown = dict(shared_badges(session, share.id))
    hidden = _hidden_words(shown.values(), share)
    cards = [_card(place, kept, standpoint, share, hidden) for place, kept in shown.items()]
    name = accounts.clean_name(share.name)  # before 2026-12 it was kept as it was typed
    hung = _hung(session, share, shown)
    words = shown_endorsements.list_endorsements(session, share.id, shown, hung, now)
    return PublicShare(
        name=name,
        word=share.word,
        ends_at=share.ends_at,
        is_page=share.is_page,
        updated_at=share.changed_at or share.created_at,
        sought=session.get_one(accounts.Holder, share.holder_id).sought if share.shows_sought else "",
        has_photo=share.shows_photo and accounts.get_photo(session, share.holder_id) is not None,
        badges=cards,
        given=given_to(name, zip(cards, shown.values(), strict=True), is_hidden=share.hides_name),
        maps=_maps(zip(cards, shown.values(), strict=True), standpoint),
        hung=hung,
        endorsements=[_endorsement_for_others(one, standpoint, share, hidden) for one in words],
        takes_messages=share.takes_messages,
    )


def preview_share(
    session: Session,
    holder_id: int,
    choice: Choice,
    standpoint: Standpoint,
    picture_of: Callable[[int], str],
) -> PublicShare:
    """What others would see of *choice* if it were made now; raises as shares.create does.

    *picture_of* gives, by the id of a badge, the address of its picture: that of the share does not exist yet.
    """
    kept = lifecycle.chosen_badges(session, holder_id, choice, lifecycle.WITHOUT_HISTORY)
    now, name = standpoint.now, accounts.clean_name(choice.name)
    hidden = _hidden_words(kept, choice)
    cards = [_card(place, one, standpoint, choice, hidden) for place, one in enumerate(kept)]
    hung = evidence_snapshots.preview_snapshots(
        session, holder_id, {one.id: place for place, one in enumerate(kept)}, choice.pairs
    )
    words = shown_endorsements.preview_endorsements(session, dict(enumerate(kept)), hung, choice.endorsements, now)
    return PublicShare(
        name=name,
        word=choice.word[:WORD_LIMIT],
        ends_at=min(choice.ends_at or now + LONGEST, now + LONGEST),
        badges=[replace(card, picture_address=picture_of(one.id)) for card, one in zip(cards, kept, strict=True)],
        given=given_to(name, zip(cards, kept, strict=True), is_hidden=choice.hides_name),
        maps=_maps(zip(cards, kept, strict=True), standpoint),
        hung=hung,
        endorsements=[_endorsement_for_others(one, standpoint, choice, hidden) for one in words],
    )


def shown_pairs(session: Session, share_id: int) -> set[MomentAndBadge]:
    """The moments that a share shows, each with the badge under which it does."""
    under = and_(ShownBadge.share_id == EvidenceSnapshot.share_id, ShownBadge.place == EvidenceSnapshot.place)
    pairs = select(ShownBadge.badge_id, EvidenceSnapshot.evidence_id).join(ShownBadge, under)
    return {
        (badge_id, evidence_id)
        for badge_id, evidence_id in session.execute(pairs.where(EvidenceSnapshot.share_id == share_id))
        if badge_id and evidence_id
    }


def shown_words(session: Session, share_id: int) -> set[EndorsementChoice]:
    """By what the words of others that a share shows are chosen once more."""
    placed = select(ShownBadge.place, ShownBadge.badge_id).where(ShownBadge.share_id == share_id)
    badge_ids = {place: id for place, id in session.execute(placed) if id}
    return shown_endorsements.shown_choices(session, [share_id], badge_ids)


def shown_moment_ids(session: Session, holder_id: int, now: datetime) -> set[int]:
    """The moments of the holder that some open share shows, by their ids."""
    shown = (
        select(EvidenceSnapshot.evidence_id)
        .join(Share, Share.id == EvidenceSnapshot.share_id)
        .join(ShownBadge, and_(ShownBadge.share_id == Share.id, ShownBadge.place == EvidenceSnapshot.place))
        .join(KeptBadge, HERE)
        .where(Share.holder_id == holder_id, Share.ends_at > now, Share.stopped_at.is_(None))
    )
    return {id for id in session.scalars(shown) if id is not None}


def shared_attachment(session: Session, token: str, exhibit_id: int, number: int, now: datetime) -> evidence.Attachment:
    """What goes with a moment of an open share, under that number; raises Missing, also when its badge is gone."""
    opened = session.scalar(
        select(EvidenceSnapshot.share_id)
        .join(Share, Share.id == EvidenceSnapshot.share_id)
        .join(ShownBadge, and_(ShownBadge.share_id == Share.id, ShownBadge.place == EvidenceSnapshot.place))
        .join(KeptBadge, HERE)
        .where(EvidenceSnapshot.id == exhibit_id, Share.token_hash == lifecycle.hash_of(token))
        .where(Share.ends_at > now, Share.stopped_at.is_(None))
    )
    return evidence_snapshots.get_snapshot_attachment(session, storage.require(opened), exhibit_id, number)


def shared_endorsements(session: Session, token: str, now: datetime) -> list[EndorsementInShare]:
    """The words that the page of an open share tells, for their files and not for a page; raises Missing."""
    share = _open_share(session, token, now)
    shown = dict(shared_badges(session, share.id))
    told = shown_endorsements.list_endorsements(session, share.id, shown, _hung(session, share, shown), now)
    return [one for one in told if one.view.may_be_shown]


def shared_endorsement(session: Session, token: str, endorsement_id: int, now: datetime) -> Endorsement:
    """The kept word of that number in an open share, as long as its page tells it; raises Missing."""
    told = shared_endorsements(session, token, now)
    one = storage.require(next((one for one in told if one.id == endorsement_id), None))
    return storage.require(session.get(Endorsement, one.view.id))


def shared_badges(session: Session, share_id: int) -> list[tuple[int, KeptBadge]]:
    """The kept badges that a share shows, each with its place, the newest first: for looking at them again and for their files, not for a page."""
    return [
        (place, kept)
        for place, kept in session.execute(
            select(ShownBadge.place, KeptBadge)
            .join(KeptBadge, HERE)
            .where(ShownBadge.share_id == share_id)
            .order_by(KeptBadge.added_at.desc(), KeptBadge.id.desc())
        )
    ]


def shared_badge(session: Session, token: str, place: int, now: datetime) -> KeptBadge:
    """The kept badge at *place* of an open share; raises Missing."""
    return storage.fetch_one(
        session,
        select(KeptBadge)
        .join(ShownBadge, HERE)
        .join(Share, Share.id == ShownBadge.share_id)
        .where(Share.token_hash == lifecycle.hash_of(token), Share.ends_at > now, Share.stopped_at.is_(None))
        .where(ShownBadge.place == place),
    )


def shared_photo(session: Session, token: str, now: datetime) -> accounts.Photo:
    """The photo of whoever keeps the open page of *token*, where it shows that; raises Missing."""
    whose = storage.fetch_one(
        session,
        select(Share.holder_id).where(
            Share.token_hash == lifecycle.hash_of(token),
            Share.ends_at > now,
            Share.stopped_at.is_(None),
            Share.shows_photo,
        ),
    )
    return storage.require(accounts.get_photo(session, whose))


def _open_share(session: Session, token: str, now: datetime) -> Share:
    there = (Share.token_hash == lifecycle.hash_of(token), Share.ends_at > now, Share.stopped_at.is_(None))
    return storage.fetch_one(session, select(Share).where(*there))


def _hung(session: Session, share: Share, shown: Mapping[int, KeptBadge]) -> list[SnapshotView]:
    """The moments that stand with the badges *shown*, in their order."""
    return sorted(
        (one for one in evidence_snapshots.list_snapshots(session, share.id) if one.place in shown),
        key=lambda one: (shown[one.place].id, one.evidence_id or 0),
    )


def _endorsement_for_others(
    one: EndorsementInShare, standpoint: Standpoint, chosen: Share | Choice, hidden: Collection[str]
) -> EndorsementInShare:
    """*one* as others see it: of what was taken back nothing but that it was, and no text, site or file that tells a name which
    the holder hides."""
    view = endorsements.told_to_others(one.view, standpoint.registers, standpoint.now, with_siae=chosen.shows_siae)
    if view.is_withdrawn:
        withdrawn = EndorsementView(name="", worth="withdrawn", evidence_id=view.evidence_id)
        return replace(one, view=withdrawn)
    return replace(
        one,
        view=replace(
            view,
            # Whoever says it may be who hides their name, or write it beside their own.
            **{
                part: without_names(getattr(view, part), hidden)
                for part in ("name", "role", "organisation", "sentence", "mail_domain", "site")
            },
            facts=tuple(fact for fact in view.facts if without_names(fact.name, hidden) == fact.name),
            vouching=replace(view.vouching, alike=without_names(view.vouching.alike, hidden)),
            has_document=view.has_document and not chosen.hides_name,
        ),
    )


def _hidden_words(badges: Iterable[KeptBadge], chosen: Share | Choice) -> Collection[str]:
    """The words of the names that the holder hides: of all badges, be they proven or not, as one tells of another's."""
    return telling_words(name for one in badges for name in names_in(one.read)) if chosen.hides_name else ()


def _card(place: int, kept: KeptBadge, standpoint: Standpoint, chosen: Share | Choice, hidden: Collection[str]) -> Card:
    return card_for_others(
        place,
        kept,
        standpoint,
        with_marks=chosen.shows_marks,
        with_siae=chosen.shows_siae,
        hidden=hidden,
    )


def card_for_others(
    place: int,
    kept: KeptBadge,
    standpoint: Standpoint,
    *,
    with_marks: bool = False,
    with_siae: bool = False,
    hidden: Collection[str] = (),
) -> Card:
    """What others see of *kept* now, whenever it was checked last: its place stands for its id.

    Its level is told as of somebody else, in the words of the first of the frameworks in which it counts.
    *with_marks*, *with_siae*: whether the holder chose to show the marks, and what tells of a SIAE, too. *hidden*: the words
    of the names that they hide.
    """
    checks = [_for_others(one) if one["name"] == "named_to_me" else one for one in kept.examination["checks"]]
    told = make_card(
        {
            "id": place,
            "read": _allowed(
                kept.read,
                kept.examination.get("origins", {}),
                with_marks=with_marks,
                with_siae=with_siae,
                hidden=hidden,
            ),
            "container": kept.container,
            "picture": kept.picture,
            "plate": kept.plate,
            "file_name": "",
            "state": kept.state,
            # Who put badges together, and whether they signed that, is the holder's affair.
            "examination": kept.examination | {"checks": checks, "presentation": None, "endorsements": ()},
            "checked_at": kept.checked_at,
            "good_at": kept.good_at,
            "silent_since": kept.silent_since,
            "added_at": kept.added_at,
        }
    )
    asked = competencies.frameworks_at(standpoint.frameworks, standpoint.registers, standpoint.now)
    level = competencies.level_to_tell(asked, kept.read, kept.issuer)
    return replace(
        told_at(told, standpoint.registers, standpoint.now, with_siae=with_siae),
        level=level_for_others(told.level),
        level_words=level.names_for_others if level else {},
        level_means=level.means_for_others if level else {},
    )


def _maps(badges: Iterable[tuple[Card, KeptBadge]], standpoint: Standpoint) -> list[competencies.ShownMap]:
    """What *badges*, as they are told to others, say of competencies."""
    held = [
        competencies.HeldBadge(
            id=card.id,
            read=kept.read,
            issuer=kept.issuer,
            state=card.state,
            is_good=card.sentence in GOOD or (card.sentence == "unknown" and kept.good_at is not None),
            issued_on=card.issued_on,
            counted=kept.counted or (),
            is_never_known=card.is_never_known,
        )
        for card, kept in badges
    ]
    asked = competencies.frameworks_at(standpoint.frameworks, standpoint.registers, standpoint.now)
    drawn = (competencies.draw_for_others(one, held) for one in asked)
    return [one for one in drawn if one]


def _for_others(named_to_me: dict[str, Any]) -> dict[str, Any]:
    """Whose address a badge is named to stays with the holder. That it is none which they told is the same to others as that
    they told none: else whoever tells no address would look better (Given says which they have not confirmed). A key is no address:
    that it is theirs is said by Given, too."""
    if named_to_me["outcome"] == "failed" or openbadges.is_key(named_to_me["detail"]):
        return named_to_me | {"outcome": "unknown", "reason": "no-address-told", "detail": ""}
    return named_to_me | {"detail": ""}


def _allowed(
    read: dict[str, Any], origins: Mapping[str, str], *, with_marks: bool, with_siae: bool, hidden: Collection[str]
) -> dict[str, Any]:
    """What others may see of what was *read*; of each piece of evidence its genre alone, of a text nothing that tells
    one of the *hidden* words.

    The type, the genres and the parent organisation only where somebody vouches for these members (*origins*).
    """
    is_confirmed = {
        member: origins.get(member, FROM_FILE) != FROM_FILE for member in ("achievement", "evidence", "details")
    }
    achievement_type, genres = openbadges.situation_for_others(
        read["achievement"]["achievement_type"] if is_confirmed["achievement"] else "",
        [one["genre"] for one in read["evidence"]] if is_confirmed["evidence"] else [],
        with_siae=with_siae,
    )
    details = without_names(
        openbadges.for_others(read.get("details", {}), with_marks=with_marks, with_siae=with_siae), hidden
    )
    achievement = {member: read["achievement"][member] for member in OF_ACHIEVEMENT}
    criteria = achievement["criteria"]
    return {
        **{member: read[member] for member in SHOWN},
        **{member: without_names(read[member], hidden) for member in ("description", "narrative")},
        "achievement": achievement
        | {
            "achievement_type": achievement_type,
            "description": without_names(achievement["description"], hidden),
            "criteria": without_names(criteria, hidden),
            "alignment": [one for one in achievement["alignment"] if without_names(one, hidden) == one],
        },
        "issuer": {member: read["issuer"][member] for member in OF_ISSUER},
        "recipient_name": "",
        "evidence": [GENRE_ALONE | {"genre": genre} for genre in genres],
        "details": details if is_confirmed["details"] or not details else details | {"parent_org": None},
    }
