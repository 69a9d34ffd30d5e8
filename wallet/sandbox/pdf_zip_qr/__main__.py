"""Bytes on stdin; on stdout one line of JSON, then the content of what was found, one after the other."""

import json
import sys
from typing import Any

from .find import Find, Shut


def look(kind: str, content: bytes) -> list[Find]:
    """What is in *content*, a `pdf`, a `zip` or a `picture`; raises Shut. A kind loads only the packages it needs."""
    match kind:
        case "pdf":
            from .pdf import open_pdf  # noqa: PLC0415 — see above

            return open_pdf(content)
        case "picture":
            from .qr_codes import open_picture  # noqa: PLC0415 — see above

            return open_picture(content)
        case _:
            from .zip_members import open_zip  # noqa: PLC0415 — see above

            return open_zip(content)


def main(kind: str) -> None:
    """Open what stands on stdin and tell what is in it, or the one word why not."""
    try:
        found = look(kind, sys.stdin.buffer.read())
        answer: dict[str, Any] = {"found": [_told(find) for find in found]}
    except Shut as problem:
        found = []
        answer = {"problem": problem.reason}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    for find in found:
        sys.stdout.buffer.write(find.content)


def _told(find: Find) -> dict[str, Any]:
    return {
        "name": find.name[-1000:],
        "size": len(find.content),
        "tentative": find.tentative,
        "problem": find.problem,
    }


if __name__ == "__main__":
    main(sys.argv[1])
