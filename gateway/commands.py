"""What each command of the command line does. Every one answers an exit code."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.routing import BaseRoute

from gateway.app import create_app
from gateway.background import running
from gateway.contract import check_operations
from gateway.demo import fill_with_demo
from gateway.edge import Edge
from gateway.edge.execution import Executions
from gateway.edge.observing import Observer
from gateway.edge.usage import Usage
from gateway.health import health_routes
from gateway.importing import import_files, require_home
from gateway.logs import configure_logs
from gateway.mail.pages import Answer, mail_routes
from gateway.metrics import Metrics, Readings
from gateway.migrations.branches import examine
from gateway.parts import export_schema, make_graph, require_modules
from gateway.process import REDIS, Process, make_directory, open_process, open_trade
from gateway.remote import internal_routes, open_elsewhere
from gateway.server import BACKLOG, Ahead, Departure, bind, serve as serve_socket
from gateway.settings import Settings
from gateway.tracing import TracedExecutions, Tracing, open_tracing
from gateway.vault import TOKEN_FILE
from gateway.workers import Employed, Overseer, own_command
from modules.kernel.errors import Unavailable
from modules.runtime.cluster import redis_at
from modules.runtime.database import opened
from modules.runtime.embedded import EmbeddedServer, suitable_program
from modules.runtime.redis import weaknesses
from modules.runtime.usage import UsageLog


async def serve(settings: Settings, options: argparse.Namespace) -> int:
    """Serves until it is told to stop; a socket that cannot be had is said before anything is started."""
    configure_logs(settings.log_level)
    if options.worker:
        employed = Employed(options.worker)
        return await _serve(settings, employed.listener, employed.report, Departure(), employed.is_ahead)
    listener = bind(settings.host, settings.port)
    host = socket.gethostname() if settings.host in ("0.0.0.0", "::") else settings.host
    address = f"{host}:{listener.getsockname()[1]}"
    if settings.workers > 1:
        return await _oversee(settings, listener, lambda: _announce(settings, address))
    departure = Departure(settings.drain_seconds)
    return await _serve(settings, listener, lambda: _announce(settings, address), departure)


async def _oversee(settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> int:
    make_directory(settings.data)
    listener.listen(BACKLOG)
    async with AsyncExitStack() as stack:
        environ = dict(os.environ)
        if not settings.redis_url:
            environ["REDIS_URL"] = await stack.enter_async_context(EmbeddedServer(settings.data / REDIS))
        overseer = Overseer(own_command(), listener, settings.workers, environ, settings.drain_seconds)
        return await overseer.run(announce)


async def _serve(
    settings: Settings,
    listener: socket.socket,
    announce: Callable[[], None],
    departure: Departure,
    ahead: Ahead | None = None,
) -> int:
    async with traced_as(settings) as tracing, open_process(settings, tracing) as process:
        if settings.development and not settings.empty and not settings.modules:
            await fill_with_demo(process.trade, settings.data)
        metrics = Metrics(settings.slow_ms / 1_000)
        usage = Usage(UsageLog(process.database).add)
        edge = edge_of(process, metrics, usage)
        shown = metrics.routes(readings(process, edge), settings.metrics_token) if settings.metrics_token else []
        beside = [*health(process, departure), *shown, *mail_routes(mail_acts(process)), *internal(process)]
        app = create_app(settings, [*edge.routes, *beside])
        async with running(loop=metrics.watch_loop, usage=usage.run):
            await serve_socket(app, listener, edge.close, announce, departure, ahead)
        with contextlib.suppress(Unavailable):
            await usage.flush()
    return 0


def edge_of(process: Process, observer: Observer | None = None, usage: Usage | None = None) -> Edge:
    """The process's graph, to be mounted."""
    make = partial(TracedExecutions, process.tracing) if process.tracing else Executions
    return Edge(process.schema, process.context, process.settings, observer=observer, usage=usage, executions=make)


@asynccontextmanager
async def traced_as(settings: Settings) -> AsyncIterator[Tracing | None]:
    """Tracing, where it is wanted; what waits is handed in at the end."""
    tracing = open_tracing(settings)
    try:
        yield tracing
    finally:
        if tracing:
            await asyncio.to_thread(tracing.close)


def readings(process: Process, edge: Edge) -> Readings:
    """What metrics show of the stores and the edge."""
    return Readings(
        totals={
            "sql_statements": ("Statements sent to the database.", lambda: process.database.statements),
            "redis_trips": ("Round trips to Redis.", lambda: process.redis.trips),
        },
        gauges={
            "sockets": ("Open WebSockets.", lambda: edge.sockets),
            "subscriptions": ("Running subscriptions.", lambda: edge.subscriptions),
        },
        awaited={"outbox_lag_seconds": ("Age of the oldest event not yet published.", lambda: process.relay.lag())},
    )


