"""A statement that was signed cannot be hidden from those who read JSON by spelling it otherwise."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.test_direct_statements import CORPUS, changed, documents
from wallet import openbadges
from wallet.openbadges.proofs import context_guard
from wallet.openbadges.proofs.context_guard import hidden_statements

VALID_UNTIL = "https://www.w3.org/2018/credentials#validUntil"


def respelt(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = copy.deepcopy(guild.badge())
    change(document)
    return document


def _move(document: dict[str, Any], name: str, other: str) -> None:
    document[other] = document.pop(name)


RESPELLINGS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a whole address": lambda d: _move(d, "validUntil", VALID_UNTIL),
    "a prefix": lambda d: _move(d, "validUntil", "cred:validUntil"),
    "a keyword": lambda d: _move(d, "id", "@id"),
    "a keyword deep inside": lambda d: d["credentialSubject"].update({"@included": [{"id": "urn:x"}]}),
    "a graph": lambda d: d.update({"@graph": [{"id": "urn:x"}]}),
    "the name of a class": lambda d: _move(d["credentialSubject"], "achievement", "Achievement"),
    "a context inside": lambda d: d["credentialSubject"].update({"@context": [guild.OB3]}),
    "a list in a list": lambda d: d.update({"evidence": [[{"name": "x"}]]}),
    "a value that is more": lambda d: d.update({"name": {"@value": "x", "@type": "urn:t"}}),
    "a value that is none": lambda d: d.update({"name": {"@value": 5}}),
    "the credential again": lambda d: d["evidence"][0].update(id=d["id"], validUntil=d.pop("validUntil")),
    "an object without an address": lambda d: d["evidence"][0].update(
        id="relative", creator=[5, {"more": [{"id": "urn:x", "name": "a"}]}]
    ),
    "a blank node": lambda d: d["evidence"][0].update(id="_:b0"),
    "an address in an endorsement": lambda d: d.update({"endorsement": [{"@context": [], VALID_UNTIL: "2030"}]}),
}


@rows("name", RESPELLINGS)
def test_another_spelling_is_refused(name: str) -> None:
    check = hidden_statements(respelt(RESPELLINGS[name]))

    assert check is not None
    assert (check.name, check.outcome, check.reason) == ("conforms", "failed", "hidden-statement")


@rows(
    "members",
    [
        {},
        {"name": {"@value": "Souder", "@language": "fr", "@direction": "ltr"}},
        {"name": [{"@value": "Souder", "@language": "fr"}, {"@value": "Welding", "@language": "en"}]},
        {"endorsement": [{"@context": [guild.VC2], "type": ["VerifiableCredential"], "id": "urn:e"}]},
        {"evidence": [{"id": "photo.png", "name": "x", "genre": ["a", 5], "creator": {"id": "urn:x"}}]},
        {"id": None, "evidence": [{"id": "urn:x", "validUntil": "2030"}]},
        {"credentialSubject": ["urn:maria", {"id": "urn:x", "achievement": ["urn:a1", {"id": 5}]}]},
    ],
)
def test_an_honest_badge_passes(members: dict[str, Any]) -> None:
    assert hidden_statements(guild.badge(**members)) is None


def test_an_issuers_own_words_are_legal_and_unknown() -> None:
    inline = guild.badge(**{"@context": [guild.VC2, guild.OB3, {"name": "urn:another"}]})
    inside = guild.badge(endorsement=[{"@context": {"name": "urn:another"}, "type": ["VerifiableCredential"]}])

    for document in (inline, inside):
        check = hidden_statements(document)
        assert check is not None
        assert (check.outcome, check.reason) == ("unknown", "inline-context")


ACHIEVEMENT = guild.badge()["credentialSubject"]["achievement"]["id"]
ALIGNMENT = {"type": ["Alignment"], "targetName": "Diriger"}


@pytest.mark.parametrize("about", [ACHIEVEMENT, guild.badge()["id"]])
def test_an_endorsement_of_a_badge_or_its_achievement_needs_no_long_look(about: str) -> None:
    """1EdTech's largest example has five, and a third of its check went into the long look."""
    said = {"id": about, "type": ["EndorsementSubject"], "endorsementComment": "Excellent."}
    document = guild.badge(endorsement=[{"@context": [guild.VC2], "id": "urn:e", "credentialSubject": said}])

    assert context_guard._is_plain(document)
    assert hidden_statements(document) is None


@pytest.mark.parametrize(
    "members",
    [
        {"evidence": [{"id": ACHIEVEMENT, "description": "Another."}]},
        {"evidence": [{"id": guild.badge()["id"], "name": "Another"}]},
        {"id": ACHIEVEMENT, "alignment": [ALIGNMENT]},
    ],
)
def test_what_says_more_of_a_badge_or_its_achievement_gets_one(members: dict[str, Any]) -> None:
    document = guild.badge(**members)

    assert not context_guard._is_plain(document)
    assert hidden_statements(document) is not None


