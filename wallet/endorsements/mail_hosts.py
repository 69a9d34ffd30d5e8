"""Hosts where anybody can have a mailbox: that a code came back from there says nothing of where somebody works.

The list is data (free_mail/index.json says whose); it is read when somebody gives an address. Beside it stand the hosts of those
who sell access to the Internet in France and of two mailboxes without a fee, which it does not have.
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "free_mail"
ALSO = frozenset(
    {
        # assistance.bouyguestelecom.fr, Messagerie: @bbox.fr
        "bbox.fr",
        # assistance.sfr.fr, SFR Mail: the mailboxes of those whom SFR took over
        *("numericable.fr", "club-internet.fr", "aliceadsl.fr", "cegetel.net", "9online.fr", "sfr.fr", "neuf.fr"),
        # assistance.free.fr, Zimbra: those of Alice besides
        *("free.fr", "libertysurf.fr", "online.fr", "worldonline.fr"),
        # assistance.orange.fr, Mail Orange
        *("orange.fr", "wanadoo.fr"),
        # aide.laposte.net; mailo.com; tuta.com/fr/free-email
        *("laposte.net", "mailo.com", "mailo.eu", "tutanota.com", "tuta.com", "tuta.io"),
        # Infomaniak; HEY
        *("ik.me", "hey.com"),
        # Addresses that lead to another mailbox: Hide My Email, Firefox Relay, GitHub
        *("privaterelay.appleid.com", "mozmail.com", "users.noreply.github.com"),
        # simplelogin.io/docs/getting-started/restore-alias; SimpleLogin, Security Overview; Proton Pass
        *("simplelogin.com", "simplelogin.co", "simplelogin.fr", "simplelogin.io", "slmail.me", "slmails.com"),
        *("aleeas.com", "passmail.net", "passmail.com", "passinbox.com", "passfwd.com"),
        # addy.io, shared domains
        *("anonaddy.com", "anonaddy.me", "addy.io", "addymail.com"),
    }
)


def is_free_mail(host: str) -> bool:
    """Whether anybody can have a mailbox at *host*, a name in small ASCII letters, or at a host above it."""
    labels = host.split(".")
    above = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    return not above.isdisjoint(ALSO) or not above.isdisjoint(_listed())


@cache
def _listed() -> frozenset[str]:
    return frozenset((FOLDER / "free-mail-hosts.list").read_text(encoding="ascii").split())
