"""« Ajouter »: the offer claimed by one of several workers, its code spent, its badges fetched, looked at, and kept.

Rule 1: strangers are asked with nothing open; after each answer that cannot be had twice a short transaction writes it down.
Rule 2: who loses a claim waits for whoever won it, and answers the same: two taps are one.
Rule 3: who dies in between leaves a token or the badges themselves, and the next tap goes on with them. Where the code was
sent and nothing is known of it, that is said, and it is over: it is never sent again.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic, sleep

from sqlalchemy.orm import Session

from ... import accounts, badges, storage
from .. import exchanges, holder_keys, offers
from ..exchanges import Asking
from ..received import Failed, Reason, ReceivedDocument
from . import records, requests
from .prepared import Steps
from .progress import Progress, Token, Wanted
from .records import Keys, Known

PATIENCE = 12.0
"""Seconds for which the second of two taps waits for the first."""
LOOKS_EVERY = 0.2
MOST_BYTES = 4 * 1024 * 1024
"""Of all badges of one offer: they lie in its row until they are looked at, of whoever is nobody as yet, too."""
LATER = {"full", "too-many", "visitors-full", "busy", "late"}
"""Why a badge is not kept that is here all the same: there is no room for it, or no time to look at it. The next tap goes on
with it, as long as the offer lasts; beside others that are kept, or promised, the chore does (later.py)."""
COMES, AWAITED = "offer-later", "offer-awaited"
"""Why a badge is not here beside others that are, and comes by itself: nobody had time to look at it; its issuer was silent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TakingTools:
    """What is needed to take an offer."""

    database: storage.Database
    keys: Keys
    asking: Asking
    """The way out for this one exchange."""
    may_ask: offers.MayAsk
    import_tools: Callable[[Collection[str]], badges.ImportTools]
    """What is needed to look at what comes, for whoever has these further names: DIDs of keys made for it."""
    clock: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What came of an offer: badges that are to be kept (`keep_taken`), or what became of them when they were."""

    id: int
    arrived: tuple[badges.NewBadge | badges.ImportOutcome, ...] = ()
    documents: tuple[ReceivedDocument | None, ...] = ()
    """Of each that arrived: what it was found in."""
    later: int = 0
    """How many come by themselves."""
    progress: Progress | None
    """None of one that was kept long ago."""
    outcomes: tuple[badges.ImportOutcome, ...] | None = None
    """What became of the badges, where somebody has kept them already; None where they are to be kept."""
    device: str = field(default="", repr=False)
    """The secret of the device of whoever became a visitor by the first of two taps."""

    @property
    def size(self) -> int:
        """Bytes of what the issuer sent, be it badges or not; 0 where that was kept already."""
        return self.progress.size if self.progress and self.outcomes is None else 0

    @property
    def files(self) -> set[str]:
        """What lies on the shelf for it."""
        return {name for one in self.arrived if isinstance(one, badges.NewBadge) for name in one.files}


def take(id: int, token: str, holder_id: int | None, tools: TakingTools, tx_code: str = "") -> Taken:
    """Take the offer of this number, for whoever holds its secret *token*; *tx_code* is what they wrote, where that is asked.

    To be called with nothing open. Raises storage.Missing when it is over or somebody else's, and Failed.
    """
    ends = monotonic() + PATIENCE
    while True:
        known = tools.database.read(_find, id, token, holder_id, tools)
        if known.state == "over":
            raise Failed(_reason(known))
        if known.state in ("kept", "promised"):
            return _as_before(known)
        if known.progress is None:
            raise storage.Missing
        if known.state == "asking" and not known.is_busy:
            tools.database.write(records.give_up, known.id, tools.clock())
            continue
        if not known.is_busy and (taken := _take_claimed(known, known.progress, holder_id, tools, tx_code)):
            return taken
        if monotonic() >= ends:
            raise Failed("offer-no-answer")
        sleep(LOOKS_EVERY)


def keep_taken(
    session: Session, taken: Taken, holder: accounts.Holder | None, keys: Keys, now: datetime
) -> tuple[str, list[badges.ImportOutcome]]:
    """Keep what came, with its keys, and note that it is kept: as badges.keep_or_ask, of whose files *taken* has the names.

    Where there is no badge among it the offer is over, and nobody becomes a visitor.
    """
    if taken.outcomes is not None or taken.progress is None:
        return taken.device, list(taken.outcomes or ())
    if not taken.later and not any(isinstance(one, badges.NewBadge) for one in taken.arrived):
        problems = [one for one in taken.arrived if isinstance(one, badges.ImportOutcome)]
        _leave(session, taken.id, taken.progress, problems, keys, now)
        return "", problems
    here, device = accounts.ensure_holder(session, holder, now)
    before = badges.documents_here(session, here.id, taken.arrived)
    _, outcomes = badges.keep_or_ask(session, here, taken.arrived, now, unasked=False)
    for one, outcome, document in zip(taken.arrived, outcomes, taken.documents, strict=True):
        key = document.key if document else None
        if key and outcome.badge_id and badges.has_other_document(session, outcome.badge_id, one, before):
            badges.keep_key(session, key.did, key.secret, here.id, outcome.badge_id, keys.seal, now)
    is_kept = any(outcome.badge_id for outcome in outcomes)
    if not is_kept and not taken.later:
        _leave(session, taken.id, taken.progress, outcomes, keys, now)
        return device, outcomes
    left = left_for_later(taken.documents, outcomes)
    outcomes = [replace(one, reason=COMES) if one.reason in ("busy", "late") else one for one in outcomes]
    after = replace(taken.progress, documents=left, is_kept=is_kept, device=device)
    if not records.settle(session, taken.id, after, outcomes, here.id, keys, now):
        raise storage.Missing
    return device, outcomes


def left_for_later(
    documents: Sequence[ReceivedDocument | None], outcomes: Sequence[badges.ImportOutcome]
) -> tuple[ReceivedDocument, ...]:
    """Those of which something could not be kept now, and could another time."""
    left = (one for one, outcome in zip(documents, outcomes, strict=True) if one and outcome.reason in LATER)
    return tuple(dict.fromkeys(left))


def _leave(
    session: Session,
    id: int,
    progress: Progress,
    problems: Sequence[badges.ImportOutcome],
    keys: Keys,
    now: datetime,
) -> None:
    """Nothing of it is kept: it is over, unless another time may be better. Its issuer is told so, but where it is a word on a
    badge: that is asked about next, and may be kept yet."""
    if any(one.reason in LATER for one in problems):
        records.let_go(session, id)
    elif progress.notifications and not any(one.brought for one in problems):
        records.end_and_tell(session, id, progress, "offer-other-kind", keys, now)
    else:
        records.end(session, id, "offer-other-kind")


def _find(session: Session, id: int, token: str, holder_id: int | None, tools: TakingTools) -> Known:
    """What is known of the offer, by the row that spent its code where the holder opened its link before; raises Missing."""
    now = tools.clock()
    known = records.find(session, id, token, holder_id, tools.keys, now)
    return records.find_earlier(session, known, holder_id, tools.keys, now) or known


def _take_claimed(
    known: Known, progress: Progress, holder_id: int | None, tools: TakingTools, tx_code: str
) -> Taken | None:
    """Go on with what nobody works on; None where somebody else was faster."""
    steps = progress.prepared.steps
    if known.state == "offered":
        if progress.prepared.tx_code and not tx_code:
            raise Failed("offer-wrong-code")
        if not tools.database.write(records.claim_code, known, holder_id, tools.keys, tools.clock()):
            return None
        storage.failpoint("issuance.claimed")
        progress = _spend_code(known, progress, tools, tx_code)
    elif not tools.database.write(records.claim_rest, known, tools.clock()):
        return None
    if isinstance(steps, Steps) and known.state != "arrived":
        progress = _fetch_badges(known.id, steps, progress, tools)
    return _look_at(known.id, progress, tools)


def _spend_code(known: Known, progress: Progress, tools: TakingTools, tx_code: str) -> Progress:
    steps = progress.prepared.steps
    if not isinstance(steps, Steps):
        return _exchange(known, steps, progress, tools)
    try:
        token = requests.ask_token(tools.asking, steps, tx_code if progress.prepared.tx_code else "")
    except requests.TokenRefused as problem:
        if problem.is_spent:
            tools.database.write(records.end, known.id, problem.reason)
        else:
            was_wrong = problem.reason == "offer-wrong-code"
            tools.database.write(records.give_code_back, known, tools.keys, was_wrong=was_wrong)
        raise
    progress = replace(progress.without_code, token=token)
    tools.database.write(records.note, known.id, progress, "token", tools.keys, tools.clock())
    storage.failpoint("issuance.token")
    return progress


def _exchange(known: Known, exchange: offers.ExchangeAt, progress: Progress, tools: TakingTools) -> Progress:
    """What an exchange gives, which is answered once as a code is spent once; raises Failed."""
    try:
        key = holder_keys.make_ed25519_key()
        documents = exchanges.receive_badges(exchange, tools.asking, tools.may_ask, key, tools.clock())
    except Failed as problem:
        if problem.reason in exchanges.NOTHING_LOST:
            tools.database.write(records.give_code_back, known, tools.keys, was_wrong=False)
        else:
            tools.database.write(records.end, known.id, problem.reason)
        raise
    progress = replace(progress, documents=tuple(documents))
    tools.database.write(records.note, known.id, progress, "arrived", tools.keys, tools.clock())
    storage.failpoint("issuance.arrived")
    return progress


def _fetch_badges(id: int, steps: Steps, progress: Progress, tools: TakingTools) -> Progress:
    """Ask for each badge that was not asked for yet, and write down what came of it at once."""
    problem: Failed | None = None
    for wanted in progress.awaited:
        answer, progress = _ask_one(id, steps, progress, wanted, tools)
        if isinstance(answer, Failed):
            problem = answer
            if problem.reason == "offer-no-answer":
                break
            answer = requests.Answer()
            progress = replace(progress, refused=(*progress.refused, problem.reason))
        progress = _with_answer(progress, wanted.name, answer)
        tools.database.write(records.note, id, progress, "token", tools.keys, tools.clock())
        storage.failpoint("issuance.credential")
    if problem and not (progress.documents or progress.promises):
        is_over = problem.reason != "offer-no-answer"
        tools.database.write(*((records.end, id, problem.reason) if is_over else (records.let_go, id)))
        raise problem
    tools.database.write(records.note, id, progress, "arrived", tools.keys, tools.clock())
    storage.failpoint("issuance.arrived")
    return progress


def _ask_one(
    id: int, steps: Steps, progress: Progress, wanted: Wanted, tools: TakingTools
) -> tuple[requests.Answer | Failed, Progress]:
    """One badge, or why there is none; by a new token where the old one is over, as that of whoever comes back later is."""

    def ask(token: Token) -> requests.Answer:
        answer = requests.ask_badge(tools.asking, steps, token, wanted, tools.clock())
        if answer.document:
            _require_room(progress, answer.document)
        require_promise(steps, token, answer)
        return answer

    def renewed(token: Token) -> None:
        tools.database.write(records.note, id, replace(progress, token=token), "token", tools.keys, tools.clock())

    answer, token = requests.ask_with_token(tools.asking, steps, storage.require(progress.token), ask, renewed)
    return answer, replace(progress, token=token)


def _with_answer(progress: Progress, name: str, answer: requests.Answer) -> Progress:
    return replace(
        progress,
        answered=(*progress.answered, name),
        documents=(*progress.documents, *filter(None, [answer.document])),
        promises=(*progress.promises, *filter(None, [answer.promise])),
        notifications=(*progress.notifications, *filter(None, [answer.notification])),
    )


def require_promise(steps: Steps, token: Token, answer: requests.Answer) -> None:
    """What cannot be asked for any more when it is there is not promised to anybody; raises Failed."""
    if answer.promise is None:
        return
    is_over = token.lasts is not None and token.lasts < answer.promise.interval and not token.refresh
    if is_over or not steps.deferred_endpoint:
        raise Failed("offer-other-apps")


def _require_room(progress: Progress, more: ReceivedDocument) -> None:
    if progress.size + len(more.content.encode()) > MOST_BYTES:
        raise Failed("offer-not-given")


def _look_at(id: int, progress: Progress, tools: TakingTools) -> Taken:
    looked = [_looked(progress.prepared.host, one, tools) for one in progress.documents]
    arrived = [(found, one) for one, all_found in zip(progress.documents, looked, strict=True) for found in all_found]
    beyond: list[Reason] = ["offer-not-given"] if progress.names_too_many else []
    reasons = (*progress.refused, *beyond, *(AWAITED for _ in progress.awaited))
    refused = [badges.ImportOutcome(progress.prepared.host, "problem", reason) for reason in reasons]
    return Taken(
        id=id,
        arrived=(*(found for found, _ in arrived), *refused),
        documents=(*(one for _, one in arrived), *(None for _ in refused)),
        later=progress.later,
        progress=progress,
    )


def _looked(host: str, one: ReceivedDocument, tools: TakingTools) -> Sequence[badges.NewBadge | badges.ImportOutcome]:
    return badges.import_file(host, one.content.encode(), tools.import_tools([one.key.did] if one.key else []))


def _as_before(known: Known) -> Taken:
    progress = known.progress
    return Taken(
        id=known.id,
        later=progress.later if progress else 0,
        progress=progress,
        outcomes=known.outcomes,
        device=progress.device if progress and known.is_busy else "",
    )


def _reason(known: Known) -> Reason:
    return known.reason or "offer-used"  # type: ignore[return-value]  # of ours, as it was written
