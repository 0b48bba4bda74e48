"""Operations as JSON documents, as a cart's log keeps them: {"id", "by", "kind", then the wish's own fields}.

What is not given is not written. The store puts the time it counts at in front: {"at": microseconds, "id", ...}. What
was once written is read for as long as carts are kept: fields may join, and none changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

import orjson

from modules.cart.model import WISHES, Entry, Kind, Operation

_FIELDS: Final = {kind: tuple(field.name for field in fields(wish)) for kind, wish in WISHES.items()}


def encode(operation: Operation, by: str) -> bytes:
    """The document of an operation, without a time."""
    kind = operation.kind
    given = ((name, getattr(operation.wish, name)) for name in _FIELDS[kind])
    document = {"id": operation.id, "by": by, "kind": kind}
    return orjson.dumps(document | {name: value for name, value in given if value is not None})


@lru_cache(maxsize=20_000)
def decode(text: str) -> Entry:
    """From its document with the time. None ever changes, and every call on a cart brings all of its own again."""
    document = orjson.loads(text)
    return Entry(document["at"], _operation(document), document["by"])


def _operation(document: Mapping[str, Any]) -> Operation:
    kind = Kind(document["kind"])
    given = {name: document[name] for name in _FIELDS[kind] if name in document}
    return Operation(document["id"], WISHES[kind](**given))
