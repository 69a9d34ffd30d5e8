"""The files that go with the pages: styles, drawings, icons, scripts.

They are read once, at start. Each has an address with a hash of its content in it, which browsers may keep
for a year; its plain address works too (as `vendor/` imports its neighbours) and is asked again every time.
A module of ours names its neighbours by their plain files, as `import { hex } from "./encoding.js"`; browsers are sent
their lasting addresses instead, so that a change in one is a change in all that import it (`imports_of` has them for
the page that wants them early, and for the phone that keeps them). Our comments stay with us.
`css/wallet.css`, and `css/open-share.css` for strangers, is one file for the browser and one noun a file for us: its
`@import` lines are replaced by what they name, so that a phone asks once; what strangers are shown carries its sheet
within, so that a phone does not ask at all. Of a sheet the rules are sent in the order of their layers (LAYERS), and without
these: browsers before 2022 skip each `@layer` with all that is in it. Nothing is built, nothing is written.
"""

import gzip
import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path, PurePosixPath
from posixpath import dirname, normpath, relpath

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""What is served; a file with another ending stays with us."""
PACKED = {".css", ".js", ".svg"}
SHEET = "css/open-share.css"
IMPORT = re.compile(r'@import "(?P<name>[a-z-]+\.css)";\n')
MODULE = re.compile(r'(?P<how>\bfrom |\bimport |\bimport\()"(?P<name>\.\.?/[\w./-]+\.js)"')
"""How a module of ours names another one; `import(` is one that is fetched when it is needed."""
SCRIPTS = "js/"
REMARK = re.compile(r"^ */\*(?s:.*?)\*/\n| // .*$", re.MULTILINE)
"""What is told to whoever reads our scripts, and not to phones."""
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s*\n\s*")
LAYERS = ("tokens", "base", "page", "parts", "screens", "surroundings")
"""In which our sheets write their rules: of two as specific as each other the later one holds."""
LAYER = re.compile(r"^@layer (?P<name>[a-z]+) \{\n(?P<rules>.*?)^\}\n", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file as it is sent."""

    address: str
    """Its lasting address below `/static/`, as `css/wallet.0b5345f6.css`."""
    media_type: str
    content: bytes
    packed: bytes
    """`content` in gzip, b"" where that would not be shorter."""

    @property
    def tag(self) -> str:
        """By which a browser asks whether it has changed (RFC 9110, 8.8.3); weak, for it is sent packed or not."""
        return f'W/"{self.address.split(".")[-2]}"'

    @property
    def source(self) -> str:
        """By which a policy lets a page have it within, as `'sha256-…'` (CSP Level 3, section 2.3.1, hash-source)."""
        return f"'sha256-{b64encode(sha256(self.content).digest()).decode()}'"

    def caching(self, path: str) -> str:
        """The Cache-Control of an answer under *path*."""
        return "public, max-age=31536000, immutable" if path == self.address else "no-cache"


class Assets:
    """All of a folder, by name."""

    def __init__(self, folder: Path) -> None:
        found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
        self._paths = {name: path for name, path in found.items() if path.suffix in MEDIA_TYPES}
        self._by_name: dict[str, Asset] = {}
        self._imports: dict[str, list[str]] = {}
        for name in self._paths:
            self._read(name)
        self._by_address = {asset.address: asset for asset in self._by_name.values()}

    def _read(self, name: str) -> Asset:
        """The file *name*, after all that it imports: the address of each stands in it. A circle has no addresses."""
        if name not in self._by_name:
            path = self._paths[name]
            content = _joined(path) if path.suffix == ".css" else path.read_bytes()
            if name.startswith(SCRIPTS):
                content = self._with_lasting_addresses(name, REMARK.sub("", content.decode())).encode()
            self._by_name[name] = make_asset(name, content)
        return self._by_name[name]

    def _with_lasting_addresses(self, name: str, script: str) -> str:
        imports = self._imports[name] = list[str]()

        def lasting(found: re.Match[str]) -> str:
            imported = normpath(f"{dirname(name)}/{found['name']}")
            address = relpath(self._read(imported).address, dirname(name))
            if found["how"] != "import(":
                imports.extend([imported, *self._imports.get(imported, [])])
            return f'{found["how"]}"{address if address.startswith(".") else f"./{address}"}"'

        return MODULE.sub(lasting, script)

    def address_of(self, name: str) -> str:
        """The lasting address of the file *name*, as `css/wallet.css`; raises KeyError when there is none."""
        return self._by_name[name].address

    def imports_of(self, name: str) -> list[str]:
        """The files that the script *name* cannot begin without, each once."""
        return list(dict.fromkeys(self._imports.get(name, ())))

    def text(self, name: str) -> str:
        """What is in the file *name*, as `js/service-worker.js`; raises KeyError when there is none."""
        return self._by_name[name].content.decode()

    @property
    def sheet(self) -> Asset:
        """The styles of what strangers are shown."""
        return self._by_name[SHEET]

    def find(self, path: str) -> Asset | None:
        """What to send for *path*, lasting or plain; None when there is nothing."""
        return self._by_address.get(path) or self._by_name.get(path)


def make_asset(name: str, content: bytes) -> Asset:
    """*content* as the file *name* is sent, whose ending is one of MEDIA_TYPES."""
    plain, digest = PurePosixPath(name), sha256(content).hexdigest()[:10]
    packed = gzip.compress(content, 9, mtime=0) if plain.suffix in PACKED else b""
    return Asset(
        address=str(plain.with_name(f"{plain.stem}.{digest}{plain.suffix}")),
        media_type=MEDIA_TYPES[plain.suffix],
        content=content,
        packed=packed if len(packed) < len(content) else b"",
    )


def _joined(path: Path) -> bytes:
    """The style sheet with what it imports in place, in the order of its layers, without our comments and indents."""
    text = IMPORT.sub(lambda found: (path.parent / found["name"]).read_text("utf-8"), path.read_text("utf-8"))
    return SPACE.sub("\n", COMMENT.sub("", _in_order(text))).strip().encode()


def _in_order(sheet: str) -> str:
    rules: dict[str, list[str]] = {name: [] for name in LAYERS}
    for found in LAYER.finditer(sheet):
        rules[found["name"]].append(found["rules"])
    return "".join([LAYER.sub("", sheet), *chain.from_iterable(rules.values())])
