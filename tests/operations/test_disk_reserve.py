"""The ballast: on a disk that is full to the last byte people read, confirm, and leave."""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.fixtures.patience import eventually
from tests.fixtures.small_disk import SmallDisk
from tests.fixtures.visits import MAIL, Clock, IssuersWeb, Person, Stranger, baked, begun, holder, signed
from tests.storage.test_database import revisions
from wallet.accounts import passkeys
from wallet.app import create_app
from wallet.cli import maintenance
from wallet.operations import disk_reserve
from wallet.operations.disk_reserve import NAME, SIZE, SLICE, DiskReserve, is_full
from wallet.settings import Settings
from wallet.storage import database
from wallet.storage.files import Unavailable, open_files
from wallet.storage.keyring import Keyring
from wallet.web.services import Services


@pytest.fixture
def services(app: Starlette) -> Services:
    services: Services = app.state.services
    return services


@pytest.fixture
def app(small_disk: SmallDisk, web: IssuersWeb, clock: Clock) -> Iterator[Starlette]:
    """The whole house on the small disk."""
    folder = small_disk.folder
    settings = Settings(
        database_url=f"sqlite:///{folder}/wallet.sqlite3",
        files_url=f"file://{folder}/files",
        keys=folder / "keys.json",
        erasures=folder / "erasures",
        mail=MAIL,
    )
    app = create_app(settings, web, clock)  # type: ignore[arg-type]  # a dict is web enough
    begun(app.state.services.database, app.state.services.files)
    yield app
    app.state.services.database.close()


def confirms(person: Person, before: str = "/erasure") -> Any:
    """The finger, once more, before something else is done."""
    here = {"Referer": f"{person.services.settings.origin}/confirmation?next={before}"}
    options = person.post("/passkeys/challenges", json={"purpose": "confirmation"}, headers=here)
    if options.status_code != 200:
        return options
    return person.post("/passkeys/confirmations", json=person.key.show(options.json()), headers=here)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`os.unshare`")
def test_a_disk_of_a_test_that_is_killed_is_nobodys(small_disk: SmallDisk):
    assert str(small_disk.folder) in Path("/proc/self/mounts").read_text()
    assert str(small_disk.folder) not in Path("/proc/1/mounts").read_text()


@pytest.mark.breadth
def test_on_a_full_disk_people_read_and_leave(
    small_disk: SmallDisk, app: Starlette, services: Services, clock: Clock, recruiter: Stranger
):
    services.disk_reserve.lay()
    maria, youssef = holder(app, ("badge.png", baked(signed()))), holder(app)
    (id,) = maria.has()
    link = maria.link_of(maria.shows(id))
    closed = recruiter.get("/s/" + "7" * 26).text
    clock.move(days=2)
    small_disk.fill()

    for path in ("/badges", f"/badges/{id}", f"/badges/{id}/picture", f"/badges/{id}/document", "/erasure"):
        assert maria.get(path).status_code == 200, path
    assert recruiter.get(link).status_code == 200
    refused = youssef.brings(("another.json", signed()))
    assert refused.status_code == 503
    assert "Rien n’a changé" in refused.text
    assert "Rien n’est perdu" not in refused.text, "a page cannot hold a file"
    assert os.statvfs(small_disk.folder).f_bavail == 0

    assert confirms(maria).status_code == 200
    answer = maria.post("/erasure")

    assert (answer.status_code, answer.headers["location"]) == (303, "/erased")
    assert recruiter.get(link).text == closed
    assert (small_disk.folder / "wallet.sqlite3-wal").stat().st_size == 0
    assert len(services.erasures.ledger.lines()) == 1
    assert len(youssef.has()) == 1
    assert len(list(services.files.names())) == 2, "Youssef's document and picture"


@pytest.mark.breadth
def test_on_a_full_disk_people_stop_what_they_show_come_in_and_go(
    small_disk: SmallDisk, app: Starlette, services: Services, recruiter: Stranger
):
    services.disk_reserve.lay()
    people = [holder(app, ("badge.json", signed())) for _ in range(6)]
    shares = [person.shows(*person.has()) for person in people]
    links = [person.link_of(share) for person, share in zip(people, shares, strict=True)]
    small_disk.fill()

    for person, share, link in zip(people, shares, links, strict=True):
        small_disk.fill()  # whatever one leaves free, somebody else takes
        assert recruiter.get(link).status_code == 200
        assert person.post(f"{share}/stopping").status_code == 303
        assert recruiter.get(link).status_code == 404
        small_disk.fill()
        assert person.post("/leaving").status_code == 303
        assert person.get("/settings").headers["location"] == "/entry"
        small_disk.fill()
        assert person.enters().status_code == 200
    assert people[0].post("/erasure").headers["location"] == "/erased"
    assert people[1].post("/erasure").headers["location"] == "/erased"


