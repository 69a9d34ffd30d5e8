"""What others say in a badge: each word is verified by itself, told for what it is worth, and changes nothing of the badge."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet import openbadges
from wallet.openbadges import Endorsement, NotABadge, Party, endorsing, strict_json, unpack
from wallet.openbadges.examination import TooHeavy
from wallet.openbadges.strict_json import count_members
from wallet.openbadges.v3 import endorsements

HALL = guild.OTHER_KEY
"""The key of the town hall, which says something of the guild's badges."""
COMMENT = "Je l’ai vue souder."


def endorsement(about: str = "urn:uuid:b1", **members: Any) -> dict[str, Any]:
    """What the town hall says of *about*, not signed."""
    whole = {
        "@context": [guild.VC2, guild.OB3],
        "id": "urn:uuid:e1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": guild.did(HALL), "type": ["Profile"], "name": "La mairie"},
        "validFrom": "2026-02-01T00:00:00Z",
        "credentialSubject": {"id": about, "type": ["EndorsementSubject"], "endorsementComment": COMMENT},
    }
    return {name: value for name, value in (whole | members).items() if value is not None}


def word(about: str = "urn:uuid:b1", **members: Any) -> dict[str, Any]:
    """The same, signed by the town hall."""
    return guild.signed(endorsement(about, **members), HALL)


def token(about: str = "urn:uuid:b1", **claims: Any) -> str:
    """The same as a token."""
    said = endorsement(about)
    return guild.token(said | {"iss": guild.did(HALL), "sub": about, "jti": "urn:uuid:e1"} | claims, HALL)


def told(*words: Any, answers: Any = None, **members: Any) -> tuple[Endorsement, ...]:
    """What is told of *words* in Maria's badge, which stays valid."""
    found = guild.examine(guild.signed(guild.badge(endorsement=list(words), **members)), answers)
    assert found.state == "valid"
    assert found.unanswered == ()
    return found.endorsements


def test_a_word_on_a_text_is_on_no_badge_that_is_called_so() -> None:
    text = {"id": "urn:uuid:b1", "digestSRI": openbadges.digest_sri(b"a moment"), "mediaType": "application/json"}
    said = word(relatedResource=[text])

    assert [(one.state, one.about) for one in told(said)] == [("valid", "other")]
    assert told(word(relatedResource=[text | {"id": "urn:uuid:voice"}]))[0].about == "badge"
    lone = alone(said)
    assert (lone.state, lone.subject.id) == ("valid", "")


def test_a_word_on_a_badge_is_told_with_who_says_it() -> None:
    assert told(word()) == (
        Endorsement(
            about="badge",
            endorser=Party(id=guild.did(HALL), name="La mairie"),
            comment=COMMENT,
            said_on=datetime(2026, 2, 1, tzinfo=UTC),
            by="other",
            state="valid",
            binding="self-certified",
            intact="passed",
            bound="passed",
            key=guild.examine(guild.signed(guild.badge(), HALL)).key,
        ),
    )


def test_two_words_of_one_endorser_under_two_names_take_nothing_from_the_badge() -> None:
    """« Nous ne savons pas vérifier ce badge » was said of it, for what one that has another name since had said before."""
    hall = {"id": guild.did(HALL), "type": ["Profile"], "name": "La ville"}
    words = [word(), word("urn:uuid:a1", id="urn:uuid:e2", issuer=hall)]

    assert [(one.endorser.name, one.state) for one in told(*words)] == [("La mairie", "valid"), ("La ville", "valid")]
    subject = deepcopy(guild.badge()["credentialSubject"])
    subject["achievement"]["endorsement"] = words[1]
    assert [one.state for one in told(words[0], credentialSubject=subject)] == ["valid", "valid"]

    signed = guild.signed(guild.badge(endorsement=words))
    first, second = signed["endorsement"]
    first["issuer"], second["issuer"] = second["issuer"], first["issuer"]
    assert [one.state for one in guild.examine(signed).endorsements] == ["invalid", "invalid"]


def test_nor_does_a_word_of_the_issuer_for_itself_under_another_name() -> None:
    issuer = guild.badge()["issuer"]
    own = guild.signed(endorsement(guild.did(), issuer=issuer | {"name": "Guilde des soudeurs"}))

    assert [one.by for one in told(issuer=issuer | {"endorsement": own})] == ["issuer"]


def test_a_word_in_a_token_is_told_alike() -> None:
    found = guild.examine(guild.signed(guild.badge(endorsementJwt=[token(), "https://no.example/", "a.b.c"])))

    assert found.endorsements == told(word())
    assert found.state == "valid"


