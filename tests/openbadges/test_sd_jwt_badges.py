"""A badge as SD-JWT is read as any badge is: what is shown of it was signed, and what is not shown is neither there nor missing."""

import json
import zlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, sd_jwts
from tests.openbadges.support.guild import HOST, KEY, NOW, OTHER_KEY, P256_KEY
from tests.openbadges.support.others import in_png, in_svg
from tests.openbadges.support.sd_jwts import HOLDER, LIST, bound, issued, plain, shown, status, status_list
from wallet import openbadges
from wallet.openbadges import DamagedFile, Examination, Fetched, NotABadge, TooHeavy, UnreadableBadge
from wallet.openbadges.proofs.multibase import from_base64url, to_base64url

MODEL = {"the data model's": guild.badge(), "plain claims": plain()}
PLACES = ["credentialSubject.achievement.name", "credentialSubject.identifier.0", "name"]
SITE = f"https://{HOST}"
METADATA = f"{SITE}/.well-known/jwt-vc-issuer"
ENDED = "2026-02-01T00:00:00Z"


def told(found: Examination, name: str) -> tuple[str, str]:
    check = found.check(name)
    return check.outcome, check.reason


def refusal(document: str | bytes) -> str:
    with pytest.raises(NotABadge) as problem:
        guild.examine(document)
    return problem.value.reason


# --- what is read -----------------------------------------------------------------------------------------------------


@rows("claims", MODEL.values(), ids=MODEL)
@rows("apart", [[], ["name"], ["name", "validUntil"], ["credentialSubject"]])
def test_all_of_it_shown_is_the_badge_that_was_signed(claims: dict[str, Any], apart: list[str]) -> None:
    found = guild.examine(issued(claims, apart), addresses=["maria@example.org"])

    assert found.state == "valid"
    assert found.badge.title == "Souder – je maîtrise"
    assert found.badge.achievement.name == "Souder"
    assert found.badge.achievement.criteria.narrative == "Souder **seule**."
    assert found.badge.version == "3.0"
    assert found.badge.narrative == "Trois soudures, seule."
    assert found.badge.valid_until is not None
    assert told(found, "named_to_me") == ("passed", "")
    assert found.origins["achievement"] == "signed"
    assert found.container == "sd-jwt"
    assert (found.not_shared, found.key_binding) == ((), "")


@pytest.mark.parametrize("form", [issued, guild.token], ids=["SD-JWT", "token"])
def test_whoever_has_the_key_that_it_is_bound_to_is_whom_it_names(form: Any) -> None:
    """RFC 7800, 3; of a badge that names nobody else."""
    subject = {name: told for name, told in guild.badge()["credentialSubject"].items() if name != "identifier"}
    jwk = json.loads(from_base64url(guild.did_jwk(HOLDER).removeprefix("did:jwk:")))
    badge = form(guild.badge(credentialSubject=subject) | {"cnf": {"jwk": jwk}})

    for key, outcome in ((HOLDER, "passed"), (P256_KEY, "unknown")):
        found = guild.examine(badge, addresses=["youssef@example.org", guild.did(key)])
        assert found.state == "valid"
        assert found.check("named_to_me").outcome == outcome


def test_the_format_says_which_of_the_two_it_is() -> None:
    assert guild.examine(issued(guild.badge())).format == "Open Badges 3.0, SD-JWT, EdDSA"
    assert guild.examine(issued(plain())).format == "Open Badges 3.0, SD-JWT VC, EdDSA"


def without_tilde(text: str) -> str:
    return text.removesuffix("~")


def in_json(text: str) -> str:
    protected, payload, signature = text.partition("~")[0].split(".")
    disclosures = text.split("~")[1:-1]
    whole = {"payload": payload, "protected": protected, "signature": signature, "header": {"disclosures": disclosures}}
    return json.dumps(whole)


def in_an_envelope(text: str, media_type: str = "application/vc+sd-jwt") -> str:
    whole = {"@context": guild.VC2, "id": f"data:{media_type},{text}", "type": "EnvelopedVerifiableCredential"}
    return json.dumps(whole)


FORMS = {
    "as it is": str.encode,
    "with spaces around": lambda text: f"\ufeff\n {text}\n",
    "as a JSON string": json.dumps,
    "{credential}": lambda text: json.dumps({"credential": text}),
    "an answer of OpenID4VCI, as drafts had it": lambda text: json.dumps({"format": "vc+sd-jwt", "credential": text, "c_nonce": "x"}),
    "an answer of OpenID4VCI": lambda text: json.dumps({"credentials": [{"credential": text}]}),
    "{jwt}": lambda text: json.dumps({"jwt": text}),
    "the JSON serialization": in_json,
    "an envelope": in_an_envelope,
    "an envelope of dc+sd-jwt": lambda text: in_an_envelope(text.replace("~", "%7E"), "application/dc+sd-jwt"),
    "a data: address": lambda text: f"data:application/vc+sd-jwt,{text}",
    "a PNG": in_png,
    "an SVG": in_svg,
    "a presentation": lambda text: json.dumps({"type": "VerifiablePresentation", "verifiableCredential": [text]}),
    "a presentation with an envelope": lambda text: json.dumps(
        {"type": "VerifiablePresentation", "verifiableCredential": [json.loads(in_an_envelope(text))]}
    ),
}  # fmt: skip


@rows("form", FORMS.values(), ids=FORMS)
@rows("claims", MODEL.values(), ids=MODEL)
@pytest.mark.breadth
def test_it_comes_in_by_every_door(form: Any, claims: dict[str, Any]) -> None:
    document = form(issued(claims, ["name"]))
    content = document if isinstance(document, bytes) else document.encode()

    [alone] = openbadges.unpack(content, guild.web().fetch, NOW)
    found = guild.examine(alone)

    assert (found.state, found.badge.name) == ("valid", "Souder – je maîtrise")


def test_one_without_any_disclosure_needs_no_tilde() -> None:
    assert guild.examine(without_tilde(issued(guild.badge()))).state == "valid"


@pytest.mark.parametrize("media_type", ["application/vc+sd-jwt", "application/dc+sd-jwt", "text/plain"])
def test_it_stands_behind_a_link(media_type: str) -> None:
    answer = {f"{SITE}/badge": issued(guild.badge(), ["name"]).encode()}
    assert openbadges.locate(f"{SITE}/badge", guild.web(answer).fetch, NOW).body == answer[f"{SITE}/badge"]
    assert guild.examine(f"{SITE}/badge", answer).state == "valid"


def test_a_credential_in_vc_is_read_as_that_of_a_token_is() -> None:
    inside = guild.badge(
        **{"@context": [guild.VC1, guild.OB3], "issuanceDate": "2026-01-02T03:04:05Z", "validFrom": None}
    )
    found = guild.examine(issued({"iss": guild.did(), "vc": inside}, ["vc.name"], typ="JWT"))
    assert (found.state, found.format) == ("valid", "Open Badges 3.0, SD-JWT, EdDSA")


def test_the_claims_of_jwt_say_what_members_say() -> None:
    claims = plain(
        sub="mailto:maria@example.org", credentialSubject=None, validFrom=None, validUntil=None, nbf=1_767_323_045
    )
    found = guild.examine(
        issued(claims | {"jti": "urn:x:1", "issuer": {"name": "La guilde"}}), addresses=["maria@example.org"]
    )

    assert found.state == "valid"
    assert told(found, "named_to_me") == ("passed", "")
    assert (found.badge.id, found.badge.issuer.name, found.badge.issuer.id) == ("urn:x:1", "La guilde", guild.did())
    assert found.badge.valid_from is not None
    assert found.badge.valid_until is not None


def test_two_achievements_are_two_badges() -> None:
    """One reader would take the one, another the other."""
    subject = plain()["credentialSubject"]
    achievement = plain()["achievement"]
    twice = guild.examine(issued(plain(credentialSubject=subject | {"achievement": achievement})))
    other = guild.examine(issued(plain(credentialSubject=subject | {"achievement": achievement | {"name": "Piloter"}})))

    assert twice.state == "valid"
    assert (told(other, "conforms"), other.state) == (("failed", "two-badges"), "invalid")


