"""What a badge says of how it was achieved: its holder reads all of it, others what may be seen, a mark where it was ticked."""

import json
import re
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.made_once import has, link_of, made_once, shows
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, words
from tests.openbadges.support import guild
from tests.openbadges.test_details import ACHIEVEMENT, SUBJECT
from tests.openbadges.test_endorsements import endorsement, word
from tests.routes.test_files_let_go import rest_of
from wallet.badges import quota
from wallet.badges.models import ImportOutcome, KeptBadge
from wallet.rechecks.round import Rechecks
from wallet.shares.models import Share
from wallet.web import rechecks
from wallet.web.services import Services

SEEN = ("Maîtrise", "4.5", "Chef d’équipe", "1er septembre 2025", "20 décembre 2025", "La Région", "Le CFA")
"""What others see."""
MARKS = ("15 / 20", "points", "il faut")
NEVER = ("A-9320041", "RNCP1", "Automne", "Inox")
AGAIN = f"https://{guild.HOST}/again"


def detailed(**members: Any) -> bytes:
    """Maria's badge with all of it."""
    written = deepcopy(guild.badge(**members))
    written["credentialSubject"] |= SUBJECT
    written["credentialSubject"]["achievement"] |= ACHIEVEMENT
    return json.dumps(guild.signed(written)).encode()


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app, ("badge.json", detailed()))


def test_the_holder_reads_all_of_it(sonia: Person) -> None:
    page = sonia.reads(f"/badges/{sonia.has()[0]}")

    assert [said for said in (*SEEN, *MARKS, *NEVER, "en-GB", "S1", "Métal") if said not in page] == []


@pytest.mark.parametrize("with_marks", [False, True])
@pytest.mark.breadth
def test_others_see_a_mark_only_where_the_holder_ticked_it(
    sonia: Person, recruiter: Stranger, with_marks: bool
) -> None:
    marks = {"marks": "1"} if with_marks else {}
    share = shows(sonia, *has(sonia), **marks)
    link = link_of(sonia, share)

    page = words(recruiter.get(f"{link}/badges/0").text)

    assert [said for said in SEEN if said not in page] == []
    assert [said for said in MARKS if (said in page) != with_marks] == []
    assert [said for said in NEVER if said in page] == []
    assert ("Notes montrées" in sonia.reads(f"{share}/details")) == with_marks
    beforehand = sonia.post("/shares/preview", data={"badge": sonia.has(), "days": "7", **marks}).text
    assert ("15 / 20" in words(beforehand)) == with_marks, "its holder sees it before it is shown"
    first = recruiter.reads(link) + sonia.reads(f"{share}/page")
    assert [said for said in (*MARKS, *NEVER) if said in first] == []


@pytest.mark.breadth
def test_the_form_offers_marks_where_there_are_some_and_keeps_the_tick(sonia: Person, maria: Person) -> None:
    assert "Montrer aussi les notes" not in maria.reads("/shares/new")
    page = sonia.page("/shares/new")
    assert "Montrer aussi les notes" in page
    assert 'name="marks" value="1" aria-describedby="marks-hint">' in page, "not ticked by itself"
    assert "data-marks" in page

    wrong = sonia.post("/shares", data={"badge": str(sonia.has()[0]), "days": "date", "marks": "1"})

    assert wrong.status_code == 422
    assert 'name="marks" value="1" aria-describedby="marks-hint" checked>' in wrong.text
    share = shows(sonia, *sonia.has(), marks="1")
    again = sonia.page(f"/shares/new?again={share.rpartition('/')[2]}")
    assert 'name="marks" value="1" aria-describedby="marks-hint" checked>' in again


def test_the_preview_shows_what_the_page_will(sonia: Person) -> None:
    choice = {"badge": str(has(sonia)[0]), "days": "7"}

    without, with_marks = (
        words(sonia.post("/shares/preview", data=data, headers={"HX-Request": "true"}).text)
        for data in (choice, choice | {"marks": "1"})
    )

    assert "Maîtrise" in without
    assert "15 / 20" not in without
    assert "15 / 20" in with_marks


