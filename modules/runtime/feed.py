"""The feed: one reader per process over all streams that anyone follows, and many followers."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from modules.kernel.errors import Unavailable
from modules.kernel.events import Change, Envelope, newest
from modules.kernel.feed import ChangeKind, Delivery
from modules.runtime.audience import Audience, Interest
from modules.runtime.follower import Follower
from modules.runtime.redis import Command, Link, Redis
from modules.runtime.streams import Cursor, EntryId, epoch_key, format_id, parse_id, stream_key

_LOG = logging.getLogger(__name__)
_BLOCK_MS = 2_000
_SLACK_SECONDS = 5.0
_AT_ONCE = 200
_PAGE = 500
_PAUSE_SECONDS = 0.1

Entry = tuple[EntryId, Envelope]


@dataclass(slots=True, eq=False)
class _Stream:
    """A stream that is read, how far, and how often its history broke off."""

    key: str
    epoch: str = ""
    breaks: int = 0
    position: EntryId = (0, 0)
    audience: Audience = field(default_factory=Audience)

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.epoch, self.position)

    def hand_out(self, found: Sequence[Any]) -> None:
        """Offers each entry to those whom it may concern."""
        for entry, envelope in _entries(found):
            self.audience.hand_out(entry, envelope)
        self.position = parse_id(found[-1][0])


class _Reader:
    """Reads streams that can be read together over a link of its own: all of a server, in a cluster those of a slot."""

    def __init__(self, link: Link, verify: Callable[[Sequence[_Stream]], Awaitable[None]]) -> None:
        self.sound = True
        self._link = link
        self._verify = verify
        self._streams: dict[str, _Stream] = {}
        self._joined = asyncio.Event()
        self._reading: asyncio.Future[list[Any]] | None = None

    def add(self, stream: _Stream) -> None:
        """Reads this one too, from now on."""
        self._streams[stream.key] = stream
        self._joined.set()
        if self._reading is not None:
            self._reading.cancel()

    async def run(self) -> None:
        """Reads until it is cancelled."""
        async with self._link:
            while True:
                await self._read_while_sound()

    async def _read_while_sound(self) -> None:
        """One look at the streams, or a pause and a look at what is left of them."""
        try:
            if not self.sound:
                await self._verify(list(self._streams.values()))
            self.sound = True
            await self._read()
        except Unavailable:
            self.sound = False
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _read(self) -> None:
        streams = list(self._streams.values())
        self._joined.clear()
        reading = self._link.execute_many(_reading(streams), _BLOCK_MS / 1000 + _SLACK_SECONDS)
        replies = await self._unless_joined(reading)
        if replies is None:
            return
        found, epochs = replies
        lost = [stream for stream, epoch in zip(streams, epochs, strict=True) if epoch != stream.epoch]
        for key, entries in found or ():
            if self._streams[key] not in lost:
                self._streams[key].hand_out(entries)
        await self._verify(lost)

    async def _unless_joined(self, reading: Coroutine[Any, Any, list[Any]]) -> list[Any] | None:
        """The answer; None when a stream joined meanwhile, which a read that blocks would not notice."""
        self._reading = asyncio.ensure_future(reading)
        try:
            return await self._reading
        except asyncio.CancelledError:
            # The read was cut off, or this task was cancelled while it waited for it.
            task = asyncio.current_task()
            if self._joined.is_set() and not (task and task.cancelling()):
                return None
            raise
        finally:
            self._reading = None


class StreamFeed:
    """Implements `modules.kernel.feed.Feed`; `run` must be running for changes to arrive.

    A stream that was followed once is read until the process ends. While Redis is away followers wait; when its
    history is lost, because its data was, every follower gets a RESYNC.
    """

    def __init__(self, redis: Redis, streams: Iterable[str] = ()) -> None:
        self._redis = redis
        self._ahead = tuple(streams)
        self._unsure = False
        self._running = False
        self._streams: dict[str, _Stream] = {}
        self._readers: dict[int, _Reader] = {}
        self._opening = asyncio.Lock()
        self._closed = False
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def follow(
        self,
        name: str,
        wanted: Callable[[Change], bool],
        after: str | None = None,
        stream: str | None = None,
        keys: Collection[str] | None = None,
        by: str | None = None,
    ) -> AsyncIterator[AsyncIterator[Delivery]]:
        """See `Feed.follow`; `stream` is a module or a whole key (`{c07}.events.cart`). Raises Unavailable."""
        cursor = Cursor.parse(after) if after is not None else None
        source = await self._open(stream_key(stream or name.partition(".")[0]))
        # Those who follow hear of their keys alone; what was missed must be sifted for them.
        interest = Interest(keys, by)
        follower = Follower(name, wanted, source.cursor)
        # Registered before the past is read: what arrives meanwhile waits in the follower, and nothing falls between.
        source.audience.join(follower, interest)
        try:
            if cursor is None:
                follower.begin(ChangeKind.SNAPSHOT, source.cursor)
            else:
                await self._resume(source, follower, cursor, interest.narrowed(wanted))
            yield follower
        finally:
            source.audience.leave(follower, interest)
            follower.close()

    @property
    def sound(self) -> bool:
        """Whether changes arrive: it reads, and Redis answered last."""
        return self._running and not self._unsure and all(reader.sound for reader in self._readers.values())

    async def run(self) -> None:
        """Reads until it is closed or cancelled; then the followers' iterations end."""
        self._running = True
        tasks: dict[_Reader, asyncio.Task[None]] = {}
        try:
            await self._open_ahead()
            while not self._closed:
                self._changed.clear()
                for reader in set(self._readers.values()) - tasks.keys():
                    tasks[reader] = asyncio.create_task(reader.run())
                await _first_of(self._changed.wait(), tasks.values())
        finally:
            self._running = False
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            self._end_followers()

    async def close(self) -> None:
        """Ends `run` and every follower."""
        self._closed = True
        self._changed.set()
        self._end_followers()

    async def _open_ahead(self) -> None:
        while self._ahead:
            try:
                for name in self._ahead:
                    await self._open(stream_key(name))
                self._ahead, self._unsure = (), False
            except Unavailable:
                self._unsure = True
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _open(self, key: str) -> _Stream:
        """The stream, read from now on."""
        async with self._opening:
            if key not in self._streams:
                stream = _Stream(key)
                await self._verify([stream])
                self._streams[key] = stream
                shard = self._redis.shard(key)
                if shard not in self._readers:
                    self._readers[shard] = _Reader(self._redis.link(key), self._verify)
                    self._changed.set()
                self._readers[shard].add(stream)
        return self._streams[key]

    async def _verify(self, streams: Sequence[_Stream]) -> None:
        """Goes on where each stream was read to, or behind its last entry with a RESYNC when that place is gone."""
        if not streams:
            return
        replies = await self._redis.execute_many([command for stream in streams for command in _looking(stream)])
        for stream, (_, epoch, here, last) in zip(streams, zip(*[iter(replies)] * 4, strict=True), strict=True):
            if epoch == stream.epoch and (here or stream.position == (0, 0)):
                continue
            stream.epoch = epoch
            stream.breaks += 1
            stream.position = parse_id(last[0][0]) if last else (0, 0)
            for follower in stream.audience.followers:
                follower.begin(ChangeKind.RESYNC, stream.cursor)

    async def _resume(
        self, source: _Stream, follower: Follower, cursor: Cursor, wanted: Callable[[Change], bool]
    ) -> None:
        """All that was missed since the cursor, up to what the reader has read."""
        breaks = source.breaks
        missed = await self._missed(source, follower.name, cursor, wanted) if cursor.epoch == source.epoch else None
        if missed is None or source.breaks != breaks:
            follower.begin(ChangeKind.RESYNC, source.cursor)
        else:
            end, changes = missed
            follower.begin(ChangeKind.CHANGE, Cursor(source.epoch, end), changes)

    async def _missed(
        self, source: _Stream, name: str, cursor: Cursor, wanted: Callable[[Change], bool]
    ) -> tuple[EntryId, Iterable[Change]] | None:
        """The newest change per key and the last entry seen; None when the cursor's own entry is not there.

        Every cursor names an entry. One that is gone was trimmed or lost, or is ahead of the stream, so that what came
        after it cannot be told whole.
        """
        here, latest = cursor.entry, dict[str, Change]()
        if not await self._whole_from(source, here):
            return None
        # What is behind it comes by the reader: a cursor is never ahead of what all who follow were offered.
        end = source.position
        while here < end:
            page = await self._redis.execute(
                "XRANGE", source.key, f"({format_id(here)}", format_id(end), "COUNT", _PAGE
            )
            entries = list(_entries(page))
            found = [change for _, envelope in entries if envelope.name == name for change in envelope.changes]
            latest = newest([*latest.values(), *filter(wanted, found)])
            if not page:
                break
            here = parse_id(page[-1][0])
        return here, latest.values()

    async def _whole_from(self, source: _Stream, entry: EntryId) -> bool:
        if entry != (0, 0):
            return bool(await self._redis.execute("XRANGE", source.key, format_id(entry), format_id(entry)))
        facts = await self._redis.execute("EXISTS", source.key)
        if not facts:
            return True
        stream = await self._redis.execute("XINFO", "STREAM", source.key)
        counted: Mapping[str, int] = dict(zip(stream[::2], stream[1::2], strict=True))
        return counted["entries-added"] == counted["length"]

    def _end_followers(self) -> None:
        for stream in self._streams.values():
            for follower in stream.audience.followers:
                follower.close()


