"""What `wallet frameworks learn` does: real badges looked at, and the framework found that they speak of."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from .. import competencies, inspection, network, openbadges
from .terminal import SOME_NOT_VALID, SOME_UNREADABLE, in_sentences, plain

STANDS = {"intact", "bound"}
"""The checks without which nothing is learned of a badge: whoever changed it could have named any issuer."""


def look_at(
    paths: Sequence[Path], now: datetime, web: Path | None, *, is_online: bool
) -> Iterator[tuple[str, openbadges.Badge | None, int]]:
    """Of each badge in the files *paths* what it is called, what was read of it, None where it cannot be believed, and how
    the command ends by it."""
    for path in paths:
        fetch = inspection.ask_nobody
        if web:
            with in_sentences(network.FaultyAddressMap):
                fetch = network.MappedFetch(path=web)
        elif is_online:
            fetch = network.Fetcher().for_import()
        how = inspection.Inspection(fetch=fetch, now=now)
        for looked in inspection.inspect_file(path.name, path.read_bytes(), how):
            called = f"{path}, {looked.name}" if looked.found_in else str(path)
            if looked.examination is None:
                yield f"{called}: no badge that can be read.", None, SOME_UNREADABLE
                continue
            passed = {one.name for one in looked.examination.checks if one.outcome == "passed"}
            if passed >= STANDS:
                yield called, looked.examination.badge, 0
            else:
                yield f"{called}: {looked.examination.state}, and nobody proves who gave it.", None, SOME_NOT_VALID


def framework_for(
    frameworks: Sequence[competencies.Framework], badges: Sequence[openbadges.Badge], id: str, place: str
) -> competencies.Framework:
    """The one framework of that *id*, or that has that *place*, or of which some of the *badges* speak; raises
    click.UsageError where there is none or more than one."""
    if id and id not in {one.id for one in frameworks}:
        raise click.UsageError(f"There is no framework {id}: there is {', '.join(one.id for one in frameworks)}.")
    fitting = [one for one in frameworks if id in {"", one.id}]
    if place:
        fitting = [one for one in fitting if place in competencies.places_of(one)]
        if not fitting:
            places = ", ".join(competencies.places_of(next(one for one in frameworks if id in {"", one.id})))
            raise click.UsageError(f"There is no place {place}: there is {places}.")
    elif not id:
        fitting = [one for one in fitting if any(competencies.recognise(one, asdict(badge), None) for badge in badges)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise click.UsageError("No framework has such names: say --framework and --as.")
    raise click.UsageError(f"More than one fits: say --framework {' or '.join(one.id for one in fitting)}.")


def in_words(lesson: competencies.Lesson) -> Iterator[str]:
    """What has to be said beside the lines."""
    yield from (f"{one}: no competency has its name, or several have: say --as." for one in lesson.unplaced)
    for target in lesson.shared:
        yield f"{plain(target)} is the target of badges for several competencies or levels: none is known by it."
    for one in lesson.varying:
        differ = f"{' and '.join(map(plain, one.addresses[:2]))} differ in {', '.join(map(plain, one.members))} alone."
        if one.is_allowed:
            ignoring = " ".join(f"--ignoring {plain(member)}" for member in one.members)
            yield f"{differ} That counts for nothing on this host."
            yield f"  In the register of issuers: {ignoring}"
        else:
            yield (
                f"{differ} Each of them counts, and the next one will not:"
                " ask its platform whether that changes with each award."
            )
