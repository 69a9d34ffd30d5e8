"""Pages that people are shown of badges, put beside the school's web."""

import json

from tests.openbadges.support import school
from tests.openbadges.support.school import NOW
from wallet import openbadges
from wallet.openbadges import Examination, Fetch, Web

PAGE = "https://pages.example/fr/badge/1?lang=fr"


class Pages(school.School):
    """The school's web, and pages of others: what was asked is remembered."""

    def page(self, html: str, address: str = PAGE) -> "Pages":
        self.answers[address] = f"<!DOCTYPE html>\n<html>{html}</html>".encode()
        return self

    def look(self, document: str | bytes = PAGE) -> Examination:
        content = document.encode() if isinstance(document, str) else document
        return looked_at(content, self.fetch)


def looked_at(content: bytes, fetch: Fetch) -> Examination:
    """What is in *content* looked at as the wallet does: taken out first, then examined."""
    web = Web(fetch, NOW)
    [document] = openbadges.unpack(content, web.get, NOW)
    return openbadges.examine(document, web.get, NOW)


def alternate(address: str, kind: str = "application/ld+json") -> str:
    return f'<link rel="alternate" type="{kind}" href="{address}">'


def script(content: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(content)}</script>'
