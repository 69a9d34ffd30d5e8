"""« Ce badge a besoin d’un vocabulaire de plus »: fetched once, by a tap, kept with the badge, and never asked for again."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from starlette.applications import Starlette

from tests.fixtures.archived import Archive, named
from tests.fixtures.made_once import has, made_once
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, words
from tests.openbadges.support import guild, own_words
from tests.openbadges.support.own_words import MORE, WORDS, context
from wallet.badges import own_contexts, quota
from wallet.badges.models import KeptBadge
from wallet.network.bounded_fetch import OWN_LIMIT
from wallet.openbadges import Unreachable
from wallet.operations import all_tables, cleanup
from wallet.rechecks.round import Rechecks
from wallet.storage import file_removals

QUESTION = "Ce badge a besoin d’un vocabulaire de plus : guild.example. Aller le chercher ?"
GOOD = context()


def badge(given: dict[str, bytes] | None = None, *addresses: str, **members: Any) -> bytes:
    """Maria's badge in words of its issuer, signed."""
    document = own_words.badge(*addresses, **{"workload": "30 h"} | members)
    return json.dumps(own_words.signed(document, given or {WORDS: GOOD})).encode()


def kept(app: Starlette) -> list[KeptBadge]:
    with app.state.services.database.reading() as session:
        return list(session.query(KeptBadge).order_by(KeptBadge.id))


