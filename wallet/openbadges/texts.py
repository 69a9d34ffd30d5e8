"""The words of strangers made plain: one string, whatever shape it was written in, and never an endless one.

Standards write a text as a string, as `{"@value", "@language"}`, as a map of languages or as a list of these, and
issuers mix them. A number is its digits, and what else is no text is "". Invisible characters that can turn a sentence round
are taken out.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

NAME = 300
"""Characters of a name."""
TEXT = 20_000
"""Characters of a description or a narrative."""
ADDRESS = 2_048
PICTURE = 5 * 1024 * 1024
"""Characters of a data: address."""
MANY = 20_000
"""Items of a list that are looked at: linked data signs no more (proofs/jsonld_expansion.py), and not how often one stands there."""
_PREFERRED = ("fr", "en")
_TOKEN = re.compile(r"e[yw3][A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_SIGNED_TEXT = re.compile(rf"{_TOKEN.pattern}(?:~[A-Za-z0-9_.~-]*)?", re.ASCII)
_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff<>\"\\]")

_WITHOUT_WIDTH = "".join(
    map(chr, (0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF))
)


def name(value: Any, language: str = "") -> str:
    """*value* on one line, at most NAME characters."""
    if value is None:
        return ""
    if value.__class__ is str and len(value) <= NAME and value.isascii() and value.isprintable() and " " not in value:
        return str(value)
    return " ".join(plain(value, language, NAME * 4).split())[:NAME]


def normalise_name(name: str) -> str:
    """*name* as it is compared: without accents, capitals, dashes and other signs."""
    letters = unicodedata.normalize("NFKD", name).casefold().replace("œ", "oe").replace("æ", "ae")
    return " ".join(re.findall(r"[^\W_]+", "".join(one for one in letters if not unicodedata.combining(one))))


def text(value: Any, language: str = "") -> str:
    """*value* with its paragraphs, at most TEXT characters."""
    return plain(value, language, TEXT).strip()


def language_tag(*values: Any) -> str:
    """The tag of the edition that is read of the first of *values* that has one, at most 35 characters; "" for none."""
    # A plain text has none.
    written = (value for value in values if not isinstance(value, str))
    return next((tag.strip()[:35] for value in written if (tag := _chosen(value, "")[0])), "")


def plain(value: Any, language: str = "", limit: int = TEXT) -> str:
    """*value* in Unicode NFC without control and format characters; line ends are all one newline."""
    if value is None:
        return ""
    if value.__class__ is str and len(value) <= limit and value.isascii() and value.isprintable():
        return str(value)
    chosen = (value if value.__class__ is str else _chosen(value, language)[1])[: limit * 4]
    if not chosen.isprintable():  # most words are, and need not be looked at one character at a time
        chosen = chosen.replace("\r\n", "\n")
        if not chosen.replace("\n", " ").isprintable():
            chosen = "".join("\n" if char in "\r\u2028\u2029\x85" else char for char in chosen if _shows(char))
    return (chosen if chosen.isascii() else unicodedata.normalize("NFC", chosen))[:limit]


def _shows(char: str) -> bool:
    # Of the format characters, languages and emoji need the two joiners.
    return char in "\n\t\r\x85\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def _chosen(value: Any, language: str) -> tuple[str, str]:
    editions = list(_editions(value))
    for wanted in (language, *_PREFERRED):
        for tag, words in editions:
            if wanted and tag.lower().split("-")[0] == wanted.lower().split("-")[0]:
                return tag, words
    return editions[0] if editions else ("", "")


def _editions(value: Any) -> Iterator[tuple[str, str]]:
    """Each language edition of a text, with its tag (JSON-LD 1.1, 4.2.4; VC Data Model 2.0, 11.1)."""
    for item in (value if isinstance(value, list) else [value])[:MANY]:
        match item:
            case str():
                yield "", item
            case {"@value": str(words)}:
                tag = item.get("@language")
                yield tag if isinstance(tag, str) else "", words
            case bool() | {"@value": bool()}:
                continue
            case int(number) | float(number) | {"@value": int(number) | float(number)}:
                yield "", number_text(number)
            case dict():
                yield from _language_map(item)


def one_by_one(words: list[Any]) -> list[Any]:
    """What is told in *words*, taken apart so that each has no more than one of a language; a text without one stands alone."""
    found: list[dict[str, Any]] = []
    for item in words[:MANY]:
        tag = item.get("@language") if isinstance(item, dict) else None
        name = tag.lower() if isinstance(tag, str) else ""
        edition = next((one for one in found if name and "" not in one and one.get(name, item) == item), None)
        if edition is None:
            found.append(edition := {})
        edition[name] = item
    return [[*one.values()] for one in found]


def number_text(number: float) -> str:
    """*number* in digits, "" for one that has none. Where a context says that a member is a text, 1984 and "1984" are signed alike as
    linked data: whoever writes it the other way must not make it vanish."""
    if isinstance(number, int):
        return str(number)
    # So many digits of it are signed (proofs/nquads.py); of 64.1, which no computer has exactly, they are 64.09999999999999.
    return min(f"{number:.16g}", repr(number), key=len) if math.isfinite(number) else ""


def _language_map(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for tag, words in list(value.items())[:50]:
        first = words[0] if isinstance(words, list) and words else words
        if isinstance(first, str) and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag):
            yield tag, first


def address(value: Any) -> str:
    """*value* as an identifier or an address on one line, or "": also the id of an object that stands for it.

    A list of one, and a text in `{"@value"}`, are that one: what is signed as linked data is the same either way.
    """
    if value is None:
        return ""
    match value if value.__class__ is str else single(value):
        case str(written) | {"id": str(written)} | {"@id": str(written)}:
            found = written.strip()
        case _:
            return ""
    return "" if len(found) > ADDRESS or _NOT_IN_ADDRESSES.search(found) else found


def without_unseen(text: str) -> str:
    """*text* less the signs without width that messengers and letters leave at an address, and in it where a line may break:
    nobody sees them, and no address has any. The two joiners stay, which some languages write with."""
    return re.sub(f"[{_WITHOUT_WIDTH}]+", "", text)


def strip_unseen(text: str) -> str:
    """*text* less the signs without width at its two ends, and the spaces: further in, a badge may be signed with them."""
    return text.strip().strip(_WITHOUT_WIDTH).strip()


def is_link(value: Any) -> bool:
    """Whether *value* is one http or https address and nothing else."""
    return isinstance(value, str) and re.match(r"https?://[^/?#]", address(value), re.IGNORECASE) is not None


def is_token(value: str) -> bool:
    """Whether *value* has the form of a compact JWS (RFC 7515, 7.1) whose header is a JSON object."""
    return _TOKEN.fullmatch(value) is not None


def is_signed_text(value: str) -> bool:
    """Whether *value* has the form of a token, or of an SD-JWT: a token, a tilde, and what is shown of it (RFC 9901, 4)."""
    return _SIGNED_TEXT.fullmatch(value) is not None


def words(value: Any, most: int) -> tuple[str, ...]:
    """The names in a string or a list of strings, at most *most* of them, each once."""
    found = (name(item) for item in listed(value)[:MANY])
    return tuple(dict.fromkeys(word for word in found if word))[:most]


def listed(value: Any) -> list[Any]:
    """*value* as a list: standards allow one thing to stand for a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in *value*, alone or in a list; what else stands there is left out."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def single(value: Any) -> Any:
    """The one thing that *value* says, however often: alone, in a list, or as `{"@value"}`, all of it is signed alike."""
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, dict):
        return value["@value"] if len(value) == 1 and "@value" in value else value
    if not isinstance(value, list):
        return value
    said = [single(item) for item in value]
    return said[0] if said and all(_as_text(item) == _as_text(said[0]) for item in said) else value


def _as_text(value: Any) -> Any:
    """*value*, a number as the text that is signed alike (number_text)."""
    return number_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def types(value: Any) -> frozenset[str]:
    """The types that an object names, without the prefixes of vocabularies."""
    found: Iterable[Any] = listed(value.get("type", value.get("@type"))) if isinstance(value, dict) else ()
    return frozenset(last_part(word) for word in found if isinstance(word, str))


def last_part(name: str) -> str:
    """*name* without what stands before it, the prefix of a vocabulary or an address. Not by taking all of it apart: one name may
    be a whole file."""
    return name[max(map(name.rfind, ":/#")) + 1 :]
