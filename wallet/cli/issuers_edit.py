"""`wallet issuers add`, `retire` and `who`: one issuer, vouched for, no longer vouched for, or asked about."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from .. import inspection, registers, storage, trust
from .check import check_all
from .issuers import by, in_the_words_of, is_key, of_issuers, way_out
from .issuers_words import changes_in_words, day, row_in_words
from .maintenance import database_here, settings_here
from .terminal import SOME_UNREADABLE, in_sentences, say, say_each

MANY = {"ignoring", "keys", "scope"}
"""What may be told several times."""
OF_THE_PAGE = {
    "vouched": "The page is green, and says: {by} confirms this organisation.",
    "listed": "The page is green, and says: This organisation is on an official list: {by}.",
    "site": "The page is not green, and says: Its site confirms it: {host}.",
    "platform": (
        "The page is not green, and says: We have not checked this organisation yet. The file comes from {platform}."
    ),
    "key": "The page is not green, and says: We have not checked this organisation yet.",
    "nobody": "The page is not green, and says: We have not checked this organisation yet.",
}
DOUBTS = {
    "not-proven": "the badge is not shown to come from it",
    "other-key": "the badge was not signed by a key that is pinned",
    "not-yet": "it does not begin yet",
    "ended": "it has ended",
    "struck": "it was struck",
    "stale": "nothing was heard of that list for too long",
    "stopped": "you stopped this issuer, or one on the site that is on the list, whoever else vouches for it",
}


@of_issuers.command("add")
@click.argument("id")
@click.option("--name", required=True, help="What the issuer is called.")
@click.option("--siret", help="The number of the establishment.")
@click.option("--since", help="A day, or a moment in ISO 8601.")
@click.option("--until", help="The same; two years at most, which is usual.")
@click.option("--ignoring", multiple=True, help="A member of the query of the id that does not count.")
@click.option("--keys", multiple=True, help="The thumbprint of a key (RFC 7638): no other one counts.")
@click.option("--scope", multiple=True, help="The id of a framework: its badges count in no other one.")
@click.option("--asks-at", help="An e-mail address or an https one, where one may ask it for a badge.")
@click.option("--vouched-by", help="Who says so, where that is not you.")
@click.option("--read-at", help="The https address where that can be read.")
@click.option("--as", "key", default=trust.OPERATOR, callback=is_key, help="The register; yours is usual.")
def add_one(id: str, key: str, **told: Any) -> None:
    """Vouch for the issuer ID, or say something else of it: from now on, on every page."""
    settings, now = settings_here(), datetime.now(UTC)
    members = {name: list(value) if name in MANY else value for name, value in told.items() if value}
    with in_the_words_of("What you typed"), database_here(settings) as database:
        written = json.dumps({"format": 2, "issuers": [{"id": id, **members}]}).encode()
        read = trust.read_register(written, now)
        if key != trust.OPERATOR and database.read(registers.find_register, key) is None:
            raise click.ClickException(f"There is no register {key}.")
        with database.writing(alone=True) as session:
            name = settings.operator.name
            change = registers.add_issuer(session, read.entries[0], by("add"), now, key=key, name=name)
            stale_after = storage.require(registers.find_register(session, key)).stale_after
    say_each(f"It {remark}" for remark in read.remarks)
    say(f"In {key}:", *changes_in_words([change] if change else []))
    if stale_after and stale_after <= now:
        say(f"  No page believes it: {key} is believed no longer since {day(stale_after)}. Import one that is newer.")


@of_issuers.command("retire")
@click.argument("id")
@click.option(
    "--why",
    type=click.Choice(["ended", "stop"]),
    required=True,
    help="ended: badges that people kept before stay known until its end. stop: nothing of it counts any more, in"
    " your register whoever else vouches for it, in another one by that one alone.",
)
@click.option("--as", "key", default=trust.OPERATOR, callback=is_key, help="The register; yours is usual.")
def retire_one(id: str, why: registers.Why, key: str) -> None:
    """Vouch for the issuer ID no longer: from the next page on, whoever opens it."""
    now = datetime.now(UTC)
    with database_here(settings_here()) as database:
        same = database.read(_named_otherwise, key, id, now)
        told = f" But it is known there as {same}: retire that." if same else ""
        with (
            in_sentences(storage.Missing, words=f"Nobody vouches for {id} in {key}.{told}"),
            database.writing(alone=True) as session,
        ):
            row = registers.retire_issuer(session, id, why, by("retire"), now, key=key)
    say(f"In {key}:", row_in_words(row, now))
    if same and (why == "ended" or key != trust.OPERATOR):  # else the stop counts above the other row
        say(f"  It is still vouched for there as {same}: retire that, too.")
    if why == "stop" and key != trust.OPERATOR:
        say("  Whoever else vouches for it still does: a stop that counts above all is one in your own register.")


def _named_otherwise(session: Session, key: str, id: str, now: datetime) -> str:
    """By what the register *key* names the issuer *id*, where that is another id that leaves something of it out of account."""
    rows = registers.rows_of(session, registers.find_register(session, key))
    others = (row for row in rows if row.match != id and registers.is_in_force(row, now))
    return next((row.match for row in others if trust.is_match(row.match, row.ignoring, id)), "")


@of_issuers.command("who")
@click.argument("what")
def say_who(what: str) -> None:
    """Every voice on the issuer of a badge, a file or an address: who says it, where that is from, until when.

    Ends with 0 when the issuer is vouched for or on an official list, 1 when not, 2 when no badge can be read.
    """
    settings, now = settings_here(), datetime.now(UTC)
    how = inspection.Inspection(fetch=way_out(settings).for_import(), now=now)
    with database_here(settings) as database:
        known = database.read(registers.read_registers)
    worst = 0
    for line in (line for lines in check_all([what], how, known, is_online=False) for line in lines):
        if line["issuer"] is None:
            say(f"{what}: no badge can be read ({line['checks'][0]['reason']}).")
            worst = SOME_UNREADABLE
            continue
        answer = known.answer(_issuer(line["issuer"]), now)
        say(f"{what}: {line['name'] or '(no name)'}", *_who_in_words(line["issuer"], answer))
        worst = max(worst, 0 if answer.is_vouched else 1)
    sys.exit(worst)


def _issuer(told: dict[str, Any]) -> trust.Issuer:
    return trust.Issuer(id=told["id"], name=told["name"], binding=told["binding"], key=told["key"])


def _who_in_words(told: dict[str, Any], answer: trust.Answer) -> list[str]:
    lines = [f"  Its issuer calls itself {told['name'] or '(nothing)'}: {told['id'] or '(no id)'}, {told['binding']}"]
    lines += [f"  {_voice(one)}" for one in told["voices"]]
    said = OF_THE_PAGE[answer.standing]
    lines.append(
        f"  {said.format(by=answer.by or 'The team that runs this site', host=answer.host, platform=answer.platform)}"
    )
    if answer.struck_at:
        lines.append(f"  And: This organisation has been off the list since {day(answer.struck_at)}.")
    if answer.is_stale:
        lines.append("  And: We have had no news of its list for too long.")
    if answer.alike:
        lines.append(f"  And: This name looks like “{answer.alike}” ({answer.alike_id}). The address is not the same.")
    lines += [
        f"  {fact.list}, of {fact.read_on or 'some day'}: {', '.join([fact.name, fact.nda, *fact.marks]).strip(', ')}"
        for fact in answer.facts
    ]
    return lines


def _voice(voice: dict[str, Any]) -> str:
    says = {
        "vouched": f"{voice['by'] or 'You'}: « {voice['name']} »",
        "listed": f"On the list of {voice['by']}: « {voice['name']} »",
        "site": f"Its own site: {voice['by']}",
        "platform": f"The platform that keeps its badges: {voice['by']}",
        "key": "A key, and nothing else",
        "nobody": "Nobody says who it is",
    }
    until = f", until {voice['until'][:10]}" if voice["until"] else ""
    doubt = f" – does not count: {DOUBTS.get(voice['doubt'], voice['doubt'])}" if voice["doubt"] else ""
    return f"{says[voice['standing']]} (from {voice['source']}{until}){doubt}"
