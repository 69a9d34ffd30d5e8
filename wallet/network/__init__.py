"""The only package that opens connections: HTTP to issuers, SMTP to the operator's mail server."""

# fmt: off
from .bounded_fetch import BoundedFetch, why_unasked
from .client import FaultyAddressMap, Fetcher, MappedFetch, user_agent
from .ip_policy import NotAnAddress, read_address
from .smtp import MailRefused, Mailer
