"""`wallet figures`: counts the month that is over, once, and prints what may be told of it and of those before."""

import csv
import os
import sys
from datetime import UTC, datetime

import click

from .. import competencies, operations, registers, storage
from .maintenance import database_here, settings_here, with_store
from .terminal import in_sentences, say, say_each

FEW, NOT_COUNTED = "fewer than 10", "not counted"


@with_store.command()
@click.option(
    "--csv", "as_csv", is_flag=True, help="month,name,value: what is below ten is <10, what nobody counted is empty."
)
def figures(as_csv: bool) -> None:
    """Count the month that is over, unless that was done, and print the figures of all months.

    They are blurred and rounded, so that nobody is found in them: totals need not be the sum of their parts. A month is
    counted within the month that follows it, or never.
    """
    settings, now = settings_here(), datetime.now(UTC)
    with (
        in_sentences(storage.AnotherStore, storage.FaultyKeys, competencies.FaultyFramework),
        database_here(settings) as database,
    ):
        keyring = operations.keys_for_new_store(database, settings.keys)
        storage.check_store_keys(database.read(storage.read_store), keyring)
        asked = competencies.frameworks_at(
            competencies.load_frameworks(settings.frameworks), database.read(registers.read_registers), now
        )
        operations.count_last_month(database, asked, keyring.mark, now)
        with database.reading() as session:
            told = list(operations.list_figures(session, now))
    if as_csv:
        lines = csv.writer(sys.stdout, lineterminator=os.linesep)
        lines.writerow(("month", "name", "value"))
        for month, found in told:
            lines.writerows((month, name, "<10" if value is None else value) for name, value in found.items())
            if not found:
                lines.writerow((month, "", ""))
        return
    for month, found in told:
        say(month if found else f"{month}: {NOT_COUNTED}")
        say_each(f"  {name:40} {FEW if value is None else format(value, ',')}" for name, value in found.items())
