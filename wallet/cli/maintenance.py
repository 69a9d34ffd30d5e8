"""The commands that need a store, or serve one: serve, work, migrate, backup, restore, check-store, reports, frameworks.

Loaded when one of them is asked for (commands.py): to check badges takes no database.
"""

import asyncio
import logging.config
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from .. import competencies, endorsements, messages, operations, sandbox, shares, storage
from ..settings import GivenKeys, Settings
from .terminal import (
    FILE,
    FOLDER,
    SOME_NOT_VALID,
    SOME_UNREADABLE,
    confirm_act,
    in_sentences,
    plain,
    say,
    say_each,
    say_json,
    say_text,
)

LARGEST = 2**31 - 1
"""The largest number of a row that both databases hold."""
A_CENTURY = 36_500
"""Days for which backups may be kept; no calendar goes back for as many as somebody types who wants them for ever."""
HTTP = 80
"""The port that no address of http tells."""
PRIVATE = 0o077
"""What others may not do with whatever is made here."""
UNASKED = click.option("--yes", is_flag=True, help="Confirm the action without prompting.")
with_store = click.Group()


def settings_here() -> Settings:
    """What the environment says, the files that it names looked into; raises SettingsError with every fault of it."""
    return operations.read_settings(os.environ)


@contextmanager
def database_here(settings: Settings) -> Iterator[storage.Database]:
    """The database of this wallet, which is there, is not half replaced, and whose schema it understands; else that is told."""
    _refuse_half_restored(settings)
    with closing(storage.Database(settings.database_url)) as database:
        if storage.is_missing(database):
            raise click.ClickException(
                f"There is no database at {storage.file_of(database)}: start the wallet once, or look at"
                " WALLET_DATABASE_URL."
            )
        try:
            _require_fit(database)
            yield database
        except storage.DatabaseUnavailable as problem:
            raise _in_words(operations.explain_silence(database, problem.orig)) from None
        except DatabaseError as problem:  # pages that are damaged are found where they are read
            raise click.ClickException(
                f"The database cannot be used: {problem.orig}\nLook at it with wallet check-store."
            ) from None


def _in_words(silence: operations.NoAnswer) -> click.ClickException:
    return click.ClickException(f"{silence.fault}.\n{silence.advice}")


def _require_fit(database: storage.Database) -> None:
    if storage.schema_fit(database) not in {storage.Fit.SAME, storage.Fit.NEWER}:
        raise click.ClickException(storage.schema_in_words(database))


@with_store.command()
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def serve(port: int, host: str, workers: int) -> None:
    """Serve the wallet. Settings come from the environment (WALLET_…), see docs/operating.md."""
    import uvicorn  # noqa: PLC0415  # the other commands do without it

    from .. import monitoring  # noqa: PLC0415
    from ..web import BACKLOG, KEPT_OPEN, LimitedProtocol  # noqa: PLC0415

    if not os.environ.get("WALLET_ORIGIN", "").strip():  # of the usual port browsers say nothing
        os.environ["WALLET_ORIGIN"] = "http://localhost" if port == HTTP else f"http://localhost:{port}"
    settings = settings_here()
    os.umask(PRIVATE)
    _prepare_store(settings, workers)
    say(f"The wallet is at {settings.origin}")
    counts_together = settings.operations if workers > 1 else None
    if counts_together and (why := monitoring.why_deaf(*counts_together)):
        say(why)
    with monitoring.shared_folder() if counts_together else nullcontext():
        uvicorn.run(
            "wallet.app:from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=LimitedProtocol,
            backlog=BACKLOG,
            log_config=monitoring.JSON_LOGS if settings.log == "json" else uvicorn.config.LOGGING_CONFIG,
            access_log=False,  # addresses of shares hold their token: they are written nowhere (docs/decisions.md 15)
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=20,
            timeout_keep_alive=KEPT_OPEN,
            # A worker that is busy for five seconds is not dead. For one that dies while it is asked the supervisor waits so long,
            # and ends nothing meanwhile, where systemd waits 40 s for that (deploy/systemd/wallet@.service).
            timeout_worker_healthcheck=30,
        )


