"""A badge whose own file the shelf lost: told to its holder and to whoever is shown it, and whole again with the file."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.archived import Archive
from tests.fixtures.made_once import link_of, made_once, shows
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed
from wallet.badges.cards import NO_DOCUMENT
from wallet.badges.models import KeptBadge

LOST = "Nous ne pouvons plus lire ce fichier."
DOCUMENT = signed()


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, who keeps one badge."""
    return holder(app, ("badge.json", DOCUMENT))


def kept(app: Starlette) -> KeptBadge:
    with app.state.services.database.reading() as session:
        found: KeptBadge = session.get_one(KeptBadge, 1)
        return found


def lose(app: Starlette) -> None:
    """The disk loses the document of the badge."""
    app.state.services.files.remove(kept(app).document)


def spoil(app: Starlette) -> None:
    """The disk changes a byte of it."""
    name, folder = kept(app).document, Path(app.state.services.settings.files_url.removeprefix("file://"))
    path = folder / name[:2] / name[2:4] / name
    path.write_bytes(path.read_bytes()[:-1] + b" ")


@pytest.mark.parametrize("harm", [lose, spoil])
@pytest.mark.breadth(beside=["spoil"])
def test_it_is_told_on_every_page_and_to_the_recruiter(maria: Person, app: Starlette, harm: object):
    link = link_of(maria, shows(maria, 1))
    assert "1 badge intact" in Stranger(app).reads(link)
    harm(app)  # type: ignore[operator]

    answer = maria.post("/badges/1/verifications")

    assert (answer.status_code, answer.headers["location"]) == (303, "/badges/1?done=checked")
    page = maria.reads("/badges/1")
    assert f"{LOST} Donné" in page
    assert "Ajoutez encore une fois le fichier reçu." in page
    assert "La dernière bonne vérification date du 24 novembre 2026." in page
    assert "Montrer ce badge" not in page
    assert "Fichier illisible" in maria.reads("/badges")
    choice = maria.page("/shares/new")
    assert "Fichier illisible" in choice
    assert " checked" not in choice.partition('name="badge"')[2].partition(">")[0]
    for path in (link, f"{link}/badges/0"):
        seen = Stranger(app).reads(path)
        assert "Ce badge n’est pas vérifiable ici" in seen
        assert "Dernière vérification : 24 novembre 2026, tout allait bien." in seen
        assert "Dernier essai" in seen
        for good in ("authentique", "intact", "Le fichier n’a pas été modifié.", "Site"):
            assert good not in seen.partition("Ce badge n’est pas vérifiable ici")[2], good


def test_the_same_file_added_again_mends_it_at_once(maria: Person, app: Starlette):
    link = link_of(maria, shows(maria, 1))
    before = Stranger(app).reads(link)
    spoil(app)
    maria.post("/badges/1/verifications")
    assert kept(app).state == "unreadable"

    answer = maria.brings(("badge.json", DOCUMENT))

    assert answer.headers["location"] == "/badges/1?done=updated"
    assert (kept(app).state, kept(app).match) == ("valid", None)
    assert LOST not in maria.reads("/badges/1")
    assert maria.get("/badges/1/document").content == DOCUMENT
    assert Stranger(app).reads(link) == before


def test_the_file_back_from_a_backup_is_whole_with_the_next_check(maria: Person, app: Starlette, clock: Clock):
    lose(app)
    maria.post("/badges/1/verifications")
    app.state.services.files.keep(DOCUMENT)
    clock.move(days=1)

    maria.post("/badges/1/verifications")

    assert kept(app).state == "valid"
    assert LOST not in maria.reads("/badges/1")


def test_an_archive_brings_it_back(maria: Person, app: Starlette):
    lose(app)
    maria.post("/badges/1/verifications")

    maria.brings(("mes-badges.zip", Archive().add(DOCUMENT).packed()))

    assert (kept(app).state, maria.has()) == ("valid", [1])
    assert maria.get("/badges/1/document").content == DOCUMENT


def test_a_visitor_with_the_file_who_comes_back_mends_it(maria: Person, app: Starlette):
    lose(app)
    maria.post("/badges/1/verifications")
    maria.post("/devices/removal")
    visitor = Person(app)
    visitor.key = maria.key
    visitor.brings(("badge.json", DOCUMENT))

    assert visitor.enters().status_code == 200

    assert (kept(app).state, visitor.has()) == ("valid", [1])


def test_an_altered_copy_does_not_mend_it(maria: Person, app: Starlette):
    lose(app)
    maria.post("/badges/1/verifications")

    maria.brings(("badge.json", DOCUMENT.replace("é".encode(), b"e", 1)))

    assert kept(app).state == "unreadable"
    assert LOST in maria.reads("/badges/1")


@pytest.mark.parametrize("harm", [lose, spoil])
def test_whoever_was_given_the_link_is_told_that_the_file_is_lost_and_not_the_page(
    maria: Person, app: Starlette, harm: object
):
    link = link_of(maria, shows(maria, 1))
    harm(app)  # type: ignore[operator]

    for below in ("presentation", "files/0"):
        answer = Stranger(app).get(f"{link}/{below}")
        assert answer.status_code == 404
        assert "Ce fichier ne peut pas être donné maintenant." in answer.text
        assert "Cette page n’existe plus" not in answer.text
    assert "Cette page n’existe plus" in Stranger(app).get(f"{link}/files/7").text


@pytest.mark.parametrize("way", ["file", "archive", "visitor"])
@pytest.mark.breadth(beside=["file"])
def test_one_that_the_issuer_withdrew_proves_nothing_either_until_its_file_is_back(
    maria: Person, app: Starlette, way: str
):
    link = link_of(maria, shows(maria, 1))
    with app.state.services.database.writing() as session:
        badge = session.get_one(KeptBadge, 1)
        checks = [one | {"outcome": "failed", "reason": "revoked"} if one["name"] == "not_withdrawn" else one
                  for one in badge.examination["checks"]]  # fmt: skip
        badge.state, badge.examination = "revoked", badge.examination | {"checks": checks}
    key, proven = "<dt>Clé</dt>", "<dt>Prouvé par</dt>"
    assert (key in Stranger(app).page(f"{link}/badges/0"), proven in maria.page("/badges/1")) == (True, True)
    lose(app)
    maria.post("/badges/1/verifications")

    assert (key in Stranger(app).page(f"{link}/badges/0"), proven in maria.page("/badges/1")) == (False, False)
    for path in (link, f"{link}/badges/0"):
        assert "Badge retiré par l’organisme" in Stranger(app).reads(path)
    assert "L’organisme a retiré ce badge." in maria.reads("/badges/1")

    if way == "file":
        maria.brings(("badge.json", DOCUMENT))
    elif way == "archive":
        maria.brings(("mes-badges.zip", Archive().add(DOCUMENT).packed()))
    else:
        maria.post("/leaving")
        visitor = Person(app)
        visitor.key = maria.key
        visitor.brings(("badge.json", DOCUMENT))
        assert visitor.enters().status_code == 200

    assert NO_DOCUMENT not in kept(app).examination
    assert app.state.services.files.read(kept(app).document) == DOCUMENT
