"""The settings of an instance, with the files that they name looked into: a faulty one is told before anything is served."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from .. import competencies, storage, trust
from ..settings import Settings, SettingsError


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that *environment* gives; raises SettingsError with every fault at once, and of hosts and ports of the
    database once there is no other."""
    settings = Settings.from_environment(
        environment, {"ISSUERS": _faults_of_issuers, "FRAMEWORKS": competencies.faults_of_frameworks}
    )
    try:
        storage.read_url(settings.database_url)
    except ValueError as problem:
        raise SettingsError([str(problem)]) from None
    return settings


def _faults_of_issuers(path: Path) -> list[str]:
    return trust.faults_of_file(path, datetime.now(UTC))
