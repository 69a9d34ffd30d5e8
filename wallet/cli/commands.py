"""The command line: check badges, make samples; with all that needs a store, or serves it (maintenance.py)."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import __version__, inspection, openbadges, trust
from ..settings import Settings, SettingsError
from .terminal import (
    FILE,
    FOLDER,
    NEW_FILE,
    SOME_NOT_VALID,
    SOME_UNREADABLE,
    escape_unwritable,
    in_sentences,
    open_closed,
    refused,
    say,
    say_json,
)

if TYPE_CHECKING:
    from .. import network

WHY_UNKNOWN = {
    "later": ", an answer may come later",
    "unchecked": ", and a later look here tells no more",
    "unsigned": ", signed by nobody",
}
"""What `wallet check` says beside the state of a badge that is unknown (openbadges.why_unknown)."""

FIRST_YEAR, LAST_YEAR = 1900, 9900
"""Of a moment to check for: years are added to it, and the calendar has an end."""


class Plain(click.Group):
    """Tells what the machine refuses, a folder that is not there or a disk that is full, and faulty settings, in sentences.

    What is refused is made harmless here, whoever says it: click repeats what was typed.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it."""
        try:
            return super().parse_args(ctx, args)
        except BrokenPipeError:
            raise
        except OSError as problem:  # to whoever asks for help it is written here
            raise _of_machine(problem) from None
        except click.ClickException as problem:
            raise refused(problem) from None

    def invoke(self, ctx: click.Context) -> object:
        """As click does it, with its output written out before it ends."""
        open_closed()
        escape_unwritable()
        try:
            done: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise _of_machine(problem) from None
        except SettingsError as problem:
            raise refused(click.ClickException(str(problem))) from None
        except click.ClickException as problem:
            raise refused(problem) from None
        return done

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As click does it, those of maintenance.py and issuers.py among them: they load the database, which check and samples
        do without."""
        from . import figures, issuers_edit, issuers_lists, keys  # noqa: F401, PLC0415  # see above
        from .maintenance import with_store  # noqa: PLC0415

        self.commands.update(with_store.commands)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """As click does it."""
        if cmd_name not in self.commands:
            self.list_commands(ctx)
        return super().get_command(ctx, cmd_name)


def _of_machine(problem: OSError) -> click.ClickException:
    return refused(click.ClickException(f"{problem.filename or 'The output'}: {problem.strerror}"))


@click.group(cls=Plain)
@click.version_option(__version__)
def main() -> None:
    """The wallet that job seekers keep their badges in."""


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

    how = inspection.Inspection(fetch=_web(web) or inspection.ask_nobody, now=_moment(at), addresses=emails)
    found = check_all(what, how, _registers(how.now), is_online=not (web or offline))
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
@click.option("-o", "--output", type=NEW_FILE, required=True, help="The picture made.")
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
        click.echo(openbadges.unbake(image.read_bytes()).encode(), nl=False)


@main.command()
@click.argument("folder", type=FOLDER)
def samples(folder: Path) -> None:
    """Make the nine badges of the framework in FOLDER, signed by nobody in particular: for trying out."""
    from .samples import write_samples  # noqa: PLC0415  # draws pictures: only when asked

    write_samples(folder)
    say(f"The samples are in {folder}. Their issuer, « Organisme d’essai », is nobody.")


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is not a time in ISO 8601.", param_hint="--at") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise click.BadParameter(f"{text} is not within the years {FIRST_YEAR} to {LAST_YEAR}.", param_hint="--at")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _web(path: Path | None) -> "network.MappedFetch | None":
    if path is None:
        return None
    from .. import network  # noqa: PLC0415  # offline it is not needed

    try:
        return network.MappedFetch(path)
    except network.FaultyAddressMap as problem:
        raise click.BadParameter(str(problem), param_hint="--web") from None


def _registers(now: datetime) -> trust.Registers:
    """The issuers for which the file of this instance vouches; what is kept in its database is asked by `wallet issuers`."""
    settings = Settings.from_environment(os.environ, {"ISSUERS": lambda path: trust.faults_of_file(path, now)})
    if settings.issuers is None:
        return trust.NO_REGISTERS
    return trust.registers_of_file(settings.issuers, settings.operator.name, now)


def _in_words(line: dict[str, Any]) -> list[str]:
    where = f"{line['source']}, {line['part']}" if line["part"] else line["source"]
    told = [f"{where}: {line['state']}{_why_unknown(line)}"]
    if line["issuer"]:
        told.append(
            f"  {line['name'] or '(no name)'}, by {line['issuer']['name'] or line['issuer']['id'] or '(nobody named)'} ({line['format']})"
        )
    told += [_voice_in_words(one) for one in (line["issuer"] or {}).get("voices", ())]
    came_in = [{"name": "presentation", **line["presentation"]}] if line["presentation"] else []
    told += [f"  {one['outcome']:8}{one['name']:16}{one['reason']}".rstrip() for one in [*line["checks"], *came_in]]
    return told


def _why_unknown(line: dict[str, Any]) -> str:
    if openbadges.is_only_shared_in_part((one["name"], one["outcome"], one["reason"]) for one in line["checks"]):
        return ", shared in part: whoever holds it can show more"
    return WHY_UNKNOWN.get(line["why_unknown"], "")


def _voice_in_words(voice: dict[str, Any]) -> str:
    by, doubt = voice["by"] or "the operator", f" (does not count: {voice['doubt']})" if voice["doubt"] else ""
    said = {
        "vouched": f"vouched for by {by}, as {voice['name']}",
        "listed": f"listed by {by}, as {voice['name']}",
        "site": f"its own site: {by}",
        "platform": f"kept by a platform: {by}",
        "key": "a key, and nothing else",
        "nobody": "nobody says who it is",
    }
    return f"  issuer: {said[voice['standing']]}{doubt}"
