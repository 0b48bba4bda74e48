"""Configured products in a quote: their own price, and beside it what the configuration adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.basket import Basket, BasketLine, Quote, QuoteLine
from modules.kernel.configuration import Surcharge, SurchargeRequest, Surcharges, Unpriced
from modules.kernel.errors import Unavailable
from modules.kernel.moments import to_us
from modules.kernel.names import ConfigurationId, LineId, PriceListId, Sku
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import pieces
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.engine.actions import ItemPercentOff
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.prices import PriceKind, PriceRow
from modules.pricing.model.promotions import Percent
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_basket, a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_promotion, a_row, a_row_input, some_goods

HERE = a_viewer()
BLUE = Surcharges((Surcharge("Colour blue", 12_500_000, ("price-blue", 2)), Surcharge("Without lock", -3_000_000)))
"""9.50 more."""


def a_line(id: str = "1", configuration: str | None = "7", count: int = 2) -> BasketLine:
    return BasketLine(LineId(id), Sku("A-1"), pieces(count), ConfigurationId(configuration) if configuration else None)


def answered(*rows: PriceRow, found: Surcharges | Unpriced = BLUE, book: PromotionBook | None = None) -> Quote:
    told = Rules(book or PromotionBook.of(()), surcharges={LineId("1"): found})
    return quote(Basket((a_line(),)), some_goods(*rows or (a_row("100"),)), HERE, told)


def steps(line: QuoteLine) -> list[tuple[str, str, str]]:
    return [(step.kind, step.amount.amount, step.result.amount) for step in line.steps]


def test_surcharges_stand_between_the_articles_price_and_promotions() -> None:
    book = PromotionBook.of([a_promotion(ItemPercentOff(Percent(100_000)))])
    (line,) = answered(a_row("100"), a_row("90", id="sale", kind=PriceKind.SALE), book=book).lines
    assert steps(line) == [
        ("list_price", "200.00", "200.00"),
        ("sale", "-20.00", "180.00"),
        ("surcharge", "25.00", "205.00"),
        ("surcharge", "-6.00", "199.00"),
        ("promotion", "-19.90", "179.10"),
    ]
    assert [(step.label, step.rule) for step in line.steps[2:4]] == [
        ("Colour blue", ("price-blue", 2)),
        ("Without lock", None),
    ]
    assert line.total.gross.amount == "179.10"
    assert line.total.tax.amount == "28.60"
    assert line.unit.amount == "89.55"


def test_surcharges_are_in_the_tax_mode_of_the_articles_price() -> None:
    (line,) = answered(a_row("100", tax_mode=TaxMode.NET)).lines
    assert steps(line)[-1] == ("tax", "41.61", "260.61")
    assert (line.total.net.amount, line.total.gross.amount) == ("219.00", "260.61")


def test_lines_of_one_article_differ_by_their_configuration() -> None:
    lines = a_line("1"), a_line("2", "8"), a_line("3", None)
    rules = Rules(surcharges={LineId("1"): BLUE, LineId("2"): Surcharges()})
    found = quote(Basket(lines), some_goods(a_row("100")), HERE, rules)
    assert [line.total.gross.amount for line in found.lines] == ["219.00", "200.00", "200.00"]


@pytest.mark.parametrize(
    ("found", "because"),
    [
        (Unpriced("E_TABLE_NO_MATCH", "No row of PAINT matches."), "E_TABLE_NO_MATCH"),
        (Surcharges((Surcharge("Much less", -100_000_001),)), "NEGATIVE_PRICE"),
    ],
)
def test_what_nobody_can_price_is_left_out_and_told(found: Surcharges | Unpriced, because: str) -> None:
    answer = answered(found=found)
    assert answer.lines == ()
    (notice,) = answer.notices
    assert (notice.code, notice.line) == ("CONFIGURATION_NOT_PRICED", "1")
    assert notice.data == {"sku": "A-1", "configuration": "7", "because": because}


def test_a_quote_ends_when_a_surcharge_may_change() -> None:
    soon = NOW + timedelta(hours=1)
    assert answered(found=replace(BLUE, until_us=to_us(soon))).valid_until == soon


def test_other_surcharges_are_another_quote() -> None:
    other = replace(BLUE, steps=BLUE.steps[:1])
    assert answered().id != answered(found=other).id


@given(st.lists(st.integers(-2_000, 9_000), max_size=6), st.integers(1, 9), st.sampled_from(list(TaxMode)))
def test_the_steps_of_a_line_add_up_to_what_is_due(cents: list[int], count: int, mode: TaxMode) -> None:
    found = Surcharges(tuple(Surcharge(str(n), each * 10_000) for n, each in enumerate(cents)))
    goods = some_goods(a_row("149.99", tax_mode=mode))
    (line,) = quote(Basket((a_line(count=count),)), goods, HERE, Rules(surcharges={LineId("1"): found})).lines
    assert sum(step.amount.minor for step in line.steps) == line.total.gross.minor
    base = line.total.net if mode is TaxMode.NET else line.total.gross
    assert base.minor == (14_999 + sum(cents)) * count


class Configurator:
    """Answers by configuration, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Surcharges | Unpriced]) -> None:
        self.answers = answers
        self.asked: list[Sequence[SurchargeRequest]] = []

    async def surcharges(self, requests: Sequence[SurchargeRequest], viewer: Viewer) -> list[Surcharges | Unpriced]:
        self.asked.append(requests)
        if not self.answers:
            raise Unavailable("Configurator")
        return [self.answers[request.configuration] for request in requests]


async def a_shop(database: Database, configurator: Configurator) -> Pricing:
    boss = a_viewer(OPERATOR)
    articles = ArticlesInMemory(an_article("A-1"), an_article("B-1"))
    pricing = wire_pricing(database, articles, ChannelsInMemory(a_channel()), lambda: NOW, configured=configurator)
    await pricing.load()
    await pricing.taxes.upsert_tax_rules(boss, [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")], "law")
    rows = [a_row_input(sku="A-1", amount="100"), a_row_input(sku="B-1", amount="5")]
    assert (await pricing.rows.set_prices(boss, rows, "test")).problems == ()
    return pricing


async def test_all_configured_lines_of_a_basket_are_one_question(database: Database) -> None:
    configurator = Configurator({"7": BLUE, "8": Surcharges()})
    pricing = await a_shop(database, configurator)
    basket = Basket((a_line("1"), a_line("2", "8"), a_line("3", None), a_line("4", "7")))
    found = await pricing.quotes.quote(basket, HERE)
    assert [line.total.gross.amount for line in found.lines] == ["219.00", "200.00", "200.00", "219.00"]
    (asked,) = configurator.asked
    assert [request.configuration for request in asked] == ["7", "8"]
    assert asked[0] == SurchargeRequest(Sku("A-1"), ConfigurationId("7"), PriceListId("list"), "EUR", 100_000_000)
    configurator.asked.clear()
    await pricing.quotes.quote(a_basket(("B-1", 1)), HERE)
    assert configurator.asked == []


async def test_a_configurator_that_is_silent_leaves_its_lines_out_and_no_other(database: Database) -> None:
    pricing = await a_shop(database, Configurator({}))
    basket = Basket((a_line("1"), a_line("2", None)))
    found = await pricing.quotes.quote(basket, HERE)
    assert [line.line for line in found.lines] == ["2"]
    assert [(notice.code, notice.data["because"]) for notice in found.notices] == [
        ("CONFIGURATION_NOT_PRICED", "UNAVAILABLE")
    ]
