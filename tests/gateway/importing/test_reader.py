"""Reading files: every encoding and separator, and a broken line costs itself only."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import BinaryIO

import pytest
from hypothesis import given, settings, strategies as st

from gateway.importing import reader as reading
from gateway.importing.errors import Spot, WrongMapping
from gateway.importing.reader import BrokenLine, Format, Line, Reader
from gateway.importing.values import Row

SPOT = Spot("shop.toml", "step 1", ("file",))


def lines(data: bytes, form: Format | None = None) -> list[Line | BrokenLine]:
    """All that comes out of a file."""
    return list(Reader(BytesIO(data), form or Format(), SPOT))


def rows(data: bytes, form: Format | None = None) -> list[Row]:
    """The sound rows."""
    return [line.row for line in lines(data, form) if isinstance(line, Line)]


def broken(data: bytes, form: Format | None = None) -> list[tuple[int, str]]:
    """Number and reason of the broken lines."""
    return [(line.number, line.reason) for line in lines(data, form) if isinstance(line, BrokenLine)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15"])
def test_umlauts_arrive_in_every_encoding_and_with_every_line_end(encoding: str, ending: str) -> None:
    data = ending.join(["sku;Größe", "A;übergroß", ""]).encode(encoding)
    form = Format(delimiter=";", encoding="utf-8-sig" if encoding == "utf-8" else encoding)
    assert rows(data, form) == [{"sku": "A", "Größe": "übergroß"}]


def test_quotes_hold_separators_line_ends_and_doubled_quotes() -> None:
    data = b'sku,text\nA,"one, two\nthree ""four"""\nB,5" pipe\n'
    found = lines(data)
    assert found == [
        Line(2, {"sku": "A", "text": 'one, two\nthree "four"'}),
        Line(4, {"sku": "B", "text": '5" pipe'}),
    ]


def test_without_quoting_a_quote_is_a_sign_like_any_other() -> None:
    form = Format(delimiter="\t", quote=False, columns=("id", "text"))
    assert rows(b'1\t"open\n2\t5"\n', form) == [{"id": "1", "text": '"open'}, {"id": "2", "text": '5"'}]


def test_a_file_without_header_gets_its_columns_from_the_mapping_and_lines_are_skipped() -> None:
    form = Format(columns=("a", "b"), skip=2)
    assert lines(b"made by ERP\n\n1,2\n", form) == [Line(3, {"a": "1", "b": "2"})]


def test_empty_lines_are_passed_over_and_numbers_stay_those_of_the_file() -> None:
    assert [line.number for line in lines(b"a,b\n\n1,2\n \n3,4")] == [3, 5]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"A,1,2", "3 columns instead of 2"),
        (b"A", "1 columns instead of 2"),
        (b"A,\xff", "column 2 is not text in the file's encoding"),
        (b"\xc3,1", "column 1 is not text in the file's encoding"),
        (b"A,1\x002", "column 2 holds a NUL byte"),
        (b'A,"x', "a quoted field does not end"),
        (b'A,"x"y', "text follows the end of a quoted field"),
    ],
)
def test_a_broken_line_is_told_by_its_number_and_the_next_one_is_read(data: bytes, reason: str) -> None:
    whole = b"sku,amount\nfirst,1\n" + data + b"\nlast,2\n"
    assert broken(whole) == [(3, reason)]
    assert [row["sku"] for row in rows(whole)] == ["first", "last"]


def test_two_open_quotes_do_not_swallow_the_lines_between_them() -> None:
    data = b'sku,amount\nA,"1\nB,2\nC,"3\nD,4\n'
    assert broken(data) == [(2, "text follows the end of a quoted field"), (4, "a quoted field does not end")]
    assert [row["sku"] for row in rows(data)] == ["B", "D"]


def test_an_open_quote_in_a_large_file_is_given_up_and_every_other_row_is_read() -> None:
    data = b'sku,amount\nA,"1\n' + b"B,2\n" * 50_000
    found = lines(data)
    assert sum(isinstance(line, Line) for line in found) == 50_000
    assert found[0] == BrokenLine(2, "a quoted field does not end", 'A,"1')


def test_a_line_without_end_is_refused_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 100)
    data = b"sku,amount\nA," + b"9" * 1000 + b"\nB,2\n"
    assert broken(data) == [(2, "the line is longer than 100 signs")]
    assert [row["sku"] for row in rows(data)] == ["B"]


@pytest.mark.parametrize(
    ("data", "part"),
    [(b"", "no header line"), (b"a,a\n1,2\n", "column 'a' twice"), (b"\xff,b\n", "not text in the file's encoding")],
)
def test_a_file_without_usable_header_is_a_wrong_mapping(data: bytes, part: str) -> None:
    with pytest.raises(WrongMapping, match=part):
        lines(data)


def test_a_file_is_read_as_a_stream() -> None:
    class Endless(BytesIO):
        """A file that never ends."""

        def _lines(self) -> Iterator[bytes]:
            yield b"a,b\n"
            while True:
                yield b"1,2\n" * 1000

        def __init__(self) -> None:
            super().__init__()
            self.given = self._lines()

        def read1(self, size: int | None = -1, /) -> bytes:
            return next(self.given)

    binary: BinaryIO = Endless()
    found = iter(Reader(binary, Format(), SPOT))
    assert next(found) == Line(2, {"a": "1", "b": "2"})


FIELDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=150)
@given(st.lists(st.tuples(FIELDS, FIELDS, FIELDS), max_size=6))
def test_whatever_is_written_as_csv_is_read_back(table: list[tuple[str, str, str]]) -> None:
    stream = StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(table)
    form = Format(columns=("a", "b", "c"))
    assert [tuple(row.values()) for row in rows(stream.getvalue().encode(), form)] == table
    assert broken(stream.getvalue().encode(), form) == []


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_no_bytes_at_all_stop_the_reader(data: bytes) -> None:
    for quote in (True, False):
        found = lines(data, Format(columns=("a", "b"), quote=quote))
        assert [line.number for line in found] == sorted({line.number for line in found})
