"""Audience: the followers of one stream, found by what a change is about."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from modules.kernel.events import Change, Envelope
from modules.runtime.follower import Follower
from modules.runtime.streams import EntryId

Peers = set[Follower]


@dataclass(frozen=True, slots=True)
class Interest:
    """What of the changes of one name a follower may be offered: those of these keys, or all."""

    keys: Collection[str] | None = None
    by: str | None = None
    """A field of the state that is looked up in the keys; None: the change's own key is."""

    def key_of(self, change: Change) -> str:
        """What the change is looked up by."""
        return change.key if self.by is None else str(change.state[self.by])

    def narrowed(self, wanted: Callable[[Change], bool]) -> Callable[[Change], bool]:
        """The same wish, of these keys alone."""
        keys = self.keys
        if keys is None:
            return wanted
        return lambda change: self.key_of(change) in keys and wanted(change)


@dataclass(slots=True, eq=False)
class Audience:
    """Who follows a stream. An event costs nothing to those who follow other keys, however many they are."""

    followers: Peers = field(default_factory=set)
    _of_all: dict[str, Peers] = field(default_factory=dict)
    _of_keys: dict[str, dict[str | None, dict[str, Peers]]] = field(default_factory=dict)
    """By name, by the field that is looked up, by its value."""

    def join(self, follower: Follower, interest: Interest) -> None:
        """From now on it is offered what comes."""
        self.followers.add(follower)
        if interest.keys is None:
            self._of_all.setdefault(follower.name, set()).add(follower)
            return
        index = self._of_keys.setdefault(follower.name, {}).setdefault(interest.by, {})
        for key in interest.keys:
            index.setdefault(key, set()).add(follower)

    def leave(self, follower: Follower, interest: Interest) -> None:
        """Nothing more is offered to it."""
        self.followers.discard(follower)
        if interest.keys is None:
            _drop(self._of_all, follower.name, follower)
            return
        indexes = self._of_keys[follower.name]
        for key in interest.keys:
            _drop(indexes[interest.by], key, follower)
        if not indexes[interest.by]:
            del indexes[interest.by]
        if not indexes:
            del self._of_keys[follower.name]

    def hand_out(self, entry: EntryId, envelope: Envelope) -> None:
        """Offers an entry to those whom it may concern."""
        for follower in self._of_all.get(envelope.name, ()):
            follower.offer(entry, envelope.changes)
        for by, index in self._of_keys.get(envelope.name, {}).items():
            key_of = Interest((), by).key_of
            for change in envelope.changes:
                for follower in index.get(key_of(change), ()):
                    follower.offer(entry, (change,))


def _drop(index: dict[str, Peers], key: str, follower: Follower) -> None:
    peers = index.get(key, set())
    peers.discard(follower)
    if not peers:
        index.pop(key, None)
