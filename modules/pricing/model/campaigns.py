"""Baskets that were seen, and what a promotion would have done to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from modules.kernel.basket import GiftChoice
from modules.kernel.money import Money
from modules.kernel.names import ChannelId, PromotionId, Sku, StoreId
from modules.kernel.quantity import Quantity

SHARE_MOST = 100
"""Percent: every basket."""
KEPT_DAYS = 90
MOST_BASKETS = 2_000
"""Baskets that one replay looks at."""
MOST_EXAMPLES = 10


class SeenLine(NamedTuple):
    """A product and how much of it. `extras` is what its configuration added to one unit, in millionths of the currency
    in the tax mode of the product's own price, step by step: not the configuration, whose texts may name somebody."""

    sku: Sku
    quantity: Quantity
    extras: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBasket:
    """A basket as it was quoted, without anything that leads to a person: no customer, no cart, no code, of the address
    only the country. What a code stood for is kept as the promotion's id."""

    id: str
    """Random: it leads nowhere."""
    at_us: int
    channel: ChannelId
    currency: str
    lines: tuple[SeenLine, ...]
    store: StoreId | None = None
    country: str = ""
    delivery: str | None = None
    payment: str | None = None
    promotions: tuple[PromotionId, ...] = ()
    """Those whose codes were entered."""
    gifts: tuple[GiftChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One basket without and with the promotion. Both amounts are what was due for goods and delivery, tax included."""

    basket: SeenBasket
    without: Money
    with_it: Money
    applied: bool
    gift_worth: Money
    """What the gifts it added cost otherwise, in the quote's tax mode."""

    @property
    def cost(self) -> Money:
        """What the customer pays less; negative for a basket that it makes dearer."""
        return self.without - self.with_it


@dataclass(frozen=True, slots=True)
class ReplayInput:
    """A promotion in its newest saved version, draft or not, and the time whose baskets it is tried on."""

    promotion: PromotionId
    since: datetime
    until: datetime
    channel: ChannelId | None = None
    """None: those of all channels."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a promotion would have done. Amounts by currency, sorted."""

    promotion: tuple[str, int]
    baskets: int
    """Looked at."""
    left_out: int
    """Of channels or stores that are gone."""
    has_more: bool
    """Whether there were more baskets in that time than one replay looks at; then the earliest ones were taken."""
    uses: int
    cost: tuple[Money, ...]
    """The sum of what customers pay less."""
    gift_worth: tuple[Money, ...]
    worse: int
    """Baskets that became dearer, because it kept a better promotion out."""
    examples: tuple[Trial, ...]
    """Those that it changes most, the dearer ones first."""
