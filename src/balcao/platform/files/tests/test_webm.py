"""Sound in WebM loses what names anybody, and stays what it was; what is damaged is refused, and crashes nothing."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform.files.inspection import inspect
from balcao.platform.files.refused import FileRefused

from . import hostile


@pytest.mark.parametrize("live", [True, False])
def test_names_go_and_the_sound_stays_where_it_was(live):
    sent = hostile.webm(live=live)
    kept = inspect(io.BytesIO(sent), "voz.webm").file.read()
    assert len(kept) == len(sent) and kept.count(b"sound" * 40) == 2
    for name in (b"Maria", b"Chrome", b"Telefone", b"Flores"):
        assert name in sent and name not in kept
    assert kept.index(b"sound") == sent.index(b"sound") and b"A_OPUS" in kept and b"OpusHead" in kept
    again = inspect(io.BytesIO(kept), "voz.webm").file.read()
    assert again == kept


def test_what_chromium_recorded_is_taken_without_its_name():
    sent = Path(__file__).with_name("documents") / "chromium.webm"
    accepted = inspect(sent.open("rb"), "voice.webm")
    kept = accepted.file.read()
    assert (accepted.kind, accepted.mime, len(kept)) == ("audio", "audio/webm", sent.stat().st_size)
    assert b"Chrome" in sent.read_bytes() and b"Chrome" not in kept


@given(st.integers(0, 600), st.binary(min_size=1, max_size=12))
def test_whatever_is_changed_is_taken_or_refused(at, bytes_):
    sent = hostile.webm()
    changed = sent[:at] + bytes_ + sent[at + len(bytes_) :]
    try:
        accepted = inspect(io.BytesIO(changed), "voz.webm")
    except FileRefused:
        return
    assert accepted.size == len(changed)


@given(st.binary(max_size=200))
def test_whatever_follows_the_beginning_crashes_nothing(rest):
    with pytest.raises(FileRefused):
        inspect(io.BytesIO(b"\x1a\x45\xdf\xa3" + rest), "voz.webm")
