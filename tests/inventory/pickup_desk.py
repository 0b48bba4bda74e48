"""A store with a counter for tests: what shops, associates and customers do, on a real database."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from modules.inventory.model.levels import LevelInput
from modules.inventory.model.pickups import (
    FoundInput,
    Pickup,
    PickupDone,
    PickupInput,
    PickupLineInput,
    Settlement,
)
from modules.inventory.service.following import FollowingService
from modules.inventory.service.pickups import PickupService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.pickups import PickupStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.names import Sku
from modules.kernel.place import Channel
from modules.kernel.quantity import format_quantity
from modules.kernel.viewer import OPERATOR, Permission, Principal, Role, Viewer
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_store, a_viewer, an_article
from tests.inventory.builders import Shelf

WEB = a_channel(sources=("main", "berlin", "plan"))
SHOP = a_viewer(Principal("shop", permissions=frozenset({Permission.STOCK_HOLD})), channel=WEB)
ANNA = a_viewer(Principal("anna", frozenset({Role.STORE_ASSOCIATE})), channel=WEB, store=a_store("berlin"))
BERT = a_viewer(Principal("bert", frozenset({Role.STORE_ASSOCIATE})), channel=WEB, store=a_store("hamburg"))
MANAGER = a_viewer(OPERATOR, channel=WEB)


class OneChannel:
    """The port Channels: a web shop that sells from everywhere."""

    def channels(self) -> Sequence[Channel]:
        return [WEB]


class Counter:
    """The service, and what tests ask of it in a word."""

    def __init__(self, database: Database) -> None:
        self.shelf = shelf = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3))
        self.database = database
        self.stock = InventoryService(InventoryStore(database), shelf, OneChannel(), clock=lambda: NOW)
        self.service = PickupService(PickupStore(database, self.stock.reach), self.stock, shelf, b"secret")
        store = InventoryStore(database)
        self.followers = FollowingService(store, self.stock, shelf, OneChannel(), clock=lambda: NOW)

    async def count(self, on_hand: str, sku: str = "A-1", source: str = "berlin", **more: Any) -> None:
        level = LevelInput(sku=sku, source=source, on_hand=on_hand, **more)
        assert not (await self.stock.set_stock_levels(MANAGER, [level], "count")).problems

    async def ask(self, *wishes: tuple[str, str], key: str = "", viewer: Viewer = SHOP, **more: Any) -> PickupDone:
        """Lines are called 0, 1...; without any: two pieces of A-1."""
        lines = tuple(
            PickupLineInput(line=str(number), sku=sku, quantity=quantity)
            for number, (sku, quantity) in enumerate(wishes or (("A-1", "2"),))
        )
        given = {"store": "berlin", "order": "o-1", "owner": "cart-1", **more}
        return await self.service.request(viewer, PickupInput(idempotency_key=key or fresh(), lines=lines, **given))

    async def confirmed(self, *wishes: tuple[str, str]) -> Pickup:
        return taken(await self.ask(*wishes))

    async def picking(self, *wishes: tuple[str, str]) -> Pickup:
        return taken(await self.service.pick(ANNA, fresh(), (await self.confirmed(*wishes)).id))

    async def ready(self, *wishes: tuple[str, str]) -> Pickup:
        return taken(await self.service.finish(ANNA, fresh(), (await self.picking(*wishes)).id))

    async def short(self, found: str = "1", *wishes: tuple[str, str]) -> Pickup:
        pickup = await self.picking(*wishes)
        return taken(await self.service.finish(ANNA, fresh(), pickup.id, [FoundInput(line="0", quantity=found)]))

    async def settled(self, pickup: Pickup, settlement: Settlement) -> PickupDone:
        return await self.service.settle(SHOP, fresh(), pickup.id, settlement)

    async def code(self, pickup: Pickup) -> str:
        return (await self.service.issue_code(SHOP, fresh(), pickup.id)).code

    async def figures(self, sku: str = "A-1", source: str = "berlin") -> tuple[str, str]:
        """On hand, and what is set aside of it."""
        levels = await InventoryStore(self.database).levels({Sku(sku)}, [self.stock.source(source).id], 0)  # type: ignore[arg-type]
        level = levels[Sku(sku)][self.stock.source(source).id]  # type: ignore[arg-type]
        return format_quantity(level.on_hand), format_quantity(level.held + level.committed)

    async def let_deadline_pass(self, pickup: Pickup) -> None:
        async with self.database.transaction() as tx:
            await tx.run("UPDATE inventory_pickup SET deadline_us = 1 WHERE id = :id", id=pickup.id)


def fresh() -> str:
    """A key that no call had before."""
    return secrets.token_hex(8)


def taken(done: PickupDone) -> Pickup:
    """The pick-up of a step that was done."""
    assert not done.problems, done.problems
    assert done.pickup
    return done.pickup


def codes(done: PickupDone) -> list[str]:
    """Why a step was refused."""
    return [problem.code for problem in done.problems]
