"""Whether the name of an issuer looks like the name of another, whom somebody vouches for."""

from collections.abc import Iterable


class Names:
    """The names that are vouched for, each with the id of its issuer, to be compared with others."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._names = {name.casefold(): (name, id) for name, id in names}

    def alike(self, name: str, id: str) -> tuple[str, str] | None:
        """The vouched name, and its id, that *name* of another issuer, *id*, looks like; None for none."""
        found = self._names.get(name.casefold())
        return found if found and found[1] != id else None
