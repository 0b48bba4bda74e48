"""Quotes told again: the very answer that would be reckoned now, and a reckoning whenever anything differs."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import timedelta
from types import FunctionType, ModuleType
from typing import Any

import pytest

from modules.kernel.basket import Basket, Quote
from modules.kernel.stages import Stages, at_once
from modules.kernel.viewer import Permission, Principal, Viewer
from modules.pricing.engine.actions import ItemPercentOff
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.quote import Rules, quote, stages
from modules.pricing.model.promotions import Percent
from modules.pricing.service import quote_memory
from modules.pricing.service.quote_memory import QuoteMemory
from tests.builders import a_basket, a_store, a_viewer
from tests.pricing.builders import a_promotion, a_row, some_goods

CART = a_basket(("A-1", 2), ("B-1", 1), id="cart", version=3)
HERE = a_viewer()
GOODS = some_goods(a_row("10"), a_row("5", sku="B-1"))
RULES = Rules(PromotionBook.of([a_promotion(ItemPercentOff(Percent(100_000)))]))
MOMENT = timedelta(minutes=1)


class Counted(QuoteMemory):
    """Holds every answer to what would be reckoned now."""

    def ask(self, basket: Basket = CART, goods: Goods = GOODS, viewer: Viewer = HERE, rules: Rules = RULES) -> Quote:
        found = at_once(self.stages(basket, goods, viewer, rules))
        assert _seen(found) == _seen(quote(basket, goods, viewer, rules))
        return found


def _seen(told: Quote) -> Quote:
    """All but what became of promotions, which is told to who looks."""
    return replace(told, promotions=())


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> list[Basket]:
    """Baskets that the memory has reckoned."""
    baskets: list[Basket] = []

    def count(basket: Basket, *rest: Any) -> Stages[Quote]:
        baskets.append(basket)
        return stages(basket, *rest)

    monkeypatch.setattr(quote_memory, "stages", count)
    return baskets


def test_the_same_question_a_moment_later_is_not_reckoned_again(reckoned: list[Basket]) -> None:
    memory = Counted()
    first = memory.ask()
    again = memory.ask(replace(CART), replace(GOODS), replace(HERE, now=HERE.now + MOMENT))
    assert (again.lines, again.at, again.valid_until - first.valid_until) == (first.lines, first.at + MOMENT, MOMENT)
    assert len(reckoned) == 1


def test_what_became_of_promotions_is_told_again_to_who_looks(reckoned: list[Basket]) -> None:
    memory = Counted()
    first, again = memory.ask(), memory.ask()
    assert len(reckoned) == 1
    assert again.promotions == first.promotions != ()
    assert memory.ask().promotions == first.promotions
    assert len(reckoned) == 2


def test_what_became_of_promotions_of_a_long_cart_is_kept_at_hand(reckoned: list[Basket]) -> None:
    memory, long = Counted(), a_basket(*[("A-1", 1)] * 101, id="cart", version=3)
    first, again = memory.ask(long), memory.ask(long)
    assert again.promotions == first.promotions != ()
    assert len(reckoned) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"basket": a_basket(("A-1", 3), ("B-1", 1), id="cart", version=4)},
        {"basket": replace(CART, payment="cash")},
        {"goods": some_goods(a_row("11"), a_row("5", sku="B-1"))},
        {"rules": Rules()},
        {"viewer": replace(HERE, store=a_store())},
        {"viewer": replace(HERE, now=HERE.now - MOMENT)},
        {"viewer": replace(HERE, now=HERE.now + timedelta(days=2))},
    ],
    ids=["version", "terms", "price", "promotions", "store", "before", "after it ended"],
)
def test_another_question_is_reckoned(reckoned: list[Basket], other: dict[str, Any]) -> None:
    memory = Counted()
    memory.ask()
    memory.ask(**other)
    assert len(reckoned) == 2


def test_a_basket_that_is_no_cart_is_not_remembered(reckoned: list[Basket]) -> None:
    memory, basket = Counted(), a_basket(("A-1", 2))
    memory.ask(basket)
    memory.ask(basket)
    assert len(reckoned) == 2


def test_only_the_last_carts_are_remembered(reckoned: list[Basket]) -> None:
    memory = Counted(most=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        memory.ask(replace(CART, id=name))
    assert [basket.id for basket in reckoned] == ["a", "b", "c", "b"]


def _kept_alive(root: object) -> list[object]:
    """What is reachable from there, without going through code."""
    seen: dict[int, object] = {}
    left = [root]
    while left:
        each = left.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen[id(each)] = each
            left += gc.get_referents(each)
    return list(seen.values())


def test_what_is_kept_neither_holds_nor_asks_as_who_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    askers: list[Principal] = []

    def note(basket: Basket, goods: Goods, viewer: Viewer, rules: Rules) -> Stages[Quote]:
        askers.append(viewer.principal)
        return stages(basket, goods, viewer, rules)

    monkeypatch.setattr(quote_memory, "stages", note)
    memory, agent = QuoteMemory(), Principal("agent", permissions=frozenset({Permission.PROMOTIONS_READ}))
    at_once(memory.stages(CART, GOODS, replace(HERE, principal=agent, address="203.0.113.77"), RULES))
    kept = _kept_alive(memory)
    assert any(each is CART for each in kept)
    assert not [each for each in kept if each is agent or (isinstance(each, str) and each == "203.0.113.77")]
    assert at_once(memory.stages(CART, GOODS, HERE, RULES)).promotions
    assert (len(askers), agent in askers) == (2, False)