@with_store.command()
def work() -> None:
    """Do the chores of the wallet, and serve nothing: for several machines, of which those that serve do none (WALLET_CHORES)."""
    from .. import app, monitoring  # noqa: PLC0415  # the other commands do without it

    settings = settings_here()
    os.umask(PRIVATE)
    if settings.log == "json":  # where people are served the server sees to it
        logging.config.dictConfig(monitoring.JSON_LOGS)
    operations.limit_memory_pools()
    _prepare_store(settings)
    say("The chores are done here, and nothing is served.")
    asyncio.run(app.work(settings, _asked_to_end))


async def _asked_to_end() -> None:
    asked = asyncio.Event()
    for how in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(how, asked.set)
    await asked.wait()


def _prepare_store(settings: Settings, workers: int = 1) -> None:
    """Look once at all that is needed, before several workers start together; faults are told."""
    _refuse_half_restored(settings)
    with in_sentences(sandbox.NoSandbox):
        say_text(sandbox.make_announced(required=settings.sandbox == "required"))
    _open_store(settings, workers)


def _refuse_half_restored(settings: Settings) -> None:
    if unfinished := operations.unfinished_restore(settings):
        raise click.ClickException(unfinished)


def _open_store(settings: Settings, workers: int) -> None:
    """Bring database, files and keys up to date. Raises ClickException where they are not whole, or not of one store."""
    with _store_of(settings) as (database, files, reserve):
        reserve.spend(partial(_begin, settings, database, files))
        if not database.is_sqlite:
            say(database.room(workers))


@contextmanager
def _store_of(
    settings: Settings,
) -> Iterator[tuple[storage.Database, storage.FileStore, operations.DiskReserve]]:
    """Database and files, and the room for what must be done on a full disk, too; what is wrong with them is told."""
    with (
        in_sentences(ValueError, storage.Unavailable, storage.FaultyKeys, storage.UnfitSchema),
        closing(storage.Database(settings.database_url, settings.database_pool)) as database,
    ):
        try:
            files = storage.open_files(settings.files_url)
            reserve = operations.DiskReserve(operations.folders_written(settings, database, files))
            try:
                yield database, files, reserve
            except storage.Unavailable:
                if silence := operations.probe_files(files):
                    raise _in_words(silence) from None
                raise
        except DatabaseError as problem:
            raise click.ClickException(f"The database cannot be used: {problem.orig}".strip()) from None


def _begin(settings: Settings, database: storage.Database, files: storage.FileStore) -> None:
    if isinstance(settings.keys, GivenKeys):
        storage.Keyring(settings.keys)  # where none are given nothing is made
    _bring_up_to_date(settings, database, files, migrates=settings.migrate)
    keyring = operations.keys_for_new_store(database, settings.keys)
    operations.adopt_store(database, files, keyring, datetime.now(UTC))
    if settings.erasures:  # one on the shelf is replayed as soon as the shelf answers
        _look_at_ledger(settings, files)
    if isinstance(settings.keys, GivenKeys) and settings.keys.remark:
        say(settings.keys.remark)


def _look_at_ledger(settings: Settings, files: storage.FileStore) -> None:
    """Raises Unavailable where no process could begin: each of several would try for a minute, and then show its trace."""
    try:
        operations.open_ledger(settings, files).forget_old(datetime.now(UTC))
    except storage.Unavailable as problem:
        raise storage.Unavailable(
            f"{problem}\nThe ledger of erasures lies there: look at WALLET_ERASURES, and whether this user may write there."
        ) from problem


def _bring_up_to_date(
    settings: Settings, database: storage.Database, files: storage.FileStore, *, migrates: bool
) -> None:
    if silence := operations.probe_database(database):
        raise _in_words(silence)
    if damage := operations.probe_sqlite_pages(database):
        raise click.ClickException(f"{damage}\nLook at it with wallet check-store.")
    operations.check_before_creation(database, files, settings.keys)
    if told := storage.bring_up_to_date(database, migrates=migrates):
        say(told)


@with_store.command()
def migrate() -> None:
    """Bring the database up to date before the wallet is started: for whoever serves it with WALLET_MIGRATE=no.

    Wallets of before go on meanwhile, and may start again afterwards.
    """
    settings = settings_here()
    os.umask(PRIVATE)
    _refuse_half_restored(settings)
    with _store_of(settings) as (database, files, reserve):
        reserve.spend(partial(_bring_up_to_date, settings, database, files, migrates=True))
        say(storage.schema_in_words(database))


