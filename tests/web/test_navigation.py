"""Where a browser is sent: to pages of ours and nowhere else."""

import pytest

from wallet.web.layout import is_own_path


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        ("/", True),
        ("/badges?done=kept", True),
        ("/shares/1#code", True),
        ("", False),
        ("badges", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example/badges", False),
        ("javascript:alert(1)", False),
        ("/badges\r\nSet-Cookie: a=b", False),
    ],
)
def test_a_path_of_ours_leads_to_no_other_host_whatever_a_browser_makes_of_it(path: str, is_own: bool) -> None:
    assert is_own_path(path) is is_own