def test_the_day_of_issue_is_a_beginning_where_no_other_is_said() -> None:
    found = guild.examine(issued(plain(validFrom=None), ["name"]))
    assert found.state == "valid"
    assert found.badge.issued_on == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@rows(
    ("change", "state"),
    [
        ({"exp": 1_700_000_000}, "expired"),
        ({"validUntil": "2026-02-01T00:00:00Z"}, "expired"),
        ({"nbf": 1_890_000_000}, "not-yet-valid"),
        ({"iss": "did:example:another"}, "invalid"),
        ({"jti": "urn:x:1", "id": "urn:x:2"}, "invalid"),
        ({"sub": "did:example:a", "credentialSubject": {"id": "did:example:b"}}, "invalid"),
    ],
)
def test_what_claims_say_counts(change: dict[str, Any], state: str) -> None:
    assert guild.examine(issued(plain(issuer={"id": guild.did()}) | change)).state == state


# --- what is not shared -----------------------------------------------------------------------------------------------


def test_what_is_not_shared_is_not_missing() -> None:
    """An achievement has a name: here it stands behind a digest, and nobody may say that the file lacks it."""
    found = guild.examine(issued(guild.badge(), PLACES, ["name"]))

    assert told(found, "conforms") == ("unknown", "member-not-shared")
    assert found.check("conforms").detail == "credentialSubject.achievement.name"
    assert found.state == "unknown"
    assert set(found.not_shared) == {"/credentialSubject/achievement", "/credentialSubject/identifier"}


@rows(
    ("apart", "claims"),
    [
        (["issuer"], guild.badge()),
        (["credentialSubject"], guild.badge()),
        (["validFrom"], guild.badge()),
        (["type.1"], guild.badge()),
        (["type"], guild.badge()),
        (["@context.1"], guild.badge()),
        (["credentialSubject.type"], guild.badge()),
        (["credentialSubject.achievement"], guild.badge()),
        (["credentialSubject.achievement.type"], guild.badge()),
        (["credentialSubject.achievement.criteria"], guild.badge()),
        (["credentialSubject.0"], guild.badge(credentialSubject=[guild.badge()["credentialSubject"]])),
        (["credentialSubject.0.achievement"], guild.badge(credentialSubject=[guild.badge()["credentialSubject"]])),
        (["achievement"], plain()),
        (["achievement.criteria"], plain()),
    ],
)
def test_a_badge_without_what_its_standard_asks_for_is_never_told_incomplete(
    apart: list[str], claims: dict[str, Any]
) -> None:
    found = guild.examine(issued(claims, apart, []), {guild.DID_DOCUMENT: guild.did_document()})

    assert told(found, "conforms") == ("unknown", "member-not-shared")
    assert found.state == "unknown"


@pytest.mark.parametrize(
    ("members", "apart"),
    [
        ({"validFrom": None}, ["credentialSubject.identifier"]),
        ({"credentialSubject": {"type": "AchievementSubject"}}, ["name"]),
        ({"validFrom": "soon"}, ["name"]),
        (
            {"type": ["VerifiableCredential", "OpenBadgeCredential"], "@context": [guild.VC2]},
            ["credentialSubject.narrative"],
        ),
    ],
)
def test_what_is_missing_is_missing_whatever_else_is_not_shared(members: dict[str, Any], apart: list[str]) -> None:
    """Else one withheld word anywhere would hide every fault."""
    whole = guild.badge(**members)
    if "identifier" in apart[0]:
        whole["credentialSubject"].setdefault("identifier", [])
    assert told(guild.examine(issued(whole, apart, [])), "conforms")[0] == "failed"


def test_a_subject_that_is_none_is_told() -> None:
    assert told(guild.examine(issued(plain(credentialSubject="x"))), "conforms") == ("failed", "member-missing")


def test_a_person_who_is_not_shared_takes_nothing_from_the_badge() -> None:
    """As openbadgeslib issues it: the achievement is open, and whose it is can be kept back. The list is shown: without it
    nobody could tell a person that is kept back from a withdrawal."""
    web = {LIST: status_list()}
    found = guild.examine(
        issued(plain(status=status()), ["credentialSubject"], []), web, addresses=["maria@example.org"]
    )

    assert found.state == "valid"
    assert found.not_shared == ("",)
    assert told(found, "named_to_me")[0] == "unknown"
    assert found.badge.recipients == ()


ENDS: dict[str, Any] = {"validUntil": "2026-02-01T00:00:00Z", "exp": None}


@rows("claims", [guild.badge(**ENDS), plain(**ENDS)])
@rows("apart", [["validUntil"], ["validUntil", "credentialSubject"], ["validUntil", "name"]])
def test_an_end_that_is_kept_back_is_never_no_end(claims: dict[str, Any], apart: list[str]) -> None:
    """RFC 9901, 9.7: whoever holds an ended badge would show it without its end."""
    for show in ([], apart[1:]):
        found = guild.examine(issued(claims, apart, show))
        assert told(found, "not_ended") == ("unknown", "date-not-shared")
        assert found.state == "unknown"
    assert guild.examine(issued(claims, apart)).state == "expired"


def test_an_end_that_is_kept_back_in_vc_is_never_no_end() -> None:
    inside = guild.badge(
        **{"@context": [guild.VC1, guild.OB3], "issuanceDate": "2026-01-02T03:04:05Z", "validFrom": None}
    )
    inside |= {"validUntil": None, "expirationDate": "2026-02-01T00:00:00Z"}
    claims = {"iss": guild.did(), "vc": {name: value for name, value in inside.items() if value is not None}}
    found = guild.examine(issued(claims, ["vc.expirationDate"], [], typ="JWT"))
    assert told(found, "not_ended") == ("unknown", "date-not-shared")
    found = guild.examine(issued(claims, ["vc.credentialSubject.achievement.name"], [], typ="JWT"))
    assert told(found, "conforms") == ("unknown", "member-not-shared")


@pytest.mark.parametrize(
    ("kept", "value", "state"),
    [
        ("validUntil", "2026-02-01T00:00:00Z", "expired"),
        ("expirationDate", "2026-02-01T00:00:00Z", "expired"),
        ("exp", 1_769_900_000, "expired"),
        ("credentialStatus", guild.status(), "revoked"),
    ],
)
def test_nobody_takes_what_is_kept_back_for_a_person_whom_the_issuer_never_signed(
    kept: str, value: Any, state: str
) -> None:
    """The achievement at the top is all that its subject has: the one thing that is kept back is an end, or a withdrawal."""
    lists = {guild.LIST: guild.signed(guild.status_list({42}))}
    whole = plain(credentialSubject=None, **{"validUntil": None, "exp": None} | {kept: value})

    assert guild.examine(issued(whole, [kept]), lists).state == state
    found = guild.examine(issued(whole, [kept], []), lists)
    assert (found.state, found.check("intact").outcome) == ("unknown", "passed")


def test_a_withdrawal_that_is_kept_back_is_never_none() -> None:
    whole = guild.badge(credentialStatus=guild.status())
    found = guild.examine(issued(whole, ["credentialStatus"], []), {guild.LIST: guild.signed(guild.status_list({42}))})
    assert told(found, "not_withdrawn") == ("unknown", "status-not-shared")
    shown_too = guild.examine(issued(whole, ["credentialStatus"]), {guild.LIST: guild.signed(guild.status_list({42}))})
    assert shown_too.state == "revoked"


WITHDRAWN = guild.badge(validUntil="2026-02-01T00:00:00Z", credentialStatus=guild.status())


def is_in_doubt(found: Examination) -> bool:
    """Whether neither an end nor a withdrawal can be told."""
    doubts = told(found, "not_ended"), told(found, "not_withdrawn")
    return doubts == (("unknown", "date-not-shared"), ("unknown", "status-not-shared"))


@rows("form", FORMS.values(), ids=FORMS)
def test_what_is_kept_back_is_in_doubt_without_its_tilde_too(form: Any) -> None:
    document = form(without_tilde(issued(WITHDRAWN, ["validUntil", "credentialStatus"], [], typ="vc+jwt")))
    content = document if isinstance(document, bytes) else document.encode()

    [alone] = openbadges.unpack(content, guild.web().fetch, NOW)

    assert is_in_doubt(guild.examine(alone))


@pytest.mark.parametrize("typ", [None, "JWT", "vc+sd-jwt"])
def test_no_type_takes_that_doubt_away(typ: str | None) -> None:
    assert is_in_doubt(guild.examine(without_tilde(issued(WITHDRAWN, ["validUntil", "credentialStatus"], [], typ=typ))))


def test_what_is_kept_back_in_vc_is_in_doubt_without_its_tilde_too() -> None:
    claims = {"iss": guild.did(), "vc": guild.badge(credentialStatus=guild.status())}
    found = guild.examine(without_tilde(issued(claims, ["vc.credentialStatus"], [], typ="JWT")))
    assert told(found, "not_withdrawn") == ("unknown", "status-not-shared")


