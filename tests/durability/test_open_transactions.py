"""While a write transaction is open nobody else writes: nothing is rendered in there, and no card is made.

Each thing that must not happen is one line in FORBIDDEN, and each statement that must not be asked one in UNASKED. It is
watched while the whole house is used in all the ways that write; what happens outside of a write is as free as ever.
"""

import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

import jinja2
import nh3
import pytest
from markdown_it import MarkdownIt
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from tests.fixtures.visits import Clock, Person, holder, signed
from tests.routes.test_offline_drafts import draft, sends
from wallet.badges.cards import Card
from wallet.badges.models import KeptBadge
from wallet.competencies import journey
from wallet.evidence.models import Answer
from wallet.operations import cleanup
from wallet.pages import markdown
from wallet.pages.markdown import LIMIT
from wallet.rechecks.round import Rechecks
from wallet.storage.database import Database
from wallet.web.services import Services

FORBIDDEN: tuple[tuple[Any, str], ...] = (
    (jinja2.Template, "render"),
    (jinja2.Template, "generate"),
    (MarkdownIt, "render"),
    (nh3, "clean"),
    (Card, "__init__"),
)
UNASKED = (
    r"\b(\w*length|pg_column_size|md5|sha\d+|group_concat|string_agg)\(",  # how long a text is, whose ever it is
    r"\b(sum|total|avg|min|max|count)\([^()]*\.(text|address|examination|good|history|read)\b",
    r"\bsum\(answers\.",
    r"\bsum\((attachments|moment_sizes|badge_sizes)\..*\bleaves_at\b",  # row for row of all visitors
)
"""Words of statements that cost the more the more is stored."""


