"""What the holder of a genuine badge may write otherwise, with its signature still holding: the page shows the same.

Linked data signs statements, not their places, their order or how often they stand there.
"""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, own_words
from wallet.openbadges.examination import NotABadge

EVE = {"type": "IdentityObject", "hashed": False, "identityType": "emailAddress", "identityHash": "eve@evil.example"}


def maria(**members: Any) -> dict[str, Any]:
    """Maria's badge, well signed, to be written anew."""
    return deepcopy(guild.signed(guild.badge(**members)))


@pytest.mark.parametrize("name", ["description", "image", "alignment"])
def test_what_was_achieved_is_not_hidden_in_an_endorsement_of_it(name: str) -> None:
    endorsed = {"id": "urn:uuid:a1", "type": ["EndorsementSubject"], "endorsementComment": "Bien."}
    endorsement = {"id": "urn:e", "type": ["VerifiableCredential", "EndorsementCredential"]}
    forged = maria(endorsement=[endorsement | {"credentialSubject": endorsed}])
    assert guild.examine(forged).state == "valid"

    forged["endorsement"][0]["credentialSubject"][name] = forged["credentialSubject"]["achievement"].pop(name)

    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).check("conforms").reason == "hidden-statement"


def test_whom_it_names_is_not_hidden_in_an_endorsement_of_the_person() -> None:
    endorsement = {"id": "urn:e", "type": ["VerifiableCredential", "EndorsementCredential"]}
    endorsement["credentialSubject"] = {"id": "urn:maria", "type": ["EndorsementSubject", "AchievementSubject"]}
    forged = maria(
        endorsement=[endorsement], credentialSubject=guild.badge()["credentialSubject"] | {"id": "urn:maria"}
    )
    assert guild.examine(forged, addresses=["eve@evil.example"]).check("named_to_me").outcome == "unknown"

    forged["endorsement"][0]["credentialSubject"]["identifier"] = forged["credentialSubject"].pop("identifier")

    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).check("conforms").reason == "hidden-statement"


def test_one_piece_of_evidence_told_twice_or_in_pieces_is_one() -> None:
    forged = maria()
    [photo] = forged["evidence"]
    for pieces in ([photo, photo], [photo, {"id": photo["id"]}], [{**photo, "type": "Evidence"}, photo]):
        assert guild.examine(forged | {"evidence": pieces}).badge == guild.examine(forged).badge
    parts = [{"id": photo["id"], "type": ["Evidence"]}, {"id": photo["id"], "name": photo["name"]}]

    assert guild.examine(forged | {"evidence": parts}).badge == guild.examine(forged).badge


def test_one_alignment_in_pieces_is_one() -> None:
    """Else whoever holds it leaves out for which level it counts."""
    whole = guild.badge()
    target = {"id": "urn:uuid:t1", "type": ["Alignment"], "targetName": "Souder", "targetFramework": "Niveau 3"}
    whole["credentialSubject"]["achievement"]["alignment"] = [target]
    genuine = guild.signed(whole)
    forged = deepcopy(genuine)
    forged["credentialSubject"]["achievement"]["alignment"] = in_two(target, "targetFramework")

    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).badge == guild.examine(genuine).badge


@pytest.mark.parametrize("apart", ["identityType", "identityHash", "hashed"])
def test_whom_it_names_in_pieces_is_whom_it_names(apart: str) -> None:
    """Else whoever has somebody else's badge takes the name away that stands in it."""
    whole = guild.badge()
    name = {"identityType": "name", "identityHash": "Maria Silva", "hashed": False}
    identity = {"id": "urn:uuid:i1", "type": "IdentityObject"} | name
    whole["credentialSubject"]["identifier"] = [guild.identity("maria@example.org", "sel"), identity]
    genuine = guild.signed(whole)
    forged = deepcopy(genuine)
    # Said twice in two spellings it is the same, too.
    pieces = [piece | {"hashed": False} for piece in in_two(identity, apart)]
    pieces[1]["hashed"] = "false"
    forged["credentialSubject"]["identifier"][1:] = pieces

    assert guild.examine(genuine).badge.recipient_name == "Maria Silva"
    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).badge == guild.examine(genuine).badge


