"""What may be done with a promotion in which state, and how its state reads at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from modules.kernel.errors import Refused
from modules.kernel.outcome import Path
from modules.pricing.model.promotions import Promotion, PromotionState

DRAFT, ACTIVE, PAUSED, ENDED = (
    PromotionState.DRAFT,
    PromotionState.ACTIVE,
    PromotionState.PAUSED,
    PromotionState.ENDED,
)


class Step(StrEnum):
    """What an author does with a promotion."""

    EDIT = "edit"
    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


STEPS: Final[Mapping[Step, Mapping[PromotionState, PromotionState]]] = {
    Step.EDIT: {DRAFT: DRAFT, ACTIVE: ACTIVE, PAUSED: PAUSED},
    Step.ACTIVATE: {DRAFT: ACTIVE, ACTIVE: ACTIVE},
    Step.PAUSE: {ACTIVE: PAUSED, PAUSED: PAUSED},
    Step.RESUME: {PAUSED: ACTIVE, ACTIVE: ACTIVE},
    Step.END: {DRAFT: ENDED, ACTIVE: ENDED, PAUSED: ENDED, ENDED: ENDED},
}
"""From which state each step leads where; one that leads back to the same state changes nothing, so that a command may
be repeated. What has ended stays so: another promotion is another id."""


class PromotionStateConflict(Refused):
    """The step is not open to a promotion in this state; `allowed` are those that are."""

    code = "PROMOTION_STATE_CONFLICT"

    def __init__(self, promotion: Promotion, step: Step, path: Path) -> None:
        self.promotion = str(promotion.id)
        self.state = promotion.state.value
        self.allowed = tuple(step.value for step in STEPS if promotion.state in STEPS[step])
        super().__init__(f"{promotion.id!r} is {promotion.state}: it cannot be {_DONE[step]}.", path)


class UnknownPromotion(Refused):
    """There is no promotion of this id."""

    code = "UNKNOWN_PROMOTION"

    def __init__(self, promotion: str, path: Path) -> None:
        self.promotion = promotion
        super().__init__(f"There is no promotion {promotion[:100]!r}.", path)


_DONE: Final = {
    Step.EDIT: "changed",
    Step.ACTIVATE: "activated",
    Step.PAUSE: "paused",
    Step.RESUME: "resumed",
    Step.END: "ended",
}


def after(promotion: Promotion, step: Step, path: Path) -> PromotionState:
    """The state to which the step leads; raises PromotionStateConflict."""
    state = STEPS[step].get(promotion.state)
    if state is None:
        raise PromotionStateConflict(promotion, step, path)
    return state


def state_at(promotion: Promotion, at_us: int) -> PromotionState:
    """How its state reads: an active promotion is SCHEDULED before its window and ENDED behind it."""
    if promotion.state is not ACTIVE:
        return promotion.state
    if promotion.valid_until_us is not None and promotion.valid_until_us <= at_us:
        return ENDED
    begun = promotion.valid_from_us is None or promotion.valid_from_us <= at_us
    return ACTIVE if begun else PromotionState.SCHEDULED


def is_told(promotion: Promotion, at_us: int) -> bool:
    """Whether everybody may know of it: public, active and within its window."""
    return promotion.public and state_at(promotion, at_us) is ACTIVE
