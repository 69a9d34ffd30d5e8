"""A second opinion on what a document says: Oxigraph's reader of JSON-LD (Rust), which shares no line with pyld or with us.

Its canonical names are wrong where two graphs are alike, so ours are given to both. What it reads otherwise than the standard, and
pyld, is looked at again without that, and all else has to be the same:
- a type that is a name is looked up under the context that the type itself brings, and not under the one around it (JSON-LD 1.1
  Processing Algorithms, 5.1.2, step 13.4.4: "using type-scoped context"): they may differ in types;
- what a type brings ends where another node begins, unless that one is nothing but an address (step 7). It does not end it for a
  node whose address is told before its type and that has no other member (so it is given the types first: objects have no order),
  nor where the property brings a context of its own, which is to be added after that (step 8): `left_out`.
One thing it reads as the standard has it and we read as pyld, jsonld.js and Titanium do, since what these sign is what we verify: an
address that is not well-formed makes no statement (8.1.2), as one with two # (RFC 3987, 2.2: none is in an ifragment). To them, as
to us, it is one that is absolute. So they are left out of both.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from tests.openbadges.test_direct_statements import (
    Object,
    changed,
    documents,
    goes,
    is_readable,
    objects,
    signed_parts,
)
from wallet.openbadges.proofs import contexts, jsonld_expansion
from wallet.openbadges.proofs.canonicalization import canonical_lines
from wallet.openbadges.proofs.contexts import UnknownContext
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.walk import context_lists
from wallet.openbadges.proofs.walk.active_contexts import Unusual
from wallet.openbadges.proofs.walk.direct_statements import direct_statements
from wallet.openbadges.texts import listed

CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
"""By the same fault it drops what stands in a node whose type the type around it has defined; W3C's own badge of it, in the corpus,
verifies as we read it."""
TWO_SIGNS = re.compile(r"<[^>]*#[^>]*#")
OF_LISTS = {f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}>" for name in ("first", "rest")}
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
Statement = tuple[str, str, str, str]


def inlined(value: Any) -> Any:
    """*value* with every context written out: their reader asks for none; and with the types first."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name not in {"type", "@type"})
        return {name: written_out(value[name]) if name == "@context" else inlined(value[name]) for name in names}
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


def said_by_oxigraph(part: Object) -> list[Statement]:
    """What Oxigraph takes *part* to say, and we as well."""
    found = statements(json.dumps(inlined(part)), pyoxigraph.RdfFormat.JSON_LD)
    return less_ill_formed(less_lost_lists(found))


def less_lost_lists(found: list[Statement]) -> list[Statement]:
    """*found* but for the lists that nothing names: those of a term without meaning it writes all the same (JSON-LD 1.1 Processing
    Algorithms, 5.1.2, step 13.2: such an entry is passed over)."""
    while True:
        named = {one[2] for one in found}
        left = [one for one in found if one[1] not in OF_LISTS or one[0] in named]
        if len(left) == len(found):
            return found
        found = left


def left_out(part: Object, written: str) -> Object:
    """*part*, which says what is *written*, without the words that say nothing where a property brings a context of its own."""
    scoping = {name for context in written_out(part["@context"]) for name in scoping_names(context)}
    less = deepcopy(part)
    for node in [one for place in objects(less) for name in scoping & place.keys() for one in objects(place[name])]:
        for name in list(node):
            kept = node.pop(name)
            if said(less) != written:
                node[name] = kept
    return less


def said(part: Object) -> str | None:
    """What we take *part* to say, None where the walk does not read it."""
    try:
        return canonical_lines(direct_statements(part).quads)
    except (Unusual, Inexpressible):
        return None


def scoping_names(context: Any) -> Iterator[str]:
    """The names in *context*, and in those within, that bring a context of their own."""
    for name, meant in context.items() if isinstance(context, dict) else ():
        if isinstance(meant, dict) and "@context" in meant:
            yield name
            yield from (inner for one in listed(meant["@context"]) for inner in scoping_names(one))


def less_ill_formed(found: list[Statement]) -> list[Statement]:
    """*found* but for the statements in which an address has two #."""
    return [one for one in found if not any(TWO_SIGNS.match(term) for term in one)]


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
    written = said(part)
    if written is None:
        return "ours"
    if CITIZENSHIP in json.dumps(part) or "5e-324" in json.dumps(part):
        return "theirs"  # it writes a number of one digit as that, not as JSON-LD 1.1, 8.2 has it (%1.15E)
    try:
        theirs = said_by_oxigraph(part)
    except (SyntaxError, UnknownContext):
        return "theirs"
    # Lenient: N-Quads do not allow what is left out next.
    ours = less_ill_formed(statements(written, pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    if canonical_lines(ours) == canonical_lines(theirs):
        return "same"
    if (less := left_out(part, written)) != part:
        theirs = said_by_oxigraph(less)
    if has_several_types(part) and said_of(theirs) < said_of(ours):
        return "theirs"  # of several types that each bring a context it keeps the last one's words, where pyld reads as we do
    assert canonical_lines(less_types(ours)) == canonical_lines(less_types(theirs)), json.dumps(part)[:2_000]
    return "types"


@pytest.mark.breadth
def test_oxigraph_reads_alike_what_is_signed_of_real_badges() -> None:
    ways = Counter(compared(part) for document in documents() for part in signed_parts(document))

    assert ways["same"] > 0.9 * (ways["same"] + ways["types"] + ways["theirs"]) > 9, ways


@pytest.mark.parametrize("many", [pytest.param(20_000, marks=pytest.mark.soak), 300], ids=["soak", "some"])
@pytest.mark.breadth
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
