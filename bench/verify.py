"""How many badges a second we verify, beside what others do, in one run: `.venv/bin/python bench/verify.py`.

Three badges, all signed here by a did:key: one of real size with eddsa-rdfc-2022, its picture of 30 KB within; the same as
a VC-JWT; and the largest of 1EdTech's examples (../shared/corpus). Everybody is held to one core, starts from the text and
has been warmed up; the time is that of the processor, in all threads; rounds are interleaved, so that whatever else the
machine does falls on all alike. Of each round the time of all its verifications together is taken, for the memory that one
leaves behind is cleared in another (half of what JavaScript takes); the median of the rounds is told, and beside it
the median of the single verifications, `typical`, in which that is not counted.

    floor           JSON + SHA-256 of the text + Ed25519: what nobody can go below
    plain pyld      JSON + pyld.normalize of document and proof + SHA-256 + Ed25519, our contexts at hand: the twenty
                    lines that anybody would write first, and which let unsigned members pass
    ours, signature the same question, answered by the engine: strict JSON, the key from its name, the proof
    ours, whole     openbadges.examine: all eight checks, what is unsigned, the badge as pages show it
    the others      each with its own checks, in its own process (tests/others/rate.*)
    another tree    with `--beside TREE`: openbadges.examine of that one (rate_tree.py)

Then, from cold: `wallet check` of one badge in a process of its own, beside Python that does nothing.

No target is set and nothing is asserted.
"""

import argparse
import base64
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyld import jsonld

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from wallet import openbadges  # noqa: E402
from wallet.cli import samples  # noqa: E402
from wallet.openbadges.examination import Fetched, Unreachable, Web  # noqa: E402
from wallet.openbadges.proofs import contexts, controllers, jws, multibase  # noqa: E402
from wallet.openbadges.proofs import data_integrity as integrity  # noqa: E402
from wallet.openbadges.strict_json import read_object  # noqa: E402

SCRIPTS = PROJECT / "tests" / "others"
EXAMPLE = (
    PROJECT.parent
    / "shared/corpus/1EdTech+digital-credentials-public-validator"
    / "inspector-vc/src/test/resources/ob30/complete.json"
)
NOW = datetime.now(UTC)
ROUNDS = 6
SECONDS = 0.4
"""Of each tool with each badge in each round: a minute in all."""
COLD_ROUNDS = 9
PICTURE = 22_500
"""Bytes of a picture that are 30 KB of base64."""

Measure = Callable[[str, float], tuple[list[float], str]]
"""From a badge and seconds to the seconds that each verification took, and why the badge is refused, or ""."""


def offline(address: str) -> Fetched:
    raise Unreachable(address, "offline")


# --- the badges ------------------------------------------------------------------------------------------------------


def as_token(document: dict[str, Any]) -> str:
    """*document* as a did:key signs it around (VC-JOSE-COSE 1.0, 3.1)."""
    key = Ed25519PrivateKey.generate()
    multikey = openbadges.to_multibase(b"\xed\x01" + key.public_key().public_bytes_raw())
    document["issuer"]["id"] = f"did:key:{multikey}"
    header = {"alg": "EdDSA", "typ": "vc+jwt", "kid": f"did:key:{multikey}#{multikey}"}
    said = ".".join(multibase.to_base64url(json.dumps(part).encode()) for part in (header, document))
    return f"{said}.{multibase.to_base64url(key.sign(said.encode()))}"


def signed(document: dict[str, Any]) -> str:
    """*document* as a did:key signs it."""
    key = Ed25519PrivateKey.generate()
    multikey = openbadges.to_multibase(b"\xed\x01" + key.public_key().public_bytes_raw())
    document["issuer"]["id"] = f"did:key:{multikey}"
    return json.dumps(openbadges.sign_eddsa_rdfc(document, key, f"did:key:{multikey}#{multikey}", NOW))


def badges() -> Iterator[tuple[str, str]]:
    sample = samples.samples()[0]
    real = json.loads(samples.make_badge(sample, Ed25519PrivateKey.generate(), NOW - timedelta(days=1)))
    del real["proof"]
    picture = next(drawn for side in range(240, 2000, 20) if len(drawn := sample.picture(side)) >= PICTURE)
    address = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    real["credentialSubject"]["achievement"]["image"]["id"] = address
    yield f"a badge with a picture of {len(address) // 1000} KB", signed(real)
    yield "the same as a VC-JWT", as_token(real)
    if not EXAMPLE.exists():
        print(f"1EdTech’s complete.json is left out: {EXAMPLE} is not here.\n")
        return
    whole = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    # Its own key and its own list of withdrawn badges are at addresses that nobody answers.
    del whole["proof"], whole["credentialStatus"]
    yield "1EdTech’s complete.json, signed anew", signed(whole)


