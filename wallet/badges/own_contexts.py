"""The contexts that are kept with a badge: its issuer's own vocabulary, as it was fetched once because the holder said so.

An entry has `file`, the SHA-256 under which its bytes lie on the shelf, `size`, and `at`, when it was fetched; it stands
under its address. It is never fetched again: what its issuer changes there changes nothing of this badge, and of another
badge only what is fetched for that one. What it may say is for the engine to judge (openbadges/proofs/vocabularies/own_contexts.py).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from .. import openbadges, storage

MEDIA_TYPES = frozenset({"application/ld+json", "application/json", "text/plain"})
"""As which a context is given; the last by hosts of source code, which serve every text so. `+json` counts as well."""
USELESS_CONTEXTS = frozenset({"context-refused", "vocabulary-differs", "not-canonicalisable"})
"""Reasons of the check `intact` under contexts that are not worth keeping: they may be others tomorrow."""
KeptContexts = Mapping[str, Mapping[str, Any]]


def keep_contexts(
    contexts: Mapping[str, bytes], fetched_at: Mapping[str, datetime], shelve: Callable[[bytes], str]
) -> dict[str, dict[str, Any]]:
    """The entries of those *contexts* of which it is told when they were fetched; their bytes are on the shelf."""
    return {
        address: {"file": shelve(contexts[address]), "size": len(contexts[address]), "at": at.isoformat()}
        for address, at in fetched_at.items()
    }


def worth_keeping(contexts: Mapping[str, bytes], examination: openbadges.Examination) -> set[str]:
    """The addresses of those *contexts* that the badge of the *examination* needs, or may need once more can be said of it.

    While its issuer is silent nobody knows which: a context that is let go then may be nowhere any more.
    """
    intact = examination.check("intact")
    if intact.outcome != "unknown":
        return set(examination.own_contexts)
    if intact.reason in USELESS_CONTEXTS:
        return set()
    return {address for address, content in contexts.items() if openbadges.is_context(content)}


def read_contexts(kept: KeptContexts | None, files: storage.FileStore) -> dict[str, bytes]:
    """The bytes of what is kept, by the addresses; what is lost is as if it had never been fetched."""
    found = dict[str, bytes]()
    for address, entry in (kept or {}).items():
        with suppress(*storage.LOST):
            found[address] = files.read(entry["file"])
    return found


def context_files(kept: KeptContexts | None) -> set[str]:
    """The names of the files that are needed."""
    return {entry["file"] for entry in (kept or {}).values()}


def contexts_size(kept: KeptContexts | None) -> int:
    """How many bytes they take on the shelf, at most."""
    return sum({entry["file"]: entry["size"] for entry in (kept or {}).values()}.values())


def missing_context(checks: Iterable[Mapping[str, str]]) -> str:
    """The address of a context without which a badge could not be verified, by its *checks*; "" where there is none."""
    told = (check["detail"] for check in checks if check["name"] == "intact" and check["reason"] == "context-unknown")
    return next((address for address in told if context_host(address)), "")


def missing_contexts(
    document: bytes, checks: Iterable[Mapping[str, str]], given: Mapping[str, bytes]
) -> tuple[str, ...]:
    """The addresses of all contexts that a badge needs beside what is *given*; raises UnreadableBadge.

    Of a badge that is only an address here, its *checks* tell one.
    """
    told = missing_context(checks)
    found = openbadges.missing_contexts(document, given)
    return found if found or not told or told in given else (told,)


def context_host(address: str) -> str:
    """The host that is asked for a context, in ASCII; "" where *address* is none of the web."""
    return openbadges.host_of(address) if address.lower().startswith(("https://", "http://")) else ""


def fetch_contexts(addresses: Iterable[str], host: str, fetch: openbadges.Fetch) -> dict[str, bytes]:
    """Those of *addresses* that are at *host*, as they are there now; {} where one of them is not to be had."""
    found = dict[str, bytes]()
    for address in addresses:
        if context_host(address) == host:
            content = _context_at(address, fetch)
            if content is None:
                return {}
            found[address] = content
    return found


def _context_at(address: str, fetch: openbadges.Fetch) -> bytes | None:
    """The context at *address*; many are named by http, which most instances do not ask, and are there by https as well."""
    for place in dict.fromkeys((f"https:{address.partition(':')[2]}", address)):
        with suppress(openbadges.Unreachable):
            answer = fetch(place)
            if _is_context(answer):
                return answer.body
    return None


def _is_context(answer: openbadges.Fetched) -> bool:
    is_json = answer.media_type in MEDIA_TYPES or answer.media_type.endswith("+json")
    return answer.status == 200 and is_json and openbadges.is_context(answer.body)
