"""A wishlist is the fold of its operations over a base: no order of arrival, no conflict (as carts are).

Every operation is stamped once, when it first arrives: with the time it says, when that can be true, else with now,
after everything the list knows. The fold goes by (time, operation id). For the same stamped operations any order of
arrival, any repetition and any split into calls give the same list.

- addItems puts products on the list, at its end. A product, in one configuration, stands on a list once: added again it
  keeps its place and takes the quantity, and the note where one is given.
- addText puts a line of text at the end. Its id is that of the operation behind `t-`.
- setItem replaces what it names: quantity, note, text. moveItem puts an item behind another one, or first. removeItem
  takes it off. Of an item that is not there (not yet, or no longer) none of them has an effect.
- rename gives the list another name.

Operations older than 30 days are folded into the base; one that arrives later than that is refused (TOO_LATE).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final, NewType

from modules.kernel.errors import Refused
from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.quantity import ONE, Quantity

WishlistId = NewType("WishlistId", str)
ItemId = NewType("ItemId", str)
Owner = NewType("Owner", str)
"""`customer:<id>` or `guest:<id>`."""

DAY_US: Final = 86_400_000_000
MOST_LISTS: Final = 50
MOST_ITEMS: Final = 500
MOST_OPERATIONS: Final = 5_000
"""Operations of 30 days that a list keeps."""
MOST_OPERATIONS_A_CALL: Final = 100
FOLDED_US: Final = 30 * DAY_US
"""After this operations are folded into the base."""
KNOWN_US: Final = 60 * DAY_US
"""How long an operation's id is known."""


class Kind(StrEnum):
    """What an operation does, by its name in the API."""

    RENAME = "rename"
    ADD_ITEMS = "addItems"
    ADD_TEXT = "addText"
    SET_ITEM = "setItem"
    MOVE_ITEM = "moveItem"
    REMOVE_ITEM = "removeItem"


@dataclass(frozen=True, slots=True)
class Goods:
    """A product that is wished for."""

    sku: Sku
    quantity: Quantity = ONE
    configuration: ConfigurationId | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One change, as read from the client. None means: as it was."""

    id: str
    kind: Kind
    goods: tuple[Goods, ...] = ()
    item: ItemId | None = None
    text: str | None = None
    quantity: Quantity | None = None
    note: str | None = None
    after: ItemId | None = None
    """None: to the front."""
    at_us: int | None = field(default=None, compare=False)
    """When it was done, as the client says; what it counts at is the entry's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation with the time it counts at and who did it."""

    at_us: int
    operation: Operation
    by: str

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the list's history."""
        return self.at_us, self.operation.id


@dataclass(frozen=True, slots=True)
class Item:
    """A product, or a line of text (`sku` None)."""

    id: ItemId
    sku: Sku | None
    configuration: ConfigurationId | None
    quantity: Quantity
    note: str
    text: str
    added_us: int


@dataclass(frozen=True, slots=True)
class State:
    """What a list says: its name, and its items in order."""

    name: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishlist:
    """A list as of `version`, which rises by one with each operation. `state` follows from base and operations."""

    id: WishlistId
    owner: Owner
    position: int
    version: int
    touched_us: int
    state: State


@dataclass(frozen=True, slots=True)
class Held:
    """A list as it is kept: what was folded until `base_us`, and what came behind it."""

    id: WishlistId
    owner: Owner
    version: int
    base: State
    base_us: int
    last_us: int
    entries: tuple[Entry, ...]
    """Known ones, those in the base too."""

    @property
    def living(self) -> list[Entry]:
        """Those that are not in the base yet."""
        return [entry for entry in self.entries if entry.at_us > self.base_us]

    @property
    def state(self) -> State:
        """What the list says now."""
        return fold(self.base, self.living)


class WishlistNotFound(Refused):
    """No list is opened by this. What was given is not repeated: it may be somebody's key with a sign mistyped."""

    code = "WISHLIST_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no wishlist that this opens.", ("input", "key"))


