"""What other sites load of us: one small script, with its styles inside."""

from __future__ import annotations

import gzip

MOST = 35_000  # bytes, as it goes over the network


def test_the_widget_is_small_and_whole(built):
    script = (built / "widget.js").read_bytes()
    assert len(gzip.compress(script)) <= MOST
    assert b"@import" not in script and b"url(" not in script, "nothing else of ours is loaded by another site"
    assert b"innerHTML" not in script and b"eval(" not in script, "text is text, whoever wrote it"
