"""What was found when a badge was looked at: checks, never a verdict; and what was seen on the way.

Every check is passed, failed or unknown. Unknown is an answer of its own: it is never turned into
passed, and whatever could not be reached, read or understood ends there. The state is a word for
pages and machines; the checks stand beside it. (docs/decisions.md 2 to 5)
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeVar

from . import unknowns
from .badge import Badge
from .details import Party

T = TypeVar("T")
Outcome = Literal["passed", "failed", "unknown"]
State = Literal["unreadable", "invalid", "revoked", "suspended", "expired", "not-yet-valid", "unknown", "valid"]
Binding = Literal["proven", "self-certified", "claimed", "mismatch", "unknown"]
Origin = Literal["signed", "issuer", "file"]
"""Who vouches for a value that is shown: a signature covers it, the issuer's own address gives it, or the file says so
and nobody confirms it."""
Binds = Literal["", "passed", "failed", "unknown"]
"""Whether a holder showed that the key is theirs that the issuer named: "" where nobody says so."""

CHECKS = ("conforms", "intact", "bound", "begun", "not_ended", "not_withdrawn", "named_to_me")
"""The names of the checks, in the order in which they are told."""
GRAVITY: tuple[Outcome, ...] = ("failed", "unknown", "passed")
_GRAVITIES: Mapping[Outcome, int] = {outcome: place for place, outcome in enumerate(GRAVITY)}
_STATES_OF_FAILED: Mapping[str, State] = {
    "conforms": "invalid",
    "intact": "invalid",
    "bound": "invalid",
    "not_withdrawn": "revoked",
    "not_ended": "expired",
    "begun": "not-yet-valid",
}
"""The state of a badge by the first check of these that failed; `named_to_me` never changes it."""
_MEMBERS = tuple(member.name for member in fields(Badge))
_BEFORE_WITHDRAWN = ("intact", "bound")
"""Where one of these failed it is another's badge, of which nobody withdrew anything; what its issuer withdrew may have a bad
form besides."""


class ReasonedError(Exception):
    """An error that says why: `reason` is a short word for machines and pages, `detail` is for the curious."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class UnreadableBadge(ReasonedError):
    """There is no badge to look at in this document.

    UnreadableBadge
    + NotABadge       nothing in this file is an Open Badge or a verifiable credential
    + DamagedFile     it begins as a file we know and is broken, hostile or beyond a limit
    + Ambiguous       it holds two badges where one is allowed, so that shown and checked might differ
    """


class NotABadge(UnreadableBadge):
    """Nothing in this file is an Open Badge or a verifiable credential."""


class DamagedFile(UnreadableBadge):
    """It begins as a file we know and is broken, hostile or beyond a limit."""


class Ambiguous(UnreadableBadge):
    """It holds two badges where one is allowed."""


class Unreachable(Exception):
    """An address gave no answer that can be used. `why` is a short word: refused, timeout, too-big, no-answer …"""

    NEVER = "never-asked"
    """The word for an address that this wallet asks on no day: of one house alone, of another port, without https."""
    OUT_OF_TIME, ENOUGH = "timeout", 2.0
    """The word for one that was given up when the time was over; and seconds in which it could have answered."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address}: {why}")
        self.address = address
        self.why = why

    def reason(self, silence: str) -> str:
        """The reason of a check that needs the answer: *silence*, unless nobody is ever asked there."""
        return "address-never-asked" if self.why == self.NEVER else silence

    def had_time(self, seconds: float) -> bool:
        """Whether the address, which was given up after so many *seconds*, says something of itself by that: others may have left it
        no time, for all that a badge names is asked in the same, or keep the resolver (network/connection.py, TURN)."""
        return self.why != self.OUT_OF_TIME or seconds >= self.ENOUGH


class TooHeavy(Exception):
    """There is more to work out than the caller allows here: to be looked at where nobody else waits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """The answer of an address: any HTTP status is an answer."""

    address: str
    """The last one, after redirects."""
    status: int
    media_type: str
    body: bytes
    etag: str = ""
    """By which it is told whether it is another one the next time (RFC 9110, 8.8.3)."""
    last_modified: str = ""
    """The same, by a moment (RFC 9110, 8.8.2)."""
    retry_after: str = ""
    """When the address may be asked again, where it says so (RFC 9110, 10.2.3)."""
    at: datetime | None = None
    """When it was given, where that is another moment than the present one."""


