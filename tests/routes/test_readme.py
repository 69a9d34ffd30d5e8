"""The minute of the README, typed word by word: nine badges that are green, and one that somebody changed."""

import re
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import Clock, Stranger, holder, words
from wallet.settings import Settings

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def clock() -> Clock:
    """The time on the wall: the samples are of yesterday."""
    clock = Clock()
    clock.now = datetime.now(UTC)
    return clock


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """What « make run » is told, after all that is typed before it."""
    block = README.read_text(encoding="utf-8").partition("## A green badge")[2].split("```")[1].partition("\n")[2]
    here = block.replace("/tmp/", f"{tmp_path}/")  # noqa: S108 — as the README says
    *before, run = here.replace(".venv/bin", str(Path(sys.executable).parent)).splitlines()
    subprocess.run(["/bin/sh", "-ec", "\n".join(before)], check=True, cwd=tmp_path)
    *given, make, target = shlex.split(run)
    assert (make, target) == ("make", "run")
    told = Settings.from_environment(dict(one.split("=", 1) for one in given))
    return replace(settings, issuers=told.issuers, frameworks=told.frameworks)


@pytest.mark.breadth
def test_a_newcomer_sees_green_badges_and_what_was_changed_within_a_minute(app: Starlette, tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    newcomer = holder(app, *((path.name, path.read_bytes()) for path in sorted(samples.glob("ob3-*.png"))))
    kept = newcomer.reads("/badges")
    assert "Mes 9 badges" in kept
    assert not [one for one in ("À revoir", "Expiré", "changé") if one in kept]
    assert [one for one in newcomer.has() if "Vrai badge, valide" not in newcomer.reads(f"/badges/{one}")] == []
    assert "Badge général" in newcomer.reads("/path")
    assert re.search(r'<input[^>]* name="name"[^>]*value="Sonia"', newcomer.page("/shares/new")), "as the form proposes"
    link = newcomer.link_of(newcomer.shows(*newcomer.has(), name="Sonia"))
    shown = Stranger(app).page(link)
    assert "9 vrais badges, valides" in words(shown)
    assert 'class="proof ok"' in shown
    assert words(shown).count("Région d’essai confirme cet organisme.") == 1
    for place in range(9):
        assert "Vrai badge, valide" in Stranger(app).reads(f"{link}/badges/{place}")

    answer = newcomer.brings(("changed.svg", (samples / "changed.svg").read_bytes()))

    assert "Le fichier choisi a été changé. Nous gardons le bon." in newcomer.reads(answer.headers["location"])
