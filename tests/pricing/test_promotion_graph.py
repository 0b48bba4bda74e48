"""Promotions in the graph: written, taken step by step, read, and told on products."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
import strawberry
from graphql import GraphQLInputObjectType

from gateway.pricing import by_field, wire_pricing
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, Forbidden, Unauthenticated
from modules.kernel.feed import Feed
from modules.kernel.graph import GraphContext, Info, Part, Product, field, products
from modules.kernel.viewer import OPERATOR, Permission, Principal, Viewer
from modules.pricing.engine.actions import ACTIONS
from modules.pricing.engine.conditions import CONDITIONS
from modules.pricing.engine.shapes import slots
from modules.pricing.graph import PART
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory
from tests.pricing.promotion_documents import GOODS, SHOP, euros

NO_FEED = cast("Feed", None)
BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer(locale="en")
READER = a_viewer(Principal("reader", permissions=frozenset({Permission.PROMOTIONS_READ})))


async def _page(info: Info) -> list[Product]:
    page = products([article.sku for article in GOODS])
    await info.context.prefetch(info, page)
    return page


@strawberry.type
class Query:
    page: list[Product] = field(_page, description="A listing.")


SCHEMA = GraphSchema([Part("shelf", query=Query), PART])

UPSERT = """
mutation ($promotions: [PromotionInput!]!, $key: String! = "k") {
  upsertPromotions(input: { idempotencyKey: $key, reason: "test", promotions: $promotions }) { ...Done }
}
"""
STEP = """
mutation ($ids: [ID!]!, $key: String! = "s") {
  %sPromotions(input: { idempotencyKey: $key, reason: "test", ids: $ids }) { ...Done }
}
"""
DONE = """
fragment Done on PromotionsPayload {
  changed unchanged
  promotions { id version state }
  notices { code data }
  problems {
    __typename code path
    ... on InvalidInput { allowed }
    ... on UnknownSku { sku nearest }
    ... on PromotionStateConflict { promotion state steps }
    ... on UnknownPromotion { promotion }
  }
}
"""
FULL: dict[str, Any] = {
    "id": "spring",
    "names": [{"locale": "en", "text": "Spring sale"}],
    "validFrom": "2026-03-01T00:00:00Z",
    "validUntil": "2026-05-01T00:00:00Z",
    "schedule": [{"weekdays": ["MONDAY", "FRIDAY"], "since": "08:00", "until": "20:00"}],
    "priority": 5,
    "exclusionGroup": "seasonal",
    "condition": {
        "all": {
            "conditions": [
                {"any": {"conditions": [{"market": {"markets": ["de"]}}, {"customerGroup": {"groups": ["staff"]}}]}},
                {"not": {"condition": {"payment": {"kinds": ["invoice"]}}}},
                {"subtotal": {"amount": euros("50.00"), "of": {"categories": ["garden"]}, "basis": "ORIGINAL"}},
            ]
        }
    },
    "actions": [
        {"itemPercentOff": {"percent": "12.5", "of": {"categories": ["garden"], "label": "garden"}, "maxUnits": 3}},
        {"freeShipping": {}},
    ],
    "limits": {"perCustomer": 1, "budget": euros("500.00")},
}


class Shop:
    """One process over a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.pricing = wire_pricing(database, ArticlesInMemory(*GOODS), ChannelsInMemory(*SHOP), clock=lambda: NOW)

    async def run(self, text: str, viewer: Viewer, variables: dict[str, Any]) -> Any:
        context = GraphContext(viewer, NO_FEED, by_field(self.pricing), SCHEMA.parts, SCHEMA.owners)
        return await SCHEMA.execute(text, variables, context_value=context)

    async def ask(self, text: str, viewer: Viewer = SHOPPER, **variables: Any) -> Any:
        result = await self.run(text, viewer, variables)
        assert result.errors is None, result.errors
        return result.data

    async def fail(self, text: str, viewer: Viewer = SHOPPER, **variables: Any) -> Any:
        result = await self.run(text, viewer, variables)
        assert result.errors
        return result.errors[0].original_error or result.errors[0]

    async def upsert(self, *promotions: dict[str, Any], key: str = "k") -> dict[str, Any]:
        found: dict[str, Any] = await self.ask(UPSERT + DONE, BOSS, promotions=list(promotions), key=key)
        return dict(found["upsertPromotions"])

    async def step(self, name: str, *ids: str, key: str = "s") -> dict[str, Any]:
        found: dict[str, Any] = await self.ask(STEP % name + DONE, BOSS, ids=list(ids), key=key)
        return dict(found[f"{name}Promotions"])


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


