"""A badge that a stranger's link brought while nobody was signed in joins no wallet unasked, however its holder enters."""

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select, update
from starlette.applications import Starlette

from tests.fixtures.framed import KEYS, of_samples, written
from tests.fixtures.made_once import made_once
from tests.fixtures.mail import codes_for
from tests.fixtures.visits import ISSUERS_KEY, Clock, IssuersWeb, Person, holder, signed, words
from tests.routes.test_addresses import MARIA, owns
from tests.routes.test_badges import HOSTED_AT, hosted
from tests.routes.test_recovery_codes import makes_a_paper, opens
from wallet.accounts.holders import Holder
from wallet.badges.models import KeptBadge
from wallet.competencies import frameworks
from wallet.operations import cleanup

QUESTION = "Ce badge attendait ici. L’ajouter ?"
WAITS = re.compile(r'action="/badges/(\d+)/addition"')
TICKED = re.compile(r'name="badge" value="(\d+)"[^>]*checked')
BY_LINK = "Il est venu par un lien, quand vos badges étaient fermés."
NAME = re.compile(r'id="name"[^>]* value="([^"]*)"')


@cache
def hung_up() -> dict[str, Any]:
    """What is on the issuer's web, the same for all: wallets that hang on it can be copied."""
    web = IssuersWeb()
    hosted(web)
    return {**web}


