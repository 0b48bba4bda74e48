"""Wishes from elsewhere, such as wishlists, that go into a cart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modules.cart.engine.intake import CartInput
from modules.cart.model import MOST_OPERATIONS_A_CALL, Kind
from modules.cart.service.carts import CartService
from modules.kernel.basket import BasketLine
from modules.kernel.errors import Refused
from modules.kernel.quantity import format_quantity
from modules.kernel.viewer import Viewer

KEY: Final = ("input", "cart")
"""Where others' commands name a cart."""


class WishService:
    """Takes wishes by operations whose ids are the wishes' own, so that each is taken once."""

    def __init__(self, carts: CartService) -> None:
        self._carts = carts

    async def take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Refused | None]:
        """Adds each to its product's line; per wish in order None when the cart has taken it, now or before, else why.

        Raises Refused, with the path of the cart's key, for a key that opens no cart or one that may not be changed.
        """
        taken: list[Refused | None] = []
        # One call at least, which tells whether the key opens a cart.
        for start in range(0, len(wishes) or 1, MOST_OPERATIONS_A_CALL):
            taken += await self._take(viewer, key, wishes[start : start + MOST_OPERATIONS_A_CALL], by)
        return taken

    async def _take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Refused | None]:
        done = await self._carts.apply(viewer, key, [_adding(wish) for wish in wishes], by)
        if done.cart is None:
            (refusal,) = done.problems
            refusal.path = KEY
            raise refusal
        taken = set(done.applied)
        return [None if wish.id in taken else _why(done.problems, index) for index, wish in enumerate(wishes)]


def _adding(wish: BasketLine) -> CartInput:
    quantity, configuration = format_quantity(wish.quantity), wish.configuration
    return CartInput(wish.id, Kind.ADD_LINE, sku=wish.sku, quantity=quantity, configuration=configuration)


def _why(problems: Sequence[Refused], index: int) -> Refused:
    """The refusal of one operation, or of the call."""
    place = ("input", "operations", str(index))
    return next((problem for problem in problems if problem.path[:3] == place), problems[0])
