"""The wallet runs under the oldest Python that README names, as far as a machine can tell that has a newer one.

What 3.11 cannot read is told by ruff (`target-version`), what its standard library has not by mypy (`python_version`).
"""

import dataclasses
import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import pytest

import wallet

PROJECT = Path(__file__).parents[2]
OLDEST = PROJECT / ".venv-oldest/bin/python"
NOT_ALONE = "wallet.operations.migrations.env"
"""Alembic runs it, and nobody imports it."""
NO_HASH_YET = (MappingProxyType, slice)
"""They have a hash since Python 3.12. What has none is taken for something that changes, and refused as a dataclass's default."""
EACH_MODULE = f"""
import pkgutil, wallet
for found in pkgutil.walk_packages(wallet.__path__, "wallet."):
    if found.name != {NOT_ALONE!r}:
        __import__(found.name)
"""


def refused(module: object) -> list[str]:
    """The fields of the dataclasses in *module* whose default Python 3.11 would not take."""
    return [
        f"{one.__module__}.{one.__name__}.{field.name}"
        for one in vars(module).values()
        if isinstance(one, type) and dataclasses.is_dataclass(one)
        for field in dataclasses.fields(one)
        if isinstance(field.default, NO_HASH_YET)
    ]


def test_whoever_has_python_3_11_can_import_every_dataclass() -> None:
    modules = [found.name for found in pkgutil.walk_packages(wallet.__path__, "wallet.") if found.name != NOT_ALONE]

    assert len(modules) > 400
    assert {fault for name in modules for fault in refused(import_module(name))} == set()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 refuses it itself")
def test_a_default_that_python_3_11_would_not_take_is_found() -> None:
    @dataclasses.dataclass
    class Fits:
        own: MappingProxyType[str, str] = MappingProxyType({})
        at: str = ""

    assert refused(type("module", (), {"Fits": Fits})) == [f"{__name__}.Fits.own"]


def test_ruff_mypy_the_locks_and_the_readme_speak_of_one_python() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    makefile, readme = ((PROJECT / name).read_text(encoding="utf-8") for name in ("Makefile", "README.md"))
    oldest = settings["tool"]["mypy"]["python_version"]

    assert settings["project"]["requires-python"] == f">={oldest}"
    assert settings["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert re.findall(r"Python (\d\.\d+) or newer", makefile + readme) == [oldest] * 3
    assert re.findall(r"--python-version (\S+)", makefile) == [oldest]
    assert f"python{oldest} python3 none" in makefile
    assert f"python{oldest} -m venv --clear .venv-oldest" in makefile


@pytest.mark.soak
@pytest.mark.skipif(not OLDEST.exists(), reason="python3.11 is not installed here, or has no venv module")
def test_the_oldest_python_imports_every_module() -> None:
    told = subprocess.run(
        [OLDEST, "-W", "error", "-c", EACH_MODULE], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")
