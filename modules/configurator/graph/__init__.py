"""The configurator's part of the graph."""

from __future__ import annotations

from strawberry.tools import merge_types

from modules.configurator.graph import hindrances, modelrefusals, refusals
from modules.configurator.graph.buyers import FIELDS, BuyerMutation, BuyerQuery, BuyerSubscription, exists, prefetch
from modules.configurator.graph.documents import DocumentMutation, DocumentQuery
from modules.configurator.graph.making import MakingQuery
from modules.configurator.graph.making_commands import MakingMutation
from modules.configurator.graph.modellers import ModellerMutation, ModellerQuery
from modules.configurator.graph.quality import QualityQuery
from modules.kernel.graph import Part

PART = Part(
    name="configurator",
    query=merge_types("Query", (BuyerQuery, MakingQuery, ModellerQuery, QualityQuery, DocumentQuery)),
    mutation=merge_types("Mutation", (BuyerMutation, MakingMutation, ModellerMutation, DocumentMutation)),
    subscription=BuyerSubscription,
    product_fields=FIELDS,
    prefetch=prefetch,
    exists=exists,
    types=(*refusals.TYPES, *hindrances.TYPES, *modelrefusals.TYPES),
    problems={**refusals.PROBLEMS, **hindrances.PROBLEMS, **modelrefusals.PROBLEMS},
)
