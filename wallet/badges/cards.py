"""A badge as pages show it: what the issuer said, what was found, and which sentence tells it.

Nothing here is looked up or decided anew: it is read from what was kept (badges/badges.py), or from what of it a share
may show (shares/public_view.py).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from .. import openbadges
from ..trust import NOBODY, Answer, Issuer, Registers
from . import issuer_responses, medals, own_contexts
from .card_details import CardDetails, ShownEndorsement, endorsements_told_at, make_details, make_endorsements

LEVEL = re.compile(r"^(?P<name>.+?)\s*[–—:,(|-]+\s*(?P<level>je (?:pratique|ma[iî]trise))\s*\)?$", re.IGNORECASE)
"""« Communiquer – je maîtrise »: the two levels of the framework, when the issuer's title says them."""
LINES = (
    (("conforms", "intact", "bound"), ("intact", "bound")),
    (("not_withdrawn",), ("not_withdrawn",)),
    (("begun", "not_ended"), ("not_ended",)),
)
"""Checks that are told in one line, and those of them that are told when all passed."""
DOCUMENT_LOST = "unreadable"
"""The state of a badge whose document is gone from the shelf, or spoiled: nothing found in it may be told as if it held."""
NO_DOCUMENT = "no_document"
"""The member of an examination that says the same of a badge that the issuer withdrew: that stays its state."""
HERE_SINCE = "here_since"
"""The member of an examination that says since when, by our clock, its document is here, where another one of the same badge was
here before."""
SAID_OF_OLD = {"state": "unknown", "binding": "unknown", "bound": "unknown", "intact": "unknown", "reason": "file-lost"}
"""What is told then of what others say in it."""
KNOWN = "known"
"""The name of a check that was kept before 2026-12, and is in archives of that time."""
GOOD = {"valid", "site", "intact"}
"""The sentences of a badge that holds."""
UNCHECKED = {"unknown", "unreadable"}
"""Those of one that was looked at in vain."""
SOON = timedelta(days=30)
"""Before it ends, a badge says when: there is time to ask its issuer."""
SPOILED = {"invalid", "revoked"}
"""Those of one that will not hold again."""
CHANGED = {"another-badge-at-address", "previous-proof-missing", "proof-context-differs", "signature-does-not-match"}
"""Why a signature fails where what it signed is not what stands there; for any other reason nobody can tell whether it was so from the
beginning, as of one that is not written as it should be."""
MISWRITTEN = {
    *("claims-differ", "context-unknown", "date-unreadable", "ends-before-it-begins", "hidden-statement"),
    *("member-unreadable", "recipient-unreadable", "two-badges", "wrong-type"),
}
"""Why a form fails where nothing need be missing: what is there cannot be read, is of another kind, contradicts something, or is read
otherwise than it was signed."""
ENDS = {"not-yet-valid", "unknown", "valid"}
"""The states before which « expired » comes (docs/decisions.md 3)."""
TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
"""A language tag that a page can carry. Source: BCP 47, RFC 5646, 2.1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """What a badge is called, and who gave it when."""

    name: str
    """"" where its issuer gave it none: the address of a file, or the name under which it came, calls it nothing."""
    level: str
    """As its title says it: « je maîtrise », to others « maîtrise »; "" for none."""
    issuer_name: str
    issued_on: datetime | None

    @property
    def initials(self) -> str:
        """What stands on its petal where it has no picture."""
        return medals.initials(self.name)

    @property
    def dye(self) -> str:
        """The colour of that petal."""
        return medals.dye(self.issuer_name)

    @property
    def turn(self) -> int:
        """By how many degrees that petal is turned."""
        return medals.turn(self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Card(Heading):
    """One badge, ready for a page. `sentence` is the key of what is said about its state (docs/decisions.md 28)."""

    id: int
    full_name: str
    description: str
    narrative: str
    """What the issuer saw, in Markdown as they wrote it; only the page on which it is read makes HTML of it."""
    issuer_id: str
    issuer_url: str
    issuer_domain: str
    binding: str
    recipient_name: str
    valid_from: datetime | None
    valid_until: datetime | None
    state: str
    sentence: str
    checked_at: datetime
    last_good_at: datetime | None
    picture: str
    """Name of the kept picture, "" for none."""
    plate: bool
    criteria: str
    """What had to be done, in Markdown likewise."""
    criteria_url: str
    alignments: Sequence[Mapping[str, str]]
    issuer_evidence: Sequence[Mapping[str, str]]
    checks: Sequence[Mapping[str, str]]
    unsigned: Sequence[str]
    origins: Mapping[str, str]
    """Who vouches for each member of the badge: a signature, the issuer's site, or only the file."""
    contents: Sequence[str]
    """What a record or a diploma lists within."""
    container: str
    """What its document is: png, svg, json or jws; link for an address alone."""
    format: str
    context_generation: str
    """The month of the context of Open Badges 3.0.3 under which the signature verified, "" for all others."""
    language: str
    added_at: datetime
    here_since: datetime | None = None
    """Since when its document is here, where another one was before."""
    not_shared: Sequence[str] = ()
    """Where its issuer signed more than its file shows."""
    key: str = ""
    """The thumbprint of the key that signed it, "" where it is not known."""
    key_binding: str = ""
    """Whether whoever shared it had the key that its issuer named: passed, failed, unknown, or "" where nobody says so."""
    silent_since: datetime | None = None
    """When the issuer of a badge that was good stopped answering; None while they do."""
    own_contexts: Mapping[str, str] = field(default_factory=dict)
    """Its issuer's own vocabulary under which it verified: the SHA-256 by the address."""
    own_words: Sequence[str] = ()
    """What it says in that vocabulary alone, or in one that stands in it, which is signed and not read."""
    vocabulary_host: str = ""
    """The host that would have to be asked for a vocabulary before it can be verified, "" where none is missing."""
    answers_are_whole: bool = True
    """Whether all that its issuer answered is kept, or of some answers only their fingerprint (badges/issuer_responses.py)."""
    told_good_at: datetime | None = None
    """When it was last good as an archive told: proof of nothing."""
    presentation: Mapping[str, str] | None = None
    """Whether the presentation in which it came was signed, as a check; None for what came in none."""
    details: CardDetails = field(default_factory=CardDetails)
    """How it was achieved."""
    endorsements: Sequence[ShownEndorsement] = ()
    """What others say in it."""
    picture_address: str = ""
    """Where its picture is within a share, "" for the holder's own pages."""
    trust: Answer = NOBODY
    """Who vouches for its issuer, as decided when the page is made (`told_at`): never kept."""
    ends_soon: bool = False
    """Whether it holds, and ends within SOON, as decided with that."""
    level_words: Mapping[str, str] = field(default_factory=dict)
    """What its framework calls its level in words for others, by language; {} where none speaks of it, and for the holder."""
    level_means: Mapping[str, str] = field(default_factory=dict)
    """Likewise what that level means."""
    file_name: str = ""
    """Under which it came to its holder; others are not told."""
    is_issuer_named: bool = True
    """Whether `issuer_name` is one, and not its address or its key."""

    @property
    def issuer_host(self) -> str:
        """The host of that address, "" for none."""
        return openbadges.host_of(self.issuer_id)

    @property
    def newer_at(self) -> str:
        """Where the issuer gives a newer edition of a badge that has ended, "" where that is not signed, or not said."""
        is_signed = self.state == "expired" and _passed(self.checks, "intact")
        return self.details.refresh_address if is_signed else ""

    @property
    def issuer_key(self) -> str:
        """The beginning and the end of the key by which an issuer is named, to compare; "" where that is no key. What is
        too long to tell one key from another by its ends is told by its hash."""
        if self.binding != "self-certified":
            return ""
        key = self.issuer_id.removeprefix("did:key:")
        told = key if len(key) <= 64 else sha256(self.issuer_id.encode()).hexdigest()
        return f"{told[:4]} {told[4:8]} {told[8:12]} … {told[-4:]}"

    @property
    def list_keeper(self) -> str:
        """Who keeps the list of withdrawn badges that was believed, where that is not the issuer: a domain or a key; ""."""
        keepers = (check["detail"] for check in self.checks if check["reason"] == "list-kept-by-another")
        keeper = next(keepers, "")
        return openbadges.host_of(keeper) or _short(keeper)

    @property
    def proven(self) -> bool:
        """Whether it is intact, and bound to the issuer that it names."""
        return is_proven(self.checks)

    @property
    def three_lines(self) -> list[Sequence[Mapping[str, str]]]:
        """The checks that tell the file and where it comes from, whether it still stands, its dates: the gravest of
        each, and what is good to read where all of them passed."""
        return [_telling([check for check in self.checks if check["name"] in looked], good) for looked, good in LINES]

    @property
    def is_good(self) -> bool:
        """Whether it holds today, whoever vouches for its issuer."""
        return self.sentence in GOOD

    @property
    def is_checked(self) -> bool:
        """Whether the last look at it told what it is."""
        return self.sentence not in UNCHECKED

    @property
    def kinds(self) -> frozenset[str]:
        """What it is to its holder, in the words of `kinds_of`."""
        return _kinds(self.sentence, self.ends_soon)

    @property
    def given_at(self) -> str:
        """When it was given, as far as it says so, by ISO 8601."""
        return (self.issued_on or self.valid_from or self.added_at).isoformat()

    @property
    def is_spoiled(self) -> bool:
        """Whether it can be shown to nobody, whatever its holder waits for: changed, or withdrawn."""
        return self.sentence in SPOILED

    @property
    def is_showable(self) -> bool:
        """Whether it may be put anywhere now: not spoiled, and its file is there."""
        return not self.is_spoiled and self.sentence != "unreadable"

    @property
    def cause(self) -> str:
        """What decides, where a state has several sentences: changed, signed-wrongly, of-another, incomplete or written-wrongly; of
        what is unknown, sealed, in-part, unchecked or unsigned, none of which another look can change (openbadges.why_unknown). Else
        ""."""
        if self.state == "invalid":
            failed = {check["name"]: check["reason"] for check in self.checks if check["outcome"] == "failed"}
            if "intact" in failed:
                return "changed" if failed["intact"] in CHANGED else "signed-wrongly"
            if "bound" in failed:
                return "of-another"
            return "written-wrongly" if self.is_miswritten else "incomplete"
        if self.state != "unknown":
            return ""
        why = why_unknown(self.checks)
        if any(check["reason"] == "seal-not-checked" for check in self.checks if check["name"] == "intact"):
            return "sealed"
        # Of ecdsa-sd-2023 nobody can tell whether anything is left out; and the whole badge, whose proof is its holder's alone, is
        # not checked.
        if self.not_shared and openbadges.is_only_shared_in_part(_triples(self.checks)):
            return "in-part"
        return "" if why == "later" else why or ""

    @property
    def is_miswritten(self) -> bool:
        """Whether what speaks against its form is no absence, whatever else speaks against it."""
        return any(
            check["name"] == "conforms" and check["outcome"] == "failed" and check["reason"] in MISWRITTEN
            for check in self.checks
        )

    @property
    def is_never_known(self) -> bool:
        """Whether it is unknown, and another look cannot change that."""
        return self.cause in {"sealed", "in-part", "unchecked", "unsigned"}

    @property
    def is_signature_unchecked(self) -> bool:
        """Whether it is its signature that is not checked here, and not what else it says."""
        return any(
            check["name"] == "intact" and check["outcome"] == "unknown" and check["reason"] != "address-never-asked"
            for check in self.checks
        )

    @property
    def genuine(self) -> bool:
        """Whether it is proven, and somebody vouches for its issuer: a badge that has ended may be that too."""
        return self.proven and self.trust.is_vouched

    @property
    def other_issuer_name(self) -> str:
        """What the badge calls its issuer, where whoever vouches for it calls it otherwise; else ""."""
        told = self.trust.name.casefold().strip()
        return self.issuer_name if told and told != self.issuer_name.casefold().strip() else ""


