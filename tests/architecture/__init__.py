"""How the project is built: what a reader of its files may count on."""
