"""The settings of an instance, with the files that they name looked into: a faulty one is told before anything is served."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from .. import competencies, trust
from ..settings import Settings


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that *environment* gives; raises SettingsError with every fault at once."""
    return Settings.from_environment(
        environment, {"ISSUERS": _faults_of_issuers, "FRAMEWORKS": competencies.faults_of_frameworks}
    )


def _faults_of_issuers(path: Path) -> list[str]:
    return trust.faults_of_file(path, datetime.now(UTC))