def make_card(kept: Mapping[str, Any]) -> Card:
    """The card of a kept badge: *kept* has the columns of badges.KeptBadge by their names."""
    read, examination = kept["read"], kept["examination"]
    achievement, issuer = read["achievement"], read["issuer"]
    # Once it was kept who is known: that is decided when a page is made (docs/decisions.md 34).
    looked_at = [check for check in examination["checks"] if check["name"] != KNOWN]
    checks, binding = _believed(looked_at), examination["binding"]
    if is_document_lost(kept["state"], examination):
        checks, binding = _of_old(checks), "unknown"
    title = make_heading(read)
    return Card(
        id=kept["id"],
        name=title.name,
        level=title.level,
        full_name=f"{title.name} – {title.level}" if title.level else title.name,
        description=read["description"] or achievement["description"],
        narrative=read["narrative"].strip(),
        issuer_name=title.issuer_name,
        issuer_id=issuer["id"],
        issuer_url=_web(issuer["url"]) or _web(issuer["id"]),
        issuer_domain=_proven(issuer["id"], binding),
        binding=binding,
        recipient_name=read["recipient_name"],
        issued_on=title.issued_on,
        valid_from=_moment(read["valid_from"]),
        valid_until=_moment(read["valid_until"]),
        state=kept["state"],
        sentence=_sentence(kept["state"], examination["checks"], NOBODY),
        checked_at=kept["checked_at"],
        last_good_at=kept["good_at"],
        picture=kept["picture"] or "",
        plate=kept["plate"],
        criteria=achievement["criteria"]["narrative"].strip(),
        criteria_url=_web(achievement["criteria"]["id"]),
        alignments=[
            {
                "name": one["target_name"],
                "url": _web(one["target_url"]),
                "framework": one["target_framework"],
                "code": one["target_code"],
            }
            for one in achievement["alignment"]
        ],
        issuer_evidence=[
            {"name": one["name"], "url": _web(one["id"]), "text": one["narrative"] or one["description"]}
            for one in read["evidence"]
            if one["name"] or _web(one["id"]) or one["narrative"] or one["description"]
        ],
        checks=checks,
        unsigned=examination["unsigned"],
        origins=examination.get("origins", {}),
        contents=read.get("contents", ()),
        container=kept["container"],
        format=examination["format"],
        context_generation=examination.get("context_generation", ""),
        own_contexts=examination.get("own_contexts", {}),
        own_words=examination.get("own_words", ()),
        vocabulary_host=own_contexts.context_host(own_contexts.missing_context(checks))
        if kept["state"] == "unknown"
        else "",
        not_shared=examination.get("not_shared", ()),
        key_binding=examination.get("key_binding", ""),
        key=examination.get("key", ""),
        language=read["language"] if TAG.fullmatch(read["language"]) else "",
        details=make_details(read.get("details", {}), achievement["achievement_type"], read["evidence"]),
        endorsements=make_endorsements(said_in(kept["state"], examination)),
        added_at=kept["added_at"],
        here_since=_moment(examination.get(HERE_SINCE)),
        silent_since=kept["silent_since"],
        answers_are_whole=issuer_responses.are_responses_whole(examination.get("seen", ())),
        presentation=examination.get("presentation"),
        told_good_at=_moment((kept.get("history") or {}).get("good_at")),
        file_name=kept["file_name"],
        is_issuer_named=bool(issuer["name"].strip()),
    )


