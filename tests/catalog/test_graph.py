"""Products and categories in the graph."""

from __future__ import annotations

from typing import Any

import pytest

from modules.catalog.service import CatalogService
from modules.kernel.errors import BadUserInput, Unauthenticated
from modules.kernel.graph import encode_cursor
from modules.kernel.names import Sku
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer
from tests.catalog.shop import (
    OPERATING,
    SHOPPING,
    a_catalog,
    a_product,
    ask,
    execute,
    put,
)

SET_UP = """
mutation {
  upsertCategories(input: { reason: "set up", categories: [
    { id: "saws", parent: "tools", names: [{ locale: "de", text: "Sägen" }] }
    { id: "tools", names: [{ locale: "de", text: "Werkzeug" }, { locale: "en", text: "Tools" }] }
  ] }) { changed unchanged problems { code } }
  upsertProductGroups(input: { reason: "set up", groups: [
    { id: "saw", titles: [{ locale: "de", text: "Säge" }], axes: ["Länge"] }
  ] }) { changed }
  upsertProducts(input: { reason: "set up", idempotencyKey: "1", products: [
    { sku: "A-1", titles: [{ locale: "de", text: "Säge 30" }, { locale: "en", text: "Saw 30" }], group: "saw",
      categories: ["saws"], attributes: [{ name: "Länge", value: "30 cm" }], imageUrl: "/a.jpg",
      taxClass: "reduced", quantityScale: 2, minimumQuantity: "0.5", maximumQuantity: "20", quantityStep: "0.25",
      unit: "m", weightGrams: 1200 }
    { sku: "A-2", titles: [{ locale: "de", text: "Säge 40" }] }
    { sku: "A-3", titles: [{ locale: "de", text: "Alte Säge" }], activeUntil: "2026-03-02T12:00:00Z" }
    { sku: "A-4", titles: [{ locale: "de", text: "Säge 50" }], categories: ["axes"] }
  ] }) { changed unchanged problems { code message path ... on InvalidInput { allowed } } }
}
"""
EVERYTHING = """
  sku title group { id title axes } categories { id name path parent { id } children { id } }
  attributes { name value } imageUrl taxClass quantityScale quantityRules { minimum maximum step unit } weightGrams
  active
"""
PAGE = """
query ($filter: ProductFilter, $sort: ProductSort, $first: Int = 24, $after: String) {
  products(filter: $filter, sort: $sort, first: $first, after: $after) {
    edges { cursor node { sku title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
SAW = {
    "sku": "A-1",
    "title": "Säge 30",
    "group": {"id": "saw", "title": "Säge", "axes": ["Länge"]},
    "categories": [
        {"id": "saws", "name": "Sägen", "path": ["Werkzeug", "Sägen"], "parent": {"id": "tools"}, "children": []}
    ],
    "attributes": [{"name": "Länge", "value": "30 cm"}],
    "imageUrl": "/a.jpg",
    "taxClass": "reduced",
    "quantityScale": 2,
    "quantityRules": {"minimum": "0.5", "maximum": "20", "step": "0.25", "unit": "m"},
    "weightGrams": 1200,
    "active": True,
}


@pytest.fixture
async def catalog(database: Database) -> CatalogService:
    """A catalogue that was handed in over the graph."""
    service = a_catalog(database)
    done = await ask(service, SET_UP, OPERATING)
    assert done["upsertCategories"] == {"changed": 2, "unchanged": 0, "problems": []}
    assert done["upsertProductGroups"] == {"changed": 1}
    assert done["upsertProducts"]["changed"] == 3
    (problem,) = done["upsertProducts"]["problems"]
    assert (problem["code"], problem["allowed"]) == ("INVALID_INPUT", "a known category")
    assert problem["path"] == ["input", "products", "3", "categories", "0"]
    return service


async def page(catalog: CatalogService, **variables: object) -> dict[str, Any]:
    """One page of products."""
    data = await ask(catalog, PAGE, SHOPPING, **variables)
    connection: dict[str, Any] = data["products"]
    return connection


def skus(connection: dict[str, Any]) -> list[str]:
    """In order."""
    return [edge["node"]["sku"] for edge in connection["edges"]]


async def test_a_page_with_all_of_the_catalogue_s_fields_is_one_statement(
    catalog: CatalogService, database: Database
) -> None:
    document = f"{{ products {{ edges {{ node {{ {EVERYTHING} }} }} }} }}"
    await ask(catalog, document)
    before = database.statements
    data = await ask(catalog, document)
    assert database.statements == before + 1
    assert [edge["node"]["sku"] for edge in data["products"]["edges"]] == ["A-1", "A-2"]
    assert data["products"]["edges"][0]["node"] == SAW


async def test_texts_come_in_the_viewer_s_language(catalog: CatalogService) -> None:
    document = "{ products { edges { node { title categories { path } } } } categories { name } }"
    data = await ask(catalog, document, a_viewer(locale="en"))
    assert [edge["node"]["title"] for edge in data["products"]["edges"]] == ["Säge 40", "Saw 30"]
    assert data["products"]["edges"][1]["node"]["categories"] == [{"path": ["Tools", "Sägen"]}]
    assert data["categories"] == [{"name": "Tools"}]


async def test_pages_follow_one_another(catalog: CatalogService) -> None:
    first = await page(catalog, first=1)
    assert skus(first) == ["A-1"]
    cursor = first["edges"][0]["cursor"]
    info = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": cursor, "endCursor": cursor}
    assert first["pageInfo"] == info
    second = await page(catalog, first=1, after=cursor)
    assert skus(second) == ["A-2"]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    third = await page(catalog, first=1, after=second["pageInfo"]["endCursor"])
    assert third["edges"] == []
    assert third["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}


async def test_a_list_is_filtered_and_sorted_as_asked(catalog: CatalogService) -> None:
    assert skus(await page(catalog, sort={"field": "TITLE", "direction": "DESC"})) == ["A-2", "A-1"]
    assert skus(await page(catalog, sort={"field": "NEWEST", "direction": "ASC"})) == ["A-1", "A-2"]
    assert skus(await page(catalog, filter={"category": "tools"})) == ["A-1"]
    assert skus(await page(catalog, filter={"text": "SÄGE 40"})) == ["A-2"]
    assert skus(await page(catalog, filter={"text": "  "})) == ["A-1", "A-2"]
    assert skus(await page(catalog, filter={"skus": ["A-2", "\ud800", "A-3"]})) == ["A-2"]


@pytest.mark.parametrize(
    ("variables", "argument"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"after": "nonsense"}, "after"),
        ({"after": encode_cursor(["x", "a", "A-1"])}, "after"),
        ({"after": encode_cursor(["x", 1, "A-1"])}, "after"),
        ({"after": encode_cursor(["x", "a", "A-1"]), "sort": {"field": "NEWEST", "direction": "ASC"}}, "after"),
        ({"filter": {"text": "x" * 201}}, "filter.text"),
        ({"filter": {"text": "a\x00b"}}, "filter.text"),
        ({"filter": {"skus": ["A"] * 1001}}, "filter.skus"),
    ],
)
async def test_a_malformed_argument_is_named(
    catalog: CatalogService, variables: dict[str, object], argument: str
) -> None:
    result = await execute(catalog, PAGE, SHOPPING, **variables)
    (error,) = result.errors
    assert isinstance(error.original_error, BadUserInput)
    assert error.original_error.argument == argument
    assert error.original_error.allowed


async def test_a_cursor_of_another_order_is_refused(catalog: CatalogService) -> None:
    cursor = (await page(catalog, first=1))["pageInfo"]["endCursor"]
    result = await execute(catalog, PAGE, SHOPPING, after=cursor, sort={"field": "TITLE", "direction": "DESC"})
    assert isinstance(result.errors[0].original_error, BadUserInput)


async def test_a_known_product_is_answered_even_when_it_is_not_active(catalog: CatalogService) -> None:
    old = 'old: product(sku: "A-3") { title active }'
    document = f'{{ saw: product(sku: "A-1") {{ {EVERYTHING} }} {old} none: product(sku: "X") {{ sku }} }}'
    data = await ask(catalog, document)
    assert data == {"saw": SAW, "old": {"title": "Alte Säge", "active": False}, "none": None}


async def test_single_products_of_one_operation_are_one_statement(catalog: CatalogService, database: Database) -> None:
    await catalog.outline()
    before = database.statements
    await ask(catalog, '{ a: product(sku: "A-1") { title } b: product(sku: "A-2") { title taxClass } }')
    assert database.statements == before + 1


async def test_references_of_other_subgraphs_are_answered_together(catalog: CatalogService, database: Database) -> None:
    document = """
      query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { sku title imageUrl } } }
    """
    of = [{"__typename": "Product", "sku": sku} for sku in ("A-2", "X", "A-1")]
    await catalog.articles([Sku("A-1"), Sku("A-2")])
    await catalog.outline()
    before = database.statements
    data = await ask(catalog, document, of=of)
    assert data["_entities"] == [
        {"sku": "A-2", "title": "Säge 40", "imageUrl": None},
        None,
        {"sku": "A-1", "title": "Säge 30", "imageUrl": "/a.jpg"},
    ]
    assert database.statements <= before + 3


async def test_categories_are_a_tree(catalog: CatalogService) -> None:
    data = await ask(
        catalog,
        '{ categories { id children { id name children { id } } } category(id: "saws") { parent { name } }'
        ' none: category(id: "x") { id } }',
    )
    assert data["categories"] == [{"id": "tools", "children": [{"id": "saws", "name": "Sägen", "children": []}]}]
    assert data["category"] == {"parent": {"name": "Werkzeug"}}
    assert data["none"] is None


async def test_a_repeated_command_is_told_again(catalog: CatalogService) -> None:
    done = await ask(catalog, SET_UP, OPERATING)
    assert done["upsertCategories"] == {"changed": 0, "unchanged": 2, "problems": []}
    assert done["upsertProducts"]["changed"] == 3
    assert done["upsertProducts"]["problems"][0]["allowed"] == "a known category"


async def test_a_stranger_changes_nothing(database: Database) -> None:
    catalog = a_catalog(database)
    result = await execute(catalog, SET_UP, a_viewer())
    assert all(isinstance(error.original_error, Unauthenticated) for error in result.errors)
    assert await catalog.articles([Sku("A-1")]) == [None]


async def test_a_language_that_stands_twice_is_refused(catalog: CatalogService) -> None:
    document = """
      mutation { upsertProducts(input: { reason: "r", products: [
        { sku: "B", titles: [{ locale: "de", text: "B" }, { locale: "de", text: "C" }] }
      ] }) { changed problems { code path } } }
    """
    done = (await ask(catalog, document, OPERATING))["upsertProducts"]
    path = ["input", "products", "0", "titles", "1"]
    assert done == {"changed": 0, "problems": [{"code": "INVALID_INPUT", "path": path}]}


async def test_active_is_told_at_the_viewer_s_moment(catalog: CatalogService) -> None:
    await put(catalog, a_product("N", active_from=NOW))
    data = await ask(catalog, '{ product(sku: "N") { active } }')
    assert data["product"] == {"active": True}
