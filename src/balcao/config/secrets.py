"""The installation's secret: from the environment, or made once and kept beside the data, for its owner's eyes only."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """`BALCAO_SECRET_KEY`, else the content of DATA/secret (made at first use, mode 0600)."""
    if key := os.environ.get("BALCAO_SECRET_KEY"):
        return key
    path = data / "secret"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        try:
            os.link(made, path)  # atomic: of two processes that start together, one wins and both read the same
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
