"""Resuming: a subscription that runs goes on behind a cursor, whatever its document says of `after`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLField, GraphQLSchema

AFTER: Final = "after"
"""The argument by which a client resumes."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Given as the root value of a subscription: it begins behind this cursor."""

    cursor: str


def make_resumable(schema: GraphQLSchema) -> None:
    """Lets each subscription that takes `after` begin behind the cursor of a Resumed."""
    kind = schema.subscription_type
    for definition in kind.fields.values() if kind else ():
        if AFTER in definition.args:
            _make_resumable(definition)


def _make_resumable(definition: GraphQLField) -> None:
    begin = definition.subscribe
    assert begin is not None

    def subscribe(source: object, info: Any, **given: Any) -> Any:
        resumed = {AFTER: source.cursor} if isinstance(source, Resumed) else {}
        return begin(None, info, **{**given, **resumed})

    definition.subscribe = subscribe
