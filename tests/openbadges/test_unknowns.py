"""What is unknown says whether later can help: a person must not come back every day for what will never be known."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school
from wallet import openbadges
from wallet.openbadges import unknowns

ENGINE = Path(openbadges.__file__).parent
REASON = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
NEVER_UNKNOWN = frozenset(
    {
        # the badge is not what it seems: failed
        "certificate-malformed",
        *("algorithm-does-not-fit-key", "algorithm-forbidden", "claims-differ", "critical-header-not-understood"),
        *("digest-twice", "disclosure-left-over", "disclosure-malformed", "disclosure-says-again", "disclosure-twice"),
        *("ends-before-it-begins", "hosted-outside-the-issuers-scope", "key-not-for-assertions", "key-not-listed"),
        *(
            "key-not-of-the-issuer",
            "key-of-another",
            "member-missing",
            "member-unreadable",
            "not-yet",
            "nothing-signed",
        ),
        *("previous-proof-missing", "proof-context-differs", "proof-malformed", "proof-purpose"),
        *("recipient-unreadable", "signature-does-not-match", "token-malformed", "wrong-type"),
        # why there is no answer, which is a word of the detail
        "never-asked",
        # remarks beside a passed check
        *("member-empty", "member-left-out", "member-of-another-kind"),
        *("no-beginning-given", "no-end-given", "no-withdrawal-announced", "list-kept-by-another"),
        # of `known` and `named_to_me`, which have no say in the state
        *("issuer-not-in-a-registry", "issuer-not-proven", "named-to-someone-else", "names-nobody-to-compare"),
        *("no-address-of-that-kind", "no-address-told"),
        # of a presentation, and of whoever shared a badge, which have none either
        *("presentation-not-wholly-signed", "key-binding-unsupported", "key-binding-wrong", "key-binding-date"),
        # of words on a badge
        *("no-endorsement", "not-asked", "too-many", "too-much-to-read"),
        # there is no badge to look at
        *("broken-json", "broken-token", "link-no-answer", "link-no-badge", "page-no-answer", "no-badge-in-picture"),
        *("no-badge-in-presentation", "not-a-badge", "program-inside", "several-badges", "status-list", "too-big"),
        *("too-many-badges", "two-badges", "unknown-kind", "driving-licence", "identity-document", "other-credential"),
        # no reasons at all: suites, hashes, encodings, states, bindings, what may be kept back
        "any-status",
        *("ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-2022", "eddsa-jcs-2022", "eddsa-rdfc-2022"),
        *(
            "sha-256",
            "sha-384",
            "sha-512",
            "latin-1",
            "utf-16",
            "utf-8",
            "utf-8-sig",
            "not-yet-valid",
            "self-certified",
            "sd-jwt",
        ),
    }
)


def words(source: str) -> Iterator[str]:
    """Every word of *source* that could be a reason."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and REASON.fullmatch(node.value):
            yield node.value


def reasons() -> set[str]:
    """Every word in the engine that could be the reason of an unknown check."""
    sources = (path for path in ENGINE.rglob("*.py") if path.name != "unknowns.py")
    return {word for path in sources for word in words(path.read_text(encoding="utf-8"))} - NEVER_UNKNOWN


@pytest.mark.breadth
def test_every_reason_of_the_engine_has_a_family() -> None:
    """A new reason goes into a family of unknowns.py, or above where it never leaves a badge unknown."""
    assert reasons() <= unknowns.FAMILIES.keys() | unknowns.FOLLOWS
    assert unknowns.FAMILIES.keys().isdisjoint(unknowns.FOLLOWS | NEVER_UNKNOWN)


def test_a_reason_without_a_family_would_be_found() -> None:
    assert set(words('problem("phase-of-the-moon", detail="a b")')) == {"phase-of-the-moon"}


UNHEARD = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofPurpose": "assertionMethod"}
BY_EBSI = "did:ebsi:zjHZjJ4Sy7r92BxXzFGs7qD"


