"""Basket in, quote out (P-2, P-5, P-6, P-8, T-6 to T-8, section 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.basket import Basket, BasketLine, Quote, QuoteLine
from modules.kernel.money import Money, Rounding, exponent
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.policies import TaxMode, TaxRounding
from modules.kernel.quantity import pieces
from modules.kernel.viewer import Viewer
from modules.pricing.engine.actions import ItemPercentOff
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import CodeClaim, CodeResult
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.prices import PriceKind, PriceRow, Span
from modules.pricing.model.promotions import Percent
from tests.builders import NOW, a_basket, a_channel, a_market, a_store, a_viewer, an_article
from tests.pricing.builders import a_promotion, a_row, a_tax_rule, some_goods

DAY = timedelta(days=1)
HERE = a_viewer()


def one_line(*rows: PriceRow, count: int | str = 1, viewer: Viewer = HERE) -> QuoteLine:
    (line,) = quote(a_basket(("A-1", count)), some_goods(*rows), viewer).lines
    return line


def steps(line: QuoteLine) -> list[tuple[str, str, str]]:
    return [(step.kind, step.amount.amount, step.result.amount) for step in line.steps]


def amounts(line: QuoteLine) -> tuple[str, str, str]:
    return line.total.net.amount, line.total.tax.amount, line.total.gross.amount


def test_a_gross_row_is_what_the_customer_pays() -> None:  # T-4, T-7
    line = one_line(a_row("9.99"), count=2)
    assert amounts(line) == ("16.79", "3.19", "19.98")
    assert (line.unit.amount, line.tax_rate) == ("9.99", "0.19")
    assert steps(line) == [("list_price", "19.98", "19.98")]


@pytest.mark.parametrize(
    ("tax_rounding", "expected"),
    [
        (TaxRounding.LINE, ("2.61", "0.50", "3.11")),
        (TaxRounding.UNIT, ("2.61", "0.51", "3.12")),
        (TaxRounding.TOTAL, ("2.61", "0.50", "3.11")),
    ],
)
def test_three_times_87_cents_net(tax_rounding: TaxRounding, expected: tuple[str, str, str]) -> None:  # T-6
    viewer = a_viewer(channel=a_channel(market=a_market(tax_rounding=tax_rounding)))
    line = one_line(a_row("0.87", tax_mode=TaxMode.NET), count=3, viewer=viewer)
    assert amounts(line) == expected
    assert steps(line) == [("list_price", "2.61", "2.61"), ("tax", expected[1], expected[2])]


def test_the_line_does_not_depend_on_the_unit_price_that_is_shown() -> None:  # G-3
    line = one_line(a_row("0.0899", tax_mode=TaxMode.NET), count=1000)
    assert (line.unit.amount, amounts(line)) == ("0.106981", ("89.90", "17.08", "106.98"))
    line = one_line(a_row("0.87", tax_mode=TaxMode.NET), count=3)
    assert (line.unit.amount, line.total.gross.amount) == ("1.04", "3.11")


def test_a_reduced_price_is_explained_from_the_list_price_on() -> None:  # P-5
    line = one_line(a_row("10"), a_row("8", id="sale", kind=PriceKind.SALE, version=4), count=3)
    assert steps(line) == [
        ("list_price", "30.00", "30.00"),
        ("sale", "-6.00", "24.00"),
    ]
    assert [step.rule for step in line.steps] == [("row", 1), ("sale", 4)]


def test_quantity_prices_come_before_reductions() -> None:  # O-9
    base = a_row("10", tiers=[("3", "9")])
    assert steps(one_line(base, count=3))[:2] == [("list_price", "30.00", "30.00"), ("tier", "-3.00", "27.00")]
    assert steps(one_line(base, a_row("8", id="sale", kind=PriceKind.SALE), count=3))[:3] == [
        ("list_price", "30.00", "30.00"),
        ("tier", "-3.00", "27.00"),
        ("sale", "-3.00", "24.00"),
    ]


def test_an_override_is_its_own_list_price() -> None:
    line = one_line(a_row("10"), a_row("7", id="o", kind=PriceKind.OVERRIDE))
    assert steps(line)[0] == ("list_price", "7.00", "7.00")


def test_a_net_list_price_is_shown_gross_before_a_gross_reduction() -> None:
    net, gross = a_row("10", tax_mode=TaxMode.NET), a_row("9.50", id="sale", kind=PriceKind.SALE)
    assert steps(one_line(net, gross))[:2] == [("list_price", "11.90", "11.90"), ("sale", "-2.40", "9.50")]
    gross, net = a_row("11.90"), a_row("9.50", id="sale", kind=PriceKind.SALE, tax_mode=TaxMode.NET)
    assert steps(one_line(gross, net))[:2] == [("list_price", "10.00", "10.00"), ("sale", "-0.50", "9.50")]


def test_tiers_count_the_quantity_of_all_lines_of_the_sku() -> None:  # P-2
    goods = some_goods(a_row("10", tiers=[("3", "9")]), a_row("5", sku="B-1", tiers=[("3", "4")]))
    found = quote(a_basket(("A-1", 1), ("B-1", 2), ("A-1", 2)), goods, HERE)
    assert [line.total.gross.amount for line in found.lines] == ["9.00", "10.00", "18.00"]


def test_lines_stand_in_the_order_of_the_basket() -> None:
    goods = some_goods(a_row("1", sku="Z"), a_row("2", sku="A"))
    found = quote(a_basket(("Z", 1), ("A", 1), ("Z", 2)), goods, HERE)
    assert [(line.line, line.sku) for line in found.lines] == [("1", "Z"), ("2", "A"), ("3", "Z")]


def test_taxes_are_summed_per_rate_the_highest_first() -> None:  # T-8
    goods = some_goods(
        a_row("1.19", sku="A"),
        a_row("1.07", sku="B"),
        a_row("5", sku="C"),
        a_row("2.38", sku="D"),
        articles=[
            an_article("A"),
            an_article("B", tax_class="reduced"),
            an_article("C", tax_class="free"),
            an_article("D"),
        ],
        rules=[a_tax_rule(), a_tax_rule("0.07", tax_class="reduced"), a_tax_rule("0", tax_class="free")],
    )
    found = quote(a_basket(("A", 1), ("B", 1), ("C", 1), ("D", 1)), goods, HERE)
    assert [(tax.rate, tax.tax_class, tax.base.amount, tax.tax.amount) for tax in found.taxes] == [
        ("0.19", "standard", "3.00", "0.57"),
        ("0.07", "reduced", "1.00", "0.07"),
        ("0", "free", "5.00", "0.00"),
    ]
    assert found.total == found.subtotal
    assert found.total.gross == Money(964, "EUR")


def test_a_line_without_a_price_is_left_out_with_the_reasons() -> None:  # P-6
    goods = some_goods(a_row("1"), a_row("2", sku="B", id="later", valid_from=NOW + DAY))
    found = quote(a_basket(("A-1", 1), ("B", 1)), goods, HERE)
    assert [line.sku for line in found.lines] == ["A-1"]
    (notice,) = found.notices
    assert (notice.code, notice.line) == ("PRICE_NOT_FOUND", "2")
    assert notice.data == {
        "sku": "B",
        "currency": "EUR",
        "market": "de",
        "nearest": [{"row": "later", "because": ["NOT_STARTED"]}],
    }
    assert found.valid_until == NOW + DAY


def test_a_line_without_a_tax_rate_is_never_sold_untaxed() -> None:  # T-1
    found = quote(a_basket(), some_goods(a_row(), rules=[a_tax_rule(country="AT")]), HERE)
    assert found.lines == ()
    assert found.total.gross.minor == 0
    (notice,) = found.notices
    assert (notice.code, notice.line) == ("TAX_RATE_NOT_FOUND", "1")
    assert notice.data == {"sku": "A-1", "country": "DE", "taxClass": "standard"}


def test_an_unknown_sku_is_said() -> None:
    (notice,) = quote(a_basket(("nobody", 1)), some_goods(), HERE).notices
    assert (notice.code, notice.line) == ("UNKNOWN_SKU", "1")


def test_a_code_that_nobody_issued_is_said() -> None:  # C-2
    claim = CodeClaim("spring", "SPRING", None, CodeResult.UNKNOWN)
    found = quote(a_basket(("A-1", 1), codes=["SPRING"]), some_goods(a_row()), HERE, Rules(claims=(claim,)))
    assert [(notice.code, notice.data) for notice in found.notices] == [("CODE_UNKNOWN", {"code": "SPRING"})]


def test_a_store_takes_the_tax_of_its_country_and_the_gross_price_stays() -> None:  # T-2, T-4 gross_stable
    goods = some_goods(a_row("12.00"), rules=[a_tax_rule(), a_tax_rule("0.20", country="AT")])
    abroad = quote(a_basket(), goods, a_viewer(store=a_store("wien", country="AT"))).lines[0]
    assert amounts(abroad) == ("10.00", "2.00", "12.00")
    assert amounts(quote(a_basket(), goods, HERE).lines[0]) == ("10.08", "1.92", "12.00")


def test_an_empty_basket_costs_nothing() -> None:
    found = quote(Basket(()), Goods({}, {}), HERE)
    assert (found.lines, found.taxes, found.total.gross.amount) == ((), (), "0.00")
    assert found.valid_until == NOW + DAY


@pytest.mark.parametrize(
    ("row", "until"),
    [
        (a_row(), NOW + DAY),
        (a_row(valid_until=NOW + timedelta(hours=3)), NOW + timedelta(hours=3)),
        (a_row(valid_until=NOW + 3 * DAY), NOW + DAY),
        (a_row(schedule=[Span((1,), time(8), time(20))]), datetime(2026, 3, 2, 19, tzinfo=UTC)),
    ],
)
def test_a_quote_holds_until_something_may_change_and_a_day_at_most(row: PriceRow, until: datetime) -> None:  # P-8
    assert quote(a_basket(), some_goods(row), HERE).valid_until == until


def test_a_new_tax_rate_ends_a_quote() -> None:
    soon = NOW + timedelta(hours=1)
    rules = [a_tax_rule("0.19", valid_until=soon), a_tax_rule("0.2", valid_from=soon)]
    assert quote(a_basket(), some_goods(a_row(), rules=rules), HERE).valid_until == soon


def test_the_id_names_basket_amounts_and_versions_and_not_the_moment() -> None:  # P-8
    def id_of(row: PriceRow, basket: Basket, viewer: Viewer = HERE) -> str:
        return quote(basket, some_goods(row), viewer).id

    base = id_of(a_row(), a_basket())
    assert id_of(a_row(), a_basket(), a_viewer(now=NOW + timedelta(hours=1))) == base
    others = {
        id_of(a_row(version=2), a_basket()),
        id_of(a_row("11"), a_basket()),
        id_of(a_row(), a_basket(("A-1", 2))),
        id_of(a_row(), a_basket(version=1)),
        id_of(a_row(), a_basket(id="c")),
        id_of(a_row(), a_basket(("A-1", 1), codes=["X"])),
        id_of(a_row(), a_basket(), a_viewer(channel=a_channel("pos"))),
        id_of(a_row(), a_basket(), a_viewer(store=a_store())),
        quote(a_basket(), some_goods(a_row(), rules=[replace(a_tax_rule(), version=2)]), HERE).id,
    }
    assert len(others | {base}) == 10


@pytest.mark.parametrize(
    "basket",
    [
        a_basket(("A-1", 0)),
        a_basket(("A-1", 1), ("A-1", "0.000001"), ("", 1)),
        Basket((BasketLine(LineId("1"), Sku("A-1"), pieces(1)), BasketLine(LineId("1"), Sku("B"), pieces(1)))),
        a_basket(("A-1", 1_000_000), codes=["", " ", "\N{SNOWMAN}"]),
    ],
)
def test_odd_baskets_have_a_quote_all_the_same(basket: Basket) -> None:
    rules = Rules(PromotionBook.of([a_promotion(ItemPercentOff(Percent(100_000)))]))
    found = quote(basket, some_goods(a_row("10")), HERE, rules)
    check_sums(found, "EUR")
    assert [sum(units for units, _ in line.unit_amounts()) for line in found.lines]


def test_line_amounts_follow_the_step_of_the_market() -> None:  # G-2
    market = a_market("hu", country="HU", currencies=("HUF",), line_steps=[("HUF", 100)])
    viewer = a_viewer(channel=a_channel(market=market))
    goods = some_goods(a_row("149.50", currency="HUF", tax_mode=TaxMode.NET), rules=[a_tax_rule("0.27", country="HU")])
    (line,) = quote(a_basket(), goods, viewer).lines
    assert amounts(line) == ("150.00", "41.00", "191.00")


# Properties (section 8)

SKUS = ["A", "B", "C", "D"]
ROWS = st.fixed_dictionaries(
    {
        "micros": st.integers(0, 10**9),
        "mode": st.sampled_from(TaxMode),
        "rate": st.sampled_from(["0", "0.07", "0.19", "0.255"]),
        "sale": st.none() | st.integers(0, 10**9),
        "tier": st.none() | st.integers(0, 10**9),
    }
)
WISHES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 20)), min_size=1, max_size=8)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Basket, Goods, Viewer]:
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    market = a_market(
        currencies=(currency,),
        tax_rounding=draw(st.sampled_from(TaxRounding)),
        rounding=draw(st.sampled_from(Rounding)),
    )
    rows, articles = [], []
    for sku in SKUS:
        given = draw(ROWS)
        tiers = () if given["tier"] is None else (("5", f"{given['tier']}e-6"),)
        amount, mode = f"{given['micros']}e-6", given["mode"]
        rows.append(a_row(amount, id=sku, sku=sku, currency=currency, tax_mode=mode, tiers=tiers))
        articles.append(an_article(sku, tax_class=given["rate"]))
        if given["sale"] is not None:
            sale = a_row(f"{given['sale']}e-6", id=f"{sku}s", sku=sku, currency=currency, kind=PriceKind.SALE)
            rows.append(sale)
    rules = [a_tax_rule(rate, tax_class=rate) for rate in {article.tax_class for article in articles}]
    basket = a_basket(*draw(WISHES))
    return basket, some_goods(*rows, articles=articles, rules=rules), a_viewer(channel=a_channel(market=market))


def check_sums(found: Quote, currency: str) -> None:
    for line in found.lines:
        assert line.total.net + line.total.tax == line.total.gross
        assert min(line.total.net.minor, line.total.tax.minor) >= 0
        assert line.steps[-1].result == line.total.gross
        assert sum(step.amount.minor for step in line.steps) == line.total.gross.minor
    assert found.total.net + found.total.tax == found.total.gross
    assert sum(tax.base.minor for tax in found.taxes) == found.total.net.minor
    assert sum(tax.tax.minor for tax in found.taxes) == found.total.tax.minor
    assert len(found.total.gross.amount.partition(".")[2]) == exponent(currency)


@given(questions())
@settings(max_examples=150)
def test_net_and_tax_are_gross_for_each_line_each_rate_and_the_cart(question: tuple[Basket, Goods, Viewer]) -> None:
    basket, goods, viewer = question
    found = quote(basket, goods, viewer)
    assert len(found.lines) == len(basket.lines)
    check_sums(found, viewer.currency)


@given(questions(), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_of_lines_moves_no_cent(question: tuple[Basket, Goods, Viewer], random: st.DataObject) -> None:
    basket, goods, viewer = question
    lines = list(basket.lines)
    random.shuffle(lines)  # type: ignore[attr-defined]
    here, there = quote(basket, goods, viewer), quote(replace(basket, lines=tuple(lines)), goods, viewer)
    assert here.total == there.total
    assert here.taxes == there.taxes
    assert {line.line: line.total for line in here.lines} == {line.line: line.total for line in there.lines}


@given(questions())
@settings(max_examples=50)
def test_the_same_question_has_the_same_answer(question: tuple[Basket, Goods, Viewer]) -> None:
    assert quote(*question) == quote(*question)


def test_configurations_of_one_sku_share_their_tiers() -> None:
    lines = [
        BasketLine(LineId(str(n)), Sku("A-1"), pieces(1), ConfigurationId(f"c{n}") if n else None) for n in range(3)
    ]
    found = quote(a_basket(*lines), some_goods(a_row("10", tiers=[("3", "9")])), HERE)
    assert {line.total.gross.amount for line in found.lines} == {"9.00"}
