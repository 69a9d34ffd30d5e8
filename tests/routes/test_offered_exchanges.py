"""Maria is given a badge by an exchange, over HTTP: what she reads before, what is said where nothing came, and of the badge itself."""

import json
from typing import Any

import pytest

from tests.fixtures.visits import IssuersWeb, Person, words
from tests.issuance.exchanging import HERE, Fablab, asking
from tests.openbadges.support import guild
from wallet import network
from wallet.openbadges import Fetched

LINK = "https://fablab.example/i/7?iuv=1"
LEADS_THERE = {"protocols": {"vcapi": HERE}}


class Binding(Fablab):
    """Names its badge to the key that answered."""

    def send(self, address: str, outgoing: network.Outgoing) -> Fetched:
        answered = json.loads(outgoing.body or b"null")
        if answered and "verifiablePresentation" in answered:
            subject = guild.badge()["credentialSubject"] | {"id": answered["verifiablePresentation"]["holder"]}
            del subject["identifier"]
            self.answers = [guild.signed(guild.badge(credentialSubject=subject))]
        return super().send(address, outgoing)


def main(html: str) -> str:
    return words(html.partition('<main id="main">')[2].partition("</main>")[0])


def brings(person: Person, fablab: Fablab, web: IssuersWeb) -> str:
    web.issuer = fablab
    answer = person.post("/badges", data={"link": LINK})
    assert answer.status_code == 303, main(answer.text)
    return str(answer.headers["location"])


@pytest.mark.breadth
def test_she_adds_it_by_two_taps_and_it_is_hers(maria: Person, web: IssuersWeb) -> None:
    fablab = Binding([LEADS_THERE, asking(), None])
    place = brings(maria, fablab, web)
    assert [method for method, _, _ in fablab.came] == ["GET"]
    page = main(maria.page(place))
    assert "Ajouter ce badge ?" in page
    assert "Il vient de fablab.example" in page
    assert "« »" not in page

    added = maria.post(f"{place}/badges")

    assert added.headers["location"] == "/badges/2?done=added"
    assert "C’est votre badge." in maria.reads("/badges/2")
    assert (
        "adresse" not in maria.reads("/badges/2/checks") if maria.get("/badges/2/checks").status_code == 200 else True
    )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([asking(query={"type": "QueryByExample"})], "Ce lien demande vos badges. Il n’en donne pas."),
        ([asking(domain="bank.example")], "Ce lien veut une réponse pour un autre site."),
        ([{}], "L’organisme a répondu, mais sans badge."),
        ([410], "Ce badge a déjà été pris, ou le code est trop vieux."),
        ([asking(), "timeout"], "L’organisme n’a pas répondu à temps."),
    ],
)
def test_what_came_of_it_is_said_as_it_is(maria: Person, web: IssuersWeb, answers: list[Any], said: str) -> None:
    place = brings(maria, Fablab([LEADS_THERE, *answers]), web)

    answer = maria.post(f"{place}/badges")

    assert answer.status_code == 422
    assert said in main(answer.text)
    assert "plus tard" not in main(answer.text)
    assert maria.has() == [1]


def test_after_a_silence_that_cost_nothing_she_tries_once_more(maria: Person, web: IssuersWeb) -> None:
    fablab = Binding([LEADS_THERE, "timeout", asking(), None])
    place = brings(maria, fablab, web)

    assert "Essayez encore dans 5 minutes." in main(maria.post(f"{place}/badges").text)
    assert maria.post(f"{place}/badges").headers["location"] == "/badges/2?done=added"
