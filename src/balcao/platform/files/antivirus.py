"""ClamAV, when the setting CLAMAV names its daemon: a socket's path or host:port. clamd's INSTREAM protocol."""

from __future__ import annotations

import socket
import struct
from typing import BinaryIO

from django.conf import settings

from balcao.platform.files.refused import FileRefused

_CHUNK = 64 * 1024
_CONNECT_SECONDS = 5
_SCAN_SECONDS = 20  # a full-size video; the person waits for it


def scan(file: BinaryIO) -> bool:
    """Ask the daemon; False when there is none to ask. FileRefused when it finds something or cannot answer: unchecked
    is not clean."""
    where = getattr(settings, "CLAMAV", "")
    if not where:
        return False
    file.seek(0)
    try:
        with _connected(where) as daemon:
            daemon.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                daemon.sendall(struct.pack(">I", len(chunk)) + chunk)
            daemon.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and (more := daemon.recv(4096)):
                answer += more
    except OSError as error:
        raise FileRefused("scanner_down", log=type(error).__name__) from error
    verdict = answer.rstrip(b"\0\n").decode(errors="replace")
    if verdict.endswith(" FOUND"):
        raise FileRefused("infected", log=verdict[:120])
    if not verdict.endswith(" OK"):
        raise FileRefused("scanner_down", log=verdict[:120])
    return True


def _connected(where: str) -> socket.socket:
    if "/" in where:
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(_CONNECT_SECONDS)
        daemon.connect(where)
    else:
        host, _colon, port = where.rpartition(":")
        daemon = socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS)
    daemon.settimeout(_SCAN_SECONDS)
    return daemon
