"""The cookies of the wallet, as a browser reads that they are set and taken back."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.responses import Response

from wallet.web.cookies import delete_cookie, set_cookie


@pytest.mark.parametrize("secure", [True, False])
def test_a_cookie_is_taken_back_as_it_was_set(secure: bool) -> None:
    """Of one that is called __Host- a browser takes no word that says less (Cookies, RFC 6265bis)."""
    visit: Any = SimpleNamespace(services=SimpleNamespace(settings=SimpleNamespace(secure=secure)))
    wanted = {"httponly", "samesite=lax", "path=/", *(["secure"] if secure else [])}

    for told in (set_cookie(visit, Response(), "device", "x", None), delete_cookie(visit, Response(), "device")):
        attributes = {part.strip().lower() for part in told.headers["set-cookie"].split(";")}
        assert wanted <= attributes
        assert ("secure" in attributes) is secure
