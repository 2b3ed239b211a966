"""Makes sure that the browser tests find a Chromium: the system's, else Debian's package, else Playwright's own."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def there() -> bool:
    if any(shutil.which(name) for name in NAMES):
        return True
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return os.path.exists(playwright.chromium.executable_path)


def quiet(*command: str) -> bool:
    print("Installing Chromium:", " ".join(command), flush=True)
    return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0


def main() -> None:
    if there():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        quiet("apt-get", "update", "-q")
        # Ubuntu's package of this name is a snap, which a container cannot run: then Playwright's own below.
        if quiet("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium") and there():
            return
    with_system = ["--with-deps"] if os.geteuid() == 0 else []
    if quiet(sys.executable, "-m", "playwright", "install", *with_system, "chromium") and there():
        return
    sys.exit("The browser tests need Chromium, and it could not be installed: install it (apt install chromium).")


if __name__ == "__main__":
    main()
