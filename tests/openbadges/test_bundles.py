"""A presentation, an envelope, a record: each badge in it is a document of its own, and stands or falls alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.openbadges.support import guild, school
from tests.openbadges.support.guild import KEY, NOW, OTHER_KEY, VC1, VC2, examine
from wallet import openbadges
from wallet.openbadges import DamagedFile, NotABadge
from wallet.openbadges.proofs.canonicalization import canonicalize
from wallet.openbadges.v3.bundles import MOST

CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
FIRST_CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context.json"


def unpack(document: Any, answers: dict[str, guild.Answer] | None = None) -> list[bytes]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(openbadges.unpack(content, guild.web(answers).fetch, NOW))


def presentation(*badges: Any, **members: Any) -> dict[str, Any]:
    return {"@context": [VC2], "type": ["VerifiablePresentation"], "verifiableCredential": list(badges), **members}


def record(*badges: Any, **members: Any) -> dict[str, Any]:
    """A Comprehensive Learner Record that is not signed."""
    subject: dict[str, Any] = {"type": ["ClrSubject"], "id": "did:example:maria", "verifiableCredential": list(badges)}
    subject["achievement"] = [{"id": "urn:uuid:a9", "type": ["Achievement"], "name": "Lire un plan"}]
    return {
        "@context": [VC2, CLR, guild.OB3],
        "id": "urn:uuid:clr",
        "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": {"id": guild.did(), "type": ["Profile"], "name": "La guilde"},
        "validFrom": "2026-01-02T03:04:05Z",
        "name": "Relevé de Maria",
        "credentialSubject": subject,
        **members,
    }


def badge(number: int = 1) -> dict[str, Any]:
    return guild.signed(guild.badge(id=f"urn:uuid:{number}"))


def test_a_badge_alone_comes_back_byte_for_byte() -> None:
    for document in (json.dumps(badge()).encode(), guild.token(guild.badge()).encode(), b"https://guild.example/b"):
        answers = {"https://guild.example/b": badge()}
        assert unpack(document, answers) == [document]


def test_a_presentation_gives_the_badges_it_carries() -> None:
    token = guild.token(guild.badge())
    envelope = {"@context": VC2, "type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token}"}
    old = {**envelope, "type": ["EnvelopedVerifiableCredential"], "id": f"data:application/vc-ld+jwt;base64url,{token}"}

    found = unpack(presentation(badge(1), badge(2), token, envelope, old, 7))

    assert [examine(one).state for one in found] == ["valid"] * 5
    assert [examine(one).badge.id for one in found][:2] == ["urn:uuid:1", "urn:uuid:2"]


def test_a_presentation_of_one_address_is_the_badge_that_stands_there() -> None:
    address = f"https://{guild.HOST}/1"

    assert guild.examine(presentation(address), {address: badge()}).state == "valid"


@pytest.mark.parametrize("wrapped", ["proof", "token", "jwt", "enveloped"])
def test_however_it_is_wrapped_a_presentation_of_one_badge_is_that_badge(wrapped: str) -> None:
    whole: Any = presentation(badge())
    token = guild.token({"iss": guild.did(OTHER_KEY), "vp": whole}, OTHER_KEY)
    match wrapped:
        case "proof":
            whole = guild.signed(whole, OTHER_KEY)
        case "token":
            whole = token
        case "jwt":
            whole = {"jwt": token}
        case "enveloped":
            whole = {"@context": VC2, "type": "EnvelopedVerifiablePresentation"}
            whole["id"] = f"data:application/vp+jwt,{token}"

    assert examine(whole).state == "valid"
    assert examine(whole).badge.id == "urn:uuid:1"


def test_what_a_presenter_signs_makes_no_badge_genuine() -> None:
    forged = {**badge(), "name": "Ingénieure"}

    assert examine(guild.signed(presentation(forged), KEY)).state == "invalid"
    assert examine(guild.signed(presentation(guild.badge()), KEY)).state == "unknown"


def test_two_badges_in_a_presentation_are_not_looked_at_as_one() -> None:
    with pytest.raises(NotABadge, match="several-badges"):
        examine(presentation(badge(1), badge(2)))


def test_a_presentation_of_one_badge_is_examined_as_that_badge() -> None:
    carried = badge()

    found = openbadges.examine(json.dumps(presentation(carried)).encode(), guild.web().fetch, NOW)

    assert found.state == "valid"
    alone = openbadges.examine(json.dumps(carried).encode(), guild.web().fetch, NOW)
    assert replace(found, presentation=None) == alone


def test_what_a_service_answered_gives_the_badges_that_it_lists() -> None:
    """VC API and OpenID4VCI answer so; who saved the answer has a file like any other."""
    one, other = badge(), guild.token(guild.badge())
    for answer in (
        {"verifiableCredential": [one, other]},
        {"credentials": [one, other], "count": 2},
        {"credentials": [{"credential": one}, {"credential": other}], "notification_id": "1"},
        [one, other],
    ):
        assert unpack(answer) == [json.dumps(one, ensure_ascii=False).encode(), other.encode()]
        with pytest.raises(NotABadge, match="several-badges"):
            examine(json.dumps(answer))


def test_an_answer_of_open_badges_3_gives_its_tokens_too() -> None:
    """They stand in a list of their own; of an answer with both kinds only the others were taken, and nobody was told."""
    one, token = badge(), guild.token(guild.badge())

    assert unpack({"credential": [one], "compactJwsString": [token]}) == [
        json.dumps(one, ensure_ascii=False).encode(),
        token.encode(),
    ]
    assert unpack({"credential": [], "compactJwsString": [token]}) == [token.encode()]


def test_what_lists_badges_beside_a_presentation_takes_none_of_its_badges_away() -> None:
    """Maria lost the second one."""
    whole = {"vp": presentation(badge(1), badge(2)), "verifiableCredential": [badge(1)]}

    for shown in (whole, guild.token(whole, OTHER_KEY).encode()):
        assert {examine(one).badge.id for one in unpack(shown)} == {"urn:uuid:1", "urn:uuid:2"}


def test_a_badge_that_leans_on_the_context_of_an_answer_is_as_genuine_as_in_a_presentation() -> None:
    """It was told as changed since it was signed."""
    carried = badge()
    context = carried.pop("@context")

    assert examine({"@context": context, "verifiableCredential": [carried]}).state == "valid"


@pytest.mark.parametrize("member", ["verifiableCredential", "credential", "credentials"])
def test_what_a_service_answered_with_one_badge_is_that_badge_and_nobody_signed_the_answer(member: str) -> None:
    found = examine({member: badge()})

    assert (found.state, found.presentation and found.presentation.reason) == ("valid", "no-proof")


@pytest.mark.parametrize(
    "other", [[], ["bonjour"], [[badge()]], {"credentials": "admin"}, {"credential": {"user": "x"}}]
)
def test_a_list_of_what_is_no_credential_is_no_badge(other: Any) -> None:
    with pytest.raises(NotABadge):
        [examine(one) for one in unpack(other)]


@pytest.mark.parametrize("carried", [[], None, 7, {}, {"vp": {}}])
def test_a_presentation_of_nothing_holds_no_badge(carried: Any) -> None:
    empty = presentation() | {"verifiableCredential": carried}
    if carried == {}:
        assert [examine(one).state for one in unpack(presentation({"type": ["VerifiableCredential"]}))] == ["invalid"]
        return
    if isinstance(carried, dict):
        empty = {"vp": {"type": "VerifiablePresentation"}}
    with pytest.raises(NotABadge, match="no-badge-in-presentation"):
        unpack(empty)


def test_a_record_stands_beside_the_badges_it_carries() -> None:
    signed = guild.signed(record(badge(1), guild.token(guild.badge(id="urn:uuid:2"))))

    found = [examine(one) for one in unpack(signed)]

    assert [one.state for one in found] == ["valid"] * 3
    assert [one.badge.id for one in found] == ["urn:uuid:clr", "urn:uuid:1", "urn:uuid:2"]
    assert found[0].badge.title == "Relevé de Maria"
    assert found[0].badge.contents == ("Lire un plan",)
    assert found[0].format == "Comprehensive Learner Record 2.0, eddsa-rdfc-2022"
    assert unpack(signed)[0] == json.dumps(signed).encode()


def test_a_record_of_the_first_edition_is_valid() -> None:
    """Maria was offered to fetch a vocabulary that is the standard's own, and then told that it is refused."""
    linked = {"type": "Association", "associationType": "isParentOf", "sourceId": "urn:a", "targetId": "urn:b"}
    made = record(badge(), **{"@context": [VC2, FIRST_CLR, guild.OB3]})
    made["credentialSubject"]["association"] = [linked]

    found = [examine(one) for one in unpack(guild.signed(made))]

    assert [one.state for one in found] == ["valid"] * 2
    assert found[0].unsigned == ()
    assert found[0].badge.contents == ("Lire un plan",)


