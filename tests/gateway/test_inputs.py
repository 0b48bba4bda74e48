from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from typing import Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from hypothesis import HealthCheck, given, settings, strategies as st
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryObjectDefinition

from gateway.inputs import _Reading
from gateway.parts import make_graph

GRAPH = make_graph()
CONVERTER = GRAPH.schema_converter
INPUTS = [
    (kind.definition, cast("GraphQLInputObjectType", kind.implementation))
    for kind in CONVERTER.type_map.values()
    if isinstance(kind.definition, StrawberryObjectDefinition) and kind.definition.is_input
]


def test_every_input_of_the_graph_has_its_way_in() -> None:
    assert len(INPUTS) > 50
    assert all(isinstance(reading_of(definition), _Reading) for definition, _ in INPUTS)


@pytest.mark.parametrize(("definition", "kind"), INPUTS, ids=lambda one: getattr(one, "name", ""))
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_objects_are_those_that_strawberry_makes(
    definition: StrawberryObjectDefinition, kind: GraphQLInputObjectType, data: st.DataObject
) -> None:
    value = data.draw(values(kind, 3))
    made = convert(definition, value)
    with strawberrys_own_way():
        expected = convert(definition, value)
    assert made == expected
    assert repr(made) == repr(expected)
    assert is_dataclass(made)


def convert(definition: StrawberryObjectDefinition, value: Any) -> Any:
    return convert_argument(value, definition.origin, CONVERTER.scalar_registry, GRAPH.config)


def reading_of(definition: StrawberryObjectDefinition) -> Any:
    return getattr(definition.from_input, "__self__", None)


@contextmanager
def strawberrys_own_way() -> Iterator[None]:
    ways = [(definition, definition.from_input) for definition, _ in INPUTS]
    for definition, _ in ways:
        definition.from_input = None
    try:
        yield
    finally:
        for definition, way in ways:
            definition.from_input = way


def values(kind: GraphQLInputType, depth: int) -> st.SearchStrategy[Any]:
    """What graphql-core hands over for such a type: checked, with names as the schema spells them."""
    if is_non_null_type(kind):
        return values(kind.of_type, depth)
    if is_list_type(kind):
        items = values(kind.of_type, depth - 1)
        return st.lists(items, max_size=2 if depth else 0)
    if is_input_object_type(kind):
        return objects(kind, depth)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from([value.value for value in kind.values.values()])
    return st.sampled_from(["1", "text", 7, True])


@st.composite
def objects(draw: st.DrawFn, kind: GraphQLInputObjectType, depth: int) -> Mapping[str, Any]:
    """With and without what may be left out; exactly one member where the type asks for that."""
    names = list(kind.fields)
    if kind.is_one_of:
        name = draw(st.sampled_from(names))
        return {name: draw(values(get_nullable_type(kind.fields[name].type), depth - 1))}
    return dict(drawn(draw, kind, names, depth))


def drawn(draw: st.DrawFn, kind: GraphQLInputObjectType, names: list[str], depth: int) -> Iterator[tuple[str, Any]]:
    for name in names:
        of = kind.fields[name].type
        if is_non_null_type(of):
            yield name, draw(values(of, depth - 1))
        elif depth > 0 and draw(st.booleans()):
            yield name, draw(st.none() | values(of, depth - 1))