def test_a_list_that_keeps_something_back_is_unknown() -> None:
    """Its end may be among it."""
    whole = guild.badge(credentialStatus=guild.status())
    kept_back = without_tilde(
        issued(guild.status_list(validUntil="2026-02-01T00:00:00Z"), ["validUntil"], [], typ="JWT")
    )
    found = guild.examine(guild.signed(whole), {guild.LIST: kept_back.encode()})
    assert told(found, "not_withdrawn") == ("unknown", "status-unsupported")


LATE, PAST, FUTURE = 1_893_456_000, "2026-02-01T00:00:00Z", "2030-01-01T00:00:00Z"
IN_VC = {
    "@context": [guild.VC1, guild.OB3],
    "validFrom": None,
    "validUntil": None,
    "issuanceDate": "2026-01-02T03:04:05Z",
}
RECORD = ["VerifiableCredential", "ClrCredential"]
KEPT: dict[str, tuple[dict[str, Any], str, str]] = {
    # By what would be told of it: the claims, and what of them is kept back.
    "a withdrawal in a list": (guild.badge(credentialStatus=[guild.status()]), "credentialStatus.0", "revoked"),
    "one of two": (guild.badge(credentialStatus=[guild.status(), guild.status(index="7")]), "credentialStatus.0", "revoked"),
    "beside another kind of list": (
        guild.badge(credentialStatus=guild.status(), status=status()), "credentialStatus", "revoked",
    ),
    "of plain claims": (plain(sub="did:example:1", credentialStatus=guild.status()), "credentialStatus", "revoked"),
    "an end in a list": (guild.badge(validUntil=[PAST]), "validUntil.0", "expired"),
    "an end beside exp": (guild.badge(validUntil=PAST, exp=LATE), "validUntil", "expired"),
    "an end beside exp and a list": (
        guild.badge(validUntil=PAST, exp=LATE, credentialStatus=guild.status(index="7")), "validUntil", "expired",
    ),
    "an end in vc": (
        {"iss": guild.did(), "exp": LATE, "vc": guild.badge(**IN_VC | {"expirationDate": PAST})}, "vc.expirationDate", "expired",
    ),
    "an end of plain claims": (plain(sub="did:example:1", validUntil=PAST), "validUntil", "expired"),
    # What is awarded stands below the person, so that what is not shared is not that.
    "a withdrawal of plain claims with a subject": (
        plain(achievement=None, credentialSubject=guild.badge()["credentialSubject"], credentialStatus=guild.status()),
        "credentialStatus", "revoked",
    ),
    "an end of plain claims with a subject": (
        plain(achievement=None, credentialSubject=guild.badge()["credentialSubject"], validUntil=PAST, exp=None),
        "validUntil", "expired",
    ),
    # Only a badge is asked for a beginning, so that what another credential does not share need not be that.
    "a withdrawal of a record without a beginning": (
        guild.badge(type=RECORD, validFrom=None, credentialStatus=guild.status()), "credentialStatus", "revoked",
    ),
    "an end of a record without a beginning": (
        guild.badge(type=RECORD, validFrom=None, validUntil=PAST), "validUntil", "expired",
    ),
    # Without its contexts and its types a credential of the data model looks like one of SD-JWT VC.
    "an end beside exp and a list, its model kept back, too": (
        guild.badge(validUntil=PAST, exp=LATE, status=status()), "@context type validUntil", "expired",
    ),
    "a withdrawal beside another kind of list, its model kept back, too": (
        guild.badge(exp=LATE, credentialStatus=guild.status(), status=status()), "@context type credentialStatus", "revoked",
    ),
    "a beginning beside nbf": (guild.badge(validFrom="2029-01-01T00:00:00Z", nbf=1_767_323_045), "validFrom", "not-yet-valid"),
    "a beginning in vc": (
        {"iss": guild.did(), "nbf": 1_767_323_045, "vc": guild.badge(**IN_VC | {"issuanceDate": "2029-01-01T00:00:00Z"})},
        "vc.issuanceDate", "not-yet-valid",
    ),
}  # fmt: skip


@rows("kept", KEPT)
@pytest.mark.breadth
def test_whatever_is_shown_beside_it_what_is_kept_back_is_in_doubt(kept: str) -> None:
    claims, apart, state = KEPT[kept]
    lists = {guild.LIST: guild.signed(guild.status_list({42})), LIST: status_list()}
    typ = {"typ": "JWT"} if "vc" in claims else {}
    assert guild.examine(issued(claims, apart.split(), **typ), lists).state == state
    found = guild.examine(issued(claims, apart.split(), [], **typ), lists)
    assert (found.state, found.why_unknown) == ("unknown", "unchecked")


@pytest.mark.parametrize(
    "claims",
    [
        guild.badge(credentialStatus=guild.status()),
        {
            "iss": guild.did(),
            "vc": guild.badge(**IN_VC | {"expirationDate": FUTURE, "credentialStatus": guild.status()}),
        },
        plain(validUntil=None, sub="did:example:1", status=status()),
    ],
)
def test_where_the_end_and_the_list_are_shown_another_member_may_be_kept_back(claims: dict[str, Any]) -> None:
    lists = {guild.LIST: guild.signed(guild.status_list()), LIST: status_list()}
    name = "vc.name" if "vc" in claims else "name"
    found = guild.examine(issued(claims, [name], [], **({"typ": "JWT"} if "vc" in claims else {})), lists)
    assert (found.state, found.not_shared) == ("valid", ("",))


def test_where_more_is_kept_back_than_can_be_told_everything_is_in_doubt() -> None:
    claims = guild.badge(
        tag=[{"...": f"d{place}"} for place in range(10_001)], credentialStatus=guild.status(index="7")
    )
    found = guild.examine(issued(claims), {guild.LIST: guild.signed(guild.status_list())})
    assert is_in_doubt(found)


def test_a_beginning_that_is_kept_back_is_unknown() -> None:
    found = guild.examine(issued(plain(validFrom="2030-01-01T00:00:00Z", exp=None), ["validFrom", "name"], []))
    assert told(found, "begun") == ("unknown", "date-not-shared")


def test_a_member_further_in_that_is_not_shared_keeps_no_end_back() -> None:
    whole = guild.badge(validUntil=None)
    found = guild.examine(issued(whole, ["credentialSubject.narrative"], []))
    assert (found.state, found.not_shared) == ("valid", ("/credentialSubject",))


# --- what was changed -------------------------------------------------------------------------------------------------

TEXT = issued(plain(), ["name", "credentialSubject"])
TOKEN, FIRST, SECOND, _ = TEXT.split("~")


@rows(
    ("text", "reason"),
    [
        (f"{TOKEN}~{FIRST}~{FIRST}~{SECOND}~", "disclosure-twice"),
        (f"{TOKEN}~{FIRST}~{shown('name', 'Souder')}~", "disclosure-left-over"),
        (f"{TOKEN}~{shown('description', 'Avec mention')}~", "disclosure-left-over"),
        (f"{TOKEN}~{FIRST}A~", "disclosure-malformed"),
        (f"{TOKEN}~~", "disclosure-malformed"),
        (f"{TOKEN}~{FIRST}", "disclosure-malformed"),
    ],
)
def test_what_nobody_signed_is_not_shown(text: str, reason: str) -> None:
    found = guild.examine(text)

    assert told(found, "intact") == ("failed", reason)
    assert found.state == "invalid"
    assert "mention" not in str(found.badge)
    assert found.origins["achievement"] == "file"


def test_more_than_we_read_was_changed_by_nobody() -> None:
    """It is as good as its issuer made it, and we cannot tell; what it shows is not shown, and later brings nothing."""
    many = [shown(f"n{number}", number) for number in range(2_100)]
    deep: Any = "x"
    within = []
    for _ in range(100):
        within.append(shown("a", deep))
        deep = {"_sd": [sd_jwts.digest(within[-1])]}
    for disclosures, added, reason in (
        (many, {"_sd": [sd_jwts.digest(one) for one in many]}, "too-many-disclosures"),
        (within, {"deep": deep}, "disclosures-too-deep"),
    ):
        found = guild.examine(issued(plain(**added)) + "~".join([*disclosures, ""]))
        assert (found.state, told(found, "intact")) == ("unknown", ("unknown", reason))
        assert openbadges.why_unknown((one.name, one.outcome, one.reason) for one in found.checks) == "unchecked"


