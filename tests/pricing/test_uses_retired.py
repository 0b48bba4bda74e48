"""Attempts at orders that are forgotten: when no limit needs them any more, some at a time, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from modules.kernel.names import PromotionId
from modules.pricing.model.promotions import PromotionState
from modules.pricing.service import uses
from modules.runtime.database import Database
from tests.pricing.redeeming import MINUTE_US, Till, a_hold, a_limited, codes_of, save_promotions, states

SALE = PromotionId("sale")
AGE, DAY_US = timedelta(days=30), 24 * 60 * MINUTE_US


async def a_till(database: Database) -> Till:
    """Promotions that run on, have ended, and are over by their window."""
    till = Till(database, a_limited(per_customer=1), a_limited("ended"), a_limited("over"), a_limited("gone"))
    over = a_limited("over", valid_until_us=till.now_us + DAY_US // 2)
    await save_promotions(database, a_limited(per_customer=1), a_limited("ended", state=PromotionState.ENDED), over)
    return till


async def attempts(database: Database) -> list[str]:
    """Those that are known, with those of uses."""
    known = [attempt for (attempt,) in await database.read("SELECT attempt FROM pricing_redemption ORDER BY attempt")]
    used = await database.read("SELECT DISTINCT attempt FROM pricing_use ORDER BY attempt")
    assert known == [attempt for (attempt,) in used]
    return known


async def test_only_what_no_limit_counts_any_more_is_forgotten(database: Database) -> None:  # C-3, C-4
    till = await a_till(database)
    for attempt, names in (
        ("counted", ["sale"]),
        ("ended", ["ended"]),
        ("over", ["over"]),
        ("gone", ["gone"]),
        ("with a counted one", ["ended", "sale"]),
    ):
        await till.hold(a_hold(attempt, *names, customer=attempt))
        assert set(states(await till.confirm(attempt))) == {"confirmed"}
    await till.hold(a_hold("given back", customer="c"))
    await till.revert("given back")
    await till.hold(a_hold("run out", customer="d"))
    till.now_us += 31 * DAY_US
    await till.uses.expire()
    await till.hold(a_hold("young", "over", "sale", customer="e"))
    await till.uses.retire(timedelta(days=32))
    assert len(await attempts(database)) == 8
    await till.uses.retire(AGE)
    assert await attempts(database) == ["counted", "with a counted one", "young"]
    assert codes_of(await till.hold(a_hold("again", customer="counted"))) == ["CUSTOMER_LIMIT_REACHED"]
    assert (await till.uses.promotion_uses(till.clerk, PromotionId("ended"))).confirmed == 2


async def test_a_hold_that_ran_out_is_forgotten_only_after_that_was_noted(database: Database) -> None:
    """Sums count it until then."""
    till = await a_till(database)
    await till.hold(a_hold("a", "ended"))
    till.now_us += 31 * DAY_US
    await till.uses.retire(AGE)
    assert await attempts(database) == ["a"]
    await till.uses.expire()
    await till.uses.retire(AGE)
    assert await attempts(database) == []


async def test_much_is_forgotten_some_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    till = await a_till(database)
    for number in range(5):
        await till.hold(a_hold(f"a{number}", "ended"))
        await till.confirm(f"a{number}")
    till.now_us += 31 * DAY_US
    assert [await till.store.retire(30 * DAY_US, 2) for _ in range(2)] == [2, 2]
    assert await attempts(database) == ["a4"]
    monkeypatch.setattr(uses, "SWEPT", 1)
    await till.uses.retire(AGE)
    assert await attempts(database) == []


async def test_an_attempt_that_is_given_back_while_it_is_forgotten_leaves_nothing_behind(database: Database) -> None:
    till = await a_till(database)
    names = [f"a{number}" for number in range(8)]
    for name in names:
        await till.hold(a_hold(name, "ended"))
        await till.confirm(name)
    till.now_us += 31 * DAY_US
    await asyncio.gather(till.uses.retire(AGE), *(till.revert(name) for name in names))
    await till.uses.retire(AGE)
    assert await attempts(database) == []
    left = (await till.uses.promotion_uses(till.clerk, PromotionId("ended"))).confirmed
    rows = await database.read("SELECT held, confirmed FROM pricing_use_total WHERE promotion = 'ended'")
    assert rows == [(0, left)]
