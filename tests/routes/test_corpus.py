"""Badges made by others, taken in over HTTP: whatever they are, each has its line, its page, its file back, its place in a share.

The corpus (../shared/corpus) is not part of the project; without it these tests are skipped.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.visits import IssuersWeb, Person, Stranger
from wallet.badges import badges
from wallet.web.services import Services

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
ENTRIES: list[dict[str, Any]] = (
    json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8")) if CORPUS.is_dir() else []
)
AT_ONCE = 28
"""Files of one upload."""

pytestmark = pytest.mark.skipif(not ENTRIES, reason="the corpus of badges (../shared/corpus) is not here")


def one_of_each_kind() -> list[dict[str, Any]]:
    """The first of each kind of badge in each kind of file, signed in each way."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in ENTRIES:
        found.setdefault((entry["kind"], entry["container"], str(entry["proof"])), entry)
    return [*found.values()]


def given(app: Starlette, web: IssuersWeb, entries: list[dict[str, Any]]) -> Person:
    """Sonia, who was given them."""
    sonia = Person(app)
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        for entry in some:
            web |= {address: (CORPUS / path).read_bytes() for address, path in entry.get("replay", {}).items()}
        answer = sonia.brings(*((Path(one["path"]).name, (CORPUS / one["path"]).read_bytes()) for one in some))
        assert answer.status_code in {200, 303, 422}
    assert sonia.makes_a_key().status_code == 200
    return sonia


@pytest.mark.parametrize("entries", here_and_in_soak(one_of_each_kind(), ENTRIES), ids=["one of each kind", "all"])
def test_every_badge_of_others_has_its_page_and_gives_its_file_back(
    app: Starlette, web: IssuersWeb, recruiter: Stranger, entries: list[dict[str, Any]]
):
    sonia = given(app, web, entries)
    files = {(CORPUS / entry["path"]).read_bytes() for entry in entries}
    services: Services = sonia.services
    with services.database.reading() as session:
        kept = {one.id: one.card for one in badges.list_badges(session, 1)}
    assert len(kept) > len(entries) / 3

    for id, card in kept.items():
        assert sonia.get(f"/badges/{id}").status_code == 200, card.full_name
        assert sonia.get(f"/badges/{id}/document").content in files
        assert sonia.get(f"/badges/{id}/picture").status_code == (200 if card.picture else 404)

    assert set(sonia.has()) == set(kept)
    link = sonia.link_of(sonia.shows(*kept))
    page = recruiter.get(link)
    assert page.status_code == 200
    details = set(re.findall(rf'href="({link}/badges/\d+)"', page.text))
    assert len(details) == len(kept)
    for seen in (page, *map(recruiter.get, details)):
        assert seen.status_code == 200
        assert all(
            source.startswith("/static/js/")
            for source in re.findall(r"<script(?: type=\"module\" src=\"([^\"]*)\")?", seen.text)
        )
