"""Pricing on both databases: rows in, prices out, history and events beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.basket import Basket
from modules.kernel.errors import (
    BadUserInput,
    Forbidden,
    IdempotencyConflict,
    InvalidInput,
    Unauthenticated,
    UnknownSku,
)
from modules.kernel.events import Envelope
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.outcome import Upserted
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import OPERATOR, Principal
from modules.pricing.model.points import Verdict
from modules.pricing.model.prices import PriceKind, PriceRowInput, SpanInput, TierInput
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_basket, a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

DAY = timedelta(days=1)
BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
ARTICLES = ArticlesInMemory(*(an_article(f"A-{n}") for n in range(1, 501)))
WORLD = a_market("world", currencies=("USD", "JPY", "KWD"))
SHOP = ChannelsInMemory(a_channel(), a_channel("pos", price_lists=("till", "list")), a_channel("export", market=WORLD))
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    return await a_service(database)


async def a_service(database: Database) -> Pricing:
    service = wire_pricing(database, ARTICLES, SHOP)
    await service.load()
    await service.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    return service


async def set_prices(pricing: Pricing, *rows: PriceRowInput, **more: Any) -> Upserted:
    done = await pricing.rows.set_prices(BOSS, rows, "test", **more)
    assert done.problems == ()
    return done


async def gross(pricing: Pricing, *skus: str) -> list[str | None]:
    prices = await pricing.answers.prices([Sku(sku) for sku in skus], SHOPPER)
    return [price.gross.amount if price else None for price in prices]


async def events(database: Database, name: str = "pricing.price_changed.v1") -> list[Envelope]:
    rows = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    envelopes = [Envelope.decode(envelope) for (envelope,) in rows]
    return [envelope for envelope in envelopes if envelope.name == name]


async def points(database: Database, sku: str = "A-1", channel: str = "web") -> list[tuple[Any, ...]]:
    return await database.read(
        "SELECT amount_micros, from_us, to_us, announced, cause FROM pricing_price_point"
        " WHERE sku = :sku AND channel = :channel ORDER BY from_us",
        sku=sku,
        channel=channel,
    )


async def test_what_is_written_is_what_is_answered(pricing: Pricing) -> None:
    done = await set_prices(
        pricing,
        a_row_input(amount="10"),
        a_row_input(
            amount="8",
            kind=PriceKind.SALE,
            valid_from=NOW - DAY,
            valid_until=NOW + DAY,
            schedule=[SpanInput(weekdays=[1, 2], since="08:00", until="20:00")],
        ),
        a_row_input(sku="A-2", tax_mode=TaxMode.NET, tiers=[TierInput(min_quantity="10", amount="9")]),
        a_row_input(sku="A-3", channel="pos"),
    )
    assert (done.changed, done.unchanged) == (4, 0)
    one, two, three, nobody = await pricing.answers.prices([Sku("A-1"), Sku("A-2"), Sku("A-3"), Sku("X")], SHOPPER)
    assert one
    assert (one.gross.amount, one.original, one.verdict) == ("8.00", None, Verdict.NO_PRIOR_PRICE)
    assert one.valid_until == datetime(2026, 3, 2, 19, tzinfo=UTC)
    assert two
    assert (two.gross.amount, two.tiers[0].gross.amount) == ("11.90", "10.71")
    assert three is None
    assert nobody is None


async def test_the_same_rows_again_are_unchanged_and_leave_no_trace(pricing: Pricing, database: Database) -> None:
    rows = [a_row_input(), a_row_input(sku="A-2")]
    await set_prices(pricing, *rows)
    trace = len(await events(database)), await database.read("SELECT count(*) FROM runtime_audit")
    done = await set_prices(pricing, *rows)
    assert (done.changed, done.unchanged) == (0, 2)
    assert (len(await events(database)), await database.read("SELECT count(*) FROM runtime_audit")) == trace


async def test_the_same_key_again_replaces_the_row_and_raises_its_version(pricing: Pricing, database: Database) -> None:
    await set_prices(pricing, a_row_input(amount="10"))
    await set_prices(pricing, a_row_input(amount="9"))
    assert await gross(pricing, "A-1") == ["9.00"]
    assert await database.read("SELECT amount_micros, version FROM pricing_price_row") == [(9_000_000, 2)]


async def test_a_price_is_written_once_audited_and_published_with_all_skus_in_one_event(
    pricing: Pricing, database: Database
) -> None:
    await set_prices(
        pricing,
        a_row_input(),
        a_row_input(price_list="till"),
        a_row_input(currency="USD"),
        a_row_input(sku="A-2"),
    )
    (envelope,) = await events(database)
    assert [(change.key, change.version, change.state) for change in envelope.changes] == [
        ("A-1", 1, {"version": 1, "sku": "A-1", "price_lists": ["list", "till"], "currencies": ["EUR", "USD"]}),
        ("A-2", 1, {"version": 1, "sku": "A-2", "price_lists": ["list"], "currencies": ["EUR"]}),
    ]
    trail = await database.read(
        "SELECT principal, action, reason FROM runtime_audit WHERE action = 'pricing.set_price'"
    )
    assert trail == [("operator", "pricing.set_price", "test")] * 4


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("priceList", "retial"), ("currency", "XXQ"), ("market", "atlantis"), ("channel", "nope"), ("store", "nowhere")],
)
async def test_a_price_for_a_place_that_the_shop_does_not_have_is_refused_with_those_it_has(
    pricing: Pricing, field: str, wrong: str
) -> None:
    name = "price_list" if field == "priceList" else field
    done = await pricing.rows.set_prices(BOSS, [a_row_input(**{name: wrong}), a_row_input()], "test")
    (problem,) = done.problems
    assert done.changed == 1
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "prices", "0", field)
    assert problem.allowed is not None
    assert problem.allowed.startswith("one of:")


async def test_versions_rise_with_every_write_to_a_sku(pricing: Pricing, database: Database) -> None:
    for amount in ("1", "2", "2", "3"):
        await set_prices(pricing, a_row_input(amount=amount))
    await set_prices(pricing, a_row_input(price_list="till"))
    assert [envelope.changes[0].version for envelope in await events(database)] == [1, 2, 3, 4]


async def test_bad_rows_are_refused_each_at_its_place_and_good_ones_are_written(pricing: Pricing) -> None:
    rows = [
        a_row_input(sku="nobody"),
        a_row_input(amount="-1"),
        a_row_input(sku="A-2"),
        a_row_input(sku="A-2"),
        a_row_input(sku="Axe"),
    ]
    done = await pricing.rows.set_prices(BOSS, rows, "test")
    assert (done.changed, done.unchanged) == (1, 0)
    unknown, negative, twice, axe = done.problems
    assert isinstance(unknown, UnknownSku)
    assert (unknown.path, unknown.nearest) == (("input", "prices", "0", "sku"), ())
    assert isinstance(negative, InvalidInput)
    assert negative.path == ("input", "prices", "1", "amount")
    assert isinstance(twice, InvalidInput)
    assert twice.path == ("input", "prices", "3")
    assert isinstance(axe, UnknownSku)
    assert axe.nearest == ("A-1", "A-2", "A-3")
    assert await gross(pricing, "A-2") == ["10.00"]


async def test_a_row_id_belongs_to_one_sku(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(id="mine"))
    done = await pricing.rows.set_prices(BOSS, [a_row_input(sku="A-2", id="mine"), a_row_input(sku="A-3")], "test")
    assert (done.changed, [problem.path for problem in done.problems]) == (1, [("input", "prices", "0", "id")])
    await set_prices(pricing, a_row_input(id="mine", amount="7", price_list="list"))
    assert await gross(pricing, "A-1", "A-2", "A-3") == ["7.00", None, "10.00"]


async def test_two_writers_cannot_claim_one_row_id_for_two_skus(database: Database) -> None:
    writers = [await a_service(database) for _ in range(4)]
    rows = [a_row_input(sku=f"A-{number}", id="mine") for number in range(1, 5)]
    done = await asyncio.gather(
        *(writer.rows.set_prices(BOSS, [row], "race") for writer, row in zip(writers, rows, strict=True))
    )
    assert sorted((one.changed, len(one.problems)) for one in done) == [(0, 1), (0, 1), (0, 1), (1, 0)]


async def test_too_many_rows_or_no_reason_refuse_the_whole_call(pricing: Pricing) -> None:
    done = await pricing.rows.set_prices(BOSS, [a_row_input()] * 1001, "test")
    assert [problem.path for problem in done.problems] == [("input", "prices")]
    done = await pricing.rows.set_prices(BOSS, [a_row_input()], "")
    assert [problem.path for problem in done.problems] == [("input", "reason")]
    assert await gross(pricing, "A-1") == [None]


async def test_prices_are_written_by_those_who_may(pricing: Pricing) -> None:
    with pytest.raises(Unauthenticated):
        await pricing.rows.set_prices(SHOPPER, [a_row_input()], "test")
    with pytest.raises(Forbidden):
        await pricing.rows.set_prices(a_viewer(Principal("clerk")), [a_row_input()], "test")
    with pytest.raises(Unauthenticated):
        await pricing.taxes.upsert_tax_rules(SHOPPER, [GERMANY], "test")


async def test_an_idempotency_key_answers_twice_and_writes_once(pricing: Pricing, database: Database) -> None:
    rows = [a_row_input(), a_row_input(sku="nobody"), a_row_input(amount="x")]
    first = await pricing.rows.set_prices(BOSS, rows, "test", "key-1")
    await set_prices(pricing, a_row_input(amount="5"))
    again = await pricing.rows.set_prices(BOSS, rows, "test", "key-1")
    assert (again.changed, again.unchanged) == (first.changed, first.unchanged) == (1, 0)
    assert [(type(p), p.message, p.path) for p in again.problems] == [
        (type(p), p.message, p.path) for p in first.problems
    ]
    assert await gross(pricing, "A-1") == ["5.00"]
    other = await pricing.rows.set_prices(BOSS, [a_row_input(amount="6")], "test", "key-1")
    assert [type(problem) for problem in other.problems] == [IdempotencyConflict]
    assert await gross(pricing, "A-1") == ["5.00"]


async def test_two_writers_of_one_sku_get_two_versions_and_one_history(database: Database) -> None:
    writers = [await a_service(database) for _ in range(4)]

    async def write(number: int) -> Upserted:
        # The skus stand in another order each time: writers must not wait for one another in a circle.
        skus = [f"A-{n}" for n in range(1, 9)]
        rows = [a_row_input(sku=sku, amount=f"{number + 1}") for sku in (skus if number % 2 else skus[::-1])]
        return await set_prices(writers[number % 4], *rows)

    done = await asyncio.gather(*(write(number) for number in range(8)))
    assert sum(one.changed for one in done) == 64
    changes = [change for envelope in await events(database) for change in envelope.changes]
    for sku in ("A-1", "A-8"):
        assert sorted(change.version for change in changes if change.key == sku) == list(range(1, 9))
        told = await points(database, sku)
        assert len(told) == 8
        assert all(earlier[2] == later[1] for earlier, later in pairwise(told))
        (held,) = await database.read("SELECT amount_micros FROM pricing_price_row WHERE sku = :sku", sku=sku)
        assert (told[-1][0], told[-1][2]) == (held[0], None)


async def test_public_prices_write_themselves_into_the_history(pricing: Pricing, database: Database) -> None:
    await set_prices(pricing, a_row_input(amount="10", tax_mode=TaxMode.NET))
    await set_prices(pricing, a_row_input(amount="10", tax_mode=TaxMode.NET), a_row_input(segment="staff", amount="1"))
    await set_prices(pricing, a_row_input(amount="9", kind=PriceKind.SALE))
    told = await points(database)
    assert [(micros, bool(announced), cause) for micros, _, _, announced, cause in told] == [
        (11_900_000, False, "manual"),
        (9_000_000, True, "manual"),
    ]
    assert told[0][2] == told[1][1]
    assert told[1][2] is None
    assert len(await points(database, channel="pos")) == 2


async def test_an_import_brings_the_past_of_its_windows_along(pricing: Pricing, database: Database) -> None:
    since, end = NOW - 900 * DAY, NOW - 400 * DAY
    rows = [
        a_row_input(amount="12", valid_from=since, valid_until=end),
        a_row_input(amount="10", valid_from=end),
    ]
    await pricing.rows.import_prices(BOSS, rows, "test")
    assert [point[:3] for point in await points(database)] == [
        (12_000_000, to_us(since), to_us(end)),
        (10_000_000, to_us(end), None),
    ]
    assert (await pricing.rows.import_prices(BOSS, rows, "test")).unchanged == 2
    assert len(await points(database)) == 2


async def test_tax_rules_hold_at_once_and_are_published(pricing: Pricing, database: Database) -> None:
    await set_prices(pricing, a_row_input(amount="10", tax_mode=TaxMode.NET))
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    ended = TaxRuleInput(country="DE", tax_class="standard", rate="0.16", valid_until=new_year)
    begun = TaxRuleInput(country="DE", tax_class="standard", rate="0.2", valid_from=new_year)
    done = await pricing.taxes.upsert_tax_rules(BOSS, [begun, ended, GERMANY], "reform")
    # The last stands for the same rule as the second.
    assert (done.changed, done.unchanged, [p.path[2] for p in done.problems]) == (2, 0, ["2"])
    assert await gross(pricing, "A-1") == ["11.60"]
    first, second = await events(database, "pricing.tax_rules_changed.v1")
    assert (first.changes[0].version, second.changes[0].version) == (1, 2)
    assert second.changes[0].state == {"version": 2, "countries": ["DE"]}
    assert (await pricing.taxes.upsert_tax_rules(BOSS, [begun, ended], "again")).unchanged == 2


async def test_an_ambiguous_tax_rule_is_refused(pricing: Pricing) -> None:  # T-1
    rule = TaxRuleInput(country="DE", tax_class="standard", rate="0.2", valid_from=NOW)
    done = await pricing.taxes.upsert_tax_rules(BOSS, [rule], "reform")
    assert [(problem.code, problem.path) for problem in done.problems] == [
        ("TAX_RULE_AMBIGUOUS", ("input", "taxRules", "0"))
    ]


async def test_concurrent_tax_rules_never_end_up_ambiguous(database: Database) -> None:  # T-1
    writers = [wire_pricing(database, ARTICLES, SHOP) for _ in range(4)]
    rules = [
        TaxRuleInput(country="AT", tax_class="standard", rate=f"0.{n}", valid_from=NOW + n * DAY) for n in range(1, 5)
    ]
    calls = (one.taxes.upsert_tax_rules(BOSS, [rule], "race") for one, rule in zip(writers, rules, strict=True))
    done = await asyncio.gather(*calls)
    assert sorted(one.changed for one in done) == [0, 0, 0, 1]
    assert await database.read("SELECT count(*) FROM pricing_tax_rule") == [(1,)]


async def test_rules_of_another_process_hold_after_loading(pricing: Pricing, database: Database) -> None:
    await set_prices(pricing, a_row_input(amount="10", tax_mode=TaxMode.NET))
    other = wire_pricing(database, ARTICLES, SHOP)
    await other.taxes.upsert_tax_rules(BOSS, [TaxRuleInput(country="DE", tax_class="standard", rate="0.07")], "reform")
    assert await gross(pricing, "A-1") == ["11.90"]
    await pricing.load()
    assert await gross(pricing, "A-1") == ["10.70"]


async def test_a_page_costs_two_statements_and_a_basket_one(pricing: Pricing, database: Database) -> None:
    skus = [f"A-{n}" for n in range(1, 25)]
    await set_prices(pricing, *(a_row_input(sku=sku) for sku in skus))
    before = database.statements
    assert await gross(pricing, *skus) == ["10.00"] * 24
    assert database.statements == before + 2
    now = replace(SHOPPER, now=datetime.now(UTC))
    found = await pricing.quotes.quote(a_basket(*((sku, 2) for sku in skus)), now)
    assert database.statements == before + 3
    assert found.total.gross.amount == "480.00"
    await pricing.quotes.quote(Basket(()), now)
    assert database.statements == before + 3


async def test_five_hundred_rows_cost_as_many_statements_as_one(pricing: Pricing, database: Database) -> None:
    async def cost(rows: Sequence[PriceRowInput]) -> int:
        before = database.statements
        await set_prices(pricing, *rows, idempotency_key=str(len(rows)))
        return database.statements - before

    one = await cost([a_row_input(sku="A-1", amount="1")])
    assert await cost([a_row_input(sku=f"A-{n}", amount="2") for n in range(1, 501)]) == one
    assert await database.read("SELECT count(*) FROM pricing_price_point WHERE to_us IS NULL") == [(1000,)]


async def test_prices_of_another_moment_are_for_those_who_may_travel(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(), a_row_input(amount="7", kind=PriceKind.SALE, valid_from=NOW + 9 * DAY))
    skus = [Sku("A-1")]
    with pytest.raises(Unauthenticated):
        await pricing.answers.prices(skus, SHOPPER, at=NOW)
    (later,) = await pricing.answers.prices(skus, BOSS, at=NOW + 9 * DAY)
    assert later
    assert later.gross.amount == "7.00"
    assert await gross(pricing, "A-1") == ["10.00"]


@pytest.mark.parametrize("quantity", [0, -1_000_000])
async def test_a_quantity_is_above_zero(pricing: Pricing, quantity: int) -> None:
    with pytest.raises(BadUserInput):
        await pricing.answers.prices([Sku("A-1")], SHOPPER, quantity)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1190"), ("EUR", "11.90"), ("KWD", "11.900")])
async def test_currencies_of_any_exponent_are_quoted(pricing: Pricing, currency: str, amount: str) -> None:
    net = "1000" if currency == "JPY" else "10"
    await set_prices(pricing, a_row_input(currency=currency, amount=net, tax_mode=TaxMode.NET))
    viewer = a_viewer(channel=a_channel(market=a_market(currencies=(currency,))))
    found = await pricing.quotes.quote(a_basket(), viewer)
    assert found.total.gross.amount == amount


async def test_a_subgraph_of_prices_knows_the_products_it_has_a_price_for(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input())
    assert await pricing.answers.priced([Sku("A-1"), Sku("A-2"), Sku(" not a sku")]) == [True, False, False]