def test_a_part_that_is_taken_away_leaves_the_rest_sound() -> None:
    """That is what they are for."""
    found = guild.examine(f"{TOKEN}~{SECOND}~")
    assert found.badge.name == ""
    assert found.badge.title == "Souder"
    assert told(found, "intact") == ("passed", "")


def test_a_letter_of_the_token_cannot_be_changed() -> None:
    token = TOKEN.split(".")
    forged = to_base64url(json.dumps(plain(name="Piloter")).encode())
    for text in (f"{token[0]}.{forged}.{token[2]}~", f"{token[0]}.{token[1]}.{token[2][:-2]}AA~"):
        assert guild.examine(text).state == "invalid"


@rows(
    ("header", "expected"),
    [
        ({"alg": "none"}, ("failed", "algorithm-forbidden")),
        ({"alg": "HS256"}, ("failed", "algorithm-forbidden")),
        ({"crit": ["x"]}, ("failed", "critical-header-not-understood")),
        ({"typ": "kb+jwt"}, ("unknown", "token-type-unsupported")),
        ({"typ": "statuslist+jwt"}, ("unknown", "token-type-unsupported")),
        ({"typ": "application/dc+sd-jwt"}, ("passed", "")),
        ({"typ": "example+sd-jwt"}, ("passed", "")),
        ({"typ": None}, ("passed", "")),
        ({"kid": guild.method(OTHER_KEY)}, ("failed", "signature-does-not-match")),
    ],
)
def test_the_header_is_judged_as_that_of_a_token(header: dict[str, Any], expected: tuple[str, str]) -> None:
    assert told(guild.examine(issued(plain(), ["name"], **header)), "intact") == expected


def test_a_key_of_another_speaks_for_nobody() -> None:
    found = guild.examine(issued(plain(), ["name"], key=OTHER_KEY, kid=guild.method(OTHER_KEY)))
    assert (found.state, found.binding) == ("invalid", "mismatch")


def test_another_hash_is_unknown_and_nothing_of_what_it_covers_is_shown() -> None:
    text = issued(plain(name=None) | {"_sd_alg": "sha3-256", "_sd": [sd_jwts.digest(FIRST)]})
    found = guild.examine(text + FIRST + "~")
    assert told(found, "intact") == ("unknown", "hash-unsupported")
    assert found.badge.name == ""


@pytest.mark.parametrize(
    ("claims", "apart"), [(plain(), "achievement"), (guild.badge(), "credentialSubject.achievement.criteria")]
)
def test_what_cannot_be_read_is_not_missing(claims: dict[str, Any], apart: str) -> None:
    """« Il manque quelque chose » was said of a file whose issuer took a hash that we do not know."""
    found = guild.examine(issued({**claims, "_sd_alg": "sha3-256"}, [apart]))

    assert (found.state, found.why_unknown) == ("unknown", "unchecked")
    assert told(found, "conforms") == ("unknown", "not-intact")
    undated = guild.examine(issued({**claims, "_sd_alg": "sha3-256", "validFrom": "hier"}, [apart]))
    assert told(undated, "conforms") == ("failed", "date-unreadable")


@pytest.mark.parametrize(
    ("text", "kind"),
    [(f"eyJ.{to_base64url(b'{}')}.x~", DamagedFile), (f"{TOKEN.split('.')[0]}.{to_base64url(b'[')}.x~", DamagedFile),
     (f"{TOKEN.split('.')[0]}.{to_base64url(b'[]')}.xxxx~", NotABadge), (f"{TOKEN}~<script>~", NotABadge)],
)  # fmt: skip
def test_a_broken_one_is_told(text: str, kind: type[UnreadableBadge]) -> None:
    with pytest.raises(kind):
        guild.examine(text)


def test_a_broken_one_in_a_wrapping_is_told() -> None:
    with pytest.raises(DamagedFile):
        guild.examine({"jwt": "eyJ.e30.x~"})


def test_what_takes_long_to_read_is_left_to_a_child() -> None:
    text = issued(guild.badge(description="x" * 400_000))
    with pytest.raises(TooHeavy):
        openbadges.examine(text.encode(), guild.web().fetch, NOW, allowance=1_500)


# --- whose key --------------------------------------------------------------------------------------------------------


def of_site(path: str = "", **header: Any) -> str:
    return issued(plain(f"{SITE}{path}"), ["name"], key=P256_KEY, **({"kid": None} | header))


def metadata(path: str = "", **members: Any) -> dict[str, Any]:
    return {"issuer": f"{SITE}{path}", "jwks": {"keys": [guild.jwk(P256_KEY, kid="k")]}} | members


@rows("path", ["", "/", "/school", "/school/"])
@rows("kid", [None, "k", "unknown", f"{SITE}#k"])
def test_a_site_lists_its_keys_beside_its_path(path: str, kid: str | None) -> None:
    """SD-JWT VC, 4: JWT VC Issuer Metadata."""
    address = f"{METADATA}{path.rstrip('/')}"
    found = guild.examine(of_site(path, kid=kid), {address: metadata(path)})
    assert (found.state, found.binding) == ("valid", "proven")


@rows(
    ("members", "reason"),
    [({"revoked": False}, ""), ({"revoked": ENDED}, "key-revoked"), ({"expires": ENDED}, "key-expired")],
)
@rows("kid", [None, "k", "unknown"])
def test_a_key_that_a_site_ended_proves_nothing(members: dict[str, Any], reason: str, kid: str | None) -> None:
    web = {METADATA: metadata(jwks={"keys": [guild.jwk(P256_KEY, kid="k", **members)]})}

    found = guild.examine(of_site(kid=kid), web)

    assert (found.binding, told(found, "bound")[1]) == ("claimed" if reason else "proven", reason)


def test_a_key_that_a_site_revoked_in_its_profile_is_not_proven_by_its_metadata() -> None:
    revoked = {"id": SITE, "keys": [guild.jwk(P256_KEY, kid="k", revoked=ENDED)]}

    for kid in (None, "k"):
        found = guild.examine(of_site(kid=kid), {METADATA: metadata(), SITE: revoked})
        assert (found.state, told(found, "bound")) == ("unknown", ("unknown", "key-revoked"))


@rows("kid", ["k", f"{SITE}#k", "#k", "unknown", f"{SITE}#unknown"])
@rows("is_in_metadata", [True, False])
def test_a_key_that_a_site_revoked_is_so_under_whatever_name_its_token_gives_it(kid: str, is_in_metadata: bool) -> None:
    """Whoever has the key chooses the `kid`: the list in which it is revoked was asked for that name alone."""
    good = {"keys": [guild.jwk(P256_KEY, kid="k"), guild.jwk(KEY, kid="other")]}
    bad = {"keys": [guild.jwk(P256_KEY, kid="old", revoked=ENDED), guild.jwk(KEY, kid="k")]}
    listed, profile = (bad, good) if is_in_metadata else (good, bad)

    found = guild.examine(of_site(kid=kid), {METADATA: metadata(jwks=listed), SITE: {"id": SITE, **profile}})

    assert (found.state, found.binding) == ("unknown", "claimed")


def test_the_keys_may_stand_in_a_document_of_their_own() -> None:
    web: dict[str, guild.Answer] = {
        METADATA: metadata(jwks=None, jwks_uri=f"{SITE}/keys"),
        f"{SITE}/keys": {"keys": [{"kty": "oct", "kid": "k"}, guild.jwk(P256_KEY)]},
    }
    assert guild.examine(of_site(), web).state == "valid"


@rows("kid", [guild.did(P256_KEY), guild.method(P256_KEY), f"{guild.did_jwk(P256_KEY)}#0", "did:web:guild.example#k"])
@rows("profile", [404, {"id": SITE, "keys": [guild.jwk(KEY)]}])
def test_a_key_that_the_metadata_list_is_the_sites_though_the_token_names_it_by_a_did(
    kid: str, profile: guild.Answer
) -> None:
    """It was none of the site's keys as soon as its profile had another."""
    web: dict[str, guild.Answer] = {METADATA: metadata(), SITE: profile}
    assert (guild.examine(of_site(kid=kid), web).state, guild.examine(of_site(kid=kid), web).binding) == (
        "valid",
        "proven",
    )

    others = metadata(jwks={"keys": [guild.jwk(guild.P384_KEY)]})
    for answer, is_doubted in ((others, False), ("timeout", True)):
        state = guild.examine(of_site(kid=kid), {METADATA: answer, SITE: {"id": SITE, "keys": [guild.jwk(KEY)]}}).state
        assert state == ("unknown" if is_doubted or kid.startswith("did:web:") else "invalid")


