"""What markets choose: every row of section 7 is a setting with its default; bad ones are refused at their place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from gateway.importing.errors import BadValue
from gateway.importing.policies import take_policies
from gateway.schema import GraphSchema
from modules.kernel.errors import InvalidInput
from modules.kernel.graph import GraphContext
from modules.kernel.policies import (
    AbroadPrice,
    BelowReserved,
    BudgetPolicy,
    Exclusivity,
    FreeUnit,
    Grouping,
    HoldOn,
    MissingTaxRule,
    OnHandFalls,
    OutsideWindow,
    Percentages,
    PercentRounding,
    Policies,
    PricePolicy,
    PriorPriceRule,
    PriorWindow,
    Shortage,
    StockRule,
    TaxMode,
    TaxRounding,
    ThresholdBasis,
)
from modules.kernel.viewer import OPERATOR
from modules.market.graph import PART
from modules.market.model import MarketInput
from modules.market.model.policies import chosen, document, parse, usual
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.runtime.database import Database
from tests.builders import a_market, a_viewer

SCHEMA = GraphSchema([PART])
OPERATING = a_viewer(OPERATOR)


def a_market_input(policies: Policies | None, currencies: Sequence[str] = ("CHF", "EUR")) -> MarketInput:
    return MarketInput(
        id="ch", country="CH", zone="Europe/Zurich", currencies=currencies, locales=["de"], policies=policies
    )


@pytest.mark.parametrize(
    ("row", "chosen", "default"),
    [
        (1, "price_policy", PricePolicy.SPECIFIC),
        (3, "business_tax_rounding", TaxRounding.TOTAL),
        (4, "percent_rounding", PercentRounding.DISCOUNT),
        (5, "threshold_basis", ThresholdBasis.RUNNING),
        (6, "exclusivity", Exclusivity.BEST_COMBINATION),
        (7, "percentages", Percentages.COMPOUND),
        (8, "free_unit", FreeUnit.CHEAPEST),
        (8, "partial_get", False),
        (9, "grouping", Grouping.CHEAPEST_OVERALL),
        (10, "budget", BudgetPolicy.WHOLE),
        (11, "cancel_returns_use", True),
        (12, "missing_tax_rule", MissingTaxRule.REFUSED),
        (13, "abroad_price", AbroadPrice.GROSS_STABLE),
        (14, "prior_price.window", PriorWindow.HALF_OPEN),
        (15, "prior_price.progressive", True),
        (16, "prior_price.outside", OutsideWindow.LAST_PRICE),
        (17, "prior_price.public_codes", True),
        (18, "stock.hold_on", HoldOn.CHECKOUT),
        (18, "stock.hold_minutes", 15),
        (19, "stock.shortage", Shortage.REFUSED),
        (20, "stock.on_hand_falls", OnHandFalls.SHIPPED),
        (21, "stock.below_reserved", BelowReserved.ACCEPTED),
        (22, "exact_codes", False),
    ],
)
def test_every_choice_of_section_7_is_a_setting_with_the_default_that_the_rules_name(
    row: int, chosen: str, default: object
) -> None:
    value: object = usual("DE")
    for name in chosen.split("."):
        value = getattr(value, name)
    assert value == default, row


def test_rows_2_and_3_of_section_7_are_the_market_s_own_fields() -> None:
    assert (a_market().rounding, a_market().tax_rounding) == ("half_up", "line")


@pytest.mark.parametrize(
    ("country", "progressive", "chain"),
    [("DE", True, None), ("AT", True, None), ("FR", True, None), ("IT", True, None), ("FI", True, 60)]
    + [(country, False, None) for country in ("PL", "ES", "CH")],
)
def test_the_prior_price_of_stepwise_reductions_follows_the_country(
    country: str, progressive: bool, chain: int | None
) -> None:  # section 7, row 15
    rule = usual(country).prior_price
    assert (rule.progressive, rule.chain_max_days) == (progressive, chain)
    other = chosen(country, {}, {"progressive": not progressive, "days": None}).prior_price
    assert other == replace(rule, progressive=not progressive)


ALL_OTHER = Policies(
    tax_mode=TaxMode.NET,
    destination_tax=False,
    ships_from="DE",
    cash_steps=(("CHF", 5),),
    prior_price=PriorPriceRule(days=45, window=PriorWindow.CLOSED, chain_max_days=90, public_codes=False),
    stock=StockRule(hold_on=HoldOn.CART, hold_minutes=30, shortage=Shortage.CUT),
)


@given(st.builds(Policies, ships_from=st.just("DE"), cash_steps=st.just((("CHF", 5), ("EUR", 5)))))
def test_policies_come_back_from_their_document(policies: Policies) -> None:
    assert parse(json.loads(json.dumps(document(policies)))) == policies


def test_a_choice_that_a_document_does_not_know_has_its_default() -> None:
    assert parse({}) == Policies()
    assert parse({"gift_spread": True, "stock": {"hold_minutes": 5}}) == Policies(
        gift_spread=True, stock=StockRule(hold_minutes=5)
    )


async def test_policies_come_back_from_the_store(database: Database) -> None:
    service, other = (MarketService(MarketStore(database)) for _ in range(2))
    assert (await service.upsert_markets(OPERATING, [a_market_input(ALL_OTHER)], "set up")).changed == 1
    assert (await service.upsert_markets(OPERATING, [a_market_input(ALL_OTHER)], "again")).unchanged == 1
    await other.load()
    assert [market.policies for market in other.markets()] == [ALL_OTHER]
    (entry,) = await database.read("SELECT after FROM runtime_audit WHERE reason = 'set up'")
    assert json.loads(entry[0])["policies"]["prior_price"]["days"] == 45


@pytest.mark.parametrize(
    ("policies", "place"),
    [
        (Policies(ships_from="Germany"), ("shipsFrom",)),
        (Policies(cash_steps=(("CHF", 0),)), ("cashSteps", "0")),
        (Policies(cash_steps=(("USD", 5),)), ("cashSteps", "0")),
        (Policies(cash_steps=(("CHF", 5), ("CHF", 10))), ("cashSteps", "1")),
        (Policies(prior_price=PriorPriceRule(days=0)), ("priorPrice", "days")),
        (Policies(prior_price=PriorPriceRule(days=366)), ("priorPrice", "days")),
        (Policies(prior_price=PriorPriceRule(chain_max_days=0)), ("priorPrice", "chainMaxDays")),
        (Policies(stock=StockRule(hold_minutes=0)), ("stock", "holdMinutes")),
    ],
)
async def test_a_policy_is_refused_at_the_value_that_is_not_allowed(
    database: Database, policies: Policies, place: tuple[str, ...]
) -> None:
    service = MarketService(MarketStore(database))
    (problem,) = (await service.upsert_markets(OPERATING, [a_market_input(policies)], "set up")).problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "markets", "0", "policies", *place)
    assert problem.allowed


@pytest.mark.parametrize("days", [1, 365])
async def test_the_bounds_themselves_are_allowed(database: Database, days: int) -> None:
    rule = PriorPriceRule(days=days, chain_max_days=days)
    service = MarketService(MarketStore(database))
    assert (await service.upsert_markets(OPERATING, [a_market_input(Policies(prior_price=rule))], "x")).changed == 1


UPSERT = """
mutation ($policies: MarketPoliciesInput) {
  upsertMarkets(input: { reason: "set up", markets: [{
    id: "fi", country: "FI", zone: "Europe/Helsinki", currencies: ["EUR"], locales: ["fi"], policies: $policies
  }] }) { changed problems { path } }
}"""
SHOWN = """{ markets { policies {
  taxMode pricePolicy shippingTax shipsFrom cashSteps { currency minorUnits }
  priorPrice { days progressive chainMaxDays } stock { holdOn holdMinutes }
} } }"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {}),
        ({}, {}),
        (
            {"taxMode": "NET", "shippingTax": "PROPORTIONAL", "cashSteps": [{"currency": "EUR", "minorUnits": 5}]},
            {"taxMode": "NET", "shippingTax": "PROPORTIONAL", "cashSteps": [{"currency": "EUR", "minorUnits": 5}]},
        ),
        (
            {"priorPrice": {"days": 45}, "stock": {"holdOn": "CART"}},
            {
                "priorPrice": {"days": 45, "progressive": True, "chainMaxDays": 60},
                "stock": {"holdOn": "CART", "holdMinutes": 15},
            },
        ),
    ],
)
async def test_the_graph_takes_policies_in_and_shows_them(
    database: Database, given: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    service = MarketService(MarketStore(database))
    usual: dict[str, Any] = {
        "taxMode": None,
        "pricePolicy": "SPECIFIC",
        "shippingTax": "OWN_CLASS",
        "shipsFrom": "",
        "cashSteps": [],
        "priorPrice": {"days": 30, "progressive": True, "chainMaxDays": 60},
        "stock": {"holdOn": "CHECKOUT", "holdMinutes": 15},
    }
    for viewer, text, variables in ((OPERATING, UPSERT, {"policies": given}), (a_viewer(), SHOWN, {})):
        context = GraphContext(viewer, cast("Any", None), {MarketService: service}, SCHEMA.parts, SCHEMA.owners)
        result = await SCHEMA.execute(text, variables, context_value=context)
        assert result.errors is None, result.errors
    assert result.data == {"markets": [{"policies": {**usual, **expected}}]}


def test_a_mapping_names_policies_by_their_words() -> None:
    values = {
        "country": "CH",
        "cash_steps": {"CHF": 5},
        "policies": {"tax_mode": "net", "destination_tax": "False", "ships_from": "DE"},
        "prior_price": {"days": "45", "window": "closed", "chain_max_days": "90", "public_codes": "false"},
        "stock": {"hold_on": "cart", "hold_minutes": "30", "shortage": "cut"},
    }
    found = take_policies(values)
    assert found is not None
    assert asdict(found) == asdict(replace(ALL_OTHER, prior_price=replace(ALL_OTHER.prior_price, progressive=False)))
    assert values == {"country": "CH"}
    assert take_policies({"country": "CH"}) is None


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"policies": {"tax_modus": "net"}}, "policies"),
        ({"policies": {"tax_mode": "brutto"}}, "policies.tax_mode"),
        ({"policies": {"gift_spread": "perhaps"}}, "policies.gift_spread"),
        ({"policies": {"cash_steps": "5"}}, "policies"),
        ({"prior_price": {"days": "thirty"}}, "prior_price.days"),
        ({"stock": {"hold_on": "never"}}, "stock.hold_on"),
    ],
)
def test_a_mapping_s_bad_policy_costs_its_row(values: dict[str, Any], place: str) -> None:
    with pytest.raises(BadValue) as caught:
        take_policies({"country": "CH", **values})
    assert caught.value.field == place
