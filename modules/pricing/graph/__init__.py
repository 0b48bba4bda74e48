"""Pricing's part of the graph: what things cost, and how prices and tax rules are handed in."""

from strawberry.tools import merge_types

from modules.kernel.graph import Part
from modules.pricing.engine.tax import TaxRuleAmbiguous as Ambiguous
from modules.pricing.graph.prices import FIELDS, PriceSubscription, exists, prefetch
from modules.pricing.graph.rows import RowMutation
from modules.pricing.graph.taxes import TaxMutation, TaxRuleAmbiguous, ambiguous

PART = Part(
    "pricing",
    mutation=merge_types("Mutation", (RowMutation, TaxMutation)),
    subscription=merge_types("Subscription", (PriceSubscription,)),
    product_fields=FIELDS,
    prefetch=prefetch,
    exists=exists,
    types=(TaxRuleAmbiguous,),
    problems={Ambiguous: ambiguous},
)

__all__ = ["PART"]