def test_a_token_where_an_object_belongs_and_an_envelope_are_read() -> None:
    envelope = {"@context": guild.VC2, "type": "EnvelopedVerifiableCredential"}
    envelope["id"] = f"data:application/vc+jwt,{token()}"
    badge = guild.badge(endorsement=[token(), envelope])

    made = guild.token(badge, typ="vc+jwt")

    assert [one.state for one in guild.examine(made).endorsements] == ["valid"]
    assert [one.state for one in guild.examine({"jwt": made}).endorsements] == ["valid"]


@pytest.mark.parametrize(
    ("place", "about"),
    [
        (("credentialSubject", "achievement"), "achievement"),
        (("issuer",), "issuer"),
        (("credentialSubject", "achievement", "creator"), "creator"),
    ],
)
def test_what_it_is_about_its_subject_says_and_not_its_place(place: tuple[str, ...], about: str) -> None:
    names = {"achievement": "urn:uuid:a1", "issuer": guild.did(), "creator": "https://region.example/"}
    written = deepcopy(guild.badge())
    written["credentialSubject"]["achievement"]["creator"] = {"id": names["creator"], "type": ["Profile"]}
    inner = written
    for step in place:
        inner = inner[step]
    inner["endorsement"] = [word(names[about]), word("urn:uuid:b1"), word("urn:uuid:b2")]

    found = guild.examine(guild.signed(written)).endorsements

    assert [one.about for one in found] == [about, "badge", "other"]


def test_a_word_on_another_badge_is_told_so() -> None:
    """A good word on somebody else's badge would else speak for this one."""
    assert [one.about for one in told(word("urn:uuid:b2"))] == ["other"]
    assert [one.about for one in told(word("urn:uuid:b1/"))] == ["other"]
    two = [{"id": name, "type": ["EndorsementSubject"]} for name in ("urn:uuid:b1", "urn:uuid:b2")]
    assert [(one.about, one.state) for one in told(word(credentialSubject=two))] == [("other", "unknown")]


def test_a_word_that_was_changed_is_told_as_changed() -> None:
    forged = word()
    forged["credentialSubject"]["endorsementComment"] = "La meilleure."

    [found] = told(forged)

    assert (found.intact, found.state, found.reason) == ("failed", "invalid", "signature-does-not-match")


def test_a_word_that_somebody_signs_in_the_name_of_another_is_told_so() -> None:
    [found] = told(guild.signed(endorsement(), guild.KEY))

    assert (found.intact, found.bound, found.state) == ("passed", "failed", "invalid")


def test_a_token_whose_claims_say_something_else_is_not_valid() -> None:
    """8.2: iss, sub and jti must be those of the endorsement."""
    badge = guild.badge(endorsementJwt=[token(sub="urn:uuid:b9")])

    assert [one.state for one in guild.examine(guild.signed(badge)).endorsements] == ["invalid"]


def test_a_token_whose_end_may_be_kept_back_is_unknown() -> None:
    """Digests, and no tilde behind them (RFC 9901, 9.7)."""
    badge = guild.badge(endorsementJwt=[token(_sd=["x"])])

    assert [one.state for one in guild.examine(guild.signed(badge)).endorsements] == ["unknown"]


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"validUntil": "2026-03-01T00:00:00Z"}, "expired"),
        ({"validFrom": "2030-01-01T00:00:00Z"}, "not-yet-valid"),
        ({"credentialStatus": guild.status()}, "unknown"),
        ({"proof": []}, "unknown"),
    ],
)
def test_a_word_has_dates_and_a_status_of_its_own(members: dict[str, Any], state: str) -> None:
    assert [one.state for one in told(word(**members) if "proof" not in members else endorsement())] == [state]


def test_when_a_word_ends_is_told() -> None:
    ends = [one.ends for one in told(word(validUntil="2027-02-01T00:00:00Z"), word())]

    assert ends == [datetime(2027, 2, 1, tzinfo=UTC), None]


def test_a_word_that_was_taken_back_is_told_so() -> None:
    lists = {guild.LIST: guild.signed(guild.status_list([42], guild.did(HALL)), HALL)}

    assert [one.state for one in told(word(credentialStatus=guild.status()), answers=lists)] == ["revoked"]


def test_what_the_issuer_or_the_holder_says_of_the_badge_is_told_so() -> None:
    by_issuer = guild.signed(endorsement(issuer=guild.did()))
    subject = guild.badge()["credentialSubject"] | {"id": guild.did(HALL)}

    assert [one.by for one in told(by_issuer, word(), credentialSubject=subject)] == ["issuer", "holder"]


