"""Leaving whole and coming back: the archive of a wallet, its export and its import."""
