"""How inputs become Python objects, and resolvers are called: decided once, as `edge/plans.py` decides for answers.

Strawberry looks at every field of every input anew: what its type is, whether that is a list, how its name is spelt.
For a mutation of one line that takes longer than to find and change the cart. At every call it asks anew what else
its resolver wants to be given. `tests/gateway/test_inputs.py` holds both ways to the same objects and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from functools import cached_property
from typing import Any, cast

from graphql import GraphQLObjectType
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import InputContext, convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField

Scalars = Mapping[object, Any]
Convert = Callable[[Any], Any]


def read_fast(definitions: Iterable[object], config: StrawberryConfig, scalars: Scalars) -> None:
    """Gives Strawberry's input types among these their own way in, but for those that have one."""
    for definition in definitions:
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input and not definition.from_input:
            definition.from_input = _Reading(definition, config, scalars).make


def call_fast(kinds: Iterable[object], config: StrawberryConfig, scalars: Scalars) -> None:
    """Gives graphql-core's fields, of the object types among these, a shorter way to their Strawberry resolvers."""
    for kind in kinds:
        for definition in kind.fields.values() if isinstance(kind, GraphQLObjectType) else ():
            field = definition.extensions.get("strawberry-definition")
            if isinstance(field, StrawberryField) and field.base_resolver and definition.subscribe is None:
                definition.resolve = _resolving(field, config, scalars) or definition.resolve


def _resolving(field: StrawberryField, config: StrawberryConfig, scalars: Scalars) -> Callable[..., Any] | None:
    """None for a field with extensions or permissions, which stand between it and its resolver."""
    resolver = field.base_resolver
    if resolver is None or field.extensions or field.permission_classes or resolver.self_parameter:
        return None
    spell, call = config.name_converter.from_argument, cast("Callable[..., Any]", resolver.wrapped_func)
    readings = {spell(one): (one.python_name, converter(one.type, config, scalars)) for one in field.arguments}
    sources = [one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one]
    told = resolver.info_parameter and resolver.info_parameter.name
    info_class = config.info_class

    def resolve(source: Any, info: Any, /, **given: Any) -> Any:
        arguments = dict.fromkeys(sources, source)
        if told:
            arguments[told] = info_class(_raw_info=info, _field=field)
        for name, value in given.items():
            python_name, convert = readings[name]
            arguments[python_name] = value if convert is None else convert(value)
        return call(**arguments)

    async def resolve_later(source: Any, info: Any, /, **given: Any) -> Any:
        return await resolve(source, info, **given)

    return resolve_later if field.is_async and readings else resolve


class _Reading:
    """Makes objects of one input type."""

    def __init__(self, definition: StrawberryObjectDefinition, config: StrawberryConfig, scalars: Scalars) -> None:
        self._definition = definition
        self._config = config
        self._scalars = scalars

    def make(self, kind: type, value: Mapping[str, Any], context: InputContext) -> Any:
        """Strawberry's hook. GraphQL has checked the value already."""
        return self.read(value)

    def read(self, value: Any) -> Any:
        """The object; a nullable field that is not given and has no default of its own is None."""
        if value is None:
            return None
        given = self._absent.copy()
        fields = self._fields
        for name, item in value.items():
            python_name, convert = fields[name]
            given[python_name] = item if convert is None else convert(item)
        return self._definition.origin(**given)

    @cached_property
    def _absent(self) -> dict[str, Any]:
        fields = self._definition.fields
        return {
            field.python_name: None
            for field in fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }

    @cached_property
    def _fields(self) -> dict[str, tuple[str, Convert | None]]:
        spell = self._config.name_converter.from_field
        return {
            spell(field): (field.python_name, self._convert(field.resolve_type(type_definition=self._definition)))
            for field in self._definition.fields
        }

    def _convert(self, kind: Any) -> Convert | None:
        return converter(kind, self._config, self._scalars)


def converter(kind: Any, config: StrawberryConfig, scalars: Scalars) -> Convert | None:
    """What makes a value of a Strawberry type of one of GraphQL's; None: the value is what it is."""
    if isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        return converter(kind.of_type, config, scalars)
    if isinstance(kind, StrawberryList):
        return _listing(converter(kind.of_type, config, scalars))
    if is_scalar(kind, scalars) or isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind):
        return None
    definition = get_object_definition(kind)
    if definition is not None and definition.from_input is None:
        return _Reading(definition, config, scalars).read
    if definition is not None and isinstance(reading := getattr(definition.from_input, "__self__", None), _Reading):
        return reading.read
    return lambda value: convert_argument(value, kind, scalars, config)


def _listing(inner: Convert | None) -> Convert:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        return list(value) if inner is None else [inner(item) for item in value]

    return convert
