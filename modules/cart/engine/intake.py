"""From what a client wrote to operations a cart takes up, and why not the others: pure, every path into the call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from modules.cart.model import MOST_OPERATIONS_A_CALL, Kind, Operation, compared, default_line
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused, UnknownSku
from modules.kernel.names import LineId, Sku, is_sku, is_text
from modules.kernel.outcome import Path
from modules.kernel.product import Article
from modules.kernel.quantity import MOST, ZERO, Quantity, format_quantity, parse_quantity

_ID = re.compile(r"[!-~]{1,64}")
_ID_ALLOWED = "1 to 64 printable ASCII characters without blanks"
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{16,200}")
_LONGEST_DEVICE = 40
_LONGEST_CODE = 64

Refusals = dict[int, Refused]
"""By place of the operation in the call."""


@dataclass(frozen=True, slots=True)
class CartInput:
    """An operation as the client wrote it, nothing checked. `at_us` None: now."""

    id: str
    kind: Kind
    at_us: int | None = None
    line: str | None = None
    sku: str | None = None
    quantity: str | None = None
    code: str | None = None


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
    return read_wish(given, (*path, "operation", given.kind))


def read_wish(given: CartInput, place: Path) -> Operation:
    """Like `read`, for a wish at any place of an input; its id is taken as it is."""
    line, sku, quantity = _read_line(given.line, place), _read_sku(given.sku, place), _read_quantity(given, place)
    code = read_code(given.code, place) if given.code is not None else ""
    return Operation(given.id, given.kind, line, sku, quantity, code=code, at_us=given.at_us)


def read_code(code: str, place: Path) -> str:
    """The code as it was typed; raises InvalidInput for what cannot be one."""
    if not is_text(code, _LONGEST_CODE) or not compared(code):
        raise InvalidInput("A code is malformed.", place, f"1 to {_LONGEST_CODE} printable characters")
    return code


def _read_line(line: str | None, place: Path) -> LineId | None:
    if line is not None and not _ID.fullmatch(line):
        raise InvalidInput("A line id is malformed.", (*place, "lineId"), _ID_ALLOWED)
    return LineId(line) if line is not None else None


def _read_sku(sku: str | None, place: Path) -> Sku | None:
    if sku is not None and not is_sku(sku):
        raise InvalidInput("A sku is malformed.", (*place, "sku"), "1 to 64 printable characters")
    return Sku(sku) if sku is not None else None


def _read_quantity(given: CartInput, place: Path) -> Quantity:
    if given.quantity is None:
        return ZERO
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
    return any(item.kind is Kind.SET_QUANTITY and not fits(item.quantity, 0) for item in operations)


def goods(operations: Iterable[Operation]) -> dict[LineId, Sku]:
    """Which product stands under which line id, as far as adding says."""
    return {item.line or default_line(item.sku, item.configuration): item.sku for item in operations if item.sku}


def sku_of(operation: Operation, named: Mapping[LineId, Sku]) -> Sku | None:
    """What an operation is about, where that is known."""
    return operation.sku or (named.get(operation.line) if operation.line else None)


def doubt(
    index: int, operation: Operation, sku: Sku, article: Article | None, nearest: Mapping[Sku, Sequence[Sku]]
) -> Refused | None:
    """What the catalogue has against an operation. That a line's product is gone hinders no change of the line."""
    path = ("input", "operations", index, "operation", operation.kind)
    if article is not None:
        return check_scale(operation.quantity, sku, article.quantity_scale, path)
    return UnknownSku(sku, (*path, "sku"), nearest.get(sku, ())) if operation.sku else None


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
