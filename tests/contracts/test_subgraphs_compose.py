"""Each module alone is a subgraph of Apollo Federation 2, and all of them together are the graph."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import ObjectTypeDefinitionNode, parse

from gateway.parts import PARTS, export_schema, make_graph
from tests.federation.composing import Composed, compose

ROOTS = ("Query", "Mutation", "Subscription")


@pytest.fixture(scope="module")
def subgraphs() -> dict[str, str]:
    return {name: export_schema([name]) for name in PARTS}


@pytest.fixture(scope="module")
def composed(subgraphs: dict[str, str]) -> Composed:
    return compose(subgraphs)


def test_apollo_composes_all_modules_without_a_doubt(composed: Composed) -> None:
    assert composed.errors == []
    assert composed.hints == []


def test_the_supergraph_has_every_field_of_the_whole_graph(composed: Composed) -> None:
    whole, joined = _fields(export_schema()), _fields(composed.supergraph or "")
    assert {name: whole[name] for name in (*ROOTS, "Product")} == {name: joined[name] for name in (*ROOTS, "Product")}
    assert whole.keys() - joined.keys() == set()


def test_composition_refuses_a_type_that_two_modules_have_and_do_not_share(subgraphs: dict[str, str]) -> None:
    assert "type Money @shareable" in subgraphs["pricing"]
    found = compose({**subgraphs, "pricing": subgraphs["pricing"].replace("type Money @shareable", "type Money")})
    assert any("Money.amount" in error for error in found.errors)


@pytest.mark.parametrize("name", PARTS)
def test_every_subgraph_links_federation_2_and_keys_products_by_sku(name: str, subgraphs: dict[str, str]) -> None:
    assert '@link(url: "https://specs.apollo.dev/federation/v2.9"' in subgraphs[name]
    assert 'type Product @key(fields: "sku")' in subgraphs[name]


@pytest.mark.parametrize("name", PARTS)
def test_a_subgraph_gives_products_its_own_fields_and_the_key(name: str, subgraphs: dict[str, str]) -> None:
    assert _fields(subgraphs[name])["Product"] == {"sku", *PARTS[name].product_fields}


@pytest.mark.parametrize("name", PARTS)
async def test_every_subgraph_tells_its_schema_to_routers(name: str, subgraphs: dict[str, str]) -> None:
    result: Any = await make_graph([name]).execute("{ _service { sdl } }")
    assert result.data["_service"]["sdl"].strip() == subgraphs[name].strip()


def _fields(sdl: str) -> dict[str, set[str]]:
    """The names of fields by those of object types, without what is for routers alone."""
    types = (node for node in parse(sdl).definitions if isinstance(node, ObjectTypeDefinitionNode))
    named = {node.name.value: {field.name.value for field in node.fields or ()} for node in types}
    return {kind: {name for name in names if name[0] != "_"} for kind, names in named.items() if kind[0] != "_"}
