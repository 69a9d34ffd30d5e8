"""Brings a letter to the operator's mail server, which brings it on: the one way out besides fetching.

Rule 1: nothing goes in clear but on this very machine: TLS at once or before the password, the certificate checked.
Rule 2: patience is counted: seconds for each answer, and for the whole; a server that hangs keeps nobody waiting.
Rule 3: a letter is plain text and nothing else: no picture, no link that counts. What could end a header is refused.
Rule 4: what went wrong is one word and a number. What the server said may hold an address, and goes nowhere.
"""

import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import cached_property
from threading import Event, Timer

from ..settings import MailServer

STEP = 10.0
"""Seconds that the server may take for one answer."""
WHOLE = 20.0
"""Seconds that one letter may take."""
LOOK = 0.1
"""Seconds between two looks whether a connection that is to be cut is there."""
READY = 220
"""What a server says first. Source: RFC 5321, 4.3.2."""


class MailRefused(Exception):
    """The mail server did not take the letter; the message is one word and, where it gave one, its number."""


class Mailer:
    """Knows the mail server. *trusted* is whose certificates are believed, those of the system when it is None."""

    def __init__(
        self, server: MailServer, trusted: ssl.SSLContext | None = None, step: float = STEP, whole: float = WHOLE
    ) -> None:
        self.server = server
        self._trusted = trusted
        self.step, self.whole = step, whole

    @cached_property
    def trusted(self) -> ssl.SSLContext:
        """Whose certificates are believed. Those of the system take a while to read: not before a letter wants them."""
        return self._trusted or ssl.create_default_context()

    def send(self, address: str, subject: str, text: str, now: datetime, stops: str = "") -> None:
        """Send *text* to *address*; raises MailRefused when the server did not say that it has it.

        *stops* is the address that ends such letters, "" for one that its reader needs.
        """
        letter = self.letter(address, subject, text, now, stops)
        connection = self._connection()
        over = Event()
        end = Timer(self.whole, _hang_up, [connection, over])
        end.start()
        try:
            self._deliver(connection, letter)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            raise MailRefused(_word(problem)) from None
        finally:
            end.cancel()
            over.set()
            connection.close()

    def letter(self, address: str, subject: str, text: str, now: datetime, stops: str = "") -> EmailMessage:
        """The letter as it goes out; raises MailRefused for an address or a subject that would write headers of its own."""
        letter = EmailMessage(policy=SMTP)
        try:
            letter["From"] = self.server.sender
            letter["To"] = Address(addr_spec=address)
            letter["Subject"] = subject
        except (ValueError, IndexError, MessageError) as problem:
            raise MailRefused(type(problem).__name__) from None
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = make_msgid(domain=self.server.sender.domain)
        letter["Auto-Submitted"] = "auto-generated"  # nobody's holiday answers it (RFC 3834, 5)
        if stops:  # mail programs show it as a button of their own (RFC 2369, 3.2; RFC 8058)
            letter["List-Unsubscribe"] = f"<{stops}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter.set_content(text, charset="utf-8", cte="quoted-printable")
        return letter

    def _connection(self) -> smtplib.SMTP:
        connection = (
            smtplib.SMTP_SSL(timeout=self.step, context=self.trusted)
            if self.server.security == "tls"
            else smtplib.SMTP(timeout=self.step)
        )
        # The name that the certificate must bear: smtplib takes it from its constructor alone, which connects at once,
        # before anybody could hang up.
        connection._host = self.server.host  # type: ignore[attr-defined]
        return connection

    def _deliver(self, connection: smtplib.SMTP, letter: EmailMessage) -> None:
        code, _ = connection.connect(self.server.host, self.server.port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, b"")
        if self.server.security == "starttls":
            connection.starttls(context=self.trusted)
        if self.server.user:
            connection.login(self.server.user, self.server.password)
        connection.sendmail(self.server.sender.addr_spec, [letter["To"].addresses[0].addr_spec], letter.as_bytes())
        with suppress(OSError, smtplib.SMTPException, ValueError):  # it has the letter, whatever its farewell is
            connection.quit()


def _hang_up(connection: smtplib.SMTP, over: Event) -> None:
    """Cut the connection, as soon as there is one: to find the server may have taken all of the time."""
    while not over.wait(LOOK):
        with suppress(OSError):  # not open yet, or closed already
            if connection.sock:
                connection.sock.shutdown(socket.SHUT_RDWR)


def _word(problem: Exception) -> str:
    code = getattr(problem, "smtp_code", None)
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code = next((answer[0] for answer in problem.recipients.values()), None)
    return f"{type(problem).__name__} {code}" if code else type(problem).__name__
