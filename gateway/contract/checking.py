"""What an operation uses of a schema, and what a schema would break of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    Visitor,
    find_breaking_changes,
    get_named_type,
    is_input_object_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
    visit,
)

from gateway.edge.usage import HIDDEN

_COORDINATE: Final = re.compile(r"@?\b[A-Za-z_]\w*(?:\.\w+)?(?:\(\w+:\))?")


class _HiddenTextsRule(ValuesOfCorrectTypeRule):
    """Where a text was left out, it is taken for a good one."""

    def enter_string_value(self, node: StringValueNode, *args: Any) -> Any:
        return None if node.value == HIDDEN else super().enter_string_value(node, *args)


_RULES: Final = tuple(_HiddenTextsRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)


@dataclass(frozen=True, slots=True)
class Breaking:
    """A change that may break clients: `coordinate` is what it touches, `Product.price` or `Product`."""

    coordinate: str
    text: str


def broken(schema: GraphQLSchema, text: str) -> list[str]:
    """Why the operation cannot be asked of this schema; nothing when it can."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return [error.message]
    return [error.message for error in validate(schema, document, _RULES, hide_suggestions=True)]


def name_of(text: str) -> str:
    """What the document calls its operations, joined; `(unnamed)` for nothing, or where it is none."""
    try:
        found = [node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
    except GraphQLError:
        found = []
    return ", ".join(node.name.value for node in found if node.name) or "(unnamed)"


def breaking_changes(before: GraphQLSchema, after: GraphQLSchema) -> list[Breaking]:
    """What clients of the schema before may miss in the one after; in the order in which graphql-core finds it."""
    changes = find_breaking_changes(before, after)
    return [Breaking(_touched(change.description, before), change.description) for change in changes]


def used(schema: GraphQLSchema, text: str) -> set[str]:
    """Coordinates that the operation uses: types, fields, arguments, input fields and enum values.

    A variable may hold whatever its type allows, so all of that counts as used. Nothing for what is no document.
    """
    try:
        document = parse(text)
    except GraphQLError:
        return set()
    return _used(schema, document)


def _used(schema: GraphQLSchema, document: DocumentNode) -> set[str]:
    info, found = TypeInfo(schema), set[str]()
    visit(document, TypeInfoVisitor(info, _Collector(schema, info, found)))
    return found


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, found: set[str]) -> None:
        super().__init__()
        self._schema = schema
        self._info = info
        self._found = found

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._info.get_parent_type()
        if parent is not None:
            self._found |= {parent.name, f"{parent.name}.{node.name.value}"}
        self._note(get_named_type(self._info.get_type()))

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        parent, field = self._info.get_parent_type(), self._info.get_field_def()
        if parent is not None and field is not None:
            names = [name for name, each in parent.fields.items() if each is field]  # type: ignore[union-attr]
            self._found |= {f"{parent.name}.{name}({node.name.value}:)" for name in names}
        self._note(get_named_type(self._info.get_input_type()))

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        parent = get_named_type(self._info.get_parent_input_type())
        if parent is not None:
            self._found.add(f"{parent.name}.{node.name.value}")
        self._note(get_named_type(self._info.get_input_type()))

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        kind = get_named_type(self._info.get_input_type())
        if kind is not None:
            self._found.add(f"{kind.name}.{node.value}")

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        kind = get_named_type(type_from_ast(self._schema, node.type))
        for name in _whole(kind) if kind is not None else ():
            self._found.add(name)

    def _note(self, kind: GraphQLNamedType | None) -> None:
        if kind is not None:
            self._found.add(kind.name)


@cache
def _whole(kind: GraphQLNamedType) -> frozenset[str]:
    """All that a value of the type may use."""
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        here = waiting.pop()
        if here.name in found:
            continue
        found.add(here.name)
        found |= {f"{here.name}.{name}" for name in getattr(here, "values", ())}
        if is_input_object_type(here):
            found |= {f"{here.name}.{name}" for name in here.fields}
            waiting += [get_named_type(field.type) for field in here.fields.values()]
    return frozenset(found)


def _touched(text: str, schema: GraphQLSchema) -> str:
    """The coordinate that the description speaks of; where something is demanded that was not there before, whatever
    it is demanded of."""
    found = next(_named(text, schema), "")
    if text.startswith("A required argument"):
        return found.partition("(")[0]
    if text.startswith("A required field"):
        return found.partition(".")[0]
    return found


def _named(text: str, schema: GraphQLSchema) -> Iterator[str]:
    for match in _COORDINATE.finditer(text):
        if match[0].partition(".")[0] in schema.type_map or match[0].startswith("@"):
            yield match[0]
