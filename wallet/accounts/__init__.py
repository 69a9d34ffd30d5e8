"""Holders and how they sign in: passkeys, recovery codes, e-mail addresses, devices, and the letters that go to them."""
