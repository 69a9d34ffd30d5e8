"""What a phone reads to put the wallet among its apps: its name, its icons, its shortcuts, what may be shared with it, and which links lead to it.

Source: Web Application Manifest (W3C), its App Information and Share Target extensions, URL Protocol Handler and Launch
Handler API (WICG). Of schemes a web application gets those alone that begin with `web+`; this one is of VCALM 1.0, interactions.
"""

from collections.abc import Callable
from typing import Any

from .languages import catalogue_of

GREEN, LINEN = "#0b5345", "#f6f0e4"
SCREEN = (720, 1480)
"""Pixels of a screenshot, width and height: 360 x 740 seen at 2x (tests/fixtures/portraits.py makes them)."""
SHARED = (
    *(
        "image/png",
        "image/svg+xml",
        "image/jpeg",
        "image/webp",
        "image/heic",
        "application/json",
        "application/ld+json",
    ),
    *("application/vc", "application/jwt", "application/sd-jwt", "application/pdf", "application/zip", "text/plain"),
    *(".png", ".svg", ".jpg", ".jpeg", ".webp", ".heic", ".json", ".jsonld", ".jwt", ".sd-jwt", ".txt", ".pdf", ".zip"),
)
"""What an app may hand over: the files that are read, by their type and by how their names end."""


def make_manifest(language: str, static: Callable[[str], str], path: Callable[..., str]) -> dict[str, Any]:
    """The manifest in *language*; *static* gives the address of a file of ours, *path* that of a route."""
    _ = catalogue_of(language).gettext

    def picture(name: str, size: str, **more: str) -> dict[str, str]:
        kind = "image/svg+xml" if name.endswith(".svg") else f"image/{name.rpartition('.')[2]}"
        return {"src": static(name), "sizes": size, "type": kind, **more}

    def shortcut(name: str, url: str, drawing: str) -> dict[str, Any]:
        return {"name": name, "url": url, "icons": [picture(f"icons/{drawing}.png", "96x96")]}

    return {
        "id": "/",
        "name": _("My badges"),
        "short_name": _("My badges"),
        "description": _("Keep your badges in one place"),
        "lang": language,
        "dir": "ltr",
        "start_url": path("badges"),
        "scope": "/",
        "display": "standalone",
        "theme_color": GREEN,
        "background_color": LINEN,
        "categories": ["education", "productivity", "utilities"],
        "icons": [
            picture("icons/icon-192.png", "192x192", purpose="any"),
            picture("icons/icon-512.png", "512x512", purpose="any"),
            picture("icons/maskable-512.png", "512x512", purpose="maskable"),
            picture("icons/monochrome-512.png", "512x512", purpose="monochrome"),
            picture("icons/icon.svg", "any", purpose="any"),
        ],
        "screenshots": [
            picture(f"screens/{name}-{language}.webp", "{}x{}".format(*SCREEN), form_factor="narrow", label=label)
            for name, label in (
                ("badges", _("My badges")),
                ("badge", _("A badge and what we checked")),
                ("code", _("Let them scan this QR code")),
            )
        ],
        "shortcuts": [
            shortcut(_("Show my QR code"), path("code"), "shortcut-code"),
            shortcut(_("Add"), path("badges.new"), "shortcut-add"),
        ],
        "share_target": {
            "action": path("handovers.create"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "files", "accept": list(SHARED)}],
            },
        },
        "protocol_handlers": [{"protocol": "web+interaction", "url": path("offered") + "?link=%s"}],
        "launch_handler": {"client_mode": ["navigate-existing", "auto"]},
        "prefer_related_applications": False,
    }
