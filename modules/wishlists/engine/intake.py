"""From what a client wrote to operations a list takes up, and why not the others: every path leads into the call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.kernel.configuration import Configuration
from modules.kernel.errors import InvalidInput, Refused, UnknownSku
from modules.kernel.intake import SKUS, check, check_text
from modules.kernel.names import ConfigurationId, Sku, is_sku, is_text
from modules.kernel.outcome import Path
from modules.kernel.product import Article
from modules.kernel.quantity import MOST, Quantity, format_quantity, parse_quantity
from modules.wishlists.model.lists import MOST_OPERATIONS_A_CALL, Goods, ItemId, Kind, Operation

LONGEST_NAME: Final = 100
LONGEST_NOTE: Final = 1_000
LONGEST_DEVICE: Final = 40
MOST_GOODS: Final = 100
_ID = re.compile(r"[!-~]{1,64}")
_ITEM = re.compile(r"[!-~]{1,66}")
_IDS: Final = "1 to 64 printable ASCII characters without blanks"
_KEY = re.compile(r"[!-~]{16,200}")

Refusals = dict[int, list[Refused]]
"""By place of the operation in the call."""


@dataclass(frozen=True, slots=True)
class GoodsInput:
    """A product as the client wrote it, nothing checked."""

    sku: str
    quantity: str = "1"
    configuration: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class WishlistInput:
    """An operation as the client wrote it, nothing checked. `at_us` None: now."""

    id: str
    kind: Kind
    at_us: int | None = None
    goods: tuple[GoodsInput, ...] = ()
    item: str | None = None
    text: str | None = None
    quantity: str | None = None
    note: str | None = None
    after: str | None = None


def check_idempotency_key(key: str) -> None:
    """Raises InvalidInput for a key that somebody else could have made too."""
    allowed = "16 to 200 printable characters, made anew for each call: a UUID"
    if not _KEY.fullmatch(key):
        raise InvalidInput("The idempotency key is malformed.", ("input", "idempotencyKey"), allowed)


def check_name(name: str, path: Path = ("input", "name")) -> None:
    """Raises InvalidInput for what a list cannot be called."""
    check_text(name, LONGEST_NAME, path)


def check_call(count: int, device: str | None) -> None:
    """Raises InvalidInput for what concerns a call as a whole."""
    if count > MOST_OPERATIONS_A_CALL:
        allowed = f"at most {MOST_OPERATIONS_A_CALL}"
        raise InvalidInput(f"There are {count} operations in one call.", ("input", "operations"), allowed)
    if device is not None:
        check_text(device, LONGEST_DEVICE, ("input", "device"))


def read_all(inputs: Sequence[WishlistInput]) -> tuple[dict[int, Operation], Refusals]:
    """The operations that can be read, and the refusals of the others."""
    asked: dict[int, Operation] = {}
    refused: Refusals = {}
    for index, given in enumerate(inputs):
        try:
            asked[index] = read(given, ("input", "operations", index))
        except InvalidInput as refusal:
            refused[index] = [refusal]
    return asked, refused


def read(given: WishlistInput, path: Path) -> Operation:
    """The operation a client meant. Raises InvalidInput for what no list takes."""
    check(_ID.fullmatch(given.id) is not None, given.id, (*path, "id"), _IDS)
    place = (*path, "operation", given.kind)
    if len(given.goods) > MOST_GOODS:
        raise InvalidInput(f"There are {len(given.goods)} products.", place, f"at most {MOST_GOODS}")
    if given.kind in (Kind.RENAME, Kind.ADD_TEXT):
        check_text(given.text or "", LONGEST_NAME if given.kind is Kind.RENAME else LONGEST_NOTE, place)
    elif given.text is not None:
        check_text(given.text, LONGEST_NOTE, (*place, "text"))
    return Operation(
        given.id,
        given.kind,
        goods=tuple(_goods(item, (*place, index)) for index, item in enumerate(given.goods)),
        item=_item(given.item, (*place, "itemId")),
        text=given.text,
        quantity=None if given.quantity is None else read_quantity(given.quantity, (*place, "quantity")),
        note=_note(given.note, (*place, "note")),
        after=_item(given.after, (*place, "after")),
        at_us=given.at_us,
    )


def read_quantity(text: str, path: Path) -> Quantity:
    """A quantity more than 0; the article's own scale is not known here."""
    allowed = f"more than 0, at most {format_quantity(MOST)}, with at most 6 decimals"
    try:
        quantity = parse_quantity(text)
    except ValueError:
        quantity = Quantity(0)
    check(quantity > 0, text, path, allowed)
    return quantity