def by_ebsi() -> str:
    return guild.token(guild.badge(BY_EBSI), kid=f"{BY_EBSI}#key-1")


def with_list(**members: Any) -> dict[str, Any]:
    return guild.signed(guild.badge(credentialStatus=guild.status(**members)))


@rows(
    ("document", "answers", "why"),
    [
        (guild.badge(), {}, "unsigned"),
        (guild.badge() | {"proof": UNHEARD}, {}, "unchecked"),
        (guild.badge("https://guild.example/") | {"proof": UNHEARD}, {}, "unchecked"),
        (by_ebsi(), {}, "unchecked"),
        (guild.token(guild.badge(guild.WEB_DID), kid=f"{guild.WEB_DID}#key-1"), {}, "later"),
        (
            guild.token(guild.badge(guild.WEB_DID), kid=f"{guild.WEB_DID}#key-1"),
            {guild.DID_DOCUMENT: "timeout"},
            "later",
        ),
        (with_list(), {guild.LIST: "timeout"}, "later"),
        (with_list(), {guild.LIST: guild.signed(guild.status_list(validUntil="2026-01-02T00:00:00Z"))}, "later"),
        (with_list(purpose="spectral"), {}, "unchecked"),
        (guild.signed_in("eddsa-rdfc-2022", guild.badge(), guild.KEY, created="2027-01-01T00:00:00Z"), {}, "later"),
    ],
)
def test_a_badge_says_whether_later_can_help(
    document: Mapping[str, Any] | str, answers: dict[str, guild.Answer], why: str
) -> None:
    found = guild.examine(document, answers)

    assert (found.state, found.why_unknown) == ("unknown", why)


NEVER = "never-asked"


def test_a_badge_that_needs_an_address_that_is_never_asked_is_not_put_off() -> None:
    """A site within a house, at another port or without https: no day changes what its letters say."""
    house = school.School()
    house.answers[school.BADGE] = NEVER
    profile = school.School()
    profile.answers[school.ISSUER] = NEVER
    key = school.School()
    key.answers |= {school.ISSUER: school.profile(publicKey=school.KEY), school.KEY: NEVER}
    old = school.signed(school.signed_assertion(**{"@context": "https://w3id.org/openbadges/v1"}))
    withdrawals = school.School()
    withdrawals.answers |= {
        school.ISSUER: school.profile(publicKey=school.KEY, revocationList=school.LIST),
        school.LIST: NEVER,
    }
    found = [
        house.examine(school.assertion()),
        profile.examine(school.assertion()),
        profile.examine(school.signed(school.signed_assertion())),
        key.examine(school.signed(school.signed_assertion())),
        key.examine(old),
        withdrawals.examine(school.signed(school.signed_assertion())),
        guild.examine(with_list(), {guild.LIST: NEVER}),
        guild.examine(
            guild.token(guild.badge(guild.WEB_DID), kid=f"{guild.WEB_DID}#key-1"), {guild.DID_DOCUMENT: NEVER}
        ),
        guild.examine(guild.token(guild.badge(guild.PROFILE)), {guild.PROFILE: NEVER}),
    ]

    assert [(one.state, one.why_unknown) for one in found] == [("unknown", "unchecked")] * len(found)


@rows("creator", [None, school.KEY])
def test_a_school_that_has_no_address_is_not_said_to_be_silent(creator: str | None) -> None:
    """Maria would come back every day for the answer of a site that there is not."""
    nowhere = school.School()
    nowhere.answers[school.CLASS] = school.badge_class(issuer=school.profile(id="urn:uuid:5c"))
    nowhere.answers[school.KEY] = "timeout"
    verification = {"type": "SignedBadge"} | ({"creator": creator} if creator else {})
    found = nowhere.examine(school.signed(school.signed_assertion(verification=verification)))

    assert (found.state, found.why_unknown) == ("unknown", "unchecked")
    assert found.check("not_withdrawn").reason == "issuer-has-no-address"


