"""A Redis or Valkey Cluster for tests: three masters on ports of this machine, and a replica where one is wanted."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis as Client, RedisError

from modules.runtime.embedded import die_with_parent
from modules.runtime.programs import Program, choose_program
from modules.runtime.redis import Redis
from tests.gateway_process import free_port

_MASTERS = 3
_SLOTS = 16384
_SETTINGS = {
    "bind": "127.0.0.1",
    "cluster-enabled": "yes",
    "cluster-node-timeout": "1500",
    "cluster-replica-validity-factor": "0",
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": "",
}


class ClusterOfTests:
    """Started at once, stopped by `stop`."""

    def __init__(self, directory: Path, program: Program | None = None) -> None:
        self._directory = directory
        self._program = program or choose_program()
        self._children: list[subprocess.Popen[bytes]] = []
        self.nodes: list[Client] = []
        """A client of each node, by the order of their starts."""
        self._ports: list[tuple[int, int]] = []
        try:
            for _ in range(_MASTERS):
                self._launch()
            self._join()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """For `redis_at`."""
        return "redis://" + ",".join(f"127.0.0.1:{port}" for port, _ in self._ports[:_MASTERS])

    def add_replica(self, of: int) -> int:
        """Starts a replica of this node; its number, when it holds all that the node does."""
        master, number = self.nodes[of], len(self.nodes)
        self._launch()
        name = _ask(master, "CLUSTER MYID")
        self._meet(number)
        until(lambda: name in _ask(self.nodes[number], "CLUSTER NODES"))
        until(lambda: self._replicates(number, name))
        until(lambda: "master_link_status:up" in _ask(self.nodes[number], "INFO", "replication"))
        return number

    def fail_over(self, to: int) -> None:
        """Lets a replica take its master's place in good order."""
        _ask(self.nodes[to], "CLUSTER FAILOVER")
        until(lambda: "role:master" in _ask(self.nodes[to], "INFO", "replication"))

    def owner(self, slot: int) -> int:
        """The number of the node that has this slot."""
        (port,) = [told[2][1] for told in _ask(self.nodes[0], "CLUSTER SLOTS") if told[0] <= slot <= told[1]]
        return next(number for number, (own, _) in enumerate(self._ports) if own == port)

    def replicated(self, number: int) -> None:
        """Returns when the node's replica has all that it has."""
        _ask(self.nodes[number], "WAIT", 1, 10_000)

    def move(self, slot: int) -> None:
        """Moves a slot with its keys to the next master, one by one, while others may use them."""
        self.end_move(slot, *self.begin_move(slot))

    def begin_move(self, slot: int) -> tuple[int, int]:
        """The keys go ahead: from which master, and to which one, whose the slot is not yet."""
        here = self.owner(slot)
        there = (here + 1) % _MASTERS
        source, target = self.nodes[here], self.nodes[there]
        _ask(target, "CLUSTER SETSLOT", slot, "IMPORTING", _ask(source, "CLUSTER MYID"))
        _ask(source, "CLUSTER SETSLOT", slot, "MIGRATING", _ask(target, "CLUSTER MYID"))
        while keys := _ask(source, "CLUSTER GETKEYSINSLOT", slot, 1):
            time.sleep(0.05)
            _ask(source, "MIGRATE", "127.0.0.1", self._ports[there][0], keys[0], 0, 5_000)
        return here, there

    def end_move(self, slot: int, here: int, there: int) -> None:
        """The slot follows its keys."""
        name = _ask(self.nodes[there], "CLUSTER MYID")
        for node in (self.nodes[there], self.nodes[here], *self.nodes):
            _ask(node, "CLUSTER SETSLOT", slot, "NODE", name)

    def kill(self, number: int) -> None:
        """kill -9 of a node."""
        self._children[number].kill()
        self._children[number].wait(10)

    def stop(self) -> None:
        """Ends all nodes."""
        for client in self.nodes:
            client.close()
        for child in self._children:
            child.kill()
            child.wait(10)

    def _launch(self) -> None:
        port, bus = free_port(), free_port()
        room = self._directory / str(port)
        room.mkdir(parents=True)
        settings = {**_SETTINGS, "port": str(port), "cluster-port": str(bus), "dir": str(room)}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        with (room / "server.log").open("wb") as log:
            tie = die_with_parent() if sys.platform == "linux" else None
            self._children.append(
                subprocess.Popen([self._program.path, *arguments], stdout=log, stderr=log, preexec_fn=tie)
            )
        self._ports.append((port, bus))
        client = Client(port=port, decode_responses=True)
        client.response_callbacks.clear()
        self.nodes.append(client)
        until(lambda: self.nodes[-1].ping())

    def _join(self) -> None:
        for number, node in enumerate(self.nodes):
            first, behind = number * _SLOTS // _MASTERS, (number + 1) * _SLOTS // _MASTERS
            _ask(node, "CLUSTER SET-CONFIG-EPOCH", number + 1)
            _ask(node, "CLUSTER ADDSLOTSRANGE", first, behind - 1)
        for number in range(1, _MASTERS):
            self._meet(number)
        until(lambda: all(self._whole(node) for node in self.nodes))

    def _meet(self, number: int) -> None:
        port, bus = self._ports[number]
        _ask(self.nodes[0], "CLUSTER MEET", "127.0.0.1", port, bus)

    def _whole(self, node: Client) -> bool:
        owners = _ask(node, "CLUSTER SLOTS")
        return "cluster_state:ok" in _ask(node, "CLUSTER INFO") and len(owners) == _MASTERS

    def _replicates(self, number: int, name: str) -> bool:
        _ask(self.nodes[number], "CLUSTER REPLICATE", name)
        return True


async def flush(redis: Redis) -> None:
    """Empties all servers of it."""
    for server in await redis.servers():
        await server.execute("FLUSHDB")


async def names(redis: Redis, pattern: str = "*") -> list[str]:
    """All keys that fit, of all servers of it."""
    return [name for server in await redis.servers() for name in await server.execute("KEYS", pattern)]


def _ask(node: Client, *words: str | int) -> Any:
    return node.execute_command(*words)  # type: ignore[no-untyped-call]


def until(holds: Callable[[], object], patience: float = 30.0) -> None:
    """Returns when it holds; a server that does not answer yet is asked again. Raises AssertionError."""
    end = time.monotonic() + patience
    while True:
        with suppress(RedisError):
            if holds():
                return
        assert time.monotonic() < end
        time.sleep(0.05)
