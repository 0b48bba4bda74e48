"""The fold: from operations to the state of a cart. Pure; for the same stamped operations any order of arrival, any
duplication and any split into requests give the same state, since they count by (time, operation id).

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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from modules.cart.model.carts import EMPTY, Cart, CartState, Line
from modules.cart.model.operations import (
    DEFAULT,
    AddCode,
    AddLine,
    Entry,
    RemoveCode,
    RemoveLine,
    SetQuantity,
    Wish,
    compared,
    default_line,
    in_order,
)
from modules.kernel.names import CartId, ChannelId, ConfigurationId, LineId, Sku
from modules.kernel.quantity import MOST, Quantity


def cart_of(id: CartId, channel: ChannelId, version: int, entries: Iterable[Entry]) -> Cart:
    """The cart that these operations lead to."""
    ordered = in_order(entries)
    return Cart(id, channel, version, tuple(ordered), _folded(ordered))


def fold(entries: Iterable[Entry]) -> CartState:
    """The state that follows from these operations; the order and repetition of `entries` mean nothing."""
    return _folded(in_order(entries))


def _folded(ordered: Iterable[Entry]) -> CartState:
    draft = _Draft(EMPTY)
    for entry in ordered:
        wish = entry.operation.wish
        _APPLY[type(wish)](draft, wish)
    return draft.state()


@dataclass(slots=True)
class _Held:
    """A line while it is being folded."""

    sku: Sku
    configuration: ConfigurationId | None
    quantity: Quantity


class _Draft:
    """A state while it is being folded."""

    __slots__ = ("codes", "lines")

    def __init__(self, begun: CartState) -> None:
        self.lines = {line.id: _Held(line.sku, line.configuration, line.quantity) for line in begun.lines}
        self.codes = {compared(code): code for code in begun.codes}

    def state(self) -> CartState:
        """As it stands now."""
        lines = tuple(Line(id, held.sku, held.quantity, held.configuration) for id, held in self.lines.items())
        return CartState(lines, tuple(self.codes.values()))


def _add_line(draft: _Draft, wish: AddLine) -> None:
    id = _line_of(draft.lines, wish)
    held = draft.lines.get(id)
    if held is None:
        draft.lines[id] = _Held(wish.sku, wish.configuration, Quantity(min(wish.quantity, MOST)))
    else:
        held.quantity = Quantity(min(held.quantity + wish.quantity, MOST))


def _line_of(lines: Mapping[LineId, _Held], wish: AddLine) -> LineId:
    # Names of the default kind belong to their products, so that a default line never finds its place taken.
    if wish.line is None or wish.line.startswith(DEFAULT):
        return default_line(wish.sku, wish.configuration)
    held = lines.get(wish.line)
    if held is None or (held.sku, held.configuration) == (wish.sku, wish.configuration):
        return wish.line
    return default_line(wish.sku, wish.configuration)


def _set_quantity(draft: _Draft, wish: SetQuantity) -> None:
    if wish.line not in draft.lines:
        return
    if wish.quantity:
        draft.lines[wish.line].quantity = wish.quantity
    else:
        del draft.lines[wish.line]


def _remove_line(draft: _Draft, wish: RemoveLine) -> None:
    draft.lines.pop(wish.line, None)


def _add_code(draft: _Draft, wish: AddCode) -> None:
    draft.codes.setdefault(compared(wish.code), wish.code)


def _remove_code(draft: _Draft, wish: RemoveCode) -> None:
    draft.codes.pop(compared(wish.code), None)


_APPLY: Final[Mapping[type[Wish], Callable[[_Draft, Any], None]]] = {
    AddLine: _add_line,
    SetQuantity: _set_quantity,
    RemoveLine: _remove_line,
    AddCode: _add_code,
    RemoveCode: _remove_code,
}
