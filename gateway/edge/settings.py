"""Bounds: every limit and every wait of the edge in one frozen value, given at construction."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.edge.limits import ANONYMOUS_LIMITS, KNOWN_LIMITS, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Times are seconds. The defaults suit a shop behind a proxy."""

    anonymous: Limits = ANONYMOUS_LIMITS
    known: Limits = KNOWN_LIMITS
    body_bytes: int = 2_000_000
    """Of a request's body; 1,000 rows of a command fit well."""
    message_bytes: int = 1_000_000
    """Of one WebSocket message from the client."""
    body_time: float = 10.0
    """For the whole body to arrive. Slow headers are the server's to cut."""
    request_time: float = 30.0
    """For the answer of one query or mutation."""
    gzip_bytes: int = 4_096
    """Answers from this size on are packed when the client asks for it."""
    init_time: float = 10.0
    """For `connection_init` after the handshake."""
    ping_every: float = 25.0
    """Between the server's pings on a socket that is silent."""
    pong_time: float = 10.0
    """For any message to arrive after a ping."""
    send_time: float = 20.0
    """For a client to take one message; after it the socket is closed as too slow."""
    operations: int = 100
    """Running at once on one socket."""
    drain_time: float = 5.0
    """For queries and mutations on sockets to finish when the server stops."""
    plans: bool = True
    """Whether plain selections are completed by plan; without it graphql-core completes everything."""
