"""From what a client wrote to operations a cart takes up, and why not the others: pure, every path into the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.cart.model import (
    MOST_OPERATIONS_A_CALL,
    AddCode,
    AddLine,
    Kind,
    Operation,
    RemoveCode,
    RemoveLine,
    SetQuantity,
    Wish,
    compared,
    default_line,
)
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused, UnknownSku
from modules.kernel.names import LineId, Sku, is_sku, is_text
from modules.kernel.outcome import Path
from modules.kernel.product import Article
from modules.kernel.quantity import MOST, Quantity, format_quantity, parse_quantity

_ID = re.compile(r"[!-~]{1,64}")
_ID_ALLOWED = "1 to 64 printable ASCII characters without blanks"
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{16,200}")
_LONGEST_DEVICE = 40
_LONGEST_CODE = 64

Refusals = dict[int, Refused]
"""By place of the operation in the call."""


@dataclass(frozen=True, slots=True)
class CartInput:
    """An operation as the client wrote it, nothing checked. `at_us` None: now. What its kind lacks is empty."""

    id: str
    kind: Kind
    at_us: int | None = None
    line: str | None = None
    sku: str = ""
    quantity: str = ""
    code: str = ""


def check_idempotency_key(key: str) -> None:
    """Raises InvalidInput for a key that somebody else could have made too."""
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        allowed = "16 to 200 printable characters, made anew for each cart: a UUID"
        raise InvalidInput("The idempotency key is malformed.", ("input", "idempotencyKey"), allowed)


def check_call(count: int, device: str | None) -> None:
    """Raises InvalidInput for what concerns a call as a whole."""
    if count > MOST_OPERATIONS_A_CALL:
        allowed = f"at most {MOST_OPERATIONS_A_CALL}"
        raise InvalidInput(f"There are {count} operations in one call.", ("input", "operations"), allowed)
    if device is not None and not is_text(device, _LONGEST_DEVICE):
        allowed = f"1 to {_LONGEST_DEVICE} printable characters"
        raise InvalidInput("The device name is malformed.", ("input", "device"), allowed)


def read_all(inputs: Sequence[CartInput]) -> tuple[dict[int, Operation], Refusals]:
    """The operations that can be read, and the refusals of the others."""
    asked: dict[int, Operation] = {}
    refused: Refusals = {}
    for index, given in enumerate(inputs):
        try:
            asked[index] = read(given, index)
        except InvalidInput as refusal:
            refused[index] = refusal
    return asked, refused


def read(given: CartInput, index: int) -> Operation:
    """The operation a client meant. Raises InvalidInput, with the path into the call, for what no cart takes.

    The article's own scale of quantities is not known here; six decimals pass.
    """
    path = ("input", "operations", index)
    if not _ID.fullmatch(given.id):
        raise InvalidInput("An operation id is malformed.", (*path, "id"), _ID_ALLOWED)
    return Operation(given.id, read_wish(given, (*path, "operation", given.kind)), given.at_us)


def read_wish(given: CartInput, place: Path) -> Wish:
    """Like `read`, for a wish at any place of an input."""
    return _READERS[given.kind](given, place)


def _read_add_line(given: CartInput, place: Path) -> AddLine:
    line = None if given.line is None else _read_line(given, place)
    return AddLine(_read_sku(given.sku, place), _read_quantity(given, place), line)


def _read_set_quantity(given: CartInput, place: Path) -> SetQuantity:
    return SetQuantity(_read_line(given, place), _read_quantity(given, place))


def _read_remove_line(given: CartInput, place: Path) -> RemoveLine:
    return RemoveLine(_read_line(given, place))


def _read_add_code(given: CartInput, place: Path) -> AddCode:
    return AddCode(read_code(given.code, place))


def _read_remove_code(given: CartInput, place: Path) -> RemoveCode:
    return RemoveCode(read_code(given.code, place))


_READERS: Final[Mapping[Kind, Callable[[CartInput, Path], Wish]]] = {
    Kind.ADD_LINE: _read_add_line,
    Kind.SET_QUANTITY: _read_set_quantity,
    Kind.REMOVE_LINE: _read_remove_line,
    Kind.ADD_CODE: _read_add_code,
    Kind.REMOVE_CODE: _read_remove_code,
}


def read_code(code: str, place: Path) -> str:
    """The code as it was typed; raises InvalidInput for what cannot be one."""
    if not is_text(code, _LONGEST_CODE) or not compared(code):
        raise InvalidInput("A code is malformed.", place, f"1 to {_LONGEST_CODE} printable characters")
    return code


def _read_line(given: CartInput, place: Path) -> LineId:
    line = given.line or ""
    if not _ID.fullmatch(line):
        raise InvalidInput("A line id is malformed.", (*place, "lineId"), _ID_ALLOWED)
    return LineId(line)


def _read_sku(sku: str, place: Path) -> Sku:
    if not is_sku(sku):
        raise InvalidInput("A sku is malformed.", (*place, "sku"), "1 to 64 printable characters")
    return Sku(sku)


def _read_quantity(given: CartInput, place: Path) -> Quantity:
    least = "more than 0" if given.kind is Kind.ADD_LINE else "0 or more"
    allowed = f"{least}, at most {format_quantity(MOST)}, with at most 6 decimals"
    try:
        quantity = parse_quantity(given.quantity)
    except ValueError as error:
        raise InvalidInput(f"The quantity is not possible: {error}.", (*place, "quantity"), allowed) from None
    if quantity < 0 or (given.kind is Kind.ADD_LINE and not quantity):
        raise InvalidInput(f"The quantity is {format_quantity(quantity)}.", (*place, "quantity"), allowed)
    return quantity


def fits(quantity: Quantity, scale: int) -> bool:
    """Whether the quantity has no more decimals than the article's scale allows."""
    return not quantity % int(10 ** (6 - scale))


