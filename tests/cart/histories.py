"""Histories of carts: what several devices may wish, with colliding names, products and times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from modules.cart.model import (
    AddCode,
    AddLine,
    AddressUse,
    ChooseGift,
    Entry,
    MoveLine,
    Operation,
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
    default_line,
)
from modules.kernel.address import PostalAddress
from modules.kernel.names import ChannelId, LineId, PromotionId, ShippingMethodId, Sku, StoreId
from modules.kernel.quantity import pieces

MUG, PLATE = Sku("mug"), Sku("plate")
LATEST_US = 9
"""Up to which histories go, from 0."""
MOST = 14
"""Operations of a history, called `op0` and so on."""

_LINES = (LineId("a"), LineId("b"), default_line(MUG), default_line(PLATE))
_ADDRESSES = (None, PostalAddress("AT"), PostalAddress("DE", "Ada", lines=("Hauptstraße 1", "2. Stock")))

# Drawn from a list that is made once: building each wish anew would cost the better part of every property.
WISHES: Final[Sequence[Wish]] = (
    *(AddLine(sku, pieces(n), line) for sku in (MUG, PLATE) for n in (1, 2, 3) for line in (None, *_LINES)),
    *(SetQuantity(line, pieces(n)) for line in _LINES for n in (0, 1, 3)),
    *(RemoveLine(line) for line in _LINES),
    *(MoveLine(line, after) for line in _LINES for after in (None, *_LINES)),
    *(SetNote(line, text) for line in (None, *_LINES) for text in ("", "as a gift")),
    *(code(text) for code in (AddCode, RemoveCode) for text in ("SPRING", "spring ", "summer")),
    *(SetAddress(use, address) for use in AddressUse for address in _ADDRESSES),
    *(SetContact(email) for email in (None, "ada@example.com")),
    *(SetDelivery(method, StoreId("leipzig")) for method in (None, ShippingMethodId("pickup"))),
    SetDelivery(ShippingMethodId("parcel"), None),
    *(SetPayment(payment) for payment in (None, "cash")),
    *(ChooseGift(PromotionId(id), sku) for id in ("bonus", "welcome") for sku in (None, MUG, PLATE)),
    *(SetChannel(ChannelId(id)) for id in ("web", "swiss")),
    *(Undo(f"op{index}") for index in range(MOST + 1)),
    *(Undo(f"op{index}") for index in range(MOST + 1)),
)
"""Of every kind; undos of any operation of a history, there or not."""


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Any wishes at any times."""
    made = draw(st.lists(st.tuples(st.integers(0, LATEST_US), st.sampled_from(WISHES)), max_size=MOST))
    return [Entry(at_us, Operation(f"op{index}", wish), "till") for index, (at_us, wish) in enumerate(made)]
