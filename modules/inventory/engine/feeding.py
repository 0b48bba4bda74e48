"""From messages to a figure: any order of arrival and any doubling end in the same state (F-1, F-2, F-4, F-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from modules.inventory.model.feeds import MOST_PARKED, Applied, FeedMode, FeedState, Message
from modules.kernel.quantity import Quantity

OwnMoves = Callable[[int], int]
"""What we ourselves moved after a moment, in millionths: shipments and transfers the figure cannot contain yet."""


def feed(
    state: FeedState,
    on_hand: Quantity,
    messages: Iterable[Message],
    parked: Sequence[Message],
    moved_since: OwnMoves,
    now_us: int,
) -> Applied:
    """What the messages of one key come to, with those that were parked before.

    Only what has a higher number than the last one is applied; the rest was known (F-1). A delta that misses one
    before it waits (F-2). An absolute figure of any higher number closes all gaps below it; what we moved after its
    moment is added, so that a late count never takes back a newer sale.
    """
    fresh = {message.seq: message for message in parked}
    given = list(messages)
    ignored = 0
    for message in given:
        if message.seq <= state.last_seq or message.seq in fresh:
            ignored += 1
        else:
            fresh[message.seq] = message
    figure, last, as_of, applied = int(on_hand), state.last_seq, state.as_of_us, 0
    orders: set[str] = set()
    waiting = _from_last_absolute(sorted(fresh.values(), key=lambda each: each.seq))
    rest: list[Message] = []
    for message in waiting:
        if message.mode is FeedMode.ABSOLUTE:
            figure = message.quantity + moved_since(message.as_of_us)
        elif message.seq == last + 1 and not rest:
            figure += message.quantity
        else:
            rest.append(message)
            continue
        last, as_of, applied = message.seq, max(as_of, message.as_of_us), applied + 1
        orders.update(message.orders)
    overtaken = len(fresh) - len(waiting)
    kept = tuple(rest[:MOST_PARKED])
    gap = None if not kept else state.gap_since_us if state.gap_since_us is not None else now_us
    changed = Quantity(figure) if applied else None
    after = state._replace(last_seq=last, as_of_us=as_of, gap_since_us=gap)
    return Applied(after, changed, kept, applied, ignored + overtaken, frozenset(orders))


def _from_last_absolute(messages: Sequence[Message]) -> Sequence[Message]:
    """What counts: the newest absolute figure and all after it. What came before is in it."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].mode is FeedMode.ABSOLUTE:
            return messages[index:]
    return messages
