"""Write the pages of docs/reference that come from the code (`make docs`). `--check` only says whether they are old."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def pages() -> dict[str, str]:
    """File name -> what it must hold. Django must be set up."""
    import data_model
    import event_pages
    import rule_pages

    return {"data-model.md": data_model.text(), "events.md": event_pages.text(), "rules.md": rule_pages.text()}


def old() -> list[str]:
    """The names of the pages that the code has outgrown."""
    return [n for n, text in pages().items() if not (REFERENCE / n).exists() or (REFERENCE / n).read_text() != text]


def main() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:  # the settings look for a secret beside the data; nothing is kept
        os.environ.setdefault("BALCAO_DATA", folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balcao.config.settings")
        import django

        django.setup()
        found = old()
        if "--check" in sys.argv:
            sys.exit(f"Old: {', '.join(found)}. Run `make docs`." if found else 0)
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (REFERENCE / name).write_text(text)
        print(f"Written: {', '.join(found) or 'nothing; all is current'}")


if __name__ == "__main__":
    main()
