"""Contexts that were made for the purpose: whatever they say of a name, the walk says what expansion says, or leaves it to that."""

from typing import Any

import pytest

from tests.openbadges.support import guild
from tests.openbadges.test_direct_statements import Object, goes
from wallet.openbadges.proofs import contexts, jsonld_expansion
from wallet.openbadges.proofs.canonicalization import canonicalize_expanded
from wallet.openbadges.proofs.walk import context_lists, processed_contexts
from wallet.openbadges.proofs.walk.active_contexts import Budget, Unusual
from wallet.openbadges.proofs.walk.direct_statements import direct_statements
from wallet.openbadges.proofs.walk.stored_contexts import StoredTables, table_of

ADDRESS = "https://made.example/context"
XSD = "http://www.w3.org/2001/XMLSchema#"
LIST = {"l": {"@id": "urn:l", "@container": "@list"}}
TYPE = {"type": "@type"}


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_lists, "_lists", {})
    monkeypatch.setattr(jsonld_expansion, "_idle", {})


def under(context: Object, document: Object, monkeypatch: pytest.MonkeyPatch) -> Object:
    """*document* with the address of *context*, as if that were one of ours."""
    monkeypatch.setattr(jsonld_expansion, "context", lambda address, _: {ADDRESS: context}[address])
    monkeypatch.setattr(contexts, "is_ours", lambda _: True)
    return {"@context": [ADDRESS], "@id": "urn:s", **document}


@pytest.mark.parametrize(
    ("context", "document", "way"),
    [
        pytest.param({"a": "urn:p", "b": "urn:p"}, {"a": "1", "b": "2"}, "long", id="two words of one meaning"),
        pytest.param(LIST, {"l": ["x", None, "y"]}, "short", id="nothing in a list"),
        pytest.param(LIST, {"l": [["x"]]}, "long", id="a list in a list"),
        pytest.param({"d": {"@id": "urn:d", "@type": f"{XSD}double"}}, {"d": "1.5"}, "short", id="a text that is a double"),
        pytest.param({"d": {"@id": "urn:d", "@type": f"{XSD}string"}}, {"d": 'a "text"'}, "short", id="a text that is a string"),
        pytest.param({"d": {"@id": "urn:d", "@type": "urn:é"}}, {"d": "x"}, "long", id="a datatype that is not plain"),
        pytest.param({"d": {"@id": "urn:d", "@type": "@none"}}, {"d": "x"}, "short", id="a text that is nothing else"),
        pytest.param({"r": {"@reverse": "urn:r"}}, {"r": {"@id": "urn:o"}}, "long", id="said the other way round"),
        pytest.param({**TYPE, "T": None}, {"type": "T"}, "refused", id="a type without a meaning"),
        pytest.param({**TYPE, "T": "urn:é"}, {"type": "T"}, "long", id="a type that is not plain"),
        pytest.param({**TYPE, "kind": "@type"}, {"type": "urn:a", "kind": "urn:b"}, "long", id="two words for types"),
        pytest.param({**TYPE, "T": {"@id": "urn:t", "@context": {"kind": "@type"}}}, {"type": "T", "kind": "urn:b"}, "long", id="a word for types that a type brings"),
        pytest.param({"a": {"@id": "urn:a", "@context": {"a": "urn:other"}}}, {"a": "x"}, "long", id="a word that means another one within itself"),
        pytest.param({"@vocab": "urn:v:"}, {"a": "x", "b": {"@id": "urn:b", "c": 1}, "@type": "d"}, "short", id="any word has a meaning"),
        pytest.param({"a": "urn:a"}, {"urn:b": "x"}, "long", id="a word that is an address"),
        pytest.param({"i": "@id", "a": "urn:a"}, {"a": {"i": "urn:x", "@id": "urn:y"}}, "refused", id="two addresses"),
    ],
)  # fmt: skip
def test_it_is_read_as_expansion_reads_it(
    context: Object, document: Object, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert goes(under(context, document, monkeypatch)) == way


def test_what_is_deeper_than_python_goes_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    document: Any = {}
    for _ in range(3_000):
        document = {"a": document}

    with pytest.raises(Unusual):
        direct_statements(under({"a": "urn:a"}, document, monkeypatch))


def test_what_has_too_many_members_goes_the_long_way() -> None:
    many = guild.badge() | {"endorsementJwt": ["a.b.c"] * jsonld_expansion.MOST_MEMBERS}

    with pytest.raises(Unusual):
        direct_statements(many)


def test_a_list_of_contexts_that_becomes_too_many_active_ones_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Odd sets of types make more and more of them."""
    monkeypatch.setattr(context_lists, "_stored", lambda _: None)
    monkeypatch.setattr(processed_contexts, "_MOST_STATES", 1)

    for _ in range(2):
        direct_statements(guild.badge())

    assert context_lists._lists == {}


@pytest.mark.breadth
def test_contexts_without_end_that_are_written_out_have_one_place_together() -> None:
    """Each makes some active contexts: the places of what badges name stay theirs, and the memory is flat."""
    guilds_own = guild.badge()
    direct_statements(guilds_own)
    [usual] = context_lists._lists.values()
    sizes = []

    for number in range(300):
        word = {f"word{number}": f"urn:word:{number}"}
        written = guilds_own | {"@context": [*guilds_own["@context"], word], f"word{number}": "x"}
        assert direct_statements(written).whole
        others = [tables for tables in context_lists._lists.values() if tables is not usual]
        sizes.append(sum(len(other._found) for other in others if isinstance(other, processed_contexts.Tables)))

    assert usual in context_lists._lists.values()
    assert max(sizes) < context_lists._MOST_STATES_WRITTEN + 50
    assert sizes[-1] > 0
    assert sizes != sorted(sizes)  # it was full, and begun anew


@pytest.mark.parametrize(("number", "way"), [(20, "short"), (21, "long")])
def test_many_words_that_are_written_out_go_the_long_way(number: int, way: str) -> None:
    words = [{f"word{place}": "urn:word"} for place in range(number)]
    more = [words[0] | words[1] | words[2], *words[3:]]

    assert goes(guild.badge() | {"@context": [guild.VC2, *more], "word1": "x"}) == way


@pytest.mark.breadth
def test_contexts_without_end_cost_no_more_definitions_than_the_long_way_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is costly is that pyld works a term out: both ways have it count each one."""
    documents = [
        guild.badge() | {"@context": [*guild.badge()["@context"], {f"word{number}": "urn:word"}]}
        for number in range(60)
    ]
    spent: list[int] = []
    spend = jsonld_expansion.Contexts.spend

    def counted(contexts: jsonld_expansion.Contexts, definition: Any) -> None:
        before = contexts.definitions
        spend(contexts, definition)
        spent.append(contexts.definitions - before)

    monkeypatch.setattr(jsonld_expansion.Contexts, "spend", counted)
    for document in documents:
        canonicalize_expanded(document)
    long_way = sum(spent)
    spent.clear()

    for document in documents:
        direct_statements(document)

    assert 0 < sum(spent) < 2 * long_way


def test_a_word_that_only_the_long_way_reads_is_written_down_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    document = under({**TYPE, "T": "urn:é", "U": "urn:u"}, {"type": "U"}, monkeypatch)
    direct_statements(document)
    [tables] = context_lists._lists.values()
    assert isinstance(tables, processed_contexts.Tables)

    stored = StoredTables(table_of(tables.root.under((ADDRESS,), Budget()))).top

    assert stored.word("U") == "<urn:u>"
    with pytest.raises(Unusual):
        stored.word("T")
