"""A vocabulary of the issuer's own says what is signed, never what is read; whoever gives it may be who forges the badge."""

import copy
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest

from tests.openbadges.support import guild, own_words
from tests.openbadges.support.own_words import MORE, VOCABULARY, WORDS, badge, context, examine, in_itself, signed
from wallet import openbadges
from wallet.openbadges import Examination
from wallet.openbadges.proofs import context_guard, data_integrity, jsonld_expansion, nquads
from wallet.openbadges.proofs.contexts import context as our_context
from wallet.openbadges.proofs.walk import context_lists

CRED = "https://www.w3.org/2018/credentials#"
OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
SCHEMA = "https://schema.org/"
OLD_OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"
GIVEN = {WORDS: context()}
KINDS = ["VerifiableCredential", "OpenBadgeCredential"]


def intact(found: Examination) -> tuple[str, str]:
    check = found.check("intact")
    return check.outcome, check.reason


@pytest.fixture(scope="module")
def genuine() -> dict[str, Any]:
    """Maria's badge of a careful issuer."""
    return signed(
        badge(type=[*KINDS, "Bootcamp"], workload="30 h", course={"name": "Soudure", "room": "B2"}),
        GIVEN,
    )


# An honest issuer.


def test_a_badge_in_words_of_its_issuer_is_valid_with_them_and_unknown_without(genuine: dict[str, Any]) -> None:
    with_them, without = examine(genuine, GIVEN), examine(genuine, {})

    assert with_them.state == "valid"
    assert with_them.own_contexts == {WORDS: sha256(GIVEN[WORDS]).hexdigest()}
    assert (without.state, intact(without)) == ("unknown", ("unknown", "context-unknown"))
    assert without.own_contexts == {}


def test_what_is_said_in_them_is_told_as_theirs_and_not_read(genuine: dict[str, Any]) -> None:
    found = examine(genuine, GIVEN)

    assert found.own_words == ("/course", "/type/2", "/workload")
    assert found.unsigned == ()
    assert found.badge == examine(guild.signed(guild.badge()), {}).badge


def test_a_type_of_theirs_alone_is_told_as_theirs() -> None:
    found = examine(signed(badge(evidence=[{"id": "https://guild.example/photo", "type": "Bootcamp"}]), GIVEN), GIVEN)

    assert (found.state, found.own_words) == ("valid", ("/evidence/0/type",))


def test_what_neither_they_nor_we_define_is_told_as_not_signed(genuine: dict[str, Any]) -> None:
    found = examine(genuine | {"grade": "A+++"}, GIVEN)

    assert (found.state, found.unsigned, "/grade" in found.own_words) == ("valid", ("/grade",), False)


def test_a_vocabulary_that_stands_in_the_badge_is_held_to_the_same_rules(genuine: dict[str, Any]) -> None:
    """The DCC's issuers write words out that no context had yet (`renderMethod`). Maria taps nothing for it, and it is as valid."""
    found, fetched = examine(in_itself(genuine, GIVEN), {}), examine(genuine, GIVEN)

    assert (found.state, found.own_words, found.badge) == ("valid", fetched.own_words, fetched.badge)
    assert (found.own_contexts, found.unsigned) == ({}, ())


@pytest.mark.parametrize("written", [{}, {"unused": "urn:unused"}, {"@vocab": VOCABULARY}])
def test_a_vocabulary_in_the_badge_that_no_word_needs_changes_nothing(written: dict[str, Any]) -> None:
    found = examine(guild.signed(badge() | {"@context": [guild.VC2, guild.OB3, written]}), {})

    assert (found.state, found.own_words) == ("valid", ())


def test_a_protected_word_that_is_made_to_say_nothing_in_the_badge_is_an_error() -> None:
    found = examine(guild.signed(guild.badge()) | {"@context": [guild.VC2, guild.OB3, {"name": None}]}, {})

    assert (found.state, intact(found)) == ("unknown", ("unknown", "not-canonicalisable"))


def test_a_vocabulary_in_the_badge_beside_one_that_was_fetched_is_read_with_it() -> None:
    document = badge(WORDS, workload="30 h", more="x")
    document["@context"].append({"more": "urn:more"})
    spoiled = badge(WORDS, workload="30 h")
    spoiled["@context"].append({"more": {"@id": "urn:more", "@nest": "x"}})

    found = examine(signed(document, GIVEN), GIVEN)

    assert (found.state, found.own_words, found.own_contexts.keys()) == ("valid", ("/more", "/workload"), {WORDS})
    assert examine(signed(spoiled, GIVEN), GIVEN).check("conforms").reason == "inline-context"


