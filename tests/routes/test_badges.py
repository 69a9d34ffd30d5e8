"""Taking badges in, looking at them, and taking them out again, as people do it with a browser."""

import json
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import has
from tests.fixtures.visits import AWARDED, Clock, IssuersWeb, Person, Stranger, baked, holder, signed, words
from tests.openbadges.support import guild, school
from tests.openbadges.test_v1 import OLDEST
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.inspection import files, isolated
from wallet.web.rate_limits import HOUR, STRICT, Limit

HOSTED = samples.samples()[0]
HOSTED_AT = samples.make_assertion(HOSTED, AWARDED)["id"]


def hosted(web: IssuersWeb) -> bytes:
    """A badge of Open Badges 2.0 that its issuer's web confirms."""
    assertion, badge_class = samples.make_assertion(HOSTED, AWARDED), samples.make_class(HOSTED)
    web[assertion["id"]] = json.dumps(assertion).encode()
    web[assertion["badge"]] = json.dumps(badge_class).encode()
    web[badge_class["issuer"]] = json.dumps(samples.profile()).encode()
    return json.dumps(assertion).encode()


def tampered(document: bytes) -> bytes:
    """The badge with another name: its signature no longer fits."""
    return document.replace(b"Communiquer", b"Commander")


def screenshot() -> bytes:
    """A picture with no badge in it."""
    stream = BytesIO()
    Image.new("RGB", (40, 40), "white").save(stream, "PNG")
    return stream.getvalue()


def test_the_first_page_opens_the_picker_itself_for_several_files_of_any_kind(visitor: Person):
    page = visitor.page("/")

    assert '<form class="pick" method="post" action="/badges" enctype="multipart/form-data">' in page
    assert 'type="file" name="documents" multiple' in page
    assert "accept=" not in page
    assert "Ajouter mon premier badge" in page
    assert "J’ai déjà mes badges ici" in page


def test_a_link_in_a_letter_asks_whoever_has_a_wallet_and_goes_by_itself_for_nobody(maria: Person, visitor: Person):
    letter = f"/badges/new?link={quote('https://a:b@organisme.example/badges/42?x=1', safe='')}"
    before = maria.has()

    for person in (maria, visitor):
        page = person.page(letter)
        assert "Rien n’est encore ajouté." in page
        assert "<strong>organisme.example</strong>" in page, "the place, and no name that stands before it"
    assert "<link-goes>" in visitor.page(letter)
    assert "<link-goes>" not in maria.page(letter)
    assert maria.has() == before


def test_a_page_that_saw_nobody_adds_nothing_to_the_wallet_of_whoever_entered_since(
    maria: Person, visitor: Person, web: IssuersWeb
):
    hosted(web)
    sent, before = {"link": HOSTED_AT, "unasked": "yes"}, maria.has()

    assert "Rien n’est encore ajouté." in maria.post("/badges", data=sent).text
    assert maria.has() == before
    assert "unasked" not in maria.page(f"/badges/new?link={HOSTED_AT}")
    maria.post("/badges", data={"link": HOSTED_AT})
    assert len(maria.has()) == len(before) + 1
    visitor.post("/badges", data=sent)
    assert "Garder ce badge" in visitor.reads("/badges")


def test_what_is_no_link_of_a_letter_is_the_page_to_add_a_badge(maria: Person):
    for link in ("", "javascript:alert(1)", "https://", "file:///etc/passwd", "https://" + "a" * 3000):
        assert "Vous pouvez choisir plusieurs badges" in maria.reads(f"/badges/new?link={quote(link, safe='')}"), link


def test_a_visitor_sees_their_badge_before_there_is_any_account(visitor: Person):
    answer = visitor.brings(("mon badge.png", baked(signed())))

    assert (answer.status_code, answer.headers["location"]) == (303, "/badges")
    page = visitor.reads("/badges")
    for told in ("Communiquer", "je pratique", "Organisme d’essai", "25 octobre 2026", "Badge intact, bravo !"):
        assert told in page
    assert "24 novembre 2026 à 11 h 12" in page, "who checked it, and when"
    assert "24 novembre 2026 à 11 h 42" in page, "until when it stays without a key"
    assert page.index("Garder ce badge") < page.index("J’ai déjà mes badges ici")


