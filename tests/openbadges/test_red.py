"""What a forger attempts, each tried once with success against this engine: none may succeed again.

The holder of a genuine badge may write it anew as long as its signature holds; the issuer of a bad one may write
what he likes; neither may be shown as what he is not.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school
from tests.openbadges.test_bundles import CLR, record
from wallet import openbadges
from wallet.openbadges import Fetched
from wallet.openbadges.proofs.nquads import RELATIVE

ENDED = {"validFrom": "2019-01-01T00:00:00Z", "validUntil": "2020-01-01T00:00:00Z"}
VALID_UNTIL = "https://www.w3.org/2018/credentials#validUntil"
DATE = "http://www.w3.org/2001/XMLSchema#dateTime"
DIPLOMA = {"type": ["Evidence"], "name": "Diplôme de chirurgien"}
EVE = {"type": "IdentityObject", "hashed": False, "identityType": "emailAddress", "identityHash": "eve@evil.example"}


def genuine(**members: Any) -> dict[str, Any]:
    """Maria's badge, well signed, for the forger to write anew."""
    return deepcopy(guild.signed(guild.badge(**members)))


def examine_through(redirects: Mapping[str, tuple[str, Any]], document: Any) -> openbadges.Examination:
    """Examine *document* in a web where each address leads to another one, with what stands there."""

    def fetch(address: str) -> Fetched:
        elsewhere, found = redirects.get(address, (address, None))
        return Fetched(
            address=elsewhere, status=404 if found is None else 200, media_type="", body=json.dumps(found).encode()
        )

    return openbadges.examine(json.dumps(document).encode(), fetch, guild.NOW)


# To add what the issuer never signed.


@pytest.mark.parametrize("place", ["evidence", "identifier"])
def test_adds_a_node_under_the_address_that_stands_for_relative_ones(place: str) -> None:
    forged, id_ = genuine(), {"id": f"{RELATIVE}/x"}
    if place == "evidence":
        forged["evidence"].append(id_ | DIPLOMA)
    else:
        forged["credentialSubject"]["identifier"].append(id_ | EVE)

    assert guild.examine(forged).state == "unknown"


def test_buries_a_forged_member_under_two_hundred_that_nobody_signed() -> None:
    signed = genuine()
    junk = {f"x{number}": 1 for number in range(250)}
    forged = {"@context": signed.pop("@context"), **junk, **signed}
    forged["evidence"].append({"id": "relative"} | DIPLOMA)

    examination = guild.examine(forged)

    assert [one.name for one in examination.badge.evidence] == ["La photo"]
    assert len(examination.unsigned) == 200


def test_covers_his_additions_with_a_proof_of_his_own_beside_the_issuers() -> None:
    forged = genuine()
    forged["evidence"].append({"id": "relative"} | DIPLOMA)
    his = guild.signed_in("eddsa-jcs-2022", forged, guild.OTHER_KEY)["proof"]

    examination = guild.examine(forged | {"proof": [forged["proof"], his]})

    assert [one.name for one in examination.badge.evidence] == ["La photo"]
    assert examination.unsigned == ("/evidence/1",)


def test_wraps_a_genuine_badge_in_one_of_his_own_that_says_nothing() -> None:
    inner = genuine()
    context, proof = inner.pop("@context"), inner.pop("proof")
    forged = {"@context": context, "id": "relative", "type": inner["type"], "name": "Docteur", "evidence": [inner]}
    forged["issuer"] = inner["issuer"]["id"]

    assert guild.examine(forged | {"proof": proof}).state == "invalid"


# To hide what the issuer signed.


def test_hides_the_end_under_its_whole_address_and_signs_beside_it() -> None:
    forged = genuine(**ENDED)
    forged[VALID_UNTIL] = {"@value": forged.pop("validUntil"), "@type": DATE}
    his = guild.signed_in("eddsa-jcs-2022", forged, guild.OTHER_KEY)["proof"]

    assert guild.examine(forged | {"proof": [forged["proof"], his]}).check("conforms").reason == "hidden-statement"


