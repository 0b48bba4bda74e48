"""What a unit costs, as listings show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from modules.kernel.customer import Profile
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId, Sku
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods, answer, unproven
from modules.pricing.engine.quote import quote
from modules.pricing.model.points import PricePoint, PriorPrice, Standing, Verdict
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


def judged(prior: PriorPrice | None, *rows: PriceRow, viewer: Viewer = HERE, **point: Any) -> PriceAnswer:
    """The answer when this stands beside the price that holds."""
    goods = some_goods(*rows)
    if prior is not None:
        standing = Standing([a_point(prior=prior, **point)])
        goods = replace(goods, standings={Sku("A-1"): standing})
    (found,) = answer([Sku("A-1")], 10**6, goods, viewer)
    assert found
    return found


def a_point(**more: Any) -> PricePoint:
    given: dict[str, Any] = {"micros": 8_000_000, "from_us": to_us(HERE.now), "announced": True, "currency": "EUR"}
    place = {"sku": Sku("A-1"), "market": HERE.channel.market.id, "channel": HERE.channel.id}
    return PricePoint(**{**place, **given, **more})


SALE = a_row("10"), a_row("8", id="s", kind=PriceKind.SALE)
PRIOR = PriorPrice(verdict=Verdict.ANNOUNCEABLE, micros=9_500_000, allowed_percent=15)


def shown(found: PriceAnswer) -> tuple[str | None, str | None, int | None, Verdict]:
    """Strike price, prior price, percentage, verdict."""
    strike, prior = (price.amount if price else None for price in (found.original, found.prior_price))
    return strike, prior, found.allowed_percent, found.verdict


def test_a_reduction_shows_its_list_price_and_is_measured_by_its_prior_price() -> None:  # P-5; 3.3, step 8
    found = judged(PRIOR, *SALE)
    assert (found.gross.amount, found.rule) == ("8.00", ("s", 1))
    assert shown(found) == ("10.00", "9.50", 15, Verdict.ANNOUNCEABLE)


def test_what_is_no_reduction_has_no_strike_price_whatever_the_past() -> None:
    nothing = (None, None, None, Verdict.NO_REDUCTION)
    assert shown(judged(PRIOR, a_row("10"))) == nothing
    assert shown(judged(PRIOR, a_row("8"), a_row("8", id="0", kind=PriceKind.SALE))) == nothing
    assert shown(judged(PRIOR, a_row("9"), a_row("7", id="o", kind=PriceKind.OVERRIDE))) == nothing


def test_strike_price_and_percentage_are_withheld_from_what_is_not_below_the_prior_price() -> None:  # 3.3, step 8
    low = PriorPrice(verdict=Verdict.NOT_A_REDUCTION, micros=8_000_000)
    assert shown(judged(low, *SALE)) == (None, "8.00", None, Verdict.NOT_A_REDUCTION)


@pytest.mark.parametrize(
    ("prior", "point"),
    [
        (None, {}),
        (PriorPrice(verdict=Verdict.NO_PRIOR_PRICE), {}),
        (PRIOR, {"from_us": to_us(HERE.now) + 1}),
        (PRIOR, {"channel": "pos"}),
        (PRIOR, {"store": "berlin"}),
    ],
)
def test_nothing_is_announced_on_a_guess(prior: PriorPrice | None, point: dict[str, Any]) -> None:
    assert shown(judged(prior, *SALE, **point)) == (None, None, None, Verdict.NO_PRIOR_PRICE)


def test_an_exempt_reduction_shows_its_list_price_without_a_prior_one() -> None:  # 3.3, step 9
    exempt = PriorPrice(verdict=Verdict.ANNOUNCEABLE, exempt=True)
    assert shown(judged(exempt, *SALE)) == ("10.00", None, None, Verdict.ANNOUNCEABLE)


def test_a_personal_price_announces_nothing() -> None:  # 3.3, step 9
    staff = replace(HERE, customer=Profile(CustomerId("c"), segments=frozenset({"staff"})))
    found = judged(PRIOR, *SALE, a_row("5", id="p", kind=PriceKind.SALE, segment="staff"), viewer=staff)
    assert found.gross.amount == "5.00"
    assert shown(found) == (None, None, None, Verdict.NO_REDUCTION)


def test_a_price_whose_moment_has_come_is_not_judged_by_what_stood_before() -> None:
    goods = some_goods(*SALE)
    for due_us, verdict in ((to_us(HERE.now) + 1, Verdict.ANNOUNCEABLE), (to_us(HERE.now), Verdict.NO_PRIOR_PRICE)):
        known = replace(goods, standings={Sku("A-1"): Standing([a_point(prior=PRIOR)], due_us)})
        answers = answer([Sku("A-1")], 10**6, known, HERE)
        assert [found and found.verdict for found in answers] == [verdict]
        assert unproven(answers, known, HERE, to_us(HERE.now)) == ([] if verdict is PRIOR.verdict else [Sku("A-1")])


def test_a_store_with_a_price_of_its_own_is_judged_by_its_own_history() -> None:  # L-2
    own = replace(PRIOR, micros=9_000_000)
    points = [a_point(prior=PRIOR), a_point(prior=own, store="berlin")]
    goods = replace(some_goods(*SALE), standings={Sku("A-1"): Standing(points)})
    found = [
        answer([Sku("A-1")], 10**6, goods, replace(HERE, store=store))[0]
        for store in (None, a_store("berlin"), a_store("bonn"))
    ]
    assert [price and price.prior_price and price.prior_price.amount for price in found] == ["9.50", "9.00", "9.50"]


def test_the_list_price_of_a_net_row_is_shown_gross() -> None:
    found = judged(PRIOR, a_row("10", tax_mode=TaxMode.NET), a_row("8", id="s", kind=PriceKind.SALE))
    assert found.original
    assert found.original.amount == "11.90"


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
