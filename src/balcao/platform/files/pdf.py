"""PDFs: cleaned in a process of their own, see `pdf_worker`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from balcao.platform.files.refused import FileRefused

# As in pdf_worker, which is not imported here: it loads the PDF library into the process that must stay out of its
# reach.
_CLEANED, _KEPT_SIGNED, _LOCKED, _ACTIVE = 0, 10, 11, 12
_SECONDS = 30


def clean_pdf(file: BinaryIO) -> tuple[BinaryIO, bool]:
    """A new temporary file: the same pages without scripts, launches, attachments and author's data, or FileRefused.
    True beside it when the file is signed: then it keeps every byte, and with them its author's name."""
    with tempfile.TemporaryDirectory(prefix="balcao-pdf-") as folder:
        source, target = Path(folder, "in.pdf"), Path(folder, "out.pdf")
        file.seek(0)
        with source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "balcao.platform.files.pdf_worker", str(source), str(target)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FileRefused("bomb", log="pdf time-out") from None
        if done.returncode == _LOCKED:
            raise FileRefused("pdf_locked")
        if done.returncode == _ACTIVE:
            raise FileRefused("pdf_active")
        if done.returncode not in {_CLEANED, _KEPT_SIGNED}:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise FileRefused("damaged", log=f"pdf {done.returncode} {last[0][:120] if last else ''}")
        out = tempfile.TemporaryFile()  # noqa: SIM115 - handed on
        with target.open("rb") as cleaned:
            shutil.copyfileobj(cleaned, out)
    out.seek(0)
    return out, done.returncode == _KEPT_SIGNED