@pytest.mark.breadth
def test_its_picture_is_our_own_copy(visitor: Person):
    visitor.brings(("badge.png", baked(signed())))

    answer = visitor.get(f"/badges/{visitor.has()[0]}/picture")

    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(BytesIO(answer.content)).size == (200, 200)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = visitor.get(f"/badges/{visitor.has()[0]}/picture", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_badge_that_carries_its_picture_shows_it(visitor: Person):
    visitor.brings(("badge.json", signed()))

    assert visitor.get(f"/badges/{visitor.has()[0]}/picture").headers["content-type"] == "image/webp"


def test_after_half_an_hour_the_visitor_is_nobody_again(visitor: Person, clock: Clock):
    visitor.brings(("badge.json", signed()))
    clock.move(minutes=29)
    visitor.brings(("badge.json", signed("adapter-1")))
    clock.move(minutes=29)
    assert len(visitor.has()) == 2

    clock.move(minutes=1)

    assert visitor.get("/badges").headers["location"] == "/"


def test_refusing_the_key_loses_nothing(visitor: Person):
    visitor.brings(("badge.json", signed()))
    visitor.post("/passkeys/challenges", json={"purpose": "registration"})

    assert "Communiquer" in visitor.page("/badges")
    assert visitor.makes_a_key().status_code == 200


@pytest.mark.breadth
def test_what_was_looked_at_comes_along_into_the_wallet_one_has_already(maria: Person):
    maria.post("/leaving")
    maria.brings(("other.json", signed("adapter-1")))

    assert maria.enters().status_code == 200

    assert len(maria.has()) == 2


@pytest.mark.breadth
def test_several_files_each_have_their_line_and_the_good_ones_are_kept(maria: Person):
    other = signed("adapter-1")

    answer = maria.brings(
        ("un.json", other), ("capture.png", screenshot()), ("deux.json", other), ("vide.png", b""), ("trois.json", signed("organiser-2"))
    )  # fmt: skip

    page = words(answer.text)
    assert answer.status_code == 200
    assert "2 badges sont ajoutés" in page
    assert "2 fichiers" in page
    lines = [page.index(told) for told in (
        "S’adapter, je pratique", "capture.png", "Vous avez déjà ce badge.", "vide.png", "Organiser, je maîtrise"
    )]  # fmt: skip
    assert lines == sorted(lines), "in the order in which they were chosen"
    assert "Une capture d’écran ou une image WhatsApp perd le badge." in page
    assert "Ce fichier est vide." in page
    assert len(maria.has()) == 3


def test_of_several_files_it_is_said_which_one_was_changed(maria: Person):
    good = signed("adapter-1")
    bad = good.replace("S’adapter".encode(), "S’adaptes".encode())

    page = words(maria.brings(("bon.json", good), ("mauvais.json", bad)).text)

    assert "1 badge est ajouté" in page
    assert "Le fichier choisi a été changé. Nous gardons le bon." in page


def badges_of(visitor: Person) -> int:
    with visitor.services.database.reading() as session:
        return len(session.scalars(select(KeptBadge)).all())


def test_a_visitor_reads_what_became_of_each_file_too(visitor: Person):
    answer = visitor.brings(("bon.json", signed()), ("capture.png", screenshot()))

    page = words(answer.text)
    assert answer.status_code == 200
    assert "capture.png" in page
    assert "Une capture d’écran ou une image WhatsApp perd le badge." in page
    assert "Communiquer" in page
    assert "Garder ce badge" in visitor.reads("/badges")
    assert badges_of(visitor) == 1


@pytest.mark.breadth
def test_the_same_badge_twice_is_told_and_not_doubled(maria: Person):
    document = signed("adapter-2")
    first = maria.brings(("badge.json", document))
    assert first.headers["location"].endswith("?done=added")

    again = maria.brings(("le même.png", baked(document)))

    assert again.headers["location"] == first.headers["location"].replace("added", "duplicate")
    assert "Vous avez déjà ce badge." in maria.page(again.headers["location"])
    assert len(maria.has()) == 2


@pytest.mark.breadth
def test_a_newer_edition_that_nobody_can_check_today_is_told_with_what_to_do(maria: Person):
    """It ends, and its issuer does not answer: « Vous avez déjà ce badge » alone would be no reason to keep the new one."""
    told = maria.reads(f"/badges/{has(maria)[0]}?done=unsure")

    assert "Nous n’avons pas pu vérifier la version reçue. Nous gardons l’ancienne." in told
    assert "Gardez la nouvelle et rajoutez-la demain." in told


@pytest.mark.breadth
def test_a_good_file_takes_the_place_of_a_damaged_one(visitor: Person):
    document = signed()
    visitor.brings(("abîmé.json", tampered(document)))
    assert "Ce fichier a été changé après sa création." in visitor.page("/badges")
    assert "Commander" in visitor.page("/badges")

    visitor.brings(("bon.json", document))

    page = visitor.page("/badges")
    assert "Badge intact, bravo" in page
    assert "Commander" not in page
    assert badges_of(visitor) == 1


def test_a_badge_comes_in_by_its_link(maria: Person, web: IssuersWeb):
    hosted(web)

    answer = maria.brings(link=f"Bonjour, voici votre badge : {HOSTED_AT}.")

    assert answer.status_code == 303
    assert "Organiser" in maria.page(answer.headers["location"])
    assert web.asked.count(HOSTED_AT) == 1, "what was answered is not asked again"


def test_a_badge_that_its_issuer_confirms_is_valid_and_says_so(maria: Person, web: IssuersWeb):
    location = maria.brings(("badge.json", hosted(web))).headers["location"]

    assert "organisme-essai.example" in maria.page(location)


@pytest.mark.parametrize("withdrawn", [410, json.dumps({"revoked": True, "id": HOSTED_AT}).encode()])
@pytest.mark.breadth(beside=["410"])
def test_checking_again_finds_what_changed(maria: Person, web: IssuersWeb, clock: Clock, withdrawn: int | bytes):
    page = maria.brings(("badge.json", hosted(web))).headers["location"].partition("?")[0]
    clock.move(days=2)
    web[HOSTED_AT] = withdrawn

    answer = maria.post(f"{page}/verifications")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?done=checked")
    shown = maria.reads(answer.headers["location"])
    assert "Nous venons de vérifier ce badge." in shown
    assert "L’organisme a retiré ce badge." in shown
    assert "26 novembre 2026 à 11 h 12" in shown


@pytest.mark.breadth
def test_a_badge_of_2011_that_does_not_say_where_it_stands_is_looked_at_again_where_it_stood(
    maria: Person, web: IssuersWeb
):
    web[school.BADGE] = json.dumps(OLDEST).encode()
    page = maria.brings(link=school.BADGE).headers["location"].partition("?")[0]
    before = maria.reads(page)
    web.asked.clear()

    assert maria.post(f"{page}/verifications").headers["location"] == f"{page}?done=checked"

    assert school.BADGE in web.asked
    assert maria.reads(page) == before


@pytest.mark.breadth
def test_an_issuer_that_does_not_answer_leaves_the_last_good_check_standing(
    maria: Person, web: IssuersWeb, clock: Clock
):
    page = maria.brings(("badge.json", hosted(web))).headers["location"].partition("?")[0]
    clock.move(days=2)
    web.clear()

    answer = maria.post(f"{page}/verifications")

    assert answer.headers["location"] == f"{page}?done=tried"
    shown = maria.reads(page)
    assert "Nous ne pouvons pas vérifier ce badge maintenant." in shown
    assert "24 novembre 2026" in shown, "when all was well for the last time"


def test_a_forged_file_does_not_get_its_words_in_while_the_issuer_is_silent(maria: Person, web: IssuersWeb):
    """The file names a badge that exists, and tells a finer tale of it: only what the issuer answers is shown."""
    hosted(web)
    assertion = samples.make_assertion(HOSTED, AWARDED)
    forged = json.dumps({**assertion, "badge": {**samples.make_class(HOSTED), "name": "Cheffe de chantier"}}).encode()
    page = maria.brings(("badge.json", forged)).headers["location"].partition("?")[0]
    assert "Cheffe de chantier" not in maria.page(page)
    web.clear()

    maria.post(f"{page}/verifications")

    assert "Cheffe de chantier" not in maria.page(page)


@pytest.mark.breadth
def test_the_badge_page_tells_all(maria: Person):
    page = maria.reads(f"/badges/{maria.has()[0]}")

    for told in (
        "Communiquer", "je pratique", "Sait expliquer, écouter et demander.", "Organisme d’essai", "25 octobre 2026",
        "explique ce qui est fait", "Ce que nous avons vérifié", "Vérifier encore", "Prendre le fichier de départ",
        "Enlever ce badge", "Montrer ce badge", "Open Badges 3.0, eddsa-rdfc-2022",
    ):  # fmt: skip
        assert told in page


@pytest.mark.breadth
def test_the_file_comes_back_byte_for_byte(maria: Person):
    for name, ending, media_type in (
        ("badge.json", ".json", "application/json"),
        ("badge.png", ".png", "image/png"),
        ("badge", ".json", "application/json"),
    ):
        document = signed("adapter-1")
        content = baked(document) if ending == ".png" else document
        page = maria.brings((name, content)).headers["location"].partition("?")[0]

        answer = maria.get(f"{page}/document")

        assert answer.content == content, name
        assert answer.headers["content-type"] == media_type, name
        assert answer.headers["content-disposition"].startswith('attachment; filename="badge'), name
        assert ending in answer.headers["content-disposition"], name
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'", name
        assert answer.headers["cache-control"] == "no-store", name


def test_what_came_without_a_name_opens_too_where_it_was_saved(maria: Person, youssef: Person, web: IssuersWeb):
    """Maria pastes what another wallet gave her, Youssef its link: a file that ends in nothing opens in no program."""
    several = {"type": ["VerifiablePresentation"], "verifiableCredential": [json.loads(signed("adapter-1"))]}
    bundle = json.dumps({"@context": ["https://www.w3.org/ns/credentials/v2"]} | several)
    web["https://wallet.example/maria"] = bundle.encode()

    for person, link, name in (
        (maria, bundle, "badge.json"),
        (youssef, "https://wallet.example/maria", "maria__1_.json"),
    ):
        person.brings(link=link)

        answer = person.get(f"/badges/{person.has()[0]}/document")

        assert answer.content == bundle.encode(), name
        assert f'filename="{name}"' in answer.headers["content-disposition"]


NAMES = ("../../etc/passwd", "C:\\badges\\x.json", "a\u202egnp.exe", "é" * 255, 'x".exe', "x;y.json", "..", "%00.json", "🎓.json")  # fmt: skip


@pytest.mark.breadth
def test_the_name_of_a_file_is_a_name_and_nothing_else(maria: Person):
    for name in NAMES:
        page = maria.brings((name, signed("adapter-1"))).headers["location"].partition("?")[0]

        disposition = maria.get(f"{page}/document").headers["content-disposition"]

        assert disposition.isascii(), name
        assert disposition.count('"') == 2, name
        assert not {"/", "\\"} & set(disposition), name
        assert "%E2%80%AE" not in disposition, "no character that turns the rest round"
        assert len(disposition) < 1000, name
    assert maria.get(page).status_code == 200


def test_maria_takes_a_badge_to_another_wallet_with_the_file_one_tap_away(maria: Person):
    picture = baked(signed())
    maria.brings(("badge.png", picture))
    newest, oldest = maria.has()
    page = maria.page(f"/badges/{newest}/elsewhere")

    assert f'href="/badges/{newest}/elsewhere"' in maria.page(f"/badges/{newest}")
    assert maria.get(f"/badges/{newest}/document").content == picture
    assert f'href="/badges/{newest}/document"' in page
    assert "Ce service prend seulement des fichiers JSON." in words(page)
    assert "Ce service prend seulement des images." in maria.reads(f"/badges/{oldest}/elsewhere")


def test_a_badge_is_taken_out_and_put_back(maria: Person):
    (id,) = has(maria)

    removed = maria.post(f"/badges/{id}/removal")

    assert removed.headers["location"] == f"/badges?removed={id}"
    assert "Ce badge est enlevé : Communiquer – je pratique." in maria.reads(removed.headers["location"])
    assert f'action="/badges/{id}/return"' in maria.page(removed.headers["location"])
    assert maria.get(f"/badges/{id}").status_code == 404
    returned = maria.post(f"/badges/{id}/return")
    assert "Votre badge est de nouveau ici." in maria.page(returned.headers["location"])
    assert maria.has() == [id]


@pytest.mark.breadth
def test_a_visitor_can_undo_it_too(visitor: Person):
    visitor.brings(("badge.json", signed()))
    (id,) = visitor.has()

    removed = visitor.post(f"/badges/{id}/removal")

    assert f'action="/badges/{id}/return"' in visitor.page(removed.headers["location"])


def test_to_remove_a_badge_or_put_it_back_twice_is_to_do_it_once(maria: Person, youssef: Person, clock: Clock):
    (id,) = has(maria)
    for act in ("removal", "return"):
        first = maria.post(f"/badges/{id}/{act}")
        clock.move(minutes=1)
        again = maria.post(f"/badges/{id}/{act}")

        assert (again.status_code, again.headers["location"]) == (303, first.headers["location"]), act
        assert youssef.post(f"/badges/{id}/{act}").status_code == 404, act


@pytest.mark.breadth
def test_after_a_day_there_is_nothing_to_undo(maria: Person, clock: Clock):
    (id,) = has(maria)
    maria.post(f"/badges/{id}/removal")
    clock.move(days=1, seconds=1)

    assert "/return" not in maria.page(f"/badges?removed={id}")
    assert maria.post(f"/badges/{id}/return").status_code == 404


@pytest.mark.breadth
def test_private_pages_are_kept_by_nobody_on_the_way(maria: Person):
    (id,) = has(maria)

    for path in (
        "/badges",
        f"/badges/{id}",
        "/badges/new",
        "/shares",
        "/shares/new",
        "/settings",
        f"/badges/{id}/document",
    ):
        assert maria.get(path).headers["cache-control"] == "no-store", path


@pytest.mark.breadth
def test_two_people_with_the_same_badge_do_not_meet(app: Starlette):
    document = signed()
    maria, youssef = holder(app, ("badge.json", document)), holder(app, ("badge.json", document))
    (hers,), (his,) = has(maria), youssef.has()

    assert hers != his
    for path in (f"/badges/{hers}", f"/badges/{hers}/picture", f"/badges/{hers}/document"):
        assert youssef.get(path).status_code == 404


@pytest.mark.breadth
def test_a_person_in_a_hurry_is_asked_to_wait(maria: Person, monkeypatch: pytest.MonkeyPatch):
    (id,) = has(maria)
    assert STRICT["check"] == Limit(30, HOUR)
    monkeypatch.setitem(STRICT, "check", Limit(2, HOUR))
    answers = [maria.post(f"/badges/{id}/verifications").status_code for _ in range(4)]

    assert answers == [303, 303, 429, 429]
    assert "Essayez encore dans une heure." in maria.post(f"/badges/{id}/verifications").text


def test_a_heavy_badge_for_which_there_is_no_room_now_is_not_called_unreadable(
    maria: Person, monkeypatch: pytest.MonkeyPatch
):
    """Whoever reads so looks for a file that is sound, and adds it once more for nothing."""
    monkeypatch.setattr(files, "LIGHT", 1)
    monkeypatch.setattr(isolated.AT_ONCE, "begin", lambda _: None)

    answer = maria.post("/badges/1/verifications")

    assert answer.headers["location"] == "/badges/1?done=busy"
    assert "Essayez encore dans une minute." in maria.reads("/badges/1?done=busy")


def test_a_file_that_the_shelf_lost_or_spoiled_is_told_and_never_given_as_whole(maria: Person, app: Starlette):
    folder = Path(app.state.services.settings.files_url.removeprefix("file://"))
    for kept in [path for path in folder.rglob("*") if path.is_file()]:
        kept.write_bytes(b"spoiled")

    answer = maria.get("/badges/1/document")
    assert (answer.status_code, answer.headers["location"]) == (303, "/badges/1?done=unreadable")
    assert "Nous ne pouvons plus lire son fichier." in maria.reads("/badges/1?done=unreadable")
    assert maria.get("/badges/1/picture").status_code == 404


@pytest.mark.breadth
def test_the_signature_of_the_presentation_is_told_to_the_holder_and_has_no_say(maria: Person, recruiter: Stranger):
    carried = [json.loads(signed()), json.loads(signed("organiser-1"))]
    lot = {"@context": [guild.VC2], "type": ["VerifiablePresentation"], "holder": guild.did(guild.OTHER_KEY)}
    whole = guild.signed(lot | {"verifiableCredential": carried}, guild.OTHER_KEY)
    before = set(maria.has())
    maria.brings(("lot.json", json.dumps(whole).encode()))
    pages = [f"/badges/{id}" for id in maria.has() if id not in before]

    for page in pages:
        told = maria.reads(page)
        assert "Le lot est signé et n’a pas changé. Cela ne change rien pour le badge." in told
        assert "Badge intact" in told
        maria.post(f"{page}/verifications")
        assert "Le lot est signé" in maria.reads(page), "another look at the badge says nothing of the lot"
    assert len(pages) == 2
    shown = recruiter.get(maria.link_of(maria.shows(*maria.has()))).text
    assert "Le lot" not in shown
    assert guild.did(guild.OTHER_KEY) not in shown, "who put them together is the holder's"
