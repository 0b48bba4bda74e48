"""Which public promotions a product's page may name, told without a cart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from modules.kernel.customer import Profile
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId
from modules.kernel.viewer import Viewer
from modules.pricing.engine.teasers import Showcase
from modules.pricing.model.promotions import Promotion, PromotionState
from tests.builders import NOW, a_channel, a_store, a_viewer
from tests.pricing.promotion_documents import GOODS, SWISS, euros, read

AT_US = to_us(NOW)
GRILL, CHAIR, BOOK = GOODS
HERE = a_viewer(locale="en")


def active(id: str = "spring", **changes: Any) -> Promotion:
    return replace(read(id, **changes), state=PromotionState.ACTIVE, version=1)


def named(*promotions: Promotion, viewer: Viewer = HERE) -> list[list[str]]:
    """The promotions that each of GOODS is told of."""
    return [[teaser.promotion for teaser in found] for found in Showcase(promotions).of(GOODS, viewer, AT_US)]


def off(**goods: Any) -> list[dict[str, Any]]:
    return [{"itemPercentOff": {"percent": "10", "of": goods}}]


NOBODY: list[list[str]] = [[], [], []]
EVERY: list[list[str]] = [["spring"]] * 3
GARDEN: list[list[str]] = [["spring"], ["spring"], []]
FREE: list[dict[str, Any]] = [{"freeShipping": {}}]


@pytest.mark.parametrize(
    ("changes", "products"),
    [
        ({"actions": off(categories=["garden"])}, GARDEN),
        ({"actions": off(skus=["B-1"])}, [[], [], ["spring"]]),
        ({"actions": off(groups=["grills"])}, [["spring"], [], []]),
        ({"actions": off(categories=["garden"], withoutSkus=["A-1"])}, [[], ["spring"], []]),
        ({"actions": off(withoutCategories=["books"])}, GARDEN),
        ({}, EVERY),
        ({"actions": FREE}, NOBODY),
        ({"actions": [{"orderPercentOff": {"percent": "5"}}]}, NOBODY),
        ({"actions": [{"orderPercentOff": {"percent": "5", "of": {"skus": ["B-1"]}}}]}, [[], [], ["spring"]]),
        ({"actions": FREE, "condition": {"contains": {"of": {"categories": ["garden"]}}}}, GARDEN),
        ({"actions": FREE, "condition": {"subtotal": {"amount": euros("50.00")}}}, NOBODY),
        ({"actions": FREE, "condition": {"not": {"condition": {"contains": {"of": {"skus": ["B-1"]}}}}}}, NOBODY),
        ({"actions": off(categories=["garden"], priceFrom=euros("50.00"))}, NOBODY),
        ({"public": False}, NOBODY),
        ({"trigger": "CODE"}, EVERY),
        ({"trigger": "CODE", "public": False}, NOBODY),
        ({"validFrom": "2026-03-02T12:00:01Z"}, NOBODY),
        ({"validFrom": "2026-03-02T12:00:00Z"}, EVERY),
        ({"validUntil": "2026-03-02T12:00:00Z"}, NOBODY),
        ({"schedule": [{"weekdays": ["FRIDAY"], "since": "00:00", "until": "00:00"}]}, NOBODY),
        ({"schedule": [{"weekdays": ["MONDAY"], "since": "00:00", "until": "00:00"}]}, EVERY),
        ({"condition": {"hours": {"spans": [{"weekdays": ["MONDAY"], "since": "00:00", "until": "13:00"}]}}}, NOBODY),
        ({"condition": {"market": {"markets": ["de"]}}}, EVERY),
        ({"condition": {"market": {"markets": ["ch"]}}}, NOBODY),
        ({"condition": {"store": {"stores": ["berlin"]}}}, NOBODY),
        ({"condition": {"subtotal": {"amount": euros("50.00")}}}, EVERY),
    ],
)
def test_a_product_is_told_of_what_names_it_here_and_now(changes: dict[str, Any], products: list[list[str]]) -> None:
    assert named(active(**changes)) == products


@pytest.mark.parametrize("state", [PromotionState.DRAFT, PromotionState.PAUSED, PromotionState.ENDED])
def test_only_active_promotions_are_told(state: PromotionState) -> None:
    assert named(replace(active(), state=state)) == NOBODY


def test_a_store_and_another_market_have_their_own() -> None:
    shop = active("shop", condition={"store": {"stores": ["berlin"]}})
    swiss = active("swiss", condition={"channel": {"channels": ["ch"]}})
    berlin = a_viewer(channel=a_channel(), store=a_store(), locale="en")
    assert named(shop, swiss, viewer=berlin) == [["shop"]] * 3
    assert named(shop, swiss, viewer=a_viewer(channel=SWISS, locale="en")) == [["swiss"]] * 3


def test_what_is_for_members_is_told_to_members_only() -> None:
    """2.4: no hint reveals segments that the customer does not have."""
    club = active(condition={"any": {"conditions": [{"customerSegment": {"segments": ["club"]}}]}})
    member = Profile(CustomerId("c-1"), segments=frozenset({"club"}))
    assert named(club) == NOBODY
    assert named(club, viewer=replace(HERE, customer=Profile(CustomerId("c-2")))) == NOBODY
    assert named(club, viewer=replace(HERE, customer=member)) == EVERY


def test_the_higher_priority_stands_first() -> None:
    assert named(active("b"), active("c", priority=5), active("a"))[0] == ["c", "a", "b"]


def test_a_teaser_says_what_sort_it_is_and_until_when() -> None:
    ends = NOW + timedelta(days=2)
    promotion = replace(
        active(actions=[{"buyGet": {"buy": 2, "get": 1}}, *FREE]),
        valid_until_us=to_us(ends),
    )
    german = a_viewer(locale="de")
    ((teaser,), none) = Showcase([promotion]).of([GRILL, None], german, AT_US)
    assert (teaser.label, teaser.kind, teaser.until_us) == ("Frühling", "buyGet", to_us(ends))
    assert none == ()
