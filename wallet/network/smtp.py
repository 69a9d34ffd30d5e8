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
"""Seconds between two looks whether a line that is to be cut is there."""
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

    def bring(self, address: str, subject: str, text: str, now: datetime) -> None:
        """Bring *text* to *address*; raises NotTaken when the server did not say that it has it."""
        letter = self.letter(address, subject, text, now)
        line = self._line()
        over = Event()
        end = Timer(self.whole, _hang_up, [line, over])
        end.start()
        try:
            self._speak(line, letter)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            raise MailRefused(_word(problem)) from None
        finally:
            end.cancel()
            over.set()
            line.close()

    def letter(self, address: str, subject: str, text: str, now: datetime) -> EmailMessage:
        """The letter as it goes out; raises NotTaken for an address or a subject that would write headers of its own."""
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
        letter.set_content(text, charset="utf-8", cte="quoted-printable")
        return letter

    def _line(self) -> smtplib.SMTP:
        if self.server.security == "tls":
            line: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self.step, context=self.trusted)
        else:
            line = smtplib.SMTP(timeout=self.step)
        # The name that the certificate must bear: smtplib takes it from its constructor alone, which connects at once,
        # before anybody could hang up.
        line._host = self.server.host  # type: ignore[attr-defined]
        return line

    def _speak(self, line: smtplib.SMTP, letter: EmailMessage) -> None:
        code, _ = line.connect(self.server.host, self.server.port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, b"")
        if self.server.security == "starttls":
            line.starttls(context=self.trusted)
        if self.server.user:
            line.login(self.server.user, self.server.password)
        line.sendmail(self.server.sender.addr_spec, [letter["To"].addresses[0].addr_spec], letter.as_bytes())
        with suppress(OSError, smtplib.SMTPException, ValueError):  # it has the letter, whatever its farewell is
            line.quit()


def _hang_up(line: smtplib.SMTP, over: Event) -> None:
    """Cut the line, as soon as there is one: to find the server may have taken all of the time."""
    while not over.wait(LOOK):
        with suppress(OSError):  # not open yet, or closed already
            if line.sock:
                line.sock.shutdown(socket.SHUT_RDWR)


def _word(problem: Exception) -> str:
    code = getattr(problem, "smtp_code", None)
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code = next((answer[0] for answer in problem.recipients.values()), None)
    return f"{type(problem).__name__} {code}" if code else type(problem).__name__
