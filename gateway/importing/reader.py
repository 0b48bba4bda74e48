"""Rows out of CSV and TSV files of any size: one line at a time, and a broken line costs itself only."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from gateway.importing.errors import Spot, WrongMapping
from gateway.importing.tables import Table
from gateway.importing.values import Row

FORMAT_KEYS = ("delimiter", "encoding", "quote", "columns", "skip")
LONGEST_LINE = 1 << 20
"""Signs a line may have; a file without line ends would otherwise fill the memory."""
_BROKEN = "\udc80"


def _mark(error: UnicodeError) -> tuple[str, int]:
    # A lone surrogate never comes out of a sound file, so a line that holds one was broken.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _BROKEN, error.end


codecs.register_error("cogwerk-mark", _mark)


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written. `columns` names the columns of a file without a header line."""

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    quote: bool = True
    columns: tuple[str, ...] = ()
    skip: int = 0
    """Lines before the header or the first row."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file with the number of its first line."""

    number: int
    row: Row


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no row, and why."""

    number: int
    reason: str
    text: str


class Lines:
    """The lines of an open file, numbered from 1, that can be given back."""

    def __init__(self, binary: BinaryIO, encoding: str) -> None:
        self._binary = binary
        self._text = TextIOWrapper(binary, encoding, errors="cogwerk-mark", newline="")
        self._ahead: deque[str] = deque()
        self.number = 0

    @property
    def bytes_read(self) -> int:
        """How far the file is read; runs ahead by a buffer."""
        return self._binary.tell()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        """They come again."""
        self._ahead.extendleft(reversed(lines))
        self.number -= len(lines)

    def skip_rest(self, line: str) -> None:
        """Drops the remainder of a line that was too long to be read in one piece."""
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST_LINE)


class Reader:
    """One file, row by row. `columns` are known as soon as it is made; raises WrongMapping without a header line."""

    def __init__(self, binary: BinaryIO, form: Format, spot: Spot) -> None:
        self._lines = Lines(binary, form.encoding)
        self._form = form
        for _ in range(form.skip):
            next(self._lines, None)
        self.columns = form.columns or self._header(spot)

    @property
    def bytes_read(self) -> int:
        """For a progress bar."""
        return self._lines.bytes_read

    def __iter__(self) -> Iterator[Line | BrokenLine]:
        """Lines without any value are passed over."""
        for raw in self._lines:
            if not raw.strip():
                continue
            number = self._lines.number
            found = self._row(self._fields(raw))
            if isinstance(found, str):
                yield BrokenLine(number, found, raw.rstrip("\r\n")[:1000])
            else:
                yield Line(number, found)

    def _row(self, fields: list[str] | str) -> Row | str:
        if isinstance(fields, str):
            return fields
        if len(fields) != len(self.columns):
            return f"{len(fields)} columns instead of {len(self.columns)}"
        return dict(zip(self.columns, fields, strict=True))

    def _fields(self, raw: str) -> list[str] | str:
        """The fields of the row that begins with this line, or why there are none."""
        if len(raw) >= LONGEST_LINE and not raw.endswith(("\n", "\r")):
            self._lines.skip_rest(raw)
            return f"the line is longer than {LONGEST_LINE} signs"
        quoted = self._form.quote and '"' in raw
        fields = self._quoted(raw) if quoted else raw.rstrip("\r\n").split(self._form.delimiter)
        if isinstance(fields, str):
            return fields
        return _unsound(fields) or fields

    def _quoted(self, raw: str) -> list[str] | str:
        """A quoted field may run over several lines; when it never ends, only its first line is lost."""
        taken: list[str] = []

        def feed() -> Iterator[str]:
            yield raw
            for line in self._lines:
                taken.append(line)
                yield line

        try:
            return next(csv.reader(feed(), delimiter=self._form.delimiter, strict=True))
        except csv.Error as error:
            self._lines.give_back(taken)
            ends = "expected after" not in str(error)
            return "a quoted field does not end" if ends else "text follows the end of a quoted field"

    def _header(self, spot: Spot) -> tuple[str, ...]:
        raw = next(self._lines, None)
        fields = self._fields(raw) if raw is not None else "it is empty"
        if isinstance(fields, str):
            raise WrongMapping(spot, f"the file has no header line: {fields}")
        names = tuple(field.strip() for field in fields)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise WrongMapping(spot, f"the header names the column {twice!r} twice")
        return names


def _unsound(fields: Sequence[str]) -> str | None:
    for index, field in enumerate(fields, 1):
        if "\0" in field:
            return f"column {index} holds a NUL byte"
        if not field.isascii() and _BROKEN in field:
            return f"column {index} is not text in the file's encoding"
    return None


def read_format(table: Table, base: Format) -> Format:
    """The base with what the table sets; raises WrongMapping for an unknown encoding or a wrong delimiter."""
    encoding = table.text("encoding", base.encoding) or ""
    delimiter = table.text("delimiter", base.delimiter) or ""
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise WrongMapping(table.spot.at("delimiter"), 'one sign is expected here, such as "," or ";" or "\\t"')
    return Format(
        delimiter,
        _encoding(encoding, table.spot.at("encoding")),
        table.truth("quote", base.quote),
        table.texts("columns") or base.columns,
        _skip(table, base),
    )


def _encoding(name: str, spot: Spot) -> str:
    try:
        found = codecs.lookup(name)
        b"ab".decode(name, "ignore")  # refuses base64 and the like, which are no encodings of text
    except LookupError:
        raise WrongMapping(spot, f"there is no encoding {name!r}; often: utf-8, cp1252, iso-8859-1, utf-16") from None
    return "utf-8-sig" if found.name == "utf-8" else found.name


def _skip(table: Table, base: Format) -> int:
    value = table.raw("skip")
    if value is None:
        return base.skip
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WrongMapping(table.spot.at("skip"), "a number of lines is expected here")
    return value


def open_reader(path: Path, form: Format, spot: Spot) -> tuple[BinaryIO, Reader]:
    """The open file, to be closed by the caller, and its reader. Raises WrongMapping when it cannot be read."""
    try:
        binary = path.open("rb")
    except OSError as error:
        raise WrongMapping(spot, f"{path} cannot be read: {error.strerror}") from None
    try:
        return binary, Reader(binary, form, spot)
    except BaseException:
        binary.close()
        raise
