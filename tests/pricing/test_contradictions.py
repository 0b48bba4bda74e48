"""Promotions that could never apply, or not as their author means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from modules.kernel.errors import InvalidInput, UnknownSku
from modules.kernel.moments import to_us
from modules.pricing.engine.contradictions import contradictions, ties
from modules.pricing.engine.references import named, unknown
from tests.builders import NOW
from tests.pricing.promotion_documents import euros, known, read

PATH = ("input", "promotions", 0)
AT = ("input", "promotions", "0")
AT_US = to_us(NOW)
"""A Monday noon."""


def market(*names: str) -> dict[str, Any]:
    return {"market": {"markets": list(names)}}


def every(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"all": {"conditions": list(conditions)}}


def either(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"any": {"conditions": list(conditions)}}


def hours(*weekdays: str, since: str = "09:00", until: str = "17:00") -> dict[str, Any]:
    return {"weekdays": list(weekdays), "since": since, "until": until}


def item(kind: str, **fields: Any) -> dict[str, Any]:
    return {"actions": [{kind: fields}]}


def off(**goods: Any) -> dict[str, Any]:
    return item("itemPercentOff", percent="10", of=goods)


BOTH = [*euros("10.00"), {"currency": "CHF", "amount": "11.00"}]
TODAY = {"validFrom": "2026-03-02T00:00:00Z", "validUntil": "2026-03-03T00:00:00Z"}


def subtotal(amount: str = "50.00", **more: Any) -> dict[str, Any]:
    return {"subtotal": {"amount": euros(amount), **more}}


def quantity(least: str, **more: Any) -> dict[str, Any]:
    return {"quantity": {"atLeast": least, "of": {"skus": ["A-1"]}, **more}}


def without(condition: dict[str, Any]) -> dict[str, Any]:
    return {"not": {"condition": condition}}


VIP = {"customerSegment": {"segments": ["vip"]}}

CONTRADICTIONS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "half a piece as a gift": (
        item("gift", sku="A-1", quantity="0.5", choice=["B-1"]),
        ("actions", "0", "gift", "quantity"),
    ),
    "a window that is over": ({"validUntil": "2026-03-02T12:00:00Z"}, ("validUntil",)),
    "hours that never come": ({**TODAY, "schedule": [hours("FRIDAY")]}, ("schedule",)),
    "hours that are over today": ({**TODAY, "schedule": [hours("MONDAY", until="12:30")]}, ("schedule",)),
    "hours of the condition that never come": (
        {**TODAY, "condition": {"hours": {"spans": [hours("FRIDAY")]}}},
        ("condition",),
    ),
    "hours that exclude the schedule": (
        {"schedule": [hours("FRIDAY")], "condition": {"hours": {"spans": [hours("SUNDAY")]}}},
        ("condition",),
    ),
    "two markets at once": ({"condition": every(market("de"), market("ch"))}, ("condition",)),
    "a market and not": ({"condition": every(market("de"), {"not": {"condition": market("de")}})}, ("condition",)),
    "a channel of another market": (
        {"condition": every(market("ch"), {"channel": {"channels": ["web"]}})},
        ("condition",),
    ),
    "a store of another channel": (
        {"condition": every({"store": {"stores": ["berlin"]}}, {"channel": {"channels": ["ch"]}})},
        ("condition",),
    ),
    "no amount in the market's currency": (
        {"condition": market("ch"), **item("orderAmountOff", amount=euros("5.00"))},
        ("actions", "0", "orderAmountOff", "amount"),
    ),
    "a threshold in no currency of the market": (
        {"condition": every(market("ch"), {"subtotal": {"amount": euros("50.00")}})},
        ("condition", "all", "conditions", "1", "subtotal", "amount"),
    ),
    "a budget in no currency of the market": (
        {"condition": market("ch"), "limits": {"budget": euros("500.00")}},
        ("limits", "budget"),
    ),
    "products that are all left out": (
        off(skus=["A-1"], withoutSkus=["A-1"]),
        ("actions", "0", "itemPercentOff", "of", "skus"),
    ),
    "products that stand in none of the categories": (
        off(skus=["A-1", "A-2"], categories=["books"]),
        ("actions", "0", "itemPercentOff", "of", "skus"),
    ),
    "products of none of the groups": (
        off(skus=["A-2"], groups=["grills"]),
        ("actions", "0", "itemPercentOff", "of", "skus"),
    ),
    "categories that are all left out": (
        off(categories=["garden"], withoutCategories=["garden", "books"]),
        ("actions", "0", "itemPercentOff", "of", "withoutCategories"),
    ),
    "a price band upside down": (
        off(priceFrom=euros("10.00"), priceUntil=euros("9.99")),
        ("actions", "0", "itemPercentOff", "of", "priceUntil"),
    ),
    "a price band in two currencies": (
        off(priceFrom=euros("1.00"), priceUntil=[{"currency": "CHF", "amount": "9.00"}]),
        ("actions", "0", "itemPercentOff", "of", "priceUntil"),
    ),
    "nothing taken off": (item("itemAmountOff", amount=euros("0.00")), ("actions", "0", "itemAmountOff", "amount")),
    "a gift for nothing": (item("gift", sku="B-1", eachAmount=euros("0")), ("actions", "0", "gift", "eachAmount")),
    "a bundle of one": (
        item("bundle", components=[{"of": {"skus": ["A-1"]}}], percent="5"),
        ("actions", "0", "bundle", "components"),
    ),
    "steps that fall": (
        item("tiered", steps=[{"quantity": "5", "percent": "10"}, {"quantity": "5", "percent": "20"}]),
        ("actions", "0", "tiered", "steps", "1"),
    ),
    "steps that fall in one currency": (
        item(
            "tiered",
            steps=[
                {"atLeast": BOTH, "percent": "10"},
                {"atLeast": [*euros("20.00"), {"currency": "CHF", "amount": "11.00"}], "percent": "20"},
            ],
        ),
        ("actions", "0", "tiered", "steps", "1"),
    ),
    "steps of different measures": (
        item("tiered", steps=[{"quantity": "5", "percent": "10"}, {"atLeast": euros("50.00"), "percent": "20"}]),
        ("actions", "0", "tiered", "steps", "1"),
    ),
    "a step without a threshold": (item("tiered", steps=[{"percent": "10"}]), ("actions", "0", "tiered", "steps", "0")),
    "a step with two discounts": (
        item("tiered", steps=[{"quantity": "5", "percent": "10", "amount": euros("1.00")}]),
        ("actions", "0", "tiered", "steps", "0"),
    ),
    "exclusive in an exclusion group": ({"stack": "EXCLUSIVE", "exclusionGroup": "spring"}, ("exclusionGroup",)),
    "announcing more than it gives": ({"announcedPercent": 11}, ("announcedPercent",)),
    "a threshold and not": ({"condition": every(subtotal(), without(subtotal()))}, ("condition",)),
    "a threshold and not a lower one": ({"condition": every(without(subtotal("30.00")), subtotal())}, ("condition",)),
    "more than a threshold and not so much": (
        {"condition": every(subtotal(moreThan=True), without(subtotal()))},
        ("condition",),
    ),
    "a quantity and not a smaller one": (
        {"condition": every(quantity("3"), every(without(either(quantity("2"), VIP))))},
        ("condition",),
    ),
    "a quantity of what must not be there": (
        {"condition": every(quantity("3"), without({"contains": {"of": {"skus": ["A-1"], "label": "x"}}}))},
        ("condition",),
    ),
    "a segment and not": ({"condition": every(VIP, without(VIP))}, ("condition",)),
    "opposites whichever way": (
        {"condition": either(every(VIP, without(VIP)), without(without(every(subtotal(), without(subtotal())))))},
        ("condition",),
    ),
    "accessories that are the main articles": (
        item("accessory", withGoods={"skus": ["A-1"]}, then={"skus": ["A-1"], "label": "x"}, percent="10"),
        ("actions", "0", "accessory", "then"),
    ),
    "accessories of anything": (
        item("accessory", withGoods={}, then={"skus": ["A-1"]}, percent="10"),
        ("actions", "0", "accessory", "then"),
    ),
    "accessories among the main articles": (
        item("accessory", withGoods={"skus": ["A-1", "A-2"]}, then={"skus": ["A-2"]}, percent="10"),
        ("actions", "0", "accessory", "then"),
    ),
    "a code that nobody can have typed": (
        {"condition": {"code": {"codes": ["summer", "WINTER"]}}},
        ("condition", "code", "codes", "1"),
    ),
}

SOUND: dict[str, dict[str, Any]] = {
    "nothing special": {},
    "an open end": {"validFrom": "2030-01-01T00:00:00Z"},
    "hours within the window": {**TODAY, "schedule": [hours("MONDAY", until="13:30")]},
    "hours over midnight": {**TODAY, "schedule": [hours("SUNDAY", since="22:00", until="14:00")]},
    "hours that come next week": {"schedule": [hours("SUNDAY")]},
    "hours that meet the schedule": {
        "schedule": [hours("FRIDAY", until="12:00")],
        "condition": {"hours": {"spans": [hours("FRIDAY", since="11:00")]}},
    },
    "one of two markets": {"condition": either(market("de"), market("ch"))},
    "not in a market": {"condition": {"not": {"condition": market("ch")}}},
    "a channel of the market": {"condition": every(market("de"), {"channel": {"channels": ["web"]}})},
    "a store and its channel": {"condition": every({"store": {"stores": ["berlin"]}}, market("de"))},
    "amounts for one market of several": item("orderAmountOff", amount=euros("5.00")),
    "an amount for each market": {"condition": market("ch"), **item("orderAmountOff", amount=BOTH)},
    "an amount below any": {
        "condition": every(
            market("ch"), either({"subtotal": {"amount": euros("5.00")}}, {"payment": {"kinds": ["cash"]}})
        )
    },
    "some products left out": off(skus=["A-1", "A-2"], withoutSkus=["A-1"]),
    "a category without a part of it": off(categories=["home"], withoutCategories=["garden"]),
    "a price band of one price": off(priceFrom=euros("10.00"), priceUntil=euros("10.00")),
    "a bundle of two equal": item("bundle", components=[{"of": {"skus": ["A-1"]}, "units": 2}], percent="5"),
    "a bundle for nothing": item(
        "bundle", components=[{"of": {"skus": ["A-1"]}}, {"of": {"skus": ["B-1"]}}], fixedPrice=euros("0.00")
    ),
    "steps that rise": item(
        "tiered", steps=[{"atLeast": euros("50.00"), "percent": "5"}, {"atLeast": euros("100.00"), "percent": "10"}]
    ),
    "between two thresholds": {"condition": every(subtotal(), without(subtotal("80.00")))},
    "exactly a threshold": {"condition": every(subtotal(), without(subtotal(moreThan=True)))},
    "thresholds of different amounts": {"condition": every(subtotal(basis="ORIGINAL"), without(subtotal()))},
    "so much of one and not of another": {
        "condition": every(quantity("3"), without(quantity("2", of={"skus": ["A-2"]})))
    },
    "a threshold in one currency and not in another": {
        "condition": every(
            {"subtotal": {"amount": BOTH}}, without({"subtotal": {"amount": [{"currency": "CHF", "amount": "9.00"}]}})
        )
    },
    "either or": {"condition": either(VIP, without(VIP))},
    "accessories of another kind": item(
        "accessory", withGoods={"skus": ["A-1"]}, then={"skus": ["A-1", "B-1"]}, percent="10"
    ),
    "accessories for dear ones": item(
        "accessory", withGoods={"priceFrom": euros("90.00")}, then={"skus": ["A-1"]}, percent="10"
    ),
    "two pieces as a gift": item("gift", sku="A-1", quantity="2", choice=["B-1"]),
    "exclusive": {"stack": "EXCLUSIVE"},
    "announcing what it gives": {"announcedPercent": 10},
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_refused(name: str) -> None:
    changes, place = CONTRADICTIONS[name]
    promotion = read(**changes)
    assert list(unknown(promotion, PATH, known())) == []
    problems = list(contradictions(promotion, PATH, known(), AT_US))
    assert [problem.path for problem in problems] == [(*AT, *place)]
    assert isinstance(problems[0], InvalidInput)
    assert problems[0].allowed


@pytest.mark.parametrize("name", SOUND)
def test_accepted(name: str) -> None:
    promotion = read(**SOUND[name])
    assert [*unknown(promotion, PATH, known()), *contradictions(promotion, PATH, known(), AT_US)] == []


def test_hours_are_those_of_the_market_that_is_meant() -> None:
    """G-5: the window is an hour that is night in Berlin."""
    window = {"validFrom": "2026-03-06T00:00:00Z", "validUntil": "2026-03-06T01:00:00Z"}
    (problem,) = contradictions(read(**window, schedule=[hours("FRIDAY")]), PATH, known(), AT_US)
    assert problem.path == (*AT, "schedule")
    assert not list(contradictions(read(**window, schedule=[hours("FRIDAY", since="01:00")]), PATH, known(), AT_US))


def test_hours_that_a_change_of_clocks_swallows_once_are_no_contradiction() -> None:
    """G-5: on 29 March 2026 the hour from 2 to 3 does not exist in Berlin; a week later it does."""
    at_us = to_us(datetime(2026, 3, 25, tzinfo=UTC))
    night = read(schedule=[hours("SUNDAY", since="02:10", until="02:50")])
    assert not list(contradictions(night, PATH, known(), at_us))


@pytest.mark.parametrize(
    ("changes", "place", "allowed"),
    [
        ({"condition": market("fr")}, ("condition", "market", "markets", "0"), "one of: ch, de"),
        (
            {"condition": {"channel": {"channels": ["web", "app"]}}},
            ("condition", "channel", "channels", "1"),
            "one of: ch, web",
        ),
        ({"condition": {"store": {"stores": ["paris"]}}}, ("condition", "store", "stores", "0"), "one of: berlin"),
        (
            {"condition": {"customerSegment": {"segments": ["vip", "wip"]}}},
            ("condition", "customerSegment", "segments", "1"),
            "one of: vip",
        ),
        (
            {"condition": {"delivery": {"methods": ["pigeon"]}}},
            ("condition", "delivery", "methods", "0"),
            "one of: parcel",
        ),
        (off(categories=["cars"]), ("actions", "0", "itemPercentOff", "of", "categories", "0"), "category that exists"),
        (
            off(withoutCategories=["cars"]),
            ("actions", "0", "itemPercentOff", "of", "withoutCategories", "0"),
            "category that exists",
        ),
        (off(groups=["cars"]), ("actions", "0", "itemPercentOff", "of", "groups", "0"), "group that exists"),
        (
            item("orderAmountOff", amount=[{"currency": "USD", "amount": "1"}]),
            ("actions", "0", "orderAmountOff", "amount"),
            "one of: CHF, EUR",
        ),
        ({"limits": {"budget": [{"currency": "USD", "amount": "1"}]}}, ("limits", "budget"), "one of: CHF, EUR"),
    ],
)
def test_what_it_names_must_exist(changes: dict[str, Any], place: tuple[str, ...], allowed: str) -> None:
    (problem,) = unknown(read(**changes), PATH, known())
    assert isinstance(problem, InvalidInput)
    assert problem.path == (*AT, *place)
    assert allowed in (problem.allowed or "")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (off(skus=["A-1", "X-1"]), ("itemPercentOff", "of", "skus", "1")),
        (off(withoutSkus=["X-1"]), ("itemPercentOff", "of", "withoutSkus", "0")),
        (item("gift", sku="X-1"), ("gift", "sku")),
        (item("gift", sku="A-1", choice=["X-1"]), ("gift", "choice", "0")),
    ],
)
def test_unknown_products_are_named_with_their_places(changes: dict[str, Any], place: tuple[str, ...]) -> None:
    (problem,) = unknown(read(**changes), PATH, known())
    assert isinstance(problem, UnknownSku)
    assert (problem.sku, problem.path) == ("X-1", (*AT, "actions", "0", *place))


def test_all_that_promotions_name_is_asked_for_once() -> None:
    one = read(condition=market("de", "ch"), **off(skus=["A-1"], categories=["garden"]))
    other = read("other", condition={"store": {"stores": ["berlin"]}}, **off(skus=["A-2", "A-1"], groups=["grills"]))
    assert named([one, other]) == {
        "market": ["de", "ch"],
        "sku": ["A-1", "A-2"],
        "category": ["garden"],
        "store": ["berlin"],
        "group": ["grills"],
    }


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"priority": 1}, 0),
        ({"stack": "STACKABLE"}, 0),
        ({"actions": [{"freeShipping": {}}]}, 0),
        ({"validFrom": "2026-05-01T00:00:00Z"}, 0),
        ({"validFrom": "2026-04-30T23:59:59Z"}, 1),
    ],
)
def test_exclusive_promotions_that_may_meet_are_told_of(changes: dict[str, Any], count: int) -> None:
    """O-8: priority, then id; where both are silent on purpose the author should know."""
    held = read("autumn", stack="EXCLUSIVE", validUntil="2026-05-01T00:00:00Z")
    mine = read("spring", **{"stack": "EXCLUSIVE", **changes})
    found = ties([mine], [held, mine])
    assert [notice.data["promotions"] for notice in found] == [["autumn", "spring"]] * count
    assert all(notice.code == "EXCLUSIVE_TIE" for notice in found)