def test_a_silent_endorser_is_no_silence_of_the_issuer() -> None:
    """The badge would else be looked at again and again, and be told as one whose issuer does not answer."""
    silent = [endorsement(id=f"urn:e{number}", issuer=f"https://hall{number}.example/") for number in range(9)]
    asked: list[str] = []
    words = [guild.signed(one, HALL, f"{one['issuer']}#key") for one in silent]
    badge = guild.signed(guild.badge(endorsement=words))

    def fetch(address: str) -> Any:
        asked.append(address)
        return guild.web().fetch(address)

    found = openbadges.examine(json.dumps(badge).encode(), fetch, guild.NOW)

    assert {one.state for one in found.endorsements} == {"unknown"}
    assert (found.state, found.unanswered, found.seen) == ("valid", (), ())
    assert len(asked) == endorsing.MOST_ADDRESSES


def test_where_no_endorser_is_asked_it_is_told_whom_they_would_ask() -> None:
    """While somebody waits the time is the badge's own: what needs asking is told as not asked, and the rest is verified."""
    silent = guild.signed(endorsement(issuer="https://hall.example/"), HALL, "https://hall.example/#key")
    odd = {"type": ["EndorsementCredential"]}
    badge = guild.token(guild.badge(endorsement=[silent, word(), odd]), typ="vc+jwt")

    def fetch(address: str) -> Any:
        raise AssertionError(address)

    found = openbadges.examine(badge.encode(), fetch, guild.NOW, asks_endorsers=False)

    assert [(one.state, one.reason) for one in found.endorsements[:2]] == [("unknown", "not-asked"), ("valid", "")]
    assert found.endorsements[2].reason not in ("", "not-asked")
    assert (found.state, found.endorsers, found.are_endorsers_asked) == ("valid", ("https://hall.example/",), False)


def test_an_answer_that_the_badge_needed_is_not_asked_for_twice() -> None:
    own = guild.signed(endorsement(issuer=guild.WEB_DID), by=f"{guild.WEB_DID}#key-1")
    badge = guild.signed(guild.badge(guild.WEB_DID, endorsement=[own]), by=f"{guild.WEB_DID}#key-1")

    found = guild.examine(badge, {guild.DID_DOCUMENT: guild.did_document()})

    assert [one.state for one in found.endorsements] == ["valid"]
    assert len(found.seen) == 1


def test_only_so_many_words_are_read() -> None:
    many = [word(validFrom=f"2026-02-01T00:00:{number:02}Z") for number in range(endorsing.MOST + 5)]

    assert len(told(*many)) == endorsing.MOST


def test_words_that_cost_much_are_told_as_unknown_and_the_badge_is_not_refused() -> None:
    long = [
        {"type": ["EndorsementSubject"], "endorsementComment": str(one)} for one in range(endorsements.MOST_MEMBERS)
    ]
    badge = guild.token(guild.badge(endorsement=[endorsement(credentialSubject=long), word()]), typ="vc+jwt")

    found = guild.examine(badge)

    assert found.state == "valid"
    assert [(one.state, one.reason) for one in found.endorsements] == [("unknown", "too-much-to-read")]


def test_words_that_lean_on_a_long_context_are_given_up_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leans on the context around it: a megabyte of contexts was counted anew for each, for seconds, unsigned."""
    counted: list[Any] = []

    def count(value: Any) -> int:
        counted.append(value)
        return count_members(value)

    leaning = [{"type": ["EndorsementCredential"], "id": f"urn:uuid:e{one}"} for one in range(endorsing.MOST)]
    contexts = [guild.VC2, guild.OB3, *["https://guild.example/words"] * endorsements.MOST_MEMBERS]
    badge = guild.token(guild.badge(endorsement=leaning, **{"@context": contexts}), typ="vc+jwt")
    monkeypatch.setattr(strict_json, "count_members", count)

    found = guild.examine(badge)

    assert [one.reason for one in found.endorsements] == ["too-much-to-read"]
    assert len([value for value in counted if "urn:uuid:e" in str(value.get("id"))]) == 1


def test_words_made_to_be_worked_out_for_ever_are_given_up_at_the_first() -> None:
    nodes = [f"_:{number}" for number in range(20)]
    alike = [{"id": one, "type": ["Achievement"], "related": [{"id": other} for other in nodes]} for one in nodes]
    subject = {"type": ["Achievement"], "related": alike}
    poison = endorsement(credentialSubject=subject) | {"proof": word()["proof"]}
    badge = guild.token(guild.badge(endorsement=[poison, poison, word()]), typ="vc+jwt")

    found = guild.examine(badge)

    assert found.state == "valid"
    assert [one.reason for one in found.endorsements] == ["not-canonicalisable", "too-much-to-read"]


def test_where_others_wait_the_words_are_worked_out_elsewhere() -> None:
    """A badge that is light by itself would else keep other people's requests waiting for what others say of it."""
    badge = guild.signed(guild.badge(endorsement=[word()]))
    alone, beside = count_members(badge), count_members(word())

    def examine(allowance: int) -> str:
        document = json.dumps(badge).encode()
        return openbadges.examine(document, guild.web().fetch, guild.NOW, allowance=allowance).state

    assert examine(alone + beside) == "valid"
    with pytest.raises(TooHeavy):
        examine(alone + beside - 1)