def test_an_altered_badge_whose_vocabulary_stands_in_it_is_invalid(genuine: dict[str, Any]) -> None:
    """Nobody else can have changed it meanwhile."""
    found = examine(in_itself(genuine, GIVEN) | {"validUntil": "2099-01-01T00:00:00Z"}, {})

    assert (found.state, intact(found)) == ("invalid", ("failed", "signature-does-not-match"))


def test_a_vocabulary_in_the_badge_of_more_words_than_anybody_needs_is_not_worked_out() -> None:
    terms = {f"word{n}": f"urn:word{n}" for n in range(401)}
    found = examine(signed(in_itself(badge(word1="x"), {WORDS: context(terms)}), {}), {})

    assert (found.state, found.check("conforms").reason, found.own_words) == ("unknown", "inline-context", ())


def test_an_altered_badge_is_never_valid_and_its_vocabulary_may_be_why(genuine: dict[str, Any]) -> None:
    found = examine(genuine | {"validUntil": "2099-01-01T00:00:00Z"}, GIVEN)

    assert (found.state, intact(found)) == ("unknown", ("unknown", "vocabulary-differs"))


def test_a_proof_over_the_text_needs_no_vocabulary() -> None:
    document = guild.signed_in("eddsa-jcs-2022", badge(workload="30 h"), guild.KEY)

    assert examine(document, {}).state == "valid"
    assert examine(document, {WORDS: b"no context"}).state == "valid"


def test_a_vocabulary_that_no_word_needs_changes_nothing() -> None:
    found = examine(guild.signed(guild.badge()), GIVEN)

    assert (found.state, found.own_contexts, found.own_words) == ("valid", {}, ())


@pytest.mark.breadth
def test_a_vocabulary_of_a_list_and_one_with_general_words_are_read() -> None:
    for terms in (
        [own_words.TERMS, {"other": "https://guild.example/other"}],
        own_words.TERMS | {"@vocab": VOCABULARY},
        [guild.VC2, own_words.TERMS],
    ):
        given = {WORDS: context(terms)}
        found = examine(signed(badge(workload="30 h"), given), given)
        assert (found.state, found.own_words) == ("valid", ("/workload",))


def test_a_word_of_theirs_may_be_written_short_and_bring_its_context() -> None:
    course = {"@context": WORDS, "id": "urn:course", "workload": "30 h"}
    given = {WORDS: context({"guild": VOCABULARY, "workload": "guild:workload"})}

    found = examine(signed(badge(**{"guild:course": course}), given), given)

    assert (found.state, found.own_words) == ("valid", ("/guild:course",))


def test_another_kind_of_credential_in_words_of_its_issuer_is_read_by_ours_alone() -> None:
    document = {
        "@context": [guild.VC2, WORDS],
        "type": ["VerifiableCredential", "Bootcamp"],
        "issuer": guild.did(),
        "validFrom": "2026-01-02T03:04:05Z",
        "name": "Un mot",
        "credentialSubject": {"id": "did:example:maria", "achievement": {"name": "Docteure"}},
    }
    given = {WORDS: context(achievement="guild:achievement")}

    found = examine(signed(document, given), given)

    assert (found.state, found.badge.title, found.badge.achievement.name) == ("valid", "Un mot", "")
    assert "/credentialSubject/achievement" in found.own_words


# What a vocabulary may not be: it is refused, and says in which word.

