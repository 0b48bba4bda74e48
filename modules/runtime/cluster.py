"""Redis or Valkey Cluster: the same calls, each sent to the node that has its key.

What is asked within one turn of the loop goes in one round trip to each node. Commands on keys of one slot keep their
order; among slots there is none. Slots that move, and replicas that take over, are learnt from the nodes' refusals.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, ResponseError, TryAgainError

from modules.kernel.errors import Unavailable
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.redis import Argument, Command, Link, Redis, sound

_LOG = logging.getLogger(__name__)
_PAUSES: Final = (0.0, 0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Before each try: a slot that moves is found at once, one whose replica is taking over within a second or so."""
_LEARN_SECONDS: Final = 1.0
_ELSEWHERE = (MovedError, AskError, TryAgainError, ClusterDownError)

Address = tuple[str, int]


def redis_at(url: str) -> Redis:
    """What the URL names: a cluster where it names several nodes, `redis://a:6379,b:6379`. Raises Misconfigured."""
    return Cluster(url) if "," in url else Redis(url)


class Cluster(Redis):
    """As Redis, with several servers. Raises Unavailable for what one of them has while it has no master."""

    def __init__(self, url: str) -> None:
        self._prefix, self._seeds, self._suffix = _parts(url)
        self._nodes: dict[Address, Redis] = {}
        self._owners: list[Address] = []
        """By slot; empty while nothing is known."""
        self._stale = True
        self._learning = asyncio.Lock()
        for seed in self._seeds:
            self._node(seed)

    @property
    def trips(self) -> int:
        """Round trips to all nodes."""
        return sum(node.trips for node in self._nodes.values())

    def shard(self, key: str) -> int:
        """The key's slot: only keys of one can be in one command."""
        return key_slot(key.encode())

    async def servers(self) -> list[Redis]:
        """The masters."""
        await self._learn()
        return [self._node(address) for address in dict.fromkeys(self._owners)]

    async def ping(self) -> None:
        """Returns when every master answers, and all slots have one."""
        for server in await self.servers():
            await server.ping()
        (state,) = [line for line in (await self.execute("CLUSTER", "INFO")).splitlines() if "cluster_state" in line]
        if state != "cluster_state:ok":
            raise Unavailable("Redis")

    async def execute_many(self, commands: Sequence[Command]) -> list[Any]:
        """Several commands, a round trip to each node; in order as far as they are about one slot."""
        return [sound(reply) for reply in await self.ask(commands)]

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The answers, refusals among them."""
        answers: list[Any] = [None] * len(commands)
        left, failed = list(range(len(commands))), set[Address]()
        for pause in _PAUSES:
            if pause:
                await asyncio.sleep(pause)
            await self._learn()
            left = await self._ask(commands, left, answers, failed)
            if not left:
                return answers
            self._stale = True
        for place in left:
            if isinstance(answers[place], _ELSEWHERE):
                _LOG.warning("Redis: %s", answers[place])
                raise Unavailable("Redis") from answers[place]
        return answers

    def link(self, key: str = "") -> Link:
        """A connection of one's own to whoever has the key."""
        return _LinkToOwner(self, key)

    async def close(self) -> None:
        """Gives up what is on its way and closes."""
        for node in self._nodes.values():
            await node.close()

    async def owner(self, key: str) -> Redis:
        """The node that has the key now."""
        await self._learn()
        return self._node(self._owners[self.shard(key)])

    def suspect(self) -> None:
        """Somebody has met another order than the one that is known; it is learnt anew before the next call."""
        self._stale = True

    async def _ask(
        self, commands: Sequence[Command], places: Sequence[int], answers: list[Any], failed: set[Address]
    ) -> list[int]:
        """Asks each owner for its share and puts the answers in place; those that are to be asked elsewhere.

        A node that does not answer is asked once more if it still is the owner when the order is learnt anew.
        """
        shares: dict[Address, list[int]] = {}
        for place in places:
            shares.setdefault(self._owner_of(commands[place]), []).append(place)
        if failed & shares.keys():
            raise Unavailable("Redis")
        work = [self._share(address, commands, mine, answers) for address, mine in shares.items()]
        found = [await work[0]] if len(work) == 1 else await asyncio.gather(*work)
        failed.update(address for address, ok in zip(shares, found, strict=True) if not ok)
        unanswered = [place for address in failed for place in shares.get(address, ())]
        elsewhere = [place for place in places if isinstance(answers[place], _ELSEWHERE)]
        return sorted({*unanswered, *elsewhere})

    async def _share(
        self, address: Address, commands: Sequence[Command], places: Sequence[int], answers: list[Any]
    ) -> bool:
        """Whether the node answered."""
        try:
            replies = await self._node(address).ask([commands[place] for place in places])
        except Unavailable:
            return False
        for place, reply in zip(places, replies, strict=True):
            answers[place] = reply
            if isinstance(reply, AskError) and not isinstance(reply, MovedError):
                # The slot is on its way, and this key has gone ahead.
                with suppress(Unavailable):
                    _, answers[place] = await self._node(reply.node_addr).ask([("ASKING",), commands[place]])
        return True

    def _owner_of(self, command: Command) -> Address:
        key = _key_of(command)
        return self._owners[0 if key is None else self.shard(key)]

    def _node(self, address: Address) -> Redis:
        if address not in self._nodes:
            host, port = address
            self._nodes[address] = Redis(f"{self._prefix}{f'[{host}]' if ':' in host else host}:{port}{self._suffix}")
        return self._nodes[address]

    async def _learn(self) -> None:
        """Asks around who has which slots, if that is not known; raises Unavailable where nobody says."""
        if not self._stale:
            return
        async with self._learning:
            for address in list(self._nodes) if self._stale else ():
                with suppress(Unavailable, ResponseError):
                    async with self._nodes[address].link() as link:
                        (told,) = await link.execute_many([("CLUSTER", "SLOTS")], _LEARN_SECONDS)
                    if owners := _owners(told, address[0]):
                        self._owners, self._stale = owners, False
                        return
            if self._stale:
                raise Unavailable("Redis")


