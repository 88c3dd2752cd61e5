"""For all tests."""

import pytest

# An assertion in a helper is explained as well as one in a test.
pytest.register_assert_rewrite("support")
