"""The commands that keep a wallet safe: backup, restore, check-store."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..settings import Settings
from .terminal import in_sentences, say, say_text

if TYPE_CHECKING:
    from ..storage import Database

FOLDER = click.Path(file_okay=False, path_type=Path)
PRIVATE = 0o077
"""What others may not do with whatever is made here."""


def settings_here() -> Settings:
    """What the environment says, the files that it names looked into; raises SettingsError with every fault of it."""
    from ..operations import read_settings  # noqa: PLC0415  # check and samples need no database

    return read_settings(os.environ)


@contextmanager
def database_here(settings: Settings) -> Iterator["Database"]:
    """The database of this wallet, which is there and as new as the wallet; else that is told."""
    from .. import storage  # noqa: PLC0415  # check and samples need no database

    with closing(storage.Database(settings.database_url)) as database:
        if storage.is_missing(database):
            raise click.ClickException(
                f"There is no database at {storage.file_of(database)}: look at WALLET_DATABASE_URL."
            )
        try:
            if database.read(storage.current_revision) != storage.known_revisions()[0]:
                raise click.ClickException("The database is not of this version: start the wallet once.")
            yield database
        except storage.DatabaseUnavailable as problem:
            raise click.ClickException(f"The database does not answer: {problem.orig}".strip()) from None


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--days", type=click.IntRange(1), default=30, show_default=True, help="Remove what is older.")
@click.option("--anyway", is_flag=True, help="Keep the rest of a wallet that has lost something for good.")
def backup(folder: Path, days: int, anyway: bool) -> None:
    """Back the wallet up into FOLDER, while it is served. What is not whole does not count."""
    from .. import operations  # noqa: PLC0415  # check and samples need no database

    with in_sentences(operations.OperationFailed):
        taken = operations.take_backup(settings_here(), folder, datetime.now(UTC), days=days, anyway=anyway)
    rows, manifest = sum(taken.manifest.counts.values()), taken.manifest
    faults = manifest.faults + operations.lost_secrets_advice(taken.unsealable)
    whole = ", all whole" if not faults else ""
    say(f"{folder / taken.name}: {rows} rows and {len(manifest.files)} files{whole}.")
    if manifest.left_meanwhile:
        say(f"{len(manifest.left_meanwhile)} files were erased with their badges meanwhile.")
    if taken.removed:
        say(f"{taken.removed} backups were older than {days} days and are removed.")
    if faults:
        raise click.ClickException("\n".join(faults))


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--replace", is_flag=True, help="Set aside what is there.")
@click.option("--drill", is_flag=True, help="Try it out, in a place of its own, beside the wallet that goes on.")
def restore(folder: Path, replace: bool, drill: bool) -> None:
    """Bring back the newest backup in FOLDER, or the one that FOLDER is. Stop the wallet first."""
    from .. import operations  # noqa: PLC0415  # check and samples need no database

    with in_sentences(operations.OperationFailed):
        done = operations.restore_backup(settings_here(), folder, datetime.now(UTC), replace=replace, drill=drill)
    rows = sum(done.manifest.counts.values())
    say(f"{done.backup} is brought back: {rows} rows, {len(done.manifest.files)} files and the keys.")
    if done.manifest.faults:
        say(f"{len(done.manifest.faults)} files were lost when it was taken: wallet check-store names them.")
    if done.aside:
        say(f"What was there is in {done.backup.with_name(done.aside)}.")
    if done.erasures:
        say(f"The ledger names {done.erasures} erasures: they are done again when the wallet starts.")


@click.command("check-store")
@click.option("--sweep", is_flag=True, help="Set aside all files that nobody needs, where all else is whole.")
def check_store(sweep: bool) -> None:
    """Look whether database, files and keys are whole, and make them on an empty machine. Nothing else is changed.

    Ends with 0 when all is whole, 1 when something is damaged.
    """
    from .. import operations, storage  # noqa: PLC0415  # check and samples need no database

    with in_sentences(ValueError, storage.Unavailable):
        looked = operations.check_store(settings_here(), datetime.now(UTC))
        if sweep and not looked.faults:
            looked.told.append(operations.sweep_store(settings_here(), datetime.now(UTC)))
    for sentence in (*looked.told, *looked.faults, *looked.advice):
        say_text(sentence)
    sys.exit(1 if looked.faults else 0)


@click.command("new-keys")
@click.confirmation_option(
    prompt="Links of shares that were made so far can be shown no more, and drafts on phones not be opened. Are the old keys lost for good?"
)
def new_keys() -> None:
    """Go on with other keys, those of WALLET_KEYS or new ones, when the keys of this wallet are lost for good.

    Stop the wallet first. Links that were given away go on; whoever made them can no longer show them, and is told.
    Drafts that lie on phones, not sent yet, can be opened no more.
    """
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415  # check and samples need no database

    from .. import operations, storage  # noqa: PLC0415

    settings = settings_here()
    with in_sentences(DatabaseError, storage.FaultyKeys), database_here(settings) as database:
        operations.adopt_keys(database, settings.keys, datetime.now(UTC))
    say(f"The keys of this wallet are those in {settings.keys} from now on: back it up.")
