"""A text by whole sentences, or the beginning of it: nothing that a person wrote is cut in the middle of what they say."""

import re
from itertools import pairwise

END = re.compile(
    r"(?<![!?…])(?<![.!?…]\.)(?:(?<!(?<![\w.])M)(?<!\b(?:Dr|MM|Mr|Ms))(?<!\bMrs)\.|[!?…])[.!?…]*(?:\s?[\"»”’)])*(?=\s|$)|\n"
)
"""Where a sentence ends, or a line; after « M. », « MM. », « Dr. » and the like comes a name. Not so after another letter, or the last
one of several: « J’ai le permis B. », « J’habite en H.L.M. » A row of dots is looked at from its first or its second alone, which may
follow « M. »: from each of two thousand it took a tenth of a second."""


def beginning_of(text: str, limit: int) -> str:
    """*text*, or as many of its whole sentences as have room in *limit* characters; of one that alone is longer, its words
    as far as they go."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in END.finditer(text, 0, limit + 1) if found.end() <= limit]
    if ends and (whole := text[: ends[-1]].rstrip()):
        return whole
    cut = text[: limit + 1].rpartition(" ")[0] or text[:limit]
    return cut.rstrip()


def each_of(text: str) -> list[list[str]]:
    """The sentences of *text*, by its lines."""
    lines = (line.strip() for line in text.splitlines())
    return [_each_of_line(line) for line in lines if line]


def _each_of_line(line: str) -> list[str]:
    ends = [0, *(found.end() for found in END.finditer(line)), len(line)]
    return [one for start, end in pairwise(ends) if (one := line[start:end].strip())]
