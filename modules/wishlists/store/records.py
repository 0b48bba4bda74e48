"""Operations and bases as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.quantity import ONE, Quantity
from modules.wishlists.model.leaving import Leaving
from modules.wishlists.model.lists import Goods, Item, ItemId, Kind, Operation, State


def encode_operation(operation: Operation) -> str:
    """Without what it does not say."""
    document = {
        "id": operation.id,
        "kind": operation.kind,
        "goods": [_goods_document(goods) for goods in operation.goods] or None,
        "item": operation.item,
        "text": operation.text,
        "quantity": operation.quantity,
        "note": operation.note,
        "after": operation.after,
    }
    return _json(document)


@lru_cache(maxsize=20_000)
def decode_operation(text: str) -> Operation:
    """From its JSON; what is stored never changes."""
    document = orjson.loads(text)
    quantity, item, after = document.get("quantity"), document.get("item"), document.get("after")
    return Operation(
        document["id"],
        Kind(document["kind"]),
        goods=tuple(_goods(each) for each in document.get("goods", ())),
        item=None if item is None else ItemId(item),
        text=document.get("text"),
        quantity=None if quantity is None else Quantity(quantity),
        note=document.get("note"),
        after=None if after is None else ItemId(after),
    )


def encode_base(state: State) -> str:
    """A state as one object."""
    return _json({"name": state.name, "items": [_item_document(item) for item in state.items]})


def decode_base(text: str) -> State:
    """From its JSON."""
    document = orjson.loads(text)
    return State(document["name"], tuple(_item(each) for each in document["items"]))


def encode_leaving(leaving: Leaving) -> str:
    """As one array."""
    return orjson.dumps(tuple(leaving)).decode()


def decode_leaving(text: str) -> Leaving:
    """From its JSON."""
    return recall_leaving(orjson.loads(text))


def recall_leaving(values: Sequence[Any]) -> Leaving:
    """From the values of its JSON."""
    item, added_us, cart, wish, sku, quantity, made = values
    configuration = None if made is None else ConfigurationId(made)
    return Leaving(ItemId(item), added_us, cart, wish, Sku(sku), Quantity(quantity), configuration)


def _json(document: Mapping[str, Any]) -> str:
    return orjson.dumps({name: value for name, value in document.items() if value is not None}).decode()


def _goods_document(goods: Goods) -> dict[str, Any]:
    found = {"sku": goods.sku, "quantity": goods.quantity, "configuration": goods.configuration, "note": goods.note}
    return {name: value for name, value in found.items() if value is not None}


def _goods(document: Mapping[str, Any]) -> Goods:
    made = document.get("configuration")
    configuration = None if made is None else ConfigurationId(made)
    return Goods(Sku(document["sku"]), Quantity(document["quantity"]), configuration, document.get("note"))


def _item_document(item: Item) -> list[Any]:
    return [item.id, item.sku, item.configuration, item.quantity, item.note, item.text, item.added_us]


def _item(document: list[Any]) -> Item:
    id, sku, configuration, quantity, note, text, added_us = document
    return Item(
        ItemId(id),
        None if sku is None else Sku(sku),
        None if configuration is None else ConfigurationId(configuration),
        Quantity(quantity or ONE),
        note,
        text,
        added_us,
    )
