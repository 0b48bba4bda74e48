"""What a unit costs, as listings show it."""

from __future__ import annotations

from datetime import timedelta

from modules.kernel.names import Sku
from modules.kernel.policies import TaxMode
from modules.pricing.engine.answers import Goods, answer
from modules.pricing.engine.quote import quote
from modules.pricing.model.prices import PriceAnswer, PriceKind, PriceRow
from tests.builders import NOW, a_basket, a_store, a_viewer, an_article
from tests.pricing.builders import a_row, a_tax_rule, some_goods

HERE = a_viewer()


def one(*rows: PriceRow, quantity: int = 1) -> PriceAnswer:
    (found,) = answer([Sku("A-1")], quantity * 10**6, some_goods(*rows), HERE)
    assert found
    return found


def test_answers_stand_in_the_order_asked_and_unpriced_skus_are_none() -> None:
    goods = some_goods(a_row("1", sku="A"), a_row("2", sku="B"))
    found = answer([Sku("B"), Sku("nobody"), Sku("A"), Sku("B")], 10**6, goods, HERE)
    assert [price and price.gross.amount for price in found] == ["2.00", None, "1.00", "2.00"]


def test_a_sku_without_tax_rate_or_article_has_no_price() -> None:  # T-1
    assert answer([Sku("A-1")], 10**6, some_goods(a_row(), rules=[]), HERE) == [None]
    assert answer([Sku("A-1")], 10**6, some_goods(a_row(), articles=[]), HERE) == [None]
    assert answer([Sku("A-1")], 10**6, some_goods(articles=[an_article()]), HERE) == [None]


def test_only_a_reduced_price_has_an_original() -> None:  # P-5
    assert one(a_row("10")).original is None
    reduced = one(a_row("10"), a_row("8", id="s", kind=PriceKind.SALE))
    assert reduced.original
    assert (reduced.gross.amount, reduced.original.amount, reduced.rule) == ("8.00", "10.00", ("s", 1))
    assert one(a_row("8"), a_row("8", id="0", kind=PriceKind.SALE)).original is None
    assert one(a_row("9"), a_row("7", id="o", kind=PriceKind.OVERRIDE)).original is None


def test_the_original_of_a_net_row_is_shown_gross() -> None:
    reduced = one(a_row("10", tax_mode=TaxMode.NET), a_row("9.50", id="s", kind=PriceKind.SALE))
    assert reduced.original
    assert reduced.original.amount == "11.90"


def test_tiers_are_shown_and_the_price_is_that_of_the_quantity() -> None:  # P-2
    row = a_row("10", tax_mode=TaxMode.NET, tiers=[("3", "9"), ("10", "8")])
    assert [one(row, quantity=n).net.amount for n in (1, 3, 10)] == ["10.00", "9.00", "8.00"]
    assert [(tier.min_quantity, tier.net.amount, tier.gross.amount) for tier in one(row).tiers] == [
        (3_000_000, "9.00", "10.71"),
        (10_000_000, "8.00", "9.52"),
    ]
    assert one(row, quantity=3).original is None


def test_the_answer_says_how_long_it_holds() -> None:
    assert one(a_row()).valid_until is None
    until = NOW + timedelta(days=40)
    assert one(a_row(valid_until=until)).valid_until == until


def test_a_change_of_the_tax_rate_ends_the_answer() -> None:
    soon = NOW + timedelta(days=3)
    rules = [a_tax_rule("0.19", valid_until=soon), a_tax_rule("0.2", valid_from=soon)]
    (found,) = answer([Sku("A-1")], 10**6, some_goods(a_row(), rules=rules), HERE)
    assert found
    assert found.valid_until == soon


def test_shelf_and_cart_show_the_same_unit_price() -> None:
    goods: Goods = some_goods(a_row("0.87", tax_mode=TaxMode.NET, tiers=[("3", "0.8333")]))
    for viewer in (HERE, a_viewer(store=a_store())):
        for count in (1, 3):
            (shelf,) = answer([Sku("A-1")], count * 10**6, goods, viewer)
            assert shelf
            assert quote(a_basket(("A-1", count)), goods, viewer).lines[0].unit == shelf.gross
