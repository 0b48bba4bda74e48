"""Lists, their items and operations, and the keys to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.quantity import Quantity
from modules.runtime.change import Change
from modules.runtime.database import Database
from modules.runtime.sql import upsert
from modules.wishlists.events import WishlistChanged
from modules.wishlists.model.access import Access, Link, Pass
from modules.wishlists.model.leaving import Leaving
from modules.wishlists.model.lists import (
    KNOWN_US,
    Entry,
    Held,
    Item,
    ItemId,
    Owner,
    State,
    Wishlist,
    WishlistId,
)
from modules.wishlists.store.records import (
    decode_base,
    decode_leaving,
    decode_operation,
    encode_base,
    encode_leaving,
    encode_operation,
)

_LIST: Final = "l.id, l.owner, l.position, l.name, l.version, l.touched_us"
_PASS: Final = "SELECT owner, access, list, expires_us FROM wishlists_key WHERE hash = :hash"
_OF_KEY: Final = (
    f"SELECT {_LIST}, k.access, k.expires_us FROM wishlists_key k JOIN wishlists_list l"
    " ON l.owner = k.owner AND (k.list IS NULL OR k.list = l.id) WHERE k.hash = :hash ORDER BY l.position, l.id"
)
_OF_OWNER: Final = f"SELECT {_LIST} FROM wishlists_list l WHERE l.owner = :owner ORDER BY l.position, l.id"
_ITEMS: Final = (
    "SELECT list, id, sku, configuration, quantity_micros, note, text, added_us, price_micros, currency"
    " FROM wishlists_item WHERE list IN :lists ORDER BY list, place"
)
_LINKS: Final = (
    "SELECT id, list, access, label, created_us, expires_us FROM wishlists_key WHERE list IN :lists"
    " ORDER BY list, created_us, id"
)
_LOCK: Final = (
    "UPDATE wishlists_list SET touched_us = :now WHERE id = :id AND owner = :owner"
    " RETURNING version, base, base_us, last_us"
)
_ENTRIES: Final = "SELECT at_us, author, body FROM wishlists_operation WHERE list = :list"
_ADD_ENTRY: Final = (
    "INSERT INTO wishlists_operation (list, id, at_us, author, body) VALUES (:list, :id, :at_us, :author, :body)"
)
_FORGET: Final = "DELETE FROM wishlists_operation WHERE list = :list AND at_us < :line"
_SAVE_LIST: Final = (
    "UPDATE wishlists_list SET name = :name, version = :version, base = :base, base_us = :base_us, last_us = :last_us"
    " WHERE id = :id"
)
_TOUCH: Final = "UPDATE wishlists_list SET version = version + 1 WHERE id = :id RETURNING version"
_ADD_LIST: Final = (
    "INSERT INTO wishlists_list (id, owner, position, name, version, base, base_us, last_us, touched_us)"
    " VALUES (:id, :owner, :position, :name, 1, :base, 0, 0, :now)"
)
_MOVE_LIST: Final = "UPDATE wishlists_list SET position = :position WHERE id = :id"
_GIVE: Final = "UPDATE wishlists_list SET owner = :owner, position = :position WHERE id = :id"
_ITEM_COLUMNS: Final = ("place", "sku", "configuration", "quantity_micros", "note", "text", "added_us")
_SAVE_ITEM: Final = upsert("wishlists_item", ("list", "id", *_ITEM_COLUMNS), ("list", "id"))
_PRICE_ITEM: Final = (
    "UPDATE wishlists_item SET price_micros = :micros, currency = :currency"
    " WHERE list = :list AND id = :id AND price_micros IS NULL"
)
_UNDER_WAY: Final = "SELECT added_us, leaving FROM wishlists_item WHERE list = :list AND leaving IS NOT NULL"
_LEAVE: Final = "UPDATE wishlists_item SET leaving = :leaving WHERE list = :list AND id = :id"
_DROP_ITEMS: Final = "DELETE FROM wishlists_item WHERE list = :list AND id IN :ids"
_DROP_WATCHES: Final = "DELETE FROM wishlists_watch WHERE list = :list AND item IN :ids"
_LOCK_OWNER: Final = "INSERT INTO wishlists_owner (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET id = excluded.id"
_ADD_KEY: Final = (
    "INSERT INTO wishlists_key (hash, id, owner, list, access, label, created_us, expires_us)"
    " VALUES (:hash, :id, :owner, :list, :access, :label, :now, :expires) ON CONFLICT (hash) DO NOTHING"
)
_DROP_LINK: Final = "DELETE FROM wishlists_key WHERE list = :list AND id = :id"
_CLAIM: Final = "UPDATE wishlists_key SET owner = :owner, access = 'claimed' WHERE hash = :hash AND access = 'owner'"
_GIVE_LINKS: Final = "UPDATE wishlists_key SET owner = :owner WHERE owner = :before AND list IS NOT NULL"
_GIVE_OTHERS: Final = tuple(
    f"UPDATE wishlists_{table} SET owner = :owner WHERE owner = :before" for table in ("watch", "address")
)
_DELETE: Final = (
    "DELETE FROM wishlists_list WHERE id = :list",
    *(f"DELETE FROM wishlists_{table} WHERE list = :list" for table in ("item", "operation", "key", "watch", "news")),
)
CLAIMED: Final = "claimed"


@dataclass(frozen=True, slots=True)
class Wish:
    """An item with the gross price of one unit at which it was wished for; None: it had none."""

    item: Item
    micros: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A list, and what the asker may do with it."""

    wishlist: Wishlist
    access: Access