@pytest.mark.parametrize(("answer", "why"), [("never-asked", "unchecked"), ("timeout", "later")])
def test_a_document_of_keys_that_is_asked_on_no_day_is_not_said_to_give_no_answer(answer: str, why: str) -> None:
    place = "http://keys.example/keys"
    web: dict[str, guild.Answer] = {
        METADATA: metadata(jwks=None, jwks_uri=place),
        SITE: {"id": SITE, "keys": [guild.jwk(KEY)]},
        place: answer,
    }

    assert guild.examine(of_site(jwk=guild.jwk(P256_KEY)), web).why_unknown == why


def test_keys_that_only_the_profile_lists_count_too() -> None:
    web: dict[str, guild.Answer] = {
        METADATA: metadata(jwks={"keys": [guild.jwk(KEY)]}),
        f"{SITE}/.well-known/jwks.json": {"keys": [guild.jwk(P256_KEY)]},
    }
    assert guild.examine(of_site(), web).state == "valid"


@rows(
    "answer",
    [
        404,
        "timeout",
        b"<html>",
        metadata(issuer="https://evil.example"),
        metadata(jwks={"keys": []}),
        metadata(jwks={"keys": [guild.jwk(P256_KEY) | {"x": "AA"}]}),
        metadata(jwks=5),
        metadata(jwks=None, jwks_uri="x"),
    ],
)
def test_a_site_that_lists_no_key_is_unknown(answer: guild.Answer) -> None:
    found = guild.examine(of_site(), {METADATA: answer})
    assert (told(found, "intact")[0], found.state, found.why_unknown) == ("unknown", "unknown", "later")


ED448 = {"kty": "OKP", "crv": "Ed448", "x": "AAAA", "kid": "ed"}
PQC = {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}


@rows(
    ("kid", "listed", "others"),
    [
        (None, [ED448, PQC], {}),
        ("ed", [ED448], {}),
        ("ed", [ED448, guild.jwk(KEY, kid="other")], {}),
        (None, [{"kty": "oct"}], {}),
        (None, [guild.jwk(P256_KEY) | {"x": "AA"}, ED448], {}),
        (None, [ED448], {f"{SITE}/.well-known/jwks.json": {"keys": []}}),
        (None, [ED448], {SITE: {"id": SITE}}),
    ],
)
def test_a_site_whose_keys_are_all_of_kinds_that_we_do_not_know_is_not_asked_again(
    kid: str | None, listed: list[dict[str, Any]], others: dict[str, guild.Answer]
) -> None:
    """It was told as an issuer that does not answer now, and its holder would have come back each day."""
    found = guild.examine(of_site(kid=kid), {METADATA: metadata(jwks={"keys": listed}), **others})

    assert (told(found, "intact"), found.why_unknown) == (("unknown", "key-unsupported"), "unchecked")


def test_beside_keys_that_we_do_not_know_a_certificate_that_is_none_is_still_a_fault() -> None:
    web = {METADATA: metadata(jwks={"keys": [ED448]})}

    assert told(guild.examine(of_site(x5c=[5]), web), "intact") == ("failed", "certificate-malformed")


def test_a_site_that_lists_other_keys_did_not_sign_it() -> None:
    web = {METADATA: metadata(jwks={"keys": [guild.jwk(KEY), guild.jwk(guild.P384_KEY)]})}
    assert guild.examine(of_site(), web).state == "invalid"


def test_a_key_that_a_site_lists_no_more_is_not_called_a_forgery() -> None:
    """SD-JWT VC, 4.2: the set has the current keys; `kid` names one of another year (RFC 7515, 4.1.4)."""
    web = {METADATA: metadata(jwks={"keys": [guild.jwk(KEY, kid="2026")]})}

    gone = guild.examine(of_site(kid="2025"), web)
    assert (gone.state, told(gone, "intact")) == ("unknown", ("unknown", "key-not-in-document"))
    assert guild.examine(of_site(kid="2026"), web).state == "invalid"


@rows(
    "beside", [{f"{SITE}/.well-known/jwks.json": {"keys": [guild.jwk(KEY, kid="web")]}}, {SITE: 503}, {SITE: "timeout"}]
)
def test_what_names_a_listed_key_and_was_altered_fails_whatever_another_place_says(
    beside: dict[str, guild.Answer],
) -> None:
    """Keys for other uses, or a profile that gave no answer, made it unknown."""
    web = beside | {METADATA: metadata()}
    token, shown = of_site(kid="k").split("~", 1)
    assert guild.examine(f"{token}~{shown}", web).state == "valid"

    altered = f"{token.rpartition('.')[0]}.{'A' * 86}~{shown}"
    assert guild.examine(altered, web).state == "invalid"


@rows("answer", ["timeout", 503, metadata(jwks=None, jwks_uri=f"{SITE}/keys")])
def test_a_site_whose_metadata_are_silent_may_have_signed_it_with_another_key(answer: guild.Answer) -> None:
    """Keys of a host for other uses stand in its list; those for badges in its metadata (SD-JWT VC, 4)."""
    beside: dict[str, guild.Answer] = {f"{SITE}/.well-known/jwks.json": {"keys": [guild.jwk(KEY)]}}
    for header in ({}, {"jwk": guild.jwk(P256_KEY)}):
        found = guild.examine(of_site(**header), beside | {METADATA: answer, f"{SITE}/keys": "timeout"})
        assert (found.state, found.why_unknown) == ("unknown", "later")

    assert guild.examine(of_site(), beside | {METADATA: 404}).state == "invalid"


LINK = "https://keys.example/1"


@rows("answer", ["timeout", 503])
@rows("header", [{}, {"kid": "2025"}, {"jwk": guild.jwk(P256_KEY)}])
@rows(
    "profile",
    [
        {"id": SITE, "keys": [LINK]},
        {"id": SITE, "keys": [guild.jwk(KEY), LINK]},
        {"id": SITE, "keys": [guild.jwk(KEY)]},
    ],
)
def test_a_site_whose_other_lists_are_silent_may_have_signed_it_with_another_key(
    profile: dict[str, Any], header: dict[str, Any], answer: guild.Answer
) -> None:
    """It was a forgery as soon as the metadata listed another key."""
    web: dict[str, guild.Answer] = {
        METADATA: metadata(jwks={"keys": [guild.jwk(guild.P384_KEY)]}),
        SITE: profile,
        LINK: answer,
        f"{SITE}/.well-known/jwks.json": answer,
    }
    found = guild.examine(of_site(**header), web)
    assert (found.state, found.why_unknown) == ("unknown", "later")


def test_on_a_host_that_strangers_share_nobody_lists_keys_for_all() -> None:
    issuer = "https://s3.amazonaws.com/guild"
    beside = "https://s3.amazonaws.com/.well-known/jwt-vc-issuer/guild"
    web: dict[str, guild.Answer] = {beside: metadata(issuer=issuer)}
    found = guild.examine(issued(plain(issuer), ["name"], key=P256_KEY, kid=None), web)
    assert (found.state, beside in {one.address for one in found.seen}) == ("unknown", False)


@pytest.mark.parametrize("issuer", ["https://[", "https://", "https:///x", "https://guild.example:x/", "https://a b/"])
def test_an_address_that_is_none_is_unknown(issuer: str) -> None:
    found = guild.examine(issued(plain(issuer), ["name"], key=P256_KEY, kid=None))
    assert (told(found, "intact")[0], found.state) == ("unknown", "unknown")


def test_a_did_needs_no_metadata() -> None:
    web: dict[str, guild.Answer] = {guild.DID_DOCUMENT: guild.did_document(P256_KEY)}
    text = issued(plain(guild.WEB_DID), ["name"], key=P256_KEY, kid=f"{guild.WEB_DID}#key-1")
    found = guild.examine(text, web)
    assert (found.state, [one.address for one in found.seen]) == ("valid", [guild.DID_DOCUMENT])


