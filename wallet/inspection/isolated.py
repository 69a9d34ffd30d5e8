"""What takes long to work out is worked out in a child of our own, which has seconds to live: nobody else waits for it.

The child runs the same engine and nothing else; it asks us for the addresses that it needs, so that what it may ask is
counted as ever. It dies of too much work, too much memory or too much time, and only its own badge is not looked at
(docs/security.md F5). It gives up files, network and other processes as far as this kernel lets it (sandbox/confinement.py): it
needs the line to us, and the code of the engine. Whoever got into it may lie: what it answers is text that we read
(inspection/child_json.py), and what it saw of the web is what we gave it, not what it says.
"""

import logging
import os
import pickle
import re
import resource
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil
from multiprocessing import connection, context, get_context
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from time import monotonic, process_time
from typing import Any

from .. import concurrency, monitoring, openbadges, sandbox
from . import child_json
from .inspection import Task, ask_nobody, check_presentation_here, examine_endorsement_here, examine_here

CPU = 2
"""Seconds of work that a document may cost."""
TIME = 30.0
"""Seconds that its child may live, what it waits for issuers included."""
AT_ONCE = concurrency.FairTurns(2)
"""Two children at a time; the others wait their turn, and no network before all others."""
PATIENCE = 60.0
"""Seconds that a document waits for its turn."""
MEMORY = 1024 * 1024 * 1024
ANSWER, ASKED = 12 * 1024 * 1024, 200
"""Bytes of one answer of a child, and addresses that it may ask for: far more than a badge of 5 MB needs."""
_REASON = re.compile(r"[a-z0-9-]{1,40}")
_CONTAINERS = {"png", "svg", "json", "jws", "sd-jwt", "link"}
log = logging.getLogger("wallet")
_SPAWN = get_context("spawn")
_KINDS = {
    kind.__name__: kind
    for kind in (openbadges.UnreadableBadge, openbadges.NotABadge, openbadges.DamagedFile, openbadges.Ambiguous)
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What a child tells: the address that it asks for, what it found, or why it found nothing."""

    asks: str | None = None
    found: openbadges.Examination | None = None
    signature: openbadges.Check | None = None
    """Of a presentation."""
    endorsement: openbadges.LoneEndorsement | None = None
    problem: tuple[str, ...] | None = None
    """The name of its kind, its reason and its detail."""


_Found = openbadges.Examination | openbadges.Check | openbadges.LoneEndorsement


def check_presentation_in_child(task: Task) -> openbadges.Check | None:
    """As `examine_in_child`, of the signature of a presentation."""
    told = _in_turn(replace(task, kind="presentation"))
    return told if isinstance(told, openbadges.Check) else None


def examine_endorsement_in_child(task: Task) -> openbadges.LoneEndorsement:
    """As `examine_in_child`, of what somebody says of a badge."""
    told = _in_turn(task)
    if isinstance(told, openbadges.LoneEndorsement):
        return told
    raise openbadges.DamagedFile("too-heavy")


def examine_in_child(task: Task) -> openbadges.Examination:
    """Examine in a child; raises UnreadableBadge: `too-heavy` for what ends it, `busy` where there is no room for it.

    It waits for its turn no longer than it may be looked at.
    """
    told = _in_turn(task)
    if isinstance(told, openbadges.Examination):
        return told
    raise openbadges.DamagedFile("too-heavy")


def _in_turn(task: Task) -> _Found:
    turn = AT_ONCE.begin(max(0.0, min(PATIENCE, task.inspection.until - monotonic())))
    if turn is None:
        monitoring.count("children", "busy")
        raise openbadges.UnreadableBadge("busy")
    outcome = "done"  # also where it says why it found nothing
    try:
        return _in_a_child(task)
    except OSError:  # no room for another process, or for the line to it
        outcome = "busy"
        raise openbadges.UnreadableBadge("busy") from None
    except openbadges.DamagedFile as problem:
        outcome = "failed" if problem.reason == "too-heavy" else outcome
        raise
    finally:
        AT_ONCE.end(turn)
        monitoring.count("children", outcome)


def _in_a_child(task: Task) -> _Found:
    ours, theirs = _SPAWN.Pipe()
    with ours, theirs:
        child = _SPAWN.Process(target=_work, args=(theirs, CPU), daemon=True)
        try:
            with _alive(child):
                theirs.close()  # the child's alone: its death is then the end of the line
                # Only now: what is given at the start is written before anybody reads it, to a dead child for ever.
                _send(ours, _without_fetch(task))
                how = task.inspection
                web = openbadges.Web(how.fetch, how.now, contexts=how.contexts, asks_endorsers=how.asks_endorsers)
                return _served(ours, web)
        except child_json.UntrueAnswer:
            raise openbadges.DamagedFile("too-heavy") from None
        except (EOFError, OSError):
            if child.exitcode in (-SIGKILL, -SIGXCPU):
                raise openbadges.DamagedFile("too-heavy") from None
            log.warning("the child of a heavy badge ended with %s", child.exitcode)  # what it says itself, nobody hears
            raise openbadges.UnreadableBadge("busy") from None


def _without_fetch(task: Task) -> Task:
    """*task* as it is sent: the child asks us for addresses."""
    how = task.inspection
    return replace(task, inspection=replace(how, fetch=ask_nobody, addresses=tuple(how.addresses), worked_out=None))


@contextmanager
def _alive(child: context.SpawnProcess) -> Iterator[None]:
    child.start()
    try:
        with sandbox.killed_after(TIME, child.kill):
            yield
    finally:
        # Not by a join with a limit of time: it watches a pipe that the child has closed, and would wait for ever.
        with sandbox.killed_after(0.5, child.kill), suppress(ChildProcessError):
            os.waitid(os.P_PID, child.pid or 0, os.WEXITED | os.WNOWAIT)
        child.join()


def _served(child: connection.Connection, web: openbadges.Web) -> _Found:
    """What the child found, after it was given the addresses it asked for; raises UntrueAnswer, as the functions below."""
    for _ in range(ASKED):
        told = _heard(child)
        if told.found:
            return _checked(told.found, web)
        if told.signature and told.signature.name == "presentation":
            return told.signature
        if told.endorsement and tuple(check.name for check in told.endorsement.checks) == openbadges.CHECKS[:-1]:
            return told.endorsement
        if told.asks is None:
            raise _problem(told.problem or ())
        _send(child, _answer(web.get, told.asks))
    raise child_json.UntrueAnswer(f"more than {ASKED} addresses")


def _heard(child: connection.Connection) -> _Told:
    try:
        return child_json.from_json(_Told, child.recv_bytes(ANSWER))
    except OSError as problem:
        if problem.errno is None:  # what it says would be longer; the line itself is sound
            raise child_json.UntrueAnswer(f"more than {ANSWER} bytes") from None
        raise


def _checked(found: openbadges.Examination, web: openbadges.Web) -> openbadges.Examination:
    """*found*, as complete as the wallet needs it, with what was seen of the *web*."""
    is_whole = (
        tuple(check.name for check in found.checks) == openbadges.CHECKS
        and found.origins.keys() == openbadges.origins("file").keys()
    )
    given = {address: sha256(content).hexdigest() for address, content in web.contexts.items()}
    is_whole = is_whole and found.own_contexts.items() <= given.items()
    if not is_whole or found.container not in _CONTAINERS or found.checked_at != web.now:
        raise child_json.UntrueAnswer("no examination of this document")
    # The child alone knows whether an address was asked for the badge or for what others say in it (openbadges/endorsing.py).
    unanswered = tuple(address for address in web.unanswered if address in found.unanswered)
    seen = tuple(one for one in web.seen if one.address not in found.endorsers)
    return replace(found, seen=seen, unanswered=unanswered, are_endorsers_asked=web.asks_endorsers)


def _problem(told: tuple[str, ...]) -> openbadges.UnreadableBadge:
    if len(told) != 3 or told[0] not in _KINDS or not _REASON.fullmatch(told[1]):
        raise child_json.UntrueAnswer("no problem that we know")
    return _KINDS[told[0]](told[1], told[2][:1000])


def _send(line: connection.Connection, what: object) -> None:
    # Connection.send writes out of a buffer that it leaves behind, with a warning, when nobody reads any more.
    line.send_bytes(pickle.dumps(what))


def _answer(fetch: openbadges.Fetch, address: str) -> openbadges.Fetched | str:
    try:
        return fetch(address)
    except openbadges.Unreachable as problem:
        return problem.why


def _work(
    parent: connection.Connection, seconds: int
) -> None:  # pragma: no cover — another process, which is not measured
    """In the child: work it out, within bounds that cannot be lifted again."""
    _close_all_but(parent.fileno())
    cpu = ceil(process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # What it has not loaded yet of the engine it reads there.
    engine = [str(Path(__file__).parents[1]), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    sandbox.confine([*sandbox.program_code(), *engine], threaded=False)
    try:
        task: Task = parent.recv()
        task = replace(task, inspection=replace(task.inspection, fetch=_asking(parent)))
        if task.kind == "presentation":
            _tell(parent, _Told(signature=check_presentation_here(task)))
        elif task.kind == "endorsement":
            _tell(parent, _Told(endorsement=examine_endorsement_here(task)))
        else:
            _tell(parent, _Told(found=replace(examine_here(task), seen=())))
    except openbadges.UnreadableBadge as problem:
        _tell(parent, _Told(problem=(type(problem).__name__, problem.reason, problem.detail)))
    except MemoryError:
        _tell(parent, _Told(problem=("DamagedFile", "too-heavy", "")))


def _close_all_but(line: int) -> None:  # pragma: no cover — as above
    """Of what it was handed at its start it keeps the line: no log, no terminal, no pipe to others of ours."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in {0, 1, 2} - {line}:
        os.dup2(nothing, standard)
    os.closerange(3, line)
    os.closerange(max(3, line + 1), os.sysconf("SC_OPEN_MAX"))


def _tell(parent: connection.Connection, what: _Told) -> None:  # pragma: no cover — as above
    parent.send_bytes(child_json.to_json(what))


def _asking(parent: connection.Connection) -> Callable[[str], Any]:  # pragma: no cover — as above
    def fetch(address: str) -> openbadges.Fetched:
        _tell(parent, _Told(asks=address))
        answer: openbadges.Fetched | str = parent.recv()
        if isinstance(answer, str):
            raise openbadges.Unreachable(address, answer)
        return answer

    return fetch
