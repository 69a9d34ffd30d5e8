"""The page that people are shown of a badge: where it says that the badge itself stands.

A page only points. Nothing in it is believed: whatever it points at is looked at like any other document, and a
hosted badge is asked for at its own address.

One expression finds the few tags that may point, in time that grows with the page and not with its square: it never
steps back, and as a `<` outside quotes ends a tag, no letter is read for more than three starts (outside, in ' and
in "). html.parser reads no tag here: its time grows with the square, and in Python 3.11 some tags end it with an
AssertionError.
Sources: HTML, 4.6.7.1 (alternate) and 4.6.7.4 (canonical); JSON-LD 1.1, 7; Open Graph protocol (og:url, og:image).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from .. import examination, hosts, strict_json, texts

Hint = str | dict[str, Any]
"""Where a badge may stand: an address, or the document itself."""

MOST_READ = 1024 * 1024
"""Bytes of a page that are read: what points stands in its head."""
_LONGEST_TAG = 4096
_MOST_TAGS = 300
_MOST_NODES = 40
_MOST_PICTURES = 3
_KINDS = (  # the media types under which a badge is announced, best first
    "application/vc+jwt",
    "application/vc+ld+json+jwt",
    "application/vc",
    "application/vc+ld+json",
    "application/ld+json",
    "application/json",
)
_SCRIPTS = frozenset({"application/ld+json", "application/vc+ld+json", "application/vc"})
_NAMING = frozenset({"EducationalOccupationalCredential", "Assertion", "OpenBadgeCredential", "AchievementCredential"})
"""What a page about a badge says that it is about (schema.org; Open Badges), with its address."""
_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:\s++|<\?.*?\?>|<!--.*?-->)*+<(?:!doctype\s++html|html|head)(?=[\s>])",
    re.DOTALL | re.IGNORECASE,
)
_WITHIN = r"""(?=[\s/>])(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>"""
_POINTERS = re.compile(
    r"<!--.*?(?:-->|\Z)"
    rf"|(?P<script><script{_WITHIN})(?P<content>.*?)(?:</script|\Z)"
    rf"|(?P<tag><(?:link|meta|img|base){_WITHIN})",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTES = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++))?+""")
_NO_BADGE_IN_THEM = (".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico")


def is_page(document: bytes) -> bool:
    """Whether *document* begins as a web page does; a drawing inside it does not make it a drawing."""
    return _BEGINS.match(document) is not None


def hints(page: bytes, address: str) -> tuple[Hint, ...]:
    """Where *page*, which stood at *address*, says that its badge stands, best first; never an error.

    Without an address ("", a page that somebody saved) only whole addresses count, and what the page carries within.
    """
    pointers = _Pointers()
    for tag, content in islice(_tags(page[:MOST_READ].decode("utf-8", "replace")), _MOST_TAGS):
        pointers.read(tag, content)
    base = _resolved(address, pointers.base) or address
    announced = sorted(pointers.announced, key=lambda pointer: _KINDS.index(pointer[0]))
    found = [
        *(_resolved(base, written) for _, written in announced),
        *pointers.inline,
        *(_resolved(base, written) for written in pointers.names),
        *_pictures(pointers.pictures, base),
    ]
    # Each once; what is carried within is told apart by what it says.
    return tuple({json.dumps(hint, sort_keys=True): hint for hint in reversed(found) if hint}.values())[::-1]


def named(document: dict[str, Any]) -> tuple[str, ...]:
    """The addresses of badges that *document*, which is none itself, names: that of Open Badge Passport, and JSON-LD."""
    written = [document.get("assertion_url")]
    if texts.types(document) & _NAMING:
        written += [texts.address(document), document.get("url")]
    return tuple(found for address in written if isinstance(address, str) and (found := _resolved("", address)))


