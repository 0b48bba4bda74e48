"""Price lists and exchange rates on both databases: described, and derived rows kept right (P-7)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.errors import Forbidden, InvalidInput, Unauthenticated, Unavailable
from modules.kernel.names import Sku
from modules.kernel.outcome import Upserted
from modules.kernel.product import Article
from modules.kernel.viewer import OPERATOR, Principal
from modules.pricing.model.lists import DerivationInput, ExchangeRatesInput, PriceListInput, RateInput, Toward
from modules.pricing.model.prices import EndPricesInput, PriceKind, PriceRow, PriceRowInput
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service import lists as service
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

BOSS = a_viewer(OPERATOR)
SKUS = [Sku(f"A-{number}") for number in range(1, 8)]
WORLD = a_market("world", country="US", currencies=("USD", "JPY"))
SHOP = ChannelsInMemory(a_channel(), a_channel("export", market=WORLD, price_lists=("us", "jp")))
EXPORT = a_viewer(channel=SHOP.held[1])
DERIVED = DerivationInput(source="list", rates="ecb", currency_from="EUR", currency_to="USD", ending=".95")


class NoArticles(ArticlesInMemory):
    """A catalogue that does not answer."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        raise Unavailable("The catalogue")


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    pricing = wire_pricing(database, ArticlesInMemory(*map(an_article, SKUS)), SHOP)
    rules = [TaxRuleInput(country=country, tax_class="standard", rate="0") for country in ("DE", "US")]
    await pricing.taxes.upsert_tax_rules(BOSS, rules, "law")
    return pricing


async def rates(pricing: Pricing, usd: str = "1.10", *more: RateInput, id: str = "ecb") -> Upserted:
    given = [RateInput(currency_from="EUR", currency_to="USD", rate=usd), *more]
    return await pricing.lists.upsert_exchange_rates(
        BOSS, [ExchangeRatesInput(id=id, day=date(2026, 3, 2), rates=given)], "rates of the day"
    )


async def a_list(pricing: Pricing, id: str = "us", **changes: Any) -> Upserted:
    given = PriceListInput(id=id, names=[("en", "USA")], derivation=replace(DERIVED, **changes))
    return await pricing.lists.upsert_price_lists(BOSS, [given], "the list")


async def set_prices(pricing: Pricing, *rows: PriceRowInput) -> Upserted:
    done = await pricing.rows.set_prices(BOSS, rows, "prices")
    assert done.problems == ()
    return done


async def rows(pricing: Pricing, price_list: str = "us") -> list[PriceRow]:
    found = await pricing.rows.page(BOSS, SKUS, 100, ("", ""))
    return [row for row in found if row.price_list == price_list]


async def amounts(pricing: Pricing) -> list[str | None]:
    prices = await pricing.answers.prices(SKUS[:2], EXPORT)
    return [price.gross.amount if price else None for price in prices]


def refusals(done: Upserted) -> list[tuple[str, ...]]:
    assert all(isinstance(problem, InvalidInput) and problem.allowed for problem in done.problems)
    return [problem.path[2:] for problem in done.problems]


async def test_a_derived_list_is_filled_when_it_is_described(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(sku="A-1"), a_row_input(sku="A-2", amount="20"))
    await rates(pricing)
    assert await amounts(pricing) == [None, None]
    assert (await a_list(pricing)).changed == 1
    assert await amounts(pricing) == ["10.95", "21.95"]
    (row, _) = await rows(pricing)
    (source, _) = await rows(pricing, "list")
    assert (row.derived_from, row.rate, row.currency) == (source.id, "ecb:1", "USD")


async def test_a_source_rows_change_reaches_derived_rows_in_the_same_transaction(
    pricing: Pricing, database: Database
) -> None:
    await rates(pricing)
    await a_list(pricing)
    done = await set_prices(pricing, a_row_input(sku="A-1", amount="30"), a_row_input(sku="A-1", currency="JPY"))
    assert done.changed == 2
    assert await amounts(pricing) == ["32.95", None]
    ((envelope,),) = await database.read(
        "SELECT envelope FROM runtime_outbox WHERE envelope LIKE '%price_changed%' ORDER BY id"
    )
    assert '"price_lists":["list","us"],"currencies":["EUR","JPY","USD"]' in envelope
    trail = await database.read("SELECT action FROM runtime_audit WHERE target LIKE 'price:%'")
    assert trail == [("pricing.set_price",)] * 3


async def test_the_end_of_a_source_row_ends_its_derived_rows(pricing: Pricing) -> None:
    await rates(pricing)
    await a_list(pricing)
    await set_prices(pricing, a_row_input(sku="A-1"))
    (source,) = await rows(pricing, "list")
    await pricing.rows.end_prices(BOSS, EndPricesInput(ids=[source.id]), "sold out")
    ((derived,), (ended,)) = await rows(pricing), await rows(pricing, "list")
    assert derived.valid_until_us == ended.valid_until_us is not None


