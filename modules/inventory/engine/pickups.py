"""What becomes of a pick-up step by step, and what that asks of its reservations (4.4)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from modules.inventory.engine.intake import check_quantity
from modules.inventory.model.holding import HoldRules, Purpose
from modules.inventory.model.pickups import (
    DAY_US,
    MOST_TRIES,
    STEPS,
    FoundInput,
    InvalidPickupTransition,
    Pickup,
    PickupExtended,
    PickupLine,
    PickupOverdue,
    PickupState,
    Step,
)
from modules.inventory.model.reservations import Call, CallKey, Commit, Hold, HoldLine, Release, Restock, Ship
from modules.inventory.model.sources import Buffers, Source
from modules.inventory.model.sourcing import Way
from modules.inventory.model.strategies import Strategy
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import check, one_of
from modules.kernel.names import Sku, SourceId
from modules.kernel.outcome import Path
from modules.kernel.quantity import Quantity
from modules.kernel.spelling import plain, spell

CODE_LENGTH: Final = 7
_NO_KEY: Final = CallKey("", "")


def check_step(pickup: Pickup, step: Step, now_us: int) -> None:
    """Raises InvalidPickupTransition for a step its state does not allow, PickupOverdue for one that comes too late."""
    if pickup.state not in STEPS[step]:
        raise InvalidPickupTransition(pickup, step.value)
    late = pickup.deadline_us is not None and pickup.deadline_us <= now_us
    if late and step in (Step.COLLECT, Step.EXTEND):
        raise PickupOverdue(pickup.id)


def held(pickup: Pickup, buffers: Buffers, rules: HoldRules, spare: Quantity) -> tuple[Pickup, list[Call]]:
    """CONFIRMED: the store's goods are set aside until they are fetched, given up or not collected. `spare` is left."""
    lines = [
        HoldLine(line.line, line.sku, (pickup.store,), line.quantity, ("input", "lines", place))
        for place, line in enumerate(pickup.lines)
    ]
    hold = f"pickup-{pickup.id}"
    calls = _bound(pickup, hold, lines, Purpose.PICKUP, buffers, rules, {pickup.store: spare})
    return pickup._replace(state=PickupState.CONFIRMED, hold=hold), calls


def _bound(
    pickup: Pickup,
    hold: str,
    lines: Sequence[HoldLine],
    purpose: Purpose,
    buffers: Buffers,
    rules: HoldRules,
    spare: Mapping[SourceId, Quantity],
    ways: Mapping[SourceId, Way] | None = None,
    strategy: Strategy = Strategy.MIN_SPLIT,
) -> list[Call]:
    call = Hold(
        key=_NO_KEY,
        id=hold,
        lines=tuple(lines),
        purpose=purpose,
        owner=pickup.owner,
        channel=pickup.channel,
        store=pickup.store,
        buffers=buffers,
        rules=rules,
        spare=spare,
        ways=ways or {},
        strategy=strategy,
    )
    return [call, Commit(key=_NO_KEY, hold=hold, order=pickup.order)]


def found(pickup: Pickup, given: Sequence[FoundInput], scales: Mapping[Sku, int]) -> tuple[Pickup, list[Call]]:
    """What was found of each line; of one that is not named, all. Less than wanted makes it SHORT: what is not there is
    set aside no more and leaves on hand, so that nobody else is promised it."""
    picked = _found(pickup, given, scales)
    lines = tuple(line._replace(picked=picked.get(line.line, line.quantity)) for line in pickup.lines)
    calls: list[Call] = [
        Release(key=_NO_KEY, id=pickup.reservation(place), quantity=Quantity(line.quantity - line.picked), lost=True)
        for place, line in enumerate(lines)
        if line.picked < line.quantity
    ]
    return pickup._replace(state=PickupState.SHORT, lines=lines), calls


def _found(pickup: Pickup, given: Sequence[FoundInput], scales: Mapping[Sku, int]) -> dict[str, Quantity]:
    lines = {line.line: line for line in pickup.lines}
    picked: dict[str, Quantity] = {}
    for index, item in enumerate(given):
        path: Path = ("input", "found", index)
        check(item.line in lines, item.line, (*path, "lineId"), one_of(lines))
        check(item.line not in picked, item.line, (*path, "lineId"), "each line once")
        wanted = lines[item.line]
        quantity = check_quantity(item.quantity, scales.get(wanted.sku, 0), (*path, "quantity"))
        check(quantity <= wanted.quantity, item.quantity, (*path, "quantity"), "not more than is wanted")
        picked[item.line] = quantity
    return picked


