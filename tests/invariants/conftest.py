from collections.abc import Iterator

import pytest

from balcao.inbox.outbound import SENDERS


@pytest.fixture
def senders() -> Iterator[None]:
    """The machines send by a provider of their own."""
    kept = dict(SENDERS)
    yield
    SENDERS.clear()
    SENDERS.update(kept)
