"""Idle carts go to the database and come back on touch; whoever is killed on the way has lost and doubled nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.model import Cart, CartNotFound, Kind
from modules.cart.model.keys import Right
from modules.cart.service import ArchiveService, LinkInput
from modules.cart.store import ActiveCarts, ArchivedCarts, Idle, IdleStore
from modules.kernel.customer import Profile
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId
from modules.kernel.policies import Policies
from modules.runtime.cluster import redis_at
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from tests.builders import a_channel, a_market, a_viewer
from tests.cart.shop import Shop, a_shelf, address_of, entries_of

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
FAR_US = 400 * DAY_US
PATIENCE_SECONDS = 20


class Unled:
    """Lets everybody lead."""

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Callable[[], bool]]:
        yield lambda: True


class Desk:
    """A shop whose carts can be put away."""

    def __init__(self, redis: Redis, database: Database) -> None:
        self.redis = redis
        self.database = database
        self.shop = Shop(redis, a_shelf(), database)
        self.archived = ArchivedCarts(database)
        self.idle = IdleStore(ActiveCarts(redis, self.archived), self.archived)
        self.service = ArchiveService(self.idle, self.shop.shelf, Unled())

    async def a_cart(self, *operations: str, name: str = "7f3b2a66-8b0f-4f6f") -> str:
        """The owner's key of a cart with these operations."""
        made = await self.shop.service.create(self.shop.viewer, name)
        assert made.key
        await self.add(made.key, *operations)
        return made.key

    async def add(self, key: str, *operations: str) -> Cart:
        """The cart after these, a mug each."""
        inputs = [CartInput(id, Kind.ADD_LINE, sku="mug", quantity="1") for id in operations]
        done = await self.shop.service.apply(self.shop.viewer, key, inputs)
        assert done.applied == operations
        assert done.cart
        return done.cart

    async def put_away(self, days: int = 2) -> int:
        """What the job does some days later."""
        return await self.service.turn(now_us() + days * DAY_US)

    async def read_idle(self) -> list[Idle]:
        """Step 1, some days later."""
        return await self.idle.read(now_us() + 2 * DAY_US)

    async def keep(self, idle: list[Idle]) -> None:
        """Step 2."""
        await self.idle.keep([(each, now_us() + FAR_US) for each in idle])

    async def is_here(self, key: str) -> bool:
        """Whether Redis has it."""
        return bool(await self.redis.execute("EXISTS", address_of(key).keys[0]))

    async def marks(self) -> list[int]:
        """Of all rows."""
        return [mark for (mark,) in await self.database.read("SELECT mark FROM cart_archive")]


def now_us() -> int:
    """This moment."""
    return to_us(datetime.now(UTC))


def mugs(cart: Cart | None) -> int:
    """How many are in the cart."""
    assert cart
    return sum(line.quantity for line in cart.lines) // 1_000_000


@pytest.fixture
def desk(redis: Redis, database: Database) -> Desk:
    """The shop, open."""
    return Desk(redis, database)


async def test_an_idle_cart_goes_to_the_database_and_memory_forgets_it(desk: Desk, redis: Redis) -> None:
    keys = [await desk.a_cart("a", "b", name=f"{index:020d}") for index in range(30)]
    assert await desk.put_away() == 30
    cart, log, _, touched, gone = address_of(keys[0]).keys
    assert await redis.execute("EXISTS", cart, log, touched) == 0
    assert 86_000 < await redis.execute("TTL", gone) <= 86_400
    assert await desk.put_away() == 0


async def test_a_cart_comes_back_on_touch_as_it_was(desk: Desk) -> None:
    key = await desk.a_cart("a", "b")
    before = await desk.shop.service.get(key)
    await desk.put_away()
    statements = desk.database.statements
    assert await desk.shop.service.get(key) == before
    assert desk.database.statements - statements == 1
    assert await desk.is_here(key)
    assert mugs(await desk.add(key, "c")) == 3


async def test_a_cart_that_is_touched_stays(desk: Desk) -> None:
    await desk.a_cart("a")
    assert await desk.service.turn(now_us() + 23 * HOUR_US) == 0
    assert await desk.service.turn(now_us() + 25 * HOUR_US) == 1


async def test_operation_ids_links_and_revocations_travel_along(desk: Desk) -> None:
    shop, key = desk.shop, await desk.a_cart("a", "b")
    shop.move(now=datetime.now(UTC))
    wish = LinkInput(key=key, idempotency_key="0123456789abcdef", right=Right.READ)
    link, revoked = await shop.links.create(shop.viewer, wish), replace(wish, idempotency_key="0123456789abcdef-2")
    gone = await shop.links.create(shop.viewer, revoked)
    assert link.key
    assert gone.key
    assert gone.link
    await shop.links.revoke(shop.viewer, key, gone.link.id)
    await desk.put_away()
    assert mugs(await shop.service.get(link.key)) == 2
    await desk.put_away()
    assert await shop.service.get(gone.key) is None
    assert mugs(await desk.add(key, "a", "b")) == 2


