"""What somebody acts on goes while their request is on its way: that is told as what is not there any more, never as a fault.

It goes by the commit of another connection, at the worst moment: just before the row is written that was read a moment ago.
On SQLite nobody else writes then; there it goes before the act begins to write.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, event, func, select
from starlette.applications import Starlette

from tests.fixtures.asked import is_given_a_word
from tests.fixtures.visits import Person, holder, signed, words
from wallet.accounts.holders import Holder
from wallet.settings import Settings
from wallet.storage.database import Database
from wallet.web.services import Services

ANY_WRITE = r"(UPDATE|INSERT INTO|DELETE FROM) "
ASIDE = "CREATE TABLE IF NOT EXISTS kept_aside AS SELECT * FROM {} WHERE id = {}"
GOES, BACK = "DELETE FROM {} WHERE id = {}", "INSERT INTO {} SELECT * FROM kept_aside"
SOON = "SET lock_timeout = '100ms'"
"""Whoever waits longer waits for the act, and comes after it: then nothing goes meanwhile."""
AT_MOST = 2
"""How often one of our transactions is begun for one act."""


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """On SQLite, and on PostgreSQL."""
    return replace(settings, database_url=database_url)


@pytest.fixture
def services(app: Starlette) -> Services:
    services: Services = app.state.services
    return services


@contextmanager
def elsewhere(database: Database) -> Iterator["psycopg.Connection[Any]"]:
    """Another connection, each of whose statements is committed at once."""
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as other:
        other.execute(SOON)
        yield other


@contextmanager
def goes_at(database: Database, written: str, table: str, id: int, times: int = 1) -> Iterator[list[str]]:
    """The row goes just before a statement that begins with *written*, as often as told: what became of it each time.

    More than once: it is there again for the next look, as a row that others write and take away.
    """
    told = list[str]()

    def look(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if len(told) == times or not re.match(written, statement):
            return
        with elsewhere(database) as other:
            other.execute(ASIDE.format(table, id).encode())
            try:
                told.append("gone" if other.execute(GOES.format(table, id).encode()).rowcount else "not there")
            except psycopg.errors.LockNotAvailable:
                told.append("waits")

    def back(_connection: Any) -> None:
        if 0 < len(told) < times:
            with elsewhere(database) as other:
                other.execute(BACK.format(table).encode())

    event.listen(database.engine, "before_cursor_execute", look)
    event.listen(database.engine, "rollback", back)
    try:
        yield told
    finally:
        event.remove(database.engine, "before_cursor_execute", look)
        event.remove(database.engine, "rollback", back)


@contextmanager
def goes_before(database: Database, holder_id: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The holder goes before the next transaction that writes."""
    keeping, is_gone = database.writing, False

    def keep(**how: bool) -> Any:
        nonlocal is_gone
        if not is_gone:
            is_gone = True
            with keeping() as session:
                session.execute(delete(Holder).where(Holder.id == holder_id))
        return keeping(**how)

    with monkeypatch.context() as here:
        here.setattr(database, "writing", keep)
        yield


@dataclass(frozen=True)
class Wallet:
    """Somebody's, with one of each."""

    person: Person
    id: int
    badge: int
    moment: str
    attachment: str
    share: str
    link: str


def wallet_of(app: Starlette) -> Wallet:
    maria = holder(app)
    services: Services = app.state.services
    with services.database.reading() as session:
        id = session.scalar(select(func.max(Holder.id))) or 0
    (badge,) = maria.has()
    moment = maria.tells(badge, facts="J’ai soudé.")
    maria.attaches(moment, ("note.txt", b"une note"))
    (attachment,) = set(re.findall(rf"{moment}/attachments/\d+", maria.page(moment)))
    share = maria.shows(badge)
    return Wallet(maria, id, badge, moment, attachment, share, maria.link_of(share))


def number_of(path: str) -> int:
    return int(path.rpartition("/")[2])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_what_goes_while_it_is_removed_is_not_there_any_more(app: Starlette, services: Services):
    maria = wallet_of(app)
    paths = {"attachments": str(maria.attachment), "evidence": str(maria.moment), "badges": f"/badges/{maria.badge}"}
    for table, path in paths.items():
        with goes_at(services.database, f"UPDATE {table}", table, number_of(path)) as told:
            answer = maria.person.post(f"{path}/removal")

        assert (told, answer.status_code) == (["gone"], 404), table


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth(beside=["postgresql"])
def test_a_badge_that_is_forgotten_while_its_file_is_brought_again_is_added_anew(app: Starlette, services: Services):
    document = signed()
    maria = holder(app, ("badge.json", document))
    (badge,) = maria.has()
    assert maria.post(f"/badges/{badge}/removal").status_code == 303

    with goes_at(services.database, "UPDATE badges", "badges", badge) as told:
        answer = maria.brings(("badge.json", document))

    assert (told, answer.status_code) == (["gone"], 303)
    (anew,) = maria.has()
    assert anew != badge
    assert maria.get(f"/badges/{anew}/document").content == document


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_what_goes_at_every_try_can_be_tried_again_with_what_was_typed(app: Starlette, services: Services):
    maria = wallet_of(app)
    word = is_given_a_word(maria.person, maria.moment)

    with goes_at(services.database, "UPDATE endorsements", "endorsements", number_of(word), times=AT_MOST) as told:
        answer = maria.person.post(f"{word}/report", data={"typed": "Je l’ai écrit."})

    assert (told, answer.status_code) == (["gone"] * AT_MOST, 503)
    assert "Ce que vous avez envoyé est sur cette page." in words(answer.text)
    assert "Je l’ai écrit." in answer.text