async def test_new_rates_reach_all_rows_before_the_command_answers(
    pricing: Pricing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 3)
    await set_prices(pricing, *(a_row_input(sku=sku) for sku in SKUS))
    await rates(pricing)
    await a_list(pricing)
    assert (await rates(pricing, "2")).changed == 1
    assert {(row.micros, row.rate, row.version) for row in await rows(pricing)} == {(19_950_000, "ecb:2", 2)}
    trail = await database.read(
        "SELECT target, after FROM runtime_audit WHERE action = 'pricing.derive_prices' ORDER BY id"
    )
    assert len(trail) == 6  # 7 skus in batches of 3, twice
    assert all('"rows":' in after and '"digest":"' in after for _, after in trail)
    assert (await rates(pricing, "2")).unchanged == 1


async def test_public_prices_of_derived_lists_stand_in_the_history(pricing: Pricing, database: Database) -> None:  # L-1
    await set_prices(pricing, a_row_input(sku="A-1"))
    await rates(pricing)
    await a_list(pricing)
    await rates(pricing, "2")
    told = await database.read(
        "SELECT amount_micros FROM pricing_price_point WHERE channel = 'export' AND currency = 'USD' ORDER BY from_us"
    )
    assert told == [(10_950_000,), (19_950_000,)]


async def test_a_command_that_was_cut_off_is_finished_by_the_next_one(pricing: Pricing, database: Database) -> None:
    await set_prices(pricing, a_row_input(sku="A-1"))
    await rates(pricing)
    with pytest.raises(Unavailable):
        await a_list(wire_pricing(database, NoArticles(), SHOP))
    assert await rows(pricing) == []
    assert (await a_list(pricing)).unchanged == 1
    assert len(await rows(pricing)) == 1


async def test_a_list_that_is_derived_no_more_loses_its_rows_and_takes_others(
    pricing: Pricing, database: Database
) -> None:
    await set_prices(pricing, a_row_input(sku="A-1"))
    await rates(pricing)
    await a_list(pricing)
    await pricing.lists.upsert_price_lists(BOSS, [PriceListInput(id="us")], "by hand from now on")
    assert await rows(pricing) == []
    assert await amounts(pricing) == [None, None]
    trail = await database.read("SELECT count(*) FROM runtime_audit WHERE action = 'pricing.drop_price'")
    assert trail == [(1,)]
    await set_prices(pricing, a_row_input(sku="A-1", price_list="us", currency="USD", amount="7"))
    assert await amounts(pricing) == ["7.00", None]


async def test_what_a_list_is_derived_from_now_replaces_what_it_was(pricing: Pricing) -> None:
    await pricing.lists.upsert_price_lists(BOSS, [PriceListInput(id="master")], "a list no channel names")
    await set_prices(pricing, a_row_input(sku="A-1"), a_row_input(sku="A-2", price_list="master", amount="50"))
    await rates(pricing)
    await a_list(pricing)
    await a_list(pricing, source="master", ending=None, step="0.05", toward=Toward.DOWN)
    assert await amounts(pricing) == [None, "55.00"]


async def test_a_derived_list_refuses_rows_handed_in(pricing: Pricing) -> None:  # P-7
    await rates(pricing)
    await a_list(pricing)
    await set_prices(pricing, a_row_input(sku="A-1"))
    (derived,) = await rows(pricing)
    given = [
        a_row_input(sku="A-1", price_list="us", currency="USD"),
        a_row_input(sku="A-1", id=derived.id),
        a_row_input(sku="A-2"),
    ]
    done = await pricing.rows.set_prices(BOSS, given, "by hand")
    assert refusals(done) == [("0", "priceList"), ("1", "id")]
    assert done.changed == 1
    ended = await pricing.rows.end_prices(BOSS, EndPricesInput(ids=[derived.id]), "no more")
    assert [problem.path for problem in ended.problems] == [("input", "ids", "0")]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"source": "nowhere"}, ("source",)),
        ({"source": "a list"}, ("source",)),
        ({"source": "us"}, ("source",)),
        ({"source": "chained"}, ("source",)),
        ({"rates": "imf"}, ("rates",)),
        ({"currency_from": "CHF"}, ("rates",)),
        ({"currency_from": "eur"}, ("currencyFrom",)),
        ({"currency_to": "GBP"}, ("currencyTo",)),
        ({"ending": "95"}, ("ending",)),
        ({"ending": ".955"}, ("ending",)),
        ({"ending": "-.95"}, ("ending",)),
        ({"ending": ""}, ("ending",)),
        ({"step": "0.05"}, ("step",)),
        ({"ending": None, "step": "0"}, ("step",)),
        ({"ending": None, "step": "0.001"}, ("step",)),
        ({"ending": None, "step": "x"}, ("step",)),
    ],
)
async def test_each_bad_derivation_is_refused_at_its_place(
    pricing: Pricing, changes: dict[str, Any], place: tuple[str, ...]
) -> None:
    await rates(pricing)
    await a_list(pricing, "chained")
    assert refusals(await a_list(pricing, **changes)) == [("0", "derivation", *place)]
    assert set((await pricing.lists.lists(BOSS)).lists) == {"chained"}


