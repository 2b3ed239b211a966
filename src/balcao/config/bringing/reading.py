"""A row of a city's file, understood by its mapping: a demand of the past, or the reason why it is none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from balcao.cases.actions.opening import MAX_DESCRIPTION
from balcao.cases.words import MAX_ANSWER, MAX_WORDS
from balcao.catalog.models import Kind, Outcome
from balcao.citizens import identifiers
from balcao.citizens.identifiers import InvalidIdentifier
from balcao.config.replay.columns import Row, Unfit
from balcao.config.replay.counting import OURS, paper
from balcao.config.replay.table import table
from balcao.organization.models import Agency
from balcao.platform.geography import is_point
from balcao.platform.text import clean_text, has_words
from balcao.platform.trouble import Trouble

from .mapping import ENDINGS, ISO, JOINED, OPEN, CaseMapping, fold

OLDEST = 2000  # the first year that has protocol numbers
MOST_WORDS = 200  # unknown words that are remembered of each column: a wrong column may have a million
NO_WORDS: Mapping[str, str] = {}
_CALLED = {"document": "a document", "email": "an e-mail address", "phone": "a phone number"}


class UnknownWord(Unfit):
    """A word that neither the mapping nor the agency knows."""

    def __init__(self, what: str, word: str) -> None:
        self.what, self.word = what, word[:80]
        super().__init__(f"an unknown {what}" if word else f"no {what}")


@dataclass(frozen=True)
class Past:
    """One row, understood. `ending` "" is still open; `closed_at` is when it ended, None while open. Service, area and
    district are names, "" when none is told. `answer` is as the file has it; `notes` is what had to be left out."""

    line: int
    key: str
    opened_at: datetime
    closed_at: datetime | None
    status: str
    ending: str
    channel: str
    kind: str
    service: str
    group: str
    area: str
    district: str
    description: str
    address: str
    lat: float | None
    lon: float | None
    answer: str
    name: str
    document: str
    email: str
    phone: str
    notes: tuple[str, ...]
    cells: Sequence[str] = field(repr=False)

    @property
    def anonymous(self) -> bool:
        return not (self.name or self.document or self.email or self.phone)


class Rows:
    """The rows of a file, by a mapping. `header` are its columns' names; Trouble when one that is mapped is missing.

    A file of refused rows that was mended is read like the one that they came from."""

    def __init__(self, path: Path, mapping: CaseMapping) -> None:
        self.path, self.mapping = path, mapping
        first = next(self._table())[1]
        self._ours = len(OURS) if tuple(first[: len(OURS)]) == OURS else 0
        self.header = first[self._ours :]
        for name, columns in mapping.columns.items():
            for column in columns:
                if column not in self.header:
                    raise Trouble(
                        f"{path.name} has no column “{column}” (“columns.{name}” in {mapping.name}); "
                        f"it has: {', '.join(self.header)[:400] or 'none'}."
                    )
        self._places = {n: [self.header.index(c) for c in columns] for n, columns in mapping.columns.items()}

    def _table(self) -> Iterator[tuple[int, list[str]]]:
        return table(self.path, encoding=self.mapping.encoding, delimiter=self.mapping.delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str], Row]]:
        """(line, cells, the mapped texts by their name; none when there are too few or too many cells)."""
        reading = self._table()
        next(reading)
        for line, found in reading:
            cells = found[self._ours :]
            yield line, cells, self._texts(cells) if len(cells) == len(self.header) else NO_WORDS

    def paper(self, target: Path | None) -> AbstractContextManager[Any]:
        """Where its refused rows are written: in its own encoding, so that it can be mended and read again. The file
        itself must be another one."""
        if target is not None and target.exists() and target.samefile(self.path):
            raise Trouble(f"{target} would be written over while it is read: name another file with --refused.")
        return paper(target, self.header, encoding=self.mapping.encoding, delimiter=self.mapping.delimiter)

    def _texts(self, cells: list[str]) -> Row:
        return {
            name: JOINED.get(name, "").join(filter(None, (cells[place].strip() for place in places)))
            for name, places in self._places.items()
        }


class Understanding:
    """Rows of one mapping for one agency. `words` counts what nothing knows, by column."""

    def __init__(self, mapping: CaseMapping, agency: Agency, now: datetime) -> None:
        self.mapping, self.agency, self.now = mapping, agency, now
        self.zone = mapping.zone or ZoneInfo(agency.timezone)
        self.words: dict[str, Counter[str]] = defaultdict(Counter)

    def demand(self, line: int, cells: list[str], row: Row) -> Past:
        """Unfit with the reason when the row is no demand."""
        if not row:
            raise Unfit("the row has too few or too many cells")
        notes: list[str] = []
        opened, _ = self._moment(row["opened"], "opening")
        if opened > self.now:
            raise Unfit("opened in the future")
        if opened.year <= OLDEST:
            raise Unfit(f"opened before {OLDEST + 1}")
        status, ending = self._ending(row)
        lat, lon = self._point(row, notes)
        return Past(
            line=line,
            key=self._key(row, cells),
            opened_at=opened,
            closed_at=self._closed(row, opened) if ending else None,
            status=status,
            ending=ending,
            channel=self._channel(row, notes),
            kind=self._kind(row),
            service=self._word(row, "service"),
            group=(row.get("group") or self.mapping.defaults.get("group", ""))[:120],
            area=self._word(row, "area"),
            district=self._word(row, "district"),
            description=_within(clean_text(row.get("description", "")), MAX_DESCRIPTION, "the description", notes),
            address=_within(clean_text(row.get("address", ""), one_line=True), 300, "the address", notes),
            lat=lat,
            lon=lon,
            answer=self._answer(row, ending, notes),
            name=clean_text(row.get("name", ""), one_line=True)[:200],
            document=_valid(row, "document", identifiers.document, notes),
            email=_valid(row, "email", identifiers.email, notes),
            phone=_valid(row, "phone", lambda text: identifiers.phone(text, self.agency.jurisdiction), notes),
            notes=tuple(notes),
            cells=cells,
        )

    def unknown(self, what: str, word: str) -> UnknownWord:
        """The reason to refuse it; the word is remembered for the report."""
        seen = self.words[what]
        if word and (word in seen or len(seen) < MOST_WORDS):
            seen[word[:80]] += 1
        return UnknownWord(what, word)

    def _key(self, row: Row, cells: Sequence[str]) -> str:
        """What a second import finds it by: the file's own number, else all that the row says."""
        if "number" not in row:
            return f"{self.mapping.source}:{blake2b(chr(31).join(cells).encode(), digest_size=12).hexdigest()}"
        number = clean_text(row["number"], one_line=True)
        if not number:
            raise Unfit("no number of its own")
        if len(number) > 90:
            raise Unfit("a number of more than 90 characters")
        return f"{self.mapping.source}:{number}"

    def _moment(self, text: str, what: str) -> tuple[datetime, bool]:
        """The moment, and whether the text tells an hour at all."""
        for form in self.mapping.formats:
            try:
                moment = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)
            except ValueError:
                continue
            hour = len(text) > 10 if form == ISO else any(sign in form for sign in ("%H", "%I", "%X", "%c", "%T"))
            try:
                return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)), hour
            except (ValueError, OverflowError):
                break
        raise Unfit(f"no readable {what} date")

    def _closed(self, row: Row, opened: datetime) -> datetime:
        if not row.get("closed"):
            raise Unfit("ended without a date")
        closed, hour = self._moment(row["closed"], "closing")
        if not hour:  # a day alone: not before the opening of the same day
            closed = max(closed, opened) if closed.date() == opened.astimezone(self.zone).date() else closed
        if closed < opened:
            raise Unfit("answered before it was opened")
        if closed > self.now:
            raise Unfit("answered in the future")
        return closed

    def _ending(self, row: Row) -> tuple[str, str]:
        """(the file's word, ours; "" for open). Without a column of states, a closing date is an end."""
        if "status" not in row:
            ended = bool(row.get("closed"))
            outcome = self.mapping.defaults.get("outcome", Outcome.INFORMED.value)
            return ("ended", outcome) if ended else (OPEN, "")
        word = row["status"]
        ours = self.mapping.values.get("status", NO_WORDS).get(fold(word)) or (word.lower() if word else "")
        if ours not in ENDINGS:
            raise self.unknown("status", word)
        return word or ours, "" if ours == OPEN else ours

    def _kind(self, row: Row) -> str:
        word = row.get("kind", "")
        if not word:
            return self.mapping.defaults.get("kind", Kind.SOLICITACAO.value)
        ours = self.mapping.values.get("kind", NO_WORDS).get(fold(word)) or fold(word)
        if ours not in Kind.values:
            raise self.unknown("kind", word)
        return ours

    def _channel(self, row: Row, notes: list[str]) -> str:
        word = row.get("channel", "")
        default = self.mapping.defaults.get("channel", "unstated")
        ours = self.mapping.values.get("channel", NO_WORDS).get(fold(word)) if word else default
        if ours is None:
            self.unknown("channel", word)
            notes.append("a channel that the mapping does not know")
        return ours or default

    def _word(self, row: Row, what: str) -> str:
        word = clean_text(row.get(what, ""), one_line=True) or self.mapping.defaults.get(what, "")
        return self.mapping.values.get(what, NO_WORDS).get(fold(word), word)[:200]

    def _point(self, row: Row, notes: list[str]) -> tuple[float | None, float | None]:
        texts = [row.get(name, "").replace(",", ".") for name in ("lat", "lon")]
        if not any(texts):
            return None, None
        try:
            lat, lon = map(float, texts)
            if is_point(lat, lon) and (lat or lon):  # 0, 0 is in the sea off Africa: somebody's empty cell
                return lat, lon
        except ValueError:
            pass
        if self.mapping.unknown["point"] == "refuse":
            raise Unfit("no readable point")
        notes.append("a point that cannot be read")
        return None, None

    def _answer(self, row: Row, ending: str, notes: list[str]) -> str:
        text = clean_text(row.get("answer", ""))
        most = MAX_WORDS if ending == Outcome.REFUSED else MAX_ANSWER
        return _within(text, most, "the answer", notes) if ending and has_words(text) else ""


def _within(text: str, most: int, what: str, notes: list[str]) -> str:
    if len(text) > most:
        notes.append(f"the end of {what}, behind {most:,} characters")
    return text[:most]


def _valid(row: Row, what: str, check: Callable[[str], str], notes: list[str]) -> str:
    """The kept form; what is not valid is left out, and told."""
    text = row.get(what, "")
    if not text:
        return ""
    try:
        return check(text)
    except InvalidIdentifier:
        notes.append(f"{_CALLED[what]} that is not valid")
        return ""
