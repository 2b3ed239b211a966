import pytest

pytest.register_assert_rewrite("tests.invariants.promises")  # so that a broken promise says what it found
