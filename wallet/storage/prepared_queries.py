"""A statement that is written out once and asked often, as the driver takes it (PEP 249)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Select

Rows = Sequence[Sequence[Any]]


class PreparedQuery:
    """A statement as the driver takes it."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        written = statement.compile(dialect=dialect)
        self.text, self._order = written.string, getattr(written, "positiontup", None)
        self._binds = {
            name: (one, one.type.dialect_impl(dialect).bind_processor(dialect))
            for one, name in written.bind_names.items()
        }

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """*given* as the driver takes them: by name, or in their order (PEP 249, paramstyle)."""
        ready = {}
        for name, (one, way) in self._binds.items():
            value = given[name] if one.required else one.value
            ready[name] = way(value) if way else value
        return ready if self._order is None else tuple(ready[name] for name in self._order)
