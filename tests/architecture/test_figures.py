"""The figures that issue 16 promises, beside the words that promise them: whoever changes one reads what it was for.

What each of them does is tried elsewhere, with these constants or smaller ones: there no figure would be missed.
"""

from datetime import timedelta
from pathlib import Path

import anyio
from anyio.to_thread import current_default_thread_limiter

from wallet.accounts import crockford, emails, holders, mailed_codes
from wallet.badges import issuer_responses
from wallet.concurrency import pools
from wallet.operations import cleanup, first_start
from wallet.web import body_limits

DURABILITY = Path(__file__).parents[1] / "durability"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KB, MB = 1024, 1024 * 1024


async def threads_of_all() -> float:
    """In how many threads Starlette answers people."""
    return current_default_thread_limiter().total_tokens


def by_default(name: str, file: str) -> bool:
    """Whether a soak does so many, unless the operator of the machine says otherwise."""
    name, _, figure = name.partition(" = ")
    return f'{name} = int(os.environ.get("{name}", "{figure}"))' in (DURABILITY / file).read_text(encoding="utf-8")


def figures() -> list[tuple[str, object, object]]:
    """The words of the issue, what stands in the code, the figure."""
    room = pools.make_pools()[pools.STRANGERS]
    tries = mailed_codes.OF_ALL + mailed_codes.PROMISED * mailed_codes.TRIES
    return [
        ("A1: nine in ten of them lie there", first_start.NEARLY_ALL, 0.9),
        ("A2: visitors after 30 minutes", holders.VISIT_LASTS, 30 * MINUTE),
        ("A2: nothing in the first hour of a process", cleanup.QUIET, HOUR),
        ("A2: at most 50 files", cleanup.MOST, 50),
        ("A2: and at most 2 % of the shelf (but one) a round", 100 / cleanup.PART, 2),
        ("A2: set aside for 7 days, then deleted", cleanup.STAYS, 7 * 24 * HOUR),
        ("B8: 8 threads", room.threads, 8),
        ("B8: of 40", anyio.run(threads_of_all), 40),
        ("B8: 2 a network", room.of_one, 2),
        ("B10: 64 KB for forms", body_limits.FORM, 64 * KB),
        ("B10: 2 MB for long texts", body_limits.TEXT, 2 * MB),
        ("B10: 40 MB only where files are taken", body_limits.FILES, 40 * MB),
        ("B10: issuers' answers: packed bytes up to 256 KB", issuer_responses.RESPONSE_LIMIT, 256 * KB),
        ("B12: the letter is not sent twice within 10 minutes", emails.LETTER_EVERY["return"], 10 * MINUTE),
        ("B12: at most 3 an hour whoever asks", emails.LETTERS_AN_HOUR["return"], 3),
        ("B12: an hour, in which letters are counted", mailed_codes.HOUR, HOUR),
        ("B12: five tries a browser (cookie)", mailed_codes.TRIES, 5),
        ("B12: so the code has 8 Crockford signs", (mailed_codes.SIGNS, len(set(crockford.ALPHABET))), (8, 32)),
        ("B12: all browsers together have 1,000 tries", tries, 1000),
        ("B12: an hour an address: so long a code lives", mailed_codes.CODE_LASTS, HOUR),
        ("Done when: 200 kills over real servers", by_default("KILLS = 200", "test_kills.py"), True),
        ("Done when: 50 full-disk fills", by_default("FILLS = 50", "test_full_disks.py"), True),
    ]


def test_each_figure_is_the_one_that_was_promised():
    other = [f"{words}: {now!r}, not {figure!r}" for words, now, figure in figures() if now != figure]

    assert other == []
