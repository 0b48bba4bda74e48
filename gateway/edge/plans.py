"""Plans: how the values below an object are completed when nothing there needs more than a look.

graphql-core decides field by field what a field is, at every object of every page anew. A plan decides once for a
selection: which attribute or filled slot each field reads, and how its value becomes JSON. Only selections whose
fields are all plain attributes, or slots that a module has filled (`Product.filled`), have a plan.

A plan never decides what is an error. Whatever it does not expect (a null that may not be, a slot not filled, a value
that does not fit its type, an object of an abstract type) makes it give up, and graphql-core completes the same object
again: attributes and slots are read without effect, and no resolver has run. `tests/gateway/edge/test_plans.py` holds
both ways to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList

from modules.kernel.later import Later
from modules.kernel.selection import Wanted, read_wanted

Complete = Callable[[Any, Sequence[Wanted]], Any]
"""A value and the wishes that slots are known by, to JSON. Raises anything at all to give up."""

Key = tuple[str, tuple[int, ...]]
_TEXTS: Final = frozenset({"String", "ID", "Decimal"})
"""Scalars whose JSON is the very string, when it is one."""


class GiveUp(Exception):
    """This value is for graphql-core."""


class Plan:
    """A selection's way to JSON. `slots` are the nodes of the entity's fields, read anew for each operation."""

    __slots__ = ("_bound", "complete", "entity", "slots")

    def __init__(self, complete: Complete, entity: GraphQLObjectType | None, slots: Sequence[FieldNode]) -> None:
        self.complete = complete
        self.entity = entity
        self.slots = slots
        self._bound: tuple[Wanted, ...] | None = None if any(node.arguments for node in slots) else ()

    def bind(self, executor: Executor[Any]) -> Callable[[Any], Any]:
        """The plan with this operation's variables in its arguments."""
        complete, wishes = self.complete, self._bound
        if not wishes:
            wishes = tuple(self._read(node, executor) for node in self.slots)
            if self._bound is not None:
                self._bound = wishes
        return lambda value: complete(value, wishes)

    def _read(self, node: FieldNode, executor: Executor[Any]) -> Wanted:
        assert self.entity is not None
        return read_wanted(self.entity, node, executor.variable_values)


class Plans:
    """The plans of one document, by type and selection; None where there can be none.

    Kept with the document and shared by its operations, so only for documents without directives: @skip and @include
    make another selection of the same nodes.
    """

    def __init__(self, slots: Mapping[str, str]) -> None:
        self._entity_fields = slots
        self._plans: dict[Key, Plan | None] = {}

    def get(self, executor: Executor[Any], kind: GraphQLObjectType, fields: FieldDetailsList) -> Plan | None:
        """The plan for objects of this type, selected by these nodes."""
        key = kind.name, tuple(id(details.node) for details in fields)
        if key not in self._plans:
            self._plans[key] = _Builder(executor, self._entity_fields).build(kind, fields)
        return self._plans[key]


@dataclass(frozen=True, slots=True)
class Step:
    """A field of an object: its response name, where its value is, and what becomes of it."""

    name: str
    source: str
    """An expression over `value` and `wishes`."""
    complete: Complete
    is_text: bool
    """Whether a string is its own answer."""

    def expression(self, index: int) -> str:
        """The field's answer, by `complete_<index>` unless a look is enough."""
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
        complete = self._object(kind, fields)
        return Plan(complete, self._entity, self._slots) if complete else None

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
        selection = self._executor.collect_subfields(kind, fields)
        steps: list[Step] = []
        for name, details in selection[0].items():
            step = self._step(kind, name, details)
            if step is None:
                return None
            steps.append(step)
        return _object(steps)

    def _step(self, kind: GraphQLObjectType, name: str, fields: FieldDetailsList) -> Step | None:
        node = fields[0].node
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
    """A function with one expression a field, written out: a loop over the fields would cost as much as the fields.

    No text of a client's stands in the source but response names, as literals; attributes are Python names of ours.
    """
    namespace: dict[str, Any] = {f"complete_{index}": step.complete for index, step in enumerate(steps)}
    namespace["sound"] = _sound
    fields = ", ".join(f"{step.name!r}: {step.expression(index)}" for index, step in enumerate(steps))
    source = f"def complete(value, wishes):\n    return None if value is None else {{{fields}}}\n"
    exec(compile(source, "<plan>", "exec"), namespace)
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
