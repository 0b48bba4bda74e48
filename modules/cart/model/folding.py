"""The fold: from operations to the state of a cart. Pure; for the same stamped operations any order of arrival, any
duplication and any split into requests give the same state, since they count by (time, operation id). It can begin at
a base: see `compacting`.

Meaning.
- addLine raises the quantity of a line, or begins it at the end of the cart. Without a line id of its own it means
  the default line of its sku and configuration, so the same product added twice is one line with the sum. With one it
  means that line; an id under which another product stands is not taken from it: the goods then go to their default
  line, so that nothing a person put in is lost.
- setQuantity replaces a line's quantity; 0 removes the line. removeLine removes it. Of a line that is not there (not
  yet, or no longer) both have no effect.
- A line removed and added again begins anew, at the end and without its note.
- moveLine puts a line behind another one or, without one, in front; no effect where either is not there.
- setNote, setAddress, setContact, setDelivery, setPayment, chooseGift and setChannel replace what was said before; the
  note of a line that is not there has no effect.
- undo takes another operation back, as if it had never been: see `undoing`.
- A line holds at most `quantity.MOST`; more is cut off. No other limit is known here: what cannot be sold, or not so
  much of it, is said by the quote.
- addCode enters a code as it was typed, removeCode takes it out. Two spellings are one code when they are the same
  after NFKC, trimming and case folding (C-1): entered twice it is kept once, at its first place and in its first
  spelling. Whether a code is worth anything is said by the quote.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from modules.cart.model.carts import BEGINNING, Base, Cart, CartState, Line
from modules.cart.model.operations import DEFAULT, Entry, compared, default_line, in_order
from modules.cart.model.order import LineOrder
from modules.cart.model.undoing import undone
from modules.cart.model.wishes import (
    AddCode,
    AddLine,
    AddressUse,
    ChooseGift,
    MoveLine,
    RemoveCode,
    RemoveLine,
    SetAddress,
    SetChannel,
    SetContact,
    SetDelivery,
    SetNote,
    SetPayment,
    SetQuantity,
    Undo,
    Wish,
)
from modules.kernel.basket import GiftChoice
from modules.kernel.names import CartId, ChannelId, ConfigurationId, LineId, Sku
from modules.kernel.quantity import MOST, Quantity


def cart_of(id: CartId, channel: ChannelId, version: int, entries: Iterable[Entry], base: Base = BEGINNING) -> Cart:
    """The cart that these operations lead to from a base; `channel` is the one in which it was created."""
    ordered = in_order(entries)
    taken = undone(ordered, base.lasting)
    state = _folded(ordered, base.state, taken)
    return Cart(id, state.channel or channel, version, tuple(ordered), state, taken)


def fold(entries: Iterable[Entry], base: Base = BEGINNING) -> CartState:
    """The state that follows from these operations; the order and repetition of `entries` mean nothing."""
    ordered = in_order(entries)
    return _folded(ordered, base.state, undone(ordered, base.lasting))


def _folded(ordered: Iterable[Entry], begun: CartState, taken: Container[str]) -> CartState:
    draft = _Draft(begun)
    for entry in ordered:
        wish = entry.operation.wish
        if entry.operation.id not in taken:
            _APPLY[type(wish)](draft, wish)
    return draft.state()


@dataclass(slots=True)
class _Held:
    """A line while it is being folded."""

    sku: Sku
    configuration: ConfigurationId | None
    quantity: Quantity
    note: str = ""


class _Draft:
    """A state while it is being folded; `rest` is whatever is replaced as a whole, by its name in the state."""

    __slots__ = ("begun", "codes", "gifts", "lines", "order", "rest")

    def __init__(self, begun: CartState) -> None:
        self.begun = begun
        self.lines = {line.id: _Held(line.sku, line.configuration, line.quantity, line.note) for line in begun.lines}
        self.order = LineOrder(self.lines)
        self.codes = {compared(code): code for code in begun.codes}
        self.gifts = {gift.promotion: gift for gift in begun.gifts}
        self.rest: dict[str, Any] = {}

    def state(self) -> CartState:
        """As it stands now."""
        lines = tuple(self._line(id, self.lines[id]) for id in self.order)
        codes, gifts = tuple(self.codes.values()), tuple(self.gifts.values())
        return replace(self.begun, lines=lines, codes=codes, gifts=gifts, **self.rest)

    def drop(self, id: LineId) -> None:
        """Removes a line, if it is there."""
        if self.lines.pop(id, None):
            self.order.remove(id)

    @staticmethod
    def _line(id: LineId, held: _Held) -> Line:
        return Line(id, held.sku, held.quantity, held.configuration, held.note)


def _add_line(draft: _Draft, wish: AddLine) -> None:
    id = _line_of(draft.lines, wish)
    held = draft.lines.get(id)
    if held is None:
        draft.lines[id] = _Held(wish.sku, wish.configuration, Quantity(min(wish.quantity, MOST)))
        draft.order.append(id)
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
        draft.drop(wish.line)


def _remove_line(draft: _Draft, wish: RemoveLine) -> None:
    draft.drop(wish.line)


def _move_line(draft: _Draft, wish: MoveLine) -> None:
    lines = draft.lines
    if wish.line not in lines or wish.after == wish.line or (wish.after is not None and wish.after not in lines):
        return
    draft.order.remove(wish.line)
    draft.order.insert(wish.line, wish.after)


def _set_note(draft: _Draft, wish: SetNote) -> None:
    if wish.line is None:
        draft.rest["note"] = wish.text
    elif wish.line in draft.lines:
        draft.lines[wish.line].note = wish.text


def _add_code(draft: _Draft, wish: AddCode) -> None:
    draft.codes.setdefault(compared(wish.code), wish.code)


def _remove_code(draft: _Draft, wish: RemoveCode) -> None:
    draft.codes.pop(compared(wish.code), None)


def _set_address(draft: _Draft, wish: SetAddress) -> None:
    draft.rest["delivery_address" if wish.use is AddressUse.DELIVERY else "billing_address"] = wish.address


def _set_contact(draft: _Draft, wish: SetContact) -> None:
    draft.rest["email"] = wish.email


def _set_delivery(draft: _Draft, wish: SetDelivery) -> None:
    draft.rest |= {"delivery": wish.method, "store": wish.store}


def _set_payment(draft: _Draft, wish: SetPayment) -> None:
    draft.rest["payment"] = wish.payment


def _choose_gift(draft: _Draft, wish: ChooseGift) -> None:
    if wish.sku is None:
        draft.gifts.pop(wish.promotion, None)
    else:
        draft.gifts[wish.promotion] = GiftChoice(wish.promotion, wish.sku)


def _set_channel(draft: _Draft, wish: SetChannel) -> None:
    draft.rest["channel"] = wish.channel


def _undo(draft: _Draft, wish: Undo) -> None:
    """What it takes back is left out before."""


_APPLY: Final[Mapping[type[Wish], Callable[[_Draft, Any], None]]] = {
    AddLine: _add_line,
    SetQuantity: _set_quantity,
    RemoveLine: _remove_line,
    MoveLine: _move_line,
    SetNote: _set_note,
    AddCode: _add_code,
    RemoveCode: _remove_code,
    SetAddress: _set_address,
    SetContact: _set_contact,
    SetDelivery: _set_delivery,
    SetPayment: _set_payment,
    ChooseGift: _choose_gift,
    SetChannel: _set_channel,
    Undo: _undo,
}
