"""Turns the Public Suffix List, as the package publicsuffixlist carries it, into the data of wallet/openbadges/suffixes.

`make lock` calls it with a Python that has the package: the wallet itself never has it, nor asks anybody for the list.
One rule a line, in small ASCII letters, sorted; index.json says where they come from, with the hashes of what was read
and of what was written.
"""

import hashlib
import json
import re
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

PACKAGE = "publicsuffixlist"
INSIDE = "public_suffix_list.dat"
FILE = "public-suffixes.list"


def rules_in(written: str) -> list[str]:
    """The rules of a list as it is published, each by its name in ASCII (publicsuffix.org, Format)."""
    lines = (line.split(maxsplit=1)[0] for line in written.splitlines() if line.strip() and not line.startswith("//"))
    return sorted({in_ascii(line) for line in lines})


def in_ascii(rule: str) -> str:
    """*rule* as a host is asked for, with its `*.` or `!`."""
    mark = re.match(r"(?:\*\.|!)?", rule)[0]
    return mark + rule[len(mark) :].encode("idna").decode("ascii").lower()


def main(folder: Path) -> None:
    """Write the data and its index into *folder*."""
    source = files(PACKAGE).joinpath(INSIDE).read_bytes()
    said = dict(re.findall(r"^// (VERSION|COMMIT): (\S+)$", source.decode(), re.MULTILINE))
    data = "".join(f"{rule}\n" for rule in rules_in(source.decode())).encode("ascii")
    index = {
        "note": "Which names are public suffixes: below them anybody can have a host. Turned into data by `make lock`.",
        "file": FILE,
        "package": f"PyPI {PACKAGE} {version(PACKAGE)}",
        "path": f"{PACKAGE}/{INSIDE}",
        "licence": "Mozilla Public License 2.0, https://mozilla.org/MPL/2.0/",
        "version": said["VERSION"],
        "commit": said["COMMIT"],
        "sha256": hashlib.sha256(source).hexdigest(),
        "sha256_of_the_data": hashlib.sha256(data).hexdigest(),
    }
    (folder / FILE).write_bytes(data)
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