# --- here ------------------------------------------------------------------------------------------------------------


def floor(badge: str) -> str:
    if not badge.startswith("{"):
        return floor_of_token(badge)
    document = json.loads(badge)
    digest = hashlib.sha256(badge.encode()).digest()
    method, value = document["proof"]["verificationMethod"], document["proof"]["proofValue"]
    key = Ed25519PublicKey.from_public_bytes(base58.b58decode(method.partition("#z")[2])[2:])
    with suppress(InvalidSignature):  # what was signed is something else: the work is the same
        key.verify(base58.b58decode(value[1:]), digest)
    return ""


def floor_of_token(badge: str) -> str:
    header, payload, signature = (base64.urlsafe_b64decode(f"{part}==") for part in badge.split("."))
    json.loads(payload)
    key = base58.b58decode(json.loads(header)["kid"].partition("#z")[2])[2:]
    Ed25519PublicKey.from_public_bytes(key).verify(signature, badge.rpartition(".")[0].encode())
    return ""


def loaded(address: str, _options: Any) -> dict[str, Any]:
    return {"contextUrl": None, "documentUrl": address, "document": {"@context": contexts.context(address)}}


def plain_pyld(badge: str) -> str:
    document = json.loads(badge)
    proof = document.pop("proof")
    signature = base58.b58decode(proof.pop("proofValue")[1:])
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loaded}
    parts = [jsonld.normalize(part, options) for part in (proof | {"@context": document["@context"]}, document)]
    message = b"".join(hashlib.sha256(part.encode()).digest() for part in parts)
    key = base58.b58decode(proof["verificationMethod"].partition("#z")[2])[2:]
    Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    return ""


def our_signature(badge: str) -> str:
    if not badge.startswith("{"):
        token = jws.read_token(badge)
        method, _ = token.header["kid"], token.claims
        token.verify(controllers.key_of_method(method, method.partition("#")[0], Web(offline, NOW)).key)
        return ""
    document = read_object(badge)
    [proof] = integrity.proofs_of(document)
    key = controllers.key_of_method(proof["verificationMethod"], document["issuer"]["id"], Web(offline, NOW))
    integrity.fits(document, proof, key.key)
    return ""


def our_whole(badge: str) -> str:
    found = openbadges.examine(badge.encode(), offline, NOW)
    return "" if found.state == "valid" else found.state


def here(verify: Callable[[str], str]) -> Measure:
    """*verify*, timed."""

    def measure(badge: str, seconds: float) -> tuple[list[float], str]:
        times, refused, end = [], "", perf_counter() + seconds
        while perf_counter() < end or not times:
            begin = process_time()
            refused = verify(badge)
            times.append(process_time() - begin)
        return times, refused

    return measure


# --- elsewhere -------------------------------------------------------------------------------------------------------