async def test_a_cart_of_ten_thousand_operations_comes_back_whole(desk: Desk) -> None:
    key = await desk.a_cart("0")
    log = address_of(key).keys[1]
    (document,) = await desk.redis.execute("HVALS", log)
    for start in range(1, 9_000, 1_000):
        named = ((f"{index}", document.replace('"id":"0"', f'"id":"{index}"')) for index in range(start, start + 1_000))
        await desk.redis.execute("HSET", log, *(text for pair in named for text in pair))
    await desk.put_away()
    assert mugs(await desk.shop.service.get(key)) == 9_001


async def test_a_creation_that_is_repeated_after_its_cart_was_put_away_finds_it(desk: Desk) -> None:
    key = await desk.a_cart("a")
    await desk.put_away()
    made = await desk.shop.service.create(desk.shop.viewer, "7f3b2a66-8b0f-4f6f")
    assert (made.key, mugs(made.cart)) == (key, 1)


async def test_an_unknown_key_costs_one_statement_and_makes_nothing(desk: Desk) -> None:
    statements = desk.database.statements
    assert await desk.shop.service.get("x" * 43) is None
    assert desk.database.statements - statements == 1
    assert await desk.marks() == []


async def test_a_foreign_secret_finds_no_more_in_the_archive_than_in_memory(desk: Desk) -> None:
    key = await desk.a_cart("a")
    await desk.put_away()
    done = await desk.shop.service.apply(desk.shop.viewer, key[:16] + "x" * 27, [])
    assert [type(problem) for problem in done.problems] == [CartNotFound]


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_killed_at_any_step_of_putting_away_nothing_is_lost_or_doubled(desk: Desk, steps: int) -> None:
    """Read, kept, removed: whoever was killed behind one of these steps is followed by another who begins anew."""
    key = await desk.a_cart("a", "b")
    idle = await desk.read_idle() if steps >= 1 else []
    if steps >= 2:
        await desk.keep(idle)
    if steps >= 3:
        assert await desk.idle.remove(idle) == 1
    assert mugs(await desk.add(key, "b", "c")) == 3
    assert await desk.put_away() == 1
    assert mugs(await desk.add(key, "c", "d")) == 4


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_killed_at_any_step_of_coming_back_nothing_is_lost_or_doubled(desk: Desk, steps: int) -> None:
    """Row read, put back: whoever was killed behind one of these steps is followed by another touch."""
    key = await desk.a_cart("a", "b")
    await desk.put_away()
    kept = await desk.archived.load(address_of(key).locator, now_us()) if steps >= 1 else None
    if steps >= 2:
        assert kept
        await ActiveCarts(desk.redis).put_back(kept)
    assert mugs(await desk.add(key, "b", "c")) == 3
    assert await desk.put_away() == 1
    assert mugs(await desk.add(key, "c", "d")) == 4


async def test_a_cart_that_came_back_for_who_was_killed_goes_again_when_it_is_idle(desk: Desk) -> None:
    key = await desk.a_cart("a")
    await desk.put_away()
    kept = await desk.archived.load(address_of(key).locator, now_us())
    assert kept
    await ActiveCarts(desk.redis).put_back(kept)
    assert await desk.is_here(key)
    assert await desk.put_away() == 1
    assert not await desk.is_here(key)


async def test_a_cart_that_changes_while_it_is_put_away_stays_with_its_change(desk: Desk) -> None:
    """Putting away races an append: the row is older, and what is in memory counts."""
    key = await desk.a_cart("a")
    idle = await desk.read_idle()
    await desk.add(key, "b")
    await desk.keep(idle)
    assert await desk.idle.remove(idle) == 0
    assert mugs(await desk.shop.service.get(key)) == 2
    await desk.put_away()
    assert mugs(await desk.shop.service.get(key)) == 2


async def test_a_link_made_while_its_cart_is_put_away_is_kept(desk: Desk) -> None:
    """No operation, and a change of the cart all the same."""
    shop, key = desk.shop, await desk.a_cart("a")
    idle = await desk.read_idle()
    made = await shop.links.create(
        shop.viewer, LinkInput(key=key, idempotency_key="0123456789abcdef", right=Right.READ)
    )
    await desk.keep(idle)
    assert await desk.idle.remove(idle) == 0
    await desk.put_away()
    assert made.key
    assert mugs(await shop.service.get(made.key)) == 1


async def test_two_processes_that_bring_a_cart_back_at_once_bring_one(desk: Desk, redis_url: str) -> None:
    key = await desk.a_cart("a")
    await desk.put_away()
    others = [redis_at(redis_url) for _ in range(4)]
    desks = [Desk(other, desk.database) for other in others]
    await asyncio.gather(*(each.add(key, f"{index}") for index, each in enumerate(desks)))
    for other in others:
        await other.close()
    cart = await desk.shop.service.get(key)
    assert cart
    assert (mugs(cart), cart.version) == (5, 6)