def make_heading(read: Mapping[str, Any]) -> Heading:
    """What a badge is called, of what was *read* in it."""
    achievement, issuer = read["achievement"], read["issuer"]
    name, level = _split(read["name"].strip() or achievement["name"].strip())
    return Heading(
        name=name,
        level=level,
        issuer_name=issuer["name"] or openbadges.host_of(issuer["id"]) or issuer["id"][:60],
        issued_on=_moment(read["issued_on"]) or _moment(read["valid_from"]),
    )


def why_unknown(checks: Sequence[Mapping[str, str]]) -> openbadges.Why | None:
    """The family of kept *checks* (openbadges.why_unknown): they may be older than the families."""
    return openbadges.why_unknown(_triples(checks))


def _triples(checks: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    return ((check["name"], check["outcome"], check.get("reason", "")) for check in checks)


def is_proven(checks: Sequence[Mapping[str, str]]) -> bool:
    """Whether *checks*, as they are kept, say of a badge that it is intact, and bound to the issuer that it names."""
    return _passed(checks, "intact", "bound")


def is_document_lost(state: str, examination: Mapping[str, Any]) -> bool:
    """Whether its document could not be read when it was looked at last."""
    return state == DOCUMENT_LOST or NO_DOCUMENT in examination


def here_since(added_at: datetime, examination: Mapping[str, Any]) -> datetime:
    """Since when the document of a badge is here that was added then."""
    return _moment(examination.get(HERE_SINCE)) or added_at


def said_in(state: str, examination: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What others say in a badge of that *state*, as it may be told: with the document is lost what proved who says it."""
    said: Sequence[Mapping[str, Any]] = examination.get("endorsements", ())
    if not is_document_lost(state, examination):
        return said
    return [{**one, **SAID_OF_OLD} if one["state"] in ("valid", "unknown") else one for one in said]


def vouched_name(state: str, read: Mapping[str, Any], examination: Mapping[str, Any]) -> str:
    """The name of whoever was given the badge of that *state*, where somebody vouches for that member of what was *read*."""
    is_vouched_for = examination.get("origins", {}).get("recipient_name", "file") != "file"
    return read["recipient_name"] if is_vouched_for and not is_document_lost(state, examination) else ""


def level_for_others(level: str) -> str:
    """The *level* of a title, told of somebody else: whoever reads it is not the one who says « je »."""
    return level.removeprefix("je ")


def told_at(card: Card, registers: Registers, now: datetime, *, with_siae: bool = True) -> Card:
    """*card* as it may be read at *now*: who vouches for its issuer (*with_siae* as in Registers.answer), and what has ended
    since it was checked is no longer told as if it held."""
    kept_at = card.here_since or card.added_at
    issuer = Issuer(id=card.issuer_id, name=card.issuer_name, binding=card.binding, kept_at=kept_at, key=card.key)
    answer = registers.answer(issuer, now, with_siae=with_siae)
    told = replace(card, trust=answer, sentence=_sentence(card.state, card.checks, answer))
    if card.endorsements:
        said = endorsements_told_at(card.endorsements, registers, now, kept_at, with_siae=with_siae)
        told = replace(told, endorsements=said)
    if not _is_over(card.state, card.checks, card.valid_until, now):
        ends_soon = "soon" in kinds_of(card.state, card.checks, card.valid_until, now)
        return replace(told, ends_soon=True) if ends_soon else told
    ended = {"outcome": "failed", "reason": "ended"}
    checks = [{**check, **ended} if check["name"] == "not_ended" else check for check in card.checks]
    return replace(told, state="expired", sentence="expired", checks=checks)


def changes_of(valid_until: datetime | None, now: datetime) -> list[datetime]:
    """When a badge that ends then will be told otherwise than at *now*."""
    if valid_until is None or valid_until <= now:
        return []
    return [moment for moment in (valid_until - SOON, valid_until) if moment > now]


def kinds_of(
    state: str, checks: Sequence[Mapping[str, str]], valid_until: datetime | None, now: datetime
) -> frozenset[str]:
    """What a badge of that *state* is to its holder at *now*: "good" or "expired", else "review"; "soon" as well, if it holds
    and will not for long."""
    if _is_over(state, checks, valid_until, now):
        return frozenset({"expired"})
    is_soon = valid_until is not None and now < valid_until <= now + SOON
    return _kinds(_sentence(state, checks, NOBODY), is_soon)


def _kinds(sentence: str, is_soon: bool) -> frozenset[str]:
    if sentence in GOOD:
        return frozenset({"good", "soon"}) if is_soon else frozenset({"good"})
    return frozenset({"expired" if sentence == "expired" else "review"})


def first_told(cards: Sequence[Card]) -> Card:
    """Of *cards*, the newest first, the one that is met first: of those that came together with the newest, one that is good."""
    together = [card for card in cards if card.added_at == cards[0].added_at]
    return next((card for card in together if card.is_good), cards[0])


def right_until(cards: Iterable[Card], registers: Registers, now: datetime) -> datetime | None:
    """When a page on which *cards* are is another one though nobody wrote anything; None for never."""
    ends = [end for card in cards for end in changes_of(card.valid_until, now)]
    of_registers = registers.ends_after(now)
    return min([*ends, of_registers] if of_registers else ends, default=None)


def _is_over(state: str, checks: Sequence[Mapping[str, str]], valid_until: datetime | None, now: datetime) -> bool:
    """Whether it has ended since it was checked."""
    return valid_until is not None and valid_until <= now and state in ENDS and _passed(checks, "not_ended")


def _split(title: str) -> tuple[str, str]:
    found = LEVEL.match(title)
    return (found["name"], found["level"].lower().replace("mait", "maît")) if found else (title, "")


def _sentence(state: str, checks: Sequence[Mapping[str, str]], answer: Answer) -> str:
    """The key of what is said. A valid badge is `valid` where somebody vouches for its issuer, `site` where its own site shows
    that it comes from there, and `intact` else."""
    if state != "valid":
        return state
    if any(check["name"] == "named_to_me" and check["outcome"] == "failed" for check in checks):
        return "other-address"
    return "valid" if answer.is_vouched else "site" if answer.standing == "site" else "intact"


def _believed(checks: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """The checks as they may be told: that a file names the holder is no good news where it may have been changed."""
    if _passed(checks, "intact"):
        return checks
    named = {"outcome": "unknown", "reason": "not-intact", "detail": ""}
    return [{**check, **named} if _is_passed(check, "named_to_me") else check for check in checks]


def _of_old(checks: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """The checks of a badge whose document is lost: of all that was found in it nothing can be seen any more.

    That the issuer withdrew it stays told: it is bad news, and no file says otherwise.
    """
    unseen = {"outcome": "unknown", "reason": "file-lost", "detail": ""}
    return [check if _outlasts_the_file(check) else {**check, **unseen} for check in checks]


def _outlasts_the_file(check: Mapping[str, str]) -> bool:
    return check["name"] == "not_withdrawn" and check["outcome"] == "failed"


def _telling(looked: Sequence[Mapping[str, str]], good: Collection[str]) -> Sequence[Mapping[str, str]]:
    bad = [check for outcome in ("failed", "unknown") for check in looked if check["outcome"] == outcome]
    return bad[:1] or [check for check in looked if check["name"] in good]


def _passed(checks: Sequence[Mapping[str, str]], *names: str) -> bool:
    return all(any(_is_passed(check, name) for check in checks) for name in names)


def _is_passed(check: Mapping[str, str], name: str) -> bool:
    return check["name"] == name and check["outcome"] == "passed"


def _proven(issuer_id: str, binding: str) -> str:
    """What of the issuer was proven: a domain, or the key itself; "" when nothing was (docs/security.md D3)."""
    if binding == "proven":
        return openbadges.host_of(issuer_id)
    return _short(issuer_id) if binding == "self-certified" else ""


def _short(name: str) -> str:
    """The beginning and the end of *name*, a long one."""
    return f"{name[:18]}…{name[-4:]}" if len(name) > 24 else name


def _web(address: str) -> str:
    """*address* when it may stand in a link."""
    return address if address.startswith(("https://", "http://")) else ""


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