def plain(id: str, **changes: Any) -> dict[str, Any]:
    actions = [{"itemPercentOff": {"percent": "10"}}]
    return {"id": id, "names": [{"locale": "en", "text": id.title()}], "actions": actions, **changes}


@pytest.mark.parametrize(
    ("registry", "member", "title"),
    [(CONDITIONS, "PromotionConditionInput", "Condition"), (ACTIONS, "PromotionActionInput", "Action")],
)
def test_every_registered_kind_is_an_input_with_its_fields_and_words(
    registry: dict[str, Any], member: str, title: str
) -> None:
    types = SCHEMA._schema.type_map
    one_of = types[member]
    assert isinstance(one_of, GraphQLInputObjectType)
    assert {name: shown.description for name, shown in one_of.fields.items()} == {
        kind: found.SUMMARY for kind, found in registry.items()
    }
    for kind, found in registry.items():
        shown = types[f"Promotion{kind[0].upper()}{kind[1:]}{title}Input"]
        assert isinstance(shown, GraphQLInputObjectType)
        described = {name: item.description for name, item in shown.fields.items() if name != "nothing"}
        assert described == {slot.key: slot.description for slot in slots(found)}


async def test_a_promotion_goes_its_way(shop: Shop) -> None:
    done = await shop.upsert(FULL)
    assert (done["changed"], done["unchanged"], done["problems"]) == (1, 0, [])
    assert done["promotions"] == [{"id": "spring", "version": 1, "state": "DRAFT"}]
    for version, (step, state) in enumerate(
        [("activate", "ACTIVE"), ("pause", "PAUSED"), ("resume", "ACTIVE"), ("end", "ENDED")], 2
    ):
        done = await shop.step(step, "spring", key=step)
        assert done["promotions"] == [{"id": "spring", "version": version, "state": state}]
        assert done["problems"] == []


async def test_what_is_shown_can_be_handed_in_again(shop: Shop) -> None:
    await shop.upsert(FULL)
    query = """{ promotion(id: "spring") {
      id version state label public validFrom validUntil names { locale text }
      terms { condition actions limits document }
    } }"""
    found = (await shop.ask(query, READER))["promotion"]
    terms = found.pop("terms")
    assert found == {
        "id": "spring",
        "version": 1,
        "state": "DRAFT",
        "label": "Spring sale",
        "public": True,
        "validFrom": "2026-03-01T00:00:00Z",
        "validUntil": "2026-05-01T00:00:00Z",
        "names": [{"locale": "en", "text": "Spring sale"}],
    }
    assert terms["condition"] == terms["document"]["condition"]
    assert terms["actions"] == terms["document"]["actions"]
    assert terms["limits"] == FULL["limits"]
    assert terms["actions"][0]["itemPercentOff"]["of"] == {"categories": ["garden"], "label": "garden"}
    done = await shop.upsert(terms["document"], key="again")
    assert (done["changed"], done["unchanged"]) == (0, 1)


async def test_a_summary_can_be_read(shop: Shop) -> None:
    await shop.upsert(FULL)
    found = await shop.ask('{ promotion(id: "spring") { terms { summary } } }', READER)
    assert found["promotion"]["terms"]["summary"] == (
        "item percent off: percent 12.5 %, of garden, max units 3; free shipping - if all: conditions "
        "(any: conditions (market: markets de), (customer group: groups staff)), "
        "(not: condition (payment: kinds invoice)), "
        "(subtotal: amount 50.00 EUR, of (categories garden), basis original)"
    )


