"""What another app shares is put aside, shown, and comes in by one tap; whoever else posts there imports nothing."""

from base64 import b64encode
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import NOW, Clock, Person, Stranger, baked, holder, signed, words
from wallet.badges import share_target
from wallet.badges.importing import FILE_LIMIT
from wallet.badges.share_target import MOST_SHARED_ITEMS, SharedItem
from wallet.operations import all_tables, cleanup
from wallet.web.body_limits import FILES
from wallet.web.rate_limits import BYTES, HOUR, Limit
from wallet.web.services import Services

SHARE = {"Sec-Fetch-Site": "none"}
"""What Chromium says when a phone shares something: no page asked for it."""
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {},
]


def shares(person: Person, *files: tuple[str, bytes], sent: dict[str, str] = SHARE, **texts: str) -> Any:
    """Let an app hand over files and texts, as Android does."""
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    fields = {"title": "", "text": "", "url": "", **texts}
    return person.post("/handovers", data=fields, files=parts or [("nothing", ("", b""))], headers=sent)


def waiting(app: Starlette) -> int:
    services: Services = app.state.services
    with services.database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM handovers")) or 0


def badges(app: Starlette) -> int:
    services: Services = app.state.services
    with services.database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM badges")) or 0


@pytest.mark.breadth
def test_one_holder_fills_their_own_room_and_no_neighbours(
    sonia: Person, maria: Person, monkeypatch: pytest.MonkeyPatch
):
    """One account filled the room of all in 17 s."""
    monkeypatch.setattr(share_target, "OF_ONE_HOLDER", 1000)

    assert [shares(sonia, ("a", b"x" * 400)).status_code for _ in range(3)] == [303, 303, 429]
    assert shares(maria, ("a", b"x" * 400)).status_code == 303