@contextmanager
def elsewhere(*command: str | Path, tree: Path = PROJECT) -> Iterator[Callable[[str], Measure]]:
    """The tools of a process that times itself, by their names; with the wallet of *tree*, where it imports one."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tree)},
    ) as process:
        ask, answers = process.stdin, process.stdout

        def named(tool: str) -> Measure:
            def measure(badge: str, seconds: float) -> tuple[list[float], str]:
                ask.write(json.dumps({"tool": tool, "badge": badge, "seconds": seconds}) + "\n")
                ask.flush()
                answer = json.loads(answers.readline())
                return answer["times"], answer["refused"]

            return measure

        yield named
        ask.close()


def tools(stack: ExitStack, beside: Path | None) -> dict[str, Measure]:
    """Everybody who is here, by name."""
    found = {
        "floor": here(floor),
        "plain pyld": here(plain_pyld),
        "ours, signature": here(our_signature),
        "ours, whole": here(our_whole),
    }
    if beside:
        name = f"whole, of {beside}"
        found[name] = stack.enter_context(elsewhere(sys.executable, PROJECT / "bench/rate_tree.py", tree=beside))(name)
    node, python = (
        shutil.which("node", path=PROJECT / ".node/bin") or shutil.which("node"),
        PROJECT / ".venv-others/bin/python",
    )
    if node and (PROJECT / "node_modules/@digitalbazaar").is_dir():
        named = stack.enter_context(elsewhere(node, SCRIPTS / "rate.mjs"))
        found |= {
            "@digitalcredentials/verifier-core": named("verifier-core"),
            "@digitalbazaar/vc": named("vc"),
        }
    else:
        print("npm’s tools are left out: make install-for-tests fetches them.")
    if python.exists():
        found["openbadgeslib"] = stack.enter_context(elsewhere(python, SCRIPTS / "rate.py"))("openbadgeslib")
    else:
        print("openbadgeslib is left out: make install-for-tests fetches it.")
    return found


# --- the table -------------------------------------------------------------------------------------------------------


def compare(title: str, badge: str, measures: dict[str, Measure]) -> None:
    """Let everybody who takes *badge* verify it in turn, and print what one verification takes, and the median of them."""
    if not badge.startswith("{"):  # the others verify proofs within a document
        measures = {name: measure for name, measure in measures.items() if name.startswith(("floor", "ours", "whole"))}
    refused = {name: measure(badge, SECONDS)[1] for name, measure in measures.items()}
    rounds: dict[str, list[list[float]]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            rounds[name].append(measure(badge, SECONDS)[0])
    each = {name: statistics.median(map(statistics.fmean, found)) for name, found in rounds.items()}
    typical = {name: statistics.median(chain.from_iterable(found)) for name, found in rounds.items()}
    print(f"{title}, {len(badge) / 1000:.0f} KB")
    print(f"  {'':<34}{'ms':>9}{'per second':>12}{'× ours':>9}{'× floor':>9}{'typical':>10}{'× ours':>9}")
    for name, seconds in each.items():
        beside = f"{seconds / each['ours, whole']:>9.2f}{seconds / each['floor']:>9.1f}"
        one = f"{typical[name] * 1000:>10.3f}{typical[name] / typical['ours, whole']:>9.2f}"
        note = f"  refuses it: {refused[name][:90]}" if refused[name] else ""
        print(f"  {name[:34]:<34}{seconds * 1000:>9.3f}{1 / seconds:>12.0f}{beside}{one}{note}")
    print()


def from_cold(badge: str, beside: Path | None) -> None:
    """What one badge costs on the command line, in a process that has done nothing before."""
    # The most that a process had, by its own word: what wait4 tells begins with what we have ourselves.
    tell = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    check = f"import atexit; atexit.register(lambda: {tell}); from wallet.cli.commands import main; main()"
    trees = {"wallet check, one badge": PROJECT} | (
        {f"the same of {beside}": beside} if beside and (beside / "wallet/cli").is_dir() else {}
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "badge.json"
        file.write_text(badge, encoding="utf-8")
        runs = {"Python that does nothing": (PROJECT, [sys.executable, "-c", tell])} | {
            name: (tree, [sys.executable, "-c", check, "check", "--offline", str(file)]) for name, tree in trees.items()
        }
        found: dict[str, list[tuple[float, int]]] = {name: [] for name in runs}
        for _ in range(COLD_ROUNDS + 1):
            for name, (tree, command) in runs.items():
                found[name].append(spent(command, os.environ | {"PYTHONPATH": str(tree)}))
    bare = statistics.median(seconds for seconds, _ in found["Python that does nothing"][1:])
    print("from cold")
    print(f"  {'':<34}{'ms':>9}{'× bare':>9}{'MB':>9}")
    for name, runs_of_it in found.items():
        seconds = statistics.median(one for one, _ in runs_of_it[1:])
        most = max(memory for _, memory in runs_of_it)
        print(f"  {name[:34]:<34}{seconds * 1000:>9.1f}{seconds / bare:>9.1f}{most / 1024:>9.1f}")


def spent(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """The seconds of the processor that *command* takes, and the KiB of memory at its highest."""
    with subprocess.Popen(command, env=environment, cwd="/", stdout=subprocess.PIPE, text=True) as process:
        told = process.stdout.read().split()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, int(told[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How many badges a second we verify, beside what others do.")
    parser.add_argument("--beside", type=Path, metavar="TREE", help="the folder of another tree of the wallet")
    asked = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with ExitStack() as stack:
        everybody = tools(stack, asked.beside)
        for title, badge in badges():
            compare(title, badge, everybody)
    from_cold(next(badges())[1], asked.beside)
