"""Each member that a standard requires, against the standard's own table: what is asked is what it demands, and no more.

One row a rule: the table, the member, and what each way of not saying it gives; `+` begins a remark beside a passed check. Where a
table asks and no published verifier minds, or a platform in wide use leaves it out, the milder answer stands.
The tables: Open Badges 3.0, C (Data Models: AchievementCredential, AchievementSubject, Achievement, Criteria: common_credentials);
Verifiable Credentials Data Model 2.0, 4, and 1.1, 4; Open Badges 2.0, Open Badges Vocabulary; 1.1 and 1.0, Specification.
The verifiers: 1EdTech digital-credentials-public-validator (3.0), openbadges-validator-core (2.0 and before), DCC verifier-core.
"""

import copy
from collections.abc import Mapping
from typing import Any

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school
from wallet.openbadges import Check
from wallet.openbadges.v2 import shape as old_shape
from wallet.openbadges.v2.graph import Graph, Part
from wallet.openbadges.v2.v1 import Version
from wallet.openbadges.v3 import shape

FORMS: Mapping[str, Any] = {"absent": ..., "empty": "", "null": None, "no list": [], "wrong": True}
MISSING, REMARK, FINE = "member-missing", "+member-empty", "+"
OF_3: list[tuple[str, str, tuple[str, ...]]] = [
    # (table, member, (absent, empty, null, no list, wrong type))
    ("VCDM 2.0, 4.3: @context MUST", "@context", ("context-unknown",) * 5),
    ("VCDM 2.0, 4.4: id is optional", "id", (FINE, FINE, REMARK, REMARK, "member-unreadable")),
    ("VCDM 2.0, 4.5: type MUST", "type", ("wrong-type",) * 5),
    ("VCDM 2.0, 4.6; AchievementCredential: name [1], no verifier minds", "name", (FINE,) * 5),
    ("VCDM 2.0, 4.6: description is optional", "description", (FINE,) * 5),
    ("VCDM 2.0, 4.7: issuer MUST", "issuer", (MISSING,) * 5),
    ("VCDM 2.0, 4.8: credentialSubject MUST", "credentialSubject", (MISSING,) * 5),
    (
        "AchievementCredential: validFrom [1]",
        "validFrom",
        (MISSING, "date-unreadable", MISSING, MISSING, "date-unreadable"),
    ),
    (
        "VCDM 2.0, 4.9: validUntil is optional, and a date where it is",
        "validUntil",
        (FINE, "date-unreadable", REMARK, REMARK, "date-unreadable"),
    ),
    (
        "AchievementCredential: awardedDate [0..1], decides nothing",
        "awardedDate",
        (FINE, "+date-unreadable", FINE, FINE, "+date-unreadable"),
    ),
    (
        "AchievementSubject: id or identifier, a MUST that no badge is refused for",
        "credentialSubject.identifier",
        (FINE,) * 5,
    ),
    ("AchievementSubject: type MUST include AchievementSubject", "credentialSubject.type", ("wrong-type",) * 5),
    ("AchievementSubject: achievement [1]", "credentialSubject.achievement", (MISSING,) * 5),
    ("Achievement: id [1], nothing rests on it", "credentialSubject.achievement.id", (FINE,) * 5),
    ("Achievement: type MUST include Achievement", "credentialSubject.achievement.type", ("wrong-type",) * 5),
    ("Achievement: name [1], a text", "credentialSubject.achievement.name", (MISSING, REMARK, MISSING, MISSING, FINE)),
    ("Achievement: description [1], nothing rests on it", "credentialSubject.achievement.description", (FINE,) * 5),
    (
        "Achievement: criteria [1]; Criteria: id [0..1], narrative [0..1]",
        "credentialSubject.achievement.criteria",
        (MISSING, REMARK, MISSING, MISSING, MISSING),
    ),
    ("Criteria: narrative [0..1]", "credentialSubject.achievement.criteria.narrative", (REMARK,) * 4 + (FINE,)),
    ("Achievement: tag [0..*]", "credentialSubject.achievement.tag", (FINE,) * 5),
    ("Achievement: alignment [0..*]", "credentialSubject.achievement.alignment", (FINE,) * 5),
    ("Achievement: image [0..1]", "credentialSubject.achievement.image", (FINE,) * 5),
    ("AchievementCredential: evidence [0..*]", "evidence", (FINE,) * 5),
    ("AchievementCredential: endorsement [0..*]", "endorsement", (FINE,) * 5),
    ("AchievementCredential: endorsementJwt [0..*]", "endorsementJwt", (FINE,) * 5),
]
UNREADABLE = "recipient-unreadable"
OF_2: list[tuple[str, str, tuple[str, ...]]] = [
    ("Assertion: id", "assertion.id", (MISSING,) * 4 + (FINE,)),
    ("Assertion: type", "assertion.type", (MISSING, "wrong-type", MISSING, MISSING, FINE)),
    ("Assertion: recipient", "assertion.recipient", (MISSING,) * 4 + (UNREADABLE,)),
    (
        "IdentityObject: identity",
        "assertion.recipient.identity",
        (UNREADABLE, FINE, UNREADABLE, UNREADABLE, UNREADABLE),
    ),
    ("IdentityObject: hashed, told by the form of the identity", "assertion.recipient.hashed", (FINE,) * 5),
    ("Assertion: verification", "assertion.verification", (MISSING,) * 4 + (FINE,)),
    ("Assertion: issuedOn", "assertion.issuedOn", (MISSING,) * 4 + ("date-unreadable",)),
    (
        "Assertion: expires is optional; validator-core takes null and no list",
        "assertion.expires",
        (FINE, "date-unreadable", FINE, FINE, "date-unreadable"),
    ),
    ("Assertion: evidence is optional", "assertion.evidence", (FINE,) * 5),
    ("BadgeClass: id", "badge.id", (MISSING,) * 4 + (FINE,)),
    ("BadgeClass: type", "badge.type", (MISSING, "wrong-type", MISSING, MISSING, FINE)),
    ("BadgeClass: name, a text", "badge.name", (MISSING, REMARK, MISSING, MISSING, FINE)),
    ("BadgeClass: description, a text", "badge.description", (MISSING, REMARK, MISSING, MISSING, FINE)),
    ("BadgeClass: image", "badge.image", (MISSING,) * 4 + (FINE,)),
    (
        "BadgeClass: criteria; Criteria: nothing of it is required",
        "badge.criteria",
        (MISSING, REMARK, MISSING, MISSING, FINE),
    ),
    ("BadgeClass: issuer", "badge.issuer", (MISSING,) * 4 + (FINE,)),
    ("BadgeClass: tags is optional", "badge.tags", (FINE,) * 5),
    ("BadgeClass: alignment is optional", "badge.alignment", (FINE,) * 5),
    ("Profile of an issuer: id", "issuer.id", (MISSING,) * 4 + (FINE,)),
    ("Profile of an issuer: type", "issuer.type", (MISSING, "wrong-type", MISSING, MISSING, FINE)),
    ("Profile of an issuer: name, a text", "issuer.name", (MISSING, REMARK, MISSING, MISSING, FINE)),
    ("Profile of an issuer: url", "issuer.url", (MISSING,) * 4 + (FINE,)),
    (
        "Profile of an issuer: email; Moodle writes none where a site names nobody (core_badges_assertion, get_issuer)",
        "issuer.email",
        ("+member-left-out", REMARK, "+member-left-out", "+member-left-out", FINE),
    ),
    ("Profile: description is optional", "issuer.description", (FINE,) * 5),
]
OLDER: list[tuple[Version, str, tuple[str, ...]]] = [
    ("1.1", "assertion.uid", (FINE,) * 5),
    ("1.1", "badge.id", (FINE,) * 5),
    ("1.1", "badge.criteria", (MISSING, REMARK, MISSING, MISSING, FINE)),
    ("1.1", "issuer.email", (FINE, REMARK, FINE, FINE, FINE)),
    ("1.1", "issuer.url", (MISSING,) * 4 + (FINE,)),
    ("1.0", "assertion.uid", (MISSING,) * 4 + (FINE,)),
    ("1.0", "assertion.id", (FINE,) * 5),
    ("1.0", "assertion.issuedOn", (MISSING,) * 4 + ("date-unreadable",)),
    ("0.5", "assertion.issuedOn", (FINE, "date-unreadable", FINE, FINE, "date-unreadable")),
    ("0.5", "assertion.verification", (FINE,) * 5),
    ("0.5", "issuer.url", (FINE,) * 5),
    ("0.5", "issuer.origin", (MISSING,) * 4 + (FINE,)),
]