def test_a_record_of_the_first_edition_says_what_1edtech_signed_of_one() -> None:
    """As in its test vector (Comprehensive Learner Record 2.0, Linked Data Proof): an early draft of this context, which its
    validator still carries, names another vocabulary."""
    of_records = "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
    said = canonicalize(record(**{"@context": [VC2, FIRST_CLR, guild.OB3]})).content.decode()

    assert f"#type> <{of_records}ClrSubject> ." in said
    assert f"<did:example:maria> <{of_records}achievement> <urn:uuid:a9> ." in said


def test_a_record_in_a_token_is_unpacked_too() -> None:
    one = badge()
    whole = record(one) | {"@context": [VC1, CLR]}
    token = guild.token({"iss": guild.did(), "vc": whole})

    assert unpack(token.encode())[0] == token.encode()
    assert json.loads(unpack(token.encode())[1]) == one


def test_an_altered_badge_in_a_sound_record_is_found_out() -> None:
    forged = {**badge(), "name": "Ingénieure"}

    _, inner = unpack(guild.signed(record(forged)))

    assert examine(inner).state == "invalid"


def test_a_badge_that_leans_on_the_context_around_it_takes_it_along() -> None:
    sound = badge()
    bare = {name: value for name, value in sound.items() if name != "@context"}

    [found] = unpack(presentation(bare) | {"@context": sound["@context"]})

    assert examine(found).state == "valid"


