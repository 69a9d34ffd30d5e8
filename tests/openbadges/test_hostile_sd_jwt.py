"""Whatever is done to an SD-JWT: it is refused in a word, found not valid, or shows a part of what was signed and nothing else.

What is shown is compared leaf by leaf with the whole badge: a part may be away, for that is what it is for; another word may
never stand there.
"""

import json
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fixtures.quantity import here_and_in_soak, rows
from tests.openbadges.support import guild, sd_jwts
from tests.openbadges.support.processor import within
from tests.openbadges.support.sd_jwts import HOLDER, bound, digest, issued, plain, shown
from wallet.openbadges import Examination, UnreadableBadge, texts
from wallet.openbadges.proofs.multibase import from_base64url, to_base64url

APART = [
    *("credentialSubject.achievement.tag.0", "credentialSubject.achievement.name", "credentialSubject.achievement"),
    *("credentialSubject.identifier", "credentialSubject", "name", "evidence"),
]
OF_PLAIN = ["achievement.name", "achievement.tag.0", "achievement", "credentialSubject", "name"]
CNF = {"jwk": guild.jwk(HOLDER)}
SOUND = {
    "the data model's": issued(guild.badge(), APART),
    "plain": issued(plain(), OF_PLAIN),
    "bound": bound(issued(plain(cnf=CNF), OF_PLAIN)),
}
Dice = random.Random


def _of_a_letter(text: str, dice: Dice) -> str:
    place = dice.randrange(len(text))
    return text[:place] + dice.choice('AB9_-.~ \n"{é') + text[place + 1 :]


def _of_parts(text: str, dice: Dice) -> str:
    """The parts in another order, away, twice, or from another badge."""
    token, *rest = text.split("~")
    other = SOUND[dice.choice(list(SOUND))].split("~")
    moves: list[Callable[[], Any]] = [
        lambda: rest.pop(dice.randrange(len(rest))) if rest else None,
        lambda: rest.insert(dice.randrange(len(rest) + 1), dice.choice(other)),
        lambda: rest.insert(0, dice.choice(rest)) if rest else None,
        lambda: dice.shuffle(rest),
        lambda: rest.append(""),
        lambda: rest.append(other[0]),
        lambda: rest.insert(
            0, shown(dice.choice(["name", "exp", "_sd", "...", "vct", "issuer"]), dice.choice(["x", [], 5]))
        ),
    ]
    dice.choice(moves)()
    return "~".join([token, *rest])


def _of_a_disclosure(text: str, dice: Dice) -> str:
    """What is shown says something else, as JSON or as no JSON."""
    parts = text.split("~")
    try:
        place = dice.randrange(1, len(parts))
        read = json.loads(from_base64url(parts[place]))
    except ValueError:  # an earlier game broke it, or took it away
        return text + "~"
    if not isinstance(read, list):
        return text + "~"
    read[dice.randrange(len(read))] = dice.choice(
        ["x", None, {}, [], {"_sd": [digest(parts[1])]}, {"...": digest(parts[1])}, 10**30]
    )
    parts[place] = to_base64url(json.dumps(read).encode()) + dice.choice(["", "", "=", "A"])
    return "~".join(parts)


def _of_the_token(text: str, dice: Dice) -> str:
    """The token says something else, signed by nobody, or by somebody else."""
    token, *rest = text.split("~")
    try:
        header, payload, signature = token.split(".")
        claims: dict[str, Any] = json.loads(from_base64url(payload))
    except ValueError:  # an earlier game broke it
        return text + "~"
    digests = texts.listed(claims.get("_sd"))
    change: dict[str, Any] = dice.choice(
        [
            {"_sd_alg": dice.choice(["md5", "sha-512", 5, None])},
            {"_sd": dice.choice([[], "x", [5], digests * 2, [*digests, "decoy"], None])},
            {"cnf": {"jwk": guild.jwk(guild.KEY)}},
            {"exp": 4_000_000_000},
            {"vct": "urn:eudi:pid:1"},
            {"status": sd_jwts.status()},
            {"a": {"...": "x"}},
        ]
    )
    claims |= change
    if dice.random() < 0.5:
        key = dice.choice([guild.OTHER_KEY, guild.P256_KEY])
        return "~".join([guild.token(claims, key, typ="dc+sd-jwt"), *rest])
    return "~".join([f"{header}.{to_base64url(json.dumps(claims).encode())}.{signature}", *rest])


GAMES = (_of_a_letter, _of_parts, _of_a_disclosure, _of_the_token)


def mutant(name: str, number: int) -> str:
    dice = random.Random(f"{name} {number}")  # noqa: S311 - the same at each run, and no secret
    text = SOUND[name]
    for _ in range(dice.randrange(1, 4)):
        text = dice.choice(GAMES)(text, dice)
    return text


def is_part(less: Any, whole: Any) -> bool:
    """Whether each value of *less* is that of *whole*, or is away."""
    if isinstance(whole, dict):
        return isinstance(less, dict) and all(is_part(less[name], whole[name]) for name in whole)
    if isinstance(whole, list | tuple):
        return all(any(is_part(one, other) for other in whole) for one in less)
    return less == whole or not less


def looked_at(text: str) -> Examination | None:
    with within(2.0):
        try:
            return guild.examine(text)
        except UnreadableBadge:
            return None


