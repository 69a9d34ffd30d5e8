"""One badge, one canonical form, whoever writes it down; and nobody keeps us busy with a riddle."""

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from tests.openbadges.support import guild
from tests.openbadges.support.others import ask, needs_npm
from wallet.openbadges.proofs import canonicalization, contexts
from wallet.openbadges.proofs.canonicalization import TooMuchWork, canonical_lines, canonicalize
from wallet.openbadges.proofs.contexts import UnknownContext
from wallet.openbadges.proofs.nquads import Inexpressible, Quad

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
BLANKS = [f"_:n{number}" for number in range(5)]
PREDICATES = ["<urn:p>", "<urn:q>"]
RIDDLE = [
    ("_:n0", "<urn:p>", "<urn:x>", ""),
    ("_:n2", "<urn:q>", "_:n3", "_:n0"),
    ("_:n3", "<urn:q>", "_:n2", "_:n1"),
]
"""Two nodes that point at each other, each within a graph of which no other sign tells which is whose."""


def lines(found: Iterable[Quad]) -> str:
    return "".join(f"{' '.join(term for term in quad if term)} .\n" for quad in found)


def by_pyld(found: Iterable[Quad]) -> str:
    """The canonical form that another implementation gives: pyld's URDNA2015, which is RDFC-1.0 with SHA-256."""
    return str(jsonld.normalize(lines(found), {"algorithm": "URDNA2015", "format": "application/n-quads",
                                               "inputFormat": "application/n-quads"}))  # fmt: skip


def renamed(found: Iterable[Quad], names: dict[str, str]) -> set[Quad]:
    return {tuple(names.get(term, term) for term in quad) for quad in found}  # type: ignore[misc]


terms = st.sampled_from([*BLANKS, "<urn:x>", '"v"', '"w"@fr'])
statements = st.tuples(
    st.sampled_from([*BLANKS, "<urn:x>"]),
    st.sampled_from(PREDICATES),
    terms,
    st.sampled_from(["", "<urn:g>", BLANKS[0]]),
)
"""One graph without a name at most: of several the standard may not tell which is which (`RIDDLE`)."""
datasets = st.frozensets(statements, max_size=7)


@given(datasets, st.permutations(BLANKS))
@pytest.mark.breadth
def test_names_of_blank_nodes_mean_nothing(found: frozenset[Quad], order: list[str]) -> None:
    other = renamed(found, dict(zip(BLANKS, order, strict=True)))

    assert canonical_lines(other) == canonical_lines(found)
    assert canonical_lines(other, "sha384") == canonical_lines(found, "sha384")


@given(datasets)
def test_another_implementation_agrees(found: frozenset[Quad]) -> None:
    # Not where one node stands twice in a statement: pyld 3.3.0 counts that statement twice, rdf-canonize (JS) 5.0.0
    # and the standard count it once.
    found = frozenset(quad for quad in found if len({quad[0], quad[2], quad[3]}) == 3)

    assert canonical_lines(found) == by_pyld(found)


def test_a_statement_in_which_a_node_stands_twice_is_counted_once() -> None:
    """As rdf-canonize (JS) 5.0.0 gives it; pyld 3.3.0 names the two the other way round."""
    assert canonical_lines({("_:n0", "<urn:p>", "_:n0", "_:n1")}) == "_:c14n0 <urn:p> _:c14n0 _:c14n1 .\n"


@needs_npm
@pytest.mark.breadth
def test_where_the_standard_leaves_it_open_the_order_of_the_document_decides_as_elsewhere() -> None:
    """RDFC-1.0 hashes a graph apart from the statement it stands in (4.7), so it has two forms for the RIDDLE.

    The badge is the same to everybody all the same: which form it is follows from the order of the statements alone,
    never from what this process happens to make of a set. rdf-canonize (JS) 5.0.0 does so, too; pyld 3.3.0 throws dice.
    """
    orders = [
        [tuple(names.get(term, term) for term in quad) for quad in order]
        for order in itertools.permutations(RIDDLE)
        for names in (dict(zip(BLANKS, some, strict=False)) for some in itertools.permutations(BLANKS[:4]))
    ]

    ours = [canonical_lines(order) for order in orders]  # type: ignore[arg-type]

    assert ours == ask("canonize.mjs", [lines(order) for order in orders])  # type: ignore[arg-type]
    assert len(set(ours)) == 2


