"""Which texts offer a badge, by whom, and the one word for each that is bent; nobody is asked."""

import json
from collections import Counter
from urllib.parse import quote

import pytest

from tests.fixtures.bent_offers import CODE, PLATFORM, bent_offers, by_reference, by_value, granted, offer
from tests.openbadges.support.processor import within
from wallet.issuance import exchanges
from wallet.issuance.offers import (
    LONGEST,
    CredentialOffer,
    ExchangeAt,
    InteractionAt,
    NotTaken,
    Offer,
    OfferAt,
    TransactionCode,
    asked_host,
    find_offer,
    read_offer,
)
from wallet.network.client import Fetcher

may_lead_to = Fetcher(resolve=lambda *_: pytest.fail("nobody is looked up")).may_lead_to
BENT = bent_offers()
OFFERED = CredentialOffer(issuer=PLATFORM, configurations=("souder",), code=CODE)
INTERACTION = f"{PLATFORM}/i/7?iuv=1"


def found(text: str) -> Offer | None:
    return find_offer(text, may_lead_to)


def word_for(text: str) -> str:
    """Why nothing can be made of it, "" where something can."""
    try:
        told = found(text)
    except NotTaken as problem:
        return problem.reason
    return "" if isinstance(told, CredentialOffer) else "nothing found"


def test_a_bent_offer_has_its_word() -> None:
    assert {bent.name: word_for(bent.text) for bent in BENT} == {bent.name: bent.word for bent in BENT}


def test_there_are_two_hundred_of_them() -> None:
    assert len(BENT) >= 200
    assert len({bent.name for bent in BENT}) == len(BENT)
    assert min(Counter(bent.word for bent in BENT).values()) >= 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (by_value(offer()), OFFERED),
        (by_value(offer(), "https://portefeuille.exemple/credential_offer"), OFFERED),
        (by_value(offer(), "un-autre-portefeuille://accueil"), OFFERED),
        (by_value(offer()) + "&beside=7#haut", OFFERED),
        (f"« {by_value(offer())} »", OFFERED),
        (by_value(offer(), " portefeuille.exemple/offre").replace("%2F", "/").replace("%3A", ":") + ".", OFFERED),
        (f"{INTERACTION.removeprefix('https://')}\n", InteractionAt(INTERACTION)),
        (f"\u2066{by_value(offer())}\u2069\u200b", OFFERED),
        (f"Voici : “{by_reference(f'{PLATFORM}/offre/7')}”!", OfferAt(f"{PLATFORM}/offre/7")),
        (by_reference(f"{PLATFORM}/offre/7"), OfferAt(f"{PLATFORM}/offre/7")),
        (by_reference(f"{PLATFORM}/offre/7?cle=a%26b", "haip-vci://"), OfferAt(f"{PLATFORM}/offre/7?cle=a%26b")),
        (
            f"dccrequest://request?auth_type=bearer&challenge=c7&vc_request_url={quote(PLATFORM, safe='')}",
            ExchangeAt(PLATFORM, "c7"),
        ),
        (f"https://lcw.app/request.html?vc_request_url={quote(PLATFORM, safe='')}", ExchangeAt(PLATFORM)),
        (
            "https://lcw.app/request?request=" + quote(json.dumps({"protocols": {"vcapi": PLATFORM}})),
            ExchangeAt(PLATFORM),
        ),
        (
            "https://lcw.app/request?request="
            + quote(json.dumps({"protocols": {"vcapi": PLATFORM, "OID4VCI": by_value(offer())}})),
            OFFERED,
        ),
        (
            f"Microsoft : openid-vc://?request_uri=https%3A%2F%2Fcours.exemple.fr%2Fr ; d’autres : {by_value(offer())}",
            OFFERED,
        ),
        (
            f"Avant : openid-initiate-issuance://?issuer={quote(PLATFORM, safe='')} Depuis : {by_value(offer())}",
            OFFERED,
        ),
        (INTERACTION, InteractionAt(INTERACTION)),
        (f"interaction:{INTERACTION}", InteractionAt(INTERACTION)),
        (f"web+interaction://{INTERACTION}", InteractionAt(INTERACTION)),
    ],
)
def test_an_offer_is_told_by_its_parameters_whatever_its_scheme_and_host(text: str, told: Offer) -> None:
    assert found(text) == told
    assert asked_host(told) == "cours.exemple.fr"


def test_a_host_in_letters_that_look_like_others_is_told_as_the_network_knows_it() -> None:
    told = found(by_value(offer(credential_issuer="https://f\u0430blab.exemple")))

    assert isinstance(told, CredentialOffer)
    assert asked_host(told) == "xn--fblab-4ve.exemple"


@pytest.mark.parametrize(
    "text",
    [
        *("", "Bonjour", "https://cours.exemple.fr/badge/7", "https://lcw.app/", "mailto:kevin@exemple.fr"),
        *("WIFI:S:Mission locale;;", "https://cours.exemple.fr/?request=7", "a" * 150_000, "a:" * 75_000),
    ],
)
def test_what_offers_nothing_is_none(text: str) -> None:
    assert found(text) is None


def test_of_an_offer_of_thousands_one_more_is_kept_than_is_asked_for() -> None:
    """It lies in a row until it is taken, whoever wrote it."""
    told = read_offer(json.dumps(offer(credential_configuration_ids=[f"{n}" for n in range(5_000)])), may_lead_to)

    assert told.configurations == tuple(f"{n}" for n in range(exchanges.MOST_DOCUMENTS + 1))


def test_what_an_issuer_says_of_its_code_is_one_plain_line_of_300_signs() -> None:
    told = found(by_value(granted(tx_code={"length": 6, "description": "Votre\n SMS\u202e \x07" + "x" * 400})))

    assert isinstance(told, CredentialOffer)
    assert told.tx_code is not None
    assert told.tx_code.length == 6
    assert told.tx_code.description.startswith("Votre SMS xxx")
    assert len(told.tx_code.description) == 300
    assert TransactionCode() == TransactionCode(is_numeric=True, length=None, description="")


def test_a_code_is_in_no_line_of_a_log() -> None:
    assert CODE not in repr(found(by_value(offer())))


@pytest.mark.parametrize("letters", ["a", "a.", "7", "https-"])
def test_a_long_text_without_a_link_is_read_once(letters: str) -> None:
    """It was read on from each of its letters for sixty more, in one step in which nobody else was answered."""
    text = (letters * 262_144)[:262_144]

    with within(0.06):
        assert found(text) is None
    assert found(f"{text} {by_value(offer())}") == OFFERED
    assert found(f"1.--{by_value(offer())}") == OFFERED


def test_a_link_is_as_long_as_16_kb_and_no_longer() -> None:
    room = LONGEST - len(by_value(offer(beside="")))

    assert found(by_value(offer(beside="b" * room))) == OFFERED
    with pytest.raises(NotTaken, match="offer-not-whole"):
        found(by_value(offer(beside="b" * (room + 1))))
