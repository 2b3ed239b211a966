"""ClamAV's daemon, played by a thread that speaks its protocol."""

import io
import socket
import struct
import threading

import pytest

from balcao.platform.files import antivirus
from balcao.platform.files.refused import FileRefused


@pytest.fixture
def daemon(tmp_path, settings):
    """Start a daemon that gives one answer; returns what it was sent."""

    def start(answer: bytes):
        path = str(tmp_path / "clamd")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen()
        heard = bytearray()

        def serve():
            asked, _where = listening.accept()
            with asked, asked.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                while length := struct.unpack(">I", stream.read(4))[0]:
                    heard.extend(stream.read(length))
                asked.sendall(answer)
            listening.close()

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        settings.CLAMAV = path
        return heard

    threads: list[threading.Thread] = []
    yield start
    for thread in threads:
        thread.join(5)


def test_a_clean_file_passes_whole(daemon):
    heard = daemon(b"stream: OK\0")
    antivirus.scan(io.BytesIO(b"x" * 200_000))
    assert bytes(heard) == b"x" * 200_000


def test_what_it_finds_is_refused(daemon):
    daemon(b"stream: Eicar-Test-Signature FOUND\0")
    with pytest.raises(FileRefused) as refusal:
        antivirus.scan(io.BytesIO(b"x"))
    assert refusal.value.code == "infected" and "Eicar" in refusal.value.log


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK FOUND not\0"])
def test_unchecked_is_not_clean(daemon, answer):
    daemon(answer)
    with pytest.raises(FileRefused) as refusal:
        antivirus.scan(io.BytesIO(b"x"))
    assert refusal.value.code == "scanner_down" and refusal.value.status == 503


def test_a_daemon_that_is_away_is_said_and_none_at_all_is_fine(settings, tmp_path):
    settings.CLAMAV = str(tmp_path / "nobody")
    with pytest.raises(FileRefused) as refusal:
        antivirus.scan(io.BytesIO(b"x"))
    assert refusal.value.code == "scanner_down"
    settings.CLAMAV = ""
    antivirus.scan(io.BytesIO(b"x"))
