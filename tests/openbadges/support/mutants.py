"""Sound badges turned hostile: each mutant is one badge of sound.py after one to three games, and the same at each run.

A game changes bare bytes, a picture, a token, or the document in it (games.py). It does not know what it breaks: that
whatever is still valid shows what was signed is for the test to say.
"""

import json
import random
import struct
import zlib
from typing import Any

from tests.openbadges.support import guild, hostile
from tests.openbadges.support.games import Dice, Object, played
from tests.openbadges.support.sound import Sound
from wallet.openbadges.proofs.multibase import from_base64url


def mutant(sound: Sound, number: int) -> bytes:
    """The mutant of that *number*; it is never the badge itself, byte for byte."""
    dice = random.Random(f"{sound.name} {number}")  # noqa: S311 - the same at each run, and no secret
    document = sound.document
    while document == sound.document:
        document = _opened(sound, dice)
    return document


def _opened(sound: Sound, dice: Dice) -> bytes:
    """A mutant of what is in the file, or of the file around it."""
    if dice.random() < 0.1:
        return _of_bytes(sound.document, dice)
    match sound.document[:1]:
        case b"\x89":
            return _of_png(sound, dice)
        case b"<":
            return _of_svg(sound, dice)
        case b"{":
            return _of_json(json.loads(sound.document), dice)
        case b"e":
            return _of_token(sound.document.decode(), dice)
    return _of_bytes(sound.document, dice)


# Bytes.


def _of_bytes(document: bytes, dice: Dice) -> bytes:
    place = dice.randrange(len(document))
    end = min(len(document), place + dice.choice((1, 1, 4, 100)))
    return dice.choice(
        (
            document[:place],
            document[place:],
            document[:place] + bytes([document[place] ^ (1 << dice.randrange(8))]) + document[place + 1 :],
            document[:place] + dice.randbytes(end - place) + document[end:],
            document[:place] + document[end:],
            document[:end] + document[place:],
            document + dice.choice((b"\0", b" ", b"\n{}", b"=", document)),
            dice.choice((b"\xef\xbb\xbf", b" \n", b"\xff\xfe", b"\0")) + document,
            document.decode("latin-1").encode("utf-16"),
        )
    )


# Pictures.


def _of_png(sound: Sound, dice: Dice) -> bytes:
    text = _in_png(sound.document)
    inner = _of_json(json.loads(text), dice)
    name = dice.choice((b"openbadges", b"openbadgecredential", b"clrcredential", b"OpenBadges", b"openbadges "))
    pieces = (
        hostile.itxt(inner, name),
        hostile.text(inner, name),
        hostile.ztxt(inner, name),
        hostile.itxt(zlib.compress(inner), name, b"\1\0"),
        hostile.itxt(text, name, dice.randbytes(2)),
        hostile.chunk(b"tEXt", name + b"\0" + text, checksum=dice.getrandbits(32)),
        hostile.chunk(dice.choice((b"iTXT", b"eXIf", b"caBX")), name + b"\0" + inner),
    )
    chosen = dice.choices(pieces, k=dice.choice((1, 1, 1, 2)))
    if dice.random() < 0.3:
        chosen.insert(0, hostile.itxt(text))
    if dice.random() < 0.2:
        return hostile.png(hostile.itxt(text), behind=dice.choice((inner, chosen[0], b"junk")))
    return hostile.png(*chosen)


def _in_png(picture: bytes) -> bytes:
    """The badge as it was baked: in an iTXt that is not compressed."""
    start = picture.index(b"iTXt")
    (length,) = struct.unpack_from(">I", picture, start - 4)
    return picture[start + 4 : start + 4 + length].split(b"\0", 5)[5]


def _of_svg(sound: Sound, dice: Dice) -> bytes:
    start, end = sound.document.index(b"<![CDATA[") + 9, sound.document.index(b"]]>")
    text = sound.document[start:end]
    inner = _of_json(json.loads(text), dice)
    drawn, other = sound.document, inner.decode(errors="replace")
    return dice.choice(
        (
            drawn[:start] + inner + drawn[end:],
            hostile.svg(hostile.element(other, "https://school.example/assertions/1")),
            hostile.svg(hostile.element(text.decode(), "https://evil.example/1")),
            hostile.svg(hostile.element(text.decode()) + hostile.element(other)),
            hostile.svg(f"<openbadges:assertion>{other}</openbadges:assertion>"),
            hostile.svg(hostile.element(text.decode()), '<!DOCTYPE svg [<!ENTITY a "b">]>'),
            drawn.replace(b"<![CDATA[", b"<![CDATA[]]><!-- --><![CDATA["),
            drawn.replace(b"<path", b"<foreignObject>&#0;</foreignObject><path"),
            drawn.replace(b"openbadges.org", b"openbadges.ORG"),
        )
    )


