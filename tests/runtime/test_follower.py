"""What waits for a follower, and in which order it takes it."""

from __future__ import annotations

import asyncio

import pytest

from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind
from modules.runtime.follower import Follower
from modules.runtime.streams import Cursor, EntryId

EPOCH = "0123456789abcdef"


def a_follower(start: EntryId = (0, 0)) -> Follower:
    return Follower("counting.counted.v1", lambda change: not change.key.startswith("-"), Cursor(EPOCH, start))


def a_change(key: str, version: int = 1) -> Change:
    return Change(key, version, {})


async def test_a_replaced_change_moves_to_the_end_so_that_cursors_ascend() -> None:
    follower = a_follower()
    follower.offer((10, 0), [a_change("a", 1)])
    follower.offer((11, 0), [a_change("b", 1)])
    follower.offer((12, 0), [a_change("a", 2)])
    delivery = await anext(follower)
    assert [(change.key, change.version) for change in delivery.changes] == [("b", 1), ("a", 2)]
    assert delivery.cursor == f"{EPOCH}-12-0"


async def test_partial_deliveries_never_skip_what_waits_behind_their_cursor() -> None:
    follower = a_follower()
    for number in range(1, 1201):
        follower.offer((number, 0), [a_change(str(number))])
    for number in range(1, 101):
        follower.offer((1200 + number, 0), [a_change(str(number), 2)])
    seen: list[int] = []
    while len(seen) < 1200:
        delivery = await anext(follower)
        assert len(delivery.changes) <= 500
        entries = [int(change.key) + (1200 if change.version == 2 else 0) for change in delivery.changes]
        assert int(delivery.cursor.split("-")[1]) == entries[-1]
        seen += entries
    assert seen == sorted(seen)


async def test_an_entry_is_delivered_whole_however_many_changes_it_holds() -> None:
    follower = a_follower()
    follower.offer((1, 0), [a_change("first")])
    follower.offer((2, 0), [a_change(str(number)) for number in range(1000)])
    follower.offer((3, 0), [a_change("last")])
    whole, rest = await anext(follower), await anext(follower)
    assert (len(whole.changes), whole.cursor) == (1001, f"{EPOCH}-2-0")
    assert (len(rest.changes), rest.cursor) == (1, f"{EPOCH}-3-0")


async def test_a_slow_follower_holds_one_change_per_key() -> None:
    follower = a_follower()
    for version in range(1, 10_001):
        follower.offer((version, 0), [a_change(f"key{version % 3}", version)])
    delivery = await anext(follower)
    assert [change.version for change in delivery.changes] == [9_998, 9_999, 10_000]


async def test_an_older_version_that_comes_late_is_dropped() -> None:
    follower = a_follower()
    follower.offer((1, 0), [a_change("a", 2)])
    follower.offer((2, 0), [a_change("a", 1), a_change("-unwanted")])
    assert (await anext(follower)).changes == (a_change("a", 2),)


async def test_nothing_up_to_its_start_reaches_a_follower() -> None:
    follower = a_follower((5, 0))
    follower.offer((5, 0), [a_change("a")])
    follower.offer((5, 1), [a_change("b")])
    assert (await anext(follower)).changes == (a_change("b"),)


async def test_a_resync_replaces_all_that_waits() -> None:
    follower = a_follower()
    follower.offer((5, 0), [a_change("a")])
    follower.begin(ChangeKind.RESYNC, Cursor("f" * 16, (3, 0)))
    follower.offer((4, 0), [a_change("b")])
    resync, change = await anext(follower), await anext(follower)
    assert (resync.kind, resync.cursor, resync.changes) == (ChangeKind.RESYNC, f"{'f' * 16}-3-0", ())
    assert (change.changes, change.cursor) == ((a_change("b"),), f"{'f' * 16}-4-0")


async def test_a_follower_that_waits_ends_when_it_is_closed() -> None:
    follower = a_follower()
    deliveries = asyncio.create_task(_all(follower))
    await asyncio.sleep(0)
    follower.close()
    async with asyncio.timeout(1):
        assert await deliveries == 0


async def test_a_followers_own_mistake_ends_that_follower_alone() -> None:
    follower = Follower("counting.counted.v1", lambda change: bool(change.state["missing"]), Cursor(EPOCH, (0, 0)))
    follower.offer((1, 0), [a_change("a")])
    with pytest.raises(KeyError, match="missing"):
        await anext(follower)


async def _all(follower: Follower) -> int:
    return len([delivery async for delivery in follower])
