"""What anyone sees: the pages that explain, the files that go with them, and what a recruiter is shown."""

import json
import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from resvg_py import svg_to_bytes
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from wallet.web.security_headers import HEADERS, policy_with

PAGES = ("/", "/help", "/privacy", "/legal", "/accessibilite", "/site-map", "/entry", "/badges/new")


@pytest.fixture
@made_once
def link(maria: Person) -> str:
    """The path that Maria's code leads to."""
    return maria.link_of(maria.shows(*maria.has(), name="Maria", word="Je cherche un poste d’accueil."))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_that_explains_is_there_in_both_languages(recruiter: Stranger, path: str, language: str):
    answer = recruiter.get(path, headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["content-language"] == language
    assert answer.text.count("<h1") == 1
    assert "set-cookie" not in answer.headers


@pytest.mark.breadth
def test_a_recruiter_sees_who_shows_what_from_whom_and_whether_it_is_true(recruiter: Stranger, link: str):
    answer = recruiter.get(link)

    assert answer.status_code == 200
    told = words(answer.text)
    for what in (
        "Maria", "Je cherche un poste d’accueil.", "Communiquer", "pratique", "Organisme d’essai", "25 octobre 2026",
        "24 novembre 2026 à 11 h 12", "Un badge, c’est quoi ?", "1er décembre 2026",
    ):  # fmt: skip
        assert what in told
    details = recruiter.reads(f"{link}/badges/0")
    assert "explique ce qui est fait" in details, "how it is judged is a tap away"
    for read in (told, details):
        assert "je pratique" not in read, "whoever reads it is not the one who says « je »"


def test_the_page_needs_no_script_no_cookie_and_nothing_from_elsewhere(recruiter: Stranger, link: str):
    answer = recruiter.get(link)

    scripts = re.findall(r"<script[^>]*>", answer.text)
    assert [re.sub(r"\.\w{10}\.", ".", script) for script in scripts] == [
        '<script type="module" src="/static/js/print-page.js">',
        f'<script type="module" src="/static/js/view-beacon.js" data-token="{link[3:]}">',
    ], "one shows the button that prints, one counts that somebody looked: without them the page is the same"
    assert not re.search(r"\son[a-z]+=", answer.text)
    assert "style=" not in answer.text
    assert "set-cookie" not in answer.headers
    for address in re.findall(r'(?:src|href|action)="([^"]*)"', answer.text):
        assert address.startswith(("/", "?", "#")), address
    assert answer.headers["x-robots-tag"] == "noindex, noarchive"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.breadth
def test_its_pictures_are_there_and_end_with_it(recruiter: Stranger, maria: Person):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    pictures = re.findall(r'src="(/s/[^"]*/pictures/\d+)"', recruiter.get(f"{link}/badges/0").text)
    assert len(pictures) == 1

    before = recruiter.get(pictures[0])
    maria.post(f"{share}/stopping")
    after = recruiter.get(pictures[0], headers={"If-None-Match": before.headers["etag"]})

    assert (before.status_code, before.headers["content-type"]) == (200, "image/webp")
    assert before.headers["cache-control"] == "private, no-cache"
    assert "set-cookie" not in before.headers
    assert after.status_code == 404


def test_its_printed_code_leads_back_to_it(recruiter: Stranger, link: str):
    drawing = recruiter.get(f"{link}/qr.svg")

    assert drawing.headers["content-type"] == "image/svg+xml"
    drawn = Image.open(BytesIO(bytes(svg_to_bytes(svg_string=drawing.text, width=592, height=592, dpi=96))))
    assert (
        zxingcpp.read_barcodes(drawn, formats=zxingcpp.BarcodeFormat.QRCode)[0].text == f"http://localhost:8000{link}"
    )


def test_its_printed_code_is_the_same_however_the_link_was_typed(recruiter: Stranger, link: str):
    token = link.removeprefix("/s/")

    for typed in (token.lower(), f"{token[:4]} {token[4:]}", "-" * 4000 + token):
        assert recruiter.get(f"/s/{typed}/qr.svg").content == recruiter.get(f"{link}/qr.svg").content, typed[-40:]


def test_the_preview_of_a_messenger_tells_nothing_personal(recruiter: Stranger, link: str):
    head = recruiter.get(link, headers={"User-Agent": "WhatsApp/2.23"}).text.partition("</head>")[0]

    assert "Quelqu’un partage ses badges avec vous" in head
    for personal in ("Maria", "Communiquer", "Organisme"):
        assert personal not in head


def test_a_recruiter_may_read_it_in_english_without_being_remembered(recruiter: Stranger, link: str):
    answer = recruiter.get(f"{link}?lang=en")

    assert '<html lang="en"' in answer.text
    assert "set-cookie" not in answer.headers
    french = recruiter.get(link).text
    assert '<html lang="fr"' in french
    for page, other in ((french, "en"), (answer.text, "fr")):
        assert re.search(rf'href="?{link}\?lang={other}"? lang="?{other}"? hreflang="?{other}"?[ >]', page)
    for page in (answer.text, recruiter.get(f"{link}/reply?lang=en").text, recruiter.get("/employeurs?lang=en").text):
        ours = re.findall(r'href="((?:/privacy|/legal|/accessibilite)[^"]*)"', page)
        assert ours
        for address in ours:
            assert '<html lang="en"' in recruiter.get(address).text, "no cookie keeps what was chosen"
        assert [words(word) for word in re.findall(r'href="/privacy[^"]*"[^>]*>(.*?)</a>', page)] == ["Privacy"]


def test_no_cookie_is_read_there(app: Starlette, maria: Person, link: str):
    """Whoever is signed in, and whatever language they chose, sees what anybody sees."""
    maria.post("/language", data={"language": "en", "next": "/"})

    for path in (link, "/s/NOBODY"):
        assert maria.get(path).content == Stranger(app).get(path).content


@pytest.mark.breadth
def test_unknown_stopped_and_ended_links_are_one_page_byte_for_byte(recruiter: Stranger, maria: Person, clock: Clock):
    badges = maria.has()
    stopped, ended, long = (maria.shows(*badges, days=days) for days in ("365", "7", "365"))
    links = [maria.link_of(share) for share in (stopped, ended)]
    open_one = maria.link_of(long)
    maria.post(f"{stopped}/stopping")
    clock.move(days=7)
    links += ["/s/" + "0" * 26, "/s/x", "/s/%F0%9F%8E%93", "/s/%00", "/s/" + "A" * 2000, "/s/%ED%A0%80"]

    answers = [recruiter.get(link) for link in links]

    assert recruiter.get(open_one).status_code == 200
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({json.dumps(sorted(answer.headers.items())) for answer in answers}) == 1
    assert "Cette page n’existe plus. Demandez un nouveau lien à la personne." in words(answers[0].text)


@pytest.mark.parametrize("what", ["qr.svg", "pictures/0", "pictures/7", "pictures/999999999"])
@pytest.mark.breadth
def test_nothing_below_a_dead_link_is_there_either(recruiter: Stranger, maria: Person, what: str):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    maria.post(f"{share}/stopping")

    stopped, unknown = recruiter.get(f"{link}/{what}"), recruiter.get(f"/s/{'0' * 26}/{what}")

    assert stopped.status_code == unknown.status_code == 404
    assert stopped.content == unknown.content == recruiter.get(link).content


@pytest.mark.parametrize("spelling", [str.lower, lambda link: link[:3] + "%20".join(link[3:])])
@pytest.mark.breadth(beside=["lower"])
def test_a_link_typed_from_paper_opens(recruiter: Stranger, link: str, spelling: object):
    assert recruiter.get(link[:3] + spelling(link)[3:]).status_code == 200


def test_a_visit_of_a_robot_leaves_no_trace(recruiter: Stranger, link: str):
    assert "Disallow: /s/" in recruiter.get("/robots.txt").text
    assert recruiter.head(link).status_code == 200


def test_nobody_changes_a_share_by_its_link(recruiter: Stranger, link: str):
    for method in ("DELETE", "PUT", "PATCH"):
        assert recruiter.request(method, link, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 405
    assert recruiter.post(link, headers={"Sec-Fetch-Site": "same-origin"}).content == recruiter.get(link).content
    assert recruiter.get(link).status_code == 200


@pytest.mark.breadth
def test_a_share_holds_nothing_of_its_owner_but_what_was_chosen(app: Starlette, recruiter: Stranger):
    document = signed("organiser-1", recipient="canary@exemple.fr")
    maria = holder(app, ("canary-file.json", document), ("badge.json", signed()))
    maria.post("/settings", data={"name": "Canary"})
    link = maria.link_of(maria.shows(maria.has()[1], name="M."))

    for path in (link, f"{link}/badges/0"):
        page = recruiter.get(path).text

        assert "Organiser" in page
        assert "Communiquer" not in page
        assert "Sonia" in page, "to whom it was given is told"
        for secret in ("canary", "Canary", '"/badges/'):
            assert secret not in page
    assert recruiter.get(f"{link}/badges/1").status_code == 404


@pytest.mark.breadth
def test_a_badge_cannot_be_made_to_run_in_the_recruiters_browser(app: Starlette, recruiter: Stranger):
    maria = holder(app)
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"

    page = recruiter.get(maria.link_of(maria.shows(*maria.has(), name=evil[:60], word=evil))).text

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


def test_a_style_is_kept_by_browsers_for_a_year_under_its_lasting_address(recruiter: Stranger):
    found = re.search(r'href="(/static/css/wallet\.[0-9a-f]+\.css)"', recruiter.get("/").text)
    assert found is not None

    answer = recruiter.get(found[1], headers={"Accept-Encoding": "gzip"})
    plain = recruiter.get(found[1], headers={"Accept-Encoding": "identity"})

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert recruiter.get("/static/css/wallet.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", [
    "../app.py", "..%2fapp.py", "%2e%2e/app.py", "css/../../app.py", "/etc/passwd", "css", "", "css/nothing.css", "css/wallet.css%00",
])  # fmt: skip
def test_no_other_file_is_served(recruiter: Stranger, path: str):
    assert recruiter.get(f"/static/{path}").status_code == 404


def test_the_instance_says_who_it_is(recruiter: Stranger):
    document = recruiter.get("/.well-known/did.json").json()

    assert document["id"] == "did:web:localhost%3A8000"
    assert document["verificationMethod"][0]["publicKeyMultibase"].startswith("z6Mk")


@pytest.mark.breadth
def test_every_kind_of_answer_carries_the_headers(maria: Person, link: str):
    (id,) = maria.has()

    for path in (
        "/",
        "/nowhere",
        "/static/css/wallet.css",
        link,
        "/s/x",
        f"/badges/{id}",
        f"/badges/{id}/picture",
        "/robots.txt",
    ):
        answer = maria.get(path)
        sheet = maria.services.pages.assets.sheet.source
        shown = {"Content-Security-Policy": policy_with(sheet)} if path.startswith("/s/") else {}
        spared = {"Permissions-Policy"} if path.startswith("/static/") else set()
        for name, value in (HEADERS | shown).items():
            if name in spared:
                continue
            assert answer.headers[name] == value, path
