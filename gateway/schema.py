"""GraphSchema: joins the parts into one graph and refuses two that give the same field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info
from strawberry.utils.str_converters import to_camel_case

from gateway.inputs import call_fast, read_fast
from gateway.resuming import make_resumable
from modules.kernel.errors import BadUserInput
from modules.kernel.graph import Part, Product
from modules.kernel.graph.problems import TYPES as PROBLEM_TYPES
from modules.kernel.graph.scalars import SCALARS

FEDERATION_VERSION: Final = "2.9"
"""Pinned: an open composer refuses Strawberry's default."""


class DuplicateField(Exception):
    """Two modules give the same field; without this the later would silently win."""

    def __init__(self, place: str, first: str, second: str) -> None:
        super().__init__(f"{place} is given by both {first!r} and {second!r}")


class GraphSchema(Schema):
    """The full graph, or a subgraph of it: the same class with more or fewer parts. Raises DuplicateField."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self.owners = _owners(self.parts)
        contributed = {name: item for part in self.parts for name, item in part.product_fields.items()}
        self._contributed = [_named(name, item) for name, item in contributed.items()]
        super().__init__(
            query=_root("Query", [(part.name, part.query) for part in parts]),
            mutation=_root("Mutation", [(part.name, part.mutation) for part in parts]),
            subscription=_root("Subscription", [(part.name, part.subscription) for part in parts]),
            types=[Product, *PROBLEM_TYPES, *(kind for part in parts for kind in part.types)],
            config=StrawberryConfig(scalar_map=SCALARS, name_converter=_Names(), disable_field_suggestions=False),
            federation_version=FEDERATION_VERSION,
        )
        converter = self.schema_converter
        definitions = [kind.definition for kind in converter.type_map.values()]
        read_fast(definitions, self.config, converter.scalar_registry)
        call_fast(self._schema.type_map.values(), self.config, converter.scalar_registry)
        make_resumable(self._schema)

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Strawberry's, which takes a reference without a type, or of an unknown one, for a fault of ours."""
        for index, reference in enumerate(cast("list[object]", representations)):
            if not _is_product(reference):
                allowed = '{ __typename: "Product", sku: "..." }'
                raise BadUserInput(f"Reference {index} names no entity of this graph.", "representations", allowed)
        return super().entities_resolver(info, representations)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Strawberry's documented hook: Product gets what the parts contribute."""
        fields = list(super().get_fields(type_definition))
        return [*fields, *self._contributed] if type_definition.origin is Product else fields


class _Names(NameConverter):
    """Strawberry's, which spells every field of an input anew each time it is read."""

    def apply_naming_config(self, name: str) -> str:
        return _in_camel_case(name)


_in_camel_case = cache(to_camel_case)


def _is_product(reference: object) -> bool:
    if not isinstance(reference, dict) or set(reference) != {"__typename", "sku"}:
        return False
    return reference["__typename"] == "Product" and isinstance(reference["sku"], str)


def _owners(parts: Sequence[Part]) -> Mapping[str, Part]:
    owners: dict[str, Part] = {}
    for part in parts:
        for name in part.product_fields:
            if name in owners or name == "sku":
                raise DuplicateField(f"Product.{name}", owners[name].name if name in owners else "kernel", part.name)
            owners[name] = part
    return owners


def _named(name: str, item: StrawberryField) -> StrawberryField:
    item.python_name = item.graphql_name = name
    return item


def _root(name: str, given: Sequence[tuple[str, type | None]]) -> Any:
    """One root type of all parts' own; None when no part has one."""
    seen: dict[str, str] = {}
    for part, kind in given:
        for item in _fields(kind):
            if item.python_name in seen:
                raise DuplicateField(f"{name}.{item.python_name}", seen[item.python_name], part)
            seen[item.python_name] = part
    types = tuple(kind for _, kind in given if kind)
    return merge_types(name, types) if types else None


def _fields(kind: type | None) -> list[StrawberryField]:
    definition = get_object_definition(kind) if kind else None
    return definition.fields if definition else []
