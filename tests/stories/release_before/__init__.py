"""The scripts of release 1747d18 with which phones keep drafts, recordings and pages, frozen: installed phones hold what these wrote.

They are never mended. `ReleaseBefore` serves them in the place of today's, for the story of a phone that meets a newer
release (test_a_phone_meets_a_new_release.py).
"""

from pathlib import Path

from wallet.pages.assets import Asset, Assets, make_asset

RENAMED = {
    "js/attach-files.js": "js/attach.js",
    "js/draft-sender.js": "js/drafts.js",
    "js/evidence-form.js": "js/telling.js",
    "js/service-worker-start.js": "js/offline.js",
    "js/service-worker.js": "js/worker.js",
    "js/shrink-photo.js": "js/photos.js",
    "js/sign-out.js": "js/drafts.js",
    "js/unsent-drafts.js": "js/drafts.js",
    "js/voice-recorder.js": "js/voice.js",
}
"""What a script of today was called then; it is the same name where it is not here."""


class ReleaseBefore:
    """The files that went with the pages then: the frozen scripts, and for all else today's."""

    def __init__(self, today: Assets) -> None:
        self._today = today
        folder = Path(__file__).parent
        self._then = {
            f"js/{path.name}": make_asset(f"js/{path.name}", path.read_bytes()) for path in folder.glob("*.js")
        }
        self._by_address = {asset.address: asset for asset in self._then.values()}

    def _frozen(self, name: str) -> Asset | None:
        return self._then.get(RENAMED.get(name, name))

    def address_of(self, name: str) -> str:
        """As of Assets."""
        found = self._frozen(name)
        return found.address if found else self._today.address_of(name)

    def imports_of(self, name: str) -> list[str]:
        """As of Assets: then a script had no neighbours that it could not begin without."""
        return [] if self._frozen(name) else self._today.imports_of(name)

    def text(self, name: str) -> str:
        """As of Assets."""
        found = self._frozen(name)
        return found.content.decode() if found else self._today.text(name)

    @property
    def sheet(self) -> Asset:
        """As of Assets."""
        return self._today.sheet

    def find(self, path: str) -> Asset | None:
        """As of Assets."""
        return self._by_address.get(path) or self._then.get(path) or self._today.find(path)
