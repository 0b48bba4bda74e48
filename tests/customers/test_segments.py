"""Who is in a segment at a moment: every test, every tree, and what is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.customers.engine import documents
from modules.customers.engine.intake import customer, segment
from modules.customers.engine.segments import attributes, meets, profile
from modules.customers.model import VatIdInput
from modules.kernel.customer import VatId
from modules.kernel.errors import InvalidInput
from modules.kernel.moments import format_moment, to_us
from tests.builders import NOW
from tests.customers.builders import a_customer, a_segment

AT_US = to_us(NOW)
WEEK_AGO = NOW - timedelta(days=7)
BUYER = customer(
    a_customer(
        orders=3,
        is_business=True,
        tier={"text": "gold"},
        points={"number": "12.5"},
        newsletter={"flag": True},
        joined={"moment": format_moment(WEEK_AGO)},
    ),
    (),
    {},
)


def a_test(name: str, attribute: str, **argument: Any) -> dict[str, Any]:
    """The document of one test."""
    return {name: {"attribute": attribute, **argument}}


GOLD = a_test("equals", "tier", value={"text": "gold"})
SILVER = a_test("equals", "tier", value={"text": "silver"})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (GOLD, True),
        (SILVER, False),
        (a_test("equals", "tier", value={"flag": True}), False),
        (a_test("equals", "newsletter", value={"flag": True}), True),
        (a_test("equals", "newsletter", value={"number": "1"}), False),
        (a_test("oneOf", "tier", values=[{"text": "silver"}, {"text": "gold"}]), True),
        (a_test("oneOf", "tier", values=[{"text": "silver"}]), False),
        (a_test("atLeast", "points", number="12.5"), True),
        (a_test("atLeast", "points", number="12.500001"), False),
        (a_test("atMost", "points", number="12.5"), True),
        (a_test("atMost", "points", number="12.499999"), False),
        (a_test("atLeast", "tier", number="0"), False),
        (a_test("atLeast", "orders", number="3"), True),
        (a_test("atLeast", "orders", number="4"), False),
        (a_test("equals", "isBusiness", value={"flag": True}), True),
        (a_test("before", "joined", moment=format_moment(NOW)), True),
        (a_test("before", "joined", moment=format_moment(WEEK_AGO)), False),
        (a_test("after", "joined", moment=format_moment(WEEK_AGO)), True),
        (a_test("after", "joined", moment=format_moment(NOW)), False),
        (a_test("before", "points", moment=format_moment(NOW)), False),
        (a_test("withinDays", "joined", days=8), True),
        (a_test("withinDays", "joined", days=7), False),
        (a_test("withinDays", "tier", days=8), False),
        (a_test("equals", "unknown", value={"text": "x"}), False),
        ({"not": a_test("equals", "unknown", value={"text": "x"})}, True),
        ({"all": [GOLD, a_test("atLeast", "orders", number="3")]}, True),
        ({"all": [GOLD, SILVER]}, False),
        ({"any": [SILVER, GOLD]}, True),
        ({"any": [SILVER, SILVER]}, False),
        ({"not": {"any": [SILVER]}}, True),
    ],
)
def test_a_rule_holds_or_not(rule: dict[str, Any], expected: bool) -> None:
    assert meets(documents.rule(rule, ()), attributes(BUYER), AT_US) is expected


@given(hours=st.integers(-48, 24 * 10))
def test_within_the_last_days_begins_with_the_moment_and_ends_before_the_days_are_over(hours: int) -> None:
    rule = documents.rule(a_test("withinDays", "joined", days=7), ())
    at = to_us(WEEK_AGO + timedelta(hours=hours))
    assert meets(rule, attributes(BUYER), at) is (0 <= hours < 7 * 24)


def test_a_segment_begins_and_ends_with_time_alone() -> None:
    fresh = segment(a_segment("fresh", a_test("withinDays", "joined", days=8)), ())
    assert profile(BUYER, [fresh], NOW).segments == {"fresh"}
    assert profile(BUYER, [fresh], NOW + timedelta(days=1)).segments == frozenset()
    assert profile(BUYER, [fresh], WEEK_AGO - timedelta(days=1)).segments == frozenset()


@pytest.mark.parametrize(
    ("rule", "day", "next_day"),
    [
        (a_test("withinDays", "joined", days=8), -8, -7),
        (a_test("withinDays", "joined", days=8), -7, 1),
        (a_test("withinDays", "joined", days=8), 1, None),
        ({"not": a_test("withinDays", "joined", days=8)}, 0, 1),
        ({"all": [GOLD, {"any": [SILVER, a_test("withinDays", "joined", days=9)]}]}, 0, 2),
        (a_test("withinDays", "tier", days=8), 0, None),
        (a_test("before", "joined", moment=format_moment(NOW)), -20, None),
    ],
)
def test_a_profile_says_when_time_alone_changes_its_segments(
    rule: dict[str, Any], day: int, next_day: int | None
) -> None:
    """P-8."""
    found = profile(BUYER, [segment(a_segment("fresh", rule), ())], NOW + timedelta(days=day))
    assert found.until_us == (None if next_day is None else to_us(NOW + timedelta(days=next_day)))


def test_who_was_assigned_is_in_it_whatever_the_rule_says() -> None:
    silver = segment(a_segment("silver", SILVER), ())
    named = customer(a_customer(segments=["silver"], tier={"text": "gold"}), (), {"silver": silver})
    assert profile(named, [silver], NOW).segments == {"silver"}


def test_a_profile_carries_the_vat_id_with_the_moment_of_its_validation() -> None:
    """T-3."""
    given = a_customer(vat_id=VatIdInput(number="ATU12345678", valid=True, validated_at=NOW))
    assert profile(customer(given, (), {}), [], NOW).vat_id == VatId("ATU12345678", True, NOW)


@pytest.mark.parametrize(
    "rule",
    [
        {"all": [GOLD, {"not": a_test("withinDays", "joined", days=30)}]},
        {"any": [a_test("atLeast", "points", number="0.5"), a_test("atMost", "orders", number="2")]},
        a_test("oneOf", "tier", values=[{"text": "a"}, {"flag": False}, {"number": "1.5"}]),
        a_test("before", "joined", moment="2026-03-01T00:00:00Z"),
        a_test("after", "joined", moment="2026-03-01T00:00:00Z"),
    ],
)
def test_a_rule_comes_back_as_the_document_it_was(rule: dict[str, Any]) -> None:
    assert documents.rule_document(documents.rule(rule, ())) == rule


def deep(levels: int) -> dict[str, Any]:
    """A rule in so many levels."""
    return GOLD if levels == 1 else {"not": deep(levels - 1)}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({}, ()),
        ("gold", ()),
        ({**GOLD, "not": GOLD}, ()),
        ({"none": []}, ()),
        ({"all": []}, ("all",)),
        ({"all": [GOLD, {"any": [{}]}]}, ("all", "1", "any", "0")),
        (a_test("equals", "tier", value={"text": "a", "flag": True}), ("equals", "value")),
        (a_test("equals", "tier"), ("equals",)),
        (a_test("equals", "no blanks", value={"text": "a"}), ("equals", "attribute")),
        (a_test("atLeast", "points", number="many"), ("atLeast", "number")),
        (a_test("atLeast", "points", number=True), ("atLeast", "number")),
        (a_test("before", "joined", moment="yesterday"), ("before", "moment")),
        (a_test("withinDays", "joined", days=0), ("withinDays", "days")),
        (a_test("withinDays", "joined", days="7"), ("withinDays", "days")),
        (a_test("oneOf", "tier", values=[]), ("oneOf", "values")),
        (deep(9), ("not",) * 8 + ("equals",)),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused_with_its_place(rule: Any, path: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        documents.rule(rule, ())
    assert refused.value.path == path
    assert refused.value.allowed