class WishlistStore:
    """Reads of one statement, and `change` for all that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pass_of(self, hash: str) -> Pass | None:
        """What a key opens; None for one that is unknown, claimed or expired."""
        rows = await self._database.read(_PASS, hash=hash)
        found = _pass(rows[0]) if rows else None
        return None if found and await self._expired(found.expires_us) else found

    async def of_key(self, hash: str) -> list[Opened]:
        """The lists that a key opens, in order, without their items."""
        rows = await self._database.read(_OF_KEY, hash=hash)
        if not rows or rows[0][6] == CLAIMED or await self._expired(rows[0][7]):
            return []
        return [Opened(_wishlist(row[:6]), Access(row[6])) for row in rows]

    async def of_owner(self, owner: Owner) -> list[Opened]:
        """An owner's lists, in order, without their items."""
        rows = await self._database.read(_OF_OWNER, owner=owner)
        return [Opened(_wishlist(row), Access.OWNER) for row in rows]

    async def items(self, lists: Sequence[str]) -> dict[str, list[Wish]]:
        """The items of these lists, in their order; one statement."""
        found: dict[str, list[Wish]] = {id: [] for id in lists}
        for row in await self._database.read(_ITEMS, lists=list(lists)):
            found[row[0]].append(_wish(row[1:]))
        return found

    async def links(self, lists: Sequence[str]) -> dict[str, list[Link]]:
        """The links of these lists, the oldest first."""
        found: dict[str, list[Link]] = {id: [] for id in lists}
        for row in await self._database.read(_LINKS, lists=list(lists)):
            found[row[1]].append(_link(row))
        return found

    @asynccontextmanager
    async def change(self) -> AsyncIterator[WishlistChange]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield WishlistChange(tx)

    async def _expired(self, expires_us: int | None) -> bool:
        return expires_us is not None and expires_us <= await self._database.now_us()


