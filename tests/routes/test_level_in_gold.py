"""Gold on the page of one badge is for the level that stands there."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.framed import written
from tests.fixtures.made_once import has
from tests.fixtures.visits import Stranger, holder
from tests.openbadges.support import guild
from wallet.settings import Settings

AT = "https://guild.example/"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An instance in whose framework the badges of the guild count by their alignment."""
    of = {level: {"targets": [f"{AT}organiser-{level}"]} for level in ("practises", "masters")}
    told = {
        "id": "normandie",
        "issuers": [guild.did()],
        "competencies": [
            {"key": "organiser", "badges": of},
            {"key": "integrer", "badges": {"masters": {"targets": [f"{AT}integrer-masters"]}}},
        ],
    }
    written(tmp_path / "frameworks", told)
    return replace(settings, frameworks=tmp_path / "frameworks")


def speaks_of(*skills: str) -> tuple[str, bytes]:
    document = guild.badge(id=f"urn:uuid:{'-'.join(skills)}", name=" ".join(skills))
    document["credentialSubject"]["achievement"]["alignment"] = [
        {"type": ["Alignment"], "targetName": one, "targetUrl": f"{AT}{one}"} for one in skills
    ]
    return "badge.json", json.dumps(guild.signed(document)).encode()


def test_a_level_below_the_highest_is_not_in_gold(app: Starlette, recruiter: Stranger) -> None:
    """One badge says « organiser, pratique » and « s’intégrer, maîtrise »; of organising another one says more."""
    sonia = holder(app, speaks_of("organiser-practises", "integrer-masters"), speaks_of("organiser-masters"))
    link = sonia.link_of(sonia.shows(*has(sonia), name="Sonia"))
    told = [
        re.findall(r'<p class="(reached[^"]*)"[^>]*>([^<]*)<', recruiter.page(f"{link}/badges/{n}")) for n in (0, 1)
    ]

    assert told == [[("reached gold", "maîtrise")]] * 2
