"""A subscription lives long: who asks, and for whom, is looked at anew with every event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import orjson
import pytest

from gateway.edge.execution import Executions, Request
from gateway.edge.settings import Bounds
from modules.kernel.customer import Profile
from modules.kernel.errors import Unauthenticated, UnknownCustomer
from modules.kernel.graph import GraphContext
from modules.kernel.names import CustomerId
from modules.kernel.viewer import Principal
from tests.gateway.edge.toy import Bell, ToyContext, a_schema

SCHEMA = a_schema()


class Ordering(ToyContext):
    """Asks for a customer who has ordered once more each time, and is not known any more after `most` orders."""

    def __init__(self, most: int) -> None:
        super().__init__(SCHEMA, Bell())
        self._orders = count()
        self._most = most

    async def __call__(self, headers: Mapping[str, str]) -> GraphContext:
        context = await super().__call__(headers)
        orders = next(self._orders)
        if orders > self._most:
            raise UnknownCustomer("c-1")
        context.viewer = replace(context.viewer, customer=Profile(CustomerId("c-1"), orders=orders))
        return context


async def orders_seen(context: Ordering, events: int) -> list[int]:
    """How many orders the viewer's customer has as each event is resolved."""
    runs = Executions(SCHEMA, context, Bounds(), introspection=True, suggestions=True)
    request = Request(f"subscription {{ ticks(count: {events}) {{ number }} }}", {}, None)
    prepared = await runs.prepare(request, {})
    seen = []
    async for answer in runs.stream(prepared):
        assert "errors" not in orjson.loads(answer.body)
        customer = prepared.context.viewer.customer
        assert customer is not None
        seen.append(customer.orders)
    return seen


async def test_the_customer_of_an_event_is_the_one_of_its_moment() -> None:
    assert await orders_seen(Ordering(most=99), 3) == [1, 2, 3]


async def test_a_customer_who_is_gone_ends_the_subscription() -> None:
    with pytest.raises(UnknownCustomer):
        await orders_seen(Ordering(most=1), 3)


class Demoted(ToyContext):
    """Whoever asked with rights has none any more when the first event comes."""

    def __init__(self) -> None:
        super().__init__(SCHEMA, Bell())
        self._names = iter(["with rights"])

    async def __call__(self, headers: Mapping[str, str]) -> GraphContext:
        context = await super().__call__(headers)
        context.viewer = replace(context.viewer, principal=Principal(next(self._names, "without")))
        return context


async def test_a_principal_who_is_not_the_same_any_more_hears_nothing() -> None:
    runs = Executions(SCHEMA, Demoted(), Bounds(), introspection=True, suggestions=True)
    prepared = await runs.prepare(Request("subscription { ticks(count: 3) { number } }", {}, None), {})
    with pytest.raises(Unauthenticated):
        await anext(runs.stream(prepared))
