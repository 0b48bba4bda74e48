"""Plans: how the values below an object are completed when nothing there needs more than a look.

graphql-core decides field by field what a field is, at every object of every page anew. A plan decides once for a
selection: which attribute or filled slot each field reads, and how its value becomes JSON. Where all fields are plain
attributes, or slots that a module has filled (`Product.filled`), the whole object is completed at once; where some have
resolvers, those are graphql-core's and the others are not.

A plan never decides what is an error. Whatever it does not expect (a null that may not be, a slot not filled, a value
that does not fit its type, an object of an abstract type) makes it give up, and graphql-core completes the same object
or field again: attributes and slots are read without effect, and no resolver has run. Both ways are held to the same
answers by `tests/gateway/edge/test_plans.py`, and for carts by `test_planned_carts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, GroupedFieldSet, collect_fields
from graphql.execution.get_variable_signature import GraphQLVariableSignature

from gateway.edge.arguments import GiveUp, Read, arguments_of
from modules.kernel.later import Later
from modules.kernel.selection import Wanted, read_wanted

Complete = Callable[[Any, Sequence[Wanted]], Any]
"""A value and the wishes that slots are known by, to JSON. Raises anything at all to give up."""

Key = tuple[str, int]
AT_ONCE: Final = 100
"""Items of a list that are completed at one go, a page; longer ones are left to the executor, which takes its time."""
_TEXTS: Final = frozenset({"String", "ID", "Decimal"})
"""Scalars whose JSON is the very string, when it is one."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A field of an object, and the way to its answer; None: graphql-core's."""

    name: str
    details: FieldDetailsList
    read: Complete | None
    """Of the object, not of the field's value."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is the same in all requests for an operation."""

    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    signatures: tuple[GraphQLVariableSignature, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A field with arguments: its definition, its nodes, and how the arguments are read; None: by graphql-core."""

    definition: GraphQLField
    nodes: list[FieldNode]
    read: Read | None


class Plan:
    """A selection's way to JSON: `complete` for the object as a whole, or `fields` where some are graphql-core's.

    `slots` are the nodes of the entity's fields; what they ask for is read anew for each operation.
    """

    __slots__ = ("bound", "complete", "entity", "fields", "slots")

    def __init__(
        self,
        complete: Complete | None,
        fields: Sequence[Planned],
        entity: GraphQLObjectType | None,
        slots: Sequence[FieldNode],
    ) -> None:
        self.complete = complete
        self.fields = fields
        self.entity = entity
        self.slots = slots
        self.bound: tuple[Wanted, ...] | None = None if slots else ()
        """The wishes, once known, if they are the same in all operations."""

    def wishes(self, executor: Executor[Any]) -> tuple[Wanted, ...]:
        """What the slots ask for in this operation. Raises GraphQLError for arguments that do not fit."""
        assert self.entity is not None
        found = tuple(read_wanted(self.entity, node, executor.variable_values) for node in self.slots)
        if not any(node.arguments for node in self.slots):
            self.bound = found
        return found


class Plans:
    """The plans of one document, by type and selection.

    Kept with the document and shared by its operations, so only for documents without directives: @skip and @include
    make another selection of the same nodes. Selections are known by the lists that graphql-core collects their fields
    in; they are kept here too, so that they are collected once.
    """

    def __init__(self, slots: Mapping[str, str]) -> None:
        self.collected: dict[Any, Any] = {}
        """Of objects: graphql-core's own memory of them."""
        self.selections: dict[object, tuple[Wanted, ...]] = {}
        """What a context keeps."""
        self.grounds: dict[int, Ground] = {}
        """By operation."""
        self._calls: dict[int, Call | None] = {}
        self._roots: dict[int, tuple[OperationDefinitionNode, GroupedFieldSet]] = {}
        self._entity_fields = slots
        self._plans: dict[Key, Plan | None] = {}

    def root(self, executor: Executor[Any], kind: GraphQLObjectType) -> GroupedFieldSet:
        """The root fields of the executor's operation. Raises GraphQLError and RecursionError."""
        operation = executor.operation
        known = self._roots.get(id(operation))
        if known is None:
            found = collect_fields(
                executor.schema,
                executor.fragments,
                executor.variable_values,
                kind,
                operation,
                executor.hide_suggestions,
            )
            known = self._roots[id(operation)] = operation, found.grouped_field_set
        return known[1]

    def call(self, kind: GraphQLObjectType, fields: FieldDetailsList) -> Call | None:
        """How the field of these nodes is called; None for one without arguments."""
        try:
            return self._calls[id(fields)]
        except KeyError:
            node = fields[0].node
            definition = kind.fields.get(node.name.value)
            call = None
            if definition is not None and definition.args:
                nodes = [details.node for details in fields]
                call = Call(definition, nodes, arguments_of(definition, node))
            self._calls[id(fields)] = call
            return call

    def get(self, executor: Executor[Any], kind: GraphQLObjectType, fields: FieldDetailsList) -> Plan | None:
        """The plan for objects of this type, selected by these nodes; None where nothing can be planned."""
        key = kind.name, id(fields)
        try:
            return self._plans[key]
        except KeyError:
            plan = self._plans[key] = _Builder(executor, self._entity_fields).build(kind, fields)
            return plan


@dataclass(frozen=True, slots=True)
class Step:
    """A field of an object: its response name, where its value is, and what becomes of it."""

    name: str
    source: str
    """An expression over `value` and `wishes`."""
    complete: Complete | None
    """None: the source is the answer."""
    is_text: bool = False
    """Whether a string is its own answer."""

    def expression(self, index: int) -> str:
        """The field's answer, by `complete_<index>` unless a look is enough."""
        if self.complete is None:
            return self.source
        if not self.is_text:
            return f"complete_{index}({self.source}, wishes)"
        return f"(it if type(it := {self.source}) is str else complete_{index}(it, wishes))"


class _Builder:
    """Makes one plan."""

    def __init__(self, executor: Executor[Any], entity_fields: Mapping[str, str]) -> None:
        self._executor = executor
        self._entity_fields = entity_fields
        self._slots: list[FieldNode] = []
        self._entity: GraphQLObjectType | None = None
        self._texts = {kind for name in _TEXTS if (kind := executor.schema.get_type(name))}

    def build(self, kind: GraphQLObjectType, fields: FieldDetailsList) -> Plan | None:
        if kind.is_type_of is not None:
            return None
        selection = self._executor.collect_subfields(kind, fields).grouped_field_set
        steps = {name: self._step(kind, name, details) for name, details in selection.items()}
        found = [step for step in steps.values() if step]
        if not found:
            return None
        if len(found) == len(steps):
            return Plan(_object(found), (), self._entity, self._slots)
        reads = {step.name: _reading(step) for step in found}
        planned = [Planned(name, details, reads.get(name)) for name, details in selection.items()]
        return Plan(None, planned, self._entity, self._slots)

    def _value(self, kind: GraphQLOutputType, fields: FieldDetailsList) -> Complete | None:
        if is_non_null_type(kind):
            inner = self._value(kind.of_type, fields)
            return _required(inner) if inner else None
        if is_list_type(kind):
            inner = self._value(kind.of_type, fields)
            return _listed(inner) if inner else None
        if is_leaf_type(kind):
            return _text(kind) if kind.name in _TEXTS else _leaf(kind)
        # What implements an interface may turn out to be any of its types: graphql-core's to decide.
        return self._object(kind, fields) if is_object_type(kind) else _absent

    def _object(self, kind: GraphQLObjectType, fields: FieldDetailsList) -> Complete | None:
        if kind.is_type_of is not None:
            return None
        steps: list[Step] = []
        for name, details in self._executor.collect_subfields(kind, fields).grouped_field_set.items():
            step = self._step(kind, name, details)
            if step is None:
                return None
            steps.append(step)
        return _object(steps)

    def _step(self, kind: GraphQLObjectType, name: str, fields: FieldDetailsList) -> Step | None:
        node = fields[0].node
        if node.name.value == "__typename":
            return Step(name, repr(kind.name), None)
        definition = kind.fields.get(node.name.value)
        field = definition.extensions.get("strawberry-definition") if definition else None
        complete = self._value(definition.type, fields) if definition and field else None
        if definition is None or field is None or complete is None:
            return None
        is_text = get_nullable_type(definition.type) in self._texts
        if field.is_basic_field and not field.permission_classes:
            assert field.python_name.isidentifier()
            return Step(name, f"value.{field.python_name}", complete, is_text)
        if self._entity_fields.get(node.name.value) != kind.name or field.extensions:
            return None
        self._entity = kind
        self._slots.append(node)
        return Step(name, f"sound(value.filled[wishes[{len(self._slots) - 1}]])", complete, is_text)


def _object(steps: Sequence[Step]) -> Complete:
    """A function with one expression a field, written out: a loop over the fields would cost as much as the fields."""
    fields = ", ".join(f"{step.name!r}: {step.expression(index)}" for index, step in enumerate(steps))
    return _written(f"None if value is None else {{{fields}}}", steps)


def _reading(step: Step) -> Complete:
    """A function for one field of an object that is not null."""
    return _written(step.expression(0), (step,))


def _written(expression: str, steps: Sequence[Step]) -> Complete:
    """The expression as a function of `value` and `wishes`.

    No text of a client's stands in the source but response names, as literals; attributes are Python names of ours.
    """
    namespace: dict[str, Any] = {f"complete_{index}": step.complete for index, step in enumerate(steps)}
    namespace["sound"] = _sound
    exec(compile(f"def complete(value, wishes):\n    return {expression}\n", "<plan>", "exec"), namespace)
    made: Complete = namespace["complete"]
    return made


def _sound(value: Any) -> Any:
    """What a slot holds, unless it is an error that the field's resolver would raise."""
    if isinstance(value, Exception):
        raise GiveUp
    return value


def _required(inner: Complete) -> Complete:
    def complete(value: Any, wishes: Sequence[Wanted]) -> Any:
        done = inner(value, wishes)
        if done is None:
            raise GiveUp
        return done

    return complete


def _listed(inner: Complete) -> Complete:
    def complete(value: Any, wishes: Sequence[Wanted]) -> Any:
        if value is None:
            return None
        kind = type(value)
        if kind is Later:
            value = value.items
        elif kind is not list and kind is not tuple:
            raise GiveUp
        if len(value) > AT_ONCE:
            raise GiveUp
        return [inner(item, wishes) for item in value]

    return complete


def _text(kind: GraphQLLeafType) -> Complete:
    other = _leaf(kind)

    def complete(value: Any, wishes: Sequence[Wanted]) -> Any:
        return value if type(value) is str else other(value, wishes)

    return complete


def _leaf(kind: GraphQLLeafType) -> Complete:
    coerce = kind.coerce_output_value

    def complete(value: Any, wishes: Sequence[Wanted]) -> Any:
        if value is None:
            return None
        if isinstance(value, Exception) or hasattr(value, "__await__"):
            raise GiveUp
        done = coerce(value)
        if done is None:
            raise GiveUp
        return done

    return complete


def _absent(value: Any, wishes: Sequence[Wanted]) -> Any:
    if value is None:
        return None
    raise GiveUp
