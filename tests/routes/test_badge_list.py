"""« Mes badges » of Maria, who has many: under their issuers, in the order she likes, and what ends soon."""

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.fixtures.visits import NOW, PHONE, Clock, Person, signed, words
from tests.routes.test_badge_paging import leads, on
from wallet.accounts import Device, Holder
from wallet.badges.models import KeptBadge

SOON = NOW + timedelta(days=15)
LATER = NOW + timedelta(days=60)


def keeps(maria: Person, *badges: tuple[str, str, str]) -> None:
    """Maria has these as well, each with its name, its issuer and its state: copies of her first, one younger than the other."""
    with maria.services.database.writing() as session:
        first = session.get_one(KeptBadge, 1)
        row = {column.name: getattr(first, column.name) for column in KeptBadge.__table__.columns}
        del row["id"]
        copies: list[dict[str, Any]] = []
        for number, (name, issuer, state) in enumerate(badges, 1):
            read = row["read"] | {"name": name, "issuer": row["read"]["issuer"] | {"name": issuer}}
            read["achievement"] = row["read"]["achievement"] | {"name": name}
            mine = {"identity": secrets.token_hex(32), "read": read, "state": state, "picture": None}
            copies.append(row | mine | {"added_at": NOW + timedelta(seconds=number)})
        session.execute(insert(KeptBadge), copies)


@pytest.fixture
def many(maria: Person) -> Person:
    """Maria with 34 badges."""
    keeps(
        maria,
        *((f"Caisse, niveau {number}", "Commerce École", "valid") for number in range(1, 21)),
        *((f"Secours {number}", "Secours du Bessin", "expired") for number in range(1, 5)),
        *((f"Accueil {number}", "Mairie", "unknown") for number in range(1, 7)),
        *(("", "", "valid") for _ in range(3)),
    )
    return maria


def headings(page: str) -> list[str]:
    return [words(f"<p>{one}</p>") for one in re.findall(r'<h2 id="group-\d+">(.*?)</h2>', page, re.DOTALL)]


@pytest.mark.breadth
def test_maria_sees_her_34_badges_under_their_issuers(many: Person):
    page = many.page("/badges")

    assert headings(page)[:2] == ["Commerce École 20 badges", "Mairie 6 badges"]
    assert headings(page)[-1] == "Sans nom d’organisme 3 badges"
    assert "Voir les 14 autres" in words(page)
    assert len(on(many, "/badges")) == 34
    assert ">C1</text>" in page
    assert "Badge sans nom" in words(page)
    assert "example" not in words(page).replace("de issuer.example", "")


@pytest.mark.breadth
def test_the_chips_say_how_many_there_are_of_each_and_lead_to_them_without_script(many: Person):
    told = many.reads("/badges")
    assert "Tous Valides · 24 À revoir · 6 Expirés · 4 Ranger par" in told
    assert "Bientôt finis" not in told

    page = many.page("/badges?show=review&sort=issuer")
    assert headings(page) == ["Mairie 6 badges"]
    assert 'aria-current="true">À revoir · 6' in page
    assert page.count("À revoir") == 7, "a word on each that is not simply good, and the chip"
    assert headings(many.page("/badges?show=soon")) == headings(many.page("/badges")), "there is none of that kind"


def test_they_stand_by_name_and_by_date_as_well(many: Person):
    page = many.page("/badges?sort=name")

    assert headings(page) == []
    names = [words(f"<p>{one}</p>") for one in re.findall(r'class="name"[^>]*>(.*?)</span>', page, re.DOTALL)]
    assert names[:2] == ["Accueil 1", "Accueil 2"]
    assert names[-1] == "Badge sans nom"
    assert 'aria-current="true">nom' in page
    assert len(on(many, "/badges?sort=date")) == 34