def test_strangers_of_one_network_fill_no_room_of_others(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(BYTES, "handover", Limit(1000, HOUR))
    flood, neighbour = Person(app, address="198.51.100.66"), Person(app, address="203.0.113.7")
    visitors = [Person(app, address="198.51.101.66") for _ in range(3)]
    for visitor in visitors:
        visitor.brings(("a.json", signed()))

    assert [shares(flood, ("a", b"x" * 400)).status_code for _ in range(3)] == [303, 303, 429]
    assert [shares(visitor, ("a", b"x" * 400)).status_code for visitor in visitors] == [303, 303, 429]
    assert shares(neighbour, ("a", b"x" * 400)).status_code == 303
    assert visitors[2].makes_a_key().status_code == 200
    assert shares(visitors[2], ("a", b"x" * 400)).status_code == 303


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps one badge by a key."""
    return holder(app)


def test_a_file_is_shown_and_comes_in_by_one_tap(sonia: Person, app: Starlette):
    answer = shares(sonia, ("adapter.png", baked(signed("adapter-1"))))
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place == "/handovers/1"
    assert badges(app) == 1

    page = sonia.reads(place)
    assert "Ajouter ce badge ?" in page
    assert "adapter.png" in page
    assert "Rien n’est encore ajouté." in page
    assert badges(app) == 1

    added = sonia.post(f"{place}/badges")
    assert (added.status_code, added.headers["location"]) == (303, "/badges/2?done=added")
    assert badges(app) == 2


def test_the_secret_is_of_this_page_for_half_an_hour_and_no_script_reads_it(sonia: Person):
    cookie = shares(sonia, ("a.json", signed())).headers["set-cookie"]

    name, _, rest = cookie.partition("=")
    secret, *told = rest.split("; ")
    assert name == "handover"
    assert len(secret) == 22, "16 bytes in base64"
    assert {one.lower() for one in told} == {"httponly", "max-age=1800", "path=/handovers/1", "samesite=lax"}
    with sonia.services.database.reading() as session:
        row = session.scalars(select(SharedItem)).one()
        assert secret.encode() not in row.token_hash


@pytest.mark.parametrize("sent", FOREIGN, ids=str)
def test_a_foreign_page_imports_nothing(app: Starlette, sonia: Person, sent: dict[str, str]):
    # What a browser does not send across sites is not there: neither the cookie nor « same-origin ».
    foreign = Stranger(app)

    answer = shares(foreign, ("a.json", signed("adapter-1")), sent=sent)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/handovers/1"
    assert badges(app) == 1
    del sonia.headers["Sec-Fetch-Site"]
    assert sonia.post("/handovers/1/badges", headers=sent).status_code == 403
    assert badges(app) == 1


def test_whoever_has_not_the_secret_sees_and_takes_nothing(sonia: Person, app: Starlette, youssef: Person):
    place = shares(sonia, ("secret.json", signed())).headers["location"]
    youssefs = shares(youssef, ("b.json", signed()))
    of_youssef = youssef.cookies["wallet"]
    other = youssefs.headers["set-cookie"].partition(";")[0]
    sonias = sonia.cookies["handover"]

    for handed in ("", "handover=", "handover=x", other, f"handover={sonias}"):
        cookies = {"Cookie": f"wallet={of_youssef}; {handed}"}
        thief = Stranger(app)
        thief.headers["Sec-Fetch-Site"] = "same-origin"
        for answer in (thief.get(place, headers=cookies), thief.post(f"{place}/badges", headers=cookies)):
            assert answer.status_code == 404, handed
            assert "secret.json" not in answer.text
            assert "Ce n’est plus ici" in words(answer.text)


@pytest.mark.parametrize(
    ("texts", "link"),
    [
        ({"url": "https://issuer.example/b/1"}, "https://issuer.example/b/1"),
        ({"text": "Voici mon badge : https://issuer.example/b/1."}, "https://issuer.example/b/1"),
        ({"text": "« HTTPS://issuer.example/b/1?x=2 »"}, "HTTPS://issuer.example/b/1?x=2"),
        ({"title": "Mon badge https://issuer.example/b/1", "text": "Bonjour"}, "https://issuer.example/b/1"),
        ({"text": "Bonjour, pas de lien ici"}, ""),
        ({"text": '{"id": "https://issuer.example/b/1"}'}, ""),
    ],
    ids=str,
)
def test_the_link_in_a_shared_text_is_found(sonia: Person, texts: dict[str, str], link: str):
    place = shares(sonia, **texts).headers["location"]

    with sonia.services.database.reading() as session:
        row = session.scalars(select(SharedItem)).one()
        assert row.link == link
        assert bool(row.kept) == (not link)
    page = sonia.reads(place)
    assert ("issuer.example" if link else "Un texte") in page


@pytest.mark.parametrize("how", ["as it is", "between lines", "a data: address"])
def test_a_badge_that_is_text_comes_in(sonia: Person, app: Starlette, how: str):
    badge = signed("organiser-1")
    carried = f"data:application/json;base64,{b64encode(badge).decode()}"
    text = {"as it is": badge.decode(), "between lines": f"\n {badge.decode()}\n", "a data: address": carried}[how]
    place = shares(sonia, text=text).headers["location"]

    assert sonia.post(f"{place}/badges").headers["location"] == "/badges/2?done=added"


@pytest.mark.breadth
def test_a_visitor_becomes_one_by_the_tap_and_not_before(visitor: Person, app: Starlette):
    place = shares(visitor, ("a.json", signed())).headers["location"]
    assert "wallet" not in visitor.cookies

    added = visitor.post(f"{place}/badges")

    assert (added.status_code, added.headers["location"]) == (303, "/badges")
    assert "Garder ce badge" in visitor.page("/badges")
    with visitor.services.database.reading() as session:
        assert session.scalars(select(SharedItem.holder_id)).all() == [1], "what lies here of it is theirs"


def test_two_taps_add_it_once(sonia: Person, app: Starlette):
    place = shares(sonia, ("a.json", signed("adapter-1"))).headers["location"]

    sonia.post(f"{place}/badges")
    again = sonia.post(f"{place}/badges")

    assert again.headers["location"] == "/badges/2?done=duplicate"
    assert badges(app) == 2


def test_no_means_that_nothing_stays(sonia: Person, app: Starlette):
    place = shares(sonia, ("a.json", signed("adapter-1"))).headers["location"]

    assert sonia.post(f"{place}/removal").headers["location"] == "/badges"

    assert waiting(app) == 0
    assert sonia.get(place).status_code == 404
    assert sonia.post(f"{place}/removal").status_code == 303, "twice is once"


def test_after_half_an_hour_it_is_over(sonia: Person, app: Starlette, clock: Clock):
    place = shares(sonia, ("a.json", signed("adapter-1"))).headers["location"]
    clock.move(minutes=29)
    assert sonia.get(place).status_code == 200

    clock.move(minutes=1)
    assert sonia.get(place).status_code == 404
    assert sonia.post(f"{place}/badges").status_code == 404

    services: Services = app.state.services
    cleanup.clean_up(services.database, services.files, clock.now)
    assert waiting(app) == 0
    with services.database.reading() as session:
        assert set(services.files.names()) == all_tables.files_in_use(session)


def test_what_was_shared_while_signed_in_is_not_there_for_the_next_one(sonia: Person, app: Starlette):
    place = shares(sonia, ("a.json", signed("adapter-1"))).headers["location"]

    sonia.post("/leaving")

    assert sonia.get(place).status_code == 404


@pytest.mark.breadth
def test_what_a_visitor_shared_is_still_there_when_they_turn_out_to_have_a_wallet(sonia: Person, app: Starlette):
    sonia.post("/leaving")
    sonia.brings(("communiquer-2.json", signed("communiquer-2")))
    place = shares(sonia, ("adapter.png", baked(signed("adapter-1")))).headers["location"]

    assert sonia.enters().status_code == 200

    assert "adapter.png" in sonia.reads(place)
    assert sonia.post(f"{place}/badges").headers["location"] == "/badges/3?done=added"
    assert len(sonia.has()) == 3


@pytest.mark.breadth
def test_erasing_everything_takes_it_along(sonia: Person, app: Starlette):
    shares(sonia, ("a.json", signed("adapter-1")))
    services: Services = app.state.services

    services.erasures.erase(1, NOW)

    assert waiting(app) == 0
    assert list(services.files.names()) == []


def test_what_another_person_put_aside_outlives_the_same_file_erased(sonia: Person, app: Starlette, youssef: Person):
    badge = signed("adapter-1")
    sonia.brings(("a.json", badge))
    place = shares(youssef, ("a.json", badge)).headers["location"]

    app.state.services.erasures.erase(1, NOW)

    assert youssef.post(f"{place}/badges").headers["location"].endswith("?done=added")


BAD: dict[str, tuple[tuple[tuple[str, bytes], ...], int, str]] = {
    "nothing": ((), 422, "Choisissez une image ou un fichier."),
    "too big": ((("film.mp4", b"\0" * (FILE_LIMIT + 1)),), 413, "Ce fichier est trop lourd."),
}


@pytest.mark.parametrize("how", BAD)
@pytest.mark.breadth(beside=["nothing", "too big"])
def test_what_cannot_be_a_badge_is_told_at_once(visitor: Person, app: Starlette, how: str):
    files, status, sentence = BAD[how]

    answer = shares(visitor, *files)

    assert answer.status_code == status
    assert sentence in words(answer.text)
    assert waiting(app) == 0
    assert "set-cookie" not in answer.headers


@pytest.mark.breadth
def test_a_share_beyond_all_measure_gets_our_page(visitor: Person, app: Starlette):
    answer = shares(visitor, *((f"{number}.bin", b"\0" * (FILES // 4)) for number in range(5)))

    assert answer.status_code == 413
    assert "<h1>" in answer.text
    assert waiting(app) == 0


@pytest.mark.breadth
def test_a_file_too_big_is_told_beside_the_good_one(sonia: Person, app: Starlette):
    place = shares(sonia, ("film.mp4", b"\0" * (FILE_LIMIT + 1)), ("a.json", signed("adapter-1"))).headers["location"]

    page = sonia.reads(place)
    assert "Ajouter ce badge ?" in page
    assert "Ce fichier est trop lourd." in page
    sonia.post(f"{place}/badges")
    assert badges(app) == 2


def test_each_file_that_is_one_too_many_is_told_and_not_forgotten(sonia: Person):
    many = [(f"{number}.json", f"[{number}]".encode()) for number in range(MOST_SHARED_ITEMS + 2)]

    page = sonia.reads(shares(sonia, *many).headers["location"])

    assert f"Ajouter ces {MOST_SHARED_ITEMS} fichiers ?" in page
    for name, _ in many[MOST_SHARED_ITEMS:]:
        assert f"{name} Il y a trop de fichiers. Ajoutez-le encore, seul." in page
    assert page.count("Il y a trop de fichiers.") == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "Ce fichier est vide."), (b"bonjour", "Nous ne savons pas lire ce fichier.")],
)
def test_an_unreadable_file_is_told_in_the_ordinary_words(
    visitor: Person, app: Starlette, content: bytes, sentence: str
):
    place = shares(visitor, ("a.png", content)).headers["location"]

    answer = visitor.post(f"{place}/badges")

    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert badges(app) == 0


def test_bad_bodies_never_break_it(visitor: Person, app: Starlette):
    field = b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nnot a file\r\n--x--'
    for body in (b"", b"--x\r\n", b"--x--", b"\xff\xfe\x00", field):
        for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/json", ""):
            answer = visitor.post("/handovers", content=body, headers={**SHARE, "Content-Type": kind})
            assert 400 <= answer.status_code < 500, (body, kind)
    assert waiting(app) == badges(app) == 0


def test_odd_names_and_texts_are_harmless(sonia: Person, app: Starlette):
    name = "../../<img src=x onerror=alert(1)>\u202egnp.a"
    place = shares(sonia, (name, signed("adapter-1")), text="\0<script>alert(1)</script>").headers["location"]
    page = sonia.page(place)
    assert "<img src=x" not in page
    assert "\u202e" not in page

    place = shares(sonia, text="\0<script>alert(1)</script>" * 50).headers["location"]
    assert "<script>alert" not in sonia.page(place)
    place = shares(sonia, url="https://evil.example@issuer.example:99999/<i>").headers["location"]
    page = sonia.page(place)
    assert "<i>" not in page
    assert "<strong>issuer.example</strong>" in page, "the host that it leads to"
    assert "evil.example" not in page
    place = shares(sonia, url="https://[not-an-address/x", text="Un badge").headers["location"]
    assert "Un badge" in sonia.page(place), "a link that leads nowhere is none"


@pytest.mark.breadth
def test_who_shares_without_end_is_slowed_down_and_the_room_is_bounded(
    sonia: Person, visitor: Person, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(share_target, "ROOM", 1000)
    assert shares(sonia, ("a", b"x" * 900)).status_code == 303
    full = shares(sonia, ("a", b"x" * 200))
    assert full.status_code == 429
    assert "<h1>" in full.text
    assert waiting(app) == 1
    left = set(sonia.services.files.names())
    assert shares(visitor, ("b", b"y" * 50)).status_code == 303
    for person in (sonia, visitor):
        refused = shares(person, ("c", b"z" * 200))
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1800")
        assert "Il n’y a plus de place pour ce qui est partagé. " in words(refused.text)
    assert len(set(sonia.services.files.names()) - left) == 1, "what is refused never reached the disk"

    answers = [shares(sonia, text="bonjour").status_code for _ in range(70)]
    assert answers[-1] == 429
    assert 303 in answers


@pytest.fixture
def lost(sonia: Person) -> str:
    place: str = shares(sonia, ("a.json", signed("adapter-1"))).headers["location"]
    with sonia.services.database.reading() as session:
        (told,) = session.scalars(select(SharedItem)).one().kept
    sonia.services.files.remove(told["file"])
    return place


def test_a_file_gone_from_the_shelf_is_told_as_gone(sonia: Person, lost: str):
    assert sonia.post(f"{lost}/badges").status_code == 404