def written(document: Mapping[str, Any], path: str, form: Any) -> dict[str, Any]:
    """*document* with *form* at *path*; `...` takes what stands there away."""
    changed = copy.deepcopy(dict(document))
    *way, last = path.split(".")
    place = changed
    for name in way:
        place = place[name]
    if form is ...:
        place.pop(last, None)
    else:
        place[last] = form
    return changed


def said(check: Check) -> str:
    return check.reason if check.outcome == "failed" else f"+{check.reason}"


def old_graph(version: Version, path: str, form: Any) -> Graph:
    whole = {
        "assertion": school.assertion(uid="1"),
        "badge": school.badge_class(),
        "issuer": school.profile(origin=school.HOME),
    }
    documents = written(whole, path, form)

    def part(name: str) -> Part:
        return Part(members=documents[name], id=f"urn:{name}", is_own_word=True)

    return Graph(version=version, assertion=documents["assertion"], badge_class=part("badge"), issuer=part("issuer"))


@rows(("table", "path", "expected"), OF_3, ids=[row[1] for row in OF_3])
def test_open_badges_3_asks_what_its_tables_demand(table: str, path: str, expected: tuple[str, ...]) -> None:
    found = tuple(said(shape.conforms(written(guild.badge(), path, form))) for form in FORMS.values())

    assert found == expected, table


