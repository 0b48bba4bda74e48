"""What could go wrong around a write of prices: keys and texts that nobody can keep, readings that overlap."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.errors import BadUserInput
from modules.kernel.names import Sku
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import OPERATOR
from modules.pricing.model.prices import PriceRowInput, SpanInput
from modules.pricing.model.taxes import TaxRule, TaxRuleInput
from modules.pricing.service.buyers import Buyers
from modules.pricing.service.history import HistoryService
from modules.pricing.service.pricing import PricingService
from modules.pricing.service.rows import RowService
from modules.pricing.service.shelf import Shelf
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.history import HistoryStore
from modules.pricing.store.prices import PricingStore
from modules.pricing.store.taxes import TaxStore
from modules.runtime.database import Database
from tests.builders import a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
ARTICLES = ArticlesInMemory(an_article("A-1"), an_article("A-2"))
SHOP = ChannelsInMemory(a_channel())
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    service = wire_pricing(database, ARTICLES, SHOP)
    await service.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    return service


async def gross(pricing: Pricing, sku: str) -> str | None:
    (price,) = await pricing.answers.prices([Sku(sku)], SHOPPER)
    return price.gross.amount if price else None


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\x00", "\ud800"])
async def test_a_key_that_cannot_be_kept_refuses_the_whole_call(pricing: Pricing, key: str) -> None:
    done = await pricing.rows.set_prices(BOSS, [a_row_input()], "test", key)
    assert [problem.path for problem in done.problems] == [("input", "idempotencyKey")]
    assert await gross(pricing, "A-1") is None


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (a_row_input(id="\ud800"), "id"),
        (a_row_input(source="\x00"), "source"),
        (a_row_input(source="x" * 101), "source"),
    ],
)
async def test_what_no_database_keeps_is_refused_and_hinders_no_other_row(
    pricing: Pricing, row: PriceRowInput, field: str
) -> None:
    done = await pricing.rows.set_prices(BOSS, [row, a_row_input(sku="A-2")], "test")
    assert (done.changed, [problem.path for problem in done.problems]) == (1, [("input", "prices", "0", field)])


class SlowStore(TaxStore):
    """Its first reading of the tax rules ends when it may."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.read, self.go = asyncio.Event(), asyncio.Event()

    async def rules(self) -> list[TaxRule]:
        rules = await super().rules()
        if not self.read.is_set():
            self.read.set()
            await self.go.wait()
        return rules


async def test_a_slow_reading_of_tax_rules_does_not_bring_back_those_before_a_write(database: Database) -> None:
    slow, store = SlowStore(database), PricingStore(database)
    taxes = TaxService(slow)
    reading = asyncio.create_task(taxes.load())
    await slow.read.wait()
    await taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    slow.go.set()
    await reading
    points = HistoryStore(database)
    history = HistoryService(points, ARTICLES, SHOP, taxes)
    rows = RowService(store, ARTICLES, SHOP, history)
    await rows.set_prices(BOSS, [a_row_input(amount="10", tax_mode=TaxMode.NET)], "test")
    answers = PricingService(store, ARTICLES, history, Shelf(store, points), Buyers(None))
    (price,) = await answers.prices([Sku("A-1")], SHOPPER)
    assert price
    assert price.gross.amount == "11.90"


async def test_the_audit_log_names_what_was_written(pricing: Pricing, database: Database) -> None:
    await pricing.rows.set_prices(BOSS, [a_row_input(id="mine")], "test")
    rows = await database.read("SELECT action, target FROM runtime_audit ORDER BY id")
    assert rows[0][0] == "pricing.upsert_tax_rule"
    assert rows[0][1].startswith("tax_rule:")
    assert rows[1] == ("pricing.set_price", "price:mine")


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
async def test_a_moment_out_of_reach_is_bad_input(pricing: Pricing, at: datetime) -> None:
    hours = SpanInput(weekdays=range(1, 8), since="10:00", until="09:00")
    await pricing.rows.set_prices(BOSS, [a_row_input(schedule=[hours])], "test")
    with pytest.raises(BadUserInput) as caught:
        await pricing.answers.prices([Sku("A-1")], BOSS, at=at)
    assert caught.value.argument == "at"
    (price,) = await pricing.answers.prices([Sku("A-1")], BOSS, at=datetime(8999, 12, 31, tzinfo=UTC))
    assert price
