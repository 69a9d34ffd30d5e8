"""What words mean is settled by our own contexts, which no badge can change, nor make us work for."""

import json
import threading

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.proofs import contexts, jsonld_expansion
from wallet.openbadges.proofs.contexts import CHANGED_IN_PLACE, UnknownContext
from wallet.openbadges.proofs.jsonld_expansion import MOST_MEMBERS, expand
from wallet.openbadges.proofs.nquads import Inexpressible


def test_every_known_word_becomes_an_address() -> None:
    found = expand(guild.badge())

    assert found.whole
    assert found.nodes[0]["https://schema.org/name"] == [{"@value": "Souder – je maîtrise"}]


@pytest.mark.parametrize(
    "members",
    [
        {"grade": "A+++"},
        {"image": None},
        {"evidence": [None]},
        {"name": {"@value": "x", "@language": "fr", "@direction": "ltr"}},
    ],
)
def test_what_is_left_out_is_noticed(members: dict[str, object]) -> None:
    document = {**guild.badge(), **members}

    assert not expand(document).whole


def test_an_issuers_own_context_is_not_fetched() -> None:
    with pytest.raises(UnknownContext):
        expand(guild.badge(**{"@context": [guild.VC2, "https://issuer.example/words"]}))


def test_a_badge_cannot_change_our_contexts() -> None:
    before = json.dumps(contexts.context(guild.VC2))
    document = guild.badge(**{"@context": [guild.VC2, {"@import": guild.OB3, "validUntil": "urn:nothing"}]})

    with pytest.raises(UnknownContext):
        expand(document)

    assert json.dumps(contexts.context(guild.VC2)) == before
    assert expand(guild.badge()).whole


@rows(
    "document",
    [
        guild.badge(id=["a", "b"]),
        guild.badge(**{"@context": 5}),
        guild.badge(**{"@context": [[guild.VC2]]}),
        guild.badge(**{"@context": [guild.VC2, {"name": "urn:another"}]}),
        guild.badge(type={"a": "b"}),
        guild.badge(**{"@context": [guild.VC2, {"a": {"@id": 5}}]}),
    ],
)
def test_what_json_ld_forbids_is_inexpressible(document: dict[str, object]) -> None:
    with pytest.raises(Inexpressible):
        expand(document)


def test_an_address_that_begins_as_our_relative_ones_is_refused() -> None:
    with pytest.raises(Inexpressible):
        expand(guild.badge(id="relative.invalid:/x"))


def test_a_document_of_too_many_members_is_not_looked_at() -> None:
    with pytest.raises(Inexpressible):
        expand({"@context": [guild.VC2], "name": ["x"] * MOST_MEMBERS})


def test_contexts_of_its_own_do_not_make_us_work_without_end() -> None:
    words = {f"word{number}": f"urn:{number}" for number in range(1_000)}
    own = {"holds": "urn:holds", "T": {"@id": "urn:T", "@context": words}}
    document = {"@context": [own], "holds": [{"@type": "T", "word1": "x"} for _ in range(200)]}

    with pytest.raises(Inexpressible, match="definitions"):
        expand(document)


def test_contexts_in_contexts_are_read_afresh_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallet.openbadges.proofs.jsonld_expansion._Context.MOST", 1)

    assert expand(guild.badge()).nodes == expand(guild.badge()).nodes


def test_no_context_at_all_means_nothing() -> None:
    assert expand({"name": "x", "@context": []}).nodes == []
    assert expand({"name": "x", "@context": [None]}).nodes == []


def test_a_context_may_stand_inside_a_context() -> None:
    found = expand({"@context": [{"@context": {"a": "urn:a"}}], "a": "x"})

    assert found.nodes == [{"urn:a": [{"@value": "x"}]}]


@pytest.mark.breadth
def test_threads_do_not_disturb_each_other() -> None:
    expected = expand(guild.badge()).nodes
    faults: list[object] = []

    def work() -> None:
        for generation in contexts.GENERATIONS * 3:
            found = expand(guild.badge(), generation).nodes
            if generation == contexts.NEWEST and found != expected:
                faults.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_a_new_thread_knows_what_another_one_has_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import looks at each file in a thread of its own: the contexts were worked out again for each."""
    monkeypatch.setattr(jsonld_expansion, "_idle", {})
    spent: list[object] = []
    spend = jsonld_expansion.Contexts.spend
    monkeypatch.setattr(
        jsonld_expansion.Contexts, "spend", lambda self, context: spent.append(context) or spend(self, context)
    )
    expand(guild.badge())
    at_first = len(spent)
    expand(guild.badge())
    again = len(spent) - at_first
    assert again < at_first

    thread = threading.Thread(target=expand, args=[guild.badge()])
    thread.start()
    thread.join()

    assert len(spent) == at_first + 2 * again


def test_a_generation_that_lacks_a_word_drops_it() -> None:
    assert CHANGED_IN_PLACE in guild.badge()["@context"]
    assert expand(guild.badge(), "2024-03").whole
    assert not expand(guild.badge(), "2024-01").whole
