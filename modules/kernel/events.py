"""Facts that modules publish: each has a key, a version that rises per key, and the absolute new state.

Late or double delivery is harmless: whoever has a newer version of a key drops the older one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Self

import orjson

from modules.kernel.moments import format_moment, parse_moment

State = Mapping[str, Any]
"""JSON values by field name."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one key is now."""

    key: str
    version: int
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact in past tense; subclasses are frozen, keyword-only, and hold JSON values only.

    `NAME` is `module.fact.v1`; a breaking change is `.v2` beside it. `key` and `version` come from the fields.
    """

    NAME: ClassVar[str]
    version: int

    @property
    def key(self) -> str:
        """What the fact is about; subscribers keep the newest version per key."""
        raise AssertionError(f"{type(self).__name__} names no key")

    def change(self) -> Change:
        """The fact as it travels."""
        # Not `asdict`: it copies deeply, which half of the time of a large import went into.
        names, values = self._fields()
        return Change(self.key, self.version, dict(zip(names, values(self), strict=False)))

    @classmethod
    @cache
    def _fields(cls) -> tuple[tuple[str, ...], Callable[[Event], tuple[Any, ...]]]:
        """Names, and what gives their values of an event, and one more: of one name alone it would give no tuple."""
        names = tuple(field.name for field in fields(cls))
        return names, attrgetter(*names, names[0])

    @classmethod
    def read(cls, change: Change) -> Self:
        """The fact back from the wire; fields that this version does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in change.state.items() if name in known})


@dataclass(frozen=True, slots=True)
class Envelope:
    """The events of one transaction and one name: one outbox row, one stream entry."""

    id: str
    name: str
    at: datetime
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, events: Sequence[Event], at: datetime) -> Envelope:
        """Packs events of the same class; raises ValueError when there is none or they differ in name."""
        names = {event.NAME for event in events}
        if len(names) != 1:
            raise ValueError(f"an envelope holds events of one name, not {sorted(names)}")
        return cls(secrets.token_hex(16), names.pop(), at, tuple(event.change() for event in events))

    @property
    def module(self) -> str:
        """Whose stream it goes to."""
        return self.name.partition(".")[0]

    def encode(self) -> bytes:
        """Compact JSON in UTF-8."""
        changes = [[change.key, change.version, change.state] for change in self.changes]
        document = {"id": self.id, "name": self.name, "at": format_moment(self.at), "changes": changes}
        return orjson.dumps(document, default=_listed)

    @classmethod
    def decode(cls, data: bytes | str) -> Envelope:
        """The envelope back from its JSON; raises ValueError when it is none."""
        try:
            document = orjson.loads(data)
            changes = tuple(Change(key, version, state) for key, version, state in document["changes"])
            return cls(document["id"], document["name"], parse_moment(document["at"]), changes)
        except (KeyError, TypeError, orjson.JSONDecodeError) as error:
            raise ValueError(f"not an envelope: {error!r}") from error


def _listed(value: object) -> list[object]:
    """orjson does not take a named tuple for the list that it is."""
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def newest(changes: Iterable[Change]) -> dict[str, Change]:
    """The newest change per key, in the order in which each key's newest arrived."""
    latest: dict[str, Change] = {}
    for change in changes:
        held = latest.get(change.key)
        if held is None or change.version > held.version:
            latest.pop(change.key, None)
            latest[change.key] = change
    return latest
