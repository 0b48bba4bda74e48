"""Facts that modules publish: each has a key, a version that rises per key, and the absolute new state.

Late or double delivery is harmless: whoever has a newer version of a key drops the older one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self

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
        return Change(self.key, self.version, {name: getattr(self, name) for name in self._names()})

    @classmethod
    @cache
    def _names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

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
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def decode(cls, data: bytes | str) -> Envelope:
        """The envelope back from its JSON; raises ValueError when it is none."""
        try:
            document = json.loads(data)
            changes = tuple(Change(key, version, state) for key, version, state in document["changes"])
            return cls(document["id"], document["name"], parse_moment(document["at"]), changes)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not an envelope: {error!r}") from error


def newest(changes: Iterable[Change]) -> dict[str, Change]:
    """The newest change per key, in the order in which each key's newest arrived."""
    latest: dict[str, Change] = {}
    for change in changes:
        held = latest.get(change.key)
        if held is None or change.version > held.version:
            latest.pop(change.key, None)
            latest[change.key] = change
    return latest