def certificate(key: Any = P256_KEY) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "La guilde")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=3_650))
        .sign(P256_KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    return b64encode(made).decode()


def test_what_a_certificate_signed_is_intact_and_whose_it_is_unknown() -> None:
    """This wallet has no list of authorities; nobody may say for that that the badge was changed."""
    found = guild.examine(of_site(x5c=[certificate()]))

    assert told(found, "intact") == ("passed", "")
    assert told(found, "bound") == ("unknown", "certificate-not-checked")
    assert (found.state, found.binding) == ("unknown", "claimed")
    head, payload, _ = of_site(x5c=[certificate()]).partition("~")[0].split(".")
    assert guild.examine(f"{head}.{payload}.{'A' * 86}~").state == "invalid"


@pytest.mark.parametrize("issuer", [None, {"type": ["Profile"], "name": "La guilde"}])
def test_the_issuer_of_an_sd_jwt_vc_may_stand_in_the_certificate_alone(issuer: Any) -> None:
    claims = plain(iss=None, issuer=issuer, status=status())
    found = guild.examine(issued(claims, key=P256_KEY, kid=None, x5c=[certificate()]), {LIST: status_list()})

    assert (told(found, "conforms")[0], told(found, "intact")[0]) == ("passed", "passed")
    assert told(found, "bound") == ("unknown", "certificate-not-checked")
    assert (found.state, found.badge.issuer.id) == ("unknown", "")
    assert told(guild.examine(issued(claims)), "conforms") == ("failed", "member-missing")
    in_model = issued(guild.badge(issuer=None), key=P256_KEY, kid=None, x5c=[certificate()])
    assert told(guild.examine(in_model), "conforms") == ("failed", "member-missing")


def test_a_certificate_of_a_key_that_the_issuer_lists_is_the_issuers() -> None:
    text = issued(plain(guild.WEB_DID), key=P256_KEY, kid=None, x5c=[certificate()])
    found = guild.examine(text, {guild.DID_DOCUMENT: guild.did_document(P256_KEY)})
    assert (found.state, found.binding) == ("valid", "proven")


OF_NO_VERSION = b64encode(
    b64decode(certificate()).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1)
).decode()
"""Said to be of a sixth version that there is not."""


@rows(
    ("chain", "outcome"),
    [
        *(([], "failed"), ("x", "failed"), ([5], "failed"), (["x"], "unknown"), ([certificate(KEY)], "failed")),
        ([OF_NO_VERSION], "unknown"),
    ],
)
def test_a_certificate_that_is_none_shows_nothing(chain: Any, outcome: str) -> None:
    assert told(guild.examine(of_site(x5c=chain)), "intact")[0] == outcome


def token_of_site(issuer: str = SITE, **header: Any) -> str:
    """A token of the data model: its key may stand in the same places."""
    return guild.token(guild.badge(issuer), P256_KEY, **({"kid": None} | header))


OTHER_LIST: dict[str, guild.Answer] = {f"{SITE}/.well-known/jwks.json": {"keys": [guild.jwk(KEY, kid="web")]}}
"""Keys of the host for other uses."""


@rows("header", [{}, {"kid": "k"}, {"kid": "unknown"}, {"jwk": guild.jwk(P256_KEY)}])
@rows("beside", [{}, OTHER_LIST])
def test_a_token_whose_key_stands_in_the_metadata_alone_is_the_sites(
    header: dict[str, Any], beside: dict[str, guild.Answer]
) -> None:
    """Securing Verifiable Credentials using JOSE and COSE, 4.2.1. Maria read « plus tard » of it for ever, and that it was
    forged where the host lists keys for other uses."""
    found = guild.examine(token_of_site(**header), {METADATA: metadata(), **beside})
    assert (found.state, found.binding) == ("valid", "proven")

    others = metadata(jwks={"keys": [guild.jwk(guild.P384_KEY)]})
    assert guild.examine(token_of_site(**header), {METADATA: others, **beside}).state != "valid"


def test_a_token_whose_key_stands_elsewhere_asks_for_no_metadata() -> None:
    found = guild.examine(token_of_site(), {f"{SITE}/.well-known/jwks.json": {"keys": [guild.jwk(P256_KEY)]}})
    assert (found.state, METADATA in {one.address for one in found.seen}) == ("valid", False)


def test_a_list_of_withdrawn_badges_is_the_sites_by_its_metadata_too() -> None:
    listed = guild.token(guild.status_list(issuer=SITE), P256_KEY, kid="k").encode()
    text = guild.token(guild.badge(SITE, credentialStatus=guild.status()), P256_KEY, kid="k")

    assert guild.examine(text, {METADATA: metadata(), guild.LIST: listed}).state == "valid"


def test_what_the_certificate_of_a_token_signed_is_intact_and_whose_it_is_unknown() -> None:
    """It was told as an issuer that gives no key now, and its holder would have come back each day."""
    found = guild.examine(token_of_site(x5c=[certificate()]))

    assert (told(found, "intact"), told(found, "bound")) == (("passed", ""), ("unknown", "certificate-not-checked"))
    assert found.why_unknown == "unchecked"
    assert guild.examine(token_of_site(x5c=[certificate()]), OTHER_LIST).state == "invalid"


SILENT: list[tuple[str, dict[str, guild.Answer]]] = [
    *((SITE, {METADATA: "timeout"}), (SITE, {SITE: 503}), (guild.WEB_DID, {guild.DID_DOCUMENT: "timeout"})),
]


@rows("kid", [None, f"{guild.WEB_DID}#key-1"])
@rows(("issuer", "web"), SILENT)
def test_a_certificate_of_whoever_is_silent_now_may_be_confirmed_later(
    issuer: str, web: dict[str, guild.Answer], kid: str | None
) -> None:
    """They may list its key: Maria was told that asking again brings nothing."""
    header = {"kid": kid, "x5c": [certificate()]}

    for text in (issued(plain(issuer), key=P256_KEY, **header), token_of_site(issuer, **header)):
        found = guild.examine(text, {guild.DID_DOCUMENT: 503} | web)
        assert (found.state, found.why_unknown) == ("unknown", "later")


@rows("issuer", [guild.did(), guild.did_jwk(KEY), guild.WEB_DID])
def test_no_certificate_speaks_for_a_did_whose_keys_are_known(issuer: str) -> None:
    """Anybody can make one: what another key signed in the name of Maria's guild was only unknown."""
    web: dict[str, guild.Answer] = {guild.DID_DOCUMENT: guild.did_document(KEY)}
    header = {"kid": None, "x5c": [certificate()]}

    for text in (issued(plain(issuer), key=P256_KEY, **header), token_of_site(issuer, **header)):
        assert guild.examine(text, web).state == "invalid"


# --- who shows it -----------------------------------------------------------------------------------------------------

CNF = {"jwk": guild.jwk(HOLDER)}
BOUND = issued(plain(cnf=CNF), ["name"])


@pytest.mark.parametrize("cnf", [CNF, {"kid": guild.method(HOLDER)}, {"kid": guild.did(HOLDER)}])
def test_a_binding_by_the_key_that_the_issuer_named_is_told(cnf: dict[str, Any]) -> None:
    found = guild.examine(bound(issued(plain(cnf=cnf), ["name"])))
    assert (found.state, found.key_binding) == ("valid", "passed")


@rows(
    "text",
    [
        bound(BOUND, KEY),
        bound(BOUND, sd_hash="x"),
        bound(BOUND, sd_hash=None),
        bound(BOUND, aud=None),
        bound(BOUND, nonce=None),
        bound(BOUND, iat=None),
        bound(BOUND, header={"typ": "JWT"}),
        bound(BOUND, header={"alg": "none"}),
        bound(BOUND, header={"alg": "ES256"}),
        bound(BOUND)[:-1] + "!",
        BOUND.split("~")[0] + "~" + bound(BOUND).split("~")[-1],
        bound(issued(plain(), ["name"])),
        f"{BOUND}eyJhbGciOiJFZERTQSJ9.W10.{'A' * 86}",
    ],
)
def test_a_binding_that_does_not_fit_is_never_good(text: str) -> None:
    """Somebody changed what the holder showed, or shows what they hold not."""
    try:
        found = guild.examine(text)
    except UnreadableBadge:
        return
    assert (told(found, "intact"), found.state) == (("failed", "key-binding-wrong"), "invalid")
    assert found.key_binding == "failed"


@pytest.mark.parametrize("cnf", [{"x5t#S256": "x"}, {"kid": "x"}, "x", {"jwk": {"kty": "oct"}}, {"jwk": {"kty": "EC"}}])
def test_a_binding_to_what_we_do_not_know_is_unknown(cnf: Any) -> None:
    found = guild.examine(bound(issued(plain(cnf=cnf))))
    assert (found.state, found.key_binding) == ("valid", "unknown")