def test_a_record_in_a_presentation_is_unpacked_and_no_deeper_than_that() -> None:
    deep: Any = badge()
    for _ in range(5):
        deep = presentation(deep)

    assert len(unpack(presentation(record(badge(1), badge(2))))) == 3
    with pytest.raises(NotABadge, match="no-badge-in-presentation"):
        unpack(deep)


def test_a_presentation_that_carries_without_end_is_refused() -> None:
    with pytest.raises(DamagedFile, match="too-many-badges"):
        unpack(presentation(*([{"a": 1}] * (MOST + 1))))


def test_what_is_carried_is_counted_at_all_depths() -> None:
    many = presentation(*([presentation(*([{"a": 1}] * 20))] * 20))
    wide = presentation(*([{"a": 1}] * 100)) | {"@context": "x" * 200_000}

    for whole in (many, wide):
        with pytest.raises(DamagedFile, match="too-many-badges"):
            unpack(whole)


def test_what_a_record_lists_without_a_signature_stays_in_it() -> None:
    unsigned = [guild.badge(id="urn:uuid:8", name=None), {"name": "Lire une carte"}, 7]

    found = unpack(guild.signed(record(badge(1), *unsigned[:1])))
    listed = examine(record(badge(1), *unsigned)).badge.contents

    assert [examine(one).state for one in found] == ["valid", "valid"]
    assert listed == ("Lire un plan", "Souder", "Lire une carte")


def test_what_is_wrong_in_a_presentation_is_told_of_itself_alone() -> None:
    broken, sound = unpack(presentation("e30.e30", badge()))

    with pytest.raises(NotABadge):
        examine(broken)
    assert examine(sound).state == "valid"


def test_every_value_knows_who_vouches_for_it() -> None:
    signed = examine(badge())
    assert set(signed.origins.values()) == {"signed"}
    assert set(examine(guild.badge()).origins.values()) == {"file"}

    hosted = school.School().examine(school.assertion())
    assert hosted.state == "valid"
    assert set(hosted.origins.values()) == {"issuer"}
    keyed = school.School()
    keyed.answers[school.ISSUER] = school.profile(publicKey=school.KEY)
    token = keyed.examine(school.signed(school.signed_assertion()))
    assert token.state == "valid"
    assert (token.origins["issued_on"], token.origins["achievement"], token.origins["issuer"]) == (
        "signed",
        "issuer",
        "issuer",
    )
    silent = school.School()
    silent.answers[school.BADGE] = "timeout"
    found = silent.examine(school.assertion())
    assert (found.origins["issued_on"], found.origins["achievement"]) == ("file", "issuer")


def test_a_host_that_the_issuer_does_not_own_vouches_for_nothing() -> None:
    elsewhere = school.School()
    elsewhere.answers["https://elsewhere.example/1"] = school.assertion(id="https://elsewhere.example/1")

    found = elsewhere.examine(school.assertion(id="https://elsewhere.example/1"))

    assert found.state == "invalid"
    assert found.origins["issued_on"] == "file"


def test_what_did_not_answer_is_told() -> None:
    made = guild.signed(guild.badge(credentialStatus=guild.status()))

    assert examine(made, {guild.LIST: "timeout"}).unanswered == (guild.LIST,)
    assert examine(made, {guild.LIST: 500}).unanswered == (guild.LIST,)
    assert examine(badge()).unanswered == ()


def test_a_record_and_its_badges_may_name_one_and_the_same_person() -> None:
    inner = guild.badge()
    inner["credentialSubject"]["id"] = "did:example:maria"

    found = [examine(one) for one in unpack(guild.signed(record(guild.signed(inner))))]

    assert [one.state for one in found] == ["valid", "valid"]