@with_store.command()
@click.argument("folder", type=FOLDER)
@click.option("--days", type=click.IntRange(1, A_CENTURY), default=30, show_default=True, help="Remove what is older.")
@click.option("--anyway", is_flag=True, help="Keep the rest of a wallet that has lost something for good.")
def backup(folder: Path, days: int, anyway: bool) -> None:
    """Back the wallet up into FOLDER, while it is served. What is not whole does not count."""
    settings = settings_here()
    _refuse_half_restored(settings)  # it would be the newest, and what is to be run again might go as old
    with in_sentences(operations.OperationFailed):
        taken = operations.take_backup(settings, folder, datetime.now(UTC), days=days, anyway=anyway)
    rows, manifest = sum(taken.manifest.counts.values()), taken.manifest
    faults = manifest.faults + operations.lost_secrets_advice(taken.unsealable)
    whole = ", all whole" if not faults else ""
    if taken.later:
        faults.append(
            f"{folder / taken.later} is of a later moment, and is what a restore of {folder} brings back: look at the clock of this"
            " machine. If it is wrong now, set it and take the backup again; if it was wrong then, remove that one, which would"
            " stay beyond its days."
        )
    say(f"{folder / taken.name}: {rows} rows and {len(manifest.files)} files{whole}.")
    if isinstance(settings.keys, GivenKeys):
        say(f"The keys in {settings.keys} are kept in it as well, as keys.json.")
    if manifest.left_meanwhile:
        say(f"{len(manifest.left_meanwhile)} files were erased with their badges meanwhile.")
    if taken.removed:
        say(f"{taken.removed} backups were older than {days} days and are removed.")
    if faults:
        raise click.ClickException("\n".join(faults))


@with_store.command()
@click.argument("folder", type=FOLDER)
@click.option("--replace", is_flag=True, help="Set aside what is there.")
@click.option("--drill", is_flag=True, help="Try it out, in a place of its own, beside the wallet that goes on.")
def restore(folder: Path, replace: bool, drill: bool) -> None:
    """Bring back the newest backup in FOLDER, or the one that FOLDER is. Stop the wallet first."""
    with in_sentences(operations.OperationFailed):
        done = operations.restore_backup(settings_here(), folder, datetime.now(UTC), replace=replace, drill=drill)
    rows = sum(done.manifest.counts.values())
    say(f"{done.backup} is brought back: {rows} rows, {len(done.manifest.files)} files and the keys.")
    if done.manifest.faults:
        say(f"{len(done.manifest.faults)} files were lost when it was taken: wallet check-store names them.")
    if done.aside:
        say(f"What was there is in {done.backup.with_name(done.aside)}.")
    if done.erasures:
        say(f"The ledger has {done.erasures} lines: what they tell is done again when the wallet starts.")
    if done.forgotten:
        say(
            f"Whoever was erased between {done.manifest.taken_at[:10]} and {done.forgotten:%Y-%m-%d} is here again, and words"
            " that were withdrawn then are good again: no ledger goes back so far. Bring a newer backup back, where there is one."
        )


@with_store.command("check-store")
@click.option("--sweep", is_flag=True, help="Set aside all files that nobody needs, where all else is whole.")
def check_store(sweep: bool) -> None:
    """Look whether database, files and keys are whole, and make them on an empty machine. Nothing else is changed.

    Ends with 0 when all is whole, 1 when something is damaged.
    """
    with in_sentences(ValueError, storage.Unavailable):
        looked = operations.check_store(settings_here(), datetime.now(UTC), lists_anew=sweep)
        if sweep and not looked.faults:
            looked.told.append(operations.sweep_store(settings_here(), datetime.now(UTC)))
    for sentence in (*looked.told, *looked.faults, *looked.advice):
        say_text(sentence)
    sys.exit(1 if looked.faults else 0)


