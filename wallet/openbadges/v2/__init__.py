"""Open Badges 1.0 to 2.1."""