class Watch:
    """What was done while a write was open, and how many writes there were."""

    def __init__(self) -> None:
        self.writes = 0
        self.done: dict[str, int] = {}
        self.broken: list[str] = []
        self.written: set[str] = set()
        """The tables that were written to."""
        self._here = threading.local()

    def writing(self, writing: Callable[..., AbstractContextManager[Session]]) -> Callable[..., Any]:
        """`Database.writing`, of which the watch knows."""

        @contextmanager
        def watched(database: Database, **how: Any) -> Iterator[Session]:
            with writing(database, **how) as session:
                self.writes += 1
                self._here.is_open = True
                try:
                    yield session
                finally:
                    self._here.is_open = False

        return watched

    def statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        """One that is asked of a database."""
        if getattr(self._here, "is_open", False):
            self.written |= set(re.findall(r"^(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement))
            self.broken += [statement for words in UNASKED if re.search(words, statement, re.DOTALL)]

    def act(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """*act*, which must not be done while a write is open."""

        @wraps(act)
        def watched(*what: Any, **more: Any) -> Any:
            self.done[name] = self.done.get(name, 0) + 1
            if getattr(self._here, "is_open", False):
                self.broken.append(name)
            return act(*what, **more)

        return watched


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """All that is FORBIDDEN, watched."""
    watch = Watch()
    monkeypatch.setattr(Database, "writing", watch.writing(Database.writing))
    for whose, name in FORBIDDEN:
        told = f"{whose.__name__}.{name}"
        monkeypatch.setattr(whose, name, watch.act(told, getattr(whose, name)))
    event.listen(Engine, "before_cursor_execute", watch.statement)
    yield watch
    event.remove(Engine, "before_cursor_execute", watch.statement)


def tangled(number: int) -> bytes:
    """A badge that nobody signed, whose criteria are made to be slow."""
    document = json.loads(signed())
    del document["proof"]
    document["id"] = f"urn:uuid:{number}"
    document["credentialSubject"]["achievement"].pop("image", None)
    document["credentialSubject"]["achievement"]["criteria"]["narrative"] = "[" * (LIMIT - 100) + str(number)
    return json.dumps(document).encode()


def packed(*documents: bytes) -> bytes:
    """A ZIP of these."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, document in enumerate(documents):
            archive.writestr(f"badge-{number}.json", document)
    return stream.getvalue()


@pytest.fixture
def services(app: Starlette) -> Services:
    services: Services = app.state.services
    return services


def test_nothing_is_rendered_while_a_write_is_open(app: Starlette, services: Services, clock: Clock, watch: Watch):
    markdown.to_html.cache_clear()
    maria = holder(app, ("one.json", signed()), ("two.json", signed()))  # brought by a visitor, kept by a key
    (first, *_) = maria.has()
    assert maria.brings(("three.json", signed()), ("slow.json", tangled(1)), ("none.txt", b"none")).status_code == 200
    assert maria.post(f"/badges/{first}/verifications").status_code == 303
    moment = maria.tells(first, facts="J’ai **soudé**.")
    maria.attaches(moment, ("note.txt", b"une note"))
    share = maria.shows(first)
    link = maria.link_of(share)
    recruiter = Person(app)
    assert recruiter.get(link).status_code == 200
    assert recruiter.post(f"{link}/verifications").status_code == 303
    for act in (f"{share}/end", f"{share}/stopping", f"/badges/{first}/removal", f"/badges/{first}/return"):
        assert maria.post(act, data={"days": "30"}).status_code == 303, act
    clock.move(days=9)
    Rechecks(services.database, services.import_tools, clock).round()
    cleanup.clean_up(services.database, services.files, clock())
    assert maria.enters().status_code == 200
    archive = maria.get("/archive/file").content
    back = holder(app, ("four.json", signed()))
    assert back.post("/archive/return", files={"documents": ("mes-badges.zip", archive)}).status_code == 200
    assert len(back.has()) == 5
    assert back.post("/erasure").headers["location"] == "/erased"
    assert maria.post("/leaving").status_code == 303
    assert watch.broken == []
    assert watch.writes > 20
    assert {"Template.render", "MarkdownIt.render", "clean", "Card.__init__"} <= {
        told.removeprefix("nh3.") for told in watch.done
    }


def test_a_stranger_who_brings_slow_badges_keeps_nobody_from_writing(visitor: Person, services: Services, watch: Watch):
    """A ZIP of 20 KB once held the write of the database for more than a minute."""
    answer = visitor.brings(("slow.zip", packed(*(tangled(number) for number in range(25)))))

    assert answer.status_code in {200, 303}
    assert visitor.get("/badges").status_code == 200
    with services.database.reading() as session:
        assert len(session.scalars(select(KeptBadge.id)).all()) == 25
    assert watch.broken == []
    assert watch.done.get("MarkdownIt.render", 0) <= 2, "a page renders the badge that it shows, and no list does"


def tells_and_changes(person: Person, first_answer: int, first_attachment: int) -> None:
    """Writes about a moment in all the ways there are."""
    moment = person.tells(*person.has(), facts="J’ai soudé.", me="J’ai pris le temps.")
    assert person.attaches(moment, ("note.txt", b"une note")).status_code == 303
    assert person.post(f"{moment}/attachments", data={"link": "exemple.fr"}).status_code == 303
    key = {"key": "0" * 32, "after": "0"}
    assert person.post(f"{moment}/answers/facts", data=key | {"text": "Autrement."}).status_code == 303
    again = {"answer": f"{first_answer + 1}", "key": "1" * 32}
    assert person.post(f"{moment}/answers", data=again).status_code == 303
    assert person.post(f"{moment}/badges", data={"badge": person.has()}).status_code == 303
    attachment = f"attachments/{first_attachment}"
    for act in (f"{attachment}/removal", f"{attachment}/return", "removal", "return"):
        assert person.post(f"{moment}/{act}").status_code == 303, act
    assert sends(person, draft(person, situation="work", facts="Sans réseau."), ("plan.pdf", b"%PDF")).is_success
    assert person.post(f"{moment}/removal").status_code == 303


def test_no_text_is_measured_while_a_write_is_open(app: Starlette, services: Services, clock: Clock, watch: Watch):
    """With 500 MB of visitors' texts one saved word took two seconds, and whoever else wrote waited as long."""
    maria = holder(app, ("one.json", signed()))
    lea = Person(app)
    assert lea.brings(("two.json", signed())).status_code == 303
    tells_and_changes(maria, 1, 1)
    tells_and_changes(lea, 8, 4)
    archive = maria.get("/archive/file").content
    for person in (Person(app), lea):
        assert person.post("/archive/return", files={"documents": ("mes-badges.zip", archive)}).status_code == 200
    lea.key = maria.key
    assert lea.enters().status_code == 200  # what the visitor told joins the wallet
    stranger = Person(app)
    stranger.brings(("three.json", signed()))
    stranger.tells(facts="Je passe.")
    assert stranger.post("/leaving").status_code == 303
    clock.move(days=9)
    cleanup.clean_up(services.database, services.files, clock())
    assert maria.enters().status_code == 200
    assert maria.post("/erasure").headers["location"] == "/erased"

    assert watch.broken == []
    told = {"evidence", "answers", "attachments", "sendings", "evidenced_badges", "holder_sizes", "moment_sizes"}
    assert told <= watch.written


def test_no_map_is_drawn_while_a_write_is_open(app: Starlette, watch: Watch, monkeypatch: pytest.MonkeyPatch):
    """« Oui, tout compte » of 3,000 badges kept the write for a second, as often as it was touched."""
    monkeypatch.setattr(journey, "draw_map", watch.act("draw_map", journey.draw_map))
    maria = holder(app, ("one.json", signed()))

    assert maria.post("/path/counting", data={"newest": "1"}).status_code == 303

    assert watch.done["draw_map"]
    assert watch.broken == []


def test_the_watch_sees_what_is_asked_within(services: Services, watch: Watch):
    with services.database.reading() as session:
        session.scalar(select(func.sum(func.length(Answer.text))))
    with services.database.writing() as session:
        session.scalar(select(func.sum(func.length(Answer.text))))

    assert len(watch.broken) == 1


def test_the_watch_sees_what_is_done_within(services: Services, watch: Watch):
    with services.database.writing():
        markdown.to_html("**vu** dans une écriture")

    assert watch.broken == ["MarkdownIt.render", "nh3.clean"]
