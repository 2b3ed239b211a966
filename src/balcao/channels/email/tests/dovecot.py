"""A real IMAP server for a test: Debian's Dovecot, with one user, in a folder and on a port of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{home}/mail
default_internal_user = {internal}
default_login_user = {internal}
default_internal_group = {group}
first_valid_uid = 1
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


# Of its own, for its number and not for the name "localhost". Debian's Dovecot brings openssl along.
CERTIFICATE = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-days", "2", "-subj", "/CN=correio", "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip


class Dovecot:
    """`with Dovecot() as server`. `append` brings a mail as another server would."""

    user, password = "atendimento@vila.example", "secret"

    def __init__(self) -> None:
        if not os.path.exists(PROGRAM):
            pytest.skip("no Dovecot here: `make ready-to-test` installs Debian's, as root (apt install dovecot-imapd)")
        self.home = Path(tempfile.mkdtemp(prefix="dovecot-"))
        with socket.socket() as free, socket.socket() as other:
            free.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
            self.tls_port: int = other.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Dovecot:
        # Dovecot refuses to touch mail as root.
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        internal = "dovenull" if os.geteuid() == 0 else owner.pw_name
        internal_owner = pwd.getpwnam(internal)
        self.home.chmod(0o755)
        for name in ("mail", "state", "run"):
            (self.home / name).mkdir()
        os.chown(self.home / "mail", owner.pw_uid, owner.pw_gid)
        subprocess.run(
            [*CERTIFICATE, "-keyout", self.home / "key.pem", "-out", self.certificate], check=True, capture_output=True
        )
        (self.home / "conf").write_text(
            CONFIG.format(
                home=self.home,
                port=self.port,
                tls_port=self.tls_port,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                internal=internal,
                group=grp.getgrgid(internal_owner.pw_gid).gr_name,
            )
        )
        self.start()
        return self

    def start(self) -> None:
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", str(self.home / "conf")], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                self.session().logout()
                return
            except (OSError, imaplib.IMAP4.error):
                if self.process.poll() is not None or time.monotonic() > end:
                    log = self.home / "log"
                    raise RuntimeError(log.read_text() if log.exists() else "Dovecot did not start") from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def session(self) -> imaplib.IMAP4:
        post = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        post.login(self.user, self.password)
        return post

    def append(self, raw: bytes) -> None:
        post = self.session()
        status, said = post.append("INBOX", "", "", raw)  # type: ignore[arg-type]
        assert status == "OK", said
        post.logout()

    def count(self, which: str) -> int:
        post = self.session()
        post.select("INBOX", readonly=True)
        _status, found = post.search(None, which)
        post.logout()
        return len(found[0].split())

    @property
    def certificate(self) -> Path:
        return self.home / "cert.pem"

    def by_tls(self, scheme: str, host: str = "127.0.0.1", *, known: bool = True) -> str:
        """The same mailbox over TLS; `known`: its certificate is named."""
        port = self.tls_port if scheme == "imaps" else self.port
        more = f"?ca={self.certificate}" if known else ""
        return f"vila-serena={scheme}://atendimento%40vila.example:secret@{host}:{port}/INBOX{more}"

    @property
    def url(self) -> str:
        return f"vila-serena=imap://atendimento%40vila.example:secret@127.0.0.1:{self.port}/INBOX"
