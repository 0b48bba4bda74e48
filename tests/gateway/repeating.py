"""Operations as clients send them: one text time and again, with the values that change in its variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from graphql import (
    ArgumentNode,
    GraphQLSchema,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_named_type,
    is_input_object_type,
    is_non_null_type,
    parse,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes


def nested(depth: int) -> dict[str, Any]:
    """An object in an object, and so on."""
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"inner": found}
    return found


DEEP: Final = [nested(300), nested(800)]
"""What can be read, and not everywhere be told."""
ODD: Final[Sequence[Any]] = [None, {}, [], "", 0, -1, 1.5, True, "text", 2**40, 2**63, {"unknown": 1}, [None], [[]]]
"""What hardly any place takes."""
KNOWN: Final = ["web-de", "tills-de", "DE", "EUR", "SPORTSCAR", "berlin", ""]
"""What the demo shop knows, so that not all ends at the first look."""
MOMENTS: Final = ["2026-11-30T10:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-13-01", "now"]

texts = st.sampled_from(KNOWN) | st.text(max_size=12)
SCALARS: Final = {
    name: strategy.map(nodes.String)
    for name, strategy in {
        "Decimal": st.decimals(allow_nan=True, allow_infinity=True).map(str) | texts,
        "DateTime": st.sampled_from(MOMENTS) | texts,
        "Date": st.sampled_from([*MOMENTS, "2026-11-30", "2024-02-30"]) | texts,
        "JSON": texts,
        "_Any": texts,
    }.items()
}
"""Random values for the schema's own scalars."""


@dataclass(frozen=True)
class Operation:
    """A text and the variables that it is sent with."""

    text: str
    variables: Mapping[str, Any]


def with_variables(schema: GraphQLSchema, text: str, lift: Callable[[], bool] = lambda: True) -> Operation:
    """The operation with its values in variables: of a place where `lift` says no, those inside of it."""
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    types = TypeInfo(schema)
    lifting = _Lifting(types, lift)
    selection = visit(operation, TypeInfoVisitor(types, lifting)).selection_set
    declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in lifting.found.items())
    head = f"{operation.operation.value} {f'({declared})' if declared else ''}"
    return Operation(f"{head} {print_ast(selection)}", {name: value for name, (_, value) in lifting.found.items()})


class _Lifting(Visitor):
    """Puts a variable where an argument or a field of an input has a value; equal values are one variable's."""

    def __init__(self, types: TypeInfo, lift: Callable[[], bool]) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, Any]] = {}
        self._types = types
        self._lift = lift

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        return self._lifted(node) if self._lift() else None

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
        return self._lifted(node) if self._lift() else None

    def _lifted(self, node: Any) -> Any:
        kind, around = self._types.get_input_type(), get_named_type(self._types.get_parent_input_type())
        if kind is None:
            return None
        one_of = isinstance(node, ObjectFieldNode) and is_input_object_type(around) and around.is_one_of
        written = f"{kind}!" if one_of and not is_non_null_type(kind) else str(kind)
        entry = written, value_from_ast_untyped(node.value)
        known = {repr(other): name for name, other in self.found.items()}
        name = known.get(repr(entry), f"v{len(known)}")
        self.found[name] = entry
        return type(node)(name=node.name, value=VariableNode(name=NameNode(value=name)))


def operations(schema: GraphQLSchema) -> st.SearchStrategy[Operation]:
    """Of one root field each, every field as often as any other."""
    roots = [root for root in (schema.query_type, schema.mutation_type) if root]
    fields = [name for root in roots for name in root.fields if not name.startswith("_")]
    texts = st.sampled_from(fields).flatmap(lambda name: from_schema(schema, fields=[name], custom_scalars=SCALARS))
    return st.builds(
        lambda text, data: with_variables(schema, text, lambda: data.draw(st.booleans())), texts, st.data()
    )


@st.composite
def others(draw: st.DrawFn, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with something else, nothing, or something more in some places, however deep."""
    found = deepcopy(dict(variables))
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from([(found, "more"), *_places(found)]))
        if isinstance(holder, dict) and draw(st.integers(0, 4)) == 0:
            holder.pop(key, None)
        else:
            holder[key] = deepcopy(draw(st.sampled_from(ODD)))
    return found


def changed(variables: Mapping[str, Any], into: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The variables with each of these values in each place, one at a time."""
    for index, _ in enumerate(_places(variables)):
        for value in into:
            found = deepcopy(dict(variables))
            holder, key = next(islice(_places(found), index, None))
            holder[key] = deepcopy(value)
            yield found


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        yield holder, key
        if isinstance(value, dict | list):
            yield from _places(value)