def _goods(given: GoodsInput, path: Path) -> Goods:
    check(is_sku(given.sku), given.sku, (*path, "sku"), SKUS)
    if given.configuration is not None:
        check(_ID.fullmatch(given.configuration) is not None, given.configuration, (*path, "configurationId"), _IDS)
    return Goods(
        Sku(given.sku),
        read_quantity(given.quantity, (*path, "quantity")),
        None if given.configuration is None else ConfigurationId(given.configuration),
        _note(given.note, (*path, "note")),
    )


def _item(given: str | None, path: Path) -> ItemId | None:
    if given is not None:
        check(_ITEM.fullmatch(given) is not None, given, path, "an item's id, as the list shows it")
    return None if given is None else ItemId(given)


def _note(given: str | None, path: Path) -> str | None:
    if given:
        allowed = f"at most {LONGEST_NOTE} characters in one line; empty for none"
        check(is_text(given, LONGEST_NOTE), given, path, allowed)
    return given


def skus(operations: Iterable[Operation]) -> list[Sku]:
    """The products that operations name, each once."""
    return list(dict.fromkeys(goods.sku for operation in operations for goods in operation.goods))


def doubts(
    asked: Mapping[int, Operation], articles: Mapping[Sku, Article | None], nearest: Mapping[Sku, Sequence[Sku]]
) -> Refusals:
    """What the catalogue has against operations that bring products; one product that is refused refuses its call's
    operation, so that an operation is done wholly or not at all."""
    found: Refusals = {}
    for index, operation in asked.items():
        place = ("input", "operations", index, "operation", operation.kind)
        refused = [
            problem
            for number, goods in enumerate(operation.goods)
            if (problem := _doubt(goods, articles[goods.sku], nearest, (*place, number)))
        ]
        if refused:
            found[index] = refused
    return found


def made_of(operations: Iterable[Operation]) -> list[ConfigurationId]:
    """The configurations that operations name, each once."""
    named = (goods.configuration for operation in operations for goods in operation.goods)
    return list(dict.fromkeys(id for id in named if id is not None))


def misfits(asked: Mapping[int, Operation], found: Mapping[ConfigurationId, Configuration | None]) -> Refusals:
    """Why operations with configurations that are not there, or are of other products, are refused."""
    refused: Refusals = {}
    for index, operation in asked.items():
        place = ("input", "operations", index, "operation", operation.kind)
        for number, goods in enumerate(operation.goods):
            if goods.configuration in found and not _fits(goods, found):
                message = f"There is no configuration {goods.configuration!r} of {goods.sku!r}."
                path = (*place, number, "configurationId")
                refused.setdefault(index, []).append(InvalidInput(message, path, f"a configuration of {goods.sku!r}"))
    return refused


def _fits(goods: Goods, found: Mapping[ConfigurationId, Configuration | None]) -> bool:
    made = found[goods.configuration] if goods.configuration else None
    return made is not None and made.sku == goods.sku


def _doubt(goods: Goods, article: Article | None, nearest: Mapping[Sku, Sequence[Sku]], path: Path) -> Refused | None:
    if article is None:
        return UnknownSku(goods.sku, (*path, "sku"), nearest.get(goods.sku, ()))
    scale = article.quantity_scale
    if goods.quantity % int(10 ** (6 - scale)):
        allowed = f"at most {scale} decimals" if scale else "whole numbers"
        message = f"The quantity {format_quantity(goods.quantity)} of {goods.sku!r} has too many decimals."
        return InvalidInput(message, (*path, "quantity"), allowed)
    return None