NOT_PLAIN: dict[str, Any] = {
    "a keyword by another name": {"ident": "@id"},
    "another name for the types": {"kind": "@type"},
    "another name for what is included": {"also": "@included"},
    "another name for a graph": {"all": "@graph"},
    "another name for a value": {"says": {"@id": "@value"}},
    "no name": {"": "urn:x"},
    "a word without an address": {"aside": "_:aside"},
    "a word without an address, made of two": {"b": "_:", "aside": "b:aside"},
    "an address that is relative": {"aside": "relative.invalid:aside"},
    "a language for all texts": {"@language": "en"},
    "a direction for all texts": {"@direction": "rtl"},
    "a base for all addresses": {"@base": "https://evil.example/"},
    "a context that spreads": {"@propagate": False},
    "a context that is brought in": {"@import": WORDS},
    "another version": {"@version": 1.0},
    "protection by a word": {"@protected": "true"},
    "a vocabulary that is relative": {"@vocab": "/v#"},
    "a vocabulary that is short": {"@vocab": "guild:v#"},
    "a keyword of tomorrow": {"@nest": "x"},
    "a statement turned round": {"statusOf": {"@reverse": f"{CRED}credentialStatus"}},
    "members that are nested": {"inside": {"@id": "urn:x", "@nest": "more"}},
    "addresses as names": {"by": {"@id": "urn:x", "@container": "@id"}},
    "types as names": {"by": {"@id": "urn:x", "@container": ["@type", "@set"]}},
    "graphs": {"by": {"@id": "urn:x", "@container": "@graph"}},
    "a container that is a number": {"by": {"@id": "urn:x", "@container": 5}},
    "an index": {"by": {"@id": "urn:x", "@container": "@index", "@index": "urn:y"}},
    "a type of the keywords": {"by": {"@id": "urn:x", "@type": "@graph"}},
    "a type that is none": {"by": {"@id": "urn:x", "@type": ["@id"]}},
    "an address that is none": {"by": {"@id": 5}},
    "a term that is a list": {"by": ["urn:x"]},
    "no context within": {"by": {"@id": "urn:x", "@context": None}},
    "a context from elsewhere within": {"by": {"@id": "urn:x", "@context": MORE}},
    "a keyword within": {"by": {"@id": "urn:x", "@context": {"ident": "@id"}}},
    "a vocabulary within": {"by": {"@id": "urn:x", "@context": {"@vocab": "https://evil.example/v#"}}},
    "a context that is a number": [own_words.TERMS, 5],
    "a context that is nothing": [own_words.TERMS, None],
    "an address without a scheme": [own_words.TERMS, "words.json"],
    "an address of another scheme": [own_words.TERMS, "file:///etc/passwd"],
    "its own address": [own_words.TERMS, WORDS],
}


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_a_vocabulary_that_is_more_than_words_is_refused(genuine: dict[str, Any], name: str) -> None:
    terms = NOT_PLAIN[name]

    found = examine(genuine, {WORDS: context(terms if isinstance(terms, list) else own_words.TERMS | terms)})

    assert (found.state, intact(found)) == ("unknown", ("unknown", "context-refused"))


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_a_vocabulary_in_the_badge_that_is_more_than_words_makes_no_badge_valid(
    genuine: dict[str, Any], name: str
) -> None:
    """Some change what is said, so that the signature does not fit; some are none; of all others nobody here says more."""
    terms = NOT_PLAIN[name]
    given = {WORDS: context(terms if isinstance(terms, list) else own_words.TERMS | terms)}

    found = examine(in_itself(genuine, given), {})

    assert found.state in {"unknown", "invalid"}
    assert found.check("intact").outcome != "passed" or found.check("conforms").reason == "inline-context"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"[]",
        b"{}",
        b'{"@context": null}',
        b'{"@context": "https://guild.example/words"}',
        b'{"@context": {"a": "urn:a", "a": "urn:b"}}',
        b'{"@context": {}}' + b" " * 10 * 1024 * 1024,
        b'{"@context": ' + b'{"a": {"@context": ' * 60 + b"{}" + b"}}" * 60 + b"}",
        b'{"@context": ' + b'{"a": {"@context": ' * 15 + b"{}" + b"}}" * 15 + b"}",
        b"\xff\xfe",
    ],
)
def test_what_is_no_vocabulary_is_refused(genuine: dict[str, Any], content: bytes) -> None:
    found = examine(genuine, {WORDS: content})

    assert (found.state, intact(found)) == ("unknown", ("unknown", "context-refused"))


@pytest.mark.parametrize(
    "terms",
    [
        {"a0": "https://evil.example/#"} | {f"a{n}": f"a{n - 1}:{'x' * 60}" for n in range(1, 1_500)},
        {f"a{n}": f"a{n + 1}:x" for n in range(1_500)} | {"a1500": "https://evil.example/#"},
        {"a": "b:x", "b": "a:x"},
        {"a": f"https://evil.example/{'x' * 3_000}"},
        {f"a{n}": {"@id": "urn:x", "@context": {"z": f"urn:{n}"}} for n in range(100)},
    ],
)
def test_names_of_names_without_end_are_refused_before_they_grow(genuine: dict[str, Any], terms: Any) -> None:
    found = examine(genuine, {WORDS: context(terms)})

    assert (found.state, intact(found)) == ("unknown", ("unknown", "context-refused"))


def test_more_vocabularies_than_anybody_needs_are_refused() -> None:
    given = {f"{WORDS}/{n}": context() for n in range(9)}

    found = examine(signed(badge(*given), given), given)

    assert intact(found) == ("unknown", "context-refused")


@pytest.mark.breadth
def test_more_words_than_anybody_needs_are_not_worked_out() -> None:
    given = {WORDS: context({f"word{n}": f"urn:word{n}" for n in range(4_000)})}
    document = signed(badge(word1="x"), given)

    assert intact(examine(document, given)) == ("unknown", "not-canonicalisable")
    with pytest.raises(openbadges.TooHeavy):
        examine(document, given, allowance=1_500)


