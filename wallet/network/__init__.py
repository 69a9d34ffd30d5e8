"""The only package that opens connections: HTTP to issuers, SMTP to the operator's mail server."""

from typing import TYPE_CHECKING

from .bounded_fetch import USED_UP, BoundedFetch, is_used_up, why_unasked
from .ip_policy import NotAnAddress, read_address

if TYPE_CHECKING:
    from .client import BIGGEST, FaultyAddressMap, Fetcher, MappedFetch, Outgoing, pointed_to, user_agent
    from .smtp import Mailer, MailRefused
else:

    def __getattr__(name: str) -> object:
        """What opens connections is loaded when somebody asks for it: `wallet check --offline` opens none."""
        of_client = {"BIGGEST", "FaultyAddressMap", "Fetcher", "MappedFetch", "Outgoing"}
        if name in of_client | {"pointed_to", "user_agent"}:
            from . import client  # noqa: PLC0415  # see above

            return getattr(client, name)
        if name in {"Mailer", "MailRefused"}:
            from . import smtp  # noqa: PLC0415  # see above

            return getattr(smtp, name)
        raise AttributeError(name)
