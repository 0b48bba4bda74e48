"""Redis: one connection that all callers share; what is asked within one turn of the loop goes in one round trip.

Commands run in the order in which they were asked, and each waits its turn: blocking reads take a connection of
their own. A trip whose answer was lost is made again, so every write must bear to be done twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any, Self

from hiredis import pack_command
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import (
    ClusterDownError,
    ConnectionError as Lost,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError as TooSlow,
)

from modules.kernel.errors import Unavailable
from modules.runtime.misconfigured import Misconfigured

_LOG = logging.getLogger(__name__)
_PATIENCE_SECONDS = 5.0
_PAUSES = (0.02, 0.08, 0.25, 0.5)
"""Before each further try: an embedded server that died is back within them."""

_AWAY = (Lost, TooSlow, OSError, TimeoutError)
_REFUSES_WRITES = (ReadOnlyError, OutOfMemoryError, ClusterDownError, MasterDownError)
_REFUSAL_CODES = ("MISCONF", "NOREPLICAS", "TRYAGAIN", "READONLY", "OOM", "UNBLOCKED", "CLUSTERDOWN", "MASTERDOWN")

Argument = str | bytes | int | float
Command = Sequence[Argument]


def pack(command: Command) -> bytes:
    """The command as it travels."""
    packed: bytes = pack_command(tuple(command))  # type: ignore[arg-type]  # its stub knows one-word commands only
    return packed


class Link:
    """One connection, for one caller at a time. It connects by itself, also after a loss."""

    def __init__(self, pool: Any) -> None:
        self._connection = pool.make_connection()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()

    async def trip(self, packed: bytes, answers: int, patience: float) -> list[Any]:
        """Sends and takes this many answers, refusals among them as exceptions; raises what redis-py raises."""
        try:
            async with asyncio.timeout(patience):
                await self._connection.send_packed_command(packed, check_health=False)
                return [await self._answer() for _ in range(answers)]
        except BaseException:
            # An answer that is still on its way would be taken for the next one's.
            await self.drop()
            raise

    async def execute_many(self, commands: Sequence[Command], patience: float) -> list[Any]:
        """Commands that may block for so many seconds in all; raises Unavailable after that, or without Redis."""
        try:
            replies = await self.trip(b"".join(map(pack, commands)), len(commands), patience)
        except _AWAY as error:
            raise Unavailable("Redis") from error
        return [sound(reply) for reply in replies]

    async def drop(self) -> None:
        """Closes; the next call connects again."""
        with suppress(*_AWAY):
            await self._connection.disconnect(nowait=True)

    async def _answer(self) -> Any:
        try:
            return await self._connection.read_response(timeout=math.inf)
        except ResponseError as refusal:
            return refusal


class Redis:
    """Text in and out: answers are str, int, None or lists of them, as the server gives them (RESP2).

    Every call raises Unavailable("Redis") when there is no answer within about a second, or five when the network
    says nothing, and works again when Redis does. While it is away calls fail at their first try.
    """

    def __init__(self, url: str) -> None:
        try:
            self._pool = ConnectionPool.from_url(
                url,
                protocol=2,
                decode_responses=True,
                encoding_errors="replace",
                socket_connect_timeout=_PATIENCE_SECONDS,
                socket_timeout=None,
                driver_info=None,
            )
        except ValueError as error:
            raise Misconfigured("REDIS_URL", f"{error}.") from error
        self._trips = 0
        self._link = Link(self._pool)
        self._waiting: list[tuple[Sequence[Command], asyncio.Future[list[Any]]]] = []
        self._sender: asyncio.Task[None] | None = None
        self._away = False

    async def execute(self, *command: Argument) -> Any:
        """One command, each argument by itself: `execute("CONFIG", "GET", "appendonly")`; raises ResponseError."""
        return (await self.execute_many([command]))[0]

    async def execute_many(self, commands: Sequence[Command]) -> list[Any]:
        """Several commands in one round trip, in order; raises the first refusal after all have run."""
        return [sound(reply) for reply in await self.ask(commands)]

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """As `execute_many`, with refusals among the answers."""
        if not commands:
            return []
        answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await answer

    @property
    def trips(self) -> int:
        """Round trips until now."""
        return self._trips

    def shard(self, key: str) -> int:
        """Keys of one shard can be in one command: all of them, where there is one server."""
        return 0

    async def servers(self) -> list[Redis]:
        """Each server by itself."""
        return [self]

    async def ping(self) -> None:
        """Returns when Redis answers."""
        await self.execute("PING")

    def script(self, source: str) -> Script:
        """A script that can be called; nothing is sent yet."""
        return Script(self, source)

    def link(self, key: str = "") -> Link:
        """A connection of one's own, for reads that block on this key and others of its shard."""
        return Link(self._pool)

    async def close(self) -> None:
        """Gives up what is on its way and closes."""
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender
        await self._link.drop()

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._deliver(batch)
            except BaseException as error:
                for _, answer in batch + self._waiting:
                    if not answer.done():
                        answer.set_exception(
                            Unavailable("Redis") if isinstance(error, asyncio.CancelledError) else error
                        )
                self._waiting = []
                if isinstance(error, asyncio.CancelledError):
                    raise

    async def _deliver(self, batch: Sequence[tuple[Sequence[Command], asyncio.Future[list[Any]]]]) -> None:
        packed = b"".join(pack(command) for commands, _ in batch for command in commands)
        replies = iter(await self._insist(packed, sum(len(commands) for commands, _ in batch)))
        for commands, answer in batch:
            mine = [next(replies) for _ in commands]
            if not answer.done():
                answer.set_result(mine)

    async def _insist(self, packed: bytes, answers: int) -> list[Any]:
        pauses = iter(() if self._away else _PAUSES)
        while True:
            try:
                replies = await self._link.trip(packed, answers, _PATIENCE_SECONDS)
            except _AWAY as error:
                pause = None if isinstance(error, TimeoutError) else next(pauses, None)
                if pause is None:
                    self._away = True
                    _LOG.warning("Redis: %s", str(error) or type(error).__name__)
                    raise Unavailable("Redis") from error
                await asyncio.sleep(pause)
            else:
                self._away = False
                self._trips += 1
                return replies