def test_hides_the_end_behind_a_word_of_his_own_in_an_endorsement() -> None:
    forged = genuine(**ENDED)
    his_words = {"x": {"@id": VALID_UNTIL, "@type": DATE}, "y": "urn:y"}
    hidden = {"id": forged["id"], "x": forged.pop("validUntil")}
    forged["endorsement"] = [{"@context": his_words, "id": "relative", "y": hidden}]

    assert guild.examine(forged).state == "invalid"


def test_gives_an_endorsement_words_of_its_own() -> None:
    own = {"@context": {"x": "urn:x"}, "id": "urn:e", "type": ["VerifiableCredential", "EndorsementCredential"]}

    examination = guild.examine(genuine(endorsement=[own | {"x": "?"}]))

    assert examination.check("conforms").reason == "inline-context"


def test_moves_a_statement_into_a_node_that_nobody_leads_to() -> None:
    forged = genuine()
    moved = {"id": "urn:uuid:a1", "description": forged["credentialSubject"]["achievement"].pop("description")}
    profile = {"id": "relative", "type": "Profile", "endorsement": moved}
    forged["endorsement"] = [{"id": "relative", "type": ["VerifiableCredential", "EndorsementCredential"]}]
    forged["endorsement"][0]["issuer"] = profile

    assert guild.examine(forged).state == "invalid"


def test_moves_the_day_of_award_into_what_an_endorsement_says_of_the_badge() -> None:
    endorsed = {"id": "urn:uuid:b1", "type": ["EndorsementSubject"], "endorsementComment": "Bien."}
    endorsement = {"id": "urn:e", "type": ["VerifiableCredential", "EndorsementCredential"]}
    forged = genuine(endorsement=[endorsement | {"credentialSubject": endorsed}])
    assert guild.examine(forged).state == "valid"

    forged["endorsement"][0]["credentialSubject"]["awardedDate"] = forged.pop("awardedDate")

    assert guild.examine(forged).check("conforms").reason == "hidden-statement"


@pytest.mark.parametrize("contexts", [{}, {"@context": [guild.VC2, CLR]}])
def test_moves_whom_a_record_names_into_a_badge_that_it_carries(contexts: dict[str, Any]) -> None:
    """A record and its badges are of one person, so that what is said of her could be said in any of them."""
    maria = {"id": "urn:uuid:maria"}
    inner = guild.badge()
    named = inner["credentialSubject"]["identifier"]
    inner["credentialSubject"] |= maria
    made = record(guild.signed(inner))
    made["credentialSubject"] |= maria | {"identifier": named}
    forged = deepcopy(guild.signed(made))
    assert [one.type for one in guild.examine(forged).badge.recipients] == ["id", "email"]

    subject = forged["credentialSubject"]
    carried = subject["verifiableCredential"][0]
    moved = {"type": ["ClrSubject"], "identifier": subject.pop("identifier")} | maria
    carried |= contexts | {"credentialSubject": [carried["credentialSubject"], moved]}

    assert guild.examine(forged).check("intact").outcome == "passed"
    assert guild.examine(forged).check("conforms").reason == "hidden-statement"


def test_a_record_may_carry_another_one_of_the_same_person() -> None:
    named = guild.badge()["credentialSubject"]["identifier"]
    inner = record(id="urn:uuid:inner")
    inner["credentialSubject"]["identifier"] = named
    made = record(guild.signed(inner))
    assert guild.examine(guild.signed(made)).state == "invalid"

    made["credentialSubject"]["identifier"] = named

    assert guild.examine(guild.signed(made)).state == "valid"

    inner["credentialSubject"] |= {"id": "did:example:zoe", "identifier": [*named, EVE]}

    assert guild.examine(guild.signed(record(guild.signed(inner)))).state == "valid"


