"""Demand, supply policies and purchase orders, as an import hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.importing.command import Command, Services, Values, given_of, importer
from modules.inventory.model.demand import DemandInput, OrderLineInput, SupplyInput
from modules.kernel.outcome import Upserted


def _demand(values: Values) -> DemandInput:
    return DemandInput(**given_of(values))


def _policy(values: Values) -> SupplyInput:
    return SupplyInput(**given_of(values))


def _order_line(values: Values) -> OrderLineInput:
    return OrderLineInput(**given_of(values))


async def _send_demand(services: Services, items: Sequence[DemandInput], reason: str) -> Upserted:
    return await services.demand.record(importer(), items, reason)


async def _send_policies(services: Services, items: Sequence[SupplyInput], reason: str) -> Upserted:
    return await services.demand.set_policies(importer(), items, reason)


async def _send_order_lines(services: Services, items: Sequence[OrderLineInput], reason: str) -> Upserted:
    return await services.demand.take_order_lines(importer(), items, reason)


PLANNING: Final[Mapping[str, Command]] = {
    "demand": Command(_demand, _send_demand, batch=1_000),
    "supply": Command(_policy, _send_policies),
    "purchase_orders": Command(_order_line, _send_order_lines),
}
