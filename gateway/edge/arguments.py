"""Arguments: how a field's arguments are read off its node, decided once for a document.

graphql-core walks the literal of an input at every request, past fields that are mostly not there. What stands there
does not change, only the variables in it do: so it is written out once as an expression over them. It never decides
what is an error: for whatever it does not expect, graphql-core reads the same node again.
`tests/gateway/edge/test_arguments.py` holds both ways to the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    coerce_input_literal,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

Read = Callable[[Mapping[str, Any]], dict[str, Any]]
"""The operation's variables to the field's arguments. Raises anything at all to give up."""
_UNCHANGING: Final = (str, int, float, bool, date, Enum, type(None))
"""What all requests may be given the same one of."""


class GiveUp(Exception):
    """This is for graphql-core to look at."""


def arguments_of(definition: GraphQLField, node: FieldNode) -> Read | None:
    """The way to the arguments of a valid document's field; None where graphql-core must look at them."""
    try:
        return _Writer().write(definition, node)
    except Exception:
        return None


class _Writer:
    """Writes one expression. Names in it are literals; all else of a client's is a value that it refers to."""

    def __init__(self) -> None:
        self._namespace: dict[str, Any] = {"present": _present}

    def write(self, definition: GraphQLField, field: FieldNode) -> Read:
        given = {argument.name.value: argument.value for argument in field.arguments or ()}
        parts = []
        for name, argument in definition.args.items():
            node, key = given.get(name), f"{argument.out_name or name!r}"
            if isinstance(node, VariableNode) and not is_non_null_type(argument.type):
                parts.append(self._optional(argument, node.name.value, key))
            elif (part := self._part(argument, node, required=is_required_argument(argument))) is not None:
                parts.append(f"{key}: {part}")
        source = f"def read(variables):\n    return {{{', '.join(parts)}}}\n"
        exec(compile(source, "<arguments>", "exec"), self._namespace)
        made: Read = self._namespace["read"]
        return made

    def _optional(self, argument: GraphQLArgument, variable: str, key: str) -> str:
        """An argument's entry, whose variable need not be given: then it is as if the argument were not."""
        default = coerce_default_value(argument)
        if default is Undefined:
            return f"**({{{key}: variables[{variable!r}]}} if {variable!r} in variables else {{}})"
        return f"{key}: variables.get({variable!r}, {self._constant(default, shared=True)})"

    def _part(
        self, place: GraphQLArgument | GraphQLInputField, node: ValueNode | None, *, required: bool
    ) -> str | None:
        """None where nothing is given and there is no default."""
        if node is not None:
            return self._value(node, place.type)
        if required:
            raise GiveUp
        default = coerce_default_value(place)
        return None if default is Undefined else self._constant(default, shared=True)

    def _value(self, node: ValueNode, kind: GraphQLInputType) -> str:
        if isinstance(node, VariableNode):
            # One that is not given raises KeyError: there may be a default.
            value = f"variables[{node.name.value!r}]"
            return f"present({value})" if is_non_null_type(kind) else value
        if is_non_null_type(kind):
            if isinstance(node, NullValueNode):
                raise GiveUp
            return self._value(node, kind.of_type)
        if isinstance(node, NullValueNode):
            return "None"
        if is_list_type(kind):
            items = node.values if isinstance(node, ListValueNode) else (node,)
            return f"[{', '.join(self._value(item, kind.of_type) for item in items)}]"
        if is_input_object_type(kind):
            return self._object(node, kind)
        if isinstance(node, ListValueNode | ObjectValueNode):
            raise GiveUp  # of a scalar that takes JSON, perhaps with variables inside
        return self._constant(coerce_input_literal(node, kind))

    def _object(self, node: ValueNode, kind: GraphQLInputObjectType) -> str:
        if not isinstance(node, ObjectValueNode):
            raise GiveUp
        given = {field.name.value: field.value for field in node.fields}
        if not given.keys() <= kind.fields.keys() or (kind.is_one_of and len(given) != 1):
            raise GiveUp
        parts = []
        for name, field in kind.fields.items():
            part = self._part(field, given.get(name), required=is_required_input_field(field))
            if part is not None:
                parts.append(f"{field.out_name or name!r}: {f'present({part})' if kind.is_one_of else part}")
        made = f"{{{', '.join(parts)}}}"
        if kind.out_type is GraphQLInputObjectType.out_type:
            return made
        return f"{self._constant(kind.out_type, shared=True)}({made})"

    def _constant(self, value: Any, *, shared: bool = False) -> str:
        """`shared`: graphql-core gives everybody the same one, too."""
        if not shared and not isinstance(value, _UNCHANGING):
            raise GiveUp
        name = f"constant_{len(self._namespace)}"
        self._namespace[name] = value
        return name


def _present(value: Any) -> Any:
    if value is None:
        raise GiveUp
    return value
