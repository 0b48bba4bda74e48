"""Ways of delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import ShippingMethodId
from modules.pricing.engine.conditions.base import Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class DeliveredBy(Judge):
    """One of these shipping methods is chosen."""

    KIND: ClassVar = "delivery"
    SUMMARY: ClassVar = "One of these shipping methods is chosen."
    DESCRIPTIONS: ClassVar = {"methods": "Ids of shipping methods, of which one is enough."}
    LEAST: ClassVar = {"methods": 1}

    methods: tuple[ShippingMethodId, ...]

    def judge(self, view: View) -> Judgement:
        freight = view.circumstances.freight
        return verdict(self.KIND, freight is not None and freight.method in self.methods)
