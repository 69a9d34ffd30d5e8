"""Who vouches for an issuer is decided when a page is made: nobody looked at the badge again, and what was green is not."""

import json
import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.statements import asked_of
from tests.fixtures.visits import NOW, Clock, Person, Stranger, holder, signed, words
from tests.fixtures.vouching import list_organisation, retire, vouch
from wallet.badges.models import KeptBadge
from wallet.registers import KeptRegister, raise_edition
from wallet.storage.database import Database
from wallet.web.services import Services

ISSUER = json.loads(signed())["issuer"]["id"]
HOUR = timedelta(hours=1)
LEAVES = ("organiser-1", "organiser-2", "adapter-1", "adapter-2", "integrer-1", "integrer-2")


def database_of(app: Starlette) -> Database:
    services: Services = app.state.services
    return services.database


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria with seven badges of one issuer."""
    maria = holder(app)
    maria.brings(*((f"{name}.json", signed(name)) for name in LEAVES))
    return maria


@made_once
def shown_and_told(maria: Person) -> tuple[str, str, str]:
    """What she shows, its link, and a moment of hers."""
    ids = maria.has()
    share = maria.shows(*ids)
    return share, maria.link_of(share), maria.tells(ids[0], facts="J’ai parlé.")


def pages_of(maria: Person, recruiter: Stranger) -> dict[str, tuple[Person, str]]:
    """Every page on which her badges are told, and whose browser asks for it."""
    share, link, moment = shown_and_told(maria)
    ids = maria.has()
    return {
        "the share": (recruiter, link),
        "the share, printed by its owner": (maria, f"{share}/page"),
        "what the owner is told of the share": (maria, f"{share}/details"),
        "the list": (maria, "/badges"),
        "one badge": (maria, f"/badges/{ids[0]}"),
        "the path": (maria, "/path"),
        "the search": (maria, "/badges/search?q=organiser"),
        "what is chosen for a share": (maria, "/shares/new"),
        "a moment": (maria, moment),
        "what is chosen for a moment": (maria, f"{moment}/badges"),
        "elsewhere": (maria, f"/badges/{ids[0]}/elsewhere"),
    }


def is_green(page: str) -> bool:
    """Whether anything on *page* is told as good of an issuer that is vouched for."""
    return bool(
        re.search(
            r'class="(?:chip|label state|label overall|verdict|proof|shown) ok"[^>]*>\s*(?!<svg class="icon)', page
        )
    ) or any(one in page for one in ("Vrai badge", "vrais badges", "confirme cet organisme", "Valide</span>"))


GREEN = {
    *("the share", "the share, printed by its owner", "what the owner is told of the share"),
    "one badge",
}
"""Pages on which a good badge is green; on the others only what is wrong is said."""


def read_all(there: dict[str, tuple[Person, str]]) -> dict[str, str]:
    """The pages as they are now; that of others is asked for twice: the second time it may be one that was kept."""
    for who, path in there.values():
        if isinstance(who, Stranger):
            who.page(path)
    return {name: who.page(path) for name, (who, path) in there.items()}


def green_pages(maria: Person, recruiter: Stranger) -> dict[str, tuple[Person, str]]:
    """Those that may be green; that the others never are is seen when an issuer is struck off."""
    return {name: page for name, page in pages_of(maria, recruiter).items() if name in GREEN}


def green(found: dict[str, str]) -> set[str]:
    return {name for name, page in found.items() if is_green(page)}


def checked_at(app: Starlette) -> set[object]:
    with database_of(app).reading() as session:
        return {one.checked_at for one in session.query(KeptBadge)}


def test_an_issuer_that_is_struck_off_is_green_nowhere_from_the_next_request_on(
    app: Starlette, maria: Person, recruiter: Stranger, clock: Clock
) -> None:
    there, before = pages_of(maria, recruiter), checked_at(app)
    assert green(read_all(there)) == set()

    vouch(database_of(app), ISSUER)
    found = read_all(there)
    assert green(found) == GREEN
    share = words(found["the share"])
    assert "7 vrais badges. " in share
    assert share.count("Région d’essai confirme cet organisme.") == 1

    clock.move(minutes=1)
    retire(database_of(app), ISSUER, clock())
    for name, (who, path) in there.items():
        assert not is_green(who.page(path)), name
    share = recruiter.reads(there["the share"][1])
    assert "7 badges intacts" in share
    assert share.count("Cet organisme n’est plus sur la liste depuis le 24 novembre 2026.") == 1, "once for all"
    assert checked_at(app) == before, "and nobody looked at a badge again"


def test_when_the_clock_passes_the_end_of_a_row_a_kept_page_is_no_longer_green(
    app: Starlette, maria: Person, recruiter: Stranger, clock: Clock
) -> None:
    """Nobody writes anything: all that changes is the time."""
    there = green_pages(maria, recruiter)
    vouch(database_of(app), ISSUER, until=NOW + HOUR)
    assert green(read_all(there)) == GREEN

    clock.now = NOW + HOUR - timedelta(seconds=1)
    assert green(read_all(there)) == GREEN, "to its last second"
    clock.now = NOW + HOUR
    for name, (who, path) in there.items():
        assert not is_green(who.page(path)), name


def test_when_nothing_was_heard_of_a_register_for_too_long_a_kept_page_says_so(
    app: Starlette, maria: Person, recruiter: Stranger, clock: Clock
) -> None:
    there = green_pages(maria, recruiter)
    vouch(database_of(app), ISSUER, stale_after=NOW + HOUR)
    assert green(read_all(there)) == GREEN

    clock.now = NOW + HOUR
    for name, (who, path) in there.items():
        assert not is_green(who.page(path)), name
    assert "Nous n’avons plus de nouvelles de la liste où il était." in recruiter.reads(there["the share"][1])


def test_a_row_that_begins_turns_a_kept_page_green(
    app: Starlette, maria: Person, recruiter: Stranger, clock: Clock
) -> None:
    there = green_pages(maria, recruiter)
    vouch(database_of(app), ISSUER, since=NOW + HOUR)
    assert green(read_all(there)) == set()

    clock.now = NOW + HOUR
    assert {name for name, (who, path) in there.items() if is_green(who.page(path))} == GREEN


def test_what_maria_had_before_her_issuer_ended_stays_green_and_what_comes_later_is_not(
    app: Starlette, maria: Person, clock: Clock
) -> None:
    vouch(database_of(app), ISSUER)
    old = maria.has()
    clock.move(minutes=10)
    retire(database_of(app), ISSUER, clock(), why="ended")
    clock.move(minutes=10)
    maria.brings(("late.json", signed("general")))
    (late,) = set(maria.has()) - set(old)

    assert is_green(maria.page(f"/badges/{old[0]}"))
    assert not is_green(maria.page(f"/badges/{late}")), "though the day in it is of a time when it was vouched for"


def test_a_register_that_is_switched_off_says_nothing(app: Starlette, maria: Person, recruiter: Stranger) -> None:
    there = green_pages(maria, recruiter)
    vouch(database_of(app), ISSUER)
    assert green(read_all(there)) == GREEN

    with database_of(app).writing() as session:
        session.query(KeptRegister).update({"is_on": False})
        raise_edition(session)
    assert {name for name, (who, path) in there.items() if is_green(who.page(path))} == set()


def test_a_list_by_host_says_nothing_of_an_issuer_that_is_a_key(
    app: Starlette, maria: Person, recruiter: Stranger
) -> None:
    there = green_pages(maria, recruiter)
    list_organisation(database_of(app), "organisme-essai.example")
    list_organisation(database_of(app), "")

    assert green(read_all(there)) == set()


def test_a_forged_badge_with_a_vouched_id_is_never_green(app: Starlette) -> None:
    """Its issuer is vouched for, its word was changed."""
    vouch(database_of(app), ISSUER)
    forger = holder(app, ("forged.json", signed().replace(b"Communiquer", b"Commander")))

    (id,) = forger.has()
    link = forger.link_of(forger.shows(id))
    for page in (forger.page("/badges"), forger.page(f"/badges/{id}"), Stranger(app).page(link)):
        assert not is_green(page)


def test_what_a_wallet_kept_when_it_was_still_a_check_who_is_known_is_on_no_page(
    app: Starlette, maria: Person, recruiter: Stranger
) -> None:
    """Examinations of before 2026-12 stay as they are kept until somebody looks again."""
    known = {"name": "known", "outcome": "passed", "reason": "", "source": "", "detail": "known by La Région"}
    with database_of(app).writing() as session:
        for kept in session.query(KeptBadge):
            kept.examination = {**kept.examination, "checks": [*kept.examination["checks"], known]}
            kept.good = {**(kept.good or {}), "checks": [*kept.examination["checks"]]}

    found = read_all(pages_of(maria, recruiter))

    assert green(found) == set()
    assert [name for name, page in found.items() if "La Région" in page] == []


def test_what_a_visitor_is_told_of_what_they_bring_is_of_now(app: Starlette, visitor: Person, clock: Clock) -> None:
    vouch(database_of(app), ISSUER, until=NOW + HOUR)
    visitor.brings(("badge.json", signed()))

    assert "Vrai badge, bravo !" in visitor.reads("/badges")
    clock.move(minutes=25)
    assert "Vrai badge, bravo !" in visitor.reads("/badges")
    retire(database_of(app), ISSUER, clock())
    page = visitor.page("/badges")
    assert "Badge intact, bravo !" in words(page)
    assert not is_green(page)


ASKED = {"kept": 1, "made anew": 7}
"""Statements of the recruiter's page on the day before there were registers: to see that nobody asks more since."""