COURSE = "https://guild.example/course"


def of_the_course(**members: Any) -> dict[str, Any]:
    """A badge whose achievement has the address of the course, with *members* of its own and `achievement` for that."""
    document = guild.badge(**members)
    document["credentialSubject"]["achievement"] |= {"id": COURSE} | document.pop("achievement", {})
    return document


@rows(
    ("document", "outcome"),
    [
        (of_the_course(id=COURSE), "passed"),
        (of_the_course(id=COURSE, name="Attestation"), "passed"),
        (of_the_course(id=COURSE, description="Ce que la guilde atteste."), "passed"),
        (of_the_course(evidence=[{"id": COURSE, "type": ["Evidence"]}]), "passed"),
        (of_the_course(evidence=[{"id": COURSE, "type": ["Evidence"], "name": "Souder"}]), "passed"),
        (guild.badge(evidence=[{"id": guild.badge()["id"], "name": guild.badge()["name"]}]), "passed"),
        (of_the_course(evidence=[{"id": COURSE, "type": ["Evidence"], "description": "La page du cours"}]), "unknown"),
        (
            guild.badge(id=COURSE, evidence=[{"id": COURSE, "type": ["Evidence"], "name": "La page"}], name=None),
            "unknown",
        ),
        (of_the_course(achievement={"related": [{"id": COURSE, "type": ["Related"], "inLanguage": "fr"}]}), "unknown"),
        # No issuer writes these there.
        (of_the_course(evidence=[{"id": COURSE, "type": ["Evidence"], "alignment": [ALIGNMENT]}]), "failed"),
        (of_the_course(id=COURSE, alignment=[ALIGNMENT]), "failed"),
        (of_the_course(id=COURSE, alignment=[]), "passed"),
        (guild.badge(id=COURSE, evidence=[{"id": COURSE, "type": ["Evidence"], "validUntil": "2030-01-01"}]), "failed"),
    ],
)
def test_an_issuer_who_gives_two_things_one_address_forged_nothing(document: dict[str, Any], outcome: str) -> None:
    """Nor is it known that nobody moved a word from the one to the other."""
    check = hidden_statements(document)

    assert (check.outcome if check else "passed") == outcome


SELF = guild.badge()["id"]
OF_ITSELF = {"evidence": [{"id": SELF, "type": ["Evidence"]}]}


def _call(document: dict[str, Any], kind: str) -> None:
    """That *document* is of this *kind* is told by what stands in it and has its id."""
    document["type"].remove(kind)
    document["evidence"][0]["type"].append(kind)


def test_a_badge_does_not_pass_for_another_kind_of_credential() -> None:
    """Without its type a page asks nothing of its form, and calls it a credential."""
    signed = guild.signed(guild.badge(**OF_ITSELF))
    forged = copy.deepcopy(signed)
    _call(forged, "OpenBadgeCredential")

    assert guild.examine(signed).state == "valid"
    found = guild.examine(forged)
    assert (found.check("intact").outcome, found.state) == ("passed", "invalid")


def test_neither_an_endorsement_nor_a_list_passes_for_a_credential() -> None:
    """Each is refused for what it is: with its type moved to a second word on itself it was a valid credential."""
    said = guild.badge(**OF_ITSELF, credentialSubject={"id": "urn:b", "type": ["EndorsementSubject"]})
    listed = guild.status_list([42]) | {"@context": [guild.VC2, guild.OB3], "id": SELF} | OF_ITSELF
    for document, kind in (
        (said | {"type": ["VerifiableCredential", "EndorsementCredential"]}, "EndorsementCredential"),
        (listed, "BitstringStatusListCredential"),
    ):
        signed = guild.signed(document)
        forged = copy.deepcopy(signed)
        _call(forged, kind)

        with pytest.raises(openbadges.NotABadge):
            guild.examine(signed)
        found = guild.examine(forged)
        assert (found.check("intact").outcome, found.state) == ("passed", "invalid")


def test_what_binds_words_to_the_bytes_of_a_text_is_not_hidden() -> None:
    """Of whom it is said follows from it (v3/endorsements.py)."""
    said = guild.badge(
        type=["VerifiableCredential", "EndorsementCredential"],
        credentialSubject={"id": "urn:b", "type": ["EndorsementSubject"], "endorsementComment": "Bien."},
        relatedResource=[{"id": "urn:b", "digestSRI": "sha384-abc"}],
        termsOfUse=[{"id": SELF, "type": "https://guild.example/Terms"}],
    )
    signed = guild.signed(said)
    forged = copy.deepcopy(signed)
    terms = {
        "type": ["VerifiableCredential", "https://guild.example/Terms"],
        "relatedResource": forged.pop("relatedResource"),
    }
    forged["termsOfUse"][0] |= terms

    assert hidden_statements(signed) is None
    check = hidden_statements(forged)
    assert check is not None
    assert check.outcome == "failed"


