"""Codes and uses as merchants and checkouts see them in the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.pricing import Pricing, by_field, wire_pricing
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, Unauthenticated
from modules.kernel.graph import GraphContext, Part
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.graph import PART
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.builders import a_channel, a_viewer
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory
from tests.pricing.redeeming import a_limited, save_promotions

BOSS = a_viewer(OPERATOR)
SCHEMA = GraphSchema([Part("shelf"), PART])
PROBLEM = "problems { __typename code path message ... on PromotionUseRefused { promotion left { amount currency } } }"
REDEMPTION = """redemption {
  attempt order uses { promotion code state wanted { amount currency } granted { amount } expiresAt }
}"""
UPSERT_CODES = """
mutation ($codes: [CodeInput!]!) { upsertCodes(input: { reason: "test", codes: $codes }) { changed problems { path } } }
"""
GENERATE = """
mutation ($count: Int!, $key: String! = "k") {
  generateCodes(input: { idempotencyKey: $key, reason: "test", promotion: "sale", count: $count, prefix: "X-" }) {
    batch { id promotion prefix count made state createdAt } problems { code path }
  }
}"""
WITHDRAW = """
mutation ($codes: [String!]! = [], $batches: [ID!]! = []) {
  withdrawCodes(input: { reason: "test", codes: $codes, batches: $batches }) { changed unchanged problems { path } }
}"""
CODES = """
query ($first: Int! = 24, $after: String, $batch: ID) {
  codes(promotion: "sale", first: $first, after: $after, batch: $batch) {
    edges { cursor node { code batch maxUses held confirmed validFrom validUntil withdrawnAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
  codeBatches(promotion: "sale") { id state made }
}"""
HOLD = f"mutation ($input: HoldPromotionUsesInput!) {{ holdPromotionUses(input: $input) {{ {REDEMPTION} {PROBLEM} }} }}"
CONFIRM = f"""
mutation ($attempt: ID!, $order: ID!) {{
  confirmPromotionUses(input: {{ attempt: $attempt, order: $order }}) {{ {REDEMPTION} {PROBLEM} }}
}}"""
REVERT = f"""
mutation ($attempt: ID!) {{ revertPromotionUses(input: {{ attempt: $attempt }}) {{ {REDEMPTION} {PROBLEM} }} }}"""
USES = """{
  promotionUses(promotion: "sale") {
    promotion held confirmed spending { held { amount currency } confirmed { amount currency } }
  }
  promotionRedemption(attempt: "a") { order uses { state } }
  other: promotionRedemption(attempt: "b") { order }
}"""


class Desk:
    """Where merchants and checkouts ask."""

    def __init__(self, pricing: Pricing, feed: StreamFeed) -> None:
        self.pricing = pricing
        self.feed = feed

    async def ask(self, document: str, viewer: Viewer = BOSS, **variables: Any) -> dict[str, Any]:
        """The data; raises what stands behind the first error."""
        asked = GraphContext(viewer, self.feed, by_field(self.pricing), SCHEMA.parts, SCHEMA.owners)
        result = await SCHEMA.execute(document, variables, context_value=asked)
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        assert result.data is not None
        return result.data


@pytest.fixture
async def desk(database: Database, feed: StreamFeed) -> Desk:
    await save_promotions(database, a_limited(total=5, budget=(("EUR", 1000),)))
    return Desk(wire_pricing(database, ArticlesInMemory(), ChannelsInMemory(a_channel())), feed)


def an_attempt(attempt: str = "a", amount: str = "9.50", **given: Any) -> dict[str, Any]:
    """At one use of `sale`."""
    return {"attempt": attempt, "currency": "EUR", "uses": [{"promotion": "sale", "amount": amount}], **given}


async def test_uses_go_from_hold_to_order_and_back(desk: Desk) -> None:
    """C-3, C-5."""
    held = (await desk.ask(HOLD, input=an_attempt(customer="7", email="a@b.example", cart="c")))["holdPromotionUses"]
    (use,) = held["redemption"]["uses"]
    assert (use["state"], use["wanted"], use["granted"], use["code"]) == (
        "HELD",
        {"amount": "9.50", "currency": "EUR"},
        {"amount": "9.50"},
        None,
    )
    confirmed = (await desk.ask(CONFIRM, attempt="a", order="o-1"))["confirmPromotionUses"]
    assert (confirmed["redemption"]["order"], confirmed["problems"]) == ("o-1", [])
    found = await desk.ask(USES)
    assert found["promotionUses"] == {
        "promotion": "sale",
        "held": 0,
        "confirmed": 1,
        "spending": [
            {"held": {"amount": "0.00", "currency": "EUR"}, "confirmed": {"amount": "9.50", "currency": "EUR"}}
        ],
    }
    assert found["promotionRedemption"] == {"order": "o-1", "uses": [{"state": "CONFIRMED"}]}
    assert found["other"] is None
    returned = (await desk.ask(REVERT, attempt="a"))["revertPromotionUses"]
    assert [use["state"] for use in returned["redemption"]["uses"]] == ["RETURNED"]


async def test_a_refused_use_says_which_and_what_is_left(desk: Desk) -> None:
    """C-6."""
    await desk.ask(HOLD, input=an_attempt())
    refused = (await desk.ask(HOLD, input=an_attempt("b")))["holdPromotionUses"]
    assert refused["redemption"] is None
    (problem,) = refused["problems"]
    assert (problem["__typename"], problem["code"], problem["promotion"], problem["left"]) == (
        "PromotionUseRefused",
        "BUDGET_EXHAUSTED",
        "sale",
        {"amount": "0.50", "currency": "EUR"},
    )
    again = (await desk.ask(HOLD, input=an_attempt(amount="1.00")))["holdPromotionUses"]["problems"]
    assert [(problem["__typename"], problem["path"]) for problem in again] == [
        ("IdempotencyConflict", ["input", "attempt"])
    ]
    unknown = (await desk.ask(CONFIRM, attempt="b", order="o"))["confirmPromotionUses"]["problems"]
    assert [problem["code"] for problem in unknown] == ["UNKNOWN_ATTEMPT"]


async def test_codes_are_named_listed_page_by_page_and_withdrawn(desk: Desk) -> None:
    named = [
        {"code": "Summer", "promotion": "sale", "maxUses": 3, "validUntil": "2030-01-01T00:00:00Z"},
        {"code": "autumn", "promotion": "sale"},
    ]
    assert (await desk.ask(UPSERT_CODES, codes=named))["upsertCodes"] == {"changed": 2, "problems": []}
    uses = [{"promotion": "sale", "amount": "1.00", "code": "SUMMER"}]
    await desk.ask(HOLD, input=an_attempt(uses=uses))
    first = (await desk.ask(CODES, first=1))["codes"]
    assert [edge["node"]["code"] for edge in first["edges"]] == ["autumn"]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    rest = (await desk.ask(CODES, first=5, after=first["pageInfo"]["endCursor"]))["codes"]
    assert [edge["node"] for edge in rest["edges"]] == [
        {
            "code": "Summer",
            "batch": None,
            "maxUses": 3,
            "held": 1,
            "confirmed": 0,
            "validFrom": None,
            "validUntil": "2030-01-01T00:00:00Z",
            "withdrawnAt": None,
        }
    ]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    gone = (await desk.ask(WITHDRAW, codes=["summer", "winter"]))["withdrawCodes"]
    assert gone == {"changed": 1, "unchanged": 0, "problems": [{"path": ["input", "codes", "1"]}]}
    with pytest.raises(BadUserInput):
        await desk.ask(CODES, after="nonsense")
    with pytest.raises(BadUserInput):
        await desk.ask(CODES, first=101)


async def test_batches_are_made_once_per_key_and_withdrawn_whole(desk: Desk) -> None:
    made = (await desk.ask(GENERATE, count=30))["generateCodes"]
    again = (await desk.ask(GENERATE, count=30))["generateCodes"]
    assert made == again
    batch = made["batch"]
    assert (batch["state"], batch["made"], batch["count"], batch["prefix"]) == ("DONE", 30, 30, "X-")
    listed = await desk.ask(CODES, batch=batch["id"])
    assert len(listed["codes"]["edges"]) == 24
    assert listed["codeBatches"] == [{"id": batch["id"], "state": "DONE", "made": 30}]
    await desk.ask(WITHDRAW, batches=[batch["id"]])
    listed = await desk.ask(CODES, first=1)
    assert listed["codes"]["edges"][0]["node"]["withdrawnAt"] is not None
    assert listed["codeBatches"][0]["state"] == "WITHDRAWN"
    large = (await desk.ask(GENERATE, count=10_001, key="large"))["generateCodes"]
    assert large == {"batch": None, "problems": [{"code": "INVALID_INPUT", "path": ["input", "count"]}]}


async def test_strangers_neither_see_nor_use_them(desk: Desk) -> None:
    stranger = replace(a_viewer(), address="203.0.113.7")
    for document, variables in (
        (HOLD, {"input": an_attempt()}),
        (CONFIRM, {"attempt": "a", "order": "o"}),
        (REVERT, {"attempt": "a"}),
        (USES, {}),
        (CODES, {}),
        (GENERATE, {"count": 1}),
        (WITHDRAW, {}),
        (UPSERT_CODES, {"codes": []}),
    ):
        with pytest.raises(Unauthenticated):
            await desk.ask(document, stranger, **variables)
