"""What a document says, statement by statement: nothing may write the statements of another."""

from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.proofs.nquads import Inexpressible, statements

TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
XSD = "http://www.w3.org/2001/XMLSchema#"


def said(*nodes: dict[str, Any], old_escapes: bool = False) -> set[tuple[str, ...]]:
    return set(statements(list(nodes), old_escapes=old_escapes).quads)


def value(content: Any, **members: Any) -> str:
    """How one value is written."""
    item = {"@value": content} | {f"@{name}": member for name, member in members.items()}
    [(_, _, written, _)] = said({"@id": "urn:x", "urn:p": [item]})
    return written


@rows(
    ("content", "datatype", "written"),
    [
        ("a", None, '"a"'),
        ("a", f"{XSD}string", '"a"'),
        ("2026", f"{XSD}dateTime", f'"2026"^^<{XSD}dateTime>'),
        (True, None, f'"true"^^<{XSD}boolean>'),
        (False, f"{XSD}x", f'"false"^^<{XSD}x>'),
        (36, None, f'"36"^^<{XSD}integer>'),
        (36.0, None, f'"36"^^<{XSD}integer>'),
        (-0.0, None, f'"0"^^<{XSD}integer>'),
        (36, f"{XSD}float", f'"36"^^<{XSD}float>'),
        (36.5, None, f'"3.65E1"^^<{XSD}double>'),
        (36.5, f"{XSD}float", f'"3.65E1"^^<{XSD}float>'),
        (1e-5, None, f'"1.0E-5"^^<{XSD}double>'),
        (1e21, None, f'"1.0E21"^^<{XSD}double>'),
        (1, f"{XSD}double", f'"1.0E0"^^<{XSD}double>'),
        ("2.50", f"{XSD}double", f'"2.5E0"^^<{XSD}double>'),
        ("many", f"{XSD}double", f'"many"^^<{XSD}double>'),
        ({"b": 1, "a": [None]}, "@json", '"{\\"a\\":[null],\\"b\\":1}"^^'
                                         "<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>"),
    ],
)  # fmt: skip
def test_each_kind_of_value_is_written_as_the_standard_says(content: Any, datatype: str | None, written: str) -> None:
    assert value(content, **({"type": datatype} if datatype else {})) == written


def test_a_language_is_written_behind_its_text() -> None:
    assert value("bonjour", language="fr-ca") == '"bonjour"@fr-ca'


def test_what_could_end_a_text_is_escaped() -> None:
    assert value('"\\\n\r\t\b\f\x00\x7f') == '"\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u007F"'
    [(_, _, old, _)] = said({"@id": "urn:x", "urn:p": [{"@value": '"\\\n\r\t\x7f'}]}, old_escapes=True)
    assert old == '"\\"\\\\\\n\\r\t\x7f"'


@pytest.mark.parametrize(
    "node",
    [
        {"@id": "_:x y", "urn:p": [{"@value": "a"}]},
        {"@id": "urn:x", "urn:p": [{"@value": "a", "@type": "relative.invalid:/t"}]},
        {"@id": "urn:x", "urn:p": [{"@value": "a", "@language": "fr .\n<urn:x>"}]},
        {"@id": "urn:x", "urn:p": [{"@value": 2**60, "@type": "@json"}]},
        {"@id": "urn:x", "urn:p": [{"@value": ["a"]}]},
    ],
)
def test_what_would_write_other_statements_is_refused(node: dict[str, Any]) -> None:
    with pytest.raises(Inexpressible):
        said(node)


def test_what_could_end_an_address_is_escaped_or_refused() -> None:
    node = {"@id": "urn:a|b", "urn:p": [{"@value": "t", "@type": "urn:t><urn:z"}]}

    assert said(node) == {("<urn:a\\u007Cb>", "<urn:p>", '"t"^^<urn:t\\u003E\\u003Curn:z>', "")}
    assert said({"@id": "urn:a|b", "@type": ["urn:T"]}, old_escapes=True) == {("<urn:a|b>", TYPE, "<urn:T>", "")}
    for end in (">", "<", "\x01"):
        with pytest.raises(Inexpressible):
            said({"@id": f"urn:x{end}", "@type": ["urn:T"]}, old_escapes=True)


@pytest.mark.parametrize("address", ["relative.invalid:/photo.png", "photo.png", "http://a b/", "urn:x\n"])
def test_what_has_no_absolute_address_says_nothing(address: str) -> None:
    found = statements([{"@id": "urn:x", "@type": [address], "urn:p": [{"@id": address, "urn:q": [{"@value": "a"}]}]}])

    assert not found.quads
    assert not found.whole


def test_a_type_that_looks_like_a_keyword_says_nothing() -> None:
    """pyld gives none for `@foo`."""
    found = statements([{"@id": "urn:x", "@type": [None]}])

    assert (list(found.quads), found.whole) == ([], False)


def test_what_stands_in_an_object_without_an_address_is_still_said() -> None:
    found = said({"@id": "photo", "urn:p": [{"@id": "urn:y", "urn:q": [{"@value": "a"}]}]})

    assert found == {("<urn:y>", "<urn:q>", '"a"', "")}


def test_a_graph_is_called_by_the_node_that_holds_it() -> None:
    inner = {"@id": "urn:y", "urn:q": [{"@value": "a"}]}

    assert said({"@id": "urn:x", "@graph": [inner, {"@value": "alone"}]}) == {("<urn:y>", "<urn:q>", '"a"', "<urn:x>")}
    assert said({"@id": "relative", "@graph": [inner]}) == set()


def test_included_and_reversed_statements_are_said() -> None:
    node = {
        "@id": "urn:x",
        "@index": "i",
        "@included": [{"@id": "urn:y", "@type": ["urn:T"]}],
        "@reverse": {"urn:made": [{"@id": "urn:z"}]},
        "_:b": [{"@value": "blank predicate"}],
    }

    assert said(node) == {
        ("<urn:y>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "<urn:T>", ""),
        ("<urn:z>", "<urn:made>", "<urn:x>", ""),
    }


def test_a_list_keeps_its_order() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    found = said({"@id": "urn:x", "urn:p": [{"@list": [{"@value": "a"}, {"@value": "b"}]}]})
    [head] = [quad[2] for quad in found if quad[1] == "<urn:p>"]
    [rest] = [quad[2] for quad in found if quad[:2] == (head, f"<{rdf}rest>")]

    assert (head, f"<{rdf}first>", '"a"', "") in found
    assert (rest, f"<{rdf}first>", '"b"', "") in found
    assert (rest, f"<{rdf}rest>", f"<{rdf}nil>", "") in found


def test_one_name_is_one_blank_node_and_no_name_is_another() -> None:
    found = said({"@id": "_:b0", "urn:p": [{"@id": "_:b0"}, {"urn:q": [{"@value": "a"}]}]})

    [loop] = [quad for quad in found if quad[0] == quad[2]]
    [inner] = [quad for quad in found if quad[1] == "<urn:q>"]
    assert inner[0] != loop[0]


@rows("word", ["@base", "@vocab", "@language", "@version", "@protected", "@nest", "@none"])
@rows("value", ["https://evil.example/", 5, {"id": "urn:x"}, [["x"]]])
@pytest.mark.breadth
def test_a_word_of_contexts_among_the_members_says_nothing(word: str, value: Any) -> None:
    document = guild.signed(guild.badge()) | {word: value}

    assert guild.examine(document).state != "valid"
