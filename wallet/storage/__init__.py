"""Database, files and keys, and how they belong together."""