class WishlistChange(Change):
    """An open transaction on lists."""

    async def hold(self, id: str, owner: Owner) -> Held | None:
        """The list, which no other changes until this ends; None where the owner has no such list."""
        rows = await self.tx.read(_LOCK, id=id, owner=owner, now=await self.tx.now_us())
        if not rows:
            return None
        version, base, base_us, last_us = rows[0]
        found = await self.tx.read(_ENTRIES, list=id)
        entries = tuple(Entry(at_us, decode_operation(body), author) for at_us, author, body in found)
        return Held(WishlistId(id), owner, version, decode_base(base), base_us, last_us, entries)

    async def lists(self, owner: Owner) -> list[Wishlist]:
        """An owner's lists, whose number nobody else changes until this ends."""
        await self.tx.run(_LOCK_OWNER, id=owner)
        return [_wishlist(row) for row in await self.tx.read(_OF_OWNER, owner=owner)]

    async def add_list(self, id: str, owner: Owner, position: int, name: str) -> None:
        """A list without items."""
        base, now = encode_base(State(name)), await self.tx.now_us()
        await self.tx.run(_ADD_LIST, id=id, owner=owner, position=position, name=name, base=base, now=now)
        self.tell(id, 1, "", ("created",))

    async def save(self, before: State, held: Held, new: Sequence[Entry], by: str) -> None:
        """Writes what a call has changed, and says so; nothing for a call without new operations."""
        if not new:
            return
        state = held.state
        await self.tx.run_many(_ADD_ENTRY, [_entry(held.id, entry) for entry in new])
        await self.tx.run(_FORGET, list=held.id, line=await self.tx.now_us() - KNOWN_US)
        await self.tx.run(
            _SAVE_LIST,
            id=held.id,
            name=state.name,
            version=held.version,
            base=encode_base(held.base),
            base_us=held.base_us,
            last_us=held.last_us,
        )
        await self._save_items(held.id, before, state)
        self.tell(held.id, held.version, by, tuple(dict.fromkeys(entry.operation.kind.value for entry in new)))

    async def price(self, list: str, micros: Mapping[ItemId, int], currency: str) -> None:
        """Notes what items cost when they were wished for; what has a note keeps it."""
        rows = [{"list": list, "id": id, "micros": each, "currency": currency} for id, each in micros.items()]
        await self.tx.run_many(_PRICE_ITEM, rows)

    async def under_way(self, list: str) -> dict[ItemId, Leaving]:
        """What of the list is on its way into carts."""
        rows = await self.tx.read(_UNDER_WAY, list=list)
        found = ((added_us, decode_leaving(text)) for added_us, text in rows)
        return {each.item: each for added_us, each in found if each.added_us == added_us}

    async def leave(self, list: str, leaving: Sequence[Leaving]) -> None:
        """Notes that these are on their way; it is forgotten when they are taken off the list."""
        await self.tx.run_many(_LEAVE, [{"list": list, "id": e.item, "leaving": encode_leaving(e)} for e in leaving])

    async def stay(self, list: str, leaving: Sequence[Leaving]) -> None:
        """Notes that these are not under way any more: the cart has not taken them."""
        under_way = await self.under_way(list) if leaving else {}
        items = [each.item for each in leaving if under_way.get(each.item) == each]
        await self.tx.run_many(_LEAVE, [{"list": list, "id": item, "leaving": None} for item in items])

    async def touch(self, id: str, by: str, what: str) -> None:
        """Says that something about a list changed that is none of its items."""
        ((version,),) = await self.tx.read(_TOUCH, id=id)
        self.tell(id, version, by, (what,))

    async def place(self, ids: Iterable[str]) -> None:
        """Puts an owner's lists into this order."""
        rows = [{"id": id, "position": position} for position, id in enumerate(ids)]
        await self.tx.run_many(_MOVE_LIST, rows)

    async def delete(self, id: str, version: int, by: str) -> None:
        """All of a list, whatever hangs on it."""
        for statement in _DELETE:
            await self.tx.run(statement, list=id)
        self.tell(id, version + 1, by, ("deleted",))

    async def add_key(self, hash: str, id: str, owner: Owner, access: Access, link: Link | None = None) -> None:
        """The key to an owner's lists, or a link to one."""
        await self.tx.run(
            _ADD_KEY,
            hash=hash,
            id=id,
            owner=owner,
            list=link.wishlist if link else None,
            access=access,
            label=link.label if link else "",
            now=await self.tx.now_us(),
            expires=link.expires_us if link else None,
        )

    async def links(self, list: str) -> Sequence[Link]:
        """Of one list, the oldest first."""
        return [_link(row) for row in await self.tx.read(_LINKS, lists=[list])]

    async def drop_link(self, list: str, id: str) -> bool:
        """Whether there was one."""
        return bool(await self.tx.run(_DROP_LINK, list=list, id=id))

    async def claimed_by(self, hash: str) -> Owner | None:
        """Who has claimed the lists of this key, if somebody has."""
        rows = await self.tx.read(_PASS, hash=hash)
        return Owner(rows[0][0]) if rows and rows[0][1] == CLAIMED else None

    async def claim(self, hash: str, owner: Owner) -> bool:
        """Lets a guest's key open nothing any more; whether it was this claim that did."""
        return bool(await self.tx.run(_CLAIM, hash=hash, owner=owner))

    async def give(self, before: Owner, lists: Sequence[Wishlist], owner: Owner, behind: int) -> None:
        """Gives a guest's lists to a customer, behind those there are."""
        rows = [{"id": each.id, "owner": owner, "position": behind + n} for n, each in enumerate(lists)]
        await self.tx.run_many(_GIVE, rows)
        await self.tx.run(_GIVE_LINKS, owner=owner, before=before)
        for statement in _GIVE_OTHERS:
            await self.tx.run(statement, owner=owner, before=before)
        for each in lists:
            await self.touch(each.id, "", "claimed")

    def tell(self, id: str, version: int, by: str, what: Sequence[str]) -> None:
        """Publishes that a list changed, with this commit."""
        self.tx.emit([WishlistChanged(version=version, wishlist=id, by=by, what=list(what))])

    async def _save_items(self, list: str, before: State, after: State) -> None:
        held = {item.id: (place, item) for place, item in enumerate(before.items)}
        rows = [
            _item_values(list, place, item)
            for place, item in enumerate(after.items)
            if held.get(item.id) != (place, item)
        ]
        gone = sorted(held.keys() - {item.id for item in after.items})
        await self.tx.run_many(_SAVE_ITEM, rows)
        if gone:
            await self.tx.run(_DROP_ITEMS, list=list, ids=gone)
            await self.tx.run(_DROP_WATCHES, list=list, ids=gone)