@pytest.fixture(autouse=True)
def _planted(web: IssuersWeb) -> None:
    web.update(hung_up())


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who has one badge, and is signed out."""
    sonia = holder(app)
    sonia.post("/leaving")
    return sonia


def follows_the_link(person: Person) -> None:
    """Nobody is signed in: the page of the link posts itself (paste-link.js)."""
    assert 'name="unasked" value="yes"' in person.page(f"/badges/new?link={HOSTED_AT}")
    assert person.post("/badges", data={"link": HOSTED_AT, "unasked": "yes"}).status_code == 303


def waiting(person: Person) -> list[str]:
    """The badges that are asked about on the page of badges."""
    return WAITS.findall(person.page("/badges"))


def brought(person: Person) -> list[int]:
    """The badges that were brought, of whoever has no key yet: their page names none by its number."""
    with person.services.database.reading() as session:
        return list(session.scalars(select(KeptBadge.id).order_by(KeptBadge.id)))


@made_once
def planted(sonia: Person) -> str:
    """The link was followed, and Sonia entered by her key: the one badge that waits."""
    follows_the_link(sonia)
    assert sonia.enters().status_code == 200
    (one,) = waiting(sonia)
    return one


def rows(person: Person, table: Any) -> int:
    with person.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.breadth
def test_it_waits_and_is_nowhere_until_she_answers(sonia: Person):
    one = planted(sonia)

    assert QUESTION in sonia.reads("/badges")
    assert "Il attend jusqu’au 24 décembre 2026." in sonia.reads("/badges")
    assert "Mon badge" in sonia.page("/badges").partition("</title>")[0], "counted with none"
    mine = re.findall(r'href="/badges/(\d+)"', sonia.page("/badges"))
    assert one not in mine
    for path in (f"/badges/{one}", f"/badges/{one}/picture", f"/badges/{one}/document", f"/badges/{one}/elsewhere"):
        assert sonia.get(path).status_code == 404, path
    assert sonia.post(f"/badges/{one}/verifications").status_code == 404
    for path in ("/shares/new", "/path", "/badges/search?q=accueillir", "/evidence/new"):
        assert f"/badges/{one}" not in sonia.page(path), path
        assert f'value="{one}"' not in sonia.page(path), path
    assert sonia.post("/shares", data={"badge": [*set(mine), one], "days": "7"}).status_code == 422
    assert sonia.post("/shares", data={"badge": list(set(mine)), "days": "7"}).status_code == 303
    archive = ZipFile(BytesIO(sonia.get("/archive/file").content))
    assert HOSTED_AT.encode() not in archive.read("wallet.json")


@pytest.mark.breadth
def test_yes_adds_it_by_her_own_hand_and_from_then_on_it_is_like_all_others(sonia: Person):
    one = planted(sonia)
    assert one not in TICKED.findall(sonia.page("/shares/new"))

    answer = sonia.post(f"/badges/{one}/addition", follow_redirects=True)

    assert "Votre badge est ajouté." in words(answer.text)
    assert QUESTION not in words(answer.text)
    assert sonia.get(f"/badges/{one}").status_code == 200
    assert one in TICKED.findall(sonia.page("/shares/new"))
    assert rows(sonia, Holder) == 1, "nobody is left of the visit"
    assert sonia.post(f"/badges/{one}/addition").headers["location"] == "/badges?done=added", "touched twice"


def test_no_takes_it_away_for_good(sonia: Person, clock: Clock):
    one = planted(sonia)

    answer = sonia.post(f"/badges/{one}/refusal", follow_redirects=True)

    assert "Ce badge n’est pas ajouté." in words(answer.text)
    assert waiting(sonia) == []
    assert sonia.post(f"/badges/{one}/addition").status_code == 404
    cleanup.forget_expired(sonia.services.database, clock())
    assert (rows(sonia, Holder), rows(sonia, KeptBadge)) == (1, 1)


def several(web: IssuersWeb, count: int) -> None:
    """The link leads to a ZIP of so many badges."""
    packed = BytesIO()
    with ZipFile(packed, "w") as folder:
        for number in range(count):
            folder.writestr(f"{number}.json", signed("adapter-1"))
    web[HOSTED_AT] = (200, "application/zip", packed.getvalue())


@pytest.mark.breadth
def test_of_many_three_are_asked_about_and_one_tap_refuses_all(sonia: Person, web: IssuersWeb, clock: Clock):
    several(web, 5)
    follows_the_link(sonia)
    sonia.enters()
    assert len(waiting(sonia)) == 3
    assert "2 autres badges attendent ici." in sonia.reads("/badges")
    sonia.post(f"/badges/{waiting(sonia)[0]}/refusal")
    assert "1 autre badge attend ici." in sonia.reads("/badges")
    sonia.post(f"/badges/{waiting(sonia)[0]}/addition")
    assert (len(waiting(sonia)), "Non à tous" in sonia.reads("/badges")) == (3, False)
    several(web, 2)
    sonia.post("/leaving")
    follows_the_link(sonia)
    sonia.enters()

    answer = sonia.post("/badges/refusal", follow_redirects=True)

    assert "Ces badges ne sont pas ajoutés." in words(answer.text)
    assert waiting(sonia) == []
    cleanup.forget_expired(sonia.services.database, clock())
    assert rows(sonia, Holder) == 1
    assert rows(sonia, KeptBadge) == len(sonia.has()) == 2, "her first one, and the one that she added"
    assert sonia.post("/badges/refusal").status_code == 303, "nothing waits"


@pytest.mark.breadth
def test_what_nobody_answers_for_goes_after_30_days(sonia: Person, clock: Clock):
    planted(sonia)
    for days, left in ((29, 1), (1, 0)):
        clock.move(days=days)

        cleanup.forget_expired(sonia.services.database, clock())

        assert rows(sonia, KeptBadge) == 1 + left
    sonia.enters()
    assert len(waiting(sonia)) == left


def by_key(person: Person, _code: str, _clock: Clock) -> Person:
    assert person.enters().status_code == 200
    return person


def by_paper(person: Person, code: str, _clock: Clock) -> Person:
    assert opens(person, code)
    return person


def by_mail(person: Person, _code: str, clock: Clock) -> Person:
    for hours in (48, 0):
        asked = person.post("/entry/mail", data={"address": MARIA}).headers["location"].partition("?ask=")[2]
        told = {"ask": asked, "code": codes_for(person.services, MARIA)[-1]}
        if hours == 0:
            follows_the_link(person)
        answer = person.post("/entry/mail/code", data=told)
        assert ("?told=" in answer.headers["location"]) == bool(hours)
        clock.move(hours=hours)
    return person


@made_once
def with_three_ways_in(app: Starlette) -> tuple[Person, str]:
    """Sonia, who is signed out, and the code of her paper."""
    sonia = holder(app)
    owns(sonia)
    code = makes_a_paper(sonia)
    sonia.post("/leaving")
    return sonia, code


@pytest.mark.parametrize("enters", [by_key, by_paper, by_mail])
@pytest.mark.breadth
def test_however_she_enters_what_she_brought_herself_joins_and_the_other_waits(
    app: Starlette, clock: Clock, enters: Callable[[Person, str, Clock], Person]
):
    sonia, code = with_three_ways_in(app)
    clock.move(minutes=11)
    if enters is not by_mail:
        follows_the_link(sonia)
        sonia.brings(("mine.json", signed("adapter-1")))

    enters(sonia, code, clock)

    assert len(waiting(sonia)) == 1
    with sonia.services.database.reading() as session:
        kept = session.scalars(select(KeptBadge.id).where(KeptBadge.holder_id == 1)).all()
    assert len(kept) == (1 if enters is by_mail else 2)


@pytest.mark.breadth
def test_what_she_then_brings_herself_is_asked_for(sonia: Person):
    follows_the_link(sonia)
    sonia.brings(link=HOSTED_AT)

    sonia.enters()

    assert waiting(sonia) == []
    assert len(sonia.has()) == 2


def test_whoever_keeps_a_new_wallet_by_it_wants_it(app: Starlette):
    visitor = Person(app)
    follows_the_link(visitor)

    assert visitor.makes_a_key().status_code == 200

    assert waiting(visitor) == []
    assert len(visitor.has()) == 1


def kept_beside(visitor: Person) -> tuple[int, int]:
    """A new wallet, to which a link had brought a badge before its holder brought their own: that one, and their own."""
    follows_the_link(visitor)
    visitor.brings(("mine.json", signed("adapter-1")))
    assert visitor.makes_a_key().status_code == 200
    unasked, mine = sorted(visitor.has())
    return unasked, mine


@pytest.mark.breadth
def test_in_a_new_wallet_it_is_shown_by_her_own_hand_alone(visitor: Person):
    unasked, mine = kept_beside(visitor)

    assert TICKED.findall(visitor.page("/shares/new")) == [str(mine)]
    assert TICKED.findall(visitor.page("/shares/new?all=1")) == [str(mine)], "nor by « Tout cocher »"
    assert visitor.reads("/shares/new").count(BY_LINK) == 1
    assert TICKED.findall(visitor.page(f"/shares/new?badge={unasked}")) == [str(unasked)]
    visitor.shows(mine)
    assert TICKED.findall(visitor.page("/shares/new")) == [str(mine)], "it was not ticked"
    visitor.shows(unasked)
    assert set(TICKED.findall(visitor.page("/shares/new"))) == {str(unasked), str(mine)}
    assert "Il est venu par un lien" not in visitor.reads("/shares/new")


@pytest.mark.breadth
def test_what_she_brings_once_more_or_is_named_to_her_is_ticked_like_all_others(app: Starlette):
    again, named = Person(app), Person(app)
    unasked, mine = kept_beside(again)
    again.brings(link=HOSTED_AT)
    assert set(TICKED.findall(again.page("/shares/new"))) == {str(unasked), str(mine)}

    unasked, mine = kept_beside(named)
    with named.services.database.writing() as session:
        session.execute(update(KeptBadge).where(KeptBadge.id == unasked).values(match={"address": MARIA}))
    assert set(TICKED.findall(named.page("/shares/new"))) == {str(unasked), str(mine)}


@pytest.mark.parametrize("page", ["/badges", "/badges?done=returned", "/badges/{id}"])
@pytest.mark.breadth(beside=["/badges?done=returned"])
def test_a_key_made_on_the_page_that_shows_it_is_an_own_hand_and_says_how_it_came(visitor: Person, page: str):
    follows_the_link(visitor)
    (id,) = brought(visitor)
    visitor.makes_a_key(page.format(id=id))

    assert TICKED.findall(visitor.page("/shares/new")) == [str(id)]
    assert BY_LINK in visitor.reads("/shares/new")
    visitor.shows(id)
    assert TICKED.findall(visitor.page("/shares/new")) == [str(id)]
    assert BY_LINK not in visitor.reads("/shares/new"), "it was shown before their eyes"


def on_another_page(visitor: Person) -> None:
    visitor.makes_a_key("/help")


def on_the_page_of_another_badge(visitor: Person) -> None:
    visitor.makes_a_key(f"/badges/{brought(visitor)[0] + 1}")


def on_a_page_that_no_number_names(visitor: Person) -> None:
    visitor.makes_a_key(f"/badges/{'9' * 30}")


def nobody_knows_where(visitor: Person) -> None:
    visitor.makes_a_key("")


def with_a_paper(visitor: Person) -> None:
    assert makes_a_paper(visitor)


def for_a_moment(visitor: Person) -> None:
    visitor.tells()
    visitor.makes_a_key()


@pytest.mark.parametrize(
    "keeps",
    [
        on_another_page,
        on_the_page_of_another_badge,
        on_a_page_that_no_number_names,
        nobody_knows_where,
        with_a_paper,
        for_a_moment,
    ],
)
@pytest.mark.breadth(beside=["for_a_moment"])
def test_the_only_badge_of_a_wallet_that_was_kept_otherwise_is_ticked_by_hand_and_names_nobody(
    visitor: Person, web: IssuersWeb, keeps: Callable[[Person], None]
):
    web[HOSTED_AT] = signed("adapter-1")  # it names somebody
    follows_the_link(visitor)

    keeps(visitor)

    form = visitor.page("/shares/new")
    assert len(visitor.has()) == 1
    assert (TICKED.findall(form), NAME.findall(form)) == ([], [""])
    assert BY_LINK in words(form)


@pytest.mark.breadth
def test_a_moment_told_of_it_makes_it_theirs(visitor: Person):
    follows_the_link(visitor)
    visitor.tells(*brought(visitor))
    visitor.makes_a_key()

    assert TICKED.findall(visitor.page("/shares/new")) == [str(one) for one in visitor.has()]
    assert BY_LINK not in visitor.reads("/shares/new")


def test_the_first_name_is_that_of_badges_that_somebody_vouched_are_theirs(
    app: Starlette, visitor: Person, web: IssuersWeb
):
    web[HOSTED_AT] = signed("adapter-1").replace(b'"Sonia"', b'"Eve"')  # changed, and told all the same
    kept_beside(visitor)

    assert NAME.findall(visitor.page("/shares/new")) == ["Sonia"]
    web[HOSTED_AT] = signed("adapter-1")
    follows_the_link(other := Person(app))
    other.makes_a_key()
    assert NAME.findall(other.page("/shares/new")) == ["Sonia"], "kept on the page that shows it"


def test_nor_does_it_ask_for_the_general_badge_by_itself(visitor: Person, web: IssuersWeb, tmp_path: Path):
    written(tmp_path / "frameworks", of_samples(ISSUERS_KEY))
    visitor.services.frameworks = frameworks.load_frameworks(tmp_path / "frameworks")
    web[HOSTED_AT] = signed(f"{KEYS[0]}-2")
    follows_the_link(visitor)
    visitor.brings(*((f"{key}.json", signed(f"{key}-2")) for key in KEYS[1:3]))
    visitor.makes_a_key()
    unasked, *mine = sorted(visitor.has())

    assert sorted(map(int, TICKED.findall(visitor.page("/shares/new?for=normandie")))) == mine
    visitor.shows(unasked)
    assert sorted(map(int, TICKED.findall(visitor.page("/shares/new?for=normandie")))) == [unasked, *mine]


@pytest.mark.breadth
def test_it_goes_with_all_that_is_erased(sonia: Person):
    planted(sonia)

    assert sonia.post("/erasure").headers["location"] == "/erased"

    assert (rows(sonia, Holder), rows(sonia, KeptBadge)) == (0, 0)
    assert list(sonia.services.files.names()) == []


def test_nobody_else_answers_for_her(sonia: Person, app: Starlette):
    one, youssef = planted(sonia), holder(app, ("other.json", signed("adapter-1")), address="203.0.113.9")

    assert youssef.post(f"/badges/{one}/addition").status_code == 404
    for refused in (f"/badges/{one}/refusal", "/badges/refusal"):
        assert youssef.post(refused).status_code == 303

    assert waiting(sonia) == [one]
    assert waiting(youssef) == []
    assert sonia.post(f"/badges/{one}/addition").status_code == 303
