"""Seeing inside: what an operation does in which module, and what its trips to the stores take.

Where the settings ask for it, services and stores are wrapped when the process opens; else nothing of this is there,
and nothing is paid for it. `recording`: what is noted of an operation. `wrapping`: services and stores that note it.
`executions`: where operations begin and end. `spans`: the same for an OpenTelemetry collector.
"""

from gateway.tracing.executions import TracedExecutions
from gateway.tracing.spans import Tracing, open_tracing
from gateway.tracing.wrapping import traced_services, watch_stores

__all__ = ["TracedExecutions", "Tracing", "open_tracing", "traced_services", "watch_stores"]
