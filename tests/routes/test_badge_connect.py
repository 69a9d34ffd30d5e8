"""GRETA du Havre and MFR de Vire send Maria badges: what is hers is kept, what may be anybody's waits for her hand."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select, update
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.sent import MFR, CourseSite, looks, sent_rows
from tests.fixtures.visits import AWARDED, Clock, IssuersWeb, Person, holder, signed, words
from tests.openbadges.support import guild, school
from tests.routes.test_addresses import MARIA, owns
from wallet.accounts.holders import Holder
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.concurrency import Limit
from wallet.issuance import sent_badges
from wallet.issuance.platforms.models import PlatformToken
from wallet.issuance.platforms.scopes import CREATE, OFFERED_3, PROFILE, READ
from wallet.operations import cleanup
from wallet.pages.environment import format_day
from wallet.web import rate_limits

HOSTED = samples.samples()[0]
TO_ACCEPT = re.compile(r'action="/badges/(\d+)/addition"')


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, who has one badge, and whose address is verified."""
    maria = holder(app)
    owns(maria)
    return maria


@pytest.fixture
def greta(app: Starlette, maria: Person) -> CourseSite:
    return CourseSite(app, maria)


def hosted(web: IssuersWeb, recipient: str = MARIA, number: int = 0) -> dict[str, Any]:
    """A badge of Open Badges 2.0, which its address confirms."""
    assertion = samples.make_assertion(HOSTED, AWARDED, recipient=recipient)
    assertion["id"] = assertion["id"].replace(".json", f"-{number}.json")
    for one in (assertion, samples.make_class(HOSTED), samples.profile()):
        web[one["id"]] = json.dumps(one).encode()
    return assertion


def waits(person: Person) -> list[str]:
    """The badges that are asked about on the page of what is to be accepted."""
    return TO_ACCEPT.findall(person.get("/badges/waiting").text)


def rows(person: Person, table: Any) -> int:
    with person.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# --- what comes -------------------------------------------------------------------------------------------------------


def of_2_0(web: IssuersWeb, to: str) -> Callable[[CourseSite], Any]:
    assertion = hosted(web, to)
    return lambda site: site.sends(assertion)


def of_badgr(web: IssuersWeb, to: str) -> Callable[[CourseSite], Any]:
    address = hosted(web, to)["id"]
    return lambda site: site.sends({"id": address})


def of_2_0_signed(web: IssuersWeb, to: str) -> Callable[[CourseSite], Any]:
    known = {
        school.ISSUER: school.profile(publicKey=school.KEY),
        school.KEY: school.key(),
        school.CLASS: school.badge_class(),
    }
    web.update({address: json.dumps(told).encode() for address, told in known.items()})
    claims = school.signed_assertion(recipient={"type": "email", "hashed": False, "identity": to})
    return lambda site: site.sends({"garbage": 1}, signedAssertion=school.signed(claims))


def of_3_0(web: IssuersWeb, to: str) -> Callable[[CourseSite], Any]:
    badge = signed("adapter-1", recipient=to)
    return lambda site: site.sends_credential(badge)


def of_3_0_token(web: IssuersWeb, to: str) -> Callable[[CourseSite], Any]:
    claims = guild.badge(credentialSubject=json.loads(signed("adapter-1", recipient=to))["credentialSubject"])
    return lambda site: site.sends_credential(guild.token(claims).encode(), "text/plain")


