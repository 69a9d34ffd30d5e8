"""Open Badges, whatever their version: bytes, a fetch function and the present moment go in, a badge and its checks
come out.

This is the only door: the rest of the wallet imports nothing from inside. There is no clock here, no network, no
disk but our own contexts, and no verdict: checks, each passed, failed or unknown.
"""

from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from . import endorsing, opening, texts
from .signing.authentications import AUTHENTICATION_SUITES, AuthenticationSuite, authentication
from .badge import Achievement, Alignment, Badge, Criteria, Evidence, Image, Issuer, Recipient
from .baking import bake, carrier_of, unbake
from .carriers.platforms import is_of_platform, platform_of
from .data_addresses import from_data_address, is_data_address
from .dates import SKEW
from .details import (
    Details,
    Edition,
    Identifier,
    Level,
    Party,
    Result,
    for_others,
    has_marks,
    situation_for_others,
    words_of_siae,
)
from .endorsing import LoneEndorsement
from .examination import (
    CHECKS,
    About,
    Ambiguous,
    Check,
    DamagedFile,
    Endorsement,
    Examination,
    Fetch,
    Fetched,
    NotABadge,
    Origin,
    Outcome,
    Seen,
    State,
    TooHeavy,
    Unreachable,
    UnreadableBadge,
    Web,
    WorkedOut,
    origins,
)
from .hosts import host_of, is_shared, speaks_for
from .signing.credentials import LIST_SIZE, Said, Signer, digest_sri
from .signing.credentials import endorsement as sign_endorsement
from .signing.credentials import sign as sign_credential
from .signing.credentials import status_list as sign_status_list
from .opening import is_of_one_badge, may_pass
from .presentations import presentable, presentation
from .proofs.dids import document_address as did_document_address
from .proofs.vocabularies import own_contexts
from .proofs.data_integrity import sign_eddsa_rdfc
from .proofs.dids import did_key
from .proofs.dids import is_a_key as is_key
from .proofs.multibase import to_base64url, to_multibase
from .proofs.vocabularies.own_contexts import LARGEST as LARGEST_CONTEXT
from .proofs.vocabularies.own_contexts import MOST as MOST_CONTEXTS
from .proofs.vocabularies.own_contexts import is_context
from .recipients import named_to_me
from .situations import situation_of, tells_of_siae, without_prefix
from .strict_json import JsonReader
from .strict_json import read_object as read_json_object
from .strict_json import read_value as read_json
from .texts import normalise_name, strip_unseen, without_unseen
from .unknowns import Why, is_only_shared_in_part, why_unknown
from .v3 import bundles, other_kinds, presented
from .v3.other_kinds import OF_PERSONS
from .v3.sd_jwt_badges import claims_of
from .v3.endorsements import is_endorsement as _is_endorsement
from .v3.examine import examine_credential, is_credential
from .v3.examine import examine_endorsement as _examine_endorsement


def unpack(document: bytes, fetch: Fetch, now: datetime, *, found_inside: bool = False) -> tuple[bytes, ...]:
    """The documents in *document*, each to be examined on its own.

    Most are one badge, and come back as they are. A presentation gives the badges that it carries; a Comprehensive
    Learner Record gives itself, then its badges. *found_inside* says that *document* was found inside a file: an
    address is then a badge in itself; else one that leads nowhere is refused. Raises UnreadableBadge.
    """
    found = opening.follow(opening.open_document(document), Web(fetch, now), found_inside=found_inside)
    return tuple(bundles.unpacked(document, found))


def check_presentation(document: bytes, fetch: Fetch, now: datetime, *, allowance: int | None = None) -> Check | None:
    """Whether the holder of the presentation in *document* signed it, as a check `presentation`; None where it is none.

    It is told beside the badges that `unpack` takes out of it, and has no say in their state. Raises as `unpack` and `examine`.
    """
    web = Web(fetch, now, allowance=allowance)
    return presented.check_presentation(opening.follow(opening.open_document(document), web), web)


