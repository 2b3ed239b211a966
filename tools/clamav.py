"""Makes sure that the tests of viruses find a ClamAV, where Debian's packages can be had. The engine is installed as
the library that it is; of the daemon's package only the program is taken, into the virtual environment: no service
starts on this machine and no signatures are fetched. Elsewhere the tests say that they are skipped."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(sys.prefix) / "clamav"
PLACES = ("/usr/sbin/clamd", "/usr/local/sbin/clamd", str(HOME / "usr/sbin/clamd"))


def quiet(*command: str, cwd: str | None = None) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, cwd=cwd).returncode == 0


def main() -> None:
    if shutil.which("clamd") or any(map(os.path.exists, PLACES)):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("No ClamAV here: the tests that look for viruses will be skipped (apt install clamav-daemon).")
        return
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    print("Installing ClamAV's engine, without its service: 7 MB", flush=True)
    quiet("apt-get", "update", "-q")
    wants = subprocess.run(("apt-cache", "depends", "clamav-daemon"), capture_output=True, text=True).stdout
    engine = re.search(r"Depends: (libclamav\w+)", wants)
    if engine is None or not quiet("apt-get", "install", "-q", "-y", "--no-install-recommends", engine[1]):
        print("ClamAV could not be installed: the tests that look for viruses will be skipped.")
        return
    with tempfile.TemporaryDirectory() as folder:
        quiet("apt-get", "-o", "APT::Sandbox::User=root", "download", "-q", "clamav-daemon", cwd=folder)
        for package in Path(folder).glob("*.deb"):
            quiet("dpkg-deb", "-x", str(package), str(HOME))


if __name__ == "__main__":
    main()
