"""Translations without the system's gettext: compile locale/*.po, or collect the words of the code (--extract)."""

import os
import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "src" / "balcao" / "locale"
OTHERS = ROOT / "src" / "balcao" / "console" / "allauth_words"  # written by hand: not in our code


def compile_all() -> None:
    for po in sorted([*LOCALE.glob("*/LC_MESSAGES/*.po"), *OTHERS.glob("*/LC_MESSAGES/*.po")]):
        with po.open("rb") as source:
            catalog = read_po(source)
        fresh = po.with_suffix(f".mo.{os.getpid()}")
        with fresh.open("wb") as target:
            write_mo(target, catalog)
        fresh.replace(po.with_suffix(".mo"))


def extract() -> None:
    """`django-admin makemessages` reads templates best; it needs the system's gettext."""
    languages = [option for folder in sorted(LOCALE.glob("*/")) for option in ("-l", folder.name)]
    # No line breaks and no locations: a changed sentence is then one changed line.
    quiet = ["--no-location", "--no-obsolete", "--no-wrap", "-i", "tests/*", "-i", "frontend/*"]
    command = [sys.executable, str(ROOT / "manage.py"), "makemessages", *quiet, *languages]
    if subprocess.run(command, cwd=ROOT / "src" / "balcao").returncode:
        sys.exit("The words could not be collected: install gettext (apt install gettext; brew install gettext).")


if __name__ == "__main__":
    if "--extract" in sys.argv:
        extract()
    compile_all()
