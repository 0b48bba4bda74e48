"""Carts are copied while shoppers go on: what was acknowledged before is in the copy, once, whatever moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from modules.cart.engine.copying import CartCopy, closed
from modules.cart.engine.intake import CartInput
from modules.cart.engine.merging import Strategy
from modules.cart.model import Cart, Kind
from modules.cart.model.keys import Key, Locator, Right
from modules.cart.service import CopyService, LinkInput
from modules.cart.store import ActiveCarts, ArchivedCarts, CopyStore, Idle, IdleStore, Merge
from modules.kernel.customer import Profile
from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, CustomerId
from modules.kernel.viewer import Permission, Principal, Role, Viewer
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from tests.builders import a_store, a_viewer
from tests.cart.shop import Shop, a_shelf, address_of

ANNA = CustomerId("anna")
DAY_US = 86_400_000_000
Act = Callable[[], Awaitable[object]]


class Interrupted(CopyStore):
    """A copy during which something happens: before the first look at a cart, or the second, or beside the notes."""

    def __init__(self, database: Database, active: ActiveCarts) -> None:
        super().__init__(database, active)
        self.acts: dict[str, Act] = {}
        self.order: Callable[[Locator], bool] | None = None
        """Which carts are looked at first."""

    async def look(self) -> AsyncIterator[list[Idle]]:
        await self._act("begun")
        async for page in super().look():
            yield page
        await self._act("looked")

    async def look_again(self, marks: Mapping[Locator, int]) -> AsyncIterator[list[Idle]]:
        await self._act("noted")
        async for page in super().look_again(marks):
            yield page
        await self._act("done")

    async def _locators(self) -> AsyncIterator[list[Locator]]:
        found = [locator async for page in super()._locators() for locator in page]
        for locator in sorted(found, key=lambda each: bool(self.order and not self.order(each))):
            yield [locator]

    async def _copied(self, locator: Locator, mark: int, call: Mapping[str, Any]) -> Idle | None:
        found = await super()._copied(locator, mark, call)
        await self._act(f"second look at {locator}" if call else f"first look at {locator}")
        return found

    async def _act(self, name: str) -> None:
        if act := self.acts.pop(name, None):
            await act()


class Desk:
    """A shop that is copied, and the copy."""

    def __init__(self, redis: Redis, database: Database) -> None:
        self.redis = redis
        self.database = database
        self.shop = Shop(redis, a_shelf(), database)
        self.archived = ArchivedCarts(database)
        active = ActiveCarts(redis, self.archived)
        self.idle = IdleStore(active, self.archived)
        self.store = Interrupted(database, active)
        self.copying = CopyService(self.store, lambda cart: cart.touched_us + 90 * DAY_US)
        self.lines: list[bytes] = []

    @property
    def anna(self) -> Viewer:
        """She has logged in."""
        return a_viewer(channel=self.shop.viewer.channel, customer=Profile(ANNA), now=datetime.now(UTC))

    @property
    def till(self) -> Viewer:
        """An associate's, in a store."""
        associate = Principal("till 1", frozenset({Role.STORE_ASSOCIATE}), frozenset({Permission.CARTS_OPEN}))
        return a_viewer(associate, store=a_store("kiel"), now=datetime.now(UTC))

    async def a_cart(self, name: str, mugs: int) -> str:
        """The owner's key of a guest's cart with so many mugs."""
        made = await self.shop.service.create(self.shop.viewer, name.rjust(16, "."))
        assert made.key
        await self.add(made.key, name, mugs)
        return made.key

    async def add(self, key: str, id: str, mugs: int) -> None:
        """Acknowledged when it returns."""
        wish = CartInput(id, Kind.ADD_LINE, sku="mug", quantity=f"{mugs}")
        assert (await self.shop.service.apply(self.shop.viewer, key, [wish])).applied == (id,)

    async def claim(self, key: str) -> str:
        """Anna's key."""
        done = await self.shop.claims.claim(self.anna, key, Strategy.SUM)
        assert done.key, done.problems
        return done.key

    async def opened(self) -> str:
        """Anna's key, on another device."""
        done = await self.shop.claims.open(self.anna)
        assert done.key
        return done.key

    async def mugs(self, key: str) -> int:
        """How many whoever has the key sees; none where it opens nothing."""
        cart: Cart | None = await self.shop.service.get(key)
        return sum(line.quantity for line in cart.lines) // 1_000_000 if cart else 0

    async def put_away(self, locator: str = "") -> None:
        """All carts go to the database, or this one."""
        found = await self.idle.read(to_us(datetime.now(UTC)) + DAY_US)
        idle = [cart for cart in found if locator in ("", cart.kept.locator)]
        await self.idle.keep([(cart, cart.touched_us + 90 * DAY_US) for cart in idle])
        assert await self.idle.remove(idle) == len(idle)

    async def copy(self) -> int:
        """The database is taken as it is when this returns."""
        self.lines = []
        return await self.copying.copy(self.lines.extend)

    async def give_back(self) -> None:
        """Into a Redis that knows nothing."""
        for server in await self.redis.servers():
            await server.execute("FLUSHDB")
        await self.copying.give_back(self.lines)