@pytest.mark.breadth
def test_a_mere_confirmation_takes_no_room_from_those_who_leave(
    small_disk: SmallDisk, app: Starlette, services: Services
):
    services.disk_reserve.lay()
    maria = holder(app)
    small_disk.fill()

    confirms(maria, "/addresses/new")

    assert (small_disk.folder / NAME).stat().st_size == SIZE
    assert confirms(maria).status_code == 200
    assert maria.post("/erasure").headers["location"] == "/erased"


@pytest.mark.breadth
def test_what_was_typed_on_a_full_disk_is_on_the_page_and_is_sent_again(
    small_disk: SmallDisk, app: Starlette, services: Services
):
    maria = holder(app)
    moment = maria.tells(facts="J’ai commencé.")
    text = "\n« J’ai soudé <b>seule</b> & bien »,\n" + "puis j’ai expliqué. " * 900
    small_disk.fill()

    refused = maria.post(f"{moment}/answers/me", data={"text": text, "key": "0b" * 16, "after": "0"})

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    page = Fields(refused.text)
    assert "Rien n’est perdu" in refused.text
    assert "dans une minute" in refused.text
    assert page.action == f"{moment}/answers/me"
    assert page.fields["text"] == text, "a browser drops the first new line in the box"
    small_disk.empty()
    assert maria.post(page.action, data=page.fields).status_code == 303
    assert "J’ai soudé &lt;b&gt;seule&lt;/b&gt; &amp; bien" in maria.page(moment)


class Fields(HTMLParser):
    """The one form of a page that has a box: where it goes, and what it sends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action, self._going, self._box = "", "", ""
        self.fields: dict[str, str] = {}
        self._all: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._going, self._all = told.get("action", ""), {}
        if tag == "input":
            self._all[told.get("name", "")] = told.get("value", "")
        if tag == "textarea":
            self._box = told["name"]
            self._all[self._box] = ""

    def handle_data(self, data: str) -> None:
        if self._box:
            self._all[self._box] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._all[self._box] = self._all[self._box].removeprefix("\n")
            self.action, self._box = self._going, ""
        if tag == "form" and self.action == self._going:
            self.fields = self._all


@pytest.mark.breadth
def test_without_the_ballast_nobody_could(small_disk: SmallDisk, app: Starlette, services: Services):
    maria = holder(app)
    small_disk.fill()

    answer = maria.post("/erasure")

    assert answer.status_code == 503
    assert "Rien n’a changé" in answer.text
    assert services.erasures.ledger.lines() == {}
    assert len(maria.has()) == 1


@pytest.mark.breadth
def test_a_wallet_of_many_badges_leaves_too(small_disk: SmallDisk, app: Starlette, services: Services):
    maria = holder(app, *((f"{number}.json", signed()) for number in range(60)))
    assert len(maria.has()) == 60
    services.disk_reserve.lay()
    small_disk.fill()

    assert maria.post("/erasure").headers["location"] == "/erased"

    assert list(services.files.names()) == []
    assert not (small_disk.folder / "wallet.sqlite3-wal").stat().st_size


@pytest.mark.breadth
def test_what_was_planned_is_done_on_a_full_disk(
    small_disk: SmallDisk, app: Starlette, services: Services, clock: Clock
):
    maria = holder(app)
    with services.database.writing() as session:
        known = passkeys.holders.recognise(session, maria.cookies[services.cookie], clock())
        assert known is not None
        known.holder.erase_at = clock()
    services.disk_reserve.lay()
    small_disk.fill()

    services.erasures.round(clock())

    assert len(services.erasures.ledger.lines()) == 1
    assert maria.get("/badges").headers["location"] == "/"


@pytest.mark.breadth
def test_a_newer_wallet_starts_on_a_full_disk(
    small_disk: SmallDisk, app: Starlette, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its schema moves on with the room of the ballast: by hand, and then in a worker."""
    maria, settings = holder(app, ("badge.json", signed())), services.settings
    assert len(maria.has()) == 1
    Keyring(settings.keys)
    services.disk_reserve.lay()
    services.database.close()
    adds = 'op.execute("UPDATE holders SET name = name"); op.add_column("badges", sa.Column("colour", sa.String()))'
    monkeypatch.setattr(database, "MIGRATIONS", revisions(tmp_path / "later", later=adds))
    small_disk.fill()

    maintenance._open_store(settings, 1)

    small_disk.fill()
    assert (small_disk.folder / NAME).stat().st_size > SIZE // 2, "what is over is laid again"
    with TestClient(create_app(settings)) as again:
        assert again.get("/health").status_code < 500
    with closing(sqlite3.connect(small_disk.folder / "wallet.sqlite3")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("later",)]