@rows(("table", "path", "expected"), OF_2, ids=[row[1] for row in OF_2])
def test_open_badges_2_asks_what_its_tables_demand(table: str, path: str, expected: tuple[str, ...]) -> None:
    found = tuple(said(old_shape.conforms(old_graph("2.0", path, form))) for form in FORMS.values())

    assert found == expected, table


@rows(("version", "path", "expected"), OLDER, ids=[f"{row[0]} {row[1]}" for row in OLDER])
def test_what_came_before_asks_what_its_own_tables_demand(
    version: Version, path: str, expected: tuple[str, ...]
) -> None:
    found = tuple(said(old_shape.conforms(old_graph(version, path, form))) for form in FORMS.values())

    assert found == expected


@rows(
    ("path", "form", "remark"),
    [
        ("type", ["VerifiableCredential", "OpenBadgeCredential", "ext:Award"], ""),
        ("issuer", guild.did(), ""),
        ("issuer", [guild.badge()["issuer"]], ""),
        ("validFrom", "2026-01-02", ""),
        ("validFrom", "2026-01-02T03:04:05", ""),
        ("validFrom", ["2026-01-02T03:04:05.678+00:00"], ""),
        ("credentialSubject.achievement.type", "Achievement", ""),
        ("credentialSubject.achievement.tag", "métal", ""),
        ("credentialSubject.achievement.criteria", [{"narrative": "Souder."}], ""),
        ("credentialSubject.achievement.criteria", "https://guild.example/criteria", "member-of-another-kind"),
        ("credentialSubject.achievement.image", "https://guild.example/a.png", ""),
        ("credentialSubject.achievement.name", {"@value": "Souder", "@language": "fr"}, ""),
        ("evidence", "https://guild.example/work", ""),
    ],
)
def test_a_harmless_form_of_a_real_platform_refuses_no_genuine_badge(path: str, form: Any, remark: str) -> None:
    """badge engine, real platforms: strings for objects, lists of one, dates without time or zone, types of their own."""
    found = guild.examine(guild.token(written(guild.badge(), path, form)))

    assert (found.state, found.check("conforms").reason) == ("valid", remark)


def test_an_end_of_null_is_no_end() -> None:
    """Linked data signs nothing of null, so it may be written after the fact, too: it changes nothing."""
    signed = guild.signed(guild.badge(validUntil=None)) | {"validUntil": None}

    for found in (guild.examine(signed), guild.examine(guild.token(guild.badge() | {"validUntil": None}))):
        assert (found.state, found.check("not_ended").reason) == ("valid", "no-end-given")
    assert guild.examine(guild.signed(guild.badge()) | {"validUntil": None}).state == "invalid"


def test_an_old_badge_may_carry_one_of_each_in_a_list() -> None:
    home = school.School()
    home.answers[school.BADGE] = school.assertion(
        badge=[school.badge_class(issuer=[school.profile()])], recipient=[school.assertion()["recipient"]]
    )

    assert home.examine(school.BADGE).state == "valid"
