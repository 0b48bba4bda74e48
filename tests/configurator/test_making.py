"""What is made of a configuration: priced, exploded, promised, costed and handed over, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from modules.configurator.model.breakdowns import Override
from modules.configurator.model.errors import Incomplete, LimitReached
from modules.configurator.service import subjects
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import Opening, Wishes
from modules.kernel.basket import Basket, BasketLine
from modules.kernel.errors import Forbidden, InvalidInput, Unauthenticated
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import pieces
from modules.kernel.stock import AvailabilityState
from modules.pricing.engine.lifecycle import Step
from tests.configurator.manufacture import (
    BOSS,
    DOOR,
    FRAME,
    PRICES,
    RED_WIDE,
    SHOPPER,
    Maker,
    a_subject,
    put_floor,
    write,
)
from tests.pricing.promotion_documents import a_document


async def test_a_configured_line_is_priced_through_lists_tax_and_promotions_to_the_cent(maker: Maker) -> None:
    document = a_document("ten", actions=[{"orderPercentOff": {"percent": "10"}}])
    assert (await maker.pricing.promotions.upsert(BOSS, [document], "test")).problems == ()
    assert (await maker.pricing.promotions.step(BOSS, Step.ACTIVATE, ["ten"], "test")).problems == ()
    configuration = await maker.configured(*RED_WIDE)
    line = BasketLine(LineId("1"), DOOR, pieces(2), configuration)
    found = await maker.pricing.quotes.quote(Basket((line,), id="cart"), SHOPPER)
    assert found.notices == ()
    (quoted,) = found.lines
    assert [(step.kind, step.label, step.amount.amount, step.rule) for step in quoted.steps] == [
        ("list_price", "Listenpreis", "400.00", quoted.steps[0].rule),
        ("surcharge", "Colour: RED", "60.00", ("red", 1)),
        ("surcharge", "KEY: YES (3)", "20.02", ("keys", 1)),
        ("surcharge", "Over-wide", "50.00", ("WIDE", 0)),
        ("promotion", quoted.steps[4].label, "-53.00", quoted.steps[4].rule),
    ]
    assert (quoted.total.gross.amount, quoted.total.tax.amount) == ("477.02", "76.16")
    assert found.total.gross.amount == "477.02"


async def test_a_new_price_of_an_option_is_in_the_next_quote(maker: Maker) -> None:
    configuration = await maker.configured(*RED_WIDE)
    basket = Basket((BasketLine(LineId("1"), DOOR, pieces(1), configuration),), id="cart")
    before = await maker.pricing.quotes.quote(basket, SHOPPER)
    await write(maker.configurator.models, [replace(PRICES[0], amount_micros=11_000_000)])
    after = await maker.pricing.quotes.quote(basket, SHOPPER)
    assert after.total.gross.minor - before.total.gross.minor == 100


async def test_a_configuration_that_is_not_there_is_not_priced(maker: Maker) -> None:
    line = BasketLine(LineId("1"), DOOR, pieces(1), ConfigurationId("999"))
    found = await maker.pricing.quotes.quote(Basket((line,)), SHOPPER)
    assert (found.lines, [notice.code for notice in found.notices]) == ((), ["CONFIGURATION_NOT_PRICED"])


async def test_a_basket_of_many_configurations_costs_no_more_statements_than_one(maker: Maker) -> None:
    ids = [await maker.configured(("COLOUR", "RED", None), ("WIDTH", str(width), None)) for width in (50, 60, 70, 80)]
    lines = tuple(BasketLine(LineId(str(n)), DOOR, pieces(1), id) for n, id in enumerate(ids))
    await maker.pricing.quotes.quote(Basket(lines), SHOPPER)
    counts = []
    for basket in (Basket(lines[:1]), Basket(lines)):
        before = maker.database.statements
        await maker.pricing.quotes.quote(basket, SHOPPER)
        counts.append(maker.database.statements - before)
    assert counts[0] == counts[1] <= 6


async def test_a_session_is_priced_before_it_is_whole_and_not_built(maker: Maker) -> None:
    opened = await maker.configurator.sessions.open(SHOPPER, Opening(DOOR), Wishes())
    subject = await maker.making.making.find(SHOPPER, Handle(opened.key))
    assert subject
    priced = await maker.making.making.price(subject, SHOPPER)
    assert (priced.breakdown.minor, priced.is_net) == (20_000, False)
    with pytest.raises(Incomplete):
        await maker.making.making.structure(subject, Decimal(1), BOSS)


async def test_an_order_is_exploded_with_its_configured_frame(maker: Maker) -> None:
    built = await maker.making.making.structure(await a_subject(maker), Decimal(2), BOSS)
    nodes = {"/".join(path): node for path, node in built.explosion.root.walk()}
    assert {path: str(node.quantity) for path, node in nodes.items()} == {
        "DOOR": "2",
        "DOOR/FRAME#10": "2",
        "DOOR/FRAME#10/BAR#10": "5",
        "DOOR/KEY-BLANK#20": "6",
    }
    frame = nodes["DOOR/FRAME#10"].configured
    assert frame
    assert (frame.assignments["WIDTH"].value, frame.id) == (Decimal(110), None)
    assert [operation.hours for operation in built.explosion.root.operations] == [Decimal("2.0")]


async def test_structure_and_cost_are_nobodys_who_may_not_read_models(maker: Maker) -> None:
    subject = await a_subject(maker)
    for asked in (maker.making.making.structure, maker.making.making.cost, maker.making.making.lead_time):
        with pytest.raises((Forbidden, Unauthenticated)):
            await asked(subject, Decimal(1), SHOPPER)


async def test_what_can_be_promised_goes_by_the_scarcest_component_and_by_what_takes_longest(maker: Maker) -> None:
    await put_floor(maker, BAR=10, KEY_BLANK=2)
    maker.stock.held = {"BAR": 11, "KEY-BLANK": 1}
    subject = await a_subject(maker)
    told = await maker.making.making.promise(subject, Decimal(2), BOSS)
    assert (told.available, told.scarcest) == (0, "KEY-BLANK")
    assert [(one.part, one.needed, one.available) for one in told.components] == [
        ("BAR", Decimal(5), Decimal(11)),
        ("KEY-BLANK", Decimal(6), Decimal(1)),
    ]
    today = SHOPPER.channel.market.today(SHOPPER.now)
    assert told.earliest
    assert told.components[1].ready
    assert ((told.components[1].ready - today).days, told.lead_time.days) == (2, (told.earliest - today).days)
    assert told.earliest > told.components[1].ready
    maker.stock.held["KEY-BLANK"] = 60
    told = await maker.making.making.promise(subject, Decimal(2), SHOPPER)
    assert (told.available, told.scarcest, told.components) == (4, None, ())


async def test_those_who_ask_at_once_find_a_part_never_without_its_family(maker: Maker) -> None:
    subject = await a_subject(maker)
    for _ in range(5):
        await write(maker.configurator.models, [PRICES[0]])  # whatever was read is read anew
        asked = [maker.making.making.structure(subject, Decimal(1), BOSS) for _ in range(8)]
        built = await asyncio.gather(*asked)
        assert all(len(one.explosion.root.children) == 2 for one in built)


async def test_what_could_not_be_decided_in_time_is_tried_again(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = await maker.configured(*RED_WIDE)
    asked: list[Any] = []

    def never_in_time(steps: Any, text: str) -> Any:
        asked.append(text)
        return LimitReached()

    with monkeypatch.context() as patched:
        patched.setattr(subjects, "_values", never_in_time)
        for _ in range(2):
            with pytest.raises(LimitReached):
                await maker.making.making.find(BOSS, Handle(), configuration)
    assert len(asked) == 2
    assert await maker.making.making.find(BOSS, Handle(), configuration)


async def test_lines_of_a_cart_are_judged_together_in_the_same_few_statements(maker: Maker) -> None:
    await put_floor(maker, BAR=10, KEY_BLANK=2)
    maker.stock.held = {"BAR": 7, "KEY-BLANK": 9}
    ids = [await maker.configured(("COLOUR", "RED", None), ("WIDTH", str(width), None)) for width in (60, 110, 160)]
    wishes = [(id, pieces(3)) for id in (*ids, ConfigurationId("999"))]
    await maker.making.making.makeable(wishes, SHOPPER, {})
    counts, asked = [], []
    for some in (wishes[:1], wishes):
        before, calls = maker.database.statements, maker.stock.calls
        found = await maker.making.making.makeable(some, SHOPPER, {})
        counts.append(maker.database.statements - before)
        asked.append(maker.stock.calls - calls)
    assert (counts[0], asked) == (counts[1], [1, 1])
    # bars for three doors: 3, 6 and 9, of seven
    assert [one and (one.state, one.available) for one in found] == [
        (AvailabilityState.IN_STOCK, pieces(7)),
        (AvailabilityState.BACK_ORDER, pieces(2)),
        (AvailabilityState.BACK_ORDER, pieces(0)),
        None,
    ]
    besides = await maker.making.making.makeable(wishes[:1], SHOPPER, {Sku("BAR"): pieces(5)})
    assert [one and (one.state, one.available) for one in besides] == [(AvailabilityState.BACK_ORDER, pieces(2))]
    assert found[0]
    assert found[2]
    assert found[0].earliest
    assert found[2].earliest
    assert (found[2].earliest - found[0].earliest).days >= 9


async def test_a_hand_over_is_made_once_for_a_key_and_sent_with_its_event(maker: Maker) -> None:
    await put_floor(maker, BAR=1, KEY_BLANK=1)
    subject = await a_subject(maker)
    first = await maker.making.making.hand_over(subject, "quote-1/1", Decimal(2), BOSS)
    again = await maker.making.making.hand_over(subject, "quote-1/1", Decimal(2), BOSS)
    assert (first.number, again.number, again.document) == (1, 1, first.document)
    document = first.document
    assert (document["schema"], document["supersedes"]) == ("cogwerk.configuration/1", None)
    assert document["key"] == first.key
    assert document["configuration"] == subject.id
    assert document["price"]["minor"] == 26_501
    frame = document["tree"]["children"][0]
    assert (frame["part"], frame["values"][1]["value"]) == (FRAME, "110")
    assert frame["configuration"], "the frame has got an id of its own"
    assert document["leadTime"]["days"] is not None
    envelopes = await maker.database.read("SELECT envelope FROM runtime_outbox WHERE module = 'configurator'")
    assert sum("handed_over.v1" in envelope for (envelope,) in envelopes) == 1
    other = await a_subject(maker, (("COLOUR", "BLUE", None), ("WIDTH", "90", None)))
    second = await maker.making.making.hand_over(other, "quote-1/1", Decimal(2), BOSS)
    assert (second.number, second.document["supersedes"]) == (2, 1)
    assert [one.number for one in await maker.making.making.handed_over("quote-1/1", BOSS)] == [1, 2]


async def test_an_override_is_refused_where_the_entry_does_not_allow_it(maker: Maker) -> None:
    subject = await a_subject(maker)
    with pytest.raises(InvalidInput):
        await maker.making.making.price(subject, BOSS, [Override("COLOUR", 1)])
    with pytest.raises((Forbidden, Unauthenticated)):
        await maker.making.making.price(subject, SHOPPER, [Override("COLOUR", 1)])


async def test_an_override_that_is_handed_over_stands_in_the_audit_log(maker: Maker) -> None:
    allowed = replace(PRICES[0], may_be_overridden=True, max_reduction_micros=500_000)
    await write(maker.configurator.models, [allowed])
    subject = await a_subject(maker)
    wish = Override("COLOUR", 2_000, "a good customer")
    handed = await maker.making.making.hand_over(subject, "quote-1/2", Decimal(1), BOSS, [wish])
    assert handed.document["price"]["minor"] == 25_501
    rows = await maker.database.read(
        "SELECT target, before, after, reason FROM runtime_audit WHERE action = 'overridePrice'"
    )
    assert rows == [
        (
            "quote-1/2/COLOUR",
            '{"minor":3000,"currency":"EUR"}',
            '{"minor":2000,"currency":"EUR"}',
            "a good customer",
        )
    ]


MAKING = """
query ($configuration: ID, $quantity: Decimal!) {
  configurationMaking(configuration: $configuration, quantity: $quantity) {
    missing
    price { amount { amount currency } isNet lines { kind label amount { amount } } problems { code } }
    promise { available earliest scarcest problems { code } }
    structure { nodes { path quantity operations { id hours } } problems { code } }
    leadTime { days warnings problems { code } }
    cost { nodes { path total { amount } } gaps { path reason } problems { code } }
  }
}
"""


async def test_the_graph_tells_price_promise_structure_and_cost(maker: Maker) -> None:
    await put_floor(maker, BAR=1, KEY_BLANK=1)
    configuration = await maker.configured(*RED_WIDE)
    found = (await maker.run(MAKING, configuration=configuration, quantity="2"))["configurationMaking"]
    assert found["missing"] == []
    assert found["price"]["amount"] == {"amount": "265.01", "currency": "EUR"}
    assert [(line["kind"], line["amount"]["amount"]) for line in found["price"]["lines"]] == [
        ("BASE", "200.00"),
        ("OPTION", "30.00"),
        ("OPTION", "10.01"),
        ("SURCHARGE", "25.00"),
    ]
    assert [node["path"] for node in found["structure"]["nodes"]] == [
        "DOOR",
        "DOOR/FRAME#10",
        "DOOR/FRAME#10/BAR#10",
        "DOOR/KEY-BLANK#20",
    ]
    assert found["leadTime"]["warnings"] == []
    assert [gap["reason"] for gap in found["cost"]["gaps"]] == ["ZERO", "MISSING", "MISSING"]
    none = await maker.run(MAKING, configuration="999", quantity="2")
    assert none["configurationMaking"] is None


COMMANDS = """
mutation ($configuration: ID!) {
  upsertWorks(input: { reason: "test", centres: [{ id: "BENCH", rate: "40", weekdays: [9] }, { id: "SAW", rate: "1" }],
    supplies: [{ sku: "BAR", leadTimeDays: 3 }], overheads: [{ level: 0, materialPercent: "10" }] }) {
    changed problems { code path } }
  setStandardCosts(input: { reason: "test", costs: [{ sku: "BAR", amount: "6.5" }] }) { changed problems { code } }
  saveConfigurationCost(input: { configuration: $configuration }) {
    savedAs problems { code ... on ConfigurationZeroCost { paths } } }
  handOverConfiguration(input: { configuration: $configuration, line: "L1" }) {
    handOver { key number document } problems { code } }
}
"""


async def test_the_graph_takes_masters_and_costs_and_hands_over(maker: Maker) -> None:
    configuration = await maker.configured(*RED_WIDE)
    done = await maker.run(COMMANDS, configuration=configuration)
    assert done["upsertWorks"] == {
        "changed": 3,
        "problems": [{"code": "INVALID_INPUT", "path": ["input", "centres", "0", "weekdays"]}],
    }
    assert done["setStandardCosts"] == {"changed": 1, "problems": []}
    saved = done["saveConfigurationCost"]
    assert saved["savedAs"] is None
    assert [(one["code"], one["paths"]) for one in saved["problems"]] == [
        ("E_ZERO_COST", ["DOOR", "DOOR/KEY-BLANK#20"])
    ]
    handed = done["handOverConfiguration"]
    assert (handed["problems"], handed["handOver"]["number"]) == ([], 1)
    assert handed["handOver"]["document"]["quantity"] == "1"


TRIED = """
query ($configuration: ID, $overrides: [PriceOverrideInput!]) {
  configurationMaking(configuration: $configuration) {
    price(overrides: $overrides) { amount { amount } problems { code } }
    cost { saved { amount { amount } stale } }
  }
}
"""


async def test_another_price_is_tried_before_it_is_handed_over(maker: Maker) -> None:
    allowed = replace(PRICES[0], may_be_overridden=True, max_reduction_micros=500_000)
    await write(maker.configurator.models, [allowed])
    configuration = await maker.configured(*RED_WIDE)
    wish = [{"characteristic": "COLOUR", "amount": "20.00"}]
    found = (await maker.run(TRIED, configuration=configuration, overrides=wish))["configurationMaking"]
    assert found["price"] == {"amount": {"amount": "255.01"}, "problems": []}
    for bad in ("10.00", "20.001", "-1", "9" * 18):
        refused = [{"characteristic": "COLOUR", "amount": bad}]
        found = (await maker.run(TRIED, configuration=configuration, overrides=refused))["configurationMaking"]
        assert found["price"] == {"amount": None, "problems": [{"code": "INVALID_INPUT"}]}, bad