KINDS = [
    *(of_2_0, of_3_0_token),
    *(pytest.param(kind, marks=pytest.mark.soak) for kind in (of_badgr, of_2_0_signed, of_3_0)),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.breadth
def test_what_is_valid_and_hers_is_kept_at_once(
    greta: CourseSite, maria: Person, web: IssuersWeb, kind: Callable[..., Callable[[CourseSite], Any]]
):
    before = len(maria.has())

    answer = kind(web, MARIA)(greta)
    assert answer.status_code in (200, 201), answer.text
    assert (web.asked, len(maria.has())) == ([], before), "nobody is asked while the site waits"
    looks(greta.services)

    assert len(maria.has()) == before + 1
    assert waits(maria) == []
    assert "Une plateforme reliée a envoyé des badges." in maria.reads("/devices")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.breadth
def test_what_may_be_anybodys_waits_and_is_nowhere(
    greta: CourseSite, maria: Person, web: IssuersWeb, clock: Clock, kind: Callable[..., Callable[[CourseSite], Any]]
):
    before, until = maria.has(), format_day(clock() + timedelta(days=30), "fr")
    kind(web, "yann@exemple.fr")(greta)
    looks(greta.services)

    assert "1 badge à accepter" in maria.reads("/badges")
    (one,) = waits(maria)
    told = maria.reads("/badges/waiting")
    for said in (
        "Nous ne savons pas s’il est pour vous.",
        "Personne d’autre ne le voit.",
        f"Il attend jusqu’au {until}.",
    ):
        assert said in told
    assert greta.host in told
    assert set(maria.has()) == set(before)
    for path in (f"/badges/{one}", f"/badges/{one}/picture", f"/badges/{one}/document"):
        assert maria.get(path).status_code == 404, path
    for path in ("/shares/new", "/path", "/evidence/new"):
        assert f'value="{one}"' not in maria.page(path), path
    archive = ZipFile(BytesIO(maria.get("/archive/file").content))
    assert len(json.loads(archive.read("wallet.json"))["badges"]) == len(before)
    for path in ("/archive", "/erasure"):
        assert "1 badge attend votre réponse. Ajoutez-le d’abord : sinon, il n’est pas dans ce dossier." in maria.reads(
            path
        )


def test_she_keeps_one_and_refuses_the_other_by_her_own_hand(greta: CourseSite, maria: Person, clock: Clock):
    for _ in range(2):
        assert greta.sends_credential(signed("adapter-1", recipient="yann@exemple.fr")).status_code == 201
    looks(greta.services)
    first, second = waits(maria)
    here = {"here": "/badges/waiting"}

    assert maria.post(f"/badges/{first}/addition", data=here).headers["location"] == "/badges/waiting?done=added"
    assert maria.get(f"/badges/{first}").status_code == 200
    assert f'value="{first}"' in maria.page("/shares/new")
    assert maria.post(f"/badges/{second}/refusal", data=here).headers["location"] == "/badges?done=refused"
    assert waits(maria) == []
    cleanup.forget_expired(greta.services.database, clock())
    assert (rows(maria, Holder), rows(maria, KeptBadge), sent_rows(greta.services)) == (1, 2, 1)


@pytest.mark.breadth
def test_what_nobody_answers_for_goes_after_30_days_each_by_its_own_day(greta: CourseSite, maria: Person, clock: Clock):
    for _ in range(2):
        with greta.services.database.writing() as session:  # a token lasts an hour
            session.execute(update(PlatformToken).values(access_until=clock() + timedelta(hours=1)))
        assert greta.sends_credential(signed("adapter-1", recipient="yann@exemple.fr")).status_code == 201
        looks(greta.services)
        clock.move(days=15)
    cleanup.forget_expired(greta.services.database, clock())
    assert sent_rows(greta.services) == 1

    clock.move(days=15)
    cleanup.forget_expired(greta.services.database, clock())
    assert (rows(maria, Holder), sent_rows(greta.services)) == (1, 0)


@pytest.mark.breadth
def test_a_badge_that_she_has_already_waits_not(greta: CourseSite, maria: Person):
    badge = signed("adapter-1", recipient="yann@exemple.fr")
    maria.brings(("badge.json", badge))
    before = maria.has()

    assert greta.sends_credential(badge).status_code == 201
    looks(greta.services)

    assert (waits(maria), set(maria.has())) == ([], set(before))
    assert len(greta.get("/ims/ob/v3p0/credentials").json()["credential"]) == 1


@pytest.mark.breadth
def test_the_same_badge_again_is_no_other_badge(greta: CourseSite, maria: Person, web: IssuersWeb):
    assertion = hosted(web)
    for _ in range(3):
        assert greta.sends(assertion).json()["status"] == {"error": None, "statusCode": 200, "statusText": "OK"}
    looks(greta.services)
    assert greta.sends(assertion).status_code == 200
    looks(greta.services)

    assert (len(maria.has()), sent_rows(greta.services)) == (2, 1)
    assert "1 badge envoyé, le 24 novembre 2026" in maria.reads("/platforms")

    badge = signed("adapter-1", recipient=MARIA)
    assert [greta.sends_credential(badge).status_code for _ in range(2)] == [201, 200]
    assert greta.sends_credential(badge).content == badge


def test_a_silent_issuer_is_asked_again_and_then_it_waits(
    greta: CourseSite, maria: Person, web: IssuersWeb, clock: Clock
):
    assertion = hosted(web)
    address = assertion["id"]
    answer = web.pop(address)
    greta.sends(assertion)
    looks(greta.services)
    assert (len(maria.has()), waits(maria)) == (1, [])

    web[address] = answer
    clock.move(minutes=3)
    looks(greta.services)
    assert len(maria.has()) == 2

    other = hosted(web, number=7)
    del web[other["id"]]
    greta.sends(other)
    for _ in range(4):
        looks(greta.services)
        clock.move(hours=3)
    assert len(waits(maria)) == 1, "taken as it is"


def test_an_address_that_leads_to_no_badge_leaves_nothing(
    greta: CourseSite, maria: Person, web: IssuersWeb, clock: Clock
):
    web["https://moodle.greta.example/page"] = (200, "text/html", b"<html><p>hello")
    greta.sends({"id": "https://moodle.greta.example/page"})
    greta.sends({"id": "https://moodle.greta.example/silent"})
    assert sent_rows(greta.services) == 2
    for _ in range(5):
        looks(greta.services)
        clock.move(hours=3)

    assert (sent_rows(greta.services), waits(maria), rows(maria, Holder)) == (0, [], 1)
    assert "Pas encore de badge envoyé" in maria.reads("/platforms")


# --- what is refused --------------------------------------------------------------------------------------------------

OF_NO_CALENDAR = ("?since=0001-01-01T00:00:00%2B23:59", "?since=9999-12-31T23:59:59-23:59")
"""Moments that are none in our own time."""
GARBAGE: list[bytes] = [
    *(b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe\x00", b"{}", b'{"assertion": []}', b'{"assertion": {}}'),
    *(b'{"assertion": {"id": "https://10.0.0.1/"}}', b'{"assertion": {"type": "BadgeClass"}}'),
    *(b'{"signedAssertion": "a.b.c"}', b'{"assertion": "javascript:x"}', b'{"a":' * 300, b'{"assertion": {"x": NaN}}'),
    b'{"assertion": {"type": "Assertion", "badge": "x", "recipient": "\\u0000"}}',
]


@pytest.mark.parametrize("path", ["/ims/ob/v2p1/assertions", "/ims/ob/v3p0/credentials"])
def test_garbage_is_told_in_french_and_leaves_nothing(greta: CourseSite, path: str):
    for body in GARBAGE:
        answer = greta.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, body
        told = answer.json()
        said = told["status"]["error"] if "status" in told else told["imsx_description"]
        assert said in ("Nous ne pouvons pas lire ce badge.", "Il n’y a pas de badge ici."), body
    assert sent_rows(greta.services) == 0


def test_what_no_route_answers_is_told_in_french_too_in_the_shape_of_each_api(
    greta: CourseSite, monkeypatch: pytest.MonkeyPatch
):
    """A badge with its picture in it is soon longer than what is taken, and its site shows the learner what we say."""

    def told(version: str, path: str) -> tuple[int, str]:
        answer = greta.post(f"/ims/ob/{version}/{path}", content=b"x" * 70_000, headers={"content-type": "text/plain"})
        of_body = answer.json()
        assert of_body["status"]["statusCode"] == answer.status_code if version == "v2p1" else "status" not in of_body
        said = of_body["status"]["error"] if version == "v2p1" else of_body["imsx_description"]
        return answer.status_code, said

    both = [("v2p1", "assertions"), ("v3p0", "credentials")]
    assert [told(*one) for one in both] == [(413, "Ce badge est trop lourd.")] * 2
    monkeypatch.setitem(rate_limits.STRICT, "platform", Limit(0, 3600))
    much = [greta.get("/ims/ob/v2p1/profile"), greta.get("/ims/ob/v3p0/profile")]
    assert much[0].json()["status"]["error"] == "Il y a trop d’essais. Essayez encore dans une heure."
    assert much[1].json()["imsx_description"] == "Il y a trop d’essais. Essayez encore dans une heure."
    assert much[1].json()["imsx_codeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == "server_busy"


def test_the_51st_and_the_101st_come_another_day(
    greta: CourseSite, maria: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    assert (sent_badges.MOST_WAITING, rate_limits.STRICT["sent"]) == (50, Limit(100, 24 * 3600))
    most = 5
    monkeypatch.setattr(sent_badges, "MOST_WAITING", most)
    monkeypatch.setitem(rate_limits.STRICT, "sent", Limit(10, 24 * 3600))
    assert greta.sends({"id": "https://a.example/first"}).status_code == 200
    for number in range(most - 1):
        assert greta.sends({"id": f"https://a.example/{number}"}).status_code == 200
    full = greta.sends({"id": "https://a.example/more"})
    assert (full.status_code, full.json()["status"]["statusCode"], full.headers["retry-after"]) == (429, 429, "3600")
    assert "Acceptez d’abord ceux qui sont là." in full.json()["status"]["error"]
    assert sent_rows(greta.services) == most
    statuses = [greta.sends({"id": f"https://b.example/{number}"}).json()["status"]["error"] for number in range(5)]
    assert statuses[-1] == "Trop de badges aujourd’hui. Envoyez les autres demain."
    assert sent_rows(greta.services) == most


def test_where_there_is_no_room_the_site_is_told_so_by_both(greta: CourseSite, monkeypatch: pytest.MonkeyPatch):
    """Else it would believe that the badge is here, and nobody would send it again."""
    monkeypatch.setattr("wallet.badges.badges.MOST_BADGES", 0)
    answers = [greta.sends({"id": "https://a.example/1"}), greta.sends_credential(signed())]
    told = [answers[0].json()["status"]["error"], answers[1].json()["imsx_description"]]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert told == ["Il n’y a plus de place pour vos badges."] * 2
    assert sent_rows(greta.services) == 0


def test_the_same_badge_without_end_comes_to_one(
    greta: CourseSite, maria: Person, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(rate_limits.STRICT, "platform", Limit(5, 3600))
    assertion = hosted(web)
    assert [greta.sends(assertion).status_code for _ in range(6)] == [200] * 5 + [429]
    refused = greta.sent()
    assert (refused.status_code, refused.json()["status"]["statusCode"]) == (429, 429)
    assert sent_rows(greta.services) == 1


def test_a_platform_sees_what_it_sent_and_nothing_else(
    app: Starlette, greta: CourseSite, maria: Person, web: IssuersWeb
):
    mfr = CourseSite(app, maria, MFR)
    ours, theirs = hosted(web, number=1), hosted(web, number=2)
    greta.sends(ours)
    assert greta.sent().json()["assertions"] == [ours], "also while nobody has looked"
    mfr.sends(theirs)
    looks(greta.services)

    assert [one["id"] for one in greta.sent().json()["assertions"]] == [ours["id"]]
    assert [one["id"] for one in mfr.sent().json()["assertions"]] == [theirs["id"]]
    assert (mfr.sent().headers["x-total-count"], mfr.sent().json()["signedAssertions"]) == ("1", [])
    assert greta.get("/ims/ob/v3p0/credentials").json() == {
        "credential": [],
        "compactJwsString": [],
        "compactJwsStrings": [],
    }


def test_who_writes_the_name_of_a_badge_learns_nothing_of_the_one_that_she_has(
    greta: CourseSite, maria: Person, web: IssuersWeb
):
    badge = signed("adapter-1", recipient=MARIA)
    maria.brings(("badge.json", badge))
    forged = json.loads(badge) | {"name": "Sans preuve"}
    del forged["proof"], forged["credentialSubject"]["identifier"]
    stranger = forged | {"id": "urn:uuid:0f0a1c66-7d0e-4a66-9d5c-6d1b7e6a0000"}
    for one in (forged, stranger):
        assert greta.sends_credential(json.dumps(one).encode()).status_code == 201
        looks(greta.services)

    told = greta.get("/ims/ob/v3p0/credentials").json()["credential"]
    assert sorted(told, key=str) == sorted((forged, stranger), key=str), (
        "its own words, whether she has that badge or not"
    )
    assert len(waits(maria)) == 2

    own = {key: value for key, value in json.loads(badge).items() if key != "proof"}
    for one in (badge, json.dumps(own).encode()):
        greta.sends_credential(one)
        looks(greta.services)
    assert greta.get("/ims/ob/v3p0/credentials").json()["credential"] == [stranger], "hers is not what was sent last"
    assert len(maria.has()) == 2


def test_who_writes_the_name_of_a_badge_changes_none_that_waits(app: Starlette, greta: CourseSite, maria: Person):
    mfr = CourseSite(app, maria, MFR)
    badge = json.loads(signed("adapter-1", recipient="yann@exemple.fr"))
    forged = badge | {"name": "Sans preuve", "validFrom": "2026-11-01T00:00:00Z"}
    del forged["proof"]
    for site, one in ((greta, badge), (mfr, forged)):
        assert site.sends_credential(json.dumps(one).encode()).status_code == 201
        looks(greta.services)

    assert len(waits(maria)) == 2
    for site, one in ((greta, badge), (mfr, forged)):
        assert site.get("/ims/ob/v3p0/credentials").json()["credential"] == [one]


def test_it_reads_them_page_by_page(greta: CourseSite, web: IssuersWeb, clock: Clock):
    for number in range(5):
        greta.sends(hosted(web, number=number))
        clock.move(minutes=1)

    found = greta.sent("?limit=2&offset=2")
    assert len(found.json()["assertions"]) == 2
    assert found.headers["x-total-count"] == "5"
    links = re.findall(r'<[^>]*limit=2&offset=(\d+)>; rel="(\w+)"', found.headers["link"])
    assert sorted(links) == [("0", "first"), ("0", "prev"), ("4", "last"), ("4", "next")]
    assert 'offset=0>; rel="last"' in greta.sent("?limit=5").headers["link"]
    for moment in ("10:14:30Z", "10:14:30", "11:14:30%2B01:00"):
        assert greta.sent(f"?since=2026-11-24T{moment}").headers["x-total-count"] == "2", moment
    for wrong in ("?limit=x", "?offset=-1", "?since=yesterday", "?limit=" + "9" * 40, *OF_NO_CALENDAR):
        answer = greta.sent(wrong)
        assert (answer.status_code, answer.json()["status"]["statusText"]) == (400, "BAD_REQUEST"), wrong


def test_the_profile_is_a_first_name_where_she_said_so(app: Starlette, greta: CourseSite, maria: Person):
    maria.post("/settings", data={"name": "Maria"})
    mfr = CourseSite(app, maria, MFR, tells_name=True)

    assert greta.get("/ims/ob/v2p1/profile").json()["profile"]["name"] == "Titulaire"
    assert mfr.get("/ims/ob/v2p1/profile").json()["profile"]["name"] == "Maria"
    assert mfr.post("/ims/ob/v2p1/profile", json={"profile": {"name": "Eve"}}).json()["profile"]["name"] == "Maria"
    put = mfr.put("/ims/ob/v3p0/profile", json={"name": "Eve"})
    assert (put.status_code, put.json()["name"]) == (202, "Maria")
    assert MARIA not in mfr.get("/ims/ob/v2p1/profile").text + mfr.get("/ims/ob/v3p0/profile").text


@pytest.mark.breadth
def test_she_reads_which_site_may_read_her_first_name(app: Starlette, greta: CourseSite, maria: Person):
    alone = maria.reads("/platforms")
    assert "Ils voient ceux qu’ils ont envoyés, et rien d’autre." in alone
    assert "prénom" not in alone

    CourseSite(app, maria, MFR, tells_name=True)

    both = maria.reads("/platforms")
    assert "rien d’autre" not in both
    assert both.count("Il peut lire votre prénom.") == 1


@pytest.mark.parametrize("may", [CREATE, READ, PROFILE])
def test_each_right_is_its_own(app: Starlette, maria: Person, may: str):
    site = CourseSite(app, maria, MFR, scopes=may)
    answers = {
        CREATE: site.sends({"id": "https://a.example/1"}),
        READ: site.sent(),
        PROFILE: site.get("/ims/ob/v2p1/profile"),
    }

    for scope, answer in answers.items():
        assert answer.status_code == (200 if scope == may else 403), scope
        if scope != may:
            assert answer.json()["status"]["statusText"] == "PERMISSION_DENIED"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp4", "Bearer é"])
def test_without_a_token_there_is_nothing(app: Starlette, header: str):
    nobody = Person(app)
    headers = {"authorization": header.encode()} if header else {}

    for method, path in (
        *(("GET", "/ims/ob/v2p1/assertions"), ("POST", "/ims/ob/v2p1/assertions"), ("GET", "/ims/ob/v2p1/profile")),
        *(("GET", "/ims/ob/v3p0/credentials"), ("POST", "/ims/ob/v3p0/credentials"), ("PUT", "/ims/ob/v3p0/profile")),
    ):
        answer = nobody.request(method, path, headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Bearer"), path
        assert "Ce site n’est pas relié." in answer.text, path


# --- what she does ----------------------------------------------------------------------------------------------------


def test_stopped_it_sends_nothing_more_and_her_badges_stay(greta: CourseSite, maria: Person, web: IssuersWeb):
    assert "Plateformes reliées 1 site peut envoyer des badges ici" in maria.reads("/settings")
    greta.sends(hosted(web))
    looks(greta.services)
    told = maria.reads("/platforms")
    assert "GRETA du Havre moodle.greta.example Reliée le 24 novembre 2026" in told

    answer = maria.post(f"/platforms/{greta.link}/stopping", follow_redirects=True)

    assert "moodle.greta.example ne peut plus rien envoyer. Vos badges restent ici." in words(answer.text)
    assert "Aucune plateforme n’est reliée." in words(answer.text)
    assert "Sur votre site de cours, cherchez « sac à badges »." in words(answer.text).replace("\u00a0", " ")
    assert greta.sends(hosted(web, number=3)).json()["status"]["statusCode"] == 401
    assert greta.sent().status_code == 401
    assert len(maria.has()) == 2
    assert maria.post(f"/platforms/{greta.link}/stopping").status_code == 303, "a second tap changes nothing"


def test_nobody_stops_anothers_platform(app: Starlette, greta: CourseSite, web: IssuersWeb):
    sonia = holder(app)

    assert sonia.post(f"/platforms/{greta.link}/stopping").status_code == 404
    assert greta.sends(hosted(web)).status_code == 200


@pytest.mark.breadth
def test_all_of_it_goes_when_she_erases_everything(greta: CourseSite, maria: Person, web: IssuersWeb):
    greta.sends_credential(signed("adapter-1", recipient="yann@exemple.fr"))
    looks(greta.services)
    greta.sends(hosted(web))
    asked = len(web.asked)

    maria.post("/erasure", data={"sure": "yes"})

    assert rows(maria, Holder) == rows(maria, KeptBadge) == sent_rows(greta.services) == 0
    assert greta.sends(hosted(web, number=2)).status_code == 401
    looks(greta.services)
    assert len(web.asked) == asked


def test_many_are_refused_together_and_what_a_link_brought_stays(greta: CourseSite, maria: Person):
    for _ in range(4):
        greta.sends_credential(signed("adapter-1", recipient="yann@exemple.fr"))
    looks(greta.services)
    assert "Tout refuser" in maria.reads("/badges/waiting")

    answer = maria.post("/badges/waiting/refusal", follow_redirects=True)

    assert "Ces badges ne sont pas ajoutés." in words(answer.text)
    assert waits(maria) == []


def test_discovery_tells_the_same_way_in(app: Starlette):
    told = Person(app).get("/ims/ob/v3p0/discovery").json()

    flow = told["components"]["securitySchemes"]["OAuth2ACG"]
    assert flow["x-imssf-registrationUrl"].startswith("http")
    assert set(flow["flows"]["authorizationCode"]["scopes"]) == set(OFFERED_3)
    assert {path: set(told["paths"][path]) for path in told["paths"]} == {
        "/credentials": {"get", "post"},
        "/profile": {"get", "put"},
    }
    answers = {way: set(one["responses"]) for path in told["paths"].values() for way, one in path.items()}
    assert answers == {
        "get": {"200", "default"},
        "post": {"200", "201", "default"},
        "put": {"202", "default"},
    }
