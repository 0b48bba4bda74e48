"""Carts put together: their stores, their services, and what these share, by plain constructor calls."""

from __future__ import annotations

from dataclasses import dataclass

from modules.cart.ports import Articles, Channels, Pricing, Stock
from modules.cart.service import CartService, LinkService
from modules.cart.store import ActiveCarts, CartStore, LinkStore
from modules.runtime.redis import Redis


@dataclass(frozen=True, slots=True)
class Carts:
    """The services of carts, by noun."""

    carts: CartService
    links: LinkService


def wire_carts(
    redis: Redis,
    *,
    secret: bytes,
    keep_days: int,
    articles: Articles,
    pricing: Pricing,
    stock: Stock,
    channels: Channels,
) -> Carts:
    """`secret` is what keys are derived with."""
    active = ActiveCarts(redis)
    store = CartStore(active, secret, keep_days)
    return Carts(
        carts=CartService(store, articles=articles, pricing=pricing, stock=stock, channels=channels),
        links=LinkService(LinkStore(active, secret)),
    )