@pytest.fixture
def desk(redis: Redis, database: Database) -> Desk:
    """The shop, open."""
    return Desk(redis, database)


async def test_carts_come_back_with_their_operations_ids_and_keys(desk: Desk) -> None:
    keys = [await desk.a_cart(f"cart-{number}", number) for number in range(1, 40)]
    desk.shop.move(now=datetime.now(UTC))
    wish = LinkInput(key=keys[0], idempotency_key="0123456789abcdef", right=Right.READ)
    link = (await desk.shop.links.create(desk.shop.viewer, wish)).key
    assert link
    before = [await desk.shop.service.get(key) for key in (*keys, link)]
    assert await desk.copy() == 39
    await desk.give_back()
    assert [await desk.shop.service.get(key) for key in (*keys, link)] == before
    await desk.add(keys[4], "cart-5", 5)
    assert await desk.mugs(keys[4]) == 5


async def test_copying_changes_nothing(desk: Desk) -> None:
    key = await desk.a_cart("one", 1)
    names = address_of(key).keys
    seen = [await desk.redis.execute("DUMP", name) for name in names]
    await desk.copy()
    assert [await desk.redis.execute("DUMP", name) for name in names] == seen


async def test_giving_back_twice_is_giving_back_once(desk: Desk) -> None:
    key = await desk.a_cart("one", 2)
    await desk.copy()
    await desk.give_back()
    await desk.give_back()
    assert await desk.mugs(key) == 2


@pytest.mark.parametrize("moment", ["begun", "looked", "noted", "done"])
async def test_a_cart_that_is_put_away_meanwhile_is_there_once(desk: Desk, moment: str) -> None:
    key = await desk.a_cart("one", 2)
    desk.store.acts[moment] = desk.put_away
    await desk.copy()
    await desk.give_back()
    assert await desk.mugs(key) == 2


@pytest.mark.parametrize("moment", ["begun", "looked", "noted", "done"])
async def test_a_cart_that_comes_back_meanwhile_is_there_once(desk: Desk, moment: str) -> None:
    key = await desk.a_cart("one", 2)
    await desk.put_away()
    desk.store.acts[moment] = lambda: desk.add(key, "more", 1)
    await desk.copy()
    await desk.give_back()
    assert await desk.mugs(key) == 2 + (moment != "done")


async def test_what_was_put_away_after_the_copy_of_a_cart_counts_more(desk: Desk) -> None:
    key = await desk.a_cart("one", 2)

    async def go_on() -> None:
        await desk.add(key, "more", 3)
        await desk.put_away()

    desk.store.acts["done"] = go_on
    await desk.copy()
    await desk.give_back()
    assert await desk.mugs(key) == 5