# Tokens.

HEADERS: tuple[tuple[str, Any], ...] = (
    ("alg", "none"), ("alg", "nOnE"), ("alg", "HS256"), ("alg", "ES256"), ("alg", "RS256"), ("alg", "EdDSA"),
    ("alg", ["RS256"]), ("alg", None), ("alg", ""), ("alg", "ES256K"), ("typ", "JWE"), ("typ", 5), ("typ", "vc+ld+jwt"),
    ("crit", ["b64"]), ("crit", []), ("b64", False), ("jwk", guild.jwk(guild.OTHER_KEY)), ("jwk", {}), ("jwk", 5),
    ("jku", "https://evil.example/jwks"), ("x5u", "https://evil.example/x"), ("x5c", ["AAAA"]), ("kid", "../../key"),
    ("kid", guild.method(guild.OTHER_KEY)), ("kid", "' OR 1=1"), ("kid", "x" * 9000), ("kid", None), ("kid", "#"),
    ("kid", f"{guild.WEB_DID}#key-2"), ("kid", ["x"]), ("iss", "x"), ("zip", "DEF"), ("cty", "vc"),
)  # fmt: skip


def _of_token(token: str, dice: Dice) -> bytes:
    header, payload, signature = token.split(".")
    game = dice.randrange(6)
    if game == 0:
        return _respelt([header, payload, signature], dice).encode()
    told: Object = json.loads(from_base64url(header))
    claims: Object = json.loads(from_base64url(payload))
    if game in (1, 2):
        name, value = dice.choice(HEADERS)
        told = told | {name: value}
    if game in (2, 3, 4):
        claims = played(claims, dice)
    made = dice.choice((signature, signature, signature, "", hostile.part(dice.randbytes(64))))
    if game in (2, 4, 5):
        # He signs what he likes, with a key that he names or not.
        named = dice.choice((told.get("kid"), guild.method(guild.OTHER_KEY), None))
        return guild.token(claims, guild.OTHER_KEY, **told | {"alg": "EdDSA", "kid": named}).encode()
    parts = (json.dumps(told).encode(), json.dumps(claims, ensure_ascii=dice.random() < 0.9).encode(errors="replace"))
    return ".".join([*(hostile.part(part) for part in parts), made]).encode()


def _respelt(parts: list[str], dice: Dice) -> str:
    """A token whose parts mean the same to a decoder that is not strict."""
    place = dice.randrange(3)
    part = parts[place]
    spelling = (
        part + "=",
        part + "==",
        part.replace("-", "+").replace("_", "/") + "=",
        part[:9] + "\n" + part[9:],
        part[:-1] + chr(ord(part[-1]) + 1),
        part + "A",
        part[:-2],
        part.swapcase(),
        part + ".",
        "",
    )
    parts[place] = dice.choice(spelling)
    return dice.choice((".", ".", ".", "..", " .")).join(parts)


# Documents.


def _of_json(document: Object, dice: Dice) -> bytes:
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        document = played(document, dice)
    text = json.dumps(document, ensure_ascii=dice.random() < 0.5)
    if dice.random() < 0.05:
        text = _with_a_name_twice(text, dice)
    # Half of a surrogate pair cannot be written but as an escape.
    return text.encode("utf-8", errors="surrogatepass")


def _with_a_name_twice(text: str, dice: Dice) -> str:
    name = dice.choice(("name", "id", "issuer", "validUntil", "proof", "badge", "recipient"))
    escaped = dice.choice((name, f"\\u{ord(name[0]):04x}{name[1:]}"))
    return dice.choice((f'{{"{escaped}": "forged", {text[1:]}', f'{text[:-1]}, "{escaped}": "forged"}}'))
