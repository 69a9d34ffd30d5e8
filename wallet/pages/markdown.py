"""Texts that issuers write in Markdown, made harmless.

Open Badges 3.0 (Criteria.narrative, Evidence.narrative) allows Markdown. Two walls: the parser escapes HTML
and drops javascript: links; the cleaner lets through a short list of elements. No image is ever fetched, and no link of
an issuer leads to a page of ours.

Markdown can be made to be slow: a text of opening brackets costs the square of its length. So the steps of the parser are
counted, and a text that takes more than STEPS of them is shown as it was written: escaped, with its paragraphs and lines.
"""

import re
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markupsafe import Markup, escape

LIMIT = 20_000
"""Characters of a text that are shown."""
ELEMENTS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "blockquote", "h3", "h4"}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
"""A list goes on where its issuer has it begin: « 2024. Bilan » is no first thing."""
LINK = "noopener noreferrer nofollow ugc"
STEPS = 4000
"""Looks of the parser at one text. The longest honest one, five pages with a list and a link in each line, takes fewer."""


class TooTangled(Exception):  # what happened; nobody but `to_html` hears of it
    """The parser took more than STEPS looks."""


class _Counted(ParserInline):
    """The parser of what stands in a line, each of whose looks ahead is counted, also where it looked before."""

    def skipToken(self, state: StateInline) -> None:  # noqa: N802  # the parser's own name
        _count(state.env)
        super().skipToken(state)


def _count(env: Any) -> bool:
    """One more look; raises TooTangled. As a rule of the parser it never applies, and the next one is asked."""
    env["steps"] = env.get("steps", 0) + 1
    if env["steps"] > STEPS:
        raise TooTangled
    return False


# Lists and quotations nest as deeply as CommonMark's own preset lets them.
_markdown = MarkdownIt("js-default", {"maxNesting": 20})
_markdown.inline = _Counted()
_markdown.inline.ruler.before("text", "count", lambda state, _silent: _count(state.env))
_markdown.block.ruler.before(
    "table",
    "count",
    lambda state, *_place: _count(state.env),
    {"alt": ["paragraph", "reference", "blockquote", "list"]},
)
_markdown.disable(["image", "table", "strikethrough", "linkify"])


@lru_cache(maxsize=256)  # the same criteria stand in many badges
def to_html(narrative: str) -> Markup:
    """*narrative* as safe HTML: headings become small ones, links leave no trace of us, pictures are dropped."""
    try:
        drawn = _markdown.render(narrative[:LIMIT], {})
    except TooTangled:
        drawn = _plain(narrative[:LIMIT])
    for large, small in (("h1", "h3"), ("h2", "h3"), ("h5", "h4"), ("h6", "h4")):
        drawn = drawn.replace(f"<{large}>", f"<{small}>").replace(f"</{large}>", f"</{small}>")
    clean = nh3.clean(
        drawn,
        tags=ELEMENTS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "http"},
        url_relative="deny",
        link_rel=LINK,
    )
    return Markup(clean)  # noqa: S704  # cleaned one line above


def _plain(narrative: str) -> str:
    """*narrative* as it was written, with its paragraphs and lines."""
    paragraphs = [one.strip("\n") for one in re.split(r"\n[ \t]*\n", narrative.replace("\r\n", "\n"))]
    return "".join(f"<p>{escape(one)}</p>\n".replace("\n", "<br>\n", one.count("\n")) for one in paragraphs if one)