@rows(
    "written",
    [
        {"endorsement": 12},
        {"endorsement": [None, 1, "x", [], {}]},
        {"endorsement": {"type": "Thing"}},
        {"endorsement": [guild.badge()]},
        {"endorsementJwt": ["eyJ.eyJ.", "eyJhbGciOiJub25lIn0.e30.", 12, {"jwt": 12}]},
        {"endorsement": {"id": "data:application/vc+jwt,eyJ.eyJ.", "type": "EnvelopedVerifiableCredential"}},
    ],
)
def test_what_is_no_word_is_no_end(written: dict[str, Any]) -> None:
    found = guild.examine(guild.token(guild.badge(**written), typ="vc+jwt"))

    assert found.state == "valid"
    assert {one.state for one in found.endorsements} <= {"unknown"}


def test_a_word_that_leans_on_the_context_around_it_is_read() -> None:
    bare = {name: value for name, value in word().items() if name != "@context"}

    assert [one.state for one in told(bare)] == ["valid"]


@pytest.mark.parametrize("alone", [word(), token(), endorsement()])
def test_a_word_that_comes_alone_is_no_badge(alone: dict[str, Any] | str) -> None:
    with pytest.raises(NotABadge) as refused:
        guild.examine(alone)

    assert refused.value.reason == "endorsement"


def test_a_word_beside_a_badge_in_a_presentation_does_not_stop_the_badge() -> None:
    shown: dict[str, Any] = {"@context": guild.VC2, "type": ["VerifiablePresentation"]}
    shown["verifiableCredential"] = [guild.signed(guild.badge()), word()]

    parts = unpack(json.dumps(shown).encode(), guild.web().fetch, guild.NOW)

    assert guild.examine(parts[0]).state == "valid"
    with pytest.raises(NotABadge, match="endorsement"):
        guild.examine(parts[1])


def test_a_badge_that_calls_itself_a_word_too_is_a_badge() -> None:
    kinds = ["VerifiableCredential", "OpenBadgeCredential", "EndorsementCredential"]

    assert guild.examine(guild.signed(guild.badge(type=kinds))).state == "valid"


def alone(document: Any) -> openbadges.LoneEndorsement:
    """An endorsement that came in no badge."""
    content = document if isinstance(document, str) else json.dumps(document)
    return openbadges.examine_endorsement(content.encode(), guild.web().fetch, guild.NOW)


def test_an_endorsement_that_comes_alone_is_looked_at_as_a_badge_is() -> None:
    found = alone(word("https://rives.example", validUntil="2027-02-01T00:00:00Z"))

    assert (found.state, found.binding, found.comment) == ("valid", "self-certified", COMMENT)
    assert (found.endorser, found.subject) == (
        Party(id=guild.did(HALL), name="La mairie"),
        Party(id="https://rives.example"),
    )
    assert (found.begins, found.ends) == (datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
    assert alone(token("https://rives.example")).endorser == found.endorser


def test_an_endorsement_alone_that_was_changed_or_has_ended_is_told_so() -> None:
    forged = word("https://rives.example")
    forged["credentialSubject"]["id"] = "https://stranger.example"

    assert alone(forged).state == "invalid"
    assert alone(word(validUntil="2026-03-01T00:00:00Z")).state == "expired"


def test_what_is_no_endorsement_of_one_is_refused() -> None:
    two = [{"id": name, "type": ["EndorsementSubject"]} for name in ("urn:uuid:b1", "urn:uuid:b2")]
    for document in (guild.signed(guild.badge()), word(credentialSubject=two)):
        with pytest.raises(NotABadge, match="no-endorsement"):
            alone(document)


def test_an_endorsement_that_names_nobody_speaks_for_nobody() -> None:
    found = alone(endorsement(issuer=None, credentialSubject={}, validFrom=None))

    assert (found.endorser, found.subject, found.begins, found.state) == (Party(), Party(), None, "invalid")
