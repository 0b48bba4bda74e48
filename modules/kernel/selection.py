"""What a client selected, read from the document before anything is resolved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values


class Wanted(NamedTuple):
    """A field of an entity and its arguments in declared order, converted, defaults filled in."""

    field: str
    arguments: tuple[object, ...] = ()


def wanted(info: GraphQLResolveInfo[Any], path: Sequence[str], entity: str) -> tuple[Wanted, ...]:
    """The distinct fields selected on `entity` below the field being resolved, at `path` (`("edges", "node")`).

    Follows fragments, honours @skip and @include; GraphQL names; the order is the document's.
    """
    nodes: list[FieldNode] = list(info.field_nodes)
    for name in path:
        nodes = [child for node in nodes for child in _children(info, node.selection_set) if child.name.value == name]
    parent = info.schema.get_type(entity)
    assert isinstance(parent, GraphQLObjectType)
    found: dict[Wanted, None] = {}
    for node in nodes:
        for child in _children(info, node.selection_set):
            if child.name.value in parent.fields:
                found[read_wanted(parent, child, _variables(info))] = None
    return tuple(found)


def read_wanted(parent: GraphQLObjectType, node: FieldNode, variables: VariableValues) -> Wanted:
    """What a field node of the entity asks for. Raises GraphQLError for arguments that do not fit."""
    definition = parent.fields[node.name.value]
    if not definition.args:
        return Wanted(node.name.value)
    values = get_argument_values(definition, node, variables)
    return Wanted(node.name.value, tuple(values.get(arg.out_name or name) for name, arg in definition.args.items()))


def _children(info: GraphQLResolveInfo[Any], selection_set: SelectionSetNode | None) -> Iterator[FieldNode]:
    for node in selection_set.selections if selection_set else ():
        if node.directives and not _included(info, node):
            continue
        if isinstance(node, FieldNode):
            yield node
        else:
            yield from _children(info, _fragment(info, node).selection_set)


def _fragment(info: GraphQLResolveInfo[Any], node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
    if isinstance(node, FragmentSpreadNode):
        fragment = info.fragments[node.name.value]
        return getattr(fragment, "definition", fragment)  # graphql-core 3.3 wraps it with its signatures
    assert isinstance(node, InlineFragmentNode)
    return node


def _included(info: GraphQLResolveInfo[Any], node: SelectionNode) -> bool:
    skip = get_directive_values(GraphQLSkipDirective, node, _variables(info))
    include = get_directive_values(GraphQLIncludeDirective, node, _variables(info))
    return not (skip and skip["if"]) and not (include and not include["if"])


def _variables(info: GraphQLResolveInfo[Any]) -> VariableValues:
    # Strawberry hands its resolvers the plain values, without graphql-core's container.
    values: Any = info.variable_values
    return values if isinstance(values, VariableValues) else VariableValues(sources={}, coerced=values)
