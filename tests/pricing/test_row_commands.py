"""Rows brought in bulk, ended and listed, and what contradicts itself, on both databases."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.errors import BadUserInput, Forbidden, InvalidInput, Unauthenticated
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.outcome import Upserted
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import OPERATOR, Principal
from modules.pricing.model.prices import (
    EndPricesInput,
    PriceKind,
    PriceRow,
    PriceRowInput,
    SpanInput,
    TierInput,
    TierMode,
)
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

BOSS = a_viewer(OPERATOR)
DAY = timedelta(days=1)
FAR = datetime.fromisoformat("8000-01-01T00:00:00+00:00")
SKUS = [Sku(f"A-{number}") for number in range(1, 31)]
SHOP = ChannelsInMemory(a_channel(), a_channel("pos"))


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    pricing = wire_pricing(database, ArticlesInMemory(*map(an_article, SKUS)), SHOP)
    await pricing.taxes.upsert_tax_rules(BOSS, [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")], "law")
    return pricing


async def set_prices(pricing: Pricing, *rows: PriceRowInput) -> None:
    done = await pricing.rows.set_prices(BOSS, rows, "test")
    assert (done.changed, done.problems) == (len(rows), ())


async def end(pricing: Pricing, *ids: str, at: datetime | None = None, key: str | None = None) -> Upserted:
    return await pricing.rows.end_prices(BOSS, EndPricesInput(ids=ids, at=at), "test", key)


async def page(pricing: Pricing, *skus: Sku, first: int = 100, after: tuple[str, str] = ("", "")) -> list[PriceRow]:
    return await pricing.rows.page(BOSS, skus or SKUS, first, after)


async def trail(database: Database, action: str) -> list[tuple[Any, ...]]:
    return await database.read(
        "SELECT principal, target, before, after, reason FROM runtime_audit WHERE action = :action ORDER BY id",
        action=f"pricing.{action}",
    )


async def test_a_row_that_says_the_same_as_another_is_refused_with_its_id(pricing: Pricing) -> None:
    """P-4: between two such rows only the amount or the id would decide."""
    hours = [SpanInput(weekdays=[1], since="08:00", until="20:00")]
    await set_prices(pricing, a_row_input(id="one"), a_row_input(id="monday", schedule=hours))
    given = [
        a_row_input(id="two", amount="9"),
        a_row_input(amount="9"),
        a_row_input(id="tuesday", schedule=hours),
        a_row_input(id="one", amount="9"),
        a_row_input(id="here", store="berlin"),
        a_row_input(id="there", store="berlin"),
        a_row_input(id="later", valid_from=FAR),
        a_row_input(id="sale", amount="8", kind=PriceKind.SALE),
        a_row_input(id="other", sku="A-2"),
    ]
    done = await pricing.rows.set_prices(BOSS, given, "test")
    assert done.changed == 5
    assert [(problem.path[2:], str(problem)) for problem in done.problems] == [
        (("0", "id"), "The row 'one' holds for the same at the same times."),
        (("1", "id"), "The row 'one' holds for the same at the same times."),
        (("2", "id"), "The row 'monday' holds for the same at the same times."),
        (("5", "id"), "The row 'here' holds for the same at the same times."),
    ]


async def test_rows_may_change_places_in_one_call(pricing: Pricing) -> None:
    """P-4: what another row said until now is free."""
    await set_prices(pricing, a_row_input(id="one"), a_row_input(id="two", store="berlin"))
    await set_prices(pricing, a_row_input(id="two"), a_row_input(id="one", store="berlin"))


async def test_an_import_has_one_entry_in_the_audit_log_with_a_digest_of_its_rows(
    pricing: Pricing, database: Database
) -> None:
    given = [a_row_input(sku=sku, source="erp.csv") for sku in SKUS]
    done = await pricing.rows.import_prices(BOSS, given, "Import demo")
    assert (done.changed, done.problems) == (30, ())
    ((by, target, before, after, reason),) = await trail(database, "import_prices")
    said = json.loads(after)
    assert (by, before, reason) == ("operator", None, "Import demo")
    assert (said["rows"], said["sources"]) == (30, ["erp.csv"])
    assert target == f"prices:{said['digest']}"
    assert await trail(database, "set_price") == []
    assert (await pricing.rows.import_prices(BOSS, given, "Import demo")).unchanged == 30
    assert len(await trail(database, "import_prices")) == 1


async def test_an_import_of_other_rows_has_another_digest(pricing: Pricing, database: Database) -> None:
    for amount in ("1", "2"):
        await pricing.rows.import_prices(BOSS, [a_row_input(amount=amount)], "x")
    assert len({target for _, target, *_ in await trail(database, "import_prices")}) == 2


async def test_an_import_keeps_every_check_and_has_an_event_a_sku(pricing: Pricing, database: Database) -> None:
    given = [
        a_row_input(),
        a_row_input(),
        a_row_input(sku="nobody"),
        a_row_input(sku="A-2", currency="CHF"),
        a_row_input(sku="A-3", amount="x"),
        a_row_input(sku="A-4", kind=PriceKind.SALE, amount="11"),
        a_row_input(sku="A-4", amount="10"),
    ]
    done = await pricing.rows.import_prices(BOSS, given, "x")
    assert done.changed == 2
    assert [problem.path[2:] for problem in done.problems] == [
        ("1",),
        ("2", "sku"),
        ("3", "currency"),
        ("4", "amount"),
        ("5", "amount"),
    ]
    ((envelope,),) = await database.read("SELECT envelope FROM runtime_outbox WHERE envelope LIKE '%price_changed%'")
    assert [change[0] for change in json.loads(envelope)["changes"]] == ["A-1", "A-4"]


async def test_an_import_carries_ten_thousand_rows_and_no_more(pricing: Pricing) -> None:
    done = await pricing.rows.import_prices(BOSS, [a_row_input()] * 10_001, "x")
    assert [problem.path for problem in done.problems] == [("input", "prices")]


@pytest.mark.parametrize(
    ("sale", "refused"),
    [
        ({"amount": "10"}, False),
        ({"amount": "10.000001"}, True),
        ({"amount": "12", "channel": "web"}, True),
        ({"amount": "12", "tax_mode": TaxMode.NET}, False),
        ({"amount": "12", "price_list": "list", "valid_from": FAR}, False),
        ({"amount": "12", "kind": PriceKind.OVERRIDE}, False),
        ({"amount": "19", "customer": "c1"}, False),
    ],
)
async def test_a_reduction_is_not_dearer_than_every_list_price_it_reduces(
    pricing: Pricing, sale: dict[str, Any], refused: bool
) -> None:
    base = a_row_input(amount="10", valid_until=FAR - DAY)
    await set_prices(pricing, base, a_row_input(amount="20", customer="c1"))
    done = await pricing.rows.set_prices(BOSS, [a_row_input(**{"kind": PriceKind.SALE, **sale})], "test")
    assert [problem.path for problem in done.problems] == [("input", "prices", "0", "amount")] * refused


async def test_a_tier_may_be_dearer_and_a_floor_has_none(pricing: Pricing) -> None:
    tiers = [TierInput(min_quantity="10", amount="12")]
    await set_prices(pricing, a_row_input(amount="10", tiers=tiers, tier_mode=TierMode.GRADUATED))
    done = await pricing.rows.set_prices(BOSS, [a_row_input(kind=PriceKind.FLOOR, tiers=tiers)], "test")
    assert [problem.path for problem in done.problems] == [("input", "prices", "0", "tiers")]
    (row,) = await page(pricing)
    assert row.tier_mode is TierMode.GRADUATED


async def test_a_computed_id_never_takes_the_row_of_another_sku(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(sku="A-2"))
    (own,) = await page(pricing, Sku("A-2"))
    done = await pricing.rows.set_prices(BOSS, [a_row_input(sku="A-1", id=own.id)], "test")
    assert [problem.path for problem in done.problems] == [("input", "prices", "0", "id")]


async def test_ended_rows_hold_no_more_and_the_past_stays(pricing: Pricing, database: Database) -> None:
    await set_prices(pricing, a_row_input(id="base"), a_row_input(id="other", sku="A-2"))
    done = await end(pricing, "base")
    assert (done.changed, done.unchanged, done.problems) == (1, 0, ())
    now = await database.now_us()
    (base, other) = await page(pricing)
    assert base.valid_until_us is not None
    assert base.valid_until_us <= now
    assert (base.version, other.valid_until_us) == (2, None)
    ((_, target, before, after, _),) = await trail(database, "end_price")
    assert target == "price:base"
    assert "valid_until_us" not in json.loads(before)
    assert json.loads(after)["valid_until_us"] == base.valid_until_us
    told = await database.read(
        "SELECT to_us FROM pricing_price_point WHERE sku = 'A-1' AND channel = 'web' AND currency = 'EUR'"
    )
    assert len(told) == 1
    assert told[0][0] is not None


async def test_a_row_may_end_later_and_what_ends_by_then_is_unchanged(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(id="a"), a_row_input(id="b", channel="web", valid_until=FAR))
    done = await end(pricing, "a", "b", at=FAR)
    assert (done.changed, done.unchanged) == (1, 1)
    assert {row.valid_until_us for row in await page(pricing)} == {to_us(FAR)}
    assert (await end(pricing, "a", "b", at=FAR)).unchanged == 2
    assert (await end(pricing, "a", at=FAR + DAY)).unchanged == 1


async def test_a_row_that_has_not_begun_never_holds(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(id="later", valid_from=FAR))
    assert (await end(pricing, "later")).changed == 1
    (row,) = await page(pricing)
    assert row.valid_from_us == row.valid_until_us == to_us(FAR)
    prices = await pricing.answers.prices([Sku("A-1")], a_viewer(OPERATOR), at=FAR)
    assert prices == [None]


async def test_each_bad_id_and_moment_is_refused_at_its_place(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(id="a"))
    done = await end(pricing, "nobody", "a", "a", "a b", "\x00", at=FAR)
    assert done.changed == 1
    assert [problem.path for problem in done.problems] == [("input", "ids", index) for index in ("0", "2", "3", "4")]
    for moment in (NOW - 365 * DAY, datetime(8000, 1, 1)):
        done = await end(pricing, "a", at=moment)
        assert [problem.path for problem in done.problems] == [("input", "at")]
    assert all(isinstance(problem, InvalidInput) and problem.allowed for problem in done.problems)


async def test_a_key_ends_rows_once(pricing: Pricing) -> None:
    await set_prices(pricing, a_row_input(id="a"))
    assert (await end(pricing, "a", at=FAR, key="k")).changed == 1
    assert (await end(pricing, "a", at=FAR, key="k")).changed == 1
    conflict = await end(pricing, "a", at=FAR - DAY, key="k")
    assert [problem.code for problem in conflict.problems] == ["IDEMPOTENCY_CONFLICT"]


async def test_rows_are_listed_with_all_they_say_page_by_page(pricing: Pricing) -> None:
    hours = [SpanInput(weekdays=[5, 1], since="22:00", until="02:30")]
    await set_prices(
        pricing,
        a_row_input(id="b", sku="A-1", contract="k1", schedule=hours, valid_from=NOW, valid_until=NOW + DAY),
        a_row_input(id="a", sku="A-1"),
        a_row_input(id="c", sku="A-2", kind=PriceKind.FLOOR),
        a_row_input(id="d", sku="A-3"),
    )
    wished = [Sku("A-2"), Sku("A-1"), Sku(" no sku ")]
    assert [row.id for row in await page(pricing, *wished)] == ["a", "b", "c"]
    assert [row.id for row in await page(pricing, *wished, first=2, after=("A-1", "a"))] == ["b", "c"]
    assert [row.id for row in await page(pricing, *wished, first=1, after=("A-1", "b"))] == ["c"]
    for wrong in ([], SKUS * 100):
        with pytest.raises(BadUserInput):
            await pricing.rows.page(BOSS, wrong, 10, ("", ""))


async def test_rows_are_for_those_who_write_prices(pricing: Pricing) -> None:
    clerk, stranger = a_viewer(Principal("clerk")), a_viewer()
    for viewer, error in ((clerk, Forbidden), (stranger, Unauthenticated)):
        with pytest.raises(error):
            await pricing.rows.page(viewer, SKUS, 10, ("", ""))
        with pytest.raises(error):
            await pricing.rows.import_prices(viewer, [], "x")
        with pytest.raises(error):
            await pricing.rows.end_prices(viewer, EndPricesInput(ids=[]), "x")


async def test_personal_rows_that_always_hold_cost_the_history_nothing(pricing: Pricing, database: Database) -> None:
    async def cost(*rows: PriceRowInput) -> int:
        before = database.statements
        await set_prices(pricing, *rows)
        return database.statements - before

    public = await cost(a_row_input(), a_row_input(sku="A-2", customer="c1"))
    assert await cost(*(a_row_input(sku=sku, customer="c2") for sku in SKUS)) < public
    told = await database.read("SELECT DISTINCT sku FROM pricing_price_point")
    assert told == [("A-1",)]
