"""Nothing is green past its end: not in the minutes before it is looked at again, and not in a page that was kept."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette

from tests.fixtures.examined import COMMUNICATE, found, keeps, somebody_with_a_key
from tests.fixtures.import_tools import import_tools
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, NOW, Clock, IssuersWeb, Person, Stranger, holder, signed, words
from wallet.badges.importing import ImportTools
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.openbadges import SKEW
from wallet.rechecks.round import Rechecks
from wallet.shares import owner_view
from wallet.storage.database import Database
from wallet.web.services import Services

NOON = NOW + timedelta(hours=2)
MINUTE = timedelta(minutes=1)


def until(end: datetime | None, name: str = "communiquer-1") -> bytes:
    """A valid badge that ends at *end*."""
    sample = next(one for one in samples.samples() if one.art == name)
    return samples.make_badge(sample, ISSUERS_KEY, AWARDED, end).encode()


def is_green(page: str) -> bool:
    """Whether a badge on the recruiter's page is told as good: of an issuer that nobody vouches for, the seal in outline stands for it."""
    return good(page) > 0


def good(page: str) -> int:
    """How many badges the verdict of the page holds for."""
    found = re.search(r"(\d+) badges? intacts?\b", words(page))
    return int(found[1]) if found else 0


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    return holder(app, ("noon.json", until(NOON)))


def due_at(app: Starlette) -> datetime:
    services: Services = app.state.services
    with services.database.reading() as session:
        return session.query(KeptBadge).one().due_at


@pytest.mark.parametrize("asked_before", [True, False], ids=["kept", "new"])
@pytest.mark.breadth
def test_a_badge_is_good_until_its_last_minute_and_no_longer(
    maria: Person, recruiter: Stranger, clock: Clock, *, asked_before: bool
):
    """No chore runs here, and nobody writes: all that changes is the time."""
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(hours=1, minutes=59)
    if asked_before:
        assert is_green(recruiter.reads(link))
        assert is_green(recruiter.reads(link))

    clock.move(minutes=2)

    page = recruiter.reads(link)
    assert not is_green(page)
    assert "Badge expiré depuis le 24 novembre 2026" in page


def test_it_is_over_at_the_very_moment(maria: Person, recruiter: Stranger, clock: Clock):
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(hours=1, minutes=59, seconds=59)
    assert is_green(recruiter.reads(link))
    clock.move(seconds=1)
    assert not is_green(recruiter.reads(link))


@pytest.mark.breadth
def test_of_two_ends_each_changes_the_page(app: Starlette, recruiter: Stranger, clock: Clock):
    maria = holder(app, ("a.json", until(NOON)), ("b.json", until(NOON + 5 * MINUTE)), ("c.json", until(None)))
    link = maria.link_of(maria.shows(*maria.has()))

    found = []
    for _ in range(4):
        found.append(good(recruiter.page(link)))
        clock.now = NOON - MINUTE if len(found) == 1 else clock() + 4 * MINUTE

    assert found == [3, 3, 2, 1]


@pytest.mark.breadth
def test_with_a_code_it_is_the_same(maria: Person, recruiter: Stranger, clock: Clock):
    share = maria.shows(*maria.has(), code="on")
    services, link = maria.services, maria.link_of(share)
    with services.database.reading() as session:
        [told] = owner_view.list_owned_shares(session, 1, services.keyring.unseal, clock())
    recruiter.headers["Sec-Fetch-Site"] = "same-origin"
    clock.move(hours=1, minutes=59)
    assert is_green(recruiter.post(link, data={"code": told.code}).text)
    clock.move(minutes=2)
    answer = recruiter.post(link, data={"code": told.code})
    assert answer.status_code == 200
    assert not is_green(answer.text)


@pytest.mark.breadth
def test_it_is_looked_at_again_soon_after_its_end(app: Starlette, maria: Person, clock: Clock, web: IssuersWeb):
    maria.shows(*maria.has())
    assert due_at(app) == NOON + SKEW
    services: Services = app.state.services

    def tools(now: datetime, _addresses: object) -> ImportTools:
        return import_tools(web, services.files, now)

    clock.now = NOON + SKEW
    Rechecks(services.database, tools, clock).round()

    with services.database.reading() as session:
        kept = session.query(KeptBadge).one()
    assert (kept.state, kept.checked_at) == ("expired", clock())
    assert kept.due_at > clock() + timedelta(hours=18), "once is enough"


def test_an_end_that_means_never_puts_nothing_off(app: Starlette):
    holder(app, ("never.json", until(datetime.fromisoformat("9999-12-31T23:59:59+00:00"))))

    assert NOW + timedelta(days=5) < due_at(app) < NOW + timedelta(days=9)


def test_a_badge_that_begins_is_looked_at_when_it_has_begun(wallets: Database):
    begins = NOW + timedelta(hours=3)
    soon = found(replace(COMMUNICATE, valid_from=begins), begun="failed")
    [id] = keeps(wallets, somebody_with_a_key(wallets), soon)

    with wallets.reading() as session:
        kept = session.get_one(KeptBadge, id)
    assert (kept.state, kept.due_at) == ("not-yet-valid", begins + SKEW)


@pytest.mark.breadth
def test_a_badge_without_an_end_is_kept_as_it_was_rendered(app: Starlette, recruiter: Stranger, clock: Clock):
    maria = holder(app, ("badge.json", signed()))
    link = maria.link_of(maria.shows(*maria.has()))
    before = recruiter.page(link)
    services: Services = app.state.services
    kept = dict(services.page_cache._kept)
    clock.move(hours=3)

    assert recruiter.page(link) == before
    assert dict(services.page_cache._kept) == kept