class _LinkToOwner(Link):
    """A connection to whoever has a key, anew when that is another."""

    def __init__(self, cluster: Cluster, key: str) -> None:
        self._cluster = cluster
        self._key = key
        self._owner: Redis | None = None
        self._link: Link | None = None

    async def execute_many(self, commands: Sequence[Command], patience: float) -> list[Any]:
        """As on any link; raises Unavailable as well when the key has moved."""
        try:
            owner = await self._cluster.owner(self._key)
            if self._link is None or owner is not self._owner:
                await self.drop()
                self._owner, self._link = owner, owner.link()
            return await self._link.execute_many(commands, patience)
        except _ELSEWHERE as error:
            self._cluster.suspect()
            raise Unavailable("Redis") from error
        except Unavailable:
            self._cluster.suspect()
            raise

    async def drop(self) -> None:
        """Closes; the next call connects again."""
        if self._link is not None:
            await self._link.drop()


def _parts(url: str) -> tuple[str, list[Address], str]:
    """What stands before a node, the nodes, and what stands behind one. Raises Misconfigured."""
    scheme, _, rest = url.partition("://")
    place, question, query = rest.partition("?")
    place, _, number = place.partition("/")
    login, at, names = place.rpartition("@")
    if scheme not in ("redis", "rediss") or number not in ("", "0"):
        raise Misconfigured("REDIS_URL", "names several nodes: by redis:// or rediss://, and of database 0.")
    try:
        nodes = [_address(name) for name in names.split(",")]
    except ValueError as error:
        raise Misconfigured("REDIS_URL", f"names nodes of a cluster, redis://a:6379,b:6379: {error}.") from error
    return f"{scheme}://{login}{at}", nodes, f"{question}{query}"


def _address(text: str) -> Address:
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, "6379"
    host = host.removeprefix("[").removesuffix("]")
    if not host:
        raise ValueError("a host is missing")
    return host, int(port)


def _key_of(command: Command) -> str | None:
    """The command's first key, by which its slot is known; None where it has none."""
    name = str(command[0])
    if name in _KEYLESS or len(command) < 2:
        return None
    if name in ("EVAL", "EVALSHA"):
        return _text(command[3]) if int(command[2]) else None
    if name == "XREAD":
        return _text(command[command.index("STREAMS") + 1])
    return _text(command[2 if name == "XINFO" else 1])


_KEYLESS: Final = frozenset(("CLUSTER", "CONFIG", "ECHO", "INFO", "PING", "SCRIPT", "TIME", "ACL"))


def _text(key: Argument) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)


def _owners(told: Sequence[Any], asked: str) -> list[Address]:
    """By slot; empty where some have nobody."""
    owners: list[Address | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
    for first, last, (host, port, *_), *_ in told:
        # A node that does not know how it is reached names no host: it is the one that was asked.
        owners[first : last + 1] = [(host or asked, port)] * (last + 1 - first)
    whole = [owner for owner in owners if owner is not None]
    return whole if len(whole) == REDIS_CLUSTER_HASH_SLOTS else []
