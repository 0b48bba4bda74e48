"""Pricing's part of the graph: what things cost, and how prices and tax rules are handed in."""

from strawberry.tools import merge_types

from modules.kernel.graph import Part
from modules.pricing.engine.tax import TaxRuleAmbiguous as Ambiguous
from modules.pricing.graph.campaigns import CampaignQuery
from modules.pricing.graph.codes import CodeMutation, CodeQuery
from modules.pricing.graph.dry_runs import DryRunQuery
from modules.pricing.graph.history import HistoryMutation, HistoryQuery
from modules.pricing.graph.lists import ListMutation, ListQuery
from modules.pricing.graph.prices import PriceSubscription, exists
from modules.pricing.graph.products import FIELDS, prefetch
from modules.pricing.graph.promotion_commands import PROBLEMS, TYPES, PromotionMutation
from modules.pricing.graph.promotions import PromotionQuery
from modules.pricing.graph.row_pages import RowQuery
from modules.pricing.graph.rows import RowMutation
from modules.pricing.graph.shipping import ShippingMutation, ShippingQuery
from modules.pricing.graph.taxes import TaxMutation, TaxRuleAmbiguous, ambiguous
from modules.pricing.graph.trail import TrailQuery
from modules.pricing.graph.uses import PromotionUseRefused, UseMutation, UseQuery, use_refused
from modules.pricing.model.uses import UseRefused

PART = Part(
    "pricing",
    query=merge_types(
        "Query",
        (
            RowQuery,
            ListQuery,
            ShippingQuery,
            CampaignQuery,
            CodeQuery,
            UseQuery,
            PromotionQuery,
            DryRunQuery,
            HistoryQuery,
            TrailQuery,
        ),
    ),
    mutation=merge_types(
        "Mutation",
        (
            RowMutation,
            ListMutation,
            TaxMutation,
            ShippingMutation,
            CodeMutation,
            UseMutation,
            PromotionMutation,
            HistoryMutation,
        ),
    ),
    subscription=merge_types("Subscription", (PriceSubscription,)),
    product_fields=FIELDS,
    prefetch=prefetch,
    exists=exists,
    types=(
        TaxRuleAmbiguous,
        PromotionUseRefused,
        *TYPES,
    ),
    problems={Ambiguous: ambiguous, UseRefused: use_refused, **PROBLEMS},
)

__all__ = ["PART"]
