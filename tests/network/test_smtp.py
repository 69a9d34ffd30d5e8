"""The postman: brings plain letters to the operator's server, by a line that nobody reads, and waits for nobody long."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.fixtures.mail import PASSWORD, SENDER, USER, Mailroom, Served, body, certificate
from tests.fixtures.ports import free_port
from wallet.network.smtp import Mailer, MailRefused
from wallet.settings import MailServer

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 10, 12, tzinfo=UTC)
MARIA = "maria@exemple.fr"
LETTER = (MARIA, "Votre code pour Mes badges", "Voici votre code\u00a0:\n\n482913\n\nÀ bientôt.\n", NOW)


def refusal(mailer: Mailer, *letter: Any) -> str:
    """In which words the letter was not taken."""
    with pytest.raises(MailRefused) as told:
        mailer.send(*(letter or LETTER))
    return str(told.value)


def test_a_letter_is_plain_text_and_nothing_else(mail_server: Served, mailroom: Mailroom):
    mail_server.mailer().send(*LETTER)

    (letter,) = mailroom.letters
    assert letter["To"] == MARIA
    assert letter["From"] == "Mes badges <badges@exemple.fr>"
    assert letter["Subject"] == "Votre code pour Mes badges"
    assert parsedate_to_datetime(letter["Date"]) == NOW
    assert letter["Message-ID"].endswith("@exemple.fr>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content_charset() == "utf-8"
    assert not letter.is_multipart()
    assert body(letter) == LETTER[2]
    known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
    assert set(letter.keys()) <= known | {"Content-Type", "Content-Transfer-Encoding", "X-Peer"}


def test_two_letters_are_two(mail_server: Served, mailroom: Mailroom):
    for _ in range(2):
        mail_server.mailer().send(*LETTER)

    assert len({letter["Message-ID"] for letter in mailroom.letters}) == 2


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("maria@exemple.fr\r\nBcc: thief@exemple.fr", "Votre code"),
        ("maria@exemple.fr\nBcc: thief@exemple.fr", "Votre code"),
        ("maria@exemple.fr, thief@exemple.fr", "Votre code"),
        ("Maria <maria@exemple.fr>", "Votre code"),
        ("maria@exemple.fr>", "Votre code"),
        ("maria", "Votre code"),
        ("", "Votre code"),
        ("maria@exemple.fr", "Votre code\r\nBcc: thief@exemple.fr"),
        ("maria@exemple.fr", "Votre code\nX: y"),
    ],
)
def test_nobody_writes_a_header_or_a_recipient_of_their_own(
    mail_server: Served, mailroom: Mailroom, address: str, subject: str
):
    refusal(mail_server.mailer(), address, subject, "Bonjour", NOW)

    assert mailroom.letters == []
    assert mailroom.to == []


def test_a_text_that_looks_like_an_end_is_no_end(mail_server: Served, mailroom: Mailroom):
    text = "Un\n.\nQUIT\n.\r\nDeux\nFrom moi\n"

    mail_server.mailer().send(MARIA, "Bonjour", text, NOW)

    assert body(mailroom.letters[0]) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(("answer", "word"), [("550 no such user maria@exemple.fr", "550"), ("450 come back", "450")])
def test_a_server_that_refuses_or_puts_off_is_told_by_its_number_alone(
    mail_server: Served, mailroom: Mailroom, answer: str, word: str
):
    mailroom.refuses[MARIA] = answer

    told = refusal(mail_server.mailer())

    assert told == f"SMTPRecipientsRefused {word}"
    assert mailroom.letters == []


def test_a_server_that_drops_the_line_has_nothing(mail_server: Served, mailroom: Mailroom):
    mailroom.does = "drops"

    assert refusal(mail_server.mailer()) == "SMTPServerDisconnected"


@pytest.mark.parametrize("patience", [{"step": 0.3, "whole": 30}, {"step": 30, "whole": 0.3}])
def test_a_server_that_hangs_is_given_up(mail_server: Served, mailroom: Mailroom, patience: dict[str, float]):
    mailroom.does = "hangs"
    began = time.monotonic()

    told = refusal(mail_server.mailer(**patience))

    assert told in {"TimeoutError", "SMTPServerDisconnected"}
    assert time.monotonic() - began < 50, "and not after its minute"


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server that sends a sign of its greeting from time to time, and never ends it."""
    over = Event()

    def drip() -> None:
        line, _ = listening.accept()
        with line, suppress(OSError):
            line.sendall(b"220-")
            while not over.wait(0.05):
                line.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=drip)
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        # Where the test failed before it asked, nobody else comes.
        socket.create_connection(listening.getsockname()).close()
        thread.join()


def test_a_server_that_drips_is_given_up_as_a_whole(dripping: int):
    server = MailServer(host="localhost", port=dripping, security="none", sender=SENDER)

    assert refusal(Mailer(server, step=5, whole=0.5)) in {"SMTPServerDisconnected", "ConnectionResetError"}


@pytest.mark.breadth
def test_one_that_is_long_to_find_is_given_up_too(dripping: int, monkeypatch: pytest.MonkeyPatch):
    """All of the time is over before there is a line that could be cut."""
    server, connect = (
        MailServer(host="localhost", port=dripping, security="none", sender=SENDER),
        socket.create_connection,
    )
    monkeypatch.setattr(socket, "create_connection", lambda *where: time.sleep(1) or connect(*where))

    assert refusal(Mailer(server, step=5, whole=0.2)) in {"SMTPServerDisconnected", "ConnectionResetError"}


def test_a_server_that_is_not_there_is_told():
    server = MailServer(host="localhost", port=free_port(), security="none", sender=SENDER)
    assert refusal(Mailer(server)) == "ConnectionRefusedError"


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_who_it_is_told_to_believe_gets_the_password_and_the_letter(mailroom: Mailroom, tmp_path: Path, security: str):
    ours = certificate(tmp_path, "localhost")
    with Served(mailroom, ours, security, authenticator=mailroom.enters) as served:
        served.mailer(ours, USER, PASSWORD).send(*LETTER)
        wrong = refusal(served.mailer(ours, USER, "another"))

    assert mailroom.to == [MARIA]
    assert set(mailroom.users) == {USER}
    assert wrong == "SMTPAuthenticationError 535"


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("name", ["localhost", "mail.exemple.fr"])
def test_a_certificate_that_nobody_vouches_for_or_of_another_name_gets_nothing(
    mailroom: Mailroom, tmp_path: Path, security: str, name: str
):
    theirs = certificate(tmp_path, name)
    with Served(mailroom, theirs, security, authenticator=mailroom.enters) as served:
        told = refusal(served.mailer(None if name == "localhost" else theirs, USER, PASSWORD))

    assert told == "SSLCertVerificationError"
    assert mailroom.users == []
    assert mailroom.letters == []


def test_a_server_that_speaks_no_starttls_gets_no_password(mailroom: Mailroom, tmp_path: Path):
    with Served(mailroom, authenticator=mailroom.enters, auth_require_tls=False) as served:
        served.security = "starttls"
        told = refusal(served.mailer(None, USER, PASSWORD))

    assert told == "SMTPNotSupportedError"
    assert mailroom.users == []
    assert mailroom.letters == []