@pytest.mark.breadth
def test_a_share_tells_its_choice_in_an_archive_and_comes_back_with_it(sonia: Person, youssef: Person) -> None:
    shows(sonia, *has(sonia), marks="1")
    shows(sonia, *has(sonia), word="Bonjour")

    files = take(sonia)

    assert [one["shows_marks"] for one in wallet_of(opened(files))["shares"]] == [True, False]
    youssef.post("/archive/return", files={"documents": ("dossier.zip", files, "application/zip")})
    with youssef.services.database.reading() as session:
        brought = session.scalars(select(Share).where(Share.is_history).order_by(Share.id))
        assert sorted(one.shows_marks for one in brought) == [False, True]


@pytest.mark.breadth
def test_what_was_kept_before_there_were_details_is_still_shown(sonia: Person, recruiter: Stranger) -> None:
    """An update finds thousands of badges that were read without them."""
    link = link_of(sonia, shows(sonia, *has(sonia), marks="1"))
    with sonia.services.database.writing() as session:
        [kept] = session.scalars(select(KeptBadge))
        kept.read = {name: value for name, value in kept.read.items() if name != "details"}
        kept.examination = {name: value for name, value in kept.examination.items() if name != "endorsements"}

    assert "Souder" in sonia.reads("/badges/1")
    page = words(recruiter.get(f"{link}/badges/0").text)
    assert [said for said in SEEN if said in page] == []
    assert "Sorte de réussite compétence" in page, "that was read all along"


@pytest.mark.breadth
def test_what_others_say_is_told_to_the_holder_alone(app: Starlette, recruiter: Stranger) -> None:
    forged = word("urn:uuid:a1")
    forged["credentialSubject"]["endorsementComment"] = "La meilleure."
    written = detailed(endorsement=[word(), forged, word("urn:uuid:b7", id="urn:e3")])
    sonia = holder(app, ("badge.json", written))
    link = link_of(sonia, shows(sonia, *sonia.has()))

    page = sonia.reads("/badges/1")

    assert "« Je l’ai vue souder. »" in page
    assert "Ce mot n’a pas été changé. Nous n’avons pas vérifié le nom." in page
    assert "Ce mot a été changé. Ne vous y fiez pas." in page
    assert "La meilleure" not in page
    assert "Ce mot parle d’autre chose." in page
    assert "Badge intact" in page
    for path in (link, f"{link}/badges/0"):
        assert "La mairie" not in recruiter.get(path).text


def test_of_a_word_that_stands_in_a_badge_no_machine_is_told_of_a_file_of_its_own(
    app: Starlette, recruiter: Stranger
) -> None:
    sonia = holder(app, ("badge.json", detailed(endorsement=[word()])))
    [chosen] = re.findall(r'name="endorsement" value="([^"]+)"', sonia.page("/shares/new"))
    link = link_of(sonia, shows(sonia, *sonia.has(), endorsement=chosen))

    assert "Je l’ai vue souder." in recruiter.reads(link)
    assert "/words/" not in recruiter.get(link, headers={"Accept": "application/vp"}).headers["link"]


@pytest.mark.breadth
def test_whoever_says_it_is_asked_only_while_nobody_waits(app: Starlette, web: IssuersWeb) -> None:
    """Neither the import nor the holder's own check gives them its time; what they answered to the chore stays."""
    services: Services = app.state.services
    web[guild.DID_DOCUMENT] = json.dumps(guild.did_document(guild.OTHER_KEY)).encode()
    said = guild.signed(endorsement(issuer=guild.WEB_DID), guild.OTHER_KEY, f"{guild.WEB_DID}#key-1")
    sonia = holder(app, ("badge.json", detailed(endorsement=[said])))

    assert "Nous n’avons pas encore vérifié ce mot." in sonia.reads("/badges/1")
    assert guild.DID_DOCUMENT not in web.asked

    with services.database.writing() as session:
        session.execute(update(KeptBadge).values(due_at=services.clock()))
    Rechecks(services.database, partial(services.import_tools, is_chore=True), services.clock).round()
    assert web.asked.count(guild.DID_DOCUMENT) == 1
    assert f"Ce mot n’a pas été changé. Il vient de {guild.HOST}." in sonia.reads("/badges/1")

    assert sonia.post("/badges/1/verifications").headers["location"].endswith("?done=checked")
    assert web.asked.count(guild.DID_DOCUMENT) == 1
    assert f"Ce mot n’a pas été changé. Il vient de {guild.HOST}." in sonia.reads("/badges/1")