@pytest.mark.parametrize("numbers", here_and_in_soak(range(120), range(120, 10_000)))
@pytest.mark.parametrize("name", SOUND)
def test_no_mutant_is_valid_and_shows_what_was_not_signed(name: str, numbers: range) -> None:
    whole = guild.examine(SOUND[name])
    states: Counter[str] = Counter()
    for number in numbers:
        text = mutant(name, number)
        found = looked_at(text)
        states[found.state if found else "unreadable"] += 1
        if found and found.state == "valid":
            assert is_part(asdict(found.badge), asdict(whole.badge)), text
            assert found.key_binding in {"", whole.key_binding}, text
    assert whole.state == "valid"
    assert states["invalid"] > len(numbers) // 3
    assert states["valid"] < len(numbers) // 3


ODD: tuple[Any, ...] = (
    None,
    True,
    5,
    -1,
    1e300,
    "",
    "x",
    "https://[",
    "did:jwk:!",
    "did:web:%",
    [],
    [[]],
    [5, "x"],
    {},
    {"id": 5},
)
ODD_CLAIMS = (
    *(
        "iss",
        "sub",
        "jti",
        "nbf",
        "exp",
        "iat",
        "vct",
        "vc",
        "cnf",
        "status",
        "issuer",
        "name",
        "achievement",
        "validFrom",
    ),
    *("credentialSubject", "credentialStatus", "@context", "type", "id", "_sd", "_sd_alg", "evidence", "proof", "vp"),
)
WEB: dict[str, guild.Answer] = {sd_jwts.LIST: sd_jwts.status_list()}


@rows("name", ODD_CLAIMS)
def test_an_odd_value_that_the_issuer_signed_is_never_an_error(name: str) -> None:
    """The issuer may be anybody, and signs whatever they like."""
    for value in ODD:
        for claims in (plain(cnf=CNF, status=sd_jwts.status()), guild.badge()):
            with within(2.0), suppress(UnreadableBadge):
                guild.examine(bound(issued(claims | {name: value})), WEB)


@rows("name", ["kid", "typ", "alg", "x5c", "jwk", "crit", "b64"])
def test_an_odd_header_is_never_an_error(name: str) -> None:
    for value in ODD:
        token = issued(plain("https://guild.example")).split(".")
        header = json.loads(from_base64url(token[0])) | {"kid": None} | {name: value}
        text = ".".join([to_base64url(json.dumps(header).encode()), *token[1:]])
        with within(2.0), suppress(UnreadableBadge):
            assert guild.examine(text, WEB).state in {"invalid", "unknown"}


@rows("name", ["sub", "iat", "nbf", "exp", "ttl", "iss", "status_list"])
def test_an_odd_list_is_never_an_error(name: str) -> None:
    text = issued(plain(status=sd_jwts.status()))
    for value in (*ODD, {"bits": [], "lst": ""}, {"bits": 1, "lst": 5}, {"bits": 1.0, "lst": "x"}):
        with within(2.0):
            guild.examine(text, {sd_jwts.LIST: sd_jwts.status_list(**{name: value})})


def test_no_end_of_objects_is_shown() -> None:
    """Each disclosure is a JSON text of its own, and has the limit of one."""
    many = [shown(f"n{number}", [[] for _ in range(15_000)]) for number in range(15)]
    text = issued(plain(_sd=[digest(one) for one in many])) + "~".join([*many, ""])
    found = looked_at(text)
    assert found is not None
    assert found.check("intact").reason == "too-many-disclosures"


MANY = [str(number) for number in range(9_900)]
KEPT_BACK = {
    "before many faults": {"evidence": [{"_sd": MANY}]}
    | guild.badge(evidence=None, credentialSubject=[{"_sd": ["x"]}, *({} for _ in range(200))]),
    "below a name without end": guild.badge(**{"x" * 500_000: {"_sd": MANY}}),
}


@pytest.mark.parametrize("where", KEPT_BACK)
def test_many_things_that_are_not_shared_are_told_at_once(where: str) -> None:
    """The places were read anew for each fault, and a place was written anew for each digest: half a minute for 120 KB."""
    found = looked_at(issued(KEPT_BACK[where]))
    assert found is not None
    assert len(found.not_shared) == 200


@pytest.mark.breadth
def test_ever_other_badges_leave_nothing_in_memory() -> None:
    """By ever other keys, with ever other words shown, some of them broken: what is kept of each is a key and a date."""
    words = "x" * 50_000
    kept = []
    tracemalloc.start()
    for number in range(150):
        key = Ed25519PrivateKey.generate()
        claims = plain(guild.did(key), narrative=f"{number} {words}", cnf={"jwk": guild.jwk(key)})
        text = bound(issued(claims, ["name", "narrative"], ["narrative"], key), key)
        with suppress(UnreadableBadge):
            guild.examine(text.replace("~", f"~{shown(number)}~", 1) if number % 5 == 0 else text)
        kept.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()

    assert kept[-1] - kept[70] < 2**20, "the words of eighty are four times as much"


def test_digests_without_end_are_told_of_the_whole() -> None:
    """A pointer for each of 80,000 would take more room than the file."""
    kept = {"x" * 400: {"y" * 90: {"_sd": [f"{number:043}" for number in range(20_000)]}}}
    found = looked_at(issued(plain(**kept)))
    assert found is not None
    # An end may be kept back where they were not told any more.
    assert (found.state, len(found.not_shared)) == ("unknown", 200)
