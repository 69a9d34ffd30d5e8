"""What others say in a badge of Open Badges 2.0: each endorsement is asked for at its own address.

As with a badge, the address is all of it that is believed; a signed one brings no signature that could be checked within
another document, and stays unknown. One that came by itself may be either. (Open Badges 2.0, Endorsement; HostedBadge
Verification; SignedBadge Verification)
"""

from dataclasses import dataclass, replace
from typing import Any

from .. import dates, endorsing, hosts, texts
from ..badge import Badge
from ..details import Party
from ..document import Document
from ..endorsing import LoneEndorsement
from ..examination import Binding, Check, Endorsement, NotABadge, State, Web, gravest, state_of
from ..proofs.jws import Token
from . import hosted, signed
from .graph import Gone, Graph, Part, Unanswered, fetched_object, resolved, same_address

_SOURCE = "Open Badges 2.0, Endorsement"


def is_endorsement(document: dict[str, Any]) -> bool:
    """Whether *document* is what somebody says of a badge, and no badge itself."""
    return "Endorsement" in texts.types(document)


def endorsements(graph: Graph, badge: Badge, web: Web) -> tuple[Endorsement, ...]:
    """What stands in the documents of *graph*, in which *badge* was read, of it, of what it awards and of its issuer."""
    aside = endorsing.aside(web)
    places = (graph.assertion, graph.badge_class.members, graph.issuer.members)
    written = [item for place in places for item in texts.listed(place.get("endorsement"))[: endorsing.MOST]]
    readable = [item for item in written if isinstance(item, dict) or texts.is_link(item)]
    return tuple(dict.fromkeys(_looked(item, badge, aside) for item in readable[: endorsing.MOST]))


