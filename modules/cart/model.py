"""A cart is the fold of its operations: no state of its own, no order of arrival, no conflict.

Time. Every operation is stamped once, by the store, when it first arrives. One that says when the person did it (`at`)
counts at that time; one that does not, or says a time that cannot be true (in the future, or more than a year back),
counts as done now, after everything the cart already knows. So the order of a list without times is kept, and what a
till did offline stands where it belongs. The fold goes by (time, operation id); for the same stamped operations any
order of arrival, any duplication and any split into requests give the same cart.

Meaning.
- addLine raises the quantity of a line, or begins it at the end of the cart. Without a line id of its own it means
  the default line of its sku and configuration, so the same product added twice is one line with the sum. With one it
  means that line; an id under which another product stands is not taken from it: the goods then go to their default
  line, so that nothing a person put in is lost.
- setQuantity replaces a line's quantity; 0 removes the line. removeLine removes it. Of a line that is not there (not
  yet, or no longer) both have no effect.
- A line removed and added again begins anew, at the end.
- A line holds at most `quantity.MOST`; more is cut off. No other limit is known here: what cannot be sold, or not so
  much of it, is said by the quote.
- addCode enters a code as it was typed, removeCode takes it out. Two spellings are one code when they are the same
  after NFKC, trimming and case folding (C-1): entered twice it is kept once, at its first place and in its first
  spelling. Whether a code is worth anything is said by the quote.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from modules.kernel.errors import Refused
from modules.kernel.names import CartId, ChannelId, ConfigurationId, LineId, Sku
from modules.kernel.quantity import MOST, ZERO, Quantity
from modules.kernel.viewer import Principal, Role

MOST_LINES = 1_000
"""Lines that are priced; the quote says so when a cart has more."""
MOST_CODES = 20
"""Codes that are looked at; the quote says so when a cart has more."""
MOST_OPERATIONS_A_CALL = 100
MOST_OPERATIONS = 10_000
"""Operations a cart keeps; a call that would exceed it is refused as a whole."""
OLDEST_US = 366 * 86_400 * 1_000_000
"""How far back an operation may say it was done."""

_DEFAULT = "l-"

_Goods = tuple[Sku, ConfigurationId | None]
_Lines = dict[LineId, tuple[_Goods, Quantity]]


class Kind(StrEnum):
    """What an operation does, by its name in the API."""

    ADD_LINE = "addLine"
    SET_QUANTITY = "setQuantity"
    REMOVE_LINE = "removeLine"
    ADD_CODE = "addCode"
    REMOVE_CODE = "removeCode"


@dataclass(frozen=True, slots=True)
class Operation:
    """One wish, as read from the client. Adding a line needs sku and quantity, setting one needs line and quantity,
    both operations on codes need the code."""

    id: str
    """Made by the client; the same id is applied once."""
    kind: Kind
    line: LineId | None = None
    """None only when adding: the default line."""
    sku: Sku | None = None
    quantity: Quantity = ZERO
    configuration: ConfigurationId | None = None
    code: str = ""
    """As it was typed."""
    at_us: int | None = field(default=None, compare=False)
    """When it was done, as the client says; what it counts at is the entry's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation with the time it counts at and who did it, as the cart keeps it."""

    at_us: int
    operation: Operation
    by: str

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the cart's history."""
        return self.at_us, self.operation.id


@dataclass(frozen=True, slots=True)
class Line:
    """So much of this."""

    id: LineId
    sku: Sku
    quantity: Quantity
    configuration: ConfigurationId | None = None


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as of `version`, which is 1 for a new one and rises by one with every operation taken up."""

    id: CartId
    channel: ChannelId
    version: int
    entries: tuple[Entry, ...]
    """In the order (time, operation id)."""
    lines: tuple[Line, ...]
    """In the order in which they were begun."""
    codes: tuple[str, ...] = ()
    """As they were typed, in the order of entering."""


class CartNotFound(Refused):
    """No cart has this key. The key is not repeated: it may be somebody's cart with a sign mistyped."""

    code = "CART_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no cart with this key.", ("input", "key"))


class CartFull(Refused):
    """The cart keeps as many operations as it may; nothing of the call was applied."""

    code = "CART_OPERATION_LIMIT"

    def __init__(self) -> None:
        super().__init__(f"A cart keeps at most {MOST_OPERATIONS} operations.", ("input", "operations"))


def fold(entries: Iterable[Entry]) -> tuple[Line, ...]:
    """The lines that follow from these operations; the order and repetition of `entries` mean nothing."""
    lines: _Lines = {}
    for entry in in_order(entries):
        operation = entry.operation
        if operation.kind is Kind.ADD_LINE:
            _add(lines, operation)
        elif operation.line in lines:
            _set(lines, operation.line, operation.quantity)
    return tuple(Line(id, sku, quantity, made) for id, ((sku, made), quantity) in lines.items())


def fold_codes(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The codes that follow from these operations, each once (C-1); order and repetition mean nothing here too."""
    codes: dict[str, str] = {}
    for entry in in_order(entries):
        operation = entry.operation
        if operation.kind is Kind.ADD_CODE:
            codes.setdefault(compared(operation.code), operation.code)
        elif operation.kind is Kind.REMOVE_CODE:
            codes.pop(compared(operation.code), None)
    return tuple(codes.values())


def compared(code: str) -> str:
    """The form in which codes are told apart (C-1)."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Each operation once, by (time, operation id)."""
    return sorted({entry.operation.id: entry for entry in entries}.values(), key=lambda entry: entry.place)


@lru_cache(maxsize=10_000)
def default_line(sku: Sku, configuration: ConfigurationId | None = None) -> LineId:
    """The line of a product that was added without a line id; the same for all carts and for ever."""
    name = f"{sku}\0{configuration or ''}".encode()
    return LineId(f"{_DEFAULT}{hashlib.sha256(name).hexdigest()[:20]}")


def _add(lines: _Lines, operation: Operation) -> None:
    assert operation.sku is not None
    goods = (operation.sku, operation.configuration)
    line_id = _line_of(lines, operation.line, goods)
    held = lines[line_id][1] if line_id in lines else ZERO
    lines[line_id] = (goods, Quantity(min(held + operation.quantity, MOST)))


def _line_of(lines: _Lines, wished: LineId | None, goods: _Goods) -> LineId:
    # Names of the default kind belong to their products, so that a default line never finds its place taken.
    if wished is None or wished.startswith(_DEFAULT):
        return default_line(*goods)
    return default_line(*goods) if wished in lines and lines[wished][0] != goods else wished


def _set(lines: _Lines, line_id: LineId, quantity: Quantity) -> None:
    if quantity:
        lines[line_id] = (lines[line_id][0], quantity)
    else:
        del lines[line_id]


def kind_of(principal: Principal) -> str:
    """What others in the cart see of who did it: the weightiest role, no name."""
    weight = {role: index for index, role in enumerate(Role)}
    return max(principal.roles, key=lambda role: weight[role], default=Role.SHOPPER).value


def page(entries: Sequence[Entry], first: int, after: tuple[int, str] | None) -> Sequence[Entry]:
    """Up to `first` entries behind a place in the history, which need not be there any more."""
    start = bisect_right(entries, after, key=lambda entry: entry.place) if after else 0
    return entries[start : start + first]