async def test_problems_name_their_places(shop: Shop) -> None:
    done = await shop.upsert(
        plain("a", actions=[{"buyGet": {"buy": 2, "get": 0}}]),
        plain("b", actions=[{"gift": {"sku": "A-9"}}]),
        plain("c", condition={"all": {"conditions": [{"market": {"markets": ["fr"]}}]}}),
    )
    place = ["input", "promotions"]
    assert done["problems"] == [
        {
            "__typename": "InvalidInput",
            "code": "INVALID_INPUT",
            "path": [*place, "0", "actions", "0", "buyGet", "get"],
            "allowed": "1 at least",
        },
        {
            "__typename": "UnknownSku",
            "code": "UNKNOWN_SKU",
            "path": [*place, "1", "actions", "0", "gift", "sku"],
            "sku": "A-9",
            "nearest": ["A-1", "A-2"],
        },
        {
            "__typename": "InvalidInput",
            "code": "INVALID_INPUT",
            "path": [*place, "2", "condition", "all", "conditions", "0", "market", "markets", "0"],
            "allowed": "one of: ch, de",
        },
    ]
    conflict, unknown = (await shop.step("pause", "nobody"))["problems"], []
    await shop.upsert(plain("d"), key="d")
    unknown, conflict = conflict, (await shop.step("pause", "d", key="p"))["problems"]
    assert unknown == [
        {
            "__typename": "UnknownPromotion",
            "code": "UNKNOWN_PROMOTION",
            "path": ["input", "ids", "0"],
            "promotion": "nobody",
        }
    ]
    assert conflict == [
        {
            "__typename": "PromotionStateConflict",
            "code": "PROMOTION_STATE_CONFLICT",
            "path": ["input", "ids", "0"],
            "promotion": "d",
            "state": "DRAFT",
            "steps": ["edit", "activate", "end"],
        }
    ]


@pytest.mark.parametrize(
    "condition",
    ['{ market: { markets: ["de"] }, channel: { channels: ["web"] } }', "{ }", "{ moon: { } }", "{ market: null }"],
)
async def test_exactly_one_kind_is_given(shop: Shop, condition: str) -> None:
    given = f'{{ id: "a", names: [], actions: [], condition: {condition} }}'
    text = f'mutation {{ upsertPromotions(input: {{ idempotencyKey: "k", reason: "r", promotions: [{given}] }}) '
    result = await shop.run(f"{text} {{ changed }} }}", BOSS, {})
    assert result.errors
    assert result.data is None


async def test_conditions_nest_as_deep_as_documents_do_and_no_deeper(shop: Shop) -> None:
    deepest: dict[str, Any] = {"payment": {"kinds": ["cash"]}}
    for _ in range(7):
        deepest = {"not": {"condition": deepest}}
    assert (await shop.upsert(plain("a", condition=deepest)))["changed"] == 1
    done = await shop.upsert(plain("b", condition={"not": {"condition": deepest}}), key="b")
    (problem,) = done["problems"]
    assert problem["allowed"] == "at most 8 levels"
    assert problem["path"][:4] == ["input", "promotions", "0", "condition"]


async def test_exclusive_promotions_that_may_meet_are_a_notice(shop: Shop) -> None:
    done = await shop.upsert(plain("one", stack="EXCLUSIVE"), plain("two", stack="EXCLUSIVE"))
    assert done["notices"] == [{"code": "EXCLUSIVE_TIE", "data": {"promotions": ["one", "two"]}}]


async def test_terms_are_for_those_who_may_read_them(shop: Shop) -> None:
    await shop.upsert(plain("open"), plain("secret", public=False), plain("draft"))
    await shop.step("activate", "open", "secret")
    listed = "{ promotions { edges { node { id label terms { summary } } } } }"
    found = (await shop.ask(listed))["promotions"]["edges"]
    assert [edge["node"] for edge in found] == [{"id": "open", "label": "Open", "terms": None}]
    found = (await shop.ask(listed, READER))["promotions"]["edges"]
    assert [edge["node"]["id"] for edge in found] == ["draft", "open", "secret"]
    assert all(edge["node"]["terms"] for edge in found)
    assert (await shop.ask('{ promotion(id: "secret") { id } }')) == {"promotion": None}
    assert isinstance(await shop.fail("{ promotions(state: DRAFT) { pageInfo { endCursor } } }"), Unauthenticated)
    versions = '{ promotionVersions(id: "open") { edges { cursor } } }'
    assert isinstance(await shop.fail(versions), Unauthenticated)
    assert isinstance(await shop.fail('{ promotionDryRun(id: "open") { lookedAt } }'), Unauthenticated)
    assert isinstance(await shop.fail(UPSERT + DONE, READER, promotions=[]), Forbidden)
    assert isinstance(await shop.fail(STEP % "end" + DONE, SHOPPER, ids=["open"]), Unauthenticated)


