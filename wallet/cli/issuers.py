"""`wallet issuers`: the registers of issuers, read, compared, kept and looked into by the operator.

Loaded with the commands that need a store (maintenance.py). One issuer alone: issuers_edit.py.
"""

import getpass
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import __version__, network, registers, storage, trust
from ..settings import Settings
from .issuers_words import changes_in_words, counted, log_in_words, read_in_words, register_in_words, row_in_words
from .maintenance import LARGEST, database_here, settings_here, with_store
from .terminal import SOME_NOT_VALID, SOME_UNREADABLE, in_sentences, say, say_each

KEY = re.compile(f"[a-z0-9][a-z0-9-]{{0,{registers.KEY_LIMIT - 1}}}")
NO_ANCHOR = "none"
"""What is typed to let a register be signed by nobody again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a source gave."""

    content: bytes
    address: str = ""
    etag: str = ""


@with_store.group("issuers")
def of_issuers() -> None:
    """Who vouches for which issuers: registers, read from files and addresses, and kept in the database."""


def is_key(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A key as it is typed; else that is told."""
    if value is not None and not KEY.fullmatch(value):
        raise click.BadParameter(f"{value} is no key: small letters, digits and -, {registers.KEY_LIMIT} at most.")
    return value


def are_keys(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Keys as they are typed; of what is none that is told."""
    for one in values:
        is_key(context, parameter, one)
    return values


def by(command: str) -> str:
    """What did it, for the log: the command, and whose account typed it."""
    try:
        return f"wallet issuers {command} ({getpass.getuser()})"[:300]
    except (OSError, LookupError):  # an account without a name, as Python says it from 3.13 on and before
        return f"wallet issuers {command}"


def way_out(settings: Settings) -> network.Fetcher:
    """How addresses are asked: whoever keeps them reads whose wallet it is, as of one that is served."""
    called = network.user_agent(__version__, settings.origin, settings.operator.email)
    return network.Fetcher(allow_http=settings.fetch_http, allow=settings.fetch_allow, user_agent=called)


def read_source(source: str, settings: Settings) -> Given:
    """What a file, an address or - gives; raises FaultyRegister."""
    if source.startswith(("https://", "http://")):
        answer = registers.fetch_register(way_out(settings), source)
        assert answer  # noqa: S101  # nothing was kept of which it could be the same
        return Given(content=answer.body, address=source, etag=answer.etag)
    if source == "-":
        return Given(content=sys.stdin.buffer.read(trust.LARGEST_REGISTER + 1))
    return Given(content=trust.read_register_file(Path(source)))


@contextmanager
def in_the_words_of(source: str) -> Iterator[None]:
    """A register that cannot be used ends the command, with each of its faults."""
    try:
        yield
    except trust.FaultyRegister as problem:
        raise click.ClickException("\n".join(f"{source} {fault}" for fault in problem.faults)) from None


@of_issuers.command("check")
@click.argument("source", nargs=-1, required=True)
@click.option("--form", type=click.Choice(trust.FORMS), help="It must be written so.")
@click.option("--anchor", default="", help="The DID by which it must be signed.")
def check_registers(source: tuple[str, ...], form: trust.Form | None, anchor: str) -> None:
    """Say each fault of SOURCE, a file, an address or -, with its place. Nothing is kept.

    Ends with 0 when all can be used, 1 when some cannot, 2 when some cannot be read.
    """
    settings, now, worst = settings_here(), datetime.now(UTC), 0
    for one in source:
        try:
            given = read_source(one, settings)
            fetch = way_out(settings).for_import()
            read = trust.read_register(given.content, now, form=form, anchor=anchor, fetch=fetch)
        except trust.FaultyRegister as problem:
            say(*(f"{one} {fault}" for fault in problem.faults))
            is_unreadable = isinstance(problem, trust.UnreadableRegister)
            worst = max(worst, SOME_UNREADABLE if is_unreadable else SOME_NOT_VALID)
        else:
            say(f"{one} can be used.", *read_in_words(read))
    sys.exit(worst)


@of_issuers.command("import")
@click.argument("source")
@click.option("--as", "key", required=True, callback=is_key, help="How you call the register; yours is `operator`.")
@click.option("--form", type=click.Choice(trust.FORMS), help="It must be written so.")
@click.option("--anchor", help="The DID by which it must be signed, from now on; `none` for by nobody.")
@click.option("--name", default="", help="Who speaks, as pages say it.")
@click.option("--kind", type=click.Choice(trust.KINDS), help="Who keeps it.")
@click.option("--keep", "how", flag_value="keep", help="Keep it; else only the difference is told.")
@click.option("--accept", "how", flag_value="accept", help="Keep it, also what else would wait: you looked at it.")
def import_source(
    source: str,
    key: str,
    form: trust.Form | None,
    anchor: str | None,
    name: str,
    kind: trust.Kind | None,
    how: Literal["keep", "accept"] | None,
) -> None:
    """Read the register in SOURCE, a file, an address or -, and tell what it changes; with --keep keep it.

    What is read from an address is read again each day. Ends with 1 when something of it waits for a person.
    """
    settings, now = settings_here(), datetime.now(UTC)
    if name and (len(name) > 300 or not name.isprintable()):
        raise click.BadParameter("It is too long, or has signs that nobody sees.", param_hint="--name")
    with in_the_words_of(source), database_here(settings) as database:
        given = read_source(source, settings)
        register = database.read(registers.find_register, key)
        pinned = _anchor(register, anchor)
        fetch = way_out(settings).for_import()
        read = trust.read_register(given.content, now, form=form, anchor=pinned, fetch=fetch)
        say(f"{key}, as {source} has it:", *read_in_words(read))
        if read.form == "dcc-lists":
            return
        found = database.read(registers.compare, key, read, now)
        say_each([*changes_in_words(found.changes), *(f"  It {doubt}" for doubt in found.doubts)])
        if not how:
            say("Nothing is kept yet: add --keep.")
            return
        whole = registers.Source(
            key=key,
            content=given.content,
            address=given.address,
            etag=given.etag,
            anchor=pinned,
            name=name or _usual_name(key, (register or read).name, settings),
            kind=kind,
        )
        if found.doubts and how == "keep" and _is_another_source(register, whole, name):
            raise click.ClickException(
                f"Nothing is kept, and nothing waits: it is read elsewhere, signed by somebody else or called otherwise than"
                f" {key} so far. Read what it changes above, then type the same with --accept in the place of --keep."
            )
        with database.writing(alone=True) as session:
            done = registers.import_register(session, whole, read, by("import"), now, says=how == "accept")
    if done.is_waiting:
        raise click.ClickException(
            f"It waits for you, and nothing is kept: read what it changes above, then wallet issuers accept {key}."
        )
    say(f"Kept: {counted(done.kept)}.")
    if register and register.address and not given.address:
        say(f"  It is read again nowhere from now on. So far it was, each day: {register.address}")


@of_issuers.command("diff")
@click.argument("key", callback=is_key)
def show_difference(key: str) -> None:
    """Tell what would change in the register KEY: by what waits for you, else by what its address says now."""
    settings, now = settings_here(), datetime.now(UTC)
    with in_the_words_of(key), database_here(settings) as database:
        register = _register(database, key)
        if register.waiting:
            content = register.waiting
        elif register.address:
            content = read_source(register.address, settings).content
        else:
            raise click.ClickException(
                f"{key} has no address, and nothing waits: wallet issuers import FILE --as {key} tells what a file changes."
            )
        fetch = way_out(settings).for_import()
        read = trust.read_register(content, now, anchor=register.anchor, fetch=fetch)
        found = database.read(registers.compare, key, read, now)
    since = f"What waits since {register.waiting_since:%Y-%m-%d %H:%M} UTC" if register.waiting_since else "Its address"
    say(f"{since} would change in {key}:", *read_in_words(read), *changes_in_words(found.changes))
    say_each(f"  It {doubt}" for doubt in found.doubts)


@of_issuers.command("accept")
@click.argument("key", callback=is_key)
def accept_waiting(key: str) -> None:
    """Keep what waits for you in the register KEY: look at it before, with diff."""
    settings, now = settings_here(), datetime.now(UTC)
    with in_the_words_of(key), database_here(settings) as database:
        register = _register(database, key)
        if not register.waiting:
            raise click.ClickException(f"Nothing waits in {key}.")
        fetch = way_out(settings).for_import()
        read = trust.read_register(register.waiting, now, anchor=register.anchor, fetch=fetch)
        source = registers.Source(key=key, content=register.waiting, address=register.address, anchor=register.anchor)
        with database.writing(alone=True) as session:
            if not _is_as_read(session, register):
                raise click.ClickException(
                    f"Nothing is kept: somebody changed {key} meanwhile. Look again at what waits, with wallet issuers diff {key}."
                )
            done = registers.import_register(session, source, read, by("accept"), now, says=True)
    say(f"Kept: {counted(done.kept)}.")


@of_issuers.command("list")
@click.argument("key", required=False, callback=is_key)
def list_registers(key: str | None) -> None:
    """All registers: who speaks, how many issuers, from where, what waits; with KEY, the issuers of that one."""
    now = datetime.now(UTC)
    with database_here(settings_here()) as database, database.reading() as session:
        found = [one for one in session.scalars(select(registers.KeptRegister)) if key in (None, one.key)]
        found.sort(key=lambda one: (one.rank, one.key))
        for register in found:
            rows = registers.rows_of(session, register)
            say(*register_in_words(register, rows, _facts_in(session, register), now))
            if key:
                say_each(row_in_words(row, now) for row in rows)
    if not found:
        say(f"There is no register {key}." if key else "There is no register yet: every issuer is unknown here.")
        sys.exit(1 if key else 0)


@of_issuers.command("log")
@click.option("--last", type=click.IntRange(1, LARGEST), default=50, show_default=True, help="Lines.")
def show_log(last: int) -> None:
    """What changed in the registers, when and by what, the newest last."""
    newest = select(registers.RegisterChange).order_by(registers.RegisterChange.id.desc()).limit(last)
    with database_here(settings_here()) as database, database.reading() as session:
        lines = list(session.scalars(newest))[::-1]
    say_each(map(log_in_words, lines) if lines else ["Nothing changed yet."])


@of_issuers.command("refresh")
@click.argument("key", nargs=-1, callback=are_keys)
def refresh_now(key: tuple[str, ...]) -> None:
    """Read all registers again that have an address, or those that are named, as it is done each day.

    Ends with 1 when one is silent, or something waits for you.
    """
    settings, worst = settings_here(), 0
    fetcher = way_out(settings)
    with database_here(settings) as database:
        wanted = list(key) or database.read(registers.addresses)
        if not wanted:
            say("No register has an address: there is nothing to read again.")
        for one in wanted:
            with in_sentences(storage.Missing, words=f"There is no register {one} with an address."):
                done = registers.refresh_register(database, fetcher, one, by("refresh"), datetime.now(UTC))
            told = {
                "same": "is the same",
                "kept": f"{done.number} changes are kept",
                "waits": f"{done.number} changes are kept, and something waits for you: wallet issuers diff {one}",
                "silent": done.fault,
                "changed": "was given another address or anchor meanwhile: ask again",
            }
            say(f"{one} {told[done.outcome]}")
            worst = max(worst, int(done.outcome in ("waits", "silent")))
    sys.exit(worst)


def _register(database: storage.Database, key: str) -> registers.KeptRegister:
    with in_sentences(storage.Missing, words=f"There is no register {key}."):
        return storage.require(database.read(registers.find_register, key))


def _is_as_read(session: Session, register: registers.KeptRegister) -> bool:
    """Whether what waits in *register*, where it is read and by whom it is signed are what they were when it was read."""
    here = registers.find_register(session, register.key)
    return here is not None and all(
        getattr(here, name) == getattr(register, name) for name in ("waiting", "address", "anchor")
    )


def _anchor(register: registers.KeptRegister | None, typed: str | None) -> str:
    """By whom it must be signed: whoever is typed, else whoever is pinned already."""
    if typed is None:
        return register.anchor if register else ""
    if typed == NO_ANCHOR:
        return ""
    if not typed.startswith("did:"):
        raise click.BadParameter(f"{typed} is no DID.", param_hint="--anchor")
    return typed


def _usual_name(key: str, known: str, settings: Settings) -> str:
    """Who speaks, where nobody types it: whoever is *known* already, by the register or by its file, stays who they are."""
    return "" if known or key != trust.OPERATOR else settings.operator.name


def _is_another_source(register: registers.KeptRegister | None, source: registers.Source, typed: str) -> bool:
    """Whether more than issuers would change: of what waits its content alone is kept (`accept`)."""
    if register is None:
        return False
    before = register.address, register.anchor, register.name, register.kind
    return before != (source.address, source.anchor, typed or register.name, source.kind or register.kind)


def _facts_in(session: Session, register: registers.KeptRegister) -> int:
    count = select(func.count()).select_from(registers.KeptFact).where(registers.KeptFact.register_id == register.id)
    return session.scalar(count) or 0