def test_two_identities_under_one_id_are_two() -> None:
    """As a platform writes them that numbers persons, and not what it knows of them."""
    mail = {"id": "urn:uuid:i1", "type": "IdentityObject", "identityType": "emailAddress", "hashed": False}
    mail["identityHash"] = "maria@example.org"
    name = {"id": "urn:uuid:i1", "type": "IdentityObject", "identityType": "name", "identityHash": "Maria Silva"}
    for identifier in ([mail, name], [name, mail]):
        whole = guild.badge(credentialSubject=guild.badge()["credentialSubject"] | {"identifier": identifier})
        badge = guild.examine(guild.signed(whole)).badge
        assert badge.recipient_name == "Maria Silva"
        assert "maria@example.org" in [one.identity for one in badge.recipients]


def test_an_identity_of_no_name_takes_the_place_of_none() -> None:
    named = {"type": "IdentityObject", "identityType": "name", "identityHash": "Maria Silva"}
    empty = {"type": "IdentityObject", "identityType": "name"}
    for identifier in ([named, empty], [empty, named]):
        found = guild.examine(maria(credentialSubject=guild.badge()["credentialSubject"] | {"identifier": identifier}))
        assert (found.state, found.badge.recipient_name) == ("valid", "Maria Silva")


def in_two(whole: dict[str, Any], apart: str) -> list[dict[str, Any]]:
    """The object *whole*, and its member *apart* in another one of its id."""
    rest = {name: value for name, value in whole.items() if name != apart}
    return [rest, {name: whole[name] for name in ("id", "type", apart)}]


ENTRY = guild.status()
WHOLE_TYPE = "https://www.w3.org/ns/credentials/status#BitstringStatusListEntry"
NAMED = {name: ENTRY[name] for name in ("id", "type")}


@rows(
    "written",
    [
        [ENTRY] * 30,
        [NAMED, ENTRY],
        [NAMED | {"statusPurpose": "revocation"}, {name: ENTRY[name] for name in ENTRY if name != "statusPurpose"}],
        ENTRY | {"type": [ENTRY["type"]] * 2},
        ENTRY | {"type": [ENTRY["type"], ENTRY["type"], WHOLE_TYPE]},
        [NAMED | {"type": [ENTRY["type"], WHOLE_TYPE]}, ENTRY],
        ENTRY | {"statusPurpose": ["revocation"] * 2},
        ENTRY | {"statusPurpose": {"@value": "revocation"}},
        ENTRY | {"statusListIndex": [None, "42"]},
        ENTRY | {"statusListIndex": [{"@value": "42"}]},
        ENTRY | {"statusListCredential": [guild.LIST]},
        ENTRY | {"statusListCredential": {"id": guild.LIST}},
        ENTRY | {"statusListCredential": [{"id": guild.LIST}, guild.LIST]},
        ENTRY | {"statusSize": []},
        ENTRY | {"statusSize": [None]},
    ],
)
@pytest.mark.breadth
def test_a_withdrawal_is_found_however_its_place_is_written(written: Any) -> None:
    """Whoever held a withdrawn badge wrote one word of it otherwise, and it was only unknown."""
    made = maria(credentialStatus=ENTRY)

    for withdrawn, state in ([42], "revoked"), ([41], "valid"):
        answers: dict[str, guild.Answer] = {guild.LIST: guild.signed(guild.status_list(withdrawn))}
        assert guild.examine(made | {"credentialStatus": written}, answers).state == state


