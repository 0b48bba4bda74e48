"""Spans for an OpenTelemetry collector, where the settings name one; else for nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from gateway.settings import Settings, SettingsError

Span = Callable[[str, Mapping[str, str]], AbstractContextManager[Any]]
Operation = Callable[[str, Mapping[str, str], Mapping[str, str]], AbstractContextManager[Any]]


def _no_span(name: str, attributes: Mapping[str, str]) -> AbstractContextManager[Any]:
    return nullcontext()


def _no_operation(name: str, attributes: Mapping[str, str], headers: Mapping[str, str]) -> AbstractContextManager[Any]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Tracing:
    """`span(name, attributes)` inside an operation; `operation(name, attributes, headers)` begins one, as part of the
    trace that the headers name (W3C `traceparent`)."""

    span: Span = _no_span
    operation: Operation = _no_operation
    timings: bool = False
    """Whether answers may carry what was noted."""
    close: Callable[[], None] = lambda: None
    """Hands in what waits; blocks for some seconds at most."""


def open_tracing(settings: Settings) -> Tracing | None:
    """As the settings want it; None where they want nothing. Raises SettingsError without the packages it needs."""
    if not settings.traces:
        return Tracing(timings=True) if settings.timings else None
    try:
        # Half a second of imports that most gateways do without.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        wanted = "off, as long as the packages of the extra are missing: pip install 'cogwerk[telemetry]'"
        raise SettingsError("COGWERK_TRACES", settings.traces, wanted) from None
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces))
    return spans_to(processor, settings.trace_share, timings=settings.timings)


def spans_to(processor: Any, share: int = 100, *, timings: bool = False) -> Tracing:
    """Tracing whose spans go to this OpenTelemetry processor: of so many percent of the operations, told by the
    trace's id and not by what a stranger's header wants."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    # A provider of our own, not the process's: no environment variable of its library changes what is sent.
    provider = TracerProvider(
        sampler=TraceIdRatioBased(share / 100),
        resource=Resource({"service.name": "cogwerk"}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(processor)
    tracer: Any = provider.get_tracer("cogwerk")
    propagator = TraceContextTextMapPropagator()

    def span(name: str, attributes: Mapping[str, str]) -> AbstractContextManager[Any]:
        begun: AbstractContextManager[Any] = tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False
        )
        return begun

    def operation(name: str, attributes: Mapping[str, str], headers: Mapping[str, str]) -> AbstractContextManager[Any]:
        parent = propagator.extract(headers)
        begun: AbstractContextManager[Any] = tracer.start_as_current_span(
            name, context=parent, kind=SpanKind.SERVER, attributes=attributes, record_exception=False
        )
        return begun

    return Tracing(span, operation, timings, provider.shutdown)
