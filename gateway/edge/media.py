"""Media types: in which form a client takes its answer, read from its Accept header."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from gateway.edge.errors import request_error

JSON: Final = "application/json"
RESPONSE: Final = "application/graphql-response+json"
_WILD: Final = frozenset({"*/*", "application/*"})
_MULTIPART: Final = "multipart/mixed"


class StreamForm(StrEnum):
    """How the answers of a subscription follow one another in one response."""

    EVENTS = "text/event-stream"
    """Server-sent events, as GraphQL over SSE has them with a connection for each operation."""
    PARTS = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    """Parts, as Apollo's clients and routers have them."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The media type of a single answer, and the form of a stream; one of them may be missing, not both."""

    single: str | None
    stream: StreamForm | None


@lru_cache(maxsize=256)
def negotiate(accept: str) -> Accepted:
    """What a client takes, for its Accept. Raises Rejected (406) when that is nothing of ours."""
    if not accept.strip():
        return Accepted(JSON, None)
    accepted = Accepted(_single(dict(weights(accept))), _stream(accept.lower()))
    if accepted == Accepted(None, None):
        raise request_error(f"Accept must take {RESPONSE} or {JSON}.", status=406)
    return accepted


def _single(weighed: dict[str, float]) -> str | None:
    wild = max((weight for media, weight in weighed.items() if media in _WILD), default=0.0)
    # A tie goes to the newer type, but only where the client names it: wildcards mean old clients.
    best = max((weighed.get(RESPONSE, 0.0), 1, RESPONSE), (weighed.get(JSON, wild), 0, JSON))
    return best[2] if best[0] > 0 else None


def _stream(accept: str) -> StreamForm | None:
    """Wildcards take no stream, and parts are for those who say which kind: others mean @defer by it."""
    weighed = dict(weights(accept))
    parts = weighed.get(_MULTIPART, 0.0) if "subscriptionspec=1.0" in accept.replace('"', "") else 0.0
    best = max((parts, 1, StreamForm.PARTS), (weighed.get(StreamForm.EVENTS, 0.0), 0, StreamForm.EVENTS))
    return best[2] if best[0] > 0 else None


def weights(accept: str) -> Iterable[tuple[str, float]]:
    """What an Accept header names, in lower case, with its weight; 0 for one that cannot be read."""
    for item in accept.lower().split(","):
        media, *parameters = (part.strip() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        yield media, weight


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether an answer may be packed."""
    return dict(weights(accept_encoding)).get("gzip", 0.0) > 0