@pytest.mark.parametrize("several", [2, 3])
def test_two_graphs_alike_are_told_as_others_tell_them(several: int) -> None:
    """What pyoxigraph 0.5.13 gets wrong, and what two embedded endorsements look like."""
    found: set[Quad] = {("<urn:x0>", "<urn:p>", "_:g1", "")}
    for node, graph in (("_:a", "_:g1"), ("_:b", "_:g2")):
        found |= {(node, f"<urn:q{number}>", '"v"', graph) for number in range(several)}

    assert canonical_lines(found) == by_pyld(found)


def test_rings_alike_are_told_apart_by_their_length() -> None:
    def ring(prefix: str, size: int) -> set[Quad]:
        return {(f"_:{prefix}{i}", "<urn:p>", f"_:{prefix}{(i + 1) % size}", "") for i in range(size)}

    two_threes, a_six = ring("a", 3) | ring("b", 3), ring("c", 6)

    assert canonical_lines(two_threes) == by_pyld(two_threes)
    assert canonical_lines(a_six) == by_pyld(a_six)
    assert canonical_lines(two_threes) != canonical_lines(a_six)


def clique(size: int) -> set[Quad]:
    """Everybody knows everybody: the more there are, the more ways to name them."""
    nodes = [f"_:e{number}" for number in range(size)]
    return {(one, "<urn:knows>", other, "") for one, other in itertools.permutations(nodes, 2)}


def test_a_small_clique_is_named() -> None:
    assert canonical_lines(clique(4)) == by_pyld(clique(4))


@pytest.mark.parametrize("size", [9, 10, 12])
def test_a_clique_made_to_keep_us_busy_is_refused(size: int) -> None:
    """W3C's test074 is such a clique of ten; pyld takes minutes for it."""
    with pytest.raises(TooMuchWork):
        canonical_lines(clique(size))


def test_an_endless_row_of_nodes_alike_is_refused() -> None:
    size = 2_000
    found = {(f"_:a{i}", "<urn:p>", f"_:a{(i + 1) % size}", "") for i in range(size)}

    with pytest.raises(TooMuchWork):
        canonical_lines(found)


def test_one_long_address_said_a_thousand_times_is_refused() -> None:
    address = f"<urn:{'x' * 100_000}>"
    found = {(address, "<urn:p>", f'"{number}"', "") for number in range(1_000)}

    with pytest.raises(TooMuchWork):
        canonical_lines(found)


def test_a_badge_with_a_clique_in_it_is_refused_in_time() -> None:
    document = guild.badge()
    document["issuer"]["parentOrg"] = [
        {"id": f"_:e{n}", "type": ["Profile"], "parentOrg": [{"id": f"_:e{m}"} for m in range(10) if m != n]}
        for n in range(10)
    ]

    with pytest.raises(TooMuchWork):
        canonicalize(document)


def test_a_long_word_behind_a_short_prefix_costs_what_it_takes() -> None:
    """A badge of 80 KB took 25 s: each step hashes the predicate, and a prefix writes it in a letter."""
    assert canonical_lines(clique(5))
    long = f"<urn:{'p' * 100_000}>"
    with pytest.raises(TooMuchWork):
        canonical_lines({(one, long, other, graph) for one, _, other, graph in clique(5)})


