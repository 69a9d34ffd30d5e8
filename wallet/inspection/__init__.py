"""A file looked at whole: containers, badges in it, its examination; it knows no database."""
