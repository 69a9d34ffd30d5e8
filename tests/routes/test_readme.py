"""The minute of the README, typed word by word: nine badges that are green, and one that somebody changed."""

import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import Clock, Stranger, holder
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
    setting, *command = shlex.split(run)
    assert command == ["make", "run"]
    name, _, value = setting.partition("=")
    return replace(settings, issuers=Settings.from_environment({name: value}).issuers)


def test_a_newcomer_sees_green_badges_and_what_was_changed_within_a_minute(app: Starlette, tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    newcomer = holder(app, *((path.name, path.read_bytes()) for path in sorted(samples.glob("ob3-*.png"))))
    assert newcomer.reads("/badges").count("Valide") == 9
    shown = Stranger(app).reads(newcomer.link_of(newcomer.shows(*newcomer.has())))
    assert shown.count("Vrai badge, valide") == 9

    answer = newcomer.brings(("false.svg", (samples / "false.svg").read_bytes()))

    assert "Le fichier choisi a été changé. Nous gardons le bon." in newcomer.reads(answer.headers["location"])
