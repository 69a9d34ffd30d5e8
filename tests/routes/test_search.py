"""Looking for a badge: a field, three lists, and whatever somebody types."""

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Person, holder, signed


@pytest.fixture
@made_once
def many(app: Starlette) -> Person:
    """Maria with eight badges."""
    maria = holder(app)
    names = ("organiser-1", "organiser-2", "adapter-1", "adapter-2", "integrer-1", "integrer-2", "general")
    maria.brings(*((f"{name}.json", signed(name)) for name in names))
    return maria


@pytest.mark.breadth
def test_one_looks_for_a_badge_from_the_top_line_as_soon_as_there_are_two(maria: Person):
    assert "/badges/search" not in maria.page("/badges")
    names = ("organiser-1", "organiser-2", "adapter-1", "adapter-2", "integrer-1", "integrer-2")
    maria.brings(*((f"{name}.json", signed(name)) for name in names))
    assert 'href="/badges/search" aria-label="Chercher dans mes badges"' in maria.page("/badges")
    assert 'role="search"' in maria.page("/badges/search")


@pytest.mark.breadth
def test_a_word_finds_its_badges(many: Person):
    page = many.reads("/badges/search?q=organise")

    assert "2 badges trouvés" in page
    assert "S’adapter" not in page.partition("2 badges trouvés")[2].partition("Moi")[0]


@pytest.mark.breadth
def test_nothing_found_says_what_to_do(many: Person):
    page = many.reads("/badges/search?q=plomberie")

    assert "Aucun badge trouvé" in page
    assert "Essayez avec moins de mots." in page


def test_whoever_finds_what_they_told_is_not_told_to_try_again(app: Starlette):
    """Sonia looks for her day with the tractor: it stands below, though no badge speaks of it."""
    sonia = holder(app, ("a.json", signed("organiser-1")))
    sonia.tells(facts="Le tracteur bleu était en panne.")

    page = sonia.reads("/badges/search?q=tracteur")

    assert "Aucun badge trouvé Ce que vous avez raconté" in page


def test_nobody_is_sent_to_lists_that_are_not_there(app: Starlette):
    """Two badges of one organisation and one year, of no skill that anybody knows here: there is nothing to choose from."""
    app.state.services.frameworks = ()
    sonia = holder(app, ("a.json", signed("organiser-1")), ("b.json", signed("adapter-1")))

    page = sonia.reads("/badges/search?q=plomberie")

    assert "Choisir dans des listes" not in page
    assert "Essayez avec moins de mots." in page
    assert "Ou cherchez dans les listes." not in page


def test_what_was_typed_stays(many: Person):
    assert 'value="&lt;b&gt;&#34;"' in many.page('/badges/search?q=<b>"')


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%FF%FE", "year=x", "year=99999999999999", "year=-1", "page=-1", "page=9999999999", "competency=%00",
     "issuer=" + "a" * 5000, "q=" + "a" * 5000, "q=a&q=b", "unknown=1"],
)  # fmt: skip
def test_whatever_stands_in_the_address_is_answered(query: str, many: Person):
    assert many.get(f"/badges/search?{query}").status_code == 200


def test_nobody_who_is_not_signed_in_searches(visitor: Person):
    assert visitor.get("/badges/search?q=a").status_code == 303