async def test_coming_back_races_an_append_and_takes_nothing_from_it(desk: Desk) -> None:
    """A row that was read before another process brought the cart back and went on is not put over it."""
    key = await desk.a_cart("a")
    await desk.put_away()
    late = await desk.archived.load(address_of(key).locator, now_us())
    assert late
    await desk.add(key, "b")
    await ActiveCarts(desk.redis).put_back(late)
    assert mugs(await desk.shop.service.get(key)) == 2


async def test_a_stale_row_is_not_put_back_when_the_cart_was_put_away_anew_since(desk: Desk) -> None:
    key = await desk.a_cart("a")
    await desk.put_away()
    stale = await desk.archived.load(address_of(key).locator, now_us())
    assert stale
    await desk.add(key, "b")
    await desk.put_away()
    await ActiveCarts(desk.redis).put_back(stale)
    assert not await desk.is_here(key)
    assert mugs(await desk.shop.service.get(key)) == 2


async def test_a_stale_writer_does_not_overwrite_a_newer_row(desk: Desk) -> None:
    """It read the cart, was held up, and writes when another has long put it away."""
    key = await desk.a_cart("a")
    stale = await desk.read_idle()
    await desk.add(key, "b")
    await desk.put_away()
    await desk.keep(stale)
    assert await desk.idle.remove(stale) == 0
    assert await desk.marks() == [3]
    assert mugs(await desk.shop.service.get(key)) == 2


async def test_putting_away_says_nothing_to_those_who_follow(desk: Desk) -> None:
    key = await desk.a_cart("a")
    before = await entries_of(desk.redis, address_of(key).stream)
    await desk.put_away()
    await desk.shop.service.get(key)
    assert await entries_of(desk.redis, address_of(key).stream) == before


async def test_the_job_puts_away_by_itself_what_nobody_touches(desk: Desk) -> None:
    key = await desk.a_cart("a")
    await desk.redis.execute("ZADD", address_of(key).keys[3], now_us() - 2 * DAY_US, address_of(key).locator)
    job = asyncio.create_task(desk.service.run())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await desk.is_here(key):  # noqa: ASYNC110 - the job tells nobody
            await asyncio.sleep(0.01)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    assert mugs(await desk.shop.service.get(key)) == 1


async def test_a_cart_whose_time_is_over_goes_and_its_key_opens_nothing(desk: Desk) -> None:
    key = await desk.a_cart("a")
    await desk.put_away(days=2)
    await desk.put_away(days=89)
    assert await desk.marks() == [2]
    await desk.put_away(days=91)
    assert await desk.marks() == []
    assert await desk.shop.service.get(key) is None


async def test_a_cart_whose_time_is_over_comes_back_for_nobody_though_its_row_is_there_still(desk: Desk) -> None:
    key = await desk.a_cart("a")
    idle = await desk.read_idle()
    await desk.idle.keep([(each, now_us() - 1) for each in idle])
    assert await desk.idle.remove(idle) == 1
    assert await desk.shop.service.get(key) is None
    assert not await desk.is_here(key)


async def test_no_cart_goes_before_its_days_are_over_since_its_last_use_which_is_known_to_the_hour(desk: Desk) -> None:
    await desk.a_cart("a")
    (idle,) = await desk.read_idle()
    assert desk.service.expires_us(idle) == idle.touched_us + HOUR_US + 90 * DAY_US


async def test_each_market_says_how_long_carts_are_kept(desk: Desk) -> None:
    shelf = desk.shop.shelf
    brief = a_market("at", policies=Policies(cart_days=7))
    shelf.places["web"] = replace(a_channel("web", market=brief))
    await desk.a_cart("a")
    made = await desk.shop.service.create(desk.shop.viewer, "0123456789abcdef", "swiss")
    assert made.key
    await desk.put_away(days=2)
    await desk.put_away(days=8)
    rows: list[tuple[Any, ...]] = await desk.database.read("SELECT locator FROM cart_archive")
    assert rows == [(address_of(made.key).locator,)]


async def test_a_row_whose_time_is_over_takes_nothing_from_a_cart_that_is_used(desk: Desk) -> None:
    """It was put away once, came back, and has been used ever since: its old row goes, and it stays its customer's."""
    anna = a_viewer(channel=desk.shop.viewer.channel, customer=Profile(CustomerId("anna")))
    key = (await desk.shop.claims.open(anna)).key
    assert key
    await desk.add(key, "a")
    await desk.put_away()
    await desk.add(key, "b")
    await desk.idle.forget(now_us() + FAR_US, 100)
    assert await desk.marks() == []
    found = await desk.shop.claims.open(anna)
    assert (found.key, mugs(found.cart)) == (key, 2)


async def test_a_customer_whose_cart_s_time_is_over_gets_a_new_one_and_nothing_leads_to_the_old(desk: Desk) -> None:
    anna = a_viewer(channel=desk.shop.viewer.channel, customer=Profile(CustomerId("anna")))
    old = (await desk.shop.claims.open(anna)).key
    assert old
    await desk.add(old, "a")
    await desk.put_away()
    await desk.put_away(days=200)
    assert await desk.database.read("SELECT locator FROM cart_claim") == []
    new = await desk.shop.claims.open(anna)
    assert new.key != old
    assert mugs(new.cart) == 0
