"""A second opinion on what a document says: Oxigraph's reader of JSON-LD (Rust), which shares no line with pyld or with us.

Its canonical names are wrong where two graphs are alike, so ours are given to both. One thing it reads otherwise than the standard:
a type that is a name is looked up under the context that the type itself brings, and not under the one around it (JSON-LD 1.1
Processing Algorithms, 5.1.2, step 13.4.4: "using type-scoped context"). So where the two differ, they may differ in that alone.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from tests.openbadges.test_direct_statements import Object, changed, documents, goes, is_readable, signed_parts
from wallet.openbadges.proofs import contexts, jsonld_expansion
from wallet.openbadges.proofs.canonicalization import canonical_lines
from wallet.openbadges.proofs.contexts import UnknownContext
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.walk import context_lists
from wallet.openbadges.proofs.walk.active_contexts import Unusual
from wallet.openbadges.proofs.walk.direct_statements import direct_statements

CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
"""By the same fault it drops what stands in a node whose type the type around it has defined; W3C's own badge of it, in the corpus,
verifies as we read it."""
OF_LISTS = {f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}>" for name in ("first", "rest")}
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
Statement = tuple[str, str, str, str]


def inlined(value: Any) -> Any:
    """*value* with every context written out: their reader asks for none."""
    if isinstance(value, dict):
        return {name: written_out(inner) if name == "@context" else inlined(inner) for name, inner in value.items()}
    return [inlined(inner) for inner in value] if isinstance(value, list) else value


def written_out(context: Any) -> list[Any]:
    """The contexts that *context* names."""
    named = context if isinstance(context, list) else [context]
    found = [contexts.context(one) if isinstance(one, str) else one for one in named]
    return [inner for one in found for inner in (one if isinstance(one, list) else [one])]


def statements(content: str, form: pyoxigraph.RdfFormat, *, lenient: bool = False) -> list[Statement]:
    """What *content* says, as Oxigraph writes each term."""
    return [
        (str(one.subject), str(one.predicate), str(one.object), "" if isinstance(one.graph_name, pyoxigraph.DefaultGraph) else str(one.graph_name))
        for one in pyoxigraph.parse(content.encode(), format=form, lenient=lenient)
    ]  # fmt: skip


def less_lost_lists(found: list[Statement]) -> list[Statement]:
    """*found* but for the lists that nothing names: those of a term without meaning it writes all the same (JSON-LD 1.1 Processing
    Algorithms, 5.1.2, step 13.2: such an entry is passed over)."""
    while True:
        named = {one[2] for one in found}
        left = [one for one in found if one[1] not in OF_LISTS or one[0] in named]
        if len(left) == len(found):
            return found
        found = left


def less_types(found: Iterable[Statement]) -> list[Statement]:
    """*found* but for the types."""
    return [one for one in found if one[1] != TYPE]


def said_of(found: Iterable[Statement]) -> set[tuple[str, str]]:
    """What is said in *found*, but for the types, whatever it is said of."""
    return {(one[1], "_:" if one[2].startswith("_:") else one[2]) for one in less_types(found)}


def has_several_types(value: Any) -> bool:
    """Whether anything in *value* has more than one type."""
    if isinstance(value, dict):
        named = [inner for name, inner in value.items() if name in {"type", "@type"} and isinstance(inner, list)]
        return any(len(one) > 1 for one in named) or any(map(has_several_types, value.values()))
    return isinstance(value, list) and any(map(has_several_types, value))


def compared(part: Object) -> str:
    """`same`, `types` where they differ in types alone, `ours`, `theirs` where one of both does not read it; it fails where they differ."""
    try:
        written = canonical_lines(direct_statements(part).quads)
    except (Unusual, Inexpressible):
        return "ours"
    if CITIZENSHIP in json.dumps(part) or "5e-324" in json.dumps(part):
        return "theirs"  # it writes a number of one digit as that, not as JSON-LD 1.1, 8.2 has it (%1.15E)
    try:
        theirs = less_lost_lists(statements(json.dumps(inlined(part)), pyoxigraph.RdfFormat.JSON_LD))
    except (SyntaxError, UnknownContext):
        return "theirs"
    # Lenient: a name below an address that ends with a # makes one with two, which both read, and N-Quads do not allow.
    if "##" in written and len(theirs) < written.count("\n"):
        return "theirs"  # it leaves out some addresses with two #, which are none (RFC 3987, 2.2)
    ours = statements(written, pyoxigraph.RdfFormat.N_QUADS, lenient=True)
    if canonical_lines(ours) == canonical_lines(theirs):
        return "same"
    if has_several_types(part) and said_of(theirs) < said_of(ours):
        return "theirs"  # of several types that each bring a context it keeps the last one's words, where pyld reads as we do
    assert canonical_lines(less_types(ours)) == canonical_lines(less_types(theirs)), json.dumps(part)[:2_000]
    return "types"


def test_oxigraph_reads_alike_what_is_signed_of_real_badges() -> None:
    ways = Counter(compared(part) for document in documents() for part in signed_parts(document))

    assert ways["same"] > 0.9 * (ways["same"] + ways["types"] + ways["theirs"]) > 9, ways


@pytest.mark.parametrize("many", [pytest.param(20_000, marks=pytest.mark.soak), 300], ids=["soak", "some"])
def test_oxigraph_reads_alike_whatever_is_changed_in_them(many: int) -> None:
    dice = random.Random(f"oxigraph and {many} mutants")  # noqa: S311 - the same at each run, and no secret
    parts = [part for document in documents() for part in signed_parts(document) if len(json.dumps(part)) < 4_000]

    ways = Counter(
        compared(mutant) for mutant in (changed(dice.choice(parts), dice) for _ in range(many)) if is_readable(mutant)
    )

    assert ways["same"] > many / 4, ways
    assert ways["types"] < many / 8, ways


W3C = json.loads((Path(__file__).parent / "support/w3c_json_ld.json").read_text(encoding="utf-8"))["inputs"]
"""W3C's inputs for expansion and for RDF, as far as the walk claims them; of RDF with what is expected."""


@pytest.mark.filterwarnings("ignore:(terms|values) beginning with:SyntaxWarning")
@pytest.mark.parametrize("name", W3C)
def test_w3c_s_inputs_are_read_as_w3c_expects(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their contexts stand under an address that we know: the walk reads no others."""
    address, document = "https://w3c.example/context", W3C[name]["in"]
    whole = contexts.context
    known = {address: document["@context"]}
    monkeypatch.setattr(jsonld_expansion, "context", lambda one, generation: known.get(one) or whole(one, generation))
    monkeypatch.setattr(contexts, "is_ours", lambda _: True)
    monkeypatch.setattr(jsonld_expansion, "_idle", {})
    monkeypatch.setattr(context_lists, "_lists", {})

    assert goes({**document, "@context": [address]}) in {"short", "refused"}

    said = direct_statements({**document, "@context": [address]})
    if said.whole and "out" in W3C[name]:
        assert canonical_lines(
            statements(canonical_lines(said.quads), pyoxigraph.RdfFormat.N_QUADS)
        ) == canonical_lines(statements(W3C[name]["out"], pyoxigraph.RdfFormat.N_QUADS))