@pytest.mark.parametrize("iat", [1_890_000_000, "soon"])
def test_a_binding_of_another_clock_is_unknown(iat: Any) -> None:
    found = guild.examine(bound(BOUND, iat=iat))
    assert (found.state, found.key_binding) == ("valid", "unknown")


def test_a_binding_says_nothing_for_what_was_changed() -> None:
    token = BOUND.split(".")
    found = guild.examine(bound(".".join([*token[:2], "AAAA~"])))
    assert (found.state, found.key_binding) == ("invalid", "unknown")


# --- what is said since -----------------------------------------------------------------------------------------------

LISTED = issued(plain(status=status()), ["name"])


def since(answer: guild.Answer, text: str = LISTED) -> tuple[str, str]:
    return told(guild.examine(text, {LIST: answer}), "not_withdrawn")


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_list_of_tokens_tells_one_from_its_neighbours(bits: int) -> None:
    """Token Status List, 4.1: bytes are read from their lowest bit on."""
    most = (1 << bits) - 1
    beside = {41: most, 43: most}
    assert since(status_list(beside, bits)) == ("passed", "")
    assert since(status_list(beside | {42: 1}, bits)) == ("failed", "revoked")
    if bits > 1:
        assert since(status_list(beside | {42: 2}, bits)) == ("failed", "suspended")
        assert since(status_list(beside | {42: 3}, bits)) == ("unknown", "status-unsupported")


def test_the_state_follows_the_list() -> None:
    assert guild.examine(LISTED, {LIST: status_list()}).state == "valid"
    assert guild.examine(LISTED, {LIST: status_list({42: 1})}).state == "revoked"
    assert guild.examine(LISTED, {LIST: status_list({42: 2}, 2)}).state == "suspended"
    assert guild.examine(LISTED).state == "unknown"


@rows(
    ("answer", "reason"),
    [
        (404, "status-list-unreachable"),
        ("timeout", "status-list-unreachable"),
        (b"<html>", "status-list-unreadable"),
        (b"eyJ.e30.x", "status-list-unreadable"),
        (b"\xff", "status-list-unreadable"),
        # a CWT (5.2), which is not read here
        (b"\xd2\x84\x43\xa1\x01\x26\xa0\x41x\x41y", "status-list-unsupported"),
        (status_list(header={"alg": "Ed448"}), "status-list-unsupported"),
        (status_list(header={"typ": "JWT"}), "status-list-of-another-kind"),
        (status_list(sub="https://guild.example/tokens/2"), "status-list-of-another-kind"),
        (status_list(sub=None), "status-list-of-another-kind"),
        (status_list()[:-4] + b"AAAA", "status-list-not-intact"),
        (status_list(header={"alg": "none"}), "status-list-not-intact"),
        (status_list(key=OTHER_KEY, header={"kid": None}), "status-list-not-intact"),
        (status_list(key=OTHER_KEY, iss=guild.did()), "status-list-not-proven"),
        (status_list(key=OTHER_KEY, header={"kid": guild.method(KEY)}), "status-list-not-intact"),
        (status_list(exp=1_700_000_000), "status-list-out-of-date"),
        (status_list(iat=1_890_000_000), "status-list-out-of-date"),
        (status_list(nbf=1_890_000_000), "status-list-out-of-date"),
        (status_list(exp="never"), "status-list-out-of-date"),
        (status_list(_sd=["x"]), "status-unsupported"),
        (status_list(iat=None), "status-list-unreadable"),
        (status_list(iat="2026-01-02"), "status-list-unreadable"),
        (status_list(status_list=None), "status-list-unreadable"),
        (status_list(status_list={"bits": 3, "lst": "x"}), "status-list-unreadable"),
        (status_list(status_list={"bits": True, "lst": "x"}), "status-list-unreadable"),
        (status_list(status_list={"bits": 1, "lst": "!"}), "status-list-unreadable"),
        (status_list(status_list={"bits": 1, "lst": "eJw"}), "status-list-unreadable"),
        (status_list(status_list={"bits": 1, "lst": "eJwDAAAAAAE"}), "status-index-beyond-list"),
    ],
)
def test_a_list_that_cannot_be_believed_is_unknown(answer: guild.Answer, reason: str) -> None:
    assert since(answer) == ("unknown", reason)


def test_a_list_of_tokens_under_a_certificate_is_not_waited_for() -> None:
    """Whether its authority may speak for the keeper is not known tomorrow either."""
    sealed = status_list(key=P256_KEY, iss="https://lists.example", header={"kid": None, "x5c": [certificate()]})
    found = guild.examine(LISTED, {LIST: sealed})

    assert told(found, "not_withdrawn") == ("unknown", "status-list-unsupported")
    assert (found.state, found.why_unknown) == ("unknown", "unchecked")


def test_an_endless_list_is_not_unfolded() -> None:
    endless = to_base64url(zlib.compress(bytes(8 * 1024 * 1024)))
    assert since(status_list(status_list={"bits": 1, "lst": endless})) == ("unknown", "status-list-too-long")


@rows(
    ("told_there", "reason"),
    [
        (status(-1), "status-malformed"),
        (status(True), "status-malformed"),
        (status("42"), "status-malformed"),
        (status(42, "ftp://x"), "status-malformed"),
        (status(42, None), "status-malformed"),
        ({"status_list": 5}, "status-malformed"),
        ({"another": {}}, "status-unsupported"),
        ("x", "status-unsupported"),
        (status(9_999_999), "status-index-beyond-list"),
    ],
)
def test_a_place_in_no_list_is_unknown(told_there: Any, reason: str) -> None:
    assert since(status_list(), issued(plain(status=told_there))) == ("unknown", reason)


@pytest.mark.parametrize("named", [{"iss": guild.did(OTHER_KEY)}, {}], ids=["by iss", "by its key alone"])
def test_a_list_that_another_keeps_counts_and_names_its_keeper(named: dict[str, str]) -> None:
    """The token's own signature covers the address of the list (docs/decisions.md 30)."""
    another = named | {"key": OTHER_KEY, "header": {"kid": guild.method(OTHER_KEY)}}

    assert since(status_list(**another)) == ("passed", "list-kept-by-another")
    found = guild.examine(LISTED, {LIST: status_list(**another)})
    assert (found.state, found.check("not_withdrawn").detail) == ("valid", guild.did(OTHER_KEY))
    assert since(status_list({42: 1}, **another)) == ("failed", "revoked")
    assert since(status_list(iss=guild.did(OTHER_KEY))) == ("unknown", "status-list-not-proven")


def test_a_list_to_which_its_address_only_leads_is_believed_of_the_issuer_alone() -> None:
    """Else whoever finds a page that sends anybody anywhere writes lists for others."""

    def state(answer: bytes) -> tuple[str, str]:
        def fetch(address: str) -> openbadges.Fetched:
            return openbadges.Fetched(address="https://evil.example/", status=200, media_type="", body=answer)

        return told(openbadges.examine(LISTED.encode(), fetch, NOW), "not_withdrawn")

    assert state(status_list()) == ("passed", "")
    assert state(status_list(iss=guild.did(OTHER_KEY), key=OTHER_KEY)) == ("unknown", "redirected-elsewhere")


@pytest.mark.parametrize(("host", "outcome"), [("www.guild.example", "passed"), ("perso.guild.example", "unknown")])
def test_nobody_keeps_a_list_by_an_open_redirect(host: str, outcome: str) -> None:
    kept = status_list(key=OTHER_KEY, header={"kid": guild.method(OTHER_KEY)})
    there = Fetched(address=f"https://{host}/1", status=200, media_type="", body=kept)

    check = openbadges.examine(LISTED.encode(), lambda _: there, NOW).check("not_withdrawn")

    assert check.outcome == outcome
    assert check.reason == ("list-kept-by-another" if outcome == "passed" else "redirected-elsewhere")
    own = Fetched(address=f"https://{host}/1", status=200, media_type="", body=status_list())
    assert openbadges.examine(LISTED.encode(), lambda _: own, NOW).check("not_withdrawn").outcome == "passed"


def test_both_kinds_of_list_are_asked() -> None:
    whole = guild.badge(credentialStatus=guild.status()) | {"status": status()}
    good, bad = guild.signed(guild.status_list()), guild.signed(guild.status_list({42}))

    def state(first: guild.Answer, second: guild.Answer) -> str:
        return guild.examine(issued(whole), {guild.LIST: first, LIST: second}).state

    assert state(good, status_list()) == "valid"
    assert state(bad, status_list()) == state(good, status_list({42: 1})) == "revoked"
    assert state(good, status_list({42: 2}, 2)) == "suspended"
    assert state(good, 404) == state(404, status_list()) == "unknown"


