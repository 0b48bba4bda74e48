"""Sharing: which subscribers are equal, so that one execution serves them all.

They are when document, operation and variables are equal, and with them every part of the viewer that the selection can
read. Place, language and currency always count. Of who asks, what the selected fields say that they read
(`modules.kernel.graph.subscription` and `product_field`); a single field that says nothing makes the principal and the
customer count whole. The address asked from is for limits alone, and `now` is the event's moment for everybody.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    visit,
)
from graphql.language import DocumentNode
from strawberry.types.field import StrawberryField

from gateway.edge.documents import Document
from gateway.resuming import AFTER
from modules.kernel.graph import Reads, reads_of, whole_sender
from modules.kernel.viewer import Viewer

_OF_WHO_ASKS: Final = frozenset({"authorization", "accept-language"})


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the subscribers of one operation are told apart."""

    reads: tuple[Reads, ...]
    """Of the selected fields that say what they read of who asks; the fields beside them read nothing of it."""
    whole: bool
    """Whether some field says nothing of that, so that all of it counts."""
    cursor: str | None
    """The variable that gives `after` and nothing else: wherever two have begun, they go on alike."""

    def sight(self, viewer: Viewer) -> Hashable:
        """All of the viewer that an answer may depend on, but the moment."""
        who = whole_sender(viewer) if self.whole else tuple(read(viewer) for read in self.reads)
        return viewer.channel, viewer.store, viewer.locale, viewer.currency, who

    def given_cursor(self, given: Mapping[str, Any]) -> str | None:
        """The one to begin behind, where the variables alone say it."""
        value = given.get(self.cursor) if self.cursor else None
        return value if isinstance(value, str) else None

    def variables(self, given: Mapping[str, Any]) -> bytes:
        """The variables, whatever their order."""
        return orjson.dumps({k: v for k, v in given.items() if k != self.cursor}, option=orjson.OPT_SORT_KEYS)


def find_sharing(schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode) -> Sharing | None:
    """None for a subscription whose events are for one subscriber alone. Found once for a document's operation."""
    name = operation.name.value if operation.name else ""
    if name not in document.sharing:
        document.sharing[name] = _find(schema, document.node, operation)
    return document.sharing[name]


def _find(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Sharing | None:
    root = operation.selection_set.selections[0]
    if schema.subscription_type is None or not isinstance(root, FieldNode):
        return None
    definition = schema.get_field(schema.subscription_type, root.name.value)
    if definition is None or _reads(definition) is None:
        return None
    types = TypeInfo(schema)
    reading = _Reading(types)
    visit(document, TypeInfoVisitor(types, reading))
    return Sharing(tuple(dict.fromkeys(reading.reads)), reading.whole, _cursor(root, reading.uses))


def identity_of(headers: Mapping[str, str]) -> Hashable:
    """What of the headers says who asks and where: equal for those who are one sender."""
    return tuple(sorted(item for item in headers.items() if item[0] in _OF_WHO_ASKS or item[0].startswith("cogwerk-")))


class _Reading(Visitor):
    """Notes what all fields of a document read of who asks, and how often each variable is named."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.reads: list[Reads] = []
        self.whole = False
        self.uses: dict[str, int] = {}
        self._types = types

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """A plain attribute reads nothing but the object that it is of."""
        definition = self._types.get_field_def()
        reads = _reads(definition) if definition else None
        if reads is not None:
            self.reads.append(reads)
        elif node.name.value != "__typename" and not _is_plain(definition):
            self.whole = True

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        """Its definition counts, too."""
        self.uses[node.name.value] = self.uses.get(node.name.value, 0) + 1


def _reads(definition: GraphQLField) -> Reads | None:
    field = _field(definition)
    return reads_of(field) if field else None


def _is_plain(definition: GraphQLField | None) -> bool:
    field = _field(definition) if definition else None
    return field is not None and field.is_basic_field and not field.permission_classes and not field.extensions


def _field(definition: GraphQLField) -> StrawberryField | None:
    found = definition.extensions.get("strawberry-definition")
    return found if isinstance(found, StrawberryField) else None


def _cursor(root: FieldNode, uses: Mapping[str, int]) -> str | None:
    for argument in root.arguments or ():
        value = argument.value
        if argument.name.value == AFTER and isinstance(value, VariableNode) and uses[value.name.value] == 2:
            return value.name.value
    return None
