"""Files of associations, taken apart: bytes into records as they arrive, a record into named values. Pure.

NDJSON: one JSON object per line. CSV (RFC 4180): UTF-8, a first record with the names of the columns, `;` or `,`; several
values in one field are separated by `|`, the parts of one value by `:` (by a space where there are times and days in it),
and a dot leads into a part (`consent.channel`).
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

RECORD_BYTES_AT_MOST = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SEPARATOR = "|"
_HARMLESS = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}")
"""A name of a column, not what somebody wrote into a file without a heading."""


class Format(StrEnum):
    """Of a file."""

    NDJSON = "ndjson"
    CSV = "csv"


class Record(NamedTuple):
    """One row as it came. `line`: which row it is for whoever opens the file, heading and blank ones counted, from 1."""

    line: int
    content: bytes


TOO_LONG = b""
"""The content of a record that is longer than allowed, and not kept. Blank rows are no records: nothing else is empty."""


class UnknownColumns(Exception):
    """The heading names a column twice, or one that does not exist: the how many-th, and its name if that is harmless."""

    def __init__(self, number: int | None = None, name: str = "", *, twice: bool = False) -> None:
        super().__init__(number)
        self.number = number
        self.name = name if _HARMLESS.fullmatch(name) else None
        self.twice = twice


class Unreadable(Exception):
    """A record that is no row at all; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Records:
    """Takes bytes in parts of any size and gives whole records; it holds at most one unfinished record.

    A line that is too long is a record `TOO_LONG`. A quotation mark that does not close in time spoils its own line only.
    """

    def __init__(self, form: Format, bytes_at_most: int = RECORD_BYTES_AT_MOST) -> None:
        self._quoted = form is Format.CSV
        self._at_most = bytes_at_most
        self._rest = b""
        self._lines: list[bytes] = []
        """Of a record whose value goes on in the next line; joined once, when it ends."""
        self._size = 0
        self._row = 0
        self._begun = False
        self._within = False
        """Inside of quotation marks, at the end of what was read."""
        self._passing = False
        """The line that is being read is too long: what is left of it is not kept."""
        self._delimiter: bytes | None = None
        """Of a CSV file; None before its heading is there."""

    def feed(self, part: bytes) -> list[Record]:
        """The records that are complete with this part; blank ones are none."""
        if not self._begun and self._rest + part:
            self._rest, part = b"", self._rest + part
            if len(part) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(part):
                self._rest = part
                return []
            part = part.removeprefix(BYTE_ORDER_MARK)
            self._begun = True
        *lines, self._rest = (self._rest + part).split(b"\n")
        found: list[Record] = []
        for line in lines:
            if self._passing:
                self._passing = False
                found.append(self._counted(TOO_LONG))
            # An empty line between records is dropped here: a file of nothing else costs no more than reading it.
            elif not line and not self._lines:
                self._row += 1
            else:
                found += self._line(line)
        if self._lines and self._size + len(self._rest) > self._at_most:
            found += self._given_up()
        if self._passing or len(self._rest) > self._at_most:
            self._rest, self._passing = b"", True
        return found

    def end(self) -> list[Record]:
        """What is left: a last record without line break, and whatever stands behind a mark that never closes."""
        if self._passing:
            return [self._counted(TOO_LONG)]
        rest, self._rest = self._rest, b""
        found = self._line(rest)
        while self._lines:
            found += self._given_up()
        return found

    def _line(self, line: bytes) -> list[Record]:
        found: list[Record] = []
        if self._lines and self._size + 1 + len(line) > self._at_most:
            found = self._given_up()
        if len(line) > self._at_most:
            return [*found, self._counted(TOO_LONG)]
        self._size += bool(self._lines) + len(line)
        self._lines.append(line)
        if self._quoted:
            if self._delimiter is None and line.strip():
                self._delimiter = delimiter_of(line)
            # Within quotation marks a line break is part of a value.
            self._within = ends_within_quotes(line, self._delimiter or b";", within=self._within)
            if self._within:
                return found
        record = self._joined()
        record = record.strip(b"\r\n\t ") if not self._quoted else record.rstrip(b"\r")
        if record.strip():
            return [*found, self._counted(record)]
        self._row += 1
        return found

    def _given_up(self) -> list[Record]:
        """The first line of an unfinished record alone, and what follows it anew."""
        first, *following = self._lines
        self._joined()
        found = [self._counted(first)]
        for line in following:
            found += self._line(line)
        return found

    def _counted(self, content: bytes) -> Record:
        self._row += 1
        return Record(self._row, content)

    def _joined(self) -> bytes:
        record = b"\n".join(self._lines)
        self._lines, self._size, self._within = [], 0, False
        return record


