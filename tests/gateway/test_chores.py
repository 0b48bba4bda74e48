"""What the sweeper does for the modules of this process."""

from __future__ import annotations

import pytest

from gateway.wiring import wire_trade
from modules.runtime.database import Database


@pytest.mark.parametrize(("days", "chores"), [((90, 730), 3), ((0, 730), 1), ((90, 0), 2), ((0, 0), 0)])
async def test_what_is_kept_for_good_is_no_chore(database: Database, days: tuple[int, int], chores: int) -> None:
    found = wire_trade(database).chores(*days)
    assert len(found) == chores
    for chore in found:
        await chore()