def _attributes(tag: str) -> dict[str, str]:
    """What *tag* says, with its entities read; of two attributes alike the first counts (HTML, 13.2.5.33)."""
    found = reversed(_ATTRIBUTES.findall(tag))
    return {name.lower(): unescape(value[1:-1] if value[:1] in {"'", '"'} else value) for name, value in found}


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """The tags of *text* that may point somewhere, each with what stands behind it when it is a script."""
    for found in _POINTERS.finditer(text):
        tag = found["script"] or found["tag"] or ""
        if 0 < len(tag) <= _LONGEST_TAG and re.search(
            r"alternate|canonical|og:|^<img|^<base|json|/vc", tag, re.IGNORECASE
        ):
            yield tag, found["content"] or ""


@dataclass(slots=True)
class _Pointers:
    """What the tags of one page point at, as it is written there."""

    base: str = ""
    announced: list[tuple[str, str]] = field(default_factory=list)
    inline: list[Hint] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    pictures: list[tuple[bool, str]] = field(default_factory=list)
    """Each with whether it is said to be a badge."""

    def read(self, tag: str, content: str) -> None:
        """Take in one tag, and what stands behind it when it is a script."""
        said = _attributes(tag)
        match re.split(r"[\s/>]", tag[1:].lower(), maxsplit=1)[0]:
            case "base":
                self.base = self.base or said.get("href", "")
            case "link":
                self._link(said)
            case "meta":
                self._meta(said.get("property", said.get("name", "")).strip().lower(), said.get("content", ""))
            case "img":
                words = " ".join(said.get(name, "") for name in ("src", "alt", "class", "id")).lower()
                self.pictures.append(("badge" in words, said.get("src", "")))
            case _:
                if _media_type(said) in _SCRIPTS:
                    self.inline += _inline(content)

    def _link(self, said: dict[str, str]) -> None:
        relations = said.get("rel", "").lower().split()
        if "alternate" in relations and _media_type(said) in _KINDS:
            self.announced.append((_media_type(said), said.get("href", "")))
        elif "canonical" in relations:
            self.names.append(said.get("href", ""))

    def _meta(self, name: str, content: str) -> None:
        if name == "og:url":
            self.names.insert(0, content)
        elif name in {"og:image", "og:image:url", "og:image:secure_url"}:
            self.pictures.append((True, content))


def _media_type(said: dict[str, str]) -> str:
    return said.get("type", "").partition(";")[0].strip().lower()


def _inline(script: str) -> Iterator[Hint]:
    """The objects of a JSON-LD script (JSON-LD 1.1, 7: one, a list, or a graph), each before what it names."""
    try:
        value = strict_json.read_value(script.strip())
    except examination.UnreadableBadge:
        return
    nodes = [
        node
        for item in texts.listed(value)[:_MOST_NODES]
        if isinstance(item, dict)
        for node in (item, *texts.listed(item.get("@graph"))[:_MOST_NODES])
        if isinstance(node, dict)
    ]
    for node in nodes[:_MOST_NODES]:
        yield node
        yield from named(node)


def _pictures(written: list[tuple[bool, str]], base: str) -> list[str]:
    """The few pictures that a badge may be baked into: said to be badges, or else of the page's own host."""
    found = (
        (is_badge, _resolved(base, picture))
        for is_badge, picture in sorted(written, key=lambda picture: not picture[0])
    )
    likely = (
        picture
        for is_badge, picture in found
        if picture
        and (is_badge or hosts.authority(picture) == hosts.authority(base))
        and not urlsplit(picture).path.lower().endswith(_NO_BADGE_IN_THEM)
    )
    return list(islice(dict.fromkeys(likely), _MOST_PICTURES))


def _resolved(base: str, written: str) -> str:
    """The http or https address that *written* means on a page at *base*, or ""; one with a password in it is none."""
    if len(written) > _LONGEST_TAG:
        return ""  # Python remembers the last hundred addresses that it took apart, however long
    try:
        found = urldefrag(urljoin(base, written.strip())).url
        with_user = "@" in urlsplit(found).netloc
    except ValueError:
        return ""
    return found if written.strip() and texts.is_link(found) and not with_user else ""