def examine(  # noqa: PLR0913  # the one door
    document: bytes,
    fetch: Fetch,
    now: datetime,
    addresses: Collection[str] = (),
    *,
    stood_at: str = "",
    allowance: int | None = None,
    contexts: Mapping[str, bytes] = MappingProxyType({}),
    asks_endorsers: bool = True,
    worked_out: MutableMapping[tuple[str, ...], WorkedOut] | None = None,
) -> Examination:
    """Take the badge out of *document*, verify it, and read it from what was verified.

    *fetch* answers an address or raises Unreachable; *now* is aware; *addresses* are what the person has told of
    herself (e-mail addresses, DIDs …). *stood_at* is the address that gave *document*, for the badges that do not say
    where they stand. *contexts* are further ones than ours, by their addresses, as they were fetched for this document:
    they say what is signed, never what is read.
    *asks_endorsers*: what others say in the badge is verified also where that needs addresses of theirs. An address that
    leads nowhere is a badge that is silent, and unknown. *worked_out* keeps what several examinations of the same minutes
    have in common, where their fetch gives the very same answers.
    Raises UnreadableBadge, of its whole family, when there is no badge in *document* or more than one; and TooHeavy
    when more than *allowance* members of documents would have to be worked out; nothing else.
    """
    web = Web(fetch, now, allowance=allowance, contexts=contexts, asks_endorsers=asks_endorsers, worked_out=worked_out)
    found = opening.follow(opening.open_document(document), web, found_inside=True)
    if stood_at and found.link is None:
        found = replace(found, link=stood_at)
    came_in = presented.check_presentation(found, web)
    if came_in:
        found = opening.follow(opening.open_document(bundles.the_only_one(found)), web, found_inside=True)
    if is_credential(found.claims):
        examination = examine_credential(found, web, now, addresses)
    else:
        from .v2.examine import examine_assertion  # noqa: PLC0415  # loaded where a badge is of the older versions

        examination = examine_assertion(found, web, now, addresses)
    if asks_endorsers and not came_in and not web.endorsers:
        return examination  # nearly always: there is nothing to tell beside it
    return replace(
        examination,
        presentation=came_in,
        endorsements=endorsing.without_silence(examination.endorsements, web),
        endorsers=tuple(web.endorsers),
        are_endorsers_asked=asks_endorsers,
    )


def examine_endorsement(document: bytes, fetch: Fetch, now: datetime) -> LoneEndorsement:
    """Look at the endorsement of Open Badges 3.0 in *document*, which came by itself; *fetch* and *now* as for `examine`.

    Raises UnreadableBadge where there is none: also for one of Open Badges 2.0, which no signature need cover.
    """
    return _examine_endorsement(opening.open_document(document), Web(fetch, now), now)


def examine_brought_endorsement(
    document: bytes, fetch: Fetch, now: datetime, *, allowance: int | None = None
) -> LoneEndorsement:
    """As `examine_endorsement`, of what somebody brings as a file of theirs: of any version, and an address that leads to one.

    *allowance* as of `examine`.
    """
    web = Web(fetch, now, allowance=allowance)
    found = opening.follow(opening.open_document(document), web, found_inside=True)
    if is_credential(found.claims):
        return _examine_endorsement(found, web, now)
    from .v2.endorsements import examine_endorsement as examine_older  # noqa: PLC0415  # as above

    return examine_older(found, web)


def is_endorsement(document: bytes) -> bool:
    """Whether *document* itself is what somebody says of a badge, and no badge. Nobody is asked, and nothing is verified."""
    try:
        found = opening.open_document(document)
    except UnreadableBadge:
        return False
    signed = found.signed or bundles.signed_within(found.claims)
    claims = claims_of(signed) if signed else found.claims
    credential = claims["vc"] if isinstance(claims.get("vc"), dict) else claims
    return _is_endorsement(credential) or "Endorsement" in texts.types(claims)


def missing_contexts(document: bytes, contexts: Mapping[str, bytes]) -> tuple[str, ...]:
    """The addresses of contexts that the badge in *document* needs to be verified: we have none of them, nor has *contexts*.

    None where its signature needs no context. Raises UnreadableBadge where there is no badge in *document* itself.
    """
    found = opening.open_document(document)
    if bundles.is_presentation(found):
        found = opening.open_document(bundles.the_only_one(found))
    return own_contexts.missing([found.json or {}], contexts)


def identity_kind(document: bytes) -> str:
    """What *document* is where it tells who somebody is, and is no badge, in one word of OF_PERSONS; "" for all else."""
    try:
        found = opening.open_document(document)
        if bundles.is_presentation(found):
            found = opening.open_document(bundles.the_only_one(found))
        signed = found.signed or bundles.signed_within(found.claims)
        other_kinds.refuse_identity(claims_of(signed) if signed else found.claims)
    except UnreadableBadge as problem:
        return problem.reason if problem.reason in OF_PERSONS else ""
    return ""


def claimed_id(document: bytes) -> str:
    """Under which id *document* says that it is a badge, "" where it says none. Nobody is asked, and nothing is verified.

    Raises UnreadableBadge where it is not written as a badge of any version, or tells who somebody is.
    """
    found = opening.open_document(document)
    signed = found.signed or bundles.signed_within(found.claims)
    claims = claims_of(signed) if signed else found.claims
    other_kinds.refuse_identity(claims)
    if not opening.is_badge(claims):
        raise NotABadge("not-a-badge")
    credential = claims["vc"] if isinstance(claims.get("vc"), dict) else claims
    return texts.address(credential.get("id")) or texts.address(claims.get("jti"))


def locate(address: str, fetch: Fetch, now: datetime) -> Fetched:
    """Find the badge to which *address* leads, if need be through the page that people are shown of it.

    Gives the answer whose body `examine` takes. Raises UnreadableBadge: `link-no-answer`, `link-no-badge`.
    """
    return opening.locate(address, Web(fetch, now))