AGAIN = "https://guild.example/again"


@rows(
    ("members", "types", "outcome"),
    [
        # Where the badge itself is given is where a newer one is.
        ({"refreshService": {"id": SELF}}, [], "passed"),
        ({"refreshService": {"id": SELF}}, ["VerifiableCredential", "OpenBadgeCredential"], "passed"),
        ({"refreshService": {"id": SELF}}, ["Evidence"], "passed"),
        ({"refreshService": {"id": AGAIN}, "evidence": [{"id": AGAIN, "type": ["Evidence"]}]}, [], "unknown"),
        ({"refreshService": {"id": AGAIN}, "evidence": [{"id": AGAIN, "type": ["Evidence"]}]}, ["Evidence"], "unknown"),
    ],
)
def test_where_a_newer_edition_is_given_is_not_hidden_by_a_type(
    members: dict[str, Any], types: list[str], outcome: str
) -> None:
    document = guild.badge(**members)
    if types:
        document["refreshService"]["type"] = types

    check = hidden_statements(document)

    assert (check.outcome if check else "passed") == outcome


@pytest.mark.parametrize(("types", "outcome"), [([], "passed"), (["https://guild.example/Other"], "unknown")])
def test_an_endorsement_may_be_given_anew_at_the_same_address(types: list[str], outcome: str) -> None:
    """As in 1EdTech's largest example; but for a type that only the endorser tells."""
    service = {"id": AGAIN, "type": ["https://guild.example/Service"]}
    said = {"@context": [guild.VC2, guild.OB3], "refreshService": {**service, "type": service["type"] + types}}

    check = hidden_statements(guild.badge(refreshService=service, endorsement=[said]))

    assert (check.outcome if check else "passed") == outcome


EMBEDDED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "achievement": lambda d: d["credentialSubject"]["achievement"],
    "subject": lambda d: d["credentialSubject"],
    "issuer": lambda d: d["issuer"],
    "evidence": lambda d: d["evidence"][0],
}


@pytest.mark.parametrize("place", EMBEDDED)
@pytest.mark.parametrize("context", [guild.OB3, [guild.VC2, guild.OB3], {}])
def test_a_context_within_that_changes_nothing_is_no_fault(place: str, context: Any) -> None:
    """An achievement that is set in as its own address gives it brings its context along (JSON-LD 1.1, 4.1)."""
    written = guild.badge(issuer={"id": guild.did(), "type": ["Profile"], "name": "La guilde"})
    plain = guild.examine(guild.signed(written))
    EMBEDDED[place](written)["@context"] = context

    found = guild.examine(guild.signed(written))

    assert (found.state, found.badge) == ("valid", plain.badge)


def test_a_context_within_that_changes_something_is_refused() -> None:
    signed = guild.signed(guild.badge(evidence=[{"type": ["Evidence"], "id": "urn:e", "name": "La photo"}]))
    forged = copy.deepcopy(signed)
    [evidence] = forged["evidence"]
    evidence |= {"@context": {"title": "https://schema.org/name"}, "title": evidence.pop("name")}

    found = guild.examine(forged)

    assert (found.check("intact").outcome, found.check("conforms").reason) == ("passed", "hidden-statement")


def test_what_is_spoken_of_in_more_places_than_anybody_needs_is_not_looked_for() -> None:
    spoken = {f"word{number}": {"id": COURSE, "type": ["Evidence"]} for number in range(70)}

    check = hidden_statements(guild.badge(endorsement=[spoken]))

    assert check is not None
    assert (check.outcome, check.reason) == ("unknown", "one-address-for-two")


def test_a_record_within_may_tell_whom_it_is_for_itself() -> None:
    inner = {"type": ["ClrSubject"], "id": "did:example:zoe", "identifier": [{"identityHash": "Zoé"}]}
    outer = {"type": ["ClrSubject"], "id": "did:example:maria", "verifiableCredential": [{"credentialSubject": inner}]}
    document = guild.badge(credentialSubject=outer, evidence=[{"id": "photo.png", "name": "x"}])

    assert not context_guard._is_plain(document)  # for the address that is none
    assert hidden_statements(document) is None


@pytest.mark.breadth
def test_the_quick_look_lets_nothing_pass_that_the_long_one_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Badges of others and mutants of them: where the quick look finds nothing odd, there is nothing."""
    dice = random.Random("the guard")  # noqa: S311 - the same at each run, and no secret
    found = [document for document in documents() if len(json.dumps(document)) < 20_000]
    mutants = [changed(dice.choice(found), dice) for _ in range(500)]

    plain = [document for document in (*found, *mutants) if context_guard._is_plain(document)]

    assert len(plain) > (200 if CORPUS.is_dir() else 20)
    monkeypatch.setattr(context_guard, "_is_plain", lambda _: False)
    for document in plain:
        assert hidden_statements(document) is None, document
