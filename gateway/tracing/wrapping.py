"""Services and stores that note what they do for an operation."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from inspect import iscoroutinefunction
from time import perf_counter_ns
from typing import Any, Final

from gateway.tracing.recording import Store, recording
from gateway.tracing.spans import Tracing
from modules.runtime.database import Database
from modules.runtime.redis import Redis

_DEEPEST: Final = 30
"""Frames between a trip and the module that makes it."""
_NOT_OURS: Final = frozenset({"runtime", "kernel"})
_OF_SESSIONS: Final = ("read", "read_each", "run", "commit_with")
"""Steps of a transaction that go to the store; `run_many` may wait for the next of them."""

Call = Callable[..., Awaitable[Any]]


def traced_services(tracing: Tracing, services: Mapping[type, object]) -> dict[type, object]:
    """The same services, of which every call that is awaited is noted."""
    return {kind: _Traced(tracing, service) for kind, service in services.items()}


def watch_stores(tracing: Tracing, database: Database, redis: Redis) -> None:
    """From now on all trips of these are noted."""
    driver: Any = database.driver
    setattr(driver, "read", _trip(tracing, Store.SQL, driver.read))  # noqa: B010 - a method is replaced on purpose
    setattr(driver, "session", _sessions(tracing, driver.session))  # noqa: B010
    setattr(redis, "execute_many", _trip(tracing, Store.REDIS, redis.execute_many))  # noqa: B010


class _Traced:
    """Stands for a service."""

    def __init__(self, tracing: Tracing, service: object) -> None:
        self._tracing = tracing
        self._service = service
        self._module = type(service).__module__.split(".")[1]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if iscoroutinefunction(found):
            found = self._traced(name, found)
            setattr(self, name, found)  # found at once the next time
        return found

    def _traced(self, name: str, call: Call) -> Call:
        module, span = self._module, self._tracing.span
        title = f"{module}.{name}"

        async def traced(*args: Any, **kwargs: Any) -> Any:
            noted = recording()
            if noted is None:
                return await call(*args, **kwargs)
            begun = perf_counter_ns()
            try:
                with span(title, {"cogwerk.module": module}):
                    return await call(*args, **kwargs)
            finally:
                noted.called(module, perf_counter_ns() - begun)

        return traced


class _Session:
    """Stands for a driver's session."""

    def __init__(self, tracing: Tracing, session: Any) -> None:
        self._session = session
        for name in _OF_SESSIONS:
            setattr(self, name, _trip(tracing, Store.SQL, getattr(session, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def _sessions(tracing: Tracing, open_session: Callable[[], Any]) -> Callable[[], Any]:
    @asynccontextmanager
    async def sessions() -> AsyncIterator[_Session]:
        async with open_session() as session:
            yield _Session(tracing, session)

    return sessions


def _trip(tracing: Tracing, store: Store, call: Call) -> Call:
    async def trip(*args: Any, **kwargs: Any) -> Any:
        noted = recording()
        if noted is None:
            return await call(*args, **kwargs)
        module, begun = _module(), perf_counter_ns()
        try:
            with tracing.span(str(store), {"cogwerk.module": module, "db.system.name": str(store)}):
                return await call(*args, **kwargs)
        finally:
            noted.tripped(module, store, perf_counter_ns() - begun)

    return trip


def _module() -> str:
    """Whose store makes this trip: the nearest caller in a module."""
    frame: Any = sys._getframe(2)
    for _ in range(_DEEPEST):
        if frame is None:
            break
        root, _, rest = frame.f_globals.get("__name__", "").partition(".")
        name = rest.partition(".")[0]
        if root == "modules" and name not in _NOT_OURS:
            return str(name)
        frame = frame.f_back
    return "gateway"
