"""What customers gives to the graph: profiles and segments, for those who keep them."""

from __future__ import annotations

from typing import Annotated

import strawberry

from modules.customers import model
from modules.customers.graph.inputs import UpsertCustomersInput, UpsertSegmentsInput
from modules.customers.graph.values import Customer, CustomerConnection, CustomerEdge, Segment
from modules.customers.service import CustomerService
from modules.kernel.graph import Behind, First, Info, Outcome, PageInfo, Part, decode_cursor, encode_cursor, page_size


@strawberry.type(description="What became of customers or segments.")
class UpsertCustomersPayload(Outcome):
    pass


async def _shown(info: Info, found: list[model.Customer]) -> list[Customer]:
    service = info.context.use(CustomerService)
    profiles = await service.profiles([customer.id for customer in found], info.context.viewer.now)
    return [
        Customer.of(customer, sorted(profile.segments) if profile else [])
        for customer, profile in zip(found, profiles, strict=True)
    ]


async def _customer(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Of the customer.")]
) -> Customer | None:
    (found,) = await info.context.use(CustomerService).customers(info.context.viewer, [id])
    return (await _shown(info, [found]))[0] if found else None


async def _customers(
    info: Info,
    first: First = 24,
    after: Behind = None,
) -> CustomerConnection:
    (behind,) = decode_cursor(after, str) if after else ("",)
    page = await info.context.use(CustomerService).page(info.context.viewer, page_size(first), behind)
    cursors = [encode_cursor([customer.id]) for customer in page.items]
    nodes = await _shown(info, list(page.items))
    return CustomerConnection(
        edges=[CustomerEdge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
        page_info=PageInfo.of(cursors, page.has_next, after is not None),
    )


def _segments(info: Info) -> list[Segment]:
    return [Segment.of(segment) for segment in info.context.use(CustomerService).segments(info.context.viewer)]


@strawberry.type
class Query:
    customer: Customer | None = strawberry.field(
        resolver=_customer, description="One customer; null when unknown. Needs the scope customers:write."
    )
    customers: CustomerConnection = strawberry.field(
        resolver=_customers, description="Customers by id. Needs the scope customers:write."
    )
    segments: list[Segment] = strawberry.field(
        resolver=_segments, description="All segments by id. Needs the scope customers:write."
    )


async def _upsert_customers(info: Info, input: UpsertCustomersInput) -> UpsertCustomersPayload:
    items = [customer.given() for customer in input.customers]
    service, viewer = info.context.use(CustomerService), info.context.viewer
    done = await service.upsert_customers(viewer, items, input.reason, input.idempotency_key)
    return UpsertCustomersPayload.of(info, done)


async def _upsert_segments(info: Info, input: UpsertSegmentsInput) -> UpsertCustomersPayload:
    items = [segment.given() for segment in input.segments]
    service, viewer = info.context.use(CustomerService), info.context.viewer
    done = await service.upsert_segments(viewer, items, input.reason, input.idempotency_key)
    return UpsertCustomersPayload.of(info, done)


@strawberry.type
class Mutation:
    upsert_customers: UpsertCustomersPayload = strawberry.field(
        resolver=_upsert_customers,
        description="Adds customers or replaces them wholly. Needs the scope customers:write.",
    )
    upsert_segments: UpsertCustomersPayload = strawberry.field(
        resolver=_upsert_segments, description="Adds segments or replaces them wholly. Needs the scope customers:write."
    )


PART = Part("customers", query=Query, mutation=Mutation)
