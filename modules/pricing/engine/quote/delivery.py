"""Delivery: what the chosen method costs, and what promotions leave of it (T-9, P-7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from modules.kernel.basket import DeliveryCost, Destination, Notice, PriceStep, TaxedMoney
from modules.kernel.money import MICROS, Money
from modules.pricing.engine.case import Freight, Reduction
from modules.pricing.engine.quote.drafts import Draft
from modules.pricing.engine.quote.items import with_tax_step
from modules.pricing.engine.quote.labels import label
from modules.pricing.engine.quote.question import Question, Reckoning
from modules.pricing.engine.rates import Parcel, Tariff, refused, tariff
from modules.pricing.engine.tax import Levy, Taxable, delivery_lines, line_amount
from modules.pricing.model.shipping import Days, ShippingMethod


@dataclass(frozen=True, slots=True)
class Carriage:
    """The chosen method with its costs so far, in the cart's tax mode."""

    method: ShippingMethod
    levy: Levy
    minor: int
    steps: tuple[PriceStep, ...]
    days: Days | None = None

    @property
    def freight(self) -> Freight:
        """What promotions see of it."""
        return Freight(self.method.id, self.minor)

    def reduced(self, reductions: Iterable[Reduction], currency: str) -> Carriage:
        """What shipping promotions leave of it."""
        minor, steps = self.minor, list(self.steps)
        for reduction in reductions:
            for index, share in reduction.shares:
                if index is None and share:
                    minor -= share
                    change, after = Money(-share, currency), Money(minor, currency)
                    steps.append(PriceStep("promotion", reduction.label, change, after, reduction.promotion))
        return replace(self, minor=minor, steps=tuple(steps))

    def taxables(self, goods: Sequence[Taxable], question: Question, reckoning: Reckoning) -> list[Taxable]:
        """Its parts, to be taxed beside the goods."""
        policy = question.market.policies.shipping_tax
        return delivery_lines(self.minor, reckoning.mode, self.levy.rule, goods, policy, reckoning.terms)

    def cost(self, total: TaxedMoney, question: Question, reckoning: Reckoning) -> DeliveryCost:
        """The finished answer."""
        locale = question.viewer.locale
        name = self.method.label(locale, question.market.locales[0])
        steps = with_tax_step(self.steps, total, self.levy, reckoning, locale)
        return DeliveryCost(self.method.id, name, total, steps, self.days)


def carriage(question: Question, reckoning: Reckoning, drafts: Sequence[Draft]) -> tuple[Carriage | None, list[Notice]]:
    """The delivery that was chosen; where it cannot be had or priced a notice says so and it costs nothing yet.

    Rates go by the goods that were asked for: their weight, and what they cost before promotions in the cart's tax
    mode. Where the destination is not known they go by the one that tax assumes (T-2).
    """
    chosen = question.basket.delivery
    if chosen is None:
        return None, []
    method = question.rules.shipping
    if method is None:
        return None, [refused("DELIVERY_NOT_FOUND", f"There is no shipping method {chosen!r} here.", chosen)]
    found = tariff(method, _parcel(method, question, drafts))
    if isinstance(found, Notice):
        return None, [found]
    levy = question.levy(method.tax_class)
    if levy is None:
        return None, [refused("TAX_RATE_NOT_FOUND", f"There is no tax rate for class {method.tax_class!r}.", chosen)]
    return _begun(method, found, levy, question, reckoning), []


def _parcel(method: ShippingMethod, question: Question, drafts: Sequence[Draft]) -> Parcel:
    known = None if method.pickup else question.basket.destination
    place = known or Destination(question.place.home)
    weighed = ((draft.find.article.weight_grams or 0) * draft.find.line.quantity for draft in drafts)
    value = Money(sum(draft.whole_minor for draft in drafts), question.currency)
    return Parcel(place, -(-sum(weighed) // MICROS), value)


def _begun(method: ShippingMethod, found: Tariff, levy: Levy, question: Question, reckoning: Reckoning) -> Carriage:
    terms = reckoning.terms
    minor = line_amount(found.minor * terms.minor_micros, method.tax_mode, MICROS, reckoning.mode, levy, terms)
    money = Money(minor, question.currency)
    step = PriceStep("list_price", label("delivery", question.viewer.locale), money, money, (method.id, method.version))
    return Carriage(method, levy, minor, (step,), found.days)