async def test_lists_go_page_by_page(shop: Shop) -> None:
    await shop.upsert(*(plain(f"p-{n}") for n in range(5)))
    text = """query ($after: String) {
      promotions(first: 2, after: $after, text: "p-") { edges { node { id } } pageInfo { hasNextPage endCursor } }
    }"""
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await shop.ask(text, READER, after=after))["promotions"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"p-{n}" for n in range(5)]
    assert isinstance(await shop.fail(text, READER, after="nonsense"), BadUserInput)
    assert isinstance(await shop.fail("{ promotions(first: 0) { edges { cursor } } }", READER), BadUserInput)


async def test_versions_tell_who_made_them_and_why(shop: Shop) -> None:
    await shop.upsert(plain("a"))
    await shop.step("activate", "a")
    text = """query ($after: String) {
      promotionVersions(id: "a", first: 1, after: $after) {
        edges { node { by reason promotion { version state terms { summary } } } } pageInfo { hasNextPage endCursor }
      }
    }"""
    newest = (await shop.ask(text, READER))["promotionVersions"]
    summary = {"terms": {"summary": "item percent off: percent 10 %"}}
    assert newest["edges"] == [
        {"node": {"by": "operator", "reason": "test", "promotion": {"version": 2, "state": "ACTIVE", **summary}}}
    ]
    assert newest["pageInfo"]["hasNextPage"]
    oldest = (await shop.ask(text, READER, after=newest["pageInfo"]["endCursor"]))["promotionVersions"]
    assert [edge["node"]["promotion"]["version"] for edge in oldest["edges"]] == [1]
    assert not oldest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("arguments", ["", '(id: "a", draft: { id: "a", names: [], actions: [] })'])
async def test_a_dry_run_is_of_an_id_or_of_a_draft(shop: Shop, arguments: str) -> None:
    assert isinstance(await shop.fail(f"{{ promotionDryRun{arguments} {{ lookedAt }} }}", READER), BadUserInput)


async def test_a_draft_that_cannot_be_is_bad_input(shop: Shop) -> None:
    text = "query ($draft: PromotionInput!) { promotionDryRun(draft: $draft) { lookedAt } }"
    error = await shop.fail(text, READER, draft=plain("a", actions=[{"gift": {"sku": "A-9"}}]))
    assert isinstance(error, BadUserInput)
    assert error.argument == "draft.actions.0.gift.sku"


async def test_a_page_of_products_is_told_its_promotions_without_a_statement(shop: Shop) -> None:
    garden = [{"buyGet": {"buy": 2, "get": 1, "buyOf": {"categories": ["garden"]}}}]
    await shop.upsert(plain("garden", actions=garden, validUntil="2026-03-08T00:00:00Z"), plain("secret", public=False))
    await shop.step("activate", "garden", "secret")
    before = shop.database.statements
    found = await shop.ask("{ page { sku promotions { id label kind until } } }")
    assert shop.database.statements == before
    teaser = {"id": "garden", "label": "Garden", "kind": "buyGet", "until": "2026-03-08T00:00:00Z"}
    assert found["page"] == [
        {"sku": "A-1", "promotions": [teaser]},
        {"sku": "A-2", "promotions": [teaser]},
        {"sku": "B-1", "promotions": []},
    ]


async def test_promotions_of_another_moment_are_for_those_who_may_travel(shop: Shop) -> None:
    await shop.upsert(plain("coming", validFrom="2026-03-05T00:00:00Z"))
    await shop.step("activate", "coming")
    later = (NOW + timedelta(days=4)).isoformat()
    text = f'{{ page {{ now: promotions {{ id }} later: promotions(at: "{later}") {{ id }} }} }}'
    found = (await shop.ask(text, BOSS))["page"][0]
    assert found == {"now": [], "later": [{"id": "coming"}]}
    assert isinstance(await shop.fail(text), Unauthenticated)
