"""The only package that opens connections: HTTP to issuers, SMTP to the operator's mail server."""

from typing import TYPE_CHECKING

from .bounded_fetch import BoundedFetch, why_unasked
from .client import FaultyAddressMap, Fetcher, MappedFetch, user_agent
from .ip_policy import NotAnAddress, read_address

if TYPE_CHECKING:
    from .smtp import Mailer, MailRefused
else:

    def __getattr__(name: str) -> object:
        """Mail is loaded when somebody asks for it: `wallet check` sends none."""
        if name not in {"Mailer", "MailRefused"}:
            raise AttributeError(name)
        from . import smtp  # noqa: PLC0415  # see above

        return getattr(smtp, name)