def test_what_takes_long_once_is_not_read_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A badge of 3 KB took 1.6 s: one whose signature does not fit is read again in each way in which it may have been signed."""
    document = guild.badge(description="| 12345678901234567890")
    document["issuer"]["parentOrg"] = [
        {"id": f"_:{group}{n}", "type": ["Profile"], "parentOrg": [{"id": f"_:{group}{m}"} for m in range(5) if m != n]}
        for group in "ab"
        for n in range(5)
    ]
    signed = guild.signed(document)
    signed["issuer"]["name"] = {"@value": "Somebody else", "@direction": "ltr", "@language": "fr"}
    works = list[int]()

    def counted(part: dict[str, Any], **how: Any) -> canonicalization.Canonical:
        found = canonicalize(part, **how)
        works.append(found.work)
        return found

    monkeypatch.setattr("wallet.openbadges.proofs.data_integrity.canonicalize", counted)
    found = guild.examine(signed).check("intact")

    assert (found.outcome, found.reason) == ("unknown", "not-canonicalisable")
    assert max(works) > 5_000, "it takes long once"
    assert sum(works) < 200_000


def test_branches_that_differ_only_at_their_ends_are_told_apart() -> None:
    found: set[Quad] = set()
    for tree in "xyz":
        for branch in range(3):
            steps = [f"_:{tree}", *(f"_:{tree}{branch}{step}" for step in range(3))]
            found |= {(one, "<urn:p>", other, "") for one, other in itertools.pairwise(steps)}
            found |= {(steps[-1], "<urn:end>", f'"{branch}"', "")}

    assert canonical_lines(found) == by_pyld(found)


def test_a_chain_of_alike_nodes_beside_a_named_one_is_left_early() -> None:
    found: set[Quad] = set()
    for branch in "ab":
        found |= {(f"_:{branch}{i}", "<urn:p>", f"_:{branch}{i + 1}", "") for i in range(4)}
    found |= {("_:a0", "<urn:p>", "_:b0", ""), ("_:b0", "<urn:p>", "_:a0", "")}

    assert canonical_lines(found) == by_pyld(found)


def test_the_order_of_members_and_of_lists_means_nothing() -> None:
    document = guild.badge()
    other = dict(reversed(document.items()))
    other["credentialSubject"]["achievement"]["tag"].reverse()

    assert canonicalize(other) == canonicalize(guild.badge())


def test_a_longer_hash_may_give_other_names() -> None:
    """SHA-384 is asked for with keys on P-384; the order of hashes decides who is named first."""
    found = {(f"_:e{number}", "<urn:p>", f'"{number}"', "") for number in range(8)}

    assert canonical_lines(found, "sha384") != canonical_lines(found, "sha256")
    assert sorted(canonical_lines(found, "sha384")) == sorted(canonical_lines(found, "sha256"))


def test_a_badge_whose_words_are_all_known_is_whole() -> None:
    found = canonicalize(guild.badge())

    assert found.whole
    assert found.content.endswith(b" .\n")
    assert "Souder – je maîtrise" in found.content.decode()


def test_a_badge_with_a_word_of_nobody_is_not_whole() -> None:
    assert not canonicalize(guild.badge(grade="A+++")).whole
    assert canonicalize(guild.badge(grade="A+++")).content == canonicalize(guild.badge()).content


def test_a_context_that_we_do_not_have_has_no_canonical_form() -> None:
    with pytest.raises(UnknownContext):
        canonicalize(guild.badge(**{"@context": [guild.VC2, "https://issuer.example/words"]}))


def test_a_value_of_several_types_says_nothing() -> None:
    """Told under two names of `@type`, which pyld lets pass: a badge with it ended in an error of ours."""
    names = {"t": "@type", "w": "urn:w"}
    document = guild.badge() | {
        "@context": [*guild.badge()["@context"], names],
        "w": {"@value": "a", "@type": "urn:t", "t": "urn:u"},
    }

    with pytest.raises(Inexpressible):
        canonicalize(document)
    assert guild.examine(guild.signed(guild.badge()) | document).state != "valid"


def test_old_escapes_write_a_tabulator_as_it_is() -> None:
    document = guild.badge(name="a\tb")

    assert b'"a\\tb"' in canonicalize(document).content
    assert b'"a\tb"' in canonicalize(document, old_escapes=True).content


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of badges (../shared/corpus) is not here")
@pytest.mark.breadth
def test_the_badges_of_others_have_the_form_that_pyld_gives_them() -> None:
    compared = 0
    for entry in json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8")):
        document = _document(entry)
        if document is None:
            continue
        try:
            found = canonicalize(document).content.decode()
        except (UnknownContext, Inexpressible):
            continue
        assert found == _whole_form_by_pyld(document), entry["id"]
        compared += 1

    assert compared > 60


def _document(entry: dict[str, str]) -> dict[str, object] | None:
    if not entry["container"].startswith("json") or not entry["bytes"]:
        return None
    try:
        document = json.loads((CORPUS / entry["path"]).read_text(encoding="utf-8"))
    except ValueError:
        return None
    if not isinstance(document, dict) or len(json.dumps(document)) > 20_000:
        return None
    return {name: value for name, value in document.items() if name != "proof"}


def _whole_form_by_pyld(document: dict[str, object]) -> str:
    def load(address: str, _options: object) -> dict[str, object]:
        words = json.loads(json.dumps({"@context": contexts.context(address)}))
        return {"contextUrl": None, "documentUrl": address, "document": words}

    found = jsonld.to_rdf(document, {"documentLoader": load, "base": "relative.invalid:/"})
    kept = {
        graph: [one for one in triples if not any(x["value"].startswith("relative.invalid:") for x in one.values())]
        for graph, triples in found.items()
        if not graph.startswith("relative.invalid:")
    }
    written = jsonld.JsonLdProcessor.to_nquads(kept)
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "inputFormat": "application/n-quads"}
    return str(jsonld.normalize(written, options))


def test_the_limit_of_work_is_far_above_what_honest_graphs_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonicalization, "_MOST_WORK", 20_000)

    assert canonical_lines(clique(4))
    assert canonicalize(guild.badge()).whole