@pytest.mark.breadth
def test_pages_keep_what_is_asked_for_and_lose_nothing(maria: Person):
    keeps(maria, *((f"Caisse {number}", f"Organisme {number % 7}", "valid") for number in range(130)))
    keeps(maria, *((f"Vieux {number}", "Musée", "expired") for number in range(70)))

    seen, path = list[int](), "/badges?show=good&sort=issuer"
    while path:
        page = maria.page(path)
        assert "Vieux" not in page
        seen += on(maria, path)
        path = leads(maria, path).get("next", "").replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 131
    assert "Page 3 sur 3" in maria.reads("/badges?show=good&page=99")
    assert "Page 2 sur 2" in maria.reads("/badges?show=expired&page=3")


def test_a_list_seen_before_shows_what_was_added_and_what_ended_since(many: Person, clock: Clock):
    with many.services.database.writing() as session:
        kept = session.get_one(KeptBadge, 2)
        kept.read = kept.read | {"valid_until": LATER.isoformat()}
    assert "Bientôt finis" not in many.reads("/badges")

    clock.now = LATER - timedelta(days=29)
    many.get("/badges")
    with many.services.database.writing() as session:  # so long nobody keeps a session open
        session.get_one(KeptBadge, 3).state = "revoked"
    many.enters()
    assert "Bientôt finis · 1" in many.reads("/badges")
    assert "Valides · 23" in many.reads("/badges")


def test_eleven_badges_are_seen_at_a_glance(maria: Person):
    keeps(maria, *((f"Caisse {number}", "Commerce École", "valid") for number in range(10)))
    page = maria.page("/badges")

    assert "Mes 11 badges" in words(page)
    assert "Valides ·" not in words(page)
    assert 'type="search"' not in page
    assert 'href="/badges/search" aria-label="Chercher dans mes badges"' in page


def test_a_badge_says_before_it_ends_until_when_it_holds(maria: Person):
    (before,) = maria.has()
    here = maria.brings(("badge.json", signed("adapter-1", valid_until=SOON))).headers["location"]

    assert "Finit le 9 décembre 2026" in maria.reads("/badges")
    assert "Finit le 9 décembre 2026" in maria.reads(here)
    assert "Finit le" not in maria.reads(f"/badges/{before}")


def test_a_badge_that_ends_in_two_months_says_nothing_yet(maria: Person):
    maria.brings(("badge.json", signed("adapter-1", valid_until=LATER)))

    assert "Finit le" not in maria.reads("/badges")


def test_a_list_seen_before_is_drawn_for_whoever_looks_and_by_what(maria: Person):
    """The list is kept; what stands around it is of this device, and of this moment."""
    keeps(maria, ("Accueil", "Mairie", "valid"))
    maria.cookies.set("install", "later")
    for seen_by, bar_is_first in ((PHONE, False), ("Mozilla/5.0 (X11; Linux x86_64)", True)):
        page = maria.get("/badges", headers={"User-Agent": seen_by}).text
        assert (page.index("<nav") < page.index("<main")) is bar_is_first, seen_by

    maria.cookies.set("text-size", "larger")
    assert " larger" in maria.page("/badges")[:200]
    maria.cookies.delete("text-size")
    assert " larger" not in maria.page("/badges")[:200]

    with maria.services.database.writing() as session:
        session.execute(update(Holder).values(erase_at=NOW + timedelta(days=3)))
    assert "Tout sera effacé" in words(maria.page("/badges"))
    with maria.services.database.writing() as session:
        session.execute(update(Holder).values(erase_at=None))
        session.execute(update(Device).values(is_shared=True))
    shared = maria.get("/badges")
    assert (shared.headers["refresh"], "Me déconnecter" in words(shared.text)) == ("600; url=/closed", True)


def test_where_there_is_no_badge_to_add_one_is_the_main_act(maria: Person):
    """Whatever kind of phone she has: a word of the page once stood in the place of the button’s rank."""
    maria.post("/badges/1/removal")

    assert '<label class="button main">' in maria.page("/badges")
