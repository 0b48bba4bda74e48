"""What can be had of levels: in one source (I-1), over sources (I-2), and how a channel may show it (I-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from modules.inventory.model.levels import NOTHING_KNOWN, Known, Level
from modules.inventory.model.sources import Buffer, Setup, Source, most_specific
from modules.kernel.moments import from_us, to_us
from modules.kernel.money import MICROS
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.place import Channel
from modules.kernel.policies import OnHandFalls
from modules.kernel.quantity import Quantity
from modules.kernel.stock import Availability, AvailabilityState, SourceAvailability

_moment = lru_cache(maxsize=10_000)(from_us)
"""Counts arrive by the thousand at one moment, which need not be made a datetime each time it is shown."""


class Spot(NamedTuple):
    """A source as it is asked at one moment. `spare` is what is left untouched there while it is stale (F-6)."""

    id: SourceId
    can_ship: bool
    can_pick_up: bool
    is_stale: bool
    spare: int

    @classmethod
    def of(cls, source: Source, known: Known, now: datetime) -> Spot:
        """The source at a moment: a stale one leaves pick-up, and goes on selling down to its stale buffer."""
        stale = is_stale(source, known, to_us(now))
        return cls(source.id, source.can_ship, source.can_pick_up, stale, source.stale_buffer_micros)


def is_stale(source: Source, known: Known, now_us: int) -> bool:
    """F-6: whether nobody has told of the source for longer than its figures hold."""
    if source.fresh_seconds is None:
        return False
    return known.heard.get(source.id, 0) + source.fresh_seconds * MICROS <= now_us


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
    known: Known
    spots: tuple[Spot, ...]
    fallen: bool
    """Whether what is committed has left on hand already, as the channel's market says (choice 20)."""

    @classmethod
    def of(
        cls,
        channel: Channel,
        sources: tuple[Source, ...],
        now: datetime,
        at: datetime | None = None,
        known: Known = NOTHING_KNOWN,
    ) -> Question:
        """What is asked in a channel about some of its sources; `at` is now unless given."""
        moment = at or now
        spots = tuple(Spot.of(source, known, now) for source in sources)
        few, present = channel.few_left, min(now, moment)
        fallen = channel.market.policies.stock.on_hand_falls is OnHandFalls.COMMITTED
        return cls(channel.id, sources, few, present, moment, moment < now, known, spots, fallen)

    def misses(self, level: Level) -> bool:
        """Whether the level has changed since the moment of the past that is asked about."""
        return self.is_past and level.as_of_us > to_us(self.at)


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


def ready(answer: SourceAvailability, quantity: int, now: datetime) -> datetime | None:
    """From when on so much can leave from there; None: that is not known, as nobody has said when goods come."""
    left = answer.on_hand - answer.held - answer.committed - answer.safety_stock - answer.buffer
    if answer.available is None or left >= quantity:
        return now
    for item in answer.incoming:
        if item.at > now:
            left += item.quantity
            if left >= quantity:
                return item.at
    return None


def availability(sku: Sku, levels: Mapping[SourceId, Level], setup: Setup, question: Question) -> Availability:
    """I-2: the sources' answers, each clipped at 0, and their sum; how it may be shown (I-3); when it can leave."""
    buffers = setup.buffers.get(question.channel)
    answers: list[SourceAvailability] = []
    for spot in question.spots:
        source = spot[0]
        level = levels.get(source)
        if level is not None and not (question.is_past and question.misses(level)):
            buffer = most_specific(buffers, sku, source) if buffers else None
            answers.append(_answer(spot, level, buffer, question))
    total = _sum(answers)
    state, earliest = _shown(answers, total, levels, question)
    return Availability(sku, state, total, earliest, tuple(answers))


_new = tuple.__new__
"""HAZARD: fields in their order. Five thousand of them are made for a page, by this in a third of the time."""


def _answer(spot: Spot, level: Level, buffer: Buffer | None, question: Question) -> SourceAvailability:
    sku, source, on_hand, safety, track, beyond, incoming, _, as_of, held, committed = level
    _, can_ship, can_pick_up, stale, spare = spot
    known, now = question.known, question.now
    untouched = buffer.withheld(on_hand) if buffer else 0
    stale = stale or (bool(known.gaps) and (sku, source) in known.gaps)
    if stale:
        untouched += spare
        can_pick_up = False
    if question.fallen:
        on_hand, committed = on_hand - committed, 0  # type: ignore[assignment]
    if known.own:
        held -= known.own.get((sku, source), 0)  # type: ignore[assignment]
    shelf = on_hand - held - committed - safety - untouched
    amount: int | None = shelf + beyond
    earliest: datetime | None = now
    if incoming:
        amount = shelf + beyond + arriving(level, now, question.at)
    if not track:
        amount = None
    elif shelf <= 0:
        earliest = next_arrival(level, shelf, now) if incoming else None
    if amount is not None and amount < 0:
        amount = 0
    first = source, amount, on_hand, safety, incoming, can_ship, can_pick_up
    return _new(SourceAvailability, (*first, _moment(as_of), held, committed, untouched, stale, earliest))


def _sum(answers: Sequence[SourceAvailability]) -> Quantity | None:
    total = 0
    for answer in answers:
        if answer.available is None:
            return None
        total += answer.available
    return Quantity(total)


def _shown(
    answers: Sequence[SourceAvailability],
    total: Quantity | None,
    levels: Mapping[SourceId, Level],
    question: Question,
) -> tuple[AvailabilityState, datetime | None]:
    """I-3, and the earliest moment at which goods can leave."""
    if not answers:
        return AvailabilityState.UNKNOWN, None
    now = question.now
    for answer in answers:
        if answer.earliest is now:
            few = total is not None and total <= question.few_left * MICROS
            return AvailabilityState.FEW_LEFT if few else AvailabilityState.IN_STOCK, now
    earliest = min((answer.earliest for answer in answers if answer.earliest), default=None)
    if any(_beyond(answer, levels[answer.source]) > 0 for answer in answers):
        return AvailabilityState.BACK_ORDER, earliest
    return (AvailabilityState.PRE_ORDER if earliest else AvailabilityState.OUT_OF_STOCK), earliest


def _beyond(answer: SourceAvailability, level: Level) -> int:
    taken = answer.held + answer.committed + answer.safety_stock + answer.buffer
    return answer.on_hand - taken + level.backorder_limit