KEEPER = "https://lists.example"
OLD_KEY = {
    "verificationMethod": [
        {
            "id": guild.method(),
            "type": "Multikey",
            "publicKeyMultibase": guild.multikey(guild.KEY),
            "revoked": "2026-01-01",
        }
    ],
    "assertionMethod": [guild.method()],
}


@rows(
    ("keeper", "answer", "why"),
    [
        (KEEPER, "timeout", "later"),
        (KEEPER, {"id": KEEPER} | OLD_KEY, "later"),  # they sign it anew
        ("http://lists.example", NEVER, "unchecked"),
        (BY_EBSI, 404, "unchecked"),
        ("urn:uuid:5c", 404, "unchecked"),
    ],
)
def test_a_list_of_which_nobody_will_ever_know_whose_it_is_is_not_waited_for(
    keeper: str, answer: guild.Answer, why: str
) -> None:
    """Its signature is good, and the keeper whom it names is not to be asked for the key, that day or another."""
    found = guild.examine(with_list(), {guild.LIST: guild.signed(guild.status_list(issuer=keeper)), keeper: answer})

    assert (found.state, found.why_unknown) == ("unknown", why)


def test_a_hosted_badge_whose_school_is_silent_is_asked_again() -> None:
    silent = school.School()
    silent.answers[school.BADGE] = "timeout"
    lost = school.School()
    del lost.answers[school.ISSUER]

    assert silent.examine(school.assertion()).why_unknown == "later"
    assert lost.examine(school.assertion()).why_unknown == "later"


def test_a_badge_of_an_old_file_that_nobody_signed_is_nobodys() -> None:
    home = school.School()

    assert home.examine(school.signed_assertion()).why_unknown == "unsigned"
    assert home.examine(school.assertion(id="urn:uuid:1")).why_unknown == "unsigned"


def test_what_is_unknown_only_because_it_is_not_shown_is_told_apart() -> None:
    hidden = ("begun", "unknown", "date-not-shared")

    assert openbadges.is_only_shared_in_part([hidden, ("named_to_me", "unknown", "no-address-told")])
    assert openbadges.is_only_shared_in_part([hidden, ("known", "unknown", "issuer-not-proven")]), (
        "as kept before 2026-12"
    )
    assert not openbadges.is_only_shared_in_part([hidden, ("bound", "unknown", "key-document-unreachable")])
    assert not openbadges.is_only_shared_in_part([("begun", "passed", "")])


def test_what_is_known_has_no_reason_to_be_unknown() -> None:
    assert guild.examine(guild.signed(guild.badge())).why_unknown is None
    assert guild.examine(guild.signed(guild.badge()), now=guild.NOW.replace(year=2031)).why_unknown is None


@rows(
    ("checks", "why"),
    [
        ([("intact", "passed", ""), ("named_to_me", "unknown", "no-address-told")], None),
        # Kept before 2026-12, when it was a check.
        ([("intact", "passed", ""), ("known", "unknown", "issuer-not-proven")], None),
        ([("not_withdrawn", "unknown", "status-list-unreachable")], "later"),
        # The list may answer tomorrow, the key of did:ebsi never will: coming back brings nothing.
        (
            [("not_withdrawn", "unknown", "status-list-unreachable"), ("bound", "unknown", "did-method-unsupported")],
            "unchecked",
        ),
        ([("intact", "unknown", "no-proof"), ("conforms", "unknown", "several-subjects")], "unsigned"),
        # Kept by another version of the wallet: nothing is promised.
        ([("intact", "unknown", "phase-of-the-moon")], "unchecked"),
        ([("begun", "unknown", "not-intact")], "unchecked"),
    ],
)
def test_the_family_is_found_in_what_was_kept(checks: list[tuple[str, str, str]], why: str | None) -> None:
    assert openbadges.why_unknown(checks) == why