@pytest.mark.breadth
def test_a_word_that_is_brought_alone_is_told_and_not_kept(maria: Person) -> None:
    before = maria.has()

    for content in (json.dumps(word()).encode(), guild.token(endorsement(), guild.OTHER_KEY).encode()):
        answer = maria.brings(("mot.json", content))
        assert answer.status_code == 422
        assert "C’est un mot sur un badge." in words(answer.text)
    assert maria.has() == before


ENDED = {"validUntil": "2026-10-01T00:00:00Z", "refreshService": {"id": AGAIN, "type": "1EdTechCredentialRefresh"}}


def ended(**members: Any) -> bytes:
    """Maria's badge that has ended, and says where a newer edition is."""
    return json.dumps(guild.signed_in("eddsa-rdfc-2022", guild.badge(**ENDED | members), guild.KEY)).encode()


def newer(key: Any = guild.KEY, **members: Any) -> bytes:
    """What the guild gives there."""
    return json.dumps(guild.signed(guild.badge(guild.did(key), **members), key)).encode()


@pytest.fixture
@made_once
def fatou(app: Starlette) -> Person:
    return holder(app, ("badge.json", ended()))


def looks_again(person: Person) -> str:
    answer = person.post("/badges/1/newer")
    assert answer.status_code == 303
    return str(answer.headers["location"])


@pytest.mark.breadth
def test_nothing_is_asked_before_a_tap(fatou: Person, web: IssuersWeb) -> None:
    page = fatou.page("/badges/1")
    fatou.post("/badges/1/verifications")

    assert "Chercher une version plus récente" in page
    assert AGAIN not in web.asked


@pytest.mark.breadth
def test_a_newer_edition_takes_the_place_of_the_one_that_ended(fatou: Person, web: IssuersWeb) -> None:
    web[AGAIN] = newer(validFrom="2026-10-01T00:00:00Z")

    assert looks_again(fatou) == "/badges/1?done=updated"
    assert fatou.has() == [1]
    page = fatou.reads("/badges/1?done=updated")
    assert "Votre badge est mis à jour." in page
    assert "Chercher une version plus récente" not in page


def test_a_newer_edition_under_another_id_stands_beside_the_one_that_ended(fatou: Person, web: IssuersWeb) -> None:
    web[AGAIN] = newer(id="urn:uuid:b2", validFrom="2026-10-01T00:00:00Z")

    assert looks_again(fatou) == "/badges/2?done=added"
    assert sorted(fatou.has()) == [1, 2]


@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_a_newer_edition_that_is_withdrawn_already_is_none(fatou: Person, web: IssuersWeb, purpose: str) -> None:
    web[AGAIN] = newer(validFrom="2026-10-01T00:00:00Z", credentialStatus=guild.status(purpose=purpose))
    web[guild.LIST] = json.dumps(guild.signed(guild.status_list([42], purpose=purpose))).encode()

    assert looks_again(fatou) == "/badges/1?done=newer-none"
    assert fatou.has() == [1]


def test_of_all_that_stands_at_that_address_the_newer_edition_alone_is_kept(
    fatou: Person, web: IssuersWeb, clock: Clock
) -> None:
    """Another one's badge, and two editions: of what is not kept no file stays."""
    editions = [newer(id=f"urn:uuid:b{number}", validFrom="2026-10-01T00:00:00Z") for number in (2, 3)]
    documents = [json.loads(one) for one in (newer(guild.OTHER_KEY), *editions)]
    web[AGAIN] = json.dumps(
        {"@context": [guild.VC2], "type": "VerifiablePresentation", "verifiableCredential": documents}
    ).encode()
    before = rest_of(fatou, clock)

    assert looks_again(fatou) == "/badges/2?done=added"

    with fatou.services.database.reading() as session:
        named = {name for one in session.scalars(select(KeptBadge)) for name in one.files}
    assert rest_of(fatou, clock) - before == named - before


