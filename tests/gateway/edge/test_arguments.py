"""Arguments read as they were written out are those that graphql-core reads, or are left to it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any, cast

import pytest
import strawberry
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLString,
    OperationDefinitionNode,
    coerce_input_value,
    parse,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values

from gateway.edge.arguments import GiveUp, arguments_of
from gateway.edge.coercing import coerce
from gateway.edge.executor import read_variables
from gateway.schema import GraphSchema
from modules.kernel.graph import JSON, DateTime, Decimal, Info, Part, field


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@strawberry.input
class Inner:
    amount: Decimal
    at: DateTime | None = None
    sizes: list[Size] = strawberry.field(default_factory=lambda: [Size.SMALL])
    more: JSON | None = None


@strawberry.input(one_of=True)
class Choice:
    word: str | None = strawberry.UNSET
    inner: Inner | None = strawberry.UNSET


@strawberry.input
class Wish:
    id: strawberry.ID
    choices: list[Choice]
    note: str | None = None
    holes: list[int | None] | None = None


def _ask(info: Info, wish: Wish, count: int = 7, names: list[str] | None = None) -> int:
    return count


async def _echo(info: Info, source: str, given: list[str], resolve: Size = Size.SMALL) -> str:
    return f"{source} {given} {resolve.value}"


@strawberry.type
class Query:
    ask: int = field(_ask, description="Anything.")
    echo: str = field(_echo, description="Its arguments.")


GRAPH = GraphSchema([Part("toy", query=Query)])
SCHEMA = GRAPH._schema
ROOT = SCHEMA.query_type
assert ROOT is not None
ASK = ROOT.fields["ask"]
WISH = "query ($id: ID!, $word: String, $n: Int, $at: DateTime, $wish: Wish, $names: [String!], $inner: Inner) "
DOCUMENTS = [
    '{ ask(wish: { id: "a", choices: [{ word: "x" }] }) }',
    '{ ask(wish: { id: 5, choices: { word: "x" }, note: null, holes: [1, null] }, count: 2, names: "one") }',
    '{ ask(wish: { id: $id, choices: [{ word: $word }, { inner: { amount: "1.5", at: $at, sizes: [LARGE] } }] }) }',
    "{ ask(wish: { id: $id, choices: [], holes: [$n], note: $word }, count: $n) }",
    "{ ask(wish: $wish, names: $names) }",
    '{ ask(wish: { id: $id, choices: [{ inner: $inner }] }, names: ["a", $word]) }',
    '{ ask(wish: { id: "a", choices: [{ inner: { amount: "1", more: { deep: [1, $n] } } }] }) }',
    '{ ask(wish: { id: "a", choices: [{ inner: { amount: "1", at: "2026-01-02T00:00:00Z" } }] }) }',
]
VARIABLES: list[dict[str, Any]] = [
    {"id": "i"},
    {"id": "i", "word": "w", "n": 3, "at": "2026-01-02T00:00:00Z", "names": ["a"]},
    {"id": "i", "word": None, "n": None, "names": None, "wish": None, "inner": None},
    {"id": 7, "wish": {"id": "x", "choices": [{"word": "y"}]}, "inner": {"amount": "2.5", "sizes": ["LARGE"]}},
    {"id": "i", "wish": {"id": "x", "choices": [{"word": "y", "inner": None}]}},
]


def _core(node: FieldNode, variables: VariableValues) -> dict[str, Any] | str:
    try:
        return get_argument_values(ASK, node, variables)
    except Exception as error:
        return str(error)


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("given", VARIABLES)
def test_what_is_read_is_what_graphql_core_reads(document: str, given: dict[str, Any]) -> None:
    operation = parse(WISH + document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    node = cast("FieldNode", operation.selection_set.selections[0])
    variables = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
    if isinstance(variables, list):
        return  # refused before anything is read
    read = arguments_of(ASK, node)
    try:
        found = read(variables.coerced) if read else None
    except Exception:
        found = None
    assert found is None or found == _core(node, variables)


def test_an_input_of_literals_and_variables_is_read_without_graphql_core() -> None:
    operation = parse(WISH + DOCUMENTS[2]).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    read = arguments_of(ASK, cast("FieldNode", operation.selection_set.selections[0]))
    assert read is not None
    first, second = (read({"id": "i", "word": word, "at": None}) for word in ("x", "y"))
    assert [each["wish"]["choices"][0] for each in (first, second)] == [{"word": "x"}, {"word": "y"}]
    assert first["wish"]["choices"] is not second["wish"]["choices"], "nobody changes another's"
    assert first["count"] == 7


def test_an_argument_whose_variable_is_not_given_is_left_out_without_graphql_core() -> None:
    operation = parse("query ($names: [String!]) { ask(wish: { id: 5, choices: [] }, names: $names) }").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    node = cast("FieldNode", operation.selection_set.selections[0])
    read = arguments_of(ASK, node)
    assert read is not None
    for given in ({}, {"names": ["a"]}, {"names": None}):
        variables = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
        assert isinstance(variables, VariableValues)
        assert read(variables.coerced) == _core(node, variables)


@pytest.mark.parametrize(
    "given",
    [
        *VARIABLES[:4],
        {},
        {"id": "i", "n": "no number"},
        {"id": ["a"]},
        {"id": None},
        {"id": "i", "names": "one"},
        {"id": "i", "names": [None]},
        {"id": "i", "inner": {"amount": None}},
        {"id": "i", "inner": {}},
        {"id": "i", "inner": {"amount": "1", "unknown": 1}},
        {"id": "i", "inner": {"amount": "1", "at": "no moment"}},
        {"id": "i", "inner": {"amount": "1", "at": "2026-01-02T00:00:00Z", "more": {"deep": [1]}}},
        {"id": "i", "inner": {"amount": 1.5, "sizes": "LARGE"}},
        {"id": "i", "inner": {"amount": "1", "sizes": ["HUGE"]}},
        {"id": "i", "wish": {"id": 7, "choices": {"word": "y"}, "holes": [1, None], "note": None}},
        {"id": "i", "wish": ["x"]},
        {"id": "i", "wish": {"id": "x", "choices": [{}]}},
        {"id": "i", "wish": {"id": "x", "choices": [{"word": None}]}},
        {"id": "i", "wish": {"id": "x", "choices": [{"word": "y", "inner": None}]}},
    ],
)
def test_variables_are_coerced_as_graphql_core_does_or_left_to_it(given: dict[str, Any]) -> None:
    operation = parse(WISH + DOCUMENTS[0]).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    complete = get_variable_values(SCHEMA, definitions, {"id": "i"})
    assert isinstance(complete, VariableValues)
    found = read_variables([source.signature for source in complete.sources.values()], given)
    expected = get_variable_values(SCHEMA, definitions, given)
    assert found is None or not isinstance(expected, list), "what is wrong is for graphql-core to say"
    if found is not None and not isinstance(expected, list):
        assert found.coerced == expected.coerced
        values = [{name: source.value for name, source in each.sources.items()} for each in (found, expected)]
        assert values[0] == values[1]


def test_an_input_of_a_variable_is_made_without_graphql_core() -> None:
    kind = ASK.args["wish"].type
    wish = {"id": "x", "choices": [{"inner": {"amount": "1.5", "at": "2026-01-02T00:00:00Z"}}]}
    made = coerce(wish, kind)
    assert made == coerce_input_value(wish, kind)
    assert made["choices"][0]["inner"]["sizes"] == [Size.SMALL]
    with pytest.raises(KeyError):
        coerce({**wish, "unknown": 1}, kind)
    for choice in ({}, {"word": None}, {"word": "a", "inner": None}):
        with pytest.raises((GiveUp, GraphQLError)):
            coerce({**wish, "choices": [choice]}, kind)


def test_an_input_that_may_hold_its_like_is_left_to_graphql_core() -> None:
    nested = GraphQLInputObjectType("Nested", lambda: {"inner": GraphQLInputField(nested)})
    outer = GraphQLInputObjectType("Outer", {"nested": GraphQLInputField(nested)})
    assert coerce({"nested": None}, GraphQLInputObjectType("Other", {"nested": GraphQLInputField(GraphQLString)}))
    with pytest.raises(GiveUp):
        coerce({"nested": {"inner": {}}}, outer)


def test_moments_and_enums_of_literals_are_what_scalars_make_of_them() -> None:
    operation = parse(WISH + DOCUMENTS[7]).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    read = arguments_of(ASK, cast("FieldNode", operation.selection_set.selections[0]))
    assert read is not None
    inner = read({})["wish"]["choices"][0]["inner"]
    assert isinstance(inner["at"], datetime)
    assert inner["sizes"] == [Size.SMALL]


async def test_an_argument_may_have_any_name() -> None:
    answer = await GRAPH.execute('{ echo(source: "a", given: ["b"], resolve: LARGE) }')
    assert answer.errors is None
    assert answer.data == {"echo": "a ['b'] large"}
