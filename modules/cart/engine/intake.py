"""Which operations a cart takes up, and why not the others: pure, every path into the call. See `reading` too."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from modules.cart.model import (
    MOST_OPERATIONS_A_CALL,
    AddLine,
    AddressUse,
    Kind,
    Operation,
    SetQuantity,
    TooLate,
    Undo,
    UnknownChannel,
    Wish,
    default_line,
)
from modules.kernel.address import PostalAddress
from modules.kernel.configuration import Configuration
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused, UnknownSku
from modules.kernel.names import ConfigurationId, LineId, Sku, is_text
from modules.kernel.outcome import Path
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity, format_quantity
from modules.kernel.viewer import Role

_IDEMPOTENCY_KEY = re.compile(r"[!-~]{16,200}")
_LONGEST_DEVICE = 40
_KINDS = tuple(role.value for role in Role)

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
    configuration: str | None = None
    after: str | None = None
    """A line."""
    text: str = ""
    code: str = ""
    use: AddressUse | None = None
    address: PostalAddress | None = None
    email: str | None = None
    method: str | None = None
    store: str | None = None
    payment: str | None = None
    promotion: str = ""
    gift: str | None = None
    """A sku."""
    channel: str = ""
    undone: str = ""
    """An operation."""


def check_idempotency_key(key: str) -> None:
    """Raises InvalidInput for a key that somebody else could have made too."""
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        allowed = "16 to 200 printable characters, made anew for each cart: a UUID"
        raise InvalidInput("The idempotency key is malformed.", ("input", "idempotencyKey"), allowed)


def check_call(count: int, device: str | None, kind: str) -> None:
    """Raises InvalidInput for what concerns a call as a whole; `kind` is the caller's kind of principal."""
    if count > MOST_OPERATIONS_A_CALL:
        allowed = f"at most {MOST_OPERATIONS_A_CALL}"
        raise InvalidInput(f"There are {count} operations in one call.", ("input", "operations"), allowed)
    if device is not None and not is_text(device, _LONGEST_DEVICE):
        allowed = f"1 to {_LONGEST_DEVICE} printable characters"
        raise InvalidInput("The device name is malformed.", ("input", "device"), allowed)
    if device is not None and device != kind and device.strip().casefold() in _KINDS:
        # HAZARD: it stands in the history where a kind of principal does.
        message = "The device has the name of a kind of principal."
        raise InvalidInput(message, ("input", "device"), f"none of: {', '.join(_KINDS)}")


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


def configured(operation: Operation) -> AddLine | None:
    """The line it adds, if that is a configured one."""
    wish = operation.wish
    return wish if isinstance(wish, AddLine) and wish.configuration else None


def misfits(made: Mapping[int, AddLine], found: Mapping[ConfigurationId, Configuration | None]) -> Refusals:
    """Why lines are not added as configurations of another product, by place in the call."""
    refused: Refusals = {}
    for index, wish in made.items():
        one = found.get(wish.configuration) if wish.configuration else None
        if one is not None and one.sku != wish.sku:
            path = ("input", "operations", index, "operation", Kind.ADD_LINE, "configurationId")
            message = f"The configuration {wish.configuration!r} is none of {wish.sku!r}."
            refused[index] = InvalidInput(message, path, f"a configuration of {wish.sku!r}")
    return refused


def strange_channel(channel: str, allowed: Sequence[str], path: Path) -> UnknownChannel:
    """Why no cart stands in a channel that is not there."""
    there = ", ".join(allowed) or "none"
    return UnknownChannel(f"There is no channel {channel[:100]!r}; there is: {there}.", path)


def outcome(
    asked: Mapping[int, Operation],
    doubts: Refusals,
    held: Mapping[str, Operation],
    folded: Collection[str] = (),
    late: Collection[str] = (),
) -> tuple[tuple[str, ...], Refusals]:
    """Ids of the operations that the cart now holds, each once, and why not the others.

    `folded` are those of the ids here, and of what undos here name, that the base holds; `late` are ids of operations
    that count before it or would undo something there. An operation that the cart has held since an earlier call is no
    longer in doubt: a repeated call has the same outcome.
    """
    applied = [item.id for item in asked.values() if item.id in folded or held.get(item.id) == item]
    refused: Refusals = {}
    for index, operation in asked.items():
        there = held.get(operation.id)
        if there is not None and there != operation:
            refused[index] = IdempotencyConflict(operation.id, ("input", "operations", index, "id"))
        elif there is None and index in doubts and operation.id not in folded:
            refused[index] = doubts[index]
        elif operation.id in late:
            refused[index] = TooLate(("input", "operations", index, *_cause(operation.wish, folded)))
    return tuple(dict.fromkeys(applied)), refused


def _cause(wish: Wish, folded: Collection[str]) -> Path:
    undoes = isinstance(wish, Undo) and wish.operation in folded
    return ("operation", Kind.UNDO, "operation") if undoes else ("at",)
