"""The configurator's part of the graph."""

from __future__ import annotations

from modules.configurator.graph import refusals
from modules.configurator.graph.buyers import FIELDS, BuyerMutation, BuyerQuery, BuyerSubscription, prefetch
from modules.kernel.graph import Part

PART = Part(
    name="configurator",
    query=BuyerQuery,
    mutation=BuyerMutation,
    subscription=BuyerSubscription,
    product_fields=FIELDS,
    prefetch=prefetch,
    types=refusals.TYPES,
    problems=refusals.PROBLEMS,
)
