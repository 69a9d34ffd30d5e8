"""What nobody may be told on the page of a share: gold of another level, a name that not all badges bear, a hidden name."""

import json
import re

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from tests.fixtures.visits import Stranger, holder, words
from tests.openbadges.support import guild
from tests.routes.test_to_whom import given_to, shown
from wallet.shares import Share


def heading(page: str) -> str:
    return words(re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[0])


def test_badges_that_name_nobody_are_not_told_as_given_to_sonia(app: Starlette, recruiter: Stranger) -> None:
    """One names Sonia, one nobody, and no name shows: the two are not « donnés à Sonia Martin »."""
    kevin = holder(app, given_to("Sonia Martin"), given_to(title="Caisse"))

    assert heading(recruiter.page(shown(kevin))) == "2 badges"


def test_badges_of_two_persons_are_not_told_as_given_to_one(app: Starlette, recruiter: Stranger) -> None:
    kevin = holder(app, given_to("Sonia Martin"), given_to("Awa Ba", title="Caisse"))

    assert heading(recruiter.page(shown(kevin))) == "2 badges"


def test_badges_that_all_name_sonia_are_told_as_given_to_her(app: Starlette, recruiter: Stranger) -> None:
    sonia = holder(app, given_to("Sonia Martin"), given_to("Sonia", title="Caisse"))

    assert heading(recruiter.page(shown(sonia))) == "2 badges donnés à Sonia Martin"


@pytest.mark.parametrize(
    "says",
    [
        "Martin soude seule.",
        "Sonia Mar&shy;tin soude.",
        "Die Arbeit von Martins.",
        "Sonia **Mart**in soude.",
        "M&#97;rtin",
    ],
)
def test_a_hidden_name_is_in_no_text_of_another_badge(app: Starlette, recruiter: Stranger, says: str) -> None:
    """The second badge names nobody, and its text tells whose it is."""
    sonia = holder(app, given_to("Sonia Martin"), given_to(title="Caisse", says=says))
    link = shown(sonia, "Sonia", hide_name="1")

    for path in (link, f"{link}/badges/0", f"{link}/badges/1"):
        assert "soude" not in recruiter.page(path).partition("<main")[2]
        assert "artin" not in re.sub("<[^>]*>", "", recruiter.page(path)).replace("\u00ad", "")


@pytest.mark.breadth
def test_of_two_names_on_one_badge_neither_is_in_its_text(app: Starlette, recruiter: Stranger) -> None:
    """Sonia Durand, who was Sonia Martin: the first one alone is told as the name on the badge."""
    document = guild.badge()
    document["credentialSubject"] |= {
        "narrative": "Madame Martin soude seule.",
        "identifier": [
            {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}
            for name in ("Sonia Durand", "Sonia Martin")
        ],
    }
    sonia = holder(app, ("badge.json", json.dumps(guild.signed(document)).encode()))

    assert "Madame Martin" in recruiter.page(f"{shown(sonia, 'Sonia')}/badges/0")
    assert "Martin" not in recruiter.page(f"{shown(sonia, 'Sonia', hide_name='1')}/badges/0")


def test_a_hidden_name_of_another_alphabet_is_in_no_text(app: Starlette, recruiter: Stranger) -> None:
    """No blank stands before or after it."""
    ming = holder(
        app, given_to("王小明", says="王小明会焊接。"), given_to("سونيا", title="Caisse", says="هذا العمل لسونيا")
    )
    link = shown(ming, hide_name="1")

    assert "王小明" not in recruiter.page(f"{link}/badges/0") + recruiter.page(f"{link}/badges/1")
    assert "سونيا" not in recruiter.page(f"{link}/badges/0") + recruiter.page(f"{link}/badges/1")


def test_of_a_badge_that_names_nobody_no_name_is_said_to_be_hidden(app: Starlette, recruiter: Stranger) -> None:
    """« Donné à un nom caché. Le badge ne dit pas de nom. »: one of them is not so."""
    sonia = holder(app, given_to("Sonia Martin"), given_to(title="Caisse"), given_to(title="Vente", address="x@y.fr"))
    link = shown(sonia, "Sonia", hide_name="1")
    told = {words(recruiter.page(f"{link}/badges/{place}").partition('class="twins"')[2])[:90] for place in range(3)}

    assert not [one for one in told if "un nom caché" in one]
    assert len([one for one in told if "pas de nom" in one]) == 1
    assert len([one for one in told if "un e-mail" in one]) == 1


def test_kevins_own_name_is_not_told_of_what_went_to_an_address_that_he_has_not_confirmed(
    app: Starlette, recruiter: Stranger
) -> None:
    """« Donnés à Kévin Dupont »: his one is, and whose the other is nobody knows."""
    kevin = holder(app, given_to("Kévin Dupont"), given_to(title="Caisse", address="sonia@exemple.fr"))
    told = words(recruiter.page(shown(kevin, "Kévin")).partition('class="twins"')[2].partition("</p></div>")[0])

    assert "Donnés à un e-mail Kévin n’a pas encore confirmé cette adresse." in told


def test_a_name_that_an_older_share_keeps_turns_no_sentence_around(app: Starlette, recruiter: Stranger) -> None:
    """« confirmé par Sonia, pas par nous » would be read from the right."""
    sonia = holder(app, given_to("Sonia Martin"))
    link = shown(sonia, "Sonia")
    with sonia.services.database.writing() as session:
        session.execute(update(Share).values(name="Sonia\u202e"))

    for path in (link, f"{link}/badges/0"):
        assert "\u202e" not in recruiter.page(path)
