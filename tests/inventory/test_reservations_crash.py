"""kill -9 while stock is being set aside: every acknowledged hold is there, whole and once, and the books balance."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from modules.inventory.model.levels import LevelInput
from modules.inventory.service.stock import InventoryService
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.ties import tie

ROOT = Path(__file__).resolve().parents[2]
ERP = a_viewer(OPERATOR)


async def killed(url: str, prefix: str, after: int) -> list[str]:
    """Ids that a holder acknowledged before it was killed, a moment after so many of them."""
    command = (sys.executable, "-m", "tests.inventory.holder", url, prefix)
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(*command, stdout=pipe, cwd=ROOT, preexec_fn=tie())
    assert holder.stdout is not None
    acknowledged: list[str] = []
    async with asyncio.timeout(60):
        while len(acknowledged) < after:
            acknowledged.append((await holder.stdout.readline()).decode().strip())
        await asyncio.sleep(random.uniform(0, 0.02))
        holder.kill()
        rest = (await holder.stdout.read()).decode().splitlines(keepends=True)
        await holder.wait()
    return [*acknowledged, *(line.strip() for line in rest if line.endswith("\n"))]


async def check(database: Database, acknowledged: list[str]) -> None:
    rows = await database.read("SELECT hold, sku, quantity_micros FROM inventory_reservation WHERE state = 'held'")
    found = Counter(hold for hold, _, _ in rows)
    assert set(acknowledged) <= set(found)
    assert set(found.values()) == {2}  # both lines of each, once
    for sku, held in await database.read("SELECT sku, held_micros FROM inventory_level WHERE source = 'main'"):
        assert held == sum(quantity for _, name, quantity in rows if name == sku)


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.slow)])
async def test_kill_9_loses_no_acknowledged_hold_and_doubles_none(
    service: InventoryService, database: Database, database_url: str, times: int
) -> None:
    levels = [LevelInput(sku=sku, source="main", on_hand="1000000") for sku in ("A-1", "B-1")]
    await service.set_stock_levels(ERP, levels, "count")
    acknowledged: list[str] = []
    for number in range(times):
        acknowledged += await killed(database_url, f"p{number}", random.randrange(1, 200))
        await check(database, acknowledged)
    assert len(set(acknowledged)) == len(acknowledged) >= times


async def test_two_thousand_buyers_in_four_processes_get_exactly_what_is_there(
    service: InventoryService, database: Database, database_url: str
) -> None:
    await service.set_stock_levels(
        ERP,
        [LevelInput(sku="A-1", source="main", on_hand="50"), LevelInput(sku="B-1", source="main", on_hand="9999")],
        "count",
    )
    command = (sys.executable, "-m", "tests.inventory.rush", database_url)
    pipe = asyncio.subprocess.PIPE
    rush = [
        await asyncio.create_subprocess_exec(*command, str(n), "500", stdout=pipe, cwd=ROOT, preexec_fn=tie())
        for n in range(4)
    ]
    async with asyncio.timeout(90):
        sold = [int((await each.communicate())[0]) for each in rush]
    assert sum(sold) == 50
    assert await database.read("SELECT held_micros FROM inventory_level WHERE sku = 'A-1'") == [(50_000_000,)]