@with_store.group(invoke_without_command=True)
@click.option("--all", "closed", is_flag=True, help="Those that you are done with as well.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each report.")
@click.pass_context
def reports(ctx: click.Context, closed: bool, as_json: bool) -> None:
    """What people who were shown a share say against it, then the messages and the words of others that holders reported, then
    the adverts that ask for skills; the oldest first."""
    if ctx.invoked_subcommand:
        return
    now = datetime.now(UTC)
    with database_here(settings_here()) as database, database.reading() as session:
        found = shares.list_reports(session, now, closed=closed)
        answers = messages.list_reported_messages(session, closed=closed)
        words = endorsements.list_reported_endorsements(session, closed=closed)
        calls = shares.calls.list_reported_calls(session, now, closed=closed)
    told = [
        *((asdict(one), _reported(one)) for one in found),
        *(({"kind": "message"} | asdict(one), _reported_message(one)) for one in answers),
        *(({"kind": "word"} | asdict(one), _reported_word(one)) for one in words),
        *(({"kind": "call"} | asdict(one), _reported_call(one)) for one in calls),
    ]
    for row, lines in told:
        if as_json:
            say_json(row, datetime.isoformat)
        else:
            say(*lines)
    if not told and not as_json:
        say("There is no report to read.")


@reports.command("close")
@click.option("--messages", "kind", flag_value="message", help="The numbers are those of messages that were reported.")
@click.option("--words", "kind", flag_value="word", help="The numbers are those of words that were reported.")
@click.option("--calls", "kind", flag_value="call", help="The numbers are those of adverts that were reported.")
@click.argument("report", type=click.IntRange(1, LARGEST), nargs=-1, required=True)
def close_reports(report: tuple[int, ...], kind: str | None) -> None:
    """Be done with reports. Nothing else changes."""
    close, what = {
        "message": (messages.close_message_report, "reported message"),
        "word": (endorsements.close_endorsement_report, "reported word"),
        "call": (shares.calls.close_call_report, "reported advert"),
    }.get(kind or "", (shares.close_report, "report"))
    with database_here(settings_here()) as database, database.writing() as session:
        for id in report:
            with in_sentences(storage.Missing, words=f"There is no {what} {id}."):
                close(session, id, datetime.now(UTC))
    say(f"Closed: {', '.join(map(str, report))}.")


@reports.command("stop")
@click.argument("report", type=click.IntRange(1, LARGEST))
@UNASKED
def stop_reported(report: int, yes: bool) -> None:
    """Stop the share that REPORT is about, for good, and close all reports of it. Shows first what was said, and asks."""
    missing = in_sentences(storage.Missing, words=f"There is no report {report}.")
    with database_here(settings_here()) as database, missing:
        with database.reading() as session:
            found = shares.find_report(session, report, datetime.now(UTC))
        say(*_reported(found))
        confirm_act(f"Stop share {found.share_id} for good? Its owner cannot undo that.", yes=yes)
        with database.writing() as session:
            share, was_open = shares.stop_reported_share(session, report, datetime.now(UTC))
    say(f"Share {share} {'is stopped' if was_open else 'was over already'}, and all reports of it are closed.")


@reports.command("stop-call")
@click.argument("call", type=click.IntRange(1, LARGEST))
@UNASKED
def stop_call(call: int, yes: bool) -> None:
    """Stop the reported advert CALL for good: nobody answers it, and what was shown to whoever made it is stopped, too.

    Shows it first, and asks.
    """
    missing = in_sentences(storage.Missing, words=f"There is no reported advert {call}.")
    with database_here(settings_here()) as database, missing:
        with database.reading() as session:
            found = shares.calls.find_reported_call(session, call, datetime.now(UTC))
        say(*_reported_call(found))
        confirm_act("Stop it for good, and every share that answered it?", yes=yes)
        with database.writing() as session:
            was_running = shares.calls.stop_reported_call(session, call, datetime.now(UTC))
    say(f"Advert {call} {'is stopped' if was_running else 'was stopped already'}, with every share that answered it.")


@reports.command("erase-messages")
@click.argument("sender")
@UNASKED
def erase_messages(sender: str, yes: bool) -> None:
    """Erase the messages of SENDER, the name or the way to reach them that they typed: for whoever asks that of their own.

    Shows first whose they are, and asks: a name may be that of several people.
    """
    with database_here(settings_here()) as database:
        with database.reading() as session:
            found = messages.find_messages_of(session, sender)
        say_each(_senders_in_words(found))
        if found and not yes:  # in a script, too: a name may be that of several people
            click.confirm("Erase them for good?", abort=True)
        with database.writing() as session:  # those that were shown, and none that came meanwhile
            count = messages.erase_messages(session, [one.id for one in found], datetime.now(UTC))
    say(f"Messages erased: {count}.")


