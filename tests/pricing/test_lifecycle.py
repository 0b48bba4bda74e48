"""What may be done with a promotion in which state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.pricing.engine.lifecycle import PromotionStateConflict, Step, UnknownPromotion, after, is_told, state_at
from modules.pricing.model.promotions import PromotionState
from tests.pricing.promotion_documents import read

DRAFT, SCHEDULED, ACTIVE, PAUSED, ENDED = PromotionState

TABLE = {
    DRAFT: {"edit": DRAFT, "activate": ACTIVE, "end": ENDED},
    ACTIVE: {"edit": ACTIVE, "activate": ACTIVE, "pause": PAUSED, "resume": ACTIVE, "end": ENDED},
    PAUSED: {"edit": PAUSED, "pause": PAUSED, "resume": ACTIVE, "end": ENDED},
    ENDED: {"end": ENDED},
}


@pytest.mark.parametrize("state", TABLE)
@pytest.mark.parametrize("step", Step)
def test_each_step_leads_where_the_table_says_or_is_refused(state: PromotionState, step: Step) -> None:
    promotion = replace(read(), state=state)
    if (wanted := TABLE[state].get(step.value)) is not None:
        assert after(promotion, step, ("input", "ids", 0)) is wanted
        return
    with pytest.raises(PromotionStateConflict) as refused:
        after(promotion, step, ("input", "ids", 0))
    problem = refused.value
    assert (problem.promotion, problem.state, problem.path) == ("spring", state.value, ("input", "ids", "0"))
    assert set(problem.allowed) == set(TABLE[state])


@pytest.mark.parametrize(
    ("state", "since_us", "until_us", "reads"),
    [
        (DRAFT, None, None, DRAFT),
        (PAUSED, None, 5, PAUSED),
        (ENDED, None, None, ENDED),
        (ACTIVE, None, None, ACTIVE),
        (ACTIVE, 10, None, ACTIVE),
        (ACTIVE, 11, None, SCHEDULED),
        (ACTIVE, None, 10, ENDED),
        (ACTIVE, None, 11, ACTIVE),
    ],
)
def test_an_active_promotion_reads_by_its_window(
    state: PromotionState, since_us: int | None, until_us: int | None, reads: PromotionState
) -> None:
    """G-5: half open."""
    promotion = replace(read(), state=state, valid_from_us=since_us, valid_until_us=until_us)
    assert state_at(promotion, 10) is reads
    assert is_told(promotion, 10) is (reads is ACTIVE)
    assert not is_told(replace(promotion, public=False), 10)


def test_of_a_long_unknown_id_only_the_beginning_is_repeated() -> None:
    problem = UnknownPromotion("x" * 500, ("input", "ids", 0))
    assert len(problem.message) < 150
