import pytest

pytest.register_assert_rewrite("tests.faults.afterwards", "tests.faults.city")  # so that they say what they found
