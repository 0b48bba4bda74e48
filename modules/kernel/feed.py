"""Following what changes: the words between a subscription and the process's one stream reader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from modules.kernel.events import Change


class ChangeKind(StrEnum):
    """What a delivery is: the state of now, what has changed, or the state of now because history was lost."""

    SNAPSHOT = "SNAPSHOT"
    CHANGE = "CHANGE"
    RESYNC = "RESYNC"


class Place(NamedTuple):
    """Where in its stream a cursor stands. Places of one epoch are in order; of two there is none."""

    epoch: str
    entry: tuple[int, int]


def place_of(cursor: str) -> Place:
    """The place of a cursor that a feed has given; what a module has written behind it, after `~`, is not looked at."""
    epoch, milliseconds, sequence = cursor.partition("~")[0].split("-")
    return Place(epoch, (int(milliseconds), int(sequence)))


@dataclass(frozen=True, slots=True)
class Delivery:
    """Changes up to and including `cursor`: the newest per key, in order of arrival.

    Of a SNAPSHOT or RESYNC the changes are empty: the receiver reads the state itself, after the delivery, and so
    misses nothing that comes behind the cursor.
    """

    kind: ChangeKind
    cursor: str
    changes: tuple[Change, ...] = ()


class Feed(Protocol):
    """One reader per process, many followers."""

    def follow(
        self,
        name: str,
        wanted: Callable[[Change], bool],
        after: str | None = None,
        stream: str | None = None,
        keys: Collection[str] | None = None,
        by: str | None = None,
    ) -> AbstractAsyncContextManager[AsyncIterator[Delivery]]:
        """Follows events of one name (`inventory.stock_changed.v1`), as far as `wanted` says yes.

        The first delivery comes at once: SNAPSHOT without `after`; with it CHANGE holding all that was missed since
        that cursor, perhaps nothing, or RESYNC when the cursor is of another epoch, ahead of the stream, or trimmed.
        Afterwards CHANGEs with ascending cursors; a slow follower gets the newest state per key and holds no more
        than one change per key. A cursor is opaque. Raises BadUserInput for one that is malformed.
        `stream` is the module's own (`inventory`) unless said otherwise. With `keys` changes of other keys are not
        even looked at: thousands may follow one stream, each other keys, and cost an event nothing. `by` names a field
        of the state whose value is meant (`sku`), in place of the change's whole key.
        """
        ...


async def reload_on(
    feed: Feed, name: str, load: Callable[[], Awaitable[None]], heard: Callable[[], None] = lambda: None
) -> None:
    """Loads once at the start and again whenever events of this name have come; runs until it is cancelled.

    `heard` is called as an event comes in, before anybody is given what stands behind it in the stream.
    """

    def wanted(_: Change) -> bool:
        heard()
        return True

    async with feed.follow(name, wanted) as deliveries:
        async for _ in deliveries:
            await load()