# What an attacker does with a badge that somebody else signed: he writes it anew, with a vocabulary by which it makes the
# same statements.

Change = Callable[[dict[str, Any]], object]


def _move(within: dict[str, Any], name: str, other: str) -> None:
    within[other] = within.pop(name)


def _subject(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["credentialSubject"]
    return found


SCENES: dict[str, tuple[Any, Change]] = {
    "the end under another name": (
        {"until": {"@id": f"{CRED}validUntil", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}},
        lambda d: _move(d, "validUntil", "until"),
    ),
    "the end under a name made of two": (
        {
            "c": {"@id": f"{CRED}valid", "@prefix": True},
            "until": {"@id": "c:Until", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
        },
        lambda d: _move(d, "validUntil", "until"),
    ),
    "the end written short": (
        {
            "c": CRED,
            "c:validUntil": {"@id": f"{CRED}validUntil", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
        },
        lambda d: _move(d, "validUntil", "c:validUntil"),
    ),
    "a word of the standard made of a vocabulary": (
        {"@vocab": f"{CRED}credential"},
        lambda d: _move(d, "credentialStatus", "Status"),
    ),
    "the list of withdrawn badges under another name": (
        {"listed": {"@id": f"{CRED}credentialStatus", "@type": "@id"}},
        lambda d: _move(d, "credentialStatus", "listed"),
    ),
    "the subject under another name": (
        {"who": {"@id": f"{CRED}credentialSubject", "@type": "@id"}},
        lambda d: _move(d, "credentialSubject", "who"),
    ),
    "what narrows the achievement under another name": (
        {"spoken": f"{SCHEMA}description"},
        lambda d: _move(_subject(d)["achievement"], "description", "spoken"),
    ),
    "the list of withdrawn badges inside a word that nobody reads": (
        {"aside": "urn:aside"},
        lambda d: d.update(aside={"id": d["id"], "type": KINDS, "credentialStatus": d.pop("credentialStatus")}),
    ),
    "the list of withdrawn badges inside such a word, of an address written short": (
        {"aside": "urn:aside", "u": "urn:uuid:"},
        lambda d: d.update(aside={"id": "u:b1", "type": KINDS, "credentialStatus": d.pop("credentialStatus")}),
    ),
    "the list of withdrawn badges inside such a word, under another name": (
        {"aside": "urn:aside", "listed": {"@id": f"{CRED}credentialStatus", "@type": "@id"}},
        lambda d: d.update(aside={"id": d["id"], "listed": d.pop("credentialStatus")}),
    ),
    "whom the badge is for, written short": (
        {"u": "urn:uuid:"},
        lambda d: _subject(d).update(id="u:maria"),
    ),
    "the type of the credential under another name": (
        {"Paper": f"{OB}OpenBadgeCredential"},
        lambda d: d.update(type=["VerifiableCredential", "Paper"]),
    ),
    "an expiry of the proof under another name": (
        {
            "aside": f"{VOCABULARY}aside",
            "stops": {
                "@id": "https://w3id.org/security#expiration",
                "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
            },
        },
        lambda d: _move(d["proof"], "expires", "stops"),
    ),
}


def genuine_of(scene: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The badge that was signed, and the vocabulary by which it is written anew."""
    terms, _ = SCENES[scene]
    members: dict[str, Any] = {"credentialSubject": guild.badge()["credentialSubject"] | {"id": "urn:uuid:maria"}}
    members |= {"aside": {"id": "urn:uuid:b1"}} if "aside" in terms else {}
    members |= {"credentialStatus": guild.status()} if "withdrawn" in scene or "vocabulary" in scene else {}
    ends = {"expires": "2026-03-01T00:00:00Z"} if "proof" in scene else {}
    given = {WORDS: context(terms)}
    return signed(badge(**members), given, **ends), given


def written_anew(scene: str, genuine: Mapping[str, Any]) -> dict[str, Any]:
    forged = copy.deepcopy(dict(genuine))
    SCENES[scene][1](forged)
    return forged


@pytest.mark.parametrize("scene", SCENES)
def test_a_badge_of_others_written_anew_is_never_valid(scene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes the statements that were signed: with nobody on guard it would be valid, and something signed hidden."""
    genuine, given = genuine_of(scene)
    forged = written_anew(scene, genuine)

    found = examine(forged, given)
    monkeypatch.setattr(data_integrity, "require_same_meaning", lambda *_: None)
    monkeypatch.setattr(context_guard, "hidden_statements", lambda *_: None)
    unguarded = examine(forged, given)

    assert unguarded.check("intact").outcome == "passed"
    is_seen = examine(genuine, given).badge != unguarded.badge
    assert is_seen or any(word in scene for word in ("withdrawn", "vocabulary", "proof"))
    assert found.state != "valid"
    assert {check.reason for check in found.checks} & {"context-refused", "hidden-statement", "said-in-own-words"}


@pytest.mark.parametrize("scene", SCENES)
def test_a_badge_of_others_written_anew_with_words_that_stand_in_it_is_never_valid(scene: str) -> None:
    genuine, given = genuine_of(scene)

    found = examine(in_itself(written_anew(scene, genuine), given), {})

    assert found.check("intact").outcome == "passed" or "proof" in scene
    assert found.state != "valid"
    reasons = {check.reason for check in found.checks}
    assert reasons & {"inline-context", "hidden-statement", "said-in-own-words", "member-missing"}


@pytest.mark.parametrize("aside", ["_:aside", "relative.invalid:aside"])
def test_an_end_is_not_moved_into_a_word_that_says_nothing_itself(aside: str) -> None:
    """What stood within such a word was signed, and the word was not: every badge of others could be so written anew."""
    genuine = guild.signed(guild.badge(validUntil="2026-01-03T00:00:00Z"))
    stops = {"@id": f"{CRED}validUntil", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
    forged = copy.deepcopy(genuine) | {"@context": [*genuine["@context"], WORDS]}
    forged["aside"] = {"id": forged["id"], "stops": forged.pop("validUntil")}

    found = examine(forged, {WORDS: context({"aside": aside, "stops": stops})})

    assert examine(genuine, {}).state == "expired"
    assert (found.state, intact(found)) == ("unknown", ("unknown", "context-refused"))


def test_what_a_word_of_theirs_says_more_of_the_issuer_is_told() -> None:
    """It is signed, and pages do not show it."""
    found = examine(signed(badge(workload={"id": guild.did(), "name": "L’autre guilde"}), GIVEN), GIVEN)

    conforms = found.check("conforms")
    assert (found.state, conforms.reason) == ("unknown", "said-in-own-words")
    assert conforms.detail == f"/workload: says more of {guild.did()}"


def test_a_name_that_is_too_long_to_be_looked_up_is_theirs_and_may_say_anything() -> None:
    """Of what is said of the issuer again by it nobody knows whether pages would show it."""
    long = "x" * 2_001
    of_kind = examine(signed(badge(type=[*KINDS, f"cred:{long}"]), GIVEN), GIVEN)
    more = examine(signed(badge(workload={"id": guild.did(), long: "L’autre guilde"}), GIVEN), GIVEN)

    assert (of_kind.state, of_kind.own_words) == ("valid", ("/type/2",))
    assert (more.state, more.check("conforms").reason) == ("unknown", "said-in-own-words")


@pytest.mark.parametrize("word", ["aside", "extensions:aside"])
def test_the_name_of_an_issuer_is_not_moved_into_a_word_that_nobody_reads(word: str) -> None:
    """What is left of the issuer is an address, and who issued the badge would have no name."""
    given = {WORDS: context({"aside": "urn:aside"})}
    issuer = {"id": guild.did(), "type": ["Profile"], "name": "Guilde du soupçon"}
    genuine = signed(badge(issuer=issuer, **{word: {"id": guild.did()}}), given)

    found = examine(genuine | {"issuer": guild.did(), word: issuer}, given)

    assert examine(genuine, given).state == "valid"
    assert (found.state, found.check("conforms").reason) == ("unknown", "said-in-own-words")
    assert intact(found)[0] == "passed"


# The words of the standards given another meaning, where the standard of 2018 does not protect them.

REDEFINED: dict[str, Any] = {
    "narrative": f"{VOCABULARY}narrative",
    "achievement": {"@id": f"{VOCABULARY}achievement", "@type": "@id"},
    "criteria": {"@id": f"{OB}Criteria", "@type": "@vocab"},
    "image": f"{VOCABULARY}image",
    "evidence": {"@id": f"{VOCABULARY}evidence", "@context": {"name": f"{VOCABULARY}n"}},
}


@pytest.mark.parametrize("word", REDEFINED)
def test_a_word_of_the_standards_with_another_meaning_is_not_read(word: str) -> None:
    given = {WORDS: context({word: REDEFINED[word]})}
    whole = guild.badge(
        **{"@context": [guild.VC1, OLD_OB3, WORDS], "issuanceDate": "2026-01-02T03:04:05Z"},
        validFrom=None,
        validUntil=None,
        awardedDate=None,
    )

    found = examine(signed(whole, given), given)

    assert found.state != "valid" or getattr(found.badge, word, "") in ("", None)


@pytest.mark.parametrize("word", ["credentialSubject", "validUntil", "issuer", "proof", "credentialStatus", "name"])
def test_a_protected_word_is_not_defined_again(genuine: dict[str, Any], word: str) -> None:
    found = examine(genuine, {WORDS: context({word: f"{VOCABULARY}{word}"} | own_words.TERMS)})

    assert (found.state, found.check("intact").outcome) == ("unknown", "unknown")


def test_a_type_of_theirs_brings_no_meaning_to_words_that_are_read() -> None:
    """A context that hangs on a type holds for all that stands beside it."""
    given = {WORDS: context({"Course": {"@id": "urn:Course", "@context": {"description": f"{VOCABULARY}aside"}}})}
    whole = guild.badge(
        **{"@context": [guild.VC1, OLD_OB3, WORDS], "issuanceDate": "2026-01-02T03:04:05Z"},
        validFrom=None,
        validUntil=None,
        awardedDate=None,
    )
    whole["credentialSubject"]["achievement"]["type"].append("Course")

    found = examine(signed(whole, given), given)

    assert found.state != "valid"


def test_the_same_word_with_the_same_meaning_is_no_fault() -> None:
    given = {WORDS: context(own_words.TERMS | {"id": "@id", "type": "@type", "name": our_context(guild.VC2)["name"]})}

    assert examine(signed(badge(workload="30 h"), given), given).state == "valid"


def test_what_was_kept_of_a_context_that_we_have_by_now_makes_no_badge_a_changed_one() -> None:
    """Ours may be another edition than the one that was fetched before we had it."""
    address = "https://credentials.andamio.io/context/v1.jsonld"
    given = {address: context()}
    document = signed(badge(address, workload="30 h"), given)

    assert intact(examine(document, given)) == ("unknown", "vocabulary-differs")
    assert intact(examine(document, {})) == ("failed", "signature-does-not-match")


# Vocabularies that change, and that name others.


@pytest.mark.breadth
def test_each_badge_keeps_its_own_of_a_vocabulary_that_changed(genuine: dict[str, Any]) -> None:
    later = {WORDS: context(workload="guild:hours")}
    newer = signed(badge(workload="30 h"), later)

    for _ in range(2):  # in turns: nothing of one is left for the other
        assert examine(genuine, GIVEN).state == examine(newer, later).state == "valid"
        assert intact(examine(genuine, later)) == intact(examine(newer, GIVEN)) == ("unknown", "vocabulary-differs")


@pytest.mark.breadth
def test_many_at_once_do_not_meet(genuine: dict[str, Any]) -> None:
    later = {WORDS: context(workload="guild:hours")}
    newer = signed(badge(workload="30 h"), later)
    pairs = [(genuine, GIVEN, "valid"), (newer, later, "valid"), (genuine, later, "unknown"), (genuine, {}, "unknown")]

    with ThreadPoolExecutor(4) as threads:
        states = list(threads.map(lambda pair: examine(pair[0], pair[1]).state, pairs * 2))

    assert states == [state for _, _, state in pairs] * 2


def test_nothing_of_them_stays_in_memory(genuine: dict[str, Any]) -> None:
    examine(genuine, GIVEN)

    assert not any(WORDS in addresses for _, addresses in context_lists._lists)
    assert not any(WORDS in idle._by_address for kept in jsonld_expansion._idle.values() for idle in kept)


def test_a_vocabulary_that_names_another_needs_both() -> None:
    given = {WORDS: context([MORE, own_words.TERMS]), MORE: context({"other": "https://other.example/v#other"})}
    document = signed(badge(workload="30 h", other="x"), given)
    alone = {WORDS: given[WORDS]}

    assert examine(document, given).own_contexts.keys() == given.keys()
    assert intact(examine(document, alone)) == ("unknown", "context-unknown")
    assert examine(document, alone).check("intact").detail == MORE
    content = json.dumps(document).encode()
    assert openbadges.missing_contexts(content, {}) == (WORDS,)
    assert openbadges.missing_contexts(content, alone) == (MORE,)
    assert openbadges.missing_contexts(content, given) == ()
    circle: Mapping[str, bytes] = {WORDS: context([MORE]), MORE: context([WORDS])}
    assert openbadges.missing_contexts(content, circle) == ()
    assert intact(examine(document, circle)) == ("unknown", "context-refused")


def test_what_is_missing_is_told_of_a_badge_in_a_presentation_and_of_no_token() -> None:
    held = {"@context": [guild.VC2], "type": ["VerifiablePresentation"], "verifiableCredential": [badge()]}

    assert openbadges.missing_contexts(json.dumps(held).encode(), {}) == (WORDS,)
    assert openbadges.missing_contexts(guild.token(badge()).encode(), {}) == ()
    assert openbadges.missing_contexts(json.dumps(badge()).encode(), {WORDS: b"none"}) == ()


def test_a_context_is_told_from_what_is_none() -> None:
    assert openbadges.is_context(context())
    assert not openbadges.is_context(b"{}")
    assert not openbadges.is_context(b" " * (openbadges.LARGEST_CONTEXT + 1))


# What a holder does with a vocabulary that stands in the badge or is given with it, and its words that change nothing signed.

ANY_NAME = ["https://www.w3.org/ns/credentials/undefined-terms/v2", "https://www.w3.org/ns/credentials/examples/v2"]
UNDEFINED = "https://www.w3.org/ns/credentials/undefined-term#"
ENDED = "2026-02-01T00:00:00Z"


def beside(document: dict[str, Any], terms: dict[str, Any], *, is_given: bool) -> Examination:
    """*document* with *terms* among its contexts, written out in it or given with it."""
    changed = {**document, "@context": [*document["@context"], WORDS if is_given else terms]}
    return examine(changed, {WORDS: context(terms)} if is_given else {})


@pytest.mark.parametrize("is_given", [False, True])
@pytest.mark.parametrize("context_of_ours", ANY_NAME)
def test_no_end_that_a_context_of_any_name_signs_vanishes_for_a_word_of_theirs(
    context_of_ours: str, *, is_given: bool
) -> None:
    """It is signed under its own name, which pages read: neither to be taken for a word of theirs, nor to be renamed."""
    ended = guild.signed(badge(context_of_ours, expirationDate=ENDED, validUntil=None))
    renamed = copy.deepcopy(ended)
    _move(renamed, "expirationDate", "until")

    assert examine(ended, {}).state == "expired"
    assert beside(ended, {"unused": "urn:x"}, is_given=is_given).state != "valid"
    assert beside(renamed, {"until": f"{UNDEFINED}expirationDate"}, is_given=is_given).state != "valid"


@pytest.mark.parametrize("is_given", [False, True])
@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("until", {"until": f"{UNDEFINED}expirationDate"}),
        ("expirationDate", {"expirationDate": f"{UNDEFINED}expirationDate"}),
        ("expirationDate", {"@vocab": UNDEFINED}),
        ("u:expirationDate", {"u": UNDEFINED}),
        ("until", {"u": {"@id": UNDEFINED[:-4], "@prefix": True}, "until": "u:erm#expirationDate"}),
    ],
)
def test_no_vocabulary_takes_the_place_of_one_of_any_name(name: str, terms: dict[str, Any], *, is_given: bool) -> None:
    ended = guild.signed(badge(ANY_NAME[0], expirationDate=ENDED, validUntil=None))
    _move(ended, "expirationDate", name)
    ended["@context"].remove(ANY_NAME[0])

    found = beside(ended, terms, is_given=is_given)

    assert intact(found)[0] == ("unknown" if is_given else "passed")
    assert found.state != "valid"


def test_no_type_vanishes_for_a_word_of_theirs_so_that_a_thing_passes_for_another() -> None:
    """Sonia's badge names a page where a newer one may be asked for by hand: nothing is fetched there."""
    service = {"id": "https://guild.example/again", "type": "https://x.example/Manual"}
    genuine = guild.signed(guild.badge(refreshService=service))

    found = beside(genuine, {"unused": "urn:x"}, is_given=False)

    assert examine(genuine, {}).badge.details.refresh_service == found.badge.details.refresh_service == ""
    assert (found.state, found.own_words) == ("valid", ("/refreshService/type",))


@pytest.mark.parametrize("is_given", [False, True])
@pytest.mark.parametrize("name", ["EuropeanDigitalCredential", "ClrCredential"])
def test_no_type_of_theirs_is_given_a_name_that_is_read(name: str, *, is_given: bool) -> None:
    """Maria's badge was shown as a diploma without her, or as a record of badges."""
    given = {WORDS: context({name: f"{VOCABULARY}Bootcamp"})}
    genuine = signed(badge(type=[*KINDS, "Bootcamp"]), {WORDS: context({"Bootcamp": f"{VOCABULARY}Bootcamp"})})
    forged = genuine | {"type": [*KINDS, name]}

    found = examine(forged, given) if is_given else examine(in_itself(forged, given), {})

    assert (found.state, found.own_words) == ("valid", ("/type/2",))
    assert found.badge == examine(guild.signed(guild.badge()), {}).badge


def test_the_options_of_a_proof_with_contexts_of_its_own_are_held_to_the_same_rules() -> None:
    """Under that of the proof, a word of theirs would be one of ours."""
    document = in_itself(badge(), {WORDS: context({"unused": "urn:x"})})
    plain = signed(document, {}, **{"@context": guild.VC2})
    spoiled = signed(document, {}, **{"@context": [guild.VC2, ANY_NAME[0]]})

    assert examine(plain, {}).state == "valid"
    assert examine(spoiled, {}).state != "valid"


SEEN_BY = {"id": "https://s.example", "type": ["Profile"], "name": "L’école"}


def of_the_school(**members: Any) -> dict[str, Any]:
    return badge(*members.pop("contexts", [guild.OB3]), credentialSubject=_seen(SEEN_BY), **members)


def _seen(source: Any) -> dict[str, Any]:
    return copy.deepcopy(guild.badge()["credentialSubject"]) | {"source": source}


def test_no_word_that_says_nothing_hides_what_stands_in_it() -> None:
    """As linked data `_:a` is no member, and what is said in it is signed as where it stood before."""
    forged = guild.signed(of_the_school()) | {"_:a": SEEN_BY, "credentialSubject": _seen(SEEN_BY["id"])}

    found = examine(forged, {})

    assert (found.state, found.check("conforms").reason) == ("invalid", "hidden-statement")
    assert (intact(found)[0], found.unsigned) == ("passed", ("/_:a",))


@pytest.mark.parametrize("is_given", [False, True])
def test_a_name_is_not_moved_from_where_an_address_alone_may_stand(*, is_given: bool) -> None:
    terms = {"course": f"{VOCABULARY}course"}
    given = {WORDS: context(terms)}
    document = of_the_school(contexts=[WORDS], course={"id": SEEN_BY["id"]})
    genuine = signed(document, given)
    forged = genuine | {"course": SEEN_BY, "credentialSubject": _seen(SEEN_BY["id"])}

    for one, state in ((genuine, "valid"), (forged, "unknown")):
        assert (examine(one, given) if is_given else examine(in_itself(one, given), {})).state == state


@pytest.mark.parametrize("is_given", [False, True])
@pytest.mark.parametrize("name", ["kind", "rdf:type"])
def test_no_type_of_a_badge_is_told_in_a_word_of_theirs(name: str, *, is_given: bool) -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    forged = guild.signed(guild.badge()) | {"type": ["VerifiableCredential"], name: f"{OB}OpenBadgeCredential"}

    found = beside(forged, {"rdf": rdf, name: {"@id": f"{rdf}type", "@type": "@vocab"}}, is_given=is_given)

    assert found.state != "valid"


def test_a_word_of_ours_that_is_defined_once_more_brings_no_context() -> None:
    forged = guild.signed(guild.badge())
    [evidence] = forged["evidence"]
    evidence |= {"@context": {"title": "https://schema.org/name"}, "title": evidence.pop("name")}
    again = {"evidence": {"@id": f"{CRED}evidence", "@type": "@id", "@protected": True}}

    assert beside(forged, again, is_given=False).check("conforms").reason == "hidden-statement"


@pytest.mark.parametrize("is_given", [False, True])
@pytest.mark.parametrize(
    ("address", "state"),
    [("urn:c1", "valid"), ("urn:uuid:a1", "unknown"), ("urn:uuid:b1", "unknown")],
)
def test_a_word_of_theirs_with_names_of_its_own_moves_nothing(address: str, state: str, *, is_given: bool) -> None:
    """`name` is another word in there: that it says more of the badge cannot be told, and nothing was hidden."""
    named = badge(course={"id": address, "name": "Cours"})
    if not is_given:
        named["@context"] = [guild.VC2, guild.OB3, own_words.TERMS]

    given = {WORDS: own_words.context()} if is_given else {}
    assert examine(signed(named, given), given).state == state


def test_contexts_that_say_nothing_are_counted() -> None:
    """Each is worked out from a copy of all that was defined before: 160 KB of them took eleven seconds."""
    terms = {f"w{n}": f"urn:w{n}" for n in range(300)} | {"T": {"@id": "urn:T", "@context": [{}] * 19}}
    evidence = [{"type": "T"} for _ in range(1_000)]
    document = guild.badge(**{"@context": [guild.VC2, guild.OB3, terms]}, evidence=evidence)

    with pytest.raises(nquads.Inexpressible, match="definitions"):
        jsonld_expansion.expand(document)
