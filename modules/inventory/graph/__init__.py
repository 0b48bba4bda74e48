"""Inventory's part of the graph: what can be had, and how sources and counts are handed in."""

from strawberry.tools import merge_types

from modules.inventory.graph import pickups, transfers
from modules.inventory.graph.availability import FIELDS, StockSubscription, exists, prefetch
from modules.inventory.graph.demand import DemandMutation
from modules.inventory.graph.feeds import FeedMutation, FeedQuery
from modules.inventory.graph.levels import (
    BackorderElsewhere,
    CountBelowReserved,
    LevelMutation,
    backorder_elsewhere,
    below_reserved,
)
from modules.inventory.graph.pickups import PickupMutation, PickupQuery, PickupSubscription
from modules.inventory.graph.planning import PlanningMutation, PlanningQuery
from modules.inventory.graph.reservations import PROBLEMS, TYPES, ReservationMutation, ReservationQuery
from modules.inventory.graph.sources import SourceMutation, SourceQuery, UnknownLocation, unknown_location
from modules.inventory.graph.sourcing import SourcingQuery
from modules.inventory.graph.states import StateSubscription
from modules.inventory.graph.transfers import TransferMutation, TransferQuery
from modules.inventory.graph.waiting import WaitingMutation, WaitingQuery
from modules.inventory.model.levels import BackorderElsewhere as Elsewhere, CountBelowReserved as Below
from modules.inventory.model.sources import UnknownLocation as Unknown
from modules.kernel.graph import Part

PART = Part(
    "inventory",
    query=merge_types(
        "Query",
        (
            SourceQuery,
            SourcingQuery,
            PickupQuery,
            ReservationQuery,
            FeedQuery,
            TransferQuery,
            WaitingQuery,
            PlanningQuery,
        ),
    ),
    mutation=merge_types(
        "Mutation",
        (
            LevelMutation,
            SourceMutation,
            ReservationMutation,
            PickupMutation,
            FeedMutation,
            TransferMutation,
            WaitingMutation,
            DemandMutation,
            PlanningMutation,
        ),
    ),
    subscription=merge_types("Subscription", (StockSubscription, StateSubscription, PickupSubscription)),
    product_fields=FIELDS,
    prefetch=prefetch,
    exists=exists,
    types=(UnknownLocation, BackorderElsewhere, CountBelowReserved, *TYPES, *transfers.TYPES, *pickups.TYPES),
    problems={
        Unknown: unknown_location,
        Elsewhere: backorder_elsewhere,
        Below: below_reserved,
        **PROBLEMS,
        **transfers.PROBLEMS,
        **pickups.PROBLEMS,
    },
)

__all__ = ["PART"]
