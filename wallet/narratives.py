"""Texts that issuers write in Markdown, made harmless.

Open Badges 3.0 (Criteria.narrative, Evidence.narrative) allows Markdown. Two walls: the parser escapes HTML
and drops javascript: links; the cleaner lets through a short list of elements. No image is ever fetched, and no link of
an issuer leads to a page of ours.
"""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

LIMIT = 20_000
"""Characters of a text that are shown."""
ELEMENTS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "blockquote", "h3", "h4"}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}}
LINK = "noopener noreferrer nofollow ugc"

_markdown = MarkdownIt("js-default").disable(["image", "table", "strikethrough"])


@lru_cache(maxsize=256)  # the same criteria stand in many badges, and hostile ones are slow to parse
def to_html(narrative: str) -> Markup:
    """*narrative* as safe HTML: headings become small ones, links leave no trace of us, pictures are dropped."""
    drawn = _markdown.render(narrative[:LIMIT])
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
