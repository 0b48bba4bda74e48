"""What can be had of levels: in one source (I-1), over sources (I-2), and how a channel may show it (I-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from modules.inventory.model.levels import Level
from modules.inventory.model.sources import Buffer, Setup, Source, most_specific
from modules.kernel.moments import from_us, to_us
from modules.kernel.money import MICROS
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.place import Channel
from modules.kernel.quantity import ZERO, Quantity
from modules.kernel.stock import Availability, AvailabilityState, SourceAvailability

_moment = lru_cache(maxsize=10_000)(from_us)
"""Counts arrive by the thousand at one moment, which need not be made a datetime each time it is shown."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where and when availability is asked for: the sources in order, the present, and the promise date `at`.

    A promise date after the present counts what arrives until then. One before it is a moment of the past: only levels
    that have not changed since then are known, and `now` is that moment.
    """

    channel: ChannelId
    sources: tuple[Source, ...]
    few_left: int
    now: datetime
    at: datetime
    is_past: bool

    @classmethod
    def of(cls, channel: Channel, sources: tuple[Source, ...], now: datetime, at: datetime | None = None) -> Question:
        """What is asked in a channel about some of its sources; `at` is now unless given."""
        moment = at or now
        return cls(channel.id, sources, channel.few_left, min(now, moment), moment, moment < now)

    def knows(self, level: Level) -> bool:
        """Whether the level was so at the moment that is asked about."""
        return not self.is_past or level.as_of_us <= to_us(self.at)


def on_shelf(level: Level, buffer: Buffer | None) -> int:
    """What can leave at once: on hand less what is set aside, safety stock and buffer. May be negative (I-1)."""
    return (
        level.on_hand
        - level.held
        - level.committed
        - level.safety_stock
        - (buffer.withheld(level.on_hand) if buffer else 0)
    )


def arriving(level: Level, after: datetime, until: datetime) -> int:
    """What is expected in this time. What was due before and is not counted yet is no promise any more."""
    return sum(item.quantity for item in level.incoming if after < item.at <= until)


def available(level: Level, shelf: int, now: datetime, at: datetime) -> int | None:
    """I-1: what can be promised for `at` from a source with this `on_shelf`. May be negative; None: without limit."""
    if not level.track:
        return None
    return shelf + level.backorder_limit + (arriving(level, now, at) if level.incoming else 0)


def next_arrival(level: Level, shelf: int, now: datetime) -> datetime | None:
    """When goods on their way first make the shelf positive."""
    ready = shelf
    for item in level.incoming:
        if item.at > now:
            ready += item.quantity
            if ready > 0:
                return item.at
    return None


def availability(sku: Sku, levels: Mapping[SourceId, Level], setup: Setup, question: Question) -> Availability:
    """I-2: the sources' answers, each clipped at 0, and their sum; how it may be shown (I-3); when it can leave."""
    buffers = setup.buffers.get(question.channel)
    held: list[tuple[Level, int]] = []
    answers: list[SourceAvailability] = []
    for source in question.sources:
        level = levels.get(source.id)
        if level is not None and question.knows(level):
            shelf = on_shelf(level, most_specific(buffers, sku, source.id) if buffers else None)
            held.append((level, shelf))
            answers.append(_answer(source, level, available(level, shelf, question.now, question.at)))
    total = _sum(answers)
    state, earliest = _shown(held, total, question)
    return Availability(sku, state, total, earliest, tuple(answers))


def _answer(source: Source, level: Level, amount: int | None) -> SourceAvailability:
    return SourceAvailability(
        source.id,
        None if amount is None else Quantity(amount) if amount > 0 else ZERO,
        level.on_hand,
        level.safety_stock,
        level.incoming,
        source.can_ship,
        source.can_pick_up,
        _moment(level.as_of_us),
    )


def _sum(answers: Sequence[SourceAvailability]) -> Quantity | None:
    total = 0
    for answer in answers:
        if answer.available is None:
            return None
        total += answer.available
    return Quantity(total)


def _shown(
    held: Sequence[tuple[Level, int]], total: Quantity | None, question: Question
) -> tuple[AvailabilityState, datetime | None]:
    """I-3, and the earliest moment at which goods can leave."""
    if not held:
        return AvailabilityState.UNKNOWN, None
    if any(shelf > 0 or not level.track for level, shelf in held):
        few = total is not None and total <= question.few_left * MICROS
        return AvailabilityState.FEW_LEFT if few else AvailabilityState.IN_STOCK, question.now
    arrivals = [moment for level, shelf in held if (moment := next_arrival(level, shelf, question.now))]
    earliest = min(arrivals, default=None)
    if any(shelf + level.backorder_limit > 0 for level, shelf in held):
        return AvailabilityState.BACK_ORDER, earliest
    return (AvailabilityState.PRE_ORDER if earliest else AvailabilityState.OUT_OF_STOCK), earliest