def laid_ready(pickup: Pickup, store: Source, now_us: int) -> Pickup:
    """READY, for as long as goods wait in this store. Raises InvalidInput when there is nothing to wait for anybody."""
    if not any(line.picked for line in pickup.lines):
        raise InvalidInput("Nothing of it was found.", ("input", "settlement"), "RE_SOURCE, or cancelPickup")
    return pickup._replace(state=PickupState.READY, deadline_us=now_us + store.pickup_days * DAY_US)


def resourced(
    pickup: Pickup, buffers: Buffers, rules: HoldRules, ways: Mapping[SourceId, Way], strategy: Strategy
) -> tuple[Pickup, list[Call]]:
    """What is lacking comes from elsewhere, by the channel's strategy, bound to the same order."""
    others = {source: way for source, way in ways.items() if source != pickup.store}
    lines = [
        HoldLine(line.line, line.sku, tuple(others), Quantity(line.quantity - line.picked), ("input", "id"))
        for line in pickup.lines
        if line.picked < line.quantity
    ]
    hold = f"resourced-{pickup.id}"
    calls = _bound(pickup, hold, lines, Purpose.CUSTOMER, buffers, rules, {}, others, strategy)
    return pickup._replace(resourced=hold), calls


def extended(pickup: Pickup, store: Source) -> Pickup:
    """The deadline once more as long; raises PickupExtended the second time."""
    if pickup.extended or pickup.deadline_us is None:
        raise PickupExtended(pickup.id)
    return pickup._replace(deadline_us=pickup.deadline_us + store.pickup_days * DAY_US, extended=True)


def given_up(pickup: Pickup, state: PickupState) -> tuple[Pickup, list[Call]]:
    """CANCELLED or NOT_COLLECTED: what lies there is for others again. It has not left on hand, so that nothing comes
    back."""
    left = pickup.hold and any(_waits(pickup, line) for line in pickup.lines)
    calls: list[Call] = [Release(key=_NO_KEY, id=pickup.hold)] if left else []
    return pickup._replace(state=state), calls


def handed_over(pickup: Pickup) -> tuple[Pickup, list[Call]]:
    """COLLECTED: the goods have left."""
    calls: list[Call] = [
        Ship(key=_NO_KEY, reservation=pickup.reservation(place), quantity=line.picked, path=("input", "id"))
        for place, line in enumerate(pickup.lines)
        if line.picked
    ]
    return pickup._replace(state=PickupState.COLLECTED), calls


def brought_back(pickup: Pickup) -> tuple[Pickup, list[Call]]:
    """RETURNED: all that was fetched lies in the store again."""
    calls: list[Call] = [
        Restock(key=_NO_KEY, sku=line.sku, source=pickup.store, quantity=line.picked)
        for line in pickup.lines
        if line.picked
    ]
    return pickup._replace(state=PickupState.RETURNED), calls


def code_of(secret: bytes, pickup: str, key: str) -> str:
    """The code that a call with this key makes: the same when it comes again, and nothing anybody can guess."""
    digest = hmac.digest(secret, f"code\x00{pickup}\x00{key}".encode(), "sha256")
    return spell(digest, CODE_LENGTH)


def code_hash(secret: bytes, pickup: str, code: str) -> str:
    """What is kept of a code: who reads the table cannot try codes without the secret."""
    return hmac.new(secret, f"hash\x00{pickup}\x00{plain(code)}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def opens(secret: bytes, pickup: Pickup, code: str) -> bool:
    """Whether the code is that of the pick-up, which may be tried so often only."""
    if not pickup.code_hash or pickup.tries >= MOST_TRIES:
        return False
    return hmac.compare_digest(pickup.code_hash, code_hash(secret, pickup.id, code))


def _waits(pickup: Pickup, line: PickupLine) -> bool:
    """Whether the line still has something set aside: all of it before it is picked, then what was found."""
    picked = pickup.state in (PickupState.SHORT, PickupState.READY)
    return line.picked > 0 if picked else True
