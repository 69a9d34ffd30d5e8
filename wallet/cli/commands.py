"""The command line: serve the wallet and keep it safe, check badges, make samples."""

import os
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import __version__, inspection, network, openbadges
from ..settings import Settings, SettingsError
from . import maintenance, terminal
from .terminal import in_sentences, plain, say, say_json, say_text

if TYPE_CHECKING:
    from ..shares import ReportForOperator
    from ..storage import Database, FileStore

SOME_NOT_VALID, SOME_UNREADABLE = 1, 2
LARGEST = 2**31 - 1
"""The largest number of a row that both databases hold."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class Plain(click.Group):
    """Tells what the machine refuses, a folder that is not there or a disk that is full, and faulty settings, in sentences.

    What is refused is made harmless here, whoever says it: click repeats what was typed.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it."""
        try:
            return super().parse_args(ctx, args)
        except click.ClickException as problem:
            raise terminal.refused(problem) from None

    def invoke(self, ctx: click.Context) -> object:
        """As click does it, with its output written out before it ends."""
        try:
            done: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            told = f"{problem.filename or 'The output'}: {problem.strerror}"
            raise terminal.refused(click.ClickException(told)) from None
        except SettingsError as problem:
            raise terminal.refused(click.ClickException(str(problem))) from None
        except click.ClickException as problem:
            raise terminal.refused(problem) from None
        return done


@click.group(cls=Plain)
@click.version_option(__version__)
def main() -> None:
    """The wallet that job seekers keep their badges in."""


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def serve(port: int, host: str, workers: int) -> None:
    """Serve the wallet. Settings come from the environment (WALLET_…), see docs/operating.md."""
    import uvicorn  # noqa: PLC0415  # the other commands do without it

    from ..web import BACKLOG, KEPT_OPEN, LimitedProtocol  # noqa: PLC0415

    os.environ.setdefault("WALLET_ORIGIN", f"http://localhost:{port}")
    settings = maintenance.settings_here()
    os.umask(maintenance.PRIVATE)
    _open_house(settings, workers)
    say(f"The wallet is at {settings.origin}")
    uvicorn.run(
        "wallet.app:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=LimitedProtocol,
        backlog=BACKLOG,
        access_log=False,  # addresses of shares hold their token: they are written nowhere (docs/decisions.md 15)
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=KEPT_OPEN,
        timeout_worker_healthcheck=60,  # a worker that is busy for five seconds is not dead
    )


def _open_house(settings: Settings, workers: int = 1) -> None:
    """Look once at all that is needed, before several workers start together; faults are told."""
    from .. import operations, sandbox  # noqa: PLC0415  # check and samples open no store

    if unfinished := operations.unfinished_restore(settings):
        raise click.ClickException(unfinished)
    with in_sentences(sandbox.NoSandbox):
        say_text(sandbox.make_announced(required=settings.sandbox == "required"))
    _open_store(settings, workers)


def _open_store(settings: Settings, workers: int) -> None:
    """Bring database, files and keys up to date, on a full disk with the room of the reserve.

    Raises ClickException where they are not whole, or not of one store.
    """
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415  # check and samples need no database

    from .. import operations, storage  # noqa: PLC0415

    with (
        in_sentences(ValueError, OSError, storage.Unavailable, storage.FaultyKeys),
        closing(storage.Database(settings.database_url, settings.database_pool)) as database,
    ):
        try:
            files = storage.open_files(settings.files_url)
            reserve = operations.DiskReserve(operations.folders_written(settings, database, files))
            reserve.spend(partial(_bring_up_to_date, settings, database, files))
        except DatabaseError as problem:
            raise click.ClickException(f"The database cannot be used: {problem.orig}".strip()) from None
    if not database.is_sqlite:
        say(database.room(workers))


def _bring_up_to_date(settings: Settings, database: "Database", files: "FileStore") -> None:
    from .. import operations  # noqa: PLC0415  # check and samples need no database

    if silence := operations.probe_database(database):
        raise click.ClickException(f"{silence.fault}.\n{silence.advice}")
    if damage := operations.probe_sqlite_pages(database):
        raise click.ClickException(f"{damage}\nLook at it with wallet check-store.")
    operations.check_before_creation(database, files, settings.keys)
    database.migrate()
    keyring = operations.keys_for_new_store(database, settings.keys)
    operations.adopt_store(database, files, keyring, datetime.now(UTC))


for one in (maintenance.backup, maintenance.restore, maintenance.check_store, maintenance.new_keys):
    main.add_command(one)


@main.group(invoke_without_command=True)
@click.option("--all", "closed", is_flag=True, help="Those that you are done with as well.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each report.")
@click.pass_context
def reports(ctx: click.Context, closed: bool, as_json: bool) -> None:
    """What people who were shown a share say against it, the oldest first."""
    from .. import shares  # noqa: PLC0415  # check and samples need no database

    if ctx.invoked_subcommand:
        return
    now = datetime.now(UTC)
    with maintenance.database_here(maintenance.settings_here()) as database, database.reading() as session:
        found = shares.list_reports(session, now, closed=closed)
    for one in found:
        if as_json:
            say_json(asdict(one), datetime.isoformat)
        else:
            say(*_reported(one))
    if not found and not as_json:
        say("There is no report to read.")


@reports.command("close")
@click.argument("report", type=click.IntRange(1, LARGEST), nargs=-1, required=True)
def close_reports(report: tuple[int, ...]) -> None:
    """Be done with reports. Nothing else changes."""
    from .. import shares, storage  # noqa: PLC0415  # check and samples need no database

    with maintenance.database_here(maintenance.settings_here()) as database, database.writing() as session:
        for id in report:
            with in_sentences(storage.Missing, words=f"There is no report {id}."):
                shares.close_report(session, id, datetime.now(UTC))
    say(f"Closed: {', '.join(map(str, report))}.")


@reports.command("stop")
@click.argument("report", type=click.IntRange(1, LARGEST))
def stop_reported(report: int) -> None:
    """Stop the share that REPORT is about, for good, and close all reports of it."""
    from .. import shares, storage  # noqa: PLC0415  # check and samples need no database

    with (
        maintenance.database_here(maintenance.settings_here()) as database,
        database.writing() as session,
        in_sentences(storage.Missing, words=f"There is no report {report}."),
    ):
        share, was_open = shares.stop_reported_share(session, report, datetime.now(UTC))
    say(f"Share {share} {'is stopped' if was_open else 'was over already'}, and all reports of it are closed.")


@main.group("frameworks")
def of_frameworks() -> None:
    """The frameworks of competencies that « Mon parcours » shows."""


@of_frameworks.command("check")
@click.argument("file", nargs=-1, required=True, type=FILE)
def check_frameworks(file: tuple[Path, ...]) -> None:
    """Say each fault of FILE with its place. What has the id of a framework of ours is joined to it first.

    Ends with 0 when all can be used, 1 when some cannot, 2 when some cannot be read.
    """
    from .. import competencies  # noqa: PLC0415  # check and samples need no database

    worst = 0
    for path in file:
        try:
            found = competencies.check_framework(path)
        except competencies.FaultyFramework as problem:
            say_text(problem)
            is_unreadable = isinstance(problem, competencies.UnreadableFramework)
            worst = max(worst, SOME_UNREADABLE if is_unreadable else SOME_NOT_VALID)
        else:
            say(
                f"{path}: {found.id}, {len(found.competencies)} competencies,"
                f" {len(found.issuers)} issuers whose badges count."
            )
    sys.exit(worst)


@main.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each badge.")
@click.option("--offline", is_flag=True, help="Ask no address.")
@click.option("--email", "emails", multiple=True, help="An address the badge may be named to; may be repeated.")
@click.option("--at", help="The moment to check for, in ISO 8601, instead of now.")
@click.option("--web", type=FILE, help="Answers for addresses.")
def check(
    what: tuple[str, ...], as_json: bool, offline: bool, emails: tuple[str, ...], at: str | None, web: Path | None
) -> None:
    """Check badges: files, addresses, or - for standard input. A file may hold several; each has its line.

    Ends with 0 when all are valid, 1 when some are not, 2 when some cannot be read.
    """
    from .check import MANY, check_all  # noqa: PLC0415  # the other commands do without it

    how = inspection.Inspection(
        fetch=_web(web) or inspection.ask_nobody, now=_moment(at), addresses=emails, known=_known()
    )
    found = check_all(what, how, is_online=not (web or offline))
    if len(what) >= MANY and sys.stderr.isatty():
        with click.progressbar(found, length=len(what), file=sys.stderr, label="Checking") as bar:
            found = iter(list(bar))
    states = set()
    for line in (line for lines in found for line in lines):
        states.add(line["state"])
        if as_json:
            say_json(line)
        else:
            say(*_in_words(line))
    sys.exit(SOME_UNREADABLE if "unreadable" in states else SOME_NOT_VALID if states != {"valid"} else 0)


@main.command()
@click.argument("image", type=FILE)
@click.argument("credential", type=FILE)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The picture made."
)
def bake(image: Path, credential: Path, output: Path) -> None:
    """Put the badge in the file CREDENTIAL (JSON, a token or an address) into IMAGE, a PNG or an SVG."""
    try:
        written = credential.read_bytes().decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise click.ClickException(f"{credential}: not a text; of a picture, unbake the badge first") from None
    with in_sentences(openbadges.UnreadableBadge, of=credential):
        carrier = openbadges.carrier_of(written)
    with in_sentences(openbadges.UnreadableBadge, of=image):
        baked = openbadges.bake(image.read_bytes(), written, carrier)
    output.write_bytes(baked)


@main.command()
@click.argument("image", type=FILE)
def unbake(image: Path) -> None:
    """Take the badge out of IMAGE, a PNG or an SVG, and write it to standard output as it stands there."""
    with in_sentences(openbadges.UnreadableBadge, of=image):
        click.echo(openbadges.unbake(image.read_bytes()), nl=False)


@main.command()
@click.argument("folder", type=FOLDER)
def samples(folder: Path) -> None:
    """Make the nine badges of the framework in FOLDER, signed by nobody in particular: for trying out."""
    from .samples import write_samples  # noqa: PLC0415  # draws pictures: only when asked

    write_samples(folder)
    say(f"The samples are in {folder}. Their issuer, « Organisme d’essai », is nobody.")


def _reported(one: "ReportForOperator") -> list[str]:
    """A report in words: what strangers wrote begins no line of its own."""
    called = [", ".join(filter(None, (badge["name"], badge["level"]))) for badge in one.shown]
    shown = [f"{name}, by {badge['issuer_name'] or '(nobody)'}" for name, badge in zip(called, one.shown, strict=True)]
    share = f"open until {one.ends_at:%Y-%m-%d}" if one.is_open else "over"
    return [
        f"Report {one.id} of {one.made_at:%Y-%m-%d %H:%M} UTC: {one.reason}{' (closed)' if one.closed_at else ''}",
        f"  Share {one.share_id}, {share}, shown by {plain(one.name) or '(no name)'}",
        *(f"  Its word: {one.word}" for _ in [one.word] if one.word),
        *(f"  Badge: {badge}" for badge in shown),
        *(f"  > {line}" for line in one.words.splitlines()),
    ]


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is not a time in ISO 8601.", param_hint="--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _web(path: Path | None) -> network.MappedFetch | None:
    try:
        return network.MappedFetch(path) if path else None
    except network.FaultyAddressMap as problem:
        raise click.BadParameter(str(problem), param_hint="--web") from None


def _known() -> dict[str, str]:
    """The issuers that this instance knows."""
    settings = Settings.from_environment(os.environ, {"ISSUERS": inspection.faults_of_issuers})
    return inspection.issuer_descriptions(inspection.load_issuers(settings.issuers, settings.operator.name))


def _in_words(line: dict[str, Any]) -> list[str]:
    where = f"{line['source']}, {line['part']}" if line["part"] else line["source"]
    told = [f"{where}: {line['state']}"]
    if line["issuer"]:
        told.append(
            f"  {line['name'] or '(no name)'}, by {line['issuer']['name'] or line['issuer']['id'] or '(nobody named)'} ({line['format']})"
        )
    told += [f"  {one['outcome']:8}{one['name']:16}{one['reason']}".rstrip() for one in line["checks"]]
    return told
