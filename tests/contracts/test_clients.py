"""The operations of the known clients, one folder a team, hold against the schema: what they ask for keeps its name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from gateway.edge.limits import ANONYMOUS_LIMITS, KNOWN_LIMITS, Survey

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(__file__).parent / "clients"
DOCUMENTS = [path.relative_to(CLIENTS).as_posix() for path in sorted(CLIENTS.glob("*/*.graphql"))]


@cache
def schema() -> GraphQLSchema:
    """The schema as a client gets it: from the file. Federation's directives are declared by its link, not in it."""
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"), assume_valid_sdl=True)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_clients_operation_is_valid(document: str) -> None:
    tree = parse((CLIENTS / document).read_text(encoding="utf-8"))
    assert [error.message for error in validate(schema(), tree)] == []
    names = [node.name.value for node in tree.definitions if isinstance(node, OperationDefinitionNode) and node.name]
    assert names == [Path(document).stem.title().replace("_", "")], "a file is named for its one operation"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_clients_operation_is_within_its_limits(document: str) -> None:
    """Shoppers are strangers to the gateway; tills and connectors have a key."""
    tree = parse((CLIENTS / document).read_text(encoding="utf-8"))
    limits = ANONYMOUS_LIMITS if document.startswith("storefront/") else KNOWN_LIMITS
    survey = Survey(schema(), tree, limits)
    survey.check_shape()
    for definition in tree.definitions:
        if isinstance(definition, OperationDefinitionNode):
            survey.check_fields(definition)


@pytest.mark.parametrize("client", ["storefront", "pos", "backoffice"])
def test_every_known_client_has_operations(client: str) -> None:
    assert any(document.startswith(f"{client}/") for document in DOCUMENTS)
