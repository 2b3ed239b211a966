"""A real virus scanner for a test: Debian's clamd in a folder of its own, which knows one signature."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

PLACES = ("/usr/sbin/clamd", "/usr/local/sbin/clamd", str(Path(sys.prefix) / "clamav/usr/sbin/clamd"))
PROGRAM = shutil.which("clamd") or next((place for place in PLACES if Path(place).exists()), "")
# The test file of all antivirus programs (eicar.org), backwards: a checkout of ours shall alarm nobody's.
EICAR = r"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X"[::-1]
CONFIG = """
Foreground yes
DatabaseDirectory {home}/db
LocalSocket {home}/clamd
TemporaryDirectory {home}
LogFile {home}/log
"""


class Clamd:
    """`with Clamd() as scanner`: settings.CLAMAV = scanner.where."""

    def __init__(self) -> None:
        if not PROGRAM or subprocess.run([PROGRAM, "--help"], capture_output=True).returncode:
            pytest.skip("no ClamAV here: `make ready-to-test` fetches Debian's, as root (apt install clamav-daemon)")
        self.home = Path(tempfile.mkdtemp(prefix="clamav-"))
        self.where = str(self.home / "clamd")

    def __enter__(self) -> Clamd:
        (self.home / "db").mkdir()
        (self.home / "db/eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.encode().hex()}\n")
        (self.home / "conf").write_text(CONFIG.format(home=self.home))
        self.process = subprocess.Popen(
            [PROGRAM, "--config-file", str(self.home / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                log = self.home / "log"
                raise RuntimeError(log.read_text() if log.exists() else "clamd did not start")
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as daemon:
            try:
                daemon.connect(self.where)
                daemon.sendall(b"zPING\0")
                return daemon.recv(16) == b"PONG\0"
            except OSError:
                return False

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)
