"""Coercing: how a variable's value becomes what resolvers are given, decided once for an input type.

graphql-core finds out at every value anew of what kind its type is, and looks for every field of an input that is not
there: for a hundred counts of stock that takes as long as to write them. It never decides here what is an error: what
does not fit, and what may nest without end, is left to graphql-core. `tests/gateway/edge/test_arguments.py` holds both
ways to the same values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from graphql import (
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLString,
    get_named_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

from gateway.edge.arguments import GiveUp

Coerce = Callable[[Any], Any]
"""Raises anything at all to give up."""
_TYPES: Final = 512
"""Input types whose way is kept."""


def coerce(value: Any, kind: GraphQLInputType) -> Any:
    """The value as graphql-core coerces it. Raises anything at all for one that it must look at."""
    return _coercer(kind)(value)


def _coercer(kind: GraphQLInputType) -> Coerce:
    if is_non_null_type(kind):
        return _required(_coercer(kind.of_type))
    if is_list_type(kind):
        return _listed(_coercer(kind.of_type))
    if is_input_object_type(kind):
        return _object(kind)
    if kind in (GraphQLString, GraphQLID):
        return _text
    return _leaf(kind)


def _required(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise GiveUp
        return inner(value)

    return coerce


def _listed(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            raise GiveUp
        return [inner(item) for item in value]

    return coerce


def _text(value: Any) -> Any:
    if value is not None and type(value) is not str:
        raise GiveUp
    return value


def _leaf(kind: Any) -> Coerce:
    make = kind.coerce_input_value

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        made = make(value)
        if made is Undefined:
            raise GiveUp
        return made

    return coerce


@lru_cache(maxsize=_TYPES)
def _object(kind: GraphQLInputObjectType) -> Coerce:
    if _contains(kind, kind, set()):
        return _give_up
    fields = {name: (field.out_name or name, _coercer(field.type)) for name, field in kind.fields.items()}
    required = {name for name, field in kind.fields.items() if is_required_input_field(field)}
    defaults = {field.out_name or name: coerce_default_value(field) for name, field in kind.fields.items()}
    given = {name: value for name, value in defaults.items() if value is not Undefined}
    is_one_of, make = kind.is_one_of, kind.out_type

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or not required <= value.keys():
            raise GiveUp
        if is_one_of and (len(value) != 1 or None in value.values()):
            raise GiveUp
        done = given.copy()
        for name, item in value.items():
            out_name, inner = fields[name]
            done[out_name] = inner(item)
        return make(done)

    return coerce


def _contains(kind: GraphQLInputObjectType, sought: GraphQLInputObjectType, seen: set[str]) -> bool:
    """Whether values of the one may hold values of the other, at any depth."""
    for field in kind.fields.values():
        inner = get_named_type(field.type)
        if inner is sought:
            return True
        if is_input_object_type(inner) and inner.name not in seen:
            seen.add(inner.name)
            if _contains(inner, sought, seen):
                return True
    return False


def _give_up(value: Any) -> Any:
    raise GiveUp
