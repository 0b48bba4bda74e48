"""Pricing's part of the graph: what things cost, and how prices and tax rules are handed in."""

from strawberry.tools import merge_types

from modules.kernel.graph import Part
from modules.pricing.engine.tax import TaxRuleAmbiguous as Ambiguous
from modules.pricing.graph.campaigns import CampaignQuery
from modules.pricing.graph.lists import ListMutation, ListQuery
from modules.pricing.graph.prices import FIELDS, PriceSubscription, exists, prefetch
from modules.pricing.graph.row_pages import RowQuery
from modules.pricing.graph.rows import RowMutation
from modules.pricing.graph.shipping import ShippingMutation, ShippingQuery
from modules.pricing.graph.taxes import TaxMutation, TaxRuleAmbiguous, ambiguous

PART = Part(
    "pricing",
    query=merge_types(
        "Query",
        (
            RowQuery,
            ListQuery,
            ShippingQuery,
            CampaignQuery,
        ),
    ),
    mutation=merge_types("Mutation", (RowMutation, ListMutation, TaxMutation, ShippingMutation)),
    subscription=merge_types("Subscription", (PriceSubscription,)),
    product_fields=FIELDS,
    prefetch=prefetch,
    exists=exists,
    types=(TaxRuleAmbiguous,),
    problems={Ambiguous: ambiguous},
)

__all__ = ["PART"]
