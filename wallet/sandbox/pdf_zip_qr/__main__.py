"""Bytes on stdin; on stdout one line of JSON, then the content of what was found, one after the other."""

import json
import sys
from importlib import import_module
from typing import Any

from .find import Find, Shut

OPENERS = {"pdf": "pdf", "zip": "zip_members", "picture": "qr_codes"}
"""The module that opens a kind of file, and loads only the packages that it needs."""


def main(kind: str) -> None:
    """Open what stands on stdin, a `pdf`, a `zip` or a `picture`, and tell what is in it, or the one word why not."""
    found: list[Find] = []
    try:
        found = import_module(f".{OPENERS[kind]}", __package__).find_badges(sys.stdin.buffer.read())
        answer: dict[str, Any] = {"found": [_told(find) for find in found]}
    except Shut as problem:
        answer = {"problem": str(problem)}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(find.content for find in found))


def _told(find: Find) -> dict[str, Any]:
    return {
        "name": find.name[-1000:],
        "size": len(find.content),
        "tentative": find.tentative,
        "problem": find.problem,
    }


if __name__ == "__main__":
    main(sys.argv[1])