async def test_no_chain_is_longer_than_one_list_even_when_both_come_in_one_call(pricing: Pricing) -> None:  # P-7
    await rates(pricing)
    circle = [
        PriceListInput(id="us", derivation=replace(DERIVED, source="jp")),
        PriceListInput(id="jp", derivation=replace(DERIVED, source="us")),
    ]
    assert refusals(await pricing.lists.upsert_price_lists(BOSS, circle, "round")) == [
        ("0", "derivation"),
        ("1", "derivation"),
    ]
    await a_list(pricing, source="jp")
    assert refusals(await a_list(pricing, "jp")) == [("0", "derivation")]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (PriceListInput(id="a b"), ("id",)),
        (PriceListInput(id="x", names=[("EN", "X")]), ("names", "0")),
        (PriceListInput(id="x", names=[("en", "X"), ("en", "Y")]), ("names", "1")),
        (PriceListInput(id="x", names=[("en", "")]), ("names", "0", "text")),
    ],
)
async def test_each_bad_list_is_refused_at_its_place(
    pricing: Pricing, given: PriceListInput, place: tuple[str, ...]
) -> None:
    assert refusals(await pricing.lists.upsert_price_lists(BOSS, [given], "x")) == [("0", *place)]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"rate": "0"}, ("rates", "0", "rate")),
        ({"rate": "-1"}, ("rates", "0", "rate")),
        ({"rate": "1.0000001"}, ("rates", "0", "rate")),
        ({"rate": "1000001"}, ("rates", "0", "rate")),
        ({"rate": "one"}, ("rates", "0", "rate")),
        ({"per": 0}, ("rates", "0", "per")),
        ({"currency_from": "Euro"}, ("rates", "0", "currencyFrom")),
        ({"currency_to": "$"}, ("rates", "0", "currencyTo")),
    ],
)
async def test_each_bad_rate_is_refused_at_its_place(
    pricing: Pricing, changes: dict[str, Any], place: tuple[str, ...]
) -> None:
    good = RateInput(currency_from="EUR", currency_to="USD", rate="1.1")
    for share, expected in (([replace(good, **changes)], place), ([good, good], ("rates", "1")), ([], ("rates",))):
        given = ExchangeRatesInput(id="ecb", day=date(2026, 3, 2), rates=share)
        assert refusals(await pricing.lists.upsert_exchange_rates(BOSS, [given], "x")) == [("0", *expected)]


async def test_rates_keep_the_pairs_that_lists_are_derived_with(pricing: Pricing) -> None:
    await rates(pricing)
    await a_list(pricing)
    other = [RateInput(currency_from="EUR", currency_to="JPY", rate="160")]
    given = [ExchangeRatesInput(id="ecb", day=date(2026, 3, 3), rates=other)]
    assert refusals(await pricing.lists.upsert_exchange_rates(BOSS, given, "x")) == [("0", "rates")]


async def test_lists_are_for_those_who_write_prices(pricing: Pricing) -> None:
    clerk = a_viewer(Principal("clerk"))
    with pytest.raises(Unauthenticated):
        await pricing.lists.lists(a_viewer())
    for call in (pricing.lists.upsert_price_lists, pricing.lists.upsert_exchange_rates):
        with pytest.raises(Forbidden):
            await call(clerk, [], "x")
        done = await call(BOSS, [], "")
        assert [problem.path for problem in done.problems] == [("input", "reason")]


async def test_rates_and_source_rows_that_change_at_once_end_in_one_truth(pricing: Pricing, database: Database) -> None:
    others = [wire_pricing(database, ArticlesInMemory(*map(an_article, SKUS)), SHOP) for _ in range(3)]
    await rates(pricing)
    await a_list(pricing, ending=None)
    await asyncio.gather(
        *(set_prices(one, *(a_row_input(sku=sku, amount=f"{n + 1}0") for sku in SKUS)) for n, one in enumerate(others)),
        rates(pricing, "3"),
    )
    sources = {row.id: row.micros for row in await rows(pricing, "list")}
    derived = await rows(pricing)
    assert len(derived) == len(SKUS)
    assert all(row.micros == 3 * sources[row.derived_from or ""] for row in derived)


async def test_a_sale_in_the_source_list_is_a_sale_in_the_derived_one(pricing: Pricing) -> None:
    await rates(pricing)
    await a_list(pricing)
    until = NOW + timedelta(days=36_500)
    await set_prices(pricing, a_row_input(amount="10"), a_row_input(amount="8", kind=PriceKind.SALE, valid_until=until))
    assert {row.kind: row.micros for row in await rows(pricing)} == {
        PriceKind.BASE: 10_950_000,
        PriceKind.SALE: 8_950_000,
    }
    assert await amounts(pricing) == ["8.95", None]
