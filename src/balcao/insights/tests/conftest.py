import pytest


@pytest.fixture
def events_are_settled(monkeypatch):
    """A test's own transaction never ends, so nothing that it wrote is settled: read up to its own end instead."""
    from balcao.insights import following

    open_end = following.FETCH.replace("ev.tx < pg_snapshot_xmin(pg_current_snapshot())", "true")
    assert open_end != following.FETCH
    monkeypatch.setattr(following, "FETCH", open_end)