@pytest.mark.parametrize(
    "write", [lambda it: [it], lambda it: [it, it], lambda it: {"@value": it}], ids=["list", "twice", "value"]
)
def test_writes_the_recipient_so_that_nobody_sees_whom_it_names(write: Any) -> None:
    forged = genuine()
    hash_ = forged["credentialSubject"]["identifier"][0]
    hash_["identityHash"], hash_["salt"] = write(hash_["identityHash"]), write(hash_["salt"])

    assert guild.examine(forged, addresses=["maria@example.org"]).check("named_to_me").outcome == "passed"
    assert guild.examine(forged, addresses=["eve@evil.example"]).check("named_to_me").outcome == "failed"


def test_puts_two_badges_into_one_token() -> None:
    token = guild.token({"vc": guild.badge(), **guild.badge(**ENDED)})

    assert guild.examine(token).check("conforms").reason == "two-badges"


# To sign in the name of another.


@pytest.mark.parametrize(
    ("issuer", "address"),
    [
        ("https://harvard.example/login?next=evil", "https://harvard.example/login?next=evil"),
        ("did:web:harvard.example:login", "https://harvard.example/login/did.json"),
    ],
)
def test_speaks_through_an_open_redirect(issuer: str, address: str) -> None:
    his = guild.did_document(guild.OTHER_KEY, issuer)
    forged = guild.signed(guild.badge(issuer), guild.OTHER_KEY, f"{issuer}#key-1")

    assert examine_through({address: (address, his)}, forged).binding == "proven"
    examination = examine_through({address: ("https://evil.example/did.json", his)}, forged)
    assert (examination.state, examination.check("intact").reason) == ("unknown", "redirected-elsewhere")


def test_leaves_a_key_on_the_host_of_an_issuer_who_lists_his_own() -> None:
    his = f"https://{guild.HOST}/uploads/key"
    key = {"id": his, "controller": guild.PROFILE, "publicKeyMultibase": guild.multikey(guild.OTHER_KEY)}
    own = {"id": "#1", "publicKeyMultibase": guild.multikey(guild.KEY)}
    forged = guild.signed(guild.badge(guild.PROFILE), guild.OTHER_KEY, his)

    examination = guild.examine(forged, {his: key, guild.PROFILE: {"id": guild.PROFILE, "publicKey": [own]}})

    assert (examination.state, examination.binding) == ("invalid", "mismatch")


def old_badge(key: str) -> str:
    """A badge in the form of 1.0, signed with a stranger's key at the address *key*."""
    claims = {"uid": "1", "recipient": {"type": "email", "hashed": False, "identity": "maria@example.org"}}
    claims |= {"badge": school.CLASS, "issuedOn": 1_700_000_000, "verify": {"type": "signed", "url": key}}
    return school.signed(claims, 1)


def test_writes_in_an_old_form_that_asked_for_no_list_of_keys() -> None:
    web = school.School()
    web.answers[f"{school.HOME}/uploads/key.pem"] = school.pem(1).encode()

    assert web.examine(old_badge(f"{school.HOME}/uploads/key.pem")).binding == "mismatch"


@pytest.mark.parametrize("answer", [{"publicKeyPem": "?"}, {}])
def test_brings_an_old_key_through_an_open_redirect(answer: dict[str, Any]) -> None:
    web = school.School()
    address = f"{school.HOME}/login?next=evil"
    web.answers[address] = ("https://evil.example/key", answer)

    assert dict_of(web.examine(old_badge(address)))["intact"] == ("unknown", "redirected-elsewhere")


def test_brings_a_key_through_an_open_redirect() -> None:
    web = school.School()
    web.answers[school.KEY] = ("https://evil.example/key", school.key())

    examination = web.examine(school.signed(school.signed_assertion()))

    assert dict_of(examination)["intact"] == ("unknown", "redirected-elsewhere")


