"""Click and collect: goods that wait in a store for who fetches them, and what may become of them (4.4).

REQUESTED -> CONFIRMED -> PICKING -> READY -> COLLECTED -> RETURNED; PICKING -> SHORT -> READY or CANCELLED;
READY -> NOT_COLLECTED; whatever is not collected yet -> CANCELLED. Nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from modules.inventory.events import PickupChanged
from modules.kernel.errors import Refused
from modules.kernel.feed import ChangeKind
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.quantity import Quantity

MOST_TRIES: Final = 5
"""Wrong codes after which a pick-up is locked until it gets a new one."""
DAY_US: Final = 24 * 3_600_000_000


class PickupState(StrEnum):
    """Where it stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    PICKING = "picking"
    SHORT = "short"
    READY = "ready"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    NOT_COLLECTED = "not_collected"
    RETURNED = "returned"


class Step(StrEnum):
    """What somebody does with a pick-up."""

    CONFIRM = "confirm"
    PICK = "pick"
    FINISH = "finish"
    SETTLE = "settle"
    COLLECT = "collect"
    EXTEND = "extend"
    CANCEL = "cancel"
    LAPSE = "lapse"
    RETURN = "return"
    CODE = "code"


_OPEN: Final = (PickupState.CONFIRMED, PickupState.PICKING, PickupState.SHORT, PickupState.READY)
STEPS: Final[Mapping[Step, tuple[PickupState, ...]]] = {
    Step.CONFIRM: (PickupState.REQUESTED,),
    Step.PICK: (PickupState.CONFIRMED,),
    Step.FINISH: (PickupState.PICKING,),
    Step.SETTLE: (PickupState.SHORT,),
    Step.COLLECT: (PickupState.READY,),
    Step.EXTEND: (PickupState.READY,),
    Step.CANCEL: (PickupState.REQUESTED, *_OPEN),
    Step.LAPSE: (PickupState.READY,),
    Step.RETURN: (PickupState.COLLECTED,),
    Step.CODE: _OPEN,
}
"""The states in which each step is allowed."""
STORE_STEPS: Final = (Step.CONFIRM, Step.PICK, Step.FINISH, Step.COLLECT)
"""What happens in the store only."""
ENDED: Final = (PickupState.COLLECTED, PickupState.CANCELLED, PickupState.NOT_COLLECTED, PickupState.RETURNED)


class Settlement(StrEnum):
    """What becomes of a pick-up of which the store has found less: the rest comes from elsewhere, or not at all."""

    PARTIAL = "partial"
    RE_SOURCE = "re_source"