def check_scale(quantity: Quantity, sku: Sku, scale: int, place: Path) -> InvalidInput | None:
    """What is wrong with this quantity of this article, if anything."""
    if fits(quantity, scale):
        return None
    allowed = f"at most {scale} decimals" if scale else "whole numbers"
    message = f"The quantity {format_quantity(quantity)} of {sku!r} has too many decimals."
    return InvalidInput(message, (*place, "quantity"), allowed)


def needs_goods(operations: Iterable[Operation]) -> bool:
    """Whether a line's quantity is set to a part of a unit, so that its article must be known to judge it."""
    wishes = (item.wish for item in operations)
    return any(isinstance(wish, SetQuantity) and not fits(wish.quantity, 0) for wish in wishes)


def goods(operations: Iterable[Operation]) -> dict[LineId, Sku]:
    """Which product stands under which line id, as far as adding says."""
    added = (item.wish for item in operations if isinstance(item.wish, AddLine))
    return {wish.line or default_line(wish.sku, wish.configuration): wish.sku for wish in added}


def sku_of(operation: Operation, named: Mapping[LineId, Sku]) -> Sku | None:
    """What an operation is about, where that is known."""
    match operation.wish:
        case AddLine(sku=sku):
            return sku
        case SetQuantity(line=line):
            return named.get(line)
        case _:
            return None


def doubt(
    index: int, operation: Operation, sku: Sku, article: Article | None, nearest: Mapping[Sku, Sequence[Sku]]
) -> Refused | None:
    """What the catalogue has against an operation. That a line's product is gone hinders no change of the line."""
    path = ("input", "operations", index, "operation", operation.kind)
    wish = operation.wish
    if article is not None and isinstance(wish, AddLine | SetQuantity):
        return check_scale(wish.quantity, sku, article.quantity_scale, path)
    return UnknownSku(sku, (*path, "sku"), nearest.get(sku, ())) if isinstance(wish, AddLine) else None


def outcome(
    asked: Mapping[int, Operation], doubts: Refusals, held: Mapping[str, Operation]
) -> tuple[tuple[str, ...], Refusals]:
    """Ids of the operations that the cart now holds, each once, and why not the others.

    An operation that it has held since an earlier call is no longer in doubt: a repeated call has the same outcome.
    """
    applied = [item.id for item in asked.values() if held.get(item.id) == item]
    refused: Refusals = {}
    for index, operation in asked.items():
        there = held.get(operation.id)
        if there is not None and there != operation:
            refused[index] = IdempotencyConflict(operation.id, ("input", "operations", index, "id"))
        elif there is None and index in doubts:
            refused[index] = doubts[index]
    return tuple(dict.fromkeys(applied)), refused