@rows("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@rows("member", [{"statusSize": 1.0}, {"statusSize": "1"}, {"statusListIndex": 42.0}, {"statusListIndex": [42.0, 42]}])
def test_a_withdrawal_is_found_however_its_numbers_are_written(suite: str, member: dict[str, Any]) -> None:
    """1, 1.0 and, for a number of linked data, "1" are signed alike."""
    entry = guild.status("42") | {"statusListIndex": 42, "statusSize": 1}
    made = guild.signed_in(suite, guild.badge(credentialStatus=entry), guild.KEY)

    for withdrawn, state in ([42], "revoked"), ([41], "valid"):
        answers: dict[str, guild.Answer] = {guild.LIST: guild.signed(guild.status_list(withdrawn))}
        found = guild.examine(made | {"credentialStatus": entry | member}, answers)
        # As text, one number is not a list of two, nor words.
        assert found.state == ("invalid" if found.check("intact").outcome == "failed" else state)
        assert found.check("intact").outcome == "passed" or suite == "eddsa-jcs-2022"


PLAIN_LIST = "https://guild.example/withdrawn"
PLAIN = {"id": PLAIN_LIST, "type": "1EdTechRevocationList"}
WHOLE_PLAIN = "https://purl.imsglobal.org/spec/vcrl/v1p0/context.json#1EdTechRevocationList"


@rows("written", [PLAIN | {"type": WHOLE_PLAIN}, PLAIN | {"type": [WHOLE_PLAIN]}, [PLAIN_LIST, PLAIN]])
def test_a_withdrawal_in_a_plain_list_is_found_however_its_place_is_written(written: Any) -> None:
    contexts = [guild.VC2, guild.OB3, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    made = maria(**{"@context": contexts}, credentialStatus=PLAIN)
    withdrawn = {"id": PLAIN_LIST, "issuer": guild.did(), "revokedCredential": [made["id"]]}

    assert guild.examine(made | {"credentialStatus": written}, {PLAIN_LIST: withdrawn}).state == "revoked"


@rows("name", [guild.LIST, "urn:uuid:b1"])
@rows("moved", [["statusPurpose"], ["statusListIndex"], ["statusPurpose", "statusListIndex", "statusListCredential"]])
def test_a_withdrawal_is_found_where_something_else_has_the_id_of_its_place(name: str, moved: list[str]) -> None:
    """The list, or the badge itself: what is said of the place is signed alike where they stand."""
    made = maria(credentialStatus=ENTRY | {"id": name})
    kept = {member: said for member, said in made["credentialStatus"].items() if member not in moved}
    taken = {member: ENTRY[member] for member in moved} | {"type": ENTRY["type"]}
    if name == guild.LIST:
        taken.pop("statusListCredential", None)
        written = made | {"credentialStatus": kept | {"statusListCredential": taken | {"id": name}}}
    else:
        written = made | taken | {"type": [*made["type"], ENTRY["type"]], "credentialStatus": kept}
        if len(kept) == 2:
            written["credentialStatus"] = name

    found = guild.examine(written, {guild.LIST: guild.signed(guild.status_list([42]))})

    assert (found.state, found.check("intact").outcome) == ("revoked", "passed")


VOCABULARY = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
ENDORSEMENT = {
    "@context": [guild.VC2, guild.OB3],
    "id": "urn:e",
    "type": ["VerifiableCredential", "EndorsementCredential"],
    "name": "Soudeuse",
    "issuer": guild.did(),
    "validFrom": "2026-01-02T03:04:05Z",
    "credentialSubject": {"id": "urn:uuid:a1", "type": ["EndorsementSubject"], "endorsementComment": "Bien."},
}


@rows(
    "document,vocabulary,reason",
    [
        (ENDORSEMENT, VOCABULARY, "endorsement"),
        (guild.status_list(), "https://www.w3.org/ns/credentials/status#", "status-list"),
    ],
)
def test_what_is_no_credential_of_a_person_is_none_by_the_whole_name_of_its_type(
    document: dict[str, Any], vocabulary: str, reason: str
) -> None:
    """What somebody trusted said of an achievement was shown as what they had given to whoever sent it."""
    made = guild.signed(document)
    made["type"] = [made["type"][0], vocabulary + made["type"][1]]

    for contexts in ([], [own_words.WORDS]):  # with words of others beside it, too
        written = made | {"@context": [*made["@context"], *contexts]}
        with pytest.raises(NotABadge) as refused:
            own_words.examine(written, {own_words.WORDS: own_words.context()})
        assert refused.value.reason == reason


def test_what_a_badge_lacks_it_lacks_by_the_whole_name_of_its_type() -> None:
    subject = deepcopy(guild.badge()["credentialSubject"])
    del subject["achievement"]["criteria"]
    made = maria(credentialSubject=subject)
    assert guild.examine(made).state == "invalid"
    made["type"] = [made["type"][0], VOCABULARY + made["type"][1]]

    found = guild.examine(made)

    assert (found.state, found.check("intact").outcome) == ("invalid", "passed")
    assert found.badge == guild.examine(made | {"type": ["VerifiableCredential", "OpenBadgeCredential"]}).badge


def test_two_entries_of_one_place_are_both_asked() -> None:
    other = ENTRY | {"statusPurpose": "suspension"}
    lists = guild.signed(guild.status_list(purpose=["revocation", "suspension"]))  # type: ignore[arg-type]
    for written in [ENTRY, other], [other, ENTRY, other]:
        assert guild.examine(maria(credentialStatus=written), {guild.LIST: lists}).state == "valid"


def test_nobody_swaps_the_places_of_two_entries_that_have_one_id() -> None:
    """A badge that was withdrawn was valid by them."""
    second = "https://guild.example/lists/2"
    other = guild.status("7", "suspension", statusListCredential=second) | {"id": ENTRY["id"]}
    suspensions = guild.signed(guild.status_list(purpose="suspension", id=second))
    lists: dict[str, guild.Answer] = {guild.LIST: guild.signed(guild.status_list([42])), second: suspensions}
    made = maria(credentialStatus=[ENTRY, other])
    assert guild.examine(made, lists).state == "revoked"

    swapped = [ENTRY | {"statusListIndex": "7"}, other | {"statusListIndex": "42"}]

    found = guild.examine(made | {"credentialStatus": swapped}, lists)
    assert (found.state, found.check("conforms").reason) == ("unknown", "one-address-for-two")
    named = [one | {"id": f"urn:{place}"} for place, one in enumerate([ENTRY, other])]
    assert (
        guild.examine(maria(credentialStatus=named), lists | {guild.LIST: guild.signed(guild.status_list())}).state
        == "valid"
    )


@pytest.mark.parametrize("name", ["validFrom", "validUntil", "awardedDate"])
def test_a_day_that_is_told_twice_is_that_day(name: str) -> None:
    """An end that was told twice made it invalid, and the day of its award was gone from the page."""
    made = maria()
    found = guild.examine(made | {name: [made[name]] * 2})

    assert (found.state, found.badge) == ("valid", guild.examine(made).badge)


@rows("number", [20270101, 20270101.0])
def test_a_day_without_its_quotes_is_that_day(number: float) -> None:
    """Read as seconds, it was in 1970, and what had not begun was valid."""
    made = maria(validFrom="20270101")

    found = guild.examine(made | {"validFrom": number})

    assert (found.state, found.badge) == ("not-yet-valid", guild.examine(made).badge)
    assert found.check("intact").outcome == "passed"


def test_one_word_repeated_does_not_crowd_out_the_others() -> None:
    alignment = {"type": ["Alignment"], "targetName": "Souder", "targetUrl": "https://rome.example/1"}
    named = [alignment | {"id": f"urn:{number}", "targetName": f"Souder {number}"} for number in range(2)]
    forged = maria(
        credentialSubject=guild.badge()["credentialSubject"]
        | {"achievement": guild.badge()["credentialSubject"]["achievement"] | {"alignment": named}},
        description=[{"@value": "Welding", "@language": "en"}, {"@value": "Souder", "@language": "fr"}],
    )
    shown = guild.examine(forged).badge

    for written in (achievement := forged["credentialSubject"]["achievement"])["alignment"], achievement["tag"]:
        written[:0] = [written[0]] * 300
    for written in forged["evidence"], forged["description"]:
        written[:0] = [written[0]] * 300

    examination = guild.examine(forged)
    assert (examination.state, examination.badge) == ("valid", shown)


@rows("said", [["Université", "La guilde"], "Université", "La guilde"])
@rows("name", [guild.did(), "urn:uuid:a1", "https://guild.example/criteria"])
def test_a_learner_does_not_speak_as_the_issuer_by_evidence_of_its_id(name: str, said: Any) -> None:
    """The address and the words of evidence are often the learner's: moved to the issuer or the achievement, they were its name."""
    subject = deepcopy(guild.badge()["credentialSubject"])
    subject["achievement"] |= {"name": "La guilde", "criteria": {"id": "https://guild.example/criteria"}}
    words = {"name": "Université", "narrative": "Diriger dix personnes."}
    made = maria(credentialSubject=subject, evidence=[{"type": ["Evidence"], "id": name} | words])
    [evidence], achievement = made["evidence"], made["credentialSubject"]["achievement"]
    if name == guild.did():
        made["issuer"]["name"], owner = said, made["issuer"]
    elif name == "urn:uuid:a1":
        achievement["name"], owner = said, achievement
    else:
        achievement["criteria"]["narrative"], owner = evidence.pop("narrative"), None
    if owner is not None and isinstance(said, list):
        del evidence["name"]
    elif owner is not None:
        evidence["name"] = next(one for one in ("Université", "La guilde") if one != said)

    found = guild.examine(made)

    assert (found.state, found.check("conforms").reason) == ("unknown", "one-address-for-two")
    assert found.check("intact").outcome == "passed"


def test_nobody_moves_what_an_endorser_tells_of_evidence_to_the_badge() -> None:
    """It stood there as its issuer's, and the badge was valid."""
    photo = {"id": "https://guild.example/photo", "type": ["Evidence"]}
    word = {"id": "urn:uuid:e1", "type": ["VerifiableCredential", "EndorsementCredential"]}
    word |= {"issuer": guild.did(guild.OTHER_KEY), "credentialSubject": {"id": "urn:uuid:b1"}}
    made = maria(evidence=[photo], endorsement=[word | {"evidence": [photo | {"narrative": "Un pont, seule."}]}])
    assert guild.examine(made).state == "valid"

    made["evidence"][0]["narrative"] = made["endorsement"][0]["evidence"][0].pop("narrative")

    found = guild.examine(made)
    assert (found.state, found.check("conforms").reason) == ("unknown", "one-address-for-two")
    assert found.check("intact").outcome == "passed"


ACHIEVEMENT, CRITERIA = "urn:uuid:a1", "https://guild.example/criteria"


@pytest.mark.parametrize(
    ("place", "said", "state"),
    [
        (ACHIEVEMENT, {"narrative": "Vu."}, "valid"),
        (ACHIEVEMENT, {"genre": "Photo"}, "valid"),
        (CRITERIA, {"name": "La page", "description": "Deux tôles.", "genre": "Photo"}, "valid"),
        (CRITERIA, {}, "valid"),
        # Whether it is what she did or what was asked for: whoever holds the badge chooses.
        (CRITERIA, {"narrative": "Vu."}, "unknown"),
    ],
)
def test_evidence_may_be_the_page_of_the_achievement_or_of_the_criteria(
    place: str, said: dict[str, str], state: str
) -> None:
    subject = deepcopy(guild.badge()["credentialSubject"])
    subject["achievement"]["criteria"] = {"id": CRITERIA}

    for evidence in [{"id": place, "type": ["Evidence"], **said}, *([] if said else [place])]:
        assert guild.examine(maria(credentialSubject=subject, evidence=[evidence])).state == state


@pytest.mark.parametrize(
    ("host", "name"),
    [
        *(("result", name) for name in ("name", "description", "narrative", "genre")),
        *(("badge", name) for name in ("narrative", "genre")),
    ],
)
def test_no_word_of_evidence_is_moved_to_where_nobody_reads_it(host: str, name: str) -> None:
    """Her photo was no photo any more: of a result nobody reads a genre, and of a badge nobody reads a narrative."""
    document = guild.badge(name=None, description=None)
    document["credentialSubject"]["result"] = [{"id": "urn:r", "type": ["Result"], "value": "9"}]
    thing = document if host == "badge" else document["credentialSubject"]["result"][0]
    document["evidence"] = [{"id": thing["id"], "type": ["Evidence"], name: "Photo"}]
    signed = guild.signed(document)
    forged = deepcopy(signed)
    thing = forged if host == "badge" else forged["credentialSubject"]["result"][0]
    thing["type"] = [*thing["type"], "Evidence"]
    thing[name] = forged["evidence"][0].pop(name)

    found = guild.examine(forged)

    assert guild.examine(signed).state == "valid"
    assert (found.check("intact").outcome, found.state) == ("passed", "unknown")


def test_the_title_of_a_badge_is_not_made_a_second_one_of_its_achievement() -> None:
    signed = guild.signed(guild.badge(id=ACHIEVEMENT))
    forged = deepcopy(signed)
    achievement = forged["credentialSubject"]["achievement"]
    achievement["name"] = [achievement["name"], forged.pop("name")]

    assert guild.examine(signed).state == "valid"
    found = guild.examine(forged)
    assert (found.check("intact").outcome, found.state) == ("passed", "unknown")


def test_one_of_two_subjects_is_not_shown_as_the_only_one() -> None:
    two = [{"id": "urn:maria", "name": "Maria"}, {"id": "urn:eve", "name": "Eve"}]
    document = guild.badge(type=["VerifiableCredential"], credentialSubject=two)

    examination = guild.examine(guild.signed(document))

    assert (examination.state, examination.check("conforms").reason) == ("unknown", "several-subjects")


def write_anew(document: dict[str, Any], place: tuple[str | int, ...], write: Any) -> dict[str, Any]:
    """*document* with what stands at *place* written in another way."""
    other = deepcopy(document)
    inner: Any = other
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = write(inner[place[-1]])
    return other


@rows(
    "write",
    [lambda it: [it], lambda it: [it, it], lambda it: {"@value": it}, lambda it: json.dumps(it).strip('"')],
    ids=["list", "twice", "value", "text"],
)
@rows(
    "place",
    [
        ("issuer", "url"),
        ("inLanguage",),
        ("credentialSubject", "achievement", "inLanguage"),
        ("credentialSubject", "achievement", "achievementType"),
        ("credentialSubject", "achievement", "alignment", 0, "targetUrl"),
        ("credentialSubject", "identifier", 1, "hashed"),
        ("credentialSubject", "identifier", 2, "identityType"),
    ],
)
def test_a_word_in_another_shape_is_the_same_word(place: tuple[str | int, ...], write: Any) -> None:
    subject = deepcopy(guild.badge()["credentialSubject"])
    subject["achievement"]["inLanguage"] = "fr"
    name = {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": "Maria"}
    hidden = EVE | {"hashed": True, "identityType": "name", "identityHash": "sha256$" + "0" * 64}
    subject["identifier"] += [hidden, name]
    made = maria(credentialSubject=subject, inLanguage="en")

    found = guild.examine(write_anew(made, place, write))

    assert found.state != "valid" or found.badge == guild.examine(made).badge


RESULT = {"type": ["Result"], "value": "12", "status": "Failed", "resultDescription": "urn:r"}
MARK = {"id": "urn:r", "type": ["ResultDescription"], "resultType": "GradePointAverage", "valueMax": "20"}
COMPANY = "https://company.example"


def with_company() -> dict[str, Any]:
    """Maria's badge, of which a company made the achievement, with a result and an alignment that have addresses."""
    subject = deepcopy(guild.badge()["credentialSubject"])
    subject["result"] = [RESULT | {"id": "urn:r1"}]
    subject["source"] = {"id": COMPANY, "type": ["Profile"], "name": "La mairie"}
    subject["achievement"] |= {
        "creator": {"id": COMPANY, "type": ["Profile"], "name": "Atelier", "url": COMPANY},
        "alignment": [{"id": "urn:t", "type": ["Alignment"], "targetName": "Souder", "targetFramework": "Niveau 3"}],
        "resultDescription": [MARK],
        "related": [{"id": "urn:o", "type": ["Related"], "version": "1"}],
    }
    return maria(credentialSubject=subject)


def test_two_profiles_of_one_address_and_two_names_are_not_told_apart() -> None:
    """Whoever holds the badge chooses which of the two saw them."""
    made = with_company()
    subject = made["credentialSubject"]
    subject["source"]["name"], subject["achievement"]["creator"]["name"] = "Atelier", "La mairie"

    found = guild.examine(made)

    assert (found.state, found.check("intact").outcome) == ("unknown", "passed")
    assert found.check("conforms").reason == "one-address-for-two"


@rows("words", [["Atelier"], {"@value": "Atelier"}, ["Atelier", "Atelier"]])
def test_a_profile_may_be_told_in_short_where_it_is_told_in_full_elsewhere(words: Any) -> None:
    subject = deepcopy(guild.badge()["credentialSubject"])
    subject["source"] = {"id": COMPANY, "type": ["Profile"], "name": "Atelier"}
    subject["achievement"]["creator"] = {"id": COMPANY, "type": ["Profile"], "name": "Atelier", "url": COMPANY}
    made = maria(credentialSubject=subject)
    assert guild.examine(made).state == "valid"

    made["credentialSubject"]["source"]["name"] = words

    assert guild.examine(made).state == "valid"


@rows("role", ["evidence", "source"])
@rows(
    "place,name",
    [
        (("result", 0), "status"),
        (("achievement", "alignment", 0), "targetFramework"),
        (("achievement", "resultDescription", 0), "valueMax"),
        (("achievement", "related", 0), "version"),
    ],
)
def test_no_word_is_taken_from_a_thing_to_where_nobody_reads_it(
    place: tuple[str | int, ...], name: str, role: str
) -> None:
    """As « Failed » from a result, which somebody's evidence or profile has the address of."""
    subject = with_company()["credentialSubject"]
    thing: Any = subject
    for step in place:
        thing = thing[step]
    other = {"id": thing["id"], "type": [{"evidence": "Evidence", "source": "Profile"}[role], *thing["type"]]}
    subject["source"] = other if role == "source" else {"id": "urn:x"}
    made = maria(credentialSubject=subject, evidence=[other] if role == "evidence" else [])
    assert guild.examine(made).state == "valid"
    thing = made["credentialSubject"]
    for step in place:
        thing = thing[step]

    (made["evidence"][0] if role == "evidence" else made["credentialSubject"]["source"])[name] = thing.pop(name)

    found = guild.examine(made)
    assert (found.state, found.check("intact").outcome) == ("unknown", "passed")
    assert found.check("conforms").reason == "one-address-for-two"


def test_of_two_achievements_nobody_puts_one_where_it_is_not_read() -> None:
    """A badge of two is none by the standard; by evidence of the id of its subject it was only unknown."""
    subject = guild.badge()["credentialSubject"] | {"id": "urn:maria"}
    other = deepcopy(subject["achievement"]) | {"id": "urn:uuid:a2", "name": "Diriger"}
    subject["achievement"] = [subject["achievement"], other]
    evidence = {"id": "urn:maria", "type": ["Evidence", "AchievementSubject"]}
    made = maria(credentialSubject=subject, evidence=[evidence])
    assert guild.examine(made).state == "invalid"

    made["evidence"][0]["achievement"] = made["credentialSubject"]["achievement"].pop()

    assert (guild.examine(made).state, guild.examine(made).check("intact").outcome) == ("invalid", "passed")