@pytest.mark.parametrize("guest_first", [True, False])
@pytest.mark.parametrize("look", ["begun", "first look", "looked", "noted", "second look", "done"])
async def test_goods_that_are_claimed_meanwhile_are_there_once(desk: Desk, guest_first: bool, look: str) -> None:
    guest, own = await desk.a_cart("guest", 2), await desk.claim(await desk.a_cart("own", 1))
    first, other = (guest, own) if guest_first else (own, guest)
    desk.store.order = lambda locator: locator == first[:16]
    desk.store.acts[f"{look} at {first[:16]}" if look.endswith("look") else look] = lambda: desk.claim(guest)
    await desk.copy()
    assert other != first
    await desk.give_back()
    assert await desk.mugs(await desk.opened()) + await desk.mugs(guest) == 3
    assert await desk.mugs(await desk.claim(guest)) == 3
    assert await desk.mugs(guest) == 0


async def test_goods_of_a_guest_are_there_once_where_the_customers_cart_was_put_away_with_them(desk: Desk) -> None:
    guest, own = await desk.a_cart("guest", 2), await desk.claim(await desk.a_cart("own", 1))

    async def claim_and_put_away() -> None:
        await desk.claim(guest)
        await desk.put_away(own[:16])

    desk.store.acts["looked"] = claim_and_put_away
    await desk.copy()
    await desk.give_back()
    assert (await desk.mugs(await desk.opened()), await desk.mugs(guest)) == (3, 0)
    assert await desk.mugs(await desk.claim(guest)) == 3


@pytest.mark.parametrize("sealed", ["begun", "looked", "noted"])
@pytest.mark.parametrize("ended", ["looked", "noted", "done"])
async def test_goods_of_a_claim_that_takes_its_time_are_there_once(desk: Desk, sealed: str, ended: str) -> None:
    guest, own = await desk.a_cart("guest", 2), await desk.claim(await desk.a_cart("own", 1))
    parsed = Key.parse(guest)
    assert parsed
    merge = Merge(parsed.locator, parsed.digest, ANNA, ChannelId("web"), Strategy.SUM)

    async def begin() -> None:
        await desk.shop.claim_store.begin(merge)
        await desk.shop.claim_store.seal(merge, "shopper")

    async def both() -> None:
        await begin()
        await desk.opened()

    desk.store.acts |= {sealed: begin, ended: desk.opened} if sealed != ended else {sealed: both}
    await desk.copy()
    await desk.give_back()
    assert await desk.opened() == own
    assert await desk.mugs(own) + await desk.mugs(guest) == 3
    await desk.claim(guest)
    assert (await desk.mugs(own), await desk.mugs(guest)) == (3, 0)


@pytest.mark.parametrize("moment", ["begun", "looked", "noted", "done"])
async def test_a_parked_cart_that_is_resumed_meanwhile_waits_or_is_open(desk: Desk, moment: str) -> None:
    tills, till = desk.shop.tills, desk.till
    key = await desk.a_cart("one", 2)
    shown = await tills.show_code(desk.shop.viewer, key)
    taken = await tills.open(till, shown.code or "", "0123456789abcdef")
    await tills.park(till, taken.key or "", "red coat")
    (parked,) = await tills.parked(till)
    resumed: list[str] = []

    async def resume() -> None:
        done = await tills.resume(till, parked.id, "fedcba9876543210")
        resumed.append(done.key or "")

    desk.store.acts[moment] = resume
    await desk.copy()
    await desk.give_back()
    waits = [one.id for one in await tills.parked(till)] == [parked.id]
    assert waits or await desk.mugs(resumed[0]) == 2
    assert await desk.mugs(key) == 2


def test_a_guests_cart_that_went_into_another_opens_for_nobody_and_can_be_claimed_again() -> None:
    fields = ("channel", "web", "version", "3", "g:abc", '{"right":"owner"}', "g:def", '{"right":"read"}', "base", "{}")
    guest = CartCopy(Locator("x" * 16), 3, 99, fields, ("id", "{}"))
    after = closed(guest, "anna")
    told = dict(zip(after.fields[::2], after.fields[1::2], strict=True))
    assert told == {"channel": "web", "version": "3", "c:abc": "1", "customer": "anna", "closed": "1", "changes": "1"}
    assert (after.mark, after.operations) == (4, ())
    assert closed(after, "bert") == after


def test_a_line_that_is_no_copy_is_an_error() -> None:
    with pytest.raises(ValueError, match="unexpected"):
        CartCopy.decode(b'{"other": 1}')