def shelf(app: Starlette) -> set[str]:
    """The files that rows name, each of them there."""
    with app.state.services.database.reading() as session:
        names = all_tables.files_in_use(session)
    for name in names:
        app.state.services.files.read(name)
    return names


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, whose badge cannot be checked as yet."""
    return holder(app, ("badge.json", badge()))


def taps(person: Person, id: int, host: str = "guild.example") -> Any:
    return person.post(f"/badges/{id}/contexts", data={"host": host}, follow_redirects=True)


def test_it_is_asked_for_by_a_tap_alone_and_the_badge_is_valid_then(app: Starlette, maria: Person, web: IssuersWeb):
    web[WORDS] = GOOD
    [id] = has(maria)
    assert QUESTION in maria.reads(f"/badges/{id}")
    assert WORDS not in web.asked

    answer = taps(maria, id)

    assert answer.status_code == 200
    assert "Nous venons de vérifier ce badge." in answer.text
    page = maria.reads(f"/badges/{id}")
    assert "vocabulaire de plus" not in page
    assert "Ces parties sont dans le vocabulaire de l’organisme : /workload" in page
    assert f"{WORDS} SHA-256 {named(GOOD)}" in page
    assert kept(app)[0].state == "valid"
    assert kept(app)[0].own_contexts == {
        WORDS: {"file": named(GOOD), "size": len(GOOD), "at": "2026-11-24T10:12:00+00:00"}
    }
    assert named(GOOD) in shelf(app)


def test_nothing_is_asked_for_where_the_vocabulary_stands_in_the_badge(
    app: Starlette, youssef: Person, web: IssuersWeb
):
    web[WORDS] = GOOD

    youssef.brings(("badge.json", json.dumps(own_words.in_itself(json.loads(badge()), {WORDS: GOOD})).encode()))

    page = youssef.reads(f"/badges/{has(youssef)[0]}")
    assert "vocabulaire de plus" not in page
    assert "Ces parties sont dans le vocabulaire de l’organisme : /workload" in page
    assert "Nous gardons ce vocabulaire" not in page
    assert (kept(app)[0].state, kept(app)[0].own_contexts, WORDS in web.asked) == ("valid", None, False)


@pytest.mark.breadth
def test_a_visitor_is_asked_on_the_page_of_what_they_brought(app: Starlette, visitor: Person, web: IssuersWeb):
    web[WORDS] = GOOD

    visitor.brings(("badge.json", badge()))
    assert QUESTION in visitor.reads("/badges")
    taps(visitor, kept(app)[0].id)

    assert kept(app)[0].state == "valid"


def test_it_is_never_asked_for_again_by_whom_ever(
    app: Starlette, maria: Person, recruiter: Stranger, web: IssuersWeb, clock: Clock
):
    web[WORDS] = GOOD
    [id] = has(maria)
    link = maria.link_of(maria.shows(id))
    taps(maria, id)
    assert kept(app)[0].due_at < clock.now + timedelta(days=2), "as all that is shown"
    web[WORDS] = context(workload="guild:hours")  # the issuer changes it
    web.asked.clear()

    maria.post(f"/badges/{id}/verifications")
    clock.move(days=1)
    recruiter.post(f"{link}/verifications", headers={"Sec-Fetch-Site": "same-origin"})
    assert kept(app)[0].checked_at == clock.now
    clock.move(days=8)
    services = app.state.services
    Rechecks(services.database, services.import_tools, clock).round()

    assert kept(app)[0].checked_at == clock.now
    assert kept(app)[0].state == "valid"
    assert WORDS not in web.asked


@pytest.mark.breadth
def test_each_badge_keeps_its_own_of_a_vocabulary_that_changed(app: Starlette, maria: Person, web: IssuersWeb):
    later = context(workload="guild:hours")
    web[WORDS] = GOOD
    taps(maria, has(maria)[0])
    web[WORDS] = later
    youssef = holder(app, ("badge.json", badge({WORDS: later}, id="urn:uuid:b2")))
    maria.brings(("newer.json", badge({WORDS: later}, id="urn:uuid:b3")))

    taps(youssef, youssef.has()[0])
    taps(maria, maria.has()[0])

    assert [one.state for one in kept(app)] == ["valid"] * 3
    assert [one.own_contexts[WORDS]["file"] for one in kept(app) if one.own_contexts] == [
        named(GOOD),
        named(later),
        named(later),
    ]


@pytest.mark.breadth
def test_what_is_no_vocabulary_is_not_kept(app: Starlette, maria: Person, web: IssuersWeb):
    [id] = has(maria)
    for answer in (
        404,
        (200, "text/html", b"<html></html>"),
        (200, "application/ld+json", b"{}"),
        (200, "text/html", GOOD),
        (500, "application/ld+json", GOOD),
        (200, "application/json", GOOD + b" " * 300 * 1024),
    ):
        web[WORDS] = answer

        page = taps(maria, id).text

        assert "Ce site n’a pas donné de vocabulaire." in page, answer
        assert QUESTION in words(page), answer
        assert kept(app)[0].own_contexts is None, answer
        assert kept(app)[0].state == "unknown", answer


def test_a_site_that_does_not_answer_is_told_so(app: Starlette, maria: Person):
    assert "Ce site n’a pas donné de vocabulaire." in taps(maria, maria.has()[0]).text


def test_a_site_that_we_asked_too_often_is_not_said_to_have_none(maria: Person, monkeypatch: pytest.MonkeyPatch):
    def too_often(_web: IssuersWeb, address: str) -> object:
        raise Unreachable(address, OWN_LIMIT)

    monkeypatch.setattr(IssuersWeb, "__call__", too_often)
    [id] = maria.has()

    assert maria.post(f"/badges/{id}/contexts", data={"host": "guild.example"}).headers["location"].endswith("=later")


@pytest.mark.parametrize("terms", [{"ident": "@id"}, {"until": "https://www.w3.org/2018/credentials#validUntil"}, {}])
@pytest.mark.breadth
def test_one_that_does_not_help_is_not_kept(app: Starlette, maria: Person, web: IssuersWeb, terms: Any):
    """It redefines what we read, or the signature does not fit under it: it may be another one tomorrow."""
    web[WORDS] = context(terms)
    before = shelf(app)

    page = taps(maria, maria.has()[0]).text

    assert "Avec ce vocabulaire, nous ne pouvons pas vérifier le badge." in page
    assert QUESTION in words(page)
    assert kept(app)[0].own_contexts is None
    assert shelf(app) == before


def test_one_for_which_there_is_no_room_is_not_kept(
    app: Starlette, maria: Person, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    web[WORDS] = GOOD
    before = shelf(app)
    monkeypatch.setattr(quota, "ROOM", 10)

    assert "Il n’y a plus de place pour ce vocabulaire." in taps(maria, maria.has()[0]).text

    assert (kept(app)[0].state, kept(app)[0].own_contexts) == ("unknown", None)
    assert shelf(app) == before


def test_one_that_comes_when_its_badge_was_just_removed_leaves_no_file(
    app: Starlette, maria: Person, web: IssuersWeb, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    web[WORDS] = GOOD
    [id] = has(maria)
    files, before = app.state.services.files, set(app.state.services.files.names())
    fetch = own_contexts.fetch_contexts

    def meanwhile(*what: Any) -> Any:
        maria.post(f"/badges/{id}/removal")
        return fetch(*what)

    monkeypatch.setattr("wallet.badges.fetch_contexts", meanwhile)

    assert taps(maria, id).status_code == 404

    assert named(GOOD) in set(files.names()) - before
    file_removals.remove_scheduled(app.state.services.database, files, clock())
    assert set(files.names()) == before


def test_another_host_than_the_one_that_was_named_is_not_asked(app: Starlette, maria: Person, web: IssuersWeb):
    web[WORDS] = GOOD

    for host in ("evil.example", "", "GUILD.example"):
        taps(maria, has(maria)[0], host)

    assert WORDS not in web.asked


def test_nobody_fetches_for_the_badge_of_somebody_else(app: Starlette, maria: Person, web: IssuersWeb):
    web[WORDS] = GOOD
    youssef = holder(app)

    assert youssef.post(f"/badges/{maria.has()[0]}/contexts", data={"host": "guild.example"}).status_code == 404
    assert WORDS not in web.asked


def test_each_host_has_its_own_tap(app: Starlette, web: IssuersWeb):
    given = {WORDS: context([MORE, own_words.TERMS]), MORE: context({"other": "https://other.example/v#other"})}
    web |= given
    maria = holder(app, ("badge.json", badge(given, other="x")))
    [id] = maria.has()

    taps(maria, id)
    assert MORE not in web.asked
    assert "vocabulaire de plus : other.example" in maria.reads(f"/badges/{id}")
    taps(maria, id, "other.example")

    assert kept(app)[0].state == "valid"
    assert kept(app)[0].own_contexts.keys() == given.keys()  # type: ignore[union-attr]


@pytest.mark.breadth
def test_one_that_is_named_by_http_is_asked_for_by_https(app: Starlette, web: IssuersWeb):
    """Nobody protects plain http on its way, and most instances do not ask it: the tap would never help."""
    plain = WORDS.replace("https:", "http:")
    web[WORDS] = GOOD
    maria = holder(app, ("badge.json", badge({plain: GOOD}, plain)))
    [id] = maria.has()
    assert QUESTION in maria.reads(f"/badges/{id}")

    taps(maria, id)

    assert kept(app)[0].state == "valid"
    assert list(kept(app)[0].own_contexts or ()) == [plain]
    assert plain not in web.asked


def test_the_page_says_that_another_site_may_be_asked(maria: Person):
    """Addresses of vocabularies that are made to last redirect to where they are now."""
    assert "S’il renvoie à un autre site, nous demandons aussi" in maria.reads(f"/badges/{maria.has()[0]}")


@pytest.mark.breadth
def test_it_goes_with_its_badge(app: Starlette, maria: Person, web: IssuersWeb, clock: Clock):
    web[WORDS] = GOOD
    [id] = has(maria)
    taps(maria, id)

    maria.post(f"/badges/{id}/removal")
    clock.move(days=2)
    cleanup.clean_up(app.state.services.database, app.state.services.files, clock.now)

    assert kept(app) == []
    assert named(GOOD) not in shelf(app)


def test_one_that_was_lost_is_asked_for_again(app: Starlette, maria: Person, web: IssuersWeb):
    web[WORDS] = GOOD
    [id] = has(maria)
    taps(maria, id)
    app.state.services.files.remove(named(GOOD))

    maria.post(f"/badges/{id}/verifications")
    assert QUESTION in maria.reads(f"/badges/{id}")
    taps(maria, id)

    assert kept(app)[0].state == "valid"
    assert named(GOOD) in shelf(app)


def brings_back(person: Person, archive: bytes) -> None:
    upload = ("documents", ("mes-badges.zip", archive, "application/zip"))
    assert person.post("/archive/return", files=[upload]).status_code in (200, 303)


# Taken away, and brought elsewhere.


@pytest.mark.breadth
def test_an_archive_brings_it_along_though_its_issuer_is_gone(app: Starlette, maria: Person, web: IssuersWeb):
    web[WORDS] = GOOD
    taps(maria, has(maria)[0])
    taken = ZipFile(BytesIO(maria.get("/archive/file").content))
    assert taken.read(f"files/{named(GOOD)}") == GOOD
    web.clear()
    youssef = holder(app)

    brings_back(youssef, taken.fp.getvalue())  # type: ignore[union-attr]

    assert [one.state for one in kept(app) if one.own_contexts] == ["valid", "valid"]


@pytest.mark.breadth
def test_an_archive_brings_it_along_though_its_issuer_is_silent_that_day(app: Starlette, web: IssuersWeb, clock: Clock):
    """Nobody can say then whether it fits, and it is nowhere else any more."""
    signed = own_words.signed(
        own_words.badge(workload="30 h", issuer={"id": guild.WEB_DID, "type": ["Profile"], "name": "La guilde"}),
        {WORDS: GOOD},
        verificationMethod=f"{guild.WEB_DID}#key-1",
    )
    web[WORDS], web[guild.DID_DOCUMENT] = GOOD, json.dumps(guild.did_document()).encode()
    maria = holder(app, ("badge.json", json.dumps(signed).encode()))
    taps(maria, maria.has()[0])
    fetched_at = clock.now
    taken = maria.get("/archive/file").content
    web.clear()
    clock.move(days=3)
    youssef = holder(app)

    brings_back(youssef, taken)

    hers, his = kept(app)[0], kept(app)[-1]
    assert hers.own_contexts
    assert (his.state, his.own_contexts) == ("unknown", hers.own_contexts)
    assert hers.own_contexts[WORDS]["at"] == fetched_at.isoformat()
    web[guild.DID_DOCUMENT] = json.dumps(guild.did_document()).encode()
    youssef.post(f"/badges/{his.id}/verifications")
    assert kept(app)[-1].state == "valid"
    assert named(GOOD) in shelf(app)


def test_an_archive_that_made_one_up_proves_nothing(app: Starlette, web: IssuersWeb):
    forged = context({"until": {"@id": "https://www.w3.org/2018/credentials#validUntil"}})
    archive = Archive().add(
        badge(), own_contexts={WORDS: {"file": named(forged), "size": len(forged), "at": "2026-01-01T00:00:00+00:00"}}
    )
    archive.members[f"files/{named(forged)}"] = forged
    maria = holder(app)

    brings_back(maria, archive.packed())

    assert [(one.state, one.own_contexts) for one in kept(app)][1:] == [("unknown", None)]
