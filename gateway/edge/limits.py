"""Limits: what one document may ask for, and the one pass that measures it in time linear in the document.

A fragment is measured once, however often it is spread. The number of response fields is a linear function of the
length of the list around a selection (`fixed + scaled x length`), so even doubling fragments cost one visit each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

Sizes = Mapping[str, int | None]
"""What each variable says of a list's length: an Int its value, a list or an object the longest list inside."""

_NESTING: Final = 100
"""Selections inside selections, spreads counted: keeps the pass within the interpreter's stack."""
_NESTED_VALUES: Final = 200
"""Values inside values of the variables: orjson reads 1,024 and writes 254."""
_FAR: Final = 2**53 - 1
"""Told for whatever is more: the largest number that all readers of JSON have."""
_SLICERS: Final = ("first", "last")
_META: Final = frozenset({"__schema", "__type", "__typename"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The largest document a client may send. Fields and aliases of a fragment count wherever it is spread."""

    bytes: int = 16_000
    """Of the document's text in UTF-8."""
    tokens: int = 400
    """Unseen documents cost about 0.13 ms a token to validate."""
    depth: int = 15
    """Fields inside fields."""
    breadth: int = 100
    """Fields of one selection set."""
    aliases: int = 50
    directives: int = 50
    fields: int = 4_000
    """Fields of the response, list lengths counted: `first`, lists given as arguments, else the two lengths below."""
    values: int = 2_000
    """JSON values in the variables: each is checked against its type before anything runs."""
    page: int = 24
    """Length assumed of a paged list whose `first` is not given."""
    items: int = 10
    """Length assumed of any other list."""
    introspection_depth: int = 20
    """Instead of depth, for questions about the schema alone; `fields` does not hold for them."""


ANONYMOUS_LIMITS: Final = Limits()
KNOWN_LIMITS: Final = Limits(
    bytes=64_000, tokens=2_000, depth=25, breadth=200, aliases=400, directives=400, fields=50_000, values=50_000
)
"""For principals that are known: tills, connectors, people of the company."""


class LimitExceeded(GraphQLError):
    """A document beyond a limit; names it, what is allowed and what was found."""

    def __init__(self, limit: str, allowed: int, found: int, node: OperationDefinitionNode | None = None) -> None:
        found = min(found, _FAR)
        super().__init__(
            f"The request's {limit}: {found}; allowed are at most {allowed}.",
            node,
            extensions={"code": "LIMIT_EXCEEDED", "limit": limit, "allowed": allowed, "found": found},
        )


@dataclass(slots=True)
class Measure:
    """What a selection set asks for."""

    depth: int = 0
    width: int = 0
    """Its own fields, those of fragments included."""
    breadth: int = 0
    """The largest width of itself and all below."""
    aliases: int = 0
    directives: int = 0
    fixed: int = 0
    """Response fields that do not depend on the length of the list around."""
    scaled: int = 0
    """Response fields for each item of the list around."""

    def add(self, other: Measure) -> None:
        """Joins a sibling."""
        self.depth = max(self.depth, other.depth)
        self.width += other.width
        self.breadth = max(self.breadth, other.breadth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.fixed += other.fixed
        self.scaled += other.scaled


@dataclass(slots=True)
class Survey:
    """One measuring of a parsed document; it need not be valid. `sizes` are those of the request's variables."""

    schema: GraphQLSchema
    document: DocumentNode
    limits: Limits
    sizes: Sizes = field(default_factory=dict)
    _fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    _measured: dict[str, Measure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for definition in self.document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._fragments[definition.name.value] = definition

    def check_shape(self) -> None:
        """All but the number of response fields, of every definition, used or not. Raises LimitExceeded."""
        for definition in self.document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self._check_shape(self._operation(definition), definition)
        for name in self._fragments:
            self._check_shape(self._fragment(name, 0), None)

    def check_fields(self, operation: OperationDefinitionNode) -> int:
        """The most fields that the response may have; 0 for questions about the schema. Raises LimitExceeded."""
        if is_introspection(operation):
            return 0
        self._measured.clear()
        measure = self._operation(operation)
        found = measure.fixed + measure.scaled * self.limits.items
        _hold("fields", self.limits.fields, found, operation)
        return found

    def _check_shape(self, measure: Measure, operation: OperationDefinitionNode | None) -> None:
        limits = self.limits
        introspective = operation is None or is_introspection(operation)
        _hold("depth", limits.introspection_depth if introspective else limits.depth, measure.depth, operation)
        _hold("breadth", limits.breadth, measure.breadth, operation)
        _hold("aliases", limits.aliases, measure.aliases, operation)
        _hold("directives", limits.directives, measure.directives, operation)

    def _operation(self, node: OperationDefinitionNode) -> Measure:
        defaults = {item.variable.name.value: item.default_value for item in node.variable_definitions or ()}
        given = {name: _literal_size(value, {}) for name, value in defaults.items() if value}
        sizes, self.sizes = self.sizes, {**given, **self.sizes}
        measure = self._selections(node.selection_set, self.schema.get_root_type(node.operation), 0)
        self.sizes = sizes
        measure.directives += len(node.directives or ())
        return measure

    def _selections(self, node: SelectionSetNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        if level > _NESTING:
            raise LimitExceeded("nesting", _NESTING, level)
        total = Measure()
        for selection in node.selections:
            total.add(self._selection(selection, parent, level))
            total.directives += len(selection.directives or ())
        total.breadth = max(total.breadth, total.width)
        return total

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, parent, level)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, level)
        assert isinstance(node, InlineFragmentNode)
        condition = node.type_condition
        kind = self.schema.get_type(condition.name.value) if condition else parent
        return self._selections(node.selection_set, kind, level + 1)

    def _fragment(self, name: str, level: int) -> Measure:
        known = self._measured.get(name)
        if known is not None:
            return known
        # Stands for itself while it is measured: a fragment that contains itself ends here and is refused later.
        self._measured[name] = Measure()
        fragment = self._fragments.get(name)
        if fragment:
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self._measured[name] = self._selections(fragment.selection_set, kind, level + 1)
        return self._measured[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        definition = self._definition(parent, node.name.value)
        inner = Measure()
        if node.selection_set:
            kind = get_named_type(definition.type) if definition else None
            inner = self._selections(node.selection_set, kind, level + 1)
        length = self._length(node, definition) if node.arguments or (definition and definition.args) else None
        each = inner.fixed + inner.scaled * (self.limits.items if length is None else length)
        listed = definition is not None and _is_list(definition.type)
        measure = Measure(inner.depth + 1, 1, inner.breadth, inner.aliases + bool(node.alias), inner.directives, 1)
        if not listed:
            measure.fixed += each
        elif length is None:
            measure.scaled = each
        else:
            measure.fixed += each * length
        return measure

    def _definition(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        return self.schema.get_field(parent, name) if is_composite_type(parent) else None

    def _length(self, node: FieldNode, definition: GraphQLField | None) -> int | None:
        """How many items the arguments ask for, of this field or of the lists directly below it."""
        given = {item.name.value: item.value for item in node.arguments or ()}
        for name in _SLICERS:
            if name in given:
                size = _literal_size(given[name], self.sizes)
                return self.limits.page if size is None else size
        if definition is None:
            return None
        if any(name in definition.args for name in _SLICERS):
            return self.limits.page
        lists = [value for name, value in given.items() if _may_hold_list(definition.args.get(name))]
        return _longest(_literal_size(value, self.sizes) for value in lists)


def is_introspection(node: OperationDefinitionNode) -> bool:
    """Whether the operation asks about the schema alone, at most three times; such an answer needs no context."""
    names: list[str] = []
    for selection in node.selection_set.selections:
        if not isinstance(selection, FieldNode) or selection.name.value not in _META:
            return False
        names.append(selection.name.value)
    return 1 <= len(names) <= 3 and set(names) != {"__typename"}


def check_values(variables: Mapping[str, Any], limits: Limits) -> None:
    """The number of values in the variables, and how deep they are nested. Raises LimitExceeded."""
    found, depth = 0, 0
    level: list[Any] = [variables]
    while level:
        found, depth = found + sum(map(len, level)), depth + 1
        _hold("values", limits.values, found, None)
        _hold("depth of variables", _NESTED_VALUES, depth, None)
        items = chain.from_iterable(item.values() if isinstance(item, dict) else item for item in level)
        level = list(filter(_is_container, items))


def size_of(value: object) -> int | None:
    """What a variable's JSON value says of a list's length; nesting of any depth is walked without recursion."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(value, 0)
    longest: int | None = None
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            longest = max(longest or 0, len(item))
            waiting.extend(filter(_is_container, item))
        elif isinstance(item, dict):
            waiting.extend(filter(_is_container, item.values()))
    return longest


def _is_container(value: object) -> bool:
    return isinstance(value, list | dict)


def _literal_size(value: ValueNode, sizes: Sizes) -> int | None:
    if isinstance(value, IntValueNode):
        return max(int(value.value[:12]), 0)
    longest: int | None = None
    waiting: list[ValueNode] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, VariableNode):
            longest = _longest((longest, sizes.get(item.name.value)))
        elif isinstance(item, ListValueNode):
            longest = max(longest or 0, len(item.values))
            waiting.extend(item.values)
        elif isinstance(item, ObjectValueNode):
            waiting.extend(child.value for child in item.fields)
    return longest


def _may_hold_list(argument: GraphQLArgument | None) -> bool:
    return argument is not None and (
        _is_list(argument.type) or isinstance(get_named_type(argument.type), GraphQLInputObjectType)
    )


def _longest(sizes: Iterable[int | None]) -> int | None:
    return max((size for size in sizes if size is not None), default=None)


def _is_list(kind: object) -> bool:
    return isinstance(kind, GraphQLList) or (isinstance(kind, GraphQLNonNull) and isinstance(kind.of_type, GraphQLList))


def _hold(limit: str, allowed: int, found: int, node: OperationDefinitionNode | None) -> None:
    if found > allowed:
        raise LimitExceeded(limit, allowed, found, node)
