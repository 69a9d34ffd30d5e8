"""Other people's tools, each in a process of its own: what they issue here and now, and what they say of our badges.

They come with the tests (Makefile: node_modules and .venv-others) and are never imported. A process is started once
for many badges. What is made of a badge to deceive the engine is here as well.
"""

import base64
import copy
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.openbadges.support import guild, hostile
from wallet import openbadges
from wallet.openbadges import Examination, UnreadableBadge
from wallet.openbadges.proofs.multibase import from_base64url, to_base64url

PROJECT = Path(__file__).parents[3]
SCRIPTS = PROJECT / "tests" / "others"
NODE = shutil.which("node", path=PROJECT / ".node" / "bin") or shutil.which("node") or ""
PYTHON = PROJECT / ".venv-others" / "bin" / "python"
needs_npm = pytest.mark.skipif(
    not NODE or not (PROJECT / "node_modules" / "@digitalbazaar").is_dir(),
    reason="npm’s tools that issue badges are not here: make install-for-tests",
)
needs_library = pytest.mark.skipif(
    not PYTHON.exists(), reason="openbadgeslib is not here, in .venv-others: make install-for-tests"
)
DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0h9v9z'/></svg>"


def ask(script: str, orders: list[Any]) -> list[Any]:
    """What a *script* of tests/others makes of *orders*, one answer each."""
    program = NODE if script.endswith(".mjs") else PYTHON
    answer = subprocess.run(
        [program, SCRIPTS / script], input=json.dumps(orders), capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    found: list[Any] = json.loads(answer.stdout)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A badge of somebody else's making, in all the forms in which it may arrive, and its issuer's web."""

    text: str
    png: bytes
    svg: bytes
    web: Mapping[str, guild.Answer]

    @property
    def forms(self) -> tuple[str | bytes, ...]:
        return self.text, self.png, self.svg

    def examine(self, document: str | bytes) -> Examination:
        """*document* as it stands now, by what the issuer's web answers."""
        return guild.examine(document, self.web, datetime.now(UTC))

    def state(self, document: str | bytes) -> str:
        """What is found of *document* in one word."""
        try:
            return self.examine(document).state
        except UnreadableBadge:
            return "unreadable"


def issued_by_npm(orders: list[dict[str, Any]]) -> list[Issued]:
    """Badges by tools that bake none; the wallet bakes them."""
    return [
        Issued(text=made["secured"], png=in_png(made["secured"]), svg=in_svg(made["secured"]), web=made["web"])
        for made in ask("issue.mjs", orders)
    ]


def issued_by_the_library(orders: list[dict[str, Any]]) -> list[Issued]:
    """Badges by openbadgeslib, baked by itself."""
    pictures = {"png": base64.b64encode(hostile.png()).decode(), "svg": DRAWING}
    return [
        Issued(
            text=made["secured"],
            png=base64.b64decode(made["png"]),
            svg=made["svg"].encode(),
            # A list of withdrawn badges is a token.
            web={where: said.encode() if isinstance(said, str) else said for where, said in made["web"].items()},
        )
        for made in ask("issue.py", [order | pictures for order in orders])
    ]


def in_png(text: str) -> bytes:
    return openbadges.bake(hostile.png(), text)


def in_svg(text: str) -> bytes:
    return openbadges.bake(DRAWING.encode(), text)


def altered(text: str) -> Iterator[tuple[str, str]]:
    """*text* with one thing changed that its issuer said, or one thing added, and what it was."""
    if text.startswith("{"):
        for what, document in _altered_objects(json.loads(text)):
            yield what, json.dumps(document, ensure_ascii=False)
        return
    header, payload, signature = text.split(".")
    claims = json.loads(from_base64url(payload))
    for what, document in _altered_objects(claims.get("vc", claims)):
        changed = claims | {"vc": document} if "vc" in claims else document
        yield what, ".".join([header, to_base64url(json.dumps(changed).encode()), signature])


_CHANGES: tuple[tuple[str, Any], ...] = (
    ("name", "Piloter une fusée"),
    ("narrative", "Cent soudures."),
    ("issuer/name", "Une autre maison"),
    ("credentialSubject/achievement/name", "Piloter une fusée"),
    ("credentialSubject/achievement/criteria/narrative", "Rien."),
    ("credentialSubject/achievement/creditsAvailable", 45),
    ("credentialSubject/identifier", []),
    ("credentialSubject/id", "mailto:paul@example.org"),
    ("recipient/identity", "sha256$" + "0" * 64),
    ("validFrom", "2020-01-01T00:00:00Z"),
    ("validUntil", "2040-01-01T00:00:00Z"),
    ("issuanceDate", "2020-01-01T00:00:00Z"),
    ("expirationDate", "2040-01-01T00:00:00Z"),
    ("awardedDate", "2020-01-01T00:00:00Z"),
    ("issuedOn", "2020-01-01T00:00:00Z"),
    ("expires", "2040-01-01T00:00:00Z"),
)


def _altered_objects(whole: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, value in _CHANGES:
        other = copy.deepcopy(dict(whole))
        *steps, last = place.split("/")
        inner: Any = other
        for step in steps:
            inner = inner.get(step, {})
        if last in inner:
            inner[last] = value
            yield f"{place} changed", other
    yield "a description added", {**whole, "description": "Avec mention."}
    yield "evidence added", {**whole, "evidence": [{"id": "https://evil.example/", "type": ["Evidence"]}]}


def with_one_letter_changed(text: str) -> Iterator[str]:
    """*text* with one letter of its signature changed; of a token, one of its header and payload as well."""
    end = text.rindex('"') if text.startswith("{") else len(text)
    start = text.index('"proofValue"') + len('"proofValue":"z') if text.startswith("{") else 0
    # Every letter of a signature would be looked at; some are enough, and the last among them.
    for place in [*range(start + 1, end, max(1, (end - start) // 15)), end - 1]:
        yield text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
