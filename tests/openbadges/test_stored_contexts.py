"""What was written down of our contexts is what they say today, and whatever is not there is worked out."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.openbadges.support import context_tables, guild
from tests.openbadges.test_direct_statements import documents, signed_parts
from wallet.openbadges.proofs import contexts
from wallet.openbadges.proofs.canonicalization import canonicalize, canonicalize_expanded
from wallet.openbadges.proofs.walk import active_contexts, context_lists, direct_statements
from wallet.openbadges.proofs.walk.processed_contexts import Tables
from wallet.openbadges.proofs.walk.stored_contexts import StoredTables

LIST, VC1 = (guild.VC2, guild.OB3), guild.VC1


@pytest.fixture(autouse=True)
def _nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_lists, "_lists", {})


def kept() -> Tables | StoredTables:
    """The tables that are now kept for the list."""
    return context_lists._lists[contexts.NEWEST, LIST]


def test_each_table_is_what_the_contexts_and_the_walk_make_today() -> None:
    """After another context, another pyld or another walk: python -m tests.openbadges.support.context_tables."""
    index = json.loads((contexts.TABLES / "index.json").read_text(encoding="utf-8"))["tables"]
    made = {
        name: (list(addresses), json.loads(json.dumps(table))) for name, addresses, table in context_tables.tables()
    }

    assert {entry["file"]: entry["addresses"] for entry in index} == {name: one[0] for name, one in made.items()}
    assert {path.name for path in contexts.TABLES.iterdir()} == made.keys() | {"index.json"}
    for name, (_, table) in made.items():
        assert json.loads(zlib.decompress((contexts.TABLES / name).read_bytes())) == table, name


@pytest.mark.breadth
def test_what_is_read_from_a_table_is_what_pyld_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for_more: list[tuple[str, ...]] = []
    work_out = context_lists.work_out

    def counted(addresses: tuple[str, ...], generation: str) -> None:
        asked_for_more.append(addresses)
        work_out(addresses, generation)

    monkeypatch.setattr(direct_statements, "work_out", counted)
    parts = [part for document in documents() for part in signed_parts(document)]

    for part in parts:
        monkeypatch.setattr(context_lists, "_lists", {})  # each from the table anew
        try:
            expected = canonicalize_expanded(part)
        except Exception:  # noqa: BLE001, S112 - what is refused is compared in test_direct_statements.py
            continue
        assert canonicalize(part) == expected

    assert len(asked_for_more) < len(parts) / 4, asked_for_more


def test_a_badge_of_a_list_that_was_written_down_loads_no_pyld() -> None:
    direct_statements.direct_statements(guild.badge() | {"@context": list(LIST)})

    assert isinstance(kept(), StoredTables)


BOOST = {
    "type": ["VerifiableCredential", "OpenBadgeCredential", "BoostCredential"],
    "display": {"backgroundColor": "#353E64", "displayType": "badge"},
    "skills": [{"category": "durable", "skill": "adaptability", "subskills": ["flexibility"]}],
}
ANCHORED = {
    "evidence": [
        {"id": "urn:x", "type": ["OnChainCredentialAnchor", "Evidence"], "network": "mainnet", "policyId": "0a"}
    ]
}


@pytest.mark.parametrize("addresses", context_tables.OF_PLATFORMS, ids=" ".join)
def test_a_badge_of_a_platform_whose_lists_were_written_down_loads_no_pyld(addresses: tuple[str, ...]) -> None:
    more = ANCHORED if "andamio" in addresses[2] else BOOST
    dates = {"validFrom": None, "issuanceDate": "2026-01-01T00:00:00Z", "validUntil": None} if VC1 in addresses else {}
    document = guild.badge(**more | dates)

    said = direct_statements.direct_statements(document | {"@context": list(addresses)})

    assert said.whole
    assert isinstance(context_lists._lists[contexts.NEWEST, addresses], StoredTables)


@pytest.mark.parametrize(
    ("address", "more"), [(context_tables.BOOSTS[-1], BOOST), (context_tables.ANDAMIO[-1], ANCHORED)]
)
def test_what_a_platform_signed_is_checked_whole_without_pyld(
    address: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = guild.badge(**{"@context": [*LIST, address]} | more)
    signed = guild.signed_in("eddsa-rdfc-2022", document, guild.KEY)
    monkeypatch.setattr(context_lists, "_lists", {})

    assert guild.examine(signed).state == "valid"
    assert {type(tables) for tables in context_lists._lists.values()} == {StoredTables}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"type": ["VerifiableCredential", "OpenBadgeCredential", "Profile"]}, id="types"),
        pytest.param({"endorsement": [{"@context": [guild.OB3], "type": "Profile"}]}, id="contexts"),
        pytest.param({"name": {"type": "Profile"}}, id="a-node"),
        pytest.param({"digestSRI": "x"}, id="a-term"),
    ],
)
def test_what_nobody_asked_for_when_it_was_written_is_worked_out(more: dict[str, Any]) -> None:
    document = guild.badge() | {"@context": list(LIST)} | more

    assert canonicalize(document) == canonicalize_expanded(document)
    assert isinstance(kept(), Tables)


def test_a_table_of_contexts_that_have_changed_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update brings new contexts, and a table of the old ones would read other words than were signed."""
    whole = contexts.hash_of
    monkeypatch.setattr(contexts, "hash_of", lambda address: "0" * 64 if address == guild.OB3 else whole(address))

    assert contexts.table(LIST) is None
    direct_statements.direct_statements(guild.badge() | {"@context": list(LIST)})
    assert isinstance(kept(), Tables)


def test_an_older_generation_has_no_table() -> None:
    canonicalize(guild.badge() | {"@context": list(LIST)}, generation=contexts.GENERATIONS[-1])

    assert isinstance(context_lists._lists[contexts.GENERATIONS[-1], LIST], Tables)


@pytest.mark.breadth
def test_no_more_plans_are_kept_than_there_is_room_for_and_those_of_the_last_badge_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Strangers may order the names of their documents in endless ways: the next honest badge is as quick as ever."""
    monkeypatch.setattr(context_lists, "_stored", lambda _: None)
    monkeypatch.setattr(active_contexts, "_MOST_PLANS", 9)
    document = guild.badge() | {"@context": list(LIST)}

    for _ in range(20):
        name = next(iter(document))
        document[name] = document.pop(name)
        assert canonicalize(document) == canonicalize_expanded(document)

        there = [names for one in active(kept()) for names, plans in one.plans.items() if plans.by_types]
        assert len(there) <= 9
        assert tuple(document) in there


def active(tables: Tables | StoredTables) -> Iterator[active_contexts.ActiveContext]:
    """All active contexts of *tables*."""
    yield from tables._found.values()