class Script:
    """A Lua script, known to Redis by its hash; loaded again whenever Redis has forgotten it."""

    def __init__(self, redis: Redis, source: str) -> None:
        self._redis = redis
        self._source = source
        self._sha = sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str] = (), args: Sequence[Argument] = ()) -> Any:
        """Runs it: one round trip, two when Redis did not know it. Raises ResponseError when the script fails."""
        try:
            return await self._redis.execute("EVALSHA", self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.execute("EVAL", self._source, len(keys), *keys, *args)


def sound(reply: Any) -> Any:
    """The answer, or its refusal raised: Unavailable when Redis cannot write now."""
    if not isinstance(reply, Exception):
        return reply
    if isinstance(reply, _REFUSES_WRITES) or str(reply).startswith(_REFUSAL_CODES):
        _LOG.error("Redis refuses to write: %s", reply)
        raise Unavailable("Redis") from reply
    raise reply


async def weaknesses(redis: Redis) -> list[str]:
    """What makes this Redis lose acknowledged carts, one sentence each; none for a sound one."""
    found = [sentence for server in await redis.servers() for sentence in await _weaknesses(server)]
    return list(dict.fromkeys(found))


async def _weaknesses(redis: Redis) -> list[str]:
    found: list[str] = []
    facts = dict(line.split(":", 1) for line in (await redis.execute("INFO", "server")).splitlines() if ":" in line)
    version = facts.get("valkey_version") or facts.get("redis_version", "0.0")
    if tuple(int(part) for part in version.split(".")[:2]) < (7, 0):
        found.append(f"Redis is {version}; Cogwerk needs 7.0 or newer.")
    for name, wanted, harm in _DURABLE:
        try:
            answer = await redis.execute("CONFIG", "GET", name)
        except ResponseError:
            found.append(f"Redis does not say its {name} (CONFIG is forbidden); it should be {wanted}.")
            continue
        value = answer[1] if answer else "unknown"
        if value != wanted:
            found.append(f"Redis has {name} {value} and should have {wanted}: {harm}.")
    return found


_DURABLE = (
    ("appendonly", "yes", "a restart loses carts that were acknowledged"),
    ("appendfsync", "always", "a crash loses up to two seconds of acknowledged carts"),
    ("maxmemory-policy", "noeviction", "carts are dropped when memory is short"),
)