def dict_of(examination: openbadges.Examination) -> dict[str, tuple[str, str]]:
    """What was found, by the name of the check."""
    return {check.name: (check.outcome, check.reason) for check in examination.checks}


# To have a withdrawn badge taken for a good one, through what an issuer wrote carelessly.


@pytest.mark.parametrize(("written", "state"), [("true", "revoked"), (1, "revoked"), ("false", "valid"), (0, "valid")])
def test_was_withdrawn_by_another_word_than_true(written: Any, state: str) -> None:
    web = school.School()
    web.answers[school.BADGE] = school.assertion(revoked=written)

    assert web.examine(school.assertion()).state == state


@rows(
    ("entry", "state"),
    [
        ({"@id": "urn:uuid:1234"}, "revoked"),
        ("URN:UUID:1234", "revoked"),
        ({"id": ["urn:uuid:1234"]}, "unknown"),
        (["urn:uuid:1234"], "unknown"),
        ({"assertion": "urn:uuid:1234"}, "unknown"),
        ({"id": ["urn:uuid:1234"], "revoked": False}, "valid"),
    ],
)
def test_stands_in_a_list_in_another_spelling(entry: Any, state: str) -> None:
    web = school.School()
    web.answers[school.ISSUER] = school.profile(publicKey=school.KEY, revocationList=school.LIST)
    web.answers[school.LIST] = {"id": school.LIST, "issuer": school.ISSUER, "revokedAssertions": [entry]}

    assert web.examine(school.signed(school.signed_assertion())).state == state


def test_has_no_name_that_could_stand_in_a_list() -> None:
    web = school.School()
    web.answers[school.ISSUER] = school.profile(publicKey=school.KEY, revocationList=school.LIST)
    web.answers[school.LIST] = {"revokedAssertions": []}

    examination = web.examine(school.signed(school.signed_assertion(id=None)))

    assert dict_of(examination)["not_withdrawn"] == ("unknown", "no-name-to-look-for")


@pytest.mark.parametrize(("name", "state"), [("URN:uuid:B1", "revoked"), (["urn:uuid:b1"], "unknown")])
def test_stands_in_a_list_of_today_in_another_spelling(name: Any, state: str) -> None:
    listed = guild.token(guild.badge(credentialStatus={"id": guild.LIST, "type": "1EdTechRevocationList"}))

    assert guild.examine(listed, {guild.LIST: {"revokedCredential": [{"id": name}]}}).state == state


HIS_LIST = guild.signed(guild.status_list(issuer=guild.did(guild.OTHER_KEY)), guild.OTHER_KEY)


@pytest.mark.parametrize(
    ("entry", "his"),
    [
        (guild.status(), HIS_LIST),
        ({"id": guild.LIST, "type": "1EdTechRevocationList"}, {"revokedCredential": []}),
    ],
    ids=["bits", "names"],
)
def test_answers_from_his_own_host_for_the_list_of_the_issuer(entry: dict[str, Any], his: dict[str, Any]) -> None:
    made = guild.token(guild.badge(guild.WEB_DID, credentialStatus=entry), kid=f"{guild.WEB_DID}#key-1")
    own = {guild.DID_DOCUMENT: (guild.DID_DOCUMENT, guild.did_document())}

    at_home = examine_through({**own, guild.LIST: (guild.LIST, his)}, made)
    elsewhere = examine_through({**own, guild.LIST: ("https://evil.example/list", his)}, made)

    assert (at_home.state, elsewhere.state) == ("valid", "unknown")


def test_answers_from_his_own_host_for_the_list_of_a_school() -> None:
    web = school.School()
    web.answers[school.ISSUER] = school.profile(publicKey=school.KEY, revocationList=school.LIST)
    web.answers[school.LIST] = ("https://evil.example/list", {"revokedAssertions": []})

    examination = web.examine(school.signed(school.signed_assertion()))

    assert dict_of(examination)["not_withdrawn"] == ("unknown", "list-not-available")
