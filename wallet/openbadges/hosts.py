"""Whose host an address names, and whether an answer came from there.

What stands on a host is the word of who has the host: of the issuers of every version.
"""

from urllib.parse import urlsplit

from .examination import Fetched


def authority(address: str) -> str:
    """The host of *address* in small letters, with its port unless it is the usual one; "" when there is none."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return host if port in {None, 80, 443} or not host else f"{host}:{port}"


def speaks_for(answer: Fetched, address: str) -> bool:
    """Whether *answer* came from the host of *address*, or of one above or below it.

    A page that sends anybody anywhere (an open redirect) would else let a stranger speak in its host's name.
    """
    asked, answered = authority(address), authority(answer.address)
    return asked == answered or asked.endswith(f".{answered}") or answered.endswith(f".{asked}")