def examine_endorsement(document: Document, web: Web) -> LoneEndorsement:
    """Look at an endorsement that came by itself; raises NotABadge `no-endorsement` for what is none of one subject."""
    written = document.claims
    if not is_endorsement(written) or len(texts.listed(written.get("claim"))) != 1:
        raise NotABadge("no-endorsement", ", ".join(sorted(texts.types(written)))[:200])
    token = document.signed.token if document.signed and not hosted.is_hosted_alone(written) else None
    try:
        looked = _signed(token, written, web) if token else _hosted(written, web)
    except Unanswered as problem:
        looked = _unanswered(written, problem)
    party, comment = _words(looked.found, looked.endorser)
    return LoneEndorsement(
        subject=Party(id=texts.address(_claim(looked.found))),
        endorser=party,
        comment=comment,
        begins=dates.moment(looked.found.get("issuedOn")),
        ends=dates.moment(looked.found.get("expires")),
        binding=looked.binding,
        state=state_of(looked.checks),
        checks=looked.checks,
        id=texts.address(looked.found),
        said_on=dates.moment(looked.found.get("issuedOn")),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """An endorsement as it was verified."""

    found: dict[str, Any]
    endorser: Part
    checks: tuple[Check, ...]
    """Six, by which its state is told."""
    binding: Binding


def _looked(item: Any, badge: Badge, web: Web) -> Endorsement:
    carried = item if isinstance(item, dict) else {}
    try:
        looked = _hosted(item, web)
    except Unanswered as problem:
        state: State = "revoked" if isinstance(problem, Gone) else "unknown"
        told = _told(carried, _NOBODY, badge)
        return replace(told, state=state, reason=problem.reason)
    _, intact, bound, *_ = looked.checks
    worst = gravest(looked.checks)
    return replace(
        _told(looked.found, looked.endorser, badge),
        state=state_of(looked.checks),
        binding=looked.binding,
        intact=intact.outcome,
        bound=bound.outcome,
        reason="" if worst.outcome == "passed" else worst.reason,
        ends=dates.moment(looked.found.get("expires")),
    )


def _hosted(item: Any, web: Web) -> _Looked:
    """What *item*, an endorsement or its address, is by the word of that address; raises Unanswered."""
    address = texts.address(item)
    found = _at(address, web)
    standing = _standing(found, web)
    intact = Check("intact", "passed", "", _SOURCE, address)
    withdrawn = Check("not_withdrawn", "failed" if hosted.is_withdrawn(found) else "passed", "", _SOURCE)
    answered = hosted.Hosted(
        assertion=found,
        address=address,
        intact=intact,
        not_withdrawn=withdrawn,
        places=(address, web.get(address).address),
        is_answered=True,
    )
    bound, binding = hosted.bound(answered, standing)
    return _Looked(
        found=found,
        endorser=standing.issuer,
        checks=_checks(found, web, intact, bound, withdrawn),
        binding=binding,
    )


def _signed(token: Token, written: dict[str, Any], web: Web) -> _Looked:
    """What *written* is, which *token* holds."""
    standing = _standing(written, web)
    intact, bound, binding = signed.check_signature(token, standing, web)
    withdrawn = signed.not_withdrawn(standing, web)
    return _Looked(
        found=written,
        endorser=standing.issuer,
        checks=_checks(written, web, intact, bound, withdrawn),
        binding=binding,
    )


def _unanswered(written: dict[str, Any], problem: Unanswered) -> _Looked:
    """What *written* says, which its address does not confirm."""
    unknown = Check("begun", "unknown", problem.reason, _SOURCE)
    gone = Check("not_withdrawn", "failed", "revoked", _SOURCE)
    return _Looked(
        found=written,
        endorser=_NOBODY,
        checks=(
            *(problem.check(name, _SOURCE) for name in ("conforms", "intact", "bound")),
            unknown,
            replace(unknown, name="not_ended"),
            gone if isinstance(problem, Gone) else problem.check("not_withdrawn", _SOURCE),
        ),
        binding="unknown",
    )


_NOBODY = Part(members={}, id="", is_own_word=False)


def _standing(found: dict[str, Any], web: Web) -> Graph:
    """*found* with whoever says it, as an assertion with its issuer."""
    graph = resolved({"badge": {"issuer": found.get("issuer")}}, "2.0", "", web)
    return replace(graph, assertion=found)


def _at(address: str, web: Web) -> dict[str, Any]:
    """The endorsement that *address* answers; raises Unanswered."""
    if not texts.is_link(address):
        raise Unanswered("no-address-to-ask")
    answer, found = fetched_object(address, web)
    if not is_endorsement(found) or not same_address(texts.address(found), address):
        raise Unanswered("no-endorsement", address)
    if not hosts.speaks_for(answer, address):
        raise Unanswered("redirected-elsewhere", answer.address)
    if hosted.verification_type(found) == "signed" and not hosted.is_withdrawn(found):
        raise Unanswered("no-signature", address)
    return found


def _checks(
    found: dict[str, Any], web: Web, intact: Check, bound: Check, withdrawn: Check
) -> tuple[Check, Check, Check, Check, Check, Check]:
    """All six: its form and its dates, too."""
    is_whole = all(isinstance(found.get(name), dict | str) for name in ("claim", "issuer"))
    return (
        Check("conforms", "passed" if is_whole else "failed", "" if is_whole else "member-missing", _SOURCE),
        intact,
        bound,
        dates.begun(found.get("issuedOn"), web.now, _SOURCE),
        dates.not_ended(found.get("expires"), web.now, _SOURCE),
        withdrawn,
    )


def _claim(found: dict[str, Any]) -> dict[str, Any] | str:
    """What it is about, with what it says of that; an address alone where it says nothing."""
    return next(iter(texts.objects(found.get("claim"))), texts.single(found.get("claim")) or {})


def _words(found: dict[str, Any], issuer: Part) -> tuple[Party, str]:
    """Who says it, and what."""
    claim = next(iter(texts.objects(found.get("claim"))), {})
    carried = next(iter(texts.objects(found.get("issuer"))), {})
    endorser = Party(
        id=issuer.id or texts.address(found.get("issuer")),
        name=texts.name(issuer.members.get("name", carried.get("name"))),
    )
    return endorser, texts.text(claim.get("endorsementComment"))[: endorsing.COMMENT]


def _told(found: dict[str, Any], issuer: Part, badge: Badge) -> Endorsement:
    endorser, comment = _words(found, issuer)
    return Endorsement(
        about=endorsing.about(texts.address(_claim(found)), badge),
        endorser=endorser,
        comment=comment,
        said_on=dates.moment(found.get("issuedOn")),
        by=endorsing.said_by(endorser.id, badge),
        state="unknown",
        binding="unknown",
        intact="unknown",
        bound="unknown",
    )
