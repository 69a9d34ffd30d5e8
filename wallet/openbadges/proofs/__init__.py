"""Signatures and what they need: keys, contexts, canonical forms."""