def _key() -> dict[str, str]:
    return {"key": secrets.token_hex(16)}


ACTS: dict[str, Callable[[Wallet], tuple[str, dict[str, Any]]]] = {
    "badge.removal": lambda w: (f"/badges/{w.badge}/removal", {}),
    "badge.return": lambda w: (f"/badges/{w.badge}/return", {}),
    "badge.verifications": lambda w: (f"/badges/{w.badge}/verifications", {}),
    "badge.newer": lambda w: (f"/badges/{w.badge}/newer", {}),
    "badge.words": lambda w: (f"/badges/{w.badge}/words", {}),
    "badge.word.acceptance": lambda w: (f"/badges/{w.badge}/words/1/acceptance", {}),
    "badge.word.removal": lambda w: (f"/badges/{w.badge}/words/1/removal", {}),
    "badge.word.return": lambda w: (f"/badges/{w.badge}/words/1/return", {}),
    "badge.counting": lambda w: (f"/badges/{w.badge}/counting", {"competency": "communiquer", "level": "1"}),
    "badge.counting.removal": lambda w: (f"/badges/{w.badge}/counting/removal", {}),
    "badge.addition": lambda w: (f"/badges/{w.badge}/addition", {}),
    "badge.refusal": lambda w: (f"/badges/{w.badge}/refusal", {}),
    "badges.refusal": lambda _: ("/badges/refusal", {}),
    "evidence.create": lambda w: ("/evidence", {"text": "work", "place": "Ici", "badge": [str(w.badge)], **_key()}),
    "evidence.answer.keep": lambda w: (f"{w.moment}/answers/me", {"text": "moi", **_key()}),
    "evidence.restore": lambda w: (f"{w.moment}/answers", {"answer": "1", **_key()}),
    "attachments.create": lambda w: (f"{w.moment}/attachments", {"link": "https://a.example/"}),
    "attachment.removal": lambda w: (f"{w.attachment}/removal", {}),
    "attachment.return": lambda w: (f"{w.attachment}/return", {}),
    "evidence.saving": lambda w: (f"{w.moment}/saving", {}),
    "evidence.badges.choose": lambda w: (f"{w.moment}/badges", {"badge": [str(w.badge)]}),
    "evidence.removal": lambda w: (f"{w.moment}/removal", {}),
    "evidence.return": lambda w: (f"{w.moment}/return", {}),
    "shares.create": lambda w: ("/shares", {"badge": [str(w.badge)], "days": "7"}),
    "share.stopping": lambda w: (f"{w.share}/stopping", {}),
    "share.return": lambda w: (f"{w.share}/return", {}),
    "share.end": lambda w: (f"{w.share}/end", {"days": "30"}),
    "share.code": lambda w: (f"{w.share}/code", {}),
    "share.removal": lambda w: (f"{w.share}/removal", {}),
    "holder.edit": lambda _: ("/settings", {"name": "Maria"}),
    "language": lambda _: ("/language", {"language": "en"}),
    "paper.create": lambda _: ("/paper", {}),
    "leaving": lambda _: ("/leaving", {}),
    "erasure.create": lambda _: ("/erasure", {}),
    "erasure.stopping": lambda _: ("/erasure/stopping", {}),
    "devices.removal": lambda _: ("/devices/removal", {}),
    "addresses.create": lambda _: ("/addresses", {"address": "maria@example.org"}),
    "drafts.create": lambda w: ("/drafts", {"key": "a" * 32, "draft": "b" * 32, "facts": "x", "of": _mark(w)}),
    "shared.report.make": lambda w: (f"{w.link}/reports", {"reason": "other", "words": "faux"}),
    "shared.check": lambda w: (f"{w.link}/verifications", {}),
}
"""By the names of their routes: where each is sent, and what with it."""


def _mark(wallet: Wallet) -> str:
    with wallet.person.services.database.reading() as session:
        return session.get_one(Holder, wallet.id).mark


@pytest.mark.soak
@pytest.mark.parametrize("act", sorted(ACTS))
def test_all_goes_while_somebody_acts(app: Starlette, services: Services, act: str, monkeypatch: pytest.MonkeyPatch):
    wallet = wallet_of(app)
    path, sent = ACTS[act](wallet)
    with goes_before(services.database, wallet.id, monkeypatch):
        assert wallet.person.post(path, data=sent).status_code < 500
    if services.database.is_sqlite:
        return
    wallet = wallet_of(app)
    path, sent = ACTS[act](wallet)
    with goes_at(services.database, ANY_WRITE, "holders", wallet.id):
        assert wallet.person.post(path, data=sent).status_code < 500
