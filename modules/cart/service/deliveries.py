"""What a cart may choose as its delivery: costs, days of arrival, and why not the rest."""

from __future__ import annotations

import asyncio

from modules.cart.engine.arrival import DeliveryEstimate, estimates, leaving
from modules.cart.engine.terms import NOTHING, Wishes
from modules.cart.model import Cart
from modules.cart.ports import Pricing, Stock
from modules.cart.service.carts import CartService
from modules.kernel.basket import Basket
from modules.kernel.errors import Unavailable
from modules.kernel.names import Sku
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer


class CartDeliveries:
    """One per process."""

    def __init__(self, carts: CartService, pricing: Pricing, stock: Stock) -> None:
        self._carts = carts
        self._pricing = pricing
        self._stock = stock

    async def options(self, cart: Cart, viewer: Viewer, wishes: Wishes = NOTHING) -> list[DeliveryEstimate]:
        """Every shipping method of the cart's market on these terms, whatever method they name: the cheapest first,
        those that cannot serve last. Without stock nothing is known of the days.

        Raises what `CartService.quote` raises.
        """
        basket, guest = await self._carts.basket(cart, viewer, wishes)
        asked = self._pricing.deliveries(basket, guest)
        options, stock = await asyncio.gather(asked, self._availability(basket, guest))
        leaves = None if stock is None else leaving(basket.lines, stock, guest.now)
        return estimates(options, leaves, guest.channel.market.zone)

    async def _availability(self, basket: Basket, viewer: Viewer) -> dict[Sku, Availability] | None:
        skus = list(dict.fromkeys(line.sku for line in basket.lines))
        try:
            found = await self._stock.availability(skus, viewer) if skus else []
        except Unavailable:
            return None
        return {answer.sku: answer for answer in found}
