"""All tables of the wallet, gathered from the rooms that own them."""

from . import badges, holders, passkeys, shares
from .database import Base

OWNERS = (holders, passkeys, badges, shares)
"""Importing a room declares its tables on Base."""
metadata = Base.metadata
