"""The script with which a phone shows kept pages without Internet, and whose pages those are.

The script is `static/js/service-worker.js`; before it stand a version, and the addresses of what everybody's phone keeps. Another
style sheet, another offline page or another script is another version: it takes over at once, what was kept stays good to
be shown without Internet, and is asked for anew as soon as a page is seen.
Source: Service Workers, W3C, 3.1 and 4.1.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from .. import accounts, storage
from ..pages import LANGUAGES, Asset, Pages, make_asset

HOLDER, KEEP = "Wallet-Holder", "Wallet-Keep"
"""The headers by which the worker knows whose page it is, and whether to keep it."""
NOBODY = "none"
"""In the place of a mark: whoever asks has no wallet here that this device may keep pages of."""
SHELL = ("css/wallet.css", "icons/icon.svg")
MARK = 12
"""Bytes of a mark; it is no secret, it only must be nobody else's."""


def service_workers(pages: Pages, path: Callable[..., str], *, is_on: bool) -> dict[str, Asset]:
    """The worker in each language; where it is off, one that takes itself and all that it kept away. *path* as of `Pages`."""
    return {
        language: make_asset("worker.js", _script(pages, path, language, is_on=is_on).encode())
        for language in LANGUAGES
    }


def _script(pages: Pages, path: Callable[..., str], language: str, *, is_on: bool) -> str:
    assets = pages.assets
    if not is_on:
        return assets.text("js/service-worker-off.js")
    worker = assets.text("js/service-worker.js")
    offline = path("offline") + f"?lang={language}"
    shell = [pages.static(name) for name in SHELL]
    whole = [worker, *shell, pages.render("problems/offline.html", language)]
    told = {"VERSION": sha256("\n".join(whole).encode()).hexdigest()[:10], "SHELL": shell, "OFFLINE": offline}
    return "".join(f"const {name} = {json.dumps(value)}\n" for name, value in told.items()) + worker


def mark_of(signed_in: accounts.SignedIn | None, keyring: storage.Keyring, now: datetime) -> str:
    """Under which name a phone keeps the pages of whoever asks; NOBODY for visitors, for computers that others use
    too, and for whoever came back without a key lately: what they are shown may have to be taken from them."""
    if signed_in is None or not signed_in.holder.is_kept or signed_in.device.is_shared:
        return NOBODY
    if accounts.may_be_newcomer(signed_in.device, now):
        return NOBODY
    whose = signed_in.holder.handle + str(signed_in.device.id).encode()
    return urlsafe_b64encode(keyring.mark(whose, "kept pages")[:MARK]).decode()
