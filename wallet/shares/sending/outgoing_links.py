"""The addresses that hand a share on to other services: messages that are ready to be sent, and the form of LinkedIn, filled in.

Pure: texts in, addresses out. Each is a plain link: whoever has no script sends as well, and nothing is sent before they
choose to whom. All of a text is percent-encoded, as a space written "+" would be read as a plus by telephones.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

MESSAGE_LIMIT = 300
"""Signs of the sentence that goes with the link."""
FIELD_LIMIT = 200
"""Signs of a title, or of an organisation, in the form of LinkedIn."""
LINE = "\r\n"
"""Between the lines of a letter. Source: RFC 6068, 5."""
LINKEDIN = "https://www.linkedin.com/profile/add"
FOLDED = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "ı": "i"}
"""Letters that Unicode does not take apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Certification:
    """A badge, as the form of LinkedIn asks for it."""

    name: str
    organisation: str
    issued_on: date | None
    ends_on: date | None
    address: str
    """Where anybody looks at it."""
    number: str
    """By which its issuer knows it, "" for none."""


def message_of(typed: str) -> str:
    """The sentence that was *typed*, as long as its field takes: there a line that ends is one sign, and on its way it is two."""
    return typed.replace(LINE, "\n")[:MESSAGE_LIMIT]


def with_link(message: str, link: str) -> str:
    """What is sent: the sentence, and the link on a line of its own."""
    return f"{message}\n{link}" if message else link


def whatsapp_link(text: str) -> str:
    """Opens WhatsApp, which asks to whom *text* goes. Source: faq.whatsapp.com, « click to chat »."""
    return f"https://wa.me/?text={_encoded(text)}"


def sms_link(text: str) -> str:
    """Opens a new SMS of *text* to nobody yet: `?&body=` is the one form that iOS and Android both read (RFC 5724 knows no body)."""
    return f"sms:?&body={_encoded(text)}"


def mail_link(subject: str, text: str) -> str:
    """Opens a new e-mail to nobody yet. Source: RFC 6068."""
    return f"mailto:?subject={_encoded(subject)}&body={_encoded(LINE.join(text.split(chr(10))))}"


def linkedin_link(told: Certification) -> str:
    """« Ajouter à mon profil », filled in: nothing is added before the person says so there. What is not known is left out."""
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": _short(told.name),
        "organizationName": _short(told.organisation),
        **_month("issue", told.issued_on),
        **_month("expiration", told.ends_on),
        "certUrl": told.address,
        "certId": told.number if len(told.number) <= FIELD_LIMIT else "",
    }
    return f"{LINKEDIN}?{urlencode({name: one for name, one in fields.items() if one}, quote_via=quote, safe='')}"


def file_name(word: str, name: str, ending: str) -> str:
    """A name for a file of somebody called *name*, in letters that each system takes: « badges-sonia.png »; of a name that has
    none of them, the word alone."""
    plain = "".join(FOLDED.get(one, one) for one in name.casefold())
    letters = (one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    first = "".join(one if one.isascii() and one.isalnum() else " " for one in letters).split()
    return "-".join([word, *first[:1]])[:40] + ending


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _short(text: str) -> str:
    return " ".join(text.split())[:FIELD_LIMIT].strip()


def _month(which: str, day: date | None) -> dict[str, str]:
    return {f"{which}Year": str(day.year), f"{which}Month": str(day.month)} if day else {}