@reports.command("words-of")
@click.argument("name")
def words_of(name: str) -> None:
    """List the words that are signed by NAME, as it was typed: for whoever lost the link by which theirs is taken back."""
    with database_here(settings_here()) as database, database.reading() as session:
        found = endorsements.find_endorsements_of(session, name)
    for one in found:
        say(*_reported_word(one))
    if not found:
        say("There is no word of that name.")


@reports.command("withdraw")
@click.argument("word", type=click.IntRange(1, LARGEST), nargs=-1, required=True)
@UNASKED
def withdraw_words(word: tuple[int, ...], yes: bool) -> None:
    """Take WORD back, for good, as if its author did: its text and its voice are erased within a day.

    Shows first what it says and whether anybody reported it, and asks.
    """
    with database_here(settings_here()) as database:
        found = []
        with database.reading() as session:
            for id in dict.fromkeys(word):
                with in_sentences(storage.Missing, words=f"There is no word {id} that was given here."):
                    found.append(endorsements.find_endorsement(session, id))
        say_each(line for one in found for line in _reported_word(one))
        if unread := [str(one.id) for one in found if not one.reported_at]:
            say(f"Nobody reported {', '.join(unread)}: look whether you mean it.")
        confirm_act("Withdraw for good?", yes=yes)
        with database.writing() as session:
            for one in found:
                with in_sentences(storage.Missing, words=f"There is no word {one.id} that was given here."):
                    endorsements.withdraw_endorsement(session, one.id, datetime.now(UTC))
    say(f"Withdrawn: {', '.join(map(str, word))}.")


@with_store.group("frameworks")
def of_frameworks() -> None:
    """The frameworks of competencies that « Mon parcours » shows."""


@of_frameworks.command("check")
@click.argument("file", nargs=-1, required=True, type=FILE)
def check_frameworks(file: tuple[Path, ...]) -> None:
    """Say each fault of FILE with its place. What has the id of a framework of ours is joined to it first, and what says part of
    one of yours to what the folder has of it that WALLET_FRAMEWORKS names.

    Ends with 0 when all can be used, 1 when some cannot, 2 when some cannot be read.
    """
    folder = Settings.from_environment(os.environ).frameworks  # not looked into: it may be what is to be mended
    worst = 0
    for path in file:
        try:
            found = competencies.check_framework(path, folder)
        except competencies.FaultyFramework as problem:
            say_text(problem)
            is_unreadable = isinstance(problem, competencies.UnreadableFramework)
            worst = max(worst, SOME_UNREADABLE if is_unreadable else SOME_NOT_VALID)
        else:
            say(
                f"{path}: {found.id}, {len(found.competencies)} competencies,"
                f" {found.issuers.count} issuers whose badges count"
                f"{''.join(f', and those for whom the register {one} vouches' for one in sorted(found.vouching))}."
            )
    sys.exit(worst)


@of_frameworks.command("learn")
@click.argument("badge", nargs=-1, required=True, type=FILE)
@click.option("--framework", "id", default="", help="The id of the framework, where more than one fits.")
@click.option("--as", "place", default="", help="What they are for, as communiquer/masters or general.")
@click.option("--offline", is_flag=True, help="Ask no address.")
@click.option("--web", type=FILE, help="Answers for addresses.")
def learn_badges(badge: tuple[Path, ...], id: str, place: str, offline: bool, web: Path | None) -> None:
    """Print what makes the badges in the files BADGE count: a file for the folder that WALLET_FRAMEWORKS names.

    Each is placed by its name, or all of them by --as. What needs a person is said beside it.
    Ends with 0 when all were learned, 1 when some were not, 2 when some cannot be read.
    """
    from . import learn  # noqa: PLC0415  # checks badges: only when asked

    folder, worst, looked = settings_here().frameworks, 0, []
    for told, found, end in learn.look_at(badge, datetime.now(UTC), web, is_online=not (offline or web)):
        worst = max(worst, end)
        if found is None:
            click.echo(plain(told), err=True)
        else:
            looked.append((told, found))
    if not looked:
        sys.exit(worst)
    frameworks = competencies.frameworks_to_learn_for(folder)
    framework = learn.framework_for(frameworks, [one for _, one in looked], id, place)
    lesson = competencies.learn(framework, [(called, asdict(one)) for called, one in looked], place)
    for sentence in learn.in_words(lesson):
        click.echo(plain(sentence), err=True)
    if faults := competencies.faults_of_addition(lesson.addition, folder):
        raise click.ClickException("\n".join(faults))
    say_json(lesson.addition, indent=1)
    sys.exit(max(worst, SOME_NOT_VALID if lesson.unplaced else 0))


