"""What the slowest texts cost to be shown, beside plain words as long: `.venv/bin/python bench/markdown.py` (half a minute).

Each sign and piece of tests/pages/test_markdown.py fills a text of the greatest length, alone and after as many `[`. Milliseconds
of CPU of this process; nothing is asserted. What bounds them is asserted there: the calls that a text may take.
"""

import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.pages.test_markdown import PIECES, SIGNS, long  # noqa: E402
from wallet.pages.markdown import to_html  # noqa: E402

SHOWN = 12
ROUNDS = 3


def cost(text: str) -> float:
    """Milliseconds of CPU that it takes to show *text*: the least of some rounds."""
    took = []
    for _ in range(ROUNDS):
        to_html.cache_clear()
        began = time.process_time()
        to_html(text)
        took.append(time.process_time() - began)
    return min(took) * 1000


def main() -> None:
    """Tell the slowest."""
    plain = cost(long("mot "))
    told = [(cost(long(piece)), repr(piece)) for piece in (*SIGNS, *PIECES)]
    told += [(cost(long("[", piece)), f"'[' and {piece!r}") for piece in PIECES]
    sys.stdout.write(f"{plain:8.1f} ms  plain words\n")
    for took, what in sorted(told, reverse=True)[:SHOWN]:
        sys.stdout.write(f"{took:8.1f} ms  {what}\n")


if __name__ == "__main__":
    main()