def _pass(row: tuple[Any, ...]) -> Pass | None:
    owner, access, list, expires_us = row
    if access == CLAIMED:
        return None
    return Pass(Owner(owner), Access(access), None if list is None else WishlistId(list), expires_us)


def _wishlist(row: tuple[Any, ...]) -> Wishlist:
    id, owner, position, name, version, touched_us = row
    return Wishlist(WishlistId(id), Owner(owner), position, version, touched_us, State(name))


def _wish(row: tuple[Any, ...]) -> Wish:
    id, sku, configuration, quantity, note, text, added_us, micros, currency = row
    made = None if configuration is None else ConfigurationId(configuration)
    item = Item(ItemId(id), None if sku is None else Sku(sku), made, Quantity(quantity), note, text, added_us)
    return Wish(item, micros, currency)


def _link(row: tuple[Any, ...]) -> Link:
    id, list, access, label, created_us, expires_us = row
    return Link(id, WishlistId(list), Access(access), label, created_us, expires_us)


def _entry(list: str, entry: Entry) -> dict[str, object]:
    body = encode_operation(entry.operation)
    return {"list": list, "id": entry.operation.id, "at_us": entry.at_us, "author": entry.by, "body": body}


def _item_values(list: str, place: int, item: Item) -> dict[str, object]:
    return {
        "list": list,
        "id": item.id,
        "place": place,
        "sku": item.sku,
        "configuration": item.configuration,
        "quantity_micros": item.quantity,
        "note": item.note,
        "text": item.text,
        "added_us": item.added_us,
    }
