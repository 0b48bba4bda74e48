"""From messages to a figure: any order of arrival and any doubling end in the same state (F-1, F-2, F-4, F-5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modules.inventory.model.feeds import MOST_PARKED, Applied, FeedMode, FeedState, Message
from modules.kernel.quantity import Quantity

OwnMoves = Callable[[int], int]
"""What we ourselves moved after a moment, in millionths: shipments and transfers the figure cannot contain yet."""


def feed(
    state: FeedState,
    on_hand: Quantity,
    messages: Sequence[Message],
    parked: Sequence[Message],
    moved_since: OwnMoves,
    now_us: int,
) -> Applied:
    """What the messages of one key come to, with those that were parked before.

    Only what has a higher number than the last one is applied; the rest was known (F-1). A delta that misses one
    before it waits (F-2). An absolute figure of any higher number closes all gaps below it; what we moved after its
    moment is added, so that a late count never takes back a newer sale.
    """
    if len(messages) == 1 and not parked and (told := _alone(state, messages[0], moved_since)):
        return told
    fresh = {message.seq: message for message in parked}
    ignored = 0
    for message in messages:
        if message.seq <= state.last_seq or message.seq in fresh:
            ignored += 1
        else:
            fresh[message.seq] = message
    waiting = _from_last_absolute(sorted(fresh.values(), key=lambda each: each.seq))
    done, rest = _in_turn(state.last_seq, waiting)
    kept = tuple(rest[:MOST_PARKED])
    after = state._replace(
        last_seq=done[-1].seq if done else state.last_seq,
        as_of_us=max([state.as_of_us, *(message.as_of_us for message in done)]),
        gap_since_us=None if not kept else state.gap_since_us if state.gap_since_us is not None else now_us,
    )
    figure = Quantity(_figure(on_hand, done, moved_since)) if done else None
    orders = frozenset(order for message in done for order in message.orders)
    return Applied(after, figure, kept, len(done), ignored + len(fresh) - len(waiting), orders)


def _alone(state: FeedState, message: Message, moved_since: OwnMoves) -> Applied | None:
    """What nearly every message is: one absolute figure that is news."""
    if message.mode is not FeedMode.ABSOLUTE or message.seq <= state.last_seq:
        return None
    as_of = max(state.as_of_us, message.as_of_us)
    after = FeedState(state.sku, state.source, message.seq, as_of, None, state.snapshot)
    figure = Quantity(message.quantity + moved_since(message.as_of_us))
    return Applied(after, figure, (), 1, 0, frozenset(message.orders))


def _in_turn(last: int, messages: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """Those that count now, and those behind a gap."""
    for index, message in enumerate(messages):
        if message.mode is FeedMode.DELTA and message.seq != last + 1:
            return list(messages[:index]), list(messages[index:])
        last = message.seq
    return list(messages), []


def _figure(on_hand: int, messages: Sequence[Message], moved_since: OwnMoves) -> int:
    for message in messages:
        if message.mode is FeedMode.ABSOLUTE:
            on_hand = message.quantity + moved_since(message.as_of_us)
        else:
            on_hand += message.quantity
    return on_hand


def _from_last_absolute(messages: Sequence[Message]) -> Sequence[Message]:
    """What counts: the newest absolute figure and all after it. What came before is in it."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].mode is FeedMode.ABSOLUTE:
            return messages[index:]
    return messages
