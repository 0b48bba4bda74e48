"""A known document takes a way of its own: its answers are those of graphql-core's way, whatever is asked and given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    get_nullable_type,
    is_list_type,
    is_object_type,
    is_required_input_field,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import Phase, event, given, settings, strategies as st

from gateway.edge import Bounds
from gateway.edge.errors import Rejected
from gateway.edge.execution import Executions, Request
from gateway.edge.executor import read_variables
from gateway.edge.limits import KNOWN_LIMITS
from gateway.parts import make_graph
from modules.kernel.graph import GraphContext
from tests.builders import a_viewer
from tests.gateway.repeating import ODD, Operation, changed, operations, others

LEAVES: Final[Mapping[str, Any]] = {
    "Int": 7,
    "Boolean": True,
    "Decimal": "1.5",
    "Date": date(2026, 1, 2),
    "DateTime": datetime(2026, 1, 2, tzinfo=UTC),
    "JSON": {"any": ["thing"]},
}
Seen = list[tuple[str, dict[str, Any]]]


class Anything:
    """An object of any type: each attribute is something of its field's type, and no slot is filled."""

    filled: Final[Mapping[object, object]] = {}

    def __init__(self, kind: GraphQLObjectType) -> None:
        self.kind = kind

    def __getattr__(self, name: str) -> Any:
        for field in self.kind.fields.values():
            if getattr(field.extensions.get("strawberry-definition"), "python_name", None) == name:
                return something(field.type)
        raise AttributeError(name)


def something(kind: GraphQLOutputType) -> Any:
    """A value of the type."""
    bare = get_nullable_type(kind)
    if is_list_type(bare):
        return [something(bare.of_type) for _ in range(2)]
    if is_object_type(bare):
        return Anything(bare)
    if isinstance(bare, GraphQLEnumType):
        return next(iter(bare.values.values())).value
    if isinstance(bare, GraphQLInterfaceType | GraphQLUnionType):
        return Anything(SCHEMA.get_possible_types(bare)[0])
    return LEAVES.get(cast("Any", bare).name, "text")


def answer_anything(schema: GraphQLSchema, seen: Seen) -> None:
    """Lets every resolver give something and note its arguments."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda value, *_: value.kind.name
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        if kind.is_type_of is not None:
            kind.is_type_of = lambda value, *_, kind=kind: value.kind is kind
        for name, field in kind.fields.items():
            if not getattr(field.extensions.get("strawberry-definition"), "is_basic_field", True):
                field.resolve = _resolver(f"{kind.name}.{name}", field, seen)


def _resolver(name: str, field: GraphQLField, seen: Seen) -> Any:
    def resolve(source: object, info: object, /, **given: Any) -> Any:
        seen.append((name, given))
        return something(field.type)

    return resolve


GRAPH: Final = make_graph()
SCHEMA: Final = GRAPH._schema
SEEN: Final[Seen] = []
answer_anything(SCHEMA, SEEN)


async def _context(headers: object) -> GraphContext:
    return GraphContext(a_viewer(), cast("Any", None), {}, GRAPH.parts, GRAPH.owners)


OWN, PLANNED = (
    Executions(
        GRAPH,
        _context,
        Bounds(plans=plans, anonymous=KNOWN_LIMITS),
        introspection=True,
        suggestions=True,
    )
    for plans in (False, True)
)


async def answer(way: Executions, request: Request) -> tuple[object, object]:
    """What is said, and what resolvers were given for it."""
    SEEN.clear()
    try:
        body = (await way.execute(await way.prepare(request, {}))).body
        said: object = re.sub(rb'"logId":"[0-9a-f]+"', b"", body)
    except Rejected as rejected:
        said = rejected.status, rejected.errors
    return said, SEEN.copy()


async def check(text: str, *given: Mapping[str, Any]) -> None:
    """Each of these variables after the ones before."""
    for variables in given:
        request = Request(text, dict(variables), None)
        assert await answer(PLANNED, request) == await answer(OWN, request)


@settings(max_examples=150, phases=[Phase.generate])
@given(operation=operations(SCHEMA), data=st.data())
async def test_any_operation_is_answered_as_by_graphql_core_whatever_its_variables(
    operation: Operation, data: st.DataObject
) -> None:
    odd = [data.draw(others(operation.variables)) for _ in range(3)]
    event(f"{len(operation.variables)} variables")
    await check(
        operation.text,
        operation.variables,
        operation.variables,
        *odd,
        *islice(changed(operation.variables, (None, {})), 40),
        operation.variables,
    )


INPUTS: Final = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLInputObjectType)]


def whole(kind: GraphQLInputType, depth: int) -> Any:
    """A value with all that the type may hold; below the depth only what it must."""
    bare = get_nullable_type(kind)
    if is_list_type(bare):
        return [whole(bare.of_type, depth)]
    if isinstance(bare, GraphQLEnumType):
        return next(iter(bare.values))
    if not isinstance(bare, GraphQLInputObjectType):
        return {"Int": 7, "Boolean": True, "Decimal": "1.5", "DateTime": "2026-01-02T00:00:00Z"}.get(str(bare), "text")
    wanted = {name: field for name, field in bare.fields.items() if depth > 0 or is_required_input_field(field)}
    if bare.is_one_of:
        wanted = dict(list(bare.fields.items())[:1])
    return {name: whole(field.type, depth - 1) for name, field in wanted.items()}


@pytest.mark.parametrize("kind", INPUTS, ids=str)
def test_each_input_with_anything_in_each_place_is_coerced_as_by_graphql_core(kind: GraphQLInputObjectType) -> None:
    operation = parse(f"query ($v: {kind.name}) {{ __typename }}").definitions[0]
    definitions = cast("OperationDefinitionNode", operation).variable_definitions or ()
    empty = get_variable_values(SCHEMA, definitions, {})
    assert isinstance(empty, VariableValues)
    signatures = [source.signature for source in empty.sources.values()]
    for value in (whole(kind, 1), *({name: whole(field.type, 1)} for name, field in kind.fields.items())):
        for variables in ({"v": value}, *changed({"v": value}, ODD)):
            expected = get_variable_values(SCHEMA, definitions, variables)
            found = read_variables(signatures, variables)
            assert found is None or (not isinstance(expected, list) and found.coerced == expected.coerced)