class PickupLine(NamedTuple):
    """So much of a sku; `picked` is what lies ready."""

    line: str
    sku: Sku
    quantity: Quantity
    picked: Quantity = Quantity(0)

    def state(self) -> dict[str, str | int]:
        """The line in JSON values."""
        return {
            "line": self.line,
            "sku": self.sku,
            "quantity_micros": self.quantity,
            "picked_micros": self.picked,
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> PickupLine:
        """The line of its JSON values."""
        return cls(
            state["line"], Sku(state["sku"]), Quantity(state["quantity_micros"]), Quantity(state["picked_micros"])
        )


class Pickup(NamedTuple):
    """Goods of one order in one store. `hold` sets them aside there; `resourced` what comes from elsewhere."""

    id: str
    store: SourceId
    channel: ChannelId
    order: str
    owner: str
    state: PickupState
    lines: tuple[PickupLine, ...]
    hold: str = ""
    resourced: str = ""
    code_hash: str = ""
    """Of the code that counts; empty: there is none yet."""
    tries: int = 0
    """Wrong codes since it was made."""
    deadline_us: int | None = None
    """From then on nobody gets them any more, whether or not anybody has noted it."""
    extended: bool = False
    created_us: int = 0
    version: int = 1

    @classmethod
    def of(cls, event: PickupChanged) -> Pickup:
        """The pick-up that an event tells of; nothing of its code."""
        return cls(
            event.id,
            SourceId(event.store),
            ChannelId(event.channel),
            event.order,
            event.owner,
            PickupState(event.state),
            tuple(PickupLine.of(line) for line in event.lines),
            event.hold,
            event.resourced,
            deadline_us=event.deadline_us,
            extended=event.extended,
            created_us=event.created_us,
            version=event.version,
        )

    def state_of(self) -> dict[str, Any]:
        """The pick-up in JSON values, without its code and its version."""
        return {
            "id": self.id,
            "store": self.store,
            "channel": self.channel,
            "order": self.order,
            "owner": self.owner,
            "state": self.state.value,
            "hold": self.hold,
            "resourced": self.resourced,
            "lines": tuple(line.state() for line in self.lines),
            "deadline_us": self.deadline_us,
            "extended": self.extended,
            "created_us": self.created_us,
        }

    def event(self) -> PickupChanged:
        """The pick-up as others are told of it."""
        return PickupChanged(version=self.version, **self.state_of())

    def reservation(self, place: int) -> str:
        """The id of the reservation of the line at this place: a store gives each line by one."""
        return f"{self.hold}.{place + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupLineInput:
    """So much of a sku as handed in, unchecked; the quantity is a decimal string."""

    line: str
    sku: str
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupInput:
    """A wish as handed in, unchecked. `order` is what the shop calls it, `owner` the cart or session it counts for."""

    idempotency_key: str
    store: str
    order: str
    lines: Sequence[PickupLineInput]
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInput:
    """How much of a line was found, unchecked."""

    line: str
    quantity: str


@dataclass(frozen=True, slots=True)
class PickupDone:
    """The pick-up as it is now, why nothing was done, and the code, for whoever asked for one."""

    pickup: Pickup | None = None
    problems: tuple[Refused, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class PickupNews:
    """What a follower of a store's pick-ups is told: all open ones, or those that changed."""

    kind: ChangeKind
    cursor: str
    items: tuple[Pickup, ...]


class UnknownPickup(Refused):
    """No pick-up has this id."""

    code = "UNKNOWN_PICKUP"

    def __init__(self, id: str, path: Sequence[str | int] = ("input", "id")) -> None:
        super().__init__(f"There is no pick-up {id[:100]!r}.", path)
        self.pickup = id[:100]


class InvalidPickupTransition(Refused):
    """A pick-up cannot become this from what it is."""

    code = "INVALID_PICKUP_TRANSITION"

    def __init__(self, pickup: Pickup, step: str, path: Sequence[str | int] = ("input", "id")) -> None:
        super().__init__(f"The pick-up {pickup.id!r} is {pickup.state.value}; this step is not for it: {step}.", path)
        self.pickup = pickup.id
        self.state = pickup.state.value


class WrongPickupCode(Refused):
    """The code is not that of the pick-up; `tries_left` 0: it is locked until it gets a new one."""

    code = "WRONG_PICKUP_CODE"

    def __init__(self, tries_left: int, path: Sequence[str | int] = ("input", "code")) -> None:
        super().__init__(f"This code does not open the pick-up; {tries_left} tries are left.", path)
        self.tries_left = tries_left


class PickupOverdue(Refused):
    """The goods were not fetched in time."""

    code = "PICKUP_OVERDUE"

    def __init__(self, id: str, path: Sequence[str | int] = ("input", "id")) -> None:
        super().__init__(f"The goods of {id!r} were not fetched in time.", path)
        self.pickup = id


class PickupExtended(Refused):
    """The deadline was extended before; that is done once."""

    code = "PICKUP_EXTENDED"

    def __init__(self, id: str, path: Sequence[str | int] = ("input", "id")) -> None:
        super().__init__(f"The deadline of {id!r} was extended before; that is done once.", path)
        self.pickup = id
