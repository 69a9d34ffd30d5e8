"""The commands that make keys, give them up, and sign anew: new-keys, make-keys, new-signing-key, sign-again (docs/operating.md)."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from .. import endorsements, operations, storage
from .maintenance import database_here, settings_here, with_store
from .terminal import NEW_FILE, in_sentences, say, say_each


@with_store.command("new-keys")
@click.confirmation_option(
    prompt="Links of shares that were made so far can be shown no more, and drafts on phones not be opened. Are the old keys lost for good?"
)
def new_keys() -> None:
    """Go on with other keys, those of WALLET_KEYS or new ones, when the keys of this wallet are lost for good.

    Stop the wallet first. Links that were given away go on; whoever made them can no longer show them, and is told.
    Drafts that lie on phones, not sent yet, can be opened no more.
    """
    settings = settings_here()
    with (
        in_sentences(DatabaseError, storage.FaultyKeys, operations.OperationFailed),
        database_here(settings) as database,
    ):
        operations.close_database(database)  # whoever is served meanwhile would go on with the keys of before
        operations.adopt_keys(database, settings.keys, datetime.now(UTC))
    say(f"The keys of this wallet are those in {settings.keys} from now on: back it up.")


@with_store.command("make-keys")
@click.argument("file", type=NEW_FILE)
@click.option(
    "--former",
    metavar="KEY",
    multiple=True,
    help="A key of before (z6Mk…), lost for good: what it signed still verifies.",
)
def make_keys(file: Path, former: tuple[str, ...]) -> None:
    """Make keys for a new wallet in FILE, to be given to each of its nodes: WALLET_KEYS=env:NAME or credential:NAME.

    Nothing that is there is written over, and no wallet is looked at.
    """
    with in_sentences(storage.FaultyKeys):
        storage.make_keys(file, former)
    say(f"The keys are in {file}: give them to every node, keep a copy, and remove the file.")


@with_store.command("new-signing-key")
@click.option(
    "--why",
    type=click.Choice(["retired", "compromised"]),
    required=True,
    help="Whether somebody else may have the old one.",
)
@click.option("--key", default="", help="The key (z6Mk…) that is compromised, where it is a former one.")
@click.option("--to", type=NEW_FILE, help="A file for the new keys, where the wallet is given them.")
def new_signing_key(why: str, key: str, to: Path | None) -> None:
    """Sign with another key from now on. What was sealed, links and codes among it, goes on.

    What a retired key signed verifies as before. What a compromised one signed is refused by everybody: wallet sign-again
    signs anew what is this wallet's own.
    """
    settings = settings_here()
    with in_sentences(storage.FaultyKeys):
        if not settings.keys.exists():
            raise storage.FaultyKeys(
                f"There are no keys at {settings.keys}: where they are lost, wallet new-keys helps."
            )
        if key and why == "retired":
            raise storage.FaultyKeys("Only of a compromised key it is said which one: the one that signs is retired.")
        known = storage.Keyring(settings.keys).multikey
        leaves = (key or known) if why == "compromised" else ""
        after = storage.replace_signing_key(settings.keys, known, leaves=leaves, to=to)
    if to:
        say(
            f"The new keys are in {to}: give them to every node in the place of the others, keep a copy, and remove the file."
        )
    say(f"Once every process is started again the wallet signs with {after}: back it up.")
    if leaves:
        say(f"Nothing that {leaves} signed is believed then. Type wallet sign-again.")


@with_store.command("sign-again")
def sign_again() -> None:
    """Sign anew the words of tutors that were signed with a key which this wallet publishes no more.

    Ends with 1 where the document of one is lost.
    """
    settings = settings_here()
    with in_sentences(storage.FaultyKeys, storage.Unavailable, ValueError), database_here(settings) as database:
        keyring = storage.Keyring(settings.keys)
        storage.check_store_keys(storage.find_store(database), keyring)
        files, signer = storage.open_files(settings.files_url), endorsements.signer_of(settings.origin, keyring)
        done = endorsements.sign_words_again(database, files, signer, keyring.published, datetime.now(UTC))
    say_each(
        f"Words signed anew that were signed with {key or 'no key'}: {count}." for key, count in done.signed.items()
    )
    if not done.signed and not done.lost:
        say("Every word is signed with a key that this wallet publishes.")
    if done.lost:
        raise click.ClickException(
            f"Of these words the document is lost, or signed at another WALLET_ORIGIN than {settings.origin}:"
            f" {', '.join(map(str, done.lost))}."
        )
