"""A CSV file as published: gzipped or not, in the encoding and with the delimiter that its city chose."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from balcao.platform.trouble import Trouble

LONGEST = 2**20  # characters of a cell; a quote that is never closed would else swallow the file


def table(path: Path, *, encoding: str = "utf-8-sig", delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row, the header first (empty when there is none). Trouble when it cannot be read."""
    csv.field_size_limit(LONGEST)
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            yield 1, [name.strip() for name in next(reader, [])]
            for cells in reader:
                if cells:  # an empty line is no row
                    yield reader.line_num, cells
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise Trouble(f"{path.name} cannot be read as CSV in {encoding.removesuffix('-sig')}: {error}.") from error