def test_the_share_page_asks_no_more_than_before_there_were_registers(
    app: Starlette, maria: Person, recruiter: Stranger, clock: Clock
) -> None:
    database, link = database_of(app), maria.link_of(maria.shows(*maria.has()))
    vouch(database, ISSUER, until=NOW + HOUR)
    vouch(database, "https://rives.exemple.fr/issuer", by="Autre")
    recruiter.page(link)
    with asked_of(database) as kept:
        recruiter.page(link)
    with database.writing() as session:
        session.query(KeptBadge).filter_by(id=maria.has()[0]).update({"state": "expired"})
    with asked_of(database) as anew:
        recruiter.page(link)

    assert {"kept": len(kept), "made anew": len(anew)} == ASKED, anew


def test_registers_are_read_once_for_each_edition(app: Starlette, maria: Person, recruiter: Stranger) -> None:
    database, link = database_of(app), maria.link_of(maria.shows(*maria.has()))
    vouch(database, ISSUER)
    with asked_of(database) as asked:
        for path in (link, link):
            recruiter.page(path)
        for path in ("/badges", "/path", "/badges/search?q=organiser"):
            maria.page(path)

    assert len([one for one in asked if one.startswith("SELECT register_rows")]) == 1
    assert len([one for one in asked if one.startswith("SELECT facts")]) == 1