async def _first_of(change: Coroutine[Any, Any, object], tasks: Collection[asyncio.Task[None]]) -> None:
    """Returns when the change has come; raises what a task raises before."""
    waiting = asyncio.ensure_future(change)
    try:
        await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    for task in tasks:
        if task.done():
            task.result()


def _reading(streams: Sequence[_Stream]) -> list[Command]:
    """The read, and the epochs as they are when it returns: entries of a new history are known for what they are."""
    positions = [format_id(stream.position) for stream in streams]
    keys = [stream.key for stream in streams]
    read: Command = ("XREAD", "COUNT", _AT_ONCE, "BLOCK", _BLOCK_MS, "STREAMS", *keys, *positions)
    return [read, ("MGET", *map(epoch_key, keys))]


def _looking(stream: _Stream) -> list[Command]:
    """The epoch, made now if there is none; the entry that was read last; the last entry there is."""
    here = format_id(stream.position)
    return [
        ("SET", epoch_key(stream.key), secrets.token_hex(8), "NX"),
        ("GET", epoch_key(stream.key)),
        ("XRANGE", stream.key, here, here),
        ("XREVRANGE", stream.key, "+", "-", "COUNT", 1),
    ]


def _entries(found: Sequence[Any]) -> Iterable[Entry]:
    for entry, fields in found:
        try:
            yield parse_id(entry), Envelope.decode(dict(zip(fields[::2], fields[1::2], strict=True))["e"])
        except (ValueError, KeyError):
            _LOG.exception("entry %s is no envelope; it is passed over", entry)
