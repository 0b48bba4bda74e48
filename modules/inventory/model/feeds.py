"""What systems of record tell about stock, and what is known of their telling (F-1 to F-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity

GAP_SECONDS: Final = 30
"""How long a gap is waited for before an absolute figure is asked for (F-2)."""
MOST_PARKED: Final = 1_000
"""Deltas of one key that wait for a gap; beyond it only an absolute figure helps."""


class FeedMode(StrEnum):
    """Whether a figure is what lies there, or what came and went."""

    ABSOLUTE = "absolute"
    DELTA = "delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageInput:
    """A message as handed in, unchecked: quantities and `seq` are decimal strings; any figure may be negative.

    `orders` are those that the figure contains already (F-4).
    """

    sku: str
    source: str
    mode: FeedMode
    quantity: str
    seq: str
    as_of: datetime
    orders: Sequence[str] = ()


class Message(NamedTuple):
    """A checked message of one system."""

    sku: Sku
    source: SourceId
    mode: FeedMode
    quantity: Quantity
    seq: int
    as_of_us: int
    orders: tuple[str, ...] = ()


class FeedState(NamedTuple):
    """What is known of a system's telling about a sku at a source. Rows of a snapshot count like any other."""

    sku: Sku
    source: SourceId
    last_seq: int = -1
    as_of_us: int = 0
    """Of the newest figure applied."""
    gap_since_us: int | None = None
    """Since when deltas wait for one that is missing; availability is stale from then on (F-2)."""
    snapshot: str = ""
    """The last snapshot that named it."""


class Applied(NamedTuple):
    """What a key's messages come to: the new state, the on-hand figure (None: as it was), deltas that wait now, how
    many were applied and how many ignored, and orders that the figure contains."""

    state: FeedState
    on_hand: Quantity | None
    parked: tuple[Message, ...]
    applied: int
    ignored: int
    orders: frozenset[str]
