"""Cheaper or free delivery; never below zero (O-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.actions.base import Act, Effect
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Amounts, Percent, Phase


@dataclass(frozen=True, slots=True)
class ShippingPercentOff(Act):
    """A percentage of what delivery costs."""

    KIND: ClassVar = "shippingPercentOff"
    SUMMARY: ClassVar = "A percentage off delivery."
    DESCRIPTIONS: ClassVar = {"percent": "How much off."}
    PHASE: ClassVar = Phase.SHIPPING

    percent: Percent

    def plan(self, view: View) -> Effect:
        return off_freight(view, view.percent_of(view.ledger.freight, self.percent))


@dataclass(frozen=True, slots=True)
class ShippingAmountOff(Act):
    """An amount off delivery, at most what it costs."""

    KIND: ClassVar = "shippingAmountOff"
    SUMMARY: ClassVar = "An amount off delivery."
    DESCRIPTIONS: ClassVar = {"amount": "How much off, in the cart's tax mode."}
    PHASE: ClassVar = Phase.SHIPPING

    amount: Amounts

    def plan(self, view: View) -> Effect:
        return off_freight(view, view.round(self.amount.of(view.currency) or 0, 1))


@dataclass(frozen=True, slots=True)
class FreeShipping(Act):
    """Delivery costs nothing."""

    KIND: ClassVar = "freeShipping"
    SUMMARY: ClassVar = "Free delivery."
    PHASE: ClassVar = Phase.SHIPPING

    def plan(self, view: View) -> Effect:
        return off_freight(view, view.ledger.freight)


def off_freight(view: View, wished: int) -> Effect:
    """So much off delivery, at most what is left of it; nothing when another of the exclusion group was there."""
    if view.circumstances.freight is None:
        return Effect(because=("delivery:none",))
    rival = view.freight_rival()
    if rival is not None:
        return Effect(blocked_by=(rival,), is_excluded=True)
    return Effect(freight=min(wished, view.ledger.freight), wished=wished)
