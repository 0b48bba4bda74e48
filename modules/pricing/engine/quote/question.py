"""What a quote answers: a basket, who asks, and every rule that has a say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modules.kernel.basket import Basket
from modules.kernel.configuration import Surcharges, Unpriced
from modules.kernel.moments import to_us
from modules.kernel.names import LineId, PromotionId, Sku, TaxClass
from modules.kernel.place import Market
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import CodeClaim, Room
from modules.pricing.engine.prices import PriceContext
from modules.pricing.engine.tax import Levy, TaxPlace, Terms
from modules.pricing.model.shipping import ShippingMethod


@dataclass(frozen=True, slots=True)
class Rules:
    """What a basket is judged by besides the prices and taxes of its goods."""

    book: PromotionBook = field(default_factory=lambda: PromotionBook.of(()))
    claims: tuple[CodeClaim, ...] = ()
    """What is known of the basket's codes."""
    rooms: Mapping[PromotionId, Room] = field(default_factory=dict)
    gifts: frozenset[Sku] = frozenset()
    """What promotions may give."""
    stock: Mapping[Sku, int] = field(default_factory=dict)
    """Millionths of the gifts that can be had; one that is missing here can be had without bound."""
    shipping: ShippingMethod | None = None
    """The method that the basket names; None where there is none of that id."""
    surcharges: Mapping[LineId, Surcharges | Unpriced] = field(default_factory=dict)
    """What the configurations of lines add to their products' own price; a line that is missing here costs that."""


@dataclass(frozen=True, slots=True)
class Question:
    """A basket at a moment, in a place, with all that decides its price."""

    basket: Basket
    goods: Goods
    viewer: Viewer
    rules: Rules
    at_us: int
    context: PriceContext
    place: TaxPlace
    _levies: dict[TaxClass, Levy | None] = field(default_factory=dict)

    @classmethod
    def of(cls, basket: Basket, goods: Goods, viewer: Viewer, rules: Rules) -> Question:
        """Pick-up in a store is taxed there, everything else where it goes (T-2)."""
        pickup = rules.shipping is not None and rules.shipping.pickup
        place = TaxPlace.of(viewer, basket.destination, pickup)
        return cls(basket, goods, viewer, rules, to_us(viewer.now), PriceContext.of(viewer), place)

    def levy(self, tax_class: TaxClass) -> Levy | None:
        """What is due for this class of goods where they go; None without a rate. Looked up once for all of them."""
        if tax_class not in self._levies:
            self._levies[tax_class] = self.goods.taxes.levy(self.place, tax_class, self.at_us)
        return self._levies[tax_class]

    @property
    def market(self) -> Market:
        """Whose choices hold."""
        return self.viewer.channel.market

    @property
    def currency(self) -> str:
        """In which all amounts are."""
        return self.viewer.currency


@dataclass(frozen=True, slots=True)
class Reckoning:
    """In which tax mode a cart is reckoned, and how it is rounded."""

    mode: TaxMode
    terms: Terms

    @classmethod
    def of(cls, question: Question, modes: list[TaxMode]) -> Reckoning:
        """The market's choice; otherwise net when every row is net, else gross. `modes` are those of the rows."""
        chosen = question.market.policies.tax_mode
        every_net = bool(modes) and all(mode is TaxMode.NET for mode in modes)
        mode = chosen or (TaxMode.NET if every_net else TaxMode.GROSS)
        customer = question.viewer.customer
        business = mode is TaxMode.NET and customer is not None and customer.is_business
        return cls(mode, Terms.of(question.market, question.currency, business))
