"""Metrics: what an operator sees of a running process, in Prometheus' form; and slow operations, in the log.

An operation is called by the name its document gives it. Names come from strangers, so the first 200 have series of
their own and all others are `other`. Nothing else of a request is a label, and nothing of it is logged.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_NAMES: Final = 200
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LOOK: Final = 0.5
"""Seconds between looks at the event loop."""
_log: Final = logging.getLogger(__name__)

Reading = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Readings:
    """What is read when somebody asks: totals that only grow, gauges, and gauges that must be waited for; by name."""

    totals: Mapping[str, tuple[str, Reading]]
    gauges: Mapping[str, tuple[str, Reading]]
    awaited: Mapping[str, tuple[str, Callable[[], Awaitable[float]]]]


class Metrics:
    """Of one process; an edge's observer."""

    def __init__(self, slow_seconds: float) -> None:
        self._slow = slow_seconds
        self._names: set[str] = set()
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._seconds = Histogram(
            "cogwerk_operation_seconds",
            "From a request's arrival to its answer.",
            ("kind", "operation", "outcome"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._event_seconds = Histogram(
            "cogwerk_event_seconds",
            "To work out what a subscription is told of one event.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._refused = Counter(
            "cogwerk_refused", "Requests rejected before anything ran.", ("code",), registry=self.registry
        )
        self._late = Gauge(
            "cogwerk_loop_late_seconds",
            "The longest wait for the event loop since it was asked last.",
            registry=self.registry,
        )
        self._longest = 0.0

    def answered(self, kind: str, name: str, seconds: float, errors: bool) -> None:
        """See `Observer`."""
        self._seconds.labels(kind, self._label(name), "errors" if errors else "ok").observe(seconds)
        if seconds >= self._slow:
            _log.warning("slow operation", extra={"operation": name[:100], "kind": kind, "seconds": round(seconds, 3)})

    def told(self, name: str, seconds: float) -> None:
        """See `Observer`."""
        self._event_seconds.labels(self._label(name)).observe(seconds)

    def refused(self, code: str) -> None:
        """See `Observer`."""
        self._refused.labels(code).inc()

    def _label(self, name: str) -> str:
        if name in self._names or not name:
            return name
        if len(self._names) >= _NAMES:
            return "other"
        self._names.add(name)
        return name

    async def watch_loop(self) -> None:
        """Looks how late the event loop is, until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK
            await asyncio.sleep(_LOOK)
            self._longest = max(self._longest, loop.time() - due)

    def routes(self, readings: Readings, token: str) -> list[Route]:
        """`/metrics`, for whoever bears the token."""
        self.registry.register(_Totals(readings.totals))
        for name, (text, read) in readings.gauges.items():
            Gauge(f"cogwerk_{name}", text, registry=self.registry).set_function(read)
        awaited = {
            Gauge(f"cogwerk_{name}", text, registry=self.registry): read
            for name, (text, read) in readings.awaited.items()
        }

        async def show(request: Request) -> Response:
            sent = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
            if not hmac.compare_digest(sent.encode(), token.encode()):
                return PlainTextResponse("A valid token is needed.", 401, {"WWW-Authenticate": "Bearer"})
            for gauge, read in awaited.items():
                await _set(gauge, read)
            self._late.set(self._longest)
            self._longest = 0.0
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return [Route("/metrics", show)]


class _Totals(Collector):
    """Counters that are read where they are counted: one of the library's own would have to be told."""

    def __init__(self, totals: Mapping[str, tuple[str, Reading]]) -> None:
        self._totals = totals

    def describe(self) -> Iterator[Metric]:
        """Their names, without a look at the numbers."""
        return (CounterMetricFamily(f"cogwerk_{name}", text) for name, (text, _) in self._totals.items())

    def collect(self) -> Iterator[Metric]:
        """The totals of this moment."""
        for name, (text, read) in self._totals.items():
            yield CounterMetricFamily(f"cogwerk_{name}", text, value=read())


async def _set(gauge: Gauge, read: Callable[[], Awaitable[float]]) -> None:
    try:
        async with asyncio.timeout(2):
            gauge.set(await read())
    except Exception:
        gauge.set(float("nan"))