def test_a_token_of_the_data_model_has_such_a_list_too() -> None:
    """Else a withdrawn one would be told good: its issuer announces a withdrawal where we did not look."""
    text = guild.token(guild.badge() | {"status": status()})
    assert guild.examine(text, {LIST: status_list()}).state == "valid"
    assert guild.examine(text, {LIST: status_list({42: 1})}).state == "revoked"
    assert guild.examine(guild.token(guild.badge() | {"status": "active"})).state == "valid"


# --- what is no badge -------------------------------------------------------------------------------------------------

PERSON = {"given_name": "Maria", "family_name": "Rossi", "birthdate": "1990-01-01"}


@rows(
    ("claims", "kind"),
    [
        ({"vct": "urn:eudi:pid:1"}, "identity-document"),
        ({"vct": "urn:eu.europa.ec.eudi:pid:1"}, "identity-document"),
        ({"vct": "urn:eudi:pid:de:1"}, "identity-document"),
        ({"vct": "https://example.org/IdentityCredential"}, "identity-document"),
        ({"vct": "https://credentials.example.com/identity_credential"}, "identity-document"),
        ({"vct": "https://example.org/eid-card"}, "identity-document"),
        ({"vct": "https://example.org/id_card"}, "identity-document"),
        ({"vct": "https://example.org/Passport"}, "identity-document"),
        ({"vct": "urn:eudi:ehic:1"}, "identity-document"),
        ({"vct": "https://example.org/AgeOver18"}, "identity-document"),
        ({"vct": "https://example.org/residence-permit"}, "identity-document"),
        ({"vct": "urn:eu.europa.ec.eudi:tax:1"}, "identity-document"),
        ({"vct": "https://example.org/EuropeanHealthInsuranceCard"}, "identity-document"),
        ({"vct": "https://example.org/nationalid"}, "identity-document"),
        ({"vct": "https://example.org/VerifiableId"}, "identity-document"),
        ({"vct": "https://example.org/eIDCard"}, "identity-document"),
        ({"vct": "https://example.org/anything"} | PERSON, "identity-document"),
        ({"vct": "org.iso.18013.5.1.mDL"}, "driving-licence"),
        ({"vct": "https://example.org/DrivingLicence"}, "driving-licence"),
        ({"vct": "urn:eu.europa.ec.eudi:diploma:1"}, "diploma"),
        ({"vct": "https://example.org/StudentCard"}, "diploma"),
        ({"vct": "https://example.org/loyalty"}, "other-credential"),
        ({"vct": "https://passport.example/loyalty"}, "other-credential"),
        ({"vct": "https://example.org/HealthAndSafetyInduction"}, "other-credential"),
        ({"vct": "https://example.org/TaxiDriver"}, "other-credential"),
        ({"vct": "https://example.org/TaxonomyCourse"}, "other-credential"),
        ({"vct": "https://example.org/ResidentialWiringTraining"}, "other-credential"),
        ({"vct": "https://example.org/healthcare-assistant-training"}, "other-credential"),
        ({"vct": "https://example.org/continuing-education-attendance"}, "other-credential"),
        ({"vct": "https://example.org/package-verification"}, "other-credential"),
        ({"@context": [guild.VC2], "type": ["VerifiableCredential", "DiplomacyWorkshop"]}, "other-credential"),
        ({}, "other-credential"),
        ({"vct": ["x"]}, "other-credential"),
        ({"vct": "urn:eudi:pid:1", "achievement": {"name": "x"}}, "identity-document"),
        ({"@context": [guild.VC2], "type": ["VerifiableCredential", "PermanentResidentCard"]}, "identity-document"),
        ({"@context": [guild.VC2], "type": ["VerifiableCredential", "DriversLicense"]}, "driving-licence"),
        (
            {
                "@context": [guild.VC2],
                "type": ["VerifiableCredential", "X"],
                "credentialSubject": {"birthDate": "1990"},
            },
            "identity-document",
        ),
        ({"@context": [guild.VC2], "type": "VerifiableCredential"}, "other-credential"),
    ],
)
@rows("form", [str, lambda text: json.dumps({"credential": text}), in_an_envelope, in_png])
def test_another_kind_of_credential_is_told_for_what_it_is(claims: dict[str, Any], kind: str, form: Any) -> None:
    document = form(issued({"iss": guild.did()} | claims, list(PERSON.keys() & claims.keys())))
    assert refusal(document) == kind
    content = document if isinstance(document, bytes) else document.encode()
    assert openbadges.identity_kind(content) == (kind if kind in openbadges.OF_PERSONS else "")


def test_a_badge_is_no_identity_document() -> None:
    for document in (
        TEXT,
        json.dumps({"credential": TEXT}),
        guild.token(guild.badge()),
        json.dumps(guild.badge()),
        "x",
    ):
        assert openbadges.identity_kind(document.encode()) == ""


def test_what_is_not_shared_of_it_changes_nothing() -> None:
    assert (
        refusal(issued({"iss": guild.did(), "vct": "urn:eudi:pid:1"} | PERSON, list(PERSON), [])) == "identity-document"
    )


@rows(
    "vct",
    [
        "https://guild.example/vct/badge",
        "https://guild.example/OpenBadgeCredential",
        "urn:x",
        "https://health.example/vct/first-aid",
        "https://guild.example/digital-identity-basics",
        "urn:school:pid-control-loops",
    ],
)
def test_a_badge_of_a_kind_that_its_issuer_named_is_a_badge(vct: str) -> None:
    assert guild.examine(issued(plain(vct=vct), ["name"])).state == "valid"


def test_nobody_is_asked_about_what_is_no_badge() -> None:
    """Who holds which document is nobody's business, its issuer's neither."""
    asked: list[str] = []

    def fetch(address: str) -> openbadges.Fetched:
        asked.append(address)
        raise openbadges.Unreachable(address, "timeout")

    text = issued({"iss": SITE, "vct": "urn:eudi:pid:1", "status": status()} | PERSON, list(PERSON))
    for document in (text, json.dumps({"credential": text})):
        with pytest.raises(NotABadge):
            openbadges.examine(document.encode(), fetch, NOW)
    assert asked == []


def test_behind_a_link_it_is_told_too() -> None:
    answers = {f"{SITE}/x": issued({"iss": SITE, "vct": "urn:eudi:pid:1"}).encode()}
    with pytest.raises(NotABadge) as problem:
        openbadges.locate(f"{SITE}/x", guild.web(answers).fetch, NOW)
    assert problem.value.reason == "identity-document"


def test_beside_a_badge_in_a_presentation_it_is_refused_by_itself() -> None:
    document = issued({"iss": SITE, "vct": "urn:eudi:pid:1"})
    whole = {"type": "VerifiablePresentation", "verifiableCredential": [TEXT, document]}
    first, second = openbadges.unpack(json.dumps(whole).encode(), guild.web().fetch, NOW)
    assert guild.examine(first).state == "valid"
    assert refusal(second.decode()) == "identity-document"


# --- what is given on -------------------------------------------------------------------------------------------------


@rows(("claims", "media_type"), [(guild.badge(), "vc+sd-jwt"), (plain(), "dc+sd-jwt")])
@rows("form", [str.encode, in_png, in_svg])
def test_machines_are_given_it_in_an_envelope(claims: dict[str, Any], media_type: str, form: Any) -> None:
    text = issued(claims, ["name"])
    whole = openbadges.presentation([openbadges.presentable(form(text))])

    assert json.loads(whole)["verifiableCredential"][0]["id"] == f"data:application/{media_type},{text}"
    [alone] = openbadges.unpack(whole.encode(), guild.web().fetch, NOW)
    assert alone == text.encode()


def test_it_is_baked_under_the_name_of_its_version() -> None:
    assert openbadges.carrier_of(TEXT) == "openbadgecredential"


def test_beside_it_in_an_svg_its_own_words_may_stand() -> None:
    """Some write both: the attribute is the badge where the text says what it signed."""
    payload = json.dumps(plain())
    text = issued(plain())
    drawing = in_svg(text).decode().replace("></openbadges", f"><![CDATA[{payload}]]></openbadges")
    assert guild.examine(drawing).state == "valid"
    with pytest.raises(openbadges.Ambiguous):
        guild.examine(drawing.replace("Souder", "Piloter"))
