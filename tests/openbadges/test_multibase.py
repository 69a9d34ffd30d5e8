"""Bytes as text have one spelling: a second one would be a way to change what was signed without breaking it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from wallet.openbadges.proofs.multibase import from_base58, from_base64url, from_multibase, to_base64url, to_multibase


@given(st.binary(max_size=100))
def test_what_is_written_is_read_back(content: bytes) -> None:
    assert from_base64url(to_base64url(content)) == content
    assert from_multibase(to_multibase(content)) == content
    assert from_multibase("u" + to_base64url(content)) == content


@rows("text", ["QQ==", "Q Q", "QQ\n", "Q+/Q", "QR", "Q", "é"])
def test_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        from_base64url(text)


@rows("text", ["", "f00", "z0OIl", "zabc ", "z" + "1" * 5000, "mQQ"])
def test_what_is_no_multibase_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        from_multibase(text)


def test_a_key_with_a_newline_behind_it_is_another_text() -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        from_base58("2NEpo7TZRRrLZSi2U\n")