@pytest.mark.breadth
def test_the_ballast_is_laid_where_there_is_room_and_again_when_there_is(small_disk: SmallDisk, services: Services):
    lies = small_disk.folder / NAME
    small_disk.fill()
    services.disk_reserve.lay()
    assert not lies.exists()

    small_disk.empty()
    services.disk_reserve.lay()
    services.disk_reserve.lay()
    assert lies.stat().st_size == SIZE
    assert lies.stat().st_blocks * 512 >= SIZE, "reserved and not only promised"

    for left in (3, 2, 1):
        assert services.disk_reserve.give_back()
        assert lies.stat().st_size == left * SLICE
    assert services.disk_reserve.give_back()
    assert not services.disk_reserve.give_back()
    assert [path.name for path in small_disk.folder.iterdir() if "ballast" in path.name] == []


@pytest.mark.breadth
def test_a_wallet_that_is_served_lays_it_as_soon_as_there_is_room(
    small_disk: SmallDisk, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.operations.background.RESERVE_EVERY", 0.01)
    with TestClient(app):
        assert app.state.services.disk_reserve.give_back()
        assert eventually(lambda: (small_disk.folder / NAME).stat().st_size == SIZE)


def test_one_lies_on_each_disk(small_disk: SmallDisk, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()

    DiskReserve([other, small_disk.folder, tmp_path, tmp_path / "not made yet"]).lay()

    assert (other / NAME).exists()
    assert (small_disk.folder / NAME).exists()
    assert not (tmp_path / NAME).exists()


def test_what_fails_for_want_of_room_is_done_again_with_it(tmp_path: Path):
    """Also where the disk does not tell beforehand that it is full: a quota."""
    there, done = DiskReserve([tmp_path]), []
    there.lay()

    def act() -> str:
        done.append((tmp_path / NAME).stat().st_size)
        if len(done) < 3:
            raise OSError(errno.EDQUOT, "a quota")
        return "done"

    assert there.spend(act) == "done"
    assert done == [SIZE, SIZE - SLICE, SIZE - 2 * SLICE], "a slice at a time"
    assert (tmp_path / NAME).stat().st_size == SIZE, "and laid again"


@pytest.mark.breadth
def test_somebody_leaves_while_whatever_fills_the_disk_goes_on(small_disk: SmallDisk):
    """A log that writes without end takes the first slice before the act does, and there are others."""
    there = DiskReserve([small_disk.folder])
    there.lay()
    small_disk.fill()
    tries = []

    def act() -> str:
        tries.append(1)
        if len(tries) < 4:
            small_disk.fill()
        (small_disk.folder / "written").write_bytes(bytes(4096))
        return "left"

    assert there.spend(act) == "left"
    assert len(tries) == 4


def test_other_troubles_throw_off_nothing(tmp_path: Path):
    there = DiskReserve([tmp_path])
    there.lay()

    def act() -> None:
        raise Unavailable("the shelf does not answer")

    with pytest.raises(Unavailable):
        there.spend(act)
    assert (tmp_path / NAME).exists()


@pytest.mark.parametrize("is_ours_to_remove", [True, False])
def test_a_ballast_that_another_user_laid_keeps_nobody_from_leaving(
    tmp_path: Path, is_ours_to_remove: bool, monkeypatch: pytest.MonkeyPatch
):
    """Root typed wallet migrate: the file is root's, and perhaps its folder, too."""
    there, path = DiskReserve([tmp_path]), tmp_path / NAME
    there.lay()

    def not_ours(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "access", lambda *_: False)
    for name in ("open", "truncate", *(() if is_ours_to_remove else ("unlink",))):
        monkeypatch.setattr(os, name, not_ours)
    monkeypatch.setattr(disk_reserve, "_room", lambda _: 0)

    assert there.spend(path.exists) is not is_ours_to_remove
    there.lay()


def test_there_is_room_laid_by_wherever_the_wallet_writes_and_nowhere_else(tmp_path: Path):
    """The ledger may lie on a disk of its own: a full one would keep everybody from leaving."""
    here = {"database_url": f"sqlite:///{tmp_path}/rows/wallet.sqlite3", "files_url": f"file://{tmp_path}/files"}
    settings = Settings(**here, erasures=tmp_path / "ledger/erasures")
    away = replace(settings, database_url="postgresql://db.example/wallet", files_url="s3://bucket", erasures=None)

    def written(settings: Settings) -> list[Path]:
        with closing(database.Database(settings.database_url)) as rows:
            return disk_reserve.folders_written(settings, rows, open_files(settings.files_url))

    assert written(settings) == [tmp_path / "rows", tmp_path / "files", tmp_path / "ledger"]
    assert written(away) == []


def test_a_disk_without_room_is_known_by_what_it_says():
    locked = OperationalError("", {}, Exception("database is locked"))

    assert not is_full(locked)
    assert not is_full(OSError(errno.EROFS, "read-only"))
    assert not is_full(Unavailable("gone"))
    assert is_full(OSError(errno.ENOSPC, "no room"))
    assert {"SQLITE_FULL"} <= disk_reserve.FULL