Fetch = Callable[[str], Fetched]
_SPOKEN = frozenset({200, 410})
"""The statuses by which an issuer says something of a badge: here it is, and it is withdrawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One answer of an address, as it was seen at that moment."""

    address: str
    status: int
    at: datetime
    body: bytes
    sha256: str
    media_type: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What was worked out of answers, and of nothing else."""

    found: Any
    answers: Mapping[str, Fetched]
    """All that it took, by their addresses."""


@dataclass(slots=True)
class Web:
    """The issuer's web during one examination: each address is asked once, and every answer is remembered."""

    fetch: Fetch
    now: datetime
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, Fetched | Unreachable] = field(default_factory=dict)
    allowance: int | None = None
    """Members of documents that may still be worked out, None without end."""
    contexts: Mapping[str, bytes] = field(default_factory=dict)
    """Those that we do not have, and that were given with the document, by their addresses (vocabularies/own_contexts.py)."""
    asks_endorsers: bool = True
    """Whether those are asked, too, who say something in the badge (endorsing.py)."""
    endorsers: list[str] = field(default_factory=list)
    """The addresses that what they say needs and the badge itself did not, asked or not."""
    worked_out: MutableMapping[tuple[str, ...], WorkedOut] | None = None
    """What other examinations of these minutes worked out; None where each does all by itself."""
    _trails: list[set[str]] = field(default_factory=list)

    def spend(self, members: int) -> None:
        """Work out a document of so many *members*; raises TooHeavy when that is more than is allowed."""
        if self.allowance is not None:
            self.allowance -= members
            if self.allowance < 0:
                raise TooHeavy

    def get(self, address: str) -> Fetched:
        """The answer of *address*; raises Unreachable, the second time as the first."""
        for trail in self._trails:
            trail.add(address)
        if address not in self.answers:
            self.answers[address] = self._ask(address)
        answer = self.answers[address]
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    def once(self, what: tuple[str, ...], make: Callable[[], T]) -> T:
        """What *make* works out of answers and of nothing else; taken from another examination, where each answer is the very
        same. *what* says what it is, and begins with the address on which it rests. Raises what *make* raises.

        The answers are seen here all the same. Under contexts of its own each document is worked out by itself.
        """
        if self.worked_out is None or self.contexts:
            return make()
        known = self.worked_out.get(what)
        if known and all(self._answer(address) is answer for address, answer in known.answers.items()):
            found: T = known.found
            return found
        trail = {what[0]}
        self._trails.append(trail)
        try:
            made = make()
        finally:
            self._trails.pop()
        given = {address: one for address in trail if (one := self._answer(address))}
        if given.keys() == trail:
            self.worked_out[what] = WorkedOut(made, given)
        return made

    def _answer(self, address: str) -> Fetched | None:
        try:
            return self.get(address)
        except Unreachable:
            return None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The addresses that were asked and gave no document: silent, or with an error of theirs."""
        return tuple(
            address
            for address, answer in self.answers.items()
            if isinstance(answer, Unreachable) or answer.status not in _SPOKEN
        )

    def _ask(self, address: str) -> Fetched | Unreachable:
        try:
            answer = self.fetch(address)
        except Unreachable as problem:
            return problem
        self.seen.append(
            Seen(
                address=address,
                status=answer.status,
                at=answer.at or self.now,
                body=answer.body,
                sha256=sha256(answer.body).hexdigest(),
                media_type=answer.media_type,
                etag=answer.etag,
                last_modified=answer.last_modified,
            )
        )
        return answer


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    outcome: Outcome
    reason: str = ""
    """A short word for machines and pages, as `signature-does-not-match`; "" where passed says it all."""
    source: str = ""
    """Standard and section that ask for it."""
    detail: str = ""
    """A date, an address, an algorithm: for the curious."""


About = Literal["badge", "achievement", "issuer", "creator", "other"]
"""What an endorsement speaks of, by the id of its subject: of this badge, of a part of it, or of something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endorsement:
    """What somebody says in a badge of it, looked at by itself. Source: Open Badges 3.0, EndorsementCredential."""

    about: About
    endorser: Party
    comment: str
    said_on: datetime | None
    by: Literal["issuer", "holder", "other"]
    """Whether whoever says it is the issuer of the badge itself, or whom it was given to."""
    state: State
    binding: Binding
    intact: Outcome
    bound: Outcome
    reason: str = ""
    """Why it is in that state, in a short word for machines; "" where it says it all."""
    key: str = ""
    """The thumbprint of the key that signed it (RFC 7638), "" where none is tied to the endorser."""
    ends: datetime | None = None
    """When it ends, where it says so."""


