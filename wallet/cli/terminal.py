"""What the command line takes and writes: whoever named a file, or wrote into a badge, gives a terminal no orders.

Source: ECMA-48 (what a terminal obeys begins with a control character); Unicode, UAX 9 (what turns the direction of writing).
"""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

SOME_NOT_VALID, SOME_UNREADABLE = 1, 2
"""What a command ends with that looked at files, where not all are well."""


class _NamedPath(click.Path):
    """A path that has a name: of "", as a variable gives it that is not set, the folder would be made that one is in."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """As click does it."""
        if not os.fspath(value).strip():
            self.fail("it is empty: is a variable not set?", param, ctx)
        return super().convert(value, param, ctx)


FILE = _NamedPath(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = _NamedPath(dir_okay=False, path_type=Path)
FOLDER = _NamedPath(file_okay=False, path_type=Path)


def is_watched() -> bool:
    """Whether somebody sits before it who can answer a question."""
    return sys.stdin.isatty()


def confirm_act(question: str, *, yes: bool) -> None:
    """Ends the command where whoever typed it does not say so, unless they did before (*yes*), or it stands in a script: a
    takedown waits for nobody there, and a number says which one is meant."""
    if not yes and is_watched():
        click.confirm(question, abort=True)


def plain(words: str) -> str:
    """*words* on one line, without what a terminal would obey or what turns the direction of writing."""
    return "".join(" " if c.isspace() else c if is_harmless(c) else "�" for c in words)


def is_harmless(character: str) -> bool:
    """Whether it is a sign to read or a space: it neither commands nor ends a line, and is no half of a sign."""
    category = unicodedata.category(character)
    return category[0] != "C" and category not in {"Zl", "Zp"}


def say(*lines: object) -> None:
    """Write these lines, each of which stays one."""
    click.echo("\n".join(plain(str(line)) for line in lines))


def say_each(lines: Iterable[object]) -> None:
    """Write these lines, be there none."""
    for line in lines:
        say(line)


def say_text(text: object) -> None:
    """Write a text of several lines of our own."""
    say(*str(text).split("\n"))


def say_json(value: Any, default: Callable[[Any], Any] | None = None, indent: int | None = None) -> None:
    """Write *value* as one line of JSON, or as a text with that *indent*, the letters of all languages as they are where that
    is UTF-8. Source: RFC 8259, 8.1 (JSON is in no other encoding)."""
    is_ascii = sys.stdout.encoding.lower() not in ("utf-8", "utf8")
    for told in json.dumps(value, ensure_ascii=is_ascii, default=default, indent=indent).split("\n"):
        click.echo(told if told.isprintable() else "".join(c if is_harmless(c) else _escaped(c) for c in told))


def open_closed() -> None:
    """Let what was closed before the command began be empty, or take what is said: Python has nothing there (None), and the
    first to write would show its trace."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # as long as the process


def escape_unwritable() -> None:
    """Let the output of a terminal that has not all letters, of ISO 8859-1 as it may be, name those that it lacks."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def in_sentences(*kinds: type[Exception], of: Path | None = None, words: str = "") -> Iterator[None]:
    """What is raised of these *kinds* ends the command, in its own words, or in these; *of* is the file that it is about."""
    try:
        yield
    except kinds as problem:
        raise click.ClickException(words or (f"{of}: {problem}" if of else str(problem))) from None


def refused(problem: click.ClickException) -> click.ClickException:
    """*problem*, whose sentences may hold what somebody typed, made harmless."""
    vars(problem)["message"] = "\n".join(map(plain, problem.message.split("\n")))  # click means it to be final
    return problem


def _escaped(character: str) -> str:
    """As JSON writes it, where it need not. Source: RFC 8259, 7 (beyond U+FFFF in two halves)."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
