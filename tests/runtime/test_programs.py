"""Which server reads whose files."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.runtime.programs import OLDEST, Program, choose_program


def a_program(name: str, *version: int) -> Program:
    major, minor, patch = version
    return Program(Path(f"/{name}"), name, (major, minor, patch))


@pytest.mark.parametrize(
    ("reader", "writer", "readable"),
    [
        (a_program("valkey", 9, 1, 2), a_program("valkey", 9, 1, 2), True),
        (a_program("valkey", 9, 1, 0), a_program("valkey", 9, 1, 2), True),
        (a_program("valkey", 9, 1, 0), a_program("valkey", 8, 0, 0), True),
        (a_program("valkey", 8, 0, 0), a_program("valkey", 9, 1, 0), False),
        (a_program("redis", 7, 0, 15), a_program("redis", 7, 2, 0), False),
        (a_program("valkey", 9, 1, 0), a_program("redis", 7, 0, 15), True),
        (a_program("valkey", 9, 1, 0), a_program("redis", 7, 4, 0), False),
        (a_program("redis", 8, 0, 0), a_program("valkey", 7, 2, 0), False),
    ],
)
def test_who_reads_whose_files(reader: Program, writer: Program, readable: bool) -> None:
    assert reader.reads(writer) is readable


def test_a_record_is_read_back(tmp_path: Path) -> None:
    record = tmp_path / "program.json"
    assert Program.recorded(record) is None
    program = a_program("valkey", 9, 1, 2)
    program.record(record)
    assert Program.recorded(record) == program
    record.write_text("{}")
    assert Program.recorded(record) is None


def test_another_program_is_no_server(tmp_path: Path) -> None:
    assert Program.at(Path("/bin/echo")) is None
    assert Program.at(tmp_path / "nothing") is None


def test_the_chosen_program_is_new_enough() -> None:
    assert choose_program().version[:2] >= OLDEST
