"""Which keys a run has met: as a set would say, in a fraction of its memory."""

import random

from hypothesis import given
from hypothesis import strategies as st

from balcao.config.replay.repeats import SMALLEST, Seen


@given(
    st.lists(st.sampled_from(["0" * 24, "0" * 15 + "1" + "f" * 8, "ffffffffffffffff", f"{SMALLEST:016x}", "ab" * 8]))
)
def test_each_key_is_new_once(keys):
    seen, known = Seen(), set()
    for key in keys:
        mark = int(key[:16], 16) or 1  # nought and one count as the same
        assert seen.add(key) == (mark not in known)
        known.add(mark)
    assert len(seen) == len(known)


def test_it_grows_and_forgets_nothing():
    rng = random.Random(156)
    keys = [f"{rng.getrandbits(96):024x}" for _ in range(SMALLEST * 3)]
    seen = Seen()
    assert all(seen.add(key) for key in keys) and len(seen) == len(keys)
    assert not any(seen.add(key) for key in keys)
