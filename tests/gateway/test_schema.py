"""GraphSchema: parts join, one entity gets fields from all, and nobody silently wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
import strawberry

from gateway.schema import DuplicateField, GraphSchema
from modules.kernel.errors import BadUserInput, Unavailable
from modules.kernel.graph import GraphContext, Info, Part, Product, Wanted, field, product_field, products
from modules.kernel.names import Sku
from tests.builders import a_viewer


class Recorder:
    """A part's prefetch that remembers what it was asked."""

    def __init__(self, down: bool = False) -> None:
        self.calls: list[tuple[list[str], list[Wanted]]] = []
        self.down = down

    async def __call__(self, page: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
        if self.down:
            raise Unavailable("The database")
        self.calls.append(([str(product.sku) for product in page], list(selection)))
        for product in page:
            for want in selection:
                product.filled[want] = f"{want.field}{list(want.arguments)} of {product.sku}"


def _title(parent: strawberry.Parent[Product], info: Info) -> str | None:
    return cast("str | None", parent.slot(info, "title"))


def _price(parent: strawberry.Parent[Product], info: Info, quantity: int = 1) -> str | None:
    return cast("str | None", parent.slot(info, "price", quantity))


async def _page(info: Info) -> list[Product]:
    page = products(f"P{number}" for number in range(24))
    await info.context.prefetch(info, page)
    return page


def _one(sku: strawberry.ID) -> Product:
    return Product(sku=sku)


@strawberry.type
class Listing:
    page: list[Product] = field(_page, description="A page.")
    one: Product = field(_one, description="One, with nothing fetched yet.")


async def _exists(skus: Sequence[Sku], context: GraphContext) -> list[bool]:
    return [sku != "GONE" for sku in skus]


def catalog_part(prefetch: Recorder) -> Part:
    fields = {"title": product_field(_title, description="T")}
    return Part("catalog", query=Listing, product_fields=fields, prefetch=prefetch, exists=_exists)


def pricing_part(prefetch: Recorder) -> Part:
    return Part("pricing", product_fields={"price": product_field(_price, description="P")}, prefetch=prefetch)


async def run(parts: Sequence[Part], document: str) -> tuple[dict[str, Any], GraphContext]:
    schema = GraphSchema(parts)
    context = GraphContext(a_viewer(), cast("Any", None), {}, schema.parts, schema.owners)
    result = await schema.execute(document, context_value=context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data, context


async def test_a_page_asks_each_selected_part_once() -> None:
    catalog, pricing = Recorder(), Recorder()
    data, _ = await run([catalog_part(catalog), pricing_part(pricing)], "{ page { sku title price } }")
    assert data["page"][23] == {"sku": "P23", "title": "title[] of P23", "price": "price[1] of P23"}
    assert [(len(skus), wants) for skus, wants in catalog.calls] == [(24, [Wanted("title")])]
    assert [(len(skus), wants) for skus, wants in pricing.calls] == [(24, [Wanted("price", (1,))])]


async def test_a_field_not_asked_for_costs_nothing() -> None:
    catalog, pricing = Recorder(), Recorder()
    await run([catalog_part(catalog), pricing_part(pricing)], "{ page { sku } }")
    assert catalog.calls == pricing.calls == []


async def test_one_field_with_different_arguments_is_asked_for_together() -> None:
    pricing = Recorder()
    document = "query { page { ...P } } fragment P on Product { price ten: price(quantity: 10) title @skip(if: true) }"
    data, _ = await run([catalog_part(Recorder()), pricing_part(pricing)], document)
    assert data["page"][0] == {"price": "price[1] of P0", "ten": "price[10] of P0"}
    assert pricing.calls[0][1] == [Wanted("price", (1,)), Wanted("price", (10,))]


async def test_single_products_of_one_operation_are_asked_for_together() -> None:
    catalog = Recorder()
    data, _ = await run([catalog_part(catalog)], '{ a: one(sku: "A") { title } b: one(sku: "B") { title } }')
    assert (data["a"]["title"], data["b"]["title"]) == ("title[] of A", "title[] of B")
    assert catalog.calls == [(["A", "B"], [Wanted("title")])]


async def test_entities_are_one_batch_and_an_unknown_key_is_null() -> None:
    catalog = Recorder()
    references = ", ".join(f'{{ __typename: "Product", sku: "{sku}" }}' for sku in ("A", "GONE", "B"))
    document = f"{{ _entities(representations: [{references}]) {{ ... on Product {{ sku title }} }} }}"
    data, _ = await run([catalog_part(catalog)], document)
    assert data["_entities"] == [
        {"sku": "A", "title": "title[] of A"},
        None,
        {"sku": "B", "title": "title[] of B"},
    ]
    assert catalog.calls == [(["A", "B"], [Wanted("title")])]


@pytest.mark.parametrize(
    "reference",
    [
        '{ sku: "A" }',
        '{ __typename: "Warehouse", id: 1 }',
        '{ __typename: "Product" }',
        '{ __typename: "Product", sku: 5 }',
    ],
)
async def test_a_reference_to_nothing_of_this_graph_is_a_clear_error(reference: str) -> None:
    schema = GraphSchema([catalog_part(Recorder())])
    context = GraphContext(a_viewer(), cast("Any", None), {}, schema.parts, schema.owners)
    document = f"{{ _entities(representations: [{reference}]) {{ __typename }} }}"
    result = await schema.execute(document, context_value=context)
    assert result.errors is not None
    assert isinstance(result.errors[0].original_error, BadUserInput)


async def test_a_part_that_is_down_costs_its_own_fields_only() -> None:
    parts = [catalog_part(Recorder()), pricing_part(Recorder(down=True))]
    data, context = await run(parts, "{ page { title price } }")
    assert data["page"][0] == {"title": "title[] of P0", "price": None}
    assert [(entry["module"], entry["code"]) for entry in context.unavailable] == [("pricing", "UNAVAILABLE")]


def test_two_parts_that_give_the_same_product_field_are_refused_by_name() -> None:
    fields = {"title": product_field(_title, description="T")}
    with pytest.raises(DuplicateField, match=r"Product\.title.*'catalog'.*'other'"):
        GraphSchema([catalog_part(Recorder()), Part("other", product_fields=fields, prefetch=Recorder())])


def test_two_parts_that_give_the_same_root_field_are_refused_by_name() -> None:
    with pytest.raises(DuplicateField, match=r"Query\.page.*'catalog'.*'other'"):
        GraphSchema([catalog_part(Recorder()), Part("other", query=Listing)])


def test_nobody_may_give_the_key() -> None:
    fields = {"sku": product_field(_title, description="T")}
    with pytest.raises(DuplicateField, match=r"Product\.sku"):
        GraphSchema([Part("other", query=Listing, product_fields=fields, prefetch=Recorder())])


def test_fewer_parts_make_a_subgraph_of_the_same_class() -> None:
    sdl = GraphSchema([catalog_part(Recorder())]).as_str()
    assert 'type Product @key(fields: "sku")' in sdl
    assert "title: String" in sdl
    assert "price" not in sdl
    assert "federation/v2.9" in sdl


def test_two_graphs_in_one_process_do_not_fight() -> None:
    small = GraphSchema([catalog_part(Recorder())])
    large = GraphSchema([catalog_part(Recorder()), pricing_part(Recorder())])
    assert "price" in large.as_str()
    assert "price" not in small.as_str()
