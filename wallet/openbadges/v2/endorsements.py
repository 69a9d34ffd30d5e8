"""What others say in a badge of Open Badges 2.0: each endorsement is asked for at its own address.

As with a badge, the address is all of it that is believed; a signed one brings no signature that could be checked within
another document, and stays unknown. (Open Badges 2.0, Endorsement; HostedBadge Verification)
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .. import dates, endorsing, hosts, texts
from ..badge import Badge
from ..details import Party
from ..examination import Check, Endorsement, State, Web, gravest, state_of
from . import hosted
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


def _looked(item: Any, badge: Badge, web: Web) -> Endorsement:
    address = texts.address(item)
    carried = item if isinstance(item, dict) else {}
    try:
        found = _at(address, web)
    except Unanswered as problem:
        state: State = "revoked" if isinstance(problem, Gone) else "unknown"
        told = _told(carried, Part(members={}, id="", is_own_word=False), badge)
        return replace(told, state=state, reason=problem.reason)
    standing = resolved({"badge": {"issuer": found.get("issuer")}}, "2.0", "", web)
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
    checks = (*_form(found, web), intact, bound, withdrawn)
    worst = gravest(checks)
    return replace(
        _told(found, standing.issuer, badge),
        state=state_of(checks),
        binding=binding,
        intact="passed",
        bound=bound.outcome,
        reason="" if worst.outcome == "passed" else worst.reason,
    )


def _at(address: str, web: Web) -> dict[str, Any]:
    """The endorsement that *address* answers; raises Unanswered."""
    if not texts.is_link(address):
        raise Unanswered("no-address-to-ask")
    answer, found = fetched_object(address, web)
    if not is_endorsement(found) or not same_address(texts.address(found), address):
        raise Unanswered("no-endorsement", address)
    if not hosts.speaks_for(answer, address):
        raise Unanswered("redirected-elsewhere", answer.address)
    return found


def _form(found: dict[str, Any], web: Web) -> Iterator[Check]:
    """Its form and its dates."""
    is_whole = all(isinstance(found.get(name), dict | str) for name in ("claim", "issuer"))
    yield Check("conforms", "passed" if is_whole else "failed", "" if is_whole else "member-missing", _SOURCE)
    yield dates.begun(found.get("issuedOn"), web.now, _SOURCE)
    yield dates.not_ended(found.get("expires"), web.now, _SOURCE)


def _told(found: dict[str, Any], issuer: Part, badge: Badge) -> Endorsement:
    claim = next(iter(texts.objects(found.get("claim"))), {})
    endorser = issuer.id or texts.address(found.get("issuer"))
    carried = next(iter(texts.objects(found.get("issuer"))), {})
    return Endorsement(
        about=endorsing.about(texts.address(claim), badge),
        endorser=Party(id=endorser, name=texts.name(issuer.members.get("name", carried.get("name")))),
        comment=texts.text(claim.get("endorsementComment"))[: endorsing.COMMENT],
        said_on=dates.moment(found.get("issuedOn")),
        by=endorsing.said_by(endorser, badge),
        state="unknown",
        binding="unknown",
        intact="unknown",
        bound="unknown",
    )
