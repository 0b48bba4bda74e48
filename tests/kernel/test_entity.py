"""Product's fields, asked for together and answered one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import pytest
import strawberry
from graphql import ExecutionResult

from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, CogwerkError, Forbidden, Unavailable
from modules.kernel.graph import (
    DateTime,
    GraphContext,
    Info,
    Part,
    Product,
    Wanted,
    field,
    product_field,
    products,
)
from modules.kernel.viewer import Permission, Principal
from tests.builders import a_viewer

SKUS = ("A", "B")


def _weight(parent: strawberry.Parent[Product], info: Info, at: DateTime | None = None) -> str | None:
    weight: str | None = parent.slot(info, "weight", at)
    return weight


async def _shelf(info: Info) -> list[Product]:
    shelf = products(SKUS)
    await info.context.prefetch(info, shelf)
    return shelf


async def _one(info: Info) -> Product:
    return products(SKUS)[0]


@strawberry.type
class Query:
    shelf: list[Product] = field(_shelf, description="A list whose fields are fetched together.")
    one: Product = field(_one, description="A product that nobody fetched anything for.")


class Scales:
    """A part that weighs products now, and refuses to tell what they weighed before."""

    def __init__(self, error: CogwerkError) -> None:
        self.error = error
        self.calls: list[tuple[Wanted, ...]] = []
        part = Part(
            "scales",
            query=Query,
            product_fields={"weight": product_field(_weight, description="In grams.")},
            prefetch=self.prefetch,
        )
        self.schema = GraphSchema([part])

    async def prefetch(self, products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
        self.calls.append(tuple(selection))
        for want in selection:
            if isinstance(want.arguments[0], datetime):
                raise self.error
            for product in products:
                product.filled[want] = f"{product.sku} as {context.viewer.principal.id}"

    def context(self) -> GraphContext:
        return GraphContext(a_viewer(), cast("Any", None), {}, self.schema.parts, self.schema.owners)

    async def ask(self, document: str) -> ExecutionResult:
        return cast("ExecutionResult", await self.schema.execute(document, context_value=self.context()))


BOTH = '{ weight then: weight(at: "2026-01-01T00:00:00Z") }'


@pytest.mark.parametrize("error", [Forbidden(Permission.TIME_TRAVEL), BadUserInput("never", "at")])
async def test_an_error_of_one_field_costs_that_field_of_each_product_and_no_more(error: CogwerkError) -> None:
    result = await Scales(error).ask(f"{{ shelf {BOTH} }}")
    assert result.data == {"shelf": [{"weight": f"{sku} as anonymous", "then": None} for sku in SKUS]}
    assert [(told.path, told.original_error) for told in result.errors or ()] == [
        (["shelf", 0, "then"], error),
        (["shelf", 1, "then"], error),
    ]


async def test_an_error_of_a_single_product_costs_its_field_only() -> None:
    error = Forbidden(Permission.TIME_TRAVEL)
    result = await Scales(error).ask(f"{{ one {BOTH} }}")
    assert result.data == {"one": {"weight": "A as anonymous", "then": None}}
    assert [told.original_error for told in result.errors or ()] == [error]


async def test_a_part_that_is_down_is_asked_once_and_costs_its_fields() -> None:
    scales = Scales(Unavailable("The scale"))
    result = await scales.ask(f"{{ shelf {BOTH} }}")
    assert result.data == {"shelf": [{"weight": None, "then": None}] * 2}
    assert result.errors is None
    assert len(scales.calls) == 1


async def test_what_stands_elsewhere_is_asked_for_as_another_viewer() -> None:
    scales = Scales(Unavailable("The scale"))
    context = scales.context()
    other = context.standing(a_viewer(Principal("somebody else")))
    (product, _), want = products(SKUS), Wanted("weight", (None,))
    await other.fill_one(product, want)
    assert product.filled[want] == "A as somebody else"
    assert context.viewer.principal.id == "anonymous"
    assert other.unavailable is context.unavailable
