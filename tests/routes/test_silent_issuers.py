"""What is read of a badge whose issuer no longer answers, by its holder and by whoever is shown it; and who vouches."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import AWARDED, Clock, IssuersWeb, Person, Stranger, adopted, holder, words
from wallet.app import create_app
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.rechecks.round import Rechecks
from wallet.settings import Operator, Settings
from wallet.web.services import Services

SAMPLE = samples.samples()[0]
MARCH, MAY, LATER = datetime(2026, 3, 12, 9, tzinfo=UTC), datetime(2026, 5, 4, 9, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC)  # fmt: skip
IN_FRENCH = "Vérifié le 12 mars 2026. L’organisme ne répond plus depuis le 4 mai 2026."
IN_ENGLISH = "Checked on 12 March 2026. The issuer has not answered since 4 May 2026."


def hosted(web: IssuersWeb, awarded: datetime) -> bytes:
    """A badge of Open Badges 2.0 that its issuer's web confirms."""
    assertion, badge_class = samples.make_assertion(SAMPLE, awarded), samples.make_class(SAMPLE)
    for one in (assertion, badge_class, samples.profile()):
        web[one["id"]] = json.dumps(one).encode()
    return json.dumps(assertion).encode()


def check_again(app: Starlette) -> None:
    """The chore."""
    services: Services = app.state.services
    Rechecks(services.database, services.import_tools, services.clock).round()


@pytest.fixture
@made_once
def maria(app: Starlette, web: IssuersWeb, clock: Clock) -> Person:
    """Maria, whose badge was good in March, and whose issuer has been silent since May."""
    clock.now = MARCH
    person = holder(app, ("badge.json", hosted(web, MARCH.replace(day=2))))
    web.clear()
    for clock.now in (MAY, LATER):
        check_again(app)
    person.enters()  # the device was forgotten meanwhile
    return person


@pytest.mark.parametrize(("language", "told", "tried"), [
    ("fr", IN_FRENCH, "Dernier essai de Mes badges le 1er juillet 2026"),
    ("en", IN_ENGLISH, "Last tried by My badges on 1 July 2026"),
])  # fmt: skip
def test_the_holder_reads_when_it_was_checked_and_since_when_nobody_answers(
    maria: Person, language: str, told: str, tried: str
):
    page = maria.get(f"/badges/{maria.has()[0]}?lang={language}").text

    assert told in words(page)
    assert tried in words(page)
    assert "Organiser" in page
    assert 'class="label state ask"' in page, "it is never green"


@pytest.mark.parametrize(("language", "told"), [("fr", IN_FRENCH), ("en", IN_ENGLISH)])
def test_a_recruiter_reads_it_too(maria: Person, recruiter: Stranger, language: str, told: str):
    link = maria.link_of(maria.shows(*maria.has()))

    for path in (link, f"{link}/badges/0"):
        page = recruiter.get(f"{path}?lang={language}").text

        assert told in words(page)
        assert 'class="proof ask"' in page
        assert "Vrai badge" not in page


def test_nobody_is_asked_because_a_recruiter_looks(maria: Person, recruiter: Stranger, web: IssuersWeb):
    link = maria.link_of(maria.shows(*maria.has()))
    web.asked.clear()

    recruiter.get(link)

    assert web.asked == []


def test_an_answer_ends_the_silence(maria: Person, app: Starlette, web: IssuersWeb, clock: Clock):
    hosted(web, MARCH.replace(day=2))
    clock.move(days=9)

    check_again(app)

    page = maria.reads(f"/badges/{maria.has()[0]}")
    assert "ne répond plus" not in page
    assert "Vérifié par Mes badges le 10 juillet 2026" in page


def test_a_file_comes_back_as_it_came_in(app: Starlette):
    """The badge was found in a file of another kind."""
    maria, services = holder(app), app.state.services
    (id,) = maria.has()
    with services.database.writing() as session:
        kept = session.get_one(KeptBadge, id)
        kept.came_in, kept.file_name = services.files.keep(b"%PDF-1.7 with a badge"), "diplôme.pdf"

    answer = maria.get(f"/badges/{id}/document")

    assert answer.content == b"%PDF-1.7 with a badge"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="dipl_me.pdf"')
    assert maria.post(f"/badges/{id}/verifications").headers["location"].endswith("?done=checked")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "Association d’essai confirme cet organisme."),
        ({"vouched_by": "Région d’essai", "read_at": "https://region.example/liste"}, "Région d’essai confirme cet organisme."),
    ],
)  # fmt: skip
def test_the_page_says_who_vouches_for_an_issuer_and_where_to_read_it(
    settings: Settings, web: IssuersWeb, clock: Clock, tmp_path: Path, more: dict[str, str], told: str
):
    registry = tmp_path / "issuers.json"
    registry.write_text(json.dumps([{"id": samples.profile()["id"], "name": "Organisme d’essai", **more}]))
    settings = replace(settings, issuers=registry, operator=Operator(name="Association d’essai"))
    app = create_app(settings, web, clock)  # type: ignore[arg-type]  # a dict is web enough
    make_tables(app.state.services.database)
    adopted(app.state.services)
    maria = holder(app, ("badge.json", hosted(web, AWARDED)))

    page = maria.page(f"/badges/{maria.has()[0]}")

    assert told in words(page).replace("\xa0", " ")
    assert ('href="https://region.example/liste" rel="noreferrer"' in page) == bool(more)
    app.state.services.database.close()


def test_of_an_issuer_whom_nobody_knows_nothing_is_said(app: Starlette):
    maria = holder(app)

    assert "confirme cet organisme" not in maria.page(f"/badges/{maria.has()[0]}")
