"""What the wallet promises, told as sentences about people and checked with real things."""

import pytest

# before anybody imports one of them: an assert in there must say as much as an assert in a test
pytest.register_assert_rewrite("tests.fixtures")
