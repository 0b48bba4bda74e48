"""The command `codes`: made step by step, written to a file, finished after a crash."""

from __future__ import annotations

import asyncio
import csv
import re
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.process import open_trade
from gateway.settings import Settings
from modules.kernel.viewer import OPERATOR
from modules.pricing.model.codes import BatchInput
from tests.builders import a_viewer
from tests.pricing.redeeming import a_limited, save_promotions


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop with the promotion `sale`."""
    for name in ("DATABASE_URL", "COGWERK_MODE", "COGWERK_HOST"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "data"

    async def fill() -> None:
        async with open_trade(Settings(data=data)) as (database, _):
            await save_promotions(database, a_limited())

    asyncio.run(fill())
    return data


def codes(data: Path, action: str, *options: object) -> int:
    """The command's exit code."""
    return main(["codes", action, "sale", "--data", str(data), *map(str, options)])


def rows(path: Path) -> list[dict[str, str]]:
    """What a file holds."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_codes_are_made_and_written_to_a_file_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    assert codes(data, "generate", "--count", 25_000, "--prefix", "Mai-", "--out", path) == 0
    found = rows(path)
    assert len({row["code"] for row in found}) == 25_000
    assert {(row["code"][:4], row["max_uses"], row["held"], row["withdrawn_at"]) for row in found} == {
        ("Mai-", "1", "0", "")
    }
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir() if entry != data] == ["codes.csv"]
    assert codes(data, "export", "--out", tmp_path / "again.csv") == 0
    assert rows(tmp_path / "again.csv") == found


def test_an_interrupted_batch_is_finished_by_its_name(data: Path, tmp_path: Path) -> None:
    async def interrupt() -> str:
        async with open_trade(Settings(data=data)) as (_, trade):
            boss, batches = a_viewer(OPERATOR), trade.pricing.batches
            begun = await batches.begin(boss, BatchInput(promotion="sale", count=15_000), "test")
            assert begun.batch is not None
            await batches.advance(boss, begun.batch.id)
            return begun.batch.id

    batch = asyncio.run(interrupt())
    path = tmp_path / "codes.csv"
    assert codes(data, "generate", "--resume", batch, "--out", path) == 0
    assert len(rows(path)) == 15_000
    assert codes(data, "generate", "--resume", batch) == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--count", "1000001"], 1, "1 to 1000000"),
        (["--count", "1", "--length", "3"], 1, "5 to 32"),
        (["--resume", "nowhere"], 2, "--resume"),
        (["--out", "/proc/nowhere/codes.csv"], 2, "--out"),
        (["--out", "{data}/cogwerk.db"], 2, "does not exist yet"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_made(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str
) -> None:
    assert codes(data, "generate", *(option.format(data=data) for option in options)) == code
    assert re.search(said, capsys.readouterr().err)


def test_a_promotion_that_does_not_exist_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codes", "generate", "nothing", "--data", str(data)]) == 1
    assert "'nothing'" in capsys.readouterr().err