class Unverified(ReasonedError):
    """Why something could not be verified: it is failed where it never will be, else unknown.

    Unverified
    + BadSignature     what is signed is not what stands here, or it is no signature at all
    + Unsupported      a kind of proof that we cannot check
    + UnknownContext   an `@context` that we do not have
    + RefusedContext   one that was given with the document and could make it read otherwise than it was signed
    + OtherVocabulary  what is signed does not fit under the contexts that were given
    + Inexpressible    a document that linked data gives no meaning to
    + UnusableKey      a key that we cannot or will not check a signature with
    + NoKey            there is no key to check with
    + Unanswered       an address gave no document
    """

    outcome: Outcome = "unknown"

    def check(self, name: str, source: str) -> Check:
        """The check of that *name*, which *source* asks for, as it ended."""
        return Check(name, self.outcome, self.reason, source, self.detail)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """A badge as it was verified, and all that was found."""

    badge: Badge
    """Read from what was verified, never from what merely stood beside it."""
    checks: tuple[Check, ...]
    """All of CHECKS, in their order."""
    binding: Binding
    """How the key or the hosting is tied to the issuer that the badge names."""
    unsigned: tuple[str, ...] = ()
    """Members of the document that no signature covers, as JSON pointers."""
    not_shared: tuple[str, ...] = ()
    """Where the document holds more than is shared of it, as JSON pointers: once for each thing (RFC 9901)."""
    key_binding: Binds = ""
    key: str = ""
    """The thumbprint of the key that signed it, of Open Badges 3.0 (RFC 7638); "" where none is tied to the issuer."""
    seen: tuple[Seen, ...] = ()
    unanswered: tuple[str, ...] = ()
    """The addresses that were asked and gave no document."""
    origins: Mapping[str, Origin]
    """Who vouches for each member of the badge, by its name: of `achievement` and `issuer` as a whole."""
    container: str
    """png, svg, json, jws or sd-jwt; link for an address."""
    format: str
    """As `Open Badges 2.0, hosted` or `Open Badges 3.0, eddsa-rdfc-2022`."""
    context_generation: str = ""
    """The generation of the OB 3.0.3 context under which the signature verified (docs/decisions.md 5)."""
    own_contexts: Mapping[str, str] = field(default_factory=dict)
    """The contexts that were given with the badge under which it verified, and the SHA-256 of each."""
    own_words: tuple[str, ...] = ()
    """Members of the document that are said in the words of these alone, or of contexts written out in it, as JSON pointers:
    signed, and not read."""
    presentation: Check | None = None
    """Of the presentation that it came in: whether its holder signed it (v3/presented.py). It has no say in the state."""
    endorsements: tuple[Endorsement, ...] = ()
    """What others say in it; nothing that is said of the badge itself rests on them."""
    endorsers: tuple[str, ...] = ()
    """The addresses that these need and the badge itself did not: none of them is in `seen` or `unanswered`."""
    are_endorsers_asked: bool = True
    """Whether those were asked; else what needs them is unknown."""
    checked_at: datetime

    def check(self, name: str) -> Check:
        """The check of that name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def state(self) -> State:
        """The first state that applies (docs/decisions.md 3); named_to_me never changes it."""
        return state_of(self.checks)

    @property
    def why_unknown(self) -> unknowns.Why | None:
        """Whether later can help, where the state is unknown; None for every other state."""
        told = ((check.name, check.outcome, check.reason) for check in self.checks)
        return unknowns.why_unknown(told) if self.state == "unknown" else None


def gravest(checks: Iterable[Check]) -> Check:
    """The first failed of *checks*, else the first unknown, else the first that has a detail, else the first."""
    first, *others = checks
    found = first
    for check in others:
        if _GRAVITIES[check.outcome] < _GRAVITIES[found.outcome] or (
            check.outcome == found.outcome == "passed" and check.detail and not found.detail
        ):
            found = check
    return found


def state_of(checks: Iterable[Check]) -> State:
    """The first state that applies to *checks*, in the order of docs/decisions.md 3."""
    by_name = {check.name: check for check in checks}
    is_its_own = all(by_name[name].outcome != "failed" for name in _BEFORE_WITHDRAWN)
    if is_its_own and (by_name["not_withdrawn"].outcome, by_name["not_withdrawn"].reason) == ("failed", "revoked"):
        return "revoked"
    for name, state in _STATES_OF_FAILED.items():
        if by_name[name].outcome == "failed":
            return "suspended" if by_name[name].reason == "suspended" else state
    return "valid" if all(by_name[name].outcome == "passed" for name in _STATES_OF_FAILED) else "unknown"


def origins(whole: Origin, **others: Origin) -> dict[str, Origin]:
    """Who vouches for each member of a badge: *whole* for all of them but the *others*."""
    return dict.fromkeys(_MEMBERS, whole) | others