def test_a_newer_edition_for_which_there_is_no_room_is_told_so(
    fatou: Person, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    web[AGAIN] = newer(id="urn:uuid:b2", validFrom="2026-10-01T00:00:00Z")
    monkeypatch.setattr(quota, "ROOM", 10)

    where = looks_again(fatou)

    assert where == "/badges/1?done=full"
    assert "Il n’y a plus de place" in fatou.reads(where)


def forged(**members: Any) -> bytes:
    changed = json.loads(newer(**members))
    changed["name"] = "Docteure"
    return json.dumps(changed).encode()


ANSWERS = (
    (None, "newer-silent", "L’organisme ne répond pas maintenant."),
    (404, "newer-silent", "L’organisme ne répond pas maintenant."),
    (b"<html><title>Guilde</title>", "newer-unread", "Nous n’avons pas pu lire la réponse de l’organisme."),
    (newer()[:-9], "newer-unread", "Nous n’avons pas pu lire la réponse de l’organisme."),
    (ended(), "newer-none", "L’organisme n’a pas de version plus récente."),
    (newer(guild.OTHER_KEY), "newer-other", "L’organisme a envoyé un autre badge."),
    (
        newer(
            id="urn:uuid:b9",
            credentialSubject=guild.badge()["credentialSubject"]
            | {
                "achievement": {
                    "id": "urn:uuid:a9",
                    "type": ["Achievement"],
                    "name": "Peindre",
                    "criteria": {"narrative": "…"},
                }
            },
        ),
        "newer-other",
        "Nous ne le gardons pas.",
    ),
    (forged(), "newer-bad", "Le fichier reçu a été changé."),
    (
        json.dumps(guild.badge(validFrom="2026-10-01T00:00:00Z")).encode(),
        "newer-unsure",
        "Nous n’avons pas pu vérifier la version reçue.",
    ),
)


def test_what_is_no_newer_edition_is_told_and_changes_nothing(fatou: Person, web: IssuersWeb) -> None:
    """A refresh service is an address like any other: whoever has it may answer anything."""
    for answer, done, said in ANSWERS:
        if answer is not None:
            web[AGAIN] = answer

        where = looks_again(fatou)

        assert where == f"/badges/1?done={done}", said
        assert said in fatou.reads(where), done
        with fatou.services.database.reading() as session:
            assert [kept.state for kept in session.scalars(select(KeptBadge))] == ["expired"], done
    assert fatou.has() == [1]


def test_what_we_could_not_look_at_does_not_say_that_there_is_nothing_newer(fatou: Person) -> None:
    """Nobody looks another time for what their issuer does not have, and we had only been too busy to read it."""
    for reason, done, said in (
        ("busy", "busy", "Essayez encore dans une minute."),
        ("link-too-often", "later", "Essayez encore dans une heure."),
        ("too-heavy", "newer-unread", "Nous n’avons pas pu lire la réponse de l’organisme."),
        ("locked", "newer-unread", "Nous gardons l’ancienne version."),
        ("identity-document", "newer-none", "L’organisme n’a pas de version plus récente."),
        ("late", "newer-silent", "L’organisme ne répond pas maintenant."),
    ):
        assert rechecks._why_none([ImportOutcome("", "problem", reason)], [], []) == done
        assert said in fatou.reads(f"/badges/1?done={done}"), reason


@pytest.mark.breadth
def test_a_badge_that_has_not_ended_or_is_not_intact_is_not_looked_for(app: Starlette, web: IssuersWeb) -> None:
    good = guild.signed_in("eddsa-rdfc-2022", guild.badge(**ENDED | {"validUntil": None}), guild.KEY)
    changed = json.loads(ended(id="urn:uuid:b2")) | {"name": "Docteure"}
    person = holder(app, ("a.json", json.dumps(good).encode()), ("b.json", json.dumps(changed).encode()))

    for id in person.has():
        assert person.post(f"/badges/{id}/newer").headers["location"] == f"/badges/{id}?done=newer-none"
    assert AGAIN not in web.asked
