"""Four processes that are one shop: each serves some modules, has a database of its own and asks the others."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.demo import fill_with_demo
from gateway.parts import PARTS, export_schema
from gateway.process import open_trade, operator
from gateway.settings import Settings
from modules.kernel.viewer import Permission
from tests.gateway_process import GatewayProcess, free_port

APART: Final = {
    "catalog": ("catalog", "market", "customers", "access", "configurator"),
    "pricing": ("pricing",),
    "inventory": ("inventory",),
    "cart": ("cart", "wishlists"),
}
"""The processes in the order in which they start, and the modules of each."""


@dataclass
class Subgraphs:
    """The processes by name; not running before `start`."""

    processes: Mapping[str, GatewayProcess]
    operator_token: str

    @property
    def urls(self) -> dict[str, str]:
        """Where routers ask."""
        return {name: f"{process.url}/graphql" for name, process in self.processes.items()}

    @property
    def schemas(self) -> dict[str, str]:
        """What a router composes."""
        return {name: export_schema(APART[name]) for name in self.processes}

    def start(self) -> None:
        """The first alone, as all others read markets and customers there."""
        for process in self.processes.values():
            process.start()

    def stop(self) -> None:
        """Ends all that run."""
        for process in self.processes.values():
            process.stop()


def four_subgraphs(template: bytes, redis_url: str, home: Path) -> Subgraphs:
    """The demo shop in four databases, each with the rows of its own modules alone."""
    whole = home / "whole"
    whole.mkdir()
    (whole / "cogwerk.db").write_bytes(template)
    key = asyncio.run(_found(whole))
    token = uuid.uuid4().hex * 2
    ports = {name: free_port() for name in APART}
    shared = {
        "REDIS_URL": redis_url,
        "COGWERK_SECRET": uuid.uuid4().hex * 2,
        "COGWERK_OPERATOR_TOKEN": token,
        "COGWERK_MODULES_TOKEN": key,
        "COGWERK_MODULES_MS": "20000",  # for a machine that is busy
    }
    processes = {}
    for name, port in ports.items():
        _take_own(whole, home / name, APART[name])
        environ = {**shared, "COGWERK_MODULES": _elsewhere(name, ports)}
        processes[name] = GatewayProcess(home / name, *_only(name), environ=environ, port=port)
    return Subgraphs(processes, token)


async def _found(data: Path) -> str:
    """Fills the shop; the key with which its processes ask one another."""
    async with open_trade(Settings(data=data)) as (_, trade):
        await fill_with_demo(trade, data)
        while await trade.pricing.history.tell_due():
            pass
        made = await trade.access.create_api_key(operator(), "modules", [Permission.INTERNAL])
    assert made.key
    return made.key


def _only(name: str) -> list[str]:
    return [word for module in APART[name] for word in ("--only", module)]


def _elsewhere(name: str, ports: Mapping[str, int]) -> str:
    others = [(module, ports[other]) for other in ports if other != name for module in APART[other]]
    return ",".join(f"{module}=http://127.0.0.1:{port}" for module, port in others)


def _take_own(whole: Path, data: Path, modules: tuple[str, ...]) -> None:
    """The database without the rows of other modules: what is known of them was asked for."""
    data.mkdir()
    shutil.copy(whole / "cogwerk.db", data / "cogwerk.db")
    with sqlite3.connect(data / "cogwerk.db") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        foreign = [name for name in tables if name.partition("_")[0] in set(PARTS) - set(modules)]
        for name in (*foreign, "runtime_outbox"):
            database.execute(f"DELETE FROM {name}")
    database.close()