def delimiter_of(heading: bytes) -> bytes:
    """What stands between the names of the columns."""
    return b";" if heading.count(b";") >= heading.count(b",") else b","


def ends_within_quotes(line: bytes, delimiter: bytes, *, within: bool) -> bool:
    """Whether a value goes on in the next line: a mark opens a value only at its beginning, elsewhere it is a character.

    Parameters
    ----------
    within
        Whether the line begins inside of quotation marks.
    """
    at, length = 0, len(line)
    while at < length:
        if within:
            at = line.find(b'"', at)
            if at < 0:
                return True
            doubled = line[at + 1 : at + 2] == b'"'
            within, at = doubled, at + 1 + doubled
        elif line[at : at + 1] == b'"':
            within, at = True, at + 1
        else:
            following = line.find(delimiter, at)
            if following < 0:
                return False
            at = following + 1
    return within


@dataclass(frozen=True)
class Columns:
    """The heading of a CSV file."""

    delimiter: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, heading: bytes, known: Iterable[str]) -> "Columns":
        """The columns that a file's first record names.

        Raises
        ------
        UnknownColumns
        """
        try:
            text = heading.decode()
            delimiter = delimiter_of(heading).decode()
            names = tuple(name.strip().lower() for name in _values(text, delimiter))
        except (UnicodeDecodeError, Unreadable):
            raise UnknownColumns from None
        for number, name in enumerate(names, 1):
            if name not in known or name in names[: number - 1]:
                raise UnknownColumns(number, name, twice=name in known)
        return cls(delimiter, names)

    def read(self, record: bytes) -> dict[str, str]:
        """The values of a record by column; empty ones are left out.

        Raises
        ------
        Unreadable
            `not-utf-8`, `malformed-csv`, `wrong-number-of-values`.
        """
        try:
            values = _values(record.decode(), self.delimiter)
        except UnicodeDecodeError:
            raise Unreadable("not-utf-8") from None
        if len(values) != len(self.names):
            raise Unreadable("wrong-number-of-values")
        return {name: value for name, value in zip(self.names, map(str.strip, values), strict=True) if value}


def _values(text: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        raise Unreadable("malformed-csv") from None
    if len(rows) != 1:
        raise Unreadable("malformed-csv")
    return rows[0]


@dataclass(frozen=True)
class Shapes:
    """How the columns of a kind stand for lists: of plain values, or of parts by name."""

    lists: frozenset[str] = frozenset()
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    divider: str = ":"
    examples: Mapping[str, str] = field(default_factory=dict)
    """How one entry of a column with parts is written."""


def nested(values: Mapping[str, str], shapes: Shapes) -> dict[str, Any]:
    """Named values as the JSON object that an NDJSON file would have had."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        place = found
        *path, last = name.split(".")
        for step in path:
            place = place.setdefault(step, {})
        if name in shapes.lists:
            place[last] = _separated(value)
        elif name in shapes.parts:
            place[last] = [
                dict(zip(shapes.parts[name], map(str.strip, entry.split(shapes.divider)), strict=False))
                for entry in _separated(value)
            ]
        else:
            place[last] = value
    return found


def _separated(value: str) -> list[str]:
    return [entry.strip() for entry in value.split(SEPARATOR) if entry.strip()]
