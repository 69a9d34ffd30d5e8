"""The addresses by which a share is handed on: exact, and nothing of a text is lost or read as something else."""

from datetime import date
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from wallet.shares.sending import outgoing_links as links
from wallet.shares.sending.outgoing_links import Certification

LINK = "https://badges.exemple.fr/s/7K3PQ2MZ9XH4TBVC8RNEWGD5YA"
ODD = 'Bonjour, c’est Zoë « & + # % ? = 100 % » "O\'Brien" 😀 سونيا'
CERTIFICATION = Certification(
    name="Communiquer",
    organisation="Passerelle Formation",
    issued_on=date(2026, 3, 9),
    ends_on=None,
    address=f"{LINK}/badges/4",
    number="urn:uuid:1b9d",
)


def test_a_message_goes_to_whatsapp_whole() -> None:
    assert links.whatsapp_link(f"Voici mes 9 badges.\n{LINK}") == (
        "https://wa.me/?text=Voici%20mes%209%20badges.%0Ahttps%3A%2F%2Fbadges.exemple.fr%2Fs%2F7K3PQ2MZ9XH4TBVC8RNEWGD5YA"
    )


def test_an_sms_and_an_e_mail_are_for_nobody_yet() -> None:
    assert links.sms_link("a b") == "sms:?&body=a%20b"
    assert links.mail_link("Les badges de Zoë", "a\nb") == "mailto:?subject=Les%20badges%20de%20Zo%C3%AB&body=a%0D%0Ab"


@pytest.mark.parametrize("text", [ODD, f"{ODD}\n{LINK}", "", "é" * 300, "a&body=b", "\u202eabc"])
def test_nothing_of_a_text_is_read_as_something_else(text: str) -> None:
    for made in (links.whatsapp_link(text), links.sms_link(text), links.mail_link(text, text)):
        assert made.isascii()
        assert "+" not in made
        assert not set(" \"'<>#\n") & set(made)
    assert unquote(links.whatsapp_link(text).partition("?text=")[2]) == text
    assert unquote(links.sms_link(text).partition("?&body=")[2]) == text
    assert unquote(links.mail_link(text, text).partition("&body=")[2]).replace("\r\n", "\n") == text


def test_the_link_has_a_line_of_its_own_or_stands_alone() -> None:
    assert links.with_link("Bonjour.", LINK) == f"Bonjour.\n{LINK}"
    assert links.with_link("", LINK) == LINK


def test_linkedin_is_given_what_is_known_of_a_badge() -> None:
    assert links.linkedin_link(CERTIFICATION) == (
        "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Communiquer"
        "&organizationName=Passerelle%20Formation&issueYear=2026&issueMonth=3"
        "&certUrl=https%3A%2F%2Fbadges.exemple.fr%2Fs%2F7K3PQ2MZ9XH4TBVC8RNEWGD5YA%2Fbadges%2F4"
        "&certId=urn%3Auuid%3A1b9d"
    )


def test_a_badge_that_ends_says_when_and_one_without_dates_says_none() -> None:
    ends = Certification(
        name=ODD * 9, organisation="", issued_on=None, ends_on=date(2027, 12, 31), address=LINK, number="x" * 201
    )
    told = parse_qs(urlsplit(links.linkedin_link(ends)).query)

    assert told["expirationYear"] == ["2027"]
    assert told["expirationMonth"] == ["12"]
    assert not {"issueYear", "issueMonth", "organizationName", "certId"} & set(told)
    assert len(told["name"][0]) <= links.FIELD_LIMIT


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Sonia Martin", "badges-sonia.png"),
        ("Zoë", "badges-zoe.png"),
        ("Œdipe Łukasz", "badges-oedipe.png"),
        ("سونيا", "badges.png"),
        ("", "badges.png"),
        ("../../etc", "badges-etc.png"),
        (
            "Wolfeschlegelsteinhausenbergerdorffvoralternwarengewissenhaft",
            "badges-wolfeschlegelsteinhausenbergerdor.png",
        ),
    ],
)
def test_a_file_says_whose_it_is_in_letters_that_every_system_takes(name: str, called: str) -> None:
    assert links.file_name("badges", name, ".png") == called
