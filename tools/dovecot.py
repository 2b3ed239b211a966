"""Makes sure that the tests of incoming mail find a Dovecot, where Debian's package can be installed. Elsewhere they
say that they are skipped."""

import os
import shutil
import subprocess


def main() -> None:
    if os.path.exists("/usr/sbin/dovecot") or shutil.which("dovecot"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("No Dovecot here: the tests that read a real mailbox will be skipped (apt install dovecot-imapd).")
        return
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    install = ("apt-get", "install", "-q", "-y", "--no-install-recommends", "dovecot-imapd")
    for command in (("apt-get", "update", "-q"), install):
        print("Installing Dovecot:", " ".join(command), flush=True)
        subprocess.run(command, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