def _reported(one: shares.ReportForOperator) -> list[str]:
    """A report in words: what strangers wrote begins no line of its own."""
    called = [", ".join(filter(None, (badge["name"], badge["level"]))) for badge in one.shown]
    shown = [f"{name}, by {badge['issuer_name'] or '(nobody)'}" for name, badge in zip(called, one.shown, strict=True)]
    until = "without an end" if one.ends_at == shares.NO_END else f"until {one.ends_at:%Y-%m-%d}"
    share = f"open {until}" if one.is_open else "over"
    return [
        f"Report {one.id} of {one.made_at:%Y-%m-%d %H:%M} UTC: {one.reason}{' (closed)' if one.closed_at else ''}",
        f"  Share {one.share_id}, {share}, shown by {plain(one.name) or '(no name)'}",
        *(f"  Its word: {one.word}" for _ in [one.word] if one.word),
        *(f"  Badge: {badge}" for badge in shown),
        *(f"  > {line}" for line in one.words.splitlines()),
    ]


def _reported_message(one: messages.MessageForOperator) -> list[str]:
    """A message that was reported, in words: what strangers wrote begins no line of its own."""
    share = f"share {one.share_id}" if one.share_id else "a share that is forgotten"
    closed = " (closed)" if one.closed_at else ""
    return [
        f"Message {one.id} of {one.sent_at:%Y-%m-%d %H:%M} UTC, reported {one.reported_at:%Y-%m-%d}: {one.choice}{closed}",
        f"  To {share}, signed {plain(one.sender)}, to be reached by {plain(one.reply_to) or '(nothing)'}",
        *(f"  > {line}" for line in one.text.splitlines()),
    ]


def _senders_in_words(found: list[messages.MessageOfSender]) -> list[str]:
    """How many messages each sender wrote, and when; what they say is their holders' alone."""
    told = dict[tuple[str, str], list[str]]()
    for one in found:
        told.setdefault((plain(one.sender), plain(one.reply_to)), []).append(f"{one.sent_at:%Y-%m-%d}")
    lines = [
        f"{len(days)} signed {sender or '(nobody)'}, to be reached by {reply_to or '(nothing)'}, from {days[0]} to {days[-1]}"
        for (sender, reply_to), days in told.items()
    ]
    if len(told) > 1:
        lines.append("They may be of several people: type how one is to be reached, and theirs alone are erased.")
    return lines


def _reported_call(one: shares.calls.CallForOperator) -> list[str]:
    """An advert that was reported, in words: what strangers wrote begins no line of its own."""
    open_or_over = "open" if one.is_open else "over"
    closed = " (closed)" if one.closed_at else ""
    return [
        f"Advert {one.id} of {one.made_at:%Y-%m-%d}, {open_or_over}, reported {one.reported_at:%Y-%m-%d}:"
        f" {', '.join(one.reasons)}{closed}",
        f"  {plain(one.title)}, by {plain(one.employer)}, asks for {', '.join(map(plain, one.places))}",
    ]


def _reported_word(one: endorsements.EndorsementForOperator) -> list[str]:
    """A word of somebody else: what strangers wrote begins no line of its own."""
    reported = f", reported {one.reported_at:%Y-%m-%d}" if one.reported_at else ""
    ends = " (withdrawn)" if one.withdrawn_at else " (closed)" if one.closed_at else ""
    about = ", ".join(filter(None, (one.name, one.role, one.organisation)))
    return [
        f"Word {one.id} of {one.given_at:%Y-%m-%d}{reported}{ends}",
        f"  Signed {plain(about) or '(no name)'}{', and spoken' if one.is_spoken else ''}",
        *(f"  > {line}" for line in one.sentence.splitlines()),
    ]