class WishlistReadOnly(Refused):
    """The link shows the list, or lets it be changed, and no more."""

    code = "WISHLIST_READ_ONLY"

    def __init__(self) -> None:
        super().__init__("This link does not give the right to do that.", ("input", "key"))


class WishlistLimit(Refused):
    """There are as many lists, items, operations, links or watches as there may be."""

    code = "WISHLIST_LIMIT"

    def __init__(self, what: str, limit: int, path: Sequence[str | int]) -> None:
        super().__init__(f"There may be {limit} {what}.", path)
        self.limit = limit


class TooLate(Refused):
    """The operation was done longer ago than operations are kept apart."""

    code = "TOO_LATE"

    def __init__(self, path: Sequence[str | int]) -> None:
        super().__init__("It was done more than 30 days ago.", path)


_Items = dict[ItemId, Item]


def fold(base: State, entries: Iterable[Entry]) -> State:
    """What follows from these operations; the order and repetition of `entries` mean nothing."""
    name, items = base.name, {item.id: item for item in base.items}
    for entry in sorted({each.operation.id: each for each in entries}.values(), key=lambda each: each.place):
        if entry.operation.kind is Kind.RENAME:
            name = entry.operation.text or name
        else:
            _ACTS[entry.operation.kind](items, entry)
    return State(name, tuple(items.values()))


@lru_cache(maxsize=10_000)
def product_item(sku: Sku, configuration: ConfigurationId | None = None) -> ItemId:
    """The item of a product; the same on all lists and for ever."""
    name = f"{sku}\0{configuration or ''}".encode()
    return ItemId(f"p-{hashlib.sha256(name).hexdigest()[:20]}")


def text_item(operation: str) -> ItemId:
    """The item that an addText operation begins."""
    return ItemId(f"t-{operation}")


def _add_items(items: _Items, entry: Entry) -> None:
    for goods in entry.operation.goods:
        id = product_item(goods.sku, goods.configuration)
        held = items.get(id)
        if held is None:
            note = goods.note or ""
            items[id] = Item(id, goods.sku, goods.configuration, goods.quantity, note, "", entry.at_us)
        else:
            note = held.note if goods.note is None else goods.note
            items[id] = replace(held, quantity=goods.quantity, note=note)


def _add_text(items: _Items, entry: Entry) -> None:
    id = text_item(entry.operation.id)
    items[id] = Item(id, None, None, ONE, "", entry.operation.text or "", entry.at_us)


def _set(items: _Items, entry: Entry) -> None:
    operation = entry.operation
    held = items.get(operation.item) if operation.item else None
    if held is None:
        return
    given = {"quantity": operation.quantity, "note": operation.note, "text": operation.text}
    # A product has no text of its own, and a text no quantity.
    ignored = "text" if held.sku else "quantity"
    changes = {name: value for name, value in given.items() if value is not None and name != ignored}
    items[held.id] = replace(held, **changes)  # type: ignore[arg-type]


def _move(items: _Items, entry: Entry) -> None:
    item, after = entry.operation.item, entry.operation.after
    if item is None or item not in items or item == after or (after is not None and after not in items):
        return
    moved = items.pop(item)
    rest = list(items)
    place = rest.index(after) + 1 if after is not None else 0
    behind = [items.pop(id) for id in rest[place:]]
    items[moved.id] = moved
    items.update((each.id, each) for each in behind)


def _remove(items: _Items, entry: Entry) -> None:
    if entry.operation.item is not None:
        items.pop(entry.operation.item, None)


_ACTS: Mapping[Kind, Callable[[_Items, Entry], None]] = {
    Kind.ADD_ITEMS: _add_items,
    Kind.ADD_TEXT: _add_text,
    Kind.SET_ITEM: _set,
    Kind.MOVE_ITEM: _move,
    Kind.REMOVE_ITEM: _remove,
}
