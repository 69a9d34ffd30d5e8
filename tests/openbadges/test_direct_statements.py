"""Equal bytes and equal `whole`, or it goes the long way: the walk over a document beside its expansion, which is the judge."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, sound
from tests.openbadges.support.games import Dice, Object, played
from wallet.openbadges import UnreadableBadge
from wallet.openbadges.opening import open_document
from wallet.openbadges.proofs import canonicalization, contexts, jsonld_expansion
from wallet.openbadges.proofs.canonicalization import Canonical, HashName, canonical_lines, canonicalize_expanded
from wallet.openbadges.proofs.contexts import GENERATIONS, NEWEST, UnknownContext
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.walk import context_lists, processed_contexts
from wallet.openbadges.proofs.walk.active_contexts import Unusual
from wallet.openbadges.proofs.walk.direct_statements import direct_statements
from wallet.openbadges.strict_json import read_object
from wallet.openbadges.texts import listed

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LONGEST = 4_000
"""Characters of a document that is changed: to change a long one costs more and finds no more."""
# fmt: off
NAMES = (
    "name", "description", "id", "type", "@id", "@type", "image", "criteria", "narrative", "achievement", "evidence", "tag",
    "alignment", "result", "value", "status", "issuer", "proof", "credentialSubject", "verifiableCredential", "endorsement",
    "url", "email", "related", "version", "allowedValue", "identifier", "hashed", "salt", "termsOfUse", "credentialSchema",
    "refreshService", "relatedResource", "holder", "nowhere", "@graph", "@list", "@set", "@value", "@index", "@nest",
    "@reverse", "@included", "@language", "schema:name", "urn:x:y", "_:p", "", "@unheard", "relative.invalid:x", "geo",
    "awardedDate", "inLanguage", "jti", "endorsementJwt", "assertionMethod", "publicKeyJwk", "proofPurpose", "created",
    "domain", "challenge", "expires", "nonce", "previousProof", "cryptosuite", "verificationMethod",
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 1e21, 1e30, 5e-324, 2**53, 2**62, 1e15, "", "x", "é", "a b", "x\ny", 'x"y', "x\\y",
    "\x7f", "\x00", "\u2028", "a\u00a0b", "urn:x:1", "urn:x y", "URN:é", "http://a.example/é", "http://a.example/a b",
    "mailto:a@b.example", "data:,x", "_:b0", "relative", "./x", "../y", "//h/p", "?q", "#f", "@type", "@unheard", "schema:x",
    "xsd:string", "sec:x", "relative.invalid:/x", "Achievement", "OpenBadgeCredential", "Profile", "assertionMethod", "1e3",
    "NaN", "2025-01-01T00:00:00Z", [], {}, [None], [[]], [["x"]], [{}], ["x", "x"], [None, "y"], {"id": "urn:a:b"},
    {"id": "rel"}, {"id": None}, {"@id": "urn:a:c"}, {"@value": "t", "@language": "FR-ca"}, {"@value": "t"}, {"@value": 5},
    {"@value": "t", "@type": "urn:t"}, {"@value": None}, {"@value": "t", "@language": "f r"}, {"@list": ["x"]},
    {"@value": "t", "@language": "fr", "@direction": "ltr"}, {"@set": ["x"]}, {"@graph": [{"id": "urn:g"}]},
    {"@id": "urn:z", "name": "n"}, {"type": "Achievement", "name": "n"}, {"type": ["Profile"], "name": "n", "id": "urn:p"},
    {"type": ["Achievement", "Profile"], "name": "n"}, {"type": ["Profile", "Profile"]}, {"type": None}, {"type": 5},
    {"type": []}, {"type": "nowhere"}, {"type": "urn:t:t"}, {"type": ["Image"], "id": "data:,a"}, {"fr": "un", "en": "one"},
    {"@context": guild.VC2, "type": "VerifiableCredential", "name": "in"}, {"@context": None}, {"@context": []},
    {"@context": [guild.VC1], "type": ["VerifiableCredential"]}, {"@context": {"nowhere": "urn:x"}, "nowhere": "x"},
    {"name": "b", "nowhere": 1}, {"@index": "i", "name": "x"}, {"@reverse": {"name": {"id": "urn:r"}}},
    {"@included": [{"id": "urn:i"}]}, {"@nest": {"name": "x"}}, "x" * 1_500, "urn:" + "x" * 1_500, "urn:" + "x" * 1_500 + " ",
)
# fmt: on


def documents() -> Iterator[Object]:
    """Badges of the guild, and those of others where the corpus is here."""
    for one in sound.badges():
        if one.document.startswith(b"{"):
            yield json.loads(one.document)
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file() and path.stat().st_size < 5_000_000:
            try:
                yield open_document(path.read_bytes()).claims
            except UnreadableBadge:
                continue


def credentials(value: Any) -> Iterator[Object]:
    """Every object in *value* that names contexts."""
    if isinstance(value, dict):
        if "@context" in value:
            yield value
        for name, inner in value.items():
            if name != "@context":
                yield from credentials(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from credentials(inner)


def signed_parts(document: Object) -> Iterator[Object]:
    """What is brought into canonical form of *document*: each credential less its proofs, and the options of each proof."""
    for one in credentials(document):
        proofs = [proof for proof in listed(one.get("proof")) if isinstance(proof, dict)]
        if proofs:
            yield {name: value for name, value in one.items() if name != "proof"}
        for proof in proofs:
            options = {name: value for name, value in proof.items() if name not in {"proofValue", "jws"}}
            yield options | {"@context": one["@context"]}


def variants(document: Object) -> Iterator[Object]:
    """Those parts, what has no proof at all, and each under lists of contexts that it never named."""
    for one in credentials(document):
        plain = {name: value for name, value in one.items() if name != "proof"}
        yield plain
        yield one
        for others in (
            [guild.VC1, guild.OB3],
            [guild.VC2, guild.OB3, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"],
            [guild.VC2, "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", guild.OB3],
            [guild.VC2, guild.OB3, "https://www.w3.org/ns/credentials/examples/v2"],
        ):
            yield one | {"@context": others}
    yield from signed_parts(document)


def judged(part: Object, **how: Any) -> Canonical:
    """What the long way makes of *part*; where pyld tells the end of a budget as a fault of a context, without that end."""
    try:
        return canonicalize_expanded(part, **how)
    except Inexpressible as refusal:
        if "scoped context" not in refusal.detail:
            raise
    with mock.patch.object(jsonld_expansion, "MOST_DEFINITIONS", 10**9):
        return canonicalize_expanded(part, **how)


def goes(
    part: Object,
    generation: str = NEWEST,
    hash_name: HashName = "sha256",
    *,
    old_escapes: bool = False,
    labels: dict[str, str] | None = None,
) -> str:
    """Which way *part* goes, `short` or `long`, or `refused` by the long one; it fails where the two do not agree."""
    try:
        expected: Canonical | str = judged(
            part, generation=generation, hash_name=hash_name, old_escapes=old_escapes, labels=labels or {}
        )
    except (Inexpressible, UnknownContext) as refusal:
        if "definitions of terms" in str(refusal.detail):
            return (
                "refused"  # what costs expansion too much may cost the walk little: it looks each set of types up once
            )
        expected = type(refusal).__name__
    try:
        said = direct_statements(part, generation, old_escapes=old_escapes)
        lines = canonical_lines(said.quads, hash_name, labels or {}).encode()
        found: Canonical | str = Canonical(lines, said.whole and lines != b"")
    except Unusual:
        return "refused" if isinstance(expected, str) else "long"
    except Inexpressible as refusal:
        found = type(refusal).__name__
    assert found == expected, (json.dumps(part)[:2_000], generation, hash_name, old_escapes)
    return "refused" if isinstance(expected, str) else "short"


@pytest.mark.parametrize("said", [{}, {"id": "Profile"}, {"id": "urn:a"}])
def test_of_what_says_nothing_nothing_is_covered(said: Object) -> None:
    document = {"@context": [guild.VC1, guild.OB3]} | said

    assert goes(document) == "short"
    assert canonicalization.canonicalize(document) == Canonical(b"", whole=False)


@pytest.mark.breadth
def test_all_that_is_signed_of_real_badges_is_read_alike() -> None:
    """Few of them go the long way: those that write out contexts which say more than what plain words mean, and no others."""
    parts = [part for document in documents() for part in signed_parts(document)]
    ways = Counter(way for part in parts if (way := goes(part)) != "long" or writes_contexts_out(part))
    print(dict(ways))  # noqa: T201 - to be read with -rP

    assert sum(ways.values()) == len(parts)
    assert ways["long"] <= (ways["long"] + ways["short"]) * 0.06, ways
    assert ways["short"] > (150 if CORPUS.is_dir() else 10), ways


def writes_contexts_out(part: Object) -> bool:
    """Whether *part* says itself what its words mean."""
    return any(not isinstance(one, str) for one in listed(part["@context"]))


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.soak), 30], ids=["all", "a-thirtieth"])
@pytest.mark.breadth
def test_they_are_read_alike_in_every_generation_and_manner(every: int) -> None:
    parts = [part for document in documents() for part in variants(document)][::every]
    labels = {f"c14n{number}": f"u{number}" for number in range(9)}

    for part in parts:
        for generation in GENERATIONS:
            goes(part, generation)
        goes(part, old_escapes=True)
        goes(part, hash_name="sha384")
        goes(part, labels=labels)


@pytest.mark.filterwarnings("ignore:terms beginning with:SyntaxWarning")  # pyld says so of some mutants
@pytest.mark.parametrize(
    ("many", "part"),
    # In parts, for one process that looks at all of them is waited for by all others.
    [(500, ""), *(pytest.param(12_500, f", part {number}", marks=pytest.mark.soak) for number in range(1, 9))],
)
@pytest.mark.breadth
def test_whatever_is_changed_in_them_is_read_alike(many: int, part: str) -> None:
    dice = random.Random(f"the walk and {many} mutants{part}")  # noqa: S311 - the same at each run, and no secret
    short = [part for document in documents() for part in variants(document) if len(json.dumps(part)) < LONGEST]

    ways = Counter(
        goes(mutant, dice.choice(GENERATIONS), old_escapes=dice.random() < 0.1)
        for mutant in (changed(dice.choice(short), dice) for _ in range(many))
        if is_readable(mutant)
    )

    assert min(ways["short"], ways["long"], ways["refused"]) > many / 20, ways


def is_readable(document: Object) -> bool:
    """Whether it comes through the reader of JSON, before which nothing is asked of linked data."""
    try:
        return read_object(json.dumps(document)) == document
    except UnreadableBadge:
        return False


def changed(document: Object, dice: Dice) -> Object:
    """*document* after one to three games, half of them with what linked data takes for words of its own."""
    other = deepcopy(document)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        other = spoken_otherwise(other, dice) if dice.random() < 0.5 else played(other, dice)
    return other


def spoken_otherwise(document: Object, dice: Dice) -> Object:
    """*document* with one value or one name in it that means something, or nothing, in linked data."""
    if dice.random() < 0.1:
        addresses = sorted(contexts._addresses())
        return document | {"@context": dice.sample(addresses, dice.randrange(1, 4))}
    holders = [one for one in objects(document) if one.keys() - {"@context"}]
    holder = dice.choice(holders) if holders else document
    name = dice.choice([name for name in holder if name != "@context"] or ["name"])
    match dice.randrange(4):
        case 0:
            holder[name] = deepcopy(dice.choice(VALUES))
        case 1:
            holder[dice.choice(NAMES)] = deepcopy(dice.choice(VALUES))
        case 2:
            holder[dice.choice(NAMES)] = holder.pop(name, None)
        case _:
            holder[name] = [holder.get(name), deepcopy(dice.choice(VALUES))]
    return document


def objects(value: Any) -> Iterator[Object]:
    """Every object in *value*, contexts set aside."""
    if isinstance(value, dict):
        yield value
        value = [inner for name, inner in value.items() if name != "@context"]
    for inner in value if isinstance(value, list) else ():
        yield from objects(inner)


@pytest.mark.breadth
def test_twelve_threads_that_begin_at_once_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has worked the tables out yet: each may, and all find the same."""
    monkeypatch.setattr(context_lists, "_lists", {})
    parts = [
        part
        for one in sound.badges()
        if one.document.startswith(b"{")
        for part in signed_parts(json.loads(one.document))
    ]
    expected = [canonicalize_expanded(part) for part in parts]
    found: list[list[Canonical]] = []

    threads = [
        Thread(target=lambda: found.append([canonicalization.canonicalize(part) for part in parts])) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 12


VOCABULARY = [guild.VC2, "https://www.w3.org/ns/credentials/examples/v2"]


@rows(
    "members",
    [
        {
            "degree": "Souder",
            "type": ["VerifiableCredential", "Alumni"],
            "credentialSubject": {"degree": ["a", {"b": 1}]},
        },
        {"a name": "x"},
        {"ünïcode": "x"},
        {"says": "relative.invalid:/x"},
        {"type": ["VerifiableCredential", "a type"]},
        {"type": ["VerifiableCredential", "@type"]},
        {"id": "relative"},
    ],
)
def test_words_of_a_vocabulary_are_read_alike(members: dict[str, Any]) -> None:
    goes({"@context": VOCABULARY, "type": ["VerifiableCredential"], "issuer": guild.did()} | members)


# fmt: off
WORDS = (
    "name", "description", "narrative", "nowhere", "degree", "id", "type", "Alumni", "Achievement", "image", "urn", "https",
    "xsd", "schema", "sec", "proofValue", "created", "evidence", "", "a name", "é", "a/b", "x" * 201,
)
MEANINGS = (
    "urn:x", "urn:x:", "urn:uuid:b2ab3546-228a-47a8-b97a-9a5646007c53", "https://schema.org/name", "https://a.example/#",
    "https://a.example/v", "schema:name", "xsd:date", "nowhere:x", "https://a.example/ü", "a b", "@type", "@id", "@vocab", "", "x",
    "relative.invalid:/x", "urn:" + "x" * 200, None, 5, {"@id": "urn:x"}, {"@id": "urn:x", "@type": "@id"}, ["urn:x"], {},
)
GENERAL = ("@vocab", "@version", "@base", "@language", "@protected", "@propagate", "@import", "@context", "@type", "x:y")
# fmt: on


def written_out(dice: Dice) -> Any:
    """A context as issuers write them into their badges, or an odd one."""
    if dice.random() < 0.05:
        return dice.choice(({}, None, [], 5, guild.OB3, "https://nobody.example/context"))
    names = dice.sample(WORDS, dice.choice((1, 1, 2, 3))) + (["@vocab"] if dice.random() < 0.2 else [])
    names += [dice.choice(GENERAL)] if dice.random() < 0.1 else []
    plain = MEANINGS[:6]
    return {name: dice.choice(plain if dice.random() < 0.85 else MEANINGS) for name in names}


@pytest.mark.filterwarnings("ignore:terms beginning with:SyntaxWarning")  # pyld says so of some mutants
@pytest.mark.parametrize("many", [pytest.param(60_000, marks=pytest.mark.soak), 400], ids=["soak", "some"])
@pytest.mark.breadth(beside=["some"])
def test_contexts_written_out_are_read_alike(many: int) -> None:
    """Whatever they define anew, and wherever among the others they stand; no context of one is left for another."""
    dice = random.Random(f"{many} contexts")  # noqa: S311 - the same at each run, and no secret
    found = [part for document in documents() for part in signed_parts(document) if len(json.dumps(part)) < LONGEST]
    ways = Counter[str]()
    for _ in range(many):
        part = changed(dice.choice(found), dice) if dice.random() < 0.3 else deepcopy(dice.choice(found))
        listed_contexts = listed(part.get("@context"))
        listed_contexts.insert(dice.choice((len(listed_contexts), len(listed_contexts), 0, 1)), written_out(dice))
        part |= {"@context": listed_contexts} | dict.fromkeys(dice.sample(WORDS[:9], dice.choice((0, 1, 2))), "x")
        if is_readable(part):
            ways[goes(part, dice.choice(GENERATIONS))] += 1

    assert min(ways.values()) > many / 20, ways
    assert ways["short"] > many / 4, ways


@pytest.mark.parametrize("more", [[], [{"nowhere": "urn:x"}]])
@pytest.mark.breadth
def test_a_type_that_is_named_without_end_is_read_alike(more: list[Any]) -> None:
    """Expansion has an end of what it defines, and meets it within a scoped context or outside."""
    named = [guild.VC1, guild.OB3, "https://w3id.org/security/data-integrity/v2", *more]
    ways = {
        goes({"@context": named, "id": "urn:b", "type": ["OpenBadgeCredential", *["VerifiableCredential"] * number]})
        for number in (2, 50, 900)
    }

    assert "short" in ways
    assert ways <= {"short", "refused"}


def test_a_kind_that_is_said_by_two_words_is_left_to_the_long_way() -> None:
    """Which contexts its kinds bring is for whoever reads both."""
    assert goes(guild.badge() | {"@type": "VerifiableCredential"}) == "long"


def test_an_address_that_is_written_short_is_left_to_the_long_way() -> None:
    """What stands before its colon is a word of the contexts, and it is signed in full."""
    named = [guild.VC2, {"house": "https://house.example/"}]
    badge = {"@context": named, "type": "VerifiableCredential", "house": "a"}

    assert goes(badge | {"id": "urn:b"}) == "short"
    assert goes(badge | {"id": "house:b"}) == "long"


def test_two_words_of_one_meaning_are_left_to_the_long_way() -> None:
    """Expansion says what both say at the place of the first, and each blank node in it is numbered there."""
    named = [guild.VC2, {"one": "urn:x:meaning", "two": "urn:x:meaning", "other": "urn:x:another"}]
    badge = {"@context": named, "id": "urn:b", "type": "VerifiableCredential", "one": "a"}

    assert goes(badge | {"other": "b"}) == "short"
    assert goes(badge | {"two": "b"}) == "long"


def test_a_language_that_is_none_is_left_to_the_long_way() -> None:
    """Where a graph is about, expansion drops the value before anybody reads its language."""
    text = {"@value": "t", "@language": "f r"}

    assert goes(guild.badge(name=text)) == "refused"
    assert goes(guild.badge() | {"proof": text}) == "long"


@pytest.mark.parametrize("said", [{"@language": "fr"}, {"@base": "https://x.example/"}, {"@vocab": "v#"}])
def test_what_a_context_says_in_general_is_left_to_the_long_way(said: dict[str, str]) -> None:
    tables = processed_contexts.Tables(NEWEST)

    with pytest.raises(Unusual):
        processed_contexts.ProcessedContext({"mappings": {}} | said, tables)
