"""What a revision may become, and which one holds on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from modules.configurator.model.errors import BadTransition, DateOverlap, NoRevision
from modules.configurator.model.revisions import Check, Revision, Status, check_for, effective, release
from modules.kernel.names import Sku

DOOR = Sku("DOOR")
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
TENTATIVE, TEST, RELEASED, OBSOLETE = Status
ALLOWED = {
    (TENTATIVE, TEST): Check.STRUCTURE,
    (TENTATIVE, RELEASED): Check.FULL,
    (TENTATIVE, OBSOLETE): Check.NONE,
    (TEST, TENTATIVE): Check.NONE,
    (TEST, RELEASED): Check.FULL,
    (TEST, OBSOLETE): Check.NONE,
    (RELEASED, OBSOLETE): Check.NONE,
}


def a_revision(number: int = 1, status: Status = TENTATIVE, begin: date = MAY, end: date | None = None) -> Revision:
    return Revision(part=DOOR, number=number, status=status, phase_in=begin, phase_out=end)


@pytest.mark.parametrize(("begin", "end"), list(product(Status, Status)))
def test_each_of_the_16_transitions_is_checked_as_the_table_says(begin: Status, end: Status) -> None:
    revision = a_revision(status=begin)
    if (begin, end) in ALLOWED:
        assert check_for(revision, end) is ALLOWED[begin, end]
        return
    with pytest.raises(BadTransition) as refusal:
        check_for(revision, end)
    assert refusal.value.code == "E_BAD_TRANSITION"
    assert set(refusal.value.allowed) == {to for origin, to in ALLOWED if origin is begin}


def test_a_revision_holds_from_its_phase_in_until_before_its_phase_out() -> None:
    first, second = a_revision(1, RELEASED, MAY, JUNE), a_revision(2, RELEASED, JUNE)
    assert effective(DOOR, [first, second], date(2026, 5, 31)) is first
    assert effective(DOOR, [first, second], JUNE) is second


@pytest.mark.parametrize("status", [TENTATIVE, TEST, OBSOLETE])
def test_only_a_released_revision_holds(status: Status) -> None:
    with pytest.raises(NoRevision) as refusal:
        effective(DOOR, [a_revision(1, status)], JUNE)
    assert refusal.value.code == "E_NO_REVISION"


def test_releasing_beside_an_open_ended_predecessor_needs_the_callers_word() -> None:
    old, new = a_revision(1, RELEASED, MAY), a_revision(2, TEST, JUNE)
    with pytest.raises(DateOverlap) as refusal:
        release(new, [old, new])
    assert (refusal.value.code, refusal.value.other) == ("E_DATE_OVERLAP", 1)
    assert release(new, [old, new], close_predecessor=True) == [
        replace(new, status=RELEASED),
        replace(old, phase_out=JUNE),
    ]


def test_a_predecessor_with_an_end_of_its_own_is_never_shortened() -> None:
    with pytest.raises(DateOverlap):
        release(a_revision(2, TEST, JUNE), [a_revision(1, RELEASED, MAY, JULY)], close_predecessor=True)


def test_a_revision_that_begins_when_another_ends_overlaps_nothing() -> None:
    assert len(release(a_revision(2, TEST, JUNE), [a_revision(1, RELEASED, MAY, JUNE)])) == 1
