"""`wallet issuers facts`: public lists of organisations, which say what an organisation is, and never that it is vouched for."""

from datetime import UTC, datetime
from pathlib import Path

import click

from .. import registers, trust
from .issuers import by, in_the_words_of, is_key, of_issuers
from .issuers_words import number_of
from .maintenance import database_here, settings_here
from .terminal import FILE, say, say_each

NAMES = {"training": "Liste publique des organismes de formation", "siae": "Liste des SIAE"}
"""Whose list it is, where the operator does not say so: as pages tell it."""


@of_issuers.command("facts")
@click.argument("key", metavar="LIST", callback=is_key)
@click.argument("file", type=FILE)
@click.option("--region", default="", help="The code of the only region whose organisations are kept, as 28.")
@click.option("--name", default="", help="Whose list it is, as pages tell it.")
def keep_facts(key: str, file: Path, region: str, name: str) -> None:
    """Keep the public list in FILE as LIST, in the place of what it was: that of training organisations, or one of SIAE.

    Nothing is published of it, and nobody is vouched for by it: a page tells it where an issuer is shown to be that
    organisation.
    """
    now = datetime.now(UTC)
    with (
        in_the_words_of(str(file)),
        database_here(settings_here()) as database,
        file.open(encoding="utf-8-sig", newline="") as text,
    ):
        found = trust.open_list(text, region)
        done = registers.keep_list(database, key, found, name[:300] or NAMES[found.form], by("facts"), now)
    organisations = number_of(done.organisations, "organisation")
    say(f"Kept as {key}: {organisations}, {done.with_site} with a site that is theirs alone.")
    if done.shared_sites:
        say(f"  {done.shared_sites} name a site that others name, too: it is left out.")
    say_each(f"  {number} left out: {why}" for why, number in sorted(found.left_out.items()))
