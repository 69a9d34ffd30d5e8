"""All tables of the wallet, gathered from the rooms that own them."""

from . import addresses, badges, events, holders, letters, papers, passkeys, returns, shares
from .database import Base

OWNERS = (holders, passkeys, returns, papers, addresses, letters, events, badges, shares)
"""Importing a room declares its tables on Base."""
metadata = Base.metadata
