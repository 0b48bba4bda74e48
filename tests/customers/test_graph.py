"""Customers in the graph."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.schema import GraphSchema
from modules.customers.graph import PART
from modules.customers.service import CustomerService
from modules.kernel.errors import Unauthenticated
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.customers.builders import OPERATING, a_customer_service

SCHEMA = GraphSchema([PART])
SET_UP = """
mutation {
  upsertSegments(input: { idempotencyKey: "s", reason: "set up", segments: [
    { id: "press", name: "Press" }
    { id: "gold", name: "Gold", rule: { all: [
      { equals: { attribute: "tier", value: { text: "gold" } } }
      { not: { atMost: { attribute: "orders", number: "2" } } }
      { any: [ { before: { attribute: "joined", moment: "2026-01-01T00:00:00Z" } }
               { withinDays: { attribute: "joined", days: 1 } } ] } ] } }
  ] }) { changed problems { code path } }
  upsertCustomers(input: { idempotencyKey: "c", reason: "set up", customers: [
    { id: "c-1", groups: ["club"], segments: ["press"], contracts: ["k"], orders: 3, isBusiness: true,
      attributes: [{ name: "tier", value: { text: "gold" } }, 
                   { name: "joined", value: { moment: "2025-05-01T00:00:00Z" } },
                   { name: "points", value: { number: "1.50" } }, { name: "letter", value: { flag: false } }],
      vatId: { number: "DE123456789" } }
    { id: "c-2" }
    { id: "c-3", attributes: [{ name: "email", value: { text: "x" } }] }
  ] }) { changed unchanged problems { code message path ... on InvalidInput { allowed } } }
}
"""
FIELDS = """
  id groups segments currentSegments contracts orders isBusiness
  attributes { name text number flag moment } vatId { number valid validatedAt }
"""


async def ask(customers: CustomerService, document: str, viewer: Viewer = OPERATING) -> dict[str, Any]:
    """The data of an operation without errors."""
    result = await execute(customers, document, viewer)
    assert result.errors is None, result.errors
    data: dict[str, Any] = result.data
    return data


async def execute(customers: CustomerService, document: str, viewer: Viewer) -> Any:
    """The result of an operation."""
    context = GraphContext(viewer, cast("Any", None), {CustomerService: customers}, SCHEMA.parts, SCHEMA.owners)
    return await SCHEMA.execute(document, context_value=context)


async def test_customers_and_segments_are_handed_in_and_read_back(database: Database) -> None:
    customers = a_customer_service(database)
    done = await ask(customers, SET_UP)
    assert done["upsertSegments"] == {"changed": 2, "problems": []}
    assert done["upsertCustomers"]["changed"] == 2
    (problem,) = done["upsertCustomers"]["problems"]
    assert problem["path"] == ["input", "customers", "2", "attributes", "0"]
    data = await ask(customers, f'{{ customer(id: "c-1") {{ {FIELDS} }} nobody: customer(id: "c-9") {{ id }} }}')
    assert data["nobody"] is None
    nothing = {"text": None, "number": None, "flag": None, "moment": None}
    assert data["customer"] == {
        "id": "c-1",
        "groups": ["club"],
        "segments": ["press"],
        "currentSegments": ["gold", "press"],
        "contracts": ["k"],
        "orders": 3,
        "isBusiness": True,
        "attributes": [
            {**nothing, "name": "joined", "moment": "2025-05-01T00:00:00Z"},
            {**nothing, "name": "letter", "flag": False},
            {**nothing, "name": "points", "number": "1.5"},
            {**nothing, "name": "tier", "text": "gold"},
        ],
        "vatId": {"number": "DE123456789", "valid": False, "validatedAt": None},
    }


async def test_segments_are_told_with_the_rule_that_was_handed_in(database: Database) -> None:
    customers = a_customer_service(database)
    await ask(customers, SET_UP)
    gold, press = (await ask(customers, "{ segments { id name rule } }"))["segments"]
    assert press == {"id": "press", "name": "Press", "rule": None}
    assert gold["rule"]["all"][1] == {"not": {"atMost": {"attribute": "orders", "number": "2"}}}


async def test_pages_of_customers_follow_one_another(database: Database) -> None:
    customers = a_customer_service(database)
    await ask(customers, SET_UP)
    document = "{ customers(first: 1%s) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }"
    first = (await ask(customers, document % ""))["customers"]
    assert [edge["node"]["id"] for edge in first["edges"]] == ["c-1"]
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await ask(customers, document % f', after: "{first["pageInfo"]["endCursor"]}"'))["customers"]
    assert [edge["node"]["id"] for edge in second["edges"]] == ["c-2"]
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("field", ['customer(id: "c-1") { id }', "customers { edges { cursor } }", "segments { id }"])
async def test_a_shopper_is_told_no_customer_and_no_segment(database: Database, field: str) -> None:
    customers = a_customer_service(database)
    await ask(customers, SET_UP)
    result = await execute(customers, f"{{ {field} }}", a_viewer())
    assert isinstance(result.errors[0].original_error, Unauthenticated)