def internal(process: Process) -> Sequence[BaseRoute]:
    """Where modules of other processes ask those of this one; none where all modules are here."""
    apart = process.settings.parts or process.settings.modules
    return internal_routes(process.ports, process.trade.market, process.context) if apart and process.ports else ()


def mail_acts(process: Process) -> Mapping[str, Answer]:
    """What links in mails do."""
    mailing = process.wishlists.mailing
    return {"confirm": mailing.confirm, "stop": mailing.stop}


def health(process: Process, departure: Departure) -> Sequence[BaseRoute]:
    """Health of the database, of Redis and of the relay between them."""

    async def database() -> str:
        await process.database.read("SELECT 1")
        return process.database.dialect

    async def relay() -> dict[str, float]:
        return {"lag_seconds": round(await process.relay.lag(), 3)}

    needed = {"database": database, "redis": process.redis.ping, "relay": relay}
    return health_routes(needed, process.weaknesses, lambda: departure.told)


def _announce(settings: Settings, address: str) -> None:
    whole = "{ products(first: 3) { edges { node { sku title price { gross { amount currency } } } } } }"
    query = "{ __typename }" if settings.parts else whole
    page = f"\n  Query page      http://{address}/" if settings.introspection else ""
    token = "as COGWERK_OPERATOR_TOKEN says" if settings.operator_token else _short(settings.data / TOKEN_FILE)
    print(
        f"""
Cogwerk is ready ({settings.mode}).
{page}
  GraphQL         http://{address}/graphql      and ws://{address}/graphql
  Health          http://{address}/health/ready
  Operator token  {token}

Try:
  curl -s http://{address}/graphql -H 'content-type: application/json' \\
    -d '{{"query": "{query}"}}'

Stop with Ctrl-C.
""",
        flush=True,
    )


async def schema(settings: Settings, options: argparse.Namespace) -> int:
    """Prints the graph, or one module's subgraph of it."""
    print(export_schema(options.only or ()), end="")
    return 0


async def migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Upgrades the database, or writes a module's next revision."""
    from gateway.migrations import upgrade  # brings SQLAlchemy along, which no other command needs

    make_directory(settings.data)
    if options.revise:
        await upgrade.revise(settings.database, options.revise, options.message)
        return 0
    applied = await upgrade.migrate(settings.database)
    print(f"applied: {', '.join(applied)}" if applied else "the database is current")
    return 0


async def load(settings: Settings, options: argparse.Namespace) -> int:
    """Reads files into the shop; beside a running gateway, whose relay picks up the events."""
    require_home(options.mapping, settings.modules)
    async with open_trade(settings) as (_, trade):
        report = await import_files(trade, options.mapping, options.directory, options.refused or settings.data)
    print(report)
    return 1 if report.refused else 0


async def check(settings: Settings, options: argparse.Namespace) -> int:
    """Examines what a start would need, one line each; or, of operations, whom the schema would break. Changes
    nothing."""
    if options.operations or options.schema or options.against or options.field:
        return await check_operations(settings, options)
    failures = 0
    examinations: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "schema": _check_schema,
        "database": _check_database,
        "redis": _check_redis,
        **{f"module {name}": partial(_check_module, name) for name in settings.modules},
    }
    for name, examination in examinations.items():
        try:
            print(f"ok      {name}: {await examination(settings)}")
        except Exception as error:  # whatever it is, the next system is examined as well
            failures += 1
            print(f"FAILED  {name}: {error}")
    return 1 if failures else 0


async def _check_schema(settings: Settings) -> str:
    return f"{len(make_graph(settings.parts).parts)} modules"


async def _check_database(settings: Settings) -> str:
    if not settings.database_url and not (settings.data / "cogwerk.db").exists():
        return f"none yet; a start makes it in {_short(settings.data)}"
    async with opened(settings.database) as database:
        (await examine(database)).require_current()
    return "current"


async def _check_redis(settings: Settings) -> str:
    if not settings.redis_url:
        return f"embedded, {await asyncio.to_thread(suitable_program, settings.data / REDIS)}"
    redis = redis_at(settings.redis_url)
    try:
        weak = await weaknesses(redis)
    finally:
        await redis.close()
    return "; ".join(weak) or "durable"


async def _check_module(name: str, settings: Settings) -> str:
    require_modules([name], "COGWERK_MODULES")
    url = settings.modules[name]
    async with open_elsewhere({name: url}, settings.modules_token, settings.modules_ms / 1000) as elsewhere:
        await elsewhere.links[name].greet()
    return f"answers at {url}"


def _short(path: Path) -> str:
    """The path as a person at this prompt would type it."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
