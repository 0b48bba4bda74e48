"""Rates: how much a sender may ask in a while, in points.

An operation costs one point, and another for each FIELDS_A_POINT fields its answer may have. Points come back evenly
(the generic cell rate algorithm): a sender who rested has a whole burst, one who does not has the rate. Strangers are
counted by the network they ask from, IPv6 ones by their /64; known principals by who they are, wherever they ask from.
Each process counts for itself.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.edge.errors import Rejected, request_error
from gateway.settings import Rate
from modules.kernel.viewer import ANONYMOUS, Viewer

FIELDS_A_POINT: Final = 200
_KEPT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What a sender has left, after an operation."""

    rate: Rate
    remaining: int
    whole_in: int
    """Seconds until the burst is whole."""

    def headers(self) -> dict[str, str]:
        """As the IETF's draft of RateLimit fields has them."""
        return {
            "ratelimit-policy": f'"points";q={self.rate.burst};w={math.ceil(self.rate.burst / self.rate.per_second)}',
            "ratelimit": f'"points";r={self.remaining};t={self.whole_in}',
        }


class Rates:
    """The senders of one process. Who is not asked about for long is forgotten first, at 100,000 of them."""

    def __init__(self, stranger: Rate | None, known: Rate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stranger = stranger
        self._known = known
        self._clock = clock
        self._empty_until: OrderedDict[str, float] = OrderedDict()
        """By sender when its burst will be whole."""

    def take(self, viewer: Viewer, points: int) -> Standing | None:
        """Takes points off; None where nothing is counted. Raises Rejected, RATE_LIMITED with Retry-After.

        An operation dearer than the whole burst is served to a sender that rested, and emptied for longer.
        """
        rate = self._stranger if viewer.principal is ANONYMOUS else self._known
        if rate is None:
            return None
        sender, now = _sender(viewer), self._clock()
        whole_at = max(self._empty_until.get(sender, now), now)
        room = rate.burst - (whole_at - now) * rate.per_second
        if room < min(points, rate.burst):
            raise _too_much(rate, room, min(points, rate.burst))
        whole_at += points / rate.per_second
        self._remember(sender, whole_at)
        return Standing(rate, max(0, math.floor(room - points)), math.ceil(whole_at - now))

    def _remember(self, sender: str, whole_at: float) -> None:
        self._empty_until[sender] = whole_at
        self._empty_until.move_to_end(sender)
        if len(self._empty_until) > _KEPT:
            self._empty_until.popitem(last=False)


def points_of(fields: int) -> int:
    """What an answer of so many fields costs beside the one point that every operation does."""
    return fields // FIELDS_A_POINT


def _sender(viewer: Viewer) -> str:
    if viewer.principal is not ANONYMOUS:
        return viewer.principal.id
    if ":" not in viewer.address:
        return viewer.address
    return str(ipaddress.ip_network((viewer.address.partition("%")[0], 64), strict=False))


def _too_much(rate: Rate, room: float, points: int) -> Rejected:
    wait = max(1, math.ceil((points - room) / rate.per_second))
    standing = Standing(rate, max(0, math.floor(room)), math.ceil((rate.burst - room) / rate.per_second))
    message = f"Too much was asked in a short time; again in {wait} seconds."
    error = request_error(message, "RATE_LIMITED", 429)
    error.headers = {"retry-after": str(wait), **standing.headers()}
    error.errors[0]["extensions"]["retryAfter"] = wait
    return error
